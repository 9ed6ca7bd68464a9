/* NIfTI: what is written is read back whatever the orientation; what is damaged is refused. */
#include "image/make.h"

#include <zlib.h>

static void every_stored_orientation_reads_the_same(void **state) {
    (void)state;
    ms_volume canonical, stored;
    ms_error err = {0};
    make_volume(&canonical, 5, 4, 6);
    for (int o = 0; o < 6; o++)
        for (int f = 0; f < 8; f++) {
            bool flip[3] = {f & 1, (f & 2) != 0, (f & 4) != 0};
            const char *path = scratch(f & 1 ? "o.nii" : "o.nii.gz");
            ms_scan scan;
            store_as(&canonical, orders[o], flip, &stored);
            assert_ok(ms_volume_write_nifti(&stored, path, "SYNTHETIC", &err));
            if (ms_scan_read(path, NULL, &scan, &err)) fail_msg("%s", err.message);
            assert_same_volume(&canonical, &scan.volume);
            assert_true(ms_geometry_same(&stored.geometry, &scan.layout.stored));
            assert_string_equal(scan.info.format, "NIfTI");
            ms_scan_clear(&scan);
            ms_volume_clear(&stored);
        }
    ms_volume_clear(&canonical);
}

/* ITK's reader takes the values of x.nii.gz from x.nii when both are there (seen in 5.2 and 5.4): ours must
 * not. */
static void two_files_of_one_name_are_not_mixed_up(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    ms_error err = {0};
    make_volume(&volume, 5, 4, 6);
    assert_ok(ms_volume_write_nifti(&volume, scratch("twin.nii"), NULL, &err));
    for (size_t v = 0; v < 120; v++) volume.data[v] += 17.0f;
    volume.geometry.origin_mm[0] = 5.0;
    assert_ok(ms_volume_write_nifti(&volume, scratch("twin.nii.gz"), NULL, &err));
    assert_ok(ms_scan_read(scratch("twin.nii.gz"), NULL, &scan, &err));
    assert_same_volume(&volume, &scan.volume);
    ms_scan_clear(&scan);
    ms_volume_clear(&volume);
}

/* An oblique grid keeps its direction (quaternion and matrix agree, or the decoder would complain). */
static void an_oblique_grid_is_kept(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    ms_error err = {0};
    double c = cos(0.2), s = sin(0.2);
    make_volume(&volume, 5, 4, 6);
    double tilted[9] = {1, 0, 0, 0, c, -s, 0, s, c};
    memcpy(volume.geometry.direction, tilted, sizeof tilted);
    assert_ok(ms_volume_write_nifti(&volume, scratch("tilted.nii"), NULL, &err));
    if (ms_scan_read(scratch("tilted.nii"), NULL, &scan, &err)) fail_msg("%s", err.message);
    assert_same_volume(&volume, &scan.volume);
    ms_scan_clear(&scan);
    ms_volume_clear(&volume);
}

static void the_same_image_gives_the_same_bytes(void **state) {
    (void)state;
    ms_volume volume;
    ms_error err = {0};
    char first[65], second[65];
    make_volume(&volume, 5, 4, 6);
    assert_ok(ms_volume_write_nifti(&volume, scratch("a.nii.gz"), "x", &err));
    assert_ok(ms_volume_write_nifti(&volume, scratch("b.nii.gz"), "x", &err));
    assert_ok(ms_hash_file(scratch("a.nii.gz"), first, &err));
    assert_ok(ms_hash_file(scratch("b.nii.gz"), second, &err));
    assert_string_equal(first, second);
    ms_volume_clear(&volume);
}

/* A mask made in canonical axes goes to the stored grid of the scan and comes back. */
static void a_mask_returns_to_the_stored_grid(void **state) {
    (void)state;
    ms_volume canonical, stored;
    ms_error err = {0};
    const int axis[3] = {2, 0, 1};
    const bool flip[3] = {true, false, true};
    ms_scan scan, raw;
    ms_mask mask, back;
    make_volume(&canonical, 5, 4, 6);
    store_as(&canonical, axis, flip, &stored);
    assert_ok(ms_volume_write_nifti(&stored, scratch("s.nii.gz"), NULL, &err));
    assert_ok(ms_scan_read(scratch("s.nii.gz"), NULL, &scan, &err));
    assert_ok(ms_mask_alloc(&mask, &scan.volume.geometry, &err));
    for (size_t v = 0; v < ms_voxels(&mask.geometry); v++) mask.data[v] = (uint8_t)(v % 8);
    assert_ok(ms_mask_write(&mask, &scan.layout, scratch("m.nii.gz"), &err));
    assert_ok(ms_mask_read(scratch("m.nii.gz"), &scan.volume.geometry, &back, &err));
    assert_memory_equal(mask.data, back.data, ms_voxels(&mask.geometry));
    assert_ok(ms_scan_read(scratch("m.nii.gz"), NULL, &raw, &err));
    assert_true(ms_geometry_same(&raw.layout.stored, &scan.layout.stored));
    ms_mask_clear(&back);
    ms_mask_clear(&mask);
    ms_scan_clear(&raw);
    ms_scan_clear(&scan);
    ms_volume_clear(&stored);
    ms_volume_clear(&canonical);
}

