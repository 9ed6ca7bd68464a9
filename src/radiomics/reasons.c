/* radiomics/reasons.c: the words that say why a feature is missing. */
#include "radiomics/radiomics.h"

const char ms_reason_not_computed[] = "not_computed";
const char ms_reason_needs_2d[] = "needs_2d";
const char ms_reason_needs_3d[] = "needs_3d";
const char ms_reason_no_pairs[] = "no_pairs";
const char ms_reason_one_level[] = "one_level";
const char ms_reason_one_voxel[] = "one_voxel";
const char ms_reason_too_many_levels[] = "too_many_levels";
const char ms_reason_flat_image[] = "flat_image";
const char ms_reason_undefined[] = "undefined";
const char ms_reason_not_implemented[] = "not_implemented";
const char ms_reason_empty_intensity[] = "empty_intensity_mask";

const char ms_reason_too_large[] = "too_large";
const char ms_reason_too_small[] = "too_small";

const ms_feature_reason ms_feature_reasons[] = {
    {ms_reason_not_computed, "names only: no image was given"},
    {ms_reason_needs_2d, "defined for a region within one slice; this one has several"},
    {ms_reason_needs_3d, "defined for a region of several slices; this one lies within one"},
    {ms_reason_no_pairs, "no two voxels of the region are neighbours in any direction"},
    {ms_reason_one_level, "undefined where all voxels have the same grey level"},
    {ms_reason_one_voxel, "undefined for a region of one voxel"},
    {ms_reason_too_many_levels,
     "this image has more grey levels than a texture matrix is made for: use wider bins"},
    {ms_reason_flat_image, "the filter is undefined on an image that is zero, or at most 1, everywhere"},
    {ms_reason_undefined, "the formula divides by zero here"},
    {ms_reason_not_implemented, "IBSI names the feature but gives no reference value; not computed"},
    {ms_reason_empty_intensity, "no voxel of the region lies in the intensity range asked for"},
    {ms_reason_too_large, "needs transforms of the region's box that would take more than 2 GiB"},
    {ms_reason_too_small, "the image has fewer than four voxels along an axis, which this filter needs"},
    {NULL, NULL},
};
