/* Moran's I and Geary's C by Fourier transforms are the sums over all pairs, and interpolation by a spline
 * goes through what it is made from. */
#include "radiomics/interpolate.h"
#include "radiomics/spatial.h"
#include "synthetic.h"

/* The definition (IBSI N365, NPT7), pair by pair. */
static void pair_by_pair(const ms_region *r, const double *x, double *moran, double *geary) {
    double n = 0, mean = 0, square = 0, weights = 0, products = 0, squares = 0;
    for (size_t i = 0; i < r->box; i++) {
        n += r->in[i];
        mean += r->in[i] ? x[i] : 0;
    }
    mean /= n;
    for (size_t i = 0; i < r->box; i++) {
        if (!r->in[i]) continue;
        square += (x[i] - mean) * (x[i] - mean);
        for (size_t j = 0; j < r->box; j++) {
            if (!r->in[j] || i == j) continue;
            double d[3] = {(double)(i % r->n[0]) - (double)(j % r->n[0]),
                           (double)(i / r->n[0] % r->n[1]) - (double)(j / r->n[0] % r->n[1]),
                           (double)(i / (r->n[0] * r->n[1])) - (double)(j / (r->n[0] * r->n[1]))};
            double distance = 0;
            for (int a = 0; a < 3; a++) distance += d[a] * d[a] * r->spacing_mm[a] * r->spacing_mm[a];
            double w = 1 / sqrt(distance);
            weights += w;
            products += w * (x[i] - mean) * (x[j] - mean);
            squares += w * (x[i] - x[j]) * (x[i] - x[j]);
        }
    }
    *moran = n / weights * products / square;
    *geary = (n - 1) / (2 * weights) * squares / square;
}

static void transforms_are_the_sum_over_all_pairs(void **state) {
    (void)state;
    static const size_t sizes[][3] = {{11, 9, 7}, {16, 5, 1}, {3, 1, 1}, {1, 2, 30}, {13, 12, 10}};
    for (size_t s = 0; s < MS_COUNT(sizes); s++) {
        ms_region r = {.n = {sizes[s][0], sizes[s][1], sizes[s][2]}, .spacing_mm = {0.8, 1.3, 5}};
        uint8_t in[2000] = {0};
        double x[2000], moran = 0, geary = 0, true_moran, true_geary;
        const char *reason = NULL;
        r.box = r.n[0] * r.n[1] * r.n[2];
        r.in = in;
        for (size_t v = 0; v < r.box; v++) {
            in[v] = v % 7 != 3;
            x[v] = (double)(v * v * 31 % 1009) - 400 + 0.125 * (double)(v % 5);
        }
        assert_int_equal(ms_spatial(&r, x, in, &moran, &geary, &reason, NULL), MS_OK);
        assert_null(reason);
        pair_by_pair(&r, x, &true_moran, &true_geary);
        assert_true(fabs(moran - true_moran) <= 1e-9 * fabs(true_moran));
        assert_true(fabs(geary - true_geary) <= 1e-9 * fabs(true_geary));
    }
}

static void what_has_no_value_says_why(void **state) {
    (void)state;
    uint8_t in[8] = {1};
    double x[8] = {3}, moran = 7, geary = 7;
    const char *reason = NULL;
    ms_region r = {.n = {2, 2, 2}, .box = 8, .in = in, .spacing_mm = {1, 1, 1}};
    assert_int_equal(ms_spatial(&r, x, in, &moran, &geary, &reason, NULL), MS_OK);
    assert_string_equal(reason, "one_voxel");
    for (size_t v = 0; v < 8; v++) {
        in[v] = 1;
        x[v] = 3;
    }
    assert_int_equal(ms_spatial(&r, x, in, &moran, &geary, &reason, NULL), MS_OK);
    assert_string_equal(reason, "undefined");
    r = (ms_region){.n = {500, 500, 500}, .spacing_mm = {1, 1, 1}}; /* a box of no voxels, but a large one */
    assert_int_equal(ms_spatial(&r, x, in, &moran, &geary, &reason, NULL), MS_OK);
    assert_string_equal(reason, "too_large");
    assert_near(moran, 7, 0);
}

static double from_array(const void *context, size_t v) {
    return ((const double *)context)[v];
}

/* At the old voxels every interpolation gives the old values; between them a cubic spline gives back a
 * polynomial of degree one, and half way in the middle of a long line one of degree three. */
static void interpolation_meets_its_definition(void **state) {
    (void)state;
    enum { N = 90 };
    double line[N], *out = NULL;
    static const ms_interpolation kinds[] = {MS_INTERPOLATE_LINEAR, MS_INTERPOLATE_SPLINE,
                                             MS_INTERPOLATE_NEAREST};
    for (size_t i = 0; i < N; i++) line[i] = (double)(i * i * 37 % 101);
    for (size_t n = 1; n <= N; n = n < 6 ? n + 1 : n + 28) {
        for (size_t k = 0; k < 3; k++) {
            const ms_axis_map map[3] = {{.old_n = n, .n = n, .step = 1},
                                        {.old_n = 1, .n = 1, .step = 1},
                                        {.old_n = 1, .n = 1, .step = 1}};
            assert_int_equal(ms_interpolate(map, kinds[k], from_array, line, &out, NULL), MS_OK);
            for (size_t i = 0; i < n; i++) assert_near(out[i], line[i], 1e-10);
            free(out);
        }
    }
    for (size_t i = 0; i < N; i++) line[i] = pow((double)i / 10, 3) - 4 * (double)i;
    const ms_axis_map half[3] = {{.old_n = 1, .n = 1, .step = 1},
                                 {.old_n = 1, .n = 1, .step = 1},
                                 {.old_n = N, .n = 20, .first = 35.5, .step = 1}};
    assert_int_equal(ms_interpolate(half, MS_INTERPOLATE_SPLINE, from_array, line, &out, NULL), MS_OK);
    for (size_t i = 0; i < 20; i++) {
        double x = 35.5 + (double)i;
        assert_near(out[i], pow(x / 10, 3) - 4 * x, 1e-9);
    }
    free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transforms_are_the_sum_over_all_pairs),
        cmocka_unit_test(what_has_no_value_says_why),
        cmocka_unit_test(interpolation_meets_its_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
