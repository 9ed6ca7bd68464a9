/* Values for the gaps of one column given the others: parameters are drawn from their posterior (with a flat
 * prior), then values given the parameters. Rubin 1987, chapter 5; van Buuren 2018, sections 3.2 to 3.6. */
#include "survival/impute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A little is added to the diagonal so that collinear predictors do no harm (mice's ridge of 1e-5). */
static const double RIDGE = 1e-5;

static double dot(const double *a, const double *b, size_t q) {
    double sum = 0;
    for (size_t j = 0; j < q; j++) sum += a[j] * b[j];
    return sum;
}

/* a += w x x', lower triangle. */
static void add_square(double *a, const double *x, size_t q, double w) {
    for (size_t j = 0; j < q; j++)
        for (size_t k = 0; k <= j; k++) a[j * q + k] += w * x[j] * x[k];
}

/* step = a normal vector with variance A^-1, from A = L D L': L' step = D^-1/2 z. */
static void draw_step(const double *factor, size_t q, ms_random *random, double *step) {
    for (size_t j = 0; j < q; j++) {
        double z = ms_random_normal(random);
        step[j] = factor[j * q + j] > 0 ? z / sqrt(factor[j * q + j]) : 0;
    }
    for (size_t j = q; j-- > 0;)
        for (size_t k = j + 1; k < q; k++) step[j] -= factor[k * q + j] * step[k];
}

/* Room for a regression: estimate, draw, step [q] each, factor [q * q]. */
typedef struct room {
    double *estimate, *draw, *step, *factor;
} room;

static ms_status room_make(size_t q, room *r, ms_error *err) {
    r->estimate = ms_calloc(3 * q + q * q, sizeof *r->estimate);
    if (!r->estimate) return ms_error_nomem(err);
    r->draw = r->estimate + q;
    r->step = r->draw + q;
    r->factor = r->step + q;
    return MS_OK;
}

/* ---- numbers ---- */

/* Least squares on the known; then a draw of sigma (returned) and of the coefficients. */
static double draw_linear(const ms_predictors *x, const uint8_t *missing, const double *y, ms_random *random,
                          room *r) {
    size_t q = x->q, known = 0;
    for (size_t i = 0; i < x->n; i++) {
        if (missing[i]) continue;
        known++;
        add_square(r->factor, x->x + i * q, q, 1);
        for (size_t j = 0; j < q; j++) r->estimate[j] += x->x[i * q + j] * y[i];
    }
    for (size_t j = 0; j < q; j++) r->factor[j * q + j] *= 1 + RIDGE;
    ms_cholesky(r->factor, q, 1e-12);
    ms_cholesky_solve(r->factor, q, r->estimate);
    double residual = 0, chisq = 0;
    for (size_t i = 0; i < x->n; i++) {
        if (missing[i]) continue;
        double e = y[i] - dot(x->x + i * q, r->estimate, q);
        residual += e * e;
    }
    size_t df = known > q ? known - q : 1;
    for (size_t k = 0; k < df; k++) {
        double z = ms_random_normal(random);
        chisq += z * z;
    }
    double sigma = sqrt(residual / chisq);
    draw_step(r->factor, q, random, r->step);
    for (size_t j = 0; j < q; j++) r->draw[j] = r->estimate[j] + sigma * r->step[j];
    return sigma;
}

typedef struct donor {
    double mean, value;
    size_t row;
} donor;

static int compare_donors(const void *a, const void *b) {
    const donor *p = a, *q = b;
    if (p->mean != q->mean) return p->mean < q->mean ? -1 : 1;
    return p->row < q->row ? -1 : p->row > q->row;
}

/* One of the `wanted` donors whose mean is nearest to `mean`, by chance; donors[n] ascend. */
static double match(const donor *donors, size_t n, double mean, size_t wanted, ms_random *random) {
    size_t low = 0, high = n; /* the first donor at or above the mean */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (donors[middle].mean < mean)
            low = middle + 1;
        else
            high = middle;
    }
    size_t first = low, end = low; /* [first, end) taken */
    while (end - first < wanted && end - first < n)
        if (end == n || (first > 0 && mean - donors[first - 1].mean <= donors[end].mean - mean))
            first--;
        else
            end++;
    return donors[first + ms_random_below(random, end - first)].value;
}

