/* The training loop, the same for the autoencoder and the Cox network: look at the loss, keep the weights if
 * they are the best so far, take a step. The layers' derivatives are libtorch's (torch_shim.h); the loss is
 * the caller's. */
#include "model/model.h"

#include <math.h>
#include <string.h>

typedef struct loop {
    const ms_fit *fit;
    const ms_torch_functions *torch;
    ms_torch_net *handle;
    ms_net *net;
    ms_fit_record *record;
    double *out_train, *out_valid, *gradient, *masks; /* masks: NULL without dropout */
    double *best;                                     /* weights of record->kept */
    double best_loss;
    bool stopped;
    ms_random *random;
} loop;

static ms_status torch_error(int failed, const loop *l, const char *message, ms_error *err) {
    if (!failed) return MS_OK;
    return ms_error_set(err, MS_EINTERNAL, "training the %s: %s", l->fit->what, message);
}

static void loop_clear(loop *l) {
    ms_random_free(l->random);
    if (l->handle) l->torch->net_free(l->handle);
    free(l->out_train);
    free(l->out_valid);
    free(l->gradient);
    free(l->masks);
    free(l->best);
}

static ms_status loop_start(loop *l, ms_error *err) {
    const ms_fit *fit = l->fit;
    const ms_net *net = l->net;
    const size_t n_out = net->sizes[net->n_layers];
    size_t n_units = 0;
    for (size_t layer = 1; layer < net->n_layers; layer++) n_units += net->sizes[layer];
    l->out_train = ms_calloc(fit->n_train * n_out, sizeof(double));
    l->out_valid = ms_calloc(fit->n_valid * n_out, sizeof(double));
    l->gradient = ms_calloc(fit->n_train * n_out, sizeof(double));
    l->best = ms_calloc(ms_net_n_weights(net), sizeof(double));
    l->random = ms_random_new(fit->seed, fit->what);
    if (!l->random) return ms_error_nomem(err);
    const bool dropout = fit->config->dropout > 0 && n_units > 0;
    if (dropout) l->masks = ms_calloc(fit->n_train * n_units, sizeof(double));
    if (!l->out_train || !l->out_valid || !l->gradient || !l->best || (dropout && !l->masks))
        return ms_error_nomem(err);
    const ms_torch_spec spec = {
        .n_layers = net->n_layers,
        .sizes = net->sizes,
        .activations = net->activations,
        .weights = net->weights,
        .x_train = fit->x_train,
        .x_valid = fit->x_valid,
        .n_train = fit->n_train,
        .n_valid = fit->n_valid,
        .optimizer = (int)fit->config->optimizer,
        .l1 = fit->config->l1,
        .l2 = fit->config->l2,
        .momentum = fit->config->momentum,
        .nesterov = fit->config->nesterov,
    };
    char message[MS_TORCH_MESSAGE] = "";
    return torch_error(l->torch->net_new(&l->handle, &spec, message), l, message, err);
}

void ms_fit_record_clear(ms_fit_record *record) {
    free(record->epochs);
    free(record->watched);
    *record = (ms_fit_record){0};
}

