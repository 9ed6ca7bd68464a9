/* base/table_scan.c: CSV text into cells, each byte looked at once. The rules are those of a strict reader: a
 * quote may stand at the beginning of a cell only, and after the closing one nothing but blanks. */
#include "base/table_scan.h"
#include "base/decimal.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_CELLS = 1 << 22 };

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* 1 for the characters that a cell without quotes may end at. */
static const uint8_t stops[256] = {['\0'] = 1, ['\n'] = 1, ['\r'] = 1, [','] = 1, ['"'] = 1};

size_t ms_count_lines(const char *text, size_t length) {
    size_t lines = 0;
    if (!memchr(text, '\n', length) && !memchr(text, '\r', length)) return 0;
    for (size_t i = 0; i < length; i++) {
        lines += text[i] == '\n' || (text[i] == '\r' && (i + 1 == length || text[i + 1] != '\n'));
    }
    return lines;
}

ms_status ms_check_bytes(const char *name, const char *text, size_t length, size_t line, ms_error *err) {
    const char *nul = length ? memchr(text, '\0', length) : NULL;
    if (nul) {
        return ms_error_set(err, MS_EINPUT, "%s:%zu: a NUL byte: this is not a CSV text", name,
                            line + ms_count_lines(text, (size_t)(nul - text)));
    }
    size_t bad = ms_utf8_bad(text, length);
    if (bad == length) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s:%zu: byte 0x%02x is not UTF-8: save the table as UTF-8", name,
                        line + ms_count_lines(text, bad), (unsigned)(unsigned char)text[bad]);
}

static ms_scan bad_quote(const ms_scanner *s, size_t line, bool at_end, ms_error *err) {
    const char *what =
        at_end ? "a quote is opened here and never closed"
               : "a quote in the middle of a cell (put the cell in quotes and write the quote twice)";
    (void)ms_error_set(err, MS_EINPUT, "%s:%zu: cell %zu of the row: %s", s->name, line, s->n + 1, what);
    return MS_SCAN_FAILED;
}

/* Past LF, CR or CRLF; false when the text ends before that can be told. */
static bool pass_line_end(const ms_scanner *s, char **at, size_t *line) {
    char *p = *at;
    if (*p == '\r' && p + 1 == s->end && !s->last) return false;
    p += p[0] == '\r' && p[1] == '\n' ? 2 : 1;
    *at = p;
    ++*line;
    return true;
}

/* A cell that begins with a quote at *at; then *at is at what ends the cell. */
static ms_scan scan_quoted(const ms_scanner *s, char **at, size_t *line, ms_cell *cell, ms_error *err) {
    char *p = *at + 1, *quote;
    *cell = (ms_cell){.text = p, .form = MS_CELL_TEXT};
    for (;;) {
        quote = memchr(p, '"', (size_t)(s->end - p));
        if (!quote) return s->last ? bad_quote(s, *line, true, err) : MS_SCAN_MORE;
        if (quote + 1 == s->end && !s->last) return MS_SCAN_MORE;
        if (quote[1] != '"') break;
        cell->form = MS_CELL_QUOTED;
        p = quote + 2;
    }
    cell->length = (size_t)(quote - cell->text);
    for (p = quote + 1; is_blank(*p); p++) {
    }
    if (p == s->end && !s->last) return MS_SCAN_MORE;
    if (p != s->end && (!stops[(unsigned char)*p] || *p == '"')) return bad_quote(s, *line, false, err);
    *line += ms_count_lines(cell->text, cell->length);
    *at = p;
    return MS_SCAN_ROW;
}

static ms_scan scan_plain(const ms_scanner *s, char **at, size_t line, ms_cell *cell, ms_error *err) {
    char *p = *at;
    if (s->n < s->n_numeric && s->numeric[s->n]) {
        const char *after = ms_decimal_scan(p, &cell->number);
        if (after && after != s->end && (*after == ',' || *after == '\n' || *after == '\r')) {
            cell->form = MS_CELL_NUMBER;
            cell->text = p;
            cell->length = (size_t)(after - p);
            *at = p + cell->length;
            return MS_SCAN_ROW;
        }
    }
    while (!stops[(unsigned char)*p]) p++;
    if (p == s->end && !s->last) return MS_SCAN_MORE;
    if (*p == '"') return bad_quote(s, line, false, err);
    size_t length = (size_t)(p - *at);
    while (length > 0 && is_blank((*at)[length - 1])) length--;
    *cell = (ms_cell){.text = *at, .length = length, .form = MS_CELL_TEXT};
    *at = p;
    return MS_SCAN_ROW;
}

static ms_status reserve_cell(ms_scanner *s, ms_error *err) {
    if (s->n < s->capacity) return MS_OK;
    if (s->n >= MOST_CELLS)
        return ms_error_set(err, MS_EINPUT, "%s:%zu: a row of more than %d cells: this is not a CSV table",
                            s->name, s->row_line, MOST_CELLS);
    size_t capacity = s->capacity ? s->capacity * 2 : 64;
    ms_cell *cells = ms_realloc(s->cells, capacity, sizeof *cells);
    if (!cells) return ms_error_nomem(err);
    s->cells = cells;
    s->capacity = capacity;
    return MS_OK;
}

/* Past the blank lines before a row. */
static ms_scan pass_blank_lines(ms_scanner *s) {
    char *p = s->at;
    for (;;) {
        while (is_blank(*p)) p++;
        if (p == s->end) return s->last ? MS_SCAN_END : MS_SCAN_MORE;
        if (*p != '\n' && *p != '\r') return MS_SCAN_ROW;
        if (!pass_line_end(s, &p, &s->line)) return MS_SCAN_MORE;
        s->at = p;
    }
}

ms_scan ms_scan_row(ms_scanner *s, ms_error *err) {
    ms_scan got = pass_blank_lines(s);
    if (got != MS_SCAN_ROW) return got;
    char *p = s->at;
    size_t line = s->line;
    s->n = 0;
    s->row_line = line;
    for (;;) {
        if (reserve_cell(s, err) != MS_OK) return MS_SCAN_FAILED;
        while (is_blank(*p)) p++;
        ms_cell *cell = &s->cells[s->n];
        got = *p == '"' ? scan_quoted(s, &p, &line, cell, err) : scan_plain(s, &p, line, cell, err);
        if (got != MS_SCAN_ROW) return got;
        s->n++;
        if (p == s->end) break;
        if (*p == ',') {
            p++;
            continue;
        }
        if (!pass_line_end(s, &p, &line)) return MS_SCAN_MORE;
        break;
    }
    s->at = p;
    s->line = line;
    return MS_SCAN_ROW;
}

void ms_scanner_clear(ms_scanner *scanner) {
    MS_FREE(scanner->cells);
    scanner->capacity = 0;
}

const char *ms_cell_cut(ms_cell *cell) {
    size_t length = cell->length;
    if (cell->form == MS_CELL_QUOTED) {
        length = 0;
        for (size_t i = 0; i < cell->length; i++) {
            cell->text[length++] = cell->text[i];
            if (cell->text[i] == '"') i++;
        }
    }
    cell->text[length] = '\0';
    return cell->text;
}
