/* Outcome and predictions from the columns of a table. */
#include "myosurv/survival_compare.h"
#include "survival/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct places {
    size_t event;
    size_t *risk; /* [n_risk] */
} places;

static ms_status find_columns(const ms_table *table, const ms_forecast_columns *c, places *at,
                              ms_error *err) {
    at->risk = ms_calloc(c->n_risk, sizeof *at->risk);
    if (!at->risk) return ms_error_nomem(err);
    ms_status status = ms_table_require(table, c->event, &at->event, err);
    for (size_t r = 0; r < c->n_risk && !status; r++)
        status = ms_table_require(table, c->risk[r], &at->risk[r], err);
    return status;
}

static bool same_text_or_number(const char *cell, const char *wanted) {
    double a, b;
    if (strcmp(cell, wanted) == 0) return true;
    return ms_parse_number(cell, &a) && ms_parse_number(wanted, &b) && a == b;
}

/* 0, 1 or 2. */
static ms_status read_event(const ms_table *table, const ms_forecast_columns *c, size_t row, size_t column,
                            uint8_t *event, ms_error *err) {
    const char *cell = ms_table_cell(table, row, column);
    if (c->competing_value && same_text_or_number(cell, c->competing_value)) {
        *event = 2;
        return MS_OK;
    }
    int truth = c->event_value ? same_text_or_number(cell, c->event_value) : ms_parse_truth(cell);
    if (truth < 0)
        return ms_cell_error(
            table, row, column, err,
            "event '%.80s' is neither 0 nor 1: name the value that means the event, as in %.80s=%.80s", cell,
            ms_table_column_name(table, column), cell);
    *event = (uint8_t)truth;
    return MS_OK;
}

static ms_status read_risk(const ms_table *table, const ms_forecast_columns *c, size_t row, size_t column,
                           double *risk, ms_error *err) {
    ms_status status = ms_table_number(table, row, column, risk, err);
    if (status) return status;
    if (!isfinite(*risk))
        return ms_cell_error(table, row, column, err, "'%.80s' is not finite",
                             ms_table_cell(table, row, column));
    if (c->probability && !(*risk >= 0 && *risk <= 1))
        return ms_cell_error(table, row, column, err,
                             "%g is no probability: predictions here are the chance of the event by the "
                             "horizon, 0 to 1 (not a risk score, not survival)",
                             *risk);
    return MS_OK;
}

static ms_status frame_alloc(size_t n, const ms_forecast_columns *c, ms_forecast_frame *f, ms_error *err) {
    f->event = ms_calloc(n, 1);
    f->risk = ms_calloc(c->n_risk, sizeof *f->risk);
    if (c->time && !(f->time = ms_calloc(n, sizeof *f->time))) return ms_error_nomem(err);
    if (!f->event || !f->risk) return ms_error_nomem(err);
    f->n_risk = c->n_risk;
    for (size_t r = 0; r < c->n_risk; r++)
        if (!(f->risk[r] = ms_calloc(n, sizeof **f->risk))) return ms_error_nomem(err);
    return MS_OK;
}

static bool complete(const ms_table *table, const places *at, size_t n_risk, size_t row) {
    if (ms_table_missing(table, row, at->event)) return false;
    for (size_t r = 0; r < n_risk; r++)
        if (ms_table_missing(table, row, at->risk[r])) return false;
    return true;
}

/* Times are read and checked by ms_surv_frame_read; rows that miss one are not in surv->rows. */
static ms_status read_rows(const ms_table *table, const ms_forecast_columns *c, const places *at,
                           const ms_surv_frame *surv, ms_forecast_frame *f, ms_error *err) {
    size_t candidates = c->time ? surv->n : ms_table_rows(table);
    for (size_t k = 0; k < candidates; k++) {
        size_t row = c->time ? surv->rows[k] : k;
        if (!complete(table, at, c->n_risk, row)) continue;
        ms_status status = read_event(table, c, row, at->event, &f->event[f->n], err);
        for (size_t r = 0; r < c->n_risk && !status; r++)
            status = read_risk(table, c, row, at->risk[r], &f->risk[r][f->n], err);
        if (status) return status;
        if (c->time) f->time[f->n] = surv->time[k];
        f->n++;
    }
    f->n_dropped = ms_table_rows(table) - f->n;
    if (f->n == 0)
        return ms_error_set(err, MS_EINPUT, "%s: no row has all the values that are needed (%zu rows)",
                            ms_table_name(table), ms_table_rows(table));
    return MS_OK;
}

ms_status ms_forecast_frame_read(const ms_table *table, const ms_forecast_columns *columns,
                                 ms_forecast_frame *out, ms_error *err) {
    ms_surv_frame surv = {0};
    ms_forecast_frame f = {0};
    places at = {0};
    if (!columns->event) return ms_error_set(err, MS_EUSAGE, "an event column is needed");
    ms_status status = find_columns(table, columns, &at, err);
    if (status) goto cleanup;
    if (columns->time) {
        ms_surv_columns c = {
            .time = columns->time, .event = columns->event, .event_value = columns->event_value};
        /* a column with a third value is read for its times here */
        if (columns->competing_value && !c.event_value) c.event_value = "1";
        if ((status = ms_surv_frame_read(table, &c, &surv, err))) goto cleanup;
    }
    if ((status = frame_alloc(ms_table_rows(table), columns, &f, err)) ||
        (status = read_rows(table, columns, &at, &surv, &f, err)))
        goto cleanup;
    *out = f;
    f = (ms_forecast_frame){0};
cleanup:
    free(at.risk);
    ms_surv_frame_clear(&surv);
    ms_forecast_frame_clear(&f);
    return status;
}

void ms_forecast_frame_clear(ms_forecast_frame *frame) {
    for (size_t r = 0; frame->risk && r < frame->n_risk; r++) free(frame->risk[r]);
    MS_FREE(frame->risk);
    MS_FREE(frame->time);
    MS_FREE(frame->event);
    frame->n = frame->n_risk = 0;
}
