/* Which kind of network suits the data: a few kinds are compared by cross-validation within the training
 * rows, and the model is trained with the one whose C on rows held out is the highest. Only where the
 * settings leave the network to the program and there are rows enough to tell (docs/model.md). */
#include "model/model.h"

#include <math.h>
#include <string.h>

enum { FOLDS = 3, CANDIDATE_MEMBERS = 2 };
#define CHOOSE_MIN_ROWS 400u
#define CHOOSE_MIN_EVENTS 100u

static void as_it_is(ms_train_config *config) {
    (void)config;
}

static void no_hidden_layer(ms_train_config *config) {
    config->network.n_hidden = 0;
    config->network.dropout = 0;
}

/* As close as it gets, for rows that come again: patients seen before are recognised. */
static void close_fit(ms_train_config *config) {
    ms_fit_config *network = &config->network;
    network->n_hidden = 3;
    for (size_t i = 0; i < 3; i++) network->hidden[i] = 64;
    network->activation = MS_ACT_RELU;
    network->init = MS_INIT_HE;
    network->dropout = 0.1;
    network->l2 = 0;
    network->epochs = 600;
    network->patience = 0;
    config->validation = 0;
    if (config->members > 5) config->members = 5;
}

static const struct {
    const char *name;
    void (*change)(ms_train_config *config);
} kinds[] = {{"the default", as_it_is}, {"no hidden layer", no_hidden_layer}, {"a close fit", close_fit}};
enum { CLOSE_FIT = 2 };
/* A close fit is tried where at least this share of the rows has another with the same inputs. */
static const double twins_for_close_fit = 0.1;

typedef struct sort_key {
    const double *row;
    size_t p;
} sort_key;

static int by_inputs(const void *a, const void *b) {
    const sort_key *x = a, *y = b;
    return memcmp(x->row, y->row, x->p * sizeof *x->row);
}

/* The share of rows whose inputs are those of another row. */
static ms_status share_of_twins(const double *code, size_t n, size_t p, double *share, ms_error *err) {
    sort_key *keys = ms_calloc(n, sizeof *keys);
    if (!keys) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) keys[i] = (sort_key){code + i * p, p};
    qsort(keys, n, sizeof *keys, by_inputs);
    size_t twins = 0;
    for (size_t i = 0; i < n; i++)
        twins += (i > 0 && by_inputs(&keys[i], &keys[i - 1]) == 0) ||
                 (i + 1 < n && by_inputs(&keys[i], &keys[i + 1]) == 0);
    *share = (double)twins / (double)n;
    free(keys);
    return MS_OK;
}

bool ms_choose_wanted(const ms_train_config *config, size_t n, size_t n_events) {
    if (config->choose == MS_TRAIN_OFF || !config->network.hidden_auto || !config->network.activation_auto ||
        config->joint > 0)
        return false;
    return config->choose == MS_TRAIN_ON || (n >= CHOOSE_MIN_ROWS && n_events >= CHOOSE_MIN_EVENTS);
}

/* The rows outside a fold, or those in it. */
typedef struct rows {
    size_t n;
    double *code, *time;
    uint8_t *event;
    size_t *strata, *row; /* row: where each stood */
} rows;

static void rows_clear(rows *r) {
    free(r->code);
    free(r->time);
    free(r->event);
    free(r->strata);
    free(r->row);
}

static ms_status rows_take(rows *r, const ms_training *training, const double *code, size_t p,
                           const uint8_t *held, int which, ms_error *err) {
    const size_t n = training->n;
    r->code = ms_calloc(n * p, sizeof *r->code);
    r->time = ms_calloc(n, sizeof *r->time);
    r->event = ms_calloc(n, 1);
    r->strata = ms_calloc(n, sizeof *r->strata);
    r->row = ms_calloc(n, sizeof *r->row);
    if (!r->code || !r->time || !r->event || !r->strata || !r->row) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (held[i] != which) continue;
        memcpy(r->code + r->n * p, code + i * p, p * sizeof *code);
        r->time[r->n] = training->time[i];
        r->event[r->n] = training->event[i];
        r->strata[r->n] = training->strata ? training->strata[i] : 0;
        r->row[r->n++] = i;
    }
    return MS_OK;
}

/* The mean risk of the candidate's networks in the rows held out. */
static ms_status risk_held_out(const ms_training *fold, const rows *in, const rows *out, size_t p,
                               double *risk, ms_error *err) {
    ms_member members[CANDIDATE_MEMBERS] = {0};
    double *each = ms_calloc(out->n, sizeof *each);
    ms_status status = each ? ms_members_train(fold, in->code, p, members, err) : ms_error_nomem(err);
    memset(risk, 0, out->n * sizeof *risk);
    for (size_t k = 0; k < CANDIDATE_MEMBERS; k++) {
        if (status == MS_OK) status = ms_net_forward(&members[k].net, out->code, out->n, each, err);
        for (size_t i = 0; status == MS_OK && i < out->n; i++)
            risk[i] += (each[i] - members[k].centre) / CANDIDATE_MEMBERS;
        ms_net_clear(&members[k].net);
        ms_fit_record_clear(&members[k].record);
        free(members[k].held_risk);
    }
    free(each);
    return status;
}

