/* radiomics/interpolate.h: an image on another grid whose axes are parallel to its own. */
#ifndef MS_RADIOMICS_INTERPOLATE_H
#define MS_RADIOMICS_INTERPOLATE_H

#include "radiomics/radiomics.h"

/* Where the voxels of one axis of the new grid lie on the old one: voxel i at first + i * step.
 *
 * With as_itk the place is worked out through millimetres in the steps that ITK's ResampleImageFilter takes
 * for a linear transform, so that a place that is half-way but for rounding falls to the side it falls to
 * there (exact for images whose axes are those of the patient; of an oblique one ITK inverts a matrix). */
typedef struct ms_axis_map {
    size_t old_n, n;
    double first, step;
    bool clamp; /* beyond the old ends the end holds; else a voxel more than half a voxel out is 0 */
    bool as_itk, along_rows; /* along_rows: the first axis, whose places ITK takes between its two ends */
    double old_origin_mm, new_origin_mm, old_mm, new_mm;
} ms_axis_map;

/* Gives the old image's value at voxel index v. */
typedef double (*ms_voxel_source)(const void *context, size_t v);

/* Interpolates along the three axes in turn: out[n] is to be freed.
 * Cubic: cubic B-spline interpolation, the image mirrored about its end voxels (Unser 1999). */
MS_NODISCARD ms_status ms_interpolate(const ms_axis_map map[3], ms_interpolation kind, ms_voxel_source source,
                                      const void *context, double **out, ms_error *err);
/* Where voxel i of the new axis lies on the old one. */
double ms_axis_place(const ms_axis_map *map, size_t i);
/* The cubic spline of as_itk maps, to the last digit of ITK's (for whole numbers that are cut off). */
MS_NODISCARD ms_status ms_interpolate_spline_as_itk(const ms_axis_map map[3], ms_voxel_source source,
                                                    const void *context, double **out, ms_error *err);

#endif
