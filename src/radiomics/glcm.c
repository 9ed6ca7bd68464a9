/* radiomics/glcm.c: grey level co-occurrence matrix (IBSI LFYI; Haralick 1973), symmetric, distance 1: pairs
 * of neighbouring voxels by their grey levels. This file counts and aggregates; glcm_features.c has the
 * formulas. */
#include "radiomics/glcm.h"

#include <stdlib.h>

/* Counts each pair in both orders. */
static double count_direction(const ms_levels *l, ms_slab slab, const int d[3], double weight,
                              double *counts) {
    const size_t *n = l->n;
    long long offset = d[0] + (long long)n[0] * (d[1] + (long long)n[1] * d[2]);
    size_t i_first = d[0] < 0 ? 1u : 0u, i_end = d[0] > 0 ? n[0] - 1 : n[0];
    size_t j_first = d[1] < 0 ? 1u : 0u, j_end = d[1] > 0 ? n[1] - 1 : n[1];
    double pairs = 0;
    for (size_t k = slab.first; k < slab.first + slab.count; k++) {
        if (d[2] && k + 1 >= slab.first + slab.count) continue;
        for (size_t j = j_first; j < j_end; j++) {
            size_t row = (k * n[1] + j) * n[0];
            for (size_t i = i_first; i < i_end; i++) {
                uint16_t a = l->level[row + i], b = l->level[(size_t)((long long)(row + i) + offset)];
                if (!a || !b) continue;
                size_t p = l->rank[a], q = l->rank[b];
                counts[p * l->present + q] += weight;
                counts[q * l->present + p] += weight;
                pairs += 2 * weight;
            }
        }
    }
    return pairs;
}

static void add_features(const double one[MS_GLCM_FEATURES], double sum[MS_GLCM_FEATURES]) {
    for (int f = 0; f < MS_GLCM_FEATURES; f++) sum[f] += one[f];
}

ms_status ms_family_glcm(const ms_family_input *in, double *values, const char **reasons, ms_error *err) {
    const ms_levels *l = in->levels;
    ms_matrix_plan plan = ms_plan(l, in->aggregation, true);
    size_t per_set = plan.directions / plan.n_direction_sets, matrices = 0, cells = l->present * l->present;
    bool mcc = in->config->convention == MS_CONVENTION_PYRADIOMICS && l->present <= MS_GLCM_MCC_LEVELS;
    double sum[MS_GLCM_FEATURES] = {0}, one[MS_GLCM_FEATURES];
    ms_glcm m = {
        .n = l->present, .levels = l->levels, .level = l->of_rank, .p = ms_calloc(cells, sizeof(double))};
    ms_status status = m.p ? MS_OK : ms_error_nomem(err);
    for (size_t s = 0; status == MS_OK && s < plan.n_slabs; s++) {
        ms_slab slab = plan.n_slabs == 1 ? (ms_slab){0, l->n[2]} : (ms_slab){s, 1};
        for (size_t set = 0; status == MS_OK && set < plan.n_direction_sets; set++) {
            double pairs = 0;
            for (size_t c = 0; c < cells; c++) m.p[c] = 0;
            for (size_t d = set * per_set; d < (set + 1) * per_set; d++) {
                double weight = per_set == 1 ? 1 : ms_direction_weight(in, ms_directions[d]);
                pairs += count_direction(l, slab, ms_directions[d], weight, m.p);
            }
            if (pairs == 0) continue;
            for (size_t c = 0; c < cells; c++) m.p[c] /= pairs;
            status = ms_glcm_features(&m, mcc, one, err);
            add_features(one, sum);
            matrices++;
        }
    }
    for (int f = 0; status == MS_OK && f < MS_GLCM_FEATURES; f++) {
        if (matrices == 0) {
            reasons[f] = ms_reason_no_pairs;
        } else if (f == MS_GLCM_MCC && !mcc) {
            reasons[f] = ms_reason_too_many_levels;
        } else {
            values[f] = sum[f] / (double)matrices;
        }
    }
    free(m.p);
    return status;
}
