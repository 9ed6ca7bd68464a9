#include "base/scratch.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <spawn.h>
#include <sys/wait.h>

static bool same_bits(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0;
}

static void check_round_trip(double value) {
    char text[32];
    double back = 0;
    ms_format_number(text, value);
    if (!ms_parse_number(text, &back) || !same_bits(value, back)) fail_msg("%s does not read back", text);
}

static void test_round_trip(void **state) {
    (void)state;
    static const double values[] = {0.0,       -0.0,       1.0,     0.1,        1.0 / 3,
                                    -2.5e-300, DBL_MAX,    DBL_MIN, 5e-324,     1e22,
                                    1e23,      123456.789, 0x1p53,  0x1p53 + 2, 1e15,
                                    1e16,      9.5e-5,     M_PI,    -1e-5,      4503599627370497.5};
    for (size_t i = 0; i < MS_COUNT(values); i++) check_round_trip(values[i]);
    check_round_trip(INFINITY);
    check_round_trip(-INFINITY);
    ms_random *random = ms_random_new(7, "round trip");
    assert_non_null(random);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = (uint64_t)ms_random_below(random, (size_t)1 << 63) * 2 + ms_random_below(random, 2);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) check_round_trip(value);
        check_round_trip(round(ms_random_range(random, -1e6, 1e6)) / 1000);
    }
    ms_random_free(random);
}

/* The digit count is the smallest of 15, 16, 17 that reads back. */
static void test_shortest_text(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"}, {100, "100"}, {1e300, "1e+300"}, {-1.5, "-1.5"}, {0x1p53, "9007199254740992"}};
    char text[32];
    for (size_t i = 0; i < MS_COUNT(cases); i++) {
        ms_format_number(text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
    ms_format_number(text, 1.0 / 3);
    assert_string_equal(text, "0.3333333333333333");
    ms_format_number(text, 0.1 + 0.2);
    assert_string_equal(text, "0.30000000000000004");
    ms_format_number(text, NAN);
    assert_string_equal(text, "NA");
    ms_format_number(text, -INFINITY);
    assert_string_equal(text, "-Inf");
}

/* The short way for up to 15 digits gives the bits of the C library's strtod. */
static void test_parse_agrees_with_strtod(void **state) {
    (void)state;
    ms_random *random = ms_random_new(3, "strtod");
    assert_non_null(random);
    char text[64];
    for (int i = 0; i < 50000; i++) {
        int digits = (int)ms_random_below(random, 18), decimals = (int)ms_random_below(random, 16);
        size_t number = ms_random_below(random, (size_t)pow(10, digits) + 1);
        assert_true(ms_text_format(text, sizeof text, "%s%zu.%0*zu", i % 2 ? "-" : "", number % 100000,
                                   decimals + 1, number));
        double ours = 0;
        assert_true(ms_parse_number(text, &ours));
        if (!same_bits(ours, strtod(text, NULL))) fail_msg("%s", text);
    }
    ms_random_free(random);
}

static void test_numbers_taken_and_refused(void **state) {
    (void)state;
    static const char *const good[] = {"1",   "-1",  "+1",  ".5",   "5.",   "1e3",      "1E-3",  "007",
                                       " 12", "12 ", "inf", "-Inf", "+inf", "Infinity", "1e-400"};
    static const char *const bad[] = {"",
                                      " ",
                                      "-",
                                      ".",
                                      "e5",
                                      "1,5",
                                      "1 2",
                                      "0x10",
                                      "-0X1p3",
                                      "nan",
                                      "NaN",
                                      "NA",
                                      "1e",
                                      "1.2.3",
                                      "12a",
                                      "--1",
                                      "1e999",
                                      "-1e999",
                                      "in",
                                      "infx",
                                      "1_000",
                                      ("\xc2\xa0"
                                       "1"), /* a no-break space; apart, so that the 1 is no hex digit */
                                      "\n1",
                                      "1\n",
                                      "nan(1)"};
    double value;
    for (size_t i = 0; i < MS_COUNT(good); i++) {
        if (!ms_parse_number(good[i], &value)) fail_msg("'%s' is a number", good[i]);
    }
    for (size_t i = 0; i < MS_COUNT(bad); i++) {
        value = 42;
        if (ms_parse_number(bad[i], &value)) fail_msg("'%s' is no number", bad[i]);
    }
    assert_true(ms_parse_number("-0", &value) && signbit(value));
}

static void test_sizes(void **state) {
    (void)state;
    size_t n = 7;
    assert_true(ms_parse_size("0", &n) && n == 0);
    assert_true(ms_parse_size("18446744073709551615", &n) && n == SIZE_MAX);
    n = 7;
    static const char *const bad[] = {"",   "-1", "+1", " 1", "1 ", "1.0", "1e3", "18446744073709551616",
                                      "0x1"};
    for (size_t i = 0; i < MS_COUNT(bad); i++) assert_false(ms_parse_size(bad[i], &n));
    assert_int_equal(n, 7);
}

/* Makes a German locale, which has a decimal comma, in the scratch folder. */
static bool make_german(void) {
    char path[128];
    (void)ms_text_format(path, sizeof path, "%s/de_DE.UTF-8", scratch_dir);
    char *const argv[] = {"localedef", "-i", "de_DE", "-f", "UTF-8", path, NULL};
    extern char **environ;
    pid_t pid;
    int code = 0;
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", 1, 0);
    bool made =
        posix_spawnp(&pid, "localedef", &quiet, NULL, argv, environ) == 0 && waitpid(pid, &code, 0) == pid;
    posix_spawn_file_actions_destroy(&quiet);
    return made && setenv("LOCPATH", scratch_dir, 1) == 0 && setlocale(LC_ALL, "de_DE.UTF-8");
}

static void test_decimal_comma_changes_nothing(void **state) {
    (void)state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !make_german()) {
        print_message("skipped: no locale with a decimal comma\n");
        skip();
    }
    char text[32], libc[32];
    double value = 0, long_value = 0;
    snprintf(libc, sizeof libc, "%g", 1.5);
    ms_format_number(text, 1.5);
    bool parsed = ms_parse_number("1.5", &value) && ms_parse_number("1.23456789012345678e1", &long_value);
    bool comma = ms_parse_number("1,5", &value);
    ms_buffer b;
    ms_buffer_init(&b);
    ms_buffer_printf(&b, "%.2f", 2.5);
    setlocale(LC_ALL, "C");
    assert_string_equal(libc, "1,5"); /* the locale is really on */
    assert_string_equal(text, "1.5");
    assert_true(parsed && value == 1.5 && long_value == 12.3456789012345678);
    assert_false(comma);
    assert_string_equal(b.data, "2.50");
    ms_buffer_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_shortest_text),
        cmocka_unit_test(test_parse_agrees_with_strtod),
        cmocka_unit_test(test_numbers_taken_and_refused),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_decimal_comma_changes_nothing),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
