/* The two layers of a case's view: sizes, and that a row of the sagittal part is the height it stands for,
 * for the viewer of report.html reads a level off it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "myosurv/plot.h"

#include <cairo.h>
#include <stdio.h>

enum { WIDTH = 20, HEIGHT = 40, BRIGHT = 12 };

static unsigned brightness(cairo_surface_t *s, int x, int y) {
    const unsigned char *at =
        cairo_image_surface_get_data(s) + (ptrdiff_t)y * cairo_image_surface_get_stride(s);
    return cairo_image_surface_get_format(s) == CAIRO_FORMAT_A8 ? at[x] : at[4 * x];
}

static unsigned opacity(cairo_surface_t *s, int x, int y) {
    return cairo_image_surface_get_data(s)[(ptrdiff_t)y * cairo_image_surface_get_stride(s) + 4 * x + 3];
}

/* Slices 5 mm thick, one of them bright, and the level in its middle: it must lie at half the height, 7.5
 * pixels high (MS_PLOT_VIEW_SCALE pixels a mm). */
static void test_the_level_is_at_half_the_height(void **state) {
    (void)state;
    static float axial[WIDTH * WIDTH], sagittal[WIDTH * HEIGHT];
    static const uint8_t labels[WIDTH * WIDTH] = {0};
    for (int i = 0; i < WIDTH * WIDTH; i++) axial[i] = -1000;
    for (int i = 0; i < WIDTH * HEIGHT; i++) sagittal[i] = i / WIDTH == BRIGHT ? 1000 : -1000;
    const ms_plot_overview_input input = {.axial = {axial, WIDTH, WIDTH, {10, 10}},
                                          .sagittal = {sagittal, WIDTH, HEIGHT, {5, 5}},
                                          .labels = labels,
                                          .level_mm = (BRIGHT + 0.5) * 5};
    ms_error err = {0};
    assert_int_equal(ms_plot_view(&input, "test_view.png", "test_view_marks.png", &err), MS_OK);
    cairo_surface_t *view = cairo_image_surface_create_from_png("test_view.png"),
                    *marks = cairo_image_surface_create_from_png("test_view_marks.png");
    remove("test_view.png");
    remove("test_view_marks.png");
    const int middle = MS_PLOT_VIEW_HEIGHT / 2, x = MS_PLOT_VIEW_HEIGHT + MS_PLOT_VIEW_SAGITTAL / 2;
    cairo_surface_t *const both[] = {view, marks};
    for (int s = 0; s < 2; s++) {
        assert_int_equal(cairo_image_surface_get_width(both[s]), MS_PLOT_VIEW_HEIGHT + MS_PLOT_VIEW_SAGITTAL);
        assert_int_equal(cairo_image_surface_get_height(both[s]), MS_PLOT_VIEW_HEIGHT);
    }
    assert_true(brightness(view, x, middle) > 200);
    assert_true(brightness(view, x, middle - 10) < 20 && brightness(view, x, middle + 10) < 20);
    /* the level's line, and nothing elsewhere */
    assert_true(opacity(marks, x, middle) > 100 || opacity(marks, x, middle - 1) > 100);
    assert_int_equal(opacity(marks, x, middle - 10), 0);
    assert_int_equal(opacity(marks, x, middle + 10), 0);
    cairo_surface_destroy(view);
    cairo_surface_destroy(marks);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_level_is_at_half_the_height)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
