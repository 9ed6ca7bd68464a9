/* Restricted mean survival time: the area under the curve up to a time, with variance
 *   sum over event times of (area after t)^2 d / (r (r - d))
 * and two of them compared by difference, ratio and ratio of the time lost (delta method on the log scale).
 * Royston & Parmar 2013; Uno et al. 2014. R: print(survfit, rmean =); survRM2::rmst2. */
#include "myosurv/survival_curves.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>

void ms_km_rmean(const ms_km_curve *curve, double until, double *mean, double *se) {
    double area = 0, variance = 0, end = until;
    size_t n = curve->n_times;
    if (n == 0) {
        *mean = *se = NAN;
        return;
    }
    while (n > 0 && curve->time[n - 1] > until) n--;
    for (size_t k = n; k-- > 0;) {
        area += curve->surv[k] * (end - curve->time[k]);
        double r = curve->n_risk[k], left = r - curve->n_event[k];
        if (left > 1e-12 * r) variance += area * area * curve->n_event[k] / (r * left);
        end = curve->time[k];
    }
    *mean = area + end;
    *se = sqrt(variance);
}

/* exp of log a - log b with its interval, from the standard errors of the logarithms. */
static void ratio_of(double a, double se_a, double b, double se_b, double z, double *ratio, double *lower,
                     double *upper, double *p) {
    double log_ratio = log(a) - log(b), se = sqrt(se_a * se_a + se_b * se_b);
    bool known = a > 0 && b > 0;
    *ratio = known ? a / b : NAN;
    *lower = known ? exp(log_ratio - z * se) : NAN;
    *upper = known ? exp(log_ratio + z * se) : NAN;
    *p = known ? ms_normal_two_sided(log_ratio / se) : NAN;
}

static ms_rmst_contrast contrast(const ms_rmst *r, size_t a, size_t b, double z) {
    double ma = r->mean[a], mb = r->mean[b], sa = r->se[a], sb = r->se[b];
    ms_rmst_contrast c = {.a = a, .b = b, .difference = ma - mb, .difference_se = sqrt(sa * sa + sb * sb)};
    c.difference_lower = c.difference - z * c.difference_se;
    c.difference_upper = c.difference + z * c.difference_se;
    c.difference_p = ms_normal_two_sided(c.difference / c.difference_se);
    ratio_of(ma, sa / ma, mb, sb / mb, z, &c.ratio, &c.ratio_lower, &c.ratio_upper, &c.ratio_p);
    double la = r->until - ma, lb = r->until - mb;
    ratio_of(la, sa / la, lb, sb / lb, z, &c.lost, &c.lost_lower, &c.lost_upper, &c.lost_p);
    return c;
}

/* A group without rows has no say in the horizon. */
static ms_status horizon(const ms_km *km, double *until, ms_error *err) {
    double shortest = INFINITY;
    size_t short_group = 0;
    for (size_t g = 0; g < km->n_groups; g++) {
        const ms_km_curve *c = &km->curves[g];
        if (c->n_times == 0) continue;
        if (c->time[c->n_times - 1] < shortest) {
            shortest = c->time[c->n_times - 1];
            short_group = g;
        }
        if (*until > c->time[c->n_times - 1] && c->surv[c->n_times - 1] > 0)
            return ms_error_set(
                err, MS_EUSAGE,
                "restricted means up to %g: follow-up of group %zu ends at %g with the curve above 0; "
                "take a time up to that",
                *until, g + 1, c->time[c->n_times - 1]);
    }
    if (isnan(*until)) *until = shortest;
    if (!(*until > 0) || !isfinite(*until))
        return ms_error_set(err, MS_EUSAGE, "restricted means up to %g (group %zu): the time is not above 0",
                            *until, short_group + 1);
    return MS_OK;
}

ms_status ms_rmst_compare(const ms_km *km, double until, ms_rmst *out, ms_error *err) {
    size_t n = km->n_groups, pairs = n * (n ? n - 1 : 0) / 2;
    ms_rmst r = {.until = until, .n_groups = n};
    ms_status status = horizon(km, &r.until, err);
    if (status) return status;
    double z = ms_normal_quantile(0.5 + km->options.conf_level / 2);
    r.mean = ms_calloc(2 * n, sizeof *r.mean);
    r.contrasts = ms_calloc(pairs, sizeof *r.contrasts);
    if (!r.mean || !r.contrasts) {
        ms_rmst_clear(&r);
        return ms_error_nomem(err);
    }
    r.se = r.mean + n;
    for (size_t g = 0; g < n; g++) ms_km_rmean(&km->curves[g], r.until, &r.mean[g], &r.se[g]);
    for (size_t a = 1; a < n; a++)
        for (size_t b = 0; b < a; b++)
            if (km->curves[a].n_times && km->curves[b].n_times)
                r.contrasts[r.n_contrasts++] = contrast(&r, a, b, z);
    *out = r;
    return MS_OK;
}

void ms_rmst_clear(ms_rmst *rmst) {
    MS_FREE(rmst->mean);
    MS_FREE(rmst->contrasts);
    rmst->se = NULL;
    rmst->n_groups = rmst->n_contrasts = 0;
}
