/* Tables written as their rows come have the bytes of tables that are kept whole. */
#include "study/writer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROWS = 1500 }; /* more than the writer keeps */

static void fill(ms_writer *w, size_t rows) {
    for (size_t i = 0; i < rows; i++) {
        char id[16];
        assert_true(ms_text_format(id, sizeof id, "P%zu", i));
        ms_writer_row(w);
        ms_writer_text(w, "case_id", id);
        ms_writer_number(w, "x", i % 3 ? (double)i / 7 : (double)NAN);
        ms_writer_text(w, "with, comma", i % 2 ? "a \"quote\", and more" : "");
    }
}

static char *contents(const char *path, size_t *length) {
    char *text = NULL;
    ms_error err = {0};
    assert_int_equal(ms_file_read(path, 1 << 20, &text, length, &err), MS_OK);
    return text;
}

static void same_bytes(size_t rows) {
    char folder[] = "/tmp/ms_writerXXXXXX";
    assert_non_null(mkdtemp(folder));
    char *whole = ms_path_join(folder, "whole.csv"), *stream = ms_path_join(folder, "stream.csv");
    ms_error err = {0};
    ms_writer a = ms_writer_open("whole", &err), b = ms_writer_stream(stream, &err);
    fill(&a, rows);
    fill(&b, rows);
    assert_int_equal(ms_writer_close(&a, whole), MS_OK);
    assert_false(ms_path_exists(stream)); /* not before it is complete */
    assert_int_equal(ms_writer_close(&b, NULL), MS_OK);
    size_t n, m;
    char *x = contents(whole, &n), *y = contents(stream, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    free(x);
    free(y);
    free(whole);
    free(stream);
    assert_int_equal(ms_remove_tree(folder, &err), MS_OK);
}

static void test_same_bytes(void **state) {
    (void)state;
    same_bytes(0);
    same_bytes(1);
    same_bytes(512);
    same_bytes(513);
    same_bytes(ROWS);
}

/* A column that comes too late is an error, not a table with holes, and leaves no file. */
static void test_late_column(void **state) {
    (void)state;
    char folder[] = "/tmp/ms_writerXXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = ms_path_join(folder, "late.csv"), **names = NULL;
    size_t n = 99;
    ms_error err = {0};
    ms_writer w = ms_writer_stream(path, &err);
    fill(&w, ROWS);
    ms_writer_text(&w, "late", "x");
    assert_int_equal(ms_writer_close(&w, NULL), MS_EINTERNAL);
    assert_non_null(strstr(err.message, "late"));
    assert_int_equal(ms_list_dir(folder, &names, &n, &err), MS_OK);
    assert_int_equal(n, 0);
    ms_names_free(names, n);
    free(path);
    assert_int_equal(ms_remove_tree(folder, &err), MS_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bytes), cmocka_unit_test(test_late_column)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
