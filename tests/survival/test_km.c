/* Kaplan-Meier curves against R's survfit, and facts that need no reference. */
#include "survival/reference.h"

/* Freireich's 6-MP arm (Cox & Oakes 1984, table 1.1): 9 events in 21; S(6) = 18/21, S(23) = 0.4482 as printed
 * in every textbook that uses it. */
static void textbook_curve(void **state) {
    (void)state;
    double time[] = {6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35};
    uint8_t event[] = {1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0};
    ms_surv data = {.n = 21, .time = time, .event = event};
    ms_km km = {0};
    ms_error err = {0};
    double surv = 0, se = 0, n_risk = 0;
    assert_ok(ms_km_fit(&data, NULL, 1, NULL, &km, &err), &err);
    ms_km_at(&km.curves[0], 6, &surv, &se, NULL, NULL, &n_risk);
    assert_close("S(6)", surv, 18.0 / 21, 1e-14);
    assert_close("se(6)", se, sqrt(3.0 * 18 / (21.0 * 21 * 21)), 1e-12); /* no censoring yet: binomial */
    assert_close("at risk", n_risk, 21, 0);
    ms_km_at(&km.curves[0], 23, &surv, NULL, NULL, NULL, &n_risk);
    assert_close("S(23)", surv, 0.4482, 1e-4);
    assert_close("at risk at 23", n_risk, 6, 0);
    assert_close("median", km.curves[0].median, 23, 0);
    assert_close("events", km.curves[0].events, 9, 0);
    ms_km_at(&km.curves[0], 1, &surv, NULL, NULL, NULL, &n_risk);
    assert_close("S before the first event", surv, 1, 0);
    assert_close("at risk before it", n_risk, 21, 0);
    ms_km_clear(&km);
}

/* A row of weight 3 is three rows. */
static void weights_repeat_rows(void **state) {
    (void)state;
    double time[] = {1, 2, 2, 3, 5}, times[] = {1, 2, 2, 2, 2, 3, 3, 3, 5};
    uint8_t event[] = {1, 1, 0, 1, 0}, events[] = {1, 1, 1, 0, 0, 1, 1, 1, 0};
    double weight[] = {1, 2, 2, 3, 1};
    ms_surv weighted = {.n = 5, .time = time, .event = event, .weight = weight};
    ms_surv repeated = {.n = 9, .time = times, .event = events};
    ms_km a = {0}, b = {0};
    ms_error err = {0};
    assert_ok(ms_km_fit(&weighted, NULL, 1, NULL, &a, &err), &err);
    assert_ok(ms_km_fit(&repeated, NULL, 1, NULL, &b, &err), &err);
    assert_int_equal(a.curves[0].n_times, b.curves[0].n_times);
    for (size_t i = 0; i < a.curves[0].n_times; i++) {
        assert_close("surv", a.curves[0].surv[i], b.curves[0].surv[i], 1e-15);
        assert_close("std_err", a.curves[0].std_err[i], b.curves[0].std_err[i], 1e-15);
        assert_close("n_risk", a.curves[0].n_risk[i], b.curves[0].n_risk[i], 0);
    }
    ms_km_clear(&a);
    ms_km_clear(&b);
}

/* Splitting follow-up into intervals changes no estimate. */
static void split_intervals_are_the_same(void **state) {
    (void)state;
    double time[] = {2, 4, 5, 5, 7}, stop[] = {2, 1, 4, 5, 3, 5, 7}, start[] = {0, 0, 1, 0, 0, 3, 2};
    uint8_t event[] = {1, 1, 0, 1, 1}, events[] = {1, 0, 1, 0, 0, 1, 1};
    /* the last subject enters at 2 in the second table, after nobody else has died but one at 2 */
    double entry[] = {0, 0, 0, 0, 2};
    ms_surv whole = {.n = 5, .time = time, .entry = entry, .event = event};
    ms_surv split = {.n = 7, .time = stop, .entry = start, .event = events};
    ms_km a = {0}, b = {0};
    ms_error err = {0};
    assert_ok(ms_km_fit(&whole, NULL, 1, NULL, &a, &err), &err);
    assert_ok(ms_km_fit(&split, NULL, 1, NULL, &b, &err), &err);
    for (double t = 0.5; t < 8; t += 0.5) {
        double sa = 0, sb = 0, ea = 0, eb = 0;
        ms_km_at(&a.curves[0], t, &sa, &ea, NULL, NULL, NULL);
        ms_km_at(&b.curves[0], t, &sb, &eb, NULL, NULL, NULL);
        assert_close("surv", sa, sb, 1e-15);
        assert_close("std_err", ea, eb, 1e-15);
    }
    ms_km_clear(&a);
    ms_km_clear(&b);
}

