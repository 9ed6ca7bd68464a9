/* base/file.c: reading whole files, folders. Writing is in atomic.c. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ms_path_exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0;
}

bool ms_path_is_dir(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

ms_status ms_file_size(const char *path, uint64_t *size, ms_error *err) {
    struct stat info;
    if (stat(path, &info) != 0) return ms_error_errno(err, errno, path, "cannot read");
    if (S_ISDIR(info.st_mode)) return ms_error_errno(err, EISDIR, path, "cannot read");
    *size = (uint64_t)info.st_size;
    return MS_OK;
}

static ms_status too_large(ms_error *err, const char *name, size_t max_bytes) {
    return ms_error_set(err, MS_EINPUT, "%s: larger than the %zu bytes that are read of such a file", name,
                        max_bytes);
}

/* Reads to the end into a block that grows from `guess` bytes. */
static ms_status read_all(int fd, const char *name, size_t guess, size_t max_bytes, char **data,
                          size_t *length, ms_error *err) {
    size_t capacity = guess + 1, used = 0;
    char *block = malloc(capacity);
    if (!block) return ms_error_nomem(err);
    ms_status status = MS_OK;
    for (;;) {
        ssize_t got = read(fd, block + used, capacity - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            status = ms_error_errno(err, errno, name, "cannot read");
            goto fail;
        }
        if (got == 0) break;
        used += (size_t)got;
        if (used > max_bytes) {
            status = too_large(err, name, max_bytes);
            goto fail;
        }
        if (used < capacity) continue;
        char *larger = capacity > SIZE_MAX / 2 ? NULL : realloc(block, capacity * 2);
        if (!larger) {
            status = ms_error_nomem(err);
            goto fail;
        }
        block = larger;
        capacity *= 2;
    }
    block[used] = '\0'; /* used < capacity always here */
    *data = block;
    *length = used;
    return MS_OK;
fail:
    free(block);
    return status;
}

ms_status ms_file_read(const char *path, size_t max_bytes, char **data, size_t *length, ms_error *err) {
    if (strcmp(path, "-") == 0) {
        return read_all(STDIN_FILENO, "standard input", 65535, max_bytes, data, length, err);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ms_error_errno(err, errno, path, "cannot open");
    ms_status status;
    struct stat info;
    if (fstat(fd, &info) != 0) {
        status = ms_error_errno(err, errno, path, "cannot read");
    } else if (S_ISREG(info.st_mode) && (uint64_t)info.st_size > max_bytes) {
        status = too_large(err, path, max_bytes);
    } else {
        size_t guess = S_ISREG(info.st_mode) ? (size_t)info.st_size : 65535;
        status = read_all(fd, path, guess, max_bytes, data, length, err);
    }
    close(fd);
    return status;
}

ms_status ms_make_dirs(const char *path, ms_error *err) {
    char *copy = ms_strdup(path);
    if (!copy) return ms_error_nomem(err);
    ms_status status = MS_OK;
    for (char *p = copy + 1; copy[0] && status == MS_OK; p++) {
        char c = *p;
        if (c != '/' && c != '\0') continue;
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && !ms_path_is_dir(copy)) {
            status = ms_error_errno(err, errno, copy, "cannot make the folder");
        }
        *p = c;
        if (c == '\0') break;
    }
    free(copy);
    return status;
}
