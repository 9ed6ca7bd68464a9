/* Calibration intercept and slope at a time from pseudo-values: the least squares of pseudo - mu, mu = 1 -
 * exp(-exp(eta)), eta = a + x (intercept) or a + b x (slope), by Gauss and Newton's iteration; sandwich
 * standard errors. Van Geloven et al. 2022; R: geepack::geese(family = gaussian, mean.link = "cloglog",
 * corstr = "independence"). */
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_STEPS = 200 };

/* Sums over the patients at coefficients b: D'D, D'r and D' r r D, of derivatives D = dmu/deta (1, x). */
typedef struct sums {
    double a[3], g[2], m[3]; /* symmetric: 11, 12, 22 */
} sums;

static sums sum_up(const double *x, const double *pseudo, size_t n, const double *b) {
    sums s = {{0}, {0}, {0}};
    for (size_t i = 0; i < n; i++) {
        double e = exp(b[0] + b[1] * x[i]), d = e * exp(-e), r = pseudo[i] + expm1(-e), dx = d * x[i];
        if (!isfinite(e) || !isfinite(d)) d = dx = 0;
        s.a[0] += d * d;
        s.a[1] += d * dx;
        s.a[2] += dx * dx;
        s.g[0] += d * r;
        s.g[1] += dx * r;
        s.m[0] += d * d * r * r;
        s.m[1] += d * dx * r * r;
        s.m[2] += dx * dx * r * r;
    }
    return s;
}

/* Starts at a perfect model (0, 1); free: the slope too. False: no solution. */
static bool solve(const double *x, const double *pseudo, size_t n, bool slope, double *b, double *se) {
    b[0] = 0;
    b[1] = 1;
    for (int step = 0; step < MOST_STEPS; step++) {
        sums s = sum_up(x, pseudo, n, b);
        double det = s.a[0] * s.a[2] - s.a[1] * s.a[1], d0, d1 = 0;
        if (slope && !(det > 1e-12 * s.a[0] * s.a[2])) return false;
        if (!slope && !(s.a[0] > 0)) return false;
        if (slope) {
            d0 = (s.a[2] * s.g[0] - s.a[1] * s.g[1]) / det;
            d1 = (s.a[0] * s.g[1] - s.a[1] * s.g[0]) / det;
        } else {
            d0 = s.g[0] / s.a[0];
        }
        double most = fmax(fabs(d0), fabs(d1)), shrink = most > 2 ? 2 / most : 1;
        if (!isfinite(most)) return false;
        b[0] += shrink * d0;
        b[1] += shrink * d1;
        if (most > 1e-13 * (1 + fabs(b[0]) + fabs(b[1]))) continue;
        s = sum_up(x, pseudo, n, b);
        det = s.a[0] * s.a[2] - s.a[1] * s.a[1];
        double u = -s.a[1] / det, v = s.a[0] / det; /* the slope's row of the inverse */
        *se = slope ? sqrt(u * u * s.m[0] + 2 * u * v * s.m[1] + v * v * s.m[2]) : sqrt(s.m[0]) / s.a[0];
        return true;
    }
    return false;
}

ms_status ms_calibrate_pseudo(const ms_outcome *outcome, const double *x, double conf_level,
                              ms_calibration *out, ms_error *err) {
    size_t n = outcome->n;
    double b[2], se, *pseudo = ms_calloc(n, sizeof *pseudo);
    ms_status status = pseudo ? ms_pseudo_values(outcome, out->time, pseudo, err) : ms_error_nomem(err);
    if (!status) {
        if (solve(x, pseudo, n, false, b, &se)) out->intercept = ms_estimate_of(b[0], se, 0, conf_level);
        if (solve(x, pseudo, n, true, b, &se)) out->slope = ms_estimate_of(b[1], se, 1, conf_level);
    }
    free(pseudo);
    return status;
}
