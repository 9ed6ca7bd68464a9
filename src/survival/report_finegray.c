/* Fine and Gray's regression as text and JSON. */
#include "myosurv/survival_competing.h"
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>

static const char *convention_name(const ms_finegray *fit) {
    return fit->convention == MS_FINEGRAY_CMPRSK ? "cmprsk" : "survival";
}

static ms_status coefficient_json(cJSON *list, const ms_finegray *fit, size_t j, ms_error *err) {
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"coef", fit->coef[j]},       {"exp_coef", exp(fit->coef[j])},
                   {"se", fit->se[j]},           {"z", fit->z[j]},
                   {"p", fit->p_value[j]},       {"lower", exp(fit->lower[j])},
                   {"upper", exp(fit->upper[j])}};
    cJSON *o = cJSON_CreateObject();
    if (!o || !cJSON_AddItemToArray(list, o)) {
        cJSON_Delete(o);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(o, "name", fit->names[j], err);
    for (size_t i = 0; i < MS_COUNT(numbers) && !status; i++)
        status = ms_json_add_number(o, numbers[i].key, numbers[i].value, err);
    return status;
}

static ms_status build(cJSON *root, const ms_finegray *fit, size_t n_dropped, ms_error *err) {
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"n", (double)fit->n},
                   {"events", (double)fit->n_events},
                   {"competing", (double)fit->n_competing},
                   {"censored", (double)fit->n_censored},
                   {"n_dropped", (double)n_dropped},
                   {"iterations", (double)fit->iterations}};
    cJSON *list = NULL, *base = NULL;
    ms_status status = ms_json_add_text(root, "convention", convention_name(fit), err);
    for (size_t i = 0; i < MS_COUNT(numbers) && !status; i++)
        status = ms_json_add_number(root, numbers[i].key, numbers[i].value, err);
    if (status || (status = ms_json_add_bool(root, "converged", fit->converged, err)) ||
        (status = ms_json_add_numbers(root, "loglik", fit->loglik, 2, err)) ||
        (status = ms_json_add_array(root, "coefficients", &list, err)))
        return status;
    for (size_t j = 0; j < fit->p && !status; j++) status = coefficient_json(list, fit, j, err);
    if (status || (status = ms_json_add_numbers(root, "var", fit->var, fit->p * fit->p, err)) ||
        (status = ms_json_add_object(root, "baseline", &base, err)) ||
        (status = ms_json_add_numbers(base, "time", fit->time, fit->n_times, err)))
        return status;
    return ms_json_add_numbers(base, "hazard", fit->hazard, fit->n_times, err);
}

ms_status ms_finegray_json(const ms_finegray *fit, size_t n_dropped, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    return ms_report_json(root, build(root, fit, n_dropped, err), text, err);
}

ms_status ms_finegray_text(const ms_finegray *fit, size_t n_dropped, char **text, ms_error *err) {
    ms_buffer out;
    ms_grid grid;
    ms_buffer_init(&out);
    ms_grid_init(&grid, 8);
    ms_report_rows(&out, fit->n, n_dropped);
    ms_buffer_printf(&out, ", events= %zu, competing= %zu, censored= %zu\n\n", fit->n_events,
                     fit->n_competing, fit->n_censored);
    const char *const header[] = {"", "coef", "exp(coef)", "se(coef)", "z", "p", "lower", "upper"};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t j = 0; j < fit->p; j++) {
        ms_grid_add(&grid, fit->names[j]);
        ms_grid_number(&grid, fit->coef[j], 4);
        ms_grid_number(&grid, exp(fit->coef[j]), 4);
        ms_grid_number(&grid, fit->se[j], 4);
        ms_grid_number(&grid, fit->z[j], 4);
        ms_grid_p(&grid, fit->p_value[j]);
        ms_grid_number(&grid, exp(fit->lower[j]), 4);
        ms_grid_number(&grid, exp(fit->upper[j]), 4);
    }
    ms_grid_print(&grid, &out);
    ms_buffer_printf(&out,
                     "exp(coef), lower and upper: subdistribution hazard ratio and its interval (%s's "
                     "conventions)\nlog likelihood= %.6g (without predictors %.6g)\n",
                     convention_name(fit), fit->loglik[1], fit->loglik[0]);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return ms_report_take(&out, failed, text, err);
}
