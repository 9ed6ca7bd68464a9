/* radiomics/gldm.c: grey level dependence (pyradiomics) and neighbouring grey level dependence (IBSI REK0)
 * matrix: how many voxels of a grey level have j - 1 neighbours whose level differs by at most alpha. The two
 * are the same matrix. */
#include "radiomics/radiomics.h"

#include <stdlib.h>

/* The neighbours: at distance 1, or as configured. */
typedef struct neighbourhood {
    ptrdiff_t *offset; /* [n] */
    size_t n;
    double alpha;
} neighbourhood;

/* How many neighbours of each voxel of a row depend on it. */
static void depend_row(const ms_levels *l, const uint16_t *code, size_t from, size_t to,
                       const neighbourhood *near, uint16_t *dependent) {
    for (size_t i = from; i < to; i++) dependent[i] = 0;
    for (size_t f = 0; f < near->n; f++) {
        const uint16_t *other = code + near->offset[f];
        if (near->alpha < 1) {
            for (size_t i = from; i < to; i++)
                dependent[i] = (uint16_t)(dependent[i] + (code[i] == other[i]));
            continue;
        }
        for (size_t i = from; i < to; i++) {
            if (!code[i] || !other[i]) continue;
            int difference = (int)l->of_rank[code[i] - 1] - (int)l->of_rank[other[i] - 1];
            if (abs(difference) <= near->alpha) dependent[i]++;
        }
    }
}

/* dependent: scratch of a row. */
static void count_slab(const ms_levels *l, ms_slab slab, const neighbourhood *near, uint16_t *dependent,
                       double *counts, double *voxels) {
    for (size_t r = slab.first * l->n[1]; r < (slab.first + slab.count) * l->n[1]; r++) {
        const uint16_t *code = l->code + ms_code_row(l, r % l->n[1], r / l->n[1]);
        depend_row(l, code, l->span[r][0], l->span[r][1], near, dependent);
        for (size_t i = l->span[r][0]; i < l->span[r][1]; i++) {
            if (!code[i]) continue;
            counts[(size_t)(code[i] - 1) * (near->n + 1) + dependent[i]] += 1;
            *voxels += 1;
        }
    }
}

ms_status ms_family_gldm(const ms_family_input *in, double *values, const char **reasons, ms_error *err) {
    const ms_levels *l = in->levels;
    ms_matrix_plan plan = ms_plan(l, in->aggregation, false);
    bool in_plane = l->in_plane || in->aggregation < MS_AGGREGATE_3D_AVG;
    neighbourhood near = {.alpha = in->config->ngldm_alpha};
    ms_status status = ms_neighbour_list(in, in_plane, &near.offset, &near.n, err);
    size_t columns = near.n + 1, matrices = 0;
    double *counts = ms_calloc(l->present * columns, sizeof *counts),
           *level = ms_calloc(l->present, sizeof *level), *size = ms_calloc(columns, sizeof *size);
    double sum[MS_SIZE_FEATURES] = {0}, one[MS_SIZE_FEATURES];
    uint16_t *dependent = ms_calloc(l->n[0], sizeof *dependent);
    if (!counts || !level || !size || !dependent) status = ms_error_nomem(err);
    for (size_t g = 0; g < l->present && !status; g++) level[g] = l->of_rank[g];
    for (size_t c = 0; c < columns && !status; c++) size[c] = (double)(c + 1);
    for (size_t s = 0; s < plan.n_slabs && !status; s++) {
        ms_slab slab = plan.n_slabs == 1 ? (ms_slab){0, l->n[2]} : (ms_slab){s, 1};
        double voxels = 0;
        for (size_t c = 0; c < l->present * columns; c++) counts[c] = 0;
        count_slab(l, slab, &near, dependent, counts, &voxels);
        if (!ms_size_features(counts, l->present, columns, level, size, voxels, one)) continue;
        for (int f = 0; f < MS_SIZE_FEATURES; f++) sum[f] += one[f];
        matrices++;
    }
    for (int f = 0; f < MS_SIZE_FEATURES && !status; f++) {
        if (matrices > 0) {
            values[f] = sum[f] / (double)matrices;
        } else {
            reasons[f] = ms_reason_no_pairs;
        }
    }
    free(near.offset);
    free(counts);
    free(level);
    free(size);
    free(dependent);
    return status;
}
