/* The exact partial likelihood for tied deaths (Cox 1972, discrete time): at a time with d deaths among m at
 * risk the denominator is the sum, over all sets of d of those at risk, of the product of their risks: the
 * elementary symmetric function e_d. It and its first two derivatives in beta come from the recursion e_k <-
 * e_k + r_i e_(k-1) (Howard, in the discussion of Cox 1972; Gail, Lubin & Rubinstein 1981), O(d m p^2) a tied
 * time. R: coxph(ties = "exact"). */
#include "survival/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* e_0 .. e_d with derivatives: entry k at k * (1 + p + p * p): value, gradient, second derivatives (full). */
typedef struct symmetric {
    size_t p, size; /* size of an entry */
    double *entry;
} symmetric;

/* entry k += risk * (entry k - 1), differentiated, for one subject with covariates x. */
static void take_subject(symmetric *e, size_t deaths, double risk, const double *x) {
    size_t p = e->p;
    for (size_t k = deaths; k > 0; k--) {
        double *to = e->entry + k * e->size;
        const double *from = to - e->size;
        for (size_t a = 0; a < p; a++)
            for (size_t b = 0; b <= a; b++)
                to[1 + p + a * p + b] += risk * (from[1 + p + a * p + b] + x[a] * from[1 + b] +
                                                 x[b] * from[1 + a] + x[a] * x[b] * from[0]);
        for (size_t a = 0; a < p; a++) to[1 + a] += risk * (from[1 + a] + x[a] * from[0]);
        to[0] += risk * from[0];
    }
}

typedef struct tied_time {
    size_t first, last;  /* deaths, positions in by_time */
    size_t stratum_last; /* end of the stratum's positions */
    double time;
} tied_time;

/* Risks are divided by their mean / d so that the sums neither overflow nor vanish; their log is added back.
 */
static double unit_risk(const ms_cox_problem *problem, const tied_time *t) {
    const ms_sorted *s = problem->sorted;
    double sum = 0;
    for (size_t i = t->first; i < t->stratum_last; i++) {
        size_t row = s->by_time[i];
        if (!s->entry || s->entry[row] < t->time) sum += problem->risk[row];
    }
    return sum / (double)(t->last - t->first);
}

static void add_time(const ms_cox_problem *problem, const tied_time *t, symmetric *e, double shift,
                     double *loglik, double *u, double *imat) {
    const ms_sorted *s = problem->sorted;
    size_t p = problem->p, deaths = t->last - t->first;
    double unit = unit_risk(problem, t);
    memset(e->entry, 0, (deaths + 1) * e->size * sizeof(double));
    e->entry[0] = 1;
    for (size_t i = t->first; i < t->stratum_last; i++) {
        size_t row = s->by_time[i];
        if (s->entry && s->entry[row] >= t->time) continue;
        take_subject(e, deaths, problem->risk[row] / unit, problem->x + row * p);
    }
    for (size_t i = t->first; i < t->last; i++) {
        size_t row = s->by_time[i];
        *loglik += problem->eta[row] - shift;
        for (size_t j = 0; j < p; j++) u[j] += problem->x[row * p + j];
    }
    const double *total = e->entry + deaths * e->size;
    *loglik -= log(total[0]) + (double)deaths * log(unit);
    for (size_t a = 0; a < p; a++) {
        u[a] -= total[1 + a] / total[0];
        for (size_t b = 0; b <= a; b++)
            imat[a * p + b] +=
                total[1 + p + a * p + b] / total[0] - (total[1 + a] / total[0]) * (total[1 + b] / total[0]);
    }
}

static size_t most_deaths(const ms_sorted *s) {
    size_t most = 0, run = 0;
    for (size_t i = 0; i < s->n; i++) {
        bool same = i > 0 && s->time[s->by_time[i]] == s->time[s->by_time[i - 1]];
        run = s->event[s->by_time[i]] ? (same ? run + 1 : 1) : 0;
        if (run > most) most = run;
    }
    return most;
}

ms_status ms_cox_evaluate_exact(const ms_cox_problem *problem, double shift, double *loglik, double *u,
                                double *imat, ms_error *err) {
    const ms_sorted *s = problem->sorted;
    symmetric e = {.p = problem->p, .size = 1 + problem->p + problem->p * problem->p};
    e.entry = ms_calloc((most_deaths(s) + 1) * e.size, sizeof(double));
    if (!e.entry) return ms_error_nomem(err);
    *loglik = 0;
    for (size_t k = 0; k < s->n_strata; k++) {
        size_t last = s->stratum_first[k + 1];
        for (size_t i = s->stratum_first[k]; i < last;) {
            tied_time t = {.first = i, .stratum_last = last, .time = s->time[s->by_time[i]]};
            while (i < last && s->time[s->by_time[i]] == t.time && s->event[s->by_time[i]]) i++;
            t.last = i;
            if (t.last > t.first) add_time(problem, &t, &e, shift, loglik, u, imat);
            while (i < last && s->time[s->by_time[i]] == t.time) i++;
        }
    }
    free(e.entry);
    return MS_OK;
}
