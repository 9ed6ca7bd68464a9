/* The same scan however it is stored: all 48 orders and directions of three axes, as DICOM, NIfTI-1 and -2 by
 * sform and by qform, NRRD and MetaImage. The canonical volume is the same bit for bit, and so is its
 * geometry. */
#include "image/make.h"

static ms_volume canonical;

static void check(const char *path) {
    ms_scan scan;
    ms_error err = {0};
    if (ms_scan_read(path, NULL, &scan, &err)) fail_msg("%s", err.message);
    const ms_geometry *a = &canonical.geometry, *b = &scan.volume.geometry;
    for (int c = 0; c < 3; c++) {
        if (a->n[c] != b->n[c] || a->spacing_mm[c] != b->spacing_mm[c] || a->origin_mm[c] != b->origin_mm[c])
            fail_msg("%s: axis %d has %zu voxels of %.17g mm from %.17g", path, c, b->n[c], b->spacing_mm[c],
                     b->origin_mm[c]);
    }
    assert_memory_equal(a->direction, b->direction, sizeof a->direction);
    assert_memory_equal(canonical.data, scan.volume.data, ms_voxels(a) * sizeof(float));
    ms_scan_clear(&scan);
}

typedef void (*store)(const ms_volume *stored, const char *path);

static void in_all_layouts(store write, const char *name) {
    for (int o = 0; o < 6; o++)
        for (int f = 0; f < 8; f++) {
            bool flip[3] = {f & 1, (f & 2) != 0, (f & 4) != 0};
            char path[300];
            ms_volume stored;
            assert_true(ms_text_format(path, sizeof path, "%s/%d%d-%s", scratch("all"), o, f, name));
            store_as(&canonical, orders[o], flip, &stored);
            write(&stored, path);
            check(path);
            ms_volume_clear(&stored);
        }
}

static void as_dicom(const ms_volume *stored, const char *path) {
    write_dicom(stored, path, 1);
}

static void as_nifti(const ms_volume *stored, const char *path) {
    ms_error err = {0};
    if (ms_volume_write_nifti(stored, path, NULL, &err)) fail_msg("%s", err.message);
}

/* Only the qform, which the writer gives beside the sform. */
static void as_qform(const ms_volume *stored, const char *path) {
    as_nifti(stored, path);
    splice(path, 254, 2, "\0\0", 2);
}

static void as_sform(const ms_volume *stored, const char *path) {
    as_nifti(stored, path);
    splice(path, 252, 2, "\0\0", 2);
}

static void put_double(uint8_t *p, const uint8_t *from) {
    float narrow;
    memcpy(&narrow, from, sizeof narrow);
    double wide = (double)narrow;
    memcpy(p, &wide, sizeof wide);
}

/* A NIfTI-2 header (nifti2.h) with the fields of a NIfTI-1 one, here on a little-endian machine. */
static void as_nifti2(const ms_volume *stored, const char *path) {
    size_t length;
    as_nifti(stored, path);
    uint8_t *old = get_bytes(path, &length), *bytes = calloc(length + 192, 1);
    int64_t offset = 544;
    assert_non_null(bytes);
    bytes[0] = 0x1c;
    bytes[1] = 0x02;
    memcpy(bytes + 4, "n+2\0\r\n\032\n", 8);
    memcpy(bytes + 12, old + 70, 4); /* datatype, bitpix */
    for (size_t d = 0; d < 8; d++) {
        memcpy(bytes + 16 + 8 * d, old + 40 + 2 * d, 2);
        put_double(bytes + 104 + 8 * d, old + 76 + 4 * d);
    }
    memcpy(bytes + 168, &offset, 8);
    put_double(bytes + 176, old + 112);
    put_double(bytes + 184, old + 116);
    bytes[344] = old[252];
    bytes[348] = old[254];
    for (size_t q = 0; q < 6; q++) put_double(bytes + 352 + 8 * q, old + 256 + 4 * q);
    for (size_t s = 0; s < 12; s++) put_double(bytes + 400 + 8 * s, old + 280 + 4 * s);
    memcpy(bytes + 544, old + 352, length - 352);
    put_bytes(path, bytes, length + 192);
    free(bytes);
    free(old);
}

