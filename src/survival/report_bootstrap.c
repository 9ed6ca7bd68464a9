/* Bootstrap intervals as text and JSON. */
#include "myosurv/survival_compare.h"
#include "survival/report.h"

#include <cjson/cJSON.h>

static ms_status add_row(cJSON *array, const ms_bootstrapped_row *row, ms_error *err) {
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"estimate", row->value}, {"bias", row->bias},   {"se", row->se},
                   {"lower", row->lower},    {"upper", row->upper}, {"failed", (double)row->failed}};
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(object, "name", row->name, err);
    for (size_t k = 0; k < MS_COUNT(numbers) && !status; k++)
        status = ms_json_add_number(object, numbers[k].key, numbers[k].value, err);
    return status;
}

ms_status ms_bootstrapped_json(const ms_bootstrapped *b, size_t n_dropped, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject(), *array = NULL;
    ms_status status = root ? MS_OK : ms_error_nomem(err);
    if (status || (status = ms_json_add_number(root, "n", (double)b->n, err)) ||
        (status = ms_json_add_number(root, "events", (double)b->n_events, err)) ||
        (status = ms_json_add_number(root, "n_dropped", (double)n_dropped, err)) ||
        (status = ms_json_add_number(root, "replicates", (double)b->n_replicates, err)) ||
        (status = ms_json_add_number(root, "seed", (double)b->seed, err)) ||
        (status = ms_json_add_text(root, "interval", ms_interval_name(b->interval), err)) ||
        (status = ms_json_add_number(root, "conf_level", b->conf_level, err)) ||
        (status = ms_json_add_array(root, "statistics", &array, err)))
        return ms_report_json(root, status, text, err);
    for (size_t k = 0; k < b->n_rows && !status; k++) status = add_row(array, &b->rows[k], err);
    return ms_report_json(root, status, text, err);
}

ms_status ms_bootstrapped_text(const ms_bootstrapped *b, size_t n_dropped, char **text, ms_error *err) {
    static const char *const header[] = {"", "estimate", "bias", "se", "lower", "upper", "failed"};
    ms_buffer out;
    ms_grid grid;
    ms_buffer_init(&out);
    ms_report_rows(&out, b->n, n_dropped);
    ms_buffer_printf(&out, ", events= %zu\n%g%% %s intervals, %zu bootstrap samples, seed %llu\n\n",
                     b->n_events, 100 * b->conf_level, ms_interval_name(b->interval), b->n_replicates,
                     (unsigned long long)b->seed);
    ms_grid_init(&grid, MS_COUNT(header));
    for (size_t k = 0; k < MS_COUNT(header); k++) ms_grid_add(&grid, header[k]);
    for (size_t k = 0; k < b->n_rows; k++) {
        const ms_bootstrapped_row *row = &b->rows[k];
        const double numbers[] = {row->value, row->bias,  row->se,
                                  row->lower, row->upper, (double)row->failed};
        ms_grid_add(&grid, row->name);
        for (size_t j = 0; j < MS_COUNT(numbers); j++) ms_grid_number(&grid, numbers[j], 5);
    }
    ms_grid_print(&grid, &out);
    bool failed = grid.failed, gaps = false;
    ms_grid_clear(&grid);
    for (size_t k = 0; k < b->n_rows; k++) gaps |= b->rows[k].failed > 0;
    if (gaps)
        ms_buffer_append(&out,
                         "\nSamples in which a number could not be computed (failed) are left out: with many "
                         "of them an interval is too narrow.\n");
    return ms_report_take(&out, failed, text, err);
}
