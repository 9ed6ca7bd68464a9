/* The validation of a Cox model as text and JSON. */
#include "myosurv/survival_compare.h"
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>

/* By ms_validity; labels as rms prints them where it has them. */
static const char *const keys[] = {"dxy", "c", "r2", "slope", "d", "u", "q", "g", "brier"};
static const char *const labels[] = {"Dxy", "C", "R2", "Slope", "D", "U", "Q", "g", "Brier"};

static bool made(const ms_validation *v, size_t k) {
    return k != MS_VALIDITY_BRIER || !isnan(v->at);
}

ms_status ms_validation_json(const ms_validation *v, size_t n_dropped, char **text, ms_error *err) {
    const struct {
        const char *key;
        const double *values;
    } columns[] = {{"apparent", v->apparent}, {"training", v->training},   {"test", v->test},
                   {"optimism", v->optimism}, {"corrected", v->corrected}, {"optimism_se", v->se}};
    cJSON *root = cJSON_CreateObject(), *object = NULL;
    ms_status status = root ? MS_OK : ms_error_nomem(err);
    if (status || (status = ms_json_add_number(root, "n", (double)v->n, err)) ||
        (status = ms_json_add_number(root, "events", (double)v->n_events, err)) ||
        (status = ms_json_add_number(root, "n_dropped", (double)n_dropped, err)) ||
        (status = ms_json_add_number(root, "replicates", (double)v->n_replicates, err)) ||
        (status = ms_json_add_number(root, "failed", (double)v->n_failed, err)) ||
        (status = ms_json_add_number(root, "seed", (double)v->seed, err)) ||
        (!isnan(v->at) && (status = ms_json_add_number(root, "at", v->at, err))))
        return ms_report_json(root, status, text, err);
    for (size_t k = 0; k < MS_N_VALIDITY && !status; k++) {
        if (!made(v, k)) continue;
        status = ms_json_add_object(root, keys[k], &object, err);
        for (size_t c = 0; c < MS_COUNT(columns) && !status; c++)
            status = ms_json_add_number(object, columns[c].key, columns[c].values[k], err);
    }
    return ms_report_json(root, status, text, err);
}

static void add_decimal(ms_grid *grid, double value) {
    char text[32];
    (void)ms_text_format(text, sizeof text, "%.4f", value);
    ms_grid_add(grid, isnan(value) ? "NA" : text);
}

ms_status ms_validation_text(const ms_validation *v, size_t n_dropped, char **text, ms_error *err) {
    static const char *const header[] = {"", "apparent", "training", "test", "optimism", "corrected"};
    ms_buffer out;
    ms_grid grid;
    ms_buffer_init(&out);
    ms_report_rows(&out, v->n, n_dropped);
    ms_buffer_printf(&out, ", events= %zu\n%zu bootstrap samples, seed %llu", v->n_events, v->n_replicates,
                     (unsigned long long)v->seed);
    if (v->n_failed) ms_buffer_printf(&out, "; in %zu of them the model could not be fitted", v->n_failed);
    ms_buffer_append(&out, "\n\n");
    ms_grid_init(&grid, MS_COUNT(header));
    for (size_t c = 0; c < MS_COUNT(header); c++) ms_grid_add(&grid, header[c]);
    for (size_t k = 0; k < MS_N_VALIDITY; k++) {
        if (!made(v, k)) continue;
        ms_grid_add(&grid, labels[k]);
        add_decimal(&grid, v->apparent[k]);
        add_decimal(&grid, v->training[k]);
        add_decimal(&grid, v->test[k]);
        add_decimal(&grid, v->optimism[k]);
        add_decimal(&grid, v->corrected[k]);
    }
    ms_grid_print(&grid, &out);
    if (!isnan(v->at)) ms_buffer_printf(&out, "\nThe Brier score is of the event by %g.\n", v->at);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return ms_report_take(&out, failed, text, err);
}
