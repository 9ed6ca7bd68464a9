/* The search: suggest, judge, note, until the trials are used up. */
#include "model/tune.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* Trials before the median of the first folds means something. */
#define LEAST_FOR_MEDIAN 8

void ms_tune_options_default(ms_tune_options *options) {
    *options = (ms_tune_options){.trials = 50,
                                 .seed = 1,
                                 .metric = MS_TUNE_C,
                                 .folds = 0,
                                 .members = 1,
                                 .startup = 12,
                                 .batch = 2,
                                 .prune = true};
    ms_train_config_default(&options->base);
}

size_t ms_tune_first_folds(const ms_tune_data *data, const ms_tune_options *options) {
    return options->prune && data->n_folds > 2 ? (data->n_folds < 5 ? 1 : 2) : data->n_folds;
}

typedef struct search {
    const ms_tune_space *space;
    const ms_tune_options *options;
    ms_tune_data data;
    ms_tune_record *records;
    size_t n_records, capacity; /* finished ones; places */
    size_t n_logged;
    ms_train_config *configs; /* [batch] of the trials under way */
    size_t begin, end;        /* trials under way */
    size_t fold_begin, fold_end;
    ms_tune_log *log;
} search;

static void search_clear(search *s) {
    for (size_t i = 0; i < s->capacity; i++) ms_tune_record_clear(&s->records[i]);
    free(s->records);
    free(s->configs);
    free(s->data.fold);
    ms_tune_log_close(s->log);
}

/* ---- suggesting -----------------------------------------------------------------------------------------
 */

/* The first trial of the batch that trial i belongs to. */
static size_t batch_start(const search *s, size_t i) {
    return i - i % s->options->batch;
}

/* The trials before the batch, and those of the batch before trial i, which it must not know the value of. */
static size_t known_points(const search *s, size_t i, ms_tpe_point *points) {
    size_t n = 0;
    for (size_t k = 0; k < i; k++) {
        const ms_tune_record *r = &s->records[k];
        if (r->outside) continue;
        points[n].x = r->x;
        points[n].value = r->value;
        points[n++].state = k >= batch_start(s, i)       ? MS_TPE_PENDING
                            : r->state == MS_TUNE_DONE   ? MS_TPE_DONE
                            : r->state == MS_TUNE_PRUNED ? MS_TPE_PRUNED
                                                         : MS_TPE_FAILED;
    }
    return n;
}

static ms_status suggest(const search *s, size_t i, double *x, ms_error *err) {
    const ms_tpe_space dimensions = ms_tune_dimensions(s->space);
    char stream[64];
    (void)ms_text_format(stream, sizeof stream, "tune trial %zu", i);
    ms_random *random = ms_random_new(s->options->seed, stream);
    ms_tpe_point *points = ms_calloc(i, sizeof *points);
    ms_status status = random && points ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && i < s->options->startup) {
        ms_tpe_draw(&dimensions, random, x);
    } else if (status == MS_OK) {
        ms_tpe_options options;
        ms_tpe_options_default(&options);
        status = ms_tpe_suggest(&dimensions, points, known_points(s, i, points), &options, random, x, err);
    }
    ms_random_free(random);
    free(points);
    return status;
}

/* Trial 0 is the base, at its place in the space if it has one. Where the settings say "auto" and the space
 * does not, its place is that of what auto means here. */
static ms_status place_base(search *s, bool *exact, ms_error *err) {
    bool inside;
    ms_tune_record *r = &s->records[0];
    ms_train_config base = s->options->base;
    ms_status status = ms_tune_point_of(s->space, &base, r->x, exact, err);
    if (status != MS_OK || *exact) return status;
    size_t n_events = 0;
    for (size_t i = 0; i < s->data.n; i++) n_events += s->data.event[i] != 0;
    ms_train_config_resolve(&base, s->data.n, n_events, s->data.p);
    status = ms_tune_point_of(s->space, &base, r->x, &inside, err);
    if (status == MS_OK) r->outside = !inside;
    return status;
}

