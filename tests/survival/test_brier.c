/* Brier score against riskRegression and pec (../shared/survival/R/auc_brier_*.json), against its definition,
 * and against scikit-survival's numbers for a small sample. */
#include "survival/prediction_reference.h"

static void compare_rows(const cJSON *frame, const char *model, const ms_brier *b, bool reference, bool se) {
    for (size_t k = 0; k < b->n_times; k++) {
        const ms_brier_row *row = &b->rows[k];
        int at = find_row(frame, model, row->time, NULL);
        assert_true(at >= 0);
        assert_close("Brier", reference ? row->reference : row->brier, cell(frame, "Brier", at), TOLERANCE);
        if (!se) continue;
        assert_close("se", reference ? row->reference_se : row->se, cell(frame, "se", at), TOLERANCE);
        if (reference) continue;
        assert_close("lower", row->lower, cell(frame, "lower", at), TOLERANCE);
        assert_close("upper", row->upper, cell(frame, "upper", at), TOLERANCE);
        if (cJSON_GetObjectItemCaseSensitive(frame, "IPA"))
            assert_close("IPA", row->scaled, cell(frame, "IPA", at), TOLERANCE);
    }
}

static void compare_difference(const cJSON *frame, const char *model, const char *reference,
                               const ms_brier *first, const ms_brier *second) {
    for (size_t k = 0; k < second->n_times; k++) {
        int row = find_row(frame, model, second->rows[k].time, reference);
        assert_true(row >= 0);
        ms_difference d = ms_brier_difference(first, second, k);
        assert_close("delta", d.delta, cell(frame, "delta.Brier", row), TOLERANCE);
        assert_close("se", d.se, cell(frame, "se", row), TOLERANCE);
        assert_close("lower", d.lower, cell(frame, "lower", row), TOLERANCE);
        assert_close("upper", d.upper, cell(frame, "upper", row), TOLERANCE);
        assert_close("p", d.p, cell(frame, "p", row), TOLERANCE);
    }
}

/* riskRegression's integral up to each of the times: step values over 0 and the times. */
static void compare_integrals(const cJSON *frame, const char *model, bool reference,
                              const ms_prediction_frame *f, const double *risk, const ms_brier *whole) {
    for (size_t k = 1; k < whole->n_times; k++) {
        double times[8];
        ms_brier b = {0};
        ms_error err = {0};
        for (size_t i = 0; i <= k; i++) times[i] = whole->rows[i].time;
        assert_ok(ms_brier_compute(&f->outcome, risk, times, k + 1, &f->ipcw, NULL, &b, &err), &err);
        int row = find_row(frame, model, times[k], NULL);
        assert_close("IBS", reference ? b.integral.reference_step : b.integral.step, cell(frame, "IBS", row),
                     TOLERANCE);
        ms_brier_clear(&b);
    }
}

/* pec: the error at every distinct time, and crps at the times. */
static void compare_pec(const cJSON *pec, const char *lp_name, const cJSON *root, const char *model,
                        const ms_prediction_frame *f) {
    static double lp[MOST], grid[MOST];
    const cJSON *apparent = member(member(pec, "AppErr"), model),
                *null = member(member(pec, "AppErr"), "Reference");
    size_t n_grid = numbers_of(member(pec, "time"), grid, MOST), at = strcmp(model, "full") == 0 ? 1 : 2;
    double times[8];
    size_t n_times = numbers_of(member(root, "times"), times, 8);
    ms_brier b = {0};
    ms_error err = {0};
    assert_int_equal(numbers_of(member(root, lp_name), lp, MOST), f->n);
    assert_ok(ms_brier_curve(&f->outcome, lp, grid, n_grid, &f->ipcw, NULL, &b, &err), &err);
    for (size_t k = 0; k < n_grid; k++) {
        assert_close("AppErr", b.rows[k].brier, number_of(cJSON_GetArrayItem(apparent, (int)k)), TOLERANCE);
        assert_close("Reference", b.rows[k].reference, number_of(cJSON_GetArrayItem(null, (int)k)),
                     TOLERANCE);
    }
    ms_brier_clear(&b);
    for (size_t k = 0; k < n_times; k++) {
        size_t n = 0;
        double until[MOST + 1];
        while (n < n_grid && grid[n] < times[k]) {
            until[n] = grid[n];
            n++;
        }
        until[n++] = times[k];
        assert_ok(ms_brier_curve(&f->outcome, lp, until, n, &f->ipcw, NULL, &b, &err), &err);
        const cJSON *crps = member(pec, "crps");
        assert_close("crps", b.integral.step,
                     number_of(cJSON_GetArrayItem(cJSON_GetArrayItem(crps, (int)at), (int)k)), TOLERANCE);
        assert_close("crps of the reference", b.integral.reference_step,
                     number_of(cJSON_GetArrayItem(cJSON_GetArrayItem(crps, 0), (int)k)), TOLERANCE);
        ms_brier_clear(&b);
    }
}

