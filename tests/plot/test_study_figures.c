/* The figures of a study's report hold whatever is put on them: long names, many groups, nothing known. */
#include "myosurv/plot_study.h"
#include "plot/heading.h"
#include "plot/km_layout.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "plot_test.h"

static double attribute(const char *from, const char *name) {
    const char *at = strstr(from, name);
    assert_non_null(at);
    return strtod(at + strlen(name), NULL);
}

/* Every letter is a <use> of its glyph, in the drawing's own coordinates. */
static size_t letters_within_the_page(const char *svg) {
    const double width = attribute(svg, "width=\""), height = attribute(svg, "height=\"");
    size_t letters = 0;
    for (const char *at = strstr(svg, "<use xlink:href=\"#glyph"); at;
         at = strstr(at + 1, "<use xlink:href=\"#glyph")) {
        const double x = attribute(at, " x=\""), y = attribute(at, " y=\"");
        assert_true(x >= 0 && x <= width - 2 && y >= 0 && y <= height);
        letters++;
    }
    return letters;
}

static void check_page(const char *name, size_t least_letters) {
    char *path = path_of(name);
    size_t length;
    char *svg = content(path, &length);
    assert_true(letters_within_the_page(svg) >= least_letters);
    free(svg);
    free(path);
}

static void assert_same_file(const char *first, const char *second) {
    char *p = path_of(first), *q = path_of(second);
    size_t n, m;
    char *a = content(p, &n), *b = content(q, &m);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
    free(p);
    free(q);
}

#define LONG "A-cohort-with-a-name-that-has-no-blank-in-it-and-goes-on-and-on-for-quite-a-while"

/* Names without a blank are broken inside the word, and the page grows: no letter is beyond its rim. */
static void a_flow_of_fourteen_long_names_stays_in_its_boxes(void **state) {
    (void)state;
    enum { GROUPS = 14 };
    ms_flow_group groups[GROUPS];
    ms_error err = {0};
    for (size_t g = 0; g < GROUPS; g++)
        groups[g] = (ms_flow_group){g % 2 ? LONG : "short", 100000 + g,
                                    "Overall survival: 99999 events of 100000 with follow-up\n" LONG,
                                    "external validation"};
    const ms_flow_reason reasons[] = {{"a file: not a DICOM file " LONG, 99999}, {"other reasons", 1}};
    const ms_flow_step steps[] = {{"Scans in the table", 1000000, "Failed", 100000, reasons, 2},
                                  {"Measured", 900000, "Left out", 0, NULL, 0},
                                  {"Used", 900000, NULL, 0, NULL, 0}};
    const ms_flow_part parts[] = {{"CT scan", LONG}, {LONG, "text"}};
    const ms_flow flow = {steps, 3, groups, GROUPS, parts, 2};
    static const char *const names[] = {"flow.svg", "again.svg"};
    for (size_t i = 0; i < 2; i++) {
        char *path = path_of(names[i]);
        assert_int_equal(ms_plot_flow(&flow, path, &err), MS_OK);
        free(path);
    }
    check_page("flow.svg", 1500);
    assert_same_file("flow.svg", "again.svg");
    assert_true(ms_heading_height(112, 9, LONG) >
                3 * 9); /* in a box of a quarter of the page: several lines */
}

static void a_flow_without_steps_is_refused(void **state) {
    (void)state;
    const ms_flow flow = {0};
    ms_error err = {0};
    char *path = path_of("none.svg");
    assert_int_equal(ms_plot_flow(&flow, path, &err), MS_EUSAGE);
    assert_false(ms_path_exists(path));
    free(path);
}

/* Curves that fall to 0 early leave room at the lower left only: the legend goes there, and the note, which
 * used to hang over the axis's numbers, above it. */
