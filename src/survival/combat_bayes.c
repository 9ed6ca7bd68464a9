/* ComBat's batch effects: each feature's own estimates, and the two empirical Bayes ways that pull them to
 * what the features of a batch have in common (Johnson 2007, section 3.2 and the supplement). */
#include "survival/combat.h"

#include <math.h>
#include <stdlib.h>

static bool usable(const ms_combat *c, size_t f) {
    return c->state[f] == MS_COMBAT_FITTED;
}

/* Sum, count and squares about the mean of a feature in a batch. */
typedef struct moments {
    double n, mean, squares;
} moments;

static moments batch_moments(const ms_combat_data *data, const double *s, size_t batch, size_t f) {
    moments m = {0};
    for (size_t i = 0; i < data->n; i++) {
        const double v = s[i * data->p + f];
        if (data->batch[i] != batch || isnan(v)) continue;
        m.mean += v;
        m.n += 1;
    }
    m.mean /= m.n;
    for (size_t i = 0; i < data->n; i++) {
        const double v = s[i * data->p + f];
        if (data->batch[i] == batch && !isnan(v)) m.squares += (v - m.mean) * (v - m.mean);
    }
    /* A spread of 1e-10 standard deviations is rounding: the batch is constant. */
    if (!(m.squares > m.n * 1e-20)) m.squares = 0;
    return m;
}

void ms_combat_naive(const ms_combat_data *data, const double *s, ms_combat *combat) {
    for (size_t b = 0; b < combat->n_batches; b++) {
        for (size_t f = 0; f < combat->p; f++) {
            double *gamma = &combat->gamma[b * combat->p + f], *delta = &combat->delta[b * combat->p + f];
            *gamma = 0;
            *delta = 1;
            if (!usable(combat, f)) continue;
            const moments m = batch_moments(data, s, b, f);
            *gamma = m.mean;
            if (!combat->options.mean_only && m.squares > 0) *delta = m.squares / (m.n - 1);
        }
    }
}

/* Mean and variance over the features. */
static void over_features(const ms_combat *c, const double *values, double *mean, double *variance) {
    double sum = 0, squares = 0, n = 0;
    for (size_t f = 0; f < c->p; f++) {
        if (!usable(c, f)) continue;
        sum += values[f];
        n += 1;
    }
    *mean = sum / n;
    for (size_t f = 0; f < c->p; f++)
        if (usable(c, f)) squares += (values[f] - *mean) * (values[f] - *mean);
    *variance = squares / (n - 1);
}

/* The batch's priors: gamma normal (g_bar, t2); delta inverse gamma (a, b) by moments. */
typedef struct prior {
    double g_bar, t2, a, b, d_bar;
} prior;

static prior make_prior(const ms_combat *c, const double *gamma, const double *delta) {
    prior made;
    double s2;
    over_features(c, gamma, &made.g_bar, &made.t2);
    over_features(c, delta, &made.d_bar, &s2);
    made.a = (2 * s2 + made.d_bar * made.d_bar) / s2;
    made.b = (made.d_bar * s2 + made.d_bar * made.d_bar * made.d_bar) / s2;
    return made;
}

static double posterior_mean(const prior *pr, double g_hat, double n, double delta) {
    const double weight = pr->t2 * n;
    return (weight * g_hat + delta * pr->g_bar) / (weight + delta);
}

/* With no spread of delta the prior is a point, the limit of the formula. */
static double posterior_variance(const prior *pr, double squares, double n) {
    if (!isfinite(pr->a)) return pr->d_bar;
    return (0.5 * squares + pr->b) / (n / 2 + pr->a - 1);
}

/* R's measure of change; it divides by the old value with its sign, so that a negative gamma never holds the
 * iteration up. Kept, so that it stops where R stops. */
static double change_of(double now, double before) {
    return now == before ? 0 : fabs(now - before) / before;
}

