/* study/collect.h: what is kept of each case, and the features' table. */
#ifndef MS_STUDY_COLLECT_H
#define MS_STUDY_COLLECT_H

#include "study/study.h"

/* How a case was measured: what its measurements.json says beside the numbers. Texts are owned, NULL where
 * the case is not done. */
struct ms_case_note {
    double l3_slice, l3_z_mm, n_slices, phase_confidence, kvp, slice_thickness_mm;
    char *l3_source, *method, *model, *phase, *phase_source;
    char *flags; /* words, a space between */
};

/* Joins the used cases' features.csv into tables/features.csv, a row each in the table's order, without
 * holding them, and numbers the rows in collected->feature_row (features.c). */
MS_NODISCARD ms_status ms_features_join(const ms_study *study, ms_collected *collected, ms_error *err);

#endif
