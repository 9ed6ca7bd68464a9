/* Cox models of some of a formula's terms, all of them on the same rows. */
#include "survival/cox_terms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_cox_step_options_default(ms_cox_step_options *options) {
    *options = (ms_cox_step_options){.penalty = 2};
    ms_cox_options_default(&options->cox);
}

static ms_status copy_rows(const ms_table *table, const size_t *rows, size_t n, ms_table **out,
                           ms_error *err) {
    ms_table *copy = NULL;
    size_t at;
    ms_status status = ms_table_new(&copy, ms_table_name(table), err);
    for (size_t c = 0; c < ms_table_columns(table) && status == MS_OK; c++)
        status = ms_table_add_column(copy, ms_table_column_name(table, c), &at, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        status = ms_table_add_row(copy, &at, err);
        for (size_t c = 0; c < ms_table_columns(table) && status == MS_OK; c++)
            status = ms_table_set(copy, at, c, ms_table_cell(table, rows[i], c), err);
    }
    if (status == MS_OK)
        *out = copy;
    else
        ms_table_free(copy);
    return status;
}

static bool is_fixed(const ms_cox_terms *t, const ms_term *term) {
    static const char *const names[] = {"strata", "cluster", "offset", "ridge"};
    const ms_node *node = t->terms.vars[term->vars[0]];
    for (size_t i = 0; i < MS_COUNT(names) && term->n == 1; i++)
        if (ms_node_is(node, MS_NODE_CALL, names[i])) return true;
    return false;
}

ms_status ms_cox_terms_read(const ms_table *table, const char *formula, bool complete,
                            const ms_cox_step_options *options, ms_cox_terms *out, ms_error *err) {
    ms_cox_terms t = {
        .table = table, .weights = options->weights, .cox = options->cox, .no_timefix = options->no_timefix};
    ms_model_frame frame = {0};
    ms_status status = ms_model_frame_read(table, formula, options->weights, &frame, err);
    if (status == MS_OK && frame.n_before_tt)
        status = ms_error_set(err, MS_EUSAGE, "not for a model with tt()");
    t.n = frame.n;
    t.n_dropped = frame.n_dropped;
    if (status == MS_OK && complete && frame.n_dropped) {
        status = copy_rows(table, frame.rows, frame.n, &t.own, err);
        t.table = t.own;
    }
    ms_model_frame_clear(&frame);
    if (status == MS_OK) status = ms_formula_parse(formula, &t.root, err);
    if (status == MS_OK)
        status = ms_terms_expand(formula, t.root->args[1], t.root->args[0], table, &t.terms, err);
    if (status == MS_OK) {
        t.fixed = ms_calloc(t.terms.n_terms, sizeof *t.fixed);
        if (!t.fixed) status = ms_error_nomem(err);
        for (size_t i = 0; i < t.terms.n_terms && t.fixed; i++) t.fixed[i] = is_fixed(&t, &t.terms.terms[i]);
    }
    if (status == MS_OK)
        *out = t;
    else
        ms_cox_terms_clear(&t);
    return status;
}

void ms_cox_terms_clear(ms_cox_terms *terms) {
    ms_terms_clear(&terms->terms);
    ms_node_free(terms->root);
    ms_table_free(terms->own);
    free(terms->fixed);
    *terms = (ms_cox_terms){0};
}

static void append_term(const ms_cox_terms *t, size_t term, ms_buffer *out) {
    for (size_t k = 0; k < t->terms.terms[term].n; k++) {
        if (k) ms_buffer_append(out, ":");
        ms_node_source(t->terms.vars[t->terms.terms[term].vars[k]], out);
    }
}

static char *taken(ms_buffer *buffer) {
    if (!ms_buffer_failed(buffer)) return buffer->data;
    ms_buffer_clear(buffer);
    return NULL;
}

char *ms_cox_terms_formula(const ms_cox_terms *terms, const bool *in) {
    ms_buffer text;
    bool any = false;
    ms_buffer_init(&text);
    ms_node_source(terms->root->args[0], &text);
    ms_buffer_append(&text, " ~ ");
    for (size_t i = 0; i < terms->terms.n_terms; i++) {
        if (!terms->fixed[i] && !in[i]) continue;
        if (any) ms_buffer_append(&text, " + ");
        append_term(terms, i, &text);
        any = true;
    }
    if (!any) ms_buffer_append(&text, "1");
    return taken(&text);
}

char *ms_cox_terms_name(const ms_cox_terms *terms, size_t term) {
    ms_buffer text;
    ms_buffer_init(&text);
    append_term(terms, term, &text);
    return taken(&text);
}

bool ms_cox_terms_within(const ms_cox_terms *terms, size_t a, size_t b) {
    const ms_term *p = &terms->terms.terms[a], *q = &terms->terms.terms[b];
    for (size_t i = 0; i < p->n; i++) {
        bool found = false;
        for (size_t j = 0; j < q->n && !found; j++) found = p->vars[i] == q->vars[j];
        if (!found) return false;
    }
    return true;
}

ms_status ms_cox_terms_fit(const ms_cox_terms *terms, const bool *in, double *loglik, size_t *rank,
                           ms_error *err) {
    ms_model_frame frame = {0};
    ms_cox cox = {0};
    char *formula = ms_cox_terms_formula(terms, in);
    ms_status status = formula ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_model_frame_read(terms->table, formula, terms->weights, &frame, err);
    frame.data.no_timefix = terms->no_timefix;
    if (status == MS_OK) status = ms_cox_fit(&frame.data, &frame.design, &terms->cox, &cox, err);
    if (status == MS_OK) {
        *loglik = cox.loglik[1];
        *rank = 0;
        for (size_t j = 0; j < cox.p; j++)
            if (!isnan(cox.coef[j])) (*rank)++;
    }
    ms_cox_clear(&cox);
    ms_model_frame_clear(&frame);
    free(formula);
    return status;
}
