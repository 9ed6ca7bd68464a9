/* Several columns from one number, as R's splines and stats packages make them:
 *   ns    natural cubic spline: B-splines projected on those without second derivative at the boundary knots
 *   bs    B-splines (de Boor 1978)
 *   rcs   restricted cubic spline in Harrell's truncated powers, over (last - first knot)^2
 *   poly  orthogonal polynomials, by the three-term recurrence
 * Inner knots are at equal quantiles (R's type 7) of x; outside the boundary ns is linear, bs goes on as the
 * outermost polynomial. */
#include "survival/formula.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KNOTS = 50, MOST_DEGREE = 10 };

bool ms_basis_is(const ms_node *node) {
    static const char *const names[] = {"ns", "bs", "rcs", "poly"};
    for (size_t i = 0; i < MS_COUNT(names); i++)
        if (ms_node_is(node, MS_NODE_CALL, names[i])) return true;
    return false;
}

void ms_basis_clear(ms_basis *basis) {
    MS_FREE(basis->knots);
    *basis = (ms_basis){0};
}

/* ---- arguments ---- */

typedef struct arguments {
    const char *formula;
    const ms_node *node;
    double count; /* df, degree of poly, knots of rcs; NaN: not given */
    double degree;
    const ms_node *knots, *bounds;
    bool intercept, raw;
} arguments;

static bool number_of(const ms_node *node, double *value) {
    if (node->kind == MS_NODE_NUMBER) {
        *value = node->number;
        return true;
    }
    if (node->kind != MS_NODE_OPERATOR || node->n_args != 1 || strcmp(node->text, "-") != 0 ||
        !number_of(node->args[0], value))
        return false;
    *value = -*value;
    return true;
}

static ms_status whole_number(const arguments *a, const ms_node *node, double least, double most,
                              double *value, ms_error *err) {
    if (!number_of(node, value) || *value != floor(*value) || *value < least || *value > most)
        return ms_formula_error(a->formula, node->at, err, "a whole number from %g to %g should be here",
                                least, most);
    return MS_OK;
}

static ms_status truth_of(const arguments *a, const ms_node *node, bool *value, ms_error *err) {
    bool yes = ms_node_is(node, MS_NODE_NAME, "TRUE");
    if (!yes && !ms_node_is(node, MS_NODE_NAME, "FALSE"))
        return ms_formula_error(a->formula, node->at, err, "TRUE or FALSE should be here");
    *value = yes;
    return MS_OK;
}

static ms_status read_argument(arguments *a, const ms_basis *b, const char *name, const ms_node *value,
                               ms_error *err) {
    bool spline = b->kind == MS_BASIS_NS || b->kind == MS_BASIS_BS;
    if (strcmp(name, "knots") == 0 && b->kind != MS_BASIS_POLY) {
        a->knots = value;
        return MS_OK;
    }
    if (strcmp(name, "Boundary.knots") == 0 && spline) {
        a->bounds = value;
        return MS_OK;
    }
    if (strcmp(name, "intercept") == 0 && spline) return truth_of(a, value, &a->intercept, err);
    if (strcmp(name, "raw") == 0 && b->kind == MS_BASIS_POLY) return truth_of(a, value, &a->raw, err);
    if (strcmp(name, "df") == 0 && spline) return whole_number(a, value, 1, MOST_KNOTS, &a->count, err);
    if (strcmp(name, "degree") == 0 && b->kind == MS_BASIS_BS)
        return whole_number(a, value, 1, MOST_DEGREE, &a->degree, err);
    if ((strcmp(name, "degree") == 0 && b->kind == MS_BASIS_POLY) ||
        (strcmp(name, "nk") == 0 && b->kind == MS_BASIS_RCS))
        return whole_number(a, value, 1, MOST_DEGREE, &a->count, err);
    return ms_formula_error(a->formula, value->at, err, "%s() takes no '%s' here", a->node->text, name);
}

