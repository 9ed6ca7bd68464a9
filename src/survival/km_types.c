/* Survival and hazard estimated in the other ways survfit knows. With d deaths among r at risk:
 *   split ties (Fleming & Harrington 1984): H += sum over j < d of 1 / (r - j), var H += sum 1 / (r - j)^2
 *     weighted: each of the d deaths takes a d-th of their weight
 *   S = exp(-H), with var log S = var H
 * R: survfit(stype =, ctype =). The counts are ms_km_fit's. */
#include "myosurv/survival_curves.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>

typedef struct sums {
    double surv, greenwood, hazard, variance;
} sums;

/* d deaths (rows) of weight w, r at risk. */
static void add_split(sums *s, size_t d, double w, double r) {
    double part = w / (double)d;
    for (size_t j = 0; j < d; j++) {
        double left = r - (double)j * part;
        s->hazard += part / left;
        s->variance += part / (left * left);
    }
}

static void add_whole(sums *s, double w, double r) {
    s->hazard += w / r;
    s->variance += w / (r * r);
}

static void estimate(ms_km_curve *c, const size_t *deaths, ms_km_types types, const ms_km_options *options) {
    double z = ms_normal_quantile(0.5 + options->conf_level / 2);
    sums s = {.surv = 1};
    for (size_t k = 0; k < c->n_times; k++) {
        double w = c->n_event[k], r = c->n_risk[k], left = r - w > 1e-12 * r ? r - w : 0;
        if (w > 0) {
            s.surv *= left / r;
            s.greenwood += w / (r * left);
            if (types.split_ties)
                add_split(&s, deaths[k], w, r);
            else
                add_whole(&s, w, r);
        }
        c->cumhaz[k] = s.hazard;
        c->std_chaz[k] = sqrt(s.variance);
        c->surv[k] = types.from_hazard ? exp(-s.hazard) : s.surv;
        double se_log = types.from_hazard ? sqrt(s.variance) : c->surv[k] > 0 ? sqrt(s.greenwood) : NAN;
        c->std_err[k] = c->surv[k] * se_log;
        ms_km_interval(options->conf_type, z, c->surv[k], se_log, &c->lower[k], &c->upper[k]);
    }
}

/* Rows with an event at each time of a group's curve; the times are the merged ones in both. */
static void count_deaths(const ms_sorted *s, size_t group, const ms_km_curve *c, size_t *deaths) {
    size_t k = 0;
    for (size_t j = 0; j < c->n_times; j++) deaths[j] = 0;
    for (size_t i = s->stratum_first[group]; i < s->stratum_first[group + 1]; i++) {
        size_t row = s->by_time[i];
        while (k < c->n_times && c->time[k] < s->time[row]) k++;
        if (k < c->n_times) deaths[k] += s->event[row];
    }
}

static ms_status check(const ms_surv *data, const ms_km_options *options, ms_km_types types, ms_error *err) {
    bool robust = options->robust || options->cluster || ms_weights_fractional(data);
    if (robust && types.split_ties)
        return ms_error_set(
            err, MS_EUSAGE,
            "ties taken one after the other (ctype 2) have no robust errors here: leave out clusters, "
            "robust errors and weights that are not whole, or take Nelson-Aalen's hazard");
    return MS_OK;
}

ms_status ms_km_fit_types(const ms_surv *data, const size_t *group, size_t n_groups,
                          const ms_km_options *options, ms_km_types types, ms_km *out, ms_error *err) {
    ms_km km = {0};
    ms_km_options used;
    ms_sorted sorted = {0};
    size_t *deaths = NULL;
    ms_km_options_default(&used);
    if (options) used = *options;
    used.type = types.from_hazard ? MS_KM_FLEMING_HARRINGTON : MS_KM_PRODUCT_LIMIT;
    ms_status status = check(data, &used, types, err);
    if (status || (status = ms_km_fit(data, group, n_groups, &used, &km, err))) return status;
    if (types.split_ties) {
        ms_surv grouped = *data;
        grouped.stratum = group;
        grouped.n_strata = n_groups;
        deaths = ms_calloc(data->n, sizeof *deaths);
        status = deaths ? ms_sorted_make(&grouped, &sorted, err) : ms_error_nomem(err);
        if (status) goto cleanup;
        for (size_t g = 0; g < n_groups; g++) {
            ms_km_curve *c = &km.curves[g];
            count_deaths(&sorted, g, c, deaths);
            estimate(c, deaths, types, &used);
            ms_km_median(c);
            ms_km_rmean(c, km.rmean_until, &c->rmean, &c->rmean_se);
        }
    }
    *out = km;
    km = (ms_km){0};
cleanup:
    free(deaths);
    ms_sorted_clear(&sorted);
    ms_km_clear(&km);
    return status;
}