static void check_score(const char *name, const ms_prediction_frame *f, const ms_prediction_frame *cox) {
    static double risk[2][4 * MOST], ours[4 * MOST], lp[MOST];
    static const char *const keys[] = {"risk1", "risk2"}, *const lps[] = {"lp1", "lp2"},
                             *const models[] = {"full", "small"};
    cJSON *root = read_reference(name);
    const cJSON *frame = member(root, "Brier"), *differences = member(root, "Brierdiff"),
                *censcox = cJSON_GetObjectItemCaseSensitive(root, "Brier_censcox"),
                *pec = cJSON_GetObjectItemCaseSensitive(root, "pec");
    double times[8];
    size_t n_times = numbers_of(member(root, "times"), times, 8);
    ms_brier b[2] = {{0}, {0}}, weighted = {0};
    ms_error err = {0};
    for (int m = 0; m < 2; m++) {
        for (size_t k = 0; k < n_times; k++) column_of(member(root, keys[m]), (int)k, risk[m] + k * f->n);
        (void)numbers_of(member(root, lps[m]), lp, MOST);
        assert_ok(ms_risk_from_score(&f->outcome, lp, times, n_times, ours, &err), &err);
        for (size_t i = 0; i < n_times * f->n; i++) assert_close("risk", ours[i], risk[m][i], TOLERANCE);
        assert_ok(ms_brier_compute(&f->outcome, risk[m], times, n_times, &f->ipcw, NULL, &b[m], &err), &err);
        compare_rows(frame, models[m], &b[m], false, true);
        compare_rows(frame, "Null model", &b[m], true, true);
        compare_integrals(frame, models[m], false, f, risk[m], &b[m]);
        compare_integrals(frame, "Null model", true, f, risk[m], &b[m]);
        compare_difference(differences, models[m], "Null model", NULL, &b[m]);
        if (pec) compare_pec(pec, lps[m], root, models[m], f);
        if (!censcox || !cox) continue;
        assert_ok(ms_brier_compute(&f->outcome, risk[m], times, n_times, &cox->ipcw, NULL, &weighted, &err),
                  &err);
        compare_rows(censcox, models[m], &weighted, false, false);
        compare_rows(censcox, "Null model", &weighted, true, false);
        ms_brier_clear(&weighted);
    }
    compare_difference(differences, "small", "full", &b[0], &b[1]);
    ms_brier_clear(&b[0]);
    ms_brier_clear(&b[1]);
    cJSON_Delete(root);
}

static void as_riskregression_and_pec(void **state) {
    (void)state;
    ms_prediction_frame lung = outcome_of("lung", "status", "2", NULL, "ph.ecog", NULL);
    ms_prediction_frame cox = outcome_of("lung", "status", "2", NULL, "ph.ecog", "age + sex + ph.ecog");
    ms_prediction_frame pbc = outcome_of("pbc", "status", "2", NULL, "protime", NULL);
    check_score("auc_brier_lung", &lung, &cox);
    check_score("auc_brier_pbc", &pbc, NULL);
    ms_prediction_frame_clear(&lung);
    ms_prediction_frame_clear(&cox);
    ms_prediction_frame_clear(&pbc);
}

static void as_riskregression_competing(void **state) {
    (void)state;
    static double risk[3 * MOST];
    cJSON *root = read_reference("auc_brier_competing_melanoma");
    const double times[] = {1000, 2000, 3000};
    static const char *const keys[] = {"riskCSC", "riskFGR"}, *const models[] = {"CSC", "FGR"};
    ms_prediction_frame f = outcome_of("Melanoma", "status", "1", "2", "logthick", NULL);
    ms_error err = {0};
    for (int m = 0; m < 2; m++) {
        ms_brier b = {0};
        for (size_t k = 0; k < 3; k++) column_of(member(root, keys[m]), (int)k, risk + k * f.n);
        assert_ok(ms_brier_compute(&f.outcome, risk, times, 3, NULL, NULL, &b, &err), &err);
        compare_rows(member(root, "Brier"), models[m], &b, false, true);
        compare_rows(member(root, "Brier"), "Null model", &b, true, true);
        ms_brier_clear(&b);
    }
    ms_prediction_frame_clear(&f);
    cJSON_Delete(root);
}

