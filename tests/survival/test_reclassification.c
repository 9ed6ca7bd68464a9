/* NRI, IDI and net benefit. Golden numbers of 24 made-up patients from R 4.2.2: survfit for the event rates
 * (Kaplan-Meier, and Aalen-Johansen with state 2), the formulas of the header written out; Hmisc::improveProb
 * 4.8 for the outcome without times. Then the references of lung and pbc. */
#include "survival/reference.h"

#include "myosurv/survival_compare.h"

enum { N = 24 };
static const double TIME[N] = {5,  8,  8,  12, 15, 15, 20, 22, 25, 25, 30, 31,
                               35, 38, 40, 40, 45, 48, 50, 55, 60, 60, 65, 70};
static const uint8_t EVENT[N] = {1, 1, 0, 1, 2, 1, 0, 1, 1, 0, 1, 2, 0, 1, 1, 0, 0, 1, 0, 2, 1, 0, 0, 0};
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
static const double CUTS[] = {0.3, 0.6};
static double old_risk[N];
static uint8_t single[N]; /* the other event taken as censoring */

static int prepare(void **state) {
    (void)state;
    for (size_t i = 0; i < N; i++) {
        old_risk[i] = (double)(i * 7 % 24 + 1) / 30;
        single[i] = EVENT[i] == 1;
    }
    return 0;
}

static ms_nri nri_of(const ms_horizon_outcome *o, const double *cuts, size_t n_cuts) {
    ms_error err = {0};
    ms_nri nri;
    assert_ok(ms_nri_compute(o, old_risk, NEW, cuts, n_cuts, &nri, &err), &err);
    return nri;
}

static void nri_is_pencinas(void **state) {
    (void)state;
    ms_horizon_outcome o = {.n = N, .time = TIME, .event = single, .at = 42};
    ms_nri nri = nri_of(&o, NULL, 0);
    assert_close("event", nri.event, 0.57123887574631049, TOLERANCE);
    assert_close("nonevent", nri.nonevent, 0.53116396761133611, TOLERANCE);
    assert_true(isnan(nri.se_total) && nri.total == nri.event + nri.nonevent);
    nri = nri_of(&o, CUTS, 2);
    assert_close("categories, event", nri.event, 0.18767601667229913, TOLERANCE);
    assert_close("categories, nonevent", nri.nonevent, 0.29977507872244724, TOLERANCE);
    o.event = EVENT;
    nri = nri_of(&o, NULL, 0);
    assert_close("competing, event", nri.event, 0.53490566037735832, TOLERANCE);
    assert_close("competing, nonevent", nri.nonevent, 0.46027397260273967, TOLERANCE);
    nri = nri_of(&o, CUTS, 2);
    assert_close("competing categories, event", nri.event, 0.1981132075471698, TOLERANCE);
    assert_close("competing categories, nonevent", nri.nonevent, 0.28767123287671237, TOLERANCE);
}

static void without_times_it_is_improveprobs(void **state) {
    (void)state;
    ms_error err = {0};
    ms_horizon_outcome o = {.n = N, .event = single};
    ms_nri nri = nri_of(&o, NULL, 0);
    ms_idi idi;
    assert_close("nri.ev", nri.event, 0.63636363636363646, TOLERANCE);
    assert_close("nri.ne", nri.nonevent, 0.61538461538461542, TOLERANCE);
    assert_close("nri", nri.total, 1.2517482517482519, TOLERANCE);
    assert_close("se.nri.ev", nri.se_event, 0.23258259966066594, TOLERANCE);
    assert_close("se.nri.ne", nri.se_nonevent, 0.20463451438805424, TOLERANCE);
    assert_close("se.nri", nri.se_total, 0.30979017115419977, TOLERANCE);
    assert_ok(ms_idi_compute(&o, old_risk, NEW, &idi, &err), &err);
    assert_close("improveSens", idi.event, 0.14787878787878789, TOLERANCE);
    assert_close("improveSpec", idi.nonevent, 0.095384615384615387, TOLERANCE);
    assert_close("idi", idi.total, 0.24326340326340329, TOLERANCE);
    assert_close("se.idi", idi.se_total, 0.033980961506636848, TOLERANCE);
}

static void idi_weights_for_censoring(void **state) {
    (void)state;
    ms_error err = {0};
    ms_horizon_outcome o = {.n = N, .time = TIME, .event = single, .at = 42};
    ms_idi idi;
    assert_ok(ms_idi_compute(&o, old_risk, NEW, &idi, &err), &err);
    assert_close("event", idi.event, 0.14584093725357672, TOLERANCE);
    assert_close("nonevent", idi.nonevent, 0.034166666666666692, TOLERANCE);
}

