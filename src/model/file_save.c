/* Writing a model file: see file.h for the layout. */
#include "model/file.h"

#include <cjson/cJSON.h>
#include <string.h>

static ms_status put_net(cJSON *object, const char *key, const ms_net *net, ms_error *err) {
    cJSON *part;
    double values[MS_NET_MAX_LAYERS + 1];
    ms_status status = ms_json_add_object(object, key, &part, err);
    for (size_t i = 0; i <= net->n_layers; i++) values[i] = (double)net->sizes[i];
    if (status == MS_OK) status = ms_json_add_numbers(part, "sizes", values, net->n_layers + 1, err);
    for (size_t i = 0; i < net->n_layers; i++) values[i] = net->activations[i];
    if (status == MS_OK) status = ms_json_add_numbers(part, "activations", values, net->n_layers, err);
    bool normed = false;
    for (size_t i = 0; i < net->n_layers; i++) {
        values[i] = net->norms[i];
        normed = normed || net->norms[i] != MS_NORM_NONE;
    }
    if (status == MS_OK && normed) status = ms_json_add_numbers(part, "norms", values, net->n_layers, err);
    return status;
}

static ms_status put_names(cJSON *object, const char *key, char *const *names, size_t n, ms_error *err) {
    cJSON *list;
    const ms_status status = ms_json_add_array(object, key, &list, err);
    for (size_t j = 0; status == MS_OK && j < n; j++) {
        cJSON *name = cJSON_CreateString(names[j]);
        if (!name || !cJSON_AddItemToArray(list, name)) {
            cJSON_Delete(name);
            return ms_error_nomem(err);
        }
    }
    return status;
}

ms_status ms_file_header(const ms_model *model, cJSON *root, ms_error *err) {
    cJSON *settings;
    char seed[32];
    const struct {
        const char *key, *text;
    } texts[] = {{"format", "myosurv model"},
                 {"note", "Research software, not a medical device."},
                 {"program_version", model->program_version},
                 {"seed", seed},
                 {"data_sha256", model->data_sha256},
                 {"time", model->time_name ? model->time_name : ""},
                 {"event", model->event_name ? model->event_name : ""}};
    const struct {
        const char *key;
        size_t value;
    } sizes[] = {{"rows", model->info.n},
                 {"events", model->info.events},
                 {"members", model->n_members},
                 {"baseline_steps", model->n_baseline},
                 {"history_epochs", model->n_history}};
    (void)ms_text_format(seed, sizeof seed, "%llu", (unsigned long long)model->info.seed);
    ms_status status = MS_OK;
    for (size_t i = 0; status == MS_OK && i < MS_COUNT(texts); i++)
        status = ms_json_add_text(root, texts[i].key, texts[i].text, err);
    for (size_t i = 0; status == MS_OK && i < MS_COUNT(sizes); i++)
        status = ms_json_add_number(root, sizes[i].key, (double)sizes[i].value, err);
    if (status == MS_OK) status = ms_json_add_object(root, "settings", &settings, err);
    if (status == MS_OK) status = ms_train_config_to_json(&model->config, settings, err);
    if (status == MS_OK && model->autoencoder) status = put_net(root, "encoder", &model->encoder, err);
    if (status == MS_OK) status = put_net(root, "network", &model->members[0], err);
    if (status == MS_OK && model->n_watched > 0)
        status = put_names(root, "watched", model->watched_names, model->n_watched, err);
    if (status == MS_OK) status = ms_json_add_bool(root, "baseline_variance", model->has_variance, err);
    if (status == MS_OK) status = ms_file_put_steps(model, root, err);
    return status == MS_OK ? put_names(root, "features", model->names, model->prep.n_features, err) : status;
}

static void put_integer(ms_buffer *out, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        const unsigned char byte = (unsigned char)(value >> (8 * i));
        ms_buffer_append_bytes(out, &byte, 1);
    }
}

/* The file's start, header and numbers, then the hash over them. */
static void compose(ms_buffer *file, const ms_buffer *header, const ms_model *model) {
    char hex[65];
    ms_model *numbers = (ms_model *)(uintptr_t)model; /* only read: the walk is shared with reading */
    ms_file_io io = {.out = file};
    ms_buffer_append_bytes(file, MS_FILE_MAGIC, 8);
    put_integer(file, MS_FILE_VERSION, 4);
    put_integer(file, 0, 4);
    put_integer(file, header->length, 8);
    put_integer(file, ms_file_count(model), 8);
    ms_buffer_append_bytes(file, header->data, header->length);
    ms_file_numbers(&io, numbers);
    if (ms_buffer_failed(file)) return;
    ms_hash_bytes(file->data, file->length, hex);
    ms_buffer_append_bytes(file, hex, MS_FILE_HASH);
}

ms_status ms_model_save(const ms_model *model, const char *path, ms_error *err) {
    ms_buffer header, file;
    ms_buffer_init(&header);
    ms_buffer_init(&file);
    cJSON *root = cJSON_CreateObject();
    ms_status status = root ? ms_file_header(model, root, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_print(root, &header, err);
    if (status != MS_OK) goto cleanup;
    if (header.length > MS_FILE_MAX_HEADER || ms_file_count(model) == SIZE_MAX) {
        status = ms_error_set(err, MS_ERESOURCE, "%s: the model is larger than a model file may be", path);
        goto cleanup;
    }
    compose(&file, &header, model);
    status = ms_buffer_failed(&file) ? ms_error_nomem(err) : ms_file_write(path, file.data, file.length, err);
cleanup:
    cJSON_Delete(root);
    ms_buffer_clear(&header);
    ms_buffer_clear(&file);
    return status;
}
