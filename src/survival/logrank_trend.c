/* What follows from a log-rank test's sums or repeats it: trend over ordered groups, all pairs with corrected
 * p-values, and observed against expected events. */
#include "myosurv/survival_curves.h"
#include "survival/survival.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/* ---- trend
 * -------------------------------------------------------------------------------------------------- */

ms_status ms_trend_test(const ms_logrank *l, const double *scores, ms_trend *out, ms_error *err) {
    size_t n = l->n_groups;
    double sum = 0, variance = 0;
    for (size_t g = 0; g < n; g++) {
        double a = scores ? scores[g] : (double)(g + 1);
        if (!isfinite(a))
            return ms_error_set(err, MS_EUSAGE, "trend: score %g of group %zu is not finite", a, g + 1);
        sum += a * (l->observed[g] - l->expected[g]);
        for (size_t h = 0; h < n; h++)
            variance += a * l->variance[g * n + h] * (scores ? scores[h] : (double)(h + 1));
    }
    double scale = 0;
    for (size_t g = 0; g < n; g++) {
        double a = scores ? scores[g] : (double)(g + 1);
        scale += a * a * l->variance[g * n + g];
    }
    if (!(variance > 1e-12 * scale))
        return ms_error_set(
            err, MS_EINPUT,
            "trend: nothing to compare: no event with two groups at risk, or all their scores "
            "alike");
    double z = sum / sqrt(variance);
    *out = (ms_trend){.z = z, .chisq = z * z, .p = ms_normal_two_sided(z)};
    return MS_OK;
}

/* ---- corrections
 * ------------------------------------------------------------------------------------------------ */

static void step_down(const double *p, const size_t *order, size_t m, double *adjusted) {
    double largest = 0;
    for (size_t rank = 0; rank < m; rank++) {
        largest = fmax(largest, fmin(1, p[order[rank]] * (double)(m - rank)));
        adjusted[order[rank]] = largest;
    }
}

static void step_up(const double *p, const size_t *order, size_t m, double *adjusted) {
    double least = 1;
    for (size_t rank = m; rank-- > 0;) {
        least = fmin(least, p[order[rank]] * (double)m / (double)(rank + 1));
        adjusted[order[rank]] = least;
    }
}

ms_status ms_p_adjust_values(const double *p, size_t n, ms_p_adjust method, double *adjusted, ms_error *err) {
    double *known = ms_calloc(2 * n, sizeof *known), *values = known ? known + n : NULL;
    size_t *order = ms_calloc(n, sizeof *order), m = 0;
    ms_status status = known && order ? MS_OK : ms_error_nomem(err);
    if (status) goto cleanup;
    for (size_t i = 0; i < n; i++)
        if (!isnan(p[i])) known[m++] = p[i];
    if ((status = ms_order(known, m, order, err))) goto cleanup;
    for (size_t i = 0; i < m; i++)
        values[i] = method == MS_ADJUST_BONFERRONI ? fmin(1, known[i] * (double)m) : known[i];
    if (method == MS_ADJUST_HOLM) step_down(known, order, m, values);
    if (method == MS_ADJUST_BH) step_up(known, order, m, values);
    for (size_t i = 0, k = 0; i < n; i++) adjusted[i] = isnan(p[i]) ? NAN : values[k++];
cleanup:
    free(known);
    free(order);
    return status;
}

/* ---- pairs
 * ---------------------------------------------------------------------------------------------------------
 */

/* The rows of two groups as data of their own, in arrays of the length of all. */
typedef struct subset {
    double *time, *entry;
    uint8_t *event;
    size_t *stratum, *group;
} subset;

static ms_status subset_alloc(subset *s, size_t n, ms_error *err) {
    s->time = ms_calloc(n, sizeof *s->time);
    s->entry = ms_calloc(n, sizeof *s->entry);
    s->event = ms_calloc(n, sizeof *s->event);
    s->stratum = ms_calloc(n, sizeof *s->stratum);
    s->group = ms_calloc(n, sizeof *s->group);
    return s->time && s->entry && s->event && s->stratum && s->group ? MS_OK : ms_error_nomem(err);
}

static void subset_free(subset *s) {
    free(s->time);
    free(s->entry);
    free(s->event);
    free(s->stratum);
    free(s->group);
}

static ms_surv take_two(const ms_surv *data, const size_t *group, size_t a, size_t b, subset *s) {
    size_t n = 0;
    for (size_t i = 0; i < data->n; i++) {
        if (group[i] != a && group[i] != b) continue;
        s->time[n] = data->time[i];
        s->event[n] = data->event[i];
        if (data->entry) s->entry[n] = data->entry[i];
        if (data->stratum) s->stratum[n] = data->stratum[i];
        s->group[n++] = group[i] == b;
    }
    return (ms_surv){.n = n,
                     .time = s->time,
                     .entry = data->entry ? s->entry : NULL,
                     .event = s->event,
                     .stratum = data->stratum ? s->stratum : NULL,
                     .n_strata = data->n_strata,
                     .no_timefix = data->no_timefix};
}

