/* The program's own engine for training fully connected networks on the processor: torch_shim.h says what it
 * does. The rows of a step go through the layers in parts of MS_DENSE_ROWS, forward and back; with batch
 * norm, which needs all rows of a layer at once, in one. */
#include "model/dense_train.h"

#include <math.h>
#include <string.h>

static int fails(char *message, const char *why) {
    (void)ms_text_format(message, MS_TORCH_MESSAGE, "%s", why);
    return 1;
}

static void net_free(ms_torch_net *net) {
    if (!net) return;
    for (size_t l = 0; l < MS_NET_MAX_LAYERS; l++) {
        ms_dense_layer *layer = &net->layers[l];
        double *const owned[] = {layer->out,  layer->slope,   layer->z,      layer->scale,       layer->down,
                                 layer->mean, layer->inverse, layer->packed, layer->packed_back, layer->look};
        for (size_t i = 0; i < MS_COUNT(owned); i++) free(owned[i]);
    }
    ms_net_clear(&net->shape);
    free(net->gradient);
    free(net->scratch);
    free(net->zeros);
    free(net->is_weight);
    free(net->memory[0]);
    free(net->memory[1]);
    free(net);
}

/* Shapes of the layers, without memory. */
static void lay_out(ms_torch_net *net, const ms_torch_spec *spec) {
    ms_net *shape = &net->shape;
    shape->n_layers = spec->n_layers;
    memcpy(shape->sizes, spec->sizes, (spec->n_layers + 1) * sizeof *shape->sizes);
    memcpy(shape->activations, spec->activations, spec->n_layers * sizeof *shape->activations);
    memcpy(shape->norms, spec->norms, spec->n_layers * sizeof *shape->norms);
    memcpy(shape->from, spec->from, spec->n_layers * sizeof *shape->from);
    memcpy(shape->tied, spec->tied, spec->n_layers * sizeof *shape->tied);
    if (spec->unpenalised)
        memcpy(shape->unpenalised, spec->unpenalised, spec->n_layers * sizeof *shape->unpenalised);
    net->widest = shape->sizes[0];
    for (size_t l = 0; l < shape->n_layers; l++) {
        ms_dense_layer *layer = &net->layers[l];
        *layer = (ms_dense_layer){.n_in = ms_net_layer_inputs(shape, l),
                                  .n_out = shape->sizes[l + 1],
                                  .first = net->n_weights,
                                  .activation = shape->activations[l],
                                  .norm = shape->norms[l],
                                  .from = shape->from[l] > 0 ? (size_t)shape->from[l] : l,
                                  .tied = (size_t)shape->tied[l],
                                  .leaf = true};
        net->n_weights += ms_net_layer_weights(shape, l);
        net->whole = net->whole || layer->norm == MS_NORM_BATCH;
        if (layer->from > 0) net->layers[layer->from - 1].leaf = false;
        if (layer->n_out > net->widest) net->widest = layer->n_out;
    }
    for (size_t l = 0; l < shape->n_layers; l++) {
        if (!net->layers[l].leaf) continue;
        net->layers[l].column = net->n_out;
        net->n_out += net->layers[l].n_out;
    }
}

static bool layer_room(const ms_torch_net *net, ms_dense_layer *layer) {
    const size_t rows = net->step_rows, n = layer->n_out;
    layer->out = ms_calloc(rows * n, sizeof(double));
    layer->slope = ms_calloc(rows * n, sizeof(double));
    layer->down = ms_calloc(net->together * n, sizeof(double));
    layer->look = ms_calloc(net->look_rows * n, sizeof(double));
    layer->packed = ms_calloc(ms_packed_size(layer->n_in, n), sizeof(double));
    layer->packed_back = ms_calloc(ms_packed_size(n, layer->n_in), sizeof(double));
    bool ok = layer->out && layer->slope && layer->down && layer->look && layer->packed && layer->packed_back;
    if (layer->norm != MS_NORM_NONE) {
        layer->z = ms_calloc(rows * n, sizeof(double));
        layer->scale = ms_calloc(rows, sizeof(double));
        layer->mean = ms_calloc(n, sizeof(double));
        layer->inverse = ms_calloc(n, sizeof(double));
        ok = ok && layer->z && layer->scale && layer->mean && layer->inverse;
    }
    return ok;
}

