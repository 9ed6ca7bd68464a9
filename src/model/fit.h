/* model/fit.h: the state of the training loop, shared by fit.c (the loop), fit_step.c (one epoch's steps) and
 * fit_state.c (keeping it in a checkpoint). */
#ifndef MS_MODEL_FIT_H
#define MS_MODEL_FIT_H

#include "model/batch.h"
#include "model/model.h"

typedef struct ms_fit_loop {
    const ms_fit *fit;
    const ms_torch_functions *engine;
    ms_torch_net *handle;
    ms_net *net;
    ms_fit_record *record;
    size_t n_out, n_hidden, n_weights, n_batches, batch_rows;
    bool plain;       /* looking at the training rows is also the pass that the step needs */
    double *out;      /* [most rows of a part][n_out] */
    double *gradient; /* [batch_rows][n_out] */
    double *masks;    /* [batch_rows][n_hidden], or NULL without dropout */
    double *x;        /* [batch_rows][inputs] of a batch, or NULL */
    size_t *rows;     /* [n_train] batch after batch, or NULL */
    double *best;     /* [n_weights] of record->kept */
    double best_loss;
    ms_rate rate;
    size_t epoch;     /* the next one to look at */
    size_t bad_batch; /* from 1: the one after which numbers were no longer finite; 0 none */
    bool stopped;
} ms_fit_loop;

MS_NODISCARD ms_status ms_fit_failed(const ms_fit_loop *loop, const char *message, ms_error *err);
/* The steps of one epoch. */
MS_NODISCARD ms_status ms_fit_epoch(ms_fit_loop *loop, double learning_rate, ms_error *err);
MS_NODISCARD ms_status ms_fit_record_add(ms_fit_record *record, const ms_epoch *epoch, const double *watched,
                                         size_t n_watched, ms_error *err);

/* fit_state.c. Load: *done when the fit had ended, its network then being in place. */
MS_NODISCARD ms_status ms_fit_load(ms_fit_loop *loop, bool *done, ms_error *err);
MS_NODISCARD ms_status ms_fit_save(ms_fit_loop *loop, bool done, bool at_once, ms_error *err);

#endif
