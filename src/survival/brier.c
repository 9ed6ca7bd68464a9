/* Brier score at a time: the mean over patients of (event by t - p)^2, those censored before t left out and
 * the others weighted by 1 / G: at T- for an event (competing ones count as 'no event of interest'), at t for
 * those followed beyond. Graf et al. 1999; its influence function adds that of G (Gerds & Schumacher 2006).
 * R: riskRegression::Score(metrics = "brier"); pec::pec. */
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>

void ms_brier_options_default(ms_brier_options *options) {
    *options = (ms_brier_options){.convention = MS_PREDICTION_RISKREGRESSION, .conf_level = 0.95};
}

typedef struct scoring {
    const ms_outcome *o;
    const ms_ipcw *g;
    const ms_brier_options *options;
    double last;   /* time of follow-up */
    double *a;     /* [n] */
    double *work;  /* [2 n + 2] */
    double *share; /* [n] where no influence is kept */
} scoring;

/* The score of risk[n] (NULL: `constant` for all); its influence to out[n] when `se` is asked for. */
static double score(const scoring *s, const double *risk, double constant, double t, double *out,
                    double *se) {
    size_t n = s->o->n;
    double sum = 0, at_t = 0, common = ms_ipcw_common(s->g, t);
    for (size_t i = 0; i < n; i++) {
        ms_patient_role role = ms_role_at(s->options->convention, s->o->time[i], s->o->status[i], t);
        double p = risk ? risk[i] : constant, away = role == MS_ROLE_CASE ? 1 - p : p;
        double value = role == MS_ROLE_LOST
                           ? 0
                           : away * away * ms_role_weight(s->g, s->options->convention, role, i, t, common);
        out[i] = value;
        s->a[i] = role == MS_ROLE_FREE ? 0 : value;
        if (role == MS_ROLE_FREE) at_t += value;
        sum += value;
    }
    double mean = sum / (double)n;
    if (!se) return mean;
    for (size_t i = 0; i < n; i++) out[i] -= mean;
    if (!s->options->conservative)
        ms_ipcw_influence(s->g, s->o, s->options->convention, s->a, at_t, t, s->work, out);
    *se = ms_influence_se(out, n);
    return mean;
}

static void count(const scoring *s, ms_brier_row *row) {
    for (size_t i = 0; i < s->o->n; i++) {
        ms_patient_role role = ms_role_at(s->options->convention, s->o->time[i], s->o->status[i], row->time);
        *(role == MS_ROLE_CASE        ? &row->n_cases
          : role == MS_ROLE_FREE      ? &row->n_controls
          : role == MS_ROLE_COMPETING ? &row->n_competing
                                      : &row->n_lost) += 1;
    }
}

/* influence NULL: no standard errors. */
static void one_time(const scoring *s, const double *risk, double t, ms_brier_row *row, double *influence,
                     double *reference) {
    *row = (ms_brier_row){.time = t,
                          .brier = NAN,
                          .se = NAN,
                          .lower = NAN,
                          .upper = NAN,
                          .reference = NAN,
                          .reference_se = NAN,
                          .reference_risk = NAN,
                          .scaled = NAN};
    if (t > s->last) {
        row->state = MS_BEYOND_FOLLOW_UP;
        return;
    }
    count(s, row);
    double constant = ms_incidence_at(s->o, s->g->order, s->o->n, t, 0.95).value;
    row->brier = score(s, risk, 0, t, influence ? influence : s->share, influence ? &row->se : NULL);
    row->reference =
        score(s, NULL, constant, t, reference ? reference : s->share, reference ? &row->reference_se : NULL);
    if (!isfinite(row->brier)) {
        row->brier = row->se = row->reference = row->reference_se = NAN;
        row->state = MS_NO_WEIGHT;
        return;
    }
    row->reference_risk = constant;
    row->scaled = row->reference > 0 ? 1 - row->brier / row->reference : NAN;
    ms_wald_interval(row->brier, row->se, s->options->conf_level, 0, 1, &row->lower, &row->upper);
}

static void integrate(ms_brier *b) {
    double step[2] = {0, 0}, area[2] = {0, 0};
    const ms_brier_row *previous = NULL, *first = NULL;
    b->integral = (ms_brier_integral){NAN, NAN, NAN, NAN, 0};
    for (size_t k = 0; k < b->n_times; k++) {
        const ms_brier_row *row = &b->rows[k];
        if (row->state) continue;
        if (!first) first = row;
        if (previous) {
            double width = row->time - previous->time;
            step[0] += width * previous->brier;
            step[1] += width * previous->reference;
            area[0] += width * (previous->brier + row->brier) / 2;
            area[1] += width * (previous->reference + row->reference) / 2;
        }
        previous = row;
        b->integral.n_times++;
    }
    if (!previous || previous == first) return;
    b->integral.step = step[0] / previous->time;
    b->integral.reference_step = step[1] / previous->time;
    b->integral.trapezium = area[0] / (previous->time - first->time);
    b->integral.reference_trapezium = area[1] / (previous->time - first->time);
}

