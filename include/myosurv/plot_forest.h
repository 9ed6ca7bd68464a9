/* myosurv/plot_forest.h: a forest plot with its table, as papers print hazard ratios. */
#ifndef MYOSURV_PLOT_FOREST_H
#define MYOSURV_PLOT_FOREST_H

#include "myosurv/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MS_FOREST_PANELS = 2 };

typedef struct ms_forest_value {
    double value, lower, upper, p; /* value NaN: nothing is drawn */
} ms_forest_value;
/* A row: a heading (name alone), a number, or a level under its heading (indented). Borrowed. */
typedef struct ms_forest_row {
    const char *name;
    bool heading, indented;
    bool reference;   /* a level that others are compared with: a mark at 1 and "reference" */
    double n, events; /* NaN: an empty cell */
    ms_forest_value panel[MS_FOREST_PANELS];
} ms_forest_row;
typedef struct ms_forest_options {
    size_t n_panels;                          /* 1 or 2 */
    const char *panel_name[MS_FOREST_PANELS]; /* over each panel; NULL: none */
    const char *value_name;                   /* "HR (95% CI)" */
    const char *x_label;                      /* NULL: none */
    const char *note;                         /* under the figure; NULL: none */
    const ms_plot_style *style;
} ms_forest_options;
/* Ratios on a logarithmic axis with a line at 1: names, n and events on the left, and for each panel marks
 * with intervals, the numbers, and p. Intervals that reach far beyond the estimates are cut with an arrow.
 * MS_EUSAGE without rows. */
MS_API MS_NODISCARD ms_status ms_plot_forest_table(const ms_forest_row *rows, size_t n,
                                                   const ms_forest_options *options, const char *path,
                                                   ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
