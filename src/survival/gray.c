/* Gray's test (Ann Stat 1988;16:1141) of equal cumulative incidence. With, in each group r, Y_r at risk, S_r
 * the Kaplan-Meier curve of no event at all and F_r the incidence (both just before t):
 *     h_r = Y_r / S_r      R_r = h_r (1 - F_r)      R = sum R_r      w = (1 - F(t-))^rho
 *     score  z_k = sum w (d_k - d R_k / R)          F(t) = F(t-) + d / H, H = sum h_r
 * d_k events of the cause in group k, d in all. Its variance under the hypothesis adds over groups r and
 * times a_k a_l / h_r dF   and   b_k b_l / h_r dF_r'  (dF_r' the incidence of the other causes) a_k = D_kr +
 * (1 - q_r) C_kr     b_k = -q_r C_kr     q_r = (1 - F(t)) / S_r(t) D_kr = w h_r ([k = r] - h_k / H)     C_kr
 * = sum over later times of D_kr d / (H (1 - F-)) and with m tied events a term shrinks by 1 - (m - 1) / (N -
 * 1), N = H S_r(t-) or Y_r. Which side of t each quantity is taken on, and the ties, are as in cmprsk 2.2-11,
 * with which the statistic agrees to 1e-14. */
#include "myosurv/survival_competing.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct state {
    const ms_competing *competing;
    const ms_sorted *sorted;
    const size_t *group;
    size_t cause, n_groups;
    double rho;
    double *at_risk, *events, *others; /* [groups] at the time */
    double *surv, *before;             /* [groups] S_r after and before the time */
    double *incidence, *h;             /* [groups] F_r before the time */
    double pooled, pooled_before;      /* F */
    double *score, *variance;          /* [groups], [groups * groups] */
    double *d, *sum, *total, *a, *b;   /* D and its sums [groups * groups]; [groups] */
    double *memory;
} state;

static ms_status state_alloc(state *s, ms_error *err) {
    size_t g = s->n_groups;
    s->memory = ms_calloc(10 * g + 4 * g * g, sizeof *s->memory);
    if (!s->memory) return ms_error_nomem(err);
    double **single[] = {&s->at_risk,   &s->events, &s->others, &s->surv, &s->before,
                         &s->incidence, &s->h,      &s->score,  &s->a,    &s->b};
    double **square[] = {&s->variance, &s->d, &s->sum, &s->total};
    double *at = s->memory;
    for (size_t i = 0; i < MS_COUNT(single); i++, at += g) *single[i] = at;
    for (size_t i = 0; i < MS_COUNT(square); i++, at += g * g) *square[i] = at;
    return MS_OK;
}

static void stratum_start(state *s, size_t first, size_t last) {
    memset(s->at_risk, 0, s->n_groups * sizeof *s->at_risk);
    memset(s->incidence, 0, s->n_groups * sizeof *s->incidence);
    for (size_t g = 0; g < s->n_groups; g++) s->surv[g] = 1;
    for (size_t i = first; i < last; i++) s->at_risk[s->group[s->sorted->by_time[i]]]++;
    s->pooled = 0;
}

/* Counts of the time that position `at` is of; returns the position after it. */
static size_t count(state *s, size_t at, size_t last) {
    const ms_sorted *q = s->sorted;
    double time = q->time[q->by_time[at]];
    memset(s->events, 0, s->n_groups * sizeof *s->events);
    memset(s->others, 0, s->n_groups * sizeof *s->others);
    for (; at < last && q->time[q->by_time[at]] == time; at++) {
        size_t row = q->by_time[at];
        if (q->event[row]) (s->competing->cause[row] == s->cause ? s->events : s->others)[s->group[row]]++;
    }
    return at;
}

static void remove_rows(state *s, size_t first, size_t last) {
    for (size_t i = first; i < last; i++) s->at_risk[s->group[s->sorted->by_time[i]]]--;
}

static double sum_of(const double *values, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += values[i];
    return sum;
}

/* h, D and the estimates after the time; returns H. */
static double advance(state *s, double *deaths, double *risk) {
    size_t n = s->n_groups;
    double weight, all = 0;
    *risk = 0;
    for (size_t r = 0; r < n; r++) {
        s->h[r] = s->at_risk[r] > 0 ? s->at_risk[r] / s->surv[r] : 0;
        all += s->h[r];
        *risk += s->h[r] * (1 - s->incidence[r]);
    }
    *deaths = sum_of(s->events, n);
    weight = pow(1 - s->pooled, s->rho);
    for (size_t k = 0; k < n; k++)
        for (size_t r = 0; r < n; r++) s->d[k * n + r] = weight * s->h[r] * ((k == r) - s->h[k] / all);
    s->pooled_before = s->pooled;
    s->pooled += *deaths / all;
    memcpy(s->before, s->surv, n * sizeof *s->surv);
    return all;
}

