/* study/rivals.h: what the plain rivals of the network share. */
#ifndef MS_STUDY_RIVALS_H
#define MS_STUDY_RIVALS_H

#include "base/base.h"
#include "myosurv/study_evaluate.h"

/* Scaling learned from training rows (rivals_scale.c). */
typedef struct ms_rival_scale {
    size_t p, n_used;
    size_t *used;                       /* [n_used] columns that stay */
    double *median, *mean, *sd, *shift; /* [n_used]; shift: mean of the scaled and cut values */
    double clip;
} ms_rival_scale;
MS_NODISCARD ms_status ms_rival_scale_fit(const ms_dataset *data, const ms_rival_options *options,
                                          ms_rival_scale *out, ms_error *err);
/* z[n * n_used], each column of the training rows with mean 0 and (but for what was cut) SD 1. */
void ms_rival_scale_apply(const ms_rival_scale *scale, const double *x, size_t n, double *z);
void ms_rival_scale_clear(ms_rival_scale *scale);

/* What each kind fits: weights[p] of the scaled columns z[n * p], how many parts the model has, and a note.
 */
typedef struct ms_rival_fitting {
    const ms_dataset *data;
    const double *z;
    size_t p;
    const char **names; /* [p] */
    const ms_rival_options *options;
    size_t folds; /* options->folds, at most the number of events; below 3: no cross-validation */
    double *weights;
    size_t size;
    char note[160];
} ms_rival_fitting;
MS_NODISCARD ms_status ms_rival_pca(ms_rival_fitting *fitting, ms_error *err); /* rivals_pca.c */
MS_NODISCARD ms_status ms_rival_net(ms_rival_fitting *fitting, ms_error *err);
MS_NODISCARD ms_status ms_rival_cox(ms_rival_fitting *fitting, ms_error *err);

/* The first k principal components of z[n * p], whose columns have mean 0: variance[k] (divisor n - 1),
 * falling, and load[p * k], orthonormal columns, the largest entry of each positive. *k is lowered to the
 * rank. R: prcomp.
 */
MS_NODISCARD ms_status ms_components(const double *z, size_t n, size_t p, size_t *k, double *variance,
                                     double *load, ms_error *err);

#endif
