/* radiomics/ibsi_compare.c: our values beside the reference values of the IBSI (Zwanenburg et al. 2020): the
 * digital phantom and the CT phantom's configurations A to E. The configurations are those of the reference
 * manual, table 4.2. */
#include "radiomics/ibsi2.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One configuration of the manual: the JSON keys of docs/features.md say the same. */
typedef struct setup {
    const char *name, *phantom;
    bool two_d, three_d; /* which aggregations its table has */
    double spacing_mm[3], bin_width, resegment_hu[2], sigma, ivh_bin_width;
    size_t bin_count, ivh_bin_count;
    bool round, spline;
} setup;

#define DIGITAL "ibsi_1_digital_phantom"
#define CT "ibsi_1_ct_radiomics_phantom"
static const setup setups[] = {
    {.name = "dig_phantom",
     .phantom = DIGITAL,
     .two_d = true,
     .three_d = true,
     .bin_width = 1,
     .resegment_hu = {(double)NAN, (double)NAN}},
    {.name = "config_A", .phantom = CT, .two_d = true, .bin_width = 25, .resegment_hu = {-500, 400}},
    {.name = "config_B",
     .phantom = CT,
     .two_d = true,
     .spacing_mm = {2, 2, 0},
     .bin_count = 32,
     .resegment_hu = {-500, 400},
     .round = true},
    {.name = "config_C",
     .phantom = CT,
     .three_d = true,
     .spacing_mm = {2, 2, 2},
     .bin_width = 25,
     .resegment_hu = {-1000, 400},
     .ivh_bin_width = 2.5,
     .round = true},
    {.name = "config_D",
     .phantom = CT,
     .three_d = true,
     .spacing_mm = {2, 2, 2},
     .bin_count = 32,
     .resegment_hu = {(double)NAN, (double)NAN},
     .sigma = 3,
     .round = true},
    {.name = "config_E",
     .phantom = CT,
     .three_d = true,
     .spacing_mm = {2, 2, 2},
     .bin_count = 32,
     .ivh_bin_count = 1000,
     .resegment_hu = {-1000, 400},
     .sigma = 3,
     .round = true,
     .spline = true},
};

static ms_status make_config(const setup *s, bool force2d, ms_feature_config *c, ms_error *err) {
    ms_status status = ms_feature_config_preset(c, "ibsi", err);
    if (status != MS_OK) return status;
    for (int a = 0; a < 3; a++) c->spacing_mm[a] = s->spacing_mm[a];
    c->bin_width = s->bin_width;
    c->bin_count = s->bin_count;
    c->resegment_hu[0] = s->resegment_hu[0];
    c->resegment_hu[1] = s->resegment_hu[1];
    c->resegment_sigma = s->sigma;
    c->ivh_bin_width = s->ivh_bin_width;
    c->ivh_bin_count = s->ivh_bin_count;
    c->interpolation = s->spline ? MS_INTERPOLATE_SPLINE : MS_INTERPOLATE_LINEAR;
    c->families |= MS_FAMILY_DIAGNOSTICS;
    c->round_resampled = s->round;
    c->force2d = force2d;
    return MS_OK;
}

static ms_status phantom_path(const char *folder, const char *phantom, const char *file, char path[4096],
                              ms_error *err) {
    if (ms_text_format(path, 4096, "%s/phantoms/%s/nifti/%s", folder, phantom, file)) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s: the path is too long", folder);
}

/* The features of one configuration: [0] with the 2D aggregations, [1] with the 3D ones; the other stays
 * empty. */
static ms_status compute(const char *folder, const setup *s, ms_feature_set sets[2], ms_error *err) {
    char path[4096];
    ms_scan scan = {0};
    ms_mask mask = {0};
    const uint8_t label = 1;
    ms_status status = phantom_path(folder, s->phantom, "image/phantom.nii.gz", path, err);
    if (status == MS_OK) status = ms_scan_read(path, NULL, &scan, err);
    if (status == MS_OK) status = phantom_path(folder, s->phantom, "mask/mask.nii.gz", path, err);
    if (status == MS_OK) status = ms_mask_read(path, &scan.volume.geometry, &mask, err);
    for (int which = 0; which < 2 && status == MS_OK; which++) {
        ms_feature_config config;
        if (which == 0 ? !s->two_d : !s->three_d) continue;
        status = ms_stop_check(err);
        if (status == MS_OK) status = make_config(s, which == 0, &config, err);
        if (status == MS_OK)
            status = ms_features_extract(&scan.volume, &mask, &label, 1, &config, &sets[which], err);
    }
    ms_scan_clear(&scan);
    ms_mask_clear(&mask);
    return status;
}

static double find(const ms_feature_set sets[2], const char *tag) {
    for (int which = 0; which < 2; which++) {
        for (size_t i = 0; i < sets[which].n; i++) {
            if (strcmp(sets[which].names[i], tag) == 0) return sets[which].values[i];
        }
    }
    return (double)NAN;
}

/* Significant digits the reference is printed with, zeros at the end of a whole number not counted, and at
 * least the manual's three: "1490.0" 3, "125256.0" 6, "0.0411" 3. */
static int digits_of(const char *text) {
    size_t length = strlen(text);
    if (length > 2 && strcmp(text + length - 2, ".0") == 0) length -= 2;
    int digits = 0, trailing = 0;
    for (size_t i = 0; i < length && text[i] != 'e' && text[i] != 'E'; i++) {
        if (text[i] < '0' || text[i] > '9' || (digits == 0 && text[i] == '0')) continue;
        digits++;
        trailing = text[i] == '0' ? trailing + 1 : 0;
    }
    return digits - trailing < 3 ? 3 : digits - trailing;
}

