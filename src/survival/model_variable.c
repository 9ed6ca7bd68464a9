/* One variable of a formula's right-hand side: numbers, a factor, strata, clusters, an offset or ridge's
 * columns. */
#include "survival/formula.h"
#include "survival/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_variable_clear(ms_variable *variable) {
    for (size_t j = 0; variable->names && j < variable->n_columns; j++) free(variable->names[j]);
    free(variable->names);
    if (!variable->borrowed) free(variable->values);
    free(variable->lambda);
    ms_factor_clear(&variable->factor);
    ms_basis_clear(&variable->basis);
    *variable = (ms_variable){0};
}

/* A column of texts of which most are numbers is a column of numbers with a slip, not a factor. */
static ms_status check_is_factor(const ms_table *table, size_t column, ms_error *err) {
    size_t numbers = 0, texts = 0, slip = 0;
    double value;
    for (size_t row = 0; row < ms_table_rows(table); row++) {
        if (ms_table_missing(table, row, column)) continue;
        if (ms_parse_number(ms_table_cell(table, row, column), &value))
            numbers++;
        else if (texts++ == 0)
            slip = row;
    }
    if (numbers <= texts) return MS_OK;
    return ms_cell_error(
        table, slip, column, err,
        "'%.80s' is not a number, and most of the column is; if it holds categories write factor(%.80s)",
        ms_table_cell(table, slip, column), ms_table_column_name(table, column));
}

/* FALSE and TRUE as levels, both always there until the rows are chosen. */
static ms_status factor_of_logical(const double *values, size_t n, ms_factor *out, ms_error *err) {
    const char **texts = ms_calloc(n, sizeof *texts);
    if (!texts) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) texts[i] = isnan(values[i]) ? NULL : values[i] != 0 ? "TRUE" : "FALSE";
    ms_status status = ms_factor_of_texts(texts, n, out, err);
    free((void *)texts);
    return status;
}

/* The factor an argument stands for: a column as it is, or an expression's values. */
static ms_status factor_of(const char *formula, const ms_node *node, const ms_table *table, ms_factor *out,
                           bool *numeric, ms_error *err) {
    size_t column = 0, rows = ms_table_rows(table);
    if (node->kind == MS_NODE_NAME) {
        ms_status status = ms_formula_column(formula, node, table, &column, err);
        if (status != MS_OK) return status;
        *numeric = ms_table_is_numeric(table, column);
        return ms_factor_from_table(table, column, out, err);
    }
    bool logical = false;
    double *values = ms_calloc(rows, sizeof *values);
    if (!values) return ms_error_nomem(err);
    ms_status status = ms_formula_evaluate(formula, node, table, values, &logical, err);
    *numeric = true;
    if (status == MS_OK)
        status = logical ? factor_of_logical(values, rows, out, err)
                         : ms_factor_of_numbers(values, rows, out, err);
    free(values);
    return status;
}

/* Puts the levels in the order of c("low", "high"); cells of other levels become missing. */
static ms_status order_levels(const char *formula, const ms_node *levels, ms_factor *f, ms_error *err) {
    if (!ms_node_is(levels, MS_NODE_CALL, "c") || levels->n_args == 0)
        return ms_formula_error(formula, levels->at, err, "levels = c(...) lists the levels");
    size_t n = levels->n_args;
    char **names = ms_calloc(n, sizeof *names);
    size_t *place = ms_calloc(f->n_levels + 1, sizeof *place);
    ms_status status = names && place ? MS_OK : ms_error_nomem(err);
    for (size_t k = 0; place && k < f->n_levels; k++) place[k] = SIZE_MAX;
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        const ms_node *level = levels->args[i];
        char *label = level->kind == MS_NODE_NUMBER ? ms_node_label(level) : ms_strdup(level->text);
        if (!label) status = ms_error_nomem(err);
        names[i] = label;
        for (size_t k = 0; label && k < f->n_levels; k++)
            if (strcmp(f->levels[k], label) == 0) place[k] = i;
    }
    if (status == MS_OK) {
        for (size_t i = 0; i < f->n; i++)
            if (f->codes[i] != SIZE_MAX) f->codes[i] = place[f->codes[i]];
        for (size_t k = 0; k < f->n_levels; k++) free(f->levels[k]);
        free(f->levels);
        f->levels = names;
        f->n_levels = n;
        names = NULL;
    }
    for (size_t i = 0; names && i < n; i++) free(names[i]);
    free(names);
    free(place);
    return status;
}

