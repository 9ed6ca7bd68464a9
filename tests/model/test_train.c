/* Training: what it must find, what it must refuse, and that it always finds the same. */
#include "golden/model/ovarian.h"
#include "model/cohort.h"

/* A network without hidden layers is Cox regression: R's coefficients, with both treatments of ties. */
static void test_no_hidden_layer_is_cox_regression(void **state) {
    (void)state;
    const double *coef[] = {ovarian_coef_efron, ovarian_coef_breslow};
    ms_train_config config;
    ms_train_config_default(&config);
    config.members = 1;
    config.validation = 0;
    config.clip = 0;
    config.network.hidden_auto = false;
    config.network.n_hidden = 0;
    config.network.l2 = 0;
    config.network.optimizer = MS_OPT_SGD;
    config.network.nesterov = true;
    config.network.learning_rate = 0.5;
    config.network.lr_decay = 1;
    config.network.epochs = 1500;
    for (int ties = MS_TRAIN_EFRON; ties <= MS_TRAIN_BRESLOW; ties++) {
        ms_model *model = NULL;
        double x[(ovarian_p + 1) * ovarian_p], risk[ovarian_p + 1];
        config.ties = (ms_train_ties)ties;
        assert_int_equal(ms_model_train(ovarian_x, ovarian_n, ovarian_p, ovarian_names, ovarian_time,
                                        ovarian_event, &config, 1, NULL, NULL, &model, NULL),
                         MS_OK);
        for (size_t i = 0; i < MS_COUNT(x); i++) /* row j + 1 is row 0 with 1 more in column j */
            x[i] = ovarian_x[i % ovarian_p] + (i / ovarian_p == i % ovarian_p + 1 ? 1 : 0);
        assert_int_equal(ms_model_predict(model, x, ovarian_p + 1, ovarian_p, risk, NULL), MS_OK);
        for (size_t j = 0; j < ovarian_p; j++) assert_close(risk[j + 1] - risk[0], coef[ties][j], 1e-8);
        ms_model_free(model);
    }
}

/* The same with the optimisers that adapt their steps, to their lesser precision. */
static void test_every_optimizer_gets_there(void **state) {
    (void)state;
    ms_train_config config;
    ms_train_config_default(&config);
    config.members = 1;
    config.validation = 0;
    config.clip = 0;
    config.network.hidden_auto = false;
    config.network.n_hidden = 0;
    config.network.l2 = 0;
    config.network.learning_rate = 0.05;
    config.network.lr_decay = 0.995;
    config.network.momentum = 0.5;
    config.network.epochs = 1500;
    for (int optimizer = MS_OPT_SGD; optimizer <= MS_OPT_ADAMW; optimizer++) {
        ms_model *model = NULL;
        const ms_epoch *epochs;
        size_t n;
        config.network.optimizer = (ms_optimizer)optimizer;
        if (optimizer == MS_OPT_SGD)
            config.network.learning_rate = 0.5;
        else
            config.network.learning_rate = 0.05;
        assert_int_equal(ms_model_train(ovarian_x, ovarian_n, ovarian_p, ovarian_names, ovarian_time,
                                        ovarian_event, &config, 1, NULL, NULL, &model, NULL),
                         MS_OK);
        ms_model_history(model, &epochs, &n);
        assert_int_equal(n, 1501);
        assert_close(-12 * epochs[n - 1].train_loss, ovarian_loglik_efron[1], 1e-3);
        ms_model_free(model);
    }
}

static char *model_bytes(const ms_model *model, size_t *length) {
    char *bytes = NULL;
    const char *path = scratch("model");
    assert_int_equal(ms_model_save(model, path, NULL), MS_OK);
    assert_int_equal(ms_file_read(path, 1 << 28, &bytes, length, NULL), MS_OK);
    return bytes;
}

static void test_same_seed_same_bytes(void **state) {
    (void)state;
    cohort c;
    ms_train_config config;
    char *first = NULL;
    size_t first_length = 0;
    cohort_make(&c, 1);
    quick_config(&config);
    config.members = 4;
    config.autoencoder = MS_TRAIN_ON;
    config.code_size = 3;
    config.network.dropout = 0.2;
    for (unsigned run = 0; run < 4; run++) {
        static const unsigned threads[] = {1, 4, 1, 2};
        size_t length;
        ms_threads_set(threads[run]);
        ms_model *model = cohort_train(&c, &config, 7);
        char *bytes = model_bytes(model, &length);
        ms_model_free(model);
        if (first) {
            assert_int_equal(length, first_length);
            assert_memory_equal(bytes, first, length);
            free(bytes);
        } else {
            first = bytes;
            first_length = length;
        }
    }
    ms_threads_set(0);
    ms_model *other = cohort_train(&c, &config, 8);
    size_t length;
    char *bytes = model_bytes(other, &length);
    assert_true(length != first_length || memcmp(bytes, first, length) != 0);
    ms_model_free(other);
    free(bytes);
    free(first);
}

