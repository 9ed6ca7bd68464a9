/* Lungs and diaphragm, liver, gall bladder, spleen, stomach, pancreas, kidneys, bladder: ellipsoids with wavy
 * edges, kept inside the cavity by painting over its fat only. */
#include "phantom/anatomy.h"

#include <math.h>

/* Above the diaphragm is lung: the dome's outline is the cavity's, shrunk towards its top. Lowest behind
 * (T12/L1). */
void paint_thorax(section *s) {
    if (s->u > -1.6) return;
    polygon p;
    outline_polygon(s, s->cavity, 1, &p);
    canvas_fill(s->c, &p, T_LUNG, OVER_VAT);
    double r[OUTLINE];
    const double top = -6.3 + 0.3 * s->a->jitter[0];
    for (int i = 0; i < OUTLINE; i++) {
        double c, sn;
        outline_unit(i, &c, &sn);
        double edge =
            sn > 0 ? mix(-3.2, -1.75, smooth_step(0.1, 0.6, sn)) : mix(-3.2, -5.2, smooth_step(0, 0.8, -sn));
        double q = (s->u - top) / (edge - top);
        q = q <= 0 ? 0 : q >= 1 ? 1 : pow(q * (2 - q), 0.42);
        r[i] = s->cavity[i] * q;
    }
    outline_polygon(s, r, 0, &p);
    canvas_fill(s->c, &p, T_CRUS, TISSUE_BIT(T_LUNG));
    for (int i = 0; i < OUTLINE; i++) r[i] = fmax(0, r[i] - 2.5);
    outline_polygon(s, r, 0, &p);
    canvas_fill(s->c, &p, T_VAT, TISSUE_BIT(T_CRUS) | TISSUE_BIT(T_LUNG));
    if (s->u < -5.2) { /* the heart rests on the diaphragm's middle */
        loop heart = {12, s->front + 48, anatomy_z(s->a, -7.6), 62, 44, 62, -0.4, 0.02, 0, T_HEART, false};
        if (shape_ellipsoid(s, &heart, 0, &p)) canvas_fill(s->c, &p, T_HEART, TISSUE_BIT(T_LUNG) | OVER_VAT);
    }
}

static void paint_blob(section *s, const loop *l, tissue t, uint64_t over) {
    polygon p;
    if (shape_ellipsoid(s, l, 0, &p)) canvas_fill(s->c, &p, t, over);
}

static void paint_liver(section *s) {
    const anatomy *a = s->a;
    double k = a->scale, half = s->half, depth = s->back - s->front, mid = (s->back + s->front) / 2;
    double top = anatomy_z(a, -6.4), tip = anatomy_z(a, -0.9) - 12 * a->jitter[1];
    /* the right lobe narrows downwards and keeps to the flank */
    double low = smooth_step(anatomy_z(a, -3.2), tip, s->z);
    loop right = {-half * mix(0.5, 0.72, low),
                  mid + depth * mix(-0.02, 0.08, low),
                  (top + tip) / 2,
                  half * mix(0.62, 0.36, low),
                  depth * mix(0.54, 0.42, low),
                  (top - tip) / 2,
                  0.12,
                  0.02,
                  a->jitter[2],
                  T_LIVER,
                  false};
    loop left = {-half * 0.06,
                 s->front + 40 * k,
                 anatomy_z(a, -4.6),
                 half * 0.62,
                 38 * k,
                 58 * k,
                 0.1,
                 0.03,
                 a->jitter[3],
                 T_LIVER,
                 false};
    paint_blob(s, &right, T_LIVER, OVER_VAT);
    if (s->u < -2.2) paint_blob(s, &left, T_LIVER, OVER_VAT);
    loop gall = {
        -half * 0.36, s->front + 34 * k, anatomy_z(a, -1.9), 15 * k, 17 * k, 30 * k, 0.4, 0.02, 0, T_GALL,
        false};
    paint_blob(s, &gall, T_GALL, OVER_VAT | TISSUE_BIT(T_LIVER));
}

