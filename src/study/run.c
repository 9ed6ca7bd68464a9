/* The main job: every case in a process of its own, then all that is made from them. */
#include "study/lock.h"
#include "study/shard.h"
#include "study/study.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct case_work {
    const ms_study *study;
    const ms_study_run_options *options;
    const ms_muscle_network *network; /* NULL: the classical method */
    const size_t *todo;
    unsigned threads; /* each case may use */
    ms_progress *progress;
    double started; /* the whole run, seconds */
    size_t ended;
    bool enough;     /* no further case is started */
    bool unclaimed;  /* do the cases whoever else is at them */
    size_t busy;     /* cases that another copy of this shard was at */
    ms_status fatal; /* e.g. the disk is full: not the case's fault */
    ms_error why;
} case_work;

static double now_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool time_is_over(const ms_study_run_options *options, double started) {
    return options->max_seconds > 0 && now_seconds() - started > options->max_seconds;
}

/* When the machine is out of memory, the case is to go, not the run. */
static void be_first_to_go(void) {
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    (void)!write(fd, "500", 3);
    close(fd);
}

/* In the case's own process. A shard that runs twice shares its cases out instead of doing them twice. */
static ms_status run_one(void *context, size_t at, ms_error *err) {
    const case_work *work = context;
    const size_t i = work->todo[at];
    ms_status status = MS_OK;
    ms_threads_set(work->threads);
    ms_log_set_case(work->study->patients[i].id);
    be_first_to_go();
    if (work->options->shards > 0) {
        int claim = -1; /* ends with this process */
        char key[65];
        ms_case_status state = {0};
        if (!work->unclaimed) status = ms_case_claim(work->study, i, &claim, err);
        if (status == MS_OK) status = ms_case_status_read(work->study, i, &state, key, err);
        if (status != MS_OK || state.state == MS_CASE_DONE) return status;
    }
    return ms_case_run(work->study, i, work->network, err);
}

static void note_end(void *context, size_t at, ms_status status, const ms_error *error) {
    case_work *work = context;
    const size_t i = work->todo[at];
    const char *id = work->study->patients[i].id;
    work->ended++;
    ms_progress_step(work->progress, 1);
    if (time_is_over(work->options, work->started)) work->enough = true;
    if (status == MS_OK) {
        ms_log(MS_LOG_INFO, "%s: done", id);
        return;
    }
    if (status == MS_ESTOPPED) return;
    if (status == MS_EBUSY) {
        ms_log(MS_LOG_INFO, "%s", error->message);
        work->busy++;
        return;
    }
    ms_log(MS_LOG_WARNING, "%s: %s", id, error->message);
    ms_error why_not = {0};
    const ms_status noted = ms_case_note_failure(work->study, i, error, &why_not);
    if (noted != MS_OK && work->fatal == MS_OK) {
        work->fatal = noted;
        work->why = why_not;
        work->enough = true;
    }
}

static bool is_mine(const ms_study *study, const ms_study_run_options *options, size_t i) {
    return options->shards == 0 ||
           ms_study_shard_of(study->patients[i].id, options->shards) == options->shard;
}

/* Tried as it is now, and failed. */
static bool is_hopeless(const ms_case_status *state) {
    return state->state == MS_CASE_FAILED && state->cause == MS_CAUSE_FAILED;
}

static void list_todo(const ms_study *study, const ms_study_run_options *options,
                      const ms_case_status *states, size_t *todo, size_t *n, ms_study_run_summary *summary) {
    for (size_t i = 0; i < study->n; i++) {
        if (!is_mine(study, options, i)) continue;
        summary->cases++;
        if (states[i].state == MS_CASE_DONE) {
            summary->done_before++;
            continue;
        }
        if (options->skip_failed && is_hopeless(&states[i])) continue;
        if (options->dry_run) {
            ms_log(MS_LOG_INFO, "%s: would be run (%s%s%s)", study->patients[i].id,
                   ms_case_state_name(states[i].state), states[i].reason[0] ? ": " : "", states[i].reason);
        } else if (states[i].state == MS_CASE_STALE) {
            ms_log(MS_LOG_INFO, "%s: again: %s", study->patients[i].id, states[i].reason);
        }
        todo[(*n)++] = i;
    }
}

