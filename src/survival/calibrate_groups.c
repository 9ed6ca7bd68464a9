/* Calibration in groups: patients between the quantiles of the prediction, observed by Kaplan-Meier (or
 * Aalen-Johansen). R: cut(p, quantile(p, seq(0, 1, length = g + 1)), include.lowest = TRUE), survfit. */
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>

/* The distinct quantiles, cuts[n_groups + 1]; returns how many. */
static size_t place_cuts(const double *sorted, size_t n, size_t n_groups, double *cuts) {
    size_t n_cuts = 0;
    for (size_t g = 0; g <= n_groups; g++) {
        double cut = ms_quantile7(sorted, n, (double)g / (double)n_groups);
        if (n_cuts == 0 || cut > cuts[n_cuts - 1]) cuts[n_cuts++] = cut;
    }
    return n_cuts;
}

/* Which group p is in: the first whose upper cut is not below it. */
static size_t group_of(const double *cuts, size_t n_groups, double p) {
    size_t low = 0, high = n_groups - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cuts[middle + 1] < p)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void observe(const ms_outcome *o, const size_t *rows, size_t n, double t, double conf_level,
                    ms_calibrate_group *group) {
    ms_incidence f = ms_incidence_at(o, rows, n, t, conf_level);
    bool known = n && (o->time[rows[n - 1]] >= t || f.value >= 1);
    group->observed = known ? f.value : NAN;
    group->lower = known ? f.lower : NAN;
    group->upper = known ? f.upper : NAN;
}

ms_status ms_calibrate_by_groups(const ms_outcome *outcome, const double *p, const double *sorted,
                                 const size_t *order, const ms_calibrate_options *options,
                                 ms_calibration *out, ms_error *err) {
    size_t n = outcome->n, n_groups = options->n_groups;
    if (n_groups == 0) return MS_OK;
    ms_status status = MS_OK;
    double *cuts = ms_calloc(n_groups + 2, sizeof *cuts);
    size_t *first = ms_calloc(n_groups + 2, sizeof *first), *rows = ms_calloc(n, sizeof *rows);
    ms_calibrate_group *groups = ms_calloc(n_groups, sizeof *groups);
    if (!cuts || !first || !rows || !groups) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    size_t n_cuts = place_cuts(sorted, n, n_groups, cuts);
    if (n_cuts == 1) cuts[n_cuts++] = cuts[0]; /* one prediction for all */
    n_groups = n_cuts - 1;
    for (size_t i = 0; i < n; i++) {
        size_t g = group_of(cuts, n_groups, p[i]);
        groups[g].n++;
        groups[g].predicted += p[i];
        first[g + 2]++;
    }
    /* group g begins at first[g + 1]; filling moves that to its end, which leaves its beginning in first[g]
     */
    for (size_t g = 2; g < n_groups + 2; g++) first[g] += first[g - 1];
    for (size_t i = 0; i < n; i++) rows[first[group_of(cuts, n_groups, p[order[i]]) + 1]++] = order[i];
    for (size_t g = 0; g < n_groups; g++) {
        groups[g].from = cuts[g];
        groups[g].to = cuts[g + 1];
        groups[g].predicted /= (double)groups[g].n;
        observe(outcome, rows + first[g], groups[g].n, out->time, options->conf_level, &groups[g]);
    }
    out->groups = groups;
    out->n_groups = n_groups;
    groups = NULL;
cleanup:
    free(cuts);
    free(first);
    free(rows);
    free(groups);
    return status;
}
