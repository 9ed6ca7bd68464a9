/* radiomics/filter_lbp.c: local binary patterns in the plane (Ojala et al., IEEE TPAMI 2002;24:971), as
 * pyradiomics' LBP2D (scikit-image's local_binary_pattern): `samples` points on a circle around each voxel, a
 * bit for each that is not darker than the voxel. Between voxels values are bilinear, beyond the slice 0. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

typedef struct slice {
    const double *x;
    long long n[2];
} slice;

static double at(const slice *s, double column, double row) {
    if (column < 0 || row < 0 || column >= (double)s->n[0] || row >= (double)s->n[1]) return 0;
    return s->x[(long long)row * s->n[0] + (long long)column];
}

static double bilinear(const slice *s, double column, double row) {
    double c = floor(column), r = floor(row), dc = column - c, dr = row - r;
    double top = (1 - dc) * at(s, c, r) + dc * at(s, ceil(column), r);
    double bottom = (1 - dc) * at(s, c, ceil(row)) + dc * at(s, ceil(column), ceil(row));
    return (1 - dr) * top + dr * bottom;
}

/* The code of the bits: how many are set when they change at most twice along the circle, else samples + 1
 * (uniform); or the number they make (default), or its least when turned (ror). */
static double code_of(const bool *bit, int samples, ms_lbp_method method) {
    int changes = 0, set = 0;
    double least = INFINITY;
    for (int p = 0; p < samples; p++) {
        set += bit[p];
        changes += p + 1 < samples && bit[p] != bit[p + 1];
    }
    if (method == MS_LBP_UNIFORM) return changes <= 2 ? set : samples + 1;
    for (int turn = 0; turn < (method == MS_LBP_ROR ? samples : 1); turn++) {
        double number = 0;
        for (int p = 0; p < samples; p++) number += bit[(p + turn) % samples] ? ldexp(1, p) : 0;
        least = fmin(least, number);
    }
    return least;
}

static double round5(double x) {
    return nearbyint(x * 1e5) / 1e5;
}

ms_status ms_filter_lbp2d(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    size_t reach = (size_t)ceil(spec->radius) + 1, margin[3] = {reach, reach, 0}, n[3], low[3];
    double *x = NULL, pi = acos(-1.0);
    bool bit[MS_LBP_MAX_SAMPLES];
    ms_status status = ms_region_crop(region, margin, MS_BORDER_NEAREST, &x, n, low, err);
    if (status != MS_OK) return status;
    for (size_t v = 0; v < region->box; v++) {
        size_t i = v % region->n[0] + low[0], j = v / region->n[0] % region->n[1] + low[1],
               k = v / (region->n[0] * region->n[1]) + low[2];
        slice s = {x + k * n[0] * n[1], {(long long)n[0], (long long)n[1]}};
        double centre = s.x[j * n[0] + i];
        for (int p = 0; p < spec->samples; p++) {
            double angle = 2 * pi * p / spec->samples;
            double row = (double)j + round5(-spec->radius * sin(angle));
            double column = (double)i + round5(spec->radius * cos(angle));
            bit[p] = bilinear(&s, column, row) - centre >= 0;
        }
        out[v] = code_of(bit, spec->samples, spec->method);
    }
    free(x);
    return MS_OK;
}
