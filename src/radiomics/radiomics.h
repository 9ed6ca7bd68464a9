/* radiomics/radiomics.h: what the files of this room share.
 *
 * The way through: region.c finds the region's bounding box; a filter_*.c gives an image over that box;
 * discretise.c turns it into grey levels; each family's file computes all features of its catalogue rows into
 * a flat array
 * (`values`, in catalogue order); extract.c joins them. Reasons are the words of ms_feature_reasons. */
#ifndef MS_RADIOMICS_RADIOMICS_H
#define MS_RADIOMICS_RADIOMICS_H

#include "base/base.h"
#include "myosurv/radiomics.h"

/* ---- catalogue and columns (catalogue.c, columns.c) ------------------------------------------------- */

/* The rows of one family lie together; *first is the first, the result how many. */
size_t ms_catalogue_family(ms_feature_family family, size_t *first);

/* One image of a configuration: which filter with which parameter, and how it stands in column names. */
typedef struct ms_image_spec {
    ms_feature_image kind;
    int band;        /* wavelet: bit a set means high-pass along axis a */
    int level;       /* wavelet: 1 or 2 */
    double sigma_mm; /* Laplacian of Gaussian */
    double radius;   /* local binary patterns: voxels */
    int samples;     /* points on the circle; in space: subdivisions of the sphere, and level 0 is kurtosis */
    ms_lbp_method method;
    ms_feature_filter filter; /* of MS_IMAGE_FILTER */
    bool in_plane;            /* asked for in the slice's plane */
    char name[40];            /* "wavelet-LLH", "log-sigma-1-0-mm-3D" */
} ms_image_spec;
#define MS_MAX_IMAGES (16 + MS_LBP_MAX_LEVELS + MS_FEATURE_MAX_SIGMAS + MS_FEATURE_MAX_FILTERS)
/* The images in output order; returns how many. */
size_t ms_config_images(const ms_feature_config *config, ms_image_spec specs[MS_MAX_IMAGES]);

/* How texture matrices are put together (IBSI 3.6 to 3.11); pyradiomics has one way only. */
typedef enum ms_aggregation {
    MS_AGGREGATE_2D_AVG,   /* a matrix a slice and direction, features averaged (BTW3) */
    MS_AGGREGATE_2D_COMB,  /* directions of a slice merged, averaged over slices (SUJT); zones: 2D (8QNN) */
    MS_AGGREGATE_25D_AVG,  /* slices of a direction merged, averaged over directions (JJUI) */
    MS_AGGREGATE_25D_COMB, /* all merged (ZW7Z); zones: 2.5D (62GR) */
    MS_AGGREGATE_3D_AVG,   /* 3D directions, averaged (ITBB) */
    MS_AGGREGATE_3D_COMB   /* 3D directions merged (IAZD); zones: 3D (KOBO) */
} ms_aggregation;

/* Families in output order, and whether one needs grey levels, or the original image only. */
typedef struct ms_family_info {
    ms_feature_family family;
    bool levels;   /* computed on the discretised image */
    bool directed; /* has the six aggregations, else (of those with levels) the three of zones, or none */
    bool zonal;
    bool once; /* of the mask: computed with the original image only */
} ms_family_info;
extern const ms_family_info ms_families[];
extern const size_t ms_n_families;

/* One block of columns: a family on an image with an aggregation. */
typedef struct ms_block {
    size_t image; /* index into the image specs */
    const ms_family_info *info;
    ms_aggregation aggregation;
    size_t first_row, rows; /* of the catalogue */
    size_t first_column;    /* in the output; only rows that are wanted have a column */
} ms_block;
/* All blocks of a configuration in column order; *columns is the number of columns. To be freed. */
MS_NODISCARD ms_status ms_config_blocks(const ms_feature_config *config, size_t n_specs, ms_block **blocks,
                                        size_t *n_blocks, size_t *columns, ms_error *err);
/* True when the row has a name in the convention. */
bool ms_row_in(const ms_feature_entry *row, ms_feature_convention convention);
/* ... and the configuration does not leave it out. */
bool ms_row_wanted(const ms_feature_config *config, size_t row);

/* The reason words (reasons.c). */
extern const char ms_reason_not_computed[], ms_reason_needs_2d[], ms_reason_needs_3d[], ms_reason_no_pairs[],
    ms_reason_one_level[], ms_reason_one_voxel[], ms_reason_too_many_levels[], ms_reason_flat_image[],
    ms_reason_undefined[], ms_reason_not_implemented[], ms_reason_empty_intensity[], ms_reason_too_large[],
    ms_reason_too_small[];

