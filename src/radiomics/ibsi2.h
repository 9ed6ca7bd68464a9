/* radiomics/ibsi2.h: the filters beside the reference response maps (phase 1) and reference values (phase 2)
 * of IBSI 2 (Whybra et al., Radiology 2024;310:e231319). */
#ifndef MS_RADIOMICS_IBSI2_H
#define MS_RADIOMICS_IBSI2_H

#include "radiomics/filter.h"

/* The tests of phase 1: a filter, the digital phantom it is applied to. */
typedef struct ms_ibsi2_test {
    const char *id, *phantom;
    ms_feature_filter filter;
} ms_ibsi2_test;
extern const ms_ibsi2_test ms_ibsi2_tests[];
extern const size_t ms_ibsi2_n_tests;

/* The largest difference between our response and the reference map, and the map's range. */
MS_NODISCARD ms_status ms_ibsi2_map(const char *folder, const ms_ibsi2_test *test, double *difference,
                                    double *range, ms_error *err);
/* The features of phase 2's configurations 1 to 9, A (slice by slice) or B (3D, 1 mm): names "c4_stat_mean".
 */
MS_NODISCARD ms_status ms_ibsi2_features(const char *folder, bool three_d, ms_feature_set *set,
                                         ms_error *err);
/* Adds the rows of both phases to a report where `folder` has their tables. */
MS_NODISCARD ms_status ms_ibsi2_append(const char *folder, ms_reference_report *report, ms_error *err);

#endif
