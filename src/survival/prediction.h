/* survival/prediction.h: between the files that judge predictions. */
#ifndef MS_SURVIVAL_PREDICTION_H
#define MS_SURVIVAL_PREDICTION_H

#include "myosurv/survival_prediction.h"
#include "survival/survival.h"

/* MS_EINPUT naming the row for a time or status that is none. */
MS_NODISCARD ms_status ms_outcome_check(const ms_outcome *outcome, ms_error *err);

/* What a patient is at a time. */
typedef enum ms_patient_role { MS_ROLE_CASE, MS_ROLE_FREE, MS_ROLE_COMPETING, MS_ROLE_LOST } ms_patient_role;
ms_patient_role ms_role_at(ms_prediction_convention convention, double time, uint8_t status, double t);
/* G(t) of all rows, or NaN where each has its own (a censoring model). */
double ms_ipcw_common(const ms_ipcw *ipcw, double t);
/* The weight 1 / G of a row in its role (0 for the lost); infinite where G is 0. `common` is ms_ipcw_common's
 * at t. */
double ms_role_weight(const ms_ipcw *ipcw, ms_prediction_convention convention, ms_patient_role role,
                      size_t row, double t, double common);

/* The share of each row in the estimate of G, for an estimate whose derivative in log(1 / G(T_i-)) is a[i],
 * and in log(1 / G(t)) is b: adds (1 / n) (sum_i a_i M_k(T_i-) + b M_k(t)) to out[k], with M_k(s) = integral
 * over (0, s] of dM_k / (Y / n), M_k the censoring martingale. Marginal weights only. work[2 n + 2]. */
void ms_ipcw_influence(const ms_ipcw *ipcw, const ms_outcome *outcome, ms_prediction_convention convention,
                       const double *a, double b, double t, double *work, double *out);

/* Standard error of the mean of influences: sd / sqrt(n). */
double ms_influence_se(const double *influence, size_t n);
/* estimate -+ z se within [least, most]. */
void ms_wald_interval(double estimate, double se, double conf_level, double least, double most, double *lower,
                      double *upper);
/* An influence-function difference. second may not be NULL. */
ms_difference ms_influence_difference(double first, const double *influence_first, double second,
                                      const double *influence_second, size_t n, double conf_level);

/* Event probability by t: 1 - Kaplan-Meier (Greenwood's standard error), or Aalen-Johansen with competing
 * events (delta method, Marubini & Valsecchi 1995); log-log interval. order[m]: the rows to take, by time. */
typedef struct ms_incidence {
    double value, se, lower, upper;
} ms_incidence;
ms_incidence ms_incidence_at(const ms_outcome *outcome, const size_t *order, size_t m, double t,
                             double conf_level);

/* log(-log(1 - p)), p kept 1e-8 from 0 and 1. */
double ms_cloglog(double p);
/* R's quantile type 7 of sorted values. */
double ms_quantile7(const double *sorted, size_t n, double q);

/* The parts of ms_calibrate: each fills its own fields of *out. sorted[n]: p ascending; order[n]: rows by
 * time; x[n]: cloglog(p). */
MS_NODISCARD ms_status ms_calibrate_by_groups(const ms_outcome *outcome, const double *p,
                                              const double *sorted, const size_t *order,
                                              const ms_calibrate_options *options, ms_calibration *out,
                                              ms_error *err);
MS_NODISCARD ms_status ms_calibrate_smooth(const ms_outcome *outcome, const double *p, const double *sorted,
                                           const double *x, const ms_calibrate_options *options,
                                           ms_calibration *out, ms_error *err);
MS_NODISCARD ms_status ms_calibrate_pseudo(const ms_outcome *outcome, const double *x, double conf_level,
                                           ms_calibration *out, ms_error *err);
/* value, its interval, and z and p against `perfect`. */
ms_estimate ms_estimate_of(double value, double se, double perfect, double conf_level);

#endif
