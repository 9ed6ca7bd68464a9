/* Simulated cohorts against their definition (Katzman et al. 2018), and against DeepSurv's own files in the
 * shared data. */
#include "base/base.h"
#include "myosurv/model.h"
#include "myosurv/model_simulate.h"

#include "model/close.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct cohort {
    double *x, *time, *risk;
    uint8_t *event;
    size_t n, p;
} cohort;

static cohort draw(const ms_simulate_options *o) {
    cohort c = {.n = o->rows, .p = ms_simulate_columns(o)};
    c.x = calloc(c.n * c.p, sizeof(double));
    c.time = calloc(c.n, sizeof(double));
    c.risk = calloc(c.n, sizeof(double));
    c.event = calloc(c.n, 1);
    assert_int_equal(ms_simulate(o, c.x, c.time, c.event, c.risk, NULL), MS_OK);
    return c;
}

static void drop(cohort *c) {
    free(c->x);
    free(c->time);
    free(c->risk);
    free(c->event);
}

static double mean(const double *v, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += v[i];
    return sum / (double)n;
}

static double share(const uint8_t *v, size_t n) {
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += v[i];
    return (double)sum / (double)n;
}

/* Events over the sum of exp(risk) time: the maximum-likelihood rate of exponential times, 1 / mean_time. */
static double rate(const double *risk, const double *time, const uint8_t *event, size_t n) {
    double events = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        events += event[i];
        sum += exp(risk[i]) * time[i];
    }
    return events / sum;
}

static double gaussian(const double *row, double max_hazard, double radius) {
    return log(max_hazard) * exp(-(row[0] * row[0] + row[1] * row[1]) / (2 * radius * radius));
}

/* The risk of each kind is its formula less a constant, and 0 for the untreated. */
static void test_formula(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        ms_simulate_options o;
        ms_simulate_options_default(&o);
        o.kind = (ms_simulate_kind)kind;
        o.rows = 500;
        o.seed = 3;
        cohort c = draw(&o);
        double shift = NAN;
        for (size_t i = 0; i < c.n; i++) {
            const double *row = c.x + i * c.p;
            for (size_t j = 0; j < 10; j++) assert_true(row[j] >= -1 && row[j] < 1);
            if (kind == MS_SIMULATE_TREATMENT && row[10] == 0) {
                assert_true(c.risk[i] == 0);
                continue;
            }
            const double f = kind == MS_SIMULATE_LINEAR ? row[0] + 2 * row[1] : gaussian(row, 10, 0.5);
            if (isnan(shift)) shift = f - c.risk[i];
            assert_close(f - c.risk[i], shift, 1e-12);
        }
        if (kind != MS_SIMULATE_TREATMENT) assert_close(mean(c.risk, c.n), 0, 1e-12);
        drop(&c);
    }
}

/* Times are exponential with the stated mean (to 4 standard errors), the share of events is the one asked
 * for, and everybody who is censored is so at one time, after every event. */
static void test_times(void **state) {
    (void)state;
    const double censored[] = {0.5, 0.9, 0};
    for (int kind = 0; kind < 3; kind++) {
        for (size_t k = 0; k < MS_COUNT(censored); k++) {
            ms_simulate_options o;
            ms_simulate_options_default(&o);
            o.kind = (ms_simulate_kind)kind;
            o.rows = 20000;
            o.censored = censored[k];
            cohort c = draw(&o);
            const double events = share(c.event, c.n) * (double)c.n;
            assert_close(share(c.event, c.n), 1 - censored[k], 1e-12);
            assert_close(rate(c.risk, c.time, c.event, c.n), 0.2, 4 * 0.2 / sqrt(events));
            double last_event = 0;
            for (size_t i = 0; i < c.n; i++)
                if (c.event[i]) last_event = fmax(last_event, c.time[i]);
            for (size_t i = 0; i < c.n; i++) assert_true(c.event[i] || c.time[i] > last_event);
            drop(&c);
        }
    }
}

/* TFDeepSurv's cohort (M = 2000, follow-up to 15): its file has 73.55% events among 2000. */
static void test_end_time(void **state) {
    (void)state;
    ms_simulate_options o;
    ms_simulate_options_default(&o);
    o.kind = MS_SIMULATE_GAUSSIAN;
    o.max_hazard = 2000;
    o.end_time = 15;
    o.rows = 20000;
    cohort c = draw(&o);
    assert_close(share(c.event, c.n), 0.7355, 4 * sqrt(0.7355 * 0.2645 / 2000));
    for (size_t i = 0; i < c.n; i++) assert_true(c.event[i] ? c.time[i] < 15 : c.time[i] == 15);
    drop(&c);
}

/* One seed, one cohort; another seed, another. */
static void test_seed(void **state) {
    (void)state;
    ms_simulate_options o;
    ms_simulate_options_default(&o);
    o.rows = 50;
    cohort a = draw(&o), b = draw(&o);
    assert_memory_equal(a.x, b.x, a.n * a.p * sizeof(double));
    assert_memory_equal(a.time, b.time, a.n * sizeof(double));
    o.seed = 1;
    cohort c = draw(&o);
    assert_memory_not_equal(a.x, c.x, a.n * a.p * sizeof(double));
    drop(&a);
    drop(&b);
    drop(&c);
}

