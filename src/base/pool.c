/* base/pool.c: many pieces of work, each in a child process of its own. */
#include "base/child_private.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

typedef struct slot {
    ms_child child;
    size_t index;
    ms_child_task task;
    void *context;
} slot;

typedef struct pool {
    slot *slots;
    struct pollfd *fds;
    size_t running, jobs;
    const ms_child_limits *limits;
    ms_child_done done;
    void *context;
    bool stopping, killed;
    double stopped; /* when the children were told */
} pool;

static ms_status task_body(void *context, ms_error *err) {
    slot *s = context;
    return s->task(s->context, s->index, err);
}

/* Takes the results of the children that have ended; the last slot fills the gap. */
static size_t reap(pool *p) {
    size_t ended = 0;
    for (size_t i = 0; i < p->running;) {
        ms_status status = MS_OK;
        ms_error error = {0};
        if (!ms_child_ended(&p->slots[i].child, p->limits, &status, &error)) {
            i++;
            continue;
        }
        size_t index = p->slots[i].index;
        p->slots[i] = p->slots[--p->running];
        error.status = status;
        p->done(p->context, index, status, &error);
        ended++;
    }
    return ended;
}

static void tell_all(pool *p, int signal_number) {
    for (size_t i = 0; i < p->running; i++) ms_child_kill(&p->slots[i].child, signal_number);
}

static void pass_on_stop(pool *p) {
    if (!ms_stop_signal()) return;
    if (!p->stopping) {
        p->stopping = true;
        p->stopped = ms_child_clock();
        tell_all(p, SIGTERM);
    } else if (!p->killed && ms_child_clock() - p->stopped > 5) {
        p->killed = true;
        tell_all(p, SIGKILL);
    }
}

/* Until a child may have ended: its pipe closes, or 50 ms have gone by (for limits and stops). */
static void wait_a_little(pool *p, bool ended_soon) {
    for (size_t i = 0; i < p->running; i++) p->fds[i] = (struct pollfd){.fd = p->slots[i].child.alive_fd};
    (void)poll(p->fds, ended_soon ? 0 : (nfds_t)p->running, ended_soon ? 1 : 50);
}

static bool any_pipe_closed(const pool *p) {
    for (size_t i = 0; i < p->running; i++) {
        if (p->fds[i].revents) return true;
    }
    return false;
}

static ms_status start_one(pool *p, ms_child_task task, size_t index, ms_error *err) {
    slot *s = &p->slots[p->running];
    *s = (slot){.index = index, .task = task, .context = p->context};
    ms_status status = ms_child_start(&s->child, task_body, s, p->limits, err);
    if (status == MS_OK) p->running++;
    return status;
}

ms_status ms_child_pool(size_t n, unsigned jobs, ms_child_task task, ms_child_done done, void *context,
                        const ms_child_limits *limits, ms_error *err) {
    pool p = {.jobs = jobs ? jobs : 1, .limits = limits, .done = done, .context = context};
    if (p.jobs > n) p.jobs = n ? n : 1;
    p.slots = ms_calloc(p.jobs, sizeof *p.slots);
    p.fds = ms_calloc(p.jobs, sizeof *p.fds);
    ms_status status = p.slots && p.fds ? MS_OK : ms_error_nomem(err);
    size_t next = 0;
    bool closing = false; /* a pipe has closed whose process cannot be waited for yet */
    while (status == MS_OK && (next < n || p.running > 0)) {
        pass_on_stop(&p);
        const bool no_more = p.stopping || (limits && limits->enough && *limits->enough);
        if (no_more && p.running == 0) break;
        while (!no_more && next < n && p.running < p.jobs && status == MS_OK) {
            status = start_one(&p, task, next, err);
            if (status == MS_OK)
                next++;
            else if (p.running > 0)
                break; /* the machine has no room for another just now */
        }
        if (status != MS_OK && p.running > 0) status = MS_OK;
        if (p.running == 0) continue;
        wait_a_little(&p, closing);
        bool closed = closing || any_pipe_closed(&p);
        closing = reap(&p) == 0 && closed;
    }
    if (status == MS_OK && p.stopping) status = ms_stop_check(err);
    free(p.slots);
    free(p.fds);
    return status;
}
