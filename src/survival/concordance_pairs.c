/* Counting the pairs of a sequence by rank, in O(n log n): each item wants the weight of those after it, and
 * of those before it, that have a lower or the same rank.
 *
 * The items are listed by rank. The list is split into those of the first and of the second half of the
 * sequence, each still by rank, and on the way every item of one half meets the running sum over the other
 * half: that is what lies on its other side with a lower rank. Then each half is split in the same way. (A
 * merge sort by rank run backwards; memory is read in order, where a tree over the ranks would jump about.)
 */
#include "survival/concordance.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 64 };

typedef struct counting {
    const ms_pair_items *items;
    uint32_t *list;  /* [n] positions by rank, equal ranks by position; within each part of the sequence.
                        Without weights, twice the position and 1 more for a source. */
    uint32_t *other; /* [n] */
    uint32_t *count; /* [2n] without weights: lower and after, lower or equal and before */
    double *weight;  /* [2n] the same with weights */
} counting;

/* Where first .. last - 1 may be cut, as near to the middle as can be; `first` when nowhere. */
static size_t cut(const ms_pair_items *items, size_t first, size_t last) {
    const uint32_t *tie = items->tie;
    size_t middle = first + (last - first) / 2, up = middle, down = middle;
    if (!tie) return middle;
    while (up < last && tie[up] != up) up++;
    while (down > first && tie[down] != down) down--;
    return up < last && (down <= first || up - middle < middle - down) ? up : down;
}

/* One split, items that weigh 1. No branches: which half comes next cannot be foreseen. */
static size_t split_counts(const counting *c, size_t first, size_t last, size_t middle) {
    uint32_t *list = c->list, *other = c->other, *count = c->count, before = 0, after = 0;
    size_t left = first, right = 0;
    for (size_t i = first; i < last; i++) {
        uint32_t item = list[i], is_after = item >= 2 * middle;
        count[(item & ~(uint32_t)1) + is_after] += is_after ? before : after;
        before += item & (is_after ^ 1);
        after += is_after;
        list[left] = item;
        other[right] = item;
        left += is_after ^ 1;
        right += is_after;
    }
    memcpy(list + left, other, right * sizeof *list);
    return left;
}

static size_t split_weights(const counting *c, size_t first, size_t last, size_t middle) {
    const ms_pair_items *items = c->items;
    double before = 0, after = 0;
    size_t left = first, right = 0;
    for (size_t i = first; i < last; i++) {
        uint32_t position = c->list[i];
        if (position >= middle) {
            c->weight[2 * (size_t)position + 1] += before;
            after += items->weight ? items->weight[position] : 1;
            c->other[right++] = position;
        } else {
            c->weight[2 * (size_t)position] += after;
            if (items->source[position]) before += items->source_weight[position];
            c->list[left++] = position;
        }
    }
    memcpy(c->list + left, c->other, right * sizeof *c->list);
    return left;
}

static uint32_t ones(uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (uint32_t)(bits * 0x0101010101010101u >> 56);
}

/* A part of at most FEW items that weigh 1 at once: those met so far are bits of a word. */
static void count_few(const counting *c, size_t first, size_t last) {
    const uint32_t *tie = c->items->tie;
    uint64_t starts = 0, met = 0, sources = 0, one = 1; /* starts of ties */
    for (size_t i = first; i < last; i++) starts |= (uint64_t)(!tie || tie[i] == i) << (i - first);
    for (size_t i = first; i < last; i++) {
        uint32_t item = c->list[i];
        size_t at = item / 2 - first, tie_first = tie ? tie[item / 2] - first : at;
        uint64_t later = at < FEW - 1 ? starts >> (at + 1) << (at + 1) : 0;
        uint64_t after = later ? ~((later & -later) - 1) : 0; /* from the next start on */
        c->count[item & ~(uint32_t)1] += ones(met & after);
        c->count[item | 1] += ones(sources & ((one << tie_first) - 1));
        met |= one << at;
        sources |= (uint64_t)(item & 1) << at;
    }
}

