/* A Cox model as a nomogram: each variable's part of the log hazard, with all others held, in points; and the
 * survival that a total of points means. The parts are the model's own predictions for made-up rows, so that
 * factors, logarithms and splines need no special care. */
#include "survival/nomogram.h"
#include "myosurv/survival_cox.h"
#include "myosurv/survival_nomogram.h"
#include "survival/formula.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ms_status refuse(const char *what, ms_error *err) {
    return ms_error_set(err, MS_EUSAGE, "a nomogram cannot show a model with %s", what);
}

/* Adds the table's columns that a tree names, each once, to columns[*n]. */
static ms_status find_columns(const ms_node *node, const ms_table *table, size_t *columns, size_t *n,
                              ms_error *err) {
    size_t column;
    for (size_t i = 0; node->kind == MS_NODE_CALL && i < 4; i++) {
        static const char *const without[] = {"strata", "cluster", "tt", "offset"};
        if (strcmp(node->text, without[i]) == 0) return refuse(without[i], err);
    }
    if (node->kind == MS_NODE_NAME && ms_table_find(table, node->text, &column)) {
        for (size_t i = 0; i < *n; i++)
            if (columns[i] == column) return MS_OK;
        columns[(*n)++] = column;
    }
    ms_status status = MS_OK;
    for (size_t i = 0; i < node->n_args && !status; i++)
        status = find_columns(node->args[i], table, columns, n, err);
    return status;
}

/* The variables of the right-hand side; several in one term have no scale each. */
static ms_status find_variables(ms_nomogram_work *w, ms_error *err) {
    ms_node *root = NULL;
    ms_terms terms = {0};
    ms_status status = ms_formula_parse(w->formula, &root, err);
    if (!status && (!ms_node_is(root, MS_NODE_OPERATOR, "~") || root->n_args != 2))
        status = ms_error_set(err, MS_EINPUT, "the formula has no '~': write Surv(time, event) ~ age + sex");
    if (!status) status = ms_terms_expand(w->formula, root->args[1], root->args[0], w->table, &terms, err);
    w->columns = ms_calloc(ms_table_columns(w->table) + 1, sizeof *w->columns);
    if (!status && !w->columns) status = ms_error_nomem(err);
    for (size_t t = 0; t < terms.n_terms && !status; t++) {
        size_t before = w->n_columns;
        if (terms.terms[t].n > 1) status = refuse("interactions", err);
        if (!status)
            status =
                find_columns(terms.vars[terms.terms[t].vars[0]], w->table, w->columns, &w->n_columns, err);
        if (!status && w->n_columns > before + 1) status = refuse("a term of several variables", err);
    }
    for (size_t v = 0; v < terms.n_vars && !status; v++)
        if (terms.vars[v]->kind == MS_NODE_CALL && strcmp(terms.vars[v]->text, "strata") == 0)
            status = refuse("strata", err);
    if (!status && w->n_columns == 0) status = refuse("no variables", err);
    ms_terms_clear(&terms);
    ms_node_free(root);
    return status;
}

/* One made-up row: variable v at text, the others at their reference. */
static ms_status add_row(const ms_nomogram_work *w, ms_table *made, size_t v, const char *text,
                         ms_error *err) {
    size_t row;
    ms_status status = ms_table_add_row(made, &row, err);
    for (size_t j = 0; j < w->n_columns && !status; j++)
        status = ms_table_set(made, row, j, j == v ? text : w->values[j].texts[w->values[j].reference], err);
    return status;
}

/* A table of the variables with the reference as its first row. */
static ms_status begin_rows(const ms_nomogram_work *w, ms_table **made, ms_error *err) {
    size_t column;
    ms_status status = ms_table_new(made, "the nomogram's rows", err);
    for (size_t j = 0; j < w->n_columns && !status; j++)
        status = ms_table_add_column(*made, ms_table_column_name(w->table, w->columns[j]), &column, err);
    return status ? status : add_row(w, *made, SIZE_MAX, NULL, err);
}

/* The first row is the reference, then every mark of every variable. */
static ms_status make_rows(const ms_nomogram_work *w, ms_table **made, ms_error *err) {
    ms_status status = begin_rows(w, made, err);
    for (size_t v = 0; v < w->n_columns && !status; v++)
        for (size_t m = 0; m < w->values[v].n && !status; m++)
            status = add_row(w, *made, v, w->values[v].texts[m], err);
    return status;
}

