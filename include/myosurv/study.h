/* myosurv/study.h: a whole study in a folder, from scans and a clinical table to report.html.
 *
 * The folder: study.json (what to do), cohort.csv (one row a patient), cases/<case_id>/ (mask, measurements,
 * features, picture, done.json), tables/, model/, figures/, report.html. A case is done when its done.json is
 * there and its key (SHA-256 of the scan, the parameters and the program's version) still fits; anything else
 * is done again. The statistics have such a record of their own, done.json in the folder itself, and are done
 * again when a case, the table, study.json or the program's version changed. docs/study.md is the manual. */
#ifndef MYOSURV_STUDY_H
#define MYOSURV_STUDY_H

#include "myosurv/body.h"
#include "myosurv/segmenter.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ms_study ms_study;

typedef struct ms_study_init_options {
    const char *cohort_path; /* the clinical table; its `scan` cells are relative to its folder */
    const char *title;       /* NULL: the folder's name */
    const char *preset;      /* feature preset; NULL: liu2024 */
    uint64_t seed;
} ms_study_init_options;
/* Makes the folder with study.json and a copy of the table, after checking the table. MS_EINPUT when the
 * folder holds a study already. */
MS_API MS_NODISCARD ms_status ms_study_init(const char *folder, const ms_study_init_options *options,
                                            ms_error *err);

/* Reads study.json and the table, and checks both: keys, columns, ids (unique and safe as file names), times
 * (not negative), events (0 or 1), sex, numbers. */
MS_API MS_NODISCARD ms_status ms_study_open(const char *folder, ms_study **study, ms_error *err);
MS_API void ms_study_free(ms_study *study);

MS_API size_t ms_study_cases(const ms_study *study);
MS_API const char *ms_study_case_id(const ms_study *study, size_t i);

typedef enum ms_case_state {
    MS_CASE_NEW, /* never run */
    MS_CASE_DONE,
    MS_CASE_FAILED, /* the last run ended with a reason */
    MS_CASE_STALE   /* done, but something it was made from changed since */
} ms_case_state;
MS_API const char *ms_case_state_name(ms_case_state state);

/* What makes a case not done. */
typedef enum ms_case_cause {
    MS_CAUSE_NONE,       /* done */
    MS_CAUSE_NEW,        /* never run */
    MS_CAUSE_FAILED,     /* tried as it is now, and failed */
    MS_CAUSE_INPUT,      /* the bytes of its scan or mask changed */
    MS_CAUSE_CORRECTION, /* another level, phase or mask was given by hand */
    MS_CAUSE_ROW,        /* its height, weight, sex or age changed */
    MS_CAUSE_PARAMETERS, /* a key of study.json on which its files depend, or the network */
    MS_CAUSE_PROGRAM,    /* made by another version */
    MS_CAUSE_RESULTS     /* one of its files is gone */
} ms_case_cause;
MS_API const char *ms_case_cause_name(ms_case_cause cause);

typedef struct ms_case_status {
    ms_case_state state;
    ms_case_cause cause;
    char reason[256]; /* what changed ("parameters changed: band_mm 0 -> 20") or failed; "" where done or new
                       */
} ms_case_status;
/* status[ms_study_cases]. Reads the bytes of scans whose size, times or place changed since they were last
 * looked at; the others are taken as they were (ms_study_verify reads all). */
MS_API MS_NODISCARD ms_status ms_study_status(const ms_study *study, ms_case_status *status, ms_error *err);
/* Whether networks, tables, figures and report are those of the cases, table and study.json as they are now;
 * if not, why, in one sentence. `cases` is what ms_study_status gave. */
MS_API MS_NODISCARD ms_status ms_study_results_status(const ms_study *study, const ms_case_status *cases,
                                                      bool *current, char why[256], ms_error *err);
/* What `study check` looks at beyond ms_study_open: that each scan is there. Counts and logs what is missing.
 */
MS_API MS_NODISCARD ms_status ms_study_check(const ms_study *study, size_t *n_missing, ms_error *err);

/* One thing that is not what a record says. */
typedef struct ms_mismatch {
    char case_id[128]; /* "" where it is the study's own */
    char what[24];     /* "scan", "mask", "model", "row", "parameters", "version", "result", "table", ... */
    char path[512];    /* the file, or the key that changed */
    char text[256];    /* one sentence */
} ms_mismatch;
/* Recomputes the SHA-256 of every input (scan, mask, network, cohort table, study.json, definitions) and of
 * every result that the records (each case's done.json and the study's) name, from the bytes on disk, and
 * lists what does not agree. *n_checked counts the files read. Cases that are not done have no record, and
 * are counted in *n_unrecorded. *list is to be freed. */
MS_API MS_NODISCARD ms_status ms_study_verify(const ms_study *study, ms_mismatch **list, size_t *n,
                                              size_t *n_checked, size_t *n_unrecorded, ms_error *err);

typedef struct ms_study_run_options {
    unsigned jobs;       /* cases at a time; 0: ms_threads_get() */
    bool dry_run;        /* log what would be done */
    bool cases_only;     /* no model, statistics or report */
    double case_minutes; /* wall-clock limit a case; 0: 10 */
    double case_gib;     /* memory limit a case, GiB; 0: 8 */
    double max_seconds;  /* after this long no case is started any more; 0: no limit */
    bool skip_failed;    /* a case that failed is tried again only when something it is made from changed */
    /* Only the cases whose id falls to shard 1 <= shard <= shards (study_shard.h); 0, 0: all. Shards may run
     * side by side, and make the cases only. */
    size_t shard, shards;
} ms_study_run_options;
typedef struct ms_study_run_summary {
    size_t cases, done_before, done_now, failed, excluded;
    size_t left;         /* not started for want of time */
    bool results_before; /* networks, statistics and report were those of these cases already */
    bool results_now;    /* they were made now */
} ms_study_run_summary;
/* MS_EPARTIAL when some cases failed and the rest went through; MS_EBUSY when another run holds the folder;
 * MS_ERESOURCE when max_seconds were over before all was done. Running it again goes on in each case. */
