/* AUC(t) against timeROC and riskRegression (../shared/survival/R/timeROC.json, auc_brier_*.json), against
 * its definition over all pairs, and a few of those numbers as they stand. */
#include "survival/prediction_reference.h"

static void check_timeroc(const cJSON *r, const ms_prediction_frame *f) {
    double marker[MOST], times[8];
    ms_error err = {0};
    ms_auc auc = {0};
    ms_auc_options o;
    size_t n_times = numbers_of(member(r, "times"), times, 8);
    assert_int_equal(numbers_of(member(r, "marker"), marker, MOST), f->n);
    ms_auc_options_default(&o);
    o.convention = MS_PREDICTION_TIMEROC;
    o.cutpoint = 0;
    assert_ok(ms_auc_compute(&f->outcome, marker, false, times, n_times, NULL, &o, &auc, &err), &err);
    const cJSON *cut = member(r, "SeSpPPVNPV_cut0");
    for (size_t k = 0; k < n_times; k++) {
        const ms_auc_row *row = &auc.rows[k];
        int at = (int)k;
        assert_close("AUC", row->all.auc, number_of(cJSON_GetArrayItem(member(r, "AUC"), at)), TOLERANCE);
        assert_close("se", row->all.se, number_of(cJSON_GetArrayItem(member(r, "se"), at)), TOLERANCE);
        assert_close("survProb", row->survival, number_of(cJSON_GetArrayItem(member(r, "survProb"), at)),
                     TOLERANCE);
        const cJSON *stats = cJSON_GetArrayItem(member(r, "Stats"), at),
                    *ci = cJSON_GetArrayItem(member(r, "CI_AUC"), at);
        assert_int_equal(row->n_cases, (size_t)number_of(cJSON_GetArrayItem(stats, 0)));
        assert_int_equal(row->n_controls, (size_t)number_of(cJSON_GetArrayItem(stats, 1)));
        assert_int_equal(row->n_lost, (size_t)number_of(cJSON_GetArrayItem(stats, 2)));
        /* printed in per cent with two digits there */
        assert_true(fabs(100 * row->all.lower - number_of(cJSON_GetArrayItem(ci, 0))) < 0.0051);
        assert_true(fabs(100 * row->all.upper - number_of(cJSON_GetArrayItem(ci, 1))) < 0.0051);
        assert_close("TP", row->sensitivity, number_of(cJSON_GetArrayItem(member(cut, "TP"), at)), TOLERANCE);
        assert_close("FP", row->one_minus_specificity, number_of(cJSON_GetArrayItem(member(cut, "FP"), at)),
                     TOLERANCE);
        assert_close("PPV", row->ppv, number_of(cJSON_GetArrayItem(member(cut, "PPV"), at)), TOLERANCE);
        assert_close("NPV", row->npv, number_of(cJSON_GetArrayItem(member(cut, "NPV"), at)), TOLERANCE);
    }
    assert_all_close("TP_t3", auc.rows[2].tpr, auc.rows[2].n_points, member(r, "TP_t3"));
    assert_all_close("FP_t3", auc.rows[2].fpr, auc.rows[2].n_points, member(r, "FP_t3"));
    ms_auc_clear(&auc);
}

static void as_timeroc(void **state) {
    (void)state;
    cJSON *root = read_reference("timeROC");
    ms_prediction_frame lung = outcome_of("lung", "status", "2", NULL, "ph.ecog", NULL);
    ms_prediction_frame pbc = outcome_of("pbc", "status", "2", NULL, "protime", NULL);
    check_timeroc(member(root, "lung"), &lung);
    check_timeroc(member(root, "pbc"), &pbc);
    ms_prediction_frame_clear(&lung);
    ms_prediction_frame_clear(&pbc);
    cJSON_Delete(root);
}

