/* test_level_phantom.c: the L3 level on phantoms, whose vertebrae are known exactly. It lies here because
 * only the study may know the phantom and the body both. */
#include "base/base.h"
#include "myosurv/body.h"
#include "myosurv/phantom.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static double true_z(const ms_phantom_truth *truth, const char *name) {
    for (size_t i = 0; i < truth->n_vertebrae; i++)
        if (strcmp(truth->vertebra[i].name, name) == 0) return truth->vertebra[i].centre_mm[2];
    return (double)NAN;
}

/* Whether the spine is drawn with other counts than usual: then the level is right or flagged. */
static bool unusual(const ms_phantom_params *p) {
    return p->ribs_pairs != 12 || p->lumbar_count != 5 || p->transitional != 0 || p->last_rib < 1;
}

/* The slice within 5 mm of the middle of L3 (or half the slices' distance) and L5 to L1 under their own
 * names. */
static void check(const ms_phantom_params *params, uint64_t seed) {
    ms_volume volume = {0};
    ms_phantom_truth truth;
    ms_level level;
    ms_flags flags = {0};
    ms_error err = {0};
    if (ms_phantom_make(params, seed, &volume, NULL, &truth, &err) != MS_OK) fail_msg("%s", err.message);
    if (ms_level_find(&volume, &level, &flags, &err) != MS_OK)
        fail_msg("seed %d: %s", (int)seed, err.message);
    print_message("seed %d: %.1f mm from mid-L3, confidence %.2f\n", (int)seed, level.z_mm - truth.l3_z_mm,
                  level.confidence);
    if (unusual(params) && ms_flags_has(&flags, "level_uncertain")) {
        ms_volume_clear(&volume);
        return;
    }
    assert_true(fabs(level.z_mm - truth.l3_z_mm) <= fmax(5.0, 0.5 * params->spacing_z_mm + 2.0));
    size_t lumbar = 0;
    for (size_t i = 0; i < level.n_vertebrae; i++) {
        if (level.vertebrae[i].name[0] != 'L') continue;
        lumbar++;
        assert_true(fabs(level.vertebrae[i].centre_mm[2] - true_z(&truth, level.vertebrae[i].name)) < 10.0);
    }
    assert_int_equal(lumbar, 5);
    ms_volume_clear(&volume);
}

static void random_patients(void **state) {
    (void)state;
    for (uint64_t seed = 100; seed < 112; seed++) {
        ms_phantom_params params;
        assert_int_equal(ms_phantom_params_random(seed, &params, NULL), MS_OK);
        check(&params, seed);
    }
}

/* Ends of what there is: thin and thick slices, strong curves, weak bone, low dose. */
static void hard_patients(void **state) {
    (void)state;
    ms_phantom_params params;
    ms_phantom_params_default(&params);
    params.slice_mm = params.spacing_z_mm = 8;
    check(&params, 1);
    ms_phantom_params_default(&params);
    params.slice_mm = params.spacing_z_mm = 1;
    params.noise_hu = 25;
    check(&params, 2);
    ms_phantom_params_default(&params);
    params.scoliosis_deg = 25;
    params.lordosis_deg = 60;
    check(&params, 3);
    ms_phantom_params_default(&params);
    params.bone_hu = 80;
    params.age_years = 85;
    check(&params, 4);
}

/* A scan that ends above L3 or below it is refused. */
static void no_l3_in_view(void **state) {
    (void)state;
    ms_phantom_params params;
    ms_volume volume = {0};
    ms_phantom_truth truth;
    ms_level level;
    ms_flags flags = {0};
    ms_error err = {0};
    ms_phantom_params_default(&params);
    assert_int_equal(ms_phantom_make(&params, 5, &volume, NULL, &truth, &err), MS_OK);
    size_t plane = volume.geometry.n[0] * volume.geometry.n[1], from = truth.l3_slice_index + 12;
    ms_volume chest = volume;
    chest.data += from * plane;
    chest.geometry.n[2] -= from;
    assert_int_equal(ms_level_find(&chest, &level, &flags, &err), MS_EINPUT);
    ms_volume_clear(&volume);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_patients),
        cmocka_unit_test(hard_patients),
        cmocka_unit_test(no_l3_in_view),
    };
    return cmocka_run_group_tests_name("level on phantoms", tests, NULL, NULL);
}
