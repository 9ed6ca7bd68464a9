/* ROC curves, bands and calibration are drawn in every format, the same bytes each time, whatever is missing.
 */
#include "base/base.h"
#include "myosurv/plot_prediction.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const paths[] = {"roc.svg", "roc.pdf", "roc.png"};

static void read_bytes(const char *path, char **bytes, size_t *n) {
    ms_error err = {0};
    assert_int_equal(ms_file_read(path, 64u << 20, bytes, n, &err), MS_OK);
    assert_true(*n > 500);
}

/* Draws twice with `draw` and compares. */
static void same_twice(ms_status (*draw)(const char *path, ms_error *err)) {
    for (size_t i = 0; i < MS_COUNT(paths); i++) {
        char path[64], *first = NULL, *second = NULL;
        size_t n = 0, m = 0;
        ms_error err = {0};
        (void)ms_text_format(path, sizeof path, "test-prediction-%s", paths[i]);
        if (draw(path, &err)) fail_msg("%s", err.message);
        read_bytes(path, &first, &n);
        if (draw(path, &err)) fail_msg("%s", err.message);
        read_bytes(path, &second, &m);
        assert_int_equal(n, m);
        assert_memory_equal(first, second, n);
        free(first);
        free(second);
        assert_int_equal(ms_remove_tree(path, &err), MS_OK);
    }
}

static ms_status draw_roc(const char *path, ms_error *err) {
    static const double fpr[] = {0, 0.1, 0.4, 1}, tpr[] = {0, 0.5, 0.8, 1};
    ms_plot_roc_curve curves[6];
    for (size_t i = 0; i < MS_COUNT(curves); i++)
        curves[i] = (ms_plot_roc_curve){"a name that is long enough to go below: AUC 0.80 (0.70 to 0.90)", 4,
                                        fpr, tpr};
    ms_plot_style style = {.colours = MS_PLOT_GREY, .width_mm = 84};
    ms_status status = ms_plot_roc(curves, MS_COUNT(curves), "A title", &style, path, err);
    return status ? status : ms_plot_roc(curves, 1, NULL, NULL, path, err);
}

static ms_status draw_bands(const char *path, ms_error *err) {
    static const double x[] = {1, 2, 3, 4}, y[] = {0.6, NAN, 0.7, 0.65}, lower[] = {0.5, 0.5, NAN, 0.6},
                        upper[] = {0.7, 0.8, 0.9, 0.7}, none[] = {NAN, NAN, NAN, NAN};
    const ms_plot_band bands[] = {{"a", 4, x, y, lower, upper, false, true},
                                  {"b", 4, x, y, NULL, NULL, true, false},
                                  {"c", 4, x, none, none, none, false, false},
                                  {"d", 0, x, y, NULL, NULL, false, false}};
    ms_plot_bands_options look;
    ms_plot_bands_options_default(&look);
    look.reference = 0.5;
    look.x_label = "Days";
    ms_status status = ms_plot_bands(bands, 4, &look, path, err);
    return status ? status : ms_plot_bands(bands + 2, 1, &look, path, err);
}

static ms_status draw_calibration(const char *path, ms_error *err) {
    static const double p[] = {0, 0.2, 0.2, 0.9, 1}, predicted[] = {0.2, 0.9, NAN},
                        observed[] = {0.3, 1, NAN}, lower[] = {0.1, NAN, NAN}, upper[] = {0.6, NAN, NAN};
    static const double grid[] = {0, 0.5, 1}, smooth[] = {0.1, 0.5, 0.95}, band[] = {0.2, 0.6, 0.99};
    ms_plot_calibration_input input = {.n_groups = 3,
                                       .predicted = predicted,
                                       .observed = observed,
                                       .lower = lower,
                                       .upper = upper,
                                       .n_grid = 3,
                                       .grid = grid,
                                       .smooth = smooth,
                                       .smooth_lower = grid,
                                       .smooth_upper = band,
                                       .n = 5,
                                       .p = p,
                                       .note = "Slope 1.00\nO/E 1.00",
                                       .x_label = "Predicted",
                                       .y_label = "Observed"};
    ms_status status = ms_plot_calibration(&input, NULL, path, err);
    ms_plot_calibration_input empty = {.x_label = "Predicted", .y_label = "Observed"};
    return status ? status : ms_plot_calibration(&empty, NULL, path, err);
}

static void roc(void **state) {
    (void)state;
    same_twice(draw_roc);
}

static void bands(void **state) {
    (void)state;
    same_twice(draw_bands);
}

static void calibration(void **state) {
    (void)state;
    same_twice(draw_calibration);
}

static void nothing_to_draw(void **state) {
    (void)state;
    ms_error err = {0};
    assert_int_equal(ms_plot_roc(NULL, 0, NULL, NULL, "none.svg", &err), MS_EUSAGE);
    ms_plot_bands_options look;
    ms_plot_bands_options_default(&look);
    assert_int_equal(ms_plot_bands(NULL, 0, &look, "none.svg", &err), MS_EUSAGE);
    assert_false(ms_path_exists("none.svg"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roc),
        cmocka_unit_test(bands),
        cmocka_unit_test(calibration),
        cmocka_unit_test(nothing_to_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
