/* Splines, strata, new rows, proportional hazards, stepwise choice and tests of terms against what R gave for
 * a small table (tests/golden/survival/cox_more.R). */
#include "survival/reference.h"

#include "myosurv/survival_cox.h"

static char *golden(const char *name) {
    static char path[1024];
    (void)ms_text_format(path, sizeof path, "%s/survival/%s", MS_TEST_GOLDEN_DIR, name);
    return path;
}

static ms_table *read_golden(const char *name) {
    ms_table *table = NULL;
    ms_error err = {0};
    assert_ok(ms_table_read(&table, golden(name), &err), &err);
    return table;
}

typedef struct fitted {
    ms_table *table, *new_table;
    const char *formula;
    ms_model_frame frame, rows;
    ms_cox cox;
} fitted;

static void compare_fit(const fitted *f, const cJSON *r) {
    const cJSON *names = member(r, "names");
    assert_int_equal(cJSON_GetArraySize(names), f->cox.p);
    for (size_t j = 0; j < f->cox.p; j++)
        assert_string_equal(f->cox.names[j], cJSON_GetArrayItem(names, (int)j)->valuestring);
    assert_all_close("coef", f->cox.coef, f->cox.p, member(r, "coef"));
    for (size_t j = 0; j < f->cox.p; j++)
        assert_close("se", isnan(f->cox.coef[j]) ? 0 : f->cox.se[j], /* R leaves 0 beside an NA */
                     number_of(cJSON_GetArrayItem(member(r, "se"), (int)j)), TOLERANCE);
    assert_all_close("loglik", f->cox.loglik, 2, member(r, "loglik"));
    assert_all_close("means", f->cox.means, f->cox.p, member(r, "means"));
}

/* fit and se by row, then term: R's are joined in one list, `split` into two for terms. */
static void compare_prediction(const fitted *f, const cJSON *r, const char *key, ms_cox_predict_type type,
                               ms_cox_reference reference, const char *se_key) {
    ms_cox_predictions p = {0};
    ms_error err = {0};
    const cJSON *theirs = cJSON_GetObjectItemCaseSensitive(r, key);
    if (!theirs) return;
    assert_ok(ms_cox_predict(&f->cox, &f->frame.data, &f->frame.design, &f->rows, type, reference, &p, &err),
              &err);
    size_t n = p.n * p.columns;
    double *joined = calloc(2 * n, sizeof *joined);
    memcpy(joined, p.fit, n * sizeof *joined);
    memcpy(joined + n, p.se, n * sizeof *joined);
    bool both = (size_t)cJSON_GetArraySize(theirs) == 2 * n;
    assert_all_close(key, joined, both ? 2 * n : n, theirs);
    if (se_key) assert_all_close(se_key, joined + n, n, member(r, se_key));
    free(joined);
    ms_cox_predictions_clear(&p);
}

static void compare_predictions(const fitted *f, const cJSON *r) {
    static const char *const names[] = {"strata", "sample", "zero"};
    for (size_t k = 0; k < 3; k++) {
        char key[32];
        (void)ms_text_format(key, sizeof key, "lp %s", names[k]);
        compare_prediction(f, r, key, MS_PREDICT_LP, (ms_cox_reference)k, NULL);
        (void)ms_text_format(key, sizeof key, "risk %s", names[k]);
        compare_prediction(f, r, key, MS_PREDICT_RISK, (ms_cox_reference)k, NULL);
    }
    if (cJSON_GetObjectItemCaseSensitive(r, "terms"))
        compare_prediction(f, r, "terms", MS_PREDICT_TERMS, MS_REFERENCE_SAMPLE, "terms_se");
    for (size_t j = 0; j < f->cox.p; j++)
        if (isnan(f->cox.coef[j])) return; /* R multiplies by the NA */
    compare_prediction(f, r, "expected", MS_PREDICT_EXPECTED, MS_REFERENCE_SAMPLE, NULL);
}

static void compare_curves(const fitted *f, const cJSON *r) {
    ms_cox_curves curves = {0};
    ms_error err = {0};
    double values[9];
    if (!cJSON_GetObjectItemCaseSensitive(r, "surv")) return;
    assert_ok(ms_cox_curves_make(&f->cox, &f->frame.data, &f->frame.design, &f->rows, NULL, &curves, &err),
              &err);
    assert_int_equal(curves.n, 3);
    for (size_t i = 0; i < 3; i++) {
        const ms_km_curve *c = &curves.curves[i];
        size_t at = f->rows.strata.n_levels ? c->n_times - 6 : 19;
        values[i] = c->surv[at];
        values[3 + i] = c->std_chaz[at];
        values[6 + i] = c->lower[at];
    }
    assert_all_close("surv", values, 9, member(r, "surv"));
    ms_cox_curves_clear(&curves);
}

