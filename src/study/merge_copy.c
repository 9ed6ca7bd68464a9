/* Cases made in other folders, on machines without a common disk: brought into this study's. */
#include "study/merge.h"
#include "study/place.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a new folder like another ------------------------------------------------------------------------- */

/* A text of study.json that names a file relative to its folder: absolute from now on. */
static ms_status make_absolute(cJSON *root, const char *key, const char *folder, ms_error *err) {
    cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    if (!cJSON_IsString(item) || item->valuestring[0] == '/' || strcmp(item->valuestring, "none") == 0)
        return MS_OK;
    char *path = ms_path_join(folder, item->valuestring);
    cJSON *made = path ? cJSON_CreateString(path) : NULL;
    free(path);
    if (!made) return ms_error_nomem(err);
    return cJSON_ReplaceItemInObjectCaseSensitive(root, key, made) ? MS_OK : ms_error_nomem(err);
}

static ms_status make_list_absolute(cJSON *root, const char *key, const char *folder, ms_error *err) {
    cJSON *list = cJSON_GetObjectItemCaseSensitive(root, key);
    if (!cJSON_IsArray(list)) return make_absolute(root, key, folder, err);
    for (int i = 0; i < cJSON_GetArraySize(list); i++) {
        const cJSON *item = cJSON_GetArrayItem(list, i);
        if (!cJSON_IsString(item) || item->valuestring[0] == '/') continue;
        char *path = ms_path_join(folder, item->valuestring);
        cJSON *made = path ? cJSON_CreateString(path) : NULL;
        free(path);
        if (!made || !cJSON_ReplaceItemInArray(list, i, made)) return ms_error_nomem(err);
    }
    return MS_OK;
}

static ms_status copy_settings(const char *from, const char *to, ms_error *err) {
    cJSON *root = NULL;
    char *source = ms_path_join(from, "study.json"), *target = ms_path_join(to, "study.json");
    char *folder = realpath(from, NULL);
    ms_status status = MS_OK;
    if (!source || !target) status = ms_error_nomem(err);
    if (status == MS_OK && !folder) status = ms_error_errno(err, errno, from, "cannot be read");
    if (status == MS_OK) status = ms_json_read(source, &root, err);
    if (status == MS_OK && !cJSON_HasObjectItem(root, "scan_root"))
        status = ms_json_add_text(root, "scan_root", ".", err);
    if (status == MS_OK) status = make_absolute(root, "scan_root", folder, err);
    if (status == MS_OK) status = make_absolute(root, "model", folder, err);
    if (status == MS_OK) status = make_absolute(root, "train", folder, err);
    if (status == MS_OK) status = make_list_absolute(root, "definitions", folder, err);
    if (status == MS_OK) status = ms_json_write(root, target, err); /* last: then the folder is a study */
    cJSON_Delete(root);
    free(folder);
    free(source);
    free(target);
    return status;
}

static ms_status copy_file(const char *from, const char *to, const char *name, ms_error *err) {
    enum { BLOCK = 1 << 16 };
    char *source = ms_path_join(from, name), *target = ms_path_join(to, name), *block = malloc(BLOCK);
    ms_atomic *file = NULL;
    FILE *in = source ? fopen(source, "rbe") : NULL;
    ms_status status = source && target && block ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && !in) status = ms_error_errno(err, errno, source, "cannot read");
    if (status == MS_OK) status = ms_atomic_open(&file, target, err);
    if (status == MS_OK) {
        size_t n;
        while ((n = fread(block, 1, BLOCK, in)) > 0 && fwrite(block, 1, n, ms_atomic_stream(file)) == n) {
        }
        if (ferror(in)) {
            status = ms_error_errno(err, errno, source, "cannot read");
            ms_atomic_abort(file);
        } else {
            status = ms_atomic_commit(file, err);
        }
    }
    if (in) fclose(in);
    free(block);
    free(source);
    free(target);
    return status;
}

/* Where the new study's table comes from, all others must have it, too: a case of another table would be lost
 * without a word. */
