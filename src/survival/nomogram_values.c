/* Which values a nomogram's scales show: all of a category, round numbers within the range of a number. */
#include "survival/frame.h"
#include "survival/nomogram.h"

#include <math.h>
#include <stdlib.h>

enum { FEW = 10, MARKS = 8 };

static ms_status take_levels(const ms_factor *factor, ms_nomogram_values *values, ms_error *err) {
    values->texts = ms_calloc(factor->n_levels + 1, sizeof *values->texts);
    if (!values->texts) return ms_error_nomem(err);
    for (size_t i = 0; i < factor->n_levels; i++, values->n++)
        if (!(values->texts[i] = ms_strdup(factor->levels[i]))) return ms_error_nomem(err);
    return MS_OK;
}

/* 1, 2 or 5 times a power of ten, such that about `wanted` steps fill the range. */
static double round_step(double range, double wanted) {
    double step = pow(10, floor(log10(range / wanted)));
    while (range / step > wanted * 1.5) step *= range / step > wanted * 3 ? 5 : 2;
    return step;
}

/* The least and the greatest value, and round ones between that are not too near them. */
static ms_status take_numbers(double least, double most, ms_nomogram_values *values, ms_error *err) {
    double step = round_step(most - least, MARKS), first = ceil(least / step - 1e-9) * step;
    size_t n = (size_t)floor((most - first) / step + 1e-9) + 1;
    values->texts = ms_calloc(n + 2, sizeof *values->texts);
    if (!values->texts) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++, values->n++) {
        char text[48];
        double value = first + (double)i * step;
        (void)ms_text_format(text, sizeof text, "%.10g", fabs(value) < 1e-9 * step ? 0 : value);
        if (!(values->texts[i] = ms_strdup(text))) return ms_error_nomem(err);
    }
    return MS_OK;
}

static ms_status make_one(ms_nomogram_work *w, size_t v, ms_error *err) {
    ms_nomogram_values *values = &w->values[v];
    ms_factor factor = {0};
    double least = INFINITY, most = -INFINITY, value;
    ms_status status = ms_factor_of_rows(w->table, w->columns[v], w->frame.rows, w->frame.n, &factor, err);
    if (status) return status;
    if (!ms_table_is_numeric(w->table, w->columns[v]) || factor.n_levels <= FEW) {
        status = take_levels(&factor, values, err);
    } else {
        for (size_t i = 0; i < w->frame.n && !status; i++) {
            status = ms_table_number(w->table, w->frame.rows[i], w->columns[v], &value, err);
            least = fmin(least, value);
            most = fmax(most, value);
        }
        if (!status) status = take_numbers(least, most, values, err);
    }
    ms_factor_clear(&factor);
    return status;
}

ms_status ms_nomogram_values_make(ms_nomogram_work *work, ms_error *err) {
    work->values = ms_calloc(work->n_columns + 1, sizeof *work->values);
    ms_status status = work->values ? MS_OK : ms_error_nomem(err);
    for (size_t v = 0; v < work->n_columns && !status; v++) status = make_one(work, v, err);
    return status;
}

void ms_nomogram_values_clear(ms_nomogram_work *work) {
    for (size_t v = 0; v < work->n_columns && work->values; v++) {
        for (size_t i = 0; i < work->values[v].n; i++) free(work->values[v].texts[i]);
        free(work->values[v].texts);
    }
    MS_FREE(work->values);
}
