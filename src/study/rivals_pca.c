/* Principal components + Cox regression; their number by cross-validated partial likelihood. */
#include "study/rivals.h"

#include "myosurv/survival_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The log partial likelihood of given log hazard ratios. */
static ms_status likelihood(const ms_surv *data, const double *lp, double *value, ms_error *err) {
    const double one = 1;
    const ms_design design = {.p = 1, .x = lp};
    ms_cox_options o;
    ms_cox cox = {0};
    ms_cox_options_default(&o);
    o.iterations = 0;
    o.start = &one;
    ms_status status = ms_cox_fit(data, &design, &o, &cox, err);
    if (status == MS_OK) *value = cox.loglik[0];
    ms_cox_clear(&cox);
    return status;
}

/* Cox regression on the first k of the scores; coef[k]. MS_ENOCONV when it has no finite solution. */
static ms_status regress(const ms_surv *data, const double *scores, size_t stride, size_t k, double *coef,
                         ms_error *err) {
    double *x = ms_calloc(data->n * k, sizeof *x);
    ms_cox cox = {0};
    if (!x) return ms_error_nomem(err);
    for (size_t i = 0; i < data->n; i++) memcpy(x + i * k, scores + i * stride, k * sizeof *x);
    const ms_design design = {.p = k, .x = x};
    ms_cox_options o;
    ms_cox_options_default(&o);
    ms_status status = ms_cox_fit(data, &design, &o, &cox, err);
    if (status == MS_OK && !cox.converged)
        status = ms_error_set(err, MS_ENOCONV, "Cox regression on %zu components has no finite solution", k);
    for (size_t c = 0; c < k && status == MS_OK; c++) coef[c] = isnan(cox.coef[c]) ? 0 : cox.coef[c];
    ms_cox_clear(&cox);
    free(x);
    return status;
}

/* The rows outside one fold. */
typedef struct others {
    size_t n;
    double *scores, *time, *lp;
    uint8_t *event;
} others;

static void others_clear(others *o) {
    free(o->scores);
    free(o->time);
    free(o->lp);
    free(o->event);
}

static ms_status others_take(const ms_rival_fitting *f, const double *scores, size_t most, const size_t *fold,
                             size_t left_out, others *o, ms_error *err) {
    const size_t n = f->data->n;
    *o = (others){0, ms_calloc(n * most, sizeof(double)), ms_calloc(n, sizeof(double)),
                  ms_calloc(n, sizeof(double)), ms_calloc(n, 1)};
    if (!o->scores || !o->time || !o->lp || !o->event) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (fold[i] == left_out) continue;
        memcpy(o->scores + o->n * most, scores + i * most, most * sizeof *scores);
        o->time[o->n] = f->data->time[i];
        o->event[o->n++] = f->data->event[i];
    }
    return MS_OK;
}

static void predict(const double *scores, size_t n, size_t stride, const double *coef, size_t k, double *lp) {
    for (size_t i = 0; i < n; i++) {
        lp[i] = 0;
        for (size_t c = 0; c < k; c++) lp[i] += scores[i * stride + c] * coef[c];
    }
}

/* Adds one fold's part, log likelihood of all rows less that of the others, to total[k], k = 0 .. most. A
 * number of components without a solution is out of the choice. */
static ms_status add_fold(const ms_rival_fitting *f, const double *scores, size_t most, const size_t *fold,
                          size_t left_out, double *total, ms_error *err) {
    const size_t n = f->data->n;
    const ms_surv all = {.n = n, .time = f->data->time, .event = f->data->event};
    double *lp = ms_calloc(n, sizeof *lp), *coef = ms_calloc(most, sizeof *coef);
    others o = {0};
    ms_status status =
        lp && coef ? others_take(f, scores, most, fold, left_out, &o, err) : ms_error_nomem(err);
    for (size_t k = 0; k <= most && status == MS_OK; k++) {
        const ms_surv rest = {.n = o.n, .time = o.time, .event = o.event};
        double whole = 0, part = 0;
        if (k > 0) status = regress(&rest, o.scores, most, k, coef, err);
        if (status == MS_ENOCONV) {
            total[k] = -INFINITY;
            status = MS_OK;
            continue;
        }
        predict(scores, n, most, coef, k, lp);
        predict(o.scores, o.n, most, coef, k, o.lp);
        if (status == MS_OK) status = likelihood(&all, lp, &whole, err);
        if (status == MS_OK) status = likelihood(&rest, o.lp, &part, err);
        total[k] += whole - part;
    }
    others_clear(&o);
    free(lp);
    free(coef);
    return status;
}

