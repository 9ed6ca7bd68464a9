/* myosurv cox: proportional hazards regression by a formula. */
#include "cli/commands.h"
#include "cli/cox_cli.h"
#include "cli/figure_cli.h"
#include "cli/survival_cli.h"

#include <math.h>
#include <stdlib.h>

static const ms_option options[] = {
    {"formula", 'f', "FORMULA", "as in R, e.g. \"Surv(time, status==2) ~ age + sex + strata(inst)\"", true,
     false},
    {"ties", 0, "NAME", "tied events: efron (default), breslow, exact", false, false},
    {"weights", 'w', "COL", "case weights (robust variance when not whole)", false, false},
    {"robust", 0, NULL, "robust (sandwich) variance", false, false},
    {"zph", 0, "SCALE", "test of proportional hazards over km (default), rank, identity, log time", false,
     false},
    {"zph-columns", 0, NULL, "that test for each coefficient, not each term", false, false},
    {"no-timefix", 0, NULL, "keep times apart that differ only by rounding", false, false},
    {"conf-level", 0, "P", "confidence level (default 0.95)", false, false},
    {"step", 0, "DIRECTION", "choose terms by AIC: both, backward, forward", false, false},
    {"step-penalty", 0, "K", "for each coefficient: 2 for AIC (default), bic for log(events)", false, false},
    {"anova", 0, NULL, "also likelihood ratio tests of the terms, added first to last", false, false},
    {"drop1", 0, NULL, "also likelihood ratio tests of leaving each term out", false, false},
    {"univariable", 0, NULL, "instead: the table of hazard ratios of each term alone and of all together",
     false, false},
    {"same-rows", 0, NULL, "with --univariable: all models on the rows complete for every term", false,
     false},
    MS_COX_OUTPUT_OPTIONS,
    MS_FIGURE_OPTIONS_AS("a forest plot (with --curve: the curves)", 0),
    {"json", 0, NULL, "all numbers as JSON on standard output", false, false},
    {0},
};

typedef struct settings {
    ms_cox_step_options step; /* holds the fit's own options too */
    bool stepwise, bic;
    ms_zph_transform transform;
    ms_plot_style style;
} settings;

typedef struct results {
    ms_cli_cox model;
    ms_zph zph;
    ms_cox_step step;
    ms_cox_anova anova, drop1;
} results;

static ms_status read_penalty(const ms_args *args, settings *s, ms_error *err) {
    const char *text = ms_args_text(args, "step-penalty");
    if (!text) return MS_OK;
    if (ms_text_starts_with(text, "bic")) {
        s->bic = true;
        return MS_OK;
    }
    ms_status status = ms_args_number(args, "step-penalty", &s->step.penalty, err);
    if (status == MS_OK && !(s->step.penalty >= 0))
        return ms_error_set(err, MS_EUSAGE, "--step-penalty: a number of at least 0, or bic");
    return status;
}

static ms_status read_options(const ms_args *args, settings *s, ms_error *err) {
    static const char *const ties[] = {"efron", "breslow", "exact"};
    static const char *const transforms[] = {"km", "rank", "identity", "log"};
    static const char *const directions[] = {"both", "backward", "forward"};
    size_t tie = 0, scale = 0, direction = 0;
    *s = (settings){0};
    ms_cox_step_options_default(&s->step);
    s->step.weights = ms_args_text(args, "weights");
    s->step.cox.robust = ms_args_flag(args, "robust");
    s->step.no_timefix = ms_args_flag(args, "no-timefix");
    s->stepwise = ms_args_text(args, "step") != NULL;
    ms_status status = ms_args_choice(args, "ties", ties, MS_COUNT(ties), &tie, err);
    if (status == MS_OK) status = ms_args_choice(args, "zph", transforms, MS_COUNT(transforms), &scale, err);
    if (status == MS_OK)
        status = ms_args_choice(args, "step", directions, MS_COUNT(directions), &direction, err);
    if (status == MS_OK) status = ms_cli_conf_level(args, &s->step.cox.conf_level, err);
    if (status == MS_OK) status = read_penalty(args, s, err);
    if (status == MS_OK) status = ms_cli_figure_style(args, &s->style, err);
    s->step.cox.ties = (ms_ties)tie;
    s->step.direction = (ms_step_direction)direction;
    s->transform = (ms_zph_transform)scale;
    return status;
}

