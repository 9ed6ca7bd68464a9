/* body/polar.h: pictures seen from a centre, and the best closed path round it. */
#ifndef MS_BODY_POLAR_H
#define MS_BODY_POLAR_H

#include "body/plane.h"

/* Rays are numbered from the front (0) over the patient's left (MS_RAYS / 4) and the back (MS_RAYS / 2). */
enum { MS_RAYS = 480 };

typedef struct ms_polar {
    double x, y;                           /* centre, mm */
    double cosine[MS_RAYS], sine[MS_RAYS]; /* unit vector of each ray: dx, dy */
} ms_polar;

/* Rays from (x, y); `tilt` as in ms_vertebra2d. */
void ms_polar_make(ms_polar *polar, double x, double y, double tilt);
/* The ray nearest to a place and its distance; *ray may lie between two rays. */
void ms_polar_of(const ms_polar *polar, double tilt, double x, double y, double *ray, double *r_mm);

/* The closed path with the least sum of cost[ray * n + step[ray]] + stiffness[ray] * (change of step from the
 * ray before)^2, the change at most `most` steps. By dynamic programming over one and a half turns, of which
 * the middle is kept, so that it closes but for rare cases. *total gets the cost of what was kept; it may be
 * NULL. */
MS_NODISCARD ms_status ms_polar_path(const float *cost, size_t n, size_t most,
                                     const double stiffness[MS_RAYS], size_t step[MS_RAYS], double *total,
                                     ms_error *err);

#endif
