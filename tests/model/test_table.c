/* Training and prediction from tables: which columns, which events, and what the errors say. */
#include "model/cohort.h"
#include "model/columns.h"

static ms_table *parse(const char *text) {
    ms_table *table = NULL;
    ms_error err = {0};
    if (ms_table_parse(&table, text, strlen(text), "t.csv", &err) != MS_OK) fail_msg("%s", err.message);
    return table;
}

static void test_columns(void **state) {
    (void)state;
    ms_table *t = parse("case_id,time,event,sma_cm2,smd_hu,sex,sm_a,sm_b,rfs_days,rfs_event,risk,survival_9\n"
                        "1,5,1,100,30,f,1,2,3,0,1,1\n2,6,0,NA,31,m,2,3,4,1,1,1\n");
    ms_columns c;
    ms_error err = {0};
    assert_int_equal(ms_columns_choose(t, NULL, 1, 2, &c, &err), MS_OK);
    static const size_t all[] = {3, 4, 6, 7}; /* no id, text, outcome or prediction */
    assert_int_equal(c.n, 4);
    assert_memory_equal(c.index, all, sizeof all);
    ms_columns_clear(&c);
    assert_int_equal(ms_columns_choose(t, "smd_hu,sm_*,sm_a", 1, 2, &c, &err), MS_OK);
    static const size_t listed[] = {4, 6, 7};
    assert_int_equal(c.n, 3);
    assert_memory_equal(c.index, listed, sizeof listed);
    double *x = NULL;
    assert_int_equal(ms_columns_read(t, &c, &x, &err), MS_OK);
    static const double values[] = {30, 1, 2, 31, 2, 3};
    assert_memory_equal(x, values, sizeof values);
    free(x);
    ms_columns_clear(&c);
    assert_int_equal(ms_columns_choose(t, "pm_*", 1, 2, &c, &err), MS_EINPUT);
    assert_says(&err, "pm_*");
    assert_int_equal(ms_columns_choose(t, "sma_cm", 1, 2, &c, &err), MS_EINPUT);
    assert_says(&err, "sma_cm2");
    assert_int_equal(ms_columns_choose(t, "event", 1, 2, &c, &err), MS_EINPUT);
    assert_int_equal(ms_columns_choose(t, ",", 1, 2, &c, &err), MS_EUSAGE);
    ms_table_free(t);
}

static void test_events(void **state) {
    (void)state;
    ms_table *t = parse("time,status,arm,dead\n5,2,x=1,yes\n6,1,x=1,no\n7,2.0,x=2,yes\n");
    size_t column;
    char *value;
    double time[3];
    uint8_t event[3];
    ms_error err = {0};
    static const uint8_t expected[] = {1, 0, 1};
    static const char *const specs[] = {"status=2", "dead=yes"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ms_event_column(t, specs[i], &column, &value, &err), MS_OK);
        assert_int_equal(ms_followup_read(t, 0, column, value, time, event, &err), MS_OK);
        assert_memory_equal(event, expected, 3);
        free(value);
    }
    assert_int_equal(ms_event_column(t, "status", &column, &value, &err), MS_OK);
    assert_null(value);
    assert_int_equal(ms_followup_read(t, 0, column, value, time, event, &err), MS_EINPUT);
    assert_says(&err, "t.csv:2: column status: \"2\" is neither 0 nor 1");
    assert_int_equal(ms_event_column(t, "status=", &column, &value, &err), MS_EUSAGE);
    assert_int_equal(ms_event_column(t, "stadus=2", &column, &value, &err), MS_EINPUT);
    assert_says(&err, "status");
    ms_table_free(t);
    t = parse("time,event\n1,TRUE\n2,false\n3,1.0\n");
    assert_int_equal(ms_followup_read(t, 0, 1, NULL, time, event, &err), MS_OK);
    assert_memory_equal(event, expected, 3);
    ms_table_free(t);
    t = parse("time,event\n1,1\n-2,0\n");
    assert_int_equal(ms_followup_read(t, 0, 1, NULL, time, event, &err), MS_EINPUT);
    assert_says(&err, "t.csv:3: column time");
    ms_table_free(t);
    t = parse("time,event\n1,1\n2,\n");
    assert_int_equal(ms_followup_read(t, 0, 1, NULL, time, event, &err), MS_EINPUT);
    assert_says(&err, "t.csv:3: column event");
    ms_table_free(t);
    t = parse("time,event\n1,1\nNA,0\n");
    assert_int_equal(ms_followup_read(t, 0, 1, NULL, time, event, &err), MS_EINPUT);
    assert_says(&err, "t.csv:3: column time");
    ms_table_free(t);
}

