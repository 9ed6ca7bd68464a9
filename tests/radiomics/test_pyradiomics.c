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

/* A mask in which every kind of cube occurs, as make_pyradiomics_ways.py has it. */
static void ragged(ms_volume *volume, ms_mask *mask) {
    ms_geometry g = test_geometry(15, 13, 11, 0.7, 1.1, 1.9);
    make_pair(&g, volume, mask);
    for (size_t v = 0; v < ms_voxels(&g); v++) {
        long i = (long)(v % 15), j = (long)(v / 15 % 13), k = (long)(v / 195);
        bool border = i == 0 || j == 0 || k == 0 || i == 14 || j == 12 || k == 10;
        volume->data[v] = (float)(i + j + k);
        mask->data[v] = !border && (3 * i * i + 5 * j * k + 7 * i * j + 11 * k * k + i * j * k) % 7 < 4;
    }
}

static ms_feature_config way(const char *name) {
    static const uint8_t order[3] = {2, 0, 1};
    ms_feature_config config = preset("pyradiomics");
    bool permuted = strncmp(name, "permuted", 8) == 0;
    if (permuted) {
        memcpy(config.order, order, sizeof order);
        config.images |= MS_IMAGE_WAVELET;
        config.families = MS_FAMILY_SHAPE | MS_FAMILY_FIRSTORDER | MS_FAMILY_GLCM;
    }
    config.force2d = strcmp(name, "permuted") == 0;
    if (strcmp(name, "permuted_reversed") == 0) config.reversed[1] = config.reversed[2] = true;
    if (strcmp(name, "linear") == 0) {
        config.spacing_mm[2] = 1;
        config.interpolation = MS_INTERPOLATE_LINEAR;
    }
    for (int a = 0; a < 3 && strcmp(name, "spline") == 0; a++) config.spacing_mm[a] = 1;
    if (strcmp(name, "distances") == 0) config.distances[config.n_distances++] = 3;
    if (strcmp(name, "distance_2d") == 0) {
        config.distances[0] = 2;
        config.force2d = true;
        config.ngldm_alpha = 2;
    }
    if (strcmp(name, "manhattan") == 0) config.weights = MS_WEIGHTS_MANHATTAN;
    return config;
}

static void its_ways(void **state) {
    (void)state;
    static const char *const names[] = {"permuted",  "permuted_reversed", "linear",      "spline",
                                        "manhattan", "distances",         "distance_2d", "ragged"};
    ms_table *table = NULL;
    ms_error err = {0};
    size_t bad = 0, compared = 0;
    assert_int_equal(ms_table_read(&table, GOLDEN "pyradiomics_ways.csv", &err), MS_OK);
    for (size_t n = 0; n < MS_COUNT(names); n++) {
        ms_volume volume;
        ms_mask mask;
        if (strcmp(names[n], "ragged") == 0)
            ragged(&volume, &mask);
        else
            synthetic(0, 7, &volume, &mask);
        /* every third of the new voxels lies on an old one: cut off, they follow the last digit */
        for (int a = 0; a < 3 && strcmp(names[n], "spline") == 0; a++)
            volume.geometry.spacing_mm[a] = mask.geometry.spacing_mm[a] = 3;
        ms_feature_config config = way(names[n]);
        ms_feature_set set = extract(&volume, &mask, &config);
        for (size_t r = 0; r < ms_table_rows(table); r++) {
            double theirs;
            const char *feature = ms_table_cell(table, r, 1);
            if (strcmp(ms_table_cell(table, r, 0), names[n]) != 0) continue;
            assert_int_equal(ms_table_number(table, r, 2, &theirs, &err), MS_OK);
            double ours = value_of(&set, feature);
            compared++;
            if (alike(feature, ours, theirs, 1e-9)) continue;
            print_error("%s %s: ours %.17g, pyradiomics %.17g\n", names[n], feature, ours, theirs);
            bad++;
        }
        ms_feature_set_clear(&set);
        ms_volume_clear(&volume);
        ms_mask_clear(&mask);
    }
    assert_int_equal(compared, ms_table_rows(table));
    assert_int_equal(bad, 0);
    ms_table_free(table);
}

/* Resampled and normalised intensities are kept in single precision. */
static double tolerance_of(const char *variant) {
    return strstr(variant, "_resampling") || strstr(variant, "_normalization") ? 1e-6 : 1e-9;
}

