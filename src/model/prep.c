/* From raw columns to scaled inputs. Everything is learned from the training rows: which columns say nothing,
 * what stands in for a missing value, centre and scale. */
#include "model/model.h"

#include <math.h>
#include <string.h>

static int ascending(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* Quantile of sorted values, R's type 7. */
static double quantile(const double *sorted, size_t n, double q) {
    const double at = q * (double)(n - 1);
    const size_t i = (size_t)floor(at);
    if (i + 1 >= n) return sorted[n - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

/* What one column's present values give. */
typedef struct column {
    size_t n, missing;
    double median, iqr, mean, sd;
    bool constant;
} column;

/* values has n places and ends up sorted. A missing value counts as the median in mean and SD, as it will in
 * prediction. */
static column describe_column(const double *x, size_t n, size_t p, size_t j, double *values) {
    column c = {0};
    for (size_t i = 0; i < n; i++) {
        const double v = x[i * p + j];
        if (isnan(v))
            c.missing++;
        else
            values[c.n++] = v;
    }
    if (c.n == 0) return c;
    qsort(values, c.n, sizeof *values, ascending);
    c.median = quantile(values, c.n, 0.5);
    c.iqr = quantile(values, c.n, 0.75) - quantile(values, c.n, 0.25);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < c.n; i++) sum += values[i] - c.median;
    c.mean = c.median + sum / (double)n;
    for (size_t i = 0; i < c.n; i++) squares += (values[i] - c.mean) * (values[i] - c.mean);
    squares += (double)c.missing * (c.median - c.mean) * (c.median - c.mean);
    c.sd = n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
    /* Rounding of a constant leaves an SD of about 1e-16 of its size. */
    c.constant = !(c.sd > 1e-12 * fmax(fabs(values[0]), fabs(values[c.n - 1])));
    return c;
}

ms_status ms_prep_alloc(ms_prep *prep, size_t n_features, ms_error *err) {
    ms_prep made = {.n_features = n_features};
    made.dropped = ms_calloc(n_features, 1);
    made.missing = ms_calloc(n_features, sizeof *made.missing);
    made.median = ms_calloc(n_features, sizeof *made.median);
    made.centre = ms_calloc(n_features, sizeof *made.centre);
    made.scale = ms_calloc(n_features, sizeof *made.scale);
    if (!made.dropped || !made.missing || !made.median || !made.centre || !made.scale) {
        ms_prep_clear(&made);
        return ms_error_nomem(err);
    }
    *prep = made;
    return MS_OK;
}

void ms_prep_clear(ms_prep *prep) {
    free(prep->dropped);
    free(prep->missing);
    free(prep->median);
    free(prep->centre);
    free(prep->scale);
    *prep = (ms_prep){0};
}

ms_status ms_prep_fit(ms_prep *prep, const double *x, size_t n, size_t p, const ms_train_config *config,
                      ms_error *err) {
    ms_prep made;
    double *values = ms_calloc(n, sizeof *values);
    if (!values) return ms_error_nomem(err);
    const ms_status status = ms_prep_alloc(&made, p, err);
    if (status != MS_OK) {
        free(values);
        return status;
    }
    made.clip = config->clip;
    for (size_t j = 0; j < p; j++) {
        const column c = describe_column(x, n, p, j, values);
        made.missing[j] = c.missing;
        made.median[j] = c.median;
        /* A column most of whose values are one value has an IQR of 0; its SD still means something. */
        const bool robust = config->robust && c.iqr > 0;
        made.centre[j] = robust ? c.median : c.mean;
        made.scale[j] = robust ? c.iqr / 1.349 : c.sd;
        const bool too_few = (double)c.missing > config->max_missing * (double)n;
        made.dropped[j] = c.n == 0 || c.constant || too_few || !isfinite(c.sd) || !isfinite(made.scale[j]);
        if (made.dropped[j])
            made.centre[j] = 0, made.scale[j] = 1;
        else
            made.n_used++;
    }
    free(values);
    *prep = made;
    return MS_OK;
}

void ms_prep_apply(const ms_prep *prep, const double *x, size_t n, double *out) {
    for (size_t i = 0; i < n; i++) {
        const double *row = x + i * prep->n_features;
        for (size_t j = 0; j < prep->n_features; j++) {
            if (prep->dropped[j]) continue;
            double z = ((isnan(row[j]) ? prep->median[j] : row[j]) - prep->centre[j]) / prep->scale[j];
            if (prep->clip > 0) z = fmin(fmax(z, -prep->clip), prep->clip);
            *out++ = z;
        }
    }
}
