/* Skin, fat and the abdominal wall: rectus with the linea alba, external and internal oblique, transversus;
 * higher up latissimus, and the intercostal layer that the ribs lie in. */
#include "phantom/anatomy.h"

#include <math.h>

void wall_layers_at(const section *s, int i, wall_layers *l) {
    double c, sn;
    outline_unit(i, &c, &sn);
    const double sc = s->a->scale * (s->a->woman > 0 ? 0.9 : 1), w = s->a->wall;
    double x = fabs(s->fascia[i] * c) / sc;
    bool front = sn < 0;
    double angle = atan2(fabs(c), sn);             /* 0 behind, pi in front */
    double up = 1 - smooth_step(-2.6, -1.7, s->u); /* over the ribs */
    double pelvis = smooth_step(1.3, 2.9, s->u);   /* the iliac bone takes over from behind */
    double thin = 1 - 0.3 * smooth_step(1.5, 3, s->u);
    /* rectus: 6 to 69 mm from the middle, thickest halfway */
    double q = (x - 36) / 33, rectus = front && q > -0.93 && q < 1 ? sqrt(1 - q * q) : 0;
    double semilunar = front ? smooth_step(66, 84, x) : 1;
    double flank = semilunar * smooth_step(mix(0.86, 1.8, pelvis), mix(1.12, 2.1, pelvis), angle);
    double lat = smooth_step(0.45, 0.62, angle) * (1 - smooth_step(1.35, 1.75, angle));
    *l = (wall_layers){
        .latissimus = 8 * w * lat * (1 - smooth_step(-2.2, 0.2, s->u)),
        .fascia = front ? 1.2 * (1 - smooth_step(84, 92, x)) : 0,
        .rectus = 11 * w * rectus * (1 - 0.35 * up),
        .external = mix(7.2, 5.0, up) * w * thin * flank,
        .internal = 8.2 * w * thin * flank * (1 - up),
        .transversus = 3.8 * w * thin * flank * (1 - up),
        .gap = 0.5 * flank,
    };
}

static void paint_layer(section *s, double *depth, const double *thickness, tissue t) {
    polygon p;
    double r[OUTLINE];
    for (int i = 0; i < OUTLINE; i++) r[i] = s->fascia[i] - depth[i];
    outline_polygon(s, r, 0, &p);
    canvas_fill(s->c, &p, t, OVER_ANY);
    for (int i = 0; i < OUTLINE; i++) depth[i] += thickness[i];
    for (int i = 0; i < OUTLINE; i++) r[i] = s->fascia[i] - depth[i];
    outline_polygon(s, r, 0, &p);
    canvas_fill(s->c, &p, T_INTERFAT, OVER_ANY);
}

void paint_wall(section *s) {
    polygon p;
    outline_polygon(s, s->skin, 0, &p);
    canvas_fill(s->c, &p, T_SKIN, OVER_ANY);
    outline_polygon(s, s->skin, 2, &p);
    canvas_fill(s->c, &p, T_SAT, OVER_ANY);
    outline_polygon(s, s->fascia, 0, &p);
    canvas_fill(s->c, &p, T_INTERFAT, OVER_ANY);
    double depth[OUTLINE] = {0}, part[OUTLINE];
#define LAYER(member, tissue_)                                                                               \
    for (int i = 0; i < OUTLINE; i++) part[i] = s->wall[i].member;                                           \
    paint_layer(s, depth, part, tissue_)
    LAYER(latissimus, T_WALL);
    for (int i = 0; i < OUTLINE; i++) depth[i] += s->wall[i].latissimus > 1 ? 0.9 : 0;
    LAYER(fascia, T_FASCIA);
    LAYER(rectus, T_WALL);
    LAYER(external, T_WALL);
    for (int i = 0; i < OUTLINE; i++) depth[i] += s->wall[i].gap;
    LAYER(internal, T_WALL);
    for (int i = 0; i < OUTLINE; i++) depth[i] += s->wall[i].gap;
    LAYER(transversus, T_WALL);
#undef LAYER
    outline_polygon(s, s->cavity, 0, &p);
    canvas_fill(s->c, &p, T_VAT, TISSUE_BIT(T_INTERFAT));
}