/* The network is opened once, before the children that use it are forked: libtorch takes its time to load.
 * Where libtorch is not installed and no model was asked for, the classical method does. */
static ms_status open_network(const ms_study *study, ms_study_network **network, ms_error *err) {
    const char *model = study->spec.model[0] != '\0' ? study->spec.model : NULL;
    ms_error why = {0};
    if (study->model_sha256[0] == '\0') return MS_OK;
    const ms_status status = ms_study_network_open(model, "cpu", network, &why);
    if (status == MS_EUNAVAILABLE && model == NULL) {
        ms_log(MS_LOG_WARNING, "no network, the classical method is used: %s", why.message);
        return MS_OK;
    }
    if (status != MS_OK && err) *err = why;
    return status;
}

static double case_seconds(const ms_study_run_options *options) {
    return 60 * (options->case_minutes > 0 ? options->case_minutes : 10);
}

/* What is left of the list when another copy of this shard works beside this one (a task that a cluster
 * started again while it still ran): the cases that the other was at are done by it, or by us in the end. */
static ms_status finish_beside(case_work *work, unsigned jobs, const ms_child_limits *limits, ms_error *err) {
    const ms_study *study = work->study;
    const ms_study_run_options *options = work->options;
    size_t n = 0, *todo = ms_calloc(study->n, sizeof *todo);
    ms_case_status *states = ms_calloc(study->n, sizeof *states);
    ms_status status = todo && states ? MS_OK : ms_error_nomem(err);
    while (status == MS_OK && work->busy > 0 && !work->enough && !work->unclaimed) {
        status = ms_shard_left_over(study, options->shard, options->shards, case_seconds(options), states,
                                    todo, &n, &work->unclaimed, err);
        if (status != MS_OK || n == 0) break;
        work->todo = todo;
        work->busy = 0;
        status = ms_child_pool(n, jobs, run_one, note_end, work, limits, err);
    }
    free(todo);
    free(states);
    return status;
}

static ms_status run_cases(const ms_study *study, const ms_study_run_options *options, double started,
                           const size_t *todo, size_t n, ms_study_run_summary *summary, ms_error *err) {
    const unsigned threads = ms_threads_get(), jobs = options->jobs ? options->jobs : threads;
    case_work work = {.study = study,
                      .options = options,
                      .todo = todo,
                      .started = started,
                      .threads = threads > jobs ? threads / jobs : 1};
    const ms_child_limits limits = {
        .memory_bytes = (uint64_t)((options->case_gib > 0 ? options->case_gib : 8) * 1073741824.0),
        .wall_seconds = case_seconds(options),
        .enough = &work.enough,
    };
    ms_study_network *network = NULL;
    work.enough = time_is_over(options, started);
    ms_status status = work.enough ? MS_OK : open_network(study, &network, err);
    if (status != MS_OK) return status;
    work.network = ms_study_network_callback(network);
    work.progress = ms_progress_start("cases", n);
    status = ms_child_pool(n, jobs, run_one, note_end, &work, &limits, err);
    summary->left = n - work.ended;
    if (status == MS_OK && work.busy > 0) status = finish_beside(&work, jobs, &limits, err);
    ms_progress_end(work.progress);
    if (status == MS_OK && work.fatal != MS_OK) {
        status = work.fatal;
        if (err) *err = work.why;
    }
    ms_study_network_free(network);
    return status;
}

static ms_status make_folders(const ms_study *study, ms_error *err) {
    static const char *const names[] = {"cases", "tables", "model", "figures"};
    ms_status status = MS_OK;
    for (size_t i = 0; i < MS_COUNT(names) && status == MS_OK; i++) {
        char *path = ms_study_path(study, names[i]);
        status = path ? ms_make_dirs(path, err) : ms_error_nomem(err);
        free(path);
    }
    return status;
}

