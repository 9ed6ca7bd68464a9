/* base/json_write.c: building JSON, and writing it so that every number reads back as it was. */
#include "base/base.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void print_string(ms_buffer *out, const char *text) {
    ms_buffer_append(out, "\"");
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        switch (c) {
        case '"':
            ms_buffer_append(out, "\\\"");
            break;
        case '\\':
            ms_buffer_append(out, "\\\\");
            break;
        case '\n':
            ms_buffer_append(out, "\\n");
            break;
        case '\r':
            ms_buffer_append(out, "\\r");
            break;
        case '\t':
            ms_buffer_append(out, "\\t");
            break;
        default:
            if (c < 0x20) {
                ms_buffer_printf(out, "\\u%04x", c);
            } else {
                ms_buffer_append_bytes(out, p, 1);
            }
        }
    }
    ms_buffer_append(out, "\"");
}

static void print_number(ms_buffer *out, double value) {
    if (isnan(value)) {
        ms_buffer_append(out, "null");
    } else if (isinf(value)) {
        ms_buffer_append(out, value < 0 ? "\"-Inf\"" : "\"Inf\"");
    } else {
        ms_buffer_append_number(out, value);
    }
}

static void print_indent(ms_buffer *out, int depth) {
    ms_buffer_append(out, "\n");
    for (int i = 0; i < depth; i++) ms_buffer_append(out, "  ");
}

static bool is_container(const cJSON *item) {
    return cJSON_IsArray(item) || cJSON_IsObject(item);
}

/* Objects, and arrays that hold some, have a line a member; a list of plain values stays on one. */
static bool is_flat(const cJSON *item) {
    if (cJSON_IsObject(item)) return false;
    for (const cJSON *child = item->child; child; child = child->next) {
        if (is_container(child)) return false;
    }
    return true;
}

static void print_item(ms_buffer *out, const cJSON *item, int depth) {
    if (!is_container(item)) {
        if (cJSON_IsString(item))
            print_string(out, item->valuestring);
        else if (cJSON_IsNumber(item))
            print_number(out, item->valuedouble);
        else if (cJSON_IsBool(item))
            ms_buffer_append(out, cJSON_IsTrue(item) ? "true" : "false");
        else
            ms_buffer_append(out, "null");
        return;
    }
    bool object = cJSON_IsObject(item), flat = is_flat(item);
    ms_buffer_append(out, object ? "{" : "[");
    for (const cJSON *child = item->child; child; child = child->next) {
        if (!flat) print_indent(out, depth + 1);
        if (object) {
            print_string(out, child->string);
            ms_buffer_append(out, ": ");
        }
        print_item(out, child, depth + 1);
        if (child->next) ms_buffer_append(out, flat ? ", " : ",");
    }
    if (!flat && item->child) print_indent(out, depth);
    ms_buffer_append(out, object ? "}" : "]");
}

ms_status ms_json_print(const struct cJSON *root, ms_buffer *out, ms_error *err) {
    print_item(out, root, 0);
    ms_buffer_append(out, "\n");
    return ms_buffer_failed(out) ? ms_error_nomem(err) : MS_OK;
}

ms_status ms_json_write(const struct cJSON *root, const char *path, ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    ms_status status = ms_json_print(root, &text, err);
    if (status == MS_OK) status = ms_file_write(path, text.data, text.length, err);
    ms_buffer_clear(&text);
    return status;
}

/* Hands `item` over to `parent`, an object (with a key) or an array (key NULL). */
static ms_status add(cJSON *parent, const char *key, cJSON *item, ms_error *err) {
    bool added =
        item && (key ? cJSON_AddItemToObject(parent, key, item) : cJSON_AddItemToArray(parent, item));
    if (added) return MS_OK;
    cJSON_Delete(item);
    return ms_error_nomem(err);
}

static cJSON *new_number(double value) {
    return isnan(value) ? cJSON_CreateNull() : cJSON_CreateNumber(value);
}

ms_status ms_json_add_number(struct cJSON *object, const char *key, double value, ms_error *err) {
    return add(object, key, new_number(value), err);
}

ms_status ms_json_add_numbers(struct cJSON *object, const char *key, const double *values, size_t n,
                              ms_error *err) {
    cJSON *array = cJSON_CreateArray();
    if (!array) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        ms_status status = add(array, NULL, new_number(values[i]), err);
        if (status != MS_OK) {
            cJSON_Delete(array);
            return status;
        }
    }
    return add(object, key, array, err);
}

ms_status ms_json_add_text(struct cJSON *object, const char *key, const char *text, ms_error *err) {
    return add(object, key, cJSON_CreateString(text), err);
}

ms_status ms_json_add_bool(struct cJSON *object, const char *key, bool value, ms_error *err) {
    return add(object, key, cJSON_CreateBool(value), err);
}

ms_status ms_json_add_object(struct cJSON *object, const char *key, struct cJSON **child, ms_error *err) {
    cJSON *made = cJSON_CreateObject();
    ms_status status = add(object, key, made, err);
    if (status == MS_OK) *child = made;
    return status;
}

ms_status ms_json_add_array(struct cJSON *object, const char *key, struct cJSON **child, ms_error *err) {
    cJSON *made = cJSON_CreateArray();
    ms_status status = add(object, key, made, err);
    if (status == MS_OK) *child = made;
    return status;
}
