/* Intervals from bootstrap replicates: Davison & Hinkley 1997, chapter 5; Efron 1987 for BCa. R:
 * boot::boot.ci. */
#include "myosurv/survival_compare.h"
#include "survival/survival.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

const char *ms_interval_name(ms_interval type) {
    static const char *const names[] = {"percentile", "basic", "normal", "bca"};
    return names[type];
}

static int compare_doubles(const void *a, const void *b) {
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* The alpha quantile of t[n] ascending: order statistic (n + 1) alpha, between two of them interpolated on
 * the normal scale. */
static double quantile(const double *t, size_t n, double alpha) {
    double position = ((double)n + 1) * alpha, whole = floor(position);
    if (!(whole >= 1)) return t[0];
    if (whole >= (double)n) return t[n - 1];
    size_t k = (size_t)whole;
    if (position == whole) return t[k - 1];
    double below = ms_normal_quantile(whole / ((double)n + 1)),
           above = ms_normal_quantile((whole + 1) / ((double)n + 1));
    return t[k - 1] + (ms_normal_quantile(alpha) - below) / (above - below) * (t[k] - t[k - 1]);
}

/* The levels at which BCa takes the percentiles; false when the observed value lies outside all replicates.
 */
static bool adjust(const double *t, size_t n, double observed, double acceleration, double level[2]) {
    size_t below = 0;
    while (below < n && t[below] < observed) below++;
    if (below == 0 || below == n || isnan(acceleration)) return false;
    double w = ms_normal_quantile((double)below / (double)n);
    for (int side = 0; side < 2; side++) {
        double z = w + ms_normal_quantile(level[side]);
        level[side] = gsl_cdf_ugaussian_P(w + z / (1 - acceleration * z));
    }
    return true;
}

static size_t finite_sorted(const ms_bootstrap *bootstrap, size_t k, double *t) {
    size_t n = 0;
    for (size_t b = 0; b < bootstrap->n_replicates; b++) {
        double value = bootstrap->replicate[b * bootstrap->n_statistics + k];
        if (isfinite(value)) t[n++] = value;
    }
    qsort(t, n, sizeof *t, compare_doubles);
    return n;
}

void ms_bootstrap_interval(const ms_bootstrap *bootstrap, size_t k, ms_interval type, double conf_level,
                           double *lower, double *upper) {
    double *t = ms_calloc(bootstrap->n_replicates, sizeof *t), observed = bootstrap->observed[k];
    double level[2] = {(1 - conf_level) / 2, (1 + conf_level) / 2};
    *lower = *upper = NAN;
    size_t n = t ? finite_sorted(bootstrap, k, t) : 0;
    if (n < 2) goto cleanup;
    if (type == MS_INTERVAL_NORMAL) {
        double centre = observed - bootstrap->bias[k], half = bootstrap->se[k] * ms_normal_quantile(level[1]);
        *lower = centre - half;
        *upper = centre + half;
    } else if (t[0] == observed && t[n - 1] == observed) {
        *lower = *upper = observed; /* nothing varies */
    } else if (type == MS_INTERVAL_BASIC) {
        *lower = 2 * observed - quantile(t, n, level[1]);
        *upper = 2 * observed - quantile(t, n, level[0]);
    } else if (type == MS_INTERVAL_PERCENTILE || adjust(t, n, observed, bootstrap->acceleration[k], level)) {
        *lower = quantile(t, n, level[0]);
        *upper = quantile(t, n, level[1]);
    }
cleanup:
    free(t);
}
