/* Competing risks against R 4.2.2, survival 3.5-3 and cmprsk 2.2-11. */
#include "survival/reference.h"

#include "myosurv/survival_competing.h"

/* 60 made-up rows with many ties; cause 1 and 2 as in R's factor(c). */
static const double small_time[60] = {10, 3,  1, 9, 1, 4, 6, 8,  7, 1,  4,  7, 4, 8, 6, 4,  8,  23, 9, 4,
                                      2,  4,  5, 2, 8, 1, 3, 6,  1, 4,  25, 1, 3, 3, 1, 2,  4,  4,  5, 16,
                                      10, 10, 3, 5, 2, 6, 2, 21, 7, 10, 2,  3, 6, 2, 5, 13, 12, 7,  5, 1};
static const int small_code[60] = {0, 2, 1, 1, 1, 0, 1, 2, 0, 0, 0, 1, 0, 2, 1, 1, 0, 0, 1, 0,
                                   2, 1, 2, 1, 1, 0, 1, 0, 1, 2, 2, 0, 1, 1, 1, 1, 2, 1, 2, 0,
                                   2, 1, 2, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 2};
static const size_t small_group[60] = {1, 1, 0, 1, 2, 0, 0, 2, 2, 0, 1, 1, 2, 0, 0, 0, 2, 0, 2, 1,
                                       0, 2, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 2, 0, 2, 0, 2, 1, 1,
                                       2, 1, 2, 0, 1, 2, 1, 2, 1, 1, 0, 1, 2, 2, 1, 2, 1, 0, 1, 1};

typedef struct small_data {
    double entry[60], weight[60], x[120];
    uint8_t event[60];
    size_t cause[60];
    ms_competing competing;
    ms_design design;
} small_data;

static void small_make(small_data *s) {
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < 60; i++) {
        double back = small_time[i] - 1 - (double)((i + 1) * 7 % 5);
        s->entry[i] = back > 0 ? back : 0;
        s->weight[i] = 1 + (double)((i + 1) % 3) / 2;
        s->event[i] = small_code[i] > 0;
        s->cause[i] = small_code[i] > 0 ? (size_t)small_code[i] - 1 : 0;
        s->x[2 * i] = sin((double)(i + 1));
        s->x[2 * i + 1] = (double)small_group[i] + 1;
    }
    s->competing = (ms_competing){
        .data = {.n = 60, .time = small_time, .event = s->event}, .cause = s->cause, .n_causes = 2};
    s->design = (ms_design){.p = 2, .x = s->x};
}

/* pstate and std.err at the 3rd, 8th and last time. */
static void check_curve(const char *what, const ms_competing *competing, const double expected[3][5]) {
    ms_cuminc cuminc = {0};
    ms_error err = {0};
    char label[120];
    assert_ok(ms_cuminc_fit(competing, NULL, 1, MS_CONF_LOG, 0.95, &cuminc, &err), &err);
    const ms_cuminc_curve *c = &cuminc.curves[0];
    assert_int_equal(c->n_times, 16);
    const size_t rows[] = {2, 7, 15};
    for (size_t i = 0; i < 3; i++) {
        size_t at = rows[i];
        const double ours[] = {c->surv[at], c->incidence[at], c->incidence[16 + at], c->surv_std_err[at],
                               c->std_err[at]};
        for (size_t j = 0; j < 5; j++) {
            (void)ms_text_format(label, sizeof label, "%s, row %zu, value %zu", what, at, j);
            assert_close(label, ours[j], expected[i][j], 1e-9);
        }
    }
    ms_cuminc_clear(&cuminc);
}

