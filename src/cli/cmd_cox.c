/* myosurv cox: proportional hazards regression by a formula. */
#include "cli/commands.h"
#include "cli/survival_cli.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"formula", 'f', "FORMULA", "as in R, e.g. \"Surv(time, status==2) ~ age + sex + strata(inst)\"", true,
     false},
    {"ties", 0, "NAME", "tied events: efron (default), breslow, exact", false, false},
    {"weights", 'w', "COL", "case weights (robust variance when not whole)", false, false},
    {"robust", 0, NULL, "robust (sandwich) variance", false, false},
    {"zph", 0, "SCALE", "test of proportional hazards over km (default), rank, identity, log time", false,
     false},
    {"conf-level", 0, "P", "confidence level (default 0.95)", false, false},
    {"json", 0, NULL, "all numbers as JSON on standard output", false, false},
    {0},
};

static ms_status read_options(const ms_args *args, ms_cox_options *cox, ms_zph_transform *transform,
                              ms_error *err) {
    static const char *const ties[] = {"efron", "breslow", "exact"};
    static const char *const transforms[] = {"km", "rank", "identity", "log"};
    size_t tie = 0, scale = 0;
    ms_cox_options_default(cox);
    cox->robust = ms_args_flag(args, "robust");
    ms_status status = ms_args_choice(args, "ties", ties, MS_COUNT(ties), &tie, err);
    if (status == MS_OK) status = ms_args_choice(args, "zph", transforms, MS_COUNT(transforms), &scale, err);
    if (status == MS_OK) status = ms_cli_conf_level(args, &cox->conf_level, err);
    cox->ties = (ms_ties)tie;
    *transform = (ms_zph_transform)scale;
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_table *table = NULL;
    ms_model_frame frame = {0};
    ms_cox_options chosen;
    ms_zph_transform transform;
    ms_cox cox = {0};
    ms_zph zph = {0};
    char *text = NULL;
    ms_status status = read_options(args, &chosen, &transform, err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK)
        status = ms_model_frame_read(table, ms_args_text(args, "formula"), ms_args_text(args, "weights"),
                                     &frame, err);
    if (status == MS_OK) status = ms_cox_fit(&frame.data, &frame.design, &chosen, &cox, err);
    if (status == MS_OK && cox.df > 0 && !cox.penalised)
        status = ms_cox_zph(&cox, &frame.data, &frame.design, transform, &zph, err);
    if (status == MS_OK)
        status = ms_args_flag(args, "json") ? ms_cox_json(&cox, &zph, frame.n_dropped, &text, err)
                                            : ms_cox_text(&cox, &zph, frame.n_dropped, &text, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    ms_zph_clear(&zph);
    ms_cox_clear(&cox);
    ms_model_frame_clear(&frame);
    ms_table_free(table);
    return status;
}

const ms_command ms_command_cox = {
    .group = "survival",
    .name = "cox",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Cox proportional hazards regression by an R formula",
    .details =
        "The formula language is R's: Surv(time, event) or Surv(start, stop, event); terms joined by +, "
        "interactions "
        "a:b and a*b, log(x) sqrt(x) exp(x) I(x^2) factor(x) factor(x, levels = c(\"low\", \"high\")), "
        "strata(x) "
        "cluster(x) offset(x) ridge(x, theta = 1). Text columns are factors compared with their first level "
        "in "
        "alphabetical order. Names that are no R names go in `backticks`. An event is 0 or 1, or a "
        "comparison such as "
        "status == 2; a column of 1 and 2 is taken as R takes it, 2 the event. The numbers are those of R's "
        "coxph and "
        "cox.zph. A coefficient that seems to be infinite is warned of, and 'converged' is then false.",
    .example =
        "# age and sex, a baseline hazard for each hospital\n"
        "myosurv cox cohort.csv --formula \"Surv(os_days, os_event) ~ age_years + sex + strata(cohort)\"\n"
        "# an interaction, robust variance by patient, JSON\n"
        "myosurv cox visits.csv --formula \"Surv(start, stop, event) ~ smi * sex + cluster(id)\" --json",
    .options = options,
    .run = run,
};
