/* survival/formula.h: R's formula language for survival, from text to a tree to terms to columns. */
#ifndef MS_SURVIVAL_FORMULA_H
#define MS_SURVIVAL_FORMULA_H

#include "survival/survival.h"

/* ---- tokens (formula_lex.c) ---------------------------------------------------------------------------- */

typedef enum ms_token_kind {
    MS_TOKEN_END,
    MS_TOKEN_NUMBER,
    MS_TOKEN_STRING,
    MS_TOKEN_NAME,
    MS_TOKEN_OPERATOR
} ms_token_kind;
typedef struct ms_token {
    ms_token_kind kind;
    size_t at, length; /* the characters themselves, without quotes or backticks */
    double number;
    char op[5]; /* "+", "==", "%in%", "(" ... ; "!" stands for not */
} ms_token;
typedef struct ms_lexer {
    const char *text;
    size_t position;
    ms_token token; /* the current one */
} ms_lexer;
/* Moves to the next token; MS_EINPUT with the place for a character that begins none. */
MS_NODISCARD ms_status ms_lexer_next(ms_lexer *lexer, ms_error *err);
/* MS_EINPUT "formula, character 12: message", the formula after it. */
ms_status ms_formula_error(const char *formula, size_t at, ms_error *err, const char *format, ...)
    MS_PRINTF(4, 5);

/* ---- tree (formula_parse.c) ------------------------------------------------------------------------------
 */

typedef enum ms_node_kind {
    MS_NODE_NUMBER,
    MS_NODE_STRING,
    MS_NODE_NAME,
    MS_NODE_CALL,
    MS_NODE_OPERATOR
} ms_node_kind;
typedef struct ms_node ms_node;
struct ms_node {
    ms_node_kind kind;
    size_t at; /* where it begins in the formula */
    double number;
    char *text;       /* name, string, function or operator */
    ms_node **args;   /* of a call or an operator (one or two) */
    char **arg_names; /* of a call: "theta", or NULL */
    size_t n_args;
};
/* The whole formula as one tree. */
MS_NODISCARD ms_status ms_formula_parse(const char *formula, ms_node **root, ms_error *err);
void ms_node_free(ms_node *node);
bool ms_node_is(const ms_node *node, ms_node_kind kind, const char *text);
/* The expression as R writes it: "log(bili)", "age > 60". Appends. */
void ms_node_deparse(const ms_node *node, ms_buffer *out);
char *ms_node_label(const ms_node *node) MS_NODISCARD;
/* The expression so that it can be parsed again: with backticks where a name needs them. Appends. */
void ms_node_source(const ms_node *node, ms_buffer *out);
/* The argument of a call with this name, or NULL. */
const ms_node *ms_node_named(const ms_node *call, const char *name);

/* ---- values (formula_eval.c) ------------------------------------------------------------------------------
 */

/* An expression over all rows of a table: values[rows], NaN where missing; *logical when it is a comparison.
 */
MS_NODISCARD ms_status ms_formula_evaluate(const char *formula, const ms_node *node, const ms_table *table,
                                           double *values, bool *logical, ms_error *err);
/* The column a name stands for, with an error that tells the place. */
MS_NODISCARD ms_status ms_formula_column(const char *formula, const ms_node *name, const ms_table *table,
                                         size_t *column, ms_error *err);

/* ---- terms (formula_terms.c)
 * -------------------------------------------------------------------------------- */

enum { MS_TERM_ORDER = 6 };
typedef struct ms_term {
    size_t n;
    size_t vars[MS_TERM_ORDER]; /* ascending */
} ms_term;
typedef struct ms_terms {
    const ms_node *
        *vars; /* the distinct variables, in order of appearance (borrowed from the tree or `extra`) */
    char **labels;
    size_t n_vars, vars_capacity;
    ms_term *terms; /* by order of interaction, then of appearance */
    size_t n_terms;
    ms_node **extra; /* variables made for "." */
    size_t n_extra;
} ms_terms;
/* Expands the right-hand side. "." stands for all columns that `response` does not mention. cluster() and
 * offset() are variables like others; model_frame takes them out. */
