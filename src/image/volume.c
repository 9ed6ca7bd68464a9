/* image/volume.c: volumes and masks in memory. */
#include "image/private.h"

#include <stdlib.h>
#include <string.h>

ms_status ms_volume_alloc(ms_volume *volume, const ms_geometry *geometry, ms_error *err) {
    ms_status status = ms_geometry_check(geometry, sizeof(float), SIZE_MAX / 2, "volume", err);
    if (status) return status;
    float *data = ms_calloc(ms_voxels(geometry), sizeof *data);
    if (!data) return ms_error_nomem(err);
    volume->geometry = *geometry;
    volume->data = data;
    return MS_OK;
}

ms_status ms_mask_alloc(ms_mask *mask, const ms_geometry *geometry, ms_error *err) {
    ms_status status = ms_geometry_check(geometry, 1, SIZE_MAX / 2, "mask", err);
    if (status) return status;
    uint8_t *data = ms_calloc(ms_voxels(geometry), sizeof *data);
    if (!data) return ms_error_nomem(err);
    mask->geometry = *geometry;
    mask->data = data;
    return MS_OK;
}

void ms_mask_values(const ms_mask *mask, bool has[256]) {
    const size_t n = ms_voxels(&mask->geometry);
    uint64_t before = 0, eight = 0;
    for (size_t v = 0; v < n; v += sizeof eight) {
        const size_t part = n - v < sizeof eight ? n - v : sizeof eight;
        memcpy(&eight, mask->data + v, part);
        if (part == sizeof eight && v > 0 && eight == before) continue; /* eight voxels as those before */
        for (size_t i = 0; i < part; i++) has[mask->data[v + i]] = true;
        before = eight;
    }
}

void ms_volume_clear(ms_volume *volume) {
    if (!volume) return;
    free(volume->data);
    memset(volume, 0, sizeof *volume);
}

void ms_mask_clear(ms_mask *mask) {
    if (!mask) return;
    free(mask->data);
    memset(mask, 0, sizeof *mask);
}

ms_status ms_volume_slice(const ms_volume *volume, size_t k, ms_volume *slice, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    if (k >= g->n[2])
        return ms_error_set(err, MS_EUSAGE, "slice %zu is not in the volume: it has slices 0 to %zu", k,
                            g->n[2] - 1);
    ms_geometry one = *g;
    double at[3] = {0.0, 0.0, (double)k};
    ms_index_to_mm(g, at, one.origin_mm);
    one.n[2] = 1;
    ms_volume out;
    ms_status status = ms_volume_alloc(&out, &one, err);
    if (status) return status;
    memcpy(out.data, volume->data + k * g->n[0] * g->n[1], g->n[0] * g->n[1] * sizeof *out.data);
    *slice = out;
    return MS_OK;
}
