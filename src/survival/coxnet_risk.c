/* Breslow's partial likelihood in the linear predictor, all sums in one pass over the sorted rows. With r =
 * weight exp(eta), S_k = sum of r over the risk set of event time k, d_k the weight of its deaths:
 *     -l = sum_k d_k log S_k - sum of weight eta over deaths
 *     slope_i = death_i - r_i B_i,  B_i = sum of d_k / S_k over the row's event times
 *     (H v)_i = r_i (B_i v_i - sum over the row's event times of d_k / S_k^2 sum_{j at risk} r_j v_j)
 * R: glmnet's coxgrad, coxnet.deviance. */
#include "survival/coxnet.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ms_status alloc_risk(size_t n, size_t groups, size_t strata, bool entry, ms_net_risk *r,
                            ms_error *err) {
    const size_t length = ms_net_padded(n);
    double **numbers[] = {&r->weight, &r->death, &r->offset, &r->risk, &r->hazard};
    double **by_group[] = {&r->deaths, &r->share, &r->share2, &r->sum};
    size_t **places[] = {&r->row, &r->entry_group, &r->stop_group};
    size_t **group_places[] = {&r->group_stratum, &r->first, &r->entry_first};
    bool whole = true;
    for (size_t i = 0; i < MS_COUNT(numbers); i++)
        whole &= (*numbers[i] = ms_calloc(length, sizeof(double))) != NULL;
    for (size_t i = 0; i < MS_COUNT(by_group); i++)
        whole &= (*by_group[i] = ms_calloc(groups + 1, sizeof(double))) != NULL;
    for (size_t i = 0; i < MS_COUNT(places); i++)
        whole &= (*places[i] = ms_calloc(n, sizeof(size_t))) != NULL;
    for (size_t i = 0; i < MS_COUNT(group_places); i++)
        whole &= (*group_places[i] = ms_calloc(groups + 1, sizeof(size_t))) != NULL;
    whole &= (r->stratum_first = ms_calloc(strata + 1, sizeof(size_t))) != NULL;
    if (entry) whole &= (r->by_entry = ms_calloc(n, sizeof(size_t))) != NULL;
    r->n = n;
    r->length = length;
    r->n_groups = groups;
    r->n_strata = strata;
    return whole ? MS_OK : ms_error_nomem(err);
}

/* A death that counts: an event of a row with a weight. */
static bool dies(const ms_sorted *s, size_t row) {
    return s->event[row] && ms_sorted_weight(s, row) > 0;
}

static size_t count_groups(const ms_sorted *s) {
    size_t groups = 0;
    for (size_t k = 0; k < s->n_strata; k++) {
        double last = (double)NAN;
        for (size_t i = s->stratum_first[k]; i < s->stratum_first[k + 1]; i++) {
            const size_t row = s->by_time[i];
            if (!dies(s, row) || s->time[row] == last) continue;
            last = s->time[row];
            groups++;
        }
    }
    return groups;
}

/* The rows by time with their weights, and the event times. Within a time, deaths come first. */
static void place_rows(const ms_sorted *s, const double *offset, ms_net_risk *r) {
    size_t group = 0;
    for (size_t k = 0; k < s->n_strata; k++) {
        double last = (double)NAN;
        size_t at = r->stratum_first[k] = s->stratum_first[k];
        for (size_t i = at; i < s->stratum_first[k + 1]; i++) {
            const size_t row = s->by_time[i];
            if (i == s->stratum_first[k] || s->time[row] != s->time[s->by_time[i - 1]]) at = i;
            r->row[i] = row;
            r->weight[i] = ms_sorted_weight(s, row) / r->weight_sum;
            r->offset[i] = offset ? offset[row] : 0;
            if (dies(s, row)) {
                if (!(s->time[row] == last)) {
                    r->first[group] = at;
                    r->group_stratum[group++] = k;
                }
                last = s->time[row];
                r->death[i] = r->weight[i];
                r->deaths[group - 1] += r->weight[i];
                r->n_events++;
            }
            r->stop_group[i] = group;
        }
    }
    r->stratum_first[s->n_strata] = s->n;
}

static double group_time(const ms_sorted *s, const ms_net_risk *r, size_t group) {
    return s->time[r->row[r->first[group]]];
}

/* The first group of each row that it is at risk in, and for each group who enters too late. */
static ms_status place_entries(const ms_sorted *s, ms_net_risk *r, ms_error *err) {
    size_t group = 0;
    size_t *place = ms_calloc(s->n, sizeof *place);
    if (!place) return ms_error_nomem(err);
    for (size_t i = 0; i < s->n; i++) place[r->row[i]] = i;
    for (size_t k = 0; k < s->n_strata; k++) {
        const size_t end = s->stratum_first[k + 1];
        size_t late = s->stratum_first[k], from = group;
        while (group < r->n_groups && r->group_stratum[group] == k) group++;
        for (size_t i = s->stratum_first[k]; i < end; i++) {
            const size_t row = s->entry ? s->by_entry[i] : r->row[i];
            while (s->entry && from < group && group_time(s, r, from) <= s->entry[row]) {
                r->entry_first[from] = late;
                from++;
            }
            r->entry_group[place[row]] = from;
            if (s->entry) r->by_entry[i] = place[row];
            late = i + 1;
        }
        for (; from < group && s->entry; from++) r->entry_first[from] = end;
    }
    free(place);
    return MS_OK;
}

