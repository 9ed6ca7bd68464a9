/* Intraclass correlations and false discovery rates.
 *
 * The first table is Shrout & Fleiss' (Psychol Bull 1979;86:420, table 2); their table 4 gives .17, .29, .71.
 * The digits beyond, the intervals and the second table are from R 4.2's aov and qf with McGraw & Wong's
 * formulas written out, to 1e-12 of a value. q values: R's p.adjust. */
#include "reference.h"

#include "myosurv/survival_tables.h"

static const double shrout_fleiss[24] = {9, 2, 5, 8, 6,  1, 3, 2, 8, 4, 6, 8,
                                         7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7};

static ms_icc icc_of(const double *x, size_t n, size_t k, ms_icc_kind kind, double level) {
    ms_icc icc;
    ms_error err = {0};
    assert_ok(ms_icc_compute(x, n, k, kind, level, &icc, &err), &err);
    return icc;
}

static void check(ms_icc ours, double icc, double lower, double upper, double f, double p) {
    assert_close("icc", ours.icc, icc, 1e-12);
    assert_close("lower", ours.lower, lower, 1e-12);
    assert_close("upper", ours.upper, upper, 1e-12);
    assert_close("F", ours.f, f, 1e-12);
    assert_close("p", ours.p, p, 1e-12);
}

static void shrout_and_fleiss(void **state) {
    (void)state;
    check(icc_of(shrout_fleiss, 6, 4, MS_ICC_1, 0.95), 0.165741768405475, -0.132932324874751,
          0.722560062328121, 1.794678492239466, 0.164768808344640);
    check(icc_of(shrout_fleiss, 6, 4, MS_ICC_2, 0.95), 2.89763779527559e-01, 1.87865133747120e-02,
          7.61084369648953e-01, 1.10272479564033e+01, 1.34566516484338e-04);
    check(icc_of(shrout_fleiss, 6, 4, MS_ICC_3, 0.95), 0.714840714840715, 0.342464765033925,
          0.945858259955359, 1.10272479564033e+01, 1.34566516484338e-04);
}

static void make(double x[36]) {
    for (size_t i = 0; i < 12; i++)
        for (size_t j = 0; j < 3; j++)
            x[i * 3 + j] = 100 + (double)((i + 1) * 7 % 13) * 3 + (double)(j + 1) * 1.5 +
                           (double)(((i + 1) * 5 + (j + 1) * 3) % 7) * 0.25;
}

static void a_good_measurement(void **state) {
    double x[36];
    (void)state;
    make(x);
    check(icc_of(x, 12, 3, MS_ICC_1, 0.9), 9.77901294391881e-01, 9.51884637997446e-01, 9.91452068758290e-01,
          1.33754557447828e+02, 9.33437533132747e-19);
    check(icc_of(x, 12, 3, MS_ICC_2, 0.9), 9.78041657120133e-01, 7.96861493164162e-01, 9.94006464476397e-01,
          1.01156054421768e+03, 4.35110861308288e-27);
    check(icc_of(x, 12, 3, MS_ICC_3, 0.9), 0.997040137348366, 0.993331655774098, 0.998871538342448,
          1.01156054421768e+03, 4.35110861308288e-27);
}

/* A large mean must not eat digits: HU^2 features have means of 1e6 with a spread of 1. */
static void large_means(void **state) {
    double x[36], y[36];
    (void)state;
    make(x);
    for (size_t i = 0; i < 36; i++) y[i] = x[i] + 1e9;
    for (int kind = MS_ICC_1; kind <= MS_ICC_3; kind++) {
        const ms_icc a = icc_of(x, 12, 3, (ms_icc_kind)kind, 0.95);
        const ms_icc b = icc_of(y, 12, 3, (ms_icc_kind)kind, 0.95);
        assert_close("icc", b.icc, a.icc, 1e-7);
        assert_close("lower", b.lower, a.lower, 1e-7);
    }
}

static void limits(void **state) {
    double x[36], gaps[36];
    ms_icc icc;
    ms_error err = {0};
    (void)state;
    make(x);
    for (size_t i = 0; i < 36; i++) gaps[i] = x[i / 3 * 3] * 0.1;
    for (int kind = MS_ICC_1; kind <= MS_ICC_3; kind++) { /* raters agree exactly */
        icc = icc_of(gaps, 12, 3, (ms_icc_kind)kind, 0.95);
        assert_true(icc.icc == 1 && icc.lower == 1 && icc.upper == 1);
    }
    for (size_t i = 0; i < 36; i++) gaps[i] = 4;
    assert_true(isnan(icc_of(gaps, 12, 3, MS_ICC_1, 0.95).icc)); /* nothing varies */
    for (size_t i = 0; i < 36; i++) gaps[i] = (double)(i / 3) + 10 * (double)(i % 3);
    icc = icc_of(gaps, 12, 3, MS_ICC_3, 0.95); /* raters differ by constants: consistent, not in agreement */
    assert_true(icc.icc == 1 && icc.lower == 1 && icc.upper == 1);
    icc = icc_of(gaps, 12, 3, MS_ICC_2, 0.95);
    assert_true(icc.icc < 0.2 && icc.lower < icc.icc && icc.upper > icc.icc);
    memcpy(gaps, x, sizeof x);
    gaps[4] = (double)NAN; /* a subject with a gap is left out */
    icc = icc_of(gaps, 12, 3, MS_ICC_1, 0.95);
    assert_int_equal(icc.subjects, 11);
    memmove(gaps + 3, gaps + 6, 30 * sizeof *gaps);
    assert_close("left out", icc.icc, icc_of(gaps, 11, 3, MS_ICC_1, 0.95).icc, 1e-15);
    assert_true(isnan(icc_of(x, 1, 3, MS_ICC_1, 0.95).icc));
    assert_int_equal(ms_icc_compute(x, 12, 1, MS_ICC_1, 0.95, &icc, &err), MS_EUSAGE);
    assert_int_equal(ms_icc_compute(x, 12, 3, MS_ICC_1, 1, &icc, &err), MS_EUSAGE);
}

/* Satterthwaite's degrees of freedom can be below 1, where GSL has no quantile: R's qf with the formula
 * written out, as above. */
static void few_degrees_of_freedom(void **state) {
    static const double x[6] = {1, 9, 2, 8, 3, 3.5};
    (void)state;
    const ms_icc icc = icc_of(x, 3, 2, MS_ICC_2, 0.95);
    assert_close("icc", icc.icc, -0.197014925373134, 1e-11);
    assert_close("lower", icc.lower, -0.291465378421900, 1e-9);
    assert_close("upper", icc.upper, 0.636019696399244, 1e-9);
}

static void benjamini_hochberg(void **state) {
    static const double p[] = {.01, .04, .03, .5, .005, NAN, .04};
    static const double expected[] = {.03, .048, .048, .5, .03, NAN, .048};
    double q[7];
    ms_error err = {0};
    (void)state;
    assert_ok(ms_fdr_adjust(p, 7, q, &err), &err);
    for (size_t i = 0; i < 7; i++) assert_close("q", q[i], expected[i], 1e-14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shrout_and_fleiss),
        cmocka_unit_test(a_good_measurement),
        cmocka_unit_test(large_means),
        cmocka_unit_test(limits),
        cmocka_unit_test(few_degrees_of_freedom),
        cmocka_unit_test(benjamini_hochberg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
