/* Ribs 7 to 12, or to 11 or 13. A rib leaves its vertebra, runs round the chest wall and falls; the upper
 * ones rise again in front as cartilage. A slice cuts a rib where its path is within half its height. */
#include "phantom/anatomy.h"

#include <math.h>

#define STEPS 72

typedef struct rib_shape {
    double end;     /* where it ends, degrees from behind (180 is the front) */
    double fall_mm; /* how far it falls to its lowest */
    double low;     /* degrees at which it is lowest */
    double bone;    /* degrees at which bone turns to cartilage */
} rib_shape;

/* Index 0 is rib 7. */
static const rib_shape shapes[7] = {{172, 120, 105, 118}, {166, 122, 106, 116}, {158, 120, 106, 114},
                                    {142, 112, 104, 112}, {84, 78, 90, 82},     {54, 48, 60, 53},
                                    {37, 30, 44, 36}};

static double fall_at(const rib_shape *r, double degrees) {
    double t = degrees / r->low;
    if (t <= 1) return r->fall_mm * pow(sin(t * M_PI / 2), 1.35);
    double up = (degrees - r->low) / (180 - r->low);
    return r->fall_mm * (1 - 1.15 * up * up);
}

/* The chest wall's point at an angle from behind, `inside` mm under the fascia. */
static void wall_point(const section *s, double degrees, double inside, int side, double *x, double *y) {
    double angle = M_PI / 2 - degrees * M_PI / 180; /* of the outline: 0 left, pi/2 behind */
    double pos = angle / (2 * M_PI) * OUTLINE;
    if (pos < 0) pos += OUTLINE;
    int i = (int)pos % OUTLINE, j = (i + 1) % OUTLINE;
    double r = mix(s->fascia[i], s->fascia[j], pos - floor(pos)) - inside;
    *x = side * r * cos(angle);
    *y = s->yc + r * sin(angle);
}

/* Paints the stretch of points [0, n) as one piece. */
static void paint_piece(section *s, int n, double x[STEPS], double y[STEPS], double half[STEPS], tissue shell,
                        tissue core) {
    if (n < 2) return;
    polygon p;
    polygon_band(&p, n, x, y, half, half);
    canvas_fill(s->c, &p, shell, OVER_ANY);
    if (shell != T_CORTEX || n < 4) return;
    for (int i = 0; i < n; i++) half[i] = fmax(0.02, half[i] - 1.1);
    polygon_band(&p, n - 2, x + 1, y + 1, half + 1, half + 1);
    canvas_fill(s->c, &p, core, TISSUE_BIT(shell));
}

static void paint_rib(section *s, int rib, int side, bool cartilage) {
    const double k = s->a->scale;
    rib_shape shape = shapes[rib], *r = &shape;
    if (rib == s->a->last_rib + 1 && s->a->p->last_rib != 1) { /* the lowest pair: shorter or longer */
        r->end *= s->a->p->last_rib, r->bone *= s->a->p->last_rib;
        if (cartilage && r->end < 40) return;
    }
    /* rib 7 + i leaves T(7 + i); levels start at T8 */
    double z0 = rib == 0 ? s->a->bone[0].z + 26 * k : s->a->bone[rib - 1].z + 4 * k;
    double tall = (rib >= 5 ? 5.0 : 6.5) * k, thick = (rib >= 5 ? 3.0 : 3.7) * k;
    double x[STEPS], y[STEPS], half[STEPS];
    int n = 0;
    double from = cartilage ? r->bone : 9, to = cartilage ? r->end : fmin(r->bone, r->end);
    double deep = s->u < -1.8 ? 8.5 : mix(8.5, 11, smooth_step(-1.8, -0.5, s->u));
    for (int i = 0; i <= 2 * STEPS && from < to; i++) {
        double degrees = from + (to - from) * i / (2 * STEPS);
        double dz = (s->z - (z0 - fall_at(r, degrees) * k)) / tall;
        if (dz <= -1 || dz >= 1 || n == STEPS) {
            paint_piece(s, n, x, y, half, cartilage ? T_CARTILAGE : T_CORTEX, T_MARROW);
            n = 0;
            if (dz <= -1 || dz >= 1) continue;
        }
        /* near the spine the rib leaves the vertebra's side, then bends to the wall */
        double t = smooth_step(8, 30, degrees), wx, wy;
        wall_point(s, degrees, deep, side, &wx, &wy);
        double sx = s->xs + side * mix(20, 48, (degrees - 9) / 21) * k,
               sy = s->ys + mix(16, 30, (degrees - 9) / 21) * k;
        x[n] = mix(sx, wx, t);
        y[n] = mix(sy, wy, t);
        half[n++] = thick * sqrt(1 - dz * dz) * (degrees > r->end - 4 && !cartilage ? 0.7 : 1);
    }
    paint_piece(s, n, x, y, half, cartilage ? T_CARTILAGE : T_CORTEX, T_MARROW);
}

void paint_ribs(section *s) {
    if (s->u > 1.5) return;
    for (int rib = 0; rib <= s->a->last_rib + 1; rib++) {
        for (int side = -1; side <= 1; side += 2) {
            paint_rib(s, rib, side, true);
            paint_rib(s, rib, side, false);
        }
    }
}
