/* One case: scan to L3, masks, measurements and features. Runs in a child process of its own. */
#include "study/study.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* The mask of the case: the one given in the table, else the one found. */
static ms_status segment(const ms_study *study, const ms_patient *patient, const ms_scan *scan,
                         const ms_muscle_network *network, ms_segmentation *segmentation, ms_error *err) {
    ms_segment_options options;
    ms_mask given = {0};
    ms_status status = MS_OK;
    ms_segment_options_default(&options);
    options.person = patient->person;
    options.has_slice = patient->has_slice;
    options.slice_index = patient->l3_slice;
    options.has_z = patient->has_z;
    options.z_mm = patient->l3_z;
    options.phase = patient->phase;
    options.band_mm = study->spec.band_mm;
    options.info = &scan->info;
    if (patient->mask) {
        status = ms_mask_read(patient->mask, &scan->volume.geometry, &given, err);
        if (status == MS_OK) options.mask = &given;
    }
    options.network = network;
    if (status == MS_OK) status = ms_segment(&scan->volume, &options, segmentation, err);
    ms_mask_clear(&given);
    return status;
}

/* The mask's slice of the level alone, so that regions are of one slice whatever the mask holds elsewhere. */
static ms_status slice_of_level(const ms_scan *scan, const ms_segmentation *segmentation, ms_volume *volume,
                                ms_mask *mask, ms_error *err) {
    size_t k = segmentation->level.slice_index;
    ms_status status = ms_volume_slice(&scan->volume, k, volume, err);
    if (status == MS_OK) status = ms_mask_alloc(mask, &volume->geometry, err);
    if (status == MS_OK) {
        size_t area = volume->geometry.n[0] * volume->geometry.n[1];
        memcpy(mask->data, segmentation->mask.data + k * area, area);
    }
    return status;
}

static ms_status add_features(const ms_roi *roi, const ms_volume *volume, const ms_mask *mask,
                              const ms_feature_config *config, ms_table *table, ms_error *err) {
    ms_feature_set set = {0};
    ms_status status = ms_features_extract(volume, mask, roi->labels, roi->n_labels, config, &set, err);
    if (status != MS_OK) {
        ms_error_prefix(err, "%s", roi->label);
        return status;
    }
    for (size_t f = 0; f < set.n && status == MS_OK; f++) {
        char name[256];
        size_t column;
        if (!ms_text_format(name, sizeof name, "%s%s", roi->prefix, set.names[f]))
            status = ms_error_set(err, MS_EINTERNAL, "a feature's name is too long: %s", set.names[f]);
        if (status == MS_OK) status = ms_table_add_column(table, name, &column, err);
        if (status == MS_OK) status = ms_table_set_number(table, 0, column, set.values[f], err);
    }
    ms_feature_set_clear(&set);
    return status;
}

static ms_status write_features(const ms_study *study, const ms_patient *patient, const ms_scan *scan,
                                const ms_segmentation *segmentation, const char *path, ms_error *err) {
    ms_feature_config config;
    ms_volume volume = {0};
    ms_mask mask = {0};
    ms_table *table = NULL;
    size_t row, column;
    ms_status status = ms_feature_config_preset(&config, study->spec.preset, err);
    if (status == MS_OK) ms_feature_config_stored(&config, &scan->layout);
    if (status == MS_OK) status = slice_of_level(scan, segmentation, &volume, &mask, err);
    if (status == MS_OK) status = ms_table_new(&table, "features", err);
    if (status == MS_OK) status = ms_table_add_column(table, "case_id", &column, err);
    if (status == MS_OK) status = ms_table_add_row(table, &row, err);
    if (status == MS_OK) status = ms_table_set(table, row, column, patient->id, err);
    for (size_t i = 0; i < study->spec.n_rois && status == MS_OK; i++)
        status = add_features(&study->spec.rois[i], &volume, &mask, &config, table, err);
    if (status == MS_OK) status = ms_table_write(table, path, err);
    ms_table_free(table);
    ms_mask_clear(&mask);
    ms_volume_clear(&volume);
    return status;
}

/* done.json, written last: what the case was made from and the hash of every file it consists of. */
static ms_status write_done(cJSON *description, const char *folder, const char *const *names, size_t n,
                            ms_error *err) {
    char hash[65];
    cJSON *files = NULL;
    char *path = ms_path_join(folder, "done.json");
    ms_status status = path ? ms_json_add_object(description, "files", &files, err) : ms_error_nomem(err);
    for (size_t f = 0; f < n && status == MS_OK; f++) {
        char *name = ms_path_join(folder, names[f]);
        status = name ? ms_hash_file(name, hash, err) : ms_error_nomem(err);
        if (status == MS_OK) status = ms_json_add_text(files, names[f], hash, err);
        free(name);
    }
    if (status == MS_OK) status = ms_json_write(description, path, err);
    free(path);
    return status;
}

