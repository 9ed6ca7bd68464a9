/* myosurv/phantom.h: synthetic CT of the trunk with a known truth, and synthetic cohorts.
 *
 * A patient is a set of parameters (sex, size, muscle, fat, spine, pose) and a scan is another set (grid,
 * kernel, noise, contrast). From them the room draws an anatomically laid out trunk from about T8 to S3 and
 * images it: partial volume, blur and noise. What was drawn is known, so an algorithm can be checked against
 * it. It is for tests and for learning the tool; nothing here is a model of disease, and everything written
 * says that it is synthetic.
 *
 * Two frames are used. The scan's is DICOM patient coordinates (LPS, mm), as in myosurv/image.h. Parameters
 * that place things ("above mid-L3") count from the middle of the L3 body along the table's axis.
 *
 * Drawing is deterministic: the same parameters and grid give the same bytes with any number of threads. All
 * functions may be called from several threads on different objects. */
#ifndef MYOSURV_PHANTOM_H
#define MYOSURV_PHANTOM_H

#include "myosurv/base.h"
#include "myosurv/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ms_phantom_kernel { MS_PHANTOM_SOFT = 0, MS_PHANTOM_SHARP = 1 } ms_phantom_kernel;
typedef enum ms_phantom_phase {
    MS_PHANTOM_PLAIN = 0,
    MS_PHANTOM_ARTERIAL = 1,
    MS_PHANTOM_PORTAL = 2
} ms_phantom_phase;

/* Every parameter is one double, so that ms_phantom_param_table can list them all; whole-numbered ones hold
 * whole numbers. Ranges are those ms_phantom_make accepts. */
/* Castellvi, Goldstein and Chan 1984 describe the joined processes (types III and IV). */
typedef enum ms_phantom_transitional {
    MS_PHANTOM_SACRALISED = 1, /* the lowest lumbar vertebra has wings that are one bone with the sacrum */
    MS_PHANTOM_LUMBARISED = 2, /* S1 has a disc under it, an arch of its own and small wings */
    MS_PHANTOM_SACRALISED_RIGHT = 3
} ms_phantom_transitional;

typedef struct ms_phantom_params {
    /* the patient */
    double sex;              /* 0 woman, 1 man */
    double age_years;        /* 18 to 95 (aortic plaque, bone density) */
    double height_m;         /* 1.40 to 2.05: scales the skeleton */
    double muscle_amount;    /* muscle area at L3 relative to the norm of the sex and height, 0.4 to 1.6 */
    double psoas_amount;     /* psoas area relative to what muscle_amount gives, 0.6 to 1.5 */
    double muscle_hu;        /* lean muscle without contrast, 35 to 65 HU */
    double fat_infiltration; /* volume fraction of fat within muscle, 0 to 0.35: erector spinae carry 1.25 of
                                it, quadratus lumborum 1, the abdominal wall 0.85, psoas 0.7 */
    double infiltration_scale_mm; /* length scale (Gaussian SD) of the fat's pattern in the muscle, 1.5 to 12
                                     mm */
    double subcutaneous_mm;       /* mean thickness of subcutaneous fat at L3, 3 to 60 mm */
    double visceral;              /* visceral fat, 0 (hardly any) to 1 (very much) */
    double bone_hu;               /* trabecular bone, 60 to 280 HU */
    double lordosis_deg;          /* angle between the upper ends of L1 and S1, 15 to 75 */
    double scoliosis_deg;         /* lumbar Cobb angle, -30 to 30 (positive: convex to the left) */
    double bowel_gas;             /* share of bowel loops with gas, 0 to 1 */
    double oral_contrast;         /* share of bowel loops with positive contrast, 0 to 1 */
    /* how the patient lies */
    double shift_x_mm, shift_y_mm; /* -60 to 60: body centre against the isocentre, to the left and down */
    double rotation_deg;           /* -15 to 15: roll about the table's axis */
    double z_offset_mm;            /* -2000 to 2000: DICOM z of the middle of the L3 body */
    /* the scan */
    double slice_mm;          /* slice thickness, 0.6 to 10 mm */
    double spacing_z_mm;      /* distance between slices, 0.6 to 10 mm */
    double top_mm, bottom_mm; /* 20 to 230 / 20 to 200: range scanned above and below mid-L3, for a height of
                                 1.74 m (scaled with the patient) */
    double matrix;            /* 64 to 768 pixels a side */
    double fov_mm;            /* 200 to 600: field of view; less than the body cuts it off */
    double padding;           /* 1: voxels outside the circle of the field are -1024 */
    double kernel;            /* ms_phantom_kernel */
    double noise_hu;          /* SD of noise in the middle of a 300 mm wide water-like body at 5 mm, soft
                                 kernel; 0 to 60 */
    double phase;             /* ms_phantom_phase */
    double table;             /* 1 draws the table, 0 does not */
    /* the patient's spine, where it is not as usual */
    double ribs_pairs;      /* 11, 12 or 13: with 11 the twelfth thoracic vertebra bears none, with 13 the
                               first lumbar bears short ones */
    double lumbar_count;    /* 4, 5 or 6 vertebrae between the twelfth thoracic and the sacrum */
    double transitional;    /* ms_phantom_transitional */
    double last_rib;        /* length of the lowest pair against the usual, 0.3 to 1.3 */
    double vertebra_height; /* heights of bodies and discs against the usual for the body's height, 0.8 to 1.2
                             */
    double kyphosis_deg;    /* thoracolumbar kyphosis, apex at T12, 0 to 45 */
    double fracture;        /* share of its height that the body over L2 has lost, 0 to 0.6 */
    double osteophytes;     /* bony bridges over lumbar discs, 0 (none) to 1 (nearly all) */
    double implants;        /* 0 to 3: discs over the sacrum fused, with pedicle screws and rods of metal */
} ms_phantom_params;

