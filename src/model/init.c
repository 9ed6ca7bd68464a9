/* Initial weights and dropout masks, from our own random numbers. */
#include "model/model.h"

#include <math.h>

static double truncated_normal(ms_random *random) {
    double z;
    do z = ms_random_normal(random);
    while (fabs(z) > 2);
    return z;
}

static double draw_weight(ms_weight_init init, double sd, size_t n_in, size_t n_out, ms_random *random) {
    switch (init) {
    case MS_INIT_XAVIER:
        return sqrt(2.0 / (double)(n_in + n_out)) * ms_random_normal(random);
    case MS_INIT_LECUN:
        return sqrt(1.0 / (double)n_in) * ms_random_normal(random);
    case MS_INIT_UNIFORM:
        return (2 * ms_random_uniform(random) - 1) / sqrt((double)n_in);
    case MS_INIT_HE:
        return sqrt(2.0 / (double)n_in) * ms_random_normal(random);
    default:
        return sd * truncated_normal(random);
    }
}

ms_status ms_net_init(ms_net *net, ms_weight_init init, double sd, ms_random *random, ms_error *err) {
    net->weights = ms_calloc(ms_net_n_weights(net), sizeof *net->weights);
    if (!net->weights) return ms_error_nomem(err);
    double *w = net->weights;
    for (size_t layer = 0; layer < net->n_layers; layer++) {
        const size_t n_in = ms_net_layer_inputs(net, layer), n_out = net->sizes[layer + 1];
        for (size_t i = 0; i < n_in * n_out; i++) *w++ = draw_weight(init, sd, n_in, n_out, random);
        for (size_t i = 0; i < n_out; i++)
            *w++ = init == MS_INIT_UNIFORM ? draw_weight(init, sd, n_in, n_out, random) : 0;
        if (net->norms[layer] == MS_NORM_NONE) continue;
        for (size_t i = 0; i < n_out; i++) *w++ = 1; /* gain; the shift stays 0 */
        w += n_out;
    }
    return MS_OK;
}

/* One random number decides on three neurons, 17 bits each: training spends a good part of its time here. */
void ms_net_draw_masks(size_t n, double dropout, ms_random *random, double *masks) {
    const double keep = 1 / (1 - dropout);
    const uint64_t limit = (uint64_t)(dropout * 0x1p17);
    for (size_t i = 0; i < n;) {
        uint64_t bits = (uint64_t)(ms_random_uniform(random) * 0x1p51);
        for (int k = 0; k < 3 && i < n; k++, bits >>= 17) masks[i++] = (bits & 0x1ffff) < limit ? 0 : keep;
    }
}
