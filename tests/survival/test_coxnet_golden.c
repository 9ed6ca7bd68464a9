/* The elastic net path against glmnet 4.1-6 at thresh = 1e-20 (tests/golden/survival/coxnet.json, made by
 * coxnet.R beside it), against its own optimality conditions written out over all pairs of rows, and with bad
 * input. */
#include "survival/reference.h"

#include "myosurv/survival_net.h"

enum { MOST = 128, WIDE = 16 };

typedef struct sample {
    size_t n, p;
    double time[MOST], entry[MOST], weight[MOST], offset[MOST], x[MOST * WIDE], factor[WIDE];
    uint8_t event[MOST];
    size_t stratum[MOST], fold[MOST];
    ms_surv data;
    ms_design design;
} sample;

static void point(sample *s) {
    s->data = (ms_surv){.n = s->n, .time = s->time, .event = s->event};
    s->design = (ms_design){.p = s->p, .x = s->x};
}

static size_t numbers(const cJSON *array, double *out) {
    size_t n = 0;
    for (const cJSON *item = array->child; item; item = item->next) out[n++] = number_of(item);
    return n;
}

static cJSON *golden(sample *s) {
    cJSON *root = read_json(MS_TEST_GOLDEN_DIR "/survival/coxnet.json");
    const cJSON *data = member(root, "data");
    double event[MOST], fold[MOST];
    s->n = numbers(member(data, "time"), s->time);
    (void)numbers(member(data, "entry"), s->entry);
    (void)numbers(member(data, "weight"), s->weight);
    (void)numbers(member(data, "offset"), s->offset);
    (void)numbers(member(data, "status"), event);
    (void)numbers(member(data, "fold"), fold);
    s->p = numbers(member(data, "factor"), s->factor);
    size_t i = 0;
    for (const cJSON *row = member(data, "x")->child; row; row = row->next, i++) {
        s->event[i] = event[i] != 0;
        s->fold[i] = (size_t)fold[i];
        assert_int_equal(numbers(row, s->x + i * s->p), s->p);
    }
    assert_int_equal(i, s->n);
    point(s);
    return root;
}

/* To 1e-8 of the largest standardised coefficient: what glmnet reaches; ours are nearer to the solution. */
static void compare(const char *key, const sample *s, const ms_coxnet_options *o, const cJSON *root,
                    double tolerance) {
    const cJSON *r = member(root, key);
    ms_error err = {0};
    ms_coxnet net = {0};
    double theirs[WIDE];
    assert_ok(ms_coxnet_fit(&s->data, &s->design, o, &net, &err), &err);
    assert_int_equal(net.n_lambda, cJSON_GetArraySize(member(r, "lambda")));
    assert_close("nulldev", net.null_deviance, number_of(member(r, "nulldev")->child), 1e-12);
    double worst = 0;
    for (size_t k = 0; k < net.n_lambda; k++) {
        double scale = 0, most = 0;
        size_t j = 0;
        assert_close("lambda", net.lambda[k], number_of(cJSON_GetArrayItem(member(r, "lambda"), (int)k)),
                     1e-9);
        if (fabs(net.dev_ratio[k] - number_of(cJSON_GetArrayItem(member(r, "dev.ratio"), (int)k))) >
            tolerance)
            fail_msg("%s: deviance ratio %zu", key, k);
        for (const cJSON *row = member(r, "beta")->child; row; row = row->next, j++) {
            theirs[j] = number_of(cJSON_GetArrayItem(row, (int)k));
            scale = fmax(scale, fabs(theirs[j] * net.sd[j]));
            most = fmax(most, fabs(theirs[j] - net.beta[k * net.p + j]) * net.sd[j]);
        }
        if (scale > 1e-30) worst = fmax(worst, most / scale);
    }
    print_message("%s: within %.1e\n", key, worst);
    if (!(worst < tolerance)) fail_msg("%s: coefficients differ by %.3g", key, worst);
    ms_coxnet_clear(&net);
}

