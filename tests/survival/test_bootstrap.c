/* The bootstrap against R's boot package (1.3-28, R 4.2.2): intervals of given replicates (norm.ci, basic.ci,
 * perc.ci, bca.ci), the jackknife's acceleration (empinf(type = "jack")); and that samples are what they
 * should be for any number of threads. */
#include "survival/reference.h"

#include "myosurv/survival_compare.h"

enum { B = 99 };

/* t_b = sin(1.7 b) + b / 99, observed 0.6, L_i = cos(i)^3 + 0.05 i / 30 for i = 1 .. 30. */
static void intervals_are_those_of_boot(void **state) {
    (void)state;
    static const struct {
        double level, bounds[4][2]; /* percentile, basic, normal, bca */
    } expected[] = {
        {0.95,
         {{-0.84411823222963922, 1.8238644032178395},
          {-0.62386440321783954, 2.0441182322296392},
          {-0.80067265417123523, 2.1935229493501067},
          {-0.73665587579263581, 1.9181282271083759}}},
        {0.8,
         {{-0.52939424720419836, 1.5072652985873036},
          {-0.30726529858730367, 1.7293942472041983},
          {-0.28247448870669234, 1.6753247838855636},
          {-0.4239508193292727, 1.6979174702995019}}},
        {0.99, /* beyond the extreme order statistics */
         {{-0.89551165202470218, 1.9792330719579718},
          {-0.77923307195797187, 2.0955116520247019},
          {-1.2710948775087458, 2.6639451726876171},
          {-0.89551165202470218, 1.9792330719579718}}},
    };
    double t[B], observed = 0.6, mean = 0, squares = 0, l2 = 0, l3 = 0;
    for (int b = 0; b < B; b++) mean += (t[b] = sin(1.7 * (b + 1)) + (b + 1) / 99.0) / B;
    for (int b = 0; b < B; b++) squares += (t[b] - mean) * (t[b] - mean);
    for (int i = 1; i <= 30; i++) {
        double l = pow(cos(i), 3) + 0.05 * i / 30;
        l2 += l * l;
        l3 += l * l * l;
    }
    double bias = mean - observed, se = sqrt(squares / (B - 1)), acceleration = l3 / (6 * pow(l2, 1.5));
    assert_close("acceleration", acceleration, -0.00094083178391805313, TOLERANCE);
    ms_bootstrap boot = {.n_statistics = 1,
                         .n_replicates = B,
                         .observed = &observed,
                         .replicate = t,
                         .bias = &bias,
                         .se = &se,
                         .acceleration = &acceleration};
    for (size_t e = 0; e < MS_COUNT(expected); e++)
        for (int type = 0; type < 4; type++) {
            double lower, upper;
            ms_bootstrap_interval(&boot, 0, (ms_interval)type, expected[e].level, &lower, &upper);
            assert_close(ms_interval_name((ms_interval)type), lower, expected[e].bounds[type][0], TOLERANCE);
            assert_close(ms_interval_name((ms_interval)type), upper, expected[e].bounds[type][1], TOLERANCE);
        }
}

static const double X[] = {1, 2, 4, 8, 16, 3, 9, 27, 5, 25, 7, 49};
enum { N = MS_COUNT(X) };
static const size_t STRATUM[N] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1};

/* mean(x^2) / mean(x); rows in the first stratum; a value that fails when row 0 is not drawn. */
static ms_status ratio(void *context, const ms_resample *sample, double *values, ms_error *err) {
    (void)context;
    (void)err;
    double sum = 0, squares = 0, first = 0, counted = 0;
    for (size_t i = 0; i < sample->n; i++) {
        sum += X[sample->rows[i]];
        squares += X[sample->rows[i]] * X[sample->rows[i]];
        first += sample->rows[i] < 5;
        assert_true(i == 0 || sample->rows[i] >= sample->rows[i - 1]);
    }
    for (size_t i = 0; i < sample->n_data; i++) counted += sample->count[i];
    assert_true(counted == (double)sample->n);
    values[0] = squares / sum;
    values[1] = first;
    values[2] = sample->count[0] > 0 ? 1 : NAN;
    return MS_OK;
}

static ms_bootstrap run(ms_bootstrap_options options) {
    ms_error err = {0};
    ms_bootstrap boot = {0};
    assert_ok(ms_bootstrap_run(N, 3, ratio, NULL, &options, &boot, &err), &err);
    return boot;
}

