/* Bootstrap of what the other estimators give: the values are theirs, and the standard errors agree with
 * theirs by formula as far as two estimates of one thing do (the leukaemia data of Miller 1981 are few: the
 * larger made-up sample is used for that). */
#include "survival/reference.h"

#include "myosurv/survival_compare.h"

enum { N = 400 };
static double time_[N], x[N];
static uint8_t event[N];
static size_t group[N];
static const ms_surv data = {.n = N, .time = time_, .event = event};

static int prepare(void **state) {
    (void)state;
    uint64_t seed = 5;
    for (size_t i = 0; i < N; i++) {
        group[i] = i % 2;
        x[i] = 2 * next_random(&seed) - 1 + 0.3 * (double)group[i];
        double death = -log(1 - next_random(&seed)) * exp(-0.9 * x[i]), lost = 3 * next_random(&seed);
        event[i] = death <= lost;
        time_[i] = death <= lost ? death : lost;
    }
    return 0;
}

static const ms_bootstrapped_row *row_of(const ms_bootstrapped *b, const char *name) {
    for (size_t k = 0; k < b->n_rows; k++)
        if (strcmp(b->rows[k].name, name) == 0) return &b->rows[k];
    fail_msg("no row '%s'", name);
    return NULL;
}

static void assert_near(const char *name, double ours, double other, double share) {
    if (!(fabs(ours - other) <= share * other)) fail_msg("%s: bootstrap %g, formula %g", name, ours, other);
}

static void values_and_errors_are_those_of_the_estimators(void **state) {
    (void)state;
    ms_error err = {0};
    ms_bootstrap_request r;
    ms_bootstrapped b = {0};
    ms_km km = {0};
    ms_km_options o;
    ms_concordance c;
    static const char *const names[] = {"a", "b"};
    ms_bootstrap_request_default(&r);
    r.group = group;
    r.n_groups = 2;
    r.group_names = names;
    r.risk = x;
    r.at = 1;
    r.until = 2;
    r.interval = MS_INTERVAL_BCA;
    assert_ok(ms_bootstrap_survival(&data, &r, &b, &err), &err);
    assert_true(b.n_rows == 12 && b.n == N);
    ms_km_options_default(&o);
    o.rmean_until = 2;
    assert_ok(ms_km_fit(&data, group, 2, &o, &km, &err), &err);
    assert_ok(ms_concordance_compute(&data, x, NULL, &c, &err), &err);
    assert_close("median", row_of(&b, "median, b")->value, km.curves[1].median, 1e-12);
    assert_close("difference", row_of(&b, "median, difference")->value,
                 km.curves[1].median - km.curves[0].median, 1e-12);
    assert_close("mean", row_of(&b, "mean up to 2, a")->value, km.curves[0].rmean, 1e-12);
    assert_near("se of mean", row_of(&b, "mean up to 2, a")->se, km.curves[0].rmean_se, 0.15);
    double surv, se;
    ms_km_at(&km.curves[0], 1, &surv, &se, NULL, NULL, NULL);
    assert_close("survival", row_of(&b, "survival at 1, a")->value, surv, 1e-12);
    assert_near("se of survival", row_of(&b, "survival at 1, a")->se, se, 0.15);
    assert_close("C", row_of(&b, "Harrell's C")->value, c.c, 1e-12);
    assert_near("se of C", row_of(&b, "Harrell's C")->se, c.se, 0.15);
    for (size_t k = 0; k < b.n_rows; k++)
        assert_true(b.rows[k].lower < b.rows[k].value && b.rows[k].value < b.rows[k].upper &&
                    !b.rows[k].failed);
    ms_km_clear(&km);
    ms_bootstrapped_clear(&b);
}

static void cox_coefficients_have_about_their_robust_error(void **state) {
    (void)state;
    ms_error err = {0};
    ms_bootstrap_request r;
    ms_bootstrapped b = {0};
    ms_cox cox = {0};
    ms_cox_options o;
    const char *const names[] = {"x"};
    ms_design design = {.p = 1, .x = x, .names = names};
    ms_cox_options_default(&o);
    o.robust = true;
    ms_bootstrap_request_default(&r);
    assert_ok(ms_bootstrap_cox(&data, &design, NULL, &r, &b, &err), &err);
    assert_ok(ms_cox_fit(&data, &design, &o, &cox, &err), &err);
    assert_close("coef", row_of(&b, "x")->value, cox.coef[0], 1e-9);
    assert_near("se", b.rows[0].se, cox.robust_se[0], 0.15);
    ms_cox_clear(&cox);
    ms_bootstrapped_clear(&b);
}

static void a_median_that_is_not_reached_is_counted(void **state) {
    (void)state;
    ms_error err = {0};
    ms_bootstrap_request r;
    ms_bootstrapped b = {0};
    static const double t[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t e[] = {1, 1, 0, 1, 1, 0, 0, 0};
    ms_surv few = {.n = 8, .time = t, .event = e};
    ms_bootstrap_request_default(&r);
    assert_ok(ms_bootstrap_survival(&few, &r, &b, &err), &err);
    assert_true(b.rows[0].failed > 100 && b.rows[0].failed < 900 && b.rows[1].failed == 0);
    ms_bootstrapped_clear(&b);
    few.weight = t;
    assert_int_equal(ms_bootstrap_survival(&few, &r, &b, &err), MS_EUSAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_errors_are_those_of_the_estimators),
        cmocka_unit_test(cox_coefficients_have_about_their_robust_error),
        cmocka_unit_test(a_median_that_is_not_reached_is_counted),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
