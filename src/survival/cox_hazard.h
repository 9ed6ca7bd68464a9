/* survival/cox_hazard.h: the cumulative hazard of a fitted Cox model and what its variance needs. */
#ifndef MS_SURVIVAL_COX_HAZARD_H
#define MS_SURVIVAL_COX_HAZARD_H

#include "survival/survival.h"

/* One stratum at lp = 0, a row for each distinct time, cumulated. */
typedef struct ms_cox_hazard {
    size_t n, n_times, p;
    double events;                              /* weighted */
    double *time, *n_risk, *n_event, *n_censor; /* [n_times] counts are weighted */
    double *hazard, *variance;                  /* of the hazard with the coefficients known */
    double *mean;                               /* [n_times * p] sum of mean(x - means) dH */
    double *surv;                               /* Kalbfleisch & Prentice's, with stype 1; else NULL */
} ms_cox_hazard;

typedef struct ms_cox_hazards {
    size_t n_strata;
    ms_cox_hazard *strata;
} ms_cox_hazards;
/* stype and ctype as in ms_cox_curve_options, ctype 1 or 2. */
MS_NODISCARD ms_status ms_cox_hazards_make(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                                           int stype, int ctype, ms_cox_hazards *out, ms_error *err);
void ms_cox_hazards_clear(ms_cox_hazards *hazards);
/* How many of the times are at most `time`. */
size_t ms_cox_hazard_find(const ms_cox_hazard *hazard, double time);
/* Variance of the cumulative hazard after `k` times of a row with centred predictors x[p] at lp = 0; work[p].
 */
double ms_cox_hazard_variance(const ms_cox_hazard *hazard, const double *var, const double *x, size_t k,
                              double *work);
double ms_cox_hazard_value(const ms_cox_hazard *hazard, size_t k);

#endif
