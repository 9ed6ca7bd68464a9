/* Values of an expression over the rows of a table. NaN is a missing value and spreads, also through
 * comparisons. */
#include "survival/formula.h"
#include "survival/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct evaluation {
    const char *formula;
    const ms_table *table;
    size_t rows;
} evaluation;

static ms_status eval(const evaluation *e, const ms_node *node, double *values, bool *logical, ms_error *err);

ms_status ms_formula_column(const char *formula, const ms_node *name, const ms_table *table, size_t *column,
                            ms_error *err) {
    ms_status status = ms_table_require(table, name->text, column, err);
    if (status != MS_OK) ms_error_prefix(err, "formula, character %zu", name->at + 1);
    (void)formula;
    return status;
}

/* Numbers, or the words TRUE and FALSE. */
static ms_status eval_column(const evaluation *e, const ms_node *node, double *values, bool *logical,
                             ms_error *err) {
    size_t column = 0;
    ms_status status = ms_formula_column(e->formula, node, e->table, &column, err);
    if (status != MS_OK) return status;
    bool words = !ms_table_number_column(e->table, column);
    for (size_t row = 0; row < e->rows && words; row++) {
        double number;
        if (ms_table_missing(e->table, row, column)) {
            values[row] = NAN;
            continue;
        }
        const char *cell = ms_table_cell(e->table, row, column);
        words = ms_parse_truth(cell) >= 0 && !ms_parse_number(cell, &number);
        values[row] = words ? ms_parse_truth(cell) : 0;
    }
    *logical = words;
    return words ? MS_OK : ms_table_numbers(e->table, column, values, err);
}

typedef double (*binary_function)(double a, double b);
static double add(double a, double b) {
    return a + b;
}
static double subtract(double a, double b) {
    return a - b;
}
static double multiply(double a, double b) {
    return a * b;
}
static double divide(double a, double b) {
    return a / b;
}
static double equal(double a, double b) {
    return a == b;
}
static double unequal(double a, double b) {
    return a != b;
}
static double less(double a, double b) {
    return a < b;
}
static double greater(double a, double b) {
    return a > b;
}
static double at_most(double a, double b) {
    return a <= b;
}
static double at_least(double a, double b) {
    return a >= b;
}
static double both(double a, double b) {
    return a != 0 && b != 0;
}
static double either(double a, double b) {
    return a != 0 || b != 0;
}

static const struct {
    const char *op;
    binary_function function;
    bool logical;
} operators[] = {{"+", add, false},    {"-", subtract, false}, {"*", multiply, false}, {"/", divide, false},
                 {"^", pow, false},    {"==", equal, true},    {"!=", unequal, true},  {"<", less, true},
                 {">", greater, true}, {"<=", at_most, true},  {">=", at_least, true}, {"&", both, true},
                 {"&&", both, true},   {"|", either, true},    {"||", either, true}};

static const struct {
    const char *name;
    double (*function)(double);
} functions[] = {{"log", log}, {"log2", log2}, {"log10", log10}, {"log1p", log1p},  {"sqrt", sqrt},
                 {"exp", exp}, {"abs", fabs},  {"floor", floor}, {"ceiling", ceil}, {"round", nearbyint}};

/* A text column compared with a string, for == and !=; with several strings for %in%. */
static ms_status compare_text(const evaluation *e, const ms_node *name, ms_node *const *strings, size_t n,
                              bool negate, double *values, ms_error *err) {
    size_t column = 0;
    ms_status status = ms_formula_column(e->formula, name, e->table, &column, err);
    for (size_t row = 0; row < e->rows && status == MS_OK; row++) {
        bool found = false;
        for (size_t i = 0; i < n && !found; i++) {
            const char *cell = ms_table_cell(e->table, row, column);
            double a, b;
            found = strcmp(cell, strings[i]->text) == 0 ||
                    (ms_parse_number(cell, &a) && ms_parse_number(strings[i]->text, &b) && a == b);
        }
        values[row] = ms_table_missing(e->table, row, column) ? NAN : found != negate;
    }
    return status;
}

static ms_status eval_in(const evaluation *e, const ms_node *node, double *values, ms_error *err) {
    const ms_node *set = node->args[1];
    bool list = ms_node_is(set, MS_NODE_CALL, "c");
    ms_node *const *items = list ? set->args : &node->args[1];
    size_t n = list ? set->n_args : 1;
    for (size_t i = 0; i < n; i++)
        if (items[i]->kind != MS_NODE_STRING && items[i]->kind != MS_NODE_NUMBER)
            return ms_formula_error(e->formula, items[i]->at, err, "%%in%% takes c() of numbers and strings");
    if (node->args[0]->kind != MS_NODE_NAME)
        return ms_formula_error(e->formula, node->at, err, "%%in%% takes a column on its left");
    return compare_text(e, node->args[0], items, n, false, values, err);
}

