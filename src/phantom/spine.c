/* Vertebrae with discs, pedicles, laminae, articular, transverse and spinous processes, and the canal. A part
 * is a prism in the vertebra's own frame (x to the left, y to the back, h up along its axis); a slice cuts it
 * obliquely. */
#include "phantom/anatomy.h"

#include <math.h>

static double cut_height(const section *s, const vertebra *v, double x, double y) {
    return (s->z - v->z - y * sin(v->tilt) + x * v->lean) / cos(v->tilt);
}

/* Clips the local outline to lo <= h <= hi in this slice and turns it into patient coordinates. `waist`
 * narrows the middle of the height `h_full` by that share. */
static bool cut_prism(const section *s, const vertebra *v, polygon *p, double lo, double hi, double waist) {
    double ct = cos(v->tilt), st = sin(v->tilt), base = (s->z - v->z) / ct;
    double ax = v->lean / ct, ay = -st / ct;
    polygon_clip(p, ax, ay, base - lo);
    polygon_clip(p, -ax, -ay, hi - base);
    for (int i = 0; i < p->n; i++) {
        double h = cut_height(s, v, p->x[i], p->y[i]), k = 1;
        if (waist > 0) k = 1 - waist * (1 - fmin(1, pow(2 * h / v->height, 2)));
        double x = p->x[i] * k, y = p->y[i] * k;
        p->x[i] = v->x + x + h * v->lean;
        p->y[i] = v->y + y * ct - h * st;
    }
    return p->n >= 3;
}

/* A vertebral body from above: rounded in front, hollowed a little behind. */
static void body_outline(polygon *p, double width, double depth) {
    p->n = 48;
    for (int i = 0; i < p->n; i++) {
        double angle = 2 * M_PI * i / p->n, c = cos(angle), sn = sin(angle);
        double y = sn > 0 ? sn * (0.88 - 0.12 * cos(2 * angle) * sn) : sn;
        p->x[i] = width / 2 * copysign(pow(fabs(c), 0.8), c);
        p->y[i] = depth / 2 * y;
        if (sn > 0) p->y[i] -= depth * 0.06 * exp(-pow(p->x[i] / (width * 0.18), 2));
    }
}

static void fill_prism(section *s, const vertebra *v, polygon *p, double lo, double hi, tissue t) {
    if (cut_prism(s, v, p, lo, hi, 0)) canvas_fill(s->c, p, t, OVER_ANY);
}

/* Cortical shell and marrow of a part with a polygon outline; the marrow is the part shrunk towards its
 * middle. */
static void bone_part(section *s, const vertebra *v, const polygon *outline, double lo, double hi,
                      double shell, tissue cortex, tissue marrow) {
    polygon p = *outline;
    fill_prism(s, v, &p, lo, hi, cortex);
    double cx = 0, cy = 0, r = 0;
    for (int i = 0; i < outline->n; i++) cx += outline->x[i] / outline->n, cy += outline->y[i] / outline->n;
    for (int i = 0; i < outline->n; i++) r += hypot(outline->x[i] - cx, outline->y[i] - cy) / outline->n;
    p = *outline;
    for (int i = 0; i < p.n; i++) {
        double k = 1 - shell / fmax(r, shell);
        p.x[i] = cx + (p.x[i] - cx) * k;
        p.y[i] = cy + (p.y[i] - cy) * k;
    }
    fill_prism(s, v, &p, lo + shell, hi - shell, marrow);
}

static void rectangle(polygon *p, double x0, double x1, double y0, double y1) {
    p->n = 4;
    p->x[0] = x0, p->y[0] = y0;
    p->x[1] = x1, p->y[1] = y0;
    p->x[2] = x1, p->y[2] = y1;
    p->x[3] = x0, p->y[3] = y1;
}

/* Osteophytes: lips of hard bone at the front and sides of a disc that grow together. Which discs have how
 * much is a fixed pattern. */
