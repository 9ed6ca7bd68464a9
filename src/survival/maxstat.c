/* Maximally selected log-rank statistic: the rows in order of x, their log-rank scores a (ties as Hothorn &
 * Lausen have them); for each cut with m of N rows at or below it T = |sum of a over them - m abar| / sqrt(m
 * (N - m) / (N^2 (N - 1)) (N sum a^2 - (sum a)^2)) Lausen & Schumacher 1992; Hothorn & Lausen 2003. R:
 * maxstat::maxstat.test. */
#include "survival/maxstat.h"

#include <math.h>
#include <stdlib.h>

void ms_maxstat_options_default(ms_maxstat_options *options) {
    *options = (ms_maxstat_options){.min_prop = 0.1, .max_prop = 0.9, .permutations = 9999, .seed = 1};
}

double ms_maxstat_scan(const double *scores, size_t n, const size_t *below, size_t n_cuts, double *statistic,
                       size_t *best) {
    double sum = 0, squares = 0, so_far = 0, largest = -1, rows = (double)n;
    size_t place = 0, at = 0;
    for (size_t i = 0; i < n; i++) {
        sum += scores[i];
        squares += scores[i] * scores[i];
    }
    double spread = rows * squares - sum * sum;
    for (size_t k = 0; k < n_cuts; k++) {
        double m = (double)below[k];
        for (; at < below[k]; at++) so_far += scores[at];
        double variance = m * (rows - m) / (rows * rows * (rows - 1)) * spread;
        double t = variance > 0 ? fabs((so_far - m / rows * sum) / sqrt(variance)) : 0;
        if (statistic) statistic[k] = t;
        if (t > largest) {
            largest = t;
            place = k;
        }
    }
    if (best) *best = place;
    return largest;
}

/* Scores as whole numbers from 0 to n, as the exact distribution needs them. R: maxstat.test(iscores = TRUE).
 */
static void whole_numbers(double *scores, size_t n) {
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, scores[i]);
        most = fmax(most, scores[i]);
    }
    for (size_t i = 0; i < n; i++)
        scores[i] = most > least ? nearbyint((scores[i] - least) * (double)n / (most - least)) : 0;
}

/* Where x changes, between the shares. Fills cut and below; 0: none. */
static size_t find_cuts(const double *x, size_t n, const ms_maxstat_options *o, double *cut, size_t *below) {
    size_t count = 0, least = (size_t)fmax(1, floor((double)n * o->min_prop)),
           most = (size_t)floor((double)n * o->max_prop);
    for (size_t m = 1; m < n; m++) {
        if (x[m] == x[m - 1] || m < least || m > most) continue;
        cut[count] = x[m - 1];
        below[count++] = m;
    }
    return count;
}

static ms_status check(const ms_surv *data, const double *x, const ms_maxstat_options *o, ms_error *err) {
    if (!(o->min_prop >= 0 && o->min_prop < o->max_prop && o->max_prop <= 1))
        return ms_error_set(err, MS_EUSAGE, "cut-points: shares from %g to %g are not within 0 and 1",
                            o->min_prop, o->max_prop);
    size_t events = 0;
    for (size_t i = 0; i < data->n; i++) {
        if (!isfinite(x[i])) return ms_error_set(err, MS_EINPUT, "row %zu: %g cannot be cut", i + 1, x[i]);
        events += data->event[i];
    }
    if (events == 0) return ms_error_set(err, MS_EINPUT, "no events: all %zu rows are censored", data->n);
    return MS_OK;
}

