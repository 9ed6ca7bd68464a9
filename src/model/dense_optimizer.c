/* How a step is taken: SGD with momentum (Nesterov's form as Sutskever et al. 2013), RMSprop (Tieleman and
 * Hinton 2012, decay 0.99), Adam (Kingma and Ba 2015, 0.9 and 0.999) and AdamW (Loshchilov and Hutter 2019).
 * Details are PyTorch's, which the tests hold them against. */
#include "model/dense_train.h"

#include <math.h>

#define EPSILON 1e-8

static void sgd(ms_torch_net *net, double rate) {
    double *w = net->shape.weights, *velocity = net->memory[0];
    for (size_t i = 0; i < net->n_weights; i++) {
        double g = net->gradient[i];
        velocity[i] = net->momentum * velocity[i] + g;
        g = net->nesterov ? g + net->momentum * velocity[i] : velocity[i];
        w[i] -= rate * g;
    }
}

static void rmsprop(ms_torch_net *net, double rate) {
    double *w = net->shape.weights, *square = net->memory[0], *velocity = net->memory[1];
    for (size_t i = 0; i < net->n_weights; i++) {
        const double g = net->gradient[i];
        square[i] = 0.99 * square[i] + 0.01 * g * g;
        velocity[i] = net->momentum * velocity[i] + g / (sqrt(square[i]) + EPSILON);
        w[i] -= rate * velocity[i];
    }
}

/* decay: AdamW's, on weights alone. */
static void adam(ms_torch_net *net, double rate, double decay) {
    double *w = net->shape.weights, *first = net->memory[0], *second = net->memory[1];
    const double step = rate / (1 - pow(0.9, net->steps));
    const double root = sqrt(1 - pow(0.999, net->steps));
    for (size_t i = 0; i < net->n_weights; i++) {
        const double g = net->gradient[i];
        if (net->is_weight[i]) w[i] *= 1 - rate * decay;
        first[i] = 0.9 * first[i] + 0.1 * g;
        second[i] = 0.999 * second[i] + 0.001 * g * g;
        w[i] -= step * first[i] / (sqrt(second[i]) / root + EPSILON);
    }
}

void ms_dense_tie(ms_torch_net *net) {
    double *w = net->shape.weights;
    for (size_t l = 0; l < net->shape.n_layers; l++) {
        const ms_dense_layer *layer = &net->layers[l];
        if (layer->tied == 0) continue;
        const double *other = w + net->layers[layer->tied - 1].first;
        for (size_t i = 0; i < layer->n_out; i++)
            for (size_t j = 0; j < layer->n_in; j++)
                w[layer->first + i * layer->n_in + j] = other[j * layer->n_out + i];
    }
}

void ms_dense_step(ms_torch_net *net, double rate) {
    net->steps++;
    switch (net->optimizer) {
    case MS_OPT_SGD:
        sgd(net, rate);
        break;
    case MS_OPT_RMSPROP:
        rmsprop(net, rate);
        break;
    default:
        adam(net, rate, net->optimizer == MS_OPT_ADAMW ? 2 * net->l2 : 0);
        break;
    }
    ms_dense_tie(net);
}
