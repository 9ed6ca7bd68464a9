/* Cross-validation of whole procedures, and the same with permuted outcomes. */
#include "study/crossval.h"

#include "myosurv/survival_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_crossval_options_default(ms_crossval_options *o) {
    *o = (ms_crossval_options){.folds = 5, .repeats = 1, .seed = 1, .replicates = 500, .conf_level = 0.95};
}

size_t ms_cv_at(const ms_crossval *c, size_t procedure, size_t repeat) {
    return (procedure * c->repeats + repeat) * c->n;
}

/* A seed of its own for each part of the work, so that none shifts with the number of others. */
static uint64_t seed_of(uint64_t seed, const char *what, size_t number) {
    char stream[64];
    (void)ms_text_format(stream, sizeof stream, "cross-validation %s %zu", what, number);
    return ms_random_seed_of(seed, stream);
}

/* What one pass needs. */
typedef struct work {
    const ms_dataset *data;
    const ms_procedure *procedures;
    size_t n_procedures;
    const ms_crossval_options *o;
    ms_progress *bar;
    size_t *train, *test; /* [n] rows */
    double *risk, *probability;
    uint8_t *high;
} work;

static ms_status work_alloc(work *w, ms_error *err) {
    const size_t n = w->data->n;
    w->train = ms_calloc(n, sizeof *w->train);
    w->test = ms_calloc(n, sizeof *w->test);
    w->risk = ms_calloc(n, sizeof *w->risk);
    w->probability = ms_calloc(n * w->o->n_times, sizeof *w->probability);
    w->high = ms_calloc(n, 1);
    return w->train && w->test && w->risk && w->probability && w->high ? MS_OK : ms_error_nomem(err);
}

static void work_clear(work *w) {
    free(w->train);
    free(w->test);
    free(w->risk);
    free(w->probability);
    free(w->high);
}

/* One procedure on one fold: predictions go to their rows in `to`. */
static ms_status run_one(const work *w, size_t m, const ms_dataset *train, const ms_dataset *test,
                         uint64_t seed, const ms_cv_pass *to, ms_error *err) {
    const size_t n = w->data->n, n_times = w->o->n_times;
    const ms_procedure *p = &w->procedures[m];
    ms_status status = p->run(p->context, train, w->train, seed, test->x, w->test, test->n, w->o->times,
                              n_times, w->risk, w->probability, w->high, err);
    for (size_t i = 0; i < test->n && status == MS_OK; i++) {
        const size_t row = w->test[i];
        if (!isfinite(w->risk[i])) return ms_error_set(err, MS_EINTERNAL, "%s gave no risk", p->name);
        to->risk[m * n + row] = w->risk[i];
        to->high[m * n + row] = w->high[i];
        for (size_t k = 0; k < n_times; k++)
            to->probability[(m * n_times + k) * n + row] = w->probability[k * test->n + i];
    }
    return status;
}

static ms_status run_fold(const work *w, size_t fold, uint64_t seed, const ms_cv_pass *to, ms_error *err) {
    const size_t n = w->data->n;
    size_t n_train = 0, n_test = 0;
    ms_dataset_store train = {0}, test = {0};
    for (size_t i = 0; i < n; i++) {
        if (to->fold[i] == fold)
            w->test[n_test++] = i;
        else
            w->train[n_train++] = i;
    }
    ms_status status = ms_dataset_take(w->data, w->train, n_train, NULL, 0, &train, err);
    if (status == MS_OK) status = ms_dataset_take(w->data, w->test, n_test, NULL, 0, &test, err);
    for (size_t m = 0; m < w->n_procedures && status == MS_OK; m++) {
        status = run_one(w, m, &train.view, &test.view, seed, to, err);
        if (status != MS_OK) ms_error_prefix(err, "%s without fold %zu", w->procedures[m].name, fold + 1);
        if (status == MS_OK) status = ms_stop_check(err);
        ms_progress_step(w->bar, 1);
    }
    ms_dataset_clear(&train);
    ms_dataset_clear(&test);
    return status;
}

static ms_status run_pass(const work *w, uint64_t seed, const ms_cv_pass *to, ms_error *err) {
    ms_status status = ms_coxnet_folds(w->data->event, w->data->n, w->o->folds, seed, to->fold, err);
    for (size_t m = 0; m < w->n_procedures && status == MS_OK; m++)
        if (w->procedures[m].begin)
            status = w->procedures[m].begin(w->procedures[m].context, w->data, seed, err);
    for (size_t f = 0; f < w->o->folds && status == MS_OK; f++)
        status = run_fold(w, f, seed_of(seed, "fold", f), to, err);
    return status;
}

/* ---- permuted outcomes ---- */

