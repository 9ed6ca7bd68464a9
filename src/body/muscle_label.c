/* From regions to labels: where each region of the classical way lies on the scan's pixels, and the HU rule
 * inside it. */
#include "body/muscle.h"

#include "base/base.h"

#include <stdlib.h>

static const double speck_mm2 = 25;

void ms_regions_on_scan(const ms_torso *t, const ms_regions *regions, uint8_t *region) {
    const ms_geometry *g = &t->volume->geometry;
    for (size_t j = 0; j < g->n[1]; j++)
        for (size_t i = 0; i < g->n[0]; i++) {
            const size_t v = j * g->n[0] + i;
            const double x = (double)i * g->spacing_mm[0], y = (double)j * g->spacing_mm[1];
            double r, best, left = 1;
            region[v] = MS_REGION_OUTSIDE;
            if (!t->outline.inside[v] || ms_fascia_at(t, x, y, &r) + 0.5 < r) continue;
            region[v] = MS_REGION_OTHER;
            best = 0;
            for (int l = 0; l < MS_REGION_OTHER; l++) {
                const double p = ms_sample(regions->p[l], regions->nx, regions->ny, regions->step_mm,
                                           regions->step_mm, x, y);
                left -= p;
                if (p <= best) continue;
                best = p;
                region[v] = (uint8_t)l;
            }
            if (left > best) region[v] = MS_REGION_OTHER;
        }
}

/* The HU rule inside one region, specks left out. A psoas is its largest piece and what fat inside it has
 * parted from that: pieces not much smaller. */
static ms_status label_region(const ms_torso *t, const uint8_t *region, uint8_t which,
                              const double hu_range[2], uint8_t *labels, ms_error *err) {
    const ms_geometry *g = &t->volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    const float *hu = t->volume->data + t->k * n;
    const double pixel = g->spacing_mm[0] * g->spacing_mm[1];
    ms_pieces pieces = {0};
    uint8_t *muscle = ms_calloc(n, 1);
    if (muscle == NULL) return ms_error_nomem(err);
    for (size_t v = 0; v < n; v++)
        muscle[v] =
            region[v] == which && (double)hu[v] >= hu_range[0] - 0.5 && (double)hu[v] < hu_range[1] + 0.5;
    const ms_status status = ms_pieces_find(muscle, g->n[0], g->n[1], &pieces, err);
    if (status == MS_OK) {
        const size_t largest = ms_pieces_largest(&pieces);
        for (size_t v = 0; v < n; v++) {
            const size_t p = pieces.id[v];
            if (p == 0 || (double)pieces.size[p] * pixel < speck_mm2) continue;
            if (which == MS_REGION_RING || 5 * pieces.size[p] >= pieces.size[largest])
                labels[v] = (uint8_t)(MS_LABEL_MUSCLE + which);
        }
    }
    ms_pieces_clear(&pieces);
    free(muscle);
    return status;
}

ms_status ms_muscle_label(const ms_torso *torso, const uint8_t *region, const double hu_range[2],
                          uint8_t *labels, ms_error *err) {
    ms_status status = MS_OK;
    for (uint8_t which = MS_REGION_RING; which < MS_REGION_OTHER && status == MS_OK; which++)
        status = label_region(torso, region, which, hu_range, labels, err);
    return status;
}
