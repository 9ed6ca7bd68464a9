#include "base/scratch.h"

static void test_memory_product_overflow(void **state) {
    (void)state;
    assert_null(ms_calloc(SIZE_MAX / 2, 4));
    void *block = ms_calloc(0, 8);
    assert_non_null(block);
    assert_null(ms_realloc(block, SIZE_MAX / 2, 4));
    ms_free(&block); /* the failed growth left it alone */
    assert_null(block);
}

static void test_buffer_grows(void **state) {
    (void)state;
    ms_buffer b;
    ms_buffer_init(&b);
    for (int i = 0; i < 1000; i++) ms_buffer_printf(&b, "%d,", i);
    assert_int_equal(b.length, 10 * 2 + 90 * 3 + 900 * 4);
    assert_int_equal(strlen(b.data), b.length);
    char *text = malloc(5001);
    memset(text, 'x', 5000);
    text[5000] = '\0';
    ms_buffer_printf(&b, "%s", text); /* longer than the room there is */
    assert_int_equal(b.length, 3890 + 5000);
    assert_false(ms_buffer_failed(&b));
    free(text);
    ms_buffer_clear(&b);
    assert_null(b.data);
}

static void test_xml(void **state) {
    (void)state;
    ms_buffer b;
    ms_buffer_init(&b);
    ms_buffer_append_xml(&b, "<a href=\"x\">Tom & 'Jo'</a> \xc3\xa9");
    assert_string_equal(b.data, "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;Jo&#39;&lt;/a&gt; \xc3\xa9");
    ms_buffer_clear(&b);
}

/* RFC 4648, section 10. */
static void test_base64(void **state) {
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < MS_COUNT(pairs); i++) {
        ms_buffer b;
        ms_buffer_init(&b);
        ms_buffer_append_base64(&b, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(b.data, pairs[i][1]);
        ms_buffer_clear(&b);
    }
    ms_buffer b;
    ms_buffer_init(&b);
    ms_buffer_append_base64(&b, "\xff\xfe\xfd", 3);
    assert_string_equal(b.data, "//79");
    ms_buffer_clear(&b);
}

static void test_format_does_not_overflow(void **state) {
    (void)state;
    char text[8];
    assert_true(ms_text_format(text, sizeof text, "%s", "1234567"));
    assert_false(ms_text_format(text, sizeof text, "%s", "12345678"));
    assert_string_equal(text, "1234567");
}

static void test_missing(void **state) {
    (void)state;
    static const char *const missing[] = {"", "NA", "NaN", "nan"};
    static const char *const there[] = {"0", "na", "N", "NAN", "N/A", " ", "null", "NA1"};
    for (size_t i = 0; i < MS_COUNT(missing); i++) assert_true(ms_text_is_missing(missing[i]));
    for (size_t i = 0; i < MS_COUNT(there); i++) assert_false(ms_text_is_missing(there[i]));
}

static void test_starts_and_ends(void **state) {
    (void)state;
    assert_true(ms_text_starts_with("mask.nii.gz", "mask"));
    assert_false(ms_text_starts_with("ma", "mask"));
    assert_true(ms_text_ends_with("mask.nii.gz", ".nii.gz"));
    assert_false(ms_text_ends_with("gz", ".nii.gz"));
}

static void test_paths(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"}, {"/", "b", "/b"}};
    for (size_t i = 0; i < MS_COUNT(cases); i++) {
        char *path = ms_path_join(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
    assert_string_equal(ms_path_base("a/b.csv"), "b.csv");
    assert_string_equal(ms_path_base("b.csv"), "b.csv");
}

/* A case id becomes a folder's name: nothing that leaves the folder or hides in it. */
static void test_safe_names(void **state) {
    (void)state;
    static const char *const good[] = {"p1", "A-1_b.2", "007", "_x"};
    static const char *const bad[] = {"",     ".",   "..",   "../x",     "a/b",  "-rf",
                                      ".ssh", "a b", "a\nb", "\xc3\xa9", "a\\b", "con:1"};
    char name[102];
    for (size_t i = 0; i < MS_COUNT(good); i++) assert_true(ms_text_is_safe_name(good[i]));
    for (size_t i = 0; i < MS_COUNT(bad); i++) assert_false(ms_text_is_safe_name(bad[i]));
    memset(name, 'a', 101);
    name[101] = '\0';
    assert_false(ms_text_is_safe_name(name));
    name[100] = '\0';
    assert_true(ms_text_is_safe_name(name));
}

static void check_nearest(const char *text, const char *expected) {
    static const char *const names[] = {"time", "status", "age", "sex", "smi_cm2_m2", "recurrence"};
    const char *nearest = ms_text_nearest(text, names, MS_COUNT(names));
    if (!expected) {
        assert_null(nearest);
    } else {
        assert_non_null(nearest);
        assert_string_equal(nearest, expected);
    }
}

static void test_nearest_name(void **state) {
    (void)state;
    check_nearest("tmie", "time"); /* a swap is one step */
    check_nearest("tiem", "time");
    check_nearest("Status", "status"); /* case is no difference */
    check_nearest("statu", "status");
    check_nearest("statsus", "status");
    check_nearest("smi_cm2m2", "smi_cm2_m2");
    check_nearest("recurence", "recurrence");
    check_nearest("height", NULL); /* nothing within a third of its length */
    check_nearest("xyz", NULL);
    check_nearest("", NULL);
    assert_null(ms_text_nearest("x", NULL, 0));
}

static void free_text_becomes_a_name_of_its_own(void **state) {
    (void)state;
    static const char *const texts[] = {"far",
                                        "a b",
                                        "a_b",
                                        "a/b",
                                        "../x",
                                        "-rf",
                                        "",
                                        "\xe6\x9d\xb1\xe6\x96\xb9",
                                        "\xe8\xa5\xbf\xe6\x96\xb9",
                                        "$(x)",
                                        "a\nb",
                                        "."};
    char names[MS_COUNT(texts) + 2][64], longer[400];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    for (size_t i = 0; i < MS_COUNT(texts); i++) ms_text_to_name(names[i], sizeof names[0], texts[i]);
    ms_text_to_name(names[MS_COUNT(texts)], sizeof names[0], longer);
    longer[300] = 'y';
    ms_text_to_name(names[MS_COUNT(texts) + 1], sizeof names[0], longer);
    assert_string_equal(names[0], "far");
    for (size_t i = 0; i < MS_COUNT(names); i++) {
        assert_true(ms_text_is_safe_name(names[i]));
        for (size_t j = 0; j < i; j++) assert_string_not_equal(names[i], names[j]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_product_overflow),
        cmocka_unit_test(test_buffer_grows),
        cmocka_unit_test(test_xml),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_format_does_not_overflow),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_starts_and_ends),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_safe_names),
        cmocka_unit_test(free_text_becomes_a_name_of_its_own),
        cmocka_unit_test(test_nearest_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
