/* myosurv/study_train.h: training with the steps before the network.
 *
 * Harmonization over scanners (ComBat) and selection of columns (the filters of `select`) are fitted on the
 * rows of the table that is trained on, in this order, and go into the model (myosurv/model_steps.h). Called
 * on the training part of each fold, nothing of the other part is learned from. */
#ifndef MYOSURV_STUDY_TRAIN_H
#define MYOSURV_STUDY_TRAIN_H

#include "myosurv/model_steps.h"
#include "myosurv/study_tables.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ms_train_steps {
    /* Column that names the scanner or centre, or NULL: no harmonization. Every batch needs two rows. */
    const char *harmonize;
    /* Columns whose effect is kept when the batches' effects are estimated, e.g. "age_years,sex", or NULL.
     * The correction itself is at the covariates' mean, so that a new patient needs no covariates for it
     * (neuroCombatFromTraining does the same). They are inputs only when they are among the columns. */
    const char *harmonize_keep;
    /* The columns, of those that are inputs, that are harmonized: names and patterns; NULL: all but
     * harmonize_keep and those with one or two values only. */
    const char *harmonize_columns;
    bool select;             /* choose columns by select_options, or those of select_file */
    const char *select_file; /* what `select --save` wrote, or NULL: select_options are learned here */
    ms_select_options select_options; /* features, train, time and event are not looked at */
} ms_train_steps;
MS_API void ms_train_steps_default(ms_train_steps *steps);
/* Reads "max_correlation=0.9,cox_fdr=0.1,mrmr=20,icc=FILE.csv,min_icc=0.8" (the names of the options above),
 * "default", or the path of a saved selection (it holds no = and is no "default"). *reliability gets the
 * table of icc=, to be freed after use, and select_file points into `text`. MS_EUSAGE with the nearest name
 * for one that is not known. */
MS_API MS_NODISCARD ms_status ms_train_steps_read(ms_train_steps *steps, const char *text,
                                                  ms_table **reliability, ms_error *err);

/* ms_model_train_table_more after the steps. Without steps (NULL, or nothing asked for) the same. Watched
 * tables are harmonized too. */
MS_API MS_NODISCARD ms_status ms_train_with_steps(const ms_table *table, const char *time, const char *event,
                                                  const char *columns, const ms_train_steps *steps,
                                                  const ms_train_config *config, uint64_t seed,
                                                  const ms_train_tables *more, ms_model **model,
                                                  ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
