/* Harmonization of a table's columns over scanners: reads the arrays, calls ComBat, writes the cells. */
#include "study/harmonize.h"

#include <math.h>
#include <stdlib.h>

void ms_harmonizer_free(ms_harmonizer *harmonizer) {
    if (!harmonizer) return;
    for (size_t f = 0; f < harmonizer->combat.p && harmonizer->features; f++) free(harmonizer->features[f]);
    for (size_t c = 0; c < harmonizer->n_covariates && harmonizer->covariates; c++) {
        free(harmonizer->covariates[c].column);
        ms_text_levels_clear(&harmonizer->covariates[c].levels);
    }
    free(harmonizer->features);
    free(harmonizer->covariates);
    free(harmonizer->batch_column);
    ms_text_levels_clear(&harmonizer->batches);
    ms_combat_clear(&harmonizer->combat);
    free(harmonizer);
}

const ms_combat *ms_harmonizer_combat(const ms_harmonizer *harmonizer) {
    return &harmonizer->combat;
}

const char *ms_harmonizer_batch_name(const ms_harmonizer *harmonizer, size_t batch) {
    return harmonizer->batches.names[batch];
}

size_t ms_covariate_width(const ms_covariate *covariate) {
    return covariate->levels.n ? covariate->levels.n - 1 : 1;
}

