/* myosurv/survival_compare.h: what predictions are worth, and whether one model's are worth more than
 * another's.
 *
 * The bootstrap for any vector of statistics; reclassification (NRI, IDI) and decision curves with the
 * outcome at a horizon taken from Kaplan-Meier; two models compared on the same patients; Cox models
 * corrected for optimism. Arrays passed in are only read. Every `out` object is filled on success only and is
 * then the caller's: free it with its _clear, which may be called on a zeroed object and any number of times.
 * Results do not depend on the number of threads; everything random follows from a seed. */
#ifndef MYOSURV_SURVIVAL_COMPARE_H
#define MYOSURV_SURVIVAL_COMPARE_H

#include "myosurv/survival.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- bootstrap (bootstrap.c, bootstrap_interval.c) ------------------------------------------------------
 */

/* A sample of rows of the data: how often each row is in it, and the same as a list. */
typedef struct ms_resample {
    size_t n_data;       /* rows of the data */
    const double *count; /* [n_data] whole numbers */
    size_t n;            /* rows of the sample */
    const size_t *rows;  /* [n] ascending, repeated */
} ms_resample;

/* Computes values[n_statistics] of a sample (NaN: cannot be computed). Called from several threads at once,
 * so it must only read what `context` points to. MS_EINPUT and MS_ENOCONV mean that this sample has no value
 * (no event, no convergence); any other failure stops the bootstrap. */
typedef ms_status (*ms_bootstrap_statistic)(void *context, const ms_resample *sample, double *values,
                                            ms_error *err);

typedef struct ms_bootstrap_options {
    size_t replicates;     /* 1000 */
    uint64_t seed;         /* 1 */
    const size_t *stratum; /* [n] codes 0 .. n_strata - 1: rows are drawn within each; NULL: from all */
    size_t n_strata;
    bool jackknife;     /* also leave rows out one by one, for the acceleration of BCa intervals */
    size_t most_groups; /* 1000: with more rows than this, groups of them are left out instead, so many */
} ms_bootstrap_options;
MS_API void ms_bootstrap_options_default(ms_bootstrap_options *options);

typedef struct ms_bootstrap {
    size_t n, n_statistics, n_replicates;
    double *observed;     /* [n_statistics] of the data themselves */
    double *replicate;    /* [n_replicates * n_statistics], NaN where it failed */
    size_t *n_failed;     /* [n_statistics] */
    double *bias, *se;    /* [n_statistics] mean - observed; standard deviation (n - 1) */
    double *acceleration; /* [n_statistics] NaN without jackknife */
} ms_bootstrap;

/* Efron's bootstrap. Replicate b draws from its own stream "bootstrap b" of the seed, so it is the same for
 * any number of threads and of replicates. Acceleration: sum L^3 / (6 (sum L^2)^1.5) of the jackknife values
 * L = (n - 1)(observed - without row i), n of the row's stratum. R: boot::boot, boot::empinf(type = "jack").
 */
MS_API MS_NODISCARD ms_status ms_bootstrap_run(size_t n, size_t n_statistics,
                                               ms_bootstrap_statistic statistic, void *context,
                                               const ms_bootstrap_options *options, ms_bootstrap *out,
                                               ms_error *err);
MS_API void ms_bootstrap_clear(ms_bootstrap *bootstrap);

typedef enum ms_interval {
    MS_INTERVAL_PERCENTILE,
    MS_INTERVAL_BASIC,  /* 2 observed - percentiles */
    MS_INTERVAL_NORMAL, /* observed - bias -+ z se */
    MS_INTERVAL_BCA     /* bias-corrected and accelerated: Efron 1987 */
} ms_interval;
/* The interval of statistic k from the replicates that did not fail. Percentiles between two order statistics
 * are interpolated on the normal scale (Davison & Hinkley 1997, eq. 5.8). R: boot::boot.ci. NaN with fewer
 * than two replicates, and for BCa without jackknife or with all replicates on one side of the observed
 * value. */
MS_API void ms_bootstrap_interval(const ms_bootstrap *bootstrap, size_t k, ms_interval type,
                                  double conf_level, double *lower, double *upper);

