/* myosurv/study_evaluate.h: how good is a model, in patients it has not seen, and beside plain rivals?
 *
 * Three parts. Rivals: principal components + Cox and elastic net Cox, which are fitted to the same inputs as
 * the network and often do as well. Evaluation: every number by which predictions are judged, in one cohort,
 * with bootstrap intervals. Cross-validation: the whole fitting repeated without the patients that are then
 * predicted, and repeated again with permuted outcomes, where nothing can be found unless something leaks.
 *
 * The statistics themselves are those of myosurv/survival*.h; here they are called. Everything random follows
 * from a seed, and nothing depends on the number of threads. Every `out` object is filled on success only,
 * then the caller's, and freed by its _clear, which may be called on a zeroed object. */
#ifndef MYOSURV_STUDY_EVALUATE_H
#define MYOSURV_STUDY_EVALUATE_H

#include "myosurv/model.h"
#include "myosurv/survival_compare.h"
#include "myosurv/survival_prediction.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- patients with inputs and outcome (dataset.c) ------------------------------------------------------ */

/* A view. x[i * p + j], NaN where missing. */
typedef struct ms_dataset {
    size_t n, p;
    const double *x;          /* [n * p] */
    const char *const *names; /* [p] */
    const double *time;       /* [n] */
    const uint8_t *event;     /* [n] 0 or 1 */
} ms_dataset;

/* The same with memory of its own. */
typedef struct ms_dataset_store {
    ms_dataset view;
    double *x, *time;
    uint8_t *event;
    char **names;
} ms_dataset_store;
/* Reads what ms_model_train_table would train on: the same rules for columns, time and event, the same
 * errors.
 */
MS_API MS_NODISCARD ms_status ms_dataset_read(const ms_table *table, const char *time, const char *event,
                                              const char *columns, ms_dataset_store *out, ms_error *err);
/* The rows rows[n] of another set, with the columns columns[p] (NULL: all). */
MS_API MS_NODISCARD ms_status ms_dataset_take(const ms_dataset *from, const size_t *rows, size_t n,
                                              const size_t *columns, size_t p, ms_dataset_store *out,
                                              ms_error *err);
MS_API void ms_dataset_clear(ms_dataset_store *store);

/* ---- rivals (rivals*.c) -------------------------------------------------------------------------------- */

typedef enum ms_rival_kind {
    MS_RIVAL_PCA, /* Cox regression on the first principal components */
    MS_RIVAL_NET, /* elastic net Cox */
    MS_RIVAL_COX, /* plain Cox regression, for a few columns such as age and sex */
    MS_N_RIVALS
} ms_rival_kind;

typedef struct ms_rival_options {
    size_t components;      /* PCA: so many; 0 (default): chosen by cross-validation */
    size_t most_components; /* 20 */
    double alpha;           /* elastic net: 1 lasso, 0 ridge; 0.5 */
    size_t folds;           /* 10, of the cross-validation on the training rows; fewer with few events */
    double clip;            /* scaled values are cut at so many SD; 5, as for the network; 0: not */
    double max_missing;     /* a column with a larger share of missing values is left out; 0.5 */
    uint64_t seed;          /* of the folds; 1 */
} ms_rival_options;
MS_API void ms_rival_options_default(ms_rival_options *options);

typedef struct ms_rival ms_rival;
/* Fits everything to these rows alone: columns without two values and mostly missing ones are left out, a
 * missing value becomes the median, values are centred and scaled.
 *   PCA: components of the scaled inputs (the eigenvectors of the smaller of X'X and XX'), Cox regression
 *     (Efron) on the scores of the first k. k from 0 to most_components (at most a fifth of the events) has
 * the largest cross-validated partial log likelihood (Verweij & van Houwelingen, Stat Med 1993;12:2305); the
 *     components, which know no outcome, are those of all the rows given. R: prcomp, coxph.
 *   Net: ms_coxnet_cv_fit, lambda of the smallest cross-validated deviance. R: cv.glmnet(alpha = ),
 *     lambda.min.
 *   Cox: coxph on the scaled columns. R: coxph.
 * The risk is the linear predictor less its mean in the rows; the baseline hazard is Breslow's, the cut-point
 * the median risk. MS_EINPUT: no event, no column left; MS_ENOCONV. */
MS_API MS_NODISCARD ms_status ms_rival_fit(ms_rival_kind kind, const ms_dataset *train,
                                           const ms_rival_options *options, ms_rival **out, ms_error *err);
