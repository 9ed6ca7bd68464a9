/* study.json: defaults, reading, writing. Its schema is data/study.schema.json. */
#include "study/study.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define COPY(field, text) ms_text_format((field), sizeof(field), "%s", (text))

void ms_study_spec_default(ms_study_spec *spec) {
    memset(spec, 0, sizeof *spec);
    (void)COPY(spec->cohort, "cohort.csv");
    (void)COPY(spec->scan_root, ".");
    (void)COPY(spec->preset, "liu2024");
    spec->endpoints[0] = (ms_endpoint){"os", "Overall survival", "os_days", "os_event"};
    spec->endpoints[1] = (ms_endpoint){"rfs", "Recurrence-free survival", "rfs_days", "rfs_event"};
    spec->n_endpoints = 2;
    spec->rois[0] =
        (ms_roi){"sm_", "Skeletal muscle", {MS_LABEL_MUSCLE, MS_LABEL_PSOAS_RIGHT, MS_LABEL_PSOAS_LEFT}, 3};
    spec->rois[1] = (ms_roi){"pm_", "Psoas muscle", {MS_LABEL_PSOAS_RIGHT, MS_LABEL_PSOAS_LEFT}, 2};
    spec->n_rois = 2;
    spec->min_confidence = 0.5;
    spec->seed = 1;
    ms_train_config_default(&spec->train);
    ms_study_spec_comparison_default(spec);
}

static ms_status take_text(const cJSON *object, const char *name, const char *key, char *out, size_t size,
                           ms_error *err) {
    const char *text = NULL;
    ms_status status = ms_json_get_text(object, name, key, &text, err);
    if (status == MS_OK && text && !ms_text_format(out, size, "%s", text))
        status = ms_error_set(err, MS_EINPUT, "%s: %s: at most %zu characters", name, key, size - 1);
    return status;
}

static ms_status read_endpoint(const cJSON *item, const char *name, ms_endpoint *endpoint, ms_error *err) {
    static const char *const known[] = {"name", "label", "time", "event"};
    memset(endpoint, 0, sizeof *endpoint);
    ms_status status = ms_json_check_keys(item, name, known, MS_COUNT(known), err);
    if (status == MS_OK) status = take_text(item, name, "name", endpoint->name, sizeof endpoint->name, err);
    if (status == MS_OK)
        status = take_text(item, name, "label", endpoint->label, sizeof endpoint->label, err);
    if (status == MS_OK) status = take_text(item, name, "time", endpoint->time, sizeof endpoint->time, err);
    if (status == MS_OK)
        status = take_text(item, name, "event", endpoint->event, sizeof endpoint->event, err);
    if (status != MS_OK) return status;
    if (!ms_text_is_safe_name(endpoint->name) || !endpoint->time[0] || !endpoint->event[0])
        return ms_error_set(err, MS_EINPUT,
                            "%s: an endpoint needs \"name\" (letters, digits, _), \"time\" and \"event\"",
                            name);
    if (!endpoint->label[0]) (void)COPY(endpoint->label, endpoint->name);
    return MS_OK;
}

static ms_status read_roi(const cJSON *item, const char *name, ms_roi *roi, ms_error *err) {
    static const char *const known[] = {"prefix", "label", "labels"};
    memset(roi, 0, sizeof *roi);
    ms_status status = ms_json_check_keys(item, name, known, MS_COUNT(known), err);
    if (status == MS_OK) status = take_text(item, name, "prefix", roi->prefix, sizeof roi->prefix, err);
    if (status == MS_OK) status = take_text(item, name, "label", roi->label, sizeof roi->label, err);
    if (status != MS_OK) return status;
    const cJSON *labels = cJSON_GetObjectItemCaseSensitive(item, "labels"), *label = NULL;
    cJSON_ArrayForEach(label, labels) {
        double value = cJSON_IsNumber(label) ? label->valuedouble : 0;
        if (value < 1 || value > 255 || value != (double)(uint8_t)value ||
            roi->n_labels == MS_COUNT(roi->labels))
            return ms_error_set(err, MS_EINPUT, "%s: labels are 1 to 8 whole numbers from 1 to 255", name);
        roi->labels[roi->n_labels++] = (uint8_t)value;
    }
    if (!ms_text_is_safe_name(roi->prefix) || roi->n_labels == 0)
        return ms_error_set(err, MS_EINPUT, "%s: a region needs \"prefix\" and \"labels\"", name);
    return MS_OK;
}

