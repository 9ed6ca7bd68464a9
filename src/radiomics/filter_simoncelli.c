/* radiomics/filter_simoncelli.c: Simoncelli's non-separable wavelet (IBSI 2, PRT7; Simoncelli and Freeman
 * 1995; Portilla and Simoncelli 2000), the undecimated band-pass of a level: with nu the frequency's length
 * times 2^level (1 at the axes' Nyquist frequency on level 1),
 *
 *   G(nu) = cos(pi / 2 log2(2 nu)) for 1/4 < nu <= 1, else 0. */
#include "radiomics/filter.h"

#include <math.h>

double ms_simoncelli_gain(const double frequency[3], size_t level) {
    const double pi = 3.14159265358979323846;
    double length =
        sqrt(frequency[0] * frequency[0] + frequency[1] * frequency[1] + frequency[2] * frequency[2]);
    double nu = ldexp(length, (int)level);
    return nu > 0.25 && nu <= 1 ? cos(pi / 2 * log2(2 * nu)) : 0;
}

static void response(const void *context, const double frequency[3], double out[2]) {
    const ms_feature_filter *f = context;
    out[0] = ms_simoncelli_gain(frequency, f->level);
    out[1] = 0;
}

ms_status ms_filter_simoncelli(const ms_region *region, const ms_image_spec *spec, double *out,
                               ms_error *err) {
    const ms_feature_filter *f = &spec->filter;
    int axes = ms_filter_dimensions(region, f);
    /* The kernel's tail falls below a thousandth of its peak within 12 voxels on level 1. */
    size_t r = (size_t)12 << f->level, reach[3] = {r, r, axes == 3 ? r : 0};
    return ms_frequency_apply(region, axes, f->boundary, reach, response, f, out, err);
}
