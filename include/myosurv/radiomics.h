/* myosurv/radiomics.h: radiomics features of a region of interest (ROI).
 *
 * A region is all voxels of a mask that carry one of the given labels. For each image asked for (the scan
 * itself, wavelet bands, Laplacian of Gaussian, ...) the room computes feature families (first order,
 * co-occurrence, run length, ...). Two sets of conventions exist side by side and are never mixed in one
 * configuration:
 *
 *  - MS_CONVENTION_PYRADIOMICS: definitions and names of pyradiomics 3 (van Griethuysen et al., Cancer Res
 * 2017; 77(21):e104), such as `original_glcm_Contrast`;
 *  - MS_CONVENTION_IBSI: definitions of the Image Biomarker Standardisation Initiative's reference manual
 *    (Zwanenburg et al., Radiology 2020;295:328), named by the tags of its reference tables, such as
 *    `cm_contrast_3D_avg`.
 * docs/features.md says where the two differ.
 *
 * The columns depend on the configuration alone, never on the image: a feature that cannot be computed is NaN
 * with a word that says why (ms_feature_reasons). All sums are in double, in a fixed order: the same bytes
 * with 1 or N threads. Memory and time are linear in the voxels of the region's bounding box plus the
 * filters' support. Every function may be called from several threads at once on different objects. */
#ifndef MYOSURV_RADIOMICS_H
#define MYOSURV_RADIOMICS_H

#include "myosurv/image.h"
#include "myosurv/radiomics_filters.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what there is ---------------------------------------------------------------------------------- */

typedef enum ms_feature_convention { MS_CONVENTION_PYRADIOMICS, MS_CONVENTION_IBSI } ms_feature_convention;

/* Families, as bits of ms_feature_config.families. */
typedef enum ms_feature_family {
    MS_FAMILY_SHAPE = 1 << 0, /* of a region of several slices; IBSI morphology */
    MS_FAMILY_FIRSTORDER = 1 << 1,
    MS_FAMILY_GLCM = 1 << 2,  /* grey level co-occurrence */
    MS_FAMILY_GLRLM = 1 << 3, /* grey level run length */
    MS_FAMILY_GLSZM = 1 << 4, /* grey level size zone */
    MS_FAMILY_NGTDM = 1 << 5, /* neighbourhood grey tone difference */
    MS_FAMILY_GLDM = 1 << 6,  /* grey level dependence; IBSI: neighbouring grey level dependence (NGLDM) */
    MS_FAMILY_GLDZM = 1 << 7, /* grey level distance zone, IBSI only */
    MS_FAMILY_LOCAL = 1 << 8, /* local intensity, IBSI only */
    MS_FAMILY_HISTOGRAM = 1 << 9,   /* intensity histogram, IBSI only */
    MS_FAMILY_IVH = 1 << 10,        /* intensity-volume histogram, IBSI only */
    MS_FAMILY_SHAPE2D = 1 << 11,    /* of a region within one slice; pyradiomics only */
    MS_FAMILY_DIAGNOSTICS = 1 << 12 /* sizes and intensities of image and mask at each step, IBSI only */
} ms_feature_family;

/* Images the families are computed on, as bits of ms_feature_config.images. Formulas: docs/features.md. */
typedef enum ms_feature_image {
    MS_IMAGE_FILTER = 1 << 16, /* one of the configuration's filters; no bit of `images` */
    MS_IMAGE_ORIGINAL = 1 << 0,
    MS_IMAGE_WAVELET = 1 << 1, /* 8 bands: 3D LLL..HHH of one level; 2D LL LH HL HH of two levels */
    MS_IMAGE_LOG = 1 << 2,     /* Laplacian of Gaussian, one image a sigma */
    MS_IMAGE_SQUARE = 1 << 3,
    MS_IMAGE_SQUAREROOT = 1 << 4,
    MS_IMAGE_LOGARITHM = 1 << 5,
    MS_IMAGE_EXPONENTIAL = 1 << 6,
    MS_IMAGE_GRADIENT = 1 << 7,
    MS_IMAGE_LBP2D = 1 << 8, /* local binary patterns of each slice */
    MS_IMAGE_LBP3D = 1 << 9  /* ... in space: an image a level, and the kurtosis */
} ms_feature_image;

/* One row of the catalogue, from which output columns, help and docs come: one feature with its name in each
 * convention; a convention that has no such feature (or defines it otherwise) has "" there. */
