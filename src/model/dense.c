/* A fully connected network, forward only: what prediction needs. Training's forward pass is libtorch's; a
 * test holds the two against each other. */
#include "model/model.h"

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

/* Mean 0 and variance 1 over a layer's sums, then gain and shift. */
static void normalise(const double *gain, size_t n, double *z) {
    const double *shift = gain + n;
    double mean = 0, variance = 0;
    for (size_t k = 0; k < n; k++) mean += z[k];
    mean /= (double)n;
    for (size_t k = 0; k < n; k++) variance += (z[k] - mean) * (z[k] - mean);
    const double scale = 1 / sqrt(variance / (double)n + MS_NORM_EPSILON);
    for (size_t k = 0; k < n; k++) z[k] = gain[k] * (z[k] - mean) * scale + shift[k];
}

/* One layer for one row. */
static void layer_forward(const ms_net *net, size_t layer, const double *weights, const double *in,
                          double *out) {
    const size_t n_in = net->sizes[layer], n_out = net->sizes[layer + 1];
    const double *constants = weights + n_out * n_in;
    for (size_t unit = 0; unit < n_out; unit++) {
        const double *w = weights + unit * n_in;
        double sum = constants[unit];
        for (size_t k = 0; k < n_in; k++) sum += w[k] * in[k];
        out[unit] = sum;
    }
    if (net->norms[layer] != MS_NORM_NONE) normalise(constants + n_out, n_out, out);
    for (size_t unit = 0; unit < n_out; unit++)
        out[unit] = ms_activation_value(net->activations[layer], out[unit]);
}

ms_status ms_net_forward(const ms_net *net, const double *x, size_t n, double *out, ms_error *err) {
    size_t widest = 0;
    for (size_t layer = 0; layer <= net->n_layers; layer++)
        if (net->sizes[layer] > widest) widest = net->sizes[layer];
    double *work = ms_calloc(2 * widest, sizeof *work);
    if (!work) return ms_error_nomem(err);
    const size_t n_in = net->sizes[0], n_out = net->sizes[net->n_layers];
    for (size_t row = 0; row < n; row++) {
        const double *in = x + row * n_in;
        const double *weights = net->weights;
        for (size_t layer = 0; layer < net->n_layers; layer++) {
            double *result = layer + 1 == net->n_layers ? out + row * n_out : work + (layer % 2) * widest;
            layer_forward(net, layer, weights, in, result);
            weights += ms_net_layer_weights(net, layer);
            in = result;
        }
    }
    free(work);
    return MS_OK;
}
