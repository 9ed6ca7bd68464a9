/* radiomics/perturb.h: between the perturb_*.c files. */
#ifndef MS_RADIOMICS_PERTURB_H
#define MS_RADIOMICS_PERTURB_H

#include "base/base.h"
#include "myosurv/radiomics_perturb.h"

/* An image and a region (mask of 0 and 1) that are changed in place. */
typedef struct ms_perturbed {
    ms_volume volume;
    ms_mask mask;
    bool flat;
} ms_perturbed;

/* Standard deviation of the image's noise within the region (perturb_noise.c). */
MS_NODISCARD ms_status ms_perturb_noise_level(const ms_perturbed *p, double *sd_hu, ms_error *err);
void ms_perturb_add_noise(ms_perturbed *p, double sd_hu, ms_random *random);
void ms_perturb_shuffle(ms_perturbed *p, size_t *voxels, size_t n, ms_random *random);

/* Moves image and region by shift_voxels and turns them about the region's centre (perturb_move.c). */
MS_NODISCARD ms_status ms_perturb_move(ms_perturbed *p, const double shift_voxels[3], double rotation_deg,
                                       ms_error *err);

/* Gains or loses voxels until there are `target` (perturb_border.c). */
MS_NODISCARD ms_status ms_perturb_volume(ms_perturbed *p, size_t target, ms_random *random, ms_error *err);
/* Takes the region's patches by chance (perturb_contour.c). */
MS_NODISCARD ms_status ms_perturb_contour(ms_perturbed *p, const ms_perturb_options *options,
                                          ms_random *random, ms_error *err);

/* The region's voxels in order; to be freed. */
MS_NODISCARD ms_status ms_perturb_voxels(const ms_mask *mask, size_t **voxels, size_t *n, ms_error *err);

#endif
