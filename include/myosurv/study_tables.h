/* myosurv/study_tables.h: from a table of features to features that can be trusted.
 *
 * Harmonization over scanners, reliability over repeated measurements, and selection, each read from and
 * written to tables; the statistics themselves are in myosurv/survival_tables.h and myosurv/survival.h. What
 * is learned is learned from the training rows alone, and kept in a small JSON file with which other tables
 * are treated alike. Columns are given as a comma list of names and patterns with * and ?; rows as COL=VALUE.
 * What is random (the folds of the elastic net's cross-validation) comes from a seed. */
#ifndef MYOSURV_STUDY_TABLES_H
#define MYOSURV_STUDY_TABLES_H

#include "myosurv/radiomics_perturb.h"
#include "myosurv/survival.h"
#include "myosurv/survival_net.h"
#include "myosurv/survival_tables.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- harmonization (harmonize.c, harmonize_file.c) ------------------------------------------------------
 */

typedef struct ms_harmonize_options {
    const char *features;     /* columns to harmonize */
    const char *batch;        /* the column that names scanner or centre; any text */
    const char *covariates;   /* columns whose effect is kept, or NULL; a text column is a factor whose first
                                 level (in order) is the base */
    const char *train;        /* rows to learn from, or NULL: all */
    const char *reference;    /* the batch that stays as it is, or NULL */
    ms_combat_options combat; /* its reference is set from the above */
} ms_harmonize_options;

typedef struct ms_harmonizer ms_harmonizer;

/* Learns batch effects by ComBat (ms_combat_fit). Features may have gaps; MS_EINPUT names the cell of a batch
 * or covariate that is missing, and the column that is no number or has two roles. */
MS_API MS_NODISCARD ms_status ms_harmonizer_fit(const ms_table *table, const ms_harmonize_options *options,
                                                ms_harmonizer **out, ms_error *err);
/* Harmonizes the table's feature columns in place; all of them must be there. A batch that was not learned is
 * MS_EINPUT: nothing is known about it. covariates_at_mean: the covariates are not looked at. */
MS_API MS_NODISCARD ms_status ms_harmonizer_apply(const ms_harmonizer *harmonizer, ms_table *table,
                                                  bool covariates_at_mean, ms_error *err);
MS_API MS_NODISCARD ms_status ms_harmonizer_save(const ms_harmonizer *harmonizer, const char *path,
                                                 ms_error *err);
MS_API MS_NODISCARD ms_status ms_harmonizer_load(const char *path, ms_harmonizer **out, ms_error *err);
MS_API void ms_harmonizer_free(ms_harmonizer *harmonizer);
/* The fit; valid until the harmonizer is freed. */
MS_API const ms_combat *ms_harmonizer_combat(const ms_harmonizer *harmonizer);
MS_API const char *ms_harmonizer_batch_name(const ms_harmonizer *harmonizer, size_t batch);

/* ---- features of many images (feature_cases.c)
 * ------------------------------------------------------------------------------------------------------- */

typedef struct ms_feature_run {
    const ms_feature_config *config;
    const char *folder;        /* what paths are relative to, or NULL */
    const char *series;        /* of DICOM folders, or NULL */
    const char *const *labels; /* [n_labels]: regions ("1", "2,3") where the table has no column label; none:
                                  each label of a mask */
    size_t n_labels;
    uint64_t max_bytes; /* images in memory at once; 0: half of the machine's. One is always taken */
} ms_feature_run;

/* One region of a case, or, with `error`, why the case failed. */
typedef struct ms_feature_result {
    size_t row;                /* of the table */
    const char *case_id;       /* NULL when the row could not be read */
    const char *image, *mask;  /* file names */
    const char *labels;        /* "2+3" */
    const ms_feature_set *set; /* NULL when it failed */
    const char *error;
} ms_feature_result;
typedef ms_status (*ms_feature_take)(void *context, const ms_feature_result *result, ms_error *err);

/* cases has columns image and mask, and may have case_id and label ("2+3", one region for the row). Rows are
 * measured side by side on the threads there are, and handed to `take` in their order when all are done, so
 * that it gets the same with any number of threads. A row that fails is handed on with its reason; then the
 * result is MS_EPARTIAL. */
MS_API MS_NODISCARD ms_status ms_feature_cases(const ms_table *cases, const ms_feature_run *run,
                                               ms_feature_take take, void *context, ms_error *err);

/* ---- perturbed measurements (perturb_cases.c) -----------------------------------------------------------
 */

typedef struct ms_perturb_run {
    const ms_feature_config *config;
    ms_perturb_options options;
    size_t repeats;     /* perturbed images of each case; the image as it is comes before them as number 0 */
    const char *folder; /* what paths are relative to, or NULL */
    const char *prefix; /* before each feature's name; NULL: none */
    const char *labels; /* the region where the table has no column `label`: "1" or "2,3"; NULL: 1 */
} ms_perturb_run;

/* cases has columns case_id (unique), image and mask, and may have label ("2+3"). *out has a row a case and
 * repeat: case_id, perturbation, what was drawn, then the features. A perturbed region of which a feature
 * cannot be computed leaves its cell empty. The same bytes with any number of threads. A case that cannot be
 * read is the error of the whole. */
