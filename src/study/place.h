/* study/place.h: folders of cases that are being made. */
#ifndef MS_STUDY_PLACE_H
#define MS_STUDY_PLACE_H

#include "study/study.h"

/* A folder that a killed run left in `cases` for a case: what is a person's in it goes to that case's folder
 * (unless something newer is there), the rest is removed. */
MS_NODISCARD ms_status ms_place_rescue(const char *cases, const char *left, const char *case_id,
                                       ms_error *err);

#endif