/* lp[rows] of the made-up rows, and the reference's survival at the times. */
static ms_status predict(const ms_nomogram_work *w, const ms_cox *cox, const ms_table *made, double *lp,
                         ms_nomogram *out, ms_error *err) {
    ms_model_frame rows = {0}, first = {0};
    ms_cox_predictions predictions = {0};
    ms_cox_curves curves = {0};
    ms_table *one = NULL;
    ms_status status = ms_model_newdata(w->table, w->formula, &w->frame, made, false, &rows, err);
    if (!status)
        status = ms_cox_predict(cox, &w->frame.data, &w->frame.design, &rows, MS_PREDICT_LP,
                                MS_REFERENCE_ZERO, &predictions, err);
    if (status) goto cleanup;
    memcpy(lp, predictions.fit, predictions.n * sizeof *lp);
    if ((status = begin_rows(w, &one, err))) goto cleanup;
    status = ms_model_newdata(w->table, w->formula, &w->frame, one, false, &first, err);
    if (!status)
        status = ms_cox_curves_make(cox, &w->frame.data, &w->frame.design, &first, NULL, &curves, err);
    for (size_t i = 0; i < out->n_times && !status; i++)
        ms_km_at(&curves.curves[0], out->time[i], &out->reference_surv[i], NULL, NULL, NULL, NULL);
cleanup:
    ms_cox_curves_clear(&curves);
    ms_cox_predictions_clear(&predictions);
    ms_model_frame_clear(&rows);
    ms_model_frame_clear(&first);
    ms_table_free(one);
    return status;
}

/* From lp of the rows to points: each variable's least is 0, the widest variable's most is 100. */
static ms_status scale_variables(ms_nomogram_work *w, const double *lp, ms_nomogram *out, ms_error *err) {
    double widest = 0, least_sum = 0;
    const double *at = lp + 1;
    for (size_t v = 0; v < w->n_columns; at += w->values[v++].n) {
        double least = INFINITY, most = -INFINITY;
        for (size_t m = 0; m < w->values[v].n; m++) {
            least = fmin(least, at[m]);
            most = fmax(most, at[m]);
        }
        w->values[v].least = least;
        w->values[v].range = most - least;
        widest = fmax(widest, most - least);
        least_sum += least - lp[0];
    }
    if (!(widest > 0) || !isfinite(widest))
        return ms_error_set(err, MS_EINPUT, "no variable changes the hazard: there is nothing to draw");
    out->reference_lp = lp[0];
    out->lp_zero = lp[0] + least_sum;
    out->lp_per_point = widest / 100;
    at = lp + 1;
    for (size_t v = 0; v < w->n_columns; at += w->values[v++].n) {
        ms_nomogram_values *values = &w->values[v];
        ms_nomogram_scale *scale = &out->variables[v];
        scale->name = ms_strdup(ms_table_column_name(w->table, w->columns[v]));
        scale->marks = ms_calloc(values->n, sizeof *scale->marks);
        if (!scale->name || !scale->marks) return ms_error_nomem(err);
        for (size_t m = 0; m < values->n; m++, scale->n++) {
            scale->marks[m].points = (at[m] - values->least) / out->lp_per_point;
            if (!(scale->marks[m].label = ms_strdup(values->texts[m]))) return ms_error_nomem(err);
        }
        out->most_points += values->range / out->lp_per_point;
    }
    return MS_OK;
}

double ms_nomogram_survival(const ms_nomogram *nomogram, size_t i, double total_points) {
    double lp = nomogram->lp_zero + total_points * nomogram->lp_per_point;
    return pow(nomogram->reference_surv[i], exp(lp - nomogram->reference_lp));
}

static ms_status scale_survival(ms_nomogram *out, ms_error *err) {
    static const double wanted[] = {0.99, 0.98, 0.95, 0.9, 0.8,  0.7,  0.6, 0.5,
                                    0.4,  0.3,  0.2,  0.1, 0.05, 0.02, 0.01};
    for (size_t i = 0; i < out->n_times; i++) {
        ms_nomogram_scale *scale = &out->survival[i];
        char text[64];
        double surv = out->reference_surv[i];
        if (!(surv > 0 && surv < 1))
            return ms_error_set(err, MS_EINPUT,
                                "time %g: survival is %g there, so there is no scale for it: choose a time "
                                "with events before it, within follow-up",
                                out->time[i], surv);
        (void)ms_text_format(text, sizeof text, "Survival at %g", out->time[i]);
        scale->name = ms_strdup(text);
        scale->marks = ms_calloc(MS_COUNT(wanted), sizeof *scale->marks);
        if (!scale->name || !scale->marks) return ms_error_nomem(err);
        for (size_t k = 0; k < MS_COUNT(wanted); k++) {
            double lp = out->reference_lp + log(log(wanted[k]) / log(surv));
            double points = (lp - out->lp_zero) / out->lp_per_point;
            if (points < 0 || points > out->most_points) continue;
            ms_nomogram_mark *mark = &scale->marks[scale->n++];
            mark->points = points;
            (void)ms_text_format(text, sizeof text, "%g", wanted[k]);
            if (!(mark->label = ms_strdup(text))) return ms_error_nomem(err);
        }
    }
    return MS_OK;
}

