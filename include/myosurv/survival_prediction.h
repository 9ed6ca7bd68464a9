/* myosurv/survival_prediction.h: how good are predicted risks? Discrimination over time, Brier score,
 * calibration.
 *
 * Takes what was observed (time and status of each patient) and what was predicted (a marker, or the
 * probability of the event by a time). Censoring is dealt with by weights: each patient who is seen counts
 * for those like him who were censored (inverse probability of censoring weighting). Where packages of the
 * field differ, both conventions are here under the package's name. Estimators take plain arrays; the last
 * part reads them from a table and writes results as text and JSON. Nothing but ms_auc_band is random;
 * results do not depend on the number of threads. Cost is O(n log n) once and O(n) for each time.
 *
 * Every `out` object is filled on success only and then owned by the caller: free it with its _clear, which
 * may be called on a zeroed object and any number of times. */
#ifndef MYOSURV_SURVIVAL_PREDICTION_H
#define MYOSURV_SURVIVAL_PREDICTION_H

#include "myosurv/base.h"
#include "myosurv/survival.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What was observed: a view. Times are taken as they are (near-equal times are not merged, as in the packages
 * named below). MS_EINPUT naming the row, from 1: a time that is negative or not finite, a status above 2. */
typedef struct ms_outcome {
    size_t n;
    const double *time;    /* [n] end of follow-up */
    const uint8_t *status; /* [n] 0 censored, 1 the event, 2 a competing event */
} ms_outcome;

/* Which package's conventions. A patient with the event by time t is a case, one who is followed beyond t a
 * control. They differ where an event lies exactly on t, and in the weight of a case:
 *   riskregression  case T <= t, weight 1 / G(T-)      (riskRegression::Score, pec)
 *   timeroc         case T < t,  weight 1 / G(T-)      (timeROC::timeROC; an event at t is neither)
 *   sksurv          case T <= t, weight 1 / G(T)       (scikit-survival)
 * with G the Kaplan-Meier estimate of staying uncensored, events before censorings at one time. The standard
 * errors of the first two differ in how tied times enter the censoring martingale (about 1e-5 relative). */
typedef enum ms_prediction_convention {
    MS_PREDICTION_RISKREGRESSION,
    MS_PREDICTION_TIMEROC,
    MS_PREDICTION_SKSURV
} ms_prediction_convention;

/* Why a number is not there. */
typedef enum ms_prediction_state {
    MS_PREDICTED,
    MS_NO_CASE,          /* nobody has the event by t */
    MS_NO_CONTROL,       /* nobody is followed beyond t with the status known */
    MS_BEYOND_FOLLOW_UP, /* t is after the last time of follow-up: not identified */
    MS_NO_WEIGHT         /* the chance not to be censored is estimated as 0 where it is needed */
} ms_prediction_state;
/* "no event by this time", ...; NULL for MS_PREDICTED. */
MS_API const char *ms_prediction_why(ms_prediction_state state);

/* ---- censoring weights (ipcw.c, ipcw_cox.c) ------------------------------------------------------------ */

/* The chance to be uncensored. Marginal: Kaplan-Meier with the censorings as events, at each time only among
 * those without an event there (R: prodlim(reverse = TRUE), pec::ipcw(method = "marginal")). With a design:
 * a Cox model of censoring (Efron; R: riskRegression's cens.model = "cox"), G(t | x); then the weights are
 * taken as known in standard errors, which makes them a little too large (Gerds & Schumacher 2006). */
typedef struct ms_ipcw {
    size_t n, n_times;
    double *time;     /* [n_times] distinct times, ascending */
    double *surv;     /* [n_times] G at and after each (marginal) */
    double *at_risk;  /* [n_times] */
    double *n_censor; /* [n_times] */
    size_t *order;    /* [n] rows by time, then row */
    size_t *index;    /* [n] place of each row's time in time[] */
    double *left;     /* [n] G(T-), G of the row's own covariates */
    double *own;      /* [n] G(T) */
    bool cox;
    ms_baseline baseline; /* with a design: of a row with scale 1 */
    double *scale;        /* [n] exp(linear predictor) of censoring */
} ms_ipcw;
/* design NULL: marginal. MS_EINPUT: bad rows. No censoring at all: G is 1. */
MS_API MS_NODISCARD ms_status ms_ipcw_fit(const ms_outcome *outcome, const ms_design *design, ms_ipcw *out,
                                          ms_error *err);
