/* The study's own record: what tables, networks, figures and report were made from. */
#include "study/study.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const folders[] = {"tables", "model", "figures"};

/* The SHA-256 of a file, "" for one that is not there. */
static ms_status hash_if_there(const char *path, char hex[65], ms_error *err) {
    hex[0] = '\0';
    if (!path) return ms_error_nomem(err);
    return path[0] != '\0' && ms_path_exists(path) ? ms_hash_file(path, hex, err) : MS_OK;
}

static ms_status add_hash(cJSON *root, const char *key, const char *path, ms_error *err) {
    char hex[65];
    ms_status status = hash_if_there(path, hex, err);
    return status == MS_OK ? ms_json_add_text(root, key, hex, err) : status;
}

static ms_status add_own(cJSON *root, const char *key, const ms_study *study, const char *name,
                         ms_error *err) {
    char *path = ms_study_path(study, name);
    const ms_status status = add_hash(root, key, path, err);
    free(path);
    return status;
}

static ms_status add_shipped(cJSON *root, const char *key, const char *name, ms_error *err) {
    char *path = NULL;
    ms_status status = ms_data_path(name, &path, err);
    if (status == MS_OK) status = add_hash(root, key, path, err);
    free(path);
    return status;
}

static ms_status add_definitions(cJSON *root, const ms_study *study, ms_error *err) {
    cJSON *object = NULL;
    ms_status status = ms_json_add_object(root, "definitions", &object, err);
    if (status == MS_OK) status = add_shipped(object, "definitions.json", "definitions.json", err);
    for (size_t i = 0; i < study->spec.n_definitions && status == MS_OK; i++) {
        char *path = ms_path_below(study->folder, study->spec.definitions[i]);
        status = add_hash(object, study->spec.definitions[i], path, err);
        free(path);
    }
    return status;
}

/* One hash over what each case is: its state, why, and its record. */
static ms_status add_cases(cJSON *root, const ms_study *study, const ms_case_status *states, ms_error *err) {
    char hex[65];
    ms_hash *hash = ms_hash_new();
    ms_status status = hash ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < study->n && status == MS_OK; i++) {
        const bool done = states[i].state == MS_CASE_DONE, failed = !done && states[i].state != MS_CASE_NEW;
        char *path = ms_case_path(study, i, "done.json");
        hex[0] = '\0';
        if (!path) status = ms_error_nomem(err);
        if (status == MS_OK && done) status = ms_hash_file(path, hex, err);
        ms_hash_add_text(hash, study->patients[i].id);
        ms_hash_add_text(hash, ms_case_state_name(states[i].state));
        ms_hash_add_text(hash, failed ? states[i].reason : "");
        ms_hash_add_text(hash, study->patients[i].excluded   ? "excluded"
                               : study->patients[i].accepted ? "accepted"
                                                             : "");
        ms_hash_add_text(hash, hex);
        free(path);
    }
    if (hash) ms_hash_finish(hash, hex);
    if (status == MS_OK) status = ms_json_add_number(root, "cases", (double)study->n, err);
    if (status == MS_OK) status = ms_json_add_text(root, "cases_sha256", hex, err);
    return status;
}

static ms_status add_key(cJSON *root, ms_error *err) {
    char key[65];
    ms_buffer text;
    ms_buffer_init(&text);
    ms_status status = ms_json_print(root, &text, err);
    if (status == MS_OK) {
        ms_hash_bytes(text.data ? text.data : "", text.length, key);
        status = ms_json_add_text(root, "key", key, err);
    }
    ms_buffer_clear(&text);
    return status;
}

ms_status ms_results_describe(const ms_study *study, const ms_case_status *states, cJSON **description,
                              ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    ms_status status = ms_json_add_text(root, "version", ms_version(), err);
    if (status == MS_OK) status = ms_json_add_number(root, "seed", (double)study->spec.seed, err);
    if (status == MS_OK) status = add_own(root, "study_sha256", study, "study.json", err);
    if (status == MS_OK) status = add_own(root, "cohort_sha256", study, study->spec.cohort, err);
    if (status == MS_OK) status = add_hash(root, "train_sha256", study->spec.train_file, err);
    if (status == MS_OK) status = ms_json_add_text(root, "parameters_sha256", study->parameters_sha256, err);
    if (status == MS_OK) status = add_definitions(root, study, err);
    if (status == MS_OK) status = add_shipped(root, "norms_sha256", "norms.json", err);
    if (status == MS_OK) status = add_cases(root, study, states, err);
    if (status == MS_OK) status = add_key(root, err);
    if (status == MS_OK) {
        *description = root;
    } else {
        cJSON_Delete(root);
    }
    return status;
}

