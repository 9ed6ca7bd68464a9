/* Cross-validation of the elastic net path. R: cv.glmnet(family = "cox"). For fold f, with beta of the path
 * on the other rows at each lambda, grouped deviance is that of all rows less that of the other rows, each
 * with weights brought to a mean of 1; ungrouped deviance is that of the fold's rows. It counts for each
 * weight of an event in the fold. The mean over folds is weighted by that, or by the fold's weight for C. */
#include "survival/coxnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_coxnet_cv_options_default(ms_coxnet_cv_options *options) {
    *options = (ms_coxnet_cv_options){.n_folds = 10, .seed = 1};
}

/* Some rows of the data, copied. */
typedef struct part {
    ms_surv data;
    ms_design design;
    double *time, *entry, *weight, *offset, *x;
    uint8_t *event;
    size_t *stratum;
} part;

static void part_clear(part *q) {
    free(q->time);
    free(q->entry);
    free(q->weight);
    free(q->offset);
    free(q->x);
    free(q->event);
    free(q->stratum);
}

static void point_part(part *q, const ms_surv *data, const ms_design *design, size_t n) {
    q->data = (ms_surv){.n = n,
                        .time = q->time,
                        .entry = data->entry ? q->entry : NULL,
                        .event = q->event,
                        .weight = data->weight ? q->weight : NULL,
                        .stratum = data->stratum ? q->stratum : NULL,
                        .n_strata = data->n_strata};
    q->design = (ms_design){
        .p = design->p, .x = q->x, .names = design->names, .offset = design->offset ? q->offset : NULL};
}

/* The rows of the fold, or those of the others. */
static ms_status take_part(const ms_surv *data, const ms_design *design, const size_t *fold, size_t which,
                           bool inside, part *q, ms_error *err) {
    size_t n = 0, at = 0;
    for (size_t i = 0; i < data->n; i++) n += (fold[i] == which) == inside;
    *q = (part){.time = ms_calloc(n, sizeof(double)),
                .entry = ms_calloc(n, sizeof(double)),
                .weight = ms_calloc(n, sizeof(double)),
                .offset = ms_calloc(n, sizeof(double)),
                .x = ms_calloc(n, design->p * sizeof(double)),
                .event = ms_calloc(n, 1),
                .stratum = ms_calloc(n, sizeof(size_t))};
    if (!q->time || !q->entry || !q->weight || !q->offset || !q->x || !q->event || !q->stratum)
        return ms_error_nomem(err);
    for (size_t i = 0; i < data->n; i++) {
        if ((fold[i] == which) != inside) continue;
        q->time[at] = data->time[i];
        q->event[at] = data->event[i];
        if (data->entry) q->entry[at] = data->entry[i];
        if (data->weight) q->weight[at] = data->weight[i];
        if (data->stratum) q->stratum[at] = data->stratum[i];
        if (design->offset) q->offset[at] = design->offset[i];
        memcpy(q->x + at * design->p, design->x + i * design->p, design->p * sizeof(double));
        at++;
    }
    point_part(q, data, design, n);
    return MS_OK;
}

/* ---- one fold ---------------------------------------------------------------------------------------------
 */

/* Deviances of a set of rows as the coefficients change: the rows sorted once. */
typedef struct deviance {
    ms_net_risk risk;
    double *lp, *eta;
} deviance;

static ms_status deviance_make(const ms_surv *data, const ms_design *design, deviance *d, ms_error *err) {
    ms_status status = ms_net_risk_make(data, design->offset, &d->risk, err);
    if (status != MS_OK) return status;
    d->lp = ms_calloc(data->n, sizeof(double));
    d->eta = ms_calloc(d->risk.length, sizeof(double));
    return d->lp && d->eta ? MS_OK : ms_error_nomem(err);
}

static void deviance_clear(deviance *d) {
    ms_net_risk_clear(&d->risk);
    free(d->lp);
    free(d->eta);
}

/* With weights that sum to n. */
static double deviance_at(deviance *d, const ms_design *design, const double *beta) {
    ms_net_risk *r = &d->risk;
    ms_coxnet_lp(design->x, r->n, design->p, beta, d->lp);
    for (size_t i = 0; i < r->n; i++) d->eta[i] = d->lp[r->row[i]] + r->offset[i];
    return (double)r->n * ms_net_deviance(r, ms_net_risk_evaluate(r, d->eta, NULL));
}

typedef struct job {
    const ms_surv *data;
    const ms_design *design;
    const ms_coxnet_options *options;
    ms_coxnet_measure measure;
    bool ungrouped;
    size_t n_folds;
    const size_t *fold;
    ms_coxnet *nets;     /* [n_folds + 1], the last of all rows */
    double *raw;         /* [n_folds * n_lambda] */
    double *fold_weight; /* [n_folds] */
} job;