static void bad_data_is_refused(void **state) {
    (void)state;
    double time[] = {1, -2}, entry[] = {0, 3}, late[] = {1, 2}, weight[] = {1, -1};
    uint8_t event[] = {1, 0}, odd[] = {1, 2};
    const size_t group[] = {0, 7};
    ms_km km = {0};
    ms_error err = {0};
    ms_surv negative = {.n = 2, .time = time, .event = event};
    assert_int_equal(ms_km_fit(&negative, NULL, 1, NULL, &km, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "row 2"));
    ms_surv backwards = {.n = 2, .time = late, .entry = entry, .event = event};
    assert_int_equal(ms_km_fit(&backwards, NULL, 1, NULL, &km, &err), MS_EINPUT);
    ms_surv strange = {.n = 2, .time = late, .event = odd};
    assert_int_equal(ms_km_fit(&strange, NULL, 1, NULL, &km, &err), MS_EINPUT);
    ms_surv light = {.n = 2, .time = late, .event = event, .weight = weight};
    assert_int_equal(ms_km_fit(&light, NULL, 1, NULL, &km, &err), MS_EINPUT);
    ms_surv fine = {.n = 2, .time = late, .event = event};
    assert_int_equal(ms_km_fit(&fine, group, 2, NULL, &km, &err), MS_EINPUT);
    ms_surv none = {.n = 0, .time = late, .event = event};
    assert_int_equal(ms_km_fit(&none, NULL, 1, NULL, &km, &err), MS_EINPUT);
    assert_null(km.curves);
}

/* Times a rounding apart are one time; with no_timefix they are two (R: survfit's timefix). */
static void near_times_are_merged(void **state) {
    (void)state;
    double time[] = {0.1 + 0.2, 0.3, 1};
    uint8_t event[] = {1, 1, 0};
    ms_surv data = {.n = 3, .time = time, .event = event};
    ms_km km = {0};
    ms_error err = {0};
    assert_ok(ms_km_fit(&data, NULL, 1, NULL, &km, &err), &err);
    assert_int_equal(km.curves[0].n_times, 2);
    ms_km_clear(&km);
    data.no_timefix = true;
    assert_ok(ms_km_fit(&data, NULL, 1, NULL, &km, &err), &err);
    assert_int_equal(km.curves[0].n_times, 3);
    ms_km_clear(&km);
}

/* ---- R's results ---- */

static void compare_array(const char *label, const char *key, const ms_km *km, size_t offset,
                          const cJSON *theirs) {
    char what[200];
    size_t i = 0;
    const cJSON *item = theirs->child;
    for (size_t g = 0; g < km->n_groups; g++)
        for (size_t k = 0; k < km->curves[g].n_times; k++, i++, item = item->next) {
            const double *array;
            memcpy(&array, (const char *)&km->curves[g] + offset, sizeof array);
            (void)ms_text_format(what, sizeof what, "%s: %s[%zu]", label, key, i);
            if (!item) fail_msg("%s: more times than R has", what);
            assert_close(what, array[k], number_of(item), TOLERANCE);
        }
    if (item) fail_msg("%s: fewer times than R has", label);
}

/* What survfit prints for a group: records, n.max, n.start, events, rmean, se(rmean), median and its
 * interval. */
