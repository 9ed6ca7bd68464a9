/* Shapley sampling against exact Shapley values, permutation importance, groups and tables. */
#include "model/explained.h"
#include "myosurv/model_steps.h"

enum { P = 5, SUBSETS = 1 << P };

/* The mean over background rows of the risk with the patient's values in the subset (a bit an input). */
static double worth(const ms_model *model, const double *x, const double *background, size_t n,
                    unsigned subset) {
    double sum = 0;
    for (size_t r = 0; r < n; r++) {
        double row[P];
        for (size_t j = 0; j < P; j++) row[j] = subset >> j & 1 ? x[j] : background[r * P + j];
        sum += made_risk(model, row) / (double)n;
    }
    return sum;
}

static double factorial(unsigned n) {
    double product = 1;
    for (unsigned k = 2; k <= n; k++) product *= k;
    return product;
}

/* Shapley 1953: the sum over subsets without j of |S|! (P - |S| - 1)! / P! times what j adds. */
static void exact(const ms_model *model, const double *x, const double *background, size_t n, double *value) {
    double v[SUBSETS];
    for (unsigned s = 0; s < SUBSETS; s++) v[s] = worth(model, x, background, n, s);
    for (unsigned j = 0; j < P; j++) {
        value[j] = 0;
        for (unsigned s = 0; s < SUBSETS; s++) {
            const unsigned size = (unsigned)__builtin_popcount(s);
            if (s >> j & 1) continue;
            value[j] += factorial(size) * factorial(P - size - 1) / factorial(P) * (v[s | 1u << j] - v[s]);
        }
    }
}

static void test_samples_agree_with_exact_values(void **state) {
    (void)state;
    enum { B = 5 };
    const int activations[] = {MS_ACT_RELU, MS_ACT_TANH, MS_ACT_SELU};
    for (size_t a = 0; a < MS_COUNT(activations); a++)
        for (size_t code = 0; code <= 3; code += 3) {
            ms_model *model =
                made_model(&(made){P, 2, {8, 4}, 3, code, activations[a], (int)(a % 2), 3, 0.8, 100 + a});
            double x[P], background[B * P], expected[P];
            ms_explain_options options;
            ms_explanation e = {0};
            ms_explain_options_default(&options);
            made_rows(model, 1, 101, x);
            made_rows(model, B, 102, background);
            x[1] = NAN;
            options.method = MS_EXPLAIN_SHAPLEY;
            options.background = background;
            options.n_background = B;
            options.samples = 4000;
            assert_int_equal(ms_model_explain(model, x, 1, P, &options, &e, NULL), MS_OK);
            exact(model, x, background, B, expected);
            double sum = 0;
            for (size_t j = 0; j < P; j++) {
                assert_true(e.standard_error[j] > 0 && e.standard_error[j] < 0.05);
                assert_close(e.contribution[j], expected[j], 4 * e.standard_error[j]);
                sum += e.contribution[j];
            }
            assert_close(sum, e.risk[0] - e.baseline, 1e-10);
            ms_explanation_clear(&e);
            ms_model_free(model);
        }
}

/* Nothing to sample where inputs do not interact: w_j (x_j - mean of the background), errors 0 against one
 * row. */
static void test_linear_model_is_exact(void **state) {
    (void)state;
    ms_model *model = made_model(&(made){P, 0, {0}, 2, 0, 0, 0, 0, 0.5, 110});
    double x[2 * P], background[3 * P];
    ms_explain_options options;
    ms_explanation e = {0};
    ms_explain_options_default(&options);
    made_rows(model, 2, 111, x);
    made_rows(model, 3, 112, background);
    options.method = MS_EXPLAIN_SHAPLEY;
    options.background = background;
    options.n_background = 3;
    options.samples = 7; /* becomes 12: two orders of each background row, twice */
    assert_int_equal(ms_model_explain(model, x, 2, P, &options, &e, NULL), MS_OK);
    assert_int_equal(e.samples, 12);
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < P; j++) {
            const double mean = (background[j] + background[P + j] + background[2 * P + j]) / 3,
                         w = 0.25 * (model->members[0].weights[j] + model->members[1].weights[j]);
            assert_close(e.contribution[i * P + j], w / model->prep.scale[j] * (x[i * P + j] - mean), 1e-12);
        }
    ms_explanation_clear(&e);
    options.background = NULL;
    assert_int_equal(ms_model_explain(model, x, 2, P, &options, &e, NULL), MS_OK);
    for (size_t j = 0; j < 2 * P; j++) assert_close(e.standard_error[j], 0, 1e-14);
    ms_explanation_clear(&e);
    ms_model_free(model);
}