/* What came of the cases, whether it was this run or another that did them. */
static void count(const ms_study *study, const ms_study_run_options *options, const ms_case_status *states,
                  ms_study_run_summary *summary) {
    size_t done = 0;
    for (size_t i = 0; i < study->n; i++)
        done += is_mine(study, options, i) && states[i].state == MS_CASE_DONE;
    summary->done_now = done > summary->done_before ? done - summary->done_before : 0;
    summary->failed = summary->cases - done - summary->left;
}

static ms_status after_cases(const ms_study *study, const ms_study_run_options *options, double started,
                             ms_case_status *states, ms_study_run_summary *summary, ms_error *err) {
    const bool analyse = !options->cases_only && options->shards == 0;
    ms_status status = ms_study_status_shard(study, options->shard, options->shards, states, err);
    if (status != MS_OK) return status;
    count(study, options, states, summary);
    if (summary->left > 0 || (analyse && time_is_over(options, started)))
        return ms_error_set(err, MS_ERESOURCE,
                            "%s: the time is over with %zu cases%s left; the next run goes on", study->folder,
                            summary->left, analyse ? " and the statistics" : "");
    if (analyse) {
        summary->failed = 0;
        status = ms_study_analyse(study, states, false, summary, err);
    }
    if (status == MS_OK && summary->failed > 0)
        status = ms_error_set(err, MS_EPARTIAL, "%zu of %zu cases failed; 'myosurv study status %s' says why",
                              summary->failed, summary->cases, study->folder);
    return status;
}

static ms_status run_locked(ms_study *study, const ms_study_run_options *options,
                            ms_study_run_summary *summary, ms_error *err) {
    const double started = now_seconds();
    size_t n = 0, *todo = ms_calloc(study->n, sizeof *todo);
    ms_case_status *states = ms_calloc(study->n, sizeof *states);
    ms_status status = todo && states ? make_folders(study, err) : ms_error_nomem(err);
    study->remember = true;
    if (status == MS_OK && !options->cases_only && options->shards == 0)
        status = ms_study_analysis_check(study, err);
    if (status == MS_OK) {
        ms_study_clean(study, options->shards == 0);
        status = ms_study_status_shard(study, options->shard, options->shards, states, err);
    }
    if (status == MS_OK) list_todo(study, options, states, todo, &n, summary);
    if (status == MS_OK && n > 0) status = run_cases(study, options, started, todo, n, summary, err);
    if (status == MS_OK) status = ms_stop_check(err);
    if (status == MS_OK) status = after_cases(study, options, started, states, summary, err);
    free(todo);
    free(states);
    return status;
}

static ms_status dry_run(const ms_study *study, const ms_study_run_options *options,
                         ms_study_run_summary *summary, ms_error *err) {
    size_t n = 0, *todo = ms_calloc(study->n, sizeof *todo);
    ms_case_status *states = ms_calloc(study->n, sizeof *states);
    ms_status status = todo && states
                           ? ms_study_status_shard(study, options->shard, options->shards, states, err)
                           : ms_error_nomem(err);
    if (status == MS_OK) list_todo(study, options, states, todo, &n, summary);
    summary->left = n;
    free(todo);
    free(states);
    return status;
}

ms_status ms_study_run(ms_study *study, const ms_study_run_options *options, ms_study_run_summary *out,
                       ms_error *err) {
    ms_study_run_summary summary = {0};
    ms_study_lock *lock = NULL;
    ms_status status;
    if (options->dry_run) {
        status = dry_run(study, options, &summary, err);
    } else {
        status = ms_study_lock_take(study, options->shards > 0, &lock, err);
        if (status == MS_OK) status = run_locked(study, options, &summary, err);
        ms_study_lock_release(lock);
    }
    *out = summary;
    return status;
}
