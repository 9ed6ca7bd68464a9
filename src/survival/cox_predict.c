/* Predictions of a Cox model for its own rows or new ones, with standard errors. R: predict.coxph. */
#include "myosurv/survival_cox.h"
#include "survival/cox_hazard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rows to predict for: the model's own or another frame's. */
typedef struct target {
    size_t n;
    const double *x, *offset, *time, *entry;
    const size_t *stratum;
} target;

typedef struct prediction {
    const ms_cox *cox;
    const ms_surv *data;
    const ms_design *design;
    target rows;
    ms_cox_predict_type type;
    double *centre; /* [strata * p] what x is compared with */
    size_t n_centres;
    double offset_mean;
    double *x, *work; /* [p] each */
    ms_cox_predictions out;
} prediction;

static ms_status choose_rows(prediction *q, const ms_model_frame *new_frame, ms_error *err) {
    const ms_surv *d = q->data;
    if (!new_frame) {
        q->rows = (target){d->n, q->design->x, q->design->offset, d->time, d->entry, d->stratum};
        return MS_OK;
    }
    if (new_frame->p != q->cox->p)
        return ms_error_set(err, MS_EUSAGE, "the new rows have %zu columns, the model %zu", new_frame->p,
                            q->cox->p);
    q->rows = (target){new_frame->n,      new_frame->x,
                       new_frame->offset, new_frame->time,
                       new_frame->entry,  new_frame->strata.n_levels ? new_frame->strata.codes : NULL};
    return MS_OK;
}

/* Weighted means of x within each stratum. */
static ms_status stratum_means(prediction *q, ms_error *err) {
    const ms_surv *d = q->data;
    size_t p = q->cox->p;
    double *weights = ms_calloc(d->n_strata + 1, sizeof *weights);
    if (!weights) return ms_error_nomem(err);
    for (size_t i = 0; i < d->n; i++) {
        double weight = d->weight ? d->weight[i] : 1;
        weights[d->stratum[i]] += weight;
        for (size_t j = 0; j < p; j++) q->centre[d->stratum[i] * p + j] += weight * q->design->x[i * p + j];
    }
    for (size_t k = 0; k < d->n_strata; k++)
        for (size_t j = 0; j < p; j++) q->centre[k * p + j] /= weights[k];
    free(weights);
    return MS_OK;
}

static ms_status make_centre(prediction *q, ms_cox_reference reference, ms_error *err) {
    bool strata = reference == MS_REFERENCE_STRATA && q->data->stratum &&
                  (q->type == MS_PREDICT_LP || q->type == MS_PREDICT_RISK || q->type == MS_PREDICT_TERMS);
    bool hazard = q->type == MS_PREDICT_EXPECTED || q->type == MS_PREDICT_SURVIVAL;
    size_t p = q->cox->p;
    q->n_centres = strata ? q->data->n_strata : 1;
    q->centre = ms_calloc((q->n_centres + 2) * p + 1, sizeof *q->centre);
    if (!q->centre) return ms_error_nomem(err);
    q->x = q->centre + q->n_centres * p;
    q->work = q->x + p;
    if (strata && !q->rows.stratum)
        return ms_error_set(err, MS_EINPUT,
                            "the new rows lack the columns of strata(): take --reference sample or zero");
    if (strata) return stratum_means(q, err);
    for (size_t j = 0; j < p && (hazard || reference != MS_REFERENCE_ZERO); j++)
        q->centre[j] = q->cox->means[j];
    return MS_OK;
}

/* Fills q->x with the row less its reference. */
static void centre_row(prediction *q, size_t row) {
    size_t p = q->cox->p;
    const double *centre = q->n_centres > 1 ? q->centre + q->rows.stratum[row] * p : q->centre;
    for (size_t j = 0; j < p; j++) q->x[j] = q->rows.x[row * p + j] - centre[j];
}

/* The part of lp, and its variance, of the columns of one term (SIZE_MAX: all). */
static double part_of(const prediction *q, size_t term, double *variance) {
    size_t p = q->cox->p;
    const size_t *terms = q->design->term;
    double lp = 0;
    *variance = 0;
    for (size_t a = 0; a < p; a++) {
        if (isnan(q->cox->coef[a]) || (term != SIZE_MAX && (terms ? terms[a] : a) != term)) continue;
        lp += q->x[a] * q->cox->coef[a];
        for (size_t b = 0; b < p; b++)
            if (!isnan(q->cox->coef[b]) && (term == SIZE_MAX || (terms ? terms[b] : b) == term))
                *variance += q->x[a] * q->cox->var[a * p + b] * q->x[b];
    }
    return lp;
}

static double offset_of(const prediction *q, size_t row) {
    return q->rows.offset ? q->rows.offset[row] - q->offset_mean : 0;
}

static void predict_linear(prediction *q) {
    bool terms = q->type == MS_PREDICT_TERMS;
    for (size_t i = 0; i < q->rows.n; i++) {
        centre_row(q, i);
        for (size_t t = 0; t < q->out.columns; t++) {
            double variance, lp = part_of(q, terms ? t : SIZE_MAX, &variance);
            double *fit = &q->out.fit[i * q->out.columns + t], *se = &q->out.se[i * q->out.columns + t];
            *fit = terms ? lp : lp + offset_of(q, i);
            *se = sqrt(variance);
            if (q->type != MS_PREDICT_RISK) continue;
            *fit = exp(*fit);
            *se *= sqrt(*fit);
        }
    }
}

