/* The settings as JSON: data/train.schema.json describes the file. */
#include "model/model.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static const char *const activation_names[] = {"linear", "relu",       "sigmoid",  "tanh", "selu", "elu",
                                               "gelu",   "leaky_relu", "softplus", "silu", "mish"};
static const char *const optimizer_names[] = {"sgd", "rmsprop", "adam", "adamw"};
static const char *const init_names[] = {"truncated_normal", "xavier", "he", "lecun", "uniform"};
static const char *const norm_names[] = {"none", "layer", "batch"};
static const char *const schedule_names[] = {"exponential", "step", "cosine", "plateau", "inverse"};
static const char *const device_names[] = {"auto", "cpu", "cuda", "libtorch"};
static const char *const ties_names[] = {"efron", "breslow"};
static const char *const switch_names[] = {"auto", "on", "off"};
static const char *const scaling_names[] = {"standard", "robust"};

static ms_status get_choice(const cJSON *object, const char *name, const char *key,
                            const char *const *choices, size_t n, unsigned *value, ms_error *err) {
    const char *text = NULL;
    const ms_status status = ms_json_get_text(object, name, key, &text, err);
    if (status != MS_OK || !text) return status;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, choices[i]) != 0) continue;
        *value = (unsigned)i;
        return MS_OK;
    }
    ms_buffer list;
    ms_buffer_init(&list);
    for (size_t i = 0; i < n; i++) ms_buffer_printf(&list, "%s%s", i ? ", " : "", choices[i]);
    const ms_status bad = ms_error_set(err, MS_EINPUT, "%s: %s is \"%s\", but must be one of: %s", name, key,
                                       text, ms_buffer_failed(&list) ? "(see the manual)" : list.data);
    ms_buffer_clear(&list);
    return bad;
}

/* A number of layers' sizes, or "auto". */
static ms_status get_hidden(const cJSON *object, const char *name, ms_fit_config *fit, ms_error *err) {
    const cJSON *hidden = cJSON_GetObjectItemCaseSensitive(object, "hidden");
    if (!hidden) return MS_OK;
    if (cJSON_IsString(hidden) && strcmp(hidden->valuestring, "auto") == 0) {
        fit->hidden_auto = true;
        return MS_OK;
    }
    const int n = cJSON_IsArray(hidden) ? cJSON_GetArraySize(hidden) : -1;
    if (n < 0 || n > MS_TRAIN_MAX_LAYERS)
        return ms_error_set(err, MS_EINPUT, "%s: hidden must be \"auto\" or a list of at most %d layer sizes",
                            name, MS_TRAIN_MAX_LAYERS);
    fit->hidden_auto = false;
    fit->n_hidden = (size_t)n;
    for (int i = 0; i < n; i++) {
        const cJSON *item = cJSON_GetArrayItem(hidden, i);
        const double v = cJSON_IsNumber(item) ? item->valuedouble : NAN;
        if (!(v >= 1 && v <= MS_MODEL_MAX_UNITS && v == floor(v)))
            return ms_error_set(err, MS_EINPUT, "%s: hidden: layer %d must be a whole number from 1 to %u",
                                name, i + 1, MS_MODEL_MAX_UNITS);
        fit->hidden[i] = (size_t)v;
    }
    return MS_OK;
}

/* A number, or "auto", which is kept as -1. */
static ms_status get_or_auto(const cJSON *object, const char *name, const char *key, double *number,
                             ms_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (item && cJSON_IsString(item) && strcmp(item->valuestring, "auto") == 0) {
        *number = -1;
        return MS_OK;
    }
    double value = *number;
    const ms_status status = ms_json_get_number(object, name, key, &value, err);
    if (status != MS_OK) return status;
    if (item && value < 0)
        return ms_error_set(err, MS_EINPUT, "%s: %s must be \"auto\" or a number >= 0", name, key);
    *number = value;
    return MS_OK;
}

/* True when the key is "auto"; *is_auto becomes whether it is, where the key is there at all. */
static bool says_auto(const cJSON *object, const char *key, bool *is_auto) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    const bool found = item && cJSON_IsString(item) && strcmp(item->valuestring, "auto") == 0;
    if (item) *is_auto = found;
    return found;
}

static ms_status put_or_auto(cJSON *object, const char *key, double number, ms_error *err) {
    return number < 0 ? ms_json_add_text(object, key, "auto", err)
                      : ms_json_add_number(object, key, number, err);
}

