/* image/resample.c: a volume on another grid, by linear interpolation between voxel centres. */
#include "image/private.h"

#include <math.h>
#include <string.h>

typedef struct resample_job {
    const ms_volume *in;
    ms_volume *out;
    float outside;
} resample_job;

/* The two neighbours of index x along an axis of n voxels and the weight of the second; false when x is
 * outside the voxels' own extent (half a voxel beyond the outer centres, where the outer value holds). */
static bool neighbours(double x, size_t n, size_t at[2], double *weight) {
    if (!(x >= -0.5 - 1e-9) || !(x <= (double)n - 0.5 + 1e-9)) return false;
    if (x < 0.0) x = 0.0;
    if (x > (double)n - 1.0) x = (double)n - 1.0;
    at[0] = (size_t)x;
    at[1] = at[0] + 1 < n ? at[0] + 1 : at[0];
    *weight = x - (double)at[0];
    return true;
}

static float value_at(const ms_volume *in, const double ijk[3], float outside) {
    size_t at[3][2];
    double w[3];
    for (int a = 0; a < 3; a++)
        if (!neighbours(ijk[a], in->geometry.n[a], at[a], &w[a])) return outside;
    double sum = 0.0;
    for (int corner = 0; corner < 8; corner++) {
        int x = corner & 1, y = corner >> 1 & 1, z = corner >> 2;
        double weight = (x ? w[0] : 1.0 - w[0]) * (y ? w[1] : 1.0 - w[1]) * (z ? w[2] : 1.0 - w[2]);
        if (weight == 0.0) continue;
        sum += weight * (double)in->data[ms_voxel_index(&in->geometry, at[0][x], at[1][y], at[2][z])];
    }
    return (float)sum;
}

static ms_status resample_slice(void *context, size_t k, ms_error *err) {
    (void)err;
    resample_job *job = context;
    const ms_geometry *grid = &job->out->geometry;
    float *out = job->out->data + ms_voxel_index(grid, 0, 0, k);
    for (size_t j = 0; j < grid->n[1]; j++)
        for (size_t i = 0; i < grid->n[0]; i++) {
            double ijk[3] = {(double)i, (double)j, (double)k}, mm[3];
            ms_index_to_mm(grid, ijk, mm);
            ms_mm_to_index(&job->in->geometry, mm, ijk);
            *out++ = value_at(job->in, ijk, job->outside);
        }
    return MS_OK;
}

ms_status ms_volume_resample(const ms_volume *volume, const ms_geometry *grid, float outside, ms_volume *out,
                             ms_error *err) {
    ms_volume result;
    ms_status status = ms_volume_alloc(&result, grid, err);
    if (status) return status;
    resample_job job = {volume, &result, outside};
    status = ms_parallel_for(grid->n[2], resample_slice, &job, err);
    if (status) {
        ms_volume_clear(&result);
        return status;
    }
    *out = result;
    return MS_OK;
}
