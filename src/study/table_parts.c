/* Columns and rows of a table by name, and its cells as numbers and as levels. */
#include "study/table_parts.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_indices_clear(ms_indices *indices) {
    MS_FREE(indices->at);
    indices->n = 0;
}

ms_status ms_bad_cell(const ms_table *table, size_t row, size_t column, const char *what, ms_error *err) {
    const size_t line = ms_table_line(table, row);
    return ms_error_set(err, MS_EINPUT, line ? "%s:%zu: column '%s': %s" : "%s:row %zu: column '%s': %s",
                        ms_table_name(table), line ? line : row + 1, ms_table_column_name(table, column),
                        what);
}

static bool is_in(size_t value, const size_t *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (list[i] == value) return true;
    return false;
}

static ms_status take_name(const ms_table *table, const char *name, const size_t *besides, size_t n_besides,
                           uint8_t *taken, ms_indices *out, ms_error *err) {
    size_t column;
    const ms_status status = ms_table_require(table, name, &column, err);
    if (status != MS_OK) return status;
    if (is_in(column, besides, n_besides))
        return ms_error_set(err, MS_EUSAGE, "column '%s' cannot be a feature: it was named for another use",
                            name);
    if (!taken[column]) out->at[out->n++] = column;
    taken[column] = 1;
    return MS_OK;
}

static ms_status take_pattern(const ms_table *table, const char *pattern, const size_t *besides,
                              size_t n_besides, uint8_t *taken, ms_indices *out, ms_error *err) {
    size_t matched = 0;
    for (size_t c = 0; c < ms_table_columns(table); c++) {
        if (fnmatch(pattern, ms_table_column_name(table, c), 0) != 0 || is_in(c, besides, n_besides))
            continue;
        matched++;
        if (taken[c] || !ms_table_is_numeric(table, c)) continue;
        out->at[out->n++] = c;
        taken[c] = 1;
    }
    if (matched) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s: no column matches '%s'", ms_table_name(table), pattern);
}

ms_status ms_columns_of(const ms_table *table, const char *list, const size_t *besides, size_t n_besides,
                        ms_indices *out, ms_error *err) {
    ms_indices made = {ms_calloc(ms_table_columns(table), sizeof *made.at), 0};
    uint8_t *taken = ms_calloc(ms_table_columns(table), 1);
    char *copy = ms_strdup(list), *rest = copy;
    ms_status status = made.at && taken && copy ? MS_OK : ms_error_nomem(err);
    while (status == MS_OK && rest) {
        char *item = rest, *comma = strchr(rest, ',');
        rest = comma ? comma + 1 : NULL;
        if (comma) *comma = '\0';
        if (!*item) continue;
        status = strpbrk(item, "*?[") ? take_pattern(table, item, besides, n_besides, taken, &made, err)
                                      : take_name(table, item, besides, n_besides, taken, &made, err);
    }
    if (status == MS_OK && made.n == 0)
        status = ms_error_set(err, MS_EINPUT, "%s: '%s' stands for no column of numbers",
                              ms_table_name(table), list);
    free(taken);
    free(copy);
    if (status == MS_OK)
        *out = made;
    else
        ms_indices_clear(&made);
    return status;
}

static bool same_text(const char *a, const char *b) {
    double p, q;
    if (strcmp(a, b) == 0) return true;
    return ms_parse_number(a, &p) && ms_parse_number(b, &q) && p == q;
}

/* The column before the '=' and the value behind it. */
static ms_status find_where(const ms_table *table, const char *where, size_t *column, const char **value,
                            ms_error *err) {
    const char *equals = strchr(where, '=');
    if (!equals || equals == where || !equals[1])
        return ms_error_set(err, MS_EUSAGE, "'%s': say which rows as COLUMN=VALUE", where);
    char *name = ms_strdup(where);
    if (!name) return ms_error_nomem(err);
    name[equals - where] = '\0';
    *value = equals + 1;
    const ms_status status = ms_table_require(table, name, column, err);
    free(name);
    return status;
}

ms_status ms_rows_where(const ms_table *table, const char *where, ms_indices *out, ms_error *err) {
    size_t column = 0;
    const char *value = NULL;
    ms_status status = where ? find_where(table, where, &column, &value, err) : MS_OK;
    if (status != MS_OK) return status;
    ms_indices made = {ms_calloc(ms_table_rows(table), sizeof *made.at), 0};
    if (!made.at) return ms_error_nomem(err);
    for (size_t row = 0; row < ms_table_rows(table); row++)
        if (!value || same_text(ms_table_cell(table, row, column), value)) made.at[made.n++] = row;
    if (made.n == 0) {
        ms_indices_clear(&made);
        return ms_error_set(err, MS_EINPUT, "%s: no row%s%s", ms_table_name(table), where ? " has " : "",
                            where ? where : "");
    }
    *out = made;
    return MS_OK;
}

ms_status ms_matrix_of(const ms_table *table, const ms_indices *rows, const ms_indices *columns, double **x,
                       ms_error *err) {
    const size_t n = rows->n, p = columns->n;
    double *made = n == 0 || p <= SIZE_MAX / n ? ms_calloc(n * p, sizeof *made) : NULL;
    if (!made) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < p; j++) {
            double *value = &made[i * p + j];
            ms_status status = ms_table_number(table, rows->at[i], columns->at[j], value, err);
            if (status == MS_OK && isinf(*value))
                status = ms_bad_cell(table, rows->at[i], columns->at[j], "the value is infinite", err);
            if (status == MS_OK) continue;
            free(made);
            return status;
        }
    }
    *x = made;
    return MS_OK;
}

void ms_text_levels_clear(ms_text_levels *levels) {
    for (size_t i = 0; i < levels->n && levels->names; i++) free(levels->names[i]);
    MS_FREE(levels->names);
    levels->n = 0;
}

static int compare_levels(const void *a, const void *b) {
    const char *p = *(const char *const *)a, *q = *(const char *const *)b;
    double x, y;
    const bool number = ms_parse_number(p, &x), other = ms_parse_number(q, &y);
    if (number != other) return number ? -1 : 1;
    if (number && x != y) return x < y ? -1 : 1;
    return strcmp(p, q);
}

ms_status ms_text_levels_read(const ms_table *table, size_t column, const ms_indices *rows,
                              ms_text_levels *out, ms_error *err) {
    const char **texts = ms_calloc(rows->n, sizeof *texts);
    ms_text_levels made = {ms_calloc(rows->n, sizeof *made.names), 0};
    ms_status status = texts && made.names ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < rows->n && status == MS_OK; i++) {
        texts[i] = ms_table_cell(table, rows->at[i], column);
        if (ms_table_missing(table, rows->at[i], column))
            status = ms_bad_cell(table, rows->at[i], column, "the value is missing", err);
    }
    if (status == MS_OK) qsort(texts, rows->n, sizeof *texts, compare_levels);
    for (size_t i = 0; i < rows->n && status == MS_OK; i++) {
        if (i > 0 && strcmp(texts[i], texts[i - 1]) == 0) continue;
        made.names[made.n] = ms_strdup(texts[i]);
        if (made.names[made.n])
            made.n++;
        else
            status = ms_error_nomem(err);
    }
    free(texts);
    if (status == MS_OK)
        *out = made;
    else
        ms_text_levels_clear(&made);
    return status;
}

size_t ms_text_level(const ms_text_levels *levels, const char *text) {
    for (size_t i = 0; i < levels->n; i++)
        if (strcmp(levels->names[i], text) == 0) return i;
    return SIZE_MAX;
}
