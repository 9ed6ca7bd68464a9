/* Survival data as every estimator of the room wants it: checked, near-equal times merged, sorted once. */
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ms_status check_row(const ms_surv *data, size_t i, ms_error *err) {
    size_t row = i + 1;
    if (!isfinite(data->time[i]) || data->time[i] < 0)
        return ms_error_set(err, MS_EINPUT, "row %zu: time %g is not a finite number of at least 0", row,
                            data->time[i]);
    if (data->entry && (!isfinite(data->entry[i]) || data->entry[i] >= data->time[i]))
        return ms_error_set(err, MS_EINPUT, "row %zu: entry %g is not before the end of follow-up, %g", row,
                            data->entry[i], data->time[i]);
    if (data->event[i] > 1)
        return ms_error_set(err, MS_EINPUT, "row %zu: event %u is neither 0 nor 1", row, data->event[i]);
    if (data->weight && (!isfinite(data->weight[i]) || data->weight[i] < 0))
        return ms_error_set(err, MS_EINPUT, "row %zu: weight %g is not a finite number of at least 0", row,
                            data->weight[i]);
    if (data->stratum && data->stratum[i] >= data->n_strata)
        return ms_error_set(err, MS_EINPUT, "row %zu: stratum %zu, but there are %zu", row, data->stratum[i],
                            data->n_strata);
    return MS_OK;
}

static ms_status check(const ms_surv *data, ms_error *err) {
    if (data->n == 0) return ms_error_set(err, MS_EINPUT, "no rows to analyse");
    if (!data->time || !data->event)
        return ms_error_set(err, MS_EUSAGE, "survival data without times or without events");
    for (size_t i = 0; i < data->n; i++) {
        ms_status status = check_row(data, i, err);
        if (status) return status;
    }
    return MS_OK;
}

static void gather(ms_sorted *s) {
    for (size_t i = 0; i < s->n; i++) s->time_at[i] = s->time[s->by_time[i]];
    for (size_t i = 0; i < s->n; i++) s->event_at[i] = s->event[s->by_time[i]];
}

static ms_status sort_times(const ms_surv *data, ms_sorted *s, ms_error *err) {
    ms_status status = ms_order_events(s->time, data->event, s->n, s->by_time, err);
    if (status == MS_OK) gather(s);
    if (status == MS_OK && s->entry) status = ms_order(s->entry, s->n, s->by_entry, err);
    return status;
}

/* Entry and end times are merged together: a time that is one subject's end may be another's beginning. */
static ms_status merge_times(const ms_surv *data, ms_sorted *s, ms_error *err) {
    bool merged = false;
    ms_status status =
        ms_times_merge_sorted(s->time, s->time_at, s->by_time, s->entry, s->by_entry, s->n, &merged, err);
    if (status || !merged) return status;
    for (size_t i = 0; i < s->n && s->entry && data->entry; i++)
        if (s->entry[i] >= s->time[i])
            return ms_error_set(err, MS_EINPUT,
                                "row %zu: the interval from %g to %g is shorter than rounding", i + 1,
                                data->entry[i], data->time[i]);
    return sort_times(data, s, err); /* times that are equal now have their events first again */
}

static ms_status sort_strata(const ms_surv *data, ms_sorted *s, ms_error *err) {
    if (!data->stratum) return MS_OK;
    ms_status status = ms_order_strata(data->stratum, data->n_strata, s->n, s->by_time, err);
    if (status == MS_OK && s->entry)
        status = ms_order_strata(data->stratum, data->n_strata, s->n, s->by_entry, err);
    gather(s);
    return status;
}

static void count_strata(const ms_surv *data, ms_sorted *s) {
    for (size_t i = 0; i < data->n; i++) s->stratum_first[(data->stratum ? data->stratum[i] : 0) + 1]++;
    for (size_t k = 0; k < s->n_strata; k++) s->stratum_first[k + 1] += s->stratum_first[k];
}

ms_status ms_sorted_make(const ms_surv *data, ms_sorted *out, ms_error *err) {
    ms_gsl_quiet(); /* every estimator comes by here */
    ms_status status = check(data, err);
    if (status) return status;
    size_t n = data->n;
    ms_sorted s = {
        .n = n, .n_strata = data->stratum ? data->n_strata : 1, .event = data->event, .weight = data->weight};
    s.time = ms_calloc(n, sizeof *s.time);
    s.by_time = ms_calloc(n, sizeof *s.by_time);
    s.time_at = ms_calloc(n, sizeof *s.time_at);
    s.event_at = ms_calloc(n, 1);
    s.stratum_first = ms_calloc(s.n_strata + 1, sizeof *s.stratum_first);
    if (data->entry) {
        s.entry = ms_calloc(n, sizeof *s.entry);
        s.by_entry = ms_calloc(n, sizeof *s.by_entry);
    }
    if (!s.time || !s.by_time || !s.time_at || !s.event_at || !s.stratum_first ||
        (data->entry && (!s.entry || !s.by_entry))) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    memcpy(s.time, data->time, n * sizeof *s.time);
    if (data->entry) memcpy(s.entry, data->entry, n * sizeof *s.entry);
    if ((status = sort_times(data, &s, err))) goto cleanup;
    if (!data->no_timefix && (status = merge_times(data, &s, err))) goto cleanup;
    if ((status = sort_strata(data, &s, err))) goto cleanup;
    count_strata(data, &s);
    *out = s;
    return MS_OK;
cleanup:
    ms_sorted_clear(&s);
    return status;
}

void ms_sorted_clear(ms_sorted *sorted) {
    MS_FREE(sorted->time);
    MS_FREE(sorted->entry);
    MS_FREE(sorted->by_time);
    MS_FREE(sorted->time_at);
    MS_FREE(sorted->event_at);
    MS_FREE(sorted->by_entry);
    MS_FREE(sorted->stratum_first);
}

ms_status ms_sorted_need_event(const ms_sorted *sorted, ms_error *err) {
    for (size_t i = 0; i < sorted->n; i++)
        if (sorted->event[i]) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "no events: all %zu rows are censored", sorted->n);
}

bool ms_weights_fractional(const ms_surv *data) {
    if (!data->weight) return false;
    for (size_t i = 0; i < data->n; i++)
        if (data->weight[i] != floor(data->weight[i])) return true;
    return false;
}