MS_API MS_NODISCARD ms_status ms_perturb_cases(const ms_table *cases, const ms_perturb_run *run,
                                               ms_table **out, ms_error *err);

/* ---- reliability (reliability.c) ------------------------------------------------------------------------
 */

typedef struct ms_reliability_options {
    const char *features; /* columns */
    const char *id;       /* the columns, as a comma list, that say which rows are of one subject */
    const char *rater; /* one table: the column that tells repeats apart; several tables: NULL, each is one */
    double conf_level;
} ms_reliability_options;

/* ICC(1,1), ICC(2,1) and ICC(3,1) of each feature with bounds (ms_icc_compute): a row a feature, columns
 * feature, subjects, raters, icc1, icc1_lower, icc1_upper, icc2, ..., icc3_upper. A subject that lacks a
 * rater, or a value, is left out of that feature. MS_EINPUT: a subject twice with one rater, fewer than two
 * raters. */
MS_API MS_NODISCARD ms_status ms_reliability(const ms_table *const *tables, size_t n_tables,
                                             const ms_reliability_options *options, ms_table **out,
                                             ms_error *err);

/* ---- selection (select*.c) ------------------------------------------------------------------------------
 */

/* Filters in this order; each sees what the one before left. */
typedef struct ms_select_options {
    const char *features, *train; /* columns; rows to learn from (NULL: all) */
    const char *time,
        *event;         /* "COL" and "COL[=VALUE]"; NULL where cox_fdr, cox_net and mrmr are not asked for */
    double max_missing; /* largest share of missing values; 0.2 */
    double max_same;    /* largest share of one value: low variance; 0.95 */
    const ms_table *reliability; /* of ms_reliability, or NULL */
    const char *icc;             /* its column that must reach min_icc; "icc1_lower" */
    double min_icc;              /* 0.75 */
    double max_correlation; /* largest absolute Spearman correlation of two that stay; 1: no filter; 0.9 */
    double cox_fdr;         /* largest q value of the univariate Cox model; 1: no filter; 1 */
    double cox_net;         /* alpha of a Cox elastic net (1: lasso) that must keep a feature, above 0; 0: no
                               filter */
    size_t net_folds;       /* of the cross-validation that sets its penalty; 10 */
    bool net_1se;           /* the largest penalty within one standard error of the best; else the best */
    uint64_t seed;          /* of those folds; 1 */
    size_t mrmr;            /* how many minimum redundancy, maximum relevance keeps; 0: no filter */
} ms_select_options;
MS_API void ms_select_options_default(ms_select_options *options);

/* What became of a feature. */
typedef enum ms_select_step {
    MS_SELECT_MISSING,
    MS_SELECT_VARIANCE,
    MS_SELECT_ICC,
    MS_SELECT_CORRELATION,
    MS_SELECT_COX,
    MS_SELECT_NET,
    MS_SELECT_MRMR,
    MS_SELECT_CHOSEN
} ms_select_step;
/* "missing", "variance", ..., "chosen". */
MS_API const char *ms_select_step_name(ms_select_step step);

typedef struct ms_selected_feature {
    char *name;          /* owned */
    ms_select_step step; /* the filter that took it out, or MS_SELECT_CHOSEN */
    double missing, same, icc;
    double correlation;        /* the largest with a feature that stayed before it */
    double hazard_ratio, p, q; /* for one training SD; p of the likelihood ratio test */
    double c;                  /* concordance, from 0.5 up */
    double net;                /* coefficient in the elastic net for one training SD; NaN: not asked */
    size_t rank;               /* from 1 in the order mRMR chose them; 0 without */
} ms_selected_feature;

typedef struct ms_selection {
    size_t n; /* features looked at */
    ms_selected_feature *features;
    size_t rows, events;       /* learned from; events 0 where the outcome was not looked at */
    double net_lambda;         /* the elastic net's penalty; NaN: not asked */
    ms_select_options options; /* its texts and table are NULL */
} ms_selection;

/* Correlations are Spearman's; a missing value counts as the training median. Of two features too alike the
 * one with the higher ICC stays (without ICCs the one less correlated with all others). Cox: a model
 * of each feature alone, Benjamini-Hochberg over all that reached it. Elastic net: ms_coxnet_cv_fit on the
 * features that reached it, penalty by the grouped deviance. mRMR: Ding & Peng, J Bioinform Comput
 * Biol 2005;3:185, the difference form, with information -ln(1 - r^2) / 2 as in De Jay et al., Bioinformatics
 * 2013;29:2365: r is Spearman's between features, and 2 C - 1 between a feature and survival. */
MS_API MS_NODISCARD ms_status ms_selection_fit(const ms_table *table, const ms_select_options *options,
                                               ms_selection *out, ms_error *err);
MS_API void ms_selection_clear(ms_selection *selection);
MS_API MS_NODISCARD ms_status ms_selection_save(const ms_selection *selection, const char *path,
                                                ms_error *err);
/* A row a feature with all of the above. */
MS_API MS_NODISCARD ms_status ms_selection_table(const ms_selection *selection, ms_table **out,
                                                 ms_error *err);
/* Features that were not chosen are taken out of a table: *out has all columns that were no features, and the
 * chosen. MS_EINPUT when a chosen one is not there. */
MS_API MS_NODISCARD ms_status ms_selection_apply(const char *path, const ms_table *table, ms_table **out,
                                                 ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
