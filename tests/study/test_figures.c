/* The numbers of the report's figures 2 and 3 are those of R (tests/golden/study/make_figures.R): AUC with
 * DeLong's interval and Mann-Whitney's p, average linkage, components, adjusted hazard ratios, Holm's
 * correction. */
#include "study/figure_radiomics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "golden/study/figures.h"

static void assert_near(double got, double expected) {
    if (isnan(expected)) {
        assert_true(isnan(got));
    } else {
        assert_true(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected)));
    }
}

static void an_auc_is_that_of_pROC_in_all_patients_and_in_each_part(void **state) {
    (void)state;
    enum { N = MS_COUNT(auc_x) };
    ms_ranked ranked[N];
    uint8_t code[N];
    ms_feature_auc out[MS_AUC_PARTS];
    for (size_t i = 0; i < N; i++)
        code[i] = (uint8_t)((auc_fit[i] ? MS_NEGATIVE_FIT : MS_NEGATIVE_OTHER) + auc_y[i]);
    const size_t n = ms_feature_rank(auc_x, N, ranked);
    assert_int_equal(n, N - 2); /* two have no value */
    ms_feature_auc_find(ranked, n, code, out);
    for (size_t part = 0; part < MS_AUC_PARTS; part++) {
        assert_near(out[part].auc, auc_expected[4 * part]);
        assert_near(out[part].lower, auc_expected[4 * part + 1]);
        assert_near(out[part].upper, auc_expected[4 * part + 2]);
        assert_near(out[part].p, auc_expected[4 * part + 3]);
    }
}

/* DeLong's variance is 0 for a perfect separation and for a constant: no interval is better than one of no
 * width. */
static void an_auc_without_a_variance_has_no_interval(void **state) {
    (void)state;
    const double apart[] = {1, 2, 3, 4, 5, 6}, constant[] = {2, 2, 2, 2, 2, 2};
    const uint8_t code[] = {0, 0, 0, 1, 1, 1}, nobody[] = {0, 0, 0, 4, 4, 4};
    ms_ranked ranked[6];
    ms_feature_auc out[MS_AUC_PARTS];
    ms_feature_auc_find(ranked, ms_feature_rank(apart, 6, ranked), code, out);
    assert_near(out[MS_AUC_ALL].auc, 1);
    assert_true(isnan(out[MS_AUC_ALL].lower) && isnan(out[MS_AUC_ALL].upper));
    assert_near(out[MS_AUC_ALL].p, 0.0808555983700523); /* wilcox.test(4:6, 1:3, exact = FALSE) */
    ms_feature_auc_find(ranked, ms_feature_rank(constant, 6, ranked), code, out);
    assert_near(out[MS_AUC_FIT].auc, 0.5);
    assert_true(isnan(out[MS_AUC_FIT].lower) && isnan(out[MS_AUC_FIT].p));
    assert_true(isnan(out[MS_AUC_OTHER].auc)); /* nobody is outside the training group */
    ms_feature_auc_find(ranked, ms_feature_rank(apart, 6, ranked), nobody, out);
    assert_true(isnan(out[MS_AUC_ALL].auc) && isnan(out[MS_AUC_ALL].p));
    assert_int_equal(out[MS_AUC_ALL].n[0], 3);
}

static void joins_are_those_of_hclust(void **state) {
    (void)state;
    enum { N = MS_COUNT(link_points) / 2 };
    double d[N * N];
    ms_plot_join joins[N];
    size_t order[N];
    bool seen[N] = {false};
    ms_error err = {0};
    for (size_t a = 0; a < N; a++)
        for (size_t b = 0; b < N; b++)
            d[a * N + b] = hypot(link_points[2 * a] - link_points[2 * b],
                                 link_points[2 * a + 1] - link_points[2 * b + 1]);
    assert_int_equal(ms_cluster_average(d, N, joins, order, &err), MS_OK);
    for (size_t j = 0; j + 1 < N; j++) {
        assert_int_equal(joins[j].a, (size_t)link_a[j]);
        assert_int_equal(joins[j].b, (size_t)link_b[j]);
        assert_near(joins[j].height, link_height[j]);
    }
    for (size_t i = 0; i < N; i++) seen[order[i]] = true;
    for (size_t i = 0; i < N; i++) assert_true(seen[i]);
    assert_int_equal(order[0], 0);
}

static void one_leaf_is_a_tree(void **state) {
    (void)state;
    double d = 0;
    size_t order = 7;
    ms_plot_join none;
    ms_error err = {0};
    assert_int_equal(ms_cluster_average(&d, 1, &none, &order, &err), MS_OK);
    assert_int_equal(order, 0);
}

