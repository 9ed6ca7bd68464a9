/* base/child_private.h: one child process; child.c and pool.c stand on it. */
#ifndef MS_BASE_CHILD_PRIVATE_H
#define MS_BASE_CHILD_PRIVATE_H

#include "base/base.h"

#include <sys/types.h>

/* What the child leaves for the parent, in memory both can see. The parent trusts none of it: the child may
 * have been overwritten by what it read. */
typedef struct ms_child_report {
    int finished; /* 1 once status and error are complete */
    int status;
    ms_error error;
} ms_child_report;

typedef struct ms_child {
    pid_t pid;
    int alive_fd;   /* read end of a pipe that closes when the child is gone */
    double started; /* seconds of the monotonic clock */
    bool told;      /* SIGTERM or SIGKILL sent by us */
    bool timed_out;
    ms_child_report *report;
} ms_child;

typedef ms_status (*ms_child_body)(void *context, ms_error *err);

double ms_child_clock(void);
/* Forks and runs body(context) in the child under the limits (NULL: none). */
MS_NODISCARD ms_status ms_child_start(ms_child *child, ms_child_body body, void *context,
                                      const ms_child_limits *limits, ms_error *err);
/* True when the child has ended; then *status and *err are what it left, or why it ended, and the child is
 * released. Kills a child that is over its time. Does not wait. */
bool ms_child_ended(ms_child *child, const ms_child_limits *limits, ms_status *status, ms_error *err);
/* Asks the child to end (SIGTERM), or ends it (SIGKILL). */
void ms_child_kill(ms_child *child, int signal_number);

#endif
