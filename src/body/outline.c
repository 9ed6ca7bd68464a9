/* The body's outline: what is denser than -300 HU, opened so that table, blankets and tubes fall off, the
 * largest piece of it, holes filled, arms taken off. */
#include "body/outline.h"

#include "base/base.h"
#include "body/plane.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RAYS = 720 };
static const double skin_hu = -300;
static const double open_mm = 6;            /* thicker than a table's shell */
static const double least_area_mm2 = 12000; /* a small child's trunk */

void ms_outline_clear(ms_outline *outline) {
    if (outline == NULL) return;
    free(outline->inside);
    *outline = (ms_outline){0};
}

/* Keeps the largest piece; its area and centre of gravity. */
static ms_status keep_largest(ms_outline *o, double sx, double sy, ms_error *err) {
    ms_pieces pieces = {0};
    const ms_status status = ms_pieces_find(o->inside, o->nx, o->ny, &pieces, err);
    if (status != MS_OK) return status;
    const size_t best = ms_pieces_largest(&pieces);
    double sum_x = 0, sum_y = 0, count = 0;
    for (size_t v = 0; v < o->nx * o->ny; v++) {
        o->inside[v] = best > 0 && pieces.id[v] == best;
        if (!o->inside[v]) continue;
        sum_x += (double)(v % o->nx) * sx;
        sum_y += (double)(v / o->nx) * sy;
        count++;
    }
    ms_pieces_clear(&pieces);
    o->area_mm2 = count * sx * sy;
    if (count > 0) {
        o->centre_mm[0] = sum_x / count;
        o->centre_mm[1] = sum_y / count;
    }
    return MS_OK;
}

double ms_outline_ray_mm(const ms_outline *o, const ms_geometry *g, double x, double y, double cosine,
                         double sine) {
    const double sx = g->spacing_mm[0], sy = g->spacing_mm[1], step = 0.5 * fmin(sx, sy);
    double last = 0;
    for (double r = 0;; r += step) {
        const double i = (x + r * cosine) / sx + 0.5, j = (y + r * sine) / sy + 0.5;
        if (i < 0 || j < 0 || i >= (double)o->nx || j >= (double)o->ny) return last;
        if (o->inside[(size_t)j * o->nx + (size_t)i]) last = r;
    }
}

/* The skin is cut where the outline runs along the picture's border or along the circle that scanners
 * reconstruct in. A few touching rays are a table's edge or a hand. */
static void find_truncation(ms_outline *o, const ms_geometry *g) {
    const double sx = g->spacing_mm[0], sy = g->spacing_mm[1];
    const double width = (double)(o->nx - 1) * sx, height = (double)(o->ny - 1) * sy;
    const double radius = fmin(width, height) / 2, near = 0.75 * fmax(sx, sy);
    size_t cut = 0;
    for (int a = 0; a < RAYS; a++) {
        const double c = cos(2 * M_PI * a / RAYS), s = sin(2 * M_PI * a / RAYS);
        const double r = ms_outline_ray_mm(o, g, o->centre_mm[0], o->centre_mm[1], c, s);
        const double x = o->centre_mm[0] + r * c, y = o->centre_mm[1] + r * s;
        const bool border = x < near || y < near || x > width - near || y > height - near;
        const bool circle =
            fabs(width - height) < 2 && fabs(hypot(x - width / 2, y - height / 2) - radius) < 2 * near;
        cut += border || circle;
    }
    o->cut_fraction = (double)cut / RAYS;
    o->truncated = o->cut_fraction > 0.02;
}

ms_status ms_outline_find(const ms_volume *volume, size_t k, ms_outline *outline, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    const double sx = g->spacing_mm[0], sy = g->spacing_mm[1];
    const size_t n = g->n[0] * g->n[1];
    ms_outline o = {.nx = g->n[0], .ny = g->n[1], .inside = ms_calloc(n, 1)};
    if (o.inside == NULL) return ms_error_nomem(err);
    for (size_t v = 0; v < n; v++) o.inside[v] = (double)volume->data[k * n + v] > skin_hu;
    /* holes first: gas under thin skin must not break the ring when it is opened */
    ms_status status = ms_fill_holes(o.inside, o.nx, o.ny, err);
    if (status == MS_OK) status = ms_open_mm(o.inside, o.nx, o.ny, sx, sy, open_mm, err);
    if (status == MS_OK) status = keep_largest(&o, sx, sy, err);
    if (status == MS_OK) status = ms_fill_holes(o.inside, o.nx, o.ny, err);
    if (status == MS_OK) status = ms_outline_cut_arms(&o, g, volume->data + k * n, err);
    if (status == MS_OK) status = keep_largest(&o, sx, sy, err);
    if (status == MS_OK && o.area_mm2 < least_area_mm2)
        status = ms_error_set(err, MS_EINPUT, "slice %zu: no body there (the largest piece is %.0f cm2)", k,
                              o.area_mm2 / 100);
    if (status == MS_OK) {
        find_truncation(&o, g);
        *outline = o;
    } else {
        ms_outline_clear(&o);
    }
    return status;
}

double ms_outline_length_mm(const ms_outline *o, const ms_geometry *g) {
    double length = 0, px = 0, py = 0;
    double radius[RAYS];
    for (int a = 0; a < RAYS; a++)
        radius[a] = ms_outline_ray_mm(o, g, o->centre_mm[0], o->centre_mm[1], cos(2 * M_PI * a / RAYS),
                                      sin(2 * M_PI * a / RAYS));
    for (int a = 0; a <= RAYS; a++) { /* a running mean over 9 rays takes the pixels' steps off */
        double r = 0;
        for (int t = -4; t <= 4; t++) r += radius[(a + t + RAYS) % RAYS] / 9;
        r += 0.25 * (g->spacing_mm[0] + g->spacing_mm[1]); /* from the last pixel's centre to its edge */
        const double x = r * cos(2 * M_PI * a / RAYS), y = r * sin(2 * M_PI * a / RAYS);
        if (a > 0) length += hypot(x - px, y - py);
        px = x;
        py = y;
    }
    return length;
}