static bool take_memory(ms_torch_net *net) {
    const size_t longest = net->parts[0].n > net->step_rows ? net->parts[0].n : net->step_rows;
    net->together = net->whole ? net->step_rows : MS_DENSE_ROWS;
    net->look_rows = net->whole && longest > MS_DENSE_ROWS ? longest : MS_DENSE_ROWS;
    const size_t block = net->together > net->look_rows ? net->together : net->look_rows;
    net->shape.weights = ms_calloc(net->n_weights, sizeof(double));
    net->gradient = ms_calloc(net->n_weights, sizeof(double));
    net->memory[0] = ms_calloc(net->n_weights, sizeof(double));
    net->memory[1] = ms_calloc(net->n_weights, sizeof(double));
    net->is_weight = ms_calloc(net->n_weights, 1);
    net->scratch = ms_calloc(ms_packed_size(block, net->widest), sizeof(double));
    net->zeros = ms_calloc(net->widest, sizeof(double));
    bool ok = net->shape.weights && net->gradient && net->memory[0] && net->memory[1] && net->is_weight &&
              net->scratch && net->zeros;
    for (size_t l = 0; ok && l < net->shape.n_layers; l++) {
        const ms_dense_layer *layer = &net->layers[l];
        ok = layer_room(net, &net->layers[l]);
        const bool penalised = layer->tied == 0 && !net->shape.unpenalised[l];
        if (ok) memset(net->is_weight + layer->first, penalised, layer->n_in * layer->n_out);
    }
    return ok;
}

static int net_new(ms_torch_net **out, const ms_torch_spec *spec, char *message) {
    if (spec->n_layers > MS_NET_MAX_LAYERS || spec->n_parts < 1 ||
        spec->n_parts > MS_ROWS_WATCHED + MS_TRAIN_MAX_WATCHED)
        return fails(message, "too many layers or sets of rows");
    for (size_t l = 0; l < spec->n_layers; l++)
        if (spec->activations[l] < 0 || spec->activations[l] >= MS_ACTIVATIONS)
            return fails(message, "unknown activation");
    ms_torch_net *net = ms_calloc(1, sizeof *net);
    if (!net) return fails(message, "out of memory");
    lay_out(net, spec);
    memcpy(net->parts, spec->parts, spec->n_parts * sizeof *net->parts);
    net->n_parts = spec->n_parts;
    net->step_rows = spec->step_rows;
    net->optimizer = spec->optimizer;
    net->l1 = spec->l1;
    net->l2 = spec->l2;
    net->momentum = spec->momentum;
    net->nesterov = spec->nesterov != 0;
    net->clip = spec->clip;
    net->kernels = ms_dense_kernels_get();
    if (!take_memory(net)) {
        net_free(net);
        return fails(message, "out of memory");
    }
    memcpy(net->shape.weights, spec->weights, net->n_weights * sizeof(double));
    ms_dense_tie(net);
    *out = net;
    return 0;
}

/* The weights as the products want them, once after each change. */
static void pack(ms_torch_net *net) {
    if (net->is_packed) return;
    for (size_t l = 0; l < net->shape.n_layers; l++) {
        const ms_dense_layer *layer = &net->layers[l];
        const double *w = net->shape.weights + layer->first;
        ms_pack(layer->n_in, layer->n_out, w, 1, layer->n_in, layer->packed);
        if (layer->from > 0) ms_pack(layer->n_out, layer->n_in, w, layer->n_in, 1, layer->packed_back);
    }
    net->is_packed = true;
}

/* Where a layer's block of rows finds its inputs and puts its results. */
typedef struct place {
    const double *in;
    double *out, *slope, *z, *scale; /* slope and scale may be NULL */
} place;

static void layer_rows(const ms_torch_net *net, const ms_dense_layer *layer, size_t n, bool measure,
                       const place *at) {
    const double *constants = net->shape.weights + layer->first + layer->n_in * layer->n_out;
    const double *gain = constants + layer->n_out;
    double *sums = layer->norm == MS_NORM_NONE ? at->out : at->z;
    net->kernels->product(n, layer->n_out, layer->n_in, at->in, layer->n_in, 1, layer->packed, constants,
                          sums, layer->n_out);
    if (layer->norm == MS_NORM_LAYER) {
        ms_dense_norm_rows(gain, n, layer->n_out, sums, at->scale, at->out);
    } else if (layer->norm == MS_NORM_BATCH) {
        if (measure) ms_dense_norm_measure(n, layer->n_out, sums, layer->mean, layer->inverse);
        ms_dense_norm_columns(gain, n, layer->n_out, layer->mean, layer->inverse, sums, at->out);
    }
    net->kernels->activate(layer->activation, n * layer->n_out, at->out, at->out, at->slope);
}

