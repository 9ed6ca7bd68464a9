/* Which columns of a table become rows of the patients' table, and how each is shown. */
#include "survival/table1.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TEXTS = 20, MOST_LEVELS = 1000 };

/* The names of a list with commas between them, as column indices. "*" and NULL are left to the caller. */
typedef struct columns {
    size_t n, *at;
    bool all;
} columns;

static ms_status read_columns(const ms_table *table, const char *list, columns *out, ms_error *err) {
    *out = (columns){.all = list && strcmp(list, "*") == 0};
    if (!list || out->all) return MS_OK;
    char *copy = ms_strdup(list);
    out->at = ms_calloc(strlen(list) + 1, sizeof *out->at);
    ms_status status = copy && out->at ? MS_OK : ms_error_nomem(err);
    for (char *name = copy, *next; name && !status; name = next) {
        if ((next = strchr(name, ','))) *next++ = '\0';
        status = ms_table_require(table, name, &out->at[out->n++], err);
    }
    free(copy);
    return status;
}

static bool has(const columns *c, size_t column) {
    if (c->all) return true;
    for (size_t i = 0; i < c->n; i++)
        if (c->at[i] == column) return true;
    return false;
}

typedef struct reader {
    const ms_table *table;
    columns x, median, category, exact;
    size_t n, group_column, *group; /* [n] */
    ms_factor groups;
} reader;

static void reader_clear(reader *r) {
    free(r->x.at);
    free(r->median.at);
    free(r->category.at);
    free(r->exact.at);
    free(r->group);
    ms_factor_clear(&r->groups);
}

/* A column of 0 and 1 alone is a category. */
static bool is_binary(const double *values, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]) && values[i] != 0 && values[i] != 1) return false;
    return true;
}

static ms_status add_levels(reader *r, size_t column, const ms_factor *factor, ms_table1_row *row,
                            ms_error *err) {
    if (factor->n_levels > MOST_LEVELS)
        return ms_error_set(err, MS_EINPUT, "%s: column '%s' has %zu different values: no category",
                            ms_table_name(r->table), ms_table_column_name(r->table, column),
                            factor->n_levels);
    row->kind = has(&r->exact, column) ? MS_TABLE1_EXACT : MS_TABLE1_COUNT;
    ms_status status = ms_table1_levels(factor, r->group, r->n, r->groups.n_levels, row, err);
    if (status == MS_EINPUT) ms_error_prefix(err, "column '%s'", row->name);
    return status;
}

static ms_status add_column(reader *r, size_t column, ms_table1 *t, ms_error *err) {
    ms_table1_row *row = &t->rows[t->n_rows];
    bool numeric = ms_table_is_numeric(r->table, column) && !has(&r->category, column);
    double *values = ms_calloc(r->n + 1, sizeof *values);
    ms_factor factor = {0};
    ms_status status = values ? MS_OK : ms_error_nomem(err);
    if (!status && numeric) status = ms_table_numbers(r->table, column, values, err);
    if (!status && numeric) numeric = !is_binary(values, r->n) || has(&r->median, column);
    if (!status && !numeric) status = ms_factor_from_table(r->table, column, &factor, err);
    if (status) goto cleanup;
    if (!numeric && !r->x.n && factor.n_levels > MOST_TEXTS) {
        ms_log(MS_LOG_WARNING, "column '%s' is left out: %zu different values (name it in --x to show it)",
               ms_table_column_name(r->table, column), factor.n_levels);
        goto cleanup;
    }
    t->n_rows++;
    row->kind = has(&r->median, column) ? MS_TABLE1_MEDIAN : MS_TABLE1_MEAN;
    if (!(row->name = ms_strdup(ms_table_column_name(r->table, column))))
        status = ms_error_nomem(err);
    else if (numeric)
        status = ms_table1_numbers(values, r->group, r->n, r->groups.n_levels, row, err);
    else
        status = add_levels(r, column, &factor, row, err);
cleanup:
    ms_factor_clear(&factor);
    free(values);
    return status;
}

static ms_status read_groups(reader *r, const char *name, ms_table1 *t, ms_error *err) {
    r->group = ms_calloc(r->n + 1, sizeof *r->group);
    if (!r->group) return ms_error_nomem(err);
    r->group_column = SIZE_MAX;
    if (name) {
        ms_status status = ms_table_require(r->table, name, &r->group_column, err);
        if (status || (status = ms_factor_from_table(r->table, r->group_column, &r->groups, err)))
            return status;
        memcpy(r->group, r->groups.codes, r->n * sizeof *r->group);
    }
    size_t groups = r->groups.n_levels;
    if (groups > MOST_TEXTS)
        return ms_error_set(err, MS_EINPUT, "%s: column '%s' has %zu different values: too many groups",
                            ms_table_name(r->table), name, groups);
    t->groups = ms_calloc(groups + 1, sizeof *t->groups);
    t->n = ms_calloc(groups + 1, sizeof *t->n);
    if (!t->groups || !t->n || (name && !(t->group_column = ms_strdup(name)))) return ms_error_nomem(err);
    for (size_t g = 0; g < groups; g++, t->n_groups++)
        if (!(t->groups[g] = ms_strdup(r->groups.levels[g]))) return ms_error_nomem(err);
    for (size_t i = 0; i < r->n; i++) {
        if (r->group[i] == SIZE_MAX) {
            t->n_dropped++;
            continue;
        }
        t->n[0]++;
        if (groups) t->n[r->group[i] + 1]++;
    }
    return MS_OK;
}

ms_status ms_table1_make(const ms_table *table, const ms_table1_options *options, ms_table1 *out,
                         ms_error *err) {
    reader r = {.table = table, .n = ms_table_rows(table)};
    ms_table1 t = {0};
    ms_status status = MS_OK;
    if (r.n == 0) return ms_error_set(err, MS_EINPUT, "%s: no rows", ms_table_name(table));
    if ((status = read_columns(table, options->x, &r.x, err)) ||
        (status = read_columns(table, options->median, &r.median, err)) ||
        (status = read_columns(table, options->category, &r.category, err)) ||
        (status = read_columns(table, options->exact, &r.exact, err)) ||
        (status = read_groups(&r, options->group, &t, err)))
        goto cleanup;
    size_t n = r.x.n ? r.x.n : ms_table_columns(table);
    t.rows = ms_calloc(n + 1, sizeof *t.rows);
    if (!t.rows) status = ms_error_nomem(err);
    for (size_t i = 0; i < n && !status; i++) {
        size_t column = r.x.n ? r.x.at[i] : i;
        if (column != r.group_column) status = add_column(&r, column, &t, err);
    }
    if (status) goto cleanup;
    *out = t;
    t = (ms_table1){0};
cleanup:
    reader_clear(&r);
    ms_table1_clear(&t);
    return status;
}
