/* The event rate by a horizon among any of the patients: 1 - Kaplan-Meier (Kaplan & Meier 1958), or with
 * competing events the cumulative incidence of Aalen & Johansen 1978, F = sum S(t-) d / r. */
#include "survival/horizon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ms_status check_rows(const ms_horizon_outcome *o, ms_error *err) {
    if (o->n == 0) return ms_error_set(err, MS_EINPUT, "no rows to analyse");
    if (o->time && !(isfinite(o->at) && o->at > 0))
        return ms_error_set(err, MS_EUSAGE, "the horizon %g is not a positive time", o->at);
    for (size_t i = 0; i < o->n; i++)
        if (o->event[i] > (o->time ? 2 : 1))
            return ms_error_set(err, MS_EINPUT, "row %zu: event %u is none of 0, 1 and 2", i + 1,
                                o->event[i]);
    return MS_OK;
}

/* Rows by time, any event before the censored; near-equal times merged. */
static ms_status sort_times(const ms_horizon_outcome *o, ms_horizon *h, ms_error *err) {
    ms_sorted sorted = {0};
    uint8_t *any = ms_calloc(o->n, 1);
    if (!any) return ms_error_nomem(err);
    for (size_t i = 0; i < o->n; i++) any[i] = o->event[i] != 0;
    ms_surv data = {.n = o->n, .time = o->time, .event = any};
    ms_status status = ms_sorted_make(&data, &sorted, err);
    if (!status) {
        h->time = sorted.time;
        h->by_time = sorted.by_time;
        sorted.time = NULL;
        sorted.by_time = NULL;
    }
    ms_sorted_clear(&sorted);
    free(any);
    return status;
}

static ms_status list_rows(ms_horizon *h, ms_error *err) {
    h->by_time = ms_calloc(h->n, sizeof *h->by_time);
    if (!h->by_time) return ms_error_nomem(err);
    for (size_t i = 0; i < h->n; i++) h->by_time[i] = i;
    return MS_OK;
}

static ms_status check_horizon(const ms_horizon *h, ms_error *err) {
    if (h->binary && (h->n_events == 0 || h->n_events == h->n))
        return ms_error_set(err, MS_EINPUT, "the outcome is %s in all %zu rows", h->n_events ? "1" : "0",
                            h->n);
    if (h->binary) return MS_OK;
    double last = h->time[h->by_time[h->n - 1]];
    if (last < h->at)
        return ms_error_set(err, MS_EINPUT,
                            "nobody was followed to %g: the last time is %g; choose a horizon before it",
                            h->at, last);
    if (h->n_events == 0)
        return ms_error_set(err, MS_EINPUT, "no event by %g: choose a later horizon", h->at);
    return MS_OK;
}

ms_status ms_horizon_make(const ms_horizon_outcome *outcome, ms_horizon *out, ms_error *err) {
    ms_horizon h = {.n = outcome->n, .at = outcome->at, .binary = !outcome->time, .event = outcome->event};
    ms_status status = check_rows(outcome, err);
    if (status) return status;
    if ((status = h.binary ? list_rows(&h, err) : sort_times(outcome, &h, err))) goto cleanup;
    h.n_until = h.n;
    while (!h.binary && h.n_until > 0 && h.time[h.by_time[h.n_until - 1]] > h.at) h.n_until--;
    for (size_t k = 0; k < h.n_until; k++) {
        size_t row = h.by_time[k];
        h.n_events += h.event[row] == 1;
        h.competing |= h.event[row] == 2;
    }
    if ((status = check_horizon(&h, err))) goto cleanup;
    *out = h;
    return MS_OK;
cleanup:
    ms_horizon_clear(&h);
    return status;
}

void ms_horizon_clear(ms_horizon *horizon) {
    MS_FREE(horizon->time);
    MS_FREE(horizon->by_time);
    horizon->n = 0;
}

static double share(const ms_horizon *h, const size_t *rows, size_t n_rows, const double *weight) {
    double events = 0, total = 0;
    for (size_t k = 0; k < n_rows; k++) {
        total += weight[rows[k]];
        if (h->event[rows[k]] == 1) events += weight[rows[k]];
    }
    return events / total;
}

double ms_horizon_rate_among(const ms_horizon *h, const size_t *rows, size_t n_rows, const double *weight) {
    if (h->binary) return share(h, rows, n_rows, weight);
    double at_risk = 0, surv = 1, incidence = 0;
    for (size_t k = 0; k < n_rows; k++) at_risk += weight[rows[k]];
    if (!(at_risk > 0)) return NAN;
    for (size_t k = 0; k < n_rows && h->time[rows[k]] <= h->at;) {
        double time = h->time[rows[k]], leaving[3] = {0, 0, 0};
        for (; k < n_rows && h->time[rows[k]] == time; k++) leaving[h->event[rows[k]]] += weight[rows[k]];
        double events = leaving[1] + leaving[2];
        if (events > 0) {
            incidence += surv * leaving[1] / at_risk;
            surv *= (at_risk - events) / at_risk;
        }
        at_risk -= events + leaving[0];
    }
    return h->competing ? incidence : 1 - surv;
}

double ms_horizon_rate(const ms_horizon *h, const double *weight) {
    return ms_horizon_rate_among(h, h->by_time, h->n, weight);
}

void ms_horizon_weights(const ms_horizon *h, const double *count, double *case_weight,
                        double *control_weight) {
    for (size_t i = 0; i < h->n; i++) {
        bool event = h->event[i] == 1;
        case_weight[i] = h->binary && event ? count[i] : 0;
        control_weight[i] = h->binary && !event ? count[i] : 0;
    }
    if (h->binary) return;
    double at_risk = 0, uncensored = 1;
    for (size_t i = 0; i < h->n; i++) at_risk += count[i];
    for (size_t k = 0; k < h->n_until;) {
        double time = h->time[h->by_time[k]], events = 0, lost = 0;
        for (; k < h->n_until && h->time[h->by_time[k]] == time; k++) {
            size_t row = h->by_time[k];
            if (h->event[row])
                *(h->event[row] == 1 ? &case_weight[row] : &control_weight[row]) = count[row] / uncensored;
            *(h->event[row] ? &events : &lost) += count[row];
        }
        if (lost > 0) uncensored *= (at_risk - events - lost) / (at_risk - events);
        at_risk -= events + lost;
    }
    for (size_t k = h->n_until; k < h->n; k++)
        if (count[h->by_time[k]] > 0) control_weight[h->by_time[k]] = count[h->by_time[k]] / uncensored;
}

ms_status ms_check_risk(const double *risk, size_t n, bool probability, ms_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (isnan(risk[i])) return ms_error_set(err, MS_EINPUT, "row %zu: the prediction is missing", i + 1);
        if (probability && !(risk[i] >= 0 && risk[i] <= 1))
            return ms_error_set(err, MS_EINPUT, "row %zu: the probability %g is not between 0 and 1", i + 1,
                                risk[i]);
    }
    return MS_OK;
}

ms_status ms_check_cuts(const double *cuts, size_t n_cuts, ms_error *err) {
    for (size_t i = 0; i < n_cuts; i++)
        if (!(cuts[i] > (i ? cuts[i - 1] : 0) && cuts[i] < 1))
            return ms_error_set(err, MS_EUSAGE,
                                "the cut-points of risk must ascend between 0 and 1: %g is out of place",
                                cuts[i]);
    return MS_OK;
}
