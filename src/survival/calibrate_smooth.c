/* The smooth calibration curve. Cox regression of follow-up on a restricted cubic spline of x = log(-log(1 -
 * p)), a model in which a perfect prediction is a straight line; what it gives at t for a patient is the
 * observed probability there. ICI, E50, E90: mean, median and 90% quantile of |observed - predicted| over the
 * patients. Austin, Harrell & van Klaveren 2020; knots by Harrell's quantiles. R: coxph(Surv() ~ rms::rcs(x,
 * k)), survfit(newdata). */
#include "survival/cox_hazard.h"
#include "survival/formula.h"
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>

/* Harrell, Regression Modeling Strategies, table 2.3. */
static const double outer_of[] = {0.10, 0.05, 0.05, 0.05, 0.025};

/* Knots of x at quantiles, with fewer than 100 patients the outer ones at the fifth value from either end
 * (Hmisc::rcspline.eval); false when two fall together (few distinct predictions). */
static bool place_knots(const double *x_sorted, size_t n, size_t n_knots, double *knots) {
    double outer = outer_of[n_knots - 3];
    for (size_t k = 0; k < n_knots; k++) {
        double q = outer + (1 - 2 * outer) * (double)k / (double)(n_knots - 1);
        knots[k] = ms_quantile7(x_sorted, n, q);
        if (n < 100 && n > 10 && k == 0) knots[k] = x_sorted[4];
        if (n < 100 && n > 10 && k + 1 == n_knots) knots[k] = x_sorted[n - 5];
        if (k && !(knots[k] > knots[k - 1])) return false;
    }
    return true;
}

/* A Cox model of columns made from x, and its hazard. */
typedef struct smooth {
    ms_basis basis; /* n_columns 0: x itself */
    size_t p;
    ms_cox cox;
    ms_cox_hazards hazards;
    double *x; /* [n * p] */
} smooth;

static void smooth_clear(smooth *s) {
    ms_cox_clear(&s->cox);
    ms_cox_hazards_clear(&s->hazards);
    MS_FREE(s->x);
}

/* Rows of columns, row-major. */
static ms_status columns_of(const smooth *s, const double *x, size_t n, double *out, ms_error *err) {
    if (s->p == 1) {
        for (size_t i = 0; i < n; i++) out[i] = x[i];
        return MS_OK;
    }
    double *values = ms_calloc(n * s->p, sizeof *values);
    ms_status status = values ? ms_basis_fill(&s->basis, x, n, values, err) : ms_error_nomem(err);
    for (size_t i = 0; i < n && !status; i++)
        for (size_t j = 0; j < s->p; j++) out[i * s->p + j] = values[j * n + i];
    free(values);
    return status;
}

static ms_status fit(const ms_surv *data, const double *x, size_t n_knots, double *knots, smooth *s,
                     ms_error *err) {
    ms_cox_options options;
    s->p = n_knots ? n_knots - 1 : 1;
    s->basis = (ms_basis){.kind = MS_BASIS_RCS, .n_knots = n_knots, .knots = knots, .n_columns = s->p};
    s->x = ms_calloc(data->n * s->p, sizeof *s->x);
    if (!s->x) return ms_error_nomem(err);
    ms_design design = {.p = s->p, .x = s->x};
    ms_cox_options_default(&options);
    ms_status status = columns_of(s, x, data->n, s->x, err);
    if (status || (status = ms_cox_fit(data, &design, &options, &s->cox, err))) return status;
    return ms_cox_hazards_make(&s->cox, data, &design, 2, 2, &s->hazards, err);
}

/* Observed probability at t of a row of columns; bounds may be NULL. work[2 p]. */
static double predict(const smooth *s, const double *row, double t, double conf_level, double *work,
                      double *lower, double *upper) {
    const ms_cox_hazard *h = &s->hazards.strata[0];
    size_t k = ms_cox_hazard_find(h, t);
    double lp = 0, *centred = work + s->p;
    for (size_t j = 0; j < s->p; j++) {
        centred[j] = row[j] - s->cox.means[j];
        if (!isnan(s->cox.coef[j])) lp += centred[j] * s->cox.coef[j];
    }
    double hazard = ms_cox_hazard_value(h, k) * exp(lp), survival = exp(-hazard);
    if (lower) {
        double variance = ms_cox_hazard_variance(h, s->cox.var, centred, k, work), low, high;
        ms_km_interval(MS_CONF_LOG, ms_normal_quantile(0.5 + conf_level / 2), survival,
                       sqrt(variance) * exp(lp), &low, &high);
        *lower = 1 - high;
        *upper = 1 - low;
    }
    return -expm1(-hazard);
}