static ms_status make_factor(const char *formula, const ms_node *node, const ms_table *table, ms_variable *v,
                             ms_error *err) {
    bool numeric = false;
    const ms_node *levels = ms_node_named(node, "levels");
    v->role = MS_ROLE_FACTOR;
    if (node->n_args != (levels ? 2U : 1U))
        return ms_formula_error(formula, node->at, err, "%s() takes a column, and levels = c(...)",
                                node->text);
    ms_status status = factor_of(formula, node->args[0], table, &v->factor, &numeric, err);
    return status || !levels ? status : order_levels(formula, levels, &v->factor, err);
}

/* levels of a and b -> all pairs that occur, a's first; b is cleared. */
static ms_status cross_factors(ms_factor *a, ms_factor *b, ms_error *err) {
    double *code = ms_calloc(a->n, sizeof *code);
    ms_factor crossed = {0};
    if (!code) return ms_error_nomem(err);
    for (size_t i = 0; i < a->n; i++)
        code[i] = a->codes[i] == SIZE_MAX || b->codes[i] == SIZE_MAX
                      ? NAN
                      : (double)a->codes[i] * (double)b->n_levels + (double)b->codes[i];
    ms_status status = ms_factor_of_numbers(code, a->n, &crossed, err);
    for (size_t i = 0; i < a->n && status == MS_OK; i++) {
        if (crossed.codes[i] == SIZE_MAX) continue;
        char **level = &crossed.levels[crossed.codes[i]];
        ms_buffer name;
        if (strchr(*level, '=') || strchr(*level, ',')) continue; /* named already */
        ms_buffer_init(&name);
        ms_buffer_printf(&name, "%s, %s", a->levels[a->codes[i]], b->levels[b->codes[i]]);
        if (ms_buffer_failed(&name)) {
            status = ms_error_nomem(err);
            break;
        }
        free(*level);
        *level = name.data;
    }
    free(code);
    ms_factor_clear(a);
    ms_factor_clear(b);
    *a = crossed;
    return status;
}

/* "sex=1" where the levels are numbers, as R's strata() names them; a text level stays. */
static ms_status label_levels(const ms_node *node, ms_factor *f, ms_error *err) {
    char *label = ms_node_label(node);
    ms_status status = label ? MS_OK : ms_error_nomem(err);
    for (size_t k = 0; k < f->n_levels && status == MS_OK; k++) {
        ms_buffer name;
        ms_buffer_init(&name);
        ms_buffer_printf(&name, "%s=%s", label, f->levels[k]);
        if (ms_buffer_failed(&name)) {
            status = ms_error_nomem(err);
            break;
        }
        free(f->levels[k]);
        f->levels[k] = name.data;
    }
    free(label);
    return status;
}

static ms_status make_strata(const char *formula, const ms_node *node, const ms_table *table, ms_variable *v,
                             ms_error *err) {
    v->role = MS_ROLE_STRATA;
    if (node->n_args == 0)
        return ms_formula_error(formula, node->at, err, "strata() takes at least one column");
    for (size_t i = 0; i < node->n_args; i++) {
        ms_factor f = {0};
        bool numeric = false;
        ms_status status = factor_of(formula, node->args[i], table, &f, &numeric, err);
        if (status == MS_OK && (numeric || node->n_args > 1)) status = label_levels(node->args[i], &f, err);
        if (status == MS_OK && i > 0)
            status = cross_factors(&v->factor, &f, err);
        else if (status == MS_OK)
            v->factor = f;
        if (status != MS_OK) {
            ms_factor_clear(&f);
            return status;
        }
    }
    return MS_OK;
}

