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

/* Arrays over the positions of by_time, or over the items of the longest sequence there is. */
typedef struct work {
    const ms_sorted *s;
    double *risk_at;      /* [positions] */
    double *time_weight;  /* [positions]; NULL: all 1 */
    bool weighted, timed; /* weights of rows, of times, are not all 1 */
    pairs *pairs_at;      /* [positions] */
    size_t *position;     /* [rows] for late entries; NULL without */
    size_t *item_at;      /* [items] positions, for late entries */
    uint32_t *tie;
    uint8_t *source;
    double *value, *weight, *source_weight;
    ms_pair_counts *counts;
    ms_concordance *out;
} work;

static double weight_at(const work *w, size_t at) {
    return w->s->weight ? w->s->weight[w->s->by_time[at]] : 1.0;
}

static double time_weight_at(const work *w, size_t at) {
    return w->timed ? w->time_weight[at] : 1.0;
}

static ms_pair_items items_of(const work *w, size_t n, bool ties) {
    return (ms_pair_items){.n = n,
                           .value = w->value,
                           .source = w->source,
                           .weight = w->weighted ? w->weight : NULL,
                           .source_weight = w->weighted || w->timed ? w->source_weight : NULL,
                           .tie = ties ? w->tie : NULL};
}

static void set_item(work *w, size_t item, size_t at, bool source, size_t tie) {
    w->value[item] = w->risk_at[at];
    w->source[item] = source;
    w->tie[item] = (uint32_t)tie;
    if (!w->weighted && !w->timed) return;
    w->weight[item] = weight_at(w, at);
    w->source_weight[item] = time_weight_at(w, at) * w->weight[item];
}

/* An event and those after it, `total` in all. */
static void add_event(work *w, size_t at, const ms_pair_counts *c, double total, double sign) {
    double factor = sign * time_weight_at(w, at), both = factor * weight_at(w, at);
    double higher = total - c->lower_after - c->equal_after;
    w->out->concordant += both * c->lower_after;
    w->out->discordant += both * higher;
    w->out->tied_risk += both * c->equal_after;
    w->pairs_at[at].concordant += factor * c->lower_after;
    w->pairs_at[at].discordant += factor * higher;
    w->pairs_at[at].tied += factor * c->equal_after;
}

/* A row and the events it outlived, of weight `total`; from its side a lower rank of theirs is discordant. */
static void add_outlived(work *w, size_t at, const ms_pair_counts *c, double total, double sign) {
    w->pairs_at[at].concordant += sign * (total - c->lower_before - c->equal_before);
    w->pairs_at[at].discordant += sign * c->lower_before;
    w->pairs_at[at].tied += sign * c->equal_before;
}

/* Positions first .. last - 1 of by_time. */
static ms_status count_by_time(work *w, size_t first, size_t last, ms_error *err) {
    const ms_sorted *s = w->s;
    size_t n = last - first, tie = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = first + i;
        if (i == 0 || !s->event_at[at] || !s->event_at[at - 1] || s->time_at[at] != s->time_at[at - 1])
            tie = i;
        set_item(w, i, at, s->event_at[at], tie);
    }
    ms_pair_items items = items_of(w, n, true);
    ms_status status = ms_pairs_count(&items, w->counts, err);
    if (status) return status;
    double sum = 0, waiting = 0; /* of the events before; those of the same tie wait */
    for (size_t i = 0; i < n; i++) {
        size_t at = first + i;
        if (w->tie[i] == i) {
            sum += waiting;
            waiting = 0;
        }
        add_outlived(w, at, &w->counts[i], sum, 1);
        if (s->event_at[at]) waiting += time_weight_at(w, at) * weight_at(w, at);
    }
    sum = waiting = 0; /* of the rows after */
    for (size_t i = n; i-- > 0;) {
        size_t at = first + i;
        if (s->event_at[at]) add_event(w, at, &w->counts[i], sum, 1);
        waiting += weight_at(w, at);
        if (w->tie[i] != i) continue;
        sum += waiting;
        waiting = 0;
    }
    return MS_OK;
}

/* Takes off the pairs of an event and a row that enters at its time or later. */
static ms_status count_not_entered(work *w, size_t first, size_t last, ms_error *err) {
    const ms_sorted *s = w->s;
    size_t n = 0, entering = first;
    double total = 0;
    if (!w->item_at) return MS_OK; /* nobody enters late */
    for (size_t i = first; i <= last; i++) {
        double time = i < last ? s->time_at[i] : INFINITY;
        for (; entering < last && s->entry[s->by_entry[entering]] < time; entering++) {
            w->item_at[n] = w->position[s->by_entry[entering]];
            set_item(w, n, w->item_at[n], false, 0);
            n++;
        }
        if (i == last || !s->event_at[i]) continue;
        w->item_at[n] = i;
        set_item(w, n++, i, true, 0);
    }
    /* an event is a source alone: as a later one it weighs nothing */
    w->weighted = true;
    for (size_t i = 0; i < n; i++) {
        size_t at = w->item_at[i];
        w->weight[i] = w->source[i] ? 0 : weight_at(w, at);
        w->source_weight[i] = time_weight_at(w, at) * weight_at(w, at);
    }
    ms_pair_items items = items_of(w, n, false);
    ms_status status = ms_pairs_count(&items, w->counts, err);
    if (status) return status;
    for (size_t i = 0; i < n; i++) {
        if (w->source[i])
            total += w->source_weight[i];
        else
            add_outlived(w, w->item_at[i], &w->counts[i], total, -1);
    }
    total = 0;
    for (size_t i = n; i-- > 0;) {
        if (w->source[i]) add_event(w, w->item_at[i], &w->counts[i], total, -1);
        total += w->weight[i];
    }
    return MS_OK;
}

