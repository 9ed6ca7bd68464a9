/* The numbers by which predictions are judged, of a cohort or of a bootstrap sample of it. */
#include "study/evaluate.h"

#include <math.h>
#include <stdlib.h>

size_t ms_eval_n_numbers(const ms_eval_sample *s) {
    return s->n_predictors * (MS_EVAL_TIMELESS + s->n_times * MS_EVAL_TIMED);
}

/* A number that this sample cannot give stays NaN; anything else ends the work. */
static ms_status forgive(ms_status status) {
    return status == MS_EINPUT || status == MS_ENOCONV ? MS_OK : status;
}

static ms_status concordances(const ms_eval_sample *s, const double *risk, double *values, ms_error *err) {
    const ms_surv data = {.n = s->n, .time = s->time, .event = s->event};
    ms_concordance_options o;
    ms_concordance c;
    ms_concordance_options_default(&o);
    ms_status status = ms_concordance_compute(&data, risk, &o, &c, err);
    if (status == MS_OK) values[MS_EVAL_HARRELL] = c.c;
    o.timewt = MS_TIMEWT_N_G2;
    o.tau = s->tau;
    if (status == MS_OK) status = ms_concordance_compute(&data, risk, &o, &c, err);
    if (status == MS_OK) values[MS_EVAL_UNO] = c.c;
    return forgive(status);
}

/* High against low; only where both have patients with and events. */
static ms_status hazard_ratio(const ms_eval_sample *s, const uint8_t *high, double *values, ms_error *err) {
    const ms_surv data = {.n = s->n, .time = s->time, .event = s->event};
    size_t events[2] = {0, 0};
    double *x = ms_calloc(s->n, sizeof *x);
    ms_cox_options o;
    ms_cox cox = {0};
    if (!x) return ms_error_nomem(err);
    for (size_t i = 0; i < s->n; i++) {
        x[i] = high[i];
        events[high[i] != 0] += s->event[i];
    }
    const ms_design design = {.p = 1, .x = x};
    ms_cox_options_default(&o);
    ms_status status = MS_OK;
    if (events[0] && events[1]) {
        status = ms_cox_fit(&data, &design, &o, &cox, err);
        if (status == MS_OK && cox.converged) values[MS_EVAL_HAZARD_RATIO] = exp(cox.coef[0]);
    }
    ms_cox_clear(&cox);
    free(x);
    return forgive(status);
}

static double *at_time(const ms_eval_sample *s, double *values, size_t k) {
    (void)s;
    return values + MS_EVAL_TIMELESS + k * MS_EVAL_TIMED - MS_EVAL_AUC;
}

static ms_status areas(const ms_eval_sample *s, const ms_ipcw *ipcw, const double *risk, double *values,
                       ms_error *err) {
    const ms_outcome outcome = {.n = s->n, .time = s->time, .status = s->event};
    ms_auc_options o;
    ms_auc auc = {0};
    ms_auc_options_default(&o);
    o.conservative = true; /* the cheaper standard errors: nobody looks at them */
    ms_status status = ms_auc_compute(&outcome, risk, false, s->times, s->n_times, ipcw, &o, &auc, err);
    for (size_t k = 0; k < s->n_times && status == MS_OK; k++)
        if (auc.rows[k].state == MS_PREDICTED) at_time(s, values, k)[MS_EVAL_AUC] = auc.rows[k].all.auc;
    ms_auc_clear(&auc);
    return forgive(status);
}

static ms_status error_at(const ms_eval_sample *s, const ms_ipcw *ipcw, const double *p, double time,
                          double *values, ms_error *err) {
    const ms_outcome outcome = {.n = s->n, .time = s->time, .status = s->event};
    ms_brier_options o;
    ms_brier brier = {0};
    ms_brier_options_default(&o);
    o.conservative = true;
    ms_status status = ms_brier_compute(&outcome, p, &time, 1, ipcw, &o, &brier, err);
    if (status == MS_OK && brier.rows[0].state == MS_PREDICTED) {
        values[MS_EVAL_BRIER] = brier.rows[0].brier;
        values[MS_EVAL_IPA] = brier.rows[0].scaled;
    }
    ms_brier_clear(&brier);
    return forgive(status);
}

static ms_status calibration_at(const ms_eval_sample *s, const double *p, double time, double *values,
                                ms_error *err) {
    const ms_outcome outcome = {.n = s->n, .time = s->time, .status = s->event};
    ms_calibrate_options o;
    ms_calibration c = {0};
    ms_calibrate_options_default(&o);
    o.n_groups = 0;
    o.n_grid = 2;
    ms_status status = ms_calibrate(&outcome, p, time, &o, &c, err);
    if (status == MS_OK && c.state == MS_PREDICTED) {
        values[MS_EVAL_RATIO] = c.ratio.value;
        values[MS_EVAL_INTERCEPT] = c.intercept.value;
        values[MS_EVAL_SLOPE] = c.slope.value;
        values[MS_EVAL_COX_SLOPE] = c.cox_slope.value;
        values[MS_EVAL_ICI] = c.ici;
    }
    ms_calibration_clear(&c);
    return forgive(status);
}

static ms_status numbers_of(const ms_eval_sample *s, const ms_ipcw *ipcw, size_t m, double *values,
                            ms_error *err) {
    const double *risk = s->risk + m * s->n;
    ms_status status = concordances(s, risk, values, err);
    if (status == MS_OK && s->has_high[m]) status = hazard_ratio(s, s->high + m * s->n, values, err);
    if (status == MS_OK && s->n_times) status = areas(s, ipcw, risk, values, err);
    for (size_t k = 0; k < s->n_times && status == MS_OK; k++) {
        const size_t place = m * s->n_times + k;
        const double *p = s->probability + place * s->n;
        if (!s->has[place]) continue;
        status = error_at(s, ipcw, p, s->times[k], at_time(s, values, k), err);
        if (status == MS_OK) status = calibration_at(s, p, s->times[k], at_time(s, values, k), err);
    }
    return status;
}

ms_status ms_eval_numbers(const ms_eval_sample *s, double *values, ms_error *err) {
    const ms_outcome outcome = {.n = s->n, .time = s->time, .status = s->event};
    const size_t n_numbers = ms_eval_n_numbers(s), width = n_numbers / s->n_predictors;
    ms_ipcw ipcw = {0};
    for (size_t v = 0; v < n_numbers; v++) values[v] = NAN;
    ms_status status = s->n_times ? ms_ipcw_fit(&outcome, NULL, &ipcw, err) : MS_OK;
    for (size_t m = 0; m < s->n_predictors && status == MS_OK; m++)
        status = numbers_of(s, &ipcw, m, values + m * width, err);
    ms_ipcw_clear(&ipcw);
    return status;
}
