/* body/segment.h: pieces of the whole way that segment.c puts together. */
#ifndef MS_BODY_SEGMENT_H
#define MS_BODY_SEGMENT_H

#include "myosurv/body.h"

/* Writes MS_LABEL_L3 into the whole mask, through the vertebra that the level lies in, wherever no other
 * label is. Flags "vertebra_unclear" when the vertebra cannot be made out on the level's slice. */
MS_NODISCARD ms_status ms_vertebra_paint(const ms_volume *volume, const ms_level *level, ms_mask *mask,
                                         ms_flags *flags, ms_error *err);

/* Single muscles (ms_part) of a mask drawn elsewhere: each voxel of label 1 goes to the part of our own
 * outlines nearest to it, labels 2 and 3 are psoas. Flags "parts_missing" when there are no outlines of our
 * own; only psoas is filled then. */
MS_NODISCARD ms_status ms_parts_of_mask(const ms_volume *volume, size_t k, const ms_tissue_options *options,
                                        const uint8_t *labels, uint8_t *parts, ms_flags *flags,
                                        ms_error *err);

#endif
