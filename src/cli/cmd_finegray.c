/* myosurv finegray: regression of a cumulative incidence by a formula. */
#include "cli/commands.h"
#include "cli/survival_cli.h"
#include "myosurv/survival_competing.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"formula", 'f', "FORMULA", "as in R, e.g. \"Surv(time, status == 1) ~ age + sex\"", true, false},
    {"competing", 'c', "EXPR", "which rows failed of another cause, e.g. \"status == 2\"", true, false},
    {"convention", 0, "NAME", "cmprsk (default) or survival: they differ at tied times", false, false},
    {"conf-level", 0, "P", "confidence level (default 0.95)", false, false},
    {"json", 0, NULL, "all numbers as JSON on standard output", false, false},
    {0},
};

static ms_status fit(const ms_args *args, const ms_table *table, ms_model_frame *frame, ms_finegray *out,
                     ms_error *err) {
    static const char *const conventions[] = {"cmprsk", "survival"};
    size_t convention = 0, *cause = NULL;
    double level = 0.95;
    uint8_t *event = NULL;
    ms_status status =
        ms_args_choice(args, "convention", conventions, MS_COUNT(conventions), &convention, err);
    if (status == MS_OK) status = ms_cli_conf_level(args, &level, err);
    if (status == MS_OK) status = ms_model_frame_read(table, ms_args_text(args, "formula"), NULL, frame, err);
    if (status != MS_OK) return status;
    event = ms_calloc(frame->n, sizeof *event);
    cause = ms_calloc(frame->n, sizeof *cause);
    status = event && cause ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK)
        status = ms_competing_mark(table, frame, ms_args_text(args, "competing"), event, cause, err);
    ms_competing competing = {.data = frame->data, .cause = cause, .n_causes = 2};
    competing.data.event = event;
    if (status == MS_OK)
        status = ms_finegray_fit(&competing, 0, &frame->design, (ms_finegray_convention)convention, level,
                                 out, err);
    free(event);
    free(cause);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_table *table = NULL;
    ms_model_frame frame = {0};
    ms_finegray result = {0};
    char *text = NULL;
    ms_status status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK) status = fit(args, table, &frame, &result, err);
    if (status == MS_OK)
        status = ms_args_flag(args, "json") ? ms_finegray_json(&result, frame.n_dropped, &text, err)
                                            : ms_finegray_text(&result, frame.n_dropped, &text, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    ms_finegray_clear(&result);
    ms_model_frame_clear(&frame);
    ms_table_free(table);
    return status;
}

const ms_command ms_command_finegray = {
    .group = "survival",
    .name = "finegray",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Fine and Gray's regression with competing risks",
    .details =
        "Subdistribution hazard ratios of the event in Surv(): those who failed of another cause "
        "(--competing) "
        "stay in the risk set with a weight that falls as they would have been censored. The formula "
        "language "
        "is that of 'cox', without strata, cluster, ridge and entry times. --convention cmprsk gives the "
        "numbers of R's cmprsk::crr; survival those of coxph on survival::finegray, with Efron's ties and a "
        "variance that takes the censoring weights as known. For cause-specific hazards use 'cox': every "
        "other "
        "cause then counts as censored.",
    .example = "# death of cancer, with death of other causes competing\n"
               "myosurv finegray cohort.csv --formula \"Surv(os_days, cause == 'cancer') ~ age_years + sex\" "
               "--competing \"cause == 'other'\"",
    .options = options,
    .run = run,
};