static ms_status read_arguments(arguments *a, const ms_basis *b, ms_error *err) {
    static const char *const second[] = {"df", "df", "nk", "degree"};
    for (size_t i = 1; i < a->node->n_args; i++) {
        const char *name = a->node->arg_names[i];
        const ms_node *value = a->node->args[i];
        bool list = !name && b->kind == MS_BASIS_RCS && ms_node_is(value, MS_NODE_CALL, "c");
        if (!name && i > 1)
            return ms_formula_error(a->formula, value->at, err, "give this argument's name, as in df = 3");
        ms_status status = read_argument(a, b, name ? name : list ? "knots" : second[b->kind], value, err);
        if (status != MS_OK) return status;
    }
    return MS_OK;
}

static int compare_doubles(const void *p, const void *q) {
    double a = *(const double *)p, b = *(const double *)q;
    return (a > b) - (a < b);
}

/* The numbers of c(...), or a single one, in ascending order. */
static ms_status read_list(const arguments *a, const ms_node *list, double **out, size_t *n, ms_error *err) {
    bool several = ms_node_is(list, MS_NODE_CALL, "c");
    size_t count = several ? list->n_args : 1;
    double *values = ms_calloc(count, sizeof *values);
    if (!values) return ms_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const ms_node *item = several ? list->args[i] : list;
        if (number_of(item, &values[i])) continue;
        free(values);
        return ms_formula_error(a->formula, item->at, err,
                                "a number, or numbers as in c(50, 60), should be here");
    }
    qsort(values, count, sizeof *values, compare_doubles);
    *out = values;
    *n = count;
    return MS_OK;
}

/* ---- knots ---- */

/* R's quantile of type 7 of sorted[n]. */
static double quantile_of(const double *sorted, size_t n, double p) {
    double at = p * (double)(n - 1), low = floor(at + 4 * 2.220446049250313e-16), part = at - low;
    size_t i = (size_t)low;
    if (fabs(part) < 4 * 2.220446049250313e-16) part = 0;
    return i + 1 < n && part > 0 ? (1 - part) * sorted[i] + part * sorted[i + 1] : sorted[i];
}

/* At equal steps of the quantiles of those within the bounds. */
static ms_status place_knots(const double *sorted, size_t n, size_t count, ms_basis *b, ms_error *err) {
    b->n_knots = count;
    b->knots = ms_calloc(count + 1, sizeof *b->knots);
    if (!b->knots) return ms_error_nomem(err);
    size_t first = 0, last = n;
    while (first < n && sorted[first] < b->bounds[0]) first++;
    while (last > first && sorted[last - 1] > b->bounds[1]) last--;
    for (size_t i = 0; i < count; i++)
        b->knots[i] = quantile_of(sorted + first, last - first, (double)(i + 1) / (double)(count + 1));
    return MS_OK;
}

static ms_status set_bounds(const arguments *a, const double *sorted, size_t n, ms_basis *b, ms_error *err) {
    double *bounds = NULL;
    size_t count = 0;
    b->bounds[0] = sorted[0];
    b->bounds[1] = sorted[n - 1];
    if (!a->bounds) return MS_OK;
    ms_status status = read_list(a, a->bounds, &bounds, &count, err);
    if (status != MS_OK) return status;
    if (count == 2 && bounds[0] < bounds[1])
        memcpy(b->bounds, bounds, sizeof b->bounds);
    else
        status = ms_formula_error(a->formula, a->bounds->at, err, "Boundary.knots = c(low, high)");
    free(bounds);
    return status;
}

