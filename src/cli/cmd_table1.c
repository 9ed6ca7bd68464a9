/* myosurv table1: who the patients are, whole and by group. */
#include "cli/commands.h"
#include "cli/survival_cli.h"
#include "myosurv/survival_table1.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"group", 'g', "COL", "a column of the table for each value, with tests between them", false, false},
    {"x", 'x', "COLS", "columns to show, in this order (default: all but texts of over 20 values)", false,
     false},
    {"median", 0, "COLS", "show these by median and quartiles, Kruskal-Wallis test; '*': all numbers", false,
     false},
    {"category", 0, "COLS", "numbers that are categories (0 and 1 alone always are)", false, false},
    {"exact", 0, "COLS", "Fisher's exact test for these categories; '*': all", false, false},
    {"json", 0, NULL, "every number as JSON with 17 digits", false, false},
    {"output", 'o', "OUT.csv", "write the table as CSV instead of printing it", false, false},
    {0},
};

static ms_status print(const ms_args *args, const ms_table1 *t, ms_error *err) {
    char *text = NULL;
    ms_status status =
        ms_args_flag(args, "json") ? ms_table1_json(t, &text, err) : ms_table1_text(t, &text, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    return status;
}

static ms_status write(const ms_table1 *t, const char *path, ms_error *err) {
    ms_table *cells = NULL;
    ms_status status = ms_table1_table(t, &cells, err);
    if (status == MS_OK) status = ms_table_write(cells, path, err);
    ms_table_free(cells);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    const char *output = ms_args_text(args, "output");
    const ms_table1_options chosen = {ms_args_text(args, "x"), ms_args_text(args, "group"),
                                      ms_args_text(args, "median"), ms_args_text(args, "category"),
                                      ms_args_text(args, "exact")};
    ms_table *table = NULL;
    ms_table1 t = {0};
    ms_status status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK) status = ms_table1_make(table, &chosen, &t, err);
    if (status == MS_OK && !ms_args_dry_run(args))
        status = output ? write(&t, output, err) : print(args, &t, err);
    ms_table1_clear(&t);
    ms_table_free(table);
    return status;
}

const ms_command ms_command_table1 = {
    .group = "survival",
    .name = "table1",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "patients' characteristics, whole and by group, with tests and differences",
    .details =
        "Numbers are shown as mean (SD), or median [quartiles] where --median says so; texts, and numbers of "
        "0 "
        "and 1, as count (percent), a category of two values by its second one. Tests: t test or analysis of "
        "variance with equal variances (R: oneway.test), Kruskal-Wallis (kruskal.test), chi-squared with "
        "Yates' correction for 2 x 2 (chisq.test), Fisher's (fisher.test). smd is the standardised mean "
        "difference (of categories: Yang & Dalton 2012), the mean over pairs of groups. Missing values are "
        "left out of their own row alone, and counted in the last column.",
    .example = "# training and test patients side by side\n"
               "myosurv table1 cohort.csv --group split --x age_years,sex,sma_cm2 --median sma_cm2\n"
               "# as a table for a manuscript\n"
               "myosurv table1 cohort.csv --group split -o table1.csv",
    .options = options,
    .run = run,
};
