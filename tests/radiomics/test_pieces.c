/* The quick ways against the plain ones: sorting, diameters by hulls, filtering near the region, families in
 * parallel. */
#include "synthetic.h"

#include "radiomics/mesh.h"

/* Equal to qsort, for any signs and sizes, with equal values and both zeros; -0 and 0 keep their order. */
static void sorting_is_sorting(void **state) {
    (void)state;
    enum { MOST = 20000 };
    static double x[MOST], y[MOST];
    ms_random *random = ms_random_new(1, "sort");
    assert_non_null(random);
    for (size_t n = 1; n <= MOST; n = 3 * n + 1) {
        for (size_t kind = 0; kind < 3; kind++) {
            for (size_t i = 0; i < n; i++) {
                double u = ms_random_normal(random);
                x[i] = kind == 0   ? u
                       : kind == 1 ? floor(20 * u)
                                   : u * pow(10, 200 * ms_random_uniform(random));
                if (kind == 1 && i % 7 == 0) x[i] = i % 2 ? 0.0 : -0.0;
                y[i] = x[i];
            }
            assert_int_equal(ms_sort_doubles(x, n, NULL), MS_OK);
            qsort(y, n, sizeof *y, ms_compare_double);
            for (size_t i = 0; i < n; i++) assert_true(x[i] == y[i]);
        }
    }
    ms_random_free(random);
}

/* The largest distance between any two vertices, of all or of those in one plane across an axis. */
static double longest(const ms_mesh *mesh, const double spacing[3], int axis) {
    double best = 0;
    for (size_t a = 0; a < mesh->n_vertices; a++) {
        for (size_t b = 0; b < a; b++) {
            double sum = 0;
            if (axis >= 0 && mesh->vertex[a][axis] != mesh->vertex[b][axis]) continue;
            for (int d = 0; d < 3; d++) {
                double mm = (mesh->vertex[a][d] - mesh->vertex[b][d]) * (spacing[d] / 2);
                sum += mm * mm;
            }
            best = sum > best ? sum : best;
        }
    }
    return sqrt(best);
}

/* Regions of random voxels, of one voxel, and with rows and planes of voxels only. */
static void diameters_are_the_largest_distances(void **state) {
    (void)state;
    static const char *const names[] = {
        "original_shape_Maximum3DDiameter", "original_shape_Maximum2DDiameterRow",
        "original_shape_Maximum2DDiameterColumn", "original_shape_Maximum2DDiameterSlice"};
    ms_geometry g = test_geometry(9, 8, 7, 0.7, 0.9, 2.5);
    ms_feature_config config = preset("pyradiomics");
    ms_random *random = ms_random_new(2, "diameter");
    assert_non_null(random);
    for (int round = 0; round < 24; round++) {
        ms_volume volume;
        ms_mask mask;
        ms_mesh mesh;
        double share = round < 3 ? 0.004 : 0.05 * (round % 12);
        make_pair(&g, &volume, &mask);
        for (size_t v = 0; v < ms_voxels(&g); v++) mask.data[v] = ms_random_uniform(random) < share;
        mask.data[ms_voxel_index(&g, 2, 2, 2)] = mask.data[ms_voxel_index(&g, 3, 2, 3)] = 1;
        ms_feature_set set = extract(&volume, &mask, &config);
        assert_int_equal(ms_mesh_build(g.n, mask.data, g.spacing_mm, true, &mesh, NULL), MS_OK);
        for (int axis = -1; axis < 3; axis++)
            assert_near(value_of(&set, names[axis + 1]), longest(&mesh, g.spacing_mm, axis), 1e-12);
        ms_mesh_clear(&mesh);
        ms_feature_set_clear(&set);
        ms_volume_clear(&volume);
        ms_mask_clear(&mask);
    }
    ms_random_free(random);
}

/* One image keeps its threads busy with families, many with images; both give the bytes of one thread. */
static void same_bytes_however_many_threads(void **state) {
    (void)state;
    static const char *const presets[] = {"default", "pyradiomics", "liu2024-3d", "ibsi"};
    static const unsigned threads[] = {2, 3, 8, 32};
    ms_volume volume;
    ms_mask mask;
    synthetic(0, 7, &volume, &mask);
    for (size_t p = 0; p < MS_COUNT(presets); p++) {
        ms_feature_config config = preset(presets[p]);
        if (p == 1) config.images |= MS_IMAGE_LOG | MS_IMAGE_SQUARE;
        if (p == 1) config.log_sigma_mm[config.n_log_sigma++] = 2;
        ms_threads_set(1);
        ms_feature_set one = extract(&volume, &mask, &config);
        for (size_t t = 0; t < MS_COUNT(threads); t++) {
            ms_threads_set(threads[t]);
            ms_feature_set many = extract(&volume, &mask, &config);
            assert_memory_equal(one.values, many.values, one.n * sizeof *one.values);
            assert_memory_equal(one.reasons, many.reasons, one.n * sizeof *one.reasons);
            ms_feature_set_clear(&many);
        }
        ms_feature_set_clear(&one);
    }
    ms_threads_set(0);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

/* A region in the middle of a large image: what lies beyond the filters' reach does not matter, not even when
 * it is no number (the wavelet reaches 3 voxels, the gradient 1, a Laplacian of 0.5 mm 16 sigma and 4). */
static void filters_read_near_the_region_only(void **state) {
    (void)state;
    ms_geometry g = test_geometry(60, 56, 52, 1, 1, 1);
    ms_feature_config config = preset("liu2024-3d");
    ms_volume volume;
    ms_mask mask;
    config.images = MS_IMAGE_ORIGINAL | MS_IMAGE_WAVELET | MS_IMAGE_LOG | MS_IMAGE_GRADIENT;
    config.log_sigma_mm[0] = 0.5;
    config.n_log_sigma = 1;
    make_pair(&g, &volume, &mask);
    for (size_t v = 0; v < ms_voxels(&g); v++) {
        size_t i = v % 60, j = v / 60 % 56, k = v / (60 * 56);
        volume.data[v] = (float)((i * 31 + j * 17 + k * 71) % 101);
        mask.data[v] = i > 24 && i < 34 && j > 22 && j < 32 && k > 20 && k < 30;
    }
    ms_feature_set near = extract(&volume, &mask, &config);
    for (size_t v = 0; v < ms_voxels(&g); v++) {
        size_t i = v % 60, j = v / 60 % 56, k = v / (60 * 56);
        if (i < 25 - 12 || i > 33 + 12 || j < 23 - 12 || j > 31 + 12 || k < 21 - 12 || k > 29 + 12)
            volume.data[v] = NAN;
    }
    ms_feature_set again = extract(&volume, &mask, &config);
    assert_memory_equal(near.values, again.values, near.n * sizeof *near.values);
    ms_feature_set_clear(&near);
    ms_feature_set_clear(&again);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sorting_is_sorting),
                                       cmocka_unit_test(diameters_are_the_largest_distances),
                                       cmocka_unit_test(same_bytes_however_many_threads),
                                       cmocka_unit_test(filters_read_near_the_region_only)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
