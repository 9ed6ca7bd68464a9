/* Psoas, quadratus lumborum, erector spinae with multifidus, the crura. Half-sizes of the reference man in
 * mm. */
#include "phantom/anatomy.h"

#include <math.h>

/* Psoas from T12/L1, largest at L4/L5, then forward and outward along the pelvic brim. */
static const double psoas_rx[LEVELS] = {0, 0, 0, 0, 1.5, 6.5, 11, 15.2, 18.5, 20, 19.5, 18, 17};
static const double psoas_ry[LEVELS] = {0, 0, 0, 0, 3, 10, 16, 20.5, 23, 23, 21, 20, 19};
static const double psoas_x[LEVELS] = {20, 20, 20, 20, 20, 25, 30.5, 36.5, 42, 49, 58, 68, 78};
static const double psoas_y[LEVELS] = {10, 10, 10, 10, 10, 10, 9, 8, 4, -8, -36, -74, -100};
static const double ql_rx[LEVELS] = {0, 0, 0, 0, 9, 14, 17, 20, 21, 0, 0, 0, 0};
static const double ql_ry[LEVELS] = {0, 0, 0, 0, 4, 7, 8, 9, 9.5, 0, 0, 0, 0};
static const double ql_x[LEVELS] = {46, 46, 46, 46, 48, 53, 60, 68, 75, 80, 80, 80, 80};
/* Erector spinae: half-width, half-depth. */
static const double es_rx[LEVELS] = {22, 23, 25, 28, 31, 34, 35, 36, 34, 30, 24, 18, 14};
static const double es_ry[LEVELS] = {15, 15, 16, 17, 19, 21, 23, 24, 23.5, 20, 14, 9, 5};

static double behind_body(const section *s) {
    double i = s->u - LEVEL_FIRST;
    int k = i < 0 ? 0 : i > LEVELS - 1 ? LEVELS - 1 : (int)(i + 0.5);
    return s->ys + s->a->v[k].depth / 2;
}

static void paint_psoas(section *s, int side) {
    const anatomy *a = s->a;
    double m = a->psoas, rx = level_curve(psoas_rx, s->u) * m, ry = level_curve(psoas_ry, s->u) * m;
    if (rx < 1.5) return;
    double k = a->scale * (a->woman > 0 ? 0.93 : 1);
    double inner = (level_curve(psoas_x, s->u) - level_curve(psoas_rx, s->u)) * k; /* stays at the vertebra */
    double x = s->xs + side * (inner + rx), y = s->ys + level_curve(psoas_y, s->u) * k;
    polygon p;
    polygon_superellipse(&p, 40, x, y, rx, ry, -side * 0.32 * (1 - smooth_step(1.5, 3, s->u)), 2.2);
    double wedge = 0.22 * (1 - smooth_step(1.2, 2.5, s->u)); /* broader behind, on the transverse processes */
    for (int i = 0; i < p.n; i++) p.x[i] = x + (p.x[i] - x) * (1 + wedge * (p.y[i] - y) / ry);
    canvas_fill(s->c, &p, side > 0 ? T_PSOAS_LEFT : T_PSOAS_RIGHT, OVER_ANY);
}

static void paint_quadratus(section *s, int side) {
    const anatomy *a = s->a;
    double rx = level_curve(ql_rx, s->u) * a->muscle, ry = level_curve(ql_ry, s->u) * a->muscle;
    if (rx < 3 || s->u > 1.6) return;
    double k = a->scale * (a->woman > 0 ? 0.93 : 1);
    polygon p;
    polygon_superellipse(&p, 32, s->xs * 0.8 + side * level_curve(ql_x, s->u) * k, behind_body(s) + 14 * k,
                         rx, ry, side * 0.3, 2.4);
    canvas_fill(s->c, &p, T_QL, OVER_ANY);
}

/* Erector spinae fills the groove between the spinous and transverse processes; multifidus lies inside it. */
static void paint_erector(section *s, int side) {
    const anatomy *a = s->a;
    double m = a->muscle, k = a->scale * (a->woman > 0 ? 0.93 : 1);
    double rx = level_curve(es_rx, s->u) * m, ry = level_curve(es_ry, s->u) * m;
    double x = s->xs * 0.6 + side * (4 * k + rx), y = behind_body(s) + 11.5 * k + ry;
    polygon p;
    polygon_superellipse(&p, 48, x, y, rx, ry, -side * 0.16, 2.5);
    canvas_fill(s->c, &p, T_BACK, OVER_ANY);
    /* the fat cleft between iliocostalis and longissimus, and between longissimus and multifidus */
    const double cx[2] = {x + side * rx * 0.28, x + side * rx * 0.40};
    const double cy[2] = {y - ry * 0.9, y + ry * 0.55};
    const double w[2] = {0.5 + 1.3 * (1 - fmin(1, m)), 0.35};
    polygon_band(&p, 2, cx, cy, w, w);
    canvas_fill(s->c, &p, T_INTERFAT, TISSUE_BIT(T_BACK));
    if (s->u > -2) {
        const double dx[3] = {x - side * rx * 0.30, x - side * rx * 0.35, x - side * rx * 0.62};
        const double dy[3] = {y - ry * 0.85, y + ry * 0.1, y + ry * 0.75};
        const double v[3] = {0.9, 0.7, 0.5};
        polygon_band(&p, 3, dx, dy, v, v);
        canvas_fill(s->c, &p, T_INTERFAT, TISSUE_BIT(T_BACK));
    }
}

static void paint_crus(section *s, int side) {
    double size = smooth_step(-5, -3.5, s->u) * (1 - smooth_step(-1.2, side > 0 ? -0.6 : -0.1, s->u));
    if (size < 0.1) return;
    double k = s->a->scale;
    shape_ellipse(s, s->xs + side * 15 * k, s->ys - 15 * k, 4.5 * size * k, 11 * size * k, side * 0.5, T_CRUS,
                  OVER_VAT | TISSUE_BIT(T_LUNG) | TISSUE_BIT(T_LIVER));
}

void paint_muscles(section *s) {
    for (int side = -1; side <= 1; side += 2) {
        paint_crus(s, side);
        paint_quadratus(s, side);
        paint_psoas(s, side);
        paint_erector(s, side);
    }
}