/* ---- ties in time ---- */

typedef struct tied {
    double risk, weight;
} tied;

static int compare_tied(const void *a, const void *b) {
    const tied *p = a, *q = b;
    return (p->risk > q->risk) - (p->risk < q->risk);
}

/* Pairs of events at one time, positions first .. last - 1: tied in time, or in both. */
static ms_status count_tie(work *w, size_t first, size_t last, ms_error *err) {
    size_t n = last - first;
    tied few[16], *events = n <= MS_COUNT(few) ? few : ms_calloc(n, sizeof *events);
    if (!events) return ms_error_nomem(err);
    double sum = 0, squares = 0, both = 0, time_weight = time_weight_at(w, first);
    for (size_t i = 0; i < n; i++) {
        events[i] = (tied){w->risk_at[first + i], weight_at(w, first + i)};
        sum += events[i].weight;
        squares += events[i].weight * events[i].weight;
    }
    qsort(events, n, sizeof *events, compare_tied);
    double same = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && events[i].risk != events[i - 1].risk) same = 0;
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
        double time = s->time_at[i];
        for (end = i + 1; end < last && s->time_at[end] == time && s->event_at[end];) end++;
        if (s->event_at[i] && end - i > 1) status = count_tie(w, i, end, err);
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
    for (size_t at = 0; at < s->n; at++) {
        const pairs *p = &w->pairs_at[at];
        size_t i = s->by_time[at];
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

static ms_status work_alloc(work *w, ms_error *err) {
    const ms_sorted *s = w->s;
    size_t most = 0;
    for (size_t k = 0; k < s->n_strata; k++) {
        size_t n = s->stratum_first[k + 1] - s->stratum_first[k];
        if (n > most) most = n;
    }
    if (s->entry) most *= 2;
    bool weights = w->weighted || w->timed || s->entry;
    w->risk_at = ms_calloc(s->n, sizeof *w->risk_at);
    w->pairs_at = ms_calloc(s->n, sizeof *w->pairs_at);
    w->value = ms_calloc(most, sizeof *w->value);
    w->tie = ms_calloc(most, sizeof *w->tie);
    w->source = ms_calloc(most, 1);
    w->counts = ms_calloc(most, sizeof *w->counts);
    if (w->timed) w->time_weight = ms_calloc(s->n, sizeof *w->time_weight);
    if (weights) w->weight = ms_calloc(most, sizeof *w->weight);
    if (weights) w->source_weight = ms_calloc(most, sizeof *w->source_weight);
    if (s->entry) w->position = ms_calloc(s->n, sizeof *w->position);
    if (s->entry) w->item_at = ms_calloc(most, sizeof *w->item_at);
    if (w->risk_at && w->pairs_at && w->value && w->tie && w->source && w->counts &&
        (!w->timed || w->time_weight) && (!weights || (w->weight && w->source_weight)) &&
        (!s->entry || (w->position && w->item_at)))
        return MS_OK;
    return ms_error_nomem(err);
}

static void work_clear(work *w) {
    free(w->risk_at);
    free(w->time_weight);
    free(w->pairs_at);
    free(w->position);
    free(w->item_at);
    free(w->value);
    free(w->tie);
    free(w->source);
    free(w->counts);
    free(w->weight);
    free(w->source_weight);
}

static ms_status count_stratum(work *w, size_t stratum, const ms_concordance_options *options,
                               double *scratch, ms_error *err) {
    size_t first = w->s->stratum_first[stratum], last = w->s->stratum_first[stratum + 1];
    bool weighted = w->weighted;
    if (first == last) return MS_OK;
    if (w->timed) ms_concordance_time_weights(w->s, stratum, options, scratch, w->time_weight);
    ms_status status = count_by_time(w, first, last, err);
    if (status == MS_OK && w->s->entry) status = count_not_entered(w, first, last, err);
    w->weighted = weighted;
    return status == MS_OK ? count_ties(w, first, last, err) : status;
}

/* What the data's rows have, at their positions. */
static void place_rows(work *w, const double *risk) {
    const ms_sorted *s = w->s;
    for (size_t at = 0; at < s->n; at++) w->risk_at[at] = risk[s->by_time[at]];
    for (size_t at = 0; at < s->n && s->entry; at++) w->position[s->by_time[at]] = at;
}

ms_status ms_concordance_of_sorted(const ms_surv *data, const ms_sorted *sorted, const double *risk,
                                   const ms_concordance_options *options, ms_concordance *out,
                                   ms_error *err) {
    size_t n = data->n;
    double *scratch = NULL;
    ms_concordance result = {.n = n};
    work w = {.s = sorted, .out = &result, .weighted = data->weight != NULL};
    w.timed = options->timewt != MS_TIMEWT_N || options->tau < INFINITY;
    ms_status status = check_options(data, risk, options, err);
    if (status) return status;
    if (w.timed && !(scratch = ms_calloc(n, sizeof *scratch))) return ms_error_nomem(err);
    if ((status = work_alloc(&w, err))) goto cleanup;
    place_rows(&w, risk);
    for (size_t k = 0; k < sorted->n_strata; k++)
        if ((status = count_stratum(&w, k, options, scratch, err))) goto cleanup;
    for (size_t i = 0; i < n; i++) result.n_events += sorted->event[i];
    if ((status = finish(&w, options, err))) goto cleanup;
    *out = result;
cleanup:
    free(scratch);
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
