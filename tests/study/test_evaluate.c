/* Rivals and evaluation. Golden numbers from R (tests/golden/study/make_evaluate.R: prcomp, coxph, survfit,
 * concordance, survdiff, riskRegression::Score), tolerance 1e-9 of the larger of the number and 1. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "myosurv/study_evaluate.h"
#include "study/rivals.h"

static ms_error error_;
#define assert_ok(call)                                                                                      \
    do {                                                                                                     \
        if ((call) != MS_OK) fail_msg("%s", error_.message);                                                 \
    } while (0)

static double golden(const char *name) {
    static ms_table *table;
    size_t column;
    double value = NAN;
    if (!table) assert_ok(ms_table_read(&table, MS_TEST_GOLDEN_DIR "/study/evaluate_golden.csv", &error_));
    if (!name) {
        ms_table_free(table);
        return 0;
    }
    assert_true(ms_table_find(table, "value", &column));
    for (size_t i = 0; i < ms_table_rows(table); i++)
        if (strcmp(ms_table_cell(table, i, 0), name) == 0)
            assert_ok(ms_table_number(table, i, column, &value, &error_));
    assert_true(!isnan(value));
    return value;
}

static void assert_golden(double value, const char *name) {
    const double wanted = golden(name);
    if (!(fabs(value - wanted) <= 1e-9 * fmax(1, fabs(wanted))))
        fail_msg("%s is %.15g, in R %.15g", name, value, wanted);
}

/* The rows of evaluate.csv: 90 for training, 70 to be judged. */
static ms_dataset_store train_, test_;

static int read_data(void **state) {
    ms_table *table = NULL;
    ms_dataset_store all = {0};
    size_t rows[160];
    (void)state;
    assert_ok(ms_table_read(&table, MS_TEST_GOLDEN_DIR "/study/evaluate.csv", &error_));
    assert_ok(ms_dataset_read(table, "time", "event", "f*", &all, &error_));
    for (size_t i = 0; i < 160; i++) rows[i] = i;
    assert_int_equal(all.view.p, 8);
    assert_ok(ms_dataset_take(&all.view, rows, 90, NULL, 0, &train_, &error_));
    assert_ok(ms_dataset_take(&all.view, rows + 90, 70, NULL, 0, &test_, &error_));
    ms_dataset_clear(&all);
    ms_table_free(table);
    return 0;
}

static int clear_data(void **state) {
    (void)state;
    ms_dataset_clear(&train_);
    ms_dataset_clear(&test_);
    (void)golden(NULL);
    return 0;
}

static ms_rival *pca_of_three(void) {
    ms_rival_options o;
    ms_rival *rival = NULL;
    ms_rival_options_default(&o);
    o.components = 3;
    assert_ok(ms_rival_fit(MS_RIVAL_PCA, &train_.view, &o, &rival, &error_));
    return rival;
}

/* ---- rivals ---- */

static void components_are_prcomp_s(void **state) {
    double variance[3], load[3 * 8];
    size_t k = 3;
    ms_rival_options o;
    ms_rival_scale scale;
    double *z = ms_calloc(90 * 8, sizeof *z);
    (void)state;
    ms_rival_options_default(&o);
    assert_ok(ms_rival_scale_fit(&train_.view, &o, &scale, &error_));
    ms_rival_scale_apply(&scale, train_.view.x, 90, z);
    assert_ok(ms_components(z, 90, 8, &k, variance, load, &error_));
    assert_int_equal(k, 3);
    assert_golden(variance[0], "variance_1");
    assert_golden(variance[1], "variance_2");
    assert_golden(variance[2], "variance_3");
    ms_rival_scale_clear(&scale);
    free(z);
}