/* survfit(Surv(t, factor(c)) ~ 1), with weights = w, Surv(s, t, ...) with id, and both. */
static void incidence_is_survfits(void **state) {
    (void)state;
    small_data s;
    small_make(&s);
    const double plain[3][5] = {
        {0.718055555555556, 0.210826210826211, 0.0711182336182336, 0.0599900133699416, 0.0542435479865361},
        {0.351763449074074, 0.444444358380817, 0.2037921925451092, 0.0708368348885033, 0.0709593689409001},
        {0, 0.652896772646935, 0.3471032273530653, 0, 0.0805361396982338}};
    const double weighted[3][5] = {
        {0.745893166674618, 0.187575338326734, 0.0665314949986483, 0.0583689209467285, 0.0515018351423020},
        {0.350462931033410, 0.437472304309337, 0.2120647646572528, 0.0742561530467565, 0.0733780960992987},
        {0, 0.628975263052594, 0.3710247369474066, 0, 0.0836994371291543}};
    const double late[3][5] = {
        {0.3863636363636364, 0.465151515151515, 0.148484848484848, 0.0842362801731165, 0.0923457512678372},
        {0.0915071770334928, 0.652523353839143, 0.255969469127364, 0.0334346588021053, 0.0796757605715751},
        {0, 0.731829573934837, 0.268170426065163, 0, 0.0767044519665400}};
    const double both[3][5] = {
        {0.4175079497391250, 0.445710228149795, 0.136781822111080, 0.0900068207188686, 0.0969199136626010},
        {0.0929254832729503, 0.657995566096760, 0.249078950630290, 0.0358275224804937, 0.0812796565496295},
        {0, 0.734886848334377, 0.265113151665623, 0, 0.0770791979466250}};
    check_curve("plain", &s.competing, plain);
    s.competing.data.weight = s.weight;
    check_curve("weighted", &s.competing, weighted);
    s.competing.data.entry = s.entry;
    check_curve("weighted, late", &s.competing, both);
    s.competing.data.weight = NULL;
    check_curve("late", &s.competing, late);
}

/* With one cause the incidence is 1 - Kaplan-Meier, with Greenwood's standard error. */
static void one_cause_is_kaplan_meier(void **state) {
    (void)state;
    small_data s;
    ms_cuminc cuminc = {0};
    ms_km km = {0};
    ms_error err = {0};
    small_make(&s);
    memset(s.cause, 0, sizeof s.cause);
    s.competing.n_causes = 1;
    s.competing.data.event = s.event;
    assert_ok(ms_cuminc_fit(&s.competing, small_group, 3, MS_CONF_PLAIN, 0.9, &cuminc, &err), &err);
    assert_ok(ms_km_fit(&s.competing.data, small_group, 3, NULL, &km, &err), &err);
    for (size_t g = 0; g < 3; g++) {
        const ms_cuminc_curve *c = &cuminc.curves[g];
        assert_int_equal(c->n_times, km.curves[g].n_times);
        for (size_t i = 0; i < c->n_times; i++) {
            assert_close("incidence", c->incidence[i], 1 - km.curves[g].surv[i], 1e-13);
            if (km.curves[g].surv[i] > 0)
                assert_close("std_err", c->std_err[i], km.curves[g].std_err[i], 1e-12);
        }
    }
    ms_cuminc_clear(&cuminc);
    ms_km_clear(&km);
}

/* cuminc(t, c, g, rho = 0 and 1)$Tests. */
static void grays_test_is_cmprsks(void **state) {
    (void)state;
    const double expected[2][2] = {{0.392109610165442, 2.162160533350108},
                                   {0.76667377150272, 2.09216656236919}};
    small_data s;
    ms_gray gray = {0};
    ms_error err = {0};
    small_make(&s);
    for (size_t rho = 0; rho < 2; rho++)
        for (size_t cause = 0; cause < 2; cause++) {
            assert_ok(ms_gray_test(&s.competing, cause, small_group, 3, (double)rho, &gray, &err), &err);
            assert_close("Gray's chisq", gray.chisq, expected[rho][cause], 1e-12);
            assert_int_equal(gray.df, 2);
        }
    assert_close("p", gray.p, 0.351311044527710, 1e-12);
}