typedef struct ms_feature_entry {
    ms_feature_family family;
    const char *family_name; /* as it stands in pyradiomics' column names: "glcm" */
    const char *pyradiomics; /* "Contrast" */
    const char *ibsi_tag;    /* the tag of IBSI's reference tables without its aggregation, "cm_contrast" */
    const char *ibsi_code;   /* "ACUI" */
    const char *unit;        /* "HU", "HU2", "mm2", "1" (none), "level" (of the discretised image), ... */
    unsigned dimensions;     /* 2: a region within one slice only; 3: several slices only; 0: both */
} ms_feature_entry;
MS_API extern const ms_feature_entry ms_feature_catalogue[];
MS_API extern const size_t ms_n_feature_catalogue;

/* Every reason word with what it means, ending with a NULL word. */
typedef struct ms_feature_reason {
    const char *word, *meaning;
} ms_feature_reason;
MS_API extern const ms_feature_reason ms_feature_reasons[];

/* ---- what to compute -------------------------------------------------------------------------------- */

#define MS_FEATURE_MAX_SIGMAS 8
#define MS_FEATURE_MAX_DISTANCES 8
#define MS_FEATURE_LARGEST_DISTANCE 20
#define MS_FEATURE_MAX_ROWS 400 /* at least the rows of the catalogue */

#define MS_LBP_MAX_SAMPLES 32
#define MS_LBP_MAX_LEVELS 4

typedef enum ms_lbp_method { MS_LBP_UNIFORM, MS_LBP_DEFAULT, MS_LBP_ROR } ms_lbp_method;
typedef enum ms_interpolation {
    MS_INTERPOLATE_LINEAR,
    MS_INTERPOLATE_SPLINE, /* cubic B-spline */
    MS_INTERPOLATE_NEAREST
} ms_interpolation;
/* What resegment_hu is counted in. */
typedef enum ms_resegment_mode {
    MS_RESEGMENT_ABSOLUTE,
    MS_RESEGMENT_RELATIVE, /* parts of the region's maximum */
    MS_RESEGMENT_SIGMA     /* standard deviations from the region's mean */
} ms_resegment_mode;
/* How the directions of GLCM and GLRLM are put together in pyradiomics' convention (weightingNorm). */
typedef enum ms_direction_weights {
    MS_WEIGHTS_AVERAGE,  /* features of each direction, averaged */
    MS_WEIGHTS_EQUAL,    /* one matrix, every direction alike ("no_weighting") */
    MS_WEIGHTS_INFINITY, /* one matrix, weights by the neighbour's distance d in mm, in this norm: exp(-d^2)
                            in GLCM, d in GLRLM (so pyradiomics 3.0.1) */
    MS_WEIGHTS_EUCLIDEAN,
    MS_WEIGHTS_MANHATTAN
} ms_direction_weights;

