/* radiomics/glrlm.c: grey level run length matrix (IBSI TP0I): runs of voxels of one grey level along a
 * direction. pyradiomics leaves out a direction in which no line meets two voxels of the region; IBSI counts
 * its runs of one. */
#include "radiomics/radiomics.h"

#include <stdlib.h>
#include <string.h>

typedef struct runs {
    const ms_levels *levels;
    size_t longest;       /* that a run can be */
    size_t columns;       /* the longest of the runs in `merged` */
    uint32_t *reached;    /* [(present + 1) * (longest + 2)]: how often a run of a code came to a length */
    uint32_t *length[2];  /* of the run that a voxel ends so far: the slice before, and this one */
    double *merged;       /* [present * longest], the directions' weighted sum */
    double *level, *size; /* coordinates of rows and columns */
    double *packed;       /* [present * columns]: merged without its empty columns */
} runs;

/* How many voxels of the region the line through (i, j, k) meets. */
static size_t follow_line(const ms_levels *l, ms_slab slab, const int d[3], size_t i, size_t j, size_t k) {
    const size_t *n = l->n;
    long long x = (long long)i, y = (long long)j, z = (long long)k,
              last = (long long)(slab.first + slab.count);
    size_t met = 0;
    while (x >= 0 && y >= 0 && z >= (long long)slab.first && x < (long long)n[0] && y < (long long)n[1] &&
           z < last) {
        met += l->level[((size_t)z * n[1] + (size_t)y) * n[0] + (size_t)x] != 0;
        x += d[0];
        y += d[1];
        z += d[2];
    }
    return met;
}

/* True when the voxel before (i, j, k) along the direction lies outside, so that a line starts here. */
static bool starts_line(const size_t n[3], ms_slab slab, const int d[3], size_t i, size_t j, size_t k) {
    return (d[0] > 0 && i == 0) || (d[0] < 0 && i == n[0] - 1) || (d[1] > 0 && j == 0) ||
           (d[1] < 0 && j == n[1] - 1) || (d[2] > 0 && k == slab.first) ||
           (d[2] < 0 && k == slab.first + slab.count - 1);
}

/* True when some line meets more than one voxel, next to each other or not. */
static bool a_line_meets_two(const ms_levels *l, ms_slab slab, const int d[3]) {
    for (size_t k = slab.first; k < slab.first + slab.count; k++) {
        for (size_t j = 0; j < l->n[1]; j++) {
            for (size_t i = 0; i < l->n[0]; i++) {
                if (starts_line(l->n, slab, d, i, j, k) && follow_line(l, slab, d, i, j, k) > 1) return true;
            }
        }
    }
    return false;
}

/* Each voxel lengthens the run of the voxel before it along the direction, or begins one of its own: in one
 * pass, for the one before comes earlier. True when two voxels of the region are next to each other. */
static bool count_direction(runs *r, ms_slab slab, const int d[3]) {
    const ms_levels *l = r->levels;
    const ptrdiff_t back = -ms_code_offset(l, d), in_slice = -(d[0] + d[1] * (ptrdiff_t)l->padded[0]);
    const size_t row = r->longest + 2;
    unsigned together = 0;
    for (size_t k = slab.first; k < slab.first + slab.count; k++) {
        uint32_t *now = r->length[k % 2], *before = d[2] ? r->length[(k + 1) % 2] : now;
        for (size_t j = 0; j < l->n[1]; j++) {
            const uint32_t *span = l->span[k * l->n[1] + j];
            size_t at = (j + l->pad) * l->padded[0] + l->pad;
            const uint16_t *a = l->code + ms_code_row(l, j, k), *b = a + back;
            uint32_t *length = now + at;
            const uint32_t *earlier = before + at + in_slice;
            for (size_t i = span[0]; i < span[1]; i++) {
                uint32_t long_now = (a[i] == b[i] ? earlier[i] : 0) + 1;
                long_now = a[i] ? long_now : 0;
                length[i] = long_now;
                together |= (unsigned)(a[i] != 0) & (unsigned)(b[i] != 0);
                r->reached[a[i] * row + long_now]++;
            }
        }
    }
    return together != 0;
}

