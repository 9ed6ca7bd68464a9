#include "cli/commands.h"

#include "myosurv/study.h"

static ms_status run(const ms_args *args, ms_error *err) {
    const char *folder = ms_args_operand(args, 0);
    ms_study_init_options options = {
        .cohort_path = ms_args_text(args, "cohort"),
        .title = ms_args_text(args, "title"),
        .preset = ms_args_text(args, "preset"),
        .seed = ms_args_seed(args),
    };
    ms_status status = ms_study_init(folder, &options, err);
    if (status == MS_OK && !ms_args_quiet(args))
        printf("%s: study made; 'myosurv study run %s' goes through it\n", folder, folder);
    return status;
}

static const ms_option options[] = {
    {"cohort", 0, "CSV", "clinical table: case_id, scan, times and events, one row a patient", true, false},
    {"title", 0, "TEXT", "title of the report (default: the folder's name)", false, false},
    {"preset", 0, "NAME", "feature preset (default liu2024)", false, false},
    {0},
};

const ms_command ms_command_study_init = {
    .group = "study",
    .name = "study init",
    .operands = "FOLDER",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "make a study folder from a clinical table",
    .details =
        "Writes study.json (what to do, to be edited) and a copy of the table. The table needs case_id, scan "
        "(relative to the table's folder) and, for each endpoint, a time and an event column (os_days, "
        "os_event, "
        "rfs_days, rfs_event); height_m, weight_kg, sex, age_years, cohort, split, mask and l3_slice are "
        "used "
        "when they are there. Without a split column the first cohort is split 7:3 into training and "
        "internal "
        "validation, and the other cohorts are external.",
    .example = "  myosurv phantom cohort -o sample --patients 60\n"
               "  myosurv study init my-study --cohort sample/cohort.csv",
    .options = options,
    .run = run,
};
