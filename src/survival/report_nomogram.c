/* A nomogram as text and JSON. */
#include "myosurv/survival_nomogram.h"
#include "survival/report.h"

#include <cjson/cJSON.h>

static bool scale_text(const ms_nomogram_scale *scale, const char *unit, ms_buffer *out) {
    ms_grid grid;
    ms_grid_init(&grid, 2);
    ms_grid_add(&grid, scale->name);
    ms_grid_add(&grid, unit);
    for (size_t m = 0; m < scale->n; m++) {
        ms_grid_add(&grid, scale->marks[m].label);
        ms_grid_number(&grid, scale->marks[m].points, 4);
    }
    ms_buffer_append(out, "\n");
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

ms_status ms_nomogram_text(const ms_nomogram *nomogram, char **text, ms_error *err) {
    ms_buffer out;
    bool failed = false;
    ms_buffer_init(&out);
    ms_report_rows(&out, nomogram->n, nomogram->n_dropped);
    ms_buffer_printf(&out, ", events= %zu\n", nomogram->n_events);
    for (size_t v = 0; v < nomogram->n_variables; v++)
        failed |= scale_text(&nomogram->variables[v], "points", &out);
    for (size_t i = 0; i < nomogram->n_times; i++)
        failed |= scale_text(&nomogram->survival[i], "total points", &out);
    return ms_report_take(&out, failed, text, err);
}

static ms_status scales_json(cJSON *root, const char *key, const ms_nomogram_scale *scales, size_t n,
                             ms_error *err) {
    cJSON *list = NULL, *marks = NULL;
    ms_status status = ms_json_add_array(root, key, &list, err);
    for (size_t i = 0; i < n && !status; i++) {
        cJSON *o = cJSON_CreateObject();
        if (!o || !cJSON_AddItemToArray(list, o)) {
            cJSON_Delete(o);
            return ms_error_nomem(err);
        }
        if ((status = ms_json_add_text(o, "name", scales[i].name, err)) ||
            (status = ms_json_add_array(o, "marks", &marks, err)))
            return status;
        for (size_t m = 0; m < scales[i].n && !status; m++) {
            cJSON *mark = cJSON_CreateObject();
            if (!mark || !cJSON_AddItemToArray(marks, mark)) {
                cJSON_Delete(mark);
                return ms_error_nomem(err);
            }
            status = ms_json_add_text(mark, "value", scales[i].marks[m].label, err);
            if (!status) status = ms_json_add_number(mark, "points", scales[i].marks[m].points, err);
        }
    }
    return status;
}

static ms_status build(cJSON *root, const ms_nomogram *g, ms_error *err) {
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"n", (double)g->n},
                   {"events", (double)g->n_events},
                   {"n_dropped", (double)g->n_dropped},
                   {"most_points", g->most_points},
                   {"lp_zero", g->lp_zero},
                   {"lp_per_point", g->lp_per_point},
                   {"reference_lp", g->reference_lp}};
    ms_status status = MS_OK;
    for (size_t i = 0; i < MS_COUNT(numbers) && !status; i++)
        status = ms_json_add_number(root, numbers[i].key, numbers[i].value, err);
    if (status || (status = ms_json_add_numbers(root, "time", g->time, g->n_times, err)) ||
        (status = ms_json_add_numbers(root, "reference_surv", g->reference_surv, g->n_times, err)) ||
        (status = scales_json(root, "variables", g->variables, g->n_variables, err)))
        return status;
    return scales_json(root, "survival", g->survival, g->n_times, err);
}

ms_status ms_nomogram_json(const ms_nomogram *nomogram, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    return ms_report_json(root, build(root, nomogram, err), text, err);
}
