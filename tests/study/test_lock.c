/* One run at a time: flock, and the file that stands for it where a file system has no locks. */
#include "study/lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/ms_lock_XXXXXX";
static ms_study study;

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    study.folder = folder;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return ms_remove_tree(folder, NULL) == MS_OK ? 0 : -1;
}

static void write_holder(const char *text) {
    char *path = ms_study_path(&study, ".lock-holder");
    assert_non_null(path);
    assert_int_equal(ms_file_write(path, text, strlen(text), NULL), MS_OK);
    free(path);
}

/* A process that has ended; nobody else gets its number at once. */
static long dead_process(void) {
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return (long)pid;
}

static void test_alone_and_shared(void **state) {
    (void)state;
    ms_study_lock *alone = NULL, *one = NULL, *two = NULL, *none = NULL;
    ms_error err = {0};
    assert_int_equal(ms_study_lock_take(&study, false, &alone, &err), MS_OK);
    assert_int_equal(ms_study_lock_take(&study, false, &none, &err), MS_EBUSY);
    char me[64];
    (void)ms_text_format(me, sizeof me, "(process %ld)", (long)getpid());
    assert_non_null(strstr(err.message, me));
    assert_int_equal(ms_study_lock_take(&study, true, &none, &err), MS_EBUSY);
    ms_study_lock_release(alone);
    assert_int_equal(ms_study_lock_take(&study, true, &one, &err), MS_OK);
    assert_int_equal(ms_study_lock_take(&study, true, &two, &err), MS_OK);
    assert_int_equal(ms_study_lock_take(&study, false, &none, &err), MS_EBUSY);
    assert_null(none);
    ms_study_lock_release(one);
    ms_study_lock_release(two);
}

/* The children of a killed run hold its lock until they are gone, too: the next run waits for them. */
static void test_a_dead_runs_children(void **state) {
    (void)state;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    const pid_t run = fork();
    if (run == 0) {
        ms_study_lock *lock = NULL;
        if (ms_study_lock_take(&study, false, &lock, NULL) != MS_OK) _exit(1);
        if (fork() == 0) { /* a case */
            (void)!write(ready[1], "x", 1);
            usleep(300000);
            _exit(0);
        }
        _exit(0); /* as kill -9 would end it: nothing is released */
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(waitpid(run, NULL, 0), run);
    ms_study_lock *lock = NULL;
    ms_error err = {0};
    assert_int_equal(ms_study_lock_take(&study, false, &lock, &err), MS_OK);
    ms_study_lock_release(lock);
    close(ready[0]);
    close(ready[1]);
}

static void test_without_locks_in_the_file_system(void **state) {
    (void)state;
    char *path = NULL, *none = NULL, text[128];
    ms_error err = {0};
    assert_int_equal(ms_study_lock_by_file(&study, &path, &err), MS_OK);
    assert_int_equal(ms_study_lock_by_file(&study, &none, &err), MS_EBUSY);
    assert_non_null(strstr(err.message, "wait for it to end"));
    assert_int_equal(unlink(path), 0);
    free(path);
    /* Another machine's process cannot be asked: the message says what to do. */
    write_holder("17 12345 another-machine.example\n");
    assert_int_equal(ms_study_lock_by_file(&study, &none, &err), MS_EBUSY);
    assert_non_null(strstr(err.message, "process 17 on another-machine.example"));
    assert_non_null(strstr(err.message, "remove the file"));
    /* This machine's dead process is seen to be dead, even when its number lives on in another process. */
    char host[128] = "";
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    (void)ms_text_format(text, sizeof text, "%ld 12345 %s\n", dead_process(), host);
    write_holder(text);
    assert_int_equal(ms_study_lock_by_file(&study, &path, &err), MS_OK);
    assert_int_equal(unlink(path), 0);
    free(path);
    (void)ms_text_format(text, sizeof text, "%ld 1 %s\n", (long)getpid(), host);
    write_holder(text);
    assert_int_equal(ms_study_lock_by_file(&study, &path, &err), MS_OK);
    assert_int_equal(unlink(path), 0);
    free(path);
    assert_null(none);
}

static void test_processes(void **state) {
    (void)state;
    assert_true(ms_process_is_there((long)getpid()));
    assert_false(ms_process_is_there(dead_process()));
    /* One that has ended and waits to be taken note of is gone. */
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_false(ms_process_is_there((long)pid));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone_and_shared),
        cmocka_unit_test(test_a_dead_runs_children),
        cmocka_unit_test(test_without_locks_in_the_file_system),
        cmocka_unit_test(test_processes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