static ms_status p_values(const double *scores, double *whole, ms_maxstat *r, ms_error *err) {
    const ms_maxstat_options *o = &r->options;
    ms_status status;
    r->p[MS_MAXSTAT_LAU92] =
        o->min_prop > 0 && o->max_prop < 1 ? ms_maxstat_lau92(r->largest, o->min_prop, o->max_prop) : NAN;
    r->p[MS_MAXSTAT_LAU94] = ms_maxstat_lau94(r->largest, r->n, r->below, r->n_cuts);
    r->p[MS_MAXSTAT_EXACT_GAUSS] = ms_maxstat_exact_gauss(r->largest, r->n, r->below, r->n_cuts);
    if (isnan(r->p[MS_MAXSTAT_EXACT_GAUSS])) return ms_error_nomem(err);
    whole_numbers(whole, r->n);
    r->whole_number_largest = ms_maxstat_scan(whole, r->n, r->below, r->n_cuts, NULL, NULL);
    if ((status = ms_maxstat_hl(r->whole_number_largest, whole, r->n, r->below, r->n_cuts,
                                &r->p[MS_MAXSTAT_HL], err)))
        return status;
    r->p[MS_MAXSTAT_COND_MC] = NAN;
    if (o->permutations &&
        (status = ms_maxstat_permute(r->largest, scores, r->n, r->below, r->n_cuts, o->permutations, o->seed,
                                     &r->p[MS_MAXSTAT_COND_MC], err)))
        return status;
    r->p_min = NAN;
    for (size_t i = 0; i <= MS_MAXSTAT_HL; i++) r->p_min = fmin(r->p_min, r->p[i]);
    r->p_unadjusted = ms_normal_two_sided(r->largest);
    return MS_OK;
}

/* Where Lausen's improved Bonferroni bound is alpha. */
static double critical_value(const ms_maxstat *r, double alpha) {
    double low = 1, high = 40;
    for (int i = 0; i < 200 && high - low > 1e-12; i++) {
        double middle = (low + high) / 2;
        if (ms_maxstat_lau94(middle, r->n, r->below, r->n_cuts) > alpha)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

ms_status ms_maxstat_compute(const ms_surv *data, const double *x, const ms_maxstat_options *options,
                             ms_maxstat *out, ms_error *err) {
    ms_maxstat r = {.n = data->n};
    size_t n = data->n, *order = NULL;
    double *work = NULL;
    if (options)
        r.options = *options;
    else
        ms_maxstat_options_default(&r.options);
    ms_status status = check(data, x, &r.options, err);
    if (status) return status;
    order = ms_calloc(n, sizeof *order);
    work = ms_calloc(4 * n, sizeof *work);
    r.cut = ms_calloc(2 * n, sizeof *r.cut);
    r.below = ms_calloc(n, sizeof *r.below);
    status = order && work && r.cut && r.below ? ms_order(x, n, order, err) : ms_error_nomem(err);
    if (status) goto cleanup;
    double *raw = work, *scores = work + n, *sorted = work + 2 * n, *whole = work + 3 * n;
    r.statistic = r.cut + n;
    ms_weighting logrank = {.kind = MS_TEST_LOGRANK};
    if ((status = ms_logrank_scores(data, logrank, MS_SCORE_HOTHORN_LAUSEN, raw, err))) goto cleanup;
    for (size_t i = 0; i < n; i++) {
        scores[i] = whole[i] = -raw[order[i]];
        sorted[i] = x[order[i]];
    }
    r.n_cuts = find_cuts(sorted, n, &r.options, r.cut, r.below);
    if (r.n_cuts == 0) {
        status = ms_error_set(err, MS_EINPUT,
                              "no cut leaves a share from %g to %g of the %zu rows on its lower side",
                              r.options.min_prop, r.options.max_prop, n);
        goto cleanup;
    }
    r.largest = ms_maxstat_scan(scores, n, r.below, r.n_cuts, r.statistic, &r.best);
    r.critical = critical_value(&r, 0.05);
    if ((status = p_values(scores, whole, &r, err))) goto cleanup;
    *out = r;
    r = (ms_maxstat){0};
cleanup:
    free(order);
    free(work);
    ms_maxstat_clear(&r);
    return status;
}

void ms_maxstat_clear(ms_maxstat *r) {
    MS_FREE(r->cut);
    MS_FREE(r->below);
    r->statistic = NULL;
    r->n_cuts = 0;
}