static ms_dca dca_of(const ms_horizon_outcome *o, const double *const *risk, size_t n,
                     ms_dca_options options) {
    ms_error err = {0};
    ms_dca dca = {0};
    assert_ok(ms_dca_compute(o, risk, n, &options, &dca, &err), &err);
    return dca;
}

static void net_benefit_is_vickers(void **state) {
    (void)state;
    static const double thresholds[] = {0.1, 0.25, 0.5};
    static const double km[2][3] = {{0.29344223484848481, 0.15222222222222223, -0.077160493827160448},
                                    {0.35128205128205126, 0.25438054009482586, 0.12500000000000003}};
    static const double competing[2][3] = {{0.2693931502525253, 0.15222222222222223, -0.077160493827160476},
                                           {0.32295673076923076, 0.25438054009482569, 0.12500000000000003}};
    const double *const risk[] = {old_risk, NEW};
    ms_horizon_outcome o = {.n = N, .time = TIME, .event = single, .at = 42};
    ms_dca_options options;
    ms_dca_options_default(&options);
    options.thresholds = thresholds;
    options.n_thresholds = 3;
    for (int c = 0; c < 2; c++) {
        ms_dca d = dca_of(&o, risk, 2, options);
        for (size_t m = 0; m < 2; m++)
            for (size_t j = 0; j < 3; j++) {
                const ms_dca_curve *k = &d.curves[m];
                double odds = thresholds[j] / (1 - thresholds[j]);
                assert_close("net benefit", k->net_benefit[j], c ? competing[m][j] : km[m][j], TOLERANCE);
                assert_close("parts", k->true_positive[j] - odds * k->false_positive[j], k->net_benefit[j],
                             1e-12);
                assert_close("avoided", k->avoided[j],
                             100 * (k->net_benefit[j] - d.curves[2].net_benefit[j]) / odds, 1e-12);
                assert_true(k->lower[j] <= k->net_benefit[j] && k->net_benefit[j] <= k->upper[j]);
            }
        assert_close("rate", d.prevalence, c ? 0.42063492063492069 : 0.4440276110444179, TOLERANCE);
        assert_true(d.curves[3].net_benefit[1] == 0 && d.n_failed == 0);
        ms_dca_clear(&d);
        o.event = EVENT;
    }
}

/* A local line leaves a line as it is (treating all is not one, a constant is: treating none). */
static void smoothing_keeps_a_line(void **state) {
    (void)state;
    const double *const risk[] = {NEW};
    ms_horizon_outcome o = {.n = N, .time = TIME, .event = single, .at = 42};
    ms_dca_options options;
    ms_dca_options_default(&options);
    options.replicates = 0;
    options.smooth = 0.2;
    ms_dca d = dca_of(&o, risk, 1, options);
    double rough = 0, smooth = 0;
    for (size_t j = 1; j + 1 < d.n_thresholds; j++) {
        const ms_dca_curve *k = &d.curves[0];
        assert_true(d.curves[2].smoothed[j] == 0 && isnan(k->lower[j]));
        rough += fabs(k->net_benefit[j + 1] - 2 * k->net_benefit[j] + k->net_benefit[j - 1]);
        smooth += fabs(k->smoothed[j + 1] - 2 * k->smoothed[j] + k->smoothed[j - 1]);
    }
    assert_true(smooth < 0.5 * rough);
    ms_dca_clear(&d);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    ms_error err = {0};
    ms_nri nri;
    ms_idi idi;
    double bad[N];
    ms_horizon_outcome o = {.n = N, .time = TIME, .event = single, .at = 42};
    memcpy(bad, NEW, sizeof bad);
    bad[3] = 1.2;
    assert_int_equal(ms_nri_compute(&o, old_risk, bad, NULL, 0, &nri, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "row 4"));
    bad[3] = NAN;
    assert_int_equal(ms_idi_compute(&o, old_risk, bad, &idi, &err), MS_EINPUT);
    static const double crossed[] = {0.6, 0.3};
    assert_int_equal(ms_nri_compute(&o, old_risk, NEW, crossed, 2, &nri, &err), MS_EUSAGE);
    o.at = 71;
    assert_int_equal(ms_nri_compute(&o, old_risk, NEW, NULL, 0, &nri, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "nobody was followed to 71"));
    o.at = 4;
    assert_int_equal(ms_nri_compute(&o, old_risk, NEW, NULL, 0, &nri, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "no event by 4"));
    o.at = 42;
    assert_ok(ms_nri_compute(&o, NEW, NEW, NULL, 0, &nri, &err), &err); /* nobody moves */
    assert_true(nri.event == 0 && nri.nonevent == 0);
}

