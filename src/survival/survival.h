/* survival/survival.h: the pieces that the estimators of this room share: checked and sorted data, risk sets,
 * the Cholesky factor that R's Cox code uses, and small numeric helpers. Private to src/survival. */
#ifndef MS_SURVIVAL_SURVIVAL_H
#define MS_SURVIVAL_SURVIVAL_H

#include "base/base.h"
#include "myosurv/survival.h"

/* ---- sorted data (sorted.c) -------------------------------------------------------------------------- */

/* Survival data checked, with near-equal times merged, and sorted. One sort serves every estimator:
 * by_time lists the rows by stratum, then time, events before censored, then row; by_entry by stratum, then
 * entry time. Stratum s has the positions stratum_first[s] .. stratum_first[s + 1] - 1 of both. */
typedef struct ms_sorted {
    size_t n, n_strata;
    double *time;          /* [n] merged, in the data's order of rows */
    double *entry;         /* [n] or NULL */
    const uint8_t *event;  /* borrowed from the data */
    const double *weight;  /* borrowed; NULL: all 1 */
    size_t *by_time;       /* [n] */
    double *time_at;       /* [n] times in the order of by_time, so that a walk reads memory in order */
    uint8_t *event_at;     /* [n] events in that order */
    size_t *by_entry;      /* [n] or NULL */
    size_t *stratum_first; /* [n_strata + 1] */
} ms_sorted;
MS_NODISCARD ms_status ms_sorted_make(const ms_surv *data, ms_sorted *out, ms_error *err);
void ms_sorted_clear(ms_sorted *sorted);
static inline double ms_sorted_weight(const ms_sorted *sorted, size_t row) {
    return sorted->weight ? sorted->weight[row] : 1.0;
}
/* The error of an estimator that needs at least one event. */
MS_NODISCARD ms_status ms_sorted_need_event(const ms_sorted *sorted, ms_error *err);
/* True when a case weight is no whole number (R then takes robust variances). */
bool ms_weights_fractional(const ms_surv *data);

/* ---- risk sets (riskset.c) ----------------------------------------------------------------------------- */

/* Walks the distinct event times of each stratum, latest first, keeping sums over those at risk:
 *     ms_riskset_start(&r, &sorted, p, x, risk);  while (ms_riskset_next(&r)) { ... }  ms_riskset_clear(&r);
 * x is [n * p] and risk[n] (exp of the linear predictor) in the data's order of rows; sums are of weight *
 * risk times 1, x, and x x' (the last only when `squares`: lower triangle, row-major). */
typedef struct ms_riskset {
    const ms_sorted *sorted;
    size_t p;
    const double *x, *risk;
    bool squares;
    size_t stratum; /* of the current event time */
    double time;
    size_t first, last;                    /* the deaths: positions first .. last - 1 of by_time */
    size_t n_deaths;                       /* last - first */
    double death_weight;                   /* sum of their weights */
    double sum, *sum_x, *sum_xx;           /* over those at risk */
    double death_sum, *death_x, *death_xx; /* over the deaths */
    /* where the walk stands */
    size_t position, entry_position, in_set;
    bool in_stratum;
    double *memory;
    uint8_t *used; /* rows at risk at some event time; others are left out */
} ms_riskset;
MS_NODISCARD ms_status ms_riskset_start(ms_riskset *riskset, const ms_sorted *sorted, size_t p,
                                        const double *x, const double *risk, bool squares, ms_error *err);
bool ms_riskset_next(ms_riskset *riskset);
void ms_riskset_clear(ms_riskset *riskset);

/* The k-th of the parts a tied event time is taken in. Breslow: one part with all deaths' weight. Efron:
 * n_deaths parts, in the k-th of which a share k / n_deaths of the deaths has left the risk set. */
typedef struct ms_tie_part {
    double weight; /* of deaths in this part */
    double left;   /* share of the deaths that has left the risk set */
    double sum;    /* risk set's total after that */
} ms_tie_part;
size_t ms_tie_parts(const ms_riskset *riskset, ms_ties ties);
ms_tie_part ms_tie_part_at(const ms_riskset *riskset, ms_ties ties, size_t k);
/* Mean of x over the risk set of a part, mean[p]. */
void ms_tie_part_mean(const ms_riskset *riskset, const ms_tie_part *part, double *mean);