static void as_timeroc_competing(void **state) {
    (void)state;
    cJSON *root = read_reference("timeROC");
    const cJSON *r = member(root, "melanoma_cr");
    ms_prediction_frame f = outcome_of("Melanoma", "status", "1", "2", "logthick", NULL);
    double times[8];
    size_t n_times = numbers_of(member(r, "times"), times, 8);
    ms_error err = {0};
    ms_auc auc = {0};
    ms_auc_options o;
    ms_auc_options_default(&o);
    o.convention = MS_PREDICTION_TIMEROC;
    assert_ok(ms_auc_compute(&f.outcome, f.markers, false, times, n_times, &f.ipcw, &o, &auc, &err), &err);
    for (size_t k = 0; k < n_times; k++) {
        const ms_auc_row *row = &auc.rows[k];
        int at = (int)k;
        assert_close("AUC_1", row->event_free.auc, number_of(cJSON_GetArrayItem(member(r, "AUC_1"), at)),
                     TOLERANCE);
        assert_close("AUC_2", row->all.auc, number_of(cJSON_GetArrayItem(member(r, "AUC_2"), at)), TOLERANCE);
        assert_close("se1", row->event_free.se, number_of(cJSON_GetArrayItem(member(r, "se1"), at)),
                     TOLERANCE);
        assert_close("se2", row->all.se, number_of(cJSON_GetArrayItem(member(r, "se2"), at)), TOLERANCE);
    }
    assert_true(isnan(auc.survival.value) && !isnan(auc.mean.value));
    ms_auc_clear(&auc);
    ms_prediction_frame_clear(&f);
    cJSON_Delete(root);
}

static void compare_values(const cJSON *frame, const char *model, const ms_auc *auc, bool se) {
    for (size_t k = 0; k < auc->n_times; k++) {
        int row = find_row(frame, model, auc->rows[k].time, NULL);
        assert_true(row >= 0);
        const ms_auc_value *v = &auc->rows[k].all;
        assert_close("AUC", v->auc, cell(frame, "AUC", row), TOLERANCE);
        if (!se) continue;
        assert_close("se", v->se, cell(frame, "se", row), TOLERANCE);
        assert_close("lower", v->lower, cell(frame, "lower", row), TOLERANCE);
        assert_close("upper", v->upper, cell(frame, "upper", row), TOLERANCE);
    }
}

static void compare_difference(const cJSON *frame, const ms_auc *full, const ms_auc *small) {
    for (size_t k = 0; k < full->n_times; k++) {
        int row = find_row(frame, "small", full->rows[k].time, "full");
        ms_difference d = ms_auc_difference(full, small, k);
        assert_close("delta", d.delta, cell(frame, "delta.AUC", row), TOLERANCE);
        assert_close("se", d.se, cell(frame, "se", row), TOLERANCE);
        assert_close("lower", d.lower, cell(frame, "lower", row), TOLERANCE);
        assert_close("upper", d.upper, cell(frame, "upper", row), TOLERANCE);
        assert_close("p", d.p, cell(frame, "p", row), TOLERANCE);
    }
}

/* TPR and FPR by risk, for every model and time there is. */
static void compare_curves(const cJSON *roc, const char *model, const ms_auc_row *row) {
    const cJSON *m = member(roc, "model")->child, *t = member(roc, "times")->child,
                *risk = member(roc, "risk")->child, *tpr = member(roc, "TPR")->child,
                *fpr = member(roc, "FPR")->child;
    size_t k = 1; /* theirs begin with the first threshold */
    for (; m; m = m->next, t = t->next, risk = risk->next, tpr = tpr->next, fpr = fpr->next) {
        if (strcmp(m->valuestring, model) != 0 || number_of(t) != row->time) continue;
        assert_true(k < row->n_points);
        assert_close("risk", row->threshold[k], number_of(risk), TOLERANCE);
        assert_close("TPR", row->tpr[k], number_of(tpr), TOLERANCE);
        assert_close("FPR", row->fpr[k], number_of(fpr), TOLERANCE);
        k++;
    }
    if (k > 1) assert_int_equal(k, row->n_points);
}

static void check_score(const char *reference, const ms_prediction_frame *f, const ms_prediction_frame *cox) {
    static double risk[2][4 * MOST];
    cJSON *root = read_reference(reference);
    double times[8];
    size_t n_times = numbers_of(member(root, "times"), times, 8);
    static const char *const keys[] = {"risk1", "risk2"}, *const models[] = {"full", "small"};
    ms_auc auc[2] = {{0}, {0}}, weighted = {0};
    ms_error err = {0};
    for (int m = 0; m < 2; m++) {
        for (size_t k = 0; k < n_times; k++) column_of(member(root, keys[m]), (int)k, risk[m] + k * f->n);
        assert_ok(ms_auc_compute(&f->outcome, risk[m], true, times, n_times, &f->ipcw, NULL, &auc[m], &err),
                  &err);
        compare_values(member(root, "AUC"), models[m], &auc[m], true);
        for (size_t k = 0; k < n_times; k++) compare_curves(member(root, "ROC"), models[m], &auc[m].rows[k]);
        const cJSON *censcox = cJSON_GetObjectItemCaseSensitive(root, "AUC_censcox");
        if (!censcox || !cox) continue;
        assert_ok(
            ms_auc_compute(&f->outcome, risk[m], true, times, n_times, &cox->ipcw, NULL, &weighted, &err),
            &err);
        compare_values(censcox, models[m], &weighted, false);
        ms_auc_clear(&weighted);
    }
    compare_difference(member(root, "AUCdiff"), &auc[0], &auc[1]);
    ms_auc_clear(&auc[0]);
    ms_auc_clear(&auc[1]);
    cJSON_Delete(root);
}