static void write_values(FILE *file, const ms_volume *stored) {
    for (size_t v = 0; v < ms_voxels(&stored->geometry); v++) {
        int16_t value = (int16_t)stored->data[v];
        assert_int_equal(fwrite(&value, sizeof value, 1, file), 1);
    }
}

static void as_nrrd(const ms_volume *stored, const char *path) {
    const ms_geometry *g = &stored->geometry;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file,
            "NRRD0004\ntype: short\ndimension: 3\nsizes: %zu %zu %zu\nendian: little\nencoding: raw\n"
            "space: left-posterior-superior\nspace origin: (%.9g,%.9g,%.9g)\nspace directions:",
            g->n[0], g->n[1], g->n[2], g->origin_mm[0], g->origin_mm[1], g->origin_mm[2]);
    for (int c = 0; c < 3; c++) {
        double s = g->spacing_mm[c];
        fprintf(file, " (%.9g,%.9g,%.9g)", s * g->direction[c], s * g->direction[3 + c],
                s * g->direction[6 + c]);
    }
    fprintf(file, "\n\n");
    write_values(file, stored);
    assert_int_equal(fclose(file), 0);
}

static void as_meta(const ms_volume *stored, const char *path) {
    const ms_geometry *g = &stored->geometry;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file,
            "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
            "Offset = %.9g %.9g %.9g\nElementSpacing = %.9g %.9g %.9g\nDimSize = %zu %zu %zu\n"
            "TransformMatrix =",
            g->origin_mm[0], g->origin_mm[1], g->origin_mm[2], g->spacing_mm[0], g->spacing_mm[1],
            g->spacing_mm[2], g->n[0], g->n[1], g->n[2]);
    for (int c = 0; c < 3; c++)
        fprintf(file, " %g %g %g", g->direction[c], g->direction[3 + c], g->direction[6 + c]);
    fprintf(file, "\nElementType = MET_SHORT\nElementDataFile = LOCAL\n");
    write_values(file, stored);
    assert_int_equal(fclose(file), 0);
}

static void dicom_in_every_layout(void **state) {
    (void)state;
    in_all_layouts(as_dicom, "dicom");
}

static void nifti_in_every_layout(void **state) {
    (void)state;
    in_all_layouts(as_nifti, "both.nii");
    in_all_layouts(as_sform, "sform.nii");
    in_all_layouts(as_qform, "qform.nii");
    in_all_layouts(as_nifti, "zipped.nii.gz");
    in_all_layouts(as_nifti2, "two.nii");
}

static void nrrd_and_meta_image_in_every_layout(void **state) {
    (void)state;
    in_all_layouts(as_nrrd, "x.nrrd");
    in_all_layouts(as_meta, "x.mha");
}

/* Spacings that no 32-bit float holds, one that needs all its digits, and a place. */
static int make(void **state) {
    if (scratch_open(state)) return 1;
    make_volume(&canonical, 6, 5, 4);
    ms_geometry *g = &canonical.geometry;
    g->spacing_mm[0] = 0.976562;
    g->spacing_mm[1] = 1.07421875;
    g->spacing_mm[2] = 3.27;
    g->origin_mm[0] = -249.512;
    g->origin_mm[1] = -391.137;
    g->origin_mm[2] = -846.273;
    return ms_make_dirs(scratch("all"), NULL) != MS_OK;
}

static int clear(void **state) {
    ms_volume_clear(&canonical);
    return scratch_close(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dicom_in_every_layout),
        cmocka_unit_test(nifti_in_every_layout),
        cmocka_unit_test(nrrd_and_meta_image_in_every_layout),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
