/* Robust (sandwich) variance: with score residuals u_i weighted by the cases' weights and the model's
 * variance V, the influence of a row on the coefficients is D_i = w_i u_i V; rows of a cluster are summed;
 * the variance is D' D (Lin & Wei 1989; R: coxph(cluster =)). The robust score test does the same with the
 * residuals at coefficients of zero. */
#include "survival/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums w_i u_i over clusters into sums[n_clusters * p]. */
static void collapse(const ms_sorted *s, const ms_design *design, const double *residuals, double *sums) {
    size_t p = design->p;
    for (size_t i = 0; i < s->n; i++) {
        double *sum = sums + (design->cluster ? design->cluster[i] : i) * p;
        for (size_t j = 0; j < p; j++) sum[j] += ms_sorted_weight(s, i) * residuals[i * p + j];
    }
}

/* out[p * p] = S' S for S[n * p]. */
static void cross_product(const double *s, size_t n, size_t p, double *out) {
    memset(out, 0, p * p * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < p; a++)
            for (size_t b = 0; b < p; b++) out[a * p + b] += s[i * p + a] * s[i * p + b];
}

/* out[p * p] = V M V for symmetric V. */
static void sandwich(const double *v, const double *m, size_t p, double *scratch, double *out) {
    for (size_t pass = 0; pass < 2; pass++) {
        const double *left = pass ? scratch : v, *right = pass ? v : m;
        double *to = pass ? out : scratch;
        for (size_t a = 0; a < p; a++)
            for (size_t b = 0; b < p; b++) {
                double sum = 0;
                for (size_t k = 0; k < p; k++) sum += left[a * p + k] * right[k * p + b];
                to[a * p + b] = sum;
            }
    }
}

static ms_status score_test(const double *sums, size_t n, size_t p, double *meat, ms_cox *cox,
                            ms_error *err) {
    double *total = ms_calloc(p + 1, sizeof *total);
    if (!total) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++) total[j] += sums[i * p + j];
    cross_product(sums, n, p, meat);
    ms_status status = ms_quadratic_form(meat, total, p, 1e-12, &cox->robust_score, NULL, err);
    free(total);
    return status;
}

ms_status ms_cox_robust(const ms_sorted *sorted, const ms_design *design, ms_cox *cox, ms_error *err) {
    size_t n = sorted->n, p = design->p, n_clusters = design->cluster ? design->n_clusters : n;
    double *residuals = ms_calloc(n * p, sizeof(double)), *sums = ms_calloc(n_clusters * p, sizeof(double));
    double *meat = ms_calloc(2 * p * p + 1, sizeof(double)), *zero = ms_calloc(n, sizeof(double));
    ms_status status = residuals && sums && meat && zero ? MS_OK : ms_error_nomem(err);
    if (status) goto cleanup;
    status = ms_cox_residuals_at(sorted, cox->ties, p, design->x, cox->lp, NULL, residuals, err);
    if (status) goto cleanup;
    collapse(sorted, design, residuals, sums);
    cross_product(sums, n_clusters, p, meat);
    sandwich(cox->naive_var, meat, p, meat + p * p, cox->var);
    if (design->offset) memcpy(zero, design->offset, n * sizeof *zero);
    status = ms_cox_residuals_at(sorted, cox->ties, p, design->x, zero, NULL, residuals, err);
    if (status) goto cleanup;
    memset(sums, 0, n_clusters * p * sizeof *sums);
    collapse(sorted, design, residuals, sums);
    status = score_test(sums, n_clusters, p, meat, cox, err);
cleanup:
    free(residuals);
    free(sums);
    free(meat);
    free(zero);
    return status;
}
