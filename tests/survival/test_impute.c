/* Multiple imputation: Rubin's rules against their formulas in R 4.2.2 (those of mice::pool.scalar, rule
 * "rubin1987", written out: Rubin 1987; Barnard & Rubin 1999); the chain by what it must keep and what it
 * must find again. */
#include "survival/reference.h"

#include "myosurv/survival_impute.h"

static void pooling_is_rubins(void **state) {
    (void)state;
    static const double coef[] = {0.52, 0.61, 0.47, 0.55, 0.58},
                        variance[] = {0.040, 0.038, 0.045, 0.041, 0.039};
    static const double complete[] = {INFINITY, 30};
    static const double expected[2][8] = {
        {0.54600000000000004, 0.21003809178337152, 629.73019034713411, 0.079698975428415988,
         0.086600985221674878, 0.082607959506026327, 0.0095539993045796207, 0.133540168259418},
        {0.54600000000000004, 0.21003809178337152, 24.909832121964239, 0.079698975428415988,
         0.086600985221674878, 0.14564713452517625, 0.015466079081146916, 0.11333904134192058}};
    for (int c = 0; c < 2; c++) {
        ms_error err = {0};
        ms_pooled r = {0};
        assert_ok(ms_rubin_pool(coef, variance, 5, 1, complete[c], 0.95, &r, &err), &err);
        const double ours[] = {r.coef[0], r.se[0],  r.df[0],      r.lambda[0],
                               r.riv[0],  r.fmi[0], r.p_value[0], r.lower[0]};
        for (size_t k = 0; k < MS_COUNT(ours); k++)
            assert_close("pooled", ours[k], expected[c][k], TOLERANCE);
        assert_int_equal(ms_rubin_pool(coef, variance, 1, 1, 30, 0.95, &r, &err), MS_EUSAGE);
        ms_pooled_clear(&r);
    }
}

/* ---- a cohort with known effects: 0.4 of a standard normal x, which z tells much of, 0.5 of being m ---- */

enum { N = 600 };

static double normal(uint64_t *seed) {
    double u = next_random(seed), v = next_random(seed);
    return sqrt(-2 * log(1 - u)) * cos(6.283185307179586 * v);
}

/* gaps: a third of x (more often where z is high), a fifth of sex and grade. */
static char *make_cohort(bool gaps) {
    ms_buffer out;
    ms_buffer_init(&out);
    ms_buffer_append(&out, "time,event,x,sex,grade,z\n");
    uint64_t seed = 11;
    for (int i = 0; i < N; i++) {
        double z = normal(&seed), x = 0.8 * z + 0.6 * normal(&seed), male = next_random(&seed) < 0.5;
        double rate = exp(0.4 * x + 0.5 * male), death = -log(1 - next_random(&seed)) / rate,
               lost = -0.6 * log(1 - next_random(&seed)), grade = next_random(&seed) + 0.2 * male;
        bool no_x = next_random(&seed) < (z > 0 ? 0.45 : 0.2), no_sex = next_random(&seed) < 0.2,
             no_grade = next_random(&seed) < 0.2;
        ms_buffer_printf(&out, "%.6f,%d,", fmin(death, lost), death <= lost);
        if (!gaps || !no_x) ms_buffer_printf(&out, "%.6f", x);
        ms_buffer_printf(&out, ",%s", gaps && no_sex ? "" : male > 0 ? "m" : "f");
        ms_buffer_printf(&out, ",%s", gaps && no_grade ? "NA" : grade < 0.3 ? "a" : grade < 0.7 ? "b" : "c");
        ms_buffer_printf(&out, ",%.6f\n", z);
    }
    assert_false(ms_buffer_failed(&out));
    return out.data;
}

static const char *const formula = "Surv(time, event) ~ x + sex + grade";
static const char *const also[] = {"z"};

static ms_imputed impute(const ms_table *table, size_t imputations, ms_impute_method number) {
    ms_error err = {0};
    ms_imputed imputed = {0};
    ms_impute_options o;
    ms_impute_options_default(&o);
    o.imputations = imputations;
    o.iterations = 5;
    o.number = number;
    o.also = also;
    o.n_also = 1;
    assert_ok(ms_impute_table(table, formula, &o, &imputed, &err), &err);
    return imputed;
}

static bool occurs(const ms_table *table, size_t column, const char *text) {
    for (size_t r = 0; r < N; r++)
        if (strcmp(ms_table_cell(table, r, column), text) == 0) return true;
    return false;
}

static void known_cells_stay_and_gaps_get_values_that_occur(void **state) {
    (void)state;
    char *text = make_cohort(true);
    ms_table *table = table_of(text);
    ms_imputed imputed = impute(table, 2, MS_IMPUTE_MATCHING);
    size_t filled = 0;
    for (size_t r = 0; r < N; r++)
        for (size_t c = 0; c < 6; c++) {
            const char *cell = ms_table_cell(imputed.tables[1], r, c);
            if (ms_table_missing(table, r, c)) {
                filled++;
                if (c == 2) { /* numbers are written anew: the same value */
                    double value, known;
                    bool found = false;
                    assert_true(ms_parse_number(cell, &value));
                    for (size_t k = 0; k < N && !found; k++)
                        found = ms_parse_number(ms_table_cell(table, k, c), &known) && known == value;
                    assert_true(found);
                } else
                    assert_true(occurs(table, c, cell) && !ms_text_is_missing(cell));
            } else
                assert_string_equal(cell, ms_table_cell(table, r, c));
        }
    size_t counted = 0;
    for (size_t c = 0; c < imputed.n_columns; c++) counted += imputed.columns[c].n_missing;
    assert_true(filled == counted && filled > 300 && imputed.n_columns == 4);
    ms_imputed_clear(&imputed);
    ms_table_free(table);
    free(text);
}