/* The table's mesh of brain1 is of pyradiomics 2.0.1b1 (the header of its baseline_shape.csv says so); these
 * are what pyradiomics 3.0.1 gives (run on the same files, tests/peers/pyradiomics.py). */
static double of_this_version(const char *variant, const char *feature, double value) {
    static const struct {
        const char *feature;
        double value;
    } mesh[] = {{"original_shape_MeshVolume", 16147.51180013021},
                {"original_shape_SurfaceArea", 6438.821603779402},
                {"original_shape_Sphericity", 0.4798234536231475},
                {"original_shape_SurfaceVolumeRatio", 0.3987500788652454}};
    for (size_t i = 0; i < MS_COUNT(mesh) && strcmp(variant, "brain1") == 0; i++) {
        if (strcmp(feature, mesh[i].feature) == 0) return mesh[i].value;
    }
    return value;
}

static size_t compare_variant(const ms_table *table, const char *variant, const ms_feature_set *set,
                              size_t *compared) {
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
        theirs = of_this_version(variant, feature, theirs);
        double ours = value_of(set, feature);
        (*compared)++;
        if (alike(feature, ours, theirs, tolerance_of(variant))) continue;
        print_error("%s %s: ours %.17g, pyradiomics %.17g\n", variant, feature, ours, theirs);
        bad++;
    }
    return bad;
}

/* The settings of a variant of the table (its column `settings`). */
static ms_feature_config variant_config(const char *suffix, const ms_layout *layout) {
    ms_feature_config config = preset("pyradiomics");
    ms_feature_config_stored(&config, layout);
    if (strcmp(suffix, "") == 0) config.array_shift = 2000;
    if (strcmp(suffix, "_2d") == 0) config.force2d = true;
    if (strcmp(suffix, "_FBN") == 0) config.bin_count = 64;
    if (strcmp(suffix, "_combined") == 0) config.weights = MS_WEIGHTS_EQUAL;
    if (strcmp(suffix, "_flatRegion") == 0) {
        config.bin_width = 5000;
        config.resegment_hu[0] = 0;
    }
    if (strcmp(suffix, "_resegmentation") == 0) {
        config.resegment_mode = MS_RESEGMENT_SIGMA;
        config.resegment_hu[0] = -3;
        config.resegment_hu[1] = 3;
    }
    if (strcmp(suffix, "_resampling") == 0) {
        for (int a = 0; a < 3; a++) config.spacing_mm[a] = 2;
    }
    if (strcmp(suffix, "_normalization") == 0) {
        config.normalize = true;
        config.normalize_scale = 100;
        config.bin_width = 5;
    }
    if (strcmp(suffix, "_shape2D") == 0) config.families = MS_FAMILY_SHAPE2D;
    return config;
}

/* shape2D's case is a slice of the region: the one with most voxels. */
static void largest_slice(ms_mask *mask) {
    const size_t *n = mask->geometry.n, plane = n[0] * n[1];
    size_t best = 0, most = 0;
    for (size_t k = 0; k < n[2]; k++) {
        size_t count = 0;
        for (size_t v = 0; v < plane; v++) count += mask->data[k * plane + v] != 0;
        if (count > most) best = k;
        if (count > most) most = count;
    }
    for (size_t v = 0; v < plane * n[2]; v++) mask->data[v] = v / plane == best ? mask->data[v] : 0;
}

static void its_own_cases(void **state) {
    (void)state;
    static const char *const variants[] = {"",
                                           "_2d",
                                           "_FBN",
                                           "_combined",
                                           "_resegmentation",
                                           "_flatRegion",
                                           "_resampling",
                                           "_normalization",
                                           "_shape2D"};
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
            ms_feature_config config = variant_config(variants[v], &scan.layout);
            if (strcmp(variants[v], "_shape2D") == 0) largest_slice(&mask);
            ms_feature_set set = extract(&scan.volume, &mask, &config);
            assert_true(ms_text_format(path, sizeof path, "%s%s", cases[c], variants[v]));
            bad += compare_variant(table, path, &set, &compared);
            ms_feature_set_clear(&set);
        }
        ms_scan_clear(&scan);
        ms_mask_clear(&mask);
    }
    print_message("compared %zu values\n", compared);
    assert_true(compared >= 1300);
    assert_int_equal(bad, 0);
    ms_table_free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_17_images_in_3d),
        cmocka_unit_test(values_of_17_images_of_a_slice),
        cmocka_unit_test(its_ways),
        cmocka_unit_test(its_own_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
