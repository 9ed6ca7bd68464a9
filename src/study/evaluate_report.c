/* An evaluation as text for people. */
#include "study/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 30, CELL = 29 };

static void cell(ms_buffer *b, const char *text) {
    ms_buffer_printf(b, "%*s", CELL, text);
}

/* "0.712 (0.634 to 0.790)", without the interval where there is none. */
static void interval(ms_buffer *b, double value, double lower, double upper) {
    char text[64];
    if (isnan(value))
        (void)ms_text_format(text, sizeof text, "NA");
    else if (isnan(lower) || isnan(upper))
        (void)ms_text_format(text, sizeof text, "%.3f", value);
    else
        (void)ms_text_format(text, sizeof text, "%.3f (%.3f to %.3f)", value, lower, upper);
    cell(b, text);
}

static const char *label(ms_eval_measure measure) {
    static const char *const labels[] = {"Harrell's C",
                                         "Uno's C",
                                         "Hazard ratio, high to low",
                                         "AUC",
                                         "Brier score",
                                         "IPA (scaled Brier)",
                                         "Observed / expected",
                                         "Calibration in the large",
                                         "Slope",
                                         "Slope (Cox)",
                                         "ICI"};
    _Static_assert(MS_COUNT(labels) == MS_N_EVAL, "a label for each measure");
    return labels[measure];
}

static void names(ms_buffer *b, const ms_evaluation *e, const char *first, size_t from) {
    ms_buffer_printf(b, "%-*s", NAME, first);
    for (size_t m = from; m < e->n_predictors; m++) cell(b, e->names[m]);
    ms_buffer_append(b, "\n");
}

/* One measure of every predictor. v is its place within a predictor's numbers. */
static void number_row(ms_buffer *b, const ms_evaluation *e, size_t v) {
    const size_t width = e->n_rows / e->n_predictors;
    bool any = false;
    for (size_t m = 0; m < e->n_predictors; m++) any = any || !isnan(e->rows[m * width + v].value);
    if (!any && e->rows[v].measure == MS_EVAL_HAZARD_RATIO) return;
    ms_buffer_printf(b, "%-*s", NAME, label(e->rows[v].measure));
    for (size_t m = 0; m < e->n_predictors; m++) {
        const ms_evaluated *r = &e->rows[m * width + v];
        interval(b, r->value, r->lower, r->upper);
    }
    ms_buffer_append(b, "\n");
}

static void splits(ms_buffer *b, const ms_evaluation *e) {
    bool any = false;
    for (size_t m = 0; m < e->n_predictors; m++) any = any || e->splits[m].n[0] + e->splits[m].n[1];
    if (!any) return;
    for (size_t g = 0; g < 2; g++) {
        ms_buffer_printf(b, "%-*s", NAME, g ? "High risk, events / n" : "Low risk, events / n");
        for (size_t m = 0; m < e->n_predictors; m++) {
            char text[64];
            (void)ms_text_format(text, sizeof text, "%zu / %zu", e->splits[m].events[g], e->splits[m].n[g]);
            cell(b, e->splits[m].n[0] + e->splits[m].n[1] ? text : "no cut-point");
        }
        ms_buffer_append(b, "\n");
    }
    ms_buffer_printf(b, "%-*s", NAME, "Log-rank p");
    for (size_t m = 0; m < e->n_predictors; m++) {
        char text[32];
        (void)ms_text_format(text, sizeof text, "%.3g", e->splits[m].p);
        cell(b, e->splits[m].n[0] && e->splits[m].n[1] ? text : "NA");
    }
    ms_buffer_append(b, "\n");
}

static const ms_comparison *comparison(const ms_evaluation *e, size_t m, size_t place) {
    return &e->comparisons[(m - 1) * (1 + e->n_times) + place];
}

static void difference_row(ms_buffer *b, const ms_evaluation *e, const char *name, ms_compare_measure measure,
                           size_t place) {
    ms_buffer_printf(b, "%-*s", NAME, name);
    for (size_t m = 1; m < e->n_predictors; m++) {
        const ms_comparison *c = comparison(e, m, place);
        const ms_compared *d = &c->estimates[measure];
        const bool boot = c->n_replicates > 0;
        interval(b, c->n ? d->value : (double)NAN, boot ? d->boot_lower : d->lower,
                 boot ? d->boot_upper : d->upper);
    }
    ms_buffer_append(b, "\n");
}

