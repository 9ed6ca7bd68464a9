/* The muscles' outer border: the closed path round the trunk with fat (or nothing) outside and muscle inside.
 *
 * On each ray a place r costs the length of what is not fat between r and the skin, plus the length of what
 * is fat in the few millimetres inside r. The path is stiff, so that it bridges the linea alba, the gaps at
 * the lumbar triangle and threads of connective tissue in the fat. */
#include "body/muscle.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

static const double step_mm = 1.0;
static const double least_mm = 24; /* the fascia lies no nearer to the vertebral body's centre */
static const double skin_thick_mm = 3.5;
static const double depth_mm = 8; /* how far inside it must be muscle */
static const double not_fat_weight = 1.3;
/* the outline has notches between the back's muscles and the flank, else hardly any */
static const double stiff_front = 0.5, stiff_flank = 0.08, stiff_back = 0.25;
static const double most_cost = 5; /* above the ray's least: a ray without an edge follows its neighbours */

/* 0 for fat and air, 1 for soft tissue and bone. */
static double not_fat(double hu) {
    return fmin(fmax((hu + 60) / 50, 0), 1);
}

/* 1 for fat, 0 for soft tissue and bone; gas behind a thin wall speaks less against muscle than fat does. */
static double no_muscle(double hu) {
    return hu < -250 ? 0.3 : 1 - not_fat(hu);
}

/* One ray's costs at least_mm + s * step_mm for s < n. */
static void ray_cost(const ms_torso *t, int ray, size_t n, float *cost) {
    const double edge = t->skin_mm[ray] - skin_thick_mm;
    double outside = 0, inside = 0;
    const int deep = (int)(depth_mm / step_mm);
    for (size_t s = 0; s < n; s++) cost[s] = 1e6F;
    const long top = (long)floor((edge - least_mm) / step_mm);
    for (long s = top; s >= 0; s--) {
        if (s >= (long)n) continue;
        const double r = least_mm + (double)s * step_mm;
        const double hu = ms_plane_at(&t->plane, t->polar.x + r * t->polar.cosine[ray],
                                      t->polar.y + r * t->polar.sine[ray]);
        inside = 0;
        for (int d = 1; d <= deep; d++) {
            const double q = r - d * step_mm;
            inside += step_mm * no_muscle(ms_plane_at(&t->plane, t->polar.x + q * t->polar.cosine[ray],
                                                      t->polar.y + q * t->polar.sine[ray]));
        }
        cost[s] = (float)(not_fat_weight * outside + inside);
        outside += step_mm * not_fat(hu);
    }
    if (top < 0) cost[0] = 0;
    float least = 1e6F;
    for (size_t s = 0; s < n; s++) least = fminf(least, cost[s]);
    for (size_t s = 0; s < n; s++)
        if (cost[s] < 1e5F) cost[s] = fminf(cost[s], least + (float)most_cost);
}

ms_status ms_fascia_find(ms_torso *torso, ms_error *err) {
    double longest = 0;
    for (int a = 0; a < MS_RAYS; a++) {
        torso->skin_mm[a] = ms_outline_ray_mm(&torso->outline, &torso->volume->geometry, torso->polar.x,
                                              torso->polar.y, torso->polar.cosine[a], torso->polar.sine[a]);
        longest = fmax(longest, torso->skin_mm[a]);
    }
    const size_t n = (size_t)(fmax(longest - least_mm, 1) / step_mm) + 1;
    size_t step[MS_RAYS];
    double stiffness[MS_RAYS];
    for (int a = 0; a < MS_RAYS; a++) {
        const double from_front = fabs((double)(a < MS_RAYS / 2 ? a : a - MS_RAYS)) * 360 / MS_RAYS;
        stiffness[a] = from_front < 80 ? stiff_front : (from_front < 150 ? stiff_flank : stiff_back);
    }
    float *cost = ms_calloc(MS_RAYS * n, sizeof *cost);
    if (cost == NULL) return ms_error_nomem(err);
    for (int a = 0; a < MS_RAYS; a++) ray_cost(torso, a, n, cost + (size_t)a * n);
    const ms_status status = ms_polar_path(cost, n, 8, stiffness, step, NULL, err);
    if (status == MS_OK)
        for (int a = 0; a < MS_RAYS; a++) torso->fascia_mm[a] = least_mm + (double)step[a] * step_mm;
    free(cost);
    return status;
}
