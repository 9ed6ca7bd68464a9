/* Measurements against areas and means worked out by hand. */
#include "torso.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 200 };

static void near(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.17g, not %.17g", got, want);
}

/* A trunk of torso.h with labels painted as rectangles: 20 x 10 pixels of 4 mm2 are 8 cm2. */
typedef struct painted {
    ms_volume volume;
    uint8_t *labels, *unused;
} painted;

static void paint(painted *p, uint8_t label, size_t i, size_t j, size_t width, size_t height, float hu) {
    for (size_t y = j; y < j + height; y++)
        for (size_t x = i; x < i + width; x++) {
            p->labels[y * SIDE + x] = label;
            p->volume.data[ms_voxel_index(&p->volume.geometry, x, y, 2)] = hu;
        }
}

static painted make(void) {
    painted p = {0};
    assert_true(torso_make(&torso_usual, &p.volume, &p.unused));
    p.labels = calloc(SIDE * SIDE, 1);
    assert_non_null(p.labels);
    paint(&p, MS_LABEL_MUSCLE, 60, 60, 20, 10, 20);      /* 8 cm2, low attenuation */
    paint(&p, MS_LABEL_MUSCLE, 60, 70, 20, 10, 60);      /* 8 cm2, normal */
    paint(&p, MS_LABEL_PSOAS_RIGHT, 60, 80, 10, 20, 40); /* 8 cm2: 20 mm by 40 mm */
    paint(&p, MS_LABEL_PSOAS_LEFT, 120, 80, 15, 20, 30); /* 12 cm2: 30 mm by 40 mm */
    paint(&p, MS_LABEL_SAT, 40, 60, 10, 10, -100);       /* 4 cm2 */
    paint(&p, MS_LABEL_VAT, 90, 60, 10, 15, -90);        /* 6 cm2 */
    paint(&p, MS_LABEL_IMAT, 82, 60, 5, 5, -70);         /* 1 cm2 */
    return p;
}

static void clear(painted *p) {
    ms_volume_clear(&p->volume);
    free(p->labels);
    free(p->unused);
}

static double value(const double *values, const char *name) {
    const size_t m = ms_measure_find(name);
    assert_true(m < ms_n_measures);
    return values[m];
}

static void measure(painted *p, const ms_person *person, double *values, ms_flags *flags) {
    ms_error err = {0};
    assert_int_equal(ms_measure_slice(&p->volume, p->labels, NULL, 2, person, NULL, values, flags, &err),
                     MS_OK);
}

static void areas_and_densities(void **state) {
    (void)state;
    painted p = make();
    double v[64];
    ms_flags flags = {0};
    const ms_person person = {2.0, NAN, NAN, 'm'};
    measure(&p, &person, v, &flags);
    near(value(v, "sma_cm2"), 36, 1e-9);
    near(value(v, "psoas_cm2"), 20, 1e-9);
    near(value(v, "psoas_right_cm2"), 8, 1e-9);
    near(value(v, "psoas_left_cm2"), 12, 1e-9);
    /* (8 * 20 + 8 * 60 + 8 * 40 + 12 * 30) / 36 */
    near(value(v, "smd_hu"), 1320.0 / 36, 1e-9);
    near(value(v, "psoas_hu"), (8 * 40 + 12 * 30) / 20.0, 1e-9);
    near(value(v, "lama_cm2"), 8, 1e-9);
    near(value(v, "nama_cm2"), 28, 1e-9);
    near(value(v, "sat_cm2"), 4, 1e-9);
    near(value(v, "vat_cm2"), 6, 1e-9);
    near(value(v, "imat_cm2"), 1, 1e-9);
    near(value(v, "vat_sat_ratio"), 1.5, 1e-9);
    near(value(v, "smi_cm2_m2"), 9, 1e-9);
    near(value(v, "pmi_cm2_m2"), 5, 1e-9);
    near(value(v, "pmi_mm2_m2"), 500, 1e-9);
    near(value(v, "smg"), 9 * 1320.0 / 36, 1e-9);
    /* the longest diameter of a rectangle is its diagonal, so the extent across it is a little more than its
     * width */
    assert_true(value(v, "psoas_thickness_mm") > 24 && value(v, "psoas_thickness_mm") < 45);
    near(value(v, "pth_mm_m"), value(v, "psoas_thickness_mm") / 2, 1e-9);
    assert_true(ms_flags_has(&flags, "area_implausible")); /* 36 cm2 is no adult */
    clear(&p);
}

/* The outline of torso.h is an ellipse of 170 by 125 mm: Ramanujan's perimeter is 93.2 cm. Its spongy bone is
 * 170 HU. */
static void waist_and_spongy_bone(void **state) {
    (void)state;
    painted p = make();
    double v[64];
    ms_flags flags = {0};
    measure(&p, NULL, v, &flags);
    const double a = 170, b = 125, h = (a - b) * (a - b) / ((a + b) * (a + b));
    const double perimeter = M_PI * (a + b) * (1 + 3 * h / (10 + sqrt(4 - 3 * h))) / 10;
    near(value(v, "waist_cm"), perimeter, 0.01 * perimeter);
    near(value(v, "trabecular_hu"), 170, 1);
    clear(&p);
}

