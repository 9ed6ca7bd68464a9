/* radiomics/filter_frequency.c: filters that are defined by their response at each frequency. */
#include "radiomics/filter.h"

#include "radiomics/fft.h"

#include <math.h>
#include <stdlib.h>

/* The frequency of the transform's value m of n: evenly from -1/2 to 1/2, zero frequency near m = 0. */
static double frequency_of(size_t m, size_t n) {
    return n < 2 ? 0 : -0.5 + (double)((m + n / 2) % n) / (double)(n - 1);
}

/* z becomes the inverse transform of its transform times the response. */
static ms_status filter_complex(double *z, const size_t n[3], int axes, ms_response response,
                                const void *context, ms_error *err) {
    const bool along[3] = {true, true, axes == 3};
    ms_status status = ms_fft(z, n, along, false, err);
    if (status != MS_OK) return status;
    size_t slice = n[0] * n[1], distinct = axes == 3 ? n[2] : 1;
    for (size_t v = 0; v < slice * distinct; v++) {
        size_t k = v / slice;
        double f[3] = {frequency_of(v % n[0], n[0]), frequency_of(v / n[0] % n[1], n[1]),
                       axes == 3 ? frequency_of(k, n[2]) : 0};
        double r[2];
        response(context, f, r);
        for (size_t s = v; s < slice * n[2]; s += slice * distinct) { /* in the plane: of every slice */
            double re = z[2 * s] * r[0] - z[2 * s + 1] * r[1];
            z[2 * s + 1] = z[2 * s] * r[1] + z[2 * s + 1] * r[0];
            z[2 * s] = re;
        }
    }
    return ms_fft(z, n, along, true, err);
}

ms_status ms_frequency_filter(ms_field *field, int axes, ms_response response, const void *context,
                              ms_error *err) {
    const size_t *n = field->extent.n;
    size_t voxels = n[0] * n[1] * n[2];
    double *z = ms_calloc(2 * voxels, sizeof *z);
    if (!z) return ms_error_nomem(err);
    for (size_t v = 0; v < voxels; v++) z[2 * v] = field->values[v];
    ms_status status = filter_complex(z, n, axes, response, context, err);
    for (size_t v = 0; v < voxels && status == MS_OK; v++) field->values[v] = z[2 * v];
    free(z);
    return status;
}

/* The region with `reach` voxels around it, continued beyond the image. */
static ms_status windowed(const ms_region *region, int axes, ms_filter_boundary boundary,
                          const size_t reach[3], ms_response response, const void *context, double *out,
                          ms_error *err) {
    const size_t *full = region->volume->geometry.n;
    ms_extent box = ms_region_extent(region), source = ms_extent_reach(&box, full, reach, boundary);
    size_t n[3], low[3];
    for (int a = 0; a < 3; a++) {
        low[a] = a < axes ? reach[a] : 0;
        n[a] = a < axes ? ms_fft_good_size(region->n[a] + 2 * reach[a]) : region->n[a];
    }
    ms_field field = {0};
    double *z = ms_calloc(2 * n[0] * n[1] * n[2], sizeof *z);
    ms_status status = z ? ms_field_load(region, &source, &field, err) : ms_error_nomem(err);
    for (size_t v = 0; v < n[0] * n[1] * n[2] && status == MS_OK; v++) {
        size_t at[3] = {v % n[0], v / n[0] % n[1], v / (n[0] * n[1])}, from[3];
        bool zero = false;
        for (int a = 0; a < 3; a++) {
            /* what the good size adds lies on the far side: its last voxel again */
            size_t p = at[a] < region->n[a] + 2 * low[a] ? at[a] : region->n[a] + 2 * low[a] - 1;
            long long q =
                ms_boundary_place((long long)(p + box.low[a]) - (long long)low[a], full[a], boundary);
            zero = zero || q < 0;
            from[a] = q < 0 ? 0 : (size_t)q - source.low[a];
        }
        if (!zero) z[2 * v] = field.values[(from[2] * source.n[1] + from[1]) * source.n[0] + from[0]];
    }
    if (status == MS_OK) status = filter_complex(z, n, axes, response, context, err);
    for (size_t v = 0; v < region->box && status == MS_OK; v++) {
        size_t i = v % region->n[0] + low[0], j = v / region->n[0] % region->n[1] + low[1],
               k = v / (region->n[0] * region->n[1]) + low[2];
        out[v] = z[2 * ((k * n[1] + j) * n[0] + i)];
    }
    ms_field_clear(&field);
    free(z);
    return status;
}

ms_status ms_frequency_apply(const ms_region *region, int axes, ms_filter_boundary boundary,
                             const size_t reach[3], ms_response response, const void *context, double *out,
                             ms_error *err) {
    if (boundary != MS_BOUNDARY_PERIODIC)
        return windowed(region, axes, boundary, reach, response, context, out, err);
    ms_extent box = ms_region_extent(region), whole = box;
    ms_field field = {0};
    for (int a = 0; a < axes; a++) {
        whole.low[a] = 0;
        whole.n[a] = region->volume->geometry.n[a];
    }
    ms_status status = ms_field_load(region, &whole, &field, err);
    if (status == MS_OK) status = ms_frequency_filter(&field, axes, response, context, err);
    if (status == MS_OK) ms_field_copy(&field, &box, out);
    ms_field_clear(&field);
    return status;
}
