/* myosurv/plot_decision.h: decision curves. As the figures of myosurv/plot.h. */
#ifndef MYOSURV_PLOT_DECISION_H
#define MYOSURV_PLOT_DECISION_H

#include "myosurv/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One strategy over the thresholds. lower and upper may be NULL; values that are NaN break the line.
 * Borrowed. */
typedef struct ms_plot_strategy {
    const char *name;
    const double *value, *lower, *upper; /* [n_thresholds] */
    bool reference;                      /* thin, without colour: treat all, treat none */
} ms_plot_strategy;

typedef struct ms_plot_decision_options {
    const char *title, *x_label, *y_label; /* NULL: none, "Threshold probability", "Net benefit" */
    double y_min, y_max;                   /* NaN: from the curves, a little below 0 */
    const ms_plot_style *style;            /* NULL: as it is, 120 x 85 mm */
} ms_plot_decision_options;
MS_API void ms_plot_decision_options_default(ms_plot_decision_options *options);
/* Threshold probability (in per cent) against net benefit or another value, a line a strategy with its band.
 * What lies below the axis is cut. */
MS_API MS_NODISCARD ms_status ms_plot_decision(const double *threshold, size_t n_thresholds,
                                               const ms_plot_strategy *strategies, size_t n,
                                               const ms_plot_decision_options *options, const char *path,
                                               ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