static ms_status fit_fold(void *context, size_t f, ms_error *err) {
    job *j = context;
    part others = {0};
    if (f == 0) /* the whole path first: it takes longest */
        return ms_coxnet_fit(j->data, j->design, j->options, &j->nets[j->n_folds], err);
    f--;
    ms_status status = take_part(j->data, j->design, j->fold, f, false, &others, err);
    if (status == MS_OK) status = ms_coxnet_fit(&others.data, &others.design, j->options, &j->nets[f], err);
    if (status != MS_OK) ms_error_prefix(err, "without fold %zu", f + 1);
    part_clear(&others);
    return status;
}

static double weight_of(const ms_surv *data, size_t i) {
    return data->weight ? data->weight[i] : 1;
}

static ms_status score_deviance(const job *j, size_t f, const part *q, double *beta, double *raw,
                                ms_error *err) {
    const ms_coxnet *net = &j->nets[f], *whole = &j->nets[j->n_folds];
    deviance all = {0}, some = {0};
    ms_status status = j->ungrouped ? MS_OK : deviance_make(j->data, j->design, &all, err);
    if (status == MS_OK) status = deviance_make(&q->data, &q->design, &some, err);
    for (size_t k = 0; k < whole->n_lambda && status == MS_OK; k++) {
        ms_coxnet_coef(net, whole->lambda[k], beta);
        const double part_deviance = deviance_at(&some, &q->design, beta);
        raw[k] = j->ungrouped ? part_deviance : deviance_at(&all, j->design, beta) - part_deviance;
        raw[k] /= j->fold_weight[f];
    }
    deviance_clear(&all);
    deviance_clear(&some);
    return status;
}

static ms_status score_c(const job *j, size_t f, const part *q, double *beta, double *raw, ms_error *err) {
    const ms_coxnet *net = &j->nets[f], *whole = &j->nets[j->n_folds];
    double *lp = ms_calloc(q->data.n, sizeof *lp);
    ms_status status = lp ? MS_OK : ms_error_nomem(err);
    for (size_t k = 0; k < whole->n_lambda && status == MS_OK; k++) {
        ms_concordance c = {0};
        ms_coxnet_coef(net, whole->lambda[k], beta);
        ms_coxnet_lp(q->x, q->data.n, q->design.p, beta, lp);
        status = ms_concordance_compute(&q->data, lp, NULL, &c, err);
        raw[k] = c.c;
    }
    free(lp);
    return status;
}

static ms_status score_fold(void *context, size_t f, ms_error *err) {
    job *j = context;
    const bool c = j->measure == MS_COXNET_C, inside = c || j->ungrouped;
    part q = {0};
    double *beta = ms_calloc(j->design->p, sizeof *beta), *raw = j->raw + f * j->nets[j->n_folds].n_lambda;
    for (size_t i = 0; i < j->data->n; i++)
        if (j->fold[i] == f) j->fold_weight[f] += weight_of(j->data, i) * (c ? 1 : j->data->event[i]);
    ms_status status =
        beta ? take_part(j->data, j->design, j->fold, f, inside, &q, err) : ms_error_nomem(err);
    if (status == MS_OK)
        status = c ? score_c(j, f, &q, beta, raw, err) : score_deviance(j, f, &q, beta, raw, err);
    if (status != MS_OK) ms_error_prefix(err, "fold %zu", f + 1);
    part_clear(&q);
    free(beta);
    return status;
}

/* ---- over folds
 * -------------------------------------------------------------------------------------------- */

/* Weighted mean of one lambda's folds and its standard error; NaN (no pair to compare) does not count. */
static void summarize(const job *j, size_t k, double *mean, double *se) {
    const size_t n = j->nets[j->n_folds].n_lambda;
    double weights = 0, sum = 0, squares = 0;
    for (size_t f = 0; f < j->n_folds; f++) {
        const double value = j->raw[f * n + k];
        if (isnan(value)) continue;
        weights += j->fold_weight[f];
        sum += j->fold_weight[f] * value;
    }
    *mean = sum / weights;
    for (size_t f = 0; f < j->n_folds; f++) {
        const double distance = j->raw[f * n + k] - *mean;
        if (!isnan(distance)) squares += j->fold_weight[f] * distance * distance;
    }
    *se = sqrt(squares / weights / (double)(j->n_folds - 1));
}

/* The best lambda, the largest of equals; and the largest that is not worse by more than one standard error.
 */