/* The eigenvectors of XX' (more columns than rows) give the same components as those of X'X. */
static void both_ways_give_the_same_components(void **state) {
    enum { N = 7, P = 12 };
    double z[N * P], v1[3], v2[3], load1[3 * P], load2[3 * P];
    size_t k1 = 3, k2 = 3;
    ms_random *random = ms_random_new(3, "components");
    (void)state;
    for (size_t i = 0; i < N * P; i++) z[i] = ms_random_normal(random);
    for (size_t j = 0; j < P; j++) {
        double sum = 0;
        for (size_t i = 0; i < N; i++) sum += z[i * P + j];
        for (size_t i = 0; i < N; i++) z[i * P + j] -= sum / N;
    }
    /* rows of zeros do not change X'X, but make the matrix higher than wide; variances have n - 1 */
    enum { TALL = 20 };
    double tall[TALL * P] = {0};
    memcpy(tall, z, sizeof z);
    assert_ok(ms_components(z, N, P, &k1, v1, load1, &error_));
    assert_ok(ms_components(tall, TALL, P, &k2, v2, load2, &error_));
    for (size_t c = 0; c < 3; c++) {
        assert_true(fabs(v1[c] * (N - 1) - v2[c] * (TALL - 1)) < 1e-9);
        for (size_t j = 0; j < P; j++) assert_true(fabs(load1[j * 3 + c] - load2[j * 3 + c]) < 1e-8);
    }
    ms_random_free(random);
}

static void pca_cox_is_coxph_on_prcomp(void **state) {
    double risk[70], p[70];
    const double at = 365;
    ms_rival *rival = pca_of_three();
    (void)state;
    assert_ok(ms_rival_predict(rival, test_.view.x, 70, 8, risk, &error_));
    ms_rival_probability(rival, risk, 70, &at, 1, p);
    assert_golden(risk[0], "pca_risk_1");
    assert_golden(risk[9], "pca_risk_10");
    assert_golden(risk[69], "pca_risk_70");
    assert_golden(p[0], "pca_event_by_365_1");
    assert_golden(p[9], "pca_event_by_365_10");
    assert_golden(p[69], "pca_event_by_365_70");
    assert_golden(ms_rival_cutpoint(rival), "pca_cutpoint");
    ms_rival_free(rival);
}

static void plain_cox_is_coxph(void **state) {
    const size_t columns[] = {0, 1};
    size_t rows[90];
    double risk[70];
    ms_dataset_store two_train, two_test;
    ms_rival_options o;
    ms_rival *rival = NULL;
    (void)state;
    for (size_t i = 0; i < 90; i++) rows[i] = i;
    ms_rival_options_default(&o);
    assert_ok(ms_dataset_take(&train_.view, rows, 90, columns, 2, &two_train, &error_));
    assert_ok(ms_dataset_take(&test_.view, rows, 70, columns, 2, &two_test, &error_));
    assert_ok(ms_rival_fit(MS_RIVAL_COX, &two_train.view, &o, &rival, &error_));
    assert_ok(ms_rival_predict(rival, two_test.view.x, 70, 2, risk, &error_));
    assert_golden(risk[0], "cox_risk_1");
    ms_rival_free(rival);
    ms_dataset_clear(&two_train);
    ms_dataset_clear(&two_test);
}

/* New patients' values never change what is predicted for others, and a missing value is the training median.
 */
static void rivals_hold_what_training_taught(void **state) {
    ms_rival_options o;
    double whole[70], one, x[8];
    (void)state;
    ms_rival_options_default(&o);
    for (int kind = MS_RIVAL_PCA; kind < MS_N_RIVALS; kind++) {
        ms_rival *rival = NULL;
        assert_ok(ms_rival_fit((ms_rival_kind)kind, &train_.view, &o, &rival, &error_));
        assert_ok(ms_rival_predict(rival, test_.view.x, 70, 8, whole, &error_));
        assert_ok(ms_rival_predict(rival, test_.view.x + 5 * 8, 1, 8, &one, &error_));
        assert_true(one == whole[5]);
        for (size_t j = 0; j < 8; j++) x[j] = NAN;
        assert_ok(ms_rival_predict(rival, x, 1, 8, &one, &error_));
        assert_true(isfinite(one));
        ms_rival_free(rival);
    }
}

