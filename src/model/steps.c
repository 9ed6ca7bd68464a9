/* The steps before the network: batches corrected as ComBat would, columns chosen. See myosurv/model_steps.h.
 */
#include "model/steps.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

void ms_steps_free(struct ms_steps *steps) {
    if (!steps) return;
    for (size_t b = 0; steps->batches && b < steps->n_batches; b++) free(steps->batches[b]);
    free(steps->batches);
    free(steps->batch_column);
    free(steps->centre);
    free(steps->divisor);
    free(steps->target);
    free(steps->selection_json);
    free(steps->harmonization_json);
    free(steps);
}

ms_status ms_steps_alloc(struct ms_steps **steps, size_t n_batches, size_t p, ms_error *err) {
    struct ms_steps *made = ms_calloc(1, sizeof *made);
    if (!made) return ms_error_nomem(err);
    made->n_batches = n_batches;
    made->p = p;
    made->batches = ms_calloc(n_batches, sizeof *made->batches);
    made->centre = ms_calloc(n_batches * p, sizeof *made->centre);
    made->divisor = ms_calloc(n_batches * p, sizeof *made->divisor);
    made->target = ms_calloc(n_batches * p, sizeof *made->target);
    if (!made->batches || !made->centre || !made->divisor || !made->target) {
        ms_steps_free(made);
        return ms_error_nomem(err);
    }
    *steps = made;
    return MS_OK;
}

bool ms_steps_make_sense(const struct ms_steps *steps) {
    for (size_t k = 0; k < steps->n_batches * steps->p; k++)
        if (!isfinite(steps->centre[k]) || !isfinite(steps->target[k]) || !isfinite(steps->divisor[k]) ||
            !(steps->divisor[k] > 0))
            return false;
    for (size_t b = 0; b < steps->n_batches; b++)
        for (size_t c = 0; c < b; c++)
            if (strcmp(steps->batches[b], steps->batches[c]) == 0) return false;
    return true;
}

static ms_status copy_text(const char *text, char **copy, ms_error *err) {
    if (!text) return MS_OK;
    *copy = ms_strdup(text);
    return *copy ? MS_OK : ms_error_nomem(err);
}

/* A record must be a JSON object, since it becomes a part of the model file's header. */
static ms_status copy_record(const char *text, const char *name, char **copy, ms_error *err) {
    cJSON *root = NULL;
    if (!text) return MS_OK;
    ms_status status = ms_json_parse(text, strlen(text), name, &root, err);
    if (status == MS_OK && !cJSON_IsObject(root))
        status = ms_error_set(err, MS_EINPUT, "%s: is no JSON object", name);
    cJSON_Delete(root);
    return status == MS_OK ? copy_text(text, copy, err) : status;
}

static ms_status copy_steps(const ms_model_steps *from, struct ms_steps *to, ms_error *err) {
    ms_status status = copy_text(from->batch_column, &to->batch_column, err);
    for (size_t b = 0; status == MS_OK && b < to->n_batches; b++)
        status = copy_text(from->batches[b], &to->batches[b], err);
    const size_t n = to->n_batches * to->p;
    if (n > 0) {
        memcpy(to->centre, from->centre, n * sizeof *to->centre);
        memcpy(to->divisor, from->divisor, n * sizeof *to->divisor);
        memcpy(to->target, from->target, n * sizeof *to->target);
    }
    if (status == MS_OK)
        status = copy_record(from->selection_json, "record of the selection", &to->selection_json, err);
    if (status == MS_OK)
        status = copy_record(from->harmonization_json, "record of the harmonization", &to->harmonization_json,
                             err);
    return status;
}

ms_status ms_model_set_steps(ms_model *model, const ms_model_steps *steps, ms_error *err) {
    struct ms_steps *made = NULL;
    const size_t n_batches = steps->batch_column ? steps->n_batches : 0;
    if (steps->p != model->prep.n_features)
        return ms_error_set(err, MS_EUSAGE, "the steps are for %zu inputs and the model has %zu", steps->p,
                            model->prep.n_features);
    if (model->steps) return ms_error_set(err, MS_EUSAGE, "the model has its steps already");
    if (steps->batch_column && (n_batches < 1 || n_batches > MS_STEPS_MAX_BATCHES))
        return ms_error_set(err, MS_EINPUT, "a correction is for 1 to %u batches, not %zu",
                            MS_STEPS_MAX_BATCHES, n_batches);
    ms_status status = ms_steps_alloc(&made, n_batches, steps->p, err);
    if (status == MS_OK) status = copy_steps(steps, made, err);
    if (status == MS_OK && !ms_steps_make_sense(made))
        status = ms_error_set(err, MS_EINPUT,
                              "a batch's correction holds a number that cannot be, or two batches have one "
                              "name");
    if (status == MS_OK)
        model->steps = made;
    else
        ms_steps_free(made);
    return status;
}

