/* measurements.json: the level, the flags and every measurement by its name. */
#include "myosurv/body.h"

#include "base/base.h"

#include <cjson/cJSON.h>

static const char *source_name(ms_level_source source) {
    switch (source) {
    case MS_LEVEL_SLICE:
        return "slice";
    case MS_LEVEL_Z:
        return "z";
    case MS_LEVEL_MASK:
        return "mask";
    case MS_LEVEL_AUTO:
        break;
    }
    return "auto";
}

static ms_status add_vertebrae(cJSON *l3, const ms_level *level, ms_error *err) {
    cJSON *list = NULL;
    ms_status status = ms_json_add_array(l3, "vertebrae", &list, err);
    for (size_t v = 0; status == MS_OK && v < level->n_vertebrae; v++) {
        cJSON *item = cJSON_CreateObject();
        if (item == NULL || !cJSON_AddItemToArray(list, item)) {
            cJSON_Delete(item);
            return ms_error_nomem(err);
        }
        const ms_vertebra *vertebra = &level->vertebrae[v];
        status = ms_json_add_text(item, "name", vertebra->name, err);
        if (status == MS_OK) status = ms_json_add_number(item, "low_mm", vertebra->low_mm, err);
        if (status == MS_OK) status = ms_json_add_number(item, "high_mm", vertebra->high_mm, err);
        if (status == MS_OK) status = ms_json_add_numbers(item, "centre_mm", vertebra->centre_mm, 3, err);
    }
    return status;
}

static ms_status add_level(cJSON *root, const ms_level *level, ms_error *err) {
    cJSON *l3 = NULL;
    ms_status status = ms_json_add_object(root, "l3", &l3, err);
    if (status == MS_OK) status = ms_json_add_number(l3, "slice_index", (double)level->slice_index, err);
    if (status == MS_OK) status = ms_json_add_number(l3, "z_mm", level->z_mm, err);
    if (status == MS_OK) status = ms_json_add_number(l3, "confidence", level->confidence, err);
    if (status == MS_OK) status = ms_json_add_text(l3, "source", source_name(level->source), err);
    if (status == MS_OK) status = add_vertebrae(l3, level, err);
    return status;
}

static ms_status add_flags(cJSON *root, const ms_flags *flags, ms_error *err) {
    cJSON *list = NULL;
    const ms_status status = ms_json_add_array(root, "flags", &list, err);
    if (status != MS_OK) return status;
    for (size_t f = 0; f < flags->n; f++) {
        cJSON *word = cJSON_CreateString(flags->words[f]);
        if (word == NULL || !cJSON_AddItemToArray(list, word)) {
            cJSON_Delete(word);
            return ms_error_nomem(err);
        }
    }
    return MS_OK;
}

static ms_status add_measurements(cJSON *root, const double *values, ms_error *err) {
    cJSON *numbers = NULL, *units = NULL;
    ms_status status = ms_json_add_object(root, "measurements", &numbers, err);
    if (status == MS_OK) status = ms_json_add_object(root, "units", &units, err);
    for (size_t m = 0; status == MS_OK && m < ms_n_measures; m++) {
        status = ms_json_add_number(numbers, ms_measures[m].name, values[m], err);
        if (status == MS_OK) status = ms_json_add_text(units, ms_measures[m].name, ms_measures[m].unit, err);
    }
    return status;
}

ms_status ms_segmentation_write_json(const ms_segmentation *segmentation, const char *path, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (root == NULL) return ms_error_nomem(err);
    ms_status status = ms_json_add_text(root, "program", "myosurv", err);
    if (status == MS_OK) status = ms_json_add_text(root, "version", ms_version(), err);
    if (status == MS_OK) status = add_level(root, &segmentation->level, err);
    if (status == MS_OK) status = add_flags(root, &segmentation->flags, err);
    if (status == MS_OK) status = add_measurements(root, segmentation->values, err);
    if (status == MS_OK) status = ms_json_write(root, path, err);
    cJSON_Delete(root);
    return status;
}
