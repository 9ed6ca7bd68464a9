/* Kaplan-Meier, log-rank, Cox, proportional hazards and concordance against R 4.2.2, survival 3.5-3, on the
 * data sets of R's survival package (../shared/survival). Tolerance: 1e-9 relative to the larger of 1 and the
 * value, except where a test says why not. */
#include "base/base.h"
#include "myosurv/survival.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHARED MS_TEST_SHARED_DIR "/survival/"

static cJSON *load(const char *name) {
    char path[512], *text = NULL;
    size_t length = 0;
    assert_true(ms_text_format(path, sizeof path, SHARED "R/%s.json", name));
    if (!ms_path_exists(path)) {
        print_message("skipped: no ../shared/survival/R/%s.json\n", name);
        skip();
    }
    assert_int_equal(ms_file_read(path, (size_t)1 << 26, &text, &length, NULL), MS_OK);
    cJSON *root = cJSON_Parse(text);
    free(text);
    assert_non_null(root);
    return root;
}

static ms_table *data(const char *name) {
    char path[512];
    ms_table *table = NULL;
    assert_true(ms_text_format(path, sizeof path, SHARED "data/%s.csv", name));
    assert_int_equal(ms_table_read(&table, path, NULL), MS_OK);
    return table;
}

static const cJSON *get(const cJSON *object, const char *key) {
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!found) fail_msg("R has no '%s'", key);
    return found;
}

static void near(const char *what, size_t i, double ours, const cJSON *theirs, double tolerance) {
    if (cJSON_IsArray(theirs)) theirs = cJSON_GetArrayItem(theirs, (int)i);
    if (cJSON_IsObject(theirs))
        theirs = theirs->child; /* a named number, as R's Wald test of one coefficient */
    if (cJSON_IsNull(theirs)) {
        if (!isnan(ours)) fail_msg("%s[%zu]: %.17g, R has NA", what, i, ours);
        return;
    }
    assert_true(cJSON_IsNumber(theirs));
    double r = theirs->valuedouble;
    if (!(fabs(ours - r) <= tolerance * fmax(1, fabs(r))))
        fail_msg("%s[%zu]: %.17g, R %.17g", what, i, ours, r);
}

/* ---- Kaplan-Meier ---------------------------------------------------------------------------------------
 */

static void check_curves(const ms_km *km, const cJSON *r, const char *what) {
    size_t k = 0;
    for (size_t g = 0; g < km->n_groups; g++) {
        const ms_km_curve *c = &km->curves[g];
        const struct {
            const char *key;
            const double *values;
        } columns[] = {{"time", c->time},         {"n.risk", c->n_risk}, {"n.event", c->n_event},
                       {"n.censor", c->n_censor}, {"surv", c->surv},     {"cumhaz", c->cumhaz},
                       {"std.chaz", c->std_chaz}, {"lower", c->lower},   {"upper", c->upper}};
        for (size_t j = 0; j < MS_COUNT(columns); j++) {
            const cJSON *list = cJSON_GetObjectItemCaseSensitive(r, columns[j].key);
            if (!list) continue;
            if (c->n_times + k > (size_t)cJSON_GetArraySize(list)) fail_msg("%s: more times than R", what);
            for (size_t i = 0; i < c->n_times; i++)
                near(columns[j].key, i, columns[j].values[i], cJSON_GetArrayItem(list, (int)(k + i)), 1e-9);
        }
        k += c->n_times;
    }
    assert_int_equal(k, cJSON_GetArraySize(get(r, "lower")));
}

