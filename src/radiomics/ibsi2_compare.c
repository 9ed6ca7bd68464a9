/* radiomics/ibsi2_compare.c: response maps and values of IBSI 2 against the references in a folder. */
#include "radiomics/ibsi2.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ms_status read_volume(const char *path, ms_scan *scan, ms_error *err) {
    ms_scan_options keep = {.keep_values = true};
    return ms_scan_read(path, &keep, scan, err);
}

/* "1_a_1" of "1.a.1" */
static void file_name(const char *id, char out[32]) {
    (void)ms_text_format(out, 32, "%s", id);
    for (char *c = out; *c; c++) {
        if (*c == '.') *c = '_';
    }
}

static void compare_maps(const double *ours, const float *map, size_t n, double *difference, double *range) {
    double worst = 0, low = INFINITY, high = -INFINITY;
    for (size_t v = 0; v < n; v++) {
        double r = (double)map[v], d = fabs(ours[v] - r);
        if (!(d <= worst)) worst = d; /* NaN too */
        low = r < low ? r : low;
        high = r > high ? r : high;
    }
    *difference = worst;
    *range = high - low;
}

ms_status ms_ibsi2_map(const char *folder, const ms_ibsi2_test *test, double *difference, double *range,
                       ms_error *err) {
    char image[4096], map[4096], name[32];
    ms_scan scan = {0}, reference = {0};
    ms_mask mask = {0};
    ms_region region = {0};
    double *out = NULL;
    const uint8_t label = 1;
    file_name(test->id, name);
    if (!ms_text_format(image, sizeof image, "%s/phantoms/ibsi_2_digital_phantom/nifti/%s/image/%s.nii.gz",
                        folder, test->phantom, test->phantom) ||
        !ms_text_format(map, sizeof map, "%s/reference_response_maps/%s-ValidCRM.nii.gz", folder, name))
        return ms_error_set(err, MS_EINPUT, "%s: the path is too long", folder);
    ms_status status = read_volume(image, &scan, err);
    if (status == MS_OK) status = read_volume(map, &reference, err);
    if (status == MS_OK && ms_voxels(&scan.volume.geometry) != ms_voxels(&reference.volume.geometry))
        status = ms_error_set(err, MS_EINPUT, "%s: has not the phantom's size", map);
    if (status == MS_OK) status = ms_mask_alloc(&mask, &scan.volume.geometry, err);
    if (status == MS_OK) {
        memset(mask.data, 1, ms_voxels(&mask.geometry));
        status = ms_region_build(&scan.volume, &mask, &label, 1, false, &region, err);
    }
    if (status == MS_OK) {
        ms_image_spec spec = {.kind = MS_IMAGE_FILTER, .filter = test->filter};
        (void)ms_text_format(spec.name, sizeof spec.name, "%s", test->id);
        out = ms_calloc(region.box, sizeof *out);
        status = out ? ms_filter_apply(&region, &spec, out, err) : ms_error_nomem(err);
    }
    if (status == MS_OK) compare_maps(out, reference.volume.data, region.box, difference, range);
    free(out);
    ms_region_clear(&region);
    ms_mask_clear(&mask);
    ms_scan_clear(&reference);
    ms_scan_clear(&scan);
    return status;
}

static ms_status add_row(ms_reference_report *report, const char *config, const char *family,
                         const char *aggregation, const char *tag, ms_error *err) {
    ms_reference_row *rows = ms_realloc(report->rows, report->n + 1, sizeof *rows);
    if (!rows) return ms_error_nomem(err);
    report->rows = rows;
    ms_reference_row *row = &rows[report->n++];
    *row = (ms_reference_row){.config = ms_strdup(config),
                              .family = ms_strdup(family),
                              .aggregation = ms_strdup(aggregation),
                              .tag = ms_strdup(tag),
                              .code = ms_strdup(""),
                              .ours = (double)NAN,
                              .outcome = MS_REFERENCE_NOT_COMPUTED};
    if (!row->config || !row->family || !row->aggregation || !row->tag || !row->code)
        return ms_error_nomem(err);
    return MS_OK;
}

