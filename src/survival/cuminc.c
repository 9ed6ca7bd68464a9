/* Cumulative incidence by Aalen & Johansen 1978. At each distinct time t of a group, with d_k events of cause
 * k and r at risk, h_k = d_k / r and h = sum h_k:
 *     F_k(t) = F_k(t-) + S(t-) h_k          S(t) = S(t-) (1 - h)
 * R: survfit(Surv(time, factor) ~ group). At risk at t: entry < t <= time.
 *
 * Standard errors are the infinitesimal jackknife's: sum over rows of (weight * U_i)^2, U_i the derivative of
 * an estimate in the row's weight. A row's U at t, for S and F_k:
 *     moves on as the estimate does:  U_k += U_S h_k,  U_S *= 1 - h
 *     while at risk:                  U_S += S(t-) h / r,  U_k -= S(t-) h_k / r
 *     at its own event of cause k:    U_S -= S(t-) / r,  U_k += S(t-) / r
 * All at risk since the beginning share one value C; one that entered later has C - D, D being what C was at
 * its entry, moved on. So sums of squares over those at risk and those who left are enough, and the cost is
 * O(1) a row and O(causes) a time. */
#include "myosurv/survival_competing.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums over rows of weight^2 times u_S^2, u_S u_k, u_k^2. */
typedef struct squares {
    double ss, *sk, *kk; /* [causes] */
} squares;

/* What a walk through one group's times keeps. */
typedef struct walk {
    const ms_sorted *s;
    const size_t *cause;
    size_t first, last, causes;
    ms_cuminc_curve *curve;
    double *c;             /* [1 + causes] C now */
    double *past;          /* [n_times * (1 + causes)] C after each time; NULL without entry times */
    double *d;             /* [1 + causes] one row's D */
    double weights;        /* over those at risk: sum of weight^2 */
    double *linear;        /* [1 + causes] sum of weight^2 D */
    squares at_risk, gone; /* of D, of U */
    size_t leaving, entering;
    double *memory;
} walk;

static ms_status walk_start(walk *w, ms_error *err) {
    size_t k = w->causes, past = w->s->entry ? w->curve->n_times * (k + 1) : 0;
    w->memory = ms_calloc(3 * (k + 1) + 4 * k + past, sizeof *w->memory);
    if (!w->memory) return ms_error_nomem(err);
    double *at = w->memory;
    w->c = at, at += k + 1;
    w->d = at, at += k + 1;
    w->linear = at, at += k + 1;
    w->at_risk.sk = at, at += k;
    w->at_risk.kk = at, at += k;
    w->gone.sk = at, at += k;
    w->gone.kk = at, at += k;
    w->past = past ? at : NULL;
    w->leaving = w->entering = w->first;
    return MS_OK;
}

static void squares_add(squares *q, size_t causes, double factor, const double *u) {
    q->ss += factor * u[0] * u[0];
    for (size_t k = 0; k < causes; k++) {
        q->sk[k] += factor * u[0] * u[k + 1];
        q->kk[k] += factor * u[k + 1] * u[k + 1];
    }
}

static void squares_move(squares *q, size_t causes, const double *h, double stay) {
    for (size_t k = 0; k < causes; k++) {
        q->kk[k] += 2 * h[k] * q->sk[k] + h[k] * h[k] * q->ss;
        q->sk[k] = stay * (q->sk[k] + h[k] * q->ss);
    }
    q->ss *= stay * stay;
}

static void vector_move(double *u, size_t causes, const double *h, double stay) {
    for (size_t k = 0; k < causes; k++) u[k + 1] += u[0] * h[k];
    u[0] *= stay;
}

/* Rows whose follow-up began before time[at] join: their D is what C is now. */
static void enter(walk *w, size_t at) {
    double time = w->curve->time[at];
    for (; w->entering < w->last; w->entering++) {
        size_t row = w->s->entry ? w->s->by_entry[w->entering] : w->s->by_time[w->entering];
        if (w->s->entry && w->s->entry[row] >= time) break;
        double weight = ms_sorted_weight(w->s, row), square = weight * weight;
        w->weights += square;
        if (!w->past) continue;
        for (size_t k = 0; k <= w->causes; k++) w->linear[k] += square * w->c[k];
        squares_add(&w->at_risk, w->causes, square, w->c);
    }
}

