/* Turnbull's estimate against a published one, R's, and Kaplan-Meier where they must agree. */
#include "survival/reference.h"

#include "myosurv/survival_curves.h"

#define INF INFINITY

/* Breast retraction after radiotherapy (Beadle et al. 1984), months: Finkelstein & Wolfe 1985, table 1. */
static const double cosmesis[][2] = {
    {45, INF}, {6, 10},   {0, 7},    {46, INF}, {46, INF}, {7, 16},   {17, INF}, {7, 14},
    {37, 44},  {0, 8},    {4, 11},   {15, INF}, {11, 15},  {22, INF}, {46, INF}, {46, INF},
    {25, 37},  {46, INF}, {26, 40},  {46, INF}, {27, 34},  {36, 44},  {46, INF}, {36, 48},
    {37, INF}, {40, INF}, {17, 25},  {46, INF}, {11, 18},  {38, INF}, {5, 12},   {37, INF},
    {0, 5},    {18, INF}, {24, INF}, {36, INF}, {5, 11},   {19, 35},  {17, 25},  {24, INF},
    {32, INF}, {33, INF}, {19, 26},  {37, INF}, {34, INF}, {36, INF}};

/* Its estimate as printed by R's interval::icfit (Fay & Shaw 2010, J Stat Softw 36(2), section 4), four
 * decimals. */
static void breast_cosmesis(void **state) {
    (void)state;
    static const double expected[][3] = {{4, 5, 0.0463},   {6, 7, 0.0334},   {7, 8, 0.0887},
                                         {11, 12, 0.0708}, {24, 25, 0.0926}, {33, 34, 0.0818},
                                         {38, 40, 0.1209}, {46, 48, 0.4656}};
    double left[46], right[46];
    ms_turnbull t = {0};
    ms_error err = {0};
    for (size_t i = 0; i < 46; i++) {
        left[i] = cosmesis[i][0];
        right[i] = cosmesis[i][1];
    }
    assert_ok(ms_turnbull_fit(left, right, NULL, 46, MS_CONF_LOG, 0.95, &t, &err), &err);
    assert_true(t.converged);
    size_t found = 0;
    double total = 0;
    for (size_t j = 0; j < t.n_intervals; j++) {
        total += t.mass[j];
        if (t.mass[j] < 1e-7) continue;
        assert_true(found < MS_COUNT(expected));
        assert_close("from", t.from[j], expected[found][0], 0);
        assert_close("to", t.to[j], expected[found][1], 0);
        assert_close("mass", t.mass[j], expected[found][2], 2e-3);
        found++;
    }
    assert_int_equal(found, MS_COUNT(expected));
    assert_close("total", total, 1, 1e-12);
    ms_turnbull_clear(&t);
}

/* With exact and right-censored times it is Kaplan-Meier with Greenwood's errors. */
static void right_censored_is_kaplan_meier(void **state) {
    (void)state;
    double time[60], left[60], right[60];
    uint8_t event[60];
    uint64_t seed = 11;
    for (size_t i = 0; i < 60; i++) {
        time[i] = left[i] = floor(1 + 20 * next_random(&seed));
        event[i] = next_random(&seed) < 0.6;
        right[i] = event[i] ? left[i] : INF;
    }
    ms_surv data = {.n = 60, .time = time, .event = event};
    ms_km km = {0};
    ms_turnbull t = {0};
    ms_error err = {0};
    assert_ok(ms_km_fit(&data, NULL, 1, NULL, &km, &err), &err);
    assert_ok(ms_turnbull_fit(left, right, NULL, 60, MS_CONF_LOG, 0.95, &t, &err), &err);
    for (size_t j = 0; j < t.n_intervals; j++) {
        double surv, se, lower, upper;
        if (!isfinite(t.to[j])) continue;
        ms_km_at(km.curves, t.to[j], &surv, &se, &lower, &upper, NULL);
        assert_close("surv", t.surv[j], surv, 1e-10);
        assert_close("std_err", t.std_err[j], se, 1e-8);
        assert_close("lower", t.lower[j], lower, 1e-8);
    }
    ms_turnbull_clear(&t);
    ms_km_clear(&km);
}

/* A weight of 2 is the row twice; grouping changes nothing. */
static void weights_repeat_rows(void **state) {
    (void)state;
    const double left[] = {0, 2, 1, 4}, right[] = {3, 5, 1, INF}, weight[] = {1, 2, 1, 1};
    const double left2[] = {0, 2, 2, 1, 4}, right2[] = {3, 5, 5, 1, INF};
    ms_turnbull a = {0}, b = {0};
    ms_error err = {0};
    assert_ok(ms_turnbull_fit(left, right, weight, 4, MS_CONF_LOG, 0.95, &a, &err), &err);
    assert_ok(ms_turnbull_fit(left2, right2, NULL, 5, MS_CONF_LOG, 0.95, &b, &err), &err);
    assert_int_equal(a.n_intervals, b.n_intervals);
    for (size_t j = 0; j < a.n_intervals; j++) assert_close("mass", a.mass[j], b.mass[j], 1e-9);
    ms_turnbull_clear(&a);
    ms_turnbull_clear(&b);
    const double wrong[] = {3, 6, 1, 4};
    assert_int_equal(ms_turnbull_fit(wrong, right, NULL, 4, MS_CONF_LOG, 0.95, &a, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "row 2"));
}

/* Tobin's durable goods (Tobin 1958; R: survival::tobin), left-censored at 0: survival in km_special. */
static void left_censored_as_r(void **state) {
    (void)state;
    static const double durable[] = {0, 0.7, 0, 0, 0, 0, 0, 3.7, 0, 3, 10.4, 0, 0, 0, 1.5, 0, 0, 3.5, 6.1, 0};
    cJSON *root = read_reference("km_special");
    const cJSON *surv = member(member(root, "lagakos_style_left"), "surv");
    double left[20], right[20];
    ms_turnbull t = {0};
    ms_error err = {0};
    for (size_t i = 0; i < 20; i++) {
        right[i] = durable[i];
        left[i] = durable[i] > 0 ? durable[i] : -1;
    }
    assert_ok(ms_turnbull_fit(left, right, NULL, 20, MS_CONF_LOG, 0.95, &t, &err), &err);
    assert_int_equal(t.n_intervals, cJSON_GetArraySize(surv));
    for (size_t j = 0; j < t.n_intervals; j++)
        assert_close("surv", t.surv[j], number_of(cJSON_GetArrayItem(surv, (int)j)), TOLERANCE);
    /* binomial, since all is known at 0: R's 0.1022 counts a 21st row */
    assert_close("std_err", t.std_err[0], sqrt(0.35 * 0.65 / 20), 1e-10);
    ms_turnbull_clear(&t);
    cJSON_Delete(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breast_cosmesis),
        cmocka_unit_test(right_censored_is_kaplan_meier),
        cmocka_unit_test(weights_repeat_rows),
        cmocka_unit_test(left_censored_as_r),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
