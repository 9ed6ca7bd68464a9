/* myosurv km: Kaplan-Meier curves, the log-rank test and the figure. */
#include "cli/commands.h"
#include "cli/figure_cli.h"
#include "cli/survival_cli.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"time", 't', "COL", "end of follow-up, a number >= 0", true, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", true, false},
    {"group", 'g', "COL", "one curve for each value, and a test between them", false, false},
    {"strata", 0, "COL", "the test compares within each value of this column", false, false},
    {"weights", 'w', "COL", "case weights", false, false},
    {"entry", 0, "COL", "time of entry, when follow-up begins late", false, false},
    {"cluster", 0, "COL", "rows with one value of this column vary together (robust errors)", false, false},
    {"robust", 0, NULL, "robust standard errors in place of Greenwood's", false, false},
    {"conf-type", 0, "TYPE", "interval: log (default), log-log, plain, logit, arcsin", false, false},
    {"conf-level", 0, "P", "level of the interval (default 0.95)", false, false},
    {"rho", 0, "R", "weight of the test: 0 log-rank (default), 1 Peto-Peto", false, false},
    {"rmean", 0, "T", "mean survival time up to T (default: the longest follow-up)", false, false},
    {"full", 0, NULL, "print every time with events, too", false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    MS_FIGURE_OPTIONS("the curves"),
    {0},
};

typedef struct result {
    ms_surv_frame frame;
    ms_km km;
    ms_logrank logrank;
    bool tested;
    char **names; /* [km.n_groups] "sex=1" */
} result;

static void result_clear(result *r) {
    for (size_t g = 0; r->names && g < r->km.n_groups; g++) free(r->names[g]);
    free(r->names);
    ms_logrank_clear(&r->logrank);
    ms_km_clear(&r->km);
    ms_surv_frame_clear(&r->frame);
}

static ms_status read_options(const ms_args *args, ms_km_options *km, double *rho, ms_error *err) {
    static const char *const types[] = {"log", "log-log", "plain", "logit", "arcsin"};
    size_t type = MS_CONF_LOG;
    ms_km_options_default(km);
    ms_status status = ms_args_choice(args, "conf-type", types, MS_COUNT(types), &type, err);
    km->conf_type = (ms_conf_type)type;
    km->robust = ms_args_flag(args, "robust");
    if (status == MS_OK) status = ms_cli_conf_level(args, &km->conf_level, err);
    if (status == MS_OK) status = ms_args_number(args, "rmean", &km->rmean_until, err);
    if (status == MS_OK) status = ms_args_number(args, "rho", rho, err);
    return status;
}

/* "sex=1" for each group; "all" when there is one curve. */
static ms_status name_groups(const ms_args *args, result *r, ms_error *err) {
    const char *column = ms_args_text(args, "group");
    r->names = ms_calloc(r->km.n_groups, sizeof *r->names);
    if (!r->names) return ms_error_nomem(err);
    for (size_t g = 0; g < r->km.n_groups; g++) {
        ms_buffer name;
        ms_buffer_init(&name);
        if (column)
            ms_buffer_printf(&name, "%s=%s", column, r->frame.group.levels[g]);
        else
            ms_buffer_append(&name, "all");
        if (ms_buffer_failed(&name)) return ms_error_nomem(err);
        r->names[g] = name.data;
    }
    return MS_OK;
}

/* The test, where there is one: several groups, no weights. */
static ms_status test_groups(const ms_args *args, double rho, result *r, ms_error *err) {
    const ms_factor *group = &r->frame.group;
    if (ms_args_text(args, "group") && group->n_levels < 2)
        ms_log(MS_LOG_WARNING, "one group only: there is nothing to compare");
    if (group->n_levels < 2) return MS_OK;
    if (r->frame.weight) {
        ms_log(MS_LOG_WARNING, "no log-rank test with weights: only the curves are weighted");
        return MS_OK;
    }
    r->tested = true;
    return ms_logrank_test(&r->frame.data, group->codes, group->n_levels, rho, &r->logrank, err);
}

