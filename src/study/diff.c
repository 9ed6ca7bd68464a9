/* Two results beside each other: values, and which kind of file a path is. */
#include "study/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_diff_options_default(ms_diff_options *options) {
    *options = (ms_diff_options){.dice = 1};
}

bool ms_diff_ignored(const ms_diff_work *work, const char *name) {
    for (size_t i = 0; i < work->options->n_ignore; i++) {
        if (strcmp(work->options->ignore[i], name) == 0) return true;
    }
    return false;
}

static void clear_item(ms_diff_item *item) {
    free(item->file);
    free(item->row);
    free(item->column);
    free(item->a);
    free(item->b);
}

ms_status ms_diff_add(ms_diff_work *work, const char *row, const char *column, const char *a, const char *b,
                      double difference, double relative) {
    ms_diff_result *result = work->result;
    if (result->n == work->capacity) {
        const size_t more = work->capacity ? 2 * work->capacity : 64;
        ms_diff_item *items = ms_realloc(result->items, more, sizeof *items);
        if (!items) return ms_error_nomem(work->err);
        result->items = items;
        work->capacity = more;
    }
    ms_diff_item item = {
        .file = ms_strdup(work->file),
        .row = ms_strdup(row),
        .column = ms_strdup(column),
        .a = ms_strdup(a),
        .b = ms_strdup(b),
        .difference = difference,
        .relative = relative,
    };
    if (!item.file || !item.row || !item.column || !item.a || !item.b) {
        clear_item(&item);
        return ms_error_nomem(work->err);
    }
    result->items[result->n++] = item;
    return MS_OK;
}

static double larger(double so_far, double value) {
    return isnan(so_far) || value > so_far ? value : so_far;
}

ms_status ms_diff_numbers(ms_diff_work *work, const char *row, const char *column, double a, double b) {
    const ms_diff_options *options = work->options;
    const double size = fmax(fabs(a), fabs(b));
    work->result->n_values++;
    if (a == b || (isnan(a) && isnan(b))) return MS_OK;
    const double difference = isfinite(a) && isfinite(b) ? fabs(a - b) : (double)NAN;
    const double relative = difference / size;
    if (!isnan(difference)) {
        work->result->largest_difference = larger(work->result->largest_difference, difference);
        work->result->largest_relative = larger(work->result->largest_relative, relative);
        if (difference <= options->atol + options->rtol * size) return MS_OK;
    }
    char text_a[32], text_b[32];
    ms_format_number(text_a, a);
    ms_format_number(text_b, b);
    return ms_diff_add(work, row, column, text_a, text_b, difference, relative);
}

ms_status ms_diff_texts(ms_diff_work *work, const char *row, const char *column, const char *a,
                        const char *b) {
    double x, y;
    const bool no_a = ms_text_is_missing(a), no_b = ms_text_is_missing(b);
    if (!no_a && !no_b && ms_parse_number(a, &x) && ms_parse_number(b, &y))
        return ms_diff_numbers(work, row, column, x, y);
    work->result->n_values++;
    if ((no_a && no_b) || strcmp(a, b) == 0) return MS_OK;
    return ms_diff_add(work, row, column, no_a ? MS_DIFF_MISSING : a, no_b ? MS_DIFF_MISSING : b, NAN, NAN);
}

ms_status ms_diff_bytes(ms_diff_work *work, const char *a, const char *b) {
    char hash_a[65], hash_b[65];
    ms_status status = ms_hash_file(a, hash_a, work->err);
    if (status == MS_OK) status = ms_hash_file(b, hash_b, work->err);
    if (status != MS_OK) return status;
    work->result->n_values++;
    return strcmp(hash_a, hash_b) == 0 ? MS_OK : ms_diff_add(work, "", "sha256", hash_a, hash_b, NAN, NAN);
}

ms_diff_kind ms_diff_kind_of(const char *path, ms_diff_kind otherwise) {
    static const struct {
        const char *ending;
        ms_diff_kind kind;
    } known[] = {{".csv", MS_DIFF_TABLE},   {".json", MS_DIFF_JSON}, {".nii", MS_DIFF_MASK},
                 {".nii.gz", MS_DIFF_MASK}, {".nrrd", MS_DIFF_MASK}, {".mha", MS_DIFF_MASK},
                 {".mhd", MS_DIFF_MASK}};
    if (ms_path_is_dir(path)) return MS_DIFF_FOLDER;
    for (size_t i = 0; i < MS_COUNT(known); i++) {
        if (ms_text_ends_with(path, known[i].ending)) return known[i].kind;
    }
    return otherwise;
}

ms_status ms_diff_files(ms_diff_work *work, const char *a, const char *b, ms_diff_kind kind) {
    static ms_status (*const compare[])(ms_diff_work *, const char *, const char *) = {
        ms_diff_tables, ms_diff_json, ms_diff_masks, ms_diff_folders, ms_diff_bytes};
    return compare[kind](work, a, b);
}

ms_status ms_diff(const char *a, const char *b, const ms_diff_options *options, ms_diff_result *out,
                  ms_error *err) {
    static const char *const words[] = {"a table", "JSON", "a mask", "a folder", "a table"};
    ms_diff_result result = {.largest_difference = NAN, .largest_relative = NAN, .least_dice = NAN};
    ms_diff_work work = {.options = options, .result = &result, .file = "", .err = err};
    if (!(options->rtol >= 0) || !(options->atol >= 0) || !(options->dice >= 0 && options->dice <= 1))
        return ms_error_set(err, MS_EUSAGE,
                            "tolerances must be 0 or more, and the least Dice coefficient from 0 to 1");
    /* What its name does not tell is taken for what the other is, and for a table where neither tells. */
    const ms_diff_kind kind_a = ms_diff_kind_of(a, ms_diff_kind_of(b, MS_DIFF_TABLE));
    const ms_diff_kind kind_b = ms_diff_kind_of(b, kind_a);
    if (kind_a != kind_b)
        return ms_error_set(err, MS_EINPUT, "%s is %s and %s is %s: give two of a kind", a, words[kind_a], b,
                            words[kind_b]);
    const ms_status status = ms_diff_files(&work, a, b, kind_a);
    if (status == MS_OK) {
        *out = result;
    } else {
        ms_diff_result_clear(&result);
    }
    return status;
}

void ms_diff_result_clear(ms_diff_result *result) {
    for (size_t i = 0; i < result->n; i++) clear_item(&result->items[i]);
    free(result->items);
    *result = (ms_diff_result){0};
}