/* ---- region (region.c) ------------------------------------------------------------------------------ */

/* A region of interest in a volume: its bounding box, and for each voxel of the box whether it belongs to it.
 */
typedef struct ms_region {
    const ms_volume *volume; /* not owned */
    size_t low[3];           /* the box's first voxel in the volume */
    size_t n[3];             /* the box's size */
    double spacing_mm[3];
    size_t voxels; /* in the region */
    size_t box;    /* in the box: n[0] * n[1] * n[2] */
    uint8_t *in;   /* [box], 1 inside; owned */
    bool flat;     /* within one slice */
    bool in_plane; /* neighbours (and filters, but see ms_image_axes) stay in the slice: flat, or asked for */
    bool as_pyradiomics;
    double image_max; /* what ms_region_find_max found, else NaN */
} ms_region;
MS_NODISCARD ms_status ms_region_build(const ms_volume *volume, const ms_mask *mask, const uint8_t *labels,
                                       size_t n_labels, bool force2d, ms_region *region, ms_error *err);
void ms_region_clear(ms_region *region);

/* The box of the voxels that carry a wanted label; false when there is none. */
bool ms_mask_box(const ms_mask *mask, const bool wanted[256], size_t low[3], size_t high[3]);

/* The image and mask that features are computed on: the caller's own, or both turned, normalised, cut and
 * resampled as the configuration says (prepare.c). */
typedef struct ms_prepared {
    const ms_volume *volume;
    const ms_mask *mask;
    const ms_volume *initial; /* the caller's */
    const ms_mask *initial_mask;
    ms_volume own_volume; /* empty when nothing was changed */
    ms_mask own_mask;     /* holds the first of the labels where the region is */
    bool wanted[256];     /* the labels of the region in the caller's mask */
} ms_prepared;
MS_NODISCARD ms_status ms_prepare(const ms_volume *volume, const ms_mask *mask, const uint8_t *labels,
                                  size_t n_labels, const ms_feature_config *config, ms_prepared *prepared,
                                  ms_error *err);
void ms_prepared_clear(ms_prepared *prepared);

/* ---- filters (filter_*.c): an image over the region's box, out[box] ---------------------------------- */

/* How a filter sees voxels beyond the volume. */
typedef enum ms_border { MS_BORDER_NEAREST, MS_BORDER_PERIODIC } ms_border;
/* The volume's values over the box widened by margin[] voxels on both sides, to be freed; NEAREST stops at
 * the volume's border instead of repeating it (low_margin and n say what came), PERIODIC wraps around, after
 * an axis of odd length was given one more voxel, a copy of its first, as pyradiomics does before a wavelet.
 * A voxel that is NaN or infinite is MS_EINPUT: anywhere in the piece, or without a margin in the region
 * itself. */
MS_NODISCARD ms_status ms_region_crop(const ms_region *region, const size_t margin[3], ms_border border,
                                      double **values, size_t n[3], size_t low_margin[3], ms_error *err);
/* n voxels of the volume along x from voxel at[3] on, out[i * step]; MS_EINPUT as above. */
MS_NODISCARD ms_status ms_region_row(const ms_region *region, const size_t at[3], size_t n, double *out,
                                     size_t step, ms_error *err);
/* The largest absolute finite value of the image the region lies in (the volume, or in the plane its slices),
 * into image_max. The point-wise filters need it. */
MS_NODISCARD ms_status ms_region_find_max(ms_region *region, ms_error *err);

/* The axes that a filter works along: 2 or 3. */
int ms_image_axes(const ms_region *region, const ms_image_spec *spec);

typedef ms_status (*ms_filter)(const ms_region *region, const ms_image_spec *spec, double *out,
                               ms_error *err);
MS_NODISCARD ms_status ms_filter_original(const ms_region *region, const ms_image_spec *spec, double *out,
                                          ms_error *err);
MS_NODISCARD ms_status ms_filter_wavelet(const ms_region *region, const ms_image_spec *spec, double *out,
                                         ms_error *err);
MS_NODISCARD ms_status ms_filter_log(const ms_region *region, const ms_image_spec *spec, double *out,
                                     ms_error *err);
MS_NODISCARD ms_status ms_filter_square(const ms_region *region, const ms_image_spec *spec, double *out,
                                        ms_error *err);
