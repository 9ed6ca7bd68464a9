/* The masses of Turnbull's estimate. With F_j the mass up to interval j, a row that covers first .. last has
 * the probability F_last - F_(first - 1): each row touches two of the F only. A step is one EM step
 * (Turnbull's self-consistency): mass_j *= g_j / W, g_j = sum over rows that cover j of w / probability one
 * step of the iterative convex minorant (Groeneboom & Wellner 1992; with EM: Wellner & Zhan 1997): Newton's
 *     method with the diagonal of the second derivatives, its result made monotone, halved until the
 * likelihood grows which ends when no g_j / W exceeds 1 by 1e-11 (Kuhn-Tucker), then Newton's method on the
 * masses above 0. */
#include "survival/turnbull.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STEPS 20000

typedef struct fit {
    const ms_cover *c;
    double total;    /* sum of the weights */
    double *mass;    /* [m] */
    double *up_to;   /* [m + 1] F, F[0] = 0 */
    double *g;       /* [m + 1] differences, then g */
    double *slope;   /* [m + 1] derivative of the likelihood in F */
    double *curve;   /* [m + 1] minus its second derivative */
    double *target;  /* [m + 1] */
    double *trial;   /* [m + 1] */
    size_t *blocks;  /* [m + 1] of the monotone regression */
    double *weights; /* [m + 1] */
} fit;

static double weight(const ms_cover *c, size_t i) {
    return c->weight ? c->weight[i] : 1;
}

static double probability(const double *up_to, const ms_cover *c, size_t i) {
    return up_to[c->last[i] + 1] - up_to[c->first[i]];
}

static void accumulate(const double *mass, size_t m, double *up_to) {
    up_to[0] = 0;
    for (size_t j = 0; j < m; j++) up_to[j + 1] = up_to[j] + mass[j];
}

static double loglik_of(const double *up_to, const ms_cover *c) {
    double sum = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (weight(c, i) == 0) continue;
        double p = probability(up_to, c, i);
        if (!(p > 0)) return -INFINITY;
        sum += weight(c, i) * log(p);
    }
    return sum;
}

/* g, slope and curve at up_to; returns the largest excess of g / W over 1. */
static double derivatives(fit *f) {
    const ms_cover *c = f->c;
    size_t m = c->m;
    double gap = 0;
    memset(f->g, 0, (m + 1) * sizeof *f->g);
    memset(f->slope, 0, (m + 1) * sizeof *f->slope);
    memset(f->curve, 0, (m + 1) * sizeof *f->curve);
    for (size_t i = 0; i < c->n; i++) {
        if (weight(c, i) == 0) continue;
        double p = probability(f->up_to, c, i), r = weight(c, i) / p;
        f->g[c->first[i]] += r;
        f->g[c->last[i] + 1] -= r;
        f->slope[c->first[i]] -= r;
        f->slope[c->last[i] + 1] += r;
        f->curve[c->first[i]] += r / p;
        f->curve[c->last[i] + 1] += r / p;
    }
    for (size_t j = 0; j < m; j++) {
        if (j > 0) f->g[j] += f->g[j - 1];
        gap = fmax(gap, f->g[j] / f->total - 1);
    }
    return gap;
}

static void em_step(fit *f) {
    double sum = 0;
    for (size_t j = 0; j < f->c->m; j++) {
        f->mass[j] *= f->g[j] / f->total;
        sum += f->mass[j];
    }
    for (size_t j = 0; j < f->c->m; j++) f->mass[j] /= sum;
    accumulate(f->mass, f->c->m, f->up_to);
}

/* The nondecreasing sequence nearest to target[1 .. m - 1] in least squares with weights `curve`, within 0
 * and 1: pool adjacent violators. */
