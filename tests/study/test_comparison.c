/* The network against definitions, measurements and clinical covariates. Golden numbers from R
 * (tests/golden/study/make_comparison.R: coxph, concordance, riskRegression::Score, geese, and formulas of
 * Pencina et al. 2011 and Vickers et al. 2008 by hand); tolerance 1e-9 of the larger of the number and 1. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "study/figure_comparison.h"

enum { N = 160, TRAINING = 90 };

static ms_error error_;
#define assert_ok(call)                                                                                      \
    do {                                                                                                     \
        if ((call) != MS_OK) fail_msg("%s", error_.message);                                                 \
    } while (0)

static ms_table *golden_;

static void assert_near(double value, const char *name, double tolerance) {
    size_t column;
    double wanted = NAN;
    assert_true(ms_table_find(golden_, "value", &column));
    for (size_t i = 0; i < ms_table_rows(golden_); i++)
        if (strcmp(ms_table_cell(golden_, i, 0), name) == 0)
            assert_ok(ms_table_number(golden_, i, column, &wanted, &error_));
    if (!(fabs(value - wanted) <= tolerance * fmax(1, fabs(wanted))))
        fail_msg("%s is %.15g, in R %.15g", name, value, wanted);
}

/* The patients of evaluate.csv as a study: f1 is age, f2 sex, f4 the muscle index, f3 what the network says.
 */
typedef struct made {
    ms_study study;
    ms_patient patients[N];
    ms_collected collected;
    bool used[N];
    double network[N];
    ms_definitions definitions;
    ms_risks risks;
    ms_covariates covariates;
    ms_contenders contenders;
} made;

static const char definition_[] =
    "{\"format\": 1, \"definitions\": [{\"key\": \"low\", \"label\": \"Low SMI\", \"source\": \"-\", "
    "\"metric\": "
    "\"smi_cm2_m2\", \"unit\": \"cm2/m2\", \"positive_if\": \"below\", \"men\": 50, \"women\": 50, "
    "\"status\": "
    "\"own\", \"population\": \"-\", \"phase\": \"unknown\", \"hu_range\": null}]}";

static int make(void **state) {
    static made m;
    ms_table *table = NULL;
    memset(&m, 0, sizeof m);
    assert_ok(ms_table_read(&golden_, MS_TEST_GOLDEN_DIR "/study/comparison_golden.csv", &error_));
    assert_ok(ms_table_read(&table, MS_TEST_GOLDEN_DIR "/study/evaluate.csv", &error_));
    ms_study_spec_default(&m.study.spec);
    m.study.spec.n_endpoints = 1;
    m.study.spec.n_times = 1;
    m.study.spec.times[0] = m.study.spec.horizon = 365;
    m.study.spec.n_covariates = 2; /* age and sex */
    m.study.patients = m.patients;
    m.study.n = m.collected.n = N;
    m.collected.used = m.used;
    m.collected.values = ms_calloc(N * ms_n_measures, sizeof(double));
    assert_non_null(m.collected.values);
    for (size_t i = 0; i < N; i++) {
        ms_patient *p = &m.patients[i];
        double event, f[5];
        assert_ok(ms_table_number(table, i, 1, &p->time[0], &error_));
        assert_ok(ms_table_number(table, i, 2, &event, &error_));
        for (size_t k = 1; k < 5; k++) assert_ok(ms_table_number(table, i, 2 + k, &f[k], &error_));
        p->event[0] = event > 0;
        p->split = i < TRAINING ? "training" : "external";
        p->person = (ms_person){1.7, 70, 60 + 10 * f[1], f[2] > 0 ? 'm' : 'f'};
        m.collected.values[i * ms_n_measures + ms_measure_find("smi_cm2_m2")] = 50 + 10 * f[4];
        m.network[i] = f[3];
        m.used[i] = true;
    }
    ms_table_free(table);
    assert_ok(ms_file_write("test-comparison-definitions.json", definition_, strlen(definition_), &error_));
    assert_ok(ms_definitions_read("test-comparison-definitions.json", &m.definitions, &error_));
    assert_ok(ms_study_covariates(&m.study, &m.covariates, &error_));
    assert_ok(ms_contenders_make(&m.study, &m.collected, &m.definitions, &m.risks, &m.covariates, 0,
                                 &m.contenders, &error_));
    *state = &m;
    return 0;
}

static int unmake(void **state) {
    made *m = *state;
    ms_contenders_clear(&m->contenders);
    ms_covariates_clear(&m->covariates);
    ms_definitions_clear(&m->definitions);
    free(m->collected.values);
    ms_table_free(golden_);
    return 0;
}

static const ms_contender *find(const ms_contenders *c, const char *key) {
    for (size_t k = 0; k < c->n; k++)
        if (strcmp(c->items[k].key, key) == 0) return &c->items[k];
    fail_msg("no contender %s", key);
    return NULL;
}

