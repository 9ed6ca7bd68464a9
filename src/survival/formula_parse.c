/* The tree of a formula, by recursive descent with R's precedence of operators, lowest first:
 *   ~    | ||    & &&    !    comparisons    + -    * /    %in%    :    unary -    ^ (to the right) */
#include "survival/formula.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 200 }; /* of brackets and operators inside each other */
enum { MOST_OPERATORS = 5000 };

typedef struct parser {
    ms_lexer lexer;
    unsigned depth, operators;
} parser;

void ms_node_free(ms_node *node) {
    if (!node) return;
    for (size_t i = 0; i < node->n_args; i++) {
        ms_node_free(node->args[i]);
        if (node->arg_names) free(node->arg_names[i]);
    }
    free(node->args);
    free(node->arg_names);
    free(node->text);
    free(node);
}

bool ms_node_is(const ms_node *node, ms_node_kind kind, const char *text) {
    return node && node->kind == kind && strcmp(node->text, text) == 0;
}

/* A node with a copy of text[length]; NULL when out of memory. */
static ms_node *node_new(ms_node_kind kind, size_t at, const char *text, size_t length) {
    ms_node *node = ms_calloc(1, sizeof *node);
    char *copy = ms_calloc(length + 1, 1);
    if (!node || !copy) {
        free(node);
        free(copy);
        return NULL;
    }
    memcpy(copy, text, length);
    node->kind = kind;
    node->at = at;
    node->text = copy;
    return node;
}

/* Takes over child and name, freeing them when out of memory. */
static ms_status node_add(ms_node *node, ms_node *child, char *name, ms_error *err) {
    ms_node **args = ms_realloc(node->args, node->n_args + 1, sizeof *args);
    if (args) node->args = args;
    char **names = ms_realloc(node->arg_names, node->n_args + 1, sizeof *names);
    if (names) node->arg_names = names;
    if (!args || !names) {
        ms_node_free(child);
        free(name);
        return ms_error_nomem(err);
    }
    node->args[node->n_args] = child;
    node->arg_names[node->n_args++] = name;
    return MS_OK;
}

static bool at_operator(const parser *p, const char *op) {
    return p->lexer.token.kind == MS_TOKEN_OPERATOR && strcmp(p->lexer.token.op, op) == 0;
}

static ms_status fail(const parser *p, ms_error *err, const char *expected) {
    const ms_token *t = &p->lexer.token;
    if (t->kind == MS_TOKEN_END)
        return ms_formula_error(p->lexer.text, t->at, err, "it ends where %s should be", expected);
    return ms_formula_error(p->lexer.text, t->at, err, "'%.*s' where %s should be",
                            (int)(t->length < 40 ? t->length : 40), p->lexer.text + t->at, expected);
}

static ms_status parse_level(parser *p, unsigned level, ms_node **out, ms_error *err);

/* Whether the token is a binary operator of this level. */
static bool binary_at(const parser *p, unsigned level) {
    static const char *const levels[][7] = {
        {"~"},      {"|", "||"}, {"&", "&&"}, {NULL}, {"==", "!=", "<", ">", "<=", ">="},
        {"+", "-"}, {"*", "/"},  {"%in%"},    {":"},  {NULL},
        {"^"}};
    for (size_t i = 0; i < 7 && levels[level][i]; i++)
        if (at_operator(p, levels[level][i])) return true;
    return false;
}
enum { LEVEL_NOT = 3, LEVEL_COMPARE = 4, LEVEL_MINUS = 9, LEVEL_POWER = 10 };

/* name = expression, or expression; the name only where '=' follows it. */
static ms_status parse_argument(parser *p, ms_node *call, ms_error *err) {
    ms_node *value = NULL;
    char *name = NULL;
    ms_status status = parse_level(p, 0, &value, err);
    if (status != MS_OK) return status;
    if (at_operator(p, "=") && value->kind == MS_NODE_NAME) {
        name = value->text;
        value->text = NULL;
        ms_node_free(value);
        value = NULL;
        if ((status = ms_lexer_next(&p->lexer, err)) || (status = parse_level(p, 0, &value, err))) {
            free(name);
            return status;
        }
    }
    return node_add(call, value, name, err);
}

static ms_status parse_arguments(parser *p, ms_node *call, ms_error *err) {
    ms_status status = ms_lexer_next(&p->lexer, err); /* over "(" */
    while (status == MS_OK && !at_operator(p, ")")) {
        if ((status = parse_argument(p, call, err))) break;
        if (at_operator(p, ",")) {
            status = ms_lexer_next(&p->lexer, err);
        } else if (!at_operator(p, ")")) {
            status = fail(p, err, "',' or ')'");
        }
    }
    return status ? status : ms_lexer_next(&p->lexer, err);
}