/* After `advance`: moves the groups' own estimates past the time. */
static void move_groups(state *s) {
    for (size_t r = 0; r < s->n_groups; r++) {
        double y = s->at_risk[r];
        if (!(y > 0)) continue;
        s->incidence[r] += s->before[r] * s->events[r] / y;
        s->surv[r] = s->before[r] * (y - s->events[r] - s->others[r]) / y;
    }
}

static double shrink(double tied, double n) {
    return tied > 1 && n > 1 ? 1 - (tied - 1) / (n - 1) : 1;
}

static void add_products(state *s, const double *v, double factor) {
    size_t n = s->n_groups;
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < n; l++) s->variance[k * n + l] += v[k] * v[l] * factor;
}

static void add_variance(state *s, double all, double deaths) {
    size_t n = s->n_groups;
    for (size_t r = 0; r < n; r++) {
        double y = s->at_risk[r];
        if (!(y > 0)) continue;
        double q = s->surv[r] > 0 ? (1 - s->pooled) / s->surv[r] : 0;
        for (size_t k = 0; k < n; k++) {
            double later = s->total[k * n + r] - s->sum[k * n + r];
            s->a[k] = s->d[k * n + r] + (s->surv[r] > 0 ? (1 - q) * later : 0);
            s->b[k] = -q * later;
        }
        double other = s->before[r] * s->others[r] / y;
        if (deaths > 0) add_products(s, s->a, deaths / all / s->h[r] * shrink(deaths, all * s->before[r]));
        if (other > 0) add_products(s, s->b, other / s->h[r] * shrink(s->others[r], y));
    }
}

/* One walk over a stratum's times: the first finds the score and the total of C, the second the variance. */
static void walk(state *s, size_t stratum, bool second) {
    const ms_sorted *q = s->sorted;
    size_t n = s->n_groups, first = q->stratum_first[stratum], last = q->stratum_first[stratum + 1];
    double *sum = second ? s->sum : s->total;
    stratum_start(s, first, last);
    memset(sum, 0, n * n * sizeof *sum);
    for (size_t at = first, next; at < last; at = next) {
        double deaths, risk;
        next = count(s, at, last);
        if (sum_of(s->events, n) + sum_of(s->others, n) > 0) {
            double all = advance(s, &deaths, &risk), weight = pow(1 - s->pooled_before, s->rho);
            for (size_t k = 0; k < n && !second; k++)
                s->score[k] += weight * (s->events[k] - deaths * s->h[k] * (1 - s->incidence[k]) / risk);
            move_groups(s);
            double step = deaths > 0 ? deaths / all / (1 - s->pooled_before) : 0;
            for (size_t i = 0; i < n * n; i++) sum[i] += s->d[i] * step;
            if (second) add_variance(s, all, deaths);
        }
        remove_rows(s, at, next);
    }
}

static ms_status check(const ms_competing *c, size_t cause, const size_t *group, size_t n_groups,
                       ms_error *err) {
    size_t events = 0;
    bool two = false;
    if (c->data.weight || c->data.entry)
        return ms_error_set(err, MS_EUSAGE, "Gray's test takes no weights and no entry times");
    for (size_t i = 0; i < c->data.n; i++) {
        if (group[i] >= n_groups)
            return ms_error_set(err, MS_EINPUT, "row %zu: group %zu, but there are %zu", i + 1, group[i],
                                n_groups);
        two |= group[i] != group[0];
        events += c->data.event[i] && c->cause[i] == cause;
    }
    if (!two) return ms_error_set(err, MS_EINPUT, "one group only: there is nothing to compare");
    if (!events) return ms_error_set(err, MS_EINPUT, "no event of the cause that is compared");
    return MS_OK;
}

ms_status ms_gray_test(const ms_competing *competing, size_t cause, const size_t *group, size_t n_groups,
                       double rho, ms_gray *out, ms_error *err) {
    ms_sorted sorted = {0};
    state s = {.competing = competing,
               .sorted = &sorted,
               .group = group,
               .cause = cause,
               .n_groups = n_groups,
               .rho = rho};
    ms_status status = check(competing, cause, group, n_groups, err);
    if (status || (status = ms_sorted_make(&competing->data, &sorted, err))) return status;
    if ((status = state_alloc(&s, err))) goto cleanup;
    for (size_t k = 0; k < sorted.n_strata; k++) {
        walk(&s, k, false);
        walk(&s, k, true);
    }
    ms_gray gray = {0};
    /* the scores add up to 0; a group that never was at risk beside others has neither score nor variance */
    status = ms_quadratic_form(s.variance, s.score, n_groups, 1e-10, &gray.chisq, &gray.df, err);
    if (status) goto cleanup;
    gray.p = ms_chisq_upper(gray.chisq, (double)gray.df);
    *out = gray;
cleanup:
    free(s.memory);
    ms_sorted_clear(&sorted);
    return status;
}
