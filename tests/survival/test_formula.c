/* The formula language: what it accepts, how columns are named and coded, and what its errors say. The names
 * and codings are R's (model.matrix with treatment contrasts); test_golden.c compares whole fits. */
#include "survival/reference.h"

#include "survival/formula.h"

static const char table_text[] = "t,s,e,x,y,sex,grade,inst,two words,start\n"
                                 "5,0,1,1,2,f,low,1,9,0\n"
                                 "6,1,0,2,1,m,high,2,8,1\n"
                                 "7,2,1,3,4,f,mid,1,7,2\n"
                                 "8,1,1,4,3,m,low,2,,3\n"
                                 "9,2,0,5,NA,f,high,1,5,4\n"
                                 "9,1,1,6,1,m,mid,3,4,5\n";

static void assert_names(const char *formula, size_t n, const char *const *names) {
    ms_table *table = table_of(table_text);
    ms_model_frame f = model_of(table, formula);
    if (f.p != n) fail_msg("%s: %zu columns, not %zu", formula, f.p, n);
    for (size_t j = 0; j < n; j++)
        if (strcmp(f.names[j], names[j]) != 0)
            fail_msg("%s: column '%s', not '%s'", formula, f.names[j], names[j]);
    ms_model_frame_clear(&f);
    ms_table_free(table);
}
#define NAMES(formula, ...)                                                                                  \
    do {                                                                                                     \
        const char *const names[] = {__VA_ARGS__};                                                           \
        assert_names(formula, MS_COUNT(names), names);                                                       \
    } while (0)

static void columns_are_named_as_in_r(void **state) {
    (void)state;
    NAMES("Surv(t, e) ~ x + y", "x", "y");
    NAMES("Surv(t,e)~x+sex", "x", "sexm");
    NAMES("Surv(t, e) ~ grade", "gradelow", "grademid");
    NAMES("Surv(t, e) ~ factor(grade, levels = c('low', 'mid', 'high'))",
          "factor(grade, levels = c(\"low\", \"mid\", \"high\"))mid",
          "factor(grade, levels = c(\"low\", \"mid\", \"high\"))high");
    NAMES("Surv(t, e) ~ factor(inst)", "factor(inst)2", "factor(inst)3");
    NAMES("Surv(t, e) ~ log(x) + I(x^2 / 10) + sqrt(y+1)", "log(x)", "I(x^2/10)", "sqrt(y + 1)");
    NAMES("Surv(t, e) ~ x * sex", "x", "sexm", "x:sexm");
    NAMES("Surv(t, e) ~ x:sex", "x:sexf", "x:sexm");
    NAMES("Surv(t, e) ~ x + x:sex", "x", "x:sexm");
    NAMES("Surv(t, e) ~ (x + y + sex)^2 - x:y", "x", "y", "sexm", "x:sexm", "y:sexm");
    NAMES("Surv(t, e) ~ x + x + y - y", "x");
    NAMES("Surv(t, e) ~ 0 + x", "x");
    NAMES("Surv(t, e) ~ x - 1", "x");
    NAMES("Surv(t, e) ~ I(x > 2) + I(sex == 'm')", "I(x > 2)TRUE", "I(sex == \"m\")TRUE");
    NAMES("Surv(t, e) ~ I(grade %in% c('low', 'mid'))", "I(grade %in% c(\"low\", \"mid\"))TRUE");
    NAMES("Surv(t, e) ~ `two words` + x", "two words", "x");
    NAMES("Surv(t, e) ~ ridge(x, y, theta = 2) + inst", "ridge(x)", "ridge(y)", "inst");
    NAMES("Surv(t, e) ~ x + strata(inst) + cluster(sex) + offset(y)", "x");
    NAMES("Surv(s, t, e) ~ .", "x", "y", "sexm", "gradelow", "grademid", "inst", "two words", "start");
}

