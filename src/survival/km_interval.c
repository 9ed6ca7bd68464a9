/* Pointwise confidence intervals of a survival probability S from se, the standard error of log S
 * (Greenwood): log      S exp(-+ z se)                                   log-log  S^exp(-+ z se / log S)
 *   plain    S -+ z se S                                      logit    on log(S / (1 - S)), se / (1 - S)
 *   arcsin   on asin(sqrt(S)), se sqrt(S / (1 - S)) / 2
 * cut to [0, 1]. NaN where the transform has no value, as R's survfit_confint has NA. */
#include "survival/survival.h"

#include <math.h>

static double clamp(double value, double low, double high) {
    return value < low ? low : value > high ? high : value; /* NaN stays */
}

static double from_logit(double logit) {
    return 1 - 1 / (1 + exp(logit));
}

void ms_km_interval(ms_conf_type type, double z, double surv, double se_log, double *lower, double *upper) {
    double half = z * se_log;
    *lower = *upper = NAN;
    if (type != MS_CONF_PLAIN && surv == 0) return;
    switch (type) {
    case MS_CONF_PLAIN:
        *lower = clamp(surv - half * surv, 0, INFINITY);
        *upper = clamp(surv + half * surv, -INFINITY, 1);
        break;
    case MS_CONF_LOG:
        *lower = exp(log(surv) - half);
        *upper = clamp(exp(log(surv) + half), -INFINITY, 1);
        break;
    case MS_CONF_LOG_LOG:
        if (surv == 1) return;
        *lower = exp(-exp(log(-log(surv)) - half / log(surv)));
        *upper = exp(-exp(log(-log(surv)) + half / log(surv)));
        break;
    case MS_CONF_LOGIT:
        if (surv == 1) return;
        *lower = from_logit(log(surv / (1 - surv)) - half / (1 - surv));
        *upper = from_logit(log(surv / (1 - surv)) + half / (1 - surv));
        break;
    case MS_CONF_ARCSIN: {
        if (surv == 1) return;
        double angle = asin(sqrt(surv)), step = 0.5 * half * sqrt(surv / (1 - surv));
        *lower = pow(sin(clamp(angle - step, 0, INFINITY)), 2);
        *upper = pow(sin(clamp(angle + step, -INFINITY, acos(-1.0) / 2)), 2);
        break;
    }
    }
}