MS_NODISCARD ms_status ms_filter_squareroot(const ms_region *region, const ms_image_spec *spec, double *out,
                                            ms_error *err);
MS_NODISCARD ms_status ms_filter_logarithm(const ms_region *region, const ms_image_spec *spec, double *out,
                                           ms_error *err);
MS_NODISCARD ms_status ms_filter_exponential(const ms_region *region, const ms_image_spec *spec, double *out,
                                             ms_error *err);
MS_NODISCARD ms_status ms_filter_gradient(const ms_region *region, const ms_image_spec *spec, double *out,
                                          ms_error *err);
MS_NODISCARD ms_status ms_filter_lbp2d(const ms_region *region, const ms_image_spec *spec, double *out,
                                       ms_error *err);
MS_NODISCARD ms_status ms_filter_lbp3d(const ms_region *region, const ms_image_spec *spec, double *out,
                                       ms_error *err);
MS_NODISCARD ms_status ms_filter_apply(const ms_region *region, const ms_image_spec *spec, double *out,
                                       ms_error *err);

/* ---- discretisation (discretise.c) ------------------------------------------------------------------ */

#define MS_MAX_LEVELS 4096

/* Grey levels over a box: 1 to `levels` inside the region, 0 outside. */
typedef struct ms_levels {
    size_t n[3], box, voxels;
    uint16_t *level;   /* [box]; owned */
    size_t levels;     /* the largest level, Ng */
    size_t present;    /* how many different ones occur */
    uint16_t *rank;    /* [levels + 1]: the rank from 0 of a level that occurs, else UINT16_MAX; owned */
    uint16_t *of_rank; /* [present]; owned */
    /* The same with `pad` voxels added on every side (the largest distance of neighbours), so that a
     * neighbour is an offset away and never beyond the box: the rank from 1 up of a voxel's level, 0 outside.
     * Owned. */
    uint16_t *code; /* [padded[0] * padded[1] * padded[2]] */
    size_t pad;
    size_t padded[3];    /* n + 2 pad */
    uint32_t (*span)[2]; /* [n[1] * n[2]]: the first voxel of a row that is inside, and after the last */
    bool in_plane;
    const uint8_t *distance_mask; /* IBSI distance zones: the morphological mask [box]; not owned, NULL: the
                                     levels' own */
} ms_levels;
/* values[box], in[box]. *reason is set (and levels left empty) when there would be more than MS_MAX_LEVELS.
 * low_bound: IBSI fixed bin width starts there (NaN: at the region's minimum). */
MS_NODISCARD ms_status ms_levels_build(const size_t n[3], const double *values, const uint8_t *in,
                                       bool in_plane, const ms_feature_config *config, double low_bound,
                                       ms_levels *levels, const char **reason, ms_error *err);
void ms_levels_clear(ms_levels *levels);

/* ---- neighbours (neighbours.c) ---------------------------------------------------------------------- */

/* The 13 directions of a 3D neighbourhood (one of each opposite pair); the first 4 lie in the plane. */
extern const int ms_directions[13][3];
/* The slices a matrix is made of. */
typedef struct ms_slab {
    size_t first, count;
} ms_slab;
/* How an aggregation goes over slices and directions: `outer` matrices, each from one slab and a range of
 * directions, features averaged over those that are not empty. */
typedef struct ms_matrix_plan {
    size_t n_slabs;          /* 1, or one a slice */
    size_t n_direction_sets; /* 1, or one a direction */
    size_t directions;       /* 4 or 13 */
} ms_matrix_plan;
ms_matrix_plan ms_plan(const ms_levels *levels, ms_aggregation aggregation, bool directed);
/* Where voxel (0, j, k) lies in `code`, and how far apart the two voxels of a direction are. */
size_t ms_code_row(const ms_levels *levels, size_t j, size_t k);
ptrdiff_t ms_code_offset(const ms_levels *levels, const int direction[3]);
/* The offsets to all 26 neighbours (8 in the plane); returns how many. Slabs of single slices have neighbours
 * in the plane only, so that no other slab is ever met. */
size_t ms_neighbour_offsets(const ms_levels *levels, bool in_plane, ptrdiff_t offset[26]);
/* One of each opposite pair of directions to the neighbours at the configuration's distances, those in the
 * plane first. At distance 1 alone they are ms_directions. */
