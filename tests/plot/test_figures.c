/* Figures: what is on the page, in every format, the same bytes each time. */
#include "base/base.h"
#include "myosurv/plot.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plot_test.h"

static const double times[] = {5, 20, 33, 70}, surv[] = {0.9, 0.8, 0.6, 0.3}, lower[] = {0.8, 0.6, 0.4, NAN},
                    upper[] = {1, 0.95, 0.8, NAN}, at_risk[] = {10, 9, 7, 3}, censored[] = {0, 0, 1, 2};

static ms_status draw(const char *name, ms_error *err) {
    ms_plot_curve curves[] = {
        {.name = "low",
         .n = 4,
         .time = times,
         .surv = surv,
         .lower = lower,
         .upper = upper,
         .n_risk = at_risk,
         .n_censor = censored,
         .total = 10,
         .median = 70},
        {.name = "high", .n = 4, .time = times, .surv = surv, .n_risk = at_risk, .total = 10, .median = NAN}};
    ms_plot_km_options options;
    ms_plot_km_options_default(&options);
    options.title = "A title";
    options.note = "p = 0.5";
    char *path = path_of(name);
    ms_status status = ms_plot_km(curves, 2, &options, path, err);
    free(path);
    return status;
}

static void each_format_has_its_signature(void **state) {
    (void)state;
    static const char *const names[] = {"a.svg", "a.pdf", "a.png"}, *const starts[] = {"<?xml", "%PDF",
                                                                                       "\x89PNG"};
    for (size_t i = 0; i < 3; i++) {
        ms_error err = {0};
        size_t length;
        assert_int_equal(draw(names[i], &err), MS_OK);
        char *path = path_of(names[i]), *bytes = content(path, &length);
        assert_true(length > 1000);
        assert_memory_equal(bytes, starts[i], strlen(starts[i]));
        free(bytes);
        free(path);
    }
}

/* cairo counts its surfaces over the life of a process; the files must not show it. */
static void the_second_drawing_has_the_same_bytes(void **state) {
    (void)state;
    static const char *const endings[] = {"svg", "pdf", "png"};
    for (size_t i = 0; i < 3; i++) {
        char first[16], second[16];
        ms_error err = {0};
        size_t n, m;
        assert_true(ms_text_format(first, sizeof first, "one.%s", endings[i]));
        assert_true(ms_text_format(second, sizeof second, "two.%s", endings[i]));
        assert_int_equal(draw(first, &err), MS_OK);
        assert_int_equal(draw(second, &err), MS_OK);
        char *p = path_of(first), *q = path_of(second), *a = content(p, &n), *b = content(q, &m);
        assert_int_equal(n, m);
        assert_memory_equal(a, b, n);
        free(a);
        free(b);
        free(p);
        free(q);
    }
}

static void an_unknown_ending_is_refused_and_nothing_written(void **state) {
    (void)state;
    ms_error err = {0};
    assert_int_equal(draw("a.bmp", &err), MS_EUSAGE);
    assert_non_null(strstr(err.message, ".svg, .pdf or .png"));
    char *path = path_of("a.bmp");
    assert_false(ms_path_exists(path));
    free(path);
}

static void a_folder_that_is_not_there_is_an_error(void **state) {
    (void)state;
    ms_error err = {0};
    assert_int_not_equal(draw("no/such/a.svg", &err), MS_OK);
    assert_true(err.message[0] != '\0');
}

/* 84 mm are 238.11 points, whatever the font's size; a font nobody has is named. */
static void a_page_has_the_size_asked_for(void **state) {
    (void)state;
    ms_plot_style style = {.width_mm = 84, .height_mm = 70, .font_size = 6, .colours = MS_PLOT_GREY};
    ms_plot_curve curve = {.name = "all",
                           .n = 4,
                           .time = times,
                           .surv = surv,
                           .lower = lower,
                           .upper = upper,
                           .n_risk = at_risk,
                           .n_censor = censored,
                           .total = 10};
    ms_plot_km_options options;
    ms_error err = {0};
    size_t length;
    ms_plot_km_options_default(&options);
    options.style = &style;
    char *path = path_of("style.svg");
    assert_int_equal(ms_plot_km(&curve, 1, &options, path, &err), MS_OK);
    char *bytes = content(path, &length);
    assert_non_null(strstr(bytes, "width=\"238.11"));
    assert_non_null(strstr(bytes, "height=\"198.4"));
    free(bytes);
    style.font = "No Such Font";
    assert_int_equal(ms_plot_km(&curve, 1, &options, path, &err), MS_EUSAGE);
    assert_non_null(strstr(err.message, "No Such Font"));
    style = (ms_plot_style){.width_mm = -3};
    assert_int_equal(ms_plot_km(&curve, 1, &options, path, &err), MS_EUSAGE);
    free(path);
}

