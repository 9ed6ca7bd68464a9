/* myosurv/radiomics_filters.h: the convolutional filters of IBSI 2 as part of a feature configuration.
 *
 * Each filter of a configuration gives one more image that features are computed on. Definitions: the
 * filters' reference manual (arXiv 2006.05470) and Whybra et al., Radiology 2024;310:e231319;
 * docs/features.md has the formulas. Filters are computed near the region from the whole image's values, in
 * 3D or slice by slice. */
#ifndef MYOSURV_RADIOMICS_FILTERS_H
#define MYOSURV_RADIOMICS_FILTERS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ms_filter_kind {
    MS_FILTER_MEAN,             /* size */
    MS_FILTER_LAPLACIAN,        /* Laplacian of Gaussian: sigma_mm, truncate */
    MS_FILTER_LAWS,             /* kernels, pooling, energy with energy_delta */
    MS_FILTER_GABOR,            /* sigma_mm, lambda_mm, gamma, theta_deg, theta_step_deg, three_planes */
    MS_FILTER_WAVELET,          /* family, kernels (the band), level, pooling */
    MS_FILTER_SIMONCELLI,       /* level */
    MS_FILTER_RIESZ_LAPLACIAN,  /* order, sigma_mm, truncate */
    MS_FILTER_RIESZ_SIMONCELLI, /* order, level; the image is taken as periodic */
} ms_filter_kind;

/* What lies beyond the image: 0, its border voxel, the image again, its mirror image (c b a | a b c). */
typedef enum ms_filter_boundary {
    MS_BOUNDARY_ZERO,
    MS_BOUNDARY_NEAREST,
    MS_BOUNDARY_PERIODIC,
    MS_BOUNDARY_MIRROR
} ms_filter_boundary;

/* Responses of the filter turned by all right angles (4 in the plane, 24 in space), pooled. */
typedef enum ms_filter_pooling { MS_POOLING_NONE, MS_POOLING_AVERAGE, MS_POOLING_MAX } ms_filter_pooling;

typedef enum ms_filter_response {
    MS_RESPONSE_MODULUS,
    MS_RESPONSE_REAL,
    MS_RESPONSE_IMAGINARY
} ms_filter_response;

#define MS_FEATURE_MAX_FILTERS 32

/* Plain numbers: copy it freely. */
typedef struct ms_feature_filter {
    ms_filter_kind kind;
    ms_filter_boundary boundary;
    ms_filter_pooling pooling;
    ms_filter_response response;
    bool by_slice;     /* in the slice although the rest is 3D */
    bool energy;       /* Laws: the energy image */
    bool three_planes; /* Gabor: pooled over the three orthogonal planes */
    char name[32];     /* of the image in column names; "": made from the parameters */
    char kernels[8];   /* Laws "L5E5E5", wavelet "LLH": one an axis, x first */
    char family[8];    /* "haar", "db2", "db3", "coif1" */
    size_t size, level, energy_delta, order[3];
    double sigma_mm, truncate, lambda_mm, gamma, theta_deg, theta_step_deg;
} ms_feature_filter;

#ifdef __cplusplus
}
#endif
#endif
