/* myosurv perturb: features of images as they might have been. */
#include "cli/commands.h"
#include "myosurv/study_tables.h"

#include <stdlib.h>
#include <string.h>

static const ms_option options[] = {
    {"repeats", 'n', "N", "perturbed images of each case (default 10)", false, false},
    {"kinds", 0, "LIST", "of noise,translate,rotate,volume,contour (default: all), or shuffle alone", false,
     false},
    {"label", 0, "N[,N..]", "labels taken together as the region (default 1; a column `label` goes before)",
     false, false},
    {"preset", 0, "NAME", "features to compute, as in `features` (default: default)", false, false},
    {"config", 0, "FILE", "a JSON file that says what to compute (docs/features.md)", false, false},
    {"prefix", 0, "TEXT", "put before every feature's name, e.g. sm_", false, false},
    {"shift", 0, "VOXELS", "translation along each axis, at most (default 0.75)", false, false},
    {"rotation", 0, "DEG", "rotation either way, at most (default 13)", false, false},
    {"volume", 0, "FRACTION", "volume gained or lost, at most (default 0.28)", false, false},
    {"patch-mm", 0, "MM", "size of the contour's patches (default 5)", false, false},
    {"icc", 0, "FILE.csv", "also write each feature's intraclass correlations over the repeats", false,
     false},
    {"output", 'o', "OUT.csv",
     "where the table goes, and its parameter sheet beside it; standard output when not given", false, false},
    {0},
};

static ms_status read_kinds(const char *list, unsigned *kinds, ms_error *err) {
    static const char *const names[] = {"noise", "translate", "rotate", "volume", "contour", "shuffle"};
    if (!list) return MS_OK;
    *kinds = 0;
    for (const char *at = list; *at;) {
        const size_t length = strcspn(at, ",");
        size_t i = 0;
        while (i < MS_COUNT(names) && (strlen(names[i]) != length || strncmp(names[i], at, length) != 0)) i++;
        if (i == MS_COUNT(names))
            return ms_error_set(
                err, MS_EUSAGE,
                "--kinds %s: \"%.*s\" is none of noise, translate, rotate, volume, contour, shuffle", list,
                (int)length, at);
        *kinds |= 1U << i;
        at += length + (at[length] == ',');
    }
    return MS_OK;
}

static ms_status read_options(const ms_args *args, ms_perturb_run *r, ms_feature_config *config,
                              ms_error *err) {
    const char *preset = ms_args_text(args, "preset"), *path = ms_args_text(args, "config");
    ms_status status;
    r->config = config;
    r->repeats = 10;
    r->prefix = ms_args_text(args, "prefix");
    r->labels = ms_args_text(args, "label");
    ms_perturb_options_default(&r->options);
    r->options.seed = ms_args_seed(args);
    if (preset && path) return ms_error_set(err, MS_EUSAGE, "--preset and --config exclude each other");
    if ((status = read_kinds(ms_args_text(args, "kinds"), &r->options.kinds, err)) ||
        (status = ms_args_size(args, "repeats", &r->repeats, err)) ||
        (status = ms_args_number(args, "shift", &r->options.shift_voxels, err)) ||
        (status = ms_args_number(args, "rotation", &r->options.rotation_deg, err)) ||
        (status = ms_args_number(args, "volume", &r->options.volume, err)) ||
        (status = ms_args_number(args, "patch-mm", &r->options.patch_mm, err)))
        return status;
    return path ? ms_feature_config_read(path, config, err)
                : ms_feature_config_preset(config, preset ? preset : "default", err);
}

/* A table of one case from an image and a mask; its id is the image's file name. */
static ms_status one_case(const char *image, const char *mask, ms_table **cases, ms_error *err) {
    const char *const names[] = {"case_id", "image", "mask"}, *cells[] = {ms_path_base(image), image, mask};
    size_t row, column;
    ms_status status = ms_table_new(cases, "case", err);
    for (size_t c = 0; c < MS_COUNT(names) && status == MS_OK; c++)
        status = ms_table_add_column(*cases, names[c], &column, err);
    if (status == MS_OK) status = ms_table_add_row(*cases, &row, err);
    for (size_t c = 0; c < MS_COUNT(names) && status == MS_OK; c++)
        status = ms_table_set(*cases, row, c, cells[c], err);
    return status;
}