typedef struct ms_phantom_param_info {
    const char *name; /* the member's name: column of truth tables, option of the command (with dashes) */
    const char *unit; /* "" when a pure number */
    double lowest, highest, usual; /* accepted range; value of ms_phantom_params_default */
    const char *help;
    size_t offset; /* of the double in ms_phantom_params */
} ms_phantom_param_info;

/* One row a member, in the order above. */
MS_API const ms_phantom_param_info *ms_phantom_param_table(size_t *n);
/* A man of 60 years and middle size, plain CT, 256 x 256, 5 mm slices, soft kernel. */
MS_API void ms_phantom_params_default(ms_phantom_params *params);
/* A patient and a scan drawn from `seed`: a mixed hospital population (62% men, age 60 +- 11, muscle_amount 1
 * +- 0.16, ...; src/phantom/draw.c has every distribution). The matrix stays 256; slices of 3, 5 or 7 mm,
 * kernel, noise, phase and field vary; 8% of fields cut the body off. Unusual spines come with small
 * probabilities (src/phantom/draw.c): 11 or 13 pairs of ribs 2% each, 4 or 6 lumbar vertebrae 2% each,
 * transitional 6%, short last ribs 15%, kyphosis 10%, fracture 5%, osteophytes 25%, implants 3%. MS_ERESOURCE
 * only. */
MS_API MS_NODISCARD ms_status ms_phantom_params_random(uint64_t seed, ms_phantom_params *params,
                                                       ms_error *err);
/* MS_EINPUT naming the first parameter outside its range. */
MS_API MS_NODISCARD ms_status ms_phantom_params_check(const ms_phantom_params *params, ms_error *err);

/* ---- the truth -------------------------------------------------------------------------------------- */

/* T10, T11, T12, L1, L2, L3, then the other lumbar vertebrae and S1: 8 to 10 of them. T12 is the lowest that
 * bears ribs; L1, L2, ... those of lumbar type under it, L3 the third: with 11 pairs of ribs, five lumbar
 * vertebrae and the twelfth thoracic there are L1 to L6. */
#define MS_PHANTOM_VERTEBRAE 10

typedef struct ms_phantom_vertebra {
    char name[4];
    double centre_mm[3];      /* middle of the body, LPS of the scan */
    double top_mm, bottom_mm; /* DICOM z of the upper and lower end plate at the body's axis */
} ms_phantom_vertebra;

/* All areas are of the mask's voxels in the mid-L3 slice: label area = voxels x pixel area. Densities are
 * means of the scan without noise. */
typedef struct ms_phantom_truth {
    ms_phantom_vertebra vertebra[MS_PHANTOM_VERTEBRAE]; /* from above; name "" and NaN past n_vertebrae */
    size_t n_vertebrae;
    size_t l3_slice_index; /* slice of the volume nearest to the middle of the L3 body; 0 is lowest */
    double l3_z_mm;        /* DICOM z of the middle of the L3 body (not of the slice) */
    double area_cm2[8];    /* by ms_label */
    double sma_cm2;        /* labels 1 to 3 */
    double psoas_cm2;      /* labels 2 and 3 */
    double smd_hu;         /* mean of labels 1 to 3 without noise */
    double psoas_hu;       /* mean of labels 2 and 3 without noise */
    double sat_cm2, vat_cm2, imat_cm2;
    double muscle_sd_hu; /* SD over labels 1 to 3 without noise: the infiltration's texture */
    bool complete;       /* the field of view holds the whole body at mid-L3; if not, the areas are those
                            inside it */
} ms_phantom_truth;

/* Draws and images one patient. *volume: canonical axes, HU (whole numbers, -1024 to 3071). *mask: the same
 * grid; it holds labels 1 to 6 on every slice whose centre lies within the L3 body at its axis, and label 7
 * wherever L3's bone is; other slices are 0. A voxel gets the label of the compartment most of it lies in,
 * provided that its value without noise fits: -29 to 150 HU for 1 to 3; -190 to -30 for 4 and for 6 (fat
 * within the outlines of muscles and between them inside the outer fascia); -150 to -50 for 5; skin, bowel
 * and bone marrow never count. `seed` gives the patterns (bowel, infiltration, noise). Any of volume, mask,
 * truth may be NULL. Errors: as ms_phantom_params_check; MS_ERESOURCE. The caller owns volume and mask. */
