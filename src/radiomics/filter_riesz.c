/* radiomics/filter_riesz.c: Riesz transforms of order l = (l1, l2, l3) (IBSI 2, AYRS; Unser and Van De Ville
 * 2010) of an image that the Laplacian of Gaussian or Simoncelli's wavelet has filtered. With L = l1 + l2 +
 * l3 and w the frequency:
 *
 *   R(w) = (-i)^L sqrt(L! / (l1! l2! l3!)) w1^l1 w2^l2 w3^l3 / |w|^L, 0 at w = 0.
 *
 * The transform's kernel falls off too slowly to be cut, so the image is taken as periodic here; the boundary
 * condition is that of the Laplacian of Gaussian before it. */
#include "radiomics/filter.h"

#include <math.h>

static double factorial(size_t n) {
    double product = 1;
    for (size_t i = 2; i <= n; i++) product *= (double)i;
    return product;
}

static void response(const void *context, const double frequency[3], double out[2]) {
    const ms_feature_filter *f = context;
    double length = 0, value = 1;
    size_t total = f->order[0] + f->order[1] + f->order[2];
    for (int a = 0; a < 3; a++) length += frequency[a] * frequency[a];
    length = sqrt(length);
    for (int a = 0; a < 3; a++) {
        for (size_t i = 0; i < f->order[a]; i++) value *= length > 0 ? frequency[a] / length : 0;
        value /= sqrt(factorial(f->order[a]));
    }
    value *= sqrt(factorial(total));
    if (f->kind == MS_FILTER_RIESZ_SIMONCELLI) value *= ms_simoncelli_gain(frequency, f->level);
    static const double power[4][2] = {{1, 0}, {0, -1}, {-1, 0}, {0, 1}}; /* of -i */
    out[0] = value * power[total % 4][0];
    out[1] = value * power[total % 4][1];
}

ms_status ms_filter_riesz(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    const ms_feature_filter *f = &spec->filter;
    int axes = ms_filter_dimensions(region, f);
    if (axes == 2 && f->order[2] > 0)
        return ms_error_set(err, MS_EUSAGE, "features: filter %s: in the plane the third order must be 0",
                            spec->name);
    ms_extent box = ms_region_extent(region), whole = box;
    for (int a = 0; a < axes; a++) {
        whole.low[a] = 0;
        whole.n[a] = region->volume->geometry.n[a];
    }
    ms_field field = {0};
    ms_status status = f->kind == MS_FILTER_RIESZ_LAPLACIAN
                           ? ms_laplacian_field(region, f, &whole, &field, err)
                           : ms_field_load(region, &whole, &field, err);
    if (status == MS_OK) status = ms_frequency_filter(&field, axes, response, f, err);
    if (status == MS_OK) ms_field_copy(&field, &box, out);
    ms_field_clear(&field);
    return status;
}
