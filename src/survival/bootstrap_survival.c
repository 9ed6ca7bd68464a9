/* Bootstrap intervals for survival curves' summaries, for C and AUC of a risk, and for Cox coefficients. */
#include "myosurv/survival_prediction.h"
#include "survival/cox_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_bootstrap_request_default(ms_bootstrap_request *request) {
    *request = (ms_bootstrap_request){.conf_level = 0.95, .at = NAN, .until = NAN, .n_groups = 1};
    ms_bootstrap_options_default(&request->options);
}

/* ---- statistics of survival data ---- */

enum { MEDIAN, MEAN, SURVIVAL, N_CURVE }; /* of each curve */
enum { HARRELL, UNO, AUC, N_RISK };

typedef struct setting {
    const ms_surv *data;
    const ms_bootstrap_request *r;
    double until;
} setting;

/* Groups, then their difference when there are two, then the risk's measures. */
static size_t n_curves(const ms_bootstrap_request *r) {
    return r->n_groups == 2 ? 3 : r->n_groups;
}

static size_t n_statistics(const ms_bootstrap_request *r) {
    return N_CURVE * n_curves(r) + (r->risk ? N_RISK : 0);
}

typedef struct drawn_rows {
    double *time, *risk;
    uint8_t *event;
    size_t *group;
} drawn_rows;

static void rows_clear(drawn_rows *d) {
    free(d->time);
    free(d->event);
    free(d->group);
}

static ms_status rows_gather(const setting *s, const ms_resample *sample, drawn_rows *d, ms_error *err) {
    d->time = ms_calloc(2 * sample->n, sizeof *d->time);
    d->event = ms_calloc(sample->n, 1);
    d->group = ms_calloc(sample->n, sizeof *d->group);
    if (!d->time || !d->event || !d->group) return ms_error_nomem(err);
    d->risk = d->time + sample->n;
    for (size_t i = 0; i < sample->n; i++) {
        size_t row = sample->rows[i];
        d->time[i] = s->data->time[row];
        d->event[i] = s->data->event[row];
        d->group[i] = s->r->group ? s->r->group[row] : 0;
        d->risk[i] = s->r->risk ? s->r->risk[row] : 0;
    }
    return MS_OK;
}

static ms_status curves(const setting *s, const ms_surv *data, const size_t *group, double *values,
                        ms_error *err) {
    ms_km km = {0};
    ms_km_options o;
    ms_km_options_default(&o);
    o.rmean_until = s->until;
    ms_status status = ms_km_fit(data, group, s->r->n_groups, &o, &km, err);
    for (size_t g = 0; g < km.n_groups && !status; g++) {
        double *v = values + N_CURVE * g;
        v[MEDIAN] = km.curves[g].median;
        v[MEAN] = km.curves[g].rmean;
        if (!isnan(s->r->at) && km.curves[g].n_times)
            ms_km_at(&km.curves[g], s->r->at, &v[SURVIVAL], NULL, NULL, NULL, NULL);
    }
    for (size_t k = 0; k < N_CURVE && s->r->n_groups == 2 && !status; k++)
        values[2 * N_CURVE + k] = values[N_CURVE + k] - values[k];
    ms_km_clear(&km);
    return status;
}

static ms_status risk_measures(const setting *s, const ms_surv *data, const double *risk, double *values,
                               ms_error *err) {
    ms_concordance_options o;
    ms_concordance c;
    ms_concordance_options_default(&o);
    ms_status status = ms_concordance_compute(data, risk, &o, &c, err);
    if (status) return status;
    values[HARRELL] = c.c;
    o.timewt = MS_TIMEWT_N_G2;
    if (!isnan(s->r->at)) o.tau = s->r->at;
    if ((status = ms_concordance_compute(data, risk, &o, &c, err))) return status;
    values[UNO] = c.c;
    if (isnan(s->r->at)) return MS_OK;
    ms_outcome outcome = {.n = data->n, .time = data->time, .status = data->event};
    ms_auc auc = {0};
    if ((status = ms_auc_compute(&outcome, risk, false, &s->r->at, 1, NULL, NULL, &auc, err))) return status;
    values[AUC] = auc.rows[0].all.auc;
    ms_auc_clear(&auc);
    return MS_OK;
}