static ms_coxnet_options twelve(double alpha) {
    ms_coxnet_options o;
    ms_coxnet_options_default(&o);
    o.alpha = alpha;
    o.n_lambda = 12;
    o.whole_path = true; /* glmnet.control(fdev = 0) */
    return o;
}

static void paths_are_glmnets(void **state) {
    (void)state;
    sample s;
    cJSON *root = golden(&s);
    ms_coxnet_options o = twelve(1);
    compare("lasso", &s, &o, root, 1e-8);
    o = twelve(0.5);
    compare("net", &s, &o, root, 1e-8);
    o = twelve(0);
    compare("ridge", &s, &o, root, 1e-8);
    o = twelve(0.7);
    o.no_standardize = true;
    compare("units", &s, &o, root, 1e-8);
    o = twelve(0.8);
    o.penalty_factor = s.factor;
    s.data.weight = s.weight;
    s.design.offset = s.offset;
    compare("special", &s, &o, root, 1e-8);
    point(&s);
    o = twelve(1);
    s.data.entry = s.entry;
    compare("entry", &s, &o, root, 1e-8);
    cJSON_Delete(root);
}

static void compare_cv(const char *key, const sample *s, const ms_coxnet_options *o, ms_coxnet_cv_options how,
                       const cJSON *root) {
    const cJSON *r = member(root, key);
    ms_error err = {0};
    ms_coxnet_cv cv = {0};
    how.fold = s->fold;
    how.n_folds = 5;
    assert_ok(ms_coxnet_cv_fit(&s->data, &s->design, o, &how, &cv, &err), &err);
    for (size_t k = 0; k < cv.n_lambda; k++) {
        assert_close(key, cv.mean[k], number_of(cJSON_GetArrayItem(member(r, "cvm"), (int)k)), 1e-8);
        assert_close(key, cv.se[k], number_of(cJSON_GetArrayItem(member(r, "cvsd"), (int)k)), 1e-7);
    }
    assert_close("lambda.min", cv.lambda_min, number_of(member(r, "lambda.min")->child), 1e-9);
    assert_close("lambda.1se", cv.lambda_1se, number_of(member(r, "lambda.1se")->child), 1e-9);
    ms_coxnet_cv_clear(&cv);
}

static void cross_validation_is_glmnets(void **state) {
    (void)state;
    sample s;
    cJSON *root = golden(&s);
    ms_coxnet_options o = twelve(1);
    ms_coxnet_cv_options how;
    ms_coxnet_cv_options_default(&how);
    compare_cv("cv", &s, &o, how, root);
    how.ungrouped = true;
    compare_cv("cv_ungrouped", &s, &o, how, root);
    how.ungrouped = false;
    how.measure = MS_COXNET_C;
    compare_cv("cv_c", &s, &o, how, root);
    how.measure = MS_COXNET_DEVIANCE;
    s.data.weight = s.weight;
    s.design.offset = s.offset;
    o = twelve(0.5);
    compare_cv("cv_special", &s, &o, how, root);
    cJSON_Delete(root);
}

/* ---- optimality
 * --------------------------------------------------------------------------------------------- */

/* The gradient of the log partial likelihood (weights that sum to 1) in each column, by its definition. */
static void gradient(const ms_surv *d, const ms_design *design, const double *beta, double *g) {
    double eta[MOST], total = 0;
    ms_coxnet_lp(design->x, d->n, design->p, beta, eta);
    for (size_t i = 0; i < d->n; i++) {
        eta[i] += design->offset ? design->offset[i] : 0;
        total += d->weight ? d->weight[i] : 1;
    }
    for (size_t j = 0; j < design->p; j++) g[j] = 0;
    for (size_t i = 0; i < d->n; i++) {
        double sum = 0, mean[WIDE] = {0};
        if (!d->event[i]) continue;
        for (size_t k = 0; k < d->n; k++) {
            if (d->time[k] < d->time[i] || (d->entry && d->entry[k] >= d->time[i]) ||
                (d->stratum && d->stratum[k] != d->stratum[i]))
                continue;
            const double r = (d->weight ? d->weight[k] : 1) * exp(eta[k]);
            sum += r;
            for (size_t j = 0; j < design->p; j++) mean[j] += r * design->x[k * design->p + j];
        }
        for (size_t j = 0; j < design->p; j++)
            g[j] += (d->weight ? d->weight[i] : 1) / total * (design->x[i * design->p + j] - mean[j] / sum);
    }
}

