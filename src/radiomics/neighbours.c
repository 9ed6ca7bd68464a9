/* radiomics/neighbours.c: directions and neighbours at Chebyshev distance 1. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

const int ms_directions[13][3] = {{1, 0, 0},  {1, 1, 0},  {0, 1, 0},  {-1, 1, 0}, {0, 0, 1},
                                  {1, 0, 1},  {-1, 0, 1}, {0, 1, 1},  {0, -1, 1}, {1, 1, 1},
                                  {-1, 1, 1}, {1, -1, 1}, {-1, -1, 1}};

double ms_direction_weight(const ms_family_input *in, const int d[3]) {
    double sum = 0, squares = 0, most = 0;
    for (int a = 0; a < 3; a++) {
        double mm = abs(d[a]) * in->region->spacing_mm[a];
        sum += mm;
        squares += mm * mm;
        most = fmax(most, mm);
    }
    switch (in->config->weights) {
    case MS_WEIGHTS_INFINITY:
        return exp(-most * most);
    case MS_WEIGHTS_EUCLIDEAN:
        return exp(-squares);
    case MS_WEIGHTS_MANHATTAN:
        return exp(-sum * sum);
    case MS_WEIGHTS_AVERAGE:
    case MS_WEIGHTS_EQUAL:
        break;
    }
    return 1;
}

ms_matrix_plan ms_plan(const ms_levels *levels, ms_aggregation aggregation, bool directed) {
    ms_matrix_plan plan = {.n_slabs = 1, .n_direction_sets = 1, .directions = 4};
    if (aggregation >= MS_AGGREGATE_3D_AVG && !levels->in_plane) plan.directions = 13;
    if (aggregation == MS_AGGREGATE_2D_AVG || aggregation == MS_AGGREGATE_2D_COMB)
        plan.n_slabs = levels->n[2];
    bool averaged = aggregation == MS_AGGREGATE_2D_AVG || aggregation == MS_AGGREGATE_25D_AVG ||
                    aggregation == MS_AGGREGATE_3D_AVG;
    if (directed && averaged) plan.n_direction_sets = plan.directions;
    return plan;
}

size_t ms_neighbours(const ms_levels *levels, ms_slab slab, bool in_plane, size_t i, size_t j, size_t k,
                     size_t index[26]) {
    const size_t *n = levels->n;
    size_t i0 = i > 0 ? i - 1 : 0, i1 = i + 1 < n[0] ? i + 1 : i;
    size_t j0 = j > 0 ? j - 1 : 0, j1 = j + 1 < n[1] ? j + 1 : j;
    size_t k0 = k, k1 = k, found = 0;
    if (!in_plane) {
        if (k > slab.first) k0 = k - 1;
        if (k + 1 < slab.first + slab.count) k1 = k + 1;
    }
    for (size_t z = k0; z <= k1; z++) {
        for (size_t y = j0; y <= j1; y++) {
            for (size_t x = i0; x <= i1; x++) {
                size_t at = (z * n[1] + y) * n[0] + x;
                if (levels->level[at] && !(x == i && y == j && z == k)) index[found++] = at;
            }
        }
    }
    return found;
}
