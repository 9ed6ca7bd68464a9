/* The definitions that ship, and files that are wrong. */
#include "myosurv/body.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static ms_definitions shipped;

static int setup(void **state) {
    (void)state;
    return ms_definitions_read(MS_TEST_SOURCE_DIR "/data/definitions.json", &shipped, NULL) == MS_OK ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    ms_definitions_clear(&shipped);
    return 0;
}

static const ms_definition *find(const char *key) {
    for (size_t d = 0; d < shipped.n; d++)
        if (strcmp(shipped.items[d].key, key) == 0) return &shipped.items[d];
    fail_msg("no definition %s", key);
    return NULL;
}

static void all_are_there(void **state) {
    (void)state;
    assert_int_equal(shipped.n, 28);
    for (size_t d = 0; d < shipped.n; d++) {
        const ms_definition *item = &shipped.items[d];
        const size_t m = ms_measure_find(item->metric);
        if (m < ms_n_measures) assert_string_equal(item->unit, ms_measures[m].unit);
        assert_true(m < ms_n_measures || strcmp(item->metric, "imac") == 0);
    }
}

/* Martin et al. 2013: men below 43 if BMI < 25, else below 53; women below 41. */
static void martin_splits_by_bmi(void **state) {
    (void)state;
    const ms_definition *martin = find("martin2013");
    assert_int_equal(ms_definition_apply(martin, 45, 'm', 24.9), 0);
    assert_int_equal(ms_definition_apply(martin, 45, 'm', 25), 1);
    assert_int_equal(ms_definition_apply(martin, 42.9, 'm', 20), 1);
    assert_int_equal(ms_definition_apply(martin, 43, 'm', 20), 0);
    assert_int_equal(ms_definition_apply(martin, 45, 'm', NAN), -1);
    assert_int_equal(ms_definition_apply(martin, 40, 'f', NAN), 1); /* no split for women */
    assert_int_equal(ms_definition_apply(martin, 41, 'f', 30), 0);
}

/* Fujiwara et al. 2015: SMI at or below 36.2 and 29.6; VAT/SAT above 1.33 and 0.93. */
static void fujiwara_sides(void **state) {
    (void)state;
    assert_int_equal(ms_definition_apply(find("fujiwara2015"), 36.2, 'm', 22), 1);
    assert_int_equal(ms_definition_apply(find("fujiwara2015"), 36.3, 'm', 22), 0);
    assert_int_equal(ms_definition_apply(find("fujiwara2015_vsr"), 1.34, 'm', 22), 1);
    assert_int_equal(ms_definition_apply(find("fujiwara2015_vsr"), 1.33, 'm', 22), 0);
    assert_int_equal(ms_definition_apply(find("fujiwara2015_vsr"), 1.0, 'f', 22), 1);
    /* Hamaguchi et al. 2016: PMI below 6.36 and 3.92 */
    assert_int_equal(ms_definition_apply(find("hamaguchi2016_pmi"), 6.36, 'm', 22), 0);
    assert_int_equal(ms_definition_apply(find("hamaguchi2016_pmi"), 3.91, 'f', 22), 1);
}

static void missing_cannot_be_said(void **state) {
    (void)state;
    assert_int_equal(ms_definition_apply(find("prado2008"), NAN, 'm', 22), -1);
    assert_int_equal(ms_definition_apply(find("prado2008"), 50, 0, 22), -1);
    assert_int_equal(ms_definition_apply(find("prado2008"), 50, 'm', NAN), 1);
}

static void expect_error(const char *text, const char *message) {
    char path[] = "/tmp/ms_definitions_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
    ms_definitions d = {0};
    ms_error err = {0};
    const ms_status status = ms_definitions_read(path, &d, &err);
    (void)unlink(path);
    assert_int_equal(status, MS_EINPUT);
    if (strstr(err.message, message) == NULL) fail_msg("%s", err.message);
    assert_null(d.items);
}

#define ONE(extra, men)                                                                                      \
    "{\"key\":\"a\",\"label\":\"A\",\"source\":\"s\",\"metric\":\"smi_cm2_m2\",\"unit\":\"cm2/"              \
    "m2\",\"positive_if\":"                                                                                  \
    "\"below\",\"men\":" men                                                                                 \
    ",\"women\":1,\"population\":\"p\",\"phase\":\"plain\",\"status\":\"first\"" extra "}"

static void wrong_files_say_what_is_wrong(void **state) {
    (void)state;
    expect_error("{\"format\":1,\"definitions\":[]}", "not a definitions file");
    expect_error("{\"format\":1,\"definitions\":[" ONE("", "1") "," ONE("", "1") "]}", "twice");
    expect_error("{\"format\":1,\"definitions\":[" ONE("", "\"x\"") "]}", "\"men\"");
    expect_error("{\"format\":1,\"definitions\":[" ONE("", "[1,2]") "]}", "bmi_split");
    expect_error("{\"format\":1,\"definitions\":[" ONE(",\"mem\":2", "1") "]}", "mem");
    expect_error("{\"format\":1,", ":");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_there),
        cmocka_unit_test(martin_splits_by_bmi),
        cmocka_unit_test(fujiwara_sides),
        cmocka_unit_test(missing_cannot_be_said),
        cmocka_unit_test(wrong_files_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
