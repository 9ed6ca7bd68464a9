/* Extraction as a whole: columns, labels, invariances, the same bytes on any number of threads, and regions
 * and images for which features are undefined. */
#include "synthetic.h"

static void assert_same(const ms_feature_set *a, const ms_feature_set *b) {
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        assert_string_equal(a->names[i], b->names[i]);
        if (memcmp(&a->values[i], &b->values[i], sizeof(double)) != 0) {
            fail_msg("%s: %.17g and %.17g", a->names[i], a->values[i], b->values[i]);
        }
        assert_ptr_equal(a->reasons[i], b->reasons[i]);
    }
}

/* Liu et al. 2024 give 1343 features; 17 images of 79. pyradiomics' defaults give 107. */
static void presets_have_their_numbers_of_columns(void **state) {
    (void)state;
    static const struct {
        const char *name;
        size_t n;
    } wanted[] = {{"liu2024", 1343}, {"liu2024-3d", 1343}, {"pyradiomics", 107}, {"default", 116}};
    for (size_t p = 0; p < MS_COUNT(wanted); p++) {
        ms_feature_config config = preset(wanted[p].name);
        ms_feature_set set = {0};
        assert_int_equal(ms_feature_names(&config, &set, NULL), MS_OK);
        assert_int_equal(set.n, wanted[p].n);
        for (size_t i = 0; i < set.n; i++) {
            assert_true(isnan(set.values[i]));
            for (size_t j = i + 1; j < set.n; j++) assert_string_not_equal(set.names[i], set.names[j]);
        }
        ms_feature_set_clear(&set);
    }
    for (size_t p = 0; ms_feature_presets[p]; p++)
        assert_non_null(ms_feature_preset_summary(ms_feature_presets[p]));
}

static void columns_do_not_depend_on_the_image(void **state) {
    (void)state;
    for (size_t p = 0; ms_feature_presets[p]; p++) {
        ms_feature_config config = preset(ms_feature_presets[p]);
        ms_feature_set names = {0};
        assert_int_equal(ms_feature_names(&config, &names, NULL), MS_OK);
        for (size_t count = 1; count <= 7; count += 6) {
            ms_volume volume;
            ms_mask mask;
            synthetic(count == 1 ? 3 : 0, count, &volume, &mask);
            ms_feature_set set = extract(&volume, &mask, &config);
            assert_int_equal(set.n, names.n);
            for (size_t i = 0; i < set.n; i++) {
                assert_string_equal(set.names[i], names.names[i]);
                assert_true(isnan(set.values[i]) == (set.reasons[i] != NULL));
            }
            ms_feature_set_clear(&set);
            ms_volume_clear(&volume);
            ms_mask_clear(&mask);
        }
        ms_feature_set_clear(&names);
    }
}