/* Plain numbers: copy it freely. Fill it with a preset first, then change what you want. */
typedef struct ms_feature_config {
    char preset[16]; /* what it was made from; for messages */
    ms_feature_convention convention;
    unsigned families; /* ms_feature_family bits */
    unsigned images;   /* ms_feature_image bits; IBSI: the original only */
    double log_sigma_mm[MS_FEATURE_MAX_SIGMAS];
    size_t n_log_sigma;
    ms_feature_filter filters[MS_FEATURE_MAX_FILTERS]; /* an image each, after the others; both conventions */
    size_t n_filters;
    double bin_width; /* fixed bin width in HU (or the filtered image's unit); used when bin_count is 0 */
    size_t bin_count; /* fixed number of bins from the region's minimum to its maximum; 0: use bin_width */
    bool force2d;     /* slice by slice: filters and neighbours in the plane only */
    double spacing_mm[3]; /* resample to this first; 0 leaves an axis as it is. For the study of one slice
                             leave spacing_mm[2] at 0 */
    double
        resegment_hu[2]; /* keep only voxels within [low, high]; NaN: no bound. IBSI: intensity mask only */
    double resegment_sigma; /* keep voxels within the mean +/- this many standard deviations; 0: off */
    double array_shift;     /* added to intensities in Energy, TotalEnergy and RootMeanSquared */
    double ngldm_alpha;     /* largest grey level difference that counts as dependent; 0 */
    uint8_t distances[MS_FEATURE_MAX_DISTANCES]; /* Chebyshev distances, in voxels, of neighbours in GLCM,
                                                    NGTDM and */
    size_t n_distances;                          /* GLDM/NGLDM; 1 alone */
    double ivh_bin_width; /* IBSI intensity-volume histogram: step in HU, 0 for 1 HU; used when ivh_bin_count
                             is 0 */
    size_t ivh_bin_count; /* ... or this many levels from minimum to maximum */
    bool round_resampled; /* resampled intensities are rounded to whole HU */
    ms_interpolation interpolation; /* of the image; the mask follows the grid below */
    bool as_pyradiomics; /* everything as pyradiomics 3.0.1 does it, where its way is not the better one too:
                            - axes as they are stored: ms_feature_config_stored says how;
                            - resampling: the grids share the first voxel's corner, the image is cut to the
                              region and pad_voxels around it, the mask goes to its nearest voxel, an image of
                              whole numbers stays whole (else as IBSI: the grids share their centre, the mask
                              is linear with a threshold of one half);
                            - filters but the wavelet are 3D even with force2d or for a region of one slice;
                            - the table of its mesh, which leaves gaps */
    bool reversed[3];    /* the canonical axis runs the other way than in the file */
    uint8_t order[3];    /* the canonical axis that each axis of the file is; all 0: 0, 1, 2 */
    double stored_origin_mm[3]; /* of the file's axes, along each; decides only which way a place half-way
                                   between two voxels falls */
    size_t pad_voxels;          /* 5 */
    bool crop_first;            /* cut the image to the region and pad_voxels before anything else */
    bool normalize;             /* intensities less the image's mean, over its standard deviation, ... */
    double normalize_scale;     /* ... times this */
    double normalize_outliers;  /* ... before which what lies farther than this many deviations is drawn in;
                                   0: off */
    ms_resegment_mode resegment_mode;
    bool resegment_shape; /* shape is of the resegmented mask too */
    ms_direction_weights weights;
    double image_bin_width[16];        /* bin width or count of one kind of image (the number of its bit in */
    size_t image_bin_count[16];        /* ms_feature_image), instead of the general one; 0: none */
    double lbp2d_radius, lbp3d_radius; /* voxels; 1 */
    size_t lbp2d_samples;              /* 8 */
    ms_lbp_method lbp2d_method;
    size_t lbp3d_levels, lbp3d_subdivisions; /* 2 and 1: of the sphere that samples lie on */
    uint8_t label;                           /* which label the file names; 0: none, the caller chooses */
    uint8_t omit[MS_FEATURE_MAX_ROWS];       /* 1: the feature of this row of the catalogue has no column */
} ms_feature_config;

/* Presets: "liu2024" (1343 features of a slice: 17 images x 79), "liu2024-3d" (the same in 3D), "default"
 * (shape and all textures of the original image), "pyradiomics" (pyradiomics' own defaults), "ibsi" (all IBSI
 * families, 3D). An unknown name is MS_EUSAGE with the list. */
MS_API MS_NODISCARD ms_status ms_feature_config_preset(ms_feature_config *config, const char *preset,
                                                       ms_error *err);
/* The names of the presets, ending with NULL, and one line on each. */
MS_API extern const char *const ms_feature_presets[];
MS_API const char *ms_feature_preset_summary(const char *preset);
/* Reads a JSON configuration: {"preset": "default", "bin_width": 25, "images": ["original", "log"], ...}; the
 * preset is the start (default when absent), other keys change it; docs/features.md lists them. MS_EINPUT
 * names the key. A file whose name ends with .yaml or .yml is a parameter file of pyradiomics 3. */
MS_API MS_NODISCARD ms_status ms_feature_config_read(const char *path, ms_feature_config *config,
                                                     ms_error *err);
/* MS_EUSAGE when the numbers make no sense together (no family, negative width, ...). Called by the others.
 */
MS_API MS_NODISCARD ms_status ms_feature_config_check(const ms_feature_config *config, ms_error *err);

/* With as_pyradiomics: how the scan lies in its file, for axes as they are stored. Else nothing. */
MS_API void ms_feature_config_stored(ms_feature_config *config, const ms_layout *layout);

/* ---- computing -------------------------------------------------------------------------------------- */

/* n features: names[n] (owned), values[n] (NaN where missing), reasons[n] (NULL, or a word of
 * ms_feature_reasons). */
typedef struct ms_feature_set {
    size_t n;
    char **names;
    double *values;
    const char **reasons; /* static text */
} ms_feature_set;
MS_API void ms_feature_set_clear(ms_feature_set *set);