/* One pass over the features; the largest change. */
static double iterate(const ms_combat *c, const prior *pr, const moments *m, double *gamma, double *delta) {
    double change = 0;
    for (size_t f = 0; f < c->p; f++) {
        if (!usable(c, f)) continue;
        const double g = posterior_mean(pr, m[f].mean, m[f].n, delta[f]), off = m[f].mean - g;
        const double d = posterior_variance(pr, m[f].squares + m[f].n * off * off, m[f].n);
        change = fmax(change, fmax(change_of(g, gamma[f]), change_of(d, delta[f])));
        gamma[f] = g;
        delta[f] = d;
    }
    return change;
}

ms_status ms_combat_parametric(const ms_combat_data *data, const double *s, size_t batch, ms_combat *combat,
                               ms_error *err) {
    enum { MOST = 10000 };
    double *gamma = combat->gamma + batch * combat->p, *delta = combat->delta + batch * combat->p;
    const prior pr = make_prior(combat, gamma, delta);
    if (combat->options.mean_only) {
        for (size_t f = 0; f < combat->p; f++)
            if (usable(combat, f)) gamma[f] = posterior_mean(&pr, gamma[f], 1, 1);
        return MS_OK;
    }
    moments *m = ms_calloc(combat->p, sizeof *m);
    if (!m) return ms_error_nomem(err);
    for (size_t f = 0; f < combat->p; f++)
        if (usable(combat, f)) m[f] = batch_moments(data, s, batch, f);
    size_t count = 1;
    while (iterate(combat, &pr, m, gamma, delta) > combat->options.tolerance && count < MOST) count++;
    free(m);
    if (count > combat->iterations) combat->iterations = count;
    if (count < MOST) return MS_OK;
    return ms_error_set(err, MS_ENOCONV,
                        "batch %zu: the empirical Bayes step did not settle in %d iterations", batch + 1,
                        MOST);
}

typedef struct loop {
    const ms_combat *combat;
    const double *gamma, *delta; /* every feature's own */
    const moments *m;
    double *new_gamma, *new_delta;
} loop;

/* Feature f's posterior: the mean of the other features' estimates, weighted by how likely they make its
 * values. Relative to the largest likelihood, so that they cannot all vanish. */
static ms_status weigh_others(void *context, size_t f, ms_error *err) {
    const loop *l = context;
    const ms_combat *c = l->combat;
    const moments *m = &l->m[f];
    double top = -INFINITY, sum = 0, gamma = 0, delta = 0;
    (void)err;
    if (!usable(c, f)) return MS_OK;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t o = 0; o < c->p; o++) {
            if (o == f || !usable(c, o)) continue;
            const double off = m->mean - l->gamma[o], d = l->delta[o];
            const double log_weight = -m->n / 2 * log(d) - (m->squares + m->n * off * off) / (2 * d);
            if (pass == 0) {
                top = fmax(top, log_weight);
                continue;
            }
            const double weight = exp(log_weight - top);
            sum += weight;
            gamma += weight * l->gamma[o];
            delta += weight * d;
        }
    }
    l->new_gamma[f] = gamma / sum;
    l->new_delta[f] = delta / sum;
    return MS_OK;
}

ms_status ms_combat_non_parametric(const ms_combat_data *data, const double *s, size_t batch,
                                   ms_combat *combat, ms_error *err) {
    const size_t p = combat->p;
    double *gamma = combat->gamma + batch * p, *delta = combat->delta + batch * p;
    double *made = ms_calloc(p, 2 * sizeof *made);
    moments *m = ms_calloc(p, sizeof *m);
    ms_status status = made && m ? MS_OK : ms_error_nomem(err);
    loop l = {combat, gamma, delta, m, made, made ? made + p : NULL};
    for (size_t f = 0; f < p && status == MS_OK; f++)
        if (usable(combat, f)) m[f] = batch_moments(data, s, batch, f);
    if (status == MS_OK) status = ms_parallel_for(p, weigh_others, &l, err);
    for (size_t f = 0; f < p && status == MS_OK; f++) {
        if (!usable(combat, f)) continue;
        gamma[f] = l.new_gamma[f];
        delta[f] = l.new_delta[f];
    }
    free(made);
    free(m);
    return status;
}
