/* radiomics/filter_wavelet_nd.c: separable wavelets as IBSI 2 takes them: stationary, Haar,
 * Daubechies (db2, db3) and Coiflet (coif1), one band of a level, pooled over rotations when asked.
 *
 * Level j filters the low-pass image of level j - 1 with kernels spread by the a trous scheme. A kernel of
 * even length is given a zero at its end, so that it has a centre and turns about it. Low-pass values:
 * Daubechies 1992 to double precision, in the order of decomposition; the high-pass is their quadrature
 * mirror. */
#include "radiomics/filter.h"

#include <stdlib.h>
#include <string.h>

typedef struct family {
    const char *name;
    size_t n;
    double low[6];
} family;
static const family families[] = {
    {"haar", 2, {0.70710678118654752440, 0.70710678118654752440}},
    {"db2", 4, {-0.12940952255126037, 0.22414386804201339, 0.83651630373780794, 0.48296291314453416}},
    {"db3",
     6,
     {0.035226291882100656, -0.085441273882241486, -0.13501102001039084, 0.45987750211933132,
      0.80689150931333875, 0.33267055295095688}},
    {"coif1",
     6,
     {-0.015655728135791993, -0.07273261951252645, 0.3848648468648578, 0.8525720202116004, 0.3378976624574818,
      -0.07273261951252645}}};

static const family *find(const char *name) {
    for (size_t i = 0; i < MS_COUNT(families); i++) {
        if (strcmp(families[i].name, name) == 0) return &families[i];
    }
    return NULL;
}

/* k[2^(level-1) * (n rounded up to odd - 1) + 1], zeros between the taps; to be freed. */
static double *spread(const family *f, bool high, size_t level, ms_taps *taps) {
    size_t step = (size_t)1 << (level - 1), odd = f->n + (f->n % 2 == 0), n = step * (odd - 1) + 1;
    double *k = ms_calloc(n, sizeof *k);
    for (size_t t = 0; t < f->n && k; t++) {
        double mirror = f->low[f->n - 1 - t];
        k[t * step] = !high ? f->low[t] : t % 2 == 0 ? -mirror : mirror;
    }
    *taps = (ms_taps){.k = k, .n = n, .centre = n / 2};
    return k;
}

ms_status ms_filter_wavelet_nd(const ms_region *region, const ms_image_spec *spec, double *out,
                               ms_error *err) {
    const ms_feature_filter *f = &spec->filter;
    const family *wavelet = find(f->family);
    ms_separable s = {.axes = ms_filter_dimensions(region, f), .steps = f->level, .boundary = f->boundary};
    s.pooling = f->pooling;
    if (!wavelet || strlen(f->kernels) != (size_t)s.axes || f->level > MS_MAX_STEPS)
        return ms_error_set(
            err, MS_EUSAGE,
            "features: filter %s: '%s %s': a known family and one of L and H an axis, %d here", spec->name,
            f->family, f->kernels, s.axes);
    double *kernels[MS_MAX_STEPS][2] = {{NULL}};
    ms_status status = MS_OK;
    for (size_t step = 0; step < f->level; step++) {
        ms_taps taps[2];
        for (int high = 0; high < 2; high++) {
            kernels[step][high] = spread(wavelet, high, step + 1, &taps[high]);
            if (!kernels[step][high]) status = ms_error_nomem(err);
        }
        for (int a = 0; a < s.axes; a++) s.taps[step][a] = taps[step + 1 == f->level && f->kernels[a] == 'H'];
    }
    ms_field field = {0};
    ms_extent extent = ms_region_extent(region);
    if (status == MS_OK) status = ms_separable_apply(region, &s, &extent, &field, err);
    if (status == MS_OK) ms_field_copy(&field, &extent, out);
    ms_field_clear(&field);
    for (size_t step = 0; step < MS_MAX_STEPS; step++) {
        free(kernels[step][0]);
        free(kernels[step][1]);
    }
    return status;
}