static void compare_zph(const fitted *f, const cJSON *r) {
    static const char *const names[] = {"km", "rank", "identity", "log"};
    const cJSON *zph = cJSON_GetObjectItemCaseSensitive(r, "zph");
    for (size_t t = 0; t < 4 && zph; t++) {
        const cJSON *theirs = member(zph, names[t]);
        ms_zph found = {0};
        ms_error err = {0};
        assert_ok(ms_cox_zph(&f->cox, &f->frame.data, &f->frame.design, (ms_zph_transform)t, &found, &err),
                  &err);
        assert_int_equal(cJSON_GetArraySize(theirs), 2 * found.n);
        for (size_t i = 0; i < found.n; i++) {
            assert_close(names[t], found.rows[i].chisq, number_of(cJSON_GetArrayItem(theirs, (int)i)), 1e-8);
            assert_close(names[t], (double)found.rows[i].df,
                         number_of(cJSON_GetArrayItem(theirs, (int)(found.n + i))), 0);
        }
        ms_zph_clear(&found);
    }
}

static void models(void **state) {
    (void)state;
    cJSON *root = read_json(golden("cox_more.json"));
    size_t compared = 0;
    for (const cJSON *r = member(root, "cox")->child; r; r = r->next, compared++) {
        ms_error err = {0};
        fitted f = {.table = read_golden("cox_more.csv"), .new_table = read_golden("cox_more_new.csv")};
        f.formula = member(r, "formula")->child->valuestring;
        f.frame = model_of(f.table, f.formula);
        assert_ok(ms_cox_fit(&f.frame.data, &f.frame.design, NULL, &f.cox, &err), &err);
        compare_fit(&f, r);
        assert_ok(ms_model_newdata(f.table, f.formula, &f.frame, f.new_table, true, &f.rows, &err), &err);
        compare_predictions(&f, r);
        compare_curves(&f, r);
        compare_zph(&f, r);
        ms_cox_clear(&f.cox);
        ms_model_frame_clear(&f.rows);
        ms_model_frame_clear(&f.frame);
        ms_table_free(f.table);
        ms_table_free(f.new_table);
    }
    assert_int_equal(compared, 9);
    cJSON_Delete(root);
}

#define STEP_FORMULA "Surv(time, status) ~ age * sex + stage + marker + noise"

/* R: step() from the whole model, or from none with the whole as its scope. */
static void stepwise(void **state) {
    (void)state;
    static const struct {
        const char *key;
        ms_step_direction direction;
        double penalty;
    } cases[] = {{"both", MS_STEP_BOTH, 2},
                 {"backward", MS_STEP_BACKWARD, 2},
                 {"forward", MS_STEP_FORWARD, 2},
                 {"heavy", MS_STEP_BOTH, 5}};
    cJSON *root = read_json(golden("cox_more.json"));
    ms_table *table = read_golden("cox_more.csv");
    for (size_t i = 0; i < MS_COUNT(cases); i++) {
        const cJSON *r = member(member(root, "step"), cases[i].key);
        ms_cox_step_options options;
        ms_cox_step step = {0};
        ms_error err = {0};
        ms_cox_step_options_default(&options);
        options.direction = cases[i].direction;
        options.penalty = cases[i].penalty;
        assert_ok(ms_cox_step_run(table, STEP_FORMULA, &options, &step, &err), &err);
        assert_int_equal(step.n, 87);
        assert_int_equal(step.n_dropped, 3);
        assert_int_equal(step.n_stages, cJSON_GetArraySize(member(r, "trace")));
        assert_close("aic", step.stages[step.n_stages - 1].aic, number_of(member(r, "aic")->child),
                     TOLERANCE);
        for (const cJSON *term = member(r, "chosen")->child; term; term = term->next)
            assert_non_null(strstr(step.formula, term->valuestring));
        assert_string_equal(step.formula,
                            i == 3 ? "Surv(time, status) ~ 1" : "Surv(time, status) ~ age + marker");
        ms_cox_step_clear(&step);
    }
    ms_table_free(table);
    cJSON_Delete(root);
}

/* R: drop1(fit, test = "Chisq"), anova(fit). */
static void tests_of_terms(void **state) {
    (void)state;
    cJSON *root = read_json(golden("cox_more.json"));
    const cJSON *r = member(root, "tests");
    ms_table *table = read_golden("cox_more.csv");
    for (int sequential = 0; sequential < 2; sequential++) {
        const cJSON *terms = member(r, sequential ? "anova_terms" : "drop_terms");
        ms_cox_step_options options;
        ms_cox_anova anova = {0};
        ms_error err = {0};
        ms_cox_step_options_default(&options);
        assert_ok(ms_cox_anova_run(table, STEP_FORMULA, sequential, &options, &anova, &err), &err);
        assert_int_equal(anova.n, cJSON_GetArraySize(terms));
        for (size_t i = 0; i < anova.n; i++) {
            int k = (int)i;
            assert_string_equal(anova.rows[i].term, cJSON_GetArrayItem(terms, k)->valuestring);
            assert_close(
                "chisq", anova.rows[i].chisq,
                number_of(cJSON_GetArrayItem(member(r, sequential ? "anova_chisq" : "drop_chisq"), k)),
                TOLERANCE);
            assert_close("p", anova.rows[i].p,
                         number_of(cJSON_GetArrayItem(member(r, sequential ? "anova_p" : "drop_p"), k)),
                         TOLERANCE);
        }
        ms_cox_anova_clear(&anova);
    }
    ms_table_free(table);
    cJSON_Delete(root);
}

