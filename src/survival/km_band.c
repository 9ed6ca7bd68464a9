/* Simultaneous confidence bands of a Kaplan-Meier curve. With s2 = sum d / (r (r - d)) and n rows, the half
 * width of log S is k (1 + n s2) / sqrt(n) (Hall & Wellner 1980) or c s (equal precision, Nair 1984); k and c
 * are such that a Brownian bridge stays within them between a = n s2 / (1 + n s2) at both ends. Transformed
 * as pointwise intervals are: Borgan & Liestol 1990; Klein & Moeschberger 2003, section 4.4. */
#include "myosurv/survival_curves.h"
#include "survival/survival.h"

#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdlib.h>

typedef struct problem {
    ms_band_type type;
    double a, b, level;
} problem;

static double excess(double k, void *context) {
    const problem *p = context;
    double within = p->type == MS_BAND_HALL_WELLNER ? ms_bridge_within(k, p->a, p->b)
                                                    : ms_bridge_within_scaled(k, p->a, p->b);
    return within - p->level;
}

static ms_status critical_value(problem *p, double *critical, ms_error *err) {
    double low = 0.05, high = p->type == MS_BAND_HALL_WELLNER ? 4 : 7;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    gsl_function f = {.function = excess, .params = p};
    if (!solver) return ms_error_nomem(err);
    if (!(excess(low, p) < 0) || !(excess(high, p) > 0)) {
        gsl_root_fsolver_free(solver);
        return ms_error_set(err, MS_ENOCONV, "band: no critical value for level %g between a = %g and %g",
                            p->level, p->a, p->b);
    }
    (void)gsl_root_fsolver_set(solver, &f, low, high);
    for (int i = 0; i < 60; i++) {
        (void)gsl_root_fsolver_iterate(solver);
        low = gsl_root_fsolver_x_lower(solver);
        high = gsl_root_fsolver_x_upper(solver);
        if (high - low < 1e-10) break;
    }
    *critical = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    return MS_OK;
}

/* Greenwood's sum at each time; 0 survivors: infinite. */
static double *greenwood(const ms_km_curve *c) {
    double *sum = ms_calloc(c->n_times, sizeof *sum), total = 0;
    for (size_t k = 0; sum && k < c->n_times; k++) {
        double r = c->n_risk[k], left = r - c->n_event[k];
        if (c->n_event[k] > 0) total += left > 1e-12 * r ? c->n_event[k] / (r * left) : INFINITY;
        sum[k] = total;
    }
    return sum;
}

/* The first and last times inside from .. to at which something is known of the curve's spread. */
static ms_status find_range(const ms_km_curve *c, const double *sum, ms_km_band *band, size_t *first,
                            size_t *last, ms_error *err) {
    bool found = false;
    for (size_t k = 0; k < c->n_times; k++) {
        if (!(sum[k] > 0) || !isfinite(sum[k]) || c->time[k] < band->from || c->time[k] > band->to) continue;
        if (isnan(band->to) && !(c->n_event[k] > 0)) continue;
        if (!found) *first = k;
        *last = k;
        found = true;
    }
    if (!found)
        return ms_error_set(err, MS_EINPUT,
                            "band: no event between the times it is asked for leaves the curve above 0");
    return MS_OK;
}

static ms_status check(const ms_km_curve *c, ms_band_type type, double level, ms_error *err) {
    if (!(level > 0 && level < 1))
        return ms_error_set(err, MS_EUSAGE, "band: level %g is not between 0 and 1", level);
    if (c->n_times == 0) return ms_error_set(err, MS_EINPUT, "band: a curve without rows");
    /* with weights or late entry n is no number of subjects that began together */
    if (c->n_risk[0] != (double)c->n)
        return ms_error_set(err, MS_EUSAGE,
                            "simultaneous bands are for curves without case weights and delayed entry");
    return type <= MS_BAND_EQUAL_PRECISION ? MS_OK : ms_error_set(err, MS_EUSAGE, "band: no such kind");
}

ms_status ms_km_band_compute(const ms_km_curve *c, ms_band_type type, ms_conf_type transform,
                             double conf_level, double from, double to, ms_km_band *out, ms_error *err) {
    ms_km_band band = {
        .type = type, .transform = transform, .conf_level = conf_level, .from = from, .to = to};
    size_t first = 0, last = 0;
    ms_status status = check(c, type, conf_level, err);
    if (status) return status;
    double *sum = greenwood(c), n = (double)c->n;
    band.lower = ms_calloc(2 * c->n_times, sizeof *band.lower);
    if (!sum || !band.lower) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    band.n = c->n_times;
    band.upper = band.lower + c->n_times;
    if ((status = find_range(c, sum, &band, &first, &last, err))) goto cleanup;
    band.from = c->time[first];
    band.to = c->time[last];
    band.a_lower = n * sum[first] / (1 + n * sum[first]);
    band.a_upper = n * sum[last] / (1 + n * sum[last]);
    problem p = {type, band.a_lower, band.a_upper, conf_level};
    if (p.a == p.b) /* one event time: a pointwise interval */
        band.critical = ms_normal_quantile(0.5 + conf_level / 2) *
                        (type == MS_BAND_HALL_WELLNER ? sqrt(p.a * (1 - p.a)) : 1);
    else if ((status = critical_value(&p, &band.critical, err)))
        goto cleanup;
    for (size_t k = 0; k < c->n_times; k++) {
        double half =
            band.critical * (type == MS_BAND_HALL_WELLNER ? (1 + n * sum[k]) / sqrt(n) : sqrt(sum[k]));
        band.lower[k] = band.upper[k] = NAN;
        if (k >= first && k <= last)
            ms_km_interval(transform, 1, c->surv[k], half, &band.lower[k], &band.upper[k]);
    }
    *out = band;
    band = (ms_km_band){0};
cleanup:
    free(sum);
    ms_km_band_clear(&band);
    return status;
}

void ms_km_band_clear(ms_km_band *band) {
    MS_FREE(band->lower);
    band->upper = NULL;
    band->n = 0;
}
