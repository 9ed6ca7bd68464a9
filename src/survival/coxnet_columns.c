/* The predictors as columns by stratum and time, centred and in units of their weighted standard deviation
 * (divisor n), with their penalty factors. R: glmnet's standardize = TRUE. */
#include "survival/coxnet.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static ms_status alloc_columns(const ms_design *design, size_t length, ms_net_columns *c, ms_error *err) {
    const size_t p = design->p;
    double **vectors[] = {&c->mean, &c->sd, &c->scale, &c->factor};
    bool whole = (c->x = ms_calloc(p, length * sizeof(double))) != NULL;
    for (size_t i = 0; i < MS_COUNT(vectors); i++)
        whole &= (*vectors[i] = ms_calloc(p, sizeof(double))) != NULL;
    whole &= (c->used = ms_calloc(p, sizeof(bool))) != NULL;
    c->p = p;
    c->length = length;
    return whole ? MS_OK : ms_error_nomem(err);
}

/* One value everywhere, but for rounding. */
static void standardize(ms_net_columns *c, const ms_net_risk *risk, bool keep_units, size_t j) {
    double *x = c->x + j * c->length, mean = 0, variance = 0, low = x[0], high = x[0];
    for (size_t i = 0; i < risk->n; i++) {
        mean += risk->weight[i] * x[i];
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    for (size_t i = 0; i < risk->n; i++) variance += risk->weight[i] * (x[i] - mean) * (x[i] - mean);
    c->mean[j] = mean;
    c->sd[j] = sqrt(variance);
    c->used[j] = high > low && c->sd[j] > 8 * DBL_EPSILON * fmax(fabs(high), fabs(low)) &&
                 c->sd[j] >= sqrt(DBL_MIN) && isfinite(c->sd[j]);
    c->scale[j] = c->used[j] && !keep_units ? c->sd[j] : 1;
    for (size_t i = 0; i < risk->n; i++) x[i] = (x[i] - mean) / c->scale[j];
}

/* Factors that sum to p; what is left out counts as 1 there. */
static ms_status take_factors(const double *given, ms_net_columns *c, ms_error *err) {
    double sum = 0, penalised = 0;
    for (size_t j = 0; j < c->p; j++) {
        c->factor[j] = given && isfinite(given[j]) ? given[j] : 1;
        if (given && (isnan(given[j]) || given[j] < 0))
            return ms_error_set(err, MS_EUSAGE, "penalty factor %g of column %zu is negative", given[j],
                                j + 1);
        if (given && isinf(given[j])) {
            c->n_excluded++;
            c->used[j] = false;
        }
        sum += c->factor[j];
        if (c->used[j]) penalised += c->factor[j];
    }
    for (size_t j = 0; j < c->p; j++) c->factor[j] *= (double)c->p / sum;
    if (!(penalised > 0))
        return ms_error_set(err, MS_EUSAGE, "no column is penalised: fit a Cox model instead");
    return MS_OK;
}

ms_status ms_net_columns_make(const ms_design *design, const ms_net_risk *risk,
                              const ms_coxnet_options *options, ms_net_columns *out, ms_error *err) {
    ms_net_columns c = {.n = risk->n};
    size_t used = 0;
    ms_status status = ms_design_check(design, risk->n, err);
    if (status == MS_OK) status = alloc_columns(design, risk->length, &c, err);
    for (size_t i = 0; i < risk->n && status == MS_OK; i++)
        for (size_t j = 0; j < c.p; j++) c.x[j * c.length + i] = design->x[risk->row[i] * c.p + j];
    for (size_t j = 0; j < c.p && status == MS_OK; j++) {
        standardize(&c, risk, options->no_standardize, j);
        c.n_constant += !c.used[j];
        used += c.used[j];
    }
    if (status == MS_OK && used == 0)
        status =
            ms_error_set(err, MS_EINPUT, "all %zu predictors are constant over the %zu rows", c.p, risk->n);
    if (status == MS_OK) status = take_factors(options->penalty_factor, &c, err);
    if (status == MS_OK)
        *out = c;
    else
        ms_net_columns_clear(&c);
    return status;
}

void ms_net_columns_clear(ms_net_columns *c) {
    MS_FREE(c->x);
    MS_FREE(c->mean);
    MS_FREE(c->sd);
    MS_FREE(c->scale);
    MS_FREE(c->used);
    MS_FREE(c->factor);
}