static void check_km(const char *set, const char *json, const char *event, const char *value,
                     const char *group) {
    static const char *const types[] = {"log", "log-log", "plain", "logit", "arcsin"};
    cJSON *root = load(json);
    ms_table *table = data(set);
    ms_surv_columns columns = {.time = "time", .event = event, .event_value = value, .group = group};
    ms_surv_frame frame = {0};
    assert_int_equal(ms_surv_frame_read(table, &columns, &frame, NULL), MS_OK);
    size_t n = frame.group.n_levels ? frame.group.n_levels : 1;
    for (size_t t = 0; t < MS_COUNT(types); t++) {
        char key[64];
        ms_km km = {0};
        ms_km_options options;
        ms_km_options_default(&options);
        options.conf_type = (ms_conf_type)t;
        assert_true(ms_text_format(key, sizeof key, "Surv(time, ev) ~ %s %s", group ? group : "1", types[t]));
        assert_int_equal(ms_km_fit(&frame.data, frame.group.codes, n, &options, &km, NULL), MS_OK);
        check_curves(&km, get(root, key), key);
        if (t == 0 && group) {
            const cJSON *rows = get(get(get(root, key), "table"), "data");
            for (size_t g = 0; g < n; g++) {
                const ms_km_curve *c = &km.curves[g];
                const double ours[] = {c->events, c->rmean,        c->rmean_se,
                                       c->median, c->median_lower, c->median_upper};
                for (size_t i = 0; i < MS_COUNT(ours); i++)
                    near("table", i, ours[i],
                         cJSON_GetArrayItem(cJSON_GetArrayItem(rows, (int)g), (int)(i + 3)), 1e-9);
            }
        }
        ms_km_clear(&km);
    }
    ms_surv_frame_clear(&frame);
    ms_table_free(table);
    cJSON_Delete(root);
}

static void km_lung(void **state) {
    (void)state;
    check_km("lung", "km_lung", "status", "2", NULL);
    check_km("lung", "km_lung", "status", "2", "sex");
    check_km("lung", "km_lung", "status", "2", "ph.ecog");
}

/* ---- log-rank -------------------------------------------------------------------------------------------
 */

static void check_logrank(const cJSON *root, const char *set, const char *label, ms_surv_columns columns) {
    static const double rhos[] = {0, 1, 0.5};
    ms_table *table = data(set);
    ms_surv_frame frame = {0};
    assert_int_equal(ms_surv_frame_read(table, &columns, &frame, NULL), MS_OK);
    for (size_t i = 0; i < MS_COUNT(rhos); i++) {
        char key[96];
        ms_logrank test = {0};
        assert_true(ms_text_format(key, sizeof key, "%s rho %g", label, rhos[i]));
        const cJSON *r = get(root, key);
        assert_int_equal(
            ms_logrank_test(&frame.data, frame.group.codes, frame.group.n_levels, rhos[i], &test, NULL),
            MS_OK);
        near(key, 0, test.chisq, get(r, "chisq"), 1e-9);
        near(key, 1, test.p, get(r, "p"), 1e-9);
        near(key, 2, (double)test.df, get(r, "df"), 0);
        ms_logrank_clear(&test);
    }
    ms_surv_frame_clear(&frame);
    ms_table_free(table);
}

static void logrank(void **state) {
    (void)state;
    cJSON *root = load("survdiff");
    ms_surv_columns lung = {.time = "time", .event = "status", .event_value = "2", .group = "sex"};
    check_logrank(root, "lung", "lung sex", lung);
    lung.strata = "inst";
    check_logrank(root, "lung", "lung sex strata inst", lung);
    lung.strata = NULL;
    lung.group = "ph.ecog";
    check_logrank(root, "lung", "lung ph.ecog", lung);
    check_logrank(root, "veteran", "veteran celltype",
                  (ms_surv_columns){.time = "time", .event = "status", .group = "celltype"});
    check_logrank(root, "ovarian", "ovarian rx",
                  (ms_surv_columns){.time = "futime", .event = "fustat", .group = "rx"});
    cJSON_Delete(root);
}

/* ---- Cox ------------------------------------------------------------------------------------------------
 */

static void check_fit(const cJSON *r, const ms_cox *cox, const char *key) {
    const cJSON *coef = get(r, "coef"), *var = get(r, "var");
    assert_int_equal(cox->p, cJSON_GetArraySize(coef));
    for (size_t j = 0; j < cox->p; j++) {
        assert_string_equal(cox->names[j], cJSON_GetArrayItem(coef, (int)j)->string);
        near(key, j, cox->coef[j], cJSON_GetArrayItem(coef, (int)j), 1e-9);
        for (size_t i = 0; i < cox->p; i++)
            near("var", i, cox->var[j * cox->p + i], cJSON_GetArrayItem(var, (int)j), 1e-9);
    }
    for (size_t i = 0; i < 2; i++) near("loglik", i, cox->loglik[i], get(r, "loglik"), 1e-9);
    near("score", 0, cox->score, get(r, "score"), 1e-9);
    near("wald", 0, cox->wald, get(r, "wald"), 1e-9);
    near("c", 0, cox->concordance.c, get(get(r, "concordance"), "concordance"), 1e-9);
    near("c.se", 0, cox->concordance.se, get(get(r, "concordance"), "std"), 1e-9);
}

