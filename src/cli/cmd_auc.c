/* myosurv auc: time-dependent ROC curves and their areas. */
#include "cli/commands.h"
#include "cli/figure_cli.h"
#include "cli/prediction_cli.h"
#include "cli/survival_cli.h"
#include "myosurv/plot_prediction.h"

#include <math.h>
#include <stdlib.h>

static const ms_option options[] = {
    MS_PREDICTION_OPTIONS,
    {"convention", 0, "NAME", "riskregression (default), sksurv or timeroc (see below)", false, false},
    {"censoring-model", 0, "TERMS", "weights from a Cox model of censoring, as \"age + sex\"", false, false},
    {"conservative", 0, NULL, "standard errors that take the weights as known", false, false},
    {"cutpoint", 0, "C",
     "also sensitivity, specificity, PPV and NPV of a marker above C (below, with --reverse)", false, false},
    {"reverse", 0, NULL, "a higher value means a later event", false, false},
    {"conf-level", 0, "P", "level of the intervals (default 0.95)", false, false},
    {"json", 0, NULL, "JSON with 17 digits, and the ROC curves", false, false},
    {"band", 0, NULL, "also a band that holds for all times at once (2000 draws, --seed)", false, false},
    {"figure-over-time", 0, "FILE", "draw AUC(t) over time with its band: .svg, .pdf or .png", false, false},
    MS_FIGURE_OPTIONS("the ROC curves"),
    {0},
};

enum { GRID = 60, DRAWS = 2000 };

static ms_status read_options(const ms_args *args, ms_auc_options *o, ms_error *err) {
    ms_auc_options_default(o);
    ms_status status = ms_cli_convention(args, 3, &o->convention, err);
    if (!status) status = ms_args_number(args, "cutpoint", &o->cutpoint, err);
    if (!status) status = ms_cli_conf_level(args, &o->conf_level, err);
    o->reverse = ms_args_flag(args, "reverse");
    o->conservative = ms_args_flag(args, "conservative");
    return status;
}

static ms_status compute(const ms_cli_predictions *p, const double *times, size_t n_times,
                         const ms_auc_options *o, ms_auc *auc, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t m = 0; m < p->n_models && !status; m++) {
        bool per_time = !p->score[m];
        status = ms_auc_compute(&p->frame.outcome, per_time ? p->risk[m] : p->score[m], per_time, times,
                                n_times, &p->frame.ipcw, o, &auc[m], err);
    }
    return status;
}

static ms_status add_bands(const ms_args *args, ms_auc *auc, size_t n, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t m = 0; m < n && ms_args_flag(args, "band") && !status; m++)
        status = ms_auc_band(&auc[m], DRAWS, ms_args_seed(args), err);
    return status;
}

static void clear_all(ms_auc *auc, size_t n) {
    for (size_t m = 0; auc && m < n; m++) ms_auc_clear(&auc[m]);
    free(auc);
}

static ms_status draw_roc(const ms_cli_predictions *p, const ms_auc *auc, const ms_plot_style *style,
                          const char *path, ms_error *err) {
    size_t most = p->n_models * p->n_times, n = 0;
    ms_plot_roc_curve *curves = ms_calloc(most, sizeof *curves);
    char(*names)[160] = ms_calloc(most, sizeof *names);
    ms_status status = curves && names ? MS_OK : ms_error_nomem(err);
    for (size_t m = 0; m < p->n_models && !status; m++)
        for (size_t k = 0; k < p->n_times; k++) {
            const ms_auc_row *row = &auc[m].rows[k];
            const ms_auc_value *v = &row->all;
            if (row->state) continue;
            (void)ms_text_format(names[n], sizeof names[n], "%.60s%st = %g: AUC %.2f (%.2f to %.2f)",
                                 p->n_models > 1 ? p->names[m] : "", p->n_models > 1 ? ", " : "", row->time,
                                 v->auc, v->lower, v->upper);
            curves[n] = (ms_plot_roc_curve){names[n], row->n_points, row->fpr, row->tpr};
            n++;
        }
    if (!status && n == 0)
        status = ms_error_set(err, MS_EINPUT, "%s: there is no ROC curve to draw: %s", path,
                              ms_prediction_why(auc[0].rows[0].state));
    if (!status) status = ms_plot_roc(curves, n, NULL, style, path, err);
    free(curves);
    free(names);
    return status;
}

/* Arrays for a band, [n_times] each. */
static void fill_band(const ms_auc *auc, const char *name, double *memory, ms_plot_band *band) {
    size_t n = auc->n_times;
    double *x = memory, *y = memory + n, *lower = memory + 2 * n, *upper = memory + 3 * n;
    for (size_t k = 0; k < n; k++) {
        x[k] = auc->rows[k].time;
        y[k] = auc->rows[k].all.auc;
        bool whole = !isnan(auc->band_critical);
        lower[k] = whole ? auc->rows[k].band_lower : auc->rows[k].all.lower;
        upper[k] = whole ? auc->rows[k].band_upper : auc->rows[k].all.upper;
    }
    *band = (ms_plot_band){.name = name, .n = n, .x = x, .y = y, .lower = lower, .upper = upper};
}

