/* Residuals of a Cox model. With H(t) the cumulative hazard at risk 1 and X(t) = sum of mean(x) dH:
 *   martingale_i = event_i - r_i [H(t_i) - H(entry_i)]
 *   score_i      = event_i (x_i - mean(x)(t_i)) - r_i { x_i [H(t_i) - H(entry_i)] - [X(t_i) - X(entry_i)] }
 *   schoenfeld_i = x_i - mean(x)(t_i), for events
 * With Efron's ties a death is exposed to only 1 - k / d of the k-th part of its own time, and its mean(x) is
 * the mean over the parts. Therneau, Grambsch & Fleming 1990; Schoenfeld 1982. R: residuals.coxph. */
#include "survival/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct hazards {
    size_t n;      /* distinct event times of all strata, by stratum and time */
    double *step;  /* [n * (1 + p)] increments of H and X; then cumulative */
    double *time;  /* [n] */
    size_t *first; /* [n_strata + 1] */
} hazards;

static void hazards_clear(hazards *h) {
    MS_FREE(h->step);
    MS_FREE(h->time);
    MS_FREE(h->first);
}

static ms_status hazards_alloc(const ms_sorted *s, size_t p, hazards *h, ms_error *err) {
    h->first = ms_calloc(s->n_strata + 1, sizeof *h->first);
    if (!h->first) return ms_error_nomem(err);
    for (size_t k = 0; k < s->n_strata; k++) {
        double previous = -1;
        h->first[k] = h->n;
        for (size_t i = s->stratum_first[k]; i < s->stratum_first[k + 1]; i++) {
            size_t row = s->by_time[i];
            if (!s->event[row] || s->time[row] == previous) continue;
            previous = s->time[row];
            h->n++;
        }
    }
    h->first[s->n_strata] = h->n;
    h->step = ms_calloc(h->n * (1 + p), sizeof *h->step);
    h->time = ms_calloc(h->n, sizeof *h->time);
    return h->step && h->time ? MS_OK : ms_error_nomem(err);
}

typedef struct work {
    const ms_sorted *s;
    ms_ties ties;
    size_t p;
    const double *x, *risk;
    double *martingale, *score;     /* outputs, either may be NULL */
    double *mean, *mean_sum, *lost; /* [p], [p], [1 + p] */
    hazards h;
} work;

/* One event time: its increments, and what is special about the deaths themselves. */
static void take_time(work *w, const ms_riskset *r, double *step) {
    size_t p = w->p, parts = ms_tie_parts(r, w->ties);
    memset(w->mean_sum, 0, p * sizeof(double));
    memset(w->lost, 0, (1 + p) * sizeof(double));
    for (size_t k = 0; k < parts; k++) {
        ms_tie_part part = ms_tie_part_at(r, w->ties, k);
        double hazard = part.weight / part.sum;
        ms_tie_part_mean(r, &part, w->mean);
        step[0] += hazard;
        w->lost[0] += part.left * hazard;
        for (size_t j = 0; j < p; j++) {
            step[1 + j] += w->mean[j] * hazard;
            w->lost[1 + j] += part.left * w->mean[j] * hazard;
            w->mean_sum[j] += w->mean[j] / (double)parts;
        }
    }
    for (size_t i = r->first; i < r->last; i++) {
        size_t row = w->s->by_time[i];
        const double *x = w->x + row * p;
        if (w->martingale) w->martingale[row] += 1 + w->risk[row] * w->lost[0];
        for (size_t j = 0; j < p && w->score; j++)
            w->score[row * p + j] +=
                x[j] - w->mean_sum[j] + w->risk[row] * (x[j] * w->lost[0] - w->lost[1 + j]);
    }
}

/* residual[row] -= sign * what the cumulative step says. */
static void expose(work *w, size_t row, const double *cumulative, double sign) {
    double factor = sign * w->risk[row];
    if (w->martingale) w->martingale[row] -= factor * cumulative[0];
    for (size_t j = 0; j < w->p && w->score; j++)
        w->score[row * w->p + j] -= factor * (w->x[row * w->p + j] * cumulative[0] - cumulative[1 + j]);
}

static void expose_stratum(work *w, size_t stratum) {
    const ms_sorted *s = w->s;
    size_t first = w->h.first[stratum], last = w->h.first[stratum + 1], width = 1 + w->p, k = first;
    for (size_t i = first + 1; i < last; i++)
        for (size_t j = 0; j < width; j++) w->h.step[i * width + j] += w->h.step[(i - 1) * width + j];
    for (size_t i = s->stratum_first[stratum]; i < s->stratum_first[stratum + 1]; i++) {
        size_t row = s->by_time[i];
        while (k < last && w->h.time[k] <= s->time[row]) k++;
        if (k > first) expose(w, row, w->h.step + (k - 1) * width, 1);
    }
    k = first;
    for (size_t i = s->stratum_first[stratum]; s->entry && i < s->stratum_first[stratum + 1]; i++) {
        size_t row = s->by_entry[i];
        while (k < last && w->h.time[k] <= s->entry[row]) k++;
        if (k > first) expose(w, row, w->h.step + (k - 1) * width, -1);
    }
}

