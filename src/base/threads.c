/* base/threads.c: how many threads, and loops over them whose result does not depend on the number. */
#include "base/base.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_uint chosen_threads;

/* Set while a thread works for a loop, so that a loop inside a loop stays on its own thread. */
static _Thread_local bool inside_loop;

static unsigned cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? (unsigned)count : 1;
}

void ms_threads_set(unsigned threads) {
    atomic_store(&chosen_threads, threads);
}

unsigned ms_threads_get(void) {
    unsigned threads = atomic_load(&chosen_threads);
    return threads ? threads : cores();
}

typedef struct loop {
    size_t n;
    ms_parallel_work work;
    void *context;
    atomic_size_t next;   /* the next index to hand out */
    atomic_size_t failed; /* the smallest index that failed, or n */
    pthread_mutex_t lock; /* for status and error, which belong to `failed` */
    ms_status status;
    ms_error error;
} loop;

static void note_failure(loop *l, size_t i, ms_status status, const ms_error *error) {
    pthread_mutex_lock(&l->lock);
    if (i < atomic_load(&l->failed)) {
        atomic_store(&l->failed, i);
        l->status = status;
        l->error = *error;
    }
    pthread_mutex_unlock(&l->lock);
}

/* Indices are handed out in order, so all below a failing one are under way or done: those run to their end,
 * later ones do not start. That makes the first failing index the same for any number of threads. */
static void *run_loop(void *argument) {
    loop *l = argument;
    ms_error *error = ms_calloc(1, sizeof *error);
    bool outer = inside_loop;
    inside_loop = true;
    for (;;) {
        size_t i = atomic_fetch_add(&l->next, 1);
        if (i >= l->n || i > atomic_load(&l->failed)) break;
        if (error) *error = (ms_error){0};
        ms_status status = l->work(l->context, i, error);
        if (status == MS_OK) continue;
        ms_error none = {.status = status, .message = "out of memory"};
        note_failure(l, i, status, error ? error : &none);
    }
    inside_loop = outer;
    free(error);
    return NULL;
}

ms_status ms_parallel_for(size_t n, ms_parallel_work work, void *context, ms_error *err) {
    enum { MOST = 256 };
    pthread_t threads[MOST];
    loop l = {.n = n, .work = work, .context = context, .lock = PTHREAD_MUTEX_INITIALIZER, .status = MS_OK};
    atomic_init(&l.next, 0);
    atomic_init(&l.failed, n);
    size_t wanted = inside_loop ? 1 : ms_threads_get(), started = 0;
    if (wanted > n) wanted = n;
    if (wanted > MOST) wanted = MOST;
    /* A thread that cannot be made is no failure: those there are do the work. */
    while (started + 1 < wanted && pthread_create(&threads[started], NULL, run_loop, &l) == 0) started++;
    run_loop(&l);
    for (size_t i = 0; i < started; i++) pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&l.lock);
    if (l.status != MS_OK && err) *err = l.error;
    return l.status;
}
