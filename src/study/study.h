/* study/study.h: what the files of this room share. */
#ifndef MS_STUDY_STUDY_H
#define MS_STUDY_STUDY_H

#include "myosurv/study.h"

#include "base/base.h"
#include "myosurv/body.h"
#include "myosurv/model.h"
#include "myosurv/radiomics.h"

#define MS_STUDY_MAX_ENDPOINTS 4
#define MS_STUDY_MAX_ROIS 4
#define MS_STUDY_MAX_COVARIATES 16
#define MS_STUDY_MAX_TIMES 6

typedef struct ms_endpoint {
    char name[24];            /* "os": used in file and column names */
    char label[64];           /* "Overall survival" */
    char time[64], event[64]; /* columns */
} ms_endpoint;

/* A region of interest: which labels of the mask, and the prefix of its feature columns. */
typedef struct ms_roi {
    char prefix[16]; /* "sm_" */
    char label[64];  /* "Skeletal muscle" */
    uint8_t labels[8];
    size_t n_labels;
} ms_roi;

/* study.json (spec.c). */
typedef struct ms_study_spec {
    char title[128];
    char cohort[256];     /* the table's file name in the study folder */
    char scan_root[4096]; /* what `scan` and `mask` cells are relative to; itself relative to the study folder
                             or absolute */
    char preset[32];
    char definitions[8][1024]; /* files of definitions beside those that ship */
    size_t n_definitions;
    double band_mm;   /* as ms_segment_options.band_mm */
    char model[4096]; /* the network's file, "" for the one that ships, "none" for none */
    ms_endpoint endpoints[MS_STUDY_MAX_ENDPOINTS];
    size_t n_endpoints;
    ms_roi rois[MS_STUDY_MAX_ROIS];
    size_t n_rois;
    double min_confidence; /* a case whose L3 level is less sure is left out of the statistics */
    uint64_t seed;
    ms_train_config train;
    char train_file[4096]; /* where that was read from, "" for the defaults */
    /* what the network is compared with, and when (spec_comparison.c) */
    char covariates[MS_STUDY_MAX_COVARIATES][64]; /* "age", "sex", "bmi" or columns of the table */
    size_t n_covariates;
    bool covariates_given;            /* else those of age, sex and BMI that are known */
    double times[MS_STUDY_MAX_TIMES]; /* [n_times] days, ascending, of AUC(t) */
    size_t n_times;
    double horizon; /* days: of reclassification, decision curves and calibration */
} ms_study_spec;

/* One row of cohort.csv (cohort.c). Texts point into the table. */
typedef struct ms_patient {
    const char *id;
    char *scan, *mask; /* paths that can be opened; mask NULL where none; owned */
    bool has_slice, has_z;
    size_t l3_slice;
    double l3_z;
    ms_phase phase; /* MS_PHASE_UNKNOWN: guessed */
    ms_person person;
    bool accepted; /* a person looked at its level and found it right */
    bool excluded; /* a person left it out of the statistics */
    const char *
        corrected; /* where l3_slice, l3_z, phase or mask come from: "", "table", "corrections.csv", "case" */
    const char *cohort;
    const char *split;                   /* "training", "internal" or "external" */
    double time[MS_STUDY_MAX_ENDPOINTS]; /* NaN: missing */
    uint8_t event[MS_STUDY_MAX_ENDPOINTS];
    size_t row;
} ms_patient;

struct ms_study {
    char *folder;
    ms_study_spec spec;
    ms_table *cohort;
    ms_patient *patients;
    size_t n;
    bool remember;            /* write .seen where it is out of date: the caller holds the lock */
    bool trust_records;       /* a scan that is not on this machine is what its case's record says (merge) */
    bool is_synthetic;        /* the table says so in a column `synthetic` */
    char features_sha256[65]; /* of the preset's feature names */
    char model_sha256[65];    /* of the network's file, "" without one */
    char parameters_sha256[65]; /* of everything in study.json that a case's results depend on */
};

/* ---- spec.c ------------------------------------------------------------------------------------------ */
void ms_study_spec_default(ms_study_spec *spec);
MS_NODISCARD ms_status ms_study_spec_read(const char *path, ms_study_spec *spec, ms_error *err);
MS_NODISCARD ms_status ms_study_spec_write(const ms_study_spec *spec, const char *path, ms_error *err);
/* spec_comparison.c: the keys "covariates", "times" and "horizon". */
void ms_study_spec_comparison_default(ms_study_spec *spec);
MS_NODISCARD ms_status ms_study_spec_comparison(const struct cJSON *root, const char *name,
                                                ms_study_spec *spec, ms_error *err);

/* ---- cohort.c ---------------------------------------------------------------------------------------- */
/* Checks a clinical table against the endpoints; `scan_root` is where scans are looked for. patients is to be
 * freed with ms_patients_free. */
MS_NODISCARD ms_status ms_cohort_read(const ms_table *table, const ms_study_spec *spec, const char *scan_root,
                                      ms_patient **patients, size_t *n, ms_error *err);
