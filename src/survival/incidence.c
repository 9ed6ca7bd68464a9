/* How many have the event by t, and what one patient adds to that.
 * 1 - Kaplan-Meier, or with competing events Aalen-Johansen's F(t) = sum S(u-) d1(u) / Y(u) over u <= t. Its
 * variance by the delta method: sum over u of (F(t) - F(u))^2 d / (Y (Y - d)) + S(u-)^2 d1 (Y - d1) / Y^3 - 2
 * (F(t) - F(u)) S(u-) d1 / Y^2 (Marubini & Valsecchi 1995, section 10.2). Pseudo-values: Andersen, Klein &
 * Rosthoj 2003; every leave-one-out estimate is put together from products before and after the patient's own
 * time, so that all take O(n). */
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>

/* Counts at one distinct time. */
typedef struct step {
    double time, at_risk, events, competing;
} step;

static size_t next_step(const ms_outcome *o, const size_t *order, size_t m, size_t i, step *s) {
    *s = (step){.time = o->time[order[i]], .at_risk = (double)(m - i)};
    for (; i < m && o->time[order[i]] == s->time; i++) {
        s->events += o->status[order[i]] == 1;
        s->competing += o->status[order[i]] == 2;
    }
    return i;
}

static double incidence(const ms_outcome *o, const size_t *order, size_t m, double t, bool *competing,
                        double *greenwood) {
    double surv = 1, value = 0, sum = 0;
    step s;
    *competing = false;
    for (size_t i = 0; i < m && o->time[order[i]] <= t;) {
        i = next_step(o, order, m, i, &s);
        double all = s.events + s.competing;
        if (all == 0) continue;
        *competing = *competing || s.competing > 0;
        value += surv * s.events / s.at_risk;
        surv *= 1 - all / s.at_risk;
        sum += all / (s.at_risk * (s.at_risk - all));
    }
    *greenwood = surv > 0 ? surv * sqrt(sum) : 0;
    return *competing ? value : 1 - surv;
}

static double competing_variance(const ms_outcome *o, const size_t *order, size_t m, double t, double end) {
    double surv = 1, value = 0, sum = 0;
    step s;
    for (size_t i = 0; i < m && o->time[order[i]] <= t;) {
        i = next_step(o, order, m, i, &s);
        double all = s.events + s.competing, y = s.at_risk, before = surv;
        if (all == 0) continue;
        value += surv * s.events / y;
        surv *= 1 - all / y;
        double rest = end - value;
        if (y > all) sum += rest * rest * all / (y * (y - all));
        sum += before * before * s.events * (y - s.events) / (y * y * y);
        sum -= 2 * rest * before * s.events / (y * y);
    }
    return sum;
}

ms_incidence ms_incidence_at(const ms_outcome *outcome, const size_t *order, size_t m, double t,
                             double conf_level) {
    bool competing;
    ms_incidence f = {.lower = NAN, .upper = NAN};
    f.value = incidence(outcome, order, m, t, &competing, &f.se);
    if (competing) f.se = sqrt(fmax(0, competing_variance(outcome, order, m, t, f.value)));
    double rest = 1 - f.value;
    if (f.value > 0 && rest > 0) {
        double shift = ms_normal_quantile(0.5 + conf_level / 2) * f.se / (rest * log(rest));
        f.lower = 1 - pow(rest, exp(shift));
        f.upper = 1 - pow(rest, exp(-shift));
    }
    return f;
}

/* Everything about the distinct times up to t, for leaving a patient out. */
typedef struct left_out {
    size_t n;
    step *steps;
    double *surv, *value; /* before each step, with one patient of those at risk gone */
    double *rest_surv;    /* from after each step to t, with all */
    double *rest_value;
} left_out;

static void fill_before(left_out *l) {
    double surv = 1, value = 0;
    for (size_t j = 0; j < l->n; j++) {
        l->surv[j] = surv;
        l->value[j] = value;
        double y = l->steps[j].at_risk - 1, all = l->steps[j].events + l->steps[j].competing;
        if (y <= 0) continue;
        value += surv * fmin(1, l->steps[j].events / y);
        surv *= fmax(0, 1 - all / y);
    }
}

static void fill_after(left_out *l) {
    double surv = 1, value = 0;
    for (size_t j = l->n; j-- > 0;) {
        l->rest_surv[j] = surv;
        l->rest_value[j] = value;
        const step *s = &l->steps[j];
        double stay = 1 - (s->events + s->competing) / s->at_risk;
        value = s->events / s->at_risk + stay * value;
        surv *= stay;
    }
}

/* F(t) without one patient whose time is that of step j. */
static double without(const left_out *l, size_t j, uint8_t status, bool competing) {
    const step *s = &l->steps[j];
    double y = s->at_risk - 1, events = s->events - (status == 1),
           all = events + s->competing - (status == 2);
    double hazard = y > 0 ? events / y : 0, stay = y > 0 ? 1 - all / y : 1;
    if (!competing) return 1 - l->surv[j] * stay * l->rest_surv[j];
    return l->value[j] + l->surv[j] * (hazard + stay * l->rest_value[j]);
}

static void fill_pseudo(const ms_outcome *o, const size_t *order, double t, left_out *l, bool competing,
                        double whole, double *pseudo) {
    double n = (double)o->n;
    size_t i = 0, j = 0;
    for (; i < o->n && o->time[order[i]] <= t; j++) i = next_step(o, order, o->n, i, &l->steps[j]);
    l->n = j;
    fill_before(l);
    fill_after(l);
    size_t place = 0;
    for (size_t k = 0; k < i; k++) {
        size_t row = order[k];
        while (l->steps[place].time < o->time[row]) place++;
        pseudo[row] = n * whole - (n - 1) * without(l, place, o->status[row], competing);
    }
    /* those beyond t: one fewer at risk at every step */
    double surv = 1, value = 0;
    for (j = 0; j < l->n; j++) {
        double y = l->steps[j].at_risk - 1;
        value += surv * l->steps[j].events / y;
        surv *= 1 - (l->steps[j].events + l->steps[j].competing) / y;
    }
    double beyond = n * whole - (n - 1) * (competing ? value : 1 - surv);
    for (size_t k = i; k < o->n; k++) pseudo[order[k]] = beyond;
}

ms_status ms_pseudo_values(const ms_outcome *outcome, double t, double *pseudo, ms_error *err) {
    size_t n = outcome->n, *order = NULL;
    left_out l = {0};
    ms_status status = ms_outcome_check(outcome, err);
    if (status) return status;
    order = ms_calloc(n, sizeof *order);
    l.steps = ms_calloc(n, sizeof *l.steps);
    l.surv = ms_calloc(4 * n, sizeof *l.surv);
    status = order && l.steps && l.surv ? ms_order(outcome->time, n, order, err) : ms_error_nomem(err);
    if (!status) {
        bool competing;
        double se, whole = incidence(outcome, order, n, t, &competing, &se);
        l.value = l.surv + n;
        l.rest_surv = l.surv + 2 * n;
        l.rest_value = l.surv + 3 * n;
        fill_pseudo(outcome, order, t, &l, competing, whole, pseudo);
    }
    free(order);
    free(l.steps);
    free(l.surv);
    return status;
}
