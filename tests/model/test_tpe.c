/* The Tree-structured Parzen Estimator by itself. Densities are compared with those of Optuna 5.0.0
 * (optuna.samplers._tpe.parzen_estimator._ParzenEstimator, prior_weight 1, consider_magic_clip, equal
 * weights) and scipy's truncnorm; the searches with drawing at random, on functions whose least value is
 * known. */
#include "model/close.h"
#include "model/tpe.h"

#include <math.h>

static void check_density(const ms_tpe_dimension *dimensions, size_t d, const double *points, size_t n,
                          const double *x, const double *expected, size_t n_x, bool joint) {
    const ms_tpe_space space = {dimensions, d};
    const double *rows[8];
    ms_tpe_density density;
    for (size_t i = 0; i < n; i++) rows[i] = points + i * d;
    assert_int_equal(ms_tpe_density_init(&density, &space, rows, n, joint, NULL), MS_OK);
    for (size_t i = 0; i < n_x; i++)
        assert_close(ms_tpe_log_density(&density, x + i * d), expected[i], 1e-12);
    ms_tpe_density_clear(&density);
}

/* By hand, too: points 1 and 4 are 3 apart, so that both have SD 3 (above the floor of 10 / 4); the prior has
 * middle 5 and SD 10. scipy: log(mean(truncnorm.pdf(x, ...))) = -1.9668233420372987 at 2. */
static void test_numbers(void **state) {
    (void)state;
    const ms_tpe_dimension plain = {.low = 0, .high = 10}, log = {.low = 1e-4, .high = 1, .log = true};
    check_density(&plain, 1, (double[]){1, 4}, 2, (double[]){2, 9.5},
                  (double[]){-1.9668233420372987, -3.17068348439837}, 2, false);
    check_density(&log, 1, (double[]){1e-3, .02, .5}, 3, (double[]){.01}, (double[]){-2.1026967169600996}, 1,
                  false);
}

static void test_steps(void **state) {
    (void)state;
    const ms_tpe_dimension plain = {.low = 1, .high = 8, .step = 1};
    const ms_tpe_dimension log = {.low = 4, .high = 256, .step = 1, .log = true};
    check_density(&plain, 1, (double[]){2, 2, 7}, 3, (double[]){1, 2, 8},
                  (double[]){-1.9162270905742207, -1.7915680620809833, -2.456232431791899}, 3, false);
    check_density(&log, 1, (double[]){16, 64}, 2, (double[]){4, 20, 256},
                  (double[]){-3.233660137982394, -4.286473727121999, -7.393764682946886}, 3, false);
}

/* Three points with choices 0, 0, 2 of three: chance of 0 is (2 * 5/7 + 1/7 + 1/3) / 4. */
static void test_choices(void **state) {
    (void)state;
    const ms_tpe_dimension choice = {.n_choices = 3};
    check_density(&choice, 1, (double[]){0, 0, 2}, 3, (double[]){0, 1, 2},
                  (double[]){log((11. / 7 + 1. / 3) / 4), -1.6582280766035324, -1.0986122886681098}, 3, true);
}

static void test_joint(void **state) {
    (void)state;
    const ms_tpe_dimension d[] = {
        {.low = 0, .high = 10}, {.low = 1e-4, .high = 1, .log = true}, {.n_choices = 3}};
    check_density(d, 3, (double[]){1, 1e-3, 0, 4, .02, 0, 8, .5, 2}, 3, (double[]){2, .01, 0, 7.5, .3, 1},
                  (double[]){-4.749920121320983, -6.054151310538433}, 2, true);
}

