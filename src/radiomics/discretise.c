/* radiomics/discretise.c: from intensities to grey levels.
 *
 * pyradiomics, fixed width w: level = floor(x / w) - floor(min / w) + 1, the edges being multiples of w.
 * pyradiomics, fixed number: n equal bins from the minimum to the maximum, which falls into the last. IBSI
 * (Q3RU, K15C): fixed width from the lower bound of the range asked for (else the minimum), fixed number as
 * above. Edges are compared as numbers, not computed by a quotient alone, so that a value on an edge is
 * always in the upper bin. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

/* Bin i (from 0) begins at low + i * width. */
typedef struct binning {
    double low, width;
    size_t bins; /* the last takes everything above */
} binning;

static size_t bin_of(const binning *b, double x) {
    double guess = floor((x - b->low) / b->width);
    size_t bin = guess <= 0 ? 0 : guess >= (double)b->bins ? b->bins - 1 : (size_t)guess;
    while (bin > 0 && x < b->low + (double)bin * b->width) bin--;
    while (bin + 1 < b->bins && x >= b->low + (double)(bin + 1) * b->width) bin++;
    return bin;
}

/* False when there would be too many bins. */
static bool make_binning(const ms_feature_config *config, double min, double max, double low_bound,
                         binning *b) {
    if (config->bin_count > 0) {
        /* numpy widens an empty range by one half on both sides; pyradiomics inherits that. */
        double low = min < max ? min : min - 0.5, high = min < max ? max : max + 0.5;
        if (config->convention == MS_CONVENTION_IBSI && !(min < max)) high = low = min;
        *b = (binning){
            .low = low, .width = (high - low) / (double)config->bin_count, .bins = config->bin_count};
        if (!(high > low)) *b = (binning){.low = low, .width = 1, .bins = 1};
        return b->width > 0;
    }
    double w = config->bin_width, low = min;
    if (config->convention == MS_CONVENTION_PYRADIOMICS) {
        double rest = fmod(min, w);
        low = min - (rest < 0 ? rest + w : rest);
    } else if (!isnan(low_bound)) {
        low = low_bound;
    }
    double bins = floor((max - low) / w) + 2; /* one to spare for rounding */
    if (!(bins < MS_MAX_LEVELS + 2.0) || !(low + w > low)) return false;
    *b = (binning){.low = low, .width = w, .bins = (size_t)bins};
    return true;
}

static ms_status rank_levels(ms_levels *l, ms_error *err) {
    l->rank = ms_calloc(l->levels + 1, sizeof *l->rank);
    l->of_rank = ms_calloc(l->levels + 1, sizeof *l->of_rank);
    if (!l->rank || !l->of_rank) return ms_error_nomem(err);
    for (size_t v = 0; v < l->box; v++) {
        if (l->level[v]) l->rank[l->level[v]] = 1;
    }
    for (size_t g = 1; g <= l->levels; g++) {
        if (l->rank[g]) {
            l->of_rank[l->present] = (uint16_t)g;
            l->rank[g] = (uint16_t)l->present++;
        } else {
            l->rank[g] = UINT16_MAX;
        }
    }
    return MS_OK;
}

/* The padded codes and the rows' spans. */
static ms_status make_codes(const ms_feature_config *config, ms_levels *l, ms_error *err) {
    l->pad = 1;
    for (size_t i = 0; i < config->n_distances; i++)
        if (config->distances[i] > l->pad) l->pad = config->distances[i];
    for (int a = 0; a < 3; a++) l->padded[a] = l->n[a] + 2 * l->pad;
    l->code = ms_calloc(l->padded[0] * l->padded[1] * l->padded[2], sizeof *l->code);
    l->span = ms_calloc(l->n[1] * l->n[2], sizeof *l->span);
    if (!l->code || !l->span) return ms_error_nomem(err);
    const uint16_t *level = l->level;
    for (size_t row = 0; row < l->n[1] * l->n[2]; row++, level += l->n[0]) {
        uint16_t *code = l->code + ms_code_row(l, row % l->n[1], row / l->n[1]);
        for (size_t i = 0; i < l->n[0]; i++) {
            if (!level[i]) continue;
            code[i] = (uint16_t)(l->rank[level[i]] + 1);
            if (l->span[row][1] == 0) l->span[row][0] = (uint32_t)i;
            l->span[row][1] = (uint32_t)i + 1;
        }
    }
    return MS_OK;
}

ms_status ms_levels_build(const size_t n[3], const double *values, const uint8_t *in, bool in_plane,
                          const ms_feature_config *config, double low_bound, ms_levels *levels,
                          const char **reason, ms_error *err) {
    ms_levels l = {.n = {n[0], n[1], n[2]}, .box = n[0] * n[1] * n[2], .in_plane = in_plane};
    double min = INFINITY, max = -INFINITY;
    for (size_t v = 0; v < l.box; v++) {
        if (!in[v]) continue;
        l.voxels++;
        min = values[v] < min ? values[v] : min;
        max = values[v] > max ? values[v] : max;
    }
    binning b;
    *reason = NULL;
    if (l.voxels == 0) {
        *reason = ms_reason_empty_intensity;
        return MS_OK;
    }
    if (!make_binning(config, min, max, low_bound, &b)) {
        *reason = ms_reason_too_many_levels;
        return MS_OK;
    }
    l.level = ms_calloc(l.box, sizeof *l.level);
    if (!l.level) return ms_error_nomem(err);
    for (size_t v = 0; v < l.box; v++) {
        if (!in[v]) continue;
        size_t level = bin_of(&b, values[v]) + 1;
        l.level[v] = (uint16_t)level;
        if (level > l.levels) l.levels = level;
    }
    ms_status status = rank_levels(&l, err);
    if (status == MS_OK && l.levels > MS_MAX_LEVELS) *reason = ms_reason_too_many_levels;
    if (status == MS_OK && !*reason) status = make_codes(config, &l, err);
    if (status == MS_OK && !*reason) {
        *levels = l;
        l = (ms_levels){0};
    }
    ms_levels_clear(&l);
    return status;
}

void ms_levels_clear(ms_levels *levels) {
    free(levels->level);
    free(levels->rank);
    free(levels->of_rank);
    free(levels->code);
    free(levels->span);
    *levels = (ms_levels){0};
}