MS_API MS_NODISCARD ms_status ms_phantom_make(const ms_phantom_params *params, uint64_t seed,
                                              ms_volume *volume, ms_mask *mask, ms_phantom_truth *truth,
                                              ms_error *err);

/* Writes the volume as NIfTI (path) or as a DICOM series (a folder), marked as synthetic in the description
 * fields. */
MS_API MS_NODISCARD ms_status ms_phantom_write(const ms_phantom_params *params, uint64_t seed,
                                               const ms_volume *volume, bool dicom, const char *path,
                                               ms_error *err);
/* Truth table of one or more phantoms: case_id, synthetic (always "yes"), l3_slice_index, l3_z_mm, sma_cm2,
 * psoas_cm2, smd_hu, psoas_hu, sat_cm2, vat_cm2, imat_cm2, muscle_sd_hu, complete, T10_z_mm ... L6_z_mm,
 * S1_z_mm (empty where there is no such vertebra), and
 * every parameter by its name. Adds the columns when the table has none. */
MS_API MS_NODISCARD ms_status ms_phantom_truth_row(ms_table *table, const char *case_id, uint64_t seed,
                                                   const ms_phantom_params *params,
                                                   const ms_phantom_truth *truth, ms_error *err);

/* ---- cohorts ---------------------------------------------------------------------------------------- */

typedef enum ms_phantom_format { MS_PHANTOM_MIXED = 0, MS_PHANTOM_NIFTI, MS_PHANTOM_DICOM } ms_phantom_format;

typedef struct ms_phantom_cohort_options {
    size_t patients; /* 3 to 100000 */
    uint64_t seed;
    ms_phantom_format format;
    double slice_mm; /* 0: drawn (mostly 5 mm) */
    double matrix;   /* 0: 256 */
} ms_phantom_cohort_options;

/* Coefficients of the true log hazard, per standard deviation of the standardised truth:
 *   muscle   = (muscle_amount - mean of the sex) / SD
 *   density  = ((1 - f) muscle_hu - 100 f, f = fat_infiltration; minus mean) / SD: expected HU of muscle,
 * plain texture  = (log infiltration_scale_mm - mean) / SD age      = (age - 60) / 10, stage = stage - 2
 * (stage 1 to 4) Means and SDs are constants of the generator (ms_phantom_standardise), not of the sample.
 * Overall survival is Weibull: S(t) = exp(-(t / scale)^shape exp(log_hazard)). */
typedef struct ms_phantom_effects {
    double muscle, density, texture, age, stage;
    double shape, scale_days;
} ms_phantom_effects;
MS_API ms_phantom_effects ms_phantom_effects_os(void);
MS_API ms_phantom_effects ms_phantom_effects_rfs(void);
/* z = {muscle, density, texture} as above. */
MS_API void ms_phantom_standardise(const ms_phantom_params *params, double z[3]);

typedef struct ms_phantom_patient {
    char case_id[32];
    uint64_t seed; /* for ms_phantom_make */
    ms_phantom_params params;
    bool dicom;
    const char *cohort, *split; /* "main", "external1", "external2"; "training", "internal", "external" */
    double weight_kg, albumin_g_l, afp_ng_ml, bilirubin_umol_l, tumour_cm;
    int stage;
    double log_hazard_os, log_hazard_rfs; /* rfs: of recurrence or death, on the scale of recurrence */
    double os_days, rfs_days;             /* observed: event or censoring, whole days, at least 1 */
    int os_event, rfs_event;              /* rfs_event: recurrence or death */
} ms_phantom_patient;

/* Draws the patients without making scans. patients[options->patients]. */
MS_API MS_NODISCARD ms_status ms_phantom_cohort_draw(const ms_phantom_cohort_options *options,
                                                     ms_phantom_patient *patients, ms_error *err);
/* The clinical table: case_id, scan, mask, l3_slice, height_m, weight_kg, sex, age_years, cohort, split,
 * os_days, os_event, rfs_days, rfs_event, stage, albumin_g_l, bilirubin_umol_l, afp_ng_ml, tumour_cm,
 * synthetic. */
MS_API MS_NODISCARD ms_status ms_phantom_cohort_table(const ms_phantom_patient *patients, size_t n,
                                                      ms_table **table, ms_error *err);
/* Makes a whole folder: scans/, cohort.csv, truth.csv, README.txt. The folder must not exist or be empty. The
 * tables are written last. Stops with MS_ESTOPPED when asked to. */
MS_API MS_NODISCARD ms_status ms_phantom_cohort_make(const ms_phantom_cohort_options *options,
                                                     const char *dir, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