/* Over all values of a whole number, and of a tree, chances add to 1. */
static void test_chances_add_to_one(void **state) {
    (void)state;
    const ms_tpe_dimension d[] = {
        {.n_choices = 2},
        {.low = 4, .high = 9, .step = 1, .log = true, .when = {{.parent = 0, .values = 2}}, .n_when = 1}};
    const ms_tpe_space space = {d, 2};
    const double a[] = {0, NAN}, b[] = {1, 5}, c[] = {1, 9}, *points[] = {a, b, c};
    for (int joint = 0; joint <= 1; joint++) {
        ms_tpe_density density;
        const double none[] = {0, NAN};
        assert_int_equal(ms_tpe_density_init(&density, &space, points, 3, joint, NULL), MS_OK);
        double sum = exp(ms_tpe_log_density(&density, none));
        for (double v = 4; v <= 9; v++) sum += exp(ms_tpe_log_density(&density, (const double[]){1, v}));
        assert_close(sum, 1, 1e-12);
        ms_tpe_density_clear(&density);
    }
}

static void test_how_many_are_good(void **state) {
    (void)state;
    assert_int_equal(ms_tpe_good(0, 0.15), 0);
    assert_int_equal(ms_tpe_good(10, 0.15), 2);
    assert_int_equal(ms_tpe_good(40, 0.15), 6);
    assert_int_equal(ms_tpe_good(1000, 0.15), 25);
}

/* ---- searches -------------------------------------------------------------------------------------------
 */

/* Branin: least value 0.397887. */
static double branin(const double *x) {
    const double a = x[1] - 5.1 / (4 * M_PI * M_PI) * x[0] * x[0] + 5 / M_PI * x[0] - 6;
    return a * a + 10 * (1 - 1 / (8 * M_PI)) * cos(x[0]) + 10;
}

/* Hartmann's function of 6 numbers: least value -3.32237. */
static double hartmann(const double *x) {
    static const double weight[] = {1, 1.2, 3, 3.2};
    static const double a[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                                   {.05, 10, 17, .1, 8, 14},
                                   {3, 3.5, 1.7, 10, 17, 8},
                                   {17, 8, .05, 10, .1, 14}};
    static const double p[4][6] = {{.1312, .1696, .5569, .0124, .8283, .5886},
                                   {.2329, .4135, .8307, .3736, .1004, .9991},
                                   {.2348, .1451, .3522, .2883, .3047, .6650},
                                   {.4047, .8828, .8732, .5743, .1091, .0381}};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double q = 0;
        for (int j = 0; j < 6; j++) q += a[i][j] * (x[j] - p[i][j]) * (x[j] - p[i][j]);
        sum -= weight[i] * exp(-q);
    }
    return sum;
}

/* A tree like a network's settings: rate, number of layers, their widths, and a penalty that may be off. */
static const ms_tpe_dimension tree_dimensions[] = {
    {.low = 1e-4, .high = 1, .log = true},
    {.low = 1, .high = 3, .step = 1},
    {.low = 4, .high = 256, .step = 1, .log = true},
    {.low = 4, .high = 256, .step = 1, .log = true, .when = {{.parent = 1, .values = 6}}, .n_when = 1},
    {.low = 4, .high = 256, .step = 1, .log = true, .when = {{.parent = 1, .values = 4}}, .n_when = 1},
    {.n_choices = 2},
    {.low = 1e-6, .high = 1, .log = true, .when = {{.parent = 5, .values = 2}}, .n_when = 1},
};

static double tree(const double *x) {
    double value = pow(log10(x[0]) + 2, 2) + 0.3 * fabs(x[1] - 2);
    for (int i = 2; i < 5; i++)
        if (!isnan(x[i])) value += 0.15 * pow(log(x[i] / 48), 2);
    return value + (x[5] == 0 ? 0.2 : 0.3 * pow(log10(x[6]) + 3, 2));
}

typedef double (*function)(const double *x);

