/* The inputs of `coxnet`: a table's columns, lambdas, a file of penalty factors; and prediction for a table.
 */
#include "cli/coxnet_cli.h"

#include "study/table_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_cli_coxnet_clear(ms_coxnet_input *input) {
    for (size_t j = 0; j < input->design.p && input->names; j++) free(input->names[j]);
    MS_FREE(input->names);
    MS_FREE(input->x);
    MS_FREE(input->factor);
    MS_FREE(input->lambda);
    ms_surv_frame_clear(&input->frame);
}

/* Columns with another use are not predictors, whatever a pattern says. */
static ms_status find_predictors(const ms_args *args, const ms_table *table, const char *event,
                                 ms_indices *columns, ms_error *err) {
    static const char *const others[] = {"time", "entry", "weights", "strata", "offset", "folds"};
    size_t besides[8], n = 0;
    if (ms_table_find(table, event, &besides[n])) n++;
    for (size_t i = 0; i < MS_COUNT(others); i++) {
        const char *name = ms_args_text(args, others[i]);
        if (name && ms_table_find(table, name, &besides[n])) n++;
    }
    return ms_columns_of(table, ms_args_text(args, "x"), besides, n, columns, err);
}

/* Leaves out rows of which a predictor is missing. */
static void drop_rows(ms_coxnet_input *in, size_t p) {
    ms_surv_frame *f = &in->frame;
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++) {
        bool whole = true;
        for (size_t j = 0; j < p && whole; j++) whole = !isnan(in->x[i * p + j]);
        if (!whole) continue;
        memmove(in->x + kept * p, in->x + i * p, p * sizeof *in->x);
        f->time[kept] = f->time[i];
        f->event[kept] = f->event[i];
        if (f->entry) f->entry[kept] = f->entry[i];
        if (f->weight) f->weight[kept] = f->weight[i];
        if (f->risk) f->risk[kept] = f->risk[i];
        if (f->strata.codes) f->strata.codes[kept] = f->strata.codes[i];
        if (f->group.codes) f->group.codes[kept] = f->group.codes[i];
        kept++;
    }
    in->n_dropped = f->n_dropped + f->n - kept;
    f->n = kept;
}

static ms_status take_names(const ms_table *table, const ms_indices *columns, ms_coxnet_input *in,
                            ms_error *err) {
    in->names = ms_calloc(columns->n, sizeof *in->names);
    if (!in->names) return ms_error_nomem(err);
    in->design.p = columns->n;
    for (size_t j = 0; j < columns->n; j++)
        if (!(in->names[j] = ms_strdup(ms_table_column_name(table, columns->at[j]))))
            return ms_error_nomem(err);
    return MS_OK;
}

static ms_status read_rows(const ms_table *table, const ms_indices *columns, ms_coxnet_input *in,
                           ms_error *err) {
    const ms_indices rows = {in->frame.rows, in->frame.n};
    ms_status status = ms_matrix_of(table, &rows, columns, &in->x, err);
    if (status != MS_OK) return status;
    drop_rows(in, columns->n);
    if (in->frame.n == 0)
        return ms_error_set(err, MS_EINPUT, "%s: no row has all the values that are needed (%zu rows)",
                            ms_table_name(table), in->n_dropped);
    in->data = in->frame.data;
    in->data.n = in->frame.n;
    in->design.x = in->x;
    in->design.names = (const char *const *)in->names;
    in->design.offset = in->frame.risk;
    return MS_OK;
}

/* A file with the columns name and factor; a predictor that is not in it has factor 1. */
static ms_status read_factors(const char *path, ms_coxnet_input *in, ms_error *err) {
    ms_table *table = NULL;
    size_t name = 0, factor = 0;
    ms_status status = ms_table_read(&table, path, err);
    if (status == MS_OK) status = ms_table_require(table, "name", &name, err);
    if (status == MS_OK) status = ms_table_require(table, "factor", &factor, err);
    if (status == MS_OK && !(in->factor = ms_calloc(in->design.p, sizeof(double))))
        status = ms_error_nomem(err);
    for (size_t j = 0; j < in->design.p && status == MS_OK; j++) in->factor[j] = 1;
    for (size_t row = 0; status == MS_OK && row < ms_table_rows(table); row++) {
        double value;
        size_t j = 0;
        while (j < in->design.p && strcmp(in->names[j], ms_table_cell(table, row, name)) != 0) j++;
        status = ms_table_number(table, row, factor, &value, err);
        if (status == MS_OK && j == in->design.p)
            status = ms_bad_cell(table, row, name, "this is not one of the predictors", err);
        if (status == MS_OK && !(value >= 0))
            status = ms_bad_cell(table, row, factor, "a penalty factor is a number not below 0, or inf", err);
        if (status == MS_OK) in->factor[j] = value;
    }
    ms_table_free(table);
    return status;
}

