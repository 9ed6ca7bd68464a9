/* Slices that are missing, doubled, unevenly spaced or tilted; several series in one folder. The limits are
 * those of docs/reading.md. Where slices are resampled the truth is a volume whose value is linear in place,
 * so that linear interpolation must give it back exactly. */
#include "image/make.h"

static char folder[256];

#define NX 6
#define NY 5
#define NZ 21

/* HU = 8 x + 4 y + 2 z over the patient's millimetres, rounded by the writer to whole numbers. */
static double linear_hu(const double mm[3]) {
    return 8.0 * mm[0] + 4.0 * mm[1] + 2.0 * mm[2];
}

static void fresh(const char *name, size_t slices, double spacing, ms_volume *volume) {
    assert_true(ms_text_format(folder, sizeof folder, "%s", scratch(name)));
    assert_int_equal(ms_remove_tree(folder, NULL), MS_OK);
    make_volume(volume, NX, NY, slices);
    ms_geometry *g = &volume->geometry;
    g->spacing_mm[2] = spacing;
    for (size_t k = 0; k < slices; k++)
        for (size_t j = 0; j < NY; j++)
            for (size_t i = 0; i < NX; i++) {
                double ijk[3] = {(double)i, (double)j, (double)k}, mm[3];
                ms_index_to_mm(g, ijk, mm);
                volume->data[ms_voxel_index(g, i, j, k)] = (float)linear_hu(mm);
            }
    write_dicom(volume, folder, 11);
}

static void read_ok(const char *path, const char *series, ms_scan *scan) {
    ms_error err = {0};
    ms_scan_options options = {.series = series};
    if (ms_scan_read(path, &options, scan, &err)) fail_msg("%s", err.message);
}

static const ms_scan_note *find_note(const ms_scan *scan, const char *word) {
    for (size_t i = 0; i < scan->info.n_notes; i++)
        if (strcmp(scan->info.notes[i].word, word) == 0) return &scan->info.notes[i];
    return NULL;
}

static void place_slice(size_t k, double x, double y, double z) {
    char text[64];
    assert_true(ms_text_format(text, sizeof text, "%.4f\\%.4f\\%.4f", x, y, z));
    set_text(slice_path(folder, k), 0x00200032, text);
}

/* One, or two together: the gap is filled linearly, the other slices stay bit for bit, and the note says
 * where. */
static void few_missing_slices_are_filled_in_and_told(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    fresh("missing", NZ, 2.5, &volume);
    assert_int_equal(unlink(slice_path(folder, 3)), 0);
    assert_int_equal(unlink(slice_path(folder, 4)), 0);
    read_ok(folder, NULL, &scan);
    assert_same_volume(&volume, &scan.volume); /* linear in z, so that the truth comes back */
    const ms_scan_note *note = find_note(&scan, "slices_missing");
    assert_non_null(note);
    assert_true(note->from_mm == 12.5 + 2 * 2.5 && note->to_mm == 12.5 + 5 * 2.5);
    assert_int_equal(scan.info.files, NZ - 2);
    ms_scan_clear(&scan);
    ms_volume_clear(&volume);
}

static void many_missing_slices_are_named(void **state) {
    (void)state;
    ms_volume volume;
    fresh("hole", NZ, 2.5, &volume);
    for (size_t k = 3; k < 7; k++) assert_int_equal(unlink(slice_path(folder, k)), 0);
    assert_refused(folder, "4 slices are missing", "IM0003.dcm");
    ms_volume_clear(&volume);
    fresh("wide", NZ, 8.0, &volume); /* one slice, but 16 mm */
    assert_int_equal(unlink(slice_path(folder, 3)), 0);
    assert_refused(folder, "1 slice is missing", "15 mm");
    ms_volume_clear(&volume);
    fresh("sieve", NZ, 2.5, &volume); /* four of them singly: more than a tenth */
    for (size_t k = 2; k < 10; k += 2) assert_int_equal(unlink(slice_path(folder, k)), 0);
    assert_refused(folder, "4 slices are missing beside 17", NULL);
    ms_volume_clear(&volume);
}

