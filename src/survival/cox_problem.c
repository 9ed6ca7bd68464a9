/* The Cox partial likelihood with Efron's or Breslow's treatment of ties. With risk r = exp(eta), at each
 * event time and each part of it (see ms_tie_part) with weight d and the risk set's sums: loglik = sum over
 * deaths of w eta - sum d log(sum w r) u      = sum over deaths of w x - sum d mean(x)         mean over the
 * risk set, weighted by w r imat   = sum d (mean(x x') - mean(x) mean(x)') Cox 1972; Breslow 1974; Efron
 * 1977. R: coxph.fit, agreg.fit. */
#include "survival/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A column of only -1, 0 and 1 is left as it is. */
static void find_indicators(const double *x, size_t n, size_t p, bool *indicator) {
    size_t left = p;
    for (size_t j = 0; j < p; j++) indicator[j] = true;
    for (size_t i = 0; i < n && left > 0; i++)
        for (size_t j = 0; j < p; j++) {
            double value = x[i * p + j];
            if (!indicator[j] || value == 0 || value == 1 || value == -1) continue;
            indicator[j] = false;
            left--;
        }
}

/* Weighted means, and the inverse of the weighted mean distance from them. R: coxfit6; agreg.fit, for data
 * with entry times, takes plain means. */
static void centre(ms_cox_problem *problem, const double *x, const bool *indicator) {
    const ms_sorted *s = problem->sorted;
    size_t n = s->n, p = problem->p;
    double weights = 0, *mean = problem->mean, *spread = problem->scale;
    for (size_t i = 0; i < n; i++) {
        double weight = s->entry ? 1 : ms_sorted_weight(s, i);
        weights += weight;
        for (size_t j = 0; j < p; j++) mean[j] += weight * x[i * p + j];
    }
    for (size_t j = 0; j < p; j++) mean[j] /= weights;
    for (size_t i = 0; i < n; i++) {
        double weight = s->entry ? 1 : ms_sorted_weight(s, i);
        for (size_t j = 0; j < p; j++) spread[j] += weight * fabs(x[i * p + j] - mean[j]);
    }
    for (size_t j = 0; j < p; j++) {
        problem->scale[j] = !indicator[j] && spread[j] > 0 ? weights / spread[j] : 1;
        if (indicator[j]) mean[j] = 0;
    }
}

/* The rows in order of position where blocks are walked, else in their own. */
static size_t row_at(const ms_cox_problem *problem, size_t i) {
    return problem->by_position ? problem->sorted->by_time[i] : i;
}

static void fill_offset(ms_cox_problem *problem, const ms_design *design) {
    size_t n = problem->sorted->n;
    double sum = 0;
    if (!design->offset) return;
    for (size_t i = 0; i < n; i++) sum += design->offset[i];
    problem->offset_mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        problem->offset[i] = design->offset[row_at(problem, i)] - problem->offset_mean;
}

static void fill_columns(ms_cox_problem *problem, const double *x) {
    size_t p = problem->p;
    for (size_t i = 0; i < problem->sorted->n; i++) {
        const double *from = x + row_at(problem, i) * p;
        double *to = problem->x + i * p;
        for (size_t j = 0; j < p; j++) to[j] = (from[j] - problem->mean[j]) * problem->scale[j];
    }
}

static ms_status problem_alloc(const ms_design *design, ms_cox_problem *problem, ms_error *err) {
    size_t n = problem->sorted->n, p = problem->p;
    if (p > 0 && n > (PTRDIFF_MAX / sizeof(double) - 4) / p) return ms_error_nomem(err);
    problem->x = ms_calloc(n * p + 4, sizeof(double)); /* read by fours, beyond the end */
    problem->mean = ms_calloc(p, sizeof(double));
    problem->scale = ms_calloc(p, sizeof(double));
    problem->penalty = ms_calloc(p, sizeof(double));
    problem->eta = ms_calloc(n, sizeof(double));
    problem->risk = ms_calloc(n, sizeof(double));
    if (design->offset) problem->offset = ms_calloc(n, sizeof(double));
    bool weights = problem->by_position && problem->sorted->weight;
    if (weights) problem->weight = ms_calloc(n, sizeof(double));
    if (!problem->x || !problem->mean || !problem->scale || !problem->penalty || !problem->eta ||
        !problem->risk || (design->offset && !problem->offset) || (weights && !problem->weight))
        return ms_error_nomem(err);
    for (size_t i = 0; weights && i < n; i++)
        problem->weight[i] = problem->sorted->weight[problem->sorted->by_time[i]];
    return MS_OK;
}

