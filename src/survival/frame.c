/* Survival data from the columns of a table: rows with a missing value are left out and counted; anything
 * that is no time, event, weight or number is an error that names the cell. */
#include "survival/frame.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

ms_status ms_cell_error(const ms_table *table, size_t row, size_t column, ms_error *err, const char *format,
                        ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t line = ms_table_line(table, row);
    return ms_error_set(err, MS_EINPUT, line ? "%s:%zu: column '%s': %s" : "%s:row %zu: column '%s': %s",
                        ms_table_name(table), line ? line : row + 1, ms_table_column_name(table, column),
                        text);
}

int ms_parse_truth(const char *text) {
    double value;
    if (strcasecmp(text, "true") == 0) return 1;
    if (strcasecmp(text, "false") == 0) return 0;
    if (!ms_parse_number(text, &value)) return -1;
    return value == 0 ? 0 : value == 1 ? 1 : -1;
}

ms_status ms_event_split(const char *text, char **column, const char **value, ms_error *err) {
    char *copy = ms_strdup(text);
    if (!copy) return ms_error_nomem(err);
    char *equals = strchr(copy, '=');
    if (equals) *equals = '\0';
    if (!*copy || (equals && !equals[1])) {
        free(copy);
        return ms_error_set(err, MS_EUSAGE, "'%s': give the event as COLUMN or COLUMN=VALUE", text);
    }
    *column = copy;
    *value = equals ? equals + 1 : NULL;
    return MS_OK;
}

/* Where the columns asked for are; SIZE_MAX where there is none. */
typedef struct places {
    size_t time, event, entry, weight, group, strata, cluster, risk;
} places;

static ms_status find(const ms_table *table, const char *name, size_t *column, ms_error *err) {
    *column = SIZE_MAX;
    return name ? ms_table_require(table, name, column, err) : MS_OK;
}

static ms_status find_columns(const ms_table *table, const ms_surv_columns *c, places *at, ms_error *err) {
    ms_status status;
    if (!c->time || !c->event) return ms_error_set(err, MS_EUSAGE, "a time and an event column are needed");
    if ((status = find(table, c->time, &at->time, err)) ||
        (status = find(table, c->event, &at->event, err)) ||
        (status = find(table, c->entry, &at->entry, err)) ||
        (status = find(table, c->weight, &at->weight, err)) ||
        (status = find(table, c->group, &at->group, err)) ||
        (status = find(table, c->strata, &at->strata, err)) ||
        (status = find(table, c->cluster, &at->cluster, err)))
        return status;
    return find(table, c->risk, &at->risk, err);
}

static bool row_complete(const ms_table *table, size_t row, const places *at) {
    const size_t columns[] = {at->time,  at->event,  at->entry,   at->weight,
                              at->group, at->strata, at->cluster, at->risk};
    for (size_t i = 0; i < MS_COUNT(columns); i++)
        if (columns[i] != SIZE_MAX && ms_table_missing(table, row, columns[i])) return false;
    return true;
}

static ms_status choose_rows(const ms_table *table, const places *at, ms_surv_frame *f, ms_error *err) {
    size_t n = ms_table_rows(table);
    f->rows = ms_calloc(n, sizeof *f->rows);
    if (!f->rows) return ms_error_nomem(err);
    for (size_t row = 0; row < n; row++)
        if (row_complete(table, row, at)) f->rows[f->n++] = row;
    f->n_dropped = n - f->n;
    if (f->n == 0)
        return ms_error_set(err, MS_EINPUT, "%s: no row has all the values that are needed (%zu rows)",
                            ms_table_name(table), n);
    return MS_OK;
}

/* One finite number; at least `least` (-INFINITY: any). */
static ms_status read_number(const ms_table *table, size_t row, size_t column, double least, const char *what,
                             double *value, ms_error *err) {
    ms_status status = ms_table_number(table, row, column, value, err);
    if (status) return status;
    if (!isfinite(*value))
        return ms_cell_error(table, row, column, err, "%s '%s' is not finite", what,
                             ms_table_cell(table, row, column));
    if (*value < least) return ms_cell_error(table, row, column, err, "%s %g is negative", what, *value);
    return MS_OK;
}

static ms_status read_numbers(const ms_table *table, size_t column, double least, const char *what,
                              const ms_surv_frame *f, double **out, ms_error *err) {
    if (column == SIZE_MAX) return MS_OK;
    *out = ms_calloc(f->n, sizeof **out);
    if (!*out) return ms_error_nomem(err);
    for (size_t i = 0; i < f->n; i++) {
        ms_status status = read_number(table, f->rows[i], column, least, what, &(*out)[i], err);
        if (status) return status;
    }
    return MS_OK;
}

