/* The right-hand side of a formula as a list of terms, each a set of variables: a + b, a:b, a*b = a + b +
 * a:b, (...)^n,
 * - removes. As R's terms(): by order of interaction, then of appearance. */
#include "survival/formula.h"

#include <stdlib.h>
#include <string.h>

typedef struct list {
    ms_term *terms;
    size_t n, capacity;
} list;

typedef struct expansion {
    const char *formula;
    const ms_table *table;
    const ms_node *response;
    ms_terms *out;
} expansion;

static bool same_term(const ms_term *a, const ms_term *b) {
    return a->n == b->n && memcmp(a->vars, b->vars, a->n * sizeof *a->vars) == 0;
}

static ms_status list_add(list *l, const ms_term *term, ms_error *err) {
    for (size_t i = 0; i < l->n; i++)
        if (same_term(&l->terms[i], term)) return MS_OK;
    if (l->n == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 16;
        ms_term *grown = ms_realloc(l->terms, capacity, sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        l->terms = grown;
        l->capacity = capacity;
    }
    l->terms[l->n++] = *term;
    return MS_OK;
}

static void list_clear(list *l) {
    MS_FREE(l->terms);
    l->n = l->capacity = 0;
}

/* The index of the variable, added when it is new. */
static ms_status variable_of(expansion *x, const ms_node *node, size_t *index, ms_error *err) {
    ms_terms *t = x->out;
    char *label = ms_node_label(node);
    if (!label) return ms_error_nomem(err);
    for (size_t i = 0; i < t->n_vars; i++) {
        if (strcmp(t->labels[i], label) != 0) continue;
        free(label);
        *index = i;
        return MS_OK;
    }
    if (t->n_vars == t->vars_capacity) {
        size_t capacity = t->vars_capacity ? 2 * t->vars_capacity : 16;
        const ms_node **vars = ms_realloc((void *)t->vars, capacity, sizeof *vars);
        if (vars) t->vars = vars;
        char **labels = ms_realloc(t->labels, capacity, sizeof *labels);
        if (labels) t->labels = labels;
        if (!vars || !labels) {
            free(label);
            return ms_error_nomem(err);
        }
        t->vars_capacity = capacity;
    }
    t->vars[t->n_vars] = node;
    t->labels[t->n_vars] = label;
    *index = t->n_vars++;
    return MS_OK;
}

/* The union of two terms' variables. */
static ms_status merge_terms(const expansion *x, size_t at, const ms_term *a, const ms_term *b, ms_term *out,
                             ms_error *err) {
    size_t i = 0, j = 0, n = 0;
    while (i < a->n || j < b->n) {
        size_t next;
        if (j == b->n || (i < a->n && a->vars[i] <= b->vars[j])) {
            next = a->vars[i++];
            if (j < b->n && b->vars[j] == next) j++;
        } else {
            next = b->vars[j++];
        }
        if (n == MS_TERM_ORDER)
            return ms_formula_error(x->formula, at, err, "interactions of more than %d variables",
                                    MS_TERM_ORDER);
        out->vars[n++] = next;
    }
    out->n = n;
    return MS_OK;
}

static ms_status add_products(const expansion *x, size_t at, const list *a, const list *b, list *out,
                              ms_error *err) {
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < b->n; j++) {
            ms_term term = {0};
            ms_status status = merge_terms(x, at, &a->terms[i], &b->terms[j], &term, err);
            if (status == MS_OK) status = list_add(out, &term, err);
            if (status != MS_OK) return status;
        }
    return MS_OK;
}

