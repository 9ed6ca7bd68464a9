/* radiomics/percentile.c: order statistics. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int ms_compare_double(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum { DIGIT_BITS = 11, DIGITS = 6, BUCKETS = 1 << DIGIT_BITS };

/* A whole number that orders as x does. */
static uint64_t order_of(double x) {
    uint64_t bits;
    x += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* Radix sort from the lowest digit up: linear in n. A digit that all have alike is skipped. */
ms_status ms_sort_doubles(double *x, size_t n, ms_error *err) {
    if (n < BUCKETS) {
        qsort(x, n, sizeof *x, ms_compare_double);
        return MS_OK;
    }
    size_t(*count)[BUCKETS] = ms_calloc(DIGITS, sizeof *count);
    double *other = ms_calloc(n, sizeof *other), *from = x, *to = other;
    ms_status status = count && other ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        uint64_t key = order_of(x[i]);
        for (unsigned d = 0; d < DIGITS; d++) count[d][key >> (d * DIGIT_BITS) & (BUCKETS - 1)]++;
    }
    for (unsigned d = 0; d < DIGITS && status == MS_OK; d++) {
        size_t below = 0;
        if (count[d][order_of(x[0]) >> (d * DIGIT_BITS) & (BUCKETS - 1)] == n) continue;
        for (size_t b = 0; b < BUCKETS; b++) {
            size_t here = count[d][b];
            count[d][b] = below;
            below += here;
        }
        for (size_t i = 0; i < n; i++)
            to[count[d][order_of(from[i]) >> (d * DIGIT_BITS) & (BUCKETS - 1)]++] = from[i];
        double *swap = from;
        from = to;
        to = swap;
    }
    if (status == MS_OK && from != x) memcpy(x, from, n * sizeof *x);
    free(count);
    free(other);
    return status;
}

double ms_percentile(const double *sorted, size_t n, double fraction) {
    double at = (double)(n - 1) * fraction;
    size_t low = (size_t)floor(at);
    if (low + 1 >= n) return sorted[n - 1];
    double t = at - (double)low, a = sorted[low], b = sorted[low + 1];
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}