MS_API void ms_ipcw_clear(ms_ipcw *ipcw);
/* G(t) of a row. */
MS_API double ms_ipcw_at(const ms_ipcw *ipcw, size_t row, double t);

/* ---- ROC and AUC at a time (auc.c, auc_compare.c) -------------------------------------------------------
 */

typedef struct ms_auc_options {
    ms_prediction_convention convention; /* MS_PREDICTION_RISKREGRESSION */
    double conf_level;                   /* 0.95 */
    bool conservative;                   /* take the weights as known in standard errors */
    bool reverse;    /* a higher marker means a later event: positive is below a threshold */
    double cutpoint; /* sensitivity and the like for marker > cutpoint (< with reverse); NaN: not asked */
    bool curves;     /* keep the ROC curves */
} ms_auc_options;
MS_API void ms_auc_options_default(ms_auc_options *options);

typedef struct ms_auc_value {
    double auc, se, lower, upper; /* the interval is auc -+ z se, within 0 and 1 */
} ms_auc_value;

/* One time. Points of the curve are by falling threshold: marker >= threshold is positive; the first is
 * (infinity, 0, 0). */
typedef struct ms_auc_row {
    double time;
    ms_prediction_state state;
    size_t n_cases, n_controls, n_competing, n_lost; /* lost: neither case nor control */
    double survival, incidence;    /* weighted shares event-free at t and with the event by t */
    ms_auc_value all;              /* controls are all without the event: event-free or with a competing one
                                      (timeROC's AUC_2, riskRegression's AUC) */
    double band_lower, band_upper; /* of ms_auc_band; NaN before */
    ms_auc_value event_free;       /* controls are those free of any event (timeROC's AUC_1) */
    double sensitivity, one_minus_specificity, ppv, npv; /* at the cutpoint, NaN unless asked. R:
                                                            timeROC::SeSpPPVNPV (TP, FP or FP_2, PPV, NPV or
                                                            NPV_2) */
    size_t n_points;
    double *threshold, *tpr, *fpr, *fpr_event_free; /* [n_points] */
} ms_auc_row;

/* The area over time as one number. */
typedef struct ms_auc_integral {
    double value, se;
} ms_auc_integral;

typedef struct ms_auc {
    size_t n, n_times;
    ms_auc_options options;
    ms_auc_row *rows;         /* [n_times] */
    double *influence;        /* [n_times * n] of rows[].all.auc; 0 where it is not there */
    double band_critical;     /* of ms_auc_band; NaN before */
    ms_auc_integral survival; /* weighted by the events: sum AUC(t_k) (S(t_k-1) - S(t_k)) / (1 - S(t_last)),
                                 S the Kaplan-Meier estimate (scikit-survival's mean AUC). NaN with competing
                                 events */
    ms_auc_integral mean;     /* the simple mean over the times */
    ms_auc_integral area;     /* trapezium over time / (t_last - t_first); NaN with one time */
} ms_auc;

/* Cumulative/dynamic AUC(t) of a marker (higher: an earlier event) at each time, with standard errors by
 * influence functions. Ties in the marker count one half. Hung & Chiang, Can J Stat 2010;38:8; Blanche,
 * Dartigues & Jacqmin-Gadda, Stat Med 2013;32:5381 (also competing risks). R: timeROC(T, delta, marker, cause
 * = 1, times =, iid = TRUE); riskRegression::Score(metrics = "auc"). marker[n] for every time, or
 * [n_times * n] with per_time. Integrals are over the times that have an AUC. MS_EINPUT: a marker that is not
 * a number. ipcw NULL: marginal. */
MS_API MS_NODISCARD ms_status ms_auc_compute(const ms_outcome *outcome, const double *marker, bool per_time,
                                             const double *times, size_t n_times, const ms_ipcw *ipcw,
                                             const ms_auc_options *options, ms_auc *out, ms_error *err);
MS_API void ms_auc_clear(ms_auc *auc);

/* A band that holds for all the times at once, with the options' level: fills rows[].band_lower, band_upper
 * (all.auc -+ band_critical * se, within 0 and 1) and band_critical. By `draws` (say 2000) draws of a normal
 * vector with the estimates' correlations, so that band_critical has an error of about 0.03 itself; the same
 * seed gives the same. R: timeROC's confint(level =, n.sim =). (auc_band.c) */
MS_API MS_NODISCARD ms_status ms_auc_band(ms_auc *auc, size_t draws, uint64_t seed, ms_error *err);