MS_NODISCARD ms_status ms_terms_expand(const char *formula, const ms_node *rhs, const ms_node *response,
                                       const ms_table *table, ms_terms *out, ms_error *err);
void ms_terms_clear(ms_terms *terms);
bool ms_terms_has(const ms_terms *terms, const ms_term *term);

/* ---- variables and columns (model_variable.c, model_columns.c)
 * ----------------------------------------------- */

typedef enum ms_role {
    MS_ROLE_NUMBER,
    MS_ROLE_FACTOR,
    MS_ROLE_STRATA,
    MS_ROLE_CLUSTER,
    MS_ROLE_OFFSET,
    MS_ROLE_RIDGE
} ms_role;
/* Several columns made of one number: ns() bs() rcs() poly() (basis.c). What the rows it was made of decided
 * is kept, so that it can be filled for other rows. */
typedef enum ms_basis_kind { MS_BASIS_NS, MS_BASIS_BS, MS_BASIS_RCS, MS_BASIS_POLY } ms_basis_kind;
typedef struct ms_basis {
    ms_basis_kind kind;
    size_t degree;    /* of bs and poly */
    bool intercept;   /* ns and bs: keep the first column */
    bool raw;         /* poly: plain powers */
    double bounds[2]; /* boundary knots */
    size_t n_knots;   /* inner knots; rcs: all */
    double *knots;    /* [n_knots]; poly: [2 * degree + 1] of its recurrence */
    size_t n_columns;
} ms_basis;
bool ms_basis_is(const ms_node *node);
/* Reads the call's arguments and places knots by x[n] (NaN: missing). */
MS_NODISCARD ms_status ms_basis_make(const char *formula, const ms_node *node, const double *x, size_t n,
                                     ms_basis *out, ms_error *err);
void ms_basis_clear(ms_basis *basis);
/* values[n * n_columns], column by column; NaN where x is. */
MS_NODISCARD ms_status ms_basis_fill(const ms_basis *basis, const double *x, size_t n, double *values,
                                     ms_error *err);

/* A variable of the right-hand side over all rows of the table. */
typedef struct ms_variable {
    ms_role role;
    size_t at;
    char *label;      /* borrowed from ms_terms */
    size_t n_columns; /* numbers: 1, or several for ridge and splines */
    double *values;   /* [rows * n_columns] column by column */
    bool borrowed;    /* `values` are the table's own, not to be written or freed */
    char **names;     /* [n_columns] of ridge's and splines' columns; NULL for others */
    double *lambda;   /* [n_columns] of ridge */
    ms_factor factor; /* FACTOR, STRATA, CLUSTER; over all rows, then over the rows kept */
    ms_basis basis;   /* n_columns 0 unless a spline or polynomial */
} ms_variable;
MS_NODISCARD ms_status ms_variable_make(const char *formula, const ms_node *node, char *label,
                                        const ms_table *table, ms_variable *out, ms_error *err);
/* The same variable over the rows of another table, with the levels and knots of `fitted` (over the rows
 * kept). MS_EINPUT for a level that is not among them. Strata whose columns are not there and clusters come
 * back empty. */
MS_NODISCARD ms_status ms_variable_renew(const char *formula, const ms_node *node, const ms_variable *fitted,
                                         const ms_table *table, ms_variable *out, ms_error *err);
void ms_variable_clear(ms_variable *variable);
bool ms_variable_missing(const ms_variable *variable, size_t n_rows, size_t row);
/* Keeps rows[n] and the levels that occur in them. */
MS_NODISCARD ms_status ms_variable_keep(ms_variable *variable, size_t n_rows, const size_t *rows, size_t n,
                                        ms_error *err);
/* Fills frame->x, names, term, term_names, ridge from variables over frame->n rows. */
MS_NODISCARD ms_status ms_model_columns(const ms_terms *terms, const ms_variable *variables,
                                        ms_model_frame *frame, ms_error *err);

/* Takes a frame whose formula has tt() apart into the rows at risk at each death (model_tt.c); others stay.
 */
MS_NODISCARD ms_status ms_model_time_transform(const char *formula, const ms_terms *terms,
                                               ms_model_frame *frame, ms_error *err);

#endif