static void cox(void **state) {
    (void)state;
    static const struct {
        const char *key, *set, *formula;
        ms_ties ties;
    } fits[] = {
        {"lung3 efron", "lung", "Surv(time, status) ~ age + sex + ph.ecog", MS_TIES_EFRON},
        {"lung3 breslow", "lung", "Surv(time, status) ~ age + sex + ph.ecog", MS_TIES_BRESLOW},
        {"lung3 exact", "lung", "Surv(time, status) ~ age + sex + ph.ecog", MS_TIES_EXACT},
        {"lung_inst efron", "lung", "Surv(time, status) ~ age + sex + strata(inst)", MS_TIES_EFRON},
        {"lung_cluster_inst efron", "lung", "Surv(time, status) ~ age + sex + ph.ecog + cluster(inst)",
         MS_TIES_EFRON},
        {"lung_offset efron", "lung", "Surv(time, status) ~ age + offset(0.5 * sex)", MS_TIES_EFRON},
        {"pbc efron", "pbc",
         "Surv(time, status == 2) ~ age + edema + log(bili) + log(albumin) + log(protime)", MS_TIES_EFRON},
        {"ovarian efron", "ovarian", "Surv(futime, fustat) ~ age + resid.ds + rx + ecog.ps", MS_TIES_EFRON},
        {"aml exact", "aml", "Surv(time, status) ~ x", MS_TIES_EXACT},
        {"heart efron", "heart", "Surv(start, stop, event) ~ age + year + surgery + factor(transplant)",
         MS_TIES_EFRON},
        {"veteran efron", "veteran",
         "Surv(time, status) ~ trt + factor(celltype, levels = c(\"squamous\", \"smallcell\", \"adeno\", "
         "\"large\")) + "
         "karno + diagtime + age + prior",
         MS_TIES_EFRON},
    };
    cJSON *root = load("coxph_fits");
    for (size_t i = 0; i < MS_COUNT(fits); i++) {
        ms_table *table = data(fits[i].set);
        ms_model_frame frame = {0};
        ms_cox fit = {0};
        ms_cox_options options;
        ms_error error = {0};
        ms_cox_options_default(&options);
        options.ties = fits[i].ties;
        if (ms_model_frame_read(table, fits[i].formula, NULL, &frame, &error) != MS_OK ||
            ms_cox_fit(&frame.data, &frame.design, &options, &fit, &error) != MS_OK)
            fail_msg("%s: %s", fits[i].key, error.message);
        /* factor() is in the name here, where R's data set had a factor column */
        for (size_t j = 0; j < fit.p; j++) {
            char *end = strchr(fit.names[j], ')');
            if (!ms_text_starts_with(fit.names[j], "factor(") || !end) continue;
            bool heart = strcmp(fits[i].set, "heart") == 0;
            const char *level = strrchr(fit.names[j], ')') + 1;
            char name[64];
            assert_true(ms_text_format(name, sizeof name, "%s%s", heart ? "transplant" : "celltype", level));
            free(fit.names[j]);
            fit.names[j] = ms_strdup(name);
        }
        check_fit(get(root, fits[i].key), &fit, fits[i].key);
        ms_cox_clear(&fit);
        ms_model_frame_clear(&frame);
        ms_table_free(table);
    }
    cJSON_Delete(root);
}