static ms_status begin_trial(search *s, size_t i, ms_error *err) {
    ms_tune_record *r = &s->records[i];
    ms_train_config *config = &s->configs[i - s->begin];
    char name[64];
    (void)ms_text_format(name, sizeof name, "trial %zu", i);
    r->x = ms_calloc(s->space->n_dimensions, sizeof *r->x);
    if (!r->x) return ms_error_nomem(err);
    bool exact = true;
    ms_status status = i == 0 ? place_base(s, &exact, err) : suggest(s, i, r->x, err);
    if (status == MS_OK && !exact) {
        r->settings = cJSON_CreateObject();
        if (!r->settings) status = ms_error_nomem(err);
    } else if (status == MS_OK) {
        status = ms_tune_settings(s->space, r->x, &r->settings, err);
    }
    if (status != MS_OK) return status;
    ms_train_config base = s->options->base;
    base.members = s->options->members;
    ms_error bad = {0};
    status = ms_tune_apply(r->settings, &base, name, config, &bad);
    if (status == MS_EINPUT || status == MS_EUSAGE) { /* settings that do not go together */
        r->n_scores = 1;
        r->scores[0] = (ms_tune_score){.failed = true, .loss = NAN, .c = NAN};
        (void)ms_text_format(r->scores[0].message, sizeof r->scores[0].message, "%.250s", bad.message);
        r->state = MS_TUNE_FAILED;
        return MS_OK;
    }
    if (status != MS_OK && err) *err = bad;
    return status;
}

/* ---- judging --------------------------------------------------------------------------------------------
 */

static ms_status judge_one(void *context, size_t i, ms_error *err) {
    search *s = context;
    const size_t folds = s->fold_end - s->fold_begin;
    const size_t trial = s->begin + i / folds, fold = s->fold_begin + i % folds;
    ms_tune_record *r = &s->records[trial];
    if (r->state != MS_TUNE_DONE) return MS_OK;
    const bool loud = ms_log_mute(true); /* the same warning hundreds of times */
    const ms_status status =
        ms_tune_judge(&s->data, &s->configs[trial - s->begin], s->options->seed, fold, &r->scores[fold], err);
    (void)ms_log_mute(loud);
    return status;
}

/* Judges the trials under way that are not given up on some of the folds. */
static ms_status judge_folds(search *s, size_t fold_begin, size_t fold_end, ms_error *err) {
    s->fold_begin = fold_begin;
    s->fold_end = fold_end;
    if (fold_begin >= fold_end) return MS_OK;
    ms_status status = ms_parallel_for((s->end - s->begin) * (fold_end - fold_begin), judge_one, s, err);
    for (size_t i = s->begin; status == MS_OK && i < s->end; i++) {
        ms_tune_record *r = &s->records[i];
        if (r->state != MS_TUNE_DONE) continue;
        r->n_scores = fold_end;
        for (size_t k = 0; k < fold_end; k++)
            if (r->scores[k].failed) r->state = MS_TUNE_FAILED;
        ms_tune_mean(r->scores, r->n_scores, s->options->metric, &r->loss, &r->c, &r->value);
        if (r->state == MS_TUNE_FAILED) r->loss = r->c = r->value = NAN;
        if (fold_begin == 0) r->first = r->value;
    }
    return status;
}

