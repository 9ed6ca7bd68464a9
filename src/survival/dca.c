/* Decision curves: net benefit of treating those whose predicted probability of the event is at least a
 * threshold (Vickers & Elkin 2006; with censoring and competing events Vickers, Cronin, Elkin & Gonen 2008).
 * R: dcurves::dca. */
#include "survival/horizon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_dca_options_default(ms_dca_options *options) {
    *options = (ms_dca_options){.replicates = 500, .seed = 1, .conf_level = 0.95};
}

/* What is computed of every sample, for each curve in turn. */
enum { NET_BENEFIT, AVOIDED, DIFFERENCE, POSITIVE, TRUE_POSITIVE, N_VALUES };

typedef struct setting {
    const ms_horizon *h;
    const double *threshold; /* [nt] */
    size_t nt, n_models;
    size_t **passed; /* [n_models][n] how many of the thresholds a row's probability reaches */
} setting;

static size_t curve_values(const setting *s) {
    return N_VALUES * s->nt;
}

/* Rows still positive at threshold j, in order of time; moves the list together. */
static size_t keep_positive(const size_t *passed, size_t j, size_t *rows, size_t n) {
    size_t kept = 0;
    for (size_t k = 0; k < n; k++)
        if (passed[rows[k]] > j) rows[kept++] = rows[k];
    return kept;
}

/* positive and true_positive of one model; rows[n] is scratch. */
static void walk_thresholds(const setting *s, size_t model, const double *count, double total, size_t *rows,
                            double *values) {
    size_t n = s->h->n, before = SIZE_MAX;
    memcpy(rows, s->h->by_time, n * sizeof *rows);
    for (size_t j = 0; j < s->nt; j++) {
        n = keep_positive(s->passed[model], j, rows, n);
        double *positive = values + POSITIVE * s->nt, *hits = values + TRUE_POSITIVE * s->nt;
        if (n == before) { /* the same patients as at the threshold before */
            positive[j] = positive[j - 1];
            hits[j] = hits[j - 1];
            continue;
        }
        before = n;
        double weight = 0;
        for (size_t k = 0; k < n; k++) weight += count[rows[k]];
        positive[j] = weight / total;
        hits[j] = weight > 0 ? ms_horizon_rate_among(s->h, rows, n, count) * positive[j] : 0;
    }
}

/* Net benefit from the shares; then what is relative to treating all or none. */
static void net_benefits(const setting *s, double *values, double rate) {
    for (size_t j = 0; j < s->nt; j++) {
        double t = s->threshold[j], odds = t / (1 - t), hits = values[TRUE_POSITIVE * s->nt + j];
        double net = hits - (values[POSITIVE * s->nt + j] - hits) * odds, all = rate - (1 - rate) * odds;
        values[NET_BENEFIT * s->nt + j] = net;
        values[AVOIDED * s->nt + j] = t > 0 ? 100 * (net - all) / odds : NAN;
        values[DIFFERENCE * s->nt + j] = net - fmax(all, 0);
    }
}

static ms_status statistic(void *context, const ms_resample *sample, double *values, ms_error *err) {
    const setting *s = context;
    double rate = ms_horizon_rate(s->h, sample->count);
    size_t *rows = ms_calloc(s->h->n, sizeof *rows);
    if (!rows) return ms_error_nomem(err);
    for (size_t c = 0; c < s->n_models + 2; c++, values += curve_values(s)) {
        if (c < s->n_models)
            walk_thresholds(s, c, sample->count, (double)sample->n, rows, values);
        else
            for (size_t j = 0; j < s->nt; j++) {
                bool all = c == s->n_models;
                values[POSITIVE * s->nt + j] = all ? 1 : 0;
                values[TRUE_POSITIVE * s->nt + j] = all ? rate : 0;
            }
        net_benefits(s, values, rate);
    }
    free(rows);
    return MS_OK;
}

/* ---- setting up ---- */

