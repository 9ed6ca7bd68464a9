/* Parametric survival regression by Newton-Raphson on the coefficients and log scales; where the information
 * is not positive its diagonal is raised (Levenberg & Marquardt), and a step that lowers the likelihood is
 * halved. R: survreg. */
#include "survival/survreg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_survreg_options_default(ms_survreg_options *options) {
    *options = (ms_survreg_options){.iterations = 100, .conf_level = 0.95};
}

typedef struct problem {
    const ms_survreg_frame *frame;
    ms_survreg_kind kind;
    size_t n, p, q, m;                        /* rows, columns, scales, parameters: p + q or p */
    double *y, *y2;                           /* [n] */
    double *x;                                /* [n * p], the first column 1; the others centred and scaled */
    double *mean, *width;                     /* [p] */
    double correction;                        /* of the likelihood for the logarithm of time */
    double *tau;                              /* [q] log scales: fixed ones stay */
    double *theta, *u, *imat, *factor, *step; /* [m], [m], [m * m] x 2, [m] */
    bool *usable;                             /* [p] columns in the model at hand */
} problem;

static double weight_of(const problem *b, size_t row) {
    return b->frame->model.weight ? b->frame->model.weight[row] : 1;
}

static size_t scale_of(const problem *b, size_t row) {
    return b->q > 1 ? b->frame->model.strata.codes[row] : 0;
}

static double tau_at(const problem *b, const double *theta, size_t k) {
    return b->m > b->p ? theta[b->p + k] : b->tau[k];
}

static ms_survreg_term term_of(const problem *b, const double *theta, size_t i) {
    double eta = b->frame->model.offset ? b->frame->model.offset[i] : 0;
    for (size_t j = 0; j < b->p; j++) eta += b->x[i * b->p + j] * theta[j];
    return ms_survreg_term_at(b->kind, (ms_survreg_status)b->frame->status[i], b->y[i], b->y2[i], eta,
                              tau_at(b, theta, scale_of(b, i)));
}

/* Log likelihood; with `full` also u and imat (full matrix). */
static double evaluate(problem *b, const double *theta, bool full) {
    size_t p = b->p, m = b->m;
    double total = b->correction;
    if (full) {
        memset(b->u, 0, m * sizeof *b->u);
        memset(b->imat, 0, m * m * sizeof *b->imat);
    }
    for (size_t i = 0; i < b->n; i++) {
        ms_survreg_term t = term_of(b, theta, i);
        double weight = weight_of(b, i);
        const double *x = b->x + i * p;
        total += weight * t.value;
        if (!full) continue;
        size_t k = p + scale_of(b, i);
        for (size_t j = 0; j < p; j++) {
            b->u[j] += weight * t.d_eta * x[j];
            for (size_t l = 0; l <= j; l++) b->imat[j * m + l] -= weight * t.d_eta2 * x[j] * x[l];
            if (m > p) b->imat[k * m + j] -= weight * t.d_eta_tau * x[j];
        }
        if (m == p) continue;
        b->u[k] += weight * t.d_tau;
        b->imat[k * m + k] -= weight * t.d_tau2;
    }
    for (size_t j = 0; j < p && full; j++)
        if (!b->usable[j]) {
            b->u[j] = 0;
            for (size_t l = 0; l < m; l++) b->imat[l * m + j] = b->imat[j * m + l] = 0;
        }
    for (size_t j = 0; j < m && full; j++)
        for (size_t l = 0; l < j; l++) b->imat[l * m + j] = b->imat[j * m + l];
    return total;
}

/* step = (imat + raise I)^-1 u, raised until it is positive; columns not in the model have no step. */
static void find_step(problem *b) {
    size_t m = b->m, wanted = 0;
    double raise = 0, largest = 1e-8;
    for (size_t j = 0; j < m; j++) {
        wanted += b->imat[j * m + j] != 0;
        largest = fmax(largest, fabs(b->imat[j * m + j]));
    }
    for (int i = 0; i < 60; i++) {
        memcpy(b->factor, b->imat, m * m * sizeof *b->factor);
        for (size_t j = 0; j < m; j++)
            if (b->imat[j * m + j] != 0) b->factor[j * m + j] += raise;
        if (ms_cholesky(b->factor, m, 1e-13) >= wanted) break;
        raise = raise > 0 ? 4 * raise : 1e-6 * largest;
    }
    memcpy(b->step, b->u, m * sizeof *b->step);
    ms_cholesky_solve(b->factor, m, b->step);
}