/* Counts the row that was added last. */
static void judge(ms_reference_report *report, double ours, double reference, double tolerance) {
    ms_reference_row *row = &report->rows[report->n - 1];
    row->ours = ours;
    row->reference = reference;
    row->tolerance = tolerance;
    if (isnan(ours)) {
        report->not_computed++;
        return;
    }
    /* a hair of slack: the references are decimal */
    bool near = fabs(ours - reference) <= tolerance + 1e-9 * fabs(reference);
    row->outcome = near ? MS_REFERENCE_PASSED : MS_REFERENCE_FAILED;
    report->passed += near;
    report->failed += !near;
}

/* Phase 1: the row's value is the largest difference of a voxel, its tolerance 1 % of the map's range. */
static ms_status maps(const char *folder, const ms_table *t, ms_reference_report *report, ms_error *err) {
    size_t column;
    ms_status status = ms_table_require(t, "id", &column, err);
    for (size_t r = 0; status == MS_OK && r < ms_table_rows(t); r++) {
        const char *id = ms_table_cell(t, r, column);
        double difference = (double)NAN, range = (double)NAN;
        size_t i = 0;
        while (i < ms_ibsi2_n_tests && strcmp(ms_ibsi2_tests[i].id, id) != 0) i++;
        status = ms_stop_check(err);
        if (status == MS_OK && i < ms_ibsi2_n_tests)
            status = ms_ibsi2_map(folder, &ms_ibsi2_tests[i], &difference, &range, err);
        if (status == MS_OK) status = add_row(report, "ibsi2_phase1", "response map", "", id, err);
        if (status == MS_OK) judge(report, difference, 0, 0.01 * range);
    }
    return status;
}

static double find(const ms_feature_set *set, const char *config, const char *tag) {
    char name[128];
    bool original = config[0] == '1';
    (void)(original ? ms_text_format(name, sizeof name, "%s", tag)
                    : ms_text_format(name, sizeof name, "c%.1s_%s", config, tag));
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->names[i], name) == 0) return set->values[i];
    }
    return (double)NAN;
}

/* Phase 2: a configuration is a digit and A or B. */
static ms_status values(const ms_table *t, const ms_feature_set sets[2], ms_reference_report *report,
                        ms_error *err) {
    size_t config, tag, value, tolerance;
    ms_status status = ms_table_require(t, "config", &config, err);
    if (status == MS_OK) status = ms_table_require(t, "tag", &tag, err);
    if (status == MS_OK) status = ms_table_require(t, "value", &value, err);
    if (status == MS_OK) status = ms_table_require(t, "tolerance", &tolerance, err);
    for (size_t r = 0; status == MS_OK && r < ms_table_rows(t); r++) {
        if (ms_table_missing(t, r, value) || ms_table_missing(t, r, tolerance)) {
            report->no_reference++;
            continue;
        }
        const char *name = ms_table_cell(t, r, config);
        double reference = (double)NAN, within = (double)NAN;
        status = ms_table_number(t, r, value, &reference, err);
        if (status == MS_OK) status = ms_table_number(t, r, tolerance, &within, err);
        if (status == MS_OK)
            status = add_row(report, "ibsi2_phase2", name, "", ms_table_cell(t, r, tag), err);
        if (status == MS_OK)
            judge(report, find(&sets[strchr(name, 'B') != NULL], name, ms_table_cell(t, r, tag)), reference,
                  within);
    }
    return status;
}

/* The table, or NULL when the folder has none. */
static ms_status read_table(const char *folder, const char *file, ms_table **table, ms_error *err) {
    char *path = ms_path_join(folder, file);
    ms_status status = path ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && ms_path_exists(path)) status = ms_table_read(table, path, err);
    free(path);
    return status;
}

ms_status ms_ibsi2_append(const char *folder, ms_reference_report *report, ms_error *err) {
    ms_table *phase1 = NULL, *phase2 = NULL;
    ms_feature_set sets[2] = {{0}};
    ms_status status = read_table(folder, "ibsi2_phase1_response_maps.csv", &phase1, err);
    if (status == MS_OK) status = read_table(folder, "ibsi2_phase2_reference_values.csv", &phase2, err);
    if (status == MS_OK && phase1) status = maps(folder, phase1, report, err);
    for (int three_d = 0; three_d < 2 && status == MS_OK && phase2; three_d++)
        status = ms_ibsi2_features(folder, three_d, &sets[three_d], err);
    if (status == MS_OK && phase2) status = values(phase2, sets, report, err);
    ms_feature_set_clear(&sets[0]);
    ms_feature_set_clear(&sets[1]);
    ms_table_free(phase1);
    ms_table_free(phase2);
    return status;
}
