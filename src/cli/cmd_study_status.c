#include "cli/commands.h"

#include "myosurv/study.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

/* What there is to say of a study. */
typedef struct report {
    const ms_study *study;
    ms_case_status *states;
    size_t count[4]; /* by state */
    bool current;
    char why[256];
} report;

static ms_status add_case(cJSON *list, const report *r, size_t i, ms_error *err) {
    const ms_case_status *state = &r->states[i];
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(list, object)) {
        cJSON_Delete(object);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(object, "case_id", ms_study_case_id(r->study, i), err);
    if (status == MS_OK) status = ms_json_add_text(object, "state", ms_case_state_name(state->state), err);
    if (status == MS_OK) status = ms_json_add_text(object, "cause", ms_case_cause_name(state->cause), err);
    if (status == MS_OK) status = ms_json_add_text(object, "reason", state->reason, err);
    return status;
}

static ms_status print_json(const report *r, ms_error *err) {
    cJSON *root = cJSON_CreateObject(), *list = NULL, *results = NULL;
    if (!root) return ms_error_nomem(err);
    ms_status status = ms_json_add_number(root, "cases", (double)ms_study_cases(r->study), err);
    for (size_t s = 0; s < MS_COUNT(r->count) && status == MS_OK; s++)
        status = ms_json_add_number(root, ms_case_state_name((ms_case_state)s), (double)r->count[s], err);
    if (status == MS_OK) status = ms_json_add_object(root, "results", &results, err);
    if (status == MS_OK) status = ms_json_add_bool(results, "current", r->current, err);
    if (status == MS_OK) status = ms_json_add_text(results, "reason", r->why, err);
    if (status == MS_OK) status = ms_json_add_array(root, "list", &list, err);
    for (size_t i = 0; i < ms_study_cases(r->study) && status == MS_OK; i++)
        status = add_case(list, r, i, err);
    if (status == MS_OK) status = ms_json_write(root, "-", err);
    cJSON_Delete(root);
    return status;
}

static void print_text(const report *r, bool all) {
    for (size_t i = 0; i < ms_study_cases(r->study); i++) {
        const ms_case_status *state = &r->states[i];
        if (state->state == MS_CASE_DONE && !all) continue;
        printf("%s: %s%s%s\n", ms_study_case_id(r->study, i), ms_case_state_name(state->state),
               state->reason[0] ? ": " : "", state->reason);
    }
    printf("%zu cases: %zu done, %zu new, %zu failed, %zu to be done again\n", ms_study_cases(r->study),
           r->count[MS_CASE_DONE], r->count[MS_CASE_NEW], r->count[MS_CASE_FAILED], r->count[MS_CASE_STALE]);
    if (r->current) {
        printf("networks, statistics and report: of these cases\n");
    } else {
        printf("networks, statistics and report: to be made: %s\n", r->why);
    }
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_study *study = NULL;
    report r = {0};
    ms_status status = ms_study_open(ms_args_operand(args, 0), &study, err);
    if (status == MS_OK) {
        r.study = study;
        r.states = ms_calloc(ms_study_cases(study), sizeof *r.states);
        status = r.states ? ms_study_status(study, r.states, err) : ms_error_nomem(err);
    }
    for (size_t i = 0; status == MS_OK && i < ms_study_cases(study); i++) r.count[r.states[i].state]++;
    if (status == MS_OK) status = ms_study_results_status(study, r.states, &r.current, r.why, err);
    if (status == MS_OK && ms_args_flag(args, "json")) {
        status = print_json(&r, err);
    } else if (status == MS_OK) {
        print_text(&r, ms_args_flag(args, "all"));
    }
    free(r.states);
    ms_study_free(study);
    return status;
}

static const ms_option options[] = {
    {"all", 'a', NULL, "list the cases that are done, too", false, false},
    {"json", 0, NULL, "every case with state, cause and reason as JSON", false, false},
    {0},
};

const ms_command ms_command_study_status = {
    .group = "study",
    .name = "study status",
    .operands = "FOLDER",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "which cases are done, failed or to be done again, and why",
    .details =
        "A case is new, done, failed (with the reason) or stale: to be done again, because its input changed "
        "(which), a correction was given or taken back (which), its row or a parameter changed (which key, "
        "from what to what), the program is another version, or a result is gone. The last line says whether "
        "networks, statistics and report are those of the cases as they are.",
    .example = "  myosurv study status my-study\n"
               "  myosurv study status my-study --json",
    .options = options,
    .run = run,
};
