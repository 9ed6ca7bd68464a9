/* radiomics/spatial.h: autocorrelation of a region's intensities in space. */
#ifndef MS_RADIOMICS_SPATIAL_H
#define MS_RADIOMICS_SPATIAL_H

#include "radiomics/radiomics.h"

/* Moran's I and Geary's C of values[box] over the voxels in[box] of the region's box, with weights 1 /
 * distance in mm over all pairs. *reason is set, and the results left alone, for fewer than two voxels, equal
 * intensities (undefined), or a box whose transforms would take more than 2 GiB (too_large). */
MS_NODISCARD ms_status ms_spatial(const ms_region *region, const double *values, const uint8_t *in,
                                  double *moran, double *geary, const char **reason, ms_error *err);

#endif
