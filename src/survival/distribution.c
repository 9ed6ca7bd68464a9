/* The few distributions the room needs, from GSL. */
#include "survival/survival.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double ms_normal_quantile(double p) {
    ms_gsl_quiet();
    return gsl_cdf_ugaussian_Pinv(p);
}

double ms_normal_two_sided(double z) {
    return isnan(z) ? NAN : 2 * gsl_cdf_ugaussian_Q(fabs(z));
}

double ms_chisq_upper(double chisq, double df) {
    if (isnan(chisq) || !(df > 0)) return NAN;
    ms_gsl_quiet();
    return gsl_cdf_chisq_Q(chisq, df);
}