static void make_sample(sample *s, uint64_t seed) {
    s->n = 100;
    s->p = WIDE;
    for (size_t i = 0; i < s->n; i++) {
        double common = next_random(&seed) - 0.5;
        for (size_t j = 0; j < s->p; j++)
            s->x[i * s->p + j] = (double)(j + 1) * (common + next_random(&seed));
        s->time[i] = ceil(30 * next_random(&seed) * (1.2 - common));
        s->entry[i] = floor(s->time[i] * next_random(&seed) * 0.99) - 1;
        s->event[i] = next_random(&seed) < 0.6;
        s->weight[i] = ceil(4 * next_random(&seed)) / 2;
        s->offset[i] = next_random(&seed);
        s->stratum[i] = (size_t)(3 * next_random(&seed));
    }
    for (size_t j = 0; j < s->p; j++) s->factor[j] = (double)(j % 4) / 2;
    point(s);
}

static void check_optimal(const sample *s, const ms_coxnet_options *o) {
    ms_error err = {0};
    ms_coxnet net = {0};
    double g[WIDE], sum = 0;
    assert_ok(ms_coxnet_fit(&s->data, &s->design, o, &net, &err), &err);
    for (size_t j = 0; j < s->p; j++) sum += o->penalty_factor ? o->penalty_factor[j] : 1;
    for (size_t k = 1; k < net.n_lambda; k++) {
        const double *beta = net.beta + k * net.p;
        gradient(&s->data, &s->design, beta, g);
        for (size_t j = 0; j < s->p; j++) {
            const double scale = o->no_standardize ? 1 : net.sd[j], b = beta[j] * scale;
            const double v = (o->penalty_factor ? o->penalty_factor[j] : 1) * (double)s->p / sum;
            const double l1 = net.lambda[k] * o->alpha * v, l2 = net.lambda[k] * (1 - o->alpha) * v;
            const double rest = g[j] / scale - l2 * b;
            const double off = b != 0 ? fabs(rest - (b > 0 ? l1 : -l1)) : fmax(0, fabs(rest) - l1);
            if (!(off <= 1e-9)) fail_msg("model %zu, column %zu: off its optimum by %g", k, j, off);
        }
    }
    ms_coxnet_clear(&net);
}

static void models_are_optimal(void **state) {
    (void)state;
    sample s;
    for (uint64_t seed = 1; seed <= 16; seed++) {
        make_sample(&s, seed);
        ms_coxnet_options o = twelve(seed % 5 == 4 ? 0 : seed % 3 == 0 ? 0.5 : 1);
        if (seed & 1) s.data.weight = s.weight;
        if (seed & 2) s.data.entry = s.entry;
        if (seed & 4) {
            s.data.stratum = s.stratum;
            s.data.n_strata = 3;
        }
        if (seed & 8) {
            s.design.offset = s.offset;
            o.penalty_factor = s.factor;
        }
        o.no_standardize = seed % 7 == 0;
        check_optimal(&s, &o);
    }
}

static void lambdas_between_are_interpolated(void **state) {
    (void)state;
    const double lambda[] = {0.4, 0.1, 0.2}, beyond[] = {1, 0.05};
    sample s;
    ms_error err = {0};
    ms_coxnet net = {0};
    double beta[WIDE];
    ms_coxnet_options o = twelve(0.2);
    make_sample(&s, 3);
    o.lambda = lambda;
    o.n_given = 3;
    assert_ok(ms_coxnet_fit(&s.data, &s.design, &o, &net, &err), &err);
    assert_true(net.lambda[0] == 0.4 && net.lambda[1] == 0.2 && net.lambda[2] == 0.1);
    ms_coxnet_coef(&net, 0.15, beta);
    for (size_t j = 0; j < s.p; j++)
        assert_close("beta", beta[j], (net.beta[s.p + j] + net.beta[2 * s.p + j]) / 2, 1e-12);
    for (size_t k = 0; k < 2; k++) {
        ms_coxnet_coef(&net, beyond[k], beta);
        assert_memory_equal(beta, net.beta + (k ? 2 * s.p : 0), s.p * sizeof *beta);
    }
    ms_coxnet_coef(&net, 0.2, beta);
    assert_memory_equal(beta, net.beta + s.p, s.p * sizeof *beta);
    ms_coxnet_clear(&net);
}