/* Climbs from theta; true when it arrives. */
static bool climb(problem *b, size_t most, double *loglik, size_t *iterations, double *trial) {
    *loglik = evaluate(b, b->theta, true);
    for (*iterations = 0; *iterations < most; (*iterations)++) {
        double gain = 0, next = NAN, share = 1;
        find_step(b);
        for (size_t j = 0; j < b->m; j++) gain += b->step[j] * b->u[j];
        if (fabs(gain) <= 1e-20 * (fabs(*loglik) + 1)) return true;
        for (int half = 0; half < 50; half++, share /= 2) {
            for (size_t j = 0; j < b->m; j++) trial[j] = b->theta[j] + share * b->step[j];
            next = evaluate(b, trial, false);
            if (isfinite(next) && next >= *loglik - 1e-13 * fabs(*loglik)) break;
        }
        if (!isfinite(next) || next < *loglik - 1e-13 * fabs(*loglik)) return fabs(gain) < 1e-9;
        double change = 0;
        for (size_t j = 0; j < b->m; j++) {
            change = fmax(change, fabs(trial[j] - b->theta[j]) / (1e-3 + fabs(trial[j])));
            b->theta[j] = trial[j];
        }
        *loglik = evaluate(b, b->theta, true);
        if (change < 1e-14) return true;
    }
    return false;
}

/* y, the centred columns and the starting values. */
static ms_status fill(problem *b, const ms_survreg_options *options, ms_error *err) {
    const ms_model_frame *f = &b->frame->model;
    bool logs = ms_survreg_logs(options->dist);
    double weights = 0, sum = 0, square = 0;
    for (size_t i = 0; i < b->n; i++) {
        double time = b->frame->time[i], time2 = b->frame->time2 ? b->frame->time2[i] : time;
        if (logs && !(time > 0))
            return ms_error_set(err, MS_EINPUT,
                                "row %zu: the time %g has no logarithm: a %s model needs times above 0",
                                f->rows[i] + 1, time, ms_survreg_dist_name(options->dist));
        b->y[i] = logs ? log(time) : time;
        b->y2[i] = logs ? log(time2) : time2;
        double weight = weight_of(b, i), middle = b->y[i];
        if (b->frame->status[i] == MS_SURVREG_INTERVAL) middle = (b->y[i] + b->y2[i]) / 2;
        if (logs && b->frame->status[i] == MS_SURVREG_EVENT) b->correction -= weight * b->y[i];
        if (f->offset) middle -= f->offset[i];
        weights += weight;
        sum += weight * middle;
        square += weight * middle * middle;
    }
    double centre = sum / weights, spread = sqrt(fmax(1e-8, square / weights - centre * centre));
    b->theta[0] = centre;
    for (size_t k = 0; k < b->q; k++) {
        if (b->m > b->p)
            b->theta[b->p + k] = log(0.8 * spread);
        else
            b->tau[k] = log(options->scale > 0 ? options->scale : ms_survreg_fixed_scale(options->dist));
    }
    return MS_OK;
}

static void fill_columns(problem *b) {
    const ms_model_frame *f = &b->frame->model;
    for (size_t j = 0; j < b->p; j++) {
        double sum = 0, spread = 0;
        b->mean[j] = 0;
        b->width[j] = 1;
        for (size_t i = 0; i < b->n && j; i++) sum += f->x[i * f->p + j - 1];
        if (j) b->mean[j] = sum / (double)b->n;
        for (size_t i = 0; i < b->n && j; i++) spread += fabs(f->x[i * f->p + j - 1] - b->mean[j]);
        if (spread > 0) b->width[j] = spread / (double)b->n;
        for (size_t i = 0; i < b->n; i++)
            b->x[i * b->p + j] = j ? (f->x[i * f->p + j - 1] - b->mean[j]) / b->width[j] : 1;
    }
}