static void expect_error(const ms_simulate_options *o, const char *part) {
    double value;
    uint8_t event;
    ms_error err = {0};
    assert_int_equal(ms_simulate(o, &value, &value, &event, &value, &err), MS_EINPUT);
    if (!strstr(err.message, part)) fail_msg("%s", err.message);
}

static void test_errors(void **state) {
    (void)state;
    ms_simulate_options good, o;
    ms_simulate_options_default(&good);
    o = good, o.rows = 0, expect_error(&o, "rows");
    o = good, o.inputs = 0, expect_error(&o, "inputs");
    o = good, o.informative = 11, expect_error(&o, "carry the hazard");
    o = good, o.radius = 0, expect_error(&o, "radius");
    o = good, o.max_hazard = -1, expect_error(&o, "largest hazard");
    o = good, o.mean_time = (double)NAN, expect_error(&o, "mean time");
    o = good, o.censored = 1, expect_error(&o, "censored");
    o = good, o.end_time = -1, expect_error(&o, "end of follow-up");
    ms_simulate_kind kind;
    ms_error err = {0};
    assert_int_equal(ms_simulate_kind_find("treatment", &kind, NULL), MS_OK);
    assert_int_equal(kind, MS_SIMULATE_TREATMENT);
    assert_int_equal(ms_simulate_kind_find("round", &kind, &err), MS_EUSAGE);
    assert_non_null(strstr(err.message, "gaussian"));
}

static void test_table(void **state) {
    (void)state;
    ms_simulate_options o;
    ms_table *table = NULL;
    double v;
    ms_simulate_options_default(&o);
    o.kind = MS_SIMULATE_TREATMENT;
    o.rows = 3;
    o.inputs = 2;
    cohort c = draw(&o);
    assert_int_equal(ms_simulate_table(&o, &table, NULL), MS_OK);
    static const char *const names[] = {"x0", "x1", "treatment", "time", "event", "true_risk"};
    assert_int_equal(ms_table_rows(table), 3);
    assert_int_equal(ms_table_columns(table), MS_COUNT(names));
    for (size_t j = 0; j < MS_COUNT(names); j++)
        assert_string_equal(ms_table_column_name(table, j), names[j]);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ms_table_number(table, i, 5, &v, NULL), MS_OK);
        assert_true(v == c.risk[i]);
        assert_int_equal(ms_table_number(table, i, 1, &v, NULL), MS_OK);
        assert_true(v == c.x[i * 3 + 1]);
    }
    ms_table_free(table);
    drop(&c);
}

static double *column(const ms_table *table, const char *name) {
    size_t at = 0;
    double *v = calloc(ms_table_rows(table), sizeof *v);
    assert_int_equal(ms_table_require(table, name, &at, NULL), MS_OK);
    assert_int_equal(ms_table_numbers(table, at, v, NULL), MS_OK);
    return v;
}

/* DeepSurv's files: half censored at the end, hr is our formula (M = 10, r = 0.5; single precision) less a
 * constant, and the rate is 1/5 (4 standard errors; those of treatment = x10 = 0 have rate 1/5 without it).
 */
static void check_shared(const char *kind, bool treatment) {
    char path[4096];
    ms_table *table = NULL;
    assert_true(
        ms_text_format(path, sizeof path, "%s/survival/deepsurv/%s_train.csv", MS_TEST_SHARED_DIR, kind));
    if (!ms_path_exists(path)) {
        print_message("skipped: no ../shared/survival/deepsurv\n");
        skip();
    }
    assert_int_equal(ms_table_read(&table, path, NULL), MS_OK);
    const size_t n = ms_table_rows(table);
    double *x0 = column(table, "x0"), *x1 = column(table, "x1"), *hr = column(table, "hr"),
           *time = column(table, "time"), *e = column(table, "event"),
           *arm = treatment ? column(table, "x10") : NULL;
    uint8_t *event = calloc(n, 1);
    for (size_t i = 0; i < n; i++) {
        const double row[] = {x0[i], x1[i]}, first[] = {x0[0], x1[0]};
        const bool linear = strcmp(kind, "linear") == 0;
        const double f = linear ? row[0] + 2 * row[1] : gaussian(row, 10, 0.5);
        const double f0 = linear ? first[0] + 2 * first[1] : gaussian(first, 10, 0.5);
        assert_close(hr[i] - hr[0], f - f0, 1e-6);
        event[i] = e[i] > 0;
    }
    for (size_t i = 0; treatment && i < n; i++)
        if (arm[i] == 0) hr[i] = 0;
    assert_close(share(event, n), 0.5, 1e-12);
    assert_close(rate(hr, time, event, n), 0.2, 4 * 0.2 / sqrt(0.5 * (double)n));
    double *const all[] = {x0, x1, hr, time, e, arm};
    for (size_t k = 0; k < MS_COUNT(all); k++) free(all[k]);
    free(event);
    ms_table_free(table);
}

static void test_shared(void **state) {
    (void)state;
    check_shared("linear", false);
    check_shared("gaussian", false);
    check_shared("treatment", true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formula), cmocka_unit_test(test_times),  cmocka_unit_test(test_end_time),
        cmocka_unit_test(test_seed),    cmocka_unit_test(test_errors), cmocka_unit_test(test_table),
        cmocka_unit_test(test_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