ms_status ms_cox_residuals_at(const ms_sorted *sorted, ms_ties ties, size_t p, const double *x,
                              const double *lp, double *martingale, double *residuals, ms_error *err) {
    size_t n = sorted->n;
    work w = {.s = sorted, .ties = ties, .p = p, .x = x, .martingale = martingale, .score = residuals};
    ms_riskset r = {0};
    double *risk = ms_calloc(n, sizeof *risk), shift = -INFINITY;
    w.mean = ms_calloc(3 * p + 1, sizeof(double));
    ms_status status = risk && w.mean ? hazards_alloc(sorted, p, &w.h, err) : ms_error_nomem(err);
    if (status) goto cleanup;
    w.mean_sum = w.mean + p;
    w.lost = w.mean_sum + p;
    for (size_t i = 0; i < n; i++) shift = lp[i] > shift ? lp[i] : shift;
    for (size_t i = 0; i < n; i++) risk[i] = exp(lp[i] - shift);
    w.risk = risk;
    if ((status = ms_riskset_start(&r, sorted, p, x, risk, false, err))) goto cleanup;
    if (martingale) memset(martingale, 0, n * sizeof *martingale);
    if (residuals) memset(residuals, 0, n * p * sizeof *residuals);
    for (size_t k = w.h.n; ms_riskset_next(&r);) {
        k--;
        w.h.time[k] = r.time;
        take_time(&w, &r, w.h.step + k * (1 + p));
    }
    for (size_t k = 0; k < sorted->n_strata; k++) expose_stratum(&w, k);
cleanup:
    free(risk);
    free(w.mean);
    hazards_clear(&w.h);
    ms_riskset_clear(&r);
    return status;
}

ms_status ms_cox_martingale(const ms_cox *cox, const ms_surv *data, double *residuals, ms_error *err) {
    ms_sorted sorted = {0};
    ms_status status = ms_sorted_make(data, &sorted, err);
    if (status) return status;
    status = ms_cox_residuals_at(&sorted, cox->ties, 0, cox->lp, cox->lp, residuals, NULL, err);
    ms_sorted_clear(&sorted);
    return status;
}

ms_status ms_cox_score_residuals(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                                 double *residuals, ms_error *err) {
    ms_sorted sorted = {0};
    ms_status status = ms_sorted_make(data, &sorted, err);
    if (status) return status;
    status = ms_cox_residuals_at(&sorted, cox->ties, cox->p, design->x, cox->lp, NULL, residuals, err);
    ms_sorted_clear(&sorted);
    return status;
}

static ms_status schoenfeld(const ms_cox *cox, const ms_sorted *s, const ms_design *design,
                            const double *risk, double *residuals, size_t *rows, ms_error *err) {
    size_t p = cox->p, k = cox->n_events;
    ms_riskset r = {0};
    double *mean = ms_calloc(2 * p + 1, sizeof *mean), *mean_sum = mean ? mean + p : NULL;
    ms_status status = mean ? ms_riskset_start(&r, s, p, design->x, risk, false, err) : ms_error_nomem(err);
    while (!status && ms_riskset_next(&r)) {
        size_t parts = ms_tie_parts(&r, cox->ties);
        memset(mean_sum, 0, p * sizeof *mean_sum);
        for (size_t i = 0; i < parts; i++) {
            ms_tie_part part = ms_tie_part_at(&r, cox->ties, i);
            ms_tie_part_mean(&r, &part, mean);
            for (size_t j = 0; j < p; j++) mean_sum[j] += mean[j] / (double)parts;
        }
        for (size_t i = r.last; i-- > r.first;) {
            k--;
            rows[k] = s->by_time[i];
            for (size_t j = 0; j < p; j++) residuals[k * p + j] = design->x[rows[k] * p + j] - mean_sum[j];
        }
    }
    ms_riskset_clear(&r);
    free(mean);
    return status;
}

ms_status ms_cox_schoenfeld(const ms_cox *cox, const ms_surv *data, const ms_design *design,
                            double *residuals, size_t *rows, ms_error *err) {
    ms_sorted sorted = {0};
    ms_status status = ms_sorted_make(data, &sorted, err);
    if (status) return status;
    double *risk = ms_calloc(data->n, sizeof *risk), shift = -INFINITY;
    if (!risk) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t i = 0; i < data->n; i++) shift = cox->lp[i] > shift ? cox->lp[i] : shift;
    for (size_t i = 0; i < data->n; i++) risk[i] = exp(cox->lp[i] - shift);
    status = schoenfeld(cox, &sorted, design, risk, residuals, rows, err);
cleanup:
    free(risk);
    ms_sorted_clear(&sorted);
    return status;
}
