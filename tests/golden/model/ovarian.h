/* Golden numbers of R 4.2.2, survival 3.5-3: the data set `ovarian` (Edmunson et al. 1979) with follow-up in
 * whole units of 60 days, ceiling(futime / 60), so that there are ties; and coxph(Surv(time, event) ~ age +
 * resid.ds + rx + ecog.ps, eps = 1e-12) on it with both treatments of ties. Tolerances are in the tests. */
#ifndef MS_TESTS_GOLDEN_MODEL_OVARIAN_H
#define MS_TESTS_GOLDEN_MODEL_OVARIAN_H

#include <stddef.h>
#include <stdint.h>

enum { ovarian_n = 26, ovarian_p = 4 };
static const char *const ovarian_names[] = {"age_years", "resid_ds", "rx", "ecog_ps"};
static const double ovarian_time[] = {1,  2,  3,  8,  8,  8,  8,  8,  8, 10, 11, 13, 13,
                                      13, 14, 15, 18, 19, 19, 21, 21, 5, 6,  6,  7,  7};
static const uint8_t ovarian_event[] = {1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0,
                                        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0};
static const double ovarian_x[] = {72.3315, 2, 1, 1, 74.4932, 2, 1, 1, 66.4658, 2, 1, 2, 53.3644, 2, 2, 1,
                                   50.3397, 2, 1, 1, 56.4301, 1, 1, 2, 56.937,  2, 2, 2, 59.8548, 2, 2, 2,
                                   64.1753, 2, 1, 1, 55.1781, 1, 2, 2, 56.7562, 1, 1, 2, 50.1096, 1, 2, 1,
                                   59.6301, 2, 2, 2, 57.0521, 2, 2, 1, 39.2712, 1, 1, 1, 43.1233, 1, 1, 2,
                                   38.8932, 2, 1, 2, 44.6,    1, 1, 1, 53.9068, 1, 2, 1, 44.2055, 2, 2, 1,
                                   59.589,  1, 2, 2, 74.5041, 2, 1, 2, 43.137,  2, 1, 1, 63.2192, 1, 2, 2,
                                   64.4247, 2, 2, 1, 58.3096, 1, 2, 1};
static const double ovarian_coef_efron[] = {0.12822901379458468, 0.85500399463714205, -0.86559106578351208,
                                            0.36534506332651284};
/* at zero, at the coefficients */
static const double ovarian_loglik_efron[] = {-35.300793320581043, -26.656834959645934};
static const double ovarian_coef_breslow[] = {0.12971787633387585, 0.81428368190592282, -0.89019930543899584,
                                              0.32924091201085837};
/* at zero, at the coefficients */
static const double ovarian_loglik_breslow[] = {-35.522254785712263, -26.933732035113316};
/* basehaz of the Breslow fit at the mean linear predictor */
static const double ovarian_base_time[] = {1, 2, 3, 5, 6, 7, 8, 10, 11, 13, 14, 15, 18, 19, 21};
static const double ovarian_base_hazard[] = {0.010448673284110815, 0.022901784856396493, 0.039593378513161324,
                                             0.059631064194898567, 0.15254884977678079,  0.20259593358969447,
                                             0.37641904535449355,  0.53412037829247749,  0.70302984158181026,
                                             0.70302984158181026,  0.70302984158181026,  0.70302984158181026,
                                             0.70302984158181026,  0.70302984158181026,  0.70302984158181026};
/* linear predictors less their mean, and concordance() of them */
static const double ovarian_lp_breslow[] = {
    2.7346736159040637,   3.0150847491750037,   2.3030283807033074,  -0.61589762174718832,
    -0.11805597685526781, 0.18693500727350543,  0.17677337525407477, 0.55526419482105727,
    1.6766686729497051,   -0.86567107933550247, 0.22923600674598266, -1.8523870475446111,
    0.52611658800883543,  -0.13753700919075396, -2.3681219729626948, -1.5391948295261138,
    -1.2736307363001194,  -1.6768813535547373,  -1.359822327529618,  -1.8039706793015249,
    -0.29349849861441069, 3.3457395860379,      -1.0523749247252754, 0.17740333605282554,
    0.81882100586837847,  -0.78870046160682872};
static const double ovarian_c_breslow = 0.82648401826484019;

#endif
