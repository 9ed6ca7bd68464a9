#include "base/scratch.h"

#include <cjson/cJSON.h>
#include <math.h>

static cJSON *parse(const char *text) {
    cJSON *root = NULL;
    ms_error error = {0};
    if (ms_json_parse(text, strlen(text), "s.json", &root, &error) != MS_OK) fail_msg("%s", error.message);
    return root;
}

static void refuse(const char *text, const char *expected) {
    cJSON *root = (cJSON *)&root;
    ms_error error = {0};
    if (ms_json_parse(text, strlen(text), "s.json", &root, &error) != MS_EINPUT) fail_msg("taken: %s", text);
    assert_ptr_equal(root, &root);
    if (strcmp(error.message, expected) != 0) fail_msg("%s: '%s', not '%s'", text, error.message, expected);
}

static void test_values(void **state) {
    (void)state;
    cJSON *root = parse("\xef\xbb\xbf {\"n\": -1.5e3, \"k\": 7, \"t\": \"a\\n\\u00e9\\ud83d\\ude00\", \"b\": "
                        "true, \"x\": null,"
                        " \"i\": \"Inf\"}\r\n");
    double n = 0, x = 1, i = 0, absent = 5;
    size_t k = 0;
    bool b = false;
    const char *t = NULL;
    ms_error error = {0};
    assert_int_equal(ms_json_get_number(root, "s", "n", &n, &error), MS_OK);
    assert_int_equal(ms_json_get_number(root, "s", "x", &x, &error), MS_OK);
    assert_int_equal(ms_json_get_number(root, "s", "i", &i, &error), MS_OK);
    assert_int_equal(ms_json_get_number(root, "s", "absent", &absent, &error), MS_OK);
    assert_int_equal(ms_json_get_size(root, "s", "k", &k, &error), MS_OK);
    assert_int_equal(ms_json_get_bool(root, "s", "b", &b, &error), MS_OK);
    assert_int_equal(ms_json_get_text(root, "s", "t", &t, &error), MS_OK);
    assert_true(n == -1500 && isnan(x) && isinf(i) && absent == 5 && k == 7 && b);
    assert_string_equal(t, "a\n\xc3\xa9\xf0\x9f\x98\x80");
    assert_int_equal(ms_json_get_number(root, "s.json: a", "t", &n, &error), MS_EINPUT);
    assert_string_equal(error.message, "s.json: a: t: a number is expected");
    assert_int_equal(ms_json_get_size(root, "s", "n", &k, &error), MS_EINPUT);
    assert_int_equal(ms_json_get_bool(root, "s", "n", &b, &error), MS_EINPUT);
    assert_int_equal(ms_json_get_text(root, "s", "n", &t, &error), MS_EINPUT);
    assert_true(n == -1500 && k == 7);
    cJSON_Delete(root);
}

/* Lines and columns count from 1; a column is a character, not a byte. */
static void test_places(void **state) {
    (void)state;
    refuse("", "s.json:1:1: the text ends too early");
    refuse("{\n  \"a\": 1,\n  \"b\": tru\n}", "s.json:3:8: a value is expected");
    refuse("{\"a\": 1 \"b\": 2}", "s.json:1:9: ',' or '}' is expected");
    refuse("[1, 2\n", "s.json:2:1: the text ends too early");
    refuse("{\"\xc3\xa9\xc3\xa9\": x}", "s.json:1:8: a value is expected");
    refuse("{\"a\" 1}", "s.json:1:6: ':' is expected after the key");
    refuse("{a: 1}", "s.json:1:2: a key in double quotes is expected");
    refuse("{\"a\": 1,}", "s.json:1:9: a key in double quotes is expected");
    refuse("[1,]", "s.json:1:4: a value is expected");
    refuse("{} {}", "s.json:1:4: more text after the end of the value");
    refuse("{\"a\": 'x'}", "s.json:1:7: a value is expected");
    refuse("{\r\n\"a\": 1, // no\r\n}", "s.json:2:9: a key in double quotes is expected");
    refuse("[\"abc", "s.json:1:2: a text that is never closed");
    refuse("[\"a\nb\"]", "s.json:1:4: a control character or line end inside a text");
    refuse("[\"\\x\"]", "s.json:1:4: no such escape after the backslash");
    refuse("[\"\\u12g4\"]", "s.json:1:7: four hexadecimal digits are needed after \\u");
    refuse("[\"\\ud800\"]", "s.json:1:3: half of a surrogate pair");
    refuse("[\"\\udc00\"]", "s.json:1:3: half of a surrogate pair");
    refuse("[\"\\u0000\"]", "s.json:1:3: \\u0000 is not taken");
    refuse("[\"\xff\"]", "s.json:1:3: not UTF-8");
}

/* RFC 8259, section 6. */
static void test_numbers(void **state) {
    (void)state;
    refuse("[01]", "s.json:1:2: a number with a leading 0");
    refuse("[-]", "s.json:1:3: a digit is expected");
    refuse("[1.]", "s.json:1:4: a digit is expected after the point");
    refuse("[.5]", "s.json:1:2: a value is expected");
    refuse("[+1]", "s.json:1:2: a value is expected");
    refuse("[1e]", "s.json:1:4: a digit is expected in the exponent");
    refuse("[1e999]", "s.json:1:2: a number too large for a double");
    refuse("[NaN]", "s.json:1:2: a value is expected");
    cJSON *root = parse("[0, -0, 0.5, 1E+2, 1e-400, 123456789012345678901234567890]");
    assert_int_equal(cJSON_GetArraySize(root), 6);
    cJSON_Delete(root);
}

