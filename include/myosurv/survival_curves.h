/* myosurv/survival_curves.h: what stands round a Kaplan-Meier curve and a log-rank test: other estimates of a
 * curve, simultaneous bands, restricted means compared, landmarks, interval-censored data; weighted,
 * stratified, trend, pairwise and one-sample tests; cut-points with the p-values that searching for them asks
 * for.
 *
 * The conventions are those of survival.h: plain arrays, results owned by the caller and freed with _clear,
 * MS_EINPUT for data that make no sense (naming the row from 1), the same numbers whatever the number of
 * threads. Each comment names the R function that gives the same. */
#ifndef MYOSURV_SURVIVAL_CURVES_H
#define MYOSURV_SURVIVAL_CURVES_H

#include "myosurv/survival.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- estimates of one curve (km_types.c, km_rmst.c, km_landmark.c)
 * ------------------------------------------ */

/* How survival and hazard are estimated. R: survfit(stype =, ctype =). */
typedef struct ms_km_types {
    bool from_hazard; /* stype 2: S = exp(-H) (Fleming & Harrington 1984); else the product limit */
    bool split_ties;  /* ctype 2: d tied events one after the other, sum of 1 / (r - j); else Nelson-Aalen's d
                         / r */
} ms_km_types;
/* ms_km_fit with those estimates. Standard errors: Greenwood's for the product limit, the hazard's for
 * exp(-H). MS_EUSAGE for split ties with robust errors (clusters, or weights that are not whole). */
MS_API MS_NODISCARD ms_status ms_km_fit_types(const ms_surv *data, const size_t *group, size_t n_groups,
                                              const ms_km_options *options, ms_km_types types, ms_km *out,
                                              ms_error *err);

/* Area under the curve up to a time and its standard error (Greenwood's form). R: print(survfit, rmean =).
 * NaN for a curve without rows. */
MS_API void ms_km_rmean(const ms_km_curve *curve, double until, double *mean, double *se);

/* Two restricted means compared: group a against group b. Royston & Parmar 2013; R: survRM2::rmst2. */
typedef struct ms_rmst_contrast {
    size_t a, b;
    double difference, difference_se, difference_lower, difference_upper, difference_p;
    double ratio, ratio_lower, ratio_upper, ratio_p; /* of the means; on the log scale */
    double lost, lost_lower, lost_upper, lost_p;     /* ratio of the time lost before `until` */
} ms_rmst_contrast;
typedef struct ms_rmst {
    double until;
    size_t n_groups;
    double *mean, *se; /* [n_groups] */
    size_t n_contrasts;
    ms_rmst_contrast
        *contrasts; /* every later group against every earlier one: (1, 0), (2, 0), (2, 1), ... */
} ms_rmst;
/* until NaN: the shortest of the groups' longest follow-ups (survRM2's default). MS_EUSAGE: until beyond the
 * last time of a group whose curve has not come to 0 there (nothing is known of it), or not above 0. */
MS_API MS_NODISCARD ms_status ms_rmst_compare(const ms_km *km, double until, ms_rmst *out, ms_error *err);
MS_API void ms_rmst_clear(ms_rmst *rmst);

/* Landmark analysis: only the rows at risk just after time `at` (entry <= at < time) stay, so that what is
 * known at `at` can be a group without bias from those who died before. reset: the clock starts again at `at`
 * (time - at); else it is kept and every row enters at `at`. *n_left_out rows went. MS_EINPUT when none
 * stays. Changes the frame. R: survfit(Surv(time - at, event) ~ x, subset = time > at). Anderson, Cain &
 * Gelber 1983. */
MS_API MS_NODISCARD ms_status ms_surv_landmark(ms_surv_frame *frame, double at, bool reset,
                                               size_t *n_left_out, ms_error *err);

/* ---- simultaneous confidence bands (km_band.c, km_band_critical.c)
 * -------------------------------------------- */

