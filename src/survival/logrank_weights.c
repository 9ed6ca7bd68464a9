/* Weighted log-rank tests: at each event time t, with d deaths and n at risk, n_g of them in group g,
 *   U_g = sum w (d_g - d n_g / n),  V_gh = sum w^2 d (n - d) / (n - 1) n_g / n (1[g = h] - n_h / n)
 * with w as its name says (survival_curves.h); chisq = U' V^- U. Klein & Moeschberger 2003, section 7.3.
 * For two groups also Renyi's statistic sup |U(t)| / sqrt(V), whose limit is sup |W| of a Wiener process on
 * [0, 1]: P(sup |W| > q) = 1 - 4 / pi sum (-1)^k / (2 k + 1) exp(-pi^2 (2 k + 1)^2 / (8 q^2)) R:
 * survMisc::comp; survdiff for rho. */
#include "myosurv/survival_curves.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct walk {
    const ms_sorted *s;
    const size_t *group;
    ms_weighting weighting;
    double *at_risk; /* [n_groups] */
    double *deaths;  /* [n_groups] at the current time */
    double total;    /* at risk in all */
    double surv;     /* Kaplan-Meier just before the time */
    double peto;     /* product of 1 - d / (n + 1) up to and with it */
    double highest;  /* |U| of the first group on the way */
} walk;

/* ---- names ------------------------------------------------------------------------------------------------
 */

ms_status ms_weighting_read(const char *text, ms_weighting *out, ms_error *err) {
    static const struct {
        const char *name;
        ms_test_weight kind;
    } names[] = {{"logrank", MS_TEST_LOGRANK},
                 {"log-rank", MS_TEST_LOGRANK},
                 {"gehan", MS_TEST_GEHAN},
                 {"breslow", MS_TEST_GEHAN},
                 {"gehan-breslow", MS_TEST_GEHAN},
                 {"tarone-ware", MS_TEST_TARONE_WARE},
                 {"peto", MS_TEST_PETO},
                 {"peto-peto", MS_TEST_PETO},
                 {"peto-modified", MS_TEST_PETO_MODIFIED}};
    for (size_t i = 0; i < MS_COUNT(names); i++)
        if (strcmp(text, names[i].name) == 0) {
            *out = (ms_weighting){.kind = names[i].kind};
            return MS_OK;
        }
    const char *comma = strchr(text, ',');
    if (ms_text_starts_with(text, "fh:") && comma) {
        char first[32];
        ms_weighting w = {.kind = MS_TEST_FH};
        if (ms_text_format(first, sizeof first, "%.*s", (int)(comma - text - 3), text + 3) &&
            ms_parse_number(first, &w.p) && ms_parse_number(comma + 1, &w.q) && w.p >= 0 && w.q >= 0) {
            *out = w;
            return MS_OK;
        }
    }
    return ms_error_set(
        err, MS_EUSAGE,
        "no test '%s': logrank, gehan, tarone-ware, peto, peto-modified or fh:P,Q with P and Q of at "
        "least 0",
        text);
}

void ms_weighting_name(ms_weighting w, char name[64]) {
    static const char *const names[] = {"Log-rank",
                                        "Gehan-Breslow",
                                        "Tarone-Ware",
                                        "Peto-Peto",
                                        "Modified Peto-Peto",
                                        "Fleming-Harrington",
                                        "Peto-Peto (Kaplan-Meier)",
                                        "Prentice",
                                        "Gaugler-Kim-Liao",
                                        "Self"};
    bool powers = w.kind == MS_TEST_FH || w.kind == MS_TEST_GAUGLER || w.kind == MS_TEST_SELF;
    if (powers)
        (void)ms_text_format(name, 64, "%s(%g, %g)", names[w.kind], w.p, w.q);
    else
        (void)ms_text_format(name, 64, "%s", names[w.kind]);
}

/* ---- the sums ---------------------------------------------------------------------------------------------
 */

static ms_status check_kind(ms_weighting w, ms_error *err) {
    if (w.kind > MS_TEST_FH)
        return ms_error_set(err, MS_EUSAGE, "these weights are for permutation tests on scores only");
    if (!(w.p >= 0 && w.q >= 0))
        return ms_error_set(err, MS_EUSAGE, "Fleming-Harrington's powers %g and %g are not both at least 0",
                            w.p, w.q);
    return MS_OK;
}

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
    for (size_t g = 0; g < n; g++) {
        double share = w->at_risk[g] / r;
        out->observed[g] += weight * w->deaths[g];
        out->expected[g] += weight * deaths * share;
        if (share == 0 || spread == 0) continue;
        for (size_t h = 0; h < n; h++)
            out->variance[g * n + h] += spread * share * ((g == h ? 1.0 : 0.0) - w->at_risk[h] / r);
    }
    w->highest = fmax(w->highest, fabs(out->observed[0] - out->expected[0]));
    w->surv *= (r - deaths) / r;
}

