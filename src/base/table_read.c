/* base/table_read.c: a CSV file into a table of texts.
 *
 * The file's own text becomes the store of the cells: each is cut off where it lies, once its row is read. A
 * million rows need no allocation a cell, and little more memory than the file. */
#include "base/table_private.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Columns need names, each another; sorted, so that a header of a million cells takes no time. */
static ms_status check_names(const ms_table *table, size_t line, ms_error *err) {
    size_t n = table->columns;
    for (size_t i = 0; i < n; i++) {
        if (table->column_names[i][0] != '\0') continue;
        return ms_error_set(err, MS_EINPUT,
                            "%s:%zu: column %zu of the header has no name (from R: write.csv(..., row.names "
                            "= FALSE))",
                            table->name, line, i + 1);
    }
    const char **sorted = ms_calloc(n, sizeof *sorted);
    if (!sorted) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) sorted[i] = table->column_names[i];
    qsort((void *)sorted, n, sizeof *sorted, compare_names);
    ms_status status = MS_OK;
    for (size_t i = 1; i < n && status == MS_OK; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) != 0) continue;
        status = ms_error_set(err, MS_EINPUT, "%s:%zu: the header has the column '%.200s' twice", table->name,
                              line, sorted[i]);
    }
    free((void *)sorted);
    return status;
}

ms_status ms_table_read_header(ms_table *table, ms_scanner *scanner, ms_error *err) {
    size_t n = scanner->n;
    const char **names = ms_calloc(n, sizeof *names);
    if (!names) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) names[i] = ms_cell_cut(&scanner->cells[i]);
    table->column_names = names;
    table->columns = table->stride = n;
    return check_names(table, scanner->row_line, err);
}

ms_status ms_table_check_row(const ms_table *table, const ms_scanner *scanner, ms_error *err) {
    if (scanner->n == table->columns) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s:%zu: %zu cell%s where the header has %zu", table->name,
                        scanner->row_line, scanner->n, scanner->n == 1 ? "" : "s", table->columns);
}

ms_status ms_table_no_header(const ms_table *table, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s: the table is empty: a header row with column names is needed",
                        table->name);
}

static ms_status add_row(ms_table *table, ms_scanner *scanner, ms_error *err) {
    ms_status status = ms_table_check_row(table, scanner, err);
    if (status != MS_OK) return status;
    if (!ms_table_reserve_row(table)) return ms_error_nomem(err);
    const char **cells = table->cells + table->rows * table->stride;
    for (size_t i = 0; i < scanner->n; i++) cells[i] = ms_cell_cut(&scanner->cells[i]);
    table->lines[table->rows++] = scanner->row_line;
    return MS_OK;
}

static ms_status read_rows(ms_table *table, ms_scanner *scanner, ms_error *err) {
    bool header = true;
    for (;;) {
        ms_scan got = ms_scan_row(scanner, err);
        if (got == MS_SCAN_FAILED) return err ? err->status : MS_EINPUT;
        if (got != MS_SCAN_ROW) return header ? ms_table_no_header(table, err) : MS_OK;
        ms_status status = header ? ms_table_read_header(table, scanner, err) : add_row(table, scanner, err);
        if (status != MS_OK) return status;
        header = false;
    }
}

/* Takes over `text` (NUL-terminated after `length` bytes). */
static ms_status read_text(ms_table **table, char *text, size_t length, const char *name, ms_error *err) {
    ms_table *made = NULL;
    ms_error ignored;
    if (!err) err = &ignored;
    ms_status status = ms_check_bytes(name, text, length, 1, err);
    if (status == MS_OK) status = ms_table_new(&made, name, err);
    if (status != MS_OK) {
        free(text);
        return status;
    }
    made->text = text;
    size_t mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    ms_scanner scanner = {.name = name, .at = text + mark, .end = text + length, .last = true, .line = 1};
    status = read_rows(made, &scanner, err);
    ms_scanner_clear(&scanner);
    if (status != MS_OK) {
        ms_table_free(made);
        return status;
    }
    *table = made;
    return MS_OK;
}

ms_status ms_table_read(ms_table **table, const char *path, ms_error *err) {
    char *text;
    size_t length;
    ms_status status = ms_file_read(path, MS_TABLE_LARGEST_FILE, &text, &length, err);
    if (status != MS_OK) return status;
    return read_text(table, text, length, strcmp(path, "-") == 0 ? "standard input" : path, err);
}

ms_status ms_table_parse(ms_table **table, const char *text, size_t length, const char *name, ms_error *err) {
    char *copy = ms_calloc(length + 1, 1);
    if (!copy) return ms_error_nomem(err);
    if (length > 0) memcpy(copy, text, length);
    return read_text(table, copy, length, name, err);
}
