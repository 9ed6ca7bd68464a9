/* base/table_private.h: what the table's files share. */
#ifndef MS_BASE_TABLE_PRIVATE_H
#define MS_BASE_TABLE_PRIVATE_H

#include "base/base.h"
#include "base/table_scan.h"

typedef struct ms_table_chunk ms_table_chunk;

/* One column of a table read by columns (table_columns.c): numbers (NaN missing; then the texts are made when
 * asked for), or texts; neither when it was not asked for. */
typedef struct ms_table_store {
    double *numbers;
    const char **texts;
} ms_table_store;

/* Rows from `row` on are on the lines from `line` on. */
typedef struct ms_table_run {
    size_t row, line;
} ms_table_run;

/* The cells of row r are cells[r * stride .. r * stride + columns); a table read by columns has `stores` and
 * `runs` in place of `cells` and `lines`. Cell texts live in `text` (a whole file, cut up in place) or in
 * chunks; none is allocated by itself. */
struct ms_table {
    char *name;
    const char **column_names;
    const char **cells;
    size_t *lines;
    size_t rows, row_capacity;
    size_t columns, stride;
    char *text;
    ms_table_chunk *chunks;
    ms_table_store *stores; /* [columns], or NULL */
    ms_table_run *runs;
    size_t n_runs;
};

#define MS_TABLE_LARGEST_FILE ((size_t)16 << 30)

/* Room for one more row; its cells are the caller's to fill. False when out of memory. */
bool ms_table_reserve_row(ms_table *table);
/* A copy of `text` that lives as long as the table; NULL when out of memory. */
const char *ms_table_keep_text(ms_table *table, const char *text);
/* Frees the rows, not the columns. False when out of memory. */
bool ms_table_forget_rows(ms_table *table);
/* MS_EUSAGE: a table read by columns cannot be changed. */
ms_status ms_table_read_only(const ms_table *table, ms_error *err);
/* The header's names from the row just read; they point into the scanner's text. */
MS_NODISCARD ms_status ms_table_read_header(ms_table *table, ms_scanner *scanner, ms_error *err);
/* MS_EINPUT unless the row just read has a cell for each column. */
MS_NODISCARD ms_status ms_table_check_row(const ms_table *table, const ms_scanner *scanner, ms_error *err);
ms_status ms_table_no_header(const ms_table *table, ms_error *err);
/* The text of a cell of a column of numbers (table_columns.c). */
const char *ms_table_number_text(const ms_table *table, size_t row, size_t column);

#endif
