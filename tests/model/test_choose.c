/* The kind of network chosen by cross-validation within the training rows: what is chosen for which rows, and
 * when nothing is. */
#include "model/model.h"

#include "base/scratch.h"

#include <math.h>

enum { n = 240, p = 8 };
static const char *const names[p] = {"x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8"};

typedef struct rows {
    double x[n * p], time[n];
    uint8_t event[n];
} rows;

/* Exponential survival. Repeated: 60 patients, each four times, whose hazard is their own; else the log
 * hazard is 2 x1, all inputs uniform in [-1, 1]. */
static void draw(rows *r, bool repeated) {
    ms_random *random = ms_random_new(4, "choose");
    assert_non_null(random);
    double own = 0, x[p] = {0};
    for (size_t i = 0; i < n; i++) {
        if (!repeated || i % 4 == 0) {
            for (size_t j = 0; j < p; j++) x[j] = ms_random_range(random, -1, 1);
            own = repeated ? 4 * ms_random_normal(random) : 2 * x[0];
        }
        for (size_t j = 0; j < p; j++) r->x[i * p + j] = x[j];
        r->time[i] = ms_random_exponential(random) * exp(-own);
        r->event[i] = ms_random_range(random, 0, 1) < 0.8;
    }
    ms_random_free(random);
}

static ms_model *train(const rows *r, const ms_train_config *config) {
    ms_model *model = NULL;
    ms_error err = {0};
    if (ms_model_train(r->x, n, p, names, r->time, r->event, config, 1, NULL, NULL, &model, &err) != MS_OK)
        fail_msg("%s", err.message);
    return model;
}

static void settings(ms_train_config *config) {
    ms_train_config_default(config);
    config->members = 2;
    config->network.epochs = 150;
    config->choose = MS_TRAIN_ON;
}

static void test_repeated_rows(void **state) {
    (void)state;
    rows r;
    ms_train_config config;
    draw(&r, true);
    settings(&config);
    ms_model *model = train(&r, &config);
    assert_int_equal(model->config.network.n_hidden, 3);
    assert_true(model->config.validation == 0);
    /* No member held rows back: the slope comes from the folds, and takes back what a close fit overstates.
     */
    assert_true(model->shrinkage < 1 && model->shrinkage > 0.1);
    ms_model_free(model);
    config.choose = MS_TRAIN_OFF;
    model = train(&r, &config);
    assert_int_equal(model->config.network.n_hidden, 1);
    ms_model_free(model);
}

static void test_linear_hazard(void **state) {
    (void)state;
    rows r;
    ms_train_config config;
    draw(&r, false);
    settings(&config);
    ms_model *model = train(&r, &config);
    assert_int_equal(model->config.network.n_hidden, 0);
    ms_model_free(model);
}

static void test_when(void **state) {
    (void)state;
    ms_train_config config;
    ms_train_config_default(&config);
    assert_true(ms_choose_wanted(&config, 400, 100));
    assert_false(ms_choose_wanted(&config, 399, 100));
    assert_false(ms_choose_wanted(&config, 400, 99));
    config.choose = MS_TRAIN_ON;
    assert_true(ms_choose_wanted(&config, 50, 10));
    config.network.hidden_auto = false;
    assert_false(ms_choose_wanted(&config, 400, 100));
    config.network.hidden_auto = true;
    config.joint = 1;
    assert_false(ms_choose_wanted(&config, 400, 100));
}

static void test_same_bytes(void **state) {
    (void)state;
    rows r;
    ms_train_config config;
    double risk[2][n];
    draw(&r, false);
    settings(&config);
    for (unsigned k = 0; k < 2; k++) {
        ms_threads_set(1 + 2 * k);
        ms_model *model = train(&r, &config);
        assert_int_equal(ms_model_predict(model, r.x, n, p, risk[k], NULL), MS_OK);
        ms_model_free(model);
    }
    ms_threads_set(0);
    assert_memory_equal(risk[0], risk[1], sizeof risk[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeated_rows),
        cmocka_unit_test(test_linear_hazard),
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
