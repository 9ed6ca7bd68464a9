/* An evaluation as figures. */
#include "study/evaluate.h"

#include "myosurv/plot_decision.h"
#include "myosurv/plot_prediction.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAME = 200 };

/* "FOLDER/WHAT_COHORT_MODEL_TIME.svg" with nothing in it that a file name should not have. To be freed. */
static char *figure_path(const char *folder, const char *what, const char *cohort, const char *model,
                         double time) {
    char name[3 * MOST_NAME], number[32];
    ms_format_number(number, time);
    if (!ms_text_format(name, sizeof name, "%s_%.*s%s%.*s%s%s", what, MOST_NAME, cohort, model ? "_" : "",
                        MOST_NAME, model ? model : "", isnan(time) ? "" : "_", isnan(time) ? "" : number))
        return NULL;
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '.' && *c != '-') *c = '_';
    if (!ms_text_format(name + strlen(name), sizeof name - strlen(name), ".svg")) return NULL;
    return ms_path_join(folder, name);
}

/* C of every predictor in every cohort, with the interval. */
static ms_status draw_c(const ms_evaluation *evaluations, size_t n, const char *path, ms_error *err) {
    size_t count = 0, most = 0;
    for (size_t c = 0; c < n; c++) most += evaluations[c].n_predictors;
    ms_plot_estimate *rows = ms_calloc(most, sizeof *rows);
    if (!rows) return ms_error_nomem(err);
    for (size_t c = 0; c < n; c++) {
        const ms_evaluation *e = &evaluations[c];
        const size_t width = e->n_rows / e->n_predictors;
        for (size_t m = 0; m < e->n_predictors; m++) {
            const ms_evaluated *r = &e->rows[m * width + MS_EVAL_HARRELL];
            rows[count++] = (ms_plot_estimate){e->names[m], e->cohort, r->value, r->lower, r->upper};
        }
    }
    const ms_status status =
        ms_plot_forest(rows, count, NULL, "Harrell's C (bootstrap interval)", 0.5, false, path, err);
    free(rows);
    return status;
}

/* ROC curves of all predictors at one time. */
static ms_status draw_roc(const ms_evaluation *e, size_t k, const char *folder, ms_error *err) {
    ms_plot_roc_curve *curves = ms_calloc(e->n_predictors, sizeof *curves);
    char(*names)[MOST_NAME] = ms_calloc(e->n_predictors, sizeof *names), title[MOST_NAME * 2];
    char *path = figure_path(folder, "roc", e->cohort, NULL, e->times[k]);
    size_t count = 0;
    ms_status status = curves && names && path ? MS_OK : ms_error_nomem(err);
    for (size_t m = 0; m < e->n_predictors && status == MS_OK; m++) {
        if (e->auc[m].n_times <= k || e->auc[m].rows[k].n_points == 0) continue;
        const ms_auc_row *r = &e->auc[m].rows[k];
        (void)ms_text_format(names[count], MOST_NAME, "%.100s: AUC %.2f (%.2f to %.2f)", e->names[m],
                             r->all.auc, r->all.lower, r->all.upper);
        curves[count] = (ms_plot_roc_curve){names[count], r->n_points, r->fpr, r->tpr};
        count++;
    }
    (void)ms_text_format(title, sizeof title, "%.*s, time %.10g", MOST_NAME, e->cohort, e->times[k]);
    if (status == MS_OK && count) status = ms_plot_roc(curves, count, title, NULL, path, err);
    free(curves);
    free(names);
    free(path);
    return status;
}

static ms_status draw_decision(const ms_evaluation *e, size_t k, const char *folder, ms_error *err) {
    const ms_dca *d = &e->dca[k];
    if (d->n == 0) return MS_OK;
    ms_plot_strategy *lines = ms_calloc(d->n_models + 2, sizeof *lines);
    char *path = figure_path(folder, "decision", e->cohort, NULL, e->times[k]), title[MOST_NAME * 2];
    ms_plot_decision_options o;
    ms_status status = lines && path ? MS_OK : ms_error_nomem(err);
    for (size_t m = 0; m < d->n_models + 2 && status == MS_OK; m++) {
        const bool model = m < d->n_models;
        lines[m].name = model              ? e->names[e->dca_predictor[k * e->n_predictors + m]]
                        : m == d->n_models ? "treat all"
                                           : "treat none";
        lines[m].value = d->curves[m].net_benefit;
        lines[m].reference = !model;
        if (m == 0 && d->n_replicates) { /* one band: several would hide each other */
            lines[m].lower = d->curves[m].lower;
            lines[m].upper = d->curves[m].upper;
        }
    }
    ms_plot_decision_options_default(&o);
    (void)ms_text_format(title, sizeof title, "%.*s, time %.10g", MOST_NAME, e->cohort, e->times[k]);
    o.title = title;
    if (status == MS_OK)
        status = ms_plot_decision(d->threshold, d->n_thresholds, lines, d->n_models + 2, &o, path, err);
    free(lines);
    free(path);
    return status;
}