static int compare_doubles(const void *a, const void *b) {
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* Each patient's own place on the curve, and the distances. */
static ms_status measure(const smooth *s, const double *p, ms_calibration *out, double *work, ms_error *err) {
    size_t n = out->n;
    double sum = 0;
    double *distance = ms_calloc(n, sizeof *distance);
    out->fitted = ms_calloc(n, sizeof *out->fitted);
    if (!distance || !out->fitted) {
        free(distance);
        return ms_error_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        out->fitted[i] = predict(s, s->x + i * s->p, out->time, 0.95, work, NULL, NULL);
        distance[i] = fabs(out->fitted[i] - p[i]);
        sum += distance[i];
    }
    qsort(distance, n, sizeof *distance, compare_doubles);
    out->ici = sum / (double)n;
    out->e50 = ms_quantile7(distance, n, 0.5);
    out->e90 = ms_quantile7(distance, n, 0.9);
    out->e_max = distance[n - 1];
    free(distance);
    return MS_OK;
}

static ms_status draw_curve(const smooth *s, const double *sorted, const ms_calibrate_options *options,
                            ms_calibration *out, double *work, ms_error *err) {
    size_t m = options->n_grid;
    ms_status status = MS_OK;
    double *x = ms_calloc(m, sizeof *x), *rows = ms_calloc(m * s->p, sizeof *rows);
    out->grid = ms_calloc(m, sizeof *out->grid);
    out->smooth = ms_calloc(m, sizeof *out->smooth);
    out->smooth_lower = ms_calloc(m, sizeof *out->smooth_lower);
    out->smooth_upper = ms_calloc(m, sizeof *out->smooth_upper);
    if (!x || !rows || !out->grid || !out->smooth || !out->smooth_lower || !out->smooth_upper) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    double from = sorted[0], span = sorted[out->n - 1] - from;
    for (size_t i = 0; i < m; i++) {
        out->grid[i] = m > 1 ? from + span * (double)i / (double)(m - 1) : from;
        x[i] = ms_cloglog(out->grid[i]);
    }
    if ((status = columns_of(s, x, m, rows, err))) goto cleanup;
    for (size_t i = 0; i < m; i++)
        out->smooth[i] = predict(s, rows + i * s->p, out->time, options->conf_level, work,
                                 &out->smooth_lower[i], &out->smooth_upper[i]);
    out->n_grid = m;
cleanup:
    free(x);
    free(rows);
    return status;
}

/* The Cox slope is that of the straight line. */
static ms_status fit_slope(const ms_surv *data, const double *x, double conf_level, ms_calibration *out,
                           ms_error *err) {
    ms_cox cox = {0};
    ms_cox_options options;
    ms_design design = {.p = 1, .x = x};
    ms_cox_options_default(&options);
    ms_status status = ms_cox_fit(data, &design, &options, &cox, err);
    if (status) return status;
    if (!isnan(cox.coef[0])) out->cox_slope = ms_estimate_of(cox.coef[0], cox.se[0], 1, conf_level);
    ms_cox_clear(&cox);
    return MS_OK;
}

ms_status ms_calibrate_smooth(const ms_outcome *outcome, const double *p, const double *sorted,
                              const double *x, const ms_calibrate_options *options, ms_calibration *out,
                              ms_error *err) {
    size_t n = outcome->n, n_knots = options->n_knots;
    smooth s = {0};
    double *x_sorted = ms_calloc(n, sizeof *x_sorted), *work = NULL;
    ms_surv data = {.n = n, .time = outcome->time, .event = outcome->status, .no_timefix = true};
    ms_status status = x_sorted ? MS_OK : ms_error_nomem(err);
    if (status) return status;
    for (size_t i = 0; i < n; i++) x_sorted[i] = ms_cloglog(sorted[i]);
    if (n_knots && !place_knots(x_sorted, n, n_knots, out->knots)) {
        ms_log(MS_LOG_WARNING, "too few distinct predictions for %zu knots: the smooth curve is a line",
               n_knots);
        n_knots = 0;
    }
    out->n_knots = n_knots;
    if ((status = fit_slope(&data, x, options->conf_level, out, err)) ||
        (status = fit(&data, x, n_knots, out->knots, &s, err)))
        goto cleanup;
    work = ms_calloc(2 * s.p, sizeof *work);
    status = work ? measure(&s, p, out, work, err) : ms_error_nomem(err);
    if (!status && options->n_grid) status = draw_curve(&s, sorted, options, out, work, err);
cleanup:
    free(work);
    free(x_sorted);
    smooth_clear(&s);
    return status;
}
