/* Colon (ascending, transverse, descending, sigmoid, rectum) and small bowel: many ellipsoids with a wall and
 * a content of fluid, contrast, gas or stool. Places are drawn once a patient, as shares of the cavity. */
#include "phantom/anatomy.h"

#include <math.h>

/* Cavity's half-width and front at a level, from the outline. */
static void cavity_at(const anatomy *a, double z, double *half, double *front, double *back, double *ys) {
    section s = {.a = a, .z = z, .u = anatomy_level(a, z)};
    anatomy_spine(a, s.u, &s.xs, &s.ys);
    outline_setup(&s);
    *half = s.half;
    *front = s.front;
    *back = s.back;
    *ys = s.ys;
}

static loop *add(anatomy *a) {
    return a->n_loops < LOOPS_MAX ? &a->loops[a->n_loops++] : NULL;
}

static tissue content_of(const anatomy *a, ms_random *random, bool colon) {
    if (ms_random_uniform(random) < a->p->oral_contrast) return T_GUT_CONTRAST;
    return colon ? T_STOOL : T_GUT_FLUID;
}

/* A side colon from level `from` to `to`: a stack of haustra. */
static void add_side_colon(anatomy *a, ms_random *random, double side, double radius, double from,
                           double to) {
    double z = anatomy_z(a, from), end = anatomy_z(a, to), half, front, back, ys;
    while (z > end) {
        cavity_at(a, z, &half, &front, &back, &ys);
        double r = radius * ms_random_range(random, 0.8, 1.15) * a->scale;
        loop *l = add(a);
        if (!l) return;
        double x = fmin(half - r - 2, 112 * a->scale + 14 * a->p->visceral);
        double y = fmin(ys - 6, back - r) - ms_random_range(random, 0, 10);
        *l = (loop){side * x,
                    y,
                    z,
                    r,
                    r * ms_random_range(random, 0.85, 1.1),
                    r * 0.95,
                    ms_random_range(random, 0, 3),
                    0.05,
                    ms_random_range(random, 0, 6),
                    content_of(a, random, true),
                    ms_random_uniform(random) < 0.6};
        z -= r * 1.15;
    }
}

static void add_transverse(anatomy *a, ms_random *random) {
    double half, front, back, ys, level = -0.6 + 0.4 * a->jitter[15];
    for (double t = -0.86; t <= 0.87; t += 0.15) {
        double z = anatomy_z(a, level - 1.6 * t * t * (t > 0 ? 1.25 : 0.7)); /* hangs in the middle */
        cavity_at(a, z, &half, &front, &back, &ys);
        double r = ms_random_range(random, 17, 23) * a->scale;
        loop *l = add(a);
        if (!l) return;
        double y = front + r + 2 + 0.55 * (back - front) * pow(fabs(t), 3);
        *l = (loop){t * half,
                    y,
                    z,
                    r * 1.1,
                    r * 0.9,
                    r,
                    0,
                    0.06,
                    ms_random_range(random, 0, 6),
                    content_of(a, random, true),
                    ms_random_uniform(random) < 0.85};
    }
}

static void add_small_bowel(anatomy *a, ms_random *random) {
    double half, front, back, ys, top = anatomy_z(a, -0.9), bottom = anatomy_z(a, 4.6);
    for (int i = 0; i < 170; i++) {
        double z = ms_random_range(random, bottom, top);
        cavity_at(a, z, &half, &front, &back, &ys);
        double reach = half * (z < anatomy_z(a, 2) ? 0.62 : 0.78);
        double x = ms_random_range(random, -reach, reach), rear = fmin(ys - 42 * a->scale, back);
        double t = pow(ms_random_uniform(random), 1 + a->p->visceral),
               r = ms_random_range(random, 10, 14.5) * a->scale;
        double y = mix(front + r, rear, t);
        double flat = 1 - pow(x / half, 2); /* keep off the rounded front corners */
        if (y < front + (1 - sqrt(fmax(0, flat))) * (back - front)) continue;
        loop *l = add(a);
        if (!l) return;
        *l = (loop){x,
                    y,
                    z,
                    r * ms_random_range(random, 1, 2.1),
                    r,
                    r * ms_random_range(random, 0.9, 1.6),
                    ms_random_range(random, -0.8, 0.8),
                    0.05,
                    ms_random_range(random, 0, 6),
                    content_of(a, random, false),
                    ms_random_uniform(random) < a->p->bowel_gas * 0.6};
    }
}

void bowel_init(anatomy *a, ms_random *random) {
    add_side_colon(a, random, -1, 24, -0.1, 2.9);
    add_side_colon(a, random, 1, 15, -2.2, 2.9);
    add_transverse(a, random);
    for (double u = 3; u < 5.5; u += 0.35) { /* sigmoid and rectum */
        double x, ys;
        anatomy_spine(a, u, &x, &ys);
        loop *l = add(a);
        if (l) {
            double r = ms_random_range(random, 13, 18) * a->scale;
            *l = (loop){18 * sin(2.5 * u),
                        ys - 34 * a->scale,
                        anatomy_z(a, u),
                        r,
                        r,
                        r,
                        0,
                        0.05,
                        u,
                        content_of(a, random, true),
                        ms_random_uniform(random) < 0.6};
        }
    }
    add_small_bowel(a, random);
}

void paint_bowel(section *s) {
    polygon p;
    for (int i = 0; i < s->a->n_loops; i++) {
        const loop *l = &s->a->loops[i];
        if (!shape_ellipsoid(s, l, 0, &p)) continue;
        canvas_fill(s->c, &p, T_GUT_WALL, OVER_VAT);
        if (!shape_ellipsoid(s, l, 2.2, &p)) continue;
        canvas_fill(s->c, &p, l->content, TISSUE_BIT(T_GUT_WALL));
        if (!l->gas || fabs(s->z - l->z) > 0.75 * l->rz) continue;
        polygon_clip(&p, 0, -1, l->y + l->ry * (l->content == T_STOOL ? 0.1 : -0.25));
        canvas_fill(s->c, &p, T_GUT_GAS, TISSUE_BIT(l->content));
    }
}