static void paint_stomach(section *s) {
    const anatomy *a = s->a;
    double k = a->scale;
    loop st = {s->half * 0.42,
               s->front + 72 * k,
               anatomy_z(a, -4.4),
               s->half * 0.42,
               60 * k,
               70 * k,
               -0.3,
               0.04,
               a->jitter[4],
               T_GUT_FLUID,
               true};
    polygon p;
    if (!shape_ellipsoid(s, &st, 0, &p)) return;
    canvas_fill(s->c, &p, T_GUT_WALL, OVER_VAT);
    if (!shape_ellipsoid(s, &st, 4, &p)) return;
    tissue inside = a->p->oral_contrast > 0.3 ? T_GUT_CONTRAST : T_GUT_FLUID;
    canvas_fill(s->c, &p, inside, TISSUE_BIT(T_GUT_WALL));
    polygon_clip(&p, 0, -1, st.y - 8 * k); /* gas rises to the front */
    canvas_fill(s->c, &p, T_GUT_GAS, TISSUE_BIT(inside));
}

static void paint_kidney(section *s, int side) {
    const anatomy *a = s->a;
    double k = a->scale * (a->woman > 0 ? 0.93 : 1), size = k * (1 + 0.06 * a->jitter[side > 0 ? 5 : 6]);
    double z = anatomy_z(a, side > 0 ? -1.75 : -1.3) + 5 * a->jitter[side > 0 ? 7 : 8];
    /* the upper pole leans to the spine */
    double x = side * (62 * k + 4 * a->p->visceral * 3 - 0.16 * (s->z - z)),
           y = s->ys + 2 * k + 0.12 * (s->z - z);
    loop kidney = {
        x, y, z, 25 * size, 31 * size, 56 * size, side * 0.6, 0.015, a->jitter[9], T_KIDNEY_CORTEX, false};
    polygon p;
    if (shape_ellipsoid(s, &kidney, -4, &p)) /* the fat capsule parts it from liver and spleen */
        canvas_fill(s->c, &p, T_VAT, TISSUE_BIT(T_LIVER) | TISSUE_BIT(T_SPLEEN));
    paint_blob(s, &kidney, T_KIDNEY_CORTEX, OVER_VAT);
    const uint64_t in = TISSUE_BIT(T_KIDNEY_CORTEX);
    if (shape_ellipsoid(s, &kidney, 7 * size, &p)) canvas_fill(s->c, &p, T_KIDNEY_MEDULLA, in);
    loop sinus = {x - side * 15 * size, y - 7 * size, z, 15 * size, 11 * size, 30 * size,
                  side * 0.6,           0.08,         1, T_VAT,     false};
    paint_blob(s, &sinus, T_VAT, in | TISSUE_BIT(T_KIDNEY_MEDULLA));
    loop pelvis = {x - side * 13 * size, y - 6 * size, z, 8 * size,        4.5 * size, 16 * size,
                   side * 0.6,           0.05,         2, T_KIDNEY_PELVIS, false};
    paint_blob(s, &pelvis, T_KIDNEY_MEDULLA, OVER_VAT);
}

void paint_organs(section *s) {
    const anatomy *a = s->a;
    double k = a->scale;
    paint_liver(s);
    loop spleen = {s->half * 0.7, s->back - 40 * k, anatomy_z(a, -4.1), 34 * k, 52 * k, 62 * k, 0.5,
                   0.02,          a->jitter[10],    T_SPLEEN,           false};
    paint_blob(s, &spleen, T_SPLEEN, OVER_VAT);
    paint_stomach(s);
    paint_kidney(s, 1);
    paint_kidney(s, -1);
    loop head = {-22 * k, s->ys - 44 * k, anatomy_z(a, -1.3), 19 * k,     15 * k, 26 * k,
                 0,       0.09,           a->jitter[11],      T_PANCREAS, false};
    paint_blob(s, &head, T_PANCREAS, OVER_VAT);
    loop body = {28 * k, s->ys - 50 * k, anatomy_z(a, -2.1), 56 * k,     10 * k, 15 * k,
                 0.35,   0.06,           a->jitter[12],      T_PANCREAS, false};
    paint_blob(s, &body, T_PANCREAS, OVER_VAT);
    loop bladder = {0,    s->front + 58 * k, anatomy_z(a, 5.6), 45 * k, 34 * k, 42 * k, 0, 0.01, 0, T_BLADDER,
                    false};
    paint_blob(s, &bladder, T_BLADDER, OVER_VAT);
}
