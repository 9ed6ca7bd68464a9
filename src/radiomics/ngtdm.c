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

static void count_slab(const ms_levels *l, ms_slab slab, bool in_plane, bool lonely, tones *t) {
    size_t near[26], n0 = l->n[0], slice = l->n[0] * l->n[1];
    for (size_t g = 0; g < t->present; g++) t->n[g] = t->s[g] = 0;
    for (size_t v = slab.first * slice; v < (slab.first + slab.count) * slice; v++) {
        if (!l->level[v]) continue;
        size_t found = ms_neighbours(l, slab, in_plane, v % n0, v / n0 % l->n[1], v / slice, near),
               g = l->rank[l->level[v]];
        if (found == 0 && !lonely) continue;
        double sum = 0;
        for (size_t f = 0; f < found; f++) sum += l->level[near[f]];
        t->n[g] += 1;
        if (found > 0) t->s[g] += fabs((double)l->level[v] - sum / (double)found);
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
    ms_status status = t.n && t.s && t.level ? MS_OK : ms_error_nomem(err);
    double sum[FEATURES] = {0}, one[FEATURES];
    size_t matrices = 0;
    for (size_t g = 0; status == MS_OK && g < l->present; g++) t.level[g] = l->of_rank[g];
    for (size_t s = 0; status == MS_OK && s < plan.n_slabs; s++) {
        count_slab(l, plan.n_slabs == 1 ? (ms_slab){0, l->n[2]} : (ms_slab){s, 1}, in_plane, lonely, &t);
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
    free(t.n);
    free(t.s);
    free(t.level);
    return status;
}
