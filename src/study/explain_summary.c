/* Contributions of all patients in one table, and as figures. */
#include "base/base.h"
#include "myosurv/plot_explain.h"
#include "myosurv/study_explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t width_of(const ms_explain_view *v) {
    return v->groups ? v->explanation->n_groups : v->explanation->p;
}

static const double *values_of(const ms_explain_view *v) {
    return v->groups ? v->explanation->group_contribution : v->explanation->contribution;
}

typedef struct ranked {
    size_t j;
    double mean_abs, mean;
} ranked;

static int larger_first(const void *a, const void *b) {
    const ranked *p = a, *q = b;
    if (p->mean_abs != q->mean_abs) return p->mean_abs > q->mean_abs ? -1 : 1;
    return p->j < q->j ? -1 : p->j > q->j;
}

/* Inputs by falling mean absolute contribution; to be freed. */
static ms_status rank_all(const ms_explain_view *v, ranked **out, ms_error *err) {
    const size_t n = width_of(v);
    double *mean_abs = ms_calloc(n, sizeof *mean_abs), *mean = ms_calloc(n, sizeof *mean);
    ranked *order = ms_calloc(n, sizeof *order);
    if (!mean_abs || !mean || !order) {
        free(mean_abs);
        free(mean);
        free(order);
        return ms_error_nomem(err);
    }
    ms_explain_mean(values_of(v), v->explanation->n, n, mean_abs, mean);
    for (size_t j = 0; j < n; j++) order[j] = (ranked){j, mean_abs[j], mean[j]};
    qsort(order, n, sizeof *order, larger_first);
    free(mean_abs);
    free(mean);
    *out = order;
    return MS_OK;
}

ms_status ms_explain_importance_table(const ms_explain_view *v, ms_table **table, ms_error *err) {
    static const char *const names[] = {
        "rank",          "method", "mean_abs_contribution", "mean_contribution", "permutation_drop_c",
        "permutation_sd"};
    const size_t shown = v->drop ? MS_COUNT(names) : MS_COUNT(names) - 2;
    ranked *order = NULL;
    ms_table *made = NULL;
    size_t column, row;
    ms_status status = rank_all(v, &order, err);
    if (status == MS_OK) status = ms_table_new(&made, "importance", err);
    if (status == MS_OK) status = ms_table_add_column(made, v->groups ? "group" : "feature", &column, err);
    for (size_t c = 0; status == MS_OK && c < shown; c++)
        status = ms_table_add_column(made, names[c], &column, err);
    for (size_t k = 0; status == MS_OK && k < width_of(v); k++) {
        const size_t j = order[k].j;
        const double cells[] = {order[k].mean_abs, order[k].mean, v->drop ? v->drop[j] : (double)NAN,
                                v->drop_sd ? v->drop_sd[j] : (double)NAN};
        status = ms_table_add_row(made, &row, err);
        if (status == MS_OK) status = ms_table_set(made, row, 0, v->names[j], err);
        if (status == MS_OK) status = ms_table_set_number(made, row, 1, (double)(k + 1), err);
        if (status == MS_OK)
            status = ms_table_set(made, row, 2, ms_explain_method_names[v->explanation->method], err);
        for (size_t c = 0; status == MS_OK && c + 2 < shown; c++)
            status = ms_table_set_number(made, row, 3 + c, cells[c], err);
    }
    free(order);
    if (status == MS_OK)
        *table = made;
    else
        ms_table_free(made);
    return status;
}

/* How the numbers came about, in a sentence under every figure. */
static void write_note(const ms_explain_view *v, char note[400], const char *more) {
    const ms_explanation *e = v->explanation;
    char background[96] = "the training patients' centre";
    if (e->n_background > 0)
        (void)ms_text_format(background, sizeof background, "%zu background row%s", e->n_background,
                             e->n_background == 1 ? "" : "s");
    char method[96] = "integrated gradients";
    if (e->method == MS_EXPLAIN_SHAPLEY)
        (void)ms_text_format(method, sizeof method, "Shapley values from %zu sampled orders", e->samples);
    (void)ms_text_format(
        note, 400,
        "Method: %s against %s (risk %+.3f). Contributions are in units of log hazard ratio and "
        "add up to the risk less that baseline; they tell what the model does, not causes.%s",
        method, background, e->baseline, more);
}

/* A name that says what it stands for. */
static void title_of(const ms_explain_view *v, const char *what, size_t shown, char title[128]) {
    const size_t n = width_of(v);
    const char *unit = v->groups ? "groups of inputs" : "inputs";
    if (shown < n)
        (void)ms_text_format(title, 128, "%s: the %zu largest of %zu %s", what, shown, n, unit);
    else
        (void)ms_text_format(title, 128, "%s: %zu %s", what, n, unit);
}

ms_status ms_explain_draw_importance(const ms_explain_view *v, size_t top, const char *path, ms_error *err) {
    const size_t n = width_of(v), shown = top < n ? top : n;
    char note[400], title[128];
    ranked *order = NULL;
    ms_plot_bar *bars = ms_calloc(shown, sizeof *bars);
    ms_status status = bars ? rank_all(v, &order, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        for (size_t k = 0; k < shown; k++)
            bars[k] = (ms_plot_bar){v->names[order[k].j], order[k].mean_abs, NAN};
        write_note(v, note, "");
        title_of(v, "Importance", shown, title);
        status = ms_plot_importance(bars, shown, title, "mean absolute contribution (log hazard ratio)", note,
                                    path, err);
    }
    free(order);
    free(bars);
    return status;
}

