/* The density of one set of points: formulas in tpe.h. */
#include "model/tpe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A number's place on the axis on which kernels are normal. */
static double axis(const ms_tpe_dimension *d, double value) {
    return d->log ? log(value) : value;
}

static double axis_low(const ms_tpe_dimension *d) {
    return axis(d, d->low - 0.5 * d->step);
}

static double axis_high(const ms_tpe_dimension *d) {
    return axis(d, d->high + 0.5 * d->step);
}

/* Phi(b) - Phi(a) for a < b, exact in both tails. */
static double normal_between(double a, double b) {
    if (a > 0) return 0.5 * (erfc(a * M_SQRT1_2) - erfc(b * M_SQRT1_2));
    if (b < 0) return 0.5 * (erfc(-b * M_SQRT1_2) - erfc(-a * M_SQRT1_2));
    return 1 - 0.5 * (erfc(-a * M_SQRT1_2) + erfc(b * M_SQRT1_2));
}

static double log_number_kernel(const ms_tpe_dimension *d, double middle, double sd, double value) {
    const double low = axis_low(d), high = axis_high(d);
    const double whole = normal_between((low - middle) / sd, (high - middle) / sd);
    if (d->step > 0) {
        const double a = fmax(low, axis(d, value - 0.5 * d->step)),
                     b = fmin(high, axis(d, value + 0.5 * d->step));
        return log(fmax(normal_between((a - middle) / sd, (b - middle) / sd), 1e-300) / whole);
    }
    const double z = (axis(d, value) - middle) / sd;
    return -0.5 * z * z - log(sd * sqrt(2 * M_PI) * whole);
}

static double middle_of(const ms_tpe_density *density, size_t kernel, size_t dimension) {
    const ms_tpe_dimension *d = &density->space->dimensions[dimension];
    if (kernel < density->n && !isnan(density->points[kernel][dimension]))
        return axis(d, density->points[kernel][dimension]);
    return 0.5 * (axis_low(d) + axis_high(d));
}

/* The chance of a choice under the kernel at a point that has `own` (NaN: the prior). */
static double choice_chance(const ms_tpe_density *density, const ms_tpe_dimension *d, double own,
                            double value) {
    if (isnan(own)) return 1 / (double)d->n_choices;
    const double kernels = (double)density->n + 1;
    return (1 + (value == own ? kernels : 0)) / (kernels + (double)d->n_choices);
}

static double log_kernel(const ms_tpe_density *density, size_t kernel, size_t dimension, double value) {
    const ms_tpe_dimension *d = &density->space->dimensions[dimension];
    if (d->n_choices > 0) {
        const double own = kernel < density->n ? density->points[kernel][dimension] : (double)NAN;
        return log(choice_chance(density, d, own, value));
    }
    return log_number_kernel(d, middle_of(density, kernel, dimension),
                             density->sd[kernel * density->space->n + dimension], value);
}

/* ---- how wide the kernels are ------------------------------------------------------------------------- */

typedef struct place {
    double at;
    size_t kernel;
} place;

static int by_place(const void *a, const void *b) {
    const place *p = a, *q = b;
    if (p->at != q->at) return p->at < q->at ? -1 : 1;
    return p->kernel < q->kernel ? -1 : p->kernel > q->kernel;
}

/* The points that have the dimension, in order. */
static size_t sort_places(const ms_tpe_density *density, size_t dimension, place *places) {
    size_t m = 0;
    for (size_t k = 0; k < density->n; k++)
        if (!isnan(density->points[k][dimension])) places[m++] = (place){middle_of(density, k, dimension), k};
    if (m > 0) qsort(places, m, sizeof *places, by_place);
    return m;
}

static void fill_widths(ms_tpe_density *density, size_t dimension, place *places) {
    const size_t n_dims = density->space->n, m = sort_places(density, dimension, places);
    const ms_tpe_dimension *d = &density->space->dimensions[dimension];
    const double low = axis_low(d), high = axis_high(d), range = high - low;
    const double least = range / fmin(100, 2 + (double)m);
    for (size_t k = 0; k <= density->n; k++) density->sd[k * n_dims + dimension] = range;
    for (size_t i = 0; i < m; i++) {
        double left = i > 0 ? places[i].at - places[i - 1].at : m > 1 ? 0 : places[i].at - low;
        double right = i + 1 < m ? places[i + 1].at - places[i].at : m > 1 ? 0 : high - places[i].at;
        density->sd[places[i].kernel * n_dims + dimension] = fmin(range, fmax(least, fmax(left, right)));
    }
}

