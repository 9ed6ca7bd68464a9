/* body/segment.h: pieces of the whole way that segment.c puts together. */
#ifndef MS_BODY_SEGMENT_H
#define MS_BODY_SEGMENT_H

#include "myosurv/body.h"

/* Writes MS_LABEL_L3 into the whole mask, through the vertebra that the level lies in, wherever no other
 * label is. Flags "vertebra_unclear" when the vertebra cannot be made out on the level's slice. */
MS_NODISCARD ms_status ms_vertebra_paint(const ms_volume *volume, const ms_level *level, ms_mask *mask,
                                         ms_flags *flags, ms_error *err);

#endif