/* ---- intervals for what else is estimated (bootstrap_survival.c)
 * ------------------------------------------- */

typedef struct ms_bootstrapped_row {
    char *name; /* "median, sex=1", "Harrell's C", "age" */
    double value, bias, se, lower, upper;
    size_t failed; /* replicates without a value */
} ms_bootstrapped_row;

typedef struct ms_bootstrapped {
    size_t n, n_events, n_rows, n_replicates;
    ms_bootstrapped_row *rows; /* [n_rows] */
    uint64_t seed;
    ms_interval interval;
    double conf_level;
} ms_bootstrapped;

typedef struct ms_bootstrap_request {
    ms_bootstrap_options options; /* jackknife is set as the interval needs it */
    ms_interval interval;
    double conf_level;
    double at;           /* survival and AUC at this time; NaN: none */
    double until;        /* restricted mean up to here; NaN: the shortest of the groups' follow-ups */
    const size_t *group; /* [n] codes, or NULL */
    size_t n_groups;     /* 1 without groups */
    const char *const *group_names; /* [n_groups], or NULL */
    const double *risk;             /* [n] higher: earlier; NULL: no C */
} ms_bootstrap_request;
MS_API void ms_bootstrap_request_default(ms_bootstrap_request *request);
/* Median, restricted mean and survival at a time of each group (of two groups the difference, second less
 * first), Harrell's and Uno's C (events up to `at`) and AUC of the risk, with bootstrap intervals. MS_EUSAGE
 * for entry times or weights. */
MS_API MS_NODISCARD ms_status ms_bootstrap_survival(const ms_surv *data, const ms_bootstrap_request *request,
                                                    ms_bootstrapped *out, ms_error *err);
/* The coefficients of a Cox model. */
MS_API MS_NODISCARD ms_status ms_bootstrap_cox(const ms_surv *data, const ms_design *design,
                                               const ms_cox_options *cox, const ms_bootstrap_request *request,
                                               ms_bootstrapped *out, ms_error *err);
