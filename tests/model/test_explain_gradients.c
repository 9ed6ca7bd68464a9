/* Integrated gradients: slopes against finite differences, and contributions that add up to the risk. */
#include "model/explained.h"

#include <cjson/cJSON.h>

enum { P = 5, N = 6 };

static void test_slopes_are_those_of_the_activations(void **state) {
    (void)state;
    const double h = 1e-6;
    for (int a = 0; a < MS_ACTIVATIONS; a++)
        for (double x = -3.05; x < 3.1; x += 0.1) {
            const double slope = (ms_activation_value(a, x + h) - ms_activation_value(a, x - h)) / (2 * h);
            assert_close(ms_activation_slope(a, x), slope, 1e-8);
        }
    assert_close(ms_activation_slope(MS_ACT_SOFTPLUS, 800), 1, 0);
    assert_close(ms_activation_slope(MS_ACT_MISH, -800), 0, 1e-12);
}

/* Every activation, with and without layer norm and autoencoder, one to three hidden layers. */
static void gradient_of(const made *m) {
    ms_model *model = made_model(m);
    double x[N * P], gradient[N * P];
    made_rows(model, N, m->seed + 1, x);
    assert_int_equal(ms_model_gradient(model, x, N, P, gradient, NULL), MS_OK);
    for (size_t i = 0; i < N * P; i++) {
        double row[P];
        const size_t j = i % P;
        const double h = 1e-6 * model->prep.scale[j];
        memcpy(row, x + i - j, sizeof row);
        row[j] += h;
        const double above = made_risk(model, row);
        row[j] -= 2 * h;
        assert_close(gradient[i], (above - made_risk(model, row)) / (2 * h), 2e-7);
    }
    ms_model_free(model);
}

static void test_gradient_is_that_of_the_risk(void **state) {
    (void)state;
    for (int a = 0; a < MS_ACTIVATIONS; a++)
        for (int norm = MS_NORM_NONE; norm <= MS_NORM_LAYER; norm++)
            for (size_t code = 0; code <= 3; code += 3)
                for (size_t hidden = 0; hidden <= 3; hidden++)
                    gradient_of(&(made){P, hidden, {7, 4, 3}, 3, code, a, norm, 0, 0.7, 10});
}

static void test_no_slope_beyond_the_clip_where_missing_or_dropped(void **state) {
    (void)state;
    ms_model *model = made_model(&(made){P, 1, {4}, 2, 0, MS_ACT_TANH, 0, 2, 1, 11});
    double x[P], gradient[P];
    made_rows(model, 1, 12, x);
    x[0] = model->prep.centre[0] + 3 * model->prep.scale[0];
    x[1] = NAN;
    assert_int_equal(ms_model_gradient(model, x, 1, P, gradient, NULL), MS_OK);
    assert_close(gradient[0], 0, 0);
    assert_close(gradient[1], 0, 0);
    assert_true(fabs(gradient[2]) > 1e-9);
    ms_model_free(model);
}

static double sum_of(const double *values, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += values[i];
    return sum;
}

/* Sundararajan et al. 2017, proposition 1 (completeness), to 1e-6 of the difference. */
static void complete(const made *m, size_t n_background) {
    ms_model *model = made_model(m);
    double x[N * P], background[4 * P];
    ms_explain_options options;
    ms_explanation e = {0};
    ms_explain_options_default(&options);
    made_rows(model, N, m->seed + 1, x);
    made_rows(model, n_background, m->seed + 2, background);
    x[7] = NAN;
    options.background = n_background ? background : NULL;
    options.n_background = n_background;
    assert_int_equal(ms_model_explain(model, x, N, P, &options, &e, NULL), MS_OK);
    double baseline = 0;
    for (size_t r = 0; r < n_background; r++)
        baseline += made_risk(model, background + r * P) / (double)n_background;
    if (n_background == 0) baseline = made_risk(model, model->prep.centre);
    assert_close(e.baseline, baseline, 1e-12);
    for (size_t i = 0; i < N; i++) {
        const double difference = e.risk[i] - e.baseline;
        assert_close(e.risk[i], made_risk(model, x + i * P), 0);
        assert_close(sum_of(e.contribution + i * P, P), difference, 1e-6 * fabs(difference));
        assert_close(e.residual[i], difference - sum_of(e.contribution + i * P, P), 1e-12);
    }
    ms_explanation_clear(&e);
    ms_model_free(model);
}

