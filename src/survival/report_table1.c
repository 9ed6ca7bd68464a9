/* The patients' table as cells, text and JSON. */
#include "myosurv/survival_table1.h"
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Digits that a summary of values of this spread needs: three significant ones of the SD. */
static int decimals(double spread) {
    if (!(spread > 0)) return 2;
    int digits = 2 - (int)floor(log10(spread));
    return digits < 0 ? 0 : digits > 6 ? 6 : digits;
}

static void number_cell(const ms_table1_row *row, size_t at, char *text, size_t size) {
    int d = decimals(row->sd[0]);
    if (row->n[at] == 0)
        (void)ms_text_format(text, size, "NA");
    else if (row->kind == MS_TABLE1_MEDIAN)
        (void)ms_text_format(text, size, "%.*f [%.*f, %.*f]", d, row->median[at], d, row->lower_quartile[at],
                             d, row->upper_quartile[at]);
    else if (isnan(row->sd[at]))
        (void)ms_text_format(text, size, "%.*f (NA)", d, row->mean[at]);
    else
        (void)ms_text_format(text, size, "%.*f (%.*f)", d, row->mean[at], d, row->sd[at]);
}

static void count_cell(const ms_table1_row *row, size_t level, size_t width, size_t at, char *text,
                       size_t size) {
    double count = row->counts[level * width + at], n = row->n[at];
    (void)ms_text_format(text, size, n > 0 ? "%.0f (%.1f)" : "%.0f (NA)", count, 100 * count / n);
}

static void p_cell(double p, char *text, size_t size) {
    if (isnan(p))
        text[0] = '\0';
    else
        (void)ms_text_format(text, size, p < 0.001 ? "<0.001" : "%.3f", p);
}

static const char *test_name(const ms_table1_row *row, size_t n_groups) {
    if (isnan(row->p)) return "";
    switch (row->kind) {
    case MS_TABLE1_MEAN:
        return n_groups == 2 ? "t test" : "analysis of variance";
    case MS_TABLE1_MEDIAN:
        return "Kruskal-Wallis";
    case MS_TABLE1_COUNT:
        return "chi-squared";
    default:
        return "Fisher";
    }
}

/* Adds a line of cells to the table; cells[width] are the groups', p, SMD and missing only where they hold.
 */
typedef struct writer {
    ms_table *table;
    size_t width; /* columns of counts or summaries */
    size_t row;
    ms_status status;
    ms_error *err;
} writer;

static void put(writer *w, size_t column, const char *text) {
    if (!w->status) w->status = ms_table_set(w->table, w->row, column, text, w->err);
}

static void new_line(writer *w, const char *name) {
    if (!w->status) w->status = ms_table_add_row(w->table, &w->row, w->err);
    put(w, 0, name);
}

static void put_tail(writer *w, const ms_table1 *t, const ms_table1_row *row) {
    char text[64];
    size_t at = w->width + 1;
    if (t->n_groups > 1) {
        p_cell(row->p, text, sizeof text);
        put(w, at++, text);
        put(w, at++, test_name(row, t->n_groups));
        if (!isnan(row->smd) && ms_text_format(text, sizeof text, "%.3f", row->smd)) put(w, at, text);
        at++;
    }
    if (ms_text_format(text, sizeof text, "%.0f", row->missing[0])) put(w, at, text);
}

static void put_numbers(writer *w, const ms_table1 *t, const ms_table1_row *row) {
    char text[256];
    (void)ms_text_format(text, sizeof text,
                         row->kind == MS_TABLE1_MEAN ? "%.200s, mean (SD)" : "%.200s, median [quartiles]",
                         row->name);
    new_line(w, text);
    for (size_t at = 0; at < w->width; at++) {
        number_cell(row, at, text, sizeof text);
        put(w, at + 1, text);
    }
    put_tail(w, t, row);
}

/* Two levels take one line, of the second; more a heading and one each. */
static void put_levels(writer *w, const ms_table1 *t, const ms_table1_row *row) {
    char text[256];
    size_t width = t->n_groups + 1;
    bool two = row->n_levels == 2;
    if (!two) {
        (void)ms_text_format(text, sizeof text, "%.200s, n (%%)", row->name);
        new_line(w, text);
        put_tail(w, t, row);
    }
    for (size_t l = two ? 1 : 0; l < row->n_levels; l++) {
        if (two)
            (void)ms_text_format(text, sizeof text, "%.100s = %.100s, n (%%)", row->name, row->levels[l]);
        else
            (void)ms_text_format(text, sizeof text, "  %.200s", row->levels[l]);
        new_line(w, text);
        for (size_t at = 0; at < w->width; at++) {
            count_cell(row, l, width, at, text, sizeof text);
            put(w, at + 1, text);
        }
        if (two) put_tail(w, t, row);
    }
}

