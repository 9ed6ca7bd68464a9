/* Files that hold their values as they are, read in place: the same voxels as from a compressed file, in any
 * direction of the axes, on any number of threads; masks of bytes; padding; files that end too early. */
#include "image/make.h"

static void write_nifti(const ms_volume *volume, const char *path) {
    ms_error err = {0};
    if (ms_volume_write_nifti(volume, path, NULL, &err)) fail_msg("%s", err.message);
}

static void plain_is_compressed(void **state) {
    (void)state;
    ms_volume canonical;
    make_volume(&canonical, 13, 11, 9);
    canonical.data[5] = -2000; /* below air, and once: noise */
    for (unsigned f = 0; f < 8; f++) {
        const bool flip[3] = {f & 1, (f & 2) != 0, (f & 4) != 0};
        ms_volume stored;
        ms_scan zipped;
        store_as(&canonical, orders[0], flip, &stored);
        write_nifti(&stored, scratch("plain.nii"));
        write_nifti(&stored, scratch("zipped.nii.gz"));
        assert_ok(ms_scan_read(scratch("zipped.nii.gz"), NULL, &zipped, &error_));
        for (unsigned threads = 1; threads <= 4; threads += 3) {
            ms_scan plain;
            ms_threads_set(threads);
            assert_ok(ms_scan_read(scratch("plain.nii"), NULL, &plain, &error_));
            assert_same_volume(&plain.volume, &zipped.volume);
            assert_true(plain.volume.data[5] >= -1024.0f);
            ms_scan_clear(&plain);
        }
        ms_threads_set(0);
        ms_scan_clear(&zipped);
        ms_volume_clear(&stored);
    }
    ms_volume_clear(&canonical);
}

/* A value that more than a thousandth of the voxels have below the scale of CT is padding: the same count
 * over slices as over the whole. */
static void padding_is_counted_over_slices(void **state) {
    (void)state;
    ms_volume v;
    ms_scan plain, zipped;
    make_volume(&v, 20, 20, 8);
    for (size_t k = 0; k < 8; k++) v.data[k * 400] = v.data[k * 400 + 1] = -2000;
    v.data[7] = -1500;
    write_nifti(&v, scratch("padded.nii"));
    write_nifti(&v, scratch("padded.nii.gz"));
    assert_ok(ms_scan_read(scratch("padded.nii"), NULL, &plain, &error_));
    assert_ok(ms_scan_read(scratch("padded.nii.gz"), NULL, &zipped, &error_));
    assert_true(plain.info.padding_hu == -2000);
    assert_true(zipped.info.padding_hu == -2000);
    assert_same_volume(&plain.volume, &zipped.volume);
    ms_scan_clear(&plain);
    ms_scan_clear(&zipped);
    ms_volume_clear(&v);
}

/* A mask of bytes goes where the same labels as 16-bit numbers go. */
static void a_mask_of_bytes_is_the_mask(void **state) {
    (void)state;
    ms_volume canonical;
    make_volume(&canonical, 13, 11, 9);
    for (size_t v = 0; v < ms_voxels(&canonical.geometry); v++)
        canonical.data[v] = (float)(v * 7919 % 5 * (v % 3 == 0));
    for (unsigned f = 0; f < 8; f++) {
        const bool flip[3] = {f & 1, (f & 2) != 0, (f & 4) != 0};
        ms_volume stored;
        ms_mask labels, bytes, wide;
        bool has[256] = {false};
        store_as(&canonical, orders[0], flip, &stored);
        assert_ok(ms_mask_alloc(&labels, &stored.geometry, &error_));
        for (size_t v = 0; v < ms_voxels(&stored.geometry); v++) labels.data[v] = (uint8_t)stored.data[v];
        assert_ok(ms_mask_write(&labels, NULL, scratch("bytes.nii"), &error_));
        write_nifti(&stored, scratch("wide.nii"));
        assert_ok(ms_mask_read(scratch("bytes.nii"), &canonical.geometry, &bytes, &error_));
        assert_ok(ms_mask_read(scratch("wide.nii"), &canonical.geometry, &wide, &error_));
        assert_memory_equal(bytes.data, wide.data, ms_voxels(&bytes.geometry));
        for (size_t v = 0; v < ms_voxels(&bytes.geometry); v++)
            assert_true((double)bytes.data[v] == (double)canonical.data[v]);
        ms_mask_values(&bytes, has);
        for (unsigned value = 0; value < 256; value++) assert_int_equal(has[value], value < 5);
        ms_mask_clear(&labels);
        ms_mask_clear(&bytes);
        ms_mask_clear(&wide);
        ms_volume_clear(&stored);
    }
    ms_volume_clear(&canonical);
}

static void a_short_file_is_said(void **state) {
    (void)state;
    ms_volume v;
    ms_scan scan;
    ms_error err = {0};
    size_t length;
    make_volume(&v, 20, 20, 8);
    write_nifti(&v, scratch("short.nii"));
    uint8_t *bytes = get_bytes(scratch("short.nii"), &length);
    free(bytes);
    splice(scratch("short.nii"), length - 100, 100, "", 0);
    assert_int_equal(ms_scan_read(scratch("short.nii"), NULL, &scan, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "short.nii"));
    ms_volume_clear(&v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_is_compressed), cmocka_unit_test(padding_is_counted_over_slices),
        cmocka_unit_test(a_mask_of_bytes_is_the_mask), cmocka_unit_test(a_short_file_is_said)};
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
