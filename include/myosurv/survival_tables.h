/* myosurv/survival_tables.h: statistics that tables of features need before survival is modelled with them.
 *
 * ComBat takes the mark of scanners out of features; the intraclass correlation says how far a feature can be
 * measured again. Both take plain arrays and know nothing of files; myosurv/study_tables.h reads them from
 * tables. Neither knows survival times: they live in this room because it is the room of statistics. NaN is
 * a missing value everywhere. Nothing is random, and results do not depend on the number of threads. */
#ifndef MYOSURV_SURVIVAL_TABLES_H
#define MYOSURV_SURVIVAL_TABLES_H

#include "myosurv/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- ComBat (combat.c) -------------------------------------------------------------------------------- */

/* How batch effects are estimated. Johnson, Li & Rabinovic, Biostatistics 2007;8:118; for images Fortin et
 * al., NeuroImage 2018;167:104. R: neuroCombat (each field names its argument). */
typedef struct ms_combat_options {
    bool mean_only;      /* location only, scale left alone (mean.only) */
    bool non_parametric; /* the prior is the other features' own estimates (parametric = FALSE) */
    bool no_bayes;       /* each feature by itself, nothing pooled over features (eb = FALSE) */
    bool has_reference;  /* one batch stays as it is, the others are brought to it (ref.batch) */
    size_t reference;    /* its code */
    double tolerance;    /* of the parametric iteration; R's is 1e-4 */
} ms_combat_options;
MS_API void ms_combat_options_default(ms_combat_options *options);

/* Why a feature is left as it is; MS_COMBAT_FITTED where it is not. */
typedef enum ms_combat_state {
    MS_COMBAT_FITTED,
    MS_COMBAT_CONSTANT, /* one value in all rows, or what is left after batch and covariates is nothing */
    MS_COMBAT_MISSING   /* a batch has no value (or, with scale, only one), or too few rows for the model */
} ms_combat_state;

/* What was learned. Of feature f: x = mean + (covariates - covariate_mean) beta + sd (gamma + sqrt(delta) e),
 * with gamma and delta of the row's batch. Batch b's are at gamma[b * p + f]. */
typedef struct ms_combat {
    size_t p, q, n_batches;
    ms_combat_options options;
    size_t n;               /* rows it was fitted on */
    size_t *n_batch;        /* [n_batches] rows of each */
    ms_combat_state *state; /* [p] */
    double *mean, *sd;      /* [p] */
    double *beta;           /* [p * q] */
    double *covariate_mean; /* [q] */
    double *gamma, *delta;  /* [n_batches * p] as estimated (Bayes: the posterior's) */
    size_t iterations;      /* the most a batch took */
} ms_combat;

/* x[n * p] row-major; batch[n] codes 0 .. n_batches - 1, each with a row; covariates[n * q] finite (NULL with
 * q 0), what is to be kept, such as age and sex. Equal to neuroCombat's `estimates`, also where a
 * feature has missing values. Two departures: where R stops for a constant feature, that feature is left as
 * it is; where R's non-parametric likelihoods all underflow (and it gives NaN), they are taken relative to
 * the largest. MS_EINPUT: fewer than two batches, a batch of one row (but with mean_only), covariates that
 * depend on each other or on the batch, or fewer than two features to pool over (but with no_bayes);
 * MS_ENOCONV after 10000 iterations. O(n p (q + batches)^2), non-parametric also O(batches p^2). */
MS_API MS_NODISCARD ms_status ms_combat_fit(const double *x, size_t n, size_t p, const size_t *batch,
                                            size_t n_batches, const double *covariates, size_t q,
                                            const ms_combat_options *options, ms_combat *out, ms_error *err);
/* Harmonizes x[n * p] in place. covariates NULL where there were some in the fit: every row is taken at their
 * mean (R: neuroCombatFromTraining, which knows no other way). Rows of the reference batch, and features that
 * were not fitted, stay as they are. MS_EINPUT: a batch code out of range. */
MS_API MS_NODISCARD ms_status ms_combat_apply(const ms_combat *combat, double *x, size_t n,
                                              const size_t *batch, const double *covariates, ms_error *err);
MS_API MS_NODISCARD ms_status ms_combat_alloc(ms_combat *combat, size_t p, size_t q, size_t n_batches,
                                              ms_error *err);
MS_API void ms_combat_clear(ms_combat *combat);

/* ---- intraclass correlation (icc.c) ---------------------------------------------------------------------
 */

typedef enum ms_icc_kind {
    MS_ICC_1, /* ICC(1,1): each subject is measured by raters of its own (one-way random) */
    MS_ICC_2, /* ICC(2,1): the same raters, drawn at random, measure all: absolute agreement */
    MS_ICC_3  /* ICC(3,1): these raters and no others: consistency, their offsets do not count */
} ms_icc_kind;

typedef struct ms_icc {
    double icc, lower, upper;
    double f, df1, df2, p; /* the test of no correlation */
    size_t subjects;       /* with all values */
    size_t raters;
} ms_icc;

/* x[n * k]: subject i measured by rater j at x[i * k + j]; a subject with a missing value is left out. Shrout
 * & Fleiss, Psychol Bull 1979;86:420; intervals by the F distribution, for ICC(2,1) with Satterthwaite's
 * degrees of freedom (McGraw & Wong, Psychol Methods 1996;1:30). R: psych::ICC, irr::icc(unit = "single").
 * With fewer than two subjects, or no variance at all, everything is NaN; where all raters agree exactly, the
 * ICC and its bounds are 1. MS_EUSAGE: fewer than two raters, or a level outside (0, 1). */
MS_API MS_NODISCARD ms_status ms_icc_compute(const double *x, size_t n, size_t k, ms_icc_kind kind,
                                             double conf_level, ms_icc *out, ms_error *err);

/* ---- many tests at once (fdr.c) -------------------------------------------------------------------------
 */

/* q[n] from p[n]: Benjamini & Hochberg, J R Stat Soc B 1995;57:289. R: p.adjust(p, "BH"). NaN stays NaN and
 * does not count. */
MS_API MS_NODISCARD ms_status ms_fdr_adjust(const double *p, size_t n, double *q, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
