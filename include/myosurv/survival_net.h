/* myosurv/survival_net.h: the Cox model with an elastic net penalty, for many predictors and few patients.
 *
 * A path of models over a falling penalty, and cross-validation to choose one on it. Conventions and numbers
 * are those of R's glmnet 4.1 with family = "cox" (Simon, Friedman, Hastie & Tibshirani, J Stat Softw
 * 2011;39(5):1; Tay, Narasimhan & Hastie, J Stat Softw 2023;106(1):1), but each model is solved to about nine
 * digits where glmnet stops at three or four. Cost of one model: a few products with the predictors that are
 * in play. Objects are as in myosurv/survival.h: filled on success only, freed by their _clear. */
#ifndef MYOSURV_SURVIVAL_NET_H
#define MYOSURV_SURVIVAL_NET_H

#include "myosurv/survival.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the path (coxnet*.c) -------------------------------------------------------------------------------
 */

typedef struct ms_coxnet_options {
    double alpha;            /* 1: lasso (default), 0: ridge, between: elastic net */
    size_t n_lambda;         /* 100, unless `lambda` */
    double lambda_min_ratio; /* smallest lambda over the largest; 0: 1e-4, or 0.01 with fewer rows than
                                columns */
    const double *lambda;    /* [n_given] penalties of one's own, in any order, not negative; NULL */
    size_t n_given;
    const double *penalty_factor; /* [p] 0: not penalised, INFINITY: left out; NULL: all 1 */
    bool no_standardize;          /* penalise the columns in their own units; default in units of their SD */
    double threshold;             /* 1e-20, see below */
    size_t iterations;            /* 200: most Newton steps for one lambda */
    bool whole_path;              /* do not stop early */
} ms_coxnet_options;
MS_API void ms_coxnet_options_default(ms_coxnet_options *options);

/* Why a path ends. */
typedef enum ms_coxnet_end {
    MS_COXNET_ALL,          /* every lambda was done */
    MS_COXNET_FLAT,         /* the deviance hardly falls any more */
    MS_COXNET_SATURATED,    /* (nearly) all deviance is explained */
    MS_COXNET_NOT_CONVERGED /* no solution for the next lambda: it may be infinite (separation), or the
                               iterations ran out; the path holds the larger lambdas */
} ms_coxnet_end;

typedef struct ms_coxnet {
    size_t n, p, n_events, n_strata;
    double alpha;
    size_t n_lambda;       /* models on the path */
    double *lambda;        /* [n_lambda] falling */
    double *beta;          /* [n_lambda * p] of the columns as given: model k at beta + k * p */
    size_t *df;            /* [n_lambda] coefficients that are not 0 */
    double *dev_ratio;     /* [n_lambda] share of the null deviance that is explained */
    double null_deviance;  /* 2 (saturated - null log likelihood), with the weights as given */
    double *mean, *sd;     /* [p] weighted, the SD with divisor n */
    size_t n_constant;     /* columns left out because they have one value */
    size_t n_excluded;     /* columns left out by their penalty factor */
    char **names;          /* [p] */
    size_t newton, passes; /* work done: Newton steps, passes of coordinate descent */
    ms_coxnet_end end;
} ms_coxnet;

/* Minimises  -l(beta) + lambda sum_j v_j (alpha |beta_j| + (1 - alpha) / 2 beta_j^2)  for each lambda, where
 * l is Breslow's log partial likelihood with weights that sum to 1, beta is of the standardised columns, and
 * v are the penalty factors, scaled to sum to p. R: glmnet(x, y, family = "cox").
 *
 * Taken from `data`: times, entry times, weights, strata (times are not merged, as in glmnet); from `design`:
 * x, names, offset. Risk sets hold who is censored at the time of an event. lambda falls evenly in its
 * logarithm from the least that leaves every penalised coefficient at 0 (its gradient there over max(alpha,
 * 0.001)). With lambdas of glmnet's own choice the first model is that of an infinite lambda, and the path
 * ends, as glmnet's does, after at least 5 models when the last 5 gained less than 1e-5 of the explained
 * share of the deviance, or the share is over 0.999; with strata or entry times (glmnet's other program) when
 * they gained less than 1e-3, or over 0.99.
 *
 * Solved by proximal Newton steps with the whole Hessian of the predictors in play (which may be that of an
 * earlier lambda while steps shrink fast), each by coordinate descent and, where signs allow, exactly;
 * columns are screened by the sequential strong rule (Tibshirani et al., J R Stat Soc B 2012;74:245) and
 * every column's optimality is checked before a model is taken. A model is taken when no step's curvature
 * times squared length is above threshold * null deviance (of weights that sum to 1): with the default,
 * coefficients agree with those of a much smaller threshold to about 1e-8 of their size.
 *
 * MS_EINPUT: a value that is not finite, no event, no column with two values; MS_EUSAGE: alpha outside 0 to
 * 1, a negative lambda or penalty factor, no penalty factor above 0; MS_ENOCONV: not even the first model. */
