/* How `tune` shows what it found: text, JSON, a table of the trials, a figure. */
#include "cli/tune_cli.h"

#include "cli/survival_cli.h"
#include "myosurv/plot.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const states[] = {"done", "pruned", "failed"};

static size_t count(const ms_tune_result *result, ms_tune_state state) {
    size_t n = 0;
    for (size_t i = 0; i < result->n_trials; i++)
        if (result->trials[i].state == state) n++;
    return n;
}

/* The heaviest parameters first, those without a weight last. */
static int heavier_first(const void *a, const void *b) {
    const ms_tune_weight *p = a, *q = b;
    const double x = isnan(p->importance) ? -1 : p->importance, y = isnan(q->importance) ? -1 : q->importance;
    return x > y ? -1 : x < y ? 1 : strcmp(p->parameter, q->parameter);
}

static ms_status sorted_weights(const ms_tune_result *result, ms_tune_weight **weights, ms_error *err) {
    ms_tune_weight *made = ms_calloc(result->n_weights, sizeof *made);
    if (!made) return ms_error_nomem(err);
    for (size_t i = 0; i < result->n_weights; i++) made[i] = result->weights[i];
    if (result->n_weights > 0) qsort(made, result->n_weights, sizeof *made, heavier_first);
    *weights = made;
    return MS_OK;
}

static void put_trial(ms_buffer *text, const char *label, const ms_tune_trial *t) {
    ms_buffer_printf(text, "%s\tC %.4f, loss %.4f\n", label, t->c, t->loss);
}

static ms_status put_settings(ms_buffer *text, const ms_tune_trial *trial, ms_error *err) {
    cJSON *settings = NULL;
    const ms_status status =
        ms_json_parse(trial->settings, strlen(trial->settings), "settings", &settings, err);
    if (status != MS_OK) return status;
    for (const cJSON *item = settings->child; item; item = item->next) {
        char *value = cJSON_PrintUnformatted(item);
        char number[32] = "";
        if (cJSON_IsNumber(item)) (void)ms_text_format(number, sizeof number, "%.4g", item->valuedouble);
        ms_buffer_printf(text, "  %s\t%s\n", item->string, *number ? number : value ? value : "");
        cJSON_free(value);
    }
    if (!settings->child) ms_buffer_append(text, "  (trial 0: the settings given)\n");
    cJSON_Delete(settings);
    return MS_OK;
}

ms_status ms_cli_tune_text(const ms_tune_result *result, const char *output, ms_error *err) {
    ms_tune_weight *weights = NULL;
    ms_buffer text;
    ms_buffer_init(&text);
    ms_status status = sorted_weights(result, &weights, err);
    ms_buffer_printf(&text, "settings\t%s\ntrials\t%zu (%zu given up, %zu failed)\n", output,
                     result->n_trials, count(result, MS_TUNE_PRUNED), count(result, MS_TUNE_FAILED));
    put_trial(&text, "trial 0, the settings given", &result->trials[0]);
    ms_buffer_printf(&text, "best trial\t%zu\n", result->best_trial);
    put_trial(&text, "best", &result->trials[result->best_trial]);
    if (status == MS_OK) status = put_settings(&text, &result->trials[result->best_trial], err);
    if (status == MS_OK) ms_buffer_append(&text, "importance of parameters in these trials\n");
    for (size_t i = 0; status == MS_OK && i < result->n_weights; i++)
        if (!isnan(weights[i].importance))
            ms_buffer_printf(&text, "  %s\t%.2f\n", weights[i].parameter, weights[i].importance);
    if (status == MS_OK && ms_buffer_failed(&text)) status = ms_error_nomem(err);
    if (status == MS_OK) status = ms_cli_print(text.data, err);
    ms_buffer_clear(&text);
    free(weights);
    return status;
}

/* ---- JSON -----------------------------------------------------------------------------------------------
 */

static ms_status json_trial(const ms_tune_trial *t, cJSON *list, ms_error *err) {
    cJSON *settings = NULL, *object = cJSON_CreateObject();
    ms_status status = object && cJSON_AddItemToArray(list, object) ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_add_number(object, "trial", (double)t->number, err);
    if (status == MS_OK) status = ms_json_add_text(object, "state", states[t->state], err);
    if (status == MS_OK) status = ms_json_add_number(object, "folds", (double)t->folds_done, err);
    if (status == MS_OK) status = ms_json_add_number(object, "value", t->value, err);
    if (status == MS_OK) status = ms_json_add_number(object, "loss", t->loss, err);
    if (status == MS_OK) status = ms_json_add_number(object, "c", t->c, err);
    if (status == MS_OK && *t->message) status = ms_json_add_text(object, "message", t->message, err);
    if (status == MS_OK) status = ms_json_parse(t->settings, strlen(t->settings), "settings", &settings, err);
    if (status == MS_OK && !cJSON_AddItemToObject(object, "settings", settings)) {
        cJSON_Delete(settings);
        status = ms_error_nomem(err);
    }
    return status;
}

