/* Concordance of a risk score with censored times. A pair counts when one of the two, i, has an event while
 * the other, j, is at risk and outlives it (a censoring at the same time is later). It is concordant when
 * risk_i > risk_j, discordant when below, tied in risk when equal. Pairs of events at one time are tied in
 * time.
 *
 * In order of time every event is counted against the rows after it (concordance_pairs.c); rows that had not
 * entered yet are counted in the same way, in order of entry, and taken off. That gives every row's share of
 * the pairs, from which the infinitesimal jackknife takes the standard error:
 *     dC_i = w_i [ (conc_i - disc_i) - d (conc_i + disc_i + tied_i) ] / (2 pairs),   d = (conc - disc) /
 * pairs (Therneau, concordance vignette of survival; R: concordancefit.) */
#include "survival/concordance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_concordance_options_default(ms_concordance_options *options) {
    *options = (ms_concordance_options){.timewt = MS_TIMEWT_N, .tau = INFINITY, .conf_level = 0.95};
}

/* ---- pairs ---- */

typedef struct pairs {
    double concordant, discordant, tied; /* weight of the others of its pairs */
} pairs;

/* Arrays over the items of the longest sequence there is. */
typedef struct work {
    const ms_sorted *s;
    const size_t *rank;   /* [rows] within the stratum */
    double *time_weight;  /* [rows] */
    bool weighted, timed; /* weights of rows, of times, are not all 1 */
    pairs *row;           /* [rows] */
    uint32_t *item_rank, *tie;
    uint8_t *source;
    double *weight, *source_weight;
    ms_pair_counts *counts;
    ms_concordance *out;
} work;

static ms_pair_items items_of(const work *w, size_t n, bool ties) {
    return (ms_pair_items){.n = n,
                           .rank = w->item_rank,
                           .source = w->source,
                           .weight = w->weighted ? w->weight : NULL,
                           .source_weight = w->weighted || w->timed ? w->source_weight : NULL,
                           .tie = ties ? w->tie : NULL};
}

static void set_item(work *w, size_t item, size_t row, bool source, size_t tie) {
    w->item_rank[item] = (uint32_t)w->rank[row];
    w->source[item] = source;
    w->tie[item] = (uint32_t)tie;
    if (!w->weighted && !w->timed) return;
    w->weight[item] = ms_sorted_weight(w->s, row);
    w->source_weight[item] = w->time_weight[row] * w->weight[item];
}

/* An event and those after it, `total` in all. */
static void add_event(work *w, size_t row, const ms_pair_counts *c, double total, double sign) {
    double factor = sign * w->time_weight[row], both = factor * ms_sorted_weight(w->s, row);
    double higher = total - c->lower_after - c->equal_after;
    w->out->concordant += both * c->lower_after;
    w->out->discordant += both * higher;
    w->out->tied_risk += both * c->equal_after;
    w->row[row].concordant += factor * c->lower_after;
    w->row[row].discordant += factor * higher;
    w->row[row].tied += factor * c->equal_after;
}

/* A row and the events it outlived, of weight `total`; from its side a lower rank of theirs is discordant. */
static void add_outlived(work *w, size_t row, const ms_pair_counts *c, double total, double sign) {
    w->row[row].concordant += sign * (total - c->lower_before - c->equal_before);
    w->row[row].discordant += sign * c->lower_before;
    w->row[row].tied += sign * c->equal_before;
}