MS_API MS_NODISCARD ms_status ms_coxnet_fit(const ms_surv *data, const ms_design *design,
                                            const ms_coxnet_options *options, ms_coxnet *out, ms_error *err);
MS_API void ms_coxnet_clear(ms_coxnet *net);

/* beta[p] at any lambda, linear between its neighbours on the path and held at the path's ends. R:
 * coef(fit, s = lambda). */
MS_API void ms_coxnet_coef(const ms_coxnet *net, double lambda, double *beta);
/* lp[n] = x beta, for x[n * p] row-major with the path's columns. */
MS_API void ms_coxnet_lp(const double *x, size_t n, size_t p, const double *beta, double *lp);

/* ---- cross-validation (coxnet_cv.c, coxnet_folds.c) ------------------------------------------------------
 */

typedef enum ms_coxnet_measure {
    MS_COXNET_DEVIANCE, /* smaller is better */
    MS_COXNET_C         /* Harrell's C, larger is better */
} ms_coxnet_measure;

typedef struct ms_coxnet_cv_options {
    ms_coxnet_measure measure;
    bool ungrouped;     /* a fold's deviance from the fold alone; else deviance of all rows less that of the
                           others (van Houwelingen et al. 2006), which small folds need */
    size_t n_folds;     /* 10; at least 3 */
    const size_t *fold; /* [n] codes 0 .. n_folds - 1, or NULL: dealt out by `seed` */
    uint64_t seed;
} ms_coxnet_cv_options;
MS_API void ms_coxnet_cv_options_default(ms_coxnet_cv_options *options);

typedef struct ms_coxnet_cv {
    ms_coxnet fit; /* of all rows */
    ms_coxnet_measure measure;
    bool ungrouped; /* as used */
    size_t n_folds;
    size_t *fold;          /* [n] */
    size_t n_lambda;       /* fit.n_lambda; the arrays below are as long */
    double *mean, *se;     /* cvm and cvsd of cv.glmnet */
    size_t at_min, at_1se; /* places on the path */
    double lambda_min;     /* the best mean */
    double lambda_1se;     /* the largest lambda within one standard error of it */
} ms_coxnet_cv;

/* Each fold's model is a path of its own on the other rows (standardised there, with lambdas of its own
 * unless they were given), read at the whole path's lambdas. R: cv.glmnet(family = "cox", type.measure =
 * "deviance" or "C"). With fewer than 10 rows a fold `ungrouped` is not taken, as there (a warning is
 * logged). As there, C is of x beta without the offset; unlike there it compares within strata. Folds that
 * are dealt out here hold equal numbers of events (to one) and of rows (to two). Folds run in parallel; the
 * result does not depend on how many threads there are. MS_EINPUT: a fold without an event or without rows,
 * which is named. */
MS_API MS_NODISCARD ms_status ms_coxnet_cv_fit(const ms_surv *data, const ms_design *design,
                                               const ms_coxnet_options *options,
                                               const ms_coxnet_cv_options *cv, ms_coxnet_cv *out,
                                               ms_error *err);
MS_API void ms_coxnet_cv_clear(ms_coxnet_cv *cv);
/* fold[n] codes 0 .. n_folds - 1: rows with and without an event are shuffled and dealt out in turn. */
MS_API MS_NODISCARD ms_status ms_coxnet_folds(const uint8_t *event, size_t n, size_t n_folds, uint64_t seed,
                                              size_t *fold, ms_error *err);

/* ---- results (report_coxnet.c) --------------------------------------------------------------------------
 */

/* What to show: `fit` is of all rows; cv may be NULL; lambda is where the coefficients are taken. */
typedef struct ms_coxnet_report {
    const ms_coxnet *fit;
    const ms_coxnet_cv *cv;
    double lambda;
    size_t n_dropped; /* rows left out for a missing value */
} ms_coxnet_report;
MS_API MS_NODISCARD ms_status ms_coxnet_text(const ms_coxnet_report *report, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_coxnet_json(const ms_coxnet_report *report, char **text, ms_error *err);
/* Columns name, coefficient (of the column as given), standardized (for one SD), hazard_ratio (for one unit):
 * a row for every coefficient at report->lambda that is not 0. */
MS_API MS_NODISCARD ms_status ms_coxnet_coefficient_table(const ms_coxnet_report *report, ms_table **table,
                                                          ms_error *err);
/* A row a lambda: lambda, df, dev_ratio, with cross-validation cv_mean, cv_se, then a column for each
 * predictor that has a coefficient somewhere on the path. */
MS_API MS_NODISCARD ms_status ms_coxnet_path_table(const ms_coxnet_report *report, ms_table **table,
                                                   ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