static ms_status check(const ms_outcome *o, const double *times, size_t n_times,
                       const ms_brier_options *options, ms_error *err) {
    if (options->convention == MS_PREDICTION_TIMEROC)
        return ms_error_set(err, MS_EUSAGE, "timeROC has no Brier score: take riskregression or sksurv");
    if (n_times == 0) return ms_error_set(err, MS_EUSAGE, "at least one time is needed");
    for (size_t k = 0; k < n_times; k++)
        if (!isfinite(times[k]) || times[k] < 0 || (k && times[k] <= times[k - 1]))
            return ms_error_set(err, MS_EUSAGE, "times must be finite, at least 0 and ascend");
    return ms_outcome_check(o, err);
}

static ms_status check_risk(const double *risk, size_t n, size_t n_times, const double *times,
                            ms_error *err) {
    for (size_t k = 0; k < n_times; k++)
        for (size_t i = 0; i < n; i++)
            if (!(risk[k * n + i] >= 0 && risk[k * n + i] <= 1))
                return ms_error_set(err, MS_EINPUT, "row %zu: probability %g by time %g is not from 0 to 1",
                                    i + 1, risk[k * n + i], times[k]);
    return MS_OK;
}

static ms_status start(scoring *s, const ms_outcome *o, const ms_ipcw *ipcw, ms_ipcw *own, bool keep,
                       ms_brier *b, ms_error *err) {
    ms_status status = ipcw ? MS_OK : ms_ipcw_fit(o, NULL, own, err);
    if (status) return status;
    s->o = o;
    s->g = ipcw ? ipcw : own;
    s->options = &b->options;
    s->a = ms_calloc(o->n, sizeof *s->a);
    s->work = ms_calloc(2 * o->n + 2, sizeof *s->work);
    s->share = ms_calloc(o->n, sizeof *s->share);
    b->rows = ms_calloc(b->n_times, sizeof *b->rows);
    if (keep) {
        b->influence = ms_calloc(b->n_times * o->n, sizeof *b->influence);
        b->reference_influence = ms_calloc(b->n_times * o->n, sizeof *b->reference_influence);
    }
    for (size_t i = 0; i < o->n; i++) s->last = fmax(s->last, o->time[i]);
    bool all = s->a && s->work && s->share && b->rows;
    return all && (!keep || (b->influence && b->reference_influence)) ? MS_OK : ms_error_nomem(err);
}

static void end(scoring *s, ms_ipcw *own) {
    free(s->a);
    free(s->work);
    free(s->share);
    ms_ipcw_clear(own);
}

ms_status ms_brier_compute(const ms_outcome *outcome, const double *risk, const double *times, size_t n_times,
                           const ms_ipcw *ipcw, const ms_brier_options *options, ms_brier *out,
                           ms_error *err) {
    scoring s = {0};
    ms_ipcw own = {0};
    ms_brier b = {.n = outcome->n, .n_times = n_times};
    ms_brier_options_default(&b.options);
    if (options) b.options = *options;
    ms_status status = check(outcome, times, n_times, &b.options, err);
    if (status || (status = check_risk(risk, b.n, n_times, times, err)) ||
        (status = start(&s, outcome, ipcw, &own, true, &b, err)))
        goto cleanup;
    for (size_t k = 0; k < n_times; k++)
        one_time(&s, risk + k * b.n, times[k], &b.rows[k], b.influence + k * b.n,
                 b.reference_influence + k * b.n);
    integrate(&b);
    *out = b;
    b = (ms_brier){0};
cleanup:
    end(&s, &own);
    ms_brier_clear(&b);
    return status;
}

/* exp() of more than that is beyond all numbers. */
#define WIDEST 500.0

/* A score as hazard ratios against the highest (so that none overflows) and the baseline of that one which
 * fits these patients; competing events count as censored. */
typedef struct fitted {
    double *ratio; /* [n] */
    ms_baseline baseline;
} fitted;

static void fitted_clear(fitted *f) {
    MS_FREE(f->ratio);
    ms_baseline_clear(&f->baseline);
}

