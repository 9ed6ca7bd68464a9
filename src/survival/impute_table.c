/* Which columns of a table have gaps to fill, and the tables with the gaps filled. */
#include "survival/formula.h"
#include "survival/frame.h"
#include "survival/impute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LEVELS = 50 }; /* more categories than this are names, not a covariate */

/* A column of the table that takes part. */
typedef struct source {
    size_t column;
    bool category;    /* asked for by factor() or strata() */
    ms_factor factor; /* of a category; n_levels 0 for a number */
} source;

typedef struct plan {
    const ms_table *table;
    ms_model_frame frame; /* of the outcome: its rows */
    source *sources;      /* [n] */
    ms_gappy *gappy;      /* [n] */
    size_t n, capacity;
    double *outcome; /* [2 * rows] event, cumulative hazard */
    ms_chain chain;
    size_t imputations;
    uint64_t seed;
    double *filled; /* [imputations][n][rows] */
} plan;

static void plan_clear(plan *p) {
    for (size_t c = 0; c < p->n; c++) {
        ms_factor_clear(&p->sources[c].factor);
        if (!p->gappy) continue;
        free(p->gappy[c].value);
        free(p->gappy[c].missing);
    }
    free(p->sources);
    free(p->gappy);
    free(p->outcome);
    free(p->filled);
    ms_model_frame_clear(&p->frame);
}

/* ---- which columns ---- */

static ms_status add_source(plan *p, size_t column, bool category, ms_error *err) {
    for (size_t c = 0; c < p->n; c++)
        if (p->sources[c].column == column) {
            p->sources[c].category |= category;
            return MS_OK;
        }
    if (p->n == p->capacity) {
        size_t capacity = p->capacity ? 2 * p->capacity : 16;
        source *grown = ms_realloc(p->sources, capacity, sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        p->sources = grown;
        p->capacity = capacity;
    }
    p->sources[p->n++] = (source){.column = column, .category = category};
    return MS_OK;
}

static bool mentions(const ms_node *node, const char *name) {
    if (node->kind == MS_NODE_NAME && strcmp(node->text, name) == 0) return true;
    for (size_t i = 0; i < node->n_args; i++)
        if (mentions(node->args[i], name)) return true;
    return false;
}

/* "." stands for all columns that the outcome does not mention. */
static ms_status add_all_others(plan *p, const ms_node *response, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t c = 0; c < ms_table_columns(p->table) && !status; c++)
        if (!mentions(response, ms_table_column_name(p->table, c))) status = add_source(p, c, false, err);
    return status;
}

static ms_status collect(plan *p, const char *formula, const ms_node *node, const ms_node *response,
                         bool category, ms_error *err) {
    size_t column = 0;
    if (ms_node_is(node, MS_NODE_CALL, "cluster")) return MS_OK; /* an identity is not imputed */
    if (node->kind == MS_NODE_NAME && strcmp(node->text, ".") == 0) return add_all_others(p, response, err);
    if (node->kind == MS_NODE_NAME) {
        ms_status status = ms_formula_column(formula, node, p->table, &column, err);
        return status ? status : add_source(p, column, category, err);
    }
    category |= ms_node_is(node, MS_NODE_CALL, "factor") || ms_node_is(node, MS_NODE_CALL, "strata");
    ms_status status = MS_OK;
    for (size_t i = 0; i < node->n_args && !status; i++)
        status = collect(p, formula, node->args[i], response, category, err);
    return status;
}

/* Outcome and columns that the formula names. */
static ms_status read_formula(plan *p, const char *formula, const ms_impute_options *o, ms_error *err) {
    ms_node *root = NULL;
    ms_buffer outcome;
    ms_buffer_init(&outcome);
    ms_status status = ms_formula_parse(formula, &root, err);
    if (!status && (!ms_node_is(root, MS_NODE_OPERATOR, "~") || root->n_args != 2))
        status = ms_error_set(err, MS_EINPUT, "formula '%s' has no '~': write Surv(time, event) ~ age + sex",
                              formula);
    if (status) goto cleanup;
    ms_node_source(root->args[0], &outcome);
    ms_buffer_append(&outcome, " ~ 1");
    if (ms_buffer_failed(&outcome)) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    if ((status = ms_model_frame_read(p->table, outcome.data, NULL, &p->frame, err)) ||
        (status = collect(p, formula, root->args[1], root->args[0], false, err)))
        goto cleanup;
    for (size_t k = 0; k < o->n_also && !status; k++) {
        size_t column = 0;
        status = ms_table_require(p->table, o->also[k], &column, err);
        if (!status) status = add_source(p, column, false, err);
    }
cleanup:
    ms_buffer_clear(&outcome);
    ms_node_free(root);
    return status;
}

/* ---- their values ---- */

