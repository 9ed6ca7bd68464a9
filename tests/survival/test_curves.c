/* Everything in ../shared/survival/R/km_*.json: each entry of each file, groups matched by name; and
 * restricted means compared, landmarks and corrections, against R and by facts that need no reference. */
#include "survival/reference.h"

#include "myosurv/survival_curves.h"

typedef struct data_set {
    const char *file, *data, *time, *event, *value;
    const char *only, *only_value; /* rows with this value in this column; or NULL */
} data_set;

/* The rows of a table with one value in a column. */
static ms_table *rows_where(const ms_table *table, const char *column, const char *value) {
    ms_error err = {0};
    ms_table *out = NULL;
    size_t at, row, c;
    assert_true(ms_table_find(table, column, &at));
    assert_ok(ms_table_new(&out, ms_table_name(table), &err), &err);
    for (c = 0; c < ms_table_columns(table); c++) {
        size_t same;
        assert_ok(ms_table_add_column(out, ms_table_column_name(table, c), &same, &err), &err);
    }
    for (size_t i = 0; i < ms_table_rows(table); i++) {
        if (strcmp(ms_table_cell(table, i, at), value) != 0) continue;
        assert_ok(ms_table_add_row(out, &row, &err), &err);
        for (c = 0; c < ms_table_columns(table); c++)
            assert_ok(ms_table_set(out, row, c, ms_table_cell(table, i, c), &err), &err);
    }
    return out;
}

/* Which of our groups R's g-th is: "celltype=smallcell". Without names there is one. */
static size_t group_of(const ms_surv_frame *f, const cJSON *strata, size_t g) {
    const cJSON *item = strata ? cJSON_GetArrayItem(strata, (int)g) : NULL;
    if (!item || !item->string) return 0;
    const char *name = strchr(item->string, '=') + 1;
    for (size_t k = 0; k < f->group.n_levels; k++)
        if (strcmp(f->group.levels[k], name) == 0) return k;
    fail_msg("no group '%s'", name);
    return 0;
}

static void compare_array(const char *label, const char *key, const ms_km *km, const ms_surv_frame *f,
                          const cJSON *strata, size_t offset, const cJSON *r) {
    char what[200];
    const cJSON *item = member(r, key)->child;
    size_t i = 0;
    for (size_t g = 0; g < km->n_groups; g++) {
        const ms_km_curve *c = &km->curves[group_of(f, strata, g)];
        const double *values;
        memcpy(&values, (const char *)c + offset, sizeof values);
        for (size_t k = 0; k < c->n_times; k++, i++, item = item->next) {
            (void)ms_text_format(what, sizeof what, "%s: %s[%zu]", label, key, i);
            if (!item) fail_msg("%s: more times than R has", what);
            double ours = values[k];
            if (strcmp(key, "std.err") == 0) { /* R's is of log S where logse says so */
                if (!(c->surv[k] > 0)) continue;
                ours /= c->surv[k];
            }
            assert_close(what, ours, number_of(item), TOLERANCE);
        }
    }
    if (item) fail_msg("%s: %s: fewer times than R has", label, key);
}

static void compare_quantiles(const char *label, const ms_km *km, const ms_surv_frame *f, const cJSON *strata,
                              const cJSON *quantiles) {
    static const char *const keys[] = {"quantile", "lower", "upper"};
    static const double shares[] = {0.25, 0.5, 0.75};
    for (size_t g = 0; g < km->n_groups; g++)
        for (int q = 0; q < 3; q++) {
            double ours[3];
            ms_km_quantile(&km->curves[group_of(f, strata, g)], shares[q], &ours[0], &ours[1], &ours[2]);
            for (size_t i = 0; i < 3; i++) {
                const cJSON *list = member(quantiles, keys[i]);
                if (cJSON_IsArray(list)) list = cJSON_GetArrayItem(list, (int)g);
                assert_close(label, ours[i], number_of(cJSON_GetArrayItem(list, q)), TOLERANCE);
            }
        }
}

static void compare_table(const char *label, const ms_km *km, const ms_surv_frame *f, const cJSON *strata,
                          const cJSON *table) {
    static const char *const keys[] = {"records", "events",  "rmean",  "se(rmean)",
                                       "median",  "0.95LCL", "0.95UCL"};
    static const int columns[] = {0, 3, 4, 5, 6, 7, 8};
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(table, "data");
    for (size_t g = 0; g < km->n_groups; g++) {
        const ms_km_curve *c = &km->curves[group_of(f, strata, g)];
        const double ours[] = {(double)c->n, c->events,       c->rmean,       c->rmean_se,
                               c->median,    c->median_lower, c->median_upper};
        for (size_t i = 0; i < MS_COUNT(keys); i++) {
            const cJSON *theirs = data ? cJSON_GetArrayItem(cJSON_GetArrayItem(data, (int)g), columns[i])
                                       : member(table, keys[i]);
            assert_close(label, ours[i], number_of(theirs), TOLERANCE);
        }
    }
}