static void compare_table(const char *label, const ms_km *km, const cJSON *table) {
    static const char *const keys[] = {"records", "events",  "rmean",  "se(rmean)",
                                       "median",  "0.95LCL", "0.95UCL"};
    static const int columns[] = {0, 3, 4, 5, 6, 7, 8};
    for (size_t g = 0; g < km->n_groups; g++) {
        const ms_km_curve *c = &km->curves[g];
        const double ours[] = {(double)c->n, c->events,       c->rmean,       c->rmean_se,
                               c->median,    c->median_lower, c->median_upper};
        const cJSON *data = cJSON_GetObjectItemCaseSensitive(table, "data");
        for (size_t i = 0; i < MS_COUNT(keys); i++)
            assert_close(label, ours[i],
                         number_of(data ? cJSON_GetArrayItem(cJSON_GetArrayItem(data, (int)g), columns[i])
                                        : member(table, keys[i])),
                         TOLERANCE);
    }
}

static void compare_quantiles(const char *label, const ms_km *km, const cJSON *quantiles) {
    static const char *const keys[] = {"quantile", "lower", "upper"};
    static const double shares[] = {0.25, 0.5, 0.75};
    for (size_t g = 0; g < km->n_groups; g++)
        for (int q = 0; q < 3; q++) {
            double ours[3];
            ms_km_quantile(&km->curves[g], shares[q], &ours[0], &ours[1], &ours[2]);
            for (size_t i = 0; i < 3; i++) {
                const cJSON *list = member(quantiles, keys[i]);
                if (cJSON_IsArray(list)) list = cJSON_GetArrayItem(list, (int)g);
                assert_close(label, ours[i], number_of(cJSON_GetArrayItem(list, q)), TOLERANCE);
            }
        }
}

static const char *const conf_names[] = {"log", "log-log", "plain", "logit", "arcsin"};

static void compare_fit(const char *label, const ms_km *km, const cJSON *r) {
    compare_array(label, "lower", km, offsetof(ms_km_curve, lower), member(r, "lower"));
    compare_array(label, "upper", km, offsetof(ms_km_curve, upper), member(r, "upper"));
    compare_quantiles(label, km, member(r, "quantiles"));
    if (!cJSON_GetObjectItemCaseSensitive(r, "time")) return;
    compare_array(label, "time", km, offsetof(ms_km_curve, time), member(r, "time"));
    compare_array(label, "n.risk", km, offsetof(ms_km_curve, n_risk), member(r, "n.risk"));
    compare_array(label, "n.event", km, offsetof(ms_km_curve, n_event), member(r, "n.event"));
    compare_array(label, "n.censor", km, offsetof(ms_km_curve, n_censor), member(r, "n.censor"));
    compare_array(label, "surv", km, offsetof(ms_km_curve, surv), member(r, "surv"));
    compare_array(label, "cumhaz", km, offsetof(ms_km_curve, cumhaz), member(r, "cumhaz"));
    compare_array(label, "std.chaz", km, offsetof(ms_km_curve, std_chaz), member(r, "std.chaz"));
    compare_table(label, km, member(r, "table"));
    /* R's std.err is of log S; ours is of S */
    const cJSON *item = member(r, "std.err")->child;
    for (size_t g = 0; g < km->n_groups; g++)
        for (size_t k = 0; k < km->curves[g].n_times; k++, item = item->next) {
            double surv = km->curves[g].surv[k];
            if (surv > 0) assert_close(label, km->curves[g].std_err[k] / surv, number_of(item), TOLERANCE);
        }
}

