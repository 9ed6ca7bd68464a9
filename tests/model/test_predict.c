/* Prediction over many patients: the fast way gives the bytes of the plain one, with any number of threads.
 */
#include "model/cohort.h"
#include "model/predict.h"

/* A network with weights from a normal distribution. */
static ms_net make_net(const size_t *sizes, size_t n_layers, int activation, int norm, uint64_t seed) {
    ms_net net = {.n_layers = n_layers};
    for (size_t i = 0; i <= n_layers; i++) net.sizes[i] = sizes[i];
    for (size_t i = 0; i < n_layers; i++) {
        net.activations[i] = i + 1 < n_layers ? activation : MS_ACT_LINEAR;
        net.norms[i] = i + 1 < n_layers ? norm : MS_NORM_NONE;
    }
    net.weights = ms_calloc(ms_net_n_weights(&net), sizeof *net.weights);
    assert_non_null(net.weights);
    ms_random *random = ms_random_new(seed, "weights");
    assert_non_null(random);
    for (size_t i = 0; i < ms_net_n_weights(&net); i++) net.weights[i] = ms_random_normal(random) / 4;
    ms_random_free(random);
    return net;
}

/* Panels against ms_net_forward, which goes neuron by neuron: sums are taken in the same order, so the bytes
 * are the same. Widths that are no multiple of a tile, more inputs than a block, every activation, layer
 * norm. */
static void test_panels(void **state) {
    (void)state;
    static const size_t shapes[][5] = {{1, 1},          {3, 4, 1},   {7, 5, 3, 2, 1},
                                       {600, 13, 6, 1}, {256, 8, 1}, {257, 9, 1}};
    static const size_t layers[] = {1, 2, 4, 3, 2, 2};
    for (size_t s = 0; s < MS_COUNT(shapes); s++)
        for (int activation = 0; activation < MS_ACTIVATIONS; activation++)
            for (int norm = 0; norm <= MS_NORM_LAYER; norm++) {
                ms_net net = make_net(shapes[s], layers[s], activation, norm, s + 1);
                const size_t p = shapes[s][0];
                double *x = ms_calloc(MS_CHUNK * p, sizeof *x), *panels = ms_calloc(MS_CHUNK * p, sizeof *x);
                double *a = ms_calloc(ms_net_panel_room(&net), sizeof *a);
                double *b = ms_calloc(ms_net_panel_room(&net), sizeof *b);
                double plain[MS_CHUNK];
                ms_random *random = ms_random_new(9, "x");
                assert_true(x && panels && a && b && random);
                for (size_t i = 0; i < MS_CHUNK; i++)
                    for (size_t j = 0; j < p; j++)
                        panels[(i / MS_LANES * p + j) * MS_LANES + i % MS_LANES] = x[i * p + j] =
                            ms_random_normal(random);
                assert_int_equal(ms_net_forward(&net, x, MS_CHUNK, plain, NULL), MS_OK);
                const double *out = ms_net_panels(&net, panels, NULL, a, b);
                for (size_t i = 0; i < MS_CHUNK; i++) assert_close(out[i], plain[i], 1e-12);
                ms_random_free(random);
                free(x);
                free(panels);
                free(a);
                free(b);
                ms_net_clear(&net);
            }
}

static ms_model *make_model(bool autoencoder, size_t members) {
    static cohort c;
    ms_train_config config;
    cohort_make(&c, 1);
    quick_config(&config);
    config.network.epochs = 15;
    config.encoder.epochs = 10;
    config.members = members;
    config.autoencoder = autoencoder ? MS_TRAIN_ON : MS_TRAIN_OFF;
    return cohort_train(&c, &config, 5);
}

enum { many = 2500 };

/* Patients, some values missing, some beyond the clip; x is to be freed. */
static double *make_patients(void) {
    double *x = ms_calloc(many * cohort_p, sizeof *x);
    ms_random *random = ms_random_new(4, "patients");
    assert_true(x && random);
    for (size_t i = 0; i < many * cohort_p; i++)
        x[i] = ms_random_below(random, 50) == 0 ? (double)NAN : 50 + 30 * ms_random_normal(random);
    ms_random_free(random);
    return x;
}

