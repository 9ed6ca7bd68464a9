/* survival/maxstat.h: between the files of the maximally selected log-rank statistic. */
#ifndef MS_SURVIVAL_MAXSTAT_H
#define MS_SURVIVAL_MAXSTAT_H

#include "myosurv/survival_curves.h"
#include "survival/survival.h"

/* P-values of a largest statistic b over cuts with below[k] of n rows each (maxstat_p.c). */
double ms_maxstat_lau92(double b, double min_prop, double max_prop);
double ms_maxstat_lau94(double b, size_t n, const size_t *below, size_t n_cuts);
/* NaN when out of memory. */
double ms_maxstat_exact_gauss(double b, size_t n, const size_t *below, size_t n_cuts);
/* By permutations of scores[n] (in order of x): the share with a largest statistic of at least b, the data's
 * own order counted with them. */
MS_NODISCARD ms_status ms_maxstat_permute(double b, const double *scores, size_t n, const size_t *below,
                                          size_t n_cuts, size_t permutations, uint64_t seed, double *p,
                                          ms_error *err);
/* Hothorn & Lausen's bound for whole-number scores (maxstat_exact.c); NaN where the table of the exact
 * distribution would be too large. */
MS_NODISCARD ms_status ms_maxstat_hl(double b, const double *scores, size_t n, const size_t *below,
                                     size_t n_cuts, double *p, ms_error *err);
/* Standardised statistics of the cuts; returns the largest, *best its place. statistic may be NULL. */
double ms_maxstat_scan(const double *scores, size_t n, const size_t *below, size_t n_cuts, double *statistic,
                       size_t *best);

#endif