ms_status ms_tpe_density_init(ms_tpe_density *density, const ms_tpe_space *space, const double *const *points,
                              size_t n, bool joint, ms_error *err) {
    ms_tpe_density made = {.space = space, .n = n, .joint = joint};
    made.points = ms_calloc(n, sizeof *made.points);
    made.sd = ms_calloc((n + 1) * space->n, sizeof *made.sd);
    place *places = ms_calloc(n, sizeof *places);
    if (!made.points || !made.sd || !places) {
        ms_tpe_density_clear(&made);
        free(places);
        return ms_error_nomem(err);
    }
    for (size_t k = 0; k < n; k++) made.points[k] = points[k];
    for (size_t j = 0; j < space->n; j++)
        if (space->dimensions[j].n_choices == 0) fill_widths(&made, j, places);
    free(places);
    *density = made;
    return MS_OK;
}

void ms_tpe_density_clear(ms_tpe_density *density) {
    free((void *)density->points);
    free(density->sd);
    *density = (ms_tpe_density){0};
}

/* ---- its value ---------------------------------------------------------------------------------------- */

typedef struct log_sum {
    double max, sum;
} log_sum;

static void log_sum_add(log_sum *s, double v) {
    if (v <= s->max) {
        s->sum += exp(v - s->max);
    } else {
        s->sum = s->sum * exp(s->max - v) + 1;
        s->max = v;
    }
}

double ms_tpe_log_density(const ms_tpe_density *density, const double *x) {
    const size_t n_dims = density->space->n;
    if (!density->joint) {
        double sum = 0;
        for (size_t j = 0; j < n_dims; j++)
            if (!isnan(x[j])) sum += ms_tpe_log_density_of(density, j, x[j]);
        return sum;
    }
    log_sum mixture = {-INFINITY, 0};
    for (size_t k = 0; k <= density->n; k++) {
        double product = 0;
        for (size_t j = 0; j < n_dims; j++)
            if (!isnan(x[j])) product += log_kernel(density, k, j, x[j]);
        log_sum_add(&mixture, product);
    }
    return mixture.max + log(mixture.sum / ((double)density->n + 1));
}

double ms_tpe_log_density_of(const ms_tpe_density *density, size_t dimension, double value) {
    log_sum mixture = {-INFINITY, 0};
    size_t kernels = 0;
    for (size_t k = 0; k <= density->n; k++) {
        if (k < density->n && isnan(density->points[k][dimension])) continue;
        log_sum_add(&mixture, log_kernel(density, k, dimension, value));
        kernels++;
    }
    return mixture.max + log(mixture.sum / (double)kernels);
}

/* ---- drawing from it ---------------------------------------------------------------------------------- */

/* A number on the axis, back as a value. */
static double value_at(const ms_tpe_dimension *d, double at) {
    double value = d->log ? exp(at) : at;
    if (d->step > 0) value = d->low + d->step * round((value - d->low) / d->step);
    return fmin(d->high, fmax(d->low, value));
}

static double draw_choice(const ms_tpe_density *density, size_t kernel, size_t dimension, ms_random *random) {
    const ms_tpe_dimension *d = &density->space->dimensions[dimension];
    const double own = kernel < density->n ? density->points[kernel][dimension] : (double)NAN;
    double rest = ms_random_uniform(random);
    for (size_t c = 0; c + 1 < d->n_choices; c++) {
        rest -= choice_chance(density, d, own, (double)c);
        if (rest < 0) return (double)c;
    }
    return (double)(d->n_choices - 1);
}

/* The middle is inside the range and the SD at most the range, so that at least a third of the draws count.
 */
static double draw_kernel(const ms_tpe_density *density, size_t kernel, size_t dimension, ms_random *random) {
    const ms_tpe_dimension *d = &density->space->dimensions[dimension];
    if (d->n_choices > 0) return draw_choice(density, kernel, dimension, random);
    const double low = axis_low(d), high = axis_high(d), middle = middle_of(density, kernel, dimension);
    double at;
    do at = middle + density->sd[kernel * density->space->n + dimension] * ms_random_normal(random);
    while (!(at >= low && at <= high));
    return value_at(d, at);
}

double ms_tpe_density_draw_of(const ms_tpe_density *density, size_t dimension, ms_random *random) {
    size_t have = 1;
    for (size_t k = 0; k < density->n; k++) have += isnan(density->points[k][dimension]) ? 0 : 1;
    size_t chosen = ms_random_below(random, have), kernel = density->n;
    for (size_t k = 0; k < density->n; k++) {
        if (isnan(density->points[k][dimension])) continue;
        if (chosen-- == 0) {
            kernel = k;
            break;
        }
    }
    return draw_kernel(density, kernel, dimension, random);
}

void ms_tpe_density_draw(const ms_tpe_density *density, ms_random *random, double *x) {
    const size_t kernel = ms_random_below(random, density->n + 1);
    for (size_t j = 0; j < density->space->n; j++) {
        x[j] = NAN;
        if (ms_tpe_active(density->space, j, x)) x[j] = draw_kernel(density, kernel, j, random);
    }
}
