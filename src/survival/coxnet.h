/* survival/coxnet.h: between the coxnet*.c files. Rows are in the order of stratum and time; columns are
 * contiguous and end in zeros, so that their length is a multiple of MS_NET_LANES. */
#ifndef MS_SURVIVAL_COXNET_H
#define MS_SURVIVAL_COXNET_H

#include "myosurv/survival_net.h"
#include "survival/survival.h"

#define MS_NET_LANES 4
static inline size_t ms_net_padded(size_t n) {
    return (n + MS_NET_LANES - 1) / MS_NET_LANES * MS_NET_LANES;
}

/* ---- products of columns (coxnet_product.c): the same bytes on every processor ---------------------------
 */

/* out[i] = sum over rows of v * column[columns[i]], column c at x + c * length; `columns` NULL: 0, 1, ... */
void ms_net_products(const double *x, size_t length, const size_t *columns, size_t n_columns, const double *v,
                     double *out);
/* y += factor * x */
void ms_net_add(double *y, double factor, const double *x, size_t length);
/* y += sum over columns of factors[i] * column columns[i], one after the other; factors of 0 are skipped. */
void ms_net_combine(double *y, const double *factors, const double *x, size_t length, const size_t *columns,
                    size_t n_columns);
/* For any n. */
double ms_net_inner(const double *x, const double *y, size_t n);
/* own[n] becomes L^-1 own; L lower with row j at factor + j * stride. */
void ms_net_eliminate(const double *factor, size_t stride, size_t n, double *own);
/* own[n] becomes L'^-1 own. */
void ms_net_eliminate_back(const double *factor, size_t stride, size_t n, double *own);
/* As ms_net_eliminate for four rows, `stride` apart. */
void ms_net_eliminate4(const double *factor, size_t stride, size_t n, double *own);
/* q[i * stride + j] = column columns[j] of x times v[i], for i, j < m; the result is symmetric. */
void ms_net_gram(const double *x, size_t length, const size_t *columns, size_t m, const double *v, double *q,
                 size_t stride);

/* ---- the partial likelihood (coxnet_risk.c) --------------------------------------------------------------
 */

/* Breslow's likelihood as a function of the linear predictor eta[n], for weights that sum to 1. Group k is
 * one event time of a stratum; row i is at risk in groups entry_group[i] .. stop_group[i] - 1. */
typedef struct ms_net_risk {
    size_t n, length, n_groups, n_strata;
    size_t *row;           /* [n] the data's row of each place */
    size_t *stratum_first; /* [n_strata + 1] places */
    size_t *group_stratum; /* [n_groups] */
    size_t *first;         /* [n_groups] places first .. end of stratum have not left before the event */
    size_t *entry_group, *stop_group; /* [n] */
    size_t *by_entry;                 /* [n] places by entry time; NULL without entry times */
    size_t *entry_first; /* [n_groups] places by_entry[entry_first ..] of the stratum enter too late */
    double *weight;      /* [length] */
    double *death;       /* [length] weight of an event, else 0 */
    double *deaths;      /* [n_groups] their sum */
    double *offset;      /* [length] */
    double saturated;    /* log likelihood of the saturated model */
    double weight_sum;   /* of the weights as given */
    size_t n_events;
    /* at the eta last evaluated */
    double *risk;   /* [length] weight * exp(eta - a shift for the stratum) */
    double *hazard; /* [length] sum over the row's groups of deaths / total */
    double *share;  /* [n_groups] deaths / total */
    double *share2; /* [n_groups] deaths / total^2 */
    double *sum;    /* [n_groups + 1] work */
} ms_net_risk;
MS_NODISCARD ms_status ms_net_risk_make(const ms_surv *data, const double *offset, ms_net_risk *out,
                                        ms_error *err);
void ms_net_risk_clear(ms_net_risk *risk);
/* Minus the log likelihood; INFINITY where it cannot be computed. slope[length] (may be NULL) is the
 * derivative of the log likelihood in eta. */
