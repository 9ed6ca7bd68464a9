/* Sorting rows by a number, in time proportional to their count: a radix sort by the upper bits of those in
 * which the doubles differ, eleven at a time from the last, each pass stable; then the short runs that are
 * alike so far are put in order by the rest. Equal values stay in the order they came in. */
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
static uint64_t *radix_sort(uint64_t *packed, uint64_t *other, size_t n, size_t bits,
                            size_t (*counts)[BUCKETS]) {
    size_t passes = (bits + DIGIT - 1) / DIGIT;
    for (size_t i = 0; i < n; i++)
        for (size_t pass = 0; pass < passes; pass++) counts[pass][digit(packed[i], pass)]++;
    for (size_t pass = 0; pass < passes; pass++) {
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

/* order[n] from the packed keys, each run put in order unless the keys hold `all` that differs. */
static ms_status finish(const double *value, const uint64_t *packed, bool all, size_t n, size_t *order,
                        ms_error *err) {
    for (size_t i = 0; i < n; i++) order[i] = (size_t)(packed[i] & UINT32_MAX);
    for (size_t first = 0, end; first < n && !all; first = end) {
        end = first + 1;
        if (end == n || packed[end] >> 32 != packed[first] >> 32) continue; /* most are alone */
        bool sorted = true;
        double last = value[order[first]];
        for (; end < n && packed[end] >> 32 == packed[first] >> 32; end++) {
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

/* How a key becomes 32 bits: (key - least) >> shift. */
typedef struct packing {
    uint64_t least;
    size_t shift, bits; /* `bits` of the 32 are used */
    bool all;           /* no bit that is shifted out is 1 */
} packing;

static packing choose_packing(const double *value, size_t n) {
    uint64_t least = UINT64_MAX, most = 0, differing = 0, first = key_of(value[0]);
    for (size_t i = 0; i < n; i++) {
        uint64_t key = key_of(value[i]);
        least = key < least ? key : least;
        most = key > most ? key : most;
        differing |= key ^ first;
    }
    packing p = {.least = least, .all = true};
    size_t span = 0, even = 0; /* bits up to the highest; bits at the end in which no two keys differ */
    while (span < 64 && (most - least) >> span) span++;
    while (even < span && !(differing >> even & 1)) even++;
    p.shift = even;
    if (span > even + 32) {
        p.shift = span - 32;
        p.all = false;
    }
    p.bits = span - p.shift;
    return p;
}

static uint64_t pack(double value, size_t row, packing p) {
    return (key_of(value) - p.least) >> p.shift << 32 | row;
}

/* Events first, then the others, each in the order of their rows; NULL: all rows. */
static void pack_rows(const double *value, const uint8_t *event, size_t n, packing p, uint64_t *packed) {
    size_t next = 0;
    for (size_t i = 0; i < n; i++)
        if (!event || event[i]) packed[next++] = pack(value[i], i, p);
    for (size_t i = 0; event && i < n; i++)
        if (!event[i]) packed[next++] = pack(value[i], i, p);
}

static ms_status sort_many(const double *value, const uint8_t *event, size_t n, size_t *order,
                           ms_error *err) {
    if (n >= UINT32_MAX) return ms_error_set(err, MS_ERESOURCE, "%zu rows: more than can be sorted", n);
    uint64_t *packed = malloc(2 * n * sizeof *packed);
    size_t(*counts)[BUCKETS] = ms_calloc(PASSES, sizeof *counts);
    ms_status status = packed && counts ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        packing p = choose_packing(value, n);
        pack_rows(value, event, n, p, packed);
        status = finish(value, radix_sort(packed, packed + n, n, p.bits, counts), p.all, n, order, err);
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

size_t ms_count_up_to(const double *times, size_t n, double value) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (times[middle] <= value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
