/* Training with harmonization and selection before the network. See myosurv/study_train.h. */
#include "study/train_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_train_steps_default(ms_train_steps *steps) {
    *steps = (ms_train_steps){0};
    ms_select_options_default(&steps->select_options);
}

/* ---- harmonization ----------------------------------------------------------------------------------- */

/* The names of columns[n] with commas between them, as the filters and ComBat take them. */
static ms_status join(const ms_train_inputs *in, const bool *take, ms_buffer *list, ms_error *err) {
    for (size_t j = 0; j < in->p; j++) {
        if (!take[j]) continue;
        if (strpbrk(in->names[j], ",*?"))
            return ms_error_set(
                err, MS_EINPUT,
                "%s: column '%s' has a character of , * ? in its name: rename it to harmonize "
                "or select",
                ms_table_name(in->table), in->names[j]);
        ms_buffer_printf(list, "%s%s", list->length ? "," : "", in->names[j]);
    }
    return ms_buffer_failed(list) ? ms_error_nomem(err) : MS_OK;
}

/* More than two different values: a scanner does not change sex. */
static bool is_measured(const ms_train_inputs *in, size_t j) {
    double a = NAN, b = NAN;
    for (size_t i = 0; i < in->n; i++) {
        const double v = in->x[i * in->p + j];
        if (isnan(v) || v == a || v == b) continue;
        if (!isnan(a) && !isnan(b)) return true;
        if (isnan(a))
            a = v;
        else
            b = v;
    }
    return false;
}

static bool is_among(const ms_table *table, const ms_indices *columns, const char *name) {
    for (size_t k = 0; k < columns->n; k++)
        if (strcmp(ms_table_column_name(table, columns->at[k]), name) == 0) return true;
    return false;
}

static ms_status choose_harmonized(const ms_prepare *p, const ms_train_inputs *in, bool *take,
                                   ms_error *err) {
    ms_indices listed = {0}, kept = {0};
    ms_status status = MS_OK;
    size_t n = 0;
    if (p->steps->harmonize_columns)
        status = ms_columns_of(in->table, p->steps->harmonize_columns, NULL, 0, &listed, err);
    if (status == MS_OK && p->steps->harmonize_keep)
        status = ms_columns_of(in->table, p->steps->harmonize_keep, NULL, 0, &kept, err);
    for (size_t j = 0; status == MS_OK && j < in->p; j++) {
        take[j] = in->keep[j] && !is_among(in->table, &kept, in->names[j]) &&
                  (listed.at ? is_among(in->table, &listed, in->names[j]) : is_measured(in, j));
        n += take[j];
    }
    if (status == MS_OK && n == 0)
        status = ms_error_set(err, MS_EINPUT, "%s: no input column is left to harmonize",
                              ms_table_name(in->table));
    ms_indices_clear(&listed);
    ms_indices_clear(&kept);
    return status;
}

/* ComBat's fit as the model's correction; a feature it left alone has 0, 1, 0. */
static ms_status take_correction(ms_prepare *p, const ms_train_inputs *in, const ms_combat *combat,
                                 const bool *take, ms_error *err) {
    const size_t n = combat->n_batches * in->p;
    p->p = in->p;
    p->n_batches = combat->n_batches;
    p->centre = ms_calloc(n, sizeof *p->centre);
    p->divisor = ms_calloc(n, sizeof *p->divisor);
    p->target = ms_calloc(n, sizeof *p->target);
    if (!p->centre || !p->divisor || !p->target) return ms_error_nomem(err);
    size_t f = 0;
    for (size_t j = 0; j < in->p; j++) {
        for (size_t b = 0; b < combat->n_batches; b++) p->divisor[b * in->p + j] = 1;
        if (!take[j]) continue;
        for (size_t b = 0; combat->state[f] == MS_COMBAT_FITTED && b < combat->n_batches; b++) {
            const size_t k = b * in->p + j;
            p->centre[k] = combat->mean[f] + combat->sd[f] * combat->gamma[b * combat->p + f];
            p->divisor[k] = sqrt(combat->delta[b * combat->p + f]);
            p->target[k] = combat->mean[f];
        }
        p->n_harmonized += combat->state[f] == MS_COMBAT_FITTED;
        f++;
    }
    return MS_OK;
}

static void view(const ms_prepare *p, ms_model_steps *steps) {
    *steps = (ms_model_steps){.p = p->p};
    if (!p->harmonizer) return;
    steps->batch_column = p->steps->harmonize;
    steps->batches = p->batches;
    steps->n_batches = p->n_batches;
    steps->centre = p->centre;
    steps->divisor = p->divisor;
    steps->target = p->target;
}

