#include "base/scratch.h"

#include <pthread.h>
#include <stdatomic.h>

enum { N = 10000 };
static atomic_int done[N];

static ms_status mark(void *context, size_t i, ms_error *err) {
    (void)err;
    atomic_fetch_add((atomic_int *)context + i, 1);
    return MS_OK;
}

static ms_status fail_some(void *context, size_t i, ms_error *err) {
    const size_t *first = context;
    if (i >= *first && i % 3 == 0) return ms_error_set(err, MS_EINPUT, "item %zu", i);
    return MS_OK;
}

static ms_status nest(void *context, size_t i, ms_error *err) {
    atomic_int *all = context;
    return ms_parallel_for(10, mark, all + 10 * i, err);
}

static void test_every_index_once(void **state) {
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads += 3) {
        ms_threads_set(threads);
        for (size_t i = 0; i < N; i++) atomic_store(&done[i], 0);
        assert_int_equal(ms_parallel_for(N, mark, done, NULL), MS_OK);
        for (size_t i = 0; i < N; i++) assert_int_equal(atomic_load(&done[i]), 1);
        assert_int_equal(ms_parallel_for(0, mark, done, NULL), MS_OK);
    }
    ms_threads_set(0);
}

static void test_first_failure_whatever_the_threads(void **state) {
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        ms_threads_set(threads);
        for (size_t first = 0; first < 60; first++) {
            ms_error error = {0};
            char expected[32];
            assert_int_equal(ms_parallel_for(1000, fail_some, &first, &error), MS_EINPUT);
            (void)ms_text_format(expected, sizeof expected, "item %zu", (first + 2) / 3 * 3);
            assert_string_equal(error.message, expected);
            assert_int_equal(error.status, MS_EINPUT);
            assert_int_equal(ms_parallel_for(1000, fail_some, &first, NULL), MS_EINPUT);
        }
    }
    ms_threads_set(0);
}

static void test_loop_inside_a_loop(void **state) {
    (void)state;
    ms_threads_set(4);
    for (size_t i = 0; i < N; i++) atomic_store(&done[i], 0);
    assert_int_equal(ms_parallel_for(N / 10, nest, done, NULL), MS_OK);
    for (size_t i = 0; i < N; i++) assert_int_equal(atomic_load(&done[i]), 1);
    ms_threads_set(0);
}

static void test_setting(void **state) {
    (void)state;
    ms_threads_set(3);
    assert_int_equal(ms_threads_get(), 3);
    ms_threads_set(0);
    assert_true(ms_threads_get() >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_index_once),
        cmocka_unit_test(test_first_failure_whatever_the_threads),
        cmocka_unit_test(test_loop_inside_a_loop),
        cmocka_unit_test(test_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