/* Censored before the event, a group that runs out, one group: no crash, and clear words. */
static void grays_test_at_its_edges(void **state) {
    (void)state;
    double time[] = {1, 2, 3, 4, 5, 6};
    uint8_t event[] = {1, 1, 1, 0, 1, 0}, none[6] = {0};
    size_t cause[] = {0, 1, 0, 0, 0, 0}, group[] = {0, 0, 1, 1, 1, 2}, one[6] = {0};
    ms_competing c = {.data = {.n = 6, .time = time, .event = event}, .cause = cause, .n_causes = 2};
    ms_gray gray = {0};
    ms_error err = {0};
    assert_ok(ms_gray_test(&c, 0, group, 3, 0, &gray, &err), &err);
    assert_true(isfinite(gray.chisq) && gray.p >= 0 && gray.p <= 1);
    assert_int_equal(ms_gray_test(&c, 0, one, 1, 0, &gray, &err), MS_EINPUT);
    c.data.event = none;
    assert_int_equal(ms_gray_test(&c, 0, group, 3, 0, &gray, &err), MS_EINPUT);
    c.data.entry = time;
    assert_int_equal(ms_gray_test(&c, 0, group, 3, 0, &gray, &err), MS_EUSAGE);
}

/* crr(t, c, cbind(x, g), gtol = 1e-12), and coxph on finegray() with cluster = id. */
static void regression_is_crrs_and_coxphs(void **state) {
    (void)state;
    small_data s;
    ms_finegray fit = {0};
    ms_error err = {0};
    small_make(&s);
    const double crr[] = {0.0226616602989659, 0.0904393161479082},
                 crr_var[] = {0.06237323228874592, 0.00103715469116174, 0.00103715469116174,
                              0.06235503806493145};
    const double coxph[] = {0.0296640486069437, 0.0893223933060979},
                 coxph_var[] = {0.06804075365055061, 0.00113050048329726, 0.00113050048329726,
                                0.06673711751866548};
    assert_ok(ms_finegray_fit(&s.competing, 0, &s.design, MS_FINEGRAY_CMPRSK, 0.95, &fit, &err), &err);
    for (size_t j = 0; j < 2; j++) assert_close("crr coef", fit.coef[j], crr[j], 1e-9);
    for (size_t j = 0; j < 4; j++) assert_close("crr var", fit.var[j], crr_var[j], 1e-9);
    assert_true(fit.converged);
    ms_finegray_clear(&fit);
    assert_ok(ms_finegray_fit(&s.competing, 0, &s.design, MS_FINEGRAY_SURVIVAL, 0.95, &fit, &err), &err);
    for (size_t j = 0; j < 2; j++) assert_close("coxph coef", fit.coef[j], coxph[j], 1e-9);
    for (size_t j = 0; j < 4; j++) assert_close("coxph var", fit.var[j], coxph_var[j], 1e-9);
    assert_close("loglik", fit.loglik[0], -101.531261924940, 1e-12);
    assert_close("loglik", fit.loglik[1], -101.460790134151, 1e-12);
    ms_finegray_clear(&fit);
}