void ms_patients_free(ms_patient *patients, size_t n);

/* ---- corrections.c: what a person gave beside the table -------------------------------------------------
 */
/* Reads corrections.csv of the study's folder and the corrections in the cases' folders, and applies them to
 * the patients: a case's folder goes before corrections.csv, that before the table. docs/study.md. */
MS_NODISCARD ms_status ms_corrections_apply(ms_study *study, ms_error *err);

/* ---- inputs.c: the bytes a case is made from ------------------------------------------------------------
 */
typedef struct ms_case_inputs {
    char scan[65], mask[65]; /* SHA-256; mask "" where none was given */
    bool remembered;         /* not read, but taken from .seen */
    char stamp[65];          /* of the names, sizes, times and places of the files read */
} ms_case_inputs;
/* `remembered`: files whose stamp is that of cases/<id>/.seen, and older than it, are not read again. */
MS_NODISCARD ms_status ms_case_inputs_read(const ms_study *study, size_t i, bool remembered,
                                           ms_case_inputs *inputs, ms_error *err);
/* The stamp alone, to see whether something changed meanwhile. */
MS_NODISCARD ms_status ms_case_inputs_stamp(const ms_study *study, size_t i, char stamp[65], ms_error *err);
/* Writes `folder`/.seen. */
MS_NODISCARD ms_status ms_case_inputs_remember(const ms_case_inputs *inputs, const char *folder,
                                               ms_error *err);

/* ---- key.c, case_status.c -------------------------------------------------------------------------------
 */
/* "folder/cases/<id>/<name>"; name NULL gives the case's folder. To be freed; NULL when out of memory. */
char *ms_case_path(const ms_study *study, size_t i, const char *name);
/* A path in the study folder, to be freed. */
char *ms_study_path(const ms_study *study, const char *relative);
/* All that a case's files depend on, as it is written into done.json: case_id, key, version, scan_sha256,
 * mask_sha256, parameters_sha256, correction, person, parameters. `key` is the SHA-256 of the others. */
MS_NODISCARD ms_status ms_case_describe(const ms_study *study, size_t i, const ms_case_inputs *inputs,
                                        struct cJSON **description, ms_error *err);
/* What differs between two descriptions, most telling first: MS_CAUSE_NONE, or the cause and a sentence. */
ms_case_cause ms_case_compare(const struct cJSON *was, const struct cJSON *is, char reason[256]);
/* `key` is what a finished case's done.json must carry, "" where its scan cannot be read. */
MS_NODISCARD ms_status ms_case_status_read(const ms_study *study, size_t i, ms_case_status *status,
                                           char key[65], ms_error *err);

/* ---- case.c, place.c ------------------------------------------------------------------------------------
 */
/* Scan to features: makes everything of the case in a folder of its own, done.json last, and puts it in the
 * place of what was there. */
MS_NODISCARD ms_status ms_case_run(const ms_study *study, size_t i, const ms_muscle_network *network,
                                   ms_error *err);
/* Notes why a case failed (failed.json), so that `study status` and the report can say it. */
MS_NODISCARD ms_status ms_case_note_failure(const ms_study *study, size_t i, const ms_error *why,
                                            ms_error *err);
/* A new, empty folder beside the cases' folders, for one case. To be freed. */
MS_NODISCARD ms_status ms_place_begin(const ms_study *study, size_t i, char **folder, ms_error *err);
/* Makes it the case's folder, in one step where the file system can; what is not ours in the folder that was
 * there (corrections, notes) moves along. */
MS_NODISCARD ms_status ms_place_finish(const ms_study *study, size_t i, const char *folder, ms_error *err);
/* Removes what runs that were killed left behind (.tmp-PID-N-NAME of a process that is gone). `alone`: no
 * other run is at work in this folder; else only what is a day old. */
void ms_study_clean(const ms_study *study, bool alone);

/* ---- analyse.c, results.c -------------------------------------------------------------------------------
 */
/* Networks, tables, statistics and report of all cases that are done; nothing when they are there already
 * (`always`: made anew in any case). `states` is what ms_study_status gave, or a merge found. Counts failed,
 * excluded and results_before or _now in summary. The caller holds the lock. */
MS_NODISCARD ms_status ms_study_analyse(const ms_study *study, const ms_case_status *states, bool always,
                                        ms_study_run_summary *summary, ms_error *err);
/* What an analysis needs beside cases (the definitions' files), so that it does not fail for want of it after
 * hours of cases. */
MS_NODISCARD ms_status ms_study_analysis_check(const ms_study *study, ms_error *err);
/* The study's own record (done.json in its folder): version, key, seed, the SHA-256 of study.json, cohort
 * table, training settings, definitions, norms, corrections and the cases' records. */
MS_NODISCARD ms_status ms_results_describe(const ms_study *study, const ms_case_status *states,
                                           struct cJSON **description, ms_error *err);
/* Whether the record of the results that are there agrees with this description, and they with it; else why.
 */
