/* Cox models against R's coxph, and facts that need no reference. */
#include "survival/reference.h"

static ms_cox fit_of(const ms_model_frame *f, const ms_cox_options *options) {
    ms_cox cox = {0};
    ms_error err = {0};
    assert_ok(ms_cox_fit(&f->data, &f->design, options, &cox, &err), &err);
    return cox;
}

/* Two subjects in two groups of hazard ratio r: the likelihood r/(1+r) 1/(1+r) ... solved by hand. Events in
 * the order A B A with groups {A, A, B}: L = r/(2r+1) * 1/(r+1), so dlogL = 0 at 2 r^2 = 1. */
static void solves_a_likelihood_by_hand(void **state) {
    (void)state;
    double time[] = {1, 2, 3}, x[] = {1, 0, 1};
    uint8_t event[] = {1, 1, 1};
    ms_surv data = {.n = 3, .time = time, .event = event};
    ms_design design = {.p = 1, .x = x};
    ms_cox cox = {0};
    ms_error err = {0};
    assert_ok(ms_cox_fit(&data, &design, NULL, &cox, &err), &err);
    assert_close("coef", cox.coef[0], -0.5 * log(2), 1e-7);
    assert_close("loglik at 0", cox.loglik[0], -log(6), 1e-14);
    assert_true(cox.converged);
    ms_cox_clear(&cox);
}

/* A column that doubles another is NaN, the rest as without it (R: NA). */
static void collinear_columns_are_set_aside(void **state) {
    (void)state;
    ms_table *table =
        table_of("t,e,a,b,c\n1,1,2,4,1\n2,1,1,2,0\n3,0,5,10,1\n4,1,3,6,1\n5,1,4,8,0\n6,0,1,2,0\n");
    ms_model_frame with = model_of(table, "Surv(t, e) ~ a + b + c"),
                   without = model_of(table, "Surv(t, e) ~ a + c");
    ms_cox p = fit_of(&with, NULL), q = fit_of(&without, NULL);
    ms_zph zph = {0};
    ms_error err = {0};
    assert_true(isnan(p.coef[1]) && isnan(p.se[1]) && isnan(p.p_value[1]));
    assert_close("a", p.coef[0], q.coef[0], 1e-12);
    assert_close("c", p.coef[2], q.coef[1], 1e-12);
    assert_close("se", p.se[2], q.se[1], 1e-12);
    assert_close("df", p.df, 2, 0);
    assert_true(p.converged);
    assert_ok(ms_cox_zph(&p, &with.data, &with.design, MS_ZPH_KM, &zph, &err), &err);
    assert_int_equal(zph.n, 3); /* a, c, GLOBAL */
    ms_zph_clear(&zph);
    ms_cox_clear(&p);
    ms_cox_clear(&q);
    ms_model_frame_clear(&with);
    ms_model_frame_clear(&without);
    ms_table_free(table);
}

/* All early deaths in one group: the hazard ratio is infinite (R: "Loglik converged before variable 1"). */
static void separation_is_reported(void **state) {
    (void)state;
    ms_table *table = table_of("t,e,a,z\n1,1,1,3\n2,1,1,1\n3,1,1,4\n4,0,0,1\n5,0,0,5\n6,0,0,9\n");
    ms_model_frame f = model_of(table, "Surv(t, e) ~ a");
    ms_cox cox = fit_of(&f, NULL);
    assert_false(cox.converged);
    assert_true(cox.infinite[0]);
    assert_true(cox.coef[0] > 10);
    ms_cox_clear(&cox);
    ms_model_frame_clear(&f);
    ms_table_free(table);
}

static void too_few_iterations_are_reported(void **state) {
    (void)state;
    ms_table *table = table_of("t,e,a\n1,1,1\n2,1,3\n3,1,0\n4,0,2\n5,1,5\n6,0,1\n");
    ms_model_frame f = model_of(table, "Surv(t, e) ~ a");
    ms_cox_options options;
    ms_cox_options_default(&options);
    options.iterations = 2;
    options.eps = 1e-15;
    ms_cox cox = fit_of(&f, &options);
    assert_false(cox.converged);
    assert_int_equal(cox.iterations, 2);
    ms_cox_clear(&cox);
    ms_model_frame_clear(&f);
    ms_table_free(table);
}

