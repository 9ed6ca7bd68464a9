/* Cross-validation: nobody is predicted by what has seen him; permuted outcomes find a leak that is planted,
 * and nothing where there is none. The expected 0.5 is that of any score that knows nothing of the outcome.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "myosurv/study_evaluate.h"

static ms_error error_;
#define assert_ok(call)                                                                                      \
    do {                                                                                                     \
        if ((call) != MS_OK) fail_msg("%s", error_.message);                                                 \
    } while (0)

enum { N = 90, P = 200, CHOSEN = 5 };

/* Noise: no column has anything to do with the outcome. */
typedef struct noise {
    double x[N * P], time[N];
    uint8_t event[N];
    char text[P][8];
    const char *names[P];
    ms_dataset view;
} noise;

static noise *make_noise(void) {
    noise *d = ms_calloc(1, sizeof *d);
    ms_random *random = ms_random_new(4, "noise");
    for (size_t i = 0; i < N * P; i++) d->x[i] = ms_random_normal(random);
    for (size_t i = 0; i < N; i++) {
        d->time[i] = ms_random_exponential(random) * 100;
        d->event[i] = ms_random_uniform(random) < 0.6;
    }
    for (size_t j = 0; j < P; j++) {
        (void)ms_text_format(d->text[j], sizeof d->text[j], "x%zu", j);
        d->names[j] = d->text[j];
    }
    d->view = (ms_dataset){N, P, d->x, d->names, d->time, d->event};
    ms_random_free(random);
    return d;
}

/* ---- a procedure that chooses columns by the outcome, honestly or not ---- */

typedef struct chooser {
    size_t column[CHOSEN];
    double sign[CHOSEN];
} chooser;

/* The columns that differ most between early events and the others. */
static void choose(const ms_dataset *d, chooser *c) {
    double best[CHOSEN] = {0};
    for (size_t j = 0; j < d->p; j++) {
        double sum = 0;
        for (size_t i = 0; i < d->n; i++)
            sum += (d->event[i] && d->time[i] < 60 ? 1 : -0.5) * d->x[i * d->p + j];
        for (size_t k = 0; k < CHOSEN; k++) {
            if (fabs(sum) <= best[k]) continue;
            for (size_t m = CHOSEN - 1; m > k; m--) {
                best[m] = best[m - 1];
                c->column[m] = c->column[m - 1];
                c->sign[m] = c->sign[m - 1];
            }
            best[k] = fabs(sum);
            c->column[k] = j;
            c->sign[k] = sum > 0 ? 1 : -1;
            break;
        }
    }
}

static ms_status run_chosen(const chooser *c, const double *x, size_t p, size_t n, double *risk,
                            uint8_t *high) {
    for (size_t i = 0; i < n; i++) {
        risk[i] = 0;
        for (size_t k = 0; k < CHOSEN; k++) risk[i] += c->sign[k] * x[i * p + c->column[k]];
        high[i] = risk[i] > 0;
    }
    return MS_OK;
}

static ms_status run_honest(void *context, const ms_dataset *train, const size_t *train_rows, uint64_t seed,
                            const double *x, const size_t *test_rows, size_t n, const double *times,
                            size_t n_times, double *risk, double *probability, uint8_t *high, ms_error *err) {
    (void)train_rows, (void)seed, (void)test_rows, (void)times, (void)n_times, (void)probability, (void)err;
    choose(train, context);
    return run_chosen(context, x, train->p, n, risk, high);
}

static ms_status begin_leaky(void *context, const ms_dataset *all, uint64_t seed, ms_error *err) {
    (void)seed, (void)err;
    choose(all, context);
    return MS_OK;
}

static ms_status run_leaky(void *context, const ms_dataset *train, const size_t *train_rows, uint64_t seed,
                           const double *x, const size_t *test_rows, size_t n, const double *times,
                           size_t n_times, double *risk, double *probability, uint8_t *high, ms_error *err) {
    (void)train_rows, (void)seed, (void)test_rows, (void)times, (void)n_times, (void)probability, (void)err;
    return run_chosen(context, x, train->p, n, risk, high);
}

static void permuted_outcomes_find_a_leak(void **state) {
    noise *d = make_noise();
    chooser honest, leaky;
    const ms_procedure procedures[] = {{.name = "honest", .context = &honest, .run = run_honest},
                                       {"leaky", &leaky, run_leaky, begin_leaky}};
    ms_crossval_options o;
    ms_crossval c;
    (void)state;
    ms_crossval_options_default(&o);
    o.permutations = 20;
    o.replicates = 0;
    assert_ok(ms_crossval_run(&d->view, procedures, 2, &o, &c, &error_));
    /* the leaky one looks good on noise, ... */
    assert_true(c.scores[1].pooled > 0.62);
    /* ... and would look as good with any other outcome, which gives it away */
    assert_true(c.permuted_mean[1] > 0.62);
    assert_true(c.permuted_p[1] > 0.05);
    /* the honest one finds nothing, within four standard errors of the mean of the passes */
    assert_true(fabs(c.permuted_mean[0] - 0.5) < 4 * c.permuted_sd[0] / sqrt(20.0));
    assert_true(c.permuted_p[0] > 0.05);
    ms_crossval_clear(&c);
    free(d);
}

/* p counts the real pass among the permuted ones. */
static void p_is_a_rank(void **state) {
    noise *d = make_noise();
    chooser honest;
    const ms_procedure procedure = {.name = "honest", .context = &honest, .run = run_honest};
    ms_crossval_options o;
    ms_crossval c;
    size_t as_good = 0;
    (void)state;
    ms_crossval_options_default(&o);
    o.permutations = 9;
    o.replicates = 0;
    assert_ok(ms_crossval_run(&d->view, &procedure, 1, &o, &c, &error_));
    for (size_t b = 0; b < 9; b++) as_good += c.permuted_c[b] >= c.scores[0].pooled;
    assert_true(c.permuted_p[0] == (double)(1 + as_good) / 10);
    ms_crossval_clear(&c);
    free(d);
}

