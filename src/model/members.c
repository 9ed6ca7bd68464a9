/* The Cox networks of the ensemble, each on its own part of the training rows. */
#include "model/model.h"

#include <math.h>
#include <string.h>

/* Training and validation rows of one member. */
typedef struct part {
    double *x;
    ms_cox_data cox;
} part;

typedef struct cox_context {
    part parts[2]; /* MS_ROWS_TRAIN, MS_ROWS_VALID */
    ms_train_ties ties;
    double *work;
} cox_context;

static void cox_context_clear(cox_context *context) {
    for (int k = 0; k < 2; k++) {
        free(context->parts[k].x);
        ms_cox_data_clear(&context->parts[k].cox);
    }
    free(context->work);
}

static double cox_loss(void *context, int rows, const double *out, double *gradient) {
    cox_context *c = context;
    return ms_cox_loss(&c->parts[rows].cox, c->ties, out, gradient, c->work);
}

static ms_status cox_watch(void *context, int rows, const double *out, double *c, ms_error *err) {
    const cox_context *cox = context;
    return ms_watch_concordance(&cox->parts[rows].cox, out, c, NULL, err);
}

static ms_status take_part(const ms_training *training, const double *code, size_t p, const uint8_t *held,
                           int which, part *to, ms_error *err) {
    const size_t n = training->n;
    size_t at = 0;
    double *time = ms_calloc(n, sizeof *time);
    uint8_t *event = ms_calloc(n, 1);
    to->x = ms_calloc(n * p, sizeof *to->x);
    ms_status status = time && event && to->x ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        for (size_t i = 0; i < n; i++) {
            if (held[i] != which) continue;
            memcpy(to->x + at * p, code + i * p, p * sizeof *code);
            time[at] = training->time[i];
            event[at++] = training->event[i];
        }
        status = ms_cox_data_init(&to->cox, time, event, at, err);
    }
    free(time);
    free(event);
    return status;
}

typedef struct member_work {
    const ms_training *training;
    const double *code;
    size_t code_size;
    ms_member *members;
} member_work;

static void lay_out(ms_net *net, const ms_fit_config *config, size_t p) {
    net->sizes[0] = p;
    for (size_t i = 0; i < config->n_hidden; i++) {
        net->sizes[i + 1] = config->hidden[i];
        net->activations[i] = (int)config->activation;
    }
    net->n_layers = config->n_hidden + 1;
    net->sizes[net->n_layers] = 1;
    net->activations[net->n_layers - 1] = MS_ACT_LINEAR;
}

static ms_status fit_member(const member_work *w, size_t i, cox_context *cox, ms_error *err) {
    const ms_training *training = w->training;
    const ms_fit_config *config = &training->config->network;
    ms_member *member = &w->members[i];
    char stream[64], what[64];
    (void)ms_text_format(stream, sizeof stream, "network %zu weights", i);
    ms_random *weights = ms_random_new(training->seed, stream);
    (void)ms_text_format(stream, sizeof stream, "network %zu dropout", i);
    ms_random *dropout = ms_random_new(training->seed, stream);
    (void)ms_text_format(what, sizeof what, "Cox network %zu", i + 1);
    lay_out(&member->net, config, w->code_size);
    ms_status status = weights && dropout ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_net_init(&member->net, config->init, config->init_sd, weights, err);
    if (status == MS_OK) {
        const ms_fit fit = {.config = config,
                            .x_train = cox->parts[0].x,
                            .x_valid = cox->parts[1].x,
                            .n_train = cox->parts[0].cox.n,
                            .n_valid = cox->parts[1].cox.n,
                            .loss = cox_loss,
                            .watch = cox_watch,
                            .context = cox,
                            .member = i,
                            .random = dropout,
                            .callback = training->callback,
                            .callback_context = training->callback_context,
                            .what = what};
        status = ms_fit_run(&fit, &member->net, &member->record, err);
    }
    ms_random_free(weights);
    ms_random_free(dropout);
    return status;
}

/* What the ensemble needs of a trained member: its mean on all training rows, and its C on the rows held
 * back. */
static ms_status sum_up(const member_work *w, ms_member *member, const cox_context *cox,
                        const uint8_t *held_rows, ms_error *err) {
    const size_t n = w->training->n;
    double *out = ms_calloc(n, sizeof *out);
    member->held_risk = ms_calloc(n, sizeof *member->held_risk);
    if (!out || !member->held_risk) {
        free(out);
        return ms_error_nomem(err);
    }
    ms_status status = ms_net_forward(&member->net, w->code, n, out, err);
    if (status == MS_OK) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += out[i];
        member->centre = sum / (double)n;
        for (size_t i = 0; i < n; i++)
            member->held_risk[i] = held_rows[i] ? out[i] - member->centre : (double)NAN;
        const ms_cox_data *held = &cox->parts[MS_ROWS_VALID].cox;
        status = ms_net_forward(&member->net, cox->parts[MS_ROWS_VALID].x, held->n, out, err);
        if (status == MS_OK)
            status = ms_watch_concordance(held, out, &member->valid_c, &member->valid_pairs, err);
    }
    free(out);
    return status;
}

static ms_status train_member(void *context, size_t i, ms_error *err) {
    const member_work *w = context;
    cox_context cox = {.ties = w->training->config->ties};
    size_t n_held;
    uint8_t *held = ms_calloc(w->training->n, 1);
    cox.work = ms_calloc(2 * w->training->n, sizeof *cox.work);
    ms_status status = held && cox.work ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_split_rows(w->training, i, held, &n_held, err);
    for (int k = 0; status == MS_OK && k < 2; k++)
        status = take_part(w->training, w->code, w->code_size, held, k, &cox.parts[k], err);
    if (status == MS_OK) status = fit_member(w, i, &cox, err);
    if (status == MS_OK) status = sum_up(w, &w->members[i], &cox, held, err);
    cox_context_clear(&cox);
    free(held);
    return status;
}

ms_status ms_members_train(const ms_training *training, const double *code, size_t code_size,
                           ms_member *members, ms_error *err) {
    member_work work = {training, code, code_size, members};
    return ms_parallel_for(training->config->members, train_member, &work, err);
}
