/* radiomics/filter.h: what the filters of IBSI 2 share (Whybra et al., Radiology 2024;310:e231319; the
 * filters' reference manual, arXiv 2006.05470): pieces of an image, what lies beyond its border, convolution
 * along an axis, right-angle rotations.
 *
 * A filter is computed near the region only, from the whole image's values: each step says how far beyond its
 * output it reads, and the extents are planned from the last step back to the first. Where a piece meets the
 * image's border, the boundary condition holds for every step's own image, as if the whole had been computed.
 */
#ifndef MS_RADIOMICS_FILTER_H
#define MS_RADIOMICS_FILTER_H

#include "radiomics/radiomics.h"

/* A box of voxels within an image. */
typedef struct ms_extent {
    size_t low[3], n[3];
} ms_extent;

/* An image over an extent of one of size full[]. */
typedef struct ms_field {
    size_t full[3];
    ms_extent extent;
    double *values; /* owned */
} ms_field;

/* A convolution kernel along one axis: out(p) = sum over t of k[t] in(p + centre - t). */
typedef struct ms_taps {
    const double *k; /* not owned */
    size_t n, centre;
    bool flip; /* use it mirrored about its centre */
} ms_taps;

/* Axis a of the filter's own frame lies along axis[a] of the image, against it when flip[a]: all right-angle
 * rotations, 4 in the plane, 24 in space. */
enum { MS_MAX_ROTATIONS = 24 };
typedef struct ms_rotation {
    int axis[3];
    bool flip[3];
} ms_rotation;
size_t ms_rotations(int axes, ms_rotation list[MS_MAX_ROTATIONS]);

/* ---- pieces of an image (filter_field.c) ------------------------------------------------------------- */

/* Where position p of an axis of n voxels is read: an index, or -1 for a zero. */
long long ms_boundary_place(long long p, size_t n, ms_filter_boundary boundary);
/* The part of the image that is read for `extent` when a step reaches reach[a] voxels to both sides. */
ms_extent ms_extent_reach(const ms_extent *extent, const size_t full[3], const size_t reach[3],
                          ms_filter_boundary boundary);
ms_extent ms_region_extent(const ms_region *region);
/* The image over an extent; MS_EINPUT where a voxel is NaN or infinite. */
MS_NODISCARD ms_status ms_field_load(const ms_region *region, const ms_extent *extent, ms_field *field,
                                     ms_error *err);
MS_NODISCARD ms_status ms_field_alloc(const size_t full[3], const ms_extent *extent, ms_field *field,
                                      ms_error *err);
void ms_field_clear(ms_field *field);
/* Replaces `field` by its convolution along one axis, over target's range on that axis. */
MS_NODISCARD ms_status ms_field_convolve(ms_field *field, int axis, const ms_taps *taps,
                                         ms_filter_boundary boundary, const ms_extent *target, ms_error *err);
/* The field's values over a smaller extent, out[its voxels]. */
void ms_field_copy(const ms_field *field, const ms_extent *extent, double *out);

/* ---- separable filters with pooling (filter_separable.c) --------------------------------------------- */

/* Steps one after another, each a product of one kernel an axis; the axes' kernels are turned together. */
enum { MS_MAX_STEPS = 8 };
typedef struct ms_separable {
    int axes;
    size_t steps;
    ms_taps taps[MS_MAX_STEPS][3];
    ms_filter_boundary boundary;
    ms_filter_pooling pooling;
} ms_separable;
/* field: over `extent` on return; to be cleared. */
MS_NODISCARD ms_status ms_separable_apply(const ms_region *region, const ms_separable *filter,
                                          const ms_extent *extent, ms_field *field, ms_error *err);

/* ---- filters defined by frequency (filter_frequency.c) ----------------------------------------------- */

/* The response at a frequency, in cycles a voxel along each axis (between -1/2 and 1/2): re and im. `n` is
 * the transform's size. */
typedef void (*ms_response)(const void *context, const double frequency[3], double response[2]);
/* Filters a field in place along the first `axes` axes, its extent taken as periodic; the real part stays.
 * Frequencies lie evenly from -1/2 to 1/2 with both ends on the grid, as in the reference response maps. */
MS_NODISCARD ms_status ms_frequency_filter(ms_field *field, int axes, ms_response response,
                                           const void *context, ms_error *err);
/* The same for the image around the region, out[box]. Periodic: the whole image; else the region with
 * reach[a] voxels to both sides, continued by the boundary condition where they lie beyond the image. */
MS_NODISCARD ms_status ms_frequency_apply(const ms_region *region, int axes, ms_filter_boundary boundary,
                                          const size_t reach[3], ms_response response, const void *context,
                                          double *out, ms_error *err);

/* Simoncelli's radial band-pass of a level at a frequency (filter_simoncelli.c). */
double ms_simoncelli_gain(const double frequency[3], size_t level);

/* The Laplacian of Gaussian's kernels (filter_laplacian.c): gauss[2 * reach + 1] and its second derivative.
 */
size_t ms_laplacian_reach(double sigma_voxels, double truncate);
void ms_laplacian_kernels(double sigma_voxels, size_t reach, double *gauss, double *second);
/* The Laplacian of Gaussian of a piece of the image; *field is to be cleared. */
MS_NODISCARD ms_status ms_laplacian_field(const ms_region *region, const ms_feature_filter *filter,
                                          const ms_extent *extent, ms_field *field, ms_error *err);

/* ---- the filters, one a file -------------------------------------------------------------------------- */

MS_NODISCARD ms_status ms_filter_mean(const ms_region *, const ms_image_spec *, double *, ms_error *);
MS_NODISCARD ms_status ms_filter_laplacian(const ms_region *, const ms_image_spec *, double *, ms_error *);
MS_NODISCARD ms_status ms_filter_laws(const ms_region *, const ms_image_spec *, double *, ms_error *);
MS_NODISCARD ms_status ms_filter_gabor(const ms_region *, const ms_image_spec *, double *, ms_error *);
MS_NODISCARD ms_status ms_filter_wavelet_nd(const ms_region *, const ms_image_spec *, double *, ms_error *);
MS_NODISCARD ms_status ms_filter_simoncelli(const ms_region *, const ms_image_spec *, double *, ms_error *);
MS_NODISCARD ms_status ms_filter_riesz(const ms_region *, const ms_image_spec *, double *, ms_error *);
/* Chooses among them by spec->filter.kind. */
MS_NODISCARD ms_status ms_filter_ibsi2(const ms_region *, const ms_image_spec *, double *, ms_error *);
/* 2 when the filter stays in the slice, else 3. */
int ms_filter_dimensions(const ms_region *region, const ms_feature_filter *filter);

/* ---- configuration (filter_config.c) ------------------------------------------------------------------ */

/* The words of a filter's settings, by ms_filter_kind, boundary, pooling and response. */
extern const char *const ms_filter_kinds[8], *const ms_filter_boundaries[4],
                                                 *const ms_filter_poolings[3], *const ms_filter_responses[3];

struct cJSON;
/* "filters": an array of objects; absent leaves the configuration as it is. */
MS_NODISCARD ms_status ms_filters_read(const struct cJSON *root, const char *name, ms_feature_config *config,
                                       ms_error *err);
/* MS_EUSAGE when a filter's numbers make no sense. */
MS_NODISCARD ms_status ms_filters_check(const ms_feature_config *config, ms_error *err);
/* The filter's own name, or one made from its parameters. */
void ms_filter_name(const ms_feature_filter *filter, bool in_plane, char name[40]);

#endif
