#include "study/writer.h"

ms_writer ms_writer_open(const char *name, ms_error *err) {
    ms_writer writer = {.err = err};
    writer.status = ms_table_new(&writer.table, name, err);
    return writer;
}

void ms_writer_row(ms_writer *w) {
    if (w->status == MS_OK) w->status = ms_table_add_row(w->table, &w->row, w->err);
}

static size_t column_of(ms_writer *w, const char *name) {
    size_t column = 0;
    if (w->status == MS_OK && !ms_table_find(w->table, name, &column))
        w->status = ms_table_add_column(w->table, name, &column, w->err);
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
    if (w->status == MS_OK) w->status = ms_table_write(w->table, path, w->err);
    ms_table_free(w->table);
    w->table = NULL;
    return w->status;
}
