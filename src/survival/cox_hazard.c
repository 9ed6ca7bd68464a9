/* Cumulative hazard of a Cox model with the pieces of its variance. At a time with deaths of weight d among
 * those at risk with R = sum w r, r = exp(lp):
 *   Breslow   dH = d / R                                   dV = d / R^2
 *   Efron     dH = d / m sum_k 1 / (R - k/m D)             dV = d / m sum_k 1 / (R - k/m D)^2
 * for m deaths of which D = sum w r; and with Kalbfleisch & Prentice's product (1973), whose factor c solves
 * sum_deaths w r / (1 - c^r) = R, Greenwood's dV = d / (R (R - d)). The mean of x over the risk set is
 * cumulated with the hazard. Tsiatis 1981; Therneau & Grambsch 2000, section 10. R: survfit.coxph, agsurv. */
#include "survival/cox_hazard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct walk {
    const ms_cox *cox;
    const ms_sorted *sorted;
    const ms_design *design;
    const double *risk; /* [n] */
    int stype, ctype;
    double sum, *sum_x;                /* over those at risk: w r, w r (x - means) */
    double death_sum, *death_x, *mean; /* over the deaths; the step of the mean */
} walk;

static void add_row(const walk *w, size_t row, double sign, double *sum, double *sum_x) {
    size_t p = w->cox->p;
    double weight = sign * ms_sorted_weight(w->sorted, row) * w->risk[row];
    *sum += weight;
    for (size_t j = 0; j < p; j++) sum_x[j] += weight * (w->design->x[row * p + j] - w->cox->means[j]);
}

static void step_breslow(const walk *w, double deaths, double *hazard, double *variance, double *mean) {
    *hazard = deaths / w->sum;
    *variance = w->stype == 1 ? deaths / (w->sum * (deaths >= w->sum ? w->sum : w->sum - deaths))
                              : deaths / (w->sum * w->sum);
    for (size_t j = 0; j < w->cox->p; j++) mean[j] = w->sum_x[j] / w->sum * *hazard;
}

static void step_efron(const walk *w, double deaths, size_t m, double *hazard, double *variance,
                       double *mean) {
    *hazard = *variance = 0;
    memset(mean, 0, w->cox->p * sizeof *mean);
    for (size_t k = 0; k < m; k++) {
        double left = (double)k / (double)m, sum = w->sum - left * w->death_sum;
        *hazard += deaths / (double)m / sum;
        *variance += deaths / (double)m / (sum * sum);
        for (size_t j = 0; j < w->cox->p; j++)
            mean[j] += deaths / (double)m * (w->sum_x[j] - left * w->death_x[j]) / (sum * sum);
    }
}

