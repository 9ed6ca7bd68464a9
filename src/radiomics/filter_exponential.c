/* radiomics/filter_exponential.c: f(x) = exp(c x) with c = log(m) / m, as pyradiomics' exponential.
 * m is the largest absolute value of the image: the volume, or in the plane the region's slices. */
#include "radiomics/radiomics.h"

#include <math.h>

ms_status ms_filter_exponential(const ms_region *region, const ms_image_spec *spec, double *out,
                                ms_error *err) {
    ms_status status = ms_filter_original(region, spec, out, err);
    if (status != MS_OK) return status;
    double m = region->image_max;
    double c = m > 0 ? log(m) / m : 0;
    for (size_t v = 0; v < region->box; v++) out[v] = exp(c * out[v]);
    return MS_OK;
}