static ms_status set_spline(const arguments *a, const double *sorted, size_t n, ms_basis *b, ms_error *err) {
    bool natural = b->kind == MS_BASIS_NS;
    b->degree = natural ? 3 : (size_t)a->degree;
    b->intercept = a->intercept;
    ms_status status = set_bounds(a, sorted, n, b, err);
    if (status != MS_OK) return status;
    if (a->knots) {
        status = read_list(a, a->knots, &b->knots, &b->n_knots, err);
    } else {
        double fixed = (natural ? 1 : (double)b->degree) + (a->intercept ? 1 : 0);
        if (isnan(a->count))
            status = place_knots(sorted, n, 0, b, err);
        else if (a->count < fixed)
            status = ms_formula_error(a->formula, a->node->at, err, "%s() needs df of at least %g here",
                                      a->node->text, fixed);
        else
            status = place_knots(sorted, n, (size_t)(a->count - fixed), b, err);
    }
    if (status == MS_OK && b->n_knots > MOST_KNOTS)
        return ms_formula_error(a->formula, a->node->at, err, "more than %d knots", MOST_KNOTS);
    for (size_t i = 0; i < b->n_knots && status == MS_OK; i++)
        if (b->knots[i] <= b->bounds[0] || b->knots[i] >= b->bounds[1])
            status = ms_formula_error(a->formula, a->node->at, err,
                                      "a knot at %g, which is not between the boundary knots %g and %g",
                                      b->knots[i], b->bounds[0], b->bounds[1]);
    b->n_columns = b->n_knots + (natural ? 1 : b->degree) + (b->intercept ? 1 : 0);
    return status;
}

/* Harrell 2001, table 2.3: at quantiles, with fewer than 100 values the outer ones at the fifth value from
 * either end (Hmisc::rcspline.eval). */
static ms_status place_rcs(const arguments *a, const double *sorted, size_t n, ms_basis *b, ms_error *err) {
    static const double first[] = {0.1, 0.05, 0.05, 0.05, 0.025};
    const size_t k = isnan(a->count) ? 5 : (size_t)a->count;
    b->knots = ms_calloc(k + 1, sizeof *b->knots);
    if (!b->knots) return ms_error_nomem(err);
    b->n_knots = k;
    if (k < 3) return MS_OK; /* refused with the given ones */
    if (n < 6)
        return ms_formula_error(a->formula, a->node->at, err,
                                "rcs() of %zu values: give the knots, as in rcs(x, c(1, 2, 4))", n);
    const double low = k <= 7 ? first[k - 3] : 0.025;
    for (size_t i = 0; i < k; i++)
        b->knots[i] = quantile_of(sorted, n, low + (1 - 2 * low) * (double)i / (double)(k - 1));
    if (n < 100) {
        b->knots[0] = sorted[4];
        b->knots[k - 1] = sorted[n - 5];
        qsort(b->knots, k, sizeof *b->knots, compare_doubles);
    }
    return MS_OK;
}

static ms_status set_rcs(const arguments *a, const double *sorted, size_t n, ms_basis *b, ms_error *err) {
    ms_status status =
        a->knots ? read_list(a, a->knots, &b->knots, &b->n_knots, err) : place_rcs(a, sorted, n, b, err);
    for (size_t i = 1; i < b->n_knots && status == MS_OK; i++)
        if (b->knots[i] <= b->knots[i - 1])
            status = ms_formula_error(a->formula, a->node->at, err,
                                      "two knots of rcs() are at %g: take fewer", b->knots[i]);
    if (status == MS_OK && (b->n_knots < 3 || b->n_knots > MOST_KNOTS))
        return ms_formula_error(a->formula, a->node->at, err, "rcs() takes from 3 to %d knots", MOST_KNOTS);
    b->n_columns = b->n_knots - 1;
    return status;
}

/* Centres alpha[degree], then the squared norms of the monic orthogonal polynomials [degree + 1]. */
static ms_status set_poly(const arguments *a, const double *sorted, size_t n, ms_basis *b, ms_error *err) {
    b->degree = b->n_columns = isnan(a->count) ? 1 : (size_t)a->count;
    b->raw = a->raw;
    b->knots = ms_calloc(2 * b->degree + 1, sizeof *b->knots);
    double *now = ms_calloc(2 * n + 1, sizeof *now);
    if (!b->knots || !now) {
        free(now);
        return ms_error_nomem(err);
    }
    double *before = now + n, *alpha = b->knots, *norm = b->knots + b->degree;
    norm[0] = (double)n;
    for (size_t i = 0; i < n; i++) now[i] = 1;
    for (size_t k = 0; k < b->degree; k++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += sorted[i] * now[i] * now[i];
        alpha[k] = sum / norm[k];
        norm[k + 1] = 0;
        for (size_t i = 0; i < n; i++) {
            double next = (sorted[i] - alpha[k]) * now[i] - (k ? norm[k] / norm[k - 1] * before[i] : 0);
            before[i] = now[i];
            now[i] = next;
            norm[k + 1] += next * next;
        }
    }
    free(now);
    for (size_t k = 1; k <= b->degree; k++)
        if (!(norm[k] > 1e-14 * norm[k - 1]))
            return ms_formula_error(a->formula, a->node->at, err,
                                    "poly(): a degree of %zu needs more distinct values", b->degree);
    return MS_OK;
}

