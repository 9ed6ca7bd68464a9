/* Mini-batches: how rows are dealt, the loss of a batch, and training with them; and the learning rates. */
#include "model/batch.h"
#include "model/cohort.h"

static void test_deal(void **state) {
    (void)state;
    enum { n = 103, size = 20 };
    uint8_t event[n], seen[n] = {0};
    size_t rows[n], n_events = 0;
    for (size_t i = 0; i < n; i++) n_events += event[i] = i % 5 == 0;
    const size_t n_batches = ms_batch_count(n, size);
    assert_int_equal(n_batches, 6);
    assert_int_equal(ms_batch_count(n, 0), 1);
    assert_int_equal(ms_batch_count(n, n), 1);
    ms_random *random = ms_random_new(1, "deal");
    assert_int_equal(ms_batch_deal(n, event, n_batches, random, rows, NULL), MS_OK);
    ms_random_free(random);
    for (size_t b = 0; b < n_batches; b++) {
        size_t its_events = 0;
        const size_t begin = ms_batch_begin(n, n_batches, b), end = ms_batch_begin(n, n_batches, b + 1);
        assert_true(end - begin <= size && end - begin >= n / n_batches);
        for (size_t k = begin; k < end; k++) {
            its_events += event[rows[k]];
            seen[rows[k]]++;
        }
        assert_true(its_events == n_events / n_batches || its_events == n_events / n_batches + 1);
    }
    for (size_t i = 0; i < n; i++) assert_int_equal(seen[i], 1);
}

/* A batch's loss is the partial likelihood of its own rows, as if there were no others. */
static void test_loss_of_a_batch(void **state) {
    (void)state;
    enum { n = 80, m = 31 };
    double time[n], part_time[m], risk[m], work[2 * m], a[m], b[m];
    uint8_t event[n], part_event[m];
    size_t strata[n], part_strata[m], rows[n];
    ms_cox_data whole, part, alone;
    ms_random *random = ms_random_new(2, "batch");
    for (size_t i = 0; i < n; i++) {
        time[i] = (double)ms_random_below(random, 15);
        event[i] = ms_random_uniform(random) < 0.5;
        strata[i] = ms_random_below(random, 2);
        rows[i] = i;
    }
    ms_random_shuffle(random, rows, n);
    for (size_t i = 0; i < m; i++) {
        part_time[i] = time[rows[i]];
        part_event[i] = event[rows[i]];
        part_strata[i] = strata[rows[i]];
        risk[i] = ms_random_normal(random);
    }
    ms_random_free(random);
    assert_int_equal(ms_cox_data_init_strata(&whole, time, event, strata, n, NULL), MS_OK);
    assert_int_equal(ms_cox_data_init_strata(&alone, part_time, part_event, part_strata, m, NULL), MS_OK);
    assert_int_equal(ms_cox_data_room(&part, n, NULL), MS_OK);
    ms_cox_data_part(&whole, rows, n, &part); /* what was there before must not matter */
    ms_cox_data_part(&whole, rows, m, &part);
    assert_int_equal(part.n_events, alone.n_events);
    for (int ties = MS_TRAIN_EFRON; ties <= MS_TRAIN_BRESLOW; ties++) {
        const double loss = ms_cox_loss(&part, (ms_train_ties)ties, risk, a, work);
        assert_close(loss, ms_cox_loss(&alone, (ms_train_ties)ties, risk, b, work), 1e-14);
        for (size_t i = 0; i < m; i++) assert_close(a[i], b[i], 1e-15);
    }
    ms_cox_data_clear(&whole);
    ms_cox_data_clear(&part);
    ms_cox_data_clear(&alone);
}

static void predict_all(const ms_model *model, const cohort *c, double *risk) {
    assert_int_equal(ms_model_predict(model, c->x, cohort_n, cohort_p, risk, NULL), MS_OK);
}

/* Batches find the hazard too; as many rows as there are is the full batch to the byte. */
static void test_training(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    double full[cohort_n], batched[cohort_n], all[cohort_n];
    ms_model_info info;
    cohort_make(&c, 1);
    quick_config(&config);
    ms_model *model = cohort_train(&c, &config, 1);
    predict_all(model, &c, full);
    ms_model_free(model);
    config.network.batch_size = 16;
    model = cohort_train(&c, &config, 1);
    predict_all(model, &c, batched);
    ms_model_get_info(model, &info);
    assert_true(info.valid_c > 0.65);
    ms_model_free(model);
    config.network.batch_size = cohort_n;
    model = cohort_train(&c, &config, 1);
    predict_all(model, &c, all);
    ms_model_free(model);
    assert_memory_equal(full, all, sizeof full);
    assert_memory_not_equal(full, batched, sizeof full);
}

/* Three events in 90 rows and batches of 6: most have none, and training goes on. */
static void test_batches_without_events(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    double risk[cohort_n];
    cohort_make(&c, 2);
    for (size_t i = 0, n = 0; i < cohort_n; i++) n += c.event[i] = c.event[i] && n < 3;
    quick_config(&config);
    config.network.batch_size = 6;
    ms_model *model = cohort_train(&c, &config, 1);
    predict_all(model, &c, risk);
    double low = risk[0], high = risk[0];
    for (size_t i = 0; i < cohort_n; i++) {
        low = fmin(low, risk[i]);
        high = fmax(high, risk[i]);
    }
    assert_true(isfinite(low) && isfinite(high) && high > low);
    ms_model_free(model);
}

