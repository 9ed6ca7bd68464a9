/* Survival of two groups of patients: Kaplan-Meier, log-rank, hazard ratio, figure. */
#include "study/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void clear_result(ms_split_result *r) {
    memset(r, 0, sizeof *r);
    for (size_t g = 0; g < 2; g++) r->median[g] = r->median_lower[g] = r->median_upper[g] = NAN;
    r->chisq = r->p = r->hr = r->hr_lower = r->hr_upper = NAN;
}

/* Hazard ratio of level 1 against 0; NaN where the data cannot give one (a level without events). */
static ms_status hazard_ratio(const ms_surv *data, const size_t *level, ms_split_result *r, ms_error *err) {
    double *x = ms_calloc(data->n, sizeof *x);
    if (!x) return ms_error_nomem(err);
    for (size_t i = 0; i < data->n; i++) x[i] = (double)level[i];
    ms_design design = {.p = 1, .x = x};
    ms_cox_options options;
    ms_cox cox = {0};
    ms_cox_options_default(&options);
    ms_status status = ms_cox_fit(data, &design, &options, &cox, err);
    if (status == MS_OK && cox.converged && !cox.infinite[0]) {
        r->hr = exp(cox.coef[0]);
        r->hr_lower = exp(cox.lower[0]);
        r->hr_upper = exp(cox.upper[0]);
    }
    ms_cox_clear(&cox);
    free(x);
    return status;
}

static ms_status compare(const ms_surv *data, const size_t *level, ms_split_result *r, ms_error *err) {
    ms_logrank logrank = {0};
    if (r->n[0] == 0 || r->n[1] == 0 || r->events[0] + r->events[1] == 0) return MS_OK;
    ms_status status = ms_logrank_test(data, level, 2, 0, &logrank, err);
    if (status == MS_OK) {
        r->chisq = logrank.chisq;
        r->p = logrank.p;
    }
    ms_logrank_clear(&logrank);
    if (status == MS_OK && r->events[0] > 0 && r->events[1] > 0) status = hazard_ratio(data, level, r, err);
    return status;
}

ms_plot_curve ms_study_curve(const char *name, const ms_km_curve *c) {
    return (ms_plot_curve){.name = name,
                           .n = c->n_times,
                           .time = c->time,
                           .surv = c->surv,
                           .lower = c->lower,
                           .upper = c->upper,
                           .n_risk = c->n_risk,
                           .n_censor = c->n_censor,
                           .total = (double)c->n,
                           .n_event = c->n_event,
                           .median = c->median};
}

static ms_status draw(const ms_km *km, const char *const names[2], const char *title,
                      const ms_split_result *r, const char *path, ms_error *err) {
    ms_plot_curve curves[2];
    size_t n = 0;
    for (size_t g = 0; g < 2; g++) {
        const ms_km_curve *c = &km->curves[g];
        if (c->n == 0) continue;
        curves[n++] = ms_study_curve(names[g], c);
    }
    ms_plot_km_options options;
    char note[128] = "";
    ms_plot_km_options_default(&options);
    if (!isnan(r->p))
        (void)ms_text_format(note, sizeof note, r->p < 0.001 ? "log-rank p < 0.001" : "log-rank p = %.3f",
                             r->p);
    if (!isnan(r->hr)) {
        size_t used = strlen(note);
        (void)ms_text_format(note + used, sizeof note - used, "\nHR %.2f (%.2f to %.2f)", r->hr, r->hr_lower,
                             r->hr_upper);
    }
    options.title = title;
    options.x_label = "Days";
    options.note = note[0] ? note : NULL;
    options.bands = true;
    options.risk_table = true;
    return n > 0 ? ms_plot_km(curves, n, &options, path, err) : MS_OK;
}

ms_status ms_split_survival(const double *time, const uint8_t *event, const size_t *level, size_t m,
                            const char *const names[2], const char *title, const char *path,
                            ms_split_result *out, ms_error *err) {
    ms_split_result r;
    clear_result(&r);
    for (size_t i = 0; i < m; i++) {
        r.n[level[i]]++;
        r.events[level[i]] += event[i];
    }
    if (m == 0) {
        *out = r;
        return MS_OK;
    }
    ms_surv data = {.n = m, .time = time, .event = event};
    ms_km_options options;
    ms_km km = {0};
    ms_km_options_default(&options);
    ms_status status = ms_km_fit(&data, level, 2, &options, &km, err);
    for (size_t g = 0; g < 2 && status == MS_OK; g++) {
        r.median[g] = km.curves[g].median;
        r.median_lower[g] = km.curves[g].median_lower;
        r.median_upper[g] = km.curves[g].median_upper;
    }
    if (status == MS_OK) status = compare(&data, level, &r, err);
    if (status == MS_OK && path) status = draw(&km, names, title, &r, path, err);
    ms_km_clear(&km);
    if (status == MS_OK) *out = r;
    return status;
}
