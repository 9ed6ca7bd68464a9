/* radiomics/prepare.c: resampling of image and mask before features are computed. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

/* The new grid: as many voxels as cover the old ones' extent, the centres of both grids in one place. */
static ms_status make_grid(const ms_geometry *old, const double spacing_mm[3], ms_geometry *grid,
                           ms_error *err) {
    double first[3], voxels = 1;
    *grid = *old;
    for (int a = 0; a < 3; a++) {
        if (spacing_mm[a] > 0) grid->spacing_mm[a] = spacing_mm[a];
        double n = ceil((double)old->n[a] * old->spacing_mm[a] / grid->spacing_mm[a] - 1e-9);
        voxels *= n;
        if (!(voxels < 4e9))
            return ms_error_set(err, MS_EINPUT, "resampling to %g mm gives too large an image",
                                spacing_mm[a]);
        grid->n[a] = n < 1 ? 1 : (size_t)n;
        first[a] = 0.5 * ((double)old->n[a] - 1) -
                   0.5 * ((double)grid->n[a] - 1) * grid->spacing_mm[a] / old->spacing_mm[a];
    }
    ms_index_to_mm(old, first, grid->origin_mm);
    return MS_OK;
}

/* Where voxel i of the new axis lies on the old one: the two neighbours and the weight of the second. Beyond
 * the ends the end voxel holds. */
static void place(const ms_geometry *old, const ms_geometry *grid, int a, size_t i, size_t at[2],
                  double *weight) {
    double x = 0.5 * ((double)old->n[a] - 1) +
               ((double)i - 0.5 * ((double)grid->n[a] - 1)) * grid->spacing_mm[a] / old->spacing_mm[a];
    double last = (double)(old->n[a] - 1);
    x = x < 0 ? 0 : x > last ? last : x;
    at[0] = (size_t)floor(x);
    at[1] = at[0] + 1 < old->n[a] ? at[0] + 1 : at[0];
    *weight = x - (double)at[0];
}

typedef struct resampling {
    const ms_volume *volume;
    const ms_mask *mask;
    const bool *wanted;
    ms_prepared *out;
    uint8_t label;
    bool round;
} resampling;

static ms_status slice(void *context, size_t k, ms_error *err) {
    (void)err;
    const resampling *job = context;
    const ms_geometry *old = &job->volume->geometry, *grid = &job->out->own_volume.geometry;
    size_t x[2], y[2], z[2];
    double wx, wy, wz;
    place(old, grid, 2, k, z, &wz);
    for (size_t j = 0; j < grid->n[1]; j++) {
        place(old, grid, 1, j, y, &wy);
        for (size_t i = 0; i < grid->n[0]; i++) {
            place(old, grid, 0, i, x, &wx);
            double value = 0, part = 0;
            for (int c = 0; c < 8; c++) {
                double w = (c & 1 ? wx : 1 - wx) * (c & 2 ? wy : 1 - wy) * (c & 4 ? wz : 1 - wz);
                if (w == 0) continue; /* so that a NaN that is not needed does no harm */
                size_t v = ms_voxel_index(old, x[c & 1], y[c >> 1 & 1], z[c >> 2]);
                value += w * (double)job->volume->data[v];
                part += w * job->wanted[job->mask->data[v]];
            }
            size_t v = ms_voxel_index(grid, i, j, k);
            job->out->own_volume.data[v] = (float)(job->round ? round(value) : value);
            job->out->own_mask.data[v] = part >= 0.5 - 1e-12 ? job->label : 0;
        }
    }
    return MS_OK;
}

ms_status ms_prepare(const ms_volume *volume, const ms_mask *mask, const uint8_t *labels, size_t n_labels,
                     const ms_feature_config *config, ms_prepared *prepared, ms_error *err) {
    ms_prepared p = {.volume = volume, .mask = mask};
    bool change = false, wanted[256] = {false};
    for (int a = 0; a < 3; a++) {
        double s = config->spacing_mm[a], old = volume->geometry.spacing_mm[a];
        change = change || (s > 0 && fabs(s - old) > 1e-9 * old);
    }
    /* another grid is said by ms_region_build */
    if (n_labels == 0) return ms_error_set(err, MS_EUSAGE, "features: no label of the mask was named");
    if (!change || !ms_geometry_same(&volume->geometry, &mask->geometry)) {
        *prepared = p;
        return MS_OK;
    }
    for (size_t i = 0; i < n_labels; i++) wanted[labels[i]] = labels[i] != 0;
    ms_geometry grid;
    ms_status status = make_grid(&volume->geometry, config->spacing_mm, &grid, err);
    if (status == MS_OK) status = ms_volume_alloc(&p.own_volume, &grid, err);
    if (status == MS_OK) status = ms_mask_alloc(&p.own_mask, &grid, err);
    resampling job = {volume, mask, wanted, &p, labels[0], config->round_resampled};
    if (status == MS_OK) status = ms_parallel_for(grid.n[2], slice, &job, err);
    if (status != MS_OK) {
        ms_prepared_clear(&p);
        return status;
    }
    *prepared = p;
    prepared->volume = &prepared->own_volume;
    prepared->mask = &prepared->own_mask;
    return MS_OK;
}

void ms_prepared_clear(ms_prepared *prepared) {
    ms_volume_clear(&prepared->own_volume);
    ms_mask_clear(&prepared->own_mask);
    *prepared = (ms_prepared){0};
}