/* Columns that are a combination of earlier ones, by the cross products of the centred columns. */
static ms_status find_usable(problem *b, ms_error *err) {
    size_t p = b->p;
    double *cross = ms_calloc(p * p, sizeof *cross);
    if (!cross) return ms_error_nomem(err);
    for (size_t i = 0; i < b->n; i++)
        for (size_t j = 0; j < p; j++)
            for (size_t l = 0; l <= j; l++) cross[j * p + l] += b->x[i * p + j] * b->x[i * p + l];
    (void)ms_cholesky(cross, p, 1e-11);
    for (size_t j = 0; j < p; j++) b->usable[j] = cross[j * p + j] > 0;
    free(cross);
    return MS_OK;
}

static ms_status problem_make(const ms_survreg_frame *frame, const ms_survreg_options *options, problem *b,
                              ms_error *err) {
    bool fixed = options->scale > 0 || ms_survreg_fixed_scale(options->dist) > 0;
    size_t strata = frame->model.strata.n_levels;
    b->frame = frame;
    b->kind = ms_survreg_kind_of(options->dist);
    b->n = frame->model.n;
    b->p = frame->model.p + 1;
    b->q = strata > 1 && !fixed ? strata : 1;
    b->m = b->p + (fixed ? 0 : b->q);
    size_t n = b->n, p = b->p, m = b->m;
    b->y = ms_calloc(n * (2 + p) + 2 * p + b->q, sizeof(double));
    b->theta = ms_calloc(3 * m + 2 * m * m, sizeof(double));
    b->usable = ms_calloc(p, sizeof(bool));
    if (!b->y || !b->theta || !b->usable) return ms_error_nomem(err);
    b->y2 = b->y + n;
    b->x = b->y2 + n;
    b->mean = b->x + n * p;
    b->width = b->mean + p;
    b->tau = b->width + p;
    b->u = b->theta + m;
    b->step = b->u + m;
    b->imat = b->step + m;
    b->factor = b->imat + m * m;
    ms_status status = fill(b, options, err);
    if (status != MS_OK) return status;
    fill_columns(b);
    return find_usable(b, err);
}

static void problem_clear(problem *b) {
    free(b->y);
    free(b->theta);
    free(b->usable);
}

/* ---- the result ---- */

static ms_status result_alloc(const problem *b, ms_survreg *out, ms_error *err) {
    size_t m = b->m;
    double **vectors[] = {&out->coef, &out->se, &out->z, &out->p_value, &out->lower, &out->upper};
    for (size_t i = 0; i < MS_COUNT(vectors); i++)
        if (!(*vectors[i] = ms_calloc(m, sizeof(double)))) return ms_error_nomem(err);
    out->n = b->n;
    out->p = b->p;
    out->n_scales = b->q;
    out->n_log_scales = m - b->p;
    out->scale = ms_calloc(b->q, sizeof(double));
    out->var = ms_calloc(m * m, sizeof(double));
    out->naive_var = ms_calloc(m * m, sizeof(double));
    out->lp = ms_calloc(b->n, sizeof(double));
    out->names = ms_calloc(m, sizeof *out->names);
    if (!out->scale || !out->var || !out->naive_var || !out->lp || !out->names) return ms_error_nomem(err);
    for (size_t j = 0; j < m; j++) {
        const char *name = j == 0      ? "(Intercept)"
                           : j < b->p  ? b->frame->model.names[j - 1]
                           : b->q == 1 ? "Log(scale)"
                                       : b->frame->model.strata.levels[j - b->p];
        if (!(out->names[j] = ms_strdup(name))) return ms_error_nomem(err);
    }
    return MS_OK;
}

/* value = A v for the columns as the data has them: coef_j = theta_j / width_j, and the intercept takes the
 * centres. A is applied to a vector of length m in place. */
