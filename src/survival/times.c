/* Times that differ by rounding only are made equal. Definition as in R's survival::aeqSurv (`timefix`): sort
 * the distinct values y; a gap dy counts as none when dy <= tolerance or dy / mean(|y|) <= tolerance; every
 * value takes the first value of its run of such gaps. */
#include "survival/survival.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* The values of one or two sorted arrays, each from its smallest to its largest. */
typedef struct walk {
    const double *values[2]; /* ascending */
    size_t n[2], next[2];
} walk;

/* The smallest value left, and which array it is in: -1 at the end. */
static int step(walk *w, double *value) {
    bool first = w->next[0] < w->n[0], second = w->next[1] < w->n[1];
    if (!first && !second) return -1;
    int take = second && (!first || w->values[1][w->next[1]] < w->values[0][w->next[0]]);
    *value = w->values[take][w->next[take]++];
    return take;
}

/* Of the distinct values; *gap is the smallest between two of them. */
static double mean_of_distinct(walk w, double *gap) {
    double total = 0, last = 0, value;
    size_t distinct = 0;
    *gap = INFINITY;
    while (step(&w, &value) >= 0) {
        if (distinct > 0 && value == last) continue;
        if (distinct > 0 && value - last < *gap) *gap = value - last;
        last = value;
        total += fabs(last);
        distinct++;
    }
    return total / (double)distinct;
}

/* Writes the first value of each run over the others of it: in times and entries, where `order` says. */
static bool merge(walk w, double *const *out, const size_t *const *order) {
    double smallest, tolerance = sqrt(DBL_EPSILON), mean = mean_of_distinct(w, &smallest);
    double last = 0, run = 0, value;
    bool merged = false, begun = false;
    if (smallest > tolerance && smallest / mean > tolerance) return false;
    for (int from; (from = step(&w, &value)) >= 0;) {
        double gap = value - last;
        if (!begun || (value != last && gap > tolerance && gap / mean > tolerance)) run = value;
        begun = true;
        last = value;
        if (run == value) continue;
        out[from][order[from][w.next[from] - 1]] = run;
        merged = true;
    }
    return merged;
}

ms_status ms_times_merge_sorted(double *times, const double *time_at, const size_t *by_time, double *entries,
                                const size_t *by_entry, size_t n, bool *merged, ms_error *err) {
    size_t n_entries = entries ? n : 0;
    double *entry_at = malloc((n_entries + 1) * sizeof *entry_at);
    if (!entry_at) return ms_error_nomem(err);
    for (size_t i = 0; i < n_entries; i++) entry_at[i] = entries[by_entry[i]];
    walk w = {{time_at, entry_at}, {n, n_entries}, {0, 0}};
    double *const out[] = {times, entries};
    const size_t *const order[] = {by_time, by_entry};
    *merged = merge(w, out, order);
    free(entry_at);
    return MS_OK;
}

ms_status ms_times_merge(double *times, size_t n, ms_error *err) {
    bool merged = false;
    if (n == 0) return MS_OK;
    size_t *order = ms_calloc(n, sizeof *order);
    double *time_at = ms_calloc(n, sizeof *time_at);
    ms_status status = order && time_at ? ms_order(times, n, order, err) : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) time_at[i] = times[order[i]];
    if (status == MS_OK) status = ms_times_merge_sorted(times, time_at, order, NULL, NULL, n, &merged, err);
    free(order);
    free(time_at);
    return status;
}
