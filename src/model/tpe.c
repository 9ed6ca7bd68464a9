/* Where to look next: formulas and sources in tpe.h. */
#include "model/tpe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_tpe_options_default(ms_tpe_options *options) {
    *options = (ms_tpe_options){.share = 0.15, .candidates = 24, .joint = true};
}

size_t ms_tpe_good(size_t n, double share) {
    const size_t good = (size_t)ceil(share * (double)n);
    return good > 25 ? 25 : good;
}

bool ms_tpe_active(const ms_tpe_space *space, size_t dimension, const double *x) {
    const ms_tpe_dimension *d = &space->dimensions[dimension];
    for (size_t i = 0; i < d->n_when; i++) {
        const size_t parent = d->when[i].parent;
        if (isnan(x[parent])) return false;
        const ms_tpe_dimension *p = &space->dimensions[parent];
        const double bit = p->n_choices > 0 ? x[parent] : (x[parent] - p->low) / p->step;
        if (!(bit >= 0 && bit < 64) || !(d->when[i].values >> (unsigned)bit & 1)) return false;
    }
    return true;
}

void ms_tpe_draw(const ms_tpe_space *space, ms_random *random, double *x) {
    for (size_t j = 0; j < space->n; j++) {
        const ms_tpe_dimension *d = &space->dimensions[j];
        x[j] = NAN;
        if (!ms_tpe_active(space, j, x)) continue;
        if (d->n_choices > 0) {
            x[j] = (double)ms_random_below(random, d->n_choices);
            continue;
        }
        double low = d->low - 0.5 * d->step, high = d->high + 0.5 * d->step;
        double value =
            d->log ? exp(ms_random_range(random, log(low), log(high))) : ms_random_range(random, low, high);
        if (d->step > 0) value = d->low + d->step * round((value - d->low) / d->step);
        x[j] = fmin(d->high, fmax(d->low, value));
    }
}

static int better_first(const void *a, const void *b) {
    const ms_tpe_point *p = *(const ms_tpe_point *const *)a, *q = *(const ms_tpe_point *const *)b;
    if (p->state != q->state) return p->state < q->state ? -1 : 1;
    if (p->state <= MS_TPE_PRUNED && p->value != q->value) return p->value < q->value ? -1 : 1;
    return p < q ? -1 : p > q; /* the earlier one; all lie in one array */
}

/* The good and the bad ones' densities. */
static ms_status part(const ms_tpe_space *space, const ms_tpe_point *points, size_t n,
                      const ms_tpe_options *options, ms_tpe_density *good, ms_tpe_density *bad,
                      ms_error *err) {
    const ms_tpe_point **sorted = ms_calloc(n, sizeof *sorted);
    const double **x = ms_calloc(n, sizeof *x);
    ms_status status = sorted && x ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        size_t finished = 0;
        for (size_t i = 0; i < n; i++) {
            sorted[i] = &points[i];
            finished += points[i].state != MS_TPE_PENDING;
        }
        if (n > 0) qsort((void *)sorted, n, sizeof *sorted, better_first);
        size_t n_good = ms_tpe_good(finished, options->share), usable = 0;
        for (size_t i = 0; i < n; i++) {
            x[i] = sorted[i]->x;
            usable += sorted[i]->state <= MS_TPE_PRUNED;
        }
        if (n_good > usable) n_good = usable;
        status = ms_tpe_density_init(good, space, x, n_good, options->joint, err);
        if (status == MS_OK)
            status = ms_tpe_density_init(bad, space, x + n_good, n - n_good, options->joint, err);
    }
    free((void *)sorted);
    free((void *)x);
    return status;
}

static void suggest_joint(const ms_tpe_density *good, const ms_tpe_density *bad, size_t candidates,
                          ms_random *random, double *trial, double *x) {
    double best = -INFINITY;
    for (size_t c = 0; c < candidates; c++) {
        ms_tpe_density_draw(good, random, trial);
        const double gain = ms_tpe_log_density(good, trial) - ms_tpe_log_density(bad, trial);
        if (c > 0 && !(gain > best)) continue;
        best = gain;
        memcpy(x, trial, good->space->n * sizeof *x);
    }
}

static double suggest_one(const ms_tpe_density *good, const ms_tpe_density *bad, size_t dimension,
                          size_t candidates, ms_random *random) {
    double best = -INFINITY, x = NAN;
    for (size_t c = 0; c < candidates; c++) {
        const double value = ms_tpe_density_draw_of(good, dimension, random);
        const double gain =
            ms_tpe_log_density_of(good, dimension, value) - ms_tpe_log_density_of(bad, dimension, value);
        if (c > 0 && !(gain > best)) continue;
        best = gain;
        x = value;
    }
    return x;
}

ms_status ms_tpe_suggest(const ms_tpe_space *space, const ms_tpe_point *points, size_t n,
                         const ms_tpe_options *options, ms_random *random, double *x, ms_error *err) {
    ms_tpe_density good = {0}, bad = {0};
    double *trial = ms_calloc(space->n, sizeof *trial);
    ms_status status = trial ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = part(space, points, n, options, &good, &bad, err);
    if (status == MS_OK && good.n == 0) {
        ms_tpe_draw(space, random, x);
    } else if (status == MS_OK && options->joint) {
        suggest_joint(&good, &bad, options->candidates, random, trial, x);
    } else if (status == MS_OK) {
        for (size_t j = 0; j < space->n; j++) {
            x[j] = NAN;
            if (ms_tpe_active(space, j, x)) x[j] = suggest_one(&good, &bad, j, options->candidates, random);
        }
    }
    ms_tpe_density_clear(&good);
    ms_tpe_density_clear(&bad);
    free(trial);
    return status;
}
