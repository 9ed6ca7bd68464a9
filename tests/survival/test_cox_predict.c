/* All residuals, predicted curves and predictions with standard errors against R's residuals.coxph,
 * survfit.coxph and predict.coxph (survival 3.5-3). */
#include "survival/reference.h"

#include "myosurv/survival_cox.h"

typedef struct fitted {
    ms_table *table;
    const char *formula;
    ms_model_frame frame;
    ms_cox cox;
} fitted;

static fitted fit_table(ms_table *table, const char *formula, ms_ties ties) {
    fitted f = {.table = table, .formula = formula};
    ms_cox_options options;
    ms_error err = {0};
    ms_cox_options_default(&options);
    options.ties = ties;
    f.frame = model_of(f.table, formula);
    assert_ok(ms_cox_fit(&f.frame.data, &f.frame.design, &options, &f.cox, &err), &err);
    return f;
}

static void fitted_clear(fitted *f) {
    ms_cox_clear(&f->cox);
    ms_model_frame_clear(&f->frame);
    ms_table_free(f->table);
}

/* `theirs` has rows under "data", or is a plain list of one column. */
static void compare_matrix(const char *what, const double *ours, size_t n, size_t p, const cJSON *theirs) {
    if (!cJSON_IsObject(theirs)) {
        assert_int_equal(p, 1);
        assert_all_close(what, ours, n, theirs);
        return;
    }
    const cJSON *data = member(theirs, "data");
    assert_int_equal(cJSON_GetArraySize(data), n);
    size_t i = 0;
    for (const cJSON *row = data->child; row; row = row->next) assert_all_close(what, ours + p * i++, p, row);
}

static void compare_residuals(const fitted *f, const cJSON *r) {
    static const char *const names[] = {"martingale", "deviance", "score",    "schoenfeld",
                                        "dfbeta",     "dfbetas",  "scaledsch"};
    for (size_t t = 0; t < MS_COUNT(names); t++) {
        ms_cox_residuals found = {0};
        ms_error err = {0};
        assert_ok(ms_cox_residuals_compute(&f->cox, &f->frame.data, &f->frame.design, (ms_cox_residual)t,
                                           &found, &err),
                  &err);
        compare_matrix(names[t], found.values, found.n, found.columns, member(r, names[t]));
        ms_cox_residuals_clear(&found);
    }
}

/* A table of the chosen rows (from 1) of the frame. */
static ms_table *rows_of(const fitted *f, const cJSON *rows) {
    ms_table *out = NULL;
    ms_error err = {0};
    assert_ok(ms_table_new(&out, "new.csv", &err), &err);
    for (size_t c = 0; c < ms_table_columns(f->table); c++) {
        size_t at;
        assert_ok(ms_table_add_column(out, ms_table_column_name(f->table, c), &at, &err), &err);
    }
    for (const cJSON *item = rows->child; item; item = item->next) {
        size_t row, from = f->frame.rows[(size_t)item->valuedouble - 1];
        assert_ok(ms_table_add_row(out, &row, &err), &err);
        for (size_t c = 0; c < ms_table_columns(f->table); c++)
            assert_ok(ms_table_set(out, row, c, ms_table_cell(f->table, from, c), &err), &err);
    }
    return out;
}

static void compare_column(const char *what, const double *ours, size_t n, const cJSON *rows, size_t column) {
    size_t i = 0;
    char label[100];
    assert_int_equal(cJSON_GetArraySize(rows), n);
    for (const cJSON *row = rows->child; row; row = row->next, i++) {
        (void)ms_text_format(label, sizeof label, "%s[%zu,%zu]", what, i, column);
        assert_close(label, ours[i],
                     number_of(cJSON_IsArray(row) ? cJSON_GetArrayItem(row, (int)column) : row), TOLERANCE);
    }
}