ms_status ms_basis_make(const char *formula, const ms_node *node, const double *x, size_t n, ms_basis *out,
                        ms_error *err) {
    arguments a = {.formula = formula, .node = node, .count = NAN, .degree = 3};
    ms_basis b = {.kind = strcmp(node->text, "ns") == 0    ? MS_BASIS_NS
                          : strcmp(node->text, "bs") == 0  ? MS_BASIS_BS
                          : strcmp(node->text, "rcs") == 0 ? MS_BASIS_RCS
                                                           : MS_BASIS_POLY};
    size_t there = 0;
    ms_status status = read_arguments(&a, &b, err);
    if (status != MS_OK) return status;
    double *sorted = ms_calloc(n, sizeof *sorted);
    if (!sorted) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) sorted[there++] = x[i];
    qsort(sorted, there, sizeof *sorted, compare_doubles);
    if (there < 2 || sorted[0] == sorted[there - 1])
        status = ms_formula_error(formula, node->at, err, "%s() of a column with one value", node->text);
    else if (b.kind == MS_BASIS_RCS)
        status = set_rcs(&a, sorted, there, &b, err);
    else if (b.kind == MS_BASIS_POLY)
        status = set_poly(&a, sorted, there, &b, err);
    else
        status = set_spline(&a, sorted, there, &b, err);
    free(sorted);
    if (status == MS_OK)
        *out = b;
    else
        ms_basis_clear(&b);
    return status;
}

/* ---- values ---- */

typedef struct spline {
    const ms_basis *basis;
    size_t order, n; /* B-splines */
    double knots[MOST_KNOTS + 2 * (MOST_DEGREE + 1)];
    double row[MOST_KNOTS + MOST_DEGREE + 1];
    double reflect[2][MOST_KNOTS + MOST_DEGREE + 1]; /* Householder vectors of ns's constraints */
} spline;

/* The B-splines of an order (and their derivative of that many times) at x, in s->row; x outside the bounds
 * is on the outermost polynomial. De Boor's recurrence; the derivative is of differences of lower orders. */
static void bsplines(spline *s, double x, size_t derivative) {
    const double *t = s->knots;
    size_t degree = s->order - 1, last = s->n - 1, span = degree;
    while (span < last && x >= t[span + 1]) span++;
    memset(s->row, 0, s->n * sizeof *s->row);
    double b[MOST_DEGREE + 2] = {1};
    for (size_t d = 1; d <= degree; d++) {
        bool differ = d + derivative > degree;
        double saved = 0;
        for (size_t r = 0; r < d; r++) {
            double right = t[span + r + 1], left = t[span + r + 1 - d], width = right - left;
            double part = b[r] / width;
            if (differ) {
                b[r] = saved - (double)d * part;
                saved = (double)d * part;
            } else {
                b[r] = saved + (right - x) * part;
                saved = (x - left) * part;
            }
        }
        b[d] = saved;
    }
    for (size_t r = 0; r <= degree; r++) s->row[span - degree + r] = b[r];
}

static void start_spline(const ms_basis *basis, spline *s) {
    *s = (spline){.basis = basis, .order = basis->degree + 1, .n = basis->n_knots + basis->degree + 1};
    for (size_t i = 0; i < s->order; i++) {
        s->knots[i] = basis->bounds[0];
        s->knots[s->order + basis->n_knots + i] = basis->bounds[1];
    }
    memcpy(s->knots + s->order, basis->knots, basis->n_knots * sizeof *s->knots);
}

