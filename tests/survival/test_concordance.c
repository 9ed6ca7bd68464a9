/* Concordance against its definition over all pairs, and against R's concordance. */
#include "survival/reference.h"

enum { N = 60 };
typedef struct sample {
    double time[N], entry[N], weight[N], risk[N];
    uint8_t event[N];
    size_t stratum[N];
} sample;

static void make_sample(sample *s, uint64_t seed) {
    for (size_t i = 0; i < N; i++) {
        s->time[i] = floor(1 + 12 * next_random(&seed));
        s->entry[i] = floor(s->time[i] * next_random(&seed)) - 1;
        s->event[i] = next_random(&seed) < 0.6;
        s->weight[i] = floor(1 + 3 * next_random(&seed)) / 2;
        s->risk[i] = floor(6 * next_random(&seed));
        s->stratum[i] = (size_t)(3 * next_random(&seed));
    }
}

/* Every pair by the definition in the header. */
static void count_pairs(const ms_surv *d, const double *risk, double counts[5]) {
    for (size_t i = 0; i < d->n; i++)
        for (size_t j = 0; j < d->n; j++) {
            if (i == j || !d->event[i] || (d->stratum && d->stratum[i] != d->stratum[j])) continue;
            double w = (d->weight ? d->weight[i] * d->weight[j] : 1);
            if (d->event[j] && d->time[j] == d->time[i]) {
                if (j > i) counts[risk[i] == risk[j] ? 4 : 3] += w;
                continue;
            }
            if (d->time[j] < d->time[i] || (d->entry && d->entry[j] >= d->time[i])) continue;
            counts[risk[i] > risk[j] ? 0 : risk[i] < risk[j] ? 1 : 2] += w;
        }
}

static void equals_the_count_of_pairs(void **state) {
    (void)state;
    sample s;
    for (uint64_t seed = 1; seed < 13; seed++) {
        make_sample(&s, seed);
        ms_surv d = {.n = N, .time = s.time, .event = s.event};
        if (seed & 1) d.weight = s.weight;
        if (seed & 2) d.entry = s.entry;
        if (seed & 4) {
            d.stratum = s.stratum;
            d.n_strata = 3;
        }
        double counts[5] = {0};
        ms_concordance c;
        ms_error err = {0};
        count_pairs(&d, s.risk, counts);
        assert_ok(ms_concordance_compute(&d, s.risk, NULL, &c, &err), &err);
        assert_close("concordant", c.concordant, counts[0], 1e-12);
        assert_close("discordant", c.discordant, counts[1], 1e-12);
        assert_close("tied_risk", c.tied_risk, counts[2], 1e-12);
        assert_close("tied_time", c.tied_time, counts[3], 1e-12);
        assert_close("tied_both", c.tied_both, counts[4], 1e-12);
        assert_close("c", c.c, (counts[0] + counts[2] / 2) / (counts[0] + counts[1] + counts[2]), 1e-13);
    }
}

/* The jackknife's standard error from derivatives of C in each row's weight, taken numerically. */
static void standard_error_is_of_weight_derivatives(void **state) {
    (void)state;
    sample s;
    ms_error err = {0};
    make_sample(&s, 99);
    ms_surv d = {.n = N, .time = s.time, .entry = s.entry, .event = s.event, .weight = s.weight};
    ms_concordance c, up, down;
    double rows[N];
    ms_concordance_options options;
    ms_concordance_options_default(&options);
    options.influence = rows;
    assert_ok(ms_concordance_compute(&d, s.risk, &options, &c, &err), &err);
    double sum = 0, step = 1e-5;
    for (size_t i = 0; i < N; i++) {
        double weight = s.weight[i];
        s.weight[i] = weight + step;
        assert_ok(ms_concordance_compute(&d, s.risk, NULL, &up, &err), &err);
        s.weight[i] = weight - step;
        assert_ok(ms_concordance_compute(&d, s.risk, NULL, &down, &err), &err);
        s.weight[i] = weight;
        double influence = weight * (up.c - down.c) / (2 * step);
        assert_true(fabs(influence - rows[i]) < 1e-8);
        sum += influence * influence;
    }
    assert_close("se", c.se, sqrt(sum), 1e-6);
}

