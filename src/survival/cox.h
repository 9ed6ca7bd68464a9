/* survival/cox.h: between the cox_*.c files. */
#ifndef MS_SURVIVAL_COX_H
#define MS_SURVIVAL_COX_H

#include "survival/survival.h"

/* A Cox likelihood to maximise: the data sorted, the predictors centred and scaled as R's coxph does (columns
 * of only -1, 0, 1 are left alone), so that the iterations take the same path. beta below is for the scaled
 * columns. Arrays over rows are in order of position in sorted->by_time where `by_position` (no entry times,
 * no exact ties: the likelihood is then computed in blocks), else in the data's order. */
typedef struct ms_cox_blocks ms_cox_blocks;
typedef struct ms_cox_problem {
    const ms_sorted *sorted;
    size_t p;
    ms_ties ties;
    bool by_position;
    double *x;            /* [n * p] (x - mean) * scale */
    double *weight;       /* [n] by position, or NULL */
    double *offset;       /* [n] minus its mean, or NULL */
    double offset_mean;   /* 0 where there is none */
    double *mean, *scale; /* [p] */
    double *penalty;      /* [p] lambda for the scaled columns */
    double *eta, *risk;   /* [n] work: linear predictor, exp(eta - largest) */
    ms_cox_blocks *blocks;
} ms_cox_problem;
MS_NODISCARD ms_status ms_cox_problem_make(const ms_sorted *sorted, const ms_design *design, ms_ties ties,
                                           ms_cox_problem *out, ms_error *err);
void ms_cox_problem_clear(ms_cox_problem *problem);

/* Penalised log partial likelihood, its gradient u[p] and its negative second derivative, imat[p * p] (lower
 * triangle filled). *loglik is -INFINITY or NaN where it cannot be computed. */
MS_NODISCARD ms_status ms_cox_evaluate(ms_cox_problem *problem, const double *beta, double *loglik, double *u,
                                       double *imat, ms_error *err);
/* The same by position, in blocks, without penalty (cox_blocks.c); u and imat come in as 0. factor[n] by
 * position (NULL: 1) multiplies what each event time adds to u and imat. */
MS_NODISCARD ms_status ms_cox_blocks_make(const ms_cox_problem *problem, ms_cox_blocks **out, ms_error *err);
void ms_cox_blocks_free(ms_cox_blocks *blocks);
MS_NODISCARD ms_status ms_cox_blocks_evaluate(ms_cox_blocks *blocks, ms_cox_problem *problem,
                                              const double *beta, const double *factor, double *loglik,
                                              double *u, double *imat, ms_error *err);
/* The same for exact ties (cox_exact.c), without penalty; eta and risk are filled. */
MS_NODISCARD ms_status ms_cox_evaluate_exact(const ms_cox_problem *problem, double shift, double *loglik,
                                             double *u, double *imat, ms_error *err);
/* Sum of lambda / 2 beta^2. */
double ms_cox_penalty(const ms_cox_problem *problem, const double *beta);

/* What Newton-Raphson found, for the scaled columns. */
typedef struct ms_cox_solution {
    double *beta, *u, *imat, *var, *factor; /* [p], [p], [p * p] x 3; one block, `beta` first */
    double loglik[2];
    double score;
    size_t rank, iterations;
    bool ran_out;
} ms_cox_solution;
MS_NODISCARD ms_status ms_cox_newton(ms_cox_problem *problem, const ms_cox_options *options,
                                     ms_cox_solution *out, ms_error *err);
void ms_cox_solution_clear(ms_cox_solution *solution);

/* Score residuals at any linear predictor lp[n], with x as given: residuals[n * p]; martingale[n] may be
 * NULL, and residuals too. */
MS_NODISCARD ms_status ms_cox_residuals_at(const ms_sorted *sorted, ms_ties ties, size_t p, const double *x,
                                           const double *lp, double *martingale, double *residuals,
                                           ms_error *err);
/* Sandwich variance and robust score test of a finished fit (cox_robust.c). */
MS_NODISCARD ms_status ms_cox_robust(const ms_sorted *sorted, const ms_design *design, ms_cox *cox,
                                     ms_error *err);

#endif
