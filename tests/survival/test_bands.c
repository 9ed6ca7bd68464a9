/* Critical values of simultaneous bands, and the bands. */
#include "survival/reference.h"

#include "myosurv/survival_curves.h"

/* On the whole of [0, 1] this is Kolmogorov's distribution: 1 - 2 sum (-1)^(j+1) exp(-2 j^2 k^2); 0.95
 * at 1.3581. */
static void whole_bridge_is_kolmogorov(void **state) {
    (void)state;
    for (double k = 0.4; k < 2.2; k += 0.3) {
        double sum = 1;
        for (int j = 1; j < 60; j++) sum -= 2 * (j % 2 ? 1 : -1) * exp(-2.0 * j * j * k * k);
        assert_close("Kolmogorov", ms_bridge_within(k, 0, 1), sum, 1e-9);
    }
    assert_close("0.95", ms_bridge_within(1.3581015, 0, 1), 0.95, 1e-6);
}

/* Published 95 % critical values over [0, a]: Hall & Wellner 1980, table 1 (three decimals are certain). */
static void hall_wellner_table(void **state) {
    (void)state;
    static const struct { double a, k; } rows[] = {{0.1, 0.6825}, {0.5, 1.2731}, {0.9, 1.3581}};
    for (size_t i = 0; i < MS_COUNT(rows); i++)
        assert_close("P", ms_bridge_within(rows[i].k, 0, rows[i].a), 0.95, 1e-4);
}

/* Both processes by simulation of the bridge on a fine grid would be too coarse to check 1e-3; instead: a
 * bridge cut at one point only (a = b) is a normal variable, and a wider stretch can only lower the
 * probability. */
static void limits_and_order(void **state) {
    (void)state;
    double one = ms_bridge_within_scaled(1.959963984540054, 0.3, 0.3);
    assert_close("one point", one, 0.95, 1e-9);
    assert_close("nearly one point", ms_bridge_within(1.959963984540054 * sqrt(0.3 * 0.7), 0.3, 0.3000001),
                 0.95, 1e-2);
    double last = 1;
    for (double b = 0.2; b < 0.999; b += 0.1) {
        double p = ms_bridge_within(1.2, 0.1, b);
        assert_true(p < last);
        last = p;
    }
    last = 1;
    for (double b = 0.2; b < 0.999; b += 0.1) {
        double p = ms_bridge_within_scaled(2.8, 0.1, b);
        assert_true(p < last);
        last = p;
    }
    /* Nair 1984, equation 3.3, good for large c: 1 - P ~ 4 phi(c) / c + phi(c) (c - 1 / c) log(b (1 - a) / (a
     * (1 - b))) */
    double c = 4.5, phi = exp(-c * c / 2) / sqrt(2 * acos(-1.0));
    double tail = 4 * phi / c + phi * (c - 1 / c) * log(0.9 * 0.9 / (0.1 * 0.1));
    assert_close("Nair's tail", (1 - ms_bridge_within_scaled(c, 0.1, 0.9)) / tail, 1, 5e-3);
    /* the scaled bridge is below c where the bridge is below c times the least scale, and above it the other
     * way */
    assert_true(ms_bridge_within_scaled(3, 0.2, 0.8) > ms_bridge_within(3 * sqrt(0.2 * 0.8), 0.2, 0.8));
    assert_true(ms_bridge_within_scaled(3, 0.2, 0.8) < ms_bridge_within(3 * 0.5, 0.2, 0.8));
    assert_true(isnan(ms_bridge_within_scaled(3, 0, 0.8)));
}

static double aml_time[] = {9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5,
                            5, 8,  8,  12, 16, 23, 27, 30, 33, 43, 45};
static uint8_t aml_event[] = {1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1};
static const ms_surv aml = {.n = 23, .time = aml_time, .event = aml_event};

/* A band is wider than the pointwise interval; equal precision is that interval with another factor; the
 * plain Hall-Wellner band is written out. */
static void bands_of_aml(void **state) {
    (void)state;
    ms_km km = {0};
    ms_km_band hw = {0}, ep = {0};
    ms_km_options options;
    ms_error err = {0};
    ms_km_options_default(&options);
    options.conf_type = MS_CONF_LOG_LOG;
    assert_ok(ms_km_fit(&aml, NULL, 1, &options, &km, &err), &err);
    const ms_km_curve *c = km.curves;
    assert_ok(ms_km_band_compute(c, MS_BAND_HALL_WELLNER, MS_CONF_PLAIN, 0.95, NAN, NAN, &hw, &err), &err);
    assert_ok(ms_km_band_compute(c, MS_BAND_EQUAL_PRECISION, MS_CONF_LOG_LOG, 0.95, NAN, NAN, &ep, &err),
              &err);
    assert_close("from", hw.from, 5, 0);
    assert_close("to", hw.to, 48, 0);
    assert_close("level", ms_bridge_within(hw.critical, hw.a_lower, hw.a_upper), 0.95, 1e-8);
    assert_close("level", ms_bridge_within_scaled(ep.critical, ep.a_lower, ep.a_upper), 0.95, 1e-8);
    assert_close("a at the first event, 2 of 23", hw.a_lower,
                 23 * 2.0 / (23 * 21) / (1 + 23 * 2.0 / (23 * 21)), 1e-12);
    for (size_t k = 0; k < c->n_times; k++) {
        if (c->time[k] > 48) {
            assert_true(isnan(hw.lower[k]) && isnan(ep.upper[k]));
            continue;
        }
        double s2 = pow(c->std_err[k] / c->surv[k], 2),
               half = hw.critical * (1 + 23 * s2) / sqrt(23.0) * c->surv[k];
        assert_close("Hall-Wellner", hw.lower[k], fmax(0, c->surv[k] - half), 1e-12);
        assert_close("Hall-Wellner", hw.upper[k], fmin(1, c->surv[k] + half), 1e-12);
        assert_true(ep.lower[k] < c->lower[k] && ep.upper[k] > c->upper[k]);
        double factor = log(-log(ep.lower[k])) - log(-log(c->surv[k]));
        assert_close("equal precision", factor / (log(-log(c->lower[k])) - log(-log(c->surv[k]))),
                     ep.critical / 1.959963984540054, 1e-9);
    }
    ms_km_band_clear(&hw);
    assert_int_equal(ms_km_band_compute(c, MS_BAND_HALL_WELLNER, MS_CONF_PLAIN, 0.95, 40, 100, &hw, &err),
                     MS_OK);
    ms_km_band_clear(&hw);
    assert_int_equal(ms_km_band_compute(c, MS_BAND_HALL_WELLNER, MS_CONF_PLAIN, 0.95, 0, 4, &hw, &err),
                     MS_EINPUT);
    assert_int_equal(ms_km_band_compute(c, MS_BAND_HALL_WELLNER, MS_CONF_PLAIN, 95, NAN, NAN, &hw, &err),
                     MS_EUSAGE);
    ms_km_band_clear(&ep);
    ms_km_clear(&km);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_bridge_is_kolmogorov),
        cmocka_unit_test(hall_wellner_table),
        cmocka_unit_test(limits_and_order),
        cmocka_unit_test(bands_of_aml),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
