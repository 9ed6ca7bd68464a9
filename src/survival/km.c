/* Kaplan-Meier and Nelson-Aalen. At each distinct time t of a group, d events of weight and r at risk:
 *   S(t) = prod (1 - d / r)         (Kaplan & Meier 1958)
 *   var log S(t) = sum d / (r (r - d))     (Greenwood 1926)
 *   H(t) = sum d / r, var H(t) = sum d / r^2     (Nelson 1969, Aalen 1978)
 * R: survfit(Surv(...) ~ group). At risk at t: entry < t <= time. */
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>

void ms_km_options_default(ms_km_options *options) {
    *options = (ms_km_options){.conf_level = 0.95, .rmean_until = NAN};
}

static size_t count_times(const ms_sorted *s, size_t first, size_t last) {
    size_t n = 0;
    for (size_t i = first; i < last; i++)
        if (i == first || s->time_at[i] != s->time_at[i - 1]) n++;
    return n;
}

/* All arrays of a curve lie in one block, `time` first. */
static ms_status curve_alloc(ms_km_curve *curve, size_t n, ms_error *err) {
    double *block = ms_calloc(n * 10, sizeof *block);
    if (!block) return ms_error_nomem(err);
    double **arrays[] = {&curve->time,   &curve->n_risk,  &curve->n_event, &curve->n_censor,
                         &curve->surv,   &curve->std_err, &curve->lower,   &curve->upper,
                         &curve->cumhaz, &curve->std_chaz};
    for (size_t i = 0; i < MS_COUNT(arrays); i++) *arrays[i] = block + i * n;
    curve->n_times = n;
    return MS_OK;
}

/* time, n_event, n_censor, n_risk; latest time first, as in a risk set. */
static void count_at_times(const ms_sorted *s, size_t group, ms_km_curve *curve) {
    size_t first = s->stratum_first[group], position = s->stratum_first[group + 1], entering = position;
    double at_risk = 0;
    for (size_t k = curve->n_times; k-- > 0;) {
        double time = s->time_at[position - 1];
        while (s->entry && entering > first && s->entry[s->by_entry[entering - 1]] >= time)
            at_risk -= ms_sorted_weight(s, s->by_entry[--entering]);
        while (position > first && s->time_at[position - 1] == time) {
            double weight = s->weight ? s->weight[s->by_time[position - 1]] : 1;
            position--;
            at_risk += weight;
            *(s->event_at[position] ? &curve->n_event[k] : &curve->n_censor[k]) += weight;
        }
        curve->time[k] = time;
        curve->n_risk[k] = at_risk;
    }
}

/* r - d, exactly 0 when all at risk die whatever the order their weights were added in. */
static double survivors(const ms_km_curve *curve, size_t k) {
    double left = curve->n_risk[k] - curve->n_event[k];
    return left > 1e-12 * curve->n_risk[k] ? left : 0;
}

/* surv and cumhaz; std_err is of log S for now. */
static void estimate(const ms_km_options *options, ms_km_curve *curve) {
    double surv = 1, greenwood = 0, hazard = 0, hazard_var = 0;
    bool product = options->type == MS_KM_PRODUCT_LIMIT;
    for (size_t k = 0; k < curve->n_times; k++) {
        double d = curve->n_event[k], r = curve->n_risk[k], left = survivors(curve, k);
        if (d > 0) {
            surv *= left / r;
            greenwood += d / (r * left);
            hazard += d / r;
            hazard_var += d / (r * r);
            curve->events += d;
        }
        curve->surv[k] = product ? surv : exp(-hazard);
        curve->std_err[k] = sqrt(product ? greenwood : hazard_var);
        curve->cumhaz[k] = hazard;
        curve->std_chaz[k] = sqrt(hazard_var);
    }
}

/* Robust standard errors in place of those; lower and upper lend their room. */
static void estimate_robust(const ms_sorted *s, size_t group, const ms_km_options *options, double *work,
                            ms_km_curve *curve) {
    double *log_surv = curve->lower, *hazard = curve->upper;
    ms_km_robust(s, group, options, curve, work, log_surv, hazard);
    for (size_t k = 0; k < curve->n_times; k++) {
        curve->std_chaz[k] = sqrt(hazard[k]);
        curve->std_err[k] = options->type == MS_KM_PRODUCT_LIMIT ? sqrt(log_surv[k]) : curve->std_chaz[k];
    }
}

/* Intervals, and std_err from log S to S. Where S is 0 Greenwood's formula has no value, the robust one is 0.
 */
