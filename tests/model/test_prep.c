/* Preprocessing: what is left out, what stands in for a missing value, and scaling; values by hand. */
#include "model/cohort.h"

enum { n = 5, p = 6 };
/* Columns: 1..5; constant; missing twice; all missing; an outlier; a constant that rounding spoils. */
static const double x[n * p] = {
    1, 7, 2,   NAN, 0,   0.1 + 0.2, /* */
    2, 7, NAN, NAN, 0,   0.3,       /* */
    3, 7, 4,   NAN, 0,   0.3,       /* */
    4, 7, NAN, NAN, 0,   0.3,       /* */
    5, 7, 9,   NAN, 100, 0.3,
};

static void test_standard(void **state) {
    (void)state;
    ms_prep prep;
    ms_train_config config;
    double z[n * 3];
    ms_train_config_default(&config);
    assert_int_equal(ms_prep_fit(&prep, x, n, p, &config, NULL), MS_OK);
    static const uint8_t dropped[p] = {0, 1, 0, 1, 0, 1};
    assert_memory_equal(prep.dropped, dropped, p);
    assert_int_equal(prep.n_used, 3);
    assert_int_equal(prep.missing[2], 2);
    assert_int_equal(prep.missing[3], n);
    assert_close(prep.centre[0], 3, 1e-15);
    assert_close(prep.scale[0], sqrt(2.5), 1e-15);
    assert_close(prep.median[2], 4, 0);
    assert_close(prep.centre[2], (2 + 4 + 4 + 4 + 9) / 5.0, 1e-15); /* the missing count as the median */
    ms_prep_apply(&prep, x, n, z);
    for (size_t j = 0; j < 3; j++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            sum += z[i * 3 + j];
            squares += z[i * 3 + j] * z[i * 3 + j];
        }
        assert_close(sum, 0, 1e-14);
        assert_close(squares, n - 1, 1e-14);
    }
    assert_close(z[1 * 3 + 1], z[2 * 3 + 1], 0); /* missing: as the median */
    ms_prep_clear(&prep);
}

/* R: quantile type 7; IQR 2 of 1..5. The outlier's column has IQR 0, so its SD is used. */
static void test_robust_and_clip(void **state) {
    (void)state;
    ms_prep prep;
    ms_train_config config;
    double z[n * 3];
    const double far[p] = {1e9, 7, 4, NAN, 0, 0.3};
    ms_train_config_default(&config);
    config.robust = true;
    config.clip = 5;
    assert_int_equal(ms_prep_fit(&prep, x, n, p, &config, NULL), MS_OK);
    assert_close(prep.centre[0], 3, 0);
    assert_close(prep.scale[0], 2 / 1.349, 1e-15);
    assert_close(prep.scale[4], sqrt(2000), 1e-12);
    ms_prep_apply(&prep, far, 1, z);
    assert_close(z[0], 5, 0);
    ms_prep_clear(&prep);
}

static void test_max_missing(void **state) {
    (void)state;
    ms_prep prep;
    ms_train_config config;
    ms_train_config_default(&config);
    config.max_missing = 0.39;
    assert_int_equal(ms_prep_fit(&prep, x, n, p, &config, NULL), MS_OK);
    assert_int_equal(prep.dropped[2], 1);
    ms_prep_clear(&prep);
    config.max_missing = 0.4;
    assert_int_equal(ms_prep_fit(&prep, x, n, p, &config, NULL), MS_OK);
    assert_int_equal(prep.dropped[2], 0);
    ms_prep_clear(&prep);
}

/* Every row is held back by exactly one member of a round, and each part has its share of the events. */
static void test_split(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    uint8_t held[cohort_n];
    size_t times_held[cohort_n] = {0}, n_held, n_events = 0;
    cohort_make(&c, 1);
    for (size_t i = 0; i < cohort_n; i++) n_events += c.event[i];
    ms_train_config_default(&config);
    config.validation = 0.2;
    const ms_training training = {
        .n = cohort_n, .time = c.time, .event = c.event, .n_events = n_events, .config = &config, .seed = 3};
    for (size_t member = 0; member < 5; member++) {
        size_t events = 0, count = 0;
        assert_int_equal(ms_split_rows(&training, member, held, &n_held, NULL), MS_OK);
        for (size_t i = 0; i < cohort_n; i++) {
            times_held[i] += held[i];
            count += held[i];
            events += held[i] && c.event[i];
        }
        assert_int_equal(count, n_held);
        assert_int_equal(n_held, cohort_n / 5);
        assert_true(events >= n_events / 5 && events <= n_events / 5 + 1);
    }
    for (size_t i = 0; i < cohort_n; i++) assert_int_equal(times_held[i], 1);
    /* Too few events to judge by: nobody is held back. */
    memset(c.event, 0, sizeof c.event);
    c.event[0] = c.event[1] = 1;
    const ms_training few = {
        .n = cohort_n, .time = c.time, .event = c.event, .n_events = 2, .config = &config, .seed = 3};
    assert_int_equal(ms_split_rows(&few, 0, held, &n_held, NULL), MS_OK);
    assert_int_equal(n_held, 0);
}

/* Truncated at 2 SD: the SD of what is drawn is .8796 of the nominal (Johnson, Kotz, Balakrishnan
 * 1994, 10.1). */
static void test_initial_weights(void **state) {
    (void)state;
    static const double sd[] = {0.1 * 0.87962566, 0.1, 0.14142136};
    for (int init = MS_INIT_TRUNCATED_NORMAL; init <= MS_INIT_HE; init++) {
        ms_net net = {.n_layers = 1, .sizes = {100, 100}};
        ms_random *random = ms_random_new(1, "weights");
        double squares = 0;
        assert_int_equal(ms_net_init(&net, (ms_weight_init)init, 0.1, random, NULL), MS_OK);
        for (size_t i = 0; i < 10000; i++) {
            squares += net.weights[i] * net.weights[i];
            if (init == MS_INIT_TRUNCATED_NORMAL) assert_true(fabs(net.weights[i]) <= 0.2);
        }
        assert_close(sqrt(squares / 10000), sd[init], 0.03 * sd[init]);
        for (size_t i = 10000; i < 10100; i++) assert_close(net.weights[i], 0, 0);
        ms_random_free(random);
        ms_net_clear(&net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standard),        cmocka_unit_test(test_robust_and_clip),
        cmocka_unit_test(test_max_missing),     cmocka_unit_test(test_split),
        cmocka_unit_test(test_initial_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
