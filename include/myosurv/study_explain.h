/* myosurv/study_explain.h: explanations that need more than the model: a map of the risk over the slice, and
 * tables and figures of contributions.
 *
 * The map (occlusion: Zeiler and Fergus, ECCV 2014, section 2, with features recomputed instead of a network
 * run on pixels). A square patch of the muscle is taken away, all inputs that are made from the image are
 * computed anew with the parameters they were made with, and the fall of the risk, f(patient) - f(patient
 * without the patch), is the patch's contribution: above 0 the patch raises the risk. Patches lie on a grid
 * finer than they are; a voxel gets the mean over the patches that cover it. Units: log hazard ratio a patch,
 * or a cm2 of muscle taken away. Two ways of taking away:
 *
 *  - MS_OCCLUDE_REMOVE: the patch is taken out of the mask: there is less muscle. The rest of the image
 * stays, also what filters see of it.
 *  - MS_OCCLUDE_MEDIAN: the muscle's voxels in the patch get the median intensity of all muscle on the slice:
 *    as much muscle, without its texture there.
 *
 * It tells what the model makes of the picture, not what muscle does to a patient. A feature that depends on
 * shape changes when the mask does: MS_OCCLUDE_REMOVE shows that too, MS_OCCLUDE_MEDIAN does not. */
#ifndef MYOSURV_STUDY_EXPLAIN_H
#define MYOSURV_STUDY_EXPLAIN_H

#include "myosurv/image.h"
#include "myosurv/model_explain.h"
#include "myosurv/radiomics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the map over the slice (occlusion*.c) ------------------------------------------------------------- */

typedef enum ms_occlusion_way { MS_OCCLUDE_REMOVE, MS_OCCLUDE_MEDIAN, MS_OCCLUSION_WAYS } ms_occlusion_way;
/* "remove", "median". */
MS_API extern const char *const ms_occlusion_way_names[MS_OCCLUSION_WAYS];

typedef struct ms_occlusion_options {
    ms_occlusion_way way;
    double patch_mm;      /* side of a patch; 20 */
    double step_mm;       /* between patches; 0: a quarter of patch_mm */
    bool per_cm2;         /* contributions a cm2 of muscle taken away instead of a patch */
    const char *progress; /* label of the progress bar; NULL: "patches" */
} ms_occlusion_options;
MS_API void ms_occlusion_options_default(ms_occlusion_options *options);

/* Labels of the mask that make one region, and what stands before its features' names. */
typedef struct ms_occlusion_region {
    char prefix[32];
    uint8_t labels[8];
    size_t n_labels;
} ms_occlusion_region;
/* "sm_=1+2+3" or "1,2,3" (no prefix). MS_EUSAGE when it is something else. */
MS_API MS_NODISCARD ms_status ms_occlusion_region_parse(const char *text, ms_occlusion_region *region,
                                                        ms_error *err);

/* What the map is of. Borrowed. An input of the model is, by its name, a feature of a region (prefix + name
 * under `config`), a measurement of the slice (ms_measures), or the cell of that name in `values`. */
typedef struct ms_occlusion_request {
    const ms_model *model;
    const char *scan, *mask, *series; /* paths; series may be NULL */
    bool has_slice;                   /* else the slice with most of the regions' labels */
    size_t slice;
    const ms_feature_config *config;
    const ms_occlusion_region *regions;
    size_t n_regions;
    const ms_table *values; /* a table with the patient's other inputs, or NULL */
    size_t row;
} ms_occlusion_request;

