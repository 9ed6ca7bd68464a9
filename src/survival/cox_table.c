/* Hazard ratios of each predictor alone and of all together, a row for each number and each level of a
 * factor, reference levels included. */
#include "survival/cox_terms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct model {
    ms_model_frame frame;
    ms_cox cox;
} model;

typedef struct maker {
    ms_cox_terms t;
    const ms_table *uni_table; /* of the univariable models */
    bool *in;
    model all;
    ms_cox_table out;
    size_t capacity;
} maker;

static void model_clear(model *m) {
    ms_cox_clear(&m->cox);
    ms_model_frame_clear(&m->frame);
}

static ms_status fit_model(maker *m, const ms_table *table, model *out, ms_error *err) {
    char *formula = ms_cox_terms_formula(&m->t, m->in);
    ms_status status = formula ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_model_frame_read(table, formula, m->t.weights, &out->frame, err);
    out->frame.data.no_timefix = m->t.no_timefix;
    if (status == MS_OK) status = ms_cox_fit(&out->frame.data, &out->frame.design, &m->t.cox, &out->cox, err);
    if (status == MS_OK) m->out.converged &= out->cox.converged;
    free(formula);
    return status;
}

static const ms_cox_effect no_effect = {NAN, NAN, NAN, NAN, NAN, NAN};

static ms_cox_effect effect_of(const model *m, const char *name) {
    const ms_cox *c = &m->cox;
    for (size_t j = 0; j < c->p; j++)
        if (strcmp(c->names[j], name) == 0)
            return (ms_cox_effect){c->coef[j],       c->robust ? c->robust_se[j] : c->se[j],
                                   exp(c->coef[j]),  exp(c->lower[j]),
                                   exp(c->upper[j]), c->p_value[j]};
    return no_effect;
}

/* Wald test of the columns of a term: coef' var^-1 coef over them. */
static ms_status wald_of(const model *m, const char *label, double *p_value, size_t *df, ms_error *err) {
    const ms_cox *c = &m->cox;
    size_t n = 0, term = SIZE_MAX;
    *p_value = NAN;
    *df = 0;
    for (size_t t = 0; t < m->frame.n_terms; t++)
        if (strcmp(m->frame.term_names[t], label) == 0) term = t;
    if (term == SIZE_MAX) return MS_OK;
    size_t *index = ms_calloc(c->p + 1, sizeof *index);
    double *matrix = ms_calloc(c->p * c->p + c->p + 1, sizeof *matrix), chisq = NAN;
    ms_status status = index && matrix ? MS_OK : ms_error_nomem(err);
    for (size_t j = 0; j < c->p && status == MS_OK; j++)
        if (m->frame.term[j] == term && !isnan(c->coef[j])) index[n++] = j;
    for (size_t a = 0; a < n; a++) {
        matrix[n * n + a] = c->coef[index[a]];
        for (size_t b = 0; b < n; b++) matrix[a * n + b] = c->var[index[a] * c->p + index[b]];
    }
    if (n) status = ms_quadratic_form(matrix, matrix + n * n, n, 1e-12, &chisq, NULL, err);
    free(index);
    free(matrix);
    *df = n;
    *p_value = ms_chisq_upper(chisq, (double)n);
    return status;
}

