/* Groups by cuts, quantiles, and X-tile: a cut searched in one part of the rows and tested in the other. */
#include "myosurv/survival_curves.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>

#define MOST_CANDIDATES 100

void ms_cut_groups(const double *x, size_t n, const double *cuts, size_t n_cuts, size_t *code) {
    for (size_t i = 0; i < n; i++) {
        code[i] = 0;
        while (code[i] < n_cuts && x[i] > cuts[code[i]]) code[i]++;
    }
}

ms_status ms_quantile(const double *x, size_t n, double p, double *quantile, ms_error *err) {
    if (n == 0 || !(p >= 0 && p <= 1))
        return ms_error_set(err, MS_EUSAGE, "a quantile %g of %zu values", p, n);
    size_t *order = ms_calloc(n, sizeof *order);
    ms_status status = order ? ms_order(x, n, order, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        double at = p * (double)(n - 1);
        size_t low = (size_t)floor(at + 4 * 2.220446049250313e-16 * at), high = low + 1 < n ? low + 1 : low;
        double part = at - (double)low;
        if (fabs(part) < 4 * 2.220446049250313e-16 * fmax(1, at)) part = 0;
        *quantile = x[order[low]] + part * (x[order[high]] - x[order[low]]);
    }
    free(order);
    return status;
}

/* One part of the rows as data of its own. */
typedef struct part {
    size_t n;
    double *time, *x;
    uint8_t *event;
    size_t *code;
} part;

static ms_status part_make(const ms_surv *data, const double *x, const uint8_t *train, uint8_t wanted,
                           part *p, ms_error *err) {
    p->time = ms_calloc(data->n, sizeof *p->time);
    p->x = ms_calloc(data->n, sizeof *p->x);
    p->event = ms_calloc(data->n, 1);
    p->code = ms_calloc(data->n, sizeof *p->code);
    if (!p->time || !p->x || !p->event || !p->code) return ms_error_nomem(err);
    for (size_t i = 0; i < data->n; i++) {
        if (train[i] != wanted) continue;
        p->time[p->n] = data->time[i];
        p->x[p->n] = x[i];
        p->event[p->n++] = data->event[i];
    }
    return MS_OK;
}

static void part_free(part *p) {
    free(p->time);
    free(p->x);
    free(p->event);
    free(p->code);
}

static ms_status test_cuts(part *p, const double *cuts, size_t n_cuts, ms_logrank *l, ms_error *err) {
    ms_surv data = {.n = p->n, .time = p->time, .event = p->event};
    ms_cut_groups(p->x, p->n, cuts, n_cuts, p->code);
    return ms_logrank_test(&data, p->code, n_cuts + 1, 0, l, err);
}

/* Events and censored rows are shuffled apart and the first share of each is the training part. */
static ms_status split(const ms_surv *data, double share, uint64_t seed, uint8_t *train, ms_error *err) {
    ms_random *random = ms_random_new(seed, "cut-point split");
    size_t *rows = ms_calloc(data->n, sizeof *rows);
    ms_status status = random && rows ? MS_OK : ms_error_nomem(err);
    for (uint8_t event = 0; event < 2 && status == MS_OK; event++) {
        size_t n = 0;
        for (size_t i = 0; i < data->n; i++)
            if (data->event[i] == event) rows[n++] = i;
        ms_random_shuffle(random, rows, n);
        size_t first = (size_t)floor(share * (double)n + 0.5);
        for (size_t i = 0; i < first; i++) train[rows[i]] = 1;
    }
    ms_random_free(random);
    free(rows);
    return status;
}

/* Values of x that can be cuts: distinct, with enough rows on both sides, thinned to at most MOST_CANDIDATES.
 */
static size_t candidates(const part *p, const size_t *order, double min_prop, double *list) {
    size_t n = 0, least = (size_t)fmax(1, ceil(min_prop * (double)p->n - 1e-9));
    for (size_t m = least; m + least <= p->n && m < p->n; m++)
        if (p->x[order[m]] > p->x[order[m - 1]]) list[n++] = p->x[order[m - 1]];
    if (n <= MOST_CANDIDATES) return n;
    for (size_t k = 0; k < MOST_CANDIDATES; k++) list[k] = list[k * (n - 1) / (MOST_CANDIDATES - 1)];
    return MOST_CANDIDATES;
}

static size_t count_between(const part *p, double low, double high) {
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) n += p->x[i] > low && p->x[i] <= high;
    return n;
}