static ms_status compute(const ms_args *args, result *r, ms_error *err) {
    ms_km_options km;
    double rho = 0;
    ms_status status = read_options(args, &km, &rho, err);
    if (status == MS_OK) status = ms_cli_read_survival(args, &r->frame, err);
    if (status != MS_OK) return status;
    const ms_factor *group = &r->frame.group;
    km.cluster = r->frame.cluster.codes;
    km.n_clusters = r->frame.cluster.n_levels;
    status = ms_km_fit(&r->frame.data, group->codes, group->codes ? group->n_levels : 1, &km, &r->km, err);
    if (status == MS_OK) status = name_groups(args, r, err);
    return status == MS_OK ? test_groups(args, rho, r, err) : status;
}

static ms_status draw(const result *r, const char *time, const ms_plot_style *style, const char *path,
                      ms_error *err) {
    size_t n = r->km.n_groups;
    ms_plot_km_options look;
    ms_plot_curve *curves = ms_calloc(n, sizeof *curves);
    char note[64];
    if (!curves) return ms_error_nomem(err);
    ms_plot_km_options_default(&look);
    look.x_label = time;
    look.style = style;
    if (r->tested) {
        const char *test = r->logrank.rho == 0 ? "log-rank" : "G-rho";
        bool small = r->logrank.p < 0.0001;
        (void)ms_text_format(note, sizeof note, small ? "%s p < 0.0001" : "%s p = %.2g", test, r->logrank.p);
        look.note = note;
    }
    for (size_t g = 0; g < n; g++) {
        const ms_km_curve *c = &r->km.curves[g];
        curves[g] = (ms_plot_curve){.name = r->names[g],
                                    .n = c->n_times,
                                    .time = c->time,
                                    .surv = c->surv,
                                    .lower = c->lower,
                                    .upper = c->upper,
                                    .n_risk = c->n_risk,
                                    .n_censor = c->n_censor,
                                    .total = c->n_times ? c->n_risk[0] : 0};
    }
    ms_status status = ms_plot_km(curves, n, &look, path, err);
    free(curves);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    result r = {0};
    char *text = NULL;
    ms_plot_style style;
    ms_status status = ms_cli_figure_style(args, &style, err);
    if (status == MS_OK) status = compute(args, &r, err);
    if (status != MS_OK) goto cleanup;
    const char *const *names = (const char *const *)r.names, *figure = ms_cli_figure(args);
    const ms_logrank *test = r.tested ? &r.logrank : NULL;
    status = ms_args_flag(args, "json")
                 ? ms_km_json(&r.km, names, test, r.frame.n_dropped, &text, err)
                 : ms_km_text(&r.km, names, test, r.frame.n_dropped, ms_args_flag(args, "full"), &text, err);
    if (status == MS_OK && figure) status = draw(&r, ms_args_text(args, "time"), &style, figure, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
cleanup:
    free(text);
    result_clear(&r);
    return status;
}

const ms_command ms_command_km = {
    .group = "survival",
    .name = "km",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Kaplan-Meier curves and the log-rank test",
    .details =
        "TABLE is a CSV file with a header row, - for standard input. Rows with a missing value in a column "
        "that is used are left out and counted. Standard errors are Greenwood's, or robust (infinitesimal "
        "jackknife) with clusters and with weights that are not whole; rmean is the mean survival time up to "
        "the "
        "longest follow-up. The numbers are those of R's survfit and survdiff.",
    .example = "# survival by sarcopenia, with a figure\n"
               "myosurv km cohort.csv --time os_days --event os_event --group sarcopenia --figure os.svg\n"
               "# an event column with words in it, every number as JSON\n"
               "myosurv km cohort.csv --time os_days --event status=dead --json",
    .options = options,
    .run = run,
};
