/* test_stored_ways.c: one phantom stored as DICOM and as NIfTI in several axis orders is found, outlined and
 * measured the same: every measurement and every voxel of the masks, to the last bit. */
#include "image/make.h"

#include "myosurv/body.h"
#include "myosurv/phantom.h"

static ms_volume phantom;
static ms_segmentation first;

static void segment(const char *path, ms_segmentation *out) {
    ms_scan scan;
    ms_segment_options options;
    ms_error err = {0};
    ms_segment_options_default(&options);
    if (ms_scan_read(path, NULL, &scan, &err)) fail_msg("%s", err.message);
    if (ms_segment(&scan.volume, &options, out, &err)) fail_msg("%s: %s", path, err.message);
    ms_scan_clear(&scan);
}

static void same(const char *path) {
    ms_segmentation other = {0};
    segment(path, &other);
    assert_int_equal(first.level.slice_index, other.level.slice_index);
    assert_true(first.level.z_mm == other.level.z_mm);
    assert_true(first.level.confidence == other.level.confidence);
    for (size_t m = 0; m < ms_n_measures; m++) {
        double a = first.values[m], b = other.values[m];
        if (a != b && !(isnan(a) && isnan(b)))
            fail_msg("%s: %s is %.17g, not %.17g", path, ms_measures[m].name, b, a);
    }
    assert_memory_equal(first.mask.data, other.mask.data, ms_voxels(&first.mask.geometry));
    assert_int_equal(first.flags.n, other.flags.n);
    ms_segmentation_clear(&other);
}

static void nifti_in_other_axes_is_the_same(void **state) {
    (void)state;
    static const bool flips[6][3] = {{false, false, false}, {true, true, false}, {true, false, true},
                                     {false, true, true},   {true, true, true},  {false, false, true}};
    for (int o = 0; o < 6; o++) {
        ms_volume stored;
        store_as(&phantom, orders[o], flips[o], &stored);
        assert_ok(ms_volume_write_nifti(&stored, scratch("stored.nii"), NULL, NULL));
        ms_volume_clear(&stored);
        same(scratch("stored.nii"));
    }
}

static void dicom_with_reversed_rows_and_slices_is_the_same(void **state) {
    (void)state;
    const bool flip[3] = {false, true, true};
    ms_volume stored;
    store_as(&phantom, orders[0], flip, &stored);
    write_dicom(&stored, scratch("reversed"), 4);
    ms_volume_clear(&stored);
    same(scratch("reversed"));
}

static int make(void **state) {
    ms_phantom_params params;
    ms_error err = {0};
    if (scratch_open(state)) return 1;
    ms_phantom_params_default(&params);
    params.matrix = 192;
    params.spacing_z_mm = params.slice_mm = 4;
    if (ms_phantom_make(&params, 3, &phantom, NULL, NULL, &err)) return 1;
    write_dicom(&phantom, scratch("plain"), 3);
    segment(scratch("plain"), &first);
    return 0;
}

static int clear(void **state) {
    ms_segmentation_clear(&first);
    ms_volume_clear(&phantom);
    return scratch_close(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nifti_in_other_axes_is_the_same),
        cmocka_unit_test(dicom_with_reversed_rows_and_slices_is_the_same),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