/* log(events) of the rows complete for every term. */
static ms_status set_bic(const ms_cli_cox *m, settings *s, ms_error *err) {
    ms_model_frame frame = {0};
    double events = 0;
    ms_status status = ms_model_frame_read(m->rows, m->formula, s->step.weights, &frame, err);
    for (size_t i = 0; i < frame.n; i++) events += frame.event[i];
    ms_model_frame_clear(&frame);
    if (status == MS_OK && events > 0) s->step.penalty = log(events);
    return status;
}

/* The formula to fit, chosen stepwise where that is asked for, and the rows to fit it to. */
static ms_status choose_model(const ms_args *args, settings *s, results *r, ms_error *err) {
    ms_cli_cox *m = &r->model;
    m->rows = m->table;
    m->formula = ms_args_text(args, "formula");
    if (!s->stepwise) return MS_OK;
    ms_status status = s->bic ? set_bic(m, s, err) : MS_OK;
    if (status == MS_OK) status = ms_cox_step_run(m->rows, m->formula, &s->step, &r->step, err);
    if (status != MS_OK) return status;
    m->formula = r->step.formula;
    if (r->step.table) m->rows = r->step.table;
    return MS_OK;
}

/* One fit and its summary need the formula's columns alone, and the table no longer than these. */
static bool needs_table(const ms_args *args) {
    return ms_args_text(args, "step") || ms_args_flag(args, "anova") || ms_args_flag(args, "drop1") ||
           ms_args_flag(args, "univariable") || ms_cli_figure(args) || ms_cli_cox_asked(args);
}

static ms_status fit(const ms_args *args, const settings *s, results *r, ms_error *err) {
    ms_cli_cox *m = &r->model;
    ms_status status = ms_model_frame_read(m->rows, m->formula, s->step.weights, &m->frame, err);
    m->frame.data.no_timefix = ms_args_flag(args, "no-timefix");
    if (!needs_table(args)) {
        ms_table_free(m->table);
        m->table = NULL;
        m->rows = NULL;
    }
    if (status != MS_OK) return status;
    status = ms_cox_fit(&m->frame.data, &m->frame.design, &s->step.cox, &m->cox, err);
    if (status != MS_OK) {
        ms_error_prefix(err, "%s", ms_args_operand(args, 0));
        return status;
    }
    m->cox.n_shown = m->frame.n_before_tt;
    if (m->frame.n_dropped == 0) m->frame.n_dropped = r->step.n_dropped;
    if (ms_cli_cox_asked(args)) return MS_OK;
    ms_design design = m->frame.design;
    if (ms_args_flag(args, "zph-columns")) design.term = NULL;
    if (m->cox.df > 0 && !m->cox.penalised && !m->frame.n_before_tt)
        status = ms_cox_zph(&m->cox, &m->frame.data, &design, s->transform, &r->zph, err);
    if (status == MS_OK && ms_args_flag(args, "anova"))
        status = ms_cox_anova_run(m->rows, m->formula, true, &s->step, &r->anova, err);
    if (status == MS_OK && ms_args_flag(args, "drop1"))
        status = ms_cox_anova_run(m->rows, m->formula, false, &s->step, &r->drop1, err);
    return status;
}