static void a_mask_of_one_slice_finds_its_slice(void **state) {
    (void)state;
    ms_volume volume, slice;
    ms_mask mask;
    ms_error err = {0};
    make_volume(&volume, 5, 4, 6);
    for (size_t v = 0; v < 120; v++) volume.data[v] = (float)(v % 5);
    assert_ok(ms_volume_slice(&volume, 4, &slice, &err));
    assert_ok(ms_volume_write_nifti(&slice, scratch("slice.nii.gz"), NULL, &err));
    assert_ok(ms_mask_read(scratch("slice.nii.gz"), &volume.geometry, &mask, &err));
    for (size_t v = 0; v < 120; v++) assert_int_equal(mask.data[v], v / 20 == 4 ? (int)(v % 5) : 0);
    ms_mask_clear(&mask);
    /* Half a slice off is on no slice. */
    slice.geometry.origin_mm[2] += 1.25;
    assert_ok(ms_volume_write_nifti(&slice, scratch("off.nii.gz"), NULL, &err));
    assert_int_equal(ms_mask_read(scratch("off.nii.gz"), &volume.geometry, &mask, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "5 x 4 x 1"));
    assert_non_null(strstr(err.message, "5 x 4 x 6"));
    /* Below the scan. */
    slice.geometry.origin_mm[2] = volume.geometry.origin_mm[2] - 2.5;
    assert_ok(ms_volume_write_nifti(&slice, scratch("below.nii.gz"), NULL, &err));
    assert_int_equal(ms_mask_read(scratch("below.nii.gz"), &volume.geometry, &mask, &err), MS_EINPUT);
    ms_volume_clear(&slice);
    ms_volume_clear(&volume);
}

static void a_mask_holds_whole_small_numbers(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_error err = {0};
    make_volume(&volume, 5, 4, 6);
    memset(volume.data, 0, 120 * sizeof(float));
    volume.data[7] = 300.0f;
    assert_ok(ms_volume_write_nifti(&volume, scratch("big.nii"), NULL, &err));
    assert_int_equal(ms_mask_read(scratch("big.nii"), NULL, &mask, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "300"));
    /* scl_slope 0.5 makes 1 a half. */
    volume.data[7] = 1.0f;
    assert_ok(ms_volume_write_nifti(&volume, scratch("half.nii"), NULL, &err));
    float half = 0.5f;
    splice(scratch("half.nii"), 112, 4, &half, 4);
    assert_int_equal(ms_mask_read(scratch("half.nii"), NULL, &mask, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "0.5"));
    ms_volume_clear(&volume);
}

static void write_sample(const char *path) {
    ms_volume volume;
    ms_error err = {0};
    make_volume(&volume, 5, 4, 6);
    assert_ok(ms_volume_write_nifti(&volume, path, NULL, &err));
    ms_volume_clear(&volume);
}

static void a_cut_file_is_refused_wherever_it_was_cut(void **state) {
    (void)state;
    const char *const names[] = {"cut.nii", "cut.nii.gz"};
    for (size_t f = 0; f < 2; f++) {
        size_t length;
        write_sample(scratch("whole.nii"));
        write_sample(scratch("whole.nii.gz"));
        uint8_t *bytes = get_bytes(scratch(f ? "whole.nii.gz" : "whole.nii"), &length);
        for (size_t keep = 0; keep < length; keep += keep < 8 || keep + 9 > length ? 1 : 7) {
            put_bytes(scratch(names[f]), bytes, keep);
            assert_refused(scratch(names[f]), names[f], NULL);
        }
        free(bytes);
    }
    /* The message says how much is missing. */
    size_t length;
    uint8_t *bytes = get_bytes(scratch("whole.nii"), &length);
    put_bytes(scratch("cut.nii"), bytes, length - 100);
    assert_refused(scratch("cut.nii"), "140 of 240 bytes", "truncated");
    free(bytes);
}

static void set_header(const char *path, size_t at, const void *value, size_t n) {
    write_sample(path);
    splice(path, at, n, value, n);
}

