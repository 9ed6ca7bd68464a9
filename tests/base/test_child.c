/* Work in a child process: what it leaves comes back, and nothing it does wrong reaches the parent. */
#include "base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static ms_status leave_result(void *context, int fd, ms_error *err) {
    int *seen = context;
    *seen = 7; /* in the child's own memory */
    if (write(fd, "result", 6) != 6) return ms_error_set(err, MS_EINTERNAL, "write");
    return MS_OK;
}

static ms_status fail_with_case(void *context, int fd, ms_error *err) {
    (void)context, (void)fd;
    (void)ms_text_format(err->case_id, sizeof err->case_id, "p17");
    return ms_error_set(err, MS_ENOCONV, "a.nii: 3 of 4");
}

static ms_status fail_silently(void *context, int fd, ms_error *err) {
    (void)context, (void)fd, (void)err;
    return MS_EDIFFERENT;
}

static ms_status raise_signal(void *context, int fd, ms_error *err) {
    (void)fd, (void)err;
    const int *which = context;
    signal(*which, SIG_DFL); /* a sanitizer's own handler would end the process its own way */
    raise(*which);
    return MS_OK;
}

static ms_status leave_early(void *context, int fd, ms_error *err) {
    (void)context, (void)fd, (void)err;
    _exit(9);
}

static ms_status spin(void *context, int fd, ms_error *err) {
    (void)context, (void)fd, (void)err;
    for (volatile unsigned i = 0;; i++) {
    }
    return MS_OK;
}

static ms_status sleep_long(void *context, int fd, ms_error *err) {
    (void)context, (void)fd, (void)err;
    for (;;) pause();
    return MS_OK;
}

static ms_status take_memory(void *context, int fd, ms_error *err) {
    (void)fd;
    const size_t *bytes = context;
    char *block = ms_calloc(*bytes, 1);
    if (!block) return ms_error_nomem(err);
    block[*bytes - 1] = 1;
    free(block);
    return MS_OK;
}

static ms_status write_much(void *context, int fd, ms_error *err) {
    (void)err;
    const char *path = context;
    int file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : fd;
    static const char block[65536];
    for (int i = 0; i < 64; i++) {
        if (write(file, block, sizeof block) < 0) return MS_EINTERNAL;
    }
    return MS_OK;
}