/* A collinear column is NA, a column that separates is told, no other cause is Cox's regression. */
static void regression_at_its_edges(void **state) {
    (void)state;
    small_data s;
    ms_finegray fit = {0};
    ms_cox cox = {0};
    ms_error err = {0};
    small_make(&s);
    for (size_t i = 0; i < 60; i++) s.x[2 * i + 1] = 3 - 2 * s.x[2 * i];
    assert_ok(ms_finegray_fit(&s.competing, 0, &s.design, MS_FINEGRAY_CMPRSK, 0.95, &fit, &err), &err);
    assert_true(isfinite(fit.coef[0]) && isnan(fit.coef[1]) && isnan(fit.se[1]));
    ms_finegray_clear(&fit);
    for (size_t i = 0; i < 60; i++) s.x[2 * i + 1] = s.event[i] && s.cause[i] == 0 ? 1 : 0;
    assert_ok(ms_finegray_fit(&s.competing, 0, &s.design, MS_FINEGRAY_CMPRSK, 0.95, &fit, &err), &err);
    assert_false(fit.converged);
    ms_finegray_clear(&fit);
    small_make(&s);
    memset(s.cause, 0, sizeof s.cause);
    s.design.names = (const char *[]){"x", "g"};
    ms_cox_options options;
    ms_cox_options_default(&options);
    options.eps = 1e-13;
    assert_ok(ms_finegray_fit(&s.competing, 0, &s.design, MS_FINEGRAY_SURVIVAL, 0.95, &fit, &err), &err);
    assert_ok(ms_cox_fit(&s.competing.data, &s.design, &options, &cox, &err), &err);
    for (size_t j = 0; j < 2; j++) {
        assert_close("coef", fit.coef[j], cox.coef[j], 1e-9);
        assert_close("naive se", sqrt(fit.naive_var[3 * j]), cox.se[j], 1e-9);
    }
    ms_finegray_clear(&fit);
    ms_cox_clear(&cox);
}

/* ---- R's results ---- */

typedef struct mgus {
    ms_table *table;
    size_t n;
    double *time;
    uint8_t *event;
    size_t *cause, *sex;
} mgus;

static void mgus_read(mgus *m) {
    ms_error err = {0};
    char path[1024];
    (void)ms_text_format(path, sizeof path, "%s/survival/data/mgus2.csv", MS_TEST_SHARED_DIR);
    if (!ms_path_exists(path)) {
        print_message("skipped: no ../shared/survival/data/mgus2.csv\n");
        skip();
    }
    assert_ok(ms_table_read(&m->table, path, &err), &err);
    m->n = ms_table_rows(m->table);
    m->time = ms_calloc(m->n, sizeof *m->time);
    m->event = ms_calloc(m->n, 1);
    m->cause = ms_calloc(2 * m->n, sizeof *m->cause);
    m->sex = m->cause + m->n;
    for (size_t i = 0; i < m->n; i++) {
        double values[4];
        const char *const names[] = {"ptime", "pstat", "futime", "death"};
        for (size_t j = 0; j < 4; j++) {
            size_t column = 0;
            assert_true(ms_table_find(m->table, names[j], &column));
            assert_ok(ms_table_number(m->table, i, column, &values[j], &err), &err);
        }
        size_t column = 0;
        assert_true(ms_table_find(m->table, "sex", &column));
        m->sex[i] = ms_table_cell(m->table, i, column)[0] == 'M';
        m->time[i] = values[1] == 1 ? values[0] : values[2];
        m->event[i] = values[1] == 1 || values[3] == 1;
        m->cause[i] = values[1] != 1;
    }
}

static void mgus_clear(mgus *m) {
    free(m->time);
    free(m->event);
    free(m->cause);
    ms_table_free(m->table);
}

static void compare_states(const char *key, const ms_cuminc_curve *c, const cJSON *rows, size_t offset,
                           const double *const arrays[3]) {
    char label[80];
    for (size_t i = 0; i < c->n_times; i++) {
        const cJSON *row = cJSON_GetArrayItem(rows, (int)(offset + i));
        for (size_t k = 0; k < 3; k++) {
            (void)ms_text_format(label, sizeof label, "%s[%zu][%zu]", key, offset + i, k);
            double theirs = number_of(cJSON_GetArrayItem(row, (int)k));
            if (!arrays[k]) continue;
            assert_close(label, arrays[k][i], theirs, 1e-9);
        }
    }
}

