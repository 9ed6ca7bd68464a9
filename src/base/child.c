/* base/child.c: work in a child process with limits, so that no file can crash, hang or fill the program. */
#include "base/child_private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double ms_child_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void limit(__rlimit_resource_t resource, uint64_t soft, uint64_t hard) {
    struct rlimit now;
    if (getrlimit(resource, &now) != 0) return;
    if (now.rlim_max != RLIM_INFINITY && hard > now.rlim_max) hard = now.rlim_max;
    if (soft > hard) soft = hard;
    struct rlimit wanted = {soft, hard};
    (void)setrlimit(resource, &wanted); /* lowering is always allowed */
}

#ifndef MS_SANITIZED
/* What this process has mapped, in bytes. */
static uint64_t mapped_bytes(void) {
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file) {
        char line[64];
        if (fgets(line, sizeof line, file)) pages = strtoull(line, NULL, 10);
        fclose(file);
    }
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
#endif

static void set_limits(const ms_child_limits *limits) {
    limit(RLIMIT_CORE, 1, 1); /* 0 would not hold for a core that goes to another program through a pipe */
    if (!limits) return;
#ifndef MS_SANITIZED
    if (limits->memory_bytes) {
        uint64_t bytes = mapped_bytes() + limits->memory_bytes;
        limit(RLIMIT_AS, bytes, bytes);
    }
#endif
    if (limits->cpu_seconds > 0) {
        /* Whole seconds only. SIGXCPU at the soft limit says why it ended; SIGKILL follows at the hard one.
         */
        uint64_t seconds = (uint64_t)ceil(limits->cpu_seconds);
        limit(RLIMIT_CPU, seconds, seconds + 1);
    }
    if (limits->file_bytes) limit(RLIMIT_FSIZE, limits->file_bytes, limits->file_bytes);
}

/* The child is to die of these as any process does, not to run the program's handlers. */
static void reset_signals(void) {
    static const int signals[] = {SIGINT,  SIGTERM, SIGHUP,  SIGPIPE, SIGXCPU,
                                  SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD};
    for (size_t i = 0; i < MS_COUNT(signals); i++) signal(signals[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void be_child(pid_t parent, ms_child_report *report, ms_child_body body, void *context,
                               const ms_child_limits *limits) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1); /* the parent went before the line above */
    reset_signals();
    set_limits(limits);
    ms_error *error = ms_calloc(1, sizeof *error);
    ms_status status = error ? body(context, error) : MS_ERESOURCE;
    if (error) report->error = *error;
    report->status = (int)status;
    report->finished = 1;
    _exit(0); /* not exit(): the buffers and handlers are the parent's */
}

static void release(ms_child *child) {
    if (child->alive_fd >= 0) close(child->alive_fd);
    if (child->report) munmap(child->report, sizeof *child->report);
    *child = (ms_child){.alive_fd = -1};
}

ms_status ms_child_start(ms_child *child, ms_child_body body, void *context, const ms_child_limits *limits,
                         ms_error *err) {
    ms_child made = {.alive_fd = -1};
    int ends[2];
    void *shared = mmap(NULL, sizeof *made.report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return ms_error_nomem(err);
    made.report = shared;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        release(&made);
        return ms_error_set(err, MS_ERESOURCE, "cannot make a pipe to a child process: %s", strerror(errno));
    }
    made.alive_fd = ends[0];
    made.started = ms_child_clock();
    pid_t parent = getpid();
    made.pid = fork();
    if (made.pid == 0) be_child(parent, made.report, body, context, limits);
    int problem = errno;
    close(ends[1]);
    if (made.pid < 0) {
        release(&made);
        return ms_error_set(err, MS_ERESOURCE, "cannot start a child process: %s", strerror(problem));
    }
    *child = made;
    return MS_OK;
}

void ms_child_kill(ms_child *child, int signal_number) {
    child->told = true;
    (void)kill(child->pid, signal_number);
}

static ms_status over_limit(ms_error *err, const char *format, double value) {
    char what[80];
    (void)ms_text_format(what, sizeof what, format, value);
    return ms_error_set(err, MS_ERESOURCE, "over its limit of %s", what);
}

static ms_status killed_by(int signal_number, const ms_child *child, const ms_child_limits *limits,
                           ms_error *err) {
    if (child->timed_out) return over_limit(err, "%g s", limits->wall_seconds);
    if (child->told) return ms_error_set(err, MS_ESTOPPED, "stopped");
    bool cpu = limits && limits->cpu_seconds > 0;
    if (signal_number == SIGXCPU && cpu)
        return over_limit(err, "%g s of processor time", limits->cpu_seconds);
    if (signal_number == SIGXFSZ && limits && limits->file_bytes) {
        return over_limit(err, "%.1f MiB a file", (double)limits->file_bytes / 1048576.0);
    }
    const char *name = sigabbrev_np(signal_number);
    if (signal_number == SIGKILL) {
        return ms_error_set(err, MS_ERESOURCE, "ended by SIGKILL (the machine may be out of memory)");
    }
    if (signal_number == SIGINT || signal_number == SIGTERM) {
        return ms_error_set(err, MS_ESTOPPED, "stopped by SIG%s", name);
    }
    return ms_error_set(err, MS_EINPUT, "ended by SIG%s", name ? name : "?");
}

/* What a child that ended by itself left behind. */
static ms_status reported(const ms_child_report *report, const ms_child_limits *limits, ms_error *err) {
    int status = report->status;
    if (status == MS_OK) return MS_OK;
    if (status < 0 || status > MS_EUNAVAILABLE)
        return ms_error_set(err, MS_EINPUT, "ended without a valid result");
    ms_error left = report->error;
    left.case_id[sizeof left.case_id - 1] = '\0';
    left.message[sizeof left.message - 1] = '\0';
    if (left.message[0] == '\0') {
        (void)ms_text_format(left.message, sizeof left.message, "%s", ms_status_name((ms_status)status));
    }
    if (err) memcpy(err->case_id, left.case_id, sizeof err->case_id);
    if (status == MS_ERESOURCE && limits && limits->memory_bytes && strstr(left.message, "out of memory")) {
        return ms_error_set(err, MS_ERESOURCE, "%s (over its limit of %.1f GiB memory)", left.message,
                            (double)limits->memory_bytes / 1073741824.0);
    }
    return ms_error_set(err, (ms_status)status, "%s", left.message);
}

bool ms_child_ended(ms_child *child, const ms_child_limits *limits, ms_status *status, ms_error *err) {
    int code = 0;
    pid_t got = waitpid(child->pid, &code, WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR)) {
        bool late =
            limits && limits->wall_seconds > 0 && ms_child_clock() - child->started > limits->wall_seconds;
        if (late && !child->timed_out) {
            child->timed_out = true;
            ms_child_kill(child, SIGKILL);
        }
        return false;
    }
    if (got < 0) { /* someone else's wait took it (SIGCHLD ignored): only its report is left */
        code = 0;
    }
    if (WIFSIGNALED(code)) {
        *status = killed_by(WTERMSIG(code), child, limits, err);
    } else if (child->report->finished != 1) {
        *status = ms_error_set(err, MS_EINPUT, "ended with exit code %d before its work was done",
                               WEXITSTATUS(code));
    } else {
        *status = reported(child->report, limits, err);
    }
    release(child);
    return true;
}

