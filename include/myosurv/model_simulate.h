/* myosurv/model_simulate.h: cohorts with a known hazard, to see what a model finds again.
 *
 * Three kinds, as DeepSurv defines them (Katzman et al., BMC Med Res Methodol 2018;18:24) and TFDeepSurv
 * after it. Inputs x0 ... are uniform on [-1, 1]; only the first k = `informative` of them (2) carry the
 * hazard. The log hazard ratio of a patient is linear     1 x0 + 2 x1 + ... + k x(k-1) gaussian   log(M)
 * exp(-(x0^2 + ... + x(k-1)^2) / (2 r^2)),  M = max_hazard (10), r = radius (0.5) treatment  the Gaussian one
 * for patients with treatment = 1 and 0 for those with treatment = 0; a fair coin decides, and is one more
 * input The linear and Gaussian ones are centred at their mean over the rows made, in the treatment kind
 * before the untreated get 0 (so that treatment helps some and harms others). The time to the event is
 * exponential with mean mean_time * exp(-risk), mean_time = 5.
 *
 * Follow-up ends for all at one time: at `end_time` when that is above 0 (TFDeepSurv: 15), otherwise at the
 * time by which the share 1 - `censored` of the rows has had its event (DeepSurv's data sets: 0.5). Who
 * reaches it is censored there.
 *
 * With more than one informative input the Gaussian hazard cannot be found by Cox regression: it rises
 * towards the middle from all sides.
 *
 * Thread safety: pure functions of their arguments; the same settings and seed give the same rows everywhere.
 */
#ifndef MYOSURV_MODEL_SIMULATE_H
#define MYOSURV_MODEL_SIMULATE_H

#include "myosurv/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ms_simulate_kind {
    MS_SIMULATE_LINEAR,
    MS_SIMULATE_GAUSSIAN,
    MS_SIMULATE_TREATMENT
} ms_simulate_kind;

typedef struct ms_simulate_options {
    ms_simulate_kind kind;
    size_t rows;        /* 4000 */
    size_t inputs;      /* x0 ...; 10 (without the treatment) */
    size_t informative; /* of them carry the hazard, from 1 to inputs; 2 */
    double max_hazard;  /* M above, > 0; 10; not used by the linear kind */
    double radius;      /* r above, > 0; 0.5; likewise */
    double mean_time;   /* > 0; 5; any unit */
    double censored;    /* share of rows, [0, 1); 0.5; not used when end_time is given */
    double end_time;    /* of follow-up, in the unit of mean_time; 0: from `censored` */
    uint64_t seed;
} ms_simulate_options;

MS_API void ms_simulate_options_default(ms_simulate_options *options);

/* "linear", "gaussian" or "treatment"; MS_EUSAGE lists them. */
MS_API MS_NODISCARD ms_status ms_simulate_kind_find(const char *name, ms_simulate_kind *kind, ms_error *err);

/* Columns of x: the inputs, and the treatment for that kind. */
MS_API size_t ms_simulate_columns(const ms_simulate_options *options);

/* Draws a cohort into arrays of the caller's: x[rows * ms_simulate_columns] row-major, time[rows],
 * event[rows] (1 at an event, 0 censored) and risk[rows], the true log hazard ratio. MS_EINPUT for a setting
 * out of its range. */
MS_API MS_NODISCARD ms_status ms_simulate(const ms_simulate_options *options, double *x, double *time,
                                          uint8_t *event, double *risk, ms_error *err);

/* The same as a table with the columns x0 ..., treatment (of that kind), time, event, true_risk. *table is
 * the caller's. */
MS_API MS_NODISCARD ms_status ms_simulate_table(const ms_simulate_options *options, ms_table **table,
                                                ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