typedef struct ms_occlusion_map {
    size_t slice;    /* of the scan */
    ms_volume image; /* that slice */
    uint8_t *labels; /* [n[0] * n[1]] the mask there */
    double *map; /* [n[0] * n[1]] contribution; NaN outside the muscle, and where no patch could be judged */
    double low, high;               /* the smallest and the largest value in the map */
    double risk;                    /* of the patient as the features of this image say */
    double cutpoint;                /* the model's */
    size_t n_patches;               /* with muscle in them */
    size_t left_out;                /* of these, those that leave nothing to measure */
    double patch_mm[2], step_mm[2]; /* as they fell on the voxels */
    ms_occlusion_way way;
    bool per_cm2;
    size_t n_image_inputs, n_other_inputs; /* of the model: recomputed; taken from `values` */
    ms_table *patches; /* a row a patch: x_mm and y_mm of its middle (LPS), muscle_cm2, risk, contribution */
    ms_geometry grid;  /* of the scan, and how it is stored */
    ms_layout layout;
} ms_occlusion_map;
/* MS_EINPUT: the scan or mask cannot be read, the slice has nothing of the regions, an input of the model is
 * neither a feature, a measurement nor in `values` (all are named), or none is made from the image.
 * MS_EUSAGE: a patch or step that is not above 0, or smaller than a voxel. Patches run side by side on the
 * threads there are. */
MS_API MS_NODISCARD ms_status ms_occlusion_run(const ms_occlusion_request *request,
                                               const ms_occlusion_options *options, ms_occlusion_map *map,
                                               ms_error *err);
MS_API void ms_occlusion_map_clear(ms_occlusion_map *map);
/* The picture: the slice with outlines, and with the map in colours (red raises the risk); title may be NULL.
 * limit: of the colours, 0: the map's largest value. PNG. */
MS_API MS_NODISCARD ms_status ms_occlusion_draw(const ms_occlusion_map *map, const char *title, double limit,
                                                const char *path, ms_error *err);
/* The map on the scan's grid as NIfTI of floats, 0 outside. */
MS_API MS_NODISCARD ms_status ms_occlusion_write_nifti(const ms_occlusion_map *map, const char *path,
                                                       ms_error *err);

/* A case of a study with the study's own model, parameters, mask and slice; `endpoint` NULL: the first.
 * MS_EINPUT: no such case or endpoint, a case that was not run, a model that was not trained. A risk that is
 * not the one its features.csv gives is MS_EINPUT too: the case should be run again. */
MS_API MS_NODISCARD ms_status ms_study_occlusion(const char *folder, const char *case_id,
                                                 const char *endpoint, const ms_occlusion_options *options,
                                                 ms_occlusion_map *map, ms_error *err);

/* ---- tables and figures of contributions (explain_summary.c) --------------------------------------------
 */

/* What is shown: each input, or each group of inputs. Borrowed. */
typedef struct ms_explain_view {
    const ms_explanation *explanation;
    const char *const *names; /* of the inputs, or of the groups */
    bool groups;
    const double *drop, *drop_sd; /* permutation importance of each, or NULL */
    double c;                     /* the model's C on these rows, NaN where not known */
} ms_explain_view;
/* name, rank, mean_abs_contribution, mean_contribution and, where there is one, permutation_drop_c and
 * permutation_sd; the largest mean absolute contribution first. */
MS_API MS_NODISCARD ms_status ms_explain_importance_table(const ms_explain_view *view, ms_table **table,
                                                          ms_error *err);
/* The `top` of them as bars, and as dots. */
MS_API MS_NODISCARD ms_status ms_explain_draw_importance(const ms_explain_view *view, size_t top,
                                                         const char *path, ms_error *err);
/* The `top` by permutation importance, with its SD. MS_EUSAGE without drop. */
MS_API MS_NODISCARD ms_status ms_explain_draw_permutation(const ms_explain_view *view, size_t top,
                                                          const char *path, ms_error *err);
MS_API MS_NODISCARD ms_status ms_explain_draw_beeswarm(const ms_explain_view *view, size_t top,
                                                       const char *path, ms_error *err);
/* One row of the explanation; `id` for the title, may be NULL. What is not among the top is one step. */
MS_API MS_NODISCARD ms_status ms_explain_draw_waterfall(const ms_explain_view *view, size_t row,
                                                        const char *id, size_t top, const char *path,
                                                        ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