/* No child may be left to wait for after any of these. */
static void assert_no_child(void) {
    errno = 0;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void test_result_comes_back(void **state) {
    (void)state;
    int seen = 0, fd = -1;
    char text[16] = "";
    ms_error error = {0};
    assert_int_equal(ms_child_run(leave_result, &seen, NULL, &fd, &error), MS_OK);
    assert_int_equal(seen, 0);
    assert_int_equal(read(fd, text, sizeof text), 6); /* from the start, and no more than was written */
    assert_string_equal(text, "result");
    close(fd);
    assert_int_equal(ms_child_run(leave_result, &seen, NULL, NULL, NULL), MS_OK);
    assert_no_child();
}

static void test_error_comes_back(void **state) {
    (void)state;
    int fd = -5;
    ms_error error = {0};
    assert_int_equal(ms_child_run(fail_with_case, NULL, NULL, &fd, &error), MS_ENOCONV);
    assert_int_equal(error.status, MS_ENOCONV);
    assert_string_equal(error.message, "a.nii: 3 of 4");
    assert_string_equal(error.case_id, "p17");
    assert_int_equal(fd, -5); /* unchanged on failure */
    assert_int_equal(ms_child_run(fail_silently, NULL, NULL, &fd, &error), MS_EDIFFERENT);
    assert_string_equal(error.message, ms_status_name(MS_EDIFFERENT));
    assert_int_equal(ms_child_run(fail_with_case, NULL, NULL, NULL, NULL), MS_ENOCONV);
    assert_no_child();
}

static void test_crash_is_bad_input(void **state) {
    (void)state;
    static const struct {
        int number;
        const char *says;
    } crashes[] = {{SIGSEGV, "ended by SIGSEGV"}, {SIGABRT, "ended by SIGABRT"}, {SIGFPE, "ended by SIGFPE"}};
    for (size_t i = 0; i < MS_COUNT(crashes); i++) {
        int number = crashes[i].number;
        ms_error error = {0};
        assert_int_equal(ms_child_run(raise_signal, &number, NULL, NULL, &error), MS_EINPUT);
        assert_says(&error, crashes[i].says);
    }
    int number = SIGKILL; /* what the kernel does when memory runs out */
    ms_error error = {0};
    assert_int_equal(ms_child_run(raise_signal, &number, NULL, NULL, &error), MS_ERESOURCE);
    assert_says(&error, "SIGKILL");
    assert_int_equal(ms_child_run(leave_early, NULL, NULL, NULL, &error), MS_EINPUT);
    assert_says(&error, "exit code 9");
    assert_no_child();
}

static void test_wall_limit(void **state) {
    (void)state;
    ms_child_limits limits = {.wall_seconds = 0.3};
    ms_error error = {0};
    assert_int_equal(ms_child_run(sleep_long, NULL, &limits, NULL, &error), MS_ERESOURCE);
    assert_says(&error, "over its limit of 0.3 s");
    assert_no_child();
}

/* Not stopped by the wall limit (60 s), which is only there to end a failing test. */
static void test_cpu_limit(void **state) {
    (void)state;
    ms_child_limits limits = {.cpu_seconds = 1, .wall_seconds = 60};
    ms_error error = {0};
    assert_int_equal(ms_child_run(spin, NULL, &limits, NULL, &error), MS_ERESOURCE);
    assert_says(&error, "over its limit of 1 s of processor time");
    assert_no_child();
}

/* What the parent holds does not count: it may be larger than the limit. */
static void test_memory_limit(void **state) {
    (void)state;
    size_t little = 1 << 20, much = (size_t)400 << 20;
    ms_child_limits limits = {.memory_bytes = (uint64_t)128 << 20};
    ms_error error = {0};
    void *held = mmap(NULL, much, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(held != MAP_FAILED);
    assert_int_equal(ms_child_run(take_memory, &little, &limits, NULL, &error), MS_OK);
    munmap(held, much);
#ifdef MS_SANITIZED
    skip(); /* sanitizers reserve terabytes of addresses; no such limit is set */
#else
    assert_int_equal(ms_child_run(take_memory, &much, &limits, NULL, &error), MS_ERESOURCE);
    assert_says(&error, "over its limit of 0.1 GiB memory");
    assert_no_child();
#endif
}

static void test_file_limit(void **state) {
    (void)state;
    ms_child_limits limits = {.file_bytes = 1 << 20};
    ms_error error = {0};
    char path[256];
    assert_true(ms_text_format(path, sizeof path, "%s", scratch("much")));
    assert_int_equal(ms_child_run(write_much, path, &limits, NULL, &error), MS_ERESOURCE);
    assert_says(&error, "over its limit of 1.0 MiB a file");
    uint64_t size = 0;
    assert_int_equal(ms_file_size(path, &size, NULL), MS_OK);
    assert_int_equal(size, 1 << 20);
    assert_int_equal(ms_child_run(write_much, NULL, &limits, NULL, &error),
                     MS_ERESOURCE); /* the memory file */
    assert_int_equal(ms_child_run(write_much, path, NULL, NULL, &error), MS_OK);
    assert_no_child();
}

/* A caller that ignores SIGCHLD makes the system take the exit code away; the report is still there. */
static void test_where_sigchld_is_ignored(void **state) {
    (void)state;
    ms_error error = {0};
    signal(SIGCHLD, SIG_IGN);
    ms_status failed = ms_child_run(fail_with_case, NULL, NULL, NULL, &error);
    int seen = 0;
    ms_status good = ms_child_run(leave_result, &seen, NULL, NULL, NULL);
    ms_status early = ms_child_run(leave_early, NULL, NULL, NULL, NULL);
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(failed, MS_ENOCONV);
    assert_string_equal(error.message, "a.nii: 3 of 4");
    assert_int_equal(good, MS_OK);
    assert_int_equal(early, MS_EINPUT);
}

static size_t open_files(void) {
    return count_names("/proc/self/fd");
}

static void test_leaves_no_file_open(void **state) {
    (void)state;
    size_t before = open_files();
    int number = SIGSEGV, seen = 0;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ms_child_run(raise_signal, &number, NULL, NULL, NULL), MS_EINPUT);
        assert_int_equal(ms_child_run(leave_result, &seen, NULL, NULL, NULL), MS_OK);
    }
    assert_int_equal(open_files(), before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result_comes_back),   cmocka_unit_test(test_error_comes_back),
        cmocka_unit_test(test_crash_is_bad_input),  cmocka_unit_test(test_wall_limit),
        cmocka_unit_test(test_cpu_limit),           cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_file_limit),          cmocka_unit_test(test_where_sigchld_is_ignored),
        cmocka_unit_test(test_leaves_no_file_open),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
