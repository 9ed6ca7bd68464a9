/* Follow-up from a table: time and event. See columns.h. */
#include "model/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

ms_status ms_event_column(const ms_table *table, const char *spec, size_t *column, char **value,
                          ms_error *err) {
    const char *equals = strrchr(spec, '=');
    *value = NULL;
    if (ms_table_find(table, spec, column) || !equals) return ms_table_require(table, spec, column, err);
    char *name = ms_strdup(spec), *wanted = ms_strdup(equals + 1);
    ms_status status = name && wanted ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        name[equals - spec] = '\0';
        status = *wanted ? ms_table_require(table, name, column, err)
                         : ms_error_set(err, MS_EUSAGE, "%s: there is no value after the =", spec);
    }
    free(name);
    if (status == MS_OK)
        *value = wanted;
    else
        free(wanted);
    return status;
}

static ms_status bad_cell(const ms_table *table, size_t row, size_t column, const char *what, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s:%zu: column %s: \"%s\" %s", ms_table_name(table),
                        ms_table_line(table, row), ms_table_column_name(table, column),
                        ms_table_cell(table, row, column), what);
}

/* Text or number equal to the wanted value: "2" is also 2.0. */
static bool is_value(const char *cell, const char *value) {
    double a, b;
    if (strcmp(cell, value) == 0) return true;
    return ms_parse_number(cell, &a) && ms_parse_number(value, &b) && a == b;
}

/* R writes TRUE, Python True, JavaScript true. */
static bool is_word(const char *cell, const char *word) {
    return strcasecmp(cell, word) == 0;
}

static ms_status read_event(const ms_table *table, size_t row, size_t column, const char *value,
                            uint8_t *event, ms_error *err) {
    double v;
    const char *cell = ms_table_cell(table, row, column);
    if (ms_table_missing(table, row, column))
        return bad_cell(table, row, column, "is no event; give every training row one, or take the row out",
                        err);
    if (value) {
        *event = is_value(cell, value);
        return MS_OK;
    }
    if (is_word(cell, "true") || is_word(cell, "false")) {
        *event = is_word(cell, "true");
        return MS_OK;
    }
    if (!ms_parse_number(cell, &v) || (v != 0 && v != 1))
        return bad_cell(table, row, column,
                        "is neither 0 nor 1; say which value is the event with --event COLUMN=VALUE", err);
    *event = v == 1;
    return MS_OK;
}

ms_status ms_followup_read(const ms_table *table, size_t time_column, size_t event_column, const char *value,
                           double *time, uint8_t *event, ms_error *err) {
    for (size_t i = 0; i < ms_table_rows(table); i++) {
        ms_status status = ms_table_number(table, i, time_column, &time[i], err);
        if (status != MS_OK) return status;
        if (isnan(time[i]))
            return bad_cell(table, i, time_column,
                            "is no time; give every training row one, or take the row out", err);
        if (!(time[i] >= 0 && isfinite(time[i])))
            return bad_cell(table, i, time_column, "is no follow-up time: it must be a finite number >= 0",
                            err);
        status = read_event(table, i, event_column, value, &event[i], err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}