static ms_status read_cases(const ms_args *args, ms_table **cases, char **folder, ms_error *err) {
    const char *first = ms_args_operand(args, 0);
    if (ms_args_operands(args) == 2) return one_case(first, ms_args_operand(args, 1), cases, err);
    *folder = ms_path_folder(first);
    if (!*folder) return ms_error_nomem(err);
    return ms_table_read(cases, first, err);
}

static ms_status write_icc(const ms_table *table, const char *path, const char *features, ms_error *err) {
    const ms_reliability_options o = {features, "case_id", "perturbation", 0.95};
    ms_table *icc = NULL;
    ms_status status = ms_reliability(&table, 1, &o, &icc, err);
    if (status == MS_OK) status = ms_table_write(icc, path, err);
    ms_table_free(icc);
    return status;
}

/* The features are the columns with the prefix, or those that no other use has. */
static ms_status write_all(const ms_args *args, const ms_table *table, ms_error *err) {
    const char *output = ms_args_text(args, "output"), *icc = ms_args_text(args, "icc");
    ms_buffer list;
    ms_buffer_init(&list);
    size_t dice = 0;
    ms_status status = ms_table_require(table, "contour_dice", &dice, err);
    for (size_t c = dice + 1; c < ms_table_columns(table); c++)
        ms_buffer_printf(&list, "%s,", ms_table_column_name(table, c));
    if (status == MS_OK && ms_buffer_failed(&list)) status = ms_error_nomem(err);
    if (status == MS_OK && icc) status = write_icc(table, icc, list.data, err);
    if (status == MS_OK) status = ms_table_write(table, output ? output : "-", err);
    ms_buffer_clear(&list);
    return status;
}

/* The parameters of the features, beside a table in a file; what each perturbation drew is in the table. */
static ms_status write_sheet(const ms_args *args, const ms_feature_config *config, ms_error *err) {
    const char *output = ms_args_text(args, "output"), *given = ms_args_text(args, "config");
    const bool many = ms_args_operands(args) == 1;
    if (!output || strcmp(output, "-") == 0) return MS_OK;
    ms_sheet_file files[3] = {{many ? "cases" : "image", ms_args_operand(args, 0)}};
    size_t n = 1;
    if (!many) files[n++] = (ms_sheet_file){"mask", ms_args_operand(args, 1)};
    if (given) files[n++] = (ms_sheet_file){"configuration", given};
    return ms_feature_sheet_files(config, output, NULL, files, n, err);
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_feature_config config;
    ms_perturb_run r = {0};
    ms_table *cases = NULL, *table = NULL;
    char *folder = NULL;
    ms_status status = read_options(args, &r, &config, err);
    if (status == MS_OK) status = read_cases(args, &cases, &folder, err);
    r.folder = folder;
    if (status == MS_OK && !ms_args_dry_run(args)) status = ms_perturb_cases(cases, &r, &table, err);
    if (status == MS_OK && table) status = write_all(args, table, err);
    if (status == MS_OK && table) status = write_sheet(args, &config, err);
    ms_table_free(cases);
    ms_table_free(table);
    free(folder);
    return status;
}

const ms_command ms_command_perturb = {
    .group = "imaging",
    .name = "perturb",
    .operands = "CASES | IMAGE MASK",
    .min_operands = 1,
    .max_operands = 2,
    .summary = "features of images as they might have been",
    .details =
        "CASES is a CSV file with columns case_id, image and mask (paths beside the file), and label where "
        "it is "
        "not one for all. Each image is measured as it is (perturbation 0) and --repeats times with more "
        "noise, moved, turned, with a larger or smaller region and another contour, each drawn by chance "
        "within its "
        "range (the kinds of Zwanenburg et al. 2019). The same --seed gives the same numbers with any number "
        "of "
        "threads; a case's do not depend on the others. --icc writes how far each feature agrees over the "
        "repeats, for `select --icc`.\n\n"
        "--kinds shuffle is a negative control: the region's intensities trade places. A feature that "
        "predicts as "
        "well with it predicts by size and histogram, not by texture. docs/features-trust.md has more.",
    .example = "# ten perturbations of each case, and how far each feature agrees over them\n"
               "myosurv perturb cases.csv --label 1,2,3 --preset liu2024 --prefix sm_ --icc icc.csv -o "
               "perturbed.csv\n"
               "# one image; noise and contour only\n"
               "myosurv perturb scan.nii.gz mask.nii.gz --repeats 3 --kinds noise,contour",
    .options = options,
    .run = run,
};
