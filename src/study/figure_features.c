/* The features of the cases that pictures are made from: drawn, standardised, and their principal components.
 */
#include "study/figure_radiomics.h"
#include "study/rivals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_fit(const ms_study *study, size_t i) {
    return strcmp(study->patients[i].split, "training") == 0;
}

static int ascending(const void *a, const void *b) {
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

/* At most MS_DRAWN of them, in the table's order. */
static ms_status draw(const ms_study *study, const char *stream, size_t *list, size_t *n, ms_error *err) {
    if (*n <= MS_DRAWN) return MS_OK;
    ms_random *random = ms_random_new(study->spec.seed, stream);
    if (!random) return ms_error_nomem(err);
    ms_random_shuffle(random, list, *n);
    ms_random_free(random);
    *n = MS_DRAWN;
    qsort(list, *n, sizeof *list, ascending);
    return MS_OK;
}

static ms_status choose_rows(const ms_study *study, const ms_collected *c, ms_drawn_features *f,
                             ms_error *err) {
    size_t *fit = ms_calloc(c->n, sizeof *fit), *other = ms_calloc(c->n, sizeof *other), n = 0, m = 0;
    ms_status status = fit && other ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < c->n && status == MS_OK; i++) {
        if (!c->used[i]) continue;
        if (is_fit(study, i))
            fit[n++] = i;
        else
            other[m++] = i;
    }
    if (status == MS_OK) status = draw(study, "figure 3, training", fit, &n, err);
    if (status == MS_OK) status = draw(study, "figure 3, others", other, &m, err);
    f->patient = ms_calloc(n + m, sizeof *f->patient);
    if (status == MS_OK && !f->patient) status = ms_error_nomem(err);
    if (status == MS_OK) {
        memcpy(f->patient, fit, n * sizeof *fit);
        memcpy(f->patient + n, other, m * sizeof *other);
        f->n = n + m;
        f->fit_on_all = n < 3;
        f->n_fit = f->fit_on_all ? f->n : n;
    }
    free(fit);
    free(other);
    return status;
}

/* Mean and SD of a column's fitted rows; false for a constant or an empty one. */
static bool describe(const ms_drawn_features *f, const ms_collected *c, const double *values, double *mean,
                     double *sd) {
    double sum = 0, squares = 0, first = NAN, largest = 0;
    size_t m = 0;
    for (size_t i = 0; i < f->n_fit; i++) {
        const double v = values[c->feature_row[f->patient[i]]];
        if (isnan(v)) continue;
        if (m++ == 0) first = v;
        sum += v - first;
        largest = fmax(largest, fabs(v));
    }
    if (m < 2) return false;
    *mean = first + sum / (double)m;
    for (size_t i = 0; i < f->n_fit; i++) {
        const double v = values[c->feature_row[f->patient[i]]];
        if (!isnan(v)) squares += (v - *mean) * (v - *mean);
    }
    *sd = sqrt(squares / (double)(m - 1));
    return isfinite(*sd) && *sd > 1e-12 * largest; /* below: the rounding of a constant */
}

static void standardise(const ms_collected *c, ms_drawn_features *f) {
    for (size_t k = 0; k < f->p; k++) {
        const double *values = ms_table_number_column(c->features, f->column[k]);
        for (size_t i = 0; i < f->n; i++)
            f->z[i * f->p + k] = (values[c->feature_row[f->patient[i]]] - f->mean[k]) / f->sd[k];
    }
}

ms_status ms_drawn_features_make(const ms_study *study, const ms_collected *c, ms_drawn_features *out,
                                 ms_error *err) {
    const size_t columns = ms_table_columns(c->features);
    ms_drawn_features f = {.column = ms_calloc(columns, sizeof(size_t)),
                           .mean = ms_calloc(columns, sizeof(double)),
                           .sd = ms_calloc(columns, sizeof(double))};
    ms_status status = f.column && f.mean && f.sd ? choose_rows(study, c, &f, err) : ms_error_nomem(err);
    for (size_t j = 0; j < columns && status == MS_OK; j++) {
        const double *values = ms_table_number_column(c->features, j);
        if (!values || !describe(&f, c, values, &f.mean[f.p], &f.sd[f.p])) continue;
        f.column[f.p++] = j;
    }
    f.z = ms_calloc(f.n * f.p, sizeof *f.z);
    if (status == MS_OK && !f.z) status = ms_error_nomem(err);
    if (status == MS_OK) {
        standardise(c, &f);
        *out = f;
    } else {
        ms_drawn_features_clear(&f);
    }
    return status;
}

void ms_drawn_features_clear(ms_drawn_features *f) {
    free(f->patient);
    free(f->column);
    free(f->mean);
    free(f->sd);
    free(f->z);
    *f = (ms_drawn_features){0};
}

ms_status ms_drawn_components_make(const ms_drawn_features *f, ms_drawn_components *out, ms_error *err) {
    ms_drawn_components c = {
        .k = 2, .x = ms_calloc(f->n, sizeof(double)), .y = ms_calloc(f->n, sizeof(double))};
    double variance[2] = {0}, total = 0, *load = ms_calloc(2 * f->p, sizeof *load);
    double *z = ms_calloc(f->n * f->p, sizeof *z);
    ms_status status = c.x && c.y && load && z ? MS_OK : ms_error_nomem(err);
    for (size_t at = 0; at < f->n * f->p && status == MS_OK; at++) z[at] = isnan(f->z[at]) ? 0 : f->z[at];
    for (size_t at = 0; at < f->n_fit * f->p && status == MS_OK; at++)
        total += z[at] * z[at] / (double)(f->n_fit - 1);
    if (status == MS_OK && f->p > 0 && f->n_fit > 2)
        status = ms_components(z, f->n_fit, f->p, &c.k, variance, load, err);
    else
        c.k = 0;
    for (size_t i = 0; i < f->n && status == MS_OK; i++)
        for (size_t j = 0; j < f->p; j++) {
            if (c.k > 0) c.x[i] += z[i * f->p + j] * load[2 * j];
            if (c.k > 1) c.y[i] += z[i * f->p + j] * load[2 * j + 1];
        }
    for (size_t k = 0; k < 2; k++) c.explained[k] = total > 0 ? variance[k] / total : 0;
    free(z);
    free(load);
    if (status == MS_OK)
        *out = c;
    else
        ms_drawn_components_clear(&c);
    return status;
}

void ms_drawn_components_clear(ms_drawn_components *c) {
    free(c->x);
    free(c->y);
    *c = (ms_drawn_components){0};
}
