/* The filters of IBSI 2 against facts that need no file, and (where the reference data lies beside the
 * project) against the reference response maps: 1 % of a map's range at every voxel. All maps and the values
 * of phase 2 are compared by `myosurv selftest ibsi`. */
#include "synthetic.h"

#include "radiomics/ibsi2.h"

static ms_status run_filter(const ms_volume *volume, const ms_mask *mask, const ms_feature_filter *filter,
                            double *out, size_t *voxels, ms_error *err) {
    const uint8_t label = 1;
    ms_region region = {0};
    ms_image_spec spec = {.kind = MS_IMAGE_FILTER, .filter = *filter};
    ms_status status = ms_region_build(volume, mask, &label, 1, false, &region, err);
    if (status == MS_OK) status = ms_filter_apply(&region, &spec, out, err);
    *voxels = region.box;
    ms_region_clear(&region);
    return status;
}

/* A filter near a region gives what the filter of the whole image gives there, under every boundary
 * condition: so does the mask not matter to the response. */
static void the_region_does_not_matter(void **state) {
    (void)state;
    const ms_feature_filter filters[] = {
        {.kind = MS_FILTER_MEAN, .size = 9},
        {.kind = MS_FILTER_LAPLACIAN, .sigma_mm = 1.5, .truncate = 4},
        {.kind = MS_FILTER_LAWS,
         .kernels = "E5L5S5",
         .pooling = MS_POOLING_MAX,
         .energy = true,
         .energy_delta = 3},
        {.kind = MS_FILTER_WAVELET,
         .family = "db3",
         .kernels = "LHH",
         .level = 2,
         .pooling = MS_POOLING_AVERAGE},
        {.kind = MS_FILTER_GABOR,
         .sigma_mm = 1,
         .lambda_mm = 2,
         .gamma = 1.5,
         .theta_step_deg = 45,
         .three_planes = true},
    };
    ms_geometry g = test_geometry(17, 14, 11, 0.8, 0.9, 1.1);
    ms_volume volume;
    ms_mask all, part;
    make_pair(&g, &volume, &all);
    assert_int_equal(ms_mask_alloc(&part, &g, NULL), MS_OK);
    size_t low[3] = {1, 9, 4}, n[3] = {4, 5, 3}, total = ms_voxels(&g), voxels;
    for (size_t v = 0; v < total; v++) {
        size_t i = v % 17, j = v / 17 % 14, k = v / 238;
        volume.data[v] = (float)((7 * i * i + 11 * j * j + 13 * k * k + 5 * i * j) % 97);
        all.data[v] = 1;
        part.data[v] = i - low[0] < n[0] && j - low[1] < n[1] && k - low[2] < n[2];
    }
    double *whole = malloc(total * sizeof *whole), *near = malloc(total * sizeof *near);
    assert_true(whole && near);
    for (size_t f = 0; f < MS_COUNT(filters); f++) {
        for (int boundary = 0; boundary < 4; boundary++) {
            ms_feature_filter filter = filters[f];
            ms_error err = {0};
            filter.boundary = (ms_filter_boundary)boundary;
            assert_int_equal(run_filter(&volume, &all, &filter, whole, &voxels, &err), MS_OK);
            assert_int_equal(run_filter(&volume, &part, &filter, near, &voxels, &err), MS_OK);
            assert_int_equal(voxels, 60);
            for (size_t v = 0; v < voxels; v++) {
                size_t i = v % 4 + 1, j = v / 4 % 5 + 9, k = v / 20 + 4;
                assert_near(near[v], whole[(k * 14 + j) * 17 + i], 1e-9);
            }
        }
    }
    free(whole);
    free(near);
    ms_volume_clear(&volume);
    ms_mask_clear(&all);
    ms_mask_clear(&part);
}

/* A right-angle rotation keeps handedness: 4 in the plane, 24 in space, all different. */
static void rotations_are_rotations(void **state) {
    (void)state;
    ms_rotation list[MS_MAX_ROTATIONS];
    assert_int_equal(ms_rotations(2, list), 4);
    assert_int_equal(ms_rotations(3, list), 24);
    assert_true(list[0].axis[0] == 0 && list[0].axis[1] == 1 && !list[0].flip[0] && !list[0].flip[1]);
    for (size_t a = 0; a < 24; a++) {
        for (size_t b = 0; b < a; b++) assert_memory_not_equal(&list[a], &list[b], sizeof list[a]);
    }
}

