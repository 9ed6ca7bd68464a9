/* myosurv validate: a Cox model's performance corrected for optimism. */
#include "cli/commands.h"
#include "cli/survival_cli.h"
#include "myosurv/survival_compare.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"formula", 'f', "FORMULA", "the model, as for cox: \"Surv(time, status == 2) ~ age + sex\"", true,
     false},
    {"ties", 0, "METHOD", "efron (default) or breslow", false, false},
    {"bootstrap", 'B', "N", "bootstrap samples (default 200)", false, false},
    {"at", 0, "T", "also the Brier score of the event by this time", false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    {0},
};

static ms_status read_options(const ms_args *args, ms_cox_options *cox, ms_validation_options *o,
                              ms_error *err) {
    static const char *const ties[] = {"efron", "breslow"};
    size_t tie = 0;
    ms_cox_options_default(cox);
    ms_validation_options_default(o);
    o->seed = ms_args_seed(args);
    ms_status status = ms_args_choice(args, "ties", ties, MS_COUNT(ties), &tie, err);
    if (status == MS_OK) status = ms_args_size(args, "bootstrap", &o->replicates, err);
    if (status == MS_OK) status = ms_args_number(args, "at", &o->at, err);
    if (status == MS_OK && o->replicates < 2)
        status = ms_error_set(err, MS_EUSAGE, "--bootstrap: two samples or more are needed");
    cox->ties = tie ? MS_TIES_BRESLOW : MS_TIES_EFRON;
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_table *table = NULL;
    ms_model_frame frame = {0};
    ms_cox_options cox;
    ms_validation_options o;
    ms_validation v = {0};
    char *text = NULL;
    ms_status status = read_options(args, &cox, &o, err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK)
        status = ms_model_frame_read(table, ms_args_text(args, "formula"), NULL, &frame, err);
    if (status == MS_OK) status = ms_cox_validate(&frame.data, &frame.design, &cox, &o, &v, err);
    if (status == MS_OK)
        status = ms_args_flag(args, "json") ? ms_validation_json(&v, frame.n_dropped, &text, err)
                                            : ms_validation_text(&v, frame.n_dropped, &text, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    ms_model_frame_clear(&frame);
    ms_table_free(table);
    return status;
}

const ms_command ms_command_validate = {
    .group = "survival",
    .name = "validate",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "a Cox model's C, slope and Brier score corrected for optimism",
    .details =
        "The model is fitted to bootstrap samples; how much better it does on its sample than on the data is "
        "its "
        "optimism, which is taken off what it seems to do on the data (Harrell, Lee & Mark 1996). The "
        "indexes are "
        "those of R's rms::validate; slope is that of the linear predictor in other patients. The formula "
        "is taken as it is: choosing predictors by looking at the outcome is optimism that this does not "
        "see.",
    .example = "# how good will this model be in new patients?\n"
               "myosurv validate cohort.csv --formula \"Surv(os_days, os_event) ~ age_years + smi_cm2_m2\" "
               "--bootstrap "
               "300 --at 1095",
    .options = options,
    .run = run,
};