/* One pass with the pairs of time and event dealt out anew; c[n_procedures]. */
static ms_status permuted_pass(const work *w, size_t number, double *c, ms_error *err) {
    const size_t n = w->data->n, width = w->n_procedures;
    const uint64_t seed = seed_of(w->o->seed, "permutation", number);
    ms_random *random = ms_random_new(seed, "outcomes");
    size_t *from = ms_calloc(n, sizeof *from);
    double *time = ms_calloc(n, sizeof *time);
    uint8_t *event = ms_calloc(n, 1);
    ms_cv_pass pass = {ms_calloc(n, sizeof(size_t)), ms_calloc(width * n, sizeof(double)),
                       ms_calloc(width * w->o->n_times * n, sizeof(double)), ms_calloc(width * n, 1)};
    ms_status status =
        random && from && time && event && pass.fold && pass.risk && pass.probability && pass.high
            ? MS_OK
            : ms_error_nomem(err);
    if (status == MS_OK) {
        for (size_t i = 0; i < n; i++) from[i] = i;
        ms_random_shuffle(random, from, n);
        for (size_t i = 0; i < n; i++) {
            time[i] = w->data->time[from[i]];
            event[i] = w->data->event[from[i]];
        }
        ms_dataset data = *w->data;
        data.time = time;
        data.event = event;
        work shuffled = *w;
        shuffled.data = &data;
        status = run_pass(&shuffled, seed, &pass, err);
    }
    for (size_t m = 0; m < width && status == MS_OK; m++)
        status = ms_cv_concordance(time, event, pass.risk + m * n, n, &c[m], err);
    ms_random_free(random);
    free(from);
    free(time);
    free(event);
    free(pass.fold);
    free(pass.risk);
    free(pass.probability);
    free(pass.high);
    return status;
}

static void summarise_permuted(ms_crossval *c, size_t m, double real) {
    const size_t n = c->permutations;
    const double *values = c->permuted_c + m * n;
    double sum = 0, squares = 0;
    size_t as_good = 0;
    for (size_t b = 0; b < n; b++) {
        sum += values[b];
        as_good += values[b] >= real;
    }
    c->permuted_mean[m] = sum / (double)n;
    for (size_t b = 0; b < n; b++)
        squares += (values[b] - c->permuted_mean[m]) * (values[b] - c->permuted_mean[m]);
    c->permuted_sd[m] = n > 1 ? sqrt(squares / (double)(n - 1)) : (double)NAN;
    c->permuted_p[m] = (double)(1 + as_good) / (double)(1 + n);
}

static ms_status run_permuted(const work *w, ms_crossval *c, ms_error *err) {
    double *one = ms_calloc(c->n_procedures, sizeof *one);
    ms_status status = one ? MS_OK : ms_error_nomem(err);
    for (size_t b = 0; b < c->permutations && status == MS_OK; b++) {
        status = permuted_pass(w, b, one, err);
        for (size_t m = 0; m < c->n_procedures; m++) c->permuted_c[m * c->permutations + b] = one[m];
        if (status == MS_EINPUT || status == MS_ENOCONV) ms_error_prefix(err, "permuted outcome %zu", b + 1);
    }
    free(one);
    return status;
}

/* ---- the whole ---- */

static ms_status alloc(const ms_dataset *data, const ms_procedure *procedures, size_t n_procedures,
                       const ms_crossval_options *o, ms_crossval *c, ms_error *err) {
    const size_t n = data->n, all = n_procedures * o->repeats * n;
    *c = (ms_crossval){.n = n,
                       .folds = o->folds,
                       .repeats = o->repeats,
                       .n_procedures = n_procedures,
                       .n_times = o->n_times,
                       .permutations = o->permutations,
                       .seed = o->seed};
    for (size_t i = 0; i < n; i++) c->n_events += data->event[i];
    c->names = ms_calloc(n_procedures, sizeof *c->names);
    c->times = ms_calloc(o->n_times, sizeof *c->times);
    c->fold = ms_calloc(o->repeats * n, sizeof *c->fold);
    c->risk = ms_calloc(all, sizeof *c->risk);
    c->probability = ms_calloc(all * o->n_times, sizeof *c->probability);
    c->high = ms_calloc(all, 1);
    c->fold_c = ms_calloc(n_procedures * o->repeats * o->folds, sizeof *c->fold_c);
    c->permuted_c = ms_calloc(n_procedures * o->permutations, sizeof *c->permuted_c);
    c->permuted_mean = ms_calloc(n_procedures, sizeof *c->permuted_mean);
    c->permuted_sd = ms_calloc(n_procedures, sizeof *c->permuted_sd);
    c->permuted_p = ms_calloc(n_procedures, sizeof *c->permuted_p);
    if (!c->names || !c->times || !c->fold || !c->risk || !c->probability || !c->high || !c->fold_c ||
        !c->permuted_c || !c->permuted_mean || !c->permuted_sd || !c->permuted_p)
        return ms_error_nomem(err);
    if (o->n_times) memcpy(c->times, o->times, o->n_times * sizeof *c->times);
    for (size_t m = 0; m < n_procedures; m++)
        if (!(c->names[m] = ms_strdup(procedures[m].name))) return ms_error_nomem(err);
    return MS_OK;
}

