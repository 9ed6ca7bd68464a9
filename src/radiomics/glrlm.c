/* radiomics/glrlm.c: grey level run length matrix (IBSI TP0I): runs of voxels of one grey level along a
 * direction. pyradiomics leaves out a direction in which no line meets two voxels of the region; IBSI counts
 * its runs of one. */
#include "radiomics/radiomics.h"

#include <stdlib.h>

typedef struct runs {
    const ms_levels *levels;
    double *counts; /* [present * longest], of one direction; zeroed by the caller */
    double *merged; /* [present * longest], the directions' weighted sum */
    size_t longest;
    double *level, *size; /* coordinates of rows and columns */
} runs;

static void end_run(runs *r, uint16_t level, size_t length) {
    if (level) r->counts[r->levels->rank[level] * r->longest + length - 1] += 1;
}

/* Follows one line from (i, j, k) until it leaves the slab; the result is how many voxels of the region it
 * met. */
static size_t follow_line(runs *r, ms_slab slab, const int d[3], size_t i, size_t j, size_t k) {
    const size_t *n = r->levels->n;
    long long x = (long long)i, y = (long long)j, z = (long long)k,
              last = (long long)(slab.first + slab.count);
    uint16_t level = 0;
    size_t length = 0, met = 0;
    while (x >= 0 && y >= 0 && z >= (long long)slab.first && x < (long long)n[0] && y < (long long)n[1] &&
           z < last) {
        uint16_t here = r->levels->level[((size_t)z * n[1] + (size_t)y) * n[0] + (size_t)x];
        if (here != level) {
            end_run(r, level, length);
            level = here;
            length = 0;
        }
        length++;
        if (here) met++;
        x += d[0];
        y += d[1];
        z += d[2];
    }
    end_run(r, level, length);
    return met;
}

/* True when the voxel before (i, j, k) along the direction lies outside, so that a line starts here. */
static bool starts_line(const size_t n[3], ms_slab slab, const int d[3], size_t i, size_t j, size_t k) {
    return (d[0] > 0 && i == 0) || (d[0] < 0 && i == n[0] - 1) || (d[1] > 0 && j == 0) ||
           (d[1] < 0 && j == n[1] - 1) || (d[2] > 0 && k == slab.first) ||
           (d[2] < 0 && k == slab.first + slab.count - 1);
}

/* True when some line met more than one voxel. */
static bool count_direction(runs *r, ms_slab slab, const int d[3]) {
    const size_t *n = r->levels->n;
    bool several = false;
    for (size_t k = slab.first; k < slab.first + slab.count; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            for (size_t i = 0; i < n[0]; i++) {
                if (starts_line(n, slab, d, i, j, k) && follow_line(r, slab, d, i, j, k) > 1) several = true;
            }
        }
    }
    return several;
}

/* The features of one matrix; false when it is empty. */
static bool matrix_features(const ms_family_input *in, runs *r, ms_slab slab, size_t first, size_t count,
                            double *v) {
    size_t cells = r->levels->present * r->longest;
    bool skip_single = in->config->convention == MS_CONVENTION_PYRADIOMICS;
    double voxels = 0;
    for (size_t c = 0; c < cells; c++) r->merged[c] = 0;
    for (size_t d = first; d < first + count; d++) {
        double weight = count == 1 ? 1 : ms_direction_weight(in, ms_directions[d]);
        for (size_t c = 0; c < cells; c++) r->counts[c] = 0;
        if (!count_direction(r, slab, ms_directions[d]) && skip_single) continue;
        for (size_t c = 0; c < cells; c++) r->merged[c] += weight * r->counts[c];
    }
    for (size_t c = 0; c < cells; c++) voxels += r->merged[c] * r->size[c % r->longest];
    return ms_size_features(r->merged, r->levels->present, r->longest, r->level, r->size, voxels, v);
}

static ms_status make_runs(const ms_levels *l, runs *r, ms_error *err) {
    size_t longest = l->n[0];
    if (l->n[1] > longest) longest = l->n[1];
    if (l->n[2] > longest) longest = l->n[2];
    *r = (runs){.levels = l, .longest = longest};
    r->counts = ms_calloc(l->present * longest, sizeof *r->counts);
    r->merged = ms_calloc(l->present * longest, sizeof *r->merged);
    r->level = ms_calloc(l->present, sizeof *r->level);
    r->size = ms_calloc(longest, sizeof *r->size);
    if (!r->counts || !r->merged || !r->level || !r->size) return ms_error_nomem(err);
    for (size_t g = 0; g < l->present; g++) r->level[g] = l->of_rank[g];
    for (size_t s = 0; s < longest; s++) r->size[s] = (double)(s + 1);
    return MS_OK;
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
    free(r.counts);
    free(r.merged);
    free(r.level);
    free(r.size);
    return status;
}
