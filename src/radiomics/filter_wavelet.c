/* radiomics/filter_wavelet.c: stationary (undecimated) wavelet transform with Coiflet 1 (Daubechies 1992),
 * one band.
 *
 * In 3D one level, bands LLL to HHH over the axes x, y, z: the images of pyradiomics' wavelet-XYZ. In the
 * plane two levels, bands LL, LH, HL, HH of each, which keeps eight images a slice has: level 1 are
 * pyradiomics' (with force2D) wavelet-XY, level 2 filters the level-1 LL with the taps spread apart by one
 * voxel (a trous, Holschneider 1989), as pywt.swt2(level=2). The image is taken as periodic. Support: 6 taps,
 * 3 voxels to each side; 6 more for level 2. */
#include "radiomics/radiomics.h"

#include <stdlib.h>
#include <string.h>

enum { TAPS = 6 };

/* Coiflet 1 decomposition filters: the low-pass as PyWavelets tabulates it (10 digits agree with Daubechies'
 * table), the high-pass its quadrature mirror. */
static const double low_pass[TAPS] = {-0.015655728135791993, -0.07273261951252645, 0.3848648468648578,
                                      0.8525720202116004,    0.3378976624574818,   -0.07273261951252645};
static const double high_pass[TAPS] = {0.07273261951252645, 0.3378976624574818,  -0.8525720202116004,
                                       0.3848648468648578,  0.07273261951252645, -0.015655728135791993};

/* Convolves along one axis: out(p) = sum_t taps[t] in(p + (3 - t) * spread); in and out have the same size,
 * and the outer voxels that lack support get nothing sensible. */
static void convolve(const double *in, const size_t n[3], int axis, const double taps[TAPS], size_t spread,
                     double *out) {
    size_t step = axis == 0 ? 1 : axis == 1 ? n[0] : n[0] * n[1], total = n[0] * n[1] * n[2];
    for (size_t v = 0; v < total; v++) {
        long long at = (long long)(v / step % n[axis]);
        double sum = 0;
        for (int t = 0; t < TAPS; t++) {
            long long p = at + (3 - t) * (long long)spread;
            if (p < 0 || p >= (long long)n[axis]) continue;
            sum += taps[t] * in[(size_t)((long long)v + (p - at) * (long long)step)];
        }
        out[v] = sum;
    }
}

ms_status ms_filter_wavelet(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    int axes = ms_image_axes(region, spec);
    size_t reach = spec->level == 2 ? 9 : 3, margin[3] = {reach, reach, axes == 3 ? reach : 0}, n[3], low[3];
    double *a = NULL, *b = NULL;
    ms_status status = ms_region_crop(region, margin, MS_BORDER_PERIODIC, &a, n, low, err);
    if (status != MS_OK) return status;
    b = ms_calloc(n[0] * n[1] * n[2], sizeof *b);
    if (!b) status = ms_error_nomem(err);
    for (int level = 1; status == MS_OK && level <= spec->level; level++) {
        for (int axis = 0; axis < axes; axis++) {
            bool high = level == spec->level && (spec->band >> axis & 1);
            convolve(a, n, axis, high ? high_pass : low_pass, (size_t)level, b);
            double *other = a;
            a = b;
            b = other;
        }
    }
    for (size_t v = 0; status == MS_OK && v < region->box; v++) {
        size_t i = v % region->n[0], j = v / region->n[0] % region->n[1],
               k = v / (region->n[0] * region->n[1]);
        out[v] = a[((k + low[2]) * n[1] + j + low[1]) * n[0] + i + low[0]];
    }
    free(a);
    free(b);
    return status;
}