static void a_note_under_a_low_legend_does_not_hang_over_the_axis(void **state) {
    (void)state;
    const double time[] = {1, 50, 99, 100}, high[] = {1, 0.99, 0.98, 0.98}, low[] = {1, 0.9, 0.85, 0.8},
                 risk[] = {10, 9, 8, 7};
    const ms_plot_curve curves[] = {
        {.name = "low risk", .n = 4, .time = time, .surv = high, .n_risk = risk, .total = 10},
        {.name = "high risk", .n = 4, .time = time, .surv = low, .n_risk = risk, .total = 10}};
    ms_plot_km_options options;
    ms_km_layout l;
    ms_error err = {0};
    ms_plot_km_options_default(&options);
    options.note = "log-rank p < 0.001\nHR 6.48 (1.82 to 23.04)";
    assert_int_equal(ms_km_lay_out(curves, 2, &options, &l, &err), MS_OK);
    assert_true(l.legend.there && l.note.there);
    assert_true(l.legend.top > (l.axes.top + l.axes.bottom) / 2); /* it is low */
    assert_true(l.note.top + l.note.height <= l.axes.bottom);
    assert_true(l.note.top + l.note.height <= l.legend.top || l.note.top >= l.legend.top + l.legend.height);
}

typedef struct panels {
    double time[5000], surv[5000], risk[5000], censored[5000];
    ms_plot_curve curves[2];
    size_t n, asked;
} panels;

static ms_status next(void *context, size_t i, ms_km_panel *panel, ms_error *err) {
    (void)err;
    panels *p = context;
    p->asked++;
    for (size_t c = 0; c < 2; c++)
        p->curves[c] = (ms_plot_curve){.name = c ? "low muscle: 12 of 34" : "not low: 1 of 66",
                                       .n = p->n,
                                       .time = p->time,
                                       .surv = p->surv,
                                       .lower = p->surv,
                                       .upper = p->surv,
                                       .n_risk = p->risk,
                                       .n_censor = p->censored,
                                       .total = (double)p->n};
    *panel = (ms_km_panel){i % 2 ? LONG : "Prado 2008 SMI", i % 2 ? NULL : "p = 0.012", p->curves, 2};
    return MS_OK;
}

/* A curve of five thousand steps is drawn with as many as can be seen. */
static void many_panels_fit_and_many_steps_are_few_lines(void **state) {
    (void)state;
    static panels p;
    const char *const titles[] = {"Prado 2008 SMI", LONG, "Prado 2008 SMI", LONG};
    ms_plot_km_options options;
    ms_error err = {0};
    size_t length[2];
    p.n = 5000;
    for (size_t i = 0; i < p.n; i++) {
        p.time[i] = (double)(i + 1);
        p.surv[i] = 1 - (double)i / 6000;
        p.risk[i] = (double)(p.n - i);
        p.censored[i] = 1;
    }
    ms_plot_km_options_default(&options);
    options.risk_table = false;
    options.x_max = 5000;
    options.title = "Overall survival";
    for (size_t k = 0; k < 2; k++) {
        char *path = path_of("grid.svg");
        if (k) p.n = 400; /* as many as are drawn one by one */
        assert_int_equal(ms_plot_km_grid(4, titles, 2, next, &p, &options, path, &err), MS_OK);
        free(content(path, &length[k]));
        free(path);
    }
    assert_int_equal(p.asked, 8);
    check_page("grid.svg", 300);
    assert_true(length[0] < 3 * length[1]); /* for more than twelve times as many */
}

