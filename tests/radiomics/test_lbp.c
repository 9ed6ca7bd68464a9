/* Local binary patterns where their values are known without a computer. */
#include "synthetic.h"

static ms_feature_set patterns(float (*value)(size_t i, size_t j, size_t k)) {
    ms_geometry g = test_geometry(9, 8, 7, 1, 1, 1);
    ms_volume volume;
    ms_mask mask;
    ms_feature_config config = preset("pyradiomics");
    make_pair(&g, &volume, &mask);
    for (size_t v = 0; v < ms_voxels(&g); v++) {
        size_t i = v % 9, j = v / 9 % 8, k = v / 72;
        volume.data[v] = value(i, j, k);
        mask.data[v] = i > 2 && i < 6 && j > 2 && j < 5 && k > 2 && k < 5;
    }
    config.images = MS_IMAGE_LBP2D | MS_IMAGE_LBP3D;
    config.families = MS_FAMILY_FIRSTORDER;
    ms_feature_set set = extract(&volume, &mask, &config);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
    return set;
}

static float flat(size_t i, size_t j, size_t k) {
    (void)i;
    (void)j;
    (void)k;
    return 7;
}

/* No sample is darker than the voxel: all 8 bits; in space all 42, of which the harmonic of degree 0, 1 /
 * sqrt(4 pi), makes a constant 42 / (4 pi) at each corner. The kurtosis of equal samples is undefined. */
static void a_flat_image_has_all_bits(void **state) {
    (void)state;
    ms_feature_set set = patterns(flat);
    assert_near(value_of(&set, "lbp-2D_firstorder_Mean"), 8, 0);
    assert_near(value_of(&set, "lbp-2D_firstorder_Range"), 0, 0);
    assert_near(value_of(&set, "lbp-3D-m1_firstorder_Mean"), sqrt(42.0) * 42 / (4 * acos(-1.0)), 1e-9);
    assert_string_equal(reason_of(&set, "lbp-3D-k_firstorder_Mean"), "undefined");
    ms_feature_set_clear(&set);
}

static float ramp(size_t i, size_t j, size_t k) {
    (void)j;
    (void)k;
    return (float)(10 * i);
}

/* On a ramp along x the points at 0, 45, 90, 270 and 315 degrees are not darker: bits 11100011, which change
 * twice. */
static void a_ramp_has_five_of_eight_bits(void **state) {
    (void)state;
    ms_feature_set set = patterns(ramp);
    assert_near(value_of(&set, "lbp-2D_firstorder_Minimum"), 5, 0);
    assert_near(value_of(&set, "lbp-2D_firstorder_Maximum"), 5, 0);
    ms_feature_set_clear(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flat_image_has_all_bits),
        cmocka_unit_test(a_ramp_has_five_of_eight_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