static void paint_bridges(section *s, const vertebra *d, int i, double pitch) {
    static const double share[8] = {0.7, 0.2, 0.9, 0.5, 0.3, 1.0, 0.6, 0.4};
    const double k = s->a->scale, grown = s->a->p->osteophytes * share[i % 8];
    const double angle[3] = {-0.5, -1.6, -2.7};
    for (int j = 0; j < 3; j++) {
        double size = grown * (0.6 + 0.4 * share[(3 * i + j) % 8]), gap = pitch * 0.3 * fmax(0, 0.7 - size);
        double x = d->width / 2 * cos(angle[j]), y = d->depth / 2 * sin(angle[j]);
        polygon p;
        polygon_superellipse(&p, 20, x, y, 9 * k * size, 5 * k * size, angle[j] + M_PI / 2, 2);
        polygon q = p;
        fill_prism(s, d, &p, gap, pitch * 0.4, T_CORTEX);
        fill_prism(s, d, &q, -pitch * 0.4, -gap, T_CORTEX);
    }
}

static void paint_disc(section *s, int i) {
    const anatomy *a = s->a;
    const vertebra *up = &a->bone[i], *down = &a->bone[i + 1];
    if (i > a->s1 || (i == a->s1 && a->p->transitional != MS_PHANTOM_LUMBARISED)) return; /* one bone */
    vertebra d = {.x = (up->x + down->x) / 2,
                  .y = (up->y + down->y) / 2,
                  .z = (up->z + down->z) / 2,
                  .tilt = (up->tilt + down->tilt) / 2,
                  .lean = (up->lean + down->lean) / 2,
                  .width = (up->width + down->width) / 2,
                  .depth = (up->depth + down->depth) / 2};
    double pitch = hypot(up->y - down->y, up->z - down->z);
    polygon p;
    body_outline(&p, d.width, d.depth);
    const bool fused = i < a->s1 && i >= a->s1 - (int)a->p->implants;
    fill_prism(s, &d, &p, -pitch * 0.32, pitch * 0.32, fused ? T_MARROW : T_DISC);
    if (a->p->osteophytes > 0 && i >= BONE_L1 - 1 && i < a->s1) paint_bridges(s, &d, i, pitch);
}

static void paint_body(section *s, const vertebra *v, tissue cortex, tissue marrow) {
    polygon p;
    body_outline(&p, v->width, v->depth);
    if (cut_prism(s, v, &p, -v->height / 2, v->height / 2, 0.1)) canvas_fill(s->c, &p, cortex, OVER_ANY);
    body_outline(&p, v->width - 2.0, v->depth - 2.0);
    if (cut_prism(s, v, &p, -v->height / 2 + 0.8, v->height / 2 - 0.8, 0.1))
        canvas_fill(s->c, &p, marrow, OVER_ANY);
}

