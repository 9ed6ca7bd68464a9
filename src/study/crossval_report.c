/* A cross-validation as text, JSON and a table of out-of-fold predictions. */
#include "study/crossval.h"
#include "study/evaluate.h"
#include "study/writer.h"

#include <cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

enum { NAME = 30, CELL = 29 };

static const ms_cv_score *score_of(const ms_crossval *c, size_t m, size_t v) {
    return &c->scores[m * (c->n_scores / c->n_procedures) + v];
}

static void put_name(ms_buffer *b, const ms_cv_score *s, const char *how) {
    char name[96], time[32];
    ms_format_number(time, s->time);
    (void)ms_text_format(name, sizeof name, "%s%s%s, %s",
                         s->measure == MS_EVAL_HARRELL ? "C"
                         : s->measure == MS_EVAL_AUC   ? "AUC"
                                                       : "Brier",
                         isnan(s->time) ? "" : " at ", isnan(s->time) ? "" : time, how);
    ms_buffer_printf(b, "%-*s", NAME, name);
}

static void put_spread(ms_buffer *b, double value, double sd) {
    char text[64];
    if (isnan(value))
        (void)ms_text_format(text, sizeof text, "NA");
    else if (isnan(sd))
        (void)ms_text_format(text, sizeof text, "%.3f", value);
    else
        (void)ms_text_format(text, sizeof text, "%.3f (SD %.3f)", value, sd);
    ms_buffer_printf(b, "%*s", CELL, text);
}

static void scores(ms_buffer *b, const ms_crossval *c) {
    for (size_t v = 0; v < c->n_scores / c->n_procedures; v++) {
        put_name(b, score_of(c, 0, v), "pooled");
        for (size_t m = 0; m < c->n_procedures; m++)
            put_spread(b, score_of(c, m, v)->pooled, score_of(c, m, v)->pooled_sd);
        ms_buffer_append(b, "\n");
        put_name(b, score_of(c, 0, v), "by fold");
        for (size_t m = 0; m < c->n_procedures; m++)
            put_spread(b, score_of(c, m, v)->fold, score_of(c, m, v)->fold_sd);
        ms_buffer_append(b, "\n");
    }
}

static void permuted(ms_buffer *b, const ms_crossval *c) {
    if (!c->permutations) return;
    ms_buffer_printf(b, "\nOutcomes permuted, %zu times: C should be about 0.5\n%-*s", c->permutations, NAME,
                     "C, mean");
    for (size_t m = 0; m < c->n_procedures; m++) put_spread(b, c->permuted_mean[m], c->permuted_sd[m]);
    ms_buffer_printf(b, "\n%-*s", NAME, "p of the real C");
    for (size_t m = 0; m < c->n_procedures; m++) ms_buffer_printf(b, "%*.3g", CELL, c->permuted_p[m]);
    ms_buffer_append(b, "\n");
}

ms_status ms_crossval_text(const ms_crossval *c, char **text, ms_error *err) {
    ms_buffer b;
    char *judged = NULL;
    ms_buffer_init(&b);
    ms_buffer_printf(&b, "Cross-validation: %zu folds, %zu repeat%s; n= %zu, events= %zu\n", c->folds,
                     c->repeats, c->repeats == 1 ? "" : "s", c->n, c->n_events);
    ms_buffer_printf(&b,
                     "Every fitted step was fitted anew in each training part. Pooled: all predictions of a "
                     "repeat together%s;\nby fold: mean and SD over the %zu test parts.\n\n%-*s",
                     c->repeats > 1 ? " (SD over repeats)" : "", c->folds * c->repeats, NAME, "");
    for (size_t m = 0; m < c->n_procedures; m++) ms_buffer_printf(&b, "%*s", CELL, c->names[m]);
    ms_buffer_append(&b, "\n");
    scores(&b, c);
    permuted(&b, c);
    ms_status status = ms_evaluations_text(&c->evaluation, 1, &judged, err);
    if (status == MS_OK)
        ms_buffer_printf(
            &b,
            "\nOut-of-fold predictions as those of one cohort. The intervals are of these "
            "patients drawn anew; how models differ\nfrom training part to training part is in the "
            "spread above.\n\n%s",
            judged);
    free(judged);
    if (status == MS_OK && ms_buffer_failed(&b)) status = ms_error_nomem(err);
    if (status == MS_OK)
        *text = b.data;
    else
        ms_buffer_clear(&b);
    return status;
}

/* ---- JSON ---- */

