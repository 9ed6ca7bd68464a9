/* Turnbull's curves as text and JSON. */
#include "survival/report_curves.h"

#include <cjson/cJSON.h>
#include <math.h>

static void put_curve(ms_json_out *out, cJSON *list, const ms_turnbull *t, const char *name) {
    cJSON *o = ms_out_item(out, list);
    const struct {
        const char *key;
        const double *values;
    } arrays[] = {{"from", t->from},       {"to", t->to},       {"mass", t->mass},  {"surv", t->surv},
                  {"std_err", t->std_err}, {"lower", t->lower}, {"upper", t->upper}};
    ms_out_text(out, o, "name", name);
    ms_out_number(out, o, "n", (double)t->n);
    ms_out_number(out, o, "loglik", t->loglik);
    ms_out_number(out, o, "iterations", (double)t->iterations);
    ms_out_bool(out, o, "converged", t->converged);
    ms_out_number(out, o, "median_from", t->median_from);
    ms_out_number(out, o, "median_to", t->median_to);
    for (size_t i = 0; i < MS_COUNT(arrays); i++)
        ms_out_numbers(out, o, arrays[i].key, arrays[i].values, t->n_intervals);
}

static ms_status report_json(const ms_turnbull *fits, size_t n, const char *const *names, size_t n_dropped,
                             double level, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    ms_json_out out = {.err = err};
    size_t rows = 0;
    if (!root) return ms_error_nomem(err);
    for (size_t g = 0; g < n; g++) rows += fits[g].n;
    ms_out_number(&out, root, "n", (double)rows);
    ms_out_number(&out, root, "n_dropped", (double)n_dropped);
    ms_out_text(&out, root, "method", "turnbull");
    ms_out_number(&out, root, "conf_level", level);
    cJSON *list = ms_out_array(&out, root, "groups");
    for (size_t g = 0; g < n; g++) put_curve(&out, list, &fits[g], names[g]);
    return ms_report_json(root, out.status, text, err);
}

static bool curve_text(const ms_turnbull *t, const char *name, ms_buffer *out) {
    ms_grid grid;
    const char *const header[] = {"from", "to", "mass", "survival", "std.err", "lower", "upper"};
    ms_grid_init(&grid, MS_COUNT(header));
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t j = 0; j < t->n_intervals; j++) {
        if (t->mass[j] < 1e-9) continue;
        const double v[] = {t->from[j],    t->to[j],    t->mass[j], t->surv[j],
                            t->std_err[j], t->lower[j], t->upper[j]};
        for (size_t i = 0; i < MS_COUNT(v); i++) ms_grid_number(&grid, v[i], i < 2 ? 6 : 4);
    }
    ms_buffer_printf(out, "\n%s: %zu row%s, log-likelihood %.6g, ", name, t->n, t->n == 1 ? "" : "s",
                     t->loglik);
    if (isnan(t->median_to))
        ms_buffer_append(out, "median not reached\n");
    else if (t->median_from == t->median_to)
        ms_buffer_printf(out, "median %g\n", t->median_to);
    else
        ms_buffer_printf(out, "median in (%g, %g]\n", t->median_from, t->median_to);
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

ms_status ms_turnbull_report(const ms_turnbull *fits, size_t n, const char *const *names, size_t n_dropped,
                             double level, bool json, char **text, ms_error *err) {
    if (json) return report_json(fits, n, names, n_dropped, level, text, err);
    ms_buffer out;
    size_t rows = 0;
    bool failed = false;
    ms_buffer_init(&out);
    for (size_t g = 0; g < n; g++) rows += fits[g].n;
    ms_report_rows(&out, rows, n_dropped);
    ms_buffer_append(&out, ", interval-censored (Turnbull)\n");
    for (size_t g = 0; g < n; g++) failed |= curve_text(&fits[g], names[g], &out);
    return ms_report_take(&out, failed, text, err);
}
