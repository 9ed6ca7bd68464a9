#include "base/scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void test_read_whole_files(void **state) {
    (void)state;
    char *data = NULL;
    size_t length = 0;
    ms_error error = {0};
    put_bytes(scratch("bytes"), "a\0b", 3);
    assert_int_equal(ms_file_read(scratch("bytes"), 3, &data, &length, &error), MS_OK);
    assert_int_equal(length, 3);
    assert_memory_equal(data, "a\0b", 4); /* and the NUL after it */
    free(data);
    data = NULL;
    assert_int_equal(ms_file_read(scratch("bytes"), 2, &data, &length, &error), MS_EINPUT);
    assert_says(&error, "larger than the 2 bytes");
    assert_null(data);
    put_bytes(scratch("empty"), "", 0);
    assert_int_equal(ms_file_read(scratch("empty"), 10, &data, &length, &error), MS_OK);
    assert_int_equal(length, 0);
    free(data);
    assert_int_equal(ms_file_read("/proc/self/stat", 1 << 20, &data, &length, &error),
                     MS_OK); /* size 0, not empty */
    assert_true(length > 10);
    free(data);
    assert_int_equal(ms_file_read("/dev/zero", 100000, &data, &length, &error),
                     MS_EINPUT); /* without an end */
    assert_int_equal(ms_file_read(scratch_dir, 10, &data, &length, &error), MS_EINPUT);
    uint64_t size = 0;
    assert_int_equal(ms_file_size(scratch("bytes"), &size, &error), MS_OK);
    assert_int_equal(size, 3);
}

static void test_folders(void **state) {
    (void)state;
    ms_error error = {0};
    char **names = NULL;
    size_t n = 0;
    assert_int_equal(ms_make_dirs(scratch("d/e/f"), &error), MS_OK);
    assert_int_equal(ms_make_dirs(scratch("d/e/f/"), &error), MS_OK); /* there already */
    put_text(scratch("d/b"), "");
    put_text(scratch("d/a"), "");
    put_text(scratch("d/.h"), "");
    put_text(scratch("d/B"), "");
    assert_int_equal(ms_list_dir(scratch("d"), &names, &n, &error), MS_OK);
    assert_int_equal(n, 5);
    static const char *const sorted[] = {".h", "B", "a", "b", "e"};
    for (size_t i = 0; i < n; i++) assert_string_equal(names[i], sorted[i]);
    ms_names_free(names, n);
    assert_int_equal(ms_make_dirs(scratch("d/a/x"), &error), MS_EINPUT); /* through a file */
    assert_says(&error, "cannot make the folder");
    assert_true(ms_path_is_dir(scratch("d/e")) && !ms_path_is_dir(scratch("d/a")) &&
                ms_path_exists(scratch("d/a")));
}

/* A link inside a removed folder is removed; what it points to stays. */
static void test_remove_tree(void **state) {
    (void)state;
    ms_error error = {0};
    assert_int_equal(ms_make_dirs(scratch("gone/x/y"), &error), MS_OK);
    put_text(scratch("gone/x/file"), "1");
    put_text(scratch("keep"), "kept");
    assert_int_equal(symlink(scratch("keep"), scratch("gone/x/link")), 0);
    assert_int_equal(symlink(scratch_dir, scratch("gone/y")), 0);
    assert_int_equal(ms_remove_tree(scratch("gone"), &error), MS_OK);
    assert_false(ms_path_exists(scratch("gone")));
    assert_file(scratch("keep"), "kept");
    assert_int_equal(ms_remove_tree(scratch("never"), &error), MS_OK);
    assert_int_equal(ms_remove_tree(scratch("keep"), &error), MS_OK);
}

