/* Fine and Gray's regression (JASA 1999;94:496): the log pseudo-likelihood
 *     sum over events of the cause of (x beta - log sum over the risk set of weight exp(x beta))
 * maximised by Newton-Raphson with step halving. R: cmprsk::crr, and coxph on survival::finegray. */
#include "survival/finegray.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS = 25 };
#define TOLERANCE 1e-10 /* relative change of the likelihood */

static void problem_clear(ms_fg_problem *q) {
    ms_sorted_clear(&q->sorted);
    MS_FREE(q->first);
    MS_FREE(q->censoring);
    MS_FREE(q->x);
}

static void find_times(ms_fg_problem *q) {
    const ms_sorted *s = &q->sorted;
    for (size_t i = 0; i < q->n; i++)
        if (i == 0 || s->time[s->by_time[i]] != s->time[s->by_time[i - 1]]) q->first[q->n_times++] = i;
    q->first[q->n_times] = q->n;
}

/* G just before each time: Kaplan-Meier with censoring as the event. */
static void censoring_curve(ms_fg_problem *q) {
    double g = 1;
    for (size_t t = 0; t < q->n_times; t++) {
        double at_risk = (double)(q->n - q->first[t]), censored = 0, failed = 0;
        for (size_t i = q->first[t]; i < q->first[t + 1]; i++)
            *(q->sorted.event[q->sorted.by_time[i]] ? &failed : &censored) += 1;
        if (q->convention == MS_FINEGRAY_SURVIVAL) at_risk -= failed;
        q->censoring[t] = g;
        if (censored > 0) g *= (at_risk - censored) / at_risk;
    }
}

static void centre(ms_fg_problem *q, const ms_design *design) {
    for (size_t j = 0; j < q->p; j++) {
        double sum = 0;
        for (size_t i = 0; i < q->n; i++) sum += design->x[i * q->p + j];
        q->mean[j] = sum / (double)q->n;
        for (size_t i = 0; i < q->n; i++) q->x[i * q->p + j] = design->x[i * q->p + j] - q->mean[j];
    }
    for (size_t i = 0; i < q->n && design->offset; i++) q->offset[i] = design->offset[i];
}

static ms_status problem_make(ms_fg_problem *q, const ms_design *design, ms_error *err) {
    ms_status status = ms_sorted_make(&q->competing->data, &q->sorted, err);
    if (status) return status;
    q->first = ms_calloc(q->n + 1, sizeof *q->first);
    q->censoring = ms_calloc(q->n, sizeof *q->censoring);
    q->x = ms_calloc(q->n * (q->p + 2) + q->p, sizeof *q->x);
    if (!q->first || !q->censoring || !q->x) return ms_error_nomem(err);
    q->risk = q->x + q->n * q->p;
    q->offset = q->risk + q->n;
    q->mean = q->offset + q->n;
    find_times(q);
    censoring_curve(q);
    centre(q, design);
    return MS_OK;
}

static void set_risks(ms_fg_problem *q, const double *beta) {
    q->shift = -INFINITY;
    for (size_t i = 0; i < q->n; i++) {
        double eta = q->offset[i];
        for (size_t j = 0; j < q->p; j++) eta += q->x[i * q->p + j] * beta[j];
        q->risk[i] = eta;
        q->shift = fmax(q->shift, eta);
    }
    for (size_t i = 0; i < q->n; i++) q->risk[i] = exp(q->risk[i] - q->shift);
}

/* Log likelihood, gradient u[p] and information imat[p * p] (lower triangle). */
static ms_status evaluate(ms_fg_problem *q, const double *beta, double *loglik, double *u, double *imat,
                          ms_error *err) {
    ms_fg_walk w;
    size_t p = q->p;
    set_risks(q, beta);
    ms_status status = ms_fg_walk_start(&w, q, true, err);
    if (status) return status;
    *loglik = 0;
    memset(u, 0, p * sizeof *u);
    memset(imat, 0, p * p * sizeof *imat);
    for (size_t i = 0; i < q->n; i++) {
        if (ms_fg_fate_of(q, i) != MS_FG_EVENT) continue;
        *loglik += log(q->risk[i]);
        for (size_t j = 0; j < p; j++) u[j] += q->x[i * p + j];
    }
    while (ms_fg_walk_next(&w)) {
        for (size_t k = 0; k < ms_fg_parts(&w); k++) {
            ms_fg_part part = ms_fg_part_at(&w, k);
            *loglik -= part.weight * log(part.sum);
            for (size_t j = 0; j < p; j++) {
                double mean = (w.x[j] - part.gone * w.dx[j]) / part.sum;
                u[j] -= part.weight * mean;
                for (size_t l = 0; l <= j; l++) {
                    double other = (w.x[l] - part.gone * w.dx[l]) / part.sum;
                    double square = (w.xx[j * p + l] - part.gone * w.dxx[j * p + l]) / part.sum;
                    imat[j * p + l] += part.weight * (square - mean * other);
                }
            }
        }
    }
    ms_fg_walk_clear(&w);
    return MS_OK;
}

