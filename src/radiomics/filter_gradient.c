/* radiomics/filter_gradient.c: magnitude of the gradient per mm from central differences, the border voxel
 * repeated beyond the image; as pyradiomics' gradient (ITK's GradientMagnitudeImageFilter). In the plane: of
 * the two axes x and y. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

ms_status ms_filter_gradient(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    int axes = ms_image_axes(region, spec);
    size_t margin[3] = {1, 1, axes == 3 ? 1 : 0}, n[3], low[3];
    double *x = NULL;
    ms_status status = ms_region_crop(region, margin, MS_BORDER_NEAREST, &x, n, low, err);
    if (status != MS_OK) return status;
    size_t step[3] = {1, n[0], n[0] * n[1]};
    for (size_t v = 0; v < region->box; v++) {
        size_t at[3] = {v % region->n[0] + low[0], v / region->n[0] % region->n[1] + low[1],
                        v / (region->n[0] * region->n[1]) + low[2]};
        size_t here = at[0] + at[1] * step[1] + at[2] * step[2];
        double square = 0;
        for (int a = 0; a < axes; a++) {
            double after = at[a] + 1 < n[a] ? x[here + step[a]] : x[here];
            double before = at[a] > 0 ? x[here - step[a]] : x[here];
            double slope = (after - before) / (2 * region->spacing_mm[a]);
            square += slope * slope;
        }
        out[v] = sqrt(square);
    }
    free(x);
    return MS_OK;
}
