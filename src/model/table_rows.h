/* model/table_rows.h: follow-up and inputs of a table's rows, as training and search take them. */
#ifndef MS_MODEL_TABLE_ROWS_H
#define MS_MODEL_TABLE_ROWS_H

#include "model/columns.h"

/* What is read from the table, all owned. */
typedef struct ms_table_inputs {
    ms_columns columns;
    double *x, *time;
    uint8_t *event;
    const char **names;
    char *value;
} ms_table_inputs;

/* columns: a list as ms_model_train_table takes it, or NULL; strata: a column that is then no input, or NULL.
 * What was read is the caller's to clear, also after an error. */
MS_NODISCARD ms_status ms_table_inputs_read(const ms_table *table, const char *time, const char *event,
                                            const char *columns, const char *strata, ms_table_inputs *r,
                                            ms_error *err);
void ms_table_inputs_clear(ms_table_inputs *r);

#endif
