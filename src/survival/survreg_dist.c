/* The distributions of parametric survival models. With l(z) the logarithm of density, upper tail or lower
 * tail at z = (y - eta) exp(-tau), the derivatives by eta and tau follow from l' and l'' by dz/deta = -1/s,
 * dz/dtau = -z. Extreme value: S = exp(-e^z). */
#include "survival/survreg.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

ms_survreg_kind ms_survreg_kind_of(ms_survreg_dist dist) {
    if (dist == MS_SURVREG_LOGNORMAL || dist == MS_SURVREG_GAUSSIAN) return MS_KIND_GAUSSIAN;
    if (dist == MS_SURVREG_LOGLOGISTIC || dist == MS_SURVREG_LOGISTIC) return MS_KIND_LOGISTIC;
    return MS_KIND_EXTREME;
}

bool ms_survreg_logs(ms_survreg_dist dist) {
    return dist != MS_SURVREG_EXTREME && dist != MS_SURVREG_GAUSSIAN && dist != MS_SURVREG_LOGISTIC;
}

double ms_survreg_fixed_scale(ms_survreg_dist dist) {
    return dist == MS_SURVREG_EXPONENTIAL ? 1 : dist == MS_SURVREG_RAYLEIGH ? 0.5 : 0;
}

const char *ms_survreg_dist_name(ms_survreg_dist dist) {
    static const char *const names[] = {"weibull",  "exponential", "lognormal", "loglogistic",
                                        "rayleigh", "extreme",     "gaussian",  "logistic"};
    return names[dist];
}

double ms_survreg_quantile_z(ms_survreg_kind kind, double p) {
    if (kind == MS_KIND_EXTREME) return log(-log1p(-p));
    if (kind == MS_KIND_LOGISTIC) return log(p) - log1p(-p);
    return gsl_cdf_ugaussian_Pinv(p);
}

double ms_survreg_density(ms_survreg_kind kind, double z) {
    if (kind == MS_KIND_EXTREME) return exp(z - exp(z));
    if (kind == MS_KIND_GAUSSIAN) return gsl_ran_ugaussian_pdf(z);
    double e = exp(-fabs(z));
    return e / ((1 + e) * (1 + e));
}

double ms_survreg_upper(ms_survreg_kind kind, double z) {
    if (kind == MS_KIND_EXTREME) return exp(-exp(z));
    if (kind == MS_KIND_GAUSSIAN) return gsl_cdf_ugaussian_Q(z);
    return 1 / (1 + exp(z));
}

static double lower_tail(ms_survreg_kind kind, double z) {
    if (kind == MS_KIND_EXTREME) return -expm1(-exp(z));
    if (kind == MS_KIND_GAUSSIAN) return gsl_cdf_ugaussian_P(z);
    return 1 / (1 + exp(-z));
}

/* The density's derivative. */
static double density_slope(ms_survreg_kind kind, double z) {
    double f = ms_survreg_density(kind, z);
    if (kind == MS_KIND_EXTREME) return f * (1 - exp(z));
    if (kind == MS_KIND_GAUSSIAN) return -z * f;
    return f * (1 - 2 * lower_tail(kind, z));
}

/* log(1 + e^z) */
static double softplus(double z) {
    return z > 0 ? z + log1p(exp(-z)) : log1p(exp(z));
}

/* l, l', l'' */
static void log_density(ms_survreg_kind kind, double z, double l[3]) {
    if (kind == MS_KIND_EXTREME) {
        double w = exp(z);
        l[0] = z - w, l[1] = 1 - w, l[2] = -w;
    } else if (kind == MS_KIND_GAUSSIAN) {
        l[0] = -z * z / 2 - log(2 * acos(-1.0)) / 2, l[1] = -z, l[2] = -1;
    } else {
        double p = lower_tail(kind, z), q = lower_tail(kind, -z);
        l[0] = z - 2 * softplus(z), l[1] = q - p, l[2] = -2 * p * q;
    }
}

