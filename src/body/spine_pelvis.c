/* spine_pelvis.c: the iliac crests, whose tops lie near the disc between L4 and L5. */
#include "spine.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

static const int bone_hu = 220, hard_hu = 350;

typedef struct wing {
    size_t bottom, top; /* slices */
    double widest_mm2;  /* largest area of bone in a slice */
    double hard;        /* share of cortical bone, which contrast in kidneys does not have */
} wing;

/* Bone at one side of the spine, behind the front of the vertebral bodies, not yet visited. */
typedef struct search {
    const ms_spine_grid *grid;
    const double (*line)[2]; /* per slice: the axis's x and y */
    int side;
    uint8_t *visited;
    size_t *stack, *areas;
} search;

static bool is_bone(const search *w, size_t i, size_t j, size_t k) {
    const ms_spine_grid *g = w->grid;
    size_t p = (k * g->n[1] + j) * g->n[0] + i;
    if (w->visited[p] || g->hu[p] < bone_hu) return false;
    double x = w->side * ((double)i * g->spacing[0] - w->line[k][0]),
           y = (double)j * g->spacing[1] - w->line[k][1];
    return x > 45 && x < 150 && y > -15 && y < 110;
}

static size_t push_neighbours(search *w, size_t p, size_t depth) {
    const ms_spine_grid *g = w->grid;
    size_t i = p % g->n[0], j = p / g->n[0] % g->n[1], k = p / (g->n[0] * g->n[1]);
    for (size_t c = k ? k - 1 : 0; c <= k + 1 && c < g->n[2]; c++)
        for (size_t b = j ? j - 1 : 0; b <= j + 1 && b < g->n[1]; b++)
            for (size_t a = i ? i - 1 : 0; a <= i + 1 && a < g->n[0]; a++)
                if (is_bone(w, a, b, c)) {
                    size_t q = (c * g->n[1] + b) * g->n[0] + a;
                    w->visited[q] = 1;
                    w->stack[depth++] = q;
                }
    return depth;
}

static wing flood(search *w, size_t seed) {
    const ms_spine_grid *g = w->grid;
    size_t depth = 1, all = 0, hard = 0, plane = g->n[0] * g->n[1];
    for (size_t k = 0; k < g->n[2]; k++) w->areas[k] = 0;
    w->visited[seed] = 1;
    w->stack[0] = seed;
    while (depth > 0) {
        size_t p = w->stack[--depth];
        w->areas[p / plane]++;
        all++;
        hard += g->hu[p] >= hard_hu;
        depth = push_neighbours(w, p, depth);
    }
    double pixel = g->spacing[0] * g->spacing[1];
    wing found = {g->n[2], 0, 0, (double)hard / (double)all};
    for (size_t k = 0; k < g->n[2]; k++) {
        double area = (double)w->areas[k] * pixel;
        if (w->areas[k] > 0 && found.bottom > k) found.bottom = k;
        if (area >= 30) found.top = k;
        if (area > found.widest_mm2) found.widest_mm2 = area;
    }
    return found;
}

/* The top slice of the iliac wing on one side, or -1. It reaches down at least to `low_limit` slices. */
static long find_wing(search *w, size_t low_limit) {
    const ms_spine_grid *g = w->grid;
    long top = -1;
    for (size_t k = 0; k <= low_limit && k < g->n[2]; k++)
        for (size_t j = 0; j < g->n[1]; j++)
            for (size_t i = 0; i < g->n[0]; i++) {
                if (!is_bone(w, i, j, k)) continue;
                wing found = flood(w, (k * g->n[1] + j) * g->n[0] + i);
                bool is_wing = found.widest_mm2 >= 350 && found.hard >= 0.15 &&
                               (double)(found.top - found.bottom) * g->spacing[2] >= 8;
                if (is_wing && (long)found.top > top) top = (long)found.top;
            }
    return top;
}

/* The axis's x and y in each slice; beyond its ends those of the end. */
static void axis_by_slice(const ms_spine_grid *grid, const ms_spine_axis *axis, double (*line)[2]) {
    size_t s = 0;
    for (size_t k = 0; k < grid->n[2]; k++) {
        double z = (double)k * grid->spacing[2];
        while (s + 1 < axis->n && axis->point[s][2] < z) s++;
        line[k][0] = axis->point[s][0], line[k][1] = axis->point[s][1];
    }
}

ms_status ms_spine_crest_find(const ms_spine_grid *grid, const ms_spine_axis *axis, double *crest_mm,
                              ms_error *err) {
    size_t voxels = grid->n[0] * grid->n[1] * grid->n[2];
    double(*line)[2] = ms_calloc(grid->n[2], sizeof *line);
    search w = {grid,
                (const double(*)[2])line,
                1,
                ms_calloc(voxels, 1),
                ms_calloc(voxels, sizeof(size_t)),
                ms_calloc(grid->n[2], sizeof(size_t))};
    ms_status status = MS_OK;
    if (!line || !w.visited || !w.stack || !w.areas) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    axis_by_slice(grid, axis, line);
    double sum = 0, limit = (axis->point[0][2] + 30) / grid->spacing[2];
    int sides = 0;
    for (int side = -1; side <= 1; side += 2) {
        w.side = side;
        long top = find_wing(&w, limit > 0 ? (size_t)limit : 0);
        if (top >= 0) sum += (double)top * grid->spacing[2], sides++;
    }
    *crest_mm = sides ? sum / sides : (double)NAN;
cleanup:
    free(line);
    free(w.visited);
    free(w.stack);
    free(w.areas);
    return status;
}