static bool same_value(const char *cell, const char *wanted) {
    double a, b;
    if (strcmp(cell, wanted) == 0) return true;
    return ms_parse_number(cell, &a) && ms_parse_number(wanted, &b) && a == b;
}

static ms_status read_events(const ms_table *table, size_t column, const char *wanted, ms_surv_frame *f,
                             ms_error *err) {
    size_t n_events = 0;
    const double *numbers = ms_table_number_column(table, column);
    double wanted_number = NAN;
    f->event = ms_calloc(f->n, 1);
    if (!f->event) return ms_error_nomem(err);
    if (numbers && wanted && !ms_parse_number(wanted, &wanted_number)) wanted_number = NAN;
    for (size_t i = 0; i < f->n; i++) {
        int truth;
        const char *cell = NULL;
        if (numbers) {
            double number = numbers[f->rows[i]];
            truth = wanted ? number == wanted_number : number == 0 ? 0 : number == 1 ? 1 : -1;
        } else {
            cell = ms_table_cell(table, f->rows[i], column);
            truth = wanted ? same_value(cell, wanted) : ms_parse_truth(cell);
        }
        if (truth < 0 && numbers) cell = ms_table_cell(table, f->rows[i], column);
        if (truth < 0)
            return ms_cell_error(
                table, f->rows[i], column, err,
                "event '%.80s' is neither 0 nor 1: name the value that means the event, as in %.80s=%.80s",
                cell, ms_table_column_name(table, column), cell);
        f->event[i] = (uint8_t)truth;
        n_events += (size_t)truth;
    }
    if (wanted && n_events == 0)
        ms_log(MS_LOG_WARNING, "%s: no row has '%s' in column '%s', so there is no event",
               ms_table_name(table), wanted, ms_table_column_name(table, column));
    return MS_OK;
}

static ms_status check_entries(const ms_table *table, const places *at, const ms_surv_frame *f,
                               ms_error *err) {
    for (size_t i = 0; i < f->n && f->entry; i++)
        if (f->entry[i] >= f->time[i])
            return ms_cell_error(table, f->rows[i], at->entry, err,
                                 "entry %g is not before the end of follow-up, %g", f->entry[i], f->time[i]);
    return MS_OK;
}

static void make_view(ms_surv_frame *f) {
    f->data =
        (ms_surv){.n = f->n, .time = f->time, .entry = f->entry, .event = f->event, .weight = f->weight};
    if (f->strata.n_levels) {
        f->data.stratum = f->strata.codes;
        f->data.n_strata = f->strata.n_levels;
    }
}

ms_status ms_surv_frame_read(const ms_table *table, const ms_surv_columns *columns, ms_surv_frame *out,
                             ms_error *err) {
    places at = {0};
    ms_surv_frame f = {0};
    ms_status status = find_columns(table, columns, &at, err);
    if (status || (status = choose_rows(table, &at, &f, err))) goto cleanup;
    if ((status = read_numbers(table, at.time, 0, "time", &f, &f.time, err)) ||
        (status = read_events(table, at.event, columns->event_value, &f, err)) ||
        (status = read_numbers(table, at.entry, -INFINITY, "entry", &f, &f.entry, err)) ||
        (status = check_entries(table, &at, &f, err)) ||
        (status = read_numbers(table, at.weight, 0, "weight", &f, &f.weight, err)) ||
        (status = read_numbers(table, at.risk, -INFINITY, "risk", &f, &f.risk, err)))
        goto cleanup;
    if (at.group != SIZE_MAX && (status = ms_factor_of_rows(table, at.group, f.rows, f.n, &f.group, err)))
        goto cleanup;
    if (at.strata != SIZE_MAX && (status = ms_factor_of_rows(table, at.strata, f.rows, f.n, &f.strata, err)))
        goto cleanup;
    if (at.cluster != SIZE_MAX &&
        (status = ms_factor_of_rows(table, at.cluster, f.rows, f.n, &f.cluster, err)))
        goto cleanup;
    make_view(&f);
    *out = f;
    return MS_OK;
cleanup:
    ms_surv_frame_clear(&f);
    return status;
}

void ms_surv_frame_clear(ms_surv_frame *frame) {
    MS_FREE(frame->rows);
    MS_FREE(frame->time);
    MS_FREE(frame->entry);
    MS_FREE(frame->weight);
    MS_FREE(frame->risk);
    MS_FREE(frame->event);
    ms_factor_clear(&frame->group);
    ms_factor_clear(&frame->strata);
    ms_factor_clear(&frame->cluster);
    frame->n = 0;
}
