/* myosurv/model_steps.h: what was done to the columns before the network, kept in the model; and how sure a
 * prediction is.
 *
 * A model may carry steps that were fitted on its training rows before the network was: which columns were
 * chosen, and a correction of each scanner's (batch's) columns. Prediction from a table applies them as they
 * are; the networks see what they saw in training. The steps themselves are fitted elsewhere
 * (myosurv/study_train.h: the filters of `select`, ComBat). */
#ifndef MYOSURV_MODEL_STEPS_H
#define MYOSURV_MODEL_STEPS_H

#include "myosurv/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- steps ------------------------------------------------------------------------------------------- */

/* For input j (of ms_model_features) of a row of batch b: x -> (x - centre[b * p + j]) / divisor[b * p + j]
 * + target[b * p + j]. ComBat with its covariates at their mean is of this form: centre = mean + sd gamma,
 * divisor = sqrt(delta), target = mean. Identity: 0, 1, 0. */
typedef struct ms_model_steps {
    const char *batch_column;   /* the table's column that names the batch; NULL: nothing is corrected */
    const char *const *batches; /* [n_batches] its values, different ones */
    size_t n_batches;
    size_t p;                                /* the model's inputs */
    const double *centre, *divisor, *target; /* [n_batches * p], finite; divisor above 0 */
    /* What was done, as JSON objects: settings, numbers of columns, hashes. Kept in the model file word for
     * word and shown by ms_model_describe; NULL: no such step. Prediction does not look at them. */
    const char *selection_json, *harmonization_json;
} ms_model_steps;

/* Puts a copy of the steps into a model that was trained on inputs they had been applied to. MS_EUSAGE when p
 * is not the model's or it has steps; MS_EINPUT for a number or a text as said above. */
MS_API MS_NODISCARD ms_status ms_model_set_steps(ms_model *model, const ms_model_steps *steps, ms_error *err);
/* The model's own; all NULL and 0 without steps. Valid as long as the model. */
MS_API void ms_model_get_steps(const ms_model *model, ms_model_steps *steps);
/* Applies the correction to x[n * p] in place; batch[n] are numbers below n_batches. ms_model_predict and
 * the like, which take an array, need what comes out of this; ms_model_predict_table does it itself. */
MS_API MS_NODISCARD ms_status ms_model_steps_apply(const ms_model_steps *steps, double *x, size_t n,
                                                   const size_t *batch, ms_error *err);
/* Each row's batch number, from the table's column steps->batch_column; batch has ms_table_rows places.
 * MS_EINPUT: the column is not there, a cell is empty, or names a batch that training had no rows of (with
 * the known ones): nothing is known of that scanner, and no guess is made. */
MS_API MS_NODISCARD ms_status ms_model_steps_batches(const ms_model_steps *steps, const ms_table *table,
                                                     size_t *batch, ms_error *err);

/* ---- what is in a model, as JSON --------------------------------------------------------------------- */

/* Writes what a model file holds, but for the weights: version, seed, hash of the training data, inputs with
 * their medians, centres and scales, steps, settings, layers, cut-point, C. Path "-" is standard output. */
MS_API MS_NODISCARD ms_status ms_model_describe(const ms_model *model, const char *path, ms_error *err);

/* ---- intervals --------------------------------------------------------------------------------------- */

typedef enum ms_interval_method {
    /* The networks of the ensemble held back different parts of the training rows. With G parts, and f_g the
     * mean of the networks that had held back part g, the variance of the risk f is the delete-a-group
     * jackknife's, (G - 1) / (groups used) * sum (f_g - mean f)^2 (Shao and Tu, The Jackknife and Bootstrap,
     * 1995, 2.3), and the interval f +- t sqrt(variance) with t of (groups used - 1) degrees of freedom.
     * Where no rows were held back the networks differ by initial weights only, and the interval is f +- t SD
     * / sqrt(networks). */
    MS_INTERVAL_ENSEMBLE,
    /* Monte-Carlo dropout (Gal and Ghahramani, ICML 2016): draw d takes network d mod K with a share
     * `dropout` of its hidden neurons left out, one choice of neurons for all patients; the bounds are
     * quantiles of the draws. */
    MS_INTERVAL_DROPOUT
} ms_interval_method;

typedef struct ms_interval_options {
    double level; /* in (0, 1); 0.95 */
    ms_interval_method method;
    size_t draws;  /* dropout; 200 */
    uint64_t seed; /* dropout; 1 */
} ms_interval_options;
MS_API void ms_interval_options_default(ms_interval_options *options);

/* lower[n] and upper[n] of the risk, from x[n * p] as for ms_model_predict. MS_EUSAGE: a level out of range,
 * the ensemble of one network, dropout of networks trained without, fewer than 20 draws. */
MS_API MS_NODISCARD ms_status ms_model_interval(const ms_model *model, const double *x, size_t n, size_t p,
                                                const ms_interval_options *options, double *lower,
                                                double *upper, ms_error *err);
/* Bounds of the survival curves, lower and upper[n * n_times], from the risks and their bounds: on the scale
 * of log cumulative hazard the half width is sqrt(w^2 + (z s)^2), w the risk's own half width to that side
 * and s the standard error of log H0(t) (Tsiatis 1981, the weights taken as known). A model file of version 1
 * has no standard error: s is 0. NaN beyond the last training time. */
MS_API MS_NODISCARD ms_status ms_model_survival_interval(const ms_model *model, const double *risk,
                                                         const double *risk_lower, const double *risk_upper,
                                                         size_t n, const double *times, size_t n_times,
                                                         double level, double *lower, double *upper,
                                                         ms_error *err);

/* As ms_model_predict_into; with `interval` (may be NULL) also risk_lower, risk_upper and, for each time,
 * survival_T_lower and survival_T_upper. */
MS_API MS_NODISCARD ms_status ms_model_predict_more(const ms_model *model, ms_table *table,
                                                    const double *times, size_t n_times,
                                                    const ms_interval_options *interval, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
