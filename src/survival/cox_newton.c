/* Newton-Raphson for a Cox likelihood: initialise, step, test. A step that lowers the likelihood is halved (a
 * third, a quarter, ... of the way as it fails again). Stops when the log likelihood changes by less than eps
 * relatively. The path is that of R's coxph, so that the digits left open by its tolerance agree too. */
#include "survival/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ms_status solution_alloc(size_t p, ms_cox_solution *s, ms_error *err) {
    s->beta = ms_calloc(2 * p + 3 * p * p + 1, sizeof(double));
    if (!s->beta) return ms_error_nomem(err);
    s->u = s->beta + p;
    s->imat = s->u + p;
    s->var = s->imat + p * p;
    s->factor = s->var + p * p;
    return MS_OK;
}

void ms_cox_solution_clear(ms_cox_solution *solution) {
    MS_FREE(solution->beta);
}

static bool all_finite(const double *values, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

/* Evaluates at beta and factors the information. */
static ms_status evaluate(ms_cox_problem *problem, const double *beta, double tolerance, double *loglik,
                          ms_cox_solution *s, ms_error *err) {
    size_t p = problem->p;
    ms_status status = ms_cox_evaluate(problem, beta, loglik, s->u, s->imat, err);
    if (status) return status;
    memcpy(s->factor, s->imat, p * p * sizeof *s->factor);
    s->rank = ms_cholesky(s->factor, p, tolerance);
    return MS_OK;
}

/* step = imat^-1 u; returns u' step. */
static double newton_step(const ms_cox_solution *s, size_t p, double *step) {
    memcpy(step, s->u, p * sizeof *step);
    ms_cholesky_solve(s->factor, p, step);
    double sum = 0;
    for (size_t j = 0; j < p; j++) sum += s->u[j] * step[j];
    return sum;
}

/* From s->beta (the start) on; `trial` and `step` have room for p each. */
static ms_status iterate(ms_cox_problem *problem, const ms_cox_options *options, double *trial, double *step,
                         ms_cox_solution *s, ms_error *err) {
    size_t p = problem->p;
    double halving = 0, loglik = s->loglik[0], next = loglik;
    s->ran_out = options->iterations > 0 && p > 0;
    for (size_t j = 0; j < p; j++) trial[j] = s->beta[j] + step[j];
    while (s->iterations < options->iterations && p > 0) {
        s->iterations++;
        ms_status status = evaluate(problem, trial, options->toler_chol, &next, s, err);
        if (status) return status;
        bool usable = isfinite(next) && all_finite(s->u, p) && all_finite(s->imat, p * p);
        if (usable && halving == 0 && (next == loglik || fabs(1 - loglik / next) <= options->eps)) {
            s->ran_out = false;
            break;
        }
        if (s->iterations == options->iterations) break;
        if (!usable || next < loglik) {
            halving++;
            for (size_t j = 0; j < p; j++) trial[j] = (trial[j] + halving * s->beta[j]) / (halving + 1);
            continue;
        }
        halving = 0;
        loglik = next;
        memcpy(s->beta, trial, p * sizeof *trial);
        newton_step(s, p, step);
        for (size_t j = 0; j < p; j++) trial[j] = s->beta[j] + step[j];
    }
    if (s->iterations) memcpy(s->beta, trial, p * sizeof *trial);
    s->loglik[1] = next;
    return MS_OK;
}

ms_status ms_cox_newton(ms_cox_problem *problem, const ms_cox_options *options, ms_cox_solution *out,
                        ms_error *err) {
    size_t p = problem->p;
    ms_cox_solution s = {0};
    double *trial = ms_calloc(2 * p + 1, sizeof *trial), *step = trial ? trial + p : NULL;
    ms_status status = trial ? solution_alloc(p, &s, err) : ms_error_nomem(err);
    if (status) goto cleanup;
    for (size_t j = 0; j < p && options->start; j++) s.beta[j] = options->start[j] / problem->scale[j];
    if ((status = evaluate(problem, s.beta, options->toler_chol, &s.loglik[0], &s, err))) goto cleanup;
    if (!isfinite(s.loglik[0])) {
        status = ms_error_set(err, MS_ENOCONV,
                              "the Cox likelihood cannot be computed at the starting values: are the "
                              "predictors or the offset too large for exp()?");
        goto cleanup;
    }
    s.score = newton_step(&s, p, step);
    if ((status = iterate(problem, options, trial, step, &s, err))) goto cleanup;
    if (!isfinite(s.loglik[1])) {
        status = ms_error_set(err, MS_ENOCONV,
                              "the Cox likelihood overflows after %zu iterations: rescale or leave out "
                              "the predictor with extreme values",
                              s.iterations);
        goto cleanup;
    }
    ms_cholesky_inverse(s.factor, p, s.var);
    *out = s;
    s = (ms_cox_solution){0};
cleanup:
    free(trial);
    ms_cox_solution_clear(&s);
    return status;
}