static ms_status same_tables(const char *cohort, const char *const *from, size_t n_from, ms_error *err) {
    char first[65] = "", hex[65];
    for (size_t f = 0; f < n_from; f++) {
        char *path = ms_path_join(from[f], cohort);
        ms_status status = path ? ms_hash_file(path, f == 0 ? first : hex, err) : ms_error_nomem(err);
        if (status == MS_OK && f > 0 && strcmp(first, hex) != 0)
            status = ms_error_set(err, MS_EINPUT,
                                  "%s: is another table than %s's; make the joint study's folder first, with "
                                  "'myosurv study init' and the whole table",
                                  path, from[0]);
        free(path);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

ms_status ms_merge_begin(const char *folder, const char *const *from, size_t n_from, ms_error *err) {
    ms_study_spec spec;
    char *here = ms_path_join(folder, "study.json"), *there = ms_path_join(from[0], "study.json"),
         *corrections = ms_path_join(from[0], "corrections.csv");
    ms_status status = here && there && corrections ? MS_OK : ms_error_nomem(err);
    const bool is_study = status == MS_OK && ms_path_exists(here);
    if (status == MS_OK && !is_study) {
        status = ms_study_spec_read(there, &spec, err);
        if (status == MS_OK) status = same_tables(spec.cohort, from, n_from, err);
        if (status == MS_OK) status = ms_make_dirs(folder, err);
        if (status == MS_OK) status = copy_file(from[0], folder, spec.cohort, err);
        if (status == MS_OK && ms_path_exists(corrections))
            status = copy_file(from[0], folder, "corrections.csv", err);
        if (status == MS_OK) status = copy_settings(from[0], folder, err);
    }
    free(here);
    free(there);
    free(corrections);
    return status;
}

/* ---- cases --------------------------------------------------------------------------------------------- */

/* The folder a case was made in. */
static char *case_folder(const ms_study *study, size_t i, const char *from) {
    char *cases = ms_path_join(from, "cases");
    char *folder = cases ? ms_path_join(cases, study->patients[i].id) : NULL;
    free(cases);
    return folder;
}

/* Every file of the record must have the bytes it had when the record was written. */
static ms_status check_files(const char *folder, ms_error *err) {
    cJSON *record = NULL;
    const cJSON *file = NULL;
    char *path = ms_path_join(folder, "done.json");
    ms_status status = path ? ms_json_read(path, &record, err) : ms_error_nomem(err);
    free(path);
    cJSON_ArrayForEach(file, cJSON_GetObjectItemCaseSensitive(record, "files")) {
        char hex[65];
        if (status != MS_OK) break;
        char *name = ms_path_join(folder, file->string);
        status = name ? ms_hash_file(name, hex, err) : ms_error_nomem(err);
        if (status == MS_OK && (!cJSON_IsString(file) || strcmp(file->valuestring, hex) != 0))
            status = ms_error_set(err, MS_EINPUT,
                                  "%s: is not the file its done.json tells of; copy the case's folder again",
                                  name);
        free(name);
    }
    cJSON_Delete(record);
    return status;
}

static bool is_copied(const char *folder, const char *name) {
    if (name[0] == '.' || strcmp(name, "done.json") == 0) return false; /* .seen is of the other machine */
    char *path = ms_path_join(folder, name);
    const bool plain = path && !ms_path_is_dir(path);
    free(path);
    return plain;
}

static ms_status copy_case(const ms_study *study, size_t i, const char *from, ms_error *err) {
    char *source = case_folder(study, i, from), *made = NULL, **names = NULL;
    size_t n = 0;
    ms_status status = source ? check_files(source, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_place_begin(study, i, &made, err);
    if (status == MS_OK) status = ms_list_dir(source, &names, &n, err);
    for (size_t f = 0; f < n && status == MS_OK; f++)
        if (is_copied(source, names[f])) status = copy_file(source, made, names[f], err);
    if (status == MS_OK) status = copy_file(source, made, "done.json", err);
    if (status == MS_OK) status = check_files(made, err); /* and arrived so */
    if (status == MS_OK) status = ms_place_finish(study, i, made, err);
    if (status != MS_OK && made) {
        ms_error ignored = {0};
        (void)!ms_remove_tree(made, &ignored);
    }
    ms_names_free(names, n);
    free(made);
    free(source);
    return status;
}

/* The reason a case failed elsewhere, where none is known here. */
static ms_status copy_failure(const ms_study *study, size_t i, const char *from, bool *copied,
                              ms_error *err) {
    char *source = case_folder(study, i, from), *place = ms_case_path(study, i, NULL);
    char *path = source ? ms_path_join(source, "failed.json") : NULL;
    ms_status status = source && place && path ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && ms_path_exists(path)) {
        status = ms_make_dirs(place, err);
        if (status == MS_OK) status = copy_file(source, place, "failed.json", err);
        *copied = status == MS_OK;
    }
    free(source);
    free(place);
    free(path);
    return status;
}

/* A correction in the case's folder elsewhere comes along with it, so that alone is no hindrance. */
static bool can_take(ms_case_cause cause) {
    return cause == MS_CAUSE_NONE || cause == MS_CAUSE_CORRECTION;
}

typedef struct copy_work {
    const ms_study *study;
    const char *const *from;
    size_t n_from;
    bool *copied;
} copy_work;

static ms_status copy_one(void *context, size_t i, ms_error *err) {
    const copy_work *work = context;
    ms_case_cause cause = MS_CAUSE_NEW;
    char reason[256];
    bool told = false;
    ms_status status = ms_merge_judge(work->study, i, NULL, &cause, reason, err);
    if (status != MS_OK || cause == MS_CAUSE_NONE) return status;
    for (size_t f = 0; f < work->n_from && status == MS_OK; f++) {
        status = ms_merge_judge(work->study, i, work->from[f], &cause, reason, err);
        if (status != MS_OK || cause == MS_CAUSE_NEW) continue;
        if (can_take(cause)) {
            status = copy_case(work->study, i, work->from[f], err);
            work->copied[i] = status == MS_OK;
            return status;
        }
        if (cause == MS_CAUSE_PROGRAM || cause == MS_CAUSE_PARAMETERS)
            return ms_error_set(
                err, MS_EINPUT,
                "%s: case %s is not of this study as it is now (%s): run it again there, with "
                "this version and these parameters",
                work->from[f], work->study->patients[i].id, reason);
        ms_log(MS_LOG_WARNING, "%s: case %s is not taken: %s", work->from[f], work->study->patients[i].id,
               reason);
    }
    for (size_t f = 0; f < work->n_from && status == MS_OK && !told; f++)
        status = copy_failure(work->study, i, work->from[f], &told, err);
    return status;
}

ms_status ms_merge_copy(const ms_study *study, const char *const *from, size_t n_from, size_t *copied,
                        ms_error *err) {
    bool *marks = ms_calloc(study->n, sizeof *marks);
    copy_work work = {study, from, n_from, marks};
    ms_status status = marks ? ms_parallel_for(study->n, copy_one, &work, err) : ms_error_nomem(err);
    size_t n = 0;
    for (size_t i = 0; marks && i < study->n; i++) n += marks[i];
    free(marks);
    *copied = n;
    return status;
}