/* Positions first .. last - 1 of by_time. */
static ms_status count_by_time(work *w, size_t first, size_t last, ms_error *err) {
    const ms_sorted *s = w->s;
    size_t n = last - first, tie = 0;
    for (size_t i = 0; i < n; i++) {
        size_t row = s->by_time[first + i], before = i ? s->by_time[first + i - 1] : row;
        if (i == 0 || !s->event[row] || !s->event[before] || s->time[row] != s->time[before]) tie = i;
        set_item(w, i, row, s->event[row], tie);
    }
    ms_pair_items items = items_of(w, n, true);
    ms_status status = ms_pairs_count(&items, w->counts, err);
    if (status) return status;
    double sum = 0, waiting = 0; /* of the events before; those of the same tie wait */
    for (size_t i = 0; i < n; i++) {
        size_t row = s->by_time[first + i];
        if (w->tie[i] == i) {
            sum += waiting;
            waiting = 0;
        }
        add_outlived(w, row, &w->counts[i], sum, 1);
        if (s->event[row]) waiting += w->time_weight[row] * ms_sorted_weight(s, row);
    }
    sum = waiting = 0; /* of the rows after */
    for (size_t i = n; i-- > 0;) {
        size_t row = s->by_time[first + i];
        if (s->event[row]) add_event(w, row, &w->counts[i], sum, 1);
        waiting += ms_sorted_weight(s, row);
        if (w->tie[i] != i) continue;
        sum += waiting;
        waiting = 0;
    }
    return MS_OK;
}

/* Takes off the pairs of an event and a row that enters at its time or later. */
static ms_status count_not_entered(work *w, size_t first, size_t last, size_t *item_row, ms_error *err) {
    const ms_sorted *s = w->s;
    size_t n = 0, entering = first;
    double total = 0;
    if (!item_row) return MS_OK; /* nobody enters late */
    for (size_t i = first; i <= last; i++) {
        double time = i < last ? s->time[s->by_time[i]] : INFINITY;
        for (; entering < last && s->entry[s->by_entry[entering]] < time; entering++) {
            item_row[n] = s->by_entry[entering];
            set_item(w, n++, s->by_entry[entering], false, 0);
        }
        if (i == last || !s->event[s->by_time[i]]) continue;
        item_row[n] = s->by_time[i];
        set_item(w, n++, s->by_time[i], true, 0);
    }
    /* an event is a source alone: as a later one it weighs nothing */
    w->weighted = true;
    for (size_t i = 0; i < n; i++) {
        size_t row = item_row[i];
        w->weight[i] = w->source[i] ? 0 : ms_sorted_weight(s, row);
        w->source_weight[i] = w->time_weight[row] * ms_sorted_weight(s, row);
    }
    ms_pair_items items = items_of(w, n, false);
    ms_status status = ms_pairs_count(&items, w->counts, err);
    if (status) return status;
    for (size_t i = 0; i < n; i++) {
        if (w->source[i])
            total += w->source_weight[i];
        else
            add_outlived(w, item_row[i], &w->counts[i], total, -1);
    }
    total = 0;
    for (size_t i = n; i-- > 0;) {
        if (w->source[i]) add_event(w, item_row[i], &w->counts[i], total, -1);
        total += w->weight[i];
    }
    return MS_OK;
}

/* ---- ties in time ---- */

typedef struct tied {
    size_t rank;
    double weight;
} tied;

static int compare_tied(const void *a, const void *b) {
    const tied *p = a, *q = b;
    return (p->rank > q->rank) - (p->rank < q->rank);
}

/* Pairs of events at one time, positions first .. last - 1: tied in time, or in both. */
static ms_status count_tie(work *w, size_t first, size_t last, ms_error *err) {
    const ms_sorted *s = w->s;
    size_t n = last - first;
    tied few[16], *events = n <= MS_COUNT(few) ? few : ms_calloc(n, sizeof *events);
    if (!events) return ms_error_nomem(err);
    double sum = 0, squares = 0, both = 0, time_weight = w->time_weight[s->by_time[first]];
    for (size_t i = 0; i < n; i++) {
        size_t row = s->by_time[first + i];
        events[i] = (tied){w->rank[row], ms_sorted_weight(s, row)};
        sum += events[i].weight;
        squares += events[i].weight * events[i].weight;
    }
    qsort(events, n, sizeof *events, compare_tied);
    double same = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && events[i].rank != events[i - 1].rank) same = 0;
        both += same * events[i].weight;
        same += events[i].weight;
    }
    if (events != few) free(events);
    w->out->tied_both += time_weight * both;
    w->out->tied_time += time_weight * ((sum * sum - squares) / 2 - both);
    return MS_OK;
}

