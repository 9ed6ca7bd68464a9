/* Parametric regression against R's survreg: coefficients, scales, errors, likelihoods, predictions. */
#include "survival/reference.h"

#include "myosurv/survival_cox.h"
#include "myosurv/survival_parametric.h"

/* R stops when the likelihood changes by 1e-9 relatively, which leaves the eighth digit of what is small
 * beside its standard error open: the values of ../shared are compared with 1e-8 of value or standard error,
 * the golden ones, made with rel.tolerance = 1e-14, more closely. */
#define LOOSE 1e-8
#define CLOSE 2e-9

static const char *const dists[] = {"weibull",  "exponential", "lognormal", "loglogistic",
                                    "rayleigh", "extreme",     "gaussian",  "logistic"};

static ms_survreg_dist dist_of(const char *name) {
    for (size_t i = 0; i < MS_COUNT(dists); i++)
        if (strcmp(dists[i], name) == 0) return (ms_survreg_dist)i;
    fail_msg("no distribution %s", name);
    return MS_SURVREG_WEIBULL;
}

static ms_survreg fit_of(const ms_survreg_frame *frame, ms_survreg_dist dist) {
    ms_survreg_options options;
    ms_survreg fit = {0};
    ms_error err = {0};
    ms_survreg_options_default(&options);
    options.dist = dist;
    assert_ok(ms_survreg_fit(frame, &options, &fit, &err), &err);
    assert_true(fit.converged);
    return fit;
}

static ms_survreg_frame frame_from(const ms_table *table, const char *formula, const char *weights) {
    ms_survreg_frame frame = {0};
    ms_error err = {0};
    assert_ok(ms_survreg_read(table, formula, weights, &frame, &err), &err);
    return frame;
}

/* Coefficients, within so much of the larger of value and standard error. */
static void compare_coef(const char *what, const ms_survreg *fit, const cJSON *theirs) {
    size_t i = 0;
    for (const cJSON *item = theirs->child; item; item = item->next, i++)
        if (!(fabs(fit->coef[i] - number_of(item)) <= LOOSE * fmax(fabs(number_of(item)), fit->se[i])))
            fail_msg("%s[%zu]: ours %.17g, reference %.17g", what, i, fit->coef[i], number_of(item));
    assert_int_equal(i, fit->p);
}

static double tolerance = LOOSE;

static void compare_list(const char *what, const double *ours, const cJSON *theirs, size_t n) {
    char label[160];
    size_t i = 0;
    if (cJSON_IsNumber(theirs)) {
        assert_close(what, ours[0], theirs->valuedouble, tolerance);
        return;
    }
    for (const cJSON *item = theirs->child; item; item = item->next, i++) {
        (void)ms_text_format(label, sizeof label, "%s[%zu]", what, i);
        assert_close(label, ours[i], number_of(item), tolerance);
    }
    assert_int_equal(i, n);
}

/* ---- ../shared ---- */

static const struct {
    const char *key, *data, *formula;
} models[] = {
    {"lung", "lung", "Surv(time, status == 2) ~ age + sex + ph.ecog"},
    {"ovarian", "ovarian", "Surv(futime, fustat) ~ age + rx + ecog.ps"},
    {"veteran", "veteran",
     "Surv(time, status) ~ trt + factor(celltype, levels = c(\"squamous\", \"smallcell\", \"adeno\", "
     "\"large\")) + "
     "karno"},
};

