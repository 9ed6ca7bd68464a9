/* myosurv/survival.h: estimators and tests for censored survival times.
 *
 * Kaplan-Meier and Nelson-Aalen curves, log-rank and G-rho tests, Cox regression with its tests, residuals
 * and baseline hazard, concordance, and the formula language that R's survival package made the field's own.
 * The numbers are those of R's survival 3.5 (each comment names the R function), to about 1e-9.
 *
 * Estimators take plain arrays and know nothing of files; the last part of this header reads the arrays from
 * a table and writes results as text or JSON. Nothing here draws, and nothing is random. Results do not
 * depend on the number of threads. Cost is O(n log n) in the number of rows everywhere but for exact ties in
 * ms_cox_fit.
 *
 * Every `out` object is filled on success only and then owned by the caller: free it with its _clear, which
 * may be called on a zeroed object and any number of times. Arrays passed in are only read and may go
 * afterwards. */
#ifndef MYOSURV_SURVIVAL_H
#define MYOSURV_SURVIVAL_H

#include "myosurv/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- survival data ----------------------------------------------------------------------------------- */

/* Follow-up of n subjects (or, with entry times, n intervals of subjects): a view, nothing is owned.
 *     ms_surv data = {.n = n, .time = time, .event = event};
 * Units of time are the caller's. Checked by every estimator: MS_EINPUT (naming the row, from 1) for a time
 * that is negative or not finite, entry not before time, a negative or non-finite weight, a stratum out of
 * range. */
typedef struct ms_surv {
    size_t n;
    const double *time;    /* [n] end of follow-up */
    const double *entry;   /* [n] delayed entry, at risk on (entry, time]; NULL: from the beginning */
    const uint8_t *event;  /* [n] 1 event at `time`, 0 censored */
    const double *weight;  /* [n] case weights; NULL: all 1 */
    const size_t *stratum; /* [n] codes 0 .. n_strata - 1; NULL: one stratum */
    size_t n_strata;
    bool no_timefix; /* true: keep times apart that differ only by rounding (see ms_times_merge) */
} ms_surv;

/* Times that differ by rounding alone are one time: among the sorted distinct values, neighbours closer than
 * tolerance * mean(|times|) are merged into the smaller. tolerance is R's, sqrt(2^-52).
 * R: survival::aeqSurv, `timefix`. times[n] is changed in place. MS_ERESOURCE. */
MS_API MS_NODISCARD ms_status ms_times_merge(double *times, size_t n, ms_error *err);

/* ---- Kaplan-Meier and Nelson-Aalen (km.c, km_interval.c, km_quantile.c) -------------------------------- */

typedef enum ms_conf_type {
    MS_CONF_LOG,
    MS_CONF_LOG_LOG,
    MS_CONF_PLAIN,
    MS_CONF_LOGIT,
    MS_CONF_ARCSIN
} ms_conf_type;

typedef enum ms_km_type {
    MS_KM_PRODUCT_LIMIT,     /* Kaplan & Meier 1958 */
    MS_KM_FLEMING_HARRINGTON /* exp(-Nelson-Aalen); R: stype = 2, ctype = 1 */
} ms_km_type;

typedef struct ms_km_options {
    ms_conf_type conf_type; /* MS_CONF_LOG, as R */
    double conf_level;      /* 0.95 */
    ms_km_type type;
    double rmean_until;    /* restricted mean up to this time; NaN: the largest time over all groups (R:
                              "common") */
    bool robust;           /* infinitesimal jackknife in place of Greenwood's standard errors; always with
                              clusters and with weights that are not whole, as R */
    const size_t *cluster; /* [n] codes 0 .. n_clusters - 1: rows that vary together; NULL: each row alone */
    size_t n_clusters;
} ms_km_options;
MS_API void ms_km_options_default(ms_km_options *options);

/* One curve: a row per distinct time (event, censoring). Counts are weighted. */
typedef struct ms_km_curve {
    size_t n; /* records in the group */
    size_t n_times;
    double *time;   /* [n_times] ascending; so all the arrays below */
    double *n_risk; /* at risk just before the time */
    double *n_event, *n_censor;
    double *surv;
    double *std_err;       /* Greenwood's standard error of surv, or the robust one */
    double *lower, *upper; /* pointwise interval; NaN where R has NA */
    double *cumhaz;        /* Nelson-Aalen */
    double *std_chaz;      /* its standard error */
    double events;         /* weighted number of events */
    /* As print(survfit) shows them; NaN: not reached. */
    double median, median_lower, median_upper;
    double rmean, rmean_se; /* restricted mean survival time and its standard error */
} ms_km_curve;

