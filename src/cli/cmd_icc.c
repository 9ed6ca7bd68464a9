/* myosurv icc: intraclass correlation of features over readers or repeats. */
#include "cli/commands.h"
#include "cli/survival_cli.h"
#include "myosurv/study_tables.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"x", 'x', "COLS", "features: names and patterns, e.g. 'sm_*'", true, false},
    {"id", 0, "COLS", "columns that say which rows are of one subject (default case_id)", false, false},
    {"rater", 0, "COL", "one table: the column that tells readers or repeats apart", false, false},
    {"conf-level", 0, "P", "level of the intervals (default 0.95)", false, false},
    {"output", 'o', "OUT.csv", "where the table goes; standard output when not given", false, false},
    {0},
};

static ms_status run(const ms_args *args, ms_error *err) {
    const size_t n = ms_args_operands(args);
    const char *output = ms_args_text(args, "output"), *id = ms_args_text(args, "id");
    ms_reliability_options o = {ms_args_text(args, "x"), id ? id : "case_id", ms_args_text(args, "rater"),
                                0.95};
    ms_table **tables = ms_calloc(n, sizeof *tables), *out = NULL;
    ms_status status = tables ? ms_cli_conf_level(args, &o.conf_level, err) : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++)
        status = ms_table_read(&tables[i], ms_args_operand(args, i), err);
    if (status == MS_OK) status = ms_reliability((const ms_table *const *)tables, n, &o, &out, err);
    if (status == MS_OK && !ms_args_dry_run(args)) status = ms_table_write(out, output ? output : "-", err);
    for (size_t i = 0; tables && i < n; i++) ms_table_free(tables[i]);
    free(tables);
    ms_table_free(out);
    return status;
}

const ms_command ms_command_icc = {
    .group = "imaging",
    .name = "icc",
    .operands = "TABLE [TABLE ...]",
    .min_operands = 1,
    .max_operands = 100,
    .summary = "intraclass correlation of features over readers or repeats",
    .details =
        "Two or more tables are one reader each, with rows matched by --id; one table has a column --rater. "
        "For each "
        "feature: ICC(1,1), where every subject has readers of its own; ICC(2,1), absolute agreement of "
        "readers drawn at random; ICC(3,1), consistency of these readers; each with its interval (Shrout & "
        "Fleiss "
        "1979, McGraw & Wong 1996; R: psych::ICC). A subject that a reader lacks, or with a missing value, "
        "is left out of that feature.",
    .example = "# two readers' masks, a table of features each\n"
               "myosurv icc reader1.csv reader2.csv --id case_id --x 'sm_*' -o icc.csv\n"
               "# repeats in one table, as `perturb` writes them\n"
               "myosurv icc perturbed.csv --rater perturbation --x 'sm_*'",
    .options = options,
    .run = run,
};