static ms_status new_row(maker *m, const char *term, const char *level, const char *name,
                         ms_cox_table_row **out, ms_error *err) {
    if (m->out.n_rows == m->capacity) {
        size_t capacity = m->capacity ? 2 * m->capacity : 16;
        ms_cox_table_row *grown = ms_realloc(m->out.rows, capacity, sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        m->out.rows = grown;
        m->capacity = capacity;
    }
    ms_cox_table_row *row = &m->out.rows[m->out.n_rows];
    *row = (ms_cox_table_row){.uni = no_effect, .multi = no_effect, .uni_p_term = NAN, .multi_p_term = NAN};
    row->term = ms_strdup(term);
    if (level) row->level = ms_strdup(level);
    if (name) row->name = ms_strdup(name);
    m->out.n_rows++;
    *out = row;
    return row->term && (!level || row->level) && (!name || row->name) ? MS_OK : ms_error_nomem(err);
}

/* Rows and events of the frame, or of those whose code is `level`. */
static void count_rows(const ms_model_frame *f, const size_t *codes, size_t level, ms_cox_table_row *row) {
    for (size_t i = 0; i < f->n; i++) {
        if (codes && codes[i] != level) continue;
        row->n++;
        row->events += f->event[i];
    }
}

/* A row for every level of a factor. */
static ms_status factor_rows(maker *m, const ms_variable *v, const char *term, const model *uni,
                             ms_error *err) {
    const ms_factor *f = &v->factor;
    for (size_t k = 0; k < f->n_levels; k++) {
        ms_cox_table_row *row = NULL;
        ms_buffer name;
        ms_buffer_init(&name);
        ms_buffer_printf(&name, "%s%s", v->label, f->levels[k]);
        ms_status status = ms_buffer_failed(&name)
                               ? ms_error_nomem(err)
                               : new_row(m, term, f->levels[k], k ? name.data : NULL, &row, err);
        if (status == MS_OK) {
            row->reference = k == 0;
            if (k) {
                row->uni = effect_of(uni, name.data);
                row->multi = effect_of(&m->all, name.data);
            }
            count_rows(&uni->frame, f->codes, k, row);
        }
        ms_buffer_clear(&name);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

/* A row for each column of the term: numbers, splines, interactions (uni NULL). */
static ms_status column_rows(maker *m, const char *term, const model *uni, ms_error *err) {
    const model *from = uni ? uni : &m->all;
    for (size_t j = 0; j < from->frame.p; j++) {
        ms_cox_table_row *row = NULL;
        const char *name = from->frame.names[j];
        if (strcmp(from->frame.term_names[from->frame.term[j]], term) != 0) continue;
        ms_status status = new_row(m, term, NULL, name, &row, err);
        if (status != MS_OK) return status;
        if (uni) row->uni = effect_of(uni, name);
        row->multi = effect_of(&m->all, name);
        count_rows(&from->frame, NULL, 0, row);
    }
    return MS_OK;
}

/* The variable of a term of one, over the rows of the univariable model. */
static ms_status variable_of(maker *m, size_t term, const model *uni, ms_variable *out, ms_error *err) {
    size_t v = m->t.terms.terms[term].vars[0];
    ms_status status = ms_variable_make("", m->t.terms.vars[v], m->t.terms.labels[v], m->uni_table, out, err);
    if (status == MS_OK)
        status = ms_variable_keep(out, ms_table_rows(m->uni_table), uni->frame.rows, uni->frame.n, err);
    return status;
}

static char *label_of(const maker *m, size_t term) {
    ms_buffer name;
    ms_buffer_init(&name);
    for (size_t k = 0; k < m->t.terms.terms[term].n; k++)
        ms_buffer_printf(&name, k ? ":%s" : "%s", m->t.terms.labels[m->t.terms.terms[term].vars[k]]);
    if (!ms_buffer_failed(&name)) return name.data;
    ms_buffer_clear(&name);
    return NULL;
}

static ms_status add_term(maker *m, size_t term, ms_error *err) {
    bool alone = m->t.terms.terms[term].n == 1;
    size_t first = m->out.n_rows, ignored;
    model uni = {0};
    ms_variable variable = {0};
    char *label = label_of(m, term);
    ms_status status = label ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < m->t.terms.n_terms; i++) m->in[i] = m->t.fixed[i] || i == term;
    if (status == MS_OK && alone) status = fit_model(m, m->uni_table, &uni, err);
    if (status == MS_OK && alone) status = variable_of(m, term, &uni, &variable, err);
    if (status == MS_OK)
        status = variable.factor.codes ? factor_rows(m, &variable, label, &uni, err)
                                       : column_rows(m, label, alone ? &uni : NULL, err);
    if (status == MS_OK && m->out.n_rows > first) {
        ms_cox_table_row *row = &m->out.rows[first];
        row->first = true;
        if (alone) status = wald_of(&uni, label, &row->uni_p_term, &ignored, err);
        if (status == MS_OK) status = wald_of(&m->all, label, &row->multi_p_term, &row->df_term, err);
    }
    ms_variable_clear(&variable);
    model_clear(&uni);
    free(label);
    return status;
}

static ms_status make(maker *m, ms_error *err) {
    m->in = ms_calloc(m->t.terms.n_terms, sizeof *m->in);
    if (!m->in) return ms_error_nomem(err);
    m->out.converged = true;
    m->out.conf_level = m->t.cox.conf_level;
    for (size_t i = 0; i < m->t.terms.n_terms; i++) m->in[i] = true;
    ms_status status = fit_model(m, m->t.table, &m->all, err);
    m->out.n = m->all.frame.n;
    m->out.events = m->all.cox.n_events;
    for (size_t i = 0; i < m->t.terms.n_terms && status == MS_OK; i++)
        if (!m->t.fixed[i]) status = add_term(m, i, err);
    if (status == MS_OK && m->out.n_rows == 0)
        status = ms_error_set(err, MS_EUSAGE, "a formula without predictors has no table of hazard ratios");
    return status;
}

ms_status ms_cox_table_make(const ms_table *table, const char *formula, bool complete,
                            const ms_cox_step_options *options, ms_cox_table *out, ms_error *err) {
    maker m = {0};
    ms_status status = ms_cox_terms_read(table, formula, true, options, &m.t, err);
    if (status == MS_OK) {
        m.uni_table = complete ? m.t.table : table;
        m.out.n_dropped = m.t.n_dropped;
        status = make(&m, err);
    }
    model_clear(&m.all);
    free(m.in);
    ms_cox_terms_clear(&m.t);
    if (status == MS_OK)
        *out = m.out;
    else
        ms_cox_table_clear(&m.out);
    return status;
}

void ms_cox_table_clear(ms_cox_table *table) {
    for (size_t i = 0; i < table->n_rows; i++) {
        free(table->rows[i].term);
        free(table->rows[i].level);
        free(table->rows[i].name);
    }
    MS_FREE(table->rows);
    table->n_rows = 0;
}
