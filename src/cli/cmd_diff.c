#include "cli/commands.h"

#include "myosurv/study_diff.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

static ms_status add_difference(cJSON *list, const ms_diff_item *item, ms_error *err) {
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(list, object)) {
        cJSON_Delete(object);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(object, "file", item->file, err);
    if (status == MS_OK) status = ms_json_add_text(object, "row", item->row, err);
    if (status == MS_OK) status = ms_json_add_text(object, "column", item->column, err);
    if (status == MS_OK) status = ms_json_add_text(object, "a", item->a, err);
    if (status == MS_OK) status = ms_json_add_text(object, "b", item->b, err);
    if (status == MS_OK) status = ms_json_add_number(object, "difference", item->difference, err);
    if (status == MS_OK) status = ms_json_add_number(object, "relative", item->relative, err);
    return status;
}

static ms_status print_json(const ms_diff_result *result, const ms_diff_options *options, ms_error *err) {
    cJSON *root = cJSON_CreateObject(), *list = NULL;
    if (!root) return ms_error_nomem(err);
    ms_status status = ms_json_add_bool(root, "alike", result->n == 0, err);
    if (status == MS_OK) status = ms_json_add_number(root, "files", (double)result->n_files, err);
    if (status == MS_OK) status = ms_json_add_number(root, "values", (double)result->n_values, err);
    if (status == MS_OK) status = ms_json_add_number(root, "rtol", options->rtol, err);
    if (status == MS_OK) status = ms_json_add_number(root, "atol", options->atol, err);
    if (status == MS_OK) status = ms_json_add_number(root, "dice", options->dice, err);
    if (status == MS_OK)
        status = ms_json_add_number(root, "largest_difference", result->largest_difference, err);
    if (status == MS_OK) status = ms_json_add_number(root, "largest_relative", result->largest_relative, err);
    if (status == MS_OK) status = ms_json_add_number(root, "least_dice", result->least_dice, err);
    if (status == MS_OK) status = ms_json_add_array(root, "differences", &list, err);
    for (size_t i = 0; i < result->n && status == MS_OK; i++)
        status = add_difference(list, &result->items[i], err);
    if (status == MS_OK) status = ms_json_write(root, "-", err);
    cJSON_Delete(root);
    return status;
}

static void print_difference(const ms_diff_item *item) {
    const char *const words[] = {item->file, item->row, item->column};
    for (size_t i = 0; i < MS_COUNT(words); i++)
        if (words[i][0] != '\0') printf("%s\t", words[i]);
    printf("%s\t%s", item->a, item->b);
    if (!isnan(item->difference)) printf("\tdifference %.6g", item->difference);
    if (!isnan(item->relative)) printf(" (relative %.3g)", item->relative);
    putchar('\n');
}

static void print_text(const ms_diff_result *result, size_t most) {
    const size_t shown = most > 0 && result->n > most ? most : result->n;
    for (size_t i = 0; i < shown; i++) print_difference(&result->items[i]);
    if (shown < result->n) printf("... and %zu more (--limit 0 shows all)\n", result->n - shown);
    if (result->n == 0) {
        printf("alike: %zu values", result->n_values);
    } else {
        printf("%zu difference%s, %zu values compared", result->n, result->n == 1 ? "" : "s",
               result->n_values);
    }
    if (result->n_files > 0) printf(" in %zu files", result->n_files);
    if (!isnan(result->largest_difference))
        printf("; largest difference %.3g, relative %.3g", result->largest_difference,
               result->largest_relative);
    if (!isnan(result->least_dice)) printf("; least Dice %.6f", result->least_dice);
    putchar('\n');
}

/* --ignore, as often as given. */
static ms_status read_ignored(const ms_args *args, const char ***out, size_t *n, ms_error *err) {
    size_t count = 0;
    while (ms_args_text_at(args, "ignore", count)) count++;
    const char **names = ms_calloc(count, sizeof *names);
    if (!names) return ms_error_nomem(err);
    for (size_t i = 0; i < count; i++) names[i] = ms_args_text_at(args, "ignore", i);
    *out = names;
    *n = count;
    return MS_OK;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_diff_options options;
    ms_diff_result result = {0};
    const char **ignored = NULL;
    size_t limit = 50;
    ms_diff_options_default(&options);
    ms_status status = read_ignored(args, &ignored, &options.n_ignore, err);
    options.ignore = ignored;
    options.key = ms_args_text(args, "key");
    if (status == MS_OK) status = ms_args_number(args, "rtol", &options.rtol, err);
    if (status == MS_OK) status = ms_args_number(args, "atol", &options.atol, err);
    if (status == MS_OK) status = ms_args_number(args, "dice", &options.dice, err);
    if (status == MS_OK) status = ms_args_size(args, "limit", &limit, err);
    if (status == MS_OK)
        status = ms_diff(ms_args_operand(args, 0), ms_args_operand(args, 1), &options, &result, err);
    if (status == MS_OK && ms_args_flag(args, "json")) {
        status = print_json(&result, &options, err);
    } else if (status == MS_OK && !ms_args_quiet(args)) {
        print_text(&result, limit);
    }
    if (status == MS_OK && result.n > 0) status = MS_EDIFFERENT;
    ms_diff_result_clear(&result);
    free(ignored);
    return status;
}

static const ms_option options[] = {
    {"rtol", 0, "R", "numbers may differ by this share of the larger one (default 0)", false, false},
    {"atol", 0, "A", "and by this much, in the column's unit (default 0)", false, false},
    {"dice", 0, "D", "least Dice coefficient of every label of two masks (default 1: the same voxels)", false,
     false},
    {"key", 0, "COLS", "columns that name a table's rows (default case_id and what else makes rows unique)",
     false, false},
    {"ignore", 0, "NAME", "a column, or a key of JSON, that is not compared; may be given several times",
     false, true},
    {"limit", 0, "N", "print at most so many differences; 0: all (default 50)", false, false},
    {"json", 0, NULL, "all differences as JSON", false, false},
    {0},
};

const ms_command ms_command_diff = {
    .group = "self",
    .name = "diff",
    .operands = "A B",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "compare two tables, measurements, masks or study folders within tolerances",
    .details = "Prints each difference (file, row, column, both values, difference) and a line that counts "
               "them. Exit code "
               "0: alike; 4: not; 3: one of them cannot be read. Rows are matched by case_id, never by their "
               "order; numbers "
               "are alike when they differ by at most atol + rtol times the larger one; masks when the Dice "
               "coefficient of "
               "every label is at least D. Of two study folders every table and each case's measurements, "
               "features and "
               "masks are compared; figures, pictures and the report are drawn from these.",
    .example = "  myosurv diff expected.csv found.csv --rtol 1e-6\n"
               "  myosurv diff expected/mask.nii.gz found/mask.nii.gz --dice 0.99\n"
               "  myosurv diff study-of-march study-of-april --rtol 1e-3 --dice 0.98",
    .options = options,
    .run = run,
};
