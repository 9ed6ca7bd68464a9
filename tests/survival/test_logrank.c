/* Log-rank and G-rho tests against R's survdiff. */
#include "survival/reference.h"

/* For two groups without ties the log-rank chi-squared is the score test of a Cox model on the group. */
static void is_the_cox_score_test(void **state) {
    (void)state;
    double time[40], x[40];
    uint8_t event[40];
    size_t group[40];
    uint64_t seed = 5;
    for (size_t i = 0; i < 40; i++) {
        time[i] = 1 + 10 * next_random(&seed);
        event[i] = next_random(&seed) < 0.7;
        group[i] = i % 2;
        x[i] = (double)group[i];
    }
    ms_surv data = {.n = 40, .time = time, .event = event};
    ms_design design = {.p = 1, .x = x};
    ms_logrank l = {0};
    ms_cox cox = {0};
    ms_error err = {0};
    assert_ok(ms_logrank_test(&data, group, 2, 0, &l, &err), &err);
    assert_ok(ms_cox_fit(&data, &design, NULL, &cox, &err), &err);
    assert_close("chisq", l.chisq, cox.score, 1e-10);
    assert_close("observed and expected events add up", l.observed[0] + l.observed[1],
                 l.expected[0] + l.expected[1], 1e-12);
    ms_cox_clear(&cox);
    ms_logrank_clear(&l);
}

static void refuses_one_group_and_weights(void **state) {
    (void)state;
    double time[] = {1, 2, 3}, weight[] = {1, 1, 2};
    uint8_t event[] = {1, 1, 0};
    const size_t same[] = {1, 1, 1}, two[] = {0, 1, 0};
    ms_surv data = {.n = 3, .time = time, .event = event};
    ms_logrank l = {0};
    ms_error err = {0};
    assert_int_equal(ms_logrank_test(&data, same, 2, 0, &l, &err), MS_EINPUT);
    data.weight = weight;
    assert_int_equal(ms_logrank_test(&data, two, 2, 0, &l, &err), MS_EUSAGE);
}

/* A sum over strata where R gives a row a group. */
static void compare_counts(const char *label, const double *ours, size_t n, const cJSON *theirs) {
    for (size_t g = 0; g < n; g++) {
        const cJSON *item = cJSON_GetArrayItem(theirs, (int)g);
        double sum = 0;
        if (cJSON_IsArray(item)) {
            for (const cJSON *k = item->child; k; k = k->next) sum += number_of(k);
        } else {
            sum = number_of(item);
        }
        assert_close(label, ours[g], sum, TOLERANCE);
    }
}

/* Keys are "DATA GROUP [strata COLUMN] rho RHO". */
static void as_r(void **state) {
    (void)state;
    static const struct {
        const char *data, *time, *event, *value;
    } sets[] = {{"lung", "time", "status", "2"},       {"veteran", "time", "status", NULL},
                {"ovarian", "futime", "fustat", NULL}, {"aml", "time", "status", NULL},
                {"pbc", "time", "status", "2"},        {"flchain", "futime", "death", NULL},
                {"myeloid", "futime", "death", NULL}};
    cJSON *root = read_reference("survdiff");
    size_t compared = 0;
    for (const cJSON *r = root->child; r; r = r->next) {
        char data[32], group[32], strata[32] = "";
        double rho;
        if (sscanf(r->string, "%31s %31s strata %31s rho %lf", data, group, strata, &rho) != 4 &&
            sscanf(r->string, "%31s %31s rho %lf", data, group, &rho) != 3)
            continue;
        if (strcmp(group, "celltype") == 0) continue; /* R's levels are not in alphabetical order */
        for (size_t i = 0; i < MS_COUNT(sets); i++) {
            if (strcmp(sets[i].data, data) != 0) continue;
            ms_table *table = read_data(data);
            ms_surv_columns columns = {.time = sets[i].time,
                                       .event = sets[i].event,
                                       .event_value = sets[i].value,
                                       .group = group,
                                       .strata = strstr(r->string, "strata") ? strata : NULL};
            ms_surv_frame f = frame_of(table, columns);
            ms_logrank l = {0};
            ms_error err = {0};
            assert_ok(ms_logrank_test(&f.data, f.group.codes, f.group.n_levels, rho, &l, &err), &err);
            assert_close(r->string, l.chisq, number_of(member(r, "chisq")), TOLERANCE);
            assert_close(r->string, l.p, number_of(member(r, "p")), TOLERANCE);
            assert_close(r->string, (double)l.df, number_of(member(r, "df")), 0);
            compare_counts(r->string, l.observed, l.n_groups, member(r, "obs"));
            compare_counts(r->string, l.expected, l.n_groups, member(r, "exp"));
            for (size_t g = 0; g < l.n_groups; g++)
                assert_all_close(r->string, l.variance + g * l.n_groups, l.n_groups,
                                 cJSON_GetArrayItem(member(r, "var"), (int)g));
            ms_logrank_clear(&l);
            ms_surv_frame_clear(&f);
            ms_table_free(table);
            compared++;
        }
    }
    assert_true(compared >= 27);
    cJSON_Delete(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_cox_score_test),
        cmocka_unit_test(refuses_one_group_and_weights),
        cmocka_unit_test(as_r),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
