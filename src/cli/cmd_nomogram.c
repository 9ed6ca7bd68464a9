/* myosurv nomogram: a Cox model as scales to read points from. */
#include "cli/commands.h"
#include "cli/figure_cli.h"
#include "cli/list_cli.h"
#include "cli/survival_cli.h"
#include "myosurv/plot_nomogram.h"
#include "myosurv/survival_nomogram.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"formula", 'f', "FORMULA", "as for cox, e.g. \"Surv(time, status==2) ~ age + sex\"", true, false},
    {"at", 0, "T1,T2,...", "times whose survival is shown", true, false},
    {"ties", 0, "NAME", "tied events: efron (default), breslow", false, false},
    {"weights", 'w', "COL", "case weights", false, false},
    {"json", 0, NULL, "all numbers as JSON on standard output", false, false},
    MS_FIGURE_OPTIONS_AS("the nomogram", 0),
    {0},
};

/* The figure's view of a list of scales; the arrays of each are in one block, *memory. */
static ms_status view(const ms_nomogram_scale *scales, size_t n, ms_plot_scale **out, ms_error *err) {
    *out = ms_calloc(n + 1, sizeof **out);
    if (!*out) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        size_t m = scales[i].n;
        double *points = ms_calloc(m + 1, sizeof *points);
        const char **labels = ms_calloc(m + 1, sizeof *labels);
        (*out)[i] = (ms_plot_scale){scales[i].name, m, points, labels};
        if (!points || !labels) return ms_error_nomem(err);
        for (size_t k = 0; k < m; k++) {
            points[k] = scales[i].marks[k].points;
            labels[k] = scales[i].marks[k].label;
        }
    }
    return MS_OK;
}

static void view_clear(ms_plot_scale *scales, size_t n) {
    for (size_t i = 0; i < n && scales; i++) {
        free((void *)scales[i].points);
        free((void *)scales[i].labels);
    }
    free(scales);
}

static ms_status draw(const ms_nomogram *g, const ms_plot_style *style, const char *path, ms_error *err) {
    ms_plot_scale *variables = NULL, *survival = NULL;
    ms_status status = view(g->variables, g->n_variables, &variables, err);
    if (status == MS_OK) status = view(g->survival, g->n_times, &survival, err);
    if (status == MS_OK)
        status = ms_plot_nomogram(variables, g->n_variables, survival, g->n_times, g->most_points, style,
                                  path, err);
    view_clear(variables, g->n_variables);
    view_clear(survival, g->n_times);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    static const char *const names[] = {"efron", "breslow"};
    size_t ties = 0, n_times = 0;
    double *times = NULL;
    ms_table *table = NULL;
    ms_nomogram nomogram = {0};
    ms_plot_style style = {0};
    char *text = NULL;
    const char *figure = ms_cli_figure(args);
    ms_status status = ms_args_choice(args, "ties", names, MS_COUNT(names), &ties, err);
    if (status == MS_OK) status = ms_cli_figure_style(args, &style, err);
    if (status == MS_OK) status = ms_cli_numbers(args, "at", &times, &n_times, err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK)
        status = ms_nomogram_make(table, ms_args_text(args, "formula"), ms_args_text(args, "weights"),
                                  (ms_ties)ties, times, n_times, &nomogram, err);
    if (status == MS_OK)
        status = ms_args_flag(args, "json") ? ms_nomogram_json(&nomogram, &text, err)
                                            : ms_nomogram_text(&nomogram, &text, err);
    if (status == MS_OK && figure) status = draw(&nomogram, &style, figure, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    free(times);
    ms_nomogram_clear(&nomogram);
    ms_table_free(table);
    return status;
}

const ms_command ms_command_nomogram = {
    .group = "survival",
    .name = "nomogram",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "a Cox model as scales to read points and survival from",
    .details =
        "Each variable's part of the log hazard in points, the widest one from 0 to 100, and the survival "
        "that "
        "a total of points means. Logarithms, factors and splines of one variable are taken; interactions, "
        "strata and tt() have no such scales. Marks are within the range of the rows that were fitted (R: "
        "rms::nomogram). A nomogram shows a model, not that it predicts well: see validate and calibrate.",
    .example =
        "# points for age, sex and muscle area, survival at one and three years\n"
        "myosurv nomogram cohort.csv --formula \"Surv(os_days, os_event) ~ age_years + sex + sma_cm2\" "
        "--at 365,1095 --figure nomogram.svg",
    .options = options,
    .run = run,
};
