/* DICOM series: written, stored in every way an axial scan can be, and read back the same; what is incomplete
 * or damaged is refused with the file's name and the reason. */
#include "image/make.h"

static char folder[256];

/* A fresh folder with the series of a small volume. */
static void fresh(const char *name, ms_volume *volume) {
    assert_true(ms_text_format(folder, sizeof folder, "%s", scratch(name)));
    assert_int_equal(ms_remove_tree(folder, NULL), MS_OK);
    make_volume(volume, 6, 5, 7);
    write_dicom(volume, folder, 11);
}

static void read_ok(const char *path, const char *series, ms_scan *scan) {
    ms_error err = {0};
    ms_scan_options options = {.series = series};
    if (ms_scan_read(path, &options, scan, &err)) fail_msg("%s", err.message);
}

/* Rows and columns exchanged, rows upside down, slices downwards: 16 ways to store an axial scan. */
static void every_axial_orientation_reads_the_same(void **state) {
    (void)state;
    ms_volume canonical, stored;
    make_volume(&canonical, 6, 5, 7);
    for (int o = 0; o < 2; o++)
        for (int f = 0; f < 8; f++) {
            bool flip[3] = {f & 1, (f & 2) != 0, (f & 4) != 0};
            ms_scan scan;
            assert_true(ms_text_format(folder, sizeof folder, "%s/%d%d", scratch("turned"), o, f));
            store_as(&canonical, orders[o], flip, &stored);
            write_dicom(&stored, folder, 1);
            read_ok(folder, NULL, &scan);
            assert_same_volume(&canonical, &scan.volume);
            assert_string_equal(scan.info.format, "DICOM");
            assert_int_equal(scan.info.files, 7);
            assert_true(scan.info.kvp == 120 && scan.info.slice_thickness_mm == 5);
            assert_string_equal(scan.info.kernel, "B30f");
            ms_scan_clear(&scan);
            ms_volume_clear(&stored);
        }
    ms_volume_clear(&canonical);
}

static void the_spacing_comes_from_positions_not_thickness(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    fresh("spacing", &volume);
    read_ok(folder, NULL, &scan);
    assert_true(fabs(scan.volume.geometry.spacing_mm[2] - 2.5) < 1e-12); /* the header's thickness is 5 */
    ms_scan_clear(&scan);
    ms_volume_clear(&volume);
}

/* Names without order or extension, instance numbers all 1, files in folders of their own, notes between
 * them. */
static void neither_names_nor_numbers_matter(void **state) {
    (void)state;
    static const char *const names[] = {"zebra", "a.txt",    "sub/8", "Q.IMA", "sub/deeper/slice.dcm",
                                        "0",     "m.dcm.bak"};
    ms_volume volume;
    ms_scan scan;
    fresh("named", &volume);
    assert_int_equal(ms_make_dirs(scratch("named/sub/deeper"), NULL), MS_OK);
    for (size_t k = 0; k < 7; k++) {
        char to[300];
        set_text(slice_path(folder, k), 0x00200013, "1");
        assert_true(ms_text_format(to, sizeof to, "%s/%s", folder, names[(3 * k + 2) % 7]));
        assert_int_equal(rename(slice_path(folder, k), to), 0);
    }
    put_text(scratch("named/readme.txt"), "a note\n");
    put_text(scratch("named/empty"), "");
    read_ok(folder, NULL, &scan);
    assert_same_volume(&volume, &scan.volume);
    ms_scan_clear(&scan);
    ms_volume_clear(&volume);
}