static void no_height_no_index(void **state) {
    (void)state;
    painted p = make();
    double v[64];
    ms_flags flags = {0};
    measure(&p, NULL, v, &flags);
    assert_true(isnan(value(v, "smi_cm2_m2")) && isnan(value(v, "pmi_cm2_m2")) &&
                isnan(value(v, "pth_mm_m")));
    assert_true(ms_flags_has(&flags, "height_missing"));
    clear(&p);
}

/* Single muscles: voxels of a part that are labelled muscle, nothing else; 200 pixels of 4 mm2 are 8 cm2. */
static void single_muscles(void **state) {
    (void)state;
    painted p = make();
    double v[64];
    ms_flags flags = {0};
    ms_error err = {0};
    uint8_t *parts = calloc(SIDE * SIDE, 1);
    assert_non_null(parts);
    for (size_t y = 60; y < 80; y++)
        for (size_t x = 60; x < 85; x++) /* five columns of it reach beyond the muscle: not counted */
            parts[y * SIDE + x] = y < 65   ? MS_PART_ERECTOR_RIGHT
                                  : y < 70 ? MS_PART_ERECTOR_LEFT
                                           : MS_PART_WALL;
    assert_int_equal(ms_measure_slice(&p.volume, p.labels, parts, 2, NULL, NULL, v, &flags, &err), MS_OK);
    near(value(v, "erector_right_cm2"), 4, 1e-9);
    near(value(v, "erector_left_cm2"), 4, 1e-9);
    near(value(v, "erector_cm2"), 8, 1e-9);
    near(value(v, "erector_hu"), 20, 1e-9);
    near(value(v, "wall_cm2"), 8, 1e-9);
    near(value(v, "wall_hu"), 60, 1e-9);
    near(value(v, "imac_erector"), 20.0 / -100, 1e-9);
    assert_true(isnan(value(v, "quadratus_cm2")));
    near(value(v, "psoas_right_hu"), 40, 1e-9);
    near(value(v, "psoas_left_hu"), 30, 1e-9);
    near(value(v, "tat_cm2"), 4 + 6 + 1, 1e-9);
    ms_flags_add(&flags, "truncated_fov_muscle");
    assert_int_equal(ms_measure_slice(&p.volume, p.labels, parts, 2, NULL, NULL, v, &flags, &err), MS_OK);
    assert_true(isnan(value(v, "wall_cm2")) && isnan(value(v, "erector_cm2")));
    free(parts);
    clear(&p);
}

/* Every null says why, by the flag that spoils it. */
static void a_null_has_its_reason(void **state) {
    (void)state;
    painted p = make();
    double v[64];
    ms_flags flags = {0};
    ms_flags_add(&flags, "truncated_fov_skin");
    measure(&p, NULL, v, &flags);
    assert_string_equal(ms_measure_missing(ms_measure_find("sat_cm2"), v, &flags), "truncated_fov_skin");
    assert_string_equal(ms_measure_missing(ms_measure_find("tat_cm2"), v, &flags), "truncated_fov_skin");
    assert_string_equal(ms_measure_missing(ms_measure_find("waist_cm"), v, &flags), "truncated_fov_skin");
    assert_string_equal(ms_measure_missing(ms_measure_find("smi_cm2_m2"), v, &flags), "height_missing");
    assert_null(ms_measure_missing(ms_measure_find("sma_cm2"), v, &flags));
    for (size_t m = 0; m < ms_n_measures; m++)
        if (isnan(v[m])) assert_non_null(ms_measure_missing(m, v, &flags));
    clear(&p);
}

/* An ellipse of 60 by 24 mm whose long axis lies 36.9 degrees off the picture's is 24 mm thick. */
static void thickness_is_measured_across(void **state) {
    (void)state;
    painted p = make();
    double v[64];
    ms_flags flags = {0};
    memset(p.labels, 0, SIDE * SIDE);
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++)
            for (int side = 0; side < 2; side++) {
                const double dx = 2.0 * (double)x - (side == 0 ? 120 : 280), dy = 2.0 * (double)y - 200;
                const double along = 0.8 * dx + 0.6 * dy, across = -0.6 * dx + 0.8 * dy;
                if (along * along / 900 + across * across / 144 <= 1)
                    p.labels[y * SIDE + x] = side == 0 ? MS_LABEL_PSOAS_RIGHT : MS_LABEL_PSOAS_LEFT;
            }
    measure(&p, NULL, v, &flags);
    near(value(v, "psoas_thickness_mm"), 24, 1.5); /* pixels of 2 mm, directions of 5 degrees */
    clear(&p);
}

