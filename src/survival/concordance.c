/* Concordance of a risk score with censored times. A pair counts when one of the two, i, has an event while
 * the other, j, is at risk and outlives it (a censoring at the same time is later). It is concordant when
 * risk_i > risk_j, discordant when below, tied in risk when equal. Pairs of events at one time are tied in
 * time.
 *
 * Two walks with a Fenwick tree over the ranks of risk, O(n log n): down in time, with those at risk in the
 * tree, each event counts its pairs; up in time, with the events in the tree, each row counts those it
 * outlived. Together they give every row's share of the pairs, from which the infinitesimal jackknife takes
 * the standard error: dC_i = w_i [ (conc_i - disc_i) - d (conc_i + disc_i + tied_i) ] / (2 pairs),   d =
 * (conc - disc) / pairs (Therneau, concordance vignette of survival; R: concordancefit.) */
#include "survival/concordance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_concordance_options_default(ms_concordance_options *options) {
    *options = (ms_concordance_options){.timewt = MS_TIMEWT_N, .tau = INFINITY, .conf_level = 0.95};
}

/* ---- Fenwick tree: sums of weight by rank ---- */

typedef struct fenwick {
    size_t n;
    double *node; /* [n + 1] */
    double *leaf; /* [n] weight at each rank */
    double total;
} fenwick;

static void fenwick_empty(fenwick *f) {
    memset(f->node, 0, (f->n + 1) * sizeof *f->node);
    memset(f->leaf, 0, f->n * sizeof *f->leaf);
    f->total = 0;
}

static void fenwick_add(fenwick *f, size_t rank, double weight) {
    f->leaf[rank] += weight;
    f->total += weight;
    for (size_t i = rank + 1; i <= f->n; i += i & (~i + 1)) f->node[i] += weight;
}

/* Sum below the rank. */
static double fenwick_below(const fenwick *f, size_t rank) {
    double sum = 0;
    for (size_t i = rank; i > 0; i -= i & (~i + 1)) sum += f->node[i];
    return sum;
}

/* ---- pairs ---- */

typedef struct pairs {
    double concordant, discordant, tied; /* weight of the others of its pairs */
} pairs;

typedef struct work {
    const ms_sorted *s;
    const size_t *rank;
    double *time_weight; /* [n] */
    double *scratch;     /* [n] */
    pairs *row;          /* [n] */
    fenwick tree;
    ms_concordance *out;
} work;

/* What the tree holds, seen from a rank: `lower` those of lower risk. */
static pairs look(const fenwick *f, size_t rank) {
    double lower = fenwick_below(f, rank), equal = f->leaf[rank];
    return (pairs){lower, f->total - lower - equal, equal};
}

/* Pairs of events at one time, positions first .. last - 1: tied in time, or in both. */
static void count_tied_events(work *w, size_t first, size_t last) {
    const ms_sorted *s = w->s;
    if (last - first < 2) return;
    double sum = 0, squares = 0, both = 0, time_weight = w->time_weight[s->by_time[first]];
    for (size_t i = first; i < last; i++) {
        double weight = ms_sorted_weight(s, s->by_time[i]);
        sum += weight;
        squares += weight * weight;
        both += weight * w->tree.leaf[w->rank[s->by_time[i]]]; /* the tree holds these events alone */
        fenwick_add(&w->tree, w->rank[s->by_time[i]], weight);
    }
    w->out->tied_both += time_weight * both;
    w->out->tied_time += time_weight * ((sum * sum - squares) / 2 - both);
}

/* Down in time: what each event outlives it. */
static void walk_down(work *w, size_t first, size_t last) {
    const ms_sorted *s = w->s;
    fenwick_empty(&w->tree);
    size_t position = last, entering = last;
    while (position > first) {
        double time = s->time[s->by_time[position - 1]];
        while (s->entry && entering > first && s->entry[s->by_entry[entering - 1]] >= time) {
            size_t row = s->by_entry[--entering];
            fenwick_add(&w->tree, w->rank[row], -ms_sorted_weight(s, row));
        }
        for (; position > first && s->time[s->by_time[position - 1]] == time; position--) {
            size_t row = s->by_time[position - 1];
            if (s->event[row]) break;
            fenwick_add(&w->tree, w->rank[row], ms_sorted_weight(s, row));
        }
        size_t deaths_end = position;
        for (; position > first && s->time[s->by_time[position - 1]] == time; position--) {
            size_t row = s->by_time[position - 1];
            pairs p = look(&w->tree, w->rank[row]);
            double factor = w->time_weight[row], both = factor * ms_sorted_weight(s, row);
            w->out->concordant += both * p.concordant;
            w->out->discordant += both * p.discordant;
            w->out->tied_risk += both * p.tied;
            w->row[row].concordant += factor * p.concordant;
            w->row[row].discordant += factor * p.discordant;
            w->row[row].tied += factor * p.tied;
        }
        for (size_t i = position; i < deaths_end; i++)
            fenwick_add(&w->tree, w->rank[s->by_time[i]], ms_sorted_weight(s, s->by_time[i]));
    }
}

