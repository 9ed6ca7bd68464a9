/* A Cox network trained on together with its own copy of the autoencoder:
 *
 *     in -> encoder -> code -> standardised code -> Cox layers -> risk
 *                        `--> decoder -> in
 *
 * The loss is the Cox loss plus `joint` times the mean squared error of the decoder. Encoder and decoder
 * start from the autoencoder, the Cox layers from the network trained on its code; the standardisation
 * between them is a linear layer. Penalties are on the Cox layers alone: what holds the encoder is the
 * decoder. */
#include "model/joint.h"

#include <math.h>
#include <string.h>

double ms_joint_loss(void *context, int part, const size_t *rows, size_t n_rows, const double *out,
                     double *gradient) {
    ms_joint_context *c = context;
    const ms_joint_member *m = c->member;
    const size_t n = rows ? n_rows : m->parts[part].n, width = c->p + 1;
    const double *x = m->parts[part].x;
    for (size_t i = 0; i < n; i++) c->risk[i] = out[i * width];
    const double loss = m->loss(m->loss_context, part, rows, n_rows, c->risk, gradient ? c->slope : NULL);
    const double scale = 2 * c->weight / ((double)n * (double)c->p);
    for (size_t i = 0; gradient && i < n; i++) {
        const double *target = x + (rows ? rows[i] : i) * c->p;
        gradient[i * width] = c->slope[i];
        for (size_t j = 0; j < c->p; j++)
            gradient[i * width + 1 + j] = scale * (out[i * width + 1 + j] - target[j]);
    }
    return loss;
}

static ms_status joint_watch(void *context, int part, const double *out, double *c, ms_error *err) {
    ms_joint_context *j = context;
    for (size_t i = 0; i < j->member->parts[part].n; i++) j->risk[i] = out[i * (j->p + 1)];
    return j->member->watch(j->member->loss_context, part, j->risk, c, err);
}

/* Layer `from` of one network as layer `to` of the other. */
static void take_layer(const ms_net *source, size_t from, ms_net *net, size_t to) {
    net->sizes[to + 1] = source->sizes[from + 1];
    net->activations[to] = source->activations[from];
    net->norms[to] = source->norms[from];
}

static void lay_out(const ms_joint *joint, const ms_net *cox, ms_net *net) {
    const ms_net *whole = &joint->autoencoder;
    const size_t half = whole->n_layers / 2;
    size_t n = 0;
    net->sizes[0] = whole->sizes[0];
    for (size_t k = 0; k < half; k++, n++) take_layer(whole, k, net, n);
    net->sizes[n + 1] = net->sizes[n]; /* the standardised code; linear */
    n++;
    for (size_t k = 0; k < cox->n_layers; k++, n++) take_layer(cox, k, net, n);
    const size_t decoder = n;
    for (size_t k = half; k < whole->n_layers; k++, n++) {
        take_layer(whole, k, net, n);
        net->tied[n] = whole->tied[k]; /* the encoder's layers have kept their numbers */
    }
    net->from[decoder] = (int)half;
    net->n_layers = n;
    for (size_t k = 0; k <= half; k++) net->unpenalised[k] = 1;
    for (size_t k = decoder; k < n; k++) net->unpenalised[k] = 1;
}

/* Weights of the parts, in the order of lay_out. */
static ms_status fill(const ms_joint *joint, const ms_net *cox, ms_net *net, ms_error *err) {
    const ms_net *whole = &joint->autoencoder;
    const size_t size = cox->sizes[0];
    net->weights = ms_calloc(ms_net_n_weights(net), sizeof *net->weights);
    if (!net->weights) return ms_error_nomem(err);
    ms_net half = *whole;
    half.n_layers = whole->n_layers / 2;
    const size_t encoder = ms_net_n_weights(&half), decoder = ms_net_n_weights(whole) - encoder;
    double *w = net->weights;
    memcpy(w, whole->weights, encoder * sizeof *w);
    w += encoder;
    for (size_t k = 0; k < size; k++) {
        w[k * size + k] = 1 / joint->code_scale[k];
        w[size * size + k] = -joint->code_centre[k] / joint->code_scale[k];
    }
    w += size * (size + 1);
    memcpy(w, cox->weights, ms_net_n_weights(cox) * sizeof *w);
    w += ms_net_n_weights(cox);
    memcpy(w, whole->weights + encoder, decoder * sizeof *w);
    return MS_OK;
}