/* ---- threads, folds
 * ----------------------------------------------------------------------------------------- */

static void threads_do_not_change_bytes(void **state) {
    (void)state;
    sample s;
    ms_error err = {0};
    ms_coxnet_cv one = {0}, many = {0};
    ms_coxnet_options o = twelve(0.9);
    ms_coxnet_cv_options how;
    ms_coxnet_cv_options_default(&how);
    make_sample(&s, 5);
    ms_threads_set(1);
    assert_ok(ms_coxnet_cv_fit(&s.data, &s.design, &o, &how, &one, &err), &err);
    ms_threads_set(4);
    assert_ok(ms_coxnet_cv_fit(&s.data, &s.design, &o, &how, &many, &err), &err);
    ms_threads_set(0);
    assert_memory_equal(one.mean, many.mean, one.n_lambda * sizeof(double));
    assert_memory_equal(one.se, many.se, one.n_lambda * sizeof(double));
    assert_memory_equal(one.fit.beta, many.fit.beta, one.n_lambda * s.p * sizeof(double));
    ms_coxnet_cv_clear(&one);
    ms_coxnet_cv_clear(&many);
}

static void folds_share_events_evenly(void **state) {
    (void)state;
    sample s;
    ms_error err = {0};
    size_t rows[7] = {0}, events[7] = {0}, again[MOST];
    make_sample(&s, 2);
    assert_ok(ms_coxnet_folds(s.event, s.n, 7, 11, s.fold, &err), &err);
    assert_ok(ms_coxnet_folds(s.event, s.n, 7, 11, again, &err), &err);
    assert_memory_equal(s.fold, again, s.n * sizeof *again);
    for (size_t i = 0; i < s.n; i++) {
        rows[s.fold[i]]++;
        events[s.fold[i]] += s.event[i];
    }
    for (size_t f = 1; f < 7; f++) {
        assert_true(rows[f] + 1 >= rows[0] && rows[f] <= rows[0] + 1);
        assert_true(events[f] + 1 >= events[0] && events[f] <= events[0] + 1);
    }
}

/* ---- bad input
 * ---------------------------------------------------------------------------------------------- */

static void refuse(const sample *s, const ms_coxnet_options *o, ms_status status, const char *says) {
    ms_error err = {0};
    ms_coxnet net = {0};
    assert_int_equal(ms_coxnet_fit(&s->data, &s->design, o, &net, &err), status);
    if (!strstr(err.message, says)) fail_msg("'%s' does not say '%s'", err.message, says);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    sample s;
    ms_error err = {0};
    const double negative[] = {-1}, one[] = {0.1};
    ms_coxnet_options o = twelve(1.5);
    make_sample(&s, 1);
    refuse(&s, &o, MS_EUSAGE, "alpha 1.5");
    o = twelve(1);
    o.lambda = negative;
    o.n_given = 1;
    refuse(&s, &o, MS_EUSAGE, "lambda -1");
    o = twelve(1);
    s.factor[3] = -2;
    o.penalty_factor = s.factor;
    refuse(&s, &o, MS_EUSAGE, "penalty factor -2 of column 4");
    memset(s.factor, 0, sizeof s.factor);
    refuse(&s, &o, MS_EUSAGE, "no column is penalised");
    o = twelve(1);
    s.x[2 * s.p + 1] = NAN;
    refuse(&s, &o, MS_EINPUT, "row 3: predictor");
    make_sample(&s, 1);
    memset(s.event, 0, sizeof s.event);
    refuse(&s, &o, MS_EINPUT, "no events");
    make_sample(&s, 1);
    for (size_t i = 0; i < s.n * s.p; i++) s.x[i] = 7;
    refuse(&s, &o, MS_EINPUT, "constant");
    make_sample(&s, 1);
    ms_coxnet_cv cv = {0};
    ms_coxnet_cv_options how;
    ms_coxnet_cv_options_default(&how);
    how.n_folds = 4;
    how.fold = s.fold;
    for (size_t i = 0; i < s.n; i++) s.fold[i] = s.event[i] ? i % 3 : 3;
    assert_int_equal(ms_coxnet_cv_fit(&s.data, &s.design, &o, &how, &cv, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "fold 4 has no event"));
    for (size_t i = 0; i < s.n; i++) s.fold[i] = i % 3;
    assert_int_equal(ms_coxnet_cv_fit(&s.data, &s.design, &o, &how, &cv, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "fold 4 has no rows"));
    o.lambda = one;
    o.n_given = 1;
    assert_int_equal(ms_coxnet_cv_fit(&s.data, &s.design, &o, &how, &cv, &err), MS_EUSAGE);
}