static ms_status count_ties(work *w, size_t first, size_t last, ms_error *err) {
    const ms_sorted *s = w->s;
    ms_status status = MS_OK;
    for (size_t i = first, end; i < last && status == MS_OK; i = end) {
        double time = s->time[s->by_time[i]];
        for (end = i + 1; end < last && s->time[s->by_time[end]] == time && s->event[s->by_time[end]];) end++;
        if (s->event[s->by_time[i]] && end - i > 1) status = count_tie(w, i, end, err);
    }
    return status;
}

/* ---- standard error ---- */

static ms_status jackknife(const work *w, const ms_concordance_options *options, double *se, ms_error *err) {
    const ms_sorted *s = w->s;
    double n_pairs = w->out->concordant + w->out->discordant + w->out->tied_risk;
    double somers = (w->out->concordant - w->out->discordant) / n_pairs;
    size_t n = options->cluster ? options->n_clusters : s->n;
    double *influence = ms_calloc(n, sizeof *influence);
    if (!influence) return ms_error_nomem(err);
    for (size_t i = 0; i < s->n; i++) {
        const pairs *p = &w->row[i];
        double value = (p->concordant - p->discordant) - somers * (p->concordant + p->discordant + p->tied);
        value = ms_sorted_weight(s, i) * value / n_pairs;
        influence[options->cluster ? options->cluster[i] : i] += value;
        if (options->influence) options->influence[i] = (options->reverse ? -value : value) / 2;
    }
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += influence[i] * influence[i];
    free(influence);
    *se = sqrt(sum) / 2;
    return MS_OK;
}

static void swap(double *a, double *b) {
    double t = *a;
    *a = *b;
    *b = t;
}

static ms_status finish(work *w, const ms_concordance_options *options, ms_error *err) {
    ms_concordance *out = w->out;
    double n_pairs = out->concordant + out->discordant + out->tied_risk;
    out->c = out->se = NAN;
    if (options->influence) memset(options->influence, 0, w->s->n * sizeof *options->influence);
    if (n_pairs > 0) {
        ms_status status = jackknife(w, options, &out->se, err);
        if (status) return status;
        if (options->reverse) swap(&out->concordant, &out->discordant);
        out->c = ((out->concordant - out->discordant) / n_pairs + 1) / 2;
    }
    double z = ms_normal_quantile(0.5 + options->conf_level / 2);
    out->lower = isnan(out->c) ? NAN : fmax(0, out->c - z * out->se);
    out->upper = isnan(out->c) ? NAN : fmin(1, out->c + z * out->se);
    return MS_OK;
}

static ms_status check_options(const ms_surv *data, const double *risk, const ms_concordance_options *options,
                               ms_error *err) {
    for (size_t i = 0; i < data->n; i++) {
        if (isnan(risk[i])) return ms_error_set(err, MS_EINPUT, "row %zu: risk is missing", i + 1);
        if (options->cluster && options->cluster[i] >= options->n_clusters)
            return ms_error_set(err, MS_EINPUT, "row %zu: cluster %zu, but there are %zu", i + 1,
                                options->cluster[i], options->n_clusters);
    }
    if (data->entry && options->timewt != MS_TIMEWT_N && options->timewt != MS_TIMEWT_S &&
        options->timewt != MS_TIMEWT_I)
        return ms_error_set(
            err, MS_EUSAGE,
            "weights by the censoring distribution are not defined for delayed entry: use Harrell's C");
    return MS_OK;
}