/* Repeat after repeat into the result's own arrays. */
static ms_status run_repeats(const work *w, ms_crossval *c, ms_error *err) {
    const size_t n = c->n, n_times = c->n_times, width = c->n_procedures;
    ms_cv_pass pass = {NULL, ms_calloc(width * n, sizeof(double)),
                       ms_calloc(width * n_times * n, sizeof(double)), ms_calloc(width * n, 1)};
    ms_status status = pass.risk && pass.probability && pass.high ? MS_OK : ms_error_nomem(err);
    for (size_t r = 0; r < c->repeats && status == MS_OK; r++) {
        pass.fold = c->fold + r * n;
        status = run_pass(w, seed_of(w->o->seed, "repeat", r), &pass, err);
        for (size_t m = 0; m < width && status == MS_OK; m++) {
            const size_t at = ms_cv_at(c, m, r);
            memcpy(c->risk + at, pass.risk + m * n, n * sizeof *c->risk);
            memcpy(c->high + at, pass.high + m * n, n);
            memcpy(c->probability + at * n_times, pass.probability + m * n_times * n,
                   n_times * n * sizeof *c->probability);
        }
    }
    free(pass.risk);
    free(pass.probability);
    free(pass.high);
    return status;
}

/* The mean prediction of each patient over the repeats, judged as any other. */
static ms_status judge(const ms_dataset *data, const ms_crossval_options *o, ms_crossval *c, ms_error *err) {
    const size_t n = c->n, width = c->n_procedures, n_times = c->n_times;
    ms_evaluate_options options;
    ms_predictor *predictors = ms_calloc(width, sizeof *predictors);
    double *risk = ms_calloc(width * n, sizeof *risk);
    double *probability = ms_calloc(width * n_times * n, sizeof *probability);
    uint8_t *high = ms_calloc(width * n, 1);
    ms_status status = predictors && risk && probability && high ? MS_OK : ms_error_nomem(err);
    for (size_t m = 0; m < width && status == MS_OK; m++) {
        double *to = probability + m * n_times * n;
        for (size_t i = 0; i < n; i++) {
            size_t votes = 0;
            for (size_t r = 0; r < c->repeats; r++) {
                const size_t at = ms_cv_at(c, m, r);
                risk[m * n + i] += c->risk[at + i] / (double)c->repeats;
                votes += c->high[at + i];
                for (size_t k = 0; k < n_times; k++)
                    to[k * n + i] += c->probability[at * n_times + k * n + i] / (double)c->repeats;
            }
            high[m * n + i] = 2 * votes > c->repeats;
        }
        predictors[m] = (ms_predictor){c->names[m], NULL, risk + m * n, n_times ? to : NULL, high + m * n};
    }
    ms_evaluate_options_default(&options);
    options.times = o->times;
    options.n_times = n_times;
    options.replicates = o->replicates;
    options.seed = o->seed;
    options.conf_level = o->conf_level;
    if (status == MS_OK)
        status = ms_evaluate_cohort("out of fold", data->time, data->event, n, predictors, width, &options,
                                    &c->evaluation, err);
    free(predictors);
    free(risk);
    free(probability);
    free(high);
    return status;
}

ms_status ms_crossval_run(const ms_dataset *data, const ms_procedure *procedures, size_t n_procedures,
                          const ms_crossval_options *o, ms_crossval *out, ms_error *err) {
    ms_crossval c = {0};
    work w = {.data = data, .procedures = procedures, .n_procedures = n_procedures, .o = o};
    if (n_procedures == 0 || o->repeats == 0)
        return ms_error_set(err, MS_EUSAGE, "cross-validation of %zu procedures, %zu repeats", n_procedures,
                            o->repeats);
    ms_status status = alloc(data, procedures, n_procedures, o, &c, err);
    if (status == MS_OK) status = work_alloc(&w, err);
    w.bar = ms_progress_start("cross-validation", (o->repeats + o->permutations) * o->folds * n_procedures);
    if (status == MS_OK) status = run_repeats(&w, &c, err);
    if (status == MS_OK) status = ms_cv_scores(data, &c, err);
    if (status == MS_OK) status = run_permuted(&w, &c, err);
    ms_progress_end(w.bar);
    for (size_t m = 0; m < n_procedures && status == MS_OK && o->permutations; m++) {
        double real = NAN; /* of the first repeat: a permuted pass is one repeat, too */
        status = ms_cv_concordance(data->time, data->event, c.risk + ms_cv_at(&c, m, 0), c.n, &real, err);
        if (status == MS_OK) summarise_permuted(&c, m, real);
    }
    if (status == MS_OK) status = judge(data, o, &c, err);
    work_clear(&w);
    if (status == MS_OK)
        *out = c;
    else
        ms_crossval_clear(&c);
    return status;
}

void ms_crossval_clear(ms_crossval *c) {
    for (size_t m = 0; c->names && m < c->n_procedures; m++) free(c->names[m]);
    free(c->names);
    free(c->times);
    free(c->fold);
    free(c->risk);
    free(c->probability);
    free(c->high);
    free(c->scores);
    free(c->fold_c);
    free(c->permuted_c);
    free(c->permuted_mean);
    free(c->permuted_sd);
    free(c->permuted_p);
    ms_evaluation_clear(&c->evaluation);
    *c = (ms_crossval){0};
}
