/* The sums of every log-rank test, and G-rho among them. At each event time t of a stratum, with d deaths and
 * r at risk, r_g of them in group g: expected_g += w d r_g / r      variance_gh += w^2 d (r - d) / (r - 1)
 * r_g / r (1[g = h] - r_h / r) (hypergeometric; Mantel 1966), w the weight: S(t-)^rho for G-rho, S the
 * Kaplan-Meier estimate of the stratum (Harrington & Fleming 1982), others in survival_curves.h; chisq = (O -
 * E)' V^- (O - E). R: survdiff. */
#include "survival/logrank.h"

#include <math.h>
#include <stdlib.h>

typedef struct walk {
    const ms_sorted *s;
    const size_t *group;
    uint32_t *group_at; /* [n] in the order of by_time */
    ms_weighting weighting;
    double *at_risk; /* [n_groups] */
    double *deaths;  /* [n_groups] at the current time */
    double *share;   /* [n_groups] of those at risk */
    double total;    /* at risk in all */
    double surv;     /* Kaplan-Meier just before the time */
    double peto;     /* product of 1 - d / (n + 1) up to and with it */
    double highest;  /* |U| of the first group on the way */
} walk;

static double weight_now(const walk *w) {
    switch (w->weighting.kind) {
    case MS_TEST_GEHAN:
        return w->total;
    case MS_TEST_TARONE_WARE:
        return sqrt(w->total);
    case MS_TEST_PETO:
        return w->peto;
    case MS_TEST_PETO_MODIFIED:
        return w->peto * w->total / (w->total + 1);
    case MS_TEST_FH:
        return pow(w->surv, w->weighting.p) * pow(1 - w->surv, w->weighting.q);
    default:
        return 1;
    }
}

static void add_time(walk *w, ms_logrank *out, double deaths) {
    size_t n = out->n_groups;
    double r = w->total;
    w->peto *= 1 - deaths / (r + 1);
    double weight = weight_now(w), spread = r > 1 ? weight * weight * deaths * (r - deaths) / (r - 1) : 0;
    for (size_t g = 0; g < n; g++) w->share[g] = w->at_risk[g] / r;
    for (size_t g = 0; g < n; g++) {
        double share = w->share[g];
        out->observed[g] += weight * w->deaths[g];
        out->expected[g] += weight * deaths * share;
        if (share == 0 || spread == 0) continue;
        for (size_t h = 0; h < n; h++)
            out->variance[g * n + h] += spread * share * ((g == h ? 1.0 : 0.0) - w->share[h]);
    }
    double apart = fabs(out->observed[0] - out->expected[0]);
    if (apart > w->highest) w->highest = apart;
    w->surv *= (r - deaths) / r;
}

static void enter(walk *w, size_t group) {
    w->at_risk[group]++;
    w->total++;
}

static void enter_before(walk *w, size_t *position, size_t last, double time) {
    const ms_sorted *s = w->s;
    for (; !s->entry && *position < last; (*position)++) enter(w, w->group_at[*position]);
    for (; *position < last && s->entry[s->by_entry[*position]] < time; (*position)++)
        enter(w, w->group[s->by_entry[*position]]);
}

static void walk_stratum(walk *w, size_t stratum, ms_logrank *out) {
    const ms_sorted *s = w->s;
    size_t i = s->stratum_first[stratum], last = s->stratum_first[stratum + 1], entering = i;
    w->total = 0;
    w->surv = w->peto = 1;
    for (size_t g = 0; g < out->n_groups; g++) w->at_risk[g] = 0;
    while (i < last) {
        double time = s->time_at[i], deaths = 0;
        enter_before(w, &entering, last, time);
        for (size_t g = 0; g < out->n_groups; g++) w->deaths[g] = 0;
        size_t end = i;
        for (; end < last && s->time_at[end] == time && s->event_at[end]; end++) {
            w->deaths[w->group_at[end]]++;
            deaths++;
        }
        for (; end < last && s->time_at[end] == time;) end++; /* events come first */
        if (deaths > 0) add_time(w, out, deaths);
        for (; i < end; i++) {
            w->at_risk[w->group_at[i]]--;
            w->total--;
        }
    }
}

