/* An elastic net path and its cross-validation as text, JSON and tables. */
#include "myosurv/survival_net.h"
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

static const char *const end_names[] = {"all", "flat", "saturated", "not_converged"};
static const char *const end_texts[] = {
    "every lambda done", "stopped: the deviance hardly falls any more",
    "stopped: nearly all deviance is explained",
    "stopped: the next model did not converge (its coefficients may be infinite)"};
static const char *const measures[] = {"deviance", "C-index"};

static double *beta_at(const ms_coxnet_report *r) {
    double *beta = ms_calloc(r->fit->p, sizeof *beta);
    if (beta) ms_coxnet_coef(r->fit, r->lambda, beta);
    return beta;
}

/* Does a column have a coefficient anywhere on the path? */
static bool ever_in(const ms_coxnet *net, size_t j) {
    for (size_t k = 0; k < net->n_lambda; k++)
        if (net->beta[k * net->p + j] != 0) return true;
    return false;
}

/* ---- text -------------------------------------------------------------------------------------------------
 */

static void path_row(ms_grid *grid, const ms_coxnet_report *r, size_t k, const char *mark) {
    char text[32];
    (void)ms_text_format(text, sizeof text, "%zu", r->fit->df[k]);
    ms_grid_add(grid, mark);
    ms_grid_number(grid, r->fit->lambda[k], 5);
    ms_grid_add(grid, text);
    ms_grid_number(grid, 100 * r->fit->dev_ratio[k], 4);
    if (!r->cv) return;
    ms_grid_number(grid, r->cv->mean[k], 5);
    ms_grid_number(grid, r->cv->se[k], 3);
}

static bool path_text(const ms_coxnet_report *r, ms_buffer *out) {
    const ms_coxnet *net = r->fit;
    ms_grid grid;
    const size_t step = net->n_lambda > 20 ? (net->n_lambda + 19) / 20 : 1;
    ms_grid_init(&grid, r->cv ? 6 : 4);
    ms_grid_add(&grid, "");
    ms_grid_add(&grid, "lambda");
    ms_grid_add(&grid, "df");
    ms_grid_add(&grid, "%dev");
    if (r->cv) {
        ms_grid_add(&grid, measures[r->cv->measure]);
        ms_grid_add(&grid, "se");
    }
    for (size_t k = 0; k < net->n_lambda; k++) {
        const bool min = r->cv && k == r->cv->at_min, one = r->cv && k == r->cv->at_1se;
        if (k % step == 0 || k + 1 == net->n_lambda || min || one)
            path_row(&grid, r, k, min && one ? "min 1se" : min ? "min" : one ? "1se" : "");
    }
    ms_grid_print(&grid, out);
    const bool failed = grid.failed;
    ms_grid_clear(&grid);
    return !failed;
}

static bool coefficient_text(const ms_coxnet_report *r, const double *beta, ms_buffer *out) {
    ms_grid grid;
    size_t n = 0;
    for (size_t j = 0; j < r->fit->p; j++) n += beta[j] != 0;
    ms_buffer_printf(out, "\n%zu of %zu coefficients at lambda = %.5g%s\n", n, r->fit->p, r->lambda,
                     !r->cv                           ? ""
                     : r->lambda == r->cv->lambda_1se ? " (1se)"
                     : r->lambda == r->cv->lambda_min ? " (min)"
                                                      : "");
    if (n == 0) return true;
    ms_grid_init(&grid, 4);
    ms_grid_add(&grid, "");
    ms_grid_add(&grid, "coef");
    ms_grid_add(&grid, "exp(coef)");
    ms_grid_add(&grid, "coef of 1 SD");
    for (size_t j = 0; j < r->fit->p; j++) {
        if (beta[j] == 0) continue;
        ms_grid_add(&grid, r->fit->names[j]);
        ms_grid_number(&grid, beta[j], 5);
        ms_grid_number(&grid, exp(beta[j]), 5);
        ms_grid_number(&grid, beta[j] * r->fit->sd[j], 4);
    }
    ms_grid_print(&grid, out);
    const bool failed = grid.failed;
    ms_grid_clear(&grid);
    return !failed;
}

