/* Calibration against R: groups (../shared/survival/R/auc_brier_lung.json), the smooth curve with rms::rcs
 * and survfit, pseudo-value regression written out, all for the `full` model of that file at t = 365; and
 * D-calibration by its definition. */
#include "survival/prediction_reference.h"

static void compare_groups(const cJSON *r, const ms_calibration *c) {
    static double cut[16], predicted[16], observed[16], lower[16], upper[16];
    size_t n = c->n_groups;
    for (size_t g = 0; g < n; g++) {
        cut[g] = c->groups[g].from;
        cut[g + 1] = c->groups[g].to;
        predicted[g] = c->groups[g].predicted;
        observed[g] = c->groups[g].observed;
        lower[g] = c->groups[g].lower;
        upper[g] = c->groups[g].upper;
        assert_int_equal(c->groups[g].n, (size_t)number_of(cJSON_GetArrayItem(member(r, "n"), (int)g)));
    }
    assert_all_close("cut", cut, n + 1, member(r, "cut"));
    assert_all_close("meanpred", predicted, n, member(r, "meanpred"));
    assert_all_close("obs", observed, n, member(r, "obs"));
    assert_all_close("lower", lower, n, member(r, "lower"));
    assert_all_close("upper", upper, n, member(r, "upper"));
}

static void groups_as_in_r(void **state) {
    (void)state;
    static double risk[MOST];
    static const char *const files[] = {"auc_brier_lung", "auc_brier_pbc"}, *const data[] = {"lung", "pbc"},
                             *const needed[] = {"ph.ecog", "protime"};
    for (int d = 0; d < 2; d++) {
        cJSON *root = read_reference(files[d]);
        ms_prediction_frame f = outcome_of(data[d], "status", "2", NULL, needed[d], NULL);
        double times[8];
        size_t n_times = numbers_of(member(root, "times"), times, 8), compared = 0;
        for (size_t k = 0; k < n_times; k++) {
            char key[64];
            (void)ms_text_format(key, sizeof key, "calib5_t%g", times[k]);
            const cJSON *r = cJSON_GetObjectItemCaseSensitive(root, key);
            if (!r) continue;
            column_of(member(root, "risk1"), (int)k, risk);
            ms_calibrate_options o;
            ms_calibration c = {0};
            ms_error err = {0};
            ms_calibrate_options_default(&o);
            o.n_groups = 5;
            assert_ok(ms_calibrate(&f.outcome, risk, times[k], &o, &c, &err), &err);
            compare_groups(r, &c);
            ms_calibration_clear(&c);
            compared++;
        }
        if (d == 0) assert_int_equal(compared, 4);
        ms_prediction_frame_clear(&f);
        cJSON_Delete(root);
    }
}

/* R 4.2.2, rms: coxph(Surv(time, s) ~ rcs(cll, k)), survfit(newdata), 1 - S(365). */
static void smooth_as_in_r(void **state) {
    (void)state;
    static double risk[MOST];
    static const struct {
        size_t knots;
        double ici, e50, e90, e_max, first, lower, upper;
    } wanted[] = {{3, 0.0064865650662859469, 0.0058031059524978890, 0.0134388539598238512,
                   0.0189042210069358951, 0.72299101794785670, 0.63055178952347424, 0.79230112919320739},
                  {4, 0.0118920098951151056, 0.0093577778233076003, 0.0222253772715110785,
                   0.0456696770637421423, 0.71034441770003909, 0.59818040486997992, 0.79119894257426371},
                  {5, 0.043806706373990763, 0.040079580016055050, 0.091117646323495283, 0.130121863536242444,
                   0.63614446667271107, 0.48928776606913815, 0.74077212109469781}};
    cJSON *root = read_reference("auc_brier_lung");
    ms_prediction_frame f = outcome_of("lung", "status", "2", NULL, "ph.ecog", NULL);
    column_of(member(root, "risk1"), 2, risk);
    for (size_t i = 0; i < MS_COUNT(wanted); i++) {
        ms_calibrate_options o;
        ms_calibration c = {0};
        ms_error err = {0};
        ms_calibrate_options_default(&o);
        o.n_knots = wanted[i].knots;
        assert_ok(ms_calibrate(&f.outcome, risk, 365, &o, &c, &err), &err);
        assert_close("ICI", c.ici, wanted[i].ici, 1e-8);
        assert_close("E50", c.e50, wanted[i].e50, 1e-8);
        assert_close("E90", c.e90, wanted[i].e90, 1e-8);
        assert_close("Emax", c.e_max, wanted[i].e_max, 1e-8);
        assert_close("fitted", c.fitted[0], wanted[i].first, 1e-9);
        /* the curve and its interval at the first patient's prediction, by two grid points at most apart */
        size_t k = 0;
        while (k + 1 < c.n_grid && c.grid[k + 1] <= risk[0]) k++;
        double share = (risk[0] - c.grid[k]) / (c.grid[k + 1] - c.grid[k]);
        assert_true(fabs(c.smooth[k] * (1 - share) + c.smooth[k + 1] * share - wanted[i].first) < 1e-3);
        assert_true(fabs(c.smooth_lower[k] * (1 - share) + c.smooth_lower[k + 1] * share - wanted[i].lower) <
                    2e-3);
        assert_true(fabs(c.smooth_upper[k] * (1 - share) + c.smooth_upper[k + 1] * share - wanted[i].upper) <
                    2e-3);
        ms_calibration_clear(&c);
    }
    ms_prediction_frame_clear(&f);
    cJSON_Delete(root);
}

