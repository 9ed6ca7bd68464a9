/* base/stop.c: asked to stop? */
#include "base/base.h"

#include <signal.h>
#include <string.h>

/* Not reset after the first signal: some programs (timeout, a shell's job control) send it twice. */
static volatile sig_atomic_t stop_signal;

static void on_signal(int signal_number) {
    if (!stop_signal) stop_signal = signal_number;
}

void ms_stop_install(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int ms_stop_signal(void) {
    return stop_signal;
}

ms_status ms_stop_check(ms_error *err) {
    if (!stop_signal) return MS_OK;
    return ms_error_set(err, MS_ESTOPPED, "stopped by %s", stop_signal == SIGINT ? "SIGINT" : "SIGTERM");
}
