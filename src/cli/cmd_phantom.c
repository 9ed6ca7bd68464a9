/* myosurv phantom, myosurv phantom cohort: synthetic CT with a known truth. */
#include "cli/commands.h"
#include "myosurv/phantom.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one scan -------------------------------------------------------------------------------------------
 */

static const ms_option phantom_options[] = {
    {"output", 'o', "PATH", "the scan: FILE.nii.gz, or a new folder for DICOM (required, except with --list)",
     false, false},
    {"format", 0, "nifti|dicom", "default: nifti when PATH ends with .nii or .nii.gz, else dicom", false,
     false},
    {"truth", 0, "DIR", "also write truth_mask.nii.gz and truth.csv there", false, false},
    {"slice-mm", 0, "MM", "slice thickness and distance (0.6 to 10)", false, false},
    {"matrix", 0, "N", "pixels a side (64 to 768)", false, false},
    {"fov-mm", 0, "MM", "field of view (200 to 600); less than the body cuts it off", false, false},
    {"sex", 0, "m|f", "sex", false, false},
    {"kernel", 0, "soft|sharp", "reconstruction kernel", false, false},
    {"phase", 0, "plain|arterial|portal", "contrast", false, false},
    {"set", 0, "NAME=VALUE", "set any parameter (--list shows them)", false, true},
    {"usual", 0, NULL, "start from a usual man instead of a patient drawn from the seed", false, false},
    {"list", 0, NULL,
     "print the parameters with units, ranges and this patient's values as CSV; make no scan", false, false},
    {0},
};

static double *member(ms_phantom_params *params, const ms_phantom_param_info *info) {
    return (double *)(void *)((char *)params + info->offset);
}

/* --set NAME=VALUE, with dashes or underscores. */
static ms_status set_one(ms_phantom_params *params, const char *text, ms_error *err) {
    const char *equals = strchr(text, '=');
    size_t n, length = equals ? (size_t)(equals - text) : 0;
    const ms_phantom_param_info *info = ms_phantom_param_table(&n);
    double value;
    if (!equals || !ms_parse_number(equals + 1, &value))
        return ms_error_set(err, MS_EUSAGE, "--set %s: write NAME=NUMBER, e.g. --set visceral=0.8", text);
    for (size_t i = 0; i < n; i++) {
        bool same = strlen(info[i].name) == length;
        for (size_t k = 0; same && k < length; k++)
            same = info[i].name[k] == text[k] || (info[i].name[k] == '_' && text[k] == '-');
        if (!same) continue;
        *member(params, &info[i]) = value;
        return MS_OK;
    }
    return ms_error_set(err, MS_EUSAGE, "--set %s: there is no such parameter; --list shows them", text);
}

static ms_status read_params(const ms_args *args, ms_phantom_params *params, ms_error *err) {
    static const char *const sexes[] = {"f", "m"}, *const kernels[] = {"soft", "sharp"};
    static const char *const phases[] = {"plain", "arterial", "portal"};
    ms_status status = MS_OK;
    if (ms_args_flag(args, "usual"))
        ms_phantom_params_default(params);
    else
        status = ms_phantom_params_random(ms_args_seed(args), params, err);
    double slice = NAN;
    size_t sex = (size_t)params->sex, kernel = (size_t)params->kernel, phase = (size_t)params->phase;
    if (!status) status = ms_args_number(args, "slice-mm", &slice, err);
    if (!status) status = ms_args_number(args, "matrix", &params->matrix, err);
    if (!status) status = ms_args_number(args, "fov-mm", &params->fov_mm, err);
    if (!status) status = ms_args_choice(args, "sex", sexes, MS_COUNT(sexes), &sex, err);
    if (!status) status = ms_args_choice(args, "kernel", kernels, MS_COUNT(kernels), &kernel, err);
    if (!status) status = ms_args_choice(args, "phase", phases, MS_COUNT(phases), &phase, err);
    if (status) return status;
    if (!isnan(slice)) params->slice_mm = params->spacing_z_mm = slice;
    params->sex = (double)sex;
    params->kernel = (double)kernel;
    params->phase = (double)phase;
    const char *text;
    for (size_t i = 0; !status && (text = ms_args_text_at(args, "set", i)); i++)
        status = set_one(params, text, err);
    if (!status) status = ms_phantom_params_check(params, err);
    if (status == MS_EINPUT && err) err->status = status = MS_EUSAGE; /* it came from the command line */
    return status;
}

static ms_status list_params(ms_phantom_params *params, ms_error *err) {
    static const char *const names[] = {"parameter", "unit", "lowest", "highest", "value", "meaning"};
    ms_table *table = NULL;
    size_t n, at;
    const ms_phantom_param_info *info = ms_phantom_param_table(&n);
    ms_status status = ms_table_new(&table, "parameters", err);
    for (size_t i = 0; !status && i < MS_COUNT(names); i++)
        status = ms_table_add_column(table, names[i], &at, err);
    for (size_t i = 0; !status && i < n; i++) {
        status = ms_table_add_row(table, &at, err);
        if (!status) status = ms_table_set(table, at, 0, info[i].name, err);
        if (!status) status = ms_table_set(table, at, 1, info[i].unit, err);
        if (!status) status = ms_table_set_number(table, at, 2, info[i].lowest, err);
        if (!status) status = ms_table_set_number(table, at, 3, info[i].highest, err);
        if (!status) status = ms_table_set_number(table, at, 4, *member(params, &info[i]), err);
        if (!status) status = ms_table_set(table, at, 5, info[i].help, err);
    }
    if (!status) status = ms_table_write(table, "-", err);
    ms_table_free(table);
    return status;
}

