/* Small tables with ties, weights, delayed entry, factors and interactions against R's numbers for them:
 * tests/golden/survival/survival.json, made by make.R beside it with R 4.2.2, survival 3.5-3. */
#include "survival/reference.h"

static cJSON *golden(void) {
    return read_json(MS_TEST_GOLDEN_DIR "/survival/survival.json");
}

/* The table R was given. */
static ms_table *golden_table(const cJSON *root) {
    const cJSON *data = member(root, "data");
    ms_table *table = NULL;
    ms_error err = {0};
    size_t row = 0, column = 0;
    assert_ok(ms_table_new(&table, "golden", &err), &err);
    for (int i = cJSON_GetArraySize(data->child); i > 0; i--)
        assert_ok(ms_table_add_row(table, &row, &err), &err);
    for (const cJSON *c = data->child; c; c = c->next) {
        assert_ok(ms_table_add_column(table, c->string, &column, &err), &err);
        row = 0;
        for (const cJSON *cell = c->child; cell; cell = cell->next, row++) {
            ms_status status = cJSON_IsString(cell)
                                   ? ms_table_set(table, row, column, cell->valuestring, &err)
                                   : ms_table_set_number(table, row, column, cell->valuedouble, &err);
            assert_ok(status, &err);
        }
    }
    return table;
}

static void compare_curve(const char *key, const ms_surv_frame *f, ms_km_options options, const cJSON *root) {
    const cJSON *r = member(member(root, "km"), key),
                *std_err = cJSON_GetObjectItemCaseSensitive(r, "std_err");
    ms_km km = {0};
    ms_error err = {0};
    assert_ok(ms_km_fit(&f->data, NULL, 1, &options, &km, &err), &err);
    const ms_km_curve *c = km.curves;
    assert_all_close(key, c->time, c->n_times, member(r, "time"));
    assert_all_close(key, c->n_risk, c->n_times, member(r, "n_risk"));
    assert_all_close(key, c->n_event, c->n_times, member(r, "n_event"));
    assert_all_close(key, c->surv, c->n_times, member(r, "surv"));
    assert_all_close(key, c->lower, c->n_times, member(r, "lower"));
    assert_all_close(key, c->upper, c->n_times, member(r, "upper"));
    if (std_err) assert_all_close(key, c->std_err, c->n_times, std_err);
    assert_int_equal(km.robust, std_err != NULL);
    ms_km_clear(&km);
}

static void curves(void **state) {
    (void)state;
    cJSON *root = golden();
    ms_table *table = golden_table(root);
    ms_km_options options;
    ms_km_options_default(&options);
    ms_surv_columns columns = {.time = "stop", .event = "event"};
    ms_surv_frame f = frame_of(table, columns);
    compare_curve("plain", &f, options, root);
    ms_surv_frame_clear(&f);
    columns.weight = "w"; /* not whole: robust, as R */
    f = frame_of(table, columns);
    compare_curve("robust", &f, options, root);
    ms_surv_frame_clear(&f);
    columns.weight = NULL;
    columns.entry = "start";
    columns.cluster = "id";
    f = frame_of(table, columns);
    options.cluster = f.cluster.codes;
    options.n_clusters = f.cluster.n_levels;
    compare_curve("cluster", &f, options, root);
    options.cluster = NULL;
    options.conf_type = MS_CONF_LOG_LOG;
    compare_curve("entry", &f, options, root);
    ms_surv_frame_clear(&f);
    ms_table_free(table);
    cJSON_Delete(root);
}

static void logrank(void **state) {
    (void)state;
    static const struct {
        const char *key, *strata;
        double rho;
    } tests[] = {{"plain", NULL, 0}, {"rho", NULL, 1}, {"strata", "sex", 0.5}};
    cJSON *root = golden();
    ms_table *table = golden_table(root);
    for (size_t i = 0; i < MS_COUNT(tests); i++) {
        ms_surv_columns columns = {
            .time = "stop", .event = "event", .group = "site", .strata = tests[i].strata};
        ms_surv_frame f = frame_of(table, columns);
        const cJSON *r = member(member(root, "logrank"), tests[i].key);
        ms_logrank l = {0};
        ms_error err = {0};
        assert_ok(ms_logrank_test(&f.data, f.group.codes, f.group.n_levels, tests[i].rho, &l, &err), &err);
        assert_close(tests[i].key, l.chisq, number_of(member(r, "chisq")), TOLERANCE);
        assert_close(tests[i].key, l.p, number_of(member(r, "p")), TOLERANCE);
        ms_logrank_clear(&l);
        ms_surv_frame_clear(&f);
    }
    ms_table_free(table);
    cJSON_Delete(root);
}