/* The last three rows have no part in the components, but a place on them. */
static void components_are_those_of_prcomp_on_the_training_rows(void **state) {
    (void)state;
    enum { P = 4, N = MS_COUNT(pca_z) / P };
    double z[N * P];
    memcpy(z, pca_z, sizeof z);
    const ms_drawn_features features = {.n = N, .n_fit = 6, .p = P, .z = z};
    ms_drawn_components c;
    ms_error err = {0};
    assert_int_equal(ms_drawn_components_make(&features, &c, &err), MS_OK);
    assert_int_equal(c.k, 2);
    for (size_t k = 0; k < 2; k++) assert_near(c.explained[k], pca_explained[k]);
    for (size_t i = 0; i < N; i++) {
        assert_near(c.x[i], pca_x[i]);
        assert_near(c.y[i], pca_y[i]);
    }
    ms_drawn_components_clear(&c);
}

/* The second feature is the first one again: it is passed over, the third is taken. */
static void features_like_a_better_one_are_not_picked(void **state) {
    (void)state;
    double z[] = {-1, -1, 0.5, 0, 0.1, -1, 1, 1, 0.7, -0.5, -0.5, -1.2, 0.6, 0.6, 1};
    size_t column[] = {0, 1, 2};
    ms_feature_auc auc[3 * MS_AUC_PARTS] = {{.n = {0}}};
    const double p[] = {0.01, 0.02, 0.5};
    for (size_t j = 0; j < 3; j++)
        auc[j * MS_AUC_PARTS + MS_AUC_FIT] = (ms_feature_auc){.auc = 0.7, .p = p[j]};
    const ms_drawn_features features = {.n = 5, .n_fit = 5, .p = 3, .column = column, .z = z};
    ms_separation s = {.auc = auc, .ranked_by = MS_AUC_FIT};
    ms_error err = {0};
    assert_int_equal(ms_separation_pick(&features, &s, &err), MS_OK);
    assert_int_equal(s.n_picked, 2);
    assert_int_equal(s.picked[0], 0);
    assert_int_equal(s.picked[1], 2);
}

static void a_hazard_ratio_is_adjusted_as_coxph_does(void **state) {
    (void)state;
    enum { N = MS_COUNT(hr_time) };
    struct ms_study study = {.n = N, .patients = ms_calloc(N, sizeof(ms_patient))};
    ms_definition_rows rows;
    ms_definition_survival s;
    size_t cohort[N];
    ms_error err = {0};
    assert_non_null(study.patients);
    assert_int_equal(ms_definition_rows_new(N, &rows, &err), MS_OK);
    for (size_t i = 0; i < N; i++) {
        study.patients[i].person = (ms_person){.age_years = hr_age[i], .sex = hr_male[i] ? 'm' : 'f'};
        rows.time[i] = hr_time[i];
        rows.event[i] = hr_event[i];
        rows.risk[i] = hr_level[i];
        rows.level[i] = hr_level[i];
        rows.patient[i] = i;
        cohort[i] = hr_cohort[i];
    }
    rows.n = N;
    assert_int_equal(ms_definition_survival_fit(&study, &rows, cohort, 3, &s, &err), MS_OK);
    const double adjusted[] = {s.hr,   s.hr_lower,           s.hr_upper,
                               s.hr_p, (double)s.n_adjusted, (double)s.events_adjusted},
                 alone[] = {s.split.hr, s.split.hr_lower, s.split.hr_upper};
    for (size_t k = 0; k < 6; k++) assert_near(adjusted[k], hr_adjusted[k]);
    for (size_t k = 0; k < 3; k++) assert_near(alone[k], hr_alone[k]);
    assert_near(s.split.p, hr_logrank[0]);
    assert_near(s.c, hr_c[0]);
    assert_string_equal(s.adjusted_for, "age, sex, cohort");

    /* Of one sex, without ages, from one cohort: nothing to adjust for, and that is said. */
    for (size_t i = 0; i < N; i++) {
        study.patients[i].person = (ms_person){.age_years = NAN, .sex = 'm'};
        cohort[i] = 1;
    }
    assert_int_equal(ms_definition_survival_fit(&study, &rows, cohort, 3, &s, &err), MS_OK);
    assert_string_equal(s.adjusted_for, "");
    assert_true(isnan(s.hr) && !isnan(s.split.hr));

    /* Nobody meets it: no ratio, no p. */
    for (size_t i = 0; i < N; i++) rows.risk[i] = 0, rows.level[i] = 0;
    assert_int_equal(ms_definition_survival_fit(&study, &rows, cohort, 3, &s, &err), MS_OK);
    assert_true(isnan(s.split.hr) && isnan(s.split.p) && isnan(s.c));
    ms_definition_rows_clear(&rows);
    free(study.patients);
}

