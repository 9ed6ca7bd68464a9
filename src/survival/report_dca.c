/* Decision curves as text and JSON. */
#include "myosurv/survival_compare.h"
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static const char *curve_name(const ms_dca *d, const char *const *names, size_t c) {
    return c < d->n_models ? names[c] : c == d->n_models ? "treat all" : "treat none";
}

/* ---- JSON ---- */

static ms_status add_curve(cJSON *array, const ms_dca *d, const ms_dca_curve *c, const char *name,
                           ms_error *err) {
    const struct {
        const char *key;
        const double *values;
        bool interval;
    } columns[] = {{"positive", c->positive, false},
                   {"true_positive", c->true_positive, false},
                   {"false_positive", c->false_positive, false},
                   {"net_benefit", c->net_benefit, false},
                   {"lower", c->lower, true},
                   {"upper", c->upper, true},
                   {"avoided_per_100", c->avoided, false},
                   {"avoided_lower", c->avoided_lower, true},
                   {"avoided_upper", c->avoided_upper, true},
                   {"gain", c->difference, false},
                   {"gain_lower", c->difference_lower, true},
                   {"gain_upper", c->difference_upper, true},
                   {"smoothed", c->smoothed, false}};
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(object, "name", name, err);
    for (size_t k = 0; k < MS_COUNT(columns) && !status; k++)
        if (columns[k].values && (d->n_replicates || !columns[k].interval))
            status = ms_json_add_numbers(object, columns[k].key, columns[k].values, d->n_thresholds, err);
    return status;
}

static ms_status add_bootstrap(cJSON *root, const ms_dca *d, ms_error *err) {
    cJSON *object = NULL;
    ms_status status;
    if (!d->n_replicates) return MS_OK;
    if ((status = ms_json_add_object(root, "bootstrap", &object, err)) ||
        (status = ms_json_add_number(object, "replicates", (double)d->n_replicates, err)) ||
        (status = ms_json_add_number(object, "failed", (double)d->n_failed, err)) ||
        (status = ms_json_add_number(object, "seed", (double)d->seed, err)) ||
        (status = ms_json_add_text(object, "interval", ms_interval_name(d->interval), err)))
        return status;
    return ms_json_add_number(object, "conf_level", d->conf_level, err);
}

ms_status ms_dca_json(const ms_dca *d, const char *const *names, size_t n_dropped, char **text,
                      ms_error *err) {
    cJSON *root = cJSON_CreateObject(), *curves = NULL;
    ms_status status = root ? MS_OK : ms_error_nomem(err);
    if (status || (status = ms_json_add_number(root, "n", (double)d->n, err)) ||
        (status = ms_json_add_number(root, "events", (double)d->n_events, err)) ||
        (status = ms_json_add_number(root, "n_dropped", (double)n_dropped, err)) ||
        (!isnan(d->at) && (status = ms_json_add_number(root, "at", d->at, err))) ||
        (status = ms_json_add_number(root, "prevalence", d->prevalence, err)) ||
        (status = add_bootstrap(root, d, err)) ||
        (status = ms_json_add_numbers(root, "threshold", d->threshold, d->n_thresholds, err)) ||
        (status = ms_json_add_array(root, "curves", &curves, err)))
        return ms_report_json(root, status, text, err);
    for (size_t c = 0; c < d->n_models + 2 && !status; c++)
        status = add_curve(curves, d, &d->curves[c], curve_name(d, names, c), err);
    return ms_report_json(root, status, text, err);
}

/* ---- text ---- */

/* A round step that shows about ten of the thresholds. */
static double round_step(const ms_dca *d) {
    static const double steps[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1};
    double range = d->threshold[d->n_thresholds - 1] - d->threshold[0];
    size_t k = 0;
    while (k + 1 < MS_COUNT(steps) && range / steps[k] > 11) k++;
    return steps[k];
}

static bool shown(const ms_dca *d, size_t j, bool full) {
    if (full || d->n_thresholds <= 12) return true;
    double ratio = d->threshold[j] / round_step(d);
    return fabs(ratio - round(ratio)) < 1e-6 || j == 0;
}

static void number_with_interval(ms_grid *grid, const ms_dca *d, double value, double lower, double upper,
                                 int decimals) {
    char text[96];
    if (isnan(value))
        (void)ms_text_format(text, sizeof text, "NA");
    else if (d->n_replicates && !isnan(lower))
        (void)ms_text_format(text, sizeof text, "%.*f (%.*f to %.*f)", decimals, value, decimals, lower,
                             decimals, upper);
    else
        (void)ms_text_format(text, sizeof text, "%.*f", decimals, value);
    ms_grid_add(grid, text);
}

/* One table: thresholds down, curves across. */
static void print_table(const ms_dca *d, const char *const *names, bool avoided, bool full, ms_buffer *out,
                        bool *failed) {
    size_t curves = avoided ? d->n_models : d->n_models + 1;
    ms_grid grid;
    ms_grid_init(&grid, curves + 1);
    ms_grid_add(&grid, "threshold");
    for (size_t c = 0; c < curves; c++) ms_grid_add(&grid, curve_name(d, names, c));
    for (size_t j = 0; j < d->n_thresholds; j++) {
        if (!shown(d, j, full)) continue;
        ms_grid_number(&grid, d->threshold[j], 4);
        for (size_t c = 0; c < curves; c++) {
            const ms_dca_curve *k = &d->curves[c];
            if (avoided)
                number_with_interval(&grid, d, k->avoided[j], k->avoided_lower[j], k->avoided_upper[j], 1);
            else
                number_with_interval(&grid, d, k->net_benefit[j], k->lower[j], k->upper[j], 4);
        }
    }
    ms_grid_print(&grid, out);
    *failed |= grid.failed;
    ms_grid_clear(&grid);
}

ms_status ms_dca_text(const ms_dca *d, const char *const *names, size_t n_dropped, bool full, char **text,
                      ms_error *err) {
    ms_buffer out;
    bool failed = false;
    ms_buffer_init(&out);
    ms_report_rows(&out, d->n, n_dropped);
    ms_buffer_printf(&out, ", events= %zu", d->n_events);
    if (!isnan(d->at)) ms_buffer_printf(&out, " by %g", d->at);
    ms_buffer_printf(&out, "\nEvent rate= %.4g\n\nNet benefit (treating none: 0)\n", d->prevalence);
    print_table(d, names, false, full, &out, &failed);
    ms_buffer_append(&out, "\nNet interventions avoided per 100 patients, beside treating all\n");
    print_table(d, names, true, full, &out, &failed);
    if (d->n_replicates) {
        ms_buffer_printf(&out, "\n%g%% %s intervals at each threshold from %zu bootstrap samples, seed %llu",
                         100 * d->conf_level, ms_interval_name(d->interval), d->n_replicates,
                         (unsigned long long)d->seed);
        if (d->n_failed) ms_buffer_printf(&out, " (%zu of them failed)", d->n_failed);
        ms_buffer_append(&out, "\n");
    }
    return ms_report_take(&out, failed, text, err);
}