ms_status ms_cli_tune_json(const ms_tune_result *result, ms_error *err) {
    cJSON *tree = cJSON_CreateObject(), *trials, *weights;
    ms_status status = tree ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_add_number(tree, "best_trial", (double)result->best_trial, err);
    if (status == MS_OK) status = ms_json_add_array(tree, "trials", &trials, err);
    for (size_t i = 0; status == MS_OK && i < result->n_trials; i++)
        status = json_trial(&result->trials[i], trials, err);
    if (status == MS_OK) status = ms_json_add_object(tree, "importance", &weights, err);
    for (size_t i = 0; status == MS_OK && i < result->n_weights; i++)
        status =
            ms_json_add_number(weights, result->weights[i].parameter, result->weights[i].importance, err);
    if (status == MS_OK) status = ms_json_write(tree, "-", err);
    cJSON_Delete(tree);
    return status;
}

/* ---- the table of trials --------------------------------------------------------------------------------
 */

static ms_status set_setting(ms_table *table, size_t row, const cJSON *item, ms_error *err) {
    size_t column;
    ms_status status = MS_OK;
    if (!ms_table_find(table, item->string, &column))
        status = ms_table_add_column(table, item->string, &column, err);
    if (status != MS_OK) return status;
    if (cJSON_IsNumber(item)) return ms_table_set_number(table, row, column, item->valuedouble, err);
    if (cJSON_IsString(item)) return ms_table_set(table, row, column, item->valuestring, err);
    char *text = cJSON_PrintUnformatted(item);
    status = text ? ms_table_set(table, row, column, text, err) : ms_error_nomem(err);
    cJSON_free(text);
    return status;
}

static ms_status set_trial(ms_table *table, const ms_tune_trial *t, ms_error *err) {
    const double numbers[] = {(double)t->number, 0, (double)t->folds_done, t->value, t->loss, t->c};
    cJSON *settings = NULL;
    size_t row;
    ms_status status = ms_table_add_row(table, &row, err);
    for (size_t j = 0; status == MS_OK && j < MS_COUNT(numbers); j++)
        status = j == 1 ? ms_table_set(table, row, j, states[t->state], err)
                        : ms_table_set_number(table, row, j, numbers[j], err);
    if (status == MS_OK) status = ms_json_parse(t->settings, strlen(t->settings), "settings", &settings, err);
    for (const cJSON *item = settings ? settings->child : NULL; status == MS_OK && item; item = item->next)
        status = set_setting(table, row, item, err);
    cJSON_Delete(settings);
    return status;
}

ms_status ms_cli_tune_table(const ms_tune_result *result, const char *path, ms_error *err) {
    static const char *const names[] = {"trial", "state", "folds", "value", "loss", "c"};
    ms_table *table = NULL;
    size_t column;
    ms_status status = ms_table_new(&table, "trials", err);
    for (size_t j = 0; status == MS_OK && j < MS_COUNT(names); j++)
        status = ms_table_add_column(table, names[j], &column, err);
    for (size_t i = 0; status == MS_OK && i < result->n_trials; i++)
        status = set_trial(table, &result->trials[i], err);
    if (status == MS_OK) status = ms_table_write(table, path, err);
    ms_table_free(table);
    return status;
}

/* ---- the figure -----------------------------------------------------------------------------------------
 */

/* The trials that were judged on every fold, and the steps of the best so far; x, each [n], step_x, best
 * [2n]. */
static size_t fill_lines(const ms_tune_result *result, ms_tune_metric metric, double *x, double *each,
                         double *step_x, double *best) {
    double least = INFINITY, shown = NAN;
    size_t m = 0;
    for (size_t i = 0; i < result->n_trials; i++) {
        const ms_tune_trial *t = &result->trials[i];
        if (t->state != MS_TUNE_DONE) continue;
        x[m] = step_x[2 * m] = step_x[2 * m + 1] = (double)i;
        each[m] = metric == MS_TUNE_C ? t->c : t->loss;
        best[2 * m] = m > 0 ? shown : each[m];
        if (t->value < least) {
            least = t->value;
            shown = each[m];
        }
        best[2 * m + 1] = shown;
        m++;
    }
    return m;
}

ms_status ms_cli_tune_figure(const ms_tune_result *result, ms_tune_metric metric, const char *path,
                             ms_error *err) {
    const size_t n = result->n_trials;
    double *numbers = ms_calloc(6 * n, sizeof *numbers);
    if (!numbers) return ms_error_nomem(err);
    double *x = numbers, *each = x + n, *step_x = each + n, *best = step_x + 2 * n;
    const size_t m = fill_lines(result, metric, x, each, step_x, best);
    const ms_plot_line lines[] = {{"trials on every fold", m, x, each}, {"best so far", 2 * m, step_x, best}};
    const ms_status status =
        ms_plot_lines(lines, MS_COUNT(lines), "Search", "Trial",
                      metric == MS_TUNE_C ? "C on rows held back" : "Loss on rows held back", path, err);
    free(numbers);
    return status;
}
