/* How much a pair whose earlier member dies at t counts, by the choice of ms_timewt. S is the Kaplan-Meier
 * estimate of survival and G that of censoring (the events are the censorings, deaths at the same time go
 * first), both just before t; w is the total weight of the stratum and r(t) its weight at risk. n: 1    S: w
 * S / r    S/G: w S / (G r)    n/G2: 1 / G^2    I: 1 / r    ipcw: 1 / (G(t-) G(t)) R: concordancefit; Uno et
 * al. 2011 for n/G2; Gerds et al. 2013 for ipcw. */
#include "survival/concordance.h"

#include <math.h>

static double weight_of(ms_timewt timewt, double total, double surv, double censor, double censor_after,
                        double at_risk) {
    switch (timewt) {
    case MS_TIMEWT_N:
        return 1;
    case MS_TIMEWT_S:
        return total * surv / at_risk;
    case MS_TIMEWT_S_G:
        return total * surv / (censor * at_risk);
    case MS_TIMEWT_N_G2:
        return 1 / (censor * censor);
    case MS_TIMEWT_I:
        return 1 / at_risk;
    case MS_TIMEWT_IPCW:
        return 1 / (censor * censor_after);
    }
    return 1;
}

/* Weight at risk just before each position's time, from the latest down; at_risk is indexed by position. */
static void fill_at_risk(const ms_sorted *s, size_t first, size_t last, double *at_risk) {
    double sum = 0;
    size_t position = last, entering = last;
    while (position > first) {
        double time = s->time[s->by_time[position - 1]];
        size_t end = position;
        while (s->entry && entering > first && s->entry[s->by_entry[entering - 1]] >= time)
            sum -= ms_sorted_weight(s, s->by_entry[--entering]);
        while (position > first && s->time[s->by_time[position - 1]] == time)
            sum += ms_sorted_weight(s, s->by_time[--position]);
        for (size_t i = position; i < end; i++) at_risk[i] = sum;
    }
}

void ms_concordance_time_weights(const ms_sorted *s, size_t stratum, const ms_concordance_options *options,
                                 double *scratch, double *time_weight) {
    size_t first = s->stratum_first[stratum], last = s->stratum_first[stratum + 1], n_events = 0;
    double total = 0, surv = 1, censor = 1;
    for (size_t i = first; i < last; i++) {
        total += ms_sorted_weight(s, s->by_time[i]);
        n_events += s->event[s->by_time[i]];
    }
    fill_at_risk(s, first, last, scratch);
    ms_timewt timewt = n_events < 2 ? MS_TIMEWT_N : options->timewt; /* as R does */
    for (size_t i = first; i < last;) {
        double time = s->time[s->by_time[i]], deaths = 0, lost = 0, r = scratch[i];
        size_t end = i;
        for (; end < last && s->time[s->by_time[end]] == time; end++)
            *(s->event[s->by_time[end]] ? &deaths : &lost) += ms_sorted_weight(s, s->by_time[end]);
        double left = r - deaths, after = lost > 0 && left > 0 ? censor * (left - lost) / left : censor;
        double value = time > options->tau ? 0 : weight_of(timewt, total, surv, censor, after, r);
        for (; i < end; i++) time_weight[i] = isfinite(value) ? value : 0;
        surv *= left / r;
        censor = after;
    }
}
