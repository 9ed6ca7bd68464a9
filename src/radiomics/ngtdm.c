/* radiomics/ngtdm.c: neighbourhood grey tone difference matrix (IBSI IPET; Amadasun and King 1989): for each
 * grey level, the sum over its voxels of the absolute difference to the mean level of the neighbours. A voxel
 * without neighbours is left out by IBSI and counts with difference 0 in pyradiomics. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

enum { COARSENESS, CONTRAST, BUSYNESS, COMPLEXITY, STRENGTH, FEATURES };

typedef struct tones {
    size_t present;
    double *n, *s, *level; /* [present] */
} tones;

/* A voxel as one number that can be added up: ONE and its level, so that the sum over a neighbourhood has how
 * many voxels it is of and what their levels sum to (27 times 4096 is less than ONE). */
enum { ONE_BITS = 17, ONE = 1 << ONE_BITS };

/* The sums over 3 x 3 x 3 voxels (3 x 3 in the plane) around each of a row: down columns, then along. */
static void sum_row(const ms_levels *l, const uint32_t *tone, bool in_plane, size_t from, size_t to,
                    uint32_t *column, uint32_t *sum) {
    const size_t row = l->padded[0], slice = row * l->padded[1];
    for (size_t i = from; i < to + 2; i++) column[i] = 0;
    for (int k = in_plane ? 0 : -1; k <= (in_plane ? 0 : 1); k++) {
        for (int j = -1; j <= 1; j++) {
            const uint32_t *t = tone + j * (ptrdiff_t)row + k * (ptrdiff_t)slice - 1;
            for (size_t i = from; i < to + 2; i++) column[i] += t[i];
        }
    }
    for (size_t i = from; i < to; i++) sum[i] = column[i] + column[i + 1] + column[i + 2];
}

/* The same sums, less the voxel itself, over neighbours at other distances: counts and levels apart. */
typedef struct far_sums {
    ptrdiff_t *offset; /* [n] both ways along each direction; NULL: neighbours at distance 1 */
    size_t n;
} far_sums;

static void count_far(const ms_levels *l, ms_slab slab, const far_sums *far, bool lonely, tones *t) {
    for (size_t g = 0; g < t->present; g++) t->n[g] = t->s[g] = 0;
    for (size_t r = slab.first * l->n[1]; r < (slab.first + slab.count) * l->n[1]; r++) {
        const uint16_t *code = l->code + ms_code_row(l, r % l->n[1], r / l->n[1]);
        for (size_t i = l->span[r][0]; i < l->span[r][1]; i++) {
            double found = 0, levels = 0;
            if (!code[i]) continue;
            for (size_t f = 0; f < far->n; f++) {
                uint16_t other = code[(ptrdiff_t)i + far->offset[f]];
                if (!other) continue;
                found++;
                levels += t->level[other - 1];
            }
            if (found == 0 && !lonely) continue;
            t->n[code[i] - 1] += 1;
            if (found > 0) t->s[code[i] - 1] += fabs(t->level[code[i] - 1] - levels / found);
        }
    }
}

/* tone: the padded box; scratch: two rows of it. */
static void count_slab(const ms_levels *l, ms_slab slab, bool in_plane, bool lonely, const uint32_t *tone,
                       uint32_t *scratch, tones *t) {
    uint32_t *column = scratch, *sum = scratch + l->padded[0];
    for (size_t g = 0; g < t->present; g++) t->n[g] = t->s[g] = 0;
    for (size_t r = slab.first * l->n[1]; r < (slab.first + slab.count) * l->n[1]; r++) {
        size_t start = ms_code_row(l, r % l->n[1], r / l->n[1]);
        const uint16_t *code = l->code + start;
        const uint32_t *own = tone + start;
        if (l->span[r][1] == 0) continue;
        sum_row(l, own, in_plane, l->span[r][0], l->span[r][1], column, sum);
        for (size_t i = l->span[r][0]; i < l->span[r][1]; i++) {
            if (!code[i]) continue;
            uint32_t around = sum[i] - own[i], found = around >> ONE_BITS;
            if (found == 0 && !lonely) continue;
            double levels = around & (ONE - 1);
            t->n[code[i] - 1] += 1;
            if (found > 0) t->s[code[i] - 1] += fabs((double)(own[i] & (ONE - 1)) - levels / found);
        }
    }
}

