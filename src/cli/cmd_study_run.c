#include "cli/commands.h"

#include "myosurv/study.h"

static ms_status run(const ms_args *args, ms_error *err) {
    const char *folder = ms_args_operand(args, 0);
    ms_study *study = NULL;
    ms_study_run_options options = {.dry_run = ms_args_dry_run(args),
                                    .cases_only = ms_args_flag(args, "cases-only")};
    ms_study_run_summary s = {0};
    size_t jobs = 0;
    ms_status status = ms_args_size(args, "jobs", &jobs, err);
    if (status == MS_OK && jobs > 1024)
        status = ms_error_set(err, MS_EUSAGE, "--jobs: at most 1024, not %zu", jobs);
    if (status == MS_OK) status = ms_args_number(args, "case-minutes", &options.case_minutes, err);
    if (status == MS_OK) status = ms_study_open(folder, &study, err);
    options.jobs = (unsigned)jobs;
    if (status == MS_OK) status = ms_study_run(study, &options, &s, err);
    ms_study_free(study);
    if (status != MS_OK && status != MS_EPARTIAL) return status;
    printf("%s: %zu cases: %zu done before, %zu done now, %zu failed, %zu left out\n", folder, s.cases,
           s.done_before, s.done_now, s.failed, s.excluded);
    if (!options.dry_run && !options.cases_only) printf("report: %s/report.html\n", folder);
    return status;
}

static const ms_option options[] = {
    {"jobs", 0, "N", "cases at a time (default: as many as threads)", false, false},
    {"case-minutes", 0, "MIN", "a case that takes longer fails (default 10)", false, false},
    {"cases-only", 0, NULL, "only the cases: no network, statistics or report", false, false},
    {0},
};

const ms_command ms_command_study_run = {
    .group = "study",
    .name = "study run",
    .operands = "FOLDER",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "go through the whole study: scans, masks, features, networks, statistics, report",
    .details = "Each case runs in a process of its own: one that fails is noted with its reason and the "
               "others go on (exit "
               "code 4). Cases that are done and unchanged are not done again, so a run that was stopped "
               "goes on where "
               "it was.",
    .example = "  myosurv study run my-study",
    .options = options,
    .run = run,
};
