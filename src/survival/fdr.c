/* Benjamini & Hochberg 1995: the share of false discoveries among all tests as small as this one. */
#include "survival/survival.h"

#include "myosurv/survival_tables.h"

#include <math.h>
#include <stdlib.h>

ms_status ms_fdr_adjust(const double *p, size_t n, double *q, ms_error *err) {
    double *values = ms_calloc(n, sizeof *values);
    size_t *order = ms_calloc(n, sizeof *order), *from = ms_calloc(n, sizeof *from), m = 0;
    ms_status status = values && order && from ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        if (isnan(p[i])) continue;
        from[m] = i;
        values[m++] = p[i];
    }
    if (status == MS_OK) status = ms_order(values, m, order, err);
    if (status == MS_OK) {
        double least = 1;
        for (size_t i = 0; i < n; i++)
            if (isnan(p[i])) q[i] = p[i];
        for (size_t rank = m; rank-- > 0;) {
            least = fmin(least, values[order[rank]] * (double)m / (double)(rank + 1));
            q[from[order[rank]]] = least;
        }
    }
    free(values);
    free(order);
    free(from);
    return status;
}
