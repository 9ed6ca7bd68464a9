/* The state of a fit between two epochs, in bytes for the checkpoint: numbers of this machine, one after the
 * other. The checkpoint's own hash and identity stand for their being what was written. */
#include "model/fit.h"

#include <math.h>
#include <string.h>

enum { MS_STATE_HEAD = 12, MS_STATE_EPOCH = 8 };

static size_t state_doubles(const ms_fit_loop *l, size_t n_epochs) {
    return MS_STATE_HEAD + l->n_weights + l->engine->state_size(l->handle) +
           n_epochs * (MS_STATE_EPOCH + 2 * l->fit->n_watched);
}

static void put_head(const ms_fit_loop *l, bool done, double *to) {
    const double head[MS_STATE_HEAD] = {done,
                                        (double)l->epoch,
                                        (double)l->record->n,
                                        (double)l->record->kept,
                                        l->best_loss,
                                        l->rate.factor,
                                        l->rate.best,
                                        (double)l->rate.waited,
                                        (double)l->bad_batch,
                                        (double)l->n_weights,
                                        (double)l->fit->n_watched,
                                        (double)l->engine->state_size(l->handle)};
    memcpy(to, head, sizeof head);
}

static void put_epoch(const ms_epoch *e, double *to) {
    const double values[MS_STATE_EPOCH] = {(double)e->member, e->autoencoder,  (double)e->epoch,
                                           e->train_loss,     e->valid_loss,   e->train_c,
                                           e->valid_c,        e->learning_rate};
    memcpy(to, values, sizeof values);
}

static ms_epoch get_epoch(const double *v) {
    return (ms_epoch){.member = (size_t)v[0],
                      .autoencoder = v[1] != 0,
                      .epoch = (size_t)v[2],
                      .train_loss = v[3],
                      .valid_loss = v[4],
                      .train_c = v[5],
                      .valid_c = v[6],
                      .learning_rate = v[7]};
}

ms_status ms_fit_save(ms_fit_loop *l, bool done, bool at_once, ms_error *err) {
    const ms_fit_record *record = l->record;
    const size_t n = state_doubles(l, record->n), n_watched = 2 * l->fit->n_watched;
    char message[MS_TORCH_MESSAGE] = "";
    double *state = ms_calloc(n, sizeof *state), *at = state;
    if (!state) return ms_error_nomem(err);
    put_head(l, done, at);
    at += MS_STATE_HEAD;
    memcpy(at, l->best, l->n_weights * sizeof *at);
    at += l->n_weights;
    ms_status status = MS_OK;
    if (l->engine->state_get(l->handle, at, message) != 0) status = ms_fit_failed(l, message, err);
    at += l->engine->state_size(l->handle);
    for (size_t i = 0; i < record->n; i++, at += MS_STATE_EPOCH + n_watched) {
        put_epoch(&record->epochs[i], at);
        if (n_watched > 0)
            memcpy(at + MS_STATE_EPOCH, record->watched + i * n_watched, n_watched * sizeof *at);
    }
    if (status == MS_OK)
        status = ms_checkpoint_put(l->fit->checkpoint, l->fit->what, (const unsigned char *)state,
                                   n * sizeof *state, at_once, err);
    free(state);
    return status;
}

/* A count that must be a whole number within bounds. */
static bool count_of(double value, size_t most) {
    return value >= 0 && value <= (double)most && value == floor(value);
}

static bool head_fits(const ms_fit_loop *l, const double *head, size_t n) {
    if (!count_of(head[1], MS_MODEL_MAX_EPOCHS) || !count_of(head[2], MS_MODEL_MAX_EPOCHS + 1) ||
        !count_of(head[3], MS_MODEL_MAX_EPOCHS) || !count_of(head[7], MS_MODEL_MAX_EPOCHS) ||
        !count_of(head[8], SIZE_MAX >> 12))
        return false;
    return head[9] == (double)l->n_weights && head[10] == (double)l->fit->n_watched &&
           head[11] == (double)l->engine->state_size(l->handle) && state_doubles(l, (size_t)head[2]) == n &&
           (head[2] == 0 || head[3] < head[2]);
}

static ms_status take_state(ms_fit_loop *l, const double *state, bool *done, ms_error *err) {
    const double *at = state + MS_STATE_HEAD;
    const size_t n_watched = 2 * l->fit->n_watched, n_epochs = (size_t)state[2];
    char message[MS_TORCH_MESSAGE] = "";
    *done = state[0] != 0;
    l->epoch = (size_t)state[1];
    l->best_loss = state[4];
    l->rate = (ms_rate){.factor = state[5], .best = state[6], .waited = (size_t)state[7]};
    l->bad_batch = (size_t)state[8];
    memcpy(l->best, at, l->n_weights * sizeof *at);
    at += l->n_weights;
    if (l->engine->state_set(l->handle, at, message) != 0) return ms_fit_failed(l, message, err);
    at += l->engine->state_size(l->handle);
    for (size_t i = 0; i < n_epochs; i++, at += MS_STATE_EPOCH + n_watched) {
        const ms_epoch epoch = get_epoch(at);
        const ms_status status =
            ms_fit_record_add(l->record, &epoch, at + MS_STATE_EPOCH, l->fit->n_watched, err);
        if (status != MS_OK) return status;
    }
    l->record->kept = (size_t)state[3];
    return MS_OK;
}

ms_status ms_fit_load(ms_fit_loop *l, bool *done, ms_error *err) {
    unsigned char *data = NULL;
    size_t length = 0;
    ms_status status = ms_checkpoint_get(l->fit->checkpoint, l->fit->what, &data, &length, err);
    if (status != MS_OK || !data) return status;
    const size_t n = length / sizeof(double);
    double *state = ms_calloc(n + MS_STATE_HEAD, sizeof *state); /* aligned */
    if (!state) {
        free(data);
        return ms_error_nomem(err);
    }
    memcpy(state, data, n * sizeof *state);
    free(data);
    if (length % sizeof(double) != 0 || n < MS_STATE_HEAD || !head_fits(l, state, n))
        status = ms_error_set(err, MS_EINPUT,
                              "the checkpoint's state of the %s is not one of this training; remove the "
                              "checkpoint to train from the start",
                              l->fit->what);
    else
        status = take_state(l, state, done, err);
    free(state);
    return status;
}