static void refusals(void **state) {
    (void)state;
    double time[] = {1, 2}, x[] = {1, INFINITY}, fine[] = {1, 2}, weight[] = {1, 0};
    uint8_t event[] = {1, 1}, none[] = {0, 0};
    ms_cox cox = {0};
    ms_error err = {0};
    ms_surv data = {.n = 2, .time = time, .event = event};
    ms_design design = {.p = 1, .x = x};
    assert_int_equal(ms_cox_fit(&data, &design, NULL, &cox, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "row 2"));
    design.x = fine;
    data.event = none;
    assert_int_equal(ms_cox_fit(&data, &design, NULL, &cox, &err), MS_EINPUT);
    data.event = event;
    data.weight = weight;
    assert_int_equal(ms_cox_fit(&data, &design, NULL, &cox, &err), MS_EINPUT);
    ms_cox_options options;
    ms_cox_options_default(&options);
    options.ties = MS_TIES_EXACT;
    weight[1] = 2;
    assert_int_equal(ms_cox_fit(&data, &design, &options, &cox, &err), MS_EUSAGE);
    assert_null(cox.coef);
}

/* Splitting each subject's follow-up changes nothing; Efron, Breslow and exact agree without ties. */
static void splitting_and_ties(void **state) {
    (void)state;
    enum { M = 50 };
    double time[M], x[2 * M], time2[2 * M], entry2[2 * M], x2[4 * M];
    uint8_t event[M], event2[2 * M];
    uint64_t seed = 17;
    for (size_t i = 0; i < M; i++) {
        x[2 * i] = next_random(&seed);
        x[2 * i + 1] = next_random(&seed) < 0.5;
        time[i] = -log(next_random(&seed)) * exp(-x[2 * i]);
        event[i] = next_random(&seed) < 0.8;
        double cut = time[i] * next_random(&seed);
        for (size_t k = 0; k < 2; k++) {
            time2[2 * i + k] = k ? time[i] : cut;
            entry2[2 * i + k] = k ? cut : 0;
            event2[2 * i + k] = k ? event[i] : 0;
            memcpy(&x2[2 * (2 * i + k)], &x[2 * i], 2 * sizeof *x);
        }
    }
    ms_surv whole = {.n = M, .time = time, .event = event};
    ms_surv split = {.n = 2 * M, .time = time2, .entry = entry2, .event = event2};
    ms_design design = {.p = 2, .x = x}, design2 = {.p = 2, .x = x2};
    ms_cox a = {0}, b = {0};
    ms_error err = {0};
    assert_ok(ms_cox_fit(&whole, &design, NULL, &a, &err), &err);
    for (int ties = 0; ties < 3; ties++) {
        ms_cox_options options;
        ms_cox_options_default(&options);
        options.ties = (ms_ties)ties;
        assert_ok(ms_cox_fit(&split, &design2, &options, &b, &err), &err);
        for (size_t j = 0; j < 2; j++) {
            assert_close("coef", b.coef[j], a.coef[j], 1e-8);
            assert_close("se", b.se[j], a.se[j], 1e-8);
        }
        assert_close("loglik", b.loglik[1], a.loglik[1], 1e-10);
        ms_cox_clear(&b);
    }
    ms_cox_clear(&a);
}

/* ---- R's results ---- */

