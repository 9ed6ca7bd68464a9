/* Brier scores as text and JSON. */
#include "survival/report_prediction.h"

#include <cjson/cJSON.h>
#include <math.h>

static ms_status row_json(cJSON *list, const ms_brier_row *row, ms_error *err) {
    cJSON *o = NULL;
    const ms_named_number numbers[] = {{"time", row->time},
                                       {"brier", row->brier},
                                       {"se", row->se},
                                       {"lower", row->lower},
                                       {"upper", row->upper},
                                       {"reference", row->reference},
                                       {"reference_se", row->reference_se},
                                       {"reference_risk", row->reference_risk},
                                       {"scaled", row->scaled},
                                       {"cases", (double)row->n_cases},
                                       {"controls", (double)row->n_controls},
                                       {"competing", (double)row->n_competing},
                                       {"lost", (double)row->n_lost}};
    ms_status status = ms_report_item(list, &o, err);
    if (status || (status = ms_report_numbers(o, numbers, MS_COUNT(numbers), err))) return status;
    return ms_report_reason(o, row->state, err);
}

static double share(double value, double of) {
    return of > 0 ? 1 - value / of : NAN;
}

static ms_status model_json(cJSON *list, const ms_brier *b, const char *name, ms_error *err) {
    cJSON *o = NULL, *times = NULL, *integrated = NULL;
    const ms_brier_integral *i = &b->integral;
    const ms_named_number numbers[] = {{"n_times", (double)i->n_times},
                                       {"step", i->step},
                                       {"trapezium", i->trapezium},
                                       {"reference_step", i->reference_step},
                                       {"reference_trapezium", i->reference_trapezium},
                                       {"scaled_step", share(i->step, i->reference_step)},
                                       {"scaled_trapezium", share(i->trapezium, i->reference_trapezium)}};
    ms_status status = ms_report_item(list, &o, err);
    if (status || (status = ms_json_add_text(o, "name", name, err)) ||
        (status = ms_json_add_array(o, "times", &times, err)))
        return status;
    for (size_t k = 0; k < b->n_times; k++)
        if ((status = row_json(times, &b->rows[k], err))) return status;
    if ((status = ms_json_add_object(o, "integrated", &integrated, err))) return status;
    return ms_report_numbers(integrated, numbers, MS_COUNT(numbers), err);
}

static ms_status differences_json(cJSON *root, const ms_brier *b, const char *const *names, size_t n,
                                  ms_error *err) {
    cJSON *list = NULL;
    ms_status status = ms_json_add_array(root, "comparisons", &list, err);
    for (size_t m = 0; m < n; m++)
        for (size_t k = 0; k < b->n_times && !status; k++) {
            ms_difference d = ms_brier_difference(NULL, &b[m], k);
            status = ms_report_difference(list, "model", names[m], "reference", b->rows[k].time, &d, err);
        }
    for (size_t m = 1; m < n; m++)
        for (size_t k = 0; k < b->n_times && !status; k++) {
            ms_difference d = ms_brier_difference(&b[0], &b[m], k);
            status = ms_report_difference(list, "model", names[m], names[0], b->rows[k].time, &d, err);
        }
    return status;
}

static ms_status build(cJSON *root, const ms_brier *b, const char *const *names, size_t n, size_t n_dropped,
                       ms_error *err) {
    cJSON *models = NULL;
    ms_status status = ms_json_add_number(root, "n", (double)b->n, err);
    if (status || (status = ms_json_add_number(root, "n_dropped", (double)n_dropped, err)) ||
        (status = ms_json_add_text(root, "convention", ms_prediction_convention_name(b->options.convention),
                                   err)) ||
        (status = ms_json_add_number(root, "conf_level", b->options.conf_level, err)) ||
        (status = ms_json_add_array(root, "models", &models, err)))
        return status;
    for (size_t m = 0; m < n; m++)
        if ((status = model_json(models, &b[m], names[m], err))) return status;
    return differences_json(root, b, names, n, err);
}

