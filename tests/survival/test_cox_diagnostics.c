/* Residuals, the test of proportional hazards and baseline hazards against R's residuals.coxph, cox.zph and
 * basehaz. */
#include "survival/reference.h"

typedef struct fitted {
    ms_table *table;
    ms_model_frame frame;
    ms_cox cox;
} fitted;

static fitted fit(const char *data, const char *formula, ms_ties ties) {
    fitted f = {.table = read_data(data)};
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

static void compare_rows(const char *what, const double *ours, size_t n, size_t p, const cJSON *theirs) {
    const cJSON *data = member(theirs, "data");
    assert_int_equal(cJSON_GetArraySize(data), n);
    size_t i = 0;
    for (const cJSON *row = data->child; row; row = row->next) assert_all_close(what, ours + p * i++, p, row);
}

static void compare_residuals(const fitted *f, const cJSON *r) {
    size_t n = f->frame.n, p = f->cox.p, m = f->cox.n_events;
    double *values = calloc(n * p + 1, sizeof *values);
    size_t *rows = calloc(m, sizeof *rows);
    ms_error err = {0};
    assert_ok(ms_cox_martingale(&f->cox, &f->frame.data, values, &err), &err);
    assert_all_close("martingale", values, n, member(r, "martingale"));
    assert_ok(ms_cox_score_residuals(&f->cox, &f->frame.data, &f->frame.design, values, &err), &err);
    compare_rows("score", values, n, p, member(r, "score"));
    assert_ok(ms_cox_schoenfeld(&f->cox, &f->frame.data, &f->frame.design, values, rows, &err), &err);
    /* events at one time: R keeps the order of its own sort, so sums over a time are compared */
    const cJSON *theirs = member(member(r, "schoenfeld"), "data")->child;
    for (size_t i = 0; i < m;) {
        double time = f->frame.time[rows[i]];
        for (size_t j = 0; j < p; j++) {
            double sum = 0, reference = 0;
            const cJSON *row = theirs;
            for (size_t k = i; k < m && f->frame.time[rows[k]] == time; k++, row = row->next) {
                sum += values[k * p + j];
                reference += number_of(cJSON_GetArrayItem(row, (int)j));
            }
            assert_close("schoenfeld", sum, reference, TOLERANCE);
        }
        for (; i < m && f->frame.time[rows[i]] == time; i++) theirs = theirs->next;
    }
    free(values);
    free(rows);
}

static void compare_zph(const fitted *f, const cJSON *r) {
    static const char *const names[] = {"km", "rank", "identity", "log"};
    for (size_t t = 0; t < MS_COUNT(names); t++) {
        const cJSON *table = cJSON_GetObjectItemCaseSensitive(member(r, "zph"), names[t]);
        if (!table) continue;
        ms_zph zph = {0};
        ms_error err = {0};
        assert_ok(ms_cox_zph(&f->cox, &f->frame.data, &f->frame.design, (ms_zph_transform)t, &zph, &err),
                  &err);
        const cJSON *rows = member(table, "data");
        assert_int_equal(cJSON_GetArraySize(rows), zph.n);
        for (size_t i = 0; i < zph.n; i++) {
            const cJSON *row = cJSON_GetArrayItem(rows, (int)i);
            assert_close(names[t], zph.rows[i].chisq, number_of(row->child), 1e-8);
            assert_close(names[t], (double)zph.rows[i].df, number_of(row->child->next), 0);
            assert_close(names[t], zph.rows[i].p, number_of(row->child->next->next), 1e-8);
        }
        assert_string_equal(zph.rows[zph.n - 1].term, "GLOBAL");
        ms_zph_clear(&zph);
    }
}

static void compare_baseline(const fitted *f, const cJSON *r, ms_ties ties) {
    const cJSON *reference = member(r, "basehaz_uncentered");
    double *lp = calloc(f->frame.n, sizeof *lp);
    ms_baseline baseline = {0};
    ms_error err = {0};
    for (size_t i = 0; i < f->frame.n; i++)
        for (size_t j = 0; j < f->cox.p; j++) lp[i] += f->frame.x[i * f->cox.p + j] * f->cox.coef[j];
    assert_ok(ms_breslow_baseline(&f->frame.data, lp, ties, &baseline, &err), &err);
    const cJSON *time = member(reference, "time")->child;
    for (const cJSON *h = member(reference, "hazard")->child; h; h = h->next, time = time->next) {
        /* relative to the hazard itself, which is tiny for pbc's raw covariates */
        double ours = ms_baseline_at(&baseline, number_of(time));
        if (fabs(ours - number_of(h)) > TOLERANCE * number_of(h))
            fail_msg("baseline at %g: %.17g, reference %.17g", number_of(time), ours, number_of(h));
    }
    ms_baseline_clear(&baseline);
    free(lp);
}

static void compare_model(const char *name, const char *data, const char *formula) {
    static const char *const ties[] = {"efron", "breslow"};
    for (size_t t = 0; t < 2; t++) {
        char file[64];
        (void)ms_text_format(file, sizeof file, "coxph_diag_%s_%s", name, ties[t]);
        cJSON *r = read_reference(file);
        fitted f = fit(data, formula, (ms_ties)t);
        compare_residuals(&f, r);
        compare_zph(&f, r);
        compare_baseline(&f, r, (ms_ties)t);
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

/* With lp = 0 for all, Breslow's baseline is Nelson-Aalen's estimate. */
static void without_predictors_it_is_nelson_aalen(void **state) {
    (void)state;
    double time[] = {1, 2, 2, 3, 4, 4}, lp[6] = {0};
    uint8_t event[] = {1, 1, 1, 0, 1, 0};
    ms_surv data = {.n = 6, .time = time, .event = event};
    ms_km km = {0};
    ms_baseline b = {0};
    ms_error err = {0};
    assert_ok(ms_km_fit(&data, NULL, 1, NULL, &km, &err), &err);
    assert_ok(ms_breslow_baseline(&data, lp, MS_TIES_BRESLOW, &b, &err), &err);
    assert_int_equal(b.n, 3);
    for (size_t k = 0; k < km.curves[0].n_times; k++)
        assert_close("hazard", ms_baseline_at(&b, km.curves[0].time[k]), km.curves[0].cumhaz[k], 1e-15);
    assert_close("before", ms_baseline_at(&b, 0.5), 0, 0);
    assert_close("survival", ms_baseline_survival(&b, 1, log(2)), exp(-2.0 / 6), 1e-15);
    ms_baseline_clear(&b);
    ms_km_clear(&km);
}

/* Martingale residuals sum to 0, score residuals to the gradient, 0 at the maximum. */
static void residuals_sum_to_nothing(void **state) {
    (void)state;
    ms_table *table = table_of("t,e,a,b\n1,1,2,0\n2,1,1,1\n2,1,5,0\n4,0,3,1\n5,1,4,1\n6,1,1,0\n7,0,2,0\n");
    ms_model_frame f = model_of(table, "Surv(t, e) ~ a + b");
    ms_cox cox = {0};
    ms_error err = {0};
    double martingale[7], score[14], sum[3] = {0};
    assert_ok(ms_cox_fit(&f.data, &f.design, NULL, &cox, &err), &err);
    assert_ok(ms_cox_martingale(&cox, &f.data, martingale, &err), &err);
    assert_ok(ms_cox_score_residuals(&cox, &f.data, &f.design, score, &err), &err);
    for (size_t i = 0; i < 7; i++) {
        sum[0] += martingale[i];
        sum[1] += score[2 * i];
        sum[2] += score[2 * i + 1];
    }
    for (size_t i = 0; i < 3; i++) assert_true(fabs(sum[i]) < 1e-7);
    ms_cox_clear(&cox);
    ms_model_frame_clear(&f);
    ms_table_free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lung),
        cmocka_unit_test(veteran),
        cmocka_unit_test(pbc),
        cmocka_unit_test(ovarian),
        cmocka_unit_test(heart),
        cmocka_unit_test(without_predictors_it_is_nelson_aalen),
        cmocka_unit_test(residuals_sum_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
