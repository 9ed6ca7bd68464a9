/* Why a case is to be done again: what differs between what it was made from and what there is now. */
#include "study/study.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { VALUE = 72 };

/* A value in short; hashes only say that something changed. */
static void describe(const cJSON *item, char out[VALUE]) {
    char number[32];
    if (cJSON_IsNumber(item)) {
        ms_format_number(number, item->valuedouble);
        (void)ms_text_format(out, VALUE, "%s", number);
    } else if (cJSON_IsString(item) && item->valuestring[0] != '\0') {
        (void)ms_text_format(out, VALUE, "%.60s", item->valuestring);
    } else {
        (void)ms_text_format(out, VALUE, "none");
    }
}

static bool same(const cJSON *was, const cJSON *is) {
    const bool none_was = was == NULL || cJSON_IsNull(was), none_is = is == NULL || cJSON_IsNull(is);
    if (none_was || none_is) return none_was && none_is;
    return cJSON_Compare(was, is, true);
}

typedef struct finding {
    ms_case_cause cause; /* the first */
    char *reason;
    size_t size;
} finding;

static void note(finding *f, ms_case_cause cause, const char *what) {
    const size_t used = strlen(f->reason);
    if (f->cause == MS_CAUSE_NONE) f->cause = cause;
    (void)ms_text_format(f->reason + used, f->size - used, "%s%s", used > 0 ? "; " : "", what);
}

static void compare_text(finding *f, const cJSON *was, const cJSON *is, const char *key, ms_case_cause cause,
                         const char *what) {
    if (!same(cJSON_GetObjectItemCaseSensitive(was, key), cJSON_GetObjectItemCaseSensitive(is, key)))
        note(f, cause, what);
}

/* Every key of an object of the description: "correction changed: l3_slice none -> 12". */
static void compare_object(finding *f, const cJSON *was, const cJSON *is, const char *name,
                           ms_case_cause cause, const char *words) {
    const cJSON *before = cJSON_GetObjectItemCaseSensitive(was, name),
                *now = cJSON_GetObjectItemCaseSensitive(is, name), *item = NULL;
    if (before == NULL) return; /* an older record: other words say so */
    cJSON_ArrayForEach(item, now) {
        const cJSON *old = cJSON_GetObjectItemCaseSensitive(before, item->string);
        char a[VALUE], b[VALUE], text[256];
        if (same(old, item)) continue;
        if (ms_text_ends_with(item->string, "_sha256")) {
            (void)ms_text_format(text, sizeof text, "%s changed: %.*s", words,
                                 (int)(strlen(item->string) - strlen("_sha256")), item->string);
        } else {
            describe(old, a);
            describe(item, b);
            (void)ms_text_format(text, sizeof text, "%s changed: %s %s -> %s", words, item->string, a, b);
        }
        note(f, cause, text);
    }
}

ms_case_cause ms_case_compare(const cJSON *was, const cJSON *is, char reason[256]) {
    finding f = {.cause = MS_CAUSE_NONE, .reason = reason, .size = 256};
    char program[160], a[VALUE], b[VALUE];
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(was, "version"),
                *now = cJSON_GetObjectItemCaseSensitive(is, "version");
    reason[0] = '\0';
    compare_text(&f, was, is, "scan_sha256", MS_CAUSE_INPUT, "input changed: scan");
    compare_text(&f, was, is, "mask_sha256", MS_CAUSE_CORRECTION, "correction changed: mask");
    compare_object(&f, was, is, "correction", MS_CAUSE_CORRECTION, "correction");
    compare_object(&f, was, is, "person", MS_CAUSE_ROW, "row");
    compare_object(&f, was, is, "parameters", MS_CAUSE_PARAMETERS, "parameters");
    if (!same(version, now)) {
        describe(version, a);
        describe(now, b);
        (void)ms_text_format(program, sizeof program, "program changed: version %s -> %s", a, b);
        note(&f, MS_CAUSE_PROGRAM, program);
    }
    if (f.cause == MS_CAUSE_NONE &&
        !same(cJSON_GetObjectItemCaseSensitive(was, "key"), cJSON_GetObjectItemCaseSensitive(is, "key")))
        note(&f, MS_CAUSE_PROGRAM, "program changed: its record is of another form");
    return f.cause;
}
