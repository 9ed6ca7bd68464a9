/* Risk and survival from a trained model: plain C, the same whether it was just trained or read from a file.
 */
#include "model/model.h"

#include <math.h>

static ms_status check_x(const ms_model *model, const double *x, size_t n, size_t p, ms_error *err) {
    if (p != model->prep.n_features)
        return ms_error_set(err, MS_EUSAGE, "the model needs %zu inputs, not %zu", model->prep.n_features, p);
    for (size_t i = 0; i < n * p; i++)
        if (isinf(x[i]))
            return ms_error_set(err, MS_EINPUT, "row %zu, column %s: the value is infinite", i / p + 1,
                                model->names[i % p]);
    return MS_OK;
}

ms_status ms_model_encode(const ms_model *model, const double *x, size_t n, size_t p, double *code,
                          ms_error *err) {
    ms_status status = check_x(model, x, n, p, err);
    if (status != MS_OK) return status;
    if (!model->autoencoder) {
        ms_prep_apply(&model->prep, x, n, code);
        return MS_OK;
    }
    double *scaled = ms_calloc(n * model->prep.n_used, sizeof *scaled);
    if (!scaled) return ms_error_nomem(err);
    ms_prep_apply(&model->prep, x, n, scaled);
    status = ms_net_forward(&model->encoder, scaled, n, code, err);
    free(scaled);
    if (status != MS_OK) return status;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < model->code_size; k++) {
            double *c = &code[i * model->code_size + k];
            *c = (*c - model->code_centre[k]) / model->code_scale[k];
        }
    return MS_OK;
}

/* The mean over members of their output less its training mean, shrunken. */
static ms_status mean_risk(const ms_model *model, const double *code, size_t n, double *risk, ms_error *err) {
    double *out = ms_calloc(n, sizeof *out), *sum = ms_calloc(n, sizeof *sum);
    ms_status status = out && sum ? MS_OK : ms_error_nomem(err);
    for (size_t k = 0; status == MS_OK && k < model->n_members; k++) {
        status = ms_net_forward(&model->members[k], code, n, out, err);
        for (size_t i = 0; status == MS_OK && i < n; i++) sum[i] += out[i] - model->member_centre[k];
    }
    for (size_t i = 0; status == MS_OK && i < n; i++) {
        sum[i] *= model->shrinkage / (double)model->n_members;
        if (!isfinite(sum[i]))
            status = ms_error_set(err, MS_EINPUT,
                                  "row %zu: the risk is not a finite number; its inputs are far from "
                                  "the training patients'",
                                  i + 1);
    }
    for (size_t i = 0; status == MS_OK && i < n; i++) risk[i] = sum[i];
    free(out);
    free(sum);
    return status;
}

ms_status ms_model_predict(const ms_model *model, const double *x, size_t n, size_t p, double *risk,
                           ms_error *err) {
    double *code = ms_calloc(n * model->code_size, sizeof *code);
    if (!code) return ms_error_nomem(err);
    ms_status status = ms_model_encode(model, x, n, p, code, err);
    if (status == MS_OK) status = mean_risk(model, code, n, risk, err);
    free(code);
    return status;
}

/* The baseline cumulative hazard at a time: the last step at or before it. */
static double baseline_at(const ms_model *model, double time) {
    size_t low = 0, high = model->n_baseline;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (model->baseline_times[middle] <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? model->baseline_hazard[low - 1] : 0;
}

ms_status ms_model_survival(const ms_model *model, const double *risk, size_t n, const double *times,
                            size_t n_times, double *out, ms_error *err) {
    for (size_t k = 0; k < n_times; k++)
        if (!(times[k] >= 0 && isfinite(times[k])))
            return ms_error_set(err, MS_EUSAGE,
                                "survival is asked for at time %g, which is not a number >= 0", times[k]);
    for (size_t k = 0; k < n_times; k++) {
        const double hazard = times[k] > model->last_time ? (double)NAN : baseline_at(model, times[k]);
        for (size_t i = 0; i < n; i++) {
            /* No hazard yet: survival is 1, also for a risk that overflows. */
            const double s = hazard > 0 ? exp(-exp(log(hazard) + risk[i])) : 1;
            out[i * n_times + k] = isnan(hazard) ? (double)NAN : s;
        }
    }
    return MS_OK;
}
