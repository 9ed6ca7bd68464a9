/* The patients' table and its tests against base R 4.2.2 on 20 made-up patients. */
#include "survival/reference.h"

#include "myosurv/survival_table1.h"

static const double v[20] = {5.1, 3.2, 8.8, 4.4, NAN, 6.5, 7.7, 2.1, 9.3, 5.1,
                             6.6, 3.9, 4.8, 7.1, 8.2, 1.5, 6.0, 5.5, 4.4, 9.9};
static const size_t three[20] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1};
static const char table_text[] = "id,v,g,cat,bin,note\n"
                                 "p01,5.1,0,a,1,w1\np02,3.2,1,b,0,w2\np03,8.8,1,c,1,w3\np04,4.4,0,a,1,w4\n"
                                 "p05,,1,b,0,w5\np06,6.5,1,a,0,w6\np07,7.7,0,c,1,w7\np08,2.1,1,c,0,w8\n"
                                 "p09,9.3,1,b,,w9\np10,5.1,0,a,1,wa\np11,6.6,1,b,1,wb\np12,3.9,1,b,0,wc\n"
                                 "p13,4.8,0,c,0,wd\np14,7.1,1,a,1,we\np15,8.2,1,a,0,wf\np16,1.5,0,b,1,wg\n"
                                 "p17,6.0,1,c,1,wh\np18,5.5,1,a,0,wi\np19,4.4,0,b,1,wj\np20,9.9,1,c,1,wk\n"
                                 "p21,9.9,,c,1,wl\n";

/* oneway.test(v ~ g, var.equal = TRUE), kruskal.test(v, g). */
static void tests_of_numbers(void **state) {
    (void)state;
    ms_group_test t;
    ms_error err = {0};
    ms_anova_test(v, three, 20, 3, &t);
    assert_close("F", t.statistic, 1.706979475605829, 1e-12);
    assert_close("df2", t.df2, 16, 0);
    assert_close("p", t.p, 0.212836939382472, 1e-12);
    assert_ok(ms_kruskal_test(v, three, 20, 3, &t, &err), &err);
    assert_close("H", t.statistic, 3.176249058498622, 1e-12);
    assert_close("p", t.p, 0.204308427121659, 1e-12);
    const double flat[4] = {2, 2, 2, 2};
    const size_t pairs[4] = {0, 0, 1, 1};
    ms_anova_test(flat, pairs, 4, 2, &t);
    assert_true(isnan(t.p));
    assert_ok(ms_kruskal_test(flat, pairs, 4, 2, &t, &err), &err);
    assert_true(isnan(t.p));
}

/* chisq.test and fisher.test of tables; matrix(c(3, 0, 5, 2, 8, 1, 0, 4, 4, 6, 2, 7), 3) for the largest. */
static void tests_of_counts(void **state) {
    (void)state;
    ms_group_test t;
    ms_error err = {0};
    double p = 0;
    const double large[] = {3, 2, 0, 6, 0, 8, 4, 2, 5, 1, 4, 7};
    assert_ok(ms_fisher_test(large, 3, 4, &p, &err), &err);
    assert_close("Fisher 3 x 4", p, 0.00272006842519733, 1e-9);
    const double tea[] = {3, 1, 1, 3}; /* Fisher's tea-tasting lady: p = 0.4857 */
    assert_ok(ms_fisher_test(tea, 2, 2, &p, &err), &err);
    assert_close("tea", p, 34.0 / 70, 1e-12);
    const double one[] = {3, 1};
    assert_ok(ms_fisher_test(one, 1, 2, &p, &err), &err);
    assert_true(isnan(p));
    const double huge[] = {400, 300, 200, 500, 200, 100, 300, 400, 100, 300, 200, 100};
    assert_int_equal(ms_fisher_test(huge, 3, 4, &p, &err), MS_EINPUT);
    ms_chisq_table_test(one, 1, 2, &t);
    assert_true(isnan(t.p));
}

static const ms_table1_row *row_of(const ms_table1 *t, const char *name) {
    for (size_t i = 0; i < t->n_rows; i++)
        if (strcmp(t->rows[i].name, name) == 0) return &t->rows[i];
    fail_msg("no row %s", name);
    return NULL;
}

static void whole_table(void **state) {
    (void)state;
    ms_table *table = NULL;
    ms_table1 t = {0};
    ms_error err = {0};
    char *text = NULL;
    const ms_table1_options options = {.group = "g", .exact = "cat"};
    assert_ok(ms_table_parse(&table, table_text, strlen(table_text), "t.csv", &err), &err);
    assert_ok(ms_table1_make(table, &options, &t, &err), &err);
    assert_int_equal(t.n_rows, 3); /* id and note have a value a patient */
    assert_int_equal(t.n_dropped, 1);
    const ms_table1_row *r = row_of(&t, "v");
    assert_close("missing", r->missing[2], 1, 0);
    assert_close("mean", r->mean[0], 5.79473684210526, 1e-12);
    assert_close("sd", r->sd[1], 1.81422947044429, 1e-12);
    assert_close("quartile", r->upper_quartile[2], 8.35, 1e-12);
    assert_close("median", r->median[1], 4.8, 1e-12);
    assert_close("p", r->p, 0.12795894148119, 1e-11);
    assert_close("smd", r->smd, 0.793137871749386, 1e-12);
    r = row_of(&t, "bin");
    assert_int_equal(r->kind, MS_TABLE1_COUNT);
    assert_close("chi-squared with Yates", r->p, 0.163253887195832, 1e-11);
    assert_close("one of group 0", r->counts[3 + 1], 6, 0);
    r = row_of(&t, "cat");
    assert_int_equal(r->kind, MS_TABLE1_EXACT);
    assert_close("smd of levels", r->smd, 0.267896564788507, 1e-12);
    assert_ok(ms_table1_text(&t, &text, &err), &err);
    assert_non_null(strstr(text, "bin = 1, n (%)"));
    assert_non_null(strstr(text, "5.79 (2.34)"));
    free(text);
    ms_table1_clear(&t);
    const ms_table1_options wrong = {.x = "v,vv"};
    assert_int_equal(ms_table1_make(table, &wrong, &t, &err), MS_EINPUT);
    ms_table_free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(tests_of_numbers), cmocka_unit_test(tests_of_counts),
                                       cmocka_unit_test(whole_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