/* 1, 2, 3 continued to both sides. */
static void boundaries(void **state) {
    (void)state;
    static const long long wanted[4][9] = {{-1, -1, -1, 0, 1, 2, -1, -1, -1},
                                           {0, 0, 0, 0, 1, 2, 2, 2, 2},
                                           {0, 1, 2, 0, 1, 2, 0, 1, 2},
                                           {2, 1, 0, 0, 1, 2, 2, 1, 0}};
    for (int b = 0; b < 4; b++) {
        for (long long p = -3; p < 6; p++)
            assert_int_equal(ms_boundary_place(p, 3, (ms_filter_boundary)b), wanted[b][p + 3]);
    }
}

static void write_text(const char *path, const char *text) {
    assert_int_equal(ms_file_write(path, text, strlen(text), NULL), MS_OK);
}

/* Filters from a file: one image each, with names from their parameters, in both conventions. */
static void a_configuration_file(void **state) {
    (void)state;
    const char *path = "test_ibsi2_config.json";
    ms_feature_config config;
    ms_feature_set set = {0};
    ms_error err = {0};
    write_text(path,
               "{\"preset\": \"ibsi\", \"families\": [\"firstorder\"], \"filters\": [{\"filter\": \"mean\", "
               "\"size\": 5}, {\"filter\": \"wavelet\", \"family\": \"db3\", \"band\": \"LLH\", "
               "\"rotations\": \"average\"}]}");
    assert_int_equal(ms_feature_config_read(path, &config, &err), MS_OK);
    assert_int_equal(config.n_filters, 2);
    assert_int_equal(config.filters[0].boundary, MS_BOUNDARY_MIRROR);
    assert_int_equal(ms_feature_names(&config, &set, &err), MS_OK);
    (void)find_feature(&set, "stat_mean");
    (void)find_feature(&set, "mean-5-3D_stat_mean");
    (void)find_feature(&set, "db3-LLH-1-3D_stat_rms");
    ms_feature_set_clear(&set);

    static const char *const bad[][2] = {
        {"{\"filters\": [{\"filter\": \"meen\"}]}", "did you mean 'mean'"},
        {"{\"filters\": [{\"size\": 5}]}", "filter is missing"},
        {"{\"filters\": [{\"filter\": \"mean\", \"size\": 4}]}", "size must be odd"},
        {"{\"filters\": [{\"filter\": \"laws\", \"kernels\": \"L5\"}]}", "one an axis"},
        {"{\"filters\": [{\"filter\": \"wavelet\", \"band\": \"LXH\"}]}", "band must be"},
        {"{\"filters\": [{\"filter\": \"gabor\", \"sigma_mm\": 2, \"lambda_mm\": 1, \"theta_step_deg\": "
         "50}]}",
         "divide a turn"},
        {"{\"filters\": [{\"filter\": \"mean\", \"size\": 5}, {\"filter\": \"mean\", \"size\": 5}]}",
         "both called"},
    };
    for (size_t i = 0; i < MS_COUNT(bad); i++) {
        write_text(path, bad[i][0]);
        err = (ms_error){0};
        assert_int_equal(ms_feature_config_read(path, &config, &err), MS_EINPUT);
        if (!strstr(err.message, bad[i][1])) fail_msg("'%s' does not say '%s'", err.message, bad[i][1]);
    }
    assert_int_equal(ms_remove_tree(path, NULL), MS_OK);
}

/* Every kind of filter once; the rest is in selftest. */
static void reference_maps(void **state) {
    (void)state;
    const char *folder = MS_TEST_SHARED_DIR "/ibsi";
    static const char *const ids[] = {"1.a.3", "1.b.1", "2.a",   "3.a.3", "3.c.3", "4.a.1",
                                      "5.a.2", "6.a.2", "7.a.2", "8.a.2", "9.b.1", "10.b.1"};
    size_t bad = 0, checked = 0;
    if (!ms_path_exists(MS_TEST_SHARED_DIR "/ibsi/reference_response_maps")) {
        print_message("skipped: no ../shared/ibsi/reference_response_maps\n");
        skip();
    }
    for (size_t i = 0; i < ms_ibsi2_n_tests; i++) {
        const ms_ibsi2_test *test = &ms_ibsi2_tests[i];
        bool wanted = false;
        for (size_t j = 0; j < MS_COUNT(ids); j++) wanted = wanted || strcmp(ids[j], test->id) == 0;
        if (!wanted) continue;
        double difference = NAN, range = NAN;
        ms_error err = {0};
        if (ms_ibsi2_map(folder, test, &difference, &range, &err) != MS_OK) fail_msg("%s", err.message);
        checked++;
        if (difference <= 0.01 * range) continue;
        print_error("%s: differs by %g, range %g\n", test->id, difference, range);
        bad++;
    }
    assert_int_equal(checked, MS_COUNT(ids));
    assert_int_equal(bad, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_region_does_not_matter),
        cmocka_unit_test(rotations_are_rotations),
        cmocka_unit_test(boundaries),
        cmocka_unit_test(a_configuration_file),
        cmocka_unit_test(reference_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
