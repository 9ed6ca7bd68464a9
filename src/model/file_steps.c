/* The steps before the network in a model file's header: names and records; the numbers go with the others.
 */
#include "model/file.h"

#include <cjson/cJSON.h>
#include <string.h>

/* A record was checked when it was set, or printed from a header that was read: it parses. */
static ms_status put_record(cJSON *object, const char *key, const char *text, ms_error *err) {
    cJSON *record = NULL;
    if (!text) return MS_OK;
    const ms_status status = ms_json_parse(text, strlen(text), key, &record, err);
    if (status != MS_OK) return status;
    if (cJSON_AddItemToObject(object, key, record)) return MS_OK;
    cJSON_Delete(record);
    return ms_error_nomem(err);
}

ms_status ms_file_put_steps(const ms_model *model, cJSON *root, ms_error *err) {
    const struct ms_steps *steps = model->steps;
    cJSON *object, *list;
    if (!steps) return MS_OK;
    ms_status status = ms_json_add_object(root, "steps", &object, err);
    if (status == MS_OK) status = put_record(object, "selection", steps->selection_json, err);
    if (status == MS_OK) status = put_record(object, "harmonization", steps->harmonization_json, err);
    if (status != MS_OK || !steps->batch_column) return status;
    status = ms_json_add_text(object, "batch_column", steps->batch_column, err);
    if (status == MS_OK) status = ms_json_add_array(object, "batches", &list, err);
    for (size_t b = 0; status == MS_OK && b < steps->n_batches; b++) {
        cJSON *name = cJSON_CreateString(steps->batches[b]);
        if (name && cJSON_AddItemToArray(list, name)) continue;
        cJSON_Delete(name);
        status = ms_error_nomem(err);
    }
    return status;
}

static ms_status bad_steps(const char *name, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s: the model file's header has no proper \"steps\"", name);
}

static ms_status get_record(const cJSON *object, const char *key, const char *name, char **text,
                            ms_error *err) {
    const cJSON *record = cJSON_GetObjectItemCaseSensitive(object, key);
    ms_buffer printed;
    if (!record) return MS_OK;
    if (!cJSON_IsObject(record)) return bad_steps(name, err);
    ms_buffer_init(&printed);
    ms_status status = ms_json_print(record, &printed, err);
    if (status == MS_OK) {
        *text = ms_strdup(printed.data);
        if (!*text) status = ms_error_nomem(err);
    }
    ms_buffer_clear(&printed);
    return status;
}

ms_status ms_file_get_steps(ms_model *model, const cJSON *root, const char *name, ms_error *err) {
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "steps");
    if (!object) return MS_OK;
    const cJSON *column = cJSON_GetObjectItemCaseSensitive(object, "batch_column");
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "batches"), *item;
    const int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    if (!cJSON_IsObject(object) || (column != NULL) != (n > 0) || (column && !cJSON_IsString(column)) ||
        n > (int)MS_STEPS_MAX_BATCHES)
        return bad_steps(name, err);
    ms_status status = ms_steps_alloc(&model->steps, (size_t)n, model->prep.n_features, err);
    if (status == MS_OK) status = get_record(object, "selection", name, &model->steps->selection_json, err);
    if (status == MS_OK)
        status = get_record(object, "harmonization", name, &model->steps->harmonization_json, err);
    if (status != MS_OK || !column) return status;
    model->steps->batch_column = ms_strdup(column->valuestring);
    if (!model->steps->batch_column) return ms_error_nomem(err);
    size_t b = 0;
    cJSON_ArrayForEach(item, list) {
        if (!cJSON_IsString(item)) return bad_steps(name, err);
        model->steps->batches[b] = ms_strdup(item->valuestring);
        if (!model->steps->batches[b++]) return ms_error_nomem(err);
    }
    return MS_OK;
}
