#include "study/writer.h"

#include <string.h>

enum { ROWS_KEPT = 512 };

ms_writer ms_writer_open(const char *name, ms_error *err) {
    ms_writer writer = {.err = err};
    writer.status = ms_table_new(&writer.table, name, err);
    return writer;
}

ms_writer ms_writer_stream(const char *path, ms_error *err) {
    ms_writer writer = ms_writer_open(path, err);
    if (writer.status == MS_OK) writer.status = ms_atomic_open(&writer.file, path, err);
    return writer;
}

static void flush(ms_writer *w) {
    if (w->status == MS_OK)
        w->status = ms_table_flush(w->table, !w->begun, ms_atomic_stream(w->file), w->err);
    w->begun = true;
}

void ms_writer_row(ms_writer *w) {
    if (w->file && w->status == MS_OK && ms_table_rows(w->table) >= ROWS_KEPT) flush(w);
    if (w->status == MS_OK) w->status = ms_table_add_row(w->table, &w->row, w->err);
    w->next = 0;
}

/* Rows are mostly filled in the columns' order: the one after the last is tried first. */
static size_t column_of(ms_writer *w, const char *name) {
    size_t column = w->next;
    if (w->status != MS_OK) return 0;
    if ((column >= ms_table_columns(w->table) || strcmp(ms_table_column_name(w->table, column), name) != 0) &&
        !ms_table_find(w->table, name, &column)) {
        w->status = w->begun ? ms_error_set(w->err, MS_EINTERNAL, "%s: a column '%s' after the first rows",
                                            ms_table_name(w->table), name)
                             : ms_table_add_column(w->table, name, &column, w->err);
    }
    w->next = column + 1;
    return column;
}

void ms_writer_text(ms_writer *w, const char *name, const char *text) {
    size_t column = column_of(w, name);
    if (w->status == MS_OK) w->status = ms_table_set(w->table, w->row, column, text, w->err);
}

void ms_writer_number(ms_writer *w, const char *name, double value) {
    size_t column = column_of(w, name);
    if (w->status == MS_OK) w->status = ms_table_set_number(w->table, w->row, column, value, w->err);
}

ms_status ms_writer_close(ms_writer *w, const char *path) {
    if (w->file) {
        flush(w);
        if (w->status == MS_OK) {
            w->status = ms_atomic_commit(w->file, w->err);
        } else {
            ms_atomic_abort(w->file);
        }
        w->file = NULL;
    } else if (w->status == MS_OK) {
        w->status = ms_table_write(w->table, path, w->err);
    }
    ms_table_free(w->table);
    w->table = NULL;
    return w->status;
}
