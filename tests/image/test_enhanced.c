/* Encodings of DICOM beyond the plain one: several frames in one file with functional groups, big endian,
 * deflated, without preamble, and headers that leave things out; what is wrong in them is named. */
#include "image/build.h"

static ms_volume volume;
static const size_t order[7] = {3, 0, 5, 6, 1, 4, 2};

static void read_ok(const char *path, ms_scan *scan) {
    ms_error err = {0};
    if (ms_scan_read(path, NULL, scan, &err)) fail_msg("%s", err.message);
}

/* Frames in any order, each with its own intercept, in every encoding: the same volume. */
static void enhanced_ct_is_read_in_every_encoding(void **state) {
    (void)state;
    for (encoding as = AS_EXPLICIT; as <= AS_BARE; as++) {
        ms_scan scan;
        write_enhanced(&volume, order, as, scratch("enhanced"));
        read_ok(scratch("enhanced"), &scan);
        assert_same_volume(&volume, &scan.volume);
        assert_int_equal(scan.info.files, 1);
        assert_int_equal(scan.info.series[0].slices, 7);
        assert_true(scan.info.slice_thickness_mm == 2.5);
        ms_scan_clear(&scan);
    }
}

/* In a folder among others, the file with more slices is the scan. */
static void enhanced_and_plain_series_lie_together(void **state) {
    (void)state;
    ms_volume small;
    ms_scan scan;
    make_volume(&small, 6, 5, 4);
    write_dicom(&small, scratch("mixed"), 3);
    write_enhanced(&volume, order, AS_EXPLICIT, scratch("mixed/enhanced"));
    read_ok(scratch("mixed"), &scan);
    assert_same_volume(&volume, &scan.volume);
    assert_int_equal(scan.info.n_series, 2);
    ms_scan_clear(&scan);
    ms_volume_clear(&small);
}

static void cut_anywhere_it_is_refused(void **state) {
    (void)state;
    for (encoding as = AS_EXPLICIT; as <= AS_DEFLATED; as++) {
        size_t length;
        write_enhanced(&volume, order, as, scratch("whole.dcm"));
        uint8_t *bytes = get_bytes(scratch("whole.dcm"), &length);
        for (size_t keep = 140; keep < length - 1; keep += 7) {
            put_bytes(scratch("cut.dcm"), bytes, keep);
            assert_refused(scratch("cut.dcm"), "cut.dcm", NULL);
        }
        free(bytes);
    }
}

/* The declared number of frames, in our own file "7 ". */
static void set_frames(const char *text) {
    write_enhanced(&volume, order, AS_EXPLICIT, scratch("lie.dcm"));
    set_text(scratch("lie.dcm"), 0x00280008, text);
}

static void lies_about_frames_are_found(void **state) {
    (void)state;
    set_frames("0");
    assert_refused(scratch("lie.dcm"), "NumberOfFrames", "lie.dcm");
    set_frames("-3");
    assert_refused(scratch("lie.dcm"), "NumberOfFrames", NULL);
    set_frames("1e9");
    assert_refused(scratch("lie.dcm"), "NumberOfFrames", NULL);
    set_frames("nan");
    assert_refused(scratch("lie.dcm"), "NumberOfFrames", NULL);
    set_frames("65536");
    assert_refused(scratch("lie.dcm"), "pixel data end after 420 of", NULL);
    set_frames("6");
    assert_refused(scratch("lie.dcm"), "describe 7", NULL);
}

/* Zeros: 1.1 GiB of them are a few MiB when deflated. */
static void a_bomb_is_refused_at_its_limit(void **state) {
    (void)state;
    build file = build_new(AS_EXPLICIT);
    static const uint8_t zeros[1 << 16] = {0};
    static uint8_t packed[1 << 20];
    for (int i = 0; i < 2; i++) ms_buffer_append_bytes(&file.out, zeros, 64);
    ms_buffer_append(&file.out, "DICM");
    put_words(&file, 0x00020010, "UI", "1.2.840.10008.1.2.1.99");
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, -15, 9, Z_RLE), Z_OK);
    for (uint64_t done = 0; done < (uint64_t)1100 << 20; done += sizeof zeros) {
        z.next_in = (Bytef *)(uintptr_t)zeros;
        z.avail_in = sizeof zeros;
        while (z.avail_in > 0) {
            z.next_out = packed;
            z.avail_out = sizeof packed;
            assert_int_equal(deflate(&z, Z_NO_FLUSH), Z_OK);
            ms_buffer_append_bytes(&file.out, packed, sizeof packed - z.avail_out);
        }
    }
    deflateEnd(&z);
    put_bytes(scratch("bomb.dcm"), file.out.data, file.out.length);
    ms_buffer_clear(&file.out);
    assert_refused(scratch("bomb.dcm"), "inflates to more than the limit of 1024 MiB", "bomb.dcm");
}

/* ---- one slice a file, with little said ------------------------------------------------------------- */

typedef struct sparse {
    const char *class, *modality;
    bool intercept, bits_stored;
} sparse;

