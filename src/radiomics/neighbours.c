/* radiomics/neighbours.c: directions and neighbours at Chebyshev distance 1. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

const int ms_directions[13][3] = {{1, 0, 0},  {1, 1, 0},  {0, 1, 0},  {-1, 1, 0}, {0, 0, 1},
                                  {1, 0, 1},  {-1, 0, 1}, {0, 1, 1},  {0, -1, 1}, {1, 1, 1},
                                  {-1, 1, 1}, {1, -1, 1}, {-1, -1, 1}};

double ms_direction_length(const ms_family_input *in, const int d[3]) {
    double sum = 0, squares = 0, most = 0;
    for (int a = 0; a < 3; a++) {
        double mm = abs(d[a]) * in->region->spacing_mm[a];
        sum += mm;
        squares += mm * mm;
        most = fmax(most, mm);
    }
    switch (in->config->weights) {
    case MS_WEIGHTS_INFINITY:
        return most;
    case MS_WEIGHTS_EUCLIDEAN:
        return sqrt(squares);
    case MS_WEIGHTS_MANHATTAN:
        return sum;
    case MS_WEIGHTS_AVERAGE:
    case MS_WEIGHTS_EQUAL:
        break;
    }
    return 1;
}

double ms_direction_weight(const ms_family_input *in, const int d[3]) {
    double mm = ms_direction_length(in, d);
    bool weighted = in->config->weights != MS_WEIGHTS_AVERAGE && in->config->weights != MS_WEIGHTS_EQUAL;
    return weighted ? exp(-mm * mm) : 1;
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

size_t ms_code_row(const ms_levels *levels, size_t j, size_t k) {
    return ((k + 1) * levels->padded[1] + j + 1) * levels->padded[0] + 1;
}

ptrdiff_t ms_code_offset(const ms_levels *levels, const int d[3]) {
    ptrdiff_t row = (ptrdiff_t)levels->padded[0], slice = row * (ptrdiff_t)levels->padded[1];
    return d[0] + d[1] * row + d[2] * slice;
}

size_t ms_neighbour_offsets(const ms_levels *levels, bool in_plane, ptrdiff_t offset[26]) {
    size_t found = 0;
    for (int d = 0; d < (in_plane ? 4 : 13); d++) {
        offset[found++] = ms_code_offset(levels, ms_directions[d]);
        offset[found++] = -ms_code_offset(levels, ms_directions[d]);
    }
    return found;
}
