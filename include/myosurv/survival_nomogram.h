/* myosurv/survival_nomogram.h: a Cox model as scales to read points from.
 *
 * R: rms::nomogram (with the whole range of the data on each scale). */
#ifndef MYOSURV_SURVIVAL_NOMOGRAM_H
#define MYOSURV_SURVIVAL_NOMOGRAM_H

#include "myosurv/survival.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ms_nomogram_mark {
    char *label;
    double points; /* or total points, on a scale of survival */
} ms_nomogram_mark;

/* One variable, or survival at one time. */
typedef struct ms_nomogram_scale {
    char *name;
    size_t n;
    ms_nomogram_mark *marks;
} ms_nomogram_scale;

typedef struct ms_nomogram {
    size_t n, n_events, n_dropped; /* of the model */
    size_t n_variables, n_times;
    ms_nomogram_scale *variables; /* [n_variables] 0 to 100 points */
    ms_nomogram_scale *survival;  /* [n_times] against total points; only what lies on the scale */
    double *time;                 /* [n_times] */
    double most_points;           /* total points reach from 0 to this */
    double lp_zero, lp_per_point; /* log hazard ratio (against x = 0) at 0 total points, and for each point */
    double *reference_surv;       /* [n_times] survival at lp = reference_lp */
    double reference_lp;
} ms_nomogram;

/* Fits `formula` (R's language; MS_EUSAGE with strata, interactions or tt(), which have no such scales) to
 * the table and makes the scales; the variable with the widest range of the log hazard gets 100 points. Marks
 * are the values of a category (or of a number with at most ten), else round numbers within the data's range.
 * times lie within follow-up (MS_EINPUT). */
MS_API MS_NODISCARD ms_status ms_nomogram_make(const ms_table *table, const char *formula,
                                               const char *weights_column, ms_ties ties, const double *times,
                                               size_t n_times, ms_nomogram *out, ms_error *err);
MS_API void ms_nomogram_clear(ms_nomogram *nomogram);
/* Survival at time[i] with so many total points. */
MS_API double ms_nomogram_survival(const ms_nomogram *nomogram, size_t i, double total_points);

MS_API MS_NODISCARD ms_status ms_nomogram_text(const ms_nomogram *nomogram, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_nomogram_json(const ms_nomogram *nomogram, char **text, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
