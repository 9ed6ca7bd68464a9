/* The partial likelihood: against R, against the formulas written out pair by pair, and against differences.
 */
#include "base/scratch.h"
#include "golden/model/ovarian.h"
#include "model/close.h"
#include "model/model.h"

#include <math.h>

/* Efron (1977) and Breslow (1974) straight from the formulas, n^2. */
static double plain_loss(const double *time, const uint8_t *event, const double *f, size_t n,
                         ms_train_ties ties) {
    double loss = 0, events = 0;
    for (size_t i = 0; i < n; i++) {
        bool first = event[i];
        for (size_t k = 0; k < i; k++)
            if (event[k] && time[k] == time[i]) first = false;
        events += event[i];
        if (!first) continue;
        double at_risk = 0, tied = 0, d = 0;
        for (size_t k = 0; k < n; k++) {
            if (time[k] >= time[i]) at_risk += exp(f[k]);
            if (!event[k] || time[k] != time[i]) continue;
            tied += exp(f[k]);
            loss -= f[k];
            d++;
        }
        for (double l = 0; l < d; l++) loss += log(at_risk - (ties == MS_TRAIN_EFRON ? l / d * tied : 0));
    }
    return loss / events;
}

enum { n_rows = 60 };
typedef struct cohort {
    double time[n_rows], risk[n_rows], work[2 * n_rows];
    uint8_t event[n_rows];
    ms_cox_data cox;
} cohort;

/* Times from few values: many ties, among events and between events and censored. */
static void make_cohort(cohort *c, uint64_t seed) {
    ms_random *random = ms_random_new(seed, "cohort");
    assert_non_null(random);
    for (size_t i = 0; i < n_rows; i++) {
        c->time[i] = (double)ms_random_below(random, 12);
        c->event[i] = ms_random_uniform(random) < 0.6;
        c->risk[i] = 2 * ms_random_normal(random);
    }
    ms_random_free(random);
    assert_int_equal(ms_cox_data_init(&c->cox, c->time, c->event, n_rows, NULL), MS_OK);
}

static void test_r_loglik(void **state) {
    (void)state;
    const double *loglik[] = {ovarian_loglik_efron, ovarian_loglik_breslow};
    const double *coef[] = {ovarian_coef_efron, ovarian_coef_breslow};
    ms_cox_data cox;
    double work[2 * ovarian_n], risk[ovarian_n];
    assert_int_equal(ms_cox_data_init(&cox, ovarian_time, ovarian_event, ovarian_n, NULL), MS_OK);
    assert_int_equal(cox.n_events, 12);
    for (int ties = MS_TRAIN_EFRON; ties <= MS_TRAIN_BRESLOW; ties++) {
        for (int fitted = 0; fitted < 2; fitted++) {
            for (size_t i = 0; i < ovarian_n; i++) {
                risk[i] = 0;
                for (size_t j = 0; fitted && j < ovarian_p; j++)
                    risk[i] += coef[ties][j] * ovarian_x[i * ovarian_p + j];
            }
            const double loss = ms_cox_loss(&cox, (ms_train_ties)ties, risk, NULL, work);
            assert_close(-12 * loss, loglik[ties][fitted], 1e-10);
        }
    }
    ms_cox_data_clear(&cox);
}

static void test_formula(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        cohort c;
        make_cohort(&c, seed);
        for (int ties = MS_TRAIN_EFRON; ties <= MS_TRAIN_BRESLOW; ties++) {
            const double plain = plain_loss(c.time, c.event, c.risk, n_rows, (ms_train_ties)ties);
            assert_close(ms_cox_loss(&c.cox, (ms_train_ties)ties, c.risk, NULL, c.work), plain, 1e-12);
        }
        ms_cox_data_clear(&c.cox);
    }
}

/* Richardson's extrapolation of central differences: error of the order h^4. */
static double derivative(cohort *c, size_t i, ms_train_ties ties) {
    double slope[2];
    const double f = c->risk[i];
    for (int k = 0; k < 2; k++) {
        const double h = k ? 5e-4 : 1e-3;
        c->risk[i] = f + h;
        const double up = plain_loss(c->time, c->event, c->risk, n_rows, ties);
        c->risk[i] = f - h;
        slope[k] = (up - plain_loss(c->time, c->event, c->risk, n_rows, ties)) / (2 * h);
    }
    c->risk[i] = f;
    return (4 * slope[1] - slope[0]) / 3;
}

static void test_gradient(void **state) {
    (void)state;
    cohort c;
    double gradient[n_rows];
    make_cohort(&c, 11);
    for (int ties = MS_TRAIN_EFRON; ties <= MS_TRAIN_BRESLOW; ties++) {
        double sum = 0;
        (void)ms_cox_loss(&c.cox, (ms_train_ties)ties, c.risk, gradient, c.work);
        for (size_t i = 0; i < n_rows; i++) {
            assert_close(gradient[i], derivative(&c, i, (ms_train_ties)ties), 1e-10);
            sum += gradient[i];
        }
        assert_close(sum, 0, 1e-13); /* a constant added to every risk changes nothing */
    }
    ms_cox_data_clear(&c.cox);
}