static ms_status eval_binary(const evaluation *e, const ms_node *node, double *values, bool *logical,
                             ms_error *err) {
    const ms_node *a = node->args[0], *b = node->args[1];
    bool equality = strcmp(node->text, "==") == 0 || strcmp(node->text, "!=") == 0, ignored = false;
    *logical = true;
    if (strcmp(node->text, "%in%") == 0) return eval_in(e, node, values, err);
    if (equality && a->kind == MS_NODE_NAME && b->kind == MS_NODE_STRING)
        return compare_text(e, a, &node->args[1], 1, *node->text == '!', values, err);
    if (equality && b->kind == MS_NODE_NAME && a->kind == MS_NODE_STRING)
        return compare_text(e, b, &node->args[0], 1, *node->text == '!', values, err);
    size_t found = MS_COUNT(operators);
    for (size_t i = 0; i < MS_COUNT(operators); i++)
        if (strcmp(operators[i].op, node->text) == 0) found = i;
    if (found == MS_COUNT(operators))
        return ms_formula_error(e->formula, node->at, err, "'%s' is no arithmetic", node->text);
    double *right = ms_calloc(e->rows, sizeof *right);
    if (!right) return ms_error_nomem(err);
    ms_status status = eval(e, a, values, &ignored, err);
    if (status == MS_OK) status = eval(e, b, right, &ignored, err);
    for (size_t i = 0; i < e->rows && status == MS_OK; i++)
        values[i] =
            isnan(values[i]) || isnan(right[i]) ? NAN : operators[found].function(values[i], right[i]);
    free(right);
    *logical = operators[found].logical;
    return status;
}

static ms_status eval_unary(const evaluation *e, const ms_node *node, double *values, bool *logical,
                            ms_error *err) {
    bool ignored = false, negate = strcmp(node->text, "-") == 0;
    ms_status status = eval(e, node->args[0], values, &ignored, err);
    *logical = strcmp(node->text, "!") == 0;
    for (size_t i = 0; i < e->rows && status == MS_OK; i++) {
        if (negate) values[i] = -values[i];
        if (*logical && !isnan(values[i])) values[i] = values[i] == 0;
    }
    return status;
}

static ms_status eval_call(const evaluation *e, const ms_node *node, double *values, bool *logical,
                           ms_error *err) {
    static const char *const same[] = {"(", "I", "as.numeric", "as.integer"};
    if (node->n_args != 1)
        return ms_formula_error(e->formula, node->at, err, "%s() takes one argument here", node->text);
    for (size_t i = 0; i < MS_COUNT(same); i++) {
        if (strcmp(node->text, same[i]) != 0) continue;
        ms_status status = eval(e, node->args[0], values, logical, err);
        if (i >= 2) *logical = false;
        return status;
    }
    for (size_t i = 0; i < MS_COUNT(functions); i++) {
        if (strcmp(node->text, functions[i].name) != 0) continue;
        ms_status status = eval(e, node->args[0], values, logical, err);
        for (size_t k = 0; k < e->rows && status == MS_OK; k++) values[k] = functions[i].function(values[k]);
        *logical = false;
        return status;
    }
    return ms_formula_error(
        e->formula, node->at, err,
        "no function '%s'; there are log log2 log10 log1p sqrt exp abs floor ceiling round I, and "
        "factor strata cluster offset ridge as terms",
        node->text);
}

static ms_status eval(const evaluation *e, const ms_node *node, double *values, bool *logical,
                      ms_error *err) {
    *logical = false;
    switch (node->kind) {
    case MS_NODE_NUMBER:
        for (size_t i = 0; i < e->rows; i++) values[i] = node->number;
        return MS_OK;
    case MS_NODE_STRING:
        return ms_formula_error(e->formula, node->at, err, "a string where a number should be");
    case MS_NODE_NAME:
        return eval_column(e, node, values, logical, err);
    case MS_NODE_CALL:
        return eval_call(e, node, values, logical, err);
    case MS_NODE_OPERATOR:
        if (node->n_args == 1) return eval_unary(e, node, values, logical, err);
        return eval_binary(e, node, values, logical, err);
    }
    return MS_EINTERNAL;
}

/* Where a finite cell gave no number (log of a negative one), the value is missing in R, with a warning. */
ms_status ms_formula_evaluate(const char *formula, const ms_node *node, const ms_table *table, double *values,
                              bool *logical, ms_error *err) {
    evaluation e = {formula, table, ms_table_rows(table)};
    return eval(&e, node, values, logical, err);
}
