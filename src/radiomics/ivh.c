/* radiomics/ivh.c: intensity-volume histogram (IBSI P88C): the fraction of the region at or above each
 * intensity.
 *
 * The intensities are taken on a grid: `ivh_bin_count` levels from the region's minimum to its maximum
 * (intensities are then level numbers), or steps of `ivh_bin_width` (1 HU when 0), whose centres stand for
 * them when the width is not 1. With a range of intensities asked for (resegment_hu) the intensity fraction
 * is of that range. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

enum { V10, V90, I10, I90, DIFF_V, DIFF_I, AUC };

typedef struct curve {
    double *at_least; /* [n]: fraction of voxels in this bin or above */
    size_t n;
    double first, step; /* the intensity of bin b is first + b * step */
    double low, high;   /* of the intensity fraction */
} curve;

static ms_status make_curve(const ms_family_input *in, curve *c, const char **why, ms_error *err) {
    const ms_feature_config *f = in->config;
    double min = INFINITY, max = -INFINITY, total = 0;
    for (size_t i = 0; i < in->region->box; i++) {
        if (!in->in[i]) continue;
        min = fmin(min, in->values[i]);
        max = fmax(max, in->values[i]);
        total += 1;
    }
    double start = isnan(f->resegment_hu[0]) ? min : f->resegment_hu[0], width = f->ivh_bin_width, bins;
    *c = (curve){.low = start, .high = isnan(f->resegment_hu[1]) ? max : f->resegment_hu[1]};
    if (f->ivh_bin_count > 0) {
        bins = (double)f->ivh_bin_count;
        start = min;
        width = (max - min) / bins;
        *c = (curve){.first = 1, .step = 1, .low = 1, .high = bins};
    } else if (width == 0 || width == 1) {
        width = 1;
        bins = floor(c->high - start) + 1;
        c->first = start;
        c->step = 1;
    } else {
        bins = floor((c->high - start) / width);
        if (start + bins * width < c->high) bins += 1;
        c->first = start + width / 2;
        c->step = width;
        c->low = c->first;
        c->high = start + (bins - 0.5) * width;
    }
    if (!(width > 0) || !(bins < 1e6)) {
        *why = width > 0 ? ms_reason_too_many_levels : ms_reason_one_level;
        return MS_OK;
    }
    c->n = (size_t)bins;
    c->at_least = ms_calloc(c->n + 1, sizeof *c->at_least);
    if (!c->at_least) return ms_error_nomem(err);
    for (size_t i = 0; i < in->region->box; i++) {
        if (!in->in[i]) continue;
        double bin = floor((in->values[i] - start) / width);
        c->at_least[bin < 0 ? 0 : bin < bins ? (size_t)bin : c->n - 1] += 1 / total;
    }
    for (size_t b = c->n; b-- > 0;) c->at_least[b] += c->at_least[b + 1];
    return MS_OK;
}

/* The volume fraction at or above an intensity fraction. */
static double volume_at(const curve *c, double fraction) {
    for (size_t b = 0; b < c->n; b++) {
        double gamma = (c->first + (double)b * c->step - c->low) / (c->high - c->low);
        if (gamma >= fraction - 1e-12) return c->at_least[b];
    }
    return 0;
}

/* The least intensity that at most this fraction of the volume reaches. */
static double intensity_at(const curve *c, double fraction) {
    for (size_t b = 0; b < c->n; b++) {
        if (c->at_least[b] <= fraction + 1e-12) return c->first + (double)b * c->step;
    }
    return c->first + (double)c->n * c->step;
}

ms_status ms_family_ivh(const ms_family_input *in, double *v, const char **reasons, ms_error *err) {
    curve c;
    const char *why = NULL;
    ms_status status = make_curve(in, &c, &why, err);
    if (status != MS_OK) return status;
    if (!why && !(c.high > c.low)) why = ms_reason_one_level;
    for (int f = V10; f <= AUC && why; f++) reasons[f] = why;
    if (!why) {
        v[V10] = volume_at(&c, 0.1);
        v[V90] = volume_at(&c, 0.9);
        v[I10] = intensity_at(&c, 0.1);
        v[I90] = intensity_at(&c, 0.9);
        v[DIFF_V] = v[V10] - v[V90];
        v[DIFF_I] = v[I10] - v[I90];
        reasons[AUC] = ms_reason_not_implemented;
    }
    free(c.at_least);
    return MS_OK;
}