/* Every value must be in its range, on its step, and there only when its parent says so. */
static void check_point(const ms_tpe_space *space, const double *x) {
    for (size_t j = 0; j < space->n; j++) {
        const ms_tpe_dimension *d = &space->dimensions[j];
        assert_int_equal(!isnan(x[j]), ms_tpe_active(space, j, x));
        if (isnan(x[j])) continue;
        if (d->n_choices > 0)
            assert_true(x[j] >= 0 && x[j] < (double)d->n_choices);
        else
            assert_true(x[j] >= d->low && x[j] <= d->high);
        if (d->step > 0 || d->n_choices > 0) assert_true(x[j] == round(x[j]));
    }
}

enum { trials = 50, startup = 12, most = 7 };

static double search(const ms_tpe_space *space, function f, uint64_t seed, bool random, bool joint) {
    double x[trials][most], best = INFINITY;
    ms_tpe_point points[trials];
    ms_tpe_options options;
    ms_random *numbers = ms_random_new(seed, "tpe test");
    assert_non_null(numbers);
    ms_tpe_options_default(&options);
    options.joint = joint;
    for (size_t k = 0; k < trials; k++) {
        if (random || k < startup)
            ms_tpe_draw(space, numbers, x[k]);
        else
            assert_int_equal(ms_tpe_suggest(space, points, k, &options, numbers, x[k], NULL), MS_OK);
        check_point(space, x[k]);
        points[k] = (ms_tpe_point){.x = x[k], .value = f(x[k])};
        best = fmin(best, points[k].value);
    }
    ms_random_free(numbers);
    return best;
}

/* The mean best value of 20 searches: much nearer to the least value than drawing at random gets. */
static void check_searches(const ms_tpe_space *space, function f, double least, double ratio) {
    double random = 0, joint = 0, apart = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        random += search(space, f, seed, true, false) - least;
        joint += search(space, f, seed, false, true) - least;
        apart += search(space, f, seed, false, false) - least;
    }
    assert_true(joint < ratio * random);
    assert_true(apart < 0.85 * random);
}

static void test_branin(void **state) {
    (void)state;
    const ms_tpe_dimension d[] = {{.low = -5, .high = 10}, {.low = 0, .high = 15}};
    check_searches(&(ms_tpe_space){d, 2}, branin, 0.397887, 0.4);
}

static void test_hartmann(void **state) {
    (void)state;
    ms_tpe_dimension d[6];
    for (int j = 0; j < 6; j++) d[j] = (ms_tpe_dimension){.low = 0, .high = 1};
    check_searches(&(ms_tpe_space){d, 6}, hartmann, -3.32237, 0.5);
}

static void test_tree(void **state) {
    (void)state;
    check_searches(&(ms_tpe_space){tree_dimensions, 7}, tree, 0, 0.7);
}

/* The same seed and points give the same suggestion; failed and pending points are never good ones. */
static void test_states(void **state) {
    (void)state;
    const ms_tpe_dimension d = {.low = 0, .high = 1};
    const ms_tpe_space space = {&d, 1};
    const double at[] = {0.1, 0.11, 0.12, 0.9, 0.91};
    ms_tpe_point points[5];
    ms_tpe_options options;
    ms_tpe_options_default(&options);
    for (size_t i = 0; i < 5; i++) points[i] = (ms_tpe_point){.x = &at[i], .value = (double)i};
    for (size_t i = 0; i < 3; i++) points[i].state = i % 2 ? MS_TPE_PENDING : MS_TPE_FAILED;
    double mean = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        double x, again;
        for (int k = 0; k < 2; k++) {
            ms_random *random = ms_random_new(seed, "states");
            assert_int_equal(ms_tpe_suggest(&space, points, 5, &options, random, k ? &again : &x, NULL),
                             MS_OK);
            ms_random_free(random);
        }
        assert_true(x == again);
        mean += x / 50;
    }
    assert_true(mean > 0.6); /* towards 0.9, away from 0.1 */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_joint),
        cmocka_unit_test(test_chances_add_to_one),
        cmocka_unit_test(test_how_many_are_good),
        cmocka_unit_test(test_branin),
        cmocka_unit_test(test_hartmann),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
