/* A search on a table. */
#include "model/table_rows.h"
#include "model/tune.h"

ms_status ms_tune_run_table(const ms_table *table, const char *time, const char *event, const char *columns,
                            const ms_tune_options *options, ms_tune_result *result, ms_error *err) {
    ms_table_inputs r = {0};
    ms_status status = ms_table_inputs_read(table, time, event, columns, NULL, &r, err);
    if (status == MS_OK)
        status = ms_tune_run(r.x, ms_table_rows(table), r.columns.n, r.names, r.time, r.event, options,
                             result, err);
    ms_table_inputs_clear(&r);
    return status;
}
