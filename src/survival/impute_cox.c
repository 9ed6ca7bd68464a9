/* A Cox model fitted to each imputed table, pooled by Rubin's rules; as text and JSON. */
#include "myosurv/survival_impute.h"
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct collected {
    size_t p;
    double *coef, *variance; /* [tables * p] */
} collected;

/* The names and counts are those of the first table. */
static ms_status note_model(const ms_cox *cox, size_t tables, collected *c, ms_imputed_cox *out,
                            ms_error *err) {
    c->p = out->p = cox->p;
    out->n = cox->n;
    out->n_events = cox->n_events;
    c->coef = ms_calloc(tables * cox->p, sizeof *c->coef);
    c->variance = ms_calloc(tables * cox->p, sizeof *c->variance);
    out->names = ms_calloc(cox->p, sizeof *out->names);
    if (!c->coef || !c->variance || !out->names) return ms_error_nomem(err);
    for (size_t j = 0; j < cox->p; j++)
        if (!(out->names[j] = ms_strdup(cox->names[j]))) return ms_error_nomem(err);
    return MS_OK;
}

static ms_status take_model(const ms_cox *cox, size_t m, const ms_imputed_cox *first, collected *c,
                            ms_error *err) {
    if (!cox->converged)
        return ms_error_set(err, MS_ENOCONV, "the model of imputation %zu did not converge", m + 1);
    bool same = cox->p == c->p;
    for (size_t j = 0; j < c->p && same; j++) same = strcmp(cox->names[j], first->names[j]) == 0;
    if (!same)
        return ms_error_set(err, MS_ENOCONV, "imputation %zu has other coefficients than the first", m + 1);
    for (size_t j = 0; j < c->p; j++) {
        if (isnan(cox->coef[j]))
            return ms_error_set(err, MS_ENOCONV, "%s is collinear with other columns", cox->names[j]);
        c->coef[m * c->p + j] = cox->coef[j];
        c->variance[m * c->p + j] = cox->var[j * c->p + j];
    }
    return MS_OK;
}

static ms_status fit_table(const ms_table *table, const char *formula, const ms_cox_options *options,
                           size_t m, size_t tables, collected *c, ms_imputed_cox *out, ms_error *err) {
    ms_model_frame frame = {0};
    ms_cox cox = {0};
    ms_status status = ms_model_frame_read(table, formula, NULL, &frame, err);
    if (!status) status = ms_cox_fit(&frame.data, &frame.design, options, &cox, err);
    if (!status && cox.p == 0)
        status = ms_error_set(err, MS_EUSAGE, "a model without predictors has nothing to pool");
    if (!status && m == 0) status = note_model(&cox, tables, c, out, err);
    if (!status) status = take_model(&cox, m, out, c, err);
    ms_cox_clear(&cox);
    ms_model_frame_clear(&frame);
    return status;
}

ms_status ms_cox_imputed(const ms_imputed *imputed, const char *formula, const ms_cox_options *options,
                         ms_imputed_cox *out, ms_error *err) {
    collected c = {0};
    ms_imputed_cox result = {0};
    double level = options ? options->conf_level : 0.95;
    ms_status status = MS_OK;
    for (size_t m = 0; m < imputed->n_tables && !status; m++)
        status = fit_table(imputed->tables[m], formula, options, m, imputed->n_tables, &c, &result, err);
    if (!status) {
        double df = (double)result.n_events - (double)result.p;
        status = ms_rubin_pool(c.coef, c.variance, imputed->n_tables, c.p, df > 1 ? df : 1, level,
                               &result.pooled, err);
    }
    free(c.coef);
    free(c.variance);
    if (status) {
        ms_imputed_cox_clear(&result);
        return status;
    }
    *out = result;
    return MS_OK;
}

void ms_imputed_cox_clear(ms_imputed_cox *fit) {
    for (size_t j = 0; j < fit->p && fit->names; j++) free(fit->names[j]);
    MS_FREE(fit->names);
    ms_pooled_clear(&fit->pooled);
    fit->p = 0;
}

/* ---- text ---- */

static const char *method_name(const ms_imputed_column *c) {
    static const char *const names[] = {"predictive mean matching", "normal model", "logistic regression"};
    return c->n_missing ? names[c->method] : "complete";
}