static ms_status survival_statistic(void *context, const ms_resample *sample, double *values, ms_error *err) {
    const setting *s = context;
    drawn_rows d = {0};
    for (size_t k = 0; k < n_statistics(s->r); k++) values[k] = NAN;
    ms_status status = rows_gather(s, sample, &d, err);
    ms_surv data = {.n = sample->n, .time = d.time, .event = d.event, .no_timefix = s->data->no_timefix};
    if (!status) status = curves(s, &data, d.group, values, err);
    if (!status && s->r->risk)
        status = risk_measures(s, &data, d.risk, values + N_CURVE * n_curves(s->r), err);
    rows_clear(&d);
    return status;
}

/* ---- results ---- */

static ms_status add_row(const ms_bootstrap *boot, size_t k, char *name, ms_bootstrapped *out,
                         ms_error *err) {
    if (!name) return ms_error_nomem(err);
    ms_bootstrapped_row *row = &out->rows[out->n_rows++];
    row->name = name;
    row->value = boot->observed[k];
    row->bias = boot->bias[k];
    row->se = boot->se[k];
    row->failed = boot->n_failed[k];
    ms_bootstrap_interval(boot, k, out->interval, out->conf_level, &row->lower, &row->upper);
    return MS_OK;
}

static ms_status begin(const ms_surv *data, const ms_bootstrap_request *r, size_t most, ms_bootstrapped *out,
                       ms_error *err) {
    *out = (ms_bootstrapped){.n = data->n,
                             .n_replicates = r->options.replicates,
                             .seed = r->options.seed,
                             .interval = r->interval,
                             .conf_level = r->conf_level};
    for (size_t i = 0; i < data->n; i++) out->n_events += data->event[i];
    out->rows = ms_calloc(most, sizeof *out->rows);
    return out->rows ? MS_OK : ms_error_nomem(err);
}

static ms_status check(const ms_surv *data, const ms_bootstrap_request *r, ms_error *err) {
    if (data->entry || data->weight)
        return ms_error_set(err, MS_EUSAGE, "the bootstrap here takes no delayed entry and no case weights");
    if (r->options.replicates < 2) return ms_error_set(err, MS_EUSAGE, "two bootstrap samples are the least");
    if (!(r->conf_level > 0 && r->conf_level < 1))
        return ms_error_set(err, MS_EUSAGE, "confidence level %g is not between 0 and 1", r->conf_level);
    return MS_OK;
}

static ms_status run(size_t n, size_t k, ms_bootstrap_statistic statistic, void *context,
                     const ms_bootstrap_request *r, ms_bootstrap *boot, ms_error *err) {
    ms_bootstrap_options o = r->options;
    o.jackknife = r->interval == MS_INTERVAL_BCA;
    return ms_bootstrap_run(n, k, statistic, context, &o, boot, err);
}

/* "median, sex=1"; "mean up to 500, difference". */
static char *curve_name(const setting *s, size_t curve, size_t k) {
    ms_buffer name;
    ms_buffer_init(&name);
    if (k == MEDIAN) ms_buffer_append(&name, "median");
    if (k == MEAN) ms_buffer_printf(&name, "mean up to %g", s->until);
    if (k == SURVIVAL) ms_buffer_printf(&name, "survival at %g", s->r->at);
    if (curve >= s->r->n_groups)
        ms_buffer_append(&name, ", difference");
    else if (s->r->group_names)
        ms_buffer_printf(&name, ", %s", s->r->group_names[curve]);
    return name.data;
}

static char *risk_name(const setting *s, size_t k) {
    ms_buffer name;
    ms_buffer_init(&name);
    if (k == AUC)
        ms_buffer_printf(&name, "AUC at %g", s->r->at);
    else
        ms_buffer_append(&name, k == HARRELL ? "Harrell's C" : "Uno's C");
    return name.data;
}

