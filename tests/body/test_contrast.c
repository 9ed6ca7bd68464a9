/* The contrast phase from vessels of known HU before a vertebra. */
#include "torso.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The trunk of torso.h (the vertebral body's centre is 40 mm behind its middle, its front 16 mm before that)
 * with an aorta and a cava of 9 mm radius in front of the spine; NaN leaves a vessel out. */
static ms_contrast guess(double aorta_hu, double cava_hu, int header) {
    ms_volume volume = {0};
    uint8_t *truth = NULL;
    ms_error err = {0};
    assert_true(torso_make(&torso_usual, &volume, &truth));
    const ms_geometry *g = &volume.geometry;
    const double middle = (double)(g->n[0] - 1) * g->spacing_mm[0] / 2;
    for (size_t k = 0; k < g->n[2]; k++)
        for (size_t j = 0; j < g->n[1]; j++)
            for (size_t i = 0; i < g->n[0]; i++) {
                const double x = (double)i * g->spacing_mm[0] - middle,
                             y = (double)j * g->spacing_mm[1] - middle;
                float *hu = &volume.data[ms_voxel_index(g, i, j, k)];
                if (torso_in(x, y, 9, 12, 9, 9) && !isnan(aorta_hu)) *hu = (float)aorta_hu;
                if (torso_in(x, y, -14, 12, 9, 9) && !isnan(cava_hu)) *hu = (float)cava_hu;
            }
    ms_level level = {.slice_index = 2, .n_vertebrae = 1};
    const double ijk[3] = {middle / g->spacing_mm[0], (middle + 40) / g->spacing_mm[1], 2};
    memcpy(level.vertebrae[0].name, "L3", 3);
    ms_index_to_mm(g, ijk, level.vertebrae[0].centre_mm);
    ms_contrast contrast = {0};
    assert_int_equal(ms_contrast_guess(&volume, &level, header, &contrast, &err), MS_OK);
    ms_volume_clear(&volume);
    free(truth);
    return contrast;
}

static void vessels_are_measured(void **state) {
    (void)state;
    const ms_contrast c = guess(250, 60, -1);
    assert_true(fabs(c.aorta_hu - 250) < 12 && fabs(c.cava_hu - 60) < 12);
}

/* Unenhanced blood 30 to 65 HU; arterial: aorta far above cava; portal: both bright; delayed: alike and low.
 */
static void phases(void **state) {
    (void)state;
    assert_int_equal(guess(42, 40, -1).phase, MS_PHASE_PLAIN);
    assert_int_equal(guess(300, 60, -1).phase, MS_PHASE_ARTERIAL);
    assert_int_equal(guess(155, 140, -1).phase, MS_PHASE_PORTAL);
    assert_int_equal(guess(100, 98, -1).phase, MS_PHASE_DELAYED);
    assert_true(guess(42, 40, -1).confidence > 0.9);
    assert_true(guess(300, 60, -1).confidence > 0.9);
    /* nearer a border is less sure */
    assert_true(guess(80, 75, -1).confidence < guess(42, 40, -1).confidence);
}

static void a_header_that_contradicts_lowers_confidence(void **state) {
    (void)state;
    const ms_contrast agrees = guess(155, 140, 1), contradicts = guess(155, 140, 0);
    assert_int_equal(contradicts.phase, MS_PHASE_PORTAL);
    assert_true(contradicts.confidence < agrees.confidence);
}

static void nothing_to_see_is_unknown(void **state) {
    (void)state;
    ms_volume volume = {0};
    uint8_t *truth = NULL;
    ms_error err = {0};
    assert_true(torso_make(&torso_usual, &volume, &truth));
    for (size_t v = 0; v < ms_voxels(&volume.geometry); v++) volume.data[v] = -1000;
    const ms_level level = {.slice_index = 2};
    ms_contrast c = {.phase = MS_PHASE_PORTAL};
    assert_int_equal(ms_contrast_guess(&volume, &level, 1, &c, &err), MS_OK);
    assert_int_equal(c.phase, MS_PHASE_UNKNOWN);
    assert_true(c.confidence == 0 && isnan(c.aorta_hu));
    ms_volume_clear(&volume);
    free(truth);
}

static void names_go_both_ways(void **state) {
    (void)state;
    for (int p = 0; p < MS_PHASES; p++) assert_int_equal(ms_phase_find(ms_phase_names[p]), p);
    assert_int_equal(ms_phase_find("venous"), MS_PHASES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vessels_are_measured),
        cmocka_unit_test(phases),
        cmocka_unit_test(a_header_that_contradicts_lowers_confidence),
        cmocka_unit_test(nothing_to_see_is_unknown),
        cmocka_unit_test(names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
