/* study/figures.h: the report's figures of patients, definitions and features: each makes its tables in
 * tables/ and its pictures in figures/ from what was collected. */
#ifndef MS_STUDY_FIGURES_H
#define MS_STUDY_FIGURES_H

#include "myosurv/plot.h"
#include "myosurv/survival.h"
#include "study/study.h"
#include "study/writer.h"

/* Figure 1 (figure_flow.c): figures/figure1_flow.svg, tables/flow_reasons.csv. */
MS_NODISCARD ms_status ms_figure_flow(const ms_study *study, const ms_collected *collected,
                                      const ms_definitions *definitions, const ms_risks *risks,
                                      ms_error *err);
/* Figure 2 (figure_definitions.c): tables/definitions_hr.csv, figures/figure2_<endpoint>.svg and _hr.svg.
 * More curves than fit a sheet of paper go on in figure2_<endpoint>_2.svg and so on. */
#define MS_FIGURE2_PANELS 9
MS_NODISCARD ms_status ms_figure_definitions(const ms_study *study, const ms_collected *collected,
                                             const ms_definitions *definitions, ms_error *err);
/* Figure 3 (figure_radiomics.c): tables/radiomics*.csv, figures/figure3_*.svg. */
MS_NODISCARD ms_status ms_figure_radiomics(const ms_study *study, const ms_collected *collected,
                                           const ms_definitions *definitions, ms_error *err);

/* 1, 0 or -1 (cannot be said): does patient i meet definition d? */
int ms_figure_level(const ms_study *study, const ms_collected *collected, const ms_definition *definition,
                    size_t i);
/* What a definition's two groups are called: "not low" and "low muscle", or "negative" and "positive". */
const char *const *ms_figure_level_names(const ms_definition *definition);

/* A Kaplan-Meier estimate as the plot room draws it (curves.c); it borrows the name and the estimate. */
ms_plot_curve ms_study_curve(const char *name, const ms_km_curve *curve);

/* Closes the table into a file of the study's folder. */
MS_NODISCARD ms_status ms_figure_close(const ms_study *study, ms_writer *writer, const char *relative,
                                       ms_error *err);

/* Survival by one definition in all used patients with follow-up (figure_definitions_fit.c). */
typedef struct ms_definition_survival {
    ms_split_result split;
    double c, c_lower, c_upper; /* concordance of the definition (0 or 1) */
    double p_holm;
    /* the same hazard ratio with age, sex and cohort taken into account */
    size_t n_adjusted, events_adjusted;
    double hr, hr_lower, hr_upper, hr_p; /* NaN where it cannot be had */
    char adjusted_for[64];               /* "age, sex, cohort" */
} ms_definition_survival;
/* The rows of one comparison. */
typedef struct ms_definition_rows {
    size_t n;
    double *time, *risk;
    uint8_t *event;
    size_t *level, *patient;
} ms_definition_rows;
MS_NODISCARD ms_status ms_definition_rows_new(size_t most, ms_definition_rows *rows, ms_error *err);
void ms_definition_rows_take(const ms_study *study, const ms_collected *collected, size_t endpoint,
                             const ms_definition *definition, ms_definition_rows *rows);
void ms_definition_rows_clear(ms_definition_rows *rows);
/* `cohort` [study->n] codes below n_cohorts. p_holm is left NaN. */
MS_NODISCARD ms_status ms_definition_survival_fit(const ms_study *study, const ms_definition_rows *rows,
                                                  const size_t *cohort, size_t n_cohorts,
                                                  ms_definition_survival *out, ms_error *err);
/* Holm 1979: p of n tests so that the chance of any false finding stays below it; NaN are no tests. */
MS_NODISCARD ms_status ms_holm(const double *p, size_t n, double *adjusted, ms_error *err);

#endif
