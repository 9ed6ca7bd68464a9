/* Selection of columns within a training: by the filters of `select` on the training rows, or as saved. */
#include "study/train_steps.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char time_name[] = "(time)", event_name[] = "(event)";

/* ---- learned here ------------------------------------------------------------------------------------- */

/* The inputs as they are after harmonization, as a table for the filters. */
static ms_status make_table(const ms_train_inputs *in, ms_table **table, ms_error *err) {
    size_t column, row;
    ms_status status = ms_table_new(table, ms_table_name(in->table), err);
    if (status == MS_OK) status = ms_table_add_column(*table, time_name, &column, err);
    if (status == MS_OK) status = ms_table_add_column(*table, event_name, &column, err);
    for (size_t j = 0; status == MS_OK && j < in->p; j++)
        if (in->keep[j]) status = ms_table_add_column(*table, in->names[j], &column, err);
    for (size_t i = 0; status == MS_OK && i < in->n; i++) {
        size_t to = 2;
        status = ms_table_add_row(*table, &row, err);
        if (status == MS_OK) status = ms_table_set_number(*table, i, 0, in->time[i], err);
        if (status == MS_OK) status = ms_table_set(*table, i, 1, in->event[i] ? "1" : "0", err);
        for (size_t j = 0; status == MS_OK && j < in->p; j++)
            if (in->keep[j]) status = ms_table_set_number(*table, i, to++, in->x[i * in->p + j], err);
    }
    return status;
}

static ms_status join(const ms_train_inputs *in, ms_buffer *list, ms_error *err) {
    for (size_t j = 0; j < in->p; j++) {
        if (!in->keep[j]) continue;
        if (strpbrk(in->names[j], ",*?"))
            return ms_error_set(err, MS_EINPUT,
                                "%s: column '%s' has a character of , * ? in its name: rename it to select",
                                ms_table_name(in->table), in->names[j]);
        ms_buffer_printf(list, "%s%s", list->length ? "," : "", in->names[j]);
    }
    return ms_buffer_failed(list) ? ms_error_nomem(err) : MS_OK;
}

/* selection->features stand in the order of the kept columns; returns how many are chosen. */
static size_t keep_chosen(const ms_train_inputs *in, const ms_selection *selection) {
    size_t f = 0, n = 0;
    for (size_t j = 0; j < in->p; j++) {
        if (!in->keep[j]) continue;
        in->keep[j] = f < selection->n && selection->features[f].step == MS_SELECT_CHOSEN;
        n += in->keep[j];
        f++;
    }
    return n;
}

static ms_status learn(ms_prepare *p, const ms_train_inputs *in, ms_error *err) {
    ms_select_options o = p->steps->select_options;
    ms_table *table = NULL;
    ms_selection selection = {0};
    ms_buffer list;
    ms_buffer_init(&list);
    ms_status status = join(in, &list, err);
    if (status == MS_OK) status = make_table(in, &table, err);
    o.features = list.data;
    o.train = NULL;
    o.time = time_name;
    o.event = event_name;
    o.seed = p->seed;
    if (status == MS_OK) status = ms_selection_fit(table, &o, &selection, err);
    if (status == MS_OK) {
        const size_t n = keep_chosen(in, &selection);
        status = ms_prepare_selection_record(&selection, NULL, selection.n, n, &p->selection_json, err);
        if (status == MS_OK && n == 0)
            status = ms_error_set(err, MS_EINPUT,
                                  "%s: the selection left none of %zu columns; loosen its settings",
                                  ms_table_name(in->table), selection.n);
    }
    ms_selection_clear(&selection);
    ms_buffer_clear(&list);
    ms_table_free(table);
    return status;
}

/* ---- as saved ----------------------------------------------------------------------------------------- */

static bool is_chosen(const cJSON *chosen, const char *name, size_t *found) {
    const cJSON *item;
    cJSON_ArrayForEach(item, chosen) {
        const cJSON *text = cJSON_GetObjectItemCaseSensitive(item, "name");
        if (!cJSON_IsString(text) || strcmp(text->valuestring, name) != 0) continue;
        (*found)++;
        return true;
    }
    return false;
}

static ms_status read_saved(ms_prepare *p, const ms_train_inputs *in, ms_error *err) {
    const char *path = p->steps->select_file;
    cJSON *root = NULL;
    size_t before = 0, found = 0;
    ms_status status = ms_json_read(path, &root, err);
    if (status != MS_OK) return status;
    const cJSON *chosen = cJSON_GetObjectItemCaseSensitive(root, "chosen");
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(root, "format");
    if (!cJSON_IsArray(chosen) || !cJSON_IsString(format) ||
        strcmp(format->valuestring, "myosurv selection") != 0)
        status =
            ms_error_set(err, MS_EINPUT, "%s: the file is not a selection that `select --save` wrote", path);
    for (size_t j = 0; status == MS_OK && j < in->p; j++) {
        before += in->keep[j];
        in->keep[j] = in->keep[j] && is_chosen(chosen, in->names[j], &found);
    }
    const size_t wanted = status == MS_OK ? (size_t)cJSON_GetArraySize(chosen) : 0;
    if (status == MS_OK && found != wanted)
        status =
            ms_error_set(err, MS_EINPUT, "%s: %zu of the %zu columns chosen in %s are not among the inputs",
                         ms_table_name(in->table), wanted - found, wanted, path);
    if (status == MS_OK)
        status = ms_prepare_selection_record(NULL, path, before, found, &p->selection_json, err);
    cJSON_Delete(root);
    return status;
}

ms_status ms_prepare_select(ms_prepare *prepare, const ms_train_inputs *inputs, ms_error *err) {
    return prepare->steps->select_file ? read_saved(prepare, inputs, err) : learn(prepare, inputs, err);
}