static void reversed_is_the_complement(void **state) {
    (void)state;
    sample s;
    ms_error err = {0};
    make_sample(&s, 3);
    ms_surv d = {.n = N, .time = s.time, .event = s.event};
    ms_concordance a, b;
    ms_concordance_options options;
    ms_concordance_options_default(&options);
    assert_ok(ms_concordance_compute(&d, s.risk, &options, &a, &err), &err);
    options.reverse = true;
    assert_ok(ms_concordance_compute(&d, s.risk, &options, &b, &err), &err);
    assert_close("c", a.c, 1 - b.c, 1e-14);
    assert_close("se", a.se, b.se, 1e-14);
    assert_close("pairs", a.concordant, b.discordant, 0);
}

static void no_pairs_is_not_a_number(void **state) {
    (void)state;
    double time[] = {1, 2}, risk[] = {1, 2}, missing[] = {1, NAN};
    uint8_t event[] = {0, 0};
    ms_surv d = {.n = 2, .time = time, .event = event};
    ms_concordance c;
    ms_error err = {0};
    assert_ok(ms_concordance_compute(&d, risk, NULL, &c, &err), &err);
    assert_true(isnan(c.c) && isnan(c.se));
    assert_int_equal(ms_concordance_compute(&d, missing, NULL, &c, &err), MS_EINPUT);
}

/* ---- R's results ---- */

static void compare(const char *label, const ms_concordance *c, const cJSON *r) {
    static const char *const keys[] = {"concordant", "discordant", "tied.x", "tied.y", "tied.xy"};
    const double ours[] = {c->concordant, c->discordant, c->tied_risk, c->tied_time, c->tied_both};
    const cJSON *count = member(r, "count"), *value = member(r, "concordance");
    assert_close(label, c->c, number_of(cJSON_IsArray(value) ? value->child : value), TOLERANCE);
    assert_close(label, c->se, number_of(member(r, "se")), TOLERANCE);
    for (int i = 0; i < 5; i++) {
        const cJSON *data = cJSON_GetObjectItemCaseSensitive(count, "data");
        double sum = 0;
        for (const cJSON *row = data ? data->child : NULL; row; row = row->next)
            sum += number_of(cJSON_GetArrayItem(row, i));
        assert_close(label, ours[i], data ? sum : number_of(member(count, keys[i])), TOLERANCE);
    }
}

static ms_timewt timewt_of(const char *name) {
    static const char *const names[] = {"n", "S", "S/G", "n/G2", "I"};
    for (size_t i = 0; i < MS_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) return (ms_timewt)i;
    return MS_TIMEWT_N;
}

/* "DATA coxfit WEIGHT" with the linear predictors and the response in "DATA lp". */
static void as_r_with_given_scores(void **state) {
    (void)state;
    cJSON *root = read_reference("concordance");
    size_t compared = 0;
    for (const cJSON *r = root->child; r; r = r->next) {
        char data[32], timewt[16], key[64];
        if (sscanf(r->string, "%31s coxfit %15s", data, timewt) != 2) continue;
        (void)ms_text_format(key, sizeof key, "%s lp", data);
        const cJSON *lp = member(member(root, key), "lp"), *y = member(member(root, key), "y");
        size_t n = (size_t)cJSON_GetArraySize(lp), i = 0;
        double *time = calloc(n, sizeof *time), *entry = calloc(n, sizeof *entry),
               *risk = calloc(n, sizeof *risk);
        uint8_t *event = calloc(n, 1);
        bool counting = cJSON_GetArraySize(y->child) == 3;
        for (const cJSON *a = lp->child, *b = y->child; a; a = a->next, b = b->next, i++) {
            const cJSON *cell = b->child;
            if (counting) {
                entry[i] = number_of(cell);
                cell = cell->next;
            }
            time[i] = number_of(cell);
            event[i] = (uint8_t)number_of(cell->next);
            risk[i] = number_of(a);
        }
        /* the fit's own times are merged already */
        ms_surv d = {.n = n, .time = time, .event = event, .entry = counting ? entry : NULL};
        ms_concordance_options options;
        ms_concordance c;
        ms_error err = {0};
        ms_concordance_options_default(&options);
        options.timewt = timewt_of(timewt);
        assert_ok(ms_concordance_compute(&d, risk, &options, &c, &err), &err);
        compare(r->string, &c, r);
        compared++;
        free(time);
        free(entry);
        free(risk);
        free(event);
    }
    assert_true(compared >= 21);
    cJSON_Delete(root);
}

