#include "study/lock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct ms_study_lock {
    int fd;       /* of .lock, flocked; -1 where there are no such locks */
    char *holder; /* .lock-holder, made by us where there are no such locks; NULL else */
    bool shared;
};

/* Since when a process has been running, in clock ticks after the machine's start: with its number it names
 * one process for good, though numbers come again. 0: it is not there, or only waits to be taken note of. */
static unsigned long long start_of(long pid) {
    char path[64], line[1024] = "";
    (void)ms_text_format(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    const char *read = fgets(line, sizeof line, file);
    fclose(file);
    const char *at = read ? strrchr(line, ')') : NULL; /* the name before it may hold anything */
    if (!at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X') return 0;
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}

bool ms_process_is_there(long pid) {
    return (kill((pid_t)pid, 0) == 0 || errno != ESRCH) && start_of(pid) != 0;
}

static void say_who(char *out, size_t size) {
    char host[128] = "?";
    if (gethostname(host, sizeof host) != 0) host[0] = '?';
    host[sizeof host - 1] = '\0';
    for (char *c = host; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '.' && *c != '-') *c = '_';
    const long pid = (long)getpid();
    (void)ms_text_format(out, size, "%ld %llu %s\n", pid, start_of(pid), host);
}

typedef enum holder_state { HOLDER_UNKNOWN, HOLDER_ALIVE, HOLDER_DEAD, HOLDER_ELSEWHERE } holder_state;

typedef struct holder {
    holder_state state;
    long pid;
    char host[128];
} holder;

/* Who wrote the file, and whether that process is still there. */
static holder read_holder(const char *path) {
    holder h = {.state = HOLDER_UNKNOWN};
    char *text = NULL, me[256], *end;
    size_t length = 0;
    ms_error ignored = {0};
    if (ms_file_read(path, 4096, &text, &length, &ignored) != MS_OK || !text) return h;
    h.pid = strtol(text, &end, 10);
    const unsigned long long started = *end == ' ' ? strtoull(end, &end, 10) : 0;
    if (h.pid > 0 && *end == ' ') {
        (void)ms_text_format(h.host, sizeof h.host, "%.*s", (int)strcspn(end + 1, "\n"), end + 1);
        say_who(me, sizeof me);
        const char *my_host = strrchr(me, ' ') + 1;
        if (strncmp(my_host, h.host, strlen(h.host)) != 0 || my_host[strlen(h.host)] != '\n') {
            h.state = HOLDER_ELSEWHERE;
        } else {
            const unsigned long long now = start_of(h.pid);
            h.state = now != 0 && (started == 0 || now == started) ? HOLDER_ALIVE : HOLDER_DEAD;
        }
    }
    free(text);
    return h;
}

static ms_status busy(const ms_study *study, const holder *h, ms_error *err) {
    if (h->state == HOLDER_ALIVE)
        return ms_error_set(err, MS_EBUSY,
                            "%s: another run holds this study (process %ld); wait for it to end",
                            study->folder, h->pid);
    if (h->state == HOLDER_ELSEWHERE)
        return ms_error_set(err, MS_EBUSY,
                            "%s: another run holds this study (process %ld on %s); wait for it to end",
                            study->folder, h->pid, h->host);
    return ms_error_set(err, MS_EBUSY, "%s: another run holds this study; wait for it to end", study->folder);
}

/* A run that was killed leaves its lock to its children for the moment until they have ended, too. */
static int take_patiently(int fd, bool shared, const char *path) {
    const struct timespec moment = {.tv_nsec = 50000000};
    for (int attempt = 0;; attempt++) {
        if (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0) return 0;
        const int problem = errno;
        if (problem != EWOULDBLOCK || attempt == 100 || read_holder(path).state != HOLDER_DEAD)
            return problem;
        nanosleep(&moment, NULL);
    }
}

/* Without locks in the file system, a file that only one can make is one. It stays after a run that was
 * killed: on this machine that is seen, on another it cannot be. */
ms_status ms_study_lock_by_file(const ms_study *study, char **out, ms_error *err) {
    char text[256], *path = ms_study_path(study, ".lock-holder");
    ms_status status = path ? MS_OK : ms_error_nomem(err);
    int fd = -1;
    for (int attempt = 0; status == MS_OK && fd < 0; attempt++) {
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) break;
        const int problem = errno;
        const holder h = read_holder(path);
        if (problem != EEXIST) {
            status = ms_error_errno(err, problem, path, "cannot make the lock");
        } else if (h.state == HOLDER_DEAD && attempt < 3) {
            ms_log(MS_LOG_WARNING, "%s: its process %ld is gone: taken over", path, h.pid);
            (void)unlink(path);
        } else if (h.state == HOLDER_ALIVE) {
            status = busy(study, &h, err);
        } else {
            status =
                ms_error_set(err, MS_EBUSY,
                             "%s: a run on another machine (process %ld on %s) holds this study; if that run "
                             "is gone, remove the file",
                             path, h.pid, h.host[0] ? h.host : "?");
        }
    }
    if (status == MS_OK) {
        say_who(text, sizeof text);
        (void)!write(fd, text, strlen(text));
        close(fd);
        *out = path;
        return MS_OK;
    }
    free(path);
    return status;
}

static ms_status lock_file(const ms_study *study, const char *path, bool shared, ms_study_lock *lock,
                           ms_error *err) {
    char text[256];
    lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock->fd < 0) return ms_error_errno(err, errno, path, "cannot open the lock");
    const int problem = take_patiently(lock->fd, shared, path);
    if (problem == EWOULDBLOCK) {
        const holder h = read_holder(path);
        return busy(study, &h, err);
    }
    if (problem == ENOLCK || problem == ENOSYS || problem == EOPNOTSUPP) {
        if (shared) return MS_OK; /* two copies of one case do no harm */
        return ms_study_lock_by_file(study, &lock->holder, err);
    }
    if (problem != 0) return ms_error_errno(err, problem, path, "cannot lock");
    if (shared) return MS_OK;
    say_who(text, sizeof text);
    if (ftruncate(lock->fd, 0) == 0) (void)!pwrite(lock->fd, text, strlen(text), 0);
    return MS_OK;
}

ms_status ms_study_lock_take(const ms_study *study, bool shared, ms_study_lock **out, ms_error *err) {
    ms_study_lock *lock = ms_calloc(1, sizeof *lock);
    char *path = ms_study_path(study, ".lock");
    ms_status status = lock && path ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        *lock = (ms_study_lock){.fd = -1, .shared = shared};
        status = lock_file(study, path, shared, lock, err);
    }
    free(path);
    if (status == MS_OK) {
        *out = lock;
    } else if (lock) {
        if (lock->fd >= 0) close(lock->fd);
        free(lock);
    }
    return status;
}

void ms_study_lock_release(ms_study_lock *lock) {
    if (!lock) return;
    if (lock->fd >= 0) {
        if (!lock->shared) (void)!ftruncate(lock->fd, 0);
        close(lock->fd);
    }
    if (lock->holder) (void)unlink(lock->holder);
    free(lock->holder);
    free(lock);
}
