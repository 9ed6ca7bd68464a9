/* Two models on the same patients. Golden numbers of 24 made-up patients (those of test_reclassification.c)
 * from R 4.2.2: survival 3.5-3, concordance(reverse = TRUE, influence = 1) of each, se of the difference from
 * the differences of dfbeta, timewt "n" and "n/G2" with ymax 42; riskRegression 2022.11.28, Score() for AUC
 * and Brier. Then the reference of two Cox models of lung. */
#include "survival/reference.h"

#include "myosurv/survival_compare.h"

enum { N = 24 };
static const double TIME[N] = {5,  8,  8,  12, 15, 15, 20, 22, 25, 25, 30, 31,
                               35, 38, 40, 40, 45, 48, 50, 55, 60, 60, 65, 70};
static const uint8_t EVENT[N] = {1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0};
static const double NEW[N] = {0.01,
                              0.5,
                              0.34999999999999998,
                              0.69999999999999996,
                              0.21666666666666667,
                              0.61666666666666681,
                              0.46666666666666662,
                              0.21666666666666665,
                              0.53333333333333333,
                              0.3833333333333333,
                              0.93333333333333346,
                              0.10000000000000003,
                              0.45000000000000001,
                              0.84999999999999998,
                              0.25000000000000006,
                              0.21666666666666665,
                              0.56666666666666665,
                              0.96666666666666667,
                              0.13333333333333336,
                              0.33333333333333331,
                              0.88333333333333319,
                              0.01,
                              0.24999999999999997,
                              0.44999999999999996};
static double old_risk[N];

static int prepare(void **state) {
    (void)state;
    for (size_t i = 0; i < N; i++) old_risk[i] = (double)(i * 7 % 24 + 1) / 30;
    return 0;
}

static ms_comparison compare(const ms_horizon_outcome *o, const double *a, const double *b,
                             size_t replicates) {
    ms_error err = {0};
    ms_comparison c = {0};
    ms_compare_options options;
    ms_compare_options_default(&options);
    options.replicates = replicates;
    assert_ok(ms_compare_models(o, a, b, &options, &c, &err), &err);
    return c;
}

static const ms_horizon_outcome at_42 = {.n = N, .time = TIME, .event = EVENT, .at = 42};

static void measures_are_rs(void **state) {
    (void)state;
    ms_comparison c = compare(&at_42, old_risk, NEW, 0);
    const struct {
        ms_compare_measure measure;
        double value, se;
    } expected[] = {
        {MS_MEASURE_HARRELL_OLD, 0.42307692307692313, 0.10683994586019946},
        {MS_MEASURE_HARRELL_NEW, 0.58974358974358976, 0.10755825831367148},
        {MS_MEASURE_HARRELL_DIFFERENCE, 0.58974358974358976 - 0.42307692307692313, 0.074449792265745066},
        {MS_MEASURE_UNO_OLD, 0.40299510983832754, 0.1128096268631892},
        {MS_MEASURE_UNO_NEW, 0.58326439371606642, 0.1073920292869957},
        {MS_MEASURE_UNO_DIFFERENCE, 0.58326439371606642 - 0.40299510983832754, 0.076638335924619411},
        {MS_MEASURE_AUC_OLD, 0.38115823664150800, 0.14357637062884773},
        {MS_MEASURE_AUC_NEW, 0.56763029927528064, 0.14595813297326365},
        {MS_MEASURE_AUC_DIFFERENCE, 0.18647206263377264, 0.085651391277404315},
        {MS_MEASURE_BRIER_OLD, 0.36167497554577382, 0.067634459994305812},
        {MS_MEASURE_BRIER_NEW, 0.30739204728187564, 0.081326478305680322},
        {MS_MEASURE_BRIER_DIFFERENCE, -0.054282928263898189, 0.042548337791579446},
    };
    for (size_t k = 0; k < MS_COUNT(expected); k++) {
        assert_close("value", c.estimates[expected[k].measure].value, expected[k].value, TOLERANCE);
        assert_close("se", c.estimates[expected[k].measure].se, expected[k].se, TOLERANCE);
    }
    assert_close("p of AUC", c.estimates[MS_MEASURE_AUC_DIFFERENCE].p, 0.029472742428254012, TOLERANCE);
    assert_close("p of Brier", c.estimates[MS_MEASURE_BRIER_DIFFERENCE].p, 0.20202823111375903, TOLERANCE);
    assert_close("lower", c.estimates[MS_MEASURE_BRIER_DIFFERENCE].lower, -0.13767613793743838, TOLERANCE);
    assert_close("covariance", c.harrell_covariance, 0.0087203906972341191, TOLERANCE);
    assert_close("covariance", c.uno_covariance, 0.0091928126670480573, TOLERANCE);
    assert_close("nri", c.estimates[MS_MEASURE_NRI_EVENT].value, 0.57123887574631049, TOLERANCE);
    assert_close("idi", c.estimates[MS_MEASURE_IDI_EVENT].value, 0.14584093725357672, TOLERANCE);
    assert_true(c.n_events == 11 && c.n_events_until == 9 &&
                isnan(c.estimates[MS_MEASURE_CATEGORY_NRI].value));
    ms_comparison_clear(&c);
}