ms_status ms_cox_problem_make(const ms_sorted *sorted, const ms_design *design, ms_ties ties,
                              ms_cox_problem *out, ms_error *err) {
    size_t p = design->p;
    ms_cox_problem problem = {.sorted = sorted, .p = p, .ties = ties};
    problem.by_position = !sorted->entry && ties != MS_TIES_EXACT;
    bool *indicator = ms_calloc(p, sizeof *indicator);
    ms_status status = indicator ? problem_alloc(design, &problem, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        find_indicators(design->x, sorted->n, p, indicator);
        centre(&problem, design->x, indicator);
        fill_offset(&problem, design);
        fill_columns(&problem, design->x);
        for (size_t j = 0; j < p && design->ridge; j++)
            problem.penalty[j] = design->ridge[j] * problem.scale[j] * problem.scale[j];
        if (problem.by_position) status = ms_cox_blocks_make(&problem, &problem.blocks, err);
    }
    free(indicator);
    if (status == MS_OK)
        *out = problem;
    else
        ms_cox_problem_clear(&problem);
    return status;
}

void ms_cox_problem_clear(ms_cox_problem *problem) {
    ms_cox_blocks_free(problem->blocks);
    problem->blocks = NULL;
    MS_FREE(problem->x);
    MS_FREE(problem->weight);
    MS_FREE(problem->offset);
    MS_FREE(problem->mean);
    MS_FREE(problem->scale);
    MS_FREE(problem->penalty);
    MS_FREE(problem->eta);
    MS_FREE(problem->risk);
}

/* Fills eta and risk = exp(eta - shift), shift the largest eta; returns shift. */
static double fill_risk(ms_cox_problem *problem, const double *beta) {
    size_t n = problem->sorted->n, p = problem->p;
    double largest = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        double eta = problem->offset ? problem->offset[i] : 0;
        for (size_t j = 0; j < p; j++) eta += problem->x[i * p + j] * beta[j];
        problem->eta[i] = eta;
        if (eta > largest) largest = eta;
    }
    for (size_t i = 0; i < n; i++) problem->risk[i] = exp(problem->eta[i] - largest);
    return largest;
}

static void add_deaths(const ms_cox_problem *problem, const ms_riskset *r, double shift, double *loglik,
                       double *u) {
    for (size_t i = r->first; i < r->last; i++) {
        size_t row = problem->sorted->by_time[i];
        double weight = ms_sorted_weight(problem->sorted, row);
        *loglik += weight * (problem->eta[row] - shift);
        for (size_t j = 0; j < problem->p; j++) u[j] += weight * problem->x[row * problem->p + j];
    }
}

static void add_part(const ms_riskset *r, const ms_tie_part *part, double *mean, double *loglik, double *u,
                     double *imat) {
    size_t p = r->p;
    *loglik -= part->weight * log(part->sum);
    ms_tie_part_mean(r, part, mean);
    for (size_t j = 0; j < p; j++) {
        u[j] -= part->weight * mean[j];
        for (size_t k = 0; k <= j; k++) {
            double square = (r->sum_xx[j * p + k] - part->left * r->death_xx[j * p + k]) / part->sum;
            imat[j * p + k] += part->weight * (square - mean[j] * mean[k]);
        }
    }
}

double ms_cox_penalty(const ms_cox_problem *problem, const double *beta) {
    double sum = 0;
    for (size_t j = 0; j < problem->p; j++) sum += problem->penalty[j] * beta[j] * beta[j] / 2;
    return sum;
}

/* Efron and Breslow by a walk over risk sets, which knows entry times. */
static ms_status evaluate_risk_sets(const ms_cox_problem *problem, double shift, double *loglik, double *u,
                                    double *imat, ms_error *err) {
    size_t p = problem->p;
    double *mean = ms_calloc(p, sizeof *mean);
    ms_riskset r = {0};
    if (!mean) return ms_error_nomem(err);
    ms_status status = ms_riskset_start(&r, problem->sorted, p, problem->x, problem->risk, true, err);
    while (status == MS_OK && ms_riskset_next(&r)) {
        add_deaths(problem, &r, shift, loglik, u);
        for (size_t k = 0; k < ms_tie_parts(&r, problem->ties); k++) {
            ms_tie_part part = ms_tie_part_at(&r, problem->ties, k);
            add_part(&r, &part, mean, loglik, u, imat);
        }
    }
    ms_riskset_clear(&r);
    free(mean);
    return status;
}

ms_status ms_cox_evaluate(ms_cox_problem *problem, const double *beta, double *loglik, double *u,
                          double *imat, ms_error *err) {
    size_t p = problem->p;
    double value = 0;
    ms_status status;
    memset(u, 0, p * sizeof *u);
    memset(imat, 0, p * p * sizeof *imat);
    if (problem->by_position) {
        status = ms_cox_blocks_evaluate(problem->blocks, problem, beta, NULL, &value, u, imat, err);
    } else {
        double shift = fill_risk(problem, beta);
        if (!isfinite(shift)) {
            *loglik = NAN;
            return MS_OK;
        }
        status = problem->ties == MS_TIES_EXACT ? ms_cox_evaluate_exact(problem, shift, &value, u, imat, err)
                                                : evaluate_risk_sets(problem, shift, &value, u, imat, err);
    }
    if (status) return status;
    for (size_t j = 0; j < p; j++) {
        u[j] -= problem->penalty[j] * beta[j];
        imat[j * p + j] += problem->penalty[j];
    }
    *loglik = value - ms_cox_penalty(problem, beta);
    return MS_OK;
}