/* One candidate in one fold: C in the rows held out, the pairs it rests on, and their risks. */
static ms_status judge(const ms_training *training, const ms_train_config *config, const rows *in,
                       const rows *out, size_t p, double *c, double *pairs, double *held_risk,
                       ms_error *err) {
    ms_training fold = {.n = in->n,
                        .time = in->time,
                        .event = in->event,
                        .strata = training->strata ? in->strata : NULL,
                        .config = config,
                        .seed = training->seed,
                        .callback = training->callback,
                        .callback_context = training->callback_context};
    for (size_t i = 0; i < in->n; i++) fold.n_events += in->event[i];
    ms_cox_data cox = {0};
    double *risk = ms_calloc(out->n, sizeof *risk);
    ms_status status = risk ? risk_held_out(&fold, in, out, p, risk, err) : ms_error_nomem(err);
    if (status == MS_OK)
        status = ms_cox_data_init_strata(&cox, out->time, out->event, out->strata, out->n, err);
    if (status == MS_OK) status = ms_watch_concordance(&cox, risk, c, pairs, err);
    for (size_t i = 0; status == MS_OK && i < out->n; i++) held_risk[out->row[i]] = risk[i];
    ms_cox_data_clear(&cox);
    free(risk);
    return status;
}

/* All candidates in one fold. */
static ms_status judge_fold(const ms_training *training, const double *code, size_t p, size_t fold,
                            size_t n_kinds, double *c, double *pairs, double *held_risk, ms_error *err) {
    rows in = {0}, out = {0};
    uint8_t *held = ms_calloc(training->n, 1);
    ms_status status = held ? ms_split_deal(training, 1000, FOLDS, fold, held, err) : ms_error_nomem(err);
    if (status == MS_OK) status = rows_take(&in, training, code, p, held, 0, err);
    if (status == MS_OK) status = rows_take(&out, training, code, p, held, 1, err);
    for (size_t k = 0; status == MS_OK && k < n_kinds; k++) {
        ms_train_config config = *training->config;
        double this_c = NAN, these_pairs = 0;
        if (isinf(c[k])) continue; /* it came to nothing in an earlier fold */
        kinds[k].change(&config);
        config.members = CANDIDATE_MEMBERS;
        status =
            judge(training, &config, &in, &out, p, &this_c, &these_pairs, held_risk + k * training->n, err);
        if (status == MS_ENOCONV) { /* this kind is out */
            status = MS_OK;
            c[k] = -(double)INFINITY;
        } else if (these_pairs > 0) {
            c[k] += this_c * these_pairs;
        }
        pairs[k] += these_pairs;
    }
    rows_clear(&in);
    rows_clear(&out);
    free(held);
    return status;
}

ms_status ms_choose_network(const ms_training *training, const double *code, size_t p,
                            ms_train_config *config, double *held_risk, ms_error *err) {
    double c[MS_COUNT(kinds)] = {0}, pairs[MS_COUNT(kinds)] = {0}, twins = 0;
    const size_t n = training->n;
    double *risk = ms_calloc(MS_COUNT(kinds) * n, sizeof *risk);
    if (!risk) return ms_error_nomem(err);
    ms_status status = share_of_twins(code, n, p, &twins, err);
    const size_t n_kinds = twins < twins_for_close_fit ? CLOSE_FIT : MS_COUNT(kinds);
    for (size_t fold = 0; status == MS_OK && fold < FOLDS; fold++)
        status = judge_fold(training, code, p, fold, n_kinds, c, pairs, risk, err);
    size_t best = 0;
    for (size_t k = 0; status == MS_OK && k < n_kinds; k++) {
        if (!isinf(c[k])) c[k] = pairs[k] > 0 ? c[k] / pairs[k] : 0;
        if (c[k] > c[best]) best = k;
        ms_log(MS_LOG_DEBUG, "kind of network: %s, C %.4f in %d-fold cross-validation", kinds[k].name, c[k],
               FOLDS);
    }
    if (status == MS_OK) {
        kinds[best].change(config);
        memcpy(held_risk, risk + best * n, n * sizeof *risk);
        if (best == CLOSE_FIT)
            ms_log(
                MS_LOG_WARNING,
                "%.0f %% of the training rows have the inputs of another row, and a close fit to them orders "
                "rows held out best: its C in patients who are not in the training rows will be lower",
                100 * twins);
        ms_log(MS_LOG_INFO, "kind of network chosen by cross-validation: %s (C %.4f, the default %.4f)",
               kinds[best].name, c[best], c[0]);
    }
    free(risk);
    return status;
}