/* What the field of view spoils is NaN with its flag; the rest stays. */
static void truncation_spoils_only_what_it_touches(void **state) {
    (void)state;
    painted p = make();
    double v[64];
    ms_flags flags = {0};
    ms_flags_add(&flags, "truncated_fov_skin");
    measure(&p, NULL, v, &flags);
    assert_true(isnan(value(v, "sat_cm2")) && isnan(value(v, "vat_sat_ratio")) &&
                isnan(value(v, "waist_cm")));
    near(value(v, "sma_cm2"), 36, 1e-9);
    ms_flags_add(&flags, "truncated_fov_muscle");
    measure(&p, NULL, v, &flags);
    assert_true(isnan(value(v, "sma_cm2")) && isnan(value(v, "smd_hu")));
    near(value(v, "psoas_cm2"), 20, 1e-9);
    clear(&p);
}

/* A mask with muscle only, drawn elsewhere, says nothing about fat: NaN, not 0. */
static void given_mask_without_fat(void **state) {
    (void)state;
    painted p = make();
    double v[64];
    ms_flags flags = {0};
    ms_flags_add(&flags, "mask_given");
    for (size_t q = 0; q < SIDE * SIDE; q++)
        if (p.labels[q] > 1) p.labels[q] = 0;
    measure(&p, NULL, v, &flags);
    near(value(v, "sma_cm2"), 16, 1e-9);
    assert_true(isnan(value(v, "sat_cm2")) && isnan(value(v, "vat_cm2")) && isnan(value(v, "psoas_cm2")));
    assert_true(ms_flags_has(&flags, "mask_lacks_fat") && ms_flags_has(&flags, "psoas_missing"));
    clear(&p);
}

/* Every row says what it is; names are unique; every flag this room can raise is explained. */
static void catalogue_is_complete(void **state) {
    (void)state;
    for (size_t m = 0; m < ms_n_measures; m++) {
        assert_non_null(ms_measures[m].name);
        assert_true(ms_measures[m].unit[0] && ms_measures[m].definition[0] && ms_measures[m].source[0]);
        assert_int_equal(ms_measure_find(ms_measures[m].name), m);
    }
    assert_int_equal(ms_measure_find("no_such"), ms_n_measures);
    static const char *const words[] = {"truncated_fov_skin", "mask_given", "psoas_asymmetric",
                                        "height_missing"};
    for (size_t w = 0; w < 4; w++) {
        const ms_flag_word *row = ms_flag_words;
        while (row->word != NULL && strcmp(row->word, words[w]) != 0) row++;
        assert_non_null(row->word);
    }
}

/* The way with a mask: level at its slice, its labels measured, its doubts flagged. */
static void segment_with_a_mask(void **state) {
    (void)state;
    painted p = make();
    ms_mask mask = {0};
    ms_error err = {0};
    ms_segmentation s = {0};
    ms_segment_options o;
    assert_int_equal(ms_mask_alloc(&mask, &p.volume.geometry, &err), MS_OK);
    memcpy(mask.data + 2 * SIDE * SIDE, p.labels, SIDE * SIDE);
    ms_segment_options_default(&o);
    o.mask = &mask;
    assert_int_equal(ms_segment(&p.volume, &o, &s, &err), MS_OK);
    assert_int_equal(s.level.slice_index, 2);
    assert_int_equal(s.level.source, MS_LEVEL_MASK);
    near(s.level.z_mm, 10, 1e-9);
    near(value(s.values, "sma_cm2"), 36, 1e-9);
    ms_segmentation_clear(&s);

    mask.data[2 * SIDE * SIDE] = 9;
    assert_int_equal(ms_segment(&p.volume, &o, &s, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "label 9"));
    memset(mask.data, 0, 5 * SIDE * SIDE);
    assert_int_equal(ms_segment(&p.volume, &o, &s, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "no muscle"));

    o.mask = NULL;
    o.has_slice = true;
    o.slice_index = 5;
    assert_int_equal(ms_segment(&p.volume, &o, &s, &err), MS_EINPUT);
    o.has_slice = false;
    o.has_z = true;
    o.z_mm = 23;
    assert_int_equal(ms_segment(&p.volume, &o, &s, &err), MS_EINPUT);
    o.z_mm = 9;
    assert_int_equal(ms_segment(&p.volume, &o, &s, &err), MS_OK);
    assert_int_equal(s.level.slice_index, 2);
    near(s.level.confidence, 1, 0);
    ms_segmentation_clear(&s);
    ms_mask_clear(&mask);
    clear(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_muscles),
        cmocka_unit_test(a_null_has_its_reason),
        cmocka_unit_test(thickness_is_measured_across),
        cmocka_unit_test(areas_and_densities),
        cmocka_unit_test(waist_and_spongy_bone),
        cmocka_unit_test(no_height_no_index),
        cmocka_unit_test(truncation_spoils_only_what_it_touches),
        cmocka_unit_test(given_mask_without_fat),
        cmocka_unit_test(catalogue_is_complete),
        cmocka_unit_test(segment_with_a_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
