/* Which cases a merge may take: judged by their records where the scans are on other machines. */
#include "study/merge.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const cJSON *root, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* "FOLDER/cases/<id>/NAME", FOLDER being `from` or the study's own. */
static char *record_path(const ms_study *study, size_t i, const char *from, const char *name) {
    if (!from) return ms_case_path(study, i, name);
    char *cases = ms_path_join(from, "cases");
    char *folder = cases ? ms_path_join(cases, study->patients[i].id) : NULL;
    char *path = folder ? ms_path_join(folder, name) : NULL;
    free(cases);
    free(folder);
    return path;
}

/* A record that cannot be read proves nothing: *root is NULL then. */
static ms_status read_record(const ms_study *study, size_t i, const char *from, cJSON **root, ms_error *err) {
    char *path = record_path(study, i, from, "done.json");
    ms_error ignored = {0};
    if (!path) return ms_error_nomem(err);
    if (ms_path_exists(path) && ms_json_read(path, root, &ignored) != MS_OK) *root = NULL;
    free(path);
    return MS_OK;
}

static bool all_there(const ms_study *study, size_t i, const char *from, const cJSON *record) {
    const cJSON *file = NULL;
    bool all = true;
    cJSON_ArrayForEach(file, cJSON_GetObjectItemCaseSensitive(record, "files")) {
        char *path = all ? record_path(study, i, from, file->string) : NULL;
        all = path && ms_path_exists(path);
        free(path);
    }
    return all;
}

/* What the case would be made from now, if its scan and mask are the ones of the record. */
static ms_status describe_as_recorded(const ms_study *study, size_t i, const cJSON *record, cJSON **now,
                                      ms_error *err) {
    ms_case_inputs inputs = {.mask = ""};
    (void)ms_text_format(inputs.scan, sizeof inputs.scan, "%s", text_of(record, "scan_sha256"));
    (void)ms_text_format(inputs.mask, sizeof inputs.mask, "%s", text_of(record, "mask_sha256"));
    return ms_case_describe(study, i, &inputs, now, err);
}

ms_status ms_merge_judge(const ms_study *study, size_t i, const char *from, ms_case_cause *cause,
                         char reason[256], ms_error *err) {
    cJSON *record = NULL, *now = NULL;
    ms_case_cause found = MS_CAUSE_NEW;
    reason[0] = '\0';
    ms_status status = read_record(study, i, from, &record, err);
    if (status == MS_OK && record) status = describe_as_recorded(study, i, record, &now, err);
    if (status == MS_OK && record) {
        found = ms_case_compare(record, now, reason);
        if (found == MS_CAUSE_NONE && !all_there(study, i, from, record)) {
            found = MS_CAUSE_RESULTS;
            (void)ms_text_format(reason, 256, "results changed: a file is gone");
        }
    }
    cJSON_Delete(record);
    cJSON_Delete(now);
    if (status == MS_OK) *cause = found;
    return status;
}

static bool is_unseen(const ms_patient *patient) {
    return !ms_path_exists(patient->scan) || (patient->mask && !ms_path_exists(patient->mask));
}

typedef struct judge_work {
    const ms_study *study;
    ms_case_status *states;
    bool *unseen;
} judge_work;

static ms_status judge_one(void *context, size_t i, ms_error *err) {
    const judge_work *work = context;
    ms_case_status *state = &work->states[i];
    ms_case_cause cause = MS_CAUSE_NEW;
    char reason[256];
    if (state->state != MS_CASE_FAILED || !is_unseen(&work->study->patients[i])) return MS_OK;
    const ms_status status = ms_merge_judge(work->study, i, NULL, &cause, reason, err);
    if (status != MS_OK || cause == MS_CAUSE_NEW) return status;
    work->unseen[i] = true;
    state->state = cause == MS_CAUSE_NONE ? MS_CASE_DONE : MS_CASE_STALE;
    state->cause = cause;
    (void)ms_text_format(state->reason, sizeof state->reason, "%s", reason);
    return MS_OK;
}

ms_status ms_merge_states(const ms_study *study, ms_case_status *states, size_t *unseen, ms_error *err) {
    bool *marks = ms_calloc(study->n, sizeof *marks);
    judge_work work = {study, states, marks};
    ms_status status = marks ? ms_study_status(study, states, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_parallel_for(study->n, judge_one, &work, err);
    size_t n = 0;
    for (size_t i = 0; status == MS_OK && i < study->n; i++) n += marks[i];
    free(marks);
    if (status == MS_OK) *unseen = n;
    return status;
}
