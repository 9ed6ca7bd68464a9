/* The autoencoder's options: denoising, tied weights, and training together with the Cox network. */
#include "model/cohort.h"
#include "model/joint.h"

/* ---- alone ------------------------------------------------------------------------------------------- */

/* Twelve inputs of two factors and a little noise: two codes can restore most of them. */
enum { rows = 120, width = 12 };
static void make_inputs(double *x) {
    ms_random *random = ms_random_new(3, "inputs");
    assert_non_null(random);
    for (size_t i = 0; i < rows; i++) {
        const double a = ms_random_normal(random), b = ms_random_normal(random);
        for (size_t j = 0; j < width; j++)
            x[i * width + j] = (j % 2 ? a : b) + 0.3 * ms_random_normal(random);
    }
    ms_random_free(random);
}

static ms_autoencoder_result train(ms_train_config *config, const double *x) {
    static double time[rows];
    static uint8_t event[rows];
    ms_autoencoder_result result = {0};
    ms_error err = {0};
    for (size_t i = 0; i < rows; i++) time[i] = (double)i + 1, event[i] = i % 2 == 0;
    config->encoder.hidden_auto = false;
    config->joint = 1; /* so that the decoder is kept */
    const ms_training training = {
        .n = rows, .time = time, .event = event, .n_events = rows / 2, .config = config, .seed = 2};
    if (ms_autoencoder_train(&training, x, width, 2, &result, &err) != MS_OK) fail_msg("%s", err.message);
    return result;
}

static void clear(ms_autoencoder_result *r) {
    ms_net_clear(&r->encoder);
    ms_net_clear(&r->whole);
    ms_fit_record_clear(&r->record);
}

/* Every option learns the two factors (an error of 1 is that of the mean; 0.3^2 / (1 + 0.3^2) is noise), and
 * the same settings give the same bytes. */
static void test_options(void **state) {
    (void)state;
    static double x[rows * width];
    make_inputs(x);
    for (int option = 0; option < 5; option++) {
        ms_train_config config;
        ms_train_config_default(&config);
        config.encoder.epochs = 400;
        config.encoder.learning_rate = 0.02;
        config.encoder.activation = MS_ACT_TANH;
        config.encoder_noise = option == 1 ? 0.3 : 0;
        config.encoder_mask = option == 2 ? 0.3 : 0;
        config.encoder_tied = option >= 3;
        config.encoder.n_hidden = option == 4;
        config.encoder.hidden[0] = 6;
        ms_autoencoder_result a = train(&config, x), b = train(&config, x);
        if (!(a.reconstruction < 0.5)) fail_msg("option %d: error %g", option, a.reconstruction);
        assert_int_equal(ms_net_n_weights(&a.encoder), ms_net_n_weights(&b.encoder));
        assert_memory_equal(a.encoder.weights, b.encoder.weights,
                            ms_net_n_weights(&a.encoder) * sizeof(double));
        clear(&a);
        clear(&b);
    }
}

/* Tied: each decoder layer's weights are the transposed ones of its mirror image. */
static void test_tied(void **state) {
    (void)state;
    static double x[rows * width];
    make_inputs(x);
    ms_train_config config;
    ms_train_config_default(&config);
    config.encoder.epochs = 30;
    config.encoder_tied = true;
    config.encoder.n_hidden = 1;
    config.encoder.hidden[0] = 5;
    ms_autoencoder_result r = train(&config, x);
    const size_t first[] = {0, (width + 1) * 5, (width + 1) * 5 + 6 * 2, (width + 1) * 5 + 6 * 2 + 3 * 5};
    const double *w = r.whole.weights;
    assert_int_equal(r.whole.n_layers, 4);
    for (size_t layer = 2; layer < 4; layer++) {
        const size_t n_in = r.whole.sizes[layer], n_out = r.whole.sizes[layer + 1];
        for (size_t i = 0; i < n_out; i++)
            for (size_t j = 0; j < n_in; j++)
                assert_close(w[first[layer] + i * n_in + j], w[first[3 - layer] + j * n_out + i], 0);
    }
    clear(&r);
}

/* ---- together ---------------------------------------------------------------------------------------- */

typedef struct cox_rows {
    ms_cox_data cox;
    double *work;
} cox_rows;

static double cox_loss(void *context, int part, const size_t *chosen, size_t n, const double *out,
                       double *gradient) {
    cox_rows *c = context;
    (void)part;
    (void)n;
    assert_null(chosen);
    return ms_cox_loss(&c->cox, MS_TRAIN_EFRON, out, gradient, c->work);
}

