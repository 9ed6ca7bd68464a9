/* myosurv cuminc: cumulative incidence of competing events, Gray's test and the figure. */
#include "cli/commands.h"
#include "cli/figure_cli.h"
#include "cli/list_cli.h"
#include "cli/survival_cli.h"
#include "myosurv/survival_competing.h"

#include <math.h>
#include <stdlib.h>

static const ms_option options[] = {
    {"time", 't', "COL", "end of follow-up, a number >= 0", true, false},
    {"event", 'e', "COL[=VALUE]", "what ended it; with =VALUE that cause comes first", true, false},
    {"censored", 0, "VALUE", "the value of the event column that means censored (default 0)", false, false},
    {"group", 'g', "COL", "curves for each value, and Gray's test between them", false, false},
    {"strata", 0, "COL", "the test compares within each value of this column", false, false},
    {"weights", 'w', "COL", "case weights (curves only)", false, false},
    {"entry", 0, "COL", "time of entry, when follow-up begins late (curves only)", false, false},
    {"rho", 0, "R", "weight (1 - incidence)^R of the test (default 0)", false, false},
    {"conf-type", 0, "TYPE", "interval: log (default), log-log, plain, logit, arcsin", false, false},
    {"conf-level", 0, "P", "level of the interval (default 0.95)", false, false},
    {"at", 0, "T1,T2,...", "times of the table (default: about five round ones)", false, false},
    {"json", 0, NULL, "every number as JSON with 17 digits", false, false},
    MS_FIGURE_OPTIONS("the incidence of the first cause"),
    {0},
};

typedef struct result {
    ms_competing_frame frame;
    ms_cuminc cuminc;
    ms_gray *gray; /* [n_causes], or NULL */
    char **groups; /* [n_groups] "sex=1" */
    double *at;    /* [n_at] */
    size_t n_at;
} result;

static void result_clear(result *r) {
    ms_names_free(r->groups, r->groups ? r->cuminc.n_groups : 0);
    free(r->gray);
    free(r->at);
    ms_cuminc_clear(&r->cuminc);
    ms_competing_frame_clear(&r->frame);
}