static void unscale(const problem *b, double *v) {
    for (size_t j = 1; j < b->p; j++) {
        v[j] /= b->width[j];
        v[0] -= v[j] * b->mean[j];
    }
}

static void unscale_variance(const problem *b, double *var, double *column) {
    size_t m = b->m;
    for (int pass = 0; pass < 2; pass++)
        for (size_t j = 0; j < m; j++) { /* rows, then columns */
            for (size_t i = 0; i < m; i++) column[i] = pass ? var[i * m + j] : var[j * m + i];
            unscale(b, column);
            for (size_t i = 0; i < m; i++) *(pass ? &var[i * m + j] : &var[j * m + i]) = column[i];
        }
}

/* Sandwich: sums of weighted score rows by cluster, times the variance. On the scaled columns. */
static ms_status robust_variance(const problem *b, const double *naive, double *var, ms_error *err) {
    const ms_model_frame *f = &b->frame->model;
    size_t m = b->m, p = b->p, groups = f->cluster.n_levels ? f->cluster.n_levels : b->n;
    double *sums = ms_calloc(groups * m, sizeof *sums);
    if (!sums) return ms_error_nomem(err);
    for (size_t i = 0; i < b->n; i++) {
        ms_survreg_term t = term_of(b, b->theta, i);
        double *sum = sums + (f->cluster.n_levels ? f->cluster.codes[i] : i) * m, weight = weight_of(b, i);
        for (size_t j = 0; j < p; j++) sum[j] += weight * t.d_eta * b->x[i * p + j];
        if (m > p) sum[p + scale_of(b, i)] += weight * t.d_tau;
    }
    ms_status status = ms_sandwich(naive, sums, groups, m, var, err);
    free(sums);
    return status;
}

static ms_status wald_test(const problem *b, ms_survreg *out, ms_error *err) {
    size_t p = b->p, m = b->m, n = 0;
    double *matrix = ms_calloc(p * p + p, sizeof *matrix);
    size_t *index = ms_calloc(p, sizeof *index);
    ms_status status = matrix && index ? MS_OK : ms_error_nomem(err);
    for (size_t j = 1; j < p && status == MS_OK; j++)
        if (b->usable[j]) index[n++] = j;
    for (size_t i = 0; i < n; i++) {
        matrix[n * n + i] = out->coef[index[i]];
        for (size_t j = 0; j < n; j++) matrix[i * n + j] = out->var[index[i] * m + index[j]];
    }
    out->df = n;
    out->wald = NAN;
    if (n && status == MS_OK)
        status = ms_quadratic_form(matrix, matrix + n * n, n, 1e-13, &out->wald, NULL, err);
    free(matrix);
    free(index);
    out->p_wald = ms_chisq_upper(out->wald, (double)out->df);
    out->lr = out->df ? 2 * (out->loglik[1] - out->loglik[0]) : NAN;
    out->p_lr = ms_chisq_upper(out->lr, (double)out->df);
    return status;
}

static void tabulate(const problem *b, double conf_level, ms_survreg *out) {
    double width = ms_normal_quantile(0.5 + conf_level / 2);
    size_t m = b->m;
    for (size_t j = 0; j < m; j++) {
        bool gone = j < b->p && !b->usable[j];
        if (gone) out->coef[j] = NAN;
        out->se[j] = gone ? NAN : sqrt(out->var[j * m + j]);
        out->z[j] = out->coef[j] / out->se[j];
        out->p_value[j] = ms_normal_two_sided(out->z[j]);
        out->lower[j] = out->coef[j] - width * out->se[j];
        out->upper[j] = out->coef[j] + width * out->se[j];
    }
}