/* The gradient is that of Cox loss + weight * mean squared error, by central differences. */
static void test_joint_gradient(void **state) {
    (void)state;
    enum { n = 9, p = 3 };
    static const double time[n] = {5, 3, 3, 8, 1, 9, 4, 3, 7};
    static const uint8_t event[n] = {1, 1, 0, 0, 1, 1, 0, 1, 1};
    double x[n * p], out[n * (p + 1)], gradient[n * (p + 1)], none[n * (p + 1)], risk[n], slope[n];
    double work[4 * n];
    cox_rows c = {.work = work};
    ms_random *random = ms_random_new(1, "joint");
    assert_non_null(random);
    for (size_t i = 0; i < n * p; i++) x[i] = ms_random_normal(random);
    for (size_t i = 0; i < n * (p + 1); i++) out[i] = ms_random_normal(random);
    ms_random_free(random);
    assert_int_equal(ms_cox_data_init(&c.cox, time, event, n, NULL), MS_OK);
    const ms_joint_member m = {.parts = {{x, n}}, .loss = cox_loss, .loss_context = &c};
    ms_joint_context context = {.member = &m, .p = p, .weight = 0.7, .risk = risk, .slope = slope};
    (void)ms_joint_loss(&context, MS_ROWS_TRAIN, NULL, 0, out, gradient);
    for (size_t k = 0; k < n * (p + 1); k++) {
        const double h = 1e-5, kept = out[k];
        double value[2];
        for (int side = 0; side < 2; side++) {
            double error = 0;
            out[k] = kept + (side ? h : -h);
            value[side] = ms_joint_loss(&context, MS_ROWS_TRAIN, NULL, 0, out, none);
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < p; j++)
                    error += pow(out[i * (p + 1) + 1 + j] - x[i * p + j], 2) / (n * p);
            value[side] += 0.7 * error;
        }
        out[k] = kept;
        assert_close(gradient[k], (value[1] - value[0]) / (2 * h), 1e-8);
    }
    ms_cox_data_clear(&c.cox);
}

static void joint_config(ms_train_config *config) {
    quick_config(config);
    config->autoencoder = MS_TRAIN_ON;
    config->code_size = 3;
    config->joint = 0.5;
}

/* With a learning rate of nearly nothing the joint network is the encoder, the standardised code and the Cox
 * network one after the other: the same risks as without joint training. */
static void test_joint_starts_where_the_parts_are(void **state) {
    (void)state;
    static cohort c;
    double before[cohort_n], after[cohort_n];
    cohort_make(&c, 1);
    for (int option = 0; option < 4; option++) {
        ms_train_config config;
        joint_config(&config);
        config.encoder.learning_rate = 1e-12;
        config.encoder_tied = option == 1;
        config.network.norm = option == 2 ? MS_NORM_LAYER : MS_NORM_NONE;
        config.encoder.hidden_auto = false;
        config.encoder.n_hidden = option == 3;
        config.encoder.hidden[0] = 4;
        config.joint = 0;
        ms_model *apart = cohort_train(&c, &config, 3);
        config.joint = 0.5;
        ms_model *together = cohort_train(&c, &config, 3);
        assert_int_equal(ms_model_predict(apart, c.x, cohort_n, cohort_p, before, NULL), MS_OK);
        assert_int_equal(ms_model_predict(together, c.x, cohort_n, cohort_p, after, NULL), MS_OK);
        for (size_t i = 0; i < cohort_n; i++) assert_close(after[i], before[i], 1e-6);
        ms_model_free(apart);
        ms_model_free(together);
    }
}

/* Each member's encoder moves, the held-back loss is never worse than before, the file keeps it all, and one
 * or two threads give one result. */
static void test_joint_training(void **state) {
    (void)state;
    static cohort c;
    double risk[cohort_n], again[cohort_n];
    cohort_make(&c, 1);
    ms_train_config config;
    joint_config(&config);
    config.encoder_mask = 0.1;
    config.network.batch_size = 30;
    ms_model *model = cohort_train(&c, &config, 3), *back = NULL;
    assert_int_equal(model->members[0].sizes[0], cohort_p);
    assert_int_equal(model->n_members, 2);
    assert_memory_not_equal(model->members[0].weights, model->members[1].weights,
                            3 * cohort_p * sizeof(double));
    double best[2] = {INFINITY, INFINITY}, kept[2] = {NAN, NAN};
    size_t stage[2] = {0, 0};
    for (size_t k = 0; k < model->n_history; k++) {
        const ms_epoch *e = &model->history[k];
        if (e->autoencoder) continue;
        if (k > 0 && !model->history[k - 1].autoencoder && model->history[k - 1].member == e->member &&
            e->learning_rate < model->history[k - 1].learning_rate / 5)
            stage[e->member]++;
        if (stage[e->member] == 0) best[e->member] = fmin(best[e->member], e->valid_loss);
        if (model->history_kept[k]) kept[e->member] = e->valid_loss;
    }
    for (int k = 0; k < 2; k++) {
        assert_int_equal(stage[k], 1);
        assert_true(kept[k] <= best[k] + 1e-9);
    }
    assert_int_equal(ms_model_predict(model, c.x, cohort_n, cohort_p, risk, NULL), MS_OK);
    assert_int_equal(ms_model_save(model, scratch("joint"), NULL), MS_OK);
    assert_int_equal(ms_model_load(&back, scratch("joint"), NULL), MS_OK);
    assert_int_equal(ms_model_predict(back, c.x, cohort_n, cohort_p, again, NULL), MS_OK);
    assert_memory_equal(risk, again, sizeof risk);
    ms_model_free(back);
    ms_threads_set(1);
    ms_model *one = cohort_train(&c, &config, 3);
    ms_threads_set(0);
    assert_int_equal(ms_model_predict(one, c.x, cohort_n, cohort_p, again, NULL), MS_OK);
    assert_memory_equal(risk, again, sizeof risk);
    ms_model_free(one);
    ms_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),        cmocka_unit_test(test_tied),
        cmocka_unit_test(test_joint_gradient), cmocka_unit_test(test_joint_starts_where_the_parts_are),
        cmocka_unit_test(test_joint_training),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
