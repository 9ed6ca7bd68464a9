/* Two tables, rows matched by their key. */
#include "study/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KEYS = 16 };

/* The columns that name a row, by their places in both tables. */
typedef struct key_columns {
    size_t n, a[MAX_KEYS], b[MAX_KEYS];
} key_columns;

/* One row's key, and which of the rows with this key it is. */
typedef struct row_key {
    char *text;
    size_t row, nth;
} row_key;

static int compare_keys(const void *x, const void *y) {
    const row_key *a = x, *b = y;
    const int order = strcmp(a->text, b->text);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

static void free_keys(row_key *keys, size_t n) {
    for (size_t i = 0; keys && i < n; i++) free(keys[i].text);
    free(keys);
}

/* "A/B" of the key's cells; of a table without a key "row N". */
static char *key_text(const ms_table *table, size_t row, const size_t *columns, size_t n) {
    ms_buffer text;
    ms_buffer_init(&text);
    if (n == 0) ms_buffer_append(&text, "row");
    for (size_t k = 0; k < n; k++) {
        if (k > 0) ms_buffer_append(&text, "/");
        ms_buffer_append(&text, ms_table_cell(table, row, columns[k]));
    }
    if (ms_buffer_failed(&text)) {
        ms_buffer_clear(&text);
        return NULL;
    }
    return text.data ? text.data : ms_strdup("");
}

/* Sorted by key; *unique is whether no two rows share one. */
static ms_status sorted_keys(const ms_table *table, const size_t *columns, size_t n_columns, row_key **out,
                             bool *unique, ms_error *err) {
    const size_t n = ms_table_rows(table);
    row_key *keys = ms_calloc(n, sizeof *keys);
    if (!keys) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        keys[i] = (row_key){.text = key_text(table, i, columns, n_columns), .row = i};
        if (!keys[i].text) {
            free_keys(keys, n);
            return ms_error_nomem(err);
        }
    }
    qsort(keys, n, sizeof *keys, compare_keys);
    *unique = true;
    for (size_t i = 1; i < n; i++) {
        if (strcmp(keys[i].text, keys[i - 1].text) != 0) continue;
        keys[i].nth = keys[i - 1].nth + 1;
        *unique = false;
    }
    *out = keys;
    return MS_OK;
}

static ms_status is_unique(const ms_table *a, const ms_table *b, const key_columns *key, bool *unique,
                           ms_error *err) {
    row_key *keys = NULL;
    bool in_a = false, in_b = false;
    ms_status status = sorted_keys(a, key->a, key->n, &keys, &in_a, err);
    if (status == MS_OK) free_keys(keys, ms_table_rows(a));
    if (status == MS_OK) status = sorted_keys(b, key->b, key->n, &keys, &in_b, err);
    if (status == MS_OK) free_keys(keys, ms_table_rows(b));
    *unique = in_a && in_b;
    return status;
}

static ms_status add_key(const ms_table *a, const ms_table *b, const char *name, key_columns *key,
                         ms_error *err) {
    if (key->n == MAX_KEYS) return ms_error_set(err, MS_EUSAGE, "at most %d key columns", MAX_KEYS);
    ms_status status = ms_table_require(a, name, &key->a[key->n], err);
    if (status == MS_OK) status = ms_table_require(b, name, &key->b[key->n], err);
    if (status == MS_OK) key->n++;
    return status;
}

static ms_status keys_given(const ms_table *a, const ms_table *b, const char *list, key_columns *key,
                            ms_error *err) {
    ms_status status = MS_OK;
    while (status == MS_OK && *list) {
        char name[256];
        const size_t length = strcspn(list, ",");
        if (!ms_text_format(name, sizeof name, "%.*s", (int)length, list))
            return ms_error_set(err, MS_EUSAGE, "a key column's name is too long");
        status = add_key(a, b, name, key, err);
        list += length + (list[length] == ',');
    }
    return status;
}

/* Text that is there in both: what may tell rows apart. */
static bool holds_text(const ms_table *a, const ms_table *b, size_t column, const char *name) {
    size_t other;
    if (!ms_table_find(b, name, &other)) return false;
    if (ms_table_is_numeric(a, column) || ms_table_is_numeric(b, other)) return false;
    for (size_t i = 0; i < ms_table_rows(a); i++) {
        if (!ms_table_missing(a, i, column)) return true;
    }
    return false;
}

static ms_status choose_keys(ms_diff_work *work, const ms_table *a, const ms_table *b, key_columns *out) {
    key_columns key = {0}, first;
    size_t column;
    bool unique = false;
    ms_status status = MS_OK;
    if (work->options->key && work->file[0] == '\0') {
        *out = key;
        return keys_given(a, b, work->options->key, out, work->err);
    }
    if (ms_table_find(a, "case_id", &column) && ms_table_find(b, "case_id", &column))
        status = add_key(a, b, "case_id", &key, work->err);
    first = key;
    if (status == MS_OK && key.n > 0) status = is_unique(a, b, &key, &unique, work->err);
    for (size_t c = 0; c < ms_table_columns(a) && status == MS_OK && !unique && key.n < MAX_KEYS; c++) {
        const char *name = ms_table_column_name(a, c);
        if (strcmp(name, "case_id") == 0 || !holds_text(a, b, c, name)) continue;
        status = add_key(a, b, name, &key, work->err);
        if (status == MS_OK) status = is_unique(a, b, &key, &unique, work->err);
    }
    *out = unique ? key : first;
    return status;
}

