#include "base/scratch.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

/* A stream is GSL's mt19937, seeded and skipped as random.c says: the same numbers from GSL itself. */
static void test_is_gsl_mt19937(void **state) {
    (void)state;
    static const char *const streams[] = {"a", "case 17", ""};
    for (size_t k = 0; k < MS_COUNT(streams); k++) {
        uint64_t seed = ms_random_seed_of(1, streams[k]);
        gsl_rng *reference = gsl_rng_alloc(gsl_rng_mt19937);
        gsl_rng_set(reference, seed & 0xffffffffu);
        for (uint64_t i = 0; i < (seed >> 32 & 0xfff); i++) (void)gsl_rng_get(reference);
        ms_random *ours = ms_random_new(1, streams[k]);
        for (int i = 0; i < 1000; i++) {
            double high = (double)(gsl_rng_get(reference) >> 5), low = (double)(gsl_rng_get(reference) >> 6);
            assert_true(ms_random_uniform(ours) == (high * 67108864 + low) / 9007199254740992.0);
        }
        ms_random_free(ours);
        gsl_rng_free(reference);
    }
}

/* The first 8 bytes of SHA-256 of the seed's digits and the stream's name, each with its NUL. */
static void test_seed_of(void **state) {
    (void)state;
    char hex[65], seed[17];
    ms_hash_bytes("1\0a\0", 4, hex);
    hex[16] = '\0';
    (void)ms_text_format(seed, sizeof seed, "%016llx", (unsigned long long)ms_random_seed_of(1, "a"));
    assert_string_equal(seed, hex);
    assert_int_not_equal(ms_random_seed_of(1, "a"), ms_random_seed_of(2, "a"));
    assert_int_not_equal(ms_random_seed_of(1, "a"), ms_random_seed_of(1, "b"));
    assert_int_not_equal(ms_random_seed_of(1, "1a"), ms_random_seed_of(11, "a"));
}

static void test_streams_do_not_touch_each_other(void **state) {
    (void)state;
    double alone[50];
    ms_random *a = ms_random_new(5, "a");
    for (int i = 0; i < 50; i++) alone[i] = ms_random_normal(a);
    ms_random_free(a);
    a = ms_random_new(5, "a");
    ms_random *b = ms_random_new(5, "b");
    for (int i = 0; i < 50; i++) {
        double other = ms_random_normal(b);
        assert_true(ms_random_normal(a) == alone[i]);
        assert_true(other != alone[i]);
    }
    ms_random_free(a);
    ms_random_free(b);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov distance; its 0.1 % point for large n is 1.95 / sqrt(n). */
static double ks_distance(double *values, size_t n, double (*cdf)(double)) {
    double worst = 0;
    qsort(values, n, sizeof *values, compare);
    for (size_t i = 0; i < n; i++) {
        double p = cdf(values[i]);
        worst = fmax(worst, fmax(fabs(p - (double)i / (double)n), fabs((double)(i + 1) / (double)n - p)));
    }
    return worst;
}

static double uniform_cdf(double x) {
    return x;
}

static double exponential_cdf(double x) {
    return -expm1(-x);
}

static void test_distributions(void **state) {
    (void)state;
    enum { N = 20000 };
    static double values[N];
    ms_random *random = ms_random_new(11, "distributions");
    for (size_t i = 0; i < N; i++) values[i] = ms_random_uniform(random);
    assert_true(ks_distance(values, N, uniform_cdf) < 1.95 / sqrt(N));
    assert_true(values[0] >= 0 && values[N - 1] < 1);
    for (size_t i = 0; i < N; i++) values[i] = ms_random_normal(random);
    assert_true(fabs(gsl_stats_correlation(values, 2, values + 1, 2, N / 2)) <
                0.04); /* the pairs are independent */
    assert_true(ks_distance(values, N, gsl_cdf_ugaussian_P) < 1.95 / sqrt(N));
    for (size_t i = 0; i < N; i++) values[i] = ms_random_exponential(random);
    assert_true(ks_distance(values, N, exponential_cdf) < 1.95 / sqrt(N));
    for (size_t i = 0; i < N; i++) {
        double x = ms_random_range(random, -3, 5);
        assert_true(x >= -3 && x < 5);
    }
    ms_random_free(random);
}

static void test_below_and_shuffle(void **state) {
    (void)state;
    size_t counts[7] = {0}, items[100], seen[100] = {0}, moved = 0;
    ms_random *random = ms_random_new(2, "below");
    for (int i = 0; i < 70000; i++) counts[ms_random_below(random, 7)]++;
    double chi2 = 0;
    for (int i = 0; i < 7; i++) chi2 += pow((double)counts[i] - 10000, 2) / 10000;
    assert_true(chi2 < gsl_cdf_chisq_Pinv(0.999, 6));
    assert_int_equal(ms_random_below(random, 1), 0);
    for (size_t i = 0; i < 100; i++) items[i] = i;
    ms_random_shuffle(random, items, 100);
    for (size_t i = 0; i < 100; i++) {
        seen[items[i]]++;
        moved += items[i] != i;
    }
    for (size_t i = 0; i < 100; i++) assert_int_equal(seen[i], 1);
    assert_true(moved > 90);
    ms_random_shuffle(random, items, 0);
    ms_random_free(random);
}

static double draw(ms_random *random, const char *kind) {
    if (strcmp(kind, "uniform") == 0) return ms_random_uniform(random);
    if (strcmp(kind, "normal") == 0) return ms_random_normal(random);
    if (strcmp(kind, "exponential") == 0) return ms_random_exponential(random);
    assert_string_equal(kind, "below");
    return (double)ms_random_below(random, 1000);
}

/* tests/golden/base/random.csv, made with numpy: the numbers of a seed are the same everywhere and for good.
 */
static void test_golden_numbers(void **state) {
    (void)state;
    ms_table *golden = NULL;
    ms_random *random = NULL;
    assert_int_equal(ms_table_read(&golden, MS_TEST_GOLDEN_DIR "/base/random.csv", NULL), MS_OK);
    assert_int_equal(ms_table_rows(golden), 48);
    for (size_t row = 0; row < ms_table_rows(golden); row++) {
        double seed = 0, i = 0, value = 0;
        const char *kind = ms_table_cell(golden, row, 0);
        assert_int_equal(ms_table_number(golden, row, 1, &seed, NULL), MS_OK);
        assert_int_equal(ms_table_number(golden, row, 3, &i, NULL), MS_OK);
        assert_int_equal(ms_table_number(golden, row, 4, &value, NULL), MS_OK);
        if (i == 0) {
            ms_random_free(random);
            random = ms_random_new((uint64_t)seed, ms_table_cell(golden, row, 2));
            assert_non_null(random);
        }
        bool exact = strcmp(kind, "uniform") == 0 || strcmp(kind, "below") == 0;
        double ours = draw(random, kind), tolerance = exact ? 0 : 1e-15 * fabs(value);
        if (!(fabs(ours - value) <= tolerance)) fail_msg("row %zu: %.17g, not %.17g", row + 1, ours, value);
    }
    ms_random_free(random);
    ms_table_free(golden);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_gsl_mt19937), cmocka_unit_test(test_golden_numbers),
        cmocka_unit_test(test_seed_of),        cmocka_unit_test(test_streams_do_not_touch_each_other),
        cmocka_unit_test(test_distributions),  cmocka_unit_test(test_below_and_shuffle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
