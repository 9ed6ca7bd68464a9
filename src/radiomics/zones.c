/* radiomics/zones.c: size zone (IBSI 9SAK) and distance zone (IBSI VMDZ) matrices. A zone is a set of
 * connected voxels (26 neighbours, 8 in the plane) of one grey level. Its distance is the least over its
 * voxels of the steps (4-connected in the plane, 6-connected in 3D) to the border of the region; 1 at the
 * border. */
#include "radiomics/radiomics.h"

#include <stdlib.h>
#include <string.h>

typedef struct zone {
    uint16_t rank;
    uint32_t size; /* voxels, or distance */
} zone;

typedef struct zone_list {
    zone *items;
    size_t n;
} zone_list;

/* Where a voxel of the padded box lies in the box. */
static size_t unpadded(const ms_levels *l, size_t at) {
    const size_t *p = l->padded;
    size_t i = at % p[0] - l->pad, j = at / p[0] % p[1] - l->pad, k = at / (p[0] * p[1]) - l->pad;
    return (k * l->n[1] + j) * l->n[0] + i;
}

/* Collects the zones of a slab. map: NULL, or the distance of each voxel, of which the zone's least is kept.
 * `code` is a copy of the levels' codes, in which voxels that are done become 0; `stack` is scratch. */
static void collect(const ms_levels *l, ms_slab slab, bool in_plane, const uint32_t *map, uint16_t *code,
                    size_t *stack, zone_list *zones) {
    ptrdiff_t offset[26];
    const size_t near = ms_neighbour_offsets(l, in_plane, offset);
    for (size_t row = slab.first * l->n[1]; row < (slab.first + slab.count) * l->n[1]; row++) {
        size_t start = ms_code_row(l, row % l->n[1], row / l->n[1]);
        for (size_t v = start + l->span[row][0]; v < start + l->span[row][1]; v++) {
            const uint16_t own = code[v];
            if (!own) continue;
            uint32_t size = 0, least = UINT32_MAX;
            size_t top = 0;
            stack[top++] = v;
            code[v] = 0;
            while (top > 0) {
                size_t at = stack[--top];
                size++;
                if (map && map[unpadded(l, at)] < least) least = map[unpadded(l, at)];
                for (size_t f = 0; f < near; f++) {
                    size_t next = at + (size_t)offset[f];
                    if (code[next] != own) continue;
                    code[next] = 0;
                    stack[top++] = next;
                }
            }
            zones->items[zones->n++] = (zone){(uint16_t)(own - 1), map ? least : size};
        }
    }
}

/* A dense table over the sizes that occur (there are few: their sum is at most the voxels), and its features.
 */
static ms_status zone_features(const ms_levels *l, const zone_list *zones, double voxels, double *v,
                               bool *filled, ms_error *err) {
    ms_status status = MS_OK;
    uint32_t largest = 0;
    size_t columns = 0;
    for (size_t i = 0; i < zones->n; i++) {
        if (zones->items[i].size > largest) largest = zones->items[i].size;
    }
    uint32_t *column = ms_calloc((size_t)largest + 1, sizeof *column);
    double *size = ms_calloc((size_t)largest + 1, sizeof *size),
           *level = ms_calloc(l->present, sizeof *level);
    double *counts = NULL;
    *filled = false;
    if (!column || !size || !level) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t i = 0; i < zones->n; i++) column[zones->items[i].size] = 1;
    for (uint32_t s = 1; s <= largest; s++) {
        if (!column[s]) continue;
        size[columns] = s;
        column[s] = (uint32_t)columns++;
    }
    counts = ms_calloc(l->present * columns, sizeof *counts);
    if (!counts) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t g = 0; g < l->present; g++) level[g] = l->of_rank[g];
    for (size_t i = 0; i < zones->n; i++) {
        counts[zones->items[i].rank * columns + column[zones->items[i].size]] += 1;
    }
    *filled = ms_size_features(counts, l->present, columns, level, size, voxels, v);
cleanup:
    free(column);
    free(size);
    free(level);
    free(counts);
    return status;
}

static double slab_voxels(const ms_levels *l, ms_slab slab) {
    size_t slice = l->n[0] * l->n[1], count = 0;
    for (size_t v = slab.first * slice; v < (slab.first + slab.count) * slice; v++) count += l->level[v] != 0;
    return (double)count;
}