/* The same of the larger tables' references: anova() and drop1() of ../shared. */
static void tests_of_reference_models(void **state) {
    (void)state;
    cJSON *r = read_reference("coxph_diag_lung3_efron");
    ms_table *table = read_data("lung");
    for (int sequential = 0; sequential < 2; sequential++) {
        const cJSON *rows = member(member(r, sequential ? "anova" : "drop1"), "data");
        ms_cox_step_options options;
        ms_cox_anova anova = {0};
        ms_error err = {0};
        ms_cox_step_options_default(&options);
        assert_ok(ms_cox_anova_run(table, "Surv(time, status == 2) ~ age + sex + ph.ecog", sequential,
                                   &options, &anova, &err),
                  &err);
        assert_int_equal(anova.n, cJSON_GetArraySize(rows));
        for (size_t i = 1; i < anova.n; i++) {
            const cJSON *row = cJSON_GetArrayItem(rows, (int)i);
            assert_close("chisq", anova.rows[i].chisq, number_of(cJSON_GetArrayItem(row, sequential ? 1 : 2)),
                         TOLERANCE);
            assert_close("p", anova.rows[i].p, number_of(cJSON_GetArrayItem(row, 3)), TOLERANCE);
            if (!sequential)
                assert_close("aic", anova.rows[i].aic, number_of(cJSON_GetArrayItem(row, 1)), TOLERANCE);
        }
        ms_cox_anova_clear(&anova);
    }
    ms_table_free(table);
    cJSON_Delete(r);
}

/* A restricted cubic spline spans the same functions as the natural spline with its outer knots as bounds. */
static void rcs_is_a_natural_spline(void **state) {
    (void)state;
    ms_table *table = read_golden("cox_more.csv");
    ms_model_frame a = model_of(table, "Surv(time, status) ~ rcs(marker, c(0.2, 1, 2, 5)) + sex");
    ms_model_frame b =
        model_of(table, "Surv(time, status) ~ ns(marker, knots = c(1, 2), Boundary.knots = c(0.2, 5)) + sex");
    ms_cox p = {0}, q = {0};
    ms_error err = {0};
    assert_ok(ms_cox_fit(&a.data, &a.design, NULL, &p, &err), &err);
    assert_ok(ms_cox_fit(&b.data, &b.design, NULL, &q, &err), &err);
    assert_string_equal(p.names[1], "rcs(marker, c(0.2, 1, 2, 5))marker'");
    assert_close("loglik", p.loglik[1], q.loglik[1], 1e-10);
    assert_close("sex", p.coef[3], q.coef[3], 1e-7);
    ms_cox_clear(&p);
    ms_cox_clear(&q);
    ms_model_frame_clear(&a);
    ms_model_frame_clear(&b);
    ms_table_free(table);
}

/* Fewer than 100 values: the outer knots are the fifth from either end. R 4.2.2, rms 6.5, Hmisc 4.8, on
 * cox_more.csv: m <- coxph(Surv(time, status) ~ rcs(marker, 4), d, eps = 1e-14); m$loglik[2]; coef(m) */
