/* survival/horizon.h: patients at one time, sorted once, so that the event rate of any subset or resample of
 * them takes one pass. Shared by nri.c, dca.c and compare.c. */
#ifndef MS_SURVIVAL_HORIZON_H
#define MS_SURVIVAL_HORIZON_H

#include "myosurv/survival_compare.h"
#include "survival/survival.h"

typedef struct ms_horizon {
    size_t n;
    double at;
    bool binary, competing;
    double *time;         /* [n] near-equal ones merged; NULL for a binary outcome */
    const uint8_t *event; /* borrowed */
    size_t *by_time;      /* [n] rows by time, events before censored; as they are for a binary outcome */
    size_t n_until;       /* of those, with time <= at */
    size_t n_events;      /* by the horizon */
} ms_horizon;
/* Checks the outcome: an event by the horizon, somebody followed that long. */
MS_NODISCARD ms_status ms_horizon_make(const ms_horizon_outcome *outcome, ms_horizon *out, ms_error *err);
void ms_horizon_clear(ms_horizon *horizon);

/* Event rate by the horizon among the rows listed (in the order of by_time), each counted weight[row] times:
 * 1 - Kaplan-Meier, with competing events Aalen-Johansen. NaN for nobody. */
double ms_horizon_rate_among(const ms_horizon *horizon, const size_t *rows, size_t n_rows,
                             const double *weight);
/* The same among all rows; those with weight 0 do not count. */
double ms_horizon_rate(const ms_horizon *horizon, const double *weight);

/* case_weight[i]: > 0 for those seen to have the event by the horizon, control_weight[i]: > 0 for those known
 * not to have had it; each is count[i] / G, G the chance not to be censored before (Kaplan-Meier of
 * censoring, events first). Both 0 for those censored before. */
void ms_horizon_weights(const ms_horizon *horizon, const double *count, double *case_weight,
                        double *control_weight);

/* MS_EINPUT for the first risk[n] that is NaN or, if asked, outside 0 to 1. */
MS_NODISCARD ms_status ms_check_risk(const double *risk, size_t n, bool probability, ms_error *err);
/* MS_EUSAGE unless ascending and between 0 and 1. */
MS_NODISCARD ms_status ms_check_cuts(const double *cuts, size_t n_cuts, ms_error *err);

/* The same as the public functions, of a resample. work[n] is scratch. */
ms_nri ms_horizon_nri(const ms_horizon *horizon, const double *count, const double *old_risk,
                      const double *new_risk, const double *cuts, size_t n_cuts, double *work);
/* With the weights of ms_horizon_weights. */
ms_idi ms_horizon_idi(size_t n, const double *case_weight, const double *control_weight,
                      const double *old_risk, const double *new_risk);

#endif
