/* Times that differ by rounding only are made equal. Definition as in R's survival::aeqSurv (`timefix`): sort
 * the distinct values y; a gap dy counts as none when dy <= tolerance or dy / mean(|y|) <= tolerance; every
 * value takes the first value of its run of such gaps. */
#include "survival/survival.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b) {
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* The largest cut not above the value; cuts[n] ascend and cuts[0] <= value. */
static double floor_cut(const double *cuts, size_t n, double value) {
    size_t low = 0, high = n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (cuts[middle] <= value)
            low = middle;
        else
            high = middle;
    }
    return cuts[low];
}

/* Keeps the distinct values of the sorted y[n] that begin a run; returns how many, and whether any were
 * merged. */
static size_t keep_cuts(double *y, size_t n, bool *merged) {
    size_t distinct = 0;
    double total = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || y[i] != y[distinct - 1]) {
            y[distinct++] = y[i];
            total += fabs(y[i]);
        }
    double tolerance = sqrt(DBL_EPSILON), mean = total / (double)distinct;
    size_t kept = 0;
    double previous = 0;
    for (size_t i = 0; i < distinct; i++) {
        double value = y[i], gap = value - previous;
        previous = value;
        if (i > 0 && (gap <= tolerance || gap / mean <= tolerance)) continue;
        y[kept++] = value;
    }
    *merged = kept < distinct;
    return kept;
}

ms_status ms_times_merge(double *times, size_t n, ms_error *err) {
    if (n == 0) return MS_OK;
    double *cuts = ms_calloc(n, sizeof *cuts);
    if (!cuts) return ms_error_nomem(err);
    memcpy(cuts, times, n * sizeof *cuts);
    qsort(cuts, n, sizeof *cuts, compare_doubles);
    bool merged = false;
    size_t kept = keep_cuts(cuts, n, &merged);
    if (merged)
        for (size_t i = 0; i < n; i++) times[i] = floor_cut(cuts, kept, times[i]);
    free(cuts);
    return MS_OK;
}