static void count_part(const counting *c, size_t first, size_t last) {
    while (last - first > 1) {
        if (c->count && last - first <= FEW) {
            count_few(c, first, last);
            return;
        }
        size_t middle = cut(c->items, first, last);
        if (middle <= first) return; /* one tie */
        if (c->count)
            (void)split_counts(c, first, last, middle);
        else
            (void)split_weights(c, first, last, middle);
        count_part(c, first, middle);
        first = middle;
    }
}

/* Positions by rank, then position. */
static ms_status list_by_rank(counting *c, ms_error *err) {
    const ms_pair_items *items = c->items;
    size_t n = items->n, *order = malloc((n + 1) * sizeof *order);
    ms_status status = order ? ms_order(items->value, n, order, err) : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) c->list[i] = (uint32_t)order[i];
    free(order);
    return status;
}

static double weight_at(const ms_pair_items *items, size_t i) {
    return items->weight ? items->weight[i] : 1;
}

static double source_at(const ms_pair_items *items, size_t i) {
    if (!items->source[i]) return 0;
    return items->source_weight ? items->source_weight[i] : 1;
}

static size_t tie_of(const ms_pair_items *items, size_t i) {
    return items->tie ? items->tie[i] : i;
}

/* Equal ranks are neighbours in the list: a walk along each run and back. Those of one tie do not count. */
static void count_equal(const counting *c, ms_pair_counts *out) {
    const ms_pair_items *items = c->items;
    size_t n = items->n;
    for (size_t i = 0; i < n; i++) out[i] = (ms_pair_counts){0};
    for (size_t first = 0, end; first < n; first = end) {
        double value = items->value[c->list[first]];
        for (end = first + 1; end < n && items->value[c->list[end]] == value;) end++;
        if (end - first == 1) continue;
        double sum = 0, waiting = 0;
        for (size_t i = first; i < end; i++) {
            size_t at = c->list[i];
            if (i > first && tie_of(items, at) != tie_of(items, c->list[i - 1])) {
                sum += waiting;
                waiting = 0;
            }
            out[at].equal_before = sum;
            waiting += source_at(items, at);
        }
        sum = waiting = 0;
        for (size_t i = end; i-- > first;) {
            size_t at = c->list[i];
            if (i + 1 < end && tie_of(items, at) != tie_of(items, c->list[i + 1])) {
                sum += waiting;
                waiting = 0;
            }
            out[at].equal_after = sum;
            waiting += weight_at(items, at);
        }
    }
}

ms_status ms_pairs_count(const ms_pair_items *items, ms_pair_counts *out, ms_error *err) {
    size_t n = items->n;
    bool plain = !items->weight && !items->source_weight;
    counting c = {.items = items};
    if (n >= UINT32_MAX / 2)
        return ms_error_set(err, MS_ERESOURCE, "concordance of %zu rows: more than can be counted", n);
    c.list = ms_calloc(n, sizeof *c.list);
    c.other = ms_calloc(n, sizeof *c.other);
    if (plain)
        c.count = ms_calloc(2 * n, sizeof *c.count);
    else
        c.weight = ms_calloc(2 * n, sizeof *c.weight);
    ms_status status = c.list && c.other && (c.count || c.weight) ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = list_by_rank(&c, err);
    if (status == MS_OK) {
        count_equal(&c, out);
        for (size_t i = 0; i < n && plain; i++) c.list[i] = 2 * c.list[i] + items->source[c.list[i]];
        count_part(&c, 0, n);
        for (size_t i = 0; i < n; i++) {
            out[i].lower_after = plain ? c.count[2 * i] : c.weight[2 * i];
            out[i].lower_before = (plain ? c.count[2 * i + 1] : c.weight[2 * i + 1]) - out[i].equal_before;
        }
    }
    free(c.list);
    free(c.other);
    free(c.count);
    free(c.weight);
    return status;
}
