/* The numbers of a model file. One function walks through the model for both directions, so that what is
 * written and what is read cannot differ. */
#include "model/file.h"

#include <math.h>
#include <string.h>

static void put(ms_file_io *io, double value) {
    uint64_t bits;
    unsigned char bytes[8];
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(bits >> (8 * i));
    ms_buffer_append_bytes(io->out, bytes, sizeof bytes);
}

static double get(ms_file_io *io) {
    uint64_t bits = 0;
    double value;
    if (io->left == 0) {
        io->bad = true;
        return 0;
    }
    for (int i = 0; i < 8; i++) bits |= (uint64_t)io->in[i] << (8 * i);
    io->in += 8;
    io->left--;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A number that may be missing, but not infinite. */
static void move_maybe(ms_file_io *io, double *value) {
    if (io->out) {
        put(io, *value);
        return;
    }
    *value = get(io);
    if (isinf(*value)) io->bad = true;
}

static void move_number(ms_file_io *io, double *value) {
    move_maybe(io, value);
    if (isnan(*value)) io->bad = true;
}

static void move_numbers(ms_file_io *io, double *values, size_t n) {
    for (size_t i = 0; i < n; i++) move_number(io, &values[i]);
}

static void move_size(ms_file_io *io, size_t *value, size_t most) {
    double v = (double)*value;
    move_number(io, &v);
    if (!(v >= 0 && v <= (double)most && v == floor(v))) {
        io->bad = true;
        v = 0;
    }
    if (!io->out) *value = (size_t)v;
}

static void move_flag(ms_file_io *io, uint8_t *value) {
    size_t v = *value;
    move_size(io, &v, 1);
    if (!io->out) *value = (uint8_t)v;
}

static void move_history(ms_file_io *io, ms_model *model, size_t i) {
    ms_epoch *epoch = &model->history[i];
    uint8_t autoencoder = epoch->autoencoder;
    move_flag(io, &autoencoder);
    if (!io->out) epoch->autoencoder = autoencoder;
    move_size(io, &epoch->member, MS_MODEL_MAX_MEMBERS);
    move_size(io, &epoch->epoch, MS_MODEL_MAX_EPOCHS);
    move_maybe(io, &epoch->train_loss);
    move_maybe(io, &epoch->valid_loss);
    move_maybe(io, &epoch->train_c);
    move_maybe(io, &epoch->valid_c);
    move_number(io, &epoch->learning_rate);
    move_flag(io, &model->history_kept[i]);
}

void ms_file_numbers(ms_file_io *io, ms_model *model) {
    ms_prep *prep = &model->prep;
    move_number(io, &prep->clip);
    move_number(io, &model->last_time);
    move_number(io, &model->shrinkage);
    move_number(io, &model->info.cutpoint);
    move_maybe(io, &model->info.train_c);
    move_maybe(io, &model->info.valid_c);
    move_maybe(io, &model->info.reconstruction);
    for (size_t j = 0; j < prep->n_features; j++) {
        move_flag(io, &prep->dropped[j]);
        move_size(io, &prep->missing[j], SIZE_MAX >> 12);
        move_number(io, &prep->median[j]);
        move_number(io, &prep->centre[j]);
        move_number(io, &prep->scale[j]);
    }
    if (model->autoencoder) {
        move_numbers(io, model->encoder.weights, ms_net_n_weights(&model->encoder));
        move_numbers(io, model->code_centre, model->code_size);
        move_numbers(io, model->code_scale, model->code_size);
    }
    for (size_t k = 0; k < model->n_members; k++) {
        move_number(io, &model->member_centre[k]);
        move_numbers(io, model->members[k].weights, ms_net_n_weights(&model->members[k]));
    }
    move_numbers(io, model->baseline_times, model->n_baseline);
    move_numbers(io, model->baseline_hazard, model->n_baseline);
    for (size_t i = 0; i < model->n_history; i++) move_history(io, model, i);
    for (size_t i = 0; i < 2 * model->n_history * model->n_watched; i++)
        move_maybe(io, &model->history_watched[i]);
    if (model->has_variance) move_numbers(io, model->baseline_variance, model->n_baseline);
    if (model->steps) {
        const size_t n = model->steps->n_batches * model->steps->p;
        move_numbers(io, model->steps->centre, n);
        move_numbers(io, model->steps->divisor, n);
        move_numbers(io, model->steps->target, n);
    }
}

size_t ms_file_count(const ms_model *model) {
    /* By the ceilings on layers and members no product here reaches 2^60: nothing can wrap. */
    uint64_t n = 7 + 5 * (uint64_t)model->prep.n_features + 2 * (uint64_t)model->n_baseline;
    n += (9 + 2 * (uint64_t)model->n_watched) * (uint64_t)model->n_history;
    if (model->has_variance) n += model->n_baseline;
    if (model->steps) n += 3 * (uint64_t)model->steps->n_batches * model->steps->p;
    if (model->autoencoder) n += ms_net_n_weights(&model->encoder) + 2 * (uint64_t)model->code_size;
    if (model->n_members > 0) n += model->n_members * (1 + (uint64_t)ms_net_n_weights(&model->members[0]));
    return n > MS_MODEL_MAX_DOUBLES ? SIZE_MAX : (size_t)n;
}
