/* myosurv/plot_net.h: figures of an elastic net path. As the figures of myosurv/plot.h. */
#ifndef MYOSURV_PLOT_NET_H
#define MYOSURV_PLOT_NET_H

#include "myosurv/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What there is to draw: n models, lambda falling, the number of coefficients of each on top of the figure.
 * Borrowed. */
typedef struct ms_plot_net {
    size_t n;
    const double *lambda;
    const size_t *df;
    double marks[2]; /* lambdas with a dotted line (the best, and within one standard error); NaN: none */
    const ms_plot_style *style; /* NULL: as it is, 120 x 85 mm */
} ms_plot_net;

/* A dot with its standard error for each lambda, over -log(lambda): from the empty model on the left. R:
 * plot(cv.glmnet). y_label such as "Partial likelihood deviance". */
MS_API MS_NODISCARD ms_status ms_plot_net_cv(const ms_plot_net *net, const double *mean, const double *se,
                                             const char *y_label, const char *path, ms_error *err);
/* A line for each of p coefficients over -log(lambda), that of model k and column j at beta[k * p + j] times
 * scale[j] (NULL: 1); those that are 0 everywhere are not drawn. The n_names largest at the path's end are
 * named. R: plot(glmnet, xvar = "lambda"). */
MS_API MS_NODISCARD ms_status ms_plot_net_path(const ms_plot_net *net, const double *beta,
                                               const double *scale, size_t p, const char *const *names,
                                               size_t n_names, const char *y_label, const char *path,
                                               ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
