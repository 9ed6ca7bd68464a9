/* The training loop, the same for the autoencoder and the Cox network: look at the loss, keep the weights if
 * they are the best so far, take the steps of an epoch. The layers are an engine's (torch_shim.h); the loss
 * is the caller's. */
#include "model/fit.h"

#include <math.h>
#include <string.h>

ms_status ms_fit_failed(const ms_fit_loop *l, const char *message, ms_error *err) {
    return ms_error_set(err, MS_EINTERNAL, "training the %s: %s", l->fit->what, message);
}

void ms_fit_record_clear(ms_fit_record *record) {
    free(record->epochs);
    free(record->watched);
    *record = (ms_fit_record){0};
}

static void loop_clear(ms_fit_loop *l) {
    if (l->handle) l->engine->net_free(l->handle);
    free(l->out);
    free(l->gradient);
    free(l->masks);
    free(l->x);
    free(l->rows);
    free(l->best);
}

static ms_status engine_open(ms_fit_loop *l, ms_error *err) {
    l->engine = ms_dense_functions();
    if (l->fit->device != MS_DEVICE_CUDA && l->fit->device != MS_DEVICE_LIBTORCH) return MS_OK;
    const ms_status status = ms_torch_open(&l->engine, err);
    if (status != MS_OK || l->fit->device == MS_DEVICE_LIBTORCH || l->engine->has_cuda()) return status;
    return ms_error_set(err, MS_EUNAVAILABLE,
                        "device cuda: libtorch %s of this installation has no CUDA, or there is no GPU; use "
                        "device cpu, or build against a libtorch with CUDA",
                        l->engine->version());
}

static ms_status open_net(ms_fit_loop *l, ms_error *err) {
    const ms_fit *fit = l->fit;
    const ms_fit_config *config = fit->config;
    ms_torch_part parts[MS_ROWS_WATCHED + MS_TRAIN_MAX_WATCHED] = {{fit->x_train, fit->n_train},
                                                                   {fit->x_valid, fit->n_valid}};
    char message[MS_TORCH_MESSAGE] = "";
    for (size_t k = 0; k < fit->n_watched; k++)
        parts[MS_ROWS_WATCHED + k] = (ms_torch_part){fit->watched[k].x, fit->watched[k].n};
    const ms_torch_spec spec = {.n_layers = l->net->n_layers,
                                .sizes = l->net->sizes,
                                .activations = l->net->activations,
                                .norms = l->net->norms,
                                .from = l->net->from,
                                .tied = l->net->tied,
                                .unpenalised = l->net->unpenalised,
                                .weights = l->net->weights,
                                .parts = parts,
                                .n_parts = MS_ROWS_WATCHED + fit->n_watched,
                                .step_rows = l->batch_rows,
                                .optimizer = (int)config->optimizer,
                                .l1 = config->l1,
                                .l2 = config->l2,
                                .momentum = config->momentum,
                                .nesterov = config->nesterov,
                                .clip = config->clip_gradient,
                                .cuda = fit->device == MS_DEVICE_CUDA};
    if (l->engine->net_new(&l->handle, &spec, message) != 0) return ms_fit_failed(l, message, err);
    return MS_OK;
}

/* Outputs and hidden neurons: a layer that no other starts from is an output. */
static void count_units(ms_fit_loop *l) {
    const ms_net *net = l->net;
    bool leaf[MS_NET_MAX_LAYERS];
    for (size_t k = 0; k < net->n_layers; k++) leaf[k] = true;
    for (size_t k = 1; k < net->n_layers; k++)
        leaf[net->from[k] > 0 ? (size_t)net->from[k] - 1 : k - 1] = false;
    for (size_t k = 0; k < net->n_layers; k++) *(leaf[k] ? &l->n_out : &l->n_hidden) += net->sizes[k + 1];
}

