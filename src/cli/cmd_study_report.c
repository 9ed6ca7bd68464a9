#include "cli/commands.h"

#include "myosurv/study.h"

static ms_status run(const ms_args *args, ms_error *err) {
    ms_study *study = NULL;
    ms_status status = ms_study_open(ms_args_operand(args, 0), &study, err);
    if (status == MS_OK) status = ms_study_report(study, err);
    if (status == MS_OK) printf("report: %s/report.html\n", ms_args_operand(args, 0));
    ms_study_free(study);
    return status;
}

const ms_command ms_command_study_report = {
    .group = "study",
    .name = "study report",
    .operands = "FOLDER",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "write report.html again from the tables and figures",
    .example = "  myosurv study report my-study",
    .run = run,
};
