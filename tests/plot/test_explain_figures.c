/* Figures of explanations are drawn in every format, the same bytes each time, whatever is missing; the map's
 * colours stand where its values are. */
#include "base/base.h"
#include "myosurv/plot_explain.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef ms_status (*drawing)(const char *path, ms_error *err);

static void same_twice(drawing draw, size_t formats) {
    static const char *const paths[] = {"test-explain.png", "test-explain.svg", "test-explain.pdf"};
    for (size_t i = 0; i < formats; i++) {
        char *first = NULL, *second = NULL;
        size_t n = 0, m = 0;
        ms_error err = {0};
        if (draw(paths[i], &err)) fail_msg("%s", err.message);
        assert_int_equal(ms_file_read(paths[i], 64u << 20, &first, &n, &err), MS_OK);
        if (draw(paths[i], &err)) fail_msg("%s", err.message);
        assert_int_equal(ms_file_read(paths[i], 64u << 20, &second, &m, &err), MS_OK);
        assert_true(n > 500);
        assert_int_equal(n, m);
        assert_memory_equal(first, second, n);
        free(first);
        free(second);
        assert_int_equal(ms_remove_tree(paths[i], &err), MS_OK);
    }
}

#define LONG_NAME "sm_log-sigma-5-0-mm-3D_glszm_LargeAreaLowGrayLevelEmphasis_that_goes_on_and_on_and_on"

static ms_status draw_bars(const char *path, ms_error *err) {
    const ms_plot_bar bars[] = {{LONG_NAME, 0.5, 0.1}, {"b", -0.1, NAN}, {"c", 0, 0}, {"d", NAN, NAN}};
    const ms_status status = ms_plot_importance(bars, MS_COUNT(bars), "Title", "x", "A note.", path, err);
    return status ? status : ms_plot_importance(bars + 2, 1, NULL, NULL, NULL, path, err);
}

static ms_status draw_waterfall(const char *path, ms_error *err) {
    const ms_plot_step steps[] = {{LONG_NAME, 0.5, 0.01}, {"b", -0.9, NAN}, {"c", 0, NAN}};
    const ms_status status = ms_plot_waterfall(0.2, steps, 3, "Title", "x", "note", path, err);
    return status ? status : ms_plot_waterfall(0, steps, 0, NULL, NULL, NULL, path, err);
}

static ms_status draw_swarm(const char *path, ms_error *err) {
    static double c[300], v[300];
    for (size_t i = 0; i < MS_COUNT(c); i++) {
        c[i] = sin((double)i) * (double)(i % 7);
        v[i] = i % 11 ? (double)(i % 50) : (double)NAN;
    }
    const ms_plot_swarm rows[] = {
        {LONG_NAME, 300, c, v}, {"b", 300, c, NULL}, {"c", 1, c, v}, {"d", 0, c, v}};
    return ms_plot_beeswarm(rows, MS_COUNT(rows), "Title", "x", "note", path, err);
}

enum { W = 40, H = 30 };

static ms_status draw_map(const char *path, ms_error *err) {
    static float hu[W * H];
    static double map[W * H];
    static uint8_t labels[W * H];
    static const char *const lines[] = {"A line.", "Another line."};
    for (size_t i = 0; i < W * H; i++) {
        hu[i] = (float)(i % W);
        labels[i] = i / W > 10 ? 1 : 0;
        map[i] = labels[i] ? (double)(i % W) - 20 : (double)NAN;
    }
    const ms_plot_map m = {.image = {hu, W, H, {1, 1}},
                           .labels = labels,
                           .map = map,
                           .title = "case",
                           .bar_label = "log hazard ratio",
                           .lines = lines,
                           .n_lines = 2};
    ms_plot_map nothing = m;
    for (size_t i = 0; i < W * H; i++) map[i] = NAN;
    nothing.labels = NULL;
    nothing.n_lines = 0;
    const ms_status status = ms_plot_contribution_map(&nothing, path, err);
    for (size_t i = 0; i < W * H; i++) map[i] = labels[i] ? (double)(i % W) - 20 : (double)NAN;
    return status ? status : ms_plot_contribution_map(&m, path, err);
}

static void test_bars(void **state) {
    (void)state;
    same_twice(draw_bars, 3);
}

static void test_waterfall(void **state) {
    (void)state;
    same_twice(draw_waterfall, 3);
}

static void test_swarm(void **state) {
    (void)state;
    same_twice(draw_swarm, 3);
}

static void test_map(void **state) {
    (void)state;
    same_twice(draw_map, 1);
}

static void test_nothing_to_draw_is_said(void **state) {
    (void)state;
    ms_error err = {0};
    assert_int_equal(ms_plot_importance(NULL, 0, NULL, NULL, NULL, "no.svg", &err), MS_EUSAGE);
    assert_int_equal(ms_plot_beeswarm(NULL, 0, NULL, NULL, NULL, "no.svg", &err), MS_EUSAGE);
    assert_int_equal(ms_plot_contribution_map(&(ms_plot_map){0}, "no.png", &err), MS_EUSAGE);
    assert_false(ms_path_exists("no.svg"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_waterfall),
        cmocka_unit_test(test_swarm),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_nothing_to_draw_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
