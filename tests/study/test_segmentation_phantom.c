/* The whole way on synthetic trunks whose truth is known: spongy bone, single muscles, contrast phase. */
#include "myosurv/body.h"
#include "myosurv/phantom.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static double value(const ms_segmentation *s, const char *name) {
    return s->values[ms_measure_find(name)];
}

static void segment(const ms_phantom_params *params, uint64_t seed, ms_phantom_truth *truth,
                    ms_segmentation *s) {
    ms_volume volume = {0};
    ms_error err = {0};
    ms_segment_options o;
    ms_segment_options_default(&o);
    assert_int_equal(ms_phantom_make(params, seed, &volume, NULL, truth, &err), MS_OK);
    o.has_slice = true;
    o.slice_index = truth->l3_slice_index;
    if (ms_segment(&volume, &o, s, &err) != MS_OK) fail_msg("%s", err.message);
    ms_volume_clear(&volume);
}

/* bone_hu is what the phantom's spongy bone is made of (with a texture of its own): the disc's mean follows
 * it. */
static void spongy_bone_follows_the_truth(void **state) {
    (void)state;
    static const double bone[] = {90, 150, 240};
    for (size_t b = 0; b < 3; b++) {
        ms_phantom_params params;
        ms_phantom_truth truth;
        ms_segmentation s = {0};
        ms_phantom_params_default(&params);
        params.bone_hu = bone[b];
        segment(&params, 5, &truth, &s);
        if (!(fabs(value(&s, "trabecular_hu") - bone[b]) < 25))
            fail_msg("%g HU, not %g", value(&s, "trabecular_hu"), bone[b]);
        ms_segmentation_clear(&s);
    }
}

/* Every voxel of muscle belongs to one single muscle, so their areas add up to all of it; both sides of a
 * healthy trunk are alike. */
static void single_muscles_add_up(void **state) {
    (void)state;
    ms_phantom_params params;
    ms_phantom_truth truth;
    ms_segmentation s = {0};
    ms_phantom_params_default(&params);
    segment(&params, 6, &truth, &s);
    const double sum = value(&s, "psoas_cm2") + value(&s, "erector_cm2") + value(&s, "quadratus_cm2") +
                       value(&s, "wall_cm2");
    assert_true(fabs(sum - value(&s, "sma_cm2")) < 1e-6);
    assert_true(fabs(value(&s, "sma_cm2") / truth.sma_cm2 - 1) < 0.05);
    assert_true(fabs(value(&s, "erector_right_cm2") / value(&s, "erector_left_cm2") - 1) < 0.2);
    assert_true(value(&s, "erector_cm2") > 3 * value(&s, "quadratus_cm2"));
    ms_segmentation_clear(&s);
}

static void phases_of_the_scan(void **state) {
    (void)state;
    static const struct {
        ms_phantom_phase made;
        ms_phase seen;
    } rows[] = {{MS_PHANTOM_PLAIN, MS_PHASE_PLAIN},
                {MS_PHANTOM_ARTERIAL, MS_PHASE_ARTERIAL},
                {MS_PHANTOM_PORTAL, MS_PHASE_PORTAL}};
    for (size_t r = 0; r < 3; r++) {
        ms_phantom_params params;
        ms_phantom_truth truth;
        ms_segmentation s = {0};
        ms_phantom_params_default(&params);
        params.phase = rows[r].made;
        segment(&params, 7, &truth, &s);
        assert_int_equal(s.contrast.phase, rows[r].seen);
        assert_true(s.contrast.confidence > 0.8);
        ms_segmentation_clear(&s);
    }
}

/* A field of view that cuts the body off: what it spoils is null and says so, what it does not is there. */
static void a_cut_field_spoils_what_it_touches(void **state) {
    (void)state;
    ms_phantom_params params;
    ms_phantom_truth truth;
    ms_segmentation s = {0};
    ms_phantom_params_default(&params);
    params.fov_mm = 300;
    segment(&params, 8, &truth, &s);
    assert_false(truth.complete);
    assert_true(ms_flags_has(&s.flags, "truncated_fov_skin"));
    assert_true(isnan(value(&s, "sat_cm2")) && isnan(value(&s, "waist_cm")) && isnan(value(&s, "tat_cm2")));
    assert_true(value(&s, "psoas_cm2") > 0 && value(&s, "trabecular_hu") > 0);
    ms_segmentation_clear(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spongy_bone_follows_the_truth),
        cmocka_unit_test(single_muscles_add_up),
        cmocka_unit_test(phases_of_the_scan),
        cmocka_unit_test(a_cut_field_spoils_what_it_touches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