static ms_status parse_brackets(parser *p, ms_node **out, ms_error *err) {
    ms_status status = ms_lexer_next(&p->lexer, err);
    ms_node *inner = NULL;
    if (status == MS_OK) status = parse_level(p, 0, &inner, err);
    if (status == MS_OK && !at_operator(p, ")")) status = fail(p, err, "')'");
    if (status == MS_OK) status = ms_lexer_next(&p->lexer, err);
    /* kept in the tree, so that names are spelt as they were written */
    ms_node *node = status ? NULL : node_new(MS_NODE_CALL, inner->at, "(", 1);
    if (status == MS_OK && !node) status = ms_error_nomem(err);
    if (status != MS_OK) {
        ms_node_free(inner);
        ms_node_free(node);
        return status;
    }
    if ((status = node_add(node, inner, NULL, err))) {
        ms_node_free(node);
        return status;
    }
    *out = node;
    return MS_OK;
}

static ms_status parse_unary(parser *p, unsigned level, ms_node **out, ms_error *err);

/* A number, string, name, call or bracket. */
static ms_status parse_primary(parser *p, ms_node **out, ms_error *err) {
    static const ms_node_kind kinds[] = {[MS_TOKEN_NUMBER] = MS_NODE_NUMBER,
                                         [MS_TOKEN_STRING] = MS_NODE_STRING,
                                         [MS_TOKEN_NAME] = MS_NODE_NAME};
    ms_token t = p->lexer.token;
    if (at_operator(p, "(")) return parse_brackets(p, out, err);
    if (at_operator(p, "!")) return parse_unary(p, LEVEL_NOT, out, err); /* as in 1 + !x */
    if (t.kind == MS_TOKEN_END || t.kind == MS_TOKEN_OPERATOR) return fail(p, err, "a name, a number or '('");
    ms_node *node = node_new(kinds[t.kind], t.at, p->lexer.text + t.at, t.length);
    if (!node) return ms_error_nomem(err);
    node->number = t.number;
    ms_status status = ms_lexer_next(&p->lexer, err);
    if (status == MS_OK && t.kind == MS_TOKEN_NAME && at_operator(p, "(")) {
        node->kind = MS_NODE_CALL;
        status = parse_arguments(p, node, err);
    }
    if (status != MS_OK) {
        ms_node_free(node);
        return status;
    }
    *out = node;
    return MS_OK;
}

/* An operator over what was parsed; takes over left and right (left NULL: unary). */
static ms_status make_operator(const ms_token *t, const char *formula, ms_node *left, ms_node *right,
                               ms_node **out, ms_error *err) {
    ms_node *node = node_new(MS_NODE_OPERATOR, left ? left->at : t->at, formula + t->at, t->length);
    if (!node) {
        ms_node_free(left);
        ms_node_free(right);
        return ms_error_nomem(err);
    }
    ms_status status = left ? node_add(node, left, NULL, err) : MS_OK;
    if (status == MS_OK)
        status = node_add(node, right, NULL, err);
    else
        ms_node_free(right);
    if (status != MS_OK)
        ms_node_free(node);
    else
        *out = node;
    return status;
}

static ms_status parse_unary(parser *p, unsigned level, ms_node **out, ms_error *err) {
    ms_token t = p->lexer.token;
    ms_node *operand = NULL;
    ms_status status = ms_lexer_next(&p->lexer, err);
    if (status == MS_OK) status = parse_level(p, level, &operand, err);
    return status ? status : make_operator(&t, p->lexer.text, NULL, operand, out, err);
}

static ms_status parse_binary(parser *p, unsigned level, ms_node **out, ms_error *err) {
    ms_node *left = NULL;
    ms_status status = parse_level(p, level + 1, &left, err);
    while (status == MS_OK && binary_at(p, level)) {
        ms_token t = p->lexer.token;
        ms_node *right = NULL;
        if (++p->operators > MOST_OPERATORS) {
            status = ms_formula_error(p->lexer.text, t.at, err, "more than %d operators", MOST_OPERATORS);
            break;
        }
        if ((status = ms_lexer_next(&p->lexer, err))) break;
        status = parse_level(p, level == LEVEL_POWER ? LEVEL_MINUS : level + 1, &right, err);
        if (status != MS_OK) break;
        status = make_operator(&t, p->lexer.text, left, right, &left, err);
        if (status != MS_OK) return status; /* left is gone */
        if (level == LEVEL_COMPARE) break;
    }
    if (status != MS_OK) {
        ms_node_free(left);
        return status;
    }
    *out = left;
    return MS_OK;
}