/* The features of an aggregation: 3D and 2.5D one table, 2D one a slice, averaged. */
static ms_status aggregate(const ms_family_input *in, const uint32_t *map, double *values,
                           const char **reasons, ms_error *err) {
    const ms_levels *l = in->levels;
    ms_status status = MS_OK;
    bool in_plane = l->in_plane || in->aggregation < MS_AGGREGATE_3D_AVG;
    ms_matrix_plan plan = ms_plan(l, in->aggregation, false);
    size_t padded = l->padded[0] * l->padded[1] * l->padded[2];
    uint16_t *code = ms_calloc(padded, sizeof *code);
    size_t *stack = ms_calloc(l->voxels, sizeof *stack), matrices = 0;
    zone_list zones = {.items = ms_calloc(l->voxels, sizeof(zone))};
    double sum[MS_SIZE_FEATURES] = {0}, one[MS_SIZE_FEATURES];
    if (!code || !stack || !zones.items) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    memcpy(code, l->code, padded * sizeof *code);
    for (size_t s = 0; s < plan.n_slabs && status == MS_OK; s++) {
        ms_slab slab = plan.n_slabs == 1 ? (ms_slab){0, l->n[2]} : (ms_slab){s, 1};
        bool filled;
        zones.n = 0;
        collect(l, slab, in_plane, map, code, stack, &zones);
        status = zone_features(l, &zones, slab_voxels(l, slab), one, &filled, err);
        if (status != MS_OK || !filled) continue;
        for (int f = 0; f < MS_SIZE_FEATURES; f++) sum[f] += one[f];
        matrices++;
    }
    for (int f = 0; status == MS_OK && f < MS_SIZE_ENERGY; f++) {
        if (matrices > 0) {
            values[f] = sum[f] / (double)matrices;
        } else {
            reasons[f] = ms_reason_no_pairs;
        }
    }
cleanup:
    free(code);
    free(stack);
    free(zones.items);
    return status;
}

ms_status ms_family_glszm(const ms_family_input *in, double *values, const char **reasons, ms_error *err) {
    return aggregate(in, NULL, values, reasons, err);
}

/* The voxel next to v along an axis; false when that lies beyond the box. */
static bool next_to(const size_t n[3], size_t v, int axis, bool up, size_t *next) {
    size_t step = axis == 0 ? 1 : axis == 1 ? n[0] : n[0] * n[1], at = v / step % n[axis];
    if (up ? at + 1 == n[axis] : at == 0) return false;
    *next = up ? v + step : v - step;
    return true;
}

/* Steps from outside the mask (and from beyond the box): 1 for a voxel with a face neighbour outside, found
 * breadth first. In the plane a slice's own border counts alone. */
static ms_status distance_map(const size_t n[3], const uint8_t *in, bool in_plane, uint32_t **map,
                              ms_error *err) {
    size_t box = n[0] * n[1] * n[2], queued = 0, next;
    int axes = in_plane ? 2 : 3;
    uint32_t *d = ms_calloc(box, sizeof *d);
    size_t *queue = ms_calloc(box, sizeof *queue);
    if (!d || !queue) {
        free(d);
        free(queue);
        return ms_error_nomem(err);
    }
    for (size_t v = 0; v < box; v++) {
        bool border = false;
        for (int s = 0; s < 2 * axes && in[v]; s++)
            border = border || !next_to(n, v, s / 2, s % 2, &next) || !in[next];
        if (!border) continue;
        d[v] = 1;
        queue[queued++] = v;
    }
    for (size_t q = 0; q < queued; q++) {
        for (int s = 0; s < 2 * axes; s++) {
            if (!next_to(n, queue[q], s / 2, s % 2, &next) || !in[next] || d[next]) continue;
            d[next] = d[queue[q]] + 1;
            queue[queued++] = next;
        }
    }
    free(queue);
    *map = d;
    return MS_OK;
}

ms_status ms_family_gldzm(const ms_family_input *in, double *values, const char **reasons, ms_error *err) {
    uint32_t *map = NULL;
    bool in_plane = in->levels->in_plane || in->aggregation < MS_AGGREGATE_3D_AVG;
    ms_status status = distance_map(in->levels->n, in->region->in, in_plane, &map, err);
    if (status == MS_OK) status = aggregate(in, map, values, reasons, err);
    free(map);
    return status;
}
