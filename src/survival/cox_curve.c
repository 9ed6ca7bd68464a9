/* Predicted survival curves of a Cox model: S(t) = exp(-H(t) exp(lp)), or the product form to the power
 * exp(lp); var H(t) = exp(2 lp) (sum dV + d' V d), d = H(t) x - integral of mean(x) dH. Tsiatis 1981; Link
 * 1984. R: survfit.coxph. */
#include "myosurv/survival_cox.h"
#include "survival/cox_hazard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_cox_curve_options_default(ms_cox_curve_options *options) {
    *options = (ms_cox_curve_options){.stype = 2, .conf_type = MS_CONF_LOG, .conf_level = 0.95};
}

static ms_status curve_alloc(const ms_cox_hazard *h, ms_km_curve *c, ms_error *err) {
    double **parts[] = {&c->time,    &c->n_risk, &c->n_event, &c->n_censor, &c->surv,
                        &c->std_err, &c->lower,  &c->upper,   &c->cumhaz,   &c->std_chaz};
    for (size_t i = 0; i < MS_COUNT(parts); i++)
        if (!(*parts[i] = ms_calloc(h->n_times, sizeof(double)))) return ms_error_nomem(err);
    c->n = h->n;
    c->n_times = h->n_times;
    c->events = h->events;
    c->rmean_se = NAN;
    memcpy(c->time, h->time, h->n_times * sizeof(double));
    memcpy(c->n_risk, h->n_risk, h->n_times * sizeof(double));
    memcpy(c->n_event, h->n_event, h->n_times * sizeof(double));
    memcpy(c->n_censor, h->n_censor, h->n_times * sizeof(double));
    return MS_OK;
}

static void curve_clear(ms_km_curve *c) {
    double **parts[] = {&c->time,    &c->n_risk, &c->n_event, &c->n_censor, &c->surv,
                        &c->std_err, &c->lower,  &c->upper,   &c->cumhaz,   &c->std_chaz};
    for (size_t i = 0; i < MS_COUNT(parts); i++) MS_FREE(*parts[i]);
}

static double area(const ms_km_curve *c) {
    double total = 0, time = 0, surv = 1;
    for (size_t k = 0; k < c->n_times; k++) {
        total += surv * (c->time[k] - time);
        time = c->time[k];
        surv = c->surv[k];
    }
    return total;
}

static void fill_curve(const ms_cox_hazard *h, const double *var, const double *x, double lp,
                       const ms_cox_curve_options *options, double *work, ms_km_curve *c) {
    double ratio = exp(lp), z = ms_normal_quantile(0.5 + options->conf_level / 2);
    for (size_t k = 0; k < h->n_times; k++) {
        c->cumhaz[k] = h->hazard[k] * ratio;
        c->surv[k] = h->surv ? pow(h->surv[k], ratio) : exp(-c->cumhaz[k]);
        c->std_chaz[k] = sqrt(ms_cox_hazard_variance(h, var, x, k + 1, work)) * ratio;
        c->std_err[k] = c->std_chaz[k] * c->surv[k];
        ms_km_interval(options->conf_type, z, c->surv[k], c->std_chaz[k], &c->lower[k], &c->upper[k]);
    }
    ms_km_median(c);
    c->rmean = area(c);
}

/* x - means of a row (0 at the means) and its log hazard ratio against them. */
static double centre_row(const ms_cox *cox, const ms_design *design, const ms_model_frame *new_frame,
                         size_t row, double *x) {
    memset(x, 0, cox->p * sizeof *x);
    if (!new_frame) return 0;
    double lp = 0, mean = 0;
    for (size_t j = 0; j < cox->p; j++) {
        x[j] = new_frame->x[row * cox->p + j] - cox->means[j];
        if (!isnan(cox->coef[j])) lp += x[j] * cox->coef[j];
    }
    for (size_t i = 0; i < cox->n && design->offset; i++) mean += design->offset[i] / (double)cox->n;
    return lp + (new_frame->offset ? new_frame->offset[row] - mean : 0);
}

static ms_status add_curve(const ms_cox *cox, const ms_cox_hazard *h, const ms_cox_curve_options *options,
                           size_t row, size_t stratum, double lp, double *x, ms_cox_curves *out,
                           ms_error *err) {
    size_t k = out->n++;
    out->row[k] = row;
    out->stratum[k] = stratum;
    out->lp[k] = lp;
    ms_status status = curve_alloc(h, &out->curves[k], err);
    if (status == MS_OK) fill_curve(h, cox->var, x, lp, options, x + cox->p, &out->curves[k]);
    return status;
}

static ms_status make_all(const ms_cox *cox, const ms_cox_hazards *h, const ms_design *design,
                          const ms_model_frame *new_frame, const ms_cox_curve_options *options,
                          ms_cox_curves *out, ms_error *err) {
    const size_t *strata = new_frame && new_frame->strata.n_levels ? new_frame->strata.codes : NULL;
    size_t rows = new_frame ? new_frame->n : 1, most = rows * (strata ? 1 : h->n_strata);
    double *x = ms_calloc(2 * cox->p + 1, sizeof *x);
    out->curves = ms_calloc(most, sizeof *out->curves);
    out->row = ms_calloc(most, sizeof *out->row);
    out->stratum = ms_calloc(most, sizeof *out->stratum);
    out->lp = ms_calloc(most, sizeof *out->lp);
    ms_status status = x && out->curves && out->row && out->stratum && out->lp ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < rows && status == MS_OK; i++) {
        double lp = centre_row(cox, design, new_frame, i, x);
        for (size_t k = 0; k < h->n_strata && status == MS_OK; k++)
            if (!strata || strata[i] == k)
                status = add_curve(cox, &h->strata[k], options, new_frame ? i : SIZE_MAX, k, lp, x, out, err);
    }
    free(x);
    return status;
}

ms_status ms_cox_curves_make(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                             const ms_model_frame *new_frame, const ms_cox_curve_options *options,
                             ms_cox_curves *out, ms_error *err) {
    ms_cox_curve_options chosen;
    ms_cox_hazards hazards = {0};
    ms_cox_curves curves = {0};
    ms_cox_curve_options_default(&chosen);
    if (options) chosen = *options;
    if (chosen.ctype == 0) chosen.ctype = cox->ties == MS_TIES_EFRON ? 2 : 1;
    if (chosen.stype < 1 || chosen.stype > 2 || chosen.ctype < 1 || chosen.ctype > 2)
        return ms_error_set(err, MS_EUSAGE, "stype and ctype are 1 or 2");
    if (new_frame && new_frame->p != cox->p)
        return ms_error_set(err, MS_EUSAGE, "the new rows have %zu columns, the model %zu", new_frame->p,
                            cox->p);
    ms_status status = ms_cox_hazards_make(cox, data, design, chosen.stype, chosen.ctype, &hazards, err);
    if (status == MS_OK) status = make_all(cox, &hazards, design, new_frame, &chosen, &curves, err);
    ms_cox_hazards_clear(&hazards);
    if (status == MS_OK)
        *out = curves;
    else
        ms_cox_curves_clear(&curves);
    return status;
}

void ms_cox_curves_clear(ms_cox_curves *curves) {
    for (size_t i = 0; curves->curves && i < curves->n; i++) curve_clear(&curves->curves[i]);
    MS_FREE(curves->curves);
    MS_FREE(curves->row);
    MS_FREE(curves->stratum);
    MS_FREE(curves->lp);
    curves->n = 0;
}