static void test_appears_only_when_complete(void **state) {
    (void)state;
    ms_atomic *file = NULL;
    assert_int_equal(ms_make_dirs(scratch("at"), NULL), MS_OK);
    put_text(scratch("at/a.txt"), "old");
    assert_int_equal(chmod(scratch("at/a.txt"), 0640), 0);
    assert_int_equal(ms_atomic_open(&file, scratch("at/a.txt"), NULL), MS_OK);
    fputs("new", ms_atomic_stream(file));
    fflush(ms_atomic_stream(file));
    assert_file(scratch("at/a.txt"), "old");
    assert_int_equal(ms_atomic_commit(file, NULL), MS_OK);
    assert_file(scratch("at/a.txt"), "new");
    struct stat info;
    assert_int_equal(stat(scratch("at/a.txt"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640); /* the rights it had */
    assert_int_equal(count_names(scratch("at")), 1);
}

static void test_abort_leaves_nothing(void **state) {
    (void)state;
    ms_atomic *file = NULL;
    assert_int_equal(ms_make_dirs(scratch("ab"), NULL), MS_OK);
    assert_int_equal(ms_atomic_open(&file, scratch("ab/a.txt"), NULL), MS_OK);
    fputs("half", ms_atomic_stream(file));
    assert_int_equal(count_names(scratch("ab")), 1); /* the temporary file */
    ms_atomic_abort(file);
    assert_int_equal(count_names(scratch("ab")), 0);
    ms_atomic_abort(NULL);
}

static void test_new_file_has_the_usual_rights(void **state) {
    (void)state;
    struct stat info;
    mode_t before = umask(027);
    assert_int_equal(ms_file_write(scratch("fresh"), "x", 1, NULL), MS_OK);
    umask(before);
    assert_int_equal(stat(scratch("fresh"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void test_a_link_stays_a_link(void **state) {
    (void)state;
    struct stat info;
    put_text(scratch("target"), "old");
    assert_int_equal(symlink(scratch("target"), scratch("link")), 0);
    assert_int_equal(ms_file_write(scratch("link"), "new", 3, NULL), MS_OK);
    assert_int_equal(lstat(scratch("link"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_file(scratch("target"), "new");
}

/* Writing to a device writes to it; it is not replaced by a file. */
static void test_devices(void **state) {
    (void)state;
    struct stat info;
    ms_error error = {0};
    assert_int_equal(ms_file_write("/dev/null", "x", 1, &error), MS_OK);
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    assert_int_equal(ms_file_write("/dev/full", "x", 1, &error), MS_ERESOURCE);
    assert_says(&error, "/dev/full: cannot write: No space left on device");
    char *many = calloc(1, 1 << 20); /* fails in the middle, not only when closed */
    assert_non_null(many);
    assert_int_equal(ms_file_write("/dev/full", many, 1 << 20, &error), MS_ERESOURCE);
    assert_says(&error, "No space left on device");
    ms_atomic *file = NULL;
    assert_int_equal(ms_atomic_open(&file, "/dev/full", &error), MS_OK);
    for (int i = 0; i < 1000; i++)
        (void)fwrite(many, 1, 1000, ms_atomic_stream(file)); /* unchecked, as a table's */
    assert_int_equal(ms_atomic_commit(file, &error), MS_ERESOURCE);
    free(many);
}

/* In a child with a limit on file size: the same as a disk that fills up in the middle of a file. */
static int write_too_much(void) {
    struct rlimit limit = {4096, 4096};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    char *many = calloc(1, 100000);
    ms_error error = {0};
    ms_atomic *file = NULL;
    if (!many || ms_file_write(scratch("full/a.txt"), many, 100000, &error) != MS_ERESOURCE) return 3;
    if (ms_atomic_open(&file, scratch("full/a.txt"), &error) != MS_OK) return 4;
    for (int i = 0; i < 100; i++) (void)fwrite(many, 1, 1000, ms_atomic_stream(file));
    if (ms_atomic_commit(file, &error) != MS_ERESOURCE) return 5;
    ms_table *table = NULL;
    if (ms_table_new(&table, "t", NULL) != MS_OK || ms_table_add_column(table, "c", NULL, NULL) != MS_OK)
        return 6;
    for (size_t i = 0; i < 2000; i++) {
        if (ms_table_add_row(table, NULL, NULL) != MS_OK || ms_table_set(table, i, 0, "12345", NULL) != MS_OK)
            return 7;
    }
    if (ms_table_write(table, scratch("full/a.txt"), &error) != MS_ERESOURCE) return 8;
    ms_table_free(table);
    free(many);
    return 0;
}

static void test_full_disk_keeps_the_old_file(void **state) {
    (void)state;
    assert_int_equal(ms_make_dirs(scratch("full"), NULL), MS_OK);
    put_text(scratch("full/a.txt"), "old");
    pid_t pid = fork();
    if (pid == 0) _exit(write_too_much());
    int code = -1;
    assert_int_equal(waitpid(pid, &code, 0), pid);
    assert_true(WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), 0);
    assert_file(scratch("full/a.txt"), "old");
    assert_int_equal(count_names(scratch("full")), 1);
}

static void test_where_nothing_can_be_written(void **state) {
    (void)state;
    ms_error error = {0};
    assert_int_equal(ms_file_write(scratch("no/such/a.txt"), "x", 1, &error), MS_EINPUT);
    assert_says(&error, "no/such/a.txt: cannot create: No such file or directory");
    assert_int_equal(ms_file_write(scratch_dir, "x", 1, &error), MS_EINPUT);
    assert_says(&error, "Is a directory");
    assert_int_equal(ms_file_write("", "x", 1, &error), MS_EINPUT);
}

static void test_long_names(void **state) {
    (void)state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0'; /* the longest a file may have */
    char *path = ms_path_join(scratch_dir, name);
    assert_int_equal(ms_file_write(path, "x", 1, NULL), MS_OK);
    free(path);
}

/* For libraries that write by name: the extension stays, and a reader never sees half a file. */
static void test_temporary_beside(void **state) {
    (void)state;
    char *temporary = NULL;
    ms_error error = {0};
    assert_int_equal(ms_make_dirs(scratch("tb"), NULL), MS_OK);
    assert_int_equal(ms_temporary_beside(scratch("tb/m.nii.gz"), &temporary, &error), MS_OK);
    assert_true(ms_text_ends_with(temporary, ".nii.gz"));
    assert_true(ms_text_starts_with(temporary, scratch("tb/")));
    put_text(temporary, "data");
    assert_int_equal(ms_rename_into_place(temporary, scratch("tb/m.nii.gz"), &error), MS_OK);
    assert_file(scratch("tb/m.nii.gz"), "data");
    free(temporary);
    assert_int_equal(ms_temporary_beside(scratch("tb/m.nii.gz"), &temporary, &error), MS_OK);
    assert_int_equal(ms_rename_into_place(temporary, scratch("no/m.nii.gz"), &error), MS_EINPUT);
    assert_int_equal(count_names(scratch("tb")), 1); /* the failed one is gone */
    free(temporary);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_whole_files),
        cmocka_unit_test(test_folders),
        cmocka_unit_test(test_remove_tree),
        cmocka_unit_test(test_appears_only_when_complete),
        cmocka_unit_test(test_abort_leaves_nothing),
        cmocka_unit_test(test_new_file_has_the_usual_rights),
        cmocka_unit_test(test_a_link_stays_a_link),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_full_disk_keeps_the_old_file),
        cmocka_unit_test(test_where_nothing_can_be_written),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_temporary_beside),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