/* A cohort as a table, columns in the given order. */
static ms_table *cohort_table(const cohort *c, const size_t *order, bool outcome) {
    ms_table *t = NULL;
    size_t column, row;
    assert_int_equal(ms_table_new(&t, "cohort.csv", NULL), MS_OK);
    for (size_t j = 0; j < cohort_p; j++)
        assert_int_equal(ms_table_add_column(t, cohort_names[order[j]], &column, NULL), MS_OK);
    for (size_t k = 0; outcome && k < 2; k++)
        assert_int_equal(ms_table_add_column(t, k ? "event" : "time_days", &column, NULL), MS_OK);
    for (size_t i = 0; i < cohort_n; i++) {
        assert_int_equal(ms_table_add_row(t, &row, NULL), MS_OK);
        for (size_t j = 0; j < cohort_p; j++)
            assert_int_equal(ms_table_set_number(t, i, j, c->x[i * cohort_p + order[j]], NULL), MS_OK);
        if (!outcome) continue;
        assert_int_equal(ms_table_set_number(t, i, cohort_p, c->time[i], NULL), MS_OK);
        assert_int_equal(ms_table_set_number(t, i, cohort_p + 1, c->event[i], NULL), MS_OK);
    }
    return t;
}

static void test_predict_by_name(void **state) {
    (void)state;
    static const size_t straight[] = {0, 1, 2, 3, 4, 5}, turned[] = {5, 3, 0, 1, 4, 2};
    static cohort c;
    ms_train_config config;
    ms_model *model = NULL;
    double a[cohort_n], b[cohort_n];
    ms_error err = {0};
    cohort_make(&c, 1);
    quick_config(&config);
    ms_table *t = cohort_table(&c, straight, true), *u = cohort_table(&c, turned, false);
    assert_int_equal(
        ms_model_train_table(t, "time_days", "event", NULL, &config, 1, NULL, NULL, &model, &err), MS_OK);
    assert_int_equal(ms_model_predict_table(model, t, a, &err), MS_OK);
    assert_int_equal(ms_model_predict_table(model, u, b, &err), MS_OK);
    assert_memory_equal(a, b, sizeof a);
    const double times[] = {365, 365.25};
    size_t column;
    assert_int_equal(ms_model_predict_into(model, u, times, 2, &err), MS_OK);
    assert_true(ms_table_find(u, "risk", &column));
    assert_true(ms_table_find(u, "survival_365", &column));
    assert_true(ms_table_find(u, "survival_365.25", &column));
    const size_t columns = ms_table_columns(u);
    assert_int_equal(ms_model_predict_into(model, u, times, 2, &err), MS_EINPUT);
    assert_says(&err, "risk");
    assert_int_equal(ms_table_columns(u), columns);
    ms_table_free(t);
    ms_table_free(u);
    t = parse("age_years,sma_mm2,x1,x2\n1,2,3,4\n");
    assert_int_equal(ms_model_predict_table(model, t, a, &err), MS_EINPUT);
    assert_says(&err, "sma_cm2 (the table has sma_mm2: another unit?), smd_hu, x3");
    ms_table_free(t);
    ms_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_predict_by_name),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