/* Aalen-Johansen by hand at whole times up to t, without one patient (n: with all). */
static double by_hand(const double *time, const uint8_t *status, size_t n, double t, size_t leave) {
    double surv = 1, value = 0;
    for (double u = 1; u <= t; u++) {
        double at_risk = 0, events = 0, any = 0;
        for (size_t i = 0; i < n; i++) {
            if (i == leave) continue;
            at_risk += time[i] >= u;
            events += time[i] == u && status[i] == 1;
            any += time[i] == u && status[i] > 0;
        }
        if (at_risk == 0) break;
        value += surv * events / at_risk;
        surv *= 1 - any / at_risk;
    }
    return value;
}

static void pseudo_values_leave_one_out(void **state) {
    (void)state;
    enum { N = 40 };
    double time[N], pseudo[N];
    uint8_t status[N];
    uint64_t seed = 11;
    ms_error err = {0};
    for (int round = 0; round < 6; round++) {
        double t = 3 + 3 * round; /* the last is after all follow-up */
        for (size_t i = 0; i < N; i++) {
            time[i] = floor(1 + 15 * next_random(&seed));
            status[i] = (uint8_t)((round % 2 ? 3 : 2) * next_random(&seed));
        }
        ms_outcome o = {.n = N, .time = time, .status = status};
        assert_ok(ms_pseudo_values(&o, t, pseudo, &err), &err);
        for (size_t i = 0; i < N; i++)
            assert_close("pseudo", pseudo[i],
                         N * by_hand(time, status, N, t, N) - (N - 1) * by_hand(time, status, N, t, i),
                         1e-11);
    }
}

/* Without censoring the score is the plain mean square, and its standard error that of a mean. */
static void without_censoring(void **state) {
    (void)state;
    const double time[] = {1, 2, 3, 4, 5, 6}, risk[] = {0.9, 0.6, 0.7, 0.2, 0.4, 0.1}, times[] = {3.5};
    const uint8_t status[] = {1, 1, 1, 1, 1, 1};
    ms_outcome o = {.n = 6, .time = time, .status = status};
    ms_brier b = {0};
    ms_error err = {0};
    double sum = 0, squares = 0, value[6];
    for (size_t i = 0; i < 6; i++) {
        value[i] = pow((time[i] <= 3.5) - risk[i], 2);
        sum += value[i] / 6;
    }
    for (size_t i = 0; i < 6; i++) squares += pow(value[i] - sum, 2);
    assert_ok(ms_brier_compute(&o, risk, times, 1, NULL, NULL, &b, &err), &err);
    assert_close("brier", b.rows[0].brier, sum, 1e-14);
    assert_close("se", b.rows[0].se, sqrt(squares / 5 / 6), 1e-14);
    assert_close("reference", b.rows[0].reference, 0.25, 1e-14);
    assert_true(isnan(b.integral.step)); /* one time */
    ms_brier_clear(&b);
}

/* Scores far apart give probabilities; what cannot be a log hazard ratio (an age in days) is refused. */
static void scores_do_not_overflow(void **state) {
    (void)state;
    const double time[] = {1, 2, 3, 4, 5}, lp[] = {1300, 1200, 900, 1250, 1000}, times[] = {0.5, 2, 4.5},
                 days[] = {30000, 21000, 25000, 28000, 27000};
    const uint8_t status[] = {1, 0, 1, 1, 0};
    double risk[15], survival[5];
    ms_outcome o = {.n = 5, .time = time, .status = status};
    ms_brier b = {0};
    ms_error err = {0};
    assert_ok(ms_risk_from_score(&o, lp, times, 3, risk, &err), &err);
    for (size_t i = 0; i < 15; i++) assert_true(risk[i] >= 0 && risk[i] <= 1);
    assert_ok(ms_survival_from_score(&o, lp, survival, &err), &err);
    for (size_t i = 0; i < 5; i++) assert_true(survival[i] >= 0 && survival[i] <= 1);
    assert_ok(ms_brier_curve(&o, lp, times, 3, NULL, NULL, &b, &err), &err);
    assert_true(b.rows[0].brier == 0 && isfinite(b.rows[2].brier) && isnan(b.rows[2].se));
    ms_brier_clear(&b);
    assert_int_equal(ms_brier_curve(&o, days, times, 3, NULL, NULL, &b, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "no log hazard ratio"));
}

