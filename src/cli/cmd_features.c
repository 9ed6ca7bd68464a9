/* myosurv features: radiomics features of the labels of a mask. */
#include "cli/commands.h"
#include "myosurv/image.h"
#include "myosurv/radiomics.h"
#include "myosurv/study_tables.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ms_option options[] = {
    {.name = "label",
     .value = "N[,N..]",
     .help = "labels to measure together as one region; may be repeated for more rows. Without it: a row for "
             "each "
             "label in the mask",
     .repeated = true},
    {.name = "preset",
     .value = "NAME",
     .help = "default, liu2024, liu2024-3d, pyradiomics or ibsi (default: default)"},
    {.name = "config",
     .value = "FILE",
     .help =
         "a file that says what to compute: JSON (docs/features.md), or a parameter file of pyradiomics 3 "
         "(.yaml) as it is"},
    {.name = "prefix", .value = "TEXT", .help = "put before every feature's name, e.g. sm_"},
    {.name = "format",
     .value = "csv|long|json",
     .help = "csv: a row a region; long: a row a feature, with the reason where it is missing; json "
             "(default: csv)"},
    {.name = "output",
     .letter = 'o',
     .value = "OUT.csv",
     .help = "where the table goes; its parameter sheet goes beside it, as OUT.parameters.json (default: "
             "standard output, no sheet)"},
    {.name = "sheet",
     .value = "FILE.json",
     .help = "where the parameter sheet goes: every parameter, for a paper's supplement (CLEAR, METRICS)"},
    {.name = "series", .value = "S", .help = "which series of a DICOM folder (see `myosurv info`)"},
    {.name = "list", .help = "print the names of the features, one a line, and stop; needs no image"},
    {.name = "catalogue",
     .help = "print the table of all features (family, name, IBSI tag and code, unit, dimensions) and stop"},
    {0},
};

typedef struct region {
    uint8_t labels[256];
    size_t n;
    char text[64]; /* "1+2" */
} region;

static ms_status parse_region(const char *text, region *r, ms_error *err) {
    *r = (region){.n = 0};
    for (const char *at = text;; at++) {
        char *end = NULL;
        long label = strtol(at, &end, 10);
        if (end == at || label < 1 || label > 255 || (*end != ',' && *end != '\0') || r->n == 255)
            return ms_error_set(err, MS_EUSAGE, "--label %s: whole numbers from 1 to 255, e.g. 1 or 2,3",
                                text);
        r->labels[r->n++] = (uint8_t)label;
        size_t used = strlen(r->text);
        if (!ms_text_format(r->text + used, sizeof r->text - used, "%s%ld", used ? "+" : "", label))
            return ms_error_set(err, MS_EUSAGE, "--label %s: too many labels", text);
        at = end;
        if (*at == '\0') return MS_OK;
    }
}

/* One region for each --label, or the one that a parameter file names, or one for each label in the mask. */
static ms_status choose_regions(const ms_args *args, const ms_mask *mask, uint8_t label_of_file,
                                region *regions, size_t *n, ms_error *err) {
    bool has[256] = {false};
    *n = 0;
    for (size_t i = 0; ms_args_text_at(args, "label", i); i++) {
        if (i == 255) return ms_error_set(err, MS_EUSAGE, "--label was given more than 255 times");
        ms_status status = parse_region(ms_args_text_at(args, "label", i), &regions[(*n)++], err);
        if (status != MS_OK) return status;
    }
    if (*n > 0) return MS_OK;
    ms_mask_values(mask, has);
    for (unsigned label = 1; label < 256; label++) {
        if (label_of_file ? label != label_of_file : !has[label]) continue;
        region *r = &regions[(*n)++];
        *r = (region){.labels = {(uint8_t)label}, .n = 1};
        (void)ms_text_format(r->text, sizeof r->text, "%u", label);
    }
    if (*n == 0)
        return ms_error_set(err, MS_EINPUT, "%s: the mask is empty: no voxel is labelled",
                            ms_args_operand(args, 1));
    return MS_OK;
}

typedef struct output {
    const char *image, *mask, *prefix;
    size_t format; /* 0 csv, 1 long, 2 json */
    ms_table *table;
    cJSON *json, *regions; /* regions lies in json */
    const char *case_id;   /* of many images; NULL: there is one */
    cJSON *cases, *failed; /* of many images; they lie in json */
    size_t case_row;       /* the row that `regions` belongs to */
} output;

static ms_status set_text(ms_table *t, size_t row, const char *column, const char *text, ms_error *err) {
    size_t c;
    ms_status status = ms_table_require(t, column, &c, err);
    return status == MS_OK ? ms_table_set(t, row, c, text, err) : status;
}

