/* Many curves with a list of names, and risks by group: in every format, the same bytes each time, whatever
 * is missing. */
#include "base/base.h"
#include "myosurv/plot_curves.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

static const char *const paths[] = {"test-curves.svg", "test-curves.pdf", "test-curves.png"};

/* Draws twice with `draw` and compares. */
static void same_twice(ms_status (*draw)(const char *path, ms_error *err)) {
    for (size_t i = 0; i < MS_COUNT(paths); i++) {
        char *bytes[2] = {NULL, NULL};
        size_t n[2] = {0, 0};
        ms_error err = {0};
        for (int k = 0; k < 2; k++) {
            if (draw(paths[i], &err)) fail_msg("%s", err.message);
            assert_int_equal(ms_file_read(paths[i], 64u << 20, &bytes[k], &n[k], &err), MS_OK);
        }
        assert_int_equal(n[0], n[1]);
        assert_true(n[0] > 500);
        assert_memory_equal(bytes[0], bytes[1], n[0]);
        free(bytes[0]);
        free(bytes[1]);
        assert_int_equal(ms_remove_tree(paths[i], &err), MS_OK);
    }
}

static ms_status draw_series(const char *path, ms_error *err) {
    static const double x[] = {1, 2, 3, 4}, y[] = {0.6, NAN, 0.7, 0.65}, lower[] = {0.5, 0.5, NAN, 0.6},
                        upper[] = {0.7, 0.8, 0.9, 0.7}, none[] = {NAN, NAN, NAN, NAN};
    const ms_plot_series series[] = {{"first", 4, x, y, lower, upper, false, false},
                                     {"a name that is much too long to stand beside another one in the list",
                                      4, x, y, NULL, NULL, false, false},
                                     {"points", 4, x, y, lower, upper, true, false},
                                     {"nothing", 4, x, none, none, none, false, false},
                                     {"empty", 0, x, y, NULL, NULL, false, false},
                                     {"reference", 4, x, y, NULL, NULL, false, true}};
    ms_plot_series_options o;
    ms_plot_series_options_default(&o);
    o.title = "A title";
    o.x_label = "Time";
    o.across = 0.5;
    ms_status status = ms_plot_series_draw(series, MS_COUNT(series), &o, path, err);
    o.diagonal = true;
    o.title = NULL;
    return status ? status : ms_plot_series_draw(series + 3, 1, &o, path, err);
}

static ms_status draw_risks(const char *path, ms_error *err) {
    static const double edge[] = {-1, 0, 1, 2}, all[] = {3, 0, 2}, events[] = {1, 0, 2}, none[] = {0, 0, 0};
    const ms_plot_risk_group groups[] = {{"training", all, events}, {"empty", none, none}};
    const ms_plot_risk risk = {.n_bins = 3,
                               .edge = edge,
                               .groups = groups,
                               .n_groups = 2,
                               .cutpoint = 0.2,
                               .cutpoint_label = "cut-point",
                               .title = "Risks",
                               .x_label = "Risk"};
    return ms_plot_risks(&risk, path, err);
}

static void curves(void **state) {
    (void)state;
    same_twice(draw_series);
}

static void risks(void **state) {
    (void)state;
    same_twice(draw_risks);
}

static void nothing_to_draw_is_refused(void **state) {
    (void)state;
    ms_error err = {0};
    ms_plot_series_options o;
    ms_plot_series_options_default(&o);
    assert_int_equal(ms_plot_series_draw(NULL, 0, &o, paths[0], &err), MS_EUSAGE);
    assert_int_equal(ms_plot_risks(&(ms_plot_risk){0}, paths[0], &err), MS_EUSAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(curves), cmocka_unit_test(risks),
                                       cmocka_unit_test(nothing_to_draw_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
