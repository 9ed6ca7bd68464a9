/* phantom/render.h: from shapes to slices: partial volume, blur, noise. */
#ifndef MS_PHANTOM_RENDER_H
#define MS_PHANTOM_RENDER_H

#include "phantom/anatomy.h"
#include "phantom/texture.h"

typedef struct scene {
    const ms_phantom_params *p;
    uint64_t seed;
    anatomy body;
    ms_geometry grid;
    float hu[T_COUNT];
    texture muscle, grain; /* fat in muscle; stool, marrow, fat lobules */
    fraction fat[T_COUNT];
    double table_y;  /* patient coordinate of the table's surface */
    double centre_y; /* what the isocentre's height is */
} scene;

MS_NODISCARD ms_status scene_init(scene *s, const ms_phantom_params *params, uint64_t seed, ms_error *err);
void scene_clear(scene *s);
/* LPS of the scan -> patient frame, and back. */
void scene_from_patient(const scene *s, const double in[3], double out[3]);

/* One slice: hu[nx * ny] with noise (rounded), clean[nx * ny] without, and, where not NULL, counts of
 * sub-samples a compartment: counts[nx * ny * C_COUNT]; *samples their number a voxel. */
MS_NODISCARD ms_status render_slice(const scene *s, size_t k, float *hu, float *clean, uint8_t *counts,
                                    int *samples, ms_error *err);

/* The tissue at each pixel's centre in the middle of slice k: map[nx * ny]. Tests ask it for single muscles.
 */
MS_NODISCARD ms_status render_tissues(const scene *s, size_t k, uint8_t *map, ms_error *err);

/* blur.c */
void blur_slice(float *image, float *scratch, size_t nx, size_t ny, double sigma_px);
/* Adds correlated noise of SD `sd` (in the middle), fading to the body's edge at radius_px round (cx, cy). */
MS_NODISCARD ms_status noise_add(float *image, size_t nx, size_t ny, double pixel_mm, bool sharp, double sd,
                                 double cx, double cy, double radius_px, ms_random *random, ms_error *err);

#endif
