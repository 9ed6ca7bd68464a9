/* Many children: each piece of work once, so many at a time, one failure apart from the others, and a stop.
 */
#include "base/scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

enum { N = 24 };

/* Seen by parent and children. */
typedef struct board {
    atomic_int started[N], running, most_running;
    int done[N]; /* by the parent alone */
    ms_status status[N];
    char message[N][64];
} board;

static board *new_board(void) {
    void *shared = mmap(NULL, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    return shared;
}

static void free_board(board *b) {
    munmap(b, sizeof *b);
}

static void nap(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static void note(void *context, size_t i, ms_status status, const ms_error *error) {
    board *b = context;
    b->done[i]++;
    b->status[i] = status;
    (void)ms_text_format(b->message[i], sizeof b->message[i], "%s", error->message);
}

static ms_status count_running(void *context, size_t i, ms_error *err) {
    (void)err;
    board *b = context;
    atomic_fetch_add(&b->started[i], 1);
    int now = atomic_fetch_add(&b->running, 1) + 1, most = atomic_load(&b->most_running);
    while (now > most && !atomic_compare_exchange_weak(&b->most_running, &most, now)) {
    }
    nap(20);
    atomic_fetch_sub(&b->running, 1);
    return MS_OK;
}

static void test_each_once_and_so_many_at_a_time(void **state) {
    (void)state;
    for (unsigned jobs = 0; jobs <= 4; jobs++) { /* 0 is 1 */
        board *b = new_board();
        assert_int_equal(ms_child_pool(N, jobs, count_running, note, b, NULL, NULL), MS_OK);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(b->done[i], 1);
            assert_int_equal(b->status[i], MS_OK);
            assert_int_equal(atomic_load(&b->started[i]), 1);
        }
        assert_true(atomic_load(&b->most_running) <= (int)(jobs ? jobs : 1));
        if (jobs > 1) assert_true(atomic_load(&b->most_running) > 1);
        free_board(b);
    }
    assert_int_equal(ms_child_pool(0, 4, count_running, note, NULL, NULL, NULL), MS_OK);
}

static ms_status go_wrong(void *context, size_t i, ms_error *err) {
    (void)context;
    switch (i % 4) {
    case 0:
        return MS_OK;
    case 1:
        return ms_error_set(err, MS_EINPUT, "case %zu", i);
    case 2:
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
        return MS_OK;
    default:
        nap(60000);
        return MS_OK;
    }
}

static void test_failures_stay_apart(void **state) {
    (void)state;
    board *b = new_board();
    ms_child_limits limits = {.wall_seconds = 0.5};
    assert_int_equal(ms_child_pool(N, 3, go_wrong, note, b, &limits, NULL), MS_OK);
    static const ms_status expected[] = {MS_OK, MS_EINPUT, MS_EINPUT, MS_ERESOURCE};
    for (size_t i = 0; i < N; i++) {
        char own[32];
        (void)ms_text_format(own, sizeof own, "case %zu", i);
        const char *says[] = {"", own, "ended by SIGSEGV", "over its limit of 0.5 s"};
        assert_int_equal(b->done[i], 1);
        assert_int_equal(b->status[i], expected[i % 4]);
        assert_string_equal(b->message[i], says[i % 4]);
    }
    free_board(b);
}

static ms_status write_own_memory(void *context, size_t i, ms_error *err) {
    (void)err;
    size_t *mine = context;
    *mine += i + 1; /* each child sees what the parent had, not what another child did */
    return *mine == i + 1 ? MS_OK : MS_EDIFFERENT;
}

static void must_be_ok(void *context, size_t i, ms_status status, const ms_error *error) {
    (void)context, (void)i, (void)error;
    assert_int_equal(status, MS_OK);
}

static void test_children_share_no_memory(void **state) {
    (void)state;
    size_t mine = 0;
    assert_int_equal(ms_child_pool(N, 2, write_own_memory, must_be_ok, &mine, NULL, NULL), MS_OK);
    assert_int_equal(mine, 0);
}

static ms_status stop_the_parent(void *context, size_t i, ms_error *err) {
    (void)err;
    board *b = context;
    atomic_fetch_add(&b->started[i], 1);
    if (i == 1) kill(getppid(), SIGTERM);
    nap(60000); /* ended by the pool long before */
    return MS_OK;
}

/* In a child of its own, because a stop that was asked for is for good. */
static int run_stopped_pool(board *b) {
    ms_error error = {0};
    ms_stop_install();
    ms_status status = ms_child_pool(N, 2, stop_the_parent, note, b, NULL, &error);
    if (status != MS_ESTOPPED) return 2;
    if (!strstr(error.message, "SIGTERM")) return 3;
    errno = 0;
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) return 4;
    return 0;
}

static void test_stop_ends_the_children_and_starts_no_more(void **state) {
    (void)state;
    board *b = new_board();
    pid_t pid = fork();
    if (pid == 0) _exit(run_stopped_pool(b));
    int code = -1;
    assert_int_equal(waitpid(pid, &code, 0), pid);
    assert_true(WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), 0);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(b->done[i], i < 2 ? 1 : 0);
        if (i < 2) assert_int_equal(b->status[i], MS_ESTOPPED);
        assert_true(atomic_load(&b->started[i]) == (i == 1) || i == 0); /* the first may not have begun */
    }
    free_board(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_once_and_so_many_at_a_time),
        cmocka_unit_test(test_failures_stay_apart),
        cmocka_unit_test(test_children_share_no_memory),
        cmocka_unit_test(test_stop_ends_the_children_and_starts_no_more),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
