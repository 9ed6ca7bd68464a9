/* A Cox model from data to table: fit, variances, tests, linear predictor, concordance. R: coxph,
 * summary.coxph. */
#include "survival/concordance.h"
#include "survival/cox.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_cox_options_default(ms_cox_options *options) {
    *options = (ms_cox_options){.ties = MS_TIES_EFRON,
                                .iterations = 20,
                                .eps = 1e-9,
                                .toler_chol = pow(DBL_EPSILON, 0.75),
                                .conf_level = 0.95};
}

ms_status ms_design_check(const ms_design *design, size_t n, ms_error *err) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < design->p; j++)
            if (!isfinite(design->x[i * design->p + j]))
                return ms_error_set(err, MS_EINPUT,
                                    "row %zu: predictor %s is %g: every predictor must be finite", i + 1,
                                    design->names ? design->names[j] : "", design->x[i * design->p + j]);
        if (design->offset && !isfinite(design->offset[i]))
            return ms_error_set(err, MS_EINPUT, "row %zu: offset %g is not finite", i + 1, design->offset[i]);
    }
    return MS_OK;
}

static ms_status check(const ms_surv *data, const ms_design *design, const ms_cox_options *options,
                       ms_error *err) {
    ms_status status = ms_design_check(design, data->n, err);
    if (status) return status;
    for (size_t i = 0; i < data->n; i++) {
        if (data->weight && data->weight[i] <= 0)
            return ms_error_set(err, MS_EINPUT, "row %zu: weight %g; a Cox model's weights must be above 0",
                                i + 1, data->weight[i]);
        if (options->ties == MS_TIES_EXACT && data->weight && data->weight[i] != 1)
            return ms_error_set(err, MS_EUSAGE, "exact ties take no case weights: use efron or breslow");
    }
    if (options->ties == MS_TIES_EXACT && (design->cluster || options->robust))
        return ms_error_set(err, MS_EUSAGE, "exact ties have no robust variance: use efron or breslow");
    return MS_OK;
}

static ms_status cox_alloc(size_t n, const ms_design *design, bool robust, ms_cox *cox, ms_error *err) {
    size_t p = design->p;
    double **vectors[] = {&cox->coef,  &cox->se,    &cox->z,    &cox->p_value,
                          &cox->lower, &cox->upper, &cox->means};
    for (size_t i = 0; i < MS_COUNT(vectors); i++)
        if (!(*vectors[i] = ms_calloc(p, sizeof(double)))) return ms_error_nomem(err);
    cox->var = ms_calloc(p * p, sizeof(double));
    cox->naive_var = ms_calloc(p * p, sizeof(double));
    cox->lp = ms_calloc(n, sizeof(double));
    cox->infinite = ms_calloc(p, sizeof(bool));
    cox->names = ms_calloc(p, sizeof *cox->names);
    if (robust) cox->robust_se = ms_calloc(p, sizeof(double));
    if (!cox->var || !cox->naive_var || !cox->lp || !cox->infinite || !cox->names ||
        (robust && !cox->robust_se))
        return ms_error_nomem(err);
    cox->p = p;
    for (size_t j = 0; j < p; j++) {
        char label[32];
        if (!design->names) (void)ms_text_format(label, sizeof label, "x%zu", j + 1);
        if (!(cox->names[j] = ms_strdup(design->names ? design->names[j] : label)))
            return ms_error_nomem(err);
    }
    return MS_OK;
}

/* From the scaled columns back to the data's: coefficients, variance, means. A collinear column gets NaN. */
static void unscale(const ms_cox_problem *problem, const ms_cox_solution *s, ms_cox *cox) {
    size_t p = problem->p;
    for (size_t a = 0; a < p; a++) {
        bool collinear = s->factor[a * p + a] == 0;
        cox->coef[a] = collinear ? NAN : s->beta[a] * problem->scale[a];
        cox->means[a] = problem->mean[a];
        for (size_t b = 0; b < p; b++)
            cox->naive_var[a * p + b] = s->var[a * p + b] * problem->scale[a] * problem->scale[b];
    }
    memcpy(cox->var, cox->naive_var, p * p * sizeof *cox->var);
}