static ms_status read_lists(const cJSON *root, const char *name, ms_study_spec *spec, ms_error *err) {
    ms_status status = MS_OK;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "endpoints"), *item = NULL;
    if (list) spec->n_endpoints = 0;
    cJSON_ArrayForEach(item, list) {
        if (spec->n_endpoints == MS_STUDY_MAX_ENDPOINTS)
            return ms_error_set(err, MS_EINPUT, "%s: at most %d endpoints", name, MS_STUDY_MAX_ENDPOINTS);
        status = read_endpoint(item, name, &spec->endpoints[spec->n_endpoints++], err);
        if (status != MS_OK) return status;
    }
    list = cJSON_GetObjectItemCaseSensitive(root, "regions");
    if (list) spec->n_rois = 0;
    cJSON_ArrayForEach(item, list) {
        if (spec->n_rois == MS_STUDY_MAX_ROIS)
            return ms_error_set(err, MS_EINPUT, "%s: at most %d regions", name, MS_STUDY_MAX_ROIS);
        status = read_roi(item, name, &spec->rois[spec->n_rois++], err);
        if (status != MS_OK) return status;
    }
    if (spec->n_endpoints == 0 || spec->n_rois == 0)
        return ms_error_set(err, MS_EINPUT, "%s: needs at least one endpoint and one region", name);
    return MS_OK;
}

/* One file, or a list of files, beside the definitions that ship. */
static ms_status read_definitions(const cJSON *root, const char *name, ms_study_spec *spec, ms_error *err) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(root, "definitions");
    const int n = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : value != NULL ? 1 : 0;
    if (n > (int)MS_COUNT(spec->definitions))
        return ms_error_set(err, MS_EINPUT, "%s: definitions: at most %zu files", name,
                            MS_COUNT(spec->definitions));
    for (int i = 0; i < n; i++) {
        const cJSON *file = cJSON_IsArray(value) ? cJSON_GetArrayItem(value, i) : value;
        if (!cJSON_IsString(file) || file->valuestring[0] == '\0' ||
            !COPY(spec->definitions[i], file->valuestring))
            return ms_error_set(err, MS_EINPUT, "%s: definitions: must be a file's name, or a list of them",
                                name);
        spec->n_definitions++;
    }
    return MS_OK;
}

/* Relative to the study's folder, like every file that study.json names. */
static ms_status read_model(const cJSON *root, const char *path, ms_study_spec *spec, ms_error *err) {
    const char *file = NULL;
    const ms_status status = ms_json_get_text(root, path, "model", &file, err);
    if (status != MS_OK || file == NULL || strcmp(file, "none") == 0) {
        if (file != NULL) (void)COPY(spec->model, file);
        return status;
    }
    const size_t folder = (size_t)(ms_path_base(path) - path);
    if (!ms_text_format(spec->model, sizeof spec->model, "%.*s%s", file[0] == '/' ? 0 : (int)folder, path,
                        file))
        return ms_error_set(err, MS_EINPUT, "%s: model: the path is too long", path);
    return MS_OK;
}

static ms_status read_root(const cJSON *root, const char *name, ms_study_spec *spec, ms_error *err) {
    static const char *const known[] = {
        "myosurv_study",  "title", "cohort", "scan_root", "endpoints", "regions",    "preset", "definitions",
        "min_confidence", "seed",  "train",  "band_mm",   "model",     "covariates", "times",  "horizon"};
    if (!cJSON_IsObject(root)) return ms_error_set(err, MS_EINPUT, "%s: must be a JSON object", name);
    size_t version = 0, seed = (size_t)spec->seed;
    ms_status status = ms_json_check_keys(root, name, known, MS_COUNT(known), err);
    if (status == MS_OK) status = ms_json_get_size(root, name, "myosurv_study", &version, err);
    if (status == MS_OK && version != 1)
        status =
            ms_error_set(err, MS_EINPUT, "%s: \"myosurv_study\" must be 1, the version of this format", name);
    if (status == MS_OK) status = take_text(root, name, "title", spec->title, sizeof spec->title, err);
    if (status == MS_OK) status = take_text(root, name, "cohort", spec->cohort, sizeof spec->cohort, err);
    if (status == MS_OK)
        status = take_text(root, name, "scan_root", spec->scan_root, sizeof spec->scan_root, err);
    if (status == MS_OK) status = take_text(root, name, "preset", spec->preset, sizeof spec->preset, err);
    if (status == MS_OK) status = read_definitions(root, name, spec, err);
    if (status == MS_OK) status = ms_json_get_number(root, name, "band_mm", &spec->band_mm, err);
    if (status == MS_OK && !(spec->band_mm >= 0 && spec->band_mm <= 100))
        status = ms_error_set(err, MS_EINPUT, "%s: band_mm: must be from 0 to 100", name);
    if (status == MS_OK) status = read_model(root, name, spec, err);
    if (status == MS_OK)
        status = ms_json_get_number(root, name, "min_confidence", &spec->min_confidence, err);
    if (status == MS_OK) status = ms_json_get_size(root, name, "seed", &seed, err);
    if (status == MS_OK) status = read_lists(root, name, spec, err);
    if (status == MS_OK) status = ms_study_spec_comparison(root, name, spec, err);
    spec->seed = seed;
    return status;
}

