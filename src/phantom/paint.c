#include "phantom/paint.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ms_status canvas_alloc(canvas *c, int nx, int ny, ms_error *err) {
    *c = (canvas){.nx = nx, .ny = ny};
    c->map = ms_calloc((size_t)nx * (size_t)ny, 1);
    c->crossing = ms_calloc((size_t)ny * CROSSINGS_MAX, sizeof *c->crossing);
    c->n_crossing = ms_calloc((size_t)ny, 1);
    if (c->map && c->crossing && c->n_crossing) return MS_OK;
    canvas_clear(c);
    return ms_error_nomem(err);
}

void canvas_clear(canvas *c) {
    MS_FREE(c->map);
    MS_FREE(c->crossing);
    MS_FREE(c->n_crossing);
}

/* Notes, for every row of pixel centres that the edge passes, where it does. */
static void edge_crossings(canvas *c, double x0, double y0, double x1, double y1) {
    if (y0 == y1) return;
    if (y0 > y1) {
        double t = y0;
        y0 = y1;
        y1 = t;
        t = x0;
        x0 = x1;
        x1 = t;
    }
    double first = ceil(y0), last = ceil(y1) - 1;
    if (first < 0) first = 0;
    if (last > c->ny - 1) last = c->ny - 1;
    double slope = (x1 - x0) / (y1 - y0);
    for (int row = (int)first; row <= (int)last; row++) {
        if (c->n_crossing[row] == CROSSINGS_MAX) continue;
        float x = (float)(x0 + slope * (row - y0));
        float *list = c->crossing + (size_t)row * CROSSINGS_MAX;
        int i = c->n_crossing[row]++;
        for (; i > 0 && list[i - 1] > x; i--) list[i] = list[i - 1];
        list[i] = x;
    }
}

static void fill_span(canvas *c, int row, float from, float to, tissue t, uint64_t over) {
    float lo = ceilf(from), hi = ceilf(to) - 1;
    if (lo < 0) lo = 0;
    if (hi > (float)(c->nx - 1)) hi = (float)(c->nx - 1);
    if (!(hi >= lo)) return;
    uint8_t *line = c->map + (size_t)row * (size_t)c->nx;
    int i0 = (int)lo, i1 = (int)hi;
    if (over == OVER_ANY) {
        memset(line + i0, (int)t, (size_t)(i1 - i0 + 1));
        return;
    }
    for (int i = i0; i <= i1; i++) {
        if (over >> line[i] & 1) line[i] = (uint8_t)t;
    }
}

void canvas_fill(canvas *c, const polygon *p, tissue t, uint64_t over) {
    if (p->n < 3) return;
    const double *m = c->to_pixel;
    double ymin = INFINITY, ymax = -INFINITY, px[POLY_MAX], py[POLY_MAX];
    for (int i = 0; i < p->n; i++) {
        px[i] = m[0] * p->x[i] + m[1] * p->y[i] + m[2];
        py[i] = m[3] * p->x[i] + m[4] * p->y[i] + m[5];
        if (py[i] < ymin) ymin = py[i];
        if (py[i] > ymax) ymax = py[i];
    }
    if (!(ymax >= 0 && ymin <= c->ny - 1)) return;
    int first = ymin > 0 ? (int)ymin : 0;
    int last = ymax < c->ny - 1 ? (int)ceil(ymax) : c->ny - 1;
    memset(c->n_crossing + first, 0, (size_t)(last - first + 1));
    for (int i = 0, j = p->n - 1; i < p->n; j = i++) edge_crossings(c, px[j], py[j], px[i], py[i]);
    for (int row = first; row <= last; row++) {
        const float *list = c->crossing + (size_t)row * CROSSINGS_MAX;
        for (int i = 0; i + 1 < c->n_crossing[row]; i += 2) fill_span(c, row, list[i], list[i + 1], t, over);
    }
}

void polygon_superellipse(polygon *p, int n, double x, double y, double rx, double ry, double rot, double e) {
    double cr = cos(rot), sr = sin(rot);
    p->n = n;
    for (int i = 0; i < n; i++) {
        double a = 2 * M_PI * i / n, ca = cos(a), sa = sin(a);
        if (e != 2) {
            ca = copysign(pow(fabs(ca), 2 / e), ca);
            sa = copysign(pow(fabs(sa), 2 / e), sa);
        }
        p->x[i] = x + cr * rx * ca - sr * ry * sa;
        p->y[i] = y + sr * rx * ca + cr * ry * sa;
    }
}

void polygon_clip(polygon *p, double a, double b, double c) {
    polygon out = {.n = 0};
    for (int i = 0, j = p->n - 1; i < p->n; j = i++) {
        double di = a * p->x[i] + b * p->y[i] + c, dj = a * p->x[j] + b * p->y[j] + c;
        if ((di >= 0) != (dj >= 0) && out.n < POLY_MAX) {
            double t = dj / (dj - di);
            out.x[out.n] = p->x[j] + t * (p->x[i] - p->x[j]);
            out.y[out.n++] = p->y[j] + t * (p->y[i] - p->y[j]);
        }
        if (di >= 0 && out.n < POLY_MAX) {
            out.x[out.n] = p->x[i];
            out.y[out.n++] = p->y[i];
        }
    }
    p->n = out.n;
    memcpy(p->x, out.x, (size_t)out.n * sizeof out.x[0]);
    memcpy(p->y, out.y, (size_t)out.n * sizeof out.y[0]);
}

void polygon_band(polygon *p, int n, const double *x, const double *y, const double *left,
                  const double *right) {
    p->n = 2 * n;
    for (int i = 0; i < n; i++) {
        int a = i > 0 ? i - 1 : 0, b = i < n - 1 ? i + 1 : n - 1;
        double dx = x[b] - x[a], dy = y[b] - y[a], len = sqrt(dx * dx + dy * dy);
        double nx = len > 0 ? -dy / len : 0, ny = len > 0 ? dx / len : 0;
        p->x[i] = x[i] + nx * left[i];
        p->y[i] = y[i] + ny * left[i];
        p->x[2 * n - 1 - i] = x[i] - nx * right[i];
        p->y[2 * n - 1 - i] = y[i] - ny * right[i];
    }
}