MS_API void ms_bootstrapped_clear(ms_bootstrapped *bootstrapped);
MS_API MS_NODISCARD ms_status ms_bootstrapped_text(const ms_bootstrapped *bootstrapped, size_t n_dropped,
                                                   char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_bootstrapped_json(const ms_bootstrapped *bootstrapped, size_t n_dropped,
                                                   char **text, ms_error *err);

/* ---- outcome at a horizon (horizon.c) -------------------------------------------------------------------
 */

/* What became of n patients by a time. MS_EINPUT: no event by then, nobody followed that long, a probability
 * outside 0 to 1 (naming the row, from 1). */
typedef struct ms_horizon_outcome {
    size_t n;
    const double *time; /* [n] NULL: no times, `event` is a yes or no known for everyone, `at` is not used */
    const uint8_t *event; /* [n] 0 censored (or no), 1 event (or yes), 2 another event that precludes it */
    double at;
} ms_horizon_outcome;

/* ---- reclassification (nri.c) ---------------------------------------------------------------------------
 */

/* Of those who will have the event the share whose risk goes up less that whose risk goes down, and the
 * reverse for those who will not. */
typedef struct ms_nri {
    double event, nonevent, total;          /* total = event + nonevent */
    double se_event, se_nonevent, se_total; /* without times (Pencina et al. 2011); else NaN: bootstrap it */
} ms_nri;
/* Net reclassification from old to new probabilities. cuts[n_cuts] ascending: risk categories [0, cut), [cut,
 * next cut), ...; n_cuts 0: any change counts (category-free). With times the event rate of those who moved
 * up, down, and of all is 1 - Kaplan-Meier at the horizon (with competing events Aalen-Johansen): Pencina,
 * D'Agostino & Steyerberg 2011, Stat Med 30:11, section 5:
 *     event = (F_up n_up - F_down n_down) / (n F),   nonevent = (S_down n_down - S_up n_up) / (n S).
 * R: nricens; Hmisc::improveProb without times. */
MS_API MS_NODISCARD ms_status ms_nri_compute(const ms_horizon_outcome *outcome, const double *old_risk,
                                             const double *new_risk, const double *cuts, size_t n_cuts,
                                             ms_nri *out, ms_error *err);

/* Integrated discrimination improvement: how much further apart the mean risks of events and non-events are.
 */
typedef struct ms_idi {
    double event, nonevent, total; /* mean of new - old among events; of old - new among the others; sum */
    double se_total;               /* without times (Pencina et al. 2008); else NaN */
} ms_idi;
/* With times those censored before the horizon are stood for by the others (inverse probability of censoring,
 * Kaplan-Meier): Uno, Tian, Cai, Kohane & Wei 2013, Stat Med 32:2430. R: survIDINRI's IDI; Hmisc::improveProb
 * without times. */
MS_API MS_NODISCARD ms_status ms_idi_compute(const ms_horizon_outcome *outcome, const double *old_risk,
                                             const double *new_risk, ms_idi *out, ms_error *err);

/* Patients by old and new category: count[i * n + j], and the event rate by the horizon among them (NaN where
 * there is nobody). n = n_cuts + 1. */
typedef struct ms_reclassification {
    size_t n;
    double *count, *rate; /* [n * n] */
} ms_reclassification;
MS_API MS_NODISCARD ms_status ms_reclassification_make(const ms_horizon_outcome *outcome,
                                                       const double *old_risk, const double *new_risk,
                                                       const double *cuts, size_t n_cuts,
                                                       ms_reclassification *out, ms_error *err);
MS_API void ms_reclassification_clear(ms_reclassification *table);

/* ---- decision curves (dca.c) ----------------------------------------------------------------------------
 */

typedef struct ms_dca_options {
    const double *thresholds; /* [n_thresholds] ascending, 0 <= t < 1; NULL: 0.01, 0.02, ..., 0.99 */
    size_t n_thresholds;
    size_t replicates; /* 500: of the bootstrap for intervals; 0: none */
    uint64_t seed;
    ms_interval interval; /* MS_INTERVAL_PERCENTILE */
    double conf_level;    /* 0.95 */
    double smooth;        /* 0; share of the thresholds in a local line through the curve (loess, tricube) */
} ms_dca_options;
MS_API void ms_dca_options_default(ms_dca_options *options);

/* One strategy; arrays [n_thresholds]. */
typedef struct ms_dca_curve {
    double *positive;                                         /* share with a risk >= threshold */
    double *true_positive, *false_positive;                   /* per patient */
    double *net_benefit, *lower, *upper;                      /* NaN bounds without bootstrap */
    double *avoided, *avoided_lower, *avoided_upper;          /* net interventions avoided per 100 patients */
    double *difference, *difference_lower, *difference_upper; /* net benefit less that of the better of
                                                                 treating all and none */
    double *smoothed;                                         /* net_benefit smoothed, or NULL */
} ms_dca_curve;

typedef struct ms_dca {
    size_t n, n_models, n_thresholds, n_events; /* n_events: seen by the horizon */
    double at;                                  /* NaN for a binary outcome */
    double prevalence;                          /* event rate by the horizon */
    double *threshold;
    ms_dca_curve *curves; /* [n_models + 2]: the models, treat all, treat none */
    size_t n_replicates, n_failed;
    ms_interval interval;
    double conf_level;
    uint64_t seed;
} ms_dca;

/* Net benefit of treating those whose probability is at least the threshold t: TP - FP t / (1 - t), with TP =
 * F P(positive), FP = (1 - F) P(positive) and F the event rate by the horizon among the positive
 * (Kaplan-Meier, or Aalen-Johansen with competing events; 0 for nobody). Vickers & Elkin 2006; Vickers,
 * Cronin, Elkin & Gonen 2008. Net interventions avoided: (net benefit - that of treating all) (1 - t) / t,
 * per 100. R: dcurves::dca (which gives NA where nobody positive was followed to the horizon; here their last
 * estimate is carried on). */
MS_API MS_NODISCARD ms_status ms_dca_compute(const ms_horizon_outcome *outcome,
                                             const double *const *probability, size_t n_models,
                                             const ms_dca_options *options, ms_dca *out, ms_error *err);
MS_API void ms_dca_clear(ms_dca *dca);

/* ---- two models on the same patients (compare.c) ----------------------------------------------------------
 */

typedef struct ms_compare_options {
    double tau;         /* of Uno's C; NaN: the horizon, or all the follow-up where there is none */
    const double *cuts; /* [n_cuts] risk categories; none: no categorical NRI */
    size_t n_cuts;
    size_t replicates; /* 1000; 0: none */
    uint64_t seed;
    ms_interval interval; /* MS_INTERVAL_PERCENTILE */
    double conf_level;    /* 0.95 */
} ms_compare_options;
MS_API void ms_compare_options_default(ms_compare_options *options);

/* What is measured; of each an estimate with its uncertainty. */
typedef enum ms_compare_measure {
    MS_MEASURE_HARRELL_OLD,
    MS_MEASURE_HARRELL_NEW,
    MS_MEASURE_HARRELL_DIFFERENCE,
    MS_MEASURE_UNO_OLD,
    MS_MEASURE_UNO_NEW,
    MS_MEASURE_UNO_DIFFERENCE,
    MS_MEASURE_AUC_OLD, /* from here on at the horizon */
    MS_MEASURE_AUC_NEW,
    MS_MEASURE_AUC_DIFFERENCE,
    MS_MEASURE_BRIER_OLD,
    MS_MEASURE_BRIER_NEW,
    MS_MEASURE_BRIER_DIFFERENCE,
    MS_MEASURE_NRI_EVENT, /* category-free */
    MS_MEASURE_NRI_NONEVENT,
    MS_MEASURE_NRI,
    MS_MEASURE_CATEGORY_NRI_EVENT,
    MS_MEASURE_CATEGORY_NRI_NONEVENT,
    MS_MEASURE_CATEGORY_NRI,
    MS_MEASURE_IDI_EVENT,
    MS_MEASURE_IDI_NONEVENT,
    MS_MEASURE_IDI,
    MS_N_MEASURES
} ms_compare_measure;

typedef struct ms_compared {
    double value;
    double se, lower, upper, p; /* by a formula (influence functions); NaN where there is none */
    double boot_se, boot_lower, boot_upper, boot_p; /* bootstrap; boot_p from value / boot_se */
    size_t failed;                                  /* replicates without a value */
} ms_compared;

typedef struct ms_comparison {
    size_t n, n_events, n_events_until; /* all, and by the horizon */
    bool binary;  /* no times: C is not given, NRI and IDI have standard errors by formula */
    bool horizon; /* the measures from MS_MEASURE_AUC_OLD on were made */
    double at, tau;
    ms_compared estimates[MS_N_MEASURES];
    double harrell_covariance, uno_covariance; /* of the two C */
    size_t n_replicates;
    uint64_t seed;
    ms_interval interval;
    double conf_level;
    double *cuts; /* [n_cuts] */
    size_t n_cuts;
    ms_reclassification table; /* n 0 without cuts */
} ms_comparison;

/* New minus old, for each measure. C: Harrell's and Uno's with the covariance of both from their influence
 * values (R: concordance(fit_old, fit_new), timewt "n" and "n/G2"). AUC and Brier score at the horizon as
 * ms_auc_compute and ms_brier_compute have them (R: riskRegression::Score). NRI and IDI with bootstrap
 * intervals; without times also by formula (Hmisc::improveProb). outcome->at NaN: C alone, and then the risks
 * need not be probabilities. Identical predictions have difference 0 and p 1. MS_EUSAGE for competing events.
 */
MS_API MS_NODISCARD ms_status ms_compare_models(const ms_horizon_outcome *outcome, const double *old_risk,
                                                const double *new_risk, const ms_compare_options *options,
                                                ms_comparison *out, ms_error *err);
MS_API void ms_comparison_clear(ms_comparison *comparison);

/* ---- optimism (validate.c) --------------------------------------------------------------------------------
 */

typedef enum ms_validity {
    MS_VALIDITY_DXY, /* 2 (C - 1/2), Harrell's C */
    MS_VALIDITY_C,
    MS_VALIDITY_R2,    /* Nagelkerke's */
    MS_VALIDITY_SLOPE, /* of the linear predictor */
    MS_VALIDITY_D,     /* (LR - 1) / -2 log L0 */
    MS_VALIDITY_U,
    MS_VALIDITY_Q,     /* D - U */
    MS_VALIDITY_G,     /* Gini's mean difference of the linear predictor */
    MS_VALIDITY_BRIER, /* at the horizon */
    MS_N_VALIDITY
} ms_validity;

typedef struct ms_validation_options {
    double at;         /* horizon of the Brier score; NaN: none */
    size_t replicates; /* 200 */
    uint64_t seed;
} ms_validation_options;
MS_API void ms_validation_options_default(ms_validation_options *options);

typedef struct ms_validation {
    size_t n, n_events, n_replicates, n_failed; /* failed: did not converge, or no event */
    double at;
    uint64_t seed;
    double apparent[MS_N_VALIDITY]; /* NaN where not asked for */
    double training[MS_N_VALIDITY]; /* means: fitted to and measured on a resample */
    double test[MS_N_VALIDITY];     /* fitted to the resample, measured on the data */
    double optimism[MS_N_VALIDITY], corrected[MS_N_VALIDITY]; /* training - test; apparent - optimism */
    double se[MS_N_VALIDITY];                                 /* Monte Carlo standard error of `optimism` */
} ms_validation;

/* Harrell's bootstrap correction of a Cox model's apparent performance (Harrell, Lee & Mark 1996). R:
 * rms::validate(cph(...), B). The Brier score takes Breslow's baseline (Efron's with Efron ties) of the
 * training sample. MS_EUSAGE for delayed entry or weights; with strata there is no Brier score. */
MS_API MS_NODISCARD ms_status ms_cox_validate(const ms_surv *data, const ms_design *design,
                                              const ms_cox_options *cox, const ms_validation_options *options,
                                              ms_validation *out, ms_error *err);

/* ---- from a table (forecast_frame.c) ----------------------------------------------------------------------
 */

typedef struct ms_forecast_columns {
    const char *time;            /* NULL: no times */
    const char *event;           /* as ms_surv_columns */
    const char *event_value;     /* NULL: 0 and 1 */
    const char *competing_value; /* the text of the event column that means the other event; NULL: none */
    const char *const *risk;     /* [n_risk] columns with predictions */
    size_t n_risk;
    bool probability; /* they must be within 0 and 1 */
} ms_forecast_columns;

typedef struct ms_forecast_frame {
    size_t n, n_dropped; /* rows kept, rows left out for a missing value */
    double *time;        /* [n], NULL without times */
    uint8_t *event;      /* [n] 0, 1, 2 */
    size_t n_risk;
    double **risk; /* [n_risk][n] */
} ms_forecast_frame;
/* MS_EINPUT naming table, line and column, as ms_surv_frame_read. */
MS_API MS_NODISCARD ms_status ms_forecast_frame_read(const ms_table *table,
                                                     const ms_forecast_columns *columns,
                                                     ms_forecast_frame *out, ms_error *err);
MS_API void ms_forecast_frame_clear(ms_forecast_frame *frame);

/* ---- results as text and JSON (report_dca.c, report_compare.c, report_validate.c)
 * --------------------------- */

/* *text is to be freed. names[n_models] are the columns. full: every threshold, not about ten. */
MS_API MS_NODISCARD ms_status ms_dca_text(const ms_dca *dca, const char *const *names, size_t n_dropped,
                                          bool full, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_dca_json(const ms_dca *dca, const char *const *names, size_t n_dropped,
                                          char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_comparison_text(const ms_comparison *comparison, const char *old_name,
                                                 const char *new_name, size_t n_dropped, char **text,
                                                 ms_error *err);
MS_API MS_NODISCARD ms_status ms_comparison_json(const ms_comparison *comparison, const char *old_name,
                                                 const char *new_name, size_t n_dropped, char **text,
                                                 ms_error *err);
MS_API MS_NODISCARD ms_status ms_validation_text(const ms_validation *validation, size_t n_dropped,
                                                 char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_validation_json(const ms_validation *validation, size_t n_dropped,
                                                 char **text, ms_error *err);
/* "percentile", "basic", "normal", "bca". */
MS_API const char *ms_interval_name(ms_interval type);

#ifdef __cplusplus
}
#endif
#endif
