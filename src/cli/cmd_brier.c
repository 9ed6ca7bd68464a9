/* myosurv brier: prediction error at times. */
#include "cli/commands.h"
#include "cli/figure_cli.h"
#include "cli/prediction_cli.h"
#include "cli/survival_cli.h"
#include "myosurv/plot_prediction.h"

#include <stdlib.h>

static const ms_option options[] = {
    MS_PREDICTION_OPTIONS,
    {"convention", 0, "NAME", "riskregression (default) or sksurv: the weight of an event", false, false},
    {"censoring-model", 0, "TERMS", "weights from a Cox model of censoring, as \"age + sex\"", false, false},
    {"conservative", 0, NULL, "standard errors that take the weights as known", false, false},
    {"conf-level", 0, "P", "level of the intervals (default 0.95)", false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    MS_FIGURE_OPTIONS("the prediction error over time"),
    {0},
};

/* A score is followed through so many times of follow-up at most; fewer with very many patients, for the time
 * it takes. */
static size_t most_times(size_t n) {
    size_t most = 50000000 / n;
    return most > 1000 ? 1000 : most < 100 ? 100 : most;
}

typedef struct result {
    ms_cli_predictions p;
    ms_brier *at;    /* [n_models] at the times asked for */
    ms_brier *curve; /* [n_models] over follow-up, for scores; else NULL */
} result;

static void clear_all(ms_brier *b, size_t n) {
    for (size_t m = 0; b && m < n; m++) ms_brier_clear(&b[m]);
    free(b);
}

static ms_status read_options(const ms_args *args, ms_brier_options *o, ms_error *err) {
    ms_brier_options_default(o);
    ms_status status = ms_cli_convention(args, 2, &o->convention, err);
    if (!status) status = ms_cli_conf_level(args, &o->conf_level, err);
    o->conservative = ms_args_flag(args, "conservative");
    return status;
}

/* Scores predict at every time: their integrals are over all of follow-up up to the last time asked for. */
static ms_status follow(result *r, const ms_brier_options *o, ms_error *err) {
    const ms_cli_predictions *p = &r->p;
    double *times = NULL;
    size_t n = 0;
    r->curve = ms_calloc(p->n_models, sizeof *r->curve);
    if (!r->curve) return ms_error_nomem(err);
    ms_status status = ms_prediction_times(&p->frame.outcome, p->times[p->n_times - 1],
                                           most_times(p->frame.n), &times, &n, err);
    for (size_t m = 0; m < p->n_models && !status; m++) {
        status =
            ms_brier_curve(&p->frame.outcome, p->score[m], times, n, &p->frame.ipcw, o, &r->curve[m], err);
        if (!status) r->at[m].integral = r->curve[m].integral;
    }
    free(times);
    return status;
}

static ms_status compute(result *r, const ms_brier_options *o, ms_error *err) {
    const ms_cli_predictions *p = &r->p;
    ms_status status = MS_OK;
    r->at = ms_calloc(p->n_models, sizeof *r->at);
    if (!r->at) return ms_error_nomem(err);
    for (size_t m = 0; m < p->n_models && !status; m++)
        status = ms_brier_compute(&p->frame.outcome, p->risk[m], p->times, p->n_times, &p->frame.ipcw, o,
                                  &r->at[m], err);
    return !status && p->score[0] ? follow(r, o, err) : status;
}

/* x, y and bounds of a model's scores (the reference's: y alone), from memory[4 n_times]. */
static ms_plot_band band_of(const ms_brier *b, const char *name, bool reference, bool bounds,
                            double *memory) {
    size_t n = b->n_times;
    double *x = memory, *y = memory + n, *lower = memory + 2 * n, *upper = memory + 3 * n;
    for (size_t k = 0; k < n; k++) {
        x[k] = b->rows[k].time;
        y[k] = reference ? b->rows[k].reference : b->rows[k].brier;
        lower[k] = b->rows[k].lower;
        upper[k] = b->rows[k].upper;
    }
    return (ms_plot_band){.name = name,
                          .n = n,
                          .x = x,
                          .y = y,
                          .lower = bounds ? lower : NULL,
                          .upper = bounds ? upper : NULL,
                          .marks = bounds};
}

static ms_status draw(const result *r, const char *x_label, const ms_plot_style *style, const char *path,
                      ms_error *err) {
    const ms_brier *from = r->curve ? r->curve : r->at;
    size_t n = r->p.n_models, memory = 4 * from[0].n_times;
    ms_plot_band *bands = ms_calloc(n + 1, sizeof *bands);
    double *values = ms_calloc((n + 1) * memory, sizeof *values);
    ms_plot_bands_options look;
    ms_status status = bands && values ? MS_OK : ms_error_nomem(err);
    ms_plot_bands_options_default(&look);
    look.x_label = x_label;
    look.y_label = "Brier score";
    look.y_min = 0;
    look.style = style;
    if (!status) {
        for (size_t m = 0; m < n; m++)
            bands[m] = band_of(&from[m], r->p.names[m], false, !r->curve, values + m * memory);
        bands[n] = band_of(&from[0], "Reference (same risk for all)", true, false, values + n * memory);
        status = ms_plot_bands(bands, n + 1, &look, path, err);
    }
    free(bands);
    free(values);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    result r = {0};
    ms_brier_options o;
    ms_plot_style style = {0};
    char *text = NULL;
    ms_status status = read_options(args, &o, err);
    if (status || (status = ms_cli_figure_style(args, &style, err)) ||
        (status = ms_cli_read_predictions(args, true, &r.p, err)) || (status = compute(&r, &o, err)))
        goto cleanup;
    const char *const *names = (const char *const *)r.p.names, *figure = ms_cli_figure(args);
    size_t n = r.p.n_models, n_dropped = r.p.frame.n_dropped;
    status = ms_args_flag(args, "json") ? ms_brier_json(r.at, names, n, n_dropped, &text, err)
                                        : ms_brier_text(r.at, names, n, n_dropped, &text, err);
    if (!status && figure) status = draw(&r, ms_args_text(args, "time"), &style, figure, err);
    if (!status) status = ms_cli_print(text, err);
cleanup:
    free(text);
    clear_all(r.at, r.p.n_models);
    clear_all(r.curve, r.p.n_models);
    ms_cli_predictions_clear(&r.p);
    return status;
}

const ms_command ms_command_brier = {
    .group = "survival",
    .name = "brier",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Brier score of predicted survival, beside a reference",
    .details =
        "The mean squared distance between what happened by a time and the probability that was predicted, "
        "weighted for censoring: 0 is perfect, 0.25 a coin. The reference gives every patient the same "
        "probability (Kaplan-Meier, Aalen-Johansen with --competing); scaled is 1 - Brier / reference (IPA). "
        "--survival takes the columns that `myosurv predict --at` writes. With --risk, a log hazard ratio, "
        "probabilities come from the baseline hazard that fits this very table: an apparent performance. "
        "Integrated: step as pec's crps and riskRegression's IBS, trapezium as scikit-survival; over the "
        "columns' times, or with --risk over all of follow-up up to the last of --times.",
    .example =
        "# the survival that predict wrote, at all its times\n"
        "myosurv brier predicted.csv --time os_days --event os_event --survival 'survival_*'\n"
        "# two scores, and the prediction error curve\n"
        "myosurv brier predicted.csv -t os_days -e os_event -r risk,risk2 -T 365,1095 --figure error.svg",
    .options = options,
    .run = run,
};
