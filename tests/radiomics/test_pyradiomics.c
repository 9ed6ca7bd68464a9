/* Values equal to pyradiomics 3.0.1's: on a synthetic image (tests/golden/radiomics/make_pyradiomics.py), and
 * on the cases of its own test suite, brain1 and breast1 (BSD-3), where those lie beside the project. */
#include "synthetic.h"

#define GOLDEN MS_TEST_GOLDEN_DIR "/radiomics/"
#define SHARED MS_TEST_SHARED_DIR "/pyradiomics/"

/* ITK computes these in single precision. */
static bool single_precision(const char *name) {
    return ms_text_starts_with(name, "log-sigma") || ms_text_starts_with(name, "gradient");
}

/* A flat texture's entropy is -3e-16 in pyradiomics, which adds epsilon in the logarithm. */
static bool alike(const char *name, double ours, double theirs, double relative) {
    double tolerance = single_precision(name) && relative < 1e-5 ? 1e-5 : relative;
    return fabs(ours - theirs) <= tolerance * fabs(theirs) + 1e-13;
}

static size_t compare_table(const char *path, const ms_feature_set *set) {
    ms_table *table = NULL;
    ms_error err = {0};
    size_t bad = 0;
    assert_int_equal(ms_table_read(&table, path, &err), MS_OK);
    for (size_t r = 0; r < ms_table_rows(table); r++) {
        double theirs;
        const char *name = ms_table_cell(table, r, 0);
        assert_int_equal(ms_table_number(table, r, 1, &theirs, &err), MS_OK);
        double ours = value_of(set, name);
        if (alike(name, ours, theirs, 1e-9)) continue;
        print_error("%s: ours %.17g, pyradiomics %.17g\n", name, ours, theirs);
        bad++;
    }
    ms_table_free(table);
    return bad;
}

static void values_of_17_images_in_3d(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_feature_config config = preset("liu2024-3d");
    config.families |= MS_FAMILY_GLDM;
    synthetic(0, 7, &volume, &mask);
    ms_feature_set set = extract(&volume, &mask, &config);
    assert_int_equal(compare_table(GOLDEN "pyradiomics_3d.csv", &set), 0);
    ms_feature_set_clear(&set);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

static void values_of_17_images_of_a_slice(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_feature_config config = preset("liu2024");
    config.families |= MS_FAMILY_GLDM | MS_FAMILY_SHAPE2D;
    synthetic(3, 1, &volume, &mask);
    ms_feature_set set = extract(&volume, &mask, &config);
    assert_int_equal(compare_table(GOLDEN "pyradiomics_2d.csv", &set), 0);
    ms_feature_set_clear(&set);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

/* The mesh of brain1 has cubes with ambiguous faces, which pyradiomics' table splits otherwise. */
static double tolerance_of(const char *testcase, const char *feature) {
    static const char *const mesh[] = {"original_shape_MeshVolume", "original_shape_SurfaceArea",
                                       "original_shape_Sphericity", "original_shape_SurfaceVolumeRatio"};
    for (size_t i = 0; i < MS_COUNT(mesh); i++) {
        if (strcmp(testcase, "brain1") == 0 && strcmp(feature, mesh[i]) == 0) return 4e-3;
    }
    return 1e-9;
}

static size_t compare_variant(const ms_table *table, const char *variant, const char *testcase,
                              const ms_feature_set *set, size_t *compared) {
    size_t c_variant, c_feature, c_value, bad = 0;
    ms_error err = {0};
    assert_int_equal(ms_table_require(table, "variant", &c_variant, &err), MS_OK);
    assert_int_equal(ms_table_require(table, "feature", &c_feature, &err), MS_OK);
    assert_int_equal(ms_table_require(table, "value", &c_value, &err), MS_OK);
    for (size_t r = 0; r < ms_table_rows(table); r++) {
        double theirs;
        if (strcmp(ms_table_cell(table, r, c_variant), variant) != 0) continue;
        const char *feature = ms_table_cell(table, r, c_feature);
        assert_int_equal(ms_table_number(table, r, c_value, &theirs, &err), MS_OK);
        double ours = value_of(set, feature);
        (*compared)++;
        if (alike(feature, ours, theirs, tolerance_of(testcase, feature))) continue;
        print_error("%s %s: ours %.17g, pyradiomics %.17g\n", variant, feature, ours, theirs);
        bad++;
    }
    return bad;
}

static void its_own_cases(void **state) {
    (void)state;
    static const struct {
        const char *suffix;
        double width, sigma, shift;
        size_t count;
        bool flat;
    } variants[] = {{"", 25, 0, 2000, 0, false},
                    {"_2d", 25, 0, 0, 0, true},
                    {"_FBN", 25, 0, 0, 64, false},
                    {"_resegmentation", 25, 3, 0, 0, false},
                    {"_flatRegion", 5000, 0, 0, 0, false}};
    static const char *const cases[] = {"brain1", "breast1"};
    size_t bad = 0, compared = 0;
    ms_error err = {0};
    ms_table *table = NULL;
    if (!ms_path_exists(SHARED "pyradiomics_baseline_long.csv")) {
        print_message("skipped: no ../shared/pyradiomics\n");
        skip();
    }
    assert_int_equal(ms_table_read(&table, SHARED "pyradiomics_baseline_long.csv", &err), MS_OK);
    for (size_t c = 0; c < MS_COUNT(cases); c++) {
        char path[512];
        ms_scan scan = {0};
        ms_mask mask = {0};
        assert_true(ms_text_format(path, sizeof path, SHARED "data/%s_image.nrrd", cases[c]));
        assert_int_equal(ms_scan_read(path, NULL, &scan, &err), MS_OK);
        assert_true(ms_text_format(path, sizeof path, SHARED "data/%s_label.nrrd", cases[c]));
        assert_int_equal(ms_mask_read(path, &scan.volume.geometry, &mask, &err), MS_OK);
        for (size_t v = 0; v < MS_COUNT(variants); v++) {
            ms_feature_config config = preset("pyradiomics");
            config.bin_width = variants[v].width;
            config.bin_count = variants[v].count;
            config.resegment_sigma = variants[v].sigma;
            config.array_shift = variants[v].shift;
            config.force2d = variants[v].flat;
            ms_feature_set set = extract(&scan.volume, &mask, &config);
            assert_true(ms_text_format(path, sizeof path, "%s%s", cases[c], variants[v].suffix));
            bad += compare_variant(table, path, cases[c], &set, &compared);
            ms_feature_set_clear(&set);
        }
        ms_scan_clear(&scan);
        ms_mask_clear(&mask);
    }
    ms_table_free(table);
    assert_int_equal(compared, 2 * (107 + 75 + 75 + 93 + 75));
    assert_int_equal(bad, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_17_images_in_3d),
        cmocka_unit_test(values_of_17_images_of_a_slice),
        cmocka_unit_test(its_own_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
