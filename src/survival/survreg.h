/* survival/survreg.h: between the survreg*.c files. */
#ifndef MS_SURVIVAL_SURVREG_H
#define MS_SURVIVAL_SURVREG_H

#include "myosurv/survival_parametric.h"
#include "survival/survival.h"

/* The three distributions of e. */
typedef enum ms_survreg_kind { MS_KIND_EXTREME, MS_KIND_GAUSSIAN, MS_KIND_LOGISTIC } ms_survreg_kind;
ms_survreg_kind ms_survreg_kind_of(ms_survreg_dist dist);
bool ms_survreg_logs(ms_survreg_dist dist);
/* The scale a distribution fixes (exponential, Rayleigh); 0: none. */
double ms_survreg_fixed_scale(ms_survreg_dist dist);

/* Log likelihood of a row at z = (y - eta) / scale, with its first and second derivatives in z. For an
 * interval also its upper z. `value` has no -log(scale) of an event. */
typedef struct ms_survreg_term {
    double value, d_eta, d_tau; /* by eta and tau = log(scale) */
    double d_eta2, d_eta_tau, d_tau2;
} ms_survreg_term;
ms_survreg_term ms_survreg_term_at(ms_survreg_kind kind, ms_survreg_status status, double y, double y2,
                                   double eta, double tau);
/* The distribution's quantile, density and upper tail at z. */
double ms_survreg_quantile_z(ms_survreg_kind kind, double p);
double ms_survreg_density(ms_survreg_kind kind, double z);
double ms_survreg_upper(ms_survreg_kind kind, double z);

#endif
