/* study/picture.h: what the pictures of a case show. */
#ifndef MS_STUDY_PICTURE_H
#define MS_STUDY_PICTURE_H

#include "study/study.h"

#include "myosurv/plot.h"

/* The level's slice, the spine from the side and the front, vertebrae and candidates; `input` points into the
 * rest. No texts yet. */
typedef struct ms_picture {
    ms_plot_overview_input input;
    float *axial, *sagittal, *coronal;
    uint8_t *labels, *parts;
    ms_plot_mark marks[MS_COUNT(((ms_level *)NULL)->vertebrae)];
    ms_plot_candidate candidates[MS_COUNT(((ms_level *)NULL)->candidates)];
    char candidate_text[MS_COUNT(((ms_level *)NULL)->candidates)][32];
} ms_picture;
/* `s` must outlive it: the vertebrae's names are the segmentation's. */
MS_NODISCARD ms_status ms_picture_make(ms_picture **picture, const ms_volume *volume,
                                       const ms_segmentation *s, ms_error *err);
void ms_picture_free(ms_picture *picture); /* NULL is fine */

#endif
