/* Which cases are done, and why the others are not. */
#include "study/shard.h"
#include "study/study.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

const char *ms_case_state_name(ms_case_state state) {
    static const char *const names[] = {"new", "done", "failed", "stale"};
    return names[state];
}

const char *ms_case_cause_name(ms_case_cause cause) {
    static const char *const names[] = {"",    "new",        "failed",  "input",  "correction",
                                        "row", "parameters", "program", "results"};
    return names[cause];
}

static void note(ms_case_status *out, ms_case_state state, ms_case_cause cause, const char *reason) {
    out->state = state;
    out->cause = cause;
    (void)ms_text_format(out->reason, sizeof out->reason, "%s", reason);
}

static const char *text_of(const cJSON *root, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* done.json or failed.json, NULL when it is not there or cannot be read: then it proves nothing. */
static ms_status read_record(const ms_study *study, size_t i, const char *name, cJSON **root, ms_error *err) {
    char *path = ms_case_path(study, i, name);
    ms_error ignored = {0};
    if (!path) return ms_error_nomem(err);
    if (ms_path_exists(path) && ms_json_read(path, root, &ignored) != MS_OK) *root = NULL;
    free(path);
    return MS_OK;
}

/* The first file of the record that is not there. */
static const char *missing_file(const ms_study *study, size_t i, const cJSON *done) {
    const cJSON *file = NULL;
    cJSON_ArrayForEach(file, cJSON_GetObjectItemCaseSensitive(done, "files")) {
        char *path = ms_case_path(study, i, file->string);
        const bool there = path && ms_path_exists(path);
        free(path);
        if (!there) return file->string;
    }
    return NULL;
}

static void judge_done(const ms_study *study, size_t i, const cJSON *done, const cJSON *failed,
                       const cJSON *now, ms_case_status *out) {
    char text[256];
    const ms_case_cause cause = ms_case_compare(done, now, text);
    const char *gone = cause == MS_CAUSE_NONE ? missing_file(study, i, done) : NULL;
    if (gone) {
        (void)ms_text_format(text, sizeof text, "results changed: %s is gone", gone);
        note(out, MS_CASE_STALE, MS_CAUSE_RESULTS, text);
    } else if (cause == MS_CAUSE_NONE) {
        note(out, MS_CASE_DONE, MS_CAUSE_NONE, "");
    } else if (failed && strcmp(text_of(failed, "key"), text_of(now, "key")) == 0) {
        note(out, MS_CASE_FAILED, MS_CAUSE_FAILED, text_of(failed, "reason"));
    } else {
        note(out, MS_CASE_STALE, cause, text);
    }
}

/* A record without a key is of a scan or mask that could not be read then. */
static void judge_failed(const cJSON *failed, const cJSON *now, ms_case_status *out) {
    char text[256] = "input changed: it can be read now", both[520];
    const bool keyed = text_of(failed, "key")[0] != '\0';
    const ms_case_cause cause = keyed ? ms_case_compare(failed, now, text) : MS_CAUSE_INPUT;
    if (cause == MS_CAUSE_NONE) {
        note(out, MS_CASE_FAILED, MS_CAUSE_FAILED, text_of(failed, "reason"));
    } else {
        (void)ms_text_format(both, sizeof both, "%s (failed before: %s)", text, text_of(failed, "reason"));
        note(out, MS_CASE_FAILED, cause, both);
    }
}

/* A case that was never tried needs no hash of its scan yet: only that the scan is there. */
static void judge_new(const ms_study *study, size_t i, ms_case_status *out) {
    const ms_patient *patient = &study->patients[i];
    char text[256];
    if (ms_path_exists(patient->scan)) {
        note(out, MS_CASE_NEW, MS_CAUSE_NEW, "");
        return;
    }
    (void)ms_text_format(text, sizeof text, "%s: no such file or folder", patient->scan);
    note(out, MS_CASE_FAILED, MS_CAUSE_FAILED, text);
}

/* So that the next look is quick, and no trace stays of an attempt that failed with other parameters. It is
 * no failure when this cannot be done. */
static void tidy(const ms_study *study, size_t i, const ms_case_inputs *inputs, bool has_failed) {
    char *folder = ms_case_path(study, i, NULL), *failed = ms_case_path(study, i, "failed.json");
    ms_error why = {0};
    ms_status status = MS_OK;
    if (folder && !inputs->remembered) status = ms_case_inputs_remember(inputs, folder, &why);
    if (status == MS_OK && failed && has_failed) status = ms_remove_tree(failed, &why);
    if (status != MS_OK) ms_log(MS_LOG_DEBUG, "%s", why.message);
    free(folder);
    free(failed);
}

ms_status ms_case_status_read(const ms_study *study, size_t i, ms_case_status *out, char key[65],
                              ms_error *err) {
    cJSON *done = NULL, *failed = NULL, *now = NULL;
    ms_case_inputs inputs;
    ms_error why = {0};
    key[0] = '\0';
    ms_status status = read_record(study, i, "done.json", &done, err);
    if (status == MS_OK) status = read_record(study, i, "failed.json", &failed, err);
    if (status != MS_OK) goto cleanup;
    if (!done && !failed) {
        judge_new(study, i, out);
        goto cleanup;
    }
    if (done && study->trust_records && !ms_path_exists(study->patients[i].scan)) {
        inputs = (ms_case_inputs){.remembered = true};
        (void)ms_text_format(inputs.scan, sizeof inputs.scan, "%s", text_of(done, "scan_sha256"));
        (void)ms_text_format(inputs.mask, sizeof inputs.mask, "%s", text_of(done, "mask_sha256"));
    } else if (ms_case_inputs_read(study, i, true, &inputs, &why) != MS_OK) {
        note(out, MS_CASE_FAILED, done ? MS_CAUSE_INPUT : MS_CAUSE_FAILED, why.message);
        goto cleanup;
    }
    status = ms_case_describe(study, i, &inputs, &now, err);
    if (status != MS_OK) goto cleanup;
    (void)ms_text_format(key, 65, "%s", text_of(now, "key"));
    if (done) {
        judge_done(study, i, done, failed, now, out);
        if (out->state == MS_CASE_DONE && study->remember) tidy(study, i, &inputs, failed != NULL);
    } else {
        judge_failed(failed, now, out);
    }
cleanup:
    cJSON_Delete(done);
    cJSON_Delete(failed);
    cJSON_Delete(now);
    return status;
}

typedef struct status_work {
    const ms_study *study;
    size_t shard, shards;
    ms_case_status *status;
} status_work;

static ms_status status_of(void *context, size_t i, ms_error *err) {
    const status_work *work = context;
    char key[65];
    if (work->shards > 0 && ms_study_shard_of(work->study->patients[i].id, work->shards) != work->shard)
        return MS_OK;
    return ms_case_status_read(work->study, i, &work->status[i], key, err);
}

ms_status ms_study_status_shard(const ms_study *study, size_t shard, size_t shards, ms_case_status *status,
                                ms_error *err) {
    status_work work = {study, shard, shards, status};
    return ms_parallel_for(study->n, status_of, &work, err);
}

ms_status ms_study_status(const ms_study *study, ms_case_status *status, ms_error *err) {
    return ms_study_status_shard(study, 0, 0, status, err);
}
