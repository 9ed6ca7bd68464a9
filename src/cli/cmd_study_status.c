#include "cli/commands.h"

#include "myosurv/study.h"

#include <stdlib.h>

static ms_status run(const ms_args *args, ms_error *err) {
    ms_study *study = NULL;
    ms_case_status *states = NULL;
    ms_status status = ms_study_open(ms_args_operand(args, 0), &study, err);
    if (status == MS_OK) {
        states = ms_calloc(ms_study_cases(study), sizeof *states);
        status = states ? ms_study_status(study, states, err) : ms_error_nomem(err);
    }
    size_t count[4] = {0};
    for (size_t i = 0; status == MS_OK && i < ms_study_cases(study); i++) {
        count[states[i].state]++;
        if (states[i].state != MS_CASE_DONE || ms_args_flag(args, "all"))
            printf("%s: %s%s%s\n", ms_study_case_id(study, i), ms_case_state_name(states[i].state),
                   states[i].reason[0] ? ": " : "", states[i].reason);
    }
    if (status == MS_OK)
        printf("%zu cases: %zu done, %zu new, %zu failed, %zu to be done again\n", ms_study_cases(study),
               count[MS_CASE_DONE], count[MS_CASE_NEW], count[MS_CASE_FAILED], count[MS_CASE_STALE]);
    free(states);
    ms_study_free(study);
    return status;
}

static const ms_option options[] = {
    {"all", 'a', NULL, "list the cases that are done, too", false, false},
    {0},
};

const ms_command ms_command_study_status = {
    .group = "study",
    .name = "study status",
    .operands = "FOLDER",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "which cases are done, failed or to be done again, and why",
    .example = "  myosurv study status my-study",
    .options = options,
    .run = run,
};
