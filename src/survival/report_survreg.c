/* Results of parametric models as text and JSON. */
#include "survival/report.h"
#include "survival/survreg.h"

#include <cjson/cJSON.h>
#include <math.h>

static ms_status coefficient_json(cJSON *list, const ms_survreg *fit, size_t j, ms_error *err) {
    cJSON *row = cJSON_CreateObject();
    if (!row) return ms_error_nomem(err);
    cJSON_AddItemToArray(list, row);
    ms_status status = ms_json_add_text(row, "name", fit->names[j], err);
    if (status || (status = ms_json_add_bool(row, "log_scale", j >= fit->p, err)) ||
        (status = ms_json_add_number(row, "coef", fit->coef[j], err)) ||
        (status = ms_json_add_number(row, "exp_coef", exp(fit->coef[j]), err)) ||
        (status = ms_json_add_number(row, "se", fit->se[j], err)) ||
        (status = ms_json_add_number(row, "z", fit->z[j], err)) ||
        (status = ms_json_add_number(row, "p", fit->p_value[j], err)) ||
        (status = ms_json_add_number(row, "lower", fit->lower[j], err)))
        return status;
    return ms_json_add_number(row, "upper", fit->upper[j], err);
}

static ms_status build(cJSON *root, const ms_survreg *fit, size_t n_dropped, ms_error *err) {
    cJSON *list = NULL, *tests = NULL;
    ms_status status;
    if ((status = ms_json_add_number(root, "n", (double)fit->n, err)) ||
        (status = ms_json_add_number(root, "n_dropped", (double)n_dropped, err)) ||
        (status = ms_json_add_number(root, "events", (double)fit->n_events, err)) ||
        (status = ms_json_add_text(root, "dist", ms_survreg_dist_name(fit->dist), err)) ||
        (status = ms_json_add_array(root, "coefficients", &list, err)))
        return status;
    for (size_t j = 0; j < fit->p + fit->n_log_scales && status == MS_OK; j++)
        status = coefficient_json(list, fit, j, err);
    if (status || (status = ms_json_add_numbers(root, "scale", fit->scale, fit->n_scales, err)) ||
        (status = ms_json_add_numbers(root, "loglik", fit->loglik, 2, err)) ||
        (status = ms_json_add_number(root, "aic", fit->aic, err)) ||
        (status = ms_json_add_bool(root, "robust", fit->robust, err)) ||
        (status = ms_json_add_bool(root, "converged", fit->converged, err)) ||
        (status = ms_json_add_number(root, "iterations", (double)fit->iterations, err)) ||
        (status = ms_json_add_object(root, "tests", &tests, err)) ||
        (status = ms_report_add_test(tests, "lr", fit->lr, (double)fit->df, fit->p_lr, err)))
        return status;
    return ms_report_add_test(tests, "wald", fit->wald, (double)fit->df, fit->p_wald, err);
}

ms_status ms_survreg_json(const ms_survreg *fit, size_t n_dropped, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    return ms_report_json(root, build(root, fit, n_dropped, err), text, err);
}

static void test_line(const char *name, double chisq, size_t df, double p, ms_buffer *out) {
    char text[32];
    ms_format_p(text, p);
    if (!isnan(chisq)) ms_buffer_printf(out, "%-22s = %.5g on %zu df, p=%s\n", name, chisq, df, text);
}

ms_status ms_survreg_text(const ms_survreg *fit, size_t n_dropped, char **text, ms_error *err) {
    static const char *const header[] = {"", "coef", "se", "z", "p", "lower", "upper"};
    ms_buffer out;
    ms_grid grid;
    ms_buffer_init(&out);
    ms_grid_init(&grid, MS_COUNT(header));
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t j = 0; j < fit->p + fit->n_log_scales; j++) {
        ms_grid_add(&grid, fit->names[j]);
        ms_grid_number(&grid, fit->coef[j], 5);
        ms_grid_number(&grid, fit->se[j], 4);
        ms_grid_number(&grid, fit->z[j], 4);
        ms_grid_p(&grid, fit->p_value[j]);
        ms_grid_number(&grid, fit->lower[j], 5);
        ms_grid_number(&grid, fit->upper[j], 5);
    }
    ms_report_rows(&out, fit->n, n_dropped);
    ms_buffer_printf(&out, ", not right-censored= %zu; %s distribution%s\n\n", fit->n_events,
                     ms_survreg_dist_name(fit->dist), fit->robust ? ", robust errors" : "");
    ms_grid_print(&grid, &out);
    ms_buffer_append(&out, "\nScale =");
    for (size_t k = 0; k < fit->n_scales; k++)
        ms_buffer_printf(&out, " %.5g%s", fit->scale[k], fit->n_log_scales ? "" : " (fixed)");
    ms_buffer_printf(&out, "\nlog likelihood         = %.8g, intercept only %.8g%s; AIC = %.8g\n",
                     fit->loglik[1], fit->loglik[0], fit->converged ? "" : " (NOT CONVERGED)", fit->aic);
    test_line("Likelihood ratio test", fit->lr, fit->df, fit->p_lr, &out);
    test_line("Wald test", fit->wald, fit->df, fit->p_wald, &out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return ms_report_take(&out, failed, text, err);
}