static void monotone(fit *f) {
    size_t n = 0, m = f->c->m;
    for (size_t j = 1; j < m; j++) {
        double value = f->target[j], w = fmax(f->curve[j], 1e-300);
        size_t start = j;
        while (n > 0 && f->trial[n - 1] >= value) {
            n--;
            value = (value * w + f->trial[n] * f->weights[n]) / (w + f->weights[n]);
            w += f->weights[n];
            start = f->blocks[n];
        }
        f->trial[n] = value;
        f->weights[n] = w;
        f->blocks[n++] = start;
    }
    for (size_t j = m, k = n; j-- > 1;) {
        while (k > 0 && f->blocks[k - 1] > j) k--;
        f->target[j] = fmin(1, fmax(0, f->trial[k - 1]));
    }
    f->target[0] = 0;
    f->target[m] = 1;
}

static void icm_step(fit *f) {
    size_t m = f->c->m;
    double now = loglik_of(f->up_to, f->c);
    (void)derivatives(f);
    for (size_t j = 1; j < m; j++)
        f->target[j] = f->up_to[j] + (f->curve[j] > 0 ? f->slope[j] / f->curve[j] : 0);
    monotone(f);
    for (double step = 1; step > 1e-6; step /= 2) {
        for (size_t j = 0; j <= m; j++) f->trial[j] = f->up_to[j] + step * (f->target[j] - f->up_to[j]);
        if (!(loglik_of(f->trial, f->c) >= now)) continue;
        memcpy(f->up_to, f->trial, (m + 1) * sizeof *f->trial);
        for (size_t j = 0; j < m; j++) f->mass[j] = fmax(0, f->up_to[j + 1] - f->up_to[j]);
        break;
    }
}

/* ---- Newton's method and the information, over the intervals with mass
 * ------------------------------------- */

typedef struct support {
    size_t s;       /* intervals with mass */
    size_t *before; /* [m + 1] how many of them come before interval j */
    double *matrix; /* [(s - 1)^2] information of F after each but the last */
    double *slope;  /* [s - 1] */
} support;

static void support_free(support *u) {
    free(u->before);
    free(u->matrix);
    free(u->slope);
}

/* Factored; singular directions are left at 0. */
static ms_status information(const ms_cover *c, const double *mass, double least, support *u, ms_error *err) {
    u->before = ms_calloc(c->m + 1, sizeof *u->before);
    if (!u->before) return ms_error_nomem(err);
    for (size_t j = 0; j < c->m; j++) u->before[j + 1] = u->before[j] + (mass[j] > least);
    u->s = u->before[c->m];
    size_t k = u->s > 0 ? u->s - 1 : 0;
    u->matrix = ms_calloc(k * k, sizeof *u->matrix);
    u->slope = ms_calloc(k + 1, sizeof *u->slope);
    double *up_to = ms_calloc(u->s + 1, sizeof *up_to);
    if (!u->matrix || !u->slope || !up_to) {
        free(up_to);
        return ms_error_nomem(err);
    }
    double sum = 0;
    for (size_t j = 0; j < c->m; j++)
        if (mass[j] > least) up_to[u->before[j] + 1] = sum += mass[j];
    for (size_t i = 0; i < c->n; i++) {
        size_t a = u->before[c->first[i]], b = u->before[c->last[i] + 1];
        double p = up_to[b] - up_to[a];
        if (!(p > 0) || weight(c, i) == 0) continue;
        double r = weight(c, i) / p, rr = r / p;
        bool has_a = a > 0, has_b = b < u->s; /* F before the first is 0, after the last 1 */
        if (has_a) {
            u->matrix[(a - 1) * k + a - 1] += rr;
            u->slope[a - 1] -= r;
        }
        if (has_b) {
            u->matrix[(b - 1) * k + b - 1] += rr;
            u->slope[b - 1] += r;
        }
        if (has_a && has_b) u->matrix[(b - 1) * k + a - 1] -= rr; /* b > a: the lower triangle */
    }
    free(up_to);
    return MS_OK;
}

