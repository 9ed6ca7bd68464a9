/* model/batch.h: mini-batches (batch.c) and learning rates (schedule.c) of the training loop. */
#ifndef MS_MODEL_BATCH_H
#define MS_MODEL_BATCH_H

#include "model/model.h"

/* Batches of n rows; size 0: one. */
size_t ms_batch_count(size_t n, size_t size);
/* Where batch b begins in the list of rows; b = n_batches gives its end. */
size_t ms_batch_begin(size_t n, size_t n_batches, size_t batch);
MS_NODISCARD ms_status ms_batch_deal(size_t n, const uint8_t *event, size_t n_batches, ms_random *random,
                                     size_t *rows, ms_error *err);

/* What a schedule remembers: only MS_LR_PLATEAU has a memory. */
typedef struct ms_rate {
    double factor, best; /* lr_decay so often as the loss stood still; the best loss so far */
    size_t waited;       /* epochs since, or since the last fall of the rate */
} ms_rate;
void ms_rate_start(ms_rate *rate);
/* The rate of an epoch, from 0. */
double ms_rate_of(const ms_rate *rate, const ms_fit_config *config, size_t epoch);
/* After an epoch: the loss that is watched. */
void ms_rate_tell(ms_rate *rate, const ms_fit_config *config, double loss);

#endif
