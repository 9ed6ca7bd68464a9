/* Reading a model file: nothing is believed before it is checked. See file.h for the layout. */
#include "model/file.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#define ADVICE "train the model again, or copy the file again from where it came"

static uint64_t integer(const unsigned char *at, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)at[i] << (8 * i);
    return value;
}

/* Magic, version, lengths, hash. */
static ms_status check_frame(const unsigned char *data, size_t length, const char *path, size_t *n_header,
                             size_t *n_doubles, ms_error *err) {
    char hex[65];
    if (length < 8 || memcmp(data, MS_FILE_MAGIC, 8) != 0)
        return ms_error_set(err, MS_EINPUT, "%s: is no model file of this program", path);
    if (length < MS_FILE_START + MS_FILE_HASH)
        return ms_error_set(err, MS_EINPUT, "%s: the model file is cut short; " ADVICE, path);
    const uint64_t version = integer(data + 8, 4);
    if (version < MS_FILE_OLDEST || version > MS_FILE_VERSION)
        return ms_error_set(err, MS_EINPUT,
                            "%s: is a model file of version %llu, this program (%s) reads versions %u to %u; "
                            "use the program that wrote it, or train the model again",
                            path, (unsigned long long)version, ms_version(), MS_FILE_OLDEST, MS_FILE_VERSION);
    const uint64_t header = integer(data + 16, 8), doubles = integer(data + 24, 8);
    if (header > MS_FILE_MAX_HEADER || doubles > MS_MODEL_MAX_DOUBLES ||
        MS_FILE_START + header + 8 * doubles + MS_FILE_HASH != length)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the model file's length does not fit what it declares; " ADVICE, path);
    ms_hash_bytes(data, length - MS_FILE_HASH, hex);
    if (memcmp(data + length - MS_FILE_HASH, hex, MS_FILE_HASH) != 0)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the model file is damaged (its checksum does not fit); " ADVICE, path);
    *n_header = (size_t)header;
    *n_doubles = (size_t)doubles;
    return MS_OK;
}

static ms_status bad_header(const char *path, const char *key, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s: the model file's header has no valid \"%s\"; " ADVICE, path,
                        key);
}

static ms_status get_size(const cJSON *root, const char *path, const char *key, size_t low, size_t high,
                          size_t *value, ms_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    const double v = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    if (!(v >= (double)low && v <= (double)high && v == floor(v))) return bad_header(path, key, err);
    *value = (size_t)v;
    return MS_OK;
}

static const char *get_text(const cJSON *root, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* Absent: none. */
static ms_status get_norms(const cJSON *part, const char *path, const char *key, ms_net *net, ms_error *err) {
    const cJSON *norms = cJSON_GetObjectItemCaseSensitive(part, "norms");
    if (!norms) return MS_OK;
    if (!cJSON_IsArray(norms) || cJSON_GetArraySize(norms) != (int)net->n_layers)
        return bad_header(path, key, err);
    for (size_t i = 0; i < net->n_layers; i++) {
        const cJSON *item = cJSON_GetArrayItem(norms, (int)i);
        const double v = cJSON_IsNumber(item) ? item->valuedouble : NAN;
        if (v != MS_NORM_NONE && v != MS_NORM_LAYER) return bad_header(path, key, err);
        net->norms[i] = (int)v;
    }
    return MS_OK;
}

/* Layer sizes and activations; weights are not allocated here. */
static ms_status get_net(const cJSON *root, const char *path, const char *key, ms_net *net, ms_error *err) {
    const cJSON *part = cJSON_GetObjectItemCaseSensitive(root, key);
    const cJSON *sizes = cJSON_GetObjectItemCaseSensitive(part, "sizes");
    const cJSON *activations = cJSON_GetObjectItemCaseSensitive(part, "activations");
    const int n = cJSON_IsArray(activations) ? cJSON_GetArraySize(activations) : 0;
    if (n < 1 || n > MS_NET_MAX_LAYERS || !cJSON_IsArray(sizes) || cJSON_GetArraySize(sizes) != n + 1)
        return bad_header(path, key, err);
    net->n_layers = (size_t)n;
    for (int i = 0; i <= n; i++) {
        const cJSON *item = cJSON_GetArrayItem(sizes, i);
        const double v = cJSON_IsNumber(item) ? item->valuedouble : NAN;
        if (!(v >= 1 && v <= MS_MODEL_MAX_UNITS && v == floor(v))) return bad_header(path, key, err);
        net->sizes[i] = (size_t)v;
        item = i < n ? cJSON_GetArrayItem(activations, i) : NULL;
        const double a = cJSON_IsNumber(item) ? item->valuedouble : NAN;
        if (i < n && !(a >= MS_ACT_LINEAR && a < MS_ACTIVATIONS && a == floor(a)))
            return bad_header(path, key, err);
        if (i < n) net->activations[i] = (int)a;
    }
    return get_norms(part, path, key, net, err);
}

/* *names, of cJSON_GetArraySize(list) places, are the model's from the start. */
static ms_status copy_names(const cJSON *list, const char *path, const char *key, char **names,
                            ms_error *err) {
    size_t j = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list) {
        if (!cJSON_IsString(item)) return bad_header(path, key, err);
        names[j] = ms_strdup(item->valuestring);
        if (!names[j++]) return ms_error_nomem(err);
    }
    return MS_OK;
}

