/* The abdominal wall: how thick its muscle is under the fascia, all round.
 *
 * On each ray a thickness d gains a point for each mm of muscle in it and loses one for each mm of fat (the
 * planes between the layers are crossed so, but not the fat in front of the bowel); an edge from muscle to
 * fat, gas or contrast at d gains too; and d is drawn to the usual thickness of that place times a scale of
 * the patient's own, because a liver or bowel that touches the wall looks like muscle. For the same reason
 * muscle far beyond the usual thickness gains nothing. The scale comes from the rays with a clear inner edge;
 * the path round all rays is stiff. */
#include "body/muscle.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

enum { THICKEST = 48, FRONT_DEGREES = 50 };

/* Usual thickness in mm every 12 degrees from the front: linea alba, rectus, linea semilunaris, the three
 * layers at the side. Means over hand contours of adults at L2 to L4. */
static const double usual_mm[] = {3.0,  6.0,  7.5,  8.5,  8.5,  11.5, 17.0, 18.0,
                                  17.5, 14.5, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0};
static const double prior_weight = 0.09; /* per mm^2 away from the usual */
static const double edge_weight = 3.0;
static const double stiffness = 0.35;
/* rays that speak for a place; rays' worth of the scale; a low quantile, as what is wrong is too thick */
static const double near_degrees = 10, trust_scale = 4, low_share = 0.4, bin_width = 0.06;
/* an edge within this many times the usual thickness can be the wall's: at first, and once neighbours spoke
 */
static const double loose[2] = {1.8, 1.5};
static const double clear_fat_mm = 5; /* of fat or gas behind the wall make its inner edge clear */

double ms_wall_usual_mm(double degrees_from_front) {
    const double at = degrees_from_front / 12;
    const size_t i = (size_t)at;
    if (i + 1 >= MS_COUNT(usual_mm)) return usual_mm[MS_COUNT(usual_mm) - 1];
    return usual_mm[i] + (at - (double)i) * (usual_mm[i + 1] - usual_mm[i]);
}

double ms_muscle_like(double hu) {
    if (hu < -200) return -1.5;
    if (hu < 0) return fmax(-1, 1 + hu / 25);
    if (hu <= 110) return 1;
    if (hu < 180) return 1 - (hu - 110) / 35;
    return -1;
}

static double degrees_from_front(int ray) {
    return (ray <= MS_RAYS / 2 ? ray : MS_RAYS - ray) * 360.0 / MS_RAYS;
}

/* HU at 1 mm steps inwards along a ray, from 1 mm outside the fascia. */
static void read_ray(const ms_torso *t, int ray, double hu[THICKEST + 8]) {
    for (int d = 0; d < THICKEST + 8; d++) {
        const double r = fmax(t->fascia_mm[ray] - d + 1, 0);
        hu[d] = ms_plane_at(&t->plane, t->polar.x + r * t->polar.cosine[ray],
                            t->polar.y + r * t->polar.sine[ray]);
    }
}

