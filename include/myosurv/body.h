/* myosurv/body.h: from a CT scan to the third lumbar vertebra, muscle and fat masks at it, and measurements.
 *
 * Knows nothing of files, tables or networks: it takes a volume in canonical axes (image.h) and gives masks
 * and numbers. Every doubt is a flag (a word, listed in ms_flag_words); what cannot be measured is NaN with a
 * flag that says why. Deterministic, no random numbers. */
#ifndef MYOSURV_BODY_H
#define MYOSURV_BODY_H

#include "myosurv/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A list of flag words, each once, in the order they arose. */
typedef struct ms_flags {
    size_t n;
    char words[32][32];
} ms_flags;
MS_API void ms_flags_add(ms_flags *flags, const char *word);
MS_API bool ms_flags_has(const ms_flags *flags, const char *word);
/* All words with a space between them. */
#define MS_FLAGS_TEXT (24 * 32)
MS_API void ms_flags_text(const ms_flags *flags, char text[MS_FLAGS_TEXT]);
/* Every word there is with what it means, ending with a NULL name. */
typedef struct ms_flag_word {
    const char *word, *meaning;
} ms_flag_word;
MS_API extern const ms_flag_word ms_flag_words[];

/* ---- vertebrae and the L3 level (spine_*.c, level.c) ------------------------------------------------- */

typedef struct ms_vertebra {
    char name[4];           /* "T10" ... "S1" */
    double low_mm, high_mm; /* lower and upper end plate at the body's axis, patient z */
    double centre_mm[3];    /* centre of the vertebral body, LPS */
} ms_vertebra;

typedef enum ms_level_source { MS_LEVEL_AUTO, MS_LEVEL_SLICE, MS_LEVEL_Z, MS_LEVEL_MASK } ms_level_source;

/* A vertebra that could be L3. */
typedef struct ms_level_candidate {
    size_t slice_index; /* nearest to the middle of the vertebral body */
    double z_mm;        /* of that slice's centre */
    double probability; /* that this vertebra is L3, given all landmarks; the candidates sum to 1 at most */
    char name[4];       /* its name under the best naming: "L3" for the first, "L2", "L4", ... for others */
} ms_level_candidate;

/* What one landmark alone says. */
typedef struct ms_level_evidence {
    const char *landmark; /* "ribs", "sacrum", "iliac_crests", "transverse_processes", "canal", "heights" */
    bool in_view;         /* false: nothing of it was seen, name is "" and the probabilities are NaN */
    char name[4];         /* what the vertebra called L3 is called by this landmark alone; "L3": it agrees */
    double probability;   /* that the landmark gives to that name (a small one says little) */
    double l3;            /* and to the name L3 */
} ms_level_evidence;

typedef struct ms_level_fallback {
    bool known;         /* false: no iliac crest in view, the rest is 0 */
    bool used;          /* no count was possible: the level is this one */
    size_t slice_index; /* mid-L3 as the iliac crests alone give it: their tops lie at the disc L4/L5 */
    double z_mm;
    const char *landmark; /* "iliac_crests" */
} ms_level_fallback;

typedef struct ms_level {
    size_t slice_index; /* 0 is the most caudal slice */
    double z_mm;        /* of that slice's centre, patient coordinates */
    double confidence;  /* 0 to 1: the share of scans like this one where the level is right (the manual has
                           the table); under 0.6 flagged level_uncertain */
    ms_level_source source;
    ms_vertebra vertebrae[16]; /* those in view, from the lowest up */
    size_t n_vertebrae;
    ms_level_candidate candidates[5]; /* the likeliest first; none for a level that was given */
    size_t n_candidates;
    ms_level_evidence evidence[8];
    size_t n_evidence;
    int lumbar_count; /* lumbar vertebrae under the best naming where ribs and sacrum are in view, else 0 */
    ms_level_fallback fallback;
} ms_level;

/* Finds and names the vertebrae in view and the slice through the middle of L3.
 *
 * L3 is the third vertebra below the lowest that bears ribs (the third of lumbar type); where no rib is in
 * view, the third above the sacrum, five lumbar vertebrae being taken as usual. So with 4 or 6 lumbar
 * vertebrae, or 11 or 13 pairs of ribs, the count from above decides; it is flagged whenever it shows.
 *
 * MS_EINPUT when there is no lumbar spine in view. Doubt is in confidence, candidates and flags:
 * level_uncertain (confidence under 0.6), landmarks_disagree, lumbar_count_unusual, transitional_vertebra,
 * ribs_not_in_view, sacrum_not_in_view, l3_at_edge, spine_unclear, thick_slices, level_fallback. */