/* "0.1,0.05,0.01" */
static ms_status read_lambdas(const char *text, ms_coxnet_input *in, ms_error *err) {
    size_t commas = 0;
    for (const char *c = text; *c; c++) commas += *c == ',';
    char *copy = ms_strdup(text), *rest = copy;
    in->lambda = ms_calloc(commas + 1, sizeof(double));
    ms_status status = copy && in->lambda ? MS_OK : ms_error_nomem(err);
    while (status == MS_OK && rest) {
        char *item = rest, *comma = strchr(rest, ',');
        rest = comma ? comma + 1 : NULL;
        if (comma) *comma = '\0';
        if (!ms_parse_number(item, &in->lambda[in->n_lambda++]))
            status = ms_error_set(err, MS_EUSAGE, "--lambda: '%s' is not a number", item);
    }
    free(copy);
    return status;
}

ms_status ms_cli_coxnet_read(const ms_args *args, ms_coxnet_input *out, ms_error *err) {
    const char *factors = ms_args_text(args, "penalty-factor"), *lambdas = ms_args_text(args, "lambda");
    ms_table *table = NULL;
    char *event = NULL;
    ms_indices columns = {0};
    ms_coxnet_input in = {0};
    ms_surv_columns roles = {.time = ms_args_text(args, "time"),
                             .entry = ms_args_text(args, "entry"),
                             .weight = ms_args_text(args, "weights"),
                             .strata = ms_args_text(args, "strata"),
                             .group = ms_args_text(args, "folds"),
                             .risk = ms_args_text(args, "offset")};
    ms_status status = lambdas ? read_lambdas(lambdas, &in, err) : MS_OK;
    if (status == MS_OK)
        status = ms_event_split(ms_args_text(args, "event"), &event, &roles.event_value, err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    roles.event = event;
    if (status == MS_OK) status = find_predictors(args, table, event, &columns, err);
    if (status == MS_OK) status = ms_surv_frame_read(table, &roles, &in.frame, err);
    if (status == MS_OK) status = take_names(table, &columns, &in, err);
    if (status == MS_OK) status = read_rows(table, &columns, &in, err);
    if (status == MS_OK && factors) status = read_factors(factors, &in, err);
    ms_indices_clear(&columns);
    ms_table_free(table);
    free(event);
    if (status == MS_OK)
        *out = in;
    else
        ms_cli_coxnet_clear(&in);
    return status;
}

/* The row's linear predictor, NaN where a value is missing. */
static ms_status row_risk(const ms_table *table, size_t row, const ms_coxnet *net, const double *beta,
                          const size_t *columns, double *risk, ms_error *err) {
    *risk = 0;
    for (size_t j = 0; j < net->p; j++) {
        double value;
        if (beta[j] == 0) continue;
        ms_status status = ms_table_number(table, row, columns[j], &value, err);
        if (status == MS_OK && isinf(value))
            status = ms_bad_cell(table, row, columns[j], "the value is infinite", err);
        if (status != MS_OK) return status;
        *risk += beta[j] * value;
    }
    return MS_OK;
}

ms_status ms_cli_coxnet_predict(const ms_coxnet *net, const double *beta, const char *path,
                                const char *output, ms_error *err) {
    ms_table *table = NULL;
    size_t *columns = ms_calloc(net->p, sizeof *columns), risk = 0;
    ms_status status = columns ? ms_table_read(&table, path, err) : ms_error_nomem(err);
    for (size_t j = 0; j < net->p && status == MS_OK; j++)
        if (beta[j] != 0) status = ms_table_require(table, net->names[j], &columns[j], err);
    if (status == MS_OK) status = ms_table_add_column(table, "risk", &risk, err);
    for (size_t row = 0; status == MS_OK && row < ms_table_rows(table); row++) {
        double value = 0;
        status = row_risk(table, row, net, beta, columns, &value, err);
        if (status == MS_OK) status = ms_table_set_number(table, row, risk, value, err);
    }
    if (status == MS_OK) status = ms_table_write(table, output, err);
    ms_table_free(table);
    free(columns);
    return status;
}
