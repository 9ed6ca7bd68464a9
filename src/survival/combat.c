/* ComBat: the way through, applying it, and the model's memory. */
#include "survival/combat.h"

#include <math.h>
#include <stdlib.h>

void ms_combat_options_default(ms_combat_options *options) {
    *options = (ms_combat_options){.tolerance = 1e-4};
}

ms_status ms_combat_alloc(ms_combat *combat, size_t p, size_t q, size_t n_batches, ms_error *err) {
    ms_combat c = {.p = p, .q = q, .n_batches = n_batches};
    c.n_batch = ms_calloc(n_batches, sizeof *c.n_batch);
    c.state = ms_calloc(p, sizeof *c.state);
    c.mean = ms_calloc(p, sizeof *c.mean);
    c.sd = ms_calloc(p, sizeof *c.sd);
    c.beta = q == 0 || p <= SIZE_MAX / q ? ms_calloc(p * q, sizeof *c.beta) : NULL;
    c.covariate_mean = ms_calloc(q, sizeof *c.covariate_mean);
    c.gamma = n_batches == 0 || p <= SIZE_MAX / n_batches ? ms_calloc(p * n_batches, sizeof *c.gamma) : NULL;
    c.delta = c.gamma ? ms_calloc(p * n_batches, sizeof *c.delta) : NULL;
    if (!c.n_batch || !c.state || !c.mean || !c.sd || !c.beta || !c.covariate_mean || !c.gamma || !c.delta) {
        ms_combat_clear(&c);
        return ms_error_nomem(err);
    }
    *combat = c;
    return MS_OK;
}

void ms_combat_clear(ms_combat *combat) {
    MS_FREE(combat->n_batch);
    MS_FREE(combat->state);
    MS_FREE(combat->mean);
    MS_FREE(combat->sd);
    MS_FREE(combat->beta);
    MS_FREE(combat->covariate_mean);
    MS_FREE(combat->gamma);
    MS_FREE(combat->delta);
    combat->p = combat->q = combat->n_batches = combat->n = 0;
}

static ms_status check(const ms_combat_data *data, const ms_combat *c, ms_error *err) {
    if (c->n_batches < 2)
        return ms_error_set(err, MS_EINPUT, "harmonization needs two batches or more, here is %zu",
                            c->n_batches);
    for (size_t i = 0; i < data->n; i++) {
        if (data->batch[i] >= c->n_batches)
            return ms_error_set(err, MS_EINPUT, "row %zu: batch %zu of %zu", i + 1, data->batch[i],
                                c->n_batches);
        c->n_batch[data->batch[i]]++;
    }
    for (size_t b = 0; b < c->n_batches; b++)
        if (c->n_batch[b] < (c->options.mean_only ? 1U : 2U))
            return ms_error_set(err, MS_EINPUT,
                                "batch %zu has %zu row: its scale cannot be told; leave it out, join it to "
                                "another, or correct the mean only",
                                b + 1, c->n_batch[b]);
    if (c->options.has_reference && c->options.reference >= c->n_batches)
        return ms_error_set(err, MS_EUSAGE, "the reference is batch %zu of %zu", c->options.reference,
                            c->n_batches);
    if (!(c->options.tolerance > 0))
        return ms_error_set(err, MS_EUSAGE, "the iteration's tolerance must be above 0");
    return MS_OK;
}

/* The prior is made of what the features have in common, so there must be some. */
static ms_status check_fitted(const ms_combat *c, ms_error *err) {
    size_t fitted = 0;
    for (size_t f = 0; f < c->p; f++) fitted += c->state[f] == MS_COMBAT_FITTED;
    if (fitted == 0)
        return ms_error_set(err, MS_EINPUT,
                            "no feature can be harmonized: all are constant, or missing in a batch");
    if (fitted < 2 && !c->options.no_bayes)
        return ms_error_set(err, MS_EINPUT,
                            "one feature has no others to learn batch effects from: give more, or turn the "
                            "empirical Bayes step off");
    return MS_OK;
}

static ms_status estimate(const ms_combat_data *data, const double *s, ms_combat *c, ms_error *err) {
    ms_status status = MS_OK;
    ms_combat_naive(data, s, c);
    for (size_t b = 0; b < c->n_batches && !c->options.no_bayes && status == MS_OK; b++)
        status = c->options.non_parametric ? ms_combat_non_parametric(data, s, b, c, err)
                                           : ms_combat_parametric(data, s, b, c, err);
    for (size_t f = 0; f < c->p && c->options.has_reference; f++) {
        c->gamma[c->options.reference * c->p + f] = 0;
        c->delta[c->options.reference * c->p + f] = 1;
    }
    return status;
}

ms_status ms_combat_fit(const double *x, size_t n, size_t p, const size_t *batch, size_t n_batches,
                        const double *covariates, size_t q, const ms_combat_options *options, ms_combat *out,
                        ms_error *err) {
    const ms_combat_data data = {x, n, p, batch, covariates, q};
    ms_combat c = {0};
    double *s = NULL;
    ms_status status = ms_combat_alloc(&c, p, q, n_batches, err);
    if (status != MS_OK) return status;
    c.options = *options;
    c.n = n;
    if ((status = check(&data, &c, err))) goto cleanup;
    s = ms_calloc(n * p, sizeof *s); /* x has as many, so the product fits */
    status = s ? ms_combat_standardize(&data, &c, s, err) : ms_error_nomem(err);
    if (status == MS_OK) status = check_fitted(&c, err);
    if (status == MS_OK) status = estimate(&data, s, &c, err);
cleanup:
    free(s);
    if (status == MS_OK)
        *out = c;
    else
        ms_combat_clear(&c);
    return status;
}

ms_status ms_combat_apply(const ms_combat *combat, double *x, size_t n, const size_t *batch,
                          const double *covariates, ms_error *err) {
    const size_t p = combat->p, q = combat->q;
    for (size_t i = 0; i < n; i++)
        if (batch[i] >= combat->n_batches)
            return ms_error_set(err, MS_EINPUT, "row %zu: batch %zu of %zu", i + 1, batch[i],
                                combat->n_batches);
    for (size_t i = 0; i < n; i++) {
        const size_t b = batch[i];
        if (combat->options.has_reference && b == combat->options.reference) continue;
        for (size_t f = 0; f < p; f++) {
            if (combat->state[f] != MS_COMBAT_FITTED) continue;
            double expected = combat->mean[f];
            for (size_t c = 0; c < q && covariates; c++)
                expected += (covariates[i * q + c] - combat->covariate_mean[c]) * combat->beta[f * q + c];
            double z = (x[i * p + f] - expected) / combat->sd[f];
            z = (z - combat->gamma[b * p + f]) / sqrt(combat->delta[b * p + f]);
            x[i * p + f] = z * combat->sd[f] + expected;
        }
    }
    return MS_OK;
}
