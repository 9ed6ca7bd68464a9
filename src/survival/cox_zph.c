/* Proportional hazards: the score test for adding x g(t) to a fitted model, by term and for all (Grambsch &
 * Therneau 1994; R 3.x: cox.zph). With u2 = sum g(t) (x - mean(x)) over deaths and V(t) the risk set's
 * covariance of x times the deaths, the information of (beta, theta) is [sum V, sum g V; sum g V, sum g^2 V]
 * and the first-order terms are (0, u2). g is the transform less its mean over the deaths. */
#include "survival/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1 - S(t-), S the Kaplan-Meier estimate of all rows together, without weights. */
static ms_status km_transform(const ms_surv *data, const ms_sorted *sorted, double *g, ms_error *err) {
    ms_surv plain = {
        .n = data->n, .time = sorted->time, .entry = sorted->entry, .event = data->event, .no_timefix = true};
    ms_sorted together = {0};
    const ms_sorted *s = sorted->n_strata == 1 ? sorted : &together;
    ms_status status = s == sorted ? MS_OK : ms_sorted_make(&plain, &together, err);
    if (status) return status;
    double surv = 1;
    size_t n = data->n, entered = s->entry ? 0 : n;
    for (size_t i = 0; i < n;) {
        double time = s->time[s->by_time[i]], deaths = 0;
        size_t end = i;
        while (entered < n && s->entry[s->by_entry[entered]] < time) entered++;
        for (; end < n && s->time[s->by_time[end]] == time; end++) {
            g[s->by_time[end]] = 1 - surv;
            deaths += s->event[s->by_time[end]];
        }
        if (deaths > 0) surv *= 1 - deaths / (double)(entered - i);
        i = end;
    }
    ms_sorted_clear(&together);
    return MS_OK;
}

/* Mean rank among all rows. */
static ms_status rank_transform(const double *time, size_t n, double *g, ms_error *err) {
    size_t *order = ms_calloc(n, sizeof *order);
    if (!order) return ms_error_nomem(err);
    ms_status status = ms_order(time, n, order, err);
    for (size_t i = 0; i < n && !status;) {
        size_t end = i;
        while (end < n && time[order[end]] == time[order[i]]) end++;
        double rank = ((double)i + 1 + (double)end) / 2;
        for (; i < end; i++) g[order[i]] = rank;
    }
    free(order);
    return status;
}

static ms_status transform_times(const ms_surv *data, const ms_sorted *sorted, ms_zph_transform transform,
                                 double *g, ms_error *err) {
    const double *time = sorted->time;
    ms_status status = MS_OK;
    if (transform == MS_ZPH_KM) status = km_transform(data, sorted, g, err);
    if (transform == MS_ZPH_RANK) status = rank_transform(time, data->n, g, err);
    double sum = 0, n = 0;
    for (size_t i = 0; i < data->n && !status; i++) {
        if (transform == MS_ZPH_IDENTITY) g[i] = time[i];
        if (transform == MS_ZPH_LOG) g[i] = log(time[i]);
        if (!data->event[i]) continue;
        sum += g[i];
        n++;
        if (!isfinite(g[i]))
            status = ms_error_set(err, MS_EINPUT, "row %zu: an event at time 0 has no logarithm", i + 1);
    }
    for (size_t i = 0; i < data->n && !status; i++) g[i] -= sum / n;
    return status;
}

typedef struct blocks {
    size_t p;
    double *u;    /* [p] */
    double *imat; /* [2p * 2p] full */
} blocks;

static void add_time(const ms_cox *cox, const ms_riskset *r, const double *g, double *mean, blocks *b) {
    size_t p = b->p, m = 2 * p;
    double here = g[r->sorted->by_time[r->first]];
    for (size_t i = r->first; i < r->last; i++) {
        size_t row = r->sorted->by_time[i];
        double weight = ms_sorted_weight(r->sorted, row);
        for (size_t j = 0; j < p; j++) b->u[j] += here * weight * r->x[row * p + j];
    }
    for (size_t k = 0; k < ms_tie_parts(r, cox->ties); k++) {
        ms_tie_part part = ms_tie_part_at(r, cox->ties, k);
        ms_tie_part_mean(r, &part, mean);
        for (size_t i = 0; i < p; i++) {
            b->u[i] -= here * part.weight * mean[i];
            for (size_t j = 0; j <= i; j++) {
                double square = (r->sum_xx[i * p + j] - part.left * r->death_xx[i * p + j]) / part.sum;
                double v = part.weight * (square - mean[i] * mean[j]);
                b->imat[i * m + j] += v;
                b->imat[(p + i) * m + j] += here * v;
                b->imat[(p + i) * m + p + j] += here * here * v;
            }
        }
    }
}

