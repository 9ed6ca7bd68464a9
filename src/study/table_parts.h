/* study/table_parts.h: what harmonization, reliability and selection share: columns and rows of a table. */
#ifndef MS_STUDY_TABLE_PARTS_H
#define MS_STUDY_TABLE_PARTS_H

#include "base/base.h"

/* Indices of rows or columns. */
typedef struct ms_indices {
    size_t *at; /* owned */
    size_t n;
} ms_indices;
void ms_indices_clear(ms_indices *indices);

/* The columns that a comma list of names and patterns stands for, each once, in the list's order. A pattern
 * takes no column of besides[n_besides] and only columns of numbers; a name must be there. */
MS_NODISCARD ms_status ms_columns_of(const ms_table *table, const char *list, const size_t *besides,
                                     size_t n_besides, ms_indices *out, ms_error *err);
/* The rows where "COL=VALUE" holds; NULL: all. MS_EINPUT when there is none. */
MS_NODISCARD ms_status ms_rows_where(const ms_table *table, const char *where, ms_indices *out,
                                     ms_error *err);
/* x[rows.n * columns.n], NaN where missing; an infinite value is MS_EINPUT. To be freed. */
MS_NODISCARD ms_status ms_matrix_of(const ms_table *table, const ms_indices *rows, const ms_indices *columns,
                                    double **x, ms_error *err);

/* Different texts, in order: numbers by value before other texts. */
typedef struct ms_text_levels {
    char **names; /* owned */
    size_t n;
} ms_text_levels;
void ms_text_levels_clear(ms_text_levels *levels);
/* Those of a column in the rows. MS_EINPUT for a missing cell. */
MS_NODISCARD ms_status ms_text_levels_read(const ms_table *table, size_t column, const ms_indices *rows,
                                           ms_text_levels *out, ms_error *err);
/* SIZE_MAX when it is none of them. */
size_t ms_text_level(const ms_text_levels *levels, const char *text);
/* MS_EINPUT "table:line: column 'name': what". */
MS_NODISCARD ms_status ms_bad_cell(const ms_table *table, size_t row, size_t column, const char *what,
                                   ms_error *err);

#endif