static void copy_leaf(const ms_torch_net *net, const ms_dense_layer *layer, const double *from, size_t n,
                      double *out) {
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * net->n_out + layer->column, from + i * layer->n_out, layer->n_out * sizeof *out);
}

static int look(ms_torch_net *net, size_t part, double *out, char *message) {
    if (part >= net->n_parts) return fails(message, "there are no such rows");
    const bool measure = net->whole && part == 0;
    const size_t n = net->parts[part].n, block = measure ? net->look_rows : MS_DENSE_ROWS;
    pack(net);
    for (size_t row = 0; row < n; row += block) {
        const size_t rows = n - row < block ? n - row : block;
        for (size_t l = 0; l < net->shape.n_layers; l++) {
            const ms_dense_layer *layer = &net->layers[l];
            const place at = {.in = layer->from > 0 ? net->layers[layer->from - 1].look
                                                    : net->parts[part].x + row * layer->n_in,
                              .out = layer->look,
                              .z = net->scratch};
            layer_rows(net, layer, rows, measure, &at);
            if (layer->leaf) copy_leaf(net, layer, layer->look, rows, out + row * net->n_out);
        }
    }
    return 0;
}

static int forward(ms_torch_net *net, const double *x, size_t n, const double *masks, double *out,
                   char *message) {
    if (n > net->step_rows) return fails(message, "more rows than a step has");
    const size_t block = net->whole ? net->step_rows : MS_DENSE_ROWS;
    pack(net);
    for (size_t row = 0; row < n; row += block) {
        const size_t rows = n - row < block ? n - row : block;
        const double *mask = masks;
        for (size_t l = 0; l < net->shape.n_layers; l++) {
            const ms_dense_layer *layer = &net->layers[l];
            const size_t width = layer->n_out, first = row * width;
            const ms_dense_layer *before = layer->from > 0 ? &net->layers[layer->from - 1] : NULL;
            const place at = {.in = (before ? before->out : x) + row * layer->n_in,
                              .out = layer->out + first,
                              .slope = layer->slope + first,
                              .z = layer->z ? layer->z + first : NULL,
                              .scale = layer->scale ? layer->scale + row : NULL};
            layer_rows(net, layer, rows, true, &at);
            if (layer->leaf) copy_leaf(net, layer, at.out, rows, out + row * net->n_out);
            if (!mask || layer->leaf) continue;
            net->kernels->multiply(rows * width, mask + first, at.out);
            net->kernels->multiply(rows * width, mask + first, at.slope);
            mask += n * width;
        }
    }
    net->x = x;
    net->n = n;
    return 0;
}

/* From d loss / d output of a layer (its `down`) to the gradient of its weights and the `down` of the layer
 * before; `fresh` when nothing is there yet. */
static void layer_back(ms_torch_net *net, size_t l, size_t row, size_t rows, bool fresh) {
    const ms_dense_layer *layer = &net->layers[l];
    const size_t n = layer->n_out, n_in = layer->n_in;
    const double *w = net->shape.weights + layer->first, *slope = layer->slope + row * n;
    double *gradient = net->gradient + layer->first, *constants = gradient + n * n_in, *down = layer->down;
    net->kernels->multiply(rows * n, slope, down);
    if (layer->norm == MS_NORM_LAYER)
        ms_dense_norm_rows_back(w + n * n_in + n, rows, n, layer->z + row * n, layer->scale + row, down,
                                constants + n);
    else if (layer->norm == MS_NORM_BATCH)
        ms_dense_norm_columns_back(w + n * n_in + n, rows, n, layer->z + row * n, layer->inverse, down,
                                   constants + n);
    net->kernels->add_rows(rows, n, down, constants);
    ms_dense_layer *before = layer->from > 0 ? &net->layers[layer->from - 1] : NULL;
    const double *in = (before ? before->out : net->x) + row * n_in;
    if (n_in % MS_PANEL == 0) {
        net->kernels->product_rows(n, n_in, rows, down, 1, n, in, n_in, gradient, n_in);
    } else {
        ms_pack(rows, n_in, in, n_in, 1, net->scratch);
        net->kernels->product(n, n_in, rows, down, 1, n, net->scratch, NULL, gradient, n_in);
    }
    if (before)
        net->kernels->product(rows, n_in, n, down, n, 1, layer->packed_back, fresh ? net->zeros : NULL,
                              before->down, n_in);
}