/* The normal distribution's hazard density / upper tail; far out by the continued fraction of Mills' ratio
 * (Abramowitz & Stegun 26.2.14). */
static double normal_hazard(double z) {
    if (z < 5) return gsl_ran_ugaussian_pdf(z) / gsl_cdf_ugaussian_Q(z);
    double below = z;
    for (int k = 200; k > 0; k--) below = z + k / below;
    return below;
}

static double normal_log_upper(double z) {
    if (z < 0) return log1p(-gsl_cdf_ugaussian_P(z));
    if (z < 5) return log(gsl_cdf_ugaussian_Q(z));
    return -z * z / 2 - log(2 * acos(-1.0)) / 2 - log(normal_hazard(z));
}

static void log_upper(ms_survreg_kind kind, double z, double l[3]) {
    if (kind == MS_KIND_EXTREME) {
        l[0] = l[1] = l[2] = -exp(z);
    } else if (kind == MS_KIND_GAUSSIAN) {
        double h = normal_hazard(z);
        l[0] = normal_log_upper(z), l[1] = -h, l[2] = h * (z - h);
    } else {
        double p = lower_tail(kind, z);
        l[0] = -softplus(z), l[1] = -p, l[2] = -p * lower_tail(kind, -z);
    }
}

static void log_lower(ms_survreg_kind kind, double z, double l[3]) {
    if (kind == MS_KIND_EXTREME) {
        double w = exp(z), f = lower_tail(kind, z), ratio = f > 0 ? exp(z - w) / f : 1;
        l[0] = f > 0 ? log(f) : z, l[1] = ratio, l[2] = ratio * (1 - w) - ratio * ratio;
    } else { /* both are symmetric */
        log_upper(kind, -z, l);
        l[1] = -l[1];
    }
}

/* log(F(upper) - F(lower)) by the tails that lose fewer digits. */
static ms_survreg_term interval_term(ms_survreg_kind kind, double z1, double z2, double scale) {
    double f1 = ms_survreg_density(kind, z1), f2 = ms_survreg_density(kind, z2);
    double g1 = density_slope(kind, z1), g2 = density_slope(kind, z2);
    double d = z1 > 0 ? ms_survreg_upper(kind, z1) - ms_survreg_upper(kind, z2)
                      : lower_tail(kind, z2) - lower_tail(kind, z1);
    ms_survreg_term t = {.value = log(d)};
    t.d_eta = -(f2 - f1) / (d * scale);
    t.d_tau = -(f2 * z2 - f1 * z1) / d;
    t.d_eta2 = (g2 - g1) / (d * scale * scale) - t.d_eta * t.d_eta;
    t.d_tau2 = (g2 * z2 * z2 + f2 * z2 - g1 * z1 * z1 - f1 * z1) / d - t.d_tau * t.d_tau;
    t.d_eta_tau = (g2 * z2 + f2 - g1 * z1 - f1) / (d * scale) - t.d_eta * t.d_tau;
    return t;
}

ms_survreg_term ms_survreg_term_at(ms_survreg_kind kind, ms_survreg_status status, double y, double y2,
                                   double eta, double tau) {
    double scale = exp(tau), z = (y - eta) / scale, l[3];
    if (status == MS_SURVREG_INTERVAL) return interval_term(kind, z, (y2 - eta) / scale, scale);
    double event = status == MS_SURVREG_EVENT ? 1 : 0;
    if (status == MS_SURVREG_EVENT)
        log_density(kind, z, l);
    else if (status == MS_SURVREG_RIGHT)
        log_upper(kind, z, l);
    else
        log_lower(kind, z, l);
    return (ms_survreg_term){.value = l[0] - event * tau,
                             .d_eta = -l[1] / scale,
                             .d_tau = -z * l[1] - event,
                             .d_eta2 = l[2] / (scale * scale),
                             .d_eta_tau = (l[1] + z * l[2]) / scale,
                             .d_tau2 = z * l[1] + z * z * l[2]};
}