static void cells_of_the_table_add_up(void **state) {
    (void)state;
    ms_error err = {0};
    ms_reclassification table = {0};
    ms_horizon_outcome o = {.n = N, .time = TIME, .event = single, .at = 42};
    assert_ok(ms_reclassification_make(&o, old_risk, NEW, CUTS, 2, &table, &err), &err);
    double sum = 0;
    for (size_t c = 0; c < 9; c++) {
        sum += table.count[c];
        assert_true((table.count[c] == 0) == isnan(table.rate[c]));
    }
    assert_true(sum == N);
    ms_reclassification_clear(&table);
}

/* ---- R's lung and pbc ---- */

static double *row_of(const cJSON *rows, size_t n, int column) {
    double *values = ms_calloc(n, sizeof *values);
    size_t i = 0;
    for (const cJSON *item = rows->child; item; item = item->next, i++)
        values[i] = number_of(cJSON_GetArrayItem(item, column));
    assert_int_equal(i, n);
    return values;
}

static int place_of(const cJSON *array, double value) {
    int i = 0;
    for (const cJSON *item = array->child; item; item = item->next, i++)
        if (number_of(item) == value) return i;
    fail_msg("no such time in the reference");
    return 0;
}

static void check_reference(const cJSON *reference, const ms_surv_frame *frame) {
    ms_error err = {0};
    const cJSON *dca = member(reference, "dca"), *nri = member(reference, "nri_km");
    double at = number_of(member(dca, "time")), cuts[2];
    int column = place_of(member(reference, "times"), at);
    double *full = row_of(member(reference, "risk1"), frame->n, column),
           *small = row_of(member(reference, "risk2"), frame->n, column);
    ms_horizon_outcome o = {.n = frame->n, .time = frame->time, .event = frame->event, .at = at};
    const double *const risk[] = {full, small};
    ms_dca_options options;
    ms_dca_options_default(&options);
    options.replicates = 0;
    ms_dca d = dca_of(&o, risk, 2, options);
    assert_all_close("full", d.curves[0].net_benefit, 99, member(dca, "full"));
    assert_all_close("small", d.curves[1].net_benefit, 99, member(dca, "small"));
    assert_all_close("all", d.curves[2].net_benefit, 99, member(dca, "all"));
    ms_dca_clear(&d);
    ms_nri ours;
    for (int c = 0; c < 2; c++) cuts[c] = number_of(cJSON_GetArrayItem(member(nri, "categorical_cuts"), c));
    for (size_t n_cuts = 0; n_cuts <= 2; n_cuts += 2) {
        const cJSON *theirs = member(nri, n_cuts ? "categorical" : "continuous");
        assert_ok(ms_nri_compute(&o, small, full, cuts, n_cuts, &ours, &err), &err);
        assert_close("nri event", ours.event, number_of(member(theirs, "event")), TOLERANCE);
        assert_close("nri nonevent", ours.nonevent, number_of(member(theirs, "nonevent")), TOLERANCE);
    }
    free(full);
    free(small);
}

static void lung_is_rs(void **state) {
    (void)state;
    cJSON *reference = read_reference("auc_brier_lung");
    ms_table *table = read_data("lung");
    ms_surv_frame frame = frame_of(
        table, (ms_surv_columns){.time = "time", .event = "status", .event_value = "2", .risk = "ph.ecog"});
    check_reference(reference, &frame);
    ms_surv_frame_clear(&frame);
    ms_table_free(table);
    cJSON_Delete(reference);
}

static void pbc_is_rs(void **state) {
    (void)state;
    cJSON *reference = read_reference("auc_brier_pbc");
    ms_table *table = read_data("pbc");
    ms_surv_frame frame = frame_of(
        table, (ms_surv_columns){.time = "time", .event = "status", .event_value = "2", .risk = "protime"});
    check_reference(reference, &frame);
    ms_surv_frame_clear(&frame);
    ms_table_free(table);
    cJSON_Delete(reference);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nri_is_pencinas),
        cmocka_unit_test(without_times_it_is_improveprobs),
        cmocka_unit_test(idi_weights_for_censoring),
        cmocka_unit_test(net_benefit_is_vickers),
        cmocka_unit_test(smoothing_keeps_a_line),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(cells_of_the_table_add_up),
        cmocka_unit_test(lung_is_rs),
        cmocka_unit_test(pbc_is_rs),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
