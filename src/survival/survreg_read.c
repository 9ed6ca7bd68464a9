/* The response of a parametric model: right-, left- and interval-censored times from a table. Left and
 * interval censoring are read here, and the predictors by the formula of a copy of the table in which the
 * response is one column that is missing where the response is. */
#include "survival/formula.h"
#include "survival/survreg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum censoring { RIGHT_CENSORED, LEFT_CENSORED, INTERVAL2 } censoring;

typedef struct reader {
    const ms_table *table;
    const char *formula;
    ms_node *root;
    const ms_node *first, *second; /* Surv's two arguments */
    censoring type;
    double *low, *high; /* [rows] */
} reader;

/* "- 1" and "+ 0" take the intercept away. */
static ms_status check_intercept(const reader *r, const ms_node *node, ms_error *err) {
    if (node->kind == MS_NODE_OPERATOR && node->n_args == 2 &&
        (strcmp(node->text, "+") == 0 || strcmp(node->text, "-") == 0)) {
        const ms_node *last = node->args[1];
        if (last->kind == MS_NODE_NUMBER && last->number == (*node->text == '-' ? 1 : 0))
            return ms_formula_error(r->formula, last->at, err, "a parametric model keeps its intercept here");
        ms_status status = check_intercept(r, node->args[0], err);
        return status ? status : check_intercept(r, last, err);
    }
    if (node->kind == MS_NODE_NUMBER && node->number == 0)
        return ms_formula_error(r->formula, node->at, err, "a parametric model keeps its intercept here");
    return MS_OK;
}

static ms_status find_type(reader *r, ms_error *err) {
    static const char *const types[] = {"right", "left", "interval2"};
    const ms_node *surv = r->root->args[0], *type = ms_node_named(surv, "type");
    size_t plain = 0;
    for (size_t i = 0; i < surv->n_args; i++) {
        if (surv->args[i] == type) continue;
        if (plain == 0) r->first = surv->args[i];
        if (plain == 1) r->second = surv->args[i];
        plain++;
    }
    if (plain > 2)
        return ms_formula_error(r->formula, surv->at, err,
                                "parametric models take no start-stop times: Surv(time, event)");
    if (!type) return MS_OK;
    for (size_t i = 0; i < MS_COUNT(types); i++)
        if (type->kind == MS_NODE_STRING && strcmp(type->text, types[i]) == 0) {
            r->type = (censoring)i;
            if (plain == 2) return MS_OK;
            return ms_formula_error(r->formula, surv->at, err, "this type of Surv() takes two columns");
        }
    return ms_formula_error(r->formula, type->at, err, "type is \"right\", \"left\" or \"interval2\"");
}

static ms_status find_response(reader *r, ms_error *err) {
    ms_status status = ms_formula_parse(r->formula, &r->root, err);
    if (status != MS_OK) return status;
    if (!ms_node_is(r->root, MS_NODE_OPERATOR, "~") || r->root->n_args != 2 ||
        !ms_node_is(r->root->args[0], MS_NODE_CALL, "Surv"))
        return ms_formula_error(r->formula, r->root->at, err, "write Surv(time, event) ~ age + sex");
    status = find_type(r, err);
    return status ? status : check_intercept(r, r->root->args[1], err);
}

static ms_status copy_table(const ms_table *table, ms_table **out, ms_error *err) {
    size_t at;
    ms_status status = ms_table_new(out, ms_table_name(table), err);
    for (size_t c = 0; c < ms_table_columns(table) && status == MS_OK; c++)
        status = ms_table_add_column(*out, ms_table_column_name(table, c), &at, err);
    for (size_t i = 0; i < ms_table_rows(table) && status == MS_OK; i++) {
        status = ms_table_add_row(*out, &at, err);
        for (size_t c = 0; c < ms_table_columns(table) && status == MS_OK; c++)
            status = ms_table_set(*out, at, c, ms_table_cell(table, i, c), err);
    }
    return status;
}

/* Is the response of this row there? MS_EINPUT when it makes no sense. */
static ms_status row_there(const reader *r, size_t row, bool *there, ms_error *err) {
    double low = r->low[row], high = r->high[row];
    size_t line = ms_table_line(r->table, row);
    const char *what = NULL;
    *there = r->type == INTERVAL2 ? !isnan(low) || !isnan(high) : !isnan(low) && !isnan(high);
    if (!*there) return MS_OK;
    if (r->type == INTERVAL2 && low > high) what = "the interval ends before it begins";
    if (r->type == LEFT_CENSORED && high != 0 && high != 1) what = "the event is neither 0 nor 1";
    if (r->type == LEFT_CENSORED && !isfinite(low)) what = "the time is not finite";
    if (!what) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s:%s%zu: in Surv(): %s (%g, %g)", ms_table_name(r->table),
                        line ? "" : "row ", line ? line : row + 1, what, low, high);
}

