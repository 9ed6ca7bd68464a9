/* What `km` was asked for, and its results. */
#include "cli/km_cli.h"

#include "cli/list_cli.h"
#include "cli/survival_cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- shared with cutpoint
 * ------------------------------------------------------------------------------------ */

/* ---- the request
 * ------------------------------------------------------------------------------------------------- */

static ms_status read_types(const ms_args *args, ms_km_request *r, ms_error *err) {
    size_t stype = 1, ctype = 1;
    ms_status status = ms_args_size(args, "stype", &stype, err);
    if (status == MS_OK) status = ms_args_size(args, "ctype", &ctype, err);
    if (status == MS_OK && (stype < 1 || stype > 2 || ctype < 1 || ctype > 2))
        return ms_error_set(err, MS_EUSAGE, "--stype and --ctype are 1 or 2, not %zu and %zu", stype, ctype);
    r->types = (ms_km_types){.from_hazard = stype == 2, .split_ties = ctype == 2};
    return status;
}

static ms_status read_band(const ms_args *args, ms_km_request *r, ms_error *err) {
    static const char *const bands[] = {"hall-wellner", "equal-precision"};
    static const char *const transforms[] = {"plain", "log-log", "arcsin"};
    static const ms_conf_type types[] = {MS_CONF_PLAIN, MS_CONF_LOG_LOG, MS_CONF_ARCSIN};
    size_t band = 0, transform = 1;
    ms_status status = ms_args_choice(args, "band", bands, MS_COUNT(bands), &band, err);
    if (status == MS_OK)
        status = ms_args_choice(args, "band-transform", transforms, MS_COUNT(transforms), &transform, err);
    r->band = ms_args_text(args, "band") != NULL;
    r->band_type = (ms_band_type)band;
    r->band_transform = types[transform];
    return status;
}

static ms_status read_tests(const ms_args *args, ms_km_request *r, ms_error *err) {
    static const char *const methods[] = {"none", "holm", "bonferroni", "BH"};
    static const char *const ties[] = {"mid-ranks", "hothorn-lausen", "average"};
    size_t method = 0, tie = 0;
    ms_status status = ms_args_choice(args, "pairwise", methods, MS_COUNT(methods), &method, err);
    if (status == MS_OK) status = ms_args_choice(args, "permutation", ties, MS_COUNT(ties), &tie, err);
    r->permutation = ms_args_text(args, "permutation") != NULL;
    r->ties = (ms_score_ties)tie;
    r->pairwise = ms_args_text(args, "pairwise") != NULL;
    r->adjust = (ms_p_adjust)method;
    const char *trend = ms_args_text(args, "trend");
    r->trend = trend != NULL;
    if (status == MS_OK && trend && strcmp(trend, "order") != 0)
        status = ms_cli_numbers(args, "trend", &r->scores, &r->n_scores, err);
    r->rate = NAN;
    if (status == MS_OK) status = ms_args_number(args, "one-sample", &r->rate, err);
    r->one_sample = ms_args_text(args, "one-sample") || ms_args_text(args, "expected");
    if (status == MS_OK && ms_args_text(args, "one-sample") && ms_args_text(args, "expected"))
        return ms_error_set(err, MS_EUSAGE,
                            "--one-sample (a rate) and --expected (a column) exclude each other");
    return status;
}

static ms_status check_times(const ms_km_request *r, ms_error *err) {
    if (r->km.rmean_until <= 0)
        return ms_error_set(err, MS_EUSAGE, "--rmean: %g is not above 0", r->km.rmean_until);
    for (size_t i = 0; i < r->n_quantiles; i++)
        if (!(r->quantiles[i] > 0 && r->quantiles[i] < 1))
            return ms_error_set(err, MS_EUSAGE, "--quantiles: %g is not between 0 and 1", r->quantiles[i]);
    for (size_t i = 0; i + 1 < r->n_at; i++)
        if (r->at[i] >= r->at[i + 1])
            return ms_error_set(err, MS_EUSAGE, "--at: times must go up, but %g comes before %g", r->at[i],
                                r->at[i + 1]);
    return MS_OK;
}