/* The events in the tree are those a row outlived; from its side a lower rank of theirs is discordant. */
static void add_outlived(work *w, size_t row, double sign) {
    pairs p = look(&w->tree, w->rank[row]);
    w->row[row].concordant += sign * p.discordant;
    w->row[row].discordant += sign * p.concordant;
    w->row[row].tied += sign * p.tied;
}

/* Up in time: which events each row outlived while at risk: those before its end less those up to its entry.
 */
static void walk_up(work *w, size_t first, size_t last) {
    const ms_sorted *s = w->s;
    fenwick_empty(&w->tree);
    size_t entering = first;
    for (size_t i = first; i < last;) {
        double time = s->time[s->by_time[i]];
        for (; s->entry && entering < last && s->entry[s->by_entry[entering]] < time; entering++)
            add_outlived(w, s->by_entry[entering], -1);
        size_t end = i;
        for (; end < last && s->time[s->by_time[end]] == time && s->event[s->by_time[end]]; end++)
            add_outlived(w, s->by_time[end], 1);
        for (; i < end; i++) {
            size_t row = s->by_time[i];
            fenwick_add(&w->tree, w->rank[row], w->time_weight[row] * ms_sorted_weight(s, row));
        }
        for (; i < last && s->time[s->by_time[i]] == time; i++) add_outlived(w, s->by_time[i], 1);
    }
}

static void walk_ties(work *w, size_t first, size_t last) {
    const ms_sorted *s = w->s;
    fenwick_empty(&w->tree);
    for (size_t i = first; i < last;) {
        double time = s->time[s->by_time[i]];
        size_t end = i;
        while (end < last && s->time[s->by_time[end]] == time && s->event[s->by_time[end]]) end++;
        count_tied_events(w, i, end);
        for (size_t k = i; k < end && end - i > 1; k++)
            fenwick_add(&w->tree, w->rank[s->by_time[k]], -ms_sorted_weight(s, s->by_time[k]));
        for (i = end; i < last && s->time[s->by_time[i]] == time;) i++;
    }
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

ms_status ms_concordance_compute(const ms_surv *data, const double *risk,
                                 const ms_concordance_options *options, ms_concordance *out, ms_error *err) {
    ms_concordance_options chosen;
    ms_concordance_options_default(&chosen);
    if (options) chosen = *options;
    ms_status status = check_options(data, risk, &chosen, err);
    if (status) return status;
    ms_concordance result = {.n = data->n};
    ms_sorted sorted = {0};
    size_t n = data->n, *rank = NULL;
    work w = {.s = &sorted, .out = &result};
    if ((status = ms_sorted_make(data, &sorted, err))) return status;
    rank = ms_calloc(n, sizeof *rank);
    w.time_weight = ms_calloc(n, sizeof *w.time_weight);
    w.scratch = ms_calloc(n, sizeof *w.scratch);
    w.row = ms_calloc(n, sizeof *w.row);
    w.tree.node = ms_calloc(n + 1, sizeof(double));
    w.tree.leaf = ms_calloc(n, sizeof(double));
    if (!rank || !w.time_weight || !w.scratch || !w.row || !w.tree.node || !w.tree.leaf) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    if ((status = ms_dense_rank(risk, data->stratum, n, rank, err))) goto cleanup;
    w.rank = rank;
    for (size_t k = 0; k < sorted.n_strata; k++) {
        size_t first = sorted.stratum_first[k], last = sorted.stratum_first[k + 1];
        if (first == last) continue;
        w.tree.n = last - first;
        ms_concordance_time_weights(&sorted, k, &chosen, w.scratch, w.time_weight);
        walk_down(&w, first, last);
        walk_up(&w, first, last);
        walk_ties(&w, first, last);
    }
    for (size_t i = 0; i < n; i++) result.n_events += sorted.event[i];
    if ((status = finish(&w, &chosen, err))) goto cleanup;
    *out = result;
cleanup:
    free(rank);
    free(w.time_weight);
    free(w.scratch);
    free(w.row);
    free(w.tree.node);
    free(w.tree.leaf);
    ms_sorted_clear(&sorted);
    return status;
}