static ms_status get_fit(const cJSON *object, const char *name, ms_fit_config *fit, ms_error *err) {
    const struct {
        const char *key;
        double *value;
    } numbers[] = {{"init_sd", &fit->init_sd},
                   {"l1", &fit->l1},
                   {"learning_rate", &fit->learning_rate},
                   {"lr_decay", &fit->lr_decay},
                   {"lr_floor", &fit->lr_floor},
                   {"clip_gradient", &fit->clip_gradient},
                   {"momentum", &fit->momentum}};
    const struct {
        const char *key;
        size_t *value;
    } sizes[] = {{"lr_step", &fit->lr_step},
                 {"warmup", &fit->warmup},
                 {"batch_size", &fit->batch_size},
                 {"epochs", &fit->epochs},
                 {"patience", &fit->patience}};
    unsigned activation = fit->activation, output = fit->output_activation, norm = fit->norm;
    unsigned init = fit->init, optimizer = fit->optimizer, schedule = fit->schedule;
    const struct {
        const char *key;
        const char *const *names;
        size_t n;
        unsigned *value;
    } choices[] = {{"activation", activation_names, MS_COUNT(activation_names), &activation},
                   {"output_activation", activation_names, MS_COUNT(activation_names), &output},
                   {"norm", norm_names, MS_COUNT(norm_names), &norm},
                   {"init", init_names, MS_COUNT(init_names), &init},
                   {"optimizer", optimizer_names, MS_COUNT(optimizer_names), &optimizer},
                   {"schedule", schedule_names, MS_COUNT(schedule_names), &schedule}};
    ms_status status = get_hidden(object, name, fit, err);
    if (status == MS_OK) status = get_or_auto(object, name, "l2", &fit->l2, err);
    if (status == MS_OK) status = get_or_auto(object, name, "dropout", &fit->dropout, err);
    for (size_t i = 0; status == MS_OK && i < MS_COUNT(numbers); i++)
        status = ms_json_get_number(object, name, numbers[i].key, numbers[i].value, err);
    for (size_t i = 0; status == MS_OK && i < MS_COUNT(sizes); i++)
        status = ms_json_get_size(object, name, sizes[i].key, sizes[i].value, err);
    if (status == MS_OK) status = ms_json_get_bool(object, name, "nesterov", &fit->nesterov, err);
    const bool skip_first = says_auto(object, "activation", &fit->activation_auto);
    for (size_t i = skip_first; status == MS_OK && i < MS_COUNT(choices); i++)
        status =
            get_choice(object, name, choices[i].key, choices[i].names, choices[i].n, choices[i].value, err);
    fit->activation = (ms_activation)activation;
    fit->output_activation = (ms_activation)output;
    fit->norm = (ms_network_norm)norm;
    fit->schedule = (ms_schedule)schedule;
    fit->init = (ms_weight_init)init;
    fit->optimizer = (ms_optimizer)optimizer;
    return status;
}

/* The object under a key: NULL when absent. */
static ms_status get_part(const cJSON *object, const char *name, const char *key, const cJSON **part,
                          ms_error *err) {
    *part = cJSON_GetObjectItemCaseSensitive(object, key);
    if (*part && !cJSON_IsObject(*part))
        return ms_error_set(err, MS_EINPUT, "%s: %s must be an object { ... }", name, key);
    return MS_OK;
}

static ms_status read_preprocessing(const cJSON *object, const char *file, ms_train_config *config,
                                    ms_error *err) {
    static const char *const keys[] = {"scaling", "clip", "max_missing"};
    char name[512];
    const cJSON *part;
    ms_status status = get_part(object, file, "preprocessing", &part, err);
    if (status != MS_OK || !part) return status;
    (void)ms_text_format(name, sizeof name, "%s: preprocessing", file);
    unsigned scaling = config->robust;
    status = ms_json_check_keys(part, name, keys, MS_COUNT(keys), err);
    if (status == MS_OK) status = get_choice(part, name, "scaling", scaling_names, 2, &scaling, err);
    if (status == MS_OK) status = ms_json_get_number(part, name, "clip", &config->clip, err);
    if (status == MS_OK) status = ms_json_get_number(part, name, "max_missing", &config->max_missing, err);
    config->robust = scaling == 1;
    return status;
}

#define FIT_KEYS                                                                                             \
    "hidden", "activation", "output_activation", "norm", "init", "init_sd", "dropout", "l1", "l2",           \
        "optimizer", "learning_rate", "schedule", "lr_decay", "lr_step", "lr_floor", "warmup",               \
        "clip_gradient", "momentum", "nesterov", "batch_size", "epochs", "patience"

