/* base/table_write.c: a table as a CSV file. */
#include "base/table_private.h"

#include <string.h>

/* A reader drops the blanks around a cell without quotes, and a byte order mark at the start of the file. */
static bool needs_quotes(const char *text) {
    size_t length = strlen(text);
    if (length == 0) return false;
    if (text[0] == ' ' || text[0] == '\t' || text[length - 1] == ' ' || text[length - 1] == '\t') return true;
    return strpbrk(text, ",\"\r\n") != NULL || ms_text_starts_with(text, "\xef\xbb\xbf");
}

static void write_cell(FILE *out, const char *text) {
    if (!needs_quotes(text)) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (const char *p = text; *p; p++) {
        if (*p == '"') putc('"', out);
        putc(*p, out);
    }
    putc('"', out);
}

static void write_row(FILE *out, const char *const *cells, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i > 0) putc(',', out);
        write_cell(out, cells[i]);
    }
    if (n == 1 && cells[0][0] == '\0') fputs("\"\"", out); /* else a blank line, which readers skip */
    putc('\n', out);
}

/* A table without columns is an empty file. */
static void write_rows(const ms_table *table, bool header, FILE *out) {
    if (header && table->columns > 0) write_row(out, table->column_names, table->columns);
    for (size_t row = 0; row < table->rows && !ferror(out); row++)
        write_row(out, table->cells + row * table->stride, table->columns);
}

ms_status ms_table_flush(ms_table *table, bool header, FILE *out, ms_error *err) {
    if (table->stores) return ms_table_read_only(table, err);
    write_rows(table, header, out);
    return ms_table_forget_rows(table) ? MS_OK : ms_error_nomem(err);
}

ms_status ms_table_write(const ms_table *table, const char *path, ms_error *err) {
    ms_atomic *file;
    ms_status status = ms_atomic_open(&file, path, err);
    if (status != MS_OK) return status;
    write_rows(table, true, ms_atomic_stream(file)); /* every failed write is found by the commit */
    return ms_atomic_commit(file, err);
}
