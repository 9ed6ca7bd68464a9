/* A fully connected network, forward only: what prediction needs. */
#include "model/dense_train.h"

#include <math.h>

/* Klambauer et al. 2017, equation 2 and the values after it. */
#define SELU_ALPHA 1.6732632423543772848170429916717
#define SELU_SCALE 1.0507009873554804934193349852946

void ms_net_clear(ms_net *net) {
    free(net->weights);
    *net = (ms_net){0};
}

size_t ms_net_layer_inputs(const ms_net *net, size_t layer) {
    return net->sizes[net->from[layer] > 0 ? (size_t)net->from[layer] : layer];
}

size_t ms_net_layer_weights(const ms_net *net, size_t layer) {
    const size_t own = net->norms[layer] == MS_NORM_NONE ? 1 : 3;
    return net->sizes[layer + 1] * (ms_net_layer_inputs(net, layer) + own);
}

size_t ms_net_n_weights(const ms_net *net) {
    size_t n = 0;
    for (size_t layer = 0; layer < net->n_layers; layer++) n += ms_net_layer_weights(net, layer);
    return n;
}

static double softplus(double x) {
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

double ms_activation_value(int activation, double x) {
    switch (activation) {
    case MS_ACT_RELU:
        return x > 0 ? x : 0;
    case MS_ACT_SIGMOID:
        return 1 / (1 + exp(-x));
    case MS_ACT_TANH:
        return tanh(x);
    case MS_ACT_SELU:
        return SELU_SCALE * (x > 0 ? x : SELU_ALPHA * expm1(x));
    case MS_ACT_ELU:
        return x > 0 ? x : expm1(x);
    case MS_ACT_GELU:
        return 0.5 * x * (1 + erf(x * M_SQRT1_2));
    case MS_ACT_LEAKY_RELU:
        return x > 0 ? x : 0.01 * x;
    case MS_ACT_SOFTPLUS:
        return softplus(x);
    case MS_ACT_SILU:
        return x / (1 + exp(-x));
    case MS_ACT_MISH:
        return x * tanh(softplus(x));
    default:
        return x;
    }
}

/* One layer for n rows; packed: its weights as the product wants them. The same sums, one after the other,
 * whether a row comes alone or among others, and the same as while training. */
static void layer_forward(const ms_net *net, size_t layer, const double *weights, const double *packed,
                          size_t n, const double *in, double *out) {
    const ms_dense_kernels *kernels = ms_dense_kernels_get();
    const size_t n_in = net->sizes[layer], n_out = net->sizes[layer + 1];
    const double *constants = weights + n_out * n_in;
    if (packed) {
        kernels->product(n, n_out, n_in, in, n_in, 1, packed, constants, out, n_out);
    } else {
        for (size_t i = 0; i < n * n_out; i++) {
            const double *w = weights + i % n_out * n_in, *x = in + i / n_out * n_in;
            double sum = constants[i % n_out];
            for (size_t k = 0; k < n_in; k++) sum += w[k] * x[k];
            out[i] = sum;
        }
    }
    if (net->norms[layer] != MS_NORM_NONE) ms_dense_norm_rows(constants + n_out, n, n_out, out, NULL, out);
    kernels->activate(net->activations[layer], n * n_out, out, out, NULL);
}

/* So few rows are not worth the packing. */
#define FEW 4u

static double *pack_all(const ms_net *net) {
    size_t size = 0;
    for (size_t l = 0; l < net->n_layers; l++) size += ms_packed_size(net->sizes[l], net->sizes[l + 1]);
    double *packed = ms_calloc(size, sizeof *packed), *at = packed;
    const double *weights = net->weights;
    for (size_t l = 0; packed && l < net->n_layers; l++) {
        ms_pack(net->sizes[l], net->sizes[l + 1], weights, 1, net->sizes[l], at);
        at += ms_packed_size(net->sizes[l], net->sizes[l + 1]);
        weights += ms_net_layer_weights(net, l);
    }
    return packed;
}

/* Rows that go through all layers while they are in the processor's cache. */
static void block_forward(const ms_net *net, const double *packed, const double *x, size_t n, double *work,
                          size_t widest, double *out) {
    const double *weights = net->weights, *in = x;
    for (size_t layer = 0; layer < net->n_layers; layer++) {
        double *result = layer + 1 == net->n_layers ? out : work + (layer % 2) * widest * MS_DENSE_ROWS;
        layer_forward(net, layer, weights, packed, n, in, result);
        weights += ms_net_layer_weights(net, layer);
        if (packed) packed += ms_packed_size(net->sizes[layer], net->sizes[layer + 1]);
        in = result;
    }
}

ms_status ms_net_forward(const ms_net *net, const double *x, size_t n, double *out, ms_error *err) {
    size_t widest = 0;
    for (size_t layer = 0; layer <= net->n_layers; layer++)
        if (net->sizes[layer] > widest) widest = net->sizes[layer];
    double *work = ms_calloc(2 * widest * MS_DENSE_ROWS, sizeof *work);
    double *packed = n > FEW ? pack_all(net) : NULL;
    if (!work || (n > FEW && !packed)) {
        free(work);
        free(packed);
        return ms_error_nomem(err);
    }
    const size_t n_in = net->sizes[0], n_out = net->sizes[net->n_layers];
    for (size_t row = 0; row < n; row += MS_DENSE_ROWS) {
        const size_t rows = n - row < MS_DENSE_ROWS ? n - row : MS_DENSE_ROWS;
        block_forward(net, packed, x + row * n_in, rows, work, widest, out + row * n_out);
    }
    free(work);
    free(packed);
    return MS_OK;
}
