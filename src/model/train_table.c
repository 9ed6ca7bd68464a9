/* Training from a table. */
#include "model/model.h"
#include "model/table_rows.h"

#include <string.h>

#define MAX_STRATA 10000u

/* Rows with equal text in the column are one stratum, numbered in the order of first appearance. */
static ms_status read_strata(const ms_table *table, const char *name, size_t **strata, ms_error *err) {
    const size_t n = ms_table_rows(table);
    size_t column, n_strata = 0;
    ms_status status = ms_table_require(table, name, &column, err);
    if (status != MS_OK) return status;
    size_t *made = ms_calloc(n, sizeof *made), *first = ms_calloc(n, sizeof *first);
    if (!made || !first) status = ms_error_nomem(err);
    for (size_t i = 0; status == MS_OK && i < n; i++) {
        const char *text = ms_table_cell(table, i, column);
        size_t k = 0;
        if (ms_table_missing(table, i, column) || n_strata > MAX_STRATA) {
            status = ms_error_set(
                err, MS_EINPUT, "%s:%zu: column %s: %s", ms_table_name(table), ms_table_line(table, i), name,
                n_strata > MAX_STRATA ? "holds more than 10000 strata" : "the stratum is missing");
            break;
        }
        while (k < n_strata && strcmp(ms_table_cell(table, first[k], column), text) != 0) k++;
        if (k == n_strata) first[n_strata++] = i;
        made[i] = k;
    }
    free(first);
    if (status == MS_OK)
        *strata = made;
    else
        free(made);
    return status;
}

/* A watched table's columns by the training's names. */
static ms_status read_watched(const ms_table *table, const char *time, const char *event,
                              const ms_table_inputs *training, ms_table_inputs *r, ms_error *err) {
    size_t time_column, event_column;
    const size_t n = ms_table_rows(table), p = training->columns.n;
    ms_status status = ms_table_require(table, time, &time_column, err);
    if (status == MS_OK) status = ms_event_column(table, event, &event_column, &r->value, err);
    if (status != MS_OK) return status;
    r->columns.index = ms_calloc(p, sizeof *r->columns.index);
    r->columns.n = p;
    r->time = ms_calloc(n, sizeof *r->time);
    r->event = ms_calloc(n, 1);
    if (!r->columns.index || !r->time || !r->event) return ms_error_nomem(err);
    for (size_t j = 0; status == MS_OK && j < p; j++)
        status = ms_table_require(table, training->names[j], &r->columns.index[j], err);
    if (status == MS_OK)
        status = ms_followup_read(table, time_column, event_column, r->value, r->time, r->event, err);
    return status == MS_OK ? ms_columns_read(table, &r->columns, &r->x, err) : status;
}

/* names: of the training's rows. */
static ms_status prepare(const ms_train_tables *more, size_t set, const ms_table *table,
                         const ms_table_inputs *training, ms_table_inputs *r, bool *keep, ms_error *err) {
    const ms_train_inputs inputs = {.set = set,
                                    .table = table,
                                    .x = r->x,
                                    .n = ms_table_rows(table),
                                    .p = r->columns.n,
                                    .names = training->names,
                                    .time = r->time,
                                    .event = r->event,
                                    .keep = keep};
    return more->prepare ? more->prepare(more->prepare_context, &inputs, err) : MS_OK;
}

/* Only the columns to keep. */
static void keep_columns(ms_table_inputs *r, size_t n, const bool *keep) {
    const size_t p = r->columns.n;
    size_t kept = 0, to = 0;
    for (size_t k = 0; k < n * p; k++)
        if (keep[k % p]) r->x[to++] = r->x[k];
    for (size_t j = 0; j < p; j++) {
        if (!keep[j]) continue;
        r->columns.index[kept] = r->columns.index[j];
        r->names[kept++] = r->names[j];
    }
    r->columns.n = kept;
}

