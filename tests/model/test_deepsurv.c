/* DeepSurv's experiments (Katzman et al. 2018, table 2): C on the test rows of simulated cohorts, whose
 * published values are .774 with a linear and .649 with a Gaussian hazard. Part of the training rows, to be
 * quick. */
#include "model/close.h"
#include "model/model.h"

#include "model/columns.h"

static ms_table *shared_table(const char *name) {
    char path[4096];
    ms_table *table = NULL;
    assert_true(ms_text_format(path, sizeof path, "%s/survival/deepsurv/%s", MS_TEST_SHARED_DIR, name));
    if (!ms_path_exists(path)) {
        print_message("skipped: no ../shared/survival/deepsurv\n");
        skip();
    }
    assert_int_equal(ms_table_read(&table, path, NULL), MS_OK);
    return table;
}

/* The first `rows` rows of x0 to x9 and the outcome. */
typedef struct rows {
    double *x, *time;
    uint8_t *event;
    size_t n;
} rows;

static rows take(const char *name, size_t most) {
    ms_table *table = shared_table(name);
    const size_t n = ms_table_rows(table);
    ms_columns columns;
    size_t time = 0, event = 0;
    rows r = {.n = n < most ? n : most, .time = calloc(n, sizeof(double)), .event = calloc(n, 1)};
    assert_int_equal(ms_table_require(table, "time", &time, NULL), MS_OK);
    assert_int_equal(ms_table_require(table, "event", &event, NULL), MS_OK);
    assert_int_equal(ms_columns_choose(table, "x?", time, event, &columns, NULL), MS_OK);
    assert_int_equal(columns.n, 10);
    assert_int_equal(ms_columns_read(table, &columns, &r.x, NULL), MS_OK);
    assert_int_equal(ms_followup_read(table, time, event, NULL, r.time, r.event, NULL), MS_OK);
    ms_columns_clear(&columns);
    ms_table_free(table);
    return r;
}

static void rows_free(rows *r) {
    free(r->x);
    free(r->time);
    free(r->event);
}

static double test_c(const char *train_name, const char *test_name) {
    static const char *const names[] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9"};
    rows train = take(train_name, 2000), test = take(test_name, 1000);
    ms_train_config config;
    ms_model *model = NULL;
    ms_cox_data cox;
    double c = 0, *risk = calloc(test.n, sizeof *risk);
    ms_train_config_default(&config);
    config.members = 5;
    assert_int_equal(ms_model_train(train.x, train.n, 10, names, train.time, train.event, &config, 1, NULL,
                                    NULL, &model, NULL),
                     MS_OK);
    assert_int_equal(ms_model_predict(model, test.x, test.n, 10, risk, NULL), MS_OK);
    assert_int_equal(ms_cox_data_init(&cox, test.time, test.event, test.n, NULL), MS_OK);
    assert_int_equal(ms_watch_concordance(&cox, risk, &c, NULL, NULL), MS_OK);
    ms_cox_data_clear(&cox);
    ms_model_free(model);
    rows_free(&train);
    rows_free(&test);
    free(risk);
    return c;
}

static void test_linear(void **state) {
    (void)state;
    const double c = test_c("linear_train.csv", "linear_test.csv");
    if (!(c > 0.77)) fail_msg("C is %g", c);
}

/* The hazard rises towards the middle: Cox regression finds nothing here (C about .5). */
static void test_gaussian(void **state) {
    (void)state;
    const double c = test_c("gaussian_train.csv", "gaussian_test.csv");
    if (!(c > 0.62)) fail_msg("C is %g", c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_linear), cmocka_unit_test(test_gaussian)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