static ms_status read_table(const ms_args *args, ms_competing_frame *frame, ms_error *err) {
    ms_table *table = NULL;
    char *event = NULL;
    ms_surv_columns columns = {.time = ms_args_text(args, "time"),
                               .entry = ms_args_text(args, "entry"),
                               .weight = ms_args_text(args, "weights"),
                               .group = ms_args_text(args, "group"),
                               .strata = ms_args_text(args, "strata")};
    ms_status status = ms_event_split(ms_args_text(args, "event"), &event, &columns.event_value, err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    columns.event = event;
    if (status == MS_OK)
        status = ms_competing_frame_read(table, &columns, ms_args_text(args, "censored"), frame, err);
    ms_table_free(table);
    free(event);
    return status;
}

/* The test, where there is one: several groups, no weights and no late entry. */
static ms_status test_groups(const ms_args *args, result *r, ms_error *err) {
    const ms_factor *group = &r->frame.frame.group;
    const ms_competing *c = &r->frame.competing;
    double rho = 0;
    ms_status status = ms_args_number(args, "rho", &rho, err);
    if (status != MS_OK || group->n_levels < 2) return status;
    if (c->data.weight || c->data.entry) {
        ms_log(MS_LOG_WARNING, "no test with weights or entry times: Gray's test is not defined for them");
        return MS_OK;
    }
    r->gray = ms_calloc(c->n_causes, sizeof *r->gray);
    if (!r->gray) return ms_error_nomem(err);
    for (size_t k = 0; k < c->n_causes && status == MS_OK; k++)
        status = ms_gray_test(c, k, group->codes, group->n_levels, rho, &r->gray[k], err);
    return status;
}

/* About five round times up to the last. */
static ms_status round_times(result *r, ms_error *err) {
    double last = 0;
    for (size_t g = 0; g < r->cuminc.n_groups; g++) {
        const ms_cuminc_curve *c = &r->cuminc.curves[g];
        if (c->n_times) last = fmax(last, c->time[c->n_times - 1]);
    }
    double step = pow(10, floor(log10(last > 0 ? last / 2 : 1)));
    while (last / step > 8) step *= last / step > 16 ? 5 : 2;
    r->n_at = (size_t)(last / step);
    r->at = ms_calloc(r->n_at + 1, sizeof *r->at);
    if (!r->at) return ms_error_nomem(err);
    for (size_t i = 0; i < r->n_at; i++) r->at[i] = step * (double)(i + 1);
    return MS_OK;
}

static ms_status compute(const ms_args *args, result *r, ms_error *err) {
    static const char *const types[] = {"log", "log-log", "plain", "logit", "arcsin"};
    size_t type = MS_CONF_LOG;
    double level = 0.95;
    ms_status status = ms_args_choice(args, "conf-type", types, MS_COUNT(types), &type, err);
    if (status == MS_OK) status = ms_cli_conf_level(args, &level, err);
    if (status == MS_OK) status = read_table(args, &r->frame, err);
    if (status != MS_OK) return status;
    const ms_factor *group = &r->frame.frame.group;
    status = ms_cuminc_fit(&r->frame.competing, group->codes, group->codes ? group->n_levels : 1,
                           (ms_conf_type)type, level, &r->cuminc, err);
    if (status == MS_OK)
        status = ms_cli_group_names(ms_args_text(args, "group"), group, r->cuminc.n_groups, &r->groups, err);
    if (status == MS_OK) status = test_groups(args, r, err);
    if (status != MS_OK) return status;
    return ms_args_text(args, "at") ? ms_cli_numbers(args, "at", &r->at, &r->n_at, err) : round_times(r, err);
}

/* The figure draws 1 - its curve: the survival that would be without the other causes is never shown. */
static void turn(const double *from, size_t n, double *to) {
    for (size_t i = 0; i < n; i++) to[i] = 1 - from[i];
}

/* The axis ends at a round value above the highest bound: rare events would lie flat on an axis up to 1. */
static double axis_top(const ms_cuminc *cuminc) {
    static const double tops[] = {0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8};
    double highest = 0;
    for (size_t g = 0; g < cuminc->n_groups; g++)
        for (size_t i = 0; i < cuminc->curves[g].n_times; i++) {
            const ms_cuminc_curve *c = &cuminc->curves[g];
            highest = fmax(highest, isnan(c->upper[i]) ? c->incidence[i] : c->upper[i]);
        }
    for (size_t i = 0; i < MS_COUNT(tops); i++)
        if (highest <= tops[i]) return tops[i];
    return 1;
}

static ms_status draw(const ms_args *args, const result *r, const ms_plot_style *style, const char *path,
                      ms_error *err) {
    size_t n = r->cuminc.n_groups, cells = 0;
    char note[64], label[160];
    ms_plot_km_options look;
    for (size_t g = 0; g < n; g++) cells += 3 * r->cuminc.curves[g].n_times;
    ms_plot_curve *curves = ms_calloc(n + 1, sizeof *curves);
    double *block = ms_calloc(cells + 1, sizeof *block), *at = block;
    ms_status status = curves && block ? MS_OK : ms_error_nomem(err);
    for (size_t g = 0; g < n && status == MS_OK; g++) {
        const ms_cuminc_curve *c = &r->cuminc.curves[g];
        size_t m = c->n_times;
        turn(c->incidence, m, at);
        turn(c->upper, m, at + m);
        turn(c->lower, m, at + 2 * m);
        curves[g] = (ms_plot_curve){.name = r->groups[g],
                                    .n = m,
                                    .time = c->time,
                                    .surv = at,
                                    .lower = at + m,
                                    .upper = at + 2 * m,
                                    .n_risk = c->n_risk,
                                    .n_censor = c->n_censor,
                                    .total = m ? c->n_risk[0] : 0};
        at += 3 * m;
    }
    ms_plot_km_options_default(&look);
    look.events = true;
    look.y_max = axis_top(&r->cuminc);
    look.style = style;
    look.x_label = ms_args_text(args, "time");
    (void)ms_text_format(label, sizeof label, "Cumulative incidence of %.100s", r->frame.causes[0]);
    look.y_label = label;
    if (r->gray) {
        bool small = r->gray[0].p < 0.0001;
        (void)ms_text_format(note, sizeof note, small ? "Gray's test p < 0.0001" : "Gray's test p = %.2g",
                             r->gray[0].p);
        look.note = note;
    }
    if (status == MS_OK) status = ms_plot_km(curves, n, &look, path, err);
    free(block);
    free(curves);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    result r = {0};
    ms_plot_style style = {0};
    char *text = NULL;
    const char *figure = ms_cli_figure(args);
    ms_status status = ms_cli_figure_style(args, &style, err);
    if (status == MS_OK) status = compute(args, &r, err);
    const char *const *groups = (const char *const *)r.groups, *const *causes =
                                                                   (const char *const *)r.frame.causes;
    if (status == MS_OK)
        status = ms_args_flag(args, "json")
                     ? ms_cuminc_json(&r.cuminc, groups, causes, r.gray, r.frame.frame.n_dropped, &text, err)
                     : ms_cuminc_text(&r.cuminc, groups, causes, r.gray, r.at, r.n_at,
                                      r.frame.frame.n_dropped, &text, err);
    if (status == MS_OK && figure) status = draw(args, &r, &style, figure, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    result_clear(&r);
    return status;
}

const ms_command ms_command_cuminc = {
    .group = "survival",
    .name = "cuminc",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "cumulative incidence with competing risks, and Gray's test",
    .details =
        "Every value of the event column but the censored one is a cause of failure that ends follow-up; the "
        "curves are Aalen and Johansen's, with the infinitesimal jackknife's standard errors (R: survfit of "
        "a "
        "factor), the test is Gray's, for each cause (R: cmprsk::cuminc). 1 - Kaplan-Meier with the other "
        "causes censored would overstate each incidence. Rows with a missing value are left out and counted.",
    .example = "# death of cancer and of other causes, by sarcopenia\n"
               "myosurv cuminc cohort.csv --time os_days --event cause=cancer --censored alive --group "
               "sarcopenia --at 365,1095 --figure incidence.svg",
    .options = options,
    .run = run,
};
