/* The checkpoint of a training: what it is of, in words, so that another training cannot go on from it. */
#include "model/model.h"

#include <cjson/cJSON.h>

static ms_status hash_settings(const ms_train_config *config, char hex[65], ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    cJSON *root = cJSON_CreateObject();
    ms_status status = root ? ms_train_config_to_json(config, root, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_print(root, &text, err);
    if (status == MS_OK) ms_hash_bytes(text.data, text.length, hex);
    cJSON_Delete(root);
    ms_buffer_clear(&text);
    return status;
}

static ms_status hash_extra(const ms_train_extra *extra, size_t n, size_t p, char strata[65],
                            char watched[65], ms_error *err) {
    ms_hash *hash = ms_hash_new();
    if (!hash) return ms_error_nomem(err);
    if (extra->strata) ms_hash_add(hash, extra->strata, n * sizeof *extra->strata);
    ms_hash_finish(hash, strata);
    hash = ms_hash_new();
    if (!hash) return ms_error_nomem(err);
    for (size_t k = 0; k < extra->n_watched; k++) {
        const ms_watched_set *set = &extra->watched[k];
        ms_hash_add_text(hash, set->name);
        ms_hash_add(hash, set->x, set->n * p * sizeof *set->x);
        ms_hash_add(hash, set->time_days, set->n * sizeof *set->time_days);
        ms_hash_add(hash, set->event, set->n);
    }
    ms_hash_finish(hash, watched);
    return MS_OK;
}

ms_status ms_training_checkpoint(const ms_model *model, ms_training *training, const ms_train_extra *extra,
                                 ms_error *err) {
    char settings[65], strata[65], watched[65], identity[512];
    if (!extra->checkpoint) return MS_OK;
    ms_status status = hash_settings(&model->config, settings, err);
    if (status == MS_OK)
        status = hash_extra(extra, training->n, model->prep.n_features, strata, watched, err);
    if (status != MS_OK) return status;
    (void)ms_text_format(identity, sizeof identity,
                         "data %s\nsettings %s\nseed %llu\nstrata %s\nwatched-sets %s\nprogram-version %s\n",
                         model->data_sha256, settings, (unsigned long long)training->seed, strata, watched,
                         model->program_version);
    return ms_checkpoint_open(&training->checkpoint, extra->checkpoint, identity, err);
}
