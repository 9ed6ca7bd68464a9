/* Reading survival data from tables: which rows are kept, how factors are ordered, what errors say. */
#include "survival/reference.h"

static void assert_refused(const char *text, ms_surv_columns columns, const char *message) {
    ms_table *table = table_of(text);
    ms_surv_frame f = {0};
    ms_error err = {0};
    assert_int_equal(ms_surv_frame_read(table, &columns, &f, &err), MS_EINPUT);
    if (!strstr(err.message, message)) fail_msg("'%s' says nothing of '%s'", err.message, message);
    assert_null(f.time);
    ms_table_free(table);
}

static void errors_name_the_cell(void **state) {
    (void)state;
    ms_surv_columns c = {.time = "t", .event = "e"};
    assert_refused("t,e\n1,1\n-2,0\n", c, "table.csv:3: column 't': time -2 is negative");
    assert_refused("t,e\n1,1\nsoon,0\n", c, "table.csv:3: column 't': 'soon' is not a number");
    assert_refused("t,e\ninf,1\n2,0\n", c, "table.csv:2: column 't'");
    assert_refused("t,e\n1,1\n2,2\n", c, "table.csv:3: column 'e': event '2' is neither 0 nor 1");
    assert_refused("t,e\n1,1\n2,dead\n", c, "e=dead");
    assert_refused("t,event\n1,1\n", c, "no column 'e'");
    assert_refused("t,e\n1,\n,0\n", c, "no row has all the values");
    c.entry = "s";
    assert_refused("t,e,s\n1,1,0\n2,1,2\n", c, "table.csv:3: column 's': entry 2 is not before");
    c.entry = NULL;
    c.weight = "w";
    assert_refused("t,e,w\n1,1,1\n2,1,-1\n", c, "table.csv:3: column 'w': weight -1 is negative");
}

static void rows_with_missing_values_are_left_out(void **state) {
    (void)state;
    ms_table *table = table_of("t,e,g,other\n1,1,a,\n2,,a,1\n,0,b,1\n4,TRUE,NA,1\n5,false,b,NA\n");
    ms_surv_frame f = frame_of(table, (ms_surv_columns){.time = "t", .event = "e", .group = "g"});
    assert_int_equal(f.n, 2);
    assert_int_equal(f.n_dropped, 3);
    assert_int_equal(f.rows[1], 4);
    assert_int_equal(f.event[0], 1);
    assert_int_equal(f.event[1], 0);
    assert_int_equal(f.group.n_levels, 2);
    ms_surv_frame_clear(&f);
    f = frame_of(table, (ms_surv_columns){.time = "t", .event = "e"});
    assert_int_equal(f.n, 3);
    ms_surv_frame_clear(&f);
    ms_table_free(table);
}

static void an_event_can_be_named(void **state) {
    (void)state;
    ms_table *table = table_of("t,e\n1,2\n2,1\n3,2.0\n4,0\n");
    ms_error err = {0};
    char *column = NULL;
    const char *value = NULL;
    assert_ok(ms_event_split("e=2", &column, &value, &err), &err);
    assert_string_equal(column, "e");
    assert_string_equal(value, "2");
    ms_surv_frame f = frame_of(table, (ms_surv_columns){.time = "t", .event = column, .event_value = value});
    const uint8_t wanted[] = {1, 0, 1, 0};
    assert_memory_equal(f.event, wanted, 4);
    ms_surv_frame_clear(&f);
    free(column);
    assert_ok(ms_event_split("e", &column, &value, &err), &err);
    assert_null(value);
    free(column);
    assert_int_equal(ms_event_split("=2", &column, &value, &err), MS_EUSAGE);
    assert_int_equal(ms_event_split("e=", &column, &value, &err), MS_EUSAGE);
    ms_table_free(table);
}

/* Numbers by size, words alphabetically whatever their case (as R in most languages). */
static void levels_are_in_rs_order(void **state) {
    (void)state;
    static const char *const words[] = {"aarau", "Bern", "zug", "Zug"};
    static const char *const numbers[] = {"-1", "2", "10"};
    ms_table *table = table_of("w,n\nzug,10\nBern,2\naarau,-1\nZug,2\n,10\n");
    ms_factor f = {0};
    ms_error err = {0};
    assert_ok(ms_factor_from_table(table, 0, &f, &err), &err);
    assert_int_equal(f.n_levels, 4);
    for (size_t i = 0; i < 4; i++) assert_string_equal(f.levels[i], words[i]);
    assert_true(f.codes[4] == SIZE_MAX);
    assert_int_equal(f.codes[3], 3);
    ms_factor_clear(&f);
    assert_ok(ms_factor_from_table(table, 1, &f, &err), &err);
    assert_int_equal(f.n_levels, 3);
    for (size_t i = 0; i < 3; i++) assert_string_equal(f.levels[i], numbers[i]);
    ms_factor_clear(&f);
    ms_table_free(table);
}

/* aeqSurv: gaps up to 1.5e-8 (or that share of the mean) are none, and runs of them chain. */
static void times_merge_as_in_r(void **state) {
    (void)state;
    double times[] = {1, 1 + 1e-9, 2, 2 + 1e-8, 2 + 2e-8, 3}, apart[] = {1, 1 + 1e-6, 2};
    ms_error err = {0};
    assert_ok(ms_times_merge(times, 6, &err), &err);
    const double wanted[] = {1, 1, 2, 2, 2, 3};
    for (size_t i = 0; i < 6; i++) assert_true(times[i] == wanted[i]);
    assert_ok(ms_times_merge(apart, 3, &err), &err);
    assert_true(apart[1] == 1 + 1e-6);
}

static void json_has_the_fixed_keys(void **state) {
    (void)state;
    static const char *const keys[] = {"name",         "n",       "events", "median",  "median_lower",
                                       "median_upper", "time",    "n_risk", "n_event", "n_censor",
                                       "surv",         "std_err", "lower",  "upper"};
    static const char *const names[] = {"a", "b"};
    double time[] = {1, 2, 3, 4};
    uint8_t event[] = {1, 1, 1, 0};
    const size_t group[] = {0, 1, 0, 1};
    ms_surv data = {.n = 4, .time = time, .event = event};
    ms_km km = {0};
    ms_logrank l = {0};
    ms_error err = {0};
    char *text = NULL;
    assert_ok(ms_km_fit(&data, group, 2, NULL, &km, &err), &err);
    assert_ok(ms_logrank_test(&data, group, 2, 0, &l, &err), &err);
    assert_ok(ms_km_json(&km, names, &l, 0, &text, &err), &err);
    cJSON *root = cJSON_Parse(text);
    assert_non_null(root);
    const cJSON *first = member(root, "groups")->child;
    for (size_t i = 0; i < MS_COUNT(keys); i++) (void)member(first, keys[i]);
    assert_close("p", number_of(member(member(root, "logrank"), "p")), l.p, 0);
    cJSON_Delete(root);
    free(text);
    assert_ok(ms_km_text(&km, names, &l, 0, true, &text, &err), &err);
    assert_non_null(strstr(text, "median"));
    free(text);
    ms_logrank_clear(&l);
    ms_km_clear(&km);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_the_cell),  cmocka_unit_test(rows_with_missing_values_are_left_out),
        cmocka_unit_test(an_event_can_be_named), cmocka_unit_test(levels_are_in_rs_order),
        cmocka_unit_test(times_merge_as_in_r),   cmocka_unit_test(json_has_the_fixed_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