static void compare_lung(const cJSON *root, const char *key, const char *risk, const char *strata,
                         const char *cluster, ms_concordance_options options) {
    ms_table *table = read_data("lung");
    /* rows without a cluster are left out by asking for it as strata first */
    ms_surv_columns columns = {.time = "time",
                               .event = "status",
                               .event_value = "2",
                               .risk = risk,
                               .strata = cluster ? cluster : strata};
    ms_surv_frame f = frame_of(table, columns);
    ms_surv d = f.data;
    ms_concordance c;
    ms_error err = {0};
    if (cluster) {
        options.cluster = f.strata.codes;
        options.n_clusters = f.strata.n_levels;
        d.stratum = NULL;
    }
    assert_ok(ms_concordance_compute(&d, f.risk, &options, &c, &err), &err);
    compare(key, &c, member(root, key));
    ms_surv_frame_clear(&f);
    ms_table_free(table);
}

/* Two models on the same patients: R's concordance(coxph(~ age + sex), coxph(~ ph.ecog)), of whose covariance
 * the influences are the parts. */
static void as_r_two_models(void **state) {
    (void)state;
    cJSON *root = read_reference("concordance");
    const cJSON *r = member(root, "compare two models"), *var = member(r, "var");
    ms_table *table = read_data("lung");
    ms_model_frame f[2] = {0};
    ms_cox cox[2] = {0};
    double *influence[2] = {0};
    ms_error err = {0};
    static const char *const formulas[] = {"Surv(time, status == 2) ~ age + sex + strata(ph.ecog >= 0)",
                                           "Surv(time, status == 2) ~ ph.ecog"};
    for (size_t m = 0; m < 2; m++) {
        /* the stratum of all who have ph.ecog drops the one who has not */
        assert_ok(ms_model_frame_read(table, formulas[m], NULL, &f[m], &err), &err);
        assert_ok(ms_cox_fit(&f[m].data, &f[m].design, NULL, &cox[m], &err), &err);
        ms_concordance_options options;
        ms_concordance c;
        ms_concordance_options_default(&options);
        options.influence = influence[m] = calloc(f[m].n, sizeof(double));
        assert_ok(ms_concordance_compute(&f[m].data, cox[m].lp, &options, &c, &err), &err);
        assert_close("c", c.c, number_of(member(member(r, "concordance"), m ? "f2" : "f1")), TOLERANCE);
    }
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) {
            double sum = 0;
            for (size_t i = 0; i < f[0].n; i++) sum += influence[a][i] * influence[b][i];
            assert_close("var", sum, number_of(cJSON_GetArrayItem(cJSON_GetArrayItem(var, a), b)), TOLERANCE);
        }
    for (size_t m = 0; m < 2; m++) {
        free(influence[m]);
        ms_cox_clear(&cox[m]);
        ms_model_frame_clear(&f[m]);
    }
    ms_table_free(table);
    cJSON_Delete(root);
}

static void as_r_lung(void **state) {
    (void)state;
    static const char *const weights[] = {"n", "S", "S/G", "n/G2", "I"};
    cJSON *root = read_reference("concordance");
    ms_concordance_options plain, cut;
    char key[64];
    ms_concordance_options_default(&plain);
    for (size_t i = 0; i < MS_COUNT(weights); i++) {
        cut = plain;
        cut.timewt = (ms_timewt)i;
        (void)ms_text_format(key, sizeof key, "lung ph.ecog reverse %s", weights[i]);
        compare_lung(root, key, "ph.ecog", NULL, NULL, cut);
        cut.tau = 365;
        (void)ms_text_format(key, sizeof key, "lung ph.ecog ymax365 %s", weights[i]);
        compare_lung(root, key, "ph.ecog", NULL, NULL, cut);
    }
    compare_lung(root, "lung strata sex", "age", "sex", NULL, plain);
    compare_lung(root, "lung cluster inst", "age", NULL, "inst", plain);
    cJSON_Delete(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_count_of_pairs),
        cmocka_unit_test(standard_error_is_of_weight_derivatives),
        cmocka_unit_test(reversed_is_the_complement),
        cmocka_unit_test(no_pairs_is_not_a_number),
        cmocka_unit_test(as_r_with_given_scores),
        cmocka_unit_test(as_r_lung),
        cmocka_unit_test(as_r_two_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
