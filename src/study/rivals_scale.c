/* The rivals' preparation of columns, learned from training rows: as the network's (median for a missing
 * value, centre, SD, cut). */
#include "study/rivals.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

void ms_rival_scale_clear(ms_rival_scale *s) {
    free(s->used);
    free(s->median);
    free(s->mean);
    free(s->sd);
    free(s->shift);
    *s = (ms_rival_scale){0};
}

/* Median, mean and SD of a column with its gaps filled; false when it tells nothing. values has n places. */
static bool describe(const ms_dataset *d, size_t j, double max_missing, double *values, double *median,
                     double *mean, double *sd) {
    size_t m = 0;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < d->n; i++)
        if (!isnan(d->x[i * d->p + j])) values[m++] = d->x[i * d->p + j];
    if (m == 0 || (double)(d->n - m) > max_missing * (double)d->n) return false;
    qsort(values, m, sizeof *values, ascending);
    *median = m % 2 ? values[m / 2] : values[m / 2 - 1] + (values[m / 2] - values[m / 2 - 1]) / 2;
    const double largest = fmax(fabs(values[0]), fabs(values[m - 1]));
    for (size_t i = m; i < d->n; i++) values[i] = *median;
    for (size_t i = 0; i < d->n; i++) sum += values[i] - *median;
    *mean = *median + sum / (double)d->n;
    for (size_t i = 0; i < d->n; i++) squares += (values[i] - *mean) * (values[i] - *mean);
    *sd = d->n > 1 ? sqrt(squares / (double)(d->n - 1)) : 0;
    return isfinite(*sd) && *sd > 1e-12 * largest; /* below: the rounding of a constant */
}

void ms_rival_scale_apply(const ms_rival_scale *s, const double *x, size_t n, double *z) {
    for (size_t i = 0; i < n; i++) {
        const double *row = x + i * s->p;
        for (size_t k = 0; k < s->n_used; k++) {
            const double value = row[s->used[k]];
            double scaled = ((isnan(value) ? s->median[k] : value) - s->mean[k]) / s->sd[k];
            if (s->clip > 0) scaled = fmin(fmax(scaled, -s->clip), s->clip);
            *z++ = scaled - s->shift[k];
        }
    }
}

/* Values that were cut pull the mean away from 0. */
static ms_status fit_shift(const ms_dataset *d, ms_rival_scale *s, ms_error *err) {
    double *z = ms_calloc(d->n * s->n_used, sizeof *z), *sum = ms_calloc(s->n_used, sizeof *sum);
    ms_status status = z && sum ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        ms_rival_scale_apply(s, d->x, d->n, z);
        for (size_t i = 0; i < d->n; i++)
            for (size_t k = 0; k < s->n_used; k++) sum[k] += z[i * s->n_used + k];
        for (size_t k = 0; k < s->n_used; k++) s->shift[k] = sum[k] / (double)d->n;
    }
    free(z);
    free(sum);
    return status;
}

ms_status ms_rival_scale_fit(const ms_dataset *d, const ms_rival_options *options, ms_rival_scale *out,
                             ms_error *err) {
    ms_rival_scale s = {.p = d->p, .clip = options->clip, .used = ms_calloc(d->p, sizeof *s.used)};
    double *values = ms_calloc(d->n, sizeof *values);
    s.median = ms_calloc(d->p, sizeof *s.median);
    s.mean = ms_calloc(d->p, sizeof *s.mean);
    s.sd = ms_calloc(d->p, sizeof *s.sd);
    s.shift = ms_calloc(d->p, sizeof *s.shift);
    ms_status status =
        s.used && values && s.median && s.mean && s.sd && s.shift ? MS_OK : ms_error_nomem(err);
    for (size_t j = 0; j < d->p && status == MS_OK; j++) {
        const size_t k = s.n_used;
        if (describe(d, j, options->max_missing, values, &s.median[k], &s.mean[k], &s.sd[k]))
            s.used[s.n_used++] = j;
    }
    if (status == MS_OK && s.n_used == 0)
        status = ms_error_set(err, MS_EINPUT, "no column is left: all are constant or mostly missing");
    if (status == MS_OK) status = fit_shift(d, &s, err);
    free(values);
    if (status == MS_OK)
        *out = s;
    else
        ms_rival_scale_clear(&s);
    return status;
}
