/* myosurv cindex: concordance of a risk with survival times. */
#include "cli/commands.h"
#include "cli/survival_cli.h"

#include <math.h>
#include <stdlib.h>

static const ms_option options[] = {
    {"time", 't', "COL", "end of follow-up, a number >= 0", true, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", true, false},
    {"risk", 'r', "COL", "the risk: higher means an earlier event (see --reverse)", true, false},
    {"method", 'm', "NAME", "harrell (default), uno or ipcw: how pairs are weighted", false, false},
    {"tau", 0, "T", "events after this time do not count", false, false},
    {"reverse", 0, NULL, "a higher value means a later event", false, false},
    {"strata", 0, "COL", "only pairs with the same value are compared", false, false},
    {"weights", 'w', "COL", "case weights", false, false},
    {"entry", 0, "COL", "time of entry, when follow-up begins late", false, false},
    {"cluster", 0, "COL", "rows with one value of this column vary together", false, false},
    {"no-timefix", 0, NULL, "keep times apart that differ only by rounding", false, false},
    {"conf-level", 0, "P", "level of the interval (default 0.95)", false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    {0},
};

static ms_status read_options(const ms_args *args, ms_concordance_options *o, ms_error *err) {
    static const char *const methods[] = {"harrell", "uno", "ipcw"};
    static const ms_timewt weights[] = {MS_TIMEWT_N, MS_TIMEWT_N_G2, MS_TIMEWT_IPCW};
    size_t method = 0;
    ms_concordance_options_default(o);
    ms_status status = ms_args_choice(args, "method", methods, MS_COUNT(methods), &method, err);
    if (status || (status = ms_args_number(args, "tau", &o->tau, err)) ||
        (status = ms_cli_conf_level(args, &o->conf_level, err)))
        return status;
    o->timewt = weights[method];
    o->reverse = ms_args_flag(args, "reverse");
    return MS_OK;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_surv_frame frame = {0};
    ms_concordance_options o;
    ms_concordance c = {0};
    char *text = NULL;
    ms_status status = read_options(args, &o, err);
    if (status == MS_OK) status = ms_cli_read_survival(args, &frame, err);
    o.cluster = frame.cluster.codes;
    o.n_clusters = frame.cluster.n_levels;
    if (status == MS_OK) status = ms_concordance_compute(&frame.data, frame.risk, &o, &c, err);
    if (status == MS_OK && isnan(c.c))
        status = ms_error_set(
            err, MS_EINPUT,
            "%s: no two rows can be compared: of %zu rows %zu have an event, and none of those is "
            "outlived by another row",
            ms_args_operand(args, 0), c.n, c.n_events);
    if (status == MS_OK)
        status = ms_args_flag(args, "json") ? ms_concordance_json(&c, frame.n_dropped, &text, err)
                                            : ms_concordance_text(&c, frame.n_dropped, &text, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    ms_surv_frame_clear(&frame);
    return status;
}

const ms_command ms_command_cindex = {
    .group = "survival",
    .name = "cindex",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "concordance (C-index) of a risk with survival",
    .details =
        "Of two patients of whom one is known to have had the event first, how often did that one have the "
        "higher risk? 0.5 is chance, 1 perfect order. harrell counts every such pair alike (R: concordance); "
        "uno weights by 1/G(t)^2 and ipcw by 1/(G(t-)G(t)), G the chance not to be censored yet, so that "
        "the result does not depend on how long patients were followed (Uno et al. 2011, Gerds et al. 2013).",
    .example =
        "# how well does a risk order the patients?\n"
        "myosurv cindex predicted.csv --time os_days --event os_event --risk risk\n"
        "# a marker that protects, events of the first three years\n"
        "myosurv cindex cohort.csv -t os_days -e os_event -r smi_cm2_m2 --reverse --method uno --tau 1095",
    .options = options,
    .run = run,
};
