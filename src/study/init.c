/* Making a study folder. */
#include "study/study.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Training or internal validation, 7:3, for the rows of the first cohort; the other cohorts are external. The
 * share is exact and a row's place depends on its id and the seed only, so reordering the table changes
 * nothing. */
typedef struct ranked {
    uint64_t rank;
    size_t row;
} ranked;

static int compare_rank(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    return x->rank != y->rank ? (x->rank > y->rank) - (x->rank < y->rank)
                              : (x->row > y->row) - (x->row < y->row);
}

static ms_status add_split(ms_table *table, uint64_t seed, ms_error *err) {
    size_t id, cohort, split, n = ms_table_rows(table), m = 0;
    ms_status status = ms_table_require(table, "case_id", &id, err);
    if (status != MS_OK) return status;
    bool cohorts = ms_table_find(table, "cohort", &cohort);
    ranked *order = ms_calloc(n, sizeof *order);
    if (!order) return ms_error_nomem(err);
    status = ms_table_add_column(table, "split", &split, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        bool first =
            !cohorts || strcmp(ms_table_cell(table, i, cohort), ms_table_cell(table, 0, cohort)) == 0;
        if (first) order[m++] = (ranked){ms_random_seed_of(seed, ms_table_cell(table, i, id)), i};
        if (!first) status = ms_table_set(table, i, split, "external", err);
    }
    qsort(order, m, sizeof *order, compare_rank);
    for (size_t i = 0; i < m && status == MS_OK; i++)
        status =
            ms_table_set(table, order[i].row, split, i < (m * 7 + 5) / 10 ? "training" : "internal", err);
    free(order);
    return status;
}

/* Where the table's scans are, seen from the study folder: its own folder, as an absolute path. */
static ms_status find_scan_root(const char *cohort_path, char *root, size_t size, ms_error *err) {
    char *folder = ms_path_folder(cohort_path), full[PATH_MAX];
    if (!folder) return ms_error_nomem(err);
    const char *found = realpath(folder, full);
    free(folder);
    if (!found || !ms_text_format(root, size, "%s", full))
        return ms_error_set(err, MS_EINPUT, "%s: its folder cannot be resolved", cohort_path);
    return MS_OK;
}

static ms_status write_study(const char *folder, const ms_study_spec *spec, const ms_table *table,
                             ms_error *err) {
    char *json = ms_path_join(folder, "study.json"), *csv = ms_path_join(folder, spec->cohort);
    ms_status status = json && csv ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && (ms_path_exists(json) || ms_path_exists(csv)))
        status = ms_error_set(err, MS_EINPUT,
                              "%s: there is a study here already; 'myosurv study run %s' goes on with it",
                              folder, folder);
    if (status == MS_OK) status = ms_make_dirs(folder, err);
    if (status == MS_OK) status = ms_table_write(table, csv, err);
    if (status == MS_OK) status = ms_study_spec_write(spec, json, err);
    free(json);
    free(csv);
    return status;
}

ms_status ms_study_init(const char *folder, const ms_study_init_options *options, ms_error *err) {
    ms_study_spec spec;
    ms_table *table = NULL;
    ms_patient *patients = NULL;
    size_t n = 0, split;
    ms_feature_config features;
    ms_study_spec_default(&spec);
    spec.seed = options->seed;
    if (options->preset) (void)ms_text_format(spec.preset, sizeof spec.preset, "%s", options->preset);
    if (!ms_text_format(spec.title, sizeof spec.title, "%s",
                        options->title ? options->title : ms_path_base(folder)))
        return ms_error_set(err, MS_EUSAGE, "the title is too long (at most 127 bytes)");
    ms_status status = ms_feature_config_preset(&features, spec.preset, err);
    if (status == MS_OK)
        status = find_scan_root(options->cohort_path, spec.scan_root, sizeof spec.scan_root, err);
    if (status == MS_OK) status = ms_table_read(&table, options->cohort_path, err);
    if (status == MS_OK && !ms_table_find(table, "split", &split)) status = add_split(table, spec.seed, err);
    if (status == MS_OK) status = ms_cohort_read(table, &spec, spec.scan_root, &patients, &n, err);
    if (status == MS_OK) status = write_study(folder, &spec, table, err);
    ms_patients_free(patients, n);
    ms_table_free(table);
    return status;
}