static void identical_models_do_not_differ(void **state) {
    (void)state;
    ms_comparison c = compare(&at_42, NEW, NEW, 100);
    for (size_t k = MS_MEASURE_HARRELL_DIFFERENCE; k <= MS_MEASURE_BRIER_DIFFERENCE; k += 3) {
        assert_true(c.estimates[k].value == 0 && c.estimates[k].p == 1 && c.estimates[k].boot_p == 1);
        assert_true(c.estimates[k].boot_lower == 0 && c.estimates[k].boot_upper == 0);
    }
    assert_true(c.estimates[MS_MEASURE_NRI].value == 0 && c.estimates[MS_MEASURE_IDI].boot_p == 1);
    ms_comparison_clear(&c);
}

/* Turning the models round turns the signs, and the same resamples give mirrored intervals. */
static void the_other_way_round_is_the_opposite(void **state) {
    (void)state;
    ms_comparison a = compare(&at_42, old_risk, NEW, 100), b = compare(&at_42, NEW, old_risk, 100);
    for (size_t k = 0; k < MS_N_MEASURES; k++) {
        if (k < MS_MEASURE_NRI_EVENT && k % 3 != 2) continue; /* of one model */
        const ms_compared *p = &a.estimates[k], *q = &b.estimates[k];
        if (isnan(p->value)) continue;
        assert_close("value", p->value, -q->value, 1e-12);
        assert_close("boot_se", p->boot_se, q->boot_se, 1e-9);
        assert_close("boot_lower", p->boot_lower, -q->boot_upper, 1e-9);
    }
    ms_comparison_clear(&a);
    ms_comparison_clear(&b);
}

/* Without times C is the area under the ROC curve, and NRI and IDI have improveProb's standard errors. */
static void a_yes_or_no_outcome_needs_no_times(void **state) {
    (void)state;
    ms_horizon_outcome o = {.n = N, .event = EVENT};
    ms_comparison c = compare(&o, old_risk, NEW, 0);
    double pairs = 0, ordered = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            if (!EVENT[i] || EVENT[j]) continue;
            pairs++;
            ordered += NEW[i] > NEW[j] ? 1 : NEW[i] == NEW[j] ? 0.5 : 0;
        }
    assert_close("auc", c.estimates[MS_MEASURE_AUC_NEW].value, ordered / pairs, TOLERANCE);
    assert_close("se.nri", c.estimates[MS_MEASURE_NRI].se, 0.30979017115419977, TOLERANCE);
    assert_close("se.idi", c.estimates[MS_MEASURE_IDI].se, 0.033980961506636848, TOLERANCE);
    ms_comparison_clear(&c);
}

