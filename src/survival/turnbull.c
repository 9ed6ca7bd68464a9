/* Turnbull's estimate: where the mass can lie, and the curve that comes out. The endpoints are sorted with
 * "just before t" (the left end of an exact time), t (right ends) and "just after t" (left ends) apart; mass
 * can lie only where a left end is followed at once by a right end (Peto 1973, Turnbull 1976). */
#include "survival/turnbull.h"
#include "myosurv/survival_curves.h"

#include <math.h>
#include <stdlib.h>

typedef struct end_point {
    double time;
    int side;   /* -1 before, 0 at, 1 after */
    bool right; /* a right end */
} end_point;

static int compare(const void *a, const void *b) {
    const end_point *p = a, *q = b;
    if (p->time != q->time) return p->time < q->time ? -1 : 1;
    if (p->side != q->side) return p->side < q->side ? -1 : 1;
    return (int)p->right - (int)q->right;
}

static ms_status check(const double *left, const double *right, const double *weight, size_t n,
                       ms_error *err) {
    double total = 0;
    if (n == 0) return ms_error_set(err, MS_EINPUT, "no rows to analyse");
    for (size_t i = 0; i < n; i++) {
        if (isnan(left[i]) || isnan(right[i]) || left[i] == INFINITY || right[i] == -INFINITY ||
            left[i] > right[i])
            return ms_error_set(err, MS_EINPUT, "row %zu: the event cannot lie between %g and %g", i + 1,
                                left[i], right[i]);
        if (weight && !(weight[i] >= 0 && isfinite(weight[i])))
            return ms_error_set(err, MS_EINPUT, "row %zu: weight %g is not a finite number of at least 0",
                                i + 1, weight[i]);
        total += weight ? weight[i] : 1;
    }
    return total > 0 ? MS_OK : ms_error_set(err, MS_EINPUT, "all weights are 0");
}

/* Left ends and right ends of all rows, sorted. */
static end_point *sort_ends(const double *left, const double *right, size_t n) {
    end_point *ends = ms_calloc(2 * n, sizeof *ends);
    for (size_t i = 0; ends && i < n; i++) {
        ends[2 * i] = (end_point){left[i], left[i] == right[i] ? -1 : 1, false};
        ends[2 * i + 1] = (end_point){right[i], 0, true};
    }
    if (ends) qsort(ends, 2 * n, sizeof *ends, compare);
    return ends;
}

static size_t find_intervals(const end_point *ends, size_t n_ends, double *from, double *to) {
    size_t m = 0;
    for (size_t i = 0; i + 1 < n_ends; i++) {
        if (ends[i].right || !ends[i + 1].right) continue;
        from[m] = ends[i].time;
        to[m++] = ends[i + 1].time;
    }
    return m;
}

/* First interval that lies in (left, right], and last. */
static void cover_row(const ms_turnbull *t, double left, double right, size_t *first, size_t *last) {
    size_t low = 0, high = t->n_intervals;
    while (low < high) { /* the first whose mass lies after `left` */
        size_t middle = low + (high - low) / 2;
        bool after = t->from[middle] >= left && (left == right || t->to[middle] > left);
        if (after)
            high = middle;
        else
            low = middle + 1;
    }
    *first = low;
    high = t->n_intervals;
    while (low < high) { /* the first that ends after `right` */
        size_t middle = low + (high - low) / 2;
        if (t->to[middle] > right)
            high = middle;
        else
            low = middle + 1;
    }
    *last = low - 1;
}

static ms_status result_alloc(ms_turnbull *t, size_t n, ms_error *err) {
    t->from = ms_calloc(7 * n, sizeof *t->from);
    if (!t->from) return ms_error_nomem(err);
    double **arrays[] = {&t->to, &t->mass, &t->surv, &t->std_err, &t->lower, &t->upper};
    for (size_t i = 0; i < MS_COUNT(arrays); i++) *arrays[i] = t->from + (i + 1) * n;
    return MS_OK;
}

static void fill_curve(ms_turnbull *t, const double *variance, ms_conf_type type, double level) {
    double z = ms_normal_quantile(0.5 + level / 2), done = 0;
    t->median_from = t->median_to = NAN;
    for (size_t j = 0; j < t->n_intervals; j++) {
        done += t->mass[j];
        bool last = j + 1 == t->n_intervals;
        double surv = last || 1 - done < 1e-12 ? 0 : 1 - done;
        if (!isfinite(t->to[j])) surv = NAN; /* what is left after the last known time */
        t->surv[j] = surv;
        t->std_err[j] = surv > 0 ? sqrt(variance[j]) : NAN; /* also for NaN */
        ms_km_interval(type, z, surv, surv > 0 ? t->std_err[j] / surv : NAN, &t->lower[j], &t->upper[j]);
        if (isnan(t->median_to) && surv < 0.5 + 1e-9 && isfinite(t->to[j])) {
            t->median_from = t->from[j];
            t->median_to = t->to[j];
        }
    }
}

ms_status ms_turnbull_fit(const double *left, const double *right, const double *weight, size_t n,
                          ms_conf_type conf_type, double conf_level, ms_turnbull *out, ms_error *err) {
    ms_turnbull t = {.n = n};
    ms_cover cover = {.n = n, .weight = weight};
    double *variance = NULL, gap = 0;
    ms_status status = check(left, right, weight, n, err);
    if (status) return status;
    end_point *ends = sort_ends(left, right, n);
    cover.first = ms_calloc(2 * n, sizeof *cover.first);
    variance = ms_calloc(n, sizeof *variance);
    status = ends && cover.first && variance ? result_alloc(&t, n, err) : ms_error_nomem(err);
    if (status) goto cleanup;
    cover.last = cover.first + n;
    cover.m = t.n_intervals = find_intervals(ends, 2 * n, t.from, t.to);
    for (size_t i = 0; i < n; i++) cover_row(&t, left[i], right[i], &cover.first[i], &cover.last[i]);
    if ((status = ms_turnbull_masses(&cover, t.mass, &t.loglik, &gap, &t.iterations, err))) goto cleanup;
    t.converged = gap <= 1e-9;
    if (!t.converged)
        ms_log(MS_LOG_WARNING, "interval-censored curve: not converged after %zu steps (off by %g)",
               t.iterations, gap);
    if ((status = ms_turnbull_variance(&cover, t.mass, 1e-9, variance, err))) goto cleanup;
    fill_curve(&t, variance, conf_type, conf_level);
    *out = t;
    t = (ms_turnbull){0};
cleanup:
    free(ends);
    free(cover.first);
    free(variance);
    ms_turnbull_clear(&t);
    return status;
}

void ms_turnbull_clear(ms_turnbull *t) {
    MS_FREE(t->from);
    t->to = t->mass = t->surv = t->std_err = t->lower = t->upper = NULL;
    t->n_intervals = 0;
}
