/* Shapley values by sampling orders of the inputs (Strumbelj and Kononenko 2014): starting from a background
 * row, inputs take the patient's values one by one in a random order, and each is credited with the change in
 * risk it makes. Every order is also walked backwards (antithetic pairs), and each background row is used
 * equally often. */
#include "model/explain.h"

#include <math.h>
#include <string.h>

/* Mean and sum of squared deviations of many columns for each background row, updated pair by pair (Welford
 * 1962). The background rows are strata: each has as many pairs as the others, and how they differ from each
 * other is no error of the sampling. */
typedef struct running {
    double *mean, *squares; /* [n_strata * n] */
    size_t n_strata, n, rounds;
} running;

/* r->rounds counts the stratum's pairs, this one included. */
static void running_add(running *r, size_t stratum, const double *values) {
    double *mean = r->mean + stratum * r->n, *squares = r->squares + stratum * r->n;
    for (size_t j = 0; j < r->n; j++) {
        const double before = values[j] - mean[j];
        mean[j] += before / (double)r->rounds;
        squares[j] += before * (values[j] - mean[j]);
    }
}

static void running_end(const running *r, double *mean, double *error) {
    const double strata = (double)r->n_strata, rounds = (double)r->rounds;
    for (size_t j = 0; j < r->n; j++) {
        double sum = 0, squares = 0;
        for (size_t b = 0; b < r->n_strata; b++) {
            sum += r->mean[b * r->n + j];
            squares += r->squares[b * r->n + j];
        }
        mean[j] = sum / strata;
        if (error) error[j] = sqrt(squares / (rounds - 1) / rounds) / strata;
    }
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

static void add_by_group(const ms_explain_job *job, const double *change, double *by_group) {
    memset(by_group, 0, job->n_groups * sizeof *by_group);
    for (size_t j = 0; j < job->chain->n_inputs; j++) by_group[job->group[job->column[j]]] += change[j];
}

typedef struct buffers {
    double *doubles;
    size_t *order;
    walk w;
    double *change, *group_change;
    running all, groups;
} buffers;

static void place_running(running *r, size_t n_strata, size_t n, double **at) {
    *r = (running){*at, *at + n_strata * n, n_strata, n, 0};
    *at += 2 * n_strata * n;
}

static ms_status buffers_alloc(buffers *m, const ms_explain_job *job, const double *z, ms_error *err) {
    const ms_chain *chain = job->chain;
    const size_t p = chain->n_inputs, width = chain->width, g = job->group ? job->n_groups : 0,
                 strata = job->n_background;
    m->doubles = ms_calloc(2 * width + chain->places + (2 * strata + 1) * (p + g), sizeof *m->doubles);
    m->order = ms_calloc(p, sizeof *m->order);
    if (!m->doubles || !m->order) return ms_error_nomem(err);
    double *at = m->doubles;
    m->w = (walk){.job = job, .z = z, .first = at, .sums = at + width, .work = at + 2 * width};
    at += 2 * width + chain->places;
    m->change = at;
    m->group_change = at + p;
    at += p + g;
    place_running(&m->all, strata, p, &at);
    place_running(&m->groups, strata, g, &at);
    return MS_OK;
}

/* An order and the same backwards, against one background row. */
static void one_pair(buffers *m, ms_random *random, size_t stratum) {
    const ms_explain_job *job = m->w.job;
    const size_t p = job->chain->n_inputs;
    size_t n = 0;
    m->w.b = job->background + p * stratum;
    ms_chain_sums(job->chain, m->w.b, m->w.first);
    m->w.first_risk = ms_chain_risk(job->chain, m->w.first, m->w.work);
    for (size_t j = 0; j < p; j++)
        if (m->w.z[j] != m->w.b[j]) m->order[n++] = j;
    ms_random_shuffle(random, m->order, n);
    memset(m->change, 0, p * sizeof *m->change);
    one_order(&m->w, m->order, n, false, m->change);
    one_order(&m->w, m->order, n, true, m->change);
    running_add(&m->all, stratum, m->change);
    if (!job->group) return;
    add_by_group(job, m->change, m->group_change);
    running_add(&m->groups, stratum, m->group_change);
}

ms_status ms_explain_shapley(const ms_explain_job *job, const double *z, size_t row, double *contribution,
                             double *standard_error, double *by_group, double *group_error, ms_error *err) {
    char stream[64];
    buffers m = {0};
    (void)ms_text_format(stream, sizeof stream, "shapley %zu", row);
    ms_random *random = ms_random_new(job->seed, stream);
    ms_status status = random ? buffers_alloc(&m, job, z, err) : ms_error_nomem(err);
    for (size_t pair = 0; status == MS_OK && pair < job->samples / 2; pair++) {
        m.all.rounds = m.groups.rounds = pair / job->n_background + 1;
        one_pair(&m, random, pair % job->n_background);
    }
    if (status == MS_OK) {
        running_end(&m.all, contribution, standard_error);
        if (job->group) running_end(&m.groups, by_group, group_error);
    }
    ms_random_free(random);
    free(m.doubles);
    free(m.order);
    return status;
}
