/* myosurv/plot_curves.h: many curves in one picture, with their names below it, and the risks of several
 * groups. As in myosurv/plot.h: numbers in, SVG, PDF or PNG out by the name's ending, the same bytes every
 * run. What is passed is borrowed. */
#ifndef MYOSURV_PLOT_CURVES_H
#define MYOSURV_PLOT_CURVES_H

#include "myosurv/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- curves (curves_figure.c) ------------------------------------------------------------------------- */

typedef struct ms_plot_series {
    const char *name;
    size_t n;
    const double *x, *y, *lower, *upper; /* [n]; NaN breaks the line; lower and upper may be NULL */
    bool points;                         /* dots with bars in place of a line with a band */
    bool reference;                      /* thin and grey: what others are held against */
} ms_plot_series;

typedef struct ms_plot_series_options {
    const char *title, *x_label, *y_label; /* NULL: none */
    double x_min, x_max, y_min, y_max;     /* NaN: from the data; what lies outside is cut off */
    double across;                         /* a dashed line at this height; NaN: none */
    bool diagonal;                         /* a dashed line from corner to corner */
    const ms_plot_style *style;            /* NULL: as it is, 120 mm wide */
} ms_plot_series_options;
MS_API void ms_plot_series_options_default(ms_plot_series_options *options);
/* The first series that is no reference is drawn stronger. The names are in a list under the axes, which
 * makes the figure taller and hides no curve. MS_EUSAGE without series. */
MS_API MS_NODISCARD ms_status ms_plot_series_draw(const ms_plot_series *series, size_t n,
                                                  const ms_plot_series_options *options, const char *path,
                                                  ms_error *err);

/* ---- risks by group (risk_figure.c) ------------------------------------------------------------------- */

/* A histogram: how many patients are in each bin, and how many of them had the event. */
typedef struct ms_plot_risk_group {
    const char *name;           /* "internal: n = 17, 7 events" */
    const double *all, *events; /* [n_bins] */
} ms_plot_risk_group;

typedef struct ms_plot_risk {
    size_t n_bins;
    const double *edge; /* [n_bins + 1] ascending */
    const ms_plot_risk_group *groups;
    size_t n_groups;
    double cutpoint;            /* a line through all the groups; NaN: none */
    const char *cutpoint_label; /* in the legend */
    const char *title, *x_label;
    const ms_plot_style *style;
} ms_plot_risk;
/* A histogram a group, one above the other over one axis: the events dark, the rest pale. Each group has a
 * scale of its own. MS_EUSAGE without groups or bins. */
MS_API MS_NODISCARD ms_status ms_plot_risks(const ms_plot_risk *risk, const char *path, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