/* exp(800) overflows; the likelihood does not. */
static void test_large_risks(void **state) {
    (void)state;
    cohort c;
    double gradient[n_rows], small[n_rows];
    make_cohort(&c, 12);
    const double loss = ms_cox_loss(&c.cox, MS_TRAIN_EFRON, c.risk, small, c.work);
    for (size_t i = 0; i < n_rows; i++) c.risk[i] += 1000;
    assert_close(ms_cox_loss(&c.cox, MS_TRAIN_EFRON, c.risk, gradient, c.work), loss, 1e-12);
    for (size_t i = 0; i < n_rows; i++) assert_close(gradient[i], small[i], 1e-11);
    for (size_t i = 0; i < n_rows; i++) c.risk[i] = 500 * (c.risk[i] - 1000);
    assert_true(isfinite(ms_cox_loss(&c.cox, MS_TRAIN_EFRON, c.risk, gradient, c.work)));
    for (size_t i = 0; i < n_rows; i++) assert_true(isfinite(gradient[i]));
    ms_cox_data_clear(&c.cox);
}

static void test_ties_differ_only_with_ties(void **state) {
    (void)state;
    cohort c;
    make_cohort(&c, 13);
    assert_true(ms_cox_loss(&c.cox, MS_TRAIN_EFRON, c.risk, NULL, c.work) <
                ms_cox_loss(&c.cox, MS_TRAIN_BRESLOW, c.risk, NULL, c.work));
    ms_cox_data_clear(&c.cox);
    for (size_t i = 0; i < n_rows; i++) c.time[i] = (double)(i * 7 % n_rows);
    assert_int_equal(ms_cox_data_init(&c.cox, c.time, c.event, n_rows, NULL), MS_OK);
    assert_close(ms_cox_loss(&c.cox, MS_TRAIN_EFRON, c.risk, NULL, c.work),
                 ms_cox_loss(&c.cox, MS_TRAIN_BRESLOW, c.risk, NULL, c.work), 1e-15);
    ms_cox_data_clear(&c.cox);
}

/* R: basehaz(coxph(..., ties = "breslow")). */
static void test_r_baseline(void **state) {
    (void)state;
    ms_cox_data cox;
    double *times, *hazard;
    size_t n, k = 0;
    assert_int_equal(ms_cox_data_init(&cox, ovarian_time, ovarian_event, ovarian_n, NULL), MS_OK);
    assert_int_equal(ms_cox_baseline(&cox, ovarian_lp_breslow, &times, &hazard, &n, NULL), MS_OK);
    for (size_t i = 0; i < MS_COUNT(ovarian_base_time); i++) {
        while (k + 1 < n && times[k + 1] <= ovarian_base_time[i]) k++;
        assert_close(hazard[k], ovarian_base_hazard[i], 1e-12);
    }
    assert_int_equal(n, 9); /* distinct event times */
    free(times);
    free(hazard);
    ms_cox_data_clear(&cox);
}

/* R's concordance(), and Harrell's definition pair by pair. */
static void test_concordance(void **state) {
    (void)state;
    ms_cox_data cox;
    cohort c;
    double value, pairs;
    assert_int_equal(ms_cox_data_init(&cox, ovarian_time, ovarian_event, ovarian_n, NULL), MS_OK);
    assert_int_equal(ms_watch_concordance(&cox, ovarian_lp_breslow, &value, NULL, NULL), MS_OK);
    assert_close(value, ovarian_c_breslow, 1e-14);
    ms_cox_data_clear(&cox);
    make_cohort(&c, 14);
    double good = 0, all = 0;
    for (size_t i = 0; i < n_rows; i++) c.risk[i] = round(c.risk[i]); /* ties in risk */
    for (size_t i = 0; i < n_rows; i++)
        for (size_t k = 0; k < n_rows; k++) {
            const bool later = c.time[k] > c.time[i] || (c.time[k] == c.time[i] && !c.event[k]);
            if (!c.event[i] || !later) continue;
            all++;
            good += c.risk[i] > c.risk[k] ? 1 : c.risk[i] == c.risk[k] ? 0.5 : 0;
        }
    assert_int_equal(ms_watch_concordance(&c.cox, c.risk, &value, &pairs, NULL), MS_OK);
    assert_close(pairs, all, 0);
    assert_close(value, good / all, 1e-15);
    ms_cox_data_clear(&c.cox);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_r_loglik),    cmocka_unit_test(test_formula),
        cmocka_unit_test(test_gradient),    cmocka_unit_test(test_large_risks),
        cmocka_unit_test(test_r_baseline),  cmocka_unit_test(test_ties_differ_only_with_ties),
        cmocka_unit_test(test_concordance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
