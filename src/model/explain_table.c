/* Explanations as tables. */
#include "model/explain.h"

#include <math.h>

static ms_status add_columns(ms_table *table, const char *id_name, const char *const *names, size_t n,
                             ms_error *err) {
    size_t column;
    ms_status status = id_name ? ms_table_add_column(table, id_name, &column, err) : MS_OK;
    for (size_t i = 0; status == MS_OK && i < n; i++)
        status = ms_table_add_column(table, names[i], &column, err);
    return status;
}

static ms_status add_cells(ms_table *table, size_t row, size_t *at, const double *values, size_t n,
                           ms_error *err) {
    ms_status status = MS_OK;
    for (size_t i = 0; status == MS_OK && i < n; i++)
        status = ms_table_set_number(table, row, (*at)++, values[i], err);
    return status;
}

/* The row's first cells: the id and the method. */
static ms_status start_row(ms_table *table, const ms_explanation *e, const char *const *id, size_t i,
                           size_t *row, size_t *at, ms_error *err) {
    *at = 0;
    ms_status status = ms_table_add_row(table, row, err);
    if (status == MS_OK && id) status = ms_table_set(table, *row, (*at)++, id[i], err);
    return status == MS_OK ? ms_table_set(table, *row, (*at)++, ms_explain_method_names[e->method], err)
                           : status;
}

ms_status ms_explanation_table(const ms_explanation *e, const char *id_name, const char *const *id,
                               const char *const *names, bool groups, ms_table **table, ms_error *err) {
    static const char *const first[] = {"method", "baseline_risk", "risk", "residual"};
    const size_t n = groups ? e->n_groups : e->p;
    const double *values = groups ? e->group_contribution : e->contribution;
    ms_table *made = NULL;
    ms_status status = ms_table_new(&made, "contributions", err);
    if (status == MS_OK) status = add_columns(made, id ? id_name : NULL, first, MS_COUNT(first), err);
    if (status == MS_OK) status = add_columns(made, NULL, names, n, err);
    for (size_t i = 0; status == MS_OK && i < e->n; i++) {
        size_t row, at;
        const double facts[] = {e->baseline, e->risk[i], e->residual[i]};
        status = start_row(made, e, id, i, &row, &at, err);
        if (status == MS_OK) status = add_cells(made, row, &at, facts, MS_COUNT(facts), err);
        if (status == MS_OK) status = add_cells(made, row, &at, values + i * n, n, err);
    }
    if (status == MS_OK)
        *table = made;
    else
        ms_table_free(made);
    return status;
}

typedef struct entry {
    size_t j;
    double size;
} entry;

static int larger_first(const void *a, const void *b) {
    const entry *p = a, *q = b;
    if (p->size != q->size) return p->size > q->size ? -1 : 1;
    return p->j < q->j ? -1 : p->j > q->j;
}

static ms_status add_patient(ms_table *table, const ms_explanation *e, const char *const *id,
                             const char *const *names, size_t i, entry *order, ms_error *err) {
    const double *c = e->contribution + i * e->p;
    ms_status status = MS_OK;
    for (size_t j = 0; j < e->p; j++) order[j] = (entry){j, fabs(c[j])};
    qsort(order, e->p, sizeof *order, larger_first);
    for (size_t k = 0; status == MS_OK && k < e->p; k++) {
        size_t row, at;
        const size_t j = order[k].j;
        const double cells[] = {e->value[i * e->p + j], c[j],
                                e->standard_error ? e->standard_error[i * e->p + j] : (double)NAN};
        status = start_row(table, e, id, i, &row, &at, err);
        if (status == MS_OK) status = ms_table_set(table, row, at++, names[j], err);
        if (status == MS_OK) status = add_cells(table, row, &at, cells, MS_COUNT(cells), err);
    }
    return status;
}

ms_status ms_explanation_long_table(const ms_explanation *e, const char *id_name, const char *const *id,
                                    const char *const *names, ms_table **table, ms_error *err) {
    static const char *const columns[] = {"method", "feature", "value", "contribution", "standard_error"};
    ms_table *made = NULL;
    entry *order = ms_calloc(e->p, sizeof *order);
    ms_status status = order ? ms_table_new(&made, "contributions", err) : ms_error_nomem(err);
    if (status == MS_OK) status = add_columns(made, id ? id_name : NULL, columns, MS_COUNT(columns), err);
    for (size_t i = 0; status == MS_OK && i < e->n; i++)
        status = add_patient(made, e, id, names, i, order, err);
    free(order);
    if (status == MS_OK)
        *table = made;
    else
        ms_table_free(made);
    return status;
}