/* The groups of a calibration as arrays. */
static ms_status draw_groups(const ms_calibration *c, const char *note, const char *title, const char *path,
                             ms_error *err) {
    double *room = ms_calloc(4 * c->n_groups, sizeof *room);
    if (!room) return ms_error_nomem(err);
    double *predicted = room, *observed = room + c->n_groups, *lower = observed + c->n_groups,
           *upper = lower + c->n_groups;
    for (size_t g = 0; g < c->n_groups; g++) {
        predicted[g] = c->groups[g].predicted;
        observed[g] = c->groups[g].observed;
        lower[g] = c->groups[g].lower;
        upper[g] = c->groups[g].upper;
    }
    const ms_plot_calibration_input input = {.n_groups = c->n_groups,
                                             .predicted = predicted,
                                             .observed = observed,
                                             .lower = lower,
                                             .upper = upper,
                                             .n_grid = c->n_grid,
                                             .grid = c->grid,
                                             .smooth = c->smooth,
                                             .smooth_lower = c->smooth_lower,
                                             .smooth_upper = c->smooth_upper,
                                             .note = note,
                                             .title = title,
                                             .x_label = "Predicted probability",
                                             .y_label = "Observed probability"};
    const ms_status status = ms_plot_calibration(&input, NULL, path, err);
    free(room);
    return status;
}

static ms_status draw_calibration(const ms_evaluation *e, size_t m, size_t k, const char *folder,
                                  ms_error *err) {
    const ms_calibration *c = &e->calibration[m * e->n_times + k];
    char title[MOST_NAME * 3], note[MOST_NAME];
    if (c->n == 0 || c->state != MS_PREDICTED) return MS_OK;
    char *path = figure_path(folder, "calibration", e->cohort, e->names[m], e->times[k]);
    if (!path) return ms_error_nomem(err);
    (void)ms_text_format(title, sizeof title, "%.*s in %.*s, time %.10g", MOST_NAME, e->names[m], MOST_NAME,
                         e->cohort, e->times[k]);
    (void)ms_text_format(note, sizeof note,
                         "slope %.2f (%.2f to %.2f)\nobserved / expected %.2f (%.2f to %.2f)", c->slope.value,
                         c->slope.lower, c->slope.upper, c->ratio.value, c->ratio.lower, c->ratio.upper);
    const ms_status status = draw_groups(c, note, title, path, err);
    free(path);
    return status;
}

static ms_status draw_cohort(const ms_evaluation *e, const char *folder, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t k = 0; k < e->n_times && status == MS_OK; k++) {
        status = draw_roc(e, k, folder, err);
        if (status == MS_OK) status = draw_decision(e, k, folder, err);
        for (size_t m = 0; m < e->n_predictors && status == MS_OK; m++)
            status = draw_calibration(e, m, k, folder, err);
    }
    return status;
}

ms_status ms_evaluations_draw(const ms_evaluation *evaluations, size_t n, const char *path, ms_error *err) {
    if (ms_text_ends_with(path, ".svg") || ms_text_ends_with(path, ".pdf") || ms_text_ends_with(path, ".png"))
        return draw_c(evaluations, n, path, err);
    ms_status status = ms_make_dirs(path, err);
    char *file = ms_path_join(path, "cindex.svg");
    if (status == MS_OK) status = file ? draw_c(evaluations, n, file, err) : ms_error_nomem(err);
    for (size_t c = 0; c < n && status == MS_OK; c++) status = draw_cohort(&evaluations[c], path, err);
    free(file);
    return status;
}