/* "train" is a training configuration as `myosurv train --config` takes it: a file name, relative to the
 * study. */
static ms_status read_train(const cJSON *root, const char *path, ms_study_spec *spec, ms_error *err) {
    const char *file = NULL;
    ms_status status = ms_json_get_text(root, path, "train", &file, err);
    if (status != MS_OK || !file) return status;
    size_t folder = (size_t)(ms_path_base(path) - path);
    char full[4096];
    if (!ms_text_format(full, sizeof full, "%.*s%s", file[0] == '/' ? 0 : (int)folder, path, file))
        return ms_error_set(err, MS_EINPUT, "%s: train: the path is too long", path);
    (void)COPY(spec->train_file, full);
    ms_error why = {0};
    status = ms_train_config_read(&spec->train, full, &why);
    return status == MS_OK ? MS_OK : ms_error_set(err, status, "%s: train: %s", path, why.message);
}

ms_status ms_study_spec_read(const char *path, ms_study_spec *spec, ms_error *err) {
    cJSON *root = NULL;
    ms_study_spec read;
    ms_study_spec_default(&read);
    ms_status status = ms_json_read(path, &root, err);
    if (status == MS_OK) status = read_root(root, path, &read, err);
    if (status == MS_OK) status = read_train(root, path, &read, err);
    cJSON_Delete(root);
    if (status == MS_OK) *spec = read;
    return status;
}

static ms_status write_endpoint(cJSON *list, const ms_endpoint *endpoint, ms_error *err) {
    cJSON *item = cJSON_CreateObject();
    if (!item || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(item, "name", endpoint->name, err);
    if (status == MS_OK) status = ms_json_add_text(item, "label", endpoint->label, err);
    if (status == MS_OK) status = ms_json_add_text(item, "time", endpoint->time, err);
    if (status == MS_OK) status = ms_json_add_text(item, "event", endpoint->event, err);
    return status;
}

static ms_status write_roi(cJSON *list, const ms_roi *roi, ms_error *err) {
    cJSON *item = cJSON_CreateObject();
    double labels[MS_COUNT(roi->labels)];
    if (!item || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return ms_error_nomem(err);
    }
    for (size_t i = 0; i < roi->n_labels; i++) labels[i] = roi->labels[i];
    ms_status status = ms_json_add_text(item, "prefix", roi->prefix, err);
    if (status == MS_OK) status = ms_json_add_text(item, "label", roi->label, err);
    if (status == MS_OK) status = ms_json_add_numbers(item, "labels", labels, roi->n_labels, err);
    return status;
}

ms_status ms_study_spec_write(const ms_study_spec *spec, const char *path, ms_error *err) {
    cJSON *root = cJSON_CreateObject(), *list = NULL;
    if (!root) return ms_error_nomem(err);
    ms_status status = ms_json_add_number(root, "myosurv_study", 1, err);
    if (status == MS_OK) status = ms_json_add_text(root, "title", spec->title, err);
    if (status == MS_OK) status = ms_json_add_text(root, "cohort", spec->cohort, err);
    if (status == MS_OK) status = ms_json_add_text(root, "scan_root", spec->scan_root, err);
    if (status == MS_OK) status = ms_json_add_array(root, "endpoints", &list, err);
    for (size_t i = 0; i < spec->n_endpoints && status == MS_OK; i++)
        status = write_endpoint(list, &spec->endpoints[i], err);
    if (status == MS_OK) status = ms_json_add_array(root, "regions", &list, err);
    for (size_t i = 0; i < spec->n_rois && status == MS_OK; i++)
        status = write_roi(list, &spec->rois[i], err);
    if (status == MS_OK) status = ms_json_add_text(root, "preset", spec->preset, err);
    if (status == MS_OK) status = ms_json_add_number(root, "min_confidence", spec->min_confidence, err);
    if (status == MS_OK) status = ms_json_add_number(root, "seed", (double)spec->seed, err);
    if (status == MS_OK) status = ms_json_write(root, path, err);
    cJSON_Delete(root);
    return status;
}
