/* Explaining a model's risks: checks, background, one patient after the other. */
#include "model/explain.h"

#include "model/columns.h"
#include "model/predict.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 1024, MOST_SAMPLES = 1000000 };

const char *const ms_explain_method_names[MS_EXPLAIN_METHODS] = {"integrated-gradients", "shapley"};

void ms_explain_options_default(ms_explain_options *options) {
    *options = (ms_explain_options){
        .method = MS_EXPLAIN_GRADIENTS, .max_background = 100, .samples = 200, .seed = 1};
}

void ms_explanation_clear(ms_explanation *e) {
    free(e->risk);
    free(e->value);
    free(e->contribution);
    free(e->standard_error);
    free(e->residual);
    free(e->group_contribution);
    free(e->group_standard_error);
    *e = (ms_explanation){0};
}

static ms_status check_options(const ms_model *model, size_t p, const ms_explain_options *o, ms_error *err) {
    if (p != model->prep.n_features)
        return ms_error_set(err, MS_EUSAGE, "the model needs %zu inputs, not %zu", model->prep.n_features, p);
    if (o->steps > MOST_STEPS)
        return ms_error_set(err, MS_EUSAGE, "integrated gradients take at most %d steps, not %zu", MOST_STEPS,
                            o->steps);
    if (o->method == MS_EXPLAIN_SHAPLEY && (o->samples < 2 || o->samples > MOST_SAMPLES))
        return ms_error_set(err, MS_EUSAGE, "Shapley sampling takes from 2 to %d orders, not %zu",
                            MOST_SAMPLES, o->samples);
    if (o->background && (o->n_background == 0 || o->max_background == 0))
        return ms_error_set(err, MS_EUSAGE, "the background has no rows");
    for (size_t j = 0; o->group && j < p; j++)
        if (o->group[j] >= o->n_groups)
            return ms_error_set(err, MS_EUSAGE, "column %zu: there is no group %zu", j, o->group[j]);
    return MS_OK;
}

/* Scaled background rows, thinned where there are too many; the training rows' centre, which is 0, without
 * any. */
static ms_status make_background(const ms_chain *chain, const ms_explain_options *o, double **rows, size_t *n,
                                 ms_error *err) {
    const ms_prep *prep = &chain->model->prep;
    const size_t many = o->background ? o->n_background : 1,
                 kept = o->background && o->max_background < many ? o->max_background : many;
    double *scaled = ms_calloc(kept * chain->n_inputs, sizeof *scaled);
    size_t *order = ms_calloc(many, sizeof *order);
    ms_random *random = ms_random_new(o->seed, "explain background");
    ms_status status = scaled && order && random ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; status == MS_OK && i < many; i++) order[i] = i;
    if (status == MS_OK && kept < many) ms_random_shuffle(random, order, many);
    for (size_t i = 0; status == MS_OK && o->background && i < kept; i++)
        ms_prep_apply(prep, o->background + order[i] * prep->n_features, 1, scaled + i * chain->n_inputs);
    free(order);
    ms_random_free(random);
    if (status != MS_OK) {
        free(scaled);
        return status;
    }
    *rows = scaled;
    *n = kept;
    return MS_OK;
}

static ms_status mean_background_risk(const ms_explain_job *job, double *baseline, ms_error *err) {
    const ms_chain *chain = job->chain;
    double *work = ms_calloc(chain->width + chain->places, sizeof *work), sum = 0;
    if (!work) return ms_error_nomem(err);
    for (size_t i = 0; i < job->n_background; i++) {
        ms_chain_sums(chain, job->background + i * chain->n_inputs, work);
        sum += ms_chain_risk(chain, work, work + chain->width);
    }
    free(work);
    *baseline = sum / (double)job->n_background;
    return MS_OK;
}

static ms_status explanation_alloc(ms_explanation *e, const ms_explain_options *o, ms_error *err) {
    const bool errors = o->method == MS_EXPLAIN_SHAPLEY && e->samples > 2; /* one pair alone has no spread */
    e->risk = ms_calloc(e->n, sizeof *e->risk);
    e->residual = ms_calloc(e->n, sizeof *e->residual);
    e->value = ms_calloc(e->n * e->p, sizeof *e->value);
    e->contribution = ms_calloc(e->n * e->p, sizeof *e->contribution);
    if (errors) e->standard_error = ms_calloc(e->n * e->p, sizeof *e->standard_error);
    if (o->group) {
        e->n_groups = o->n_groups;
        e->group_contribution = ms_calloc(e->n * e->n_groups, sizeof *e->group_contribution);
        if (errors) e->group_standard_error = ms_calloc(e->n * e->n_groups, sizeof *e->group_standard_error);
    }
    if (!e->risk || !e->residual || !e->value || !e->contribution || (errors && !e->standard_error) ||
        (o->group && (!e->group_contribution || (errors && !e->group_standard_error))))
        return ms_error_nomem(err);
    return MS_OK;
}

