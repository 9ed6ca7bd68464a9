/* myosurv/plot_explain.h: figures of what a model's risk is made up of. Rules as in plot.h: SVG, PDF or PNG
 * by the name's ending, the same bytes every run, written atomically, not for several threads at once. Red
 * raises the risk, blue lowers it, everywhere. */
#ifndef MYOSURV_PLOT_EXPLAIN_H
#define MYOSURV_PLOT_EXPLAIN_H

#include "myosurv/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bars from 0, in the order given; error NaN: none (else a whisker of that length to both sides). */
typedef struct ms_plot_bar {
    const char *name;
    double value, error;
} ms_plot_bar;
/* `note` is wrapped under the figure; title and note may be NULL. MS_EUSAGE without a bar. */
MS_API MS_NODISCARD ms_status ms_plot_importance(const ms_plot_bar *bars, size_t n, const char *title,
                                                 const char *x_label, const char *note, const char *path,
                                                 ms_error *err);

/* One row of dots a feature, a dot a patient: contribution[n] across, coloured by the rank of value[n] among
 * the patients (NaN: grey; NULL: all one colour). */
typedef struct ms_plot_swarm {
    const char *name;
    size_t n;
    const double *contribution, *value;
} ms_plot_swarm;
MS_API MS_NODISCARD ms_status ms_plot_beeswarm(const ms_plot_swarm *rows, size_t n, const char *title,
                                               const char *x_label, const char *note, const char *path,
                                               ms_error *err);

/* One patient: from the baseline, contribution after contribution, to the risk (a waterfall). */
typedef struct ms_plot_step {
    const char *name;
    double contribution, error; /* error NaN: none */
} ms_plot_step;
MS_API MS_NODISCARD ms_status ms_plot_waterfall(double baseline, const ms_plot_step *steps, size_t n,
                                                const char *title, const char *x_label, const char *note,
                                                const char *path, ms_error *err);

/* A map over a slice: the slice with outlines of the regions, and beside it the slice with the map in colours
 * and their bar, from -limit to limit. PNG only. */
typedef struct ms_plot_map {
    ms_plot_image image;
    const uint8_t *labels; /* [height * width] ms_label values, outlined; NULL: none */
    const double *map;     /* [height * width], NaN: nothing there */
    double limit;          /* 0: the largest absolute value of the map */
    const char *title, *bar_label;
    const char *const *lines; /* text under the pictures, each wrapped */
    size_t n_lines;
} ms_plot_map;
MS_API MS_NODISCARD ms_status ms_plot_contribution_map(const ms_plot_map *map, const char *path,
                                                       ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