/* Risk rises with what raises the hazard, and the ensemble tells patients it has not seen apart: the best
 * that can be done with this hazard is a C of about .78. */
static void test_finds_the_hazard(void **state) {
    (void)state;
    static cohort c, unseen;
    ms_train_config config;
    ms_cox_data cox;
    double risk[cohort_n], value;
    cohort_make(&c, 2);
    cohort_make(&unseen, 3);
    ms_train_config_default(&config);
    ms_model *model = cohort_train(&c, &config, 1);
    assert_int_equal(ms_model_predict(model, unseen.x, cohort_n, cohort_p, risk, NULL), MS_OK);
    assert_int_equal(ms_cox_data_init(&cox, unseen.time, unseen.event, cohort_n, NULL), MS_OK);
    assert_int_equal(ms_watch_concordance(&cox, risk, &value, NULL, NULL), MS_OK);
    ms_cox_data_clear(&cox);
    if (!(value > 0.70)) fail_msg("C on unseen patients is %g", value);
    ms_model_info info;
    ms_model_get_info(model, &info);
    assert_true(info.valid_c > 0.65);
    assert_true(fabs(info.valid_c - value) < 0.12);
    ms_model_free(model);
}

/* Risk is centred on the training mean, and the cut-point halves the training patients. */
static void test_centre_and_cutpoint(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    double risk[cohort_n], sum = 0;
    size_t above = 0;
    cohort_make(&c, 4);
    quick_config(&config);
    ms_model *model = cohort_train(&c, &config, 1);
    assert_int_equal(ms_model_predict(model, c.x, cohort_n, cohort_p, risk, NULL), MS_OK);
    for (size_t i = 0; i < cohort_n; i++) {
        sum += risk[i];
        above += risk[i] > ms_model_cutpoint(model);
    }
    assert_close(sum, 0, 1e-10);
    assert_int_equal(above, cohort_n / 2);
    ms_model_free(model);
}

/* Survival falls with time and with risk, is 1 before the first event and unknown after the last follow-up.
 */
static void test_survival(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    const double risk[] = {-1, 0, 1, 400}, times[] = {0, 300, 900, 1e6};
    double s[4 * 4];
    ms_error err = {0};
    cohort_make(&c, 5);
    quick_config(&config);
    ms_model *model = cohort_train(&c, &config, 1);
    assert_int_equal(ms_model_survival(model, risk, 4, times, 4, s, NULL), MS_OK);
    const double *steps, *hazard;
    size_t n;
    ms_model_baseline(model, &steps, &hazard, &n);
    size_t k = 0;
    while (k + 1 < n && steps[k + 1] <= 300) k++;
    for (size_t i = 0; i < 4; i++) {
        assert_close(s[i * 4], 1, 0);
        assert_true(s[i * 4 + 1] >= s[i * 4 + 2]);
        assert_true(isnan(s[i * 4 + 3]));
        if (i > 0) assert_true(s[i * 4 + 1] < s[(i - 1) * 4 + 1]);
    }
    assert_close(s[4 + 1], exp(-hazard[k]), 1e-15);
    const double negative = -1;
    assert_int_equal(ms_model_survival(model, risk, 4, &negative, 1, s, &err), MS_EUSAGE);
    ms_model_free(model);
}

static void test_refuses(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    ms_model *model = NULL;
    ms_error err = {0};
    const char *twice[] = {"a", "b", "c", "d", "b", "e"};
    quick_config(&config);
    cohort_make(&c, 6);
#define TRAIN(n, names)                                                                                      \
    ms_model_train(c.x, n, cohort_p, names, c.time, c.event, &config, 1, NULL, NULL, &model, &err)
    assert_int_equal(TRAIN(1, cohort_names), MS_EINPUT);
    assert_int_equal(TRAIN(cohort_n, twice), MS_EINPUT);
    assert_says(&err, "column b is given twice");
    c.time[3] = -1;
    assert_int_equal(TRAIN(cohort_n, cohort_names), MS_EINPUT);
    assert_says(&err, "row 4");
    c.time[3] = 1;
    c.event[4] = 2;
    assert_int_equal(TRAIN(cohort_n, cohort_names), MS_EINPUT);
    assert_says(&err, "row 5");
    c.event[4] = 1;
    c.x[0] = INFINITY;
    assert_int_equal(TRAIN(cohort_n, cohort_names), MS_EINPUT);
    c.x[0] = 1;
    memset(c.event, 0, cohort_n);
    assert_int_equal(TRAIN(cohort_n, cohort_names), MS_EINPUT);
    assert_says(&err, "no event");
    c.event[0] = 1;
    for (size_t i = 0; i < cohort_n * cohort_p; i++) c.x[i] = 5;
    assert_int_equal(TRAIN(cohort_n, cohort_names), MS_EINPUT);
    assert_says(&err, "constant");
#undef TRAIN
    assert_null(model);
}