static ms_status finish(problem *b, const ms_survreg_options *options, double *trial, ms_survreg *out,
                        ms_error *err) {
    const ms_model_frame *f = &b->frame->model;
    size_t m = b->m, parameters = b->m;
    ms_status status = result_alloc(b, out, err);
    if (status != MS_OK) return status;
    find_step(b); /* the factor at the maximum */
    ms_cholesky_inverse(b->factor, m, out->naive_var);
    memcpy(out->var, out->naive_var, m * m * sizeof *out->var);
    out->robust = options->robust || f->cluster.n_levels;
    if (out->robust && (status = robust_variance(b, out->naive_var, out->var, err))) return status;
    memcpy(out->coef, b->theta, m * sizeof *out->coef);
    unscale(b, out->coef);
    unscale_variance(b, out->naive_var, trial);
    unscale_variance(b, out->var, trial);
    for (size_t k = 0; k < b->q; k++) out->scale[k] = exp(tau_at(b, b->theta, k));
    for (size_t i = 0; i < b->n; i++) {
        out->n_events += b->frame->status[i] != MS_SURVREG_RIGHT;
        out->lp[i] = out->coef[0] + (f->offset ? f->offset[i] : 0);
        for (size_t j = 1; j < b->p; j++)
            if (b->usable[j]) out->lp[i] += f->x[i * f->p + j - 1] * out->coef[j];
    }
    for (size_t j = 0; j < b->p; j++) parameters -= !b->usable[j];
    out->aic = -2 * out->loglik[1] + 2 * (double)parameters;
    if ((status = wald_test(b, out, err))) return status;
    tabulate(b, options->conf_level, out);
    return MS_OK;
}

static ms_status check(const ms_survreg_frame *frame, const ms_survreg_options *options, ms_error *err) {
    bool any = false;
    for (size_t i = 0; i < frame->model.n; i++) any |= frame->status[i] != MS_SURVREG_RIGHT;
    if (!any)
        return ms_error_set(err, MS_EINPUT, "no events: all %zu rows are right-censored", frame->model.n);
    if (options->scale < 0 || !isfinite(options->scale))
        return ms_error_set(err, MS_EUSAGE, "a scale is a number above 0 (0: estimated)");
    return MS_OK;
}

ms_status ms_survreg_fit(const ms_survreg_frame *frame, const ms_survreg_options *options, ms_survreg *out,
                         ms_error *err) {
    problem b = {0};
    ms_survreg fit = {0};
    ms_survreg_options chosen;
    ms_survreg_options_default(&chosen);
    if (options) chosen = *options;
    ms_status status = check(frame, &chosen, err);
    if (status == MS_OK) status = problem_make(frame, &chosen, &b, err);
    double *trial = status == MS_OK ? ms_calloc(b.m + b.p, sizeof *trial) : NULL;
    if (status == MS_OK && !trial) status = ms_error_nomem(err);
    if (status == MS_OK) { /* the intercept alone, then all columns from there */
        double *usable = trial + b.m;
        for (size_t j = 0; j < b.p; j++) {
            usable[j] = b.usable[j];
            b.usable[j] = j == 0;
        }
        bool first = climb(&b, chosen.iterations, &fit.loglik[0], &fit.iterations, trial);
        for (size_t j = 0; j < b.p; j++) b.usable[j] = usable[j] != 0;
        fit.converged = climb(&b, chosen.iterations, &fit.loglik[1], &fit.iterations, trial) && first;
        fit.dist = chosen.dist;
        if (!fit.converged)
            ms_log(MS_LOG_WARNING, "the %s model did not converge", ms_survreg_dist_name(chosen.dist));
        status = finish(&b, &chosen, trial, &fit, err);
    }
    free(trial);
    problem_clear(&b);
    if (status == MS_OK)
        *out = fit;
    else
        ms_survreg_clear(&fit);
    return status;
}

void ms_survreg_clear(ms_survreg *fit) {
    for (size_t j = 0; fit->names && j < fit->p + fit->n_log_scales; j++) free(fit->names[j]);
    MS_FREE(fit->names);
    MS_FREE(fit->coef);
    MS_FREE(fit->scale);
    MS_FREE(fit->var);
    MS_FREE(fit->naive_var);
    MS_FREE(fit->se);
    MS_FREE(fit->z);
    MS_FREE(fit->p_value);
    MS_FREE(fit->lower);
    MS_FREE(fit->upper);
    MS_FREE(fit->lp);
    fit->p = fit->n_log_scales = 0;
}
