/* From a table and a formula to the arrays a Cox model is fitted to: the response, the rows without missing
 * values, the variables, the model matrix. R: model.frame, model.matrix, Surv. */
#include "survival/formula.h"
#include "survival/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const char *formula;
    const ms_table *table;
    size_t rows;
    ms_node *root;
    const ms_node *time, *entry, *event; /* arguments of Surv(); entry and event may be NULL */
    double *all_time, *all_entry, *all_event, *all_weight; /* [rows] */
    ms_terms terms;
    ms_variable *variables; /* [terms.n_vars] */
    size_t weight_column;
} reader;

/* ---- the response ---- */

static ms_status find_arguments(reader *r, const ms_node *surv, ms_error *err) {
    const ms_node *plain[3] = {0};
    size_t n = 0;
    for (size_t i = 0; i < surv->n_args; i++) {
        const char *name = surv->arg_names[i];
        if (name && (strcmp(name, "time") != 0 && strcmp(name, "time2") != 0 && strcmp(name, "event") != 0))
            return ms_formula_error(r->formula, surv->args[i]->at, err,
                                    "Surv() takes time, time2 and event, not '%s'", name);
        if (n == 3)
            return ms_formula_error(r->formula, surv->at, err, "Surv() takes at most three arguments");
        plain[n++] = surv->args[i];
    }
    const ms_node *event = ms_node_named(surv, "event");
    if (n == 0) return ms_formula_error(r->formula, surv->at, err, "Surv() needs a time");
    r->entry = n == 3 ? plain[0] : NULL;
    r->time = n == 3 ? plain[1] : plain[0];
    r->event = event ? event : n > 1 ? plain[n - 1] : NULL;
    return MS_OK;
}

static ms_status find_response(reader *r, ms_error *err) {
    const ms_node *root = r->root;
    if (!ms_node_is(root, MS_NODE_OPERATOR, "~") || root->n_args != 2)
        return ms_formula_error(r->formula, root->at, err,
                                "it has no '~': write Surv(time, event) ~ age + sex");
    if (!ms_node_is(root->args[0], MS_NODE_CALL, "Surv"))
        return ms_formula_error(r->formula, root->args[0]->at, err,
                                "Surv(time, event) should be left of '~'");
    return find_arguments(r, root->args[0], err);
}

/* An error about one value of the response: at its cell when it is a column. */
static ms_status value_error(const reader *r, const ms_node *node, size_t row, const char *what, double value,
                             ms_error *err) {
    size_t column = 0, line = ms_table_line(r->table, row);
    if (node->kind == MS_NODE_NAME && ms_table_find(r->table, node->text, &column))
        return ms_cell_error(r->table, row, column, err, "%g %s", value, what);
    return ms_error_set(err, MS_EINPUT, "%s:%s%zu: in Surv(): %g %s", ms_table_name(r->table),
                        line ? "" : "row ", line ? line : row + 1, value, what);
}

/* The events of a column of 1 and 2 alone are its 2s. */
static void recode_one_two(reader *r) {
    bool two = false;
    for (size_t i = 0; i < r->rows; i++) {
        double value = r->all_event[i];
        if (!isnan(value) && value != 1 && value != 2) return;
        two |= value == 2;
    }
    if (!two) return;
    for (size_t i = 0; i < r->rows; i++) r->all_event[i] -= 1;
    ms_log(MS_LOG_WARNING,
           "the event column '%s' holds 1 and 2: 2 is taken as the event, as R does (write %s == 2 to "
           "say so)",
           r->event->text, r->event->text);
}

static ms_status evaluate_part(const reader *r, const ms_node *node, double **values, bool *logical,
                               ms_error *err) {
    *values = ms_calloc(r->rows, sizeof **values);
    if (!*values) return ms_error_nomem(err);
    return ms_formula_evaluate(r->formula, node, r->table, *values, logical, err);
}

