/* How well features can be measured again: intraclass correlations over repeats in one table, or over
 * readers' tables. */
#include "myosurv/study_tables.h"

#include "study/table_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Which row of which table holds subject i as rater j measured it. */
typedef struct grid {
    const ms_table *const *tables;
    size_t n_tables, subjects, raters;
    ms_text_levels ids, levels;
    size_t *table, *row; /* [subjects * raters]; row SIZE_MAX where there is none */
} grid;

static void clear_grid(grid *g) {
    ms_text_levels_clear(&g->ids);
    ms_text_levels_clear(&g->levels);
    free(g->table);
    free(g->row);
}

/* The cells of the id columns, joined. To be freed. */
static ms_status key_of(const ms_table *table, size_t row, const ms_indices *id, char **key, ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    for (size_t c = 0; c < id->n; c++) {
        if (ms_table_missing(table, row, id->at[c])) {
            ms_buffer_clear(&text);
            return ms_bad_cell(table, row, id->at[c], "the value is missing", err);
        }
        ms_buffer_printf(&text, "%s%s", c ? "\x1f" : "", ms_table_cell(table, row, id->at[c]));
    }
    if (ms_buffer_failed(&text) || !text.data) return ms_error_nomem(err);
    *key = text.data;
    return MS_OK;
}

/* The subject with this key, a new one if there is none. Takes the key. Ids are kept in order of first
 * appearance; tables of some thousand rows do not need more than this search. */
static ms_status subject_of(grid *g, char *key, size_t most, size_t *subject, ms_error *err) {
    *subject = ms_text_level(&g->ids, key);
    if (*subject != SIZE_MAX) {
        free(key);
        return MS_OK;
    }
    if (!g->ids.names) g->ids.names = ms_calloc(most, sizeof *g->ids.names);
    if (!g->ids.names) {
        free(key);
        return ms_error_nomem(err);
    }
    *subject = g->ids.n;
    g->ids.names[g->ids.n++] = key;
    return MS_OK;
}

static ms_status place_row(grid *g, size_t table, size_t row, const ms_indices *id, size_t rater_column,
                           size_t most, ms_error *err) {
    const ms_table *t = g->tables[table];
    char *key = NULL;
    size_t subject = 0;
    ms_status status = key_of(t, row, id, &key, err);
    if (status == MS_OK) status = subject_of(g, key, most, &subject, err);
    if (status != MS_OK) return status;
    size_t rater = table;
    if (g->n_tables == 1) rater = ms_text_level(&g->levels, ms_table_cell(t, row, rater_column));
    size_t *place = &g->row[subject * g->raters + rater];
    if (*place != SIZE_MAX)
        return ms_bad_cell(t, row, id->at[0],
                           "the subject is there twice with one rater: name columns that tell "
                           "its rows apart",
                           err);
    *place = row;
    g->table[subject * g->raters + rater] = table;
    return MS_OK;
}

static ms_status find_raters(grid *g, const char *rater, size_t *column, ms_error *err) {
    ms_indices all = {0};
    *column = 0;
    g->raters = g->n_tables;
    if (g->n_tables > 1) {
        if (!rater) return MS_OK;
        return ms_error_set(err, MS_EUSAGE, "several tables are one rater each: no rater column is needed");
    }
    if (!rater)
        return ms_error_set(err, MS_EUSAGE,
                            "one table needs the column that tells its raters or repeats apart; or give a "
                            "table for each rater");
    ms_status status = ms_table_require(g->tables[0], rater, column, err);
    if (status == MS_OK) status = ms_rows_where(g->tables[0], NULL, &all, err);
    if (status == MS_OK) status = ms_text_levels_read(g->tables[0], *column, &all, &g->levels, err);
    ms_indices_clear(&all);
    g->raters = g->levels.n;
    if (status == MS_OK && g->raters < 2)
        status = ms_error_set(err, MS_EINPUT, "%s: column '%s' has one value: there is nothing to compare",
                              ms_table_name(g->tables[0]), rater);
    return status;
}

static ms_status make_grid(grid *g, const ms_reliability_options *o, ms_error *err) {
    size_t rater = 0, most = 0;
    ms_status status = find_raters(g, o->rater, &rater, err);
    if (status != MS_OK) return status;
    for (size_t t = 0; t < g->n_tables; t++) most += ms_table_rows(g->tables[t]);
    g->table = ms_calloc(most * g->raters, sizeof *g->table);
    g->row = ms_calloc(most * g->raters, sizeof *g->row);
    if (!g->table || !g->row) return ms_error_nomem(err);
    for (size_t i = 0; i < most * g->raters; i++) g->row[i] = SIZE_MAX;
    for (size_t t = 0; t < g->n_tables && status == MS_OK; t++) {
        ms_indices id = {0};
        status = ms_columns_of(g->tables[t], o->id, NULL, 0, &id, err);
        for (size_t row = 0; row < ms_table_rows(g->tables[t]) && status == MS_OK; row++)
            status = place_row(g, t, row, &id, rater, most, err);
        ms_indices_clear(&id);
    }
    g->subjects = g->ids.n;
    return status;
}