typedef struct ms_km {
    size_t n_groups;
    ms_km_curve *curves;   /* [n_groups] in order of the group's code */
    ms_km_options options; /* as used; without the clusters */
    bool robust;
    double rmean_until; /* the limit used */
} ms_km;

/* Survival curve of each group. group[n] holds codes 0 .. n_groups - 1, or is NULL with n_groups = 1
 * (data->stratum is not used). R: survfit(Surv(...) ~ group, conf.type). A group without rows has n_times 0
 * and NaN medians. */
MS_API MS_NODISCARD ms_status ms_km_fit(const ms_surv *data, const size_t *group, size_t n_groups,
                                        const ms_km_options *options, ms_km *out, ms_error *err);
MS_API void ms_km_clear(ms_km *km);

/* The time by which a share p of events has occurred (p = 0.5: the median), with the interval from the
 * curve's bounds; where the curve is flat at 1 - p, the middle of the flat part. NaN where not reached. R:
 * quantile.survfit. */
MS_API void ms_km_quantile(const ms_km_curve *curve, double p, double *quantile, double *lower,
                           double *upper);
/* surv, std_err, lower, upper and n_risk at any time (before the first: 1, 0, 1, 1, all); outputs may be
 * NULL. R: summary(survfit, times =, extend = TRUE). */
MS_API void ms_km_at(const ms_km_curve *curve, double time, double *surv, double *std_err, double *lower,
                     double *upper, double *n_risk);

/* ---- log-rank and G-rho (logrank.c) -------------------------------------------------------------------- */

typedef struct ms_logrank {
    size_t n_groups;
    size_t *n;        /* [n_groups] rows */
    double *observed; /* [n_groups] weighted by S(t-)^rho, summed over strata */
    double *expected; /* [n_groups] */
    double *variance; /* [n_groups * n_groups] of observed - expected */
    double chisq, p;
    size_t df;
    double rho;
} ms_logrank;

/* Do the groups share one hazard? Harrington & Fleming 1982: rho = 0 the log-rank (Mantel-Haenszel) test, rho
 * = 1 Peto & Peto's Wilcoxon. Stratified by data->stratum; weights are not taken (MS_EUSAGE). Entry times are
 * (the risk set then counts those who have entered). R: survdiff. Groups without expected events do not count
 * for df. MS_EINPUT for fewer than two groups with rows. */
MS_API MS_NODISCARD ms_status ms_logrank_test(const ms_surv *data, const size_t *group, size_t n_groups,
                                              double rho, ms_logrank *out, ms_error *err);
MS_API void ms_logrank_clear(ms_logrank *logrank);

/* ---- concordance (concordance.c, concordance_weights.c) -------------------------------------------------
 */

/* How much a pair with an event at time t counts. R: concordance(timewt =). */
typedef enum ms_timewt {
    MS_TIMEWT_N,    /* Harrell's C: every comparable pair 1 */
    MS_TIMEWT_S,    /* S(t) (Peto-Wilcoxon) */
    MS_TIMEWT_S_G,  /* S(t) / G(t), G the censoring distribution (Schemper) */
    MS_TIMEWT_N_G2, /* 1 / G(t)^2: Uno et al. 2011, inverse probability of censoring */
    MS_TIMEWT_I,    /* 1 / number at risk */
    MS_TIMEWT_IPCW  /* 1 / (G(t-) G(t)): Gerds et al. 2013; pec::cindex with marginal weights */
} ms_timewt;

typedef struct ms_concordance_options {
    ms_timewt timewt;
    double tau;            /* events after tau do not count; INFINITY: all. R: ymax */
    bool reverse;          /* true: a higher score means a later event */
    double conf_level;     /* 0.95 */
    const size_t *cluster; /* [n] codes: rows of one cluster vary together; NULL: each row alone */
    size_t n_clusters;
    /* Out, [n] or NULL: how far each row moves C (weighted infinitesimal jackknife), in the data's order.
     * se^2 is its sum of squares (of the clusters' sums); for two scores a, b of the same rows var(C_a - C_b)
     * is that of influence_a - influence_b. All 0 when c is NaN. R: concordance(influence = 1)$dfbeta, and
     * the covariance of concordance(fit1, fit2). */
    double *influence;
} ms_concordance_options;
MS_API void ms_concordance_options_default(ms_concordance_options *options);