typedef struct task {
    const ms_explain_job *job;
    ms_explanation *e;
    ms_progress *bar;
} task;

static ms_status run_method(const task *t, const double *z, size_t row, double *own, double *error,
                            ms_error *err) {
    ms_explanation *e = t->e;
    const size_t g = row * e->n_groups;
    if (e->method == MS_EXPLAIN_GRADIENTS) return ms_explain_gradients(t->job, z, own, err);
    return ms_explain_shapley(t->job, z, row, own, e->standard_error ? error : NULL,
                              e->group_contribution ? e->group_contribution + g : NULL,
                              e->group_standard_error ? e->group_standard_error + g : NULL, err);
}

/* From scaled inputs back to the columns as they were given. */
static void take_row(const task *t, size_t row, const double *own, const double *error) {
    ms_explanation *e = t->e;
    const ms_explain_job *job = t->job;
    double *contribution = e->contribution + row * e->p, sum = 0;
    for (size_t j = 0; j < job->chain->n_inputs; j++) {
        contribution[job->column[j]] = own[j];
        if (e->standard_error) e->standard_error[row * e->p + job->column[j]] = error[j];
        sum += own[j];
    }
    e->residual[row] = e->risk[row] - e->baseline - sum;
    if (!e->group_contribution || e->method == MS_EXPLAIN_SHAPLEY) return;
    for (size_t j = 0; j < e->p; j++)
        e->group_contribution[row * e->n_groups + job->group[j]] += contribution[j];
}

static ms_status explain_row(void *context, size_t row, ms_error *err) {
    const task *t = context;
    const ms_chain *chain = t->job->chain;
    double *z = ms_calloc(3 * chain->n_inputs, sizeof *z), *own = z + chain->n_inputs,
           *error = own + chain->n_inputs;
    ms_status status = z ? ms_stop_check(err) : ms_error_nomem(err);
    if (status == MS_OK) {
        ms_prep_apply(&chain->model->prep, t->e->value + row * t->e->p, 1, z);
        status = run_method(t, z, row, own, error, err);
    }
    if (status == MS_OK) take_row(t, row, own, error);
    free(z);
    ms_progress_step(t->bar, 1);
    return status;
}

/* Orders come in pairs, and each background row has as many of them as the others: two or more where there
 * are several, so that there is a standard error. */
static size_t whole_rounds(size_t samples, size_t n_background) {
    const size_t round = 2 * n_background, rounds = (samples + round - 1) / round;
    return (n_background > 1 && rounds < 2 ? 2 : rounds) * round;
}

ms_status ms_model_explain(const ms_model *model, const double *x, size_t n, size_t p,
                           const ms_explain_options *options, ms_explanation *explanation, ms_error *err) {
    ms_chain chain = {0};
    ms_explanation e = {.n = n, .p = p, .method = options->method};
    ms_explain_job job = {.chain = &chain,
                          .steps = options->steps,
                          .seed = options->seed,
                          .group = options->group,
                          .n_groups = options->n_groups};
    double *background = NULL;
    size_t *column = NULL;
    ms_status status = check_options(model, p, options, err);
    if (status == MS_OK) status = ms_chain_init(&chain, model, err);
    if (status == MS_OK) status = make_background(&chain, options, &background, &job.n_background, err);
    if (status != MS_OK) goto cleanup;
    column = ms_calloc(chain.n_inputs, sizeof *column);
    job.background = background;
    job.samples = e.samples =
        options->method == MS_EXPLAIN_SHAPLEY ? whole_rounds(options->samples, job.n_background) : 0;
    e.n_background = options->background ? job.n_background : 0;
    status = column ? explanation_alloc(&e, options, err) : ms_error_nomem(err);
    if (status != MS_OK) goto cleanup;
    ms_chain_columns(&chain, column);
    job.column = column;
    memcpy(e.value, x, n * p * sizeof *x);
    status = ms_model_predict(model, x, n, p, e.risk, err);
    if (status == MS_OK) status = mean_background_risk(&job, &e.baseline, err);
    if (status == MS_OK) {
        task t = {&job, &e, ms_progress_start("explain", n)};
        status = ms_parallel_for(n, explain_row, &t, err);
        ms_progress_end(t.bar);
    }
    if (status == MS_OK) {
        *explanation = e;
        e = (ms_explanation){0};
    }
cleanup:
    ms_explanation_clear(&e);
    ms_chain_clear(&chain);
    free(background);
    free(column);
    return status;
}