static ms_status check_options(const ms_dca_options *o, ms_error *err) {
    for (size_t j = 0; j < o->n_thresholds && o->thresholds; j++)
        if (!(o->thresholds[j] >= 0 && o->thresholds[j] < 1) ||
            (j > 0 && !(o->thresholds[j] > o->thresholds[j - 1])))
            return ms_error_set(err, MS_EUSAGE,
                                "thresholds must ascend from 0 and stay below 1: %g is out of place",
                                o->thresholds[j]);
    if (o->thresholds && o->n_thresholds == 0) return ms_error_set(err, MS_EUSAGE, "no thresholds");
    if (!(o->conf_level > 0 && o->conf_level < 1))
        return ms_error_set(err, MS_EUSAGE, "confidence level %g is not between 0 and 1", o->conf_level);
    if (!(o->smooth >= 0 && o->smooth <= 1))
        return ms_error_set(err, MS_EUSAGE, "smoothing span %g is not between 0 and 1", o->smooth);
    return MS_OK;
}

static ms_status curve_alloc(size_t nt, bool smooth, ms_dca_curve *c, ms_error *err) {
    double **const arrays[] = {
        &c->positive,      &c->true_positive, &c->false_positive,   &c->net_benefit,
        &c->lower,         &c->upper,         &c->avoided,          &c->avoided_lower,
        &c->avoided_upper, &c->difference,    &c->difference_lower, &c->difference_upper,
        &c->smoothed};
    for (size_t a = 0; a < MS_COUNT(arrays) - (smooth ? 0 : 1); a++)
        if (!(*arrays[a] = ms_calloc(nt, sizeof(double)))) return ms_error_nomem(err);
    return MS_OK;
}

static ms_status dca_alloc(const ms_dca_options *o, size_t n_models, ms_dca *d, ms_error *err) {
    d->n_models = n_models;
    d->n_thresholds = o->thresholds ? o->n_thresholds : 99;
    d->threshold = ms_calloc(d->n_thresholds, sizeof *d->threshold);
    d->curves = ms_calloc(n_models + 2, sizeof *d->curves);
    if (!d->threshold || !d->curves) return ms_error_nomem(err);
    for (size_t j = 0; j < d->n_thresholds; j++)
        d->threshold[j] = o->thresholds ? o->thresholds[j] : (double)(j + 1) / 100;
    for (size_t c = 0; c < n_models + 2; c++) {
        ms_status status = curve_alloc(d->n_thresholds, o->smooth > 0, &d->curves[c], err);
        if (status) return status;
    }
    return MS_OK;
}

static void passed_clear(size_t **passed, size_t n_models) {
    for (size_t m = 0; passed && m < n_models; m++) free(passed[m]);
    free(passed);
}

static ms_status count_passed(setting *s, const double *const *probability, ms_error *err) {
    s->passed = ms_calloc(s->n_models, sizeof *s->passed);
    if (!s->passed) return ms_error_nomem(err);
    for (size_t m = 0; m < s->n_models; m++) {
        if (!(s->passed[m] = ms_calloc(s->h->n, sizeof **s->passed))) return ms_error_nomem(err);
        for (size_t i = 0; i < s->h->n; i++)
            while (s->passed[m][i] < s->nt && probability[m][i] >= s->threshold[s->passed[m][i]])
                s->passed[m][i]++;
    }
    return MS_OK;
}

/* ---- results ---- */

/* Value k of a curve with its interval. */
static void take(const ms_bootstrap *b, size_t k, const ms_dca *d, double *value, double *lower,
                 double *upper) {
    *value = b->observed[k];
    ms_bootstrap_interval(b, k, d->interval, d->conf_level, lower, upper);
}

static void fill(const setting *s, const ms_bootstrap *b, ms_dca *d) {
    for (size_t c = 0; c < s->n_models + 2; c++) {
        ms_dca_curve *curve = &d->curves[c];
        for (size_t j = 0; j < s->nt; j++) {
            size_t k = c * curve_values(s) + j;
            take(b, k + NET_BENEFIT * s->nt, d, &curve->net_benefit[j], &curve->lower[j], &curve->upper[j]);
            take(b, k + AVOIDED * s->nt, d, &curve->avoided[j], &curve->avoided_lower[j],
                 &curve->avoided_upper[j]);
            take(b, k + DIFFERENCE * s->nt, d, &curve->difference[j], &curve->difference_lower[j],
                 &curve->difference_upper[j]);
            curve->positive[j] = b->observed[k + POSITIVE * s->nt];
            curve->true_positive[j] = b->observed[k + TRUE_POSITIVE * s->nt];
            curve->false_positive[j] = curve->positive[j] - curve->true_positive[j];
        }
    }
    d->n_failed = b->n_failed[0];
}