static ms_status match_all(const ms_predictors *x, const uint8_t *missing, size_t wanted, const room *r,
                           ms_random *random, double *y, ms_error *err) {
    donor *donors = ms_calloc(x->n, sizeof *donors);
    size_t n = 0;
    if (!donors) return ms_error_nomem(err);
    for (size_t i = 0; i < x->n; i++)
        if (!missing[i]) donors[n++] = (donor){dot(x->x + i * x->q, r->estimate, x->q), y[i], i};
    qsort(donors, n, sizeof *donors, compare_donors);
    for (size_t i = 0; i < x->n; i++)
        if (missing[i]) y[i] = match(donors, n, dot(x->x + i * x->q, r->draw, x->q), wanted, random);
    free(donors);
    return MS_OK;
}

ms_status ms_draw_number(const ms_predictors *x, const uint8_t *missing, ms_impute_method method,
                         size_t donors, ms_random *random, double *y, ms_error *err) {
    room r = {0};
    ms_status status = room_make(x->q, &r, err);
    if (status) return status;
    double sigma = draw_linear(x, missing, y, random, &r);
    if (method == MS_IMPUTE_MATCHING)
        status = match_all(x, missing, donors > 0 ? donors : 1, &r, random, y, err);
    else
        for (size_t i = 0; i < x->n; i++)
            if (missing[i]) y[i] = dot(x->x + i * x->q, r.draw, x->q) + sigma * ms_random_normal(random);
    free(r.estimate);
    return status;
}

/* ---- categories ---- */

static double logistic(double eta) {
    return 1 / (1 + exp(-eta));
}

/* Logistic regression of y == level on the known by Newton's method, with a weak normal prior (standard
 * deviation 10 of a standardised predictor) that keeps separated groups finite; then a draw of the
 * coefficients. */
static void draw_logistic(const ms_predictors *x, const uint8_t *missing, const double *y, double level,
                          ms_random *random, room *r) {
    enum { MOST = 30 };
    size_t q = x->q;
    for (size_t j = 0; j < q; j++) r->estimate[j] = 0;
    for (int iteration = 0; iteration < MOST; iteration++) {
        double largest = 0;
        memset(r->factor, 0, q * q * sizeof *r->factor);
        for (size_t j = 0; j < q; j++) {
            double precision = j ? 0.01 : 1e-6;
            r->factor[j * q + j] = precision;
            r->step[j] = -precision * r->estimate[j];
        }
        for (size_t i = 0; i < x->n; i++) {
            if (missing[i]) continue;
            const double *row = x->x + i * q;
            double p = logistic(dot(row, r->estimate, q)), e = (y[i] == level ? 1 : 0) - p;
            add_square(r->factor, row, q, p * (1 - p));
            for (size_t j = 0; j < q; j++) r->step[j] += e * row[j];
        }
        ms_cholesky(r->factor, q, 1e-14);
        ms_cholesky_solve(r->factor, q, r->step);
        for (size_t j = 0; j < q; j++) {
            double limited = fmax(-3, fmin(3, r->step[j])); /* no leap from a flat start */
            r->estimate[j] += limited;
            largest = fmax(largest, fabs(limited));
        }
        if (largest < 1e-8) break;
    }
    draw_step(r->factor, q, random, r->step);
    for (size_t j = 0; j < q; j++) r->draw[j] = r->estimate[j] + r->step[j];
}

ms_status ms_draw_category(const ms_predictors *x, const uint8_t *missing, size_t n_levels, ms_random *random,
                           double *y, ms_error *err) {
    room r = {0};
    size_t models = n_levels == 2 ? 1 : n_levels;
    double *chance = ms_calloc(x->n * n_levels, sizeof *chance);
    ms_status status = chance ? room_make(x->q, &r, err) : ms_error_nomem(err);
    for (size_t l = 0; l < models && !status; l++) {
        draw_logistic(x, missing, y, (double)l, random, &r);
        for (size_t i = 0; i < x->n; i++)
            chance[i * n_levels + l] = logistic(dot(x->x + i * x->q, r.draw, x->q));
    }
    for (size_t i = 0; i < x->n && !status; i++) {
        double *p = chance + i * n_levels, total = 0, u;
        if (!missing[i]) continue;
        if (n_levels == 2) p[1] = 1 - p[0];
        for (size_t l = 0; l < n_levels; l++) total += p[l];
        u = total * ms_random_uniform(random);
        size_t l = 0;
        while (l + 1 < n_levels && u >= p[l]) u -= p[l++];
        y[i] = (double)l;
    }
    free(r.estimate);
    free(chance);
    return status;
}