/* ---- linear algebra (cholesky.c) ---------------------------------------------------------------------- */

/* In place on the lower triangle of a[p * p]: A = L D L', L unit lower, D on the diagonal. A pivot below
 * tolerance * max(diag A) is set to 0 with its column: that variable is a linear combination of earlier ones.
 * Returns the rank. R: cholesky2. */
size_t ms_cholesky(double *a, size_t p, double tolerance);
/* Solves A b = y in place, with 0 where the pivot is 0. R: chsolve2. */
void ms_cholesky_solve(const double *factor, size_t p, double *y);
/* The inverse as a full symmetric matrix, 0 in the rows of zero pivots. */
void ms_cholesky_inverse(const double *factor, size_t p, double *inverse);
/* b' A^-1 b with A[p * p] full (left as it is); *rank may be NULL. MS_ERESOURCE. */
MS_NODISCARD ms_status ms_quadratic_form(const double *a, const double *b, size_t p, double tolerance,
                                         double *value, size_t *rank, ms_error *err);

/* MS_EINPUT for more groups than a matrix of their variances can sensibly have (logrank.c). */
MS_NODISCARD ms_status ms_logrank_limit(size_t n_groups, ms_error *err);

/* variance[p * p] = naive (sum over rows[n * p] of r r') naive, naive symmetric. MS_ERESOURCE. */
MS_NODISCARD ms_status ms_sandwich(const double *naive, const double *rows, size_t n, size_t p,
                                   double *variance, ms_error *err);

/* ---- probabilities (distribution.c, over GSL) --------------------------------------------------------- */

double ms_normal_quantile(double p);
double ms_normal_two_sided(double z);           /* P(|Z| > |z|) */
double ms_chisq_upper(double chisq, double df); /* P(X > chisq); NaN for df 0 or NaN */

/* ---- Kaplan-Meier pieces ------------------------------------------------------------------------------ */

/* Interval of a survival probability from the standard error of its logarithm (km_interval.c). R:
 * survfit_confint. */
void ms_km_interval(ms_conf_type type, double z, double surv, double se_log, double *lower, double *upper);

/* Robust variances of log S and of H at each time of a group's curve (km_robust.c). work[2 * clusters] (rows
 * where there are no clusters) is zeroed, and is again afterwards. */
void ms_km_robust(const ms_sorted *sorted, size_t group, const ms_km_options *options,
                  const ms_km_curve *curve, double *work, double *log_surv, double *hazard);
/* Fills median, median_lower and median_upper (km_quantile.c). */
void ms_km_median(ms_km_curve *curve);

/* ---- sorting helpers (order.c, times.c) ---------------------------------------------------------------- */

/* order[n] such that values[order[]] ascends, ties by index. NaN not allowed. */
MS_NODISCARD ms_status ms_order(const double *values, size_t n, size_t *order, ms_error *err);
/* The same with events before others among equal values. */
MS_NODISCARD ms_status ms_order_events(const double *values, const uint8_t *event, size_t n, size_t *order,
                                       ms_error *err);
/* Puts order[n] in order of stratum (0 .. n_strata - 1), within which it stays as it is. */
MS_NODISCARD ms_status ms_order_strata(const size_t *stratum, size_t n_strata, size_t n, size_t *order,
                                       ms_error *err);
/* ms_times_merge for times (and entry times, or NULL) whose order is known, time_at[n] in that order; *merged
 * when any were (time_at stays as it was). */
MS_NODISCARD ms_status ms_times_merge_sorted(double *times, const double *time_at, const size_t *by_time,
                                             double *entries, const size_t *by_entry, size_t n, bool *merged,
                                             ms_error *err);
/* MS_EINPUT for a predictor or an offset that is not finite, naming row and column (cox_fit.c). */
MS_NODISCARD ms_status ms_design_check(const ms_design *design, size_t n, ms_error *err);
/* How many of times[n] (ascending) are <= value. */
size_t ms_count_up_to(const double *times, size_t n, double value);

#endif
