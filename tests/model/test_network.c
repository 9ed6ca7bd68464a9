/* The networks: libtorch's forward pass and gradient against the plain C of prediction. */
#include "base/scratch.h"
#include "model/close.h"
#include "model/model.h"

#include <math.h>

enum { n_rows = 7, n_in = 5, n_hidden = 2, n_out = 3 };

/* The engine under test: the program's own, then libtorch's. */
static const ms_torch_functions *torch;

static int open_own(void **state) {
    (void)state;
    torch = ms_dense_functions();
    return 0;
}

static int open_torch(void **state) {
    (void)state;
    ms_error err = {0};
    if (ms_torch_open(&torch, &err) == MS_OK) return 0;
    print_message("%s\n", err.message);
    return -1;
}

/* in -> 6 -> 4 -> out, with random constants too. */
static void make_net(ms_net *net, int activation, uint64_t seed) {
    static const size_t sizes[] = {n_in, 6, 4, n_out};
    *net = (ms_net){.n_layers = 3};
    memcpy(net->sizes, sizes, sizeof sizes);
    for (size_t i = 0; i < 3; i++) net->activations[i] = i < n_hidden ? activation : MS_ACT_LINEAR;
    ms_random *random = ms_random_new(seed, "net");
    assert_int_equal(ms_net_init(net, MS_INIT_XAVIER, 1, random, NULL), MS_OK);
    for (size_t i = 0; i < ms_net_n_weights(net); i++) net->weights[i] += 0.3 * ms_random_normal(random);
    ms_random_free(random);
}

static void draw(double *values, size_t n, double sd, uint64_t seed) {
    ms_random *random = ms_random_new(seed, "inputs");
    for (size_t i = 0; i < n; i++) values[i] = sd * ms_random_normal(random);
    ms_random_free(random);
}

static ms_torch_net *open_net(const ms_net *net, const double *x, double l1, double l2, int optimizer) {
    char message[MS_TORCH_MESSAGE] = "";
    ms_torch_net *handle = NULL;
    const ms_torch_part parts[] = {{x, n_rows}, {x, 2}};
    const ms_torch_spec spec = {.n_layers = net->n_layers,
                                .sizes = net->sizes,
                                .activations = net->activations,
                                .norms = net->norms,
                                .from = net->from,
                                .tied = net->tied,
                                .unpenalised = net->unpenalised,
                                .weights = net->weights,
                                .parts = parts,
                                .n_parts = 2,
                                .step_rows = n_rows,
                                .optimizer = optimizer,
                                .l1 = l1,
                                .l2 = l2};
    assert_int_equal(torch->net_new(&handle, &spec, message), 0);
    return handle;
}

static void test_forward_is_the_same(void **state) {
    (void)state;
    double x[n_rows * n_in], ours[n_rows * n_out], theirs[n_rows * n_out];
    char message[MS_TORCH_MESSAGE] = "";
    draw(x, MS_COUNT(x), 3, 1);
    for (int activation = MS_ACT_LINEAR; activation < MS_ACTIVATIONS; activation++) {
        ms_net net;
        make_net(&net, activation, 2);
        ms_torch_net *handle = open_net(&net, x, 0, 0, MS_OPT_SGD);
        assert_int_equal(ms_net_forward(&net, x, n_rows, ours, NULL), MS_OK);
        assert_int_equal(torch->look(handle, 0, theirs, message), 0);
        for (size_t i = 0; i < MS_COUNT(ours); i++) assert_close(ours[i], theirs[i], 1e-12);
        assert_int_equal(torch->look(handle, 1, theirs, message), 0);
        for (size_t i = 0; i < 2 * n_out; i++) assert_close(ours[i], theirs[i], 1e-12);
        torch->net_free(handle);
        ms_net_clear(&net);
    }
}

