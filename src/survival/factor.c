/* Columns as categories: levels sorted as R sorts them, codes from 0. */
#include "survival/frame.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct item {
    const char *text; /* NULL: by number */
    double number;
    size_t index;
} item;

int ms_compare_levels(const char *a, const char *b) {
    for (size_t i = 0;; i++) {
        int p = tolower((unsigned char)a[i]), q = tolower((unsigned char)b[i]);
        if (p != q) return p < q ? -1 : 1;
        if (p == 0) break;
    }
    return -strcmp(a, b); /* the same letters: lower case first */
}

static int compare_items(const void *a, const void *b) {
    const item *p = a, *q = b;
    int order =
        p->text ? ms_compare_levels(p->text, q->text) : (p->number > q->number) - (p->number < q->number);
    if (order) return order;
    return p->index < q->index ? -1 : 1;
}

static bool same_level(const item *a, const item *b) {
    return a->text ? strcmp(a->text, b->text) == 0 : a->number == b->number;
}

static ms_status add_level(ms_factor *f, const item *from, ms_error *err) {
    char number[32];
    if (!from->text) ms_format_number(number, from->number);
    char *name = ms_strdup(from->text ? from->text : number);
    if (!name) return ms_error_nomem(err);
    f->levels[f->n_levels++] = name;
    return MS_OK;
}

/* items[m] are the cells that are there; the other codes stay SIZE_MAX. */
static ms_status build(item *items, size_t m, size_t n, ms_factor *out, ms_error *err) {
    ms_factor f = {.n = n};
    size_t distinct = 0;
    ms_status status = MS_OK;
    qsort(items, m, sizeof *items, compare_items);
    for (size_t i = 0; i < m; i++) distinct += i == 0 || !same_level(&items[i], &items[i - 1]);
    f.codes = ms_calloc(n, sizeof *f.codes);
    f.levels = ms_calloc(distinct, sizeof *f.levels);
    if (!f.codes || !f.levels) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t i = 0; i < n; i++) f.codes[i] = SIZE_MAX;
    for (size_t i = 0; i < m; i++) {
        if (i == 0 || !same_level(&items[i], &items[i - 1]))
            if ((status = add_level(&f, &items[i], err))) goto cleanup;
        f.codes[items[i].index] = f.n_levels - 1;
    }
    *out = f;
    return MS_OK;
cleanup:
    ms_factor_clear(&f);
    return status;
}

ms_status ms_factor_of_texts(const char *const *texts, size_t n, ms_factor *out, ms_error *err) {
    item *items = ms_calloc(n, sizeof *items);
    size_t m = 0;
    if (!items) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (texts[i]) items[m++] = (item){texts[i], 0, i};
    ms_status status = build(items, m, n, out, err);
    free(items);
    return status;
}

ms_status ms_factor_of_numbers(const double *numbers, size_t n, ms_factor *out, ms_error *err) {
    item *items = ms_calloc(n, sizeof *items);
    size_t m = 0;
    if (!items) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (!isnan(numbers[i])) items[m++] = (item){NULL, numbers[i], i};
    ms_status status = build(items, m, n, out, err);
    free(items);
    return status;
}

ms_status ms_factor_of_rows(const ms_table *table, size_t column, const size_t *rows, size_t n,
                            ms_factor *out, ms_error *err) {
    bool numeric = ms_table_is_numeric(table, column);
    item *items = ms_calloc(n, sizeof *items);
    size_t m = 0;
    ms_status status = items ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && !status; i++) {
        size_t row = rows ? rows[i] : i;
        if (ms_table_missing(table, row, column)) continue;
        items[m] = (item){numeric ? NULL : ms_table_cell(table, row, column), 0, i};
        if (numeric) status = ms_table_number(table, row, column, &items[m].number, err);
        m++;
    }
    if (!status) status = build(items, m, n, out, err);
    free(items);
    return status;
}

ms_status ms_factor_from_table(const ms_table *table, size_t column, ms_factor *out, ms_error *err) {
    return ms_factor_of_rows(table, column, NULL, ms_table_rows(table), out, err);
}

void ms_factor_clear(ms_factor *factor) {
    for (size_t i = 0; i < factor->n_levels && factor->levels; i++) free(factor->levels[i]);
    MS_FREE(factor->levels);
    MS_FREE(factor->codes);
    factor->n = factor->n_levels = 0;
}