/* Pedicles, laminae, facets and processes of T8 to L5; lengths of L3 in mm, scaled to the body. */
static void paint_arch(section *s, const vertebra *v, double u, tissue cortex, tissue marrow) {
    double k = v->width / 46, b = v->depth / 2, h = v->height;
    double lumbar = smooth_step(-3.5, -1.5, u);
    polygon p;
    for (int side = -1; side <= 1; side += 2) {
        rectangle(&p, side * 11.5 * k, side * 19.5 * k, b - 4, b + 13 * k);
        bone_part(s, v, &p, h * 0.02, h * 0.46, 1.5, cortex, marrow);
        /* transverse process: out and slightly back; short in the thorax and at T12 */
        double reach = mix(u < -3.5 ? 30 : 22, u > 0.5 ? 42 : 45, lumbar) * k, back = mix(16, 5, lumbar) * k;
        const double tx[3] = {side * 15 * k, side * (15 * k + reach) / 2, side * reach};
        const double ty[3] = {b + 9 * k, b + 9 * k + back / 2, b + 9 * k + back};
        const double half[3] = {4.5 * k, 3.2 * k, 2.6 * k};
        polygon_band(&p, 3, tx, ty, half, half);
        bone_part(s, v, &p, h * 0.0, h * 0.38, 1.3, cortex, marrow);
        /* lamina from the pedicle down to the spinous process */
        const double lx[3] = {side * 17 * k, side * 12 * k, side * 1 * k};
        const double ly[3] = {b + 11 * k, b + 18 * k, b + 25 * k};
        const double lh[3] = {4 * k, 3.6 * k, 3.6 * k};
        polygon_band(&p, 3, lx, ly, lh, lh);
        bone_part(s, v, &p, -h * 0.5, h * 0.25, 1.3, cortex, marrow);
        /* joints: the lower process of this vertebra behind the upper one of the next */
        polygon_superellipse(&p, 16, side * 15 * k, b + 17 * k, 5.2 * k, 6 * k, side * 0.6, 2);
        bone_part(s, v, &p, -h * 0.95, -h * 0.35, 1.3, cortex, marrow);
        polygon_superellipse(&p, 16, side * 19.5 * k, b + 12.5 * k, 4.5 * k, 5.5 * k, side * 0.6, 2);
        bone_part(s, v, &p, h * 0.2, h * 0.85, 1.3, cortex, marrow);
    }
    double tip = mix(44, u > 1.5 ? 36 : 52, lumbar) * k, top = mix(-0.1, 0.08, lumbar);
    rectangle(&p, -3.4 * k, 3.4 * k, b + 22 * k, b + tip - 3 * k);
    bone_part(s, v, &p, h * (top - mix(0.85, 0.62, lumbar)), h * top, 1.3, cortex, marrow);
    polygon_superellipse(&p, 16, 0, b + tip - 4 * k, 4.4 * k, 5 * k, 0, 2);
    bone_part(s, v, &p, h * (top - mix(0.95, 0.7, lumbar)), h * (top - 0.1), 1.2, cortex, marrow);
}

/* The sacrum: a wide block with wings that narrows downwards, and its crest. */
static void paint_sacrum(section *s, int i) {
    const vertebra *v = &s->a->bone[i];
    static const double wing[3] = {56, 50, 40}; /* half-widths of S1, S2, S3 in mm */
    double k = s->a->scale, w = wing[i - s->a->s1] * k, h = v->height * 0.56, b = v->depth / 2;
    polygon p;
    p.n = 10;
    const double x[10] = {v->width * 0.42, w * 0.8,   w,  w * 0.92, w * 0.5,
                          -w * 0.5,        -w * 0.92, -w, -w * 0.8, -v->width * 0.42};
    const double y[10] = {-b,         -b * 0.25,  b * 0.3, b + 10 * k, b + 12 * k,
                          b + 12 * k, b + 10 * k, b * 0.3, -b * 0.25,  -b};
    for (int j = 0; j < 10; j++) p.x[j] = x[j], p.y[j] = y[j];
    bone_part(s, v, &p, -h, h, 1.8, T_CORTEX, T_MARROW);
    polygon_superellipse(&p, 24, 0, b + 6 * k, 11 * k, 5 * k, 0, 2);
    fill_prism(s, v, &p, -h, h, T_CANAL);
    for (int side = -1; side <= 1; side += 2) {
        polygon_superellipse(&p, 14, side * 22 * k, b * 0.55, 5 * k, 4 * k, 0, 2); /* foramina */
        fill_prism(s, v, &p, -h * 0.95, -h * 0.35, T_INTERFAT);
    }
    rectangle(&p, -4 * k, 4 * k, b + 11 * k, b + 21 * k);
    bone_part(s, v, &p, -h * 0.8, h * 0.5, 1.4, T_CORTEX, T_MARROW);
}

/* Wings that join a lowest lumbar vertebra to the sacrum, or the small ones of an S1 like a lumbar one. */
static void paint_wings(section *s, const vertebra *v, double out, double below, bool left) {
    const double k = s->a->scale, b = v->depth / 2;
    for (int side = -1; side <= (left ? 1 : -1); side += 2) {
        const double x[3] = {side * v->width * 0.4, side * out * 0.7 * k, side * out * k};
        const double y[3] = {b * 0.4, b * 0.6, b * 0.9}, half[3] = {b * 0.6, b * 0.7, b * 0.8};
        polygon p;
        polygon_band(&p, 3, x, y, half, half);
        bone_part(s, v, &p, -below, v->height * 0.35, 1.6, T_CORTEX, T_MARROW);
    }
}

