/* Judging settings on rows held back. */
#include "model/tune.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

void ms_tune_record_clear(ms_tune_record *record) {
    free(record->x);
    cJSON_Delete(record->settings);
    *record = (ms_tune_record){0};
}

/* From so many rows on 3 folds judge as surely as 5 do below, in half the time. */
#define MANY_ROWS 2000

/* ---- the parts of the rows ------------------------------------------------------------------------------
 */

static ms_status check_folds(const ms_tune_options *options, size_t folds, size_t n_events, ms_error *err) {
    if (options->validation > 0 && !(options->validation <= 0.5))
        return ms_error_set(err, MS_EUSAGE, "the share held back is %g, but must be above 0 and at most 0.5",
                            options->validation);
    if (folds < 2 || folds > MS_TUNE_MAX_FOLDS)
        return ms_error_set(err, MS_EUSAGE, "%zu folds: there must be from 2 to %u", folds,
                            MS_TUNE_MAX_FOLDS);
    if (n_events < 2 * folds)
        return ms_error_set(
            err, MS_EINPUT,
            "there are %zu events: too few for %zu folds with two events each; give fewer folds", n_events,
            folds);
    return MS_OK;
}

/* The rows are shuffled, those with an event first, and dealt out like cards. */
static void deal(ms_tune_data *data, ms_random *random, size_t hands, size_t *rows) {
    size_t card = 0;
    for (int event = 1; event >= 0; event--) {
        size_t n = 0;
        for (size_t i = 0; i < data->n; i++)
            if ((data->event[i] != 0) == event) rows[n++] = i;
        ms_random_shuffle(random, rows, n);
        for (size_t i = 0; i < n; i++, card++) {
            const size_t hand = card % hands;
            data->fold[rows[i]] = hand < data->n_folds ? hand : SIZE_MAX;
        }
    }
}

ms_status ms_tune_deal(ms_tune_data *data, const ms_tune_options *options, ms_error *err) {
    const bool share = options->validation > 0;
    const size_t folds = options->folds > 0 ? options->folds : data->n < MANY_ROWS ? 5 : 3;
    const size_t hands = share ? (size_t)fmax(2, fmin(1e6, round(1 / options->validation))) : folds;
    size_t n_events = 0;
    for (size_t i = 0; i < data->n; i++) n_events += data->event[i] != 0;
    ms_status status = check_folds(options, share && hands > MS_TUNE_MAX_FOLDS ? 2 : hands, n_events, err);
    if (status != MS_OK) return status;
    data->n_folds = share ? 1 : folds;
    ms_random *random = ms_random_new(options->seed, "tune folds");
    size_t *rows = ms_calloc(data->n, sizeof *rows);
    data->fold = ms_calloc(data->n, sizeof *data->fold);
    if (random && rows && data->fold)
        deal(data, random, hands, rows);
    else
        status = ms_error_nomem(err);
    ms_random_free(random);
    free(rows);
    return status;
}

/* ---- one fold -------------------------------------------------------------------------------------------
 */

/* The rows of a fold, or those outside of it; all owned. */
typedef struct rows {
    double *x, *time;
    uint8_t *event;
    size_t n;
} rows;

static void rows_clear(rows *r) {
    free(r->x);
    free(r->time);
    free(r->event);
}

static ms_status take_rows(const ms_tune_data *data, size_t fold, bool held, rows *r, ms_error *err) {
    for (size_t i = 0; i < data->n; i++) r->n += (data->fold[i] == fold) == held;
    r->x = ms_calloc(r->n * data->p, sizeof *r->x);
    r->time = ms_calloc(r->n, sizeof *r->time);
    r->event = ms_calloc(r->n, 1);
    if (!r->x || !r->time || !r->event) return ms_error_nomem(err);
    size_t at = 0;
    for (size_t i = 0; i < data->n; i++) {
        if ((data->fold[i] == fold) != held) continue;
        memcpy(r->x + at * data->p, data->x + i * data->p, data->p * sizeof *r->x);
        r->time[at] = data->time[i];
        r->event[at++] = data->event[i];
    }
    return MS_OK;
}

