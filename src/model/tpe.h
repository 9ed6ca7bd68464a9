/* model/tpe.h: the Tree-structured Parzen Estimator, which suggests where a costly function should be looked
 * at next. It knows nothing of networks or survival.
 *
 * Sources: Bergstra, Bardenet, Bengio, Kegl, Algorithms for hyper-parameter optimization, NIPS 2011 (the
 * idea, the criterion l/g, kernels for numbers, quantised numbers and choices); Bergstra, Yamins, Cox, ICML
 * 2013 (hyperopt); Akiba et al., KDD 2019 (Optuna, whose TPESampler has the same densities: version 5.0
 * gives the same numbers); Falkner, Klein, Hutter, ICML 2018 (BOHB: one joint density); Watanabe, arXiv
 * 2304.11127, 2023 (the parts and what they are worth).
 *
 * The finished trials are sorted by value. The best ceil(share n), at most 25, are the good ones, all others
 * (also pruned, failed and pending ones) the bad ones. Each set has a density, a mixture of kernels with
 * equal weights, one kernel at each of its m points and one, the prior, over the whole range:
 *
 * A number has a normal kernel at the point, cut off at the ends of the range and scaled to 1. Its SD is the
 * larger distance to the neighbouring points of the set (at either end, the one distance there is; a single
 * point: to the ends of the range), never below range / min(100, 2 + m), never above the range. The prior is
 * at the middle, SD = range. With `log` all this is done on the logarithm, and the density is one of the
 * logarithm. With a step the range is half a step wider on both sides, and the chance of a value is the
 * kernel's integral over the step round it.
 *
 * A choice has the chance (1 [+ m + 1 if it is the point's]) / (m + 1 + number of choices); the prior's is
 * 1 / choices.
 *
 * Joint (the default): a kernel is the product over the dimensions, so that the density sees which values
 * go together. Where a dimension of x was not active in a kernel's point, its factor is the prior's. Not
 * joint (Bergstra's own): every dimension has its own mixture of the points that have it. From the good
 * density `candidates` points are drawn, and the one with the largest l(x) / g(x) is suggested (joint: whole
 * points; not joint: dimension by dimension). */
#ifndef MS_MODEL_TPE_H
#define MS_MODEL_TPE_H

#include "base/base.h"

#define MS_TPE_MAX_WHEN 4
#define MS_TPE_MAX_CHOICES 64

/* The dimension is active when `parent` is, and has one of the values in the bit set: choice k, or the whole
 * number low + k, is bit k. Parents come before their children. */
typedef struct ms_tpe_when {
    size_t parent;
    uint64_t values;
} ms_tpe_when;

typedef struct ms_tpe_dimension {
    size_t n_choices; /* > 0: a choice, x is its number from 0; 0: a number */
    double low,
        high;    /* low < high; with log, low > 0; with a step, high is a whole number of steps from low */
    double step; /* 0: continuous */
    bool log;
    ms_tpe_when when[MS_TPE_MAX_WHEN];
    size_t n_when;
} ms_tpe_dimension;

typedef struct ms_tpe_space {
    const ms_tpe_dimension *dimensions;
    size_t n;
} ms_tpe_space;

typedef enum ms_tpe_state {
    MS_TPE_DONE,
    MS_TPE_PRUNED, /* counts as worse than every one that is done */
    MS_TPE_FAILED, /* as worse than all; value is not looked at */
    MS_TPE_PENDING /* the same: two that are tried side by side should differ */
} ms_tpe_state;

typedef struct ms_tpe_point {
    const double *x; /* [space.n], NaN where not active */
    double value;    /* the smaller the better */
    ms_tpe_state state;
} ms_tpe_point;

typedef struct ms_tpe_options {
    double share; /* of the good ones */
    size_t candidates;
    bool joint;
} ms_tpe_options;
void ms_tpe_options_default(ms_tpe_options *options);

/* Is the dimension active, given the values of those before it? */
bool ms_tpe_active(const ms_tpe_space *space, size_t dimension, const double *x);
/* A point drawn evenly (evenly in the logarithm with `log`) from the space: x[space.n]. */
void ms_tpe_draw(const ms_tpe_space *space, ms_random *random, double *x);
/* The next point to look at; from no good point, one drawn evenly. */
MS_NODISCARD ms_status ms_tpe_suggest(const ms_tpe_space *space, const ms_tpe_point *points, size_t n,
                                      const ms_tpe_options *options, ms_random *random, double *x,
                                      ms_error *err);
/* How many of n finished points are good. */
size_t ms_tpe_good(size_t n, double share);

/* ---- tpe_density.c: the mixture of one set ----------------------------------------------------------- */

typedef struct ms_tpe_density {
    const ms_tpe_space *space;
    const double **points; /* [n] borrowed points; the array is owned */
    size_t n;
    double
        *sd; /* [(n + 1) * space.n], on the scale of the logarithm with `log`; the last row is the prior's */
    bool joint;
} ms_tpe_density;

MS_NODISCARD ms_status ms_tpe_density_init(ms_tpe_density *density, const ms_tpe_space *space,
                                           const double *const *points, size_t n, bool joint, ms_error *err);
void ms_tpe_density_clear(ms_tpe_density *density);
/* The logarithm of the density (of the probability, for choices and steps) of the active dimensions of x. */
double ms_tpe_log_density(const ms_tpe_density *density, const double *x);
/* Of one dimension by itself: the mixture of the points that have it. */
double ms_tpe_log_density_of(const ms_tpe_density *density, size_t dimension, double value);
/* Draws a whole point (joint), or one dimension. */
void ms_tpe_density_draw(const ms_tpe_density *density, ms_random *random, double *x);
double ms_tpe_density_draw_of(const ms_tpe_density *density, size_t dimension, ms_random *random);

#endif