static void rows_back(ms_torch_net *net, const double *out_gradient, size_t row, size_t rows) {
    bool fresh[MS_NET_MAX_LAYERS];
    for (size_t l = 0; l < net->shape.n_layers; l++) {
        const ms_dense_layer *layer = &net->layers[l];
        fresh[l] = true;
        for (size_t i = 0; layer->leaf && i < rows; i++)
            memcpy(layer->down + i * layer->n_out, out_gradient + (row + i) * net->n_out + layer->column,
                   layer->n_out * sizeof(double));
    }
    for (size_t l = net->shape.n_layers; l-- > 0;) {
        const size_t from = net->layers[l].from;
        layer_back(net, l, row, rows, from == 0 || fresh[from - 1]);
        if (from > 0) fresh[from - 1] = false;
    }
}

/* Tied weights: their gradient is the other layer's too. Then penalties, then the cut. */
static void finish_gradient(ms_torch_net *net) {
    double *g = net->gradient;
    const double *w = net->shape.weights;
    for (size_t l = 0; l < net->shape.n_layers; l++) {
        const ms_dense_layer *layer = &net->layers[l];
        if (layer->tied == 0) continue;
        double *own = g + layer->first, *other = g + net->layers[layer->tied - 1].first;
        for (size_t i = 0; i < layer->n_out; i++)
            for (size_t j = 0; j < layer->n_in; j++) {
                other[j * layer->n_out + i] += own[i * layer->n_in + j];
                own[i * layer->n_in + j] = 0;
            }
    }
    const double l2 = net->optimizer == MS_OPT_ADAMW ? 0 : 2 * net->l2;
    for (size_t i = 0; (l2 > 0 || net->l1 > 0) && i < net->n_weights; i++)
        if (net->is_weight[i]) g[i] += l2 * w[i] + net->l1 * ((w[i] > 0) - (w[i] < 0));
    double squares = 0;
    for (size_t i = 0; net->clip > 0 && i < net->n_weights; i++) squares += g[i] * g[i];
    if (!(net->clip > 0 && squares > net->clip * net->clip)) return;
    const double factor = net->clip / sqrt(squares);
    for (size_t i = 0; i < net->n_weights; i++) g[i] *= factor;
}

static int backward(ms_torch_net *net, const double *out_gradient, char *message) {
    if (!net->x) return fails(message, "backward before forward");
    memset(net->gradient, 0, net->n_weights * sizeof(double));
    for (size_t row = 0; row < net->n; row += net->together) {
        const size_t rows = net->n - row < net->together ? net->n - row : net->together;
        rows_back(net, out_gradient, row, rows);
    }
    finish_gradient(net);
    net->x = NULL;
    return 0;
}

static int gradient(ms_torch_net *net, double *to, char *message) {
    (void)message;
    memcpy(to, net->gradient, net->n_weights * sizeof *to);
    return 0;
}

static int step(ms_torch_net *net, double rate, char *message) {
    (void)message;
    net->is_packed = false;
    ms_dense_step(net, rate);
    return 0;
}

static int weights(ms_torch_net *net, double *to, char *message) {
    (void)message;
    memcpy(to, net->shape.weights, net->n_weights * sizeof *to);
    return 0;
}

static size_t state_size(const ms_torch_net *net) {
    return 1 + 3 * net->n_weights;
}

static int state_get(ms_torch_net *net, double *state, char *message) {
    const size_t n = net->n_weights;
    (void)message;
    state[0] = net->steps;
    memcpy(state + 1, net->shape.weights, n * sizeof *state);
    for (size_t k = 0; k < 2; k++) memcpy(state + 1 + (k + 1) * n, net->memory[k], n * sizeof *state);
    return 0;
}

static int state_set(ms_torch_net *net, const double *state, char *message) {
    const size_t n = net->n_weights;
    (void)message;
    net->steps = state[0];
    memcpy(net->shape.weights, state + 1, n * sizeof *state);
    for (size_t k = 0; k < 2; k++) memcpy(net->memory[k], state + 1 + (k + 1) * n, n * sizeof *state);
    net->is_packed = false;
    return 0;
}

static const char *version(void) {
    return ms_version();
}

static int has_cuda(void) {
    return 0;
}

const ms_torch_functions *ms_dense_functions(void) {
    static const ms_torch_functions table = {
        .abi = MS_TORCH_ABI,
        .version = version,
        .has_cuda = has_cuda,
        .net_new = net_new,
        .net_free = net_free,
        .look = look,
        .forward = forward,
        .backward = backward,
        .gradient = gradient,
        .step = step,
        .weights = weights,
        .state_size = state_size,
        .state_get = state_get,
        .state_set = state_set,
    };
    return &table;
}