static void as_riskregression(void **state) {
    (void)state;
    ms_prediction_frame lung = outcome_of("lung", "status", "2", NULL, "ph.ecog", NULL);
    ms_prediction_frame cox = outcome_of("lung", "status", "2", NULL, "ph.ecog", "age + sex + ph.ecog");
    ms_prediction_frame pbc = outcome_of("pbc", "status", "2", NULL, "protime", NULL);
    check_score("auc_brier_lung", &lung, &cox);
    check_score("auc_brier_pbc", &pbc, NULL);
    ms_prediction_frame_clear(&lung);
    ms_prediction_frame_clear(&cox);
    ms_prediction_frame_clear(&pbc);
}

static void as_riskregression_competing(void **state) {
    (void)state;
    static double risk[3 * MOST];
    cJSON *root = read_reference("auc_brier_competing_melanoma");
    const double times[] = {1000, 2000, 3000};
    static const char *const keys[] = {"riskCSC", "riskFGR"}, *const models[] = {"CSC", "FGR"};
    ms_prediction_frame f = outcome_of("Melanoma", "status", "1", "2", "logthick", NULL);
    ms_error err = {0};
    for (int m = 0; m < 2; m++) {
        ms_auc auc = {0};
        for (size_t k = 0; k < 3; k++) column_of(member(root, keys[m]), (int)k, risk + k * f.n);
        assert_ok(ms_auc_compute(&f.outcome, risk, true, times, 3, NULL, NULL, &auc, &err), &err);
        compare_values(member(root, "AUC"), models[m], &auc, true);
        ms_auc_clear(&auc);
    }
    ms_prediction_frame_clear(&f);
    cJSON_Delete(root);
}

/* ---- what holds whatever the numbers ---- */

enum { N = 80 };
typedef struct sample {
    double time[N], marker[N];
    uint8_t status[N];
} sample;

static ms_outcome make_sample(sample *s, uint64_t seed, double most) {
    for (size_t i = 0; i < N; i++) {
        s->time[i] = floor(1 + 20 * next_random(&seed));
        s->status[i] = (uint8_t)(most * next_random(&seed));
        s->marker[i] = floor(7 * next_random(&seed)) - s->time[i] / 10;
    }
    return (ms_outcome){.n = N, .time = s->time, .status = s->status};
}

/* Every case with every control by the definition in the header. */
static void equals_the_sum_over_pairs(void **state) {
    (void)state;
    sample s;
    ms_error err = {0};
    const double times[] = {5, 9.5, 14};
    for (uint64_t seed = 1; seed < 9; seed++) {
        ms_outcome o = make_sample(&s, seed, seed % 2 ? 2 : 3);
        ms_auc_options options;
        ms_auc auc = {0};
        ms_ipcw g = {0};
        ms_auc_options_default(&options);
        options.convention = (ms_prediction_convention)(seed % 3);
        assert_ok(ms_ipcw_fit(&o, NULL, &g, &err), &err);
        assert_ok(ms_auc_compute(&o, s.marker, false, times, 3, &g, &options, &auc, &err), &err);
        for (size_t k = 0; k < 3; k++) {
            double above = 0, all = 0, t = times[k];
            bool strict = options.convention == MS_PREDICTION_TIMEROC;
            const double *at_case = options.convention == MS_PREDICTION_SKSURV ? g.own : g.left;
            for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < N; j++) {
                    bool by_t = strict ? s.time[i] < t : s.time[i] <= t;
                    bool other = s.status[j] == 2 && (strict ? s.time[j] < t : s.time[j] <= t);
                    if (!by_t || s.status[i] != 1 || !(other || s.time[j] > t)) continue;
                    double w = 1 / at_case[i] / (other ? at_case[j] : ms_ipcw_at(&g, j, t));
                    all += w;
                    above += w * (s.marker[i] > s.marker[j] ? 1 : s.marker[i] == s.marker[j] ? 0.5 : 0);
                }
            assert_close("auc", auc.rows[k].all.auc, above / all, 1e-12);
        }
        ms_ipcw_clear(&g);
        ms_auc_clear(&auc);
    }
}