/* Efron's coefficients and Breslow's hazard, of the training patients. */
static void models_are_those_of_r(void **state) {
    const made *m = *state;
    const size_t rows[] = {TRAINING, N - 1};
    const char *const names[] = {"1", "70"};
    char name[64];
    assert_int_equal(m->contenders.n, 3);
    assert_string_equal(m->covariates.text, "age, sex");
    for (size_t k = 0; k < 2; k++) {
        const ms_contender *clinical = find(&m->contenders, "clinical");
        (void)ms_text_format(name, sizeof name, "clinical_risk_%s", names[k]);
        assert_near(clinical->risk[rows[k]], name, 1e-9);
        (void)ms_text_format(name, sizeof name, "clinical_p_%s", names[k]);
        assert_near(clinical->probability[rows[k]], name, 1e-9);
        (void)ms_text_format(name, sizeof name, "smi_p_%s", names[k]);
        assert_near(find(&m->contenders, "smi_cm2_m2")->probability[rows[k]], name, 1e-9);
        (void)ms_text_format(name, sizeof name, "low_p_%s", names[k]);
        assert_near(find(&m->contenders, "low")->probability[rows[k]], name, 1e-9);
    }
}

/* The same with a network before them; the items are borrowed but for its probability. */
typedef struct contest {
    ms_contender items[4];
    ms_contenders contenders;
    double probability[N];
    size_t rows[N];
    ms_contest x;
} contest;

static void set_contest(made *m, contest *c) {
    memset(c, 0, sizeof *c);
    c->items[0] = (ms_contender){.kind = MS_CONTENDER_NETWORK,
                                 .key = "network",
                                 .label = "Network",
                                 .risk = m->network,
                                 .probability = c->probability,
                                 .has_probability = true,
                                 .drawn = true};
    memcpy(c->items + 1, m->contenders.items, 3 * sizeof *c->items);
    c->contenders = (ms_contenders){4, c->items, true};
    for (size_t i = 0; i < N; i++) c->probability[i] = 1 / (1 + exp(-m->network[i] / 2));
    c->x =
        (ms_contest){.study = &m->study, .contenders = &c->contenders, .group = "external", .rows = c->rows};
    for (size_t i = TRAINING; i < N; i++) c->rows[c->x.n++] = i;
}

static double cell(const ms_table *t, const char *key, const char *measure, const char *column) {
    size_t at, value;
    double number = NAN;
    assert_true(ms_table_find(t, column, &value));
    for (size_t i = 0; i < ms_table_rows(t); i++)
        if (ms_table_find(t, "predictor", &at) && strcmp(ms_table_cell(t, i, at), key) == 0 &&
            ms_table_find(t, "measure", &at) && strcmp(ms_table_cell(t, i, at), measure) == 0)
            assert_ok(ms_table_number(t, i, value, &number, &error_));
    return number;
}

static void numbers_are_those_of_r(void **state) {
    static contest c;
    static const struct {
        const char *key, *measure, *column, *name;
        double tolerance;
    } wanted[] = {{"clinical", "c", "value", "clinical_c", 1e-9},
                  {"clinical", "c", "lower", "clinical_c_lower", 1e-9},
                  {"clinical", "c", "network_less_it", "clinical_lead", 1e-9},
                  {"clinical", "c", "difference_lower", "clinical_lead_lower", 1e-9},
                  {"clinical", "c", "p", "clinical_p", 1e-9},
                  {"smi_cm2_m2", "c", "value", "smi_c", 1e-9},
                  {"smi_cm2_m2", "c", "network_less_it", "smi_lead", 1e-9},
                  {"smi_cm2_m2", "c", "p", "smi_p", 1e-9},
                  {"low", "c", "value", "low_c", 1e-9},
                  {"low", "c", "difference_lower", "low_lead_lower", 1e-9},
                  {"network", "auc", "value", "network_auc", 1e-9},
                  {"clinical", "auc", "value", "clinical_auc", 1e-9},
                  {"clinical", "auc", "network_less_it", "clinical_auc_lead", 1e-9},
                  {"clinical", "nri", "value", "clinical_nri", 1e-9},
                  {"clinical", "nri_event", "value", "clinical_nri_event", 1e-9},
                  {"clinical", "nri_nonevent", "value", "clinical_nri_nonevent", 1e-9},
                  {"low", "nri", "value", "low_nri", 1e-9},
                  {"clinical", "observed_expected", "value", "clinical_observed_expected", 1e-9},
                  {"clinical", "calibration_slope", "value", "clinical_slope", 1e-6}};
    set_contest(*state, &c);
    ms_writer w = ms_writer_open("comparison", &error_);
    assert_ok(ms_contest_numbers(&c.x, &w, &error_));
    for (size_t k = 0; k < MS_COUNT(wanted); k++)
        assert_near(cell(w.table, wanted[k].key, wanted[k].measure, wanted[k].column), wanted[k].name,
                    wanted[k].tolerance);
    assert_true(isnan(cell(w.table, "network", "nri", "value"))); /* not against itself */
    /* the bootstrap's interval holds the estimate */
    assert_true(cell(w.table, "clinical", "nri", "lower") < cell(w.table, "clinical", "nri", "value"));
    assert_true(cell(w.table, "clinical", "nri", "upper") > cell(w.table, "clinical", "nri", "value"));
    ms_table_free(w.table);
}