/* The copy with a column that is 1 where the response is there, and the formula that has it as its time. */
static ms_status read_special(reader *r, ms_survreg_frame *out, ms_error *err) {
    static const char name[] = ".response";
    size_t rows = ms_table_rows(r->table), column;
    bool logical = false, there = false;
    r->low = ms_calloc(2 * rows, sizeof *r->low);
    if (!r->low) return ms_error_nomem(err);
    r->high = r->low + rows;
    ms_status status = ms_formula_evaluate(r->formula, r->first, r->table, r->low, &logical, err);
    if (status == MS_OK)
        status = ms_formula_evaluate(r->formula, r->second, r->table, r->high, &logical, err);
    if (status == MS_OK) status = copy_table(r->table, &out->table, err);
    if (status == MS_OK) status = ms_table_add_column(out->table, name, &column, err);
    for (size_t i = 0; i < rows && status == MS_OK; i++) {
        status = row_there(r, i, &there, err);
        if (status == MS_OK && there) status = ms_table_set(out->table, i, column, "1", err);
    }
    if (status != MS_OK) return status;
    ms_buffer text;
    ms_buffer_init(&text);
    ms_buffer_printf(&text, "Surv(`%s`) ~ ", name);
    ms_node_source(r->root->args[1], &text);
    if (ms_buffer_failed(&text)) return ms_error_nomem(err);
    out->formula = text.data;
    return MS_OK;
}

static void set_special(const reader *r, size_t i, size_t row, ms_survreg_frame *out) {
    double low = r->low[row], high = r->high[row];
    if (r->type == LEFT_CENSORED) {
        out->time[i] = low;
        out->status[i] = high == 1 ? MS_SURVREG_EVENT : MS_SURVREG_LEFT;
        return;
    }
    bool open_low = isnan(low) || low == -INFINITY, open_high = isnan(high) || high == INFINITY;
    out->time[i] = open_low ? high : low;
    out->time2[i] = high;
    out->status[i] = open_low      ? MS_SURVREG_LEFT
                     : open_high   ? MS_SURVREG_RIGHT
                     : low == high ? MS_SURVREG_EVENT
                                   : MS_SURVREG_INTERVAL;
}

static ms_status fill(const reader *r, const char *weights, ms_survreg_frame *out, ms_error *err) {
    const ms_table *table = out->table ? out->table : r->table;
    ms_status status =
        ms_model_frame_read(table, out->formula ? out->formula : r->formula, weights, &out->model, err);
    if (status != MS_OK) return status;
    size_t n = out->model.n;
    if (out->model.n_before_tt || out->model.ridge)
        return ms_error_set(err, MS_EUSAGE, "tt() and ridge() are for Cox models");
    out->time = ms_calloc(n, sizeof *out->time);
    out->time2 = ms_calloc(n, sizeof *out->time2);
    out->status = ms_calloc(n, 1);
    if (!out->time || !out->time2 || !out->status) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (out->table) {
            set_special(r, i, out->model.rows[i], out);
            continue;
        }
        out->time[i] = out->time2[i] = out->model.time[i];
        out->status[i] = out->model.event[i] ? MS_SURVREG_EVENT : MS_SURVREG_RIGHT;
    }
    return MS_OK;
}

ms_status ms_survreg_read(const ms_table *table, const char *formula, const char *weights_column,
                          ms_survreg_frame *out, ms_error *err) {
    reader r = {.table = table, .formula = formula};
    ms_survreg_frame frame = {0};
    ms_status status = find_response(&r, err);
    if (status == MS_OK && r.type != RIGHT_CENSORED) status = read_special(&r, &frame, err);
    if (status == MS_OK) status = fill(&r, weights_column, &frame, err);
    free(r.low);
    ms_node_free(r.root);
    if (status == MS_OK)
        *out = frame;
    else
        ms_survreg_frame_clear(&frame);
    return status;
}

void ms_survreg_frame_clear(ms_survreg_frame *frame) {
    ms_model_frame_clear(&frame->model);
    MS_FREE(frame->time);
    MS_FREE(frame->time2);
    MS_FREE(frame->status);
    MS_FREE(frame->formula);
    ms_table_free(frame->table);
    frame->table = NULL;
}