static ms_status read_response(reader *r, ms_error *err) {
    bool logical = false;
    ms_status status = evaluate_part(r, r->time, &r->all_time, &logical, err);
    if (status == MS_OK && r->entry) status = evaluate_part(r, r->entry, &r->all_entry, &logical, err);
    if (status == MS_OK && r->event) {
        status = evaluate_part(r, r->event, &r->all_event, &logical, err);
        if (status == MS_OK && !logical && r->event->kind == MS_NODE_NAME) recode_one_two(r);
    } else if (status == MS_OK) {
        r->all_event = ms_calloc(r->rows, sizeof *r->all_event);
        if (!r->all_event) return ms_error_nomem(err);
        for (size_t i = 0; i < r->rows; i++) r->all_event[i] = 1;
    }
    return status;
}

static ms_status check_response(const reader *r, size_t row, ms_error *err) {
    double time = r->all_time[row], event = r->all_event[row];
    if (!isfinite(time)) return value_error(r, r->time, row, "is no finite time", time, err);
    if (time < 0) return value_error(r, r->time, row, "is a negative time", time, err);
    if (event != 0 && event != 1)
        return value_error(r, r->event, row,
                           "is neither 0 nor 1: name the value that means the event, as in "
                           "Surv(time, status == 2)",
                           event, err);
    if (!r->all_entry) return MS_OK;
    if (!isfinite(r->all_entry[row]))
        return value_error(r, r->entry, row, "is no finite time", r->all_entry[row], err);
    if (r->all_entry[row] >= time)
        return value_error(r, r->entry, row, "is not before the end of the interval", r->all_entry[row], err);
    return MS_OK;
}

/* ---- variables and rows ---- */

/* A column that the table has as numbers is taken as it is, without a copy. */
static bool borrow_column(const ms_table *table, const ms_node *node, char *label, ms_variable *out) {
    size_t column = 0;
    if (node->kind != MS_NODE_NAME || !ms_table_find(table, node->text, &column)) return false;
    const double *numbers = ms_table_number_column(table, column);
    if (!numbers || !ms_table_is_numeric(table, column)) return false;
    *out = (ms_variable){.role = MS_ROLE_NUMBER, .at = node->at, .label = label, .n_columns = 1};
    out->values = (double *)(uintptr_t)numbers;
    out->borrowed = true;
    return true;
}

static ms_status read_variables(reader *r, ms_error *err) {
    ms_status status =
        ms_terms_expand(r->formula, r->root->args[1], r->root->args[0], r->table, &r->terms, err);
    if (status != MS_OK) return status;
    r->variables = ms_calloc(r->terms.n_vars, sizeof *r->variables);
    if (!r->variables) return ms_error_nomem(err);
    for (size_t i = 0; i < r->terms.n_vars && status == MS_OK; i++) {
        const ms_node *node = r->terms.vars[i];
        if (borrow_column(r->table, node, r->terms.labels[i], &r->variables[i])) continue;
        status = ms_variable_make(r->formula, node, r->terms.labels[i], r->table, &r->variables[i], err);
    }
    return status;
}

static ms_status check_variables(const reader *r, ms_error *err) {
    size_t clusters = 0;
    for (size_t i = 0; i < r->terms.n_vars; i++)
        if (r->variables[i].role == MS_ROLE_CLUSTER && clusters++)
            return ms_formula_error(r->formula, r->variables[i].at, err,
                                    "a formula has one cluster() at most");
    for (size_t t = 0; t < r->terms.n_terms; t++) {
        const ms_term *term = &r->terms.terms[t];
        for (size_t k = 0; k < term->n && term->n > 1; k++) {
            const ms_variable *v = &r->variables[term->vars[k]];
            if (v->role != MS_ROLE_NUMBER && v->role != MS_ROLE_FACTOR && v->role != MS_ROLE_STRATA)
                return ms_formula_error(r->formula, v->at, err, "'%s' cannot be in an interaction", v->label);
        }
    }
    return MS_OK;
}

static bool row_complete(const reader *r, size_t row) {
    if (isnan(r->all_time[row]) || isnan(r->all_event[row])) return false;
    if (r->all_entry && isnan(r->all_entry[row])) return false;
    if (r->all_weight && isnan(r->all_weight[row])) return false;
    for (size_t i = 0; i < r->terms.n_vars; i++)
        if (ms_variable_missing(&r->variables[i], r->rows, row)) return false;
    return true;
}

