/* NRRD and MetaImage: read as their definitions say, refused when they are damaged or point elsewhere. */
#include "image/make.h"

#include <zlib.h>

static int16_t values[60]; /* 5 x 4 x 3 */

static void fill_values(void) {
    for (int v = 0; v < 60; v++) values[v] = (int16_t)(37 * v - 900);
}

/* header, then the values (deflated as zlib or gzip when wanted). */
static void write_file(const char *path, const char *header, int window_bits) {
    fill_values();
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(header, file);
    if (window_bits == 0) {
        assert_int_equal(fwrite(values, 1, sizeof values, file), sizeof values);
    } else {
        uint8_t out[512];
        z_stream z = {
            .next_in = (Bytef *)values, .avail_in = sizeof values, .next_out = out, .avail_out = sizeof out};
        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        size_t n = sizeof out - z.avail_out;
        assert_int_equal(deflateEnd(&z), Z_OK);
        assert_int_equal(fwrite(out, 1, n, file), n);
    }
    assert_int_equal(fclose(file), 0);
}

#define NRRD_START "NRRD0004\ntype: short\ndimension: 3\nsizes: 5 4 3\nendian: little\n"
#define NRRD_PLACE                                                                                           \
    "space: left-posterior-superior\nspace directions: (2,0,0) (0,0.5,0) (0,0,-3)\nspace origin: (1,2,3)\n"
#define META_START                                                                                           \
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nTransformMatrix = 1 " \
    "0 0 0 1 0 0 0 -1\n"                                                                                     \
    "Offset = 1 2 3\n"
#define META_SIZE "ElementSpacing = 2 0.5 3\nDimSize = 5 4 3\nElementType = MET_SHORT\n"
#define META_LOCAL "ElementDataFile = LOCAL\n"

/* All samples store z downwards from 3 mm: canonical slice 0 is the last one, at -3 mm. */
static void check_sample(const char *path, const char *format) {
    ms_scan scan;
    ms_error err = {0};
    if (ms_scan_read(path, NULL, &scan, &err)) fail_msg("%s", err.message);
    const ms_geometry *g = &scan.volume.geometry;
    assert_string_equal(scan.info.format, format);
    assert_string_equal(scan.info.orientation, "LPI");
    assert_true(g->n[0] == 5 && g->n[1] == 4 && g->n[2] == 3);
    assert_true(fabs(g->spacing_mm[0] - 2) < 1e-9 && fabs(g->spacing_mm[1] - 0.5) < 1e-9 &&
                fabs(g->spacing_mm[2] - 3) < 1e-9);
    assert_true(fabs(g->origin_mm[0] - 1) < 1e-9 && fabs(g->origin_mm[2] + 3) < 1e-9);
    for (size_t k = 0; k < 3; k++)
        for (size_t v = 0; v < 20; v++)
            assert_true(scan.volume.data[k * 20 + v] == (float)values[(2 - k) * 20 + v]);
    ms_scan_clear(&scan);
}

static void nrrd_is_read_plain_and_compressed(void **state) {
    (void)state;
    write_file(scratch("a.nrrd"), NRRD_START NRRD_PLACE "encoding: raw\n\n", 0);
    check_sample(scratch("a.nrrd"), "NRRD");
    write_file(scratch("b.nrrd"), NRRD_START NRRD_PLACE "encoding: gzip\n\n", 15 + 16);
    check_sample(scratch("b.nrrd"), "NRRD");
}

static void meta_is_read_plain_compressed_and_apart(void **state) {
    (void)state;
    write_file(scratch("a.mha"), META_START META_SIZE META_LOCAL, 0);
    check_sample(scratch("a.mha"), "MetaImage");
    write_file(scratch("b.mha"), META_START "CompressedData = True\n" META_SIZE META_LOCAL, 15);
    check_sample(scratch("b.mha"), "MetaImage");
    write_file(scratch("c.raw"), "", 0);
    put_text(scratch("c.mhd"), META_START META_SIZE "ElementDataFile = c.raw\n");
    check_sample(scratch("c.mhd"), "MetaImage");
    put_bytes(scratch("c.raw"), values, 100);
    assert_refused(scratch("c.mhd"), "100 of 120 bytes", "c.raw");
}

