/* Cut-points against R's maxstat, and facts that need no reference. */
#include "survival/reference.h"

#include "myosurv/survival_curves.h"

/* Keys are "SET METHOD". */
static const struct {
    const char *set, *data, *time, *event, *value, *x;
} sets[] = {{"DLBCL_MGE", "DLBCL", "time", "cens", NULL, "MGE"},
            {"DLBCL_IPI", "DLBCL", "time", "cens", NULL, "IPI"},
            {"lung_age", "lung", "time", "status", "2", "age"},
            {"lung_karno", "lung", "time", "status", "2", "ph.karno"},
            {"pbc_bili", "pbc", "time", "status", "2", "bili"},
            {"veteran_karno", "veteran", "time", "status", NULL, "karno"}};

/* R's exactGauss is a random quadrature good to 1e-3; with an error of 1e-9 asked for, pmvnorm gives
 * 0.0113212(3) for DLBCL_IPI, where we have 0.01132132. R's HL leaves out sums of 0 (so its value can be too
 * small) and sums that give the statistic itself, or not, as they are rounded; here both count. */
static const struct {
    const char *name;
    ms_maxstat_method method;
    double relative, absolute;
} methods[] = {{"Lau92", MS_MAXSTAT_LAU92, TOLERANCE, 0},
               {"Lau94", MS_MAXSTAT_LAU94, TOLERANCE, 1e-15},
               {"exactGauss", MS_MAXSTAT_EXACT_GAUSS, 0, 1e-3},
               {"HL", MS_MAXSTAT_HL, 5e-2, 0}};

static void compare(const ms_maxstat *m, const char *name, const char *key, const cJSON *r) {
    bool whole = strcmp(name, "HL") == 0;
    assert_close(key, whole ? m->whole_number_largest : m->largest, number_of(member(r, "statistic")),
                 TOLERANCE);
    assert_all_close(key, m->cut, m->n_cuts, member(r, "cuts"));
    if (!whole) assert_all_close(key, m->statistic, m->n_cuts, member(r, "stats"));
    if (!whole) assert_close(key, m->cut[m->best], number_of(member(r, "cutpoint")), 0);
    for (size_t i = 0; i < MS_COUNT(methods); i++) {
        double theirs = number_of(member(r, "p"));
        if (strcmp(name, methods[i].name) != 0 || isnan(theirs)) continue;
        double ours = m->p[methods[i].method];
        if (!(fabs(ours - theirs) <= methods[i].relative * theirs + methods[i].absolute))
            fail_msg("%s: ours %.17g, R %.17g", key, ours, theirs);
    }
}

static void as_maxstat(void **state) {
    (void)state;
    cJSON *root = read_reference("maxstat");
    size_t compared = 0;
    for (size_t s = 0; s < MS_COUNT(sets); s++) {
        ms_table *table = read_data(sets[s].data);
        ms_surv_frame f = frame_of(table, (ms_surv_columns){.time = sets[s].time,
                                                            .event = sets[s].event,
                                                            .event_value = sets[s].value,
                                                            .risk = sets[s].x});
        ms_maxstat m = {0};
        ms_error err = {0};
        ms_maxstat_options options;
        ms_maxstat_options_default(&options);
        options.permutations = 0;
        assert_ok(ms_maxstat_compute(&f.data, f.risk, &options, &m, &err), &err);
        size_t length = strlen(sets[s].set);
        for (const cJSON *r = root->child; r; r = r->next) {
            if (strncmp(r->string, sets[s].set, length) != 0 || r->string[length] != ' ') continue;
            compare(&m, r->string + length + 1, r->string, r);
            compared++;
        }
        ms_maxstat_clear(&m);
        ms_surv_frame_clear(&f);
        ms_table_free(table);
    }
    assert_int_equal(compared, cJSON_GetArraySize(root));
    cJSON_Delete(root);
}

static double aml_time[] = {9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5,
                            5, 8,  8,  12, 16, 23, 27, 30, 33, 43, 45};
static uint8_t aml_event[] = {1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1};
static const ms_surv aml = {.n = 23, .time = aml_time, .event = aml_event};

/* One cut only: no search, so the correction is none but the permutations' and the bound's own. */
static void one_cut_needs_no_correction(void **state) {
    (void)state;
    double x[23];
    ms_maxstat m = {0};
    ms_error err = {0};
    for (size_t i = 0; i < 23; i++) x[i] = i < 11 ? 0 : 1;
    assert_ok(ms_maxstat_compute(&aml, x, NULL, &m, &err), &err);
    assert_int_equal(m.n_cuts, 1);
    assert_close("cut", m.cut[0], 0, 0);
    assert_close("Lausen 1994", m.p[MS_MAXSTAT_LAU94], m.p_unadjusted, 1e-12);
    assert_close("exact Gauss", m.p[MS_MAXSTAT_EXACT_GAUSS], m.p_unadjusted, 1e-12);
    assert_true(fabs(m.p[MS_MAXSTAT_COND_MC] - m.p_unadjusted) < 0.02);
    ms_maxstat_clear(&m);
}