double ms_net_risk_evaluate(ms_net_risk *risk, const double *eta, double *slope);
/* out = H v, with H minus the second derivative of the log likelihood in eta, of the values in
 * `snapshot` (3 arrays: risk, hazard [length], share2 [n_groups]). */
typedef struct ms_net_curvature {
    double *risk, *hazard, *share2;
} ms_net_curvature;
void ms_net_risk_curve(const ms_net_risk *risk, const ms_net_curvature *at, double *sum, const double *v,
                       double *out);
/* 2 (saturated + value) for weights that sum to 1; `value` is what ms_net_risk_evaluate gave. */
static inline double ms_net_deviance(const ms_net_risk *risk, double value) {
    return 2 * (risk->saturated + value);
}

/* ---- columns (coxnet_columns.c) --------------------------------------------------------------------------
 */

typedef struct ms_net_columns {
    size_t n, length, p;
    double *x;         /* [p * length] centred and scaled */
    double *mean, *sd; /* [p] */
    double *scale;     /* [p] what a column was divided by */
    bool *used;        /* [p] false: constant, or left out */
    double *factor;    /* [p] penalty factors that sum to p */
    size_t n_constant, n_excluded;
} ms_net_columns;
MS_NODISCARD ms_status ms_net_columns_make(const ms_design *design, const ms_net_risk *risk,
                                           const ms_coxnet_options *options, ms_net_columns *out,
                                           ms_error *err);
void ms_net_columns_clear(ms_net_columns *columns);

/* ---- the quadratic model of the columns in play (coxnet_model.c) -----------------------------------------
 */

/* m columns with the products of the Hessian. */
typedef struct ms_net_model {
    const ms_net_columns *columns;
    const ms_net_risk *risk;
    size_t m, capacity;
    size_t *column;              /* [m] */
    size_t *place;               /* [p] where a column is in the model, or SIZE_MAX */
    double *curved;              /* [m * length] H x */
    double *q;                   /* [m * capacity] x' H x, symmetric */
    double *beta, *start, *rest; /* [m] solution, where the step starts, gradient of the quadratic */
    ms_net_curvature at;         /* what H is of */
    double *sum;                 /* [n_groups + 1] */
    /* the Cholesky factor of the model's nonzero part, kept while that part stays as it is */
    size_t *support, n_support;
    double *factor, factor_ridge;
    size_t factor_capacity;
    size_t *factored, n_factored; /* the support it is of; n_factored 0: none */
    double *solution;
    double negligible; /* changes this small are left alone */
    size_t passes;
} ms_net_model;
MS_NODISCARD ms_status ms_net_model_make(const ms_net_columns *columns, const ms_net_risk *risk,
                                         ms_net_model *out, ms_error *err);
void ms_net_model_clear(ms_net_model *model);
/* Takes the Hessian where the likelihood was last evaluated; only columns with keep[column] stay. */
MS_NODISCARD ms_status ms_net_model_refresh(ms_net_model *model, const double *beta, ms_error *err);
MS_NODISCARD ms_status ms_net_model_add(ms_net_model *model, size_t column, ms_error *err);
/* From beta[p] and gradient[p] (of the log likelihood) to the minimum of the quadratic with penalties l1 and
 * l2 times a column's factor, in model->beta. Returns the largest curvature * step^2. */
MS_NODISCARD ms_status ms_net_model_solve(ms_net_model *model, const double *beta, const double *gradient,
                                          double l1, double l2, double least, double *size, ms_error *err);

/* ---- the path (coxnet_path.c) -----------------------------------------------------------------------------
 */

MS_NODISCARD ms_status ms_coxnet_path(ms_net_risk *risk, const ms_net_columns *columns,
                                      const ms_coxnet_options *options, bool other_program, ms_coxnet *net,
                                      ms_error *err);

#endif
