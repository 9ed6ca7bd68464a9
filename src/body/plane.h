/* body/plane.h: one axial picture as the tissue code works on it, and small tools for yes/no pictures.
 *
 * Places in a slice are in mm from the centre of voxel (0, 0): x to the patient's left, y to the back. */
#ifndef MS_BODY_PLANE_H
#define MS_BODY_PLANE_H

#include "myosurv/image.h"

/* A picture on a square grid of its own: pixel (i, j) is at (i * step_mm, j * step_mm). */
typedef struct ms_plane {
    size_t nx, ny;
    double step_mm;
    float *hu; /* owned */
} ms_plane;

/* The mean of the slices within slab_mm / 2 of slice k, smoothed with a Gaussian of sigma_mm, on a grid of
 * step_mm. */
MS_NODISCARD ms_status ms_plane_make(const ms_volume *volume, size_t k, double slab_mm, double sigma_mm,
                                     double step_mm, ms_plane *plane, ms_error *err);
void ms_plane_clear(ms_plane *plane);
/* A Gaussian in place, the border repeated. */
MS_NODISCARD ms_status ms_smooth(float *values, size_t nx, size_t ny, double sigma_pixels, ms_error *err);
/* Linear between pixels; the nearest pixel outside. */
double ms_plane_at(const ms_plane *plane, double x_mm, double y_mm);
/* The same for any picture of numbers on a grid with spacing sx, sy. */
double ms_sample(const float *values, size_t nx, size_t ny, double sx, double sy, double x_mm, double y_mm);

/* The distance in mm from each pixel to the nearest with a 0 in `inside` (a pixel width is added to nothing:
 * it is the distance between centres). Pixels beyond the border count as 0 when border_is_outside. */
MS_NODISCARD ms_status ms_distance_mm(const uint8_t *inside, size_t nx, size_t ny, double sx, double sy,
                                      bool border_is_outside, float *distance, ms_error *err);
/* Closing (nothing beyond the border) and opening with a disc of radius_mm, in place. */
MS_NODISCARD ms_status ms_close_mm(uint8_t *inside, size_t nx, size_t ny, double sx, double sy,
                                   double radius_mm, ms_error *err);
MS_NODISCARD ms_status ms_open_mm(uint8_t *inside, size_t nx, size_t ny, double sx, double sy,
                                  double radius_mm, ms_error *err);
/* Connected pieces (4 neighbours): id[] from 1 in the order of their first pixel, 0 outside; sizes[0..*n]. */
typedef struct ms_pieces {
    uint32_t *id, *size; /* owned */
    size_t n;
} ms_pieces;
MS_NODISCARD ms_status ms_pieces_find(const uint8_t *inside, size_t nx, size_t ny, ms_pieces *pieces,
                                      ms_error *err);
void ms_pieces_clear(ms_pieces *pieces);
/* The number of the largest piece, 0 when there is none. */
size_t ms_pieces_largest(const ms_pieces *pieces);
/* Removes pieces of fewer pixels; fills holes (pieces of the outside that do not touch the border), all of
 * them or those of up to so many pixels. */
MS_NODISCARD ms_status ms_drop_small(uint8_t *inside, size_t nx, size_t ny, size_t pixels, ms_error *err);
MS_NODISCARD ms_status ms_fill_holes(uint8_t *inside, size_t nx, size_t ny, ms_error *err);
MS_NODISCARD ms_status ms_fill_small_holes(uint8_t *inside, size_t nx, size_t ny, size_t pixels,
                                           ms_error *err);

#endif