/* D of a row now, after time[at]: C at its entry, moved on since; 0 for one there from the beginning. */
static void lateness(walk *w, size_t row, size_t at) {
    const ms_cuminc_curve *c = w->curve;
    size_t n = c->n_times, width = w->causes + 1,
           before = w->past ? ms_count_up_to(c->time, n, w->s->entry[row]) : 0;
    memset(w->d, 0, width * sizeof *w->d);
    if (before == 0) return;
    const double *then = w->past + (before - 1) * width;
    double surv = c->surv[before - 1];
    if (!(surv > 0)) { /* nothing moves after the last one has failed */
        memcpy(w->d, then, width * sizeof *w->d);
        return;
    }
    w->d[0] = then[0] * c->surv[at] / surv;
    for (size_t k = 0; k < w->causes; k++) {
        const double *f = c->incidence + k * n;
        w->d[k + 1] = then[k + 1] + then[0] * (f[at] - f[before - 1]) / surv;
    }
}

/* Rows that end at time[at] go over to those gone, with the jump of their own event. */
static void leave(walk *w, size_t at, double jump) {
    double time = w->curve->time[at];
    for (; w->leaving < w->last && w->s->time[w->s->by_time[w->leaving]] == time; w->leaving++) {
        size_t row = w->s->by_time[w->leaving];
        double weight = ms_sorted_weight(w->s, row), square = weight * weight;
        lateness(w, row, at);
        w->weights -= square;
        if (w->past) {
            for (size_t k = 0; k <= w->causes; k++) w->linear[k] -= square * w->d[k];
            squares_add(&w->at_risk, w->causes, -square, w->d);
        }
        for (size_t k = 0; k <= w->causes; k++) w->d[k] = w->c[k] - w->d[k];
        if (w->s->event[row]) {
            w->d[0] -= jump;
            w->d[w->cause[row] + 1] += jump;
        }
        squares_add(&w->gone, w->causes, square, w->d);
    }
}

static double total_square(double gone, double at_risk, double c, double linear, double weights) {
    double sum = gone + at_risk - 2 * c * linear + c * c * weights;
    return sum > 0 ? sqrt(sum) : 0;
}

static void walk_times(walk *w, double *h) {
    ms_cuminc_curve *c = w->curve;
    size_t n = c->n_times, causes = w->causes;
    double before = 1;
    for (size_t at = 0; at < n; at++) {
        double r = c->n_risk[at], all = 0, left = r;
        for (size_t k = 0; k < causes; k++) {
            h[k] = c->n_event[k * n + at] / r;
            all += h[k];
            left -= c->n_event[k * n + at];
        }
        double stay = left > 1e-12 * r ? left / r : 0; /* exactly 0 when all at risk fail */
        enter(w, at);
        squares_move(&w->gone, causes, h, stay);
        squares_move(&w->at_risk, causes, h, stay);
        vector_move(w->c, causes, h, stay);
        vector_move(w->linear, causes, h, stay);
        w->c[0] += before * all / r;
        for (size_t k = 0; k < causes; k++) {
            w->c[k + 1] -= before * h[k] / r;
            c->incidence[k * n + at] = (at ? c->incidence[k * n + at - 1] : 0) + before * h[k];
            c->hazard[k * n + at] = (at ? c->hazard[k * n + at - 1] : 0) + h[k];
        }
        c->surv[at] = before * stay;
        leave(w, at, before / r);
        before = c->surv[at];
        if (w->past) memcpy(w->past + at * (causes + 1), w->c, (causes + 1) * sizeof *w->c);
        c->surv_std_err[at] = total_square(w->gone.ss, w->at_risk.ss, w->c[0], w->linear[0], w->weights);
        for (size_t k = 0; k < causes; k++)
            c->std_err[k * n + at] =
                total_square(w->gone.kk[k], w->at_risk.kk[k], w->c[k + 1], w->linear[k + 1], w->weights);
    }
}

/* All arrays of a curve lie in one block, `time` first. */
static ms_status curve_alloc(ms_cuminc_curve *c, size_t n, size_t causes, ms_error *err) {
    double *block = ms_calloc(5 * n + 6 * n * causes + causes, sizeof *block);
    if (!block) return ms_error_nomem(err);
    double **single[] = {&c->time, &c->n_risk, &c->n_censor, &c->surv, &c->surv_std_err};
    double **many[] = {&c->n_event, &c->incidence, &c->std_err, &c->lower, &c->upper, &c->hazard};
    for (size_t i = 0; i < MS_COUNT(single); i++, block += n) *single[i] = block;
    for (size_t i = 0; i < MS_COUNT(many); i++, block += n * causes) *many[i] = block;
    c->events = block;
    c->n_times = n;
    c->n_causes = causes;
    return MS_OK;
}

