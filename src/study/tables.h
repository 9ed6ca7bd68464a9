/* study/tables.h */
#ifndef MS_STUDY_TABLES_H
#define MS_STUDY_TABLES_H

#include "study/study.h"

/* tables/cases.csv, flow.csv, measurements.csv and, unless risks is NULL, risks.csv; and the parameters
 * beside features.csv, which ms_features_join wrote. */
MS_NODISCARD ms_status ms_study_write_tables(const ms_study *study, const ms_collected *collected,
                                             const ms_risks *risks, ms_error *err);

#endif