static void compare(const char *key, const ms_cox *cox, const cJSON *r) {
    char label[100];
    const cJSON *coef = member(r, "coef")->child, *naive = cJSON_GetObjectItemCaseSensitive(r, "naive.var");
    (void)ms_text_format(label, sizeof label, "%s: coef", key);
    for (size_t j = 0; j < cox->p; j++, coef = coef->next)
        assert_close(label, cox->coef[j], number_of(coef), TOLERANCE);
    assert_null(coef);
    (void)ms_text_format(label, sizeof label, "%s: var", key);
    for (size_t j = 0; j < cox->p; j++) {
        assert_all_close(label, cox->var + j * cox->p, cox->p, cJSON_GetArrayItem(member(r, "var"), (int)j));
        if (naive)
            assert_all_close(label, cox->naive_var + j * cox->p, cox->p, cJSON_GetArrayItem(naive, (int)j));
    }
    assert_all_close(key, cox->loglik, 2, member(r, "loglik"));
    const cJSON *wald = member(r, "wald"); /* R names it in a model of one column */
    assert_close(key, cox->wald, number_of(cJSON_IsObject(wald) ? wald->child : wald), TOLERANCE);
    assert_close(key, (double)(cox->n_shown ? cox->n_shown : cox->n), number_of(member(r, "n")), 0);
    assert_close(key, (double)cox->n_events, number_of(member(r, "nevent")), 0);
    assert_all_close(key, cox->means, cox->p, member(r, "means"));
    if (!cox->penalised) {
        assert_close(key, cox->score, number_of(member(r, "score")), TOLERANCE);
        assert_close(key, (double)cox->iterations, number_of(member(r, "iter")), 0);
    }
    const cJSON *table = member(member(r, "coeftable"), "data")->child, *limits = member(r, "confint")->child;
    for (size_t j = 0; j < cox->p && !cox->penalised; j++, table = table->next, limits = limits->next) {
        const cJSON *p = table->child;
        while (p->next) p = p->next;
        assert_close(key, cox->p_value[j], number_of(p), 1e-8);
        assert_close(key, cox->z[j], number_of(p->prev), TOLERANCE);
        assert_close(key, exp(cox->lower[j]), number_of(cJSON_GetArrayItem(limits, 2)), TOLERANCE);
        assert_close(key, exp(cox->upper[j]), number_of(cJSON_GetArrayItem(limits, 3)), TOLERANCE);
    }
    if (!cox->penalised)
        assert_close(key, -2 * cox->loglik[1] + 2 * cox->df, number_of(member(r, "AIC")), TOLERANCE);
    if (naive) assert_close(key, cox->robust_score, number_of(member(r, "rscore")), TOLERANCE);
    const cJSON *c = member(r, "concordance");
    if (cox->n_shown) return; /* tt(): equal linear predictors differ in R by rounding, which breaks ties */
    assert_close(key, cox->concordance.c, number_of(member(c, "concordance")), TOLERANCE);
    assert_close(key, cox->concordance.se, number_of(member(c, "std")), TOLERANCE);
    assert_close(key, cox->concordance.tied_time, number_of(member(c, "tied.y")), TOLERANCE);
}

