/* Golden numbers of R 4.2.2, survival 3.5-3: coxph(Surv(time, event) ~ age + resid.ds + ecog.ps + strata(rx),
 * coxph.control(eps = 1e-13)) on the data of ovarian.h, with both treatments of ties. */
#ifndef MS_TESTS_GOLDEN_MODEL_OVARIAN_STRATA_H
#define MS_TESTS_GOLDEN_MODEL_OVARIAN_STRATA_H

/* [Efron, Breslow] */
static const double strata_coef[2][3] = {{0.12313356999848173, 0.77557897028580391, 0.137385967288183},
                                         {0.12339704801275768, 0.73975326363979732, 0.10524635511988023}};
/* at zero, at the coefficients */
static const double strata_loglik[2][2] = {{-27.132016231127224, -20.206601019413053},
                                           {-27.237376746785053, -20.398341229998668}};

#endif
