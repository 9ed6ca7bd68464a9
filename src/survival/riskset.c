/* The walk over event times with running sums over the risk set, which the Cox likelihood, its residuals, the
 * test of proportional hazards and the baseline hazard share. Latest time first: a row joins at its end of
 * follow-up and leaves at its entry. Sums start afresh whenever the set is empty, and rows that are at risk
 * at no event time never join, so that subtraction loses as few digits as it can. */
#include "survival/survival.h"

#include <stdlib.h>
#include <string.h>

/* Marks the rows whose (entry, time] holds an event time of their stratum. */
static ms_status mark_used(const ms_sorted *s, uint8_t *used, ms_error *err) {
    double *events = ms_calloc(s->n, sizeof *events);
    if (!events) return ms_error_nomem(err);
    for (size_t k = 0; k < s->n_strata; k++) {
        size_t n = 0;
        for (size_t i = s->stratum_first[k]; i < s->stratum_first[k + 1]; i++)
            if (s->event[s->by_time[i]]) events[n++] = s->time[s->by_time[i]];
        for (size_t i = s->stratum_first[k]; i < s->stratum_first[k + 1]; i++) {
            size_t row = s->by_time[i];
            used[row] = ms_count_up_to(events, n, s->entry[row]) < ms_count_up_to(events, n, s->time[row]);
        }
    }
    free(events);
    return MS_OK;
}

ms_status ms_riskset_start(ms_riskset *riskset, const ms_sorted *sorted, size_t p, const double *x,
                           const double *risk, bool squares, ms_error *err) {
    *riskset = (ms_riskset){.sorted = sorted, .p = p, .x = x, .risk = risk, .squares = squares};
    riskset->stratum = sorted->n_strata;
    riskset->memory = ms_calloc(2 * p + 2 * p * p + 1, sizeof(double));
    if (!riskset->memory) return ms_error_nomem(err);
    riskset->sum_x = riskset->memory;
    riskset->death_x = riskset->sum_x + p;
    riskset->sum_xx = riskset->death_x + p;
    riskset->death_xx = riskset->sum_xx + p * p;
    if (!sorted->entry) return MS_OK;
    riskset->used = ms_calloc(sorted->n, 1);
    ms_status status = riskset->used ? mark_used(sorted, riskset->used, err) : ms_error_nomem(err);
    if (status) ms_riskset_clear(riskset);
    return status;
}

void ms_riskset_clear(ms_riskset *riskset) {
    MS_FREE(riskset->memory);
    MS_FREE(riskset->used);
}

/* sums += sign * weight * risk * (1, x, x x') of one row. */
static void accumulate(const ms_riskset *r, size_t row, double sign, double *sum, double *sum_x,
                       double *sum_xx) {
    double w = sign * ms_sorted_weight(r->sorted, row) * r->risk[row];
    size_t p = r->p;
    const double *x = r->x + row * p;
    *sum += w;
    for (size_t j = 0; j < p; j++) {
        double wx = w * x[j];
        sum_x[j] += wx;
        if (r->squares)
            for (size_t k = 0; k <= j; k++) sum_xx[j * p + k] += wx * x[k];
    }
}

static void empty(ms_riskset *r) {
    r->sum = 0;
    r->in_set = 0;
    memset(r->sum_x, 0, r->p * sizeof(double));
    memset(r->sum_xx, 0, r->p * r->p * sizeof(double));
}

static void begin_stratum(ms_riskset *r) {
    r->position = r->entry_position = r->sorted->stratum_first[r->stratum + 1];
    r->in_stratum = true;
    empty(r);
}

static void leave_before(ms_riskset *r, double time) {
    const ms_sorted *s = r->sorted;
    size_t first = s->stratum_first[r->stratum];
    while (r->entry_position > first && s->entry[s->by_entry[r->entry_position - 1]] >= time) {
        size_t row = s->by_entry[--r->entry_position];
        if (!r->used[row]) continue;
        accumulate(r, row, -1, &r->sum, r->sum_x, r->sum_xx);
        if (--r->in_set == 0) empty(r);
    }
}

static void join(ms_riskset *r, size_t row) {
    if (r->used && !r->used[row]) return;
    accumulate(r, row, 1, &r->sum, r->sum_x, r->sum_xx);
    r->in_set++;
}

/* The deaths at the time of the event at position - 1 join, and are summed on their own. */
static void take_deaths(ms_riskset *r) {
    const ms_sorted *s = r->sorted;
    r->last = r->position;
    r->death_sum = r->death_weight = 0;
    memset(r->death_x, 0, r->p * sizeof(double));
    memset(r->death_xx, 0, r->p * r->p * sizeof(double));
    while (r->position > s->stratum_first[r->stratum]) {
        size_t row = s->by_time[r->position - 1];
        if (!s->event[row] || s->time[row] != r->time) break;
        join(r, row);
        r->death_weight += ms_sorted_weight(s, row);
        r->position--;
    }
    r->first = r->position;
    r->n_deaths = r->last - r->first;
    for (size_t i = r->first; i < r->last; i++)
        accumulate(r, s->by_time[i], 1, &r->death_sum, r->death_x, r->death_xx);
}

bool ms_riskset_next(ms_riskset *riskset) {
    const ms_sorted *s = riskset->sorted;
    for (;;) {
        if (!riskset->in_stratum) {
            if (riskset->stratum == 0) return false;
            riskset->stratum--;
            begin_stratum(riskset);
        }
        while (riskset->position > s->stratum_first[riskset->stratum]) {
            size_t row = s->by_time[riskset->position - 1];
            riskset->time = s->time[row];
            if (s->entry) leave_before(riskset, riskset->time);
            if (s->event[row]) {
                take_deaths(riskset);
                return true;
            }
            join(riskset, row);
            riskset->position--;
        }
        riskset->in_stratum = false;
    }
}

size_t ms_tie_parts(const ms_riskset *riskset, ms_ties ties) {
    return ties == MS_TIES_EFRON ? riskset->n_deaths : 1;
}

ms_tie_part ms_tie_part_at(const ms_riskset *riskset, ms_ties ties, size_t k) {
    if (ties != MS_TIES_EFRON || riskset->n_deaths == 1)
        return (ms_tie_part){riskset->death_weight, 0, riskset->sum};
    double n = (double)riskset->n_deaths, left = (double)k / n;
    return (ms_tie_part){riskset->death_weight / n, left, riskset->sum - left * riskset->death_sum};
}

void ms_tie_part_mean(const ms_riskset *riskset, const ms_tie_part *part, double *mean) {
    for (size_t j = 0; j < riskset->p; j++)
        mean[j] = (riskset->sum_x[j] - part->left * riskset->death_x[j]) / part->sum;
}
