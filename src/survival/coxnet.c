/* The Cox model with an elastic net penalty: checks, the path, and coefficients between its lambdas. R:
 * glmnet(family = "cox"). */
#include "survival/coxnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_coxnet_options_default(ms_coxnet_options *options) {
    *options = (ms_coxnet_options){.alpha = 1, .n_lambda = 100, .threshold = 1e-20, .iterations = 200};
}

static ms_status check(const ms_design *design, const ms_coxnet_options *o, ms_error *err) {
    if (design->p == 0) return ms_error_set(err, MS_EUSAGE, "an elastic net needs a predictor");
    if (!(o->alpha >= 0 && o->alpha <= 1))
        return ms_error_set(err, MS_EUSAGE, "alpha %g is not between 0 (ridge) and 1 (lasso)", o->alpha);
    if (!(o->lambda_min_ratio >= 0 && o->lambda_min_ratio < 1))
        return ms_error_set(err, MS_EUSAGE,
                            "the smallest lambda's ratio %g to the largest is not between 0 and 1",
                            o->lambda_min_ratio);
    if (!(o->threshold > 0) || o->iterations == 0 || (o->lambda ? o->n_given : o->n_lambda) == 0)
        return ms_error_set(err, MS_EUSAGE,
                            "threshold, iterations and the number of lambdas must be above 0");
    for (size_t k = 0; o->lambda && k < o->n_given; k++)
        if (!(o->lambda[k] >= 0 && isfinite(o->lambda[k])))
            return ms_error_set(err, MS_EUSAGE, "lambda %g: a penalty is a number not below 0", o->lambda[k]);
    return MS_OK;
}

static ms_status take_names(const ms_design *design, ms_coxnet *net, ms_error *err) {
    net->names = ms_calloc(design->p, sizeof *net->names);
    if (!net->names) return ms_error_nomem(err);
    for (size_t j = 0; j < design->p; j++) {
        char label[32];
        if (!design->names) (void)ms_text_format(label, sizeof label, "V%zu", j + 1);
        if (!(net->names[j] = ms_strdup(design->names ? design->names[j] : label)))
            return ms_error_nomem(err);
    }
    return MS_OK;
}

static void warn(const ms_coxnet *net, size_t asked) {
    if (net->n_constant)
        ms_log(MS_LOG_WARNING, "%zu of %zu predictors have one value only and are left out", net->n_constant,
               net->p);
    if (net->end == MS_COXNET_NOT_CONVERGED)
        ms_log(
            MS_LOG_WARNING,
            "the path ends after %zu of %zu lambdas: the next model did not converge (its coefficients may "
            "be infinite)",
            net->n_lambda, asked);
}

ms_status ms_coxnet_fit(const ms_surv *data, const ms_design *design, const ms_coxnet_options *options,
                        ms_coxnet *out, ms_error *err) {
    ms_coxnet_options o;
    ms_net_risk risk = {0};
    ms_net_columns columns = {0};
    ms_coxnet net = {.n = data->n, .p = design->p, .n_strata = data->stratum ? data->n_strata : 1};
    ms_coxnet_options_default(&o);
    if (options) o = *options;
    ms_status status = check(design, &o, err);
    if (status == MS_OK) status = ms_net_risk_make(data, design->offset, &risk, err);
    if (status == MS_OK) status = ms_net_columns_make(design, &risk, &o, &columns, err);
    if (status == MS_OK) status = take_names(design, &net, err);
    if (status == MS_OK)
        status = ms_coxnet_path(&risk, &columns, &o, data->entry || net.n_strata > 1, &net, err);
    if (status == MS_OK) {
        net.alpha = o.alpha;
        net.n_events = risk.n_events;
        net.mean = columns.mean;
        net.sd = columns.sd;
        columns.mean = columns.sd = NULL;
        net.n_constant = columns.n_constant;
        net.n_excluded = columns.n_excluded;
        warn(&net, o.lambda ? o.n_given : o.n_lambda);
        *out = net;
        net = (ms_coxnet){0};
    }
    ms_coxnet_clear(&net);
    ms_net_columns_clear(&columns);
    ms_net_risk_clear(&risk);
    return status;
}

void ms_coxnet_clear(ms_coxnet *net) {
    for (size_t j = 0; j < net->p && net->names; j++) free(net->names[j]);
    MS_FREE(net->names);
    MS_FREE(net->lambda);
    MS_FREE(net->beta);
    MS_FREE(net->df);
    MS_FREE(net->dev_ratio);
    MS_FREE(net->mean);
    MS_FREE(net->sd);
    net->p = net->n_lambda = 0;
}

void ms_coxnet_coef(const ms_coxnet *net, double lambda, double *beta) {
    const size_t last = net->n_lambda - 1;
    size_t right = 0;
    while (right < last && net->lambda[right] > lambda) right++;
    const double *below = net->beta + right * net->p;
    memcpy(beta, below, net->p * sizeof *beta);
    if (right == 0 || net->lambda[right] >= lambda) return;
    const double high = net->lambda[right - 1], low = net->lambda[right];
    const double share = (lambda - low) / (high - low), *above = below - net->p;
    for (size_t j = 0; j < net->p; j++) beta[j] = share * above[j] + (1 - share) * below[j];
}

void ms_coxnet_lp(const double *x, size_t n, size_t p, const double *beta, double *lp) {
    for (size_t i = 0; i < n; i++) {
        lp[i] = 0;
        for (size_t j = 0; j < p; j++)
            if (beta[j] != 0) lp[i] += x[i * p + j] * beta[j];
    }
}
