/* myosurv/plot_nomogram.h: the figure of a nomogram. Conventions are those of plot.h. */
#ifndef MYOSURV_PLOT_NOMOGRAM_H
#define MYOSURV_PLOT_NOMOGRAM_H

#include "myosurv/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A scale with its marks at so many points. Borrowed. */
typedef struct ms_plot_scale {
    const char *name;
    size_t n;
    const double *points;
    const char *const *labels;
} ms_plot_scale;

/* Points from 0 to 100, the variables under them; total points from 0 to most_points, the outcomes under
 * them.
 */
MS_API MS_NODISCARD ms_status ms_plot_nomogram(const ms_plot_scale *variables, size_t n_variables,
                                               const ms_plot_scale *outcomes, size_t n_outcomes,
                                               double most_points, const ms_plot_style *style,
                                               const char *path, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
