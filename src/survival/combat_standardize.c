/* ComBat's first step: each feature by least squares on batches and covariates, then what is left over its
 * standard deviation. Covariates are taken from their mean: the fit is the same, the equations are better
 * behaved, and a row without covariates is then one at their mean. R: getStandardizedData. */
#include "survival/combat.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>

/* Pivots below this, against the largest, are rounding: R's qr takes 1e-7 of the columns' lengths. */
#define DEPENDENT 1e-13

typedef struct work {
    size_t k;                   /* batches + covariates */
    double *gram, *right, *row; /* [k * k], [k], [k] */
} work;

static void design_row(const ms_combat_data *data, const ms_combat *c, size_t i, double *row) {
    for (size_t b = 0; b < c->n_batches; b++) row[b] = data->batch[i] == b;
    for (size_t j = 0; j < c->q; j++)
        row[c->n_batches + j] = data->covariates[i * c->q + j] - c->covariate_mean[j];
}

/* Sums over the rows where the feature has a value (SIZE_MAX: all rows). */
static void normal_equations(const ms_combat_data *data, const ms_combat *c, size_t f, work *w) {
    const size_t k = w->k;
    for (size_t a = 0; a < k * k; a++) w->gram[a] = 0;
    for (size_t a = 0; a < k; a++) w->right[a] = 0;
    for (size_t i = 0; i < data->n; i++) {
        const double y = f == SIZE_MAX ? 0 : data->x[i * data->p + f];
        if (isnan(y)) continue;
        design_row(data, c, i, w->row);
        for (size_t a = 0; a < k; a++) {
            if (w->row[a] == 0) continue;
            for (size_t b = 0; b <= a; b++) w->gram[a * k + b] += w->row[a] * w->row[b];
            w->right[a] += w->row[a] * y;
        }
    }
}

/* Covariates of very different size must not look dependent: the Gram matrix is brought to a diagonal of 1
 * before it is factored, and the solution back. False when the columns depend on each other. */
static bool solve(work *w) {
    const size_t k = w->k;
    double *scale = w->row;
    for (size_t a = 0; a < k; a++) {
        if (!(w->gram[a * k + a] > 0)) return false;
        scale[a] = 1 / sqrt(w->gram[a * k + a]);
    }
    for (size_t a = 0; a < k; a++) {
        for (size_t b = 0; b <= a; b++) w->gram[a * k + b] *= scale[a] * scale[b];
        w->right[a] *= scale[a];
    }
    if (ms_cholesky(w->gram, k, DEPENDENT) < k) return false;
    ms_cholesky_solve(w->gram, k, w->right);
    for (size_t a = 0; a < k; a++) w->right[a] *= scale[a];
    return true;
}

/* True when every batch has the values that its estimates need. */
static bool enough(const ms_combat_data *data, const ms_combat *c, size_t f, size_t *count) {
    for (size_t b = 0; b < c->n_batches; b++) count[b] = 0;
    for (size_t i = 0; i < data->n; i++)
        if (!isnan(data->x[i * data->p + f])) count[data->batch[i]]++;
    for (size_t b = 0; b < c->n_batches; b++)
        if (count[b] < (c->options.mean_only ? 1U : 2U)) return false;
    return true;
}

static double fitted(const ms_combat_data *data, const ms_combat *c, size_t i, const double *coef) {
    double sum = coef[data->batch[i]];
    for (size_t j = 0; j < c->q; j++)
        sum += (data->covariates[i * c->q + j] - c->covariate_mean[j]) * coef[c->n_batches + j];
    return sum;
}

/* The variance of what is left, over n (R: rowVars / (n / (n - 1))): of the reference batch where there is
 * one. 0 where it is rounding. */
static double residual_variance(const ms_combat_data *data, const ms_combat *c, size_t f,
                                const double *coef) {
    double squares = 0, largest = 0;
    size_t n = 0;
    for (size_t i = 0; i < data->n; i++) {
        const double y = data->x[i * data->p + f];
        if (isnan(y) || (c->options.has_reference && data->batch[i] != c->options.reference)) continue;
        const double left = y - fitted(data, c, i, coef);
        squares += left * left;
        largest = fmax(largest, fabs(y));
        n++;
    }
    const double variance = n ? squares / (double)n : 0;
    return sqrt(variance) > 1e-13 * largest ? variance : 0;
}

