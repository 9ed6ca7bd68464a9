/* myosurv/survival_competing.h: several causes of failure, each of which ends follow-up.
 *
 * Cumulative incidence (Aalen-Johansen), Gray's test, Fine and Gray's regression. Numbers are those of R's
 * survival 3.5 (survfit, finegray) and cmprsk 2.2 (cuminc's tests, crr), to about 1e-9. Cause-specific
 * hazards need nothing of this: they are ms_cox_fit with the other causes censored.
 *
 * Conventions are those of survival.h: views in, owned objects out, O(n log n), nothing random. */
#ifndef MYOSURV_SURVIVAL_COMPETING_H
#define MYOSURV_SURVIVAL_COMPETING_H

#include "myosurv/survival.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Follow-up that ends by one of n_causes or by censoring: a view. data.event is 1 for any cause. */
typedef struct ms_competing {
    ms_surv data;
    const size_t *cause; /* [n] 0 .. n_causes - 1 where data.event is 1; not read elsewhere */
    size_t n_causes;
} ms_competing;

/* ---- cumulative incidence (cuminc.c) ------------------------------------------------------------------- */

/* One group: a row per distinct time. Arrays of causes are [n_causes * n_times], cause by cause. */
typedef struct ms_cuminc_curve {
    size_t n, n_times, n_causes;
    double *time, *n_risk, *n_censor; /* [n_times]; weighted counts */
    double *surv, *surv_std_err;      /* [n_times] free of any event */
    double *n_event;                  /* so many of each cause at the time */
    double *incidence, *std_err;      /* probability of the cause by the time, and its standard error */
    double *lower, *upper;            /* NaN where R has NA */
    double *hazard;                   /* cumulative cause-specific hazard (Nelson-Aalen) */
    double *events;                   /* [n_causes] weighted number in all */
} ms_cuminc_curve;

typedef struct ms_cuminc {
    size_t n_groups, n_causes;
    ms_cuminc_curve *curves; /* [n_groups] */
    ms_conf_type conf_type;
    double conf_level;
} ms_cuminc;

/* Aalen & Johansen 1978 for each group (NULL with n_groups 1: all rows). data.weight and data.entry are
 * taken, data.stratum is not used. Standard errors are the infinitesimal jackknife's, which without weights
 * and entry times are Greenwood's. R: survfit(Surv(time, factor) ~ group), with each row its own subject.
 * MS_EINPUT as for ms_km_fit, and for a cause out of range. */
MS_API MS_NODISCARD ms_status ms_cuminc_fit(const ms_competing *competing, const size_t *group,
                                            size_t n_groups, ms_conf_type conf_type, double conf_level,
                                            ms_cuminc *out, ms_error *err);
MS_API void ms_cuminc_clear(ms_cuminc *cuminc);
/* The row of the last time <= `time`, or SIZE_MAX before the first. */
MS_API size_t ms_cuminc_row(const ms_cuminc_curve *curve, double time);

/* ---- Gray's test (gray.c) ------------------------------------------------------------------------------ */

typedef struct ms_gray {
    double chisq, p;
    size_t df;
} ms_gray;

/* Do the groups share one cumulative incidence of `cause`? Gray 1988 (Ann Stat 16:1141): compares
 * subdistribution hazards with weight (1 - F(t-))^rho, F that of all groups together. Stratified by
 * data.stratum. R: cmprsk::cuminc(...)$Tests. MS_EUSAGE with weights or entry times; MS_EINPUT for fewer than
 * two groups with rows or no event of the cause. */
MS_API MS_NODISCARD ms_status ms_gray_test(const ms_competing *competing, size_t cause, const size_t *group,
                                           size_t n_groups, double rho, ms_gray *out, ms_error *err);

/* ---- Fine and Gray's regression (finegray.c, finegray_variance.c) ---------------------------------------
 */

/* Two implementations of the same model are in use, and differ where times are tied. */
typedef enum ms_finegray_convention {
    MS_FINEGRAY_CMPRSK,  /* crr: Breslow's ties; censored at a time are at risk with the deaths then in G;
                            variance with the part of estimating G */
    MS_FINEGRAY_SURVIVAL /* coxph on finegray(): Efron's ties; deaths precede censoring at a time; robust
                            variance with G taken as known */
} ms_finegray_convention;

