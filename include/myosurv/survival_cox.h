/* myosurv/survival_cox.h: what is done with a fitted Cox model: residuals, curves, predictions.
 *
 * Everything starts from an ms_cox (ms_cox_fit, survival.h) with the data and design it was fitted to. The
 * numbers are those of R's survival 3.5-3 to 1e-9; where they differ by intention the function's comment says
 * so. Nothing depends on the number of threads, nothing is random. `out` objects are filled on success only
 * and freed with their _clear, which may be called on a zeroed object. */
#ifndef MYOSURV_SURVIVAL_COX_H
#define MYOSURV_SURVIVAL_COX_H

#include "myosurv/survival.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- residuals (cox_residual_types.c) ------------------------------------------------------------------ */

typedef enum ms_cox_residual {
    MS_RESIDUAL_MARTINGALE,
    MS_RESIDUAL_DEVIANCE,
    MS_RESIDUAL_SCORE,
    MS_RESIDUAL_SCHOENFELD,
    MS_RESIDUAL_DFBETA, /* change of each coefficient when the row leaves, to first order; times its weight */
    MS_RESIDUAL_DFBETAS,   /* the same in standard errors */
    MS_RESIDUAL_SCALEDSCH, /* scaled Schoenfeld: events * schoenfeld * variance + coef */
    MS_RESIDUAL_PARTIAL    /* martingale + the term's part of the linear predictor, a column a term */
} ms_cox_residual;

typedef struct ms_cox_residuals {
    size_t n, columns;
    double *values; /* [n * columns] */
    size_t *rows;   /* [n] which row of the data: each once, or the events by stratum and time */
} ms_cox_residuals;
/* R: residuals.coxph(type =), with its default weighting (weights multiply dfbeta and dfbetas only). Exact
 * ties have only martingale, deviance and partial ones (MS_EUSAGE), as in R. */
MS_API MS_NODISCARD ms_status ms_cox_residuals_compute(const ms_cox *cox, const ms_surv *data,
                                                       const ms_design *design, ms_cox_residual type,
                                                       ms_cox_residuals *out, ms_error *err);
MS_API void ms_cox_residuals_clear(ms_cox_residuals *residuals);

/* ---- other rows for a model (model_newdata.c) -----------------------------------------------------------
 */

/* The model's columns for the rows of another table: the same levels of factors, knots of splines and strata
 * as in `table`, which `model` was read from with `formula`. out->p, names and terms are the model's;
 * out->strata.codes are the model's codes, absent when new_table lacks a column that strata() needs.
 * `respond`: the response is needed too (else time and event are NULL). Rows with a missing value are left
 * out: out->rows are those that stayed. MS_EINPUT (naming the cell) for a level that the model does not know.
 * R: model.frame(xlev =), makepredictcall. A model with tt() is refused. */
MS_API MS_NODISCARD ms_status ms_model_newdata(const ms_table *table, const char *formula,
                                               const ms_model_frame *model, const ms_table *new_table,
                                               bool respond, ms_model_frame *out, ms_error *err);

/* ---- curves (cox_curve.c) --------------------------------------------------------------------------------
 */

typedef struct ms_cox_curve_options {
    int stype;              /* 2: exp(-cumulative hazard) (default); 1: Kalbfleisch & Prentice's product */
    int ctype;              /* 1 Breslow's hazard, 2 Efron's; 0: as the fit's ties (default) */
    ms_conf_type conf_type; /* MS_CONF_LOG */
    double conf_level;      /* 0.95 */
} ms_cox_curve_options;
MS_API void ms_cox_curve_options_default(ms_cox_curve_options *options);

typedef struct ms_cox_curves {
    size_t n;
    ms_km_curve *curves; /* [n] surv, cumhaz, their standard errors and the interval of surv; n_risk, n_event
                            and n_censor are of the stratum; rmean without a standard error */
    size_t *row;         /* [n] of the new frame; SIZE_MAX: at the means */
    size_t *stratum;     /* [n] */
    double *lp;          /* [n] log hazard ratio against the means */
} ms_cox_curves;
/* Predicted survival: for each row of new_frame (from ms_model_newdata) in its stratum, or in every stratum
 * when it has none; with new_frame NULL the curve at the means in every stratum (its cumhaz is R's
 * basehaz(fit); a frame with a row of zeros gives basehaz(fit, centered = FALSE)). The standard error holds
 * both the hazard's and the coefficients' part (Tsiatis 1981; Link 1984). R: survfit.coxph(newdata =, stype
 * =, ctype =). */
