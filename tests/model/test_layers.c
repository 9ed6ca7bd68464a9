/* Layers beyond the plain chain, for both engines: layer norm, batch norm, tied weights, a branch, a cut
 * gradient; batch norm folded into the weights; and the kernels at every width. */
#include "base/scratch.h"
#include "model/close.h"
#include "model/dense_kernel.h"
#include "model/model.h"

#include <math.h>

enum { n_rows = 9, n_in = 4, n_most = 200 };

static const ms_torch_functions *engine;

static int open_own(void **state) {
    (void)state;
    engine = ms_dense_functions();
    return 0;
}

static int open_torch(void **state) {
    (void)state;
    ms_error err = {0};
    if (ms_torch_open(&engine, &err) == MS_OK) return 0;
    print_message("%s\n", err.message);
    return -1;
}

static void draw(double *values, size_t n, double sd, uint64_t seed) {
    ms_random *random = ms_random_new(seed, "numbers");
    for (size_t i = 0; i < n; i++) values[i] = sd * ms_random_normal(random);
    ms_random_free(random);
}

/* 4 -> 5 -> 3 -> 1, the kinds below, random weights; gains around 1. */
enum { CHAIN, LAYER, BATCH, TREE, TIED, KINDS };
static void make_net(ms_net *net, int kind) {
    static const size_t chain[] = {n_in, 5, 3, 1}, tree[] = {n_in, 3, 2, 1, n_in};
    static const int activations[] = {MS_ACT_TANH, MS_ACT_SILU, MS_ACT_LINEAR};
    const bool branched = kind == TREE || kind == TIED;
    *net = (ms_net){.n_layers = branched ? 4 : 3};
    memcpy(net->sizes, branched ? tree : chain, (net->n_layers + 1) * sizeof *net->sizes);
    memcpy(net->activations, activations, sizeof activations);
    for (size_t l = 0; l < 2; l++)
        net->norms[l] = kind == LAYER ? MS_NORM_LAYER : kind == BATCH ? MS_NORM_BATCH : MS_NORM_NONE;
    if (branched) net->from[3] = 1; /* a decoder from the first layer's output */
    if (kind == TIED) net->tied[3] = 1;
    ms_random *random = ms_random_new(3, "net");
    assert_int_equal(ms_net_init(net, MS_INIT_XAVIER, 1, random, NULL), MS_OK);
    for (size_t i = 0; i < ms_net_n_weights(net); i++) net->weights[i] += 0.2 * ms_random_normal(random);
    ms_random_free(random);
}

typedef struct job {
    ms_net net;
    double x[n_rows * n_in], g[n_rows * 8];
    size_t n_out;
    double l1, l2, clip;
} job;

static ms_torch_net *open_job(const job *j) {
    char message[MS_TORCH_MESSAGE] = "";
    ms_torch_net *handle = NULL;
    const ms_torch_part parts[] = {{j->x, n_rows}, {j->x, 2}};
    const ms_torch_spec spec = {.n_layers = j->net.n_layers,
                                .sizes = j->net.sizes,
                                .activations = j->net.activations,
                                .norms = j->net.norms,
                                .from = j->net.from,
                                .tied = j->net.tied,
                                .weights = j->net.weights,
                                .parts = parts,
                                .n_parts = 2,
                                .step_rows = n_rows,
                                .optimizer = MS_OPT_SGD,
                                .l1 = j->l1,
                                .l2 = j->l2,
                                .clip = j->clip};
    if (engine->net_new(&handle, &spec, message) != 0) fail_msg("%s", message);
    return handle;
}

static void make_job(job *j, int kind) {
    *j = (job){0};
    make_net(&j->net, kind);
    j->n_out = kind == TREE || kind == TIED ? 1 + n_in : 1;
    draw(j->x, MS_COUNT(j->x), 1, 4);
    draw(j->g, n_rows * j->n_out, 1, 5);
}

