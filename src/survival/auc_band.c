/* A band that holds for all times at once: AUC(t_k) -+ c se_k, c the quantile of max_k |N_k|, N normal with
 * the correlations of the estimates, which those of their influence functions are. Blanche et al. 2013,
 * section 3; R: timeROC's confint(n.sim =). */
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>

/* The times with a standard error, and the covariances of their influences over sd sd'. */
static size_t correlate(const ms_auc *auc, size_t *known, double *sd, double *correlation) {
    size_t m = 0, n = auc->n;
    for (size_t k = 0; k < auc->n_times; k++)
        if (!auc->rows[k].state && auc->rows[k].all.se > 0) known[m++] = k;
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b <= a; b++) {
            const double *x = auc->influence + known[a] * n, *y = auc->influence + known[b] * n;
            double xy = 0, sum_x = 0, sum_y = 0;
            for (size_t i = 0; i < n; i++) {
                xy += x[i] * y[i];
                sum_x += x[i];
                sum_y += y[i];
            }
            correlation[a * m + b] = xy - sum_x * sum_y / (double)n;
        }
    for (size_t a = 0; a < m; a++) sd[a] = sqrt(correlation[a * m + a]);
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b <= a; b++) correlation[a * m + b] /= sd[a] * sd[b];
    return m;
}

static int compare_doubles(const void *a, const void *b) {
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* largest[draws] of |L D^(1/2) z|, factor the Cholesky factor; work[m]. */
static void draw(const double *factor, size_t m, size_t draws, ms_random *random, double *work,
                 double *largest) {
    for (size_t d = 0; d < draws; d++) {
        double most = 0;
        for (size_t a = 0; a < m; a++) work[a] = sqrt(fmax(0, factor[a * m + a])) * ms_random_normal(random);
        for (size_t a = 0; a < m; a++) {
            double value = work[a];
            for (size_t b = 0; b < a; b++) value += factor[a * m + b] * work[b];
            most = fmax(most, fabs(value));
        }
        largest[d] = most;
    }
}

ms_status ms_auc_band(ms_auc *auc, size_t draws, uint64_t seed, ms_error *err) {
    size_t times = auc->n_times, m = 0;
    size_t *known = ms_calloc(times, sizeof *known);
    double *sd = ms_calloc(times, sizeof *sd), *factor = ms_calloc(times * times, sizeof *factor),
           *largest = ms_calloc(draws, sizeof *largest);
    ms_random *random = ms_random_new(seed, "auc-band");
    ms_status status = MS_OK;
    if (draws == 0)
        status = ms_error_set(err, MS_EUSAGE, "a band needs draws");
    else if (!known || !sd || !factor || !largest || !random)
        status = ms_error_nomem(err);
    if (status) goto cleanup;
    m = correlate(auc, known, sd, factor);
    if (m == 0) goto cleanup;
    (void)ms_cholesky(factor, m, 1e-10);
    draw(factor, m, draws, random, sd, largest);
    qsort(largest, draws, sizeof *largest, compare_doubles);
    auc->band_critical = ms_quantile7(largest, draws, auc->options.conf_level);
    for (size_t k = 0; k < m; k++) {
        ms_auc_row *row = &auc->rows[known[k]];
        row->band_lower = fmax(0, row->all.auc - auc->band_critical * row->all.se);
        row->band_upper = fmin(1, row->all.auc + auc->band_critical * row->all.se);
    }
cleanup:
    free(known);
    free(sd);
    free(factor);
    free(largest);
    ms_random_free(random);
    return status;
}