static int compare_nth(const void *x, const void *y) {
    const row_key *a = x, *b = y;
    const int order = strcmp(a->text, b->text);
    return order ? order : (a->nth > b->nth) - (a->nth < b->nth);
}

static int compare_rows(const void *x, const void *y) {
    const row_key *a = x, *b = y;
    return (a->row > b->row) - (a->row < b->row);
}

static ms_status compare_row(ms_diff_work *work, const ms_table *a, size_t row_a, const ms_table *b,
                             size_t row_b, const char *label) {
    ms_status status = MS_OK;
    for (size_t c = 0; c < ms_table_columns(a) && status == MS_OK; c++) {
        size_t other;
        const char *name = ms_table_column_name(a, c);
        if (ms_diff_ignored(work, name) || !ms_table_find(b, name, &other)) continue;
        status = ms_diff_texts(work, label, name, ms_table_cell(a, row_a, c), ms_table_cell(b, row_b, other));
    }
    return status;
}

static ms_status compare_columns(ms_diff_work *work, const ms_table *a, const ms_table *b) {
    size_t other;
    ms_status status = MS_OK;
    for (size_t c = 0; c < ms_table_columns(a) && status == MS_OK; c++) {
        const char *name = ms_table_column_name(a, c);
        if (!ms_diff_ignored(work, name) && !ms_table_find(b, name, &other))
            status = ms_diff_add(work, "", name, "(a column)", "(no such column)", NAN, NAN);
    }
    for (size_t c = 0; c < ms_table_columns(b) && status == MS_OK; c++) {
        const char *name = ms_table_column_name(b, c);
        if (!ms_diff_ignored(work, name) && !ms_table_find(a, name, &other))
            status = ms_diff_add(work, "", name, "(no such column)", "(a column)", NAN, NAN);
    }
    return status;
}

/* Rows of A in A's order, each beside its row of B; then the rows that only B has. */
static ms_status compare_matched(ms_diff_work *work, const ms_table *a, row_key *keys_a, const ms_table *b,
                                 row_key *keys_b, bool has_key) {
    const size_t n_a = ms_table_rows(a), n_b = ms_table_rows(b);
    bool *taken = ms_calloc(n_b, sizeof *taken);
    if (!taken) return ms_error_nomem(work->err);
    ms_status status = MS_OK;
    qsort(keys_a, n_a, sizeof *keys_a, compare_rows);
    for (size_t i = 0; i < n_a && status == MS_OK; i++) {
        char number[48];
        (void)ms_text_format(number, sizeof number, "row %zu", keys_a[i].row + 1);
        const char *label = has_key ? keys_a[i].text : number;
        const row_key *found = bsearch(&keys_a[i], keys_b, n_b, sizeof *keys_b, compare_nth);
        if (!found) {
            status = ms_diff_add(work, label, "", "(a row)", "(no such row)", NAN, NAN);
            continue;
        }
        taken[found->row] = true;
        status = compare_row(work, a, keys_a[i].row, b, found->row, label);
    }
    qsort(keys_b, n_b, sizeof *keys_b, compare_rows);
    for (size_t i = 0; i < n_b && status == MS_OK; i++) {
        char number[48];
        (void)ms_text_format(number, sizeof number, "row %zu", i + 1);
        if (!taken[i])
            status = ms_diff_add(work, has_key ? keys_b[i].text : number, "", "(no such row)", "(a row)", NAN,
                                 NAN);
    }
    free(taken);
    return status;
}

ms_status ms_diff_tables(ms_diff_work *work, const char *path_a, const char *path_b) {
    ms_table *a = NULL, *b = NULL;
    row_key *keys_a = NULL, *keys_b = NULL;
    key_columns key = {0};
    bool unique;
    ms_status status = ms_table_read(&a, path_a, work->err);
    if (status == MS_OK) status = ms_table_read(&b, path_b, work->err);
    if (status == MS_OK) status = choose_keys(work, a, b, &key);
    if (status == MS_OK) status = compare_columns(work, a, b);
    if (status == MS_OK) status = sorted_keys(a, key.a, key.n, &keys_a, &unique, work->err);
    if (status == MS_OK) status = sorted_keys(b, key.b, key.n, &keys_b, &unique, work->err);
    if (status == MS_OK) status = compare_matched(work, a, keys_a, b, keys_b, key.n > 0);
    free_keys(keys_a, a ? ms_table_rows(a) : 0);
    free_keys(keys_b, b ? ms_table_rows(b) : 0);
    ms_table_free(a);
    ms_table_free(b);
    return status;
}
