#include "phantom/anatomy.h"

#include <math.h>

void shape_ellipse(section *s, double x, double y, double rx, double ry, double rot, tissue t,
                   uint64_t over) {
    if (rx <= 0 || ry <= 0) return;
    polygon p;
    polygon_superellipse(&p, rx + ry > 25 ? 40 : 18, x, y, rx, ry, rot, 2);
    canvas_fill(s->c, &p, t, over);
}

bool shape_ellipsoid(section *s, const loop *l, double shrink, polygon *p) {
    double h = (s->z - l->z) / l->rz;
    if (h <= -1 || h >= 1) return false;
    double k = sqrt(1 - h * h), rx = l->rx * k - shrink, ry = l->ry * k - shrink;
    if (rx <= 0.5 || ry <= 0.5) return false;
    int n = rx + ry > 40 ? 48 : 24;
    double cr = cos(l->rot), sr = sin(l->rot);
    p->n = n;
    for (int i = 0; i < n; i++) {
        double angle = 2 * M_PI * i / n;
        double w =
            1 + l->wobble * (cos(3 * angle + l->phase + 2 * h) + 0.6 * cos(5 * angle - 2 * l->phase + 3 * h));
        double x = rx * w * cos(angle), y = ry * w * sin(angle);
        p->x[i] = l->x + cr * x - sr * y;
        p->y[i] = l->y + sr * x + cr * y;
    }
    return true;
}

void shape_mirror(polygon *p) {
    for (int i = 0; i < p->n; i++) p->x[i] = -p->x[i];
}
