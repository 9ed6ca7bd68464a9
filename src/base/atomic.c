/* base/atomic.c: files that appear under their name only when they are complete. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ms_atomic {
    FILE *stream;
    char *path;      /* where the file is to appear; a link's target */
    char *temporary; /* NULL when written in place: standard output, a device, a pipe */
};

/* "dir/.tmp-PID-COUNT-name": the end of the name is kept, since some libraries go by the extension. */
static char *temporary_name(const char *path) {
    static atomic_uint counter;
    unsigned count = atomic_fetch_add(&counter, 1);
    const char *base = ms_path_base(path);
    size_t dir_length = (size_t)(base - path), base_length = strlen(base);
    if (base_length > 120) base += base_length - 120;
    size_t size = dir_length + 200;
    char *name = malloc(size);
    if (!name) return NULL;
    memcpy(name, path, dir_length);
    ms_text_format(name + dir_length, size - dir_length, ".tmp-%ld-%u-%s", (long)getpid(), count, base);
    return name;
}

/* Creates a new file beside `path`, with the rights any new file gets. */
static ms_status create_beside(const char *path, char **name, int *fd, ms_error *err) {
    for (int attempt = 0; attempt < 1000; attempt++) {
        char *temporary = temporary_name(path);
        if (!temporary) return ms_error_nomem(err);
        int opened = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (opened >= 0) {
            *name = temporary;
            *fd = opened;
            return MS_OK;
        }
        free(temporary);
        if (errno != EEXIST) return ms_error_errno(err, errno, path, "cannot create");
    }
    return ms_error_set(err, MS_EINPUT, "%s: cannot create: too many temporary files in its folder", path);
}

/* A name in `path` that replaces a symbolic link would cut the link; the file it points to is meant. */
static char *follow_link(const char *path) {
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode)) {
        char *target = realpath(path, NULL);
        if (target) return target;
    }
    return ms_strdup(path);
}

static ms_status open_stream(ms_atomic *file, ms_error *err) {
    struct stat info;
    bool exists = stat(file->path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) return ms_error_errno(err, EISDIR, file->path, "cannot write");
    int fd = -1;
    if (exists && !S_ISREG(info.st_mode)) {
        fd = open(file->path, O_WRONLY | O_CLOEXEC);
        if (fd < 0) return ms_error_errno(err, errno, file->path, "cannot open for writing");
    } else {
        ms_status status = create_beside(file->path, &file->temporary, &fd, err);
        if (status != MS_OK) return status;
        /* A file that is replaced keeps its rights; when that is not allowed, the usual ones are right too.
         */
        if (exists && fchmod(fd, info.st_mode & 0777) != 0) errno = 0;
    }
    file->stream = fdopen(fd, "wb");
    if (!file->stream) {
        close(fd);
        return ms_error_nomem(err);
    }
    return MS_OK;
}

ms_status ms_atomic_open(ms_atomic **file, const char *path, ms_error *err) {
    ms_atomic *opened = ms_calloc(1, sizeof *opened);
    if (!opened) return ms_error_nomem(err);
    ms_status status = MS_OK;
    if (strcmp(path, "-") == 0) {
        opened->stream = stdout;
    } else {
        opened->path = follow_link(path);
        status = opened->path ? open_stream(opened, err) : ms_error_nomem(err);
    }
    if (status != MS_OK) {
        ms_atomic_abort(opened);
        return status;
    }
    *file = opened;
    return MS_OK;
}

FILE *ms_atomic_stream(ms_atomic *file) {
    return file->stream;
}

/* So that the new name itself survives a power cut. Not every file system can; the data are there anyway. */
static void sync_folder_of(const char *path) {
    char *dir = ms_strdup(path);
    if (!dir) return;
    char *slash = strrchr(dir, '/');
    if (slash) slash[slash == dir] = '\0';
    int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(dir);
}

/* Closes the stream and says what went wrong from the first write on. */
static ms_status close_stream(ms_atomic *file, const char *name, ms_error *err) {
    int problem = 0;
    errno = 0;
    if (fflush(file->stream) != 0) {
        problem = errno ? errno : EIO;
    } else if (ferror(file->stream)) {
        problem = EIO; /* an earlier write failed; what errno said then is lost */
    } else if (file->temporary && fsync(fileno(file->stream)) != 0) {
        problem = errno;
    }
    if (file->stream != stdout) {
        if (fclose(file->stream) != 0 && !problem) problem = errno ? errno : EIO;
    }
    file->stream = NULL;
    return problem ? ms_error_errno(err, problem, name, "cannot write") : MS_OK;
}

ms_status ms_atomic_commit(ms_atomic *file, ms_error *err) {
    const char *name = file->path ? file->path : "standard output";
    ms_status status = close_stream(file, name, err);
    if (status == MS_OK && file->temporary) {
        if (rename(file->temporary, file->path) != 0) {
            status = ms_error_errno(err, errno, file->path, "cannot put the finished file in place");
        } else {
            MS_FREE(file->temporary);
            sync_folder_of(file->path);
        }
    }
    ms_atomic_abort(file);
    return status;
}

void ms_atomic_abort(ms_atomic *file) {
    if (!file) return;
    if (file->stream && file->stream != stdout) (void)fclose(file->stream);
    if (file->temporary) (void)unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    free(file);
}

ms_status ms_file_write(const char *path, const void *bytes, size_t length, ms_error *err) {
    ms_atomic *file = NULL;
    ms_status status = ms_atomic_open(&file, path, err);
    if (status != MS_OK) return status;
    if (length > 0 && fwrite(bytes, 1, length, file->stream) != length) {
        status = ms_error_errno(err, errno, path, "cannot write");
        ms_atomic_abort(file);
        return status;
    }
    return ms_atomic_commit(file, err);
}

ms_status ms_temporary_beside(const char *path, char **temporary, ms_error *err) {
    char *name;
    int fd;
    ms_status status = create_beside(path, &name, &fd, err);
    if (status != MS_OK) return status;
    close(fd);
    *temporary = name;
    return MS_OK;
}

ms_status ms_rename_into_place(const char *temporary, const char *path, ms_error *err) {
    int problem = 0;
    int fd = open(temporary, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) problem = errno;
    if (fd >= 0) close(fd);
    if (!problem && rename(temporary, path) != 0) problem = errno;
    if (problem) {
        (void)unlink(temporary);
        return ms_error_errno(err, problem, path, "cannot put the finished file in place");
    }
    sync_folder_of(path);
    return MS_OK;
}