static bool stop_at_ten(void *context, const ms_epoch *epoch) {
    (void)context;
    return epoch->epoch < 10;
}

static void test_callback_stops(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    ms_model *model = NULL;
    cohort_make(&c, 7);
    quick_config(&config);
    assert_int_equal(ms_model_train(c.x, cohort_n, cohort_p, cohort_names, c.time, c.event, &config, 1,
                                    stop_at_ten, NULL, &model, NULL),
                     MS_ESTOPPED);
    assert_null(model);
}

static char last_warning[1024];
static void keep_warning(void *context, ms_log_level level, const char *message) {
    (void)context;
    if (level == MS_LOG_WARNING) (void)ms_text_format(last_warning, sizeof last_warning, "%s", message);
}

/* A learning rate that blows the weights up: training stops there, says so, and keeps the last good weights.
 */
static void test_loss_not_finite(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    double risk[cohort_n];
    cohort_make(&c, 8);
    quick_config(&config);
    config.members = 1;
    config.validation = 0;
    config.network.activation = MS_ACT_RELU;
    config.network.optimizer = MS_OPT_SGD;
    config.network.momentum = 0;
    config.network.l2 = 1000;
    config.network.learning_rate = 1000;
    ms_log_set_sink(keep_warning, NULL);
    ms_model *model = cohort_train(&c, &config, 1);
    ms_log_set_sink(NULL, NULL);
    assert_non_null(strstr(last_warning, "no longer a finite number at epoch"));
    assert_int_equal(ms_model_predict(model, c.x, cohort_n, cohort_p, risk, NULL), MS_OK);
    for (size_t i = 0; i < cohort_n; i++) assert_true(isfinite(risk[i]));
    ms_model_free(model);
}

/* The autoencoder restores inputs that lie on a line through the code, and the Cox network learns from the
 * code. */
static void test_autoencoder(void **state) {
    (void)state;
    enum { p = 40 };
    static cohort c;
    static double x[cohort_n * p];
    const char *names[p];
    static char text[p][8];
    ms_train_config config;
    ms_model *model = NULL;
    cohort_make(&c, 9);
    for (size_t j = 0; j < p; j++) {
        (void)ms_text_format(text[j], sizeof text[j], "f%zu", j);
        names[j] = text[j];
        for (size_t i = 0; i < cohort_n; i++)
            x[i * p + j] =
                (c.x[i * cohort_p] - 50) * cos((double)j) + (c.x[i * cohort_p + 1] - 50) * sin((double)j);
    }
    quick_config(&config);
    config.autoencoder = MS_TRAIN_ON;
    config.code_size = 2;
    config.encoder.learning_rate = 0.01;
    config.encoder.epochs = 300;
    assert_int_equal(
        ms_model_train(x, cohort_n, p, names, c.time, c.event, &config, 1, NULL, NULL, &model, NULL), MS_OK);
    ms_model_info info;
    ms_model_get_info(model, &info);
    assert_true(info.autoencoder);
    assert_int_equal(info.code_size, 2);
    assert_true(info.reconstruction < 0.1);
    assert_true(info.valid_c > 0.65);
    double code[cohort_n * 2], sum = 0, squares = 0; /* centred, with a mean variance of 1 */
    assert_int_equal(ms_model_encode(model, x, cohort_n, p, code, NULL), MS_OK);
    for (size_t i = 0; i < cohort_n; i++) {
        sum += code[i * 2];
        squares += code[i * 2] * code[i * 2] + code[i * 2 + 1] * code[i * 2 + 1];
    }
    assert_close(sum, 0, 1e-9);
    assert_close(squares / (2 * (cohort_n - 1)), 1, 1e-9);
    ms_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_hidden_layer_is_cox_regression),
        cmocka_unit_test(test_every_optimizer_gets_there),
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_finds_the_hazard),
        cmocka_unit_test(test_centre_and_cutpoint),
        cmocka_unit_test(test_survival),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_callback_stops),
        cmocka_unit_test(test_loss_not_finite),
        cmocka_unit_test(test_autoencoder),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