/* A line through the points by least squares, weighted by tricube distance from x[at] among the nearest
 * `near` points: its value there (Cleveland 1979; R: loess, degree = 1). */
static double local_line(const double *x, const double *y, size_t n, size_t at, size_t near) {
    size_t first = at, last = at; /* the nearest points, inclusive */
    while (last - first + 1 < near)
        if (first > 0 && (last + 1 == n || x[at] - x[first - 1] <= x[last + 1] - x[at]))
            first--;
        else
            last++;
    double width = fmax(x[at] - x[first], x[last] - x[at]), s0 = 0, s1 = 0, s2 = 0, t0 = 0, t1 = 0;
    for (size_t i = first; i <= last; i++) {
        double u = width > 0 ? fabs(x[i] - x[at]) / width : 0, w = pow(1 - u * u * u, 3), dx = x[i] - x[at];
        s0 += w;
        s1 += w * dx;
        s2 += w * dx * dx;
        t0 += w * y[i];
        t1 += w * dx * y[i];
    }
    double determinant = s0 * s2 - s1 * s1;
    return determinant > 1e-12 * s0 * s2 ? (s2 * t0 - s1 * t1) / determinant : t0 / s0;
}

static void smooth(double span, ms_dca *d) {
    size_t near = (size_t)floor(span * (double)d->n_thresholds + 1e-5);
    if (near < 2) near = d->n_thresholds < 2 ? d->n_thresholds : 2;
    for (size_t c = 0; c < d->n_models + 2 && span > 0; c++)
        for (size_t j = 0; j < d->n_thresholds; j++)
            d->curves[c].smoothed[j] =
                local_line(d->threshold, d->curves[c].net_benefit, d->n_thresholds, j, near);
}

ms_status ms_dca_compute(const ms_horizon_outcome *outcome, const double *const *probability, size_t n_models,
                         const ms_dca_options *options, ms_dca *out, ms_error *err) {
    ms_dca_options o;
    ms_dca_options_default(&o);
    if (options) o = *options;
    ms_horizon h = {0};
    ms_dca d = {.n = outcome->n, .interval = o.interval, .conf_level = o.conf_level, .seed = o.seed};
    ms_bootstrap boot = {0};
    setting s = {.h = &h, .n_models = n_models};
    ms_status status = check_options(&o, err);
    for (size_t m = 0; m < n_models && !status; m++)
        status = ms_check_risk(probability[m], outcome->n, true, err);
    if (status || (status = ms_horizon_make(outcome, &h, err))) return status;
    if ((status = dca_alloc(&o, n_models, &d, err))) goto cleanup;
    s.threshold = d.threshold;
    s.nt = d.n_thresholds;
    if ((status = count_passed(&s, probability, err))) goto cleanup;
    ms_bootstrap_options b;
    ms_bootstrap_options_default(&b);
    b.replicates = d.n_replicates = o.replicates;
    b.seed = o.seed;
    b.jackknife = o.interval == MS_INTERVAL_BCA && o.replicates > 0;
    if ((status = ms_bootstrap_run(h.n, (n_models + 2) * curve_values(&s), statistic, &s, &b, &boot, err)))
        goto cleanup;
    fill(&s, &boot, &d);
    smooth(o.smooth, &d);
    d.n_events = h.n_events;
    d.at = h.binary ? NAN : h.at;
    d.prevalence = d.curves[n_models].true_positive[0];
    *out = d;
    d = (ms_dca){0};
cleanup:
    passed_clear(s.passed, n_models);
    ms_bootstrap_clear(&boot);
    ms_dca_clear(&d);
    ms_horizon_clear(&h);
    return status;
}

void ms_dca_clear(ms_dca *dca) {
    for (size_t c = 0; dca->curves && c < dca->n_models + 2; c++) {
        ms_dca_curve *k = &dca->curves[c];
        double *const arrays[] = {
            k->positive,      k->true_positive, k->false_positive,   k->net_benefit,
            k->lower,         k->upper,         k->avoided,          k->avoided_lower,
            k->avoided_upper, k->difference,    k->difference_lower, k->difference_upper,
            k->smoothed};
        for (size_t a = 0; a < MS_COUNT(arrays); a++) free(arrays[a]);
    }
    MS_FREE(dca->curves);
    MS_FREE(dca->threshold);
    dca->n_models = dca->n_thresholds = 0;
}