static ms_status read_autoencoder(const cJSON *object, const char *file, ms_train_config *config,
                                  ms_error *err) {
    static const char *const keys[] = {"use", "above", "code", "noise", "mask", "tied", "joint", FIT_KEYS};
    char name[512];
    const cJSON *part;
    ms_status status = get_part(object, file, "autoencoder", &part, err);
    if (status != MS_OK || !part) return status;
    (void)ms_text_format(name, sizeof name, "%s: autoencoder", file);
    unsigned use = config->autoencoder;
    status = ms_json_check_keys(part, name, keys, MS_COUNT(keys), err);
    if (status == MS_OK) status = get_choice(part, name, "use", switch_names, 3, &use, err);
    if (status == MS_OK) status = ms_json_get_size(part, name, "above", &config->autoencoder_above, err);
    if (status == MS_OK) status = ms_json_get_size(part, name, "code", &config->code_size, err);
    if (status == MS_OK) status = ms_json_get_number(part, name, "noise", &config->encoder_noise, err);
    if (status == MS_OK) status = ms_json_get_number(part, name, "mask", &config->encoder_mask, err);
    if (status == MS_OK) status = ms_json_get_bool(part, name, "tied", &config->encoder_tied, err);
    if (status == MS_OK) status = ms_json_get_number(part, name, "joint", &config->joint, err);
    config->autoencoder = (ms_train_switch)use;
    return status == MS_OK ? get_fit(part, name, &config->encoder, err) : status;
}

static ms_status read_network(const cJSON *object, const char *file, ms_train_config *config, ms_error *err) {
    static const char *const keys[] = {FIT_KEYS};
    char name[512];
    const cJSON *part;
    ms_status status = get_part(object, file, "network", &part, err);
    if (status != MS_OK || !part) return status;
    (void)ms_text_format(name, sizeof name, "%s: network", file);
    status = ms_json_check_keys(part, name, keys, MS_COUNT(keys), err);
    return status == MS_OK ? get_fit(part, name, &config->network, err) : status;
}

ms_status ms_train_config_from_json(ms_train_config *config, const cJSON *object, const char *name,
                                    ms_error *err) {
    static const char *const keys[] = {"$schema",    "preprocessing", "autoencoder", "network", "ties",
                                       "validation", "members",       "choose",      "device"};
    ms_train_config made = *config;
    if (!cJSON_IsObject(object)) return ms_error_set(err, MS_EINPUT, "%s: must be an object { ... }", name);
    unsigned ties = made.ties, device = made.device, choose = made.choose;
    ms_status status = ms_json_check_keys(object, name, keys, MS_COUNT(keys), err);
    if (status == MS_OK) status = read_preprocessing(object, name, &made, err);
    if (status == MS_OK) status = read_autoencoder(object, name, &made, err);
    if (status == MS_OK) status = read_network(object, name, &made, err);
    if (status == MS_OK)
        status = get_choice(object, name, "ties", ties_names, MS_COUNT(ties_names), &ties, err);
    if (status == MS_OK) status = ms_json_get_number(object, name, "validation", &made.validation, err);
    if (status == MS_OK) status = ms_json_get_size(object, name, "members", &made.members, err);
    if (status == MS_OK)
        status = get_choice(object, name, "device", device_names, MS_COUNT(device_names), &device, err);
    if (status == MS_OK)
        status = get_choice(object, name, "choose", switch_names, MS_COUNT(switch_names), &choose, err);
    made.choose = (ms_train_switch)choose;
    made.device = (ms_train_device)device;
    made.ties = (ms_train_ties)ties;
    if (status == MS_OK) status = ms_train_config_check(&made, name, err);
    if (status == MS_OK) *config = made;
    return status;
}

ms_status ms_train_config_read(ms_train_config *config, const char *path, ms_error *err) {
    cJSON *root = NULL;
    ms_train_config made;
    ms_status status = ms_json_read(path, &root, err);
    if (status != MS_OK) return status;
    ms_train_config_default(&made);
    status = ms_train_config_from_json(&made, root, path, err);
    cJSON_Delete(root);
    if (status == MS_OK) *config = made;
    return status;
}

