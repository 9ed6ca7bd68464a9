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

/* Applied to a person of 50 years and 2 m with this BMI. */
static int apply(const ms_definition *definition, double value, char sex, double bmi) {
    const ms_person person = {2.0, 4 * bmi, 50, sex};
    return ms_definition_apply(definition, value, &person);
}

static void all_are_there(void **state) {
    (void)state;
    assert_int_equal(shipped.n, 34);
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
    assert_int_equal(apply(martin, 45, 'm', 24.9), 0);
    assert_int_equal(apply(martin, 45, 'm', 25), 1);
    assert_int_equal(apply(martin, 42.9, 'm', 20), 1);
    assert_int_equal(apply(martin, 43, 'm', 20), 0);
    assert_int_equal(apply(martin, 45, 'm', NAN), -1);
    assert_int_equal(apply(martin, 40, 'f', NAN), 1); /* no split for women */
    assert_int_equal(apply(martin, 41, 'f', 30), 0);
}

/* Fujiwara et al. 2015: SMI at or below 36.2 and 29.6; VAT/SAT above 1.33 and 0.93. */
static void fujiwara_sides(void **state) {
    (void)state;
    assert_int_equal(apply(find("fujiwara2015"), 36.2, 'm', 22), 1);
    assert_int_equal(apply(find("fujiwara2015"), 36.3, 'm', 22), 0);
    assert_int_equal(apply(find("fujiwara2015_vsr"), 1.34, 'm', 22), 1);
    assert_int_equal(apply(find("fujiwara2015_vsr"), 1.33, 'm', 22), 0);
    assert_int_equal(apply(find("fujiwara2015_vsr"), 1.0, 'f', 22), 1);
    /* Hamaguchi et al. 2016: PMI below 6.36 and 3.92 */
    assert_int_equal(apply(find("hamaguchi2016_pmi"), 6.36, 'm', 22), 0);
    assert_int_equal(apply(find("hamaguchi2016_pmi"), 3.91, 'f', 22), 1);
}

static void missing_cannot_be_said(void **state) {
    (void)state;
    assert_int_equal(apply(find("prado2008"), NAN, 'm', 22), -1);
    assert_int_equal(apply(find("prado2008"), 50, 0, 22), -1);
    assert_int_equal(apply(find("prado2008"), 50, 'm', NAN), 1);
}

static int by_age(const char *key, double value, char sex, double age, double bmi) {
    const ms_person person = {2.0, 4 * bmi, age, sex};
    return ms_definition_apply(find(key), value, &person);
}

/* Westenberg et al. 2023: men 39.9 in their forties, 39.0 in their fifties; women 32.8 and 33.2. A band holds
 * from its first birthday to the day before the next one's. */
static void age_bands_hold_at_their_borders(void **state) {
    (void)state;
    assert_int_equal(by_age("westenberg2023_age", 39.5, 'm', 49.99, NAN), 1);
    assert_int_equal(by_age("westenberg2023_age", 39.5, 'm', 50, NAN), 0);
    assert_int_equal(by_age("westenberg2023_age", 33.0, 'f', 49.99, NAN), 0);
    assert_int_equal(by_age("westenberg2023_age", 33.0, 'f', 50, NAN), 1);
    assert_int_equal(by_age("westenberg2023_age", 30.0, 'm', 19.9, NAN), -1); /* not covered */
    assert_int_equal(by_age("westenberg2023_age", 30.0, 'm', 80, NAN), -1);
    assert_int_equal(by_age("westenberg2023_age", 30.0, 'm', NAN, NAN), -1);
    /* Martin et al. 2025: open above 60 years: 39.7 for men, 31.2 for women */
    assert_int_equal(by_age("martin2025_age", 39.6, 'm', 95, NAN), 1);
    assert_int_equal(by_age("martin2025_age", 31.2, 'f', 60, NAN), 0);
}

/* van der Werf et al. 2018, table 3: men in their fifties, BMI 20 to 25: 37.7, 25 to 30: 43.9. */
static void age_and_bmi_together(void **state) {
    (void)state;
    const char *why = NULL;
    assert_int_equal(by_age("vanderwerf2018_age_bmi", 40, 'm', 55, 24.9), 0);
    assert_int_equal(by_age("vanderwerf2018_age_bmi", 40, 'm', 55, 25), 1);
    assert_int_equal(by_age("vanderwerf2018_age_bmi", 40, 'm', 55, NAN), -1);
    assert_int_equal(by_age("vanderwerf2018_age_bmi", 40, 'm', 55, 36), -1);
    const ms_person no_weight = {1.8, NAN, 55, 'm'}, heavy = {1.8, 130, 55, 'm'}, nobody = {1.8, 80, 55, 0};
    assert_null(ms_definition_cutoff(find("vanderwerf2018_age_bmi"), &no_weight, &why));
    assert_string_equal(why, "bmi_missing");
    assert_null(ms_definition_cutoff(find("vanderwerf2018_age_bmi"), &heavy, &why));
    assert_string_equal(why, "not_covered");
    assert_null(ms_definition_cutoff(find("prado2008"), &nobody, &why));
    assert_string_equal(why, "sex_missing");
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
    expect_error("{\"format\":1,\"definitions\":[" ONE("", "[{\"cut\":\"x\"}]") "]}", "cut");
    expect_error(
        "{\"format\":1,\"definitions\":[" ONE("", "[{\"age_from\":50,\"age_to\":40,\"cut\":3}]") "]}",
        "below");
    expect_error("{\"format\":1,\"definitions\":[" ONE(",\"hu_range\":[150,-29]", "1") "]}", "hu_range");
    /* the message names the definition by place and key */
    expect_error("{\"format\":1,\"definitions\":[" ONE("", "\"x\"") "]}", "definitions[0] (a)");
}

/* A user's file in the same form joins those that ship; a key that is taken is refused. */
static void a_file_of_ones_own_is_joined(void **state) {
    (void)state;
    char path[] = "/tmp/ms_definitions_XXXXXX";
    const char *text = "{\"format\":1,\"definitions\":[" ONE("", "[{\"age_to\":50,\"cut\":7}]") "]}";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
    ms_definitions all = {0};
    ms_error err = {0};
    assert_int_equal(ms_definitions_read(MS_TEST_SOURCE_DIR "/data/definitions.json", &all, &err), MS_OK);
    const size_t n = all.n;
    assert_int_equal(ms_definitions_add(path, &all, &err), MS_OK);
    assert_int_equal(all.n, n + 1);
    const ms_person young = {1.8, 80, 49, 'm'}, old = {1.8, 80, 50, 'm'};
    assert_int_equal(ms_definition_apply(&all.items[n], 6.9, &young), 1);
    assert_int_equal(ms_definition_apply(&all.items[n], 6.9, &old), -1);
    assert_int_equal(ms_definitions_add(path, &all, &err), MS_EINPUT); /* again: the key is taken */
    assert_non_null(strstr(err.message, "\"a\""));
    assert_int_equal(all.n, n + 1);
    ms_definitions_clear(&all);
    (void)unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_there),
        cmocka_unit_test(martin_splits_by_bmi),
        cmocka_unit_test(fujiwara_sides),
        cmocka_unit_test(missing_cannot_be_said),
        cmocka_unit_test(age_bands_hold_at_their_borders),
        cmocka_unit_test(age_and_bmi_together),
        cmocka_unit_test(a_file_of_ones_own_is_joined),
        cmocka_unit_test(wrong_files_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