/* A column that is one value, a copy of another, or much larger than the others changes nothing else. */
static void constant_and_repeated_columns_are_taken(void **state) {
    (void)state;
    sample s, t;
    ms_error err = {0};
    ms_coxnet a = {0}, b = {0};
    ms_coxnet_options o = twelve(1);
    make_sample(&s, 4);
    t = s;
    for (size_t i = 0; i < s.n; i++) {
        s.x[i * s.p + 3] = 1e6;
        t.x[i * s.p + 3] = -2;
        t.x[i * s.p + 5] *= 1e9;
        s.x[i * s.p + 9] = t.x[i * s.p + 9] = s.x[i * s.p + 8];
    }
    point(&s);
    point(&t);
    assert_ok(ms_coxnet_fit(&s.data, &s.design, &o, &a, &err), &err);
    assert_ok(ms_coxnet_fit(&t.data, &t.design, &o, &b, &err), &err);
    assert_int_equal(a.n_constant, 1);
    assert_int_equal(a.n_lambda, b.n_lambda);
    for (size_t k = 0; k < a.n_lambda; k++) {
        assert_true(a.beta[k * a.p + 3] == 0);
        assert_close("beta", b.beta[k * a.p + 5] * 1e9, a.beta[k * a.p + 5], 1e-6);
    }
    ms_coxnet_clear(&a);
    ms_coxnet_clear(&b);
}

/* More columns than rows with hardly a penalty: the path ends, and says so, instead of running for ever. */
static void separation_ends_the_path(void **state) {
    (void)state;
    sample s;
    ms_error err = {0};
    ms_coxnet net = {0};
    ms_coxnet_options o = twelve(1);
    const double lambda[] = {0.1, 0.01, 1e-3, 1e-12, 0};
    make_sample(&s, 6);
    s.n = 12;
    point(&s);
    o.lambda = lambda;
    o.n_given = 5;
    assert_ok(ms_coxnet_fit(&s.data, &s.design, &o, &net, &err), &err);
    assert_true(net.n_lambda >= 3 && net.n_lambda < 5);
    assert_int_equal(net.end, MS_COXNET_NOT_CONVERGED);
    assert_true(net.dev_ratio[net.n_lambda - 1] > 0.9);
    ms_coxnet_clear(&net);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(models_are_optimal),
                                       cmocka_unit_test(paths_are_glmnets),
                                       cmocka_unit_test(cross_validation_is_glmnets),
                                       cmocka_unit_test(lambdas_between_are_interpolated),
                                       cmocka_unit_test(threads_do_not_change_bytes),
                                       cmocka_unit_test(folds_share_events_evenly),
                                       cmocka_unit_test(bad_input_is_refused),
                                       cmocka_unit_test(constant_and_repeated_columns_are_taken),
                                       cmocka_unit_test(separation_ends_the_path)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
