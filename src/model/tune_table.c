/* A search on a table. */
#include "model/columns.h"
#include "model/tune.h"

/* What is read from the table, all owned. */
typedef struct rows {
    ms_columns columns;
    double *x, *time;
    uint8_t *event;
    const char **names;
    char *value;
} rows;

static void rows_clear(rows *r) {
    ms_columns_clear(&r->columns);
    free(r->x);
    free(r->time);
    free(r->event);
    free((void *)r->names);
    free(r->value);
}

static ms_status read_rows(const ms_table *table, const char *time, const char *event, const char *columns,
                           rows *r, ms_error *err) {
    size_t time_column, event_column;
    const size_t n = ms_table_rows(table);
    ms_status status = ms_table_require(table, time, &time_column, err);
    if (status == MS_OK) status = ms_event_column(table, event, &event_column, &r->value, err);
    if (status == MS_OK && time_column == event_column)
        status = ms_error_set(err, MS_EUSAGE, "time and event are both column %s", time);
    if (status == MS_OK)
        status = ms_columns_choose(table, columns, time_column, event_column, &r->columns, err);
    if (status != MS_OK) return status;
    r->time = ms_calloc(n, sizeof *r->time);
    r->event = ms_calloc(n, 1);
    r->names = ms_calloc(r->columns.n, sizeof *r->names);
    if (!r->time || !r->event || !r->names) return ms_error_nomem(err);
    for (size_t j = 0; j < r->columns.n; j++) r->names[j] = ms_table_column_name(table, r->columns.index[j]);
    status = ms_followup_read(table, time_column, event_column, r->value, r->time, r->event, err);
    return status == MS_OK ? ms_columns_read(table, &r->columns, &r->x, err) : status;
}

ms_status ms_tune_run_table(const ms_table *table, const char *time, const char *event, const char *columns,
                            const ms_tune_options *options, ms_tune_result *result, ms_error *err) {
    rows r = {0};
    ms_status status = read_rows(table, time, event, columns, &r, err);
    if (status == MS_OK)
        status = ms_tune_run(r.x, ms_table_rows(table), r.columns.n, r.names, r.time, r.event, options,
                             result, err);
    rows_clear(&r);
    return status;
}
