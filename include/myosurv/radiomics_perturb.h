/* myosurv/radiomics_perturb.h: an image and its region as they might have been.
 *
 * A feature that changes when the patient lies a little otherwise, the scan has other noise, or another
 * reader draws the outline cannot be trusted. Perturbations make such images from one scan. The kinds and
 * their chain (noise, movement, growth or shrinkage, contour from supervoxels) are those of Zwanenburg et
 * al., Sci Rep 2019;9:614 ("Assessing robustness of radiomic features by image perturbation"); how far each
 * goes is this program's default, and each repeat draws its own values. */
#ifndef MYOSURV_RADIOMICS_PERTURB_H
#define MYOSURV_RADIOMICS_PERTURB_H

#include "myosurv/radiomics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ms_perturb_kind {
    MS_PERTURB_NOISE = 1 << 0,
    MS_PERTURB_TRANSLATE = 1 << 1,
    MS_PERTURB_ROTATE = 1 << 2,
    MS_PERTURB_VOLUME = 1 << 3,
    MS_PERTURB_CONTOUR = 1 << 4,
    MS_PERTURB_SHUFFLE = 1 << 5 /* negative control: the region's intensities trade places (Welch et al.,
                                   Radiother Oncol 2019;130:2); alone, after nothing else */
} ms_perturb_kind;

typedef struct ms_perturb_options {
    unsigned kinds; /* MS_PERTURB_* bits; all but the control */
    double
        shift_voxels; /* translation along each axis from 0 to this; 0.75. In the plane for a flat region */
    double rotation_deg; /* about the long axis, from minus to plus this; 13 */
    double volume;       /* fraction of voxels gained or lost at most; 0.28 */
    double patch_mm;     /* size of the contour's patches; 5 */
    double patch_hu;     /* a difference of so many HU counts as much as a patch's size; 40 */
    uint64_t seed;
} ms_perturb_options;
MS_API void ms_perturb_options_default(ms_perturb_options *options);

/* What was drawn and done. */
typedef struct ms_perturbation {
    double shift_voxels[3], rotation_deg;
    double noise_hu; /* standard deviation added */
    double volume;   /* fraction gained, asked for */
    double dice;     /* of the region before and after volume and contour changed */
    size_t voxels;
} ms_perturbation;

/* Repeat number `repeat` of `name` (a case): the numbers drawn depend on seed, name, repeat and kind alone,
 * so that neither other cases nor threads change them. The region is all voxels of mask with a label in
 * labels[n_labels]; in *out_mask it has label 1. A region within one slice is moved in its plane, and of
 * the volume only that slice comes back.
 *
 * Noise: normal, of the standard deviation that the image has already in the region: the median absolute
 * high-high in-plane coefficient of a stationary Coiflet 1 wavelet / 0.6745 (Donoho & Johnstone 1994).
 * Translation and rotation: one linear interpolation of image and mask (from one half). Volume: whole layers
 * of border voxels, the last one at random in part. Contour: SLIC patches (Achanta et al., IEEE PAMI
 * 2012;34:2274) of which those with 90 % in the region are taken, those below 20 % not, others with their
 * share as chance.
 *
 * MS_EINPUT: no voxel with these labels, before or after the region was moved. */
MS_API MS_NODISCARD ms_status ms_perturb(const ms_volume *volume, const ms_mask *mask, const uint8_t *labels,
                                         size_t n_labels, const ms_perturb_options *options, const char *name,
                                         size_t repeat, ms_volume *out_volume, ms_mask *out_mask,
                                         ms_perturbation *drawn, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