typedef enum ms_band_type {
    MS_BAND_HALL_WELLNER,   /* Hall & Wellner 1980 */
    MS_BAND_EQUAL_PRECISION /* Nair 1984: in proportion to the pointwise interval */
} ms_band_type;
typedef struct ms_km_band {
    ms_band_type type;
    ms_conf_type transform; /* MS_CONF_PLAIN, MS_CONF_LOG_LOG or MS_CONF_ARCSIN */
    double conf_level;
    double from, to;         /* the times between which the whole curve is covered with that probability */
    double a_lower, a_upper; /* n s2 / (1 + n s2) there, s2 Greenwood's sum */
    double critical;
    size_t n;
    double *lower, *upper; /* [n] at each of the curve's times, NaN outside from .. to */
} ms_km_band;
/* The band of a Kaplan-Meier curve without weights and delayed entry. from, to NaN: the first and the last
 * time with an event at which the curve is neither 1 nor 0. Critical values are computed, not looked up.
 * Klein & Moeschberger 2003, section 4.4; R: km.ci("hall-wellner", "loghall", "epband", "logep"). MS_EINPUT
 * when there is no such time. */
MS_API MS_NODISCARD ms_status ms_km_band_compute(const ms_km_curve *curve, ms_band_type type,
                                                 ms_conf_type transform, double conf_level, double from,
                                                 double to, ms_km_band *out, ms_error *err);
MS_API void ms_km_band_clear(ms_km_band *band);
/* P(|B(x)| <= k for all x in [a, b]) of a Brownian bridge B, 0 <= a < b <= 1: Hall-Wellner's critical value
 * is where this is the level. By one double integral over B(a) and B(b). */
MS_API double ms_bridge_within(double k, double a, double b);
/* The same of |B(x)| / sqrt(x (1 - x)) with 0 < a < b < 1: equal precision. By the spectrum of the Ornstein-
 * Uhlenbeck process between two walls. */
MS_API double ms_bridge_within_scaled(double c, double a, double b);

/* ---- interval-censored data (turnbull.c)
 * ------------------------------------------------------------------------ */

/* Nonparametric maximum likelihood of a survival curve from intervals (left, right] that hold the event
 * (Turnbull 1976): left = right is an exact time, right = INFINITY a right-censored one, left = 0 or less a
 * left-censored one. It puts mass only on the intervals (from, to] found here; where in them it lies the data
 * do not say. */
typedef struct ms_turnbull {
    size_t n, n_intervals;
    double *from, *to;      /* [n_intervals]; equal for an exact time; to may be INFINITY */
    double *mass;           /* [n_intervals] sums to 1 */
    double *surv, *std_err; /* [n_intervals] just after `to`, NaN where that is INFINITY; standard error by
                               the observed information of the masses above 0 (Greenwood's when nothing is
                               censored but on the right) */
    double *lower, *upper;
    double loglik;
    size_t iterations;
    bool converged;                /* the Kuhn-Tucker conditions hold to 1e-9 */
    double median_from, median_to; /* the interval in which S falls to 1/2; NaN: not reached */
} ms_turnbull;
/* weight[n] may be NULL. EM steps with squared extrapolation, ended by the Kuhn-Tucker conditions (Gentleman
 * & Geyer 1994), so this is the maximum; R's survfit(Surv(l, r, type = "interval2")) stops when no value
 * moved by 5e-5 and takes standard errors as if the masses were data; icenReg, interval::icfit give the same
 * as here. MS_EINPUT: left > right, no row. Not converged is a warning and `converged` false. */
MS_API MS_NODISCARD ms_status ms_turnbull_fit(const double *left, const double *right, const double *weight,
                                              size_t n, ms_conf_type conf_type, double conf_level,
                                              ms_turnbull *out, ms_error *err);
MS_API void ms_turnbull_clear(ms_turnbull *turnbull);

/* The rows of a table with an interval: an empty left end is 0 (left-censored), an empty or infinite right
 * end INFINITY (right-censored); rows with neither, or without group or weight, are left out and counted. */
typedef struct ms_interval_frame {
    size_t n, n_dropped;
    double *left, *right, *weight; /* [n]; weight NULL when not asked for */
    ms_factor group;               /* n_levels 0 when not asked for */
} ms_interval_frame;
/* group, weight may be NULL. MS_EINPUT naming the cell: text in a number, a negative time, an end before the
 * beginning, no row left. */
MS_API MS_NODISCARD ms_status ms_interval_frame_read(const ms_table *table, const char *left,
                                                     const char *right, const char *group, const char *weight,
                                                     ms_interval_frame *out, ms_error *err);
MS_API void ms_interval_frame_clear(ms_interval_frame *frame);