/* Martingale and score residuals and the zph tests of one model. */
static void check_diagnostics(const char *json, ms_ties ties) {
    static const char *const transforms[] = {"km", "rank", "identity", "log"};
    cJSON *root = load(json);
    ms_table *table = data("lung");
    ms_model_frame frame = {0};
    ms_cox fit = {0};
    ms_cox_options options;
    ms_cox_options_default(&options);
    options.ties = ties;
    assert_int_equal(
        ms_model_frame_read(table, "Surv(time, status) ~ age + sex + ph.ecog", NULL, &frame, NULL), MS_OK);
    assert_int_equal(ms_cox_fit(&frame.data, &frame.design, &options, &fit, NULL), MS_OK);
    double *martingale = ms_calloc(frame.n, sizeof *martingale);
    double *score = ms_calloc(frame.n * frame.p, sizeof *score);
    assert_true(martingale && score);
    assert_int_equal(ms_cox_martingale(&fit, &frame.data, martingale, NULL), MS_OK);
    assert_int_equal(ms_cox_score_residuals(&fit, &frame.data, &frame.design, score, NULL), MS_OK);
    for (size_t i = 0; i < frame.n; i++) {
        near("martingale", i, martingale[i], get(root, "martingale"), 1e-9);
        for (size_t j = 0; j < frame.p; j++)
            near("score", j, score[i * frame.p + j],
                 cJSON_GetArrayItem(get(get(root, "score"), "data"), (int)i), 1e-9);
    }
    for (size_t t = 0; t < MS_COUNT(transforms); t++) {
        ms_zph zph = {0};
        assert_int_equal(ms_cox_zph(&fit, &frame.data, &frame.design, (ms_zph_transform)t, &zph, NULL),
                         MS_OK);
        const cJSON *rows = get(get(get(root, "zph"), transforms[t]), "data");
        assert_int_equal(zph.n, cJSON_GetArraySize(rows));
        for (size_t i = 0; i < zph.n; i++) {
            const cJSON *row = cJSON_GetArrayItem(rows, (int)i);
            near(transforms[t], 0, zph.rows[i].chisq, row, 1e-9);
            near(transforms[t], 2, zph.rows[i].p, row, 1e-9);
        }
        ms_zph_clear(&zph);
    }
    free(martingale);
    free(score);
    ms_cox_clear(&fit);
    ms_model_frame_clear(&frame);
    ms_table_free(table);
    cJSON_Delete(root);
}

static void diagnostics(void **state) {
    (void)state;
    check_diagnostics("coxph_diag_lung3_efron", MS_TIES_EFRON);
    check_diagnostics("coxph_diag_lung3_breslow", MS_TIES_BRESLOW);
}

/* ---- concordance ----------------------------------------------------------------------------------------
 */

static void concordance(void **state) {
    (void)state;
    static const char *const names[] = {"n", "S", "S/G", "n/G2", "I"};
    cJSON *root = load("concordance");
    ms_table *table = data("lung");
    ms_surv_columns columns = {.time = "time", .event = "status", .event_value = "2", .risk = "ph.ecog"};
    ms_surv_frame frame = {0};
    assert_int_equal(ms_surv_frame_read(table, &columns, &frame, NULL), MS_OK);
    for (size_t i = 0; i < 2 * MS_COUNT(names); i++) {
        char key[64];
        bool limited = i >= MS_COUNT(names);
        ms_concordance c = {0};
        ms_concordance_options options;
        ms_concordance_options_default(&options);
        options.timewt = (ms_timewt)(i % MS_COUNT(names));
        if (limited) options.tau = 365;
        assert_true(ms_text_format(key, sizeof key, "lung ph.ecog %s %s", limited ? "ymax365" : "reverse",
                                   names[i % MS_COUNT(names)]));
        assert_int_equal(ms_concordance_compute(&frame.data, frame.risk, &options, &c, NULL), MS_OK);
        const cJSON *r = get(root, key), *count = get(r, "count");
        near(key, 0, c.c, get(r, "concordance"), 1e-9);
        near("se", i, c.se, get(r, "se"), 1e-9);
        near("concordant", 0, c.concordant, get(count, "concordant"), 1e-9);
        near("discordant", 0, c.discordant, get(count, "discordant"), 1e-9);
        near("tied.x", 0, c.tied_risk, get(count, "tied.x"), 1e-9);
        near("tied.y", 0, c.tied_time, get(count, "tied.y"), 1e-9);
    }
    ms_surv_frame_clear(&frame);
    ms_table_free(table);
    cJSON_Delete(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(km_lung), cmocka_unit_test(logrank),
                                       cmocka_unit_test(cox), cmocka_unit_test(diagnostics),
                                       cmocka_unit_test(concordance)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