/* A difference of two estimates on the same patients. */
typedef struct ms_difference {
    double delta, se, lower, upper, z, p;
} ms_difference;
/* second - first at the k-th time, of two markers with the same outcome, times and options. R:
 * timeROC::compare, Score(contrasts =). NaN where either is not there, or where they do not differ in any
 * patient. */
MS_API ms_difference ms_auc_difference(const ms_auc *first, const ms_auc *second, size_t k);

/* ---- Brier score (brier.c) ------------------------------------------------------------------------------
 */

typedef struct ms_brier_options {
    ms_prediction_convention convention; /* MS_PREDICTION_RISKREGRESSION */
    double conf_level;                   /* 0.95 */
    bool conservative;
} ms_brier_options;
MS_API void ms_brier_options_default(ms_brier_options *options);

typedef struct ms_brier_row {
    double time;
    ms_prediction_state state;
    size_t n_cases, n_controls, n_competing, n_lost;
    double brier, se, lower, upper;
    double reference, reference_se; /* of the one probability that Kaplan-Meier (Aalen-Johansen) gives all */
    double reference_risk;          /* that probability */
    double scaled;                  /* 1 - brier / reference: scaled Brier, IPA, R squared */
} ms_brier_row;

/* The score over time as one number; of the model and of the reference. */
typedef struct ms_brier_integral {
    double step;      /* pec::crps, riskRegression's IBS: each value holds until the next time, 0 before the
                         first, over the last time */
    double trapezium; /* scikit-survival: trapezia over last - first */
    double reference_step, reference_trapezium;
    size_t n_times; /* it is over */
} ms_brier_integral;

typedef struct ms_brier {
    size_t n, n_times;
    ms_brier_options options;
    ms_brier_row *rows;          /* [n_times] ascending */
    double *influence;           /* [n_times * n]; NULL in a curve */
    double *reference_influence; /* [n_times * n] */
    ms_brier_integral integral;  /* up to the last time with a score */
} ms_brier;

/* Mean squared distance of what happened by t from the predicted probability risk[k * n + i] of the event by
 * times[k], weighted for censoring. Graf et al., Stat Med 1999;18:2529; Gerds & Schumacher, Biom J
 * 2006;48:1029; scaled: Kattan & Gerds, Diagn Progn Res 2018;2:7. R: riskRegression::Score(metrics =
 * "brier"), pec::pec. times ascend. MS_EINPUT: a probability outside 0 to 1. timeROC's convention has no
 * Brier score (MS_EUSAGE). */
MS_API MS_NODISCARD ms_status ms_brier_compute(const ms_outcome *outcome, const double *risk,
                                               const double *times, size_t n_times, const ms_ipcw *ipcw,
                                               const ms_brier_options *options, ms_brier *out, ms_error *err);
MS_API void ms_brier_clear(ms_brier *brier);
/* second - first at the k-th time; `first` NULL: the reference of `second`. */
MS_API ms_difference ms_brier_difference(const ms_brier *first, const ms_brier *second, size_t k);

/* The same for a score that predicts by itself at any time: event probability 1 - exp(-H0(t) exp(lp[i])), H0
 * the baseline hazard that fits these patients (Efron; R: predict(coxph), predictCox; competing events count
 * as censored). No standard errors: rows[].se and the influences are not there. Memory O(n), time O(n
 * n_times). */
MS_API MS_NODISCARD ms_status ms_brier_curve(const ms_outcome *outcome, const double *lp, const double *times,
                                             size_t n_times, const ms_ipcw *ipcw,
                                             const ms_brier_options *options, ms_brier *out, ms_error *err);
/* Those event probabilities: risk[k * n + i] of the event by times[k]. MS_EINPUT when no event. */
MS_API MS_NODISCARD ms_status ms_risk_from_score(const ms_outcome *outcome, const double *lp,
                                                 const double *times, size_t n_times, double *risk,
                                                 ms_error *err);
/* Survival at each patient's own time by the same: survival[i] = exp(-H0(T_i) exp(lp[i])). */
MS_API MS_NODISCARD ms_status ms_survival_from_score(const ms_outcome *outcome, const double *lp,
                                                     double *survival, ms_error *err);

/* ---- calibration (calibrate_*.c) ------------------------------------------------------------------------
 */

typedef struct ms_calibrate_options {
    size_t n_groups;   /* 10; 0: none */
    size_t n_knots;    /* 3 (3 to 7) of the restricted cubic spline; 0: a straight line */
    double conf_level; /* 0.95 */
    size_t n_grid;     /* 101 points of the smooth curve */
} ms_calibrate_options;
MS_API void ms_calibrate_options_default(ms_calibrate_options *options);