/* sum of g * out + penalties; a tied layer is not penalised twice. */
static double objective(const job *j) {
    double out[n_rows * 8], sum = 0;
    char message[MS_TORCH_MESSAGE] = "";
    ms_torch_net *handle = open_job(j);
    assert_int_equal(engine->look(handle, 0, out, message), 0);
    engine->net_free(handle);
    for (size_t i = 0; i < n_rows * j->n_out; i++) sum += j->g[i] * out[i];
    const double *w = j->net.weights;
    for (size_t l = 0; l < j->net.n_layers; l++) {
        const size_t n = ms_net_layer_inputs(&j->net, l) * j->net.sizes[l + 1];
        for (size_t i = 0; j->net.tied[l] == 0 && i < n; i++) sum += j->l1 * fabs(w[i]) + j->l2 * w[i] * w[i];
        w += ms_net_layer_weights(&j->net, l);
    }
    return sum;
}

static double derivative(job *j, size_t i) {
    double slope[2];
    const double w = j->net.weights[i];
    for (int k = 0; k < 2; k++) {
        const double h = k ? 2e-4 : 4e-4;
        j->net.weights[i] = w + h;
        const double up = objective(j);
        j->net.weights[i] = w - h;
        slope[k] = (up - objective(j)) / (2 * h);
    }
    j->net.weights[i] = w;
    return (4 * slope[1] - slope[0]) / 3;
}

static void gradient_of(const job *j, double *gradient) {
    double out[n_rows * 8];
    char message[MS_TORCH_MESSAGE] = "";
    ms_torch_net *handle = open_job(j);
    assert_int_equal(engine->forward(handle, j->x, n_rows, NULL, out, message), 0);
    assert_int_equal(engine->backward(handle, j->g, message), 0);
    assert_int_equal(engine->gradient(handle, gradient, message), 0);
    engine->net_free(handle);
}

static void test_gradients(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++)
        for (int penalised = 0; penalised < 2; penalised++) {
            job j;
            double gradient[n_most];
            make_job(&j, kind);
            j.l1 = penalised * 0.2;
            j.l2 = penalised * 0.4;
            assert_true(ms_net_n_weights(&j.net) <= n_most);
            gradient_of(&j, gradient);
            size_t first = 0;
            for (size_t l = 0; l < j.net.n_layers; l++) {
                const size_t n = ms_net_layer_weights(&j.net, l);
                const size_t skip =
                    j.net.tied[l] > 0 ? ms_net_layer_inputs(&j.net, l) * j.net.sizes[l + 1] : 0;
                for (size_t i = 0; i < skip; i++) assert_close(gradient[first + i], 0, 0);
                for (size_t i = skip; i < n; i++)
                    assert_close(gradient[first + i], derivative(&j, first + i), 1e-9);
                first += n;
            }
            ms_net_clear(&j.net);
        }
}

/* Cut to a length, in the same direction. */
static void test_clip(void **state) {
    (void)state;
    job j;
    double whole[n_most], cut[n_most], length = 0, cut_length = 0;
    make_job(&j, LAYER);
    const size_t n = ms_net_n_weights(&j.net);
    gradient_of(&j, whole);
    for (size_t i = 0; i < n; i++) length += whole[i] * whole[i];
    j.clip = 0.5 * sqrt(length);
    gradient_of(&j, cut);
    for (size_t i = 0; i < n; i++) cut_length += cut[i] * cut[i];
    assert_close(sqrt(cut_length), j.clip, 1e-12);
    for (size_t i = 0; i < n; i++) assert_close(cut[i], 0.5 * whole[i], 1e-12);
    j.clip = 2 * sqrt(length);
    gradient_of(&j, cut);
    for (size_t i = 0; i < n; i++) assert_close(cut[i], whole[i], 1e-14);
    ms_net_clear(&j.net);
}

