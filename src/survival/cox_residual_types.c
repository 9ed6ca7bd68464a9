/* Every type of residual of a Cox model from the three that are computed at the risk sets (cox_residuals.c).
 *   deviance   sign(M) sqrt(-2 (M + event log(event - M)))            Therneau, Grambsch & Fleming 1990
 *   dfbeta     w score V;  dfbetas the same over sqrt(diag V)         Cain & Lange 1984
 *   scaledsch  events * schoenfeld V + coef                           Grambsch & Therneau 1994
 *   partial    M + (x - means) coef of a term
 * V is the model's variance without the sandwich. R: residuals.coxph. */
#include "myosurv/survival_cox.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ms_status allocate(size_t n, size_t columns, ms_cox_residuals *r, ms_error *err) {
    r->n = n;
    r->columns = columns;
    r->values = ms_calloc(n * columns, sizeof *r->values);
    r->rows = ms_calloc(n, sizeof *r->rows);
    if (!r->values || !r->rows) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) r->rows[i] = i;
    return MS_OK;
}

static void to_deviance(const ms_surv *data, double *values) {
    for (size_t i = 0; i < data->n; i++) {
        double m = values[i], inside = m + (data->event[i] ? log(1 - m) : 0);
        values[i] = (m > 0 ? 1 : m < 0 ? -1 : 0) * sqrt(fmax(0, -2 * inside));
    }
}

/* values[n * p] times V, in place; row[p] is scratch. */
static void times_variance(const ms_cox *cox, size_t n, double *values, double *row) {
    size_t p = cox->p;
    for (size_t i = 0; i < n; i++) {
        double *value = values + i * p;
        memcpy(row, value, p * sizeof *row);
        for (size_t j = 0; j < p; j++) {
            double sum = 0;
            for (size_t k = 0; k < p; k++) sum += row[k] * cox->naive_var[k * p + j];
            value[j] = sum;
        }
    }
}

static ms_status to_dfbeta(const ms_cox *cox, const ms_surv *data, bool scaled, double *values,
                           ms_error *err) {
    size_t p = cox->p;
    double *row = ms_calloc(p + 1, sizeof *row);
    if (!row) return ms_error_nomem(err);
    times_variance(cox, data->n, values, row);
    free(row);
    for (size_t i = 0; i < data->n; i++)
        for (size_t j = 0; j < p; j++) {
            double weight = data->weight ? data->weight[i] : 1;
            if (scaled) weight /= sqrt(cox->naive_var[j * p + j]);
            values[i * p + j] = isnan(cox->coef[j]) ? NAN : values[i * p + j] * weight;
        }
    return MS_OK;
}

static ms_status scale_schoenfeld(const ms_cox *cox, double *values, ms_error *err) {
    size_t p = cox->p, n = cox->n_events;
    double *row = ms_calloc(p + 1, sizeof *row);
    if (!row) return ms_error_nomem(err);
    times_variance(cox, n, values, row);
    free(row);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            values[i * p + j] = values[i * p + j] * (double)n + (isnan(cox->coef[j]) ? 0 : cox->coef[j]);
    return MS_OK;
}

static ms_status partial(const ms_cox *cox, const ms_surv *data, const ms_design *design, ms_cox_residuals *r,
                         ms_error *err) {
    double *martingale = ms_calloc(data->n, sizeof *martingale);
    if (!martingale) return ms_error_nomem(err);
    ms_status status = ms_cox_martingale(cox, data, martingale, err);
    for (size_t i = 0; i < data->n && status == MS_OK; i++) {
        for (size_t t = 0; t < r->columns; t++) r->values[i * r->columns + t] = martingale[i];
        for (size_t j = 0; j < cox->p; j++) {
            if (isnan(cox->coef[j])) continue;
            size_t term = design->term ? design->term[j] : j;
            r->values[i * r->columns + term] += (design->x[i * cox->p + j] - cox->means[j]) * cox->coef[j];
        }
    }
    free(martingale);
    return status;
}

static ms_status compute(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                         ms_cox_residual type, ms_cox_residuals *r, ms_error *err) {
    ms_status status = MS_OK;
    switch (type) {
    case MS_RESIDUAL_MARTINGALE:
    case MS_RESIDUAL_DEVIANCE:
        if ((status = allocate(data->n, 1, r, err))) return status;
        status = ms_cox_martingale(cox, data, r->values, err);
        if (status == MS_OK && type == MS_RESIDUAL_DEVIANCE) to_deviance(data, r->values);
        return status;
    case MS_RESIDUAL_SCORE:
    case MS_RESIDUAL_DFBETA:
    case MS_RESIDUAL_DFBETAS:
        if ((status = allocate(data->n, cox->p, r, err))) return status;
        status = ms_cox_score_residuals(cox, data, design, r->values, err);
        if (status || type == MS_RESIDUAL_SCORE) return status;
        return to_dfbeta(cox, data, type == MS_RESIDUAL_DFBETAS, r->values, err);
    case MS_RESIDUAL_SCHOENFELD:
    case MS_RESIDUAL_SCALEDSCH:
        if ((status = allocate(cox->n_events, cox->p, r, err))) return status;
        status = ms_cox_schoenfeld(cox, data, design, r->values, r->rows, err);
        if (status || type == MS_RESIDUAL_SCHOENFELD) return status;
        return scale_schoenfeld(cox, r->values, err);
    case MS_RESIDUAL_PARTIAL:
        status = allocate(data->n, design->term ? design->n_terms : cox->p, r, err);
        return status ? status : partial(cox, data, design, r, err);
    }
    return MS_EINTERNAL;
}

ms_status ms_cox_residuals_compute(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                                   ms_cox_residual type, ms_cox_residuals *out, ms_error *err) {
    bool whole =
        type == MS_RESIDUAL_MARTINGALE || type == MS_RESIDUAL_DEVIANCE || type == MS_RESIDUAL_PARTIAL;
    if (cox->ties == MS_TIES_EXACT && !whole)
        return ms_error_set(err, MS_EUSAGE,
                            "with exact ties there are martingale, deviance and partial residuals only: use "
                            "efron or breslow");
    ms_cox_residuals r = {0};
    ms_status status = compute(cox, data, design, type, &r, err);
    if (status == MS_OK)
        *out = r;
    else
        ms_cox_residuals_clear(&r);
    return status;
}

void ms_cox_residuals_clear(ms_cox_residuals *residuals) {
    MS_FREE(residuals->values);
    MS_FREE(residuals->rows);
    residuals->n = residuals->columns = 0;
}