static ms_status make_cluster(const char *formula, const ms_node *node, const ms_table *table, ms_variable *v,
                              ms_error *err) {
    bool numeric = false;
    v->role = MS_ROLE_CLUSTER;
    if (node->n_args != 1) return ms_formula_error(formula, node->at, err, "cluster() takes one column");
    return factor_of(formula, node->args[0], table, &v->factor, &numeric, err);
}

static double variance_of(const double *values, size_t n) {
    double sum = 0, squares = 0, m = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) {
            sum += values[i];
            m++;
        }
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) squares += (values[i] - sum / m) * (values[i] - sum / m);
    return m > 1 ? squares / (m - 1) : 0;
}

/* theta and scale of ridge(...). */
static ms_status ridge_options(const char *formula, const ms_node *node, double *theta, bool *scale,
                               ms_error *err) {
    const ms_node *t = ms_node_named(node, "theta"), *s = ms_node_named(node, "scale");
    *scale = true;
    for (size_t i = 0; i < node->n_args; i++)
        if (node->arg_names[i] && node->args[i] != t && node->args[i] != s)
            return ms_formula_error(formula, node->args[i]->at, err,
                                    "ridge() takes columns, theta and scale, not '%s'", node->arg_names[i]);
    if (!t || t->kind != MS_NODE_NUMBER || !(t->number >= 0))
        return ms_formula_error(formula, node->at, err,
                                "ridge() needs theta, a number of at least 0: ridge(x, theta = 1)");
    *theta = t->number;
    if (!s) return MS_OK;
    if (s->kind != MS_NODE_NAME || (strcmp(s->text, "TRUE") != 0 && strcmp(s->text, "FALSE") != 0))
        return ms_formula_error(formula, s->at, err, "scale is TRUE or FALSE");
    *scale = strcmp(s->text, "TRUE") == 0;
    return MS_OK;
}

/* R: ridge(); the penalty is theta / 2 * coef^2 * var(x), var over all rows that have a value. */
static ms_status make_ridge(const char *formula, const ms_node *node, const ms_table *table, ms_variable *v,
                            ms_error *err) {
    size_t rows = ms_table_rows(table), n = 0;
    double theta = 0;
    bool scale = true, logical = false;
    v->role = MS_ROLE_RIDGE;
    ms_status status = ridge_options(formula, node, &theta, &scale, err);
    if (status != MS_OK) return status;
    for (size_t i = 0; i < node->n_args; i++) n += !node->arg_names[i];
    if (n == 0) return ms_formula_error(formula, node->at, err, "ridge() without a column");
    v->values = ms_calloc(rows * n, sizeof *v->values);
    v->lambda = ms_calloc(n, sizeof *v->lambda);
    v->names = ms_calloc(n, sizeof *v->names);
    if (!v->values || !v->lambda || !v->names) return ms_error_nomem(err);
    for (size_t i = 0; i < node->n_args; i++) {
        if (node->arg_names[i]) continue;
        double *values = v->values + v->n_columns * rows;
        char *label = ms_node_label(node->args[i]);
        ms_buffer name;
        ms_buffer_init(&name);
        ms_buffer_printf(&name, "ridge(%s)", label ? label : "");
        bool named = label && !ms_buffer_failed(&name);
        free(label);
        v->names[v->n_columns] = name.data;
        v->n_columns++;
        if (!named) return ms_error_nomem(err);
        if ((status = ms_formula_evaluate(formula, node->args[i], table, values, &logical, err)))
            return status;
        v->lambda[v->n_columns - 1] = theta * (scale ? variance_of(values, rows) : 1);
    }
    return MS_OK;
}

