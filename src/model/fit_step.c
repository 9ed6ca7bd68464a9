/* The steps of one epoch: one on all training rows, or one on each batch, with dropout and noise if asked
 * for. */
#include "model/fit.h"

#include <math.h>
#include <string.h>

static ms_random *stream(const ms_fit_loop *l, const char *purpose) {
    char name[160];
    (void)ms_text_format(name, sizeof name, "%s %s %zu", l->fit->what, purpose, l->epoch);
    return ms_random_new(l->fit->seed, name);
}

/* The inputs of a batch, with noise in them. */
static void gather(const ms_fit_loop *l, const size_t *rows, size_t n, ms_random *noise) {
    const ms_fit *fit = l->fit;
    const size_t p = l->net->sizes[0];
    for (size_t i = 0; i < n; i++)
        memcpy(l->x + i * p, fit->x_train + (rows ? rows[i] : i) * p, p * sizeof *l->x);
    for (size_t i = 0; fit->input_noise > 0 && i < n * p; i++)
        l->x[i] += fit->input_noise * ms_random_normal(noise);
    for (size_t i = 0; fit->input_dropout > 0 && i < n * p; i++)
        if (ms_random_uniform(noise) < fit->input_dropout) l->x[i] = 0;
}

static bool all_finite(const double *values, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

/* Back through the layers from l->gradient, and a step. */
static ms_status descend(ms_fit_loop *l, double rate, ms_error *err) {
    char message[MS_TORCH_MESSAGE] = "";
    int failed = l->engine->backward(l->handle, l->gradient, message);
    if (!failed) failed = l->engine->step(l->handle, rate, message);
    return failed ? ms_fit_failed(l, message, err) : MS_OK;
}

static ms_status batch_step(ms_fit_loop *l, size_t batch, double rate, ms_random *dropout, ms_random *noise,
                            ms_error *err) {
    const ms_fit *fit = l->fit;
    const size_t begin = ms_batch_begin(fit->n_train, l->n_batches, batch);
    const size_t n = ms_batch_begin(fit->n_train, l->n_batches, batch + 1) - begin;
    const size_t *rows = l->rows ? l->rows + begin : NULL;
    const double *x = l->x ? l->x : fit->x_train;
    char message[MS_TORCH_MESSAGE] = "";
    if (l->x) gather(l, rows, n, noise);
    if (l->masks) ms_net_draw_masks(n * l->n_hidden, fit->config->dropout, dropout, l->masks);
    if (l->engine->forward(l->handle, x, n, l->masks, l->out, message) != 0)
        return ms_fit_failed(l, message, err);
    const double loss = fit->loss(fit->context, MS_ROWS_TRAIN, rows, n, l->out, l->gradient);
    if (isfinite(loss)) return descend(l, rate, err);
    if (!all_finite(l->out, n * l->n_out)) l->bad_batch = batch + 1;
    return MS_OK; /* without an event there is nothing to learn */
}

ms_status ms_fit_epoch(ms_fit_loop *l, double rate, ms_error *err) {
    if (l->plain) return descend(l, rate, err);
    const ms_fit *fit = l->fit;
    ms_random *dealing = stream(l, "batches"), *dropout = stream(l, "dropout"), *noise = stream(l, "noise");
    ms_status status = dealing && dropout && noise ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && l->rows)
        status = ms_batch_deal(fit->n_train, fit->event, l->n_batches, dealing, l->rows, err);
    for (size_t b = 0; status == MS_OK && b < l->n_batches && l->bad_batch == 0; b++)
        status = batch_step(l, b, rate, dropout, noise, err);
    ms_random_free(dealing);
    ms_random_free(dropout);
    ms_random_free(noise);
    return status;
}