ms_status ms_coxnet_text(const ms_coxnet_report *r, char **text, ms_error *err) {
    const ms_coxnet *net = r->fit;
    ms_buffer out;
    double *beta = beta_at(r);
    if (!beta) return ms_error_nomem(err);
    ms_buffer_init(&out);
    ms_report_rows(&out, net->n, r->n_dropped);
    ms_buffer_printf(&out, ", number of events= %zu, predictors= %zu", net->n_events, net->p);
    if (net->n_constant) ms_buffer_printf(&out, " (%zu constant)", net->n_constant);
    if (net->n_excluded) ms_buffer_printf(&out, " (%zu excluded)", net->n_excluded);
    ms_buffer_printf(&out, "\nalpha= %g, %zu lambdas (%s)\n", net->alpha, net->n_lambda, end_texts[net->end]);
    if (r->cv)
        ms_buffer_printf(&out, "cross-validation: %zu folds, %s%s\n", r->cv->n_folds,
                         measures[r->cv->measure],
                         r->cv->measure == MS_COXNET_C ? ""
                         : r->cv->ungrouped            ? " (ungrouped)"
                                                       : " (grouped)");
    ms_buffer_append(&out, "\n");
    const bool whole = path_text(r, &out) && coefficient_text(r, beta, &out);
    free(beta);
    return ms_report_take(&out, !whole, text, err);
}

/* ---- JSON -------------------------------------------------------------------------------------------------
 */

static ms_status sizes_json(cJSON *object, const char *key, const size_t *values, size_t n, ms_error *err) {
    double *numbers = ms_calloc(n, sizeof *numbers);
    if (!numbers) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) numbers[i] = (double)values[i];
    ms_status status = ms_json_add_numbers(object, key, numbers, n, err);
    free(numbers);
    return status;
}

static ms_status cv_json(cJSON *root, const ms_coxnet_cv *cv, ms_error *err) {
    cJSON *o = NULL;
    ms_status status = ms_json_add_object(root, "cv", &o, err);
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"n_folds", (double)cv->n_folds},
                   {"lambda_min", cv->lambda_min},
                   {"lambda_1se", cv->lambda_1se},
                   {"index_min", (double)cv->at_min},
                   {"index_1se", (double)cv->at_1se}};
    if (status == MS_OK)
        status = ms_json_add_text(o, "measure", cv->measure == MS_COXNET_C ? "c" : "deviance", err);
    if (status == MS_OK) status = ms_json_add_bool(o, "grouped", !cv->ungrouped, err);
    for (size_t i = 0; i < MS_COUNT(numbers) && status == MS_OK; i++)
        status = ms_json_add_number(o, numbers[i].key, numbers[i].value, err);
    if (status == MS_OK) status = ms_json_add_numbers(o, "mean", cv->mean, cv->n_lambda, err);
    if (status == MS_OK) status = ms_json_add_numbers(o, "se", cv->se, cv->n_lambda, err);
    if (status == MS_OK) status = sizes_json(o, "fold", cv->fold, cv->fit.n, err);
    return status;
}

static ms_status coefficient_json(cJSON *list, const ms_coxnet_report *r, size_t j, double beta,
                                  ms_error *err) {
    cJSON *row = cJSON_CreateObject();
    if (!row || !cJSON_AddItemToArray(list, row)) {
        cJSON_Delete(row);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(row, "name", r->fit->names[j], err);
    if (status == MS_OK) status = ms_json_add_number(row, "coef", beta, err);
    if (status == MS_OK) status = ms_json_add_number(row, "exp_coef", exp(beta), err);
    if (status == MS_OK) status = ms_json_add_number(row, "coef_sd", beta * r->fit->sd[j], err);
    return status;
}

/* The path of each predictor that has a coefficient somewhere. */
static ms_status paths_json(cJSON *root, const ms_coxnet *net, ms_error *err) {
    cJSON *o = NULL;
    double *values = ms_calloc(net->n_lambda, sizeof *values);
    ms_status status = values ? ms_json_add_object(root, "path", &o, err) : ms_error_nomem(err);
    for (size_t j = 0; j < net->p && status == MS_OK; j++) {
        if (!ever_in(net, j)) continue;
        for (size_t k = 0; k < net->n_lambda; k++) values[k] = net->beta[k * net->p + j];
        status = ms_json_add_numbers(o, net->names[j], values, net->n_lambda, err);
    }
    free(values);
    return status;
}

static ms_status build(cJSON *root, const ms_coxnet_report *r, const double *beta, ms_error *err) {
    const ms_coxnet *net = r->fit;
    cJSON *list = NULL;
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"n", (double)net->n},
                   {"n_dropped", (double)r->n_dropped},
                   {"events", (double)net->n_events},
                   {"predictors", (double)net->p},
                   {"constant", (double)net->n_constant},
                   {"excluded", (double)net->n_excluded},
                   {"alpha", net->alpha},
                   {"null_deviance", net->null_deviance}};
    ms_status status = MS_OK;
    for (size_t i = 0; i < MS_COUNT(numbers) && status == MS_OK; i++)
        status = ms_json_add_number(root, numbers[i].key, numbers[i].value, err);
    if (status == MS_OK) status = ms_json_add_text(root, "end", end_names[net->end], err);
    if (status == MS_OK) status = ms_json_add_numbers(root, "lambda", net->lambda, net->n_lambda, err);
    if (status == MS_OK) status = sizes_json(root, "df", net->df, net->n_lambda, err);
    if (status == MS_OK) status = ms_json_add_numbers(root, "dev_ratio", net->dev_ratio, net->n_lambda, err);
    if (status == MS_OK && r->cv) status = cv_json(root, r->cv, err);
    if (status == MS_OK) status = ms_json_add_number(root, "at_lambda", r->lambda, err);
    if (status == MS_OK) status = ms_json_add_array(root, "coefficients", &list, err);
    for (size_t j = 0; j < net->p && status == MS_OK; j++)
        if (beta[j] != 0) status = coefficient_json(list, r, j, beta[j], err);
    return status == MS_OK ? paths_json(root, net, err) : status;
}

