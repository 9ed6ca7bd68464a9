/* Figure 5: tables/comparison.csv and comparison_curves.csv, and its figures. */
#include "study/figure_comparison.h"

#include "myosurv/plot.h"
#include "study/figures.h"
#include "study/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_comparison_figure(char name[256], const char *endpoint, const char *kind, const char *group) {
    char part[64] = ""; /* a cohort's name is free text */
    if (group) ms_text_to_name(part, sizeof part, group);
    (void)ms_text_format(name, 256, "figures/figure5_%s_%s%s%s.svg", endpoint, kind, group ? "_" : "", part);
}

/* The columns, so that a study in which nothing can be compared has the tables, too. */
static void head(ms_writer *w, const char *const *names, size_t n) {
    size_t column;
    for (size_t k = 0; k < n && w->status == MS_OK; k++)
        w->status = ms_table_add_column(w->table, names[k], &column, w->err);
}

static void head_both(ms_writer *numbers, ms_writer *curves) {
    static const char *const a[] = {"endpoint",
                                    "group",
                                    "seen_in_training",
                                    "predictor",
                                    "kind",
                                    "label",
                                    "drawn",
                                    "measure",
                                    "time_days",
                                    "n",
                                    "events",
                                    "value",
                                    "lower",
                                    "upper",
                                    "network_less_it",
                                    "difference_lower",
                                    "difference_upper",
                                    "p",
                                    "note"};
    static const char *const b[] = {
        "endpoint", "group", "seen_in_training", "curve", "predictor", "label", "n", "x", "y",
        "lower",    "upper"};
    head(numbers, a, MS_COUNT(a));
    head(curves, b, MS_COUNT(b));
}

typedef struct work {
    const ms_study *study;
    const ms_collected *c;
    const ms_definitions *definitions;
    const ms_risks *risks;
    ms_covariates covariates;
    ms_groups groups;
    ms_writer numbers, curves;
    ms_error *err;
} work;

/* The patients of one group with an outcome. */
static ms_status contest(work *w, const ms_contenders *contenders, size_t e, size_t g) {
    size_t *rows = ms_calloc(w->c->n, sizeof *rows);
    ms_contest x = {.study = w->study,
                    .contenders = contenders,
                    .endpoint = e,
                    .group = w->groups.names[g],
                    .seen = strcmp(w->groups.names[g], "training") == 0,
                    .rows = rows};
    if (!rows) return ms_error_nomem(w->err);
    for (size_t i = 0; i < w->c->n; i++)
        if (w->c->used[i] && w->groups.of[i] == g && !isnan(w->study->patients[i].time[e])) rows[x.n++] = i;
    ms_status status = ms_contest_numbers(&x, &w->numbers, w->err);
    if (status == MS_OK) status = ms_contest_curves(&x, &w->curves, w->err);
    free(rows);
    return status;
}

static ms_status contests(work *w, size_t e) {
    ms_contenders contenders = {0};
    ms_status status =
        ms_contenders_make(w->study, w->c, w->definitions, w->risks, &w->covariates, e, &contenders, w->err);
    for (size_t g = 0; g < w->groups.n && status == MS_OK; g++) {
        status = contest(w, &contenders, e, g);
        if (status == MS_OK) status = ms_stop_check(w->err);
    }
    ms_contenders_clear(&contenders);
    return status;
}

/* ---- forests, from the table just made ---- */

/* One measure of those that are drawn, in the groups that the network has not seen. */
static ms_status forest(const work *w, size_t e, const char *measure, const char *kind, const char *what,
                        const char *axis, double reference) {
    const ms_table *t = w->numbers.table;
    const ms_endpoint *endpoint = &w->study->spec.endpoints[e];
    const size_t n = ms_table_rows(t);
    size_t m = 0, known = 0;
    char name[256], title[256];
    ms_plot_estimate *rows = ms_calloc(n, sizeof *rows);
    if (!rows) return ms_error_nomem(w->err);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(ms_report_cell(t, i, "endpoint"), endpoint->name) != 0 ||
            strcmp(ms_report_cell(t, i, "seen_in_training"), "no") != 0 ||
            strcmp(ms_report_cell(t, i, "drawn"), "yes") != 0 ||
            strcmp(ms_report_cell(t, i, "measure"), measure) != 0)
            continue;
        rows[m] = (ms_plot_estimate){ms_report_cell(t, i, "label"), ms_report_cell(t, i, "group"),
                                     ms_report_value(t, i, "value"), ms_report_value(t, i, "lower"),
                                     ms_report_value(t, i, "upper")};
        known += isnan(rows[m].value) ? 0 : 1;
        m++;
    }
    ms_comparison_figure(name, endpoint->name, kind, NULL);
    (void)ms_text_format(title, sizeof title, "%s: %s", endpoint->label, what);
    char *path = ms_study_path(w->study, name);
    ms_status status = path ? MS_OK : ms_error_nomem(w->err);
    if (status == MS_OK && known > 0)
        status = ms_plot_forest(rows, m, title, axis, reference, false, path, w->err);
    free(path);
    free(rows);
    return status;
}

static ms_status forests(const work *w, size_t e) {
    ms_status status = forest(w, e, "c", "c", "concordance (C)", "C-index", 0.5);
    if (status == MS_OK)
        status = forest(w, e, "nri", "nri", "reclassification by the network",
                        "Category-free NRI, from each to the network", 0);
    return status;
}

ms_status ms_study_comparison(const ms_study *study, const ms_collected *c, const ms_definitions *definitions,
                              const ms_risks *risks, ms_error *err) {
    work w = {.study = study, .c = c, .definitions = definitions, .risks = risks, .err = err};
    w.numbers = ms_writer_open("comparison", err);
    w.curves = ms_writer_open("comparison_curves", err);
    head_both(&w.numbers, &w.curves);
    ms_status status = ms_groups_make(study, &w.groups, err);
    if (status == MS_OK) status = ms_study_covariates(study, &w.covariates, err);
    for (size_t e = 0; e < study->spec.n_endpoints && status == MS_OK; e++) {
        status = contests(&w, e);
        if (status == MS_OK) status = forests(&w, e);
    }
    const ms_status first = ms_figure_close(study, &w.numbers, "tables/comparison.csv", err);
    if (status == MS_OK) status = first;
    const ms_status second = ms_figure_close(study, &w.curves, "tables/comparison_curves.csv", err);
    if (status == MS_OK) status = second;
    ms_covariates_clear(&w.covariates);
    ms_groups_clear(&w.groups);
    return status;
}
