/* myosurv/model_explain.h: what a model's risk of a patient is made up of.
 *
 * The risk f(x) of model.h, a log hazard ratio, is split over its inputs: risk = baseline + sum of
 * contributions, both in units of log hazard ratio, one contribution an input column (raw names and units).
 * The baseline is the mean risk of the background rows; without any it is the risk of a patient whose every
 * input stands at the training rows' centre (mean, or median with robust scaling). Two ways:
 *
 *  - MS_EXPLAIN_GRADIENTS, integrated gradients (Sundararajan, Taly and Yan, ICML 2017, equation 1):
 *        c_j = (z_j - b_j) * integral over a from 0 to 1 of df/dz_j at b + a (z - b),
 *    z and b being the scaled inputs of patient and background row (after the model's own treatment of
 * missing values, scaling and clipping, which works column by column), averaged over the background rows
 * (expected gradients: Erion et al., Nat Mach Intell 2021;3:620, with every row instead of drawn ones). The
 * integral is taken piece by piece with Gauss and Legendre's rule, a piece ending where a neuron of the
 * network has a kink, until each piece restores its own difference in risk. Captum's IntegratedGradients
 * computes the same with a fixed number of steps.
 *  - MS_EXPLAIN_SHAPLEY, Shapley values by sampling orders (Strumbelj and Kononenko, Knowl Inf Syst
 *    2014;41:647; orders in pairs, the second the first reversed: Mitchell et al., J Mach Learn Res
 * 2022;23:43): inputs not yet in the order have the values of a background row (interventional values, as in
 * shap's PermutationExplainer), each equally often. With standard errors from the spread between the pairs of
 * a row. For a linear model exactly w_j (x_j - mean of the background).
 *
 * Where a model corrects its inputs by scanner (model_steps.h), the corrected values are what is explained.
 * A missing value counts as the training median, as in prediction: its contribution says what the median does
 * against the background. A column the model dropped contributes 0. Neither method says anything of causes:
 * it tells what the model makes of its inputs, and inputs that go together share the credit in ways that
 * depend on the method.
 *
 * Deterministic: the same bytes with 1 or N threads. Row-major arrays as in model.h. */
#ifndef MYOSURV_MODEL_EXPLAIN_H
#define MYOSURV_MODEL_EXPLAIN_H

#include "myosurv/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ms_explain_method {
    MS_EXPLAIN_GRADIENTS,
    MS_EXPLAIN_SHAPLEY,
    MS_EXPLAIN_METHODS
} ms_explain_method;
/* "integrated-gradients", "shapley". */
MS_API extern const char *const ms_explain_method_names[MS_EXPLAIN_METHODS];

typedef struct ms_explain_options {
    ms_explain_method method;
    const double
        *background; /* [n_background * p] raw inputs as x; NULL: the training rows' centre. Borrowed */
    size_t n_background;
    size_t max_background; /* more background rows than this are thinned to it at random; 100 */
    size_t steps;          /* gradients: points a background row, at most 1024; 0: as many as it takes */
    size_t samples; /* Shapley: orders; 200. Made a multiple of twice the background rows, and four times them
                        or more where there are several */
    uint64_t seed;
    const size_t
        *group; /* [p] a number below n_groups for each column, to add contributions up by; or NULL */
    size_t n_groups;
} ms_explain_options;
MS_API void ms_explain_options_default(ms_explain_options *options);

typedef struct ms_explanation {
    size_t n, p;
    ms_explain_method method;
    size_t n_background;    /* rows used; 0: the training rows' centre */
    size_t samples;         /* Shapley: orders used */
    double baseline;        /* mean risk of the background */
    double *risk;           /* [n] as ms_model_predict */
    double *value;          /* [n * p] the inputs as given, NaN where missing */
    double *contribution;   /* [n * p] */
    double *standard_error; /* [n * p] Shapley with more than one pair; else NULL */
    double *residual;       /* [n] risk - baseline - sum of contributions: the error of the method's sums */
    size_t n_groups;
    double *group_contribution;   /* [n * n_groups] or NULL */
    double *group_standard_error; /* [n * n_groups] or NULL */
} ms_explanation;
MS_API void ms_explanation_clear(ms_explanation *explanation);

/* x[n * p] in the order of ms_model_features. MS_EUSAGE: p is not the model's, steps over 1024, no samples, a
 * group out of range. MS_EINPUT: an infinite input. Time for 1000 rows x 10 inputs: docs/model-explain.md. */