/* Patients with similar predictions. */
typedef struct ms_calibrate_group {
    size_t n;
    double from, to;     /* predictions in (from, to], the first also at `from` */
    double predicted;    /* mean */
    double observed;     /* 1 - Kaplan-Meier at t (Aalen-Johansen with competing events) */
    double lower, upper; /* log-log interval */
} ms_calibrate_group;

typedef struct ms_estimate {
    double value, se, lower, upper, z, p; /* z and p: against the value of a perfect model */
} ms_estimate;

typedef struct ms_calibration {
    size_t n;
    double time;
    size_t n_events; /* events by t */
    ms_prediction_state state;
    double mean_predicted;        /* expected */
    double observed, observed_se; /* 1 - Kaplan-Meier (Aalen-Johansen) at t */
    ms_estimate ratio;            /* observed / expected; interval on the log scale */
    ms_estimate intercept;        /* of cloglog(F) = a + cloglog(p): pseudo-values, 0 is perfect */
    ms_estimate slope;            /* of cloglog(F) = a + b cloglog(p): pseudo-values, 1 is perfect */
    ms_estimate cox_slope;        /* coefficient of cloglog(p) in a Cox model, all of follow-up */
    double ici, e50, e90, e_max;  /* mean, median, 90% quantile and maximum of |observed - predicted| */
    size_t n_groups;
    ms_calibrate_group *groups; /* [n_groups] */
    size_t n_grid;
    double *grid, *smooth;               /* [n_grid] predicted, observed on the smooth curve */
    double *smooth_lower, *smooth_upper; /* [n_grid] pointwise interval */
    double *fitted;                      /* [n] the smooth curve at each patient's own prediction */
    size_t n_knots;
    double knots[7]; /* of cloglog(p) */
} ms_calibration;

/* Do patients given a risk p[i] of the event by `time` have it that often?
 * Groups: quantiles of p (R: quantile(type = 7), cut(include.lowest = TRUE)), observed by Kaplan-Meier.
 * Smooth: Cox regression of follow-up on a restricted cubic spline of log(-log(1 - p)) (Harrell's knots), its
 * prediction at `time`; ICI, E50 and E90 are distances from it (Austin, Harrell & van Klaveren, Stat Med
 * 2020;39:2714, their second way; R: coxph(Surv() ~ rms::rcs(cloglog, 3))). Intercept and slope:
 * pseudo-values of the event by `time` on cloglog(p) with a complementary log-log link, robust standard
 * errors (van Geloven et al., BMJ 2022;377:e069249; R: geese(mean.link = "cloglog")). With competing events
 * there is no smooth curve and no Cox slope (NaN, n_grid 0). MS_EINPUT: a probability outside 0 to 1.
 * Probabilities of 0 and 1 are taken as 1e-8 from there where their cloglog is needed. */
MS_API MS_NODISCARD ms_status ms_calibrate(const ms_outcome *outcome, const double *p, double time,
                                           const ms_calibrate_options *options, ms_calibration *out,
                                           ms_error *err);
MS_API void ms_calibration_clear(ms_calibration *calibration);

/* Pseudo-values of the event by t: n F(t) - (n - 1) F_-i(t), F 1 - Kaplan-Meier or Aalen-Johansen. Andersen,
 * Klein & Rosthoj, Biometrika 2003;90:15. R: prodlim::jackknife, pseudo::pseudosurv. pseudo[n]. */
MS_API MS_NODISCARD ms_status ms_pseudo_values(const ms_outcome *outcome, double t, double *pseudo,
                                               ms_error *err);

typedef struct ms_dcalibration {
    size_t n, n_bins;
    double *observed; /* [n_bins] patients in each, censored ones by parts; bin b is survival in
                         [b / n_bins, (b + 1) / n_bins) */
    double chisq, p;
    size_t df;
} ms_dcalibration;
/* D-calibration: is the predicted survival at each patient's own time uniform? survival[n] is S(T_i | x_i); a
 * censored patient is spread over the bins below in proportion. Chi-squared with n_bins - 1 degrees of
 * freedom. Haider, Hoehn, Davis & Greiner, J Mach Learn Res 2020;21(85), section 3.5. Competing events are
 * not taken (MS_EUSAGE). */
MS_API MS_NODISCARD ms_status ms_dcalibration_test(const ms_outcome *outcome, const double *survival,
                                                   size_t n_bins, ms_dcalibration *out, ms_error *err);
