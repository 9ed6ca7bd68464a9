/* survival/frame.h: between the files that read survival data from tables. */
#ifndef MS_SURVIVAL_FRAME_H
#define MS_SURVIVAL_FRAME_H

#include "survival/survival.h"

/* Categories of one column over chosen rows: rows[n] are the table's rows (NULL: the first n). */
MS_NODISCARD ms_status ms_factor_of_rows(const ms_table *table, size_t column, const size_t *rows, size_t n,
                                         ms_factor *out, ms_error *err);
/* Categories of texts[n] (NULL: missing), or of numbers[n] (NaN: missing). */
MS_NODISCARD ms_status ms_factor_of_texts(const char *const *texts, size_t n, ms_factor *out, ms_error *err);
MS_NODISCARD ms_status ms_factor_of_numbers(const double *numbers, size_t n, ms_factor *out, ms_error *err);
/* Alphabetical order that ignores case but for ties (lower case first), as R sorts levels in most locales. */
int ms_compare_levels(const char *a, const char *b);

/* MS_EINPUT "table:line: column 'name': message" for a cell. */
ms_status ms_cell_error(const ms_table *table, size_t row, size_t column, ms_error *err, const char *format,
                        ...) MS_PRINTF(5, 6);
/* 1 or 0 for a cell that is 0, 1, TRUE or FALSE (in any case); else -1. */
int ms_parse_truth(const char *text);

#endif