MS_API void ms_rival_free(ms_rival *rival); /* NULL is fine */
/* "PCA + Cox", "Elastic net Cox", "Cox regression". */
MS_API const char *ms_rival_name(ms_rival_kind kind);
/* What was fitted in one line: "7 components of 812 columns, chosen by cross-validation". */
MS_API const char *ms_rival_note(const ms_rival *rival);
/* risk[n] of x[n * p] with the columns of the training rows. */
MS_API MS_NODISCARD ms_status ms_rival_predict(const ms_rival *rival, const double *x, size_t n, size_t p,
                                               double *risk, ms_error *err);
/* out[k * n + i]: probability of the event by times[k]; NaN after the longest follow-up in training. */
MS_API void ms_rival_probability(const ms_rival *rival, const double *risk, size_t n, const double *times,
                                 size_t n_times, double *out);
MS_API double ms_rival_cutpoint(const ms_rival *rival);
/* PCA: components used; net: coefficients that are not 0; Cox: coefficients. */
MS_API size_t ms_rival_size(const ms_rival *rival);

/* ---- evaluation in one cohort (evaluate*.c) --------------------------------------------------------------
 */

/* What one model says of the patients. Borrowed. */
typedef struct ms_predictor {
    const char *name;          /* "Network" */
    const char *note;          /* where its probabilities come from, ..., or NULL */
    const double *risk;        /* [n] higher: an earlier event */
    const double *probability; /* [n_times * n] of the event by times[k], at k * n + i; NULL: none, and a time
                                  of which one is NaN has none */
    const uint8_t *high;       /* [n] 1 above the model's cut-point; NULL: none */
} ms_predictor;

typedef struct ms_evaluate_options {
    const double *times; /* [n_times] ascending */
    size_t n_times;
    double tau;         /* of Uno's C; NaN: the last of the times, or all of follow-up */
    const double *cuts; /* [n_cuts] risk categories for NRI */
    size_t n_cuts;
    const double *thresholds; /* [n_thresholds] of the decision curves; NULL: 0.01 to 0.99 */
    size_t n_thresholds;
    size_t replicates;    /* 500: bootstrap samples of the cohort's patients; 0: no intervals */
    uint64_t seed;        /* 1 */
    ms_interval interval; /* MS_INTERVAL_PERCENTILE */
    double conf_level;    /* 0.95 */
} ms_evaluate_options;
MS_API void ms_evaluate_options_default(ms_evaluate_options *options);

typedef enum ms_eval_measure {
    MS_EVAL_HARRELL,
    MS_EVAL_UNO,
    MS_EVAL_HAZARD_RATIO, /* high against low at the cut-point */
    MS_EVAL_AUC,          /* from here on at each time */
    MS_EVAL_BRIER,
    MS_EVAL_IPA,
    MS_EVAL_RATIO,     /* observed / expected */
    MS_EVAL_INTERCEPT, /* calibration in the large */
    MS_EVAL_SLOPE,
    MS_EVAL_COX_SLOPE,
    MS_EVAL_ICI,
    MS_N_EVAL
} ms_eval_measure;
/* "harrell_c", "uno_c", "hazard_ratio", "auc", "brier", "ipa", "observed_expected", "intercept", "slope",
 * "cox_slope", "ici". */
MS_API const char *ms_eval_measure_name(ms_eval_measure measure);

typedef struct ms_evaluated {
    size_t predictor;
    ms_eval_measure measure;
    double time;                    /* NaN: of no time */
    double value, se, lower, upper; /* by bootstrap; NaN where there is none */
    size_t failed;                  /* bootstrap samples without a value */
} ms_evaluated;

/* High against low risk at the model's cut-point. */
typedef struct ms_eval_split {
    size_t n[2], events[2]; /* low, high */
    double median[2];
    double chisq, p, hr, hr_lower, hr_upper; /* log-rank; Cox with its own interval */
} ms_eval_split;

typedef enum ms_verdict { MS_NOT_SHOWN, MS_FIRST_BETTER, MS_FIRST_WORSE } ms_verdict;
/* "no difference shown", "better", "worse". */
MS_API const char *ms_verdict_name(ms_verdict verdict);

typedef struct ms_evaluation {
    char *cohort;
    size_t n, n_dropped, n_events, n_predictors, n_times;
    char **names, **notes; /* [n_predictors]; a note may be NULL */
    double *times;         /* [n_times] */
    double tau;
    size_t n_rows;
    ms_evaluated *rows;          /* [n_rows] predictor by predictor */
    ms_eval_split *splits;       /* [n_predictors] n all 0 where there is no cut-point */
    ms_auc *auc;                 /* [n_predictors] all times, with curves; n 0 without times */
    ms_calibration *calibration; /* [n_predictors * n_times] at m * n_times + k; n 0 where there is none */
    ms_dca *dca;                 /* [n_times] of those with probabilities; n 0 where there is none */
    size_t *dca_predictor;       /* [n_times * n_predictors] which predictors these are */
    ms_comparison *comparisons;  /* [(n_predictors - 1) * (1 + n_times)] new is predictor 0, old predictor m:
                                    at  (m - 1) * (1 + n_times) C by risk, then each time by probability; n 0
                                    where  there is none */
    size_t replicates;
    uint64_t seed;
    ms_interval interval;
    double conf_level;
} ms_evaluation;