static ms_status check_numbers(const reader *r, size_t row, ms_error *err) {
    size_t line = ms_table_line(r->table, row);
    for (size_t i = 0; i < r->terms.n_vars; i++) {
        const ms_variable *v = &r->variables[i];
        for (size_t j = 0; j < v->n_columns; j++)
            if (!isfinite(v->values[j * r->rows + row]))
                return ms_error_set(err, MS_EINPUT, "%s:%s%zu: %s is %g: every predictor must be finite",
                                    ms_table_name(r->table), line ? "" : "row ", line ? line : row + 1,
                                    v->label, v->values[j * r->rows + row]);
    }
    if (r->all_weight && !(isfinite(r->all_weight[row]) && r->all_weight[row] > 0))
        return ms_cell_error(r->table, row, r->weight_column, err,
                             "weight %g; a Cox model's weights must be above 0", r->all_weight[row]);
    return MS_OK;
}

static ms_status choose_rows(const reader *r, ms_model_frame *f, ms_error *err) {
    f->rows = ms_calloc(r->rows, sizeof *f->rows);
    if (!f->rows) return ms_error_nomem(err);
    for (size_t row = 0; row < r->rows; row++) {
        if (!row_complete(r, row)) continue;
        ms_status status = check_response(r, row, err);
        if (status == MS_OK) status = check_numbers(r, row, err);
        if (status != MS_OK) return status;
        f->rows[f->n++] = row;
    }
    f->n_dropped = r->rows - f->n;
    if (f->n == 0)
        return ms_error_set(err, MS_EINPUT, "%s: no row has all the values that the formula needs (%zu rows)",
                            ms_table_name(r->table), r->rows);
    return MS_OK;
}

/* ---- the frame ---- */

static ms_status take(const double *all, const ms_model_frame *f, double **out, ms_error *err) {
    if (!all) return MS_OK;
    *out = ms_calloc(f->n, sizeof **out);
    if (!*out) return ms_error_nomem(err);
    for (size_t i = 0; i < f->n; i++) (*out)[i] = all[f->rows[i]];
    return MS_OK;
}

static ms_status add_offset(const ms_variable *v, ms_model_frame *f, ms_error *err) {
    if (!f->offset) f->offset = ms_calloc(f->n, sizeof *f->offset);
    if (!f->offset) return ms_error_nomem(err);
    for (size_t i = 0; i < f->n; i++) f->offset[i] += v->values[i];
    return MS_OK;
}

/* Strata of several strata() terms are crossed by their codes. */
static ms_status add_strata(const ms_variable *v, ms_model_frame *f, ms_error *err) {
    double *code = ms_calloc(f->n, sizeof *code);
    ms_factor combined = {0};
    if (!code) return ms_error_nomem(err);
    for (size_t i = 0; i < f->n; i++) {
        size_t before = f->strata.n_levels ? f->strata.codes[i] : 0;
        code[i] = (double)before * (double)v->factor.n_levels + (double)v->factor.codes[i];
    }
    ms_status status = ms_factor_of_numbers(code, f->n, &combined, err);
    free(code);
    if (status != MS_OK) return status;
    for (size_t k = 0; k < combined.n_levels && f->strata.n_levels == 0; k++) {
        char *name = ms_strdup(v->factor.levels[k]);
        if (!name) {
            ms_factor_clear(&combined);
            return ms_error_nomem(err);
        }
        free(combined.levels[k]);
        combined.levels[k] = name;
    }
    ms_factor_clear(&f->strata);
    f->strata = combined;
    return MS_OK;
}

static ms_status take_specials(reader *r, ms_model_frame *f, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t i = 0; i < r->terms.n_vars && status == MS_OK; i++) {
        ms_variable *v = &r->variables[i];
        status = ms_variable_keep(v, r->rows, f->rows, f->n, err);
        if (status == MS_OK && v->role == MS_ROLE_OFFSET) status = add_offset(v, f, err);
        if (status == MS_OK && v->role == MS_ROLE_STRATA) status = add_strata(v, f, err);
        if (status != MS_OK || v->role != MS_ROLE_CLUSTER) continue;
        f->cluster = v->factor;
        v->factor = (ms_factor){0};
    }
    return status;
}

