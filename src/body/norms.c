/* Published means and standard deviations: data/norms.json, and z-scores by them. */
#include "myosurv/body.h"

#include "base/base.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_norms_clear(ms_norms *norms) {
    if (norms == NULL) return;
    for (size_t i = 0; i < norms->n; i++) {
        ms_norm *norm = &norms->items[i];
        char *texts[] = {norm->key,    norm->label,  norm->source, norm->population, norm->phase,
                         norm->status, norm->metric, norm->unit,   norm->column};
        for (size_t t = 0; t < MS_COUNT(texts); t++) free(texts[t]);
        free(norm->bands);
    }
    free(norms->items);
    *norms = (ms_norms){0};
}

static ms_status take_band(const cJSON *entry, const char *name, ms_norm_band *band, ms_error *err) {
    static const char *const known[] = {"sex", "age_from", "age_to", "mean", "sd", "n"};
    const char *sex = NULL;
    *band = (ms_norm_band){0, -INFINITY, INFINITY, NAN, NAN};
    ms_status status = ms_json_check_keys(entry, name, known, MS_COUNT(known), err);
    if (status == MS_OK) status = ms_json_get_text(entry, name, "sex", &sex, err);
    if (status == MS_OK) status = ms_json_get_number(entry, name, "age_from", &band->age_from, err);
    if (status == MS_OK) status = ms_json_get_number(entry, name, "age_to", &band->age_to, err);
    if (status == MS_OK) status = ms_json_get_number(entry, name, "mean", &band->mean, err);
    if (status == MS_OK) status = ms_json_get_number(entry, name, "sd", &band->sd, err);
    if (status != MS_OK) return status;
    if (sex == NULL || (strcmp(sex, "m") != 0 && strcmp(sex, "f") != 0) || !isfinite(band->mean) ||
        !(band->sd > 0) || !(band->age_from < band->age_to))
        return ms_error_set(
            err, MS_EINPUT,
            "%s: a band needs \"sex\" (m or f), \"mean\", \"sd\" above 0, and \"age_from\" below "
            "\"age_to\"",
            name);
    band->sex = sex[0];
    return MS_OK;
}

static ms_status take_norm(const cJSON *item, const char *place, ms_norm *norm, ms_error *err) {
    static const char *const known[] = {"key",    "label",  "source", "population", "phase",
                                        "status", "metric", "unit",   "column",     "bands"};
    char **const texts[] = {&norm->key,    &norm->label,  &norm->source, &norm->population, &norm->phase,
                            &norm->status, &norm->metric, &norm->unit,   &norm->column};
    ms_status status = ms_json_check_keys(item, place, known, MS_COUNT(known), err);
    for (size_t t = 0; t < MS_COUNT(texts) && status == MS_OK; t++) {
        const char *text = NULL;
        status = ms_json_get_text(item, place, known[t], &text, err);
        if (status == MS_OK && (text == NULL || text[0] == '\0'))
            status = ms_error_set(err, MS_EINPUT, "%s: \"%s\" is missing or empty", place, known[t]);
        if (status == MS_OK && (*texts[t] = ms_strdup(text)) == NULL) status = ms_error_nomem(err);
    }
    if (status != MS_OK) return status;
    const size_t m = ms_measure_find(norm->metric);
    if (m == ms_n_measures || strcmp(ms_measures[m].unit, norm->unit) != 0)
        return ms_error_set(err, MS_EINPUT, "%s: \"metric\" must be a measurement and \"unit\" its unit",
                            place);
    const cJSON *bands = cJSON_GetObjectItemCaseSensitive(item, "bands"), *entry = NULL;
    if (!cJSON_IsArray(bands) || cJSON_GetArraySize(bands) == 0)
        return ms_error_set(err, MS_EINPUT, "%s: \"bands\" must be a list", place);
    norm->bands = ms_calloc((size_t)cJSON_GetArraySize(bands), sizeof *norm->bands);
    if (norm->bands == NULL) return ms_error_nomem(err);
    cJSON_ArrayForEach(entry, bands) {
        status = take_band(entry, place, &norm->bands[norm->n_bands++], err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

static ms_status take_all(const cJSON *root, const char *path, ms_norms *out, ms_error *err) {
    static const char *const known[] = {"$schema", "format", "note", "norms"};
    size_t format = 0;
    ms_status status = ms_json_check_keys(root, path, known, MS_COUNT(known), err);
    if (status == MS_OK) status = ms_json_get_size(root, path, "format", &format, err);
    if (status != MS_OK) return status;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "norms"), *item = NULL;
    if (format != 1 || !cJSON_IsArray(list))
        return ms_error_set(err, MS_EINPUT,
                            "%s: not a file of norms: it needs \"format\": 1 and a list \"norms\" (see "
                            "norms.schema.json)",
                            path);
    out->items = ms_calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *out->items);
    if (out->items == NULL) return ms_error_nomem(err);
    cJSON_ArrayForEach(item, list) {
        char place[600];
        const size_t i = out->n++; /* counted first, so that a half-read one is freed too */
        (void)ms_text_format(place, sizeof place, "%s: norms[%zu]", path, i);
        status = take_norm(item, place, &out->items[i], err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

ms_status ms_norms_read(const char *path, ms_norms *norms, ms_error *err) {
    ms_norms out = {0};
    cJSON *root = NULL;
    char *shipped = NULL;
    ms_status status = path == NULL ? ms_data_path("norms.json", &shipped, err) : MS_OK;
    if (path == NULL) path = shipped;
    if (status == MS_OK) status = ms_json_read(path, &root, err);
    if (status == MS_OK) status = take_all(root, path, &out, err);
    if (status == MS_OK)
        *norms = out;
    else
        ms_norms_clear(&out);
    cJSON_Delete(root);
    free(shipped);
    return status;
}

/* A band without age limits holds whatever the age. */
static bool holds(const ms_norm_band *band, const ms_person *person) {
    const bool sex = (band->sex == 'm' && (person->sex == 'm' || person->sex == 'M')) ||
                     (band->sex == 'f' && (person->sex == 'f' || person->sex == 'F'));
    if (band->age_from == -INFINITY && band->age_to == INFINITY) return sex;
    return sex && person->age_years >= band->age_from && person->age_years < band->age_to;
}

double ms_norm_z(const ms_norm *norm, double value, const ms_person *person) {
    if (!isfinite(value)) return NAN;
    for (size_t b = 0; b < norm->n_bands; b++)
        if (holds(&norm->bands[b], person)) return (value - norm->bands[b].mean) / norm->bands[b].sd;
    return NAN;
}
