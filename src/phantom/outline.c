/* The outlines every slice is built from, as radii round a centre in front of the spine: the outer fascia (a
 * superellipse whose front and back halves differ), the skin outside it and the cavity inside it. */
#include "phantom/anatomy.h"

#include <math.h>

/* The reference man, in mm, T8 to S3: half-width of the outer fascia, y of its front, and its distance behind
 * the vertebral body's middle. */
static const double half_width[LEVELS] = {138, 140, 141, 140, 138, 135, 132, 131, 135, 144, 153, 159, 163};
static const double front_y[LEVELS] = {-112, -116, -120, -122, -121, -118, -115,
                                       -112, -110, -105, -98,  -90,  -82};
static const double behind[LEVELS] = {56, 56, 57, 60, 65, 70, 75, 78, 78, 70, 54, 42, 36};
/* How much visceral fat moves the outline there. */
static const double belly[LEVELS] = {.3, .35, .4, .5, .65, .8, .95, 1, 1, .85, .6, .4, .3};
/* Women: narrower chest and waist. */
static const double woman_width[LEVELS] = {.9, .9, .89, .88, .87, .86, .86, .88, .92, .97, 1, 1.01, 1.02};
/* Thickness of subcutaneous fat against that at L3. */
static const double fat_share[LEVELS] = {.5, .52, .55, .6, .7, .82, .92, 1, 1.08, 1.15, 1.2, 1.2, 1.2};
/* The cavity's back reaches this far behind the vertebral body's middle (beside the spine). */
static const double gutter[LEVELS] = {36, 37, 38, 38, 37, 36, 34, 32, 28, 14, -6, -14, -16};

void outline_unit(int i, double *c, double *s) {
    double angle = 2 * M_PI * i / OUTLINE;
    *c = cos(angle);
    *s = sin(angle);
}

static double radius_of(double c, double s, double half, double depth, double e) {
    double x = fabs(c) / half, y = fabs(s) / depth;
    return pow(pow(x, e) + pow(y, e), -1 / e);
}

/* Subcutaneous fat in direction (c, s): thin over the spine, thicker over the loins and, in women, in front.
 */
static double fat_at(const section *s, double c, double sn) {
    const anatomy *a = s->a;
    double low = smooth_step(-1, 2.5, s->u);
    double behind_flank = sn > 0 ? smooth_step(0.05, 0.5, sn) * smooth_step(0.05, 0.5, fabs(c)) : 0;
    double middle = sn > 0 ? 1 - smooth_step(0, 0.3, fabs(c)) : 0;
    double front = sn < 0 ? smooth_step(0.2, 0.9, -sn) : 0;
    double share = 0.92 + (0.25 + 0.35 * low) * behind_flank - 0.3 * middle;
    share += front * (a->woman > 0 ? 0.2 : 0.05) * low;
    return a->p->subcutaneous_mm * level_curve(fat_share, s->u) * share + 1.5;
}

/* What the cavity starts inside of: the layers, and over the chest the ribs. */
static double wall_depth(const section *s, const wall_layers *l) {
    double muscle =
        l->latissimus + l->fascia + l->rectus + l->external + l->internal + l->transversus + 2 * l->gap;
    double thorax = 1 - smooth_step(-2.6, -1.4, s->u);
    return fmax(muscle + 0.6, thorax * 16);
}

static double half_at(const anatomy *a, double u) {
    double h = level_curve(half_width, u) * a->scale;
    if (a->woman > 0) h *= level_curve(woman_width, u);
    return h + (a->p->visceral - 0.35) * 40 * level_curve(belly, u);
}

static double front_at(const anatomy *a, double u) {
    double f = level_curve(front_y, u) * (0.5 + 0.5 * a->scale) * (a->woman > 0 ? 0.95 : 1);
    return f - (a->p->visceral - 0.35) * 100 * level_curve(belly, u);
}

void outline_setup(section *s) {
    const anatomy *a = s->a;
    double half = half_at(a, s->u), front = front_at(a, s->u);
    double back = s->ys + level_curve(behind, s->u) * (0.45 + 0.55 * (a->muscle + 0.1) * 0.9);
    double post = s->ys + level_curve(gutter, s->u) * a->scale;
    s->yc = s->ys - 22;
    double pelvis = smooth_step(1.5, 3.2, s->u);
    for (int i = 0; i < OUTLINE; i++) {
        double c, sn;
        outline_unit(i, &c, &sn);
        double depth = sn < 0 ? s->yc - front : back - s->yc;
        double e = sn < 0 ? mix(2.25, 2.1, pelvis) : mix(2.5, 2.3, pelvis);
        double r = radius_of(c, sn, half, depth, e);
        double groove = sn > 0 ? 8 * exp(-pow(r * c / 13, 2)) * (1 - pelvis) : 0; /* over the spine */
        r -= groove;
        /* behind the flank's muscles and beside the erector spinae the fascia lies deep (the lumbar triangle)
         */
        double lumbar = smooth_step(-2.2, -1, s->u) * (1 - smooth_step(0.8, 1.6, s->u));
        double notch = sn > 0 ? 20 * lumbar * exp(-pow((atan2(fabs(c), sn) - 0.88) / 0.15, 2)) : 0;
        s->fascia[i] = r - notch;
        double navel = exp(-pow(r * c / 6, 2) - pow((s->u - 0.9) / 0.15, 2));
        double fat = fat_at(s, c, sn);
        s->skin[i] = r + 0.6 * groove + fat - (sn < 0 ? navel * (fat - 2 > 18 ? 18 : fat - 2) : 0) + 2;
        wall_layers_at(s, i, &s->wall[i]);
        double in = s->fascia[i] - wall_depth(s, &s->wall[i]);
        if (sn > 0.02) {
            double limit = (post - s->yc) / sn;
            if (limit < in) in = limit;
        }
        s->cavity[i] = in;
    }
    s->half = s->cavity[0];
    s->front = s->yc - s->cavity[3 * OUTLINE / 4];
    s->back = post;
}

void outline_polygon(const section *s, const double *radius, double less, polygon *p) {
    p->n = OUTLINE;
    for (int i = 0; i < OUTLINE; i++) {
        double c, sn;
        outline_unit(i, &c, &sn);
        p->x[i] = (radius[i] - less) * c;
        p->y[i] = s->yc + (radius[i] - less) * sn;
    }
}

/* The largest x or y of the skin over the scanned part. */
static double farthest(const anatomy *a, bool sideways) {
    double most = -INFINITY;
    for (double u = LEVEL_FIRST; u <= LEVEL_FIRST + LEVELS - 1; u += 0.25) {
        section s = {.a = a, .u = u, .z = anatomy_z(a, u)};
        if (s.z > a->p->top_mm * a->scale || s.z < -a->p->bottom_mm * a->scale) continue;
        anatomy_spine(a, u, &s.xs, &s.ys);
        outline_setup(&s);
        for (int i = 0; i < OUTLINE / 2; i++) {
            double c, sn;
            outline_unit(i, &c, &sn);
            double at = sideways ? s.skin[i] * c : s.yc + s.skin[i] * sn;
            if (at > most) most = at;
        }
    }
    return most;
}

double outline_back(const anatomy *a) {
    return farthest(a, false);
}

double outline_half_width(const anatomy *a) {
    return farthest(a, true);
}