static ms_status get_names(const cJSON *root, const char *path, ms_model *model, ms_error *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "features");
    const int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    if (n < 1 || (size_t)n > MS_MODEL_MAX_FEATURES) return bad_header(path, "features", err);
    ms_status status = ms_prep_alloc(&model->prep, (size_t)n, err);
    if (status != MS_OK) return status;
    model->names = ms_calloc((size_t)n, sizeof *model->names);
    if (!model->names) return ms_error_nomem(err);
    return copy_names(list, path, "features", model->names, err);
}

/* Watched sets: none where the header does not speak of them. */
static ms_status get_watched(const cJSON *root, const char *path, ms_model *model, ms_error *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "watched");
    if (!list) return MS_OK;
    const int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    if (n < 1 || n > MS_TRAIN_MAX_WATCHED) return bad_header(path, "watched", err);
    model->watched_names = ms_calloc((size_t)n, sizeof *model->watched_names);
    if (!model->watched_names) return ms_error_nomem(err);
    model->n_watched = (size_t)n;
    return copy_names(list, path, "watched", model->watched_names, err);
}

static ms_status get_texts(const cJSON *root, ms_model *model, ms_error *err) {
    (void)ms_text_format(model->program_version, sizeof model->program_version, "%s",
                         get_text(root, "program_version"));
    (void)ms_text_format(model->data_sha256, sizeof model->data_sha256, "%s", get_text(root, "data_sha256"));
    model->info.seed = strtoull(get_text(root, "seed"), NULL, 10);
    model->time_name = ms_strdup(get_text(root, "time"));
    model->event_name = ms_strdup(get_text(root, "event"));
    return model->time_name && model->event_name ? MS_OK : ms_error_nomem(err);
}

static ms_status alloc_member(ms_model *model, const ms_net *shape, size_t k, ms_error *err) {
    model->members[k] = *shape;
    model->members[k].weights = ms_calloc(ms_net_n_weights(shape), sizeof(double));
    return model->members[k].weights ? MS_OK : ms_error_nomem(err);
}

/* Allocates what the header declares, once the file is known to hold as many numbers. */
static ms_status alloc_arrays(ms_model *model, const ms_net *shape, size_t n_doubles, const char *path,
                              ms_error *err) {
    const size_t n_members = model->n_members;
    model->n_members = 0;
    model->members = ms_calloc(n_members, sizeof *model->members);
    if (!model->members) return ms_error_nomem(err);
    model->members[0] = *shape; /* without weights, for the count */
    model->n_members = n_members;
    if (ms_file_count(model) != n_doubles)
        return ms_error_set(err, MS_EINPUT, "%s: the model file's numbers do not fit its header; " ADVICE,
                            path);
    for (size_t k = 0; k < n_members; k++) {
        const ms_status status = alloc_member(model, shape, k, err);
        if (status != MS_OK) return status;
    }
    model->member_centre = ms_calloc(n_members, sizeof(double));
    model->baseline_times = ms_calloc(model->n_baseline, sizeof(double));
    model->baseline_hazard = ms_calloc(model->n_baseline, sizeof(double));
    model->history = ms_calloc(model->n_history, sizeof *model->history);
    model->history_kept = ms_calloc(model->n_history, 1);
    if (model->has_variance) {
        model->baseline_variance = ms_calloc(model->n_baseline, sizeof(double));
        if (!model->baseline_variance) return ms_error_nomem(err);
    }
    if (model->n_watched > 0) {
        model->history_watched = ms_calloc(2 * model->n_history * model->n_watched, sizeof(double));
        if (!model->history_watched) return ms_error_nomem(err);
    }
    bool ok = model->member_centre && model->baseline_times && model->baseline_hazard && model->history &&
              model->history_kept;
    if (ok && model->autoencoder) {
        model->encoder.weights = ms_calloc(ms_net_n_weights(&model->encoder), sizeof(double));
        model->code_centre = ms_calloc(model->code_size, sizeof(double));
        model->code_scale = ms_calloc(model->code_size, sizeof(double));
        ok = model->encoder.weights && model->code_centre && model->code_scale;
    }
    return ok ? MS_OK : ms_error_nomem(err);
}

