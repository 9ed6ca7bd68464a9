/* survival/concordance.h: between the concordance*.c files. */
#ifndef MS_SURVIVAL_CONCORDANCE_H
#define MS_SURVIVAL_CONCORDANCE_H

#include "survival/survival.h"

/* time_weight[] at every position of the stratum (used for events only); scratch[n]. */
void ms_concordance_time_weights(const ms_sorted *sorted, size_t stratum,
                                 const ms_concordance_options *options, double *scratch, double *time_weight);

/* ms_concordance_compute with the data sorted already. */
MS_NODISCARD ms_status ms_concordance_of_sorted(const ms_surv *data, const ms_sorted *sorted,
                                                const double *risk, const ms_concordance_options *options,
                                                ms_concordance *out, ms_error *err);

/* A sequence of items (concordance_pairs.c). A pair is one item, a source, and another after it. */
typedef struct ms_pair_items {
    size_t n;
    const double *value;         /* [n] a lower or the same one is looked for */
    const uint8_t *source;       /* [n] 0 or 1 */
    const double *weight;        /* [n] of an item as the later one; NULL: 1 */
    const double *source_weight; /* [n] of a source as the earlier one; NULL: 1 */
    const uint32_t *tie; /* [n] items of one tie, which are neighbours, make no pairs: its first position;
                            NULL: no ties */
} ms_pair_items;
typedef struct ms_pair_counts {
    double lower_after, equal_after;   /* weight of those after with a lower, the same rank */
    double lower_before, equal_before; /* weight of the sources before */
} ms_pair_counts;
/* out[n]; lower_after and equal_after hold for sources only. MS_ERESOURCE. */
MS_NODISCARD ms_status ms_pairs_count(const ms_pair_items *items, ms_pair_counts *out, ms_error *err);

#endif