static ms_status print_json(const results *r, ms_error *err) {
    char *text = NULL;
    ms_status status = ms_cox_json(&r->model.cox, &r->zph, r->model.frame.n_dropped, &text, err);
    if (status == MS_OK)
        status = ms_cox_json_add(&text, r->step.n_stages ? &r->step : NULL, r->anova.n ? &r->anova : NULL,
                                 r->drop1.n ? &r->drop1 : NULL, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    return status;
}

static ms_status print_text(ms_status status, char *text, ms_error *err) {
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    return status;
}

static ms_status print_all(const results *r, ms_error *err) {
    char *text = NULL;
    ms_status status = MS_OK;
    if (r->step.n_stages) {
        status = ms_cox_step_text(&r->step, &text, err);
        status = print_text(status, text, err);
    }
    if (status == MS_OK) {
        text = NULL;
        status = ms_cox_text(&r->model.cox, &r->zph, r->model.frame.n_dropped, &text, err);
        status = print_text(status, text, err);
    }
    const ms_cox_anova *tests[] = {&r->anova, &r->drop1};
    for (size_t i = 0; i < 2 && status == MS_OK; i++) {
        if (tests[i]->n == 0) continue;
        text = NULL;
        status = ms_cli_print("\n", err);
        if (status == MS_OK) status = ms_cox_anova_text(tests[i], i == 0, &text, err);
        status = print_text(status, text, err);
    }
    return status;
}

/* The table of ratios: as text, JSON or CSV, and the figure. */
static ms_status tabulate(const ms_args *args, const settings *s, results *r, bool both, ms_error *err) {
    ms_cox_table table = {0};
    ms_table *csv = NULL;
    char *text = NULL;
    const char *figure = ms_cli_figure(args), *output = both ? ms_args_text(args, "output") : NULL;
    ms_status status = ms_cox_table_make(r->model.rows, r->model.formula,
                                         !both || ms_args_flag(args, "same-rows"), &s->step, &table, err);
    if (status == MS_OK && figure) status = ms_cli_cox_forest(&table, both, figure, &s->style, err);
    if (status == MS_OK && output) status = ms_cox_table_csv(&table, &csv, err);
    if (status == MS_OK && output) status = ms_table_write(csv, output, err);
    if (status == MS_OK && both && !(output && ms_text_starts_with(output, "-"))) {
        status = ms_args_flag(args, "json") ? ms_cox_table_json(&table, &text, err)
                                            : ms_cox_table_text(&table, &text, err);
        if (status == MS_OK) status = ms_cli_print(text, err);
    }
    free(text);
    ms_table_free(csv);
    ms_cox_table_clear(&table);
    return status;
}

static ms_status report(const ms_args *args, const settings *s, results *r, ms_error *err) {
    if (ms_args_flag(args, "univariable")) return tabulate(args, s, r, true, err);
    ms_status status = fit(args, s, r, err);
    if (status != MS_OK) return status;
    if (ms_cli_cox_asked(args))
        return ms_cli_cox_write(args, &r->model, s->step.cox.conf_level, &s->style, err);
    if (ms_cli_figure(args)) status = tabulate(args, s, r, false, err);
    if (status != MS_OK) return status;
    return ms_args_flag(args, "json") ? print_json(r, err) : print_all(r, err);
}

static ms_status run(const ms_args *args, ms_error *err) {
    settings s;
    results r = {0};
    ms_status status = read_options(args, &s, err);
    const char *path = ms_args_operand(args, 0);
    if (status == MS_OK)
        status = needs_table(args) ? ms_table_read(&r.model.table, path, err)
                                   : ms_model_table_read(&r.model.table, path, ms_args_text(args, "formula"),
                                                         &s.step.weights, 1, err);
    if (status == MS_OK) status = choose_model(args, &s, &r, err);
    if (status == MS_OK) status = report(args, &s, &r, err);
    ms_zph_clear(&r.zph);
    ms_cox_anova_clear(&r.anova);
    ms_cox_anova_clear(&r.drop1);
    ms_cox_clear(&r.model.cox);
    ms_model_frame_clear(&r.model.frame);
    ms_cox_step_clear(&r.step);
    ms_table_free(r.model.table);
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
        "interactions a:b and a*b, log(x) sqrt(x) exp(x) I(x^2) factor(x) factor(x, levels = c(\"low\", "
        "\"high\")), strata(x) cluster(x) offset(x) ridge(x, theta = 1), splines ns(x, df = 3) bs(x) rcs(x, "
        "4), "
        "poly(x, 2), and tt(x, log(t)) for an effect that changes with time t. Text columns are factors "
        "compared "
        "with their first level in alphabetical order. Names that are no R names go in `backticks`. An event "
        "is 0 "
        "or 1, or a comparison such as status == 2; a column of 1 and 2 is taken as R takes it, 2 the event. "
        "The "
        "numbers are those of R's coxph, cox.zph, residuals, predict and survfit. A coefficient that seems "
        "to be "
        "infinite is warned of, and 'converged' is then false. Residuals and predictions come as columns "
        "beside "
        "the table's own.",
    .example =
        "# age and sex, a baseline hazard for each hospital\n"
        "myosurv cox cohort.csv --formula \"Surv(os_days, os_event) ~ age_years + sex + strata(cohort)\"\n"
        "# an interaction, robust variance by patient, JSON\n"
        "myosurv cox visits.csv --formula \"Surv(start, stop, event) ~ smi * sex + cluster(id)\" --json\n"
        "# each predictor alone and all together, with a forest plot\n"
        "myosurv cox cohort.csv --formula \"Surv(os_days, os_event) ~ age_years + sex + smi\" --univariable "
        "--figure forest.pdf\n"
        "# survival at one and three years for the rows of another table\n"
        "myosurv cox cohort.csv --formula \"Surv(os_days, os_event) ~ ns(age_years, 3) + sex\" --curve "
        "--newdata patients.csv --at 365,1095",
    .options = options,
    .run = run,
};
