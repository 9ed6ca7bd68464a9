/* survival/combat.h: between the combat_*.c files. */
#ifndef MS_SURVIVAL_COMBAT_H
#define MS_SURVIVAL_COMBAT_H

#include "base/base.h"
#include "myosurv/survival_tables.h"

/* Rows and what they are explained by. */
typedef struct ms_combat_data {
    const double *x; /* [n * p] */
    size_t n, p;
    const size_t *batch; /* [n] */
    const double *covariates;
    size_t q;
} ms_combat_data;

/* Mean, beta, sd and state of every feature by least squares; s[n * p] gets what is left over its sd (NaN
 * where missing or not fitted). */
MS_NODISCARD ms_status ms_combat_standardize(const ms_combat_data *data, ms_combat *combat, double *s,
                                             ms_error *err);
/* gamma and delta as the batch's mean and variance of s: starting values, and the result without Bayes. */
void ms_combat_naive(const ms_combat_data *data, const double *s, ms_combat *combat);
/* gamma and delta pulled to what the features have in common (combat_bayes.c). */
MS_NODISCARD ms_status ms_combat_parametric(const ms_combat_data *data, const double *s, size_t batch,
                                            ms_combat *combat, ms_error *err);
MS_NODISCARD ms_status ms_combat_non_parametric(const ms_combat_data *data, const double *s, size_t batch,
                                                ms_combat *combat, ms_error *err);

#endif
