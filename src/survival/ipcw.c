/* The chance to be uncensored, and what estimating it adds to the variance of what is weighted with it.
 * Marginal: the reverse Kaplan-Meier estimate; at a time u the censorings C(u) are counted among those at
 * risk who have no event there: G falls by the factor 1 - C / (Y - D). R: prodlim(..., reverse = TRUE). Its
 * influence function by the censoring martingale: Gill 1980; Blanche et al. 2013, appendix. */
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ms_status ms_outcome_check(const ms_outcome *outcome, ms_error *err) {
    if (outcome->n == 0) return ms_error_set(err, MS_EINPUT, "no rows to analyse");
    for (size_t i = 0; i < outcome->n; i++) {
        double time = outcome->time[i];
        if (!isfinite(time) || time < 0)
            return ms_error_set(err, MS_EINPUT, "row %zu: time %g is not a finite number of at least 0",
                                i + 1, time);
        if (outcome->status[i] > 2)
            return ms_error_set(err, MS_EINPUT,
                                "row %zu: status %u is neither 0 (censored), 1 nor 2 (competing)", i + 1,
                                outcome->status[i]);
    }
    return MS_OK;
}

static ms_status allocate(ms_ipcw *g, ms_error *err) {
    g->time = ms_calloc(g->n, sizeof *g->time);
    g->surv = ms_calloc(g->n, sizeof *g->surv);
    g->at_risk = ms_calloc(g->n, sizeof *g->at_risk);
    g->n_censor = ms_calloc(g->n, sizeof *g->n_censor);
    g->order = ms_calloc(g->n, sizeof *g->order);
    g->index = ms_calloc(g->n, sizeof *g->index);
    g->left = ms_calloc(g->n, sizeof *g->left);
    g->own = ms_calloc(g->n, sizeof *g->own);
    bool all = g->time && g->surv && g->at_risk && g->n_censor && g->order && g->index && g->left && g->own;
    return all ? MS_OK : ms_error_nomem(err);
}

/* Distinct times with the counts at each, and the product over them. */
static void fill_marginal(const ms_outcome *o, ms_ipcw *g) {
    double surv = 1;
    for (size_t i = 0; i < o->n;) {
        double time = o->time[g->order[i]], before = surv, at_risk = (double)(o->n - i), lost = 0, events = 0;
        size_t first = i, j = g->n_times++;
        for (; i < o->n && o->time[g->order[i]] == time; i++)
            *(o->status[g->order[i]] ? &events : &lost) += 1;
        if (lost > 0) surv *= 1 - lost / (at_risk - events);
        g->time[j] = time;
        g->surv[j] = surv;
        g->at_risk[j] = at_risk;
        g->n_censor[j] = lost;
        for (size_t k = first; k < i; k++) {
            size_t row = g->order[k];
            g->index[row] = j;
            g->left[row] = before;
            g->own[row] = surv;
        }
    }
}

/* The hazard just before a time: the largest event time below it. */
static double hazard_before(const ms_baseline *b, double time) {
    size_t low = 0, high = b->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->time[middle] < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? b->hazard[low - 1] : 0;
}

/* A Cox model of being censored, for weights that depend on covariates. */
static ms_status fit_cox(const ms_outcome *o, const ms_design *design, ms_ipcw *g, ms_error *err) {
    ms_cox_options options;
    ms_cox cox = {0};
    ms_status status = MS_OK;
    bool any = false;
    uint8_t *censored = ms_calloc(o->n, 1);
    g->scale = ms_calloc(o->n, sizeof *g->scale);
    if (!censored || !g->scale) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t i = 0; i < o->n; i++) {
        censored[i] = o->status[i] == 0;
        any = any || censored[i];
    }
    if (!any) goto cleanup; /* no baseline: G is 1 */
    ms_surv data = {.n = o->n, .time = o->time, .event = censored, .no_timefix = true};
    ms_cox_options_default(&options);
    if ((status = ms_cox_fit(&data, design, &options, &cox, err))) goto cleanup;
    if (!cox.converged) ms_log(MS_LOG_WARNING, "the censoring model did not converge: its weights are rough");
    if ((status = ms_breslow_baseline(&data, cox.lp, MS_TIES_EFRON, &g->baseline, err))) goto cleanup;
    for (size_t i = 0; i < o->n; i++) {
        g->scale[i] = exp(cox.lp[i]);
        g->left[i] = exp(-hazard_before(&g->baseline, o->time[i]) * g->scale[i]);
        g->own[i] = exp(-ms_baseline_at(&g->baseline, o->time[i]) * g->scale[i]);
    }
    g->cox = true;
