/* Sarcopenia and myosteatosis definitions: data/definitions.json and files like it, read and checked. */
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
    free(d->cuts[0]);
    free(d->cuts[1]);
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

static const ms_cutoff anyone = {-INFINITY, INFINITY, -INFINITY, INFINITY, NAN};

/* One entry of a list of rules. */
static ms_status take_rule(const cJSON *entry, const char *name, const char *key, ms_cutoff *cut,
                           ms_error *err) {
    static const char *const known[] = {"age_from", "age_to", "bmi_from", "bmi_to", "cut"};
    *cut = anyone;
    ms_status status = ms_json_check_keys(entry, name, known, MS_COUNT(known), err);
    if (status == MS_OK) status = ms_json_get_number(entry, name, "age_from", &cut->age_from, err);
    if (status == MS_OK) status = ms_json_get_number(entry, name, "age_to", &cut->age_to, err);
    if (status == MS_OK) status = ms_json_get_number(entry, name, "bmi_from", &cut->bmi_from, err);
    if (status == MS_OK) status = ms_json_get_number(entry, name, "bmi_to", &cut->bmi_to, err);
    if (status == MS_OK) status = ms_json_get_number(entry, name, "cut", &cut->value, err);
    if (status != MS_OK) return status;
    if (!isfinite(cut->value) || !(cut->age_from < cut->age_to) || !(cut->bmi_from < cut->bmi_to))
        return ms_error_set(err, MS_EINPUT,
                            "%s: \"%s\": a rule needs a number \"cut\", and \"from\" below \"to\"", name,
                            key);
    return MS_OK;
}

/* One number for all; two: below the BMI split, and from it up; or a list of rules by age and BMI. */
static ms_status take_cuts(const cJSON *item, const char *name, const char *key, double bmi_split,
                           ms_cutoff **out, size_t *n, ms_error *err) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, key);
    const int size = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0;
    const bool rules = size > 0 && cJSON_IsObject(cJSON_GetArrayItem(value, 0));
    const bool two = size == 2 && !rules;
    if (!(cJSON_IsNumber(value) && isfinite(value->valuedouble)) && !rules && !two)
        return ms_error_set(
            err, MS_EINPUT,
            "%s: \"%s\" must be a number, two numbers in a list (below the BMI split, from it "
            "up), or a list of rules {\"age_from\", \"age_to\", \"bmi_from\", \"bmi_to\", "
            "\"cut\"}",
            name, key);
    ms_cutoff *cuts = ms_calloc(size > 0 ? (size_t)size : 1, sizeof *cuts);
    if (cuts == NULL) return ms_error_nomem(err);
    *out = cuts; /* freed with the definition, also when it is only half read */
    *n = size > 0 ? (size_t)size : 1;
    for (int c = 0; c < size; c++) {
        const cJSON *entry = cJSON_GetArrayItem(value, c);
        cuts[c] = anyone;
        if (rules) {
            const ms_status status = take_rule(entry, name, key, &cuts[c], err);
            if (status != MS_OK) return status;
        } else if (!cJSON_IsNumber(entry)) {
            return ms_error_set(err, MS_EINPUT, "%s: \"%s\": item %d is no number", name, key, c + 1);
        } else {
            cuts[c].value = entry->valuedouble;
        }
    }
    if (size == 0) {
        cuts[0] = anyone;
        cuts[0].value = value->valuedouble;
    }
    if (two && cuts[0].value == cuts[1].value) {
        *n = 1; /* no split for this sex: BMI need not be known */
    } else if (two) {
        if (!(bmi_split > 0))
            return ms_error_set(err, MS_EINPUT, "%s: \"%s\": two cut-offs need \"bmi_split_kg_m2\"", name,
                                key);
        cuts[0].bmi_to = cuts[1].bmi_from = bmi_split;
    }
    return MS_OK;
}

static ms_status take_range(const cJSON *item, const char *name, double range[2], ms_error *err) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, "hu_range");
    range[0] = range[1] = NAN;
    if (value == NULL || cJSON_IsNull(value)) return MS_OK;
    const cJSON *low = cJSON_GetArrayItem(value, 0), *high = cJSON_GetArrayItem(value, 1);
    if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) != 2 || !cJSON_IsNumber(low) ||
        !cJSON_IsNumber(high) || !(low->valuedouble < high->valuedouble))
        return ms_error_set(err, MS_EINPUT, "%s: \"hu_range\" must be [lowest, highest] HU, or null", name);
    range[0] = low->valuedouble;
    range[1] = high->valuedouble;
    return MS_OK;
}

