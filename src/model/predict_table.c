/* Prediction from a table: columns by name, and new columns for the result. */
#include "model/columns.h"
#include "model/model.h"

#include <string.h>

/* Length of a name without its last part, which carries the unit: "sma_cm2" -> 3. */
static size_t stem(const char *name) {
    const char *last = strrchr(name, '_');
    return last ? (size_t)(last - name) : strlen(name);
}

/* A column of the table that is the same but for the unit, or NULL. */
static const char *other_unit(const ms_table *table, const char *name) {
    const size_t length = stem(name);
    if (name[length] == '\0') return NULL;
    for (size_t j = 0; j < ms_table_columns(table); j++) {
        const char *other = ms_table_column_name(table, j);
        if (stem(other) == length && other[length] == '_' && strncmp(other, name, length) == 0) return other;
    }
    return NULL;
}

static ms_status missing_columns(const ms_model *model, const ms_table *table, ms_error *err) {
    enum { shown = 5 };
    size_t n = 0, j;
    ms_buffer list;
    ms_buffer_init(&list);
    for (size_t k = 0; k < model->prep.n_features; k++) {
        if (ms_table_find(table, model->names[k], &j) || n++ >= shown) continue;
        const char *other = other_unit(table, model->names[k]);
        ms_buffer_printf(&list, "%s%s", list.length ? ", " : "", model->names[k]);
        if (other) ms_buffer_printf(&list, " (the table has %s: another unit?)", other);
    }
    if (n > shown) ms_buffer_printf(&list, " and %zu more", n - shown);
    const ms_status status =
        ms_buffer_failed(&list)
            ? ms_error_nomem(err)
            : ms_error_set(err, MS_EINPUT,
                           "%s: the model needs %zu column%s that the table does not have: %s",
                           ms_table_name(table), n, n == 1 ? "" : "s", list.data);
    ms_buffer_clear(&list);
    return status;
}

ms_status ms_model_predict_table(const ms_model *model, const ms_table *table, double *risk, ms_error *err) {
    const size_t p = model->prep.n_features, n = ms_table_rows(table);
    ms_columns columns = {.index = ms_calloc(p, sizeof *columns.index), .n = p};
    double *x = NULL;
    if (!columns.index) return ms_error_nomem(err);
    ms_status status = MS_OK;
    for (size_t k = 0; status == MS_OK && k < p; k++)
        if (!ms_table_find(table, model->names[k], &columns.index[k]))
            status = missing_columns(model, table, err);
    if (status == MS_OK) status = ms_columns_read(table, &columns, &x, err);
    if (status == MS_OK) {
        status = ms_model_predict(model, x, n, p, risk, err);
        if (status == MS_EINPUT) ms_error_prefix(err, "%s", ms_table_name(table));
    }
    ms_columns_clear(&columns);
    free(x);
    return status;
}

static ms_status add_column(ms_table *table, const char *name, size_t *column, ms_error *err) {
    if (ms_table_find(table, name, column))
        return ms_error_set(err, MS_EINPUT, "%s: has a column %s already; rename it or take it out",
                            ms_table_name(table), name);
    return ms_table_add_column(table, name, column, err);
}

static ms_status add_survival(ms_table *table, double time, const double *survival, size_t n_times,
                              ms_error *err) {
    char number[32], name[64];
    size_t column;
    ms_format_number(number, time);
    (void)ms_text_format(name, sizeof name, "survival_%s", number);
    ms_status status = add_column(table, name, &column, err);
    for (size_t i = 0; status == MS_OK && i < ms_table_rows(table); i++)
        status = ms_table_set_number(table, i, column, survival[i * n_times], err);
    return status;
}

ms_status ms_model_predict_into(const ms_model *model, ms_table *table, const double *times, size_t n_times,
                                ms_error *err) {
    const size_t n = ms_table_rows(table);
    size_t column;
    double *risk = ms_calloc(n, sizeof *risk), *survival = ms_calloc(n * n_times, sizeof *survival);
    ms_status status = risk && survival ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_model_predict_table(model, table, risk, err);
    if (status == MS_OK) status = ms_model_survival(model, risk, n, times, n_times, survival, err);
    if (status == MS_OK) status = add_column(table, "risk", &column, err);
    for (size_t i = 0; status == MS_OK && i < n; i++)
        status = ms_table_set_number(table, i, column, risk[i], err);
    for (size_t k = 0; status == MS_OK && k < n_times; k++)
        status = add_survival(table, times[k], survival + k, n_times, err);
    free(risk);
    free(survival);
    return status;
}
