/* Sarcopenia and myosteatosis definitions: data/definitions.json read, checked and applied. */
#include "myosurv/body.h"

#include "base/base.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void clear_item(ms_definition *d) {
    free(d->key);
    free(d->label);
    free(d->source);
    free(d->population);
    free(d->status);
    free(d->phase);
    free(d->metric);
    free(d->unit);
}

void ms_definitions_clear(ms_definitions *definitions) {
    if (definitions == NULL) return;
    for (size_t i = 0; i < definitions->n; i++) clear_item(&definitions->items[i]);
    free(definitions->items);
    *definitions = (ms_definitions){0};
}

/* A text that must be there, and not empty. */
static ms_status take_text(const cJSON *item, const char *name, const char *key, char **out, ms_error *err) {
    const char *text = NULL;
    const ms_status status = ms_json_get_text(item, name, key, &text, err);
    if (status != MS_OK) return status;
    if (text == NULL || text[0] == '\0')
        return ms_error_set(err, MS_EINPUT, "%s: \"%s\" is missing or empty", name, key);
    *out = ms_strdup(text);
    return *out != NULL ? MS_OK : ms_error_nomem(err);
}

/* One number for all, or two: below the BMI split, and from it up. */
static ms_status take_cuts(const cJSON *item, const char *name, const char *key, double cuts[2],
                           ms_error *err) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, key);
    if (cJSON_IsNumber(value) && isfinite(value->valuedouble)) {
        cuts[0] = cuts[1] = value->valuedouble;
        return MS_OK;
    }
    if (cJSON_IsArray(value) && cJSON_GetArraySize(value) == 2) {
        const cJSON *below = cJSON_GetArrayItem(value, 0), *from = cJSON_GetArrayItem(value, 1);
        if (cJSON_IsNumber(below) && cJSON_IsNumber(from)) {
            cuts[0] = below->valuedouble;
            cuts[1] = from->valuedouble;
            return MS_OK;
        }
    }
    return ms_error_set(err, MS_EINPUT, "%s: \"%s\" must be a number, or two numbers in a list", name, key);
}

static ms_status take_side(const cJSON *item, const char *name, ms_definition *d, ms_error *err) {
    static const char *const sides[] = {"below", "at_or_below", "above", "at_or_above"};
    const char *text = NULL;
    const ms_status status = ms_json_get_text(item, name, "positive_if", &text, err);
    if (status != MS_OK) return status;
    for (size_t s = 0; text != NULL && s < MS_COUNT(sides); s++) {
        if (strcmp(text, sides[s]) != 0) continue;
        d->above = s >= 2;
        d->inclusive = s % 2 == 1;
        return MS_OK;
    }
    return ms_error_set(err, MS_EINPUT,
                        "%s: \"positive_if\" must be below, at_or_below, above or at_or_above", name);
}

static ms_status take_item(const cJSON *item, const char *name, ms_definition *d, ms_error *err) {
    static const char *const known[] = {"key",         "label", "source", "metric",          "unit",
                                        "positive_if", "men",   "women",  "bmi_split_kg_m2", "population",
                                        "phase",       "status"};
    ms_status status = ms_json_check_keys(item, name, known, MS_COUNT(known), err);
    if (status == MS_OK) status = take_text(item, name, "key", &d->key, err);
    if (status == MS_OK) status = take_text(item, name, "label", &d->label, err);
    if (status == MS_OK) status = take_text(item, name, "source", &d->source, err);
    if (status == MS_OK) status = take_text(item, name, "population", &d->population, err);
    if (status == MS_OK) status = take_text(item, name, "status", &d->status, err);
    if (status == MS_OK) status = take_text(item, name, "phase", &d->phase, err);
    if (status == MS_OK) status = take_text(item, name, "metric", &d->metric, err);
    if (status == MS_OK) status = take_text(item, name, "unit", &d->unit, err);
    if (status == MS_OK) status = take_side(item, name, d, err);
    if (status == MS_OK) status = take_cuts(item, name, "men", d->men, err);
    if (status == MS_OK) status = take_cuts(item, name, "women", d->women, err);
    d->bmi_split = NAN;
    if (status == MS_OK) status = ms_json_get_number(item, name, "bmi_split_kg_m2", &d->bmi_split, err);
    if (status != MS_OK) return status;
    const bool two = d->men[0] != d->men[1] || d->women[0] != d->women[1];
    if (two && !(d->bmi_split > 0))
        return ms_error_set(err, MS_EINPUT, "%s: two cut-offs need \"bmi_split_kg_m2\"", name);
    return MS_OK;
}

static ms_status check_key(const ms_definitions *definitions, size_t i, const char *name, ms_error *err) {
    for (size_t o = 0; o < i; o++)
        if (strcmp(definitions->items[o].key, definitions->items[i].key) == 0)
            return ms_error_set(err, MS_EINPUT, "%s: the key \"%s\" is there twice", name,
                                definitions->items[i].key);
    return MS_OK;
}

static ms_status take_all(const cJSON *root, const char *path, ms_definitions *out, ms_error *err) {
    static const char *const known[] = {"$schema", "format", "note", "definitions"};
    ms_status status = ms_json_check_keys(root, path, known, MS_COUNT(known), err);
    if (status != MS_OK) return status;
    size_t format = 0;
    status = ms_json_get_size(root, path, "format", &format, err);
    if (status != MS_OK) return status;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "definitions");
    if (format != 1 || !cJSON_IsArray(list) || cJSON_GetArraySize(list) == 0)
        return ms_error_set(
            err, MS_EINPUT,
            "%s: not a definitions file: it needs \"format\": 1 and a list \"definitions\" (see "
            "definitions.schema.json)",
            path);
    out->items = ms_calloc((size_t)cJSON_GetArraySize(list), sizeof *out->items);
    if (out->items == NULL) return ms_error_nomem(err);
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list) {
        char name[600];
        const size_t i = out->n++; /* counted first, so that a half-read one is freed too */
        (void)ms_text_format(name, sizeof name, "%s: definitions[%zu]", path, i);
        status = take_item(item, name, &out->items[i], err);
        if (status == MS_OK) status = check_key(out, i, name, err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

ms_status ms_definitions_read(const char *path, ms_definitions *definitions, ms_error *err) {
    ms_definitions out = {0};
    cJSON *root = NULL;
    char *shipped = NULL;
    ms_status status = MS_OK;
    if (path == NULL) {
        status = ms_data_path("definitions.json", &shipped, err);
        path = shipped;
    }
    if (status == MS_OK) status = ms_json_read(path, &root, err);
    if (status == MS_OK) status = take_all(root, path, &out, err);
    if (status == MS_OK)
        *definitions = out;
    else
        ms_definitions_clear(&out);
    cJSON_Delete(root);
    free(shipped);
    return status;
}

int ms_definition_apply(const ms_definition *definition, double metric_value, char sex, double bmi_kg_m2) {
    const bool man = sex == 'm' || sex == 'M', woman = sex == 'f' || sex == 'F';
    if (!isfinite(metric_value) || (!man && !woman)) return -1;
    const double *cuts = man ? definition->men : definition->women;
    size_t which = 0;
    if (cuts[0] != cuts[1]) {
        if (!(bmi_kg_m2 > 0)) return -1;
        which = bmi_kg_m2 >= definition->bmi_split ? 1 : 0;
    }
    if (definition->inclusive && metric_value == cuts[which]) return 1;
    return definition->above ? metric_value > cuts[which] : metric_value < cuts[which];
}
