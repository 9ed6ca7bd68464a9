/* base/table_read.c: a CSV file into a table, with libcsv in its strict mode.
 *
 * The file's own text becomes the store of the cells: libcsv hands over each cell after it has read the
 * cell's delimiter, so a cell and its NUL always fit into bytes that have been read already, and are written
 * there. A million rows need no allocation a cell, and little more memory than the file. */
#include "base/table_private.h"
#include "base/utf8.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    ms_table *table;
    char *write;       /* where the next cell goes in table->text */
    size_t line;       /* of the file, where the next cell begins */
    size_t row_line;   /* where the current row began */
    size_t cells;      /* read so far in the current row */
    size_t head_room;  /* of column_names */
    bool after_return; /* the last thing read was a carriage return that ended a row */
    bool header_done;
    ms_status status;
    ms_error error;
} reader;

enum { BLOCK = 1 << 16 };
static const size_t LARGEST_FILE = (size_t)16 << 30;

static void fail_memory(reader *r) {
    r->status = ms_error_nomem(&r->error);
}

/* LF, CRLF or CR each end a line, also inside quotes. */
static size_t count_lines(const char *text, size_t length) {
    size_t lines = 0;
    if (!memchr(text, '\n', length) && !memchr(text, '\r', length)) return 0;
    for (size_t i = 0; i < length; i++) {
        lines += text[i] == '\n' || (text[i] == '\r' && (i + 1 == length || text[i + 1] != '\n'));
    }
    return lines;
}

static bool add_header_cell(reader *r, const char *cell) {
    ms_table *table = r->table;
    if (r->cells == r->head_room) {
        size_t room = r->head_room ? r->head_room * 2 : 16;
        const char **names = ms_realloc((void *)table->column_names, room, sizeof *names);
        if (!names) return false;
        table->column_names = names;
        r->head_room = room;
    }
    table->column_names[r->cells] = cell;
    return true;
}

static void on_cell(void *text, size_t length, void *context) {
    reader *r = context;
    if (r->status != MS_OK) return;
    ms_table *table = r->table;
    r->after_return = false;
    if (r->cells == 0) r->row_line = r->line;
    char *cell = r->write;
    if (length > 0) {
        memcpy(cell, text, length);
        r->line += count_lines(cell, length);
    }
    cell[length] = '\0';
    r->write += length + 1;
    if (!r->header_done) {
        if (!add_header_cell(r, cell)) fail_memory(r);
    } else if (r->cells < table->columns) {
        if (r->cells == 0 && !ms_table_reserve_row(table)) fail_memory(r);
        if (r->status == MS_OK) table->cells[table->rows * table->stride + r->cells] = cell;
    } /* one cell too many is counted, and refused at the end of the row */
    r->cells++;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Columns need names, each another; sorted, so that a header of a million cells takes no time. */
static void finish_header(reader *r) {
    ms_table *table = r->table;
    table->columns = table->stride = r->cells;
    const char **sorted = ms_calloc(r->cells, sizeof *sorted);
    if (!sorted) {
        fail_memory(r);
        return;
    }
    for (size_t i = 0; i < r->cells && r->status == MS_OK; i++) {
        sorted[i] = table->column_names[i];
        if (sorted[i][0] != '\0') continue;
        r->status =
            ms_error_set(&r->error, MS_EINPUT,
                         "%s:%zu: column %zu of the header has no name (from R: write.csv(..., row.names = "
                         "FALSE))",
                         table->name, r->row_line, i + 1);
    }
    if (r->status == MS_OK) qsort((void *)sorted, r->cells, sizeof *sorted, compare_names);
    for (size_t i = 1; i < r->cells && r->status == MS_OK; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) != 0) continue;
        r->status = ms_error_set(&r->error, MS_EINPUT, "%s:%zu: the header has the column '%.200s' twice",
                                 table->name, r->row_line, sorted[i]);
    }
    free((void *)sorted);
    r->header_done = true;
}

static void finish_row(reader *r) {
    ms_table *table = r->table;
    if (r->cells != table->columns) {
        r->status =
            ms_error_set(&r->error, MS_EINPUT, "%s:%zu: %zu cell%s where the header has %zu", table->name,
                         r->row_line, r->cells, r->cells == 1 ? "" : "s", table->columns);
        return;
    }
    table->lines[table->rows++] = r->row_line;
}