static ms_status name_rows(const setting *s, const ms_bootstrap *boot, ms_bootstrapped *out, ms_error *err) {
    bool at = !isnan(s->r->at);
    ms_status status = MS_OK;
    for (size_t k = 0; k < N_CURVE; k++)
        for (size_t c = 0; c < n_curves(s->r) && !status && (at || k != SURVIVAL); c++)
            status = add_row(boot, N_CURVE * c + k, curve_name(s, c, k), out, err);
    for (size_t k = 0; k < N_RISK && s->r->risk && !status; k++)
        if (at || k != AUC) status = add_row(boot, N_CURVE * n_curves(s->r) + k, risk_name(s, k), out, err);
    return status;
}

/* The shortest of the groups' follow-ups. */
static double shortest(const ms_surv *data, const ms_bootstrap_request *r) {
    double least = INFINITY;
    for (size_t g = 0; g < r->n_groups; g++) {
        double last = 0;
        for (size_t i = 0; i < data->n; i++)
            if (!r->group || r->group[i] == g) last = fmax(last, data->time[i]);
        least = fmin(least, last);
    }
    return least;
}

ms_status ms_bootstrap_survival(const ms_surv *data, const ms_bootstrap_request *request,
                                ms_bootstrapped *out, ms_error *err) {
    setting s = {.data = data, .r = request, .until = request->until};
    ms_bootstrap boot = {0};
    ms_bootstrapped result = {0};
    ms_status status = check(data, request, err);
    if (status) return status;
    if (isnan(s.until)) s.until = shortest(data, request);
    if ((status = run(data->n, n_statistics(request), survival_statistic, &s, request, &boot, err)) ||
        (status = begin(data, request, n_statistics(request), &result, err)) ||
        (status = name_rows(&s, &boot, &result, err)))
        goto cleanup;
    *out = result;
    result = (ms_bootstrapped){0};
cleanup:
    ms_bootstrap_clear(&boot);
    ms_bootstrapped_clear(&result);
    return status;
}

/* ---- Cox coefficients ---- */

typedef struct cox_setting {
    const ms_surv *data;
    const ms_design *design;
    ms_cox_options options;
} cox_setting;

static ms_status cox_statistic(void *context, const ms_resample *drawn, double *values, ms_error *err) {
    const cox_setting *s = context;
    ms_cox_sample sample = {0};
    double loglik[2];
    ms_status status = ms_cox_sample_gather(s->data, s->design, drawn, &sample, err);
    if (!status) status = ms_cox_sample_fit(&sample.data, &sample.design, &s->options, values, loglik, err);
    ms_cox_sample_clear(&sample);
    return status;
}

ms_status ms_bootstrap_cox(const ms_surv *data, const ms_design *design, const ms_cox_options *cox,
                           const ms_bootstrap_request *request, ms_bootstrapped *out, ms_error *err) {
    cox_setting s = {.data = data, .design = design};
    ms_bootstrap boot = {0};
    ms_bootstrapped result = {0};
    ms_cox_options_default(&s.options);
    if (cox) s.options = *cox;
    ms_status status = check(data, request, err);
    if (!status && design->p == 0) status = ms_error_set(err, MS_EUSAGE, "a model without predictors");
    if (status || (status = run(data->n, design->p, cox_statistic, &s, request, &boot, err)) ||
        (status = begin(data, request, design->p, &result, err)))
        goto cleanup;
    for (size_t j = 0; j < design->p && !status; j++)
        status = add_row(&boot, j, ms_strdup(design->names ? design->names[j] : "x"), &result, err);
    if (status) goto cleanup;
    *out = result;
    result = (ms_bootstrapped){0};
cleanup:
    ms_bootstrap_clear(&boot);
    ms_bootstrapped_clear(&result);
    return status;
}

void ms_bootstrapped_clear(ms_bootstrapped *bootstrapped) {
    for (size_t k = 0; k < bootstrapped->n_rows && bootstrapped->rows; k++) free(bootstrapped->rows[k].name);
    MS_FREE(bootstrapped->rows);
    bootstrapped->n_rows = 0;
}