/* The number of components with the largest cross-validated partial likelihood; the smallest of equals. */
static ms_status choose(const ms_rival_fitting *f, const double *scores, size_t most, size_t *best,
                        ms_error *err) {
    size_t *fold = ms_calloc(f->data->n, sizeof *fold);
    double *total = ms_calloc(most + 1, sizeof *total);
    ms_status status = fold && total ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK)
        status = ms_coxnet_folds(f->data->event, f->data->n, f->folds, f->options->seed, fold, err);
    for (size_t g = 0; g < f->folds && status == MS_OK; g++)
        status = add_fold(f, scores, most, fold, g, total, err);
    if (status == MS_OK) {
        *best = 0;
        for (size_t k = 1; k <= most; k++)
            if (total[k] > total[*best]) *best = k;
    }
    free(fold);
    free(total);
    return status;
}

/* At most one component for five events, by cross-validation of no more than that. */
static size_t most_components(const ms_rival_fitting *f) {
    size_t events = 0;
    for (size_t i = 0; i < f->data->n; i++) events += f->data->event[i];
    size_t most = f->options->components;
    if (most == 0) {
        most = events / 5 ? events / 5 : 1;
        if (most > f->options->most_components) most = f->options->most_components;
    }
    if (most > f->data->n - 1) most = f->data->n - 1;
    return most < f->p ? most : f->p;
}

/* From components to weights of the columns: weights = load coef. */
static ms_status fit(ms_rival_fitting *f, const double *load, size_t stride, size_t found, ms_error *err) {
    const size_t n = f->data->n, given = f->options->components;
    const ms_surv data = {.n = n, .time = f->data->time, .event = f->data->event};
    double *scores = ms_calloc(n * (found + 1), sizeof *scores), *coef = ms_calloc(found + 1, sizeof *coef);
    size_t k = given ? found : 1;
    ms_status status = scores && coef ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++)
        for (size_t j = 0; j < f->p; j++)
            for (size_t c = 0; c < found; c++)
                scores[i * found + c] += f->z[i * f->p + j] * load[j * stride + c];
    if (status == MS_OK && !given && f->folds >= 3) status = choose(f, scores, found, &k, err);
    if (status == MS_OK && k > 0) status = regress(&data, scores, found, k, coef, err);
    for (size_t j = 0; j < f->p && status == MS_OK; j++)
        for (size_t c = 0; c < k; c++) f->weights[j] += load[j * stride + c] * coef[c];
    f->size = k;
    (void)ms_text_format(f->note, sizeof f->note, "%zu principal component%s of %zu columns%s", k,
                         k == 1 ? "" : "s", f->p,
                         given           ? ""
                         : f->folds >= 3 ? ", number by cross-validated partial likelihood"
                                         : ", too few events to choose");
    free(scores);
    free(coef);
    return status;
}

ms_status ms_rival_pca(ms_rival_fitting *f, ms_error *err) {
    const size_t most = most_components(f);
    size_t found = most;
    double *variance = ms_calloc(most, sizeof *variance), *load = ms_calloc(most * f->p, sizeof *load);
    ms_status status = variance && load ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_components(f->z, f->data->n, f->p, &found, variance, load, err);
    if (status == MS_OK) status = fit(f, load, most, found, err);
    free(variance);
    free(load);
    return status;
}