ms_status ms_model_inputs(const ms_model *model, const ms_table *table, double **x, ms_error *err) {
    ms_table_patients found = {0};
    ms_model_steps steps;
    double *values = NULL;
    ms_model_get_steps(model, &steps);
    ms_status status = ms_table_patients_find(model, table, &found, err);
    if (status == MS_OK) {
        const ms_columns columns = {found.columns, model->prep.n_features};
        status = ms_columns_read(table, &columns, &values, err);
    }
    if (status == MS_OK && found.batch)
        status = ms_model_steps_apply(&steps, values, ms_table_rows(table), found.batch, err);
    ms_table_patients_clear(&found);
    if (status == MS_OK)
        *x = values;
    else
        free(values);
    return status;
}

ms_status ms_explain_followup(const ms_table *table, const char *time_column, const char *event_column,
                              double **time, uint8_t **event, ms_error *err) {
    const size_t n = ms_table_rows(table);
    size_t t = 0, e = 0;
    char *value = NULL;
    double *times = ms_calloc(n, sizeof *times);
    uint8_t *events = ms_calloc(n, 1);
    ms_status status = times && events ? ms_table_require(table, time_column, &t, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_event_column(table, event_column, &e, &value, err);
    if (status == MS_OK) status = ms_followup_read(table, t, e, value, times, events, err);
    free(value);
    if (status == MS_OK) {
        *time = times;
        *event = events;
        return MS_OK;
    }
    free(times);
    free(events);
    return status;
}

/* d risk / d raw input: through the scaling, which is flat beyond the clip and where the value is missing. */
static void raw_gradient(const ms_prep *prep, const double *x, const double *z, const double *slope,
                         double *gradient) {
    for (size_t j = 0; j < prep->n_features; j++) {
        gradient[j] = 0;
        if (prep->dropped[j]) continue;
        const bool flat = isnan(x[j]) || (prep->clip > 0 && fabs(*z) >= prep->clip);
        gradient[j] = flat ? 0 : *slope / prep->scale[j];
        z++;
        slope++;
    }
}

ms_status ms_model_gradient(const ms_model *model, const double *x, size_t n, size_t p, double *gradient,
                            ms_error *err) {
    ms_chain chain = {0};
    const ms_explain_options none = {.max_background = 1};
    double *block = NULL;
    ms_status status = check_options(model, p, &none, err);
    if (status == MS_OK) status = ms_chain_init(&chain, model, err);
    if (status != MS_OK) return status;
    const size_t width = chain.width;
    block = ms_calloc(3 * width + chain.places + 2 * chain.n_inputs, sizeof *block);
    status = block ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; status == MS_OK && i < n; i++) {
        double *sums = block, *total = block + width, *own = block + 2 * width, *work = block + 3 * width,
               *z = work + chain.places, *slope = z + chain.n_inputs;
        ms_prep_apply(&model->prep, x + i * p, 1, z);
        ms_chain_sums(&chain, z, sums);
        memset(total, 0, width * sizeof *total);
        for (size_t k = 0; k < chain.n_heads; k++) {
            (void)ms_head_gradient(&chain.heads[k], sums + chain.offset[k], own, work);
            for (size_t u = 0; u < ms_head_width(&chain.heads[k]); u++)
                total[chain.offset[k] + u] += own[u] * model->shrinkage / (double)chain.n_heads;
        }
        ms_chain_back(&chain, total, slope);
        raw_gradient(&model->prep, x + i * p, z, slope, gradient + i * p);
    }
    free(block);
    ms_chain_clear(&chain);
    return status;
}

void ms_explain_mean(const double *values, size_t n, size_t n_columns, double *mean_abs, double *mean) {
    for (size_t j = 0; j < n_columns; j++) {
        double sum = 0, absolute = 0;
        for (size_t i = 0; i < n; i++) {
            sum += values[i * n_columns + j];
            absolute += fabs(values[i * n_columns + j]);
        }
        if (mean_abs) mean_abs[j] = absolute / (double)n;
        if (mean) mean[j] = sum / (double)n;
    }
}
