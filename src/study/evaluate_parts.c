/* Of the cohort itself: ROC curves, calibration, decision curves, comparisons, high against low risk. */
#include "study/evaluate.h"
#include "study/study.h"

#include <math.h>
#include <stdlib.h>

size_t ms_eval_groups(size_t n) {
    const size_t groups = n / 20;
    return groups > 10 ? 10 : groups < 2 ? 2 : groups;
}

/* What a cohort cannot give is absent; it is no failure. */
static ms_status or_absent(ms_status status) {
    if (status != MS_EINPUT && status != MS_ENOCONV) return status;
    return MS_OK;
}

static ms_status curves(const ms_eval_sample *s, ms_evaluation *e, double conf_level, ms_error *err) {
    const ms_outcome outcome = {.n = s->n, .time = s->time, .status = s->event};
    ms_ipcw ipcw = {0};
    ms_auc_options o;
    ms_auc_options_default(&o);
    o.curves = true;
    o.conf_level = conf_level;
    ms_status status = ms_ipcw_fit(&outcome, NULL, &ipcw, err);
    for (size_t m = 0; m < s->n_predictors && status == MS_OK; m++)
        status = or_absent(ms_auc_compute(&outcome, s->risk + m * s->n, false, s->times, s->n_times, &ipcw,
                                          &o, &e->auc[m], err));
    ms_ipcw_clear(&ipcw);
    return status;
}

static ms_status calibrations(const ms_eval_sample *s, ms_evaluation *e, double conf_level, ms_error *err) {
    const ms_outcome outcome = {.n = s->n, .time = s->time, .status = s->event};
    ms_calibrate_options o;
    ms_status status = MS_OK;
    ms_calibrate_options_default(&o);
    o.conf_level = conf_level;
    o.n_groups = ms_eval_groups(s->n) < s->n ? ms_eval_groups(s->n) : 0;
    for (size_t c = 0; c < s->n_predictors * s->n_times && status == MS_OK; c++)
        if (s->has[c])
            status = or_absent(ms_calibrate(&outcome, s->probability + c * s->n, s->times[c % s->n_times], &o,
                                            &e->calibration[c], err));
    return status;
}

static ms_status decisions(const ms_eval_sample *s, const ms_evaluate_options *options, size_t k,
                           ms_evaluation *e, ms_error *err) {
    const ms_horizon_outcome outcome = {.n = s->n, .time = s->time, .event = s->event, .at = s->times[k]};
    const double **p = ms_calloc(s->n_predictors, sizeof *p);
    size_t n_models = 0;
    ms_dca_options o;
    if (!p) return ms_error_nomem(err);
    for (size_t m = 0; m < s->n_predictors; m++) {
        if (!s->has[m * s->n_times + k]) continue;
        e->dca_predictor[k * s->n_predictors + n_models] = m;
        p[n_models++] = s->probability + (m * s->n_times + k) * s->n;
    }
    ms_dca_options_default(&o);
    o.thresholds = options->thresholds;
    o.n_thresholds = options->n_thresholds;
    o.replicates = options->replicates;
    o.seed = options->seed;
    o.interval = options->interval;
    o.conf_level = options->conf_level;
    const ms_status status =
        n_models ? or_absent(ms_dca_compute(&outcome, p, n_models, &o, &e->dca[k], err)) : MS_OK;
    free(p);
    return status;
}

/* Predictor 0 against m: C by their risks, then the rest by their probabilities at each time. */
static ms_status compare(const ms_eval_sample *s, const ms_evaluate_options *options, size_t m,
                         ms_evaluation *e, ms_error *err) {
    ms_compare_options o;
    ms_comparison *to = e->comparisons + (m - 1) * (1 + s->n_times);
    ms_horizon_outcome outcome = {.n = s->n, .time = s->time, .event = s->event, .at = NAN};
    ms_compare_options_default(&o);
    o.tau = isfinite(s->tau) ? s->tau : (double)NAN;
    o.replicates = options->replicates;
    o.seed = options->seed;
    o.interval = options->interval;
    o.conf_level = options->conf_level;
    ms_status status = or_absent(ms_compare_models(&outcome, s->risk + m * s->n, s->risk, &o, to, err));
    o.cuts = options->cuts;
    o.n_cuts = options->n_cuts;
    for (size_t k = 0; k < s->n_times && status == MS_OK; k++) {
        if (!s->has[k] || !s->has[m * s->n_times + k]) continue;
        outcome.at = s->times[k];
        status = or_absent(ms_compare_models(&outcome, s->probability + (m * s->n_times + k) * s->n,
                                             s->probability + k * s->n, &o, to + 1 + k, err));
    }
    return status;
}

static ms_status split(const ms_eval_sample *s, size_t m, ms_evaluation *e, ms_error *err) {
    static const char *const names[2] = {"low risk", "high risk"};
    size_t *level = ms_calloc(s->n, sizeof *level);
    ms_split_result r;
    if (!level) return ms_error_nomem(err);
    for (size_t i = 0; i < s->n; i++) level[i] = s->high[m * s->n + i] != 0;
    const ms_status status =
        or_absent(ms_split_survival(s->time, s->event, level, s->n, names, NULL, NULL, &r, err));
    free(level);
    if (status != MS_OK) return status;
    ms_eval_split *to = &e->splits[m];
    for (size_t g = 0; g < 2; g++) {
        to->n[g] = r.n[g];
        to->events[g] = r.events[g];
        to->median[g] = r.median[g];
    }
    to->chisq = r.chisq;
    to->p = r.p;
    to->hr = r.hr;
    to->hr_lower = r.hr_lower;
    to->hr_upper = r.hr_upper;
    return MS_OK;
}

ms_status ms_eval_parts(const ms_eval_sample *s, const ms_evaluate_options *options, ms_evaluation *e,
                        ms_error *err) {
    const size_t n_predictors = s->n_predictors, n_times = s->n_times;
    e->splits = ms_calloc(n_predictors, sizeof *e->splits);
    e->auc = ms_calloc(n_predictors, sizeof *e->auc);
    e->calibration = ms_calloc(n_predictors * n_times, sizeof *e->calibration);
    e->dca = ms_calloc(n_times, sizeof *e->dca);
    e->dca_predictor = ms_calloc(n_times * n_predictors, sizeof *e->dca_predictor);
    e->comparisons = ms_calloc((n_predictors - 1) * (1 + n_times), sizeof *e->comparisons);
    if (!e->splits || !e->auc || !e->calibration || !e->dca || !e->dca_predictor || !e->comparisons)
        return ms_error_nomem(err);
    ms_status status = n_times ? curves(s, e, options->conf_level, err) : MS_OK;
    if (status == MS_OK) status = calibrations(s, e, options->conf_level, err);
    for (size_t k = 0; k < n_times && status == MS_OK; k++) status = decisions(s, options, k, e, err);
    for (size_t m = 1; m < n_predictors && status == MS_OK; m++) status = compare(s, options, m, e, err);
    for (size_t m = 0; m < n_predictors && status == MS_OK; m++)
        if (s->has_high[m]) status = split(s, m, e, err);
    return status;
}
