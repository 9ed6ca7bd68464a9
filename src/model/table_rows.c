#include "model/table_rows.h"

#include <stdlib.h>

void ms_table_inputs_clear(ms_table_inputs *r) {
    ms_columns_clear(&r->columns);
    free(r->x);
    free(r->time);
    free(r->event);
    free(r->names);
    free(r->value);
}

/* Without --x a column of strata is no input. */
static ms_status leave_out_strata(const ms_table *table, const char *strata, ms_columns *columns,
                                  ms_error *err) {
    size_t column, kept = 0;
    const ms_status status = ms_table_require(table, strata, &column, err);
    if (status != MS_OK) return status;
    for (size_t j = 0; j < columns->n; j++)
        if (columns->index[j] != column) columns->index[kept++] = columns->index[j];
    columns->n = kept;
    return MS_OK;
}

ms_status ms_table_inputs_read(const ms_table *table, const char *time, const char *event,
                               const char *columns, const char *strata, ms_table_inputs *r, ms_error *err) {
    size_t time_column, event_column;
    const size_t n = ms_table_rows(table);
    ms_status status = ms_table_require(table, time, &time_column, err);
    if (status == MS_OK) status = ms_event_column(table, event, &event_column, &r->value, err);
    if (status == MS_OK && time_column == event_column)
        status = ms_error_set(err, MS_EUSAGE, "time and event are both column %s", time);
    if (status == MS_OK && n < 2)
        status = ms_error_set(err, MS_EINPUT, "%s: has %zu rows; training needs at least 2",
                              ms_table_name(table), n);
    if (status == MS_OK)
        status = ms_columns_choose(table, columns, time_column, event_column, &r->columns, err);
    if (status == MS_OK && strata && !columns) status = leave_out_strata(table, strata, &r->columns, err);
    if (status != MS_OK) return status;
    r->time = ms_calloc(n, sizeof *r->time);
    r->event = ms_calloc(n, 1);
    r->names = ms_calloc(r->columns.n, sizeof *r->names);
    if (!r->time || !r->event || !r->names) return ms_error_nomem(err);
    for (size_t j = 0; j < r->columns.n; j++) r->names[j] = ms_table_column_name(table, r->columns.index[j]);
    status = ms_followup_read(table, time_column, event_column, r->value, r->time, r->event, err);
    return status == MS_OK ? ms_columns_read(table, &r->columns, &r->x, err) : status;
}