static ms_status fill(ms_nomogram_work *w, const ms_cox *cox, ms_nomogram *out, ms_error *err) {
    ms_table *made = NULL;
    double *lp = NULL;
    ms_status status = make_rows(w, &made, err);
    if (!status) lp = ms_calloc(ms_table_rows(made), sizeof *lp);
    if (!status && !lp) status = ms_error_nomem(err);
    if (!status) status = predict(w, cox, made, lp, out, err);
    if (!status) status = scale_variables(w, lp, out, err);
    if (!status) status = scale_survival(out, err);
    free(lp);
    ms_table_free(made);
    return status;
}

static ms_status check_times(const ms_model_frame *frame, const double *times, size_t n, ms_error *err) {
    double last = 0;
    for (size_t i = 0; i < frame->n; i++) last = fmax(last, frame->time[i]);
    for (size_t i = 0; i < n; i++)
        if (!(times[i] > 0 && times[i] <= last))
            return ms_error_set(err, MS_EINPUT, "time %g is not within follow-up, which ends at %g", times[i],
                                last);
    return MS_OK;
}

static ms_status alloc(ms_nomogram *out, const ms_nomogram_work *w, const double *times, size_t n_times,
                       ms_error *err) {
    out->n_variables = w->n_columns;
    out->n_times = n_times;
    out->variables = ms_calloc(w->n_columns, sizeof *out->variables);
    out->survival = ms_calloc(n_times + 1, sizeof *out->survival);
    out->time = ms_calloc(2 * n_times + 1, sizeof *out->time);
    if (!out->variables || !out->survival || !out->time) return ms_error_nomem(err);
    out->reference_surv = out->time + n_times;
    if (n_times) memcpy(out->time, times, n_times * sizeof *times);
    return MS_OK;
}

ms_status ms_nomogram_make(const ms_table *table, const char *formula, const char *weights_column,
                           ms_ties ties, const double *times, size_t n_times, ms_nomogram *out,
                           ms_error *err) {
    ms_nomogram_work w = {.table = table, .formula = formula};
    ms_nomogram nomogram = {0};
    ms_cox cox = {0};
    ms_cox_options options;
    ms_cox_options_default(&options);
    options.ties = ties;
    ms_status status = ms_model_frame_read(table, formula, weights_column, &w.frame, err);
    if (!status) status = find_variables(&w, err);
    if (!status) status = check_times(&w.frame, times, n_times, err);
    if (!status) status = ms_cox_fit(&w.frame.data, &w.frame.design, &options, &cox, err);
    if (!status) status = ms_nomogram_values_make(&w, err);
    if (!status) status = alloc(&nomogram, &w, times, n_times, err);
    if (!status) status = fill(&w, &cox, &nomogram, err);
    nomogram.n = w.frame.n;
    nomogram.n_events = cox.n_events;
    nomogram.n_dropped = w.frame.n_dropped;
    if (status)
        ms_nomogram_clear(&nomogram);
    else
        *out = nomogram;
    ms_nomogram_values_clear(&w);
    free(w.columns);
    ms_model_frame_clear(&w.frame);
    ms_cox_clear(&cox);
    return status;
}

static void clear_scales(ms_nomogram_scale *scales, size_t n) {
    for (size_t i = 0; i < n && scales; i++) {
        for (size_t m = 0; m < scales[i].n && scales[i].marks; m++) free(scales[i].marks[m].label);
        free(scales[i].marks);
        free(scales[i].name);
    }
    free(scales);
}

void ms_nomogram_clear(ms_nomogram *nomogram) {
    clear_scales(nomogram->variables, nomogram->n_variables);
    clear_scales(nomogram->survival, nomogram->n_times);
    free(nomogram->time);
    *nomogram = (ms_nomogram){0};
}
