/* phantom/paint.h: one thin slice as a map of tissues, painted with filled polygons. */
#ifndef MS_PHANTOM_PAINT_H
#define MS_PHANTOM_PAINT_H

#include "phantom/tissue.h"

#define POLY_MAX 256
#define CROSSINGS_MAX 24

typedef struct polygon {
    int n;
    double x[POLY_MAX], y[POLY_MAX]; /* mm */
} polygon;

typedef struct canvas {
    int nx, ny;
    double to_pixel[6]; /* px = t0 x + t1 y + t2, py = t3 x + t4 y + t5 */
    uint8_t *map;       /* nx * ny tissues; owned */
    float *crossing;    /* ny * CROSSINGS_MAX; owned */
    uint8_t *n_crossing;
} canvas;

MS_NODISCARD ms_status canvas_alloc(canvas *c, int nx, int ny, ms_error *err);
void canvas_clear(canvas *c);
/* Fills the polygon (even-odd rule) with a tissue where the map holds a tissue whose bit is in `over`. */
void canvas_fill(canvas *c, const polygon *p, tissue t, uint64_t over);

/* A closed curve of n points round (x, y): |x/rx|^e + |y/ry|^e = 1 turned by rot (radians); e = 2 is an
 * ellipse. */
void polygon_superellipse(polygon *p, int n, double x, double y, double rx, double ry, double rot, double e);
/* Keeps the part where a x + b y + c >= 0 (Sutherland-Hodgman). */
void polygon_clip(polygon *p, double a, double b, double c);
/* A band of given half-widths along a polyline: out to the left side of its direction and back. */
void polygon_band(polygon *p, int n, const double *x, const double *y, const double *left,
                  const double *right);

#endif
