/* Aorta with plaque, vena cava, common iliac vessels, renal and mesenteric vessels. */
#include "phantom/anatomy.h"

#include <math.h>

#define AORTA_END 1.2 /* bifurcation at L4 */
#define CAVA_END 1.7  /* confluence at L4/L5 */

static double in_front(const section *s) {
    double i = s->u - LEVEL_FIRST;
    int n = i < 0 ? 0 : i > LEVELS - 1 ? LEVELS - 1 : (int)(i + 0.5);
    return s->ys - s->a->v[n].depth / 2;
}

static void paint_plaque(section *s, double x, double y, double r) {
    for (int i = 0; i < s->a->n_plaque; i++) {
        double dz = (s->z - s->a->plaque[i][0]) / 3.5;
        if (fabs(dz) >= 1) continue;
        double size = 2 * sqrt(1 - dz * dz), angle = s->a->plaque[i][1];
        shape_ellipse(s, x + (r - 0.8) * cos(angle), y + (r - 0.8) * sin(angle), size * 0.7, size, angle,
                      T_PLAQUE, TISSUE_BIT(T_ARTERY) | OVER_VAT);
    }
}

static void paint_iliacs(section *s) {
    double k = s->a->scale, t = smooth_step(AORTA_END, 4.5, s->u), front = in_front(s);
    const uint64_t over = OVER_VAT;
    for (int side = -1; side <= 1; side += 2) {
        double x = side * mix(9, 62, t) * k, y = front - mix(10, 34, t) * k;
        shape_ellipse(s, s->xs + x + side * 3, y - 3 * k, 6.2 * k, 6.8 * k, 0, T_ARTERY, over);
        if (s->u > CAVA_END)
            shape_ellipse(s, s->xs + x - side * 6, y + 9 * k, 8 * k, 7 * k, 0.3 * side, T_VEIN, over);
    }
}

/* The left renal vein crosses in front of the aorta at L1/L2; renal arteries run to both kidneys. */
static void paint_renal(section *s, double ax, double ay) {
    double k = s->a->scale, dv = (s->z - anatomy_z(s->a, -1.45)) / (5 * k),
           da = (s->z - anatomy_z(s->a, -1.6)) / (3 * k);
    polygon p;
    if (fabs(dv) < 1) {
        double w = 4 * k * sqrt(1 - dv * dv);
        const double x[4] = {ax - 22 * k, ax, ax + 16 * k, ax + 34 * k},
                     y[4] = {ay + 2, ay - 13 * k, ay - 8 * k, ay + 6 * k};
        const double half[4] = {w, w * 0.8, w, w};
        polygon_band(&p, 4, x, y, half, half);
        canvas_fill(s->c, &p, T_VEIN, OVER_VAT);
    }
    if (fabs(da) < 1) {
        double w = 2.6 * k * sqrt(1 - da * da);
        const double x[4] = {ax - 50 * k, ax - 20 * k, ax + 20 * k, ax + 36 * k},
                     y[4] = {ay + 14, ay + 8, ay + 4, ay + 12};
        const double half[4] = {w, w, w, w};
        polygon_band(&p, 4, x, y, half, half);
        canvas_fill(s->c, &p, T_ARTERY, OVER_VAT);
    }
}

/* Superior mesenteric artery and vein, and their branches as dots in the mesentery. */
static void paint_mesenteric(section *s, double ax, double ay) {
    double k = s->a->scale;
    if (s->u > -1.7 && s->u < 2) {
        double out = (14 + 10 * smooth_step(-1.7, 0, s->u)) * k;
        shape_ellipse(s, ax - 1, ay - 9 * k - out * 0.9, 3.6 * k, 3.6 * k, 0, T_ARTERY, OVER_VAT);
        shape_ellipse(s, ax - 12 * k, ay - 8 * k - out, 5.5 * k, 5.2 * k, 0, T_VEIN, OVER_VAT);
    }
    if (s->u < -1.2 || s->u > 2.6) return;
    for (int i = 0; i < 14; i++) {
        double phase = 2.4 * i, sway = sin(s->z / (13.0 + i) + phase);
        double x = ax + (i - 6.5) * 0.12 * s->half + 9 * sway,
               y = mix(ay - 26 * k, s->front, 0.12 + 0.055 * (i % 7)) + 6 * sway;
        shape_ellipse(s, x, y, 1.9 + 0.8 * (i % 3), 1.7 + 0.5 * (i % 2), phase, i % 2 ? T_VEIN : T_ARTERY,
                      OVER_VAT);
    }
}

void paint_vessels(section *s) {
    const anatomy *a = s->a;
    double k = a->scale * (a->woman > 0 ? 0.92 : 1), front = in_front(s);
    const uint64_t over =
        OVER_VAT | TISSUE_BIT(T_LUNG) | TISSUE_BIT(T_LIVER) | TISSUE_BIT(T_CRUS) | TISSUE_BIT(T_HEART);
    double wide = (0.9 + 0.004 * (a->p->age_years - 30)) * (1 + 0.05 * a->jitter[13]);
    if (s->u < AORTA_END + 0.35) {
        double split = 6 * smooth_step(AORTA_END - 0.2, AORTA_END + 0.35, s->u);
        double r = mix(12, 8.6, smooth_step(-5, 1, s->u)) * k * wide,
               x = s->xs + mix(10, 5, smooth_step(-4, 1, s->u)) * k;
        double y = s->u < -4 ? mix(front, s->ys, 0.5) - r : front - r - 1.5;
        shape_ellipse(s, x, y, r + split, r - split * 0.3, 0, T_ARTERY, over);
        paint_plaque(s, x, y, r);
        paint_renal(s, x, y);
        paint_mesenteric(s, x, y);
    }
    if (s->u < CAVA_END + 0.3) {
        double high = 1 - smooth_step(-4.5, -2, s->u);
        double x = s->xs - mix(17, 24, high) * k, y = front - mix(8, 22, high) * k;
        shape_ellipse(s, x, y, 12.5 * k, 9 * k * (1 + 0.15 * a->jitter[14]), 0.15, T_VEIN, over);
    }
    if (s->u > AORTA_END) paint_iliacs(s);
}