static bool constant(const ms_combat_data *data, size_t f) {
    double first = (double)NAN;
    for (size_t i = 0; i < data->n; i++) {
        const double y = data->x[i * data->p + f];
        if (isnan(first)) first = y;
        if (!isnan(y) && y != first) return false;
    }
    return true;
}

/* n_b / n over all rows, as R, also where the feature has gaps. */
static void keep(const ms_combat *c, size_t f, const double *coef) {
    double mean = 0;
    for (size_t b = 0; b < c->n_batches; b++) mean += (double)c->n_batch[b] / (double)c->n * coef[b];
    c->mean[f] = c->options.has_reference ? coef[c->options.reference] : mean;
    for (size_t j = 0; j < c->q; j++) c->beta[f * c->q + j] = coef[c->n_batches + j];
}

/* Features whose variance is 0 get the median of the others', as in R: a feature can be constant within each
 * batch and still differ between them. sd holds the variance up to here. */
static ms_status fill_variances(ms_combat *c, ms_error *err) {
    double *values = ms_calloc(c->p, sizeof *values);
    size_t *order = ms_calloc(c->p, sizeof *order), m = 0;
    ms_status status = values && order ? MS_OK : ms_error_nomem(err);
    for (size_t f = 0; f < c->p && status == MS_OK; f++)
        if (c->state[f] == MS_COMBAT_FITTED && c->sd[f] > 0) values[m++] = c->sd[f];
    if (status == MS_OK) status = ms_order(values, m, order, err);
    if (status == MS_OK) {
        const double median = m ? (values[order[(m - 1) / 2]] + values[order[m / 2]]) / 2 : 0;
        for (size_t f = 0; f < c->p; f++) {
            if (c->state[f] != MS_COMBAT_FITTED) continue;
            if (!(c->sd[f] > 0)) c->sd[f] = median;
            if (!(c->sd[f] > 0)) c->state[f] = MS_COMBAT_CONSTANT;
            c->sd[f] = sqrt(c->sd[f]);
        }
    }
    free(values);
    free(order);
    return status;
}

static ms_status fit_features(const ms_combat_data *data, ms_combat *c, work *w, size_t *count,
                              ms_error *err) {
    normal_equations(data, c, SIZE_MAX, w);
    if (!solve(w))
        return ms_error_set(err, MS_EINPUT,
                            "the covariates depend on each other or on the batch, so that their effects "
                            "cannot be told apart: leave one out");
    for (size_t f = 0; f < data->p; f++) {
        c->state[f] = constant(data, f)            ? MS_COMBAT_CONSTANT
                      : !enough(data, c, f, count) ? MS_COMBAT_MISSING
                                                   : MS_COMBAT_FITTED;
        if (c->state[f] != MS_COMBAT_FITTED) continue;
        normal_equations(data, c, f, w);
        if (!solve(w)) {
            c->state[f] = MS_COMBAT_MISSING;
            continue;
        }
        keep(c, f, w->right);
        c->sd[f] = residual_variance(data, c, f, w->right);
    }
    return fill_variances(c, err);
}

ms_status ms_combat_standardize(const ms_combat_data *data, ms_combat *combat, double *s, ms_error *err) {
    const size_t k = combat->n_batches + combat->q, p = data->p;
    for (size_t j = 0; j < combat->q; j++) {
        for (size_t i = 0; i < data->n; i++) combat->covariate_mean[j] += data->covariates[i * combat->q + j];
        combat->covariate_mean[j] /= (double)data->n;
    }
    double *memory = ms_calloc(k * k + 2 * k, sizeof *memory);
    size_t *count = ms_calloc(combat->n_batches, sizeof *count);
    ms_status status = memory && count ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        work w = {.k = k, .gram = memory, .right = memory + k * k, .row = memory + k * k + k};
        status = fit_features(data, combat, &w, count, err);
    }
    for (size_t i = 0; i < data->n && status == MS_OK; i++) {
        for (size_t f = 0; f < p; f++) {
            double expected = combat->mean[f];
            for (size_t j = 0; j < combat->q; j++)
                expected += (data->covariates[i * combat->q + j] - combat->covariate_mean[j]) *
                            combat->beta[f * combat->q + j];
            s[i * p + f] = combat->state[f] == MS_COMBAT_FITTED
                               ? (data->x[i * p + f] - expected) / combat->sd[f]
                               : (double)NAN;
        }
    }
    free(memory);
    free(count);
    return status;
}
