/* The main job: cases, tables, networks, statistics, report. */
#include "study/lock.h"
#include "study/study.h"
#include "study/tables.h"

#include <stdlib.h>

typedef struct case_work {
    const ms_study *study;
    const ms_muscle_network *network; /* NULL: the classical method */
    size_t *todo;
    unsigned threads; /* each case may use */
    ms_progress *progress;
    size_t done, failed;
    ms_status fatal; /* e.g. the disk is full: not the case's fault */
    ms_error why;
} case_work;

static ms_status run_one(void *context, size_t at, ms_error *err) {
    const case_work *work = context;
    ms_threads_set(work->threads);
    return ms_case_run(work->study, work->todo[at], work->network, err);
}

static void note_end(void *context, size_t at, ms_status status, const ms_error *error) {
    case_work *work = context;
    size_t i = work->todo[at];
    work->done++;
    ms_progress_step(work->progress, 1);
    if (status == MS_OK || status == MS_ESTOPPED) return;
    work->failed++;
    ms_log(MS_LOG_WARNING, "%s: %s", work->study->patients[i].id, error->message);
    ms_error why_not = {0};
    ms_status noted = ms_case_note_failure(work->study, i, error, &why_not);
    if (noted != MS_OK && work->fatal == MS_OK) {
        work->fatal = noted;
        work->why = why_not;
    }
}

static ms_status list_todo(const ms_study *study, size_t *todo, size_t *n, size_t *done_before,
                           ms_error *err) {
    ms_case_status *states = ms_calloc(study->n, sizeof *states);
    ms_status status = states ? ms_study_status(study, states, err) : ms_error_nomem(err);
    for (size_t i = 0; i < study->n && status == MS_OK; i++) {
        if (states[i].state == MS_CASE_DONE) {
            ++*done_before;
            continue;
        }
        if (states[i].state == MS_CASE_STALE)
            ms_log(MS_LOG_INFO, "%s: again: %s", study->patients[i].id, states[i].reason);
        todo[(*n)++] = i;
    }
    free(states);
    return status;
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

static ms_status run_cases(const ms_study *study, const ms_study_run_options *options, const size_t *todo,
                           size_t n, ms_study_run_summary *summary, ms_error *err) {
    unsigned threads = ms_threads_get(), jobs = options->jobs ? options->jobs : threads;
    case_work work = {.study = study, .threads = threads > jobs ? threads / jobs : 1};
    ms_child_limits limits = {
        .memory_bytes = 8ULL << 30,
        .wall_seconds = 60 * (options->case_minutes > 0 ? options->case_minutes : 10),
    };
    ms_study_network *network = NULL;
    ms_status status = open_network(study, &network, err);
    if (status != MS_OK) return status;
    work.network = ms_study_network_callback(network);
    work.todo = ms_calloc(n, sizeof *work.todo);
    if (!work.todo) {
        ms_study_network_free(network);
        return ms_error_nomem(err);
    }
    for (size_t i = 0; i < n; i++) work.todo[i] = todo[i];
    work.progress = ms_progress_start("cases", n);
    status = ms_child_pool(n, jobs, run_one, note_end, &work, &limits, err);
    ms_progress_end(work.progress);
    if (status == MS_OK && work.fatal != MS_OK) {
        status = work.fatal;
        if (err) *err = work.why;
    }
    summary->done_now = work.done - work.failed;
    free(work.todo);
    ms_study_network_free(network);
    return status;
}

/* Those that ship and every file that study.json names. */
static ms_status read_definitions(const ms_study *study, ms_definitions *definitions, ms_error *err) {
    ms_status status = ms_definitions_read(NULL, definitions, err);
    for (size_t i = 0; i < study->spec.n_definitions && status == MS_OK; i++) {
        const char *given = study->spec.definitions[i];
        char *path = ms_path_below(study->folder, given);
        status = path ? ms_definitions_add(path, definitions, err) : ms_error_nomem(err);
        free(path);
    }
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

/* Networks, statistics and report from all cases that are done. */
static ms_status analyse(const ms_study *study, ms_study_run_summary *summary, ms_error *err) {
    ms_collected collected = {0};
    ms_risks risks = {0};
    ms_definitions definitions = {0};
    ms_status status = ms_collect(study, &collected, err);
    size_t used = 0;
    for (size_t i = 0; i < study->n && status == MS_OK; i++) {
        used += collected.used[i];
        summary->failed += collected.state[i] != MS_CASE_DONE;
        summary->excluded += collected.state[i] == MS_CASE_DONE && !collected.used[i];
    }
    if (status == MS_OK && used == 0)
        status = ms_error_set(err, MS_EPARTIAL,
                              "none of %zu cases could be used; 'myosurv study status %s' says why", study->n,
                              study->folder);
    if (status == MS_OK) status = read_definitions(study, &definitions, err);
    if (status == MS_OK) status = ms_outcome_train(study, &collected, &risks, err);
    if (status == MS_OK) status = ms_study_write_tables(study, &collected, &risks, err);
    if (status == MS_OK) status = ms_study_statistics(study, &collected, &definitions, &risks, err);
    if (status == MS_OK) status = ms_study_report(study, err);
    ms_definitions_clear(&definitions);
    ms_risks_clear(&risks);
    ms_collected_clear(&collected);
    return status;
}

static ms_status run_locked(ms_study *study, const ms_study_run_options *options,
                            ms_study_run_summary *summary, ms_error *err) {
    size_t n = 0, *todo = ms_calloc(study->n, sizeof *todo);
    ms_status status = todo ? make_folders(study, err) : ms_error_nomem(err);
    if (status == MS_OK) status = list_todo(study, todo, &n, &summary->done_before, err);
    if (status == MS_OK && n > 0) status = run_cases(study, options, todo, n, summary, err);
    if (status == MS_OK) status = ms_stop_check(err);
    if (status == MS_OK && !options->cases_only) status = analyse(study, summary, err);
    if (options->cases_only) summary->failed = n - summary->done_now;
    free(todo);
    if (status == MS_OK && summary->failed > 0)
        status = ms_error_set(err, MS_EPARTIAL, "%zu of %zu cases failed; 'myosurv study status %s' says why",
                              summary->failed, study->n, study->folder);
    return status;
}

static ms_status dry_run(const ms_study *study, ms_study_run_summary *summary, ms_error *err) {
    ms_case_status *states = ms_calloc(study->n, sizeof *states);
    ms_status status = states ? ms_study_status(study, states, err) : ms_error_nomem(err);
    for (size_t i = 0; i < study->n && status == MS_OK; i++) {
        if (states[i].state == MS_CASE_DONE) {
            summary->done_before++;
        } else {
            ms_log(MS_LOG_INFO, "would run %s (%s)", study->patients[i].id,
                   ms_case_state_name(states[i].state));
        }
    }
    free(states);
    return status;
}

ms_status ms_study_run(ms_study *study, const ms_study_run_options *options, ms_study_run_summary *out,
                       ms_error *err) {
    ms_study_run_summary summary = {.cases = study->n};
    int lock = -1;
    ms_status status;
    if (options->dry_run) {
        status = dry_run(study, &summary, err);
    } else {
        status = ms_study_lock(study, &lock, err);
        if (status == MS_OK) status = run_locked(study, options, &summary, err);
        if (lock >= 0) ms_study_unlock(lock);
    }
    *out = summary;
    return status;
}
