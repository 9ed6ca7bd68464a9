/* A case's folder is made whole beside the others and then put in its place in one step: whoever looks sees
 * the old results or the new, a run that is killed leaves the old ones, and two runs at one case do no harm.
 */
#include "study/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the program writes into a case's folder; all else there is a person's. */
static bool is_ours(const char *name) {
    static const char *const names[] = {"mask.nii.gz",  "muscles.nii.gz", "measurements.json",
                                        "features.csv", "overview.png",   "thumbnail.png",
                                        "done.json",    "failed.json",    ".seen"};
    for (size_t i = 0; i < MS_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0) return true;
    }
    return ms_text_starts_with(name, ".tmp-");
}

ms_status ms_place_begin(const ms_study *study, size_t i, char **folder, ms_error *err) {
    static atomic_uint counter;
    char *cases = ms_study_path(study, "cases"), *path = NULL;
    ms_status status = cases ? MS_OK : ms_error_nomem(err);
    for (int attempt = 0; attempt < 1000 && status == MS_OK; attempt++) {
        char name[200];
        (void)ms_text_format(name, sizeof name, ".tmp-%ld-%u-%s", (long)getpid(),
                             atomic_fetch_add(&counter, 1), study->patients[i].id);
        path = ms_path_join(cases, name);
        if (!path) {
            status = ms_error_nomem(err);
        } else if (mkdir(path, 0777) == 0) {
            break;
        } else if (errno != EEXIST) {
            status = ms_error_errno(err, errno, path, "cannot make the folder");
        }
        MS_FREE(path);
    }
    if (status == MS_OK && !path)
        status = ms_error_set(err, MS_EINPUT, "%s: too many temporary folders in it", cases);
    free(cases);
    if (status == MS_OK) *folder = path;
    return status;
}

/* True when what `from` names is to go to `to`: nothing is there, or something older. */
static bool is_newer(const char *from, const char *to) {
    struct stat a, b;
    if (lstat(from, &a) != 0) return false;
    if (lstat(to, &b) != 0) return true;
    if (a.st_ino == b.st_ino && a.st_dev == b.st_dev) return false;
    return a.st_mtim.tv_sec != b.st_mtim.tv_sec ? a.st_mtim.tv_sec > b.st_mtim.tv_sec
                                                : a.st_mtim.tv_nsec > b.st_mtim.tv_nsec;
}

/* Hands a person's files on from one folder to another: a second name for them (`link_only`), or moved. */
static ms_status hand_on(const char *from, const char *to, bool link_only, ms_error *err) {
    char **names = NULL;
    size_t n = 0;
    if (!ms_path_is_dir(from)) return MS_OK;
    ms_status status = ms_list_dir(from, &names, &n, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        if (is_ours(names[i])) continue;
        char *a = ms_path_join(from, names[i]), *b = ms_path_join(to, names[i]);
        if (!a || !b) {
            status = ms_error_nomem(err);
        } else if (link_only) {
            /* A file system without second names: it is moved later. */
            if (!ms_path_is_dir(a)) (void)!link(a, b);
        } else if (is_newer(a, b) && rename(a, b) != 0) {
            status = ms_error_errno(err, errno, a, "cannot move it to the new results");
        }
        free(a);
        free(b);
    }
    ms_names_free(names, n);
    return status;
}

static void sync_folder(const char *path) {
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

/* Both at once where the file system can; else the old one goes first, and a run that is killed in between
 * finds the case not done. */
static ms_status swap(const char *made, const char *place, ms_error *err) {
    if (rename(made, place) == 0) return MS_OK; /* nothing was there, or an empty folder */
    if (renameat2(AT_FDCWD, made, AT_FDCWD, place, RENAME_EXCHANGE) == 0) return MS_OK;
    char aside[4200];
    if (!ms_text_format(aside, sizeof aside, "%s~", made))
        return ms_error_set(err, MS_EINPUT, "%s: the path is too long", made);
    if (rename(place, aside) != 0 && errno != ENOENT)
        return ms_error_errno(err, errno, place, "cannot be replaced");
    if (rename(made, place) != 0) {
        const int problem = errno;
        if (problem == ENOTEMPTY || problem == EEXIST) {
            /* Another run at this case was quicker in between: what it made has the same bytes. */
            const ms_status status = hand_on(aside, place, false, err);
            return status == MS_OK ? ms_remove_tree(aside, err) : status;
        }
        (void)rename(aside, place);
        return ms_error_errno(err, problem, place, "cannot put the finished case in place");
    }
    if (ms_path_exists(aside) && rename(aside, made) != 0)
        return ms_error_errno(err, errno, aside, "cannot move the earlier results");
    return MS_OK;
}

ms_status ms_place_finish(const ms_study *study, size_t i, const char *folder, ms_error *err) {
    char *place = ms_case_path(study, i, NULL), *cases = ms_study_path(study, "cases");
    ms_status status = place && cases ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = hand_on(place, folder, true, err);
    if (status == MS_OK) {
        sync_folder(folder);
        status = swap(folder, place, err);
    }
    if (status == MS_OK) {
        sync_folder(cases);
        status = hand_on(folder, place, false, err);
    }
    if (status == MS_OK) status = ms_remove_tree(folder, err);
    free(place);
    free(cases);
    return status;
}

/* The case's folder that a folder left behind was meant for: its name after ".tmp-PID-N-". */
ms_status ms_place_rescue(const char *cases, const char *left, const char *case_id, ms_error *err) {
    char *place = ms_path_join(cases, case_id);
    ms_status status = place ? MS_OK : ms_error_nomem(err);
    char **names = NULL;
    size_t n = 0;
    bool persons = false;
    if (status == MS_OK) status = ms_list_dir(left, &names, &n, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) persons = persons || !is_ours(names[i]);
    ms_names_free(names, n);
    if (status == MS_OK && persons) {
        status = ms_make_dirs(place, err);
        if (status == MS_OK) status = hand_on(left, place, false, err);
    }
    if (status == MS_OK) status = ms_remove_tree(left, err);
    free(place);
    return status;
}
