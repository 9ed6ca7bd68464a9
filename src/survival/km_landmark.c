/* Landmark analysis: rows that are at risk just after a time, their clock kept or started again. */
#include "myosurv/survival_curves.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>

static void keep_row(ms_surv_frame *f, size_t from, size_t to) {
    f->rows[to] = f->rows[from];
    f->time[to] = f->time[from];
    f->event[to] = f->event[from];
    if (f->entry) f->entry[to] = f->entry[from];
    if (f->weight) f->weight[to] = f->weight[from];
    if (f->risk) f->risk[to] = f->risk[from];
    ms_factor *factors[] = {&f->group, &f->strata, &f->cluster};
    for (size_t i = 0; i < MS_COUNT(factors); i++)
        if (factors[i]->codes) factors[i]->codes[to] = factors[i]->codes[from];
}

ms_status ms_surv_landmark(ms_surv_frame *f, double at, bool reset, size_t *n_left_out, ms_error *err) {
    size_t kept = 0, n = f->n;
    if (!(at >= 0) || !isfinite(at))
        return ms_error_set(err, MS_EUSAGE, "landmark: %g is not a finite time of at least 0", at);
    for (size_t i = 0; i < n; i++)
        if (f->time[i] > at && (!f->entry || f->entry[i] <= at)) kept++;
    if (kept == 0) return ms_error_set(err, MS_EINPUT, "landmark: no row is at risk after %g", at);
    double *entry = NULL;
    if (!reset && !f->entry) {
        entry = ms_calloc(n, sizeof *entry);
        if (!entry) return ms_error_nomem(err);
        f->entry = entry;
    }
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(f->time[i] > at) || (!entry && f->entry && !(f->entry[i] <= at))) continue;
        keep_row(f, i, to);
        if (reset) f->time[to] -= at;
        if (!reset) f->entry[to] = at;
        to++;
    }
    if (reset) MS_FREE(f->entry); /* all are there from the new beginning */
    f->n = f->data.n = to;
    f->group.n = f->group.codes ? to : f->group.n;
    f->strata.n = f->strata.codes ? to : f->strata.n;
    f->cluster.n = f->cluster.codes ? to : f->cluster.n;
    f->data.entry = f->entry;
    *n_left_out = n - to;
    return MS_OK;
}