static bool two_values(const ms_gappy *g, size_t n) {
    double a = NAN, b = NAN;
    for (size_t i = 0; i < n; i++) {
        if (g->missing[i] || g->value[i] == a || g->value[i] == b) continue;
        if (isnan(a))
            a = g->value[i];
        else if (isnan(b))
            b = g->value[i];
        else
            return false;
    }
    return !isnan(b);
}

static ms_status make_category(plan *p, size_t c, ms_error *err) {
    source *s = &p->sources[c];
    ms_gappy *g = &p->gappy[c];
    size_t n = p->frame.n;
    ms_status status = ms_factor_of_rows(p->table, s->column, p->frame.rows, n, &s->factor, err);
    for (size_t i = 0; i < n && !status; i++)
        if (!g->missing[i]) g->value[i] = (double)s->factor.codes[i];
    g->n_levels = s->factor.n_levels;
    return status;
}

static ms_status check_column(const plan *p, size_t c, ms_error *err) {
    const ms_gappy *g = &p->gappy[c];
    const char *table = ms_table_name(p->table), *name = ms_table_column_name(p->table, p->sources[c].column);
    bool constant = g->n_levels == 1 || g->n_missing + 2 > p->frame.n;
    if (g->n_missing && constant)
        return ms_error_set(err, MS_EINPUT,
                            "%s: column '%s': too few different known values to fill its gaps from", table,
                            name);
    if (g->n_levels > MOST_LEVELS)
        return ms_error_set(err, MS_EINPUT, "%s: column '%s' has %zu categories; %d are the most here", table,
                            name, g->n_levels, MOST_LEVELS);
    return MS_OK;
}

static ms_status read_column(plan *p, size_t c, ms_error *err) {
    size_t n = p->frame.n, column = p->sources[c].column;
    ms_gappy *g = &p->gappy[c];
    bool numeric = ms_table_is_numeric(p->table, column);
    g->value = ms_calloc(n, sizeof *g->value);
    g->missing = ms_calloc(n, 1);
    if (!g->value || !g->missing) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        size_t row = p->frame.rows[i];
        g->missing[i] = ms_table_missing(p->table, row, column);
        g->n_missing += g->missing[i];
        if (g->missing[i] || !numeric) continue;
        ms_status status = ms_table_number(p->table, row, column, &g->value[i], err);
        if (status) return status;
        if (!isfinite(g->value[i]))
            return ms_cell_error(p->table, row, column, err, "'%s' is not finite",
                                 ms_table_cell(p->table, row, column));
    }
    if (!numeric || p->sources[c].category || two_values(g, n)) {
        ms_status status = make_category(p, c, err);
        if (status) return status;
    }
    return check_column(p, c, err);
}

/* The event indicator and the Nelson-Aalen estimate at each row's time. */
static ms_status read_outcome(plan *p, ms_error *err) {
    size_t n = p->frame.n;
    ms_km km = {0};
    ms_surv data = p->frame.data;
    data.stratum = NULL;
    p->outcome = ms_calloc(2 * n, sizeof *p->outcome);
    ms_status status = p->outcome ? ms_km_fit(&data, NULL, 1, NULL, &km, err) : ms_error_nomem(err);
    if (status) return status;
    const ms_km_curve *curve = &km.curves[0];
    for (size_t i = 0; i < n; i++) {
        size_t low = 0, high = curve->n_times; /* the last time not after the row's own */
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (curve->time[middle] <= p->frame.time[i])
                low = middle + 1;
            else
                high = middle;
        }
        p->outcome[i] = p->frame.event[i];
        p->outcome[n + i] = low ? curve->cumhaz[low - 1] : 0;
    }
    ms_km_clear(&km);
    return MS_OK;
}

/* ---- imputing ---- */

static ms_status impute_one(void *context, size_t m, ms_error *err) {
    const plan *p = context;
    char stream[48];
    (void)ms_text_format(stream, sizeof stream, "imputation %zu", m);
    ms_random *random = ms_random_new(p->seed, stream);
    if (!random) return ms_error_nomem(err);
    ms_status status = ms_chain_run(&p->chain, random, p->filled + m * p->n * p->frame.n, err);
    ms_random_free(random);
    return status;
}

static ms_status set_cell(const plan *p, const double *filled, size_t c, size_t i, ms_table *copy,
                          ms_error *err) {
    const source *s = &p->sources[c];
    double value = filled[c * p->frame.n + i];
    if (p->gappy[c].n_levels)
        return ms_table_set(copy, p->frame.rows[i], s->column, s->factor.levels[(size_t)value], err);
    return ms_table_set_number(copy, p->frame.rows[i], s->column, value, err);
}

