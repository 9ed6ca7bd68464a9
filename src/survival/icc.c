/* Intraclass correlation of single measurements, from the two-way analysis of variance of subjects by raters.
 * Shrout & Fleiss 1979; intervals: McGraw & Wong 1996, table 7. R: psych::ICC, irr::icc. */
#include "survival/survival.h"

#include "myosurv/survival_tables.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/* Mean squares: between subjects, within them, between raters, and what is left. */
typedef struct anova {
    double n, k;
    double between, within, raters, error;
    bool exact; /* raters agree to the last bit */
} anova;

static double total_mean(const double *x, const size_t *rows, size_t n, size_t k) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++) sum += x[rows[i] * k + j];
    return sum / (double)(n * k);
}

/* Sums of squares are taken about the means, so that a large mean does not eat the digits. */
static anova analyse(const double *x, const size_t *rows, size_t n, size_t k) {
    anova a = {.n = (double)n, .k = (double)k, .exact = true};
    const double mean = total_mean(x, rows, n, k);
    double subjects = 0, within = 0, raters = 0;
    for (size_t i = 0; i < n; i++) {
        const double *row = x + rows[i] * k;
        double row_mean = 0;
        for (size_t j = 0; j < k; j++) {
            row_mean += row[j] / a.k;
            if (row[j] != row[0]) a.exact = false;
        }
        if (a.exact) row_mean = row[0];
        subjects += a.k * (row_mean - mean) * (row_mean - mean);
        for (size_t j = 0; j < k; j++) within += (row[j] - row_mean) * (row[j] - row_mean);
    }
    for (size_t j = 0; j < k; j++) {
        double column = 0;
        for (size_t i = 0; i < n; i++) column += x[rows[i] * k + j] - mean;
        raters += column * column / a.n;
    }
    a.between = subjects / (a.n - 1);
    a.within = within / (a.n * (a.k - 1));
    a.raters = raters / (a.k - 1);
    a.error = fmax(within - raters, 0) / ((a.n - 1) * (a.k - 1));
    /* Rounding of raters that differ by constants only. */
    if (a.error <= 1e-26 * (a.between + a.raters)) a.error = 0;
    return a;
}

/* The quantile of F by bisection of its logarithm: GSL's own takes no degrees of freedom below 1, which
 * Satterthwaite's may be, and may give up. 200 halvings leave the last digit or two. */
static double f_quantile(double p, double df1, double df2) {
    double low = -700, high = 700;
    if (!(df1 > 0) || !(df2 > 0)) return (double)NAN;
    for (int i = 0; i < 200; i++) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        if (gsl_cdf_fdist_P(exp(middle), df1, df2) < p)
            low = middle;
        else
            high = middle;
    }
    return exp(low + (high - low) / 2);
}

/* ICC(1,1) and ICC(3,1) and their bounds are one function of F. */
static double of_f(double f, double k) {
    return isinf(f) ? 1 : (f - 1) / (f + k - 1);
}

static void from_f(ms_icc *out, double f, double df1, double df2, double k, double alpha) {
    out->f = f;
    out->df1 = df1;
    out->df2 = df2;
    out->p = isinf(f) ? 0 : gsl_cdf_fdist_Q(f, df1, df2);
    out->icc = of_f(f, k);
    out->lower = of_f(f / f_quantile(1 - alpha / 2, df1, df2), k);
    out->upper = of_f(f * f_quantile(1 - alpha / 2, df2, df1), k);
}

/* Absolute agreement: the variance between raters counts against it. */
static void agreement(ms_icc *out, const anova *a, double alpha) {
    const double n = a->n, k = a->k, df1 = n - 1, df2 = (n - 1) * (k - 1);
    const double bms = a->between, jms = a->raters, ems = a->error;
    out->icc = (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n);
    out->f = bms / ems;
    out->df1 = df1;
    out->df2 = df2;
    out->p = isinf(out->f) ? 0 : gsl_cdf_fdist_Q(out->f, df1, df2);
    /* Satterthwaite's degrees of freedom of the denominator, multiplied through by the error so that an error
     * of 0 has its limit. */
    const double r = out->icc, from_raters = k * r * jms, from_error = (n * (1 + (k - 1) * r) - k * r) * ems;
    const double sum = from_raters + from_error;
    const double v =
        sum * sum / (from_raters * from_raters / (k - 1) + from_error * from_error / ((n - 1) * (k - 1)));
    const double upper = f_quantile(1 - alpha / 2, df1, v);
    const double lower = f_quantile(1 - alpha / 2, v, df1);
    const double rest = k * jms + (k * n - k - n) * ems;
    out->lower = n * (bms - upper * ems) / (upper * rest + n * bms);
    out->upper = n * (lower * bms - ems) / (rest + n * lower * bms);
}

static ms_icc compute(const anova *a, ms_icc_kind kind, double alpha) {
    const double n = a->n, k = a->k;
    ms_icc out = {0};
    if (kind == MS_ICC_1) from_f(&out, a->between / a->within, n - 1, n * (k - 1), k, alpha);
    if (kind == MS_ICC_2) agreement(&out, a, alpha);
    if (kind == MS_ICC_3) from_f(&out, a->between / a->error, n - 1, (n - 1) * (k - 1), k, alpha);
    return out;
}

ms_status ms_icc_compute(const double *x, size_t n, size_t k, ms_icc_kind kind, double conf_level,
                         ms_icc *out, ms_error *err) {
    if (k < 2) return ms_error_set(err, MS_EUSAGE, "an intraclass correlation needs two raters or more");
    if (!(conf_level > 0 && conf_level < 1))
        return ms_error_set(err, MS_EUSAGE, "the interval's level %g is not between 0 and 1", conf_level);
    size_t *rows = ms_calloc(n, sizeof *rows), m = 0;
    if (!rows) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        bool complete = true;
        for (size_t j = 0; j < k; j++) complete = complete && isfinite(x[i * k + j]);
        if (complete) rows[m++] = i;
    }
    ms_icc made = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0, 0};
    if (m >= 2) {
        const anova a = analyse(x, rows, m, k);
        if (a.exact && a.between > 0)
            made = (ms_icc){1, 1, 1, INFINITY, a.n - 1, (a.n - 1) * (a.k - 1), 0, 0, 0};
        else if (a.between > 0 || a.within > 0)
            made = compute(&a, kind, 1 - conf_level);
    }
    made.subjects = m;
    made.raters = k;
    free(rows);
    *out = made;
    return MS_OK;
}