/* ---- weighted log-rank tests (logrank_weights.c)
 * ------------------------------------------------------------------ */

typedef enum ms_test_weight {
    MS_TEST_LOGRANK,       /* 1 */
    MS_TEST_GEHAN,         /* n, the number at risk: Gehan 1965, Breslow 1970 */
    MS_TEST_TARONE_WARE,   /* sqrt(n): Tarone & Ware 1977 */
    MS_TEST_PETO,          /* S~ = product of 1 - d / (n + 1): Peto & Peto 1972, Prentice & Marek 1979 */
    MS_TEST_PETO_MODIFIED, /* S~ n / (n + 1): Andersen, Borgan, Gill & Keiding 1982 */
    MS_TEST_FH,            /* S(t-)^p (1 - S(t-))^q: Fleming & Harrington 1991 */
    /* for ms_logrank_scores only, where these take S and S~ before the time where the name does not say
       otherwise */
    MS_TEST_PETO_KM,  /* S(t-) */
    MS_TEST_PRENTICE, /* product of n / (n + d) */
    MS_TEST_GAUGLER,  /* S~^p (1 - S~)^q with S~ at t: Gaugler, Kim & Liao 2007 */
    MS_TEST_SELF /* v^p (1 - v)^q, v the middle of the time since the one before by the last event's: Self
                    1991 */
} ms_test_weight;
typedef struct ms_weighting {
    ms_test_weight kind;
    double p, q;
} ms_weighting;
/* "logrank", "gehan" (or "breslow"), "tarone-ware", "peto", "peto-modified", "fh:P,Q". MS_EUSAGE. */
MS_API MS_NODISCARD ms_status ms_weighting_read(const char *text, ms_weighting *out, ms_error *err);
/* "Fleming-Harrington(1, 0.5)" and the like. */
MS_API void ms_weighting_name(ms_weighting weighting, char name[64]);

typedef struct ms_weighted_test {
    ms_weighting weighting;
    ms_logrank l;      /* observed and expected are weighted; rho is p for MS_TEST_FH with q = 0, else NaN */
    double sup, sup_p; /* two groups, one stratum: Renyi's largest |Z| on the way and its p (Fleming et al.
                          1987); NaN otherwise. It sees hazards that cross */
} ms_weighted_test;
/* As ms_logrank_test (strata, entry times, groups without rows) with any weight. R: survMisc::comp, survdiff.
 */
MS_API MS_NODISCARD ms_status ms_weighted_test_compute(const ms_surv *data, const size_t *group,
                                                       size_t n_groups, ms_weighting weighting,
                                                       ms_weighted_test *out, ms_error *err);
/* P(sup |W| > q) of a Wiener process on [0, 1]: Renyi's p-value. */
MS_API double ms_renyi_p(double q);
MS_API void ms_weighted_test_clear(ms_weighted_test *test);

typedef struct ms_trend {
    double z, chisq, p; /* of sum score (O - E) / sqrt(score' V score); two-sided */
} ms_trend;
/* Does the hazard go up or down along the groups? scores[n_groups], NULL: 1, 2, 3, ... Tarone 1975; R:
 * survMisc::comp (trend). MS_EINPUT when all scores are alike. */
MS_API MS_NODISCARD ms_status ms_trend_test(const ms_logrank *logrank, const double *scores, ms_trend *out,
                                            ms_error *err);

typedef enum ms_p_adjust { MS_ADJUST_NONE, MS_ADJUST_HOLM, MS_ADJUST_BONFERRONI, MS_ADJUST_BH } ms_p_adjust;
/* R: p.adjust. NaN stays and does not count. */
MS_API MS_NODISCARD ms_status ms_p_adjust_values(const double *p, size_t n, ms_p_adjust method,
                                                 double *adjusted, ms_error *err);
typedef struct ms_pair {
    size_t a, b; /* a < b */
    double chisq, p, adjusted;
} ms_pair;
typedef struct ms_pairwise {
    ms_p_adjust method;
    size_t n;
    ms_pair *pairs; /* (0, 1), (0, 2), ... of the groups with rows */
} ms_pairwise;
/* Each two groups by themselves, the p-values corrected for their number. R: survminer::pairwise_survdiff. */
MS_API MS_NODISCARD ms_status ms_pairwise_test(const ms_surv *data, const size_t *group, size_t n_groups,
                                               ms_weighting weighting, ms_p_adjust method, ms_pairwise *out,
                                               ms_error *err);