/* All that an entry has. `strata` is the entry's own, or that of the one with the same groups. */
static void compare_entry(const char *label, const ms_km *km, const ms_surv_frame *f, const cJSON *strata,
                          const cJSON *r) {
    static const struct {
        const char *key;
        size_t offset;
    } arrays[] = {
        {"time", offsetof(ms_km_curve, time)},         {"n.risk", offsetof(ms_km_curve, n_risk)},
        {"n.event", offsetof(ms_km_curve, n_event)},   {"n.censor", offsetof(ms_km_curve, n_censor)},
        {"surv", offsetof(ms_km_curve, surv)},         {"cumhaz", offsetof(ms_km_curve, cumhaz)},
        {"std.chaz", offsetof(ms_km_curve, std_chaz)}, {"std.err", offsetof(ms_km_curve, std_err)},
        {"lower", offsetof(ms_km_curve, lower)},       {"upper", offsetof(ms_km_curve, upper)}};
    bool compared = false;
    for (size_t i = 0; i < MS_COUNT(arrays); i++) {
        if (!cJSON_HasObjectItem(r, arrays[i].key)) continue;
        /* robust fits have std.err of S itself (logse FALSE): compared with the intervals */
        const cJSON *logse = cJSON_GetObjectItemCaseSensitive(r, "logse");
        if (strcmp(arrays[i].key, "std.err") == 0 && cJSON_IsFalse(logse)) continue;
        compare_array(label, arrays[i].key, km, f, strata, arrays[i].offset, r);
        compared = true;
    }
    if (!compared) fail_msg("%s: nothing to compare", label);
    if (cJSON_HasObjectItem(r, "quantiles")) compare_quantiles(label, km, f, strata, member(r, "quantiles"));
    if (cJSON_HasObjectItem(r, "table")) compare_table(label, km, f, strata, member(r, "table"));
}

/* "summary times": n.event is of the time since the one before. */
static void compare_summary(const char *label, const ms_km_curve *c, const cJSON *r) {
    const cJSON *times = member(r, "time");
    double last = -1;
    for (int i = 0; i < cJSON_GetArraySize(times); i++) {
        double t = number_of(cJSON_GetArrayItem(times, i)), ours[6], events = 0;
        static const char *const keys[] = {"surv", "std.err", "lower", "upper", "n.risk", "n.event"};
        ms_km_at(c, t, &ours[0], &ours[1], &ours[2], &ours[3], &ours[4]);
        for (size_t k = 0; k < c->n_times; k++)
            if (c->time[k] > last && c->time[k] <= t) events += c->n_event[k];
        ours[5] = events;
        last = t;
        for (size_t k = 0; k < 6; k++)
            assert_close(label, ours[k], number_of(cJSON_GetArrayItem(member(r, keys[k]), i)), TOLERANCE);
    }
}

static ms_conf_type conf_of(const char *name) {
    static const char *const names[] = {"log", "log-log", "plain", "logit", "arcsin"};
    for (size_t i = 0; i < MS_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) return (ms_conf_type)i;
    fail_msg("interval '%s'", name);
    return MS_CONF_LOG;
}

/* What an entry's name asks for. */
static void read_key(const char *key, char group[64], ms_km_options *options, ms_km_types *types) {
    const char *tilde = strstr(key, " ~ ");
    *group = '\0';
    ms_km_options_default(options);
    *types = (ms_km_types){0};
    if (tilde) {
        const char *space = strchr(tilde + 3, ' ');
        (void)ms_text_format(group, 64, "%.*s", (int)(space - tilde - 3), tilde + 3);
        options->conf_type = conf_of(space + 1);
    } else if (strstr(key, "stype2")) {
        types->from_hazard = true;
        types->split_ties = strstr(key, "ctype2") != NULL;
    } else if (strstr(key, "conf.int .9 log-log")) {
        options->conf_level = 0.9;
        options->conf_type = MS_CONF_LOG_LOG;
    } else if (strncmp(key, "rmst ", 5) == 0) {
        assert_true(ms_parse_number(key + 5, &options->rmean_until));
    } else if (strcmp(key, "summary times") != 0) {
        fail_msg("unknown entry '%s'", key);
    }
}