/* The rows of the record behind those of the Cox network's own training. */
static ms_status append_record(ms_fit_record *record, const ms_fit_record *more, size_t n_watched,
                               ms_error *err) {
    const size_t before = record->n, last = before > 0 ? record->epochs[before - 1].epoch + 1 : 0;
    ms_epoch *epochs = ms_realloc(record->epochs, before + more->n, sizeof *epochs);
    if (!epochs) return ms_error_nomem(err);
    record->epochs = epochs;
    if (n_watched > 0) {
        double *watched = ms_realloc(record->watched, (before + more->n) * 2 * n_watched, sizeof *watched);
        if (!watched) return ms_error_nomem(err);
        record->watched = watched;
        memcpy(watched + before * 2 * n_watched, more->watched, more->n * 2 * n_watched * sizeof *watched);
    }
    for (size_t i = 0; i < more->n; i++) {
        epochs[before + i] = more->epochs[i];
        epochs[before + i].epoch += last;
    }
    record->n = record->capacity = before + more->n;
    record->kept = before + more->kept;
    return MS_OK;
}

/* The way to the risk alone, without the decoder. */
static void cut_decoder(ms_net *net, size_t n_layers) {
    net->n_layers = n_layers;
    memset(net->from, 0, sizeof net->from);
    memset(net->tied, 0, sizeof net->tied);
    memset(net->unpenalised, 0, sizeof net->unpenalised);
}

static ms_status run(const ms_training *training, const ms_joint_member *m, ms_net *net, ms_joint_context *c,
                     ms_fit_record *record, ms_error *err) {
    char what[64];
    ms_fit_config config = training->config->network;
    config.learning_rate = training->config->encoder.learning_rate;
    (void)ms_text_format(what, sizeof what, "Cox network %zu with its encoder", m->number + 1);
    ms_fit_part watched[MS_TRAIN_MAX_WATCHED];
    for (size_t k = 0; k < training->n_watched; k++) watched[k] = m->parts[MS_ROWS_WATCHED + k];
    const ms_fit fit = {.config = &config,
                        .x_train = m->parts[MS_ROWS_TRAIN].x,
                        .x_valid = m->parts[MS_ROWS_VALID].x,
                        .n_train = m->parts[MS_ROWS_TRAIN].n,
                        .n_valid = m->parts[MS_ROWS_VALID].n,
                        .watched = watched,
                        .n_watched = training->n_watched,
                        .event = m->event,
                        .loss = ms_joint_loss,
                        .watch = joint_watch,
                        .context = c,
                        .member = m->number,
                        .seed = training->seed,
                        .input_noise = training->config->encoder_noise,
                        .input_dropout = training->config->encoder_mask,
                        .device = training->config->device,
                        .checkpoint = training->checkpoint,
                        .callback = training->callback,
                        .callback_context = training->callback_context,
                        .what = what};
    return ms_fit_run(&fit, net, record, err);
}

ms_status ms_joint_train(const ms_training *training, const ms_joint_member *m, ms_net *cox,
                         ms_fit_record *record, ms_error *err) {
    const ms_joint *joint = training->joint;
    const size_t n_layers = joint->autoencoder.n_layers / 2 + 1 + cox->n_layers;
    ms_net net = {0};
    ms_fit_record more = {0};
    ms_joint_context c = {.member = m, .p = joint->autoencoder.sizes[0], .weight = training->config->joint};
    size_t longest = 1;
    for (size_t k = 0; k < MS_ROWS_WATCHED + training->n_watched; k++)
        if (m->parts[k].n > longest) longest = m->parts[k].n;
    if (n_layers + joint->autoencoder.n_layers / 2 > MS_NET_MAX_LAYERS)
        return ms_error_set(
            err, MS_EINPUT,
            "autoencoder and network have too many layers to be trained together: %zu, at most "
            "%d",
            n_layers + joint->autoencoder.n_layers / 2, MS_NET_MAX_LAYERS);
    lay_out(joint, cox, &net);
    c.risk = ms_calloc(longest, sizeof *c.risk);
    c.slope = ms_calloc(longest, sizeof *c.slope);
    ms_status status = c.risk && c.slope ? fill(joint, cox, &net, err) : ms_error_nomem(err);
    if (status == MS_OK) status = run(training, m, &net, &c, &more, err);
    if (status == MS_OK) status = append_record(record, &more, training->n_watched, err);
    if (status == MS_OK) {
        cut_decoder(&net, n_layers);
        ms_net_clear(cox);
        *cox = net;
        net = (ms_net){0};
    }
    ms_net_clear(&net);
    ms_fit_record_clear(&more);
    free(c.risk);
    free(c.slope);
    return status;
}

void ms_joint_clear(ms_joint *joint) {
    ms_net_clear(&joint->autoencoder);
    for (size_t k = 0; k < MS_TRAIN_MAX_WATCHED; k++) free(joint->watched[k]);
    *joint = (ms_joint){0};
}
