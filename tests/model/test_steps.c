/* The steps before the network in a model, and intervals. */
#include "model/cohort.h"
#include "model/predict.h"

static ms_model *make_model(size_t members, double dropout, double validation) {
    static cohort c;
    ms_train_config config;
    cohort_make(&c, 1);
    quick_config(&config);
    config.members = members;
    config.network.epochs = 15;
    config.network.dropout = dropout;
    config.validation = validation;
    return cohort_train(&c, &config, 5);
}

/* Two batches; the second is shifted by 10 and stretched by 2 in every input, the first stays as it is. */
static ms_model_steps make_steps(void) {
    static const char *const batches[] = {"A", "B"};
    static double centre[2 * cohort_p], divisor[2 * cohort_p], target[2 * cohort_p];
    for (size_t j = 0; j < cohort_p; j++) {
        centre[j] = target[j] = 0;
        divisor[j] = 1;
        centre[cohort_p + j] = 110;
        divisor[cohort_p + j] = 2;
        target[cohort_p + j] = 50;
    }
    return (ms_model_steps){.batch_column = "scanner",
                            .batches = batches,
                            .n_batches = 2,
                            .p = cohort_p,
                            .centre = centre,
                            .divisor = divisor,
                            .target = target,
                            .selection_json = "{\"chosen\": 6}"};
}

static ms_table *table_of(const double *x, size_t n, const char *batch) {
    ms_table *table = NULL;
    size_t column, row;
    assert_int_equal(ms_table_new(&table, "new.csv", NULL), MS_OK);
    assert_int_equal(ms_table_add_column(table, "scanner", &column, NULL), MS_OK);
    for (size_t j = 0; j < cohort_p; j++)
        assert_int_equal(ms_table_add_column(table, cohort_names[j], &column, NULL), MS_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ms_table_add_row(table, &row, NULL), MS_OK);
        assert_int_equal(ms_table_set(table, i, 0, batch, NULL), MS_OK);
        for (size_t j = 0; j < cohort_p; j++)
            assert_int_equal(ms_table_set_number(table, i, j + 1, x[i * cohort_p + j], NULL), MS_OK);
    }
    return table;
}

/* A patient of scanner B has the risk of one of scanner A whose values are as many SD from that one's mean;
 * also from the file, and the gap stays a gap. */
static void test_batches(void **state) {
    (void)state;
    static cohort c;
    cohort_make(&c, 2);
    ms_model *model = make_model(2, 0, 0.2), *back = NULL;
    ms_model_steps steps = make_steps(), read;
    double risk_a[cohort_n], risk_b[cohort_n], x[cohort_n * cohort_p];
    c.x[3] = NAN;
    for (size_t i = 0; i < cohort_n * cohort_p; i++) x[i] = (c.x[i] - 50) * 2 + 110;
    ms_table *a = table_of(c.x, cohort_n, "A"), *b = table_of(x, cohort_n, "B");
    assert_int_equal(ms_model_set_steps(model, &steps, NULL), MS_OK);
    assert_int_equal(ms_model_set_steps(model, &steps, NULL), MS_EUSAGE);
    assert_int_equal(ms_model_predict_table(model, a, risk_a, NULL), MS_OK);
    assert_int_equal(ms_model_predict_table(model, b, risk_b, NULL), MS_OK);
    for (size_t i = 0; i < cohort_n; i++) assert_close(risk_b[i], risk_a[i], 1e-12);
    assert_int_equal(ms_model_save(model, scratch("steps"), NULL), MS_OK);
    assert_int_equal(ms_model_load(&back, scratch("steps"), NULL), MS_OK);
    ms_model_get_steps(back, &read);
    assert_string_equal(read.batch_column, "scanner");
    assert_string_equal(read.batches[1], "B");
    assert_non_null(strstr(read.selection_json, "chosen"));
    assert_null(read.harmonization_json);
    double again[cohort_n];
    assert_int_equal(ms_model_predict_table(back, b, again, NULL), MS_OK);
    assert_memory_equal(risk_b, again, sizeof again);
    ms_error err = {0};
    assert_int_equal(ms_table_set(b, 4, 0, "C", NULL), MS_OK);
    assert_int_equal(ms_model_predict_table(back, b, again, &err), MS_EINPUT);
    assert_says(&err, "batch 'C'");
    ms_table_free(a);
    ms_table_free(b);
    ms_model_free(model);
    ms_model_free(back);
}

static void test_steps_refused(void **state) {
    (void)state;
    ms_model *model = make_model(2, 0, 0.2);
    double bad[2 * cohort_p] = {0};
    static const char *const twice[] = {"A", "A"};
    ms_model_steps steps = make_steps();
    steps.divisor = bad;
    assert_int_equal(ms_model_set_steps(model, &steps, NULL), MS_EINPUT);
    steps = make_steps();
    steps.batches = twice;
    assert_int_equal(ms_model_set_steps(model, &steps, NULL), MS_EINPUT);
    steps = make_steps();
    steps.p = 3;
    assert_int_equal(ms_model_set_steps(model, &steps, NULL), MS_EUSAGE);
    steps = make_steps();
    steps.selection_json = "[1]";
    assert_int_equal(ms_model_set_steps(model, &steps, NULL), MS_EINPUT);
    ms_model_free(model);
}