static void compare_curve(const cJSON *reference, const ms_cuminc_curve *c, size_t offset) {
    size_t n = c->n_times;
    const double *state[] = {c->surv, c->incidence, c->incidence + n};
    const double *error[] = {c->surv_std_err, c->std_err, c->std_err + n};
    const double *lower[] = {NULL, c->lower, c->lower + n}, *upper[] = {NULL, c->upper, c->upper + n};
    const double *hazard[] = {c->hazard, c->hazard + n, NULL};
    compare_states("pstate", c, member(reference, "pstate"), offset, state);
    compare_states("std.err", c, member(reference, "std.err"), offset, error);
    compare_states("lower", c, member(reference, "lower"), offset, lower);
    compare_states("upper", c, member(reference, "upper"), offset, upper);
    compare_states("cumhaz", c, member(reference, "cumhaz"), offset, hazard);
}

static void incidence_of_mgus(void **state) {
    (void)state;
    mgus m = {0};
    ms_cuminc cuminc = {0};
    ms_error err = {0};
    cJSON *root = read_reference("competing_mgus2");
    mgus_read(&m);
    ms_competing c = {.data = {.n = m.n, .time = m.time, .event = m.event}, .cause = m.cause, .n_causes = 2};
    assert_ok(ms_cuminc_fit(&c, NULL, 1, MS_CONF_LOG, 0.95, &cuminc, &err), &err);
    compare_curve(member(root, "AJ_all"), &cuminc.curves[0], 0);
    ms_cuminc_clear(&cuminc);
    assert_ok(ms_cuminc_fit(&c, m.sex, 2, MS_CONF_LOG, 0.95, &cuminc, &err), &err);
    compare_curve(member(root, "AJ_sex"), &cuminc.curves[0], 0);
    compare_curve(member(root, "AJ_sex"), &cuminc.curves[1], cuminc.curves[0].n_times);
    ms_cuminc_clear(&cuminc);
    ms_gray gray = {0};
    const double chisq[] = {1.19450782507551, 11.65125901212774}; /* cuminc(et, ev, sex)$Tests */
    for (size_t k = 0; k < 2; k++) {
        assert_ok(ms_gray_test(&c, k, m.sex, 2, 0, &gray, &err), &err);
        assert_close("Gray's chisq", gray.chisq, chisq[k], 1e-9);
    }
    mgus_clear(&m);
    cJSON_Delete(root);
}

/* Four age groups, stratified by sex, rho 1: cuminc(et, ev, cut(age, c(0, 60, 70, 80, 200)), sex, rho = 1).
 */
static void stratified_test_of_mgus(void **state) {
    (void)state;
    mgus m = {0};
    ms_error err = {0};
    ms_gray gray = {0};
    size_t column = 0;
    const double chisq[] = {7.63639334086975, 235.79759041983746};
    mgus_read(&m);
    assert_true(ms_table_find(m.table, "age", &column));
    size_t *group = ms_calloc(m.n, sizeof *group);
    for (size_t i = 0; i < m.n; i++) {
        double age = 0;
        assert_ok(ms_table_number(m.table, i, column, &age, &err), &err);
        group[i] = age <= 60 ? 0 : age <= 70 ? 1 : age <= 80 ? 2 : 3;
    }
    ms_competing c = {.data = {.n = m.n, .time = m.time, .event = m.event, .stratum = m.sex, .n_strata = 2},
                      .cause = m.cause,
                      .n_causes = 2};
    for (size_t k = 0; k < 2; k++) {
        assert_ok(ms_gray_test(&c, k, group, 4, 1, &gray, &err), &err);
        assert_close("Gray's chisq", gray.chisq, chisq[k], 1e-9);
        assert_int_equal(gray.df, 3);
    }
    free(group);
    mgus_clear(&m);
}

