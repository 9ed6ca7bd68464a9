/* body/parts.h: single muscles, once the muscle labels are there. */
#ifndef MS_BODY_PARTS_H
#define MS_BODY_PARTS_H

#include "body/muscle.h"

/* parts[] gets an ms_part for every pixel with label 1 to 3, 0 elsewhere. */
MS_NODISCARD ms_status ms_parts_find(const ms_torso *torso, const uint8_t *labels, uint8_t *parts,
                                     ms_error *err);

#endif
