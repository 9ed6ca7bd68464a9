/* myosurv info: what a scan is, from its header; nothing that identifies. */
#include "cli/commands.h"
#include "myosurv/image.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ms_option options[] = {
    {.name = "series",
     .value = "S",
     .help = "which series of a DICOM folder: its number or code in the list"},
    {.name = "json", .help = "the same as JSON on standard output"},
    {0},
};

/* ---- text ------------------------------------------------------------------------------------------- */

static void say_number(const char *label, double value, const char *unit) {
    if (isfinite(value))
        printf("%-14s %.6g%s\n", label, value, unit);
    else
        printf("%-14s not given\n", label);
}

static const char *contrast_word(int contrast) {
    return contrast > 0 ? "yes" : contrast == 0 ? "no" : "not said";
}

static void say_series(const ms_series *list, size_t n) {
    printf("%-7s %-16s %5s %6s  %s\n", "series", "code", "files", "slices", "what");
    for (size_t s = 0; s < n; s++) {
        const ms_series *series = &list[s];
        printf("%s%-6zu %-16s %5zu %6zu  %-34s %s\n", series->chosen ? "*" : " ", s + 1, series->uid_hash,
               series->files, series->slices, series->description, series->why);
    }
}

static void say(const ms_scan_info *info) {
    const ms_geometry *g = &info->geometry;
    double far[3] = {(double)g->n[0] - 1.0, (double)g->n[1] - 1.0, (double)g->n[2] - 1.0};
    ms_index_to_mm(g, far, far);
    printf("%-14s %s%s%s, %zu file%s\n", "format", info->format, info->modality[0] ? ", " : "",
           info->modality, info->files, info->files == 1 ? "" : "s");
    printf("%-14s %zu x %zu x %zu voxels (to the left, back, head)\n", "size", g->n[0], g->n[1], g->n[2]);
    printf("%-14s %.6g x %.6g x %.6g mm\n", "spacing", g->spacing_mm[0], g->spacing_mm[1], g->spacing_mm[2]);
    printf("%-14s x %.6g to %.6g, y %.6g to %.6g, z %.6g to %.6g mm\n", "place", g->origin_mm[0], far[0],
           g->origin_mm[1], far[1], g->origin_mm[2], far[2]);
    printf("%-14s %s\n", "stored as", info->orientation);
    say_number("thickness", info->slice_thickness_mm, " mm");
    say_number("tube voltage", info->kvp, " kV");
    printf("%-14s %s\n", "kernel", info->kernel[0] ? info->kernel : "not given");
    printf("%-14s %s\n", "contrast", contrast_word(info->contrast));
    say_number("padding", info->padding_hu, " HU");
    if (info->tilt_deg > 0) printf("%-14s %.4g degrees, corrected\n", "gantry tilt", info->tilt_deg);
    for (size_t i = 0; i < info->n_notes; i++)
        printf("%-14s %s: %s\n", "note", info->notes[i].word, info->notes[i].text);
    if (info->n_series == 0) return;
    printf("\n");
    say_series(info->series, info->n_series);
}

/* ---- JSON ------------------------------------------------------------------------------------------- */

static ms_status add_geometry(cJSON *root, const ms_geometry *g, ms_error *err) {
    double n[3] = {(double)g->n[0], (double)g->n[1], (double)g->n[2]};
    ms_status status = ms_json_add_numbers(root, "size", n, 3, err);
    if (status == MS_OK) status = ms_json_add_numbers(root, "spacing_mm", g->spacing_mm, 3, err);
    if (status == MS_OK) status = ms_json_add_numbers(root, "origin_mm", g->origin_mm, 3, err);
    if (status == MS_OK) status = ms_json_add_numbers(root, "direction", g->direction, 9, err);
    return status;
}

