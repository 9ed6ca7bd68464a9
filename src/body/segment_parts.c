/* Which single muscle each voxel of a mask drawn elsewhere belongs to. */
#include "body/segment.h"

#include "base/base.h"

#include <stdlib.h>
#include <string.h>

/* Spreads the parts there are over the voxels of label 1 that have none yet, one ring of neighbours at a
 * time: the nearest part wins, the lower number where two are as near. */
static bool spread(const size_t n[3], const uint8_t *labels, const uint8_t *seed, uint8_t *reach) {
    const size_t nx = n[0], ny = n[1];
    bool changed = false;
    for (size_t j = 0; j < ny; j++)
        for (size_t i = 0; i < nx; i++) {
            const size_t v = j * nx + i;
            uint8_t best = seed[v];
            if (best == 0) {
                const uint8_t near[4] = {i > 0 ? seed[v - 1] : 0, i + 1 < nx ? seed[v + 1] : 0,
                                         j > 0 ? seed[v - nx] : 0, j + 1 < ny ? seed[v + nx] : 0};
                for (size_t t = 0; t < 4; t++)
                    if (near[t] != 0 && (best == 0 || near[t] < best)) best = near[t];
                if (best != 0 && labels[v] == MS_LABEL_MUSCLE) changed = true;
            }
            reach[v] = best;
        }
    return changed;
}

/* Our own outlines of the slice, psoas left out: what was drawn says where psoas is. */
static ms_status own_parts(const ms_volume *volume, size_t k, const ms_tissue_options *options, uint8_t *own,
                           ms_error *err) {
    const size_t n = volume->geometry.n[0] * volume->geometry.n[1];
    uint8_t *unused = ms_calloc(n, 1);
    ms_flags flags = {0};
    if (unused == NULL) return ms_error_nomem(err);
    const ms_status status = ms_tissue_segment(volume, k, options, NULL, unused, own, &flags, err);
    for (size_t v = 0; v < n; v++)
        if (own[v] < MS_PART_ERECTOR_RIGHT || own[v] >= MS_PARTS) own[v] = 0;
    free(unused);
    return status;
}

ms_status ms_parts_of_mask(const ms_volume *volume, size_t k, const ms_tissue_options *options,
                           const uint8_t *labels, uint8_t *parts, ms_flags *flags, ms_error *err) {
    enum { MOST_RINGS = 60 };
    const size_t *n = volume->geometry.n, area = n[0] * n[1];
    uint8_t *seed = ms_calloc(area, 1), *reach = ms_calloc(area, 1);
    ms_error why = {0};
    ms_status status = seed != NULL && reach != NULL ? MS_OK : ms_error_nomem(err);
    if (status != MS_OK) goto cleanup;
    status = own_parts(volume, k, options, seed, &why);
    if (status == MS_EINPUT) {
        ms_flags_add(flags, "parts_missing");
        memset(seed, 0, area);
        status = MS_OK;
    }
    if (status != MS_OK) {
        if (err != NULL) *err = why;
        goto cleanup;
    }
    for (int ring = 0; ring < MOST_RINGS; ring++) {
        const bool changed = spread(n, labels, seed, reach);
        memcpy(seed, reach, area);
        if (!changed && ring > 8) break;
    }
    for (size_t v = 0; v < area; v++) {
        parts[v] = MS_PART_NONE;
        if (labels[v] == MS_LABEL_PSOAS_RIGHT) parts[v] = MS_PART_PSOAS_RIGHT;
        if (labels[v] == MS_LABEL_PSOAS_LEFT) parts[v] = MS_PART_PSOAS_LEFT;
        if (labels[v] == MS_LABEL_MUSCLE) parts[v] = seed[v];
    }
cleanup:
    free(reach);
    free(seed);
    return status;
}