static bool print_columns(const ms_imputed *imputed, ms_buffer *out) {
    ms_grid grid;
    ms_grid_init(&grid, 3);
    ms_grid_add(&grid, "column");
    ms_grid_add(&grid, "missing");
    ms_grid_add(&grid, "filled by");
    for (size_t c = 0; c < imputed->n_columns; c++) {
        ms_grid_add(&grid, imputed->columns[c].name);
        ms_grid_number(&grid, (double)imputed->columns[c].n_missing, 15);
        ms_grid_add(&grid, method_name(&imputed->columns[c]));
    }
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

static bool print_coefficients(const ms_imputed_cox *fit, ms_buffer *out) {
    static const char *const header[] = {"",          "coef", "exp(coef)", "se(coef)", "lower .95",
                                         "upper .95", "df",   "p",         "fmi"};
    const ms_pooled *r = &fit->pooled;
    ms_grid grid;
    ms_grid_init(&grid, MS_COUNT(header));
    for (size_t k = 0; k < MS_COUNT(header); k++) ms_grid_add(&grid, header[k]);
    for (size_t j = 0; j < fit->p; j++) {
        ms_grid_add(&grid, fit->names[j]);
        ms_grid_number(&grid, r->coef[j], 5);
        ms_grid_number(&grid, exp(r->coef[j]), 5);
        ms_grid_number(&grid, r->se[j], 5);
        ms_grid_number(&grid, exp(r->lower[j]), 4);
        ms_grid_number(&grid, exp(r->upper[j]), 4);
        ms_grid_number(&grid, r->df[j], 4);
        ms_grid_p(&grid, r->p_value[j]);
        ms_grid_number(&grid, r->fmi[j], 3);
    }
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

ms_status ms_imputed_cox_text(const ms_imputed_cox *fit, const ms_imputed *imputed, char **text,
                              ms_error *err) {
    ms_buffer out;
    ms_buffer_init(&out);
    ms_report_rows(&out, imputed->n_rows, imputed->n_outcome);
    ms_buffer_printf(&out, ", events= %zu\n%zu rows had gaps; %zu imputations\n\n", fit->n_events,
                     imputed->n_incomplete, imputed->n_tables);
    bool failed = print_columns(imputed, &out);
    ms_buffer_append(&out, "\n");
    failed |= print_coefficients(fit, &out);
    ms_buffer_append(&out, "\nPooled by Rubin's rules; fmi: fraction of missing information.\n");
    return ms_report_take(&out, failed, text, err);
}

/* ---- JSON ---- */

static ms_status add_columns(cJSON *root, const ms_imputed *imputed, ms_error *err) {
    cJSON *array = NULL;
    ms_status status = ms_json_add_array(root, "columns", &array, err);
    for (size_t c = 0; c < imputed->n_columns && !status; c++) {
        cJSON *object = cJSON_CreateObject();
        if (!object || !cJSON_AddItemToArray(array, object)) {
            cJSON_Delete(object);
            return ms_error_nomem(err);
        }
        if ((status = ms_json_add_text(object, "name", imputed->columns[c].name, err)) ||
            (status = ms_json_add_number(object, "missing", (double)imputed->columns[c].n_missing, err)))
            return status;
        status = ms_json_add_text(object, "method", method_name(&imputed->columns[c]), err);
    }
    return status;
}

static ms_status add_coefficient(cJSON *array, const ms_imputed_cox *fit, size_t j, ms_error *err) {
    const ms_pooled *r = &fit->pooled;
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"coef", r->coef[j]},     {"exp_coef", exp(r->coef[j])},
                   {"se", r->se[j]},         {"t", r->t[j]},
                   {"df", r->df[j]},         {"p", r->p_value[j]},
                   {"lower", r->lower[j]},   {"upper", r->upper[j]},
                   {"within", r->within[j]}, {"between", r->between[j]},
                   {"riv", r->riv[j]},       {"lambda", r->lambda[j]},
                   {"fmi", r->fmi[j]}};
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(object, "name", fit->names[j], err);
    for (size_t k = 0; k < MS_COUNT(numbers) && !status; k++)
        status = ms_json_add_number(object, numbers[k].key, numbers[k].value, err);
    return status;
}

ms_status ms_imputed_cox_json(const ms_imputed_cox *fit, const ms_imputed *imputed, char **text,
                              ms_error *err) {
    cJSON *root = cJSON_CreateObject(), *array = NULL;
    ms_status status = root ? MS_OK : ms_error_nomem(err);
    if (status || (status = ms_json_add_number(root, "n", (double)imputed->n_rows, err)) ||
        (status = ms_json_add_number(root, "events", (double)fit->n_events, err)) ||
        (status = ms_json_add_number(root, "n_dropped", (double)imputed->n_outcome, err)) ||
        (status = ms_json_add_number(root, "n_incomplete", (double)imputed->n_incomplete, err)) ||
        (status = ms_json_add_number(root, "imputations", (double)imputed->n_tables, err)) ||
        (status = add_columns(root, imputed, err)) ||
        (status = ms_json_add_array(root, "coefficients", &array, err)))
        return ms_report_json(root, status, text, err);
    for (size_t j = 0; j < fit->p && !status; j++) status = add_coefficient(array, fit, j, err);
    return ms_report_json(root, status, text, err);
}