static ms_status read_header(ms_model *model, const cJSON *root, size_t n_doubles, const char *path,
                             ms_error *err) {
    ms_net shape = {0};
    ms_status status = get_names(root, path, model, err);
    if (status == MS_OK) status = get_watched(root, path, model, err);
    if (status == MS_OK) status = get_texts(root, model, err);
    if (status == MS_OK) status = get_size(root, path, "rows", 1, SIZE_MAX >> 12, &model->info.n, err);
    if (status == MS_OK) status = get_size(root, path, "events", 1, model->info.n, &model->info.events, err);
    size_t members = 0;
    if (status == MS_OK) status = get_size(root, path, "members", 1, MS_MODEL_MAX_MEMBERS, &members, err);
    if (status == MS_OK)
        status = get_size(root, path, "baseline_steps", 1, MS_MODEL_MAX_DOUBLES, &model->n_baseline, err);
    if (status == MS_OK)
        status = get_size(root, path, "history_epochs", 0, MS_MODEL_MAX_DOUBLES, &model->n_history, err);
    if (status == MS_OK)
        status = ms_json_get_bool(root, path, "baseline_variance", &model->has_variance, err);
    if (status == MS_OK) status = ms_file_get_steps(model, root, path, err);
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(root, "settings");
    ms_train_config_default(&model->config);
    if (status == MS_OK && !settings) status = bad_header(path, "settings", err);
    if (status == MS_OK) status = ms_train_config_from_json(&model->config, settings, path, err);
    if (status == MS_OK) status = get_net(root, path, "network", &shape, err);
    model->autoencoder = cJSON_GetObjectItemCaseSensitive(root, "encoder") != NULL;
    if (status == MS_OK && model->autoencoder) status = get_net(root, path, "encoder", &model->encoder, err);
    if (status != MS_OK) return status;
    model->code_size = shape.sizes[0];
    if (shape.sizes[shape.n_layers] != 1) return bad_header(path, "network", err);
    if (model->autoencoder && model->encoder.sizes[model->encoder.n_layers] != model->code_size)
        return bad_header(path, "encoder", err);
    model->n_members = members;
    return alloc_arrays(model, &shape, n_doubles, path, err);
}

/* What the numbers must be besides finite. */
static bool numbers_make_sense(ms_model *model) {
    ms_prep *prep = &model->prep;
    prep->n_used = 0;
    for (size_t j = 0; j < prep->n_features; j++) {
        prep->n_used += !prep->dropped[j];
        if (!(prep->scale[j] > 0)) return false;
    }
    if (prep->n_used != (model->autoencoder ? model->encoder.sizes[0] : model->code_size)) return false;
    for (size_t k = 0; model->autoencoder && k < model->code_size; k++)
        if (!(model->code_scale[k] > 0)) return false;
    for (size_t i = 0; i < model->n_baseline; i++) {
        const double *t = model->baseline_times, *h = model->baseline_hazard;
        if (!(t[i] >= 0 && h[i] >= 0) || (i > 0 && !(t[i] > t[i - 1] && h[i] >= h[i - 1]))) return false;
    }
    for (size_t i = 0; model->has_variance && i < model->n_baseline; i++)
        if (!(model->baseline_variance[i] >= 0)) return false;
    if (model->steps && !ms_steps_make_sense(model->steps)) return false;
    if (!(model->shrinkage > 0 && model->shrinkage <= 1)) return false;
    return prep->clip >= 0 && model->last_time >= model->baseline_times[model->n_baseline - 1];
}

static ms_status read_model(ms_model *model, const unsigned char *data, size_t length, const char *path,
                            ms_error *err) {
    size_t n_header = 0, n_doubles = 0;
    cJSON *root = NULL;
    ms_status status = check_frame(data, length, path, &n_header, &n_doubles, err);
    if (status != MS_OK) return status;
    status = ms_json_parse((const char *)data + MS_FILE_START, n_header, path, &root, err);
    if (status == MS_OK) status = read_header(model, root, n_doubles, path, err);
    cJSON_Delete(root);
    if (status != MS_OK) return status;
    ms_file_io io = {.in = data + MS_FILE_START + n_header, .left = n_doubles};
    ms_file_numbers(&io, model);
    if (io.bad || io.left != 0 || !numbers_make_sense(model))
        return ms_error_set(err, MS_EINPUT, "%s: the model file holds a number that cannot be; " ADVICE,
                            path);
    return MS_OK;
}

ms_status ms_model_parse(ms_model **model, const unsigned char *data, size_t length, const char *name,
                         ms_error *err) {
    ms_model *made = ms_model_new();
    const ms_status status = made ? read_model(made, data, length, name, err) : ms_error_nomem(err);
    if (status == MS_OK)
        *model = made;
    else
        ms_model_free(made);
    return status;
}

ms_status ms_model_load(ms_model **model, const char *path, ms_error *err) {
    char *data = NULL;
    size_t length = 0;
    const size_t most = MS_FILE_START + MS_FILE_MAX_HEADER + 8 * (size_t)MS_MODEL_MAX_DOUBLES + MS_FILE_HASH;
    ms_status status = ms_file_read(path, most, &data, &length, err);
    if (status != MS_OK) return status;
    status = ms_model_parse(model, (const unsigned char *)data, length, path, err);
    free(data);
    return status;
}
