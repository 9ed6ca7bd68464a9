/* myosurv calibrate: do patients have the event as often as was predicted? */
#include "cli/commands.h"
#include "cli/figure_cli.h"
#include "cli/prediction_cli.h"
#include "cli/survival_cli.h"
#include "myosurv/plot_prediction.h"

#include <math.h>
#include <stdlib.h>

static const ms_option options[] = {
    MS_PREDICTION_OPTIONS,
    {"groups", 0, "N", "patients in N groups by quantiles of the prediction (default 10; 0: none)", false,
     false},
    {"knots", 0, "K", "knots of the smooth curve, 3 (default) to 7; 0: a straight line", false, false},
    {"bins", 0, "N", "bins of D-calibration (default 10; 0: no test)", false, false},
    {"conf-level", 0, "P", "level of the intervals (default 0.95)", false, false},
    {"json", 0, NULL, "JSON with 17 digits, and the smooth curve", false, false},
    MS_FIGURE_OPTIONS("the calibration at one time"),
    {0},
};

/* A curve through fewer columns than that says nothing about D-calibration. */
enum { LEAST_TIMES = 3 };

typedef struct result {
    ms_cli_predictions p;
    ms_calibration *at; /* [n_times] */
    ms_dcalibration d;
    bool tested;
} result;

static void result_clear(result *r) {
    for (size_t k = 0; r->at && k < r->p.n_times; k++) ms_calibration_clear(&r->at[k]);
    free(r->at);
    ms_dcalibration_clear(&r->d);
    ms_cli_predictions_clear(&r->p);
}

static ms_status read_options(const ms_args *args, ms_calibrate_options *o, size_t *bins, ms_error *err) {
    ms_calibrate_options_default(o);
    *bins = 10;
    ms_status status = ms_args_size(args, "groups", &o->n_groups, err);
    if (!status) status = ms_args_size(args, "knots", &o->n_knots, err);
    if (!status) status = ms_args_size(args, "bins", bins, err);
    return status ? status : ms_cli_conf_level(args, &o->conf_level, err);
}

/* Over the whole predicted curve: the score's own, or straight lines between the columns' times. */
static ms_status test_distribution(result *r, size_t bins, ms_error *err) {
    const ms_cli_predictions *p = &r->p;
    const ms_outcome *o = &p->frame.outcome;
    double *survival = ms_calloc(o->n, sizeof *survival);
    uint8_t *seen = ms_calloc(o->n, 1);
    ms_outcome cut = {.n = o->n, .time = o->time, .status = p->score[0] ? o->status : seen};
    ms_status status = survival && seen ? MS_OK : ms_error_nomem(err);
    if (!status)
        status = p->score[0] ? ms_survival_from_score(o, p->score[0], survival, err)
                             : ms_survival_between(o, p->risk[0], p->times, p->n_times, survival, seen, err);
    if (!status) status = ms_dcalibration_test(&cut, survival, bins, &r->d, err);
    r->tested = !status;
    free(survival);
    free(seen);
    return status;
}

static ms_status compute(result *r, const ms_calibrate_options *o, size_t bins, ms_error *err) {
    const ms_cli_predictions *p = &r->p;
    ms_status status = MS_OK;
    if (p->n_models != 1)
        return ms_error_set(err, MS_EUSAGE, "one model at a time: %zu were given", p->n_models);
    r->at = ms_calloc(p->n_times, sizeof *r->at);
    if (!r->at) return ms_error_nomem(err);
    for (size_t k = 0; k < p->n_times && !status; k++)
        status = ms_calibrate(&p->frame.outcome, p->risk[0] + k * p->frame.n, p->times[k], o, &r->at[k], err);
    if (status || bins == 0 || p->frame.competing) return status;
    if (!p->score[0] && p->n_times < LEAST_TIMES) {
        ms_log(MS_LOG_INFO, "no D-calibration: it needs the predicted curve, at %d times at least",
               LEAST_TIMES);
        return MS_OK;
    }
    return test_distribution(r, bins, err);
}

/* "slope 0.93 (0.47 to 1.39)" */
static void add_estimate(ms_buffer *note, const char *name, const ms_estimate *e) {
    if (!isnan(e->value))
        ms_buffer_printf(note, "\n%s %.2f (%.2f to %.2f)", name, e->value, e->lower, e->upper);
}