/* Kalbfleisch & Prentice's factor for the deaths at positions first .. last - 1, by bisection. */
static double product_factor(const walk *w, size_t first, size_t last) {
    if (last == first) return 1;
    size_t row = w->sorted->by_time[first];
    double weight = ms_sorted_weight(w->sorted, row), low = 0, high = 1;
    if (last - first == 1) return pow(fmax(0, 1 - weight * w->risk[row] / w->sum), 1 / w->risk[row]);
    for (int i = 0; i < 200 && high - low > 1e-16 * high; i++) {
        double middle = (low + high) / 2, total = 0;
        for (size_t k = first; k < last; k++) {
            row = w->sorted->by_time[k];
            total += ms_sorted_weight(w->sorted, row) * w->risk[row] / (1 - pow(middle, w->risk[row]));
        }
        if (total < w->sum)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* The rows at positions first .. last - 1, deaths first, are those of one time; they are at risk already. */
static void take_time(walk *w, size_t first, size_t last, size_t k, ms_cox_hazard *out) {
    const ms_sorted *s = w->sorted;
    size_t deaths_end = first, p = w->cox->p;
    double deaths = 0, censored = 0;
    w->death_sum = 0;
    memset(w->death_x, 0, p * sizeof *w->death_x);
    for (size_t i = first; i < last; i++) {
        size_t row = s->by_time[i];
        if (!s->event[row]) {
            censored += ms_sorted_weight(s, row);
            continue;
        }
        deaths += ms_sorted_weight(s, row);
        deaths_end = i + 1;
        add_row(w, row, 1, &w->death_sum, w->death_x);
    }
    out->time[k] = s->time[s->by_time[first]];
    out->n_event[k] = deaths;
    out->n_censor[k] = censored;
    if (out->surv) out->surv[k] = product_factor(w, first, deaths_end);
    if (deaths_end == first) return; /* steps are 0 */
    if (w->stype == 2 && w->ctype == 2)
        step_efron(w, deaths, deaths_end - first, &out->hazard[k], &out->variance[k], out->mean + k * p);
    else
        step_breslow(w, deaths, &out->hazard[k], &out->variance[k], out->mean + k * p);
}

static void cumulate(ms_cox_hazard *h) {
    for (size_t k = 1; k < h->n_times; k++) {
        h->hazard[k] += h->hazard[k - 1];
        h->variance[k] += h->variance[k - 1];
        for (size_t j = 0; j < h->p; j++) h->mean[k * h->p + j] += h->mean[(k - 1) * h->p + j];
        if (h->surv) h->surv[k] *= h->surv[k - 1];
    }
    for (size_t k = 0; k < h->n_times; k++) h->events += h->n_event[k];
}

/* From the latest time down: rows come in at their end and leave at their entry. */
static void walk_stratum(walk *w, size_t stratum, ms_cox_hazard *out) {
    const ms_sorted *s = w->sorted;
    size_t begin = s->stratum_first[stratum], last = s->stratum_first[stratum + 1], entry = last;
    size_t k = out->n_times;
    double at_risk = 0;
    w->sum = 0;
    memset(w->sum_x, 0, w->cox->p * sizeof *w->sum_x);
    while (last > begin) {
        size_t first = last;
        double time = s->time[s->by_time[last - 1]];
        for (; first > begin && s->time[s->by_time[first - 1]] == time; first--) {
            add_row(w, s->by_time[first - 1], 1, &w->sum, w->sum_x);
            at_risk += ms_sorted_weight(s, s->by_time[first - 1]);
        }
        for (; s->entry && entry > begin && s->entry[s->by_entry[entry - 1]] >= time; entry--) {
            add_row(w, s->by_entry[entry - 1], -1, &w->sum, w->sum_x);
            at_risk -= ms_sorted_weight(s, s->by_entry[entry - 1]);
        }
        out->n_risk[--k] = at_risk;
        take_time(w, first, last, k, out);
        last = first;
    }
    cumulate(out);
}

static ms_status hazard_alloc(const ms_sorted *s, size_t stratum, size_t p, bool product, ms_cox_hazard *h,
                              ms_error *err) {
    size_t first = s->stratum_first[stratum], last = s->stratum_first[stratum + 1], n = 0;
    for (size_t i = first; i < last; i++)
        n += i == first || s->time[s->by_time[i]] != s->time[s->by_time[i - 1]];
    *h = (ms_cox_hazard){.n = last - first, .n_times = n, .p = p};
    h->time = ms_calloc(n * (6 + p) + (product ? n : 0) + 1, sizeof(double));
    if (!h->time) return ms_error_nomem(err);
    h->n_risk = h->time + n;
    h->n_event = h->n_risk + n;
    h->n_censor = h->n_event + n;
    h->hazard = h->n_censor + n;
    h->variance = h->hazard + n;
    h->mean = h->variance + n;
    if (product) h->surv = h->mean + n * p;
    return MS_OK;
}

static ms_status walk_all(const ms_cox *cox, const ms_sorted *sorted, const ms_design *design, int stype,
                          int ctype, ms_cox_hazards *out, ms_error *err) {
    size_t n = sorted->n, p = cox->p;
    double *work = ms_calloc(n + 2 * p + 1, sizeof *work);
    ms_status status = work ? MS_OK : ms_error_nomem(err);
    if (status != MS_OK) return status;
    walk w = {.cox = cox, .sorted = sorted, .design = design, .risk = work, .stype = stype, .ctype = ctype};
    for (size_t i = 0; i < n; i++) work[i] = exp(cox->lp[i]);
    w.sum_x = work + n;
    w.death_x = w.sum_x + p;
    out->strata = ms_calloc(sorted->n_strata, sizeof *out->strata);
    if (!out->strata) status = ms_error_nomem(err);
    for (size_t k = 0; k < sorted->n_strata && status == MS_OK; k++) {
        out->n_strata = k + 1;
        status = hazard_alloc(sorted, k, p, stype == 1, &out->strata[k], err);
        if (status == MS_OK) walk_stratum(&w, k, &out->strata[k]);
    }
    free(work);
    return status;
}

ms_status ms_cox_hazards_make(const ms_cox *cox, const ms_surv *data, const ms_design *design, int stype,
                              int ctype, ms_cox_hazards *out, ms_error *err) {
    ms_sorted sorted = {0};
    ms_cox_hazards hazards = {0};
    ms_status status = ms_sorted_make(data, &sorted, err);
    if (status != MS_OK) return status;
    status = walk_all(cox, &sorted, design, stype, ctype, &hazards, err);
    ms_sorted_clear(&sorted);
    if (status == MS_OK)
        *out = hazards;
    else
        ms_cox_hazards_clear(&hazards);
    return status;
}

void ms_cox_hazards_clear(ms_cox_hazards *hazards) {
    for (size_t k = 0; hazards->strata && k < hazards->n_strata; k++) free(hazards->strata[k].time);
    MS_FREE(hazards->strata);
    hazards->n_strata = 0;
}

size_t ms_cox_hazard_find(const ms_cox_hazard *hazard, double time) {
    return ms_count_up_to(hazard->time, hazard->n_times, time);
}

double ms_cox_hazard_value(const ms_cox_hazard *hazard, size_t k) {
    return k ? hazard->hazard[k - 1] : 0;
}

double ms_cox_hazard_variance(const ms_cox_hazard *hazard, const double *var, const double *x, size_t k,
                              double *work) {
    if (k == 0) return 0;
    size_t p = hazard->p;
    double total = hazard->variance[k - 1];
    for (size_t j = 0; j < p; j++) work[j] = hazard->hazard[k - 1] * x[j] - hazard->mean[(k - 1) * p + j];
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) total += work[i] * var[i * p + j] * work[j];
    return total;
}