static void test_threads_and_runs_give_the_same_bytes(void **state) {
    (void)state;
    enum { N = 9 };
    ms_model *model = made_model(&(made){P, 1, {8}, 2, 0, MS_ACT_RELU, 0, 0, 1, 120});
    double x[N * P];
    made_rows(model, N, 121, x);
    for (int method = 0; method < MS_EXPLAIN_METHODS; method++) {
        ms_explain_options options;
        ms_explanation one = {0}, two = {0};
        ms_explain_options_default(&options);
        options.method = (ms_explain_method)method;
        ms_threads_set(1);
        assert_int_equal(ms_model_explain(model, x, N, P, &options, &one, NULL), MS_OK);
        ms_threads_set(2);
        assert_int_equal(ms_model_explain(model, x, N, P, &options, &two, NULL), MS_OK);
        assert_memory_equal(one.contribution, two.contribution, sizeof x);
        ms_explanation_clear(&one);
        ms_explanation_clear(&two);
    }
    ms_threads_set(0);
    ms_model_free(model);
}

static void test_groups_are_sums(void **state) {
    (void)state;
    enum { N = 3 };
    const size_t group[P] = {1, 0, 1, 2, 0};
    ms_model *model = made_model(&(made){P, 1, {8}, 2, 3, MS_ACT_TANH, 0, 0, 1, 130});
    double x[N * P];
    made_rows(model, N, 131, x);
    for (int method = 0; method < MS_EXPLAIN_METHODS; method++) {
        ms_explain_options options;
        ms_explanation e = {0};
        ms_explain_options_default(&options);
        options.method = (ms_explain_method)method;
        options.group = group;
        options.n_groups = 3;
        assert_int_equal(ms_model_explain(model, x, N, P, &options, &e, NULL), MS_OK);
        for (size_t i = 0; i < N; i++) {
            const double *c = e.contribution + i * P, *g = e.group_contribution + i * 3;
            assert_close(g[0], c[1] + c[4], 1e-12);
            assert_close(g[1], c[0] + c[2], 1e-12);
            assert_close(g[2], c[3], 1e-12);
            if (e.standard_error)
                assert_close(e.group_standard_error[i * 3 + 2], e.standard_error[i * P + 3], 1e-12);
        }
        ms_explanation_clear(&e);
    }
    ms_model_free(model);
}

/* A model of x0 alone: dealing out x0 anew makes C fall to about a half, dealing out others does nothing. */
static void test_permutation_finds_the_input_that_matters(void **state) {
    (void)state;
    enum { N = 200 };
    ms_model *model = made_model(&(made){P, 0, {0}, 1, 0, 0, 0, 0, 1, 140});
    static double x[N * P], time[N];
    static uint8_t event[N];
    double drop[P], sd[P], by_group[2], c = 0;
    const size_t group[P] = {1, 0, 0, 0, 0};
    memset(model->members[0].weights, 0, P * sizeof(double));
    model->members[0].weights[0] = 2;
    made_rows(model, N, 141, x);
    for (size_t i = 0; i < N; i++) {
        time[i] = 100 - x[i * P];
        event[i] = 1;
    }
    assert_int_equal(ms_model_permutation(model, x, N, P, time, event, NULL, 0, 10, 1, drop, sd, &c, NULL),
                     MS_OK);
    assert_close(c, 1, 0);
    assert_close(drop[0], 0.5, 0.06);
    assert_true(sd[0] > 0 && sd[0] < 0.1);
    for (size_t j = 1; j < P; j++) assert_close(drop[j], 0, 0);
    assert_int_equal(
        ms_model_permutation(model, x, N, P, time, event, group, 2, 10, 1, by_group, NULL, NULL, NULL),
        MS_OK);
    assert_close(by_group[0], 0, 0);
    assert_close(by_group[1], drop[0], 0);
    ms_model_free(model);
}

static void test_names_say_the_group(void **state) {
    (void)state;
    static const char *const families[] = {"firstorder", "glcm", "shape2D"};
    static const char *const names[] = {"sm_original_firstorder_Mean",
                                        "pm_wavelet-LLH_glcm_Contrast",
                                        "age_years",
                                        "sm_log-sigma-1-0-mm-3D_glcm_JointEnergy",
                                        "original_shape2D_PixelSurface",
                                        "glcm_Idm",
                                        "pm_original_firstorder_10Percentile"};
    static const char *const expected[MS_EXPLAIN_GROUPINGS][MS_COUNT(names)] = {
        {"firstorder", "glcm", "age_years", "glcm", "shape2D", "glcm_Idm", "firstorder"},
        {"original", "wavelet-LLH", "age_years", "log-sigma-1-0-mm-3D", "original", "glcm_Idm", "original"},
        {"sm", "pm", "age_years", "sm", "radiomics", "glcm_Idm", "pm"},
        {"sm firstorder", "pm glcm", "age_years", "sm glcm", "shape2D", "glcm_Idm", "pm firstorder"}};
    for (int by = 0; by < MS_EXPLAIN_GROUPINGS; by++) {
        ms_explain_groups groups = {0};
        assert_int_equal(ms_explain_groups_make(names, MS_COUNT(names), (ms_explain_group_by)by, families,
                                                MS_COUNT(families), &groups, NULL),
                         MS_OK);
        for (size_t j = 0; j < MS_COUNT(names); j++)
            assert_string_equal(groups.names[groups.group[j]], expected[by][j]);
        ms_explain_groups_clear(&groups);
    }
}