static ms_status draw(const result *r, const ms_plot_style *style, const char *path, ms_error *err) {
    const ms_calibration *c = &r->at[0];
    size_t n = c->n_groups;
    ms_buffer note;
    char x_label[96];
    double *values = ms_calloc(4 * n + 1, sizeof *values);
    if (!values) return ms_error_nomem(err);
    for (size_t g = 0; g < n; g++) {
        values[g] = c->groups[g].predicted;
        values[n + g] = c->groups[g].observed;
        values[2 * n + g] = c->groups[g].lower;
        values[3 * n + g] = c->groups[g].upper;
    }
    ms_buffer_init(&note);
    if (!isnan(c->ici)) ms_buffer_printf(&note, "ICI %.3f, E90 %.3f", c->ici, c->e90);
    add_estimate(&note, "Slope", &c->slope);
    add_estimate(&note, "Intercept", &c->intercept);
    add_estimate(&note, "O/E", &c->ratio);
    (void)ms_text_format(x_label, sizeof x_label, "Predicted probability of the event by %g", c->time);
    const char *text = note.data && note.data[0] == '\n' ? note.data + 1 : note.data;
    ms_plot_calibration_input input = {.n_groups = n,
                                       .predicted = values,
                                       .observed = values + n,
                                       .lower = values + 2 * n,
                                       .upper = values + 3 * n,
                                       .n_grid = c->n_grid,
                                       .grid = c->grid,
                                       .smooth = c->smooth,
                                       .smooth_lower = c->smooth_lower,
                                       .smooth_upper = c->smooth_upper,
                                       .n = r->p.frame.n,
                                       .p = r->p.risk[0],
                                       .note = text,
                                       .x_label = x_label,
                                       .y_label = "Observed proportion"};
    ms_status status =
        ms_buffer_failed(&note) ? ms_error_nomem(err) : ms_plot_calibration(&input, style, path, err);
    ms_buffer_clear(&note);
    free(values);
    return status;
}

static ms_status check_figure(const ms_args *args, const result *r, ms_error *err) {
    if (!ms_cli_figure(args)) return MS_OK;
    if (r->p.n_times > 1)
        return ms_error_set(err, MS_EUSAGE, "--figure draws one time: give --times T (there are %zu)",
                            r->p.n_times);
    return MS_OK;
}

static ms_status run(const ms_args *args, ms_error *err) {
    result r = {0};
    ms_calibrate_options o;
    ms_plot_style style = {0};
    size_t bins;
    char *text = NULL;
    ms_status status = read_options(args, &o, &bins, err);
    if (status || (status = ms_cli_figure_style(args, &style, err)) ||
        (status = ms_cli_read_predictions(args, true, &r.p, err)) || (status = check_figure(args, &r, err)) ||
        (status = compute(&r, &o, bins, err)))
        goto cleanup;
    const ms_dcalibration *d = r.tested ? &r.d : NULL;
    size_t n_dropped = r.p.frame.n_dropped;
    status = ms_args_flag(args, "json") ? ms_calibration_json(r.at, r.p.n_times, d, n_dropped, &text, err)
                                        : ms_calibration_text(r.at, r.p.n_times, d, n_dropped, &text, err);
    if (!status && ms_cli_figure(args)) status = draw(&r, &style, ms_cli_figure(args), err);
    if (!status) status = ms_cli_print(text, err);
cleanup:
    free(text);
    result_clear(&r);
    return status;
}

const ms_command ms_command_calibrate = {
    .group = "survival",
    .name = "calibrate",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "calibration of predicted survival at a time",
    .details =
        "Do patients who were given a risk of 20% have the event in 20% of cases? In groups by quantiles of "
        "the prediction (observed: Kaplan-Meier, or Aalen-Johansen with --competing) and by a smooth curve: "
        "Cox regression on a restricted cubic spline of log(-log(1 - p)), of which ICI, E50 and E90 are the "
        "mean, median and 90% quantile of the distance (Austin, Harrell & van Klaveren 2020). Intercept (0 "
        "is "
        "perfect) and slope (1 is perfect; below: predictions too extreme) are from pseudo-values at the "
        "time. "
        "D-calibration tests the whole predicted curve (Haider et al. 2020). With --risk, probabilities come "
        "from the baseline hazard that fits this very table, so that only the slope and the shape are news.",
    .example = "# at three years, with the figure\n"
               "myosurv calibrate predicted.csv --time os_days --event os_event --survival 'survival_*' "
               "--times 1095 --figure calibration.svg\n"
               "# all times that predict wrote, five groups\n"
               "myosurv calibrate predicted.csv -t os_days -e os_event -s 'survival_*' --groups 5 --json",
    .options = options,
    .run = run,
};