static void cut_files_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"a.nrrd", "b.nrrd", "a.mha", "b.mha"};
    static const char *const cut[] = {"cut.nrrd", "cut.nrrd", "cut.mha", "cut.mha"};
    nrrd_is_read_plain_and_compressed(NULL);
    meta_is_read_plain_compressed_and_apart(NULL);
    for (size_t f = 0; f < 4; f++) {
        size_t length;
        uint8_t *bytes = get_bytes(scratch(names[f]), &length);
        for (size_t keep = 0; keep < length; keep++) {
            put_bytes(scratch(cut[f]), bytes, keep);
            assert_refused(scratch(cut[f]), cut[f], NULL);
        }
        free(bytes);
    }
}

static void refused(const char *name, const char *header, const char *word) {
    write_file(scratch(name), header, 0);
    assert_refused(scratch(name), word, NULL);
}

static void lies_in_nrrd_headers_are_found(void **state) {
    (void)state;
    refused("x.nrrd",
            "NRRD0004\ntype: short\ndimension: 3\nsizes: 50 40 30\nendian: little\nspacings: 1 1 "
            "1\nencoding: raw\n\n",
            "of 120000 bytes");
    refused("x.nrrd", NRRD_START "encoding: raw\nspacings: 1 nan 1\n\n", "spacings");
    refused("x.nrrd", NRRD_START "encoding: raw\nspacings: 1 0 1\n\n", "spacings");
    refused("x.nrrd", NRRD_START "encoding: raw\n\n", "no spacing");
    refused("x.nrrd", NRRD_START "encoding: bzip2\nspacings: 1 1 1\n\n", "encoding is not read");
    refused("x.nrrd", NRRD_START "spacings: 1 1 1\n\n", "encoding");
    refused("x.nrrd", NRRD_START NRRD_PLACE "encoding: raw\ndata file: /etc/passwd\n\n", "plain file");
    refused("x.nrrd", NRRD_START NRRD_PLACE "encoding: raw\ndata file: ../a.raw\n\n", "plain file");
    refused("x.nrrd",
            "NRRD0004\ntype: short\ndimension: 3\nsizes: 900000 900000 900000\nendian: little\nspacings: 1 1 "
            "1\nencoding: "
            "raw\n\n",
            "limit");
    refused("x.nrrd", "NRRD0004\ntype: block\n\n", "NRRD type is not read");
    refused("x.nrrd", "NRRD0004\ndimension: 4\n\n", "dimensions");
    refused("x.nrrd", NRRD_START "encoding: raw\nspace directions: (1,0,0) (0,0,0) (0,0,1)\n\n",
            "spacing along axis 1");
    refused("x.nrrd",
            NRRD_START
            "space: left-posterior-superior\nencoding: raw\nspace directions: (1,0,0) (0.5,1,0) (0,0,1)\n\n",
            "x.nrrd");
}

static void lies_in_meta_headers_are_found(void **state) {
    (void)state;
    refused("x.mha",
            META_START "ElementSpacing = 1 1 1\nDimSize = 50 40 30\nElementType = MET_SHORT\n" META_LOCAL,
            "of 120000 bytes");
    refused("x.mha",
            META_START "ElementSpacing = 1 -1 1\nDimSize = 5 4 3\nElementType = MET_SHORT\n" META_LOCAL,
            "positive");
    refused("x.mha",
            META_START "ElementSpacing = 1 inf 1\nDimSize = 5 4 3\nElementType = MET_SHORT\n" META_LOCAL,
            "finite");
    refused("x.mha", META_START "DimSize = 5 4 3\nElementType = MET_SHORT\n" META_LOCAL, "no ElementSpacing");
    refused("x.mha", META_START META_SIZE "ElementDataFile = /etc/passwd\n", "plain file");
    refused("x.mha", META_START META_SIZE "ElementDataFile = LIST\n", "plain file");
    refused("x.mha", META_START META_SIZE "ElementNumberOfChannels = 3\n" META_LOCAL, "several values");
    refused("x.mha", "NDims = 2\n", "dimensions");
    refused("x.mha",
            META_START "ElementSpacing = 1 1 1\nDimSize = 5 4 3\nElementType = MET_OTHER\n" META_LOCAL,
            "this ElementType is not read");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nrrd_is_read_plain_and_compressed),
        cmocka_unit_test(meta_is_read_plain_compressed_and_apart),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(lies_in_nrrd_headers_are_found),
        cmocka_unit_test(lies_in_meta_headers_are_found),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