static void enter_before(walk *w, size_t *position, size_t last, double time) {
    const ms_sorted *s = w->s;
    for (; *position < last; (*position)++) {
        size_t row = s->entry ? s->by_entry[*position] : s->by_time[*position];
        if (s->entry && s->entry[row] >= time) break;
        w->at_risk[w->group[row]]++;
        w->total++;
    }
}

static void walk_stratum(walk *w, size_t stratum, ms_logrank *out) {
    const ms_sorted *s = w->s;
    size_t i = s->stratum_first[stratum], last = s->stratum_first[stratum + 1], entering = i;
    w->total = 0;
    w->surv = w->peto = 1;
    for (size_t g = 0; g < out->n_groups; g++) w->at_risk[g] = 0;
    while (i < last) {
        double time = s->time[s->by_time[i]], deaths = 0;
        enter_before(w, &entering, last, time);
        for (size_t g = 0; g < out->n_groups; g++) w->deaths[g] = 0;
        size_t end = i;
        for (; end < last && s->time[s->by_time[end]] == time; end++)
            if (s->event[s->by_time[end]]) {
                w->deaths[w->group[s->by_time[end]]]++;
                deaths++;
            }
        if (deaths > 0) add_time(w, out, deaths);
        for (; i < end; i++) {
            w->at_risk[w->group[s->by_time[i]]]--;
            w->total--;
        }
    }
}

/* ---- the statistics
 * ---------------------------------------------------------------------------------------- */

/* Over the groups with expected events, leaving the first of them out; the matrix is scaled to 1, since
 * weights such as n make it large. */
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

double ms_renyi_p(double q) {
    double sum = 0, pi = 3.14159265358979323846;
    if (!(q > 0)) return isnan(q) ? NAN : 1;
    for (int k = 0; k < 100; k++) {
        double odd = 2 * k + 1, term = exp(-pi * pi * odd * odd / (8 * q * q)) / odd;
        sum += k % 2 ? -term : term;
        if (term < 1e-18) break;
    }
    return fmax(0, 1 - 4 / pi * sum);
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
        return ms_error_set(err, MS_EINPUT, "a test between groups needs at least two with rows, not %zu",
                            occupied);
    return MS_OK;
}

ms_status ms_weighted_test_compute(const ms_surv *data, const size_t *group, size_t n_groups,
                                   ms_weighting weighting, ms_weighted_test *out, ms_error *err) {
    if (data->weight)
        return ms_error_set(err, MS_EUSAGE, "this test takes no case weights; a weighted Cox model does");
    ms_weighted_test result = {.weighting = weighting, .l = {.n_groups = n_groups, .rho = NAN}};
    ms_sorted sorted = {0};
    walk w = {.group = group, .weighting = weighting};
    ms_status status = check_kind(weighting, err);
    if (status || (status = ms_logrank_limit(n_groups, err))) return status;
    if ((status = ms_sorted_make(data, &sorted, err))) return status;
    w.s = &sorted;
    w.at_risk = ms_calloc(n_groups, sizeof(double));
    w.deaths = ms_calloc(n_groups, sizeof(double));
    result.l.n = ms_calloc(n_groups, sizeof(size_t));
    result.l.observed = ms_calloc(n_groups, sizeof(double));
    result.l.expected = ms_calloc(n_groups, sizeof(double));
    result.l.variance = ms_calloc(n_groups * n_groups, sizeof(double));
    if (!w.at_risk || !w.deaths || !result.l.n || !result.l.observed || !result.l.expected ||
        !result.l.variance) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    if ((status = count_groups(data, group, &result.l, err))) goto cleanup;
    for (size_t k = 0; k < sorted.n_strata; k++) walk_stratum(&w, k, &result.l);
    if ((status = chi_squared(&result.l, err))) goto cleanup;
    if (weighting.kind == MS_TEST_LOGRANK || (weighting.kind == MS_TEST_FH && weighting.q == 0))
        result.l.rho = weighting.kind == MS_TEST_FH ? weighting.p : 0;
    bool renyi = n_groups == 2 && sorted.n_strata == 1 && result.l.variance[0] > 0;
    result.sup = renyi ? w.highest / sqrt(result.l.variance[0]) : NAN;
    result.sup_p = ms_renyi_p(result.sup);
    *out = result;
    result = (ms_weighted_test){0};
cleanup:
    free(w.at_risk);
    free(w.deaths);
    ms_weighted_test_clear(&result);
    ms_sorted_clear(&sorted);
    return status;
}

void ms_weighted_test_clear(ms_weighted_test *test) {
    ms_logrank_clear(&test->l);
}
