/* tests/survival/reference.h: R's results and the data sets they are of, from ../shared/survival, and
 * comparison with a relative tolerance. Every test program of this folder includes it once. */
#ifndef MS_TESTS_SURVIVAL_REFERENCE_H
#define MS_TESTS_SURVIVAL_REFERENCE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "myosurv/survival.h"

#include <cjson/cJSON.h>

/* R's survival, 17 digits; the worst found is 3e-13 (last digits of sums taken in another order). */
#define TOLERANCE 1e-9

static inline void assert_ok(ms_status status, const ms_error *err) {
    if (status != MS_OK) fail_msg("%s: %s", ms_status_name(status), err->message);
}

/* Equal within the tolerance, or both not there. */
static inline void assert_close(const char *what, double ours, double theirs, double tolerance) {
    if (isnan(ours) && isnan(theirs)) return;
    if (ours == theirs) return;
    double scale = fabs(theirs) > 1e-3 ? fabs(theirs) : 1e-3;
    if (!(fabs(ours - theirs) <= tolerance * scale))
        fail_msg("%s: ours %.17g, reference %.17g", what, ours, theirs);
}

/* A value of R's JSON: null is NaN, 1e999 is infinity. */
static inline double number_of(const cJSON *item) {
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static inline const cJSON *member(const cJSON *object, const char *key) {
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!found) fail_msg("reference without '%s'", key);
    return found;
}

static inline void assert_all_close(const char *what, const double *ours, size_t n, const cJSON *theirs) {
    char label[200];
    if (cJSON_IsNumber(theirs)) {
        assert_int_equal(n, 1);
        assert_close(what, ours[0], number_of(theirs), TOLERANCE);
        return;
    }
    if ((size_t)cJSON_GetArraySize(theirs) != n)
        fail_msg("%s: %zu values, reference has %d", what, n, cJSON_GetArraySize(theirs));
    size_t i = 0;
    for (const cJSON *item = theirs->child; item; item = item->next, i++) {
        (void)ms_text_format(label, sizeof label, "%s[%zu]", what, i);
        assert_close(label, ours[i], number_of(item), TOLERANCE);
    }
}

/* Reads a JSON file (with numbers such as 1e999, which strict readers refuse). */
static inline cJSON *read_json(const char *path) {
    ms_error err = {0};
    char *text = NULL;
    size_t length = 0;
    assert_ok(ms_file_read(path, 64u << 20, &text, &length, &err), &err);
    cJSON *root = cJSON_ParseWithLength(text, length);
    free(text);
    assert_non_null(root);
    return root;
}

/* ../shared/survival/R/NAME.json; skips the test where it is absent. */
static inline cJSON *read_reference(const char *name) {
    char path[1024];
    (void)ms_text_format(path, sizeof path, "%s/survival/R/%s.json", MS_TEST_SHARED_DIR, name);
    if (!ms_path_exists(path)) {
        print_message("skipped: no ../shared/survival/R/%s.json\n", name);
        skip();
    }
    return read_json(path);
}

static inline ms_table *read_data(const char *name) {
    ms_error err = {0};
    ms_table *table = NULL;
    char path[1024];
    (void)ms_text_format(path, sizeof path, "%s/survival/data/%s.csv", MS_TEST_SHARED_DIR, name);
    assert_ok(ms_table_read(&table, path, &err), &err);
    return table;
}

/* A table from text in the test. */
static inline ms_table *table_of(const char *text) {
    ms_error err = {0};
    ms_table *table = NULL;
    assert_ok(ms_table_parse(&table, text, strlen(text), "table.csv", &err), &err);
    return table;
}

static inline ms_surv_frame frame_of(const ms_table *table, ms_surv_columns columns) {
    ms_error err = {0};
    ms_surv_frame frame = {0};
    assert_ok(ms_surv_frame_read(table, &columns, &frame, &err), &err);
    return frame;
}

static inline ms_model_frame model_of(const ms_table *table, const char *formula) {
    ms_error err = {0};
    ms_model_frame frame = {0};
    assert_ok(ms_model_frame_read(table, formula, NULL, &frame, &err), &err);
    return frame;
}

/* Small reproducible data with ties, for properties that hold whatever the numbers: a linear congruential
 * series. */
static inline double next_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

#endif
