/* survival/concordance.h: between concordance.c and concordance_weights.c. */
#ifndef MS_SURVIVAL_CONCORDANCE_H
#define MS_SURVIVAL_CONCORDANCE_H

#include "survival/survival.h"

/* time_weight[row] for every row of the stratum (used for events only); scratch[n]. */
void ms_concordance_time_weights(const ms_sorted *sorted, size_t stratum,
                                 const ms_concordance_options *options, double *scratch, double *time_weight);

#endif
