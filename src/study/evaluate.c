/* Predictors in one cohort: every number, with the interval of a bootstrap over the patients. */
#include "study/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_evaluate_options_default(ms_evaluate_options *o) {
    *o = (ms_evaluate_options){.tau = NAN, .replicates = 500, .seed = 1, .conf_level = 0.95};
}

const char *ms_eval_measure_name(ms_eval_measure measure) {
    static const char *const names[] = {
        "harrell_c",         "uno_c",     "hazard_ratio", "auc",       "brier", "ipa",
        "observed_expected", "intercept", "slope",        "cox_slope", "ici"};
    _Static_assert(MS_COUNT(names) == MS_N_EVAL, "a name for each measure");
    return names[measure];
}

const char *ms_verdict_name(ms_verdict verdict) {
    static const char *const names[] = {"no difference shown", "better", "worse"};
    return names[verdict];
}

static void sample_clear(ms_eval_sample *s) {
    free(s->time);
    free(s->event);
    free(s->risk);
    free(s->probability);
    free(s->high);
}

/* Room for n patients, the rest as in `like`. */
static ms_status sample_alloc(const ms_eval_sample *like, size_t n, ms_eval_sample *s, ms_error *err) {
    const size_t m = like->n_predictors;
    *s = *like;
    s->n = n;
    s->time = ms_calloc(n, sizeof *s->time);
    s->event = ms_calloc(n, 1);
    s->risk = ms_calloc(n * m, sizeof *s->risk);
    s->probability = ms_calloc(n * m * like->n_times, sizeof *s->probability);
    s->high = ms_calloc(n * m, 1);
    return s->time && s->event && s->risk && s->probability && s->high ? MS_OK : ms_error_nomem(err);
}

static void gather(const ms_eval_sample *from, const size_t *rows, ms_eval_sample *to) {
    const size_t n = to->n, columns = to->n_predictors;
    for (size_t i = 0; i < n; i++) {
        to->time[i] = from->time[rows[i]];
        to->event[i] = from->event[rows[i]];
    }
    for (size_t m = 0; m < columns; m++)
        for (size_t i = 0; i < n; i++) {
            to->risk[m * n + i] = from->risk[m * from->n + rows[i]];
            to->high[m * n + i] = from->high[m * from->n + rows[i]];
        }
    for (size_t c = 0; c < columns * to->n_times; c++)
        for (size_t i = 0; i < n; i++) to->probability[c * n + i] = from->probability[c * from->n + rows[i]];
}

static ms_status statistic(void *context, const ms_resample *resample, double *values, ms_error *err) {
    const ms_eval_sample *data = context;
    const bool was = ms_log_mute(true); /* what a sample cannot give is counted */
    ms_eval_sample s;
    ms_status status = sample_alloc(data, resample->n, &s, err);
    if (status == MS_OK) {
        gather(data, resample->rows, &s);
        status = ms_eval_numbers(&s, values, err);
    }
    sample_clear(&s);
    (void)ms_log_mute(was);
    return status;
}

/* Numbers in the order of ms_eval_numbers become rows. */
static void put_rows(const ms_eval_sample *s, const ms_bootstrap *boot, ms_evaluation *e) {
    const size_t width = boot->n_statistics / s->n_predictors;
    for (size_t v = 0; v < boot->n_statistics; v++) {
        const size_t within = v % width, later = within - MS_EVAL_TIMELESS;
        const bool timed = within >= MS_EVAL_TIMELESS;
        ms_evaluated *row = &e->rows[v];
        row->predictor = v / width;
        row->measure = (ms_eval_measure)(timed ? MS_EVAL_AUC + later % MS_EVAL_TIMED : within);
        row->time = timed ? s->times[later / MS_EVAL_TIMED] : (double)NAN;
        row->value = boot->observed[v];
        row->se = row->lower = row->upper = NAN;
        row->failed = boot->n_failed[v];
        if (boot->n_replicates == 0 || isnan(row->value)) continue;
        row->se = boot->se[v];
        ms_bootstrap_interval(boot, v, e->interval, e->conf_level, &row->lower, &row->upper);
    }
    e->n_rows = boot->n_statistics;
}