/* Tied weights stay each other's transposes from step to step; the state brings everything back. */
static void test_tied_and_state(void **state) {
    (void)state;
    job j;
    double out[n_rows * 8], w[n_most], again[n_most];
    char message[MS_TORCH_MESSAGE] = "";
    make_job(&j, TIED);
    ms_torch_net *handle = open_job(&j);
    double *kept = ms_calloc(engine->state_size(handle), sizeof *kept);
    for (int step = 0; step < 6; step++) {
        if (step == 3) assert_int_equal(engine->state_get(handle, kept, message), 0);
        assert_int_equal(engine->forward(handle, j.x, n_rows, NULL, out, message), 0);
        assert_int_equal(engine->backward(handle, j.g, message), 0);
        assert_int_equal(engine->step(handle, 0.01, message), 0);
    }
    assert_int_equal(engine->weights(handle, w, message), 0);
    const double *first = w, *last = w;
    for (size_t l = 0; l < 3; l++) last += ms_net_layer_weights(&j.net, l);
    for (size_t i = 0; i < n_in; i++)
        for (size_t k = 0; k < 3; k++) assert_close(last[i * 3 + k], first[k * n_in + i], 0);
    engine->net_free(handle);
    handle = open_job(&j);
    assert_int_equal(engine->state_set(handle, kept, message), 0);
    for (int step = 3; step < 6; step++) {
        assert_int_equal(engine->forward(handle, j.x, n_rows, NULL, out, message), 0);
        assert_int_equal(engine->backward(handle, j.g, message), 0);
        assert_int_equal(engine->step(handle, 0.01, message), 0);
    }
    assert_int_equal(engine->weights(handle, again, message), 0);
    assert_memory_equal(w, again, ms_net_n_weights(&j.net) * sizeof *w);
    engine->net_free(handle);
    free(kept);
    ms_net_clear(&j.net);
}

/* After folding, a plain network gives what batch norm gave with the training rows' means and variances. */
static void test_fold(void **state) {
    (void)state;
    job j;
    double before[n_rows], some[2], after[n_rows];
    char message[MS_TORCH_MESSAGE] = "";
    make_job(&j, BATCH);
    ms_torch_net *handle = open_job(&j);
    assert_int_equal(engine->look(handle, 0, before, message), 0);
    assert_int_equal(engine->look(handle, 1, some, message), 0);
    for (size_t i = 0; i < 2; i++) assert_close(some[i], before[i], 1e-14);
    engine->net_free(handle);
    assert_int_equal(ms_dense_fold(&j.net, j.x, n_rows, NULL), MS_OK);
    for (size_t l = 0; l < j.net.n_layers; l++) assert_int_equal(j.net.norms[l], MS_NORM_NONE);
    assert_int_equal(ms_net_forward(&j.net, j.x, n_rows, after, NULL), MS_OK);
    for (size_t i = 0; i < n_rows; i++) assert_close(after[i], before[i], 1e-12);
    ms_net_clear(&j.net);
}

/* Prediction of layer norm is training's; a row alone gives the bytes that it gives among others. */
static void test_forward(void **state) {
    (void)state;
    enum { n = 600 };
    static double x[n * n_in], all[n], one;
    job j;
    double out[n_rows];
    char message[MS_TORCH_MESSAGE] = "";
    make_job(&j, LAYER);
    ms_torch_net *handle = open_job(&j);
    assert_int_equal(engine->look(handle, 0, out, message), 0);
    engine->net_free(handle);
    assert_int_equal(ms_net_forward(&j.net, j.x, n_rows, all, NULL), MS_OK);
    for (size_t i = 0; i < n_rows; i++) assert_close(all[i], out[i], 1e-13);
    draw(x, MS_COUNT(x), 2, 6);
    assert_int_equal(ms_net_forward(&j.net, x, n, all, NULL), MS_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ms_net_forward(&j.net, x + i * n_in, 1, &one, NULL), MS_OK);
        assert_memory_equal(&one, &all[i], sizeof one);
    }
    ms_net_clear(&j.net);
}