MS_API MS_NODISCARD ms_status ms_study_run(ms_study *study, const ms_study_run_options *options,
                                           ms_study_run_summary *summary, ms_error *err);
/* Writes report.html from tables/, figures/, model/ and cases/ as they are. */
MS_API MS_NODISCARD ms_status ms_study_report(const ms_study *study, ms_error *err);

/* ---- segmenting scans without a study (segment_job.c, segment_list.c) --------------------------------- */

/* One scan and what is known of it. Borrowed. */
typedef struct ms_segment_job {
    const char *scan, *mask, *series;  /* paths; mask and series may be NULL */
    const char *title;                 /* in the picture */
    const char *dir;                   /* for the results, made if absent; NULL: nothing is written */
    ms_segment_options options;        /* `mask` and `info` in it are filled here */
    const ms_definitions *definitions; /* NULL: none are applied */
    const ms_norms *norms;
} ms_segment_job;
/* Reads the scan, segments it and writes mask.nii.gz, muscles.nii.gz, measurements.json and overview.png. The
 * segmentation is the caller's to clear. Errors name the file. */
MS_API MS_NODISCARD ms_status ms_segment_job_run(const ms_segment_job *job, ms_segmentation *segmentation,
                                                 ms_error *err);

/* Called as each case ends. */
typedef void (*ms_segment_done)(void *context, const char *case_id, ms_status status,
                                const ms_segmentation *segmentation, const ms_error *error);
/* Many scans in one process: a table with the columns case_id and scan, and where wanted mask, series,
 * l3_slice, l3_z, phase, height_m, weight_kg, sex, age_years (as in a study's cohort; paths relative to the
 * table). Each case goes to DIR/case_id/; DIR/measurements.csv has a row each. `common` says what holds for
 * all: its options count where a cell is empty; its `dir` is DIR (NULL: nothing is written). The table is
 * checked whole before anything runs. MS_EPARTIAL when some cases failed and the others are done. */
MS_API MS_NODISCARD ms_status ms_segment_list_run(const char *table, const ms_segment_job *common,
                                                  ms_segment_done done, void *context, ms_error *err);

/* The picture of one segmentation (overview.png) and, where thumbnail_path is not NULL, its small form for
 * pages that show many cases: the level's slice with outlines, the spine from the side and the front, the
 * numbers and flags. `title` is a case id or file name. */
MS_API MS_NODISCARD ms_status ms_study_picture(const ms_volume *volume, const ms_segmentation *segmentation,
                                               const char *title, const char *path,
                                               const char *thumbnail_path, ms_error *err);

/* The two layers that report.html lays over each other: the same slice and the spine from the side without
 * (`path`) and with nothing but (`marks_path`) outlines, vertebrae and level; sizes as ms_plot_view's. */
MS_API MS_NODISCARD ms_status ms_study_view(const ms_volume *volume, const ms_segmentation *segmentation,
                                            const char *path, const char *marks_path, ms_error *err);

/* ---- the network that outlines muscle ---------------------------------------------------------------- */

/* Trains on a table of contoured slices: columns scan (a path relative to `root`, NULL: the
 * table's folder; or phantom:SEED),
 * contour (a mask, labels 1 to 3), and as wanted name, slice (the contoured slice; else the one with most
 * muscle), weight (how often it is drawn). Rows named leave_out (NULL: none) are left out. As
 * ms_segnet_train. */
MS_API MS_NODISCARD ms_status ms_study_segmenter_train(const char *list_path, const char *root,
                                                       const char *leave_out,
                                                       const ms_segnet_training *training,
                                                       ms_segnet_on_step on_step, void *context,
                                                       const char *path, ms_error *err);
/* How a segmentation agrees with the contour of one row. Dice and area of all muscle (labels 1 to 3) and of
 * both psoas; surface distance: mean distance between the outlines, both ways, mm. NaN where one is empty. */
typedef struct ms_segmenter_score {
    char name[64];
    size_t slice;
    double dice, psoas_dice, area_cm2, contour_cm2, surface_mm, psoas_surface_mm;
    ms_flags flags;
} ms_segmenter_score;
/* Segments every row (of the name `only`, NULL: all) with the network (NULL: classical) and writes to
 * `folder` (NULL: nothing) scores.csv and pictures of the `worst` rows. *scores is to be freed. */
MS_API MS_NODISCARD ms_status ms_study_segmenter_evaluate(const char *list_path, const char *root,
                                                          const char *only, const ms_muscle_network *network,
                                                          const char *folder, size_t worst,
                                                          ms_segmenter_score **scores, size_t *n,
                                                          ms_error *err);

/* The scores as a table, as in scores.csv. */
MS_API MS_NODISCARD ms_status ms_study_segmenter_table(const ms_segmenter_score *scores, size_t n,
                                                       ms_table **table, ms_error *err);

/* A network for ms_segment; path NULL: the one that ships (data/segmenter.pt). Errors as ms_segnet_open. */
typedef struct ms_study_network ms_study_network;
MS_API MS_NODISCARD ms_status ms_study_network_open(const char *path, const char *device,
                                                    ms_study_network **network, ms_error *err);
MS_API const ms_muscle_network *ms_study_network_callback(const ms_study_network *network);
MS_API void ms_study_network_free(ms_study_network *network); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