static void numbers_as_in_r(void **state) {
    (void)state;
    static double risk[MOST];
    cJSON *root = read_reference("auc_brier_lung");
    ms_prediction_frame f = outcome_of("lung", "status", "2", NULL, "ph.ecog", NULL);
    ms_calibration c = {0};
    ms_error err = {0};
    column_of(member(root, "risk1"), 2, risk);
    assert_ok(ms_calibrate(&f.outcome, risk, 365, NULL, &c, &err), &err);
    assert_close("observed", c.observed, 0.588955549000464096, TOLERANCE);
    assert_close("its error", c.observed_se, 0.035936059251957815, TOLERANCE);
    assert_close("expected", c.mean_predicted, 0.588893085776410752, TOLERANCE);
    assert_close("ratio", c.ratio.value, 0.588955549000464096 / 0.588893085776410752, TOLERANCE);
    assert_close("Cox slope", c.cox_slope.value, 0.99999999982639631, TOLERANCE);
    assert_close("its error", c.cox_slope.se, 0.18278984907131313, TOLERANCE);
    assert_close("intercept", c.intercept.value, -0.0051805283432971305, 1e-8);
    assert_close("its error", c.intercept.se, 0.10439525953592785, 1e-8);
    assert_close("slope", c.slope.value, 0.928981104276369929, 1e-8);
    assert_close("its error", c.slope.se, 0.23307303630841367, 1e-8);
    ms_calibration_clear(&c);
    ms_prediction_frame_clear(&f);
    cJSON_Delete(root);
}

static void competing_events_by_groups(void **state) {
    (void)state;
    static double risk[MOST];
    cJSON *root = read_reference("auc_brier_competing_melanoma");
    ms_prediction_frame f = outcome_of("Melanoma", "status", "1", "2", "logthick", NULL);
    ms_calibration c = {0};
    ms_error err = {0};
    column_of(member(root, "riskFGR"), 1, risk);
    assert_ok(ms_calibrate(&f.outcome, risk, 2000, NULL, &c, &err), &err);
    assert_true(c.n_groups == 10 && c.n_grid == 0 && isnan(c.ici) && isnan(c.cox_slope.value));
    assert_true(c.observed > 0.2 && c.observed < 0.25 && fabs(c.slope.value - 1) < 0.5);
    ms_calibration_clear(&c);
    ms_prediction_frame_clear(&f);
    cJSON_Delete(root);
}

/* Every prediction the same, at 0 and 1, no event by then, after follow-up. */
static void hard_cases(void **state) {
    (void)state;
    double time[30], p[30];
    uint8_t status[30];
    uint64_t seed = 4;
    ms_calibration c = {0};
    ms_error err = {0};
    for (size_t i = 0; i < 30; i++) {
        time[i] = 1 + floor(20 * next_random(&seed));
        status[i] = next_random(&seed) < 0.7;
        p[i] = 0.4;
    }
    ms_outcome o = {.n = 30, .time = time, .status = status};
    assert_ok(ms_calibrate(&o, p, 10, NULL, &c, &err), &err);
    assert_int_equal(c.n_groups, 1);
    assert_true(isnan(c.slope.value) && isnan(c.cox_slope.value) && !isnan(c.intercept.value));
    assert_close("all on one point", c.ici, fabs(c.fitted[0] - 0.4), 1e-12);
    ms_calibration_clear(&c);
    for (size_t i = 0; i < 30; i++) p[i] = i % 2 ? 1 : 0;
    assert_ok(ms_calibrate(&o, p, 10, NULL, &c, &err), &err);
    assert_true(isfinite(c.ici));
    ms_calibration_clear(&c);
    assert_ok(ms_calibrate(&o, p, 0.5, NULL, &c, &err), &err);
    assert_int_equal(c.state, MS_NO_CASE);
    assert_ok(ms_calibrate(&o, p, 99, NULL, &c, &err), &err);
    assert_int_equal(c.state, MS_BEYOND_FOLLOW_UP);
    assert_true(isnan(c.ici) && c.n_groups == 0);
    p[3] = 1.5;
    assert_int_equal(ms_calibrate(&o, p, 10, NULL, &c, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "row 4"));
}

