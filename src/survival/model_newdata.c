/* A fitted model's columns for the rows of another table: the variables are made anew with the levels and
 * knots of the rows the model was fitted to. R: model.frame(Terms, newdata, xlev =), makepredictcall. */
#include "myosurv/survival_cox.h"
#include "survival/formula.h"
#include "survival/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct renewal {
    const char *formula;
    const ms_table *table, *new_table;
    const ms_model_frame *model;
    ms_node *root;
    ms_terms terms;
    ms_variable *fitted, *renewed; /* [terms.n_vars] */
    ms_model_frame response;       /* of the new table; n 0 when not asked for */
    bool respond;
} renewal;

static ms_status make_variables(renewal *r, ms_error *err) {
    size_t rows = ms_table_rows(r->table), n = r->terms.n_vars;
    r->fitted = ms_calloc(n, sizeof *r->fitted);
    r->renewed = ms_calloc(n, sizeof *r->renewed);
    if (!r->fitted || !r->renewed) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const ms_node *node = r->terms.vars[i];
        if (ms_node_is(node, MS_NODE_CALL, "tt"))
            return ms_formula_error(
                r->formula, node->at, err,
                "a model with tt() has no predictions: what tt() is worth changes with time");
        ms_status status =
            ms_variable_make(r->formula, node, r->terms.labels[i], r->table, &r->fitted[i], err);
        if (status == MS_OK) status = ms_variable_keep(&r->fitted[i], rows, r->model->rows, r->model->n, err);
        if (status == MS_OK)
            status = ms_variable_renew(r->formula, node, &r->fitted[i], r->new_table, &r->renewed[i], err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

/* Time and entry of the new rows, by the formula's left side alone. */
static ms_status read_response(renewal *r, ms_error *err) {
    ms_lexer lexer = {.text = r->formula};
    ms_status status = ms_lexer_next(&lexer, err);
    while (status == MS_OK && !(lexer.token.kind == MS_TOKEN_OPERATOR && strcmp(lexer.token.op, "~") == 0) &&
           lexer.token.kind != MS_TOKEN_END)
        status = ms_lexer_next(&lexer, err);
    if (status != MS_OK || !r->respond) return status;
    ms_buffer formula;
    ms_buffer_init(&formula);
    ms_buffer_append_bytes(&formula, r->formula, lexer.token.at);
    ms_buffer_append(&formula, "~ 1");
    status = ms_buffer_failed(&formula)
                 ? ms_error_nomem(err)
                 : ms_model_frame_read(r->new_table, formula.data, NULL, &r->response, err);
    ms_buffer_clear(&formula);
    return status;
}

/* Rows with everything, and where they are in the response. */
static ms_status choose_rows(renewal *r, ms_model_frame *f, ms_error *err) {
    size_t rows = ms_table_rows(r->new_table), next = 0;
    f->rows = ms_calloc(rows, sizeof *f->rows);
    if (r->respond) f->time = ms_calloc(rows, sizeof *f->time);
    if (r->response.entry) f->entry = ms_calloc(rows, sizeof *f->entry);
    if (!f->rows || (r->respond && !f->time) || (r->response.entry && !f->entry)) return ms_error_nomem(err);
    for (size_t row = 0; row < rows; row++) {
        bool complete = true;
        for (size_t i = 0; i < r->terms.n_vars && complete; i++)
            complete = !ms_variable_missing(&r->renewed[i], rows, row);
        while (next < r->response.n && r->response.rows[next] < row) next++;
        if (r->respond && (next == r->response.n || r->response.rows[next] != row)) complete = false;
        if (!complete) continue;
        if (r->respond) f->time[f->n] = r->response.time[next];
        if (f->entry) f->entry[f->n] = r->response.entry[next];
        f->rows[f->n++] = row;
    }
    f->n_dropped = rows - f->n;
    if (f->n == 0)
        return ms_error_set(err, MS_EINPUT, "%s: no row has all the values that the model needs (%zu rows)",
                            ms_table_name(r->new_table), rows);
    return MS_OK;
}

/* Codes of the model's strata: crossing several strata() terms as the model's frame did. */
static ms_status take_strata(renewal *r, ms_model_frame *f, ms_error *err) {
    size_t used = 0, only = 0;
    for (size_t i = 0; i < r->terms.n_vars; i++) {
        if (r->fitted[i].role != MS_ROLE_STRATA) continue;
        if (!r->renewed[i].factor.codes) return MS_OK; /* not there: no strata at all */
        used++;
        only = i;
    }
    if (used == 0) return MS_OK;
    f->strata.codes = ms_calloc(f->n, sizeof *f->strata.codes);
    f->strata.levels = ms_calloc(r->model->strata.n_levels, sizeof *f->strata.levels);
    if (!f->strata.codes || !f->strata.levels) return ms_error_nomem(err);
    f->strata.n = f->n;
    for (; f->strata.n_levels < r->model->strata.n_levels; f->strata.n_levels++)
        if (!(f->strata.levels[f->strata.n_levels] = ms_strdup(r->model->strata.levels[f->strata.n_levels])))
            return ms_error_nomem(err);
    for (size_t i = 0; i < f->n; i++) {
        size_t found = used == 1 ? r->renewed[only].factor.codes[i] : SIZE_MAX;
        for (size_t k = 0; k < r->model->n && found == SIZE_MAX; k++) {
            bool same = true;
            for (size_t v = 0; v < r->terms.n_vars && same; v++)
                same = r->fitted[v].role != MS_ROLE_STRATA ||
                       r->fitted[v].factor.codes[k] == r->renewed[v].factor.codes[i];
            if (same) found = r->model->strata.codes[k];
        }
        if (found == SIZE_MAX)
            return ms_error_set(err, MS_EINPUT,
                                "%s:%zu: this combination of strata is not in the model's data",
                                ms_table_name(r->new_table), ms_table_line(r->new_table, f->rows[i]));
        f->strata.codes[i] = found;
    }
    return MS_OK;
}

static ms_status take_offsets(renewal *r, ms_model_frame *f, ms_error *err) {
    for (size_t i = 0; i < r->terms.n_vars; i++) {
        if (r->renewed[i].role != MS_ROLE_OFFSET) continue;
        if (!f->offset) f->offset = ms_calloc(f->n, sizeof *f->offset);
        if (!f->offset) return ms_error_nomem(err);
        for (size_t k = 0; k < f->n; k++) f->offset[k] += r->renewed[i].values[k];
    }
    return MS_OK;
}

static void make_views(ms_model_frame *f) {
    f->data = (ms_surv){.n = f->n, .time = f->time, .entry = f->entry};
    if (f->strata.n_levels) {
        f->data.stratum = f->strata.codes;
        f->data.n_strata = f->strata.n_levels;
    }
    f->design = (ms_design){.p = f->p,
                            .x = f->x,
                            .names = (const char *const *)f->names,
                            .offset = f->offset,
                            .term = f->term,
                            .n_terms = f->n_terms,
                            .term_names = (const char *const *)f->term_names};
}

/* A term with strata() needs its columns. */
static ms_status check_interactions(const renewal *r, ms_error *err) {
    for (size_t t = 0; t < r->terms.n_terms; t++)
        for (size_t k = 0; k < r->terms.terms[t].n && r->terms.terms[t].n > 1; k++) {
            size_t v = r->terms.terms[t].vars[k];
            if (r->fitted[v].role == MS_ROLE_STRATA && !r->renewed[v].factor.codes)
                return ms_error_set(err, MS_EINPUT, "%s lacks a column of %s, which is in an interaction",
                                    ms_table_name(r->new_table), r->fitted[v].label);
        }
    return MS_OK;
}

static ms_status fill(renewal *r, ms_model_frame *f, ms_error *err) {
    size_t rows = ms_table_rows(r->new_table);
    ms_status status = check_interactions(r, err);
    if (status == MS_OK) status = choose_rows(r, f, err);
    for (size_t i = 0; i < r->terms.n_vars && status == MS_OK; i++) {
        ms_variable *v = &r->renewed[i];
        for (size_t j = 0; j < v->n_columns; j++)
            for (size_t k = 0; k < f->n; k++) v->values[j * f->n + k] = v->values[j * rows + f->rows[k]];
        for (size_t k = 0; k < f->n && v->factor.codes; k++) v->factor.codes[k] = v->factor.codes[f->rows[k]];
    }
    if (status == MS_OK) status = take_offsets(r, f, err);
    if (status == MS_OK) status = take_strata(r, f, err);
    if (status == MS_OK) status = ms_model_columns(&r->terms, r->renewed, f, err);
    if (status == MS_OK) make_views(f);
    return status;
}

ms_status ms_model_newdata(const ms_table *table, const char *formula, const ms_model_frame *model,
                           const ms_table *new_table, bool respond, ms_model_frame *out, ms_error *err) {
    renewal r = {
        .formula = formula, .table = table, .new_table = new_table, .model = model, .respond = respond};
    ms_model_frame f = {0};
    ms_status status = ms_formula_parse(formula, &r.root, err);
    if (status == MS_OK)
        status = ms_terms_expand(formula, r.root->args[1], r.root->args[0], table, &r.terms, err);
    if (status == MS_OK) status = make_variables(&r, err);
    if (status == MS_OK) status = read_response(&r, err);
    if (status == MS_OK) status = fill(&r, &f, err);
    for (size_t i = 0; i < r.terms.n_vars; i++) {
        if (r.fitted) ms_variable_clear(&r.fitted[i]);
        if (r.renewed) ms_variable_clear(&r.renewed[i]);
    }
    free(r.fitted);
    free(r.renewed);
    ms_terms_clear(&r.terms);
    ms_node_free(r.root);
    ms_model_frame_clear(&r.response);
    if (status == MS_OK)
        *out = f;
    else
        ms_model_frame_clear(&f);
    return status;
}
