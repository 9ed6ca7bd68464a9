/* What the reports of predictions share. */
#include "survival/report_prediction.h"

#include <cjson/cJSON.h>

ms_status ms_report_numbers(cJSON *object, const ms_named_number *numbers, size_t n, ms_error *err) {
    for (size_t i = 0; i < n; i++) {
        ms_status status = ms_json_add_number(object, numbers[i].key, numbers[i].value, err);
        if (status) return status;
    }
    return MS_OK;
}

ms_status ms_report_item(cJSON *list, cJSON **item, ms_error *err) {
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(list, object)) {
        cJSON_Delete(object);
        return ms_error_nomem(err);
    }
    *item = object;
    return MS_OK;
}

ms_status ms_report_difference(cJSON *list, const char *kind, const char *name, const char *reference,
                               double time, const ms_difference *d, ms_error *err) {
    cJSON *row = NULL;
    const ms_named_number numbers[] = {{"time", time},      {"delta", d->delta}, {"se", d->se},
                                       {"lower", d->lower}, {"upper", d->upper}, {"z", d->z},
                                       {"p", d->p}};
    ms_status status = ms_report_item(list, &row, err);
    if (status || (status = ms_json_add_text(row, kind, name, err)) ||
        (status = ms_json_add_text(row, "reference", reference, err)))
        return status;
    return ms_report_numbers(row, numbers, MS_COUNT(numbers), err);
}

void ms_grid_bounds(ms_grid *grid, double conf_level) {
    char text[48];
    (void)ms_text_format(text, sizeof text, "lower %g%%", 100 * conf_level);
    ms_grid_add(grid, text);
    (void)ms_text_format(text, sizeof text, "upper %g%%", 100 * conf_level);
    ms_grid_add(grid, text);
}

void ms_grid_difference_header(ms_grid *grid, const char *name, double conf_level) {
    const char *const header[] = {name, "against", "time", "difference", "se"};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(grid, header[i]);
    ms_grid_bounds(grid, conf_level);
    ms_grid_add(grid, "p");
}

void ms_grid_difference(ms_grid *grid, const char *name, const char *reference, double time,
                        const ms_difference *d) {
    const double numbers[] = {time, d->delta, d->se, d->lower, d->upper};
    ms_grid_add(grid, name);
    ms_grid_add(grid, reference);
    for (size_t i = 0; i < MS_COUNT(numbers); i++) ms_grid_number(grid, numbers[i], i ? 4 : 8);
    ms_grid_p(grid, d->p);
}

ms_status ms_report_reason(cJSON *object, ms_prediction_state state, ms_error *err) {
    const char *why = ms_prediction_why(state);
    return why ? ms_json_add_text(object, "reason", why, err) : MS_OK;
}

const char *ms_prediction_convention_name(ms_prediction_convention convention) {
    static const char *const names[] = {"riskregression", "timeroc", "sksurv"};
    return names[convention];
}

bool ms_grid_finish(ms_grid *grid, ms_buffer *out) {
    ms_grid_print(grid, out);
    bool failed = grid->failed;
    ms_grid_clear(grid);
    return failed;
}