typedef struct ms_concordance {
    double c;            /* (concordant + tied_risk / 2) / (concordant + discordant + tied_risk) */
    double se;           /* infinitesimal jackknife */
    double lower, upper; /* c -+ z * se, within 0 and 1 */
    double concordant, discordant, tied_risk, tied_time, tied_both; /* weighted pairs, as R counts them */
    size_t n, n_events;
} ms_concordance;

/* Does a higher risk go with an earlier event? Compared within strata only. O(n log n) by a Fenwick tree over
 * the ranks of risk. R: concordance(Surv(...) ~ risk, reverse = TRUE). Harrell et al. 1982; standard error
 * Therneau, concordance vignette. c is NaN when no pair can be compared. */
MS_API MS_NODISCARD ms_status ms_concordance_compute(const ms_surv *data, const double *risk,
                                                     const ms_concordance_options *options,
                                                     ms_concordance *out, ms_error *err);

/* ---- Cox regression (cox_*.c) ---------------------------------------------------------------------------
 */

typedef enum ms_ties { MS_TIES_EFRON, MS_TIES_BRESLOW, MS_TIES_EXACT } ms_ties;

/* The predictors: a view, nothing is owned. */
typedef struct ms_design {
    size_t p;                 /* columns */
    const double *x;          /* [n * p], row i at x + i * p; finite */
    const char *const *names; /* [p], or NULL */
    const double *offset;     /* [n], or NULL */
    const size_t *cluster;    /* [n] codes 0 .. n_clusters - 1 for the robust variance, or NULL */
    size_t n_clusters;
    const double *ridge; /* [p] lambda of a penalty lambda / 2 * coef^2, 0 for none; or NULL. R's ridge(x,
                            theta) has lambda = theta * var(x) */
    const size_t *term;  /* [p] which term a column belongs to, for tests by term; NULL: each its own */
    const char *const *term_names; /* [n_terms] */
    size_t n_terms;
} ms_design;

typedef struct ms_cox_options {
    ms_ties ties;        /* MS_TIES_EFRON */
    bool robust;         /* the sandwich variance also without clusters (always with) */
    size_t iterations;   /* 20 */
    double eps;          /* 1e-9: relative change of the log likelihood */
    double toler_chol;   /* 2^-39: pivot below which a column is collinear */
    double conf_level;   /* 0.95 */
    const double *start; /* [p] starting coefficients; NULL: 0 */
} ms_cox_options;
MS_API void ms_cox_options_default(ms_cox_options *options);

typedef struct ms_cox {
    size_t n, p, n_strata;
    size_t n_events;
    ms_ties ties;
    char **names;          /* [p] */
    double *coef;          /* [p] log hazard ratios; NaN: the column is collinear with earlier ones (R: NA) */
    double *var;           /* [p * p] robust when `robust`; 0 in rows of collinear columns */
    double *naive_var;     /* [p * p] inverse information */
    double *se;            /* [p] from naive_var (NaN for collinear) */
    double *robust_se;     /* [p], NULL unless robust */
    double *z, *p_value;   /* [p] from var */
    double *lower, *upper; /* [p] interval of coef */
    double *means;         /* [p] weighted means: x - means is what `lp` is of */
    double *lp;            /* [n] (x - means) coef + offset */
    double loglik[2];      /* at the start and at the end */
    double score, lr, wald; /* chi-squared */
    double p_score, p_lr, p_wald;
    double robust_score, p_robust_score; /* NaN unless robust */
    double df;                           /* coefficients that are not collinear; effective with ridge */
    bool robust, penalised;
    bool converged; /* false: the iterations ran out or a coefficient seems to be infinite (see `infinite`) */
    bool *infinite; /* [p] the likelihood levels off as this coefficient grows: separation */
    size_t iterations;
    ms_concordance concordance; /* of lp */
    size_t n_shown; /* what reports call n where that is not n (rows before tt()); 0 otherwise. Set by the
                       caller */
} ms_cox;

/* Cox 1972 partial likelihood by Newton-Raphson with step halving; tied events by Efron 1977, Breslow 1974 or
 * the exact partial likelihood (Cox 1972; O(deaths * at risk) a tied time; no weights, no entry times beyond
 * what R takes). R: coxph. Separation or no convergence is not a failure: `converged` is false, a warning is
 * logged, and the numbers are those of the last iteration. MS_EINPUT: no event, or a value that is not
 * finite; MS_ENOCONV only when the likelihood cannot be computed at all. */
MS_API MS_NODISCARD ms_status ms_cox_fit(const ms_surv *data, const ms_design *design,
                                         const ms_cox_options *options, ms_cox *out, ms_error *err);