static void compare_file(const data_set *set) {
    cJSON *root = read_reference(set->file);
    ms_table *table = read_data(set->data);
    const cJSON *strata = NULL;
    if (set->only) {
        ms_table *some = rows_where(table, set->only, set->only_value);
        ms_table_free(table);
        table = some;
    }
    for (const cJSON *r = root->child; r; r = r->next) {
        char group[64];
        ms_km_options options;
        ms_km_types types;
        ms_km km = {0};
        ms_error err = {0};
        read_key(r->string, group, &options, &types);
        bool grouped = *group && strcmp(group, "1") != 0;
        ms_surv_columns columns = {.time = set->time,
                                   .event = set->event,
                                   .event_value = set->value,
                                   .group = grouped ? group : NULL};
        ms_surv_frame f = frame_of(table, columns);
        assert_ok(ms_km_fit_types(&f.data, grouped ? f.group.codes : NULL, grouped ? f.group.n_levels : 1,
                                  &options, types, &km, &err),
                  &err);
        if (cJSON_HasObjectItem(r, "strata")) strata = member(r, "strata");
        if (strcmp(r->string, "summary times") == 0)
            compare_summary(r->string, km.curves, r);
        else if (strncmp(r->string, "rmst", 4) == 0)
            compare_table(r->string, &km, &f, NULL, r);
        else
            compare_entry(r->string, &km, &f, grouped ? strata : NULL, r);
        ms_km_clear(&km);
        ms_surv_frame_clear(&f);
    }
    ms_table_free(table);
    cJSON_Delete(root);
}

static void every_entry_of_every_file(void **state) {
    (void)state;
    static const data_set sets[] = {{"km_aml", "aml", "time", "status", NULL, NULL, NULL},
                                    {"km_colon_death", "colon", "time", "status", NULL, "etype", "2"},
                                    {"km_kidney", "kidney", "time", "status", NULL, NULL, NULL},
                                    {"km_lung", "lung", "time", "status", "2", NULL, NULL},
                                    {"km_mgus2", "mgus2", "futime", "death", NULL, NULL, NULL},
                                    {"km_myeloid", "myeloid", "futime", "death", NULL, NULL, NULL},
                                    {"km_ovarian", "ovarian", "futime", "fustat", NULL, NULL, NULL},
                                    {"km_pbc", "pbc", "time", "status", "2", NULL, NULL},
                                    {"km_veteran", "veteran", "time", "status", NULL, NULL, NULL},
                                    {"km_flchain", "flchain", "futime", "death", NULL, NULL, NULL}};
    for (size_t i = 0; i < MS_COUNT(sets); i++) compare_file(&sets[i]);
}

/* lung with the weights 1, 2, 0.5, 1.5 over and over, and mgus2 on the scale of age. */
static void the_special_ones(void **state) {
    (void)state;
    static const double pattern[] = {1, 2, 0.5, 1.5};
    cJSON *root = read_reference("km_special");
    ms_table *table = read_data("lung");
    ms_error err = {0};
    for (int grouped = 0; grouped < 2; grouped++) {
        ms_surv_columns columns = {
            .time = "time", .event = "status", .event_value = "2", .group = grouped ? "sex" : NULL};
        ms_surv_frame f = frame_of(table, columns);
        ms_km km = {0};
        double weight[228];
        const cJSON *r = member(root, grouped ? "weighted_sex" : "weighted");
        for (size_t i = 0; i < f.n; i++) weight[i] = pattern[i % 4];
        f.data.weight = weight;
        assert_ok(ms_km_fit(&f.data, grouped ? f.group.codes : NULL, grouped ? 2 : 1, NULL, &km, &err), &err);
        compare_entry(r->string, &km, &f, grouped ? member(r, "strata") : NULL, r);
        if (!grouped) compare_entry("weighted_robust", &km, &f, NULL, member(root, "weighted_robust"));
        ms_km_clear(&km);
        ms_surv_frame_clear(&f);
    }
    ms_table_free(table);
    table = read_data("mgus2");
    ms_surv_frame f = frame_of(table, (ms_surv_columns){.time = "futime", .event = "death", .risk = "age"});
    double *start = ms_calloc(f.n, sizeof *start), *stop = ms_calloc(f.n, sizeof *stop);
    size_t n = 0;
    for (size_t i = 0; i < f.n; i++) {
        if (!(f.time[i] > 0)) continue;
        start[n] = f.risk[i];
        stop[n] = f.risk[i] + f.time[i] / 12;
        f.event[n++] = f.event[i];
    }
    ms_surv data = {.n = n, .time = stop, .entry = start, .event = f.event};
    ms_km km = {0};
    assert_ok(ms_km_fit(&data, NULL, 1, NULL, &km, &err), &err);
    compare_array("mgus2 by age", "surv", &km, &f, NULL, offsetof(ms_km_curve, surv),
                  member(root, "mgus2_age_scale"));
    compare_array("mgus2 by age", "std.err", &km, &f, NULL, offsetof(ms_km_curve, std_err),
                  member(root, "mgus2_age_scale"));
    compare_array("mgus2 by age", "n.risk", &km, &f, NULL, offsetof(ms_km_curve, n_risk),
                  member(root, "mgus2_age_scale"));
    ms_km_clear(&km);
    free(start);
    free(stop);
    ms_surv_frame_clear(&f);
    ms_table_free(table);
    cJSON_Delete(root);
}