ms_status ms_cli_km_read(const ms_args *args, ms_km_request *request, ms_error *err) {
    static const char *const types[] = {"log", "log-log", "plain", "logit", "arcsin"};
    static const char *const clocks[] = {"keep", "reset"};
    size_t type = MS_CONF_LOG, clock = 0;
    ms_km_request r = {.landmark_time = NAN};
    ms_km_options_default(&r.km);
    ms_status status = ms_args_choice(args, "conf-type", types, MS_COUNT(types), &type, err);
    r.km.conf_type = (ms_conf_type)type;
    r.km.robust = ms_args_flag(args, "robust");
    r.compare_rmean = ms_args_flag(args, "compare-rmean");
    if (status == MS_OK) status = ms_cli_conf_level(args, &r.km.conf_level, err);
    if (status == MS_OK) status = ms_args_number(args, "rmean", &r.km.rmean_until, err);
    if (status == MS_OK) status = ms_args_number(args, "rho", &r.rho, err);
    if (status == MS_OK) status = ms_args_number(args, "landmark", &r.landmark_time, err);
    if (status == MS_OK)
        status = ms_args_choice(args, "landmark-clock", clocks, MS_COUNT(clocks), &clock, err);
    r.landmark = !isnan(r.landmark_time);
    r.reset = clock == 1;
    if (status == MS_OK) status = ms_cli_numbers(args, "at", &r.at, &r.n_at, err);
    if (status == MS_OK) status = ms_cli_numbers(args, "quantiles", &r.quantiles, &r.n_quantiles, err);
    if (status == MS_OK) status = check_times(&r, err);
    if (status == MS_OK) status = read_types(args, &r, err);
    if (status == MS_OK) status = read_band(args, &r, err);
    if (status == MS_OK) status = read_tests(args, &r, err);
    if (status == MS_OK)
        *request = r;
    else
        ms_cli_km_request_clear(&r);
    return status;
}

void ms_cli_km_request_clear(ms_km_request *r) {
    MS_FREE(r->at);
    MS_FREE(r->quantiles);
    MS_FREE(r->scores);
}

/* ---- the results
 * -------------------------------------------------------------------------------------------------- */

static ms_status named_tests(const ms_args *args, ms_km_result *r, ms_error *err) {
    const ms_factor *group = &r->frame.group;
    size_t n = 0;
    while (ms_args_text_at(args, "test", n)) n++;
    if (n == 0) return MS_OK;
    r->tests = ms_calloc(n, sizeof *r->tests);
    if (!r->tests) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        ms_weighting weighting;
        ms_status status = ms_weighting_read(ms_args_text_at(args, "test", i), &weighting, err);
        if (status == MS_OK)
            status = ms_weighted_test_compute(&r->frame.data, group->codes, group->n_levels, weighting,
                                              &r->tests[i], err);
        if (status != MS_OK) return status;
        r->n_tests++;
    }
    return MS_OK;
}

static ms_status test_trend(const ms_km_request *q, ms_km_result *r, ms_error *err) {
    if (q->scores && q->n_scores != r->frame.group.n_levels)
        return ms_error_set(err, MS_EUSAGE, "--trend: %zu scores, but there are %zu groups", q->n_scores,
                            r->frame.group.n_levels);
    return ms_trend_test(r->n_tests ? &r->tests[0].l : &r->logrank, q->scores, &r->trend, err);
}

static ms_status test_permutations(const ms_km_request *q, ms_weighting weighting, ms_km_result *r,
                                   ms_error *err) {
    const ms_factor *group = &r->frame.group;
    double *scores = ms_calloc(r->frame.n, sizeof *scores);
    ms_permutation *p = &r->permutation;
    if (!scores) return ms_error_nomem(err);
    p->weighting = weighting;
    p->ties = q->ties;
    ms_status status = ms_logrank_scores(&r->frame.data, weighting, q->ties, scores, err);
    if (status == MS_OK)
        status = ms_permutation_test(scores, group->codes, r->frame.n, group->n_levels, &p->chisq, &p->z,
                                     &p->p, err);
    free(scores);
    return status;
}

/* The tests, where there is something to test: several groups, no weights. */
static ms_status test_groups(const ms_args *args, const ms_km_request *q, ms_km_result *r, ms_error *err) {
    const ms_factor *group = &r->frame.group;
    const ms_surv *data = &r->frame.data;
    bool asked = ms_args_text(args, "test") || q->trend || q->pairwise || q->compare_rmean || q->permutation;
    if (!ms_args_text(args, "group") && asked)
        return ms_error_set(err, MS_EUSAGE, "a comparison needs groups: --group COL");
    if (ms_args_text(args, "group") && group->n_levels < 2)
        ms_log(MS_LOG_WARNING, "one group only: there is nothing to compare");
    if (group->n_levels < 2) return MS_OK;
    if (data->weight) {
        ms_log(MS_LOG_WARNING, "no log-rank test with weights: only the curves are weighted");
        return MS_OK;
    }
    ms_status status = ms_logrank_test(data, group->codes, group->n_levels, q->rho, &r->logrank, err);
    r->tested = status == MS_OK;
    if (status == MS_OK) status = named_tests(args, r, err);
    if (status == MS_OK && q->trend) status = test_trend(q, r, err);
    ms_weighting weighting =
        r->n_tests ? r->tests[0].weighting : (ms_weighting){.kind = MS_TEST_FH, .p = q->rho};
    if (status == MS_OK && q->permutation) status = test_permutations(q, weighting, r, err);
    if (status == MS_OK && q->pairwise)
        status =
            ms_pairwise_test(data, group->codes, group->n_levels, weighting, q->adjust, &r->pairwise, err);
    return status;
}

