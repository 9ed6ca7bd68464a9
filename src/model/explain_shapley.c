/* Shapley values by sampling orders of the inputs (Strumbelj and Kononenko 2014): starting from a background
 * row, inputs take the patient's values one by one in a random order, and each is credited with the change in
 * risk it makes. Every order is also walked backwards (antithetic pairs), and each background row is used
 * equally often. */
#include "model/explain.h"

#include <math.h>
#include <string.h>

/* Mean and sum of squared deviations of many columns, updated pair by pair (Welford 1962). */
typedef struct running {
    double *mean, *squares;
    size_t n;
} running;

static void running_add(running *r, const double *values, size_t n) {
    r->n++;
    for (size_t j = 0; j < n; j++) {
        const double before = values[j] - r->mean[j];
        r->mean[j] += before / (double)r->n;
        r->squares[j] += before * (values[j] - r->mean[j]);
    }
}

static void running_end(const running *r, size_t n, double *mean, double *error) {
    if (mean) memcpy(mean, r->mean, n * sizeof *mean);
    for (size_t j = 0; error && j < n; j++)
        error[j] = r->n > 1 ? sqrt(r->squares[j] / (double)(r->n - 1) / (double)r->n) : (double)NAN;
}

typedef struct walk {
    const ms_explain_job *job;
    const double *z, *b;
    double *first, *sums, *work;
    double first_risk;
} walk;

/* One order from the background to the patient; adds half the changes to change[n_inputs]. Inputs that are
 * alike in both change nothing and are not in the order. */
static void one_order(walk *w, const size_t *order, size_t n, bool backwards, double *change) {
    const ms_chain *chain = w->job->chain;
    memcpy(w->sums, w->first, chain->width * sizeof *w->sums);
    double before = w->first_risk;
    for (size_t k = 0; k < n; k++) {
        const size_t j = order[backwards ? n - 1 - k : k];
        ms_chain_move(chain, j, w->z[j] - w->b[j], w->sums);
        const double risk = ms_chain_risk(chain, w->sums, w->work);
        change[j] += 0.5 * (risk - before);
        before = risk;
    }
}

/* The background rows in an order of their own each round, so that every one has its turn. */
static size_t next_background(ms_random *random, size_t *turns, size_t n, size_t pair) {
    if (pair % n == 0) ms_random_shuffle(random, turns, n);
    return turns[pair % n];
}

static void add_by_group(const ms_explain_job *job, const double *change, double *by_group) {
    memset(by_group, 0, job->n_groups * sizeof *by_group);
    for (size_t j = 0; j < job->chain->n_inputs; j++) by_group[job->group[job->column[j]]] += change[j];
}

typedef struct buffers {
    double *doubles;
    size_t *order, *turns;
    walk w;
    double *change, *group_change;
    running all, groups;
} buffers;

static ms_status buffers_alloc(buffers *m, const ms_explain_job *job, const double *z, ms_error *err) {
    const ms_chain *chain = job->chain;
    const size_t p = chain->n_inputs, width = chain->width, g = job->group ? job->n_groups : 0;
    m->doubles = ms_calloc(2 * width + chain->places + 3 * p + 3 * g, sizeof *m->doubles);
    m->order = ms_calloc(p, sizeof *m->order);
    m->turns = ms_calloc(job->n_background, sizeof *m->turns);
    if (!m->doubles || !m->order || !m->turns) return ms_error_nomem(err);
    double *at = m->doubles;
    m->w = (walk){.job = job, .z = z, .first = at, .sums = at + width, .work = at + 2 * width};
    at += 2 * width + chain->places;
    m->change = at;
    m->all = (running){.mean = at + p, .squares = at + 2 * p};
    at += 3 * p;
    m->group_change = at;
    m->groups = (running){.mean = at + g, .squares = at + 2 * g};
    for (size_t i = 0; i < job->n_background; i++) m->turns[i] = i;
    return MS_OK;
}

static void one_pair(buffers *m, ms_random *random, size_t pair) {
    const ms_explain_job *job = m->w.job;
    const size_t p = job->chain->n_inputs;
    size_t n = 0;
    m->w.b = job->background + p * next_background(random, m->turns, job->n_background, pair);
    ms_chain_sums(job->chain, m->w.b, m->w.first);
    m->w.first_risk = ms_chain_risk(job->chain, m->w.first, m->w.work);
    for (size_t j = 0; j < p; j++)
        if (m->w.z[j] != m->w.b[j]) m->order[n++] = j;
    ms_random_shuffle(random, m->order, n);
    memset(m->change, 0, p * sizeof *m->change);
    one_order(&m->w, m->order, n, false, m->change);
    one_order(&m->w, m->order, n, true, m->change);
    running_add(&m->all, m->change, p);
    if (!job->group) return;
    add_by_group(job, m->change, m->group_change);
    running_add(&m->groups, m->group_change, job->n_groups);
}

ms_status ms_explain_shapley(const ms_explain_job *job, const double *z, size_t row, double *contribution,
                             double *standard_error, double *by_group, double *group_error, ms_error *err) {
    char stream[64];
    buffers m = {0};
    (void)ms_text_format(stream, sizeof stream, "shapley %zu", row);
    ms_random *random = ms_random_new(job->seed, stream);
    ms_status status = random ? buffers_alloc(&m, job, z, err) : ms_error_nomem(err);
    for (size_t pair = 0; status == MS_OK && pair < job->samples / 2; pair++) one_pair(&m, random, pair);
    if (status == MS_OK) {
        running_end(&m.all, job->chain->n_inputs, contribution, standard_error);
        if (job->group) running_end(&m.groups, job->n_groups, by_group, group_error);
    }
    ms_random_free(random);
    free(m.doubles);
    free(m.order);
    free(m.turns);
    return status;
}