static void slope_intercept_and_padding_are_each_slices_own(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    ms_error err = {0};
    fresh("slope", &volume);
    set_text(slice_path(folder, 2), 0x00281053, "0.5");
    set_text(slice_path(folder, 2), 0x00281052, "-100.25");
    set_text(slice_path(folder, 4), 0x00281052, "-2048");
    read_ok(folder, NULL, &scan);
    for (size_t v = 0; v < 30; v++) {
        double hu = (double)volume.data[2 * 30 + v], other = (double)volume.data[4 * 30 + v] - 1024.0;
        assert_true((double)scan.volume.data[2 * 30 + v] == (hu + 1024.0) * 0.5 - 100.25);
        assert_true((double)scan.volume.data[4 * 30 + v] == (other < -1024.0 ? -1024.0 : other));
        assert_true(scan.volume.data[3 * 30 + v] == volume.data[3 * 30 + v]);
    }
    ms_scan_clear(&scan);
    /* With keep_values nothing is raised to -1024. */
    ms_scan_options keep = {.keep_values = true};
    assert_ok(ms_scan_read(folder, &keep, &scan, &err));
    for (size_t v = 120; v < 150; v++) assert_true(scan.volume.data[v] == volume.data[v] - 1024.0f);
    ms_scan_clear(&scan);
    set_text(slice_path(folder, 1), 0x00281053, "0");
    assert_refused(folder, "RescaleSlope", "IM0002.dcm");
    ms_volume_clear(&volume);
}

static void padding_becomes_air_and_is_told(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    ms_error err = {0};
    make_volume(&volume, 6, 5, 7);
    for (size_t v = 0; v < 210; v += 3) volume.data[v] = -3024.0f;
    write_dicom(&volume, scratch("padded"), 3);
    assert_ok(ms_scan_read(scratch("padded"), NULL, &scan, &err));
    assert_true(scan.info.padding_hu == -3024.0);
    assert_true(scan.volume.data[0] == -1024.0f && scan.volume.data[1] == volume.data[1]);
    ms_scan_clear(&scan);
    ms_volume_clear(&volume);
}

static void slices_that_differ_are_named(void **state) {
    (void)state;
    ms_volume volume;
    fresh("differ", &volume);
    set_text(slice_path(folder, 5), 0x00280030, "1.25\\0.8");
    assert_refused(folder, "pixel spacing", "IM0006.dcm");
    set_text(slice_path(folder, 5), 0x00280030, "0\\0.75");
    assert_refused(folder, "must be positive", "IM0006.dcm");
    set_text(slice_path(folder, 5), 0x00280030, "nan\\0.75");
    assert_refused(folder, "PixelSpacing", "IM0006.dcm");
    ms_volume_clear(&volume);
    ms_volume smaller;
    fresh("differ", &volume);
    make_volume(&smaller, 4, 5, 7);
    write_dicom(&smaller, scratch("smaller"), 11);
    assert_int_equal(rename(scratch("smaller/IM0003.dcm"), slice_path(folder, 2)), 0);
    assert_refused(folder, "4 x 5 pixels", "IM0003.dcm");
    ms_volume_clear(&smaller);
    ms_volume_clear(&volume);
}

/* A scout view in the same series, and images of another kind, are no reason to ask. */
static void localizers_and_other_images_do_not_count(void **state) {
    (void)state;
    ms_volume volume, side;
    ms_scan scan;
    const int axis[3] = {2, 0, 1};
    const bool flip[3] = {false, false, true};
    fresh("scout", &volume);
    ms_volume one;
    ms_error err = {0};
    assert_ok(ms_volume_slice(&volume, 0, &one, &err));
    store_as(&volume, axis, flip, &side); /* sagittal */
    char inside[300];
    assert_true(ms_text_format(inside, sizeof inside, "%s/side", folder));
    write_dicom(&side, inside, 11);
    assert_true(ms_text_format(inside, sizeof inside, "%s/scout", folder));
    write_dicom(&one, inside, 11);
    set_text(scratch("scout/scout/IM0001.dcm"), 0x00080008, "ORIGINAL\\PRIMARY\\LOCALIZER");
    assert_true(ms_text_format(inside, sizeof inside, "%s/mr", folder));
    write_dicom(&volume, inside, 15);
    for (size_t k = 0; k < 7; k++) set_text(slice_path(inside, k), 0x00080060, "MR");
    read_ok(folder, NULL, &scan);
    assert_same_volume(&volume, &scan.volume);
    assert_int_equal(scan.info.n_series, 4);
    ms_scan_clear(&scan);
    /* Alone they are no scan, and the message says what they are. */
    assert_refused(inside, "no CT series", "not CT");
    assert_refused(scratch("scout/scout"), "no CT series", "localizer");
    /* Sagittal slices are a scan when there is none that is axial. */
    read_ok(scratch("scout/side"), NULL, &scan);
    assert_same_volume(&volume, &scan.volume);
    ms_scan_clear(&scan);
    ms_volume_clear(&one);
    ms_volume_clear(&side);
    ms_volume_clear(&volume);
}

