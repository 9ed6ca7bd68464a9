/* Each muscle pixel's own muscle, by the planes between the muscles. */
#include "body/parts.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

static const double quadratus_front_mm = 34;           /* farther before the line no pixel is quadratus */
static const double crumb_mm2 = 60, crumb_share = 0.3; /* of the wall; of the largest piece of other parts */

static int by_value(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The median HU of the labelled muscle; 50 where there is none. */
static ms_status usual_hu(const ms_torso *t, const uint8_t *labels, double *hu, ms_error *err) {
    const ms_geometry *g = &t->volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    float *values = ms_calloc(n, sizeof *values);
    size_t count = 0;
    if (values == NULL) return ms_error_nomem(err);
    for (size_t v = 0; v < n; v++)
        if (labels[v] >= MS_LABEL_MUSCLE && labels[v] <= MS_LABEL_PSOAS_LEFT)
            values[count++] = t->volume->data[t->k * n + v];
    qsort(values, count, sizeof *values, by_value);
    *hu = count > 0 ? (double)values[count / 2] : 50;
    free(values);
    return MS_OK;
}

static ms_part part_at(const ms_planes planes[2], double scale, double side, double depth) {
    const ms_planes *p = &planes[side < 0 ? 0 : 1];
    const int left = side < 0 ? 0 : 1; /* parts come in pairs: right, left */
    const double away = fabs(side);
    if (away >= MS_PARTS_SIDE - 1) return MS_PART_WALL;
    const double line = p->line_mm[(int)away];
    if (depth >= line) return away < p->erector_mm ? (ms_part)(MS_PART_ERECTOR_RIGHT + left) : MS_PART_WALL;
    if (depth < line - quadratus_front_mm * scale || away >= p->quadratus_mm) return MS_PART_WALL;
    return (ms_part)((away < 24 * scale ? MS_PART_ERECTOR_RIGHT : MS_PART_QUADRATUS_RIGHT) + left);
}

/* Crumbs that a plane cut off a muscle go to the part they touch most. */
static ms_status give_crumbs(const ms_geometry *g, uint8_t *parts, ms_error *err) {
    const size_t nx = g->n[0], n = nx * g->n[1];
    const double pixel = g->spacing_mm[0] * g->spacing_mm[1];
    uint8_t *mask = ms_calloc(n, 1);
    ms_status status = mask != NULL ? MS_OK : ms_error_nomem(err);
    for (uint8_t part = MS_PART_ERECTOR_RIGHT; part < MS_PARTS && status == MS_OK; part++) {
        ms_pieces pieces = {0};
        for (size_t v = 0; v < n; v++) mask[v] = parts[v] == part;
        status = ms_pieces_find(mask, nx, g->n[1], &pieces, err);
        uint32_t(*touch)[MS_PARTS] = status == MS_OK ? ms_calloc(pieces.n + 1, sizeof *touch) : NULL;
        if (status == MS_OK && touch == NULL) status = ms_error_nomem(err);
        double least = crumb_mm2 / pixel;
        if (status == MS_OK && part != MS_PART_WALL)
            least = crumb_share * (double)pieces.size[ms_pieces_largest(&pieces)];
        for (size_t v = nx; v + nx < n && status == MS_OK; v++) {
            const size_t id = pieces.id[v], next[4] = {v - 1, v + 1, v - nx, v + nx};
            if (id == 0 || (double)pieces.size[id] >= least) continue;
            for (int d = 0; d < 4; d++)
                if (parts[next[d]] >= MS_PART_ERECTOR_RIGHT && parts[next[d]] != part)
                    touch[id][parts[next[d]]]++;
        }
        for (size_t v = 0; v < n && status == MS_OK; v++) {
            size_t best = 0;
            for (size_t q = 1; q < MS_PARTS; q++)
                if (touch[pieces.id[v]][q] > touch[pieces.id[v]][best]) best = q;
            if (pieces.id[v] != 0 && best != 0) parts[v] = (uint8_t)best;
        }
        free(touch);
        ms_pieces_clear(&pieces);
    }
    free(mask);
    return status;
}

ms_status ms_parts_find(const ms_torso *t, const uint8_t *labels, uint8_t *parts, ms_error *err) {
    const ms_geometry *g = &t->volume->geometry;
    const ms_vertebra2d *vertebra = &t->vertebra;
    const double c = cos(vertebra->tilt), s = sin(vertebra->tilt);
    ms_planes planes[2];
    double muscle_hu = 50;
    const ms_status status = usual_hu(t, labels, &muscle_hu, err);
    if (status != MS_OK) return status;
    for (int side = 0; side < 2; side++)
        ms_planes_find(t, labels, side == 0 ? -1 : 1, muscle_hu, &planes[side]);
    for (size_t v = 0; v < g->n[0] * g->n[1]; v++) {
        const double dx = (double)(v % g->n[0]) * g->spacing_mm[0] - vertebra->x;
        const double dy = (double)(v / g->n[0]) * g->spacing_mm[1] - vertebra->y;
        parts[v] = MS_PART_NONE;
        if (labels[v] == MS_LABEL_PSOAS_RIGHT) parts[v] = MS_PART_PSOAS_RIGHT;
        if (labels[v] == MS_LABEL_PSOAS_LEFT) parts[v] = MS_PART_PSOAS_LEFT;
        if (labels[v] == MS_LABEL_MUSCLE)
            parts[v] = (uint8_t)part_at(planes, vertebra->half_width / 20, c * dx - s * dy, s * dx + c * dy);
    }
    return give_crumbs(g, parts, err);
}