static ms_status json_score(const ms_cv_score *s, cJSON *list, ms_error *err) {
    cJSON *item = cJSON_CreateObject();
    if (!item || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(item, "measure", ms_eval_measure_name(s->measure), err);
    if (status == MS_OK) status = ms_json_add_number(item, "time", s->time, err);
    if (status == MS_OK) status = ms_json_add_number(item, "pooled", s->pooled, err);
    if (status == MS_OK) status = ms_json_add_number(item, "pooled_sd", s->pooled_sd, err);
    if (status == MS_OK) status = ms_json_add_number(item, "fold_mean", s->fold, err);
    if (status == MS_OK) status = ms_json_add_number(item, "fold_sd", s->fold_sd, err);
    if (status == MS_OK) status = ms_json_add_number(item, "fold_min", s->fold_low, err);
    if (status == MS_OK) status = ms_json_add_number(item, "fold_max", s->fold_high, err);
    if (status == MS_OK) status = ms_json_add_number(item, "folds", (double)s->n_folds, err);
    return status;
}

static ms_status json_procedure(const ms_crossval *c, size_t m, cJSON *list, ms_error *err) {
    const size_t width = c->n_scores / c->n_procedures, folds = c->repeats * c->folds;
    cJSON *item = cJSON_CreateObject(), *measures = NULL, *control = NULL;
    if (!item || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(item, "name", c->names[m], err);
    if (status == MS_OK) status = ms_json_add_array(item, "measures", &measures, err);
    for (size_t v = 0; v < width && status == MS_OK; v++)
        status = json_score(score_of(c, m, v), measures, err);
    if (status == MS_OK) status = ms_json_add_numbers(item, "fold_c", c->fold_c + m * folds, folds, err);
    if (status != MS_OK || !c->permutations) return status;
    status = ms_json_add_object(item, "permuted", &control, err);
    if (status == MS_OK) status = ms_json_add_number(control, "mean", c->permuted_mean[m], err);
    if (status == MS_OK) status = ms_json_add_number(control, "sd", c->permuted_sd[m], err);
    if (status == MS_OK) status = ms_json_add_number(control, "p", c->permuted_p[m], err);
    if (status == MS_OK)
        status = ms_json_add_numbers(control, "c", c->permuted_c + m * c->permutations, c->permutations, err);
    return status;
}

static ms_status fill_json(const ms_crossval *c, cJSON *root, ms_error *err) {
    cJSON *list = NULL, *judged = NULL;
    ms_status status = ms_json_add_number(root, "n", (double)c->n, err);
    if (status == MS_OK) status = ms_json_add_number(root, "events", (double)c->n_events, err);
    if (status == MS_OK) status = ms_json_add_number(root, "folds", (double)c->folds, err);
    if (status == MS_OK) status = ms_json_add_number(root, "repeats", (double)c->repeats, err);
    if (status == MS_OK) status = ms_json_add_number(root, "permutations", (double)c->permutations, err);
    if (status == MS_OK) status = ms_json_add_number(root, "seed", (double)c->seed, err);
    if (status == MS_OK) status = ms_json_add_array(root, "procedures", &list, err);
    for (size_t m = 0; m < c->n_procedures && status == MS_OK; m++) status = json_procedure(c, m, list, err);
    if (status == MS_OK) status = ms_json_add_object(root, "out_of_fold", &judged, err);
    return status == MS_OK ? ms_evaluations_add_json(&c->evaluation, 1, judged, err) : status;
}

ms_status ms_crossval_json(const ms_crossval *c, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    ms_buffer b;
    ms_buffer_init(&b);
    ms_status status = root ? fill_json(c, root, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_print(root, &b, err);
    cJSON_Delete(root);
    if (status == MS_OK)
        *text = b.data;
    else
        ms_buffer_clear(&b);
    return status;
}

/* ---- the table ---- */

/* "risk_PCA___Cox" is no column's name: "risk_pca_cox". */
static void column_name(char out[96], const char *what, const char *model) {
    size_t length = 0;
    char plain[64];
    for (; *model && length + 1 < sizeof plain; model++) {
        if (isalnum((unsigned char)*model))
            plain[length++] = (char)tolower((unsigned char)*model);
        else if (length && plain[length - 1] != '_')
            plain[length++] = '_';
    }
    plain[length] = '\0';
    (void)ms_text_format(out, 96, "%s_%s", what, plain);
}

static void put_patient(ms_writer *w, const ms_crossval *c, const ms_dataset *data, size_t r, size_t i) {
    char name[96], what[48], time[32];
    ms_writer_row(w);
    ms_writer_number(w, "row", (double)(i + 1));
    ms_writer_number(w, "repeat", (double)(r + 1));
    ms_writer_number(w, "fold", (double)(c->fold[r * c->n + i] + 1));
    ms_writer_number(w, "time", data->time[i]);
    ms_writer_number(w, "event", data->event[i]);
    for (size_t m = 0; m < c->n_procedures; m++) {
        const size_t at = ms_cv_at(c, m, r);
        column_name(name, "risk", c->names[m]);
        ms_writer_number(w, name, c->risk[at + i]);
        column_name(name, "high", c->names[m]);
        ms_writer_number(w, name, c->high[at + i]);
        for (size_t k = 0; k < c->n_times; k++) {
            ms_format_number(time, c->times[k]);
            (void)ms_text_format(what, sizeof what, "event_by_%s", time);
            column_name(name, what, c->names[m]);
            ms_writer_number(w, name, c->probability[at * c->n_times + k * c->n + i]);
        }
    }
}

ms_status ms_crossval_table(const ms_crossval *c, const ms_dataset *data, ms_table **table, ms_error *err) {
    ms_writer w = ms_writer_open("out of fold", err);
    for (size_t r = 0; r < c->repeats; r++)
        for (size_t i = 0; i < c->n; i++) put_patient(&w, c, data, r, i);
    if (w.status != MS_OK) {
        ms_table_free(w.table);
        return w.status;
    }
    *table = w.table;
    return MS_OK;
}