/* Screws through the pedicles and rods that join them; index of the uppermost bone that has one. */
static void paint_implants(section *s, int first, int last) {
    const anatomy *a = s->a;
    const int upper = a->s1 - (int)a->p->implants;
    for (int i = first > upper ? first : upper; i <= last && i <= a->s1; i++) {
        const vertebra *v = &a->bone[i];
        const double k = a->scale, b = v->depth / 2, h = v->height;
        for (int side = -1; side <= 1; side += 2) {
            const double x[2] = {side * 12 * k, side * 19 * k}, y[2] = {-b * 0.4, b + 24 * k},
                         half[2] = {2.8, 2.8};
            polygon p;
            polygon_band(&p, 2, x, y, half, half);
            fill_prism(s, v, &p, h * 0.24 - 2.8, h * 0.24 + 2.8, T_METAL);
            polygon_superellipse(&p, 16, side * 19 * k, b + 25 * k, 3, 3, 0, 2);
            fill_prism(s, v, &p, i == a->s1 ? h * 0.1 : -h * 0.85, i == upper ? h * 0.4 : h * 0.85, T_METAL);
        }
    }
}

/* The bone whose middle is nearest. */
static int nearest_bone(const section *s) {
    int near = 0;
    for (int i = 1; i < s->a->n_bones; i++)
        if (fabs(s->a->bone[i].z - s->z) < fabs(s->a->bone[near].z - s->z)) near = i;
    return near;
}

static void paint_vertebra(section *s, int i) {
    const anatomy *a = s->a;
    const vertebra *v = &a->bone[i];
    const int joined = (int)a->p->transitional;
    const tissue cortex = i == a->l3 ? T_CORTEX_L3 : T_CORTEX, marrow = i == a->l3 ? T_MARROW_L3 : T_MARROW;
    if (i > a->s1 || (i == a->s1 && joined != MS_PHANTOM_LUMBARISED)) {
        paint_sacrum(s, i);
        return;
    }
    double u = anatomy_bone_level(a, i);
    paint_body(s, v, cortex, marrow);
    /* without ribs the twelfth thoracic one is like a lumbar one */
    paint_arch(s, v, i > a->last_rib ? fmax(u, -1.8) : u, cortex, marrow);
    if (i == a->s1) paint_wings(s, v, 44, v->height * 0.3, true);
    if (i == a->s1 - 1 && joined == MS_PHANTOM_SACRALISED) paint_wings(s, v, 52, v->height * 0.7, true);
    if (i == a->s1 - 1 && joined == MS_PHANTOM_SACRALISED_RIGHT)
        paint_wings(s, v, 50, v->height * 0.7, false);
}

void paint_spine(section *s) {
    const anatomy *a = s->a;
    const int near = nearest_bone(s);
    const int first = near - 2 < 0 ? 0 : near - 2,
              last = near + 2 > a->n_bones - 1 ? a->n_bones - 1 : near + 2;
    for (int i = first; i < last; i++) paint_disc(s, i);
    const double k = a->scale, depth = a->bone[near].depth / 2;
    for (int i = first; i <= last; i++) paint_vertebra(s, i);
    if (s->u < 2.6) { /* the canal: epidural fat round the thecal sac */
        shape_ellipse(s, s->xs, s->ys + depth + 9 * k, 11 * k, 8.5 * k, 0, T_INTERFAT,
                      ~(TISSUE_BIT(T_CORTEX) | TISSUE_BIT(T_MARROW) | TISSUE_BIT(T_CORTEX_L3) |
                        TISSUE_BIT(T_MARROW_L3)));
        shape_ellipse(s, s->xs, s->ys + depth + 8.5 * k, 9 * k, 7 * k, 0, T_CANAL, OVER_ANY);
    }
    if (a->p->implants > 0) paint_implants(s, first, last);
}