static void folders_without_a_scan_are_told_apart(void **state) {
    (void)state;
    assert_int_equal(ms_make_dirs(scratch("nothing"), NULL), MS_OK);
    assert_refused(scratch("nothing"), "is empty", NULL);
    put_text(scratch("nothing/scan.dcm"), "This is a letter, not a scan. It is long enough to have a byte "
                                          "128, where a scan has its mark; but there is "
                                          "nothing of the kind here, only words.\n");
    assert_refused(scratch("nothing"), "none of the folder's 1 file is DICOM", NULL);
    assert_refused(scratch("nothing/scan.dcm"), "no DICOM file", NULL);
}

/* 128 zeros and the mark: GDCM 3.0.21 crashes on it. */
static void the_132_byte_file_is_refused(void **state) {
    (void)state;
    uint8_t bytes[132] = {0};
    memcpy(bytes + 128, "DICM", 4);
    put_bytes(scratch("tiny.dcm"), bytes, sizeof bytes);
    assert_refused(scratch("tiny.dcm"), "transfer syntax", NULL);
}

static void a_cut_slice_is_refused_wherever_it_was_cut(void **state) {
    (void)state;
    ms_volume volume;
    size_t length;
    fresh("cut", &volume);
    uint8_t *bytes = get_bytes(slice_path(folder, 6), &length);
    for (size_t keep = 132; keep < length; keep += keep % 2 ? 1 : 3) {
        put_bytes(slice_path(folder, 6), bytes, keep);
        assert_refused(folder, "IM0007.dcm", NULL);
    }
    put_bytes(slice_path(folder, 6), bytes, 0); /* a copy that failed */
    assert_refused(folder, "IM0007.dcm", "only 0 bytes");
    put_bytes(slice_path(folder, 6), bytes, length - 10);
    assert_refused(folder, "pixel data end after 50 of 60 bytes", "truncated");
    free(bytes);
    ms_volume_clear(&volume);
}

static void lies_about_the_size_are_found(void **state) {
    (void)state;
    ms_volume volume;
    fresh("lie", &volume);
    size_t length;
    uint8_t *bytes = get_bytes(slice_path(folder, 2), &length);
    size_t rows = find_element(bytes, length, 0x00280010), bits = find_element(bytes, length, 0x00280100);
    free(bytes);
    splice(slice_path(folder, 2), rows + 8, 2, "\xff\xff", 2);
    assert_refused(folder, "60 of 786420 bytes", "IM0003.dcm");
    splice(slice_path(folder, 2), rows + 8, 2, "\0\0", 2);
    assert_refused(folder, "Rows", NULL);
    splice(slice_path(folder, 2), rows + 8, 2, "\5\0", 2);
    splice(slice_path(folder, 2), bits + 8, 2, "\7\0", 2);
    assert_refused(folder, "BitsAllocated", NULL);
    ms_volume_clear(&volume);
}

static void encodings_that_are_not_read_are_named(void **state) {
    (void)state;
    ms_volume volume;
    fresh("coding", &volume);
    set_text(slice_path(folder, 0), 0x00020010, "1.2.840.10008.1.2.2"); /* big endian, which it is not */
    assert_refused(folder, "IM0001.dcm", NULL);
    set_text(slice_path(folder, 0), 0x00020010, "1.2.840.10008.1.2.4.103");
    assert_refused(folder, "1.2.840.10008.1.2.4.103", "IM0001.dcm");
    ms_volume_clear(&volume);
}

