/* myosurv impute: missing covariates filled in several times, and the Cox models pooled. */
#include "cli/commands.h"
#include "cli/list_cli.h"
#include "cli/survival_cli.h"
#include "myosurv/survival_impute.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"formula", 'f', "FORMULA", "the model, as for cox: \"Surv(time, status == 2) ~ age + sex\"", true,
     false},
    {"imputations", 'm', "M", "how many times the gaps are filled (default 20)", false, false},
    {"iterations", 0, "N", "rounds through the columns (default 10)", false, false},
    {"donors", 0, "N", "patients to take a number from (default 5)", false, false},
    {"normal", 0, NULL, "numbers from a normal model, not from a like patient", false, false},
    {"with", 0, "COL[,COL...]", "columns beside the formula's that help to predict what is missing", false,
     false},
    {"ties", 0, "METHOD", "efron (default), breslow or exact", false, false},
    {"output", 'o', "FILE.csv", "also write the filled tables, one below the other, numbered in imputation",
     false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    {0},
};

static ms_status read_options(const ms_args *args, ms_impute_options *o, ms_cox_options *cox, char **copy,
                              const char ***also, ms_error *err) {
    static const char *const ties[] = {"efron", "breslow", "exact"};
    size_t tie = 0;
    ms_impute_options_default(o);
    ms_cox_options_default(cox);
    o->seed = ms_args_seed(args);
    o->number = ms_args_flag(args, "normal") ? MS_IMPUTE_NORMAL : MS_IMPUTE_MATCHING;
    ms_status status = ms_args_size(args, "imputations", &o->imputations, err);
    if (status == MS_OK) status = ms_args_size(args, "iterations", &o->iterations, err);
    if (status == MS_OK) status = ms_args_size(args, "donors", &o->donors, err);
    if (status == MS_OK) status = ms_args_choice(args, "ties", ties, MS_COUNT(ties), &tie, err);
    if (status == MS_OK) status = ms_cli_names(args, "with", copy, also, &o->n_also, err);
    if (status == MS_OK && (o->imputations < 2 || o->imputations > 10000))
        status =
            ms_error_set(err, MS_EUSAGE, "--imputations: %zu is not between 2 and 10000", o->imputations);
    if (status == MS_OK && (o->iterations < 1 || o->donors < 1))
        status = ms_error_set(err, MS_EUSAGE, "--iterations and --donors: 1 is the least");
    o->also = *also;
    cox->ties = (ms_ties)tie;
    return status;
}

static ms_status append(const ms_table *from, size_t m, ms_table *to, ms_error *err) {
    size_t row;
    for (size_t r = 0; r < ms_table_rows(from); r++) {
        ms_status status = ms_table_add_row(to, &row, err);
        if (status == MS_OK) status = ms_table_set_number(to, row, 0, (double)(m + 1), err);
        for (size_t c = 0; c < ms_table_columns(from) && status == MS_OK; c++)
            status = ms_table_set(to, row, c + 1, ms_table_cell(from, r, c), err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

static ms_status write_tables(const ms_imputed *imputed, const char *path, ms_error *err) {
    ms_table *all = NULL;
    size_t column;
    const ms_table *first = imputed->tables[0];
    ms_status status = ms_table_new(&all, path, err);
    if (status == MS_OK) status = ms_table_add_column(all, "imputation", &column, err);
    for (size_t c = 0; c < ms_table_columns(first) && status == MS_OK; c++)
        status = ms_table_add_column(all, ms_table_column_name(first, c), &column, err);
    for (size_t m = 0; m < imputed->n_tables && status == MS_OK; m++)
        status = append(imputed->tables[m], m, all, err);
    if (status == MS_OK) status = ms_table_write(all, path, err);
    ms_table_free(all);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_impute_options o;
    ms_cox_options cox;
    ms_table *table = NULL;
    ms_imputed imputed = {0};
    ms_imputed_cox fit = {0};
    char *copy = NULL, *text = NULL;
    const char **also = NULL, *formula = ms_args_text(args, "formula"),
               *output = ms_args_text(args, "output");
    ms_status status = read_options(args, &o, &cox, &copy, &also, err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK) status = ms_impute_table(table, formula, &o, &imputed, err);
    if (status == MS_OK) status = ms_cox_imputed(&imputed, formula, &cox, &fit, err);
    if (status == MS_OK)
        status = ms_args_flag(args, "json") ? ms_imputed_cox_json(&fit, &imputed, &text, err)
                                            : ms_imputed_cox_text(&fit, &imputed, &text, err);
    if (status == MS_OK && output && !ms_args_dry_run(args)) status = write_tables(&imputed, output, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    free(copy);
    free(also);
    ms_imputed_cox_clear(&fit);
    ms_imputed_clear(&imputed);
    ms_table_free(table);
    return status;
}

const ms_command ms_command_impute = {
    .group = "survival",
    .name = "impute",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "a Cox model with missing covariates filled in several times",
    .details =
        "Gaps in the columns that the formula names are filled by chained equations: each column is "
        "predicted "
        "from the others, the event and the Nelson-Aalen cumulative hazard (White & Royston 2009); numbers "
        "by "
        "predictive mean matching, categories and columns of two values by logistic regression. The model is "
        "fitted to each filled table and pooled by Rubin's rules. Rows whose time or event is missing are "
        "left "
        "out. R: mice.",
    .example =
        "# all patients count, though some lack a covariate\n"
        "myosurv impute cohort.csv --formula \"Surv(os_days, os_event) ~ age_years + albumin + child_pugh\" "
        "--imputations 20",
    .options = options,
    .run = run,
};