static void refuses(void **state) {
    (void)state;
    const double time[] = {1, 2, 3}, times[] = {2, 4}, good[] = {0.1, 0.2, 0.3, 0.1, 0.2, 0.3};
    const double bad[] = {0.1, 1.2, 0.3, 0.1, 0.2, 0.3}, missing[] = {0.1, 0.2, 0.3, 0.1, 0.2, NAN};
    const uint8_t status[] = {1, 0, 0};
    ms_outcome o = {.n = 3, .time = time, .status = status};
    ms_brier b = {0};
    ms_brier_options options;
    ms_error err = {0};
    assert_int_equal(ms_brier_compute(&o, bad, times, 2, NULL, NULL, &b, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "row 2"));
    assert_int_equal(ms_brier_compute(&o, missing, times, 2, NULL, NULL, &b, &err), MS_EINPUT);
    ms_brier_options_default(&options);
    options.convention = MS_PREDICTION_TIMEROC;
    assert_int_equal(ms_brier_compute(&o, good, times, 2, NULL, &options, &b, &err), MS_EUSAGE);
    assert_ok(ms_brier_compute(&o, good, times, 2, NULL, NULL, &b, &err), &err);
    assert_int_equal(b.rows[0].state, MS_PREDICTED);
    assert_int_equal(b.rows[1].state, MS_BEYOND_FOLLOW_UP);
    assert_true(isnan(b.rows[1].brier));
    ms_brier_clear(&b);
}

/* make_prediction.R beside the data: riskRegression 2022.11.28, scikit-survival. */
static void golden(void **state) {
    (void)state;
    static const struct {
        bool competing;
        double brier[2], se[2], null[2], null_se[2], scaled[2], ibs, null_ibs;
    } wanted[] = {{false,
                   {0.090571266968325792, 0.135912825226244344},
                   {0.0193512396128282110, 0.0375933987917983284},
                   {0.195696238815749074, 0.249149855366137041},
                   {0.0490299099527361851, 0.0084522377717046199},
                   {0.53718442665829680, 0.45449366195089991},
                   0.030190422322775263,
                   0.065232079605249682},
                  {true,
                   {0.094290966386554625, 0.151329306722689100},
                   {0.018533345242460454, 0.034285932774732970},
                   {0.193643633924157954, 0.246877162629757840},
                   {0.049069248824983973, 0.013075539413877417},
                   {0.51306962962962976, 0.38702589939581433},
                   0.031430322128851544,
                   0.064547877974719323}};
    const double times[] = {20, 30};
    ms_brier b = {0};
    ms_error err = {0};
    for (size_t i = 0; i < MS_COUNT(wanted); i++) {
        ms_prediction_frame f = golden_outcome(wanted[i].competing);
        assert_ok(ms_brier_compute(&f.outcome, f.markers, times, 2, NULL, NULL, &b, &err), &err);
        for (size_t k = 0; k < 2; k++) {
            assert_close("Brier", b.rows[k].brier, wanted[i].brier[k], TOLERANCE);
            assert_close("se", b.rows[k].se, wanted[i].se[k], TOLERANCE);
            assert_close("null", b.rows[k].reference, wanted[i].null[k], TOLERANCE);
            assert_close("null se", b.rows[k].reference_se, wanted[i].null_se[k], TOLERANCE);
            assert_close("IPA", b.rows[k].scaled, wanted[i].scaled[k], TOLERANCE);
        }
        assert_close("IBS", b.integral.step, wanted[i].ibs, TOLERANCE);
        assert_close("null IBS", b.integral.reference_step, wanted[i].null_ibs, TOLERANCE);
        ms_brier_clear(&b);
        ms_prediction_frame_clear(&f);
    }
    ms_prediction_frame f = golden_outcome(false);
    ms_brier_options o;
    ms_brier_options_default(&o);
    o.convention = MS_PREDICTION_SKSURV;
    assert_ok(ms_brier_compute(&f.outcome, f.markers, times, 2, NULL, &o, &b, &err), &err);
    assert_close("scikit-survival", b.rows[0].brier, 0.09144101486748545, TOLERANCE);
    assert_close("scikit-survival", b.rows[1].brier, 0.14407145887201037, TOLERANCE);
    assert_close("scikit-survival", b.integral.trapezium, 0.1177562368697479, TOLERANCE);
    ms_brier_clear(&b);
    ms_prediction_frame_clear(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_censoring),           cmocka_unit_test(refuses),
        cmocka_unit_test(scores_do_not_overflow),      cmocka_unit_test(golden),
        cmocka_unit_test(pseudo_values_leave_one_out), cmocka_unit_test(as_riskregression_and_pec),
        cmocka_unit_test(as_riskregression_competing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