static void the_parts_go_where_they_belong(void **state) {
    (void)state;
    ms_table *table = table_of(table_text);
    ms_model_frame f =
        model_of(table, "Surv(s, t, e == 1) ~ x * sex + strata(inst, sex) + cluster(grade) + offset(2 * x)");
    assert_int_equal(f.n, 6);
    assert_int_equal(f.n_dropped, 0);
    assert_int_equal(f.strata.n_levels, 3); /* 1 f, 2 m, 3 m */
    assert_string_equal(f.strata.levels[0], "inst=1, sex=f");
    assert_int_equal(f.cluster.n_levels, 3);
    assert_close("offset", f.offset[5], 12, 0);
    assert_close("entry", f.entry[2], 2, 0);
    assert_close("interaction", f.x[3 * f.p + 2], 4, 0); /* x = 4, male */
    assert_close("interaction", f.x[2 * f.p + 2], 0, 0); /* female */
    assert_int_equal(f.n_terms, 3);
    assert_string_equal(f.term_names[2], "x:sex");
    assert_int_equal(f.data.n_strata, 3);
    assert_null(f.ridge);
    ms_model_frame_clear(&f);
    /* a missing value anywhere in the formula drops the row, elsewhere not */
    f = model_of(table, "Surv(t, e) ~ y + `two words`");
    assert_int_equal(f.n, 4);
    assert_int_equal(f.n_dropped, 2);
    assert_int_equal(f.rows[3], 5);
    ms_model_frame_clear(&f);
    /* theta * var(x), over all rows that have x */
    f = model_of(table, "Surv(t, e) ~ ridge(x, theta = 2) + y");
    assert_close("lambda", f.ridge[0], 2 * 3.5, 1e-14);
    assert_close("lambda", f.ridge[1], 0, 0);
    ms_model_frame_clear(&f);
    ms_table_free(table);
}

static size_t warnings;
static void count_warnings(void *context, ms_log_level level, const char *message) {
    (void)context;
    (void)message;
    warnings += level == MS_LOG_WARNING;
}

/* R: Surv() of a status 1/2 takes 2 as the event. */
static void one_and_two_is_rs_event(void **state) {
    (void)state;
    ms_table *table = table_of("t,s,three\n1,1,0\n2,2,1\n3,2,2\n");
    ms_error err = {0};
    warnings = 0;
    ms_log_set_sink(count_warnings, NULL);
    ms_model_frame f = model_of(table, "Surv(t, s) ~ 1");
    ms_log_set_sink(NULL, NULL);
    assert_int_equal(warnings, 1);
    assert_int_equal(f.event[0], 0);
    assert_int_equal(f.event[1], 1);
    assert_int_equal(f.p, 0);
    ms_model_frame_clear(&f);
    assert_int_equal(ms_model_frame_read(table, "Surv(t, three) ~ 1", NULL, &f, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "table.csv:4: column 'three': 2 is neither 0 nor 1"));
    ms_table_free(table);
}

static void assert_refused(const char *table_text_, const char *formula, const char *message) {
    ms_table *table = table_of(table_text_);
    ms_model_frame f = {0};
    ms_error err = {0};
    ms_status status = ms_model_frame_read(table, formula, NULL, &f, &err);
    if (status != MS_EINPUT) fail_msg("'%s' was not refused", formula);
    if (!strstr(err.message, message))
        fail_msg("'%s': '%s' says nothing of '%s'", formula, err.message, message);
    assert_null(f.x);
    ms_table_free(table);
}

static void errors_name_the_place(void **state) {
    (void)state;
    const char *t = table_text;
    assert_refused(t, "", "character 1");
    assert_refused(t, "Surv(t, e)", "no '~'");
    assert_refused(t, "x ~ y", "Surv(time, event) should be left of '~'");
    assert_refused(t, "Surv(t, e) ~ ", "it ends where");
    assert_refused(t, "Surv(t, e) ~ x +", "it ends where");
    assert_refused(t, "Surv(t, e) ~ x)", "character 15: ')'");
    assert_refused(t, "Surv(t, e ~ x", "',' or ')'");
    assert_refused(t, "Surv(t, e) ~ x $ y", "character 16: '$' has no meaning");
    assert_refused(t, "Surv(t, e) ~ agee", "no column 'agee'");
    assert_refused(t, "Surv(t, e) ~ sinus(x)", "no function 'sinus'");
    assert_refused(t, "Surv(t, e) ~ x / y", "write I(...) for arithmetic");
    assert_refused(t, "Surv(t, e) ~ 3", "is no term");
    assert_refused(t, "Surv(t, e) ~ log(sex)", "'f' is not a number");
    assert_refused(t, "Surv(t, e) ~ ridge(x)", "needs theta");
    assert_refused(t, "Surv(t, e) ~ x:offset(y)", "cannot be in an interaction");
    assert_refused(t, "Surv(t, e) ~ cluster(x) + cluster(y)", "one cluster()");
    assert_refused(t, "Surv(t, s, e) ~ x", "is not before the end of the interval");
    assert_refused(t, "Surv(t, e) ~ \"x", "without its end");
    assert_refused(t, "Surv(t, e) ~ log(x - 1)", "log(x - 1) is -inf");
    assert_refused(t, "Surv(t, e, t, e) ~ x", "at most three");
    assert_refused("t,e,x\n-1,1,1\n2,0,2\n", "Surv(t, e) ~ x",
                   "table.csv:2: column 't': -1 is a negative time");
    assert_refused("t,e,x\n1,1,1\n2,0,2\n3,1,?\n", "Surv(t, e) ~ x",
                   "table.csv:4: column 'x': '?' is not a number");
    assert_refused("t,e,x\n1,,1\n2,0,\n", "Surv(t, e) ~ x", "no row has all the values");
}

