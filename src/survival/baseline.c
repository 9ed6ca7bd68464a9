/* Baseline cumulative hazard of a proportional hazards model. Breslow (1974): at each event time the hazard
 * grows by (weight of deaths) / sum(weight * exp(lp)) over those at risk; Efron's form takes tied deaths out
 * of the risk set by parts. R: basehaz(fit, centered = FALSE) for lp = x coef, survfit.coxph with ctype 1
 * and 2. */
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>

static size_t count_event_times(const ms_sorted *s) {
    size_t n = 0;
    double previous = -1;
    for (size_t i = 0; i < s->n; i++) {
        size_t row = s->by_time[i];
        if (!s->event[row] || s->time[row] == previous) continue;
        previous = s->time[row];
        n++;
    }
    return n;
}

/* Fills time and hazard (increments, then cumulated) from the latest time down. */
static void fill(ms_riskset *r, ms_ties ties, double shift, ms_baseline *out) {
    size_t k = out->n;
    while (ms_riskset_next(r)) {
        double step = 0;
        for (size_t i = 0; i < ms_tie_parts(r, ties); i++) {
            ms_tie_part part = ms_tie_part_at(r, ties, i);
            step += part.weight / part.sum;
        }
        k--;
        out->time[k] = r->time;
        out->hazard[k] = step * exp(-shift);
    }
    double total = 0;
    for (size_t i = 0; i < out->n; i++) out->hazard[i] = total += out->hazard[i];
}

ms_status ms_breslow_baseline(const ms_surv *data, const double *lp, ms_ties ties, ms_baseline *out,
                              ms_error *err) {
    if (data->stratum) return ms_error_set(err, MS_EUSAGE, "a baseline hazard is of one stratum at a time");
    ms_sorted sorted = {0};
    ms_riskset riskset = {0};
    ms_baseline b = {0};
    double *risk = NULL, shift = -INFINITY;
    ms_status status = ms_sorted_make(data, &sorted, err);
    if (status || (status = ms_sorted_need_event(&sorted, err))) goto cleanup;
    for (size_t i = 0; i < data->n; i++) {
        if (!isfinite(lp[i])) {
            status = ms_error_set(err, MS_EINPUT, "row %zu: linear predictor %g is not finite", i + 1, lp[i]);
            goto cleanup;
        }
        if (lp[i] > shift) shift = lp[i];
    }
    b.n = count_event_times(&sorted);
    b.time = ms_calloc(b.n, sizeof *b.time);
    b.hazard = ms_calloc(b.n, sizeof *b.hazard);
    risk = ms_calloc(data->n, sizeof *risk);
    if (!b.time || !b.hazard || !risk) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t i = 0; i < data->n; i++) risk[i] = exp(lp[i] - shift);
    if ((status = ms_riskset_start(&riskset, &sorted, 0, risk, risk, false, err))) goto cleanup;
    fill(&riskset, ties, shift, &b);
    *out = b;
    b = (ms_baseline){0};
cleanup:
    free(risk);
    ms_baseline_clear(&b);
    ms_riskset_clear(&riskset);
    ms_sorted_clear(&sorted);
    return status;
}

void ms_baseline_clear(ms_baseline *baseline) {
    MS_FREE(baseline->time);
    MS_FREE(baseline->hazard);
    baseline->n = 0;
}

double ms_baseline_at(const ms_baseline *baseline, double time) {
    size_t low = ms_count_up_to(baseline->time, baseline->n, time);
    return low ? baseline->hazard[low - 1] : 0;
}

double ms_baseline_survival(const ms_baseline *baseline, double time, double lp) {
    return exp(-ms_baseline_at(baseline, time) * exp(lp));
}
