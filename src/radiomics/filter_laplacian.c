/* radiomics/filter_laplacian.c: Laplacian of Gaussian as IBSI 2 defines it (L6PA): the sampled kernel
 *
 *   g(x) = -1 / s^2 (1 / (sqrt(2 pi) s))^D (D - |x|^2 / s^2) exp(-|x|^2 / (2 s^2)),
 *
 * s = sigma in voxels, cut off to the cube of 1 + 2 floor(d s + 1/2) voxels a side, d = 4 by default. It is
 * the sum over the axes of products of one-dimensional kernels and is computed so. (The image `log` of the
 * pyradiomics convention is another: recursive and scaled by sigma^2.) */
#include "radiomics/filter.h"

#include <math.h>
#include <stdlib.h>

size_t ms_laplacian_reach(double sigma_voxels, double truncate) {
    return (size_t)floor(truncate * sigma_voxels + 0.5);
}

void ms_laplacian_kernels(double sigma_voxels, size_t reach, double *gauss, double *second) {
    const double pi = 3.14159265358979323846, s2 = sigma_voxels * sigma_voxels;
    for (size_t t = 0; t <= 2 * reach; t++) {
        double x = (double)t - (double)reach;
        gauss[t] = exp(-x * x / (2 * s2)) / (sqrt(2 * pi) * sigma_voxels);
        second[t] = gauss[t] * (x * x / s2 - 1) / s2;
    }
}

ms_status ms_laplacian_field(const ms_region *region, const ms_feature_filter *f, const ms_extent *extent,
                             ms_field *field, ms_error *err) {
    int axes = ms_filter_dimensions(region, f);
    double *gauss[3] = {NULL, NULL, NULL}, *second[3] = {NULL, NULL, NULL};
    size_t reach[3] = {0, 0, 0}, voxels = extent->n[0] * extent->n[1] * extent->n[2];
    ms_field sum = {0};
    ms_status status = ms_field_alloc(region->volume->geometry.n, extent, &sum, err);
    for (int a = 0; a < axes && status == MS_OK; a++) {
        double sigma = f->sigma_mm / region->spacing_mm[a];
        reach[a] = ms_laplacian_reach(sigma, f->truncate);
        gauss[a] = ms_calloc(2 * reach[a] + 1, sizeof(double));
        second[a] = ms_calloc(2 * reach[a] + 1, sizeof(double));
        if (!gauss[a] || !second[a]) {
            status = ms_error_nomem(err);
        } else {
            ms_laplacian_kernels(sigma, reach[a], gauss[a], second[a]);
        }
    }
    for (int derived = 0; derived < axes && status == MS_OK; derived++) {
        ms_separable s = {.axes = axes, .steps = 1, .boundary = f->boundary};
        for (int a = 0; a < axes; a++)
            s.taps[0][a] = (ms_taps){
                .k = a == derived ? second[a] : gauss[a], .n = 2 * reach[a] + 1, .centre = reach[a]};
        ms_field one = {0};
        status = ms_separable_apply(region, &s, extent, &one, err);
        for (size_t v = 0; v < voxels && status == MS_OK; v++) sum.values[v] += one.values[v];
        ms_field_clear(&one);
    }
    for (int a = 0; a < 3; a++) {
        free(gauss[a]);
        free(second[a]);
    }
    if (status == MS_OK) {
        *field = sum;
    } else {
        ms_field_clear(&sum);
    }
    return status;
}

ms_status ms_filter_laplacian(const ms_region *region, const ms_image_spec *spec, double *out,
                              ms_error *err) {
    ms_field field = {0};
    ms_extent extent = ms_region_extent(region);
    ms_status status = ms_laplacian_field(region, &spec->filter, &extent, &field, err);
    if (status == MS_OK) ms_field_copy(&field, &extent, out);
    ms_field_clear(&field);
    return status;
}
