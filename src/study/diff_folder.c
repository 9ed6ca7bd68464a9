/* Two folders, file by file: studies, or results of `myosurv segment`. */
#include "study/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct name_list {
    char **names;
    size_t n, capacity;
} name_list;

static ms_status append(name_list *list, const char *name, ms_error *err) {
    if (list->n == list->capacity) {
        const size_t more = list->capacity ? 2 * list->capacity : 64;
        char **names = ms_realloc(list->names, more, sizeof *names);
        if (!names) return ms_error_nomem(err);
        list->names = names;
        list->capacity = more;
    }
    list->names[list->n] = ms_strdup(name);
    if (!list->names[list->n]) return ms_error_nomem(err);
    list->n++;
    return MS_OK;
}

/* Every file below root/inside, by its name relative to root; hidden ones are nobody's results. */
static ms_status list_files(const char *root, const char *inside, int depth, name_list *list, ms_error *err) {
    char *folder = inside[0] ? ms_path_join(root, inside) : ms_strdup(root), **names = NULL;
    size_t n = 0;
    ms_status status = folder ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && depth > 32)
        status = ms_error_set(err, MS_EINPUT, "%s: more than 32 folders deep", folder);
    if (status == MS_OK) status = ms_list_dir(folder, &names, &n, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        if (names[i][0] == '.') continue;
        char *relative = inside[0] ? ms_path_join(inside, names[i]) : ms_strdup(names[i]);
        char *path = ms_path_join(folder, names[i]);
        if (!relative || !path) {
            status = ms_error_nomem(err);
        } else if (ms_path_is_dir(path)) {
            status = list_files(root, relative, depth + 1, list, err);
        } else {
            status = append(list, relative, err);
        }
        free(relative);
        free(path);
    }
    ms_names_free(names, n);
    free(folder);
    return status;
}

/* In a study: what holds numbers. Of a case: its measurements, features and masks. */
static bool is_study_result(const char *name) {
    static const char *const of_case[] = {"measurements.json", "features.csv", "mask.nii.gz",
                                          "muscles.nii.gz"};
    const char *base = ms_path_base(name);
    if (ms_text_starts_with(name, "tables/"))
        return ms_text_ends_with(name, ".csv") ||
               (ms_text_ends_with(name, ".json") && !ms_text_ends_with(name, ".parameters.json"));
    for (size_t i = 0; i < MS_COUNT(of_case) && ms_text_starts_with(name, "cases/"); i++) {
        if (strcmp(base, of_case[i]) == 0) return true;
    }
    return false;
}

static bool is_picture(const char *name) {
    return ms_text_ends_with(name, ".png") || ms_text_ends_with(name, ".svg") ||
           ms_text_ends_with(name, ".pdf");
}

static bool is_compared(const char *name, bool study) {
    return study ? is_study_result(name) : !is_picture(name);
}

static bool is_study(const char *folder) {
    char *path = ms_path_join(folder, "study.json");
    const bool found = path && ms_path_exists(path);
    free(path);
    return found;
}

static ms_status compare_one(ms_diff_work *work, const char *a, const char *b, const char *name) {
    char *path_a = ms_path_join(a, name), *path_b = ms_path_join(b, name);
    ms_status status = path_a && path_b ? MS_OK : ms_error_nomem(work->err);
    work->file = name;
    if (status == MS_OK && !ms_path_exists(path_b)) {
        status = ms_diff_add(work, "", "", "(a file)", "(no such file)", NAN, NAN);
    } else if (status == MS_OK) {
        work->result->n_files++;
        status = ms_diff_files(work, path_a, path_b, ms_diff_kind_of(name, MS_DIFF_OTHER));
    }
    work->file = "";
    free(path_a);
    free(path_b);
    return status;
}

static ms_status only_in_b(ms_diff_work *work, const char *a, const char *name) {
    char *path = ms_path_join(a, name);
    ms_status status = path ? MS_OK : ms_error_nomem(work->err);
    work->file = name;
    if (status == MS_OK && !ms_path_exists(path))
        status = ms_diff_add(work, "", "", "(no such file)", "(a file)", NAN, NAN);
    work->file = "";
    free(path);
    return status;
}

ms_status ms_diff_folders(ms_diff_work *work, const char *a, const char *b) {
    name_list in_a = {0}, in_b = {0};
    const bool study = is_study(a);
    ms_status status = MS_OK;
    if (study != is_study(b))
        return ms_error_set(work->err, MS_EINPUT, "%s is a study (it has a study.json) and %s is not",
                            study ? a : b, study ? b : a);
    status = list_files(a, "", 0, &in_a, work->err);
    if (status == MS_OK) status = list_files(b, "", 0, &in_b, work->err);
    for (size_t i = 0; i < in_a.n && status == MS_OK; i++)
        if (is_compared(in_a.names[i], study)) status = compare_one(work, a, b, in_a.names[i]);
    for (size_t i = 0; i < in_b.n && status == MS_OK; i++)
        if (is_compared(in_b.names[i], study)) status = only_in_b(work, a, in_b.names[i]);
    if (status == MS_OK && work->result->n_files == 0 && work->result->n == 0)
        status = ms_error_set(work->err, MS_EINPUT, "%s and %s: nothing in them to compare", a, b);
    ms_names_free(in_a.names, in_a.n);
    ms_names_free(in_b.names, in_b.n);
    return status;
}
