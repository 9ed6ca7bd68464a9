/* What a person gave beside the table: another level, phase or mask, that a doubtful level is right,
 * or that a case is to be left out.
 *
 * corrections.csv in the study's folder has a row a correction (the last one of a case counts); a case's
 * folder may hold correction.json, and a mended mask as correction.nii.gz (.nii, .nrrd, .mha). The case's
 * folder goes before corrections.csv, and that before the table. */
#include "study/study.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The level given now replaces the one given before, whichever way that was. */
static void set_slice(ms_patient *patient, size_t slice) {
    patient->has_slice = true;
    patient->has_z = false;
    patient->l3_slice = slice;
}

static void set_z(ms_patient *patient, double z) {
    patient->has_z = true;
    patient->has_slice = false;
    patient->l3_z = z;
}

static ms_status set_mask(ms_patient *patient, const char *folder, const char *file, ms_error *err) {
    char *path = ms_path_below(folder, file);
    if (!path) return ms_error_nomem(err);
    free(patient->mask);
    patient->mask = path;
    return MS_OK;
}

/* ---- corrections.csv ----------------------------------------------------------------------------------- */

typedef struct csv_columns {
    size_t id, slice, z, phase, mask, accept, exclude;
} csv_columns;

static size_t optional(const ms_table *table, const char *name) {
    size_t column;
    return ms_table_find(table, name, &column) ? column : SIZE_MAX;
}

static const char *cell_of(const ms_table *table, size_t row, size_t column) {
    return column == SIZE_MAX || ms_table_missing(table, row, column) ? NULL
                                                                      : ms_table_cell(table, row, column);
}

static ms_status bad_cell(const ms_table *table, size_t row, size_t column, const char *what, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s:%zu: column %s: '%.40s' %s", ms_table_name(table),
                        ms_table_line(table, row), ms_table_column_name(table, column),
                        ms_table_cell(table, row, column), what);
}

static ms_status read_yes(const ms_table *table, size_t row, size_t column, bool *value, ms_error *err) {
    static const char *const yes[] = {"yes", "true", "1"}, *const no[] = {"no", "false", "0"};
    const char *cell = cell_of(table, row, column);
    for (size_t i = 0; cell && i < MS_COUNT(yes); i++) {
        if (strcmp(cell, yes[i]) != 0 && strcmp(cell, no[i]) != 0) continue;
        *value = strcmp(cell, yes[i]) == 0;
        return MS_OK;
    }
    return cell ? bad_cell(table, row, column, "must be yes or no", err) : MS_OK;
}

static ms_status apply_row(const ms_table *table, size_t row, const csv_columns *c, const char *folder,
                           ms_patient *patient, ms_error *err) {
    const char *slice = cell_of(table, row, c->slice), *z = cell_of(table, row, c->z),
               *phase = cell_of(table, row, c->phase), *mask = cell_of(table, row, c->mask);
    size_t index = 0;
    double height = 0;
    if (slice && z) return bad_cell(table, row, c->z, "and l3_slice exclude each other: give one", err);
    if (slice && !ms_parse_size(slice, &index))
        return bad_cell(table, row, c->slice, "is no slice index (0 is the lowest slice)", err);
    if (z && !(ms_parse_number(z, &height) && isfinite(height)))
        return bad_cell(table, row, c->z, "is no height in mm", err);
    if (phase && ms_phase_find(phase) == MS_PHASES)
        return bad_cell(table, row, c->phase, "must be plain, arterial, portal, delayed or unknown", err);
    ms_status status = read_yes(table, row, c->accept, &patient->accepted, err);
    if (status == MS_OK) status = read_yes(table, row, c->exclude, &patient->excluded, err);
    if (status == MS_OK && mask) status = set_mask(patient, folder, mask, err);
    if (status != MS_OK) return status;
    if (slice) set_slice(patient, index);
    if (z) set_z(patient, height);
    if (phase) patient->phase = ms_phase_find(phase);
    if (slice || z || phase || mask) patient->corrected = "corrections.csv";
    return MS_OK;
}

static int compare_ids(const void *a, const void *b) {
    const ms_patient *const *x = a, *const *y = b;
    return strcmp((*x)->id, (*y)->id);
}

static int compare_id(const void *id, const void *patient) {
    const ms_patient *const *p = patient;
    return strcmp(id, (*p)->id);
}

static ms_status apply_table(ms_study *study, const ms_table *table, ms_error *err) {
    csv_columns c = {.id = 0};
    ms_status status = ms_table_require(table, "case_id", &c.id, err);
    if (status != MS_OK) return status;
    c.slice = optional(table, "l3_slice");
    c.z = optional(table, "l3_z");
    c.phase = optional(table, "phase");
    c.mask = optional(table, "mask");
    c.accept = optional(table, "accept");
    c.exclude = optional(table, "exclude");
    ms_patient **sorted = ms_calloc(study->n, sizeof *sorted);
    if (!sorted) return ms_error_nomem(err);
    for (size_t i = 0; i < study->n; i++) sorted[i] = &study->patients[i];
    qsort(sorted, study->n, sizeof *sorted, compare_ids);
    for (size_t row = 0; row < ms_table_rows(table) && status == MS_OK; row++) {
        const char *id = ms_table_cell(table, row, c.id);
        ms_patient **found = bsearch(id, sorted, study->n, sizeof *sorted, compare_id);
        if (found) {
            status = apply_row(table, row, &c, study->folder, *found, err);
        } else {
            ms_log(MS_LOG_WARNING, "%s:%zu: case '%s' is not in the table", ms_table_name(table),
                   ms_table_line(table, row), id);
        }
    }
    free(sorted);
    return status;
}