/* Everything about predictors[n_predictors] in n patients; the first is compared with each of the others. C
 * of Harrell and Uno (ms_concordance_compute), AUC and Brier score (ms_auc_compute, ms_brier_compute), IPA =
 * scaled Brier score, calibration (ms_calibrate), decision curves (ms_dca_compute), differences, NRI and IDI
 * (ms_compare_models), log-rank test and hazard ratio of high against low risk. Patients are drawn anew
 * within the cohort; every number of a sample is from the same patients, and sample b is the same for every
 * number. A number that this cohort cannot give (nobody followed to the time) is NaN. MS_EINPUT: no event. */
MS_API MS_NODISCARD ms_status ms_evaluate_cohort(const char *cohort, const double *time, const uint8_t *event,
                                                 size_t n, const ms_predictor *predictors,
                                                 size_t n_predictors, const ms_evaluate_options *options,
                                                 ms_evaluation *out, ms_error *err);
MS_API void ms_evaluation_clear(ms_evaluation *evaluation);
/* Of predictor 0 against m by Harrell's C: shown only where the bootstrap interval of the difference leaves
 * out 0. */
MS_API ms_verdict ms_evaluation_verdict(const ms_evaluation *evaluation, size_t m);

/* ---- a model file on tables (evaluate_tables.c) ----------------------------------------------------------
 */

typedef struct ms_evaluate_request {
    const ms_model *model;
    const char *time, *event;  /* "COL" and "COL[=VALUE]" */
    const char *cohort;        /* column; NULL: each table is one */
    const ms_model *reference; /* another model, or NULL */
    const char *reference_name;
    const char *columns; /* comma list or NULL: with `training` a Cox model of them fitted there, else each a
                            score */
    const ms_table *training; /* rivals are fitted to these rows; NULL: no rivals */
    ms_rival_options rivals;
    ms_evaluate_options options;
} ms_evaluate_request;

/* A row of a table whose time or event is missing is left out and counted. Columns and units are checked as
 * by ms_model_predict_table. out[*n] evaluations, tables in their order, cohorts of a column in order of
 * value; free each with ms_evaluation_clear, then the array. */
MS_API MS_NODISCARD ms_status ms_evaluate_tables(const ms_table *const *tables, size_t n_tables,
                                                 const ms_evaluate_request *request, ms_evaluation **out,
                                                 size_t *n, ms_error *err);

/* Results (evaluate_report.c, evaluate_figures.c). *text is to be freed. */
MS_API MS_NODISCARD ms_status ms_evaluations_text(const ms_evaluation *evaluations, size_t n, char **text,
                                                  ms_error *err);
MS_API MS_NODISCARD ms_status ms_evaluations_json(const ms_evaluation *evaluations, size_t n, char **text,
                                                  ms_error *err);
/* A row a number: cohort, n, events, predictor, against, measure, time, probability, value, se, lower, upper,
 * p, failed. */
MS_API MS_NODISCARD ms_status ms_evaluations_table(const ms_evaluation *evaluations, size_t n,
                                                   ms_table **table, ms_error *err);
/* A path that ends in .svg, .pdf or .png: C of every predictor in every cohort. Anything else is a folder
 * (made if absent) that gets cindex.svg and, for each cohort, roc_, calibration_ and decision_ at each time.
 */
MS_API MS_NODISCARD ms_status ms_evaluations_draw(const ms_evaluation *evaluations, size_t n,
                                                  const char *path, ms_error *err);

/* ---- cross-validation (crossval*.c) ----------------------------------------------------------------------
 */

/* One way from training rows to predictions. */
typedef struct ms_procedure {
    const char *name;
    void *context;
    /* Fits everything to `train` and predicts x[n * p] of other patients: risk[n], probability[n_times * n]
     * of the event by times[k] (NaN: unknown), high[n]. It is not told these patients' outcome. train_rows
     * and test_rows[n] say which rows of the whole set these are. */
    ms_status (*run)(void *context, const ms_dataset *train, const size_t *train_rows, uint64_t seed,
                     const double *x, const size_t *test_rows, size_t n, const double *times, size_t n_times,
                     double *risk, double *probability, uint8_t *high, ms_error *err);
    /* Called with all the rows before the folds of a pass, or NULL. Whatever is fitted here has seen the
     * patients it is judged on: an honest procedure has no use for it. It is there to show that permuted
     * outcomes find such a leak. */
    ms_status (*begin)(void *context, const ms_dataset *all, uint64_t seed, ms_error *err);
} ms_procedure;

