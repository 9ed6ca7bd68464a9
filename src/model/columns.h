/* model/columns.h: which columns of a table are inputs, and what follow-up it holds. */
#ifndef MS_MODEL_COLUMNS_H
#define MS_MODEL_COLUMNS_H

#include "base/base.h"

typedef struct ms_columns {
    size_t *index; /* columns of the table; owned */
    size_t n;
} ms_columns;

void ms_columns_clear(ms_columns *columns);
/* `pattern` is a comma list of names and patterns with * and ?, or NULL for every numeric column that is
 * neither time, event, an id nor by its name another outcome (those are left out with a warning). */
MS_NODISCARD ms_status ms_columns_choose(const ms_table *table, const char *pattern, size_t time,
                                         size_t event, ms_columns *columns, ms_error *err);
/* x[rows * n], row-major; to be freed. */
MS_NODISCARD ms_status ms_columns_read(const ms_table *table, const ms_columns *columns, double **x,
                                       ms_error *err);

/* Splits "COL" or "COL=VALUE" (VALUE to be freed, NULL without one) and finds the column. */
MS_NODISCARD ms_status ms_event_column(const ms_table *table, const char *spec, size_t *column, char **value,
                                       ms_error *err);
/* time[rows] and event[rows]; a missing or impossible value is MS_EINPUT with file, line and column. */
MS_NODISCARD ms_status ms_followup_read(const ms_table *table, size_t time_column, size_t event_column,
                                        const char *value, double *time, uint8_t *event, ms_error *err);

#endif
