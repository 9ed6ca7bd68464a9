/* Skin, fat and the abdominal wall: rectus with the linea alba, external and internal oblique, transversus;
 * higher up latissimus, and the intercostal layer that the ribs lie in. */
#include "phantom/anatomy.h"

#include <math.h>

/* Shares of the layers in direction i: 0 where a muscle is not, 1 where it is full. */
typedef struct layers {
    double outer, rectus, alba, external, internal, transversus, latissimus;
} layers;

static layers layers_at(const section *s, int i) {
    double c, sn;
    outline_unit(i, &c, &sn);
    const double sc = s->a->scale * (s->a->woman > 0 ? 0.9 : 1);
    double x = fabs(s->fascia[i] * c) / sc, front = sn < 0 ? 1 : 0;
    double angle = atan2(fabs(c), sn); /* 0 behind, pi in front */
    layers l = {0};
    /* rectus: 6 to 68 mm from the middle, thickest halfway */
    double w = (x - 36) / 33;
    l.rectus = front > 0 && w > -0.93 && w < 1 ? sqrt(1 - w * w) : 0;
    l.alba = front > 0 && x < 75 ? 1 : 0;
    double semilunar = front > 0 ? smooth_step(66, 86, x) : 1;
    double pelvis = smooth_step(1.4, 2.6, s->u); /* the iliac bone takes over from behind */
    double behind = smooth_step(mix(0.72, 1.45, pelvis), mix(0.98, 1.75, pelvis), angle);
    double full = semilunar * behind;
    double up = 1 - smooth_step(-2.6, -1.7, s->u); /* over the ribs */
    l.external = full;
    l.internal = full * (1 - up);
    l.transversus = full * (1 - up);
    double lat = smooth_step(0.45, 0.62, angle) * (1 - smooth_step(1.35, 1.75, angle));
    l.latissimus = lat * (1 - smooth_step(-2.2, 0.2, s->u));
    return l;
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
    const double w = s->a->wall, thorax = 1 - smooth_step(-2.6, -1.7, s->u);
    outline_polygon(s, s->skin, 0, &p);
    canvas_fill(s->c, &p, T_SKIN, OVER_ANY);
    outline_polygon(s, s->skin, 2, &p);
    canvas_fill(s->c, &p, T_SAT, OVER_ANY);
    outline_polygon(s, s->fascia, 0, &p);
    canvas_fill(s->c, &p, T_INTERFAT, OVER_ANY);
    double depth[OUTLINE], lat[OUTLINE], fascia[OUTLINE], rectus[OUTLINE], ext[OUTLINE], in[OUTLINE],
        tr[OUTLINE];
    double gap[OUTLINE];
    const double thin = 1 - 0.3 * smooth_step(1.5, 3, s->u), line = 0.9;
    for (int i = 0; i < OUTLINE; i++) {
        layers l = layers_at(s, i);
        depth[i] = 0;
        lat[i] = 8 * w * l.latissimus;
        fascia[i] = l.alba * 1.2;
        rectus[i] = 11 * w * l.rectus * (1 - 0.35 * thorax);
        ext[i] = mix(7.2, 5.0, thorax) * w * thin * l.external;
        in[i] = 8.2 * w * thin * l.internal;
        tr[i] = 3.8 * w * thin * l.transversus;
        gap[i] = line * l.external;
    }
    paint_layer(s, depth, lat, T_WALL);
    for (int i = 0; i < OUTLINE; i++) depth[i] += lat[i] > 1 ? line : 0;
    paint_layer(s, depth, fascia, T_FASCIA);
    paint_layer(s, depth, rectus, T_WALL);
    paint_layer(s, depth, ext, T_WALL);
    for (int i = 0; i < OUTLINE; i++) depth[i] += gap[i];
    paint_layer(s, depth, in, T_WALL);
    for (int i = 0; i < OUTLINE; i++) depth[i] += gap[i] * (in[i] > 1 ? 1 : 0);
    paint_layer(s, depth, tr, T_WALL);
    outline_polygon(s, s->cavity, 0, &p);
    canvas_fill(s->c, &p, T_VAT, TISSUE_BIT(T_INTERFAT));
}