static void nothing_to_draw_is_an_error(void **state) {
    (void)state;
    ms_error err = {0};
    ms_plot_km_options options;
    ms_plot_km_options_default(&options);
    const double nan[] = {NAN};
    ms_plot_line line = {"x", 1, nan, nan};
    assert_int_equal(ms_plot_km(NULL, 0, &options, "x.svg", &err), MS_EUSAGE);
    assert_int_equal(ms_plot_lines(&line, 1, NULL, "x", "y", "x.svg", &err), MS_EUSAGE);
    assert_int_equal(ms_plot_forest(NULL, 0, NULL, NULL, 1, false, "x.svg", &err), MS_EUSAGE);
}

static unsigned big_endian(const char *bytes) {
    const unsigned char *b = (const unsigned char *)bytes;
    return (unsigned)b[0] << 24 | (unsigned)b[1] << 16 | (unsigned)b[2] << 8 | b[3];
}

static void an_overview_and_its_thumbnail_have_the_stated_size(void **state) {
    (void)state;
    float hu[64 * 64];
    uint8_t labels[64 * 64] = {0};
    for (size_t i = 0; i < 64 * 64; i++) {
        hu[i] = (float)(i % 64) * 10 - 300;
        labels[i] = (uint8_t)(i / 64 / 8);
    }
    ms_plot_image image = {hu, 64, 64, {2, 2}};
    const char *const lines[] = {"a line"};
    ms_plot_mark mark = {.y_mm = 30, .name = "L3"};
    ms_plot_overview_input input = {.axial = image,
                                    .sagittal = image,
                                    .coronal = image,
                                    .labels = labels,
                                    .level_mm = 40,
                                    .marks = &mark,
                                    .n_marks = 1,
                                    .lines = lines,
                                    .n_lines = 1,
                                    .title = "case"};
    ms_error err = {0};
    size_t length;
    char *path = path_of("o.png");
    assert_int_equal(ms_plot_overview(&input, path, &err), MS_OK);
    assert_int_equal(ms_plot_thumbnail(&input, path, &err), MS_OK);
    char *bytes = content(path, &length);
    assert_in_range(big_endian(bytes + 16), 380, 420); /* the PNG header's width and height */
    assert_in_range(big_endian(bytes + 20), 220, 260);
    free(bytes);
    free(path);
}

static unsigned overview_height(const char *const *warnings, size_t n) {
    static float hu[32 * 32];
    static uint8_t labels[32 * 32];
    const ms_plot_image image = {hu, 32, 32, {5, 5}};
    const ms_plot_overview_input input = {.axial = image,
                                          .sagittal = image,
                                          .coronal = image,
                                          .labels = labels,
                                          .level_mm = 40,
                                          .warnings = warnings,
                                          .n_warnings = n};
    ms_error err = {0};
    size_t length;
    char *path = path_of("w.png");
    assert_int_equal(ms_plot_overview(&input, path, &err), MS_OK);
    char *bytes = content(path, &length);
    const unsigned height = big_endian(bytes + 20);
    free(bytes);
    free(path);
    return height;
}

/* The page grows by what its text needs: a long doubt is wrapped, never cut. */
static void an_overview_grows_with_its_text(void **state) {
    (void)state;
    const char *text =
        "A doubt in plain words that is far too long for one line of the column it stands in, and that "
        "must be wrapped so that every word of it can be read by who looks at the picture.";
    const char *many[12];
    for (size_t i = 0; i < 12; i++) many[i] = text;
    const unsigned none = overview_height(NULL, 0), four = overview_height(many, 4),
                   twelve = overview_height(many, 12);
    assert_true(four >= none);
    /* three lines of 8.5 pt each, at 200 dots an inch: 60 pixels or more for a warning */
    assert_true(twelve >= four + 8 * 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_has_its_signature),
        cmocka_unit_test(the_second_drawing_has_the_same_bytes),
        cmocka_unit_test(an_unknown_ending_is_refused_and_nothing_written),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
        cmocka_unit_test(a_page_has_the_size_asked_for),
        cmocka_unit_test(nothing_to_draw_is_an_error),
        cmocka_unit_test(an_overview_and_its_thumbnail_have_the_stated_size),
        cmocka_unit_test(an_overview_grows_with_its_text),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
