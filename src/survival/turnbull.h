/* survival/turnbull.h: between the files of Turnbull's estimate. */
#ifndef MS_SURVIVAL_TURNBULL_H
#define MS_SURVIVAL_TURNBULL_H

#include "survival/survival.h"

/* Row i may have its event in the intervals first[i] .. last[i] (of m). */
typedef struct ms_cover {
    size_t n, m;
    const double *weight; /* [n] or NULL */
    size_t *first, *last; /* [n] */
} ms_cover;

/* Maximises sum w log(sum of the masses covered); mass[m] is filled. *gap is the largest excess over the
 * Kuhn-Tucker condition. */
MS_NODISCARD ms_status ms_turnbull_masses(const ms_cover *cover, double *mass, double *loglik, double *gap,
                                          size_t *iterations, ms_error *err);
/* Variances of the cumulative masses after each interval, by the inverse of the observed information of those
 * above `least`; NaN where it is singular. */
MS_NODISCARD ms_status ms_turnbull_variance(const ms_cover *cover, const double *mass, double least,
                                            double *variance, ms_error *err);

#endif
