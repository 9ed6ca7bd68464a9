/* radiomics/gldm.c: grey level dependence (pyradiomics) and neighbouring grey level dependence (IBSI REK0)
 * matrix: how many voxels of a grey level have j - 1 neighbours whose level differs by at most alpha. The two
 * are the same matrix. */
#include "radiomics/radiomics.h"

#include <stdlib.h>

enum { COLUMNS = 27 };

static void count_slab(const ms_levels *l, ms_slab slab, bool in_plane, double alpha, double *counts,
                       double *voxels) {
    size_t near[26], n0 = l->n[0], slice = l->n[0] * l->n[1];
    for (size_t v = slab.first * slice; v < (slab.first + slab.count) * slice; v++) {
        if (!l->level[v]) continue;
        size_t found = ms_neighbours(l, slab, in_plane, v % n0, v / n0 % l->n[1], v / slice, near),
               dependent = 0;
        for (size_t f = 0; f < found; f++) {
            int difference = (int)l->level[v] - (int)l->level[near[f]];
            if (abs(difference) <= alpha) dependent++;
        }
        counts[(size_t)l->rank[l->level[v]] * COLUMNS + dependent] += 1;
        *voxels += 1;
    }
}

ms_status ms_family_gldm(const ms_family_input *in, double *values, const char **reasons, ms_error *err) {
    const ms_levels *l = in->levels;
    ms_matrix_plan plan = ms_plan(l, in->aggregation, false);
    bool in_plane = l->in_plane || in->aggregation < MS_AGGREGATE_3D_AVG;
    double *counts = ms_calloc(l->present * COLUMNS, sizeof *counts),
           *level = ms_calloc(l->present, sizeof *level);
    double size[COLUMNS], sum[MS_SIZE_FEATURES] = {0}, one[MS_SIZE_FEATURES];
    size_t matrices = 0;
    if (!counts || !level) {
        free(counts);
        free(level);
        return ms_error_nomem(err);
    }
    for (size_t g = 0; g < l->present; g++) level[g] = l->of_rank[g];
    for (int c = 0; c < COLUMNS; c++) size[c] = c + 1;
    for (size_t s = 0; s < plan.n_slabs; s++) {
        ms_slab slab = plan.n_slabs == 1 ? (ms_slab){0, l->n[2]} : (ms_slab){s, 1};
        double voxels = 0;
        for (size_t c = 0; c < l->present * COLUMNS; c++) counts[c] = 0;
        count_slab(l, slab, in_plane, in->config->ngldm_alpha, counts, &voxels);
        if (!ms_size_features(counts, l->present, COLUMNS, level, size, voxels, one)) continue;
        for (int f = 0; f < MS_SIZE_FEATURES; f++) sum[f] += one[f];
        matrices++;
    }
    for (int f = 0; f < MS_SIZE_FEATURES; f++) {
        if (matrices > 0) {
            values[f] = sum[f] / (double)matrices;
        } else {
            reasons[f] = ms_reason_no_pairs;
        }
    }
    free(counts);
    free(level);
    return MS_OK;
}
