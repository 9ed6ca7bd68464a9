/* The path over lambda: warm starts, the strong rule, proximal Newton steps, and glmnet's rules for where the
 * path begins and ends. */
#include "survival/coxnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double huge_lambda = 9.9e35; /* glmnet's infinity */

typedef struct path {
    ms_net_risk *risk;
    const ms_net_columns *columns;
    const ms_coxnet_options *options;
    ms_net_model model;
    double *beta, *gradient, *products; /* [p] of the standardised columns */
    double *eta, *trial, *slope;        /* [length] */
    size_t *strong, n_strong;           /* columns that are looked at in every step */
    size_t *others, n_others;           /* used columns that are not */
    double value;                       /* minus log likelihood at eta */
    double null_deviance;               /* of weights that sum to 1 */
    bool fresh;                         /* the model's Hessian is of eta */
    bool any;                           /* it has been taken */
    size_t newton;
} path;

static ms_status path_make(ms_net_risk *risk, const ms_net_columns *columns, const ms_coxnet_options *options,
                           path *a, ms_error *err) {
    const size_t p = columns->p, length = risk->length;
    *a = (path){.risk = risk, .columns = columns, .options = options};
    double **vectors[] = {&a->beta, &a->gradient, &a->products, &a->eta, &a->trial, &a->slope};
    bool whole = true;
    for (size_t i = 0; i < MS_COUNT(vectors); i++)
        whole &= (*vectors[i] = ms_calloc(i < 3 ? p : length, sizeof(double))) != NULL;
    whole &= (a->strong = ms_calloc(p, sizeof(size_t))) != NULL;
    whole &= (a->others = ms_calloc(p, sizeof(size_t))) != NULL;
    if (!whole) return ms_error_nomem(err);
    memcpy(a->eta, risk->offset, length * sizeof(double));
    a->value = ms_net_risk_evaluate(risk, a->eta, a->slope);
    a->null_deviance = ms_net_deviance(risk, a->value);
    if (!isfinite(a->value))
        return ms_error_set(err, MS_EINPUT, "the likelihood cannot be computed: are the offsets too large?");
    return ms_net_model_make(columns, risk, &a->model, err);
}

static void path_clear(path *a) {
    ms_net_model_clear(&a->model);
    free(a->beta);
    free(a->gradient);
    free(a->products);
    free(a->eta);
    free(a->trial);
    free(a->slope);
    free(a->strong);
    free(a->others);
}

/* Gradient of the log likelihood in some columns. */
static void take_gradient(path *a, const size_t *columns, size_t n) {
    ms_net_products(a->columns->x, a->risk->length, columns, n, a->slope, a->products);
    for (size_t i = 0; i < n; i++) a->gradient[columns[i]] = a->products[i];
}

/* ---- screening --------------------------------------------------------------------------------------------
 */

/* A column whose gradient moves by no more than lambda does cannot enter: the strong rule. What is in the
 * model stays. */
static void screen(path *a, double limit) {
    a->n_strong = a->n_others = 0;
    for (size_t j = 0; j < a->columns->p; j++) {
        if (!a->columns->used[j]) continue;
        if (a->model.place[j] != SIZE_MAX || fabs(a->gradient[j]) >= limit * a->columns->factor[j])
            a->strong[a->n_strong++] = j;
        else
            a->others[a->n_others++] = j;
    }
}