static void holm_is_that_of_p_adjust(void **state) {
    (void)state;
    double out[MS_COUNT(holm_p)];
    ms_error err = {0};
    assert_int_equal(ms_holm(holm_p, MS_COUNT(holm_p), out, &err), MS_OK);
    for (size_t i = 0; i < MS_COUNT(holm_p); i++) assert_near(out[i], holm_expected[i]);
}

static void a_feature_has_region_filter_and_class(void **state) {
    (void)state;
    const ms_study study = {
        .spec = {.n_rois = 2, .rois = {{"sm_", "Skeletal muscle", {0}, 0}, {"pm_", "Psoas", {0}, 0}}}};
    char family[32], filter[48];
    const char *region;
    ms_feature_name_parts(&study, "pm_wavelet-LH_glcm_Contrast", family, filter, &region);
    assert_string_equal(family, "glcm");
    assert_string_equal(filter, "wavelet-LH");
    assert_string_equal(region, "Psoas");
    ms_feature_name_parts(&study, "own", family, filter, &region);
    assert_string_equal(family, "other");
    assert_string_equal(filter, "");
    assert_string_equal(region, "");
}

/* Messages that differ in a path, an id or a number are one reason, with the first twenty ids. */
static void reasons_are_grouped_without_what_is_of_one_case(void **state) {
    (void)state;
    enum { N = 60 };
    char folder[] = "/tmp/ms-figures-XXXXXX", ids[N][8], scans[N][32];
    static char reasons[N][256];
    ms_case_state states[N];
    bool used[N];
    ms_patient patients[N];
    double values[1] = {0};
    assert_non_null(mkdtemp(folder));
    struct ms_study study = {.n = N, .patients = patients, .folder = folder};
    ms_study_spec_default(&study.spec);
    study.spec.n_endpoints = 0;
    for (size_t i = 0; i < N; i++) {
        assert_true(ms_text_format(ids[i], sizeof ids[i], "P%zu", i));
        assert_true(ms_text_format(scans[i], sizeof scans[i], "/data/my scans/%zu.nii", i));
        patients[i] = (ms_patient){.id = ids[i], .scan = scans[i], .split = "external", .cohort = "far"};
        used[i] = i >= 50;
        states[i] = i < 30 ? MS_CASE_FAILED : MS_CASE_DONE;
        if (i < 30)
            assert_true(ms_text_format(reasons[i], sizeof reasons[i], "%s: %zu bytes missing; see /tmp/x %zu",
                                       scans[i], i, i));
        else if (i < 50)
            assert_true(ms_text_format(
                reasons[i], sizeof reasons[i],
                "L3 level too uncertain (confidence 0.%zu); look at cases/%s/overview.png", i, ids[i]));
    }
    const ms_collected c = {.n = N, .state = states, .used = used, .reason = reasons, .values = values};
    const ms_definitions none = {0};
    const ms_risks risks = {0};
    ms_table *table = NULL;
    ms_error err = {0};
    const char *const folders[] = {"tables", "figures"};
    for (size_t k = 0; k < 2; k++) {
        char *path = ms_study_path(&study, folders[k]);
        assert_int_equal(ms_make_dirs(path, &err), MS_OK);
        free(path);
    }
    assert_int_equal(ms_figure_flow(&study, &c, &none, &risks, &err), MS_OK);
    char *path = ms_study_path(&study, "tables/flow_reasons.csv");
    assert_int_equal(ms_table_read(&table, path, &err), MS_OK);
    assert_int_equal(ms_table_rows(table), 2);
    assert_string_equal(ms_table_cell(table, 0, 0), "failed");
    assert_string_equal(ms_table_cell(table, 0, 1), "the scan: # bytes missing");
    assert_string_equal(ms_table_cell(table, 0, 2), "30");
    assert_true(ms_text_starts_with(ms_table_cell(table, 0, 3), "P0 P1 P2"));
    assert_true(ms_text_ends_with(ms_table_cell(table, 0, 3), " P19"));
    assert_string_equal(ms_table_cell(table, 1, 1), "L3 level uncertain (confidence below 0.5)");
    ms_table_free(table);
    free(path);
    assert_int_equal(ms_remove_tree(folder, &err), MS_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_auc_is_that_of_pROC_in_all_patients_and_in_each_part),
        cmocka_unit_test(an_auc_without_a_variance_has_no_interval),
        cmocka_unit_test(joins_are_those_of_hclust),
        cmocka_unit_test(one_leaf_is_a_tree),
        cmocka_unit_test(components_are_those_of_prcomp_on_the_training_rows),
        cmocka_unit_test(features_like_a_better_one_are_not_picked),
        cmocka_unit_test(a_hazard_ratio_is_adjusted_as_coxph_does),
        cmocka_unit_test(holm_is_that_of_p_adjust),
        cmocka_unit_test(reasons_are_grouped_without_what_is_of_one_case),
        cmocka_unit_test(a_feature_has_region_filter_and_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
