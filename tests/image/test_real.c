/* Real scans (DICOM plain, JPEG Lossless, JPEG 2000, JPEG-LS; NIfTI) against SimpleITK, and masks drawn on
 * them. */
#include "image/make.h"

#include "golden/image/real_scans.h"

static const char *shared(const char *name) {
    static char path[512];
    assert_true(ms_text_format(path, sizeof path, "%s/ct/%s", MS_TEST_SHARED_DIR, name));
    if (!ms_path_exists(path)) {
        print_message("skipped: no ../shared/ct/%s\n", name);
        skip();
    }
    return path;
}

static double mean_of(const ms_volume *volume, const size_t from[3], const size_t to[3]) {
    double sum = 0.0;
    for (size_t k = from[2]; k < to[2]; k++)
        for (size_t j = from[1]; j < to[1]; j++)
            for (size_t i = from[0]; i < to[0]; i++)
                sum += (double)volume->data[ms_voxel_index(&volume->geometry, i, j, k)];
    return sum / (double)((to[0] - from[0]) * (to[1] - from[1]) * (to[2] - from[2]));
}

static void check_scan(size_t s) {
    ms_scan scan;
    ms_error err = {0};
    const size_t *n = golden_scans[s].n, zero[3] = {0};
    if (ms_scan_read(shared(golden_scans[s].path), NULL, &scan, &err)) fail_msg("%s", err.message);
    const ms_geometry *g = &scan.volume.geometry;
    size_t low[3], high[3], bottom[3] = {n[0], n[1], 1};
    for (int a = 0; a < 3; a++) {
        assert_int_equal(g->n[a], n[a]);
        assert_true(fabs(g->spacing_mm[a] - golden_scans[s].spacing_mm[a]) < 1e-4);
        assert_true(fabs(g->origin_mm[a] - golden_scans[s].origin_mm[a]) < 6e-4); /* rounded to 1e-3 mm */
        low[a] = n[a] / 3;
        high[a] = 2 * n[a] / 3;
    }
    assert_true(fabs(mean_of(&scan.volume, zero, n) - golden_scans[s].mean) < 1e-4);
    assert_true(fabs(mean_of(&scan.volume, low, high) - golden_scans[s].mean_centre) < 1e-4);
    assert_true(fabs(mean_of(&scan.volume, zero, bottom) - golden_scans[s].mean_lowest) < 1e-4);
    double voxel = (double)scan.volume.data[ms_voxel_index(g, n[0] / 2, n[1] / 2, n[2] / 2)];
    assert_true(fabs(voxel - golden_scans[s].voxel) < 1e-3);
    ms_scan_clear(&scan);
}

static void real_scans_read_as_simpleitk_reads_them(void **state) {
    (void)state;
    for (size_t s = 0; s < MS_COUNT(golden_scans); s++) check_scan(s);
}

/* cases.csv of the reference data: slice 44 and 190.7 cm2 of labels 1 to 3 in cort_a. */
static void a_contour_of_one_slice_lands_on_its_slice(void **state) {
    (void)state;
    ms_scan_info info;
    ms_mask mask;
    ms_error err = {0};
    if (ms_scan_inspect(shared("cort"), NULL, &info, &err)) fail_msg("%s", err.message);
    if (ms_mask_read(shared("contours/cort_a.nii.gz"), &info.geometry, &mask, &err))
        fail_msg("%s", err.message);
    const size_t *n = mask.geometry.n;
    size_t muscle = 0;
    for (size_t v = 0; v < ms_voxels(&mask.geometry); v++) {
        if (mask.data[v] == 0) continue;
        assert_int_equal(v / (n[0] * n[1]), 44);
        muscle += mask.data[v] <= 3;
    }
    assert_true(fabs((double)muscle * 0.09 - 190.7) < 0.05);
    ms_mask_clear(&mask);
    /* The contour of another scan does not fit, and the message has both sizes. */
    assert_int_equal(ms_mask_read(shared("contours/tcga_a.nii.gz"), &info.geometry, &mask, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "512 x 512 x 1 "));
    assert_non_null(strstr(err.message, "217 x 217 x 168 "));
    ms_scan_info_clear(&info);
}

/* Compressed slices cut anywhere, or with another size in the DICOM header than in the compressed image. */
static void cut_compressed_slices_are_refused(void **state) {
    (void)state;
    static const char *const files[] = {"acrin/100.dcm", "pancreas/0001_057aa0e4.dcm",
                                        "tcga/0001_415e0eff.dcm"};
    for (size_t f = 0; f < MS_COUNT(files); f++) {
        size_t length;
        uint8_t *bytes = get_bytes(shared(files[f]), &length);
        for (size_t keep = 200; keep < length; keep += length / 40) {
            put_bytes(scratch("cut.dcm"), bytes, keep);
            assert_refused(scratch("cut.dcm"), "cut.dcm", NULL);
        }
        put_bytes(scratch("cut.dcm"), bytes, length - 8);
        assert_refused(scratch("cut.dcm"), "truncated", NULL);
        size_t rows = find_element(bytes, length, 0x00280010);
        assert_int_not_equal(rows, 0);
        bytes[rows + 8] = 200;
        bytes[rows + 9] = 0;
        put_bytes(scratch("lie.dcm"), bytes, length);
        assert_refused(scratch("lie.dcm"), "512 x 200 pixels, the compressed image 512 x 512", NULL);
        free(bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_scans_read_as_simpleitk_reads_them),
        cmocka_unit_test(a_contour_of_one_slice_lands_on_its_slice),
        cmocka_unit_test(cut_compressed_slices_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
