/* Times that differ by rounding only are made equal. Definition as in R's survival::aeqSurv (`timefix`): sort
 * the distinct values y; a gap dy counts as none when dy <= tolerance or dy / mean(|y|) <= tolerance; every
 * value takes the first value of its run of such gaps. */
#include "survival/survival.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* A walk up the values of one or two sorted arrays at once. */
typedef struct walk {
    double *values[2];
    const size_t *order[2];
    size_t n[2], next[2];
} walk;

/* Where the smallest value left is; NULL at the end. */
static double *step(walk *w) {
    double *first = w->next[0] < w->n[0] ? &w->values[0][w->order[0][w->next[0]]] : NULL;
    double *second = w->next[1] < w->n[1] ? &w->values[1][w->order[1][w->next[1]]] : NULL;
    bool take_second = second && (!first || *second < *first);
    if (!first && !second) return NULL;
    w->next[take_second]++;
    return take_second ? second : first;
}

static double mean_of_distinct(walk w) {
    double total = 0, last = 0;
    size_t distinct = 0;
    for (double *p; (p = step(&w));) {
        if (distinct > 0 && *p == last) continue;
        last = *p;
        total += fabs(last);
        distinct++;
    }
    return total / (double)distinct;
}

static bool merge(walk w) {
    double tolerance = sqrt(DBL_EPSILON), mean = mean_of_distinct(w), last = 0, run = 0;
    bool merged = false, begun = false;
    for (double *p; (p = step(&w));) {
        double value = *p, gap = value - last;
        if (!begun || (value != last && gap > tolerance && gap / mean > tolerance)) run = value;
        begun = true;
        last = value;
        if (run == value) continue;
        *p = run;
        merged = true;
    }
    return merged;
}

bool ms_times_merge_sorted(double *times, const size_t *by_time, double *entries, const size_t *by_entry,
                           size_t n) {
    return merge((walk){{times, entries}, {by_time, by_entry}, {n, entries ? n : 0}, {0, 0}});
}

ms_status ms_times_merge(double *times, size_t n, ms_error *err) {
    if (n == 0) return MS_OK;
    size_t *order = ms_calloc(n, sizeof *order);
    if (!order) return ms_error_nomem(err);
    ms_status status = ms_order(times, n, order, err);
    if (status == MS_OK) (void)ms_times_merge_sorted(times, order, NULL, NULL, n);
    free(order);
    return status;
}
