/* myosurv bootstrap: intervals by resampling for what the other commands estimate. */
#include "cli/commands.h"
#include "cli/compare_cli.h"
#include "cli/survival_cli.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"formula", 'f', "FORMULA", "Cox coefficients of this model; or give --time and --event", false, false},
    {"time", 't', "COL", "end of follow-up, a number >= 0", false, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", false, false},
    {"group", 'g', "COL", "each group's median, mean and survival; of two groups the difference", false,
     false},
    {"risk", 'r', "COL", "also C of this risk (higher means an earlier event), with --at its AUC", false,
     false},
    {"at", 0, "T", "also survival (and AUC) at this time", false, false},
    {"rmean", 0, "T", "mean up to this time (default: the shortest of the groups' follow-ups)", false, false},
    {"strata", 0, "COL", "draw within each value of this column", false, false},
    MS_BOOTSTRAP_OPTIONS("1000"),
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    {0},
};

static ms_status read_options(const ms_args *args, ms_bootstrap_request *r, ms_error *err) {
    ms_bootstrap_request_default(r);
    r->options.seed = ms_args_seed(args);
    bool formula = ms_args_text(args, "formula"),
         columns = ms_args_text(args, "time") && ms_args_text(args, "event");
    ms_status status = ms_cli_bootstrap(args, &r->options.replicates, &r->interval, &r->conf_level, err);
    if (status == MS_OK) status = ms_args_number(args, "at", &r->at, err);
    if (status == MS_OK) status = ms_args_number(args, "rmean", &r->until, err);
    if (status == MS_OK && formula == columns)
        status = ms_error_set(err, MS_EUSAGE, "give --formula, or --time and --event: one of them");
    if (status == MS_OK && formula &&
        (ms_args_text(args, "group") || ms_args_text(args, "risk") || ms_args_text(args, "strata") ||
         ms_args_text(args, "at")))
        status = ms_error_set(err, MS_EUSAGE, "--formula goes with none of --group, --risk, --strata, --at");
    return status;
}

static ms_status of_model(const ms_args *args, const ms_bootstrap_request *r, ms_bootstrapped *out,
                          size_t *n_dropped, ms_error *err) {
    ms_table *table = NULL;
    ms_model_frame frame = {0};
    ms_status status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK)
        status = ms_model_frame_read(table, ms_args_text(args, "formula"), NULL, &frame, err);
    if (status == MS_OK) status = ms_bootstrap_cox(&frame.data, &frame.design, NULL, r, out, err);
    *n_dropped = frame.n_dropped;
    ms_model_frame_clear(&frame);
    ms_table_free(table);
    return status;
}

static ms_status of_columns(const ms_args *args, ms_bootstrap_request *r, ms_bootstrapped *out,
                            size_t *n_dropped, ms_error *err) {
    ms_surv_frame frame = {0};
    ms_status status = ms_cli_read_survival(args, &frame, err);
    if (status != MS_OK) return status;
    ms_surv data = frame.data;
    data.stratum = NULL; /* drawn within, not compared within */
    r->options.stratum = frame.strata.codes;
    r->options.n_strata = frame.strata.n_levels;
    r->risk = frame.risk;
    if (frame.group.n_levels) {
        r->group = frame.group.codes;
        r->n_groups = frame.group.n_levels;
        r->group_names = (const char *const *)frame.group.levels;
    }
    status = ms_bootstrap_survival(&data, r, out, err);
    *n_dropped = frame.n_dropped;
    ms_surv_frame_clear(&frame);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_bootstrap_request r;
    ms_bootstrapped b = {0};
    size_t n_dropped = 0;
    char *text = NULL;
    ms_status status = read_options(args, &r, err);
    if (status == MS_OK)
        status = ms_args_text(args, "formula") ? of_model(args, &r, &b, &n_dropped, err)
                                               : of_columns(args, &r, &b, &n_dropped, err);
    if (status == MS_OK)
        status = ms_args_flag(args, "json") ? ms_bootstrapped_json(&b, n_dropped, &text, err)
                                            : ms_bootstrapped_text(&b, n_dropped, &text, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    ms_bootstrapped_clear(&b);
    return status;
}

const ms_command ms_command_bootstrap = {
    .group = "survival",
    .name = "bootstrap",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "bootstrap intervals for medians, means, survival, C, AUC and Cox coefficients",
    .details =
        "Patients are drawn with replacement and everything is estimated again from each sample. Samples in "
        "which a number cannot be computed (a median that is not reached) are left out of its interval and "
        "counted. R: boot::boot and boot.ci.",
    .example =
        "# how much longer do patients without sarcopenia live?\n"
        "myosurv bootstrap cohort.csv --time os_days --event os_event --group sarcopenia --at 1095 "
        "--interval "
        "bca\n"
        "# a risk's C and AUC; a model's coefficients\n"
        "myosurv bootstrap predicted.csv -t os_days -e os_event --risk risk --at 1095 --bootstrap 2000\n"
        "myosurv bootstrap cohort.csv --formula \"Surv(os_days, os_event) ~ age_years + smi_cm2_m2\"",
    .options = options,
    .run = run,
};