static ms_status write_truth(const char *dir, uint64_t seed, const ms_phantom_params *params,
                             const ms_mask *mask, const ms_phantom_truth *truth, ms_error *err) {
    ms_table *table = NULL;
    char *mask_path = ms_path_join(dir, "truth_mask.nii.gz"), *table_path = ms_path_join(dir, "truth.csv");
    ms_status status = mask_path && table_path ? ms_make_dirs(dir, err) : ms_error_nomem(err);
    if (!status) status = ms_mask_write(mask, NULL, mask_path, err);
    if (!status) status = ms_table_new(&table, "truth.csv", err);
    if (!status) status = ms_phantom_truth_row(table, "phantom", seed, params, truth, err);
    if (!status) status = ms_table_write(table, table_path, err);
    ms_table_free(table);
    free(mask_path);
    free(table_path);
    return status;
}

static ms_status run_phantom(const ms_args *args, ms_error *err) {
    static const char *const formats[] = {"nifti", "dicom"};
    const char *path = ms_args_text(args, "output"), *truth_dir = ms_args_text(args, "truth");
    const uint64_t seed = ms_args_seed(args);
    ms_phantom_params params;
    ms_volume volume = {0};
    ms_mask mask = {0};
    ms_phantom_truth truth;
    const bool list = ms_args_flag(args, "list");
    if (!path && !list)
        return ms_error_set(err, MS_EUSAGE, "missing --output PATH; see 'myosurv phantom --help'");
    size_t format = !path || ms_text_ends_with(path, ".nii") || ms_text_ends_with(path, ".nii.gz") ? 0 : 1;
    ms_status status = ms_args_choice(args, "format", formats, MS_COUNT(formats), &format, err);
    if (!status) status = read_params(args, &params, err);
    if (status) return status;
    if (list) return list_params(&params, err);
    if (ms_args_dry_run(args)) return MS_OK;
    status = ms_phantom_make(&params, seed, &volume, truth_dir ? &mask : NULL, &truth, err);
    if (!status) status = ms_phantom_write(&params, seed, &volume, format == 1, path, err);
    if (!status && truth_dir) status = write_truth(truth_dir, seed, &params, &mask, &truth, err);
    if (!status && !ms_args_quiet(args))
        printf("%s: synthetic scan, %zu slices; L3 at slice %zu, muscle %.1f cm2\n", path,
               volume.geometry.n[2], truth.l3_slice_index, truth.sma_cm2);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
    return status;
}

const ms_command ms_command_phantom = {
    .group = "imaging",
    .name = "phantom",
    .operands = "",
    .summary = "make a synthetic CT scan with a known truth",
    .details = "Draws a patient from --seed (or takes --usual), images the trunk from T9/T10 to the sacrum, "
               "and writes the "
               "scan. With --truth it also writes the mask (the labels of 'segment', on every slice through "
               "the L3 body; the "
               "L3 vertebra wherever it is) and a table with the L3 slice, areas, densities and every "
               "parameter. The same "
               "seed and options give the same bytes. Everything written says that it is synthetic; it is "
               "for tests and for "
               "learning the tool.",
    .example = "  # a scan as NIfTI with its truth\n"
               "  myosurv phantom -o p7.nii.gz --seed 7 --truth p7-truth\n"
               "  # a stout woman with contrast, as DICOM, the field cutting the body off\n"
               "  myosurv phantom -o p8 --seed 8 --sex f --phase portal --set visceral=0.9 --fov-mm 320\n",
    .options = phantom_options,
    .run = run_phantom,
};

/* ---- a cohort -------------------------------------------------------------------------------------------
 */

static const ms_option cohort_options[] = {
    {"output", 'o', "DIR", "a new folder", true, false},
    {"patients", 'n', "N", "how many (3 to 100000)", true, false},
    {"format", 0, "mixed|nifti|dicom", "default: mixed, half of each", false, false},
    {"slice-mm", 0, "MM", "slice thickness and distance for all (default: by cohort)", false, false},
    {"matrix", 0, "N", "pixels a side (default 256)", false, false},
    {0},
};

static ms_status run_cohort(const ms_args *args, ms_error *err) {
    static const char *const formats[] = {"mixed", "nifti", "dicom"};
    const char *dir = ms_args_text(args, "output");
    ms_phantom_cohort_options options = {.seed = ms_args_seed(args)};
    size_t format = 0;
    ms_status status = ms_args_size(args, "patients", &options.patients, err);
    if (!status) status = ms_args_choice(args, "format", formats, MS_COUNT(formats), &format, err);
    if (!status) status = ms_args_number(args, "slice-mm", &options.slice_mm, err);
    if (!status) status = ms_args_number(args, "matrix", &options.matrix, err);
    if (status || ms_args_dry_run(args)) return status;
    options.format = (ms_phantom_format)format;
    status = ms_phantom_cohort_make(&options, dir, err);
    if (!status && !ms_args_quiet(args))
        printf("%s: synthetic cohort of %zu patients; see %s/README.txt\n", dir, options.patients, dir);
    return status;
}

const ms_command ms_command_phantom_cohort = {
    .group = "imaging",
    .name = "phantom cohort",
    .operands = "",
    .summary = "make a synthetic cohort: scans and a clinical table whose survival is known",
    .details = "Writes DIR/scans, DIR/cohort.csv (for 'study init'), DIR/truth.csv and DIR/README.txt. About "
               "60% of the "
               "patients are the main cohort, split 7:3 into training and internal validation; the rest are "
               "two external "
               "cohorts with other scanners. Survival depends on the amount, density and texture of muscle, "
               "on age and on stage, "
               "with the coefficients that README.txt gives; truth.csv has every patient's true log hazard.",
    .example = "  myosurv phantom cohort -o sample --patients 60\n"
               "  myosurv study init my-study --cohort sample/cohort.csv\n",
    .options = cohort_options,
    .run = run_cohort,
};