static ms_status run_bootstrap(ms_eval_sample *s, const ms_evaluate_options *options, ms_evaluation *e,
                               ms_error *err) {
    ms_bootstrap boot = {0};
    ms_bootstrap_options o;
    ms_bootstrap_options_default(&o);
    o.replicates = options->replicates;
    o.seed = options->seed;
    o.jackknife = options->interval == MS_INTERVAL_BCA && o.replicates > 0;
    const size_t n_numbers = ms_eval_n_numbers(s);
    ms_status status = ms_bootstrap_run(s->n, n_numbers, statistic, s, &o, &boot, err);
    if (status != MS_OK) return status;
    e->rows = ms_calloc(n_numbers, sizeof *e->rows);
    if (e->rows)
        put_rows(s, &boot, e);
    else
        status = ms_error_nomem(err);
    ms_bootstrap_clear(&boot);
    return status;
}

/* Copies the cohort, and notes what each predictor can say. */
static ms_status copy(const double *time, const uint8_t *event, const ms_predictor *predictors,
                      bool *has_high, bool *has, ms_eval_sample *s, ms_error *err) {
    const ms_eval_sample like = *s;
    const size_t n = like.n, n_times = like.n_times;
    ms_status status = sample_alloc(&like, n, s, err);
    if (status != MS_OK) return status;
    memcpy(s->time, time, n * sizeof *time);
    memcpy(s->event, event, n);
    for (size_t m = 0; m < s->n_predictors; m++) {
        const ms_predictor *p = &predictors[m];
        memcpy(s->risk + m * n, p->risk, n * sizeof *p->risk);
        has_high[m] = p->high != NULL;
        if (p->high) memcpy(s->high + m * n, p->high, n);
        for (size_t k = 0; k < n_times; k++) {
            bool all = p->probability != NULL;
            for (size_t i = 0; i < n; i++) {
                const double value = p->probability ? p->probability[k * n + i] : (double)NAN;
                s->probability[(m * n_times + k) * n + i] = value;
                all = all && !isnan(value);
            }
            has[m * n_times + k] = all;
        }
    }
    s->has_high = has_high;
    s->has = has;
    return MS_OK;
}

static ms_status describe(const char *cohort, const ms_predictor *predictors, const ms_evaluate_options *o,
                          const ms_eval_sample *s, ms_evaluation *e, ms_error *err) {
    e->n = s->n;
    for (size_t i = 0; i < s->n; i++) e->n_events += s->event[i];
    e->n_predictors = s->n_predictors;
    e->n_times = s->n_times;
    e->tau = s->tau;
    e->replicates = o->replicates;
    e->seed = o->seed;
    e->interval = o->interval;
    e->conf_level = o->conf_level;
    e->cohort = ms_strdup(cohort);
    e->names = ms_calloc(s->n_predictors, sizeof *e->names);
    e->notes = ms_calloc(s->n_predictors, sizeof *e->notes);
    e->times = ms_calloc(s->n_times, sizeof *e->times);
    if (!e->cohort || !e->names || !e->notes || !e->times) return ms_error_nomem(err);
    if (s->n_times) memcpy(e->times, s->times, s->n_times * sizeof *e->times);
    for (size_t m = 0; m < s->n_predictors; m++) {
        e->names[m] = ms_strdup(predictors[m].name);
        e->notes[m] = predictors[m].note ? ms_strdup(predictors[m].note) : NULL;
        if (!e->names[m] || (predictors[m].note && !e->notes[m])) return ms_error_nomem(err);
    }
    return MS_OK;
}

