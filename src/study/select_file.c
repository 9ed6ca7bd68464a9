/* A selection as JSON and as a table, and applied to other tables. */
#include "study/select.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char format_name[] = "myosurv selection";

static ms_status put_object(cJSON *array, cJSON **object, ms_error *err) {
    *object = cJSON_CreateObject();
    if (*object && cJSON_AddItemToArray(array, *object)) return MS_OK;
    cJSON_Delete(*object);
    return ms_error_nomem(err);
}

static ms_status put_settings(cJSON *root, const ms_selection *s, ms_error *err) {
    const ms_select_options *o = &s->options;
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"max_missing", o->max_missing}, {"max_same", o->max_same},
                   {"min_icc", o->min_icc},         {"max_correlation", o->max_correlation},
                   {"cox_fdr", o->cox_fdr},         {"cox_net", o->cox_net},
                   {"mrmr", (double)o->mrmr}};
    cJSON *settings;
    ms_status status = ms_json_add_object(root, "settings", &settings, err);
    for (size_t i = 0; i < MS_COUNT(numbers) && status == MS_OK; i++)
        status = ms_json_add_number(settings, numbers[i].key, numbers[i].value, err);
    if (!(o->cox_net > 0)) return status;
    if (status == MS_OK) status = ms_json_add_number(settings, "net_folds", (double)o->net_folds, err);
    if (status == MS_OK) status = ms_json_add_text(settings, "net_at", o->net_1se ? "1se" : "min", err);
    if (status == MS_OK) status = ms_json_add_number(settings, "seed", (double)o->seed, err);
    return status == MS_OK ? ms_json_add_number(settings, "net_lambda", s->net_lambda, err) : status;
}

/* How many each filter took out. */
static ms_status put_steps(cJSON *root, const ms_selection *s, ms_error *err) {
    cJSON *steps;
    ms_status status = ms_json_add_object(root, "features", &steps, err);
    if (status == MS_OK) status = ms_json_add_number(steps, "all", (double)s->n, err);
    for (int step = MS_SELECT_MISSING; step <= MS_SELECT_CHOSEN && status == MS_OK; step++) {
        size_t n = 0;
        for (size_t f = 0; f < s->n; f++) n += s->features[f].step == (ms_select_step)step;
        status = ms_json_add_number(steps, ms_select_step_name((ms_select_step)step), (double)n, err);
    }
    return status;
}

static ms_status put_chosen(cJSON *list, const ms_selected_feature *f, ms_error *err) {
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"missing", f->missing},
                   {"icc", f->icc},
                   {"correlation", f->correlation},
                   {"hazard_ratio", f->hazard_ratio},
                   {"p", f->p},
                   {"q", f->q},
                   {"c", f->c},
                   {"net", f->net}};
    cJSON *item;
    ms_status status = put_object(list, &item, err);
    if (status == MS_OK) status = ms_json_add_text(item, "name", f->name, err);
    for (size_t i = 0; i < MS_COUNT(numbers) && status == MS_OK; i++)
        if (!isnan(numbers[i].value))
            status = ms_json_add_number(item, numbers[i].key, numbers[i].value, err);
    if (status == MS_OK && f->rank) status = ms_json_add_number(item, "rank", (double)f->rank, err);
    return status;
}

static ms_status put_features(cJSON *root, const ms_selection *s, ms_error *err) {
    cJSON *chosen, *out;
    ms_status status = ms_json_add_array(root, "chosen", &chosen, err);
    if (status == MS_OK) status = ms_json_add_array(root, "left_out", &out, err);
    for (size_t f = 0; f < s->n && status == MS_OK; f++) {
        const ms_selected_feature *feature = &s->features[f];
        if (feature->step == MS_SELECT_CHOSEN) {
            status = put_chosen(chosen, feature, err);
            continue;
        }
        cJSON *name = cJSON_CreateString(feature->name);
        if (name && cJSON_AddItemToArray(out, name)) continue;
        cJSON_Delete(name);
        status = ms_error_nomem(err);
    }
    return status;
}