ms_status ms_net_risk_make(const ms_surv *data, const double *offset, ms_net_risk *out, ms_error *err) {
    ms_sorted s = {0};
    ms_net_risk r = {0};
    ms_surv exact = *data;
    exact.no_timefix = true; /* glmnet does not merge times */
    ms_status status = ms_sorted_make(&exact, &s, err);
    if (status == MS_OK) status = ms_sorted_need_event(&s, err);
    if (status == MS_OK) status = alloc_risk(s.n, count_groups(&s), s.n_strata, s.entry != NULL, &r, err);
    for (size_t i = 0; i < s.n && status == MS_OK; i++) r.weight_sum += ms_sorted_weight(&s, i);
    if (status == MS_OK && r.n_groups == 0)
        status = ms_error_set(err, MS_EINPUT, "no events: every row with an event has weight 0");
    if (status == MS_OK) place_rows(&s, offset, &r);
    if (status == MS_OK) status = place_entries(&s, &r, err);
    for (size_t k = 0; k < r.n_groups && status == MS_OK; k++) r.saturated -= r.deaths[k] * log(r.deaths[k]);
    ms_sorted_clear(&s);
    if (status == MS_OK)
        *out = r;
    else
        ms_net_risk_clear(&r);
    return status;
}

void ms_net_risk_clear(ms_net_risk *r) {
    MS_FREE(r->row);
    MS_FREE(r->stratum_first);
    MS_FREE(r->group_stratum);
    MS_FREE(r->first);
    MS_FREE(r->entry_group);
    MS_FREE(r->stop_group);
    MS_FREE(r->by_entry);
    MS_FREE(r->entry_first);
    MS_FREE(r->weight);
    MS_FREE(r->death);
    MS_FREE(r->deaths);
    MS_FREE(r->offset);
    MS_FREE(r->risk);
    MS_FREE(r->hazard);
    MS_FREE(r->share);
    MS_FREE(r->share2);
    MS_FREE(r->sum);
}

/* ---- sums over risk sets --------------------------------------------------------------------------------
 */

/* sum[k] of values[] over those at risk in group k. */
static void sum_at_risk(const ms_net_risk *r, const double *values, double *sum) {
    size_t group = r->n_groups;
    for (size_t s = r->n_strata; s-- > 0;) {
        double total = 0;
        const size_t last = group;
        for (size_t i = r->stratum_first[s + 1]; i-- > r->stratum_first[s];) {
            total += values[i];
            if (group > 0 && r->first[group - 1] == i && r->group_stratum[group - 1] == s)
                sum[--group] = total;
        }
        if (!r->by_entry) continue;
        size_t g = last, at = r->stratum_first[s + 1];
        for (total = 0; g > group; g--) {
            while (at > r->entry_first[g - 1]) total += values[r->by_entry[--at]];
            sum[g - 1] -= total;
        }
    }
}

/* Running totals before each group: a row's sum of steps[] is the difference of two of them. before[n_groups
 * + 1] may be steps. */
static void running_totals(const ms_net_risk *r, const double *steps, double *before) {
    double total = 0;
    for (size_t k = 0; k < r->n_groups; k++) {
        const double step = steps[k];
        before[k] = total;
        total += step;
    }
    before[r->n_groups] = total;
}

/* The largest eta of those at risk in a stratum, which the exponentials are taken from. */
static double shift_of(const ms_net_risk *r, size_t stratum, const double *eta) {
    double shift = -INFINITY;
    for (size_t i = r->stratum_first[stratum]; i < r->stratum_first[stratum + 1]; i++)
        if (r->stop_group[i] > r->entry_group[i] && r->weight[i] > 0 && eta[i] > shift) shift = eta[i];
    return shift;
}

/* risk[], and the part of -l that is linear in eta; the shift's part cancels. */
static double take_risks(ms_net_risk *r, const double *eta) {
    double value = 0;
    for (size_t s = 0; s < r->n_strata; s++) {
        const double shift = shift_of(r, s, eta);
        for (size_t i = r->stratum_first[s]; i < r->stratum_first[s + 1]; i++) {
            const bool at_risk = r->stop_group[i] > r->entry_group[i] && r->weight[i] > 0;
            r->risk[i] = at_risk ? r->weight[i] * exp(eta[i] - shift) : 0;
            if (r->death[i] > 0) value -= r->death[i] * (eta[i] - shift);
        }
    }
    return value;
}

double ms_net_risk_evaluate(ms_net_risk *r, const double *eta, double *slope) {
    double value = take_risks(r, eta);
    sum_at_risk(r, r->risk, r->sum);
    for (size_t k = 0; k < r->n_groups; k++) {
        if (!(r->sum[k] > DBL_MIN) || !isfinite(r->sum[k])) return INFINITY;
        value += r->deaths[k] * log(r->sum[k]);
        r->share[k] = r->deaths[k] / r->sum[k];
        r->share2[k] = r->share[k] / r->sum[k];
    }
    if (!isfinite(value)) return INFINITY;
    running_totals(r, r->share, r->sum);
    for (size_t i = 0; i < r->n; i++) {
        r->hazard[i] = r->sum[r->stop_group[i]] - r->sum[r->entry_group[i]];
        if (slope) slope[i] = r->death[i] - r->risk[i] * r->hazard[i];
    }
    return value;
}

void ms_net_risk_curve(const ms_net_risk *r, const ms_net_curvature *at, double *sum, const double *v,
                       double *out) {
    for (size_t i = 0; i < r->n; i++) out[i] = at->risk[i] * v[i];
    sum_at_risk(r, out, sum);
    for (size_t k = 0; k < r->n_groups; k++) sum[k] *= at->share2[k];
    running_totals(r, sum, sum);
    for (size_t i = 0; i < r->n; i++)
        out[i] = at->hazard[i] * out[i] - at->risk[i] * (sum[r->stop_group[i]] - sum[r->entry_group[i]]);
    for (size_t i = r->n; i < r->length; i++) out[i] = 0;
}