MS_API MS_NODISCARD ms_status ms_model_explain(const ms_model *model, const double *x, size_t n, size_t p,
                                               const ms_explain_options *options, ms_explanation *explanation,
                                               ms_error *err);
/* The inputs a model needs from a table by column name, x[rows * p], to be freed; the model's steps
 * (model_steps.h) have been applied. Errors as ms_model_predict_table. */
MS_API MS_NODISCARD ms_status ms_model_inputs(const ms_model *model, const ms_table *table, double **x,
                                              ms_error *err);
/* Time and event columns, named as for ms_model_train_table; *time and *event, [rows], are to be freed. */
MS_API MS_NODISCARD ms_status ms_explain_followup(const ms_table *table, const char *time_column,
                                                  const char *event_column, double **time, uint8_t **event,
                                                  ms_error *err);
/* gradient[n * p]: derivative of the risk by each raw input, 0 where the input is missing, dropped or beyond
 * the clip. At a kink of an activation the derivative from the left. */
MS_API MS_NODISCARD ms_status ms_model_gradient(const ms_model *model, const double *x, size_t n, size_t p,
                                                double *gradient, ms_error *err);

/* ---- over all patients ------------------------------------------------------------------------------- */

/* mean_abs[k] and mean[k] (may be NULL) over the rows of values[n * k]. */
MS_API void ms_explain_mean(const double *values, size_t n, size_t n_columns, double *mean_abs, double *mean);

/* Permutation importance (Breiman, Mach Learn 2001;45:5; Fisher, Rudin and Dominici, J Mach Learn Res
 * 2019;20:177): how far Harrell's C of the model falls when the values of a column, or of a group of columns
 * together, are dealt out anew between the rows. drop[k] is the mean over `repeats` deals, sd[k] (may be
 * NULL) their SD (NaN for one). group[p] as in ms_explain_options; NULL: each column by itself, k < p. *c
 * (may be NULL) is Harrell's C of the model on these rows. Scikit-learn's permutation_importance computes the
 * same. */
MS_API MS_NODISCARD ms_status ms_model_permutation(const ms_model *model, const double *x, size_t n, size_t p,
                                                   const double *time, const uint8_t *event,
                                                   const size_t *group, size_t n_groups, size_t repeats,
                                                   uint64_t seed, double *drop, double *sd, double *c,
                                                   ms_error *err);

/* ---- groups of columns ------------------------------------------------------------------------------- */

typedef enum ms_explain_group_by {
    MS_EXPLAIN_BY_FAMILY, /* "glcm": the word before the last _ */
    MS_EXPLAIN_BY_IMAGE,  /* "wavelet-LLH": the filter */
    MS_EXPLAIN_BY_REGION, /* "sm": what stands before the image: the muscle */
    MS_EXPLAIN_BY_REGION_FAMILY,
    MS_EXPLAIN_GROUPINGS
} ms_explain_group_by;
/* "family", "image", "region", "region+family". */
MS_API extern const char *const ms_explain_group_by_names[MS_EXPLAIN_GROUPINGS];

typedef struct ms_explain_groups {
    size_t n;
    char **names;  /* [n] in the order of first appearance */
    size_t *group; /* [p] */
} ms_explain_groups;
/* Groups columns named REGION_IMAGE_FAMILY_FEATURE or IMAGE_FAMILY_FEATURE, such as
 * "sm_wavelet-LLH_glcm_Contrast"; families[n_families] are the words that may stand as FAMILY. A column whose
 * name is of another form (age_years) is a group by itself. */
MS_API MS_NODISCARD ms_status ms_explain_groups_make(const char *const *names, size_t p,
                                                     ms_explain_group_by by, const char *const *families,
                                                     size_t n_families, ms_explain_groups *groups,
                                                     ms_error *err);
MS_API void ms_explain_groups_clear(ms_explain_groups *groups);

/* ---- as tables --------------------------------------------------------------------------------------- */

/* One row a patient: the identifying column (`id`[n] under the name id_name; NULL: none), method,
 * baseline_risk, risk, residual, then a column an input (or a group) with its contribution. */
MS_API MS_NODISCARD ms_status ms_explanation_table(const ms_explanation *explanation, const char *id_name,
                                                   const char *const *id, const char *const *names,
                                                   bool groups, ms_table **table, ms_error *err);
/* One row a patient and input: id, method, feature, value, contribution, standard_error, largest first. */
MS_API MS_NODISCARD ms_status ms_explanation_long_table(const ms_explanation *explanation,
                                                        const char *id_name, const char *const *id,
                                                        const char *const *names, ms_table **table,
                                                        ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