static ms_status try_cuts(part *p, const double *cuts, ms_xtile *r, ms_error *err) {
    ms_logrank l = {0};
    ms_status status = test_cuts(p, cuts, r->n_cuts, &l, err);
    if (status == MS_OK && l.chisq > r->train_chisq) {
        r->train_chisq = l.chisq;
        for (size_t k = 0; k < r->n_cuts; k++) r->cuts[k] = cuts[k];
    }
    ms_logrank_clear(&l);
    return status;
}

static ms_status search(part *p, double min_prop, ms_xtile *r, ms_error *err) {
    size_t *order = ms_calloc(p->n, sizeof *order), tried = 0;
    double *list = ms_calloc(p->n, sizeof *list), least = min_prop * (double)p->n - 1e-9;
    ms_status status = order && list ? ms_order(p->x, p->n, order, err) : ms_error_nomem(err);
    size_t n = status == MS_OK ? candidates(p, order, min_prop, list) : 0;
    for (size_t a = 0; a < n && status == MS_OK; a++) {
        if (r->n_cuts == 1) {
            status = try_cuts(p, &list[a], r, err);
            tried++;
        }
        for (size_t b = a + 1; b < n && r->n_cuts == 2 && status == MS_OK; b++) {
            if ((double)count_between(p, list[a], list[b]) < least) continue;
            const double cuts[2] = {list[a], list[b]};
            status = try_cuts(p, cuts, r, err);
            tried++;
        }
    }
    if (status == MS_OK && tried == 0)
        status = ms_error_set(err, MS_EINPUT,
                              "x-tile: no cut leaves a share of %g of the %zu training rows in each group",
                              min_prop, p->n);
    free(order);
    free(list);
    return status;
}

static ms_status check(const ms_surv *data, const double *x, size_t n_cuts, double share, double min_prop,
                       ms_error *err) {
    if (n_cuts < 1 || n_cuts > 2)
        return ms_error_set(err, MS_EUSAGE, "x-tile: %zu cuts are neither 1 nor 2", n_cuts);
    if (!(share > 0 && share < 1) || !(min_prop >= 0 && min_prop < 0.5))
        return ms_error_set(err, MS_EUSAGE,
                            "x-tile: a training share of %g and groups of at least %g make no sense", share,
                            min_prop);
    if (data->weight || data->entry || data->stratum)
        return ms_error_set(err, MS_EUSAGE, "x-tile takes no case weights, strata or entry times");
    size_t events = 0;
    for (size_t i = 0; i < data->n; i++) {
        if (!isfinite(x[i])) return ms_error_set(err, MS_EINPUT, "row %zu: %g cannot be cut", i + 1, x[i]);
        events += data->event[i];
    }
    if (events < 2) return ms_error_set(err, MS_EINPUT, "x-tile: %zu events cannot be in two parts", events);
    return MS_OK;
}

ms_status ms_xtile_compute(const ms_surv *data, const double *x, size_t n_cuts, double train_share,
                           double min_prop, uint64_t seed, ms_xtile *out, ms_error *err) {
    ms_xtile r = {.n_cuts = n_cuts, .train_chisq = -1};
    part train = {0}, valid = {0};
    ms_logrank l = {0};
    ms_status status = check(data, x, n_cuts, train_share, min_prop, err);
    if (status) return status;
    r.train = ms_calloc(data->n, 1);
    status = r.train ? split(data, train_share, seed, r.train, err) : ms_error_nomem(err);
    if (status || (status = part_make(data, x, r.train, 1, &train, err)) ||
        (status = part_make(data, x, r.train, 0, &valid, err)))
        goto cleanup;
    r.n_train = train.n;
    r.n_valid = valid.n;
    if (train.n < 2 || valid.n < 2) {
        status = ms_error_set(err, MS_EINPUT, "x-tile: %zu training and %zu other rows are too few", train.n,
                              valid.n);
        goto cleanup;
    }
    if ((status = search(&train, min_prop, &r, err)) || (status = test_cuts(&valid, r.cuts, n_cuts, &l, err)))
        goto cleanup;
    r.valid_chisq = l.chisq;
    r.df = l.df;
    r.p = l.p;
    *out = r;
    r = (ms_xtile){0};
cleanup:
    ms_logrank_clear(&l);
    part_free(&train);
    part_free(&valid);
    ms_xtile_clear(&r);
    return status;
}

void ms_xtile_clear(ms_xtile *xtile) {
    MS_FREE(xtile->train);
}
