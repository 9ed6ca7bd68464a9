/* The settings of a training: defaults, ranges, and what is chosen from the data. */
#include "model/model.h"

#include <math.h>

void ms_train_config_default(ms_train_config *config) {
    *config = (ms_train_config){
        .clip = 5,
        .max_missing = 0.5,
        .autoencoder = MS_TRAIN_AUTO,
        .autoencoder_above = 100,
        .encoder = {.hidden_auto = true,
                    .activation = MS_ACT_SELU,
                    .init = MS_INIT_XAVIER,
                    .init_sd = 0.1,
                    .optimizer = MS_OPT_ADAM,
                    .learning_rate = 0.001,
                    .lr_decay = 1,
                    .momentum = 0.9,
                    .lr_step = 50,
                    .epochs = 200,
                    .patience = 20},
        .network = {.hidden_auto = true,
                    .activation = MS_ACT_SILU,
                    .activation_auto = true,
                    .init = MS_INIT_XAVIER,
                    .init_sd = 0.1,
                    .dropout = -1,
                    .l2 = -1,
                    .optimizer = MS_OPT_ADAM,
                    .learning_rate = 0.01,
                    .lr_decay = 0.999,
                    .momentum = 0.9,
                    .lr_step = 50,
                    .epochs = 500,
                    .patience = 50},
        .ties = MS_TRAIN_EFRON,
        .validation = 0.2,
        .members = 10,
        .choose = MS_TRAIN_AUTO,
    };
}

/* One number and the range it must lie in. */
typedef struct range {
    const char *key;
    double value, low, high;
} range;

static ms_status check_ranges(const range *ranges, size_t n, const char *name, ms_error *err) {
    for (size_t i = 0; i < n; i++) {
        const range *r = &ranges[i];
        if (!(r->value >= r->low && r->value <= r->high))
            return ms_error_set(err, MS_EINPUT, "%s: %s is %g, but must lie between %g and %g", name, r->key,
                                r->value, r->low, r->high);
    }
    return MS_OK;
}

static ms_status check_fit(const ms_fit_config *fit, const char *name, ms_error *err) {
    const range ranges[] = {
        {"dropout", fit->dropout < 0 ? 0 : fit->dropout, 0, 0.99},
        {"l1", fit->l1, 0, 1e6},
        {"l2", fit->l2 < 0 ? 0 : fit->l2, 0, 1e6},
        {"learning_rate", fit->learning_rate, 1e-12, 1e3},
        {"lr_decay", fit->lr_decay, 1e-6, 1},
        {"lr_step", (double)fit->lr_step, 1, MS_MODEL_MAX_EPOCHS},
        {"lr_floor", fit->lr_floor, 0, 1},
        {"warmup", (double)fit->warmup, 0, MS_MODEL_MAX_EPOCHS},
        {"clip_gradient", fit->clip_gradient, 0, 1e6},
        {"momentum", fit->momentum, 0, 0.9999},
        {"init_sd", fit->init_sd, 1e-12, 1e3},
        {"epochs", (double)fit->epochs, 1, MS_MODEL_MAX_EPOCHS},
        {"the number of hidden layers", (double)fit->n_hidden, 0, MS_TRAIN_MAX_LAYERS},
    };
    const ms_status status = check_ranges(ranges, MS_COUNT(ranges), name, err);
    if (status != MS_OK) return status;
    for (size_t i = 0; i < fit->n_hidden; i++)
        if (fit->hidden[i] < 1 || fit->hidden[i] > MS_MODEL_MAX_UNITS)
            return ms_error_set(err, MS_EINPUT, "%s: hidden: a layer has from 1 to %u neurons, not %zu", name,
                                MS_MODEL_MAX_UNITS, fit->hidden[i]);
    if (fit->nesterov && !(fit->momentum > 0))
        return ms_error_set(err, MS_EINPUT, "%s: nesterov needs a momentum above 0", name);
    return MS_OK;
}

ms_status ms_train_config_check(const ms_train_config *config, const char *name, ms_error *err) {
    char part[512];
    const range ranges[] = {
        {"preprocessing.clip", config->clip, 0, 1e6},
        {"preprocessing.max_missing", config->max_missing, 0, 1},
        {"autoencoder.above", (double)config->autoencoder_above, 0, MS_MODEL_MAX_FEATURES},
        {"autoencoder.code", (double)config->code_size, 0, MS_MODEL_MAX_UNITS},
        {"autoencoder.noise", config->encoder_noise, 0, 10},
        {"autoencoder.mask", config->encoder_mask, 0, 0.95},
        {"autoencoder.joint", config->joint, 0, 1e6},
        {"validation", config->validation, 0, 0.5},
        {"members", (double)config->members, 1, MS_MODEL_MAX_MEMBERS},
    };
    ms_status status = check_ranges(ranges, MS_COUNT(ranges), name, err);
    if (status != MS_OK) return status;
    (void)ms_text_format(part, sizeof part, "%s: autoencoder", name);
    status = check_fit(&config->encoder, part, err);
    if (status != MS_OK) return status;
    (void)ms_text_format(part, sizeof part, "%s: network", name);
    return check_fit(&config->network, part, err);
}

static size_t between(size_t value, size_t low, size_t high) {
    return value < low ? low : value > high ? high : value;
}

/* Reasons and the simulations behind these choices: docs/model.md. */
void ms_train_config_resolve(ms_train_config *config, size_t n, size_t n_events, size_t p) {
    if (config->autoencoder == MS_TRAIN_AUTO)
        config->autoencoder = p > config->autoencoder_above ? MS_TRAIN_ON : MS_TRAIN_OFF;
    if (config->code_size == 0) config->code_size = between(3 * n / 4, 2, 100);
    if (config->code_size > p) config->code_size = p;
    ms_fit_config *encoder = &config->encoder, *network = &config->network;
    if (encoder->hidden_auto) {
        encoder->n_hidden = n < 1000 ? 0 : 1;
        encoder->hidden[0] = 128;
        encoder->hidden_auto = false;
    }
    if (network->hidden_auto) {
        network->n_hidden = n < 400 ? 1 : 2;
        network->hidden[0] = n < 400 ? between(n / 20, 4, 20) : 32;
        network->hidden[1] = 32;
        if (network->dropout < 0) network->dropout = n < 400 ? 0 : 0.2;
        if (network->activation_auto) network->activation = n < 400 ? MS_ACT_SELU : MS_ACT_SILU;
        network->hidden_auto = false;
    }
    if (network->l2 < 0) {
        const double inputs = (double)(config->autoencoder == MS_TRAIN_ON ? config->code_size : p);
        const double crowding = inputs / (double)(n_events ? n_events : 1);
        network->l2 = crowding * fmin(0.5, fmax(0.1, crowding));
    }
    network->activation_auto = encoder->activation_auto = false;
    if (network->dropout < 0) network->dropout = 0;
    if (encoder->l2 < 0) encoder->l2 = 0;
    if (encoder->dropout < 0) encoder->dropout = 0;
}
