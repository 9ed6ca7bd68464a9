/* Patients with inputs and outcome: read from a table as training reads them, and parts of such a set. */
#include "myosurv/study_evaluate.h"

#include "base/base.h"
#include "model/columns.h"

#include <stdlib.h>
#include <string.h>

void ms_dataset_clear(ms_dataset_store *store) {
    for (size_t j = 0; store->names && j < store->view.p; j++) free(store->names[j]);
    free(store->names);
    free(store->x);
    free(store->time);
    free(store->event);
    *store = (ms_dataset_store){0};
}

static ms_status alloc(size_t n, size_t p, ms_dataset_store *s, ms_error *err) {
    *s = (ms_dataset_store){.time = ms_calloc(n, sizeof(double)), .event = ms_calloc(n, 1)};
    s->names = ms_calloc(p, sizeof *s->names);
    s->view.n = n;
    s->view.p = p;
    return s->time && s->event && s->names ? MS_OK : ms_error_nomem(err);
}

static void look_at(ms_dataset_store *s) {
    s->view.x = s->x;
    s->view.names = (const char *const *)s->names;
    s->view.time = s->time;
    s->view.event = s->event;
}

static ms_status read_columns(const ms_table *table, const ms_columns *columns, ms_dataset_store *s,
                              ms_error *err) {
    ms_status status = alloc(ms_table_rows(table), columns->n, s, err);
    for (size_t j = 0; j < columns->n && status == MS_OK; j++) {
        s->names[j] = ms_strdup(ms_table_column_name(table, columns->index[j]));
        if (!s->names[j]) status = ms_error_nomem(err);
    }
    return status == MS_OK ? ms_columns_read(table, columns, &s->x, err) : status;
}

ms_status ms_dataset_read(const ms_table *table, const char *time, const char *event, const char *columns,
                          ms_dataset_store *out, ms_error *err) {
    size_t time_column = 0, event_column = 0;
    char *value = NULL;
    ms_columns chosen = {0};
    ms_dataset_store s = {0};
    ms_status status = ms_table_require(table, time, &time_column, err);
    if (status == MS_OK) status = ms_event_column(table, event, &event_column, &value, err);
    if (status == MS_OK && time_column == event_column)
        status = ms_error_set(err, MS_EUSAGE, "time and event are both column %s", time);
    if (status == MS_OK) status = ms_columns_choose(table, columns, time_column, event_column, &chosen, err);
    if (status == MS_OK) status = read_columns(table, &chosen, &s, err);
    if (status == MS_OK)
        status = ms_followup_read(table, time_column, event_column, value, s.time, s.event, err);
    ms_columns_clear(&chosen);
    free(value);
    if (status == MS_OK) {
        look_at(&s);
        *out = s;
    } else {
        ms_dataset_clear(&s);
    }
    return status;
}

ms_status ms_dataset_take(const ms_dataset *from, const size_t *rows, size_t n, const size_t *columns,
                          size_t p, ms_dataset_store *out, ms_error *err) {
    ms_dataset_store s = {0};
    if (!columns) p = from->p;
    ms_status status = alloc(n, p, &s, err);
    s.x = ms_calloc(n * p, sizeof *s.x);
    if (status == MS_OK && !s.x) status = ms_error_nomem(err);
    for (size_t j = 0; j < p && status == MS_OK; j++) {
        s.names[j] = ms_strdup(from->names[columns ? columns[j] : j]);
        if (!s.names[j]) status = ms_error_nomem(err);
    }
    if (status != MS_OK) {
        ms_dataset_clear(&s);
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        const double *row = from->x + rows[i] * from->p;
        s.time[i] = from->time[rows[i]];
        s.event[i] = from->event[rows[i]];
        for (size_t j = 0; j < p; j++) s.x[i * p + j] = row[columns ? columns[j] : j];
    }
    look_at(&s);
    *out = s;
    return MS_OK;
}