ms_status ms_selection_save(const ms_selection *selection, const char *path, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    ms_status status = root ? ms_json_add_text(root, "format", format_name, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_add_number(root, "version", 1, err);
    if (status == MS_OK) status = ms_json_add_text(root, "program_version", ms_version(), err);
    if (status == MS_OK) status = ms_json_add_number(root, "rows", (double)selection->rows, err);
    if (status == MS_OK) status = ms_json_add_number(root, "events", (double)selection->events, err);
    if (status == MS_OK) status = put_settings(root, selection, err);
    if (status == MS_OK) status = put_steps(root, selection, err);
    if (status == MS_OK) status = put_features(root, selection, err);
    if (status == MS_OK) status = ms_json_write(root, path, err);
    cJSON_Delete(root);
    return status;
}

ms_status ms_selection_table(const ms_selection *selection, ms_table **out, ms_error *err) {
    static const char *const names[] = {"feature",      "step", "missing", "same", "icc", "correlation",
                                        "hazard_ratio", "p",    "q",       "c",    "net", "rank"};
    ms_table *made = NULL;
    size_t column, row;
    ms_status status = ms_table_new(&made, "selection", err);
    for (size_t c = 0; c < MS_COUNT(names) && status == MS_OK; c++)
        status = ms_table_add_column(made, names[c], &column, err);
    for (size_t f = 0; f < selection->n && status == MS_OK; f++) {
        const ms_selected_feature *s = &selection->features[f];
        const double values[] = {
            s->missing, s->same, s->icc, s->correlation, s->hazard_ratio,
            s->p,       s->q,    s->c,   s->net,         s->rank ? (double)s->rank : (double)NAN};
        status = ms_table_add_row(made, &row, err);
        if (status == MS_OK) status = ms_table_set(made, row, 0, s->name, err);
        if (status == MS_OK) status = ms_table_set(made, row, 1, ms_select_step_name(s->step), err);
        for (size_t c = 0; c < MS_COUNT(values) && status == MS_OK; c++)
            status = ms_table_set_number(made, row, c + 2, values[c], err);
    }
    if (status == MS_OK)
        *out = made;
    else
        ms_table_free(made);
    return status;
}

/* ---- applying ----------------------------------------------------------------------------------------- */

static ms_status read_file(const char *path, cJSON **root, ms_error *err) {
    const char *format = NULL;
    double version = 0;
    ms_status status = ms_json_read(path, root, err);
    if (status == MS_OK) status = ms_json_get_text(*root, path, "format", &format, err);
    if (status == MS_OK) status = ms_json_get_number(*root, path, "version", &version, err);
    if (status == MS_OK && (!format || strcmp(format, format_name) != 0 || version != 1 ||
                            !cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(*root, "chosen")) ||
                            !cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(*root, "left_out"))))
        return ms_error_set(err, MS_EINPUT, "%s: the file is not a selection that was saved here", path);
    return status;
}

/* Which columns stay: all but those left out; the chosen must be there. */
static ms_status mark(const cJSON *root, const char *path, const ms_table *table, bool *out, ms_error *err) {
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "left_out")) {
        size_t column;
        if (cJSON_IsString(item) && ms_table_find(table, item->valuestring, &column)) out[column] = true;
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "chosen")) {
        const char *name = NULL;
        size_t column;
        ms_status status = ms_json_get_text(item, path, "name", &name, err);
        if (status == MS_OK && !name)
            status = ms_error_set(err, MS_EINPUT, "%s: a chosen feature has no name", path);
        if (status == MS_OK) status = ms_table_require(table, name, &column, err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

static ms_status copy_column(const ms_table *table, size_t from, ms_table *out, ms_error *err) {
    size_t to;
    ms_status status = ms_table_add_column(out, ms_table_column_name(table, from), &to, err);
    for (size_t row = 0; row < ms_table_rows(table) && status == MS_OK; row++)
        status = ms_table_set(out, row, to, ms_table_cell(table, row, from), err);
    return status;
}

ms_status ms_selection_apply(const char *path, const ms_table *table, ms_table **out, ms_error *err) {
    cJSON *root = NULL;
    ms_table *made = NULL;
    bool *left = ms_calloc(ms_table_columns(table), sizeof *left);
    ms_status status = left ? read_file(path, &root, err) : ms_error_nomem(err);
    if (status == MS_OK) status = mark(root, path, table, left, err);
    if (status == MS_OK) status = ms_table_new(&made, ms_table_name(table), err);
    for (size_t row = 0, at; row < ms_table_rows(table) && status == MS_OK; row++)
        status = ms_table_add_row(made, &at, err);
    for (size_t c = 0; c < ms_table_columns(table) && status == MS_OK; c++)
        if (!left[c]) status = copy_column(table, c, made, err);
    cJSON_Delete(root);
    free(left);
    if (status == MS_OK)
        *out = made;
    else
        ms_table_free(made);
    return status;
}