static void same_bytes_on_one_and_four_threads(void **state) {
    (void)state;
    static const char *const presets[] = {"liu2024", "liu2024-3d", "ibsi"};
    ms_volume volume;
    ms_mask mask;
    synthetic(0, 7, &volume, &mask);
    for (size_t p = 0; p < MS_COUNT(presets); p++) {
        ms_feature_config config = preset(presets[p]);
        ms_threads_set(1);
        ms_feature_set one = extract(&volume, &mask, &config);
        ms_threads_set(4);
        ms_feature_set four = extract(&volume, &mask, &config);
        ms_threads_set(0);
        assert_same(&one, &four);
        ms_feature_set_clear(&one);
        ms_feature_set_clear(&four);
    }
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

/* Embeds the slice in a larger image, moved by (di, dj), on slice k of three. */
static void embed(const ms_volume *v, const ms_mask *m, size_t di, size_t dj, size_t k, ms_volume *volume,
                  ms_mask *mask) {
    ms_geometry g = test_geometry(64, 56, 3, 0.8, 0.9, 2.5);
    make_pair(&g, volume, mask);
    for (size_t j = 0; j < 20; j++) {
        for (size_t i = 0; i < 24; i++) {
            volume->data[ms_voxel_index(&g, i + di, j + dj, k)] = v->data[j * 24 + i];
            mask->data[ms_voxel_index(&g, i + di, j + dj, k)] = m->data[j * 24 + i];
        }
    }
}

/* A region moved together with its surroundings, in the plane or to another slice, has the same features.
 * (The Laplacian of Gaussian decays without end; 16 sigma away nothing is left but rounding.) */
static void features_do_not_depend_on_the_place(void **state) {
    (void)state;
    ms_volume v, a, b;
    ms_mask m, ma, mb;
    ms_feature_config config = preset("liu2024");
    config.log_sigma_mm[0] = config.log_sigma_mm[1] = config.log_sigma_mm[2] = 0.7;
    synthetic(3, 1, &v, &m);
    embed(&v, &m, 17, 15, 0, &a, &ma);
    embed(&v, &m, 19, 18, 2, &b, &mb);
    ms_feature_set x = extract(&a, &ma, &config), y = extract(&b, &mb, &config);
    for (size_t i = 0; i < x.n; i++) {
        double scale = fabs(x.values[i]) > 1e-6 ? fabs(x.values[i]) : 1e-6;
        if (!(fabs(x.values[i] - y.values[i]) <= 1e-7 * scale))
            fail_msg("%s: %.17g and %.17g", x.names[i], x.values[i], y.values[i]);
    }
    ms_feature_set_clear(&x);
    ms_feature_set_clear(&y);
    ms_volume_clear(&v);
    ms_volume_clear(&a);
    ms_volume_clear(&b);
    ms_mask_clear(&m);
    ms_mask_clear(&ma);
    ms_mask_clear(&mb);
}

/* A slice handed over alone or within its volume gives the same 2D features: other slices play no part. */
static void a_slice_alone_is_the_slice_in_its_volume(void **state) {
    (void)state;
    ms_volume all, one;
    ms_mask all_mask, one_mask;
    ms_feature_config config = preset("liu2024");
    synthetic(0, 7, &all, &all_mask);
    synthetic(3, 1, &one, &one_mask);
    for (size_t v = 0; v < ms_voxels(&all_mask.geometry); v++) {
        if (v / 480 != 3) all_mask.data[v] = 0;
        if (v / 480 == 6) all.data[v] = 3000;
    }
    ms_feature_set a = extract(&all, &all_mask, &config), b = extract(&one, &one_mask, &config);
    assert_same(&a, &b);
    ms_feature_set_clear(&a);
    ms_feature_set_clear(&b);
    ms_volume_clear(&all);
    ms_volume_clear(&one);
    ms_mask_clear(&all_mask);
    ms_mask_clear(&one_mask);
}

static void the_region_is_the_union_of_the_labels(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_feature_config config = preset("default");
    ms_feature_set both = {0};
    const uint8_t labels[] = {9, 200};
    synthetic(0, 7, &volume, &mask);
    ms_feature_set one = extract(&volume, &mask, &config);
    for (size_t v = 0; v < ms_voxels(&mask.geometry); v++) mask.data[v] = mask.data[v] ? labels[v % 2] : 5;
    assert_int_equal(ms_features_extract(&volume, &mask, labels, 2, &config, &both, NULL), MS_OK);
    assert_same(&one, &both);
    ms_feature_set_clear(&one);
    ms_feature_set_clear(&both);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

/* Adding a constant multiple of the bin width moves intensities, not textures. */
static void textures_do_not_depend_on_a_shift_by_bins(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_feature_config config = preset("pyradiomics");
    config.families = MS_FAMILY_GLCM | MS_FAMILY_GLRLM | MS_FAMILY_GLSZM | MS_FAMILY_NGTDM | MS_FAMILY_GLDM;
    synthetic(0, 7, &volume, &mask);
    ms_feature_set a = extract(&volume, &mask, &config);
    for (size_t v = 0; v < ms_voxels(&volume.geometry); v++) volume.data[v] += 250;
    ms_feature_set b = extract(&volume, &mask, &config);
    assert_same(&a, &b);
    ms_feature_set_clear(&a);
    ms_feature_set_clear(&b);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

static void one_voxel_says_what_is_missing(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_feature_config config = preset("default");
    synthetic(3, 1, &volume, &mask);
    memset(mask.data, 0, ms_voxels(&mask.geometry));
    mask.data[9 * 24 + 11] = 1;
    ms_feature_set set = extract(&volume, &mask, &config);
    assert_near(value_of(&set, "original_firstorder_Mean"), volume.data[9 * 24 + 11], 0);
    assert_near(value_of(&set, "original_firstorder_Skewness"), 0, 0);
    assert_string_equal(reason_of(&set, "original_glcm_Contrast"), "no_pairs");
    assert_string_equal(reason_of(&set, "original_glrlm_RunEntropy"), "no_pairs");
    assert_string_equal(reason_of(&set, "original_shape_MeshVolume"), "needs_3d");
    assert_near(value_of(&set, "original_glszm_ZonePercentage"), 1, 0);
    assert_near(value_of(&set, "original_shape2D_PixelSurface"), 0.72, 1e-12);
    ms_feature_set_clear(&set);
    config = preset("liu2024");
    set = extract(&volume, &mask, &config);
    ms_feature_set_clear(&set);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

/* pyradiomics' limits for one grey level: correlation 1, MCC 1, both information correlations 0, coarseness
 * 1e6. */
static void one_grey_level_has_its_limits(void **state) {
    (void)state;
    static const char *const presets[] = {"default", "liu2024", "liu2024-3d", "ibsi"};
    ms_volume volume;
    ms_mask mask;
    synthetic(0, 7, &volume, &mask);
    for (float level = 0; level <= 60; level += 60) {
        for (size_t v = 0; v < ms_voxels(&volume.geometry); v++) volume.data[v] = level;
        for (size_t p = 0; p < MS_COUNT(presets); p++) {
            ms_feature_config config = preset(presets[p]);
            ms_feature_set set = extract(&volume, &mask, &config);
            for (size_t i = 0; i < set.n; i++) assert_true(isfinite(set.values[i]) || set.reasons[i]);
            if (p == 0) {
                assert_near(value_of(&set, "original_glcm_Correlation"), 1, 0);
                assert_near(value_of(&set, "original_glcm_MCC"), 1, 0);
                assert_near(value_of(&set, "original_glcm_Imc1"), 0, 0);
                assert_near(value_of(&set, "original_glcm_Imc2"), 0, 0);
                assert_near(value_of(&set, "original_ngtdm_Coarseness"), 1e6, 0);
            }
            ms_feature_set_clear(&set);
        }
    }
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

static ms_status try_extract(const ms_volume *volume, const ms_mask *mask, uint8_t label,
                             const ms_feature_config *config, ms_error *err) {
    ms_feature_set set = {0};
    ms_status status = ms_features_extract(volume, mask, &label, 1, config, &set, err);
    if (status != MS_OK) assert_null(set.names);
    ms_feature_set_clear(&set);
    return status;
}

static void bad_regions_and_images_are_refused(void **state) {
    (void)state;
    ms_volume volume, small;
    ms_mask mask, small_mask;
    ms_error err = {0};
    ms_feature_config config = preset("liu2024-3d");
    synthetic(0, 7, &volume, &mask);
    synthetic(0, 6, &small, &small_mask);
    assert_int_equal(try_extract(&volume, &mask, 7, &config, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "no voxel with label 7; it has 1"));
    assert_int_equal(try_extract(&volume, &small_mask, 1, &config, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "24 x 20 x 6"));
    memset(small_mask.data, 0, ms_voxels(&small_mask.geometry));
    assert_int_equal(try_extract(&small, &small_mask, 1, &config, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "it is empty"));
    size_t inside = ms_voxel_index(&volume.geometry, 11, 8, 3);
    float kept = volume.data[inside];
    volume.data[inside] = (float)NAN;
    assert_int_equal(try_extract(&volume, &mask, 1, &config, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "(11, 8, 3)"));
    volume.data[inside] = (float)INFINITY;
    config = preset("default");
    assert_int_equal(try_extract(&volume, &mask, 1, &config, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "infinite"));
    volume.data[inside] = kept;
    volume.data[0] = (float)NAN; /* far from the region: the original image does not need it */
    assert_int_equal(try_extract(&volume, &mask, 1, &config, &err), MS_OK);
    ms_volume_clear(&volume);
    ms_volume_clear(&small);
    ms_mask_clear(&mask);
    ms_mask_clear(&small_mask);
}

static void too_fine_bins_are_refused(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_error err = {0};
    ms_feature_config config = preset("default");
    synthetic(3, 1, &volume, &mask);
    config.bin_width = 1e-9;
    assert_int_equal(try_extract(&volume, &mask, 1, &config, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "grey levels"));
    config.bin_width = 1e-320;
    assert_int_equal(try_extract(&volume, &mask, 1, &config, &err), MS_EINPUT);
    config.bin_count = 1000000000;
    assert_int_equal(try_extract(&volume, &mask, 1, &config, &err), MS_EUSAGE);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

static void an_empty_intensity_range_is_missing_not_an_error(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_feature_config config = preset("pyradiomics");
    config.resegment_hu[0] = 5000;
    synthetic(0, 7, &volume, &mask);
    ms_feature_set set = extract(&volume, &mask, &config);
    assert_string_equal(reason_of(&set, "original_firstorder_Mean"), "empty_intensity_mask");
    ms_feature_set_clear(&set);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

/* As in pyradiomics, the range is one of HU: it picks the voxels once, from the original image, for every
 * image. */
static void resegmentation_is_by_the_original_image(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_feature_config config = preset("liu2024-3d");
    config.resegment_hu[0] = -20;
    config.resegment_hu[1] = 90;
    synthetic(0, 7, &volume, &mask);
    ms_feature_set by_range = extract(&volume, &mask, &config);
    for (size_t v = 0; v < ms_voxels(&mask.geometry); v++) {
        if (volume.data[v] < -20 || volume.data[v] > 90) mask.data[v] = 0;
    }
    config = preset("liu2024-3d");
    ms_feature_set by_mask = extract(&volume, &mask, &config);
    for (size_t i = 0; i < by_mask.n; i++)
        assert_near(by_range.values[i], by_mask.values[i], 1e-9 * fabs(by_mask.values[i]) + 1e-12);
    ms_feature_set_clear(&by_range);
    ms_feature_set_clear(&by_mask);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

/* Trilinear interpolation keeps a ramp a ramp, and a box a box of the same extent. */
static void resampling_keeps_ramp_and_volume(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_feature_config config = preset("ibsi");
    ms_geometry g = test_geometry(20, 20, 10, 1, 1, 2);
    make_pair(&g, &volume, &mask);
    for (size_t v = 0; v < ms_voxels(&g); v++) {
        size_t i = v % 20, j = v / 20 % 20, k = v / 400;
        volume.data[v] = (float)(10 * i);
        mask.data[v] = i >= 4 && i < 16 && j >= 4 && j < 16 && k >= 2 && k < 8;
    }
    config.spacing_mm[0] = config.spacing_mm[1] = config.spacing_mm[2] = 0.5;
    ms_feature_set set = extract(&volume, &mask, &config);
    assert_near(value_of(&set, "morph_vol_approx"), 12 * 12 * 12, 0.02 * 1728); /* corners are cut */
    assert_near(value_of(&set, "stat_mean"), 95, 1e-6);
    assert_near(value_of(&set, "stat_max"), 152.5, 1e-4);
    ms_feature_set_clear(&set);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

/* pyradiomics leaves columns out where it cannot compute them (LoG of one slice); here they are all there,
 * each with a value or a reason. */
static void one_slice_has_every_column_of_pyradiomics(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_error err = {0};
    ms_feature_set names = {0};
    ms_feature_config config = preset("pyradiomics");
    config.images = MS_IMAGE_ORIGINAL | MS_IMAGE_WAVELET | MS_IMAGE_LOG | MS_IMAGE_SQUARE |
                    MS_IMAGE_SQUAREROOT | MS_IMAGE_LOGARITHM | MS_IMAGE_EXPONENTIAL | MS_IMAGE_GRADIENT |
                    MS_IMAGE_LBP2D | MS_IMAGE_LBP3D;
    synthetic(3, 1, &volume, &mask);
    assert_int_equal(ms_feature_names(&config, &names, &err), MS_OK);
    ms_feature_set set = extract(&volume, &mask, &config);
    assert_int_equal(set.n, names.n);
    assert_int_equal(set.n, 14 + 93 * (1 + 8 + 3 + 5 + 1 + 3));
    for (size_t i = 0; i < set.n; i++) {
        assert_string_equal(set.names[i], names.names[i]);
        assert_int_equal(isnan(set.values[i]), set.reasons[i] != NULL);
        if (ms_text_starts_with(set.names[i], "log-sigma")) assert_string_equal(set.reasons[i], "too_small");
    }
    assert_true(isfinite(value_of(&set, "wavelet-LLH_glcm_Contrast")));
    assert_true(isfinite(value_of(&set, "original_shape_MeshVolume")));
    ms_feature_set_clear(&names);
    ms_feature_set_clear(&set);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_have_their_numbers_of_columns),
        cmocka_unit_test(columns_do_not_depend_on_the_image),
        cmocka_unit_test(same_bytes_on_one_and_four_threads),
        cmocka_unit_test(features_do_not_depend_on_the_place),
        cmocka_unit_test(a_slice_alone_is_the_slice_in_its_volume),
        cmocka_unit_test(the_region_is_the_union_of_the_labels),
        cmocka_unit_test(textures_do_not_depend_on_a_shift_by_bins),
        cmocka_unit_test(one_voxel_says_what_is_missing),
        cmocka_unit_test(one_grey_level_has_its_limits),
        cmocka_unit_test(bad_regions_and_images_are_refused),
        cmocka_unit_test(too_fine_bins_are_refused),
        cmocka_unit_test(an_empty_intensity_range_is_missing_not_an_error),
        cmocka_unit_test(resegmentation_is_by_the_original_image),
        cmocka_unit_test(resampling_keeps_ramp_and_volume),
        cmocka_unit_test(one_slice_has_every_column_of_pyradiomics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