typedef struct ms_finegray {
    size_t n, p, n_events, n_competing, n_censored;
    ms_finegray_convention convention;
    char **names;
    double *coef;      /* [p] log subdistribution hazard ratios; NaN: collinear with earlier columns */
    double *var;       /* [p * p] */
    double *naive_var; /* [p * p] inverse information */
    double *se, *z, *p_value, *lower, *upper; /* [p] of coef, from var */
    double loglik[2];
    size_t n_times;        /* the baseline: cumulative subdistribution hazard of a row with x = 0 */
    double *time, *hazard; /* [n_times] */
    size_t iterations;
    bool converged;
} ms_finegray;

/* Fine & Gray 1999 (JASA 94:496): subdistribution hazard of `cause`; those who failed of another one stay at
 * risk with weight G(t-) / G(their time-), G the Kaplan-Meier estimate of being uncensored. O(n log n) +
 * O(n p^2) an iteration. No strata, entry times, case weights, clusters or ridge (MS_EUSAGE). Separation or
 * no convergence: `converged` is false and a warning is logged. conf_level of lower and upper. */
MS_API MS_NODISCARD ms_status ms_finegray_fit(const ms_competing *competing, size_t cause,
                                              const ms_design *design, ms_finegray_convention convention,
                                              double conf_level, ms_finegray *out, ms_error *err);
MS_API void ms_finegray_clear(ms_finegray *fit);
/* Probability of the cause by `time` for x[p]: 1 - exp(-H0(time) exp(x coef)). R: predict.crr. */
MS_API double ms_finegray_incidence(const ms_finegray *fit, const double *x, double time);

/* ---- from a table (competing_frame.c) and reports (report_cuminc.c, report_finegray.c) ------------------
 */

typedef struct ms_competing_frame {
    ms_surv_frame frame; /* event is 1 for any cause */
    size_t *cause;       /* [frame.n] */
    char **causes;       /* [n_causes] their values in the event column; the one asked for first */
    size_t n_causes;
    ms_competing competing; /* a view */
} ms_competing_frame;
/* columns->event_value is the cause of interest (NULL: the first in order); `censored` is the value that
 * means censored (NULL: 0, which must then be among the values). Every other value is a cause. MS_EINPUT
 * naming what values there are; otherwise as ms_surv_frame_read. */
MS_API MS_NODISCARD ms_status ms_competing_frame_read(const ms_table *table, const ms_surv_columns *columns,
                                                      const char *censored, ms_competing_frame *out,
                                                      ms_error *err);
MS_API void ms_competing_frame_clear(ms_competing_frame *frame);

/* For a model frame whose event is the cause of interest: marks the rows where the R expression `competing`
 * ("status == 1") is true as failed of another cause. event[frame->n] is filled with 1 for either cause,
 * cause[frame->n] with 0 for the cause of interest and 1 for another. MS_EINPUT: the expression; a row that
 * is both; a row for which it is missing. */
MS_API MS_NODISCARD ms_status ms_competing_mark(const ms_table *table, const ms_model_frame *frame,
                                                const char *competing, uint8_t *event, size_t *cause,
                                                ms_error *err);

/* Causes[n_causes] and groups[n_groups] as shown; gray[n_causes] or NULL. at[n_at]: the times of the text's
 * table. *text to be freed. */
MS_API MS_NODISCARD ms_status ms_cuminc_json(const ms_cuminc *cuminc, const char *const *groups,
                                             const char *const *causes, const ms_gray *gray, size_t n_dropped,
                                             char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_cuminc_text(const ms_cuminc *cuminc, const char *const *groups,
                                             const char *const *causes, const ms_gray *gray, const double *at,
                                             size_t n_at, size_t n_dropped, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_finegray_json(const ms_finegray *fit, size_t n_dropped, char **text,
                                               ms_error *err);
MS_API MS_NODISCARD ms_status ms_finegray_text(const ms_finegray *fit, size_t n_dropped, char **text,
                                               ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
