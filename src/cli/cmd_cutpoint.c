/* myosurv cutpoint: a number cut into groups, with the p-value that the way of cutting asks for. */
#include "cli/commands.h"
#include "cli/km_cli.h"
#include "cli/list_cli.h"
#include "cli/survival_cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ms_option options[] = {
    {"time", 't', "COL", "end of follow-up, a number >= 0", true, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", true, false},
    {"x", 'x', "COL", "the number to cut", true, false},
    {"method", 'm', "NAME", "maxstat (default), x-tile, median, tertiles, quartiles, value", false, false},
    {"cut", 0, "V1,V2,...", "the cuts of --method value: a row equal to a cut is below it", false, false},
    {"min-prop", 0, "P", "least share of rows in the lower (x-tile: any) group (default 0.1)", false, false},
    {"max-prop", 0, "P", "largest share in the lower group (default 1 - min-prop)", false, false},
    {"permutations", 0, "N", "of maxstat's permutation p-value (default 9999, beyond 20000 rows 0: none)",
     false, false},
    {"train-share", 0, "P", "share of rows in which x-tile searches (default 0.5)", false, false},
    {"n-cuts", 0, "N", "cuts that x-tile searches: 1 (default) or 2", false, false},
    {"no-timefix", 0, NULL, "keep times apart that differ only by rounding", false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    MS_FIGURE_OPTIONS("statistic and curves"),
    {"figure-percent", 0, NULL, "survival in percent", false, false},
    {"figure-x-label", 0, "TEXT", "title of the time axis (default: the column)", false, false},
    {0},
};

typedef enum method { MAXSTAT, XTILE, MEDIAN, TERTILES, QUARTILES, VALUE } method;
static const char *const method_names[] = {"maxstat", "x-tile", "median", "tertiles", "quartiles", "value"};

typedef struct result {
    method method;
    ms_surv_frame frame;
    double *cuts;
    size_t n_cuts;
    size_t *codes;
    char **names;
    ms_km km;
    ms_logrank logrank;
    bool tested;
    ms_maxstat maxstat;
    ms_xtile xtile;
} result;

static void result_clear(result *r) {
    if (r->names) ms_names_free(r->names, r->n_cuts + 1);
    free(r->cuts);
    free(r->codes);
    ms_km_clear(&r->km);
    ms_logrank_clear(&r->logrank);
    ms_maxstat_clear(&r->maxstat);
    ms_xtile_clear(&r->xtile);
    ms_surv_frame_clear(&r->frame);
}

static ms_status cut_maxstat(const ms_args *args, result *r, ms_error *err) {
    ms_maxstat_options o;
    ms_maxstat_options_default(&o);
    if (r->frame.n > 20000) o.permutations = 0; /* minutes; the limit is as good there */
    o.seed = ms_args_seed(args);
    ms_status status = ms_args_number(args, "min-prop", &o.min_prop, err);
    o.max_prop = 1 - o.min_prop;
    if (status == MS_OK) status = ms_args_number(args, "max-prop", &o.max_prop, err);
    if (status == MS_OK) status = ms_args_size(args, "permutations", &o.permutations, err);
    if (status == MS_OK) status = ms_maxstat_compute(&r->frame.data, r->frame.risk, &o, &r->maxstat, err);
    if (status != MS_OK) return status;
    r->cuts = ms_calloc(1, sizeof *r->cuts);
    if (!r->cuts) return ms_error_nomem(err);
    r->cuts[0] = r->maxstat.cut[r->maxstat.best];
    r->n_cuts = 1;
    return MS_OK;
}

static ms_status cut_xtile(const ms_args *args, result *r, ms_error *err) {
    size_t n = 1;
    double share = 0.5, least = 0.1;
    ms_status status = ms_args_size(args, "n-cuts", &n, err);
    if (status == MS_OK) status = ms_args_number(args, "train-share", &share, err);
    if (status == MS_OK) status = ms_args_number(args, "min-prop", &least, err);
    if (status == MS_OK)
        status = ms_xtile_compute(&r->frame.data, r->frame.risk, n, share, least, ms_args_seed(args),
                                  &r->xtile, err);
    if (status != MS_OK) return status;
    r->cuts = ms_calloc(n, sizeof *r->cuts);
    if (!r->cuts) return ms_error_nomem(err);
    memcpy(r->cuts, r->xtile.cuts, n * sizeof *r->cuts);
    r->n_cuts = n;
    return MS_OK;
}

/* Equal shares; cuts that fall together are one, and one that has no row above it is none. */
static ms_status cut_quantiles(result *r, size_t parts, ms_error *err) {
    double most;
    ms_status status = ms_quantile(r->frame.risk, r->frame.n, 1, &most, err);
    if (status != MS_OK) return status;
    r->cuts = ms_calloc(parts, sizeof *r->cuts);
    if (!r->cuts) return ms_error_nomem(err);
    for (size_t k = 1; k < parts && status == MS_OK; k++) {
        double q;
        status = ms_quantile(r->frame.risk, r->frame.n, (double)k / (double)parts, &q, err);
        if (status == MS_OK && q < most && (r->n_cuts == 0 || q > r->cuts[r->n_cuts - 1]))
            r->cuts[r->n_cuts++] = q;
    }
    if (status == MS_OK && r->n_cuts == 0)
        return ms_error_set(err, MS_EINPUT,
                            "too many rows have the same value to cut them there: take --method value");
    return status;
}

static ms_status cut_given(const ms_args *args, result *r, ms_error *err) {
    ms_status status = ms_cli_numbers(args, "cut", &r->cuts, &r->n_cuts, err);
    if (status == MS_OK && r->n_cuts == 0)
        return ms_error_set(err, MS_EUSAGE, "--method value needs --cut V1,V2,...");
    for (size_t k = 0; k + 1 < r->n_cuts && status == MS_OK; k++)
        if (r->cuts[k] >= r->cuts[k + 1])
            return ms_error_set(err, MS_EUSAGE, "--cut: the cuts must go up, but %g comes before %g",
                                r->cuts[k], r->cuts[k + 1]);
    return status;
}

static ms_status find_cuts(const ms_args *args, result *r, ms_error *err) {
    switch (r->method) {
    case MAXSTAT:
        return cut_maxstat(args, r, err);
    case XTILE:
        return cut_xtile(args, r, err);
    case VALUE:
        return cut_given(args, r, err);
    default:
        return cut_quantiles(r, r->method == MEDIAN ? 2 : r->method == TERTILES ? 3 : 4, err);
    }
}

/* "age <= 60", "60 < age <= 70", "age > 70" */
static ms_status make_names(const char *x, result *r, ms_error *err) {
    r->names = ms_calloc(r->n_cuts + 1, sizeof *r->names);
    if (!r->names) return ms_error_nomem(err);
    for (size_t g = 0; g <= r->n_cuts; g++) {
        ms_buffer name;
        ms_buffer_init(&name);
        if (g == 0)
            ms_buffer_printf(&name, "%s \xE2\x89\xA4 %.6g", x, r->cuts[0]);
        else if (g == r->n_cuts)
            ms_buffer_printf(&name, "%s > %.6g", x, r->cuts[g - 1]);
        else
            ms_buffer_printf(&name, "%.6g < %s \xE2\x89\xA4 %.6g", r->cuts[g - 1], x, r->cuts[g]);
        if (ms_buffer_failed(&name)) {
            ms_buffer_clear(&name);
            return ms_error_nomem(err);
        }
        r->names[g] = name.data;
    }
    return MS_OK;
}

static ms_status compute(const ms_args *args, result *r, ms_error *err) {
    size_t chosen = MAXSTAT;
    ms_status status = ms_args_choice(args, "method", method_names, MS_COUNT(method_names), &chosen, err);
    r->method = (method)chosen;
    if (status == MS_OK && r->method != VALUE && ms_args_text(args, "cut"))
        return ms_error_set(err, MS_EUSAGE, "--cut is for --method value");
    if (status == MS_OK) status = ms_cli_read_with_number(args, "x", &r->frame, err);
    if (status == MS_OK) status = find_cuts(args, r, err);
    if (status == MS_OK) status = make_names(ms_args_text(args, "x"), r, err);
    if (status != MS_OK) return status;
    r->codes = ms_calloc(r->frame.n, sizeof *r->codes);
    if (!r->codes) return ms_error_nomem(err);
    ms_cut_groups(r->frame.risk, r->frame.n, r->cuts, r->n_cuts, r->codes);
    status = ms_km_fit(&r->frame.data, r->codes, r->n_cuts + 1, NULL, &r->km, err);
    r->tested = r->method != MAXSTAT && r->method != XTILE;
    if (status == MS_OK && r->tested)
        status = ms_logrank_test(&r->frame.data, r->codes, r->n_cuts + 1, 0, &r->logrank, err);
    return status;
}

static void make_note(const result *r, char note[128]) {
    const char *what = "Log-rank";
    double p = r->logrank.p;
    if (r->method == MAXSTAT) {
        what = "Corrected for the search:";
        p = r->maxstat.p[MS_MAXSTAT_EXACT_GAUSS];
    } else if (r->method == XTILE) {
        what = "In the rows kept aside:";
        p = r->xtile.p;
    }
    (void)ms_text_format(note, 128,
                         p < 0.0001 ? "%s p < 0.0001"
                         : p < 0.01 ? "%s p = %.2g"
                                    : "%s p = %.2f",
                         what, p);
}

static ms_status draw(const ms_args *args, const result *r, const ms_plot_style *style, const char *path,
                      ms_error *err) {
    size_t n = r->km.n_groups;
    char note[128];
    ms_plot_km_options look;
    ms_plot_curve *curves = ms_calloc(n, sizeof *curves);
    if (!curves) return ms_error_nomem(err);
    ms_plot_km_options_default(&look);
    look.style = style;
    look.percent = ms_args_flag(args, "figure-percent");
    look.x_label = ms_args_text(args, "figure-x-label");
    if (!look.x_label) look.x_label = ms_args_text(args, "time");
    make_note(r, note);
    look.note = note;
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
                                    .total = c->n_times ? c->n_risk[0] : 0,
                                    .n_event = c->n_event,
                                    .median = c->median};
    }
    ms_plot_cut cut = {.n = r->maxstat.n_cuts,
                       .cut = r->maxstat.cut,
                       .statistic = r->maxstat.statistic,
                       .critical = r->maxstat.critical,
                       .chosen = r->cuts,
                       .n_chosen = r->n_cuts,
                       .x_label = ms_args_text(args, "x")};
    ms_status status = ms_plot_cutpoint(&cut, curves, n, &look, path, err);
    free(curves);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    result r = {0};
    ms_plot_style style;
    char *text = NULL;
    ms_status status = ms_cli_figure_style(args, &style, err);
    if (status == MS_OK) status = compute(args, &r, err);
    if (status != MS_OK) goto cleanup;
    const char *figure = ms_cli_figure(args);
    ms_cut_report report = {.method = method_names[r.method],
                            .x = ms_args_text(args, "x"),
                            .cuts = r.cuts,
                            .n_cuts = r.n_cuts,
                            .km = &r.km,
                            .names = (const char *const *)r.names,
                            .logrank = r.tested ? &r.logrank : NULL,
                            .maxstat = r.method == MAXSTAT ? &r.maxstat : NULL,
                            .xtile = r.method == XTILE ? &r.xtile : NULL,
                            .n_dropped = r.frame.n_dropped};
    status = ms_cutpoint_report(&report, ms_args_flag(args, "json"), &text, err);
    if (status == MS_OK && figure) status = draw(args, &r, &style, figure, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
cleanup:
    free(text);
    result_clear(&r);
    return status;
}

const ms_command ms_command_cutpoint = {
    .group = "survival",
    .name = "cutpoint",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "cut a number into groups by survival, with a p-value that knows of the search",
    .details = "TABLE is a CSV file with a header row, - for standard input. maxstat takes the cut with the "
               "largest log-rank "
               "statistic; its p-values are corrected for having looked at every cut. x-tile searches in one "
               "part of the rows and "
               "tests in the other. median, tertiles, quartiles and value do not look at survival, so their "
               "log-rank test "
               "stands as it is. A row equal to a cut is below it.",
    .example =
        "# the cut of muscle index that separates survival best, and what that is worth\n"
        "myosurv cutpoint cohort.csv --time os_days --event os_event --x smi --figure cut.svg\n"
        "# two cuts searched in half of the rows, tested in the other half\n"
        "myosurv cutpoint cohort.csv --time os_days --event os_event --x smi --method x-tile --n-cuts 2",
    .options = options,
    .run = run,
};