MS_API MS_NODISCARD ms_status ms_level_find(const ms_volume *volume, ms_level *level, ms_flags *flags,
                                            ms_error *err);

/* ---- tissue at a level (outline.c, muscle_*.c, fat.c) ------------------------------------------------ */

typedef struct ms_tissue_options {
    double muscle_hu[2]; /* -29 150 */
    double fat_hu[2];    /* subcutaneous and intramuscular, -190 -30 */
    double vat_hu[2];    /* -150 -50 */
} ms_tissue_options;
MS_API void ms_tissue_options_default(ms_tissue_options *options);

/* What a network says of one slice. The room knows no network: who has one hands in this function. */
typedef enum ms_muscle_class {
    MS_CLASS_OTHER,
    MS_CLASS_MUSCLE, /* skeletal muscle other than psoas: the muscles' outline, fat inside it included */
    MS_CLASS_PSOAS_RIGHT,
    MS_CLASS_PSOAS_LEFT,
    MS_CLASSES
} ms_muscle_class;
typedef struct ms_muscle_network {
    /* probability[MS_CLASSES][n[0] * n[1]] of slice k on the volume's own grid, the classes of a pixel
     * summing to 1; centre_mm is the middle of the body on that slice, patient x and y. */
    ms_status (*predict)(void *context, const ms_volume *volume, size_t k, const double centre_mm[2],
                         float *probability, ms_error *err);
    void *context;
    const char *name;   /* of the model, for the results: a file's base name */
    const char *sha256; /* of the model's file */
} ms_muscle_network;

/* Labels of the second mask, muscles.nii.gz. */
typedef enum ms_part {
    MS_PART_NONE,
    MS_PART_PSOAS_RIGHT,
    MS_PART_PSOAS_LEFT,
    MS_PART_ERECTOR_RIGHT, /* erector spinae with multifidus */
    MS_PART_ERECTOR_LEFT,
    MS_PART_QUADRATUS_RIGHT, /* quadratus lumborum */
    MS_PART_QUADRATUS_LEFT,
    MS_PART_WALL, /* abdominal wall: rectus, obliques, transversus; latissimus where it is in view */
    MS_PARTS
} ms_part;

/* The middle of the body's outline on slice k (of its bounding box), patient x and y in mm: what networks are
 * trained and asked with. MS_EINPUT when there is no body on the slice. */
MS_API MS_NODISCARD ms_status ms_body_centre(const ms_volume *volume, size_t k, double centre_mm[2],
                                             ms_error *err);

/* Labels (ms_label 1 to 6) on slice k, labels[n[0] * n[1]], from this slice and its neighbours within 4 mm
 * (the vertebra: 6 mm). docs/segmentation-tissue.md has every step with its source.
 *
 * The classical way: body outline (over -300 HU, opened by 6 mm, arms cut off); the vertebra by a template of
 * body, canal and processes; the muscles' outer border and the thickness of the abdominal wall as closed
 * least-cost paths round the vertebra, the psoas as closed paths beside it, the front border of the back's
 * muscles as a path; regions by a random walker whose priors (Grady 2005) those paths give. With a network
 * its most likely classes, drawn to edges by the same walker and kept within what anatomy allows, are the
 * regions, and the classical ones their check: methods_disagree (muscle Dice under 0.90, psoas Dice under
 * 0.75 or areas over 12% apart), network_rejected (its answer cannot be: the classical labels are given),
 * network_alone (no vertebra was made out, so nothing checks it). Inside the regions the HU rule of
 * Mourtzakis et al. 2008 on the scan's own HU: muscle -29 to 150, pieces under 25 mm2 left out; fat by where
 * it lies. Skin (2 mm) is left out.
 *
 * parts[n[0] * n[1]] gets an ms_part for every pixel of labels 1 to 3, 0 elsewhere. `options`, `network` and
 * `parts` may be NULL. labels and parts are unchanged on failure.
 *
 * MS_EINPUT: no body or no vertebra on the slice. MS_EUSAGE: no such slice. What the network returned, when
 * it failed. Flags besides those above: vertebra_unclear, truncated_fov_skin, truncated_fov_muscle,
 * thin_patient_fat, little_muscle. About 0.25 s for 512 x 512; with a network 0.4 s besides its own time. */
MS_API MS_NODISCARD ms_status ms_tissue_segment(const ms_volume *volume, size_t k,
                                                const ms_tissue_options *options,
                                                const ms_muscle_network *network, uint8_t *labels,
                                                uint8_t *parts, ms_flags *flags, ms_error *err);

/* ---- measurements (measure.c) ------------------------------------------------------------------------ */