static void choose(ms_coxnet_cv *cv) {
    const double sign = cv->measure == MS_COXNET_C ? -1 : 1;
    for (size_t k = 1; k < cv->n_lambda; k++)
        if (sign * cv->mean[k] < sign * cv->mean[cv->at_min] || isnan(cv->mean[cv->at_min])) cv->at_min = k;
    const double enough = sign * cv->mean[cv->at_min] + cv->se[cv->at_min];
    for (cv->at_1se = 0; cv->at_1se < cv->at_min; cv->at_1se++)
        if (sign * cv->mean[cv->at_1se] <= enough) break;
    cv->lambda_min = cv->fit.lambda[cv->at_min];
    cv->lambda_1se = cv->fit.lambda[cv->at_1se];
}

static ms_status take_folds(const ms_surv *data, const ms_coxnet_cv_options *o, size_t *fold, ms_error *err) {
    if (!o->fold) return ms_coxnet_folds(data->event, data->n, o->n_folds, o->seed, fold, err);
    if (o->n_folds < 3) return ms_error_set(err, MS_EUSAGE, "%zu folds: give at least 3", o->n_folds);
    memcpy(fold, o->fold, data->n * sizeof *fold);
    for (size_t f = 0; f < o->n_folds; f++) {
        size_t rows = 0;
        double events = 0;
        for (size_t i = 0; i < data->n; i++) {
            rows += fold[i] == f;
            if (fold[i] == f && data->event[i]) events += weight_of(data, i);
        }
        if (rows == 0) return ms_error_set(err, MS_EINPUT, "fold %zu has no rows", f + 1);
        if (!(events > 0))
            return ms_error_set(err, MS_EINPUT, "fold %zu has no event among its %zu rows", f + 1, rows);
    }
    return MS_OK;
}

static ms_status run(job *j, ms_coxnet_cv *cv, ms_error *err) {
    ms_status status = ms_parallel_for(j->n_folds + 1, fit_fold, j, err);
    if (status != MS_OK) return status;
    cv->n_lambda = j->nets[j->n_folds].n_lambda;
    j->raw = ms_calloc(j->n_folds * cv->n_lambda, sizeof(double));
    cv->mean = ms_calloc(cv->n_lambda, sizeof(double));
    cv->se = ms_calloc(cv->n_lambda, sizeof(double));
    if (!j->raw || !cv->mean || !cv->se) return ms_error_nomem(err);
    status = ms_parallel_for(j->n_folds, score_fold, j, err);
    if (status != MS_OK) return status;
    for (size_t k = 0; k < cv->n_lambda; k++) summarize(j, k, &cv->mean[k], &cv->se[k]);
    cv->fit = j->nets[j->n_folds];
    j->nets[j->n_folds] = (ms_coxnet){0};
    choose(cv);
    return MS_OK;
}

ms_status ms_coxnet_cv_fit(const ms_surv *data, const ms_design *design, const ms_coxnet_options *options,
                           const ms_coxnet_cv_options *how, ms_coxnet_cv *out, ms_error *err) {
    ms_coxnet_cv_options o;
    ms_coxnet_cv_options_default(&o);
    if (how) o = *how;
    if (options && options->lambda && options->n_given < 2)
        return ms_error_set(err, MS_EUSAGE, "cross-validation needs more than one lambda");
    ms_coxnet_cv cv = {.measure = o.measure, .ungrouped = o.ungrouped, .n_folds = o.n_folds};
    if (cv.ungrouped && cv.measure == MS_COXNET_DEVIANCE && data->n < 10 * o.n_folds) {
        ms_log(MS_LOG_WARNING, "fewer than 10 rows a fold: the deviance is grouped");
        cv.ungrouped = false;
    }
    cv.fold = ms_calloc(data->n, sizeof *cv.fold);
    job j = {.data = data,
             .design = design,
             .options = options,
             .measure = cv.measure,
             .ungrouped = cv.ungrouped,
             .n_folds = o.n_folds,
             .fold = cv.fold,
             .nets = ms_calloc(o.n_folds + 1, sizeof *j.nets),
             .fold_weight = ms_calloc(o.n_folds, sizeof(double))};
    ms_status status = cv.fold && j.nets && j.fold_weight ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = take_folds(data, &o, cv.fold, err);
    if (status == MS_OK) status = run(&j, &cv, err);
    for (size_t f = 0; f <= o.n_folds && j.nets; f++) ms_coxnet_clear(&j.nets[f]);
    free(j.nets);
    free(j.raw);
    free(j.fold_weight);
    if (status == MS_OK)
        *out = cv;
    else
        ms_coxnet_cv_clear(&cv);
    return status;
}

void ms_coxnet_cv_clear(ms_coxnet_cv *cv) {
    ms_coxnet_clear(&cv->fit);
    MS_FREE(cv->fold);
    MS_FREE(cv->mean);
    MS_FREE(cv->se);
    cv->n_lambda = 0;
}
