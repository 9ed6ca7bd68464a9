/* radiomics/neighbours.c: directions and neighbours, at Chebyshev distance 1 and at others. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    return ((k + levels->pad) * levels->padded[1] + j + levels->pad) * levels->padded[0] + levels->pad;
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

/* The offsets at distance `far` of which no other is the opposite: forward in k, else in j, else in i. */
static size_t add_directions(int far, bool in_plane, int (*d)[3]) {
    size_t n = 0;
    for (int k = in_plane ? 0 : 1; k <= (in_plane ? 0 : far); k++)
        for (int j = in_plane ? 0 : -far; j <= far; j++)
            for (int i = -far; i <= far; i++) {
                if (k == 0 && (j < 0 || (j == 0 && i <= 0))) continue;
                if (abs(i) != far && abs(j) != far && k != far) continue;
                if (d) memcpy(d[n], (const int[3]){i, j, k}, sizeof d[n]);
                n++;
            }
    return n;
}

ms_status ms_direction_list_make(const ms_feature_config *config, ms_direction_list *out, ms_error *err) {
    ms_direction_list list = {0};
    bool far = ms_far_neighbours(config);
    for (size_t i = 0; i < config->n_distances; i++) {
        list.in_plane += add_directions(config->distances[i], true, NULL);
        list.n += add_directions(config->distances[i], false, NULL);
    }
    list.n += list.in_plane;
    list.d = ms_calloc(list.n, sizeof *list.d);
    if (!list.d) return ms_error_nomem(err);
    if (!far) memcpy(list.d, ms_directions, sizeof ms_directions);
    size_t n = 0;
    for (int plane = 1; far && plane >= 0; plane--)
        for (size_t i = 0; i < config->n_distances; i++)
            n += add_directions(config->distances[i], plane == 1, list.d + n);
    *out = list;
    return MS_OK;
}

ms_status ms_neighbour_list(const ms_family_input *in, bool in_plane, ptrdiff_t **offset, size_t *n,
                            ms_error *err) {
    ms_direction_list list = {0};
    ptrdiff_t *found = NULL;
    ms_status status = ms_direction_list_make(in->config, &list, err);
    size_t directions = in_plane ? list.in_plane : list.n;
    if (!status && !(found = ms_calloc(2 * directions, sizeof *found))) status = ms_error_nomem(err);
    for (size_t i = 0; i < directions && !status; i++) {
        found[2 * i] = ms_code_offset(in->levels, list.d[i]);
        found[2 * i + 1] = -found[2 * i];
    }
    free(list.d);
    if (status) return status;
    *offset = found;
    *n = 2 * directions;
    return MS_OK;
}
