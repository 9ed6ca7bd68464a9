/* What a model file holds, as JSON for people and scripts: the header, and the numbers but for the weights.
 */
#include "model/file.h"

#include <cjson/cJSON.h>
#include <math.h>

/* A number that may not be known is null. */
static ms_status put_results(cJSON *root, const ms_model *model, ms_error *err) {
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"cutpoint", model->info.cutpoint},
                   {"shrinkage", model->shrinkage},
                   {"c_training_rows", model->info.train_c},
                   {"c_rows_held_back", model->info.valid_c},
                   {"reconstruction_error", model->info.reconstruction},
                   {"longest_follow_up", model->last_time}};
    cJSON *results;
    ms_status status = ms_json_add_object(root, "results", &results, err);
    for (size_t i = 0; status == MS_OK && i < MS_COUNT(numbers); i++)
        status = ms_json_add_number(results, numbers[i].key, numbers[i].value, err);
    return status;
}

static ms_status put_input(cJSON *list, const ms_model *model, size_t j, ms_error *err) {
    const ms_prep *prep = &model->prep;
    cJSON *item = cJSON_CreateObject();
    if (!item || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(item, "name", model->names[j], err);
    if (status == MS_OK) status = ms_json_add_bool(item, "used", !prep->dropped[j], err);
    if (status == MS_OK) status = ms_json_add_number(item, "missing", (double)prep->missing[j], err);
    if (status != MS_OK || prep->dropped[j]) return status;
    status = ms_json_add_number(item, "median", prep->median[j], err);
    if (status == MS_OK) status = ms_json_add_number(item, "centre", prep->centre[j], err);
    return status == MS_OK ? ms_json_add_number(item, "scale", prep->scale[j], err) : status;
}

ms_status ms_model_describe(const ms_model *model, const char *path, ms_error *err) {
    cJSON *root = cJSON_CreateObject(), *inputs;
    ms_status status =
        root ? ms_json_add_number(root, "file_version", MS_FILE_VERSION, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_file_header(model, root, err);
    if (status == MS_OK) {
        cJSON_DeleteItemFromObjectCaseSensitive(root, "features"); /* the inputs say more */
        cJSON_DeleteItemFromObjectCaseSensitive(root, "baseline_variance");
        status = put_results(root, model, err);
    }
    if (status == MS_OK) status = ms_json_add_array(root, "inputs", &inputs, err);
    for (size_t j = 0; status == MS_OK && j < model->prep.n_features; j++)
        status = put_input(inputs, model, j, err);
    if (status == MS_OK) status = ms_json_write(root, path, err);
    cJSON_Delete(root);
    return status;
}