static void a_double_is_taken_once_and_another_slice_there_is_named(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    size_t length;
    fresh("double", NZ, 2.5, &volume);
    uint8_t *bytes = get_bytes(slice_path(folder, 3), &length);
    put_bytes(scratch("double/again.dcm"), bytes, length);
    read_ok(folder, NULL, &scan);
    assert_same_volume(&volume, &scan.volume);
    assert_non_null(find_note(&scan, "duplicates_dropped"));
    ms_scan_clear(&scan);
    bytes[length - 1] ^= 1; /* the same place, one pixel otherwise */
    put_bytes(scratch("double/again.dcm"), bytes, length);
    assert_refused(folder, "same place", "again.dcm");
    free(bytes);
    ms_volume_clear(&volume);
}

/* Two phases under one series UID, told apart by the acquisition number, are two series. */
static void acquisitions_in_one_series_are_told_apart(void **state) {
    (void)state;
    ms_volume volume, other;
    ms_scan scan;
    char inside[300];
    fresh("phases", NZ, 2.5, &volume);
    assert_ok(ms_volume_alloc(&other, &volume.geometry, NULL));
    for (size_t v = 0; v < ms_voxels(&other.geometry); v++) other.data[v] = volume.data[v] + 50.0f;
    assert_true(ms_text_format(inside, sizeof inside, "%s/second", folder));
    write_dicom(&other, inside, 11);
    for (size_t k = 0; k < NZ; k++) set_text(slice_path(inside, k), 0x00200012, "2");
    read_ok(folder, NULL, &scan);
    assert_int_equal(scan.info.n_series, 2);
    assert_int_equal(scan.info.series[0].slices, NZ);
    assert_int_equal(scan.info.series[1].slices, NZ);
    assert_non_null(strstr(scan.info.series[1].description, "acquisition 2 of 2"));
    assert_non_null(find_note(&scan, "series_chosen"));
    ms_scan_clear(&scan);
    read_ok(folder, "1", &scan);
    assert_same_volume(&volume, &scan.volume);
    ms_scan_clear(&scan);
    read_ok(folder, "2", &scan);
    assert_same_volume(&other, &scan.volume);
    ms_scan_clear(&scan);
    ms_volume_clear(&other);
    ms_volume_clear(&volume);
}

/* Positions rounded to 0.1 mm are even; the values stay bit for bit. */
static void rounding_is_no_unevenness(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan, plain;
    fresh("rounded", NZ, 1.25, &volume);
    read_ok(folder, NULL, &plain);
    for (size_t k = 0; k < NZ; k++)
        place_slice(k, -31.5, -47.25, round((12.5 + 1.25 * (double)k) * 10.0) / 10.0);
    read_ok(folder, NULL, &scan);
    assert_int_equal(scan.info.n_notes, 0);
    assert_memory_equal(plain.volume.data, scan.volume.data, ms_voxels(&volume.geometry) * sizeof(float));
    ms_scan_clear(&plain);
    ms_scan_clear(&scan);
    ms_volume_clear(&volume);
}

/* Gaps of 4.2 and 1.8 mm in turn: everything onto the median of them. */
static void uneven_slices_are_interpolated_and_told(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    fresh("uneven", NZ, 3.0, &volume);
    for (size_t k = 0; k < NZ; k++) { /* every other slice 1.2 mm too high */
        double z = 12.5 + 3.0 * (double)k + (k % 2 ? 1.2 : 0.0);
        place_slice(k, -31.5, -47.25, z);
    }
    read_ok(folder, NULL, &scan);
    assert_non_null(find_note(&scan, "spacing_uneven"));
    const ms_geometry *g = &scan.volume.geometry;
    /* Between two slices of the file the value is between theirs, by the distances. */
    for (size_t k = 0; k < g->n[2]; k++) {
        double at = (double)k * g->spacing_mm[2];
        size_t low = 0;
        double below = 0.0, above = 4.2;
        while (at > above + 1e-9) {
            low++;
            below = 3.0 * (double)low + (low % 2 ? 1.2 : 0.0);
            above = 3.0 * (double)(low + 1) + ((low + 1) % 2 ? 1.2 : 0.0);
        }
        double w = (at - below) / (above - below);
        double truth =
            (double)volume.data[low * NX * NY] * (1.0 - w) + (double)volume.data[(low + 1) * NX * NY] * w;
        double error = fabs((double)scan.volume.data[ms_voxel_index(g, 0, 0, k)] - truth);
        assert_true(error < 0.2); /* within 0.06 mm a slice is taken as it is, and z counts 2 HU a mm */
    }
    ms_scan_clear(&scan);
    place_slice(3, -31.5, -40, 12.5 + 10.2);
    assert_refused(folder, "sideways", "IM0004.dcm");
    place_slice(3, -31.5, NAN, 20.0);
    assert_refused(folder, "ImagePositionPatient", "IM0004.dcm");
    set_text(slice_path(folder, 3), 0x00200032, "-31.5\\1e300\\20");
    assert_refused(folder, "ImagePositionPatient", "IM0004.dcm");
    ms_volume_clear(&volume);
}

