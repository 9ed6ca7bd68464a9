/* body/fat.h: fat outside and inside the muscles, once the muscle labels are there. */
#ifndef MS_BODY_FAT_H
#define MS_BODY_FAT_H

#include "body/muscle.h"

/* Labels fat where labels[] is still 0: 4 outside the fascia (the skin, 2 mm, left out), 6 where region[]
 * says muscle, 5 in the cavity. region[] holds, on the scan's pixels, the region (MS_REGION_...) each belongs
 * to, and 255 outside the fascia. */
MS_NODISCARD ms_status ms_fat_label(const ms_torso *torso, const ms_tissue_options *options,
                                    const uint8_t *region, uint8_t *labels, ms_error *err);

#endif