static ms_status add_columns(const ms_table1 *t, ms_table *table, ms_error *err) {
    static const char *const tail[] = {"p", "test", "smd"};
    char text[256];
    size_t column;
    ms_status status = ms_table_add_column(table, "characteristic", &column, err);
    if (!status) status = ms_table_add_column(table, "overall", &column, err);
    for (size_t g = 0; g < t->n_groups && !status; g++) {
        (void)ms_text_format(text, sizeof text, "%.100s=%.100s", t->group_column, t->groups[g]);
        status = ms_table_add_column(table, text, &column, err);
    }
    for (size_t i = 0; i < MS_COUNT(tail) && t->n_groups > 1 && !status; i++)
        status = ms_table_add_column(table, tail[i], &column, err);
    return status ? status : ms_table_add_column(table, "missing", &column, err);
}

ms_status ms_table1_table(const ms_table1 *t, ms_table **out, ms_error *err) {
    writer w = {.width = t->n_groups + 1, .err = err};
    char text[64];
    ms_status status = ms_table_new(&w.table, "table 1", err);
    if (!status) status = add_columns(t, w.table, err);
    w.status = status;
    new_line(&w, "n");
    for (size_t at = 0; at < w.width; at++)
        if (ms_text_format(text, sizeof text, "%.0f", t->n[at])) put(&w, at + 1, text);
    for (size_t i = 0; i < t->n_rows && !w.status; i++) {
        if (t->rows[i].n_levels || !t->rows[i].mean)
            put_levels(&w, t, &t->rows[i]);
        else
            put_numbers(&w, t, &t->rows[i]);
    }
    if (w.status)
        ms_table_free(w.table);
    else
        *out = w.table;
    return w.status;
}

ms_status ms_table1_text(const ms_table1 *t, char **text, ms_error *err) {
    ms_table *table = NULL;
    ms_grid grid;
    ms_buffer out;
    ms_status status = ms_table1_table(t, &table, err);
    if (status) return status;
    size_t columns = ms_table_columns(table), rows = ms_table_rows(table);
    ms_grid_init(&grid, columns);
    ms_buffer_init(&out);
    for (size_t j = 0; j < columns; j++) ms_grid_add(&grid, j ? ms_table_column_name(table, j) : "");
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) ms_grid_add(&grid, ms_table_cell(table, i, j));
    ms_grid_print(&grid, &out);
    if (t->n_dropped) ms_buffer_printf(&out, "%zu rows without a group are left out\n", t->n_dropped);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    ms_table_free(table);
    return ms_report_take(&out, failed, text, err);
}

static ms_status level_json(cJSON *list, const ms_table1_row *row, size_t level, size_t width,
                            ms_error *err) {
    cJSON *o = cJSON_CreateObject();
    if (!o || !cJSON_AddItemToArray(list, o)) {
        cJSON_Delete(o);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(o, "name", row->levels[level], err);
    return status ? status : ms_json_add_numbers(o, "count", row->counts + level * width, width, err);
}

static ms_status row_json(cJSON *list, const ms_table1 *t, const ms_table1_row *row, ms_error *err) {
    const struct {
        const char *key;
        const double *values;
    } arrays[] = {{"n", row->n},
                  {"missing", row->missing},
                  {"mean", row->mean},
                  {"sd", row->sd},
                  {"median", row->median},
                  {"lower_quartile", row->lower_quartile},
                  {"upper_quartile", row->upper_quartile},
                  {"min", row->min},
                  {"max", row->max}};
    cJSON *o = cJSON_CreateObject(), *levels = NULL;
    if (!o || !cJSON_AddItemToArray(list, o)) {
        cJSON_Delete(o);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(o, "name", row->name, err);
    for (size_t i = 0; i < MS_COUNT(arrays) && !status; i++)
        if (arrays[i].values)
            status = ms_json_add_numbers(o, arrays[i].key, arrays[i].values, t->n_groups + 1, err);
    if (status || (status = ms_json_add_text(o, "test", test_name(row, t->n_groups), err)) ||
        (status = ms_json_add_number(o, "p", row->p, err)) ||
        (status = ms_json_add_number(o, "smd", row->smd, err)))
        return status;
    if (row->mean) return MS_OK;
    status = ms_json_add_array(o, "levels", &levels, err);
    for (size_t l = 0; l < row->n_levels && !status; l++)
        status = level_json(levels, row, l, t->n_groups + 1, err);
    return status;
}

static ms_status build(cJSON *root, const ms_table1 *t, ms_error *err) {
    cJSON *groups = cJSON_CreateStringArray((const char *const *)t->groups, (int)t->n_groups), *rows = NULL;
    if (!groups || !cJSON_AddItemToObject(root, "groups", groups)) {
        cJSON_Delete(groups);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(root, "group", t->group_column ? t->group_column : "", err);
    if (status || (status = ms_json_add_numbers(root, "n", t->n, t->n_groups + 1, err)) ||
        (status = ms_json_add_number(root, "n_dropped", (double)t->n_dropped, err)) ||
        (status = ms_json_add_array(root, "rows", &rows, err)))
        return status;
    for (size_t i = 0; i < t->n_rows && !status; i++) status = row_json(rows, t, &t->rows[i], err);
    return status;
}

ms_status ms_table1_json(const ms_table1 *table1, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    return ms_report_json(root, build(root, table1, err), text, err);
}