/* ---- without ../shared
 * --------------------------------------------------------------------------------------- */

static double aml_time[] = {9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5,
                            5, 8,  8,  12, 16, 23, 27, 30, 33, 43, 45};
static uint8_t aml_event[] = {1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1};
static const size_t aml_group[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const ms_surv aml = {.n = 23, .time = aml_time, .event = aml_event};

/* R 4.2.2, survival 3.5-3: f <- survfit(Surv(time, status) ~ 1, aml, stype = s, ctype = c); f$surv[2],
 * f$cumhaz[2], f$std.err[2], f$std.chaz[2] (at t = 8: the second of two pairs of ties). */
static void stype_and_ctype(void **state) {
    (void)state;
    static const struct {
        ms_km_types types;
        double surv, cumhaz, se_log, std_chaz;
    } rows[] = {{{false, false}, 19.0 / 23, 2.0 / 23 + 2.0 / 21, 0, 0},
                {{false, true}, 19.0 / 23, 1.0 / 23 + 1.0 / 22 + 1.0 / 21 + 1.0 / 20, 0, 0},
                {{true, false}, 0, 2.0 / 23 + 2.0 / 21, 0, 0},
                {{true, true}, 0, 1.0 / 23 + 1.0 / 22 + 1.0 / 21 + 1.0 / 20, 0, 0}};
    double whole = sqrt(2.0 / (23 * 23) + 2.0 / (21 * 21)),
           split = sqrt(1.0 / (23 * 23) + 1.0 / (22 * 22) + 1.0 / (21 * 21) + 1.0 / (20 * 20)),
           greenwood = sqrt(2.0 / (23 * 21) + 2.0 / (21 * 19));
    for (size_t i = 0; i < MS_COUNT(rows); i++) {
        ms_km km = {0};
        ms_error err = {0};
        double hazard_se = rows[i].types.split_ties ? split : whole;
        assert_ok(ms_km_fit_types(&aml, NULL, 1, NULL, rows[i].types, &km, &err), &err);
        const ms_km_curve *c = km.curves;
        double surv = rows[i].types.from_hazard ? exp(-rows[i].cumhaz) : rows[i].surv;
        assert_close("cumhaz", c->cumhaz[1], rows[i].cumhaz, 1e-14);
        assert_close("surv", c->surv[1], surv, 1e-14);
        assert_close("std_chaz", c->std_chaz[1], hazard_se, 1e-14);
        assert_close("std_err", c->std_err[1], surv * (rows[i].types.from_hazard ? hazard_se : greenwood),
                     1e-14);
        ms_km_clear(&km);
    }
}

/* A weight of 2 counts as one death of weight 2, not as two deaths: R, survfit(weights =, ctype = 2). */
static void split_ties_by_rows(void **state) {
    (void)state;
    double time[] = {1, 1, 2}, weight[] = {2, 1, 1};
    uint8_t event[] = {1, 1, 0};
    ms_surv data = {.n = 3, .time = time, .event = event, .weight = weight};
    ms_km km = {0};
    ms_error err = {0};
    assert_ok(ms_km_fit_types(&data, NULL, 1, NULL, (ms_km_types){.split_ties = true}, &km, &err), &err);
    assert_close("cumhaz", km.curves->cumhaz[0], 1.5 / 4 + 1.5 / 2.5, 1e-14);
    ms_km_clear(&km);
    weight[0] = 0.5;
    assert_int_equal(ms_km_fit_types(&data, NULL, 1, NULL, (ms_km_types){.split_ties = true}, &km, &err),
                     MS_EUSAGE);
}

/* aml up to 35 weeks. The two means and standard errors are R's print(survfit, rmean = 35) of each group, 17
 * digits; the rest follows from them by survRM2's formulas. */
static void restricted_means_compared(void **state) {
    (void)state;
    ms_km km = {0};
    ms_rmst r = {0};
    ms_error err = {0};
    assert_ok(ms_km_fit(&aml, aml_group, 2, NULL, &km, &err), &err);
    assert_ok(ms_rmst_compare(&km, 35, &r, &err), &err);
    assert_close("mean", r.mean[0], 27.05681818181818, 1e-12);
    assert_close("mean", r.mean[1], 20.958333333333336, 1e-12);
    assert_close("se", r.se[0], 2.9061215819119206, 1e-10);
    assert_close("se", r.se[1], 3.4560107662833848, 1e-10);
    const ms_rmst_contrast *c = r.contrasts;
    assert_int_equal(r.n_contrasts, 1);
    assert_int_equal(c->a, 1);
    assert_close("difference", c->difference, r.mean[1] - r.mean[0], 1e-14);
    assert_close("se of it", c->difference_se, hypot(r.se[0], r.se[1]), 1e-14);
    assert_close("ratio", c->ratio, r.mean[1] / r.mean[0], 1e-14);
    assert_close("lost", c->lost, (35 - r.mean[1]) / (35 - r.mean[0]), 1e-14);
    assert_true(c->ratio_lower < c->ratio && c->ratio < c->ratio_upper && c->lost_lower < c->lost);
    ms_rmst_clear(&r);
    assert_ok(ms_rmst_compare(&km, NAN, &r, &err), &err); /* the shorter follow-up, of the second group */
    assert_close("until", r.until, 45, 0);
    ms_rmst_clear(&r);
    /* nothing is known of the first group after 161 */
    assert_int_equal(ms_rmst_compare(&km, 200, &r, &err), MS_EUSAGE);
    ms_km_clear(&km);
}

/* Above the landmark a curve with the clock kept is the whole one divided by its height there. */
static void landmark_conditions_on_survival(void **state) {
    (void)state;
    ms_table *table = table_of("t,e,w\n5,1,1\n8,1,1\n8,0,1\n12,1,1\n16,0,1\n20,1,1\n23,1,1\n");
    ms_surv_columns columns = {.time = "t", .event = "e"};
    ms_error err = {0};
    ms_km whole = {0}, kept = {0}, again = {0};
    size_t left_out = 0;
    ms_surv_frame f = frame_of(table, columns), g = frame_of(table, columns);
    assert_ok(ms_km_fit(&f.data, NULL, 1, NULL, &whole, &err), &err);
    assert_ok(ms_surv_landmark(&f, 8, false, &left_out, &err), &err);
    assert_int_equal(left_out, 3);
    assert_ok(ms_km_fit(&f.data, NULL, 1, NULL, &kept, &err), &err);
    assert_ok(ms_surv_landmark(&g, 8, true, &left_out, &err), &err);
    assert_ok(ms_km_fit(&g.data, NULL, 1, NULL, &again, &err), &err);
    for (double t = 8; t < 25; t += 1) {
        double a, b, c, at;
        ms_km_at(whole.curves, 8, &at, NULL, NULL, NULL, NULL);
        ms_km_at(whole.curves, t, &a, NULL, NULL, NULL, NULL);
        ms_km_at(kept.curves, t, &b, NULL, NULL, NULL, NULL);
        ms_km_at(again.curves, t - 8, &c, NULL, NULL, NULL, NULL);
        assert_close("clock kept", b, a / at, 1e-14);
        assert_close("clock reset", c, a / at, 1e-14);
    }
    assert_int_equal(ms_surv_landmark(&g, 100, true, &left_out, &err), MS_EINPUT);
    ms_km_clear(&whole);
    ms_km_clear(&kept);
    ms_km_clear(&again);
    ms_surv_frame_clear(&f);
    ms_surv_frame_clear(&g);
    ms_table_free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stype_and_ctype),           cmocka_unit_test(split_ties_by_rows),
        cmocka_unit_test(restricted_means_compared), cmocka_unit_test(landmark_conditions_on_survival),
        cmocka_unit_test(every_entry_of_every_file), cmocka_unit_test(the_special_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
