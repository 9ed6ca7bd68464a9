/* Log-rank scores and the permutation test on them. The score of a row is the sum of w d / n over event times
 * up to its own, less w at its own event; n, d and w depend on how ties are taken: mid-ranks         tied
 * rows are all at risk at their time: n counts those with time >= t Hothorn-Lausen    n counts those with
 * time > t, and one average scores    tied events are taken one after the other, censored last, and their
 * scores averaged Callaert 2003; Hothorn & Lausen 2003; R: coin::logrank_trafo. Given the scores a, the sum
 * over a group of m of N rows has mean m abar and covariance (Strasser & Weber 1999), so that chisq = (N - 1)
 * / sum (a - abar)^2  sum_g m_g (abar_g - abar)^2 on groups - 1 degrees of freedom. */
#include "myosurv/survival_curves.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>

typedef struct state {
    ms_weighting weighting;
    double surv, peto, prentice; /* products up to and with this time */
    double surv_before, peto_before;
    double last_time, end_time; /* the time before, the last with an event */
    double sum;                 /* of w d / n */
} state;

static double weight_of(const state *s, double time, double at_risk) {
    double p = s->weighting.p, q = s->weighting.q, v;
    switch (s->weighting.kind) {
    case MS_TEST_GEHAN:
        return at_risk;
    case MS_TEST_TARONE_WARE:
        return sqrt(at_risk);
    case MS_TEST_PETO:
        return s->peto;
    case MS_TEST_PETO_MODIFIED:
        return s->peto_before * at_risk / (at_risk + 1);
    case MS_TEST_FH:
        return pow(s->surv_before, p) * pow(1 - s->surv_before, q);
    case MS_TEST_PETO_KM:
        return s->surv_before;
    case MS_TEST_PRENTICE:
        return s->prentice;
    case MS_TEST_GAUGLER:
        return pow(s->peto, p) * pow(1 - s->peto, q);
    case MS_TEST_SELF:
        v = (s->last_time + time) / 2 / s->end_time;
        return pow(v, p) * pow(1 - v, q);
    default:
        return 1;
    }
}

/* One distinct time with d events; returns its weight. */
static double step(state *s, double time, double at_risk, double d) {
    s->surv_before = s->surv;
    s->peto_before = s->peto;
    s->surv *= (at_risk - d) / at_risk;
    s->peto *= (at_risk + 1 - d) / (at_risk + 1);
    s->prentice *= at_risk / (at_risk + d);
    double w = weight_of(s, time, at_risk);
    s->sum += w * d / at_risk;
    s->last_time = time;
    return w;
}

/* The rows first .. end - 1 of by_time share a time; `after` rows have later ones. */
static void score_together(const ms_sorted *sorted, size_t first, size_t end, double at_risk, state *s,
                           double *scores) {
    double d = 0;
    for (size_t i = first; i < end; i++) d += sorted->event[sorted->by_time[i]];
    double w = step(s, sorted->time[sorted->by_time[first]], at_risk, d);
    for (size_t i = first; i < end; i++) {
        size_t row = sorted->by_time[i];
        scores[row] = s->sum - (sorted->event[row] ? w : 0);
    }
}

/* Events come first in by_time. */
static void score_in_turn(const ms_sorted *sorted, size_t first, size_t end, state *s, double *scores) {
    double total = 0, time = sorted->time[sorted->by_time[first]];
    size_t events = 0, i = first;
    for (; i < end && sorted->event[sorted->by_time[i]]; i++, events++) {
        double w = step(s, time, (double)(sorted->n - i), 1);
        total += s->sum - w;
    }
    for (size_t k = first; k < i; k++) scores[sorted->by_time[k]] = total / (double)events;
    if (i < end) (void)step(s, time, (double)(sorted->n - i), 0);
    for (; i < end; i++) scores[sorted->by_time[i]] = s->sum;
}

ms_status ms_logrank_scores(const ms_surv *data, ms_weighting weighting, ms_score_ties ties, double *scores,
                            ms_error *err) {
    ms_sorted sorted = {0};
    if (data->weight || data->entry || data->stratum)
        return ms_error_set(err, MS_EUSAGE, "scores take no case weights, strata or entry times");
    ms_status status = ms_sorted_make(data, &sorted, err);
    if (status) return status;
    state s = {.weighting = weighting, .surv = 1, .peto = 1, .prentice = 1};
    for (size_t i = 0; i < sorted.n; i++)
        if (sorted.event[i]) s.end_time = fmax(s.end_time, sorted.time[i]);
    for (size_t i = 0; i < sorted.n;) {
        size_t end = i + 1;
        while (end < sorted.n && sorted.time[sorted.by_time[end]] == sorted.time[sorted.by_time[i]]) end++;
        if (ties == MS_SCORE_AVERAGE)
            score_in_turn(&sorted, i, end, &s, scores);
        else
            score_together(&sorted, i, end,
                           (double)(ties == MS_SCORE_MID_RANKS ? sorted.n - i : sorted.n - end + 1), &s,
                           scores);
        i = end;
    }
    ms_sorted_clear(&sorted);
    return MS_OK;
}

ms_status ms_permutation_test(const double *scores, const size_t *group, size_t n, size_t n_groups,
                              double *chisq, double *z, double *p, ms_error *err) {
    double *sum = ms_calloc(2 * n_groups, sizeof *sum), *count = sum ? sum + n_groups : NULL;
    if (!sum) return ms_error_nomem(err);
    double mean = 0, spread = 0, between = 0;
    size_t occupied = 0;
    for (size_t i = 0; i < n; i++) {
        mean += scores[i] / (double)n;
        sum[group[i]] += scores[i];
        if (count[group[i]]++ == 0) occupied++;
    }
    for (size_t i = 0; i < n; i++) spread += (scores[i] - mean) * (scores[i] - mean);
    for (size_t g = 0; g < n_groups; g++) {
        double difference = count[g] > 0 ? sum[g] / count[g] - mean : 0;
        between += count[g] * difference * difference;
    }
    double first = sum[0] - count[0] * mean;
    free(sum);
    if (occupied < 2 || !(spread > 0))
        return ms_error_set(err, MS_EINPUT,
                            "a permutation test needs two groups with rows and scores that differ");
    *chisq = between * (double)(n - 1) / spread;
    *z = n_groups == 2 ? copysign(sqrt(*chisq), first) : NAN;
    *p = ms_chisq_upper(*chisq, (double)(occupied - 1));
    return MS_OK;
}
