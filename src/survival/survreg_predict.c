/* Predictions of a parametric model with standard errors by the delta method from the variance of
 * coefficients and log scale. R: predict.survreg. */
#include "survival/survreg.h"

#include <math.h>
#include <stdlib.h>

typedef struct row_values {
    const ms_survreg *fit;
    const double *x; /* [p - 1] without the intercept */
    size_t scale;
    double lp;
} row_values;

/* Standard error of a value with derivative `a` by each unit of lp and `b` by the log scale. */
static double error_of(const row_values *r, double a, double b) {
    const ms_survreg *f = r->fit;
    size_t m = f->p + f->n_log_scales, k = f->p + r->scale;
    double total = f->n_log_scales ? b * b * f->var[k * m + k] : 0;
    for (size_t i = 0; i < f->p; i++) {
        double xi = a * (i ? r->x[i - 1] : 1);
        for (size_t j = 0; j < f->p; j++) total += xi * f->var[i * m + j] * a * (j ? r->x[j - 1] : 1);
        if (f->n_log_scales) total += 2 * xi * b * f->var[i * m + k];
    }
    return sqrt(fmax(0, total));
}

static void predict_one(const row_values *r, ms_survreg_predict_type type, double at, double z_level,
                        double out[4]) {
    const ms_survreg *f = r->fit;
    ms_survreg_kind kind = ms_survreg_kind_of(f->dist);
    bool logs = ms_survreg_logs(f->dist);
    double scale = f->scale[r->scale], y = r->lp, se;
    if (type == MS_SURVREG_SURVIVAL) {
        double time = logs ? log(at) : at, z = (time - r->lp) / scale;
        se = error_of(r, -1 / scale, -z);
        out[0] = ms_survreg_upper(kind, z);
        out[1] = at <= 0 && logs ? 0 : se * ms_survreg_density(kind, z);
        out[2] = ms_survreg_upper(kind, z + z_level * se);
        out[3] = ms_survreg_upper(kind, z - z_level * se);
        if (at <= 0 && logs) out[2] = out[3] = 1;
        return;
    }
    double q = type == MS_SURVREG_QUANTILE ? ms_survreg_quantile_z(kind, at) : 0;
    y += q * scale;
    se = error_of(r, 1, q * scale);
    bool back = logs && type != MS_SURVREG_LP;
    out[0] = back ? exp(y) : y;
    out[1] = back ? se * exp(y) : se;
    out[2] = back ? exp(y - z_level * se) : y - z_level * se;
    out[3] = back ? exp(y + z_level * se) : y + z_level * se;
}

static ms_status check(const ms_survreg *fit, const ms_model_frame *rows, ms_survreg_predict_type type,
                       const double *at, size_t m, ms_error *err) {
    if (rows->p + 1 != fit->p)
        return ms_error_set(err, MS_EUSAGE, "the rows have %zu columns, the model %zu", rows->p, fit->p - 1);
    if (fit->n_scales > 1 && !rows->strata.n_levels)
        return ms_error_set(err, MS_EINPUT,
                            "the rows lack the columns of strata(), which have their own scales");
    for (size_t k = 0; k < m; k++) {
        if (type == MS_SURVREG_QUANTILE && !(at[k] > 0 && at[k] < 1))
            return ms_error_set(err, MS_EUSAGE, "a quantile at %g: it must be between 0 and 1", at[k]);
        if (type == MS_SURVREG_SURVIVAL && !isfinite(at[k]))
            return ms_error_set(err, MS_EUSAGE, "survival at %g: a time must be finite", at[k]);
    }
    return MS_OK;
}

ms_status ms_survreg_predict(const ms_survreg *fit, const ms_model_frame *rows, ms_survreg_predict_type type,
                             const double *at, size_t m, double conf_level, ms_survreg_prediction *out,
                             ms_error *err) {
    bool many = type == MS_SURVREG_QUANTILE || type == MS_SURVREG_SURVIVAL;
    size_t columns = many ? m : 1, total = rows->n * columns;
    ms_status status = check(fit, rows, type, at, many ? m : 0, err);
    if (status != MS_OK) return status;
    double level = ms_normal_quantile(0.5 + conf_level / 2);
    ms_survreg_prediction p = {.n = rows->n, .columns = columns};
    p.fit = ms_calloc(4 * total, sizeof *p.fit);
    if (!p.fit) return ms_error_nomem(err);
    p.se = p.fit + total;
    p.lower = p.se + total;
    p.upper = p.lower + total;
    for (size_t i = 0; i < rows->n; i++) {
        row_values r = {.fit = fit, .x = rows->x + i * rows->p, .lp = fit->coef[0]};
        r.scale = fit->n_scales > 1 ? rows->strata.codes[i] : 0;
        if (rows->offset) r.lp += rows->offset[i];
        for (size_t j = 1; j < fit->p; j++)
            if (!isnan(fit->coef[j])) r.lp += r.x[j - 1] * fit->coef[j];
        for (size_t k = 0; k < columns; k++) {
            double values[4];
            predict_one(&r, type, many ? at[k] : 0, level, values);
            p.fit[i * columns + k] = values[0];
            p.se[i * columns + k] = values[1];
            p.lower[i * columns + k] = values[2];
            p.upper[i * columns + k] = values[3];
        }
    }
    *out = p;
    return MS_OK;
}

void ms_survreg_prediction_clear(ms_survreg_prediction *prediction) {
    MS_FREE(prediction->fit);
    prediction->n = prediction->columns = 0;
}