static ms_status work_alloc(work *w, size_t **item_row, ms_error *err) {
    const ms_sorted *s = w->s;
    size_t most = 0;
    for (size_t k = 0; k < s->n_strata; k++) {
        size_t n = s->stratum_first[k + 1] - s->stratum_first[k];
        if (n > most) most = n;
    }
    if (s->entry) most *= 2;
    bool weights = w->weighted || w->timed || s->entry;
    w->time_weight = ms_calloc(s->n, sizeof *w->time_weight);
    w->row = ms_calloc(s->n, sizeof *w->row);
    w->item_rank = ms_calloc(most, sizeof *w->item_rank);
    w->tie = ms_calloc(most, sizeof *w->tie);
    w->source = ms_calloc(most, 1);
    w->counts = ms_calloc(most, sizeof *w->counts);
    if (weights) w->weight = ms_calloc(most, sizeof *w->weight);
    if (weights) w->source_weight = ms_calloc(most, sizeof *w->source_weight);
    if (s->entry) *item_row = ms_calloc(most, sizeof **item_row);
    if (w->time_weight && w->row && w->item_rank && w->tie && w->source && w->counts &&
        (!weights || (w->weight && w->source_weight)) && (!s->entry || *item_row))
        return MS_OK;
    return ms_error_nomem(err);
}

static void work_clear(work *w) {
    free(w->time_weight);
    free(w->row);
    free(w->item_rank);
    free(w->tie);
    free(w->source);
    free(w->counts);
    free(w->weight);
    free(w->source_weight);
}

static ms_status count_stratum(work *w, size_t stratum, const ms_concordance_options *options,
                               double *scratch, size_t *item_row, ms_error *err) {
    size_t first = w->s->stratum_first[stratum], last = w->s->stratum_first[stratum + 1];
    bool weighted = w->weighted;
    if (first == last) return MS_OK;
    if (w->timed)
        ms_concordance_time_weights(w->s, stratum, options, scratch, w->time_weight);
    else
        for (size_t i = first; i < last; i++) w->time_weight[w->s->by_time[i]] = 1;
    ms_status status = count_by_time(w, first, last, err);
    if (status == MS_OK && w->s->entry) status = count_not_entered(w, first, last, item_row, err);
    w->weighted = weighted;
    return status == MS_OK ? count_ties(w, first, last, err) : status;
}

ms_status ms_concordance_of_sorted(const ms_surv *data, const ms_sorted *sorted, const double *risk,
                                   const ms_concordance_options *options, ms_concordance *out,
                                   ms_error *err) {
    size_t n = data->n, *rank = NULL, *item_row = NULL;
    double *scratch = NULL;
    ms_concordance result = {.n = n};
    work w = {.s = sorted, .out = &result, .weighted = data->weight != NULL};
    w.timed = options->timewt != MS_TIMEWT_N || options->tau < INFINITY;
    ms_status status = check_options(data, risk, options, err);
    if (status) return status;
    rank = ms_calloc(n, sizeof *rank);
    if (w.timed) scratch = ms_calloc(n, sizeof *scratch);
    if (!rank || (w.timed && !scratch)) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    if ((status = ms_dense_rank(risk, data->stratum, data->n_strata, n, rank, err))) goto cleanup;
    w.rank = rank;
    if ((status = work_alloc(&w, &item_row, err))) goto cleanup;
    for (size_t k = 0; k < sorted->n_strata; k++)
        if ((status = count_stratum(&w, k, options, scratch, item_row, err))) goto cleanup;
    for (size_t i = 0; i < n; i++) result.n_events += sorted->event[i];
    if ((status = finish(&w, options, err))) goto cleanup;
    *out = result;
cleanup:
    free(rank);
    free(scratch);
    free(item_row);
    work_clear(&w);
    return status;
}

ms_status ms_concordance_compute(const ms_surv *data, const double *risk,
                                 const ms_concordance_options *options, ms_concordance *out, ms_error *err) {
    ms_concordance_options chosen;
    ms_concordance_options_default(&chosen);
    if (options) chosen = *options;
    ms_sorted sorted = {0};
    ms_status status = ms_sorted_make(data, &sorted, err);
    if (status) return status;
    status = ms_concordance_of_sorted(data, &sorted, risk, &chosen, out, err);
    ms_sorted_clear(&sorted);
    return status;
}
