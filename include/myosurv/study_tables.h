/* myosurv/study_tables.h: from a table of features to features that can be trusted.
 *
 * Harmonization over scanners, reliability over repeated measurements, and selection, each read from and
 * written to tables; the statistics themselves are in myosurv/survival_tables.h and myosurv/survival.h. What
 * is learned is learned from the training rows alone, and kept in a small JSON file with which other tables
 * are treated alike. Columns are given as a comma list of names and patterns with * and ?; rows as COL=VALUE.
 * Nothing here is random. */
#ifndef MYOSURV_STUDY_TABLES_H
#define MYOSURV_STUDY_TABLES_H

#include "myosurv/radiomics_perturb.h"
#include "myosurv/survival.h"
#include "myosurv/survival_tables.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- harmonization (harmonize.c, harmonize_file.c) ------------------------------------------------------
 */

typedef struct ms_harmonize_options {
    const char *features;     /* columns to harmonize */
    const char *batch;        /* the column that names scanner or centre; any text */
    const char *covariates;   /* columns whose effect is kept, or NULL; a text column is a factor whose first
                                 level (in order) is the base */
    const char *train;        /* rows to learn from, or NULL: all */
    const char *reference;    /* the batch that stays as it is, or NULL */
    ms_combat_options combat; /* its reference is set from the above */
} ms_harmonize_options;

typedef struct ms_harmonizer ms_harmonizer;

/* Learns batch effects by ComBat (ms_combat_fit). Features may have gaps; MS_EINPUT names the cell of a batch
 * or covariate that is missing, and the column that is no number or has two roles. */
MS_API MS_NODISCARD ms_status ms_harmonizer_fit(const ms_table *table, const ms_harmonize_options *options,
                                                ms_harmonizer **out, ms_error *err);
/* Harmonizes the table's feature columns in place; all of them must be there. A batch that was not learned is
 * MS_EINPUT: nothing is known about it. covariates_at_mean: the covariates are not looked at. */
MS_API MS_NODISCARD ms_status ms_harmonizer_apply(const ms_harmonizer *harmonizer, ms_table *table,
                                                  bool covariates_at_mean, ms_error *err);
MS_API MS_NODISCARD ms_status ms_harmonizer_save(const ms_harmonizer *harmonizer, const char *path,
                                                 ms_error *err);
MS_API MS_NODISCARD ms_status ms_harmonizer_load(const char *path, ms_harmonizer **out, ms_error *err);
MS_API void ms_harmonizer_free(ms_harmonizer *harmonizer);
/* The fit; valid until the harmonizer is freed. */
MS_API const ms_combat *ms_harmonizer_combat(const ms_harmonizer *harmonizer);
MS_API const char *ms_harmonizer_batch_name(const ms_harmonizer *harmonizer, size_t batch);

#ifdef __cplusplus
}
#endif
#endif