/* Brackets beyond any use end in an error, not in a crash. */
static void deep_nesting_is_refused(void **state) {
    (void)state;
    enum { DEPTH = 20000 };
    char *formula = calloc(DEPTH + 64, 1);
    memcpy(formula, "Surv(t, e) ~ ", 13);
    memset(formula + 13, '(', DEPTH);
    assert_refused(table_text, formula, "too many brackets");
    for (size_t i = 0; i < DEPTH; i++) formula[13 + i] = i % 2 ? '+' : 'x';
    formula[13 + DEPTH - 1] = '\0';
    assert_refused(table_text, formula, "operators");
    memset(formula + 13, '-', DEPTH);
    assert_refused(table_text, formula, "too many brackets");
    free(formula);
}

/* What is parsed is written back as R writes it, and parses to the same. */
static void deparsing_round_trips(void **state) {
    (void)state;
    static const char *const formulas[] = {
        "Surv(time, status == 2) ~ age + sex * log(bili)", "a ~ -b^2^c:d + !e & f | g >= 1.5",
        "y ~ f(x, theta = 10, scale = TRUE) - 1", "y ~ ((a + b)^2)/c %in% d"};
    for (size_t i = 0; i < MS_COUNT(formulas); i++) {
        ms_node *node = NULL;
        ms_error err = {0};
        assert_ok(ms_formula_parse(formulas[i], &node, &err), &err);
        char *text = ms_node_label(node);
        assert_string_equal(text, formulas[i]);
        free(text);
        ms_node_free(node);
    }
}

/* What is saved with a model is parsed again when it is used: names and texts as they were. */
static void the_source_is_parsed_again(void **state) {
    (void)state;
    static const char *const formulas[] = {"Surv(t, e) ~ `two words` + I(sex == 'a \"b\"') + x",
                                           "y ~ `a function`(`two words`, x)", "y ~ f(x, `an option` = 2)",
                                           "y ~ I(grade %in% c(\"it's\", 'low'))"};
    for (size_t i = 0; i < MS_COUNT(formulas); i++) {
        ms_node *node = NULL, *again = NULL;
        ms_buffer first, second;
        ms_error err = {0};
        ms_buffer_init(&first);
        ms_buffer_init(&second);
        assert_ok(ms_formula_parse(formulas[i], &node, &err), &err);
        ms_node_source(node, &first);
        assert_ok(ms_formula_parse(first.data, &again, &err), &err);
        ms_node_source(again, &second);
        assert_string_equal(first.data, second.data);
        ms_node_free(node);
        ms_node_free(again);
        ms_buffer_clear(&first);
        ms_buffer_clear(&second);
    }
}

/* R: -2^2 is -4, 2^3^2 is 2^9, a:b binds closer than a*b. */
static void precedence_is_rs(void **state) {
    (void)state;
    ms_table *table = table_of("t,e,x\n1,1,2\n2,1,3\n");
    ms_model_frame f = model_of(table, "Surv(t, e) ~ offset(-x^2 + 2^3^2 / 4 - 1 * 3)");
    assert_close("value", f.offset[0], -4 + 128 - 3, 0);
    ms_model_frame_clear(&f);
    f = model_of(table, "Surv(t, e) ~ offset((x > 2) + (x >= 2 & x < 3) * 10 + !x)");
    assert_close("first", f.offset[0], 10, 0);
    assert_close("second", f.offset[1], 1, 0);
    ms_model_frame_clear(&f);
    ms_table_free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_named_as_in_r), cmocka_unit_test(the_parts_go_where_they_belong),
        cmocka_unit_test(one_and_two_is_rs_event),   cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(deep_nesting_is_refused),   cmocka_unit_test(deparsing_round_trips),
        cmocka_unit_test(precedence_is_rs),          cmocka_unit_test(the_source_is_parsed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
