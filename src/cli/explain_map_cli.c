/* `explain MODEL --scan`, `explain STUDY --case`: the map over a slice. */
#include "cli/explain_cli.h"
#include "myosurv/study_explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ms_status read_options(const ms_args *args, ms_occlusion_options *o, ms_error *err) {
    size_t way = MS_OCCLUDE_REMOVE;
    ms_occlusion_options_default(o);
    ms_status status = ms_args_choice(args, "occlude", ms_occlusion_way_names, MS_OCCLUSION_WAYS, &way, err);
    if (status == MS_OK) status = ms_args_number(args, "patch-mm", &o->patch_mm, err);
    if (status == MS_OK) status = ms_args_number(args, "step-mm", &o->step_mm, err);
    if (status == MS_OK && ms_args_text(args, "step-mm") && !(o->step_mm > 0))
        status = ms_error_set(err, MS_EUSAGE, "--step-mm %s: must be above 0", ms_args_text(args, "step-mm"));
    o->way = (ms_occlusion_way)way;
    o->per_cm2 = ms_args_flag(args, "per-cm2");
    return status;
}

enum { MOST_REGIONS = 8 };

/* --region and --label; without them the regions of a study. */
static ms_status read_regions(const ms_args *args, ms_occlusion_region *regions, size_t *n, ms_error *err) {
    static const char *const usual[] = {"sm_=1+2+3", "pm_=2+3"};
    const char *label = ms_args_text(args, "label");
    ms_status status = MS_OK;
    *n = 0;
    for (size_t i = 0; status == MS_OK && ms_args_text_at(args, "region", i); i++) {
        if (i + 1 == MOST_REGIONS)
            return ms_error_set(err, MS_EUSAGE, "--region: at most %d", MOST_REGIONS - 1);
        status = ms_occlusion_region_parse(ms_args_text_at(args, "region", i), &regions[(*n)++], err);
    }
    if (status == MS_OK && label) status = ms_occlusion_region_parse(label, &regions[(*n)++], err);
    for (size_t i = 0; status == MS_OK && i < MS_COUNT(usual) && *n == i; i++) {
        if (label || ms_args_text(args, "region")) break;
        status = ms_occlusion_region_parse(usual[i], &regions[(*n)++], err);
    }
    return status;
}

static ms_status read_config(const ms_args *args, ms_feature_config *config, ms_error *err) {
    const char *file = ms_args_text(args, "config"), *preset = ms_args_text(args, "preset");
    if (file && preset) return ms_error_set(err, MS_EUSAGE, "--preset and --config exclude each other");
    return file ? ms_feature_config_read(file, config, err)
                : ms_feature_config_preset(config, preset ? preset : "liu2024", err);
}

static ms_status find_row(const ms_table *table, const char *id, size_t *row, ms_error *err) {
    size_t column;
    *row = 0;
    if (!id && ms_table_rows(table) == 1) return MS_OK;
    if (!id)
        return ms_error_set(err, MS_EUSAGE, "--row: %s has %zu rows: say which, as in %s:P017",
                            ms_table_name(table), ms_table_rows(table), ms_table_name(table));
    if (!ms_table_find(table, "case_id", &column) && !ms_table_find(table, "id", &column))
        return ms_error_set(err, MS_EINPUT, "%s: has no column case_id or id", ms_table_name(table));
    for (; *row < ms_table_rows(table); (*row)++)
        if (strcmp(ms_table_cell(table, *row, column), id) == 0) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s: has no row with %s %s", ms_table_name(table),
                        ms_table_column_name(table, column), id);
}

/* TABLE:ID, or TABLE alone. */
static ms_status read_row(const ms_args *args, ms_table **table, size_t *row, ms_error *err) {
    const char *given = ms_args_text(args, "row");
    if (!given) return MS_OK;
    char *path = ms_strdup(given), *colon = path && !ms_path_exists(path) ? strrchr(path, ':') : NULL;
    if (colon) *colon = '\0';
    ms_status status = path ? ms_table_read(table, path, err) : ms_error_nomem(err);
    if (status == MS_OK) status = find_row(*table, colon ? colon + 1 : NULL, row, err);
    free(path);
    return status;
}

