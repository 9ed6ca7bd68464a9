/* The Cox partial likelihood with Efron's or Breslow's treatment of ties. With risk r = exp(eta), at each
 * event time and each part of it (see ms_tie_part) with weight d and the risk set's sums: loglik = sum over
 * deaths of w eta - sum d log(sum w r) u      = sum over deaths of w x - sum d mean(x)         mean over the
 * risk set, weighted by w r imat   = sum d (mean(x x') - mean(x) mean(x)') Cox 1972; Breslow 1974; Efron
 * 1977. R: coxph.fit, agreg.fit. */
#include "survival/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_indicator(const double *x, size_t n, size_t p, size_t column) {
    for (size_t i = 0; i < n; i++) {
        double value = x[i * p + column];
        if (value != 0 && value != 1 && value != -1) return false;
    }
    return true;
}

/* Weighted mean, and the inverse of the weighted mean distance from it. R: coxfit6. */
static void centre_column(ms_cox_problem *problem, const double *x, size_t column) {
    const ms_sorted *s = problem->sorted;
    size_t n = s->n, p = problem->p;
    double weights = 0, sum = 0, spread = 0;
    if (is_indicator(x, n, p, column)) {
        problem->mean[column] = 0;
        problem->scale[column] = 1;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double weight = s->entry ? 1 : ms_sorted_weight(s, i); /* R: agreg.fit takes plain means */
        weights += weight;
        sum += weight * x[i * p + column];
    }
    double mean = sum / weights;
    for (size_t i = 0; i < n; i++)
        spread += (s->entry ? 1 : ms_sorted_weight(s, i)) * fabs(x[i * p + column] - mean);
    problem->mean[column] = mean;
    problem->scale[column] = spread > 0 ? weights / spread : 1;
}

static void centre_offset(const ms_design *design, size_t n, double *offset) {
    double sum = 0;
    if (!design->offset) return;
    for (size_t i = 0; i < n; i++) sum += design->offset[i];
    for (size_t i = 0; i < n; i++) offset[i] = design->offset[i] - sum / (double)n;
}

ms_status ms_cox_problem_make(const ms_sorted *sorted, const ms_design *design, ms_ties ties,
                              ms_cox_problem *out, ms_error *err) {
    size_t n = sorted->n, p = design->p;
    ms_cox_problem problem = {.sorted = sorted, .p = p, .ties = ties};
    problem.x = ms_calloc(n * p, sizeof(double));
    problem.offset = ms_calloc(n, sizeof(double));
    problem.mean = ms_calloc(p, sizeof(double));
    problem.scale = ms_calloc(p, sizeof(double));
    problem.penalty = ms_calloc(p, sizeof(double));
    problem.eta = ms_calloc(n, sizeof(double));
    problem.risk = ms_calloc(n, sizeof(double));
    if (!problem.x || !problem.offset || !problem.mean || !problem.scale || !problem.penalty ||
        !problem.eta || !problem.risk) {
        ms_cox_problem_clear(&problem);
        return ms_error_nomem(err);
    }
    centre_offset(design, n, problem.offset);
    for (size_t j = 0; j < p; j++) {
        centre_column(&problem, design->x, j);
        if (design->ridge) problem.penalty[j] = design->ridge[j] * problem.scale[j] * problem.scale[j];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            problem.x[i * p + j] = (design->x[i * p + j] - problem.mean[j]) * problem.scale[j];
    *out = problem;
    return MS_OK;
}

void ms_cox_problem_clear(ms_cox_problem *problem) {
    MS_FREE(problem->x);
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
        double eta = problem->offset[i];
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

ms_status ms_cox_evaluate(ms_cox_problem *problem, const double *beta, double *loglik, double *u,
                          double *imat, ms_error *err) {
    size_t p = problem->p;
    double shift = fill_risk(problem, beta), value = 0;
    memset(u, 0, p * sizeof *u);
    memset(imat, 0, p * p * sizeof *imat);
    if (!isfinite(shift)) {
        *loglik = NAN;
        return MS_OK;
    }
    if (problem->ties == MS_TIES_EXACT) {
        ms_status status = ms_cox_evaluate_exact(problem, shift, &value, u, imat, err);
        if (status) return status;
    } else {
        double *mean = ms_calloc(p, sizeof *mean);
        ms_riskset r = {0};
        if (!mean) return ms_error_nomem(err);
        ms_status status = ms_riskset_start(&r, problem->sorted, p, problem->x, problem->risk, true, err);
        if (status) {
            free(mean);
            return status;
        }
        while (ms_riskset_next(&r)) {
            add_deaths(problem, &r, shift, &value, u);
            for (size_t k = 0; k < ms_tie_parts(&r, problem->ties); k++) {
                ms_tie_part part = ms_tie_part_at(&r, problem->ties, k);
                add_part(&r, &part, mean, &value, u, imat);
            }
        }
        ms_riskset_clear(&r);
        free(mean);
    }
    for (size_t j = 0; j < p; j++) {
        u[j] -= problem->penalty[j] * beta[j];
        imat[j * p + j] += problem->penalty[j];
    }
    *loglik = value - ms_cox_penalty(problem, beta);
    return MS_OK;
}
