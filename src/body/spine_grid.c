/* spine_grid.c: a coarse copy of the volume on which the spine is looked for. */
#include "spine.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

static const double in_plane_mm = 1.9, slice_mm = 2.0;

static size_t block(double spacing_mm, double wanted_mm, size_t n) {
    double blocks = floor(wanted_mm / spacing_mm + 0.5);
    size_t factor = blocks < 1.0 ? 1 : blocks > 16.0 ? 16 : (size_t)blocks;
    return factor > n ? n : factor;
}

static double clean(float value) {
    double hu = (double)value;
    if (!(hu > -1024.0)) return -1024.0; /* also NaN */
    return hu > 3071.0 ? 3071.0 : hu;
}

typedef struct slice_work {
    const ms_volume *volume;
    ms_spine_grid *grid;
} slice_work;

static double block_mean(const ms_volume *volume, const ms_spine_grid *grid, size_t i, size_t j, size_t k) {
    const size_t *f = grid->factor;
    double sum = 0;
    for (size_t c = 0; c < f[2]; c++)
        for (size_t b = 0; b < f[1]; b++) {
            const float *row =
                volume->data + ms_voxel_index(&volume->geometry, i * f[0], j * f[1] + b, k * f[2] + c);
            for (size_t a = 0; a < f[0]; a++) sum += clean(row[a]);
        }
    return sum / (double)(f[0] * f[1] * f[2]);
}

/* The middle of all that is tissue in the slice: the trunk outweighs the table and the arms. */
static void find_middle(const int16_t *hu, const ms_spine_grid *grid, double mid[2]) {
    double count = 0, x = 0, y = 0;
    for (size_t j = 0; j < grid->n[1]; j++)
        for (size_t i = 0; i < grid->n[0]; i++)
            if (hu[j * grid->n[0] + i] > -150) {
                count += 1;
                x += (double)i;
                y += (double)j;
            }
    bool enough = count * grid->spacing[0] * grid->spacing[1] > 4000.0; /* 40 cm2 */
    mid[0] = enough ? x / count * grid->spacing[0] : (double)NAN;
    mid[1] = enough ? y / count * grid->spacing[1] : (double)NAN;
}

static ms_status fill_slice(void *context, size_t k, ms_error *err) {
    (void)err;
    slice_work *work = context;
    ms_spine_grid *grid = work->grid;
    int16_t *hu = grid->hu + k * grid->n[0] * grid->n[1];
    for (size_t j = 0; j < grid->n[1]; j++)
        for (size_t i = 0; i < grid->n[0]; i++)
            hu[j * grid->n[0] + i] = (int16_t)lrint(block_mean(work->volume, grid, i, j, k));
    find_middle(hu, grid, grid->mid + 2 * k);
    return MS_OK;
}

ms_status ms_spine_grid_make(const ms_volume *volume, ms_spine_grid *grid, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    ms_spine_grid made = {0};
    for (int c = 0; c < 3; c++) {
        if (!(g->spacing_mm[c] > 0) || !isfinite(g->spacing_mm[c]) || g->n[c] == 0)
            return ms_error_set(err, MS_EINPUT, "the volume has no usable size or spacing along axis %d", c);
        made.factor[c] = block(g->spacing_mm[c], c == 2 ? slice_mm : in_plane_mm, g->n[c]);
        made.n[c] = g->n[c] / made.factor[c];
        made.spacing[c] = g->spacing_mm[c] * (double)made.factor[c];
    }
    made.hu = ms_calloc(made.n[0] * made.n[1] * made.n[2], sizeof *made.hu);
    made.mid = ms_calloc(2 * made.n[2], sizeof *made.mid);
    if (!made.hu || !made.mid) {
        ms_spine_grid_clear(&made);
        return ms_error_nomem(err);
    }
    slice_work work = {volume, &made};
    ms_status status = ms_parallel_for(made.n[2], fill_slice, &work, err);
    if (status != MS_OK) {
        ms_spine_grid_clear(&made);
        return status;
    }
    *grid = made;
    return MS_OK;
}

void ms_spine_grid_clear(ms_spine_grid *grid) {
    MS_FREE(grid->hu);
    MS_FREE(grid->mid);
    *grid = (ms_spine_grid){0};
}

double ms_spine_grid_at(const ms_spine_grid *grid, double x, double y, double z) {
    double p[3] = {x / grid->spacing[0], y / grid->spacing[1], z / grid->spacing[2]}, f[3];
    size_t base[3];
    for (int c = 0; c < 3; c++) {
        double top = (double)(grid->n[c] - 1);
        if (!(p[c] >= 0.0 && p[c] <= top)) return -1024.0;
        double low = floor(p[c]);
        if (low >= top && top > 0) low = top - 1;
        base[c] = (size_t)low;
        f[c] = p[c] - low;
    }
    size_t di = grid->n[0] > 1, dj = grid->n[1] > 1 ? grid->n[0] : 0,
           dk = grid->n[2] > 1 ? grid->n[0] * grid->n[1] : 0;
    const int16_t *v = grid->hu + (base[2] * grid->n[1] + base[1]) * grid->n[0] + base[0];
    double c00 = v[0] + f[0] * (v[di] - v[0]), c10 = v[dj] + f[0] * (v[dj + di] - v[dj]);
    double c01 = v[dk] + f[0] * (v[dk + di] - v[dk]),
           c11 = v[dk + dj] + f[0] * (v[dk + dj + di] - v[dk + dj]);
    double low = c00 + f[1] * (c10 - c00), high = c01 + f[1] * (c11 - c01);
    return low + f[2] * (high - low);
}