/* sum of g * out + l1 |w| + l2 w^2 */
static double objective(const ms_net *net, const double *x, const double *g, double l1, double l2) {
    double out[n_rows * n_out], sum = 0;
    const double *w = net->weights;
    assert_int_equal(ms_net_forward(net, x, n_rows, out, NULL), MS_OK);
    for (size_t i = 0; i < MS_COUNT(out); i++) sum += g[i] * out[i];
    for (size_t layer = 0; layer < net->n_layers; layer++) {
        const size_t n = net->sizes[layer] * net->sizes[layer + 1];
        for (size_t i = 0; i < n; i++) sum += l1 * fabs(w[i]) + l2 * w[i] * w[i];
        w += n + net->sizes[layer + 1];
    }
    return sum;
}

static double derivative(ms_net *net, size_t i, const double *x, const double *g, double l1, double l2) {
    double slope[2];
    const double w = net->weights[i];
    for (int k = 0; k < 2; k++) {
        const double h = k ? 5e-5 : 1e-4;
        net->weights[i] = w + h;
        const double up = objective(net, x, g, l1, l2);
        net->weights[i] = w - h;
        slope[k] = (up - objective(net, x, g, l1, l2)) / (2 * h);
    }
    net->weights[i] = w;
    return (4 * slope[1] - slope[0]) / 3;
}

/* The kinks of relu and selu are away from these inputs. */
static void test_gradient(void **state) {
    (void)state;
    double x[n_rows * n_in], g[n_rows * n_out], out[n_rows * n_out], gradient[100];
    char message[MS_TORCH_MESSAGE] = "";
    draw(x, MS_COUNT(x), 1, 3);
    draw(g, MS_COUNT(g), 1, 4);
    for (int activation = MS_ACT_LINEAR; activation < MS_ACTIVATIONS; activation++)
        for (int penalised = 0; penalised < 2; penalised++) {
            const double l1 = penalised * 0.3, l2 = penalised * 0.7;
            ms_net net;
            make_net(&net, activation, 5);
            ms_torch_net *handle = open_net(&net, x, l1, l2, MS_OPT_ADAM);
            assert_true(ms_net_n_weights(&net) <= MS_COUNT(gradient));
            assert_int_equal(torch->forward(handle, x, n_rows, NULL, out, message), 0);
            assert_int_equal(torch->backward(handle, g, message), 0);
            assert_int_equal(torch->gradient(handle, gradient, message), 0);
            for (size_t i = 0; i < ms_net_n_weights(&net); i++)
                assert_close(gradient[i], derivative(&net, i, x, g, l1, l2), 1e-8);
            torch->net_free(handle);
            ms_net_clear(&net);
        }
}

/* Dropout: a neuron with factor 0 passes nothing on, and the others are scaled up. */
static void test_masks(void **state) {
    (void)state;
    double x[n_rows * n_in], out[n_rows * n_out], masks[n_rows * 10];
    char message[MS_TORCH_MESSAGE] = "";
    ms_net net;
    draw(x, MS_COUNT(x), 1, 6);
    make_net(&net, MS_ACT_TANH, 7);
    ms_torch_net *handle = open_net(&net, x, 0, 0, MS_OPT_SGD);
    for (size_t i = 0; i < MS_COUNT(masks); i++) masks[i] = i < n_rows * 6 ? 1 : 0;
    assert_int_equal(torch->forward(handle, x, n_rows, masks, out, message), 0);
    const double *constants = net.weights + ms_net_n_weights(&net) - n_out;
    for (size_t i = 0; i < MS_COUNT(out); i++) assert_close(out[i], constants[i % n_out], 1e-15);
    ms_random *random = ms_random_new(8, "masks");
    double kept = 0;
    for (int k = 0; k < 200; k++) {
        ms_net_draw_masks(MS_COUNT(masks), 0.25, random, masks);
        for (size_t i = 0; i < MS_COUNT(masks); i++) {
            assert_true(masks[i] == 0 || masks[i] == 1 / 0.75);
            kept += masks[i] > 0;
        }
    }
    assert_close(kept / (200 * n_rows * 10), 0.75, 0.02);
    ms_random_free(random);
    torch->net_free(handle);
    ms_net_clear(&net);
}