static void rivals_refuse_what_cannot_be_fitted(void **state) {
    const uint8_t none[90] = {0};
    double same[90 * 8] = {0};
    ms_rival_options o;
    ms_rival *rival = NULL;
    ms_dataset d = train_.view;
    (void)state;
    ms_rival_options_default(&o);
    d.event = none;
    for (int kind = MS_RIVAL_PCA; kind < MS_N_RIVALS; kind++)
        assert_int_equal(ms_rival_fit((ms_rival_kind)kind, &d, &o, &rival, &error_), MS_EINPUT);
    d = train_.view;
    d.x = same;
    assert_int_equal(ms_rival_fit(MS_RIVAL_NET, &d, &o, &rival, &error_), MS_EINPUT);
    assert_non_null(strstr(error_.message, "constant"));
}

/* ---- evaluation ---- */

typedef struct judged {
    double risk[70], p[2 * 70], other[70];
    uint8_t high[70];
    ms_predictor predictors[2];
    ms_evaluate_options o;
} judged;

/* The PCA rival at 365 and beyond all follow-up, and noise beside it. */
static void prepare(judged *j, size_t n_times) {
    static const double times[] = {365, 1e5};
    ms_random *random = ms_random_new(1, "noise");
    ms_rival *rival = pca_of_three();
    assert_ok(ms_rival_predict(rival, test_.view.x, 70, 8, j->risk, &error_));
    ms_rival_probability(rival, j->risk, 70, times, 2, j->p);
    for (size_t i = 0; i < 70; i++) {
        j->high[i] = j->risk[i] > ms_rival_cutpoint(rival);
        j->other[i] = ms_random_normal(random);
    }
    j->predictors[0] = (ms_predictor){"PCA", NULL, j->risk, j->p, j->high};
    j->predictors[1] = (ms_predictor){"noise", "a note", j->other, NULL, NULL};
    ms_evaluate_options_default(&j->o);
    j->o.times = times;
    j->o.n_times = n_times;
    j->o.tau = 365;
    j->o.replicates = 60;
    ms_rival_free(rival);
    ms_random_free(random);
}

static const ms_evaluated *row(const ms_evaluation *e, size_t predictor, ms_eval_measure measure,
                               size_t time) {
    const size_t width = e->n_rows / e->n_predictors;
    const size_t within = measure < MS_EVAL_AUC ? (size_t)measure
                                                : MS_EVAL_AUC + time * (MS_N_EVAL - MS_EVAL_AUC) +
                                                      (size_t)measure - MS_EVAL_AUC;
    const ms_evaluated *r = &e->rows[predictor * width + within];
    assert_int_equal(r->measure, measure);
    assert_int_equal(r->predictor, predictor);
    return r;
}

static void numbers_are_r_s(void **state) {
    judged j;
    ms_evaluation e;
    (void)state;
    prepare(&j, 1);
    assert_ok(ms_evaluate_cohort("test", test_.view.time, test_.view.event, 70, j.predictors, 2, &j.o, &e,
                                 &error_));
    for (size_t k = 0; k < MS_N_EVAL; k++) {
        const ms_eval_measure m = (ms_eval_measure)k;
        const ms_evaluated *r = row(&e, 0, m, 0);
        assert_true(r->lower <= r->upper && r->se > 0);
        if (m == MS_EVAL_INTERCEPT || m == MS_EVAL_SLOPE || m == MS_EVAL_ICI) continue; /* test_calibrate.c */
        assert_golden(r->value, ms_eval_measure_name(m));
    }
    assert_golden(e.splits[0].chisq, "logrank_chisq");
    assert_golden(e.splits[0].hr, "hazard_ratio");
    assert_int_equal(e.splits[0].n[0] + e.splits[0].n[1], 70);
    assert_int_equal(e.splits[1].n[0] + e.splits[1].n[1], 0); /* noise has no cut-point */
    assert_true(isnan(row(&e, 1, MS_EVAL_BRIER, 0)->value));  /* nor probabilities */
    assert_true(!isnan(row(&e, 1, MS_EVAL_AUC, 0)->value));
    assert_int_equal(e.dca[0].n_models, 1);
    ms_evaluation_clear(&e);
}

