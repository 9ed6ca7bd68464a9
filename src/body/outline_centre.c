/* The middle of the body on a slice, on a coarse grid: fast enough for every slice a network is trained on.
 */
#include "body/outline.h"
#include "body/plane.h"
#include "myosurv/body.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

static const double cell_mm = 3;            /* of the coarse grid */
static const double skin_hu = -300;         /* as in outline.c */
static const double open_mm = 6;            /* thicker than a table's shell */
static const double least_area_mm2 = 12000; /* a small child's trunk */

/* A whole number of pixels makes a cell. */
typedef struct coarse {
    size_t nx, ny, step[2];
    double sx, sy;
    uint8_t *inside;
    float *hu; /* means */
} coarse;

static ms_status coarse_make(const ms_volume *volume, size_t k, coarse *c, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    const float *hu = volume->data + k * g->n[0] * g->n[1];
    for (int a = 0; a < 2; a++) {
        c->step[a] = (size_t)fmax(1, floor(cell_mm / g->spacing_mm[a] + 0.5));
        if (c->step[a] > g->n[a]) c->step[a] = g->n[a];
    }
    c->nx = g->n[0] / c->step[0];
    c->ny = g->n[1] / c->step[1];
    c->sx = (double)c->step[0] * g->spacing_mm[0];
    c->sy = (double)c->step[1] * g->spacing_mm[1];
    c->inside = ms_calloc(c->nx * c->ny, 1);
    c->hu = ms_calloc(c->nx * c->ny, sizeof *c->hu);
    if (c->inside == NULL || c->hu == NULL) return ms_error_nomem(err);
    for (size_t j = 0; j < c->ny; j++)
        for (size_t i = 0; i < c->nx; i++) {
            size_t dense = 0;
            double sum = 0;
            for (size_t q = 0; q < c->step[1]; q++) {
                const float *row = hu + (j * c->step[1] + q) * g->n[0] + i * c->step[0];
                for (size_t p = 0; p < c->step[0]; p++) {
                    dense += (double)row[p] > skin_hu;
                    sum += (double)row[p];
                }
            }
            c->hu[j * c->nx + i] = (float)(sum / (double)(c->step[0] * c->step[1]));
            c->inside[j * c->nx + i] = 2 * dense >= c->step[0] * c->step[1];
        }
    return MS_OK;
}

/* The bounding box of the largest piece, as low and high cell of each axis; its area. */
static double box_of_largest(const coarse *c, const ms_pieces *pieces, size_t box[4]) {
    const size_t best = ms_pieces_largest(pieces);
    if (best == 0) return 0;
    box[0] = c->nx;
    box[1] = 0;
    box[2] = c->ny;
    box[3] = 0;
    for (size_t v = 0; v < c->nx * c->ny; v++) {
        if (pieces->id[v] != best) continue;
        const size_t i = v % c->nx, j = v / c->nx;
        if (i < box[0]) box[0] = i;
        if (i > box[1]) box[1] = i;
        if (j < box[2]) box[2] = j;
        if (j > box[3]) box[3] = j;
    }
    return (double)pieces->size[best] * c->sx * c->sy;
}

static ms_status cut_arms(coarse *c, ms_error *err) {
    const ms_geometry g = {.n = {c->nx, c->ny, 1}, .spacing_mm = {c->sx, c->sy, 1}};
    ms_outline outline = {.nx = c->nx, .ny = c->ny, .inside = c->inside};
    return ms_outline_cut_arms(&outline, &g, c->hu, err);
}

ms_status ms_body_centre(const ms_volume *volume, size_t k, double centre_mm[2], ms_error *err) {
    if (k >= volume->geometry.n[2])
        return ms_error_set(err, MS_EUSAGE, "slice %zu is outside the scan, which has %zu", k,
                            volume->geometry.n[2]);
    coarse c = {0};
    ms_pieces pieces = {0};
    size_t box[4];
    ms_status status = coarse_make(volume, k, &c, err);
    if (status == MS_OK) status = ms_fill_holes(c.inside, c.nx, c.ny, err);
    if (status == MS_OK) status = ms_open_mm(c.inside, c.nx, c.ny, c.sx, c.sy, open_mm, err);
    if (status == MS_OK) status = cut_arms(&c, err);
    if (status == MS_OK) status = ms_pieces_find(c.inside, c.nx, c.ny, &pieces, err);
    if (status != MS_OK) goto cleanup;
    const double area = box_of_largest(&c, &pieces, box);
    if (area < least_area_mm2) {
        status = ms_error_set(err, MS_EINPUT, "slice %zu: no body there (the largest piece is %.0f cm2)", k,
                              area / 100);
        goto cleanup;
    }
    /* the middle of cell c is at pixel c * step + (step - 1) / 2 */
    double ijk[3] = {0, 0, (double)k}, lps[3];
    for (int a = 0; a < 2; a++)
        ijk[a] = (double)((box[2 * a] + box[2 * a + 1]) * c.step[a]) / 2 + ((double)c.step[a] - 1) / 2;
    ms_index_to_mm(&volume->geometry, ijk, lps);
    centre_mm[0] = lps[0];
    centre_mm[1] = lps[1];
cleanup:
    free(c.inside);
    free(c.hu);
    ms_pieces_clear(&pieces);
    return status;
}