static ms_status make_numbers(const char *formula, const ms_node *node, const ms_table *table, ms_variable *v,
                              ms_error *err) {
    size_t rows = ms_table_rows(table);
    bool logical = false;
    v->role = MS_ROLE_NUMBER;
    v->n_columns = 1;
    v->values = ms_calloc(rows, sizeof *v->values);
    if (!v->values) return ms_error_nomem(err);
    ms_status status = ms_formula_evaluate(formula, node, table, v->values, &logical, err);
    if (status != MS_OK || !logical) return status;
    v->role = MS_ROLE_FACTOR;
    return factor_of_logical(v->values, rows, &v->factor, err);
}

static ms_status make_column(const char *formula, const ms_node *node, const ms_table *table, ms_variable *v,
                             ms_error *err) {
    size_t column = 0;
    ms_status status = ms_formula_column(formula, node, table, &column, err);
    if (status != MS_OK) return status;
    if (ms_table_is_numeric(table, column)) return make_numbers(formula, node, table, v, err);
    if ((status = check_is_factor(table, column, err))) return status;
    v->role = MS_ROLE_FACTOR;
    return ms_factor_from_table(table, column, &v->factor, err);
}

/* Names of a basis as R gives them: "ns(age, df = 3)2", "rcs(age, 4)age'". */
static ms_status name_basis(const ms_node *node, const char *label, ms_variable *v, ms_error *err) {
    char *argument = ms_node_label(node->args[0]);
    ms_status status = argument ? MS_OK : ms_error_nomem(err);
    v->names = ms_calloc(v->n_columns, sizeof *v->names);
    if (!v->names) status = ms_error_nomem(err);
    for (size_t j = 0; j < v->n_columns && status == MS_OK; j++) {
        ms_buffer name;
        ms_buffer_init(&name);
        ms_buffer_append(&name, label);
        if (v->basis.kind == MS_BASIS_RCS) {
            ms_buffer_append(&name, argument);
            for (size_t k = 0; k < j; k++) ms_buffer_append(&name, "'");
        } else if (v->n_columns > 1 || v->basis.kind != MS_BASIS_POLY) {
            ms_buffer_printf(&name, "%zu", j + 1);
        }
        if (ms_buffer_failed(&name)) status = ms_error_nomem(err);
        v->names[j] = name.data;
    }
    free(argument);
    return status;
}

/* ns(), bs(), rcs(), poly(); `fitted` NULL: knots from these rows. */
static ms_status make_basis(const char *formula, const ms_node *node, const char *label,
                            const ms_basis *fitted, const ms_table *table, ms_variable *v, ms_error *err) {
    size_t rows = ms_table_rows(table);
    bool logical = false;
    double *x = ms_calloc(rows, sizeof *x);
    v->role = MS_ROLE_NUMBER;
    if (!x) return ms_error_nomem(err);
    ms_status status = node->n_args
                           ? ms_formula_evaluate(formula, node->args[0], table, x, &logical, err)
                           : ms_formula_error(formula, node->at, err, "%s() without a column", node->text);
    if (status == MS_OK && !fitted) status = ms_basis_make(formula, node, x, rows, &v->basis, err);
    if (status == MS_OK) {
        const ms_basis *basis = fitted ? fitted : &v->basis;
        v->n_columns = basis->n_columns;
        v->values = ms_calloc(rows * v->n_columns, sizeof *v->values);
        status = v->values ? ms_basis_fill(basis, x, rows, v->values, err) : ms_error_nomem(err);
    }
    if (status == MS_OK && !fitted) status = name_basis(node, label, v, err);
    free(x);
    return status;
}