static void test_tables_hold_what_was_found(void **state) {
    (void)state;
    static const char *const id[] = {"A", "B"}, *const names[] = {"x0", "x1", "x2", "x3", "x4"};
    ms_model *model = made_model(&(made){P, 1, {4}, 1, 0, MS_ACT_TANH, 0, 0, 1, 150});
    double x[2 * P], value = 0, largest = 0;
    ms_explain_options options;
    ms_explanation e = {0};
    ms_table *wide = NULL, *all = NULL;
    size_t column;
    ms_explain_options_default(&options);
    made_rows(model, 2, 151, x);
    x[3] = NAN;
    assert_int_equal(ms_model_explain(model, x, 2, P, &options, &e, NULL), MS_OK);
    assert_int_equal(ms_explanation_table(&e, "case_id", id, names, false, &wide, NULL), MS_OK);
    assert_int_equal(ms_table_columns(wide), 5 + P);
    assert_string_equal(ms_table_cell(wide, 1, 0), "B");
    assert_string_equal(ms_table_cell(wide, 1, 1), "integrated-gradients");
    assert_true(ms_table_find(wide, "x4", &column));
    assert_int_equal(ms_table_number(wide, 1, column, &value, NULL), MS_OK);
    assert_close(value, e.contribution[P + 4], 0);
    assert_int_equal(ms_explanation_long_table(&e, "case_id", id, names, &all, NULL), MS_OK);
    assert_int_equal(ms_table_rows(all), 2 * P);
    for (size_t j = 0; j < P; j++) largest = fmax(largest, fabs(e.contribution[j]));
    assert_true(ms_table_find(all, "contribution", &column));
    assert_int_equal(ms_table_number(all, 0, column, &value, NULL), MS_OK);
    assert_close(fabs(value), largest, 0);
    ms_table_free(wide);
    ms_table_free(all);
    ms_explanation_clear(&e);
    ms_model_free(model);
}

/* A model that corrects scanners explains the corrected values: their risk is that of the table. */
static void test_inputs_of_a_table_are_corrected(void **state) {
    (void)state;
    static const char text[] = "scanner,x4,x3,x2,x1,x0\nB,41,31,,12,3\nA,35,33,20,9,-2\n";
    static const char *const batches[] = {"A", "B"};
    ms_model *model = made_model(&(made){P, 1, {4}, 2, 0, MS_ACT_TANH, 0, 3, 1, 160});
    double centre[2 * P], divisor[2 * P], target[2 * P], *x = NULL, risk[2], from_table[2];
    ms_table *table = NULL;
    for (size_t k = 0; k < MS_COUNT(centre); k++) {
        centre[k] = (double)k;
        divisor[k] = 1.5;
        target[k] = 0.5;
    }
    const ms_model_steps steps = {.batch_column = "scanner",
                                  .batches = batches,
                                  .n_batches = 2,
                                  .p = P,
                                  .centre = centre,
                                  .divisor = divisor,
                                  .target = target};
    assert_int_equal(ms_model_set_steps(model, &steps, NULL), MS_OK);
    assert_int_equal(ms_table_parse(&table, text, strlen(text), "table", NULL), MS_OK);
    assert_int_equal(ms_model_inputs(model, table, &x, NULL), MS_OK);
    assert_close(x[0], (3 - 5) / 1.5 + 0.5, 1e-15);
    assert_true(isnan(x[2]));
    assert_int_equal(ms_model_predict(model, x, 2, P, risk, NULL), MS_OK);
    assert_int_equal(ms_model_predict_table(model, table, from_table, NULL), MS_OK);
    for (size_t i = 0; i < 2; i++) assert_close(risk[i], from_table[i], 1e-14);
    free(x);
    ms_table_free(table);
    ms_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_agree_with_exact_values),
        cmocka_unit_test(test_linear_model_is_exact),
        cmocka_unit_test(test_threads_and_runs_give_the_same_bytes),
        cmocka_unit_test(test_groups_are_sums),
        cmocka_unit_test(test_permutation_finds_the_input_that_matters),
        cmocka_unit_test(test_names_say_the_group),
        cmocka_unit_test(test_inputs_of_a_table_are_corrected),
        cmocka_unit_test(test_tables_hold_what_was_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