/* beta[p] at the maximum; step[p], u[p], imat[p * p] as there. `imat` then holds its factor. */
static ms_status maximise(ms_fg_problem *q, double *beta, double *step, double *u, double *imat,
                          ms_finegray *fit, ms_error *err) {
    size_t p = q->p, halvings = 0;
    double *best = ms_calloc(p + 1, sizeof *best);
    if (!best) return ms_error_nomem(err);
    ms_status status = evaluate(q, beta, &fit->loglik[0], u, imat, err);
    double reached = fit->loglik[0];
    fit->loglik[1] = reached;
    ms_cholesky(imat, p, 1e-12);
    while (!status && p > 0 && fit->iterations < ITERATIONS) {
        double loglik;
        memcpy(step, u, p * sizeof *step);
        if (!halvings) {
            ms_cholesky_solve(imat, p, step);
            for (size_t j = 0; j < p; j++) beta[j] = best[j] + step[j];
        }
        fit->iterations++;
        if ((status = evaluate(q, beta, &loglik, u, imat, err))) break;
        ms_cholesky(imat, p, 1e-12);
        if (isfinite(loglik) && fabs(loglik - reached) <= TOLERANCE * fabs(loglik)) {
            fit->converged = true;
            fit->loglik[1] = loglik;
            break;
        }
        if (!isfinite(loglik) || loglik < reached) { /* back towards the best so far */
            halvings++;
            for (size_t j = 0; j < p; j++) beta[j] = best[j] + (beta[j] - best[j]) / 2;
            continue;
        }
        halvings = 0;
        reached = fit->loglik[1] = loglik;
        memcpy(best, beta, p * sizeof *best);
    }
    if (p == 0) fit->converged = true;
    free(best);
    return status;
}

/* A coefficient that would still move although the likelihood does not: it runs to infinity. */
static void warn_unfinished(ms_finegray *fit, const double *step) {
    for (size_t j = 0; j < fit->p && fit->converged; j++)
        if (!isnan(fit->coef[j]) && fabs(step[j]) > 1e-5 && fabs(step[j]) > 1e-5 * fabs(fit->coef[j])) {
            ms_log(MS_LOG_WARNING, "'%s': the coefficient may be infinite", fit->names[j]);
            fit->converged = false;
            return;
        }
    if (!fit->converged)
        ms_log(MS_LOG_WARNING, "no convergence in %zu iterations: the numbers are not to be trusted",
               fit->iterations);
}

static ms_status baseline(ms_fg_problem *q, const double *beta, ms_finegray *fit, ms_error *err) {
    ms_fg_walk w;
    double level = q->shift; /* the risks are of centred x: here x is 0 */
    for (size_t j = 0; j < q->p; j++) level += isnan(fit->coef[j]) ? 0 : q->mean[j] * beta[j];
    ms_status status = ms_fg_walk_start(&w, q, false, err);
    if (status) return status;
    fit->time = ms_calloc(2 * q->n_times, sizeof *fit->time);
    if (!fit->time) status = ms_error_nomem(err);
    fit->hazard = fit->time ? fit->time + q->n_times : NULL;
    size_t n = q->n_times;
    while (!status && ms_fg_walk_next(&w)) {
        double step = 0;
        for (size_t k = 0; k < ms_fg_parts(&w); k++) {
            ms_fg_part part = ms_fg_part_at(&w, k);
            step += part.weight / part.sum;
        }
        n--;
        fit->time[n] = q->sorted.time[q->sorted.by_time[q->first[w.at]]];
        fit->hazard[n] = step / exp(level);
    }
    ms_fg_walk_clear(&w);
    if (status) return status;
    fit->n_times = q->n_times - n; /* latest first: they stand at the end */
    memmove(fit->time, fit->time + n, fit->n_times * sizeof *fit->time);
    memmove(fit->hazard, fit->hazard + n, fit->n_times * sizeof *fit->hazard);
    for (size_t t = 1; t < fit->n_times; t++) fit->hazard[t] += fit->hazard[t - 1];
    return MS_OK;
}

static ms_status fit_alloc(ms_finegray *fit, const ms_design *design, ms_error *err) {
    size_t p = fit->p;
    fit->names = ms_calloc(p + 1, sizeof *fit->names);
    fit->coef = ms_calloc(6 * p + 2 * p * p + 1, sizeof *fit->coef);
    if (!fit->names || !fit->coef) return ms_error_nomem(err);
    double **arrays[] = {&fit->se, &fit->z, &fit->p_value, &fit->lower, &fit->upper};
    for (size_t i = 0; i < MS_COUNT(arrays); i++) *arrays[i] = fit->coef + (i + 1) * p;
    fit->var = fit->coef + 6 * p;
    fit->naive_var = fit->var + p * p;
    for (size_t j = 0; j < p; j++) {
        char name[32];
        (void)ms_text_format(name, sizeof name, "x%zu", j + 1);
        if (!(fit->names[j] = ms_strdup(design->names ? design->names[j] : name))) return ms_error_nomem(err);
    }
    return MS_OK;
}

