/* The autoencoder: in -> hidden -> code -> hidden reversed -> in, trained to restore its (scaled) input. Only
 * the way to the code is kept. */
#include "model/model.h"

#include <math.h>
#include <string.h>

typedef struct targets {
    const double *train, *valid;
    size_t n_train, n_valid; /* numbers, not rows */
    size_t p;
} targets;

/* Mean squared error over all values. */
static double squared_error(void *context, int part, const size_t *rows, size_t n_rows, const double *out,
                            double *gradient) {
    const targets *t = context;
    const double *x = part == MS_ROWS_TRAIN ? t->train : t->valid;
    const size_t n = rows ? n_rows * t->p : part == MS_ROWS_TRAIN ? t->n_train : t->n_valid;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = out[i] - (rows ? x[rows[i / t->p] * t->p + i % t->p] : x[i]);
        sum += d * d;
        if (gradient) gradient[i] = 2 * d / (double)n;
    }
    return sum / (double)n;
}

static void lay_out(ms_net *net, const ms_fit_config *config, size_t p, size_t code_size) {
    size_t n = 0;
    net->sizes[n++] = p;
    for (size_t i = 0; i < config->n_hidden; i++) net->sizes[n++] = config->hidden[i];
    net->sizes[n++] = code_size;
    for (size_t i = config->n_hidden; i-- > 0;) net->sizes[n++] = config->hidden[i];
    net->sizes[n] = p;
    net->n_layers = n;
    for (size_t i = 0; i + 1 < n; i++) net->activations[i] = (int)config->activation;
    for (size_t i = 0; i + 1 < n; i++) net->norms[i] = (int)config->norm;
    net->activations[n - 1] = (int)config->output_activation;
}

/* Layer k of the decoder has the transposed weights of its mirror image. */
static void tie(ms_net *net) {
    for (size_t k = net->n_layers / 2; k < net->n_layers; k++) net->tied[k] = (int)(net->n_layers - k);
}

/* The first half of the trained network, with its own weights. */
static ms_status take_encoder(const ms_net *net, size_t n_layers, ms_net *encoder, ms_error *err) {
    ms_net half = *net;
    half.n_layers = n_layers;
    const size_t n = ms_net_n_weights(&half);
    half.weights = ms_calloc(n, sizeof *half.weights);
    if (!half.weights) return ms_error_nomem(err);
    memcpy(half.weights, net->weights, n * sizeof *half.weights);
    *encoder = half;
    return MS_OK;
}

/* The held-back rows behind the others: x reordered into sorted[n * p]. */
static size_t put_held_last(const double *x, size_t n, size_t p, const uint8_t *held, double *sorted) {
    size_t at = 0, n_train = 0;
    for (int part = 0; part < 2; part++) {
        for (size_t i = 0; i < n; i++)
            if (held[i] == part) memcpy(sorted + p * at++, x + i * p, p * sizeof *x);
        if (part == 0) n_train = at;
    }
    return n_train;
}

static ms_status train_whole(const ms_training *training, const double *sorted, size_t n_train, size_t p,
                             ms_net *net, ms_autoencoder_result *result, ms_error *err) {
    const ms_fit_config *config = &training->config->encoder;
    const size_t n_valid = training->n - n_train;
    targets t = {sorted, sorted + n_train * p, n_train * p, n_valid * p, p};
    ms_random *weights = ms_random_new(training->seed, "autoencoder weights");
    ms_status status = weights ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_net_init(net, config->init, config->init_sd, weights, err);
    if (status == MS_OK) {
        const ms_fit fit = {.config = config,
                            .x_train = t.train,
                            .x_valid = t.valid,
                            .n_train = n_train,
                            .n_valid = n_valid,
                            .loss = squared_error,
                            .context = &t,
                            .autoencoder = true,
                            .seed = training->seed,
                            .input_noise = training->config->encoder_noise,
                            .input_dropout = training->config->encoder_mask,
                            .device = training->config->device,
                            .checkpoint = training->checkpoint,
                            .callback = training->callback,
                            .callback_context = training->callback_context,
                            .what = "autoencoder"};
        status = ms_fit_run(&fit, net, &result->record, err);
    }
    ms_random_free(weights);
    return status;
}

ms_status ms_autoencoder_train(const ms_training *training, const double *x, size_t p, size_t code_size,
                               ms_autoencoder_result *result, ms_error *err) {
    ms_autoencoder_result made = {0};
    ms_net net = {0};
    size_t n_held;
    uint8_t *held = ms_calloc(training->n, 1);
    double *sorted = ms_calloc(training->n * p, sizeof *sorted);
    ms_status status = held && sorted ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_split_rows(training, 0, held, &n_held, err);
    if (status != MS_OK) goto cleanup;
    lay_out(&net, &training->config->encoder, p, code_size);
    if (training->config->encoder_tied) tie(&net);
    const size_t n_train = put_held_last(x, training->n, p, held, sorted);
    status = train_whole(training, sorted, n_train, p, &net, &made, err);
    if (status == MS_OK)
        status = take_encoder(&net, training->config->encoder.n_hidden + 1, &made.encoder, err);
    if (status != MS_OK) goto cleanup;
    const ms_epoch *kept = &made.record.epochs[made.record.kept];
    made.reconstruction = n_train < training->n ? kept->valid_loss : kept->train_loss;
    if (training->config->joint > 0) {
        made.whole = net;
        net = (ms_net){0};
    }
    *result = made;
cleanup:
    if (status != MS_OK) ms_fit_record_clear(&made.record);
    ms_net_clear(&net);
    free(held);
    free(sorted);
    return status;
}
