/* Thousands of small files with random damage through the whole reader: it may read or refuse them, nothing
 * else, and a refusal is one clear line. The same seeds every time. */
#include "image/build.h"

#define ROUNDS 500

/* One to eight bytes set to others, a piece doubled or taken out, or an end cut off. */
static size_t damage(ms_random *random, uint8_t *bytes, size_t length) {
    size_t kind = ms_random_below(random, 10);
    if (kind == 0) return 1 + ms_random_below(random, length);
    if (kind == 1 && length > 64) {
        size_t n = 1 + ms_random_below(random, 32), at = ms_random_below(random, length - n);
        memmove(bytes + at, bytes + at + n, length - at - n);
        return length - n;
    }
    static const uint8_t special[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe};
    size_t changes = 1 + ms_random_below(random, 8);
    for (size_t c = 0; c < changes; c++) {
        size_t at = ms_random_below(random, length);
        bytes[at] = ms_random_below(random, 2) ? special[ms_random_below(random, sizeof special)]
                                               : (uint8_t)ms_random_below(random, 256);
    }
    return length;
}

static size_t crashes;

static void read_one(const char *path, size_t *read, size_t *refused) {
    ms_scan scan;
    ms_error err = {0};
    ms_status status = ms_scan_read(path, NULL, &scan, &err);
    if (status == MS_OK) {
        (*read)++;
        assert_true(ms_voxels(&scan.volume.geometry) > 0);
        for (int a = 0; a < 3; a++) assert_true(scan.volume.geometry.spacing_mm[a] > 0);
        ms_scan_clear(&scan);
        return;
    }
    (*refused)++;
    if (status != MS_EINPUT) fail_msg("%s: status %s: %s", path, ms_status_name(status), err.message);
    assert_null(strchr(err.message, '\n'));
    /* A crash of the child is contained, but our own code must not be its cause. */
    crashes += strstr(err.message, "decoding it failed") != NULL;
    if (!strstr(err.message, ms_path_base(path))) fail_msg("the file is not named in: %s", err.message);
}

/* One way of reading bytes of a kind. */
typedef void (*reader)(const char *path, size_t *read, size_t *refused);

static void read_mask(const char *path, size_t *read, size_t *refused) {
    static const ms_geometry grid = {.n = {6, 5, 7},
                                     .spacing_mm = {0.75, 1.25, 2.5},
                                     .origin_mm = {-31.5, -47.25, 12.5},
                                     .direction = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    ms_mask mask;
    ms_error err = {0};
    ms_status status = ms_mask_read(path, &grid, &mask, &err);
    if (status == MS_OK) {
        (*read)++;
        ms_mask_clear(&mask);
        return;
    }
    (*refused)++;
    if (status != MS_EINPUT) fail_msg("%s: status %s: %s", path, ms_status_name(status), err.message);
    assert_null(strchr(err.message, '\n'));
    assert_null(strstr(err.message, "PLANTED"));
    crashes += strstr(err.message, "decoding it failed") != NULL;
    if (!strstr(err.message, ms_path_base(path))) fail_msg("the file is not named in: %s", err.message);
}

static void try_reader(const char *name, const uint8_t *bytes, size_t length, size_t header, reader reading) {
    ms_random *random = ms_random_new(1, name);
    uint8_t *copy = malloc(length);
    size_t read = 0, refused = 0;
    assert_non_null(random);
    assert_non_null(copy);
    for (size_t round = 0; round < ROUNDS; round++) {
        memcpy(copy, bytes, length);
        /* Mostly in the header, where damage has consequences. */
        size_t reach = header && ms_random_below(random, 4) ? header : length;
        size_t left = damage(random, copy, reach);
        put_bytes(scratch(name), copy, left == reach ? length : left);
        reading(scratch(name), &read, &refused);
    }
    print_message("%s: %zu read, %zu refused\n", name, read, refused);
    assert_true(refused > 0);
    assert_int_equal(crashes, 0);
    free(copy);
    ms_random_free(random);
}

static void try_file(const char *name, const uint8_t *bytes, size_t length, size_t header) {
    try_reader(name, bytes, length, header, read_one);
}

static void damaged_dicom_is_read_or_refused(void **state) {
    (void)state;
    ms_volume volume;
    size_t length;
    make_volume(&volume, 6, 5, 7);
    write_dicom(&volume, scratch("series"), 2);
    uint8_t *bytes = get_bytes(slice_path(scratch("series"), 3), &length);
    try_file("damaged.dcm", bytes, length, 0);
    free(bytes);
    ms_volume_clear(&volume);
}

static void damaged_nifti_is_read_or_refused(void **state) {
    (void)state;
    ms_volume volume;
    size_t length;
    ms_error err = {0};
    make_volume(&volume, 6, 5, 7);
    assert_ok(ms_volume_write_nifti(&volume, scratch("x.nii"), NULL, &err));
    uint8_t *bytes = get_bytes(scratch("x.nii"), &length);
    try_file("damaged.nii", bytes, length, 352);
    free(bytes);
    ms_volume_clear(&volume);
}

static void damaged_text_headers_are_read_or_refused(void **state) {
    (void)state;
    static const char nrrd[] = "NRRD0004\ntype: short\ndimension: 3\nsizes: 5 4 3\nendian: little\n"
                               "space: left-posterior-superior\nspace directions: (2,0,0) (0,0.5,0) (0,0,3)\n"
                               "space origin: (1,2,3)\nencoding: raw\n\n";
    static const char meta[] =
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 1 2 3\nElementSpacing = 2 0.5 3\n"
        "DimSize = 5 4 3\nElementType = MET_SHORT\nElementDataFile = LOCAL\n";
    uint8_t bytes[512 + 120] = {0};
    memcpy(bytes, nrrd, sizeof nrrd - 1);
    try_file("damaged.nrrd", bytes, sizeof nrrd - 1 + 120, sizeof nrrd - 1);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, meta, sizeof meta - 1);
    try_file("damaged.mha", bytes, sizeof meta - 1 + 120, sizeof meta - 1);
}