/* Adds the runs of a direction: those that came to a length and no further. */
static void add_runs(runs *r, double weight) {
    const size_t row = r->longest + 2;
    for (size_t g = 0; g < r->levels->present; g++) {
        const uint32_t *reached = r->reached + (g + 1) * row;
        for (size_t length = 1; reached[length]; length++) {
            r->merged[g * r->longest + length - 1] +=
                weight * (double)(reached[length] - reached[length + 1]);
            if (length > r->columns) r->columns = length;
        }
    }
}

/* The features of one matrix; false when it is empty. */
static bool matrix_features(const ms_family_input *in, runs *r, ms_slab slab, size_t first, size_t count,
                            double *v) {
    const ms_levels *l = r->levels;
    size_t cells = l->present * r->longest, table = (l->present + 1) * (r->longest + 2);
    bool skip_single = in->config->convention == MS_CONVENTION_PYRADIOMICS;
    double voxels = 0;
    memset(r->merged, 0, cells * sizeof *r->merged);
    r->columns = 0;
    for (size_t d = first; d < first + count; d++) {
        /* pyradiomics 3.0.1 multiplies by the distance itself here, and by exp(-d^2) in GLCM */
        double weight = count == 1 ? 1 : ms_direction_length(in, ms_directions[d]);
        memset(r->reached, 0, table * sizeof *r->reached);
        bool together = count_direction(r, slab, ms_directions[d]);
        if (skip_single && !together && !a_line_meets_two(l, slab, ms_directions[d])) continue;
        add_runs(r, weight);
    }
    for (size_t g = 0; g < l->present; g++) {
        for (size_t c = 0; c < r->columns; c++) {
            double n = r->merged[g * r->longest + c];
            r->packed[g * r->columns + c] = n;
            voxels += n * r->size[c];
        }
    }
    return ms_size_features(r->packed, l->present, r->columns, r->level, r->size, voxels, v);
}

static ms_status make_runs(const ms_levels *l, runs *r, ms_error *err) {
    size_t longest = l->n[0], slice = l->padded[0] * l->padded[1];
    if (l->n[1] > longest) longest = l->n[1];
    if (l->n[2] > longest) longest = l->n[2];
    *r = (runs){.levels = l, .longest = longest};
    r->reached = ms_calloc((l->present + 1) * (longest + 2), sizeof *r->reached);
    r->length[0] = ms_calloc(slice, sizeof *r->length[0]);
    r->length[1] = ms_calloc(slice, sizeof *r->length[1]);
    r->merged = ms_calloc(l->present * longest, sizeof *r->merged);
    r->packed = ms_calloc(l->present * longest, sizeof *r->packed);
    r->level = ms_calloc(l->present, sizeof *r->level);
    r->size = ms_calloc(longest, sizeof *r->size);
    if (!r->reached || !r->length[0] || !r->length[1] || !r->merged || !r->packed || !r->level || !r->size)
        return ms_error_nomem(err);
    for (size_t g = 0; g < l->present; g++) r->level[g] = l->of_rank[g];
    for (size_t s = 0; s < longest; s++) r->size[s] = (double)(s + 1);
    return MS_OK;
}

static void free_runs(runs *r) {
    free(r->reached);
    free(r->length[0]);
    free(r->length[1]);
    free(r->merged);
    free(r->packed);
    free(r->level);
    free(r->size);
}

ms_status ms_family_glrlm(const ms_family_input *in, double *values, const char **reasons, ms_error *err) {
    runs r;
    ms_status status = make_runs(in->levels, &r, err);
    if (status != MS_OK) goto cleanup;
    ms_matrix_plan plan = ms_plan(in->levels, in->aggregation, true);
    size_t per_set = plan.directions / plan.n_direction_sets, matrices = 0;
    double sum[MS_SIZE_FEATURES] = {0}, one[MS_SIZE_FEATURES];
    for (size_t s = 0; s < plan.n_slabs; s++) {
        ms_slab slab = plan.n_slabs == 1 ? (ms_slab){0, in->levels->n[2]} : (ms_slab){s, 1};
        for (size_t d = 0; d < plan.n_direction_sets; d++) {
            if (!matrix_features(in, &r, slab, d * per_set, per_set, one)) continue;
            for (int f = 0; f < MS_SIZE_FEATURES; f++) sum[f] += one[f];
            matrices++;
        }
    }
    for (int f = 0; f < MS_SIZE_ENERGY; f++) {
        if (matrices > 0) {
            values[f] = sum[f] / (double)matrices;
        } else {
            reasons[f] = ms_reason_no_pairs;
        }
    }
cleanup:
    free_runs(&r);
    return status;
}