static ms_status map_of_scan(const ms_args *args, const ms_occlusion_options *o, ms_occlusion_map *map,
                             ms_error *err) {
    ms_occlusion_region regions[MOST_REGIONS];
    ms_feature_config config;
    ms_model *model = NULL;
    ms_table *values = NULL;
    ms_occlusion_request request = {.scan = ms_args_text(args, "scan"),
                                    .mask = ms_args_text(args, "mask"),
                                    .series = ms_args_text(args, "series"),
                                    .has_slice = ms_args_text(args, "l3-slice") != NULL,
                                    .config = &config,
                                    .regions = regions};
    if (!request.mask) return ms_error_set(err, MS_EUSAGE, "explain: --scan needs --mask");
    ms_status status = ms_args_size(args, "l3-slice", &request.slice, err);
    if (status == MS_OK) status = read_regions(args, regions, &request.n_regions, err);
    if (status == MS_OK) status = read_config(args, &config, err);
    if (status == MS_OK) status = ms_model_load(&model, ms_args_operand(args, 0), err);
    if (status == MS_OK) status = read_row(args, &values, &request.row, err);
    request.model = model;
    request.values = values;
    if (status == MS_OK && !ms_args_dry_run(args)) status = ms_occlusion_run(&request, o, map, err);
    ms_table_free(values);
    ms_model_free(model);
    return status;
}

static ms_status tell(const ms_occlusion_map *map, ms_error *err) {
    const int printed = printf(
        "method\tocclusion (%s)\nslice\t%zu\nrisk\t%.6g\npatches\t%zu of %.4g x %.4g mm\nmap\t%.4g to %.4g "
        "log hazard ratio a %s\n",
        ms_occlusion_way_names[map->way], map->slice, map->risk, map->n_patches, map->patch_mm[0],
        map->patch_mm[1], map->low, map->high, map->per_cm2 ? "cm2" : "patch");
    if (map->left_out > 0)
        ms_log(MS_LOG_WARNING, "%zu of %zu patches leave nothing to measure and are left out", map->left_out,
               map->n_patches);
    if (printed < 0 || fflush(stdout) != 0)
        return ms_error_set(err, MS_ERESOURCE, "standard output: cannot be written");
    return MS_OK;
}

static ms_status write_map(const ms_args *args, const ms_occlusion_map *map, const char *title,
                           ms_error *err) {
    const char *output = ms_args_text(args, "output"), *nifti = ms_args_text(args, "nifti"),
               *patches = ms_args_text(args, "patches");
    double limit = 0;
    ms_status status = ms_args_number(args, "limit", &limit, err);
    if (status == MS_OK && output) status = ms_occlusion_draw(map, title, limit, output, err);
    if (status == MS_OK && nifti) status = ms_occlusion_write_nifti(map, nifti, err);
    if (status == MS_OK && patches) status = ms_table_write(map->patches, patches, err);
    if (status == MS_OK && !ms_args_quiet(args)) status = tell(map, err);
    return status;
}

ms_status ms_cli_explain_map(const ms_args *args, bool study, ms_error *err) {
    const char *id = ms_args_text(args, "case"), *output = ms_args_text(args, "output"),
               *nifti = ms_args_text(args, "nifti");
    ms_occlusion_options o;
    ms_occlusion_map map = {0};
    char title[160] = "";
    if (!output && !nifti && !ms_args_text(args, "patches"))
        return ms_error_set(err, MS_EUSAGE,
                            "explain: say where the map goes: -o MAP.png, --nifti or --patches");
    if (output && !ms_text_ends_with(output, ".png"))
        return ms_error_set(err, MS_EUSAGE, "--output %s: the map is a .png", output);
    ms_status status = read_options(args, &o, err);
    if (status == MS_OK && study && !ms_args_dry_run(args))
        status =
            ms_study_occlusion(ms_args_operand(args, 0), id, ms_args_text(args, "endpoint"), &o, &map, err);
    else if (status == MS_OK && !study)
        status = map_of_scan(args, &o, &map, err);
    (void)ms_text_format(title, sizeof title, "%.100s%sHow the muscle contributes to the risk", id ? id : "",
                         id ? ": " : "");
    if (status == MS_OK && !ms_args_dry_run(args)) status = write_map(args, &map, title, err);
    ms_occlusion_map_clear(&map);
    return status;
}