ms_status ms_variable_make(const char *formula, const ms_node *node, char *label, const ms_table *table,
                           ms_variable *out, ms_error *err) {
    ms_variable v = {.at = node->at, .label = label};
    ms_status status;
    if (node->kind == MS_NODE_NAME) {
        status = make_column(formula, node, table, &v, err);
    } else if (ms_node_is(node, MS_NODE_CALL, "factor") || ms_node_is(node, MS_NODE_CALL, "as.factor")) {
        status = make_factor(formula, node, table, &v, err);
    } else if (ms_node_is(node, MS_NODE_CALL, "strata")) {
        status = make_strata(formula, node, table, &v, err);
    } else if (ms_node_is(node, MS_NODE_CALL, "cluster")) {
        status = make_cluster(formula, node, table, &v, err);
    } else if (ms_node_is(node, MS_NODE_CALL, "ridge")) {
        status = make_ridge(formula, node, table, &v, err);
    } else if (ms_node_is(node, MS_NODE_CALL, "tt")) {
        if (node->n_args != 2)
            return ms_formula_error(formula, node->at, err,
                                    "tt() takes a column and an expression of the time t: tt(age, log(t))");
        status = make_numbers(formula, node->args[0], table, &v, err);
    } else if (ms_basis_is(node)) {
        status = make_basis(formula, node, label, NULL, table, &v, err);
    } else if (ms_node_is(node, MS_NODE_CALL, "offset")) {
        if (node->n_args != 1)
            return ms_formula_error(formula, node->at, err, "offset() takes one expression");
        status = make_numbers(formula, node->args[0], table, &v, err);
        v.role = MS_ROLE_OFFSET;
    } else {
        status = make_numbers(formula, node, table, &v, err);
    }
    if (status != MS_OK) {
        ms_variable_clear(&v);
        return status;
    }
    *out = v;
    return MS_OK;
}

bool ms_variable_missing(const ms_variable *variable, size_t n_rows, size_t row) {
    if (variable->factor.codes && variable->factor.codes[row] == SIZE_MAX) return true;
    for (size_t j = 0; j < variable->n_columns; j++)
        if (isnan(variable->values[j * n_rows + row])) return true;
    return false;
}

/* Only the rows kept, and the levels that occur in them, renumbered. */
static ms_status keep_factor(ms_factor *f, const size_t *rows, size_t n, ms_error *err) {
    size_t *place = ms_calloc(f->n_levels + 1, sizeof *place), kept = 0;
    if (!place) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        f->codes[i] = f->codes[rows[i]]; /* rows ascend: never overwritten before it is read */
        place[f->codes[i]] = 1;
    }
    for (size_t k = 0; k < f->n_levels; k++) {
        if (!place[k]) {
            free(f->levels[k]);
            continue;
        }
        f->levels[kept] = f->levels[k];
        place[k] = kept++;
    }
    for (size_t i = 0; i < n; i++) f->codes[i] = place[f->codes[i]];
    f->n = n;
    f->n_levels = kept;
    free(place);
    return MS_OK;
}

ms_status ms_variable_keep(ms_variable *variable, size_t n_rows, const size_t *rows, size_t n,
                           ms_error *err) {
    const double *from = variable->values;
    if (variable->borrowed) { /* a copy only where rows are left out */
        if (n == n_rows) return MS_OK;
        variable->borrowed = false;
        variable->values = ms_calloc(n, sizeof *variable->values);
        if (!variable->values) return ms_error_nomem(err);
    }
    for (size_t j = 0; j < variable->n_columns; j++)
        for (size_t i = 0; i < n; i++) variable->values[j * n + i] = from[j * n_rows + rows[i]];
    return variable->factor.codes ? keep_factor(&variable->factor, rows, n, err) : MS_OK;
}

/* Is every column that the expression names in the table? */
static bool has_columns(const ms_node *node, const ms_table *table) {
    size_t column;
    if (node->kind == MS_NODE_NAME && !ms_table_find(table, node->text, &column)) return false;
    for (size_t i = 0; i < node->n_args; i++)
        if (!has_columns(node->args[i], table)) return false;
    return true;
}