ms_status ms_brier_json(const ms_brier *brier, const char *const *names, size_t n_models, size_t n_dropped,
                        char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    ms_status status = root ? build(root, brier, names, n_models, n_dropped, err) : ms_error_nomem(err);
    return ms_report_json(root, status, text, err);
}

static bool table(ms_buffer *out, const ms_brier *b, const char *const *names, size_t n) {
    ms_grid grid;
    const char *const header[] = {"", "time", "Brier", "se"};
    ms_grid_init(&grid, 8);
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    ms_grid_bounds(&grid, b->options.conf_level);
    ms_grid_add(&grid, "reference");
    ms_grid_add(&grid, "scaled");
    for (size_t m = 0; m < n; m++)
        for (size_t k = 0; k < b->n_times; k++) {
            const ms_brier_row *row = &b[m].rows[k];
            const double numbers[] = {row->time,  row->brier,     row->se,    row->lower,
                                      row->upper, row->reference, row->scaled};
            ms_grid_add(&grid, names[m]);
            for (size_t i = 0; i < MS_COUNT(numbers); i++) ms_grid_number(&grid, numbers[i], i ? 4 : 8);
        }
    bool failed = ms_grid_finish(&grid, out);
    for (size_t k = 0; k < b->n_times; k++)
        if (b->rows[k].state)
            ms_buffer_printf(out, "NA at %g: %s\n", b->rows[k].time, ms_prediction_why(b->rows[k].state));
    return failed;
}

static bool integrals(ms_buffer *out, const ms_brier *b, const char *const *names, size_t n) {
    ms_grid grid;
    const char *const header[] = {"Integrated Brier", "step",      "reference", "scaled",
                                  "trapezium",        "reference", "scaled"};
    ms_buffer_printf(out, "\nIntegrated over %zu times\n", b->integral.n_times);
    ms_grid_init(&grid, MS_COUNT(header));
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t m = 0; m < n; m++) {
        const ms_brier_integral *i = &b[m].integral;
        const double numbers[] = {
            i->step,      i->reference_step,      share(i->step, i->reference_step),
            i->trapezium, i->reference_trapezium, share(i->trapezium, i->reference_trapezium)};
        ms_grid_add(&grid, names[m]);
        for (size_t j = 0; j < MS_COUNT(numbers); j++) ms_grid_number(&grid, numbers[j], 4);
    }
    return ms_grid_finish(&grid, out);
}

static bool differences(ms_buffer *out, const ms_brier *b, const char *const *names, size_t n) {
    ms_grid grid;
    ms_buffer_append(out, "\n");
    ms_grid_init(&grid, 8);
    ms_grid_difference_header(&grid, "Difference of Brier", b->options.conf_level);
    for (size_t m = 0; m < n; m++)
        for (size_t k = 0; k < b->n_times; k++) {
            ms_difference d = ms_brier_difference(NULL, &b[m], k);
            ms_grid_difference(&grid, names[m], "reference", b->rows[k].time, &d);
        }
    for (size_t m = 1; m < n; m++)
        for (size_t k = 0; k < b->n_times; k++) {
            ms_difference d = ms_brier_difference(&b[0], &b[m], k);
            ms_grid_difference(&grid, names[m], names[0], b->rows[k].time, &d);
        }
    return ms_grid_finish(&grid, out);
}

ms_status ms_brier_text(const ms_brier *brier, const char *const *names, size_t n_models, size_t n_dropped,
                        char **text, ms_error *err) {
    ms_buffer out;
    ms_buffer_init(&out);
    ms_report_rows(&out, brier->n, n_dropped);
    ms_buffer_printf(&out, ", convention %s\n\n", ms_prediction_convention_name(brier->options.convention));
    bool failed = table(&out, brier, names, n_models);
    if (brier->n_times > 1) failed |= integrals(&out, brier, names, n_models);
    failed |= differences(&out, brier, names, n_models);
    return ms_report_take(&out, failed, text, err);
}
