/* What runs that were killed left behind: .tmp-PID-N-NAME, written by a process that is gone. */
#include "study/lock.h"
#include "study/place.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ".tmp-PID-N-NAME" and nothing else; *name points at NAME. */
static bool is_temporary(const char *entry, long *pid, const char **name) {
    if (!ms_text_starts_with(entry, ".tmp-")) return false;
    char *end;
    const char *at = entry + strlen(".tmp-");
    if (!isdigit((unsigned char)*at)) return false;
    errno = 0;
    *pid = strtol(at, &end, 10);
    if (errno != 0 || *pid <= 0 || *end != '-' || !isdigit((unsigned char)end[1])) return false;
    (void)strtoul(end + 1, &end, 10);
    if (*end != '-' || end[1] == '\0') return false;
    *name = end + 1;
    return true;
}

/* A process of another machine cannot be asked; beside other runs only what is a day old is certain. */
static bool is_dead(const char *path, long pid, bool alone) {
    struct stat info;
    if (ms_process_is_there(pid)) return false;
    if (alone) return true;
    return lstat(path, &info) == 0 && time(NULL) - info.st_mtime > (time_t)24 * 3600;
}

/* `cases`: the folder is cases/, whose leftovers may hold what a person put there. */
static void clean_folder(const char *folder, bool cases, bool alone, size_t *removed) {
    char **names = NULL;
    size_t n = 0;
    ms_error why = {0};
    if (ms_list_dir(folder, &names, &n, &why) != MS_OK) return;
    for (size_t i = 0; i < n; i++) {
        long pid = 0;
        const char *name = NULL;
        if (!is_temporary(names[i], &pid, &name)) continue;
        char *path = ms_path_join(folder, names[i]), id[160];
        if (path && is_dead(path, pid, alone)) {
            (void)ms_text_format(id, sizeof id, "%s", name);
            if (ms_text_ends_with(id, "~")) id[strlen(id) - 1] = '\0';
            const bool rescue = cases && ms_path_is_dir(path) && ms_text_is_safe_name(id);
            const ms_status status =
                rescue ? ms_place_rescue(folder, path, id, &why) : ms_remove_tree(path, &why);
            if (status == MS_OK) {
                ++*removed;
            } else {
                ms_log(MS_LOG_WARNING, "%s: %s", path, why.message);
            }
        }
        free(path);
    }
    ms_names_free(names, n);
}

void ms_study_clean(const ms_study *study, bool alone) {
    static const char *const folders[] = {".", "cases", "tables", "model", "figures"};
    size_t removed = 0;
    for (size_t f = 0; f < MS_COUNT(folders); f++) {
        char *path = ms_study_path(study, folders[f]);
        if (path && ms_path_is_dir(path)) clean_folder(path, f == 1, alone, &removed);
        free(path);
    }
    for (size_t i = 0; i < study->n && alone; i++) {
        char *path = ms_case_path(study, i, NULL);
        if (path && ms_path_is_dir(path)) clean_folder(path, false, alone, &removed);
        free(path);
    }
    if (removed > 0)
        ms_log(MS_LOG_INFO, "%zu unfinished files or folders of a run that was killed were removed", removed);
}