/* Rows with age, sex, mspike and hgb: crr(..., gtol = 1e-12), and coxph on finegray() with cluster = id. */
static void regression_of_mgus(void **state) {
    (void)state;
    mgus m = {0};
    ms_error err = {0};
    ms_finegray fit = {0};
    mgus_read(&m);
    const char *const names[] = {"age", "mspike", "hgb"};
    double *x = ms_calloc(m.n * 4, sizeof *x);
    size_t n = 0;
    for (size_t i = 0; i < m.n; i++) {
        double values[3];
        for (size_t j = 0; j < 3; j++) {
            size_t column = 0;
            assert_true(ms_table_find(m.table, names[j], &column));
            assert_ok(ms_table_number(m.table, i, column, &values[j], &err), &err);
        }
        if (isnan(values[0] + values[1] + values[2])) continue;
        const double row[] = {values[0], (double)m.sex[i], values[1], values[2]};
        memcpy(x + 4 * n, row, sizeof row);
        m.time[n] = m.time[i];
        m.event[n] = m.event[i];
        m.cause[n++] = m.cause[i];
    }
    ms_competing c = {.data = {.n = n, .time = m.time, .event = m.event}, .cause = m.cause, .n_causes = 2};
    ms_design design = {.p = 4, .x = x};
    const double crr[] = {-0.0181356477070214, -0.2011770345804735, 0.9222105343273468, -0.0138022659371546};
    const double crr_var[] = {3.62612810234373e-05, 3.62482160082420e-02, 2.40982526757503e-02,
                              2.27751312093369e-03};
    const double death[] = {0.0523980873311643, 0.4769465865400772, -0.1669271911277722, -0.1178814975422028};
    const double death_se[] = {0.00388274036114049, 0.06981204974669231, 0.06866682173639616,
                               0.02265377756545458};
    const double coxph[] = {-0.0180924003418702, -0.2008029765683502, 0.9221865752659265,
                            -0.0138987183180004};
    const double coxph_var[] = {3.58876662997e-05, 3.62344249631e-02, 2.41199099529e-02, 2.28070219544e-03};
    assert_ok(ms_finegray_fit(&c, 0, &design, MS_FINEGRAY_CMPRSK, 0.95, &fit, &err), &err);
    for (size_t j = 0; j < 4; j++) {
        assert_close("crr coef", fit.coef[j], crr[j], 1e-9);
        assert_close("crr var", fit.var[5 * j] * 1e4, crr_var[j] * 1e4, 1e-9);
    }
    assert_close("crr loglik", fit.loglik[1], -765.058351361546, 1e-12);
    /* predict(fit, rbind(c(70, 1, 1, 13))) */
    const double patient[] = {70, 1, 1, 13};
    assert_close("predict.crr", ms_finegray_incidence(&fit, patient, 100), 0.0372824230950869, 1e-9);
    ms_finegray_clear(&fit);
    assert_ok(ms_finegray_fit(&c, 1, &design, MS_FINEGRAY_CMPRSK, 0.95, &fit, &err), &err);
    for (size_t j = 0; j < 4; j++) {
        assert_close("crr coef, death", fit.coef[j], death[j], 1e-9);
        assert_close("crr se, death", fit.se[j], death_se[j], 1e-9);
    }
    ms_finegray_clear(&fit);
    assert_ok(ms_finegray_fit(&c, 0, &design, MS_FINEGRAY_SURVIVAL, 0.95, &fit, &err), &err);
    for (size_t j = 0; j < 4; j++) {
        assert_close("coxph coef", fit.coef[j], coxph[j], 1e-8); /* coxph stops at eps 1e-9 */
        assert_close("coxph var", fit.var[5 * j] * 1e4, coxph_var[j] * 1e4, 1e-8);
    }
    ms_finegray_clear(&fit);
    free(x);
    mgus_clear(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incidence_is_survfits),
        cmocka_unit_test(one_cause_is_kaplan_meier),
        cmocka_unit_test(grays_test_is_cmprsks),
        cmocka_unit_test(grays_test_at_its_edges),
        cmocka_unit_test(regression_is_crrs_and_coxphs),
        cmocka_unit_test(regression_at_its_edges),
        cmocka_unit_test(incidence_of_mgus),
        cmocka_unit_test(stratified_test_of_mgus),
        cmocka_unit_test(regression_of_mgus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