static void test_contributions_add_up_to_the_risk(void **state) {
    (void)state;
    for (int a = 0; a < MS_ACTIVATIONS; a++)
        for (int norm = MS_NORM_NONE; norm <= MS_NORM_LAYER; norm++)
            for (size_t code = 0; code <= 3; code += 3)
                for (size_t background = 0; background <= 4; background += 4)
                    complete(&(made){P, 2, {20, 8}, 3, code, a, norm, 4, 0.7, 20 + background}, background);
    complete(&(made){P, 3, {60, 40, 20}, 2, 0, MS_ACT_RELU, 0, 0, 1, 30}, 0);
}

/* The definition itself, by a midpoint sum of the gradient along the line with 20,000 steps; relu, where no
 * few points would do. */
static void test_each_contribution_is_the_integral(void **state) {
    (void)state;
    enum { STEPS = 20000 };
    ms_model *model = made_model(&(made){P, 2, {9, 6}, 2, 0, MS_ACT_RELU, 0, 0, 0.8, 40});
    double x[P], expected[P] = {0};
    ms_explain_options options;
    ms_explanation e = {0};
    ms_explain_options_default(&options);
    made_rows(model, 1, 41, x);
    assert_int_equal(ms_model_explain(model, x, 1, P, &options, &e, NULL), MS_OK);
    for (size_t s = 0; s < STEPS; s++) {
        double at[P], gradient[P];
        for (size_t j = 0; j < P; j++)
            at[j] = model->prep.centre[j] + (x[j] - model->prep.centre[j]) * ((double)s + 0.5) / STEPS;
        assert_int_equal(ms_model_gradient(model, at, 1, P, gradient, NULL), MS_OK);
        for (size_t j = 0; j < P; j++) expected[j] += gradient[j] * (x[j] - model->prep.centre[j]) / STEPS;
    }
    for (size_t j = 0; j < P; j++) assert_close(e.contribution[j], expected[j], 2e-4);
    ms_explanation_clear(&e);
    ms_model_free(model);
}

/* Abramowitz and Stegun, table
 * 25.4, n = 4 on [-1, 1]: nodes 0.339981043584856, 0.861136311594053. */
static void test_rule_of_gauss_and_legendre(void **state) {
    (void)state;
    double node[64], weight[64], sum = 0, cube = 0;
    ms_gauss_legendre(4, node, weight);
    assert_close(2 * node[3] - 1, 0.861136311594053, 1e-15);
    assert_close(2 * node[2] - 1, 0.339981043584856, 1e-15);
    assert_close(2 * weight[3], 0.347854845137454, 1e-15);
    ms_gauss_legendre(64, node, weight);
    for (size_t i = 0; i < 64; i++) {
        sum += weight[i];
        cube += weight[i] * pow(node[i], 120);
    }
    assert_close(sum, 1, 1e-14);
    assert_close(cube, 1.0 / 121, 1e-14);
}

/* tests/golden/model/explain_captum.json says how it was made. With as many steps as it takes relu's differ
 * from captum's 50 steps: those are the sum's error, not ours. */
