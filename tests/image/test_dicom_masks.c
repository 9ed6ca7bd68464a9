/* Masks as DICOM segmentations and structure sets: placed on the scan by position whatever the order of
 * frames, labelled by names or by choice, filled by centres and even-odd. */
#include "image/build.h"

static ms_mask truth; /* labels 1 and 2 in part of the volume */
static ms_geometry grid;

static int make(void **state) {
    ms_volume volume;
    if (scratch_open(state)) return 1;
    make_volume(&volume, 12, 10, 6);
    grid = volume.geometry;
    ms_volume_clear(&volume);
    if (ms_mask_alloc(&truth, &grid, NULL) != MS_OK) return 1;
    for (size_t k = 1; k < 5; k++)
        for (size_t j = 2; j < 8; j++)
            for (size_t i = 1; i < 11; i++)
                if ((i * 7 + j * 3 + k) % 4 != 0) truth.data[ms_voxel_index(&grid, i, j, k)] = i < 6 ? 1 : 2;
    return 0;
}

static int clear(void **state) {
    ms_mask_clear(&truth);
    return scratch_close(state);
}

static void read_ok(const char *path, ms_mask *mask) {
    ms_error err = {0};
    if (ms_mask_read(path, &grid, mask, &err)) fail_msg("%s", err.message);
    assert_true(ms_geometry_same(&mask->geometry, &grid));
}

static void refused(const char *path, const ms_geometry *on, const char *words) {
    ms_mask mask;
    ms_error err = {0};
    assert_int_equal(ms_mask_read(path, on, &mask, &err), MS_EINPUT);
    if (!strstr(err.message, words)) fail_msg("'%s' is not in: %s", words, err.message);
    assert_null(strchr(err.message, '\n'));
    assert_null(strstr(err.message, "PLANTED"));
}

/* Label of segment s in the mask that was read; 0 for none. */
static void check_labels(const ms_mask *mask, uint8_t first, uint8_t second) {
    for (size_t v = 0; v < ms_voxels(&grid); v++) {
        uint8_t expected = truth.data[v] == 1 ? first : truth.data[v] == 2 ? second : 0;
        assert_int_equal(mask->data[v], expected);
    }
}

static const size_t slices[8] = {4, 1, 3, 2, 2, 4, 1, 3};
static const unsigned segments[8] = {1, 2, 1, 2, 1, 2, 1, 2};

static void segmentations_lie_where_their_frames_say(void **state) {
    (void)state;
    static const char *const names[] = {"first thing", "PLANTED^NAME"};
    static const encoding ways[] = {AS_EXPLICIT, AS_IMPLICIT, AS_DEFLATED, AS_BARE};
    for (size_t w = 0; w < MS_COUNT(ways); w++)
        for (unsigned bits = 1; bits <= 8; bits += 7) {
            ms_mask mask;
            write_seg(&truth, slices, segments, 8, names, 2, bits, ways[w], scratch("seg.dcm"));
            read_ok(scratch("seg.dcm"), &mask);
            check_labels(&mask, 1, 2); /* no name is known: by number */
            ms_mask_clear(&mask);
        }
}

static void names_and_choices_give_labels(void **state) {
    (void)state;
    static const struct {
        const char *names[2], *choice;
        uint8_t labels[2];
    } cases[] = {
        {{"Psoas_Right", "psoas left"}, "", {2, 3}},
        {{"PsoasMuscle_L", "Skeletal Muscle"}, "", {3, 1}},
        {{"BODY", "Subcutaneous fat"}, "", {0, 4}}, /* what is not known is left out beside what is */
        {{"VAT", "IMAT muscle"}, "", {5, 6}},
        {{"iliopsoas", "liver"}, "", {2, 0}}, /* by side: all of it lies right of its middle or left */
        {{"a", "b"}, "#b", {0, 1}},
        {{"a", "b"}, "#b=7,a=5", {5, 7}},
        {{"a", "b"}, "#2=3", {0, 3}},
        {{"VAT", "b"}, "#vat,b", {5, 2}},
    };
    for (size_t c = 0; c < MS_COUNT(cases); c++) {
        ms_mask mask;
        char path[300];
        write_seg(&truth, slices, segments, 8, cases[c].names, 2, 1, AS_EXPLICIT, scratch("named.dcm"));
        assert_true(ms_text_format(path, sizeof path, "%s%s", scratch("named.dcm"), cases[c].choice));
        read_ok(path, &mask);
        if (strcmp(cases[c].names[0], "iliopsoas") == 0) {
            for (size_t v = 0; v < ms_voxels(&grid); v++) /* columns 1 to 5: the middle is 3 */
                assert_int_equal(mask.data[v], truth.data[v] != 1 ? 0 : v % 12 > 3 ? 3 : 2);
        } else {
            check_labels(&mask, cases[c].labels[0], cases[c].labels[1]);
        }
        ms_mask_clear(&mask);
    }
    char path[300];
    assert_true(ms_text_format(path, sizeof path, "%s#nobody", scratch("named.dcm")));
    refused(path, &grid, "called or numbered 'nobody'");
    assert_true(ms_text_format(path, sizeof path, "%s#a=0", scratch("named.dcm")));
    refused(path, &grid, "labels are 1 to 255");
}