static ms_status score_rows(const rows *held, const double *risk, ms_train_ties ties, ms_tune_score *score,
                            ms_error *err) {
    ms_cox_data cox = {0};
    ms_status status = ms_cox_data_init(&cox, held->time, held->event, held->n, err);
    if (status != MS_OK) return status;
    double *work = ms_calloc(2 * held->n, sizeof *work);
    if (!work) status = ms_error_nomem(err);
    if (status == MS_OK) {
        score->loss = ms_cox_loss(&cox, ties, risk, NULL, work);
        score->events = (double)cox.n_events;
        status = ms_watch_concordance(&cox, risk, &score->c, &score->pairs, err);
    }
    free(work);
    ms_cox_data_clear(&cox);
    return status;
}

/* A network whose record ends before its last epoch, and not because it no longer got better. */
static bool diverged(const ms_model *model) {
    for (size_t i = 0, kept = 0; i < model->n_history; i++) {
        const ms_epoch *e = &model->history[i];
        if (model->history_kept[i]) kept = e->epoch;
        const bool last = i + 1 == model->n_history || model->history[i + 1].member != e->member ||
                          model->history[i + 1].autoencoder != e->autoencoder;
        if (!last) continue;
        const ms_fit_config *config = e->autoencoder ? &model->config.encoder : &model->config.network;
        const bool waited =
            !isnan(e->valid_loss) && config->patience > 0 && e->epoch - kept >= config->patience;
        if (e->epoch < config->epochs && !waited) return true;
    }
    return false;
}

static void set_failed(ms_tune_score *score, const char *message) {
    score->failed = true;
    score->loss = score->c = NAN;
    (void)ms_text_format(score->message, sizeof score->message, "%.250s", message);
}

static ms_status judge(const ms_tune_data *data, const ms_train_config *config, uint64_t seed,
                       const rows *train, const rows *held, ms_tune_score *score, ms_error *err) {
    ms_model *model = NULL;
    ms_error local = {0};
    double *risk = ms_calloc(held->n, sizeof *risk);
    if (!risk) return ms_error_nomem(err);
    ms_train_config as_given = *config;
    as_given.choose = MS_TRAIN_OFF; /* the search is the choice */
    ms_status status = ms_model_train(train->x, train->n, data->p, data->names, train->time, train->event,
                                      &as_given, seed, NULL, NULL, &model, &local);
    if (status == MS_ENOCONV || status == MS_EINPUT || status == MS_EUSAGE) {
        set_failed(score, local.message);
        status = MS_OK;
    } else if (status != MS_OK) {
        if (err) *err = local;
    } else if (diverged(model)) {
        set_failed(score, "training diverged: the loss was no longer a finite number");
    } else {
        status = ms_model_predict(model, held->x, held->n, data->p, risk, err);
        if (status == MS_OK) status = score_rows(held, risk, config->ties, score, err);
        if (status == MS_OK && !isfinite(score->loss))
            set_failed(score, "the loss on the rows held back is not a finite number");
    }
    free(risk);
    ms_model_free(model);
    return status;
}

ms_status ms_tune_judge(const ms_tune_data *data, const ms_train_config *config, uint64_t seed, size_t fold,
                        ms_tune_score *score, ms_error *err) {
    rows train = {0}, held = {0};
    *score = (ms_tune_score){.loss = NAN, .c = NAN};
    ms_status status = take_rows(data, fold, false, &train, err);
    if (status == MS_OK) status = take_rows(data, fold, true, &held, err);
    if (status == MS_OK) status = judge(data, config, seed, &train, &held, score, err);
    rows_clear(&train);
    rows_clear(&held);
    return status;
}

void ms_tune_mean(const ms_tune_score *scores, size_t n, ms_tune_metric metric, double *loss, double *c,
                  double *value) {
    double losses = 0, events = 0, concordant = 0, pairs = 0;
    for (size_t k = 0; k < n; k++) {
        losses += scores[k].loss * scores[k].events;
        events += scores[k].events;
        if (!(scores[k].pairs > 0)) continue;
        concordant += scores[k].c * scores[k].pairs;
        pairs += scores[k].pairs;
    }
    *loss = events > 0 ? losses / events : NAN;
    *c = pairs > 0 ? concordant / pairs : NAN;
    *value = metric == MS_TUNE_LOSS ? *loss : 1 - *c;
}
