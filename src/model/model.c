/* A model's life and what it tells about itself. */
#include "model/model.h"
#include "model/steps.h"

#include <math.h>

ms_model *ms_model_new(void) {
    ms_model *model = ms_calloc(1, sizeof *model);
    if (!model) return NULL;
    model->shrinkage = 1;
    model->info.valid_c = model->info.train_c = model->info.reconstruction = NAN;
    return model;
}

void ms_model_free(ms_model *model) {
    if (!model) return;
    for (size_t j = 0; model->names && j < model->prep.n_features; j++) free(model->names[j]);
    free(model->names);
    ms_prep_clear(&model->prep);
    ms_net_clear(&model->encoder);
    free(model->code_centre);
    free(model->code_scale);
    for (size_t k = 0; model->members && k < model->n_members; k++) ms_net_clear(&model->members[k]);
    free(model->members);
    free(model->member_centre);
    free(model->baseline_times);
    free(model->baseline_hazard);
    free(model->baseline_variance);
    ms_steps_free(model->steps);
    free(model->history);
    free(model->history_kept);
    for (size_t k = 0; model->watched_names && k < model->n_watched; k++) free(model->watched_names[k]);
    free(model->watched_names);
    free(model->history_watched);
    free(model->time_name);
    free(model->event_name);
    free(model);
}

void ms_model_features(const ms_model *model, const char *const **names, size_t *n) {
    *names = (const char *const *)model->names;
    *n = model->prep.n_features;
}

size_t ms_model_code_size(const ms_model *model) {
    return model->code_size;
}

void ms_model_get_info(const ms_model *model, ms_model_info *info) {
    *info = model->info;
    info->n_features = model->prep.n_features;
    info->n_used = model->prep.n_used;
    info->autoencoder = model->autoencoder;
    info->code_size = model->code_size;
    info->members = model->n_members;
    info->shrinkage = model->shrinkage;
    info->program_version = model->program_version;
    info->time_name = model->time_name ? model->time_name : "";
    info->event_name = model->event_name ? model->event_name : "";
    info->data_sha256 = model->data_sha256;
}

double ms_model_cutpoint(const ms_model *model) {
    return model->info.cutpoint;
}

void ms_model_history(const ms_model *model, const ms_epoch **epochs, size_t *n) {
    *epochs = model->history;
    *n = model->n_history;
}

void ms_model_watched(const ms_model *model, const char *const **names, size_t *n_sets,
                      const double **values) {
    *names = (const char *const *)model->watched_names;
    *n_sets = model->n_watched;
    *values = model->history_watched;
}

void ms_model_baseline(const ms_model *model, const double **times, const double **hazard, size_t *n) {
    *times = model->baseline_times;
    *hazard = model->baseline_hazard;
    *n = model->n_baseline;
}

bool ms_model_feature_dropped(const ms_model *model, size_t feature) {
    return feature >= model->prep.n_features || model->prep.dropped[feature];
}

size_t ms_model_feature_missing(const ms_model *model, size_t feature) {
    return feature < model->prep.n_features ? model->prep.missing[feature] : 0;
}

static ms_status history_row(ms_table *table, const ms_model *model, size_t at, ms_error *err) {
    const ms_epoch *epoch = &model->history[at];
    const bool kept = model->history_kept[at];
    const size_t n_watched = 2 * model->n_watched;
    size_t row, column = 0;
    const double values[] = {
        (double)epoch->member, (double)epoch->epoch, epoch->train_loss,    epoch->valid_loss,
        epoch->train_c,        epoch->valid_c,       epoch->learning_rate, kept};
    ms_status status = ms_table_add_row(table, &row, err);
    if (status == MS_OK)
        status = ms_table_set(table, row, column++, epoch->autoencoder ? "autoencoder" : "network", err);
    for (size_t i = 0; status == MS_OK && i < MS_COUNT(values); i++)
        status = ms_table_set_number(table, row, column++, values[i], err);
    for (size_t i = 0; status == MS_OK && i < n_watched; i++)
        status = ms_table_set_number(table, row, column++, model->history_watched[at * n_watched + i], err);
    return status;
}

static ms_status watched_columns(ms_table *table, const ms_model *model, ms_error *err) {
    static const char *const kinds[] = {"loss", "c"};
    char name[128];
    size_t column;
    ms_status status = MS_OK;
    for (size_t k = 0; status == MS_OK && k < 2 * model->n_watched; k++) {
        (void)ms_text_format(name, sizeof name, "%s_%s", kinds[k % 2], model->watched_names[k / 2]);
        status = ms_table_add_column(table, name, &column, err);
    }
    return status;
}

ms_status ms_model_history_write(const ms_model *model, const char *path, ms_error *err) {
    static const char *const columns[] = {"stage",   "member",  "epoch",         "train_loss", "valid_loss",
                                          "train_c", "valid_c", "learning_rate", "kept"};
    ms_table *table = NULL;
    size_t column;
    ms_status status = ms_table_new(&table, path, err);
    for (size_t i = 0; status == MS_OK && i < MS_COUNT(columns); i++)
        status = ms_table_add_column(table, columns[i], &column, err);
    if (status == MS_OK) status = watched_columns(table, model, err);
    for (size_t i = 0; status == MS_OK && i < model->n_history; i++)
        status = history_row(table, model, i, err);
    if (status == MS_OK) status = ms_table_write(table, path, err);
    ms_table_free(table);
    return status;
}