static ms_status make_bands(const ms_km_request *q, ms_km_result *r, ms_error *err) {
    if (q->types.from_hazard)
        return ms_error_set(err, MS_EUSAGE, "--band is of the Kaplan-Meier curve: leave out --stype 2");
    r->bands = ms_calloc(r->km.n_groups, sizeof *r->bands);
    if (!r->bands) return ms_error_nomem(err);
    for (size_t g = 0; g < r->km.n_groups; g++) {
        if (r->km.curves[g].n_times == 0) continue;
        ms_status status = ms_km_band_compute(&r->km.curves[g], q->band_type, q->band_transform,
                                              q->km.conf_level, NAN, NAN, &r->bands[g], err);
        if (status == MS_EINPUT)
            ms_log(MS_LOG_WARNING, "%s: no band, for want of events", r->names[g]);
        else if (status != MS_OK)
            return status;
    }
    return MS_OK;
}

ms_status ms_cli_km_compute(const ms_args *args, const ms_km_request *q, ms_km_result *r, ms_error *err) {
    ms_status status = ms_args_text(args, "expected")
                           ? ms_cli_read_with_number(args, "expected", &r->frame, err)
                           : ms_cli_read_survival(args, &r->frame, err);
    if (status == MS_OK && q->landmark)
        status = ms_surv_landmark(&r->frame, q->landmark_time, q->reset, &r->n_before_landmark, err);
    if (status != MS_OK) return status;
    const ms_factor *group = &r->frame.group;
    ms_km_options km = q->km;
    size_t n_groups = group->codes ? group->n_levels : 1;
    km.cluster = r->frame.cluster.codes;
    km.n_clusters = r->frame.cluster.n_levels;
    status = ms_km_fit_types(&r->frame.data, group->codes, n_groups, &km, q->types, &r->km, err);
    if (status == MS_OK)
        status = ms_cli_group_names(ms_args_text(args, "group"), group, n_groups, &r->names, err);
    if (status == MS_OK) status = test_groups(args, q, r, err);
    if (status == MS_OK && q->compare_rmean && n_groups > 1)
        status = ms_rmst_compare(&r->km, q->km.rmean_until, &r->rmst, err);
    if (status == MS_OK && q->band) status = make_bands(q, r, err);
    if (status == MS_OK && q->one_sample)
        status =
            ms_one_sample_test(&r->frame.data, r->frame.risk, q->rate, q->km.conf_level, &r->one_sample, err);
    return status;
}

ms_km_report ms_cli_km_report(const ms_args *args, const ms_km_request *q, const ms_km_result *r) {
    return (ms_km_report){.km = &r->km,
                          .names = (const char *const *)r->names,
                          .logrank = r->tested ? &r->logrank : NULL,
                          .n_dropped = r->frame.n_dropped,
                          .full = ms_args_flag(args, "full"),
                          .at = q->at,
                          .n_at = q->n_at,
                          .quantiles = q->quantiles,
                          .n_quantiles = q->n_quantiles,
                          .rmst = r->rmst.mean ? &r->rmst : NULL,
                          .bands = r->bands,
                          .tests = r->tests,
                          .n_tests = r->n_tests,
                          .trend = q->trend && r->tested ? &r->trend : NULL,
                          .permutation = q->permutation && r->tested ? &r->permutation : NULL,
                          .pairwise = r->pairwise.pairs ? &r->pairwise : NULL,
                          .one_sample = q->one_sample ? &r->one_sample : NULL,
                          .landmark = q->landmark_time,
                          .landmark_reset = q->reset,
                          .n_before_landmark = r->n_before_landmark};
}

void ms_cli_km_clear(ms_km_result *r) {
    for (size_t g = 0; g < r->km.n_groups && r->bands; g++) ms_km_band_clear(&r->bands[g]);
    for (size_t i = 0; i < r->n_tests; i++) ms_weighted_test_clear(&r->tests[i]);
    free(r->bands);
    free(r->tests);
    if (r->names) ms_names_free(r->names, r->km.n_groups);
    ms_pairwise_clear(&r->pairwise);
    ms_rmst_clear(&r->rmst);
    ms_logrank_clear(&r->logrank);
    ms_km_clear(&r->km);
    ms_surv_frame_clear(&r->frame);
}
