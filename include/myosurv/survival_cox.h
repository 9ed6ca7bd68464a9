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
 * when it has none; with new_frame NULL the curve at the means in every stratum. The standard error holds
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

#ifdef __cplusplus
}
#endif
#endif