static void compare_curves(const fitted *f, const cJSON *r) {
    static const char *const keys[] = {"survfit newdata log", "survfit newdata log-log",
                                       "survfit newdata plain"};
    ms_error err = {0};
    ms_table *table = rows_of(f, member(r, "newdata_rows"));
    ms_model_frame rows = {0};
    assert_ok(ms_model_newdata(f->table, f->formula, &f->frame, table, false, &rows, &err), &err);
    for (size_t t = 0; t < MS_COUNT(keys); t++) {
        const cJSON *reference = member(r, keys[t]);
        ms_cox_curve_options options;
        ms_cox_curves curves = {0};
        ms_cox_curve_options_default(&options);
        options.conf_type = (ms_conf_type)t;
        assert_ok(
            ms_cox_curves_make(&f->cox, &f->frame.data, &f->frame.design, &rows, &options, &curves, &err),
            &err);
        assert_int_equal(curves.n, 3);
        for (size_t i = 0; i < curves.n; i++) {
            const ms_km_curve *c = &curves.curves[i];
            const cJSON *line = cJSON_GetArrayItem(member(reference, "table"), (int)i);
            assert_all_close("time", c->time, c->n_times, member(reference, "time"));
            assert_all_close("n.risk", c->n_risk, c->n_times, member(reference, "n.risk"));
            compare_column("surv", c->surv, c->n_times, member(reference, "surv"), i);
            compare_column("cumhaz", c->cumhaz, c->n_times, member(reference, "cumhaz"), i);
            compare_column("std.err", c->std_chaz, c->n_times, member(reference, "std.err"), i);
            compare_column("lower", c->lower, c->n_times, member(reference, "lower"), i);
            compare_column("upper", c->upper, c->n_times, member(reference, "upper"), i);
            assert_close("events", c->events, number_of(cJSON_GetArrayItem(line, 3)), 0);
            assert_close("rmean", c->rmean, number_of(cJSON_GetArrayItem(line, 4)), TOLERANCE);
            assert_close("median", c->median, number_of(cJSON_GetArrayItem(line, 6)), TOLERANCE);
            assert_close("median lower", c->median_lower, number_of(cJSON_GetArrayItem(line, 7)), TOLERANCE);
            assert_close("median upper", c->median_upper, number_of(cJSON_GetArrayItem(line, 8)), TOLERANCE);
        }
        ms_cox_curves_clear(&curves);
    }
    ms_model_frame_clear(&rows);
    ms_table_free(table);
}

static ms_cox_predictions predict(const fitted *f, const ms_model_frame *rows, ms_cox_predict_type type,
                                  ms_cox_reference reference) {
    ms_cox_predictions found = {0};
    ms_error err = {0};
    assert_ok(ms_cox_predict(&f->cox, &f->frame.data, &f->frame.design, rows, type, reference, &found, &err),
              &err);
    return found;
}

static void compare_predictions(const fitted *f, const cJSON *r) {
    static const char *const types[] = {"lp", "risk", "expected"};
    static const char *const references[] = {"strata", "sample", "zero"};
    for (size_t t = 0; t < MS_COUNT(types); t++)
        for (size_t k = 1; k < MS_COUNT(references); k++) {
            char key[64];
            (void)ms_text_format(key, sizeof key, "predict %s %s", types[t], references[k]);
            ms_cox_predictions found = predict(f, NULL, (ms_cox_predict_type)t, (ms_cox_reference)k);
            assert_all_close(key, found.fit, found.n, member(member(r, key), "fit"));
            assert_all_close(key, found.se, found.n, member(member(r, key), "se"));
            ms_cox_predictions_clear(&found);
        }
    ms_cox_predictions found = predict(f, NULL, MS_PREDICT_TERMS, MS_REFERENCE_SAMPLE);
    const cJSON *terms = member(r, "predict terms");
    for (size_t j = 0; j < found.columns; j++)
        for (size_t i = 0; i < found.n; i++) {
            const cJSON *fit = cJSON_GetArrayItem(member(terms, "fit"), (int)i);
            const cJSON *se = cJSON_GetArrayItem(member(terms, "se"), (int)i);
            assert_close("terms", found.fit[i * found.columns + j],
                         number_of(cJSON_GetArrayItem(fit, (int)j)), TOLERANCE);
            assert_close("terms se", found.se[i * found.columns + j],
                         number_of(cJSON_GetArrayItem(se, (int)j)), TOLERANCE);
        }
    ms_cox_predictions_clear(&found);
    const cJSON *survival = cJSON_GetObjectItemCaseSensitive(r, "predict survival");
    if (!survival) return;
    found = predict(f, NULL, MS_PREDICT_SURVIVAL, MS_REFERENCE_SAMPLE);
    size_t i = 0;
    for (const cJSON *item = survival->child; item; item = item->next)
        assert_close("survival", found.fit[i++], number_of(item), TOLERANCE);
    assert_int_equal(i, found.n);
    ms_cox_predictions_clear(&found);
}

