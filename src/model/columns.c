/* Which columns of a table are inputs. See columns.h. */
#include "model/columns.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_columns_clear(ms_columns *columns) {
    free(columns->index);
    *columns = (ms_columns){0};
}

static bool is_id(const char *name) {
    return strcmp(name, "id") == 0 || ms_text_ends_with(name, "_id");
}

/* What a model itself adds, or what another endpoint is likely to be called: nothing to learn from. */
static bool is_outcome(const char *name) {
    static const char *const endings[] = {"_event", "_status", "_days", "_months", "_years"};
    static const char *const outputs[] = {"risk", "risk_lower", "risk_upper", "true_risk"};
    for (size_t i = 0; i < MS_COUNT(outputs); i++)
        if (strcmp(name, outputs[i]) == 0) return true;
    if (ms_text_starts_with(name, "survival_")) return true;
    if (strcmp(name, "age_years") == 0 || strcmp(name, "age_months") == 0 || strcmp(name, "age_days") == 0)
        return false;
    for (size_t i = 0; i < MS_COUNT(endings); i++)
        if (ms_text_ends_with(name, endings[i])) return true;
    return false;
}

static ms_status choose_all(const ms_table *table, size_t time, size_t event, ms_columns *columns,
                            ms_error *err) {
    for (size_t j = 0; j < ms_table_columns(table); j++) {
        const char *name = ms_table_column_name(table, j);
        if (j == time || j == event || is_id(name) || !ms_table_is_numeric(table, j)) continue;
        if (is_outcome(name))
            ms_log(MS_LOG_WARNING,
                   "%s: column %s looks like an outcome and is left out; name it with --x to use it",
                   ms_table_name(table), name);
        else
            columns->index[columns->n++] = j;
    }
    if (columns->n > 0) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s: has no numeric column to learn from beside time and event",
                        ms_table_name(table));
}

/* The columns one name or pattern stands for, those not yet taken. */
static ms_status choose_item(const ms_table *table, const char *item, size_t time, size_t event,
                             uint8_t *taken, ms_columns *columns, ms_error *err) {
    size_t j;
    if (!strpbrk(item, "*?[")) {
        const ms_status status = ms_table_require(table, item, &j, err);
        if (status != MS_OK) return status;
        if (j == time || j == event)
            return ms_error_set(err, MS_EINPUT, "%s: column %s is the outcome and cannot be an input too",
                                ms_table_name(table), item);
        if (!taken[j]) columns->index[columns->n++] = j;
        taken[j] = 1;
        return MS_OK;
    }
    size_t matched = 0;
    for (j = 0; j < ms_table_columns(table); j++) {
        if (j == time || j == event || fnmatch(item, ms_table_column_name(table, j), 0) != 0) continue;
        matched++;
        if (!taken[j]) columns->index[columns->n++] = j;
        taken[j] = 1;
    }
    if (matched > 0) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s: no column matches the pattern %s", ms_table_name(table), item);
}

static ms_status choose_listed(const ms_table *table, const char *pattern, size_t time, size_t event,
                               ms_columns *columns, ms_error *err) {
    char *list = ms_strdup(pattern), *rest = list;
    uint8_t *taken = ms_calloc(ms_table_columns(table), 1);
    ms_status status = list && taken ? MS_OK : ms_error_nomem(err);
    while (status == MS_OK && rest) {
        char *item = rest, *comma = strchr(rest, ',');
        rest = comma ? comma + 1 : NULL;
        if (comma) *comma = '\0';
        if (*item) status = choose_item(table, item, time, event, taken, columns, err);
    }
    if (status == MS_OK && columns->n == 0)
        status = ms_error_set(err, MS_EUSAGE, "the list of input columns is empty");
    free(list);
    free(taken);
    return status;
}

ms_status ms_columns_choose(const ms_table *table, const char *pattern, size_t time, size_t event,
                            ms_columns *columns, ms_error *err) {
    ms_columns made = {.index = ms_calloc(ms_table_columns(table), sizeof *made.index)};
    if (!made.index) return ms_error_nomem(err);
    const ms_status status = pattern ? choose_listed(table, pattern, time, event, &made, err)
                                     : choose_all(table, time, event, &made, err);
    if (status == MS_OK)
        *columns = made;
    else
        ms_columns_clear(&made);
    return status;
}

ms_status ms_columns_read(const ms_table *table, const ms_columns *columns, double **x, ms_error *err) {
    const size_t n = ms_table_rows(table), p = columns->n;
    double *values = ms_calloc(n * p, sizeof *values), *column = ms_calloc(n, sizeof *column);
    ms_status status = values && column ? MS_OK : ms_error_nomem(err);
    for (size_t j = 0; status == MS_OK && j < p; j++) {
        status = ms_table_numbers(table, columns->index[j], column, err);
        for (size_t i = 0; status == MS_OK && i < n; i++) {
            values[i * p + j] = column[i];
            if (isinf(column[i]))
                status = ms_error_set(err, MS_EINPUT, "%s:%zu: column %s: the value is infinite",
                                      ms_table_name(table), ms_table_line(table, i),
                                      ms_table_column_name(table, columns->index[j]));
        }
    }
    free(column);
    if (status == MS_OK)
        *x = values;
    else
        free(values);
    return status;
}