static ms_status add_series(cJSON *list, const ms_series *series, size_t number, ms_error *err) {
    cJSON *item = cJSON_CreateObject();
    if (item == NULL || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_number(item, "number", (double)number, err);
    if (status == MS_OK) status = ms_json_add_text(item, "code", series->uid_hash, err);
    if (status == MS_OK) status = ms_json_add_text(item, "description", series->description, err);
    if (status == MS_OK) status = ms_json_add_number(item, "files", (double)series->files, err);
    if (status == MS_OK) status = ms_json_add_number(item, "slices", (double)series->slices, err);
    if (status == MS_OK) status = ms_json_add_bool(item, "axial", series->axial, err);
    if (status == MS_OK) status = ms_json_add_bool(item, "ct", series->ct, err);
    if (status == MS_OK) status = ms_json_add_bool(item, "chosen", series->chosen, err);
    if (status == MS_OK) status = ms_json_add_text(item, "why", series->why, err);
    return status;
}

static ms_status add_note(cJSON *list, const ms_scan_note *note, ms_error *err) {
    cJSON *item = cJSON_CreateObject();
    if (item == NULL || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(item, "word", note->word, err);
    if (status == MS_OK) status = ms_json_add_text(item, "text", note->text, err);
    if (status == MS_OK) status = ms_json_add_number(item, "from_mm", note->from_mm, err);
    if (status == MS_OK) status = ms_json_add_number(item, "to_mm", note->to_mm, err);
    return status;
}

static ms_status add_all(cJSON *root, const ms_scan_info *info, ms_error *err) {
    cJSON *list = NULL;
    ms_status status = ms_json_add_text(root, "format", info->format, err);
    if (status == MS_OK) status = ms_json_add_text(root, "modality", info->modality, err);
    if (status == MS_OK) status = ms_json_add_number(root, "files", (double)info->files, err);
    if (status == MS_OK) status = add_geometry(root, &info->geometry, err);
    if (status == MS_OK) status = ms_json_add_text(root, "orientation", info->orientation, err);
    if (status == MS_OK)
        status = ms_json_add_number(root, "slice_thickness_mm", info->slice_thickness_mm, err);
    if (status == MS_OK) status = ms_json_add_number(root, "kvp", info->kvp, err);
    if (status == MS_OK) status = ms_json_add_text(root, "kernel", info->kernel, err);
    if (status == MS_OK) status = ms_json_add_text(root, "contrast", contrast_word(info->contrast), err);
    if (status == MS_OK) status = ms_json_add_number(root, "padding_hu", info->padding_hu, err);
    if (status == MS_OK) status = ms_json_add_number(root, "tilt_deg", info->tilt_deg, err);
    if (status == MS_OK) status = ms_json_add_array(root, "notes", &list, err);
    for (size_t i = 0; status == MS_OK && i < info->n_notes; i++)
        status = add_note(list, &info->notes[i], err);
    if (status == MS_OK) status = ms_json_add_array(root, "series", &list, err);
    for (size_t s = 0; status == MS_OK && s < info->n_series; s++)
        status = add_series(list, &info->series[s], s + 1, err);
    return status;
}

static ms_status write_json(const ms_scan_info *info, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (root == NULL) return ms_error_nomem(err);
    ms_status status = add_all(root, info, err);
    if (status == MS_OK) status = ms_json_write(root, "-", err);
    cJSON_Delete(root);
    return status;
}

/* ----------------------------------------------------------------------------------------------------- */

/* A folder that cannot be read as one scan may still be listed, so that the user can choose. */
static void list_instead(const char *path) {
    ms_series *series = NULL;
    size_t n = 0;
    if (!ms_path_is_dir(path) || ms_scan_list_series(path, &series, &n, NULL) != MS_OK) return;
    say_series(series, n);
    free(series);
}

static ms_status run(const ms_args *args, ms_error *err) {
    const ms_scan_options scan_options = {.series = ms_args_text(args, "series")};
    ms_scan_info info = {0};
    const char *path = ms_args_operand(args, 0);
    bool json = ms_args_flag(args, "json");
    ms_status status = ms_scan_inspect(path, &scan_options, &info, err);
    if (status == MS_EINPUT && !json) list_instead(path);
    if (status != MS_OK) return status;
    if (ms_args_flag(args, "json"))
        status = write_json(&info, err);
    else
        say(&info);
    ms_scan_info_clear(&info);
    return status;
}

const ms_command ms_command_info = {
    .group = "imaging",
    .name = "info",
    .operands = "SCAN",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "what a scan is: size, spacing, place, and the series of a DICOM folder",
    .details =
        "SCAN is a DICOM folder or file, NIfTI, NRRD or MetaImage. The header is checked against the\n"
        "bytes that are there: a truncated or damaged file is an error that says where. A few missing\n"
        "slices, uneven spacing or a tilted gantry are brought onto an even grid and told as notes; more is\n"
        "an error. Names, ids and dates are not shown; a series is named by a code made from its UID. Of\n"
        "several CT series the axial one with most slices is taken; --series chooses another by number or\n"
        "code.",
    .example = "  # a synthetic trunk, and what it is\n"
               "  myosurv phantom -o trunk.nii.gz\n"
               "  myosurv info trunk.nii.gz\n"
               "  # as JSON\n"
               "  myosurv info trunk.nii.gz --json\n",
    .options = options,
    .run = run,
};