static void an_imputation_is_the_same_for_any_threads_and_number(void **state) {
    (void)state;
    char *text = make_cohort(true);
    ms_table *table = table_of(text);
    ms_threads_set(1);
    ms_imputed a = impute(table, 2, MS_IMPUTE_MATCHING);
    ms_threads_set(3);
    ms_imputed b = impute(table, 4, MS_IMPUTE_MATCHING);
    ms_threads_set(0);
    bool differs = false;
    for (size_t r = 0; r < N; r++)
        for (size_t c = 0; c < 6; c++) {
            assert_string_equal(ms_table_cell(a.tables[1], r, c), ms_table_cell(b.tables[1], r, c));
            differs |= strcmp(ms_table_cell(b.tables[1], r, c), ms_table_cell(b.tables[2], r, c)) != 0;
        }
    assert_true(differs);
    ms_imputed_clear(&a);
    ms_imputed_clear(&b);
    ms_table_free(table);
    free(text);
}

static ms_cox fit_complete(const ms_table *table) {
    ms_error err = {0};
    ms_cox cox = {0};
    ms_model_frame frame = model_of(table, formula);
    assert_ok(ms_cox_fit(&frame.data, &frame.design, NULL, &cox, &err), &err);
    ms_model_frame_clear(&frame);
    return cox;
}

/* The pooled coefficients lie near those of the cohort without gaps (well within the loss of information),
 * and their errors are between those of all patients and those of the complete ones. */
static void effects_are_found_again(void **state) {
    (void)state;
    char *full_text = make_cohort(false), *text = make_cohort(true);
    ms_table *full = table_of(full_text), *table = table_of(text);
    ms_cox whole = fit_complete(full), complete = fit_complete(table);
    for (int method = MS_IMPUTE_MATCHING; method <= MS_IMPUTE_NORMAL; method++) {
        ms_error err = {0};
        ms_imputed imputed = impute(table, 20, (ms_impute_method)method);
        ms_imputed_cox fit = {0};
        assert_ok(ms_cox_imputed(&imputed, formula, NULL, &fit, &err), &err);
        assert_true(fit.n == N && fit.p == 4 && complete.n < 350);
        for (size_t j = 0; j < 4; j++) {
            if (fabs(fit.pooled.coef[j] - whole.coef[j]) > 1.5 * whole.se[j])
                fail_msg("%s: pooled %g, without gaps %g (se %g)", fit.names[j], fit.pooled.coef[j],
                         whole.coef[j], whole.se[j]);
            assert_true(fit.pooled.se[j] > whole.se[j] && fit.pooled.se[j] < complete.se[j]);
            assert_true(fit.pooled.fmi[j] > 0.02 && fit.pooled.fmi[j] < 0.7);
        }
        ms_imputed_cox_clear(&fit);
        ms_imputed_clear(&imputed);
    }
    ms_cox_clear(&whole);
    ms_cox_clear(&complete);
    ms_table_free(full);
    ms_table_free(table);
    free(full_text);
    free(text);
}

static void without_gaps_nothing_changes(void **state) {
    (void)state;
    char *text = make_cohort(false);
    ms_table *table = table_of(text);
    ms_cox whole = fit_complete(table);
    ms_imputed imputed = impute(table, 2, MS_IMPUTE_MATCHING);
    ms_imputed_cox fit = {0};
    ms_error err = {0};
    assert_ok(ms_cox_imputed(&imputed, formula, NULL, &fit, &err), &err);
    for (size_t j = 0; j < fit.p; j++) {
        assert_close("coef", fit.pooled.coef[j], whole.coef[j], 1e-12);
        assert_close("se", fit.pooled.se[j], whole.se[j], 1e-12);
        assert_true(fit.pooled.between[j] == 0);
    }
    ms_imputed_cox_clear(&fit);
    ms_imputed_clear(&imputed);
    ms_cox_clear(&whole);
    ms_table_free(table);
    free(text);
}

static void what_cannot_be_imputed_is_refused(void **state) {
    (void)state;
    ms_error err = {0};
    ms_imputed imputed = {0};
    ms_table *table = table_of("time,event,x,y,all\n1,1,2,,a\n2,0,,,a\n3,1,4,,\n4,1,1,,a\n5,,1,,a\n");
    assert_int_equal(ms_impute_table(table, "Surv(time, event) ~ x + y", NULL, &imputed, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "column 'y'"));
    assert_int_equal(ms_impute_table(table, "Surv(time, event) ~ x + all", NULL, &imputed, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "column 'all'"));
    assert_int_equal(ms_impute_table(table, "Surv(time, event) ~ w", NULL, &imputed, &err), MS_EINPUT);
    assert_int_equal(ms_impute_table(table, "Surv(time, event)", NULL, &imputed, &err), MS_EINPUT);
    assert_int_equal(ms_impute_table(table, "Surv(time, event) ~ 1", NULL, &imputed, &err), MS_EUSAGE);
    assert_ok(ms_impute_table(table, "Surv(time, event) ~ log(x)", NULL, &imputed, &err), &err);
    assert_true(imputed.n_rows == 4 && imputed.n_outcome == 1 && imputed.n_incomplete == 1);
    ms_imputed_clear(&imputed);
    ms_table_free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pooling_is_rubins),
        cmocka_unit_test(known_cells_stay_and_gaps_get_values_that_occur),
        cmocka_unit_test(an_imputation_is_the_same_for_any_threads_and_number),
        cmocka_unit_test(effects_are_found_again),
        cmocka_unit_test(without_gaps_nothing_changes),
        cmocka_unit_test(what_cannot_be_imputed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
