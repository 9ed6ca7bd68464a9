/* Risk and survival from a trained model: plain C, the same whether it was just trained or read from a file.
 */
#include "model/predict.h"

#include <math.h>

static ms_status check_width(const ms_model *model, size_t p, ms_error *err) {
    if (p == model->prep.n_features) return MS_OK;
    return ms_error_set(err, MS_EUSAGE, "the model needs %zu inputs, not %zu", model->prep.n_features, p);
}

ms_status ms_model_encode(const ms_model *model, const double *x, size_t n, size_t p, double *code,
                          ms_error *err) {
    const ms_patients patients = {.model = model, .n = n, .x = x};
    const ms_status status = check_width(model, p, err);
    return status == MS_OK ? ms_patients_encode(&patients, code, err) : status;
}

/* ---- risk -------------------------------------------------------------------------------------------- */

typedef struct mean {
    const ms_model *model;
    double *risk;
} mean;

/* The mean over members of their output less its training mean, shrunken. */
static ms_status take_mean(void *context, size_t first, size_t n, const double *out, ms_error *err) {
    const mean *m = context;
    const ms_model *model = m->model;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < model->n_members; k++) sum += out[k * MS_CHUNK + i];
        sum *= model->shrinkage / (double)model->n_members;
        if (!isfinite(sum))
            return ms_error_set(err, MS_EINPUT,
                                "row %zu: the risk is not a finite number; its inputs are far from "
                                "the training patients'",
                                first + i + 1);
        m->risk[first + i] = sum;
    }
    return MS_OK;
}

ms_status ms_patients_risk(const ms_patients *patients, double *risk, ms_error *err) {
    ms_pass *passes = NULL;
    mean context = {patients->model, risk};
    ms_status status = ms_member_passes(patients->model, &passes, err);
    if (status == MS_OK)
        status = ms_patients_run(patients, passes, patients->model->n_members, take_mean, &context, err);
    free(passes);
    return status;
}

ms_status ms_model_predict(const ms_model *model, const double *x, size_t n, size_t p, double *risk,
                           ms_error *err) {
    const ms_patients patients = {.model = model, .n = n, .x = x};
    const ms_status status = check_width(model, p, err);
    return status == MS_OK ? ms_patients_risk(&patients, risk, err) : status;
}

/* ---- survival ---------------------------------------------------------------------------------------- */

size_t ms_baseline_step(const ms_model *model, double time) {
    size_t low = 0, high = model->n_baseline;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (model->baseline_times[middle] <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : model->n_baseline;
}

ms_status ms_model_survival(const ms_model *model, const double *risk, size_t n, const double *times,
                            size_t n_times, double *out, ms_error *err) {
    for (size_t k = 0; k < n_times; k++)
        if (!(times[k] >= 0 && isfinite(times[k])))
            return ms_error_set(err, MS_EUSAGE,
                                "survival is asked for at time %g, which is not a number >= 0", times[k]);
    for (size_t k = 0; k < n_times; k++) {
        const size_t step = ms_baseline_step(model, times[k]);
        const double before = step < model->n_baseline ? model->baseline_hazard[step] : 0;
        const double hazard = times[k] > model->last_time ? (double)NAN : before;
        for (size_t i = 0; i < n; i++) {
            /* No hazard yet: survival is 1, also for a risk that overflows. */
            const double s = hazard > 0 ? exp(-exp(log(hazard) + risk[i])) : 1;
            out[i * n_times + k] = isnan(hazard) ? (double)NAN : s;
        }
    }
    return MS_OK;
}