static ms_status draw_bands(const ms_cli_predictions *p, const ms_auc *auc, const char *x_label,
                            const ms_plot_style *style, const char *path, ms_error *err) {
    ms_plot_bands_options look;
    size_t n = auc[0].n_times;
    ms_plot_band *bands = ms_calloc(p->n_models, sizeof *bands);
    double *memory = ms_calloc(4 * n * p->n_models, sizeof *memory);
    ms_status status = bands && memory ? MS_OK : ms_error_nomem(err);
    ms_plot_bands_options_default(&look);
    look.x_label = x_label;
    look.y_label = "AUC(t)";
    look.reference = 0.5;
    look.y_max = 1;
    look.style = style;
    for (size_t m = 0; m < p->n_models && !status; m++) {
        fill_band(&auc[m], p->names[m], memory + 4 * n * m, &bands[m]);
        bands[m].marks = !p->score[m];
    }
    if (!status) status = ms_plot_bands(bands, p->n_models, &look, path, err);
    free(bands);
    free(memory);
    return status;
}

/* A score has an AUC at any time: many. Predictions at times have theirs. */
static ms_status draw_over_time(const ms_args *args, const ms_cli_predictions *p, const ms_auc *auc,
                                const ms_auc_options *o, const ms_plot_style *style, ms_error *err) {
    const char *path = ms_args_text(args, "figure-over-time");
    double *times = NULL;
    size_t n = 0;
    ms_auc *over = NULL;
    ms_auc_options plain = *o;
    if (!path || ms_args_dry_run(args)) return MS_OK;
    if (!p->score[0]) return draw_bands(p, auc, ms_args_text(args, "time"), style, path, err);
    plain.curves = false;
    ms_status status = ms_prediction_grid(&p->frame.outcome, GRID, &times, &n, err);
    if (!status && n < 2) status = ms_error_set(err, MS_EINPUT, "%s: events at one time only", path);
    if (!status && !(over = ms_calloc(p->n_models, sizeof *over))) status = ms_error_nomem(err);
    if (!status) status = compute(p, times, n, &plain, over, err);
    if (!status) status = add_bands(args, over, p->n_models, err);
    if (!status) status = draw_bands(p, over, ms_args_text(args, "time"), style, path, err);
    clear_all(over, p->n_models);
    free(times);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_cli_predictions p = {0};
    ms_auc_options o;
    ms_plot_style style = {0};
    ms_auc *auc = NULL;
    char *text = NULL;
    ms_status status = read_options(args, &o, err);
    if (status || (status = ms_cli_figure_style(args, &style, err)) ||
        (status = ms_cli_read_predictions(args, false, &p, err)))
        goto cleanup;
    if (o.reverse && !p.score[0]) {
        status = ms_error_set(err, MS_EUSAGE, "--reverse is for a score, not for probabilities");
        goto cleanup;
    }
    auc = ms_calloc(p.n_models, sizeof *auc);
    status = auc ? compute(&p, p.times, p.n_times, &o, auc, err) : ms_error_nomem(err);
    if (!status) status = add_bands(args, auc, p.n_models, err);
    if (status) goto cleanup;
    const char *const *names = (const char *const *)p.names, *figure = ms_cli_figure(args);
    status = ms_args_flag(args, "json") ? ms_auc_json(auc, names, p.n_models, p.frame.n_dropped, &text, err)
                                        : ms_auc_text(auc, names, p.n_models, p.frame.n_dropped, &text, err);
    if (!status && figure) status = draw_roc(&p, auc, &style, figure, err);
    if (!status) status = draw_over_time(args, &p, auc, &o, &style, err);
    if (!status) status = ms_cli_print(text, err);
cleanup:
    free(text);
    clear_all(auc, p.n_models);
    ms_cli_predictions_clear(&p);
    return status;
}

const ms_command ms_command_auc = {
    .group = "survival",
    .name = "auc",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "ROC curves and AUC at times, with standard errors",
    .details =
        "How well does a prediction tell those who have the event by a time t from those who are followed "
        "beyond it (cumulative/dynamic AUC)? Patients censored before t are made up for by weights, the "
        "inverse of the Kaplan-Meier chance to be uncensored. Standard errors are from influence functions; "
        "two markers are compared on the same patients. Conventions: riskregression (Score) counts an event "
        "exactly at t as a case; timeroc leaves it out; sksurv (scikit-survival) weights by the chance just "
        "after the event in place of just before. With --competing the controls are all without the event; "
        "AUC* takes those free of any event (timeROC's AUC_1).",
    .example = "# at one and three years, with the ROC curves\n"
               "myosurv auc predicted.csv --time os_days --event os_event --risk risk --times 365,1095 "
               "--figure roc.svg\n"
               "# two markers on the same patients, and AUC(t) over time\n"
               "myosurv auc cohort.csv -t os_days -e os_event -r risk,age_years -T 365 --figure-over-time "
               "auc.svg",
    .options = options,
    .run = run,
};