/* A word that must be one of a few. */
static ms_status check_word(const char *word, const char *name, const char *key, const char *const *words,
                            size_t n, ms_error *err) {
    char list[160] = "";
    for (size_t w = 0; w < n; w++) {
        if (strcmp(word, words[w]) == 0) return MS_OK;
        const size_t used = strlen(list);
        (void)ms_text_format(list + used, sizeof list - used, "%s%s", w > 0 ? ", " : "", words[w]);
    }
    return ms_error_set(err, MS_EINPUT, "%s: \"%s\": '%.40s' is none of %s", name, key, word, list);
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

static ms_status take_texts(const cJSON *item, const char *name, ms_definition *d, ms_error *err) {
    static const char *const statuses[] = {"first", "second", "unverified", "own"};
    static const char *const phases[] = {"plain", "arterial", "portal", "delayed", "mixed", "unknown"};
    ms_status status = take_text(item, name, "label", &d->label, err);
    if (status == MS_OK) status = take_text(item, name, "source", &d->source, err);
    if (status == MS_OK) status = take_text(item, name, "population", &d->population, err);
    if (status == MS_OK) status = take_text(item, name, "status", &d->status, err);
    if (status == MS_OK) status = take_text(item, name, "phase", &d->phase, err);
    if (status == MS_OK) status = take_text(item, name, "metric", &d->metric, err);
    if (status == MS_OK) status = take_text(item, name, "unit", &d->unit, err);
    if (status == MS_OK) status = check_word(d->status, name, "status", statuses, MS_COUNT(statuses), err);
    if (status == MS_OK) status = check_word(d->phase, name, "phase", phases, MS_COUNT(phases), err);
    if (status != MS_OK) return status;
    const size_t m = ms_measure_find(d->metric);
    if (m < ms_n_measures && strcmp(ms_measures[m].unit, d->unit) != 0)
        return ms_error_set(err, MS_EINPUT, "%s: \"unit\": %s is measured in %s, not in %.40s", name,
                            d->metric, ms_measures[m].unit, d->unit);
    return MS_OK;
}

static ms_status take_item(const cJSON *item, const char *place, ms_definition *d, ms_error *err) {
    static const char *const known[] = {"key",         "label",  "source",  "metric",          "unit",
                                        "positive_if", "men",    "women",   "bmi_split_kg_m2", "population",
                                        "phase",       "status", "hu_range"};
    char name[700];
    ms_status status = take_text(item, place, "key", &d->key, err);
    if (status != MS_OK) return status;
    if (!ms_text_is_safe_name(d->key))
        return ms_error_set(err, MS_EINPUT,
                            "%s: \"key\": '%.40s' cannot be a column's name: letters, digits and _", place,
                            d->key);
    (void)ms_text_format(name, sizeof name, "%s (%.60s)", place, d->key);
    double bmi_split = NAN;
    status = ms_json_check_keys(item, name, known, MS_COUNT(known), err);
    if (status == MS_OK) status = take_texts(item, name, d, err);
    if (status == MS_OK) status = take_side(item, name, d, err);
    if (status == MS_OK) status = ms_json_get_number(item, name, "bmi_split_kg_m2", &bmi_split, err);
    if (status == MS_OK) status = take_cuts(item, name, "men", bmi_split, &d->cuts[0], &d->n_cuts[0], err);
    if (status == MS_OK) status = take_cuts(item, name, "women", bmi_split, &d->cuts[1], &d->n_cuts[1], err);
    if (status == MS_OK) status = take_range(item, name, d->hu_range, err);
    return status;
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

ms_status ms_definitions_add(const char *path, ms_definitions *definitions, ms_error *err) {
    ms_definitions more = {0};
    ms_status status = ms_definitions_read(path, &more, err);
    if (status != MS_OK) return status;
    for (size_t i = 0; i < more.n && status == MS_OK; i++)
        for (size_t o = 0; o < definitions->n && status == MS_OK; o++)
            if (strcmp(definitions->items[o].key, more.items[i].key) == 0)
                status =
                    ms_error_set(err, MS_EINPUT,
                                 "%s: definitions[%zu]: the key \"%s\" is taken by another file (%s): choose "
                                 "another",
                                 path != NULL ? path : "definitions.json", i, more.items[i].key,
                                 definitions->items[o].label);
    ms_definition *items = NULL;
    if (status == MS_OK) {
        items = ms_realloc(definitions->items, definitions->n + more.n, sizeof *items);
        if (items == NULL) status = ms_error_nomem(err);
    }
    if (status != MS_OK) {
        ms_definitions_clear(&more);
        return status;
    }
    memcpy(items + definitions->n, more.items, more.n * sizeof *items);
    definitions->items = items;
    definitions->n += more.n;
    free(more.items); /* what it held belongs to the joined list now */
    return MS_OK;
}
