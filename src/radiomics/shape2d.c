/* radiomics/shape2d.c: shape of a region within one slice, as pyradiomics' shape2D: surface and perimeter of
 * the outline by marching squares at level 0.5 (its points lie halfway between a pixel inside and one
 * outside), axes from the pixel centres, the diameter between points of the outline. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

enum { MESH_SURFACE, PIXEL_SURFACE, PERIMETER, RATIO, SPHERICITY, DIAMETER, MAJOR, MINOR, ELONGATION };

typedef struct outline {
    size_t n[2]; /* of the mask with one pixel added around */
    uint8_t *in;
    double spacing[2];
    double (*point)[2];
    size_t points;
    double surface, perimeter;
} outline;

/* The point on a square's side s: 0 bottom, 1 right, 2 top, 3 left (y upwards). */
static void side_point(const outline *o, size_t i, size_t j, int s, double p[2]) {
    static const double at[4][2] = {{0.5, 0}, {1, 0.5}, {0.5, 1}, {0, 0.5}};
    p[0] = ((double)i + at[s][0]) * o->spacing[0];
    p[1] = ((double)j + at[s][1]) * o->spacing[1];
}

static void add_segment(outline *o, size_t i, size_t j, int from, int to) {
    double a[2], b[2];
    side_point(o, i, j, from, a);
    side_point(o, i, j, to, b);
    o->perimeter += hypot(b[0] - a[0], b[1] - a[1]);
    o->surface += (a[0] * b[1] - b[0] * a[1]) / 2;
    for (int d = 0; d < 2; d++) o->point[o->points][d] = a[d];
    o->points++;
}

/* Segments with the inside to their left: entering the square where the border turns from inside to outside.
 * Two opposite corners inside: each is cut off on its own. */
static void add_square(outline *o, size_t i, size_t j) {
    const uint8_t *in = o->in;
    size_t w = o->n[0];
    int corner[4] = {in[j * w + i], in[j * w + i + 1], in[(j + 1) * w + i + 1], in[(j + 1) * w + i]};
    for (int s = 0; s < 4; s++) {
        /* side s runs from corner s to s + 1, against the clock */
        if (!(corner[s] && !corner[(s + 1) % 4])) continue;
        int back = s;
        while (corner[(back + 3) % 4] && (back + 3) % 4 != s) back = (back + 3) % 4;
        add_segment(o, i, j, s, (back + 3) % 4);
    }
}

static ms_status trace(const ms_region *r, outline *o, ms_error *err) {
    *o = (outline){.n = {r->n[0] + 2, r->n[1] + 2}, .spacing = {r->spacing_mm[0], r->spacing_mm[1]}};
    o->in = ms_calloc(o->n[0] * o->n[1], 1);
    o->point = ms_calloc(2 * o->n[0] * o->n[1], sizeof *o->point);
    if (!o->in || !o->point) return ms_error_nomem(err);
    for (size_t v = 0; v < r->box; v++) o->in[(v / r->n[0] + 1) * o->n[0] + v % r->n[0] + 1] = r->in[v];
    for (size_t j = 0; j + 1 < o->n[1]; j++) {
        for (size_t i = 0; i + 1 < o->n[0]; i++) add_square(o, i, j);
    }
    o->surface = fabs(o->surface);
    return MS_OK;
}

static double diameter(const outline *o) {
    double best = 0;
    for (size_t a = 0; a < o->points; a++) {
        for (size_t b = a + 1; b < o->points; b++) {
            double dx = o->point[a][0] - o->point[b][0], dy = o->point[a][1] - o->point[b][1];
            best = fmax(best, dx * dx + dy * dy);
        }
    }
    return sqrt(best);
}

static void axes(const ms_region *r, double *v) {
    double n = (double)r->voxels, mean[2] = {0}, xx = 0, yy = 0, xy = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < r->box; i++) {
            if (!r->in[i]) continue;
            double x = (double)(i % r->n[0]) * r->spacing_mm[0], y = (double)(i / r->n[0]) * r->spacing_mm[1];
            if (pass == 0) {
                mean[0] += x / n;
                mean[1] += y / n;
            } else {
                xx += (x - mean[0]) * (x - mean[0]) / n;
                yy += (y - mean[1]) * (y - mean[1]) / n;
                xy += (x - mean[0]) * (y - mean[1]) / n;
            }
        }
    }
    double half = (xx + yy) / 2, root = sqrt((xx - yy) * (xx - yy) / 4 + xy * xy);
    double large = half + root, small = fmax(half - root, 0);
    v[MAJOR] = 4 * sqrt(large);
    v[MINOR] = 4 * sqrt(small);
    v[ELONGATION] = sqrt(small / large);
}

ms_status ms_family_shape2d(const ms_family_input *in, double *v, const char **reasons, ms_error *err) {
    (void)reasons;
    const ms_region *r = in->region;
    outline o;
    ms_status status = trace(r, &o, err);
    if (status == MS_OK) {
        v[MESH_SURFACE] = o.surface;
        v[PIXEL_SURFACE] = (double)r->voxels * r->spacing_mm[0] * r->spacing_mm[1];
        v[PERIMETER] = o.perimeter;
        v[RATIO] = o.perimeter / o.surface;
        v[SPHERICITY] = 2 * sqrt(acos(-1.0) * o.surface) / o.perimeter;
        v[DIAMETER] = diameter(&o);
        axes(r, v);
    }
    free(o.in);
    free(o.point);
    return status;
}
