/* The Cox networks of the ensemble, each on its own part of the training rows. */
#include "model/joint.h"
#include "model/model.h"

#include <math.h>
#include <string.h>

/* Training and validation rows of one member. */
typedef struct part {
    double *x;
    ms_cox_data cox;
} part;

typedef struct cox_context {
    part parts[MS_ROWS_WATCHED + MS_TRAIN_MAX_WATCHED]; /* MS_ROWS_TRAIN, MS_ROWS_VALID, ... */
    ms_cox_data batch;
    ms_train_ties ties;
    double *work;
} cox_context;

static void cox_context_clear(cox_context *context) {
    for (size_t k = 0; k < MS_COUNT(context->parts); k++) {
        free(context->parts[k].x);
        ms_cox_data_clear(&context->parts[k].cox);
    }
    ms_cox_data_clear(&context->batch);
    free(context->work);
}

/* A batch without events has no likelihood. */
static double cox_loss(void *context, int which, const size_t *rows, size_t n, const double *out,
                       double *gradient) {
    cox_context *c = context;
    if (!rows) return ms_cox_loss(&c->parts[which].cox, c->ties, out, gradient, c->work);
    ms_cox_data_part(&c->parts[which].cox, rows, n, &c->batch);
    if (c->batch.n_events == 0) return NAN;
    return ms_cox_loss(&c->batch, c->ties, out, gradient, c->work);
}

static ms_status cox_watch(void *context, int which, const double *out, double *c, ms_error *err) {
    const cox_context *cox = context;
    return ms_watch_concordance(&cox->parts[which].cox, out, c, NULL, err);
}

static ms_status take_part(const ms_training *training, const double *code, size_t p, const uint8_t *held,
                           int which, part *to, ms_error *err) {
    const size_t n = training->n;
    size_t at = 0;
    double *time = ms_calloc(n, sizeof *time);
    uint8_t *event = ms_calloc(n, 1);
    size_t *strata = ms_calloc(n, sizeof *strata);
    to->x = ms_calloc(n * p, sizeof *to->x);
    ms_status status = time && event && strata && to->x ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        for (size_t i = 0; i < n; i++) {
            if (held[i] != which) continue;
            memcpy(to->x + at * p, code + i * p, p * sizeof *code);
            time[at] = training->time[i];
            strata[at] = training->strata ? training->strata[i] : 0;
            event[at++] = training->event[i];
        }
        status = ms_cox_data_init_strata(&to->cox, time, event, strata, at, err);
    }
    free(time);
    free(event);
    free(strata);
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
        net->norms[i] = (int)config->norm;
    }
    net->n_layers = config->n_hidden + 1;
    net->sizes[net->n_layers] = 1;
    net->activations[net->n_layers - 1] = (int)config->output_activation;
}

static ms_status fit_member(const member_work *w, size_t i, cox_context *cox, ms_error *err) {
    const ms_training *training = w->training;
    const ms_fit_config *config = &training->config->network;
    ms_member *member = &w->members[i];
    char stream[64], what[64];
    (void)ms_text_format(stream, sizeof stream, "network %zu weights", i);
    ms_random *weights = ms_random_new(training->seed, stream);
    (void)ms_text_format(what, sizeof what, "Cox network %zu", i + 1);
    lay_out(&member->net, config, w->code_size);
    ms_status status = weights ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_net_init(&member->net, config->init, config->init_sd, weights, err);
    if (status == MS_OK) {
        const ms_fit fit = {.config = config,
                            .x_train = cox->parts[0].x,
                            .x_valid = cox->parts[1].x,
                            .n_train = cox->parts[0].cox.n,
                            .n_valid = cox->parts[1].cox.n,
                            .watched = training->watched_code,
                            .n_watched = training->n_watched,
                            .event = cox->parts[0].cox.event,
                            .loss = cox_loss,
                            .watch = cox_watch,
                            .context = cox,
                            .member = i,
                            .seed = training->seed,
                            .device = training->config->device,
                            .checkpoint = training->checkpoint,
                            .callback = training->callback,
                            .callback_context = training->callback_context,
                            .what = what};
        status = ms_fit_run(&fit, &member->net, &member->record, err);
    }
    ms_random_free(weights);
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
    const double *inputs = w->training->joint ? w->training->joint->x : w->code;
    ms_status status = ms_net_forward(&member->net, inputs, n, out, err);
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

/* On with the encoder: the member's parts then hold the scaled inputs in place of the code. */
static ms_status train_jointly(const member_work *w, size_t i, const uint8_t *held, cox_context *cox,
                               ms_error *err) {
    const ms_joint *joint = w->training->joint;
    const size_t p = joint->autoencoder.sizes[0];
    ms_joint_member m = {.number = i,
                         .event = cox->parts[MS_ROWS_TRAIN].cox.event,
                         .loss = cox_loss,
                         .watch = cox_watch,
                         .loss_context = cox};
    for (int k = 0; k < 2; k++) {
        part *to = &cox->parts[k];
        size_t at = 0;
        double *x = ms_calloc(to->cox.n * p, sizeof *x);
        if (!x) return ms_error_nomem(err);
        for (size_t row = 0; row < w->training->n; row++)
            if (held[row] == k) memcpy(x + at++ * p, joint->x + row * p, p * sizeof *x);
        free(to->x);
        to->x = x;
        m.parts[k] = (ms_fit_part){x, to->cox.n};
    }
    for (size_t k = 0; k < w->training->n_watched; k++)
        m.parts[MS_ROWS_WATCHED + k] = (ms_fit_part){joint->watched[k], w->training->watched[k].n};
    return ms_joint_train(w->training, &m, &w->members[i].net, &w->members[i].record, err);
}

static ms_status train_member(void *context, size_t i, ms_error *err) {
    const member_work *w = context;
    cox_context cox = {.ties = w->training->config->ties};
    size_t n_held;
    uint8_t *held = ms_calloc(w->training->n, 1);
    size_t longest = w->training->n;
    for (size_t k = 0; k < w->training->n_watched; k++)
        if (w->training->watched[k].n > longest) longest = w->training->watched[k].n;
    cox.work = ms_calloc(2 * longest, sizeof *cox.work);
    ms_status status = held && cox.work ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_split_rows(w->training, i, held, &n_held, err);
    for (int k = 0; status == MS_OK && k < 2; k++)
        status = take_part(w->training, w->code, w->code_size, held, k, &cox.parts[k], err);
    for (size_t k = 0; status == MS_OK && k < w->training->n_watched; k++) {
        const ms_watched_set *set = &w->training->watched[k];
        status =
            ms_cox_data_init(&cox.parts[MS_ROWS_WATCHED + k].cox, set->time_days, set->event, set->n, err);
    }
    const size_t batch = w->training->config->network.batch_size;
    if (status == MS_OK && batch > 0)
        status = ms_cox_data_room(&cox.batch, batch < w->training->n ? batch : w->training->n, err);
    if (status == MS_OK) status = fit_member(w, i, &cox, err);
    if (status == MS_OK && w->training->joint) status = train_jointly(w, i, held, &cox, err);
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