MS_API void ms_dcalibration_clear(ms_dcalibration *d);

/* ---- from a table (prediction_frame.c, prediction_times.c)
 * ------------------------------------------------------------------
 */

typedef struct ms_prediction_columns {
    const char *time, *event, *event_value; /* as in ms_surv_columns */
    const char *competing;                  /* values of the event column that are competing events, with
                                               commas; NULL: none */
    const char *const *markers;             /* [n_markers] numeric columns */
    size_t n_markers;
    bool probabilities;    /* the markers must be from 0 to 1 */
    const char *censoring; /* right side of a formula for the censoring model, or NULL */
} ms_prediction_columns;

/* The rows that have all the values asked for. */
typedef struct ms_prediction_frame {
    size_t n, n_dropped, n_markers;
    size_t *rows;       /* [n] the table's row of each */
    double *time;       /* [n] */
    uint8_t *status;    /* [n] */
    double *markers;    /* [n_markers * n], a column after the other */
    bool competing;     /* any */
    ms_outcome outcome; /* a view */
    ms_ipcw ipcw;
} ms_prediction_frame;
/* MS_EINPUT naming table, line and column, as ms_surv_frame_read. */
MS_API MS_NODISCARD ms_status ms_prediction_frame_read(const ms_table *table,
                                                       const ms_prediction_columns *columns,
                                                       ms_prediction_frame *out, ms_error *err);
MS_API void ms_prediction_frame_clear(ms_prediction_frame *frame);

/* Columns of predictions at times, by a pattern with one * where the time is: "survival_*" finds survival_365
 * and survival_730.5. A name without * is one column that ends with its time. names[n] (to be freed, each and
 * all) by ascending times[n] (to be freed). MS_EINPUT: none found, or two for one time. */
MS_API MS_NODISCARD ms_status ms_prediction_find(const ms_table *table, const char *pattern, char ***names,
                                                 double **times, size_t *n, ms_error *err);
/* The distinct times of follow-up at or before `until`, and `until` itself; of more than `most` about that
 * many, evenly chosen. times[n] to be freed. */
MS_API MS_NODISCARD ms_status ms_prediction_times(const ms_outcome *outcome, double until, size_t most,
                                                  double **times, size_t *n, ms_error *err);
/* `wanted` even times between the 5% and 95% quantiles of the event times, for a curve over time; fewer than
 * two where there are not two distinct event times. */
MS_API MS_NODISCARD ms_status ms_prediction_grid(const ms_outcome *outcome, size_t wanted, double **times,
                                                 size_t *n, ms_error *err);
/* survival[n] at each patient's own time from survival at times: straight lines between (0, 1) and the
 * times[n_times] (ascending), of event probabilities risk[k * n + i]. Patients followed beyond the last time
 * are taken as censored there: status[n], as to be passed on with them. MS_EINPUT: survival that rises by
 * more than 1e-6. */
MS_API MS_NODISCARD ms_status ms_survival_between(const ms_outcome *outcome, const double *risk,
                                                  const double *times, size_t n_times, double *survival,
                                                  uint8_t *status, ms_error *err);

/* ---- results as text and JSON (report_auc.c, report_brier.c, report_calibrate.c) -------------------------
 */

/* markers[n_markers] with their names; the second and later are compared with the first. */
MS_API MS_NODISCARD ms_status ms_auc_json(const ms_auc *auc, const char *const *names, size_t n_markers,
                                          size_t n_dropped, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_auc_text(const ms_auc *auc, const char *const *names, size_t n_markers,
                                          size_t n_dropped, char **text, ms_error *err);
/* models[n_models] with their names; each is compared with the reference and with the first. */
MS_API MS_NODISCARD ms_status ms_brier_json(const ms_brier *brier, const char *const *names, size_t n_models,
                                            size_t n_dropped, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_brier_text(const ms_brier *brier, const char *const *names, size_t n_models,
                                            size_t n_dropped, char **text, ms_error *err);
/* d may be NULL. */
MS_API MS_NODISCARD ms_status ms_calibration_json(const ms_calibration *calibrations, size_t n,
                                                  const ms_dcalibration *d, size_t n_dropped, char **text,
                                                  ms_error *err);
MS_API MS_NODISCARD ms_status ms_calibration_text(const ms_calibration *calibrations, size_t n,
                                                  const ms_dcalibration *d, size_t n_dropped, char **text,
                                                  ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
