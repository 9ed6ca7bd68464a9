/* Subcutaneous, visceral and intramuscular fat by where it lies and its HU. */
#include "body/fat.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

static const double skin_mm = 2;
static const double gap_mm = 8; /* the widest gap between muscles that counts as inside them */

static bool within(float hu, const double range[2]) {
    return (double)hu >= range[0] - 0.5 && (double)hu < range[1] + 0.5;
}

/* Marks what lies between muscle: the muscle labels closed with a disc. Fat that a region holds beyond that
 * is fat beside the muscle, e.g. behind the kidney. */
static ms_status between_muscle(const ms_geometry *g, const uint8_t *labels, uint8_t *between,
                                ms_error *err) {
    const size_t n = g->n[0] * g->n[1];
    const double sx = g->spacing_mm[0], sy = g->spacing_mm[1];
    const float radius = (float)fmax(gap_mm / 2, 1.1 * fmax(sx, sy));
    float *distance = ms_calloc(n, sizeof *distance);
    if (distance == NULL) return ms_error_nomem(err);
    for (size_t v = 0; v < n; v++)
        between[v] = !(labels[v] >= MS_LABEL_MUSCLE && labels[v] <= MS_LABEL_PSOAS_LEFT);
    ms_status status = ms_distance_mm(between, g->n[0], g->n[1], sx, sy, false, distance, err);
    for (size_t v = 0; v < n; v++) between[v] = distance[v] <= radius;
    if (status == MS_OK) status = ms_distance_mm(between, g->n[0], g->n[1], sx, sy, false, distance, err);
    for (size_t v = 0; v < n; v++) between[v] = distance[v] > radius;
    free(distance);
    return status;
}

/* Among the back's muscles there is no cavity: all fat is between or inside them. */
static bool behind_spine(const ms_torso *torso, size_t pixel) {
    const ms_geometry *g = &torso->volume->geometry;
    const ms_vertebra2d *vertebra = &torso->vertebra;
    const double c = cos(vertebra->tilt), s = sin(vertebra->tilt);
    const double dx = (double)(pixel % g->n[0]) * g->spacing_mm[0] - vertebra->x;
    const double dy = (double)(pixel / g->n[0]) * g->spacing_mm[1] - vertebra->y;
    return fabs(c * dx - s * dy) < 45 && s * dx + c * dy > 38;
}

ms_status ms_fat_label(const ms_torso *torso, const ms_tissue_options *options, const uint8_t *region,
                       uint8_t *labels, ms_error *err) {
    const ms_geometry *g = &torso->volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    const float *hu = torso->volume->data + torso->k * n;
    float *depth = ms_calloc(n, sizeof *depth);
    uint8_t *between = ms_calloc(n, 1);
    ms_status status = depth != NULL && between != NULL ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK)
        status = ms_distance_mm(torso->outline.inside, g->n[0], g->n[1], g->spacing_mm[0], g->spacing_mm[1],
                                false, depth, err);
    if (status == MS_OK) status = between_muscle(g, labels, between, err);
    for (size_t v = 0; v < n && status == MS_OK; v++) {
        if (labels[v] != 0 || (double)depth[v] <= skin_mm) continue;
        if (region[v] == 255) {
            if (within(hu[v], options->fat_hu)) labels[v] = MS_LABEL_SAT;
        } else if ((region[v] != MS_REGION_OTHER && between[v]) || behind_spine(torso, v)) {
            if (within(hu[v], options->fat_hu)) labels[v] = MS_LABEL_IMAT;
        } else if (within(hu[v], options->vat_hu)) {
            labels[v] = MS_LABEL_VAT;
        }
    }
    free(depth);
    free(between);
    return status;
}
