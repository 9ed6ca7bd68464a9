/* What a finished case must still agree with, and whether it does. */
#include "study/study.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

char *ms_case_path(const ms_study *study, size_t i, const char *name) {
    char *cases = ms_study_path(study, "cases");
    char *folder = cases ? ms_path_join(cases, study->patients[i].id) : NULL;
    char *path = folder && name ? ms_path_join(folder, name) : NULL;
    free(cases);
    if (!name) return folder;
    free(folder);
    return path;
}

static void add_number(ms_hash *hash, double value) {
    char text[32];
    ms_format_number(text, value);
    ms_hash_add_text(hash, text);
}

ms_status ms_case_key(const ms_study *study, size_t i, char key[65], char scan_sha256[65], ms_error *err) {
    const ms_patient *patient = &study->patients[i];
    char scan[65], mask[65] = "";
    ms_status status = ms_hash_tree(patient->scan, scan, err);
    if (status == MS_OK && patient->mask) status = ms_hash_tree(patient->mask, mask, err);
    if (status != MS_OK) return status;
    ms_hash *hash = ms_hash_new();
    if (!hash) return ms_error_nomem(err);
    ms_hash_add_text(hash, ms_version());
    ms_hash_add_text(hash, study->parameters_sha256);
    ms_hash_add_text(hash, patient->id);
    ms_hash_add_text(hash, scan);
    ms_hash_add_text(hash, mask);
    add_number(hash, patient->has_slice ? (double)patient->l3_slice : -1);
    add_number(hash, patient->has_z ? patient->l3_z : (double)NAN);
    add_number(hash, patient->phase);
    add_number(hash, patient->person.height_m);
    add_number(hash, patient->person.weight_kg);
    add_number(hash, patient->person.age_years);
    add_number(hash, patient->person.sex);
    ms_hash_finish(hash, key);
    memcpy(scan_sha256, scan, 65);
    return MS_OK;
}

static void note(ms_case_status *status, ms_case_state state, const char *reason) {
    status->state = state;
    (void)ms_text_format(status->reason, sizeof status->reason, "%s", reason);
}

/* A text of done.json or failed.json; "" when the file or key is not there or not readable. */
static void read_text(const char *path, const char *key, char *out, size_t size) {
    cJSON *root = NULL;
    ms_error ignored;
    const char *text = NULL;
    out[0] = '\0';
    if (ms_json_read(path, &root, &ignored) == MS_OK &&
        ms_json_get_text(root, path, key, &text, &ignored) == MS_OK && text)
        (void)ms_text_format(out, size, "%s", text);
    cJSON_Delete(root);
}

ms_status ms_case_status_read(const ms_study *study, size_t i, ms_case_status *out, ms_error *err) {
    char key[65], scan[65], found[256], version[64];
    char *done = ms_case_path(study, i, "done.json"), *failed = ms_case_path(study, i, "failed.json");
    ms_status status = done && failed ? MS_OK : ms_error_nomem(err);
    ms_error why;
    if (status != MS_OK) goto cleanup;
    if (ms_case_key(study, i, key, scan, &why) != MS_OK) {
        note(out, MS_CASE_FAILED, why.message);
        goto cleanup;
    }
    bool has_failed = ms_path_exists(failed);
    if (!ms_path_exists(done)) {
        read_text(failed, "reason", found, sizeof found);
        note(out, has_failed ? MS_CASE_FAILED : MS_CASE_NEW, found);
        goto cleanup;
    }
    read_text(done, "key", found, sizeof found);
    read_text(done, "version", version, sizeof version);
    if (strcmp(found, key) == 0) {
        note(out, MS_CASE_DONE, "");
    } else if (strcmp(version, ms_version()) != 0) {
        note(out, MS_CASE_STALE, "made by another version of the program");
    } else {
        read_text(done, "scan_sha256", found, sizeof found);
        note(out, MS_CASE_STALE,
             strcmp(found, scan) != 0 ? "the scan changed" : "its row or the parameters changed");
    }
cleanup:
    free(done);
    free(failed);
    return status;
}

const char *ms_case_state_name(ms_case_state state) {
    static const char *const names[] = {"new", "done", "failed", "stale"};
    return names[state];
}

typedef struct status_work {
    const ms_study *study;
    ms_case_status *status;
} status_work;

static ms_status status_of(void *context, size_t i, ms_error *err) {
    const status_work *work = context;
    return ms_case_status_read(work->study, i, &work->status[i], err);
}

ms_status ms_study_status(const ms_study *study, ms_case_status *status, ms_error *err) {
    status_work work = {study, status};
    return ms_parallel_for(study->n, status_of, &work, err);
}