static const char *const result_names[] = {"mask.nii.gz",  "measurements.json", "features.csv",
                                           "overview.png", "thumbnail.png",     "muscles.nii.gz",
                                           "view.png",     "marks.png"};
enum { N_RESULTS = 8 };

static ms_status make_results(const ms_study *study, size_t i, const ms_muscle_network *network,
                              const char *folder, ms_error *err) {
    const ms_patient *patient = &study->patients[i];
    ms_scan scan = {0};
    ms_segmentation segmentation = {0};
    char *paths[N_RESULTS] = {NULL};
    ms_status status = MS_OK;
    for (size_t f = 0; f < N_RESULTS && status == MS_OK; f++) {
        paths[f] = ms_path_join(folder, result_names[f]);
        if (!paths[f]) status = ms_error_nomem(err);
    }
    if (status == MS_OK) status = ms_scan_read(patient->scan, NULL, &scan, err);
    if (status == MS_OK) status = segment(study, patient, &scan, network, &segmentation, err);
    if (status == MS_OK) status = ms_mask_write(&segmentation.mask, &scan.layout, paths[0], err);
    if (status == MS_OK) status = ms_mask_write(&segmentation.parts, &scan.layout, paths[5], err);
    if (status == MS_OK) status = ms_segmentation_write_json(&segmentation, NULL, NULL, paths[1], err);
    if (status == MS_OK) status = write_features(study, patient, &scan, &segmentation, paths[2], err);
    if (status == MS_OK)
        status = ms_study_picture(&scan.volume, &segmentation, patient->id, paths[3], paths[4], err);
    if (status == MS_OK) status = ms_study_view(&scan.volume, &segmentation, paths[6], paths[7], err);
    for (size_t f = 0; f < N_RESULTS; f++) free(paths[f]);
    ms_segmentation_clear(&segmentation);
    ms_scan_clear(&scan);
    return status;
}

/* The results are of the bytes that were hashed first, or of none. */
static ms_status check_unchanged(const ms_study *study, size_t i, const ms_case_inputs *inputs,
                                 ms_error *err) {
    char stamp[65];
    ms_status status = ms_case_inputs_stamp(study, i, stamp, err);
    if (status == MS_OK && strcmp(stamp, inputs->stamp) != 0)
        status = ms_error_set(err, MS_EINPUT,
                              "%s: the scan or mask was written to while it was read; run the study again",
                              study->patients[i].scan);
    return status;
}

ms_status ms_case_run(const ms_study *study, size_t i, const ms_muscle_network *network, ms_error *err) {
    ms_case_inputs inputs;
    cJSON *description = NULL;
    char *folder = NULL;
    ms_error ignored = {0};
    ms_status status = ms_case_inputs_read(study, i, true, &inputs, err);
    if (status == MS_OK) status = ms_case_describe(study, i, &inputs, &description, err);
    if (status == MS_OK) status = ms_place_begin(study, i, &folder, err);
    if (status == MS_OK) status = make_results(study, i, network, folder, err);
    if (status == MS_OK) status = check_unchanged(study, i, &inputs, err);
    if (status == MS_OK) status = ms_case_inputs_remember(&inputs, folder, err);
    if (status == MS_OK) status = write_done(description, folder, result_names, N_RESULTS, err);
    if (status == MS_OK) status = ms_place_finish(study, i, folder, err);
    if (status != MS_OK && folder && ms_remove_tree(folder, &ignored) != MS_OK)
        ms_log(MS_LOG_DEBUG, "%s", ignored.message); /* the next run removes it */
    free(folder);
    cJSON_Delete(description);
    return status;
}

/* failed.json: what the case was tried with, and why it failed. */
ms_status ms_case_note_failure(const ms_study *study, size_t i, const ms_error *why, ms_error *err) {
    char *path = ms_case_path(study, i, "failed.json"), *folder = ms_case_path(study, i, NULL);
    cJSON *root = NULL;
    ms_case_inputs inputs;
    ms_error ignored = {0};
    ms_status status = path && folder ? ms_make_dirs(folder, err) : ms_error_nomem(err);
    if (status == MS_OK && ms_case_inputs_read(study, i, true, &inputs, &ignored) == MS_OK) {
        status = ms_case_describe(study, i, &inputs, &root, err);
    } else if (status == MS_OK) {
        root = cJSON_CreateObject();
        status = root ? ms_json_add_text(root, "case_id", study->patients[i].id, err) : ms_error_nomem(err);
        if (status == MS_OK) status = ms_json_add_text(root, "version", ms_version(), err);
    }
    if (status == MS_OK) status = ms_json_add_text(root, "reason", why->message, err);
    if (status == MS_OK) status = ms_json_write(root, path, err);
    cJSON_Delete(root);
    free(folder);
    free(path);
    return status;
}