/* Called at every line end outside quotes, and with -1 for a last row without one. */
static void on_line_end(int c, void *context) {
    reader *r = context;
    if (r->status != MS_OK) return;
    if (r->cells > 0) {
        if (r->header_done) {
            finish_row(r);
        } else {
            finish_header(r);
        }
    }
    r->cells = 0;
    if (!(c == '\n' && r->after_return)) r->line++; /* the LF of a CRLF is no line of its own */
    r->after_return = c == '\r';
}

static ms_status bad_quote(reader *r, bool at_end, ms_error *err) {
    const char *what =
        at_end ? "a quote is opened here and never closed"
               : "a quote in the middle of a cell (put the cell in quotes and write the quote twice)";
    return ms_error_set(err, MS_EINPUT, "%s:%zu: cell %zu of the row: %s", r->table->name, r->line,
                        r->cells + 1, what);
}

static ms_status parse_blocks(reader *r, struct csv_parser *parser, const char *from, size_t length,
                              ms_error *err) {
    for (size_t done = 0; done < length && r->status == MS_OK;) {
        size_t block = length - done < BLOCK ? length - done : BLOCK;
        size_t parsed = csv_parse(parser, from + done, block, on_cell, on_line_end, r);
        if (parsed != block && r->status == MS_OK) {
            return csv_error(parser) == CSV_EPARSE ? bad_quote(r, false, err) : ms_error_nomem(err);
        }
        done += block;
    }
    if (r->status == MS_OK && csv_fini(parser, on_cell, on_line_end, r) != 0) {
        return csv_error(parser) == CSV_EPARSE ? bad_quote(r, true, err) : ms_error_nomem(err);
    }
    if (r->status != MS_OK) return ms_error_set(err, r->status, "%s", r->error.message);
    if (!r->header_done) {
        return ms_error_set(err, MS_EINPUT,
                            "%s: the table is empty: a header row with column names is needed",
                            r->table->name);
    }
    return MS_OK;
}

static ms_status check_bytes(const char *name, const char *text, size_t length, ms_error *err) {
    const char *nul = memchr(text, '\0', length);
    if (nul) {
        return ms_error_set(err, MS_EINPUT, "%s:%zu: a NUL byte: this is not a CSV text", name,
                            1 + count_lines(text, (size_t)(nul - text)));
    }
    size_t bad = ms_utf8_bad(text, length);
    if (bad == length) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s:%zu: byte 0x%02x is not UTF-8: save the table as UTF-8", name,
                        1 + count_lines(text, bad), (unsigned)(unsigned char)text[bad]);
}

/* Takes over `text` (NUL-terminated after `length` bytes). */
static ms_status read_text(ms_table **table, char *text, size_t length, const char *name, ms_error *err) {
    reader r = {.line = 1};
    struct csv_parser parser;
    ms_status status = check_bytes(name, text, length, err);
    if (status == MS_OK) status = ms_table_new(&r.table, name, err);
    if (status != MS_OK) {
        free(text);
        return status;
    }
    r.table->text = text;
    r.write = text;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
        ms_table_free(r.table);
        return ms_error_set(err, MS_EINTERNAL, "libcsv cannot start");
    }
    csv_set_blk_size(&parser, 4096);
    size_t mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    status = parse_blocks(&r, &parser, text + mark, length - mark, err);
    csv_free(&parser);
    if (status != MS_OK) {
        ms_table_free(r.table);
        return status;
    }
    *table = r.table;
    return MS_OK;
}

ms_status ms_table_read(ms_table **table, const char *path, ms_error *err) {
    char *text;
    size_t length;
    ms_status status = ms_file_read(path, LARGEST_FILE, &text, &length, err);
    if (status != MS_OK) return status;
    return read_text(table, text, length, strcmp(path, "-") == 0 ? "standard input" : path, err);
}

ms_status ms_table_parse(ms_table **table, const char *text, size_t length, const char *name, ms_error *err) {
    char *copy = ms_calloc(length + 1, 1);
    if (!copy) return ms_error_nomem(err);
    if (length > 0) memcpy(copy, text, length);
    return read_text(table, copy, length, name, err);
}