static ms_status apply_file(ms_study *study, ms_error *err) {
    ms_table *table = NULL;
    char *path = ms_study_path(study, "corrections.csv");
    ms_status status = path ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && ms_path_exists(path)) {
        status = ms_table_read(&table, path, err);
        if (status == MS_OK) status = apply_table(study, table, err);
        ms_table_free(table);
    }
    free(path);
    return status;
}

/* ---- a case's folder ----------------------------------------------------------------------------------- */

static ms_status read_level(const cJSON *root, const char *path, ms_patient *patient, ms_error *err) {
    const bool slice = cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(root, "l3_slice")),
               z = cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(root, "l3_z"));
    size_t index = 0;
    double height = 0;
    ms_status status = MS_OK;
    if (slice && z)
        return ms_error_set(err, MS_EINPUT, "%s: l3_slice and l3_z exclude each other: give one", path);
    if (slice) status = ms_json_get_size(root, path, "l3_slice", &index, err);
    if (z) status = ms_json_get_number(root, path, "l3_z", &height, err);
    if (status == MS_OK && slice) set_slice(patient, index);
    if (status == MS_OK && z) set_z(patient, height);
    if (status == MS_OK && (slice || z)) patient->corrected = "case";
    return status;
}

static ms_status read_correction(const cJSON *root, const char *path, const char *folder, ms_patient *patient,
                                 ms_error *err) {
    static const char *const known[] = {"case_id", "l3_slice", "l3_z", "phase", "mask",
                                        "accept",  "exclude",  "note", "by",    "date"};
    const char *id = NULL, *phase = NULL, *mask = NULL;
    if (!cJSON_IsObject(root)) return ms_error_set(err, MS_EINPUT, "%s: must be a JSON object", path);
    ms_status status = ms_json_check_keys(root, path, known, MS_COUNT(known), err);
    if (status == MS_OK) status = ms_json_get_text(root, path, "case_id", &id, err);
    if (status == MS_OK && id && strcmp(id, patient->id) != 0)
        status =
            ms_error_set(err, MS_EINPUT,
                         "%s: is the correction of case '%.100s': move it to that case's folder", path, id);
    if (status == MS_OK) status = ms_json_get_text(root, path, "phase", &phase, err);
    if (status == MS_OK && phase && ms_phase_find(phase) == MS_PHASES)
        status = ms_error_set(err, MS_EINPUT,
                              "%s: phase: must be plain, arterial, portal, delayed or unknown", path);
    if (status == MS_OK) status = ms_json_get_bool(root, path, "accept", &patient->accepted, err);
    if (status == MS_OK) status = ms_json_get_bool(root, path, "exclude", &patient->excluded, err);
    if (status == MS_OK) status = ms_json_get_text(root, path, "mask", &mask, err);
    if (status == MS_OK && mask) status = set_mask(patient, folder, mask, err);
    if (status == MS_OK && phase) patient->phase = ms_phase_find(phase);
    if (status == MS_OK && (phase || mask)) patient->corrected = "case";
    return status == MS_OK ? read_level(root, path, patient, err) : status;
}

static ms_status apply_json(const char *folder, ms_patient *patient, ms_error *err) {
    cJSON *root = NULL;
    char *path = ms_path_join(folder, "correction.json");
    ms_status status = path ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && ms_path_exists(path)) {
        status = ms_json_read(path, &root, err);
        if (status == MS_OK) status = read_correction(root, path, folder, patient, err);
        cJSON_Delete(root);
    }
    free(path);
    return status;
}

static ms_status apply_mask(const char *folder, ms_patient *patient, ms_error *err) {
    static const char *const names[] = {"correction.nii.gz", "correction.nii", "correction.nrrd",
                                        "correction.mha"};
    for (size_t i = 0; i < MS_COUNT(names); i++) {
        char *path = ms_path_join(folder, names[i]);
        if (!path) return ms_error_nomem(err);
        if (ms_path_exists(path)) {
            free(patient->mask);
            patient->mask = path;
            patient->corrected = "case";
            return MS_OK;
        }
        free(path);
    }
    return MS_OK;
}

ms_status ms_corrections_apply(ms_study *study, ms_error *err) {
    ms_status status = apply_file(study, err);
    for (size_t i = 0; i < study->n && status == MS_OK; i++) {
        char *folder = ms_case_path(study, i, NULL);
        if (!folder) return ms_error_nomem(err);
        if (ms_path_is_dir(folder)) {
            status = apply_json(folder, &study->patients[i], err);
            if (status == MS_OK) status = apply_mask(folder, &study->patients[i], err);
        }
        free(folder);
    }
    return status;
}
