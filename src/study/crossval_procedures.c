/* The procedures that are cross-validated: the network with all its steps, and the rivals. */
#include "study/crossval.h"

#include "myosurv/model_tune.h"
#include "myosurv/study_train.h"

#include <stdlib.h>
#include <string.h>

static bool go_on(void *context, const ms_epoch *epoch) {
    (void)context;
    (void)epoch;
    return ms_stop_signal() == 0;
}

/* Settings searched for on these rows alone. */
static ms_status tune(const ms_network_procedure *p, const ms_dataset *d, uint64_t seed,
                      ms_train_config *config, ms_error *err) {
    ms_tune_options o;
    ms_tune_result result = {0};
    ms_tune_options_default(&o);
    o.base = p->config;
    o.space = (const ms_tune_space *)p->space;
    o.trials = p->tune;
    o.seed = seed;
    ms_status status = ms_tune_run(d->x, d->n, d->p, d->names, d->time, d->event, &o, &result, err);
    if (status == MS_OK) *config = result.best;
    ms_tune_result_clear(&result);
    return status;
}

/* What a procedure sees of the columns; `store` and `part` are empty where it sees all of them. */
typedef struct seen {
    const ms_dataset *train;
    const double *x;
    ms_dataset_store store;
    double *part;
} seen;

static void seen_clear(seen *s) {
    ms_dataset_clear(&s->store);
    free(s->part);
}

static ms_status look(const ms_dataset *d, const double *x, size_t n, const size_t *columns, size_t n_columns,
                      seen *s, ms_error *err) {
    *s = (seen){.train = d, .x = x};
    if (!columns) return MS_OK;
    size_t *rows = ms_calloc(d->n, sizeof *rows);
    s->part = ms_calloc(n * n_columns, sizeof *s->part);
    ms_status status = rows && s->part ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < d->n && status == MS_OK; i++) rows[i] = i;
    if (status == MS_OK) status = ms_dataset_take(d, rows, d->n, columns, n_columns, &s->store, err);
    for (size_t i = 0; i < n && status == MS_OK; i++)
        for (size_t j = 0; j < n_columns; j++) s->part[i * n_columns + j] = x[i * d->p + columns[j]];
    free(rows);
    s->train = &s->store.view;
    s->x = s->part;
    return status;
}

/* ---- with harmonization or selection: training from a table ---- */

/* A column of this name that the table does not have, for the outcome. */
#define EVENT "cross_validation_event"

/* The rows of the whole table, with the outcome that this pass gives them (NULL: none). */
static ms_status part_of_table(const ms_network_procedure *p, const size_t *rows, size_t n,
                               const double *time, const uint8_t *event, ms_table **out, ms_error *err) {
    ms_table *part = NULL;
    size_t time_column = 0, event_column = 0, row = 0, column = 0;
    ms_status status = ms_table_new(&part, ms_table_name(p->table), err);
    for (size_t j = 0; j < ms_table_columns(p->table) && status == MS_OK; j++)
        status = ms_table_add_column(part, ms_table_column_name(p->table, j), &column, err);
    if (status == MS_OK) status = ms_table_require(part, p->time, &time_column, err);
    if (status == MS_OK) status = ms_table_add_column(part, EVENT, &event_column, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        status = ms_table_add_row(part, &row, err);
        for (size_t j = 0; j < ms_table_columns(p->table) && status == MS_OK; j++)
            if (j != time_column)
                status = ms_table_set(part, row, j, ms_table_cell(p->table, rows[i], j), err);
        if (status == MS_OK && time) status = ms_table_set_number(part, row, time_column, time[i], err);
        if (status == MS_OK && event) status = ms_table_set_number(part, row, event_column, event[i], err);
    }
    if (status == MS_OK)
        *out = part;
    else
        ms_table_free(part);
    return status;
}