static void rcs_of_a_small_table(void **state) {
    (void)state;
    static const struct {
        const char *term;
        size_t p;
        double loglik, coef[6];
    } cases[] = {
        {"rcs(age, 3)", 2, -182.4898808345, {-0.01565548417471, 0.05998177106806}},
        {"rcs(marker, 4)", 3, -186.5051690878, {-0.2936623361704, 5.064004104314, -9.441249874707}},
        {"rcs(noise)", 4, -191.68002895, {1.413778608968, -11.60697172398, 39.32510357881, -36.55042505776}},
        {"rcs(marker, 7)",
         6,
         -186.2582866028,
         {-1.286444377323, 62.80402332401, -99.79177174037, 27.24499622708, 15.52013977886,
          -5.859254888627}}};
    ms_table *table = read_golden("cox_more.csv");
    for (size_t i = 0; i < MS_COUNT(cases); i++) {
        char formula[128];
        ms_cox fit = {0};
        ms_error err = {0};
        (void)ms_text_format(formula, sizeof formula, "Surv(time, status) ~ %s", cases[i].term);
        ms_model_frame f = model_of(table, formula);
        assert_ok(ms_cox_fit(&f.data, &f.design, NULL, &fit, &err), &err);
        assert_int_equal(fit.p, cases[i].p);
        assert_close(cases[i].term, fit.loglik[1], cases[i].loglik, 1e-12);
        for (size_t j = 0; j < fit.p; j++) assert_close(cases[i].term, fit.coef[j], cases[i].coef[j], 1e-8);
        ms_cox_clear(&fit);
        ms_model_frame_clear(&f);
    }
    ms_table_free(table);
    table = table_of("time,status,x\n1,1,3\n2,1,1\n3,0,4\n4,1,2\n5,1,6\n");
    ms_model_frame out = {0};
    ms_error err = {0};
    assert_int_not_equal(ms_model_frame_read(table, "Surv(time, status) ~ rcs(x, 3)", NULL, &out, &err),
                         MS_OK);
    assert_non_null(strstr(err.message, "rcs() of 5 values: give the knots"));
    ms_table_free(table);
}

/* Each alone and all together: the table's numbers are those of the models. */
static void table_of_ratios(void **state) {
    (void)state;
    ms_table *table = read_golden("cox_more.csv");
    ms_cox_step_options options;
    ms_cox_table found = {0};
    ms_error err = {0};
    ms_cox_step_options_default(&options);
    assert_ok(ms_cox_table_make(table, "Surv(time, status) ~ age + stage + strata(site)", false, &options,
                                &found, &err),
              &err);
    assert_int_equal(found.n_rows, 4); /* age; stage I (reference), II, III */
    assert_int_equal(found.n, 88);
    ms_model_frame alone = model_of(table, "Surv(time, status) ~ stage + strata(site)");
    ms_model_frame all = model_of(table, "Surv(time, status) ~ age + stage + strata(site)");
    ms_cox p = {0}, q = {0};
    assert_ok(ms_cox_fit(&alone.data, &alone.design, NULL, &p, &err), &err);
    assert_ok(ms_cox_fit(&all.data, &all.design, NULL, &q, &err), &err);
    assert_true(found.rows[1].reference && found.rows[1].first && !found.rows[2].first);
    assert_string_equal(found.rows[3].level, "III");
    assert_int_equal(found.rows[1].n + found.rows[2].n + found.rows[3].n, 90);
    assert_close("uni", found.rows[3].uni.hr, exp(p.coef[1]), 1e-14);
    assert_close("multi", found.rows[3].multi.upper, exp(q.upper[2]), 1e-14);
    assert_close("term", found.rows[1].uni_p_term, p.p_wald, 1e-9);
    ms_cox_clear(&p);
    ms_cox_clear(&q);
    ms_model_frame_clear(&alone);
    ms_model_frame_clear(&all);
    ms_cox_table_clear(&found);
    ms_table_free(table);
}

static void refusals(void **state) {
    (void)state;
    ms_table *table = read_golden("cox_more.csv");
    ms_model_frame f = model_of(table, "Surv(time, status) ~ stage"), out = {0};
    ms_error err = {0};
    ms_table *other = table_of("stage\nI\nIV\n");
    assert_int_equal(ms_model_newdata(table, "Surv(time, status) ~ stage", &f, other, false, &out, &err),
                     MS_EINPUT);
    assert_non_null(strstr(err.message, "table.csv:3: stage: the model was fitted to no 'IV'"));
    static const char *const bad[] = {"ns(age, df = 0)",
                                      "ns(age, knots = 200)",
                                      "bs(age, df = 2)",
                                      "poly(age, 11)",
                                      "rcs(age, 2)",
                                      "ns(age, spam = 1)",
                                      "tt(age)",
                                      "tt(age, log(t)):sex",
                                      "tt(age, log(t - 1000))",
                                      "ns(age, Boundary.knots = c(5, 1, 2))"};
    for (size_t i = 0; i < MS_COUNT(bad); i++) {
        char formula[128];
        (void)ms_text_format(formula, sizeof formula, "Surv(time, status) ~ %s", bad[i]);
        if (ms_model_frame_read(table, formula, NULL, &out, &err) == MS_OK) fail_msg("%s passed", bad[i]);
        if (!strstr(err.message, "formula, character")) fail_msg("%s: %s", bad[i], err.message);
    }
    ms_model_frame_clear(&f);
    ms_table_free(other);
    ms_table_free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models),
        cmocka_unit_test(stepwise),
        cmocka_unit_test(tests_of_terms),
        cmocka_unit_test(tests_of_reference_models),
        cmocka_unit_test(rcs_is_a_natural_spline),
        cmocka_unit_test(rcs_of_a_small_table),
        cmocka_unit_test(table_of_ratios),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