static ms_status read_record(const ms_study *study, cJSON **root, ms_error *err) {
    char *path = ms_study_path(study, "done.json");
    ms_error ignored = {0};
    if (!path) return ms_error_nomem(err);
    if (ms_path_exists(path) && ms_json_read(path, root, &ignored) != MS_OK) *root = NULL;
    free(path);
    return MS_OK;
}

static bool differs(const cJSON *was, const cJSON *now, const char *key) {
    return !cJSON_Compare(cJSON_GetObjectItemCaseSensitive(was, key),
                          cJSON_GetObjectItemCaseSensitive(now, key), true);
}

static void say(char why[256], const char *text) {
    const size_t used = strlen(why);
    (void)ms_text_format(why + used, 256 - used, "%s%s", used > 0 ? "; " : "", text);
}

/* The first file that is not as the record says. */
static ms_status compare_files(const ms_study *study, const cJSON *was, char why[256], ms_error *err) {
    ms_status status = MS_OK;
    const cJSON *file = NULL;
    cJSON_ArrayForEach(file, cJSON_GetObjectItemCaseSensitive(was, "files")) {
        char hex[65];
        char *path = ms_study_path(study, file->string);
        status = hash_if_there(path, hex, err);
        free(path);
        if (status != MS_OK) return status;
        if (!cJSON_IsString(file) || strcmp(hex, file->valuestring) != 0) {
            (void)ms_text_format(why, 256, "%.200s %s", file->string, hex[0] ? "was changed" : "is gone");
            return MS_OK;
        }
    }
    return MS_OK;
}

ms_status ms_results_compare(const ms_study *study, const cJSON *now, bool *current, char why[256],
                             ms_error *err) {
    static const struct {
        const char *key, *text;
    } parts[] = {{"version", "made by another version of the program"},
                 {"cohort_sha256", "the table changed"},
                 {"study_sha256", "study.json changed"},
                 {"train_sha256", "the training settings changed"},
                 {"definitions", "the definitions changed"},
                 {"norms_sha256", "the norms changed"},
                 {"cases_sha256", "cases changed"}};
    cJSON *was = NULL;
    char text[256] = "";
    ms_status status = read_record(study, &was, err);
    if (status != MS_OK) return status;
    if (!was) {
        say(text, "never made");
    } else if (differs(was, now, "key")) {
        for (size_t p = 0; p < MS_COUNT(parts); p++)
            if (differs(was, now, parts[p].key)) say(text, parts[p].text);
        if (text[0] == '\0') say(text, "the network that outlines muscle or its settings changed");
    } else {
        status = compare_files(study, was, text, err);
    }
    cJSON_Delete(was);
    if (status != MS_OK) return status;
    *current = text[0] == '\0';
    (void)ms_text_format(why, 256, "%s", text);
    return MS_OK;
}

/* ---- the files of the results ---------------------------------------------------------------------------
 */

typedef struct file_mark {
    char name[512]; /* "tables/cindex.csv" */
    struct stat info;
    bool recorded; /* by the record that was there */
} file_mark;

struct ms_results_before {
    file_mark *marks;
    size_t n, capacity;
};

void ms_results_before_free(ms_results_before *before) {
    if (before) free(before->marks);
    free(before);
}

static ms_status mark(const ms_study *study, ms_results_before *before, const char *name, const cJSON *record,
                      ms_error *err) {
    if (before->n == before->capacity) {
        const size_t more = before->capacity ? 2 * before->capacity : 64;
        file_mark *marks = ms_realloc(before->marks, more, sizeof *marks);
        if (!marks) return ms_error_nomem(err);
        before->marks = marks;
        before->capacity = more;
    }
    file_mark one = {.recorded = cJSON_GetObjectItemCaseSensitive(record, name) != NULL};
    char *path = ms_study_path(study, name);
    if (!path) return ms_error_nomem(err);
    const bool usable = ms_text_format(one.name, sizeof one.name, "%s", name) && stat(path, &one.info) == 0 &&
                        S_ISREG(one.info.st_mode);
    free(path);
    if (usable) before->marks[before->n++] = one;
    return MS_OK;
}

