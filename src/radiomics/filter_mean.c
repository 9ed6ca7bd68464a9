/* radiomics/filter_mean.c: the mean filter (IBSI 2, S60F): the average over a square or cube of M voxels a
 * side, M odd. */
#include "radiomics/filter.h"

#include <stdlib.h>

ms_status ms_filter_mean(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    const ms_feature_filter *f = &spec->filter;
    double *k = ms_calloc(f->size, sizeof *k);
    if (!k) return ms_error_nomem(err);
    for (size_t t = 0; t < f->size; t++) k[t] = 1 / (double)f->size;
    ms_separable s = {.axes = ms_filter_dimensions(region, f), .steps = 1, .boundary = f->boundary};
    for (int a = 0; a < s.axes; a++) s.taps[0][a] = (ms_taps){.k = k, .n = f->size, .centre = f->size / 2};
    ms_field field = {0};
    ms_extent extent = ms_region_extent(region);
    ms_status status = ms_separable_apply(region, &s, &extent, &field, err);
    if (status == MS_OK) ms_field_copy(&field, &extent, out);
    ms_field_clear(&field);
    free(k);
    return status;
}