static ms_status parse_level(parser *p, unsigned level, ms_node **out, ms_error *err) {
    if (level > LEVEL_POWER) return parse_primary(p, out, err);
    if (++p->depth > DEEPEST * (LEVEL_POWER + 1))
        return ms_formula_error(p->lexer.text, p->lexer.token.at, err, "too many brackets inside each other");
    ms_status status;
    if (level == LEVEL_NOT && at_operator(p, "!"))
        status = parse_unary(p, LEVEL_NOT, out, err);
    else if (level == LEVEL_MINUS && (at_operator(p, "-") || at_operator(p, "+")))
        status = parse_unary(p, LEVEL_MINUS, out, err);
    else if (level == LEVEL_NOT || level == LEVEL_MINUS)
        status = parse_level(p, level + 1, out, err);
    else
        status = parse_binary(p, level, out, err);
    p->depth--;
    return status;
}

ms_status ms_formula_parse(const char *formula, ms_node **root, ms_error *err) {
    parser p = {.lexer = {.text = formula}};
    ms_node *node = NULL;
    ms_status status = ms_lexer_next(&p.lexer, err);
    if (status == MS_OK) status = parse_level(&p, 0, &node, err);
    if (status == MS_OK && p.lexer.token.kind != MS_TOKEN_END)
        status = fail(&p, err, "an operator or the end");
    if (status != MS_OK) {
        ms_node_free(node);
        return status;
    }
    *root = node;
    return MS_OK;
}

/* ---- back to text ---- */

static void deparse(const ms_node *node, bool quote, ms_buffer *out);

static void deparse_operator(const ms_node *node, bool quote, ms_buffer *out) {
    if (node->n_args == 1) {
        ms_buffer_append(out, node->text);
        deparse(node->args[0], quote, out);
        return;
    }
    bool tight = strchr("^:/", node->text[0]) != NULL; /* as R spells them */
    deparse(node->args[0], quote, out);
    ms_buffer_printf(out, tight ? "%s" : " %s ", node->text);
    deparse(node->args[1], quote, out);
}

/* A name that the lexer reads without backticks. */
static bool plain_name(const char *text) {
    ms_lexer lexer = {.text = text};
    if (ms_lexer_next(&lexer, NULL) != MS_OK || lexer.token.kind != MS_TOKEN_NAME) return false;
    return *text != '`' && lexer.token.length == strlen(text);
}

static void deparse_name(const char *name, bool quote, ms_buffer *out) {
    ms_buffer_printf(out, quote && !plain_name(name) ? "`%s`" : "%s", name);
}

static void deparse_call(const ms_node *node, bool quote, ms_buffer *out) {
    if (strcmp(node->text, "(") != 0) deparse_name(node->text, quote, out);
    ms_buffer_append(out, "(");
    for (size_t i = 0; i < node->n_args; i++) {
        if (i) ms_buffer_append(out, ", ");
        if (node->arg_names[i]) {
            deparse_name(node->arg_names[i], quote, out);
            ms_buffer_append(out, " = ");
        }
        deparse(node->args[i], quote, out);
    }
    ms_buffer_append(out, ")");
}

static void deparse(const ms_node *node, bool quote, ms_buffer *out) {
    switch (node->kind) {
    case MS_NODE_NUMBER:
        ms_buffer_append_number(out, node->number);
        break;
    case MS_NODE_STRING:
        /* There is no escape in a string: one that holds a quote stands in the other kind. */
        ms_buffer_printf(out, quote && strchr(node->text, '"') ? "'%s'" : "\"%s\"", node->text);
        break;
    case MS_NODE_NAME:
        deparse_name(node->text, quote, out);
        break;
    case MS_NODE_CALL:
        deparse_call(node, quote, out);
        break;
    case MS_NODE_OPERATOR:
        deparse_operator(node, quote, out);
        break;
    }
}

void ms_node_deparse(const ms_node *node, ms_buffer *out) {
    deparse(node, false, out);
}

void ms_node_source(const ms_node *node, ms_buffer *out) {
    deparse(node, true, out);
}

char *ms_node_label(const ms_node *node) {
    ms_buffer out;
    ms_buffer_init(&out);
    ms_node_deparse(node, &out);
    if (!ms_buffer_failed(&out) && out.data) return out.data;
    ms_buffer_clear(&out);
    return NULL;
}

const ms_node *ms_node_named(const ms_node *call, const char *name) {
    for (size_t i = 0; i < call->n_args; i++)
        if (call->arg_names[i] && strcmp(call->arg_names[i], name) == 0) return call->args[i];
    return NULL;
}