/* Every file of the results' folders, and the report, in the order of their names. */
static ms_status mark_all(const ms_study *study, ms_results_before *before, const cJSON *record,
                          ms_error *err) {
    ms_status status = mark(study, before, "report.html", record, err);
    for (size_t f = 0; f < MS_COUNT(folders) && status == MS_OK; f++) {
        char **names = NULL, *path = ms_study_path(study, folders[f]);
        size_t n = 0;
        if (!path) return ms_error_nomem(err);
        if (ms_path_is_dir(path)) status = ms_list_dir(path, &names, &n, err);
        for (size_t i = 0; i < n && status == MS_OK; i++) {
            if (names[i][0] == '.') continue;
            char *relative = ms_path_join(folders[f], names[i]);
            status = relative ? mark(study, before, relative, record, err) : ms_error_nomem(err);
            free(relative);
        }
        ms_names_free(names, n);
        free(path);
    }
    return status;
}

ms_status ms_results_begin(const ms_study *study, ms_results_before **out, ms_error *err) {
    cJSON *was = NULL;
    ms_results_before *before = ms_calloc(1, sizeof *before);
    ms_status status = before ? read_record(study, &was, err) : ms_error_nomem(err);
    if (status == MS_OK)
        status = mark_all(study, before, cJSON_GetObjectItemCaseSensitive(was, "files"), err);
    cJSON_Delete(was);
    if (status == MS_OK) {
        *out = before;
    } else {
        ms_results_before_free(before);
    }
    return status;
}

/* A file that is written again is a new one of the same name. */
static const file_mark *untouched(const ms_results_before *before, const file_mark *now) {
    for (size_t i = 0; i < before->n; i++) {
        const file_mark *old = &before->marks[i];
        if (strcmp(old->name, now->name) != 0) continue;
        return old->info.st_ino == now->info.st_ino && old->info.st_ctim.tv_sec == now->info.st_ctim.tv_sec &&
                       old->info.st_ctim.tv_nsec == now->info.st_ctim.tv_nsec
                   ? old
                   : NULL;
    }
    return NULL;
}

/* What this analysis made is recorded; what an earlier one made and this one did not is out of date and goes;
 * what a person put there stays. */
static ms_status settle(const ms_study *study, cJSON *files, const ms_results_before *before,
                        const file_mark *now, ms_error *err) {
    char hex[65];
    const file_mark *old = untouched(before, now);
    char *path = ms_study_path(study, now->name);
    ms_status status = path ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && !old) {
        status = ms_hash_file(path, hex, err);
        if (status == MS_OK) status = ms_json_add_text(files, now->name, hex, err);
    } else if (status == MS_OK && old->recorded) {
        status = ms_remove_tree(path, err);
    }
    free(path);
    return status;
}

ms_status ms_results_finish(const ms_study *study, cJSON *description, const ms_results_before *before,
                            ms_error *err) {
    cJSON *files = NULL;
    ms_results_before now = {0};
    char *path = ms_study_path(study, "done.json");
    ms_status status = path ? ms_json_add_object(description, "files", &files, err) : ms_error_nomem(err);
    if (status == MS_OK) status = mark_all(study, &now, NULL, err);
    for (size_t i = 0; i < now.n && status == MS_OK; i++)
        status = settle(study, files, before, &now.marks[i], err);
    if (status == MS_OK) status = ms_json_write(description, path, err);
    free(now.marks);
    free(path);
    return status;
}

ms_status ms_study_results_status(const ms_study *study, const ms_case_status *cases, bool *current,
                                  char why[256], ms_error *err) {
    cJSON *now = NULL;
    ms_status status = ms_results_describe(study, cases, &now, err);
    if (status == MS_OK) status = ms_results_compare(study, now, current, why, err);
    cJSON_Delete(now);
    return status;
}