/* Slices that lie 10 degrees askew, each 0.44 mm further back: every voxel that was seen gets the value of
 * its place in the patient. */
static void a_tilted_gantry_is_straightened(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    fresh("tilt", NZ, 2.5, &volume);
    double shift = tan(10.0 * acos(-1.0) / 180.0);
    for (size_t k = 0; k < NZ; k++) {
        double z = 12.5 + 2.5 * (double)k;
        place_slice(k, -31.5, -47.25 + shift * (z - 12.5), z);
    }
    read_ok(folder, NULL, &scan);
    assert_true(fabs(scan.info.tilt_deg - 10.0) < 0.01);
    assert_non_null(find_note(&scan, "tilt_corrected"));
    const ms_geometry *g = &scan.volume.geometry;
    assert_int_equal(g->n[2], NZ);
    assert_true(g->n[1] == NY + 8); /* 8.8 mm of drift in rows of 1.25 mm: 7.05 */
    size_t seen = 0;
    for (size_t k = 0; k < NZ; k++)
        for (size_t j = 0; j < g->n[1]; j++) {
            double ijk[3] = {2.0, (double)j, (double)k}, mm[3];
            ms_index_to_mm(g, ijk, mm);
            double drift = shift * 2.5 * (double)k;
            double row = (mm[1] - drift + 47.25) / 1.25; /* in the slice as it was acquired */
            double hu = (double)scan.volume.data[ms_voxel_index(g, 2, j, k)];
            if (row < -1.0 || row > (double)NY) assert_true(hu == -1024.0);
            if (row < 0.0 || row > (double)NY - 1.0) continue;
            mm[1] -= drift; /* the slice's pixels hold the values of the straight volume */
            assert_true(fabs(hu - linear_hu(mm)) < 1.1);
            seen++;
        }
    assert_true(seen > NZ * (NY - 2));
    ms_scan_clear(&scan);
    for (size_t k = 0; k < NZ; k++)
        place_slice(k, -31.5, -47.25 + 1.2 * 2.5 * (double)k, 12.5 + 2.5 * (double)k);
    assert_refused(folder, "50.2 degrees", "45 degrees");
    ms_volume_clear(&volume);
}

/* The same tilt in a NIfTI file, as a third axis of the sform that leans: the same volume as the DICOM series
 * gives, but for the precision of 32-bit floats. */
static void a_leaning_sform_is_straightened(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan dicom, nifti;
    fresh("lean", NZ, 2.5, &volume);
    double shift = tan(10.0 * acos(-1.0) / 180.0);
    for (size_t k = 0; k < NZ; k++)
        place_slice(k, -31.5, -47.25 + shift * 2.5 * (double)k, 12.5 + 2.5 * (double)k);
    read_ok(folder, NULL, &dicom);
    const char *path = scratch("lean.nii");
    assert_ok(ms_volume_write_nifti(&volume, path, NULL, NULL));
    float lean = (float)(-2.5 * shift), spacing = (float)(2.5 / cos(10.0 * acos(-1.0) / 180.0));
    splice(path, 280 + 16 + 8, 4, &lean, 4); /* srow_y[2]: y points to the front */
    splice(path, 80 + 8, 4, &spacing, 4);
    splice(path, 252, 2, "\0\0", 2);
    read_ok(path, NULL, &nifti);
    assert_true(fabs(nifti.info.tilt_deg - 10.0) < 0.01);
    assert_true(ms_geometry_same(&dicom.volume.geometry, &nifti.volume.geometry));
    for (size_t v = 0; v < ms_voxels(&dicom.volume.geometry); v++)
        assert_true(fabs((double)dicom.volume.data[v] - (double)nifti.volume.data[v]) < 0.05);
    lean = -9.0f; /* 75 degrees */
    spacing = (float)sqrt(2.5 * 2.5 + 81.0);
    splice(path, 280 + 16 + 8, 4, &lean, 4);
    splice(path, 80 + 8, 4, &spacing, 4);
    assert_refused(path, "not perpendicular", "lean.nii");
    ms_scan_clear(&nifti);
    ms_scan_clear(&dicom);
    ms_volume_clear(&volume);
}

