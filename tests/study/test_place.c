/* A case's new folder takes the old one's place: a person's files move along, nothing of the old results
 * stays; also on file systems that cannot exchange two folders, and when something is saved at the very
 * moment. */
#include "study/place.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/ms_place_XXXXXX";
static ms_patient patient = {.id = "P1"};
static ms_study study = {.patients = &patient, .n = 1};
static bool cannot_exchange;
static const char *saved_meanwhile; /* written by somebody just before the exchange */

/* Stands before the C library's. */
int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    if (saved_meanwhile) (void)!ms_file_write(saved_meanwhile, "late", 4, NULL);
    if (cannot_exchange) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
}

static char *below(const char *name) {
    char *path = name[0] == '/' ? ms_strdup(name) : ms_path_join(folder, name);
    assert_non_null(path);
    return path;
}

static void put(const char *name, const char *text) {
    char *path = below(name), *dir = ms_path_folder(path);
    assert_int_equal(ms_make_dirs(dir, NULL), MS_OK);
    assert_int_equal(ms_file_write(path, text, strlen(text), NULL), MS_OK);
    free(dir);
    free(path);
}

static void holds(const char *name, const char *text) {
    char *path = below(name), *data = NULL;
    size_t length = 0;
    assert_int_equal(ms_file_read(path, 100, &data, &length, NULL), MS_OK);
    assert_string_equal(data, text);
    free(data);
    free(path);
}

static bool is_there(const char *name) {
    char *path = below(name);
    const bool there = ms_path_exists(path);
    free(path);
    return there;
}

/* One run of the case whose results say `text`. */
static void do_case(const char *text) {
    char *made = NULL, *path;
    assert_int_equal(ms_place_begin(&study, 0, &made, NULL), MS_OK);
    assert_int_equal(strncmp(ms_path_base(made), ".tmp-", 5), 0);
    path = ms_path_join(made, "done.json");
    put(path, text);
    free(path);
    assert_int_equal(ms_place_finish(&study, 0, made, NULL), MS_OK);
    assert_false(ms_path_exists(made));
    free(made);
}

static void run_twice(void) {
    char **names = NULL;
    size_t n = 0;
    do_case("first");
    holds("cases/P1/done.json", "first");
    put("cases/P1/overview.png", "old results");
    put("cases/P1/failed.json", "{}");
    put("cases/P1/correction.json", "{}");
    put("cases/P1/papers/letter.txt", "mine");
    saved_meanwhile = below("cases/P1/notes.txt");
    do_case("second");
    free((char *)saved_meanwhile);
    saved_meanwhile = NULL;
    holds("cases/P1/done.json", "second");
    holds("cases/P1/correction.json", "{}");
    holds("cases/P1/papers/letter.txt", "mine");
    holds("cases/P1/notes.txt", "late");
    assert_false(is_there("cases/P1/overview.png"));
    assert_false(is_there("cases/P1/failed.json"));
    char *cases = below("cases");
    assert_int_equal(ms_list_dir(cases, &names, &n, NULL), MS_OK);
    assert_int_equal(n, 1);
    ms_names_free(names, n);
    free(cases);
}

static int set_up(void **state) {
    (void)state;
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    if (!mkdtemp(folder)) return -1;
    study.folder = folder;
    char *cases = ms_path_join(folder, "cases");
    const ms_status status = cases ? ms_make_dirs(cases, NULL) : MS_ERESOURCE;
    free(cases);
    return status == MS_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    return ms_remove_tree(folder, NULL) == MS_OK ? 0 : -1;
}

static void test_exchanged(void **state) {
    (void)state;
    cannot_exchange = false;
    run_twice();
}

static void test_without_exchange(void **state) {
    (void)state;
    cannot_exchange = true;
    run_twice();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_exchanged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_exchange, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