ms_status ms_explain_draw_permutation(const ms_explain_view *v, size_t top, const char *path, ms_error *err) {
    const size_t n = width_of(v), shown = top < n ? top : n;
    char note[200], title[128];
    if (!v->drop) return ms_error_set(err, MS_EUSAGE, "%s: there is no permutation importance to draw", path);
    ranked *order = ms_calloc(n, sizeof *order);
    ms_plot_bar *bars = ms_calloc(shown, sizeof *bars);
    ms_status status = order && bars ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        for (size_t j = 0; j < n; j++) order[j] = (ranked){j, v->drop[j], 0};
        qsort(order, n, sizeof *order, larger_first);
        for (size_t k = 0; k < shown; k++) {
            const size_t j = order[k].j;
            bars[k] = (ms_plot_bar){v->names[j], v->drop[j], v->drop_sd ? v->drop_sd[j] : (double)NAN};
        }
        (void)ms_text_format(
            note, sizeof note,
            "Method: permutation. How far Harrell's C (%.3f on these %zu rows) falls when the "
            "values are dealt out anew between the patients; whiskers: SD over the deals.",
            v->c, v->explanation->n);
        title_of(v, "Permutation importance", shown, title);
        status = ms_plot_importance(bars, shown, title, "fall of C", note, path, err);
    }
    free(order);
    free(bars);
    return status;
}

ms_status ms_explain_draw_beeswarm(const ms_explain_view *v, size_t top, const char *path, ms_error *err) {
    const ms_explanation *e = v->explanation;
    const size_t n = width_of(v), shown = top < n ? top : n, rows = e->n;
    char note[400], title[128];
    ranked *order = NULL;
    ms_plot_swarm *swarm = ms_calloc(shown, sizeof *swarm);
    double *numbers = ms_calloc(2 * shown * rows, sizeof *numbers);
    ms_status status = swarm && numbers ? rank_all(v, &order, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        for (size_t k = 0; k < shown; k++) {
            double *contribution = numbers + 2 * k * rows, *value = contribution + rows;
            for (size_t i = 0; i < rows; i++) {
                contribution[i] = values_of(v)[i * n + order[k].j];
                value[i] = v->groups ? (double)NAN : e->value[i * n + order[k].j];
            }
            swarm[k] = (ms_plot_swarm){v->names[order[k].j], rows, contribution, v->groups ? NULL : value};
        }
        write_note(v, note,
                   v->groups ? "" : " Colour: the input's value among the patients, blue low, red high.");
        title_of(v, "Contributions of each patient", shown, title);
        status = ms_plot_beeswarm(swarm, shown, title, "contribution to the risk (log hazard ratio)", note,
                                  path, err);
    }
    free(order);
    free(swarm);
    free(numbers);
    return status;
}

/* "sm_original_firstorder_Mean = 41.2" */
static void step_name(const ms_explain_view *v, size_t row, size_t j, char name[160]) {
    const double value = v->groups ? (double)NAN : v->explanation->value[row * v->explanation->p + j];
    if (v->groups)
        (void)ms_text_format(name, 160, "%s", v->names[j]);
    else if (isnan(value))
        (void)ms_text_format(name, 160, "%s missing", v->names[j]);
    else
        (void)ms_text_format(name, 160, "%s = %.4g", v->names[j], value);
}

ms_status ms_explain_draw_waterfall(const ms_explain_view *v, size_t row, const char *id, size_t top,
                                    const char *path, ms_error *err) {
    const ms_explanation *e = v->explanation;
    const size_t n = width_of(v), shown = top < n ? top : n;
    if (row >= e->n) return ms_error_set(err, MS_EUSAGE, "there is no row %zu", row);
    const double *own = values_of(v) + row * n,
                 *errors = v->groups ? e->group_standard_error : e->standard_error;
    char note[400], title[200], others[64];
    ranked *order = ms_calloc(n, sizeof *order);
    ms_plot_step *steps = ms_calloc(shown + 1, sizeof *steps);
    char(*names)[160] = ms_calloc(shown + 1, sizeof *names);
    ms_status status = order && steps && names ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        double rest = e->residual[row];
        for (size_t j = 0; j < n; j++) order[j] = (ranked){j, fabs(own[j]), own[j]};
        qsort(order, n, sizeof *order, larger_first);
        for (size_t k = 0; k < shown; k++) {
            step_name(v, row, order[k].j, names[k]);
            steps[k] =
                (ms_plot_step){names[k], order[k].mean, errors ? errors[row * n + order[k].j] : (double)NAN};
        }
        for (size_t k = shown; k < n; k++) rest += order[k].mean;
        (void)ms_text_format(others, sizeof others, "%zu other %s", n - shown,
                             v->groups ? "groups" : "inputs");
        steps[shown] = (ms_plot_step){others, rest, NAN};
        write_note(v, note, "");
        (void)ms_text_format(title, sizeof title, "What the risk%s%.100s is made up of", id ? " of " : "",
                             id ? id : "");
        status = ms_plot_waterfall(e->baseline, steps, shown + (shown < n ? 1 : 0), title,
                                   "risk (log hazard ratio)", note, path, err);
    }
    free(order);
    free(steps);
    free(names);
    return status;
}
