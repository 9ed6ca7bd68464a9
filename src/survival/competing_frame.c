/* Times and causes of failure from the columns of a table. */
#include "myosurv/survival_competing.h"
#include "survival/formula.h"
#include "survival/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t find_level(const ms_factor *factor, const char *value) {
    double wanted, number;
    for (size_t i = 0; i < factor->n_levels; i++) {
        if (strcmp(factor->levels[i], value) == 0) return i;
        if (ms_parse_number(value, &wanted) && ms_parse_number(factor->levels[i], &number) &&
            wanted == number)
            return i;
    }
    return SIZE_MAX;
}

static ms_status no_such_value(const ms_table *table, size_t column, const ms_factor *factor,
                               const char *message, const char *value, ms_error *err) {
    ms_buffer list;
    ms_buffer_init(&list);
    for (size_t i = 0; i < factor->n_levels && i < 8; i++)
        ms_buffer_printf(&list, "%s'%.40s'", i ? ", " : "", factor->levels[i]);
    if (factor->n_levels > 8) ms_buffer_append(&list, ", ...");
    ms_status status =
        ms_error_set(err, MS_EINPUT, "%s: column '%s': %s '%.40s'; its values are %s", ms_table_name(table),
                     ms_table_column_name(table, column), message, value, list.data ? list.data : "");
    ms_buffer_clear(&list);
    return status;
}

/* The levels that mean censored and the cause of interest. */
static ms_status choose_levels(const ms_table *table, size_t column, const ms_factor *factor,
                               const char *event, const char *censored, size_t *none, size_t *first,
                               ms_error *err) {
    *none = find_level(factor, censored ? censored : "0");
    if (*none == SIZE_MAX && !censored)
        return no_such_value(table, column, factor, "say which value means censored: there is no", "0", err);
    if (*none == SIZE_MAX)
        ms_log(MS_LOG_WARNING, "%s: no row has '%s' in column '%s', so nobody is censored",
               ms_table_name(table), censored, ms_table_column_name(table, column));
    *first = event ? find_level(factor, event) : *none == 0 ? 1 : 0;
    if (event && *first == SIZE_MAX)
        return no_such_value(table, column, factor, "no row has the event", event, err);
    if (*first == *none)
        return ms_error_set(err, MS_EUSAGE, "'%s' cannot be both the event and censored", event);
    if (*first >= factor->n_levels)
        return ms_error_set(err, MS_EINPUT, "%s: column '%s': no events, all rows are censored",
                            ms_table_name(table), ms_table_column_name(table, column));
    return MS_OK;
}

/* Causes: the one of interest, then the others in order of the factor. */
static ms_status name_causes(const ms_factor *factor, size_t none, size_t first, size_t *code,
                             ms_competing_frame *f, ms_error *err) {
    f->causes = ms_calloc(factor->n_levels + 1, sizeof *f->causes);
    if (!f->causes) return ms_error_nomem(err);
    code[first] = f->n_causes;
    if (!(f->causes[f->n_causes++] = ms_strdup(factor->levels[first]))) return ms_error_nomem(err);
    for (size_t i = 0; i < factor->n_levels; i++) {
        if (i == none || i == first) continue;
        code[i] = f->n_causes;
        if (!(f->causes[f->n_causes++] = ms_strdup(factor->levels[i]))) return ms_error_nomem(err);
    }
    return MS_OK;
}

static ms_status fill_causes(const ms_factor *factor, size_t none, const size_t *code, ms_competing_frame *f,
                             ms_error *err) {
    f->cause = ms_calloc(f->frame.n, sizeof *f->cause);
    if (!f->cause) return ms_error_nomem(err);
    for (size_t i = 0; i < f->frame.n; i++) {
        size_t level = factor->codes[f->frame.rows[i]];
        f->frame.event[i] = level != none;
        if (level != none) f->cause[i] = code[level];
    }
    f->competing = (ms_competing){.data = f->frame.data, .cause = f->cause, .n_causes = f->n_causes};
    return MS_OK;
}

ms_status ms_competing_frame_read(const ms_table *table, const ms_surv_columns *columns, const char *censored,
                                  ms_competing_frame *out, ms_error *err) {
    ms_competing_frame f = {0};
    ms_factor factor = {0};
    size_t column, none = SIZE_MAX, first = SIZE_MAX, *code = NULL;
    ms_surv_columns wanted = *columns;
    if (!columns->event) return ms_error_set(err, MS_EUSAGE, "an event column is needed");
    ms_status status = ms_table_require(table, columns->event, &column, err);
    if (status || (status = ms_factor_from_table(table, column, &factor, err))) goto cleanup;
    if ((status = choose_levels(table, column, &factor, columns->event_value, censored, &none, &first, err)))
        goto cleanup;
    wanted.event_value = factor.levels[first];
    if ((status = ms_surv_frame_read(table, &wanted, &f.frame, err))) goto cleanup;
    code = ms_calloc(factor.n_levels, sizeof *code);
    if (!code) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    if ((status = name_causes(&factor, none, first, code, &f, err)) ||
        (status = fill_causes(&factor, none, code, &f, err)))
        goto cleanup;
    *out = f;
    f = (ms_competing_frame){0};
cleanup:
    free(code);
    ms_factor_clear(&factor);
    ms_competing_frame_clear(&f);
    return status;
}

static ms_status mark_row(const ms_table *table, size_t row, double value, bool event, ms_error *err) {
    size_t line = ms_table_line(table, row);
    const char *what = NULL;
    if (isnan(value)) what = "the competing event is missing";
    if (value != 0 && event) what = "both the event and a competing one";
    if (!what) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s:%s%zu: %s", ms_table_name(table), line ? "" : "row ",
                        line ? line : row + 1, what);
}

ms_status ms_competing_mark(const ms_table *table, const ms_model_frame *frame, const char *competing,
                            uint8_t *event, size_t *cause, ms_error *err) {
    ms_node *node = NULL;
    bool logical = false;
    double *values = ms_calloc(ms_table_rows(table), sizeof *values);
    ms_status status = values ? ms_formula_parse(competing, &node, err) : ms_error_nomem(err);
    if (!status) status = ms_formula_evaluate(competing, node, table, values, &logical, err);
    if (!status && !logical)
        status = ms_error_set(err, MS_EUSAGE, "'%s' is neither true nor false: write it as status == 2",
                              competing);
    for (size_t i = 0; i < frame->n && !status; i++) {
        double value = values[frame->rows[i]];
        status = mark_row(table, frame->rows[i], value, frame->event[i], err);
        if (status) break;
        event[i] = frame->event[i] || value != 0;
        cause[i] = value != 0;
    }
    ms_node_free(node);
    free(values);
    return status;
}

void ms_competing_frame_clear(ms_competing_frame *frame) {
    for (size_t i = 0; i < frame->n_causes && frame->causes; i++) free(frame->causes[i]);
    MS_FREE(frame->causes);
    MS_FREE(frame->cause);
    ms_surv_frame_clear(&frame->frame);
    frame->n_causes = 0;
}