static ms_status record_add(ms_fit_record *record, const ms_epoch *epoch, ms_error *err) {
    if (record->n == record->capacity) {
        const size_t capacity = record->capacity ? 2 * record->capacity : 256;
        ms_epoch *grown = ms_realloc(record->epochs, capacity, sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        record->epochs = grown;
        record->capacity = capacity;
    }
    record->epochs[record->n++] = *epoch;
    return MS_OK;
}

/* The loss and C-index of one part of the rows at the present weights. Without dropout the pass over the
 * training rows is also the one that the step needs. */
static ms_status look_at(loop *l, int rows, double *loss, double *c, ms_error *err) {
    const ms_fit *fit = l->fit;
    char message[MS_TORCH_MESSAGE] = "";
    *loss = *c = NAN;
    if (rows == MS_ROWS_VALID && fit->n_valid == 0) return MS_OK;
    const int pass = rows == MS_ROWS_VALID ? MS_TORCH_VALID : l->masks ? MS_TORCH_TRAIN : MS_TORCH_STEP;
    double *out = rows == MS_ROWS_VALID ? l->out_valid : l->out_train;
    ms_status status = torch_error(l->torch->forward(l->handle, pass, NULL, out, message), l, message, err);
    if (status != MS_OK) return status;
    *loss = fit->loss(fit->context, rows, NULL, 0, out, NULL);
    if (fit->watch && isfinite(*loss)) status = fit->watch(fit->context, rows, out, c, err);
    return status;
}

/* Keeps the present weights when they are the best on the validation rows, or when there are none. */
static ms_status keep_if_best(loop *l, const ms_epoch *epoch, ms_error *err) {
    char message[MS_TORCH_MESSAGE] = "";
    if (l->fit->n_valid > 0 && !(epoch->valid_loss < l->best_loss)) return MS_OK;
    l->best_loss = epoch->valid_loss;
    l->record->kept = l->record->n - 1;
    return torch_error(l->torch->weights(l->handle, l->best, message), l, message, err);
}

static ms_status not_finite(loop *l, size_t epoch, ms_error *err) {
    if (epoch == 0)
        return ms_error_set(err, MS_ENOCONV,
                            "training the %s: the loss is not a finite number at the initial weights; lower "
                            "init_sd or check the inputs",
                            l->fit->what);
    ms_log(MS_LOG_WARNING,
           "training the %s: the loss was no longer a finite number at epoch %zu; training stopped there and "
           "the "
           "weights of epoch %zu are kept (a lower learning_rate may help)",
           l->fit->what, epoch, l->record->epochs[l->record->kept].epoch);
    l->stopped = true;
    return MS_OK;
}

static ms_status look(loop *l, size_t number, double learning_rate, ms_error *err) {
    const ms_fit *fit = l->fit;
    ms_epoch epoch = {.member = fit->member,
                      .autoencoder = fit->autoencoder,
                      .epoch = number,
                      .learning_rate = learning_rate};
    ms_status status = look_at(l, MS_ROWS_TRAIN, &epoch.train_loss, &epoch.train_c, err);
    if (status == MS_OK) status = look_at(l, MS_ROWS_VALID, &epoch.valid_loss, &epoch.valid_c, err);
    if (status != MS_OK) return status;
    if (!isfinite(epoch.train_loss) || (fit->n_valid > 0 && !isfinite(epoch.valid_loss)))
        return not_finite(l, number, err);
    status = record_add(l->record, &epoch, err);
    if (status == MS_OK) status = keep_if_best(l, &epoch, err);
    if (status != MS_OK) return status;
    if (fit->callback && !fit->callback(fit->callback_context, &epoch))
        return ms_error_set(err, MS_ESTOPPED, "training was stopped");
    if (fit->n_valid > 0 && fit->config->patience > 0 &&
        l->record->n - 1 - l->record->kept >= fit->config->patience)
        l->stopped = true;
    return ms_stop_check(err);
}

static ms_status step(loop *l, double learning_rate, ms_error *err) {
    const ms_fit *fit = l->fit;
    char message[MS_TORCH_MESSAGE] = "";
    int failed = 0;
    if (l->masks) {
        ms_net_draw_masks(l->net, fit->n_train, fit->config->dropout, l->random, l->masks);
        failed = l->torch->forward(l->handle, MS_TORCH_STEP, l->masks, l->out_train, message);
    }
    if (!failed) {
        (void)fit->loss(fit->context, MS_ROWS_TRAIN, NULL, 0, l->out_train, l->gradient);
        failed = l->torch->backward(l->handle, l->gradient, message);
    }
    if (!failed) failed = l->torch->step(l->handle, learning_rate, message);
    return torch_error(failed, l, message, err);
}

ms_status ms_fit_run(const ms_fit *fit, ms_net *net, ms_fit_record *record, ms_error *err) {
    loop l = {.fit = fit, .net = net, .record = record, .best_loss = INFINITY};
    double rate = fit->config->learning_rate;
    ms_status status = ms_torch_open(&l.torch, err);
    if (status == MS_OK) status = loop_start(&l, err);
    if (status != MS_OK) goto cleanup;
    for (size_t number = 0; !l.stopped; number++) {
        status = look(&l, number, rate, err);
        if (status != MS_OK) goto cleanup;
        if (l.stopped || number == fit->config->epochs) break;
        status = step(&l, rate, err);
        if (status != MS_OK) goto cleanup;
        rate *= fit->config->lr_decay;
    }
    memcpy(net->weights, l.best, ms_net_n_weights(net) * sizeof(double));
cleanup:
    loop_clear(&l);
    return status;
}