void ms_model_get_steps(const ms_model *model, ms_model_steps *steps) {
    const struct ms_steps *s = model->steps;
    *steps = (ms_model_steps){0};
    if (!s) return;
    *steps = (ms_model_steps){.batch_column = s->batch_column,
                              .batches = (const char *const *)s->batches,
                              .n_batches = s->n_batches,
                              .p = s->p,
                              .centre = s->centre,
                              .divisor = s->divisor,
                              .target = s->target,
                              .selection_json = s->selection_json,
                              .harmonization_json = s->harmonization_json};
}

void ms_steps_correct(const struct ms_steps *steps, double *x, size_t stride, size_t batch) {
    const size_t from = batch * steps->p;
    for (size_t j = 0; j < steps->p; j++) {
        const size_t k = from + j;
        x[j * stride] = (x[j * stride] - steps->centre[k]) / steps->divisor[k] + steps->target[k];
    }
}

ms_status ms_model_steps_apply(const ms_model_steps *steps, double *x, size_t n, const size_t *batch,
                               ms_error *err) {
    if (!steps->batch_column) return MS_OK;
    for (size_t i = 0; i < n; i++)
        if (batch[i] >= steps->n_batches)
            return ms_error_set(err, MS_EINPUT, "row %zu: batch %zu is not one of the %zu", i + 1, batch[i],
                                steps->n_batches);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < steps->p; j++) {
            const size_t k = batch[i] * steps->p + j;
            double *value = &x[i * steps->p + j];
            *value = (*value - steps->centre[k]) / steps->divisor[k] + steps->target[k];
        }
    return MS_OK;
}

static ms_status unknown_batch(const ms_model_steps *steps, const ms_table *table, size_t row, size_t column,
                               ms_error *err) {
    enum { shown = 10 };
    ms_buffer known;
    ms_buffer_init(&known);
    for (size_t b = 0; b < steps->n_batches && b < shown; b++)
        ms_buffer_printf(&known, "%s%.60s", b ? ", " : "", steps->batches[b]);
    if (steps->n_batches > shown) ms_buffer_printf(&known, " and %zu more", steps->n_batches - shown);
    ms_status status;
    if (ms_buffer_failed(&known))
        status = ms_error_nomem(err);
    else if (ms_table_missing(table, row, column))
        status =
            ms_error_set(err, MS_EINPUT, "%s:%zu: column %s: the batch is missing; the model knows %s",
                         ms_table_name(table), ms_table_line(table, row), steps->batch_column, known.data);
    else
        status = ms_error_set(
            err, MS_EINPUT,
            "%s:%zu: column %s: the model was trained without patients of batch '%.60s' and cannot correct "
            "for it; it knows %s",
            ms_table_name(table), ms_table_line(table, row), steps->batch_column,
            ms_table_cell(table, row, column), known.data);
    ms_buffer_clear(&known);
    return status;
}

ms_status ms_model_steps_batches(const ms_model_steps *steps, const ms_table *table, size_t *batch,
                                 ms_error *err) {
    size_t column = 0, last = 0;
    if (!steps->batch_column) return MS_OK;
    if (!ms_table_find(table, steps->batch_column, &column))
        return ms_error_set(err, MS_EINPUT,
                            "%s: the model corrects for the batch that column %s names, and the table has no "
                            "such column",
                            ms_table_name(table), steps->batch_column);
    for (size_t i = 0; i < ms_table_rows(table); i++) {
        const char *cell = ms_table_cell(table, i, column);
        size_t b = last; /* rows of one batch often follow each other */
        if (strcmp(steps->batches[b], cell) != 0)
            for (b = 0; b < steps->n_batches && strcmp(steps->batches[b], cell) != 0;) b++;
        if (b == steps->n_batches || ms_table_missing(table, i, column))
            return unknown_batch(steps, table, i, column, err);
        batch[i] = last = b;
    }
    return MS_OK;
}