cleanup:
    free(censored);
    ms_cox_clear(&cox);
    return status;
}

ms_status ms_ipcw_fit(const ms_outcome *outcome, const ms_design *design, ms_ipcw *out, ms_error *err) {
    ms_ipcw g = {.n = outcome->n};
    ms_status status = ms_outcome_check(outcome, err);
    if (status || (status = allocate(&g, err)) ||
        (status = ms_order(outcome->time, outcome->n, g.order, err)))
        goto cleanup;
    fill_marginal(outcome, &g);
    if (design && (status = fit_cox(outcome, design, &g, err))) {
        ms_error_prefix(err, "censoring model");
        goto cleanup;
    }
    *out = g;
    return MS_OK;
cleanup:
    ms_ipcw_clear(&g);
    return status;
}

void ms_ipcw_clear(ms_ipcw *ipcw) {
    MS_FREE(ipcw->time);
    MS_FREE(ipcw->surv);
    MS_FREE(ipcw->at_risk);
    MS_FREE(ipcw->n_censor);
    MS_FREE(ipcw->order);
    MS_FREE(ipcw->index);
    MS_FREE(ipcw->left);
    MS_FREE(ipcw->own);
    MS_FREE(ipcw->scale);
    ms_baseline_clear(&ipcw->baseline);
    ipcw->n = ipcw->n_times = 0;
}

double ms_ipcw_at(const ms_ipcw *ipcw, size_t row, double t) {
    if (ipcw->cox) return exp(-ms_baseline_at(&ipcw->baseline, t) * ipcw->scale[row]);
    size_t place = ms_count_up_to(ipcw->time, ipcw->n_times, t);
    return place ? ipcw->surv[place - 1] : 1;
}

ms_patient_role ms_role_at(ms_prediction_convention convention, double time, uint8_t status, double t) {
    if (time > t) return MS_ROLE_FREE;
    if (status == 0 || (convention == MS_PREDICTION_TIMEROC && time == t)) return MS_ROLE_LOST;
    return status == 1 ? MS_ROLE_CASE : MS_ROLE_COMPETING;
}

double ms_ipcw_common(const ms_ipcw *ipcw, double t) {
    return ipcw->cox ? NAN : ms_ipcw_at(ipcw, 0, t);
}

double ms_role_weight(const ms_ipcw *ipcw, ms_prediction_convention convention, ms_patient_role role,
                      size_t row, double t, double common) {
    if (role == MS_ROLE_LOST) return 0;
    if (role == MS_ROLE_FREE) return 1 / (isnan(common) ? ms_ipcw_at(ipcw, row, t) : common);
    return 1 / (convention == MS_PREDICTION_SKSURV ? ipcw->own[row] : ipcw->left[row]);
}

/* Tied times as riskRegression takes them: one step a distinct time, over all who are at risk; M(T_i-). */
static void influence_by_time(const ms_ipcw *g, const ms_outcome *o, const double *a, double b, double t,
                              double *work, double *out) {
    size_t n = g->n, m = g->n_times, until = ms_count_up_to(g->time, g->n_times, t);
    double *after = work, *before = work + m + 1, size = (double)n, steps = 0, at_t = 0;
    memset(after, 0, (m + 1) * sizeof *after);
    for (size_t i = 0; i < n; i++) after[g->index[i]] += a[i];
    for (size_t j = 0; j < m; j++) { /* before[j]: sum of a_i M over those at or before */
        before[j] = (j ? before[j - 1] : 0) + after[j] * steps;
        steps += g->n_censor[j] / g->at_risk[j] * size / g->at_risk[j];
        if (j + 1 == until) at_t = steps;
    }
    for (size_t j = m; j-- > 0;) after[j] += after[j + 1]; /* at or after j */
    steps = 0;
    for (size_t i = 0, j = 0; i < n; j++) {
        steps += g->n_censor[j] / g->at_risk[j] * size / g->at_risk[j];
        for (; i < n && g->index[g->order[i]] == j; i++) {
            size_t row = g->order[i];
            double step = (o->status[row] == 0 ? size / g->at_risk[j] : 0) - steps;
            out[row] += (after[j + 1] * step - before[j] + b * (j < until ? step : -at_t)) / size;
        }
    }
}

