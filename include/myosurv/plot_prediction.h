/* myosurv/plot_prediction.h: figures of how good predictions are: ROC curves, a number over time with its
 * band, calibration. As in myosurv/plot.h: numbers in, SVG, PDF or PNG out by the name's ending, the same
 * bytes every run; colours can be told apart by colour-blind readers and, with line styles, in grey. What is
 * passed is borrowed. */
#ifndef MYOSURV_PLOT_PREDICTION_H
#define MYOSURV_PLOT_PREDICTION_H

#include "myosurv/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A curve from (0, 0) to (1, 1). */
typedef struct ms_plot_roc_curve {
    const char *name; /* e.g. "t = 365: AUC 0.70 (0.62 to 0.77)" */
    size_t n;
    const double *fpr, *tpr; /* [n] */
} ms_plot_roc_curve;
/* Sensitivity against 1 - specificity, with the diagonal of chance. (roc_figure.c) */
MS_API MS_NODISCARD ms_status ms_plot_roc(const ms_plot_roc_curve *curves, size_t n, const char *title,
                                          const ms_plot_style *style, const char *path, ms_error *err);

/* A number over time. NaN in y breaks the line; NaN in a bound leaves the band out there. */
typedef struct ms_plot_band {
    const char *name;
    size_t n;
    const double *x, *y, *lower, *upper; /* [n]; lower and upper may be NULL */
    bool step;                           /* y holds from x on, as a step */
    bool marks;                          /* a dot at each point */
} ms_plot_band;
typedef struct ms_plot_bands_options {
    const char *title, *x_label, *y_label; /* NULL: none */
    double y_min, y_max;                   /* NaN: from the data */
    double reference;                      /* a dashed line across; NaN: none */
    const ms_plot_style *style;
} ms_plot_bands_options;
MS_API void ms_plot_bands_options_default(ms_plot_bands_options *options);
/* (band_figure.c) */
MS_API MS_NODISCARD ms_status ms_plot_bands(const ms_plot_band *bands, size_t n,
                                            const ms_plot_bands_options *options, const char *path,
                                            ms_error *err);

/* Observed against predicted probability. */
typedef struct ms_plot_calibration_input {
    size_t n_groups;
    const double *predicted, *observed, *lower, *upper; /* [n_groups]; NaN: left out */
    size_t n_grid;
    const double *grid, *smooth, *smooth_lower, *smooth_upper; /* [n_grid] */
    size_t n;
    const double *p;   /* [n] all predictions, for the histogram */
    const char *note;  /* lines of text inside, or NULL */
    const char *title; /* or NULL */
    const char *x_label, *y_label;
} ms_plot_calibration_input;
/* Groups with intervals, the smooth curve with its band, the diagonal of a perfect prediction, and under them
 * the histogram of the predictions. (calibration_figure.c) */
MS_API MS_NODISCARD ms_status ms_plot_calibration(const ms_plot_calibration_input *input,
                                                  const ms_plot_style *style, const char *path,
                                                  ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