static void write_sparse(const sparse *what, size_t k, encoding as, const char *path) {
    const ms_geometry *g = &volume.geometry;
    static const double axes[6] = {1, 0, 0, 0, 1, 0};
    double at[3] = {0.0, 0.0, (double)k}, mm[3], spacing[2] = {g->spacing_mm[1], g->spacing_mm[0]};
    double intercept = -1000.0;
    build set = build_new(as);
    ms_index_to_mm(g, at, mm);
    if (what->class) put_words(&set, 0x00080016, "UI", what->class);
    if (what->modality)
        put_words(&set, 0x00080060, "CS", what->modality);
    else if (!what->class)
        put_words(&set, 0x00080005, "CS", "ISO_IR 100");
    put_decimals(&set, 0x00200032, mm, 3);
    put_decimals(&set, 0x00200037, axes, 6);
    put_number(&set, 0x00280010, (unsigned)g->n[1]);
    put_number(&set, 0x00280011, (unsigned)g->n[0]);
    put_decimals(&set, 0x00280030, spacing, 2);
    put_number(&set, 0x00280100, 16);
    if (what->bits_stored) put_number(&set, 0x00280101, 12);
    if (what->intercept) put_decimals(&set, 0x00281052, &intercept, 1);
    put_head(&set, 0x7FE00010, "OW", 60);
    for (size_t v = 0; v < 30; v++)
        put_u16(&set, (unsigned)(volume.data[k * 30 + v] + 1000.0f) | (what->bits_stored ? 0xF000u : 0u));
    put_file(&set, MS_CT, path);
}

static void sparse_headers_are_enough(void **state) {
    (void)state;
    static const sparse cases[] = {
        {MS_CT, "CT", true, false}, /* nothing but what is needed */
        {MS_CT, NULL, true, false}, /* the class says that it is CT */
        {NULL, "CT", true, true},   /* no class; bits above the stored ones hold something else */
        {NULL, NULL, true, false},  /* neither: a rescale intercept and a place make it CT */
    };
    for (size_t c = 0; c < MS_COUNT(cases); c++)
        for (encoding as = AS_EXPLICIT; as <= AS_BARE; as++) {
            ms_scan scan;
            char path[300];
            assert_int_equal(ms_remove_tree(scratch("sparse"), NULL), MS_OK);
            assert_int_equal(ms_make_dirs(scratch("sparse"), NULL), MS_OK);
            for (size_t k = 0; k < 7; k++) {
                assert_true(ms_text_format(path, sizeof path, "%s/%zu", scratch("sparse"), (5 * k + 3) % 7));
                write_sparse(&cases[c], k, as, path);
            }
            read_ok(scratch("sparse"), &scan);
            assert_same_volume(&volume, &scan.volume);
            assert_int_equal(scan.info.files, 7);
            ms_scan_clear(&scan);
        }
}

static void values_that_may_not_be_hu_are_told(void **state) {
    (void)state;
    static const sparse what = {MS_CT, "CT", false, false};
    ms_scan scan;
    write_sparse(&what, 2, AS_EXPLICIT, scratch("plain.dcm"));
    read_ok(scratch("plain.dcm"), &scan);
    assert_int_equal(scan.info.n_notes, 1);
    assert_string_equal(scan.info.notes[0].word, "no_rescale");
    ms_scan_clear(&scan);
}

/* -2000 stored in 16 bits without its sign is 63536: no HU, but the mark for outside the field of view. */
static void padding_without_its_sign_is_air(void **state) {
    (void)state;
    static const sparse what = {MS_CT, "CT", true, false};
    ms_scan scan;
    size_t length;
    write_sparse(&what, 2, AS_EXPLICIT, scratch("padded.dcm"));
    uint8_t *bytes = get_bytes(scratch("padded.dcm"), &length);
    for (size_t v = 0; v < 4; v++) memcpy(bytes + length - 60 + 2 * v, "\x30\xf8", 2);
    put_bytes(scratch("padded.dcm"), bytes, length);
    free(bytes);
    read_ok(scratch("padded.dcm"), &scan);
    assert_true(scan.info.padding_hu == 63536.0 - 1000.0);
    for (size_t v = 0; v < 30; v++)
        assert_true(scan.volume.data[v] == (v < 4 ? -1024.0f : volume.data[60 + v]));
    ms_scan_clear(&scan);
}

static int make(void **state) {
    if (scratch_open(state)) return 1;
    make_volume(&volume, 6, 5, 7);
    return 0;
}

static int clear(void **state) {
    ms_volume_clear(&volume);
    return scratch_close(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enhanced_ct_is_read_in_every_encoding),
        cmocka_unit_test(enhanced_and_plain_series_lie_together),
        cmocka_unit_test(cut_anywhere_it_is_refused),
        cmocka_unit_test(lies_about_frames_are_found),
        cmocka_unit_test(a_bomb_is_refused_at_its_limit),
        cmocka_unit_test(sparse_headers_are_enough),
        cmocka_unit_test(values_that_may_not_be_hu_are_told),
        cmocka_unit_test(padding_without_its_sign_is_air),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
