/* Weighted log-rank tests by name (survival_curves.h tells the weights); the sums are logrank.c's. For two
 * groups also Renyi's statistic sup |U(t)| / sqrt(V), whose limit is sup |W| of a Wiener process on [0, 1]:
 *   P(sup |W| > q) = 1 - 4 / pi sum (-1)^k / (2 k + 1) exp(-pi^2 (2 k + 1)^2 / (8 q^2))
 * Klein & Moeschberger 2003, sections 7.3 and 7.6. R: survMisc::comp; survdiff for rho. */
#include "myosurv/survival_curves.h"
#include "survival/logrank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static ms_status check_kind(ms_weighting w, ms_error *err) {
    if (w.kind > MS_TEST_FH)
        return ms_error_set(err, MS_EUSAGE, "these weights are for permutation tests on scores only");
    if (!(w.p >= 0 && w.q >= 0))
        return ms_error_set(err, MS_EUSAGE, "Fleming-Harrington's powers %g and %g are not both at least 0",
                            w.p, w.q);
    return MS_OK;
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

ms_status ms_weighted_test_compute(const ms_surv *data, const size_t *group, size_t n_groups,
                                   ms_weighting weighting, ms_weighted_test *out, ms_error *err) {
    ms_weighted_test result = {.weighting = weighting};
    double highest;
    ms_status status = check_kind(weighting, err);
    if (status || (status = ms_logrank_sums(data, group, n_groups, weighting, &result.l, &highest, err)))
        return status;
    result.l.rho = NAN;
    if (weighting.kind == MS_TEST_LOGRANK || (weighting.kind == MS_TEST_FH && weighting.q == 0))
        result.l.rho = weighting.kind == MS_TEST_FH ? weighting.p : 0;
    bool strata = data->stratum && data->n_strata > 1;
    bool renyi = n_groups == 2 && !strata && result.l.variance[0] > 0;
    result.sup = renyi ? highest / sqrt(result.l.variance[0]) : NAN;
    result.sup_p = ms_renyi_p(result.sup);
    *out = result;
    return MS_OK;
}

void ms_weighted_test_clear(ms_weighted_test *test) {
    ms_logrank_clear(&test->l);
}