static void summarise(ms_finegray *fit, double conf_level) {
    double z = ms_normal_quantile(0.5 + conf_level / 2);
    for (size_t j = 0; j < fit->p; j++) {
        double b = fit->coef[j];
        fit->se[j] = isnan(b) ? NAN : sqrt(fit->var[j * fit->p + j]);
        fit->z[j] = b / fit->se[j];
        fit->p_value[j] = ms_normal_two_sided(fit->z[j]);
        fit->lower[j] = b - z * fit->se[j];
        fit->upper[j] = b + z * fit->se[j];
    }
}

static ms_status check(const ms_competing *c, const ms_design *design, double conf_level, ms_error *err) {
    if (c->data.weight || c->data.entry || c->data.stratum)
        return ms_error_set(err, MS_EUSAGE,
                            "Fine and Gray's regression takes no case weights, entry times or strata here");
    if (design->cluster || design->ridge)
        return ms_error_set(err, MS_EUSAGE, "Fine and Gray's regression takes no cluster() or ridge() here");
    if (!(conf_level > 0 && conf_level < 1))
        return ms_error_set(err, MS_EUSAGE, "confidence level %g is not between 0 and 1", conf_level);
    return ms_design_check(design, c->data.n, err);
}

static ms_status solve(ms_fg_problem *q, double conf_level, ms_finegray *fit, ms_error *err) {
    size_t p = q->p;
    double *work = ms_calloc(3 * p + p * p + 1, sizeof *work);
    if (!work) return ms_error_nomem(err);
    double *beta = work, *step = beta + p, *u = step + p, *imat = u + p;
    ms_status status = maximise(q, beta, step, u, imat, fit, err);
    if (status) goto cleanup;
    if (!isfinite(fit->loglik[1])) {
        status = ms_error_set(err, MS_ENOCONV, "the likelihood overflows: rescale the predictors");
        goto cleanup;
    }
    for (size_t j = 0; j < p; j++) fit->coef[j] = imat[j * p + j] > 0 ? beta[j] : NAN;
    memcpy(step, u, p * sizeof *step);
    ms_cholesky_solve(imat, p, step);
    ms_cholesky_inverse(imat, p, fit->naive_var);
    if ((status = ms_fg_variance(q, fit->naive_var, fit->var, err))) goto cleanup;
    if ((status = baseline(q, beta, fit, err))) goto cleanup;
    summarise(fit, conf_level);
    warn_unfinished(fit, step);
cleanup:
    free(work);
    return status;
}

ms_status ms_finegray_fit(const ms_competing *competing, size_t cause, const ms_design *design,
                          ms_finegray_convention convention, double conf_level, ms_finegray *out,
                          ms_error *err) {
    ms_finegray fit = {.n = competing->data.n, .p = design->p, .convention = convention};
    ms_fg_problem q = {
        .competing = competing, .cause = cause, .n = fit.n, .p = fit.p, .convention = convention};
    ms_status status = check(competing, design, conf_level, err);
    if (status || (status = problem_make(&q, design, err))) goto cleanup;
    for (size_t i = 0; i < fit.n; i++) {
        ms_fg_fate fate = ms_fg_fate_of(&q, i);
        ++*(fate == MS_FG_EVENT       ? &fit.n_events
            : fate == MS_FG_COMPETING ? &fit.n_competing
                                      : &fit.n_censored);
    }
    if (!fit.n_events) {
        status = ms_error_set(err, MS_EINPUT, "no event of the cause of interest in %zu rows", fit.n);
        goto cleanup;
    }
    if ((status = fit_alloc(&fit, design, err)) || (status = solve(&q, conf_level, &fit, err))) goto cleanup;
    *out = fit;
    fit = (ms_finegray){0};
cleanup:
    problem_clear(&q);
    ms_finegray_clear(&fit);
    return status;
}

void ms_finegray_clear(ms_finegray *fit) {
    for (size_t j = 0; j < fit->p && fit->names; j++) free(fit->names[j]);
    MS_FREE(fit->names);
    MS_FREE(fit->coef);
    MS_FREE(fit->time);
    fit->p = fit->n_times = 0;
}

double ms_finegray_incidence(const ms_finegray *fit, const double *x, double time) {
    size_t n = ms_count_up_to(fit->time, fit->n_times, time);
    double lp = 0;
    for (size_t j = 0; j < fit->p; j++)
        if (!isnan(fit->coef[j])) lp += x[j] * fit->coef[j];
    return n ? -expm1(-fit->hazard[n - 1] * exp(lp)) : 0;
}