static void test_repeated_keys(void **state) {
    (void)state;
    refuse("{\n\"a\": 1,\n\"b\": 2,\n\"a\": 3, \"b\": 4}", "s.json:4:1: the key \"a\" is there twice");
    refuse("{\"x\": {\"k\": 1, \"\\u006b\": 2}}",
           "s.json:1:16: the key \"k\" is there twice"); /* spelt otherwise */
    cJSON *root = parse("{\"a\": {\"a\": [{\"a\": 1}, {\"a\": 2}]}, \"A\": 1, \"\": 2}");
    cJSON_Delete(root);
}

static void test_depth(void **state) {
    (void)state;
    char text[200] = "";
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    cJSON *root = parse(text);
    cJSON_Delete(root);
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    refuse(text, "s.json:1:65: more than 64 levels");
    size_t many = 1000000;
    char *deep = malloc(many + 1);
    memset(deep, '[', many);
    deep[many] = '\0';
    refuse(deep, "s.json:1:65: more than 64 levels");
    free(deep);
}

/* An object of many keys is checked in no time worth speaking of. */
static void test_many_keys(void **state) {
    (void)state;
    ms_buffer b;
    ms_buffer_init(&b);
    ms_buffer_append(&b, "{");
    for (int i = 0; i < 20000; i++) ms_buffer_printf(&b, "%s\"key%d\": %d", i ? ", " : "", i, i);
    ms_buffer_append(&b, "}");
    cJSON *root = parse(b.data);
    cJSON_Delete(root);
    ms_buffer_clear(&b);
}

static void test_unknown_keys(void **state) {
    (void)state;
    static const char *const known[] = {"time", "event", "alpha"};
    ms_error error = {0};
    cJSON *root = parse("{\"time\": 1, \"evnet\": 2}");
    assert_int_equal(ms_json_check_keys(root, "s.json: endpoints", known, 3, &error), MS_EINPUT);
    assert_string_equal(error.message, "s.json: endpoints: unknown key \"evnet\"; did you mean \"event\"?");
    cJSON_Delete(root);
    root = parse("{\"zzzzzz\": 2}");
    assert_int_equal(ms_json_check_keys(root, "s.json", known, 3, &error), MS_EINPUT);
    assert_string_equal(error.message, "s.json: unknown key \"zzzzzz\"; the keys are: time, event, alpha");
    cJSON_Delete(root);
    root = parse("[1]");
    assert_int_equal(ms_json_check_keys(root, "s.json", known, 3, &error), MS_EINPUT);
    cJSON_Delete(root);
}

static cJSON *build(void) {
    cJSON *root = cJSON_CreateObject(), *inner = NULL, *list = NULL;
    static const double values[] = {1, 0.1, NAN, INFINITY, -INFINITY, 1.0 / 3};
    assert_int_equal(ms_json_add_text(root, "name", "a \"b\"\\\n\x01\xc3\xa9", NULL), MS_OK);
    assert_int_equal(ms_json_add_number(root, "n", 0.1 + 0.2, NULL), MS_OK);
    assert_int_equal(ms_json_add_number(root, "none", NAN, NULL), MS_OK);
    assert_int_equal(ms_json_add_bool(root, "yes", true, NULL), MS_OK);
    assert_int_equal(ms_json_add_numbers(root, "list", values, MS_COUNT(values), NULL), MS_OK);
    assert_int_equal(ms_json_add_object(root, "inner", &inner, NULL), MS_OK);
    assert_int_equal(ms_json_add_array(inner, "empty", &list, NULL), MS_OK);
    assert_int_equal(ms_json_add_object(root, "nothing", &inner, NULL), MS_OK);
    return root;
}

static const char *const built = "{\n"
                                 "  \"name\": \"a \\\"b\\\"\\\\\\n\\u0001\xc3\xa9\",\n"
                                 "  \"n\": 0.30000000000000004,\n"
                                 "  \"none\": null,\n"
                                 "  \"yes\": true,\n"
                                 "  \"list\": [1, 0.1, null, \"Inf\", \"-Inf\", 0.3333333333333333],\n"
                                 "  \"inner\": {\n"
                                 "    \"empty\": []\n"
                                 "  },\n"
                                 "  \"nothing\": {}\n"
                                 "}\n";

static void test_write(void **state) {
    (void)state;
    cJSON *root = build(), *back = NULL;
    ms_error error = {0};
    double n = 0;
    assert_int_equal(ms_json_write(root, scratch("o.json"), &error), MS_OK);
    assert_file(scratch("o.json"), built);
    assert_int_equal(ms_json_read(scratch("o.json"), &back, &error), MS_OK);
    assert_int_equal(ms_json_get_number(back, "o", "n", &n, &error), MS_OK);
    assert_true(n == 0.1 + 0.2);
    cJSON_Delete(root);
    cJSON_Delete(back);
    assert_int_equal(ms_json_read(scratch("none.json"), &back, &error), MS_EINPUT);
    assert_says(&error, "none.json: cannot open");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),        cmocka_unit_test(test_places), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_repeated_keys), cmocka_unit_test(test_depth),  cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_unknown_keys),  cmocka_unit_test(test_write),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