/* The network: preprocessing, autoencoder, networks, shrinkage, baseline hazard, cut-point, and with `tune`
 * trials of ms_tune_run the settings, too. The context is borrowed. */
typedef struct ms_network_procedure {
    ms_train_config config;
    size_t tune;                       /* 0: the settings as they are */
    const struct ms_tune_space *space; /* NULL: the default one */
    const size_t *columns;             /* [n_columns] those it sees; NULL: all */
    size_t n_columns;
    /* Harmonization and selection (myosurv/study_train.h), learned anew in each training part; NULL: none.
     * They need the table whose rows these are, and its column of times. */
    const struct ms_train_steps *steps;
    const ms_table *table;
    const char *time;
} ms_network_procedure;
MS_API ms_procedure ms_procedure_network(ms_network_procedure *network);
/* A rival. The context is borrowed; columns[n_columns] are those it sees (NULL: all). */
typedef struct ms_rival_procedure {
    const char *name; /* NULL: ms_rival_name */
    ms_rival_kind kind;
    ms_rival_options options;
    const size_t *columns;
    size_t n_columns;
} ms_rival_procedure;
MS_API ms_procedure ms_procedure_rival(ms_rival_procedure *rival);

typedef struct ms_crossval_options {
    size_t folds, repeats; /* 5, 1 */
    const double *times;   /* [n_times] ascending, of AUC and Brier score */
    size_t n_times;
    size_t permutations; /* 0: passes with the outcomes (time and event together) dealt out anew; 1 repeat
                            each */
    uint64_t seed;
    size_t replicates; /* 500: bootstrap of the out-of-fold predictions */
    double conf_level; /* 0.95 */
} ms_crossval_options;
MS_API void ms_crossval_options_default(ms_crossval_options *options);

/* C, or AUC or Brier score at a time, of one procedure. */
typedef struct ms_cv_score {
    size_t procedure;
    ms_eval_measure measure; /* HARRELL, AUC, BRIER */
    double time;
    double pooled, pooled_sd;   /* all out-of-fold predictions of a repeat together: mean, SD over repeats */
    double fold, fold_sd;       /* fold by fold: mean, SD over folds and repeats */
    double fold_low, fold_high; /* smallest and largest */
    size_t n_folds;             /* folds that have a value */
} ms_cv_score;

typedef struct ms_crossval {
    size_t n, n_events, folds, repeats, n_procedures, n_times, permutations;
    char **names;        /* [n_procedures] */
    double *times;       /* [n_times] */
    size_t *fold;        /* [repeats * n] */
    double *risk;        /* [n_procedures * repeats * n] out of fold */
    double *probability; /* [n_procedures * repeats * n_times * n] */
    uint8_t *high;       /* as risk */
    size_t n_scores;
    ms_cv_score *scores;
    double *fold_c;     /* [n_procedures * repeats * folds] NaN: not there */
    double *permuted_c; /* [n_procedures * permutations] pooled */
    double *permuted_mean, *permuted_sd,
        *permuted_p;          /* [n_procedures] p = (1 + permuted C >= C) / (1 + passes) */
    ms_evaluation evaluation; /* of the out-of-fold predictions, mean over repeats */
    uint64_t seed;
} ms_crossval;

/* Folds (3 or more) hold equal numbers of events (ms_coxnet_folds); each repeat deals them out anew.
 * MS_EINPUT: fewer events than folds. MS_EUSAGE: fewer than 3 folds. */
MS_API MS_NODISCARD ms_status ms_crossval_run(const ms_dataset *data, const ms_procedure *procedures,
                                              size_t n_procedures, const ms_crossval_options *options,
                                              ms_crossval *out, ms_error *err);
MS_API void ms_crossval_clear(ms_crossval *crossval);
MS_API MS_NODISCARD ms_status ms_crossval_text(const ms_crossval *crossval, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_crossval_json(const ms_crossval *crossval, char **text, ms_error *err);
/* A row a patient and repeat: row (from 1 in the table), repeat, fold, time, event, then for each procedure
 * risk_NAME, high_NAME and event_by_T_NAME. */
MS_API MS_NODISCARD ms_status ms_crossval_table(const ms_crossval *crossval, const ms_dataset *data,
                                                ms_table **table, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
