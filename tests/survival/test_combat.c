/* ComBat against R. The reference is what neuroCombat (R) gives for the ComBatHarmonization project's own
 * test data, in ../shared/combat: 200 features of 10 scans, batches of 5 and 5, a covariate that is 1 for
 * every other scan. R prints 15 digits; the tolerance is 1e-8 of a value. */
#include "reference.h"

#include "myosurv/survival_tables.h"

enum { SCANS = 10, FEATURES = 200 };

/* A CSV of features by scans into x[scans * features]; skips the test when it is not there. */
static size_t read_matrix(const char *folder, const char *name, double *x) {
    char path[1024];
    ms_table *table = NULL;
    ms_error err = {0};
    (void)ms_text_format(path, sizeof path, "%s/combat/%s/%s", MS_TEST_SHARED_DIR, folder, name);
    if (!ms_path_exists(path)) {
        print_message("skipped: no ../shared/combat\n");
        skip();
    }
    assert_ok(ms_table_read(&table, path, &err), &err);
    const size_t p = ms_table_rows(table), n = ms_table_columns(table);
    assert_int_equal(p, FEATURES);
    for (size_t f = 0; f < p; f++)
        for (size_t i = 0; i < n; i++) assert_ok(ms_table_number(table, f, i, &x[i * p + f], &err), &err);
    ms_table_free(table);
    return n;
}

static const size_t batch[SCANS] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
static const double covariate[SCANS] = {1, 0, 1, 0, 1, 0, 1, 0, 1, 0};

static void compare(const char *name, const double *ours, const double *theirs, size_t n) {
    char label[200];
    for (size_t i = 0; i < n; i++) {
        (void)ms_text_format(label, sizeof label, "%s: value %zu", name, i);
        assert_close(label, ours[i], theirs[i], 1e-8);
    }
}

static void run_mode(bool adjusted, bool parametric, bool no_bayes, bool mean_only, bool reference) {
    char name[200];
    double x[SCANS * FEATURES], expected[SCANS * FEATURES];
    ms_combat_options options;
    ms_combat combat = {0};
    ms_error err = {0};
    (void)ms_text_format(name, sizeof name, "testdata_combat_%sparametric_%sadjusted%s%s%s_r.csv",
                         parametric ? "" : "non", adjusted ? "" : "un", no_bayes ? "_noeb" : "",
                         mean_only ? "_meanonly" : "", reference ? "_batchref" : "");
    assert_int_equal(read_matrix("inputData", "testdata.csv", x), SCANS);
    (void)read_matrix("outputData", name, expected);
    ms_combat_options_default(&options);
    options.mean_only = mean_only;
    options.non_parametric = !parametric;
    options.no_bayes = no_bayes;
    options.has_reference = reference;
    assert_ok(ms_combat_fit(x, SCANS, FEATURES, batch, 2, adjusted ? covariate : NULL, adjusted, &options,
                            &combat, &err),
              &err);
    assert_ok(ms_combat_apply(&combat, x, SCANS, batch, adjusted ? covariate : NULL, &err), &err);
    compare(name, x, expected, SCANS * FEATURES);
    ms_combat_clear(&combat);
}

static void all_modes_equal_r(void **state) {
    (void)state;
    for (unsigned mode = 0; mode < 32; mode++) run_mode(mode & 1, mode & 2, mode & 4, mode & 8, mode & 16);
}

/* R's scenario 2: fitted with the covariate, applied without it. */
static void new_data_equal_r(void **state) {
    static const size_t pick[] = {0, 1, 5, 6}, their_batch[] = {0, 0, 1, 1};
    double x[SCANS * FEATURES], some[4 * FEATURES], expected[4 * FEATURES];
    ms_combat_options options;
    ms_combat combat = {0};
    ms_error err = {0};
    (void)state;
    (void)read_matrix("inputData", "testdata.csv", x);
    assert_int_equal(read_matrix("outputData", "training_test_scenario2_r.csv", expected), 4);
    for (size_t i = 0; i < 4; i++)
        for (size_t f = 0; f < FEATURES; f++) some[i * FEATURES + f] = x[pick[i] * FEATURES + f];
    ms_combat_options_default(&options);
    assert_ok(ms_combat_fit(x, SCANS, FEATURES, batch, 2, covariate, 1, &options, &combat, &err), &err);
    assert_ok(ms_combat_apply(&combat, some, 4, their_batch, NULL, &err), &err);
    compare("scenario 2", some, expected, MS_COUNT(some));
    ms_combat_clear(&combat);
}

/* 40 rows of 6 features with known batch effects, from whole-number formulas. */
static void make(double *x, size_t *b, double *c) {
    for (size_t i = 0; i < 40; i++) {
        b[i] = i % 3;
        c[i] = (double)(i * 7 % 11) + 50;
        for (size_t f = 0; f < 6; f++)
            x[i * 6 + f] = (double)((i * 31 + f * 17 + i * f * 5) % 23) * (b[i] == 1 ? 2 : 1) +
                           (double)(b[i] * 40) + 0.5 * c[i];
    }
}

