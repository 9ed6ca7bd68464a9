/* Agreement with hand contours of real scans (tests/golden/body/README.md). */
#include "torso.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void check_row(const ms_table *golden, size_t row) {
    char path[2048];
    ms_error err = {0};
    ms_scan scan = {0};
    ms_mask contour = {0};
    ms_flags flags = {0};
    double k, floor_muscle, floor_psoas;
    assert_int_equal(ms_table_number(golden, row, 3, &k, &err), MS_OK);
    assert_int_equal(ms_table_number(golden, row, 4, &floor_muscle, &err), MS_OK);
    assert_int_equal(ms_table_number(golden, row, 5, &floor_psoas, &err), MS_OK);
    (void)snprintf(path, sizeof path, "%s/ct/%s", MS_TEST_SHARED_DIR, ms_table_cell(golden, row, 1));
    if (ms_scan_read(path, NULL, &scan, &err) != MS_OK) fail_msg("%s", err.message);
    (void)snprintf(path, sizeof path, "%s/ct/contours/%s.nii.gz", MS_TEST_SHARED_DIR,
                   ms_table_cell(golden, row, 2));
    /* the extra contours carry no place of their own: the slice is compared as it is */
    if (ms_mask_read(path, NULL, &contour, &err) != MS_OK) fail_msg("%s", err.message);
    const size_t n = scan.volume.geometry.n[0] * scan.volume.geometry.n[1];
    assert_int_equal(n, contour.geometry.n[0] * contour.geometry.n[1]);
    uint8_t *labels = calloc(n, 1);
    assert_non_null(labels);
    if (ms_tissue_segment(&scan.volume, (size_t)k, NULL, NULL, labels, NULL, &flags, &err) != MS_OK)
        fail_msg("%s", err.message);
    const double muscle = torso_dice(labels, contour.data, n, 1, 3),
                 psoas = torso_dice(labels, contour.data, n, 2, 3);
    print_message("%-12s muscle %.3f (>= %.2f) psoas %.3f (>= %.2f)\n", ms_table_cell(golden, row, 0), muscle,
                  floor_muscle, psoas, floor_psoas);
    assert_true(muscle >= floor_muscle);
    assert_true(psoas >= floor_psoas);
    free(labels);
    ms_mask_clear(&contour);
    ms_scan_clear(&scan);
}

static void agrees_with_hand_contours(void **state) {
    (void)state;
    ms_table *golden = NULL;
    ms_error err = {0};
    if (access(MS_TEST_SHARED_DIR "/ct/cases.csv", R_OK) != 0) {
        print_message("skipped: no ../shared/ct\n");
        skip();
    }
    assert_int_equal(ms_table_read(&golden, MS_TEST_GOLDEN_DIR "/body/tissue_dice.csv", &err), MS_OK);
    for (size_t row = 0; row < ms_table_rows(golden); row++) check_row(golden, row);
    ms_table_free(golden);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_hand_contours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
