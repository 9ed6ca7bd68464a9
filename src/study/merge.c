/* Joining what shards made: the same tables and results as one process makes. */
#include "study/merge.h"

#include "study/collect.h"
#include "study/lock.h"
#include "study/tables.h"

#include <stdlib.h>

enum { NAMED = 5 }; /* cases that a message names; 'study status' has all */

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

static bool is_mixed(const ms_case_status *state) {
    return state->state == MS_CASE_STALE &&
           (state->cause == MS_CAUSE_PROGRAM || state->cause == MS_CAUSE_PARAMETERS);
}

static bool is_not_done(const ms_case_status *state) {
    return state->state != MS_CASE_DONE;
}

/* Counts the cases that `which` picks, and names the first of them with their reasons. */
static size_t name_cases(const ms_study *study, const ms_case_status *states,
                         bool (*which)(const ms_case_status *), ms_buffer *names) {
    size_t n = 0;
    for (size_t i = 0; i < study->n; i++) {
        if (!which(&states[i])) continue;
        const char *reason = states[i].reason[0] ? states[i].reason : "not run yet";
        if (n < NAMED)
            ms_buffer_printf(names, "%s%s (%.100s)", n > 0 ? ", " : "", study->patients[i].id, reason);
        n++;
    }
    if (n > NAMED)
        ms_buffer_printf(names, " and %zu more ('myosurv study status %s' names them)", n - NAMED,
                         study->folder);
    return n;
}

/* What is no case of one study with the others. */
static ms_status refuse(const ms_study *study, const ms_case_status *states, bool require_complete,
                        ms_error *err) {
    ms_buffer names;
    ms_status status = MS_OK;
    ms_buffer_init(&names);
    size_t n = name_cases(study, states, is_mixed, &names);
    if (n > 0) {
        status =
            ms_error_set(err, MS_EINPUT,
                         "%s: %zu of %zu cases were made by another version or with other parameters: %s; "
                         "'myosurv study run %s' makes them anew",
                         study->folder, n, study->n, names.data ? names.data : "", study->folder);
    } else if (require_complete && (n = name_cases(study, states, is_not_done, &names)) > 0) {
        status =
            ms_error_set(err, MS_EPARTIAL,
                         "%s: not complete: %zu of %zu cases are not done: %s; run them, or take them out of "
                         "the table",
                         study->folder, n, study->n, names.data ? names.data : "");
    }
    ms_buffer_clear(&names);
    return status;
}

static void count(const ms_study *study, const ms_case_status *states, ms_study_merge_summary *s) {
    for (size_t i = 0; i < study->n; i++) {
        s->never += states[i].state == MS_CASE_NEW;
        s->failed += states[i].state == MS_CASE_FAILED;
        s->stale += states[i].state == MS_CASE_STALE;
    }
}

static ms_status tables_only(const ms_study *study, const ms_case_status *states, ms_study_merge_summary *s,
                             ms_error *err) {
    ms_collected collected = {0};
    ms_status status = ms_collect(study, states, &collected, err);
    for (size_t i = 0; i < study->n && status == MS_OK; i++)
        s->excluded += collected.state[i] == MS_CASE_DONE && !collected.used[i];
    if (status == MS_OK) status = ms_features_join(study, &collected, err);
    if (status == MS_OK) status = ms_study_write_tables(study, &collected, NULL, err);
    ms_collected_clear(&collected);
    return status;
}

static ms_status results(const ms_study *study, const ms_case_status *states, ms_study_merge_summary *s,
                         ms_error *err) {
    ms_study_run_summary made = {0};
    const ms_status status = ms_study_analyse(study, states, false, &made, err);
    s->excluded = made.excluded;
    return status;
}

static ms_status merge(const ms_study *study, const ms_study_merge_options *options,
                       ms_study_merge_summary *s, ms_error *err) {
    ms_case_status *states = ms_calloc(study->n, sizeof *states);
    ms_status status = states ? ms_merge_states(study, states, &s->unseen, err) : ms_error_nomem(err);
    if (status == MS_OK) count(study, states, s);
    if (status == MS_OK) status = refuse(study, states, options->require_complete, err);
    if (status == MS_OK && s->unseen > 0)
        ms_log(MS_LOG_INFO, "%zu cases whose scans are not on this machine are taken as their records say",
               s->unseen);
    if (status == MS_OK) status = make_folders(study, err);
    if (status == MS_OK)
        status = options->tables_only ? tables_only(study, states, s, err) : results(study, states, s, err);
    free(states);
    const size_t missing = s->never + s->failed + s->stale;
    s->used = study->n - missing - s->excluded;
    if (status == MS_OK && missing > 0)
        status = ms_error_set(
            err, MS_EPARTIAL,
            "%zu of %zu cases are not done and not in the results; 'myosurv study status %s' says why",
            missing, study->n, study->folder);
    return status;
}

/* Copying needs the table's rows, and changes what opening reads: so the study is opened twice. */
static ms_status copy_first(const char *folder, const ms_study_merge_options *options,
                            ms_study_merge_summary *s, ms_error *err) {
    ms_study *study = NULL;
    ms_study_lock *lock = NULL;
    ms_status status = ms_merge_begin(folder, options->from, options->n_from, err);
    if (status == MS_OK) status = ms_study_open(folder, &study, err);
    if (status == MS_OK) status = ms_study_lock_take(study, false, &lock, err);
    if (status == MS_OK) status = make_folders(study, err);
    if (status == MS_OK) status = ms_merge_copy(study, options->from, options->n_from, &s->copied, err);
    ms_study_lock_release(lock);
    ms_study_free(study);
    return status;
}

ms_status ms_study_merge(const char *folder, const ms_study_merge_options *options,
                         ms_study_merge_summary *summary, ms_error *err) {
    ms_study_merge_summary s = {0};
    ms_study *study = NULL;
    ms_study_lock *lock = NULL;
    ms_status status = options->n_from > 0 ? copy_first(folder, options, &s, err) : MS_OK;
    if (status == MS_OK) status = ms_study_open(folder, &study, err);
    if (status == MS_OK) status = ms_study_lock_take(study, false, &lock, err);
    if (status == MS_OK) {
        study->remember = true;
        s.cases = study->n;
        ms_study_clean(study, true);
        status = merge(study, options, &s, err);
    }
    ms_study_lock_release(lock);
    ms_study_free(study);
    *summary = s;
    return status;
}