static void make_views(ms_model_frame *f) {
    f->data =
        (ms_surv){.n = f->n, .time = f->time, .entry = f->entry, .event = f->event, .weight = f->weight};
    if (f->strata.n_levels) {
        f->data.stratum = f->strata.codes;
        f->data.n_strata = f->strata.n_levels;
    }
    f->design = (ms_design){.p = f->p,
                            .x = f->x,
                            .names = (const char *const *)f->names,
                            .offset = f->offset,
                            .ridge = f->ridge,
                            .term = f->term,
                            .n_terms = f->n_terms,
                            .term_names = (const char *const *)f->term_names};
    if (f->cluster.n_levels) {
        f->design.cluster = f->cluster.codes;
        f->design.n_clusters = f->cluster.n_levels;
    }
}

static ms_status fill(reader *r, ms_model_frame *f, ms_error *err) {
    ms_status status = choose_rows(r, f, err);
    if (status || (status = take(r->all_time, f, &f->time, err)) ||
        (status = take(r->all_entry, f, &f->entry, err)) ||
        (status = take(r->all_weight, f, &f->weight, err)))
        return status;
    f->event = ms_calloc(f->n, 1);
    if (!f->event) return ms_error_nomem(err);
    for (size_t i = 0; i < f->n; i++) f->event[i] = r->all_event[f->rows[i]] == 1;
    if ((status = take_specials(r, f, err))) return status;
    if ((status = ms_model_columns(&r->terms, r->variables, f, err))) return status;
    bool any = false;
    for (size_t j = 0; j < f->p; j++) any |= f->ridge[j] > 0;
    if (!any) MS_FREE(f->ridge);
    make_views(f);
    if ((status = ms_model_time_transform(r->formula, &r->terms, f, err))) return status;
    make_views(f);
    return MS_OK;
}

static ms_status read_weights(reader *r, const char *name, ms_error *err) {
    if (!name) return MS_OK;
    ms_status status = ms_table_require(r->table, name, &r->weight_column, err);
    if (status != MS_OK) return status;
    r->all_weight = ms_calloc(r->rows, sizeof *r->all_weight);
    return r->all_weight ? ms_table_numbers(r->table, r->weight_column, r->all_weight, err)
                         : ms_error_nomem(err);
}

static void reader_clear(reader *r) {
    for (size_t i = 0; r->variables && i < r->terms.n_vars; i++) ms_variable_clear(&r->variables[i]);
    free(r->variables);
    ms_terms_clear(&r->terms);
    free(r->all_time);
    free(r->all_entry);
    free(r->all_event);
    free(r->all_weight);
    ms_node_free(r->root);
}

ms_status ms_model_frame_read(const ms_table *table, const char *formula, const char *weights_column,
                              ms_model_frame *out, ms_error *err) {
    reader r = {.formula = formula, .table = table, .rows = ms_table_rows(table)};
    ms_model_frame f = {0};
    ms_status status = ms_formula_parse(formula, &r.root, err);
    if (status == MS_OK) status = find_response(&r, err);
    if (status == MS_OK) status = read_response(&r, err);
    if (status == MS_OK) status = read_weights(&r, weights_column, err);
    if (status == MS_OK) status = read_variables(&r, err);
    if (status == MS_OK) status = check_variables(&r, err);
    if (status == MS_OK) status = fill(&r, &f, err);
    reader_clear(&r);
    if (status != MS_OK) {
        ms_model_frame_clear(&f);
        return status;
    }
    *out = f;
    return MS_OK;
}

void ms_model_frame_clear(ms_model_frame *frame) {
    for (size_t j = 0; frame->names && j < frame->p; j++) free(frame->names[j]);
    for (size_t t = 0; frame->term_names && t < frame->n_terms; t++) free(frame->term_names[t]);
    MS_FREE(frame->names);
    MS_FREE(frame->term_names);
    MS_FREE(frame->rows);
    MS_FREE(frame->time);
    MS_FREE(frame->entry);
    MS_FREE(frame->weight);
    MS_FREE(frame->offset);
    MS_FREE(frame->event);
    MS_FREE(frame->x);
    MS_FREE(frame->term);
    MS_FREE(frame->ridge);
    ms_factor_clear(&frame->strata);
    ms_factor_clear(&frame->cluster);
    frame->n = frame->p = frame->n_terms = 0;
}
