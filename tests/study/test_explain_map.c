/* The map over the slice: what a model of one thing must show can be told beforehand. */
#include "model/explained.h"
#include "myosurv/body.h"
#include "myosurv/study_explain.h"

enum { SIDE = 64, SLICES = 3, LEVEL = 1, FROM = 16, TO = 48 };
static const double pixel_mm = 0.8;
#define PIXEL_CM2 (0.8 * 0.8 / 100)

/* A slice with a square of muscle: its left half 30 HU, the right half 50; the mask on slice 1 alone. Stored
 * with two axes reversed. */
static void write_scan(uint8_t right_label) {
    ms_geometry g = {
        .n = {SIDE, SIDE, SLICES}, .spacing_mm = {pixel_mm, pixel_mm, 5}, .origin_mm = {10, 20, 30}};
    ms_volume volume = {0};
    ms_mask mask = {0};
    g.direction[0] = g.direction[4] = -1;
    g.direction[8] = 1;
    assert_int_equal(ms_volume_alloc(&volume, &g, NULL), MS_OK);
    assert_int_equal(ms_mask_alloc(&mask, &g, NULL), MS_OK);
    for (size_t k = 0; k < SLICES; k++)
        for (size_t j = 0; j < SIDE; j++)
            for (size_t i = 0; i < SIDE; i++) {
                const size_t v = ms_voxel_index(&g, i, j, k);
                const bool muscle = i >= FROM && i < TO && j >= FROM && j < TO, right = i >= SIDE / 2;
                /* stored from left to right: the file's i runs against the canonical one */
                volume.data[v] = muscle ? right ? 30.0F : 50.0F : -100.0F;
                mask.data[v] = muscle && k == LEVEL ? right ? 1 : right_label : 0;
            }
    assert_int_equal(ms_volume_write_nifti(&volume, scratch("scan.nii.gz"), NULL, NULL), MS_OK);
    assert_int_equal(ms_mask_write(&mask, NULL, scratch("mask.nii.gz"), NULL), MS_OK);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

/* risk = sum of weight * input. */
static ms_model *linear_model(const char *const *names, const double *weights, size_t p) {
    ms_model *model = made_model(&(made){p, 0, {0}, 1, 0, MS_ACT_LINEAR, 0, 0, 1, 1});
    model->member_centre[0] = 0;
    model->members[0].weights[p] = 0;
    for (size_t j = 0; j < p; j++) {
        free(model->names[j]);
        model->names[j] = ms_strdup(names[j]);
        model->prep.centre[j] = 0;
        model->prep.scale[j] = 1;
        model->members[0].weights[j] = weights[j];
    }
    return model;
}

static ms_status run(const ms_model *model, const char *preset, const char *region,
                     const ms_occlusion_options *options, const ms_table *values, ms_occlusion_map *map,
                     ms_error *err) {
    ms_occlusion_region regions[2];
    ms_feature_config config;
    char scan[256], mask[256];
    assert_int_equal(ms_occlusion_region_parse(region, &regions[0], NULL), MS_OK);
    assert_int_equal(ms_occlusion_region_parse("pm_=2", &regions[1], NULL), MS_OK);
    assert_int_equal(ms_feature_config_preset(&config, preset, NULL), MS_OK);
    assert_true(ms_text_format(scan, sizeof scan, "%s", scratch("scan.nii.gz")));
    assert_true(ms_text_format(mask, sizeof mask, "%s", scratch("mask.nii.gz")));
    const ms_occlusion_request request = {.model = model,
                                          .scan = scan,
                                          .mask = mask,
                                          .config = &config,
                                          .regions = regions,
                                          .n_regions = 2,
                                          .values = values};
    return ms_occlusion_run(&request, options, map, err);
}

static ms_occlusion_map run_well(const ms_model *model, const char *region, const ms_occlusion_options *o) {
    ms_occlusion_map map = {0};
    ms_error err = {0};
    if (run(model, "default", region, o, NULL, &map, &err) != MS_OK) fail_msg("%s", err.message);
    return map;
}

static double at(const ms_occlusion_map *map, size_t i, size_t j) {
    return map->map[j * SIDE + i];
}

/* Four pixels wide, two apart: an inner pixel is under four whole patches; a corner under patches of which
 * two or four columns and rows lie on the muscle: 3 by 3 on average. */
static const ms_occlusion_options quick = {.patch_mm = 3.2, .step_mm = 1.6};

static void area_tells_how_much_is_taken(const char *input, double pixel) {
    const double weight = 0.25;
    ms_model *model = linear_model(&input, &weight, 1);
    ms_occlusion_options options = quick;
    ms_occlusion_map map = run_well(model, "1", &options);
    assert_int_equal(map.slice, LEVEL);
    assert_close(map.risk, weight * pixel * 1024, 1e-9);
    assert_close(at(&map, 30, 30), weight * pixel * 16, 1e-9);
    assert_close(at(&map, FROM, FROM), weight * pixel * 9, 1e-9);
    assert_close(at(&map, TO - 1, 30), weight * pixel * 12, 1e-9);
    assert_true(isnan(at(&map, FROM - 1, 30)));
    assert_int_equal(map.left_out, 0);
    ms_occlusion_map_clear(&map);
    options.per_cm2 = true;
    map = run_well(model, "1", &options);
    for (size_t i = FROM; i < TO; i++) assert_close(at(&map, i, FROM), weight * pixel / PIXEL_CM2, 1e-9);
    ms_occlusion_map_clear(&map);
    ms_model_free(model);
}

static void test_a_model_of_area_shows_the_area_taken(void **state) {
    (void)state;
    write_scan(1);
    area_tells_how_much_is_taken("original_shape2D_PixelSurface", 0.64); /* mm2 */
    area_tells_how_much_is_taken("sma_cm2", PIXEL_CM2);
}

/* Without n of N pixels of 30 or 50 HU, the mean of 40 becomes (40 N - 30 n) / (N - n). */
static void test_a_model_of_density_shows_what_is_dense(void **state) {
    (void)state;
    static const char *const inputs[] = {"original_firstorder_Mean", "smd_hu"};
    const double weight = -0.1, n = 16, all = 1024;
    write_scan(1);
    for (size_t m = 0; m < MS_COUNT(inputs); m++) {
        ms_model *model = linear_model(&inputs[m], &weight, 1);
        ms_occlusion_options options = quick;
        ms_occlusion_map map = run_well(model, "1", &options);
        assert_close(map.risk, weight * 40, 1e-5);
        assert_close(at(&map, 22, 30), weight * (40 - (40 * all - 30 * n) / (all - n)), 1e-5);
        assert_close(at(&map, 42, 30), weight * (40 - (40 * all - 50 * n) / (all - n)), 1e-5);
        ms_occlusion_map_clear(&map);
        options.way = MS_OCCLUDE_MEDIAN; /* the lower of the two middle values: 30 */
        map = run_well(model, "1", &options);
        assert_close(at(&map, 22, 30), 0, 1e-9);
        assert_close(at(&map, 42, 30), weight * 20 * n / all, 1e-5);
        ms_occlusion_map_clear(&map);
        ms_model_free(model);
    }
}

/* A patch on one region leaves the other as it is; inputs that are not of the image come from the row. */
static void test_regions_and_other_inputs(void **state) {
    (void)state;
    static const char *const names[] = {"sm_original_firstorder_Mean", "age_years",
                                        "pm_original_firstorder_Mean"};
    static const char row[] = "case_id,age_years\nA,60\n";
    const double weights[] = {1, 0.5, 2};
    ms_table *values = NULL;
    ms_occlusion_map map = {0};
    ms_error err = {0};
    write_scan(2);
    ms_model *model = linear_model(names, weights, 3);
    assert_int_equal(ms_table_parse(&values, row, strlen(row), "row", NULL), MS_OK);
    ms_occlusion_options options = quick;
    if (run(model, "default", "sm_=1", &options, values, &map, &err) != MS_OK) fail_msg("%s", err.message);
    assert_close(map.risk, 30 + 30 + 100, 1e-9);
    assert_int_equal(map.n_image_inputs, 2);
    assert_int_equal(map.n_other_inputs, 1);
    for (size_t v = 0; v < SIDE * SIDE; v++)
        if (!isnan(map.map[v])) assert_close(map.map[v], 0, 1e-9); /* each region is even */
    ms_occlusion_map_clear(&map);
    assert_int_equal(run(model, "default", "sm_=1", &options, NULL, &map, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "age_years"));
    assert_int_equal(run(model, "default", "sm_=7", &options, values, &map, &err), MS_EINPUT);
    ms_table_free(values);
    ms_model_free(model);
}

static void test_mistakes_are_named(void **state) {
    (void)state;
    static const char *const name = "age_years";
    static const char row[] = "age_years\n60\n";
    const double weight = 1;
    ms_table *values = NULL;
    ms_occlusion_map map = {0};
    ms_error err = {0};
    ms_occlusion_region region;
    ms_occlusion_options options = {.patch_mm = 0.1};
    write_scan(1);
    assert_int_equal(ms_table_parse(&values, row, strlen(row), "row", NULL), MS_OK);
    ms_model *model = linear_model(&name, &weight, 1);
    assert_int_equal(run(model, "default", "1", &quick, values, &map, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "made from the image"));
    ms_model_free(model);
    static const char *const area = "sma_cm2";
    model = linear_model(&area, &weight, 1);
    assert_int_equal(run(model, "default", "1", &options, values, &map, &err), MS_EUSAGE);
    ms_model_free(model);
    ms_table_free(values);
    static const char *const bad[] = {"", "sm_=", "0", "256", "1+", "1;2", "1+2+3+4+5+6+7+8+9"};
    for (size_t i = 0; i < MS_COUNT(bad); i++)
        assert_int_equal(ms_occlusion_region_parse(bad[i], &region, &err), MS_EUSAGE);
    assert_int_equal(ms_occlusion_region_parse("sm_=1+2,3", &region, &err), MS_OK);
    assert_string_equal(region.prefix, "sm_");
    assert_int_equal(region.n_labels, 3);
}

/* Leaving out images and families the model has no use for changes nothing; with 1 or 2 threads the same. */
static void test_only_what_is_needed_and_threads(void **state) {
    (void)state;
    static const char *const names[] = {"sm_wavelet-LH_glcm_Contrast", "sm_original_firstorder_Energy",
                                        "sm_log-sigma-1-0-mm_firstorder_Mean"};
    const double weights[] = {0.01, 1e-6, 0.3};
    ms_occlusion_map one = {0}, two = {0};
    ms_feature_config config;
    ms_feature_set all = {0};
    ms_error err = {0};
    double expected = 0;
    const char *used[3];
    size_t n = 0;
    write_scan(1);
    assert_int_equal(ms_feature_config_preset(&config, "liu2024", NULL), MS_OK);
    assert_int_equal(ms_feature_names(&config, &all, NULL), MS_OK);
    for (size_t k = 0; k < MS_COUNT(names); k++)
        for (size_t f = 0; f < all.n; f++)
            if (strcmp(names[k] + 3, all.names[f]) == 0) used[n++] = names[k];
    ms_feature_set_clear(&all);
    assert_true(n >= 2);
    ms_model *model = linear_model(used, weights, n);
    ms_occlusion_options options = {.patch_mm = 8, .step_mm = 8};
    ms_threads_set(1);
    if (run(model, "liu2024", "sm_=1", &options, NULL, &one, &err) != MS_OK) fail_msg("%s", err.message);
    ms_threads_set(2);
    assert_int_equal(run(model, "liu2024", "sm_=1", &options, NULL, &two, &err), MS_OK);
    ms_threads_set(0);
    assert_memory_equal(one.map, two.map, SIDE * SIDE * sizeof *one.map);
    ms_mask mask = {.geometry = one.image.geometry, .data = one.labels};
    const uint8_t label = 1;
    assert_int_equal(ms_features_extract(&one.image, &mask, &label, 1, &config, &all, NULL), MS_OK);
    for (size_t k = 0; k < n; k++)
        for (size_t f = 0; f < all.n; f++)
            if (strcmp(used[k] + 3, all.names[f]) == 0) expected += weights[k] * all.values[f];
    assert_close(one.risk, expected, 1e-12 * fabs(expected));
    ms_feature_set_clear(&all);
    ms_occlusion_map_clear(&one);
    ms_occlusion_map_clear(&two);
    ms_model_free(model);
}

static void test_nifti_lies_on_the_scan(void **state) {
    (void)state;
    static const char *const name = "smd_hu";
    const double weight = 1;
    ms_scan read = {0}, scan = {0};
    const ms_scan_options as_is = {.keep_values = true};
    write_scan(1);
    ms_model *model = linear_model(&name, &weight, 1);
    ms_occlusion_map map = run_well(model, "1", &quick);
    assert_int_equal(ms_occlusion_write_nifti(&map, scratch("map.nii.gz"), NULL), MS_OK);
    assert_int_equal(ms_scan_read(scratch("map.nii.gz"), &as_is, &read, NULL), MS_OK);
    assert_int_equal(ms_scan_read(scratch("scan.nii.gz"), NULL, &scan, NULL), MS_OK);
    assert_true(ms_geometry_same(&read.layout.stored, &scan.layout.stored));
    for (size_t v = 0; v < SIDE * SIDE; v++) {
        const double stored = (double)read.volume.data[LEVEL * SIDE * SIDE + v];
        assert_close(stored, isnan(map.map[v]) ? 0 : map.map[v], 1e-6);
        assert_close((double)read.volume.data[v], 0, 0);
    }
    assert_int_equal(ms_occlusion_draw(&map, "test", 0, scratch("map.png"), NULL), MS_OK);
    ms_scan_clear(&read);
    ms_scan_clear(&scan);
    ms_occlusion_map_clear(&map);
    ms_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_model_of_area_shows_the_area_taken),
        cmocka_unit_test(test_a_model_of_density_shows_what_is_dense),
        cmocka_unit_test(test_regions_and_other_inputs),
        cmocka_unit_test(test_mistakes_are_named),
        cmocka_unit_test(test_only_what_is_needed_and_threads),
        cmocka_unit_test(test_nifti_lies_on_the_scan),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