/* cox.zph(terms = FALSE): every coefficient alone. */
static void compare_zph(const fitted *f, const cJSON *r) {
    const cJSON *rows = member(member(r, "zph_terms_F"), "data");
    ms_design design = f->frame.design;
    ms_zph zph = {0};
    ms_error err = {0};
    design.term = NULL;
    assert_ok(ms_cox_zph(&f->cox, &f->frame.data, &design, MS_ZPH_KM, &zph, &err), &err);
    assert_int_equal(cJSON_GetArraySize(rows), zph.n);
    for (size_t i = 0; i < zph.n; i++)
        assert_close("zph", zph.rows[i].chisq, number_of(cJSON_GetArrayItem(rows, (int)i)->child), 1e-8);
    ms_zph_clear(&zph);
}

static void compare_model(const char *name, const char *data, const char *formula) {
    static const char *const ties[] = {"efron", "breslow"};
    for (size_t t = 0; t < 2; t++) {
        char file[64];
        (void)ms_text_format(file, sizeof file, "coxph_diag_%s_%s", name, ties[t]);
        cJSON *r = read_reference(file);
        fitted f = fit_table(read_data(data), formula, (ms_ties)t);
        compare_residuals(&f, r);
        compare_curves(&f, r);
        compare_predictions(&f, r);
        compare_zph(&f, r);
        fitted_clear(&f);
        cJSON_Delete(r);
    }
}

static void lung(void **state) {
    (void)state;
    compare_model("lung3", "lung", "Surv(time, status == 2) ~ age + sex + ph.ecog");
}
static void veteran(void **state) {
    (void)state;
    compare_model(
        "veteran", "veteran",
        "Surv(time, status) ~ trt + factor(celltype, levels = c(\"squamous\", \"smallcell\", \"adeno\", "
        "\"large\")) + karno + diagtime + age + prior");
}
static void pbc(void **state) {
    (void)state;
    compare_model("pbc", "pbc",
                  "Surv(time, status == 2) ~ age + edema + log(bili) + log(albumin) + log(protime)");
}
static void ovarian(void **state) {
    (void)state;
    compare_model("ovarian", "ovarian", "Surv(futime, fustat) ~ age + resid.ds + rx + ecog.ps");
}
static void heart(void **state) {
    (void)state;
    compare_model("heart", "heart", "Surv(start, stop, event) ~ age + year + surgery + transplant");
}

/* survfit(coxph(Surv(time, status) ~ age + sex, lung), data.frame(age = 60, sex = 1), stype =, ctype =). */
static void curve_types(void **state) {
    (void)state;
    cJSON *r = read_reference("coxph_survfit_stype_ctype_lung");
    fitted f = fit_table(read_data("lung"), "Surv(time, status == 2) ~ age + sex", MS_TIES_EFRON);
    ms_table *table = table_of("age,sex\n60,1\n");
    ms_model_frame rows = {0};
    ms_error error = {0};
    assert_ok(ms_model_newdata(f.table, f.formula, &f.frame, table, false, &rows, &error), &error);
    for (int s = 1; s <= 2; s++)
        for (int c = 1; c <= 2; c++) {
            char key[32];
            ms_cox_curve_options options;
            ms_cox_curves curves = {0};
            ms_error err = {0};
            (void)ms_text_format(key, sizeof key, "stype %d ctype %d", s, c);
            const cJSON *reference = member(r, key);
            ms_cox_curve_options_default(&options);
            options.stype = s;
            options.ctype = c;
            assert_ok(
                ms_cox_curves_make(&f.cox, &f.frame.data, &f.frame.design, &rows, &options, &curves, &err),
                &err);
            const ms_km_curve *curve = &curves.curves[0];
            assert_all_close(key, curve->time, curve->n_times, member(reference, "time"));
            assert_all_close(key, curve->surv, curve->n_times, member(reference, "surv"));
            assert_all_close(key, curve->cumhaz, curve->n_times, member(reference, "cumhaz"));
            assert_all_close(key, curve->std_chaz, curve->n_times, member(reference, "std.err"));
            ms_cox_curves_clear(&curves);
        }
    ms_model_frame_clear(&rows);
    ms_table_free(table);
    fitted_clear(&f);
    cJSON_Delete(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lung),    cmocka_unit_test(veteran), cmocka_unit_test(pbc),
        cmocka_unit_test(ovarian), cmocka_unit_test(heart),   cmocka_unit_test(curve_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
