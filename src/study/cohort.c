/* The clinical table: one row a patient, checked whole before anything runs. */
#include "study/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct columns {
    size_t id, scan, mask, l3_slice, l3_z, phase, height, weight, sex, age, cohort, split;
    size_t time[MS_STUDY_MAX_ENDPOINTS], event[MS_STUDY_MAX_ENDPOINTS];
} columns;

#define NO_COLUMN SIZE_MAX

static size_t optional(const ms_table *table, const char *name) {
    size_t column;
    return ms_table_find(table, name, &column) ? column : NO_COLUMN;
}

static ms_status find_columns(const ms_table *table, const ms_study_spec *spec, columns *c, ms_error *err) {
    ms_status status = ms_table_require(table, "case_id", &c->id, err);
    if (status == MS_OK) status = ms_table_require(table, "scan", &c->scan, err);
    for (size_t e = 0; e < spec->n_endpoints && status == MS_OK; e++) {
        status = ms_table_require(table, spec->endpoints[e].time, &c->time[e], err);
        if (status == MS_OK) status = ms_table_require(table, spec->endpoints[e].event, &c->event[e], err);
    }
    c->mask = optional(table, "mask");
    c->l3_slice = optional(table, "l3_slice");
    c->l3_z = optional(table, "l3_z");
    c->phase = optional(table, "phase");
    c->height = optional(table, "height_m");
    c->weight = optional(table, "weight_kg");
    c->sex = optional(table, "sex");
    c->age = optional(table, "age_years");
    c->cohort = optional(table, "cohort");
    c->split = optional(table, "split");
    return status;
}

static ms_status bad_cell(const ms_table *table, size_t row, size_t column, const char *what, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s:%zu: column %s: '%.40s' %s", ms_table_name(table),
                        ms_table_line(table, row), ms_table_column_name(table, column),
                        ms_table_cell(table, row, column), what);
}

static ms_status read_number(const ms_table *table, size_t row, size_t column, double low, double high,
                             const char *what, double *value, ms_error *err) {
    *value = NAN;
    if (column == NO_COLUMN) return MS_OK;
    ms_status status = ms_table_number(table, row, column, value, err);
    if (status == MS_OK && !isnan(*value) && !(*value >= low && *value <= high))
        status = bad_cell(table, row, column, what, err);
    return status;
}

static ms_status read_person(const ms_table *table, size_t row, const columns *c, ms_person *person,
                             ms_error *err) {
    ms_status status =
        read_number(table, row, c->height, 0.5, 2.6,
                    "is no height in metres (0.5 to 2.6); is it in centimetres?", &person->height_m, err);
    if (status == MS_OK)
        status = read_number(table, row, c->weight, 10, 500, "is no weight in kilograms (10 to 500)",
                             &person->weight_kg, err);
    if (status == MS_OK)
        status =
            read_number(table, row, c->age, 0, 130, "is no age in years (0 to 130)", &person->age_years, err);
    person->sex = 0;
    if (status != MS_OK || c->sex == NO_COLUMN || ms_table_missing(table, row, c->sex)) return status;
    const char *sex = ms_table_cell(table, row, c->sex);
    if (strcmp(sex, "m") == 0 || strcmp(sex, "M") == 0) {
        person->sex = 'm';
    } else if (strcmp(sex, "f") == 0 || strcmp(sex, "F") == 0) {
        person->sex = 'f';
    } else {
        status = bad_cell(table, row, c->sex, "must be m or f", err);
    }
    return status;
}

static ms_status read_outcome(const ms_table *table, size_t row, const columns *c, size_t e,
                              ms_patient *patient, ms_error *err) {
    double event = NAN;
    ms_status status = read_number(table, row, c->time[e], 0, 1e9, "is no time: it must be 0 or more",
                                   &patient->time[e], err);
    if (status == MS_OK) status = ms_table_number(table, row, c->event[e], &event, err);
    if (status != MS_OK) return status;
    if (!isnan(event) && event != 0 && event != 1)
        return bad_cell(table, row, c->event[e], "must be 0 (censored) or 1 (event)", err);
    if (isnan(event)) patient->time[e] = NAN;
    patient->event[e] = event == 1;
    return MS_OK;
}

static ms_status read_files(const ms_table *table, size_t row, const columns *c, const char *root,
                            ms_patient *patient, ms_error *err) {
    if (ms_table_missing(table, row, c->scan))
        return bad_cell(table, row, c->scan,
                        "is empty: name the scan (DICOM folder, NIfTI, NRRD or MetaImage)", err);
    patient->scan = ms_path_below(root, ms_table_cell(table, row, c->scan));
    if (!patient->scan) return ms_error_nomem(err);
    if (c->mask != NO_COLUMN && !ms_table_missing(table, row, c->mask)) {
        patient->mask = ms_path_below(root, ms_table_cell(table, row, c->mask));
        if (!patient->mask) return ms_error_nomem(err);
    }
    return MS_OK;
}