MS_API void ms_cox_clear(ms_cox *cox);

/* Residuals of a fit, with the data and design it was fitted to. R: residuals.coxph. */
MS_API MS_NODISCARD ms_status ms_cox_martingale(const ms_cox *cox, const ms_surv *data, double *residuals,
                                                ms_error *err); /* [n] */
MS_API MS_NODISCARD ms_status ms_cox_score_residuals(const ms_cox *cox, const ms_surv *data,
                                                     const ms_design *design, double *residuals,
                                                     ms_error *err); /* [n * p] */
/* One row an event, in order of stratum and time. residuals[n_events * p], rows[n_events] the data's rows. */
MS_API MS_NODISCARD ms_status ms_cox_schoenfeld(const ms_cox *cox, const ms_surv *data,
                                                const ms_design *design, double *residuals, size_t *rows,
                                                ms_error *err);

/* Test of proportional hazards. */
typedef enum ms_zph_transform { MS_ZPH_KM, MS_ZPH_RANK, MS_ZPH_IDENTITY, MS_ZPH_LOG } ms_zph_transform;
typedef struct ms_zph_row {
    char *term; /* the last one is "GLOBAL" */
    double chisq, p;
    size_t df;
} ms_zph_row;
typedef struct ms_zph {
    size_t n;
    ms_zph_row *rows;
} ms_zph;
/* The score test for adding x * g(time) to the model, by term and global. Grambsch & Therneau 1994; R (3.x):
 * cox.zph. A fit with exact ties is tested as Breslow's, as R does. MS_EUSAGE for a model with ridge or
 * without predictors. */
MS_API MS_NODISCARD ms_status ms_cox_zph(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                                         ms_zph_transform transform, ms_zph *out, ms_error *err);
MS_API void ms_zph_clear(ms_zph *zph);

/* Baseline cumulative hazard H0(t): hazard of a subject with lp = 0, at the distinct event times. */
typedef struct ms_baseline {
    size_t n;
    double *time;   /* [n] ascending */
    double *hazard; /* [n] cumulative */
} ms_baseline;
/* Breslow 1974: sum of d / sum(exp(lp) at risk); with MS_TIES_EFRON tied events leave the risk set by parts
 * (R: basehaz, survfit.coxph). lp[n] is any log hazard ratio: a Cox model's or a network's. MS_EINPUT when no
 * event. data->stratum must be NULL: call it once a stratum. */
MS_API MS_NODISCARD ms_status ms_breslow_baseline(const ms_surv *data, const double *lp, ms_ties ties,
                                                  ms_baseline *out, ms_error *err);
MS_API void ms_baseline_clear(ms_baseline *baseline);
/* The cumulative hazard at a time: a step function, 0 before the first event. */
MS_API double ms_baseline_at(const ms_baseline *baseline, double time);
/* Survival at a time for a subject with this lp: exp(-H0(t) exp(lp)). */
MS_API double ms_baseline_survival(const ms_baseline *baseline, double time, double lp);

/* ---- from a table (frame.c, factor.c) --------------------------------------------------------------------
 */

/* A column as categories. Levels are in order of number where all are numbers, else alphabetical (case only
 * breaks ties, lower first). codes[i] is SIZE_MAX where the cell is missing. */
typedef struct ms_factor {
    size_t n, n_levels;
    char **levels; /* [n_levels] */
    size_t *codes; /* [n] */
} ms_factor;
MS_API MS_NODISCARD ms_status ms_factor_from_table(const ms_table *table, size_t column, ms_factor *out,
                                                   ms_error *err);
MS_API void ms_factor_clear(ms_factor *factor);

/* Which columns hold what; NULL where there is none. */
typedef struct ms_surv_columns {
    const char *time, *event;
    const char *event_value; /* the text that means 'event' (any other: censored); NULL: the column has 0 and
                                1 or FALSE and TRUE, and anything else is MS_EINPUT */
    const char *entry, *weight, *group, *strata, *cluster, *risk;
} ms_surv_columns;
/* Splits "COL=VALUE" (or "COL") as given to --event: *column to be freed, *value points into it or is NULL.
 */
MS_API MS_NODISCARD ms_status ms_event_split(const char *text, char **column, const char **value,
                                             ms_error *err);

