/* Net reclassification improvement (Pencina, D'Agostino & Steyerberg 2011) and integrated discrimination
 * improvement (Pencina et al. 2008; with censoring Uno et al. 2013) of new over old probabilities. */
#include "survival/horizon.h"

#include <math.h>
#include <stdlib.h>

static size_t category(const double *cuts, size_t n_cuts, double risk) {
    size_t c = 0;
    while (c < n_cuts && risk >= cuts[c]) c++;
    return c;
}

/* 1 up, -1 down, 0 neither. */
static int move(const double *cuts, size_t n_cuts, double old_risk, double new_risk) {
    if (n_cuts == 0) return (new_risk > old_risk) - (new_risk < old_risk);
    size_t a = category(cuts, n_cuts, old_risk), b = category(cuts, n_cuts, new_risk);
    return (b > a) - (b < a);
}

/* Binary outcome: a share of up less a share of down, of n: variance (up + down - (up - down)^2 / n) / n^2.
 */
static double binary_se(double up, double down, double n) {
    return sqrt((up + down - (up - down) * (up - down) / n) / (n * n));
}

ms_nri ms_horizon_nri(const ms_horizon *h, const double *count, const double *old_risk,
                      const double *new_risk, const double *cuts, size_t n_cuts, double *work) {
    double moved[2] = {0, 0}, rate[2], n = 0; /* 0 down, 1 up */
    for (int up = 0; up < 2; up++) {
        for (size_t i = 0; i < h->n; i++) {
            work[i] = move(cuts, n_cuts, old_risk[i], new_risk[i]) == (up ? 1 : -1) ? count[i] : 0;
            moved[up] += work[i];
        }
        rate[up] = moved[up] > 0 ? ms_horizon_rate(h, work) : 0;
    }
    for (size_t i = 0; i < h->n; i++) n += count[i];
    double all = ms_horizon_rate(h, count);
    ms_nri nri = {.se_event = NAN, .se_nonevent = NAN, .se_total = NAN};
    nri.event = (rate[1] * moved[1] - rate[0] * moved[0]) / (n * all);
    nri.nonevent = ((1 - rate[0]) * moved[0] - (1 - rate[1]) * moved[1]) / (n * (1 - all));
    nri.total = nri.event + nri.nonevent;
    if (h->binary) {
        nri.se_event = binary_se(rate[1] * moved[1], rate[0] * moved[0], n * all);
        nri.se_nonevent = binary_se((1 - rate[1]) * moved[1], (1 - rate[0]) * moved[0], n * (1 - all));
        nri.se_total = hypot(nri.se_event, nri.se_nonevent);
    }
    return nri;
}

static ms_status check(const ms_horizon_outcome *outcome, const double *old_risk, const double *new_risk,
                       const double *cuts, size_t n_cuts, ms_error *err) {
    ms_status status = ms_check_risk(old_risk, outcome->n, true, err);
    if (!status) status = ms_check_risk(new_risk, outcome->n, true, err);
    return status ? status : ms_check_cuts(cuts, n_cuts, err);
}

static double *ones(size_t n) {
    double *count = ms_calloc(n, sizeof *count);
    for (size_t i = 0; i < n && count; i++) count[i] = 1;
    return count;
}

ms_status ms_nri_compute(const ms_horizon_outcome *outcome, const double *old_risk, const double *new_risk,
                         const double *cuts, size_t n_cuts, ms_nri *out, ms_error *err) {
    ms_horizon h = {0};
    ms_status status = check(outcome, old_risk, new_risk, cuts, n_cuts, err);
    if (status || (status = ms_horizon_make(outcome, &h, err))) return status;
    double *count = ones(h.n), *work = ms_calloc(h.n, sizeof *work);
    if (count && work)
        *out = ms_horizon_nri(&h, count, old_risk, new_risk, cuts, n_cuts, work);
    else
        status = ms_error_nomem(err);
    free(count);
    free(work);
    ms_horizon_clear(&h);
    return status;
}

static double mean_change(size_t n, const double *weight, const double *old_risk, const double *new_risk) {
    double sum = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        sum += weight[i] * (new_risk[i] - old_risk[i]);
        total += weight[i];
    }
    return sum / total;
}

ms_idi ms_horizon_idi(size_t n, const double *case_weight, const double *control_weight,
                      const double *old_risk, const double *new_risk) {
    ms_idi idi = {.event = mean_change(n, case_weight, old_risk, new_risk),
                  .nonevent = 0 - mean_change(n, control_weight, old_risk, new_risk),
                  .se_total = NAN};
    idi.total = idi.event + idi.nonevent;
    return idi;
}

/* Variance of the mean change among those with weight 1. */
static double change_variance(size_t n, const double *weight, double mean, const double *old_risk,
                              const double *new_risk) {
    double squares = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        double deviation = new_risk[i] - old_risk[i] - mean;
        squares += weight[i] * deviation * deviation;
        total += weight[i];
    }
    return squares / (total - 1) / total;
}

ms_status ms_idi_compute(const ms_horizon_outcome *outcome, const double *old_risk, const double *new_risk,
                         ms_idi *out, ms_error *err) {
    ms_horizon h = {0};
    ms_status status = check(outcome, old_risk, new_risk, NULL, 0, err);
    if (status || (status = ms_horizon_make(outcome, &h, err))) return status;
    double *count = ones(h.n), *cases = ms_calloc(2 * h.n, sizeof *cases), *controls = NULL;
    if (!count || !cases) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    controls = cases + h.n;
    ms_horizon_weights(&h, count, cases, controls);
    *out = ms_horizon_idi(h.n, cases, controls, old_risk, new_risk);
    if (h.binary)
        out->se_total = sqrt(change_variance(h.n, cases, out->event, old_risk, new_risk) +
                             change_variance(h.n, controls, -out->nonevent, old_risk, new_risk));
cleanup:
    free(count);
    free(cases);
    ms_horizon_clear(&h);
    return status;
}

ms_status ms_reclassification_make(const ms_horizon_outcome *outcome, const double *old_risk,
                                   const double *new_risk, const double *cuts, size_t n_cuts,
                                   ms_reclassification *out, ms_error *err) {
    ms_horizon h = {0};
    ms_reclassification table = {.n = n_cuts + 1};
    ms_status status = check(outcome, old_risk, new_risk, cuts, n_cuts, err);
    if (status || (status = ms_horizon_make(outcome, &h, err))) return status;
    double *work = ms_calloc(h.n, sizeof *work);
    table.count = ms_calloc(table.n * table.n, sizeof *table.count);
    table.rate = ms_calloc(table.n * table.n, sizeof *table.rate);
    if (!work || !table.count || !table.rate) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t cell = 0; cell < table.n * table.n; cell++) {
        for (size_t i = 0; i < h.n; i++) {
            work[i] = category(cuts, n_cuts, old_risk[i]) == cell / table.n &&
                      category(cuts, n_cuts, new_risk[i]) == cell % table.n;
            table.count[cell] += work[i];
        }
        table.rate[cell] = ms_horizon_rate(&h, work);
    }
    *out = table;
    table = (ms_reclassification){0};
cleanup:
    free(work);
    ms_reclassification_clear(&table);
    ms_horizon_clear(&h);
    return status;
}

void ms_reclassification_clear(ms_reclassification *table) {
    MS_FREE(table->count);
    MS_FREE(table->rate);
    table->n = 0;
}