static void as_r(void **state) {
    (void)state;
    cJSON *root = read_reference("survreg");
    size_t compared = 0;
    for (size_t i = 0; i < MS_COUNT(models); i++) {
        ms_table *table = read_data(models[i].data);
        ms_survreg_frame frame = frame_from(table, models[i].formula, NULL);
        for (size_t d = 0; d < MS_COUNT(dists); d++) {
            char key[64];
            (void)ms_text_format(key, sizeof key, "%s %s", models[i].key, dists[d]);
            const cJSON *r = cJSON_GetObjectItemCaseSensitive(root, key);
            if (!r) continue;
            ms_survreg fit = fit_of(&frame, (ms_survreg_dist)d);
            size_t m = fit.p + fit.n_log_scales, row = 0;
            compare_coef(key, &fit, member(r, "coef"));
            compare_list(key, fit.scale, member(r, "scale"), 1);
            compare_list(key, fit.loglik, member(r, "loglik"), 2);
            assert_close(key, fit.aic, number_of(member(r, "AIC")), LOOSE);
            for (const cJSON *v = member(r, "var")->child; v; v = v->next)
                for (size_t j = 0; j < m; j++, row++)
                    assert_close(key, fit.var[row] / (fit.se[row / m] * fit.se[j]),
                                 number_of(cJSON_GetArrayItem(v, (int)j)) / (fit.se[row / m] * fit.se[j]),
                                 1e-6);
            compared++;
            ms_survreg_clear(&fit);
        }
        ms_survreg_frame_clear(&frame);
        ms_table_free(table);
    }
    assert_int_equal(compared, 21);
    const cJSON *r = member(root, "lung weibull strata");
    ms_table *table = read_data("lung");
    ms_survreg_frame frame = frame_from(table, "Surv(time, status == 2) ~ age + strata(sex)", NULL);
    ms_survreg fit = fit_of(&frame, MS_SURVREG_WEIBULL);
    compare_coef("strata", &fit, member(r, "coef"));
    compare_list("strata", fit.scale, member(r, "scale"), 2);
    compare_list("strata", fit.loglik, member(r, "loglik"), 2);
    ms_survreg_clear(&fit);
    ms_survreg_frame_clear(&frame);
    ms_table_free(table);
    cJSON_Delete(root);
}

/* ---- tests/golden/survival/cox_more.R ---- */

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

/* fit, then se; R's lists of quantiles go probability by probability. */
static void compare_prediction(const ms_survreg *fit, const ms_model_frame *rows, const cJSON *r,
                               const char *key, ms_survreg_predict_type type) {
    static const double at[] = {0.1, 0.5};
    ms_survreg_prediction p = {0};
    ms_error err = {0};
    double values[12];
    assert_ok(ms_survreg_predict(fit, rows, type, at, 2, 0.95, &p, &err), &err);
    for (size_t k = 0; k < p.columns; k++)
        for (size_t i = 0; i < p.n; i++) {
            values[k * p.n + i] = p.fit[i * p.columns + k];
            values[(p.columns + k) * p.n + i] = p.se[i * p.columns + k];
        }
    compare_list(key, values, member(r, key), 2 * p.n * p.columns);
    ms_survreg_prediction_clear(&p);
}

static void compare_golden(const cJSON *r) {
    const char *formula = member(r, "formula")->child->valuestring;
    const char *weights = member(r, "weights")->child->valuestring;
    bool interval = strstr(formula, "interval2") != NULL;
    ms_table *table = read_golden(interval ? "cox_more_interval.csv" : "cox_more.csv");
    ms_survreg_frame frame = frame_from(table, formula, *weights ? weights : NULL);
    ms_survreg fit = fit_of(&frame, dist_of(member(r, "dist")->child->valuestring));
    const cJSON *names = member(r, "names");
    for (size_t j = 0; j < fit.p; j++)
        assert_string_equal(fit.names[j], cJSON_GetArrayItem(names, (int)j)->valuestring);
    compare_list("coef", fit.coef, member(r, "coef"), fit.p);
    compare_list("scale", fit.scale, member(r, "scale"), fit.n_scales);
    compare_list("se", fit.se, member(r, "se"), fit.p + fit.n_log_scales);
    compare_list("loglik", fit.loglik, member(r, "loglik"), 2);
    if (cJSON_GetObjectItemCaseSensitive(r, "lp")) {
        ms_table *new_table = read_golden("cox_more_new.csv");
        ms_model_frame rows = {0};
        ms_error err = {0};
        assert_ok(ms_model_newdata(table, formula, &frame.model, new_table, false, &rows, &err), &err);
        compare_prediction(&fit, &rows, r, "lp", MS_SURVREG_LP);
        compare_prediction(&fit, &rows, r, "response", MS_SURVREG_RESPONSE);
        compare_prediction(&fit, &rows, r, "quantile", MS_SURVREG_QUANTILE);
        ms_model_frame_clear(&rows);
        ms_table_free(new_table);
    }
    ms_survreg_clear(&fit);
    ms_survreg_frame_clear(&frame);
    ms_table_free(table);
}

static void small_tables(void **state) {
    (void)state;
    cJSON *root = read_json(golden("cox_more.json"));
    size_t compared = 0;
    tolerance = CLOSE;
    for (const cJSON *r = member(root, "survreg")->child; r; r = r->next, compared++) compare_golden(r);
    assert_int_equal(compared, 36);
    cJSON_Delete(root);
}

