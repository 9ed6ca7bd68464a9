/* Strata: the stratified partial likelihood against R, against its parts and against differences. */
#include "golden/model/ovarian.h"
#include "golden/model/ovarian_strata.h"
#include "model/cohort.h"

enum { p = 3 };
static const size_t columns[p] = {0, 1, 3}; /* age, resid.ds, ecog.ps; the stratum is rx */

static void make_ovarian(double *x, size_t *strata) {
    for (size_t i = 0; i < ovarian_n; i++) {
        strata[i] = (size_t)ovarian_x[i * ovarian_p + 2];
        for (size_t j = 0; j < p; j++) x[i * p + j] = ovarian_x[i * ovarian_p + columns[j]];
    }
}

static void test_r_loglik(void **state) {
    (void)state;
    ms_cox_data cox;
    size_t strata[ovarian_n];
    double x[ovarian_n * p], risk[ovarian_n], gradient[ovarian_n], work[2 * ovarian_n];
    make_ovarian(x, strata);
    assert_int_equal(ms_cox_data_init_strata(&cox, ovarian_time, ovarian_event, strata, ovarian_n, NULL),
                     MS_OK);
    for (int ties = MS_TRAIN_EFRON; ties <= MS_TRAIN_BRESLOW; ties++)
        for (int fitted = 0; fitted < 2; fitted++) {
            for (size_t i = 0; i < ovarian_n; i++) {
                risk[i] = 0;
                for (size_t j = 0; fitted && j < p; j++) risk[i] += strata_coef[ties][j] * x[i * p + j];
            }
            const double loss = ms_cox_loss(&cox, (ms_train_ties)ties, risk, gradient, work);
            assert_close(-12 * loss, strata_loglik[ties][fitted], 1e-10);
            for (size_t j = 0; fitted && j < p; j++) { /* the score is 0 at the maximum */
                double score = 0;
                for (size_t i = 0; i < ovarian_n; i++) score += gradient[i] * x[i * p + j];
                assert_close(score, 0, 1e-9);
            }
        }
    ms_cox_data_clear(&cox);
}

/* A network without hidden layers is Cox regression with strata. */
static void test_network_is_cox_regression(void **state) {
    (void)state;
    static const char *const names[] = {"age_years", "resid_ds", "ecog_ps"};
    ms_train_config config;
    size_t strata[ovarian_n];
    double x[ovarian_n * p], at[(p + 1) * p], risk[p + 1];
    make_ovarian(x, strata);
    ms_train_config_default(&config);
    config.members = 1;
    config.validation = 0;
    config.clip = 0;
    config.network.hidden_auto = false;
    config.network.l2 = 0;
    config.network.optimizer = MS_OPT_SGD;
    config.network.nesterov = true;
    config.network.learning_rate = 0.5;
    config.network.lr_decay = 1;
    config.network.epochs = 3000;
    const ms_train_extra extra = {.strata = strata};
    for (int ties = MS_TRAIN_EFRON; ties <= MS_TRAIN_BRESLOW; ties++) {
        ms_model *model = NULL;
        config.ties = (ms_train_ties)ties;
        assert_int_equal(ms_model_train_more(x, ovarian_n, p, names, ovarian_time, ovarian_event, &config, 1,
                                             &extra, &model, NULL),
                         MS_OK);
        for (size_t i = 0; i < MS_COUNT(at); i++) at[i] = x[i % p] + (i / p == i % p + 1 ? 1 : 0);
        assert_int_equal(ms_model_predict(model, at, p + 1, p, risk, NULL), MS_OK);
        for (size_t j = 0; j < p; j++) assert_close(risk[j + 1] - risk[0], strata_coef[ties][j], 1e-8);
        ms_model_free(model);
    }
}

enum { n_rows = 60, n_strata = 3 };
typedef struct rows {
    double time[n_rows], risk[n_rows];
    uint8_t event[n_rows];
    size_t strata[n_rows];
} rows;

static void draw_rows(rows *r) {
    ms_random *random = ms_random_new(1, "strata");
    for (size_t i = 0; i < n_rows; i++) {
        r->time[i] = (double)ms_random_below(random, 9);
        r->event[i] = ms_random_uniform(random) < 0.6;
        r->risk[i] = ms_random_normal(random);
        r->strata[i] = 10 * ms_random_below(random, n_strata); /* numbers need not follow one another */
    }
    ms_random_free(random);
}

/* The strata one by one: loss, concordant and comparable pairs. */
static double sum_of_strata(const rows *r, ms_train_ties ties, double *c) {
    double loss = 0, events = 0, concordant = 0, pairs = 0;
    for (size_t s = 0; s < n_strata; s++) {
        rows part;
        double work[2 * n_rows], its_c, its_pairs;
        size_t n = 0;
        ms_cox_data cox;
        for (size_t i = 0; i < n_rows; i++) {
            if (r->strata[i] != 10 * s) continue;
            part.time[n] = r->time[i];
            part.event[n] = r->event[i];
            part.risk[n++] = r->risk[i];
        }
        assert_int_equal(ms_cox_data_init(&cox, part.time, part.event, n, NULL), MS_OK);
        loss += (double)cox.n_events * ms_cox_loss(&cox, ties, part.risk, NULL, work);
        events += (double)cox.n_events;
        assert_int_equal(ms_watch_concordance(&cox, part.risk, &its_c, &its_pairs, NULL), MS_OK);
        concordant += its_c * its_pairs;
        pairs += its_pairs;
        ms_cox_data_clear(&cox);
    }
    *c = concordant / pairs;
    return loss / events;
}

static void test_is_the_sum_of_its_strata(void **state) {
    (void)state;
    rows r;
    ms_cox_data cox;
    double work[2 * n_rows], gradient[n_rows], c, parts_c;
    draw_rows(&r);
    assert_int_equal(ms_cox_data_init_strata(&cox, r.time, r.event, r.strata, n_rows, NULL), MS_OK);
    for (int ties = MS_TRAIN_EFRON; ties <= MS_TRAIN_BRESLOW; ties++) {
        const double loss = ms_cox_loss(&cox, (ms_train_ties)ties, r.risk, gradient, work);
        assert_close(loss, sum_of_strata(&r, (ms_train_ties)ties, &parts_c), 1e-13);
        assert_int_equal(ms_watch_concordance(&cox, r.risk, &c, NULL, NULL), MS_OK);
        assert_close(c, parts_c, 1e-14);
        for (size_t i = 0; i < n_rows; i++) {
            const double f = r.risk[i];
            double slope[2];
            for (int k = 0; k < 2; k++) {
                const double h = k ? 5e-4 : 1e-3;
                r.risk[i] = f + h;
                const double up = sum_of_strata(&r, (ms_train_ties)ties, &parts_c);
                r.risk[i] = f - h;
                slope[k] = (up - sum_of_strata(&r, (ms_train_ties)ties, &parts_c)) / (2 * h);
            }
            r.risk[i] = f;
            assert_close(gradient[i], (4 * slope[1] - slope[0]) / 3, 1e-10);
        }
    }
    ms_cox_data_clear(&cox);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_r_loglik),
        cmocka_unit_test(test_network_is_cox_regression),
        cmocka_unit_test(test_is_the_sum_of_its_strata),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