/* A coefficient for which the next Newton step would still be large although the likelihood has settled: it
 * is on its way to infinity. R warns: "Loglik converged before variable". */
static void find_infinite(const ms_cox_problem *problem, const ms_cox_solution *s,
                          const ms_cox_options *options, ms_cox *cox) {
    size_t p = problem->p;
    for (size_t a = 0; a < p; a++) {
        double step = 0;
        for (size_t b = 0; b < p; b++) step += s->var[a * p + b] * s->u[b];
        step = fabs(step * problem->scale[a]);
        cox->infinite[a] =
            !isnan(cox->coef[a]) && options->iterations > 1 &&
            (!isfinite(step) || (step > options->eps && step > sqrt(options->eps) * fabs(cox->coef[a])));
        if (!cox->infinite[a]) continue;
        cox->converged = false;
        ms_log(MS_LOG_WARNING,
               "the likelihood levels off while the coefficient of %s grows: it may be infinite "
               "(separation)",
               cox->names[a]);
    }
    if (s->ran_out) {
        cox->converged = false;
        ms_log(MS_LOG_WARNING, "the Cox model did not converge in %zu iterations", cox->iterations);
    }
}

static void linear_predictor(const ms_cox_problem *problem, const ms_design *design, ms_cox *cox) {
    size_t p = problem->p;
    for (size_t i = 0; i < cox->n; i++) {
        double lp = design->offset ? design->offset[i] - problem->offset_mean : 0;
        for (size_t j = 0; j < p; j++)
            if (!isnan(cox->coef[j])) lp += (design->x[i * p + j] - cox->means[j]) * cox->coef[j];
        cox->lp[i] = lp;
    }
}

/* Effective degrees of freedom of a penalised fit, trace(V I) with I the information without penalty (Gray
 * 1992). */
static double effective_df(const ms_cox_problem *problem, const ms_cox_solution *s) {
    size_t p = problem->p;
    double df = 0;
    for (size_t a = 0; a < p; a++) {
        if (s->factor[a * p + a] != 0) df += 1 - s->var[a * p + a] * problem->penalty[a];
    }
    return df;
}

static ms_status tests(const ms_cox_problem *problem, const ms_cox_solution *s, const ms_cox_options *options,
                       ms_cox *cox, ms_error *err) {
    size_t p = cox->p;
    double *coef = ms_calloc(p + 1, sizeof *coef);
    if (!coef) return ms_error_nomem(err);
    for (size_t j = 0; j < p; j++) coef[j] = isnan(cox->coef[j]) ? 0 : cox->coef[j];
    for (size_t j = 0; j < p && options->start; j++) coef[j] -= isnan(cox->coef[j]) ? 0 : options->start[j];
    ms_status status = ms_quadratic_form(cox->var, coef, p, options->toler_chol, &cox->wald, NULL, err);
    free(coef);
    cox->df = cox->penalised ? effective_df(problem, s) : (double)s->rank;
    cox->lr = 2 * (cox->loglik[1] - cox->loglik[0]);
    cox->score = cox->penalised ? NAN : s->score;
    cox->p_lr = ms_chisq_upper(cox->lr > 0 ? cox->lr : 0, cox->df);
    cox->p_wald = ms_chisq_upper(cox->wald, cox->df);
    cox->p_score = ms_chisq_upper(cox->score, cox->df);
    cox->p_robust_score = ms_chisq_upper(cox->robust_score, cox->df);
    return status;
}

static void table(const ms_cox_options *options, ms_cox *cox) {
    double width = ms_normal_quantile(0.5 + options->conf_level / 2);
    for (size_t j = 0; j < cox->p; j++) {
        bool collinear = isnan(cox->coef[j]);
        cox->se[j] = collinear ? NAN : sqrt(cox->naive_var[j * cox->p + j]);
        double se = collinear ? NAN : sqrt(cox->var[j * cox->p + j]);
        if (cox->robust) cox->robust_se[j] = se;
        cox->z[j] = cox->coef[j] / se;
        cox->p_value[j] = ms_normal_two_sided(cox->z[j]);
        cox->lower[j] = cox->coef[j] - width * se;
        cox->upper[j] = cox->coef[j] + width * se;
    }
}