static ms_status add_all(const list *from, list *out, ms_error *err) {
    for (size_t i = 0; i < from->n; i++) {
        ms_status status = list_add(out, &from->terms[i], err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

static ms_status expand(expansion *x, const ms_node *node, list *out, ms_error *err);

static bool mentions(const ms_node *node, const char *column) {
    if (node->kind == MS_NODE_NAME) return strcmp(node->text, column) == 0;
    for (size_t i = 0; i < node->n_args; i++)
        if (mentions(node->args[i], column)) return true;
    return false;
}

/* "." : a name node for each column the response does not use. */
static ms_status expand_dot(expansion *x, size_t at, list *out, ms_error *err) {
    ms_terms *t = x->out;
    if (!t->extra) t->extra = ms_calloc(ms_table_columns(x->table), sizeof *t->extra);
    if (!t->extra) return ms_error_nomem(err);
    bool first = t->n_extra == 0;
    for (size_t c = 0; c < ms_table_columns(x->table) && first; c++) {
        const char *name = ms_table_column_name(x->table, c);
        if (mentions(x->response, name)) continue;
        ms_node *node = ms_calloc(1, sizeof *node);
        char *text = ms_strdup(name);
        if (!node || !text) {
            free(node);
            free(text);
            return ms_error_nomem(err);
        }
        *node = (ms_node){.kind = MS_NODE_NAME, .at = at, .text = text};
        t->extra[t->n_extra++] = node;
    }
    for (size_t i = 0; i < t->n_extra; i++) {
        ms_status status = expand(x, t->extra[i], out, err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

static ms_status expand_power(expansion *x, const ms_node *node, list *out, ms_error *err) {
    const ms_node *power = node->args[1];
    if (power->kind != MS_NODE_NUMBER || power->number < 1 || power->number > MS_TERM_ORDER)
        return ms_formula_error(x->formula, power->at, err, "^ takes a whole number from 1 to %d",
                                MS_TERM_ORDER);
    list base = {0};
    ms_status status = expand(x, node->args[0], &base, err);
    if (status == MS_OK) status = add_all(&base, out, err);
    for (int i = 1; i < (int)power->number && status == MS_OK; i++) {
        list product = {0};
        status = add_products(x, node->at, out, &base, &product, err);
        if (status == MS_OK) status = add_all(&product, out, err);
        list_clear(&product);
    }
    list_clear(&base);
    return status;
}

static void remove_all(list *from, const list *gone) {
    size_t kept = 0;
    for (size_t i = 0; i < from->n; i++) {
        bool found = false;
        for (size_t j = 0; j < gone->n && !found; j++) found = same_term(&from->terms[i], &gone->terms[j]);
        if (!found) from->terms[kept++] = from->terms[i];
    }
    from->n = kept;
}

static ms_status expand_operator(expansion *x, const ms_node *node, list *out, ms_error *err) {
    list a = {0}, b = {0};
    char op = node->n_args == 2 && node->text[1] == '\0' ? node->text[0] : '?';
    if (op == '^') return expand_power(x, node, out, err);
    if (op != '+' && op != '-' && op != '*' && op != ':')
        return ms_formula_error(x->formula, node->at, err,
                                "'%s' does not join terms: write I(...) for arithmetic", node->text);
    ms_status status = expand(x, node->args[0], &a, err);
    if (status == MS_OK) status = expand(x, node->args[1], &b, err);
    if (status == MS_OK && op != ':') status = add_all(&a, out, err);
    if (status == MS_OK && (op == '+' || op == '*')) status = add_all(&b, out, err);
    if (status == MS_OK && (op == ':' || op == '*')) status = add_products(x, node->at, &a, &b, out, err);
    if (status == MS_OK && op == '-') remove_all(out, &b);
    list_clear(&a);
    list_clear(&b);
    return status;
}

static ms_status expand(expansion *x, const ms_node *node, list *out, ms_error *err) {
    if (ms_node_is(node, MS_NODE_CALL, "(") && node->n_args == 1) return expand(x, node->args[0], out, err);
    if (node->kind == MS_NODE_NUMBER && (node->number == 0 || node->number == 1))
        return MS_OK; /* no intercept here */
    if (node->kind == MS_NODE_OPERATOR && node->n_args == 1 && node->args[0]->kind == MS_NODE_NUMBER)
        return MS_OK;
    if (node->kind == MS_NODE_OPERATOR) return expand_operator(x, node, out, err);
    if (node->kind == MS_NODE_NUMBER || node->kind == MS_NODE_STRING)
        return ms_formula_error(x->formula, node->at, err, "'%s' is no term", node->text);
    if (ms_node_is(node, MS_NODE_NAME, ".")) return expand_dot(x, node->at, out, err);
    ms_term term = {.n = 1};
    ms_status status = variable_of(x, node, &term.vars[0], err);
    return status ? status : list_add(out, &term, err);
}

ms_status ms_terms_expand(const char *formula, const ms_node *rhs, const ms_node *response,
                          const ms_table *table, ms_terms *out, ms_error *err) {
    ms_terms terms = {0};
    expansion x = {formula, table, response, &terms};
    list found = {0};
    ms_status status = expand(&x, rhs, &found, err);
    if (status == MS_OK) {
        terms.terms = ms_calloc(found.n, sizeof *terms.terms);
        if (!terms.terms) status = ms_error_nomem(err);
    }
    for (size_t order = 1; order <= MS_TERM_ORDER && status == MS_OK; order++)
        for (size_t i = 0; i < found.n; i++)
            if (found.terms[i].n == order) terms.terms[terms.n_terms++] = found.terms[i];
    list_clear(&found);
    if (status != MS_OK) {
        ms_terms_clear(&terms);
        return status;
    }
    *out = terms;
    return MS_OK;
}

bool ms_terms_has(const ms_terms *terms, const ms_term *term) {
    for (size_t i = 0; i < terms->n_terms; i++)
        if (same_term(&terms->terms[i], term)) return true;
    return false;
}

void ms_terms_clear(ms_terms *terms) {
    for (size_t i = 0; i < terms->n_vars; i++) free(terms->labels[i]);
    for (size_t i = 0; i < terms->n_extra; i++) ms_node_free(terms->extra[i]);
    free((void *)terms->vars);
    free(terms->labels);
    free(terms->terms);
    free(terms->extra);
    *terms = (ms_terms){0};
}