static ms_status add_columns(ms_table *t, const char *const *names, size_t n, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t i = 0, c; i < n && status == MS_OK; i++) status = ms_table_add_column(t, names[i], &c, err);
    return status;
}

static ms_status prefixed(const output *o, const char *name, char text[256], ms_error *err) {
    if (ms_text_format(text, 256, "%s%s", o->prefix, name)) return MS_OK;
    return ms_error_set(err, MS_EUSAGE, "--prefix is too long");
}

/* The first columns: case_id where there are many images, then image, mask, label. */
static ms_status start_columns(const output *o, ms_error *err) {
    static const char *const names[] = {"case_id", "image", "mask", "label"};
    const size_t skip = o->case_id ? 0 : 1;
    return add_columns(o->table, names + skip, MS_COUNT(names) - skip, err);
}

static ms_status start_row(output *o, const region *r, size_t *row, ms_error *err) {
    ms_status status = ms_table_add_row(o->table, row, err);
    if (status == MS_OK && o->case_id) status = set_text(o->table, *row, "case_id", o->case_id, err);
    if (status == MS_OK) status = set_text(o->table, *row, "image", o->image, err);
    if (status == MS_OK) status = set_text(o->table, *row, "mask", o->mask, err);
    return status == MS_OK ? set_text(o->table, *row, "label", r->text, err) : status;
}

/* All columns, before the first row. */
static ms_status start_table(output *o, const ms_feature_set *set, ms_error *err) {
    static const char *const names[] = {"feature", "value", "reason"};
    size_t column;
    char name[256];
    if (ms_table_columns(o->table) > 0) return MS_OK;
    ms_status status = start_columns(o, err);
    if (status == MS_OK && o->format == 1) status = add_columns(o->table, names, 3, err);
    for (size_t i = 0; i < set->n && status == MS_OK && o->format == 0; i++) {
        status = prefixed(o, set->names[i], name, err);
        if (status == MS_OK) status = ms_table_add_column(o->table, name, &column, err);
    }
    return status;
}

static ms_status add_wide(output *o, const region *r, const ms_feature_set *set, ms_error *err) {
    size_t row, first = o->case_id ? 4 : 3;
    ms_status status = start_table(o, set, err);
    if (status == MS_OK) status = start_row(o, r, &row, err);
    for (size_t i = 0; i < set->n && status == MS_OK; i++)
        status = ms_table_set_number(o->table, row, first + i, set->values[i], err);
    return status;
}

static ms_status add_long(output *o, const region *r, const ms_feature_set *set, ms_error *err) {
    const size_t first = o->case_id ? 4 : 3;
    ms_status status = start_table(o, set, err);
    for (size_t i = 0; i < set->n && status == MS_OK; i++) {
        size_t row;
        char name[256];
        status = prefixed(o, set->names[i], name, err);
        if (status == MS_OK) status = start_row(o, r, &row, err);
        if (status == MS_OK) status = ms_table_set(o->table, row, first, name, err);
        if (status == MS_OK) status = ms_table_set_number(o->table, row, first + 1, set->values[i], err);
        if (status == MS_OK && set->reasons[i])
            status = ms_table_set(o->table, row, first + 2, set->reasons[i], err);
    }
    return status;
}