MS_API void ms_pairwise_clear(ms_pairwise *pairwise);

typedef struct ms_one_sample {
    double observed, expected;
    double chisq, p;            /* (O - E)^2 / E on one degree of freedom */
    double ratio, lower, upper; /* O / E (standardised mortality ratio), exact Poisson interval */
    double conf_level;
} ms_one_sample;
/* Observed events against those expected in a reference population. expected[n]: each row's cumulative hazard
 * there over its follow-up (from entry on); NULL: rate times the follow-up. R: survdiff(Surv() ~
 * offset(exp(-expected))). Breslow 1975. */
MS_API MS_NODISCARD ms_status ms_one_sample_test(const ms_surv *data, const double *expected, double rate,
                                                 double conf_level, ms_one_sample *out, ms_error *err);

/* ---- permutation tests on scores (logrank_scores.c)
 * ---------------------------------------------------------------- */

typedef enum ms_score_ties {
    MS_SCORE_MID_RANKS,
    MS_SCORE_HOTHORN_LAUSEN, /* tied times are at risk together only as the last of them would be */
    MS_SCORE_AVERAGE         /* mean over the orders of the tied events */
} ms_score_ties;
/* scores[n]: sum of w d / n up to the time, less w at its own event. R: coin::logrank_trafo. No weights,
 * strata or entry (MS_EUSAGE). */
MS_API MS_NODISCARD ms_status ms_logrank_scores(const ms_surv *data, ms_weighting weighting,
                                                ms_score_ties ties, double *scores, ms_error *err);
/* A permutation test as printed. */
typedef struct ms_permutation {
    ms_weighting weighting;
    ms_score_ties ties;
    double chisq, z, p;
} ms_permutation;
/* Sums of scores by group against their distribution over all permutations of the rows (asymptotic): chisq on
 * groups - 1 degrees of freedom, and z (NaN but for two groups; negative: the first group lives longer). R:
 * coin::logrank_test, independence_test. */
MS_API MS_NODISCARD ms_status ms_permutation_test(const double *scores, const size_t *group, size_t n,
                                                  size_t n_groups, double *chisq, double *z, double *p,
                                                  ms_error *err);

/* ---- cut-points (maxstat.c, maxstat_p.c, maxstat_exact.c, cutpoint.c)
 * ---------------------------------------------- */

/* What a search over cut-points costs: ways to the p-value of the largest standardised log-rank statistic. */
typedef enum ms_maxstat_method {
    MS_MAXSTAT_LAU92, /* Lausen & Schumacher 1992: asymptotic, from min_prop to max_prop */
    MS_MAXSTAT_LAU94, /* Lausen, Sauerbrei & Schumacher 1994: improved Bonferroni over the cuts there are */
    MS_MAXSTAT_EXACT_GAUSS, /* Gaussian limit with the cuts' exact correlation, by one-dimensional integrals
                             */
    MS_MAXSTAT_HL,          /* Hothorn & Lausen 2003: bound by the exact permutation distribution */
    MS_MAXSTAT_COND_MC,     /* permutations */
    MS_MAXSTAT_METHODS
} ms_maxstat_method;
typedef struct ms_maxstat_options {
    double min_prop, max_prop; /* 0.1, 0.9: share of rows at or below a cut */
    size_t permutations;       /* 9999, for MS_MAXSTAT_COND_MC; 0: none */
    uint64_t seed;
} ms_maxstat_options;
MS_API void ms_maxstat_options_default(ms_maxstat_options *options);
typedef struct ms_maxstat {
    size_t n, n_cuts;
    double *cut;       /* [n_cuts] ascending: x <= cut against x > cut */
    size_t *below;     /* [n_cuts] rows with x <= cut */
    double *statistic; /* [n_cuts] standardised log-rank statistic, two-sided */
    double largest;
    size_t best;                  /* index of the (first) largest */
    double whole_number_largest;  /* the same with scores mapped to whole numbers, as the HL method has it */
    double p[MS_MAXSTAT_METHODS]; /* NaN: not computed */
    double p_min;                 /* the smallest of the first four. R: pmethod = "min" */
    double p_unadjusted;          /* of the best cut as if it had been fixed beforehand: too small, for
                                     comparison only */
    double critical;              /* beyond it the 1994 p-value is below 0.05 */
    ms_maxstat_options options;
} ms_maxstat;
/* Maximally selected log-rank statistic. R: maxstat::maxstat.test(smethod = "LogRank"). Data without weights,
 * strata and entry. MS_EINPUT: x not finite, no cut between the proportions. */