static void a_heat_map_and_a_scatter_hold_unknown_values_and_many_groups(void **state) {
    (void)state;
    enum { ROWS = 3, COLUMNS = 5, COHORTS = 14, POINTS = 900 };
    const double z[ROWS * COLUMNS] = {-9, -1, 0, 1, 9, NAN, 0, 0, 0, NAN, 1, 2, 3, 2, 1};
    const char *const names[ROWS] = {LONG, "sm_original_glcm_Contrast", "x"};
    const char *const groups[] = {"not low (3)", "low muscle (2)"};
    const size_t group[] = {0, 0, 0, 1, 1}, leaf[] = {2, 0, 1};
    const ms_plot_join joins[] = {{0, 2, 0.2}, {1, 3, 0.7}};
    const ms_plot_heatmap map = {.title = "Features",
                                 .note = LONG " " LONG,
                                 .rows = ROWS,
                                 .columns = COLUMNS,
                                 .z = z,
                                 .limit = 3,
                                 .names = names,
                                 .joins = joins,
                                 .leaf = leaf,
                                 .group = group,
                                 .groups = groups,
                                 .n_groups = 2,
                                 .unit = "z-score",
                                 .marks = {"-3", "0", "3"}};
    static double x[POINTS];
    static size_t colour[POINTS], shape[POINTS];
    const char *cohorts[COHORTS];
    ms_error err = {0};
    for (size_t c = 0; c < COHORTS; c++) cohorts[c] = c % 3 ? "cohort" : LONG;
    for (size_t i = 0; i < POINTS; i++) {
        x[i] = i ? sin((double)i) : (double)NAN;
        colour[i] = i % 3;
        shape[i] = i % COHORTS;
    }
    const char *const colours[] = {"not low", "low muscle", "cannot be judged"};
    const size_t counts[] = {POINTS, 100};
    static const char *const files[2][2] = {{"scatter.svg", "scatter2.svg"}, {"few.svg", "few2.svg"}};
    for (size_t k = 0; k < 2; k++) {
        char *path = path_of(k ? "map2.svg" : "map.svg");
        assert_int_equal(ms_plot_heatmap_draw(&map, path, &err), MS_OK);
        free(path);
        for (size_t size = 0; size < 2; size++) {
            const ms_plot_scatter scatter = {.title = LONG,
                                             .x_label = "Principal component 1",
                                             .y_label = "Principal component 2",
                                             .n = counts[size],
                                             .x = x,
                                             .y = x,
                                             .colour = colour,
                                             .colours = colours,
                                             .n_colours = 3,
                                             .shape = shape,
                                             .shapes = cohorts,
                                             .n_shapes = COHORTS};
            path = path_of(files[size][k]);
            assert_int_equal(ms_plot_scatter_draw(&scatter, path, &err), MS_OK);
            free(path);
        }
    }
    check_page("map.svg", 200);
    check_page("scatter.svg", 200);
    assert_same_file("map.svg", "map2.svg"); /* with the images' numbers */
    assert_same_file("scatter.svg", "scatter2.svg");
    assert_same_file("few.svg", "few2.svg");
}

static void features_with_long_names_and_no_interval_are_drawn(void **state) {
    (void)state;
    const double auc[] = {0, 0.5, 1, NAN, 0.25};
    const ms_plot_auc_row rows[] = {{LONG, {0.9, NAN}, {0.8, NAN}, {1, NAN}},
                                    {"x", {1, 0}, {NAN, NAN}, {NAN, NAN}}};
    const ms_plot_auc_family families[] = {{"glcm", 5, auc}, {"shape", 1, auc + 3}};
    const ms_plot_auc figure = {"Separation", {"training", "others"}, rows, 2, families, 2, "All features"};
    ms_error err = {0};
    char *path = path_of("auc.svg");
    assert_int_equal(ms_plot_feature_auc(&figure, path, &err), MS_OK);
    free(path);
    check_page("auc.svg", 120);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flow_of_fourteen_long_names_stays_in_its_boxes),
        cmocka_unit_test(a_flow_without_steps_is_refused),
        cmocka_unit_test(a_note_under_a_low_legend_does_not_hang_over_the_axis),
        cmocka_unit_test(many_panels_fit_and_many_steps_are_few_lines),
        cmocka_unit_test(a_heat_map_and_a_scatter_hold_unknown_values_and_many_groups),
        cmocka_unit_test(features_with_long_names_and_no_interval_are_drawn),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