/* The rows of a table that have no missing value in the columns asked for. */
typedef struct ms_surv_frame {
    size_t n, n_dropped;                  /* rows kept, rows left out for a missing value */
    size_t *rows;                         /* [n] the table's row of each */
    double *time, *entry, *weight, *risk; /* [n]; NULL when not asked for */
    uint8_t *event;
    ms_factor group, strata,
        cluster;  /* n_levels 0 when not asked for; only levels that occur in the rows kept */
    ms_surv data; /* a view of the above (stratum is `strata`) */
} ms_surv_frame;
/* MS_EINPUT naming table, line and column: no such column, text in a number, a negative time, an event that
 * is neither 0 nor 1, entry not before time, no row left. */
MS_API MS_NODISCARD ms_status ms_surv_frame_read(const ms_table *table, const ms_surv_columns *columns,
                                                 ms_surv_frame *out, ms_error *err);
MS_API void ms_surv_frame_clear(ms_surv_frame *frame);

/* ---- formulas (formula_lex.c, formula_parse.c, model_frame.c) ---------------------------------------------
 */

/* R's formula language for survival:
 *     Surv(time, status) ~ age + sex        Surv(start, stop, status == 2) ~ ...
 * Terms: a  a + b  a:b  a*b  (a + b)^2  - a  log() sqrt() exp() I(arithmetic) factor(a) factor(a, levels =
 * c(...)) strata(a, b) cluster(a) offset(expression) ridge(a, b, theta = 1, scale = TRUE); splines and
 * polynomials ns(a, df = 3) bs(a, knots = c(50, 60)) rcs(a, 4) poly(a, 2), knots placed by all rows that have
 * a value; tt(a, log(t + 20)), which is a * log(t + 20) at each time t. A text column is a factor with
 * treatment contrasts against its first level. Column names that are no R names go in `backticks`. An event
 * is 0/1, TRUE/FALSE or a comparison; 1/2 is taken as R does (2 the event) with a warning. */
typedef struct ms_model_frame {
    size_t n, p, n_dropped;
    size_t n_before_tt;                     /* rows before tt() took them apart; 0 without tt() */
    size_t *rows;                           /* [n] the table's row of each */
    double *time, *entry, *weight, *offset; /* [n]; entry, weight, offset NULL when not there */
    uint8_t *event;
    double *x;    /* [n * p] */
    char **names; /* [p] as R names coefficients: age, sexmale, log(bili), age:sexmale */
    size_t *term; /* [p] */
    size_t n_terms;
    char **term_names;
    ms_factor strata, cluster; /* n_levels 0 when not there */
    double *ridge;             /* [p], or NULL */
    ms_surv data;              /* views of the above */
    ms_design design;
} ms_model_frame;
/* Reads of a CSV file the columns that the formula names, and more[n_more] (NULLs are passed over), numbers
 * as numbers: see ms_table_read_columns. */
MS_API MS_NODISCARD ms_status ms_model_table_read(ms_table **table, const char *path, const char *formula,
                                                  const char *const *more, size_t n_more, ms_error *err);
/* `weights_column` may be NULL. MS_EINPUT: the formula, with the place of the fault in it; a column that is
 * not there (with the nearest name); a cell (table, line, column). */
MS_API MS_NODISCARD ms_status ms_model_frame_read(const ms_table *table, const char *formula,
                                                  const char *weights_column, ms_model_frame *out,
                                                  ms_error *err);
MS_API void ms_model_frame_clear(ms_model_frame *frame);

/* ---- results as text and JSON (report_*.c) ----------------------------------------------------------------
 */

/* *text is NUL-terminated and to be freed. JSON has the keys DESIGN fixes, numbers with 17 digits, NaN as
 * null. The text is for people, laid out as R prints. group_names[n_groups] as shown ("sex=1"); logrank, zph
 * may be NULL. */
MS_API MS_NODISCARD ms_status ms_km_json(const ms_km *km, const char *const *group_names,
                                         const ms_logrank *logrank, size_t n_dropped, char **text,
                                         ms_error *err);
MS_API MS_NODISCARD ms_status ms_km_text(const ms_km *km, const char *const *group_names,
                                         const ms_logrank *logrank, size_t n_dropped, bool full, char **text,
                                         ms_error *err);
MS_API MS_NODISCARD ms_status ms_cox_json(const ms_cox *cox, const ms_zph *zph, size_t n_dropped, char **text,
                                          ms_error *err);
MS_API MS_NODISCARD ms_status ms_cox_text(const ms_cox *cox, const ms_zph *zph, size_t n_dropped, char **text,
                                          ms_error *err);
MS_API MS_NODISCARD ms_status ms_concordance_json(const ms_concordance *concordance, size_t n_dropped,
                                                  char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_concordance_text(const ms_concordance *concordance, size_t n_dropped,
                                                  char **text, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