static size_t design_width(const ms_harmonizer *h) {
    size_t q = 0;
    for (size_t c = 0; c < h->n_covariates; c++) q += ms_covariate_width(&h->covariates[c]);
    return q;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static ms_status read_batches(const ms_harmonizer *h, const ms_table *table, const ms_indices *rows,
                              size_t **batch, ms_error *err) {
    size_t column, *codes = ms_calloc(rows->n, sizeof *codes);
    ms_status status = codes ? ms_table_require(table, h->batch_column, &column, err) : ms_error_nomem(err);
    for (size_t i = 0; i < rows->n && status == MS_OK; i++) {
        const char *cell = ms_table_cell(table, rows->at[i], column);
        codes[i] = ms_text_level(&h->batches, cell);
        if (ms_table_missing(table, rows->at[i], column))
            status = ms_bad_cell(table, rows->at[i], column, "the batch is missing", err);
        else if (codes[i] == SIZE_MAX) {
            char what[300];
            (void)ms_text_format(what, sizeof what,
                                 "batch '%.100s' was not among the rows that the harmonization was learned "
                                 "from: learn it anew with some of its rows, or leave these rows out",
                                 cell);
            status = ms_bad_cell(table, rows->at[i], column, what, err);
        }
    }
    if (status == MS_OK)
        *batch = codes;
    else
        free(codes);
    return status;
}

/* One covariate of a row into its places of the design. */
static ms_status read_covariate(const ms_covariate *c, const ms_table *table, size_t row, size_t column,
                                double *out, ms_error *err) {
    const char *cell = ms_table_cell(table, row, column);
    if (ms_table_missing(table, row, column))
        return ms_bad_cell(table, row, column, "the covariate is missing", err);
    if (c->levels.n == 0) {
        const ms_status status = ms_table_number(table, row, column, out, err);
        if (status == MS_OK && !isfinite(*out))
            return ms_bad_cell(table, row, column, "the covariate is not finite", err);
        return status;
    }
    const size_t level = ms_text_level(&c->levels, cell);
    if (level == SIZE_MAX)
        return ms_bad_cell(table, row, column, "the harmonization has not learned this level", err);
    for (size_t l = 1; l < c->levels.n; l++) out[l - 1] = level == l;
    return MS_OK;
}

static ms_status read_design(const ms_harmonizer *h, const ms_table *table, const ms_indices *rows,
                             double **design, ms_error *err) {
    const size_t q = design_width(h);
    double *made = ms_calloc(rows->n * (q ? q : 1), sizeof *made);
    ms_status status = made ? MS_OK : ms_error_nomem(err);
    size_t first = 0;
    for (size_t c = 0; c < h->n_covariates && status == MS_OK; c++) {
        size_t column;
        status = ms_table_require(table, h->covariates[c].column, &column, err);
        for (size_t i = 0; i < rows->n && status == MS_OK; i++)
            status = read_covariate(&h->covariates[c], table, rows->at[i], column, &made[i * q + first], err);
        first += ms_covariate_width(&h->covariates[c]);
    }
    if (status == MS_OK)
        *design = made;
    else
        free(made);
    return status;
}

/* ---- learning ----------------------------------------------------------------------------------------- */

/* Covariates may be texts, so that a pattern's rule of numbers only does not hold for them: names only. */
static ms_status choose_covariates(ms_harmonizer *h, const ms_table *table, const char *list,
                                   const ms_indices *rows, size_t batch, ms_indices *chosen, ms_error *err) {
    if (!list) return MS_OK;
    ms_status status = ms_columns_of(table, list, &batch, 1, chosen, err);
    if (status != MS_OK) return status;
    h->covariates = ms_calloc(chosen->n, sizeof *h->covariates);
    if (!h->covariates) return ms_error_nomem(err);
    for (size_t c = 0; c < chosen->n && status == MS_OK; c++) {
        ms_covariate *made = &h->covariates[h->n_covariates++];
        made->column = ms_strdup(ms_table_column_name(table, chosen->at[c]));
        if (!made->column) return ms_error_nomem(err);
        if (!ms_table_is_numeric(table, chosen->at[c]))
            status = ms_text_levels_read(table, chosen->at[c], rows, &made->levels, err);
        if (status == MS_OK && made->levels.n == 1)
            status =
                ms_error_set(err, MS_EINPUT, "%s: covariate '%s' has one value in all rows: leave it out",
                             ms_table_name(table), made->column);
    }
    return status;
}

static ms_status choose_features(const ms_table *table, const char *list, size_t batch,
                                 const ms_indices *covariates, ms_indices *chosen, ms_error *err) {
    size_t *besides = ms_calloc(covariates->n + 1, sizeof *besides);
    if (!besides) return ms_error_nomem(err);
    besides[0] = batch;
    for (size_t c = 0; c < covariates->n; c++) besides[c + 1] = covariates->at[c];
    ms_status status = ms_columns_of(table, list, besides, covariates->n + 1, chosen, err);
    free(besides);
    return status;
}

static ms_status choose_reference(const ms_harmonizer *h, const char *name, ms_combat_options *options,
                                  ms_error *err) {
    options->has_reference = name != NULL;
    if (!name) return MS_OK;
    options->reference = ms_text_level(&h->batches, name);
    if (options->reference != SIZE_MAX) return MS_OK;
    ms_buffer list;
    ms_buffer_init(&list);
    for (size_t b = 0; b < h->batches.n && b < 20; b++)
        ms_buffer_printf(&list, "%s%s", b ? ", " : "", h->batches.names[b]);
    const ms_status status = ms_error_set(err, MS_EUSAGE, "the reference '%s' is no batch; there are: %s",
                                          name, list.data ? list.data : "");
    ms_buffer_clear(&list);
    return status;
}

static ms_status fit_arrays(ms_harmonizer *h, const ms_table *table, const ms_indices *rows,
                            const ms_indices *features, const ms_combat_options *options, ms_error *err) {
    double *x = NULL, *design = NULL;
    size_t *batch = NULL;
    char **names = ms_calloc(features->n, sizeof *names);
    ms_status status = names ? ms_matrix_of(table, rows, features, &x, err) : ms_error_nomem(err);
    if (status == MS_OK) status = read_batches(h, table, rows, &batch, err);
    if (status == MS_OK) status = read_design(h, table, rows, &design, err);
    for (size_t f = 0; f < features->n && status == MS_OK; f++) {
        names[f] = ms_strdup(ms_table_column_name(table, features->at[f]));
        if (!names[f]) status = ms_error_nomem(err);
    }
    if (status == MS_OK)
        status = ms_combat_fit(x, rows->n, features->n, batch, h->batches.n, design, design_width(h), options,
                               &h->combat, err);
    if (status == MS_OK)
        h->features = names;
    else {
        for (size_t f = 0; names && f < features->n; f++) free(names[f]);
        free(names);
    }
    free(x);
    free(design);
    free(batch);
    return status;
}

/* R stops at a feature that cannot be fitted; here it stays as it is, and that is said. */
static void tell_left(const ms_harmonizer *h) {
    size_t constant = 0, missing = 0;
    for (size_t f = 0; f < h->combat.p; f++) {
        constant += h->combat.state[f] == MS_COMBAT_CONSTANT;
        missing += h->combat.state[f] == MS_COMBAT_MISSING;
    }
    if (constant + missing)
        ms_log(MS_LOG_WARNING,
               "%zu of %zu features stay as they are: %zu constant, %zu with too few values in a batch",
               constant + missing, h->combat.p, constant, missing);
}

ms_status ms_harmonizer_fit(const ms_table *table, const ms_harmonize_options *options, ms_harmonizer **out,
                            ms_error *err) {
    ms_combat_options combat = options->combat;
    ms_indices rows = {0}, covariates = {0}, features = {0};
    size_t batch = 0;
    ms_harmonizer *h = ms_calloc(1, sizeof *h);
    ms_status status = h ? ms_table_require(table, options->batch, &batch, err) : ms_error_nomem(err);
    if (status != MS_OK) goto cleanup;
    h->batch_column = ms_strdup(options->batch);
    status = h->batch_column ? ms_rows_where(table, options->train, &rows, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_text_levels_read(table, batch, &rows, &h->batches, err);
    if (status == MS_OK) status = choose_reference(h, options->reference, &combat, err);
    if (status == MS_OK)
        status = choose_covariates(h, table, options->covariates, &rows, batch, &covariates, err);
    if (status == MS_OK)
        status = choose_features(table, options->features, batch, &covariates, &features, err);
    if (status == MS_OK) status = fit_arrays(h, table, &rows, &features, &combat, err);
    if (status == MS_OK) tell_left(h);
cleanup:
    ms_indices_clear(&rows);
    ms_indices_clear(&covariates);
    ms_indices_clear(&features);
    if (status == MS_OK)
        *out = h;
    else
        ms_harmonizer_free(h);
    return status;
}

/* ---- applying ----------------------------------------------------------------------------------------- */

static ms_status find_features(const ms_harmonizer *h, const ms_table *table, ms_indices *features,
                               ms_error *err) {
    features->at = ms_calloc(h->combat.p, sizeof *features->at);
    features->n = h->combat.p;
    ms_status status = features->at ? MS_OK : ms_error_nomem(err);
    for (size_t f = 0; f < h->combat.p && status == MS_OK; f++)
        status = ms_table_require(table, h->features[f], &features->at[f], err);
    return status;
}

/* Only cells that changed are written, so that the reference's keep their digits. */
static ms_status write_back(ms_table *table, const ms_indices *features, const double *before,
                            const double *after, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t i = 0; i < ms_table_rows(table); i++) {
        for (size_t f = 0; f < features->n && status == MS_OK; f++) {
            const size_t at = i * features->n + f;
            if (isnan(before[at]) || before[at] == after[at]) continue;
            status = ms_table_set_number(table, i, features->at[f], after[at], err);
        }
    }
    return status;
}

ms_status ms_harmonizer_apply(const ms_harmonizer *harmonizer, ms_table *table, bool covariates_at_mean,
                              ms_error *err) {
    ms_indices rows = {0}, features = {0};
    double *before = NULL, *x = NULL, *design = NULL;
    size_t *batch = NULL;
    ms_status status = ms_rows_where(table, NULL, &rows, err);
    if (status == MS_OK) status = find_features(harmonizer, table, &features, err);
    if (status == MS_OK) status = ms_matrix_of(table, &rows, &features, &before, err);
    if (status == MS_OK) status = ms_matrix_of(table, &rows, &features, &x, err);
    if (status == MS_OK) status = read_batches(harmonizer, table, &rows, &batch, err);
    if (status == MS_OK && !covariates_at_mean) status = read_design(harmonizer, table, &rows, &design, err);
    if (status == MS_OK) status = ms_combat_apply(&harmonizer->combat, x, rows.n, batch, design, err);
    if (status == MS_OK) status = write_back(table, &features, before, x, err);
    ms_indices_clear(&rows);
    ms_indices_clear(&features);
    free(before);
    free(x);
    free(design);
    free(batch);
    return status;
}