typedef struct run_call {
    ms_child_work work;
    void *context;
    int result_fd;
} run_call;

static ms_status run_body(void *context, ms_error *err) {
    run_call *call = context;
    return call->work(call->context, call->result_fd, err);
}

/* Waits for one child; a stop that was asked for is passed on, with five seconds to follow it. */
static ms_status wait_for(ms_child *child, const ms_child_limits *limits, ms_error *err) {
    ms_status status = MS_OK;
    double stopped = 0;
    bool gone = false;
    while (!ms_child_ended(child, limits, &status, err)) {
        double now = ms_child_clock();
        if (ms_stop_signal() && stopped == 0) {
            stopped = now;
            ms_child_kill(child, SIGTERM);
        } else if (stopped > 0 && now - stopped > 5) {
            ms_child_kill(child, SIGKILL);
        }
        /* The pipe closes a moment before the process can be waited for. */
        struct pollfd fd = {.fd = gone ? -1 : child->alive_fd, .events = 0};
        if (poll(&fd, 1, gone ? 1 : 50) > 0) gone = true;
    }
    return status;
}

ms_status ms_child_run(ms_child_work work, void *context, const ms_child_limits *limits, int *result_fd,
                       ms_error *err) {
    int fd = memfd_create("myosurv", MFD_CLOEXEC);
    if (fd < 0) return ms_error_set(err, MS_ERESOURCE, "cannot make a memory file: %s", strerror(errno));
    run_call call = {work, context, fd};
    ms_child child;
    ms_status status = ms_child_start(&child, run_body, &call, limits, err);
    if (status == MS_OK) status = wait_for(&child, limits, err);
    if (status == MS_OK && result_fd) {
        lseek(fd, 0, SEEK_SET);
        *result_fd = fd;
    } else {
        close(fd);
    }
    return status;
}
