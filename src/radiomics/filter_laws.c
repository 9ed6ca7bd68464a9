/* radiomics/filter_laws.c: Laws' kernels (IBSI 2, JTXT): level, edge, spot, wave and ripple of 3 or 5 voxels,
 * normalised to length 1, one an axis; optionally pooled over rotations, then optionally the energy image
 * (PQSD): the average of the response's absolute values within Chebyshev distance delta. */
#include "radiomics/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct laws_kernel {
    char name[3];
    size_t n;
    int k[5];
} kernels[] = {{"L5", 5, {1, 4, 6, 4, 1}},   {"E5", 5, {-1, -2, 0, 2, 1}}, {"S5", 5, {-1, 0, 2, 0, -1}},
               {"W5", 5, {-1, 2, 0, -2, 1}}, {"R5", 5, {1, -4, 6, -4, 1}}, {"L3", 3, {1, 2, 1}},
               {"E3", 3, {-1, 0, 1}},        {"S3", 3, {-1, 2, -1}}};

static bool find(const char *name, double k[5], size_t *n) {
    for (size_t i = 0; i < MS_COUNT(kernels); i++) {
        if (strncmp(kernels[i].name, name, 2) != 0) continue;
        double squares = 0;
        for (size_t t = 0; t < kernels[i].n; t++) squares += kernels[i].k[t] * kernels[i].k[t];
        for (size_t t = 0; t < kernels[i].n; t++) k[t] = kernels[i].k[t] / sqrt(squares);
        *n = kernels[i].n;
        return true;
    }
    return false;
}

/* The mean absolute value within delta voxels along each axis. */
static ms_status energy(ms_field *field, const ms_separable *s, size_t delta, const ms_extent *extent,
                        ms_error *err) {
    size_t n = 2 * delta + 1;
    double *k = ms_calloc(n, sizeof *k);
    if (!k) return ms_error_nomem(err);
    for (size_t t = 0; t < n; t++) k[t] = 1 / (double)n;
    const size_t *size = field->extent.n;
    for (size_t v = 0; v < size[0] * size[1] * size[2]; v++) field->values[v] = fabs(field->values[v]);
    ms_taps taps = {.k = k, .n = n, .centre = delta};
    ms_status status = MS_OK;
    for (int a = s->axes - 1; a >= 0 && status == MS_OK; a--)
        status = ms_field_convolve(field, a, &taps, s->boundary, extent, err);
    free(k);
    return status;
}

ms_status ms_filter_laws(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    const ms_feature_filter *f = &spec->filter;
    ms_separable s = {.axes = ms_filter_dimensions(region, f), .steps = 1, .boundary = f->boundary};
    s.pooling = f->pooling;
    double k[3][5];
    if (strlen(f->kernels) != 2 * (size_t)s.axes)
        return ms_error_set(err, MS_EUSAGE,
                            "features: filter %s: the kernels '%s' must be one an axis, %d here", spec->name,
                            f->kernels, s.axes);
    for (int a = 0; a < s.axes; a++) {
        size_t n = 0;
        if (!find(&f->kernels[2 * a], k[a], &n))
            return ms_error_set(err, MS_EUSAGE, "features: filter %s: '%s' names a kernel that is not known",
                                spec->name, f->kernels);
        s.taps[0][a] = (ms_taps){.k = k[a], .n = n, .centre = n / 2};
    }
    ms_extent extent = ms_region_extent(region), wider = extent;
    size_t reach[3] = {f->energy_delta, f->energy_delta, s.axes == 3 ? f->energy_delta : 0};
    if (f->energy) wider = ms_extent_reach(&extent, region->volume->geometry.n, reach, f->boundary);
    ms_field field = {0};
    ms_status status = ms_separable_apply(region, &s, &wider, &field, err);
    if (status == MS_OK && f->energy) status = energy(&field, &s, f->energy_delta, &extent, err);
    if (status == MS_OK) ms_field_copy(&field, &extent, out);
    ms_field_clear(&field);
    return status;
}
