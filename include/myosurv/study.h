/* myosurv/study.h: a whole study in a folder, from scans and a clinical table to report.html.
 *
 * The folder: study.json (what to do), cohort.csv (one row a patient), cases/<case_id>/ (mask, measurements,
 * features, picture, done.json), tables/, model/, figures/, report.html. A case is done when its done.json is
 * there and its key (SHA-256 of the scan, the parameters and the program's version) still fits; anything else
 * is done again. */
#ifndef MYOSURV_STUDY_H
#define MYOSURV_STUDY_H

#include "myosurv/body.h"

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
    MS_CASE_STALE   /* done, but its scan, the parameters or the program changed since */
} ms_case_state;
MS_API const char *ms_case_state_name(ms_case_state state);

typedef struct ms_case_status {
    ms_case_state state;
    char reason[256]; /* why failed or stale; "" else */
} ms_case_status;
/* status[ms_study_cases]; reads the scans' bytes to see whether they changed. */
MS_API MS_NODISCARD ms_status ms_study_status(const ms_study *study, ms_case_status *status, ms_error *err);
/* What `study check` looks at beyond ms_study_open: that each scan is there. Counts and logs what is missing.
 */
MS_API MS_NODISCARD ms_status ms_study_check(const ms_study *study, size_t *n_missing, ms_error *err);

typedef struct ms_study_run_options {
    unsigned jobs;       /* cases at a time; 0: ms_threads_get() */
    bool dry_run;        /* log what would be done */
    bool cases_only;     /* no model, statistics or report */
    double case_minutes; /* wall-clock limit a case; 0: 10 */
} ms_study_run_options;
typedef struct ms_study_run_summary {
    size_t cases, done_before, done_now, failed, excluded;
} ms_study_run_summary;
/* MS_EPARTIAL when some cases failed and the rest went through; MS_EBUSY when another run holds the folder.
 */
MS_API MS_NODISCARD ms_status ms_study_run(ms_study *study, const ms_study_run_options *options,
                                           ms_study_run_summary *summary, ms_error *err);
/* Writes report.html from tables/, figures/, model/ and cases/ as they are. */
MS_API MS_NODISCARD ms_status ms_study_report(const ms_study *study, ms_error *err);

/* The picture of one segmentation (overview.png) and, where thumbnail_path is not NULL, its small form for
 * pages that show many cases: the level's slice with outlines, the spine from the side and the front, the
 * numbers and flags. `title` is a case id or file name. */
MS_API MS_NODISCARD ms_status ms_study_picture(const ms_volume *volume, const ms_segmentation *segmentation,
                                               const char *title, const char *path,
                                               const char *thumbnail_path, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
