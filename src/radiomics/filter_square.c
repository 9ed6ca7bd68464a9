/* radiomics/filter_square.c: f(x) = (x / sqrt(m))^2, as pyradiomics' square.
 * m is the largest absolute value of the image: the volume, or in the plane the region's slices. */
#include "radiomics/radiomics.h"

#include <math.h>

ms_status ms_filter_square(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    ms_status status = ms_filter_original(region, spec, out, err);
    if (status != MS_OK) return status;
    double m = region->image_max;
    if (m == 0) return MS_OK; /* the image is zero, and so is its square */
    for (size_t v = 0; v < region->box; v++) out[v] = out[v] / m * out[v];
    return MS_OK;
}
