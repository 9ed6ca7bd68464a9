/* myosurv compare: two models on the same patients. */
#include "cli/commands.h"
#include "cli/compare_cli.h"
#include "cli/list_cli.h"
#include "cli/survival_cli.h"

#include <math.h>
#include <stdlib.h>

static const ms_option options[] = {
    {"time", 't', "COL", "end of follow-up; leave it out for a yes-or-no outcome", false, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 none; with =VALUE that value is the event", true, false},
    {"old", 0, "COL", "the predictions to improve on: probability of the event by --at", true, false},
    {"new", 0, "COL", "the new predictions, of the same patients", true, false},
    {"at", 0, "T", "the horizon; without it C alone is compared, and any risk score will do", false, false},
    {"tau", 0, "T", "Uno's C counts events up to here (default: --at, or all)", false, false},
    {"cuts", 0, "P[,P...]", "risk categories for a reclassification table and its NRI, as 0.1,0.3", false,
     false},
    MS_BOOTSTRAP_OPTIONS("1000"),
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    {0},
};

static ms_status read_options(const ms_args *args, ms_compare_options *o, double **cuts, double *at,
                              ms_error *err) {
    ms_compare_options_default(o);
    o->seed = ms_args_seed(args);
    ms_status status = ms_cli_bootstrap(args, &o->replicates, &o->interval, &o->conf_level, err);
    if (status == MS_OK) status = ms_args_number(args, "at", at, err);
    if (status == MS_OK) status = ms_args_number(args, "tau", &o->tau, err);
    if (status == MS_OK) status = ms_cli_numbers(args, "cuts", cuts, &o->n_cuts, err);
    o->cuts = *cuts;
    if (status == MS_OK && !ms_args_text(args, "time") && (!isnan(*at) || !isnan(o->tau)))
        status = ms_error_set(err, MS_EUSAGE, "--at and --tau need --time");
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_forecast_frame frame = {0};
    ms_compare_options o;
    ms_comparison comparison = {0};
    double *cuts = NULL, at = NAN;
    char *text = NULL;
    const char *const names[] = {ms_args_text(args, "old"), ms_args_text(args, "new")};
    ms_status status = read_options(args, &o, &cuts, &at, err);
    bool probability = !isnan(at) || !ms_args_text(args, "time");
    if (status == MS_OK) status = ms_cli_read_forecast(args, names, 2, probability, &frame, err);
    if (status != MS_OK) goto cleanup;
    ms_horizon_outcome outcome = {.n = frame.n, .time = frame.time, .event = frame.event, .at = at};
    status = ms_compare_models(&outcome, frame.risk[0], frame.risk[1], &o, &comparison, err);
    if (status != MS_OK) ms_error_prefix(err, "%s", ms_args_operand(args, 0));
    if (status == MS_OK)
        status = ms_args_flag(args, "json")
                     ? ms_comparison_json(&comparison, names[0], names[1], frame.n_dropped, &text, err)
                     : ms_comparison_text(&comparison, names[0], names[1], frame.n_dropped, &text, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
cleanup:
    free(text);
    free(cuts);
    ms_comparison_clear(&comparison);
    ms_forecast_frame_clear(&frame);
    return status;
}

const ms_command ms_command_compare = {
    .group = "survival",
    .name = "compare",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "two models on the same patients: C, AUC, Brier, NRI, IDI",
    .details = "The difference, new less old, of Harrell's and Uno's C (R: concordance(fit1, fit2)); with "
               "--at also of "
               "AUC and Brier score at that time (R: riskRegression's Score), and net reclassification and "
               "integrated discrimination improvement, with the events by then from Kaplan-Meier (Pencina et "
               "al. 2011) "
               "and by weighting for censoring (Uno et al. 2013). Standard errors and p by influence "
               "functions where "
               "there are such; intervals by bootstrap.",
    .example =
        "# does the network tell more than the clinical model?\n"
        "myosurv compare predicted.csv --time os_days --event os_event --old clinical --new network --at "
        "1095 --cuts 0.2,0.4\n"
        "# two risk scores, C alone\n"
        "myosurv compare predicted.csv -t os_days -e os_event --old smi --new risk --json",
    .options = options,
    .run = run,
};