MS_API MS_NODISCARD ms_status ms_cox_curves_make(const ms_cox *cox, const ms_surv *data,
                                                 const ms_design *design, const ms_model_frame *new_frame,
                                                 const ms_cox_curve_options *options, ms_cox_curves *out,
                                                 ms_error *err);
MS_API void ms_cox_curves_clear(ms_cox_curves *curves);

/* ---- predictions (cox_predict.c) --------------------------------------------------------------------------
 */

typedef enum ms_cox_predict_type {
    MS_PREDICT_LP,       /* log hazard ratio against the reference */
    MS_PREDICT_RISK,     /* its exponential; standard error se(lp) * sqrt(risk), R's */
    MS_PREDICT_EXPECTED, /* expected events over the row's follow-up; needs the response */
    MS_PREDICT_SURVIVAL, /* exp(-expected) */
    MS_PREDICT_TERMS     /* each term's part of lp, a column a term */
} ms_cox_predict_type;
typedef enum ms_cox_reference {
    MS_REFERENCE_STRATA, /* the stratum's weighted means (without strata: sample) */
    MS_REFERENCE_SAMPLE, /* the fit's means (0 for columns of 0, 1, -1) */
    MS_REFERENCE_ZERO
} ms_cox_reference;

typedef struct ms_cox_predictions {
    size_t n, columns;
    double *fit, *se; /* [n * columns] */
} ms_cox_predictions;
/* For the rows of new_frame, or those of the data when it is NULL. R: predict.coxph(se.fit = TRUE), whose
 * default reference is strata, and sample for terms. Differs by intention for new rows of a model with an
 * offset (R centres the new rows' offsets by their own mean, and adds the offset to the hazard ratio in place
 * of multiplying: here a row's prediction does not depend on the other rows) and for the standard error of
 * `expected` with new start-stop rows (R's holds the start's variance twice and is 0). */
MS_API MS_NODISCARD ms_status ms_cox_predict(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                                             const ms_model_frame *new_frame, ms_cox_predict_type type,
                                             ms_cox_reference reference, ms_cox_predictions *out,
                                             ms_error *err);
MS_API void ms_cox_predictions_clear(ms_cox_predictions *predictions);

/* ---- choosing terms (cox_step.c)
 * --------------------------------------------------------------------------- */

typedef enum ms_step_direction { MS_STEP_BOTH, MS_STEP_BACKWARD, MS_STEP_FORWARD } ms_step_direction;

typedef struct ms_cox_step_options {
    ms_step_direction direction;
    double penalty;      /* for each coefficient: 2 for AIC (default), log(events) for a BIC */
    const char *weights; /* column, or NULL */
    bool no_timefix;     /* as in ms_surv */
    ms_cox_options cox;
} ms_cox_step_options;
MS_API void ms_cox_step_options_default(ms_cox_step_options *options);

typedef struct ms_cox_step_change {
    char *term; /* what would be added or removed; "<none>" */
    char sign;  /* '+', '-', ' ' */
    size_t df;
    double loglik, aic;
} ms_cox_step_change;
typedef struct ms_cox_step_stage {
    char *formula; /* the model the stage starts from */
    double aic;
    size_t n;
    ms_cox_step_change *changes; /* [n] by ascending AIC */
} ms_cox_step_stage;
typedef struct ms_cox_step {
    size_t n, n_dropped; /* rows complete for every term: all models are of these, as R demands */
    size_t n_stages;
    ms_cox_step_stage *stages;
    char *formula;   /* the model chosen */
    ms_table *table; /* the complete rows; the chosen model is to be fitted to these */
} ms_cox_step;
/* Stepwise choice among the formula's terms by -2 log likelihood + penalty * coefficients. Both and backward
 * begin with all terms, forward with none; a term goes only when no interaction in the model contains it, and
 * an interaction comes only when all it is made of is there (marginality). strata(), cluster(), offset() and
 * ridge() always stay. Stops when no change lowers the criterion by 1e-7. R: step() and MASS::stepAIC on the
 * complete rows; there strata() would be a term like others, and collinear columns would count. */
