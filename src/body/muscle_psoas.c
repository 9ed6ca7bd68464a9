/* The psoas on each side: the closed path round a place beside the vertebral body, with muscle inside and
 * fat, bone, gas or contrast outside, drawn to the usual outline where it touches what looks alike (quadratus
 * lumborum, kidney, bowel). How far it reaches to the side varies most between people; where fat lies there
 * it is read from the picture, and the usual outline follows from it. */
#include "body/muscle.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

enum { REACH = 56, DIRECTIONS = 24 };

/* Distance in mm of the outline every 15 degrees, from straight sideways over the back, for a vertebral body
 * of 20 mm half width and a reach to the side of 20 mm; its change per mm of that reach; and the deviation
 * left. From hand contours of adults (16 slices at L2 to L4, both sides). */
static const double usual_mm[DIRECTIONS] = {20.0, 19.8, 20.4, 20.0, 18.1, 15.4, 12.2, 8.8,
                                            6.6,  4.5,  3.6,  3.3,  3.5,  3.8,  4.3,  5.5,
                                            9.3,  20.9, 22.4, 21.1, 20.2, 19.2, 19.3, 19.6};
static const double per_reach[DIRECTIONS] = {1.1,  0.9,  0.7,  0.3,  -0.1, -0.3, -0.4, -0.5,
                                             -0.3, -0.2, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1,
                                             0.0,  0.4,  0.5,  0.7,  0.8,  0.9,  1.0,  1.2};
static const double deviation_mm[DIRECTIONS] = {2.5, 2.8, 4.3, 5.2, 5.5, 4.5, 4.4, 4.8, 3.8, 2.8, 2.5, 2.5,
                                                2.5, 2.5, 2.5, 3.2, 4.3, 4.7, 3.6, 3.6, 3.2, 3.1, 3.2, 3.0};
static const double prior_weight = 1.5, edge_weight = 2.0, stiffness = 0.6;

static double table_at(const double table[DIRECTIONS], int ray) {
    const double at = (double)ray * DIRECTIONS / MS_RAYS;
    const int a = (int)at % DIRECTIONS, b = (a + 1) % DIRECTIONS;
    const double u = at - floor(at);
    return (1 - u) * table[a] + u * table[b];
}

/* HU at 1 mm steps along a ray of one psoas: ray 0 points sideways, away from the spine, a quarter turn on is
 * the back. */
static void read_ray(const ms_torso *t, const ms_psoas *psoas, int ray, double hu[REACH + 6]) {
    double dx, dy;
    ms_psoas_direction(t, psoas, 2 * M_PI * ray / MS_RAYS, &dx, &dy);
    for (int d = 0; d < REACH + 6; d++) hu[d] = ms_plane_at(&t->plane, psoas->x + d * dx, psoas->y + d * dy);
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How far it reaches to the side: a high quantile over rays within 35 degrees of sideways of where 5 mm of
 * fat begin; fat inside an infiltrated muscle makes the low ones wrong. */
static double side_reach(const ms_torso *t, const ms_psoas *psoas, double scale) {
    enum { WIDE = MS_RAYS * 35 / 360 };
    double found[2 * WIDE + 1], hu[REACH + 6];
    size_t n = 0;
    for (int a = -WIDE; a <= WIDE; a++) {
        read_ray(t, psoas, (a + MS_RAYS) % MS_RAYS, hu);
        for (int d = 2; d < REACH; d++) {
            if (hu[d] > -25 || hu[d + 1] > -25 || hu[d + 2] > -25 || hu[d + 3] > -25 || hu[d + 4] > -25)
                continue;
            if (d <= 40 * scale) found[n++] = d / scale;
            break;
        }
    }
    if (n < WIDE / 2) return 17;
    qsort(found, n, sizeof *found, by_value);
    return fmin(fmax(found[n * 5 / 8], 4), 36);
}

static void ray_cost(const double hu[REACH + 6], double usual, double deviation, float cost[REACH]) {
    double sum = 0;
    for (int d = 0; d < REACH; d++) {
        const double before = ms_muscle_like(hu[d > 1 ? d - 1 : 0]);
        const double after = (ms_muscle_like(hu[d + 1]) + ms_muscle_like(hu[d + 2])) / 2;
        const double off = (d - usual) / deviation, beyond = off / 1.5;
        cost[d] = (float)(prior_weight * off * off - sum - edge_weight * fmax(0, before - after) / 2);
        const double gain = ms_muscle_like(hu[d]);
        sum += gain > 0 ? gain * fmin(fmax(1 - beyond, 0), 1) : gain;
    }
}

void ms_psoas_direction(const ms_torso *t, const ms_psoas *psoas, double angle, double *dx, double *dy) {
    const double c = cos(t->vertebra.tilt), s = sin(t->vertebra.tilt);
    const double side = psoas->side * cos(angle), depth = sin(angle);
    *dx = c * side + s * depth;
    *dy = -s * side + c * depth;
}

double ms_psoas_under(const ms_torso *t, const ms_psoas *psoas, double x, double y) {
    const double c = cos(t->vertebra.tilt), s = sin(t->vertebra.tilt), dx = x - psoas->x, dy = y - psoas->y;
    const double side = psoas->side * (c * dx - s * dy), depth = s * dx + c * dy;
    double turn = atan2(depth, side) / (2 * M_PI);
    turn -= floor(turn);
    const int a = (int)(turn * MS_RAYS) % MS_RAYS;
    return psoas->edge_mm[a] - hypot(dx, dy);
}

ms_status ms_psoas_find(ms_torso *torso, ms_error *err) {
    float *cost = ms_calloc((size_t)MS_RAYS * REACH, sizeof *cost);
    if (cost == NULL) return ms_error_nomem(err);
    const ms_vertebra2d *v = &torso->vertebra;
    const double scale = v->half_width / 20, c = cos(v->tilt), s = sin(v->tilt);
    double stiff[MS_RAYS], hu[REACH + 6];
    size_t step[MS_RAYS];
    ms_status status = MS_OK;
    for (int which = 0; which < 2 && status == MS_OK; which++) {
        ms_psoas *psoas = &torso->psoas[which];
        psoas->side = which == 0 ? -1 : 1; /* the patient's right first */
        psoas->x = v->x + scale * (c * 30 * psoas->side + s * 10);
        psoas->y = v->y + scale * (-s * 30 * psoas->side + c * 10);
        const double reach = side_reach(torso, psoas, scale) - 19.8;
        for (int a = 0; a < MS_RAYS; a++) {
            const double usual = fmax(table_at(usual_mm, a) + reach * table_at(per_reach, a), 3);
            read_ray(torso, psoas, a, hu);
            ray_cost(hu, scale * usual, scale * table_at(deviation_mm, a), cost + (size_t)a * REACH);
            stiff[a] = stiffness;
        }
        status = ms_polar_path(cost, REACH, 3, stiff, step, NULL, err);
        for (int a = 0; a < MS_RAYS && status == MS_OK; a++) psoas->edge_mm[a] = (double)step[a];
    }
    free(cost);
    return status;
}