static ms_status add_json(output *o, const region *r, const ms_feature_set *set, ms_error *err) {
    cJSON *item = cJSON_CreateObject(), *values = NULL, *missing = NULL;
    if (!item || !cJSON_AddItemToArray(o->regions, item)) {
        cJSON_Delete(item);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(item, "label", r->text, err);
    if (status == MS_OK) status = ms_json_add_object(item, "features", &values, err);
    if (status == MS_OK) status = ms_json_add_object(item, "missing", &missing, err);
    for (size_t i = 0; i < set->n && status == MS_OK; i++) {
        char name[256];
        status = prefixed(o, set->names[i], name, err);
        if (status == MS_OK) status = ms_json_add_number(values, name, set->values[i], err);
        if (status == MS_OK && set->reasons[i])
            status = ms_json_add_text(missing, name, set->reasons[i], err);
    }
    return status;
}

static ms_status (*const add[])(output *, const region *, const ms_feature_set *,
                                ms_error *) = {add_wide, add_long, add_json};

static ms_status start_output(output *o, ms_error *err) {
    if (o->format != 2) return ms_table_new(&o->table, "features", err);
    o->json = cJSON_CreateObject();
    if (!o->json) return ms_error_nomem(err);
    ms_status status = ms_json_add_text(o->json, "image", o->image, err);
    if (status == MS_OK) status = ms_json_add_text(o->json, "mask", o->mask, err);
    return status == MS_OK ? ms_json_add_array(o->json, "regions", &o->regions, err) : status;
}

static ms_status read_config(const ms_args *args, ms_feature_config *config, ms_error *err) {
    const char *preset = ms_args_text(args, "preset"), *path = ms_args_text(args, "config");
    if (preset && path)
        return ms_error_set(err, MS_EUSAGE,
                            "--preset and --config exclude each other: name the preset in the file");
    if (path) return ms_feature_config_read(path, config, err);
    return ms_feature_config_preset(config, preset ? preset : "default", err);
}

/* Values that mark no tissue were read as -1024 HU; within a region that is hardly what is wanted. */
static void warn_of_padding(const ms_scan *scan, const ms_mask *mask, const region *r, const char *image) {
    bool wanted[256] = {false};
    size_t found = 0;
    for (size_t i = 0; i < r->n; i++) wanted[r->labels[i]] = true;
    for (size_t v = 0; isfinite(scan->info.padding_hu) && v < ms_voxels(&mask->geometry); v++)
        found += wanted[mask->data[v]] && scan->volume.data[v] == -1024.0F;
    if (found > 0)
        ms_log(
            MS_LOG_WARNING,
            "%s: %zu voxels of label %s were taken for padding and count as -1024 HU: keep the mask within "
            "the scan's field of view; an image that is no CT is read as it is with --preset pyradiomics",
            image, found, r->text);
}

static ms_status measure(const ms_args *args, ms_feature_config *config, output *o, ms_error *err) {
    const char *image = ms_args_operand(args, 0), *mask_path = ms_args_operand(args, 1);
    ms_scan scan = {0};
    ms_mask mask = {0};
    size_t n = 0;
    region *regions = ms_calloc(256, sizeof *regions);
    /* pyradiomics takes every value as it is, and the axes as they are stored */
    ms_scan_options scan_options = {.series = ms_args_text(args, "series"),
                                    .keep_values = config->as_pyradiomics};
    ms_status status = regions ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_scan_read(image, &scan_options, &scan, err);
    if (status == MS_OK) status = ms_mask_read(mask_path, &scan.volume.geometry, &mask, err);
    if (status == MS_OK) ms_feature_config_stored(config, &scan.layout);
    if (status == MS_OK) status = choose_regions(args, &mask, config->label, regions, &n, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        ms_feature_set set = {0};
        warn_of_padding(&scan, &mask, &regions[i], o->image);
        status = ms_stop_check(err);
        if (status == MS_OK)
            status =
                ms_features_extract(&scan.volume, &mask, regions[i].labels, regions[i].n, config, &set, err);
        if (status != MS_OK && status != MS_EUSAGE) ms_error_prefix(err, "%s, %s", image, mask_path);
        if (status == MS_OK) status = add[o->format](o, &regions[i], &set, err);
        ms_feature_set_clear(&set);
    }
    ms_scan_clear(&scan);
    ms_mask_clear(&mask);
    free(regions);
    return status;
}

static ms_status add_object(cJSON *array, cJSON **object, ms_error *err) {
    *object = cJSON_CreateObject();
    if (*object && cJSON_AddItemToArray(array, *object)) return MS_OK;
    cJSON_Delete(*object);
    return ms_error_nomem(err);
}

/* A case that failed: said, and kept in JSON. */
static ms_status add_failed(output *o, const ms_feature_result *r, ms_error *err) {
    cJSON *item = NULL;
    ms_log(MS_LOG_ERROR, "case %s: %s", r->case_id ? r->case_id : "without a name", r->error);
    if (o->format != 2) return MS_OK;
    ms_status status = add_object(o->failed, &item, err);
    if (status == MS_OK) status = ms_json_add_text(item, "case_id", r->case_id ? r->case_id : "", err);
    return status == MS_OK ? ms_json_add_text(item, "error", r->error, err) : status;
}

/* One region of one of many images. */
static ms_status take(void *context, const ms_feature_result *r, ms_error *err) {
    output *o = context;
    region labels = {.n = 0};
    ms_status status = MS_OK;
    if (r->error) return add_failed(o, r, err);
    o->case_id = r->case_id;
    o->image = r->image;
    o->mask = r->mask;
    (void)ms_text_format(labels.text, sizeof labels.text, "%s", r->labels);
    if (o->format == 2 && (!o->regions || o->case_row != r->row)) {
        cJSON *item = NULL;
        o->case_row = r->row;
        status = add_object(o->cases, &item, err);
        if (status == MS_OK) status = ms_json_add_text(item, "case_id", r->case_id, err);
        if (status == MS_OK) status = ms_json_add_text(item, "image", r->image, err);
        if (status == MS_OK) status = ms_json_add_text(item, "mask", r->mask, err);
        if (status == MS_OK) status = ms_json_add_array(item, "regions", &o->regions, err);
    }
    return status == MS_OK ? add[o->format](o, &labels, r->set, err) : status;
}

/* A table has its columns even when every case fails. */
static ms_status start_many(output *o, const ms_feature_config *config, ms_error *err) {
    ms_feature_set names = {0};
    ms_status status = MS_OK;
    if (o->format != 2) {
        o->case_id = "";
        status = ms_table_new(&o->table, "features", err);
        if (status == MS_OK) status = ms_feature_names(config, &names, err);
        if (status == MS_OK) status = start_table(o, &names, err);
        ms_feature_set_clear(&names);
        return status;
    }
    o->json = cJSON_CreateObject();
    if (!o->json) return ms_error_nomem(err);
    status = ms_json_add_array(o->json, "cases", &o->cases, err);
    return status == MS_OK ? ms_json_add_array(o->json, "failed", &o->failed, err) : status;
}

/* The parameter sheet, beside a table in a file or where it was asked for. */
static ms_status write_sheet(const ms_args *args, const ms_feature_config *config, ms_error *err) {
    const char *path = ms_args_text(args, "output"), *sheet = ms_args_text(args, "sheet"),
               *given = ms_args_text(args, "config");
    const bool file = path && strcmp(path, "-") != 0;
    if (!file && !sheet) return MS_OK;
    const bool many = ms_args_operands(args) == 1;
    ms_sheet_file files[3] = {{many ? "cases" : "image", ms_args_operand(args, 0)}};
    size_t n = 1;
    if (!many) files[n++] = (ms_sheet_file){"mask", ms_args_operand(args, 1)};
    if (given) files[n++] = (ms_sheet_file){"configuration", given};
    return ms_feature_sheet_files(config, file ? path : NULL, sheet, files, n, err);
}

static ms_status write_output(const ms_args *args, const ms_feature_config *config, const output *o,
                              ms_error *err) {
    const char *path = ms_args_text(args, "output");
    if (ms_args_dry_run(args)) return MS_OK;
    ms_status status = write_sheet(args, config, err);
    if (!path) path = "-";
    if (status != MS_OK) return status;
    return o->format == 2 ? ms_json_write(o->json, path, err) : ms_table_write(o->table, path, err);
}

/* What is done is written, also when some cases failed. */
static ms_status measure_many(const ms_args *args, const ms_feature_config *config, output *o,
                              ms_error *err) {
    const char *path = ms_args_operand(args, 0);
    const char *labels[255];
    ms_feature_run r = {.config = config, .labels = labels, .series = ms_args_text(args, "series")};
    ms_table *cases = NULL;
    ms_error failed = {0};
    char *folder = ms_path_folder(path);
    ms_status status = folder ? start_many(o, config, err) : ms_error_nomem(err);
    while (r.n_labels < MS_COUNT(labels) && ms_args_text_at(args, "label", r.n_labels)) {
        region checked;
        labels[r.n_labels] = ms_args_text_at(args, "label", r.n_labels);
        if (status == MS_OK) status = parse_region(labels[r.n_labels], &checked, err);
        r.n_labels++;
    }
    r.folder = folder;
    if (status == MS_OK) status = ms_table_read(&cases, path, err);
    ms_status many =
        status == MS_OK && !ms_args_dry_run(args) ? ms_feature_cases(cases, &r, take, o, &failed) : MS_OK;
    if (status == MS_OK && (many == MS_OK || many == MS_EPARTIAL))
        status = write_output(args, config, o, err);
    if (status == MS_OK && many != MS_OK) {
        *err = failed;
        status = many;
    }
    ms_table_free(cases);
    free(folder);
    return status;
}

static ms_status list_names(const ms_feature_config *config, const char *prefix, ms_error *err) {
    ms_feature_set set = {0};
    ms_buffer text;
    ms_buffer_init(&text);
    ms_status status = ms_feature_names(config, &set, err);
    for (size_t i = 0; i < set.n && status == MS_OK; i++)
        ms_buffer_printf(&text, "%s%s\n", prefix, set.names[i]);
    if (status == MS_OK && ms_buffer_failed(&text)) status = ms_error_nomem(err);
    if (status == MS_OK && text.length > 0) status = ms_file_write("-", text.data, text.length, err);
    ms_buffer_clear(&text);
    ms_feature_set_clear(&set);
    return status;
}

/* The catalogue as a table; what a feature needs is in its last column. */
static ms_status print_catalogue(ms_error *err) {
    static const char *const names[] = {"family", "pyradiomics", "ibsi_tag", "ibsi_code", "unit", "region"};
    ms_table *table = NULL;
    ms_status status = ms_table_new(&table, "catalogue", err);
    if (status == MS_OK) status = add_columns(table, names, MS_COUNT(names), err);
    for (size_t i = 0; i < ms_n_feature_catalogue && status == MS_OK; i++) {
        const ms_feature_entry *e = &ms_feature_catalogue[i];
        const char *needs = e->dimensions == 2 ? "one slice" : e->dimensions == 3 ? "several slices" : "any";
        const char *cells[] = {e->family_name, e->pyradiomics, e->ibsi_tag, e->ibsi_code, e->unit, needs};
        size_t row;
        status = ms_table_add_row(table, &row, err);
        for (size_t c = 0; c < MS_COUNT(cells) && status == MS_OK; c++)
            status = ms_table_set(table, row, c, cells[c], err);
    }
    if (status == MS_OK) status = ms_table_write(table, "-", err);
    ms_table_free(table);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    static const char *const formats[] = {"csv", "long", "json"};
    const char *prefix = ms_args_text(args, "prefix");
    output o = {.prefix = prefix ? prefix : ""};
    ms_feature_config config;
    if (ms_args_flag(args, "catalogue")) return print_catalogue(err);
    ms_status status = ms_args_choice(args, "format", formats, 3, &o.format, err);
    if (status == MS_OK) status = read_config(args, &config, err);
    if (status == MS_OK && ms_args_flag(args, "list")) return list_names(&config, o.prefix, err);
    if (status == MS_OK && ms_args_operands(args) == 0)
        status = ms_error_set(
            err, MS_EUSAGE,
            "features: give an image and a mask, or a table of them (or --list for the names alone)");
    if (status != MS_OK) return status;
    if (ms_args_operands(args) == 1) {
        status = measure_many(args, &config, &o, err);
        goto cleanup;
    }
    o.image = ms_path_base(ms_args_operand(args, 0));
    o.mask = ms_path_base(ms_args_operand(args, 1));
    status = start_output(&o, err);
    if (status == MS_OK) status = measure(args, &config, &o, err);
    if (status == MS_OK) status = write_output(args, &config, &o, err);
cleanup:
    ms_table_free(o.table);
    cJSON_Delete(o.json);
    return status;
}

const ms_command ms_command_features = {
    .group = "imaging",
    .name = "features",
    .operands = "IMAGE MASK | CASES",
    .min_operands = 0,
    .max_operands = 2,
    .summary = "radiomics features of the labels of a mask",
    .details =
        "IMAGE is a scan as for `info` (DICOM, NIfTI, NRRD, MetaImage), MASK a label image on the "
        "same grid. Prints a "
        "table with a row a region: image, mask, label, then the features. A region within one slice "
        "is measured "
        "in 2D. A feature that cannot be computed is an empty cell; --format long says why.\n\n"
        "Presets: default (shape and textures of the original image), liu2024 (1343 features: 17 "
        "images x 79, slice "
        "by slice), liu2024-3d, pyradiomics (its own defaults and names), ibsi (IBSI's definitions "
        "and tags). "
        "docs/features.md says what each computes and where pyradiomics and IBSI differ.\n\n"
        "CASES is a CSV file with columns image and mask (paths beside the file), and may have case_id "
        "and label (2+3). Cases run side by side on --threads; the table has a case_id in front. A "
        "case that fails is named with the reason and has no row; the others are done (exit code 4).",
    .example =
        "# the 1343 features of all skeletal muscle (labels 1 to 3), after segment\n"
        "myosurv features scan.nii.gz out/mask.nii.gz --label 1,2,3 --preset liu2024 --prefix sm_ > sm.csv\n"
        "# one row a label, and the reason for every missing value\n"
        "myosurv features scan.nii.gz out/mask.nii.gz --format long\n"
        "# many images: a table with columns case_id, image, mask and label\n"
        "myosurv features cases.csv --preset liu2024 --prefix sm_ > sm.csv\n"
        "# with the parameter file of a published pyradiomics model\n"
        "myosurv features scan.nii.gz out/mask.nii.gz --config params.yaml\n"
        "# into a file, with the parameter sheet pm.parameters.json beside it\n"
        "myosurv features scan.nii.gz out/mask.nii.gz --label 2,3 --preset liu2024 -o pm.csv",
    .options = options,
    .run = run,
};