static void acceleration_is_the_jackknifes(void **state) {
    (void)state;
    ms_bootstrap_options o;
    ms_bootstrap_options_default(&o);
    o.replicates = 10;
    o.jackknife = true;
    ms_bootstrap boot = run(o);
    assert_close("acceleration", boot.acceleration[0], 0.1506571693321829, TOLERANCE);
    ms_bootstrap_clear(&boot);
    o.stratum = STRATUM;
    o.n_strata = 2;
    boot = run(o);
    assert_close("acceleration by strata", boot.acceleration[0], 0.15505125860662691, TOLERANCE);
    ms_bootstrap_clear(&boot);
}

static void a_replicate_is_the_same_for_any_threads_and_number(void **state) {
    (void)state;
    ms_bootstrap_options o;
    ms_bootstrap_options_default(&o);
    o.replicates = 64;
    o.seed = 7;
    ms_threads_set(1);
    ms_bootstrap one = run(o);
    ms_threads_set(3);
    o.replicates = 200;
    ms_bootstrap three = run(o);
    ms_threads_set(0);
    assert_memory_equal(one.replicate, three.replicate, 64 * 3 * sizeof(double));
    o.seed = 8;
    ms_bootstrap other = run(o);
    assert_true(memcmp(other.replicate, three.replicate, 64 * 3 * sizeof(double)) != 0);
    ms_bootstrap_clear(&one);
    ms_bootstrap_clear(&three);
    ms_bootstrap_clear(&other);
}

static void strata_keep_their_sizes_and_failures_are_counted(void **state) {
    (void)state;
    ms_bootstrap_options o;
    ms_bootstrap_options_default(&o);
    o.stratum = STRATUM;
    o.n_strata = 2;
    ms_bootstrap boot = run(o);
    size_t missing = 0;
    for (size_t b = 0; b < boot.n_replicates; b++) {
        assert_true(boot.replicate[3 * b + 1] == 5);
        missing += isnan(boot.replicate[3 * b + 2]) ? 1 : 0;
    }
    /* a row of a stratum of 5 is left out of a sample with probability 0.8^5 = 0.328, s.d. 0.015 */
    assert_true(missing == boot.n_failed[2] && missing > 268 && missing < 388);
    assert_true(boot.n_failed[0] == 0);
    double lower, upper;
    ms_bootstrap_interval(&boot, 1, MS_INTERVAL_BCA, 0.95, &lower, &upper);
    assert_true(lower == 5 && upper == 5); /* nothing varies */
    ms_bootstrap_clear(&boot);
}

static ms_status refuses(void *context, const ms_resample *sample, double *values, ms_error *err) {
    bool whole = true;
    for (size_t i = 0; i < sample->n_data; i++) whole &= sample->count[i] == 1;
    values[0] = 1;
    if (whole) return MS_OK;
    return ms_error_set(err, *(ms_status *)context, "no");
}

static void only_failures_of_the_sample_are_survived(void **state) {
    (void)state;
    ms_error err = {0};
    ms_bootstrap boot = {0};
    ms_status code = MS_ENOCONV;
    double lower, upper;
    assert_ok(ms_bootstrap_run(N, 1, refuses, &code, NULL, &boot, &err), &err);
    assert_true(boot.n_failed[0] == boot.n_replicates && isnan(boot.se[0]));
    ms_bootstrap_interval(&boot, 0, MS_INTERVAL_PERCENTILE, 0.95, &lower, &upper);
    assert_true(isnan(lower) && isnan(upper));
    ms_bootstrap_clear(&boot);
    code = MS_ERESOURCE;
    assert_int_equal(ms_bootstrap_run(N, 1, refuses, &code, NULL, &boot, &err), MS_ERESOURCE);
    assert_int_equal(ms_bootstrap_run(0, 1, refuses, &code, NULL, &boot, &err), MS_EINPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_those_of_boot),
        cmocka_unit_test(acceleration_is_the_jackknifes),
        cmocka_unit_test(a_replicate_is_the_same_for_any_threads_and_number),
        cmocka_unit_test(strata_keep_their_sizes_and_failures_are_counted),
        cmocka_unit_test(only_failures_of_the_sample_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
