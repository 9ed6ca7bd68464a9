/* Sorting rows by a number, in time proportional to their count: a radix sort over the bits of the double,
 * eleven at a time from the last, each pass stable, so that equal values stay in the order of their rows. */
#include "survival/survival.h"

#include <stdlib.h>
#include <string.h>

enum { DIGIT = 11, BUCKETS = 1 << DIGIT, PASSES = 6, FEW = 512 };

typedef struct item {
    uint64_t key;
    size_t row;
} item;

/* Unsigned integers in the order of the doubles; -0 is 0. */
static uint64_t key_of(double value) {
    uint64_t bits;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static size_t digit(uint64_t key, size_t pass) {
    return (size_t)(key >> (pass * DIGIT)) & (BUCKETS - 1);
}

static int compare_items(const void *a, const void *b) {
    const item *p = a, *q = b;
    if (p->key != q->key) return p->key < q->key ? -1 : 1;
    return p->row < q->row ? -1 : p->row > q->row;
}

/* Sorts items[n]; `other` lends its room. Returns the one of the two that holds the result. */
static item *radix_sort(item *items, item *other, size_t n, size_t (*counts)[BUCKETS]) {
    for (size_t i = 0; i < n; i++)
        for (size_t pass = 0; pass < PASSES; pass++) counts[pass][digit(items[i].key, pass)]++;
    for (size_t pass = 0; pass < PASSES; pass++) {
        size_t *place = counts[pass], next = 0;
        if (place[digit(items[0].key, pass)] == n) continue; /* the same for all */
        for (size_t k = 0; k < BUCKETS; k++) {
            size_t count = place[k];
            place[k] = next;
            next += count;
        }
        for (size_t i = 0; i < n; i++) other[place[digit(items[i].key, pass)]++] = items[i];
        item *swap = items;
        items = other;
        other = swap;
    }
    return items;
}

/* Events first, then the others, each in the order of their rows; NULL: all rows. */
static void list_rows(const double *value, const uint8_t *event, size_t n, item *items) {
    size_t next = 0;
    for (size_t i = 0; i < n; i++)
        if (!event || event[i]) items[next++] = (item){key_of(value[i]), i};
    for (size_t i = 0; event && i < n; i++)
        if (!event[i]) items[next++] = (item){key_of(value[i]), i};
}

static ms_status sort_many(const double *value, const uint8_t *event, size_t n, size_t *order,
                           ms_error *err) {
    item *items = malloc(2 * n * sizeof *items);
    size_t(*counts)[BUCKETS] = ms_calloc(PASSES, sizeof *counts);
    ms_status status = MS_OK;
    if (items && counts) {
        list_rows(value, event, n, items);
        const item *sorted = radix_sort(items, items + n, n, counts);
        for (size_t i = 0; i < n; i++) order[i] = sorted[i].row;
    } else {
        status = ms_error_nomem(err);
    }
    free(items);
    free(counts);
    return status;
}

/* Too few to count buckets for: by key, then events first by a stable pass within equal keys. */
static void sort_few(const double *value, const uint8_t *event, size_t n, size_t *order) {
    item items[FEW];
    for (size_t i = 0; i < n; i++) items[i] = (item){key_of(value[i]), i};
    qsort(items, n, sizeof *items, compare_items);
    for (size_t i = 0; i < n;) {
        size_t end = i, next = i;
        while (end < n && items[end].key == items[i].key) end++;
        for (size_t k = i; k < end; k++)
            if (!event || event[items[k].row]) order[next++] = items[k].row;
        for (size_t k = i; k < end && event; k++)
            if (!event[items[k].row]) order[next++] = items[k].row;
        i = end;
    }
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
