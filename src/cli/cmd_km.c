/* myosurv km: Kaplan-Meier curves, the log-rank test and the figure. */
#include "cli/commands.h"
#include "myosurv/plot.h"
#include "myosurv/survival.h"

#include <math.h>
#include <stdlib.h>

static const ms_option options[] = {
    {"time", 't', "COL", "end of follow-up, a number >= 0", true, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", true, false},
    {"group", 'g', "COL", "one curve for each value, and a test between them", false, false},
    {"strata", 0, "COL", "the test compares within each value of this column", false, false},
    {"weights", 'w', "COL", "case weights", false, false},
    {"entry", 0, "COL", "time of entry, when follow-up begins late", false, false},
    {"conf-type", 0, "TYPE", "interval: log (default), log-log, plain, logit, arcsin", false, false},
    {"conf-level", 0, "P", "level of the interval (default 0.95)", false, false},
    {"rho", 0, "R", "weight of the test: 0 log-rank (default), 1 Peto-Peto", false, false},
    {"full", 0, NULL, "print every time with events, too", false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    {"figure", 'f', "FILE", "also draw the curves: .svg, .pdf or .png", false, false},
    {0},
};

typedef struct request {
    ms_surv_columns columns;
    char *event; /* what columns.event points to */
    ms_km_options km;
    double rho;
} request;

static ms_status read_request(const ms_args *args, request *r, ms_error *err) {
    static const char *const types[] = {"log", "log-log", "plain", "logit", "arcsin"};
    size_t type = MS_CONF_LOG;
    r->columns = (ms_surv_columns){.time = ms_args_text(args, "time"),
                                   .entry = ms_args_text(args, "entry"),
                                   .weight = ms_args_text(args, "weights"),
                                   .group = ms_args_text(args, "group"),
                                   .strata = ms_args_text(args, "strata")};
    ms_km_options_default(&r->km);
    ms_status status;
    if ((status = ms_args_choice(args, "conf-type", types, MS_COUNT(types), &type, err)) ||
        (status = ms_args_number(args, "conf-level", &r->km.conf_level, err)) ||
        (status = ms_args_number(args, "rho", &r->rho, err)))
        return status;
    if (!(r->km.conf_level > 0 && r->km.conf_level < 1))
        return ms_error_set(err, MS_EUSAGE, "--conf-level: %g is not between 0 and 1", r->km.conf_level);
    r->km.conf_type = (ms_conf_type)type;
    status = ms_event_split(ms_args_text(args, "event"), &r->event, &r->columns.event_value, err);
    r->columns.event = r->event;
    return status;
}

/* "sex=1" for each group; "all" when there is one curve. names[] holds n texts to be freed. */
static ms_status name_groups(const char *column, const ms_factor *group, char **names, size_t n,
                             ms_error *err) {
    for (size_t i = 0; i < n; i++) {
        ms_buffer name;
        ms_buffer_init(&name);
        if (column)
            ms_buffer_printf(&name, "%s=%s", column, group->levels[i]);
        else
            ms_buffer_append(&name, "all");
        names[i] = name.data;
        if (ms_buffer_failed(&name)) return ms_error_nomem(err);
    }
    return MS_OK;
}

static ms_status draw(const ms_km *km, char *const *names, const ms_logrank *logrank, const char *time,
                      const char *path, ms_error *err) {
    ms_plot_km_options look;
    char note[64];
    ms_plot_curve *curves = ms_calloc(km->n_groups, sizeof *curves);
    if (!curves) return ms_error_nomem(err);
    for (size_t g = 0; g < km->n_groups; g++) {
        const ms_km_curve *c = &km->curves[g];
        curves[g] = (ms_plot_curve){.name = names[g],
                                    .n = c->n_times,
                                    .time = c->time,
                                    .surv = c->surv,
                                    .lower = c->lower,
                                    .upper = c->upper,
                                    .n_risk = c->n_risk,
                                    .n_censor = c->n_censor,
                                    .total = c->n_times ? c->n_risk[0] : 0};
    }
    ms_plot_km_options_default(&look);
    look.x_label = time;
    if (logrank) {
        const char *test = logrank->rho == 0 ? "log-rank" : "G-rho";
        bool small = logrank->p < 0.0001;
        (void)ms_text_format(note, sizeof note, small ? "%s p < 0.0001" : "%s p = %.2g", test, logrank->p);
        look.note = note;
    }
    ms_status status = ms_plot_km(curves, km->n_groups, &look, path, err);
    free(curves);
    return status;
}

/* The test, where there is one: several groups, no weights. */
static ms_status test_groups(const ms_surv_frame *frame, double rho, ms_logrank *logrank, bool *tested,
                             ms_error *err) {
    *tested = frame->group.n_levels > 1 && !frame->weight;
    if (frame->group.n_levels > 1 && frame->weight)
        ms_log(MS_LOG_WARNING, "no log-rank test with weights: only the curves are weighted");
    if (!*tested) return MS_OK;
    return ms_logrank_test(&frame->data, frame->group.codes, frame->group.n_levels, rho, logrank, err);
}

static ms_status fit_and_show(const ms_args *args, const request *r, const ms_surv_frame *frame,
                              ms_error *err) {
    ms_km km = {0};
    ms_logrank logrank = {0};
    bool tested = false;
    char *text = NULL;
    size_t n = frame->group.n_levels ? frame->group.n_levels : 1;
    char **names = ms_calloc(n, sizeof *names);
    const char *figure = ms_args_text(args, "figure");
    ms_status status = names ? MS_OK : ms_error_nomem(err);
    if (status || (status = name_groups(r->columns.group, &frame->group, names, n, err)) ||
        (status = ms_km_fit(&frame->data, frame->group.codes, n, &r->km, &km, err)) ||
        (status = test_groups(frame, r->rho, &logrank, &tested, err)))
        goto cleanup;
    const char *const *shown = (const char *const *)names;
    const ms_logrank *test = tested ? &logrank : NULL;
    status = ms_args_flag(args, "json")
                 ? ms_km_json(&km, shown, test, frame->n_dropped, &text, err)
                 : ms_km_text(&km, shown, test, frame->n_dropped, ms_args_flag(args, "full"), &text, err);
    if (status) goto cleanup;
    if (figure && !ms_args_dry_run(args) && (status = draw(&km, names, test, r->columns.time, figure, err)))
        goto cleanup;
    fputs(text, stdout);
cleanup:
    for (size_t i = 0; names && i < n; i++) free(names[i]);
    free(names);
    free(text);
    ms_logrank_clear(&logrank);
    ms_km_clear(&km);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_table *table = NULL;
    ms_surv_frame frame = {0};
    request r = {0};
    ms_status status = read_request(args, &r, err);
    if (!status) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (!status) status = ms_surv_frame_read(table, &r.columns, &frame, err);
    if (!status) status = fit_and_show(args, &r, &frame, err);
    ms_surv_frame_clear(&frame);
    ms_table_free(table);
    free(r.event);
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
        "that is used are left out and counted. Standard errors are Greenwood's; rmean is the mean survival "
        "time up to the longest follow-up. The numbers are those of R's survfit and survdiff.",
    .example = "# survival by sarcopenia, with a figure\n"
               "myosurv km cohort.csv --time os_days --event os_event --group sarcopenia --figure os.svg\n"
               "# an event column with words in it, every number as JSON\n"
               "myosurv km cohort.csv --time os_days --event status=dead --json",
    .options = options,
    .run = run,
};
