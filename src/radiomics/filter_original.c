/* radiomics/filter_original.c: no filter, and the choice of one. */
#include "radiomics/radiomics.h"

#include "radiomics/filter.h"

#include <stdlib.h>
#include <string.h>

ms_status ms_filter_original(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    (void)spec;
    size_t none[3] = {0, 0, 0}, n[3], low[3];
    double *values = NULL;
    ms_status status = ms_region_crop(region, none, MS_BORDER_NEAREST, &values, n, low, err);
    if (status == MS_OK) memcpy(out, values, region->box * sizeof *out);
    free(values);
    return status;
}

int ms_image_axes(const ms_region *region, const ms_image_spec *spec) {
    return spec->in_plane || (region->in_plane && !region->as_pyradiomics) ? 2 : 3;
}

ms_status ms_filter_apply(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    static const struct {
        ms_feature_image kind;
        ms_filter filter;
    } filters[] = {{MS_IMAGE_ORIGINAL, ms_filter_original},
                   {MS_IMAGE_WAVELET, ms_filter_wavelet},
                   {MS_IMAGE_LOG, ms_filter_log},
                   {MS_IMAGE_SQUARE, ms_filter_square},
                   {MS_IMAGE_SQUAREROOT, ms_filter_squareroot},
                   {MS_IMAGE_LOGARITHM, ms_filter_logarithm},
                   {MS_IMAGE_EXPONENTIAL, ms_filter_exponential},
                   {MS_IMAGE_GRADIENT, ms_filter_gradient},
                   {MS_IMAGE_LBP2D, ms_filter_lbp2d},
                   {MS_IMAGE_LBP3D, ms_filter_lbp3d}};
    if (spec->kind == MS_IMAGE_FILTER) return ms_filter_ibsi2(region, spec, out, err);
    for (size_t i = 0; i < MS_COUNT(filters); i++) {
        if (filters[i].kind == spec->kind) return filters[i].filter(region, spec, out, err);
    }
    return ms_error_set(err, MS_EINTERNAL, "no filter for the image '%s'", spec->name);
}
