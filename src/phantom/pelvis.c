/* Iliac bones with iliacus inside and the gluteal muscles outside. The blade runs from the sacroiliac joint
 * forward to the anterior spine; at the crest it is a short piece beside L4/L5 that grows at both ends on the
 * way down. */
#include "phantom/anatomy.h"

#include <math.h>

#define BLADE 15
#define CREST_LEVEL 1.3

typedef struct blade {
    double x[BLADE], y[BLADE], half[BLADE];
} blade;

static void blade_at(const section *s, blade *b) {
    double t = (s->u - CREST_LEVEL) / (3.3 - CREST_LEVEL), k = s->a->scale;
    double grown = sqrt(fmin(1, fmax(0, t)));
    const vertebra *s1 = &s->a->v[LEVEL_L3 + 3];
    double lx, ly, dummy;
    anatomy_spine(s->a, CREST_LEVEL, &dummy, &ly);
    lx = 104 * k;
    /* ends and control point of a quadratic Bezier curve */
    double x0 = mix(lx - 3, 43 * k, fmin(1, grown * 1.12)), y0 = mix(ly + 30, s1->y + 38 * k, grown);
    double x2 = mix(lx + 6, 124 * k, grown), y2 = mix(ly + 12, s1->y - 88 * k, grown);
    double x1 = mix(lx + 3, 92 * k, grown), y1 = mix(ly + 22, s1->y - 2 * k, grown);
    for (int i = 0; i < BLADE; i++) {
        double q = (double)i / (BLADE - 1), p = 1 - q;
        b->x[i] = p * p * x0 + 2 * p * q * x1 + q * q * x2;
        b->y[i] = p * p * y0 + 2 * p * q * y1 + q * q * y2;
        double end = fmin(1, 8 * fmin(q + 0.05, p + 0.05));
        b->half[i] = (mix(8.5, 4.2, smooth_step(0, 0.4, q)) + 2.5 * smooth_step(0.75, 0.95, q)) * k * end;
        b->half[i] *= 0.55 + 0.45 * smooth_step(0, 0.12, t);
    }
}

/* A band beside the blade: from `from` to `to` mm off its middle line, positive to the outside. */
static void beside(section *s, const blade *b, double inside, double outside, tissue t, uint64_t over) {
    double left[BLADE], right[BLADE];
    for (int i = 0; i < BLADE; i++) {
        double q = (double)i / (BLADE - 1), taper = sqrt(fmax(0, 4 * (q + 0.04) * (1.04 - q))) / 1.04;
        left[i] = outside * taper;
        right[i] = inside * taper;
    }
    polygon p;
    polygon_band(&p, BLADE, b->x, b->y, left, right);
    canvas_fill(s->c, &p, t, over);
    shape_mirror(&p);
    canvas_fill(s->c, &p, t, over);
}

static void paint_blade(section *s, const blade *b) {
    polygon p;
    polygon_band(&p, BLADE, b->x, b->y, b->half, b->half);
    canvas_fill(s->c, &p, T_CORTEX, OVER_ANY);
    shape_mirror(&p);
    canvas_fill(s->c, &p, T_CORTEX, OVER_ANY);
    double inner[BLADE];
    for (int i = 0; i < BLADE; i++) inner[i] = fmax(0.05, b->half[i] - 1.8);
    polygon_band(&p, BLADE - 2, b->x + 1, b->y + 1, inner + 1, inner + 1);
    canvas_fill(s->c, &p, T_MARROW, TISSUE_BIT(T_CORTEX));
    shape_mirror(&p);
    canvas_fill(s->c, &p, T_MARROW, TISSUE_BIT(T_CORTEX));
}

/* Outside the iliac bone is no cavity: before the organs are placed. */
void paint_pelvic_ground(section *s) {
    if (s->u < CREST_LEVEL) return;
    blade b;
    blade_at(s, &b);
    double out[BLADE], in[BLADE] = {0};
    for (int i = 0; i < BLADE; i++) out[i] = 90;
    polygon p;
    polygon_band(&p, BLADE, b.x, b.y, out, in);
    canvas_fill(s->c, &p, T_INTERFAT, OVER_VAT);
    shape_mirror(&p);
    canvas_fill(s->c, &p, T_INTERFAT, OVER_VAT);
}

void paint_pelvis(section *s) {
    if (s->u < CREST_LEVEL) return;
    blade b;
    blade_at(s, &b);
    const double m = s->a->muscle, k = s->a->scale;
    const uint64_t soft = OVER_VAT | TISSUE_BIT(T_INTERFAT) | TISSUE_BIT(T_WALL);
    double grow = smooth_step(CREST_LEVEL, 3.2, s->u);
    beside(s, &b, 0, mix(3, 60, grow) * m, T_GLUTEAL, TISSUE_BIT(T_INTERFAT));
    if (grow > 0.25) { /* the plane between gluteus medius and maximus or minimus */
        double at = mix(3, 60, grow) * m * 0.36;
        beside(s, &b, 0, at + 1.2, T_INTERFAT, TISSUE_BIT(T_GLUTEAL));
        beside(s, &b, 0, at, T_GLUTEAL, TISSUE_BIT(T_INTERFAT));
    }
    if (s->u > 2.4) { /* gluteus maximus: behind the joint and the sacrum's edge */
        double g = smooth_step(2.4, 4.5, s->u);
        polygon p;
        polygon_superellipse(&p, 36, 72 * k, s->ys + mix(30, 22, g) * k, mix(14, 46, g) * m,
                             mix(7, 19, g) * m, -0.55, 2.4);
        canvas_fill(s->c, &p, T_GLUTEAL, soft);
        shape_mirror(&p);
        canvas_fill(s->c, &p, T_GLUTEAL, soft);
    }
    beside(s, &b, mix(3, 17, grow) * m, 0, T_GLUTEAL, soft);
    paint_blade(s, &b);
}
