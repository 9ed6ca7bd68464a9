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

static void survival_name(char name[64], double time) {
    char number[32];
    ms_format_number(number, time);
    (void)ms_text_format(name, 64, "survival_%s", number);
}

/* The table is changed only when all the new columns are free. */
static ms_status check_free(const ms_table *table, const char *name, ms_error *err) {
    size_t column;
    if (!ms_table_find(table, name, &column)) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s: has a column %s already; rename it or take it out",
                        ms_table_name(table), name);
}

/* One new column from every stride-th value. */
static ms_status add_values(ms_table *table, const char *name, const double *values, size_t stride,
                            ms_error *err) {
    size_t column;
    ms_status status = ms_table_add_column(table, name, &column, err);
    for (size_t i = 0; status == MS_OK && i < ms_table_rows(table); i++)
        status = ms_table_set_number(table, i, column, values[i * stride], err);
    return status;
}

ms_status ms_model_predict_into(const ms_model *model, ms_table *table, const double *times, size_t n_times,
                                ms_error *err) {
    const size_t n = ms_table_rows(table);
    char name[64];
    double *risk = ms_calloc(n, sizeof *risk), *survival = ms_calloc(n * n_times, sizeof *survival);
    ms_status status = risk && survival ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_model_predict_table(model, table, risk, err);
    if (status == MS_OK) status = ms_model_survival(model, risk, n, times, n_times, survival, err);
    if (status == MS_OK) status = check_free(table, "risk", err);
    for (size_t k = 0; status == MS_OK && k < n_times; k++) {
        survival_name(name, times[k]);
        status = check_free(table, name, err);
    }
    if (status == MS_OK) status = add_values(table, "risk", risk, 1, err);
    for (size_t k = 0; status == MS_OK && k < n_times; k++) {
        survival_name(name, times[k]);
        status = add_values(table, name, survival + k, n_times, err);
    }
    free(risk);
    free(survival);
    return status;
}
