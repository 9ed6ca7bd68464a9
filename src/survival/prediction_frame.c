/* What was observed and what was predicted, from the columns of a table: rows with a missing value in a
 * column that is used are left out and counted. */
#include "survival/frame.h"
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_value(const char *cell, const char *wanted, size_t length) {
    double a, b;
    char text[256];
    if (strlen(cell) == length && strncmp(cell, wanted, length) == 0) return true;
    if (length >= sizeof text) return false;
    memcpy(text, wanted, length);
    text[length] = '\0';
    return ms_parse_number(cell, &a) && ms_parse_number(text, &b) && a == b;
}

/* Is the cell one of the values in a comma list? */
static bool is_listed(const char *cell, const char *list) {
    for (const char *start = list; start;) {
        const char *comma = strchr(start, ',');
        size_t length = comma ? (size_t)(comma - start) : strlen(start);
        if (is_value(cell, start, length)) return true;
        start = comma ? comma + 1 : NULL;
    }
    return false;
}

/* Time and event by the frame that all survival commands use; a competing value must not upset its check
 * for 0 and 1, so the event's value is named where there are competing ones. */
static ms_status read_outcome(const ms_table *table, const ms_prediction_columns *c, ms_surv_frame *f,
                              ms_error *err) {
    ms_surv_columns columns = {.time = c->time,
                               .event = c->event,
                               .event_value = c->competing && !c->event_value ? "1" : c->event_value};
    return ms_surv_frame_read(table, &columns, f, err);
}

static ms_status find_markers(const ms_table *table, const ms_prediction_columns *c, size_t *at,
                              ms_error *err) {
    for (size_t m = 0; m < c->n_markers; m++) {
        ms_status status = ms_table_require(table, c->markers[m], &at[m], err);
        if (status) return status;
    }
    return MS_OK;
}

/* The places in f of rows that have every marker and, with a censoring model, its row; model_at[] says
 * which row of the model's frame. */
static ms_status choose(const ms_table *table, const ms_surv_frame *f, const ms_model_frame *model,
                        const size_t *at, size_t n_markers, size_t *keep, size_t *model_at, size_t *n,
                        ms_error *err) {
    size_t k = 0;
    *n = 0;
    for (size_t i = 0; i < f->n; i++) {
        bool complete = true;
        for (size_t m = 0; m < n_markers && complete; m++)
            complete = !ms_table_missing(table, f->rows[i], at[m]);
        while (model && k < model->n && model->rows[k] < f->rows[i]) k++;
        if (!complete || (model && (k == model->n || model->rows[k] != f->rows[i]))) continue;
        model_at[*n] = k;
        keep[(*n)++] = i;
    }
    if (*n == 0)
        return ms_error_set(err, MS_EINPUT, "%s: no row has all the values that are needed (%zu rows)",
                            ms_table_name(table), ms_table_rows(table));
    return MS_OK;
}

static ms_status fill(const ms_table *table, const ms_prediction_columns *c, const ms_surv_frame *f,
                      const size_t *at, const size_t *keep, ms_prediction_frame *out, ms_error *err) {
    size_t event = 0;
    ms_status status = ms_table_require(table, c->event, &event, err);
    out->rows = ms_calloc(out->n, sizeof *out->rows);
    out->time = ms_calloc(out->n, sizeof *out->time);
    out->status = ms_calloc(out->n, 1);
    out->markers = ms_calloc(out->n * (c->n_markers ? c->n_markers : 1), sizeof *out->markers);
    if (!out->rows || !out->time || !out->status || !out->markers) return ms_error_nomem(err);
    for (size_t i = 0; i < out->n && !status; i++) {
        size_t row = f->rows[keep[i]];
        out->rows[i] = row;
        out->time[i] = f->time[keep[i]];
        out->status[i] = f->event[keep[i]];
        if (!out->status[i] && c->competing && is_listed(ms_table_cell(table, row, event), c->competing)) {
            out->status[i] = 2;
            out->competing = true;
        }
        for (size_t m = 0; m < c->n_markers && !status; m++) {
            double value = 0;
            status = ms_table_number(table, row, at[m], &value, err);
            if (!status && !isfinite(value))
                status = ms_cell_error(table, row, at[m], err, "'%s' is not finite",
                                       ms_table_cell(table, row, at[m]));
            if (!status && c->probabilities && !(value >= 0 && value <= 1))
                status = ms_cell_error(table, row, at[m], err, "probability %g is not from 0 to 1", value);
            out->markers[m * out->n + i] = value;
        }
    }
    return status;
}