/* R: qt(c(0.975, 0.975, 0.975, 0.9, 0.995), c(1, 2, 4, 7, 30)), qnorm(0.975). */
static void test_student(void **state) {
    (void)state;
    assert_close(ms_student_quantile(0.975, 1), 12.7062047361747, 1e-9);
    assert_close(ms_student_quantile(0.975, 2), 4.30265272974946, 1e-9);
    assert_close(ms_student_quantile(0.975, 4), 2.77644510519779, 1e-9);
    assert_close(ms_student_quantile(0.9, 7), 1.41492392765051, 1e-9);
    assert_close(ms_student_quantile(0.995, 30), 2.74999565356721, 1e-9);
    assert_close(ms_student_quantile(0.975, INFINITY), 1.95996398454005, 1e-9);
}

/* By hand from the members' own outputs: G parts, (G - 1)^2 / G times the mean square within rounds, t of G
 * - 1. */
static void test_ensemble(void **state) {
    (void)state;
    static cohort c;
    cohort_make(&c, 2);
    for (int parts = 0; parts <= 5; parts += 5) {
        ms_model *model = make_model(10, 0, parts ? 0.2 : 0);
        ms_interval_options o;
        double lower[cohort_n], upper[cohort_n], risk[cohort_n];
        ms_interval_options_default(&o);
        assert_int_equal(ms_model_interval(model, c.x, cohort_n, cohort_p, &o, lower, upper, NULL), MS_OK);
        assert_int_equal(ms_model_predict(model, c.x, cohort_n, cohort_p, risk, NULL), MS_OK);
        for (size_t i = 0; i < 5; i++) {
            double z[cohort_p], f[10], squares = 0;
            ms_prep_apply(&model->prep, c.x + i * cohort_p, 1, z);
            for (size_t k = 0; k < 10; k++) {
                assert_int_equal(ms_net_forward(&model->members[k], z, 1, &f[k], NULL), MS_OK);
                f[k] -= model->member_centre[k];
            }
            const size_t round = parts ? 5 : 10;
            for (size_t from = 0; from < 10; from += round) {
                double mean = 0;
                for (size_t k = from; k < from + round; k++) mean += f[k] / (double)round;
                for (size_t k = from; k < from + round; k++) squares += (f[k] - mean) * (f[k] - mean);
            }
            const double half = parts ? 2.77644510519779 * sqrt(16.0 / 5 * squares / 8)
                                      : 2.26215716279820 * sqrt(squares / 9 / 10);
            assert_close(upper[i] - risk[i], half * model->shrinkage, 1e-9);
            assert_close(risk[i] - lower[i], half * model->shrinkage, 1e-9);
        }
        ms_model_free(model);
    }
    ms_model *one = make_model(1, 0, 0.2);
    ms_interval_options o;
    double bound;
    ms_interval_options_default(&o);
    assert_int_equal(ms_model_interval(one, c.x, 1, cohort_p, &o, &bound, &bound, NULL), MS_EUSAGE);
    o.method = MS_INTERVAL_DROPOUT;
    assert_int_equal(ms_model_interval(one, c.x, 1, cohort_p, &o, &bound, &bound, NULL), MS_EUSAGE);
    ms_model_free(one);
}

/* Bounds of survival: those of the risk where the baseline hazard were known, wider with its own error. */
static void test_survival(void **state) {
    (void)state;
    ms_model *model = make_model(5, 0, 0.2);
    const double risk[] = {0.3}, low[] = {-0.2}, high[] = {0.9}, times[] = {400, 1e9, 0};
    double s[3], lower[3], upper[3];
    assert_int_equal(ms_model_survival(model, risk, 1, times, 3, s, NULL), MS_OK);
    assert_int_equal(
        ms_model_survival_interval(model, risk, low, high, 1, times, 3, 0.95, lower, upper, NULL), MS_OK);
    assert_true(lower[0] < s[0] && s[0] < upper[0]);
    assert_true(isnan(lower[1]) && isnan(upper[1]) && isnan(s[1]));
    assert_close(lower[2], 1, 0);
    double bound[3];
    assert_int_equal(ms_model_survival(model, high, 1, times, 3, bound, NULL), MS_OK);
    assert_true(lower[0] < bound[0]);
    model->has_variance = false;
    free(model->baseline_variance);
    model->baseline_variance = NULL;
    assert_int_equal(
        ms_model_survival_interval(model, risk, low, high, 1, times, 3, 0.95, lower, upper, NULL), MS_OK);
    assert_close(lower[0], bound[0], 1e-12);
    ms_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches),  cmocka_unit_test(test_steps_refused), cmocka_unit_test(test_student),
        cmocka_unit_test(test_ensemble), cmocka_unit_test(test_survival),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