static void concordance(void **state) {
    (void)state;
    static const struct {
        const char *key, *risk, *weight, *entry, *cluster;
        ms_timewt timewt;
        double tau;
    } tests[] = {{"n", "age", NULL, NULL, NULL, MS_TIMEWT_N, INFINITY},
                 {"weighted", "age", "w", NULL, NULL, MS_TIMEWT_N, INFINITY},
                 {"entry", "dose", NULL, "start", NULL, MS_TIMEWT_N, INFINITY},
                 {"uno", "age", NULL, NULL, NULL, MS_TIMEWT_N_G2, 30},
                 {"cluster", "age", NULL, NULL, "id", MS_TIMEWT_N, INFINITY}};
    cJSON *root = golden();
    ms_table *table = golden_table(root);
    for (size_t i = 0; i < MS_COUNT(tests); i++) {
        ms_surv_columns columns = {.time = "stop",
                                   .event = "event",
                                   .risk = tests[i].risk,
                                   .weight = tests[i].weight,
                                   .entry = tests[i].entry,
                                   .cluster = tests[i].cluster};
        ms_surv_frame f = frame_of(table, columns);
        const cJSON *r = member(member(root, "concordance"), tests[i].key);
        ms_concordance_options options;
        ms_concordance c;
        ms_error err = {0};
        ms_concordance_options_default(&options);
        options.timewt = tests[i].timewt;
        options.tau = tests[i].tau;
        options.cluster = f.cluster.codes;
        options.n_clusters = f.cluster.n_levels;
        assert_ok(ms_concordance_compute(&f.data, f.risk, &options, &c, &err), &err);
        const double counts[] = {c.concordant, c.discordant, c.tied_risk, c.tied_time, c.tied_both};
        assert_close(tests[i].key, c.c, number_of(member(r, "c")), TOLERANCE);
        assert_close(tests[i].key, c.se, number_of(member(r, "se")), TOLERANCE);
        assert_all_close(tests[i].key, counts, 5, member(r, "counts"));
        ms_surv_frame_clear(&f);
    }
    ms_table_free(table);
    cJSON_Delete(root);
}

static void compare_names(const char *key, char *const *ours, size_t n, const cJSON *theirs) {
    assert_int_equal(cJSON_GetArraySize(theirs), n);
    for (size_t j = 0; j < n; j++) {
        const char *name = cJSON_GetArrayItem(theirs, (int)j)->valuestring;
        if (strcmp(ours[j], name) != 0) fail_msg("%s: '%s', R says '%s'", key, ours[j], name);
    }
}

static void compare_zph(const char *key, const ms_cox *cox, const ms_model_frame *f, const cJSON *r) {
    const cJSON *names = cJSON_GetObjectItemCaseSensitive(r, "zph_names");
    ms_zph zph = {0};
    ms_error err = {0};
    if (!names) return;
    assert_ok(ms_cox_zph(cox, &f->data, &f->design, MS_ZPH_KM, &zph, &err), &err);
    for (size_t i = 0; i < zph.n; i++) {
        const char *name = cJSON_GetArrayItem(names, (int)i)->valuestring;
        if (strcmp(zph.rows[i].term, name) != 0)
            fail_msg("%s: zph of '%s', R has '%s'", key, zph.rows[i].term, name);
        assert_close(key, zph.rows[i].chisq, number_of(cJSON_GetArrayItem(member(r, "zph_chisq"), (int)i)),
                     1e-8);
        assert_close(key, (double)zph.rows[i].df, number_of(cJSON_GetArrayItem(member(r, "zph_df"), (int)i)),
                     0);
    }
    assert_int_equal(cJSON_GetArraySize(names), zph.n);
    ms_zph_clear(&zph);
}

static void compare_cox(const ms_table *table, const cJSON *r) {
    const char *key = r->string, *ties = member(r, "ties")->valuestring;
    const cJSON *weights = cJSON_GetObjectItemCaseSensitive(r, "weights");
    ms_model_frame f = {0};
    ms_cox cox = {0};
    ms_cox_options options;
    ms_error err = {0};
    ms_cox_options_default(&options);
    options.ties = *ties == 'e' && ties[1] == 'f' ? MS_TIES_EFRON
                   : *ties == 'b'                 ? MS_TIES_BRESLOW
                                                  : MS_TIES_EXACT;
    assert_ok(ms_model_frame_read(table, member(r, "formula")->valuestring,
                                  weights ? weights->valuestring : NULL, &f, &err),
              &err);
    assert_ok(ms_cox_fit(&f.data, &f.design, &options, &cox, &err), &err);
    compare_names(key, cox.names, cox.p, member(r, "names"));
    assert_all_close(key, cox.coef, cox.p, member(r, "coef"));
    assert_all_close(key, cox.var, cox.p * cox.p, member(r, "var"));
    assert_all_close(key, cox.loglik, 2, member(r, "loglik"));
    assert_close(key, cox.score, number_of(member(r, "score")), TOLERANCE);
    assert_close(key, cox.wald, number_of(member(r, "wald")), TOLERANCE);
    assert_close(key, (double)cox.iterations, number_of(member(r, "iterations")), 0);
    assert_close(key, cox.concordance.c, number_of(member(r, "c")), TOLERANCE);
    assert_close(key, cox.concordance.se, number_of(member(r, "c_se")), TOLERANCE);
    compare_zph(key, &cox, &f, r);
    ms_cox_clear(&cox);
    ms_model_frame_clear(&f);
}

static void cox(void **state) {
    (void)state;
    cJSON *root = golden();
    ms_table *table = golden_table(root);
    size_t n = 0;
    for (const cJSON *r = member(root, "cox")->child; r; r = r->next, n++) compare_cox(table, r);
    assert_int_equal(n, 23);
    ms_table_free(table);
    cJSON_Delete(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves),
        cmocka_unit_test(logrank),
        cmocka_unit_test(concordance),
        cmocka_unit_test(cox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