static ms_status train_from_table(const ms_network_procedure *p, const ms_dataset *d,
                                  const size_t *train_rows, const ms_train_config *config, uint64_t seed,
                                  const size_t *test_rows, size_t n, ms_model **model, double *risk,
                                  ms_error *err) {
    const ms_train_tables more = {.callback = go_on};
    ms_table *train = NULL, *test = NULL;
    ms_model *made = NULL;
    ms_buffer columns;
    ms_buffer_init(&columns);
    for (size_t j = 0; j < d->p; j++) ms_buffer_printf(&columns, "%s%s", j ? "," : "", d->names[j]);
    ms_status status = ms_buffer_failed(&columns) ? ms_error_nomem(err) : MS_OK;
    if (status == MS_OK) status = part_of_table(p, train_rows, d->n, d->time, d->event, &train, err);
    if (status == MS_OK) status = part_of_table(p, test_rows, n, NULL, NULL, &test, err);
    if (status == MS_OK)
        status = ms_train_with_steps(train, p->time, EVENT, columns.data, p->steps, config, seed, &more,
                                     &made, err);
    if (status == MS_OK) status = ms_model_predict_table(made, test, risk, err);
    ms_buffer_clear(&columns);
    ms_table_free(train);
    ms_table_free(test);
    if (status == MS_OK)
        *model = made;
    else
        ms_model_free(made);
    return status;
}

/* ---- the network ---- */

static ms_status train_and_predict(const ms_network_procedure *p, const seen *s, const size_t *train_rows,
                                   uint64_t seed, const size_t *test_rows, size_t n, ms_model **model,
                                   double *risk, ms_error *err) {
    const ms_dataset *d = s->train;
    ms_train_config config = p->config;
    ms_status status = p->tune ? tune(p, d, seed, &config, err) : MS_OK;
    if (status == MS_OK && p->steps)
        return train_from_table(p, d, train_rows, &config, seed, test_rows, n, model, risk, err);
    if (status == MS_OK)
        status = ms_model_train(d->x, d->n, d->p, d->names, d->time, d->event, &config, seed, go_on, NULL,
                                model, err);
    return status == MS_OK ? ms_model_predict(*model, s->x, n, d->p, risk, err) : status;
}

static ms_status run_network(void *context, const ms_dataset *all, const size_t *train_rows, uint64_t seed,
                             const double *x, const size_t *test_rows, size_t n, const double *times,
                             size_t n_times, double *risk, double *probability, uint8_t *high,
                             ms_error *err) {
    const ms_network_procedure *p = context;
    ms_model *model = NULL;
    seen s;
    double *survival = ms_calloc(n * n_times, sizeof *survival);
    ms_status status = look(all, x, n, p->columns, p->n_columns, &s, err);
    if (status == MS_OK && !survival) status = ms_error_nomem(err);
    if (status == MS_OK) status = train_and_predict(p, &s, train_rows, seed, test_rows, n, &model, risk, err);
    if (status == MS_OK && n_times) status = ms_model_survival(model, risk, n, times, n_times, survival, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        high[i] = risk[i] > ms_model_cutpoint(model);
        for (size_t k = 0; k < n_times; k++) probability[k * n + i] = 1 - survival[i * n_times + k];
    }
    ms_model_free(model);
    seen_clear(&s);
    free(survival);
    return status;
}

ms_procedure ms_procedure_network(ms_network_procedure *network) {
    return (ms_procedure){.name = "Network", .context = network, .run = run_network};
}

static ms_status run_rival(void *context, const ms_dataset *all, const size_t *train_rows, uint64_t seed,
                           const double *x, const size_t *test_rows, size_t n, const double *times,
                           size_t n_times, double *risk, double *probability, uint8_t *high, ms_error *err) {
    const ms_rival_procedure *p = context;
    ms_rival_options o = p->options;
    ms_rival *rival = NULL;
    seen s;
    (void)train_rows;
    (void)test_rows;
    o.seed = seed;
    ms_status status = look(all, x, n, p->columns, p->n_columns, &s, err);
    if (status == MS_OK) status = ms_rival_fit(p->kind, s.train, &o, &rival, err);
    if (status == MS_OK) status = ms_rival_predict(rival, s.x, n, s.train->p, risk, err);
    if (status == MS_OK) ms_rival_probability(rival, risk, n, times, n_times, probability);
    for (size_t i = 0; i < n && status == MS_OK; i++) high[i] = risk[i] > ms_rival_cutpoint(rival);
    ms_rival_free(rival);
    seen_clear(&s);
    return status;
}

ms_procedure ms_procedure_rival(ms_rival_procedure *rival) {
    return (ms_procedure){
        .name = rival->name ? rival->name : ms_rival_name(rival->kind), .context = rival, .run = run_rival};
}