static void a_segmentation_of_another_grid_is_refused(void **state) {
    (void)state;
    static const char *const names[] = {"a", "b"};
    ms_geometry other = grid;
    write_seg(&truth, slices, segments, 8, names, 2, 1, AS_EXPLICIT, scratch("other.dcm"));
    other.origin_mm[0] += 0.3;
    refused(scratch("other.dcm"), &other, "do not lie on the scan's grid");
    other = grid;
    other.spacing_mm[1] *= 2.0;
    refused(scratch("other.dcm"), &other, "do not lie on the scan's grid");
    size_t length;
    uint8_t *bytes = get_bytes(scratch("other.dcm"), &length);
    for (size_t keep = 300; keep < length - 1; keep += 11) {
        put_bytes(scratch("cut.dcm"), bytes, keep);
        refused(scratch("cut.dcm"), &grid, "cut.dcm");
    }
    free(bytes);
}

/* ---- structure sets --------------------------------------------------------------------------------- */

/* A rectangle in slice k from column a to b and row c to d, in voxels (not whole). */
static void rectangle(double k, double a, double b, double c, double d, double xyz[12]) {
    const double corners[4][2] = {{a, c}, {b, c}, {b, d}, {a, d}};
    for (int p = 0; p < 4; p++) {
        double ijk[3] = {corners[p][0], corners[p][1], k};
        ms_index_to_mm(&grid, ijk, xyz + 3 * p);
    }
}

/* A ring: the inner contour is a hole; and one that stands beside it in the same slice. */
static void contours_are_filled_by_centres_and_even_odd(void **state) {
    (void)state;
    static const char *const names[] = {"GTV-1"};
    for (encoding as = AS_EXPLICIT; as <= AS_BARE; as++) {
        double xyz[4][12];
        ms_mask mask;
        rectangle(2, 0.6, 6.4, 1.6, 7.4, xyz[0]);
        rectangle(2, 2.6, 4.4, 3.6, 5.4, xyz[1]);
        rectangle(2, 8.6, 9.4, 1.6, 2.4, xyz[2]);
        rectangle(4, 3.6, 4.4, 3.6, 4.4, xyz[3]);
        test_contour contours[4];
        for (size_t c = 0; c < 4; c++) contours[c] = (test_contour){1, xyz[c], 4};
        write_rtstruct(names, 1, contours, 4, as, scratch("rings.dcm"));
        read_ok(scratch("rings.dcm"), &mask);
        for (size_t v = 0; v < ms_voxels(&grid); v++) {
            size_t i = v % 12, j = v / 12 % 10, k = v / 120;
            bool outer = i >= 1 && i <= 6 && j >= 2 && j <= 7, hole = i >= 3 && i <= 4 && j >= 4 && j <= 5;
            bool in = (k == 2 && ((outer && !hole) || (i == 9 && j == 2))) || (k == 4 && i == 4 && j == 4);
            assert_int_equal(mask.data[v], in);
        }
        ms_mask_clear(&mask);
    }
}