static void decision_curve_is_that_of_the_formula(void **state) {
    static contest c;
    set_contest(*state, &c);
    c.x.seen = true; /* no figures */
    ms_writer w = ms_writer_open("curves", &error_);
    assert_ok(ms_contest_curves(&c.x, &w, &error_));
    size_t predictor = 0, curve = 0, x = 0, y = 0, found = 0;
    assert_true(ms_table_find(w.table, "predictor", &predictor) && ms_table_find(w.table, "curve", &curve) &&
                ms_table_find(w.table, "x", &x) && ms_table_find(w.table, "y", &y));
    for (size_t i = 0; i < ms_table_rows(w.table); i++) {
        double at, value;
        if (strcmp(ms_table_cell(w.table, i, predictor), "clinical") != 0 ||
            strcmp(ms_table_cell(w.table, i, curve), "net_benefit") != 0)
            continue;
        assert_ok(ms_table_number(w.table, i, x, &at, &error_));
        assert_ok(ms_table_number(w.table, i, y, &value, &error_));
        if (fabs(at - 30) > 1e-9) continue;
        assert_near(value, "clinical_net_benefit_30", 1e-9);
        found++;
    }
    assert_int_equal(found, 1);
    ms_table_free(w.table);
}

/* Nothing can be judged: cells are empty, nothing fails. */
static void group_without_events_has_empty_cells(void **state) {
    static contest c;
    made *m = *state;
    set_contest(m, &c);
    size_t n = 0;
    for (size_t k = 0; k < c.x.n; k++)
        if (!m->patients[c.rows[k]].event[0]) c.rows[n++] = c.rows[k];
    c.x.n = n;
    ms_writer w = ms_writer_open("comparison", &error_), curves = ms_writer_open("curves", &error_);
    assert_ok(ms_contest_numbers(&c.x, &w, &error_));
    assert_ok(ms_contest_curves(&c.x, &curves, &error_));
    assert_true(cell(w.table, "clinical", "c", "n") > 0);
    assert_true(cell(w.table, "clinical", "c", "events") == 0);
    assert_true(isnan(cell(w.table, "clinical", "c", "value")));
    assert_true(isnan(cell(w.table, "network", "auc", "value")));
    assert_true(isnan(cell(w.table, "clinical", "nri", "value")));
    assert_int_equal(ms_table_rows(curves.table), 0);
    ms_table_free(w.table);
    ms_table_free(curves.table);
}

/* What is to be predicted is no covariate, and a name that is not there is an error. */
static void covariates_are_checked(void **state) {
    static const char csv[] = "id,os_days,os_event,stage,grade\na,1,1,I,1\nb,2,0,II,2\nc,3,1,I,3\n";
    made *m = *state;
    ms_study study = m->study;
    ms_patient patients[3] = {
        {.split = "training", .row = 0}, {.split = "training", .row = 1}, {.split = "external", .row = 2}};
    ms_covariates c = {0};
    assert_ok(ms_table_parse(&study.cohort, csv, strlen(csv), "cohort.csv", &error_));
    study.patients = patients;
    study.n = 3;
    study.spec.n_covariates = 1;
    (void)ms_text_format(study.spec.covariates[0], sizeof study.spec.covariates[0], "os_event");
    assert_int_equal(ms_study_covariates(&study, &c, &error_), MS_EINPUT);
    (void)ms_text_format(study.spec.covariates[0], sizeof study.spec.covariates[0], "stages");
    assert_int_equal(ms_study_covariates(&study, &c, &error_), MS_EINPUT);
    study.spec.n_covariates = 2;
    (void)ms_text_format(study.spec.covariates[0], sizeof study.spec.covariates[0], "stage");
    (void)ms_text_format(study.spec.covariates[1], sizeof study.spec.covariates[1], "grade");
    assert_ok(ms_study_covariates(&study, &c, &error_));
    assert_int_equal(c.p, 2);
    assert_string_equal(c.names[0], "stage: II"); /* I is not rarer, and comes first */
    assert_true(c.x[0] == 0 && c.x[2] == 1 && c.x[4] == 0 && c.x[5] == 3);
    ms_covariates_clear(&c);
    ms_table_free(study.cohort);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_are_those_of_r),
        cmocka_unit_test(numbers_are_those_of_r),
        cmocka_unit_test(decision_curve_is_that_of_the_formula),
        cmocka_unit_test(group_without_events_has_empty_cells),
        cmocka_unit_test(covariates_are_checked),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
