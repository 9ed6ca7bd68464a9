/* What was done before the network, for the model file; and the settings as a user writes them. */
#include "study/train_steps.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- records ------------------------------------------------------------------------------------------ */

static ms_status print(cJSON *root, char **json, ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    ms_status status = ms_json_print(root, &text, err);
    if (status == MS_OK) {
        *json = ms_strdup(text.data);
        if (!*json) status = ms_error_nomem(err);
    }
    ms_buffer_clear(&text);
    return status;
}

static ms_status put_settings(cJSON *root, const ms_selection *s, ms_error *err) {
    const ms_select_options *o = &s->options;
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"max_missing", o->max_missing},         {"max_same", o->max_same}, {"min_icc", o->min_icc},
        {"max_correlation", o->max_correlation}, {"cox_fdr", o->cox_fdr},   {"cox_net", o->cox_net},
        {"net_folds", (double)o->net_folds},     {"mrmr", (double)o->mrmr}};
    cJSON *settings;
    ms_status status = ms_json_add_object(root, "settings", &settings, err);
    for (size_t i = 0; i < MS_COUNT(numbers) && status == MS_OK; i++)
        status = ms_json_add_number(settings, numbers[i].key, numbers[i].value, err);
    return status == MS_OK ? ms_json_add_text(settings, "net_at", o->net_1se ? "1se" : "min", err) : status;
}

/* How many columns each filter took out. */
static ms_status put_left_out(cJSON *root, const ms_selection *s, ms_error *err) {
    cJSON *left;
    ms_status status = ms_json_add_object(root, "left_out", &left, err);
    for (int step = MS_SELECT_MISSING; step < MS_SELECT_CHOSEN && status == MS_OK; step++) {
        size_t n = 0;
        for (size_t f = 0; f < s->n; f++) n += s->features[f].step == (ms_select_step)step;
        status = ms_json_add_number(left, ms_select_step_name((ms_select_step)step), (double)n, err);
    }
    return status;
}

ms_status ms_prepare_selection_record(const ms_selection *selection, const char *file, size_t n_before,
                                      size_t n_after, char **json, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    char hex[65] = "";
    ms_status status = root ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && file) status = ms_hash_file(file, hex, err);
    if (status == MS_OK) status = ms_json_add_number(root, "columns", (double)n_before, err);
    if (status == MS_OK) status = ms_json_add_number(root, "chosen", (double)n_after, err);
    if (status == MS_OK && file) status = ms_json_add_text(root, "file_sha256", hex, err);
    if (status == MS_OK && selection) status = ms_json_add_number(root, "rows", (double)selection->rows, err);
    if (status == MS_OK && selection) status = put_settings(root, selection, err);
    if (status == MS_OK && selection) status = put_left_out(root, selection, err);
    if (status == MS_OK) status = print(root, json, err);
    cJSON_Delete(root);
    return status;
}

ms_status ms_prepare_record(ms_prepare *prepare, ms_error *err) {
    const ms_combat *c = ms_harmonizer_combat(prepare->harmonizer);
    cJSON *root = cJSON_CreateObject(), *rows;
    ms_status status = root ? ms_json_add_text(root, "method", "ComBat", err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_add_number(root, "rows", (double)c->n, err);
    if (status == MS_OK) status = ms_json_add_number(root, "columns", (double)c->p, err);
    if (status == MS_OK) status = ms_json_add_number(root, "corrected", (double)prepare->n_harmonized, err);
    if (status == MS_OK && prepare->steps->harmonize_keep)
        status = ms_json_add_text(root, "effects_kept", prepare->steps->harmonize_keep, err);
    if (status == MS_OK) status = ms_json_add_object(root, "rows_of_batch", &rows, err);
    for (size_t b = 0; status == MS_OK && b < c->n_batches; b++)
        status = ms_json_add_number(rows, prepare->batches[b], (double)c->n_batch[b], err);
    if (status == MS_OK) status = print(root, &prepare->harmonization_json, err);
    cJSON_Delete(root);
    return status;
}

/* ---- settings ----------------------------------------------------------------------------------------- */

static ms_status bad_value(const char *key, const char *text, ms_error *err) {
    return ms_error_set(err, MS_EUSAGE, "--select: %s: '%s' will not do as a value", key, text);
}

/* One key=value of the list. */
static ms_status set_one(ms_train_steps *steps, const char *key, const char *value, ms_table **reliability,
                         ms_error *err) {
    ms_select_options *o = &steps->select_options;
    const struct {
        const char *key;
        double *number;
    } numbers[] = {{"max_missing", &o->max_missing}, {"max_same", &o->max_same},
                   {"min_icc", &o->min_icc},         {"max_correlation", &o->max_correlation},
                   {"cox_fdr", &o->cox_fdr},         {"cox_net", &o->cox_net}};
    const struct {
        const char *key;
        size_t *size;
    } sizes[] = {{"net_folds", &o->net_folds}, {"mrmr", &o->mrmr}};
    for (size_t i = 0; i < MS_COUNT(numbers); i++)
        if (strcmp(key, numbers[i].key) == 0)
            return ms_parse_number(value, numbers[i].number) ? MS_OK : bad_value(key, value, err);
    for (size_t i = 0; i < MS_COUNT(sizes); i++)
        if (strcmp(key, sizes[i].key) == 0)
            return ms_parse_size(value, sizes[i].size) ? MS_OK : bad_value(key, value, err);
    if (strcmp(key, "net_at") == 0) {
        o->net_1se = strcmp(value, "1se") == 0;
        return o->net_1se || strcmp(value, "min") == 0 ? MS_OK : bad_value(key, value, err);
    }
    if (strcmp(key, "icc") == 0 && !*reliability) {
        const ms_status status = ms_table_read(reliability, value, err);
        o->reliability = *reliability;
        return status;
    }
    static const char *const known[] = {"max_missing", "max_same",  "min_icc", "max_correlation", "cox_fdr",
                                        "cox_net",     "net_folds", "mrmr",    "net_at",          "icc"};
    const char *near = ms_text_nearest(key, known, MS_COUNT(known));
    return ms_error_set(err, MS_EUSAGE, "--select: there is no setting '%s'%s%s", key,
                        near ? "; did you mean " : "", near ? near : "");
}

ms_status ms_train_steps_read(ms_train_steps *steps, const char *text, ms_table **reliability,
                              ms_error *err) {
    steps->select = true;
    if (strcmp(text, "default") == 0) return MS_OK;
    if (!strchr(text, '=')) {
        steps->select_file = text;
        return MS_OK;
    }
    char *list = ms_strdup(text), *rest = list;
    ms_status status = list ? MS_OK : ms_error_nomem(err);
    while (status == MS_OK && rest) {
        char *item = rest, *comma = strchr(rest, ',');
        rest = comma ? comma + 1 : NULL;
        if (comma) *comma = '\0';
        char *equals = strchr(item, '=');
        if (!equals) {
            status =
                ms_error_set(err, MS_EUSAGE, "--select: '%s' is no setting of the form name=value", item);
            break;
        }
        *equals = '\0';
        status = set_one(steps, item, equals + 1, reliability, err);
    }
    free(list);
    if (status != MS_OK && *reliability) {
        ms_table_free(*reliability);
        *reliability = NULL;
        steps->select_options.reliability = NULL;
    }
    return status;
}
