/* study/figure_comparison.h: the network held against every definition, the measurement behind it and what
 * the clinic knows (figure 5). */
#ifndef MS_STUDY_FIGURE_COMPARISON_H
#define MS_STUDY_FIGURE_COMPARISON_H

#include "study/study.h"
#include "study/writer.h"

/* ---- covariates.c -------------------------------------------------------------------------------------- */

/* The clinical covariates as numbers: a category becomes a column for each level but the commonest one of the
 * training patients. */
typedef struct ms_covariates {
    size_t p;
    double *x;         /* [n * p] NaN where missing */
    char (*names)[96]; /* [p] "age", "sex: m", "stage: 3" */
    char text[512];    /* what they are, for the page and the methods: "age, sex, bmi"; "" for none */
} ms_covariates;
/* Of age, sex and BMI by default those known for half of the training patients. MS_EINPUT: a column that is
 * not there, an endpoint's, or a category of more than 12 levels. */
MS_NODISCARD ms_status ms_study_covariates(const ms_study *study, ms_covariates *out, ms_error *err);
void ms_covariates_clear(ms_covariates *covariates);

/* ---- figure_comparison_models.c ------------------------------------------------------------------------ */

typedef enum ms_contender_kind {
    MS_CONTENDER_NETWORK,
    MS_CONTENDER_CLINICAL, /* Cox regression on the covariates */
    MS_CONTENDER_BOTH,     /* on the network's risk and the covariates */
    MS_CONTENDER_MEASUREMENT,
    MS_CONTENDER_DEFINITION
} ms_contender_kind;
/* "network", "clinical", "network and clinical", "measurement", "definition". */
const char *ms_contender_kind_name(ms_contender_kind kind);

typedef struct ms_contender {
    ms_contender_kind kind;
    char key[96], label[160];
    char construct[16];  /* of a measurement or definition: "smi", "smd", ... */
    double *risk;        /* [n] higher: an earlier event; NaN where unknown */
    double *probability; /* [n] of the event by the horizon; NaN where unknown */
    bool has_probability;
    double training_c; /* NaN where there is none */
    bool drawn;        /* has a curve in the figures */
    char note[256];    /* what its probabilities are from, or why it has none */
} ms_contender;

typedef struct ms_contenders {
    size_t n; /* items; the network is the first where has_network */
    ms_contender *items;
    bool has_network;
} ms_contenders;
/* Everything is fitted to the training patients alone. The network's probabilities are the model's own; of
 * anything else they come from a Cox regression (Efron) on it with Breslow's baseline hazard. */
MS_NODISCARD ms_status ms_contenders_make(const ms_study *study, const ms_collected *collected,
                                          const ms_definitions *definitions, const ms_risks *risks,
                                          const ms_covariates *covariates, size_t endpoint,
                                          ms_contenders *out, ms_error *err);
void ms_contenders_clear(ms_contenders *contenders);

enum { MS_CONTENDERS_DRAWN = 7 }; /* curves in one figure, as many as there are colours */

/* ---- figure_comparison_group.c ------------------------------------------------------------------------- */

/* One endpoint in one group. rows[n] are its patients with an outcome. */
typedef struct ms_contest {
    const ms_study *study;
    const ms_contenders *contenders;
    size_t endpoint;
    const char *group; /* its name */
    bool seen;         /* the network learned from these patients */
    size_t n;
    const size_t *rows;
} ms_contest;

/* The patients of a contest who have everything that is asked for. */
typedef struct ms_entrants {
    size_t n, events;
    size_t *rows; /* [n] of the study */
    double *time;
    uint8_t *event;
} ms_entrants;
/* Those with a risk from each of contenders[n_contenders] (by place), and with `probability` a probability,
 * too. */
MS_NODISCARD ms_status ms_entrants_take(const ms_contest *contest, const size_t *contenders,
                                        size_t n_contenders, bool probability, ms_entrants *out,
                                        ms_error *err);
/* values[out->n] of these patients, from an array over all the study's. */
void ms_entrants_gather(const ms_entrants *entrants, const double *from, double *to);
void ms_entrants_clear(ms_entrants *entrants);

/* Bootstrap samples for n patients: 500, fewer above 2000 patients, so that the work stays the same; and the
 * interval that goes with them (percentiles, or normal when there are too few for that). */
size_t ms_contest_replicates(size_t n);

/* Rows of comparison.csv. */
MS_NODISCARD ms_status ms_contest_numbers(const ms_contest *contest, ms_writer *numbers, ms_error *err);
/* figure_comparison_curves.c: rows of comparison_curves.csv, and the figures of a group that was not seen. */
MS_NODISCARD ms_status ms_contest_curves(const ms_contest *contest, ms_writer *curves, ms_error *err);

/* figure_comparison.c: "figures/figure5_os_auc_internal.svg"; what is odd in a group's name becomes _. group
 * NULL: none. */
void ms_comparison_figure(char name[256], const char *endpoint, const char *kind, const char *group);

#endif
