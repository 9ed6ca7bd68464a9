/* radiomics/glcm.c: grey level co-occurrence matrix (IBSI LFYI; Haralick 1973), symmetric: pairs of
 * neighbouring voxels (at distance 1, or as configured) by their grey levels. This file counts and
 * aggregates; glcm_features.c has the formulas. */
#include "radiomics/glcm.h"

#include <stdlib.h>
#include <string.h>

/* How often each pair of codes lies along a direction: table[(present + 1) * (present + 1)], whose row and
 * column 0 are pairs with a voxel outside. */
static void count_direction(const ms_levels *l, ms_slab slab, const int d[3], uint32_t *table) {
    ptrdiff_t offset = ms_code_offset(l, d);
    const size_t width = l->present + 1;
    for (size_t k = slab.first; k < slab.first + slab.count; k++) {
        for (size_t j = 0; j < l->n[1]; j++) {
            const uint32_t *span = l->span[k * l->n[1] + j];
            const uint16_t *a = l->code + ms_code_row(l, j, k), *b = a + offset;
            for (size_t i = span[0]; i < span[1]; i++) table[a[i] * width + b[i]]++;
        }
    }
}

/* Adds the pairs in both orders to counts[present * present] and returns how many there are. */
static double add_pairs(const uint32_t *table, size_t n, double weight, double *counts) {
    double pairs = 0;
    for (size_t p = 0; p < n; p++) {
        const uint32_t *row = table + (p + 1) * (n + 1) + 1;
        for (size_t q = 0; q < n; q++) {
            double both = (double)row[q] + (double)table[(q + 1) * (n + 1) + p + 1];
            if (both == 0) continue;
            counts[p * n + q] += weight * both;
            pairs += weight * both;
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
    ms_direction_list list = {0};
    ms_status status = ms_direction_list_make(in->config, &list, err);
    if (status) return status;
    size_t directions = plan.directions == 4 ? list.in_plane : list.n;
    size_t sets = plan.n_direction_sets == 1 ? 1 : directions, per_set = directions / sets;
    size_t matrices = 0, cells = l->present * l->present;
    bool mcc = in->config->convention == MS_CONVENTION_PYRADIOMICS && l->present <= MS_GLCM_MCC_LEVELS;
    double sum[MS_GLCM_FEATURES] = {0}, one[MS_GLCM_FEATURES];
    ms_glcm m = {
        .n = l->present, .levels = l->levels, .level = l->of_rank, .p = ms_calloc(cells, sizeof(double))};
    size_t table_cells = (l->present + 1) * (l->present + 1);
    uint32_t *table = ms_calloc(table_cells, sizeof *table);
    if (!m.p || !table) status = ms_error_nomem(err);
    for (size_t s = 0; status == MS_OK && s < plan.n_slabs; s++) {
        ms_slab slab = plan.n_slabs == 1 ? (ms_slab){0, l->n[2]} : (ms_slab){s, 1};
        for (size_t set = 0; status == MS_OK && set < sets; set++) {
            double pairs = 0;
            for (size_t c = 0; c < cells; c++) m.p[c] = 0;
            for (size_t d = set * per_set; d < (set + 1) * per_set; d++) {
                double weight = per_set == 1 ? 1 : ms_direction_weight(in, list.d[d]);
                memset(table, 0, table_cells * sizeof *table);
                count_direction(l, slab, list.d[d], table);
                pairs += add_pairs(table, l->present, weight, m.p);
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
    free(table);
    free(list.d);
    return status;
}
