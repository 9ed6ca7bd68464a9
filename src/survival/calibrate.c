/* Calibration at a time: what was predicted against what happened. The parts are in calibrate_groups.c,
 * calibrate_smooth.c and calibrate_pseudo.c. */
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_calibrate_options_default(ms_calibrate_options *options) {
    *options = (ms_calibrate_options){.n_groups = 10, .n_knots = 3, .conf_level = 0.95, .n_grid = 101};
}

double ms_cloglog(double p) {
    double inside = fmin(fmax(p, 1e-8), 1 - 1e-8);
    return log(-log1p(-inside));
}

double ms_quantile7(const double *sorted, size_t n, double q) {
    double place = q * (double)(n - 1);
    size_t low = (size_t)place;
    if (low + 1 >= n) return sorted[n - 1];
    return sorted[low] + (place - (double)low) * (sorted[low + 1] - sorted[low]);
}

ms_estimate ms_estimate_of(double value, double se, double perfect, double conf_level) {
    ms_estimate e = {.value = value, .se = se, .z = se > 0 ? (value - perfect) / se : NAN};
    e.p = ms_normal_two_sided(e.z);
    ms_wald_interval(value, se, conf_level, -INFINITY, INFINITY, &e.lower, &e.upper);
    return e;
}

static ms_status check(const ms_outcome *o, const double *p, double time, const ms_calibrate_options *options,
                       ms_error *err) {
    if (!isfinite(time) || time < 0)
        return ms_error_set(err, MS_EUSAGE, "the time must be finite and at least 0");
    if (options->n_knots && (options->n_knots < 3 || options->n_knots > 7))
        return ms_error_set(err, MS_EUSAGE, "a restricted cubic spline has 3 to 7 knots, not %zu",
                            options->n_knots);
    if (options->n_groups == 1 || options->n_groups > o->n)
        return ms_error_set(err, MS_EUSAGE, "%zu groups of %zu patients", options->n_groups, o->n);
    for (size_t i = 0; i < o->n; i++)
        if (!(p[i] >= 0 && p[i] <= 1))
            return ms_error_set(err, MS_EINPUT, "row %zu: probability %g is not from 0 to 1", i + 1, p[i]);
    return ms_outcome_check(o, err);
}

static void nothing_known(ms_calibration *c) {
    const ms_estimate none = {NAN, NAN, NAN, NAN, NAN, NAN};
    c->observed = c->observed_se = c->ici = c->e50 = c->e90 = c->e_max = NAN;
    c->ratio = c->intercept = c->slope = c->cox_slope = none;
}

/* Events and follow-up: is there anything to compare with? */
static bool count(const ms_outcome *o, const double *p, ms_calibration *c, bool *competing) {
    double last = 0;
    size_t events = 0;
    *competing = false;
    for (size_t i = 0; i < o->n; i++) {
        c->mean_predicted += p[i] / (double)o->n;
        c->n_events += o->status[i] == 1 && o->time[i] <= c->time;
        events += o->status[i] == 1;
        *competing = *competing || o->status[i] == 2;
        last = fmax(last, o->time[i]);
    }
    if (c->time > last)
        c->state = MS_BEYOND_FOLLOW_UP;
    else if (c->n_events == 0)
        c->state = MS_NO_CASE;
    return c->state == MS_PREDICTED && events > 0;
}

/* Observed over expected; the interval is of the logarithm. */
static void compare_means(const ms_outcome *o, const size_t *order, double conf_level, ms_calibration *c) {
    ms_incidence f = ms_incidence_at(o, order, o->n, c->time, conf_level);
    c->observed = f.value;
    c->observed_se = f.se;
    if (!(c->mean_predicted > 0) || !(f.value > 0)) return;
    double ratio = f.value / c->mean_predicted, se_log = f.se / f.value;
    ms_estimate e = ms_estimate_of(log(ratio), se_log, 0, conf_level);
    c->ratio = (ms_estimate){ratio, ratio * se_log, exp(e.lower), exp(e.upper), e.z, e.p};
}

ms_status ms_calibrate(const ms_outcome *outcome, const double *p, double time,
                       const ms_calibrate_options *options, ms_calibration *out, ms_error *err) {
    ms_calibrate_options o;
    ms_calibration c = {.n = outcome->n, .time = time};
    size_t n = outcome->n, *order = NULL, *by_risk = NULL;
    double *sorted = NULL, *x = NULL;
    bool competing;
    ms_calibrate_options_default(&o);
    if (options) o = *options;
    nothing_known(&c);
    ms_status status = check(outcome, p, time, &o, err);
    if (status) return status;
    if (!count(outcome, p, &c, &competing)) {
        *out = c;
        return MS_OK;
    }
    order = ms_calloc(2 * n, sizeof *order);
    sorted = ms_calloc(2 * n, sizeof *sorted);
    if (!order || !sorted) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    by_risk = order + n;
    x = sorted + n;
    if ((status = ms_order(outcome->time, n, order, err)) || (status = ms_order(p, n, by_risk, err)))
        goto cleanup;
    for (size_t i = 0; i < n; i++) {
        sorted[i] = p[by_risk[i]];
        x[i] = ms_cloglog(p[i]);
    }
    compare_means(outcome, order, o.conf_level, &c);
    if ((status = ms_calibrate_by_groups(outcome, p, sorted, order, &o, &c, err)) ||
        (status = ms_calibrate_pseudo(outcome, x, o.conf_level, &c, err)))
        goto cleanup;
    if (!competing) status = ms_calibrate_smooth(outcome, p, sorted, x, &o, &c, err);
    if (status) goto cleanup;
    *out = c;
    c = (ms_calibration){0};
cleanup:
    free(order);
    free(sorted);
    ms_calibration_clear(&c);
    return status;
}

void ms_calibration_clear(ms_calibration *calibration) {
    MS_FREE(calibration->groups);
    MS_FREE(calibration->grid);
    MS_FREE(calibration->smooth);
    MS_FREE(calibration->smooth_lower);
    MS_FREE(calibration->smooth_upper);
    MS_FREE(calibration->fitted);
    calibration->n_groups = calibration->n_grid = 0;
}
