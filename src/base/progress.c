/* base/progress.c: a bar on a terminal. */
#include "base/base.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct ms_progress {
    pthread_mutex_t lock;
    char label[64];
    size_t total, done;
    double started, shown; /* seconds */
};

static atomic_bool enabled;

void ms_progress_enable(bool on) {
    atomic_store(&enabled, on);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* "label [#####-----] 12/60  0:41 left" over the line that is there; the lock is held. */
static void draw(ms_progress *progress, double time) {
    enum { WIDTH = 30 };
    char bar[WIDTH + 1], left[40] = "";
    double part = progress->total ? (double)progress->done / (double)progress->total : 1;
    if (part > 1) part = 1;
    size_t filled = (size_t)(part * WIDTH);
    memset(bar, '-', WIDTH);
    memset(bar, '#', filled);
    bar[WIDTH] = '\0';
    double elapsed = time - progress->started;
    if (part > 0 && part < 1 && elapsed > 2) {
        unsigned long seconds = (unsigned long)(elapsed * (1 - part) / part + 0.5);
        (void)ms_text_format(left, sizeof left, "  %lu:%02lu left", seconds / 60, seconds % 60);
    }
    fprintf(stderr, "\r%s [%s] %zu/%zu%s\033[K", progress->label, bar, progress->done, progress->total, left);
    fflush(stderr);
    progress->shown = time;
}

ms_progress *ms_progress_start(const char *label, size_t total) {
    if (!atomic_load(&enabled) || !isatty(STDERR_FILENO)) return NULL;
    ms_progress *progress = ms_calloc(1, sizeof *progress);
    if (!progress) return NULL;
    pthread_mutex_init(&progress->lock, NULL);
    (void)ms_text_format(progress->label, sizeof progress->label, "%s", label);
    progress->total = total;
    progress->started = now();
    draw(progress, progress->started);
    return progress;
}

void ms_progress_step(ms_progress *progress, size_t done) {
    if (!progress) return;
    pthread_mutex_lock(&progress->lock);
    progress->done += done;
    double time = now();
    if (time - progress->shown > 0.1) draw(progress, time);
    pthread_mutex_unlock(&progress->lock);
}

void ms_progress_end(ms_progress *progress) {
    if (!progress) return;
    draw(progress, now());
    fputs("\n", stderr);
    pthread_mutex_destroy(&progress->lock);
    free(progress);
}