static void damaged_frames_are_read_or_refused(void **state) {
    (void)state;
    static const size_t order[7] = {3, 0, 5, 6, 1, 4, 2};
    static const encoding ways[] = {AS_EXPLICIT, AS_IMPLICIT, AS_BIG_ENDIAN, AS_DEFLATED, AS_BARE};
    static const char *const names[] = {"explicit.dcm", "implicit.dcm", "big.dcm", "deflated.dcm",
                                        "bare.dcm"};
    ms_volume volume;
    make_volume(&volume, 6, 5, 7);
    for (size_t w = 0; w < MS_COUNT(ways); w++) {
        size_t length;
        write_enhanced(&volume, order, ways[w], scratch("whole"));
        uint8_t *bytes = get_bytes(scratch("whole"), &length);
        try_file(names[w], bytes, length, 0);
        free(bytes);
    }
    ms_volume_clear(&volume);
}

static void damaged_masks_are_read_or_refused(void **state) {
    (void)state;
    static const char *const names[] = {"psoas left", "PLANTED^NAME"};
    static const size_t slices[4] = {1, 3, 2, 1};
    static const unsigned segments[4] = {1, 1, 2, 2};
    static const double square[12] = {-30, -45, 17.5, -28, -45, 17.5, -28, -43, 17.5, -30, -43, 17.5};
    const test_contour contours[2] = {{1, square, 4}, {2, square, 3}};
    ms_volume volume;
    ms_mask truth;
    size_t length;
    make_volume(&volume, 6, 5, 7);
    assert_ok(ms_mask_alloc(&truth, &volume.geometry, NULL));
    for (size_t v = 0; v < 210; v++) truth.data[v] = (uint8_t)(v % 3);
    write_seg(&truth, slices, segments, 4, names, 2, 1, AS_EXPLICIT, scratch("whole"));
    uint8_t *bytes = get_bytes(scratch("whole"), &length);
    try_reader("seg.dcm", bytes, length, 0, read_mask);
    free(bytes);
    for (encoding as = AS_EXPLICIT; as <= AS_IMPLICIT; as++) {
        write_rtstruct(names, 2, contours, 2, as, scratch("whole"));
        bytes = get_bytes(scratch("whole"), &length);
        try_reader(as == AS_EXPLICIT ? "rt.dcm" : "rt-implicit.dcm", bytes, length, 0, read_mask);
        free(bytes);
    }
    ms_mask_clear(&truth);
    ms_volume_clear(&volume);
}

/* A real compressed slice each, where there are any: damage goes into the decoders. */
static void damaged_compressed_slices_are_read_or_refused(void **state) {
    (void)state;
    static const char *const files[] = {"acrin/100.dcm", "pancreas/0001_057aa0e4.dcm",
                                        "tcga/0001_415e0eff.dcm"};
    for (size_t f = 0; f < MS_COUNT(files); f++) {
        char path[512];
        assert_true(ms_text_format(path, sizeof path, "%s/ct/%s", MS_TEST_SHARED_DIR, files[f]));
        if (!ms_path_exists(path)) {
            print_message("skipped: no ../shared/ct/%s\n", files[f]);
            skip();
        }
        size_t length, read = 0, refused = 0;
        uint8_t *bytes = get_bytes(path, &length);
        ms_random *random = ms_random_new(1, files[f]);
        uint8_t *copy = malloc(length);
        for (int round = 0; round < 60; round++) {
            memcpy(copy, bytes, length);
            size_t left = damage(random, copy, length);
            put_bytes(scratch("damaged.dcm"), copy, left);
            read_one(scratch("damaged.dcm"), &read, &refused);
        }
        print_message("%s: %zu read, %zu refused\n", files[f], read, refused);
        free(copy);
        free(bytes);
        ms_random_free(random);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_dicom_is_read_or_refused),
        cmocka_unit_test(damaged_nifti_is_read_or_refused),
        cmocka_unit_test(damaged_text_headers_are_read_or_refused),
        cmocka_unit_test(damaged_frames_are_read_or_refused),
        cmocka_unit_test(damaged_masks_are_read_or_refused),
        cmocka_unit_test(damaged_compressed_slices_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