typedef struct ms_person {
    double height_m, weight_kg, age_years; /* NaN where unknown */
    char sex;                              /* 'm', 'f', or 0 */
} ms_person;

/* One row of the catalogue: the name is the key in measurements.json and the column in tables. */
typedef struct ms_measure {
    const char *name, *unit, *definition, *source;
} ms_measure;
MS_API extern const ms_measure ms_measures[];
MS_API extern const size_t ms_n_measures;

/* values[ms_n_measures] of one slice, NaN where it cannot be had (with a flag, see ms_measure_missing): areas
 * of fat when truncated_fov_skin is among the flags given, of muscle when truncated_fov_muscle is; indices by
 * height without a height; with mask_given, fat the mask has no label for; single muscles without `parts`
 * (ms_part labels of the slice). Flags raised: height_missing, muscle_missing, psoas_missing, mask_lacks_fat,
 * little_fat, area_implausible, density_implausible, psoas_asymmetric, no_outline, vertebra_unclear,
 * truncated_fov_skin. `parts`, `person` and `options` may be NULL. */
MS_API MS_NODISCARD ms_status ms_measure_slice(const ms_volume *volume, const uint8_t *labels,
                                               const uint8_t *parts, size_t k, const ms_person *person,
                                               const ms_tissue_options *options, double *values,
                                               ms_flags *flags, ms_error *err);
/* The index of a measurement by name, or ms_n_measures. */
MS_API size_t ms_measure_find(const char *name);
/* The flag that says why measurement `m` is NaN, or "not_labelled"; NULL when it is not NaN. */
MS_API const char *ms_measure_missing(size_t m, const double *values, const ms_flags *flags);

/* ---- contrast phase (contrast.c) --------------------------------------------------------------------- */

typedef enum ms_phase {
    MS_PHASE_UNKNOWN,
    MS_PHASE_PLAIN,
    MS_PHASE_ARTERIAL,
    MS_PHASE_PORTAL,
    MS_PHASE_DELAYED,
    MS_PHASES
} ms_phase;
MS_API extern const char *const ms_phase_names[MS_PHASES]; /* "unknown", "plain", "arterial", ... */
/* A phase by its name; MS_PHASES when there is none of that name. */
MS_API ms_phase ms_phase_find(const char *name);

typedef struct ms_contrast {
    ms_phase phase;
    double confidence;        /* 0 to 1; 1 when it was given, 0 when unknown */
    bool given;               /* said by the caller, not guessed */
    double aorta_hu, cava_hu; /* medians inside the vessels, NaN where none was made out */
    double kidney_hu;         /* of enhanced kidney, NaN where nothing enhances or no kidney is in view */
} ms_contrast;
/* A guess from the blood in front of the lumbar spine, from the measured slice up to L1: unenhanced blood is
 * 30 to 65 HU; in the arterial phase the aorta is far above the cava, in the portal venous phase both are
 * bright, later they are alike and lower. `header`: 1 an agent is named in the scan's header, 0 none is, -1
 * not said; a header that contradicts the picture lowers the confidence. Never fails for lack of evidence:
 * the phase is unknown then. */
MS_API MS_NODISCARD ms_status ms_contrast_guess(const ms_volume *volume, const ms_level *level, int header,
                                                ms_contrast *contrast, ms_error *err);

/* ---- the whole way (segment.c) ----------------------------------------------------------------------- */

typedef struct ms_segment_options {
    bool has_slice, has_z;
    size_t slice_index;
    double z_mm;
    const ms_mask *mask; /* a mask drawn elsewhere (labels as ms_label), or NULL: its slice is the level */
    ms_person person;
    ms_tissue_options tissue;
    const ms_muscle_network *network; /* or NULL: the classical method alone */
    double band_mm;           /* 0: the level's slice. Else every slice whose centre is within band_mm / 2 of
                                 the level's is segmented, and the measurements are averages over them */
    ms_phase phase;           /* MS_PHASE_UNKNOWN: guessed */
    const ms_scan_info *info; /* of the scan, for what is carried along (tube voltage, ...), or NULL */
} ms_segment_options;
MS_API void ms_segment_options_default(ms_segment_options *options);

typedef enum ms_method { MS_METHOD_CLASSICAL, MS_METHOD_NETWORK, MS_METHOD_MASK } ms_method;
MS_API const char *ms_method_name(ms_method method);

/* What is carried along from the scan, because it shifts the numbers; nothing that identifies anyone. */
typedef struct ms_scan_facts {
    char format[16], modality[16], kernel[65];
    double kvp, slice_thickness_mm; /* NaN where not said */
    double spacing_mm[3];
    size_t slices;
    int header_contrast; /* as ms_scan_info.contrast */
} ms_scan_facts;