static ms_status fill(const ms_surv *data, const ms_design *design, const ms_cox_options *options,
                      ms_cox_problem *problem, const ms_cox_solution *s, ms_cox *cox, ms_error *err) {
    cox->n = data->n;
    cox->n_strata = problem->sorted->n_strata;
    cox->ties = options->ties;
    cox->iterations = s->iterations;
    cox->converged = true;
    cox->robust_score = NAN;
    for (size_t i = 0; i < data->n; i++) cox->n_events += data->event[i];
    for (size_t j = 0; j < design->p; j++) cox->penalised |= problem->penalty[j] > 0;
    unscale(problem, s, cox);
    find_infinite(problem, s, options, cox);
    linear_predictor(problem, design, cox);
    cox->loglik[0] = s->loglik[0];
    cox->loglik[1] = s->loglik[1] + ms_cox_penalty(problem, s->beta);
    ms_status status = cox->robust && design->p ? ms_cox_robust(problem->sorted, design, cox, err) : MS_OK;
    if (status || (status = tests(problem, s, options, cox, err))) return status;
    table(options, cox);
    return MS_OK;
}

static ms_status add_concordance(const ms_surv *data, const ms_sorted *sorted, const ms_design *design,
                                 const ms_cox_options *options, ms_cox *cox, ms_error *err) {
    ms_concordance_options concordance;
    ms_concordance_options_default(&concordance);
    concordance.conf_level = options->conf_level;
    concordance.cluster = design->cluster;
    concordance.n_clusters = design->n_clusters;
    return ms_concordance_of_sorted(data, sorted, cox->lp, &concordance, &cox->concordance, err);
}

ms_status ms_cox_fit(const ms_surv *data, const ms_design *design, const ms_cox_options *options, ms_cox *out,
                     ms_error *err) {
    ms_cox_options chosen;
    ms_cox_options_default(&chosen);
    if (options) chosen = *options;
    ms_sorted sorted = {0};
    ms_cox_problem problem = {0};
    ms_cox_solution solution = {0};
    ms_cox cox = {0};
    ms_status status = ms_sorted_make(data, &sorted, err);
    if (status || (status = check(data, design, &chosen, err))) goto cleanup;
    if ((status = ms_sorted_need_event(&sorted, err))) goto cleanup;
    cox.robust = chosen.robust || design->cluster || ms_weights_fractional(data);
    if ((status = cox_alloc(data->n, design, cox.robust, &cox, err))) goto cleanup;
    if ((status = ms_cox_problem_make(&sorted, design, chosen.ties, &problem, err))) goto cleanup;
    if ((status = ms_cox_newton(&problem, &chosen, &solution, err))) goto cleanup;
    if ((status = fill(data, design, &chosen, &problem, &solution, &cox, err))) goto cleanup;
    ms_cox_problem_clear(&problem); /* room for what follows */
    if ((status = add_concordance(data, &sorted, design, &chosen, &cox, err))) goto cleanup;
    *out = cox;
    cox = (ms_cox){0};
cleanup:
    ms_cox_clear(&cox);
    ms_cox_solution_clear(&solution);
    ms_cox_problem_clear(&problem);
    ms_sorted_clear(&sorted);
    return status;
}

void ms_cox_clear(ms_cox *cox) {
    for (size_t j = 0; j < cox->p && cox->names; j++) free(cox->names[j]);
    MS_FREE(cox->names);
    MS_FREE(cox->coef);
    MS_FREE(cox->var);
    MS_FREE(cox->naive_var);
    MS_FREE(cox->se);
    MS_FREE(cox->robust_se);
    MS_FREE(cox->z);
    MS_FREE(cox->p_value);
    MS_FREE(cox->lower);
    MS_FREE(cox->upper);
    MS_FREE(cox->means);
    MS_FREE(cox->lp);
    MS_FREE(cox->infinite);
    cox->p = 0;
}