/* The predictors of the censoring model; every row counts, whatever its event. */
static ms_status read_model(const ms_table *table, const ms_prediction_columns *c, ms_model_frame *model,
                            ms_error *err) {
    ms_buffer formula;
    ms_buffer_init(&formula);
    ms_buffer_printf(&formula, "Surv(`%s`, `%s` >= 0) ~ %s", c->time, c->time, c->censoring);
    ms_status status = ms_buffer_failed(&formula)
                           ? ms_error_nomem(err)
                           : ms_model_frame_read(table, formula.data, NULL, model, err);
    ms_buffer_clear(&formula);
    if (!status && (model->strata.n_levels || model->cluster.n_levels || model->ridge)) {
        ms_model_frame_clear(model);
        return ms_error_set(err, MS_EUSAGE, "censoring model: strata, cluster and ridge are not taken");
    }
    return status;
}

/* The model's rows that are kept, and the weights. */
static ms_status fit_weights(ms_prediction_frame *f, const ms_model_frame *model, const size_t *model_at,
                             ms_error *err) {
    if (!model) return ms_ipcw_fit(&f->outcome, NULL, &f->ipcw, err);
    ms_design design = model->design;
    double *x = ms_calloc(f->n * (model->p ? model->p : 1), sizeof *x);
    double *offset = model->offset ? ms_calloc(f->n, sizeof *offset) : NULL;
    ms_status status = x && (offset || !model->offset) ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < f->n && !status; i++) {
        memcpy(x + i * model->p, model->x + model_at[i] * model->p, model->p * sizeof *x);
        if (offset) offset[i] = model->offset[model_at[i]];
    }
    design.x = x;
    design.offset = offset;
    if (!status) status = ms_ipcw_fit(&f->outcome, &design, &f->ipcw, err);
    free(x);
    free(offset);
    return status;
}

ms_status ms_prediction_frame_read(const ms_table *table, const ms_prediction_columns *columns,
                                   ms_prediction_frame *out, ms_error *err) {
    ms_surv_frame f = {0};
    ms_model_frame model = {0};
    ms_prediction_frame p = {.n_markers = columns->n_markers};
    size_t *keep = NULL, *model_at = NULL, *at = ms_calloc(columns->n_markers + 1, sizeof *at);
    bool modelled = columns->censoring != NULL;
    ms_status status = at ? MS_OK : ms_error_nomem(err);
    if (status || (status = find_markers(table, columns, at, err)) ||
        (status = read_outcome(table, columns, &f, err)) ||
        (modelled && (status = read_model(table, columns, &model, err))))
        goto cleanup;
    keep = ms_calloc(f.n, sizeof *keep);
    model_at = ms_calloc(f.n, sizeof *model_at);
    if (!keep || !model_at) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    status = choose(table, &f, modelled ? &model : NULL, at, columns->n_markers, keep, model_at, &p.n, err);
    if (status || (status = fill(table, columns, &f, at, keep, &p, err))) goto cleanup;
    p.n_dropped = ms_table_rows(table) - p.n;
    p.outcome = (ms_outcome){.n = p.n, .time = p.time, .status = p.status};
    if (columns->competing && !p.competing)
        ms_log(MS_LOG_WARNING, "%s: no row has a competing event ('%s' in column '%s')", ms_table_name(table),
               columns->competing, columns->event);
    if ((status = fit_weights(&p, modelled ? &model : NULL, model_at, err))) goto cleanup;
    *out = p;
    p = (ms_prediction_frame){0};
cleanup:
    free(at);
    free(keep);
    free(model_at);
    ms_surv_frame_clear(&f);
    ms_model_frame_clear(&model);
    ms_prediction_frame_clear(&p);
    return status;
}

void ms_prediction_frame_clear(ms_prediction_frame *frame) {
    MS_FREE(frame->rows);
    MS_FREE(frame->time);
    MS_FREE(frame->status);
    MS_FREE(frame->markers);
    ms_ipcw_clear(&frame->ipcw);
    frame->n = 0;
}
