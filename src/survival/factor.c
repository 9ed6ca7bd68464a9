/* Columns as categories: levels sorted as R sorts them, codes from 0. */
#include "survival/frame.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A distinct value, where it was seen first. */
typedef struct level {
    const char *text; /* NULL: by number */
    double number;
    size_t place; /* among the distinct values in order of appearance */
} level;

/* What the rows hold, and the distinct values so far. */
typedef struct builder {
    size_t n;
    size_t *codes; /* [n] place of the row's value, SIZE_MAX where missing */
    level *levels;
    size_t n_levels, capacity;
    size_t *slots; /* [n_slots], a power of two: places of distinct texts by hash, SIZE_MAX empty */
    size_t n_slots;
} builder;

int ms_compare_levels(const char *a, const char *b) {
    for (size_t i = 0;; i++) {
        int p = tolower((unsigned char)a[i]), q = tolower((unsigned char)b[i]);
        if (p != q) return p < q ? -1 : 1;
        if (p == 0) break;
    }
    return -strcmp(a, b); /* the same letters: lower case first */
}

static int compare_texts(const void *a, const void *b) {
    return ms_compare_levels(((const level *)a)->text, ((const level *)b)->text);
}

static void builder_clear(builder *b) {
    MS_FREE(b->codes);
    MS_FREE(b->levels);
    MS_FREE(b->slots);
}

static ms_status builder_init(builder *b, size_t n, ms_error *err) {
    *b = (builder){.n = n, .n_slots = 64};
    b->codes = ms_calloc(n, sizeof *b->codes);
    b->slots = ms_calloc(b->n_slots, sizeof *b->slots);
    if (!b->codes || !b->slots) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) b->codes[i] = SIZE_MAX;
    for (size_t i = 0; i < b->n_slots; i++) b->slots[i] = SIZE_MAX;
    return MS_OK;
}

static bool add_distinct(builder *b, level value) {
    if (b->n_levels == b->capacity) {
        size_t capacity = b->capacity ? b->capacity * 2 : 16;
        level *levels = ms_realloc(b->levels, capacity, sizeof *levels);
        if (!levels) return false;
        b->levels = levels;
        b->capacity = capacity;
    }
    value.place = b->n_levels;
    b->levels[b->n_levels++] = value;
    return true;
}

/* FNV-1a. */
static size_t hash_of(const char *text) {
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32);
}

/* The slot that holds the text, or the empty one for it. */
static size_t *find_slot(const builder *b, const char *text) {
    size_t i = hash_of(text) & (b->n_slots - 1);
    while (b->slots[i] != SIZE_MAX && b->levels[b->slots[i]].text != text &&
           strcmp(b->levels[b->slots[i]].text, text) != 0)
        i = (i + 1) & (b->n_slots - 1);
    return &b->slots[i];
}

static bool grow_slots(builder *b) {
    if (b->n_levels * 2 < b->n_slots) return true;
    size_t *slots = ms_calloc(b->n_slots * 2, sizeof *slots);
    if (!slots) return false;
    free(b->slots);
    b->slots = slots;
    b->n_slots *= 2;
    for (size_t i = 0; i < b->n_slots; i++) slots[i] = SIZE_MAX;
    for (size_t k = 0; k < b->n_levels; k++) *find_slot(b, b->levels[k].text) = k;
    return true;
}

static ms_status add_text(builder *b, size_t row, const char *text, ms_error *err) {
    size_t *slot = find_slot(b, text);
    if (*slot == SIZE_MAX) {
        if (!add_distinct(b, (level){.text = text})) return ms_error_nomem(err);
        *slot = b->n_levels - 1;
        b->codes[row] = *slot;
        return grow_slots(b) ? MS_OK : ms_error_nomem(err);
    }
    b->codes[row] = *slot;
    return MS_OK;
}