static ms_status fit_baseline(const ms_outcome *o, const double *lp, fitted *f, ms_error *err) {
    uint8_t *event = ms_calloc(o->n, 1);
    double highest = -INFINITY, lowest = INFINITY, *against = ms_calloc(o->n, sizeof *against);
    f->ratio = ms_calloc(o->n, sizeof *f->ratio);
    ms_status status = event && against && f->ratio ? ms_outcome_check(o, err) : ms_error_nomem(err);
    for (size_t i = 0; i < o->n && !status; i++) {
        event[i] = o->status[i] == 1;
        if (!isfinite(lp[i])) status = ms_error_set(err, MS_EINPUT, "row %zu: score %g", i + 1, lp[i]);
        highest = fmax(highest, lp[i]);
        lowest = fmin(lowest, lp[i]);
    }
    if (!status && highest - lowest > WIDEST)
        status = ms_error_set(err, MS_EINPUT,
                              "the score goes from %g to %g: that is no log hazard ratio, which its "
                              "probabilities would be made from",
                              lowest, highest);
    for (size_t i = 0; i < o->n && !status; i++) {
        against[i] = lp[i] - highest;
        f->ratio[i] = exp(against[i]);
    }
    ms_surv data = {.n = o->n, .time = o->time, .event = event, .no_timefix = true};
    if (!status) status = ms_breslow_baseline(&data, against, MS_TIES_EFRON, &f->baseline, err);
    free(event);
    free(against);
    if (status) fitted_clear(f);
    return status;
}

ms_status ms_brier_curve(const ms_outcome *outcome, const double *lp, const double *times, size_t n_times,
                         const ms_ipcw *ipcw, const ms_brier_options *options, ms_brier *out, ms_error *err) {
    scoring s = {0};
    ms_ipcw own = {0};
    fitted f = {0};
    ms_brier b = {.n = outcome->n, .n_times = n_times};
    double *risk = ms_calloc(outcome->n, sizeof *risk);
    ms_brier_options_default(&b.options);
    if (options) b.options = *options;
    ms_status status = risk ? check(outcome, times, n_times, &b.options, err) : ms_error_nomem(err);
    if (status || (status = fit_baseline(outcome, lp, &f, err)) ||
        (status = start(&s, outcome, ipcw, &own, false, &b, err)))
        goto cleanup;
    for (size_t k = 0; k < n_times; k++) {
        double hazard = ms_baseline_at(&f.baseline, times[k]);
        for (size_t i = 0; i < b.n; i++) risk[i] = -expm1(-hazard * f.ratio[i]);
        one_time(&s, risk, times[k], &b.rows[k], NULL, NULL);
    }
    integrate(&b);
    *out = b;
    b = (ms_brier){0};
cleanup:
    free(risk);
    fitted_clear(&f);
    end(&s, &own);
    ms_brier_clear(&b);
    return status;
}

ms_status ms_risk_from_score(const ms_outcome *outcome, const double *lp, const double *times, size_t n_times,
                             double *risk, ms_error *err) {
    fitted f = {0};
    ms_status status = fit_baseline(outcome, lp, &f, err);
    if (status) return status;
    for (size_t k = 0; k < n_times; k++) {
        double hazard = ms_baseline_at(&f.baseline, times[k]);
        for (size_t i = 0; i < outcome->n; i++) risk[k * outcome->n + i] = -expm1(-hazard * f.ratio[i]);
    }
    fitted_clear(&f);
    return MS_OK;
}

ms_status ms_survival_from_score(const ms_outcome *outcome, const double *lp, double *survival,
                                 ms_error *err) {
    fitted f = {0};
    ms_status status = fit_baseline(outcome, lp, &f, err);
    if (status) return status;
    for (size_t i = 0; i < outcome->n; i++)
        survival[i] = exp(-ms_baseline_at(&f.baseline, outcome->time[i]) * f.ratio[i]);
    fitted_clear(&f);
    return MS_OK;
}

void ms_brier_clear(ms_brier *brier) {
    MS_FREE(brier->rows);
    MS_FREE(brier->influence);
    MS_FREE(brier->reference_influence);
    brier->n = brier->n_times = 0;
}

ms_difference ms_brier_difference(const ms_brier *first, const ms_brier *second, size_t k) {
    size_t n = second->n;
    const ms_brier_row *row = &second->rows[k];
    double from = first ? first->rows[k].brier : row->reference;
    const double *influence = first ? first->influence : second->reference_influence;
    return ms_influence_difference(from, influence + k * n, row->brier, second->influence + k * n, n,
                                   second->options.conf_level);
}