/* The column names a configuration gives, without an image: always the same, in the same order. values are
 * NaN and reasons "not_computed". Free with ms_feature_set_clear. */
MS_API MS_NODISCARD ms_status ms_feature_names(const ms_feature_config *config, ms_feature_set *set,
                                               ms_error *err);

/* Features of the region of all voxels whose mask value is one of labels[n_labels]. The volume is in HU and
 * mm; the mask must have the volume's geometry. A region within one slice is taken as 2D. MS_EINPUT: another
 * geometry, no voxel with these labels, voxels that are NaN or infinite inside the region or the filters'
 * support, a discretisation with more than 4096 grey levels. MS_EUSAGE: a configuration that makes no sense.
 * MS_ERESOURCE: out of memory. One voxel or one grey level is no error: what has a defined value there gets
 * it (docs/features.md), the rest is missing with its reason. */
MS_API MS_NODISCARD ms_status ms_features_extract(const ms_volume *volume, const ms_mask *mask,
                                                  const uint8_t *labels, size_t n_labels,
                                                  const ms_feature_config *config, ms_feature_set *set,
                                                  ms_error *err);

/* ---- the parameter sheet ------------------------------------------------------------------------------ */

/* A file that went into a table: no name, which may be a patient's. */
typedef struct ms_sheet_input {
    char role[32]; /* "image", "mask", ... */
    char sha256[65];
} ms_sheet_input;

/* What a table of features was made with, as JSON for a paper's supplement: every parameter of preprocessing,
 * discretisation, filters and features, the version, the hashes of the inputs, and which items of the
 * checklists CLEAR and METRICS these answer. `table` is the table's own name (no folder). Written
 * atomically; "-" is standard output. */
MS_API MS_NODISCARD ms_status ms_feature_sheet_write(const ms_feature_config *config, const char *table,
                                                     const ms_sheet_input *inputs, size_t n_inputs,
                                                     const char *path, ms_error *err);
/* The same with the files' hashes taken here (a folder's: of all its files), to `sheet`, or beside `table`
 * when that is NULL. `table` may have folders, which do not appear, or be NULL with a sheet. */
typedef struct ms_sheet_file {
    const char *role, *path;
} ms_sheet_file;
MS_API MS_NODISCARD ms_status ms_feature_sheet_files(const ms_feature_config *config, const char *table,
                                                     const char *sheet, const ms_sheet_file *files, size_t n,
                                                     ms_error *err);
/* The sheet's name beside a table: OUT.csv -> OUT.parameters.json. False when it does not fit. */
MS_API bool ms_feature_sheet_path(const char *table, char *path, size_t size);

/* ---- checking against references (myosurv selftest) ------------------------------------------------- */

typedef enum ms_reference_outcome {
    MS_REFERENCE_PASSED,
    MS_REFERENCE_FAILED,
    MS_REFERENCE_NOT_COMPUTED
} ms_reference_outcome;

/* One reference value and ours. */
typedef struct ms_reference_row {
    char *config, *family, *aggregation, *tag, *code; /* owned */
    double reference, tolerance, ours;                /* NaN where there is none */
    ms_reference_outcome outcome;
} ms_reference_row;
typedef struct ms_reference_report {
    ms_reference_row *rows;
    size_t n;
    size_t passed, failed, not_computed;
    size_t no_reference; /* rows of the tables that give no value to compare with; not in rows */
} ms_reference_report;
MS_API void ms_reference_report_clear(ms_reference_report *report);

/* Compares every value of `folder`/ibsi1_reference_values.csv with ours, computed from the phantoms in
 * `folder`/phantoms. A value passes when |ours - reference| <= tolerance, after rounding ours to the digits
 * the reference is printed with (the manual gives 3 significant digits, and tolerance 0 for exact features).
 * What we do not compute is not_computed, never passed. MS_EINPUT when the table or a phantom cannot be read.
 */
MS_API MS_NODISCARD ms_status ms_ibsi_compare(const char *folder, ms_reference_report *report, ms_error *err);

/* The quick built-in checks: a small image whose features are known (IBSI digital phantom, CC BY 4.0).
 * *failed counts the checks that did not pass, *run those that ran; each failure is logged. */
MS_API MS_NODISCARD ms_status ms_radiomics_selftest(size_t *run, size_t *failed, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