/* R 4.2.2, survival 3.5-3, rms: as in smooth_as_in_r and numbers_as_in_r, for p30 of prediction.csv at 30. */
static void golden(void **state) {
    (void)state;
    ms_prediction_frame f = golden_outcome(false);
    ms_calibration c = {0};
    ms_error err = {0};
    assert_ok(ms_calibrate(&f.outcome, f.markers + f.n, 30, NULL, &c, &err), &err);
    assert_close("ICI", c.ici, 0.16226413145945787, 1e-7);
    assert_close("E50", c.e50, 0.13515825500831957, 1e-7);
    assert_close("E90", c.e90, 0.35007411331570337, 1e-7);
    assert_close("Emax", c.e_max, 0.36142176617605726, 1e-7);
    assert_close("Cox slope", c.cox_slope.value, 3.4765078789004504, 1e-8);
    assert_close("its error", c.cox_slope.se, 1.0286660898174589, 1e-8);
    assert_close("observed", c.observed, 0.47084276018099547, TOLERANCE);
    assert_close("its error", c.observed_se, 0.12561546540894494, TOLERANCE);
    assert_close("expected", c.mean_predicted, 0.4925, TOLERANCE);
    assert_close("intercept", c.intercept.value, -0.0044497901040481012, 1e-8);
    assert_close("its error", c.intercept.se, 0.3699186021919359, 1e-8);
    assert_close("slope", c.slope.value, 1.58195659355387330, 1e-8);
    assert_close("its error", c.slope.se, 1.06866033458988618, 1e-8);
    ms_calibration_clear(&c);
    ms_prediction_frame_clear(&f);
}

/* Haider et al. 2020, section 3.5: by hand for five patients and four bins. */
static void d_calibration_by_hand(void **state) {
    (void)state;
    const double time[] = {1, 2, 3, 4, 5}, survival[] = {0.9, 0.6, 0.5, 0.2, 1};
    const uint8_t status[] = {1, 0, 1, 0, 1};
    ms_outcome o = {.n = 5, .time = time, .status = status};
    ms_dcalibration d = {0};
    ms_error err = {0};
    assert_ok(ms_dcalibration_test(&o, survival, 4, &d, &err), &err);
    /* 0.6 censored: bin 2 gets 0.1 / 0.6, bins 0 and 1 get 0.25 / 0.6; 0.2 censored: all in bin 0 */
    assert_close("bin 0", d.observed[0], 1 + 0.25 / 0.6, 1e-14);
    assert_close("bin 1", d.observed[1], 0.25 / 0.6, 1e-14);
    assert_close("bin 2", d.observed[2], 1 + 0.1 / 0.6, 1e-14);
    assert_close("bin 3", d.observed[3], 2, 1e-14);
    double chisq = 0;
    for (size_t b = 0; b < 4; b++) chisq += pow(d.observed[b] - 1.25, 2) / 1.25;
    assert_close("chisq", d.chisq, chisq, 1e-14);
    assert_int_equal(d.df, 3);
    ms_dcalibration_clear(&d);
    const uint8_t competing[] = {1, 2, 1, 0, 1};
    o.status = competing;
    assert_int_equal(ms_dcalibration_test(&o, survival, 4, &d, &err), MS_EUSAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_cases),
        cmocka_unit_test(golden),
        cmocka_unit_test(d_calibration_by_hand),
        cmocka_unit_test(groups_as_in_r),
        cmocka_unit_test(smooth_as_in_r),
        cmocka_unit_test(numbers_as_in_r),
        cmocka_unit_test(competing_events_by_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