/* exp against the C library's, and the same bytes from every width of registers. */
static void test_kernels(void **state) {
    (void)state;
    enum { n = 1003, m = 13, k = 37, columns = 21 };
    static double x[n], e[n], first[n], a[m * k], b[k * columns], c[m * columns], c_first[m * columns];
    static double slope[n], slope_first[n], packed[k * 24], start[columns];
    for (size_t i = 0; i < n; i++) x[i] = -720 + 1430 * (double)i / n;
    draw(a, MS_COUNT(a), 1, 7);
    draw(b, MS_COUNT(b), 1, 8);
    draw(start, MS_COUNT(start), 1, 9);
    ms_pack(k, columns, b, columns, 1, packed);
    for (unsigned lanes = 2; lanes <= 8; lanes *= 2) {
        const ms_dense_kernels *kernels = ms_dense_kernels_width(lanes);
        kernels->exponentials(n, x, 0, e);
        if (lanes == 2) memcpy(first, e, sizeof e);
        assert_memory_equal(e, first, sizeof e);
        for (size_t i = 0; i < n; i++)
            assert_close(x[i] < -708 ? 0 : e[i] / exp(x[i]) - 1, e[i] > 0 ? 0 : 0, 4e-16);
        kernels->product(m, columns, k, a, k, 1, packed, start, c, columns);
        if (lanes == 2) memcpy(c_first, c, sizeof c);
        assert_memory_equal(c, c_first, sizeof c);
        for (size_t i = 0; i < m * columns; i++) {
            double sum = start[i % columns];
            for (size_t l = 0; l < k; l++) sum += a[i / columns * k + l] * b[l * columns + i % columns];
            assert_close(c[i], sum, 0);
        }
        double rows[m * 16], expected[m * 16], sums[16] = {0};
        draw(rows, MS_COUNT(rows), 1, 10);
        memcpy(expected, rows, sizeof rows);
        kernels->product_rows(m, 16, k, a, k, 1, b, columns, rows, 16);
        for (size_t i = 0; i < MS_COUNT(rows); i++) {
            for (size_t l = 0; l < k; l++) expected[i] += a[i / 16 * k + l] * b[l * columns + i % 16];
            assert_close(rows[i], expected[i], 0);
        }
        kernels->add_rows(m, 15, rows, sums);
        kernels->multiply(MS_COUNT(rows), rows, expected);
        for (size_t i = 0; i < MS_COUNT(rows); i++) assert_close(expected[i], rows[i] * rows[i], 0);
        for (size_t i = 0; i < 15; i++) {
            for (size_t row = 0; row < m; row++) sums[i] -= rows[row * 15 + i];
            assert_close(sums[i], 0, 1e-13);
        }
        for (int activation = 0; activation < MS_ACTIVATIONS; activation++) {
            double z[19], y[19];
            for (size_t i = 0; i < 19; i++) z[i] = i == 18 ? (double)NAN : ((double)i - 9) * 1.7;
            kernels->activate(activation, 19, z, y, slope + 19 * (size_t)activation);
            for (size_t i = 0; i < 18; i++) assert_close(y[i], ms_activation_value(activation, z[i]), 2e-15);
            if (activation != MS_ACT_RELU && activation != MS_ACT_LEAKY_RELU) assert_true(isnan(y[18]));
        }
        if (lanes == 2) memcpy(slope_first, slope, sizeof slope);
        for (size_t i = 0; i < 19 * MS_ACTIVATIONS; i++)
            assert_true(slope[i] == slope_first[i] || isnan(slope[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients),      cmocka_unit_test(test_clip),
        cmocka_unit_test(test_tied_and_state), cmocka_unit_test(test_fold),
        cmocka_unit_test(test_forward),        cmocka_unit_test(test_kernels),
    };
    const int failed = cmocka_run_group_tests_name("own engine", tests, open_own, NULL);
    return failed + cmocka_run_group_tests_name("libtorch", tests, open_torch, NULL);
}