/* One step from the definitions: SGD w - lr g; Adam's first step is lr g / (|g| + eps) (Kingma and Ba 2015).
 */
static void test_first_step(void **state) {
    (void)state;
    const double rate = 0.01;
    double x[n_rows * n_in], g[n_rows * n_out], out[n_rows * n_out], gradient[100], stepped[100];
    char message[MS_TORCH_MESSAGE] = "";
    draw(x, MS_COUNT(x), 1, 9);
    draw(g, MS_COUNT(g), 1, 10);
    for (int optimizer = MS_OPT_SGD; optimizer <= MS_OPT_ADAMW; optimizer++) {
        ms_net net;
        make_net(&net, MS_ACT_TANH, 11);
        ms_torch_net *handle = open_net(&net, x, 0, 0.5, optimizer);
        assert_int_equal(torch->forward(handle, x, n_rows, NULL, out, message), 0);
        assert_int_equal(torch->backward(handle, g, message), 0);
        assert_int_equal(torch->gradient(handle, gradient, message), 0);
        assert_int_equal(torch->step(handle, rate, message), 0);
        assert_int_equal(torch->weights(handle, stepped, message), 0);
        for (size_t i = 0; i < n_in * 6; i++) { /* the first layer's weights */
            const double w = net.weights[i], d = gradient[i];
            const double sign = d / (fabs(d) + 1e-8);
            double expected = w - rate * d;
            if (optimizer == MS_OPT_RMSPROP) expected = w - rate * d / (sqrt(0.01) * fabs(d) + 1e-8);
            if (optimizer == MS_OPT_ADAM) expected = w - rate * sign;
            if (optimizer == MS_OPT_ADAMW) expected = w * (1 - rate * 2 * 0.5) - rate * sign;
            assert_close(stepped[i], expected, 1e-12);
        }
        torch->net_free(handle);
        ms_net_clear(&net);
    }
}

static void test_mistakes_come_back_as_messages(void **state) {
    (void)state;
#ifdef MS_SANITIZED
    print_message(
        "skipped: the address sanitizer of a C program cannot see exceptions of a module opened later\n");
    skip();
#endif
    double x[n_rows * n_in], g[n_rows * n_out] = {0};
    char message[MS_TORCH_MESSAGE] = "";
    ms_net net;
    draw(x, MS_COUNT(x), 1, 12);
    make_net(&net, MS_ACT_TANH, 13);
    ms_torch_net *handle = open_net(&net, x, 0, 0, MS_OPT_SGD);
    assert_int_not_equal(torch->backward(handle, g, message), 0);
    assert_non_null(strstr(message, "backward before forward"));
    torch->net_free(handle);
    torch->net_free(NULL);
    net.activations[0] = 99;
    const ms_torch_part part = {x, n_rows};
    const ms_torch_spec spec = {.n_layers = net.n_layers,
                                .sizes = net.sizes,
                                .activations = net.activations,
                                .norms = net.norms,
                                .from = net.from,
                                .tied = net.tied,
                                .unpenalised = net.unpenalised,
                                .weights = net.weights,
                                .parts = &part,
                                .n_parts = 1,
                                .step_rows = n_rows};
    assert_int_not_equal(torch->net_new(&handle, &spec, message), 0);
    assert_non_null(strstr(message, "unknown activation"));
    ms_net_clear(&net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward_is_the_same),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_first_step),
        cmocka_unit_test(test_mistakes_come_back_as_messages),
    };
    const int failed = cmocka_run_group_tests_name("own engine", tests, open_own, NULL);
    return failed + cmocka_run_group_tests_name("libtorch", tests, open_torch, NULL);
}