/* Without censoring the standard error is that of a two-sample U-statistic (DeLong's, with sd over all). */
static void without_censoring_weights_are_one(void **state) {
    (void)state;
    sample s;
    ms_error err = {0};
    const double times[] = {10};
    ms_outcome o = make_sample(&s, 5, 2);
    for (size_t i = 0; i < N; i++) s.status[i] = 1;
    ms_auc a = {0}, b = {0};
    ms_auc_options options;
    ms_auc_options_default(&options);
    options.conservative = true;
    assert_ok(ms_auc_compute(&o, s.marker, false, times, 1, NULL, NULL, &a, &err), &err);
    assert_ok(ms_auc_compute(&o, s.marker, false, times, 1, NULL, &options, &b, &err), &err);
    assert_close("se", a.rows[0].all.se, b.rows[0].all.se, 1e-14);
    assert_close("incidence", a.rows[0].incidence, (double)a.rows[0].n_cases / N, 1e-14);
    ms_difference none = ms_auc_difference(&a, &b, 0);
    assert_true(none.delta == 0 && isnan(none.p)); /* the same marker: nothing to test */
    ms_auc_clear(&a);
    ms_auc_clear(&b);
}

static void says_why_there_is_none(void **state) {
    (void)state;
    const double time[] = {2, 3, 4, 5, 6}, marker[] = {1, 2, 3, 4, 5};
    const uint8_t status[] = {0, 1, 0, 1, 0}, censored[] = {0, 0, 0, 0, 0}, wrong[] = {0, 1, 3, 1, 0};
    const double times[] = {1, 2.5, 4, 6, 7};
    ms_outcome o = {.n = 5, .time = time, .status = status};
    ms_error err = {0};
    ms_auc auc = {0};
    assert_ok(ms_auc_compute(&o, marker, false, times, 5, NULL, NULL, &auc, &err), &err);
    assert_int_equal(auc.rows[0].state, MS_NO_CASE);
    assert_int_equal(auc.rows[1].state, MS_NO_CASE);
    assert_int_equal(auc.rows[2].state, MS_PREDICTED);
    assert_int_equal(auc.rows[3].state, MS_NO_CONTROL);
    assert_int_equal(auc.rows[4].state, MS_BEYOND_FOLLOW_UP);
    assert_true(isnan(auc.rows[0].all.auc) && isnan(auc.rows[4].all.se));
    assert_non_null(ms_prediction_why(auc.rows[3].state));
    ms_auc_clear(&auc);
    o.status = censored;
    assert_ok(ms_auc_compute(&o, marker, false, times, 5, NULL, NULL, &auc, &err), &err);
    for (size_t k = 0; k < 4; k++) assert_int_equal(auc.rows[k].state, MS_NO_CASE);
    assert_true(isnan(auc.mean.value) && isnan(auc.survival.value) && isnan(auc.area.value));
    ms_auc_clear(&auc);
    o.status = wrong;
    assert_int_equal(ms_auc_compute(&o, marker, false, times, 5, NULL, NULL, &auc, &err), MS_EINPUT);
    const double missing[] = {1, NAN, 3, 4, 5};
    o.status = status;
    assert_int_equal(ms_auc_compute(&o, missing, false, times, 5, NULL, NULL, &auc, &err), MS_EINPUT);
    assert_int_equal(ms_auc_compute(&o, marker, false, (double[]){3, 2}, 2, NULL, NULL, &auc, &err),
                     MS_EUSAGE);
}

