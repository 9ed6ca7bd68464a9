/* Does every byte still agree with the records? */
#include "study/study.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

typedef struct verify_list {
    ms_mismatch *items;
    size_t n, capacity, checked, unrecorded;
    ms_error *err;
} verify_list;

static ms_status note(verify_list *list, const char *id, const char *what, const char *path,
                      const char *text) {
    if (list->n == list->capacity) {
        const size_t more = list->capacity ? 2 * list->capacity : 64;
        ms_mismatch *items = ms_realloc(list->items, more, sizeof *items);
        if (!items) return ms_error_nomem(list->err);
        list->items = items;
        list->capacity = more;
    }
    ms_mismatch *item = &list->items[list->n++];
    memset(item, 0, sizeof *item);
    (void)ms_text_format(item->case_id, sizeof item->case_id, "%s", id);
    (void)ms_text_format(item->what, sizeof item->what, "%s", what);
    (void)ms_text_format(item->path, sizeof item->path, "%s", path);
    (void)ms_text_format(item->text, sizeof item->text, "%s", text);
    return MS_OK;
}

static const char *text_of(const cJSON *root, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* A file or folder against the SHA-256 in the record. */
static ms_status check_bytes(verify_list *list, const char *id, const char *what, const char *path,
                             const char *recorded) {
    char hex[65] = "", text[256];
    ms_error why = {0};
    if (recorded[0] == '\0') return MS_OK;
    list->checked++;
    if (!ms_path_exists(path)) return note(list, id, what, path, "is gone");
    if (ms_hash_tree(path, hex, &why) != MS_OK) return note(list, id, what, path, "cannot be read");
    if (strcmp(hex, recorded) == 0) return MS_OK;
    (void)ms_text_format(text, sizeof text, "changed: SHA-256 was %.12s..., is %.12s...", recorded, hex);
    return note(list, id, what, path, text);
}

/* A hash that the study itself knows (network, parameters), and the program's version. */
static ms_status check_known(verify_list *list, const char *id, const char *what, const char *key,
                             const char *recorded, const char *now) {
    char text[256];
    if (strcmp(recorded, now) == 0) return MS_OK;
    (void)ms_text_format(text, sizeof text, "changed: was %.24s, is %.24s", recorded[0] ? recorded : "none",
                         now[0] ? now : "none");
    return note(list, id, what, key, text);
}

static ms_status check_files(verify_list *list, const char *id, const char *what, const char *folder,
                             const cJSON *files) {
    ms_status status = MS_OK;
    const cJSON *file = NULL;
    cJSON_ArrayForEach(file, files) {
        char *path = ms_path_join(folder, file->string);
        if (!path) return ms_error_nomem(list->err);
        status = check_bytes(list, id, what, path, cJSON_IsString(file) ? file->valuestring : "?");
        free(path);
        if (status != MS_OK) return status;
    }
    return status;
}

/* What the case was told (level, person, parameters) against what it would be told now. */
static ms_status check_description(verify_list *list, const ms_study *study, size_t i, const cJSON *done) {
    ms_case_inputs inputs = {.mask = ""};
    cJSON *now = NULL;
    char reason[256];
    (void)ms_text_format(inputs.scan, sizeof inputs.scan, "%s", text_of(done, "scan_sha256"));
    (void)ms_text_format(inputs.mask, sizeof inputs.mask, "%s", text_of(done, "mask_sha256"));
    ms_status status = ms_case_describe(study, i, &inputs, &now, list->err);
    if (status == MS_OK) {
        const ms_case_cause cause = ms_case_compare(done, now, reason);
        if (cause != MS_CAUSE_NONE)
            status = note(list, study->patients[i].id, ms_case_cause_name(cause), "done.json", reason);
    }
    cJSON_Delete(now);
    return status;
}

static ms_status check_record(verify_list *list, const ms_study *study, size_t i, const cJSON *done,
                              const char *folder) {
    const ms_patient *patient = &study->patients[i];
    ms_status status = check_bytes(list, patient->id, "scan", patient->scan, text_of(done, "scan_sha256"));
    if (status == MS_OK) {
        char *mask = ms_strdup(patient->mask ? patient->mask : "");
        char *chosen = mask && !ms_path_exists(mask) ? strrchr(mask, '#') : NULL;
        if (chosen) *chosen = '\0';
        if (!mask) {
            status = ms_error_nomem(list->err);
        } else if (mask[0] != '\0' && text_of(done, "mask_sha256")[0] == '\0') {
            status = note(list, patient->id, "mask", mask, "was given after the case was done");
        } else {
            status = check_bytes(list, patient->id, "mask", mask, text_of(done, "mask_sha256"));
        }
        free(mask);
    }
    if (status == MS_OK) status = check_description(list, study, i, done);
    if (status == MS_OK)
        status =
            check_files(list, patient->id, "result", folder, cJSON_GetObjectItemCaseSensitive(done, "files"));
    return status;
}

static ms_status check_case(verify_list *list, const ms_study *study, size_t i) {
    cJSON *done = NULL;
    ms_error why = {0};
    char *folder = ms_case_path(study, i, NULL), *path = ms_case_path(study, i, "done.json");
    ms_status status = folder && path ? MS_OK : ms_error_nomem(list->err);
    if (status == MS_OK && !ms_path_exists(path)) {
        list->unrecorded++;
    } else if (status == MS_OK && ms_json_read(path, &done, &why) != MS_OK) {
        status = note(list, study->patients[i].id, "record", path, "cannot be read");
    } else if (status == MS_OK) {
        status = check_record(list, study, i, done, folder);
    }
    cJSON_Delete(done);
    free(folder);
    free(path);
    return status;
}

static ms_status check_own(verify_list *list, const ms_study *study, const cJSON *was, const cJSON *now) {
    static const struct {
        const char *key, *what, *path;
    } parts[] = {{"study_sha256", "settings", "study.json"},
                 {"cohort_sha256", "table", NULL},
                 {"train_sha256", "settings", "training settings"},
                 {"norms_sha256", "norms", "norms.json"},
                 {"parameters_sha256", "parameters", "parameters of the cases"},
                 {"cases_sha256", "cases", "cases/"},
                 {"version", "version", "version"}};
    const bool told = list->n > 0; /* of cases: the hash over all of them adds nothing */
    ms_status status = MS_OK;
    for (size_t p = 0; p < MS_COUNT(parts) && status == MS_OK; p++) {
        if (told && strcmp(parts[p].key, "cases_sha256") == 0) continue;
        const char *path = parts[p].path ? parts[p].path : study->spec.cohort;
        list->checked += p < 4 && text_of(was, parts[p].key)[0] != '\0';
        status = check_known(list, "", parts[p].what, path, text_of(was, parts[p].key),
                             text_of(now, parts[p].key));
    }
    const cJSON *before = cJSON_GetObjectItemCaseSensitive(was, "definitions"),
                *after = cJSON_GetObjectItemCaseSensitive(now, "definitions"), *file = NULL;
    cJSON_ArrayForEach(file, before) {
        list->checked++;
        if (status == MS_OK)
            status = check_known(list, "", "definitions", file->string, text_of(before, file->string),
                                 text_of(after, file->string));
    }
    return status;
}

/* The study's own record. What kind of result a file is, its folder says. */
static ms_status check_results(verify_list *list, const ms_study *study, const ms_case_status *states) {
    cJSON *was = NULL, *now = NULL;
    ms_error why = {0};
    char *path = ms_study_path(study, "done.json");
    ms_status status = path ? MS_OK : ms_error_nomem(list->err);
    if (status == MS_OK && ms_path_exists(path)) {
        if (ms_json_read(path, &was, &why) != MS_OK) {
            status = note(list, "", "record", path, "cannot be read");
        } else {
            status = ms_results_describe(study, states, &now, list->err);
            if (status == MS_OK) status = check_own(list, study, was, now);
            const cJSON *files = cJSON_GetObjectItemCaseSensitive(was, "files"), *file = NULL;
            cJSON_ArrayForEach(file, files) {
                char *full = ms_study_path(study, file->string);
                const char *what = ms_text_starts_with(file->string, "tables/")    ? "table"
                                   : ms_text_starts_with(file->string, "model/")   ? "model"
                                   : ms_text_starts_with(file->string, "figures/") ? "figure"
                                                                                   : "report";
                if (!full) status = ms_error_nomem(list->err);
                if (status == MS_OK)
                    status =
                        check_bytes(list, "", what, full, cJSON_IsString(file) ? file->valuestring : "?");
                free(full);
            }
        }
    }
    cJSON_Delete(was);
    cJSON_Delete(now);
    free(path);
    return status;
}

ms_status ms_study_verify(const ms_study *study, ms_mismatch **items, size_t *n, size_t *n_checked,
                          size_t *n_unrecorded, ms_error *err) {
    verify_list list = {.err = err};
    ms_case_status *states = ms_calloc(study->n, sizeof *states);
    ms_status status = states ? ms_study_status(study, states, err) : ms_error_nomem(err);
    for (size_t i = 0; i < study->n && status == MS_OK; i++) status = check_case(&list, study, i);
    if (status == MS_OK) status = check_results(&list, study, states);
    free(states);
    if (status != MS_OK) {
        free(list.items);
        return status;
    }
    *items = list.items;
    *n = list.n;
    *n_checked = list.checked;
    *n_unrecorded = list.unrecorded;
    return MS_OK;
}