/* x[subjects * raters] of a feature by its name. */
static ms_status read_feature(const grid *g, const char *name, double *x, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t i = 0; i < g->subjects * g->raters && status == MS_OK; i++) {
        size_t column;
        const ms_table *t = g->tables[g->table[i]];
        x[i] = (double)NAN;
        if (g->row[i] == SIZE_MAX) continue;
        status = ms_table_require(t, name, &column, err);
        if (status == MS_OK) status = ms_table_number(t, g->row[i], column, &x[i], err);
    }
    return status;
}

static ms_status put_feature(const grid *g, const char *name, const double *x, double level, ms_table *out,
                             ms_error *err) {
    size_t row, column = 3;
    ms_status status = ms_table_add_row(out, &row, err);
    if (status == MS_OK) status = ms_table_set(out, row, 0, name, err);
    for (int kind = MS_ICC_1; kind <= MS_ICC_3 && status == MS_OK; kind++) {
        ms_icc icc;
        status = ms_icc_compute(x, g->subjects, g->raters, (ms_icc_kind)kind, level, &icc, err);
        if (status != MS_OK) return status;
        const double values[] = {icc.icc, icc.lower, icc.upper};
        if (kind == MS_ICC_1) status = ms_table_set_number(out, row, 1, (double)icc.subjects, err);
        if (status == MS_OK && kind == MS_ICC_1)
            status = ms_table_set_number(out, row, 2, (double)icc.raters, err);
        for (size_t v = 0; v < MS_COUNT(values) && status == MS_OK; v++)
            status = ms_table_set_number(out, row, column++, values[v], err);
    }
    return status;
}

static ms_status fill(const grid *g, const ms_indices *features, double level, ms_table *out, ms_error *err) {
    static const char *const names[] = {"feature",    "subjects",   "raters",     "icc1",
                                        "icc1_lower", "icc1_upper", "icc2",       "icc2_lower",
                                        "icc2_upper", "icc3",       "icc3_lower", "icc3_upper"};
    double *x = ms_calloc(g->subjects * g->raters, sizeof *x);
    ms_status status = x ? MS_OK : ms_error_nomem(err);
    size_t column;
    for (size_t c = 0; c < MS_COUNT(names) && status == MS_OK; c++)
        status = ms_table_add_column(out, names[c], &column, err);
    for (size_t f = 0; f < features->n && status == MS_OK; f++) {
        const char *name = ms_table_column_name(g->tables[0], features->at[f]);
        status = read_feature(g, name, x, err);
        if (status == MS_OK) status = put_feature(g, name, x, level, out, err);
    }
    free(x);
    return status;
}

/* A pattern for features does not take the columns that say who and by whom. */
static ms_status choose_features(const grid *g, const ms_reliability_options *o, ms_indices *features,
                                 ms_error *err) {
    ms_indices id = {0};
    size_t rater, *besides = NULL;
    ms_status status = ms_columns_of(g->tables[0], o->id, NULL, 0, &id, err);
    if (status == MS_OK) besides = ms_realloc(id.at, id.n + 1, sizeof *besides);
    if (status == MS_OK && !besides) status = ms_error_nomem(err);
    if (status == MS_OK) {
        id.at = besides;
        size_t n = id.n;
        if (o->rater && ms_table_find(g->tables[0], o->rater, &rater)) besides[n++] = rater;
        status = ms_columns_of(g->tables[0], o->features, besides, n, features, err);
    }
    ms_indices_clear(&id);
    return status;
}

ms_status ms_reliability(const ms_table *const *tables, size_t n_tables,
                         const ms_reliability_options *options, ms_table **out, ms_error *err) {
    grid g = {.tables = tables, .n_tables = n_tables};
    ms_indices features = {0};
    ms_table *made = NULL;
    ms_status status = make_grid(&g, options, err);
    if (status == MS_OK) status = choose_features(&g, options, &features, err);
    if (status == MS_OK) status = ms_table_new(&made, "reliability", err);
    if (status == MS_OK) status = fill(&g, &features, options->conf_level, made, err);
    clear_grid(&g);
    ms_indices_clear(&features);
    if (status == MS_OK)
        *out = made;
    else
        ms_table_free(made);
    return status;
}