static void predict_hazard(prediction *q, const ms_cox_hazards *hazards, const double *time,
                           const double *entry) {
    for (size_t i = 0; i < q->rows.n; i++) {
        const ms_cox_hazard *h = &hazards->strata[q->rows.stratum ? q->rows.stratum[i] : 0];
        double ignored;
        centre_row(q, i);
        double ratio = exp(part_of(q, SIZE_MAX, &ignored) + offset_of(q, i));
        size_t to = ms_cox_hazard_find(h, time[i]), from = entry ? ms_cox_hazard_find(h, entry[i]) : 0;
        double variance = ms_cox_hazard_variance(h, q->cox->var, q->x, to, q->work) -
                          ms_cox_hazard_variance(h, q->cox->var, q->x, from, q->work);
        q->out.fit[i] = (ms_cox_hazard_value(h, to) - ms_cox_hazard_value(h, from)) * ratio;
        q->out.se[i] = sqrt(fmax(0, variance)) * ratio;
        if (q->type != MS_PREDICT_SURVIVAL) continue;
        q->out.fit[i] = exp(-q->out.fit[i]);
        q->out.se[i] *= q->out.fit[i];
    }
}

static ms_status predict_expected(prediction *q, bool own, ms_error *err) {
    const ms_cox *cox = q->cox;
    ms_cox_hazards hazards = {0};
    ms_sorted sorted = {0};
    if (!q->rows.time)
        return ms_error_set(err, MS_EUSAGE, "expected events and survival need the time of each row");
    if (q->data->stratum && !q->rows.stratum)
        return ms_error_set(err, MS_EINPUT, "the new rows lack the columns of strata()");
    ms_status status =
        ms_cox_hazards_make(cox, q->data, q->design, 2, cox->ties == MS_TIES_EFRON ? 2 : 1, &hazards, err);
    if (status == MS_OK && own)
        status = ms_sorted_make(q->data, &sorted, err); /* times as the fit saw them */
    if (status == MS_OK)
        predict_hazard(q, &hazards, own ? sorted.time : q->rows.time, own ? sorted.entry : q->rows.entry);
    ms_sorted_clear(&sorted);
    ms_cox_hazards_clear(&hazards);
    return status;
}

/* For its own rows R takes event - martingale residual: with Efron's ties a death is not exposed to all of
 * the hazard of its own time. */
static ms_status own_expected(prediction *q, ms_error *err) {
    double *martingale = ms_calloc(q->data->n, sizeof *martingale);
    if (!martingale) return ms_error_nomem(err);
    ms_status status = ms_cox_martingale(q->cox, q->data, martingale, err);
    for (size_t i = 0; i < q->data->n && status == MS_OK; i++) {
        double expected = q->data->event[i] - martingale[i];
        if (q->type == MS_PREDICT_SURVIVAL) q->out.se[i] *= exp(-expected) / q->out.fit[i];
        q->out.fit[i] = q->type == MS_PREDICT_SURVIVAL ? exp(-expected) : expected;
    }
    free(martingale);
    return status;
}

static ms_status predict(prediction *q, bool own, ms_error *err) {
    size_t columns = 1;
    if (q->type == MS_PREDICT_TERMS) columns = q->design->term ? q->design->n_terms : q->cox->p;
    q->out.n = q->rows.n;
    q->out.columns = columns;
    q->out.fit = ms_calloc(q->rows.n * columns, sizeof *q->out.fit);
    q->out.se = ms_calloc(q->rows.n * columns, sizeof *q->out.se);
    if (!q->out.fit || !q->out.se) return ms_error_nomem(err);
    for (size_t i = 0; i < q->data->n && q->design->offset; i++)
        q->offset_mean += q->design->offset[i] / (double)q->data->n;
    if (q->type != MS_PREDICT_EXPECTED && q->type != MS_PREDICT_SURVIVAL) {
        predict_linear(q);
        return MS_OK;
    }
    ms_status status = predict_expected(q, own, err);
    return status == MS_OK && own ? own_expected(q, err) : status;
}

ms_status ms_cox_predict(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                         const ms_model_frame *new_frame, ms_cox_predict_type type,
                         ms_cox_reference reference, ms_cox_predictions *out, ms_error *err) {
    prediction q = {.cox = cox, .data = data, .design = design, .type = type};
    ms_status status = choose_rows(&q, new_frame, err);
    if (status == MS_OK) status = make_centre(&q, reference, err);
    if (status == MS_OK) status = predict(&q, !new_frame, err);
    free(q.centre);
    if (status == MS_OK)
        *out = q.out;
    else
        ms_cox_predictions_clear(&q.out);
    return status;
}

void ms_cox_predictions_clear(ms_cox_predictions *predictions) {
    MS_FREE(predictions->fit);
    MS_FREE(predictions->se);
    predictions->n = predictions->columns = 0;
}
