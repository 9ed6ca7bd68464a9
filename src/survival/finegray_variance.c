/* The sandwich variance of Fine and Gray's regression: I^-1 (sum of (eta_i + psi_i)^2) I^-1. With L the
 * baseline hazard, E the mean over the risk set, e = exp(x beta), r at risk and c censored at a time u:
 *
 *     eta_i = [event] (x_i - E) - e_i * sum over t <= t_i of (x_i - E) dL
 *             - [other cause] e_i / G(t_i-) * sum over t > t_i of G(t-) (x_i - E) dL
 *
 *     psi_i = [censored] q(t_i) / r(t_i) - sum over u <= t_i of q(u) c(u) / r(u)^2
 *
 *     q(u)  = sum over rows j failed of another cause before u of
 *             e_j / G(t_j-) * sum over t >= u of G(t-) (x_j - E) dL
 *
 * psi is the part of estimating G (Fine & Gray 1999, section 3.2); the `survival` convention leaves it out,
 * as coxph on expanded data does. */
#include "survival/finegray.h"

#include <stdlib.h>
#include <string.h>

/* Sums over event times up to and with each distinct time. */
typedef struct sums {
    size_t p;
    double *l, *le;                 /* [n_times], [n_times * p] of dL, E dL */
    double *g, *ge;                 /* of G dL, G E dL */
    double *own_l, *own_le, *own_e; /* what a death at the time has of dL and E dL, and its mean of E */
    double *memory;
} sums;

static ms_status sums_make(const ms_fg_problem *q, sums *s, ms_error *err) {
    size_t n = q->n_times, p = q->p;
    ms_fg_walk w;
    s->p = p;
    s->memory = ms_calloc(3 * n + 4 * n * p, sizeof *s->memory);
    if (!s->memory) return ms_error_nomem(err);
    s->l = s->memory, s->g = s->l + n, s->own_l = s->g + n;
    s->le = s->own_l + n, s->ge = s->le + n * p, s->own_le = s->ge + n * p, s->own_e = s->own_le + n * p;
    ms_status status = ms_fg_walk_start(&w, q, false, err);
    if (status) return status;
    while (ms_fg_walk_next(&w)) {
        for (size_t k = 0; k < ms_fg_parts(&w); k++) {
            ms_fg_part part = ms_fg_part_at(&w, k);
            double step = part.weight / part.sum, g = q->censoring[w.at];
            s->l[w.at] += step;
            s->g[w.at] += g * step;
            s->own_l[w.at] += (1 - part.gone) * step;
            for (size_t j = 0; j < p; j++) {
                double mean = (w.x[j] - part.gone * w.dx[j]) / part.sum;
                s->le[w.at * p + j] += mean * step;
                s->ge[w.at * p + j] += g * mean * step;
                s->own_le[w.at * p + j] += (1 - part.gone) * mean * step;
                s->own_e[w.at * p + j] += mean * part.weight / (double)w.deaths;
            }
        }
    }
    ms_fg_walk_clear(&w);
    for (size_t t = 1; t < n; t++) {
        s->l[t] += s->l[t - 1];
        s->g[t] += s->g[t - 1];
        for (size_t j = 0; j < p; j++) {
            s->le[t * p + j] += s->le[(t - 1) * p + j];
            s->ge[t * p + j] += s->ge[(t - 1) * p + j];
        }
    }
    return MS_OK;
}

static void eta_of(const ms_fg_problem *q, const sums *s, size_t row, size_t t, double *eta) {
    size_t p = q->p, end = q->n_times - 1;
    const double *x = q->x + row * p;
    double e = q->risk[row];
    ms_fg_fate fate = ms_fg_fate_of(q, row);
    for (size_t j = 0; j < p; j++) {
        double value = -e * (x[j] * s->l[t] - s->le[t * p + j]);
        if (fate == MS_FG_EVENT) {
            double before = t ? s->l[t - 1] : 0, before_e = t ? s->le[(t - 1) * p + j] : 0;
            value = x[j] - s->own_e[t * p + j] -
                    e * (x[j] * (before + s->own_l[t]) - (before_e + s->own_le[t * p + j]));
        }
        if (fate == MS_FG_COMPETING)
            value -= e / q->censoring[t] *
                     (x[j] * (s->g[end] - s->g[t]) - (s->ge[end * p + j] - s->ge[t * p + j]));
        eta[j] = value;
    }
}

/* Adds psi to eta[n * p]. */
static ms_status add_psi(const ms_fg_problem *q, const sums *s, double *eta, ms_error *err) {
    size_t p = q->p, end = q->n_times - 1;
    double *work = ms_calloc(3 * p + 1, sizeof *work), failed = 0;
    if (!work) return ms_error_nomem(err);
    double *failed_x = work, *qu = failed_x + p, *past = qu + p; /* past: sum of q c / r^2 */
    for (size_t t = 0; t < q->n_times; t++) {
        double at_risk = (double)(q->n - q->first[t]), censored = 0;
        for (size_t i = q->first[t]; i < q->first[t + 1]; i++)
            censored += !q->sorted.event[q->sorted.by_time[i]];
        for (size_t j = 0; j < p; j++) {
            double g = t ? s->g[t - 1] : 0, ge = t ? s->ge[(t - 1) * p + j] : 0;
            qu[j] = failed_x[j] * (s->g[end] - g) - failed * (s->ge[end * p + j] - ge);
            past[j] += qu[j] * censored / (at_risk * at_risk);
        }
        for (size_t i = q->first[t]; i < q->first[t + 1]; i++) {
            size_t row = q->sorted.by_time[i];
            ms_fg_fate fate = ms_fg_fate_of(q, row);
            for (size_t j = 0; j < p; j++)
                eta[row * p + j] += (fate == MS_FG_CENSORED ? qu[j] / at_risk : 0) - past[j];
        }
        for (size_t i = q->first[t]; i < q->first[t + 1]; i++) {
            size_t row = q->sorted.by_time[i];
            if (ms_fg_fate_of(q, row) != MS_FG_COMPETING) continue;
            double weight = q->risk[row] / q->censoring[t];
            failed += weight;
            for (size_t j = 0; j < p; j++) failed_x[j] += weight * q->x[row * p + j];
        }
    }
    free(work);
    return MS_OK;
}

ms_status ms_fg_variance(const ms_fg_problem *problem, const double *inverse, double *variance,
                         ms_error *err) {
    sums s = {0};
    double *eta = ms_calloc(problem->n * problem->p + 1, sizeof *eta);
    ms_status status = eta ? sums_make(problem, &s, err) : ms_error_nomem(err);
    for (size_t t = 0; t < problem->n_times && !status; t++)
        for (size_t i = problem->first[t]; i < problem->first[t + 1]; i++) {
            size_t row = problem->sorted.by_time[i];
            eta_of(problem, &s, row, t, eta + row * problem->p);
        }
    if (!status && problem->convention == MS_FINEGRAY_CMPRSK) status = add_psi(problem, &s, eta, err);
    if (!status) status = ms_sandwich(inverse, eta, problem->n, problem->p, variance, err);
    free(s.memory);
    free(eta);
    return status;
}