static ms_status check(const double *time, const uint8_t *event, size_t n, const ms_predictor *predictors,
                       size_t n_predictors, const ms_evaluate_options *o, ms_error *err) {
    size_t events = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(time[i] >= 0 && isfinite(time[i])) || event[i] > 1)
            return ms_error_set(err, MS_EINPUT, "row %zu: time %g, event %u", i + 1, time[i], event[i]);
        events += event[i];
        for (size_t m = 0; m < n_predictors; m++)
            if (!isfinite(predictors[m].risk[i]))
                return ms_error_set(err, MS_EINPUT, "row %zu: %s gives no risk", i + 1, predictors[m].name);
    }
    for (size_t k = 0; k < o->n_times; k++)
        if (!(o->times[k] > (k ? o->times[k - 1] : 0) && isfinite(o->times[k])))
            return ms_error_set(err, MS_EUSAGE, "times must be above 0 and ascend");
    if (n == 0 || events == 0)
        return ms_error_set(err, MS_EINPUT, "%zu patients without any event: nothing can be judged", n);
    return n_predictors ? MS_OK : ms_error_set(err, MS_EUSAGE, "no predictor");
}

ms_status ms_evaluate_cohort(const char *cohort, const double *time, const uint8_t *event, size_t n,
                             const ms_predictor *predictors, size_t n_predictors,
                             const ms_evaluate_options *options, ms_evaluation *out, ms_error *err) {
    ms_evaluation e = {0};
    ms_eval_sample s = {.n = n, .n_predictors = n_predictors, .n_times = options->n_times};
    bool *has_high = NULL, *has = NULL;
    ms_status status = check(time, event, n, predictors, n_predictors, options, err);
    if (status != MS_OK) return status;
    s.times = options->times;
    s.tau = !isnan(options->tau) ? options->tau
            : options->n_times   ? options->times[options->n_times - 1]
                                 : (double)INFINITY;
    has_high = ms_calloc(n_predictors, sizeof *has_high);
    has = ms_calloc(n_predictors * options->n_times, sizeof *has);
    status = has_high && has ? copy(time, event, predictors, has_high, has, &s, err) : ms_error_nomem(err);
    if (status == MS_OK) status = describe(cohort, predictors, options, &s, &e, err);
    if (status == MS_OK) status = run_bootstrap(&s, options, &e, err);
    if (status == MS_OK) status = ms_eval_parts(&s, options, &e, err);
    sample_clear(&s);
    free(has_high);
    free(has);
    if (status == MS_OK)
        *out = e;
    else
        ms_evaluation_clear(&e);
    return status;
}

void ms_evaluation_clear(ms_evaluation *e) {
    const size_t width = e->n_times;
    for (size_t m = 0; m < e->n_predictors; m++) {
        if (e->names) free(e->names[m]);
        if (e->notes) free(e->notes[m]);
        if (e->auc) ms_auc_clear(&e->auc[m]);
        for (size_t k = 0; e->calibration && k < width; k++)
            ms_calibration_clear(&e->calibration[m * width + k]);
    }
    for (size_t k = 0; e->dca && k < width; k++) ms_dca_clear(&e->dca[k]);
    for (size_t c = 0; e->comparisons && c < (e->n_predictors - 1) * (1 + width); c++)
        ms_comparison_clear(&e->comparisons[c]);
    free(e->cohort);
    free(e->names);
    free(e->notes);
    free(e->times);
    free(e->rows);
    free(e->splits);
    free(e->auc);
    free(e->calibration);
    free(e->dca);
    free(e->dca_predictor);
    free(e->comparisons);
    *e = (ms_evaluation){0};
}

ms_verdict ms_evaluation_verdict(const ms_evaluation *e, size_t m) {
    const ms_comparison *c = &e->comparisons[(m - 1) * (1 + e->n_times)];
    const ms_compared *d = &c->estimates[MS_MEASURE_HARRELL_DIFFERENCE];
    const bool boot = c->n_replicates > 0;
    const double lower = boot ? d->boot_lower : d->lower, upper = boot ? d->boot_upper : d->upper;
    if (c->n == 0) return MS_NOT_SHOWN;
    return lower > 0 ? MS_FIRST_BETTER : upper < 0 ? MS_FIRST_WORSE : MS_NOT_SHOWN;
}