/* make_prediction.R beside the data: riskRegression 2022.11.28, scikit-survival. */
static void golden(void **state) {
    (void)state;
    static const struct {
        bool competing;
        ms_prediction_convention convention;
        double at_30, se;
    } wanted[] = {{false, MS_PREDICTION_RISKREGRESSION, 0.92526578172863239, 0.067328578790842877},
                  {true, MS_PREDICTION_RISKREGRESSION, 0.86457991427412972, 0.087389402434751878},
                  {false, MS_PREDICTION_SKSURV, 0.9217228045181642, NAN}};
    const double times[] = {20, 30};
    for (size_t i = 0; i < MS_COUNT(wanted); i++) {
        ms_prediction_frame f = golden_outcome(wanted[i].competing);
        ms_auc_options o;
        ms_auc auc = {0};
        ms_error err = {0};
        ms_auc_options_default(&o);
        o.convention = wanted[i].convention;
        assert_ok(ms_auc_compute(&f.outcome, f.markers, true, times, 2, &f.ipcw, &o, &auc, &err), &err);
        assert_close("perfect", auc.rows[0].all.auc, 1, TOLERANCE);
        assert_true(auc.rows[0].all.se == 0);
        assert_close("AUC", auc.rows[1].all.auc, wanted[i].at_30, TOLERANCE);
        if (!isnan(wanted[i].se)) assert_close("se", auc.rows[1].all.se, wanted[i].se, TOLERANCE);
        if (o.convention == MS_PREDICTION_SKSURV)
            assert_close("mean AUC", auc.survival.value, 0.9661060542838276, TOLERANCE);
        ms_auc_clear(&auc);
        ms_prediction_frame_clear(&f);
    }
}

/* One time: the normal quantile, but for the draws' own error. Several: wider, but not wider than
 * Bonferroni's; the same seed, the same band. */
static void bands_are_between_pointwise_and_bonferroni(void **state) {
    (void)state;
    sample s;
    ms_error err = {0};
    const double times[] = {4.5, 8.5, 12.5, 16.5};
    ms_outcome o = make_sample(&s, 7, 2);
    ms_auc one = {0}, many = {0};
    assert_ok(ms_auc_compute(&o, s.marker, false, times + 1, 1, NULL, NULL, &one, &err), &err);
    assert_ok(ms_auc_compute(&o, s.marker, false, times, 4, NULL, NULL, &many, &err), &err);
    assert_true(isnan(many.band_critical) && isnan(many.rows[0].band_lower));
    assert_ok(ms_auc_band(&one, 20000, 1, &err), &err);
    assert_ok(ms_auc_band(&many, 20000, 1, &err), &err);
    assert_true(fabs(one.band_critical - 1.96) < 0.04);
    assert_true(many.band_critical > 2.0 && many.band_critical < 2.52); /* 2.498 = qnorm(1 - 0.025 / 4) */
    double first = many.band_critical;
    assert_ok(ms_auc_band(&many, 20000, 1, &err), &err);
    assert_true(first == many.band_critical);
    for (size_t k = 0; k < 4; k++) assert_true(many.rows[k].band_lower < many.rows[k].all.lower);
    ms_auc_clear(&one);
    ms_auc_clear(&many);
}

/* A marker turned round: the same curve, with thresholds as they were given. */
static void reversed_is_the_negative(void **state) {
    (void)state;
    ms_prediction_frame f = golden_outcome(false);
    const double times[] = {30};
    double negative[MOST];
    ms_auc_options o;
    ms_auc a = {0}, b = {0};
    ms_error err = {0};
    for (size_t i = 0; i < f.n; i++) negative[i] = -f.markers[i];
    ms_auc_options_default(&o);
    o.cutpoint = 0.4;
    assert_ok(ms_auc_compute(&f.outcome, f.markers, false, times, 1, NULL, &o, &a, &err), &err);
    o.cutpoint = -0.4;
    o.reverse = true;
    assert_ok(ms_auc_compute(&f.outcome, negative, false, times, 1, NULL, &o, &b, &err), &err);
    assert_close("auc", a.rows[0].all.auc, b.rows[0].all.auc, 0);
    assert_close("sensitivity", a.rows[0].sensitivity, b.rows[0].sensitivity, 0);
    assert_int_equal(a.rows[0].n_points, b.rows[0].n_points);
    assert_close("threshold", a.rows[0].threshold[3], -b.rows[0].threshold[3], 0);
    ms_auc_clear(&a);
    ms_auc_clear(&b);
    ms_prediction_frame_clear(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bands_are_between_pointwise_and_bonferroni),
        cmocka_unit_test(golden),
        cmocka_unit_test(reversed_is_the_negative),
        cmocka_unit_test(equals_the_sum_over_pairs),
        cmocka_unit_test(without_censoring_weights_are_one),
        cmocka_unit_test(says_why_there_is_none),
        cmocka_unit_test(as_timeroc),
        cmocka_unit_test(as_timeroc_competing),
        cmocka_unit_test(as_riskregression),
        cmocka_unit_test(as_riskregression_competing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
