/* survival/finegray.h: between the finegray*.c files. */
#ifndef MS_SURVIVAL_FINEGRAY_H
#define MS_SURVIVAL_FINEGRAY_H

#include "myosurv/survival_competing.h"
#include "survival/survival.h"

/* The data by distinct times, ascending; the rows of time t are by_time[first[t]] .. by_time[first[t + 1] -
 * 1], those that failed of any cause first. */
typedef struct ms_fg_problem {
    const ms_competing *competing;
    size_t cause, n, p, n_times;
    ms_finegray_convention convention;
    ms_sorted sorted;
    size_t *first;     /* [n_times + 1] */
    double *censoring; /* [n_times] G just before the time */
    double *x;         /* [n * p] about the columns' means */
    double *mean;      /* [p] */
    double *offset;    /* [n], or NULL */
    double *risk;      /* [n] exp(x beta + offset) at the last beta evaluated, over exp(shift) */
    double shift;
} ms_fg_problem;

typedef enum ms_fg_fate { MS_FG_CENSORED, MS_FG_EVENT, MS_FG_COMPETING } ms_fg_fate;
static inline ms_fg_fate ms_fg_fate_of(const ms_fg_problem *problem, size_t row) {
    if (!problem->competing->data.event[row]) return MS_FG_CENSORED;
    return problem->competing->cause[row] == problem->cause ? MS_FG_EVENT : MS_FG_COMPETING;
}

/* A walk over the times with events of the cause, latest first, with the weighted sums over the risk set. */
typedef struct ms_fg_walk {
    const ms_fg_problem *problem;
    size_t at;     /* index of the time */
    size_t deaths; /* events of the cause at it */
    bool squares;
    double sum, *x, *xx;         /* [p], [p * p] lower triangle: of the risk set */
    double d, *dx, *dxx;         /* of the deaths */
    double in, *in_x, *in_xx;    /* those still followed */
    double out, *out_x, *out_xx; /* those failed of another cause before: risk / G(their time-) */
    double *memory;
} ms_fg_walk;
MS_NODISCARD ms_status ms_fg_walk_start(ms_fg_walk *walk, const ms_fg_problem *problem, bool squares,
                                        ms_error *err);
bool ms_fg_walk_next(ms_fg_walk *walk);
void ms_fg_walk_clear(ms_fg_walk *walk);
/* Breslow: one part of all deaths. Efron: part k of as many as deaths, k / deaths of them gone. Its share
 * gone, how many deaths it stands for, and the sum over the risk set. */
typedef struct ms_fg_part {
    double gone, weight, sum;
} ms_fg_part;
size_t ms_fg_parts(const ms_fg_walk *walk);
ms_fg_part ms_fg_part_at(const ms_fg_walk *walk, size_t k);

/* The sandwich variance[p * p] at the last beta evaluated, from the inverse information
 * (finegray_variance.c). */
MS_NODISCARD ms_status ms_fg_variance(const ms_fg_problem *problem, const double *inverse, double *variance,
                                      ms_error *err);

#endif