/* A sequence that holds itself 40 levels deep, of undefined length. */
static void deep_nesting_is_refused(void **state) {
    (void)state;
    static const uint8_t level[20] = {0x40, 0x00, 0x75, 0x02, 'S',  'Q',  0,    0,    0xff, 0xff,
                                      0xff, 0xff, 0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff};
    ms_volume volume;
    size_t length;
    uint8_t nested[40 * sizeof level];
    fresh("deep", &volume);
    for (size_t i = 0; i < 40; i++) memcpy(nested + i * sizeof level, level, sizeof level);
    uint8_t *bytes = get_bytes(slice_path(folder, 2), &length);
    size_t pixels = find_element(bytes, length, 0x7FE00010);
    free(bytes);
    splice(slice_path(folder, 2), pixels, 0, nested, sizeof nested);
    assert_refused(folder, "nested more than 16 levels", "IM0003.dcm");
    ms_volume_clear(&volume);
}

/* Sequences of either kind of length, one in the other, are walked through (PS3.5, 7.5). */
static void nested_sequences_are_no_obstacle(void **state) {
    (void)state;
    static const uint8_t nested[] = {
        0x40, 0x00, 0x75, 0x02, 'S',  'Q',  0,    0,    0xff, 0xff, 0xff, 0xff, /* undefined length */
        0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff,                      /* an item of undefined length */
        0x40, 0x00, 0x75, 0x02, 'S',  'Q',  0,    0,    18,   0,    0,    0, /* 18 bytes */
        0xfe, 0xff, 0x00, 0xe0, 10,   0,    0,    0,                         /* an item of 10 bytes */
        0x40, 0x00, 0x07, 0x00, 'L',  'O',  2,    0,    'a',  'b',           /* a text */
        0xfe, 0xff, 0x0d, 0xe0, 0,    0,    0,    0,                         /* end of the item */
        0xfe, 0xff, 0xdd, 0xe0, 0,    0,    0,    0,                         /* end of the sequence */
    };
    ms_volume volume;
    ms_scan scan;
    size_t length;
    fresh("sequences", &volume);
    uint8_t *bytes = get_bytes(slice_path(folder, 2), &length);
    size_t pixels = find_element(bytes, length, 0x7FE00010);
    free(bytes);
    splice(slice_path(folder, 2), pixels, 0, nested, sizeof nested);
    read_ok(folder, NULL, &scan);
    assert_same_volume(&volume, &scan.volume);
    ms_scan_clear(&scan);
    ms_volume_clear(&volume);
}

/* The data set of one of our files without its VRs: implicit little endian (PS3.5, 7.1.3). */
static void make_implicit(const char *path) {
    size_t length;
    set_text(path, 0x00020010, "1.2.840.10008.1.2");
    uint8_t *bytes = get_bytes(path, &length);
    /* The group's own length changed with the UID's. */
    size_t meta = find_element(bytes, length, 0x00020000), at = find_element(bytes, length, 0x00080005);
    size_t group = at - (meta + 12);
    bytes[meta + 8] = (uint8_t)group;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, at, file), at);
    while (at < length) {
        bool wide = bytes[at + 4] == 'O';
        size_t n = wide ? (size_t)bytes[at + 8] | (size_t)bytes[at + 9] << 8
                        : (size_t)bytes[at + 6] | (size_t)bytes[at + 7] << 8;
        uint8_t size[4] = {(uint8_t)n, (uint8_t)(n >> 8), 0, 0};
        assert_int_equal(fwrite(bytes + at, 1, 4, file), 4);
        assert_int_equal(fwrite(size, 1, 4, file), 4);
        at += wide ? 12 : 8;
        assert_int_equal(fwrite(bytes + at, 1, n, file), n);
        at += n;
    }
    assert_int_equal(fclose(file), 0);
    free(bytes);
}

static void implicit_value_representations_are_read(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    fresh("implicit", &volume);
    for (size_t k = 0; k < 7; k++) make_implicit(slice_path(folder, k));
    read_ok(folder, NULL, &scan);
    assert_same_volume(&volume, &scan.volume);
    assert_string_equal(scan.info.kernel, "B30f");
    ms_scan_clear(&scan);
    size_t length;
    uint8_t *bytes = get_bytes(slice_path(folder, 6), &length);
    for (size_t keep = 140; keep < length; keep += 13) {
        put_bytes(slice_path(folder, 6), bytes, keep);
        assert_refused(folder, "IM0007.dcm", NULL);
    }
    free(bytes);
    ms_volume_clear(&volume);
}

