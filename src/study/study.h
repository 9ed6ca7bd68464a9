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
    bool is_synthetic;          /* the table says so in a column `synthetic` */
    char model_sha256[65];      /* of the network's file, "" without one */
    char parameters_sha256[65]; /* of everything in study.json that a case's results depend on */
};

/* ---- spec.c ------------------------------------------------------------------------------------------ */
void ms_study_spec_default(ms_study_spec *spec);
MS_NODISCARD ms_status ms_study_spec_read(const char *path, ms_study_spec *spec, ms_error *err);
MS_NODISCARD ms_status ms_study_spec_write(const ms_study_spec *spec, const char *path, ms_error *err);

/* ---- cohort.c ---------------------------------------------------------------------------------------- */
/* Checks a clinical table against the endpoints; `scan_root` is where scans are looked for. patients is to be
 * freed with ms_patients_free. */
MS_NODISCARD ms_status ms_cohort_read(const ms_table *table, const ms_study_spec *spec, const char *scan_root,
                                      ms_patient **patients, size_t *n, ms_error *err);
void ms_patients_free(ms_patient *patients, size_t n);

/* ---- case.c, key.c ----------------------------------------------------------------------------------- */
/* "folder/cases/<id>/<name>"; name NULL gives the case's folder. To be freed; NULL when out of memory. */
char *ms_case_path(const ms_study *study, size_t i, const char *name);
/* A path in the study folder, to be freed. */
char *ms_study_path(const ms_study *study, const char *relative);
/* The key a finished case must carry, and the hash of its scan. */
MS_NODISCARD ms_status ms_case_key(const ms_study *study, size_t i, char key[65], char scan_sha256[65],
                                   ms_error *err);
MS_NODISCARD ms_status ms_case_status_read(const ms_study *study, size_t i, ms_case_status *status,
                                           ms_error *err);
/* Scan to features: writes everything of the case, done.json last. */
MS_NODISCARD ms_status ms_case_run(const ms_study *study, size_t i, const ms_muscle_network *network,
                                   ms_error *err);
/* Notes why a case failed (failed.json), so that `study status` and the report can say it. */
MS_NODISCARD ms_status ms_case_note_failure(const ms_study *study, size_t i, const ms_error *why,
                                            ms_error *err);
/* ---- collect.c: from cases/ to tables/ ---------------------------------------------------------------- */

/* Every case's outcome in memory, in the table's order. */
typedef struct ms_collected {
    size_t n;             /* = study->n */
    ms_case_state *state; /* [n] done or failed */
    bool *used;           /* [n] done and sure enough of its level */
    char (*reason)[256];  /* [n] why failed or left out */
    double *confidence;   /* [n] */
    double *values;       /* [n * ms_n_measures] NaN where unknown */
    struct cJSON **json;  /* [n] measurements.json, NULL where not done */
    ms_table *features;   /* one row a used case, case_id first */
    size_t *feature_row;  /* [n] row in features, SIZE_MAX where not used */
} ms_collected;
MS_NODISCARD ms_status ms_collect(const ms_study *study, ms_collected *collected, ms_error *err);
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