/* Completes the symmetric parts that add_time leaves: upper triangles and the off-diagonal block. */
static void symmetrise(blocks *b) {
    size_t p = b->p, m = 2 * p;
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < i; j++) {
            b->imat[j * m + i] = b->imat[i * m + j];
            b->imat[(p + j) * m + i] = b->imat[(p + i) * m + j];
            b->imat[(p + j) * m + p + i] = b->imat[(p + i) * m + p + j];
        }
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) b->imat[i * m + p + j] = b->imat[(p + j) * m + i];
}

/* The test for the columns chosen by `term` (SIZE_MAX: all): chi-squared on *df degrees. */
static ms_status test_columns(const ms_cox *cox, const ms_design *design, const blocks *b, size_t term,
                              double *chisq, size_t *df, ms_error *err) {
    size_t p = b->p, m = 0, n = 0;
    size_t *index = ms_calloc(2 * p + 1, sizeof *index);
    double *matrix = ms_calloc(4 * p * p + 2 * p + 1, sizeof *matrix);
    ms_status status = index && matrix ? MS_OK : ms_error_nomem(err);
    if (status) goto cleanup;
    double *u = matrix + 4 * p * p;
    for (size_t j = 0; j < p; j++)
        if (!isnan(cox->coef[j])) index[m++] = j;
    for (size_t j = 0; j < p; j++) {
        if (isnan(cox->coef[j]) || (term != SIZE_MAX && (design->term ? design->term[j] : j) != term))
            continue;
        u[m] = b->u[j];
        index[m++] = p + j;
        n++;
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++) matrix[i * m + j] = b->imat[index[i] * 2 * p + index[j]];
    *df = n;
    *chisq = NAN;
    if (n) status = ms_quadratic_form(matrix, u, m, 1e-15, chisq, NULL, err);
cleanup:
    free(index);
    free(matrix);
    return status;
}

static ms_status add_row(ms_zph *out, const char *name, double chisq, size_t df, ms_error *err) {
    ms_zph_row *row = &out->rows[out->n];
    row->term = ms_strdup(name);
    if (!row->term) return ms_error_nomem(err);
    row->chisq = chisq;
    row->df = df;
    row->p = ms_chisq_upper(chisq, (double)df);
    out->n++;
    return MS_OK;
}

static ms_status test_all(const ms_cox *cox, const ms_design *design, const blocks *b, ms_zph *out,
                          ms_error *err) {
    size_t n_terms = design->term ? design->n_terms : cox->p, df = 0;
    double chisq = NAN;
    out->rows = ms_calloc(n_terms + 1, sizeof *out->rows);
    if (!out->rows) return ms_error_nomem(err);
    for (size_t t = 0; t <= n_terms; t++) {
        bool global = t == n_terms;
        ms_status status = test_columns(cox, design, b, global ? SIZE_MAX : t, &chisq, &df, err);
        if (!status && df)
            status = add_row(out,
                             global                               ? "GLOBAL"
                             : design->term && design->term_names ? design->term_names[t]
                                                                  : cox->names[t],
                             chisq, df, err);
        if (status) return status;
    }
    return MS_OK;
}

/* Adds one of the three sums over event times, with g to the power 0, 1 or 2, to its part of the blocks. */
static void add_moment(const ms_cox_problem *problem, size_t power, const double *u, const double *imat,
                       blocks *b) {
    size_t p = b->p, m = 2 * p, row = power > 0 ? p : 0, column = power > 1 ? p : 0;
    for (size_t i = 0; i < p; i++) {
        if (power == 1) b->u[i] = u[i] / problem->scale[i];
        for (size_t j = 0; j <= i; j++)
            b->imat[(row + i) * m + column + j] = imat[i * p + j] / (problem->scale[i] * problem->scale[j]);
    }
}