/* After the longest follow-up nothing is known, and that is no failure. */
static void times_beyond_follow_up_are_absent(void **state) {
    judged j;
    ms_evaluation e;
    (void)state;
    prepare(&j, 2);
    assert_ok(ms_evaluate_cohort("test", test_.view.time, test_.view.event, 70, j.predictors, 2, &j.o, &e,
                                 &error_));
    assert_true(isnan(row(&e, 0, MS_EVAL_AUC, 1)->value));
    assert_true(isnan(row(&e, 0, MS_EVAL_BRIER, 1)->value));
    assert_int_equal(e.dca[1].n, 0);
    assert_golden(row(&e, 0, MS_EVAL_AUC, 0)->value, "auc");
    ms_evaluation_clear(&e);
}

static void threads_do_not_matter(void **state) {
    judged j;
    ms_evaluation e[2];
    char *text[2];
    (void)state;
    prepare(&j, 1);
    for (unsigned t = 0; t < 2; t++) {
        ms_threads_set(t + 1);
        assert_ok(ms_evaluate_cohort("test", test_.view.time, test_.view.event, 70, j.predictors, 2, &j.o,
                                     &e[t], &error_));
        assert_ok(ms_evaluations_json(&e[t], 1, &text[t], &error_));
    }
    ms_threads_set(0);
    assert_string_equal(text[0], text[1]);
    for (size_t t = 0; t < 2; t++) {
        free(text[t]);
        ms_evaluation_clear(&e[t]);
    }
}

/* Said better only where the interval of the difference leaves out 0. */
static void verdicts_follow_the_interval(void **state) {
    judged j;
    ms_evaluation e;
    (void)state;
    prepare(&j, 0);
    for (size_t i = 0; i < 70; i++) j.p[i] = -j.risk[i];
    ms_predictor three[] = {
        {"a", NULL, j.risk, NULL, NULL}, {"b", NULL, j.p, NULL, NULL}, {"same", NULL, j.risk, NULL, NULL}};
    assert_ok(ms_evaluate_cohort("x", test_.view.time, test_.view.event, 70, three, 3, &j.o, &e, &error_));
    assert_int_equal(ms_evaluation_verdict(&e, 1), MS_FIRST_BETTER);
    assert_int_equal(ms_evaluation_verdict(&e, 2), MS_NOT_SHOWN);
    assert_true(e.comparisons[1].estimates[MS_MEASURE_HARRELL_DIFFERENCE].value == 0);
    ms_evaluation_clear(&e);
    three[0].risk = j.p;
    three[1].risk = j.risk;
    assert_ok(ms_evaluate_cohort("x", test_.view.time, test_.view.event, 70, three, 2, &j.o, &e, &error_));
    assert_int_equal(ms_evaluation_verdict(&e, 1), MS_FIRST_WORSE);
    ms_evaluation_clear(&e);
}

static void a_cohort_without_events_is_refused(void **state) {
    const uint8_t none[70] = {0};
    judged j;
    ms_evaluation e;
    (void)state;
    prepare(&j, 0);
    assert_int_equal(ms_evaluate_cohort("x", test_.view.time, none, 70, j.predictors, 2, &j.o, &e, &error_),
                     MS_EINPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_prcomp_s),
        cmocka_unit_test(both_ways_give_the_same_components),
        cmocka_unit_test(pca_cox_is_coxph_on_prcomp),
        cmocka_unit_test(plain_cox_is_coxph),
        cmocka_unit_test(rivals_hold_what_training_taught),
        cmocka_unit_test(rivals_refuse_what_cannot_be_fitted),
        cmocka_unit_test(numbers_are_r_s),
        cmocka_unit_test(times_beyond_follow_up_are_absent),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(verdicts_follow_the_interval),
        cmocka_unit_test(a_cohort_without_events_is_refused),
    };
    return cmocka_run_group_tests(tests, read_data, clear_data);
}
