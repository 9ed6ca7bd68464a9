/* myosurv dca: decision curves. */
#include "cli/commands.h"
#include "cli/compare_cli.h"
#include "cli/figure_cli.h"
#include "cli/list_cli.h"
#include "cli/survival_cli.h"
#include "myosurv/plot_decision.h"

#include <math.h>
#include <stdlib.h>

static const ms_option options[] = {
    {"time", 't', "COL", "end of follow-up; leave it out for a yes-or-no outcome", false, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 none; with =VALUE that value is the event", true, false},
    {"risk-probability", 'p', "COL[,COL...]", "predicted probability of the event by --at, a column a model",
     true, false},
    {"at", 0, "T", "the horizon: who has the event by this time? (needed with --time)", false, false},
    {"competing", 0, "VALUE", "this value of the event column is another event that precludes it", false,
     false},
    {"thresholds", 0, "FROM:TO:STEP", "threshold probabilities (default 0.01:0.99:0.01)", false, false},
    MS_BOOTSTRAP_OPTIONS("500"),
    {"smooth", 0, "SPAN", "also smooth the curves over this share of the thresholds (default: not)", false,
     false},
    {"full", 0, NULL, "print every threshold, not about ten", false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    {"figure-shows", 0, "WHAT", "net-benefit (default) or avoided (interventions per 100)", false, false},
    MS_FIGURE_OPTIONS("the curves"),
    {0},
};

static double decimal(double value) {
    return round(value * 1e10) / 1e10; /* 0.07, not 0.07000000000000001 */
}

/* FROM:TO:STEP, one number, or several with commas. */
static ms_status read_thresholds(const ms_args *args, double **values, size_t *n, ms_error *err) {
    const char *text = ms_args_text(args, "thresholds");
    double part[3];
    size_t length[3] = {0, 0, 0}, parts = 0, at = 0;
    if (!text) return MS_OK;
    for (const char *c = text; *c; c++) parts += *c == ':';
    if (parts == 0) return ms_cli_numbers(args, "thresholds", values, n, err);
    char piece[3][40];
    for (const char *c = text; *c && at < 3; c++) {
        if (*c == ':')
            at++;
        else if (length[at] + 1 < sizeof piece[0])
            piece[at][length[at]++] = *c;
    }
    bool good = parts == 2;
    for (size_t k = 0; k < 3 && good; k++) {
        piece[k][length[k]] = '\0';
        good = ms_parse_number(piece[k], &part[k]);
    }
    if (!good || !(part[2] >= 1e-5) || !(part[0] >= 0) || !(part[1] >= part[0]) || !(part[1] < 1))
        return ms_error_set(
            err, MS_EUSAGE,
            "--thresholds: '%s' is not FROM:TO:STEP with 0 <= FROM <= TO < 1 and STEP above 0", text);
    *n = (size_t)floor((part[1] - part[0]) / part[2] + 1e-9) + 1;
    *values = ms_calloc(*n, sizeof **values);
    if (!*values) return ms_error_nomem(err);
    for (size_t i = 0; i < *n; i++) (*values)[i] = decimal(part[0] + (double)i * part[2]);
    return MS_OK;
}

static ms_status read_options(const ms_args *args, ms_dca_options *o, double **thresholds, double *at,
                              ms_error *err) {
    ms_dca_options_default(o);
    o->seed = ms_args_seed(args);
    ms_status status = ms_cli_bootstrap(args, &o->replicates, &o->interval, &o->conf_level, err);
    if (status == MS_OK) status = ms_args_number(args, "smooth", &o->smooth, err);
    if (status == MS_OK) status = ms_args_number(args, "at", at, err);
    if (status == MS_OK) status = read_thresholds(args, thresholds, &o->n_thresholds, err);
    o->thresholds = *thresholds;
    if (status == MS_OK && ms_args_text(args, "time") && isnan(*at))
        status = ms_error_set(err, MS_EUSAGE, "--time needs --at: the time by which the event counts");
    if (status == MS_OK && !ms_args_text(args, "time") && (!isnan(*at) || ms_args_text(args, "competing")))
        status = ms_error_set(err, MS_EUSAGE, "--at and --competing need --time");
    return status;
}

static ms_status draw(const ms_args *args, const ms_dca *d, const char *const *names,
                      const ms_plot_style *style, ms_error *err) {
    static const char *const whats[] = {"net-benefit", "avoided"};
    size_t what = 0, n = d->n_models;
    ms_status status = ms_args_choice(args, "figure-shows", whats, MS_COUNT(whats), &what, err);
    if (status || !ms_cli_figure(args)) return status;
    ms_plot_decision_options look;
    ms_plot_decision_options_default(&look);
    look.style = style;
    ms_plot_strategy *s = ms_calloc(n + 2, sizeof *s);
    if (!s) return ms_error_nomem(err);
    for (size_t c = 0; c < n + 2; c++) {
        const ms_dca_curve *k = &d->curves[c];
        s[c].name = c < n ? names[c] : c == n ? "Treat all" : "Treat none";
        s[c].reference = c >= n;
        s[c].value = what ? k->avoided : k->smoothed ? k->smoothed : k->net_benefit;
        s[c].lower = d->n_replicates ? what ? k->avoided_lower : k->lower : NULL;
        s[c].upper = d->n_replicates ? what ? k->avoided_upper : k->upper : NULL;
    }
    if (what) {
        look.y_label = "Net interventions avoided per 100";
        look.y_max = 100;
        look.y_min = -10;
    }
    status =
        ms_plot_decision(d->threshold, d->n_thresholds, s, what ? n : n + 2, &look, ms_cli_figure(args), err);
    free(s);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_forecast_frame frame = {0};
    ms_dca_options o;
    ms_plot_style style;
    ms_dca dca = {0};
    double *thresholds = NULL, at = NAN;
    char *copy = NULL, *text = NULL;
    const char **names = NULL;
    size_t n_names = 0;
    ms_status status = read_options(args, &o, &thresholds, &at, err);
    if (status == MS_OK) status = ms_cli_figure_style(args, &style, err);
    if (status == MS_OK) status = ms_cli_names(args, "risk-probability", &copy, &names, &n_names, err);
    if (status == MS_OK) status = ms_cli_read_forecast(args, names, n_names, true, &frame, err);
    if (status != MS_OK) goto cleanup;
    ms_horizon_outcome outcome = {.n = frame.n, .time = frame.time, .event = frame.event, .at = at};
    status = ms_dca_compute(&outcome, (const double *const *)frame.risk, n_names, &o, &dca, err);
    if (status != MS_OK) ms_error_prefix(err, "%s", ms_args_operand(args, 0));
    if (status == MS_OK)
        status = ms_args_flag(args, "json")
                     ? ms_dca_json(&dca, names, frame.n_dropped, &text, err)
                     : ms_dca_text(&dca, names, frame.n_dropped, ms_args_flag(args, "full"), &text, err);
    if (status == MS_OK) status = draw(args, &dca, names, &style, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
cleanup:
    free(text);
    free(copy);
    free(names);
    free(thresholds);
    ms_dca_clear(&dca);
    ms_forecast_frame_clear(&frame);
    return status;
}

const ms_command ms_command_dca = {
    .group = "survival",
    .name = "dca",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "decision curves: is a model worth using?",
    .details =
        "Net benefit of treating the patients whose predicted probability of the event is at least a "
        "threshold, "
        "for each threshold, beside treating all and treating none (Vickers & Elkin 2006). With --time the "
        "events by --at come from Kaplan-Meier among those treated, with --competing from Aalen-Johansen "
        "(Vickers et al. 2008). Intervals are the bootstrap's, at each threshold. The numbers are those of "
        "R's "
        "dcurves.",
    .example =
        "# two models at three years, with a figure\n"
        "myosurv dca predicted.csv --time os_days --event os_event --risk-probability clinical,network --at "
        "1095 --figure dca.svg\n"
        "# a yes-or-no outcome, thresholds up to one half\n"
        "myosurv dca cohort.csv --event complication --risk-probability risk --thresholds 0:0.5:0.05 --json",
    .options = options,
    .run = run,
};