/* ---- which series ----------------------------------------------------------------------------------- */

static void the_series_with_most_slices_is_taken_and_any_can_be_had(void **state) {
    (void)state;
    ms_volume volume, other;
    ms_scan scan;
    ms_error err = {0};
    fresh("two", 7, 2.5, &volume);
    make_volume(&other, 6, 5, 9);
    char inside[300];
    assert_true(ms_text_format(inside, sizeof inside, "%s/other", folder));
    write_dicom(&other, inside, 12);
    read_ok(folder, NULL, &scan);
    assert_same_volume(&other, &scan.volume);
    assert_int_equal(scan.info.n_series, 2);
    assert_non_null(find_note(&scan, "series_chosen"));
    assert_non_null(find_note(&scan, "several_studies"));
    assert_true(scan.info.series[1].chosen && !scan.info.series[0].chosen);
    char code[17];
    memcpy(code, scan.info.series[0].uid_hash, sizeof code);
    ms_scan_clear(&scan);
    read_ok(folder, code, &scan);
    assert_same_volume(&volume, &scan.volume);
    assert_null(find_note(&scan, "series_chosen"));
    ms_scan_clear(&scan);
    ms_scan_options third = {.series = "3"};
    assert_int_equal(ms_scan_read(folder, &third, &scan, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "no series '3'"));
    ms_volume_clear(&other);
    ms_volume_clear(&volume);
}

/* As many slices in both: the soft kernel, whichever was found first. */
static void of_two_kernels_the_soft_one_is_taken(void **state) {
    (void)state;
    static const char *const kernels[][2] = {{"B30f", "B70f"}, {"STANDARD", "LUNG"}, {"Br40d", "Br64d"}};
    for (size_t p = 0; p < MS_COUNT(kernels); p++)
        for (int first = 0; first < 2; first++) {
            ms_volume volume;
            ms_scan scan;
            fresh("kernels", 7, 2.5, &volume);
            char inside[300];
            assert_true(ms_text_format(inside, sizeof inside, "%s/other", folder));
            write_dicom(&volume, inside, 13);
            for (size_t k = 0; k < 7; k++) {
                set_text(slice_path(folder, k), 0x00181210, kernels[p][first]);
                set_text(slice_path(inside, k), 0x00181210, kernels[p][1 - first]);
            }
            read_ok(folder, NULL, &scan);
            assert_string_equal(scan.info.kernel, kernels[p][0]);
            ms_scan_clear(&scan);
            ms_volume_clear(&volume);
        }
}

/* A damaged slice of another series does not matter; one of this series, or of none that can be told, does.
 */
static void damage_elsewhere_is_told_but_does_not_matter(void **state) {
    (void)state;
    ms_volume volume;
    ms_scan scan;
    size_t length;
    fresh("damage", 7, 2.5, &volume);
    ms_volume other;
    make_volume(&other, 6, 5, 3);
    char inside[300];
    assert_true(ms_text_format(inside, sizeof inside, "%s/other", folder));
    write_dicom(&other, inside, 12);
    uint8_t *bytes = get_bytes(slice_path(inside, 1), &length);
    put_bytes(slice_path(inside, 1), bytes, length - 10);
    read_ok(folder, NULL, &scan);
    assert_same_volume(&volume, &scan.volume);
    assert_non_null(find_note(&scan, "files_left_out"));
    ms_scan_clear(&scan);
    put_bytes(slice_path(inside, 1), bytes, 400); /* before it says its series */
    assert_refused(folder, "IM0002.dcm", "truncated");
    free(bytes);
    ms_volume_clear(&other);
    ms_volume_clear(&volume);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_missing_slices_are_filled_in_and_told),
        cmocka_unit_test(many_missing_slices_are_named),
        cmocka_unit_test(a_double_is_taken_once_and_another_slice_there_is_named),
        cmocka_unit_test(acquisitions_in_one_series_are_told_apart),
        cmocka_unit_test(rounding_is_no_unevenness),
        cmocka_unit_test(uneven_slices_are_interpolated_and_told),
        cmocka_unit_test(a_tilted_gantry_is_straightened),
        cmocka_unit_test(a_leaning_sform_is_straightened),
        cmocka_unit_test(the_series_with_most_slices_is_taken_and_any_can_be_had),
        cmocka_unit_test(of_two_kernels_the_soft_one_is_taken),
        cmocka_unit_test(damage_elsewhere_is_told_but_does_not_matter),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
