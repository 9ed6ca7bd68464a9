/* Rubin's rules: the results of several imputed tables as one. Rubin 1987; degrees of freedom of Barnard &
 * Rubin 1999, Biometrika 86:948. R: mice::pool. */
#include "myosurv/survival_impute.h"
#include "survival/survival.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static ms_status pooled_alloc(size_t m, size_t p, ms_pooled *r, ms_error *err) {
    double *block = ms_calloc(12 * p + 1, sizeof *block);
    if (!block) return ms_error_nomem(err);
    double **const parts[] = {&r->coef,    &r->se,    &r->within, &r->between, &r->df,     &r->t,
                              &r->p_value, &r->lower, &r->upper,  &r->riv,     &r->lambda, &r->fmi};
    for (size_t k = 0; k < MS_COUNT(parts); k++) *parts[k] = block + k * p;
    r->m = m;
    r->p = p;
    return MS_OK;
}

/* What the analyses know of one coefficient. */
static void pool_one(ms_pooled *r, size_t j, double df_complete, double conf_level) {
    double m = (double)r->m, between = (1 + 1 / m) * r->between[j], total = r->within[j] + between;
    r->se[j] = sqrt(total);
    r->riv[j] = between / r->within[j];
    r->lambda[j] = between / total;
    double lambda = fmax(r->lambda[j], 1e-4), df = (m - 1) / (lambda * lambda);
    if (isfinite(df_complete)) {
        double observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - lambda);
        df = df * observed / (df + observed);
    }
    r->df[j] = df;
    r->fmi[j] = (r->riv[j] + 2 / (df + 3)) / (r->riv[j] + 1);
    r->t[j] = r->coef[j] / r->se[j];
    r->p_value[j] = isnan(r->t[j]) ? NAN : 2 * gsl_cdf_tdist_Q(fabs(r->t[j]), df);
    double half = r->se[j] * gsl_cdf_tdist_Pinv(0.5 + conf_level / 2, df);
    r->lower[j] = r->coef[j] - half;
    r->upper[j] = r->coef[j] + half;
}

ms_status ms_rubin_pool(const double *coef, const double *variance, size_t m, size_t p, double df_complete,
                        double conf_level, ms_pooled *out, ms_error *err) {
    ms_pooled r = {0};
    if (m < 2) return ms_error_set(err, MS_EUSAGE, "two imputations or more are needed to pool");
    ms_status status = pooled_alloc(m, p, &r, err);
    if (status) return status;
    for (size_t j = 0; j < p; j++) {
        for (size_t i = 0; i < m; i++) {
            r.coef[j] += coef[i * p + j] / (double)m;
            r.within[j] += variance[i * p + j] / (double)m;
        }
        for (size_t i = 0; i < m; i++) {
            double d = coef[i * p + j] - r.coef[j];
            r.between[j] += d * d / (double)(m - 1);
        }
        pool_one(&r, j, df_complete, conf_level);
    }
    *out = r;
    return MS_OK;
}

void ms_pooled_clear(ms_pooled *pooled) {
    MS_FREE(pooled->coef);
    pooled->m = pooled->p = 0;
}
