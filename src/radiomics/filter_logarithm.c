/* radiomics/filter_logarithm.c: f(x) = sign(x) c log(|x| + 1) with c = m / log(m + 1), as pyradiomics'
 * logarithm. m is the largest absolute value of the image: the volume, or in the plane the region's slices.
 */
#include "radiomics/radiomics.h"

#include <math.h>

ms_status ms_filter_logarithm(const ms_region *region, const ms_image_spec *spec, double *out,
                              ms_error *err) {
    ms_status status = ms_filter_original(region, spec, out, err);
    if (status != MS_OK) return status;
    double m = region->image_max;
    if (m == 0) return MS_OK;
    double c = m / log(m + 1);
    for (size_t v = 0; v < region->box; v++) out[v] = copysign(c * log(fabs(out[v]) + 1), out[v]);
    return MS_OK;
}