static void lies_in_the_header_are_found(void **state) {
    (void)state;
    const char *path = scratch("lie.nii");
    float nan = NAN, zero = 0.0f, negative = -1.0f, infinite = INFINITY, two = 2.0f;
    int16_t big = 30000, none = 0, minus = -3, four = 4, odd = 999;
    set_header(path, 80, &nan, 4);
    assert_refused(path, "pixdim[1]", "positive");
    set_header(path, 88, &zero, 4);
    assert_refused(path, "pixdim[3]", "positive");
    set_header(path, 84, &negative, 4);
    assert_refused(path, "pixdim[2]", NULL);
    set_header(path, 80, &infinite, 4);
    assert_refused(path, "pixdim[1]", NULL);
    set_header(path, 80, &two, 4); /* the sform still says 0.75 */
    assert_refused(path, "2 in pixdim and 0.75", NULL);
    set_header(path, 42, &big, 2);
    assert_refused(path, "of 1440000 bytes", "truncated");
    set_header(path, 42, &none, 2);
    assert_refused(path, "dim[1]", NULL);
    set_header(path, 44, &minus, 2);
    assert_refused(path, "dim[2]", NULL);
    set_header(path, 40, &none, 2);
    assert_refused(path, "dim[0]", NULL);
    set_header(path, 70, &odd, 2);
    assert_refused(path, "datatype 999", NULL);
    set_header(path, 72, &four, 2);
    assert_refused(path, "bitpix", NULL);
    set_header(path, 280, &nan, 4);
    assert_refused(path, "sform", NULL);
    set_header(path, 108, &infinite, 4);
    assert_refused(path, "vox_offset", NULL);
    set_header(path, 254, &odd, 2);
    assert_refused(path, "sform_code", NULL);
    set_header(path, 0, "\x1c\x02\0\0", 4);
    assert_refused(path, "n+2", NULL);
    set_header(path, 344, "ni1", 3);
    assert_refused(path, "pair", NULL);
}

/* All sizes at their largest: 115 TB declared by a small file. */
static void a_huge_size_is_refused_before_memory_is_asked_for(void **state) {
    (void)state;
    const char *path = scratch("huge.nii");
    int16_t sizes[3] = {32767, 32767, 32767};
    set_header(path, 42, sizes, 6);
    assert_refused(path, "limit of 4096 MiB", NULL);
}

/* A hundred megabytes of zeros behind a small image, in a hundred kilobytes. */
static void a_gzip_bomb_is_refused(void **state) {
    (void)state;
    size_t length, zeros = (size_t)8 << 20;
    write_sample(scratch("plain.nii"));
    uint8_t *bytes = get_bytes(scratch("plain.nii"), &length);
    uint8_t *empty = calloc(zeros, 1);
    gzFile out = gzopen(scratch("bomb.nii.gz"), "wb9");
    assert_non_null(out);
    assert_int_equal(gzwrite(out, bytes, (unsigned)length), (int)length);
    for (int i = 0; i < 12; i++) assert_int_equal(gzwrite(out, empty, (unsigned)zeros), (int)zeros);
    assert_int_equal(gzclose(out), Z_OK);
    free(empty);
    free(bytes);
    assert_refused(scratch("bomb.nii.gz"), "more data than", NULL);
}

/* A flipped bit inside the compressed data: the check sum, or the stream itself, shows it. */
static void a_damaged_gzip_stream_is_refused(void **state) {
    (void)state;
    size_t length;
    write_sample(scratch("good.nii.gz"));
    uint8_t *bytes = get_bytes(scratch("good.nii.gz"), &length);
    for (size_t at = 12; at < length; at += 11) {
        bytes[at] ^= 0x10;
        put_bytes(scratch("bad.nii.gz"), bytes, length);
        assert_refused(scratch("bad.nii.gz"), "bad.nii.gz", NULL);
        bytes[at] ^= 0x10;
    }
    free(bytes);
}

static void things_that_are_no_scans_are_named(void **state) {
    (void)state;
    put_text(scratch("note.txt"), "not an image\n");
    assert_refused(scratch("note.txt"), "is no scan", NULL);
    put_text(scratch("note.nii"), "not an image\n");
    assert_refused(scratch("note.nii"), "note.nii", NULL);
    put_text(scratch("note.nii.gz"), "not an image\n");
    assert_refused(scratch("note.nii.gz"), "note.nii.gz", NULL);
    put_text(scratch("none.nii"), "");
    assert_refused(scratch("none.nii"), "is empty", NULL);
    assert_refused(scratch("not-there.nii"), "no such file", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stored_orientation_reads_the_same),
        cmocka_unit_test(two_files_of_one_name_are_not_mixed_up),
        cmocka_unit_test(an_oblique_grid_is_kept),
        cmocka_unit_test(the_same_image_gives_the_same_bytes),
        cmocka_unit_test(a_mask_returns_to_the_stored_grid),
        cmocka_unit_test(a_mask_of_one_slice_finds_its_slice),
        cmocka_unit_test(a_mask_holds_whole_small_numbers),
        cmocka_unit_test(a_cut_file_is_refused_wherever_it_was_cut),
        cmocka_unit_test(lies_in_the_header_are_found),
        cmocka_unit_test(a_huge_size_is_refused_before_memory_is_asked_for),
        cmocka_unit_test(a_gzip_bomb_is_refused),
        cmocka_unit_test(a_damaged_gzip_stream_is_refused),
        cmocka_unit_test(things_that_are_no_scans_are_named),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