static ms_status prepare_training(const ms_train_tables *more, const ms_table *table, ms_table_inputs *r,
                                  ms_error *err) {
    bool *keep = ms_calloc(r->columns.n, sizeof *keep);
    if (!keep) return ms_error_nomem(err);
    for (size_t j = 0; j < r->columns.n; j++) keep[j] = true;
    ms_status status = prepare(more, 0, table, r, r, keep, err);
    if (status == MS_OK) keep_columns(r, ms_table_rows(table), keep);
    if (status == MS_OK && r->columns.n == 0)
        status = ms_error_set(err, MS_EINPUT, "%s: no input column is left", ms_table_name(table));
    free(keep);
    return status;
}

static ms_status read_all_watched(const ms_train_tables *more, const char *time, const char *event,
                                  const ms_table_inputs *training, ms_table_inputs *watched,
                                  ms_watched_set *sets, ms_error *err) {
    if (more->n_watched > MS_TRAIN_MAX_WATCHED)
        return ms_error_set(err, MS_EUSAGE, "at most %d sets can be watched, not %zu", MS_TRAIN_MAX_WATCHED,
                            more->n_watched);
    for (size_t k = 0; k < more->n_watched; k++) {
        ms_status status = read_watched(more->watched[k], time, event, training, &watched[k], err);
        if (status == MS_OK)
            status = prepare(more, k + 1, more->watched[k], training, &watched[k], NULL, err);
        if (status != MS_OK) return status;
        sets[k] = (ms_watched_set){.name = more->watched_names[k],
                                   .x = watched[k].x,
                                   .time_days = watched[k].time,
                                   .event = watched[k].event,
                                   .n = ms_table_rows(more->watched[k])};
    }
    return MS_OK;
}

ms_status ms_model_train_table_more(const ms_table *table, const char *time, const char *event,
                                    const char *columns, const ms_train_config *config, uint64_t seed,
                                    const ms_train_tables *more, ms_model **model, ms_error *err) {
    ms_table_inputs r = {0}, watched[MS_TRAIN_MAX_WATCHED] = {0};
    ms_watched_set sets[MS_TRAIN_MAX_WATCHED];
    size_t *strata = NULL;
    ms_model *made = NULL;
    ms_status status = ms_table_inputs_read(table, time, event, columns, more->strata, &r, err);
    if (status == MS_OK && more->strata) status = read_strata(table, more->strata, &strata, err);
    if (status == MS_OK && more->prepare) status = prepare_training(more, table, &r, err);
    if (status == MS_OK) status = read_all_watched(more, time, event, &r, watched, sets, err);
    if (status == MS_OK) {
        const ms_train_extra extra = {.strata = strata,
                                      .watched = sets,
                                      .n_watched = more->n_watched,
                                      .checkpoint = more->checkpoint,
                                      .callback = more->callback,
                                      .context = more->context};
        status = ms_model_train_more(r.x, ms_table_rows(table), r.columns.n, r.names, r.time, r.event, config,
                                     seed, &extra, &made, err);
        if (status == MS_EINPUT || status == MS_ENOCONV) ms_error_prefix(err, "%s", ms_table_name(table));
    }
    if (status == MS_OK) {
        made->time_name = ms_strdup(time);
        made->event_name = ms_strdup(event);
        if (!made->time_name || !made->event_name) status = ms_error_nomem(err);
    }
    ms_table_inputs_clear(&r);
    for (size_t k = 0; k < MS_COUNT(watched); k++) ms_table_inputs_clear(&watched[k]);
    free(strata);
    if (status == MS_OK)
        *model = made;
    else
        ms_model_free(made);
    return status;
}

ms_status ms_model_train_table(const ms_table *table, const char *time, const char *event,
                               const char *columns, const ms_train_config *config, uint64_t seed,
                               ms_epoch_callback callback, void *context, ms_model **model, ms_error *err) {
    const ms_train_tables more = {.callback = callback, .context = context};
    return ms_model_train_table_more(table, time, event, columns, config, seed, &more, model, err);
}
