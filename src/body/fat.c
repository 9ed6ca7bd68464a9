/* Subcutaneous, visceral and intramuscular fat by where it lies and its HU. */
#include "body/fat.h"

#include "base/base.h"

#include <stdlib.h>

static const double skin_mm = 2;

static bool within(float hu, const double range[2]) {
    return (double)hu >= range[0] - 0.5 && (double)hu < range[1] + 0.5;
}

ms_status ms_fat_label(const ms_torso *torso, const ms_tissue_options *options, const uint8_t *region,
                       uint8_t *labels, ms_error *err) {
    const ms_geometry *g = &torso->volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    const float *hu = torso->volume->data + torso->k * n;
    float *depth = ms_calloc(n, sizeof *depth);
    if (depth == NULL) return ms_error_nomem(err);
    const ms_status status = ms_distance_mm(torso->outline.inside, g->n[0], g->n[1], g->spacing_mm[0],
                                            g->spacing_mm[1], false, depth, err);
    for (size_t v = 0; v < n && status == MS_OK; v++) {
        if (labels[v] != 0 || (double)depth[v] <= skin_mm) continue;
        if (region[v] == 255) {
            if (within(hu[v], options->fat_hu)) labels[v] = MS_LABEL_SAT;
        } else if (region[v] == MS_REGION_OTHER) {
            if (within(hu[v], options->vat_hu)) labels[v] = MS_LABEL_VAT;
        } else if (within(hu[v], options->fat_hu)) {
            labels[v] = MS_LABEL_IMAT;
        }
    }
    free(depth);
    return status;
}