/* Factors whose levels R's data sets do not order alphabetically are written out. */
#define CELL "factor(celltype, levels = c(\"squamous\", \"smallcell\", \"adeno\", \"large\"))"
#define DISEASE "factor(disease, levels = c(\"Other\", \"GN\", \"AN\", \"PKD\"))"
#define TREAT "factor(treat, levels = c(\"placebo\", \"rIFN-g\"))"
#define INHERIT "factor(inherit, levels = c(\"X-linked\", \"autosomal\"))"
static const struct {
    const char *key, *data, *formula;
} models[] = {
    {"lung3", "lung", "Surv(time, status) ~ age + sex + ph.ecog"},
    {"lung7", "lung", "Surv(time, status) ~ age + sex + ph.ecog + ph.karno + pat.karno + meal.cal + wt.loss"},
    {"lung_inst", "lung", "Surv(time, status == 2) ~ age + sex + strata(inst)"},
    {"veteran", "veteran", "Surv(time, status) ~ trt + " CELL " + karno + diagtime + age + prior"},
    {"pbc", "pbc", "Surv(time, status == 2) ~ age + edema + log(bili) + log(albumin) + log(protime)"},
    {"pbc17", "pbc",
     "Surv(time, status == 2) ~ trt + age + factor(sex, levels = c(\"m\", \"f\")) + ascites + hepato + "
     "spiders + edema + bili + chol + albumin + copper + alk.phos + ast + trig + platelet + protime + "
     "stage"},
    {"ovarian", "ovarian", "Surv(futime, fustat) ~ age + resid.ds + rx + ecog.ps"},
    {"flchain", "flchain", "Surv(futime, death) ~ age + sex + kappa + lambda + creatinine + mgus"},
    {"mgus2", "mgus2", "Surv(futime, death) ~ age + sex + hgb + creat + mspike"},
    {"heart", "heart", "Surv(start, stop, event) ~ age + year + surgery + transplant"},
    {"heart_strata", "heart", "Surv(start, stop, event) ~ age + year + surgery + strata(transplant)"},
    {"myeloid", "myeloid", "Surv(futime, death) ~ trt + sex"},
    {"kidney", "kidney", "Surv(time, status) ~ age + sex + " DISEASE},
    {"cgd", "cgd",
     "Surv(tstart, tstop, status) ~ " TREAT
     " + factor(sex, levels = c(\"male\", \"female\")) + age + " INHERIT " + steroids + propylac"},
    {"bladder2", "bladder2", "Surv(start, stop, event) ~ rx + number + size + strata(enum)"},
    {"aml", "aml", "Surv(time, status) ~ x"},
    {"stanford2", "stanford2", "Surv(time, status) ~ age + t5"},
    {"lung_cluster_inst", "lung", "Surv(time, status == 2) ~ age + sex + ph.ecog + cluster(inst)"},
    {"cgd_ag_cluster", "cgd",
     "Surv(tstart, tstop, status) ~ " TREAT " + " INHERIT " + steroids + cluster(id)"},
    {"lung_offset", "lung", "Surv(time, status == 2) ~ age + offset(0.5 * sex)"},
    {"lung_w", "lung", "Surv(time, status == 2) ~ age + sex"},
    {"transplantjasa1", "jasa1", "Surv(start, stop, event) ~ age + surgery + transplant"},
    {"veteran_tt", "veteran", "Surv(time, status) ~ trt + prior + karno + tt(karno, log(t + 20))"},
    {"lung_ridge10", "lung", "Surv(time, status == 2) ~ ridge(age, sex, ph.ecog, theta = 10, scale = TRUE)"},
};

static void as_r(void **state) {
    (void)state;
    static const char *const ties[] = {"efron", "breslow", "exact"};
    cJSON *root = read_reference("coxph_fits");
    size_t compared = 0;
    for (size_t i = 0; i < MS_COUNT(models); i++) {
        ms_table *table = read_data(models[i].data);
        ms_model_frame f = model_of(table, models[i].formula);
        for (size_t t = 0; t < MS_COUNT(ties); t++) {
            char key[64];
            (void)ms_text_format(key, sizeof key, "%s %s", models[i].key, ties[t]);
            const cJSON *r = cJSON_GetObjectItemCaseSensitive(root, key);
            if (!r) continue;
            ms_cox_options options;
            ms_cox_options_default(&options);
            options.ties = (ms_ties)t;
            ms_cox cox = fit_of(&f, &options);
            cox.n_shown = f.n_before_tt;
            compare(key, &cox, r);
            compared++;
            ms_cox_clear(&cox);
        }
        ms_model_frame_clear(&f);
        ms_table_free(table);
    }
    assert_true(compared >= 52);
    cJSON_Delete(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solves_a_likelihood_by_hand),
        cmocka_unit_test(collinear_columns_are_set_aside),
        cmocka_unit_test(separation_is_reported),
        cmocka_unit_test(too_few_iterations_are_reported),
        cmocka_unit_test(refusals),
        cmocka_unit_test(splitting_and_ties),
        cmocka_unit_test(as_r),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
