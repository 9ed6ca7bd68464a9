/* base/json.c: reading JSON into cJSON's tree, and taking values out of it. */
#include "base/base.h"
#include "base/json_check.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t LARGEST_FILE = (size_t)1 << 30;

ms_status ms_json_parse(const char *text, size_t length, const char *name, struct cJSON **root,
                        ms_error *err) {
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        text += 3;
        length -= 3;
    }
    ms_status status = ms_json_check(text, length, name, err);
    if (status != MS_OK) return status;
    cJSON *parsed = cJSON_ParseWithLength(text, length);
    if (!parsed) return ms_error_nomem(err); /* the text is good JSON: nothing else is left */
    *root = parsed;
    return MS_OK;
}

ms_status ms_json_read(const char *path, struct cJSON **root, ms_error *err) {
    char *text;
    size_t length;
    ms_status status = ms_file_read(path, LARGEST_FILE, &text, &length, err);
    if (status != MS_OK) return status;
    status = ms_json_parse(text, length, strcmp(path, "-") == 0 ? "standard input" : path, root, err);
    free(text);
    return status;
}

static ms_status wrong_type(const char *name, const char *key, const char *wanted, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s: %s: %s is expected", name, key, wanted);
}

ms_status ms_json_get_number(const struct cJSON *object, const char *name, const char *key, double *value,
                             ms_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item) return MS_OK;
    if (cJSON_IsNumber(item)) {
        *value = item->valuedouble;
    } else if (cJSON_IsNull(item)) {
        *value = NAN;
    } else if (cJSON_IsString(item) && strcmp(item->valuestring, "Inf") == 0) {
        *value = INFINITY;
    } else if (cJSON_IsString(item) && strcmp(item->valuestring, "-Inf") == 0) {
        *value = -INFINITY;
    } else {
        return wrong_type(name, key, "a number", err);
    }
    return MS_OK;
}

ms_status ms_json_get_size(const struct cJSON *object, const char *name, const char *key, size_t *value,
                           ms_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item) return MS_OK;
    /* Whole numbers are exact in a double up to 2^53. */
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= 9007199254740992.0) ||
        floor(item->valuedouble) != item->valuedouble) {
        return wrong_type(name, key, "a whole number, 0 or more,", err);
    }
    *value = (size_t)item->valuedouble;
    return MS_OK;
}

ms_status ms_json_get_bool(const struct cJSON *object, const char *name, const char *key, bool *value,
                           ms_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item) return MS_OK;
    if (!cJSON_IsBool(item)) return wrong_type(name, key, "true or false", err);
    *value = cJSON_IsTrue(item);
    return MS_OK;
}

ms_status ms_json_get_text(const struct cJSON *object, const char *name, const char *key, const char **text,
                           ms_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item) return MS_OK;
    if (!cJSON_IsString(item)) return wrong_type(name, key, "a text", err);
    *text = item->valuestring;
    return MS_OK;
}

static ms_status unknown_key(const char *name, const char *key, const char *const *known, size_t n,
                             ms_error *err) {
    const char *nearest = ms_text_nearest(key, known, n);
    if (nearest) {
        return ms_error_set(err, MS_EINPUT, "%s: unknown key \"%.100s\"; did you mean \"%s\"?", name, key,
                            nearest);
    }
    ms_buffer list;
    ms_buffer_init(&list);
    for (size_t i = 0; i < n && list.length < 600; i++)
        ms_buffer_printf(&list, "%s%s", i ? ", " : "", known[i]);
    ms_error_set(err, MS_EINPUT, "%s: unknown key \"%.100s\"; the keys are: %s", name, key,
                 list.data ? list.data : "none");
    ms_buffer_clear(&list);
    return MS_EINPUT;
}

ms_status ms_json_check_keys(const struct cJSON *object, const char *name, const char *const *known, size_t n,
                             ms_error *err) {
    if (!cJSON_IsObject(object))
        return ms_error_set(err, MS_EINPUT, "%s: an object { ... } is expected", name);
    for (const cJSON *item = object->child; item; item = item->next) {
        bool found = false;
        for (size_t i = 0; i < n && !found; i++) found = strcmp(item->string, known[i]) == 0;
        if (!found) return unknown_key(name, item->string, known, n, err);
    }
    return MS_OK;
}
