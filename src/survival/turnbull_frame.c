/* Interval-censored data from two columns of a table, as R's Surv(left, right, type = "interval2") takes
 * them: an empty left end is a left-censored row, an empty (or infinite) right end a right-censored one. */
#include "myosurv/survival_curves.h"
#include "survival/frame.h"

#include <math.h>
#include <stdlib.h>

typedef struct places {
    size_t left, right, group, weight;
} places;

static ms_status find(const ms_table *table, const char *name, size_t *column, ms_error *err) {
    *column = SIZE_MAX;
    return name ? ms_table_require(table, name, column, err) : MS_OK;
}

static bool usable(const ms_table *table, size_t row, const places *at) {
    if (ms_table_missing(table, row, at->left) && ms_table_missing(table, row, at->right)) return false;
    if (at->group != SIZE_MAX && ms_table_missing(table, row, at->group)) return false;
    return at->weight == SIZE_MAX || !ms_table_missing(table, row, at->weight);
}

static ms_status read_end(const ms_table *table, size_t row, size_t column, double missing, double *value,
                          ms_error *err) {
    *value = missing;
    if (ms_table_missing(table, row, column)) return MS_OK;
    ms_status status = ms_table_number(table, row, column, value, err);
    if (status == MS_OK && *value < 0 && *value != missing)
        return ms_cell_error(table, row, column, err, "time %g is negative", *value);
    return status;
}

static ms_status read_row(const ms_table *table, size_t row, const places *at, ms_interval_frame *f, size_t i,
                          ms_error *err) {
    ms_status status = read_end(table, row, at->left, 0, &f->left[i], err);
    if (status == MS_OK) status = read_end(table, row, at->right, INFINITY, &f->right[i], err);
    if (status == MS_OK && !isfinite(f->left[i]))
        return ms_cell_error(table, row, at->left, err, "an interval cannot begin at %g", f->left[i]);
    if (status == MS_OK && f->left[i] > f->right[i])
        return ms_cell_error(table, row, at->right, err,
                             "the interval ends at %g, before its beginning at %g", f->right[i], f->left[i]);
    if (status != MS_OK || at->weight == SIZE_MAX) return status;
    status = ms_table_number(table, row, at->weight, &f->weight[i], err);
    if (status == MS_OK && !(f->weight[i] >= 0 && isfinite(f->weight[i])))
        return ms_cell_error(table, row, at->weight, err, "weight %g is not a finite number of at least 0",
                             f->weight[i]);
    return status;
}

ms_status ms_interval_frame_read(const ms_table *table, const char *left, const char *right,
                                 const char *group, const char *weight, ms_interval_frame *out,
                                 ms_error *err) {
    places at;
    ms_interval_frame f = {0};
    size_t n = ms_table_rows(table), *rows = NULL;
    ms_status status = find(table, left, &at.left, err);
    if (status || (status = find(table, right, &at.right, err)) ||
        (status = find(table, group, &at.group, err)) || (status = find(table, weight, &at.weight, err)))
        return status;
    rows = ms_calloc(n, sizeof *rows);
    f.left = ms_calloc(n, sizeof *f.left);
    f.right = ms_calloc(n, sizeof *f.right);
    if (weight) f.weight = ms_calloc(n, sizeof *f.weight);
    if (!rows || !f.left || !f.right || (weight && !f.weight)) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t row = 0; row < n; row++) {
        if (!usable(table, row, &at)) continue;
        rows[f.n] = row;
        if ((status = read_row(table, row, &at, &f, f.n, err))) goto cleanup;
        f.n++;
    }
    f.n_dropped = n - f.n;
    if (f.n == 0) {
        status = ms_error_set(err, MS_EINPUT, "%s: no row has all the values that are needed (%zu rows)",
                              ms_table_name(table), n);
        goto cleanup;
    }
    if (group && (status = ms_factor_of_rows(table, at.group, rows, f.n, &f.group, err))) goto cleanup;
    *out = f;
    f = (ms_interval_frame){0};
cleanup:
    free(rows);
    ms_interval_frame_clear(&f);
    return status;
}

void ms_interval_frame_clear(ms_interval_frame *f) {
    MS_FREE(f->left);
    MS_FREE(f->right);
    MS_FREE(f->weight);
    ms_factor_clear(&f->group);
    f->n = 0;
}