/* Codes of the fitted levels in place of the new table's own. */
static ms_status take_levels(const ms_factor *fitted, const char *label, const ms_table *table, ms_factor *f,
                             ms_error *err) {
    size_t *place = ms_calloc(f->n_levels + 1, sizeof *place);
    if (!place) return ms_error_nomem(err);
    for (size_t k = 0; k < f->n_levels; k++) {
        place[k] = SIZE_MAX;
        for (size_t j = 0; j < fitted->n_levels; j++)
            if (strcmp(f->levels[k], fitted->levels[j]) == 0) place[k] = j;
    }
    ms_status status = MS_OK;
    for (size_t i = 0; i < f->n && status == MS_OK; i++) {
        if (f->codes[i] == SIZE_MAX) continue;
        size_t line = ms_table_line(table, i);
        if (place[f->codes[i]] == SIZE_MAX)
            status = ms_error_set(err, MS_EINPUT, "%s:%s%zu: %s: the model was fitted to no '%.80s'",
                                  ms_table_name(table), line ? "" : "row ", line ? line : i + 1, label,
                                  f->levels[f->codes[i]]);
        else
            f->codes[i] = place[f->codes[i]];
    }
    free(place);
    for (size_t k = 0; k < f->n_levels; k++) free(f->levels[k]);
    free(f->levels);
    f->n_levels = 0;
    f->levels = ms_calloc(fitted->n_levels, sizeof *f->levels);
    if (!f->levels) return ms_error_nomem(err);
    for (; f->n_levels < fitted->n_levels; f->n_levels++)
        if (!(f->levels[f->n_levels] = ms_strdup(fitted->levels[f->n_levels]))) return ms_error_nomem(err);
    return status;
}

static ms_status copy_names(const ms_variable *fitted, ms_variable *v, ms_error *err) {
    v->names = ms_calloc(v->n_columns, sizeof *v->names);
    if (!v->names) return ms_error_nomem(err);
    for (size_t j = 0; j < v->n_columns; j++)
        if (!(v->names[j] = ms_strdup(fitted->names[j]))) return ms_error_nomem(err);
    return MS_OK;
}

static ms_status renew(const char *formula, const ms_node *node, const ms_variable *fitted,
                       const ms_table *table, ms_variable *v, ms_error *err) {
    if (fitted->basis.n_columns) {
        ms_status status = make_basis(formula, node, fitted->label, &fitted->basis, table, v, err);
        return status ? status : copy_names(fitted, v, err);
    }
    if (fitted->role == MS_ROLE_NUMBER) {
        ms_status status = make_numbers(formula, node, table, v, err);
        v->role = MS_ROLE_NUMBER;
        ms_factor_clear(&v->factor);
        return status;
    }
    if (fitted->role != MS_ROLE_FACTOR || node->kind != MS_NODE_NAME)
        return ms_variable_make(formula, node, fitted->label, table, v, err);
    size_t column = 0;
    ms_status status = ms_formula_column(formula, node, table, &column, err);
    return status ? status : ms_factor_from_table(table, column, &v->factor, err);
}

ms_status ms_variable_renew(const char *formula, const ms_node *node, const ms_variable *fitted,
                            const ms_table *table, ms_variable *out, ms_error *err) {
    ms_variable v = {.role = fitted->role, .at = node->at, .label = fitted->label};
    ms_status status = MS_OK;
    bool absent = fitted->role == MS_ROLE_STRATA && !has_columns(node, table);
    if (fitted->role != MS_ROLE_CLUSTER && !absent) {
        status = renew(formula, node, fitted, table, &v, err);
        if (status == MS_OK && fitted->factor.codes)
            status = take_levels(&fitted->factor, fitted->label, table, &v.factor, err);
    }
    if (status != MS_OK) {
        ms_variable_clear(&v);
        return status;
    }
    v.role = fitted->role;
    *out = v;
    return MS_OK;
}