MS_NODISCARD ms_status ms_results_compare(const ms_study *study, const struct cJSON *now, bool *current,
                                          char why[256], ms_error *err);
/* Writes the record, with the SHA-256 of every file in tables/, model/, figures/ and of the report; files of
 * the earlier record that were not made again (`before`: as they were) are removed. */
typedef struct ms_results_before ms_results_before;
MS_NODISCARD ms_status ms_results_begin(const ms_study *study, ms_results_before **before, ms_error *err);
MS_NODISCARD ms_status ms_results_finish(const ms_study *study, struct cJSON *description,
                                         const ms_results_before *before, ms_error *err);
void ms_results_before_free(ms_results_before *before);

/* ---- collect.c: from cases/ to tables/ ---------------------------------------------------------------- */

/* Every case's outcome in memory, in the table's order. */
typedef struct ms_collected {
    size_t n;                   /* = study->n */
    ms_case_state *state;       /* [n] done or failed */
    bool *used;                 /* [n] done and sure enough of its level */
    char (*reason)[256];        /* [n] why failed or left out */
    double *confidence;         /* [n] */
    double *values;             /* [n * ms_n_measures] NaN where unknown */
    struct ms_case_note *notes; /* [n] how each was measured (collect.h) */
    ms_table *features;         /* one row a used case, case_id first; NULL until ms_collect_features */
    size_t *feature_row;        /* [n] row in features, SIZE_MAX where not used */
} ms_collected;
/* Every case's measurements, features not yet. `states` is what ms_study_status gave, or a merge found. */
MS_NODISCARD ms_status ms_collect(const ms_study *study, const ms_case_status *states,
                                  ms_collected *collected, ms_error *err);
/* Joins the used cases' features into tables/features.csv and reads it back as numbers. */
MS_NODISCARD ms_status ms_collect_features(const ms_study *study, ms_collected *collected, ms_error *err);
void ms_collected_clear(ms_collected *collected);

/* ---- groups.c: the cohorts that results are reported by ------------------------------------------------ */

/* "training", "internal" and each external cohort by its name, these in alphabetical order. */
typedef struct ms_groups {
    size_t n;
    const char **names;
    size_t *of; /* [study->n] */
} ms_groups;
MS_NODISCARD ms_status ms_groups_make(const ms_study *study, ms_groups *groups, ms_error *err);
void ms_groups_clear(ms_groups *groups);

/* ---- outcome.c: networks and risks -------------------------------------------------------------------- */

typedef struct ms_risks {
    double *risk; /* [n_endpoints * n] log hazard ratio, NaN where there is none */
    int8_t *high; /* [n_endpoints * n] 1 above the training cut-point, 0 not, -1 unknown */
    bool trained[MS_STUDY_MAX_ENDPOINTS];
    char why_not[MS_STUDY_MAX_ENDPOINTS][256];
} ms_risks;
MS_NODISCARD ms_status ms_outcome_train(const ms_study *study, const ms_collected *collected, ms_risks *risks,
                                        ms_error *err);
void ms_risks_clear(ms_risks *risks);
/* figures/training_<endpoint>.svg (training_figure.c). */
MS_NODISCARD ms_status ms_study_training_figure(const ms_study *study, const ms_model *model,
                                                const ms_endpoint *endpoint, ms_error *err);

/* ---- figures 4 and 5 ---------------------------------------------------------------------------------- */

/* figure_network.c: the spread of the risks, tables/risk_distribution.csv and figures/figure4_risk_*.svg. */
MS_NODISCARD ms_status ms_study_risk_distribution(const ms_study *study, const ms_collected *collected,
                                                  const ms_risks *risks, ms_error *err);
/* covariates.c: whether the columns that "covariates" names are there. */
MS_NODISCARD ms_status ms_study_covariates_check(const ms_study *study, ms_error *err);
/* figure_comparison.c: the network held against every definition, measurement and the clinical covariates,
 * tables/comparison.csv, comparison_curves.csv and figures/figure5_*.svg. */
MS_NODISCARD ms_status ms_study_comparison(const ms_study *study, const ms_collected *collected,
                                           const ms_definitions *definitions, const ms_risks *risks,
                                           ms_error *err);

/* ---- statistics.c, curves.c --------------------------------------------------------------------------- */
MS_NODISCARD ms_status ms_study_statistics(const ms_study *study, const ms_collected *collected,
                                           const ms_definitions *definitions, const ms_risks *risks,
                                           ms_error *err);

/* A comparison of survival between two levels of one variable in one group (curves.c). */
typedef struct ms_split_result {
    size_t n[2], events[2];
    double median[2], median_lower[2], median_upper[2];
    double chisq, p, hr, hr_lower, hr_upper; /* NaN where a level is empty */
} ms_split_result;
/* rows[m] are patients with level[m] 0 or 1; the figure is written when path is not NULL. */
MS_NODISCARD ms_status ms_split_survival(const double *time, const uint8_t *event, const size_t *level,
                                         size_t m, const char *const level_names[2], const char *title,
                                         const char *path, ms_split_result *result, ms_error *err);

#endif
