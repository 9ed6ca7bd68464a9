/* model/predict.h: running trained networks over many patients.
 *
 * Patients go through in panels of MS_LANES, a panel being values[unit][MS_LANES], and panels in chunks of
 * MS_PANELS, so that a weight read from memory serves a chunk. Every sum is taken in the order of the inputs,
 * as in ms_net_forward: the same bytes, whatever the processor's vectors and the number of threads. */
#ifndef MS_MODEL_PREDICT_H
#define MS_MODEL_PREDICT_H

#include "model/model.h"
#include "model/steps.h"
#include "myosurv/model_steps.h"

#define MS_LANES 8u
#define MS_PANELS 4u
#define MS_CHUNK (MS_LANES * MS_PANELS)

/* ---- predict_layers.c -------------------------------------------------------------------------------- */

/* Room for ms_net_panels: numbers in each of its two buffers. */
size_t ms_net_panel_room(const ms_net *net);
/* Runs the chain over MS_PANELS panels, in[MS_PANELS][inputs][MS_LANES]; the result is in one of the buffers,
 * laid out in the same way. factors (may be NULL) multiply the hidden units' values: one a unit, layer after
 * layer. */
const double *ms_net_panels(const ms_net *net, const double *in, const double *factors, double *buffer_a,
                            double *buffer_b);

/* ---- predict_rows.c ---------------------------------------------------------------------------------- */

/* Where patients come from: x[n * p], or columns of a table; and the batch of each for the model's steps
 * (NULL: x has been through them, or there are none). */
typedef struct ms_patients {
    const ms_model *model;
    size_t n;
    const double *x;
    const ms_table *table;
    const size_t *columns; /* [n_features] of the table */
    const size_t *batch;   /* [n] */
} ms_patients;

/* One network to run: a member, or a member of which some neurons are left out. */
typedef struct ms_pass {
    const ms_net *net;
    const double *factors; /* see ms_net_panels */
    double centre;         /* taken off the output */
} ms_pass;

/* Gets the outputs of every pass for patients first .. first + n - 1: out[pass * MS_CHUNK + i]. Called for
 * different patients from several threads. */
typedef ms_status (*ms_take)(void *context, size_t first, size_t n, const double *out, ms_error *err);
MS_NODISCARD ms_status ms_patients_run(const ms_patients *patients, const ms_pass *passes, size_t n_passes,
                                       ms_take take, void *context, ms_error *err);
/* The Cox networks' inputs: code[n * code_size]. */
MS_NODISCARD ms_status ms_patients_encode(const ms_patients *patients, double *code, ms_error *err);
/* The members as passes, to be freed. */
MS_NODISCARD ms_status ms_member_passes(const ms_model *model, ms_pass **passes, ms_error *err);

/* ---- predict_table.c --------------------------------------------------------------------------------- */

/* Finds the columns and batches a model needs; clear afterwards. */
typedef struct ms_table_patients {
    ms_patients patients;
    size_t *columns, *batch; /* owned */
} ms_table_patients;
MS_NODISCARD ms_status ms_table_patients_find(const ms_model *model, const ms_table *table,
                                              ms_table_patients *out, ms_error *err);
void ms_table_patients_clear(ms_table_patients *patients);

/* ---- predict.c, interval.c --------------------------------------------------------------------------- */

MS_NODISCARD ms_status ms_patients_risk(const ms_patients *patients, double *risk, ms_error *err);
MS_NODISCARD ms_status ms_patients_interval(const ms_patients *patients, const ms_interval_options *options,
                                            double *lower, double *upper, ms_error *err);
/* interval_student.c: the q quantile of Student's t, INFINITY degrees of freedom: of the normal. R: qt.
 * Degrees of freedom are whole; q in (0.5, 1). */
double ms_student_quantile(double q, double freedom);
/* The step of the baseline hazard that holds at a time; n_baseline before the first. */
size_t ms_baseline_step(const ms_model *model, double time);

#endif
