#include "base/scratch.h"

#include <errno.h>

static void test_message_and_status(void **state) {
    (void)state;
    ms_error error = {.case_id = "p7"};
    assert_int_equal(ms_error_set(&error, MS_EINPUT, "%s:%d: no", "t.csv", 3), MS_EINPUT);
    assert_int_equal(error.status, MS_EINPUT);
    assert_string_equal(error.message, "t.csv:3: no");
    assert_string_equal(error.case_id, "p7");
    assert_int_equal(ms_error_set(NULL, MS_EUSAGE, "nobody listens"), MS_EUSAGE);
}

static void test_prefix_uses_the_message_itself(void **state) {
    (void)state;
    ms_error error = {0};
    ms_error_set(&error, MS_EINPUT, "inner");
    ms_error_prefix(&error, "case %d", 4);
    assert_string_equal(error.message, "case 4: inner");
    ms_error_set(&error, MS_EINPUT, "again: %s", error.message);
    assert_string_equal(error.message, "again: case 4: inner");
}

static void test_one_line_and_no_control_characters(void **state) {
    (void)state;
    ms_error error = {0};
    ms_error_set(&error, MS_EINPUT, "a\nb\x1b[31mc\r");
    assert_string_equal(error.message, "a b [31mc ");
}

/* A message that is cut ends with a whole character. */
static void test_long_message_ends_with_a_whole_character(void **state) {
    (void)state;
    char text[2000] = "x";
    for (size_t i = 1; i + 2 < sizeof text; i += 2) memcpy(text + i, "\xc3\xa9", 3);
    ms_error error = {0};
    ms_error_set(&error, MS_EINPUT, "%s", text);
    size_t length = strlen(error.message);
    assert_int_equal(length % 2, 1); /* one x and whole pairs */
    assert_true(length >= 1020 && length <= 1023);
}

static void test_errno_tells_input_from_resource(void **state) {
    (void)state;
    ms_error error = {0};
    assert_int_equal(ms_error_errno(&error, ENOENT, "a.csv", "cannot open"), MS_EINPUT);
    assert_string_equal(error.message, "a.csv: cannot open: No such file or directory");
    assert_int_equal(ms_error_errno(&error, ENOSPC, "a.csv", "cannot write"), MS_ERESOURCE);
    assert_int_equal(ms_error_nomem(&error), MS_ERESOURCE);
    assert_string_equal(error.message, "out of memory");
}

/* DESIGN.md, "Exit codes". */
static void test_exit_codes(void **state) {
    (void)state;
    assert_int_equal(ms_status_exit_code(MS_OK), 0);
    assert_int_equal(ms_status_exit_code(MS_EINTERNAL), 1);
    assert_int_equal(ms_status_exit_code(MS_EUNAVAILABLE), 1);
    assert_int_equal(ms_status_exit_code(MS_EUSAGE), 2);
    assert_int_equal(ms_status_exit_code(MS_EINPUT), 3);
    assert_int_equal(ms_status_exit_code(MS_ENOCONV), 3);
    assert_int_equal(ms_status_exit_code(MS_EPARTIAL), 4);
    assert_int_equal(ms_status_exit_code(MS_EDIFFERENT), 4);
    assert_int_equal(ms_status_exit_code(MS_EBUSY), 5);
    assert_int_equal(ms_status_exit_code(MS_ERESOURCE), 6);
    for (int status = MS_OK; status <= MS_EUNAVAILABLE; status++) {
        assert_string_not_equal(ms_status_name((ms_status)status), "unknown");
    }
}

static char heard[256];
static ms_log_level heard_level;

static void listen(void *context, ms_log_level level, const char *message) {
    assert_ptr_equal(context, heard);
    heard_level = level;
    (void)ms_text_format(heard, sizeof heard, "%s", message);
}

static void test_log_goes_to_the_sink_only(void **state) {
    (void)state;
    ms_log(MS_LOG_ERROR, "nobody listens");
    ms_log_set_sink(listen, heard);
    ms_log(MS_LOG_WARNING, "%d of %s", 3, "five");
    ms_log_set_sink(NULL, NULL);
    ms_log(MS_LOG_ERROR, "nobody listens any more");
    assert_string_equal(heard, "3 of five");
    assert_int_equal(heard_level, MS_LOG_WARNING);
}

/* Off, or without a terminal, there is no bar, and NULL is a progress like any other. */
static void test_progress_is_silent_without_a_terminal(void **state) {
    (void)state;
    assert_null(ms_progress_start("work", 3));
    ms_progress_step(NULL, 1);
    ms_progress_end(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_and_status),
        cmocka_unit_test(test_prefix_uses_the_message_itself),
        cmocka_unit_test(test_one_line_and_no_control_characters),
        cmocka_unit_test(test_long_message_ends_with_a_whole_character),
        cmocka_unit_test(test_errno_tells_input_from_resource),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_log_goes_to_the_sink_only),
        cmocka_unit_test(test_progress_is_silent_without_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