ms_status ms_coxnet_json(const ms_coxnet_report *r, char **text, ms_error *err) {
    double *beta = beta_at(r);
    cJSON *root = cJSON_CreateObject();
    if (!beta || !root) {
        free(beta);
        cJSON_Delete(root);
        return ms_error_nomem(err);
    }
    const ms_status status = build(root, r, beta, err);
    free(beta);
    return ms_report_json(root, status, text, err);
}

/* ---- tables -----------------------------------------------------------------------------------------------
 */

static ms_status new_table(const char *name, const char *const *columns, size_t n, ms_table **table,
                           ms_error *err) {
    size_t column;
    ms_status status = ms_table_new(table, name, err);
    for (size_t i = 0; i < n && status == MS_OK; i++)
        status = ms_table_add_column(*table, columns[i], &column, err);
    return status;
}

ms_status ms_coxnet_coefficient_table(const ms_coxnet_report *r, ms_table **out, ms_error *err) {
    static const char *const columns[] = {"name", "coefficient", "standardized", "hazard_ratio"};
    ms_table *table = NULL;
    double *beta = beta_at(r);
    ms_status status = beta ? new_table("coefficients", columns, 4, &table, err) : ms_error_nomem(err);
    for (size_t j = 0; j < r->fit->p && status == MS_OK; j++) {
        size_t row;
        if (beta[j] == 0) continue;
        status = ms_table_add_row(table, &row, err);
        if (status == MS_OK) status = ms_table_set(table, row, 0, r->fit->names[j], err);
        if (status == MS_OK) status = ms_table_set_number(table, row, 1, beta[j], err);
        if (status == MS_OK) status = ms_table_set_number(table, row, 2, beta[j] * r->fit->sd[j], err);
        if (status == MS_OK) status = ms_table_set_number(table, row, 3, exp(beta[j]), err);
    }
    free(beta);
    if (status == MS_OK)
        *out = table;
    else
        ms_table_free(table);
    return status;
}

static ms_status path_row_table(const ms_coxnet_report *r, size_t k, ms_table *table, ms_error *err) {
    const ms_coxnet *net = r->fit;
    size_t row, column = 0;
    const double first[] = {net->lambda[k], (double)net->df[k], net->dev_ratio[k]};
    ms_status status = ms_table_add_row(table, &row, err);
    for (; column < 3 && status == MS_OK; column++)
        status = ms_table_set_number(table, row, column, first[column], err);
    if (status == MS_OK && r->cv) status = ms_table_set_number(table, row, column++, r->cv->mean[k], err);
    if (status == MS_OK && r->cv) status = ms_table_set_number(table, row, column++, r->cv->se[k], err);
    for (size_t j = 0; j < net->p && status == MS_OK; j++)
        if (ever_in(net, j))
            status = ms_table_set_number(table, row, column++, net->beta[k * net->p + j], err);
    return status;
}

ms_status ms_coxnet_path_table(const ms_coxnet_report *r, ms_table **out, ms_error *err) {
    static const char *const columns[] = {"lambda", "df", "dev_ratio", "cv_mean", "cv_se"};
    ms_table *table = NULL;
    size_t column;
    ms_status status = new_table("path", columns, r->cv ? 5 : 3, &table, err);
    for (size_t j = 0; j < r->fit->p && status == MS_OK; j++)
        if (ever_in(r->fit, j)) status = ms_table_add_column(table, r->fit->names[j], &column, err);
    for (size_t k = 0; k < r->fit->n_lambda && status == MS_OK; k++)
        status = path_row_table(r, k, table, err);
    if (status == MS_OK)
        *out = table;
    else
        ms_table_free(table);
    return status;
}