MS_API MS_NODISCARD ms_status ms_cox_step_run(const ms_table *table, const char *formula,
                                              const ms_cox_step_options *options, ms_cox_step *out,
                                              ms_error *err);
MS_API void ms_cox_step_clear(ms_cox_step *step);
/* Tests of terms by the likelihood ratio, on the rows complete for all: `sequential` adds the terms one after
 * another (R: anova(fit); the first row is of the model without terms), else each is left out of the whole
 * model (R: drop1(fit, test = "Chisq"); the first row is the whole model). */
typedef struct ms_cox_anova_row {
    char *term;
    double loglik, aic, chisq, p; /* NaN in the first row: chisq, p */
    size_t df;
} ms_cox_anova_row;
typedef struct ms_cox_anova {
    size_t n;
    ms_cox_anova_row *rows;
} ms_cox_anova;
MS_API MS_NODISCARD ms_status ms_cox_anova_run(const ms_table *table, const char *formula, bool sequential,
                                               const ms_cox_step_options *options, ms_cox_anova *out,
                                               ms_error *err);
MS_API void ms_cox_anova_clear(ms_cox_anova *anova);

/* ---- the table of uni- and multivariable hazard ratios (cox_table.c)
 * ----------------------------------------- */

typedef struct ms_cox_effect {
    double coef, se, hr, lower, upper, p; /* NaN: not estimated */
} ms_cox_effect;
typedef struct ms_cox_table_row {
    char *term;       /* "sex", "log(bili)", "age:sex" */
    char *level;      /* of a factor; NULL for numbers */
    char *name;       /* the coefficient; NULL for a reference level */
    bool reference;   /* a factor's first level */
    bool first;       /* the first row of its term */
    size_t n, events; /* rows the univariable model has (of this level); for an interaction, of the whole */
    ms_cox_effect uni, multi;
    double uni_p_term, multi_p_term; /* Wald test of the whole term, in its first row; else NaN */
    size_t df_term;
} ms_cox_table_row;
typedef struct ms_cox_table {
    size_t n_rows;
    ms_cox_table_row *rows;
    size_t n, events, n_dropped; /* of the multivariable model */
    double conf_level;
    bool converged; /* all models */
} ms_cox_table;
/* For each term of the formula a model of it alone (with strata, cluster, offset; fitted to the rows complete
 * for it), beside the model of all. `complete`: the univariable models are fitted to the multivariable one's
 * rows. Interactions have no univariable model. R: coxph() for each; as gtsummary's tbl_uvregression. */
MS_API MS_NODISCARD ms_status ms_cox_table_make(const ms_table *table, const char *formula, bool complete,
                                                const ms_cox_step_options *options, ms_cox_table *out,
                                                ms_error *err);
MS_API void ms_cox_table_clear(ms_cox_table *table);

/* ---- results as text and JSON (report_cox_more.c)
 * -------------------------------------------------------------
 */

/* Adds what is not NULL to the JSON of ms_cox_json: formula, step[], anova[] or drop1[]. */
MS_API MS_NODISCARD ms_status ms_cox_json_add(char **text, const ms_cox_step *step, const ms_cox_anova *anova,
                                              const ms_cox_anova *drop1, ms_error *err);
MS_API MS_NODISCARD ms_status ms_cox_step_text(const ms_cox_step *step, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_cox_anova_text(const ms_cox_anova *anova, bool sequential, char **text,
                                                ms_error *err);
MS_API MS_NODISCARD ms_status ms_cox_table_text(const ms_cox_table *table, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_cox_table_json(const ms_cox_table *table, char **text, ms_error *err);
/* A row for each of the table's, for CSV. */
MS_API MS_NODISCARD ms_status ms_cox_table_csv(const ms_cox_table *table, ms_table **out, ms_error *err);
/* names[n]: what each curve is called; strata_names as in the model's frame, or NULL. */
MS_API MS_NODISCARD ms_status ms_cox_curves_json(const ms_cox_curves *curves, const char *const *strata_names,
                                                 char **text, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