typedef struct ms_direction_list {
    int (*d)[3]; /* owned */
    size_t n, in_plane;
} ms_direction_list;
MS_NODISCARD ms_status ms_direction_list_make(const ms_feature_config *config, ms_direction_list *out,
                                              ms_error *err);
/* True unless the neighbours are those at distance 1. */
static inline bool ms_far_neighbours(const ms_feature_config *config) {
    return config->n_distances != 1 || config->distances[0] != 1;
}

/* ---- features of a matrix of grey level by size (size_features.c) ------------------------------------ */

enum {
    MS_SIZE_SMALL,
    MS_SIZE_LARGE,
    MS_SIZE_LOW,
    MS_SIZE_HIGH,
    MS_SIZE_SMALL_LOW,
    MS_SIZE_SMALL_HIGH,
    MS_SIZE_LARGE_LOW,
    MS_SIZE_LARGE_HIGH,
    MS_SIZE_GLNU,
    MS_SIZE_GLNU_NORM,
    MS_SIZE_NU,
    MS_SIZE_NU_NORM,
    MS_SIZE_PERCENTAGE,
    MS_SIZE_LEVEL_VARIANCE,
    MS_SIZE_VARIANCE,
    MS_SIZE_ENTROPY,
    MS_SIZE_ENERGY,
    MS_SIZE_FEATURES
};
/* counts[rows * columns]: how many runs, zones, ... have the grey level level[row] and the size size[column];
 * voxels: what the percentage is of. values[MS_SIZE_FEATURES]. False when the matrix is empty. */
bool ms_size_features(const double *counts, size_t rows, size_t columns, const double *level,
                      const double *size, double voxels, double *values);

/* ---- families --------------------------------------------------------------------------------------- */

/* Each fills values in the order of its catalogue rows; what is missing stays NaN and gets a reason
 * (reasons[] may stay NULL for a value that is there). */
typedef struct ms_family_input {
    const ms_feature_config *config;
    const ms_region *region;
    const double *values;    /* the image over the box */
    const uint8_t *in;       /* [box]: voxels of the intensity mask */
    const ms_levels *levels; /* or NULL */
    ms_aggregation aggregation;
    const ms_prepared *prepared;
} ms_family_input;
/* The offsets to all neighbours at the configuration's distances: both ways along each direction. *offset is
 * to be freed.
 */
MS_NODISCARD ms_status ms_neighbour_list(const ms_family_input *in, bool in_plane, ptrdiff_t **offset,
                                         size_t *n, ms_error *err);
/* What a direction counts in a merged matrix (pyradiomics' weightingNorm; 1 in IBSI's convention). */
double ms_direction_length(const ms_family_input *in, const int direction[3]);
double ms_direction_weight(const ms_family_input *in, const int direction[3]);
typedef ms_status (*ms_family_compute)(const ms_family_input *input, double *values, const char **reasons,
                                       ms_error *err);
MS_NODISCARD ms_status ms_family_firstorder(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_glcm(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_glrlm(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_glszm(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_gldzm(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_ngtdm(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_gldm(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_shape(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_shape2d(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_local(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_histogram(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_ivh(const ms_family_input *, double *, const char **, ms_error *);
MS_NODISCARD ms_status ms_family_diagnostics(const ms_family_input *, double *, const char **, ms_error *);

/* Order statistics (percentile.c). */
int ms_compare_double(const void *a, const void *b);
/* Sorts x[n] upwards; none is NaN. Equal ones keep their order (0 and -0). */
MS_NODISCARD ms_status ms_sort_doubles(double *x, size_t n, ms_error *err);
/* Linear interpolation between order statistics, at (n - 1) * fraction, as R's type 7 and numpy's default. */
double ms_percentile(const double *sorted, size_t n, double fraction);
/* All eigenvalues of a symmetric matrix a[n * n] (overwritten) into w[n], in no order (eigen.c): Householder
 * reduction to tridiagonal form, then implicit QL. MS_ENOCONV when QL does not settle. */
MS_NODISCARD ms_status ms_symmetric_eigenvalues(double *a, size_t n, double *w, ms_error *err);

/* The sheet as a tree, to add to; the caller frees it. */
struct cJSON;
MS_NODISCARD ms_status ms_feature_sheet(const ms_feature_config *config, const char *table,
                                        const ms_sheet_input *inputs, size_t n_inputs, struct cJSON **sheet,
                                        ms_error *err);

#endif