static ms_status put_fit(const ms_fit_config *fit, cJSON *object, ms_error *err) {
    cJSON *hidden;
    ms_status status = MS_OK;
    if (fit->hidden_auto) {
        status = ms_json_add_text(object, "hidden", "auto", err);
    } else {
        status = ms_json_add_array(object, "hidden", &hidden, err);
        for (size_t i = 0; status == MS_OK && i < fit->n_hidden; i++)
            if (!cJSON_AddItemToArray(hidden, cJSON_CreateNumber((double)fit->hidden[i])))
                status = ms_error_nomem(err);
    }
    if (status == MS_OK)
        status = ms_json_add_text(object, "activation",
                                  fit->activation_auto ? "auto" : activation_names[fit->activation], err);
    if (status == MS_OK)
        status = ms_json_add_text(object, "output_activation", activation_names[fit->output_activation], err);
    if (status == MS_OK) status = ms_json_add_text(object, "norm", norm_names[fit->norm], err);
    if (status == MS_OK) status = ms_json_add_text(object, "init", init_names[fit->init], err);
    if (status == MS_OK) status = ms_json_add_number(object, "init_sd", fit->init_sd, err);
    if (status == MS_OK) status = put_or_auto(object, "dropout", fit->dropout, err);
    if (status == MS_OK) status = ms_json_add_number(object, "l1", fit->l1, err);
    if (status == MS_OK) status = put_or_auto(object, "l2", fit->l2, err);
    if (status == MS_OK) status = ms_json_add_text(object, "optimizer", optimizer_names[fit->optimizer], err);
    if (status == MS_OK) status = ms_json_add_number(object, "learning_rate", fit->learning_rate, err);
    if (status == MS_OK) status = ms_json_add_text(object, "schedule", schedule_names[fit->schedule], err);
    if (status == MS_OK) status = ms_json_add_number(object, "lr_decay", fit->lr_decay, err);
    if (status == MS_OK) status = ms_json_add_number(object, "lr_step", (double)fit->lr_step, err);
    if (status == MS_OK) status = ms_json_add_number(object, "lr_floor", fit->lr_floor, err);
    if (status == MS_OK) status = ms_json_add_number(object, "warmup", (double)fit->warmup, err);
    if (status == MS_OK) status = ms_json_add_number(object, "clip_gradient", fit->clip_gradient, err);
    if (status == MS_OK) status = ms_json_add_number(object, "batch_size", (double)fit->batch_size, err);
    if (status == MS_OK) status = ms_json_add_number(object, "momentum", fit->momentum, err);
    if (status == MS_OK) status = ms_json_add_bool(object, "nesterov", fit->nesterov, err);
    if (status == MS_OK) status = ms_json_add_number(object, "epochs", (double)fit->epochs, err);
    if (status == MS_OK) status = ms_json_add_number(object, "patience", (double)fit->patience, err);
    return status;
}

ms_status ms_train_config_to_json(const ms_train_config *config, cJSON *object, ms_error *err) {
    cJSON *prep, *encoder, *network;
    ms_status status = ms_json_add_object(object, "preprocessing", &prep, err);
    if (status == MS_OK) status = ms_json_add_text(prep, "scaling", scaling_names[config->robust], err);
    if (status == MS_OK) status = ms_json_add_number(prep, "clip", config->clip, err);
    if (status == MS_OK) status = ms_json_add_number(prep, "max_missing", config->max_missing, err);
    if (status == MS_OK) status = ms_json_add_object(object, "autoencoder", &encoder, err);
    if (status == MS_OK) status = ms_json_add_text(encoder, "use", switch_names[config->autoencoder], err);
    if (status == MS_OK)
        status = ms_json_add_number(encoder, "above", (double)config->autoencoder_above, err);
    if (status == MS_OK) status = ms_json_add_number(encoder, "code", (double)config->code_size, err);
    if (status == MS_OK) status = ms_json_add_number(encoder, "noise", config->encoder_noise, err);
    if (status == MS_OK) status = ms_json_add_number(encoder, "mask", config->encoder_mask, err);
    if (status == MS_OK) status = ms_json_add_bool(encoder, "tied", config->encoder_tied, err);
    if (status == MS_OK) status = ms_json_add_number(encoder, "joint", config->joint, err);
    if (status == MS_OK) status = put_fit(&config->encoder, encoder, err);
    if (status == MS_OK) status = ms_json_add_object(object, "network", &network, err);
    if (status == MS_OK) status = put_fit(&config->network, network, err);
    if (status == MS_OK) status = ms_json_add_text(object, "ties", ties_names[config->ties], err);
    if (status == MS_OK) status = ms_json_add_number(object, "validation", config->validation, err);
    if (status == MS_OK) status = ms_json_add_number(object, "members", (double)config->members, err);
    if (status == MS_OK) status = ms_json_add_text(object, "choose", switch_names[config->choose], err);
    if (status == MS_OK) status = ms_json_add_text(object, "device", device_names[config->device], err);
    return status;
}