/* y[n] reflected by the Householder vector of constraint c, which begins at element c. */
static void reflect(const spline *s, size_t c, size_t n, double *y) {
    double sum = 0;
    for (size_t i = c; i < n; i++) sum += s->reflect[c][i] * y[i];
    for (size_t i = c; i < n; i++) y[i] -= sum / s->reflect[c][c] * s->reflect[c][i];
}

/* The rotation that takes the second derivatives at both bounds into the first two columns, by the
 * Householder vectors that R's qr() makes. */
static void make_natural(spline *s) {
    size_t skip = s->basis->intercept ? 0 : 1, n = s->n - skip;
    for (size_t c = 0; c < 2; c++) {
        bsplines(s, s->basis->bounds[c], 2);
        double *v = s->reflect[c], norm = 0;
        memcpy(v, s->row + skip, n * sizeof *v);
        if (c) reflect(s, 0, n, v);
        for (size_t i = c; i < n; i++) norm += v[i] * v[i];
        norm = sqrt(norm);
        if (v[c] < 0) norm = -norm;
        for (size_t i = c; i < n; i++) v[i] /= norm;
        v[c] += 1;
    }
}

/* Natural: straight on beyond the bounds. */
static void natural_row(spline *s, double x) {
    double slope[MOST_KNOTS + MOST_DEGREE + 1], bound = x;
    if (x < s->basis->bounds[0]) bound = s->basis->bounds[0];
    if (x > s->basis->bounds[1]) bound = s->basis->bounds[1];
    if (bound != x) {
        bsplines(s, bound, 1);
        memcpy(slope, s->row, s->n * sizeof *slope);
    }
    bsplines(s, bound, 0);
    for (size_t i = 0; i < s->n && bound != x; i++) s->row[i] += (x - bound) * slope[i];
    size_t skip = s->basis->intercept ? 0 : 1;
    reflect(s, 0, s->n - skip, s->row + skip);
    reflect(s, 1, s->n - skip, s->row + skip);
}

static double cube(double x) {
    return x > 0 ? x * x * x : 0;
}

static void rcs_row(const ms_basis *b, double x, double *row) {
    const double *t = b->knots;
    size_t k = b->n_knots;
    double last = t[k - 1], before = t[k - 2], scale = (last - t[0]) * (last - t[0]);
    row[0] = x;
    for (size_t j = 0; j + 2 < k; j++)
        row[j + 1] = (cube(x - t[j]) - cube(x - before) * (last - t[j]) / (last - before) +
                      cube(x - last) * (before - t[j]) / (last - before)) /
                     scale;
}

static void poly_row(const ms_basis *b, double x, double *row) {
    const double *alpha = b->knots, *norm = b->knots + b->degree;
    double before = 0, now = 1;
    for (size_t k = 0; k < b->degree; k++) {
        double next = (x - alpha[k]) * now - (k ? norm[k] / norm[k - 1] * before : 0);
        before = now;
        now = next;
        row[k] = b->raw ? pow(x, (double)(k + 1)) : now / sqrt(norm[k + 1]);
    }
}

ms_status ms_basis_fill(const ms_basis *basis, const double *x, size_t n, double *values, ms_error *err) {
    spline *s = ms_calloc(1, sizeof *s);
    if (!s) return ms_error_nomem(err);
    bool natural = basis->kind == MS_BASIS_NS, splines = natural || basis->kind == MS_BASIS_BS;
    if (splines) start_spline(basis, s);
    if (natural) make_natural(s);
    for (size_t i = 0; i < n; i++) {
        size_t skip = 0;
        if (isnan(x[i])) {
            for (size_t j = 0; j < basis->n_columns; j++) values[j * n + i] = NAN;
            continue;
        }
        if (natural)
            natural_row(s, x[i]);
        else if (splines)
            bsplines(s, x[i], 0);
        else if (basis->kind == MS_BASIS_RCS)
            rcs_row(basis, x[i], s->row);
        else
            poly_row(basis, x[i], s->row);
        if (splines) skip = (basis->intercept ? 0U : 1U) + (natural ? 2U : 0U);
        for (size_t j = 0; j < basis->n_columns; j++) values[j * n + i] = s->row[skip + j];
    }
    free(s);
    return MS_OK;
}