static ms_status apply(const ms_prepare *p, const ms_train_inputs *in, ms_error *err) {
    ms_model_steps steps;
    view(p, &steps);
    if (!steps.batch_column) return MS_OK;
    size_t *batch = ms_calloc(in->n, sizeof *batch);
    ms_status status = batch ? ms_model_steps_batches(&steps, in->table, batch, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_model_steps_apply(&steps, in->x, in->n, batch, err);
    free(batch);
    return status;
}

static ms_status harmonize(ms_prepare *p, const ms_train_inputs *in, ms_error *err) {
    ms_buffer list;
    ms_buffer_init(&list);
    bool *take = ms_calloc(in->p, sizeof *take);
    ms_status status = take ? choose_harmonized(p, in, take, err) : ms_error_nomem(err);
    if (status == MS_OK) status = join(in, take, &list, err);
    ms_harmonize_options o = {
        .features = list.data, .batch = p->steps->harmonize, .covariates = p->steps->harmonize_keep};
    ms_combat_options_default(&o.combat);
    if (status == MS_OK) status = ms_harmonizer_fit(in->table, &o, &p->harmonizer, err);
    if (status == MS_OK) {
        const ms_combat *combat = ms_harmonizer_combat(p->harmonizer);
        status = take_correction(p, in, combat, take, err);
        p->batches = ms_calloc(combat->n_batches, sizeof *p->batches);
        if (!p->batches) status = ms_error_nomem(err);
        for (size_t b = 0; p->batches && b < combat->n_batches; b++)
            p->batches[b] = ms_harmonizer_batch_name(p->harmonizer, b);
    }
    ms_buffer_clear(&list);
    free(take);
    return status == MS_OK ? apply(p, in, err) : status;
}

/* ---- the way through ---------------------------------------------------------------------------------- */

/* Without a list of inputs the column of the batch is none. */
static void leave_out_batch(const ms_prepare *p, const ms_train_inputs *in) {
    for (size_t j = 0; !p->columns && p->steps->harmonize && j < in->p; j++)
        if (strcmp(in->names[j], p->steps->harmonize) == 0) in->keep[j] = false;
}

/* The correction of the columns that stay. */
static void keep_correction(ms_prepare *p, const bool *keep) {
    size_t to = 0, n = 0;
    for (size_t k = 0; k < p->n_batches * p->p; k++) {
        if (!keep[k % p->p]) continue;
        p->centre[to] = p->centre[k];
        p->divisor[to] = p->divisor[k];
        p->target[to++] = p->target[k];
    }
    for (size_t j = 0; j < p->p; j++) n += keep[j];
    p->p = n;
}

static ms_status prepare(void *context, const ms_train_inputs *in, ms_error *err) {
    ms_prepare *p = context;
    if (in->set > 0) return apply(p, in, err);
    p->p = in->p;
    leave_out_batch(p, in);
    ms_status status = p->steps->harmonize ? harmonize(p, in, err) : MS_OK;
    if (status == MS_OK && p->steps->select) status = ms_prepare_select(p, in, err);
    if (status == MS_OK) keep_correction(p, in->keep);
    return status;
}

static void prepare_clear(ms_prepare *p) {
    ms_harmonizer_free(p->harmonizer);
    free(p->batches);
    free(p->centre);
    free(p->divisor);
    free(p->target);
    free(p->selection_json);
    free(p->harmonization_json);
}

/* The steps into the model, with a record of what was done. */
static ms_status put_steps(ms_prepare *p, ms_model *model, ms_error *err) {
    ms_model_steps steps;
    ms_status status = p->harmonizer ? ms_prepare_record(p, err) : MS_OK;
    view(p, &steps);
    steps.selection_json = p->selection_json;
    steps.harmonization_json = p->harmonization_json;
    return status == MS_OK ? ms_model_set_steps(model, &steps, err) : status;
}

ms_status ms_train_with_steps(const ms_table *table, const char *time, const char *event, const char *columns,
                              const ms_train_steps *steps, const ms_train_config *config, uint64_t seed,
                              const ms_train_tables *more, ms_model **model, ms_error *err) {
    if (!steps || !(steps->harmonize || steps->select))
        return ms_model_train_table_more(table, time, event, columns, config, seed, more, model, err);
    ms_prepare p = {.steps = steps, .columns = columns, .seed = seed};
    ms_train_tables all = *more;
    ms_model *made = NULL;
    all.prepare = prepare;
    all.prepare_context = &p;
    ms_status status = ms_model_train_table_more(table, time, event, columns, config, seed, &all, &made, err);
    if (status == MS_OK) status = put_steps(&p, made, err);
    prepare_clear(&p);
    if (status == MS_OK)
        *model = made;
    else
        ms_model_free(made);
    return status;
}