static ms_status loop_start(ms_fit_loop *l, ms_error *err) {
    const ms_fit *fit = l->fit;
    const size_t size = fit->config->batch_size;
    count_units(l);
    l->n_weights = ms_net_n_weights(l->net);
    l->n_batches = ms_batch_count(fit->n_train, size);
    l->batch_rows = l->n_batches > 1 ? size : fit->n_train;
    const bool dropout = fit->config->dropout > 0 && l->n_hidden > 0;
    const bool own_x = l->n_batches > 1 || fit->input_dropout > 0 || fit->input_noise > 0;
    l->plain = !dropout && !own_x;
    size_t longest = fit->n_train > fit->n_valid ? fit->n_train : fit->n_valid;
    for (size_t k = 0; k < fit->n_watched; k++)
        if (fit->watched[k].n > longest) longest = fit->watched[k].n;
    l->out = ms_calloc(longest * l->n_out, sizeof *l->out);
    l->gradient = ms_calloc(l->batch_rows * l->n_out, sizeof *l->gradient);
    l->best = ms_calloc(l->n_weights, sizeof *l->best);
    if (dropout) l->masks = ms_calloc(l->batch_rows * l->n_hidden, sizeof *l->masks);
    if (own_x) l->x = ms_calloc(l->batch_rows * l->net->sizes[0], sizeof *l->x);
    if (l->n_batches > 1) l->rows = ms_calloc(fit->n_train, sizeof *l->rows);
    if (!l->out || !l->gradient || !l->best || (dropout && !l->masks) || (own_x && !l->x) ||
        (l->n_batches > 1 && !l->rows))
        return ms_error_nomem(err);
    ms_rate_start(&l->rate);
    l->best_loss = INFINITY;
    return open_net(l, err);
}