/* Numbers by sorting them all: the distinct ones then come in order. NaN is missing. */
static ms_status add_numbers(builder *b, const double *numbers, ms_error *err) {
    size_t m = 0, *rows = ms_calloc(b->n, sizeof *rows), *order = ms_calloc(b->n, sizeof *order);
    double *there = ms_calloc(b->n, sizeof *there);
    ms_status status = rows && order && there ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < b->n && status == MS_OK; i++) {
        if (isnan(numbers[i])) continue;
        there[m] = numbers[i];
        rows[m++] = i;
    }
    if (status == MS_OK) status = ms_order(there, m, order, err);
    for (size_t i = 0; i < m && status == MS_OK; i++) {
        double value = there[order[i]];
        if (i == 0 || value != there[order[i - 1]])
            if (!add_distinct(b, (level){.number = value})) status = ms_error_nomem(err);
        if (status == MS_OK) b->codes[rows[order[i]]] = b->n_levels - 1;
    }
    free(rows);
    free(order);
    free(there);
    return status;
}

/* Sorts the levels (texts; numbers are sorted), names them, and hands over. */
static ms_status finish(builder *b, ms_factor *out, ms_error *err) {
    ms_factor f = {.n = b->n};
    size_t *code = ms_calloc(b->n_levels, sizeof *code);
    f.levels = ms_calloc(b->n_levels, sizeof *f.levels);
    ms_status status = code && f.levels ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && b->n_levels > 1 && b->levels[0].text)
        qsort(b->levels, b->n_levels, sizeof *b->levels, compare_texts);
    for (size_t k = 0; k < b->n_levels && status == MS_OK; k++) {
        char number[32];
        const level *l = &b->levels[k];
        code[l->place] = k;
        if (!l->text) ms_format_number(number, l->number);
        f.levels[k] = ms_strdup(l->text ? l->text : number);
        if (!f.levels[k]) status = ms_error_nomem(err);
        f.n_levels += status == MS_OK;
    }
    if (status == MS_OK) {
        f.codes = b->codes;
        b->codes = NULL;
        for (size_t i = 0; i < f.n; i++)
            if (f.codes[i] != SIZE_MAX) f.codes[i] = code[f.codes[i]];
        *out = f;
    } else {
        ms_factor_clear(&f);
    }
    free(code);
    return status;
}

ms_status ms_factor_of_texts(const char *const *texts, size_t n, ms_factor *out, ms_error *err) {
    builder b;
    ms_status status = builder_init(&b, n, err);
    for (size_t i = 0; i < n && status == MS_OK; i++)
        if (texts[i]) status = add_text(&b, i, texts[i], err);
    if (status == MS_OK) status = finish(&b, out, err);
    builder_clear(&b);
    return status;
}

ms_status ms_factor_of_numbers(const double *numbers, size_t n, ms_factor *out, ms_error *err) {
    builder b;
    ms_status status = builder_init(&b, n, err);
    if (status == MS_OK) status = add_numbers(&b, numbers, err);
    if (status == MS_OK) status = finish(&b, out, err);
    builder_clear(&b);
    return status;
}

static ms_status factor_of_number_rows(const ms_table *table, size_t column, const size_t *rows, size_t n,
                                       ms_factor *out, ms_error *err) {
    double *numbers = ms_calloc(n, sizeof *numbers);
    ms_status status = numbers ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++)
        status = ms_table_number(table, rows ? rows[i] : i, column, &numbers[i], err);
    if (status == MS_OK) status = ms_factor_of_numbers(numbers, n, out, err);
    free(numbers);
    return status;
}

ms_status ms_factor_of_rows(const ms_table *table, size_t column, const size_t *rows, size_t n,
                            ms_factor *out, ms_error *err) {
    if (ms_table_is_numeric(table, column)) return factor_of_number_rows(table, column, rows, n, out, err);
    builder b;
    ms_status status = builder_init(&b, n, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        size_t row = rows ? rows[i] : i;
        if (!ms_table_missing(table, row, column))
            status = add_text(&b, i, ms_table_cell(table, row, column), err);
    }
    if (status == MS_OK) status = finish(&b, out, err);
    builder_clear(&b);
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
