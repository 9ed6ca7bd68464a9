/* myosurv harmonize: the mark of scanners out of features, by ComBat. */
#include "cli/commands.h"
#include "myosurv/study_tables.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"batch", 'b', "COL", "column that names the scanner or centre", false, false},
    {"x", 'x', "COLS", "columns to harmonize: names and patterns, e.g. 'sm_*,pm_*'", false, false},
    {"covariates", 0, "COLS", "columns whose effect is kept, e.g. age_years,sex", false, false},
    {"train", 0, "COL=VALUE", "learn from these rows only (all rows are harmonized)", false, false},
    {"reference", 0, "BATCH", "this batch stays as it is, the others are brought to it", false, false},
    {"mean-only", 0, NULL, "correct location, leave scale", false, false},
    {"non-parametric", 0, NULL, "the prior is what the other features show", false, false},
    {"no-bayes", 0, NULL, "each feature by itself, nothing learned from the others", false, false},
    {"save", 0, "FILE.json", "keep what was learned, for other tables", false, false},
    {"model", 'm', "FILE.json", "apply what was saved; learn nothing", false, false},
    {"covariates-at-mean", 0, NULL, "apply without the covariates, each row at their mean", false, false},
    {"output", 'o', "OUT.csv", "where the table goes; standard output when not given", false, false},
    {0},
};

static ms_status check_usage(const ms_args *args, ms_error *err) {
    static const char *const learning[] = {
        "batch", "x", "covariates", "train", "reference", "mean-only", "no-bayes", "save", "non-parametric"};
    if (!ms_args_text(args, "model")) {
        if (ms_args_text(args, "batch") && ms_args_text(args, "x")) return MS_OK;
        return ms_error_set(err, MS_EUSAGE, "harmonize: give --batch and --x to learn, or --model to apply");
    }
    for (size_t i = 0; i < MS_COUNT(learning); i++)
        if (ms_args_text(args, learning[i]) || ms_args_flag(args, learning[i]))
            return ms_error_set(err, MS_EUSAGE, "--%s is for learning, and --model applies what was learned",
                                learning[i]);
    return MS_OK;
}

static ms_status learn(const ms_args *args, const ms_table *table, ms_harmonizer **harmonizer,
                       ms_error *err) {
    ms_harmonize_options o = {.features = ms_args_text(args, "x"),
                              .batch = ms_args_text(args, "batch"),
                              .covariates = ms_args_text(args, "covariates"),
                              .train = ms_args_text(args, "train"),
                              .reference = ms_args_text(args, "reference")};
    const char *save = ms_args_text(args, "save");
    ms_combat_options_default(&o.combat);
    o.combat.mean_only = ms_args_flag(args, "mean-only");
    o.combat.non_parametric = ms_args_flag(args, "non-parametric");
    o.combat.no_bayes = ms_args_flag(args, "no-bayes");
    ms_status status = ms_harmonizer_fit(table, &o, harmonizer, err);
    if (status == MS_OK && save && !ms_args_dry_run(args))
        status = ms_harmonizer_save(*harmonizer, save, err);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    const char *output = ms_args_text(args, "output"), *model = ms_args_text(args, "model");
    ms_table *table = NULL;
    ms_harmonizer *harmonizer = NULL;
    ms_status status = check_usage(args, err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK)
        status = model ? ms_harmonizer_load(model, &harmonizer, err) : learn(args, table, &harmonizer, err);
    if (status == MS_OK)
        status = ms_harmonizer_apply(harmonizer, table, ms_args_flag(args, "covariates-at-mean"), err);
    if (status == MS_OK && !ms_args_dry_run(args)) status = ms_table_write(table, output ? output : "-", err);
    ms_harmonizer_free(harmonizer);
    ms_table_free(table);
    return status;
}

const ms_command ms_command_harmonize = {
    .group = "imaging",
    .name = "harmonize",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "take the mark of scanners out of features (ComBat)",
    .details =
        "Every scanner shifts and stretches features a little. ComBat (Johnson 2007, Fortin 2018) estimates "
        "shift and stretch of each batch for each feature, pulled towards what the batch's features have in "
        "common, and takes them out; the effect of --covariates stays. The numbers are those of R's "
        "neuroCombat. With --train only those rows are learned from, so that no test patient has a say; "
        "--save keeps what was learned and --model applies it to another table.\n\n"
        "A batch that was not among the rows learned from cannot be harmonized and is an error. Missing "
        "values "
        "stay missing. A constant feature, or one that a batch lacks, stays as it is (a warning says how "
        "many). "
        "docs/features-trust.md has more.",
    .example = "# learn from the training rows, harmonize all rows, keep what was learned\n"
               "myosurv harmonize features.csv --batch scanner --x 'sm_*' --covariates age_years,sex "
               "--train split=training --save combat.json -o harmonized.csv\n"
               "# later patients of the same scanners\n"
               "myosurv harmonize new.csv --model combat.json -o new-harmonized.csv",
    .options = options,
    .run = run,
};