static char last_warning[1024];
static void keep_warning(void *context, ms_log_level level, const char *message) {
    (void)context;
    if (level == MS_LOG_WARNING) (void)ms_text_format(last_warning, sizeof last_warning, "%s", message);
}

/* Steps that blow the weights up: the message says where, and the last good weights are kept; so for the
 * autoencoder. */
static void test_not_finite(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    double risk[cohort_n];
    cohort_make(&c, 8);
    for (int encoder = 0; encoder < 2; encoder++) {
        quick_config(&config);
        config.members = 1;
        config.autoencoder = encoder ? MS_TRAIN_ON : MS_TRAIN_OFF;
        ms_fit_config *fit = encoder ? &config.encoder : &config.network;
        fit->hidden_auto = false;
        fit->n_hidden = 1;
        fit->hidden[0] = 8;
        fit->activation = MS_ACT_RELU;
        fit->activation_auto = false;
        fit->batch_size = 16;
        fit->optimizer = MS_OPT_SGD;
        fit->momentum = 0;
        fit->l2 = 1000;
        fit->learning_rate = 1000;
        ms_log_set_sink(keep_warning, NULL);
        last_warning[0] = '\0';
        ms_model *model = cohort_train(&c, &config, 1);
        ms_log_set_sink(NULL, NULL);
        assert_non_null(strstr(last_warning, "no longer a finite number at epoch"));
        assert_non_null(strstr(last_warning, encoder ? "autoencoder" : "Cox network 1"));
        predict_all(model, &c, risk);
        for (size_t i = 0; i < cohort_n; i++) assert_true(isfinite(risk[i]));
        ms_model_free(model);
    }
}

static void test_rates(void **state) {
    (void)state;
    ms_fit_config config = {.learning_rate = 0.1, .lr_decay = 0.5, .lr_step = 3, .epochs = 10};
    ms_rate rate;
    ms_rate_start(&rate);
    for (size_t e = 0; e < 10; e++) {
        config.schedule = MS_LR_EXPONENTIAL;
        assert_close(ms_rate_of(&rate, &config, e), 0.1 * pow(0.5, (double)e), 1e-15);
        config.schedule = MS_LR_STEP;
        assert_close(ms_rate_of(&rate, &config, e), 0.1 * pow(0.5, (double)(e / 3)), 1e-15);
        config.schedule = MS_LR_COSINE;
        assert_close(ms_rate_of(&rate, &config, e), 0.05 * (1 + cos(M_PI * (double)e / 10)), 1e-15);
        config.schedule = MS_LR_INVERSE;
        assert_close(ms_rate_of(&rate, &config, e), 0.1 / (1 + 0.5 * (double)e), 1e-15);
    }
    config.lr_floor = 0.3;
    config.warmup = 4;
    config.schedule = MS_LR_EXPONENTIAL;
    assert_close(ms_rate_of(&rate, &config, 0), 0.1 * 1 / 4, 1e-15);
    assert_close(ms_rate_of(&rate, &config, 2), 0.1 * 0.3 * 3 / 4, 1e-15);
    assert_close(ms_rate_of(&rate, &config, 9), 0.1 * 0.3, 1e-15);
    config.lr_floor = 0;
    config.warmup = 0;
    config.schedule = MS_LR_PLATEAU;
    static const double losses[] = {5, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3};
    /* It falls after three epochs no better than the best: the 5th, and then the 9th and the 12th. */
    static const double shares[] = {1, 1, 1, 1, .5, .5, .5, .5, .25, .25, .25, .125};
    for (size_t e = 0; e < MS_COUNT(losses); e++) {
        ms_rate_tell(&rate, &config, losses[e]);
        assert_close(ms_rate_of(&rate, &config, e), 0.1 * shares[e], 1e-15);
    }
}

/* Each schedule steers every optimiser: the record shows the rates, and the models differ. */
static void test_schedules_in_training(void **state) {
    (void)state;
    static cohort c;
    double constant[cohort_n], risk[cohort_n];
    cohort_make(&c, 3);
    for (int optimizer = MS_OPT_SGD; optimizer <= MS_OPT_ADAMW; optimizer++)
        for (int schedule = -1; schedule <= MS_LR_INVERSE; schedule++) {
            ms_train_config config;
            const ms_epoch *epochs;
            size_t n;
            quick_config(&config);
            config.members = 1;
            config.validation = 0;
            config.network.epochs = 12;
            config.network.optimizer = (ms_optimizer)optimizer;
            config.network.lr_decay = schedule < 0 ? 1 : 0.5;
            config.network.lr_step = 4;
            config.network.schedule = schedule < 0 ? MS_LR_EXPONENTIAL : (ms_schedule)schedule;
            ms_model *model = cohort_train(&c, &config, 1);
            ms_model_history(model, &epochs, &n);
            assert_int_equal(n, 13);
            assert_close(epochs[0].learning_rate, 0.01, 0);
            if (schedule == MS_LR_STEP) assert_close(epochs[11].learning_rate, 0.0025, 1e-15);
            predict_all(model, &c, schedule < 0 ? constant : risk);
            if (schedule >= 0 && schedule != MS_LR_PLATEAU) /* the loss never stands still here */
                assert_memory_not_equal(risk, constant, sizeof risk);
            ms_model_free(model);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deal),
        cmocka_unit_test(test_loss_of_a_batch),
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_batches_without_events),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_schedules_in_training),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
