/* A fully connected network from the sums of its first layer on, forward with everything kept, and back. */
#include "model/explain.h"

#include <math.h>
#include <string.h>

#define SELU_ALPHA 1.6732632423543772848170429916717
#define SELU_SCALE 1.0507009873554804934193349852946

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static double softplus(double x) {
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

double ms_activation_slope(int activation, double x) {
    switch (activation) {
    case MS_ACT_RELU:
        return x > 0 ? 1 : 0;
    case MS_ACT_SIGMOID:
        return sigmoid(x) * (1 - sigmoid(x));
    case MS_ACT_TANH: {
        const double t = tanh(x);
        return 1 - t * t;
    }
    case MS_ACT_SELU:
        return SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * exp(x));
    case MS_ACT_ELU:
        return x > 0 ? 1 : exp(x);
    case MS_ACT_GELU:
        return 0.5 * (1 + erf(x * M_SQRT1_2)) + x * exp(-0.5 * x * x) * 0.5 * M_SQRT1_2 * M_2_SQRTPI;
    case MS_ACT_LEAKY_RELU:
        return x > 0 ? 1 : 0.01;
    case MS_ACT_SOFTPLUS:
        return sigmoid(x);
    case MS_ACT_SILU:
        return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
    case MS_ACT_MISH: {
        const double t = tanh(softplus(x));
        return t + x * (1 - t * t) * sigmoid(x);
    }
    default:
        return 1;
    }
}

bool ms_activation_kinked(int activation) {
    return activation == MS_ACT_RELU || activation == MS_ACT_SELU || activation == MS_ACT_ELU ||
           activation == MS_ACT_LEAKY_RELU;
}

/* Layer l keeps what it sums up, what its activation receives (the same without a norm) and what it gives;
 * two rows of the widest layer follow the last. */
static size_t layer_at(const ms_net *net, size_t layer) {
    size_t at = 0;
    for (size_t l = 0; l < layer; l++) at += 3 * net->sizes[l + 1];
    return at;
}

static size_t widest(const ms_net *net) {
    size_t most = 0;
    for (size_t l = 1; l <= net->n_layers; l++)
        if (net->sizes[l] > most) most = net->sizes[l];
    return most;
}

size_t ms_net_tail_places(const ms_net *net) {
    return layer_at(net, net->n_layers) + 2 * widest(net);
}

static void layer_sums(const double *weights, size_t n_in, size_t n_out, const double *in, double *sums) {
    const double *constants = weights + n_out * n_in;
    for (size_t unit = 0; unit < n_out; unit++) {
        const double *w = weights + unit * n_in;
        double sum = constants[unit];
        for (size_t k = 0; k < n_in; k++) sum += w[k] * in[k];
        sums[unit] = sum;
    }
}

/* in_gradient = weights' * gradient */
static void layer_back(const double *weights, size_t n_in, size_t n_out, const double *gradient,
                       double *in_gradient) {
    memset(in_gradient, 0, n_in * sizeof *in_gradient);
    for (size_t unit = 0; unit < n_out; unit++) {
        const double *w = weights + unit * n_in;
        for (size_t k = 0; k < n_in; k++) in_gradient[k] += gradient[unit] * w[k];
    }
}

void ms_net_first_sums(const ms_net *net, const double *x, double *sums) {
    layer_sums(net->weights, net->sizes[0], net->sizes[1], x, sums);
}

void ms_net_first_back(const ms_net *net, const double *sums_gradient, double *x_gradient) {
    layer_back(net->weights, net->sizes[0], net->sizes[1], sums_gradient, x_gradient);
}

/* Mean and 1 / sqrt(variance + epsilon) of a layer's sums. */
static void moments(const double *sums, size_t n, double *mean, double *scale) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += sums[i];
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (sums[i] - *mean) * (sums[i] - *mean);
    *scale = 1 / sqrt(squares / (double)n + MS_NORM_EPSILON);
}

/* gain and shift stand behind a layer's constants. */
static void norm_forward(const double *gain, size_t n, const double *sums, double *out) {
    double mean, scale;
    moments(sums, n, &mean, &scale);
    for (size_t i = 0; i < n; i++) out[i] = gain[i] * (sums[i] - mean) * scale + gain[n + i];
}

/* In place: from the gradient by what the norm gives to that by the sums. */
static void norm_back(const double *gain, size_t n, const double *sums, double *gradient) {
    double mean, scale, total = 0, along = 0;
    moments(sums, n, &mean, &scale);
    for (size_t i = 0; i < n; i++) {
        gradient[i] *= gain[i];
        total += gradient[i];
        along += gradient[i] * (sums[i] - mean) * scale;
    }
    for (size_t i = 0; i < n; i++)
        gradient[i] =
            scale * (gradient[i] - total / (double)n - (sums[i] - mean) * scale * along / (double)n);
}

const double *ms_net_tail(const ms_net *net, const double *sums, double *work) {
    const double *weights = net->weights;
    double *own = work;
    memcpy(own, sums, net->sizes[1] * sizeof *own);
    for (size_t l = 0;; l++) {
        const size_t from = net->sizes[l], n = net->sizes[l + 1];
        double *received = own + n, *out = received + n;
        if (net->norms[l] == MS_NORM_NONE)
            memcpy(received, own, n * sizeof *own);
        else
            norm_forward(weights + n * (from + 1), n, own, received);
        for (size_t i = 0; i < n; i++) out[i] = ms_activation_value(net->activations[l], received[i]);
        if (l + 1 == net->n_layers) return out;
        weights += ms_net_layer_weights(net, l);
        own = out + n;
        layer_sums(weights, n, net->sizes[l + 2], out, own);
    }
}

void ms_net_tail_back(const ms_net *net, double *work, const double *out_gradient, double *sums_gradient) {
    double *gradient = work + layer_at(net, net->n_layers), *before = gradient + widest(net);
    const double *weights = net->weights + ms_net_n_weights(net);
    memcpy(gradient, out_gradient, net->sizes[net->n_layers] * sizeof *gradient);
    for (size_t l = net->n_layers; l-- > 0;) {
        const size_t n = net->sizes[l + 1], from = net->sizes[l];
        const double *sums = work + layer_at(net, l), *received = sums + n;
        weights -= ms_net_layer_weights(net, l);
        for (size_t i = 0; i < n; i++) gradient[i] *= ms_activation_slope(net->activations[l], received[i]);
        if (net->norms[l] != MS_NORM_NONE) norm_back(weights + n * (from + 1), n, sums, gradient);
        if (l == 0) break;
        layer_back(weights, from, n, gradient, before);
        double *swap = gradient;
        gradient = before;
        before = swap;
    }
    memcpy(sums_gradient, gradient, net->sizes[1] * sizeof *gradient);
}

size_t ms_net_kink_values(const ms_net *net, const double *work, double *values) {
    size_t n = 0;
    for (size_t l = 0; l < net->n_layers; l++) {
        const size_t size = net->sizes[l + 1];
        if (!ms_activation_kinked(net->activations[l])) continue;
        if (values) memcpy(values + n, work + layer_at(net, l) + size, size * sizeof *values);
        n += size;
    }
    return n;
}
