/* Weighted, trend, pairwise, one-sample and permutation tests against R (survdiff, survMisc::comp, coin,
 * pairwise p.adjust), and facts that need no reference. */
#include "survival/reference.h"

#include "myosurv/survival_curves.h"

static double aml_time[] = {9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5,
                            5, 8,  8,  12, 16, 23, 27, 30, 33, 43, 45};
static uint8_t aml_event[] = {1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1};
static const size_t aml_group[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const ms_surv aml = {.n = 23, .time = aml_time, .event = aml_event};

/* R 4.2.2, survival 3.5-3: survdiff(Surv(time, status) ~ x, aml, rho = 0, 0.5, 1)$chisq. */
static void is_survdiff_with_rho(void **state) {
    (void)state;
    static const struct { double rho, chisq; } rows[] = {{0, 3.396388698977601}, {1, 2.7792795447517733}};
    for (size_t i = 0; i < MS_COUNT(rows); i++) {
        ms_weighted_test test = {0};
        ms_logrank l = {0};
        ms_error err = {0};
        ms_weighting w = {.kind = MS_TEST_FH, .p = rows[i].rho};
        assert_ok(ms_weighted_test_compute(&aml, aml_group, 2, w, &test, &err), &err);
        assert_ok(ms_logrank_test(&aml, aml_group, 2, rows[i].rho, &l, &err), &err);
        assert_close("chisq", test.l.chisq, rows[i].chisq, 1e-12);
        assert_close("chisq", test.l.chisq, l.chisq, 1e-13);
        assert_close("variance", test.l.variance[1], l.variance[1], 1e-13);
        ms_weighted_test_clear(&test);
        ms_logrank_clear(&l);
    }
}

static void names_are_read(void **state) {
    (void)state;
    ms_weighting w = {0};
    ms_error err = {0};
    char name[64];
    assert_ok(ms_weighting_read("fh:0.5,1", &w, &err), &err);
    assert_int_equal(w.kind, MS_TEST_FH);
    assert_close("p", w.p, 0.5, 0);
    assert_close("q", w.q, 1, 0);
    ms_weighting_name(w, name);
    assert_string_equal(name, "Fleming-Harrington(0.5, 1)");
    assert_ok(ms_weighting_read("breslow", &w, &err), &err);
    assert_int_equal(w.kind, MS_TEST_GEHAN);
    assert_int_equal(ms_weighting_read("fh:1", &w, &err), MS_EUSAGE);
    assert_int_equal(ms_weighting_read("fh:-1,0", &w, &err), MS_EUSAGE);
    assert_int_equal(ms_weighting_read("wilcoxon", &w, &err), MS_EUSAGE);
}

static const struct {
    const char *name;
    ms_weighting weighting;
} misc[] = {{"1", {MS_TEST_LOGRANK, 0, 0}},
            {"n", {MS_TEST_GEHAN, 0, 0}},
            {"sqrtN", {MS_TEST_TARONE_WARE, 0, 0}},
            {"S1", {MS_TEST_PETO, 0, 0}},
            {"S2", {MS_TEST_PETO_MODIFIED, 0, 0}},
            {"FH_p=0_q=1", {MS_TEST_FH, 0, 1}},
            {"FH_p=1_q=0", {MS_TEST_FH, 1, 0}},
            {"FH_p=1_q=1", {MS_TEST_FH, 1, 1}},
            {"FH_p=0.5_q=0.5", {MS_TEST_FH, 0.5, 0.5}}};

/* Groups in R's order of veteran's cell types. */
static size_t cell_code(const ms_surv_frame *f, size_t i) {
    static const char *const levels[] = {"squamous", "smallcell", "adeno", "large"};
    for (size_t k = 0; k < 4; k++)
        if (strcmp(f->group.levels[f->group.codes[i]], levels[k]) == 0) return k;
    fail_msg("cell type");
    return 0;
}

static double at(const cJSON *object, const char *key, size_t i) {
    return number_of(cJSON_GetArrayItem(member(object, key), (int)i));
}

static void as_survmisc(void **state) {
    (void)state;
    cJSON *root = read_reference("logrank_survMisc");
    ms_table *lung = read_data("lung"), *veteran = read_data("veteran");
    ms_surv_frame f = frame_of(
        lung, (ms_surv_columns){.time = "time", .event = "status", .event_value = "2", .group = "sex"});
    ms_surv_frame g =
        frame_of(veteran, (ms_surv_columns){.time = "time", .event = "status", .group = "celltype"});
    const cJSON *lrt = member(member(root, "lung"), "lrt"), *sup = member(member(root, "lung"), "sup");
    const cJSON *many = member(member(root, "veteran"), "lrt"),
                *trend = member(member(root, "veteran"), "trend");
    ms_error err = {0};
    size_t codes[137];
    for (size_t i = 0; i < g.n; i++) codes[i] = cell_code(&g, i);
    for (size_t i = 0; i < MS_COUNT(misc); i++) {
        ms_weighted_test test = {0};
        ms_trend t = {0};
        assert_string_equal(misc[i].name, cJSON_GetArrayItem(member(lrt, "W"), (int)i)->valuestring);
        assert_ok(ms_weighted_test_compute(&f.data, f.group.codes, 2, misc[i].weighting, &test, &err), &err);
        /* survMisc takes the second group's O - E */
        assert_close(misc[i].name, test.l.observed[1] - test.l.expected[1], at(lrt, "Q", i), TOLERANCE);
        /* survMisc corrects the variance of two groups for ties only where one group by itself has two deaths
         * at a time; survdiff, and survMisc's own form for more groups (below), wherever there are two */
        assert_close(misc[i].name, test.l.variance[3], at(lrt, "Var", i), 2.5e-3);
        assert_close(misc[i].name, test.sup * sqrt(test.l.variance[3]), at(sup, "maxAbsZ", i), TOLERANCE);
        assert_close(misc[i].name, ms_renyi_p(at(sup, "Q", i)), at(sup, "pSupBr", i), TOLERANCE);
        assert_close(misc[i].name, test.sup_p, ms_renyi_p(test.sup), 1e-14);
        ms_weighted_test_clear(&test);
        assert_ok(ms_weighted_test_compute(&g.data, codes, 4, misc[i].weighting, &test, &err), &err);
        assert_close(misc[i].name, test.l.chisq, at(many, "chiSq", i), TOLERANCE);
        assert_close(misc[i].name, (double)test.l.df, at(many, "df", i), 0);
        assert_close(misc[i].name, test.l.p, at(many, "pChisq", i), TOLERANCE);
        assert_true(isnan(test.sup));
        /* survMisc has the reference group, squamous, last */
        assert_ok(ms_trend_test(&test.l, (const double[]){4, 1, 2, 3}, &t, &err), &err);
        assert_close(misc[i].name, t.z, at(trend, "Z", i), TOLERANCE);
        assert_close(misc[i].name, t.chisq, at(trend, "chiSq", i), TOLERANCE);
        assert_close(misc[i].name, t.p, at(trend, "pNorm", i), TOLERANCE);
        ms_weighted_test_clear(&test);
    }
    ms_surv_frame_clear(&f);
    ms_surv_frame_clear(&g);
    ms_table_free(lung);
    ms_table_free(veteran);
    cJSON_Delete(root);
}

static const struct {
    const char *name;
    ms_weighting weighting;
} coin[] = {{"logrank", {MS_TEST_LOGRANK, 0, 0}},
            {"Gehan-Breslow", {MS_TEST_GEHAN, 0, 0}},
            {"Tarone-Ware", {MS_TEST_TARONE_WARE, 0, 0}},
            {"Peto-Peto", {MS_TEST_PETO_KM, 0, 0}},
            {"Prentice", {MS_TEST_PRENTICE, 0, 0}},
            {"Prentice-Marek", {MS_TEST_PETO, 0, 0}},
            {"Andersen-Borgan-Gill-Keiding", {MS_TEST_PETO_MODIFIED, 0, 0}},
            {"Fleming-Harrington", {MS_TEST_FH, 0, 0}},
            {"Gaugler-Kim-Liao", {MS_TEST_GAUGLER, 0, 0}},
            {"Self", {MS_TEST_SELF, 0, 0}}};

static void as_coin(void **state) {
    (void)state;
    static const char *const ties[] = {"mid-ranks", "Hothorn-Lausen", "average-scores"};
    cJSON *root = read_reference("logrank_coin_weighted");
    size_t compared = 0;
    for (int many = 0; many < 2; many++) {
        ms_table *table = read_data(many ? "veteran" : "lung");
        ms_surv_columns columns = {.time = "time",
                                   .event = "status",
                                   .event_value = many ? NULL : "2",
                                   .group = many ? "celltype" : "sex"};
        ms_surv_frame f = frame_of(table, columns);
        double *scores = ms_calloc(f.n, sizeof *scores);
        for (size_t i = 0; i < MS_COUNT(coin); i++)
            for (size_t k = 0; k < 3; k++) {
                char key[100];
                double chisq, z, p;
                ms_error err = {0};
                (void)ms_text_format(key, sizeof key, "%s %s %s", many ? "veteran celltype" : "lung sex",
                                     coin[i].name, ties[k]);
                const cJSON *r = member(root, key);
                assert_ok(ms_logrank_scores(&f.data, coin[i].weighting, (ms_score_ties)k, scores, &err),
                          &err);
                assert_ok(
                    ms_permutation_test(scores, f.group.codes, f.n, f.group.n_levels, &chisq, &z, &p, &err),
                    &err);
                double statistic = number_of(member(r, "statistic"));
                /* coin's sign is that of a first group that lives shorter */
                assert_close(key, many ? chisq : -fabs(z), statistic, TOLERANCE);
                assert_close(key, p, number_of(member(r, "p")), TOLERANCE);
                compared++;
            }
        free(scores);
        ms_surv_frame_clear(&f);
        ms_table_free(table);
    }
    assert_int_equal(compared, 60);
    cJSON_Delete(root);
}

static void pairs_as_r(void **state) {
    (void)state;
    static const struct {
        const char *name;
        ms_p_adjust method;
    } methods[] = {{"none", MS_ADJUST_NONE},
                   {"BH", MS_ADJUST_BH},
                   {"holm", MS_ADJUST_HOLM},
                   {"bonferroni", MS_ADJUST_BONFERRONI}};
    cJSON *root = read_reference("survdiff_pairwise_veteran");
    ms_table *table = read_data("veteran");
    ms_surv_frame f =
        frame_of(table, (ms_surv_columns){.time = "time", .event = "status", .group = "celltype"});
    size_t codes[137];
    for (size_t i = 0; i < f.n; i++) codes[i] = cell_code(&f, i);
    for (size_t m = 0; m < MS_COUNT(methods); m++) {
        ms_pairwise pairs = {0};
        ms_error err = {0};
        const cJSON *r = member(root, methods[m].name);
        assert_ok(ms_pairwise_test(&f.data, codes, 4, (ms_weighting){0}, methods[m].method, &pairs, &err),
                  &err);
        assert_int_equal(pairs.n, 6);
        for (size_t i = 0; i < pairs.n; i++) {
            const ms_pair *pair = &pairs.pairs[i];
            const cJSON *row = cJSON_GetArrayItem(member(r, "p"), (int)pair->b - 1);
            assert_close(methods[m].name, pair->adjusted, number_of(cJSON_GetArrayItem(row, (int)pair->a)),
                         TOLERANCE);
        }
        ms_pairwise_clear(&pairs);
    }
    ms_surv_frame_clear(&f);
    ms_table_free(table);
    cJSON_Delete(root);
}

/* R: p.adjust(c(0.01, 0.04, NA, 0.03, 0.005), method) */
static void corrections(void **state) {
    (void)state;
    const double p[] = {0.01, 0.04, NAN, 0.03, 0.005};
    static const double expected[4][5] = {{0.01, 0.04, NAN, 0.03, 0.005},
                                          {0.03, 0.06, NAN, 0.06, 0.02},
                                          {0.04, 0.16, NAN, 0.12, 0.02},
                                          {0.02, 0.04, NAN, 0.04, 0.02}};
    for (size_t m = 0; m < 4; m++) {
        double adjusted[5];
        ms_error err = {0};
        assert_ok(ms_p_adjust_values(p, 5, (ms_p_adjust)m, adjusted, &err), &err);
        for (size_t i = 0; i < 5; i++) assert_close("adjusted", adjusted[i], expected[m][i], 1e-14);
    }
}

/* R: survdiff(Surv(time, status) ~ offset(exp(-0.02 * time)), aml); the interval is poisson.test(18, 13.56).
 */
static void one_sample(void **state) {
    (void)state;
    ms_one_sample r = {0};
    ms_error err = {0};
    double expected[23];
    assert_ok(ms_one_sample_test(&aml, NULL, 0.02, 0.95, &r, &err), &err);
    assert_close("observed", r.observed, 18, 0);
    assert_close("expected", r.expected, 13.56, 1e-12);
    assert_close("chisq", r.chisq, 1.4538053097345129, 1e-12);
    assert_close("lower", r.lower, 0.78672129648964084, 1e-10);
    assert_close("upper", r.upper, 2.0979174238589962, 1e-10);
    for (size_t i = 0; i < 23; i++) expected[i] = 0.02 * aml_time[i];
    ms_one_sample same = {0};
    assert_ok(ms_one_sample_test(&aml, expected, 0, 0.95, &same, &err), &err);
    assert_close("from a column", same.chisq, r.chisq, 1e-12);
    assert_int_equal(ms_one_sample_test(&aml, NULL, 0, 0.95, &r, &err), MS_EUSAGE);
    expected[3] = -1;
    assert_int_equal(ms_one_sample_test(&aml, expected, 0, 0.95, &r, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "row 4"));
}

/* survdiff.json has lung against an exponential with the rate 1 event a year... as R's offset takes it. */
static void one_sample_as_r(void **state) {
    (void)state;
    cJSON *root = read_reference("survdiff");
    const cJSON *r = member(root, "one-sample lung exponential");
    ms_table *table = read_data("lung");
    ms_surv_frame f =
        frame_of(table, (ms_surv_columns){.time = "time", .event = "status", .event_value = "2"});
    double total = 0;
    ms_one_sample ours = {0};
    ms_error err = {0};
    for (size_t i = 0; i < f.n; i++) total += f.time[i];
    double rate = number_of(member(r, "exp")) / total;
    assert_close("the rate is 1 in 500 days", rate, 0.002, 1e-12);
    assert_ok(ms_one_sample_test(&f.data, NULL, 0.002, 0.95, &ours, &err), &err);
    assert_close("obs", ours.observed, number_of(member(r, "obs")), 0);
    assert_close("exp", ours.expected, number_of(member(r, "exp")), TOLERANCE);
    assert_close("chisq", ours.chisq, number_of(member(r, "chisq")), TOLERANCE);
    ms_surv_frame_clear(&f);
    ms_table_free(table);
    cJSON_Delete(root);
}

/* Strata by themselves, then their sums added: what a stratified test is. Trend without spread is refused. */
static void strata_add_up(void **state) {
    (void)state;
    size_t stratum[23];
    double u = 0, v = 0;
    ms_error err = {0};
    ms_weighted_test test = {0};
    ms_weighting w = {.kind = MS_TEST_TARONE_WARE};
    for (size_t s = 0; s < 2; s++) {
        double time[23];
        uint8_t event[23];
        size_t group[23], n = 0;
        for (size_t i = 0; i < 23; i++) {
            stratum[i] = i % 2;
            if (stratum[i] != s) continue;
            time[n] = aml_time[i];
            event[n] = aml_event[i];
            group[n++] = aml_group[i];
        }
        ms_surv part = {.n = n, .time = time, .event = event};
        assert_ok(ms_weighted_test_compute(&part, group, 2, w, &test, &err), &err);
        u += test.l.observed[0] - test.l.expected[0];
        v += test.l.variance[0];
        ms_weighted_test_clear(&test);
    }
    ms_surv data = aml;
    data.stratum = stratum;
    data.n_strata = 2;
    assert_ok(ms_weighted_test_compute(&data, aml_group, 2, w, &test, &err), &err);
    assert_close("chisq", test.l.chisq, u * u / v, 1e-12);
    assert_true(isnan(test.sup));
    const double alike[] = {3, 3};
    ms_trend t = {0};
    assert_int_equal(ms_trend_test(&test.l, alike, &t, &err), MS_EINPUT);
    assert_ok(ms_trend_test(&test.l, NULL, &t, &err), &err);
    assert_close("two groups: the trend is the test", t.chisq, test.l.chisq, 1e-12);
    ms_weighted_test_clear(&test);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_survdiff_with_rho),
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(corrections),
        cmocka_unit_test(one_sample),
        cmocka_unit_test(strata_add_up),
        cmocka_unit_test(as_survmisc),
        cmocka_unit_test(as_coin),
        cmocka_unit_test(pairs_as_r),
        cmocka_unit_test(one_sample_as_r),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
