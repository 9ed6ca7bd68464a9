/* Fourier transforms against their definition, written out here as the double sum. */
#include "synthetic.h"

#include "radiomics/fft.h"

static const double two_pi = 6.283185307179586476925;

static void fill(double *x, size_t count) {
    for (size_t v = 0; v < count; v++) x[v] = (double)((7 * v * v + 11 * v) % 97) / 10 - 4;
}

/* Lengths with small factors, with large primes (Bluestein), and 1. */
static void lines_follow_the_definition(void **state) {
    (void)state;
    static const size_t lengths[] = {1, 2, 7, 12, 13, 17, 60, 64, 67, 101, 204, 201};
    for (size_t l = 0; l < MS_COUNT(lengths); l++) {
        size_t length = lengths[l], n[3] = {1, length, 1};
        double x[512], y[512];
        fill(x, 2 * length);
        memcpy(y, x, sizeof y);
        assert_int_equal(ms_fft(y, n, NULL, false, NULL), MS_OK);
        for (size_t k = 0; k < length; k++) {
            double re = 0, im = 0;
            for (size_t j = 0; j < length; j++) {
                double angle = -two_pi * (double)(j * k % length) / (double)length;
                re += x[2 * j] * cos(angle) - x[2 * j + 1] * sin(angle);
                im += x[2 * j] * sin(angle) + x[2 * j + 1] * cos(angle);
            }
            assert_near(y[2 * k], re, 1e-10);
            assert_near(y[2 * k + 1], im, 1e-10);
        }
        assert_int_equal(ms_fft(y, n, NULL, true, NULL), MS_OK);
        for (size_t v = 0; v < 2 * length; v++) assert_near(y[v], x[v], 1e-12);
    }
}

static void only_the_asked_axes(void **state) {
    (void)state;
    const size_t n[3] = {3, 4, 5};
    const bool axes[3] = {false, true, false};
    double x[120], y[120];
    fill(x, 120);
    memcpy(y, x, sizeof y);
    assert_int_equal(ms_fft(y, n, axes, false, NULL), MS_OK);
    /* frequency 0 along axis 1 is the sum of the line */
    for (size_t k = 0; k < 5; k++) {
        for (size_t i = 0; i < 3; i++) {
            double sum = 0;
            for (size_t j = 0; j < 4; j++) sum += x[2 * ((k * 4 + j) * 3 + i)];
            assert_near(y[2 * (k * 12 + i)], sum, 1e-12);
        }
    }
}

static void correlation_is_the_sum_over_pairs(void **state) {
    (void)state;
    const size_t n[3] = {5, 6, 4};
    double a[120], b[120], c[120];
    fill(a, 120);
    for (size_t v = 0; v < 120; v++) b[v] = a[(v * 7) % 120] + (double)v / 50;
    assert_int_equal(ms_fft_correlate(a, b, n, c, NULL), MS_OK);
    for (size_t d = 0; d < 120; d++) {
        double sum = 0;
        for (size_t p = 0; p < 120; p++) {
            size_t i = (p % 5 + d % 5) % 5, j = (p / 5 % 6 + d / 5 % 6) % 6, k = (p / 30 + d / 30) % 4;
            sum += a[p] * b[(k * 6 + j) * 5 + i];
        }
        assert_near(c[d], sum, 1e-9);
    }
}

static void good_sizes(void **state) {
    (void)state;
    static const size_t pairs[][2] = {{0, 1}, {1, 1}, {7, 7}, {11, 12}, {13, 14}, {121, 125}, {1021, 1024}};
    for (size_t i = 0; i < MS_COUNT(pairs); i++) assert_int_equal(ms_fft_good_size(pairs[i][0]), pairs[i][1]);
}

static void one_or_two_threads_the_same_bytes(void **state) {
    (void)state;
    const size_t n[3] = {37, 40, 33}, total = n[0] * n[1] * n[2];
    double *x = malloc(2 * total * sizeof *x), *y = malloc(2 * total * sizeof *y);
    assert_true(x && y);
    fill(x, 2 * total);
    memcpy(y, x, 2 * total * sizeof *x);
    ms_threads_set(1);
    assert_int_equal(ms_fft(x, n, NULL, false, NULL), MS_OK);
    ms_threads_set(2);
    assert_int_equal(ms_fft(y, n, NULL, false, NULL), MS_OK);
    ms_threads_set(0);
    assert_memory_equal(x, y, 2 * total * sizeof *x);
    free(x);
    free(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_follow_the_definition),       cmocka_unit_test(only_the_asked_axes),
        cmocka_unit_test(correlation_is_the_sum_over_pairs), cmocka_unit_test(good_sizes),
        cmocka_unit_test(one_or_two_threads_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
