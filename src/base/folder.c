/* base/folder.c: listing and removing folders. */
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void ms_names_free(char **names, size_t n) {
    if (!names) return;
    for (size_t i = 0; i < n; i++) free(names[i]);
    free(names);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_dot(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static ms_status add_name(char ***names, size_t *n, size_t *capacity, const char *name, ms_error *err) {
    if (*n == *capacity) {
        char **larger = ms_realloc(*names, *capacity * 2, sizeof *larger);
        if (!larger) return ms_error_nomem(err);
        *names = larger;
        *capacity *= 2;
    }
    (*names)[*n] = ms_strdup(name);
    if (!(*names)[*n]) return ms_error_nomem(err);
    ++*n;
    return MS_OK;
}

ms_status ms_list_dir(const char *path, char ***names, size_t *n, ms_error *err) {
    DIR *dir = opendir(path);
    if (!dir) return ms_error_errno(err, errno, path, "cannot open the folder");
    size_t used = 0, capacity = 64;
    char **list = ms_calloc(capacity, sizeof *list);
    ms_status status = list ? MS_OK : ms_error_nomem(err);
    while (status == MS_OK) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        if (!entry) {
            if (errno) status = ms_error_errno(err, errno, path, "cannot read the folder");
            break;
        }
        if (!is_dot(entry->d_name)) status = add_name(&list, &used, &capacity, entry->d_name, err);
    }
    closedir(dir);
    if (status != MS_OK) {
        ms_names_free(list, used);
        return status;
    }
    qsort(list, used, sizeof *list, compare_names);
    *names = list;
    *n = used;
    return MS_OK;
}

ms_status ms_remove_tree(const char *path, ms_error *err) {
    struct stat info;
    if (lstat(path, &info) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return MS_OK;
        return ms_error_errno(err, errno, path, "cannot remove");
    }
    if (!S_ISDIR(info.st_mode)) {
        if (unlink(path) == 0 || errno == ENOENT) return MS_OK;
        return ms_error_errno(err, errno, path, "cannot remove");
    }
    char **names = NULL;
    size_t n = 0;
    ms_status status = ms_list_dir(path, &names, &n, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        char *child = ms_path_join(path, names[i]);
        status = child ? ms_remove_tree(child, err) : ms_error_nomem(err);
        free(child);
    }
    ms_names_free(names, n);
    if (status == MS_OK && rmdir(path) != 0 && errno != ENOENT) {
        status = ms_error_errno(err, errno, path, "cannot remove the folder");
    }
    return status;
}