static int ascending(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* The median of the first folds' values of all trials before the batch; NaN when there are too few. */
static ms_status median_before(const search *s, double *median, ms_error *err) {
    size_t n = 0;
    double *values = ms_calloc(s->begin, sizeof *values);
    if (!values) return ms_error_nomem(err);
    for (size_t i = 0; i < batch_start(s, s->begin); i++)
        if (!isnan(s->records[i].first)) values[n++] = s->records[i].first;
    *median = NAN;
    if (n >= LEAST_FOR_MEDIAN) {
        qsort(values, n, sizeof *values, ascending);
        *median = n % 2 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
    }
    free(values);
    return MS_OK;
}

static ms_status judge_batch(search *s, ms_error *err) {
    const size_t first = ms_tune_first_folds(&s->data, s->options), all = s->data.n_folds;
    double median = NAN;
    ms_status status = judge_folds(s, 0, first, err);
    if (status == MS_OK && first < all) status = median_before(s, &median, err);
    if (status == MS_OK && first < all) {
        for (size_t i = s->begin; i < s->end; i++)
            if (i > 0 && s->records[i].state == MS_TUNE_DONE && s->records[i].first > median)
                s->records[i].state = MS_TUNE_PRUNED;
        status = judge_folds(s, first, all, err);
    }
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------
 */

static ms_status tell(const search *s, size_t i, ms_error *err) {
    ms_tune_trial trial;
    if (!s->options->callback) return MS_OK;
    ms_status status = ms_tune_trial_make(&s->records[i], i, &trial, err);
    if (status != MS_OK) return status;
    if (!s->options->callback(s->options->context, &trial, i < s->n_logged))
        status = ms_error_set(err, MS_ESTOPPED, "the search was stopped");
    ms_tune_trial_clear(&trial);
    return status;
}

static double seconds_now(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static ms_status run_batch(search *s, ms_error *err) {
    const size_t end = batch_start(s, s->n_records) + s->options->batch;
    s->begin = s->n_records;
    s->end = end < s->options->trials ? end : s->options->trials;
    ms_status status = ms_stop_check(err);
    for (size_t i = s->begin; status == MS_OK && i < s->end; i++) status = begin_trial(s, i, err);
    if (status == MS_OK) status = judge_batch(s, err);
    if (status == MS_OK) status = ms_tune_log_append(s->log, s->records, s->begin, s->end - s->begin, err);
    if (status != MS_OK) return status;
    s->n_records = s->end;
    for (size_t i = s->begin; status == MS_OK && i < s->end; i++) status = tell(s, i, err);
    return status;
}

static ms_status run_all(search *s, ms_error *err) {
    const double start = seconds_now(), most = s->options->max_seconds;
    ms_status status = MS_OK;
    for (size_t i = 0; status == MS_OK && i < s->n_logged; i++) status = tell(s, i, err);
    while (status == MS_OK && s->n_records < s->options->trials) {
        if (most > 0 && s->n_records > 0 && seconds_now() - start >= most) break;
        status = run_batch(s, err);
    }
    return status;
}

/* Places for all trials; those from the log are the first. */
static ms_status take_logged(search *s, ms_error *err) {
    const size_t wanted = s->options->trials > s->n_records ? s->options->trials : s->n_records;
    ms_tune_record *grown = ms_realloc(s->records, wanted, sizeof *grown);
    if (!grown) return ms_error_nomem(err);
    memset(grown + s->n_records, 0, (wanted - s->n_records) * sizeof *grown);
    s->records = grown;
    s->capacity = wanted;
    if (s->n_records > s->options->trials) s->n_records = s->options->trials;
    s->n_logged = s->n_records;
    bool exact;
    return s->n_logged > 0 ? place_base(s, &exact, err) : MS_OK;
}

static ms_status check_options(const ms_tune_options *o, ms_error *err) {
    const struct {
        const char *name;
        size_t value, most;
    } sizes[] = {{"trials", o->trials, MS_TUNE_MAX_TRIALS},
                 {"members", o->members, MS_MODEL_MAX_MEMBERS},
                 {"startup", o->startup, MS_TUNE_MAX_TRIALS},
                 {"batch", o->batch, 1000}};
    for (size_t i = 0; i < MS_COUNT(sizes); i++)
        if (sizes[i].value < 1 || sizes[i].value > sizes[i].most)
            return ms_error_set(err, MS_EUSAGE, "%s is %zu, but must be from 1 to %zu", sizes[i].name,
                                sizes[i].value, sizes[i].most);
    if (!(o->max_seconds >= 0))
        return ms_error_set(err, MS_EUSAGE, "the time limit is %g seconds, but must be 0 or more",
                            o->max_seconds);
    return ms_train_config_check(&o->base, "settings", err);
}

static ms_status search_run(search *s, ms_tune_result *result, ms_error *err) {
    const ms_torch_functions *torch;
    ms_status status = check_options(s->options, err);
    if (status == MS_OK) status = ms_tune_deal(&s->data, s->options, err);
    if (status == MS_OK) status = ms_torch_open(&torch, err); /* before a log is begun */
    if (status != MS_OK) return status;
    s->configs = ms_calloc(s->options->batch, sizeof *s->configs);
    if (!s->configs) return ms_error_nomem(err);
    status = ms_tune_log_open(&s->log, s->options->log, s->space, &s->data, s->options, &s->records,
                              &s->n_records, err);
    s->capacity = s->n_records;
    if (status == MS_OK) status = take_logged(s, err);
    if (status == MS_OK) status = run_all(s, err);
    if (status == MS_OK)
        status = ms_tune_result_make(s->space, s->records, s->n_records, s->options, result, err);
    return status;
}

ms_status ms_tune_run(const double *x, size_t n, size_t p, const char *const *names, const double *time_days,
                      const uint8_t *event, const ms_tune_options *options, ms_tune_result *result,
                      ms_error *err) {
    ms_tune_space *made = NULL;
    ms_status status = options->space ? MS_OK : ms_tune_space_default(&made, err);
    if (status != MS_OK) return status;
    search s = {.space = options->space ? options->space : made,
                .options = options,
                .data = {.x = x, .n = n, .p = p, .names = names, .time = time_days, .event = event}};
    status = search_run(&s, result, err);
    search_clear(&s);
    ms_tune_space_free(made);
    return status;
}
