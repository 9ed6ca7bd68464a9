/* The IBSI's digital phantom (reference manual 4.1, CC BY 4.0): every reference value, from the numbers kept
 * here. The comparison with the tables and the CT phantom beside the project is tests/cli/test_selftest.sh.
 */
#include "synthetic.h"

static const uint8_t value[80] = {1, 4, 4, 1, 1, 1, 4, 6, 1, 1, 4, 1, 6, 4, 1, 4, 4, 6, 4, 1,
                                  1, 4, 4, 1, 1, 1, 1, 6, 1, 1, 1, 1, 3, 1, 1, 4, 4, 6, 1, 1,
                                  1, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9, 1, 1, 1, 1, 6, 1, 1,
                                  1, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 1, 1};
static const uint8_t outside[] = {30, 43, 44, 52, 63, 64}; /* voxels of the box that are not in the region */

static void phantom(ms_volume *volume, ms_mask *mask) {
    ms_geometry g = test_geometry(5, 4, 4, 2, 2, 2);
    make_pair(&g, volume, mask);
    for (size_t v = 0; v < 80; v++) {
        volume->data[v] = value[v];
        mask->data[v] = 1;
    }
    for (size_t v = 0; v < sizeof outside; v++) mask->data[outside[v]] = 0;
}

static double rounded_to_3_digits(double x) {
    char text[32];
    double r = 0;
    assert_true(ms_text_format(text, sizeof text, "%.2e", x));
    assert_true(ms_parse_number(text, &r));
    return r;
}

static void all_reference_values(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_feature_set sets[2];
    ms_error err = {0};
    ms_table *table = NULL;
    size_t bad = 0;
    phantom(&volume, &mask);
    for (int which = 0; which < 2; which++) {
        ms_feature_config config = preset("ibsi");
        config.bin_width = 1;
        config.force2d = which == 1;
        sets[which] = extract(&volume, &mask, &config);
    }
    assert_int_equal(ms_table_read(&table, MS_TEST_GOLDEN_DIR "/radiomics/ibsi_digital_phantom.csv", &err),
                     MS_OK);
    assert_int_equal(ms_table_rows(table), 482);
    for (size_t r = 0; r < ms_table_rows(table); r++) {
        const char *tag = ms_table_cell(table, r, 0);
        double reference, tolerance, ours = NAN;
        assert_int_equal(ms_table_number(table, r, 1, &reference, &err), MS_OK);
        assert_int_equal(ms_table_number(table, r, 2, &tolerance, &err), MS_OK);
        for (int which = 0; which < 2; which++) {
            for (size_t i = 0; i < sets[which].n; i++) {
                if (strcmp(sets[which].names[i], tag) == 0) ours = sets[which].values[i];
            }
        }
        if (fabs(rounded_to_3_digits(ours) - reference) <= tolerance + 1e-9 * fabs(reference)) continue;
        print_error("%s: ours %.6g, IBSI %g +/- %g\n", tag, ours, reference, tolerance);
        bad++;
    }
    assert_int_equal(bad, 0);
    ms_table_free(table);
    ms_feature_set_clear(&sets[0]);
    ms_feature_set_clear(&sets[1]);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

static void built_in_checks_pass(void **state) {
    (void)state;
    size_t run = 0, failed = 1;
    assert_int_equal(ms_radiomics_selftest(&run, &failed, NULL), MS_OK);
    assert_int_equal(failed, 0);
    assert_true(run >= 15);
}

/* Digital phantom and configurations A to E, with the diagnostics. */
static void every_value_of_the_tables(void **state) {
    (void)state;
    ms_reference_report report = {0};
    ms_error err = {0};
    if (!ms_path_exists(MS_TEST_SHARED_DIR "/ibsi/ibsi1_reference_values.csv")) {
        print_message("skipped: no ../shared/ibsi\n");
        skip();
    }
    assert_int_equal(ms_ibsi_compare(MS_TEST_SHARED_DIR "/ibsi", &report, &err), MS_OK);
    for (size_t i = 0; i < report.n; i++) {
        const ms_reference_row *r = &report.rows[i];
        if (r->outcome == MS_REFERENCE_PASSED) continue;
        print_error("%s %s: ours %.8g, IBSI %g +/- %g\n", r->config, r->tag, r->ours, r->reference,
                    r->tolerance);
    }
    /* IBSI 1, then the response maps and the values of IBSI 2 */
    assert_int_equal(report.n, 2104 + 33 + 323);
    assert_int_equal(report.passed, report.n);
    ms_reference_report_clear(&report);
}

static void a_missing_folder_is_said(void **state) {
    (void)state;
    ms_reference_report report = {0};
    ms_error err = {0};
    assert_int_equal(ms_ibsi_compare("/nonexistent", &report, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "ibsi1_reference_values.csv"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_reference_values),
        cmocka_unit_test(built_in_checks_pass),
        cmocka_unit_test(every_value_of_the_tables),
        cmocka_unit_test(a_missing_folder_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
