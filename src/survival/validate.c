/* How much of a Cox model's apparent performance is optimism? The model is fitted to bootstrap samples and
 * measured on the sample and on the data: Harrell, Lee & Mark 1996, Stat Med 15:361. R: rms::validate.cph,
 * whose indexes these are. */
#include "myosurv/survival_prediction.h"
#include "survival/cox_sample.h"
#include "survival/horizon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_validation_options_default(ms_validation_options *options) {
    *options = (ms_validation_options){.at = NAN, .replicates = 200, .seed = 1};
}

typedef struct setting {
    const ms_surv *data;
    const ms_design *design;
    ms_cox_options cox;
    double at;
} setting;

/* Linear predictors of rows less `centre`. */
static void predict(const ms_cox_sample *s, const double *coef, double centre, double *lp) {
    for (size_t i = 0; i < s->data.n; i++) {
        double sum = (s->design.offset ? s->design.offset[i] : 0) - centre;
        for (size_t j = 0; j < s->design.p; j++) sum += s->design.x[i * s->design.p + j] * coef[j];
        lp[i] = sum;
    }
}

/* ---- indexes ---- */

static int compare_doubles(const void *a, const void *b) {
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* Mean of |x_i - x_j| over all pairs. R: Hmisc::GiniMd. */
static ms_status gini(const double *x, size_t n, double *value, ms_error *err) {
    double *sorted = ms_calloc(n, sizeof *sorted), sum = 0;
    if (!sorted) return ms_error_nomem(err);
    memcpy(sorted, x, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_doubles);
    for (size_t i = 0; i < n; i++) sum += (2 * (double)i + 1 - (double)n) * sorted[i];
    *value = n > 1 ? 2 * sum / ((double)n * ((double)n - 1)) : 0;
    free(sorted);
    return MS_OK;
}

static ms_status discrimination(const ms_cox_sample *s, const double *lp, double *v, ms_error *err) {
    ms_concordance c;
    ms_status status = ms_concordance_compute(&s->data, lp, NULL, &c, err);
    v[MS_VALIDITY_C] = c.c;
    v[MS_VALIDITY_DXY] = 2 * c.c - 1;
    return status;
}

/* From the log likelihoods with and without the linear predictor. */
static void likelihood_indexes(const double loglik[2], double n, double *v) {
    double lr = 2 * (loglik[1] - loglik[0]), deviance = -2 * loglik[0];
    v[MS_VALIDITY_D] = (lr - 1) / deviance;
    v[MS_VALIDITY_R2] = (1 - exp(-lr / n)) / (1 - exp(-deviance / n));
}

/* Probabilities of the event by the horizon with the baseline of the training sample. */
static ms_status brier(const setting *set, const ms_baseline *baseline, const ms_cox_sample *s,
                       const double *lp, double *value, ms_error *err) {
    ms_outcome outcome = {.n = s->data.n, .time = s->data.time, .status = s->data.event};
    ms_brier result = {0};
    ms_ipcw ipcw = {0};
    double *risk = ms_calloc(s->data.n, sizeof *risk);
    ms_status status = risk ? ms_ipcw_fit(&outcome, NULL, &ipcw, err) : ms_error_nomem(err);
    for (size_t i = 0; i < s->data.n && !status; i++)
        risk[i] = 1 - ms_baseline_survival(baseline, set->at, lp[i]);
    if (!status) status = ms_brier_compute(&outcome, risk, &set->at, 1, &ipcw, NULL, &result, err);
    if (!status) *value = result.rows[0].brier;
    free(risk);
    ms_brier_clear(&result);
    ms_ipcw_clear(&ipcw);
    return status;
}

/* On the sample it was fitted to. */
static ms_status measure_training(const ms_cox_sample *s, const double *lp, const double loglik[2], double *v,
                                  ms_error *err) {
    likelihood_indexes(loglik, (double)s->data.n, v);
    v[MS_VALIDITY_SLOPE] = 1;
    v[MS_VALIDITY_U] = -2 / (-2 * loglik[0]);
    ms_status status = discrimination(s, lp, v, err);
    return status ? status : gini(lp, s->data.n, &v[MS_VALIDITY_G], err);
}

/* On other patients: the linear predictor is the one covariate, calibrated (its slope) and as it is. */
static ms_status measure_test(const setting *set, const ms_cox_sample *s, double *lp, double *v,
                              ms_error *err) {
    ms_design one = {.p = 1, .x = lp};
    ms_cox_options frozen = set->cox, calibrated = set->cox;
    double loglik[2], as_it_is[2], slope, unused, start = 1;
    calibrated.start = NULL;
    frozen.start = &start;
    frozen.iterations = 0;
    ms_status status = ms_cox_sample_fit(&s->data, &one, &calibrated, &slope, loglik, err);
    if (status || (status = ms_cox_sample_fit(&s->data, &one, &frozen, &unused, as_it_is, err)) ||
        (status = discrimination(s, lp, v, err)))
        return status;
    likelihood_indexes(loglik, (double)s->data.n, v);
    v[MS_VALIDITY_SLOPE] = slope;
    v[MS_VALIDITY_U] = -2 * (as_it_is[0] - loglik[1]) / (-2 * loglik[0]);
    status = gini(lp, s->data.n, &v[MS_VALIDITY_G], err);
    v[MS_VALIDITY_G] *= fabs(slope);
    return status;
}

static ms_status run_sample(const setting *set, const ms_cox_sample *training, const ms_cox_sample *test,
                            double *lp, double *values, ms_error *err) {
    double *on_training = values, *on_test = values + MS_N_VALIDITY, loglik[2], centre = 0;
    double *coef = ms_calloc(training->design.p, sizeof *coef);
    ms_baseline baseline = {0};
    if (!coef) return ms_error_nomem(err);
    ms_status status = ms_cox_sample_fit(&training->data, &training->design, &set->cox, coef, loglik, err);
    if (status) goto cleanup;
    predict(training, coef, 0, lp);
    for (size_t i = 0; i < training->data.n; i++) centre += lp[i] / (double)training->data.n;
    predict(training, coef, centre, lp);
    if ((status = measure_training(training, lp, loglik, on_training, err))) goto cleanup;
    if (!isnan(set->at)) {
        ms_surv data = training->data;
        if ((status = ms_breslow_baseline(&data, lp, set->cox.ties, &baseline, err)) ||
            (status = brier(set, &baseline, training, lp, &on_training[MS_VALIDITY_BRIER], err)))
            goto cleanup;
    }
    predict(test, coef, centre, lp);
    if (!isnan(set->at) && (status = brier(set, &baseline, test, lp, &on_test[MS_VALIDITY_BRIER], err)))
        goto cleanup;
    if ((status = measure_test(set, test, lp, on_test, err))) goto cleanup;
    on_training[MS_VALIDITY_Q] = on_training[MS_VALIDITY_D] - on_training[MS_VALIDITY_U];
    on_test[MS_VALIDITY_Q] = on_test[MS_VALIDITY_D] - on_test[MS_VALIDITY_U];
cleanup:
    free(coef);
    ms_baseline_clear(&baseline);
    return status;
}

static ms_status statistic(void *context, const ms_resample *drawn, double *values, ms_error *err) {
    const setting *set = context;
    ms_cox_sample training = {0}, test = {.data = *set->data, .design = *set->design};
    size_t most = drawn->n > test.data.n ? drawn->n : test.data.n;
    double *lp = ms_calloc(most, sizeof *lp);
    for (size_t k = 0; k < 2 * MS_N_VALIDITY; k++) values[k] = NAN;
    ms_status status =
        lp ? ms_cox_sample_gather(set->data, set->design, drawn, &training, err) : ms_error_nomem(err);
    if (!status) status = run_sample(set, &training, &test, lp, values, err);
    free(lp);
    ms_cox_sample_clear(&training);
    return status;
}

/* ---- the whole ---- */

static ms_status check(const ms_surv *data, const ms_design *design, const ms_validation_options *o,
                       ms_error *err) {
    if (data->entry || data->weight)
        return ms_error_set(err, MS_EUSAGE, "validation is not defined for delayed entry or case weights");
    if (design->p == 0)
        return ms_error_set(err, MS_EUSAGE, "a model without predictors has nothing to validate");
    if (isnan(o->at)) return MS_OK;
    if (data->stratum)
        return ms_error_set(err, MS_EUSAGE, "no Brier score with strata: leave the horizon out");
    ms_horizon h = {0};
    ms_horizon_outcome outcome = {.n = data->n, .time = data->time, .event = data->event, .at = o->at};
    ms_status status = ms_horizon_make(&outcome, &h, err);
    ms_horizon_clear(&h);
    return status;
}

static void summarise(const ms_bootstrap *boot, ms_validation *v) {
    v->n_failed = boot->n_failed[MS_VALIDITY_SLOPE];
    for (size_t k = 0; k < MS_N_VALIDITY; k++) {
        double training = 0, test = 0, sum = 0, squares = 0, used = 0;
        for (size_t b = 0; b < boot->n_replicates; b++) {
            double a = boot->replicate[b * boot->n_statistics + k],
                   t = boot->replicate[b * boot->n_statistics + MS_N_VALIDITY + k];
            if (!isfinite(a) || !isfinite(t)) continue;
            used++;
            training += a;
            test += t;
            sum += a - t;
            squares += (a - t) * (a - t);
        }
        double mean = sum / used;
        v->apparent[k] = boot->observed[k];
        v->training[k] = used > 0 ? training / used : NAN;
        v->test[k] = used > 0 ? test / used : NAN;
        v->optimism[k] = v->training[k] - v->test[k];
        v->corrected[k] = v->apparent[k] - v->optimism[k];
        v->se[k] = used > 1 ? sqrt(fmax(0, squares - used * mean * mean) / (used - 1) / used) : NAN;
    }
}

ms_status ms_cox_validate(const ms_surv *data, const ms_design *design, const ms_cox_options *cox,
                          const ms_validation_options *options, ms_validation *out, ms_error *err) {
    ms_validation_options o;
    ms_validation_options_default(&o);
    if (options) o = *options;
    setting set = {.data = data, .design = design, .at = o.at};
    ms_cox_options_default(&set.cox);
    if (cox) set.cox = *cox;
    ms_bootstrap boot = {0};
    ms_bootstrap_options b;
    ms_bootstrap_options_default(&b);
    b.replicates = o.replicates;
    b.seed = o.seed;
    ms_status status = check(data, design, &o, err);
    if (status || (status = ms_bootstrap_run(data->n, 2 * MS_N_VALIDITY, statistic, &set, &b, &boot, err)))
        return status;
    ms_validation v = {.n = data->n, .n_replicates = o.replicates, .at = o.at, .seed = o.seed};
    for (size_t i = 0; i < data->n; i++) v.n_events += data->event[i];
    summarise(&boot, &v);
    ms_bootstrap_clear(&boot);
    *out = v;
    return MS_OK;
}
