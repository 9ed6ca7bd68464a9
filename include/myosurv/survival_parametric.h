/* myosurv/survival_parametric.h: accelerated failure time models with a parametric distribution.
 *
 * y = x coef + offset + scale * e, with y = log(time) and e of the smallest extreme value (Weibull,
 * exponential, Rayleigh), normal (log-normal) or logistic (log-logistic) distribution; the same without the
 * logarithm for extreme, gaussian and logistic. A positive coefficient means a longer time. Conventions and
 * numbers are those of R's survival::survreg 3.5-3 (Kalbfleisch & Prentice 2002, chapter 3): the maximum is
 * that of the same likelihood, found to 1e-12, so the digits that R's stopping rule leaves open may differ in
 * the ninth. */
#ifndef MYOSURV_SURVIVAL_PARAMETRIC_H
#define MYOSURV_SURVIVAL_PARAMETRIC_H

#include "myosurv/survival.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ms_survreg_dist {
    MS_SURVREG_WEIBULL,
    MS_SURVREG_EXPONENTIAL, /* Weibull with scale 1 */
    MS_SURVREG_LOGNORMAL,
    MS_SURVREG_LOGLOGISTIC,
    MS_SURVREG_RAYLEIGH, /* Weibull with scale 1/2 */
    MS_SURVREG_EXTREME,
    MS_SURVREG_GAUSSIAN,
    MS_SURVREG_LOGISTIC
} ms_survreg_dist;

typedef enum ms_survreg_status {
    MS_SURVREG_RIGHT,   /* later than time */
    MS_SURVREG_EVENT,   /* at time */
    MS_SURVREG_LEFT,    /* at or before time */
    MS_SURVREG_INTERVAL /* after time, at or before time2 */
} ms_survreg_status;

/* A table's rows for a model: a response with censoring of any kind, and the predictors. */
typedef struct ms_survreg_frame {
    ms_model_frame model; /* predictors, strata, offset, weight, cluster; its time and event are not used */
    double *time, *time2; /* [n]; time2 only read where the status is interval */
    uint8_t *status;      /* [n] ms_survreg_status */
    ms_table *table;      /* what `model` was read from when it is not the caller's table */
    char *formula;        /* and by which formula */
} ms_survreg_frame;
/* Formulas as in ms_model_frame_read, with Surv(time, event), Surv(time, event, type = "left") or Surv(low,
 * high, type = "interval2") (a missing low: left-censored at high; a missing high: right-censored at low;
 * both alike: an event). MS_EUSAGE for start-stop times, ridge(), tt() and a model without an intercept. */
MS_API MS_NODISCARD ms_status ms_survreg_read(const ms_table *table, const char *formula,
                                              const char *weights_column, ms_survreg_frame *out,
                                              ms_error *err);
MS_API void ms_survreg_frame_clear(ms_survreg_frame *frame);

typedef struct ms_survreg_options {
    ms_survreg_dist dist;
    double scale;      /* fixed at this value; 0 (default): estimated, one for each stratum */
    bool robust;       /* sandwich variance; always with clusters */
    size_t iterations; /* 100 */
    double conf_level; /* 0.95 */
} ms_survreg_options;
MS_API void ms_survreg_options_default(ms_survreg_options *options);

typedef struct ms_survreg {
    ms_survreg_dist dist;
    size_t n, n_events;  /* rows; of them not censored */
    size_t p;            /* coefficients, the intercept first */
    size_t n_scales;     /* 1 or the strata */
    size_t n_log_scales; /* estimated ones: 0 or n_scales */
    char **names;        /* [p + n_log_scales] "(Intercept)", ..., "Log(scale)" or the strata's names */
    double *coef;        /* [p + n_log_scales]; NaN: collinear */
    double *scale;       /* [n_scales] */
    double *var;         /* [(p + n_log_scales)^2] */
    double *naive_var;   /* the same without the sandwich */
    double *se, *z, *p_value, *lower, *upper; /* [p + n_log_scales] */
    double *lp;                               /* [n] x coef + offset */
    double loglik[2];                         /* with intercept and scale alone, with all */
    double lr, p_lr, wald, p_wald;            /* of all but the intercept */
    size_t df;
    double aic;
    bool converged, robust;
    size_t iterations;
} ms_survreg;
/* R: survreg. MS_EINPUT: no row that is not right-censored, a time that is not positive where its logarithm
 * is taken. No convergence is not a failure: `converged` is false and a warning is logged. */
MS_API MS_NODISCARD ms_status ms_survreg_fit(const ms_survreg_frame *frame, const ms_survreg_options *options,
                                             ms_survreg *out, ms_error *err);
MS_API void ms_survreg_clear(ms_survreg *fit);

/* For the rows of `rows` (a frame of ms_model_newdata, or the fit's own model frame). */
typedef struct ms_survreg_prediction {
    size_t n, columns;                /* a column a probability or time */
    double *fit, *se, *lower, *upper; /* [n * columns]; the interval is made on the scale of y (of z for
                                         survival) */
} ms_survreg_prediction;
typedef enum ms_survreg_predict_type {
    MS_SURVREG_LP,       /* x coef + offset */
    MS_SURVREG_RESPONSE, /* in units of time: exp(lp) where y is a logarithm. R: type = "response" */
    MS_SURVREG_QUANTILE, /* the time by which a share p has had the event. R: type = "quantile" */
    MS_SURVREG_SURVIVAL  /* probability of being without event at a time */
} ms_survreg_predict_type;
/* at[m]: probabilities for quantiles, times for survival. R: predict.survreg(se.fit = TRUE). */
MS_API MS_NODISCARD ms_status ms_survreg_predict(const ms_survreg *fit, const ms_model_frame *rows,
                                                 ms_survreg_predict_type type, const double *at, size_t m,
                                                 double conf_level, ms_survreg_prediction *out,
                                                 ms_error *err);
MS_API void ms_survreg_prediction_clear(ms_survreg_prediction *prediction);

/* *text to be freed. Keys: n n_dropped events dist coefficients[] (name coef se z p lower upper) scale[]
 * loglik[2] tests (lr, wald) aic converged iterations. */
MS_API MS_NODISCARD ms_status ms_survreg_json(const ms_survreg *fit, size_t n_dropped, char **text,
                                              ms_error *err);
MS_API MS_NODISCARD ms_status ms_survreg_text(const ms_survreg *fit, size_t n_dropped, char **text,
                                              ms_error *err);
MS_API const char *ms_survreg_dist_name(ms_survreg_dist dist);

#ifdef __cplusplus
}
#endif
#endif