/* "Surv(...) ~ GROUP TYPE", "FH stype2 ctype1 (Nelson-Aalen)" and "conf.int .9 log-log" of one file. */
static void compare_file(const char *file, const char *data, const char *time, const char *event,
                         const char *value) {
    cJSON *root = read_reference(file);
    ms_table *table = read_data(data);
    size_t compared = 0;
    for (const cJSON *r = root->child; r; r = r->next) {
        char group[64] = "", type[32] = "";
        ms_km_options options;
        ms_km km = {0};
        ms_error err = {0};
        ms_km_options_default(&options);
        const char *tilde = strstr(r->string, " ~ ");
        if (tilde) {
            const char *space = strchr(tilde + 3, ' ');
            (void)ms_text_format(group, sizeof group, "%.*s", (int)(space - tilde - 3), tilde + 3);
            (void)ms_text_format(type, sizeof type, "%s", space + 1);
        } else if (strstr(r->string, "ctype1")) {
            options.type = MS_KM_FLEMING_HARRINGTON;
        } else {
            continue;
        }
        for (size_t i = 0; i < MS_COUNT(conf_names); i++)
            if (strcmp(type, conf_names[i]) == 0) options.conf_type = (ms_conf_type)i;
        bool grouped = *group && strcmp(group, "1") != 0;
        ms_surv_columns columns = {
            .time = time, .event = event, .event_value = value, .group = grouped ? group : NULL};
        /* R's own order of these factors is not alphabetical (colon's rx, veteran's celltype) */
        if (strcmp(group, "celltype") == 0 || strcmp(group, "rx") == 0) continue;
        ms_surv_frame f = frame_of(table, columns);
        assert_ok(ms_km_fit(&f.data, grouped ? f.group.codes : NULL, grouped ? f.group.n_levels : 1, &options,
                            &km, &err),
                  &err);
        compare_fit(r->string, &km, r);
        compared++;
        ms_km_clear(&km);
        ms_surv_frame_clear(&f);
    }
    assert_true(compared >= 6);
    ms_table_free(table);
    cJSON_Delete(root);
}

static void as_r_aml(void **state) {
    (void)state;
    compare_file("km_aml", "aml", "time", "status", NULL);
}
static void as_r_lung(void **state) {
    (void)state;
    compare_file("km_lung", "lung", "time", "status", "2");
}
static void as_r_pbc(void **state) {
    (void)state;
    compare_file("km_pbc", "pbc", "time", "status", "2");
}
static void as_r_flchain(void **state) {
    (void)state;
    compare_file("km_flchain", "flchain", "futime", "death", NULL);
}
static void as_r_others(void **state) {
    (void)state;
    compare_file("km_kidney", "kidney", "time", "status", NULL);
    compare_file("km_mgus2", "mgus2", "futime", "death", NULL);
    compare_file("km_veteran", "veteran", "time", "status", NULL);
    compare_file("km_myeloid", "myeloid", "futime", "death", NULL);
    compare_file("km_ovarian", "ovarian", "futime", "fustat", NULL);
}

/* Delayed entry: heart's (start, stop] with and without groups. */
static void as_r_delayed_entry(void **state) {
    (void)state;
    cJSON *root = read_reference("km_special");
    ms_table *table = read_data("heart");
    for (int grouped = 0; grouped < 2; grouped++) {
        ms_surv_columns columns = {
            .time = "stop", .event = "event", .entry = "start", .group = grouped ? "transplant" : NULL};
        ms_surv_frame f = frame_of(table, columns);
        ms_km km = {0};
        ms_error err = {0};
        const char *key = grouped ? "heart_startstop" : "heart_startstop1";
        assert_ok(ms_km_fit(&f.data, grouped ? f.group.codes : NULL, grouped ? 2 : 1, NULL, &km, &err), &err);
        const cJSON *r = member(root, key);
        compare_array(key, "surv", &km, offsetof(ms_km_curve, surv), member(r, "surv"));
        compare_array(key, "n.risk", &km, offsetof(ms_km_curve, n_risk), member(r, "n.risk"));
        compare_array(key, "n.censor", &km, offsetof(ms_km_curve, n_censor), member(r, "n.censor"));
        compare_array(key, "lower", &km, offsetof(ms_km_curve, lower), member(r, "lower"));
        compare_array(key, "upper", &km, offsetof(ms_km_curve, upper), member(r, "upper"));
        ms_km_clear(&km);
        ms_surv_frame_clear(&f);
    }
    ms_table_free(table);
    cJSON_Delete(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(textbook_curve),
        cmocka_unit_test(weights_repeat_rows),
        cmocka_unit_test(bad_data_is_refused),
        cmocka_unit_test(split_intervals_are_the_same),
        cmocka_unit_test(near_times_are_merged),
        cmocka_unit_test(as_r_aml),
        cmocka_unit_test(as_r_lung),
        cmocka_unit_test(as_r_pbc),
        cmocka_unit_test(as_r_flchain),
        cmocka_unit_test(as_r_others),
        cmocka_unit_test(as_r_delayed_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
