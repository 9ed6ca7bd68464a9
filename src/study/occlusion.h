/* study/occlusion.h: the parts of the map over the slice. */
#ifndef MS_STUDY_OCCLUSION_H
#define MS_STUDY_OCCLUSION_H

#include "base/base.h"
#include "myosurv/body.h"
#include "myosurv/study_explain.h"

/* Where an input of the model comes from (occlusion_inputs.c). */
typedef enum ms_input_kind { MS_INPUT_FEATURE, MS_INPUT_MEASURE, MS_INPUT_GIVEN } ms_input_kind;
typedef struct ms_input_source {
    ms_input_kind kind;
    size_t region, index; /* feature `index` of the reduced configuration; or the measurement */
    double value;         /* given */
} ms_input_source;

typedef struct ms_occlusion_inputs {
    const ms_occlusion_request *request;
    size_t p;
    ms_input_source *source;  /* [p] */
    ms_feature_config config; /* only the images and families that the model needs */
    bool *needs;              /* [n_regions] the model has features of it */
    bool measures;            /* ... or measurements */
    ms_person person;
    size_t batch; /* of the model's steps, where it has a correction by batch */
    size_t n_image, n_given;
} ms_occlusion_inputs;
MS_NODISCARD ms_status ms_occlusion_inputs_find(ms_occlusion_inputs *inputs,
                                                const ms_occlusion_request *request, const ms_layout *layout,
                                                ms_error *err);
void ms_occlusion_inputs_clear(ms_occlusion_inputs *inputs);
/* x[p] of one slice. Regions with touched[r] false keep what base[p] has; touched and base NULL: all are
 * measured. MS_EINPUT when a region is empty. */
MS_NODISCARD ms_status ms_occlusion_inputs_measure(const ms_occlusion_inputs *inputs, const ms_volume *slice,
                                                   const ms_mask *mask, const bool *touched,
                                                   const double *base, double *x, ms_error *err);
/* The model's risk of measured inputs, through its steps. */
MS_NODISCARD ms_status ms_occlusion_inputs_risk(const ms_occlusion_inputs *inputs, const double *x,
                                                double *risk, ms_error *err);
/* Labels whose voxels are taken away: those of the regions that are needed; labels 1 to 3 for measurements.
 */
void ms_occlusion_labels(const ms_occlusion_inputs *inputs, bool labels[256]);

#endif
