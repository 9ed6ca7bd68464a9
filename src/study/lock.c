#include "study/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

ms_status ms_study_lock(const ms_study *study, int *out, ms_error *err) {
    char *path = ms_study_path(study, ".lock");
    if (!path) return ms_error_nomem(err);
    ms_status status = MS_OK;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        status = ms_error_errno(err, errno, path, "cannot open the lock");
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        status = errno == EWOULDBLOCK
                     ? ms_error_set(err, MS_EBUSY, "%s: another run holds this study; wait for it to end",
                                    study->folder)
                     : ms_error_errno(err, errno, path, "cannot lock");
        close(fd);
    } else {
        *out = fd;
    }
    free(path);
    return status;
}

void ms_study_unlock(int fd) {
    close(fd);
}