/* False when no voxel was counted. The limits where a denominator is 0 are both conventions': coarseness 1e6,
 * the others 0. */
static bool tone_features(const tones *t, double *v) {
    double voxels = 0, sum_s = 0, sum_ps = 0, spread = 0, busy = 0, complexity = 0, strength = 0, levels = 0;
    for (size_t g = 0; g < t->present; g++) {
        voxels += t->n[g];
        sum_s += t->s[g];
        levels += t->n[g] > 0;
    }
    if (voxels == 0) return false;
    for (size_t a = 0; a < t->present; a++) {
        double pa = t->n[a] / voxels, ia = t->level[a];
        if (t->n[a] == 0) continue;
        sum_ps += pa * t->s[a];
        for (size_t b = 0; b < t->present; b++) {
            double pb = t->n[b] / voxels, ib = t->level[b], d = ia - ib;
            if (t->n[b] == 0) continue;
            spread += pa * pb * d * d;
            busy += fabs(ia * pa - ib * pb);
            complexity += fabs(d) * (pa * t->s[a] + pb * t->s[b]) / (pa + pb);
            strength += (pa + pb) * d * d;
        }
    }
    v[COARSENESS] = sum_ps > 0 ? 1 / sum_ps : 1e6;
    v[CONTRAST] = levels > 1 ? spread / (levels * (levels - 1)) * sum_s / voxels : 0;
    v[BUSYNESS] = busy > 0 ? sum_ps / busy : 0;
    v[COMPLEXITY] = complexity / voxels;
    v[STRENGTH] = sum_s > 0 ? strength / sum_s : 0;
    return true;
}

ms_status ms_family_ngtdm(const ms_family_input *in, double *values, const char **reasons, ms_error *err) {
    const ms_levels *l = in->levels;
    ms_matrix_plan plan = ms_plan(l, in->aggregation, false);
    bool in_plane = l->in_plane || in->aggregation < MS_AGGREGATE_3D_AVG;
    bool lonely = in->config->convention == MS_CONVENTION_PYRADIOMICS;
    tones t = {.present = l->present,
               .n = ms_calloc(l->present, sizeof(double)),
               .s = ms_calloc(l->present, sizeof(double)),
               .level = ms_calloc(l->present, sizeof(double))};
    size_t padded = l->padded[0] * l->padded[1] * l->padded[2];
    uint32_t *tone = ms_calloc(padded, sizeof *tone), *scratch = ms_calloc(2 * l->padded[0], sizeof *scratch);
    ms_status status = t.n && t.s && t.level && tone && scratch ? MS_OK : ms_error_nomem(err);
    double sum[FEATURES] = {0}, one[FEATURES];
    size_t matrices = 0;
    far_sums far = {0};
    if (status == MS_OK && ms_far_neighbours(in->config))
        status = ms_neighbour_list(in, in_plane, &far.offset, &far.n, err);
    for (size_t g = 0; status == MS_OK && g < l->present; g++) t.level[g] = l->of_rank[g];
    for (size_t v = 0; status == MS_OK && v < padded; v++)
        tone[v] = l->code[v] ? (uint32_t)ONE + l->of_rank[l->code[v] - 1] : 0;
    for (size_t s = 0; status == MS_OK && s < plan.n_slabs; s++) {
        ms_slab slab = plan.n_slabs == 1 ? (ms_slab){0, l->n[2]} : (ms_slab){s, 1};
        if (far.offset)
            count_far(l, slab, &far, lonely, &t);
        else
            count_slab(l, slab, in_plane, lonely, tone, scratch, &t);
        if (!tone_features(&t, one)) continue;
        for (int f = 0; f < FEATURES; f++) sum[f] += one[f];
        matrices++;
    }
    for (int f = 0; status == MS_OK && f < FEATURES; f++) {
        if (matrices > 0) {
            values[f] = sum[f] / (double)matrices;
        } else {
            reasons[f] = ms_reason_no_pairs;
        }
    }
    free(far.offset);
    free(tone);
    free(scratch);
    free(t.n);
    free(t.s);
    free(t.level);
    return status;
}