static ms_status test_pair(const ms_surv *data, const size_t *group, ms_weighting weighting, subset *s,
                           ms_pair *pair, ms_error *err) {
    ms_weighted_test test = {0};
    ms_surv two = take_two(data, group, pair->a, pair->b, s);
    ms_status status = ms_weighted_test_compute(&two, s->group, 2, weighting, &test, err);
    if (status) return status;
    pair->chisq = test.l.chisq;
    pair->p = test.l.p;
    ms_weighted_test_clear(&test);
    return MS_OK;
}

ms_status ms_pairwise_test(const ms_surv *data, const size_t *group, size_t n_groups, ms_weighting weighting,
                           ms_p_adjust method, ms_pairwise *out, ms_error *err) {
    ms_pairwise result = {.method = method};
    subset s = {0};
    size_t *count = ms_calloc(n_groups, sizeof *count), pairs = n_groups * (n_groups ? n_groups - 1 : 0) / 2;
    double *p = ms_calloc(2 * pairs, sizeof *p);
    result.pairs = ms_calloc(pairs, sizeof *result.pairs);
    ms_status status = count && p && result.pairs ? subset_alloc(&s, data->n, err) : ms_error_nomem(err);
    if (status) goto cleanup;
    for (size_t i = 0; i < data->n; i++) {
        if (group[i] >= n_groups) {
            status = ms_error_set(err, MS_EINPUT, "row %zu: group %zu, but there are %zu", i + 1, group[i],
                                  n_groups);
            goto cleanup;
        }
        count[group[i]]++;
    }
    for (size_t a = 0; a < n_groups; a++)
        for (size_t b = a + 1; b < n_groups; b++) {
            if (count[a] == 0 || count[b] == 0) continue;
            ms_pair *pair = &result.pairs[result.n++];
            *pair = (ms_pair){.a = a, .b = b};
            if ((status = test_pair(data, group, weighting, &s, pair, err))) goto cleanup;
        }
    if (result.n == 0) {
        status = ms_error_set(err, MS_EINPUT, "pairwise tests need at least two groups with rows");
        goto cleanup;
    }
    for (size_t i = 0; i < result.n; i++) p[i] = result.pairs[i].p;
    if ((status = ms_p_adjust_values(p, result.n, method, p + pairs, err))) goto cleanup;
    for (size_t i = 0; i < result.n; i++) result.pairs[i].adjusted = p[pairs + i];
    *out = result;
    result = (ms_pairwise){0};
cleanup:
    free(count);
    free(p);
    subset_free(&s);
    ms_pairwise_clear(&result);
    return status;
}

void ms_pairwise_clear(ms_pairwise *pairwise) {
    MS_FREE(pairwise->pairs);
    pairwise->n = 0;
}

/* ---- one sample
 * ------------------------------------------------------------------------------------------------------ */

ms_status ms_one_sample_test(const ms_surv *data, const double *expected, double rate, double conf_level,
                             ms_one_sample *out, ms_error *err) {
    ms_sorted sorted = {0};
    ms_one_sample r = {.conf_level = conf_level};
    if (data->weight)
        return ms_error_set(err, MS_EUSAGE, "the one-sample log-rank test takes no case weights");
    if (!expected && !(rate > 0 && isfinite(rate)))
        return ms_error_set(err, MS_EUSAGE, "one-sample test: a rate of %g is not above 0", rate);
    ms_status status = ms_sorted_make(data, &sorted, err); /* for its checks */
    if (status) return status;
    ms_sorted_clear(&sorted);
    for (size_t i = 0; i < data->n; i++) {
        double e = expected ? expected[i] : rate * (data->time[i] - (data->entry ? data->entry[i] : 0));
        if (!(e >= 0) || !isfinite(e))
            return ms_error_set(err, MS_EINPUT,
                                "row %zu: %g expected events is not a finite number of at least 0", i + 1, e);
        r.observed += data->event[i];
        r.expected += e;
    }
    if (!(r.expected > 0)) return ms_error_set(err, MS_EINPUT, "one-sample test: no events are expected");
    double difference = r.observed - r.expected, tail = (1 - conf_level) / 2;
    r.chisq = difference * difference / r.expected;
    r.p = ms_chisq_upper(r.chisq, 1);
    r.ratio = r.observed / r.expected;
    r.lower = r.observed > 0 ? gsl_cdf_chisq_Pinv(tail, 2 * r.observed) / 2 / r.expected : 0;
    r.upper = gsl_cdf_chisq_Qinv(tail, 2 * r.observed + 2) / 2 / r.expected;
    *out = r;
    return MS_OK;
}