/* As timeROC takes them: one step a row, tied rows in the order they were given, those of the row itself
 * included; a row's own jump counts from the first of its time on. */
static void influence_by_row(const ms_ipcw *g, const ms_outcome *o, const double *a, double b, double t,
                             double *work, double *out) {
    size_t n = g->n, until = 0;
    double *sum = work, size = (double)n, steps = 0, total = 0, so_far = 0, at_t = 0;
    for (size_t i = 0; i < n; i++) { /* sum[i]: a over the positions from i on */
        total += a[g->order[n - 1 - i]];
        sum[n - 1 - i] = total;
        until += o->time[i] <= t;
    }
    for (size_t i = 0; i < until; i++)
        if (o->status[g->order[i]] == 0) at_t += size / ((double)(n - i) * (double)(n - i));
    for (size_t i = 0, first = 0; i < n; i++) {
        size_t row = g->order[i];
        bool censored = o->status[row] == 0;
        double left = (double)(n - i);
        if (o->time[row] != o->time[g->order[first]]) first = i;
        if (censored) steps += size / (left * left);
        so_far += a[row] * steps;
        double jump = censored ? size / (double)(n - first) : 0;
        double later = i + 1 < n ? sum[i + 1] : 0;
        double at_horizon = i < until ? jump - steps : (first < until ? jump : 0) - at_t;
        out[row] += (jump * sum[first] - so_far - steps * later + b * at_horizon) / size;
    }
}

void ms_ipcw_influence(const ms_ipcw *ipcw, const ms_outcome *outcome, ms_prediction_convention convention,
                       const double *a, double b, double t, double *work, double *out) {
    if (ipcw->cox) return;
    if (convention == MS_PREDICTION_TIMEROC)
        influence_by_row(ipcw, outcome, a, b, t, work, out);
    else
        influence_by_time(ipcw, outcome, a, b, t, work, out);
}

double ms_influence_se(const double *influence, size_t n) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) mean += influence[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) squares += (influence[i] - mean) * (influence[i] - mean);
    return n > 1 ? sqrt(squares / (double)(n - 1) / (double)n) : NAN;
}

void ms_wald_interval(double estimate, double se, double conf_level, double least, double most, double *lower,
                      double *upper) {
    double z = ms_normal_quantile(0.5 + conf_level / 2);
    bool known = !isnan(estimate) && !isnan(se);
    *lower = known ? fmax(least, estimate - z * se) : NAN;
    *upper = known ? fmin(most, estimate + z * se) : NAN;
}

ms_difference ms_influence_difference(double first, const double *influence_first, double second,
                                      const double *influence_second, size_t n, double conf_level) {
    ms_difference d = {.delta = second - first, .se = NAN, .z = NAN, .p = NAN};
    double *difference = isnan(d.delta) ? NULL : ms_calloc(n, sizeof *difference);
    if (difference) {
        for (size_t i = 0; i < n; i++) difference[i] = influence_second[i] - influence_first[i];
        d.se = ms_influence_se(difference, n);
        free(difference);
    }
    if (d.se > 0) d.z = d.delta / d.se;
    d.p = ms_normal_two_sided(d.z);
    ms_wald_interval(d.delta, d.se, conf_level, -INFINITY, INFINITY, &d.lower, &d.upper);
    return d;
}

const char *ms_prediction_why(ms_prediction_state state) {
    switch (state) {
    case MS_PREDICTED:
        return NULL;
    case MS_NO_CASE:
        return "no event by this time";
    case MS_NO_CONTROL:
        return "nobody without the event after this time";
    case MS_BEYOND_FOLLOW_UP:
        return "after the last follow-up";
    case MS_NO_WEIGHT:
        return "the chance not to be censored is 0 by this time";
    }
    return NULL;
}