/* A covariate measured from elsewhere (age, or years over 50) changes nothing. */
static void covariate_origin_is_free(void **state) {
    double x[240], y[240], c[40], shifted[40];
    size_t b[40];
    ms_combat_options options;
    ms_combat one = {0}, two = {0};
    ms_error err = {0};
    (void)state;
    make(x, b, c);
    make(y, b, c);
    for (size_t i = 0; i < 40; i++) shifted[i] = c[i] + 1e5;
    ms_combat_options_default(&options);
    assert_ok(ms_combat_fit(x, 40, 6, b, 3, c, 1, &options, &one, &err), &err);
    assert_ok(ms_combat_fit(y, 40, 6, b, 3, shifted, 1, &options, &two, &err), &err);
    assert_ok(ms_combat_apply(&one, x, 40, b, c, &err), &err);
    assert_ok(ms_combat_apply(&two, y, 40, b, shifted, &err), &err);
    compare("shifted covariate", x, y, 240);
    ms_combat_clear(&one);
    ms_combat_clear(&two);
}

/* Without Bayes and covariates every batch ends with the same mean: the definition of location-scale. */
static void batch_means_agree(void **state) {
    double x[240], c[40], mean[3] = {0}, count[3] = {0};
    size_t b[40];
    ms_combat_options options;
    ms_combat combat = {0};
    ms_error err = {0};
    (void)state;
    make(x, b, c);
    ms_combat_options_default(&options);
    options.no_bayes = true;
    assert_ok(ms_combat_fit(x, 40, 6, b, 3, NULL, 0, &options, &combat, &err), &err);
    assert_ok(ms_combat_apply(&combat, x, 40, b, NULL, &err), &err);
    for (size_t i = 0; i < 40; i++) {
        mean[b[i]] += x[i * 6 + 2];
        count[b[i]] += 1;
    }
    assert_close("means", mean[0] / count[0], mean[1] / count[1], 1e-12);
    assert_close("means", mean[0] / count[0], mean[2] / count[2], 1e-12);
    ms_combat_clear(&combat);
}

static void what_cannot_be_fitted_is_left(void **state) {
    double x[240], before[240], c[40];
    size_t b[40];
    ms_combat_options options;
    ms_combat combat = {0};
    ms_error err = {0};
    (void)state;
    make(x, b, c);
    for (size_t i = 0; i < 40; i++) {
        x[i * 6] = 3;                              /* constant */
        if (b[i] == 2) x[i * 6 + 1] = (double)NAN; /* a batch without a value */
        if (i == 5) x[i * 6 + 2] = (double)NAN;    /* a gap */
    }
    memcpy(before, x, sizeof x);
    ms_combat_options_default(&options);
    assert_ok(ms_combat_fit(x, 40, 6, b, 3, c, 1, &options, &combat, &err), &err);
    assert_int_equal(combat.state[0], MS_COMBAT_CONSTANT);
    assert_int_equal(combat.state[1], MS_COMBAT_MISSING);
    assert_int_equal(combat.state[2], MS_COMBAT_FITTED);
    assert_ok(ms_combat_apply(&combat, x, 40, b, c, &err), &err);
    for (size_t i = 0; i < 40; i++) {
        assert_true(x[i * 6] == 3);
        assert_true(isnan(x[i * 6 + 1]) == isnan(before[i * 6 + 1]));
        assert_true(isnan(x[i * 6 + 2]) == (i == 5));
    }
    ms_combat_clear(&combat);
}

static void bad_input_is_said(void **state) {
    double x[240], c[40];
    size_t b[40], one[40] = {0};
    ms_combat_options options;
    ms_combat combat = {0};
    ms_error err = {0};
    (void)state;
    make(x, b, c);
    ms_combat_options_default(&options);
    assert_int_equal(ms_combat_fit(x, 40, 6, one, 1, NULL, 0, &options, &combat, &err), MS_EINPUT);
    one[7] = 1;
    assert_int_equal(ms_combat_fit(x, 40, 6, one, 2, NULL, 0, &options, &combat, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "1 row"));
    for (size_t i = 0; i < 40; i++) c[i] = b[i] == 1;
    assert_int_equal(ms_combat_fit(x, 40, 6, b, 3, c, 1, &options, &combat, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "depend"));
    assert_int_equal(ms_combat_fit(x, 40, 1, b, 3, NULL, 0, &options, &combat, &err), MS_EINPUT);
    assert_null(combat.mean);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_modes_equal_r),
        cmocka_unit_test(new_data_equal_r),
        cmocka_unit_test(covariate_origin_is_free),
        cmocka_unit_test(batch_means_agree),
        cmocka_unit_test(what_cannot_be_fitted_is_left),
        cmocka_unit_test(bad_input_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
