/* model/steps.h: the steps before the network inside a model. See myosurv/model_steps.h. */
#ifndef MS_MODEL_STEPS_H
#define MS_MODEL_STEPS_H

#include "model/model.h"
#include "myosurv/model_steps.h"

#define MS_STEPS_MAX_BATCHES 10000u

/* A model's own copy. */
struct ms_steps {
    size_t n_batches, p;
    char *batch_column, **batches;     /* NULL without harmonization */
    double *centre, *divisor, *target; /* [n_batches * p] */
    char *selection_json, *harmonization_json;
};

MS_NODISCARD ms_status ms_steps_alloc(struct ms_steps **steps, size_t n_batches, size_t p, ms_error *err);
void ms_steps_free(struct ms_steps *steps);
/* Every number such that the correction of a finite value is finite for ordinary values. */
bool ms_steps_make_sense(const struct ms_steps *steps);
/* Corrects one patient's p values, which lie `stride` apart. */
void ms_steps_correct(const struct ms_steps *steps, double *x, size_t stride, size_t batch);

#endif
