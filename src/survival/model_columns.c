/* The columns of a model matrix from terms and variables, as R's model.matrix: a factor is coded by treatment
 * contrasts (a column for each level but the first) where the term without it is in the model too, else by a
 * column for every level. The intercept counts as in the model, and has no column of its own. */
#include "survival/formula.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct coding {
    const ms_variable *variable;
    size_t first, n; /* a factor's first coded level, number of columns */
} coding;

static coding code_variable(const ms_terms *terms, const ms_term *term, size_t k,
                            const ms_variable *variables) {
    coding c = {.variable = &variables[term->vars[k]]};
    if (!c.variable->factor.codes) {
        c.n = c.variable->n_columns;
        return c;
    }
    ms_term without = {0};
    for (size_t i = 0; i < term->n; i++)
        if (i != k) without.vars[without.n++] = term->vars[i];
    c.first = without.n == 0 || ms_terms_has(terms, &without) ? 1 : 0;
    c.n = c.variable->factor.n_levels - c.first;
    return c;
}

static double coded_value(const coding *c, size_t n, size_t row, size_t column) {
    if (!c->variable->factor.codes) return c->variable->values[column * n + row];
    return c->variable->factor.codes[row] == column + c->first ? 1 : 0;
}

static void append_name(const coding *c, size_t column, ms_buffer *name) {
    if (c->variable->names) {
        ms_buffer_append(name, c->variable->names[column]);
        return;
    }
    ms_buffer_append(name, c->variable->label);
    if (c->variable->factor.codes) ms_buffer_append(name, c->variable->factor.levels[column + c->first]);
}

static bool in_model(const ms_term *term, const ms_variable *variables) {
    if (term->n > 1) return true;
    ms_role role = variables[term->vars[0]].role;
    return role == MS_ROLE_NUMBER || role == MS_ROLE_FACTOR || role == MS_ROLE_RIDGE;
}

static size_t codings_of(const ms_terms *terms, const ms_term *term, const ms_variable *variables,
                         coding *codings) {
    size_t n = 1;
    for (size_t k = 0; k < term->n; k++) {
        codings[k] = code_variable(terms, term, k, variables);
        n *= codings[k].n;
    }
    return n;
}

static const ms_variable *largest_factor(const ms_terms *terms, const ms_variable *variables) {
    const ms_variable *largest = NULL;
    for (size_t t = 0; t < terms->n_terms; t++)
        for (size_t k = 0; k < terms->terms[t].n; k++) {
            const ms_variable *v = &variables[terms->terms[t].vars[k]];
            if (!in_model(&terms->terms[t], variables) || !v->factor.codes) continue;
            if (!largest || v->factor.n_levels > largest->factor.n_levels) largest = v;
        }
    return largest;
}

/* Two copies of the model matrix and a few squares of its columns should fit into the machine: a factor of an
 * identifier is a slip that would otherwise take it down. */
static ms_status check_size(const ms_terms *terms, const ms_variable *variables, size_t n, size_t p,
                            ms_error *err) {
    double bytes = 8.0 * (double)p * (2.0 * (double)n + 6.0 * (double)p);
    double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    const ms_variable *v = largest_factor(terms, variables);
    if (p <= 1000 || !(memory > 0) || bytes < memory) return MS_OK;
    return ms_error_set(err, MS_EINPUT,
                        "the formula has %zu coefficients for %zu rows, which would take %.0f GiB%s%s%s (as "
                        "strata(), or as a number, it would be one)",
                        p, n, bytes / 0x1p30, v ? ": '" : "", v ? v->label : "",
                        v ? "' has that many levels" : "");
}

static ms_status alloc(const ms_terms *terms, const ms_variable *variables, ms_model_frame *f,
                       ms_error *err) {
    coding codings[MS_TERM_ORDER];
    size_t p = 0, n_terms = 0;
    for (size_t t = 0; t < terms->n_terms; t++) {
        if (!in_model(&terms->terms[t], variables)) continue;
        size_t n = codings_of(terms, &terms->terms[t], variables, codings);
        n_terms += n > 0;
        p += n;
    }
    ms_status status = check_size(terms, variables, f->n, p, err);
    if (status != MS_OK) return status;
    f->x = ms_calloc(f->n * p, sizeof *f->x);
    f->names = ms_calloc(p, sizeof *f->names);
    f->term = ms_calloc(p, sizeof *f->term);
    f->ridge = ms_calloc(p, sizeof *f->ridge);
    f->term_names = ms_calloc(n_terms, sizeof *f->term_names);
    f->p = p;
    f->n_terms = n_terms;
    return f->x && f->names && f->term && f->ridge && f->term_names ? MS_OK : ms_error_nomem(err);
}

/* Column `index` of the term: the first variable's columns run fastest. */
static ms_status fill_column(const coding *codings, size_t n_codings, size_t index, size_t column,
                             ms_model_frame *f, ms_error *err) {
    ms_buffer name;
    ms_buffer_init(&name);
    for (size_t i = 0; i < f->n; i++) f->x[i * f->p + column] = 1;
    for (size_t k = 0; k < n_codings; k++) {
        size_t part = index % codings[k].n;
        index /= codings[k].n;
        if (k) ms_buffer_append(&name, ":");
        append_name(&codings[k], part, &name);
        for (size_t i = 0; i < f->n; i++) f->x[i * f->p + column] *= coded_value(&codings[k], f->n, i, part);
        if (codings[k].variable->lambda) f->ridge[column] = codings[k].variable->lambda[part];
    }
    if (ms_buffer_failed(&name)) return ms_error_nomem(err);
    f->names[column] = name.data;
    return MS_OK;
}

static ms_status name_term(const ms_term *term, const ms_variable *variables, char **out, ms_error *err) {
    ms_buffer name;
    ms_buffer_init(&name);
    for (size_t k = 0; k < term->n; k++)
        ms_buffer_printf(&name, k ? ":%s" : "%s", variables[term->vars[k]].label);
    if (ms_buffer_failed(&name)) return ms_error_nomem(err);
    *out = name.data;
    return MS_OK;
}

/* R: contrasts can be applied only to factors with 2 or more levels. */
static ms_status one_level(const ms_term *term, const ms_variable *variables, ms_error *err) {
    for (size_t k = 0; k < term->n; k++) {
        const ms_variable *v = &variables[term->vars[k]];
        if (v->factor.codes && v->factor.n_levels == 1)
            return ms_error_set(err, MS_EINPUT,
                                "the factor '%s' has one level only, '%.80s', in the rows without missing "
                                "values: it explains nothing; leave it out",
                                v->label, v->factor.levels[0]);
    }
    return ms_error_set(err, MS_EINPUT, "the formula has a term without columns");
}

ms_status ms_model_columns(const ms_terms *terms, const ms_variable *variables, ms_model_frame *frame,
                           ms_error *err) {
    coding codings[MS_TERM_ORDER];
    size_t column = 0, next_term = 0;
    ms_status status = alloc(terms, variables, frame, err);
    for (size_t t = 0; t < terms->n_terms && status == MS_OK; t++) {
        const ms_term *term = &terms->terms[t];
        if (!in_model(term, variables)) continue;
        size_t n = codings_of(terms, term, variables, codings);
        if (n == 0) return one_level(term, variables, err);
        status = name_term(term, variables, &frame->term_names[next_term], err);
        for (size_t j = 0; j < n && status == MS_OK; j++, column++) {
            frame->term[column] = next_term;
            status = fill_column(codings, term->n, j, column, frame, err);
        }
        next_term++;
    }
    return status;
}