static void comparisons(ms_buffer *b, const ms_evaluation *e) {
    char head[64];
    if (e->n_predictors < 2) return;
    (void)ms_text_format(head, sizeof head, "%s less or beside", e->names[0]);
    ms_buffer_append(b, "\n");
    names(b, e, head, 1);
    difference_row(b, e, "Harrell's C", MS_MEASURE_HARRELL_DIFFERENCE, 0);
    difference_row(b, e, "Uno's C", MS_MEASURE_UNO_DIFFERENCE, 0);
    for (size_t k = 0; k < e->n_times; k++) {
        ms_buffer_printf(b, "At %.10g\n", e->times[k]);
        difference_row(b, e, "AUC", MS_MEASURE_AUC_DIFFERENCE, 1 + k);
        difference_row(b, e, "Brier score", MS_MEASURE_BRIER_DIFFERENCE, 1 + k);
        difference_row(b, e, "NRI, any change", MS_MEASURE_NRI, 1 + k);
        if (comparison(e, 1, 1 + k)->n_cuts)
            difference_row(b, e, "NRI, categories", MS_MEASURE_CATEGORY_NRI, 1 + k);
        difference_row(b, e, "IDI", MS_MEASURE_IDI, 1 + k);
    }
    for (size_t m = 1; m < e->n_predictors; m++)
        ms_buffer_printf(b, "%s beside %s, by C: %s\n", e->names[0], e->names[m],
                         ms_verdict_name(ms_evaluation_verdict(e, m)));
}

/* Net benefit at about ten of the thresholds. */
static void decisions(ms_buffer *b, const ms_evaluation *e) {
    for (size_t k = 0; k < e->n_times; k++) {
        const ms_dca *d = &e->dca[k];
        if (d->n == 0) continue;
        const size_t step = d->n_thresholds > 12 ? d->n_thresholds / 9 : 1;
        ms_buffer_printf(b, "\nNet benefit at %.10g\n%-*s", d->at, NAME, "Threshold");
        for (size_t m = 0; m < d->n_models; m++) cell(b, e->names[e->dca_predictor[k * e->n_predictors + m]]);
        cell(b, "treat all");
        ms_buffer_append(b, "\n");
        for (size_t t = step - 1; t < d->n_thresholds; t += step) {
            ms_buffer_printf(b, "%-*.10g", NAME, d->threshold[t]);
            for (size_t m = 0; m <= d->n_models; m++)
                interval(b, d->curves[m].net_benefit[t], d->curves[m].lower[t], d->curves[m].upper[t]);
            ms_buffer_append(b, "\n");
        }
    }
}

static void one(ms_buffer *b, const ms_evaluation *e) {
    ms_buffer_printf(b, "Cohort %s: n= %zu, events= %zu", e->cohort, e->n, e->n_events);
    if (e->n_dropped)
        ms_buffer_printf(b, " (%zu rows of the table left out: a value is missing)", e->n_dropped);
    ms_buffer_append(b, "\n\n");
    names(b, e, "", 0);
    for (size_t v = 0; v < MS_EVAL_TIMELESS; v++) number_row(b, e, v);
    splits(b, e);
    for (size_t k = 0; k < e->n_times; k++) {
        ms_buffer_printf(b, "At %.10g\n", e->times[k]);
        for (size_t v = 0; v < MS_EVAL_TIMED; v++) number_row(b, e, MS_EVAL_TIMELESS + k * MS_EVAL_TIMED + v);
    }
    comparisons(b, e);
    decisions(b, e);
    ms_buffer_append(b, "\n");
    for (size_t m = 0; m < e->n_predictors; m++)
        if (e->notes[m]) ms_buffer_printf(b, "%s: %s.\n", e->names[m], e->notes[m]);
}

ms_status ms_evaluations_text(const ms_evaluation *evaluations, size_t n, char **text, ms_error *err) {
    ms_buffer b;
    ms_buffer_init(&b);
    for (size_t c = 0; c < n; c++) {
        if (c) ms_buffer_append(&b, "\n");
        one(&b, &evaluations[c]);
    }
    if (n && evaluations[0].replicates)
        ms_buffer_printf(&b,
                         "%.3g%% %s intervals: %zu bootstrap samples of each cohort's patients, seed %llu.\n",
                         100 * evaluations[0].conf_level, ms_interval_name(evaluations[0].interval),
                         evaluations[0].replicates, (unsigned long long)evaluations[0].seed);
    if (ms_buffer_failed(&b) || !b.data) {
        ms_buffer_clear(&b);
        return ms_error_nomem(err);
    }
    *text = b.data;
    return MS_OK;
}
