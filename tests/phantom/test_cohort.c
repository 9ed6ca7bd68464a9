/* The cohort's clinical table: shape, consistency, and the hazard that it is known to follow. No scan is
 * made. */
#include "phantom_test.h"

#define N 300

static ms_phantom_patient *draw(size_t n, uint64_t seed) {
    ms_phantom_patient *p = ms_calloc(n, sizeof *p);
    ms_error err = {0};
    ms_phantom_cohort_options o = {.patients = n, .seed = seed};
    assert_non_null(p);
    if (ms_phantom_cohort_draw(&o, p, &err)) fail_msg("%s", err.message);
    return p;
}

/* Harrell's C of the true log hazard, by going through all pairs. */
static double concordance(const ms_phantom_patient *p, size_t n, bool os) {
    double good = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double ti = os ? p[i].os_days : p[i].rfs_days, tj = os ? p[j].os_days : p[j].rfs_days;
            if (!(os ? p[i].os_event : p[i].rfs_event) || ti >= tj) continue;
            double a = os ? p[i].log_hazard_os : p[i].log_hazard_rfs,
                   b = os ? p[j].log_hazard_os : p[j].log_hazard_rfs;
            all++;
            good += a > b ? 1 : a == b ? 0.5 : 0;
        }
    }
    return good / all;
}

/* As documented: 40 to 55% deaths, more recurrences, true concordance about 0.8 (SD over samples of 300 about
 * 0.02). */
static void survival_follows_the_hazard(void **state) {
    (void)state;
    double os = 0, rfs = 0, c_os = 0, c_rfs = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        ms_phantom_patient *p = draw(N, seed);
        for (size_t i = 0; i < N; i++) os += p[i].os_event / (4.0 * N), rfs += p[i].rfs_event / (4.0 * N);
        double c = concordance(p, N, true);
        assert_true(c > 0.74 && c < 0.86);
        c_os += c / 4;
        c_rfs += concordance(p, N, false) / 4;
        free(p);
    }
    assert_true(os > 0.40 && os < 0.55);
    assert_true(rfs > os + 0.05 && rfs < 0.70);
    assert_true(c_os > 0.77 && c_os < 0.83);
    assert_true(c_rfs > 0.76 && c_rfs < 0.83);
}

/* The Weibull model: at the true hazard, H(t) = (t / scale)^shape exp(log hazard) has as many units in total
 * as there are deaths (a martingale: the difference has variance of about the number of deaths). */
static void cumulative_hazard_counts_the_deaths(void **state) {
    (void)state;
    const size_t n = 2000;
    ms_phantom_patient *p = draw(n, 9);
    const ms_phantom_effects e = ms_phantom_effects_os(), r = ms_phantom_effects_rfs();
    double expected = 0, events = 0, expected_rfs = 0, events_rfs = 0;
    for (size_t i = 0; i < n; i++) {
        events += p[i].os_event;
        expected += pow(p[i].os_days / e.scale_days, e.shape) * exp(p[i].log_hazard_os);
        events_rfs += p[i].rfs_event;
        expected_rfs += pow(p[i].rfs_days / r.scale_days, r.shape) * exp(p[i].log_hazard_rfs);
    }
    assert_true(fabs(events - expected) < 4 * sqrt(events));
    assert_true(fabs(events_rfs - expected_rfs) < 4 * sqrt(events_rfs));
    free(p);
}

static void log_hazard_is_the_stated_sum(void **state) {
    (void)state;
    ms_phantom_patient *p = draw(20, 3);
    const ms_phantom_effects e = ms_phantom_effects_os();
    for (size_t i = 0; i < 20; i++) {
        double z[3];
        ms_phantom_standardise(&p[i].params, z);
        double sum = e.muscle * z[0] + e.density * z[1] + e.texture * z[2] +
                     e.age * (p[i].params.age_years - 60) / 10 + e.stage * (p[i].stage - 2);
        assert_true(fabs(sum - p[i].log_hazard_os) < 1e-12);
    }
    free(p);
}

/* Standardised truth has mean 0 and SD 1 over many patients (clipping of the tails takes a little). */
static void truth_is_standardised(void **state) {
    (void)state;
    const size_t n = 3000;
    ms_phantom_patient *p = draw(n, 5);
    double mean[3] = {0}, square[3] = {0};
    for (size_t i = 0; i < n; i++) {
        double z[3];
        ms_phantom_standardise(&p[i].params, z);
        for (int k = 0; k < 3; k++) mean[k] += z[k] / (double)n, square[k] += z[k] * z[k] / (double)n;
    }
    for (int k = 0; k < 3; k++) {
        assert_true(fabs(mean[k]) < 0.08);
        assert_true(fabs(sqrt(square[k]) - 1) < 0.08);
    }
    free(p);
}

static void cohorts_and_times_are_consistent(void **state) {
    (void)state;
    ms_phantom_patient *p = draw(N, 1);
    size_t in_main = 0, training = 0, external1 = 0, dicom = 0;
    for (size_t i = 0; i < N; i++) {
        bool is_main = strcmp(p[i].cohort, "main") == 0;
        in_main += is_main;
        training += strcmp(p[i].split, "training") == 0;
        external1 += strcmp(p[i].cohort, "external1") == 0;
        dicom += p[i].dicom;
        assert_int_equal(strcmp(p[i].split, "external") == 0, !is_main);
        assert_true(p[i].rfs_days >= 1 && p[i].rfs_days <= p[i].os_days);
        assert_true(p[i].os_days == floor(p[i].os_days));
        if (p[i].os_event) assert_int_equal(p[i].rfs_event, 1); /* a death ends both */
        if (!p[i].rfs_event) assert_true(p[i].rfs_days == p[i].os_days);
    }
    assert_int_equal(in_main, 180);
    assert_int_equal(training, 126);
    assert_int_equal(external1, 60);
    assert_int_equal(dicom, 150);
    free(p);
}

static void table_has_the_agreed_columns(void **state) {
    (void)state;
    static const char *const first[] = {"case_id",   "scan",     "mask",      "l3_slice", "height_m",
                                        "weight_kg", "sex",      "age_years", "cohort",   "split",
                                        "os_days",   "os_event", "rfs_days",  "rfs_event"};
    ms_phantom_patient *p = draw(10, 2);
    ms_table *t = NULL;
    ms_error err = {0};
    size_t synthetic;
    assert_int_equal(ms_phantom_cohort_table(p, 10, &t, &err), MS_OK);
    for (size_t c = 0; c < MS_COUNT(first); c++) assert_string_equal(ms_table_column_name(t, c), first[c]);
    assert_int_equal(ms_table_rows(t), 10);
    assert_true(ms_table_find(t, "synthetic", &synthetic));
    for (size_t r = 0; r < 10; r++) {
        assert_true(ms_table_missing(t, r, 2) && ms_table_missing(t, r, 3));
        assert_string_equal(ms_table_cell(t, r, synthetic), "yes");
        assert_true(ms_text_is_safe_name(ms_table_cell(t, r, 0)));
    }
    ms_table_free(t);
    free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survival_follows_the_hazard),
        cmocka_unit_test(cumulative_hazard_counts_the_deaths),
        cmocka_unit_test(log_hazard_is_the_stated_sum),
        cmocka_unit_test(truth_is_standardised),
        cmocka_unit_test(cohorts_and_times_are_consistent),
        cmocka_unit_test(table_has_the_agreed_columns),
    };
    return cmocka_run_group_tests_name("phantom cohort", tests, NULL, NULL);
}