ms_status ms_fit_record_add(ms_fit_record *record, const ms_epoch *epoch, const double *watched,
                            size_t n_watched, ms_error *err) {
    if (record->n == record->capacity) {
        const size_t capacity = record->capacity ? 2 * record->capacity : 256;
        ms_epoch *grown = ms_realloc(record->epochs, capacity, sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        record->epochs = grown;
        if (n_watched > 0) {
            double *values = ms_realloc(record->watched, capacity * 2 * n_watched, sizeof *values);
            if (!values) return ms_error_nomem(err);
            record->watched = values;
        }
        record->capacity = capacity;
    }
    if (n_watched > 0)
        memcpy(record->watched + record->n * 2 * n_watched, watched, 2 * n_watched * sizeof *watched);
    record->epochs[record->n++] = *epoch;
    return MS_OK;
}

/* The loss and C-index of one part of the rows at the present weights. */
static ms_status look_at(ms_fit_loop *l, int part, double *loss, double *c, ms_error *err) {
    const ms_fit *fit = l->fit;
    char message[MS_TORCH_MESSAGE] = "";
    *loss = *c = NAN;
    if (part == MS_ROWS_VALID && fit->n_valid == 0) return MS_OK;
    const bool step = part == MS_ROWS_TRAIN && l->plain;
    const int failed = step ? l->engine->forward(l->handle, fit->x_train, fit->n_train, NULL, l->out, message)
                            : l->engine->look(l->handle, (size_t)part, l->out, message);
    if (failed) return ms_fit_failed(l, message, err);
    *loss = fit->loss(fit->context, part, NULL, 0, l->out, step ? l->gradient : NULL);
    return fit->watch && isfinite(*loss) ? fit->watch(fit->context, part, l->out, c, err) : MS_OK;
}

/* Keeps the present weights when they are the best on the validation rows, or when there are none. */
static ms_status keep_if_best(ms_fit_loop *l, const ms_epoch *epoch, ms_error *err) {
    char message[MS_TORCH_MESSAGE] = "";
    if (l->fit->n_valid > 0 && !(epoch->valid_loss < l->best_loss)) return MS_OK;
    l->best_loss = epoch->valid_loss;
    l->record->kept = l->record->n - 1;
    if (l->engine->weights(l->handle, l->best, message) != 0) return ms_fit_failed(l, message, err);
    return MS_OK;
}

static ms_status not_finite(ms_fit_loop *l, ms_error *err) {
    char where[64] = "";
    if (l->epoch == 0)
        return ms_error_set(err, MS_ENOCONV,
                            "training the %s: the loss is not a finite number at the initial weights; lower "
                            "init_sd or check the inputs",
                            l->fit->what);
    if (l->bad_batch > 0) (void)ms_text_format(where, sizeof where, " (before batch %zu)", l->bad_batch);
    ms_log(MS_LOG_WARNING,
           "training the %s: the loss was no longer a finite number at epoch %zu%s; training stopped there "
           "and the weights of epoch %zu are kept (a lower learning_rate may help)",
           l->fit->what, l->epoch, where, l->record->epochs[l->record->kept].epoch);
    l->stopped = true;
    return MS_OK;
}

static ms_status look_everywhere(ms_fit_loop *l, ms_epoch *epoch, double *watched, ms_error *err) {
    ms_status status = look_at(l, MS_ROWS_TRAIN, &epoch->train_loss, &epoch->train_c, err);
    if (status == MS_OK) status = look_at(l, MS_ROWS_VALID, &epoch->valid_loss, &epoch->valid_c, err);
    for (size_t k = 0; status == MS_OK && k < l->fit->n_watched; k++)
        status = look_at(l, MS_ROWS_WATCHED + (int)k, &watched[2 * k], &watched[2 * k + 1], err);
    return status;
}

/* One row of the record; decides whether to go on. */
static ms_status look(ms_fit_loop *l, double learning_rate, ms_error *err) {
    const ms_fit *fit = l->fit;
    double watched[2 * MS_TRAIN_MAX_WATCHED];
    ms_epoch epoch = {.member = fit->member,
                      .autoencoder = fit->autoencoder,
                      .epoch = l->epoch,
                      .learning_rate = learning_rate};
    ms_status status = look_everywhere(l, &epoch, watched, err);
    if (status != MS_OK) return status;
    if (!isfinite(epoch.train_loss) || (fit->n_valid > 0 && !isfinite(epoch.valid_loss)))
        return not_finite(l, err);
    status = ms_fit_record_add(l->record, &epoch, watched, fit->n_watched, err);
    if (status == MS_OK) status = keep_if_best(l, &epoch, err);
    if (status != MS_OK) return status;
    ms_rate_tell(&l->rate, fit->config, fit->n_valid > 0 ? epoch.valid_loss : epoch.train_loss);
    if (fit->callback && !fit->callback(fit->callback_context, &epoch))
        return ms_error_set(err, MS_ESTOPPED, "training was stopped");
    if (fit->n_valid > 0 && fit->config->patience > 0 &&
        l->record->n - 1 - l->record->kept >= fit->config->patience)
        l->stopped = true;
    return MS_OK;
}

/* The state between two epochs is kept when it is time, and when a stop was asked for. */
static ms_status keep_state(ms_fit_loop *l, ms_error *err) {
    const ms_status stop = ms_stop_check(err);
    if (!l->fit->checkpoint || (stop == MS_OK && !ms_checkpoint_due(l->fit->checkpoint, l->fit->what)))
        return stop;
    const ms_status status = ms_fit_save(l, false, stop != MS_OK, err);
    return stop != MS_OK ? ms_stop_check(err) : status;
}

static ms_status run_epochs(ms_fit_loop *l, ms_error *err) {
    for (; !l->stopped; l->epoch++) {
        ms_status status = keep_state(l, err);
        const double rate = ms_rate_of(&l->rate, l->fit->config, l->epoch);
        if (status == MS_OK) status = look(l, rate, err);
        if (status != MS_OK) return status;
        if (l->stopped || l->epoch == l->fit->config->epochs) break;
        status = ms_fit_epoch(l, rate, err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

ms_status ms_fit_run(const ms_fit *fit, ms_net *net, ms_fit_record *record, ms_error *err) {
    ms_fit_loop l = {.fit = fit, .net = net, .record = record};
    bool done = false;
    ms_status status = engine_open(&l, err);
    if (status == MS_OK) status = loop_start(&l, err);
    if (status == MS_OK && fit->checkpoint) status = ms_fit_load(&l, &done, err);
    if (status == MS_OK && !done) status = run_epochs(&l, err);
    if (status == MS_OK && !done && fit->checkpoint) status = ms_fit_save(&l, true, false, err);
    if (status == MS_OK) {
        memcpy(net->weights, l.best, l.n_weights * sizeof(double));
        status = ms_dense_fold(net, fit->x_train, fit->n_train, err);
    }
    loop_clear(&l);
    return status;
}
