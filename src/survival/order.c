/* Sorting rows by a number, in time proportional to their count: a radix sort by the upper half of the
 * double's bits, eleven at a time from the last, each pass stable; then the short runs that are alike so far
 * are put in order by the rest. Equal values stay in the order they came in. */
#include "survival/survival.h"

#include <stdlib.h>
#include <string.h>

enum { DIGIT = 11, BUCKETS = 1 << DIGIT, PASSES = 3, FEW = 512, SHORT = 24 };

/* Unsigned integers in the order of the doubles; -0 is 0. */
static uint64_t key_of(double value) {
    uint64_t bits;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* A key with the place it came from. */
typedef struct item {
    uint64_t key;
    size_t from, row;
} item;

static int compare_items(const void *a, const void *b) {
    const item *p = a, *q = b;
    if (p->key != q->key) return p->key < q->key ? -1 : 1;
    return p->from < q->from ? -1 : p->from > q->from;
}

static size_t digit(uint64_t packed, size_t pass) {
    return (size_t)(packed >> (32 + pass * DIGIT)) & (BUCKETS - 1);
}

/* Sorts by the upper halves; `other` lends its room. Returns the one of the two that holds the result. */
static uint64_t *radix_sort(uint64_t *packed, uint64_t *other, size_t n, size_t (*counts)[BUCKETS]) {
    for (size_t i = 0; i < n; i++)
        for (size_t pass = 0; pass < PASSES; pass++) counts[pass][digit(packed[i], pass)]++;
    for (size_t pass = 0; pass < PASSES; pass++) {
        size_t *place = counts[pass], next = 0;
        if (place[digit(packed[0], pass)] == n) continue; /* the same for all */
        for (size_t k = 0; k < BUCKETS; k++) {
            size_t count = place[k];
            place[k] = next;
            next += count;
        }
        for (size_t i = 0; i < n; i++) other[place[digit(packed[i], pass)]++] = packed[i];
        uint64_t *swap = packed;
        packed = other;
        other = swap;
    }
    return packed;
}

/* Puts order[n], a run whose upper halves are alike, in order. */
static ms_status sort_run(const double *value, size_t *order, size_t n, ms_error *err) {
    item few[SHORT], *items = n <= SHORT ? few : malloc(n * sizeof *items);
    if (!items) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) items[i] = (item){key_of(value[order[i]]), i, order[i]};
    if (n <= SHORT) {
        for (size_t i = 1; i < n; i++) {
            item moving = items[i];
            size_t k = i;
            for (; k > 0 && items[k - 1].key > moving.key; k--) items[k] = items[k - 1];
            items[k] = moving;
        }
    } else {
        qsort(items, n, sizeof *items, compare_items);
    }
    for (size_t i = 0; i < n; i++) order[i] = items[i].row;
    if (items != few) free(items);
    return MS_OK;
}

/* order[n] from the packed keys, each run put in order. */
static ms_status finish(const double *value, const uint64_t *packed, size_t n, size_t *order, ms_error *err) {
    for (size_t i = 0; i < n; i++) order[i] = (size_t)(packed[i] & UINT32_MAX);
    for (size_t first = 0, end; first < n; first = end) {
        bool sorted = true;
        double last = value[order[first]];
        for (end = first + 1; end < n && packed[end] >> 32 == packed[first] >> 32; end++) {
            double next = value[order[end]];
            sorted = sorted && last <= next;
            last = next;
        }
        if (sorted) continue;
        ms_status status = sort_run(value, order + first, end - first, err);
        if (status) return status;
    }
    return MS_OK;
}

/* Events first, then the others, each in the order of their rows; NULL: all rows. */
static void pack_rows(const double *value, const uint8_t *event, size_t n, uint64_t *packed) {
    static const uint64_t upper = (uint64_t)UINT32_MAX << 32;
    size_t next = 0;
    for (size_t i = 0; i < n; i++)
        if (!event || event[i]) packed[next++] = (key_of(value[i]) & upper) | i;
    for (size_t i = 0; event && i < n; i++)
        if (!event[i]) packed[next++] = (key_of(value[i]) & upper) | i;
}

static ms_status sort_many(const double *value, const uint8_t *event, size_t n, size_t *order,
                           ms_error *err) {
    if (n >= UINT32_MAX) return ms_error_set(err, MS_ERESOURCE, "%zu rows: more than can be sorted", n);
    uint64_t *packed = malloc(2 * n * sizeof *packed);
    size_t(*counts)[BUCKETS] = ms_calloc(PASSES, sizeof *counts);
    ms_status status = packed && counts ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        pack_rows(value, event, n, packed);
        status = finish(value, radix_sort(packed, packed + n, n, counts), n, order, err);
    }
    free(packed);
    free(counts);
    return status;
}

/* Too few to count buckets for. */
static void sort_few(const double *value, const uint8_t *event, size_t n, size_t *order) {
    item items[FEW];
    for (size_t i = 0; i < n; i++) {
        size_t late = event && !event[i] ? n : 0;
        items[i] = (item){key_of(value[i]), late + i, i};
    }
    qsort(items, n, sizeof *items, compare_items);
    for (size_t i = 0; i < n; i++) order[i] = items[i].row;
}

ms_status ms_order_events(const double *values, const uint8_t *event, size_t n, size_t *order,
                          ms_error *err) {
    if (n > FEW) return sort_many(values, event, n, order, err);
    sort_few(values, event, n, order);
    return MS_OK;
}

ms_status ms_order(const double *values, size_t n, size_t *order, ms_error *err) {
    return ms_order_events(values, NULL, n, order, err);
}

ms_status ms_order_strata(const size_t *stratum, size_t n_strata, size_t n, size_t *order, ms_error *err) {
    size_t *place = ms_calloc(n_strata + 1, sizeof *place), *before = malloc((n + 1) * sizeof *before);
    if (!place || !before) {
        free(place);
        free(before);
        return ms_error_nomem(err);
    }
    memcpy(before, order, n * sizeof *before);
    for (size_t i = 0; i < n; i++) place[stratum[i] + 1]++;
    for (size_t k = 0; k < n_strata; k++) place[k + 1] += place[k];
    for (size_t i = 0; i < n; i++) order[place[stratum[before[i]]]++] = before[i];
    free(place);
    free(before);
    return MS_OK;
}

ms_status ms_dense_rank(const double *values, const size_t *stratum, size_t n_strata, size_t n, size_t *rank,
                        ms_error *err) {
    size_t *order = ms_calloc(n, sizeof *order);
    if (!order) return ms_error_nomem(err);
    ms_status status = ms_order(values, n, order, err);
    if (status == MS_OK && stratum) status = ms_order_strata(stratum, n_strata, n, order, err);
    size_t next = 0;
    for (size_t i = 0; i < n && !status; i++) {
        size_t row = order[i], before = i ? order[i - 1] : row;
        if (stratum && stratum[row] != stratum[before])
            next = 0;
        else if (values[row] > values[before])
            next++;
        rank[row] = next;
    }
    free(order);
    return status;
}
