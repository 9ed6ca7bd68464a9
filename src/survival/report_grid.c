/* Text in aligned columns, and what the reports of this room share. */
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_grid_init(ms_grid *grid, size_t columns) {
    *grid = (ms_grid){.columns = columns};
}

void ms_grid_clear(ms_grid *grid) {
    for (size_t i = 0; i < grid->n; i++) free(grid->cells[i]);
    MS_FREE(grid->cells);
    grid->n = grid->capacity = 0;
}

void ms_grid_add(ms_grid *grid, const char *text) {
    if (grid->failed) return;
    if (grid->n == grid->capacity) {
        size_t capacity = grid->capacity ? 2 * grid->capacity : 64;
        char **cells = ms_realloc(grid->cells, capacity, sizeof *cells);
        if (!cells) {
            grid->failed = true;
            return;
        }
        grid->cells = cells;
        grid->capacity = capacity;
    }
    char *copy = ms_strdup(text);
    if (!copy)
        grid->failed = true;
    else
        grid->cells[grid->n++] = copy;
}

void ms_grid_number(ms_grid *grid, double value, int digits) {
    char text[48];
    if (isnan(value))
        ms_grid_add(grid, "NA");
    else if (ms_text_format(text, sizeof text, "%.*g", digits, value))
        ms_grid_add(grid, text);
    else
        grid->failed = true;
}

void ms_format_p(char text[32], double p) {
    if (isnan(p))
        (void)ms_text_format(text, 32, "NA");
    else if (p < 2e-16)
        (void)ms_text_format(text, 32, "<2e-16");
    else
        (void)ms_text_format(text, 32, "%.3g", p);
}

void ms_grid_p(ms_grid *grid, double p) {
    char text[32];
    ms_format_p(text, p);
    ms_grid_add(grid, text);
}

/* Characters, not bytes, of UTF-8 text. */
static size_t width_of(const char *text) {
    size_t width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static size_t column_width(const ms_grid *grid, size_t column) {
    size_t widest = 0;
    for (size_t i = column; i < grid->n; i += grid->columns) {
        size_t width = width_of(grid->cells[i]);
        if (width > widest) widest = width;
    }
    return widest;
}

void ms_grid_print(const ms_grid *grid, ms_buffer *out) {
    size_t widths[32];
    if (grid->columns > MS_COUNT(widths)) return;
    for (size_t c = 0; c < grid->columns; c++) widths[c] = column_width(grid, c);
    for (size_t i = 0; i < grid->n; i++) {
        size_t c = i % grid->columns;
        int pad = (int)(widths[c] - width_of(grid->cells[i]));
        if (c == 0)
            ms_buffer_printf(out, "%s%*s", grid->cells[i], pad, "");
        else
            ms_buffer_printf(out, "  %*s%s", pad, "", grid->cells[i]);
        if (c + 1 == grid->columns) ms_buffer_append(out, "\n");
    }
}

ms_status ms_report_take(ms_buffer *buffer, bool failed, char **text, ms_error *err) {
    if (failed || ms_buffer_failed(buffer) || !buffer->data) {
        ms_buffer_clear(buffer);
        return ms_error_nomem(err);
    }
    *text = buffer->data;
    ms_buffer_init(buffer);
    return MS_OK;
}

ms_status ms_report_json(cJSON *root, ms_status status, char **text, ms_error *err) {
    ms_buffer buffer;
    ms_buffer_init(&buffer);
    if (!status) status = ms_json_print(root, &buffer, err);
    ms_buffer_append(&buffer, "\n");
    cJSON_Delete(root);
    if (!status) return ms_report_take(&buffer, false, text, err);
    ms_buffer_clear(&buffer);
    return status;
}

ms_status ms_report_add_test(cJSON *object, const char *key, double chisq, double df, double p,
                             ms_error *err) {
    cJSON *child = NULL;
    ms_status status = ms_json_add_object(object, key, &child, err);
    if (status || (status = ms_json_add_number(child, "chisq", chisq, err)) ||
        (status = ms_json_add_number(child, "df", df, err)))
        return status;
    return ms_json_add_number(child, "p", p, err);
}

void ms_report_rows(ms_buffer *out, size_t n, size_t n_dropped) {
    ms_buffer_printf(out, "n= %zu", n);
    if (n_dropped)
        ms_buffer_printf(out, " (%zu row%s with missing values left out)", n_dropped,
                         n_dropped == 1 ? "" : "s");
}
