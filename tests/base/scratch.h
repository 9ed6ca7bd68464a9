/* tests/base/scratch.h: what the tests of the base share: cmocka, a folder of their own, a short way to write
 * and read files. */
#ifndef MS_TESTS_BASE_SCRATCH_H
#define MS_TESTS_BASE_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_dir[64];

/* For cmocka_run_group_tests: an empty folder, removed at the end. */
static inline int scratch_open(void **state) {
    (void)state;
    strncpy(scratch_dir, "/tmp/myosurv-test-XXXXXX", sizeof scratch_dir - 1);
    return mkdtemp(scratch_dir) ? 0 : -1;
}

static inline int scratch_close(void **state) {
    (void)state;
    return ms_remove_tree(scratch_dir, NULL) == MS_OK ? 0 : -1;
}

/* The path of `name` in the folder; four paths may be in use at once. */
static inline const char *scratch(const char *name) {
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    assert_true(ms_text_format(path, sizeof paths[0], "%s/%s", scratch_dir, name));
    return path;
}

static inline void put_bytes(const char *path, const void *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static inline void put_text(const char *path, const char *text) {
    put_bytes(path, text, strlen(text));
}

/* The whole file, to be freed. */
static inline char *get_text(const char *path) {
    char *text = NULL;
    size_t length = 0;
    assert_int_equal(ms_file_read(path, 1 << 26, &text, &length, NULL), MS_OK);
    return text;
}

static inline void assert_file(const char *path, const char *expected) {
    char *text = get_text(path);
    assert_string_equal(text, expected);
    free(text);
}

/* How many names the folder holds, hidden ones too. */
static inline size_t count_names(const char *path) {
    char **names = NULL;
    size_t n = 0;
    assert_int_equal(ms_list_dir(path, &names, &n, NULL), MS_OK);
    ms_names_free(names, n);
    return n;
}

static inline void assert_says(const ms_error *error, const char *part) {
    if (!strstr(error->message, part)) fail_msg("'%s' does not say '%s'", error->message, part);
}

#endif
