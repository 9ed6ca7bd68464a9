/* Optimism of a Cox model. Golden numbers from R 4.2.2: four bootstrap samples (the first four of seed 1),
 * each fitted with coxph (survival 3.5-3, eps 1e-11) and measured with the definitions of rms::validate.cph
 * (6.3-0): Dxy by concordance, R2, D, U from log likelihoods, slope by coxph on the linear predictor, g by
 * Hmisc::GiniMd; the Brier score at 25 by riskRegression::Score with basehaz. */
#include "survival/reference.h"

#include "myosurv/survival_compare.h"

enum { N = 40 };
static double time_[N], x[N * 2];
static uint8_t event[N];
static const ms_surv data = {.n = N, .time = time_, .event = event};
static const ms_design design = {.p = 2, .x = x};

static int prepare(void **state) {
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[2 * i] = (double)(i * 17 % 40) / 10;
        x[2 * i + 1] = i * 7 % 5 > 1;
        time_[i] = 3 + (double)(i * 29 % 41) + 6 * x[2 * i + 1];
        event[i] = i * 13 % 7 > 1;
    }
    return 0;
}

static ms_validation validate(size_t replicates, double at) {
    ms_error err = {0};
    ms_validation v = {0};
    ms_validation_options o;
    ms_cox_options cox;
    ms_validation_options_default(&o);
    ms_cox_options_default(&cox);
    o.replicates = replicates;
    o.at = at;
    cox.eps = 1e-12;
    assert_ok(ms_cox_validate(&data, &design, &cox, &o, &v, &err), &err);
    return v;
}

static void indexes_are_those_of_rms(void **state) {
    (void)state;
    static const double expected[MS_N_VALIDITY][3] = {
        {0.361313868613138744, 0.307286023584446399, 0.30839416058394164555},
        {0.680656934306569372, 0.653643011792223172, 0.65419708029197076726},
        {0.155010954717793636, 0.122830977864052227, 0.13168863421827897708},
        {1.000000000000000000, 1.000000000000000000, 1.01291054750551468011},
        {0.034757848728561483, 0.026169551764339497, 0.02824071282810064476},
        {-0.012396977682729867, -0.012874297184627119, 0.00083488537588090946},
        {0.047154826411291352, 0.039043848948966613, 0.02740582745221973454},
        {0.599614763767380432, 0.505240683940631263, 0.54520141153194967565},
        {0.199174211858508754, 0.181089268223893207, 0.20770485212664577257},
    };
    ms_validation v = validate(4, 25);
    for (size_t k = 0; k < MS_N_VALIDITY; k++) {
        assert_close("apparent", v.apparent[k], expected[k][0], TOLERANCE);
        assert_close("training", v.training[k], expected[k][1], TOLERANCE);
        assert_close("test", v.test[k], expected[k][2], TOLERANCE);
        assert_close("corrected", v.corrected[k], expected[k][0] - expected[k][1] + expected[k][2],
                     TOLERANCE);
    }
    assert_true(v.n_failed == 0 && v.n_events == 29);
}

static void threads_and_a_horizon_change_nothing_else(void **state) {
    (void)state;
    ms_threads_set(1);
    ms_validation a = validate(30, NAN);
    ms_threads_set(3);
    ms_validation b = validate(30, 25);
    ms_threads_set(0);
    assert_memory_equal(a.corrected, b.corrected, MS_VALIDITY_BRIER * sizeof(double));
    assert_true(isnan(a.corrected[MS_VALIDITY_BRIER]) && isfinite(b.corrected[MS_VALIDITY_BRIER]));
}

/* Twice the same column cannot be fitted to the data themselves; a rare one fails in some samples only. */
static void samples_that_cannot_be_fitted_are_counted(void **state) {
    (void)state;
    ms_error err = {0};
    ms_validation v = {0};
    ms_validation_options o;
    double copy[N * 2];
    for (size_t i = 0; i < N; i++) copy[2 * i] = copy[2 * i + 1] = x[2 * i];
    ms_design collinear = {.p = 2, .x = copy};
    ms_validation_options_default(&o);
    assert_int_equal(ms_cox_validate(&data, &collinear, NULL, &o, &v, &err), MS_ENOCONV);
    for (size_t i = 0; i < N; i++) copy[2 * i + 1] = i == 7; /* row 7 is left out of 0.36 of the samples */
    assert_ok(ms_cox_validate(&data, &collinear, NULL, &o, &v, &err), &err);
    assert_true(v.n_failed > 40 && v.n_failed < 110 && isfinite(v.corrected[MS_VALIDITY_C]));
}

static void what_cannot_be_validated_is_refused(void **state) {
    (void)state;
    ms_error err = {0};
    ms_validation v = {0};
    ms_validation_options o;
    ms_validation_options_default(&o);
    ms_surv weighted = data;
    weighted.weight = time_;
    assert_int_equal(ms_cox_validate(&weighted, &design, NULL, &o, &v, &err), MS_EUSAGE);
    o.at = 500;
    assert_int_equal(ms_cox_validate(&data, &design, NULL, &o, &v, &err), MS_EINPUT);
    ms_design empty = {.p = 0};
    assert_int_equal(ms_cox_validate(&data, &empty, NULL, NULL, &v, &err), MS_EUSAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indexes_are_those_of_rms),
        cmocka_unit_test(threads_and_a_horizon_change_nothing_else),
        cmocka_unit_test(samples_that_cannot_be_fitted_are_counted),
        cmocka_unit_test(what_cannot_be_validated_is_refused),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