/* Neighbours that share a border through pixel centres: each centre belongs to one of them, none to both. */
static void shared_borders_belong_to_one(void **state) {
    (void)state;
    static const char *const names[] = {"muscle", "psoas right"};
    double xyz[2][12];
    ms_mask mask;
    rectangle(1, 2, 5, 2, 6, xyz[0]);
    rectangle(1, 5, 8, 2, 6, xyz[1]);
    const test_contour contours[2] = {{1, xyz[0], 4}, {2, xyz[1], 4}};
    write_rtstruct(names, 2, contours, 2, AS_EXPLICIT, scratch("border.dcm"));
    read_ok(scratch("border.dcm"), &mask);
    size_t count[3] = {0};
    for (size_t v = 0; v < ms_voxels(&grid); v++) count[mask.data[v]]++;
    assert_int_equal(count[1], 3 * 4);
    assert_int_equal(count[2], 3 * 4);
    ms_mask_clear(&mask);
}

static void contours_beside_the_slices_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"muscle"};
    double xyz[12];
    test_contour contour = {1, xyz, 4};
    rectangle(2.4, 2, 5, 2, 6, xyz);
    write_rtstruct(names, 1, &contour, 1, AS_EXPLICIT, scratch("beside.dcm"));
    refused(scratch("beside.dcm"), &grid, "does not lie on a slice");
    rectangle(2, 2, 5, 2, 6, xyz);
    xyz[2] += 3.0; /* one corner a slice higher */
    write_rtstruct(names, 1, &contour, 1, AS_EXPLICIT, scratch("beside.dcm"));
    refused(scratch("beside.dcm"), &grid, "does not lie on a slice");
    rectangle(40, 2, 5, 2, 6, xyz);
    write_rtstruct(names, 1, &contour, 1, AS_EXPLICIT, scratch("beside.dcm"));
    refused(scratch("beside.dcm"), &grid, "no closed contour on the scan");
    contour.points = 0;
    write_rtstruct(names, 1, &contour, 0, AS_EXPLICIT, scratch("beside.dcm"));
    refused(scratch("beside.dcm"), &grid, "no closed contour on the scan");
}

/* The structure set of IBSI's CT phantom against the mask that IBSI gives for it: 125256 voxels, of which a
 * few lie with their centres on the contour. */
static void ibsi_s_structure_set_is_its_mask(void **state) {
    (void)state;
    char base[400], path[512];
    ms_scan_info info;
    ms_mask drawn, given;
    ms_error err = {0};
    assert_true(ms_text_format(base, sizeof base, "%s/ibsi/phantoms/ibsi_1_ct_radiomics_phantom",
                               MS_TEST_SHARED_DIR));
    if (!ms_path_exists(base)) {
        print_message("skipped: no ../shared/ibsi\n");
        skip();
    }
    assert_true(ms_text_format(path, sizeof path, "%s/dicom/image", base));
    if (ms_scan_inspect(path, NULL, &info, &err)) fail_msg("%s", err.message);
    assert_true(ms_text_format(path, sizeof path, "%s/dicom/mask", base)); /* the folder with the one file */
    if (ms_mask_read(path, &info.geometry, &drawn, &err)) fail_msg("%s", err.message);
    assert_true(ms_text_format(path, sizeof path, "%s/nifti/mask/mask.nii.gz", base));
    if (ms_mask_read(path, &info.geometry, &given, &err)) fail_msg("%s", err.message);
    size_t inside = 0, differ = 0;
    for (size_t v = 0; v < ms_voxels(&info.geometry); v++) {
        inside += given.data[v] != 0;
        differ += (given.data[v] != 0) != (drawn.data[v] != 0);
    }
    assert_int_equal(inside, 125256);
    assert_true(differ <= 4);
    ms_mask_clear(&given);
    ms_mask_clear(&drawn);
    ms_scan_info_clear(&info);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segmentations_lie_where_their_frames_say),
        cmocka_unit_test(names_and_choices_give_labels),
        cmocka_unit_test(a_segmentation_of_another_grid_is_refused),
        cmocka_unit_test(contours_are_filled_by_centres_and_even_odd),
        cmocka_unit_test(shared_borders_belong_to_one),
        cmocka_unit_test(contours_beside_the_slices_are_refused),
        cmocka_unit_test(ibsi_s_structure_set_is_its_mask),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
