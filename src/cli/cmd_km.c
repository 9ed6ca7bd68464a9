/* myosurv km: survival curves, tests between them and the figure. */
#include "cli/commands.h"
#include "cli/km_cli.h"
#include "cli/survival_cli.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"time", 't', "COL", "end of follow-up, a number >= 0", false, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", false, false},
    {"interval", 0, "LEFT,RIGHT", "instead: two columns between which the event lies (Turnbull)", false,
     false},
    {"group", 'g', "COL", "one curve for each value, and a test between them", false, false},
    {"strata", 0, "COL", "the tests compare within each value of this column", false, false},
    {"weights", 'w', "COL", "case weights", false, false},
    {"entry", 0, "COL", "time of entry, when follow-up begins late", false, false},
    {"cluster", 0, "COL", "rows with one value of this column vary together (robust errors)", false, false},
    {"robust", 0, NULL, "robust standard errors in place of Greenwood's", false, false},
    {"no-timefix", 0, NULL, "keep times apart that differ only by rounding", false, false},
    {"conf-type", 0, "TYPE", "interval: log (default), log-log, plain, logit, arcsin", false, false},
    {"conf-level", 0, "P", "level of the interval (default 0.95)", false, false},
    {"stype", 0, "N", "survival: 1 product limit (default), 2 exp(-hazard)", false, false},
    {"ctype", 0, "N", "hazard: 1 Nelson-Aalen (default), 2 tied events in turn (Fleming-Harrington)", false,
     false},
    {"at", 0, "T1,T2,...", "survival at these times", false, false},
    {"quantiles", 0, "P1,P2,...", "times by which these shares have had the event", false, false},
    {"band", 0, "TYPE", "simultaneous band: hall-wellner or equal-precision", false, false},
    {"band-transform", 0, "TYPE", "of the band: log-log (default), plain, arcsin", false, false},
    {"rmean", 0, "T", "mean survival time up to T (default: the longest follow-up)", false, false},
    {"compare-rmean", 0, NULL, "difference and ratio of the groups' mean survival times up to T", false,
     false},
    {"landmark", 0, "T", "only rows at risk after T", false, false},
    {"landmark-clock", 0, "HOW", "keep (default) the time's origin, or reset it to T", false, false},
    {"rho", 0, "R", "weight of the test: 0 log-rank (default), 1 Peto-Peto", false, false},
    {"test", 0, "NAME", "also logrank, gehan, tarone-ware, peto, peto-modified, fh:P,Q", false, true},
    {"permutation", 0, "TIES", "permutation form of the first test: mid-ranks, hothorn-lausen or average",
     false, false},
    {"trend", 0, "SCORES", "test for trend: 'order' (1, 2, 3, ...) or a score for each group", false, false},
    {"pairwise", 0, "METHOD", "each two groups, corrected: holm, bonferroni, BH, none", false, false},
    {"one-sample", 0, "RATE", "observed against expected events at this rate per unit of time", false, false},
    {"expected", 0, "COL", "the same with each row's expected events (cumulative hazard)", false, false},
    {"full", 0, NULL, "print every time with events, too", false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    MS_FIGURE_OPTIONS("the curves"),
    {"figure-fun", 0, "WHAT", "survival (default) or event: 1 - survival", false, false},
    {"figure-percent", 0, NULL, "the vertical axis in percent", false, false},
    {"figure-medians", 0, NULL, "lines at the medians, and the numbers in the legend", false, false},
    {"figure-no-intervals", 0, NULL, "no confidence intervals", false, false},
    {"figure-no-marks", 0, NULL, "no marks where rows are censored", false, false},
    {"figure-tables", 0, "LIST", "below: risk (default), events, censored, none", false, false},
    {"figure-names", 0, "A,B,...", "the curves' names", false, false},
    {"figure-x-label", 0, "TEXT", "title of the time axis (default: the column)", false, false},
    {"figure-y-label", 0, "TEXT", "title of the vertical axis", false, false},
    {"figure-x-max", 0, "T", "end of the time axis", false, false},
    {"figure-x-step", 0, "T", "from mark to mark on it", false, false},
    {0},
};

static ms_status run(const ms_args *args, ms_error *err) {
    ms_km_request request = {0};
    ms_km_result result = {0};
    ms_plot_style style;
    char *text = NULL;
    ms_status status = ms_cli_figure_style(args, &style, err);
    if (status == MS_OK && ms_args_text(args, "interval")) return ms_cli_km_interval(args, &style, err);
    if (status == MS_OK && (!ms_args_text(args, "time") || !ms_args_text(args, "event")))
        return ms_error_set(err, MS_EUSAGE, "missing --%s COL (or --interval LEFT,RIGHT)",
                            ms_args_text(args, "time") ? "event" : "time");
    if (status == MS_OK) status = ms_cli_km_read(args, &request, err);
    if (status == MS_OK) status = ms_cli_km_compute(args, &request, &result, err);
    if (status != MS_OK) goto cleanup;
    const char *figure = ms_cli_figure(args);
    ms_km_report report = ms_cli_km_report(args, &request, &result);
    status = ms_args_flag(args, "json") ? ms_km_report_json(&report, &text, err)
                                        : ms_km_report_text(&report, &text, err);
    if (status == MS_OK && figure) status = ms_cli_km_draw(args, &request, &result, &style, figure, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
cleanup:
    free(text);
    ms_cli_km_clear(&result);
    ms_cli_km_request_clear(&request);
    return status;
}

const ms_command ms_command_km = {
    .group = "survival",
    .name = "km",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "survival curves (Kaplan-Meier, Nelson-Aalen, Turnbull) and tests between them",
    .details = "TABLE is a CSV file with a header row, - for standard input. Rows with a missing value in a "
               "column that is "
               "used are left out and counted. Standard errors are Greenwood's, or robust (infinitesimal "
               "jackknife) with "
               "clusters and with weights that are not whole; rmean is the mean survival time up to the "
               "longest follow-up, or "
               "--rmean. The numbers are those of R's survfit and survdiff; docs/statistics-curves.md has "
               "the R command beside "
               "each option.",
    .example = "# survival by sarcopenia, with a figure for one column of a journal\n"
               "myosurv km cohort.csv --time os_days --event os_event --group sarcopenia --figure os.pdf "
               "--figure-width-mm 84 --figure-font-size 6\n"
               "# mean survival within two years compared, survival at one and two years\n"
               "myosurv km cohort.csv --time os_days --event os_event --group sarcopenia --rmean 730 "
               "--compare-rmean "
               "--at 365,730\n"
               "# an event column with words in it, every number as JSON\n"
               "myosurv km cohort.csv --time os_days --event status=dead --json",
    .options = options,
    .run = run,
};
