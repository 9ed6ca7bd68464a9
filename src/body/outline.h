/* body/outline.h: the body's outline on one slice. */
#ifndef MS_BODY_OUTLINE_H
#define MS_BODY_OUTLINE_H

#include "myosurv/image.h"

typedef struct ms_outline {
    size_t nx, ny;
    uint8_t *inside;     /* 1 in the body, on the scan's own pixels; owned */
    double centre_mm[2]; /* centre of gravity, mm from the centre of pixel (0, 0) */
    double area_mm2;
    bool truncated;      /* the field of view cuts the skin off */
    double cut_fraction; /* how much of the outline lies on the edge of the field of view */
} ms_outline;

/* The trunk on slice k: table, clothes and arms that lie apart left out, holes filled. MS_EINPUT when nothing
 * there has the size of a trunk. */
MS_NODISCARD ms_status ms_outline_find(const ms_volume *volume, size_t k, ms_outline *outline, ms_error *err);
/* outline_arms.c: takes off arms that touch the trunk. hu is the slice's. */
MS_NODISCARD ms_status ms_outline_cut_arms(ms_outline *outline, const ms_geometry *geometry, const float *hu,
                                           ms_error *err);
void ms_outline_clear(ms_outline *outline);
/* Length of the outline seen from its centre (720 rays). */
double ms_outline_length_mm(const ms_outline *outline, const ms_geometry *geometry);
/* The distance from (x, y) to the outline in the direction (cosine, sine): the last pixel inside. */
double ms_outline_ray_mm(const ms_outline *outline, const ms_geometry *geometry, double x, double y,
                         double cosine, double sine);

#endif
