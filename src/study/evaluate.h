/* study/evaluate.h: what the files of the evaluation share. */
#ifndef MS_STUDY_EVALUATE_H
#define MS_STUDY_EVALUATE_H

#include "base/base.h"
#include "myosurv/study_evaluate.h"

/* The patients of a cohort, or a sample of them, with what each predictor says. */
typedef struct ms_eval_sample {
    size_t n, n_predictors, n_times;
    const double *times; /* [n_times] */
    double tau;
    double *time;
    uint8_t *event;
    double *risk;         /* [n_predictors * n] */
    double *probability;  /* [(n_predictors * n_times) * n] NaN where there is none */
    uint8_t *high;        /* [n_predictors * n] */
    const bool *has_high; /* [n_predictors] */
    const bool *has;      /* [n_predictors * n_times] are there probabilities? */
} ms_eval_sample;

/* Numbers of one predictor: the first three, then each measure from MS_EVAL_AUC on at each time. */
enum { MS_EVAL_TIMELESS = MS_EVAL_AUC, MS_EVAL_TIMED = MS_N_EVAL - MS_EVAL_AUC };
/* evaluate_numbers.c: values[n_predictors * (MS_EVAL_TIMELESS + n_times * MS_EVAL_TIMED)], NaN where the
 * sample cannot give one. */
MS_NODISCARD ms_status ms_eval_numbers(const ms_eval_sample *sample, double *values, ms_error *err);
size_t ms_eval_n_numbers(const ms_eval_sample *sample);

/* evaluate_parts.c: of the cohort itself, ROC curves, calibration, decision curves, comparisons, splits. */
MS_NODISCARD ms_status ms_eval_parts(const ms_eval_sample *sample, const ms_evaluate_options *options,
                                     ms_evaluation *out, ms_error *err);

/* Options of a calibration: groups that hold about 20 patients, 2 to 10 of them. */
size_t ms_eval_groups(size_t n);

/* evaluate_table.c: adds the evaluations to a JSON object. */
MS_NODISCARD ms_status ms_evaluations_add_json(const ms_evaluation *evaluations, size_t n, struct cJSON *root,
                                               ms_error *err);

#endif