static void finish(const ms_km_options *options, bool robust, ms_km_curve *curve) {
    double z = ms_normal_quantile(0.5 + options->conf_level / 2), at_zero = robust ? 0 : NAN;
    for (size_t k = 0; k < curve->n_times; k++) {
        double surv = curve->surv[k], se_log = surv > 0 ? curve->std_err[k] : at_zero;
        curve->std_err[k] = surv > 0 ? surv * se_log : at_zero;
        ms_km_interval(options->conf_type, z, surv, se_log, &curve->lower[k], &curve->upper[k]);
    }
}

/* Area under the curve up to `until` and its variance: sum over event times of (area after t)^2 d / (r (r -
 * d)). R: survmean. */
static void restricted_mean(ms_km_curve *curve, double until) {
    double area = 0, variance = 0, end = until;
    size_t n = curve->n_times;
    while (n > 0 && curve->time[n - 1] > until) n--;
    for (size_t k = n; k-- > 0;) {
        area += curve->surv[k] * (end - curve->time[k]);
        double left = survivors(curve, k);
        if (left > 0) variance += area * area * curve->n_event[k] / (curve->n_risk[k] * left);
        end = curve->time[k];
    }
    curve->rmean = area + end;
    curve->rmean_se = sqrt(variance);
}

/* `work` is NULL for Greenwood's standard errors. */
static ms_status fit_group(const ms_sorted *s, size_t group, const ms_km_options *options, double *work,
                           ms_km_curve *curve, ms_error *err) {
    size_t first = s->stratum_first[group], last = s->stratum_first[group + 1];
    curve->n = last - first;
    ms_status status = curve_alloc(curve, count_times(s, first, last), err);
    if (status) return status;
    count_at_times(s, group, curve);
    estimate(options, curve);
    if (work) estimate_robust(s, group, options, work, curve);
    finish(options, work != NULL, curve);
    ms_km_median(curve);
    return MS_OK;
}

static void restricted_means(ms_km *km) {
    double until = km->options.rmean_until;
    if (isnan(until)) {
        until = 0;
        for (size_t g = 0; g < km->n_groups; g++) {
            const ms_km_curve *c = &km->curves[g];
            if (c->n_times && c->time[c->n_times - 1] > until) until = c->time[c->n_times - 1];
        }
    }
    km->rmean_until = until;
    for (size_t g = 0; g < km->n_groups; g++) {
        if (km->curves[g].n_times)
            restricted_mean(&km->curves[g], until);
        else
            km->curves[g].rmean = km->curves[g].rmean_se = NAN;
    }
}

static ms_status check_options(const ms_surv *data, const ms_km_options *options, ms_error *err) {
    if (!(options->conf_level > 0 && options->conf_level < 1))
        return ms_error_set(err, MS_EUSAGE, "confidence level %g is not between 0 and 1",
                            options->conf_level);
    for (size_t i = 0; options->cluster && i < data->n; i++)
        if (options->cluster[i] >= options->n_clusters)
            return ms_error_set(err, MS_EINPUT, "row %zu: cluster %zu, but there are %zu", i + 1,
                                options->cluster[i], options->n_clusters);
    return MS_OK;
}

ms_status ms_km_fit(const ms_surv *data, const size_t *group, size_t n_groups, const ms_km_options *options,
                    ms_km *out, ms_error *err) {
    ms_km km = {.n_groups = n_groups};
    ms_sorted sorted = {0};
    ms_surv grouped = *data;
    double *work = NULL;
    grouped.stratum = group;
    grouped.n_strata = n_groups;
    if (options)
        km.options = *options;
    else
        ms_km_options_default(&km.options);
    km.robust = km.options.robust || km.options.cluster || ms_weights_fractional(data);
    ms_status status = check_options(data, &km.options, err);
    if (status || (status = ms_sorted_make(&grouped, &sorted, err))) return status;
    km.curves = ms_calloc(n_groups, sizeof *km.curves);
    if (km.robust) work = ms_calloc(2 * (km.options.cluster ? km.options.n_clusters : data->n), sizeof *work);
    if (!km.curves || (km.robust && !work)) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t g = 0; g < n_groups; g++)
        if ((status = fit_group(&sorted, g, &km.options, work, &km.curves[g], err))) goto cleanup;
    restricted_means(&km);
    km.options.cluster = NULL; /* the caller's */
    *out = km;
    km = (ms_km){0};
cleanup:
    free(work);
    ms_km_clear(&km);
    ms_sorted_clear(&sorted);
    return status;
}

void ms_km_clear(ms_km *km) {
    for (size_t g = 0; g < km->n_groups && km->curves; g++) free(km->curves[g].time);
    MS_FREE(km->curves);
    km->n_groups = 0;
}