/* Takes columns at 0 that should not be there into the model. */
static ms_status add_violators(path *a, double l1, bool *added, ms_error *err) {
    for (size_t i = 0; i < a->n_strong; i++) {
        const size_t j = a->strong[i];
        if (a->beta[j] != 0 || a->model.place[j] != SIZE_MAX ||
            !(fabs(a->gradient[j]) > l1 * a->columns->factor[j] * (1 + 1e-12)))
            continue;
        *added = true;
        ms_status status = ms_net_model_add(&a->model, j, err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

/* Looks at the columns that were screened out; those that should not have been are strong from here on. */
static bool check_others(path *a, double l1) {
    size_t kept = 0;
    take_gradient(a, a->others, a->n_others);
    for (size_t i = 0; i < a->n_others; i++) {
        const size_t j = a->others[i];
        if (fabs(a->gradient[j]) > l1 * a->columns->factor[j] * (1 + 1e-12))
            a->strong[a->n_strong++] = j;
        else
            a->others[kept++] = j;
    }
    const bool found = kept < a->n_others;
    a->n_others = kept;
    return found;
}

/* ---- one lambda -------------------------------------------------------------------------------------------
 */

static double penalty_change(const path *a, double share, double l1, double l2) {
    double change = 0;
    for (size_t i = 0; i < a->model.m; i++) {
        const double v = a->columns->factor[a->model.column[i]], from = a->model.start[i];
        const double to = from + share * (a->model.beta[i] - from);
        change += v * (l1 * (fabs(to) - fabs(from)) + l2 / 2 * (to * to - from * from));
    }
    return change;
}

static void try_step(path *a, double share) {
    memcpy(a->trial, a->eta, a->risk->length * sizeof(double));
    for (size_t i = 0; i < a->model.m; i++) a->products[i] = share * (a->model.beta[i] - a->model.start[i]);
    ms_net_combine(a->trial, a->products, a->columns->x, a->risk->length, a->model.column, a->model.m);
}

static void keep_step(path *a, double share, double value) {
    double *eta = a->eta;
    a->eta = a->trial;
    a->trial = eta;
    a->value = value;
    for (size_t i = 0; i < a->model.m; i++) {
        const double from = a->model.start[i], to = a->model.beta[i];
        a->beta[a->model.column[i]] = share == 1 ? to : from + share * (to - from);
    }
}

/* Goes to the model's minimum, or part of the way where that makes the objective worse; *share is 0 where
 * nothing helps. A worse value by rounding alone is none. */
static void search(path *a, double l1, double l2, double *share) {
    const double rounding = 1e-13 * (1 + fabs(a->value));
    const size_t most = a->fresh ? 40 : 1; /* an old Hessian is renewed before its steps are halved */
    *share = 1;
    for (size_t halved = 0; halved < most; halved++, *share /= 2) {
        try_step(a, *share);
        const double value = ms_net_risk_evaluate(a->risk, a->trial, a->slope);
        if (isfinite(value) && value + penalty_change(a, *share, l1, l2) <= a->value + rounding) {
            keep_step(a, *share, value);
            return;
        }
    }
    *share = 0;
    (void)ms_net_risk_evaluate(a->risk, a->eta, a->slope);
}

static ms_status renew(path *a, double l1, ms_error *err) {
    bool added = false;
    ms_status status = ms_net_model_refresh(&a->model, a->beta, err);
    if (status == MS_OK) status = add_violators(a, l1, &added, err);
    a->fresh = a->any = true;
    return status;
}

/* Is a new Hessian worth it? Steps that do not shrink at least fourfold say so. */
static bool worth_renewing(const path *a, double size, double before, double goal) {
    return !a->fresh && size > goal && size > 0.05 * before;
}

static ms_status solve(path *a, double lambda, bool *solved, ms_error *err) {
    const double l1 = lambda * a->options->alpha, l2 = lambda * (1 - a->options->alpha);
    const double goal = a->options->threshold * a->null_deviance;
    double before = INFINITY;
    *solved = false;
    for (size_t step = 0; step < a->options->iterations; step++) {
        bool added = false;
        double size, share;
        ms_status status = a->any ? add_violators(a, l1, &added, err) : renew(a, l1, err);
        if (status == MS_OK)
            status = ms_net_model_solve(&a->model, a->beta, a->gradient, l1, l2, 0.01 * goal, &size, err);
        if (status != MS_OK) return status;
        a->newton++;
        search(a, l1, l2, &share);
        if (share > 0) {
            a->fresh = a->fresh && size == 0;
            take_gradient(a, a->strong, a->n_strong);
        }
        added = false;
        if (share == 1 && size <= goal) {
            status = add_violators(a, l1, &added, err);
            if (status == MS_OK && !added && !check_others(a, l1)) {
                *solved = true;
                return MS_OK;
            }
        } else if (share == 0 && a->fresh) {
            return MS_OK;
        } else if (share < 1 || worth_renewing(a, size, before, goal)) {
            if (!a->fresh) status = renew(a, l1, err);
        }
        if (status != MS_OK) return status;
        before = share == 1 ? size : INFINITY;
    }
    return MS_OK;
}

/* ---- the path ---------------------------------------------------------------------------------------------
 */

static int falling(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? 1 : p > q ? -1 : 0;
}

static ms_status net_alloc(size_t n_lambda, size_t p, ms_coxnet *net, ms_error *err) {
    net->lambda = ms_calloc(n_lambda, sizeof(double));
    net->dev_ratio = ms_calloc(n_lambda, sizeof(double));
    net->df = ms_calloc(n_lambda, sizeof(size_t));
    net->beta = ms_calloc(n_lambda, p * sizeof(double));
    return net->lambda && net->dev_ratio && net->df && net->beta ? MS_OK : ms_error_nomem(err);
}

/* The least lambda that holds all penalised coefficients at 0, from the gradient there. */
static double largest_lambda(const path *a) {
    double most = 0;
    for (size_t j = 0; j < a->columns->p; j++)
        if (a->columns->used[j] && a->columns->factor[j] > 0)
            most = fmax(most, fabs(a->gradient[j]) / a->columns->factor[j]);
    return most / fmax(a->options->alpha, 1e-3);
}

static void keep_model(const path *a, ms_coxnet *net) {
    const size_t k = net->n_lambda++;
    double *beta = net->beta + k * a->columns->p;
    for (size_t j = 0; j < a->columns->p; j++) {
        if (a->beta[j] == 0) continue;
        beta[j] = a->beta[j] / a->columns->scale[j];
        net->df[k]++;
    }
    net->dev_ratio[k] = a->null_deviance > 0 ? 1 - ms_net_deviance(a->risk, a->value) / a->null_deviance : 0;
}

/* glmnet's two programs stop at different places. */
static bool finished(const ms_coxnet *net, bool other_program, ms_coxnet_end *end) {
    const size_t k = net->n_lambda, window = 5;
    if (k < window) return false;
    const double now = net->dev_ratio[k - 1], then = net->dev_ratio[k - window];
    if (now > (other_program ? 0.99 : 0.999))
        *end = MS_COXNET_SATURATED;
    else if (now - then < (other_program ? 1e-3 : 1e-5) * now)
        *end = MS_COXNET_FLAT;
    else
        return false;
    return true;
}

/* The first model of a path of glmnet's own: nothing but what is not penalised. It gives the lambdas. */
static ms_status begin(path *a, bool other_program, double *lambda, size_t n, bool *solved, ms_error *err) {
    const double given = a->options->lambda_min_ratio;
    const double ratio = given > 0 ? given : a->columns->n < a->columns->p ? 0.01 : 1e-4;
    ms_status status = solve(a, huge_lambda, solved, err);
    const double most = largest_lambda(a);
    /* glmnet takes 1 / (n - 1) in single precision, which moves the last lambda by 1e-8 of its size. */
    const double step = n < 2 ? 0 : other_program ? 1 / (double)(n - 1) : (double)(1.0F / (float)(n - 1));
    for (size_t k = 0; k < n; k++) lambda[k] = most * pow(ratio, (double)k * step);
    if (status == MS_OK && *solved && !(most > 0))
        status = ms_error_set(err, MS_EINPUT,
                              "no predictor has anything to do with survival: every gradient is 0");
    return status;
}

ms_status ms_coxnet_path(ms_net_risk *risk, const ms_net_columns *columns, const ms_coxnet_options *options,
                         bool other_program, ms_coxnet *net, ms_error *err) {
    path a = {0};
    const bool own = !options->lambda;
    const size_t n = own ? options->n_lambda : options->n_given;
    bool solved = true;
    double last = 0;
    ms_status status = net_alloc(n, columns->p, net, err);
    if (status == MS_OK) status = path_make(risk, columns, options, &a, err);
    if (status != MS_OK) goto cleanup;
    net->null_deviance = a.null_deviance * risk->weight_sum;
    if (!own) {
        memcpy(net->lambda, options->lambda, n * sizeof(double));
        qsort(net->lambda, n, sizeof(double), falling);
    }
    for (size_t j = 0; j < columns->p; j++)
        if (columns->used[j]) a.others[a.n_others++] = j;
    take_gradient(&a, a.others, a.n_others);
    for (size_t k = 0; k < n; k++) {
        if (k == 0 && own) {
            screen(&a, 0);
            status = begin(&a, other_program, net->lambda, n, &solved, err);
        } else {
            const double lambda = net->lambda[k], fall = 2 * lambda - (k ? last : largest_lambda(&a));
            screen(&a, options->alpha * fall);
            status = solve(&a, lambda, &solved, err);
        }
        if (status != MS_OK) goto cleanup;
        last = net->lambda[k];
        if (!solved) {
            net->end = MS_COXNET_NOT_CONVERGED;
            break;
        }
        keep_model(&a, net);
        if (own && !options->whole_path && finished(net, other_program, &net->end)) break;
    }
    net->newton = a.newton;
    net->passes = a.model.passes;
    if (net->n_lambda == 0)
        status = ms_error_set(err, MS_ENOCONV,
                              "the model of the first lambda has no solution: a coefficient without penalty, "
                              "or with too small a lambda, may be infinite (separation)");
cleanup:
    path_clear(&a);
    return status;
}