/* Over the groups with expected events, leaving the first of them out. */
static ms_status chi_squared(ms_logrank *out, ms_error *err) {
    size_t n = out->n_groups, used = 0;
    size_t *index = ms_calloc(n, sizeof *index);
    double *matrix = ms_calloc(n * n + n, sizeof *matrix);
    ms_status status = index && matrix ? MS_OK : ms_error_nomem(err);
    if (status) goto cleanup;
    for (size_t g = 0; g < n; g++)
        if (out->expected[g] > 0) index[used++] = g;
    out->df = used > 1 ? used - 1 : 0;
    out->chisq = 0;
    if (used > 1) {
        size_t m = used - 1;
        double *difference = matrix + n * n;
        for (size_t a = 0; a < m; a++) {
            difference[a] = out->observed[index[a + 1]] - out->expected[index[a + 1]];
            for (size_t b = 0; b < m; b++) matrix[a * m + b] = out->variance[index[a + 1] * n + index[b + 1]];
        }
        status = ms_quadratic_form(matrix, difference, m, 1e-14, &out->chisq, NULL, err);
    }
    out->p = ms_chisq_upper(out->chisq, (double)out->df);
cleanup:
    free(index);
    free(matrix);
    return status;
}

static ms_status count_groups(const ms_surv *data, const size_t *group, ms_logrank *out, ms_error *err) {
    size_t occupied = 0;
    for (size_t i = 0; i < data->n; i++) {
        if (group[i] >= out->n_groups)
            return ms_error_set(err, MS_EINPUT, "row %zu: group %zu, but there are %zu", i + 1, group[i],
                                out->n_groups);
        if (out->n[group[i]]++ == 0) occupied++;
    }
    if (occupied < 2)
        return ms_error_set(err, MS_EINPUT, "a log-rank test needs at least two groups with rows, not %zu",
                            occupied);
    return MS_OK;
}

ms_status ms_logrank_limit(size_t n_groups, ms_error *err) {
    enum { MOST = 2048 };
    if (n_groups <= MOST) return MS_OK;
    return ms_error_set(
        err, MS_EINPUT,
        "a log-rank test of %zu groups, more than %d: the group should be a column of few values", n_groups,
        MOST);
}

ms_status ms_logrank_sums(const ms_surv *data, const size_t *group, size_t n_groups, ms_weighting weighting,
                          ms_logrank *out, double *highest, ms_error *err) {
    if (data->weight)
        return ms_error_set(err, MS_EUSAGE,
                            "the log-rank test takes no case weights; a weighted Cox model does");
    ms_logrank result = {.n_groups = n_groups};
    ms_sorted sorted = {0};
    walk w = {.group = group, .weighting = weighting};
    ms_status status = ms_logrank_limit(n_groups, err);
    if (status || (status = ms_sorted_make(data, &sorted, err))) return status;
    w.s = &sorted;
    w.at_risk = ms_calloc(n_groups, sizeof(double));
    w.deaths = ms_calloc(n_groups, sizeof(double));
    w.share = ms_calloc(n_groups, sizeof(double));
    w.group_at = ms_calloc(data->n, sizeof *w.group_at);
    result.n = ms_calloc(n_groups, sizeof *result.n);
    result.observed = ms_calloc(n_groups, sizeof(double));
    result.expected = ms_calloc(n_groups, sizeof(double));
    result.variance = ms_calloc(n_groups * n_groups, sizeof(double));
    if (!w.at_risk || !w.deaths || !w.share || !w.group_at || !result.n || !result.observed ||
        !result.expected || !result.variance) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    if ((status = count_groups(data, group, &result, err))) goto cleanup;
    for (size_t i = 0; i < data->n; i++) w.group_at[i] = (uint32_t)group[sorted.by_time[i]];
    for (size_t k = 0; k < sorted.n_strata; k++) walk_stratum(&w, k, &result);
    if ((status = chi_squared(&result, err))) goto cleanup;
    *highest = w.highest;
    *out = result;
    result = (ms_logrank){0};
cleanup:
    free(w.at_risk);
    free(w.deaths);
    free(w.share);
    free(w.group_at);
    ms_logrank_clear(&result);
    ms_sorted_clear(&sorted);
    return status;
}

ms_status ms_logrank_test(const ms_surv *data, const size_t *group, size_t n_groups, double rho,
                          ms_logrank *out, ms_error *err) {
    ms_weighting weighting = {.kind = rho == 0 ? MS_TEST_LOGRANK : MS_TEST_FH, .p = rho};
    double highest;
    ms_status status = ms_logrank_sums(data, group, n_groups, weighting, out, &highest, err);
    if (status == MS_OK) out->rho = rho;
    return status;
}

void ms_logrank_clear(ms_logrank *logrank) {
    MS_FREE(logrank->n);
    MS_FREE(logrank->observed);
    MS_FREE(logrank->expected);
    MS_FREE(logrank->variance);
    logrank->n_groups = 0;
}