/* Exponential without predictors: rate = events / total time. Survival at the quantile p is 1 - p. */
static void by_hand(void **state) {
    (void)state;
    ms_table *table = table_of("t,e\n1,1\n2,1\n3,0\n4,1\n10,0\n");
    ms_survreg_frame frame = frame_from(table, "Surv(t, e) ~ 1", NULL);
    ms_survreg fit = fit_of(&frame, MS_SURVREG_EXPONENTIAL);
    assert_close("rate", exp(-fit.coef[0]), 3.0 / 20, 1e-12);
    assert_close("loglik", fit.loglik[1], 3 * log(3.0 / 20) - 3, 1e-12);
    assert_close("se", fit.se[0], 1 / sqrt(3), 1e-12);
    ms_survreg_clear(&fit);
    for (size_t d = 0; d < MS_COUNT(dists); d++) {
        ms_survreg_prediction q = {0}, s = {0};
        ms_error err = {0};
        double p = 0.3;
        fit = fit_of(&frame, (ms_survreg_dist)d);
        assert_ok(ms_survreg_predict(&fit, &frame.model, MS_SURVREG_QUANTILE, &p, 1, 0.95, &q, &err), &err);
        assert_ok(ms_survreg_predict(&fit, &frame.model, MS_SURVREG_SURVIVAL, q.fit, 1, 0.95, &s, &err),
                  &err);
        assert_close(dists[d], s.fit[0], 0.7, 1e-12);
        assert_true(s.lower[0] < s.fit[0] && s.fit[0] < s.upper[0]);
        ms_survreg_prediction_clear(&q);
        ms_survreg_prediction_clear(&s);
        ms_survreg_clear(&fit);
    }
    ms_survreg_frame_clear(&frame);
    ms_table_free(table);
}

/* A collinear column is set aside, and clusters of single rows give the plain sandwich. */
static void collinear_and_robust(void **state) {
    (void)state;
    ms_table *table = read_golden("cox_more.csv");
    ms_survreg_frame a = frame_from(table, "Surv(time, status) ~ age + I(2 * age) + sex + cluster(id)", NULL);
    ms_survreg_frame b = frame_from(table, "Surv(time, status) ~ age + sex", NULL);
    ms_survreg p = fit_of(&a, MS_SURVREG_WEIBULL), q = {0};
    ms_survreg_options options;
    ms_error err = {0};
    ms_survreg_options_default(&options);
    options.robust = true;
    assert_ok(ms_survreg_fit(&b, &options, &q, &err), &err);
    assert_true(isnan(p.coef[2]));
    assert_close("sex", p.coef[3], q.coef[2], 1e-9);
    assert_close("se", p.se[3], q.se[2], 1e-9);
    assert_close("aic", p.aic, q.aic, 1e-12);
    /* R: survreg(Surv(time, status) ~ age + sex, d, robust = TRUE) */
    assert_close("robust", q.se[1], 0.014208106935618395, LOOSE);
    assert_close("robust", q.se[2], 0.278432186207896171, LOOSE);
    ms_survreg_clear(&p);
    ms_survreg_clear(&q);
    ms_survreg_frame_clear(&a);
    ms_survreg_frame_clear(&b);
    ms_table_free(table);
}

static void refusals(void **state) {
    (void)state;
    static const struct {
        const char *formula, *says;
    } bad[] = {{"Surv(t, e) ~ x - 1", "intercept"},
               {"Surv(s, t, e) ~ x", "start-stop"},
               {"Surv(t, e) ~ ridge(x, theta = 1)", "Cox"},
               {"Surv(t, e, type = \"spam\") ~ x", "type is"},
               {"Surv(t, s, type = \"interval2\") ~ x", "table.csv:2"}};
    ms_table *table = table_of("s,t,e,x\n0,1,1,2\n0,2,0,1\n0,0,1,4\n");
    ms_survreg_frame frame = {0};
    ms_survreg fit = {0};
    ms_error err = {0};
    for (size_t i = 0; i < MS_COUNT(bad); i++) {
        if (ms_survreg_read(table, bad[i].formula, NULL, &frame, &err) == MS_OK)
            fail_msg("%s", bad[i].formula);
        if (!strstr(err.message, bad[i].says)) fail_msg("%s: %s", bad[i].formula, err.message);
    }
    frame = frame_from(table, "Surv(t, e) ~ x", NULL);
    assert_int_equal(ms_survreg_fit(&frame, NULL, &fit, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "row 3: the time 0 has no logarithm"));
    ms_survreg_frame_clear(&frame);
    ms_table_free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_r),     cmocka_unit_test(small_tables),         cmocka_unit_test(by_hand),
        cmocka_unit_test(refusals), cmocka_unit_test(collinear_and_robust),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
