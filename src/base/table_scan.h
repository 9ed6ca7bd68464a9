/* base/table_scan.h: the rows of a CSV text, cell by cell, as RFC 4180 has them. */
#ifndef MS_BASE_TABLE_SCAN_H
#define MS_BASE_TABLE_SCAN_H

#include "base/base.h"

typedef enum ms_cell_form {
    MS_CELL_TEXT,   /* text[length] as it stands */
    MS_CELL_QUOTED, /* the same, with every quote in it written twice */
    MS_CELL_NUMBER  /* read already */
} ms_cell_form;
typedef struct ms_cell {
    char *text;
    size_t length;
    double number;
    ms_cell_form form;
} ms_cell;

/* Walks over at .. end, where *end is a NUL. Blanks around a cell without quotes do not belong to it; LF,
 * CRLF and CR each end a line; lines that are blank are passed over. The text is not changed. */
typedef struct ms_scanner {
    const char *name; /* of the table, for errors */
    char *at, *end;
    bool last;   /* no text follows `end` */
    size_t line; /* of the file, at `at` */
    /* the row read last */
    size_t row_line, n;
    ms_cell *cells;
    size_t capacity;
    const uint8_t *numeric; /* [n_numeric] 1: try to read the column's cells as numbers; or NULL */
    size_t n_numeric;
} ms_scanner;

typedef enum ms_scan {
    MS_SCAN_ROW,
    MS_SCAN_END,  /* nothing but blanks is left */
    MS_SCAN_MORE, /* the row goes on after `end`: `at` is at its beginning */
    MS_SCAN_FAILED
} ms_scan;
ms_scan ms_scan_row(ms_scanner *scanner, ms_error *err);
void ms_scanner_clear(ms_scanner *scanner);

/* The cell as a C string, in its own place: what stood after it in the text is overwritten. */
const char *ms_cell_cut(ms_cell *cell);
/* Line ends in a text. */
size_t ms_count_lines(const char *text, size_t length);
/* MS_EINPUT for a NUL byte or one that is not UTF-8; `line` is that of text[0]. */
MS_NODISCARD ms_status ms_check_bytes(const char *name, const char *text, size_t length, size_t line,
                                      ms_error *err);

#endif