static double rounded(double x, int digits) {
    char text[64];
    double value = x;
    if (ms_text_format(text, sizeof text, "%.*e", digits - 1, x)) (void)ms_parse_number(text, &value);
    return value;
}

static ms_reference_outcome judge(double ours, double reference, double tolerance, int digits) {
    if (isnan(ours)) return MS_REFERENCE_NOT_COMPUTED;
    bool near = fabs(rounded(ours, digits) - reference) <= tolerance + 1e-9 * fabs(reference);
    return near ? MS_REFERENCE_PASSED : MS_REFERENCE_FAILED;
}

typedef struct columns {
    size_t config, family, aggregation, code, tag, value, tolerance;
} columns;

static ms_status find_columns(const ms_table *t, columns *c, ms_error *err) {
    const struct {
        const char *name;
        size_t *column;
    } wanted[] = {{"config", &c->config},      {"family", &c->family}, {"aggregation_ibsi", &c->aggregation},
                  {"ibsi_code", &c->code},     {"tag", &c->tag},       {"value", &c->value},
                  {"tolerance", &c->tolerance}};
    ms_status status = MS_OK;
    for (size_t i = 0; i < MS_COUNT(wanted) && status == MS_OK; i++) {
        status = ms_table_require(t, wanted[i].name, wanted[i].column, err);
    }
    return status;
}

static ms_status fill_row(const ms_table *t, const columns *c, size_t r, const ms_feature_set sets[2],
                          ms_reference_row *row, ms_error *err) {
    row->config = ms_strdup(ms_table_cell(t, r, c->config));
    row->family = ms_strdup(ms_table_cell(t, r, c->family));
    row->aggregation = ms_strdup(ms_table_cell(t, r, c->aggregation));
    row->tag = ms_strdup(ms_table_cell(t, r, c->tag));
    row->code = ms_strdup(ms_table_cell(t, r, c->code));
    if (!row->config || !row->family || !row->aggregation || !row->tag || !row->code)
        return ms_error_nomem(err);
    ms_status status = ms_table_number(t, r, c->value, &row->reference, err);
    if (status == MS_OK) status = ms_table_number(t, r, c->tolerance, &row->tolerance, err);
    if (status != MS_OK) return status;
    if (isnan(row->tolerance)) row->tolerance = 0;
    row->ours = sets ? find(sets, row->tag) : (double)NAN;
    row->outcome = judge(row->ours, row->reference, row->tolerance, digits_of(ms_table_cell(t, r, c->value)));
    return MS_OK;
}

static ms_status compare(const ms_table *t, const columns *c, const ms_feature_set sets[][2],
                         ms_reference_report *report, ms_error *err) {
    ms_status status = MS_OK;
    report->rows = ms_calloc(ms_table_rows(t), sizeof *report->rows);
    if (!report->rows) return ms_error_nomem(err);
    for (size_t r = 0; r < ms_table_rows(t) && status == MS_OK; r++) {
        if (ms_table_missing(t, r, c->value)) {
            report->no_reference++;
            continue;
        }
        const ms_feature_set *of = NULL;
        for (size_t s = 0; s < MS_COUNT(setups); s++) {
            if (strcmp(setups[s].name, ms_table_cell(t, r, c->config)) == 0) of = sets[s];
        }
        ms_reference_row *row = &report->rows[report->n++];
        status = fill_row(t, c, r, of, row, err);
        report->passed += row->outcome == MS_REFERENCE_PASSED;
        report->failed += row->outcome == MS_REFERENCE_FAILED;
        report->not_computed += row->outcome == MS_REFERENCE_NOT_COMPUTED;
    }
    return status;
}

static bool needed(const ms_table *t, size_t column, const char *config) {
    for (size_t r = 0; r < ms_table_rows(t); r++) {
        if (strcmp(ms_table_cell(t, r, column), config) == 0) return true;
    }
    return false;
}

ms_status ms_ibsi_compare(const char *folder, ms_reference_report *report, ms_error *err) {
    char *path = ms_path_join(folder, "ibsi1_reference_values.csv");
    ms_table *table = NULL;
    ms_reference_report made = {0};
    ms_feature_set sets[MS_COUNT(setups)][2] = {{{0}}};
    columns c;
    ms_status status = path ? ms_table_read(&table, path, err) : ms_error_nomem(err);
    if (status == MS_OK) status = find_columns(table, &c, err);
    for (size_t s = 0; s < MS_COUNT(setups) && status == MS_OK; s++) {
        if (needed(table, c.config, setups[s].name)) status = compute(folder, &setups[s], sets[s], err);
    }
    if (status == MS_OK) status = compare(table, &c, (const ms_feature_set(*)[2])sets, &made, err);
    if (status == MS_OK) status = ms_ibsi2_append(folder, &made, err);
    if (status == MS_OK) {
        *report = made;
        made = (ms_reference_report){0};
    }
    for (size_t s = 0; s < MS_COUNT(setups); s++) {
        ms_feature_set_clear(&sets[s][0]);
        ms_feature_set_clear(&sets[s][1]);
    }
    ms_reference_report_clear(&made);
    ms_table_free(table);
    free(path);
    return status;
}

void ms_reference_report_clear(ms_reference_report *report) {
    for (size_t i = 0; i < report->n; i++) {
        free(report->rows[i].config);
        free(report->rows[i].family);
        free(report->rows[i].aggregation);
        free(report->rows[i].tag);
        free(report->rows[i].code);
    }
    free(report->rows);
    *report = (ms_reference_report){0};
}