/* Right-censored rows: the likelihood's own walk, three times. work[n + p * p + 2p]. */
static ms_status collect_blocks(const ms_cox *cox, ms_cox_problem *problem, const double *g, double *work,
                                blocks *b, ms_error *err) {
    size_t n = cox->n, p = cox->p;
    double *factor = work, *u = work + n, *imat = u + p, *beta = imat + p * p, loglik;
    for (size_t j = 0; j < p; j++) beta[j] = isnan(cox->coef[j]) ? 0 : cox->coef[j] / problem->scale[j];
    for (size_t power = 0; power < 3; power++) {
        for (size_t i = 0; i < n && power > 0; i++)
            factor[i] = (power == 1 ? 1 : factor[i]) * g[problem->sorted->by_time[i]];
        memset(u, 0, (p + p * p) * sizeof *u);
        ms_status status = ms_cox_blocks_evaluate(problem->blocks, problem, beta, power ? factor : NULL,
                                                  &loglik, u, imat, err);
        if (status) return status;
        add_moment(problem, power, u, imat, b);
    }
    return MS_OK;
}

/* By the walk over risk sets, which knows entry times. work[n + n * p + p]. */
static ms_status collect_risk_sets(const ms_cox *cox, const ms_design *design, const ms_sorted *sorted,
                                   const double *g, double *work, blocks *b, ms_error *err) {
    size_t n = cox->n, p = cox->p;
    double *risk = work, *x = work + n, *mean = x + n * p, shift = -INFINITY;
    for (size_t i = 0; i < n; i++) shift = cox->lp[i] > shift ? cox->lp[i] : shift;
    for (size_t i = 0; i < n; i++) {
        risk[i] = exp(cox->lp[i] - shift);
        for (size_t j = 0; j < p; j++) x[i * p + j] = design->x[i * p + j] - cox->means[j];
    }
    ms_riskset r = {0};
    ms_status status = ms_riskset_start(&r, sorted, p, x, risk, true, err);
    if (status) return status;
    while (ms_riskset_next(&r)) add_time(cox, &r, g, mean, b);
    ms_riskset_clear(&r);
    return MS_OK;
}

static ms_status collect(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                         ms_zph_transform transform, const ms_sorted *sorted, blocks *b, ms_error *err) {
    size_t n = data->n, p = cox->p;
    ms_ties ties = cox->ties == MS_TIES_EFRON ? MS_TIES_EFRON : MS_TIES_BRESLOW;
    double *g = ms_calloc(n, sizeof *g), *work = NULL;
    ms_cox_problem problem = {0};
    ms_status status = g ? transform_times(data, sorted, transform, g, err) : ms_error_nomem(err);
    if (status == MS_OK && !sorted->entry) status = ms_cox_problem_make(sorted, design, ties, &problem, err);
    if (status == MS_OK) {
        work = ms_calloc(sorted->entry ? n + n * p + p : n + p * p + 2 * p, sizeof *work);
        if (!work) status = ms_error_nomem(err);
    }
    if (status == MS_OK)
        status = sorted->entry ? collect_risk_sets(cox, design, sorted, g, work, b, err)
                               : collect_blocks(cox, &problem, g, work, b, err);
    if (status == MS_OK) symmetrise(b);
    ms_cox_problem_clear(&problem);
    free(work);
    free(g);
    return status;
}

ms_status ms_cox_zph(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                     ms_zph_transform transform, ms_zph *out, ms_error *err) {
    size_t p = cox->p;
    if (cox->penalised)
        return ms_error_set(err, MS_EUSAGE,
                            "the test of proportional hazards is not for a model with ridge()");
    if (p == 0)
        return ms_error_set(err, MS_EUSAGE, "a model without predictors has no proportional hazards to test");
    ms_sorted sorted = {0};
    ms_zph zph = {0};
    blocks b = {.p = p};
    ms_status status = ms_sorted_make(data, &sorted, err);
    if (status) return status;
    b.u = ms_calloc(p + 4 * p * p, sizeof(double));
    if (!b.u) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    b.imat = b.u + p;
    if ((status = collect(cox, data, design, transform, &sorted, &b, err))) goto cleanup;
    if ((status = test_all(cox, design, &b, &zph, err))) goto cleanup;
    *out = zph;
    zph = (ms_zph){0};
cleanup:
    free(b.u);
    ms_zph_clear(&zph);
    ms_sorted_clear(&sorted);
    return status;
}

void ms_zph_clear(ms_zph *zph) {
    for (size_t i = 0; i < zph->n; i++) free(zph->rows[i].term);
    MS_FREE(zph->rows);
    zph->n = 0;
}
