/* Opening a study: study.json and the table, checked. */
#include "study/study.h"

#include <stdlib.h>
#include <string.h>

char *ms_study_path(const ms_study *study, const char *relative) {
    return ms_path_join(study->folder, relative);
}

/* The network that cases use: its file's hash. The one that ships is used where it is there. */
static ms_status hash_model(ms_study *study, ms_error *err) {
    char *shipped = NULL;
    const char *path = study->spec.model;
    if (strcmp(path, "none") == 0) return MS_OK;
    if (path[0] != '\0') return ms_hash_file(path, study->model_sha256, err);
    ms_error ignored = {0};
    if (ms_data_path("segmenter.pt", &shipped, &ignored) == MS_OK && ms_path_exists(shipped) &&
        ms_hash_file(shipped, study->model_sha256, &ignored) != MS_OK)
        study->model_sha256[0] = '\0';
    free(shipped);
    return MS_OK;
}

static ms_status hash_features(ms_study *study, ms_error *err) {
    ms_feature_config config;
    ms_feature_set names = {0};
    ms_status status = ms_feature_config_preset(&config, study->spec.preset, err);
    if (status == MS_OK) status = ms_feature_names(&config, &names, err);
    if (status != MS_OK) return status;
    ms_hash *hash = ms_hash_new();
    if (hash) {
        for (size_t i = 0; i < names.n; i++) ms_hash_add_text(hash, names.names[i]);
        ms_hash_finish(hash, study->features_sha256);
    }
    ms_feature_set_clear(&names);
    return hash ? MS_OK : ms_error_nomem(err);
}

/* Only what a case's files depend on: a changed title or endpoint must not redo every scan. */
static ms_status hash_parameters(ms_study *study, ms_error *err) {
    char band[32];
    ms_hash *hash = ms_hash_new();
    if (!hash) return ms_error_nomem(err);
    ms_format_number(band, study->spec.band_mm);
    ms_hash_add_text(hash, study->spec.preset);
    ms_hash_add_text(hash, study->model_sha256);
    ms_hash_add_text(hash, band);
    ms_hash_add_text(hash, study->features_sha256);
    for (size_t i = 0; i < study->spec.n_rois; i++) {
        ms_hash_add_text(hash, study->spec.rois[i].prefix);
        ms_hash_add(hash, study->spec.rois[i].labels, sizeof study->spec.rois[i].labels);
    }
    ms_hash_finish(hash, study->parameters_sha256);
    return MS_OK;
}

static ms_status read_table(ms_study *study, ms_error *err) {
    char *path = ms_study_path(study, study->spec.cohort);
    char *root = ms_path_below(study->folder, study->spec.scan_root);
    ms_status status = path && root ? ms_table_read(&study->cohort, path, err) : ms_error_nomem(err);
    if (status == MS_OK)
        status = ms_cohort_read(study->cohort, &study->spec, root, &study->patients, &study->n, err);
    size_t column;
    study->is_synthetic = status == MS_OK && ms_table_find(study->cohort, "synthetic", &column);
    free(path);
    free(root);
    return status;
}

ms_status ms_study_open(const char *folder, ms_study **out, ms_error *err) {
    ms_study *study = ms_calloc(1, sizeof *study);
    if (!study) return ms_error_nomem(err);
    study->folder = ms_strdup(folder);
    char *json = study->folder ? ms_path_join(folder, "study.json") : NULL;
    ms_status status = json ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && !ms_path_exists(json))
        status = ms_error_set(err, MS_EINPUT,
                              "%s: no study.json here; 'myosurv study init %s --cohort FILE' makes a study",
                              folder, folder);
    if (status == MS_OK) status = ms_study_spec_read(json, &study->spec, err);
    if (status == MS_OK) status = read_table(study, err);
    if (status == MS_OK) status = ms_corrections_apply(study, err);
    if (status == MS_OK) status = hash_model(study, err);
    if (status == MS_OK) status = hash_features(study, err);
    if (status == MS_OK) status = hash_parameters(study, err);
    free(json);
    if (status == MS_OK) {
        *out = study;
    } else {
        ms_study_free(study);
    }
    return status;
}

void ms_study_free(ms_study *study) {
    if (!study) return;
    ms_patients_free(study->patients, study->n);
    ms_table_free(study->cohort);
    free(study->folder);
    free(study);
}

size_t ms_study_cases(const ms_study *study) {
    return study->n;
}

const char *ms_study_case_id(const ms_study *study, size_t i) {
    return study->patients[i].id;
}

ms_status ms_study_check(const ms_study *study, size_t *n_missing, ms_error *err) {
    (void)err;
    size_t missing = 0;
    for (size_t i = 0; i < study->n; i++) {
        const ms_patient *patient = &study->patients[i];
        const char *files[] = {patient->scan, patient->mask};
        for (size_t f = 0; f < MS_COUNT(files); f++) {
            if (!files[f] || ms_path_exists(files[f])) continue;
            ms_log(MS_LOG_WARNING, "%s: %s: no such file or folder", patient->id, files[f]);
            missing++;
        }
    }
    *n_missing = missing;
    return MS_OK;
}
