/* survival/impute.h: between the impute_*.c files. */
#ifndef MS_SURVIVAL_IMPUTE_PRIVATE_H
#define MS_SURVIVAL_IMPUTE_PRIVATE_H

#include "myosurv/survival_impute.h"
#include "survival/survival.h"

/* One column over the rows with an outcome. */
typedef struct ms_gappy {
    size_t n_levels; /* 0: a number */
    double *value;   /* [n] number or level; anything where missing */
    uint8_t *missing;
    size_t n_missing;
} ms_gappy;

/* What is imputed: the columns and what is known of everyone. */
typedef struct ms_chain {
    size_t n, n_columns;
    const ms_gappy *columns;
    const double *outcome[2]; /* [n] event indicator, cumulative hazard */
    size_t iterations, donors;
    ms_impute_method number;
} ms_chain;
/* Fills filled[n_columns][n] (a column after the other): the known values, and drawn ones in the gaps. */
MS_NODISCARD ms_status ms_chain_run(const ms_chain *chain, ms_random *random, double *filled, ms_error *err);

/* Predictors of one column, standardised: x[n * q], the first column 1. */
typedef struct ms_predictors {
    size_t n, q;
    double *x;
} ms_predictors;

/* New values in the gaps of y[n] (in place), from what is known: a number by matching or the normal model, a
 * category with levels 0 .. n_levels - 1. */
MS_NODISCARD ms_status ms_draw_number(const ms_predictors *x, const uint8_t *missing, ms_impute_method method,
                                      size_t donors, ms_random *random, double *y, ms_error *err);
MS_NODISCARD ms_status ms_draw_category(const ms_predictors *x, const uint8_t *missing, size_t n_levels,
                                        ms_random *random, double *y, ms_error *err);

#endif