/* The thickness where clear_fat_mm of fat or gas follow; NaN when there is no such place. */
static double clear_edge(const double hu[THICKEST + 8]) {
    for (int d = 3; d < THICKEST; d++) {
        bool fat = true;
        for (int q = 1; q <= (int)clear_fat_mm && fat; q++) fat = hu[d + q] < -25;
        if (fat) return d;
    }
    return NAN;
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The patient's wall against the usual one from low to high degrees on both sides: a low quantile of what the
 * clear edges say, since what is wrong among them is too thick; 1 where there are few. */
static double find_scale(const ms_torso *t, double low, double high) {
    double ratios[MS_RAYS], hu[THICKEST + 8];
    size_t n = 0, rays = 0;
    for (int a = 0; a < MS_RAYS; a++) {
        const double degrees = degrees_from_front(a);
        if (degrees < low || degrees > high) continue;
        rays++;
        read_ray(t, a, hu);
        const double ratio = clear_edge(hu) / ms_wall_usual_mm(degrees);
        if (ratio < 2.2) ratios[n++] = ratio;
    }
    if (n * 8 < rays) return 1;
    qsort(ratios, n, sizeof *ratios, by_value);
    return fmin(fmax(ratios[n * 3 / 10], 0.5), 1.8);
}

static bool is_clear(const double hu[THICKEST + 8], double most) {
    return clear_edge(hu) < most;
}

/* The usual thickness on each ray, from what rays with a clear edge say near it and at the same place on the
 * other side (`found`, the thickness there), so that where liver or bowel touches the wall the rest of the
 * patient's own wall decides. */
static void usual_by_neighbours(const double scale[2], const bool clear[MS_RAYS], const size_t found[MS_RAYS],
                                double usual[MS_RAYS]) {
    enum { HALF = MS_RAYS / 2, BINS = 40 };
    int bin[MS_RAYS];
    double near[HALF + 1];
    for (int d = 0; d <= HALF; d++) near[d] = exp(-pow(d * 360.0 / MS_RAYS / near_degrees, 2) / 2);
    for (int a = 0; a < MS_RAYS; a++) {
        const double ratio = (double)found[a] / ms_wall_usual_mm(degrees_from_front(a));
        bin[a] = clear[a] ? (int)fmin(ratio / bin_width, BINS - 1) : -1;
    }
    for (int a = 0; a < MS_RAYS; a++) {
        const int at = a <= HALF ? a : MS_RAYS - a;
        const double degrees = degrees_from_front(a), own = scale[degrees < FRONT_DEGREES ? 0 : 1];
        double weight[BINS] = {0}, sum = trust_scale, before = 0;
        weight[(int)fmin(own / bin_width, BINS - 1)] = trust_scale;
        for (int b = 0; b < MS_RAYS; b++) {
            if (bin[b] < 0) continue;
            const double w = near[abs((b <= HALF ? b : MS_RAYS - b) - at)];
            weight[bin[b]] += w;
            sum += w;
        }
        int q = 0;
        while (q + 1 < BINS && before + weight[q] < low_share * sum) before += weight[q++];
        usual[a] =
            ms_wall_usual_mm(degrees) * (q + (low_share * sum - before) / fmax(weight[q], 1e-9)) * bin_width;
    }
}

static void ray_cost(const double hu[THICKEST + 8], double usual, double times, double weight,
                     float cost[THICKEST]) {
    const double most = times * usual + 3, from = is_clear(hu, most) ? most : 0.9 * usual,
                 ramp = 0.35 * usual + 0.5;
    double sum = 0;
    for (int d = 0; d < THICKEST; d++) {
        const double before = d >= 2 ? ms_muscle_like(hu[d - 1]) : 1;
        const double after = (ms_muscle_like(hu[d + 2]) + ms_muscle_like(hu[d + 3])) / 2;
        const double edge = edge_weight * fmax(0, before - after) / 2, off = d - usual;
        cost[d] = (float)(prior_weight * off * off - weight * (sum + edge));
        const double gain = ms_muscle_like(hu[d + 1]), beyond = (d - from) / ramp;
        sum += gain > 0 ? gain * fmin(fmax(1 - beyond, 0), 1) : gain;
    }
}

static ms_status find_path(const ms_torso *t, const double usual[MS_RAYS], double times, float *cost,
                           size_t step[MS_RAYS], ms_error *err) {
    double stiff[MS_RAYS], hu[THICKEST + 8];
    for (int a = 0; a < MS_RAYS; a++) {
        const double degrees = degrees_from_front(a);
        /* behind the flanks this model ends: the prior alone */
        const double weight = degrees < 105 ? 1 : fmax(0, 1 - (degrees - 105) / 20);
        read_ray(t, a, hu);
        ray_cost(hu, usual[a], times, weight, cost + (size_t)a * THICKEST);
        stiff[a] = stiffness;
    }
    return ms_polar_path(cost, THICKEST, 3, stiff, step, NULL, err);
}

ms_status ms_wall_find(ms_torso *torso, ms_error *err) {
    float *cost = ms_calloc((size_t)MS_RAYS * THICKEST, sizeof *cost);
    if (cost == NULL) return ms_error_nomem(err);
    size_t step[MS_RAYS];
    bool clear[MS_RAYS];
    double usual[MS_RAYS], hu[THICKEST + 8];
    const double scale[2] = {find_scale(torso, 14, 45), find_scale(torso, 58, 100)};
    for (int a = 0; a < MS_RAYS; a++) {
        const double degrees = degrees_from_front(a);
        usual[a] = ms_wall_usual_mm(degrees) * scale[degrees < FRONT_DEGREES ? 0 : 1];
        read_ray(torso, a, hu);
        clear[a] = degrees < 110 && is_clear(hu, loose[0] * usual[a] + 3);
    }
    ms_status status = find_path(torso, usual, loose[0], cost, step, err);
    if (status == MS_OK) {
        usual_by_neighbours(scale, clear, step, usual);
        status = find_path(torso, usual, loose[1], cost, step, err);
    }
    if (status == MS_OK) {
        torso->wall_scale = scale[1];
        for (int a = 0; a < MS_RAYS; a++) torso->wall_mm[a] = (double)step[a];
    }
    free(cost);
    return status;
}
