/* Two JSON files, value by value. */
#include "study/diff.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 512, TEXT = 128 };

/* A value in short: numbers and texts as they are, the rest as what it is. */
static void describe(const cJSON *item, char out[TEXT]) {
    if (item == NULL) {
        (void)ms_text_format(out, TEXT, MS_DIFF_MISSING);
    } else if (cJSON_IsNumber(item)) {
        char number[32];
        ms_format_number(number, item->valuedouble);
        (void)ms_text_format(out, TEXT, "%s", number);
    } else if (cJSON_IsString(item)) {
        (void)ms_text_format(out, TEXT, "%s", item->valuestring);
    } else if (cJSON_IsObject(item) || cJSON_IsArray(item)) {
        (void)ms_text_format(out, TEXT, "(%s of %d)", cJSON_IsArray(item) ? "a list" : "an object",
                             cJSON_GetArraySize(item));
    } else {
        (void)ms_text_format(out, TEXT, "%s",
                             cJSON_IsTrue(item)    ? "true"
                             : cJSON_IsFalse(item) ? "false"
                                                   : "null");
    }
}

static ms_status compare(ms_diff_work *work, const char *row, const char *path, const cJSON *a,
                         const cJSON *b);

static ms_status compare_child(ms_diff_work *work, const char *row, const char *path, const char *key,
                               const cJSON *a, const cJSON *b) {
    char inside[PATH];
    (void)ms_text_format(inside, sizeof inside, "%s%s%s", path, path[0] && key[0] != '[' ? "." : "", key);
    if (ms_diff_ignored(work, key) || ms_diff_ignored(work, inside)) return MS_OK;
    return compare(work, row, inside, a, b);
}

static ms_status compare_objects(ms_diff_work *work, const char *row, const char *path, const cJSON *a,
                                 const cJSON *b) {
    ms_status status = MS_OK;
    for (const cJSON *x = a->child; x && status == MS_OK; x = x->next)
        status = compare_child(work, row, path, x->string, x, cJSON_GetObjectItemCaseSensitive(b, x->string));
    for (const cJSON *y = b->child; y && status == MS_OK; y = y->next) {
        if (!cJSON_HasObjectItem(a, y->string)) status = compare_child(work, row, path, y->string, NULL, y);
    }
    return status;
}

static ms_status compare_lists(ms_diff_work *work, const char *row, const char *path, const cJSON *a,
                               const cJSON *b) {
    ms_status status = MS_OK;
    const cJSON *x = a->child, *y = b->child;
    for (size_t i = 0; (x || y) && status == MS_OK; i++) {
        char index[32];
        (void)ms_text_format(index, sizeof index, "[%zu]", i);
        status = compare_child(work, row, path, index, x, y);
        if (x) x = x->next;
        if (y) y = y->next;
    }
    return status;
}

static ms_status compare(ms_diff_work *work, const char *row, const char *path, const cJSON *a,
                         const cJSON *b) {
    if (a && b && cJSON_IsObject(a) && cJSON_IsObject(b)) return compare_objects(work, row, path, a, b);
    if (a && b && cJSON_IsArray(a) && cJSON_IsArray(b)) return compare_lists(work, row, path, a, b);
    if (a && b && cJSON_IsNumber(a) && cJSON_IsNumber(b))
        return ms_diff_numbers(work, row, path, a->valuedouble, b->valuedouble);
    work->result->n_values++;
    if (a && b && cJSON_Compare(a, b, true)) return MS_OK;
    char text_a[TEXT], text_b[TEXT];
    describe(a, text_a);
    describe(b, text_b);
    return ms_diff_add(work, row, path, text_a, text_b, NAN, NAN);
}

ms_status ms_diff_json(ms_diff_work *work, const char *path_a, const char *path_b) {
    cJSON *a = NULL, *b = NULL;
    ms_status status = ms_json_read(path_a, &a, work->err);
    if (status == MS_OK) status = ms_json_read(path_b, &b, work->err);
    if (status == MS_OK) {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(a, "case_id");
        status = compare(work, cJSON_IsString(id) ? id->valuestring : "", "", a, b);
    }
    cJSON_Delete(a);
    cJSON_Delete(b);
    return status;
}