/* Names and ids from the header are in nothing that is read. */
static bool holds(const void *bytes, size_t length, const char *word) {
    return memmem(bytes, length, word, strlen(word)) != NULL;
}

static void what_identifies_is_not_kept(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    fresh("names", &volume);
    for (size_t k = 0; k < 7; k++) {
        set_text(slice_path(folder, k), 0x00100010, "PLANTED^NAME");
        set_text(slice_path(folder, k), 0x00100020, "PLANTED-ID");
        set_text(slice_path(folder, k), 0x0008103E, "PLANTED TEXT");
        set_text(slice_path(folder, k), 0x00081030, "PLANTED STUDY");
        set_text(slice_path(folder, k), 0x00180010, "PLANTED AGENT");
    }
    read_ok(folder, NULL, &scan);
    assert_int_equal(scan.info.contrast, 1);
    assert_false(holds(&scan, sizeof scan, "PLANTED"));
    assert_false(holds(scan.info.series, scan.info.n_series * sizeof *scan.info.series, "PLANTED"));
    ms_scan_clear(&scan);
    ms_volume_clear(&volume);
}

static void the_same_seed_gives_the_same_bytes(void **state) {
    (void)state;
    ms_volume volume;
    char first[65], second[65], third[65];
    make_volume(&volume, 6, 5, 7);
    write_dicom(&volume, scratch("seed-a"), 5);
    write_dicom(&volume, scratch("seed-b"), 5);
    write_dicom(&volume, scratch("seed-c"), 6);
    assert_int_equal(ms_hash_tree(scratch("seed-a"), first, NULL), MS_OK);
    assert_int_equal(ms_hash_tree(scratch("seed-b"), second, NULL), MS_OK);
    assert_int_equal(ms_hash_tree(scratch("seed-c"), third, NULL), MS_OK);
    assert_string_equal(first, second);
    assert_string_not_equal(first, third);
    /* Never into a folder that holds something. */
    ms_dicom_tags tags = {.sex = 'O'};
    ms_error err = {0};
    assert_int_equal(ms_volume_write_dicom(&volume, scratch("seed-a"), &tags, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "not empty"));
    ms_volume_clear(&volume);
}

static void one_file_is_a_scan_of_one_slice(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    fresh("single", &volume);
    read_ok(slice_path(folder, 4), NULL, &scan);
    assert_int_equal(scan.volume.geometry.n[2], 1);
    assert_true(scan.volume.geometry.spacing_mm[2] == 5.0); /* all there is: its thickness */
    assert_memory_equal(scan.volume.data, volume.data + 4 * 30, 30 * sizeof(float));
    ms_scan_clear(&scan);
    ms_volume_clear(&volume);
}

/* The same bytes from one thread and from several. */
static void threads_change_nothing(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan one, many;
    fresh("threads", &volume);
    ms_threads_set(1);
    read_ok(folder, NULL, &one);
    ms_threads_set(5);
    read_ok(folder, NULL, &many);
    ms_threads_set(0);
    assert_same_volume(&one.volume, &many.volume);
    ms_scan_clear(&one);
    ms_scan_clear(&many);
    ms_volume_clear(&volume);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_axial_orientation_reads_the_same),
        cmocka_unit_test(the_spacing_comes_from_positions_not_thickness),
        cmocka_unit_test(neither_names_nor_numbers_matter),
        cmocka_unit_test(slope_intercept_and_padding_are_each_slices_own),
        cmocka_unit_test(padding_becomes_air_and_is_told),
        cmocka_unit_test(slices_that_differ_are_named),
        cmocka_unit_test(localizers_and_other_images_do_not_count),
        cmocka_unit_test(folders_without_a_scan_are_told_apart),
        cmocka_unit_test(the_132_byte_file_is_refused),
        cmocka_unit_test(a_cut_slice_is_refused_wherever_it_was_cut),
        cmocka_unit_test(lies_about_the_size_are_found),
        cmocka_unit_test(encodings_that_are_not_read_are_named),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(nested_sequences_are_no_obstacle),
        cmocka_unit_test(implicit_value_representations_are_read),
        cmocka_unit_test(what_identifies_is_not_kept),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(one_file_is_a_scan_of_one_slice),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