static void scores_without_a_horizon_give_c_alone(void **state) {
    (void)state;
    double score[N];
    for (size_t i = 0; i < N; i++) score[i] = 10 * NEW[i] - 3;
    ms_horizon_outcome o = {.n = N, .time = TIME, .event = EVENT, .at = NAN};
    ms_comparison c = compare(&o, old_risk, score, 0);
    assert_close("uno", c.estimates[MS_MEASURE_UNO_DIFFERENCE].se, 0.067880015016036702, TOLERANCE);
    assert_true(!c.horizon && isnan(c.estimates[MS_MEASURE_AUC_OLD].value));
    ms_comparison_clear(&c);
    ms_error err = {0};
    assert_int_equal(ms_compare_models(&at_42, old_risk, score, NULL, &c, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "not between 0 and 1"));
}

static double number_where(const cJSON *table, const char *key, const char *model, const char *reference) {
    for (int i = 0;; i++) {
        const cJSON *time = cJSON_GetArrayItem(member(table, "times"), i);
        if (!time) fail_msg("no such row");
        if (number_of(time) == 365 &&
            strcmp(cJSON_GetArrayItem(member(table, "model"), i)->valuestring, model) == 0 &&
            strcmp(cJSON_GetArrayItem(member(table, "reference"), i)->valuestring, reference) == 0)
            return number_of(cJSON_GetArrayItem(member(table, key), i));
    }
}

static void lung_is_rs(void **state) {
    (void)state;
    cJSON *reference = read_reference("auc_brier_lung");
    ms_table *table = read_data("lung");
    ms_surv_frame frame = frame_of(
        table, (ms_surv_columns){.time = "time", .event = "status", .event_value = "2", .risk = "ph.ecog"});
    double *full = ms_calloc(frame.n, sizeof *full), *small = ms_calloc(frame.n, sizeof *small);
    for (size_t i = 0; i < frame.n; i++) { /* the third time is 365 */
        full[i] = number_of(cJSON_GetArrayItem(cJSON_GetArrayItem(member(reference, "risk1"), (int)i), 2));
        small[i] = number_of(cJSON_GetArrayItem(cJSON_GetArrayItem(member(reference, "risk2"), (int)i), 2));
    }
    ms_horizon_outcome o = {.n = frame.n, .time = frame.time, .event = frame.event, .at = 365};
    ms_comparison c = compare(&o, full, small, 0);
    const ms_compared *auc = &c.estimates[MS_MEASURE_AUC_DIFFERENCE],
                      *brier = &c.estimates[MS_MEASURE_BRIER_DIFFERENCE];
    const cJSON *theirs = member(reference, "AUCdiff");
    assert_close("auc", auc->value, number_where(theirs, "delta.AUC", "small", "full"), TOLERANCE);
    assert_close("auc se", auc->se, number_where(theirs, "se", "small", "full"), TOLERANCE);
    assert_close("auc p", auc->p, number_where(theirs, "p", "small", "full"), TOLERANCE);
    theirs = member(reference, "Brierdiff");
    assert_close("brier", brier->value, number_where(theirs, "delta.Brier", "small", "full"), TOLERANCE);
    assert_close("brier se", brier->se, number_where(theirs, "se", "small", "full"), TOLERANCE);
    ms_comparison_clear(&c);
    free(full);
    free(small);
    ms_surv_frame_clear(&frame);
    ms_table_free(table);
    cJSON_Delete(reference);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_are_rs),
        cmocka_unit_test(identical_models_do_not_differ),
        cmocka_unit_test(the_other_way_round_is_the_opposite),
        cmocka_unit_test(a_yes_or_no_outcome_needs_no_times),
        cmocka_unit_test(scores_without_a_horizon_give_c_alone),
        cmocka_unit_test(lung_is_rs),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