/* Searching costs: every corrected p is above the bare one, the 1994 bound above the exact Gauss it bounds;
 * the permutations agree with the limit; and they are the same with other numbers of threads. */
static void search_has_its_price(void **state) {
    (void)state;
    double x[120], time[120];
    uint8_t event[120];
    uint64_t seed = 3;
    ms_maxstat m = {0}, again = {0};
    ms_error err = {0};
    for (size_t i = 0; i < 120; i++) {
        x[i] = next_random(&seed);
        time[i] = 1 + next_random(&seed);
        event[i] = next_random(&seed) < 0.7;
    }
    ms_surv data = {.n = 120, .time = time, .event = event};
    assert_ok(ms_maxstat_compute(&data, x, NULL, &m, &err), &err);
    for (size_t i = 0; i < MS_MAXSTAT_METHODS; i++) assert_true(m.p[i] > m.p_unadjusted);
    assert_true(m.p[MS_MAXSTAT_LAU94] > m.p[MS_MAXSTAT_EXACT_GAUSS] - 1e-9);
    assert_true(fabs(m.p[MS_MAXSTAT_COND_MC] - m.p[MS_MAXSTAT_EXACT_GAUSS]) < 0.08);
    unsigned threads = ms_threads_get();
    ms_threads_set(threads == 1 ? 3 : 1);
    assert_ok(ms_maxstat_compute(&data, x, NULL, &again, &err), &err);
    ms_threads_set(threads);
    assert_close("threads", again.p[MS_MAXSTAT_COND_MC], m.p[MS_MAXSTAT_COND_MC], 0);
    ms_maxstat_clear(&m);
    ms_maxstat_clear(&again);
    ms_maxstat_options narrow = {.min_prop = 0.6, .max_prop = 0.4};
    assert_int_equal(ms_maxstat_compute(&data, x, &narrow, &m, &err), MS_EUSAGE);
    for (size_t i = 0; i < 120; i++) x[i] = 7;
    assert_int_equal(ms_maxstat_compute(&data, x, NULL, &m, &err), MS_EINPUT);
}

/* R: quantile(c(3, 1, 4, 1, 5), c(1/3, 0.5, 2/3)) */
static void quantiles_and_groups(void **state) {
    (void)state;
    const double x[] = {3, 1, 4, 1, 5}, cuts[] = {1, 3};
    size_t code[5];
    double q;
    ms_error err = {0};
    assert_ok(ms_quantile(x, 5, 1.0 / 3, &q, &err), &err);
    assert_close("third", q, 5.0 / 3, 1e-12);
    assert_ok(ms_quantile(x, 5, 0.5, &q, &err), &err);
    assert_close("median", q, 3, 0);
    ms_cut_groups(x, 5, cuts, 2, code);
    const size_t expected[] = {1, 0, 2, 0, 2};
    for (size_t i = 0; i < 5; i++) assert_int_equal(code[i], expected[i]);
}

/* The cut is found in the training part alone and the p-value is of the other: with noise it is as often
 * below 0.2 as it should be, though the training part's is not. */
static void xtile_keeps_its_level(void **state) {
    (void)state;
    size_t small = 0, small_train = 0, runs = 200;
    for (size_t k = 0; k < runs; k++) {
        double x[100], time[100];
        uint8_t event[100];
        uint64_t seed = 1000 + k;
        ms_xtile r = {0};
        ms_error err = {0};
        for (size_t i = 0; i < 100; i++) {
            x[i] = floor(20 * next_random(&seed));
            time[i] = 1 + next_random(&seed);
            event[i] = next_random(&seed) < 0.8;
        }
        ms_surv data = {.n = 100, .time = time, .event = event};
        assert_ok(ms_xtile_compute(&data, x, 1, 0.5, 0.1, k, &r, &err), &err);
        assert_int_equal(r.n_train + r.n_valid, 100);
        small += r.p < 0.2;
        small_train += r.train_chisq > 1.642374415149820; /* p < 0.2 */
        ms_xtile_clear(&r);
    }
    assert_true(small > 20 && small < 62); /* 40 expected, within 4 standard deviations */
    assert_true(small_train > 100);
    ms_xtile r = {0};
    ms_error err = {0};
    double x[23];
    for (size_t i = 0; i < 23; i++) x[i] = (double)(i % 7);
    assert_ok(ms_xtile_compute(&aml, x, 2, 0.6, 0.1, 1, &r, &err), &err);
    assert_true(r.cuts[0] < r.cuts[1]);
    ms_xtile_clear(&r);
    for (size_t i = 0; i < 23; i++) x[i] = 1;
    assert_int_equal(ms_xtile_compute(&aml, x, 1, 0.5, 0.1, 1, &r, &err), MS_EINPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_cut_needs_no_correction),
        cmocka_unit_test(search_has_its_price),
        cmocka_unit_test(quantiles_and_groups),
        cmocka_unit_test(xtile_keeps_its_level),
        cmocka_unit_test(as_maxstat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
