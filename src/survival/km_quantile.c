/* Reading a Kaplan-Meier curve: quantiles with intervals, values at a time. */
#include "survival/survival.h"

#include <float.h>
#include <math.h>

/* The first point, in order of height, at which the curve 1 - surv (from 0 at time 0) reaches p + slack: its
 * time; NaN if none does. Equal heights count once, at their first time. R: findq in quantile.survfit. */
static double crossing(const double *time, const double *surv, size_t n, double p, double slack) {
    double best = INFINITY, at = NAN;
    if (0 - slack >= p) return 0;
    for (size_t i = 0; i < n; i++) {
        double height = 1 - surv[i];
        if (isnan(height) || height - slack < p || height >= best) continue;
        best = height;
        at = time[i];
    }
    return at;
}

static double quantile_of(const double *time, const double *surv, size_t n, double p) {
    if (n == 0) return NAN;
    double tolerance = sqrt(DBL_EPSILON);
    if (p <= 0) return 0;
    double last = 1 - surv[n - 1];
    double from = crossing(time, surv, n, p, -tolerance);
    /* a curve that ends level at p: up to its last time */
    if (!isnan(last) && fabs(p - last) < tolerance) return (from + time[n - 1]) / 2;
    return (from + crossing(time, surv, n, p, tolerance)) / 2;
}

/* The first time at which surv is at most 1/2; where it is level there, the middle of the level part if it
 * falls later. R: survmean, what print(survfit) shows. Unlike quantile_of it takes the first crossing in
 * time, which matters for interval bounds that rise again. */
static double first_half(const double *time, const double *surv, size_t n) {
    double tolerance = sqrt(DBL_EPSILON);
    size_t k = 0;
    while (k < n && !(surv[k] < 0.5 + tolerance)) k++;
    if (k == n) return NAN;
    if (fabs(surv[k] - 0.5) >= tolerance) return time[k];
    for (size_t i = k + 1; i < n; i++)
        if (surv[i] < surv[k]) return (time[k] + time[i]) / 2;
    return time[k];
}

void ms_km_median(ms_km_curve *curve) {
    size_t n = curve->n_times;
    curve->median = first_half(curve->time, curve->surv, n);
    curve->median_lower = first_half(curve->time, curve->lower, n);
    curve->median_upper = first_half(curve->time, curve->upper, n);
}

void ms_km_quantile(const ms_km_curve *curve, double p, double *quantile, double *lower, double *upper) {
    size_t n = curve->n_times;
    if (quantile) *quantile = quantile_of(curve->time, curve->surv, n, p);
    if (lower) *lower = quantile_of(curve->time, curve->lower, n, p);
    if (upper) *upper = quantile_of(curve->time, curve->upper, n, p);
}

void ms_km_at(const ms_km_curve *curve, double time, double *surv, double *std_err, double *lower,
              double *upper, double *n_risk) {
    size_t low = ms_count_up_to(curve->time, curve->n_times, time);
    if (surv) *surv = low ? curve->surv[low - 1] : 1;
    if (std_err) *std_err = low ? curve->std_err[low - 1] : 0;
    if (lower) *lower = low ? curve->lower[low - 1] : 1;
    if (upper) *upper = low ? curve->upper[low - 1] : 1;
    if (!n_risk) return;
    /* at risk just before `time`: the count of the first listed time that is not earlier */
    size_t next = low && curve->time[low - 1] == time ? low - 1 : low;
    *n_risk = next < curve->n_times ? curve->n_risk[next] : 0;
}
