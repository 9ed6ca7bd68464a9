/* Where which muscle is to be expected, before the picture is asked: the wall under the fascia, the back's
 * muscles behind a line, the psoas beside the vertebral body. */
#include "body/muscle.h"

#include "base/base.h"

#include <math.h>

/* How sure the front border of the back's muscles is, every 10 mm to the side. */
static const double back_sure[] = {6, 5, 4, 3, 2.5, 2.5, 2.5, 2.5, 3, 4, 8, 12, 12};
static const double wall_sure = 2.5, psoas_sure = 2.0;

static double line_at(const double *line, size_t n, double side) {
    const double at = side / 10;
    const size_t i = (size_t)at;
    if (i + 1 >= n) return line[n - 1];
    return line[i] + (at - (double)i) * (line[i + 1] - line[i]);
}

static double rise(double t) {
    return 1 / (1 + exp(-1.7 * t)); /* close to the normal distribution function */
}

static double ray_value(const double values[MS_RAYS], double ray) {
    const size_t a = (size_t)ray % MS_RAYS, b = (a + 1) % MS_RAYS;
    const double u = ray - floor(ray);
    return (1 - u) * values[a] + u * values[b];
}

double ms_fascia_at(const ms_torso *torso, double x, double y, double *r_mm) {
    double ray;
    ms_polar_of(&torso->polar, torso->vertebra.tilt, x, y, &ray, r_mm);
    return ray_value(torso->fascia_mm, ray);
}

void ms_muscle_prior(const ms_torso *torso, double x, double y, double prior[MS_REGIONS]) {
    const ms_vertebra2d *v = &torso->vertebra;
    const double c = cos(v->tilt), s = sin(v->tilt), scale = v->half_width / 20;
    const double dx = x - v->x, dy = y - v->y;
    const double side = (c * dx - s * dy) / scale, depth = (s * dx + c * dy) / scale;
    double ray, r;
    ms_polar_of(&torso->polar, v->tilt, x, y, &ray, &r);
    const double under = ray_value(torso->fascia_mm, ray) - r;
    const double inside = rise(under / 1.0);
    const double degrees = fabs(ray <= MS_RAYS / 2.0 ? ray : MS_RAYS - ray) * 360 / MS_RAYS;
    const double wall = rise((ray_value(torso->wall_mm, ray) - under) / wall_sure) * (degrees < 135 ? 1 : 0);
    double back = rise((depth - ms_back_line_mm(torso, side * scale) / scale) /
                       line_at(back_sure, MS_COUNT(back_sure), fabs(side)));
    if (fabs(side) < 5 && depth > 20) back *= 0.05; /* ligaments between the spinous processes */
    const ms_psoas *psoas = &torso->psoas[side < 0 ? 0 : 1];
    const double flesh =
        hypot(dx, dy) < 90 ? rise(ms_psoas_under(torso, psoas, x, y) / psoas_sure) * (1 - wall) : 0;
    const double ring = fmax(wall, back);
    prior[MS_REGION_RING] = inside * ring * (1 - flesh);
    prior[MS_REGION_RIGHT] = side < 0 ? inside * flesh : 0;
    prior[MS_REGION_LEFT] = side < 0 ? 0 : inside * flesh;
    prior[MS_REGION_OTHER] =
        0.02 + fmax(0, 1 - prior[MS_REGION_RING] - prior[MS_REGION_RIGHT] - prior[MS_REGION_LEFT]);
}