MS_API MS_NODISCARD ms_status ms_maxstat_compute(const ms_surv *data, const double *x,
                                                 const ms_maxstat_options *options, ms_maxstat *out,
                                                 ms_error *err);
MS_API void ms_maxstat_clear(ms_maxstat *maxstat);

/* Groups by cuts: code is the number of cuts below x (x <= cuts[0]: 0). cuts ascending. */
MS_API void ms_cut_groups(const double *x, size_t n, const double *cuts, size_t n_cuts, size_t *code);
/* Quantile of type 7, as R's quantile(). */
MS_API MS_NODISCARD ms_status ms_quantile(const double *x, size_t n, double p, double *quantile,
                                          ms_error *err);

/* X-tile (Camp, Dolled-Filhart & Rimm 2004): the cut (or two) with the largest log-rank statistic in a
 * training part, tested once in the part kept aside, where its p-value needs no correction. */
typedef struct ms_xtile {
    size_t n_train, n_valid;
    size_t n_cuts; /* 1 or 2 */
    double cuts[2];
    double train_chisq;    /* the largest: has no p-value by itself */
    double valid_chisq, p; /* of the same cuts in the other part */
    size_t df;
    uint8_t *train; /* [n] 1: in the training part */
} ms_xtile;
/* The rows are split at random, events and censored apart, so that both parts have their share. MS_EINPUT
 * when a part cannot be cut. */
MS_API MS_NODISCARD ms_status ms_xtile_compute(const ms_surv *data, const double *x, size_t n_cuts,
                                               double train_share, double min_prop, uint64_t seed,
                                               ms_xtile *out, ms_error *err);
MS_API void ms_xtile_clear(ms_xtile *xtile);

/* ---- results as text and JSON (report_km.c, report_curves.c, report_cutpoint.c)
 * -------------------------------------- */

/* All that `km` can print. What is NULL or 0 is left out. Borrowed. */
typedef struct ms_km_report {
    const ms_km *km;
    const char *const *names; /* [km->n_groups] */
    const ms_logrank *logrank;
    size_t n_dropped;
    bool full;
    const double *at;
    size_t n_at;
    const double *quantiles; /* shares of events */
    size_t n_quantiles;
    const ms_rmst *rmst;
    const ms_km_band *bands; /* [km->n_groups]; n 0 where there is none */
    const ms_weighted_test *tests;
    size_t n_tests;
    const ms_trend *trend;
    const ms_permutation *permutation;
    const ms_pairwise *pairwise;
    const ms_one_sample *one_sample;
    double landmark; /* NaN: none */
    bool landmark_reset;
    size_t n_before_landmark;
} ms_km_report;
MS_API MS_NODISCARD ms_status ms_km_report_json(const ms_km_report *report, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_km_report_text(const ms_km_report *report, char **text, ms_error *err);

/* Turnbull's curves of n groups; JSON or text. */
MS_API MS_NODISCARD ms_status ms_turnbull_report(const ms_turnbull *fits, size_t n, const char *const *names,
                                                 size_t n_dropped, double conf_level, bool json, char **text,
                                                 ms_error *err);

/* What `cutpoint` prints. Borrowed. */
typedef struct ms_cut_report {
    const char *method, *x; /* "maxstat", the column */
    const double *cuts;
    size_t n_cuts;
    const ms_km *km; /* of the groups by the cuts */
    const char *const *names;
    const ms_logrank *logrank; /* where the cuts were not chosen by it; else NULL */
    const ms_maxstat *maxstat; /* or NULL */
    const ms_xtile *xtile;     /* or NULL */
    size_t n_dropped;
} ms_cut_report;
/* JSON or text. A cut that was searched for never comes with its bare p-value alone. */
MS_API MS_NODISCARD ms_status ms_cutpoint_report(const ms_cut_report *report, bool json, char **text,
                                                 ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