/* By hand: preprocessing, encoder, standardised code, networks, mean, shrinkage. */
static void test_by_hand_and_threads(void **state) {
    (void)state;
    for (int autoencoder = 0; autoencoder < 2; autoencoder++) {
        ms_model *model = make_model(autoencoder, 3);
        double *x = make_patients(), *risk = ms_calloc(many, sizeof *risk),
               *again = ms_calloc(many, sizeof *risk);
        double *code = ms_calloc(many * model->prep.n_used, sizeof *code), scaled[cohort_p], out;
        assert_true(risk && again && code);
        assert_int_equal(ms_model_predict(model, x, many, cohort_p, risk, NULL), MS_OK);
        for (size_t i = 0; i < many; i++) {
            double z[cohort_p], sum = 0;
            ms_prep_apply(&model->prep, x + i * cohort_p, 1, scaled);
            memcpy(z, scaled, sizeof z);
            if (autoencoder) {
                assert_int_equal(ms_net_forward(&model->encoder, scaled, 1, z, NULL), MS_OK);
                for (size_t k = 0; k < model->code_size; k++)
                    z[k] = (z[k] - model->code_centre[k]) / model->code_scale[k];
            }
            for (size_t k = 0; k < 3; k++) {
                assert_int_equal(ms_net_forward(&model->members[k], z, 1, &out, NULL), MS_OK);
                sum += out - model->member_centre[k];
            }
            assert_close(risk[i], sum * model->shrinkage / 3, 1e-12);
        }
        for (unsigned threads = 1; threads <= 3; threads++) {
            ms_threads_set(threads);
            assert_int_equal(ms_model_predict(model, x, many, cohort_p, again, NULL), MS_OK);
            assert_memory_equal(risk, again, many * sizeof *risk);
        }
        ms_threads_set(0);
        /* A patient's risk does not depend on who stands before them. */
        assert_int_equal(ms_model_predict(model, x + 1000 * cohort_p, 7, cohort_p, again, NULL), MS_OK);
        assert_memory_equal(risk + 1000, again, 7 * sizeof *risk);
        assert_int_equal(ms_model_encode(model, x, many, cohort_p, code, NULL), MS_OK);
        free(x);
        free(risk);
        free(again);
        free(code);
        ms_model_free(model);
    }
}

/* The first bad row is named, with any number of threads. */
static void test_infinite(void **state) {
    (void)state;
    ms_model *model = make_model(false, 2);
    double *x = make_patients(), *risk = ms_calloc(many, sizeof *risk);
    x[2000 * cohort_p + 3] = INFINITY;
    x[1500 * cohort_p + 1] = -INFINITY;
    for (unsigned threads = 1; threads <= 2; threads++) {
        ms_error err = {0};
        ms_threads_set(threads);
        assert_int_equal(ms_model_predict(model, x, many, cohort_p, risk, &err), MS_EINPUT);
        assert_says(&err, "row 1501, column sma_cm2");
    }
    ms_threads_set(0);
    free(x);
    free(risk);
    ms_model_free(model);
}

/* A table read as texts, a table of numbers (ms_table_read_columns), and the array: the same bytes. */
static void test_tables(void **state) {
    (void)state;
    ms_model *model = make_model(true, 2);
    double *x = make_patients(), *risk = ms_calloc(many, sizeof *risk),
           *other = ms_calloc(many, sizeof *risk);
    ms_table *made = NULL, *texts = NULL, *numbers = NULL;
    size_t column, row;
    assert_int_equal(ms_table_new(&made, "made", NULL), MS_OK);
    for (size_t j = cohort_p; j-- > 0;) /* in another order */
        assert_int_equal(ms_table_add_column(made, cohort_names[j], &column, NULL), MS_OK);
    for (size_t i = 0; i < many; i++) {
        assert_int_equal(ms_table_add_row(made, &row, NULL), MS_OK);
        for (size_t j = 0; j < cohort_p; j++)
            assert_int_equal(ms_table_set_number(made, row, cohort_p - 1 - j, x[i * cohort_p + j], NULL),
                             MS_OK);
    }
    assert_int_equal(ms_table_write(made, scratch("t.csv"), NULL), MS_OK);
    assert_int_equal(ms_table_read(&texts, scratch("t.csv"), NULL), MS_OK);
    assert_int_equal(ms_table_read_columns(&numbers, scratch("t.csv"), cohort_names, cohort_p, NULL), MS_OK);
    assert_int_equal(ms_model_predict(model, x, many, cohort_p, risk, NULL), MS_OK);
    assert_int_equal(ms_model_predict_table(model, texts, other, NULL), MS_OK);
    assert_memory_equal(risk, other, many * sizeof *risk);
    assert_int_equal(ms_model_predict_table(model, numbers, other, NULL), MS_OK);
    assert_memory_equal(risk, other, many * sizeof *risk);
    ms_table_free(made);
    ms_table_free(texts);
    ms_table_free(numbers);
    free(x);
    free(risk);
    free(other);
    ms_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_panels),
        cmocka_unit_test(test_by_hand_and_threads),
        cmocka_unit_test(test_infinite),
        cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