/* A copy of the table with the gaps of imputation m filled. */
static ms_status fill_table(const plan *p, size_t m, ms_table **out, ms_error *err) {
    ms_table *copy = NULL;
    size_t columns = ms_table_columns(p->table), rows = ms_table_rows(p->table), at;
    const double *filled = p->filled + m * p->n * p->frame.n;
    ms_status status = ms_table_new(&copy, ms_table_name(p->table), err);
    for (size_t c = 0; c < columns && !status; c++)
        status = ms_table_add_column(copy, ms_table_column_name(p->table, c), &at, err);
    for (size_t r = 0; r < rows && !status; r++) {
        status = ms_table_add_row(copy, &at, err);
        for (size_t c = 0; c < columns && !status; c++)
            status = ms_table_set(copy, r, c, ms_table_cell(p->table, r, c), err);
    }
    for (size_t c = 0; c < p->n && !status; c++)
        for (size_t i = 0; i < p->frame.n && !status; i++)
            if (p->gappy[c].missing[i]) status = set_cell(p, filled, c, i, copy, err);
    if (status) {
        ms_table_free(copy);
        return status;
    }
    *out = copy;
    return MS_OK;
}

static ms_status describe(const plan *p, ms_imputed *out, ms_error *err) {
    out->n_columns = p->n;
    out->columns = ms_calloc(p->n, sizeof *out->columns);
    out->tables = ms_calloc(p->imputations, sizeof(ms_table *));
    if (!out->columns || !out->tables) return ms_error_nomem(err);
    for (size_t c = 0; c < p->n; c++) {
        ms_imputed_column *column = &out->columns[c];
        column->name = ms_strdup(ms_table_column_name(p->table, p->sources[c].column));
        if (!column->name) return ms_error_nomem(err);
        column->n_missing = p->gappy[c].n_missing;
        column->n_levels = p->gappy[c].n_levels;
        column->method = column->n_levels ? MS_IMPUTE_LOGISTIC : p->chain.number;
    }
    out->n_rows = p->frame.n;
    out->n_outcome = p->frame.n_dropped;
    for (size_t i = 0; i < p->frame.n; i++) {
        bool gap = false;
        for (size_t c = 0; c < p->n; c++) gap |= p->gappy[c].missing[i];
        out->n_incomplete += gap;
    }
    return MS_OK;
}

static ms_status prepare(plan *p, const char *formula, const ms_impute_options *o, ms_error *err) {
    ms_status status = read_formula(p, formula, o, err);
    if (status) return status;
    if (p->n == 0) return ms_error_set(err, MS_EUSAGE, "the formula names no column to impute");
    p->gappy = ms_calloc(p->n, sizeof *p->gappy);
    if (!p->gappy) return ms_error_nomem(err);
    for (size_t c = 0; c < p->n && !status; c++) status = read_column(p, c, err);
    if (!status) status = read_outcome(p, err);
    p->chain = (ms_chain){.n = p->frame.n,
                          .n_columns = p->n,
                          .columns = p->gappy,
                          .outcome = {p->outcome, p->outcome ? p->outcome + p->frame.n : NULL},
                          .iterations = o->iterations,
                          .donors = o->donors,
                          .number = o->number};
    return status;
}

ms_status ms_impute_table(const ms_table *table, const char *formula, const ms_impute_options *options,
                          ms_imputed *out, ms_error *err) {
    ms_impute_options o;
    ms_impute_options_default(&o);
    if (options) o = *options;
    plan p = {.table = table, .imputations = o.imputations, .seed = o.seed};
    ms_imputed result = {0};
    if (o.imputations == 0 || o.iterations == 0)
        return ms_error_set(err, MS_EUSAGE, "one imputation and one iteration are the least");
    ms_status status = prepare(&p, formula, &o, err);
    if (status) goto cleanup;
    p.filled = ms_calloc(o.imputations * p.n, p.frame.n * sizeof *p.filled);
    if (!p.filled) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    if ((status = ms_parallel_for(o.imputations, impute_one, &p, err)) ||
        (status = describe(&p, &result, err)))
        goto cleanup;
    for (; result.n_tables < o.imputations; result.n_tables++)
        if ((status = fill_table(&p, result.n_tables, &result.tables[result.n_tables], err))) goto cleanup;
    *out = result;
    result = (ms_imputed){0};
cleanup:
    ms_imputed_clear(&result);
    plan_clear(&p);
    return status;
}

void ms_imputed_clear(ms_imputed *imputed) {
    for (size_t m = 0; m < imputed->n_tables && imputed->tables; m++) ms_table_free(imputed->tables[m]);
    for (size_t c = 0; c < imputed->n_columns && imputed->columns; c++) free(imputed->columns[c].name);
    MS_FREE(imputed->tables);
    MS_FREE(imputed->columns);
    imputed->n_tables = imputed->n_columns = 0;
}