static void test_fixed_steps_are_captums(void **state) {
    (void)state;
    static const char *const names[] = {"tanh", "gelu", "relu", "selu"};
    static const int activations[] = {MS_ACT_TANH, MS_ACT_GELU, MS_ACT_RELU, MS_ACT_SELU};
    cJSON *golden = NULL;
    double tolerance = 0, x[3 * P], background[2 * P];
    assert_int_equal(ms_json_read(MS_TEST_GOLDEN_DIR "/model/explain_captum.json", &golden, NULL), MS_OK);
    assert_int_equal(ms_json_get_number(golden, "golden", "tolerance", &tolerance, NULL), MS_OK);
    for (size_t k = 0; k < MS_COUNT(names); k++) {
        ms_model *model = made_model(&(made){P,
                                             2,
                                             {6, 4},
                                             2,
                                             k % 2 ? 3 : 0,
                                             activations[k],
                                             k >= 2 ? MS_NORM_LAYER : MS_NORM_NONE,
                                             0,
                                             0.75,
                                             500 + k});
        ms_explain_options options;
        ms_explanation e = {0};
        const cJSON *values = cJSON_GetObjectItemCaseSensitive(golden, names[k]);
        made_rows(model, 3, 600, x);
        made_rows(model, 2, 601, background);
        ms_explain_options_default(&options);
        options.background = background;
        options.n_background = 2;
        options.steps = 50;
        assert_int_equal(ms_model_explain(model, x, 3, P, &options, &e, NULL), MS_OK);
        assert_int_equal(cJSON_GetArraySize(values), 3 * P);
        for (int i = 0; i < 3 * P; i++)
            assert_close(e.contribution[i], cJSON_GetArrayItem(values, i)->valuedouble, tolerance);
        ms_explanation_clear(&e);
        ms_model_free(model);
    }
    cJSON_Delete(golden);
}

static void test_linear_model_has_weight_times_distance(void **state) {
    (void)state;
    ms_model *model = made_model(&(made){P, 0, {0}, 1, 0, 0, 0, 0, 0.5, 50});
    double x[P], background[3 * P];
    ms_explain_options options;
    ms_explanation e = {0};
    ms_explain_options_default(&options);
    made_rows(model, 1, 51, x);
    made_rows(model, 3, 52, background);
    options.background = background;
    options.n_background = 3;
    assert_int_equal(ms_model_explain(model, x, 1, P, &options, &e, NULL), MS_OK);
    for (size_t j = 0; j < P; j++) {
        const double mean = (background[j] + background[P + j] + background[2 * P + j]) / 3,
                     slope = 0.5 * model->members[0].weights[j] / model->prep.scale[j];
        assert_close(e.contribution[j], slope * (x[j] - mean), 1e-12);
    }
    ms_explanation_clear(&e);
    ms_model_free(model);
}

static void test_mistakes_are_named(void **state) {
    (void)state;
    ms_model *model = made_model(&(made){P, 0, {0}, 1, 0, 0, 0, 0, 1, 60});
    double x[P] = {0};
    const size_t group[P] = {0, 0, 0, 0, 1};
    ms_explain_options options;
    ms_explanation e = {0};
    ms_error err = {0};
    ms_explain_options_default(&options);
    assert_int_equal(ms_model_explain(model, x, 1, P - 1, &options, &e, &err), MS_EUSAGE);
    options.steps = 5000;
    assert_int_equal(ms_model_explain(model, x, 1, P, &options, &e, &err), MS_EUSAGE);
    options.steps = 0;
    options.group = group;
    options.n_groups = 1;
    assert_int_equal(ms_model_explain(model, x, 1, P, &options, &e, &err), MS_EUSAGE);
    assert_non_null(strstr(err.message, "no group 1"));
    options.group = NULL;
    x[2] = INFINITY;
    assert_int_equal(ms_model_explain(model, x, 1, P, &options, &e, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "infinite"));
    assert_null(e.risk);
    ms_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slopes_are_those_of_the_activations),
        cmocka_unit_test(test_gradient_is_that_of_the_risk),
        cmocka_unit_test(test_no_slope_beyond_the_clip_where_missing_or_dropped),
        cmocka_unit_test(test_contributions_add_up_to_the_risk),
        cmocka_unit_test(test_each_contribution_is_the_integral),
        cmocka_unit_test(test_rule_of_gauss_and_legendre),
        cmocka_unit_test(test_fixed_steps_are_captums),
        cmocka_unit_test(test_linear_model_has_weight_times_distance),
        cmocka_unit_test(test_mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