/* A few steps, each taken only if it keeps the masses above 0 and the likelihood does not fall. */
static ms_status polish(fit *f, ms_error *err) {
    const ms_cover *c = f->c;
    for (int step = 0; step < 8; step++) {
        support u = {0};
        ms_status status = information(c, f->mass, 1e-10, &u, err);
        size_t k = u.s > 0 ? u.s - 1 : 0;
        if (status || k == 0 || k > 1500 || ms_cholesky(u.matrix, k, 1e-14) < k) {
            support_free(&u);
            return status;
        }
        ms_cholesky_solve(u.matrix, k, u.slope);
        double largest = 0, last = 0, lost = 0, *mass = f->target;
        bool fine = true;
        for (size_t j = 0; j < c->m; j++) {
            size_t at = u.before[j];
            mass[j] = 0;
            if (u.before[j + 1] == at) {
                lost += f->mass[j];
                continue;
            }
            double move = at < k ? u.slope[at] : 0;
            mass[j] = f->mass[j] + move - last;
            largest = fmax(largest, fabs(move));
            last = move;
            fine = fine && mass[j] > 0;
        }
        support_free(&u);
        for (size_t j = 0; j < c->m; j++) mass[j] /= 1 - lost;
        accumulate(mass, c->m, f->trial);
        if (!fine || !(loglik_of(f->trial, c) >= loglik_of(f->up_to, c) - 1e-9)) return MS_OK;
        memcpy(f->mass, mass, c->m * sizeof *mass);
        memcpy(f->up_to, f->trial, (c->m + 1) * sizeof *f->trial);
        if (largest < 1e-14) return MS_OK;
    }
    return MS_OK;
}

ms_status ms_turnbull_masses(const ms_cover *c, double *mass, double *loglik, double *gap, size_t *iterations,
                             ms_error *err) {
    size_t m = c->m;
    fit f = {.c = c, .mass = mass};
    double *block = ms_calloc(8 * (m + 1), sizeof *block);
    f.blocks = ms_calloc(m + 1, sizeof *f.blocks);
    ms_status status = block && f.blocks ? MS_OK : ms_error_nomem(err);
    if (status) goto cleanup;
    double **arrays[] = {&f.up_to, &f.g, &f.slope, &f.curve, &f.target, &f.trial, &f.weights};
    for (size_t i = 0; i < MS_COUNT(arrays); i++) *arrays[i] = block + i * (m + 1);
    for (size_t i = 0; i < c->n; i++) f.total += weight(c, i);
    for (size_t j = 0; j < m; j++) mass[j] = 1 / (double)m;
    accumulate(mass, m, f.up_to);
    size_t step = 0;
    while ((*gap = derivatives(&f)) > 1e-11 && step++ < MAX_STEPS) {
        em_step(&f);
        if (m > 2) icm_step(&f);
        if (step % 50 == 0 && (status = polish(&f, err))) goto cleanup;
        if (step % 64 == 0 && (status = ms_stop_check(err))) goto cleanup;
    }
    if ((status = polish(&f, err))) goto cleanup;
    *gap = derivatives(&f);
    *loglik = loglik_of(f.up_to, c);
    *iterations = step;
cleanup:
    free(block);
    free(f.blocks);
    return status;
}

ms_status ms_turnbull_variance(const ms_cover *c, const double *mass, double least, double *variance,
                               ms_error *err) {
    support u = {0};
    double *inverse = NULL;
    ms_status status = information(c, mass, least, &u, err);
    if (status) goto cleanup;
    size_t k = u.s > 0 ? u.s - 1 : 0;
    bool known = k <= 1500 && ms_cholesky(u.matrix, k, 1e-12) == k;
    inverse = ms_calloc(k * k, sizeof *inverse);
    if (!inverse) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    if (known) ms_cholesky_inverse(u.matrix, k, inverse);
    for (size_t j = 0; j < c->m; j++) {
        size_t after = u.before[j + 1];
        variance[j] = after == 0 || after > k ? 0 : known ? inverse[(after - 1) * k + after - 1] : NAN;
    }
cleanup:
    free(inverse);
    support_free(&u);
    return status;
}
