/* Batch norm into the weights: gain (W x + c - mean) / SD + shift = W' x + c'. */
#include "model/dense_train.h"

#include <string.h>

/* The network's own engine measures the means and variances. */
static ms_status measure(const ms_net *net, const double *x, size_t n, ms_torch_net **handle, ms_error *err) {
    char message[MS_TORCH_MESSAGE] = "";
    const ms_torch_functions *engine = ms_dense_functions();
    const ms_torch_part part = {x, n};
    const ms_torch_spec spec = {.n_layers = net->n_layers,
                                .sizes = net->sizes,
                                .activations = net->activations,
                                .norms = net->norms,
                                .from = net->from,
                                .tied = net->tied,
                                .weights = net->weights,
                                .parts = &part,
                                .n_parts = 1,
                                .step_rows = 1};
    if (engine->net_new(handle, &spec, message) != 0)
        return ms_error_set(err, MS_ERESOURCE, "batch norm: %s", message);
    double *out = ms_calloc(n * (*handle)->n_out, sizeof *out);
    if (out) (void)engine->look(*handle, 0, out, message);
    free(out);
    return out ? MS_OK : ms_error_nomem(err);
}

static void fold_layer(const ms_dense_layer *layer, const double *from, double *to) {
    const size_t n = layer->n_out, n_in = layer->n_in;
    const double *constants = from + n * n_in, *gain = constants + n, *shift = gain + n;
    for (size_t i = 0; i < n; i++) {
        const double factor = gain[i] * layer->inverse[i];
        for (size_t j = 0; j < n_in; j++) to[i * n_in + j] = factor * from[i * n_in + j];
        to[n * n_in + i] = factor * (constants[i] - layer->mean[i]) + shift[i];
    }
}

ms_status ms_dense_fold(ms_net *net, const double *x, size_t n, ms_error *err) {
    bool any = false;
    for (size_t l = 0; l < net->n_layers; l++) any = any || net->norms[l] == MS_NORM_BATCH;
    if (!any) return MS_OK;
    ms_torch_net *handle = NULL;
    ms_net folded = *net;
    for (size_t l = 0; l < net->n_layers; l++)
        if (net->norms[l] == MS_NORM_BATCH) folded.norms[l] = MS_NORM_NONE;
    folded.weights = ms_calloc(ms_net_n_weights(&folded), sizeof *folded.weights);
    ms_status status = folded.weights ? measure(net, x, n, &handle, err) : ms_error_nomem(err);
    double *to = folded.weights;
    for (size_t l = 0; status == MS_OK && l < net->n_layers; l++) {
        const double *from = net->weights + handle->layers[l].first;
        if (net->norms[l] == MS_NORM_BATCH)
            fold_layer(&handle->layers[l], from, to);
        else
            memcpy(to, from, ms_net_layer_weights(net, l) * sizeof *to);
        to += ms_net_layer_weights(&folded, l);
    }
    ms_dense_functions()->net_free(handle);
    if (status != MS_OK) {
        free(folded.weights);
        return status;
    }
    free(net->weights);
    *net = folded;
    return MS_OK;
}