/* ---- who is predicted by what ---- */

typedef struct spy {
    size_t predicted[N];
    bool overlap, wrong_rows;
    const noise *data;
} spy;

static ms_status run_spy(void *context, const ms_dataset *train, const size_t *train_rows, uint64_t seed,
                         const double *x, const size_t *test_rows, size_t n, const double *times,
                         size_t n_times, double *risk, double *probability, uint8_t *high, ms_error *err) {
    spy *s = context;
    bool in_training[N] = {false};
    (void)seed, (void)times, (void)err;
    for (size_t i = 0; i < train->n; i++) {
        in_training[train_rows[i]] = true;
        s->wrong_rows = s->wrong_rows || train->time[i] != s->data->time[train_rows[i]] ||
                        train->x[i * P + 3] != s->data->x[train_rows[i] * P + 3];
    }
    for (size_t i = 0; i < n; i++) {
        const size_t row = test_rows[i];
        s->overlap = s->overlap || in_training[row];
        s->wrong_rows = s->wrong_rows || x[i * P + 7] != s->data->x[row * P + 7];
        s->predicted[row]++;
        risk[i] = x[i * P];
        high[i] = risk[i] > 0;
        for (size_t k = 0; k < n_times; k++) probability[k * n + i] = 0.3 + 0.001 * (double)row;
    }
    return MS_OK;
}

static void everybody_is_predicted_once_a_repeat_by_others(void **state) {
    static const double times[] = {50};
    noise *d = make_noise();
    spy s = {.data = d};
    const ms_procedure procedure = {.name = "spy", .context = &s, .run = run_spy};
    ms_crossval_options o;
    ms_crossval c;
    (void)state;
    ms_crossval_options_default(&o);
    o.folds = 4;
    o.repeats = 3;
    o.times = times;
    o.n_times = 1;
    o.replicates = 20;
    assert_ok(ms_crossval_run(&d->view, &procedure, 1, &o, &c, &error_));
    assert_false(s.overlap);
    assert_false(s.wrong_rows);
    for (size_t i = 0; i < N; i++) assert_int_equal(s.predicted[i], 3);
    /* folds hold the events evenly, and each repeat deals them out anew */
    for (size_t r = 0; r < 3; r++) {
        size_t events[4] = {0};
        for (size_t i = 0; i < N; i++) events[c.fold[r * N + i]] += d->event[i];
        for (size_t f = 1; f < 4; f++) assert_true(events[f] + 1 >= events[0] && events[f] <= events[0] + 1);
    }
    assert_memory_not_equal(c.fold, c.fold + N, N * sizeof *c.fold);
    /* a score that does not depend on training has the same C in every repeat, and predictions at their rows
     */
    assert_true(c.scores[0].pooled_sd < 1e-12);
    for (size_t i = 0; i < N; i++) {
        assert_true(c.risk[i] == d->x[i * P]);
        assert_true(c.probability[i] == 0.3 + 0.001 * (double)i);
    }
    assert_int_equal(c.scores[0].n_folds, 12);
    assert_true(fabs(c.evaluation.rows[0].value - c.scores[0].pooled) < 1e-12);
    ms_crossval_clear(&c);
    free(d);
}

/* ---- the rivals as procedures ---- */

static void threads_do_not_matter(void **state) {
    noise *d = make_noise();
    const size_t few[] = {0, 1, 2};
    ms_rival_procedure rivals[3] = {{.kind = MS_RIVAL_PCA}, {.kind = MS_RIVAL_NET}, {.kind = MS_RIVAL_COX}};
    ms_procedure procedures[3];
    ms_crossval_options o;
    char *text[2];
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        ms_rival_options_default(&rivals[k].options);
        procedures[k] = ms_procedure_rival(&rivals[k]);
    }
    rivals[2].columns = few;
    rivals[2].n_columns = 3;
    ms_crossval_options_default(&o);
    o.folds = 3;
    o.replicates = 20;
    for (unsigned t = 0; t < 2; t++) {
        ms_crossval c;
        ms_threads_set(t + 1);
        assert_ok(ms_crossval_run(&d->view, procedures, 3, &o, &c, &error_));
        assert_ok(ms_crossval_json(&c, &text[t], &error_));
        ms_crossval_clear(&c);
    }
    ms_threads_set(0);
    assert_string_equal(text[0], text[1]);
    free(text[0]);
    free(text[1]);
    free(d);
}

static void too_few_events_or_folds_are_refused(void **state) {
    noise *d = make_noise();
    chooser honest;
    const ms_procedure procedure = {.name = "honest", .context = &honest, .run = run_honest};
    ms_crossval_options o;
    ms_crossval c;
    (void)state;
    ms_crossval_options_default(&o);
    o.folds = 2;
    assert_int_equal(ms_crossval_run(&d->view, &procedure, 1, &o, &c, &error_), MS_EUSAGE);
    o.folds = 5;
    memset(d->event, 0, N);
    d->event[3] = d->event[8] = 1;
    assert_int_equal(ms_crossval_run(&d->view, &procedure, 1, &o, &c, &error_), MS_EINPUT);
    free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permuted_outcomes_find_a_leak),
        cmocka_unit_test(p_is_a_rank),
        cmocka_unit_test(everybody_is_predicted_once_a_repeat_by_others),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(too_few_events_or_folds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