/* Corrections of the level, and the contrast phase where it is known. */
static ms_status read_level(const ms_table *table, size_t row, const columns *c, ms_patient *patient,
                            ms_error *err) {
    if (c->l3_slice != NO_COLUMN && !ms_table_missing(table, row, c->l3_slice)) {
        if (!ms_parse_size(ms_table_cell(table, row, c->l3_slice), &patient->l3_slice))
            return bad_cell(table, row, c->l3_slice, "is no slice index (0 is the lowest slice)", err);
        patient->has_slice = true;
    }
    const ms_status status =
        read_number(table, row, c->l3_z, -1e6, 1e6, "is no height in mm", &patient->l3_z, err);
    if (status != MS_OK) return status;
    patient->has_z = !isnan(patient->l3_z);
    if (patient->has_slice && patient->has_z)
        return bad_cell(table, row, c->l3_z, "and l3_slice exclude each other: give one", err);
    if (c->phase == NO_COLUMN || ms_table_missing(table, row, c->phase)) return MS_OK;
    patient->phase = ms_phase_find(ms_table_cell(table, row, c->phase));
    if (patient->phase == MS_PHASES)
        return bad_cell(table, row, c->phase, "must be plain, arterial, portal, delayed or unknown", err);
    return MS_OK;
}

static ms_status read_split(const ms_table *table, size_t row, const columns *c, ms_patient *patient,
                            ms_error *err) {
    static const char *const known[] = {"training", "internal", "external"};
    bool no_cohort = c->cohort == NO_COLUMN || ms_table_missing(table, row, c->cohort);
    patient->cohort = no_cohort ? "main" : ms_table_cell(table, row, c->cohort);
    if (c->split == NO_COLUMN)
        return ms_error_set(
            err, MS_EINPUT,
            "%s: no column 'split' (training, internal or external); 'myosurv study init' makes one",
            ms_table_name(table));
    const char *split = ms_table_cell(table, row, c->split);
    for (size_t i = 0; i < MS_COUNT(known); i++) {
        if (strcmp(split, known[i]) == 0) {
            patient->split = known[i];
            return MS_OK;
        }
    }
    return bad_cell(table, row, c->split, "must be training, internal or external", err);
}

static ms_status read_row(const ms_table *table, size_t row, const columns *c, const ms_study_spec *spec,
                          const char *root, ms_patient *patient, ms_error *err) {
    patient->row = row;
    patient->corrected = "";
    patient->id = ms_table_cell(table, row, c->id);
    if (!ms_text_is_safe_name(patient->id))
        return bad_cell(
            table, row, c->id,
            "is no case id: 1 to 100 letters, digits, dots, dashes and underscores, starting with a "
            "letter or digit (it names a folder)",
            err);
    ms_status status = read_files(table, row, c, root, patient, err);
    if (status == MS_OK) status = read_level(table, row, c, patient, err);
    if (status == MS_OK &&
        (patient->has_slice || patient->has_z || patient->mask || patient->phase != MS_PHASE_UNKNOWN))
        patient->corrected = "table";
    if (status == MS_OK) status = read_person(table, row, c, &patient->person, err);
    if (status == MS_OK) status = read_split(table, row, c, patient, err);
    for (size_t e = 0; e < spec->n_endpoints && status == MS_OK; e++)
        status = read_outcome(table, row, c, e, patient, err);
    return status;
}

static int compare_ids(const void *a, const void *b) {
    const ms_patient *const *x = a, *const *y = b;
    int order = strcmp((*x)->id, (*y)->id);
    return order ? order : ((*x)->row > (*y)->row) - ((*x)->row < (*y)->row);
}

static ms_status check_unique(const ms_table *table, const ms_patient *patients, size_t n, ms_error *err) {
    const ms_patient **sorted = ms_calloc(n, sizeof *sorted);
    if (!sorted) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) sorted[i] = &patients[i];
    qsort(sorted, n, sizeof *sorted, compare_ids);
    ms_status status = MS_OK;
    for (size_t i = 1; i < n && status == MS_OK; i++) {
        if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0)
            status = ms_error_set(err, MS_EINPUT, "%s:%zu: case id '%s' is there twice (first on line %zu)",
                                  ms_table_name(table), ms_table_line(table, sorted[i]->row), sorted[i]->id,
                                  ms_table_line(table, sorted[i - 1]->row));
    }
    free(sorted);
    return status;
}

ms_status ms_cohort_read(const ms_table *table, const ms_study_spec *spec, const char *scan_root,
                         ms_patient **out, size_t *out_n, ms_error *err) {
    columns c;
    size_t n = ms_table_rows(table);
    ms_patient *patients = NULL;
    ms_status status = find_columns(table, spec, &c, err);
    if (status == MS_OK && n == 0)
        status = ms_error_set(err, MS_EINPUT, "%s: has no patients", ms_table_name(table));
    if (status == MS_OK && !(patients = ms_calloc(n, sizeof *patients))) status = ms_error_nomem(err);
    for (size_t row = 0; row < n && status == MS_OK; row++)
        status = read_row(table, row, &c, spec, scan_root, &patients[row], err);
    if (status == MS_OK) status = check_unique(table, patients, n, err);
    if (status == MS_OK) {
        *out = patients;
        *out_n = n;
    } else {
        ms_patients_free(patients, n);
    }
    return status;
}

void ms_patients_free(ms_patient *patients, size_t n) {
    for (size_t i = 0; patients && i < n; i++) {
        free(patients[i].scan);
        free(patients[i].mask);
    }
    free(patients);
}