typedef struct ms_segmentation {
    ms_level level;
    ms_mask mask;   /* the volume's grid; labels on the level's slice (on every slice of the band),
                       MS_LABEL_L3 through the vertebra */
    ms_mask parts;  /* the same grid, ms_part labels on the same slices */
    double *values; /* [ms_n_measures] */
    ms_flags flags;
    size_t n_slices; /* averaged over, 1 without a band */
    double band_mm;
    ms_method method;
    char model_name[128], model_sha256[65]; /* "" without a network */
    ms_contrast contrast;
    ms_scan_facts scan;
    ms_person person;
} ms_segmentation;

MS_API MS_NODISCARD ms_status ms_segment(const ms_volume *volume, const ms_segment_options *options,
                                         ms_segmentation *segmentation, ms_error *err);
MS_API void ms_segmentation_clear(ms_segmentation *segmentation);

/* ---- sarcopenia and myosteatosis definitions (definition*.c; data/definitions.json) ------------------- */

/* One rule: holds for ages in [age_from, age_to) and BMI in [bmi_from, bmi_to); open ends are infinite. */
typedef struct ms_cutoff {
    double age_from, age_to, bmi_from, bmi_to, value;
} ms_cutoff;

typedef struct ms_definition {
    char *key, *label, *source, *population;
    char *status; /* "first" (seen in the authors' own paper), "second" (in another's), "unverified", "own" */
    char *phase;  /* contrast phase of the scans it was made on: a phase's name, "mixed" or "unknown" */
    char *metric, *unit;   /* a measurement's name and unit */
    bool above, inclusive; /* positive when the metric is above (else below) the cut-off; or equal to it */
    ms_cutoff *cuts[2];    /* [0] men, [1] women; the first that holds counts */
    size_t n_cuts[2];
    double hu_range[2]; /* of the voxels it was made on, NaN where not known */
} ms_definition;
typedef struct ms_definitions {
    ms_definition *items;
    size_t n;
} ms_definitions;
/* Reads a definitions file; NULL for the one that ships. */
MS_API MS_NODISCARD ms_status ms_definitions_read(const char *path, ms_definitions *definitions,
                                                  ms_error *err);
/* Adds those of another file (NULL: the one that ships) to what is there; MS_EINPUT for a key that is there
 * already. */
MS_API MS_NODISCARD ms_status ms_definitions_add(const char *path, ms_definitions *definitions,
                                                 ms_error *err);
MS_API void ms_definitions_clear(ms_definitions *definitions);
/* The rule for a person, or NULL; *why (may be NULL) then says which of sex, age, BMI is not known or not
 * covered. */
MS_API const ms_cutoff *ms_definition_cutoff(const ms_definition *definition, const ms_person *person,
                                             const char **why);
/* 1 positive (sarcopenic), 0 negative, -1 cannot be said (metric, sex, age or BMI missing). */
MS_API int ms_definition_apply(const ms_definition *definition, double metric_value, const ms_person *person);
/* weight_kg / height_m^2, NaN where either is not known. */
MS_API double ms_person_bmi(const ms_person *person);

/* ---- norms for z-scores (norms.c; data/norms.json) ---------------------------------------------------- */

typedef struct ms_norm_band {
    char sex;                /* 'm' or 'f' */
    double age_from, age_to; /* [from, to), infinite where open */
    double mean, sd;
} ms_norm_band;
typedef struct ms_norm {
    char *key, *label, *source, *population, *phase, *status, *metric, *unit;
    char *column; /* of the z-scores in tables, followed by _ and the key: "sma_z" */
    ms_norm_band *bands;
    size_t n_bands;
} ms_norm;
typedef struct ms_norms {
    ms_norm *items;
    size_t n;
} ms_norms;
/* Reads a file of norms; NULL for the one that ships. */
MS_API MS_NODISCARD ms_status ms_norms_read(const char *path, ms_norms *norms, ms_error *err);
MS_API void ms_norms_clear(ms_norms *norms);
/* (value - mean) / SD of the band that holds for the person; NaN when there is none or the value is NaN. */
MS_API double ms_norm_z(const ms_norm *norm, double value, const ms_person *person);

/* measurements.json: l3, method, scan, flags, measurements, units, and, where they are given, which
 * definitions are positive and the z-scores. Atomically. `definitions` and `norms` may be NULL. */
MS_API MS_NODISCARD ms_status ms_segmentation_write_json(const ms_segmentation *segmentation,
                                                         const ms_definitions *definitions,
                                                         const ms_norms *norms, const char *path,
                                                         ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
