/* base/table.c: a table in memory: its cells, and adding to it. */
#include "base/table_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ms_table_chunk {
    ms_table_chunk *next;
    size_t used, size;
    char bytes[];
};

const char *ms_table_keep_text(ms_table *table, const char *text) {
    size_t need = strlen(text) + 1;
    if (need == 1) return "";
    ms_table_chunk *chunk = table->chunks;
    if (!chunk || chunk->size - chunk->used < need) {
        size_t size = need > 65536 ? need : 65536;
        chunk = malloc(sizeof *chunk + size);
        if (!chunk) return NULL;
        *chunk = (ms_table_chunk){table->chunks, 0, size};
        table->chunks = chunk;
    }
    char *copy = chunk->bytes + chunk->used;
    memcpy(copy, text, need);
    chunk->used += need;
    return copy;
}

ms_status ms_table_new(ms_table **table, const char *name, ms_error *err) {
    ms_table *made = ms_calloc(1, sizeof *made);
    if (made) made->name = ms_strdup(name);
    if (!made || !made->name) {
        free(made);
        return ms_error_nomem(err);
    }
    *table = made;
    return MS_OK;
}

static void free_chunks(ms_table_chunk *chunk) {
    while (chunk) {
        ms_table_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

/* The columns' names are kept among the cells' texts: they move to a new chunk. */
bool ms_table_forget_rows(ms_table *table) {
    ms_table_chunk *old = table->chunks;
    bool kept = true;
    table->chunks = NULL;
    for (size_t i = 0; i < table->columns && kept; i++) {
        const char *name = ms_table_keep_text(table, table->column_names[i]);
        kept = name != NULL;
        if (kept) table->column_names[i] = name;
    }
    table->rows = 0;
    if (kept) {
        free_chunks(old);
        return true;
    }
    ms_table_chunk **end = &table->chunks;
    while (*end) end = &(*end)->next;
    *end = old;
    return false;
}

void ms_table_free(ms_table *table) {
    if (!table) return;
    free_chunks(table->chunks);
    for (size_t i = 0; table->stores && i < table->columns; i++) {
        free(table->stores[i].numbers);
        free((void *)table->stores[i].texts);
    }
    free(table->stores);
    free(table->runs);
    free(table->text);
    free(table->lines);
    free(table->cells);
    free(table->column_names);
    free(table->name);
    free(table);
}

const char *ms_table_name(const ms_table *table) {
    return table->name;
}

size_t ms_table_rows(const ms_table *table) {
    return table->rows;
}

size_t ms_table_columns(const ms_table *table) {
    return table->columns;
}

const char *ms_table_column_name(const ms_table *table, size_t column) {
    return table->column_names[column];
}

bool ms_table_find(const ms_table *table, const char *column_name, size_t *column) {
    for (size_t i = 0; i < table->columns; i++) {
        if (strcmp(table->column_names[i], column_name) == 0) {
            *column = i;
            return true;
        }
    }
    return false;
}

ms_status ms_table_require(const ms_table *table, const char *column_name, size_t *column, ms_error *err) {
    if (ms_table_find(table, column_name, column)) return MS_OK;
    ms_buffer list;
    ms_buffer_init(&list);
    for (size_t i = 0; i < table->columns; i++) {
        if (list.length > 600) {
            ms_buffer_append(&list, ", ...");
            break;
        }
        ms_buffer_printf(&list, "%s%s", i ? ", " : "", table->column_names[i]);
    }
    const char *nearest = ms_text_nearest(column_name, table->column_names, table->columns);
    ms_error_set(err, MS_EINPUT, "%s: no column '%s'%s%s%s; the columns are: %s", table->name, column_name,
                 nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "",
                 list.data ? list.data : "");
    ms_buffer_clear(&list);
    return MS_EINPUT;
}

const char *ms_table_cell(const ms_table *table, size_t row, size_t column) {
    if (!table->stores) return table->cells[row * table->stride + column];
    const ms_table_store *store = &table->stores[column];
    if (store->numbers) return ms_table_number_text(table, row, column);
    return store->texts ? store->texts[row] : "";
}

const double *ms_table_number_column(const ms_table *table, size_t column) {
    return table->stores ? table->stores[column].numbers : NULL;
}

bool ms_table_missing(const ms_table *table, size_t row, size_t column) {
    const double *numbers = ms_table_number_column(table, column);
    if (numbers) return isnan(numbers[row]);
    return ms_text_is_missing(ms_table_cell(table, row, column));
}

size_t ms_table_line(const ms_table *table, size_t row) {
    if (!table->stores) return table->lines[row];
    size_t low = 0, high = table->n_runs;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(table->runs[middle].row <= row ? &low : &high) = middle;
    }
    return table->runs[low].line + (row - table->runs[low].row);
}

ms_status ms_table_number(const ms_table *table, size_t row, size_t column, double *value, ms_error *err) {
    const double *numbers = ms_table_number_column(table, column);
    if (numbers) {
        *value = numbers[row];
        return MS_OK;
    }
    const char *text = ms_table_cell(table, row, column);
    if (ms_text_is_missing(text)) {
        *value = NAN;
        return MS_OK;
    }
    if (ms_parse_number(text, value)) return MS_OK;
    char place[48];
    size_t line = ms_table_line(table, row);
    (void)ms_text_format(place, sizeof place, line ? "%zu" : "row %zu", line ? line : row + 1);
    return ms_error_set(err, MS_EINPUT,
                        "%s:%s: column '%s': '%.80s' is not a number (missing is an empty cell or NA)",
                        table->name, place, table->column_names[column], text);
}

ms_status ms_table_numbers(const ms_table *table, size_t column, double *values, ms_error *err) {
    const double *numbers = ms_table_number_column(table, column);
    if (numbers) {
        memcpy(values, numbers, table->rows * sizeof *values);
        return MS_OK;
    }
    /* A first pass that only checks, so that `values` is untouched on failure. */
    double value;
    for (size_t row = 0; row < table->rows; row++) {
        ms_status status = ms_table_number(table, row, column, &value, err);
        if (status != MS_OK) return status;
    }
    for (size_t row = 0; row < table->rows; row++) {
        if (ms_table_number(table, row, column, &values[row], NULL) != MS_OK) values[row] = NAN;
    }
    return MS_OK;
}

bool ms_table_is_numeric(const ms_table *table, size_t column) {
    bool any = false;
    for (size_t row = 0; row < table->rows; row++) {
        double value;
        if (ms_table_missing(table, row, column)) continue;
        if (ms_table_number_column(table, column)) return true;
        if (!ms_parse_number(ms_table_cell(table, row, column), &value)) return false;
        any = true;
    }
    return any;
}

bool ms_table_reserve_row(ms_table *table) {
    if (table->rows < table->row_capacity) return true;
    size_t capacity = table->row_capacity ? table->row_capacity + table->row_capacity / 2 : 16;
    size_t stride = table->stride ? table->stride : 1;
    if (capacity > SIZE_MAX / sizeof *table->cells / stride) return false;
    const char **cells = ms_realloc((void *)table->cells, capacity * stride, sizeof *cells);
    if (!cells) return false;
    table->cells = cells;
    size_t *lines = ms_realloc(table->lines, capacity, sizeof *lines);
    if (!lines) return false;
    table->lines = lines;
    table->row_capacity = capacity;
    return true;
}

/* Room for one more column: a wider stride, the rows moved apart from the last to the first. */
static bool reserve_column(ms_table *table) {
    if (table->columns < table->stride) return true;
    size_t stride = table->stride ? table->stride * 2 : 8;
    const char **names = ms_realloc((void *)table->column_names, stride, sizeof *names);
    if (!names) return false;
    table->column_names = names;
    if (table->row_capacity > 0) {
        if (table->row_capacity > SIZE_MAX / sizeof *table->cells / stride) return false;
        const char **cells = ms_realloc((void *)table->cells, table->row_capacity * stride, sizeof *cells);
        if (!cells) return false;
        table->cells = cells;
        for (size_t row = table->rows; row-- > 0;) {
            memmove((void *)(cells + row * stride), (const void *)(cells + row * table->stride),
                    table->columns * sizeof *cells);
        }
    }
    table->stride = stride;
    return true;
}

ms_status ms_table_read_only(const ms_table *table, ms_error *err) {
    return ms_error_set(err, MS_EUSAGE, "%s: a table read by columns cannot be changed", table->name);
}

ms_status ms_table_add_column(ms_table *table, const char *column_name, size_t *column, ms_error *err) {
    size_t there;
    if (table->stores) return ms_table_read_only(table, err);
    if (column_name[0] == '\0')
        return ms_error_set(err, MS_EINPUT, "%s: a column without a name", table->name);
    if (ms_table_find(table, column_name, &there)) {
        return ms_error_set(err, MS_EINPUT, "%s: there is a column '%s' already", table->name, column_name);
    }
    const char *name = ms_table_keep_text(table, column_name);
    if (!name || !reserve_column(table)) return ms_error_nomem(err);
    table->column_names[table->columns] = name;
    for (size_t row = 0; row < table->rows; row++) table->cells[row * table->stride + table->columns] = "";
    if (column) *column = table->columns;
    table->columns++;
    return MS_OK;
}

ms_status ms_table_add_row(ms_table *table, size_t *row, ms_error *err) {
    if (table->stores) return ms_table_read_only(table, err);
    if (!ms_table_reserve_row(table)) return ms_error_nomem(err);
    const char **cells = table->cells + table->rows * table->stride;
    for (size_t i = 0; i < table->columns; i++) cells[i] = "";
    table->lines[table->rows] = 0;
    if (row) *row = table->rows;
    table->rows++;
    return MS_OK;
}

ms_status ms_table_set(ms_table *table, size_t row, size_t column, const char *text, ms_error *err) {
    if (table->stores) return ms_table_read_only(table, err);
    const char *kept = ms_table_keep_text(table, text);
    if (!kept) return ms_error_nomem(err);
    table->cells[row * table->stride + column] = kept;
    return MS_OK;
}

ms_status ms_table_set_number(ms_table *table, size_t row, size_t column, double value, ms_error *err) {
    char text[32] = "";
    if (!isnan(value)) ms_format_number(text, value);
    return ms_table_set(table, row, column, text, err);
}
