/* survival/logrank.h: the sums that the log-rank tests share (logrank.c). */
#ifndef MS_SURVIVAL_LOGRANK_H
#define MS_SURVIVAL_LOGRANK_H

#include "myosurv/survival_curves.h"
#include "survival/survival.h"

/* All of out but rho; *highest is the largest |observed - expected| of the first group on the way. Any powers
 * of Fleming and Harrington's weight are taken. */
MS_NODISCARD ms_status ms_logrank_sums(const ms_surv *data, const size_t *group, size_t n_groups,
                                       ms_weighting weighting, ms_logrank *out, double *highest,
                                       ms_error *err);

#endif
