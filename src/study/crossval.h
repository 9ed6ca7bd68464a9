/* study/crossval.h: what the files of the cross-validation share. */
#ifndef MS_STUDY_CROSSVAL_H
#define MS_STUDY_CROSSVAL_H

#include "base/base.h"
#include "myosurv/study_evaluate.h"

/* One pass over all folds: everybody predicted once, by models that have not seen him. Arrays as in
 * ms_crossval for one repeat: fold[n], risk[n_procedures * n], probability[n_procedures * n_times * n], high.
 */
typedef struct ms_cv_pass {
    size_t *fold;
    double *risk, *probability;
    uint8_t *high;
} ms_cv_pass;

/* crossval_scores.c: fills scores, fold_c and n_scores from the predictions. */
MS_NODISCARD ms_status ms_cv_scores(const ms_dataset *data, ms_crossval *crossval, ms_error *err);
/* Harrell's C of risk[n]; NaN where no pair can be compared. */
MS_NODISCARD ms_status ms_cv_concordance(const double *time, const uint8_t *event, const double *risk,
                                         size_t n, double *c, ms_error *err);
/* Where procedure m of repeat r begins. */
size_t ms_cv_at(const ms_crossval *crossval, size_t procedure, size_t repeat);

#endif
