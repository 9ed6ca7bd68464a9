#include "cli/commands.h"

#include "myosurv/study.h"

static ms_status run(const ms_args *args, ms_error *err) {
    ms_study *study = NULL;
    size_t missing = 0;
    ms_status status = ms_study_open(ms_args_operand(args, 0), &study, err);
    if (status == MS_OK) status = ms_study_check(study, &missing, err);
    if (status == MS_OK && missing > 0)
        status = ms_error_set(err, MS_EINPUT, "%s: %zu files of the table are not there (listed above)",
                              ms_args_operand(args, 0), missing);
    if (status == MS_OK)
        printf("%s: %zu cases, nothing wrong\n", ms_args_operand(args, 0), ms_study_cases(study));
    ms_study_free(study);
    return status;
}

const ms_command ms_command_study_check = {
    .group = "study",
    .name = "study check",
    .operands = "FOLDER",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "check study.json, the table and that every scan is there",
    .example = "  myosurv study check my-study",
    .run = run,
};