/* time, n_risk, n_event, n_censor; latest time first, as in a risk set. */
static void count_at_times(const walk *w, ms_cuminc_curve *c) {
    const ms_sorted *s = w->s;
    size_t position = w->last, entering = w->last;
    double at_risk = 0;
    for (size_t at = c->n_times; at-- > 0;) {
        double time = s->time[s->by_time[position - 1]];
        while (s->entry && entering > w->first && s->entry[s->by_entry[entering - 1]] >= time)
            at_risk -= ms_sorted_weight(s, s->by_entry[--entering]);
        while (position > w->first && s->time[s->by_time[position - 1]] == time) {
            size_t row = s->by_time[--position];
            double weight = ms_sorted_weight(s, row);
            at_risk += weight;
            if (!s->event[row]) {
                c->n_censor[at] += weight;
                continue;
            }
            c->n_event[w->cause[row] * c->n_times + at] += weight;
            c->events[w->cause[row]] += weight;
        }
        c->time[at] = time;
        c->n_risk[at] = at_risk;
    }
}

static void intervals(ms_cuminc_curve *c, ms_conf_type type, double level) {
    double z = ms_normal_quantile(0.5 + level / 2);
    for (size_t i = 0; i < c->n_times * c->n_causes; i++)
        ms_km_interval(type, z, c->incidence[i], c->std_err[i] / c->incidence[i], &c->lower[i], &c->upper[i]);
}

static ms_status fit_group(const ms_sorted *s, const ms_competing *competing, size_t group,
                           ms_conf_type conf_type, double conf_level, ms_cuminc_curve *curve, ms_error *err) {
    walk w = {.s = s,
              .cause = competing->cause,
              .first = s->stratum_first[group],
              .last = s->stratum_first[group + 1],
              .causes = competing->n_causes,
              .curve = curve};
    size_t n = 0;
    for (size_t i = w.first; i < w.last; i++)
        n += i == w.first || s->time[s->by_time[i]] != s->time[s->by_time[i - 1]];
    curve->n = w.last - w.first;
    double *h = ms_calloc(w.causes, sizeof *h);
    ms_status status = h ? curve_alloc(curve, n, w.causes, err) : ms_error_nomem(err);
    if (!status) {
        count_at_times(&w, curve);
        status = walk_start(&w, err);
    }
    if (!status) {
        walk_times(&w, h);
        intervals(curve, conf_type, conf_level);
    }
    free(w.memory);
    free(h);
    return status;
}

static ms_status check(const ms_competing *competing, double conf_level, ms_error *err) {
    if (!(conf_level > 0 && conf_level < 1))
        return ms_error_set(err, MS_EUSAGE, "confidence level %g is not between 0 and 1", conf_level);
    if (competing->n_causes == 0) return ms_error_set(err, MS_EINPUT, "no cause of failure: no events");
    for (size_t i = 0; i < competing->data.n; i++)
        if (competing->data.event[i] && competing->cause[i] >= competing->n_causes)
            return ms_error_set(err, MS_EINPUT, "row %zu: cause %zu, but there are %zu", i + 1,
                                competing->cause[i], competing->n_causes);
    return MS_OK;
}

ms_status ms_cuminc_fit(const ms_competing *competing, const size_t *group, size_t n_groups,
                        ms_conf_type conf_type, double conf_level, ms_cuminc *out, ms_error *err) {
    ms_cuminc cuminc = {.n_groups = n_groups,
                        .n_causes = competing->n_causes,
                        .conf_type = conf_type,
                        .conf_level = conf_level};
    ms_sorted sorted = {0};
    ms_surv grouped = competing->data;
    grouped.stratum = group;
    grouped.n_strata = n_groups;
    ms_status status = check(competing, conf_level, err);
    if (status || (status = ms_sorted_make(&grouped, &sorted, err))) return status;
    cuminc.curves = ms_calloc(n_groups, sizeof *cuminc.curves);
    if (!cuminc.curves) status = ms_error_nomem(err);
    for (size_t g = 0; g < n_groups && !status; g++)
        status = fit_group(&sorted, competing, g, conf_type, conf_level, &cuminc.curves[g], err);
    if (status)
        ms_cuminc_clear(&cuminc);
    else
        *out = cuminc;
    ms_sorted_clear(&sorted);
    return status;
}

void ms_cuminc_clear(ms_cuminc *cuminc) {
    for (size_t g = 0; g < cuminc->n_groups && cuminc->curves; g++) free(cuminc->curves[g].time);
    MS_FREE(cuminc->curves);
    cuminc->n_groups = 0;
}

size_t ms_cuminc_row(const ms_cuminc_curve *curve, double time) {
    size_t n = ms_count_up_to(curve->time, curve->n_times, time);
    return n ? n - 1 : SIZE_MAX;
}
