/* Chained equations (van Buuren 2018, section 4.5): the gaps are filled with known values at random, then
 * each column in turn, from the one with fewest gaps on, is filled again given all the others; and so on. */
#include "survival/impute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_impute_options_default(ms_impute_options *options) {
    *options = (ms_impute_options){.imputations = 20, .iterations = 10, .donors = 5, .seed = 1};
}

static void start(const ms_gappy *column, size_t n, ms_random *random, double *filled) {
    memcpy(filled, column->value, n * sizeof *filled);
    for (size_t i = 0; i < n; i++) {
        if (!column->missing[i]) continue;
        size_t k;
        do k = ms_random_below(random, n);
        while (column->missing[k]); /* ends: at least two are known */
        filled[i] = column->value[k];
    }
}

static size_t width_of(const ms_gappy *column) {
    return column->n_levels ? column->n_levels - 1 : 1;
}

/* Column j of x[n * q] to mean 0 and standard deviation 1; a constant one to 0. */
static void standardise(double *x, size_t n, size_t q, size_t j) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) mean += x[i * q + j] / (double)n;
    for (size_t i = 0; i < n; i++) squares += (x[i * q + j] - mean) * (x[i * q + j] - mean);
    double sd = sqrt(squares / (double)n), scale = sd > 1e-12 * fabs(mean) && sd > 0 ? 1 / sd : 0;
    for (size_t i = 0; i < n; i++) x[i * q + j] = (x[i * q + j] - mean) * scale;
}

/* Everything but column `target`. */
static void fill_predictors(const ms_chain *chain, const double *filled, size_t target, ms_predictors *p) {
    size_t q = 1, n = chain->n;
    for (size_t c = 0; c < chain->n_columns; c++)
        if (c != target) q += width_of(&chain->columns[c]);
    p->q = q + 2;
    p->n = n;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) p->x[i * p->q] = 1;
    at++;
    for (size_t k = 0; k < 2; k++, at++)
        for (size_t i = 0; i < n; i++) p->x[i * p->q + at] = chain->outcome[k][i];
    for (size_t c = 0; c < chain->n_columns; c++) {
        const ms_gappy *column = &chain->columns[c];
        if (c == target) continue;
        for (size_t w = 0; w < width_of(column); w++, at++)
            for (size_t i = 0; i < n; i++) {
                double value = filled[c * n + i];
                p->x[i * p->q + at] = column->n_levels ? (value == (double)(w + 1)) : value;
            }
    }
    for (size_t j = 1; j < p->q; j++) standardise(p->x, n, p->q, j);
}

/* Columns with gaps, fewest first; a stable order. */
static size_t order_columns(const ms_chain *chain, size_t *order) {
    size_t n = 0;
    for (size_t c = 0; c < chain->n_columns; c++) {
        if (!chain->columns[c].n_missing) continue;
        size_t k = n++;
        for (; k > 0 && chain->columns[order[k - 1]].n_missing > chain->columns[c].n_missing; k--)
            order[k] = order[k - 1];
        order[k] = c;
    }
    return n;
}

ms_status ms_chain_run(const ms_chain *chain, ms_random *random, double *filled, ms_error *err) {
    size_t n = chain->n, q = 3;
    for (size_t c = 0; c < chain->n_columns; c++) q += width_of(&chain->columns[c]);
    ms_predictors p = {.x = ms_calloc(n, q * sizeof(double))};
    size_t *order = ms_calloc(chain->n_columns, sizeof *order);
    ms_status status = p.x && order ? MS_OK : ms_error_nomem(err);
    if (status) goto cleanup;
    for (size_t c = 0; c < chain->n_columns; c++) start(&chain->columns[c], n, random, filled + c * n);
    size_t gappy = order_columns(chain, order);
    for (size_t t = 0; t < chain->iterations && !status; t++) {
        if ((status = ms_stop_check(err))) break;
        for (size_t k = 0; k < gappy && !status; k++) {
            const ms_gappy *column = &chain->columns[order[k]];
            double *y = filled + order[k] * n;
            fill_predictors(chain, filled, order[k], &p);
            status = column->n_levels
                         ? ms_draw_category(&p, column->missing, column->n_levels, random, y, err)
                         : ms_draw_number(&p, column->missing, chain->number, chain->donors, random, y, err);
        }
    }
cleanup:
    free(p.x);
    free(order);
    return status;
}
